/* Encodings by name: those done here, and the registry of all others. */
#include "runtime/object/codec.h"
#include "runtime/object/attribute.h"
#include "runtime/object/bytes.h"
#include "runtime/object/codec_errors.h"
#include "runtime/object/dict.h"
#include "runtime/object/list.h"
#include "runtime/object/protocol.h"
#include "runtime/object/tuple.h"
#include "runtime/object/warning.h"
#include <ctype.h>
#include <string.h>

int (*codec_import_encodings)(void);

/* ---- Those done here ---- */

enum known { OTHER, UTF8, ASCII, LATIN1, UTF16, UTF16LE, UTF16BE, UTF32, UTF32LE, UTF32BE };

enum { NAME_MAX_BYTES = 32 };
/* Small letters and digits, anything else as one underscore; what is too long is none we know. */
static void normalize(const char *name, char *out) {
  size_t n = 0;
  bool gap = false;
  for (; *name; name++) {
    unsigned char c = (unsigned char)*name;
    if (isalnum(c) || c == '.') {
      if (n + 2 >= NAME_MAX_BYTES) {
        n = 0;
        break;
      }
      if (gap && n)
        out[n++] = '_';
      gap = false;
      out[n++] = (char)tolower(c);
    } else
      gap = true;
  }
  out[n] = 0;
}

/* The name that search functions are asked for; of any length. */
static struct object *normalized(const char *name) {
  struct str_builder b = STR_BUILDER_EMPTY;
  bool gap = false;
  for (; *name; name++) {
    unsigned char c = (unsigned char)*name;
    if (c >= 0x80)
      continue;
    if (isalnum(c) || c == '.') {
      if (gap && b.n)
        str_builder_add_char(&b, '_');
      gap = false;
      str_builder_add_char(&b, (uint32_t)tolower(c));
    } else
      gap = true;
  }
  return str_builder_finish(&b);
}

static enum known find_known(const char *encoding) {
  static const struct {
    const char *name;
    enum known is;
  } names[] = {
      {"utf_8", UTF8},     {"utf8", UTF8},     {"ascii", ASCII},       {"us_ascii", ASCII},
      {"latin_1", LATIN1}, {"latin1", LATIN1}, {"iso_8859_1", LATIN1}, {"iso8859_1", LATIN1},
      {"utf_16", UTF16},   {"utf16", UTF16},   {"utf_16_le", UTF16LE}, {"utf_16_be", UTF16BE},
      {"utf_32", UTF32},   {"utf32", UTF32},   {"utf_32_le", UTF32LE}, {"utf_32_be", UTF32BE}};
  char name[NAME_MAX_BYTES];
  if (!encoding || !strcmp(encoding, "utf-8"))
    return UTF8;
  /* As they are mostly spelled; all others are brought into one form first. */
  switch (*encoding) {
  case 'a':
    if (!strcmp(encoding, "ascii"))
      return ASCII;
    break;
  case 'l':
    if (!strcmp(encoding, "latin-1") || !strcmp(encoding, "latin1"))
      return LATIN1;
    break;
  case 'u':
    if (!strncmp(encoding, "utf-16", 6)) {
      const char *order = encoding + 6;
      if (!*order)
        return UTF16;
      if (!strcmp(order, "-le") || !strcmp(order, "-be"))
        return order[1] == 'l' ? UTF16LE : UTF16BE;
    }
    if (!strcmp(encoding, "utf8"))
      return UTF8;
    if (!strcmp(encoding, "utf-32"))
      return UTF32;
    break;
  }
  normalize(encoding, name);
  for (size_t i = 0; i < ARRAY_SIZE(names); i++)
    if (!strcmp(name, names[i].name))
      return names[i].is;
  return OTHER;
}
static int order_of(enum known is) {
  return is == UTF16LE || is == UTF32LE   ? CODEC_LITTLE
         : is == UTF16BE || is == UTF32BE ? CODEC_BIG
                                          : CODEC_NATIVE;
}

/* ---- The registry ---- */

/* A list of functions, and dicts by name; made when first asked for. */
static struct object *searches, *found, *handlers, *kept_names; /* kept_names: str to its UTF-8 */

void codec_visit_roots(gc_visit_fn *visit, void *context) {
  struct object *const all[] = {searches, found, handlers, kept_names};
  for (size_t i = 0; i < ARRAY_SIZE(all); i++)
    if (all[i])
      visit(all[i], context);
}
void codec_close(void) {
  struct object **const all[] = {&searches, &found, &handlers, &kept_names};
  for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
    struct object *o = *all[i];
    *all[i] = NULL;
    drop_null(o);
  }
}

