/* _codecs: the registry of encodings, and the functions behind the encodings that are built in. */
#include "runtime/modules/module.h"
#include "runtime/object/bytes.h"
#include "runtime/object/codec.h"
#include "runtime/object/codec_errors.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/protocol.h"
#include "runtime/object/tuple.h"

/* ---- Arguments ---- */

/* (data[, errors[, final]]) of a decoder; `accepts_str`: a str stands for its UTF-8. */
struct decoding {
  const unsigned char *data;
  size_t n, consumed;
  const char *errors;
  bool is_final;
  struct object *utf8; /* owned, of a str; NULL: none */
  struct buffer_view view;
};

/* A str or None; -1 with the error. */
static int read_errors(const char *function, const char *which, struct object *o,
                       const char **errors) {
  *errors = NULL;
  if (o == NONE)
    return 0;
  if (!is_any_str(o)) {
    args_wrong_type(function, which, "str or None", o);
    return -1;
  }
  return (*errors = args_to_name(function, which, o)) ? 0 : -1;
}
static int read_data(const char *function, struct object *o, bool accepts_str, struct decoding *d) {
  d->view.object = NULL;
  d->utf8 = NULL;
  if (accepts_str && is_any_str(o)) {
    if (!(d->utf8 = codec_utf8_encode(o, NULL)))
      return -1;
    d->data = bytes_data(d->utf8);
    d->n = bytes_length(d->utf8);
    return 0;
  }
  if (buffer_get(o, &d->view, BUFFER_SIMPLE) < 0)
    return -1;
  d->data = d->view.data;
  d->n = (size_t)d->view.bytes;
  return 0;
}
static int begin(const char *function, struct object *const *args, size_t n, size_t most,
                 bool accepts_str, struct decoding *d) {
  int is_final;
  *d = (struct decoding){.is_final = accepts_str};
  if (args_check_count(function, n, 1, most) < 0 ||
      (n > 1 && read_errors(function, "argument 2", args[1], &d->errors) < 0))
    return -1;
  if (n > 2 && most == 3) {
    if (args_to_c_int(args[2], &is_final) < 0)
      return -1;
    d->is_final = is_final != 0;
  }
  return read_data(function, args[0], accepts_str, d);
}
static void end(struct decoding *d) {
  drop_null(d->utf8);
  buffer_release(&d->view);
}
/* (object, length), taking the object. */
static struct object *with_length(struct object *o, size_t length) {
  struct object *n = o ? int_from_i64((int64_t)length) : NULL;
  struct object *pair = n ? tuple_pack(2, o, n) : NULL;
  drop_null(n);
  drop_null(o);
  return pair;
}

/* ---- Decoders ---- */

