/* Objects as JSON: what json.JSONEncoder calls where it needs no indentation. */
#include "runtime/modules/json/json.h"
#include "runtime/object/attribute.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/float.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/model.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/str_builder.h"
#include "runtime/object/tuple.h"
#include <math.h>
#include <stddef.h>
#include <string.h>

struct encoder {
  struct object head;
  struct object *markers;  /* dict of what is being encoded, by address; NONE: not asked for */
  struct object *fallback; /* default */
  struct object *encoder, *indent;
  struct object *key_separator, *item_separator; /* str */
  bool sort_keys, skips_keys, allows_nan;
  uint8_t quotes; /* enum quotes: what `encoder` is */
};
enum quotes { QUOTES_OTHER, QUOTES_ANY, QUOTES_ASCII };

/* ---- Strings ---- */

static bool needs_escape(uint32_t c, bool ascii_only) {
  return c < ' ' || c == '"' || c == '\\' || (ascii_only && c > '~');
}
static void add_escape(struct str_builder *b, uint32_t c) {
  static const char hex[] = "0123456789abcdef";
  static const char letters[] = {
      ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'};
  char text[12];
  size_t n = 0;
  text[n++] = '\\';
  if (c == '"' || c == '\\') {
    text[n++] = (char)c;
  } else if (c < sizeof letters && letters[c]) {
    text[n++] = letters[c];
  } else {
    uint32_t units[2] = {c};
    int units_n = 1;
    if (c > 0xffff) {
      units[0] = 0xd800 | (c - 0x10000) >> 10;
      units[1] = 0xdc00 | ((c - 0x10000) & 0x3ff);
      units_n = 2;
    }
    for (int i = 0; i < units_n; i++) {
      if (i)
        text[n++] = '\\';
      text[n++] = 'u';
      for (int shift = 12; shift >= 0; shift -= 4)
        text[n++] = hex[units[i] >> shift & 15];
    }
  }
  str_builder_add_ascii(b, text, n);
}
static int add_quoted(struct str_builder *b, struct object *text, bool ascii_only) {
  size_t n = str_length(text), from = 0;
  bool is_narrow = str_kind(text) == 0;
  const uint8_t *narrow = str_data(text);
  str_builder_add_char(b, '"');
  for (size_t i = 0; i < n; i++) {
    uint32_t c = is_narrow ? narrow[i] : str_at(text, i);
    if (LIKELY(!needs_escape(c, ascii_only)))
      continue;
    if (i > from)
      str_builder_add_part(b, text, from, i);
    add_escape(b, c);
    from = i + 1;
  }
  if (n > from)
    str_builder_add_part(b, text, from, n);
  return str_builder_add_char(b, '"');
}
struct object *json_quote(struct object *text, bool ascii_only) {
  struct str_builder b = STR_BUILDER_EMPTY;
  add_quoted(&b, text, ascii_only);
  return str_builder_finish(&b);
}

static int add_string(struct encoder *e, struct str_builder *b, struct object *text) {
  if (e->quotes != QUOTES_OTHER)
    return add_quoted(b, text, e->quotes == QUOTES_ASCII);
  struct object *encoded = call_one(e->encoder, text);
  if (encoded && !is_any_str(encoded)) {
    error_format(ERROR_TYPE, "encoder() must return a string, not %N", encoded);
    drop(encoded);
    return -1;
  }
  int status = encoded ? str_builder_add(b, encoded) : -1;
  drop_null(encoded);
  return status;
}

/* ---- Numbers and constants ---- */

static int add_ascii(struct str_builder *b, const char *text) {
  return str_builder_add_ascii(b, text, strlen(text));
}
static int add_int(struct str_builder *b, struct object *o) {
  if (int_is_compact(o)) {
    char text[24];
    int64_t value = int_value(o);
    uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;
    size_t at = sizeof text;
    do
      text[--at] = (char)('0' + rest % 10);
    while (rest /= 10);
    if (value < 0)
      text[--at] = '-';
    return str_builder_add_ascii(b, text + at, sizeof text - at);
  }
  struct object *text = int_repr(o);
  int status = text ? str_builder_add(b, text) : -1;
  drop_null(text);
  return status;
}
static int add_float(struct encoder *e, struct str_builder *b, struct object *o) {
  double value = float_value(o);
  if (!isfinite(value)) {
    if (!e->allows_nan) {
      error_set(ERROR_VALUE, "Out of range float values are not JSON compliant");
      return -1;
    }
    return add_ascii(b, value > 0 ? "Infinity" : value < 0 ? "-Infinity" : "NaN");
  }
  char text[FLOAT_TEXT_BYTES];
  size_t n = float_write(value, text, true);
  return str_builder_add_ascii(b, text, n);
}
static const char *constant_text(struct object *o) {
  return o == NONE ? "null" : o == TRUE_ ? "true" : o == FALSE_ ? "false" : NULL;
}

/* ---- Containers ---- */

static int add_value(struct encoder *e, struct str_builder *b, struct object *o);

/* Around what may contain itself: *mark is its key among the markers, or NULL. */
static int mark(struct encoder *e, struct object *o, struct object **key) {
  *key = NULL;
  if (e->markers == NONE)
    return 0;
  struct object *address = int_from_u64((uint64_t)(uintptr_t)o);
  int there = address ? object_contains(e->markers, address) : -1;
  if (there == 0 && object_set_item(e->markers, address, o) == 0) {
    *key = address;
    return 0;
  }
  if (there > 0)
    error_set(ERROR_VALUE, "Circular reference detected");
  drop_null(address);
  return -1;
}
static int unmark_taking(struct encoder *e, struct object *key, int status) {
  if (key && status == 0)
    status = object_set_item(e->markers, key, NULL);
  drop_null(key);
  return status;
}

static int add_items(struct encoder *e, struct str_builder *b, struct object *sequence) {
  bool is_list_ = is_any_list(sequence);
  for (size_t i = 0; i < (is_list_ ? list_length(sequence) : tuple_length(sequence)); i++) {
    struct object *item =
        hold(is_list_ ? list_get_borrowed(sequence, i) : tuple_get_borrowed(sequence, i));
    int status = i ? str_builder_add(b, e->item_separator) : 0;
    status = status < 0 ? -1 : add_value(e, b, item);
    drop(item);
    if (status < 0)
      return -1;
  }
  return 0;
}
static int add_array(struct encoder *e, struct str_builder *b, struct object *sequence) {
  struct object *key;
  if ((is_any_list(sequence) ? list_length(sequence) : tuple_length(sequence)) == 0)
    return add_ascii(b, "[]");
  if (mark(e, sequence, &key) < 0)
    return -1;
  str_builder_add_char(b, '[');
  int status = unmark_taking(e, key, add_items(e, b, sequence));
  return status < 0 ? -1 : str_builder_add_char(b, ']');
}

/* 1: added; 0: a key that is to be skipped; -1 */
static int add_key(struct encoder *e, struct str_builder *b, struct object *key, bool is_first) {
  bool is_text = is_any_str(key), is_number = is_any_float(key) || is_any_int(key);
  if (!is_text && !is_number && key != NONE) {
    if (e->skips_keys)
      return 0;
    error_format(ERROR_TYPE, "keys must be str, int, float, bool or None, not %N", key);
    return -1;
  }
  if (!is_first && str_builder_add(b, e->item_separator) < 0)
    return -1;
  int status;
  if (is_text) {
    status = add_string(e, b, key);
  } else {
    struct str_builder own = STR_BUILDER_EMPTY;
    const char *constant = constant_text(key);
    status = constant            ? add_ascii(&own, constant)
             : is_any_float(key) ? add_float(e, &own, key)
                                 : add_int(&own, key);
    struct object *text = NULL;
    if (status < 0)
      str_builder_discard(&own);
    else
      text = str_builder_finish(&own);
    status = text ? add_string(e, b, text) : -1;
    drop_null(text);
  }
  return status < 0 || str_builder_add(b, e->key_separator) < 0 ? -1 : 1;
}

/* The pairs as a list, as they are now: encoding may change the dict. */
static struct object *pairs_of(struct encoder *e, struct object *dict) {
  struct object *items = call_method_none(dict, NAME(plain_items));
  struct object *list = items ? iterate_to_list(items) : NULL;
  drop_null(items);
  if (list && e->sort_keys && list_sort(list, NULL, false) < 0) {
    drop(list);
    return NULL;
  }
  return list;
}
static int add_pairs(struct encoder *e, struct str_builder *b, struct object *pairs) {
  bool is_first = true;
  for (size_t i = 0; i < list_length(pairs); i++) {
    struct object *pair = list_get_borrowed(pairs, i);
    if (!is_any_tuple(pair) || tuple_length(pair) != 2) {
      error_set(ERROR_VALUE, "items must return 2-tuples");
      return -1;
    }
    hold(pair);
    int status = add_key(e, b, tuple_get_borrowed(pair, 0), is_first);
    if (status > 0) {
      is_first = false;
      status = add_value(e, b, tuple_get_borrowed(pair, 1));
    }
    drop(pair);
    if (status < 0)
      return -1;
  }
  return 0;
}
static int add_object(struct encoder *e, struct str_builder *b, struct object *dict) {
  struct object *key;
  if (dict_length(dict) == 0)
    return add_ascii(b, "{}");
  if (mark(e, dict, &key) < 0)
    return -1;
  struct object *pairs = pairs_of(e, dict);
  str_builder_add_char(b, '{');
  int status = pairs ? add_pairs(e, b, pairs) : -1;
  drop_null(pairs);
  status = unmark_taking(e, key, status);
  return status < 0 ? -1 : str_builder_add_char(b, '}');
}

static int add_other(struct encoder *e, struct str_builder *b, struct object *o) {
  struct object *key;
  if (mark(e, o, &key) < 0)
    return -1;
  struct object *other = call_one(e->fallback, o);
  int status = other ? add_value(e, b, other) : -1;
  drop_null(other);
  return unmark_taking(e, key, status);
}

static int add_value(struct encoder *e, struct str_builder *b, struct object *o) {
  const char *constant = constant_text(o);
  if (constant)
    return add_ascii(b, constant);
  if (is_any_str(o))
    return add_string(e, b, o);
  if (is_any_int(o))
    return add_int(b, o);
  if (is_any_float(o))
    return add_float(e, b, o);
  if (!object_enter()) {
    error_set(ERROR_RECURSION, "maximum recursion depth exceeded while encoding a JSON object");
    return -1;
  }
  int status = is_any_list(o) || is_any_tuple(o) ? add_array(e, b, o)
               : is_any_dict(o)                  ? add_object(e, b, o)
                                                 : add_other(e, b, o);
  object_leave();
  return status;
}

/* ---- The object ---- */

static struct object *call_slot(struct object *o, struct object *const *args, size_t n,
                                struct object *kwnames) {
  static const char *const names[] = {"obj", "_current_indent_level"};
  static const struct args_spec spec = {"_iterencode", names, 2, 0, 2, 2};
  struct object *values[2];
  int64_t level;
  if (args_parse(&spec, args, call_count(n), kwnames, values) < 0 ||
      args_to_size(values[1], &level) < 0)
    return NULL;
  struct str_builder b = STR_BUILDER_EMPTY;
  if (add_value((struct encoder *)o, &b, values[0]) < 0) {
    str_builder_discard(&b);
    return NULL;
  }
  struct object *text = str_builder_finish(&b), *list = text ? list_new(1) : NULL;
  if (!list) {
    drop_null(text);
    return NULL;
  }
  return list_append_taking(list, text) < 0 ? (drop(list), NULL) : list;
}

/* Which of the module's own functions `encoder` is. */
static enum quotes quotes_of(struct object *encoder) {
  if (type_of(encoder) != &builtin_function_type)
    return QUOTES_OTHER;
  const struct method_def *def = builtin_function_def(encoder);
  return def == &json_functions[JSON_QUOTE_ASCII] ? QUOTES_ASCII
         : def == &json_functions[JSON_QUOTE]     ? QUOTES_ANY
                                                  : QUOTES_OTHER;
}

static struct object *new_slot(struct type *t, struct object *const *args, size_t n,
                               struct object *kwnames) {
  enum {
    MARKERS,
    DEFAULT,
    ENCODER,
    INDENT,
    KEY_SEPARATOR,
    ITEM_SEPARATOR,
    SORT_KEYS,
    SKIPKEYS,
    ALLOW_NAN,
    ARGUMENTS_N
  };
  static const char *const names[] = {"markers",   "default",       "encoder",
                                      "indent",    "key_separator", "item_separator",
                                      "sort_keys", "skipkeys",      "allow_nan"};
  static const struct args_spec spec = {"make_encoder", names,      ARGUMENTS_N, 0,
                                        ARGUMENTS_N,    ARGUMENTS_N};
  struct object *v[ARGUMENTS_N];
  if (args_parse(&spec, args, n, kwnames, v) < 0)
    return NULL;
  if (!is_any_str(v[KEY_SEPARATOR]))
    return args_wrong_type("make_encoder", "argument 5", "str", v[KEY_SEPARATOR]);
  if (!is_any_str(v[ITEM_SEPARATOR]))
    return args_wrong_type("make_encoder", "argument 6", "str", v[ITEM_SEPARATOR]);
  int flags[3];
  for (int i = 0; i < 3; i++)
    if ((flags[i] = object_truth(v[SORT_KEYS + i])) < 0)
      return NULL;
  if (v[MARKERS] != NONE && !is_any_dict(v[MARKERS]))
    return error_format(ERROR_TYPE, "make_encoder() argument 1 must be dict or None, not %N",
                        v[MARKERS]);
  struct encoder *e = (struct encoder *)type_generic_alloc(t);
  if (!e)
    return NULL;
  struct object **slots = &e->markers;
  for (int i = MARKERS; i <= ITEM_SEPARATOR; i++)
    store_first(&e->head, &slots[i], hold(v[i]));
  e->sort_keys = flags[0];
  e->skips_keys = flags[1];
  e->allows_nan = flags[2];
  e->quotes = (uint8_t)quotes_of(v[ENCODER]);
  return &e->head;
}

static const struct member_def members[] = {
    {"markers", MEMBER_OBJECT, MEMBER_READONLY, offsetof(struct encoder, markers), "markers"},
    {"default", MEMBER_OBJECT, MEMBER_READONLY, offsetof(struct encoder, fallback), "default"},
    {"encoder", MEMBER_OBJECT, MEMBER_READONLY, offsetof(struct encoder, encoder), "encoder"},
    {"indent", MEMBER_OBJECT, MEMBER_READONLY, offsetof(struct encoder, indent), "indent"},
    {"key_separator", MEMBER_OBJECT, MEMBER_READONLY, offsetof(struct encoder, key_separator),
     "key_separator"},
    {"item_separator", MEMBER_OBJECT, MEMBER_READONLY, offsetof(struct encoder, item_separator),
     "item_separator"},
    {"sort_keys", MEMBER_BOOL, MEMBER_READONLY, offsetof(struct encoder, sort_keys), "sort_keys"},
    {"skipkeys", MEMBER_BOOL, MEMBER_READONLY, offsetof(struct encoder, skips_keys), "skipkeys"},
    {NULL}};

struct type json_encoder_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_FIXED,
              .flags = GC_CONTAINER | GC_PLAIN,
              .refs_offset = offsetof(struct encoder, markers),
              .refs_n = 6,
              .basic_bytes = sizeof(struct encoder)},
    .name = "_json.Encoder",
    .new_ = new_slot,
    .call = call_slot,
    .members = members,
    .doc = "_iterencode(obj, _current_indent_level) -> iterable",
    .base = &object_type,
};