static int open_searches(void) {
  if (!searches && !(searches = list_new(0)))
    return -1;
  return found || (found = dict_new()) ? 0 : -1;
}

int codec_register(struct object *search) {
  if (!is_callable(search)) {
    error_set(ERROR_TYPE, "argument must be callable");
    return -1;
  }
  return open_searches() < 0 ? -1 : list_append(searches, search);
}
int codec_unregister(struct object *search) {
  for (size_t i = 0; searches && i < list_length(searches); i++)
    if (list_get_borrowed(searches, i) == search) {
      dict_clear(found);
      list_remove_range(searches, i, i + 1);
      break;
    }
  return 0;
}

/* Asks each search function for a name; the answer is remembered. */
static struct object *search(struct object *name) {
  struct object *codec = dict_get_borrowed(found, name);
  if (codec)
    return hold(codec);
  for (size_t i = 0; i < list_length(searches); i++) {
    struct object *f = hold(list_get_borrowed(searches, i));
    codec = call_one(f, name);
    drop(f);
    if (!codec)
      return NULL;
    if (codec == NONE) {
      drop(codec);
      continue;
    }
    if (!is_any_tuple(codec) || tuple_length(codec) != 4) {
      error_set(ERROR_TYPE, "codec search functions must return 4-tuples");
      drop(codec);
      return NULL;
    }
    if (dict_set(found, name, codec) < 0) {
      drop(codec);
      return NULL;
    }
    return codec;
  }
  return NULL;
}

struct object *codec_lookup(const char *encoding) {
  if (open_searches() < 0 ||
      (list_length(searches) == 0 && codec_import_encodings && codec_import_encodings() < 0))
    return NULL;
  struct object *name = normalized(encoding);
  struct object *codec = name ? search(name) : NULL;
  drop_null(name);
  if (!codec && error_pending() == ERROR_NONE)
    error_format(ERROR_LOOKUP, "unknown encoding: %s", encoding);
  return codec;
}

const char *codec_keep_name(struct object *name) {
  if (!kept_names && !(kept_names = dict_new()))
    return NULL;
  struct object *key = str_exact(name);
  if (!key)
    return NULL;
  struct object *kept = dict_get_borrowed(kept_names, key);
  if (!kept) {
    struct object *utf8 = codec_utf8_encode(key, NULL);
    if (utf8 && dict_set(kept_names, key, utf8) == 0)
      kept = utf8;
    drop_null(utf8);
  }
  drop(key);
  return kept ? (const char *)bytes_data(kept) : NULL;
}

/* ---- Handlers ---- */

static int open_handlers(void) {
  static const char *const names[] = {
      "strict",           "ignore",      "replace",       "xmlcharrefreplace",
      "backslashreplace", "namereplace", "surrogatepass", "surrogateescape"};
  if (handlers)
    return 0;
  struct object *dict = dict_new();
  for (size_t i = 0; dict && i < ARRAY_SIZE(names); i++) {
    struct object *name = str_intern(names[i]);
    struct object *f = name ? builtin_function_new(&codec_handlers[i], NULL, NULL) : NULL;
    int status = f ? dict_set(dict, name, f) : -1;
    drop_null(f);
    drop_null(name);
    if (status < 0) {
      drop(dict);
      return -1;
    }
  }
  handlers = dict;
  return dict ? 0 : -1;
}
int codec_register_error(const char *name, struct object *handler) {
  if (!is_callable(handler)) {
    error_set(ERROR_TYPE, "handler must be callable");
    return -1;
  }
  struct object *key = open_handlers() < 0 ? NULL : str_from_utf8(name, strlen(name));
  int status = key ? dict_set(handlers, key, handler) : -1;
  drop_null(key);
  return status;
}
struct object *codec_lookup_error(const char *name) {
  if (!name)
    name = "strict";
  struct object *key = open_handlers() < 0 ? NULL : str_from_utf8(name, strlen(name));
  if (!key)
    return NULL;
  struct object *handler = dict_get_borrowed(handlers, key);
  drop(key);
  if (handler)
    return hold(handler);
  return error_pending() != ERROR_NONE
             ? NULL
             : error_format(ERROR_LOOKUP, "unknown error handler name '%s'", name);
}

/* ---- Through the registry ---- */

/* An exception of a codec becomes one of the same type that also says which codec it was, if it is
 * one that a text makes up. */