static struct object *decode_plainly(const char *function, codec_decode_fn *decode,
                                     struct object *const *args, size_t n, size_t most,
                                     bool accepts_str) {
  struct decoding d;
  if (begin(function, args, n, most, accepts_str, &d) < 0)
    return NULL;
  d.consumed = d.n;
  struct object *text =
      decode(d.data, d.n, d.errors, most == 3 && !d.is_final ? &d.consumed : NULL);
  end(&d);
  return with_length(text, d.consumed);
}
#define DECODER(name, most, accepts_str)                                                           \
  static struct object *name(struct object *module, struct object *const *args, size_t n) {        \
    return decode_plainly(#name, codec_##name, args, n, most, accepts_str);                        \
  }
#define codec_utf_8_decode   codec_utf8_decode
#define codec_utf_7_decode   codec_utf7_decode
#define codec_latin_1_decode codec_latin1_decode
DECODER(utf_8_decode, 3, false)
DECODER(utf_7_decode, 3, false)
DECODER(latin_1_decode, 2, false)
DECODER(ascii_decode, 2, false)
DECODER(unicode_escape_decode, 3, true)
DECODER(raw_unicode_escape_decode, 3, true)

typedef struct object *wide_decode_fn(const unsigned char *data, size_t n, const char *errors,
                                      int *order, size_t *consumed);
static struct object *decode_wide(const char *function, wide_decode_fn *decode, int order,
                                  struct object *const *args, size_t n) {
  struct decoding d;
  if (begin(function, args, n, 3, false, &d) < 0)
    return NULL;
  d.consumed = d.n;
  struct object *text = decode(d.data, d.n, d.errors, &order, d.is_final ? NULL : &d.consumed);
  end(&d);
  return with_length(text, d.consumed);
}
/* (data, errors=None, byteorder=0, final=False): also tells the order that was found. */
static struct object *decode_wide_ex(const char *function, wide_decode_fn *decode,
                                     struct object *const *args, size_t n) {
  struct decoding d = {0};
  int order = CODEC_NATIVE, is_final = 0;
  if (args_check_count(function, n, 1, 4) < 0 ||
      (n > 1 && read_errors(function, "argument 2", args[1], &d.errors) < 0) ||
      (n > 2 && args_to_c_int(args[2], &order) < 0) ||
      (n > 3 && args_to_c_int(args[3], &is_final) < 0) ||
      read_data(function, args[0], false, &d) < 0)
    return NULL;
  d.consumed = d.n;
  order = order < 0 ? CODEC_LITTLE : order > 0 ? CODEC_BIG : CODEC_NATIVE;
  struct object *text = decode(d.data, d.n, d.errors, &order, is_final ? NULL : &d.consumed);
  end(&d);
  struct object *length = text ? int_from_i64((int64_t)d.consumed) : NULL;
  struct object *found = length ? int_from_i64(order) : NULL;
  struct object *result = found ? tuple_pack(3, text, length, found) : NULL;
  drop_null(found);
  drop_null(length);
  drop_null(text);
  return result;
}
#define WIDE_DECODER(bits)                                                                         \
  static struct object *utf_##bits##_decode(struct object *module, struct object *const *args,     \
                                            size_t n) {                                            \
    return decode_wide("utf_" #bits "_decode", codec_utf##bits##_decode, CODEC_NATIVE, args, n);   \
  }                                                                                                \
  static struct object *utf_##bits##_le_decode(struct object *module, struct object *const *args,  \
                                               size_t n) {                                         \
    return decode_wide("utf_" #bits "_le_decode", codec_utf##bits##_decode, CODEC_LITTLE, args,    \
                       n);                                                                         \
  }                                                                                                \
  static struct object *utf_##bits##_be_decode(struct object *module, struct object *const *args,  \
                                               size_t n) {                                         \
    return decode_wide("utf_" #bits "_be_decode", codec_utf##bits##_decode, CODEC_BIG, args, n);   \
  }                                                                                                \
  static struct object *utf_##bits##_ex_decode(struct object *module, struct object *const *args,  \
                                               size_t n) {                                         \
    return decode_wide_ex("utf_" #bits "_ex_decode", codec_utf##bits##_decode, args, n);           \
  }
WIDE_DECODER(16)
WIDE_DECODER(32)

static struct object *escape_decode(struct object *module, struct object *const *args, size_t n) {
  struct decoding d;
  if (begin("escape_decode", args, n, 2, true, &d) < 0)
    return NULL;
  struct object *bytes = codec_escape_decode(d.data, d.n, d.errors);
  end(&d);
  return with_length(bytes, d.n);
}
static struct object *charmap_decode(struct object *module, struct object *const *args, size_t n) {
  struct decoding d;
  if (args_check_count("charmap_decode", n, 1, 3) < 0 ||
      begin("charmap_decode", args, n < 2 ? n : 2, 2, false, &d) < 0)
    return NULL;
  struct object *text =
      codec_charmap_decode(d.data, d.n, d.errors, n > 2 && args[2] != NONE ? args[2] : NULL);
  end(&d);
  return with_length(text, d.n);
}

/* ---- Encoders ---- */

static int begin_encoding(const char *function, struct object *const *args, size_t n, size_t most,
                          const char **errors) {
  *errors = NULL;
  if (args_check_count(function, n, 1, most) < 0)
    return -1;
  if (!is_any_str(args[0])) {
    args_wrong_type(function, "argument 1", "str", args[0]);
    return -1;
  }
  return n > 1 ? read_errors(function, "argument 2", args[1], errors) : 0;
}
static struct object *encode_plainly(const char *function, codec_encode_fn *encode,
                                     struct object *const *args, size_t n) {
  const char *errors;
  if (begin_encoding(function, args, n, 2, &errors) < 0)
    return NULL;
  return with_length(encode(args[0], errors), str_length(args[0]));
}
#define ENCODER(name)                                                                              \
  static struct object *name(struct object *module, struct object *const *args, size_t n) {        \
    return encode_plainly(#name, codec_##name, args, n);                                           \
  }
#define codec_utf_8_encode   codec_utf8_encode
#define codec_utf_7_encode   codec_utf7_encode
#define codec_latin_1_encode codec_latin1_encode
ENCODER(utf_8_encode)
ENCODER(utf_7_encode)
ENCODER(latin_1_encode)
ENCODER(ascii_encode)
ENCODER(unicode_escape_encode)
ENCODER(raw_unicode_escape_encode)

typedef struct object *wide_encode_fn(struct object *text, const char *errors, int order);
static struct object *encode_wide(const char *function, wide_encode_fn *encode, int order,
                                  struct object *const *args, size_t n, size_t most) {
  const char *errors;
  if (begin_encoding(function, args, n, most, &errors) < 0 ||
      (n > 2 && args_to_c_int(args[2], &order) < 0))
    return NULL;
  order = order < 0 ? CODEC_LITTLE : order > 0 ? CODEC_BIG : CODEC_NATIVE;
  return with_length(encode(args[0], errors, order), str_length(args[0]));
}
#define WIDE_ENCODER(bits)                                                                         \
  static struct object *utf_##bits##_encode(struct object *module, struct object *const *args,     \
                                            size_t n) {                                            \
    return encode_wide("utf_" #bits "_encode", codec_utf##bits##_encode, CODEC_NATIVE, args, n,    \
                       3);                                                                         \
  }                                                                                                \
  static struct object *utf_##bits##_le_encode(struct object *module, struct object *const *args,  \
                                               size_t n) {                                         \
    return encode_wide("utf_" #bits "_le_encode", codec_utf##bits##_encode, CODEC_LITTLE, args, n, \
                       2);                                                                         \
  }                                                                                                \
  static struct object *utf_##bits##_be_encode(struct object *module, struct object *const *args,  \
                                               size_t n) {                                         \
    return encode_wide("utf_" #bits "_be_encode", codec_utf##bits##_encode, CODEC_BIG, args, n,    \
                       2);                                                                         \
  }
