/* Reading marshalled values, from memory or from a file object. Whatever the bytes say, this ends
 * with an object or an error: sizes are believed only as far as there are bytes to back them. */
#include "runtime/bytecode/code.h"
#include "runtime/modules/marshal/marshal.h"
#include "runtime/object/attribute.h"
#include "runtime/object/bytes.h"
#include "runtime/object/complex.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/float.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/protocol.h"
#include "runtime/object/set.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include <limits.h>
#include <string.h>

struct reader {                  /* on the C stack */
  const unsigned char *at, *end; /* of the memory */
  struct object *file;           /* borrowed; NULL: memory */
  struct object *piece;          /* bytearray: what came last from the file */
  struct object *references;     /* list: the table; NONE where an object is not complete */
  unsigned depth;
};

/* ---- Bytes ---- */

static const unsigned char *take_from_file(struct reader *r, size_t n) {
  drop_null(r->piece);
  struct object *readinto = NULL, *got = NULL;
  int64_t read = -1;
  if ((r->piece = bytearray_new(n)) && (readinto = str_intern("readinto")) &&
      (got = call_method_one(r->file, readinto, r->piece)) &&
      number_to_i64(got, &read, ERROR_VALUE) < 0)
    read = -1;
  drop_null(readinto);
  if (!got)
    return NULL;
  drop(got);
  if (error_pending() != ERROR_NONE)
    return NULL;
  if (read > (int64_t)n)
    return error_format(ERROR_VALUE,
                        "read() returned too much data: %zu bytes requested, %ld returned", n,
                        (long)read);
  if (read < (int64_t)n || bytearray_length(r->piece) < n)
    return error_format(ERROR_EOF, "EOF read where not expected");
  return n ? bytearray_data(r->piece) : (const unsigned char *)"";
}

/* n bytes, valid until the next call; NULL with an error. */
static const unsigned char *take(struct reader *r, size_t n) {
  if (UNLIKELY(r->file != NULL))
    return take_from_file(r, n);
  if (UNLIKELY((size_t)(r->end - r->at) < n)) {
    error_set(ERROR_EOF, "marshal data too short");
    return NULL;
  }
  const unsigned char *from = r->at;
  r->at += n;
  return from;
}

static int take_byte(struct reader *r) { /* -1: an error */
  if (UNLIKELY(r->file != NULL)) {
    const unsigned char *p = take_from_file(r, 1);
    return p ? *p : -1;
  }
  if (LIKELY(r->at < r->end))
    return *r->at++;
  error_set(ERROR_EOF, "EOF read where not expected");
  return -1;
}

static bool take_i32(struct reader *r, int32_t *value) {
  const unsigned char *p = take(r, 4);
  if (LIKELY(p != NULL))
    memcpy(value, p, 4);
  return p != NULL;
}

/* A length: false with an error, naming what is long. */
static bool take_length(struct reader *r, const char *what, size_t *n) {
  int32_t length;
  if (!take_i32(r, &length))
    return false;
  if (length < 0) {
    error_set(ERROR_VALUE, "bad marshal data (%s size out of range)", what);
    return false;
  }
  *n = (size_t)length;
  return true;
}

/* ---- The table of references ---- */

static struct object *enter_taking(struct reader *r, bool flag, struct object *o) {
  if (flag && o && list_append(r->references, o) < 0) {
    drop(o);
    return NULL;
  }
  return o;
}

/* A place for an object that may not be referred to before it is complete. */
static bool reserve(struct reader *r, bool flag, size_t *place) {
  if (!flag)
    return true;
  *place = list_length(r->references);
  return list_append(r->references, NONE) == 0;
}

static struct object *fill_taking(struct reader *r, bool flag, size_t place, struct object *o) {
  if (flag && o)
    list_set_taking(r->references, place, hold(o));
  return o;
}

static struct object *reference(struct reader *r) {
  int32_t i;
  if (!take_i32(r, &i))
    return NULL;
  struct object *o = i >= 0 && (size_t)i < list_length(r->references)
                         ? list_get_borrowed(r->references, (size_t)i)
                         : NONE;
  if (o == NONE)
    return error_format(ERROR_VALUE, "bad marshal data (invalid reference)");
  return hold(o);
}