static void tell_codec(const char *operation, const char *encoding) {
  struct object *cause = error_pending_borrowed();
  const struct type *base = exception_type(ERROR_BASE);
  if (!cause)
    return;
  struct type *t = type_of(cause);
  struct object *args = exception_args_borrowed(cause);
  struct object *dict = ((struct exception_plain *)cause)->dict;
  if (t->init != base->init || t->new_ != base->new_ ||
      t->builtin_base->shape.basic_bytes != base->shape.basic_bytes ||
      (dict && dict_length(dict)) || !args || tuple_length(args) > 1 ||
      (tuple_length(args) == 1 && !is_any_str(tuple_get_borrowed(args, 0))))
    return;
  cause = error_fetch();
  struct object *text =
      str_format("%s with '%s' codec failed (%N: %S)", operation, encoding, cause, cause);
  struct object *o = text ? call_one(&t->head, text) : NULL;
  drop_null(text);
  if (!o || !is_exception(o)) {
    error_clear();
    drop_null(o);
    error_raise_taking(cause);
    return;
  }
  exception_set_cause_taking(o, hold(cause));
  exception_set_context_taking(o, cause);
  error_raise_taking(o);
}

/* The object that the codec's encoder (0) or decoder (1) makes. Takes the codec. */
static struct object *run(struct object *codec, int which, struct object *o, const char *encoding,
                          const char *errors) {
  struct object *f = hold(tuple_get_borrowed(codec, (size_t)which)), *how = NULL;
  drop(codec);
  if (errors && !(how = str_from_utf8(errors, strlen(errors)))) {
    drop(f);
    return NULL;
  }
  struct object *args[] = {o, how}, *result = call_object(f, args, how ? 2 : 1, NULL);
  drop_null(how);
  drop(f);
  if (!result) {
    tell_codec(which ? "decoding" : "encoding", encoding);
    return NULL;
  }
  struct object *value = NULL;
  if (is_any_tuple(result) && tuple_length(result) == 2)
    value = hold(tuple_get_borrowed(result, 0));
  else
    error_set(ERROR_TYPE, which ? "decoder must return a tuple (object,integer)"
                                : "encoder must return a tuple (object, integer)");
  drop(result);
  return value;
}

struct object *codec_encode_any(struct object *o, const char *encoding, const char *errors) {
  struct object *codec = codec_lookup(encoding ? encoding : "utf-8");
  return codec ? run(codec, 0, o, encoding ? encoding : "utf-8", errors) : NULL;
}
struct object *codec_decode_any(struct object *o, const char *encoding, const char *errors) {
  struct object *codec = codec_lookup(encoding ? encoding : "utf-8");
  return codec ? run(codec, 1, o, encoding ? encoding : "utf-8", errors) : NULL;
}

/* A codec that says it is none of texts is not taken for str.encode and bytes.decode. */
struct object *codec_lookup_text(const char *encoding, const char *instead) {
  struct object *codec = codec_lookup(encoding), *value;
  if (!codec || is_tuple(codec))
    return codec;
  struct object *name = str_intern("_is_text_encoding");
  int has = name ? attribute_find(codec, name, &value) : -1;
  drop_null(name);
  int is_text = has > 0 ? object_truth(value) : has < 0 ? -1 : 1;
  if (has > 0)
    drop(value);
  if (is_text > 0)
    return codec;
  if (is_text == 0)
    error_format(ERROR_LOOKUP, "'%s' is not a text encoding; use %s to handle arbitrary codecs",
                 encoding, instead);
  drop(codec);
  return NULL;
}

/* ---- What str and bytes call ---- */

bool codec_checks_names;

static int check_names(const char *encoding, const char *errors) {
  static const char *const fine[] = {"strict", "ignore", "replace", "surrogateescape",
                                     "surrogatepass"};
  if (encoding && strcmp(encoding, "utf-8") && strcmp(encoding, "utf8") &&
      strcmp(encoding, "ascii")) {
    struct object *codec = codec_lookup(encoding);
    if (!codec)
      return -1;
    drop(codec);
  }
  for (size_t i = 0; errors && i < ARRAY_SIZE(fine); i++)
    if (!strcmp(errors, fine[i]))
      return 0;
  struct object *handler = errors ? codec_lookup_error(errors) : hold(NONE);
  drop_null(handler);
  return handler ? 0 : -1;
}