WIDE_ENCODER(16)
WIDE_ENCODER(32)

static struct object *escape_encode(struct object *module, struct object *const *args, size_t n) {
  const char *errors;
  if (args_check_count("escape_encode", n, 1, 2) < 0)
    return NULL;
  if (!is_any_bytes(args[0]))
    return args_wrong_type("escape_encode", "argument 1", "bytes", args[0]);
  if (n > 1 && read_errors("escape_encode", "argument 2", args[1], &errors) < 0)
    return NULL;
  size_t length = bytes_length(args[0]);
  return with_length(codec_escape_encode(bytes_data(args[0]), length), length);
}
static struct object *charmap_encode(struct object *module, struct object *const *args, size_t n) {
  const char *errors;
  if (begin_encoding("charmap_encode", args, n, 3, &errors) < 0)
    return NULL;
  return with_length(
      codec_charmap_encode(args[0], errors, n > 2 && args[2] != NONE ? args[2] : NULL),
      str_length(args[0]));
}
static struct object *charmap_build(struct object *module, struct object *map) {
  if (!is_any_str(map))
    return args_wrong_type("charmap_build", "argument", "str", map);
  return codec_charmap_build(map);
}
static struct object *readbuffer_encode(struct object *module, struct object *const *args,
                                        size_t n) {
  struct decoding d;
  if (begin("readbuffer_encode", args, n, 2, true, &d) < 0)
    return NULL;
  struct object *bytes = bytes_from(d.data, d.n);
  end(&d);
  return with_length(bytes, d.n);
}

/* ---- The registry ---- */

static struct object *register_(struct object *module, struct object *search) {
  return codec_register(search) < 0 ? NULL : hold(NONE);
}
static struct object *unregister(struct object *module, struct object *search) {
  return codec_unregister(search) < 0 ? NULL : hold(NONE);
}
static struct object *lookup(struct object *module, struct object *encoding) {
  const char *name = args_to_name("lookup", "argument", encoding);
  return name ? codec_lookup(name) : NULL;
}
static struct object *convert(const char *function, struct object *const *args, size_t n,
                              struct object *kwnames, bool encodes) {
  static const char *const names[] = {"obj", "encoding", "errors"};
  struct args_spec spec = {function, names, 3, 0, 3, 1};
  struct object *values[3];
  const char *encoding = NULL, *errors = NULL;
  if (args_parse(&spec, args, n, kwnames, values) < 0 ||
      (values[1] && !(encoding = args_to_name(function, "argument 'encoding'", values[1]))) ||
      (values[2] && !(errors = args_to_name(function, "argument 'errors'", values[2]))))
    return NULL;
  return encodes ? codec_encode_any(values[0], encoding, errors)
                 : codec_decode_any(values[0], encoding, errors);
}
static struct object *encode(struct object *module, struct object *const *args, size_t n,
                             struct object *kwnames) {
  return convert("encode", args, n, kwnames, true);
}
static struct object *decode(struct object *module, struct object *const *args, size_t n,
                             struct object *kwnames) {
  return convert("decode", args, n, kwnames, false);
}
static struct object *register_error(struct object *module, struct object *const *args, size_t n) {
  const char *name;
  if (args_check_count("register_error", n, 2, 2) < 0 ||
      !(name = args_to_name("register_error", "argument 1", args[0])) ||
      codec_register_error(name, args[1]) < 0)
    return NULL;
  return hold(NONE);
}
static struct object *lookup_error(struct object *module, struct object *o) {
  const char *name = args_to_name("lookup_error", "argument", o);
  return name ? codec_lookup_error(name) : NULL;
}