/* ---- Numbers ---- */

static struct object *long_int(struct reader *r) {
  int32_t signed_n;
  if (!take_i32(r, &signed_n))
    return NULL;
  if (signed_n == INT32_MIN)
    return error_format(ERROR_VALUE, "bad marshal data (long size out of range)");
  size_t n = (size_t)(signed_n < 0 ? -(int64_t)signed_n : signed_n);
  const unsigned char *digits = take(r, n * 2);
  if (!digits)
    return NULL;
  size_t limbs_n = n * MARSHAL_DIGIT_BITS / 64 + 1;
  uint64_t *limbs = gc_buffer_new(limbs_n * sizeof *limbs);
  if (!limbs)
    return error_no_memory();
  memset(limbs, 0, limbs_n * sizeof *limbs);
  const char *wrong = NULL;
  for (size_t i = 0; i < n && !wrong; i++) {
    uint64_t digit = (uint64_t)digits[2 * i] | (uint64_t)digits[2 * i + 1] << 8;
    if (digit >> MARSHAL_DIGIT_BITS)
      wrong = "digit out of range in long";
    else if (i == n - 1 && digit == 0)
      wrong = "unnormalized long data";
    size_t bit = i * MARSHAL_DIGIT_BITS, limb = bit / 64, shift = bit % 64;
    limbs[limb] |= digit << shift;
    if (shift > 64 - MARSHAL_DIGIT_BITS)
      limbs[limb + 1] |= digit >> (64 - shift);
  }
  struct object *o = wrong ? error_format(ERROR_VALUE, "bad marshal data (%s)", wrong)
                           : int_from_limbs(limbs, limbs_n, signed_n < 0);
  gc_buffer_free(limbs, limbs_n * sizeof *limbs);
  return o;
}

static bool take_double(struct reader *r, bool is_text, double *value) {
  if (!is_text) {
    const unsigned char *p = take(r, sizeof *value);
    if (p)
      memcpy(value, p, sizeof *value);
    return p != NULL;
  }
  int n = take_byte(r);
  const unsigned char *p = n >= 0 ? take(r, (size_t)n) : NULL;
  struct object *text = p ? str_from_data(p, (size_t)n, 0) : NULL;
  struct object *number = text ? number_float(text) : NULL;
  drop_null(text);
  if (!number)
    return false;
  *value = float_value(number);
  drop(number);
  return true;
}

/* ---- Strings ---- */