static struct object *encode_other(struct object *text, const char *encoding, const char *errors) {
  struct object *codec = codec_lookup_text(encoding, "codecs.encode()");
  struct object *bytes = codec ? run(codec, 0, text, encoding, errors) : NULL;
  if (!bytes || is_any_bytes(bytes))
    return bytes;
  if (is_bytearray(bytes)) {
    struct object *copy = NULL;
    if (warning_format(ERROR_RUNTIME_WARNING, 1,
                       "encoder %s returned bytearray instead of bytes; use codecs.encode() to "
                       "encode to arbitrary types",
                       encoding) == 0)
      copy = bytes_from(bytearray_length(bytes) ? bytearray_data(bytes) : (unsigned char *)"",
                        bytearray_length(bytes));
    drop(bytes);
    return copy;
  }
  error_format(ERROR_TYPE,
               "'%s' encoder returned '%N' instead of 'bytes'; use codecs.encode() to encode to "
               "arbitrary types",
               encoding, bytes);
  drop(bytes);
  return NULL;
}
/* Errors in those of a fixed byte order, which CPython finds through the registry, name the codec.
 */
static struct object *told(struct object *result, enum known is, const char *operation,
                           const char *encoding) {
  if (!result && is != UTF16 && is != UTF32)
    tell_codec(operation, encoding);
  return result;
}

struct object *codec_encode(struct object *text, const char *encoding, const char *errors) {
  enum known is = find_known(encoding);
  if (UNLIKELY(codec_checks_names) && check_names(encoding, errors) < 0)
    return NULL;
  switch (is) {
  case UTF8:
    return codec_utf8_encode(text, errors);
  case ASCII:
    return codec_ascii_encode(text, errors);
  case LATIN1:
    return codec_latin1_encode(text, errors);
  case UTF16:
  case UTF16LE:
  case UTF16BE:
    return told(codec_utf16_encode(text, errors, order_of(is)), is, "encoding", encoding);
  case UTF32:
  case UTF32LE:
  case UTF32BE:
    return told(codec_utf32_encode(text, errors, order_of(is)), is, "encoding", encoding);
  default:
    return encode_other(text, encoding, errors);
  }
}

static struct object *decode_other(struct object *bytes, const char *encoding, const char *errors) {
  struct object *codec = codec_lookup_text(encoding, "codecs.decode()");
  struct object *text = codec ? run(codec, 1, bytes, encoding, errors) : NULL;
  if (!text || is_any_str(text))
    return text;
  error_format(ERROR_TYPE,
               "'%s' decoder returned '%N' instead of 'str'; use codecs.decode() to decode to "
               "arbitrary types",
               encoding, text);
  drop(text);
  return NULL;
}
struct object *codec_decode(const void *data, size_t n, const char *encoding, const char *errors) {
  enum known is = find_known(encoding);
  int order = order_of(is);
  if (UNLIKELY(codec_checks_names) && check_names(encoding, errors) < 0)
    return NULL;
  if (!data)
    data = "";
  switch (is) {
  case UTF8:
    return codec_utf8_decode(data, n, errors, NULL);
  case ASCII:
    return codec_ascii_decode(data, n, errors, NULL);
  case LATIN1:
    return codec_latin1_decode(data, n, errors, NULL);
  case UTF16:
  case UTF16LE:
  case UTF16BE:
    return told(codec_utf16_decode(data, n, errors, &order, NULL), is, "decoding", encoding);
  case UTF32:
  case UTF32LE:
  case UTF32BE:
    return told(codec_utf32_decode(data, n, errors, &order, NULL), is, "decoding", encoding);
  default: {
    struct object *bytes = bytes_from(data, n);
    struct object *text = bytes ? decode_other(bytes, encoding, errors) : NULL;
    drop_null(bytes);
    return text;
  }
  }
}
/* Without bytes the encoding does not matter, but to development mode. */
static struct object *decode_nothing(const char *encoding, const char *errors) {
  bool wrong = UNLIKELY(codec_checks_names) && check_names(encoding, errors) < 0;
  return wrong ? NULL : str_from_ascii("");
}
struct object *codec_decode_object(struct object *o, const char *encoding, const char *errors) {
  if (is_any_bytes(o) && !bytes_length(o))
    return decode_nothing(encoding, errors);
  if (is_any_bytes(o)) {
    hold(o);
    struct object *text = is_bytes(o) && find_known(encoding) == OTHER
                              ? decode_other(o, encoding, errors)
                              : codec_decode(bytes_data(o), bytes_length(o), encoding, errors);
    drop(o);
    return text;
  }
  struct buffer_view view;
  if (buffer_get(o, &view, BUFFER_SIMPLE) < 0)
    return NULL;
  struct object *text = view.bytes ? codec_decode(view.data, (size_t)view.bytes, encoding, errors)
                                   : decode_nothing(encoding, errors);
  buffer_release(&view);
  return text;
}