#define FINAL(name)                                                                                \
  METHOD_FAST_(#name, name, "($module, data, errors=None, final=False, /)\n--\n\n")
#define TRUE_FINAL(name)                                                                           \
  METHOD_FAST_(#name, name, "($module, data, errors=None, final=True, /)\n--\n\n")
#define PLAIN(name, what) METHOD_FAST_(#name, name, "($module, " what ", errors=None, /)\n--\n\n")
static const struct method_def functions[] = {
    METHOD_ONE_("register", register_,
                "($module, search_function, /)\n--\n\nAdds a function that finds codecs by their "
                "normalized names."),
    METHOD_ONE_(
        "unregister", unregister,
        "($module, search_function, /)\n--\n\nTakes a search function out, and forgets what "
        "was found."),
    METHOD_ONE_("lookup", lookup,
                "($module, encoding, /)\n--\n\nThe CodecInfo of an encoding, else LookupError."),
    METHOD_KEYWORDS_("encode", encode,
                     "($module, /, obj, encoding='utf-8', errors='strict')\n--\n\nWhat the codec "
                     "makes of an object."),
    METHOD_KEYWORDS_("decode", decode,
                     "($module, /, obj, encoding='utf-8', errors='strict')\n--\n\nWhat the codec "
                     "makes back of an object."),
    METHOD_FAST_("register_error", register_error,
                 "($module, errors, handler, /)\n--\n\nGives a handler of errors a name."),
    METHOD_ONE_("lookup_error", lookup_error,
                "($module, name, /)\n--\n\nThe handler of that name, else LookupError."),
    PLAIN(escape_encode, "data"),
    PLAIN(escape_decode, "data"),
    PLAIN(utf_8_encode, "str"),
    FINAL(utf_8_decode),
    PLAIN(utf_7_encode, "str"),
    FINAL(utf_7_decode),
    METHOD_FAST_("utf_16_encode", utf_16_encode,
                 "($module, str, errors=None, byteorder=0, /)\n--\n\n"),
    PLAIN(utf_16_le_encode, "str"),
    PLAIN(utf_16_be_encode, "str"),
    FINAL(utf_16_decode),
    FINAL(utf_16_le_decode),
    FINAL(utf_16_be_decode),
    METHOD_FAST_("utf_16_ex_decode", utf_16_ex_decode,
                 "($module, data, errors=None, byteorder=0, final=False, /)\n--\n\n"),
    METHOD_FAST_("utf_32_encode", utf_32_encode,
                 "($module, str, errors=None, byteorder=0, /)\n--\n\n"),
    PLAIN(utf_32_le_encode, "str"),
    PLAIN(utf_32_be_encode, "str"),
    FINAL(utf_32_decode),
    FINAL(utf_32_le_decode),
    FINAL(utf_32_be_decode),
    METHOD_FAST_("utf_32_ex_decode", utf_32_ex_decode,
                 "($module, data, errors=None, byteorder=0, final=False, /)\n--\n\n"),
    PLAIN(unicode_escape_encode, "str"),
    TRUE_FINAL(unicode_escape_decode),
    PLAIN(raw_unicode_escape_encode, "str"),
    TRUE_FINAL(raw_unicode_escape_decode),
    PLAIN(latin_1_encode, "str"),
    PLAIN(latin_1_decode, "data"),
    PLAIN(ascii_encode, "str"),
    PLAIN(ascii_decode, "data"),
    METHOD_FAST_("charmap_encode", charmap_encode,
                 "($module, str, errors=None, mapping=None, /)\n--\n\n"),
    METHOD_FAST_("charmap_decode", charmap_decode,
                 "($module, data, errors=None, mapping=None, /)\n--\n\n"),
    METHOD_ONE_("charmap_build", charmap_build, "($module, map, /)\n--\n\n"),
    METHOD_FAST_("readbuffer_encode", readbuffer_encode, "($module, data, errors=None, /)\n--\n\n"),
    {NULL}};

int module_codecs_fill(struct object *module) {
  return type_ready(&encoding_map_type) < 0 ? -1 : module_add_functions(module, functions);
}
