/* Pickling of arrays: their memory, with a code that says how the machine keeps it. */
#include "runtime/modules/argument.h"
#include "runtime/modules/array/array.h"
#include "runtime/object/attribute.h"
#include "runtime/object/bytes.h"
#include "runtime/object/exception.h"
#include "runtime/object/float.h"
#include "runtime/object/int.h"
#include "runtime/object/model.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include <string.h>

/* In the order of the codes: pairs are little and big endian. */
static const struct format {
  uint8_t bytes;
  bool is_signed, is_float, is_big, is_text;
} formats[] = {
    {1, false, false, false, false}, {1, true, false, false, false},
    {2, false, false, false, false}, {2, false, false, true, false},
    {2, true, false, false, false},  {2, true, false, true, false},
    {4, false, false, false, false}, {4, false, false, true, false},
    {4, true, false, false, false},  {4, true, false, true, false},
    {8, false, false, false, false}, {8, false, false, true, false},
    {8, true, false, false, false},  {8, true, false, true, false},
    {4, true, true, false, false},   {4, true, true, true, false},
    {8, true, true, false, false},   {8, true, true, true, false},
    {2, false, false, false, true},  {2, false, false, true, true},
    {4, false, false, false, true},  {4, false, false, true, true},
};

/* This machine's; little endian. */
static int format_of(const struct array_code *code) {
  bool is_text = code->code == 'u';
  for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
    if (formats[i].bytes == code->bytes && formats[i].is_float == code->is_float &&
        formats[i].is_text == is_text && !formats[i].is_big &&
        (is_text || formats[i].is_signed == code->is_signed))
      return (int)i;
  return -1;
}

struct object *array_reduce_ex(struct object *o, struct object *argument) {
  int64_t protocol;
  if (!is_any_int(argument))
    return error_format(ERROR_TYPE, "__reduce_ex__ argument should be an integer");
  if (argument_long(argument, &protocol) < 0)
    return NULL;
  struct object *dict;
  int found = attribute_find(o, NAME(dict), &dict);
  if (found < 0)
    return NULL;
  if (!found)
    dict = hold(NONE);
  const struct array_code *code = array_of(o)->code;
  struct object *typecode = str_from_code_point((uint32_t)code->code);
  struct object *function = NULL, *content = NULL, *format = NULL, *args = NULL, *result = NULL;
  struct object *name = str_intern(protocol < 3 ? "tolist" : "tobytes");
  if (typecode && name)
    content = call_method_none(o, name);
  if (content && protocol < 3) {
    function = hold(&type_of(o)->head);
    args = tuple_pack(2, typecode, content);
  } else if (content && (format = int_from_i64(format_of(code)))) {
    function = hold(array_reconstructor);
    args = tuple_pack(4, &type_of(o)->head, typecode, format, content);
  }
  if (function && args)
    result = tuple_pack(3, function, args, dict);
  drop_null(args);
  drop_null(format);
  drop_null(function);
  drop_null(content);
  drop_null(name);
  drop_null(typecode);
  drop(dict);
  return result;
}

/* ---- Other machines' memory ---- */

static uint64_t read_bits(const struct format *f, const unsigned char *p) {
  uint64_t bits = 0;
  for (unsigned i = 0; i < f->bytes; i++)
    bits |= (uint64_t)p[f->is_big ? f->bytes - 1u - i : i] << 8 * i;
  return bits;
}

/* UTF-16 or UTF-32 into the code points of an array. */
static struct object *from_text(struct type *t, const struct array_code *code,
                                const struct format *f, struct object *items) {
  static const char *const names[] = {"utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"};
  struct object *decode = str_intern("decode");
  struct object *name = decode ? str_intern(names[(f->bytes == 4) * 2 + f->is_big]) : NULL;
  struct object *text = name ? call_method_one(items, decode, name) : NULL;
  struct object *o = text ? array_new(t, code, 0) : NULL;
  if (o && array_extend_text(o, text) < 0) {
    drop(o);
    o = NULL;
  }
  drop_null(text);
  drop_null(name);
  drop_null(decode);
  return o;
}

static struct object *from_numbers(struct type *t, const struct array_code *code,
                                   const struct format *f, struct object *items) {
  int64_t bytes = (int64_t)bytes_length(items);
  if (bytes % f->bytes)
    return error_format(ERROR_VALUE, "string length not a multiple of item size");
  struct object *o = array_new(t, code, 0);
  for (int64_t i = 0; o && i < bytes; i += f->bytes) {
    uint64_t bits = read_bits(f, bytes_data(items) + i);
    double x;
    float single;
    struct object *item;
    if (f->is_float) {
      memcpy(&x, &bits, sizeof x);
      memcpy(&single, &bits, sizeof single);
      item = float_from(f->bytes == 8 ? x : single);
    } else {
      unsigned shift = 64 - 8u * f->bytes;
      item = f->is_signed ? int_from_i64((int64_t)(bits << shift) >> shift) : int_from_u64(bits);
    }
    int status = item ? array_append(o, item) : -1;
    drop_null(item);
    if (status < 0) {
      drop(o);
      o = NULL;
    }
  }
  return o;
}

/* The code of that many bytes and sign: the given one if it is such. */
static const struct array_code *fitting(const struct array_code *code, const struct format *f) {
  if (f->is_float || f->is_text)
    return code;
  const struct array_code *found = code;
  for (const struct array_code *c = array_codes; c->code; c++)
    if (!c->is_float && c->code != 'u' && c->bytes == f->bytes && c->is_signed == f->is_signed) {
      found = c;
      if (c == code)
        break;
    }
  return found;
}

struct object *array_reconstruct(struct object *module, struct object *const *args, size_t n) {
  int format;
  if (args_check_count("_array_reconstructor", n, 4, 4) < 0)
    return NULL;
  if (!is_any_str(args[1]) || str_length(args[1]) != 1)
    return error_format(ERROR_TYPE,
                        "_array_reconstructor() argument 2 must be a unicode character, not %N",
                        args[1]);
  if (argument_int(args[2], &format) < 0)
    return NULL;
  if (!is_type(args[0]))
    return error_format(ERROR_TYPE, "first argument must be a type object, not %N", args[0]);
  struct type *t = (struct type *)args[0];
  if (!type_is_subtype(t, &array_type))
    return error_format(ERROR_TYPE, "%s is not a subtype of array.array", t->name);
  const struct array_code *code = array_code_find(str_at(args[1], 0));
  if (!code)
    return error_format(ERROR_VALUE, "second argument must be a valid type code");
  if (format < 0 || format >= (int)ARRAY_SIZE(formats))
    return error_format(ERROR_VALUE, "third argument must be a valid machine format code.");
  struct object *items = args[3];
  if (!is_any_bytes(items))
    return error_format(ERROR_TYPE, "fourth argument should be bytes, not %N", items);
  const struct format *f = &formats[format];
  if (format != format_of(code))
    return f->is_text ? from_text(t, code, f, items) : from_numbers(t, fitting(code, f), f, items);
  struct object *o = array_new(t, code, 0);
  if (o && array_extend_bytes(o, bytes_data(items), (int64_t)bytes_length(items)) < 0) {
    drop(o);
    return NULL;
  }
  return o;
}