static size_t utf8_length(unsigned char first) {
  return first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

static void decode_error(const unsigned char *bytes, size_t n, size_t at) {
  unsigned char first = bytes[at];
  size_t wanted = first >= 0xc2 && first < 0xf5 ? utf8_length(first) : 1, found = 1;
  while (found < wanted && at + found < n && (bytes[at + found] & 0xc0) == 0x80)
    found++;
  bool is_cut = wanted > 1 && at + found == n;
  struct object *args[5] = {str_from_ascii("utf-8"), bytes_from(bytes, n),
                            int_from_i64((int64_t)at),
                            int_from_i64((int64_t)(at + (is_cut ? found : 1))),
                            str_from_ascii(wanted == 1 ? "invalid start byte"
                                           : is_cut    ? "unexpected end of data"
                                                       : "invalid continuation byte")};
  struct object *exception = NULL;
  if (args[0] && args[1] && args[2] && args[3] && args[4])
    exception = call_object(&exception_type(ERROR_UNICODE_DECODE)->head, args, 5, NULL);
  if (exception)
    error_raise_taking(exception);
  for (size_t i = 0; i < 5; i++)
    drop_null(args[i]);
}

/* UTF-8 in which surrogates are encoded like other code points. */
static struct object *decode_with_surrogates(const unsigned char *bytes, size_t n) {
  uint32_t *points = gc_buffer_new((n + 1) * sizeof *points);
  if (!points)
    return error_no_memory();
  size_t points_n = 0, at = 0;
  while (at < n) {
    unsigned char first = bytes[at];
    size_t length = utf8_length(first);
    bool ok = (first < 0x80 || (first >= 0xc2 && first < 0xf5)) && n - at >= length;
    uint32_t point = length == 1 ? first : first & (0x7fu >> length);
    for (size_t i = 1; ok && i < length; i++) {
      ok = (bytes[at + i] & 0xc0) == 0x80;
      point = point << 6 | (bytes[at + i] & 0x3f);
    }
    if (!ok || (length == 3 && point < 0x800) ||
        (length == 4 && (point < 0x10000 || point > 0x10ffff)))
      break;
    points[points_n++] = point;
    at += length;
  }
  struct object *s = NULL;
  if (at == n)
    s = str_from_data(points, points_n, 2);
  else
    decode_error(bytes, n, at);
  gc_buffer_free(points, (n + 1) * sizeof *points);
  return s;
}

static struct object *text(struct reader *r, bool is_interned) {
  size_t n;
  const unsigned char *p;
  if (!take_length(r, "string", &n) || !(p = take(r, n)))
    return NULL;
  struct object *s = str_from_utf8((const char *)p, n);
  if (!s && error_clear_if(ERROR_VALUE))
    s = decode_with_surrogates(p, n);
  return s && is_interned ? str_intern_taking(s) : s;
}

static struct object *ascii(struct reader *r, size_t n, bool is_interned) {
  const unsigned char *p = take(r, n);
  if (!p)
    return NULL;
  return is_interned ? str_intern_ascii((const char *)p, n) : str_from_data(p, n, 0);
}

/* ---- Containers ---- */

static struct object *object(struct reader *r);

/* The next item; NULL with an error. */
static struct object *item(struct reader *r, const char *container) {
  struct object *o = object(r);
  if (UNLIKELY(!o) && error_pending() == ERROR_NONE)
    error_set(ERROR_TYPE, "NULL object in marshal data for %s", container);
  return o;
}

/* More items than there are bytes can't be: what makes an error of them is found by reading them,
 * without making room for all. Always NULL. */
static struct object *too_many(struct reader *r, bool flag, const char *container) {
  size_t place;
  if (!reserve(r, flag, &place))
    return NULL;
  for (struct object *o; (o = item(r, container));)
    drop(o);
  return NULL;
}
static bool is_too_many(const struct reader *r, size_t n) {
  return !r->file && (size_t)(r->end - r->at) < n;
}

static struct object *tuple(struct reader *r, bool flag, size_t n) {
  if (is_too_many(r, n))
    return too_many(r, flag, "tuple");
  struct object *o = enter_taking(r, flag, tuple_new(n));
  for (size_t i = 0; o && i < n; i++) {
    struct object *each = item(r, "tuple");
    if (UNLIKELY(!each)) {
      drop(o);
      return NULL;
    }
    tuple_init_taking(o, i, each);
  }
  return o;
}

static struct object *list(struct reader *r, bool flag) {
  size_t n;
  if (!take_length(r, "list", &n))
    return NULL;
  if (is_too_many(r, n))
    return too_many(r, flag, "list");
  struct object *o = enter_taking(r, flag, list_new(r->file ? 0 : n));
  for (size_t i = 0; o && i < n; i++) {
    struct object *each = item(r, "list");
    if (!each || list_append_taking(o, each) < 0) {
      drop(o);
      return NULL;
    }
  }
  return o;
}

static struct object *dict(struct reader *r, bool flag) {
  struct object *o = enter_taking(r, flag, dict_new());
  for (struct object *key, *value; o && (key = object(r));) {
    value = object(r);
    if (value && dict_set(o, key, value) == 0) {
      drop(key);
      drop(value);
      continue;
    }
    drop(key);
    drop_null(value);
    break;
  }
  if (o && error_pending() != ERROR_NONE) {
    drop(o);
    return NULL;
  }
  return o;
}

static struct object *set(struct reader *r, bool flag, bool is_frozen) {
  size_t n, place = 0;
  if (!take_length(r, "set", &n))
    return NULL;
  struct object *o;
  if (is_frozen) /* nothing can refer to it before it is hashable */
    o = reserve(r, flag, &place) ? frozenset_new() : NULL;
  else
    o = enter_taking(r, flag, set_new());
  for (size_t i = 0; o && i < n; i++) {
    struct object *each = item(r, "set");
    if (!each || set_add(o, each) < 0) {
      drop_null(each);
      drop(o);
      return NULL;
    }
    drop(each);
  }
  return is_frozen ? fill_taking(r, flag, place, o) : o;
}

/* ---- Code objects ---- */

static bool intern_names(struct object *names) {
  struct tuple *t = (struct tuple *)names;
  for (size_t i = 0; i < t->n; i++) {
    if (!is_str(t->items[i])) {
      error_set(ERROR_SYSTEM, "non-string found in code slot");
      return false;
    }
    if (((const struct str *)t->items[i])->shape & STR_INTERNED)
      continue;
    struct object *s = str_intern_taking(hold(t->items[i]));
    if (!s)
      return false;
    store(names, &t->items[i], s);
  }
  return true;
}

static bool is_valid(struct code_facts *facts) {
  bool ok = facts->posonlyargcount >= 0 && facts->argcount >= facts->posonlyargcount &&
            facts->kwonlyargcount >= 0 && facts->stacksize >= 0 && (int32_t)facts->flags >= 0;
#define CODE_IS(name, type, meaning) ok = ok && is_##type(facts->name);
  CODE_REFERENCES(CODE_IS)
#undef CODE_IS
  if (!ok || bytes_length(facts->localspluskinds) != tuple_length(facts->localsplusnames)) {
    error_set(ERROR_SYSTEM, "bad argument to internal function");
    return false;
  }
  if (bytes_length(facts->code) % 2) {
    error_set(ERROR_VALUE, "code: co_code is malformed");
    return false;
  }
  int64_t locals = 0;
  for (size_t i = 0; i < bytes_length(facts->localspluskinds); i++)
    locals += (bytes_data(facts->localspluskinds)[i] & CODE_LOCAL) != 0;
  if (locals < (int64_t)facts->argcount + facts->kwonlyargcount + !!(facts->flags & CODE_VARARGS) +
                   !!(facts->flags & CODE_VARKEYWORDS)) {
    error_set(ERROR_VALUE, "code: varnames is too small");
    return false;
  }
  return intern_names(facts->names) && intern_names(facts->localsplusnames);
}

static struct object *code(struct reader *r, bool flag) {
  struct code_facts facts = {.code = NULL};
  int32_t flags = 0;
  size_t place = 0;
  struct object **const parts[] = {&facts.code,
                                   &facts.consts,
                                   &facts.names,
                                   &facts.localsplusnames,
                                   &facts.localspluskinds,
                                   &facts.filename,
                                   &facts.name,
                                   &facts.qualname,
                                   &facts.linetable,
                                   &facts.exceptiontable};
  enum { BEFORE_LINE = 8, PARTS = ARRAY_SIZE(parts) };
  if (!reserve(r, flag, &place) || !take_i32(r, &facts.argcount) ||
      !take_i32(r, &facts.posonlyargcount) || !take_i32(r, &facts.kwonlyargcount) ||
      !take_i32(r, &facts.stacksize) || !take_i32(r, &flags))
    return NULL;
  facts.flags = (uint32_t)flags;
  struct object *o = NULL;
  size_t n = 0;
  while (n < PARTS && (n != BEFORE_LINE || take_i32(r, &facts.firstlineno)) &&
         (*parts[n] = object(r)))
    n++;
  if (n == PARTS && is_valid(&facts))
    o = code_new(&facts);
  while (n-- > 0)
    drop(*parts[n]);
  return fill_taking(r, flag, place, o);
}

/* ---- Any object ---- */

static struct object *tagged(struct reader *r, int tag, bool flag) {
  size_t n;
  int32_t word;
  int byte;
  double real, imag;
  const unsigned char *p;
  switch (tag) {
  case MARSHAL_NULL:
    return NULL;
  case MARSHAL_NONE:
    return hold(NONE);
  case MARSHAL_STOP_ITERATION:
    return hold(&exception_type(ERROR_STOP_ITERATION)->head);
  case MARSHAL_ELLIPSIS:
    return hold(ELLIPSIS);
  case MARSHAL_FALSE:
    return hold(FALSE_);
  case MARSHAL_TRUE:
    return hold(TRUE_);
  case MARSHAL_INT:
    return take_i32(r, &word) ? enter_taking(r, flag, int_from_i64(word)) : NULL;
  case MARSHAL_INT64: {
    int64_t value;
    if (!(p = take(r, sizeof value)))
      return NULL;
    memcpy(&value, p, sizeof value);
    return enter_taking(r, flag, int_from_i64(value));
  }
  case MARSHAL_LONG:
    return enter_taking(r, flag, long_int(r));
  case MARSHAL_FLOAT:
  case MARSHAL_DOUBLE:
    if (!take_double(r, tag == MARSHAL_FLOAT, &real))
      return NULL;
    return enter_taking(r, flag, float_from(real));
  case MARSHAL_COMPLEX:
  case MARSHAL_DOUBLES:
    if (!take_double(r, tag == MARSHAL_COMPLEX, &real) ||
        !take_double(r, tag == MARSHAL_COMPLEX, &imag))
      return NULL;
    return enter_taking(r, flag, complex_from(real, imag));
  case MARSHAL_BYTES:
    if (!take_length(r, "bytes object", &n) || !(p = take(r, n)))
      return NULL;
    return enter_taking(r, flag, bytes_from(p, n));
  case MARSHAL_ASCII:
  case MARSHAL_ASCII_INTERNED:
    if (!take_length(r, "string", &n))
      return NULL;
    return enter_taking(r, flag, ascii(r, n, tag == MARSHAL_ASCII_INTERNED));
  case MARSHAL_SHORT:
  case MARSHAL_SHORT_INTERNED:
    if ((byte = take_byte(r)) < 0)
      return NULL;
    return enter_taking(r, flag, ascii(r, (size_t)byte, tag == MARSHAL_SHORT_INTERNED));
  case MARSHAL_STR:
  case MARSHAL_INTERNED:
    return enter_taking(r, flag, text(r, tag == MARSHAL_INTERNED));
  case MARSHAL_SMALL_TUPLE:
    return (byte = take_byte(r)) < 0 ? NULL : tuple(r, flag, (size_t)byte);
  case MARSHAL_TUPLE:
    return take_length(r, "tuple", &n) ? tuple(r, flag, n) : NULL;
  case MARSHAL_LIST:
    return list(r, flag);
  case MARSHAL_DICT:
    return dict(r, flag);
  case MARSHAL_SET:
  case MARSHAL_FROZENSET:
    return set(r, flag, tag == MARSHAL_FROZENSET);
  case MARSHAL_CODE:
    return code(r, flag);
  case MARSHAL_REFERENCE:
    return reference(r);
  default:
    return error_format(ERROR_VALUE, "bad marshal data (unknown type code)");
  }
}

/* NULL without an error: the tag that ends a dict. */
static struct object *object(struct reader *r) {
  int tag = take_byte(r);
  if (UNLIKELY(tag < 0)) {
    if (error_pending() == ERROR_EOF)
      error_set(ERROR_EOF, "EOF read where object expected");
    return NULL;
  }
  if (UNLIKELY(r->depth >= MARSHAL_DEPTH_MAX))
    return error_format(ERROR_VALUE, "recursion limit exceeded");
  r->depth++;
  struct object *o = tagged(r, tag & ~MARSHAL_FLAG, (tag & MARSHAL_FLAG) != 0);
  r->depth--;
  return o;
}

static struct object *read(struct reader *r) {
  if (!(r->references = list_new(0)))
    return NULL;
  struct object *o = item(r, "object");
  drop(r->references);
  drop_null(r->piece);
  return o;
}

struct object *marshal_read(const unsigned char *bytes, size_t n) {
  struct reader r = {.at = bytes, .end = bytes + n};
  return read(&r);
}

struct object *marshal_read_file(struct object *file) {
  struct reader r = {.file = file};
  return read(&r);
}
