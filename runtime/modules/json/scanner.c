/* Values of JSON: what json.JSONDecoder calls to read one. */
#include "runtime/modules/json/json.h"
#include "runtime/object/attribute.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/float.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include <stddef.h>
#include <string.h>

struct scanner {
  struct object head;
  uint64_t strict; /* 0 or 1 */
  struct object *object_hook, *object_pairs_hook, *parse_float, *parse_int, *parse_constant;
};

/* One document being read. */
struct reading {
  struct scanner *s;
  struct object *text;
  size_t n;
  struct object *keys; /* dict: each key once; owned */
};

static struct object *value_at(struct reading *r, size_t at, size_t *next);

static bool is_blank(uint32_t c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
static size_t skip_blanks(const struct reading *r, size_t at) {
  while (at < r->n && is_blank(str_at(r->text, at)))
    at++;
  return at;
}
/* 0 behind the end: no character of JSON. */
static uint32_t character(const struct reading *r, size_t at) {
  return at < r->n ? str_at(r->text, at) : 0;
}
static void *no_value(size_t at) {
  struct object *place = int_from_i64((int64_t)at);
  if (place)
    error_stop_iteration(place);
  drop_null(place);
  return NULL;
}

/* ---- Objects ---- */

/* The pair at a quote: key and value, owned. */
static int pair_at(struct reading *r, size_t at, size_t *next, struct object **key,
                   struct object **value) {
  int64_t behind;
  struct object *own = json_scan_text(r->text, (int64_t)at + 1, r->s->strict, &behind);
  if (!own)
    return -1;
  *key = dict_set_default(r->keys, own, own);
  drop(own);
  if (!*key)
    return -1;
  at = skip_blanks(r, (size_t)behind);
  if (character(r, at) != ':') {
    json_fail("Expecting ':' delimiter", r->text, (int64_t)at);
    drop(*key);
    return -1;
  }
  *value = value_at(r, skip_blanks(r, at + 1), next);
  if (*value)
    return 0;
  drop(*key);
  return -1;
}

static int add_pair_taking(struct object *result, bool as_pairs, struct object *key,
                           struct object *value) {
  int status;
  if (as_pairs) {
    struct object *pair = tuple_pack(2, key, value);
    status = pair ? list_append_taking(result, pair) : -1;
  } else {
    status = dict_set(result, key, value);
  }
  drop(key);
  drop(value);
  return status;
}

/* Behind the brace: fills result; -1 with the error. */
static int pairs_at(struct reading *r, size_t at, size_t *next, struct object *result,
                    bool as_pairs) {
  at = skip_blanks(r, at);
  if (character(r, at) == '}') {
    *next = at + 1;
    return 0;
  }
  for (;;) {
    struct object *key, *value;
    if (character(r, at) != '"') {
      json_fail("Expecting property name enclosed in double quotes", r->text, (int64_t)at);
      return -1;
    }
    if (pair_at(r, at, &at, &key, &value) < 0 || add_pair_taking(result, as_pairs, key, value) < 0)
      return -1;
    at = skip_blanks(r, at);
    uint32_t c = character(r, at);
    if (c == '}') {
      *next = at + 1;
      return 0;
    }
    if (c != ',') {
      json_fail("Expecting ',' delimiter", r->text, (int64_t)at);
      return -1;
    }
    at = skip_blanks(r, at + 1);
  }
}

static struct object *object_at(struct reading *r, size_t at, size_t *next) {
  bool as_pairs = r->s->object_pairs_hook != NONE;
  struct object *result = as_pairs ? list_new(0) : dict_new();
  if (!result)
    return NULL;
  struct object *hook = as_pairs ? r->s->object_pairs_hook : r->s->object_hook;
  if (pairs_at(r, at, next, result, as_pairs) < 0) {
    drop(result);
    return NULL;
  }
  if (hook == NONE)
    return result;
  struct object *other = call_one(hook, result);
  drop(result);
  return other;
}

/* ---- Arrays ---- */

static struct object *array_at(struct reading *r, size_t at, size_t *next) {
  struct object *list = list_new(0);
  if (!list)
    return NULL;
  at = skip_blanks(r, at);
  if (character(r, at) == ']') {
    *next = at + 1;
    return list;
  }
  for (;;) {
    struct object *value = value_at(r, at, &at);
    if (!value || list_append_taking(list, value) < 0)
      break;
    at = skip_blanks(r, at);
    uint32_t c = character(r, at);
    if (c == ']') {
      *next = at + 1;
      return list;
    }
    if (c != ',') {
      json_fail("Expecting ',' delimiter", r->text, (int64_t)at);
      break;
    }
    at = skip_blanks(r, at + 1);
  }
  drop(list);
  return NULL;
}

/* ---- Numbers ---- */

static bool is_digit(uint32_t c) { return c - '0' < 10; }

/* The double of plain digits, where one division or multiplication of exact numbers is right
 * (Clinger 1990); false: it takes more. */
static bool read_double(const struct reading *r, size_t at, size_t end, double *value) {
  static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                  1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                  1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
  uint64_t digits = 0;
  int exponent = 0, given = 0;
  bool negative = character(r, at) == '-', in_fraction = false;
  for (at += negative; at < end; at++) {
    uint32_t c = str_at(r->text, at);
    if (c == '.') {
      in_fraction = true;
    } else if (is_digit(c)) {
      if (digits > UINT64_C(900719925474098)) /* another digit might pass 2^53 */
        return false;
      digits = digits * 10 + (c - '0');
      exponent -= in_fraction;
    } else {
      bool down = character(r, ++at) == '-';
      if (down || character(r, at) == '+')
        at++;
      for (; at < end; at++) {
        given = given * 10 + (int)(str_at(r->text, at) - '0');
        if (given > 1000)
          return false;
      }
      exponent += down ? -given : given;
    }
  }
  if (exponent < -22 || exponent > 22)
    return false;
  double d = (double)digits;
  d = exponent < 0 ? d / powers[-exponent] : d * powers[exponent];
  *value = negative ? -d : d;
  return true;
}

static struct object *read_int(struct reading *r, size_t at, size_t end) {
  if (end - at <= 18) {
    bool negative = character(r, at) == '-';
    int64_t value = 0;
    for (at += negative; at < end; at++)
      value = value * 10 + (int64_t)(str_at(r->text, at) - '0');
    return int_from_i64(negative ? -value : value);
  }
  struct object *digits = str_slice(r->text, at, end);
  struct object *result = digits ? number_int_from_text(digits, 10) : NULL;
  drop_null(digits);
  return result;
}

static struct object *number_at(struct reading *r, size_t start, size_t *next) {
  size_t at = start;
  bool is_whole = true;
  if (character(r, at) == '-')
    at++;
  if (character(r, at) == '0')
    at++;
  else if (is_digit(character(r, at)))
    while (is_digit(character(r, at)))
      at++;
  else
    return no_value(start);
  if (character(r, at) == '.' && is_digit(character(r, at + 1))) {
    is_whole = false;
    at += 2;
    while (is_digit(character(r, at)))
      at++;
  }
  if ((character(r, at) | 32) == 'e') {
    size_t digits = at + 1;
    if (character(r, digits) == '-' || character(r, digits) == '+')
      digits++;
    if (is_digit(character(r, digits))) {
      is_whole = false;
      for (at = digits; is_digit(character(r, at));)
        at++;
    }
  }
  *next = at;
  struct object *parse = is_whole ? r->s->parse_int : r->s->parse_float;
  double value;
  if (is_whole && parse == &int_type.head)
    return read_int(r, start, at);
  if (!is_whole && parse == &float_type.head && read_double(r, start, at, &value))
    return float_from(value);
  struct object *text = str_slice(r->text, start, at), *result = NULL;
  if (text)
    result = parse == &float_type.head ? number_float_from_text(text) : call_one(parse, text);
  drop_null(text);
  return result;
}

/* ---- Values ---- */

static bool is_word(const struct reading *r, size_t at, const char *word) {
  for (; *word; word++, at++)
    if (character(r, at) != (unsigned char)*word)
      return false;
  return true;
}
static struct object *constant(struct reading *r, size_t at, const char *word, size_t *next) {
  struct object *text = str_from_ascii(word);
  *next = at + strlen(word);
  struct object *result = text ? call_one(r->s->parse_constant, text) : NULL;
  drop_null(text);
  return result;
}
static struct object *nested(struct reading *r, size_t at, size_t *next, const char *what,
                             struct object *(*read)(struct reading *r, size_t at, size_t *next)) {
  if (!object_enter()) {
    error_set(ERROR_RECURSION,
              "maximum recursion depth exceeded while decoding a JSON %s from a unicode string",
              what);
    return NULL;
  }
  struct object *result = read(r, at + 1, next);
  object_leave();
  return result;
}

static struct object *value_at(struct reading *r, size_t at, size_t *next) {
  if (at >= r->n)
    return no_value(at);
  switch (str_at(r->text, at)) {
  case '"': {
    int64_t behind;
    struct object *text = json_scan_text(r->text, (int64_t)at + 1, r->s->strict, &behind);
    if (text)
      *next = (size_t)behind;
    return text;
  }
  case '{':
    return nested(r, at, next, "object", object_at);
  case '[':
    return nested(r, at, next, "array", array_at);
  case 'n':
    if (!is_word(r, at, "null"))
      break;
    *next = at + 4;
    return hold(NONE);
  case 't':
    if (!is_word(r, at, "true"))
      break;
    *next = at + 4;
    return hold(TRUE_);
  case 'f':
    if (!is_word(r, at, "false"))
      break;
    *next = at + 5;
    return hold(FALSE_);
  case 'N':
    if (is_word(r, at, "NaN"))
      return constant(r, at, "NaN", next);
    break;
  case 'I':
    if (is_word(r, at, "Infinity"))
      return constant(r, at, "Infinity", next);
    break;
  case '-':
    if (is_word(r, at, "-Infinity"))
      return constant(r, at, "-Infinity", next);
    break;
  default:
    break;
  }
  return number_at(r, at, next);
}

/* ---- The object ---- */

static struct object *call_slot(struct object *o, struct object *const *args, size_t n,
                                struct object *kwnames) {
  static const char *const names[] = {"string", "idx"};
  static const struct args_spec spec = {"scan_once", names, 2, 0, 2, 2};
  struct object *values[2];
  int64_t at;
  size_t next;
  if (args_parse(&spec, args, call_count(n), kwnames, values) < 0 ||
      args_to_size(values[1], &at) < 0)
    return NULL;
  if (!is_any_str(values[0]))
    return error_format(ERROR_TYPE, "first argument must be a string, not %N", values[0]);
  if (at < 0)
    return error_format(ERROR_VALUE, "idx cannot be negative");
  struct reading r = {(struct scanner *)o, values[0], str_length(values[0]), dict_new()};
  struct object *value = r.keys ? value_at(&r, (size_t)at, &next) : NULL;
  struct object *place = value ? int_from_i64((int64_t)next) : NULL;
  struct object *result = place ? tuple_pack(2, value, place) : NULL;
  drop_null(place);
  drop_null(value);
  drop_null(r.keys);
  return result;
}

static struct object *new_slot(struct type *t, struct object *const *args, size_t n,
                               struct object *kwnames) {
  static const char *const names[] = {"context"};
  static const struct args_spec spec = {"make_scanner", names, 1, 0, 1, 1};
  struct object *context;
  if (args_parse(&spec, args, n, kwnames, &context) < 0)
    return NULL;
  struct object *strict = attribute_get_ascii(context, "strict");
  int is_strict = strict ? object_truth(strict) : -1;
  drop_null(strict);
  struct object *o = is_strict < 0 ? NULL : type_generic_alloc(t);
  if (!o)
    return NULL;
  struct scanner *s = (struct scanner *)o;
  s->strict = (uint64_t)is_strict;
  static const struct {
    const char *name;
    size_t offset;
  } hooks[] = {{"object_hook", offsetof(struct scanner, object_hook)},
               {"object_pairs_hook", offsetof(struct scanner, object_pairs_hook)},
               {"parse_float", offsetof(struct scanner, parse_float)},
               {"parse_int", offsetof(struct scanner, parse_int)},
               {"parse_constant", offsetof(struct scanner, parse_constant)}};
  for (size_t i = 0; i < ARRAY_SIZE(hooks); i++) {
    struct object *hook = attribute_get_ascii(context, hooks[i].name);
    if (!hook) {
      drop(o);
      return NULL;
    }
    store_first(o, (struct object **)((char *)o + hooks[i].offset), hook);
  }
  return o;
}

static const struct member_def members[] = {
    {"strict", MEMBER_BOOL, MEMBER_READONLY, offsetof(struct scanner, strict), "strict"},
    {"object_hook", MEMBER_OBJECT, MEMBER_READONLY, offsetof(struct scanner, object_hook),
     "object_hook"},
    {"object_pairs_hook", MEMBER_OBJECT, MEMBER_READONLY,
     offsetof(struct scanner, object_pairs_hook), NULL},
    {"parse_float", MEMBER_OBJECT, MEMBER_READONLY, offsetof(struct scanner, parse_float),
     "parse_float"},
    {"parse_int", MEMBER_OBJECT, MEMBER_READONLY, offsetof(struct scanner, parse_int), "parse_int"},
    {"parse_constant", MEMBER_OBJECT, MEMBER_READONLY, offsetof(struct scanner, parse_constant),
     "parse_constant"},
    {NULL}};

struct type json_scanner_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_FIXED,
              .flags = GC_CONTAINER | GC_PLAIN,
              .refs_offset = offsetof(struct scanner, object_hook),
              .refs_n = 5,
              .basic_bytes = sizeof(struct scanner)},
    .name = "_json.Scanner",
    .new_ = new_slot,
    .call = call_slot,
    .members = members,
    .doc = "JSON scanner object",
    .base = &object_type,
};
