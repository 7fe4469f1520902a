/* unicodedata: the Unicode Character Database, and how it was in version 3.2. */
#include "runtime/modules/unicodedata/unicodedata.h"
#include "runtime/modules/builtins/builtins.h"
#include "runtime/modules/module.h"
#include "runtime/modules/unicodedata/database.h"
#include "runtime/object/bytes.h"
#include "runtime/object/character.h"
#include "runtime/object/codec.h"
#include "runtime/object/exception.h"
#include "runtime/object/float.h"
#include "runtime/object/int.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/str_builder.h"
#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* The functions are those of the module, and methods of ucd_3_2_0. */
struct database {
  struct object head;
  const char *version;
};
static struct type database_type;
static bool is_old(const struct object *self) { return type_of(self) == &database_type; }

/* A str of one code point. */
static int read(const char *function, const char *which, struct object *o, uint32_t *c) {
  if (!is_any_str(o) || str_length(o) != 1) {
    args_wrong_type(function, which, "a unicode character", o);
    return -1;
  }
  *c = str_at(o, 0);
  return 0;
}
/* The same with a default behind it. */
static int read_first(const char *function, struct object *const *args, size_t n, uint32_t *c) {
  return args_check_count(function, n, 1, 2) < 0 ? -1 : read(function, "argument 1", args[0], c);
}
static struct object *otherwise(struct object *const *args, size_t n, const char *message) {
  return n > 1 ? hold(args[1]) : error_format(ERROR_VALUE, "%s", message);
}

/* ---- Numbers ---- */

static bool is_there(struct object *self, uint32_t c) {
  return !is_old(self) || unicode_record(c, true).is_assigned;
}
/* Superscripts, subscripts and Ethiopic digits were, in version 3.2. */
static bool was_decimal_in_old(uint32_t c) {
  return c == 0xb2 || c == 0xb3 || c == 0xb9 || c - 0x1369 < 9 || c == 0x2070 || c - 0x2074 < 6 ||
         c - 0x2080 < 10;
}
static struct object *decimal(struct object *self, struct object *const *args, size_t n) {
  uint32_t c;
  if (read_first("decimal", args, n, &c) < 0)
    return NULL;
  bool was_decimal = is_old(self) && was_decimal_in_old(c);
  if ((is_there(self, c) && character_is(c, CHARACTER_DECIMAL)) || was_decimal)
    return int_from_i64(character_digit(c));
  return otherwise(args, n, "not a decimal");
}
static struct object *digit(struct object *self, struct object *const *args, size_t n) {
  uint32_t c;
  if (read_first("digit", args, n, &c) < 0)
    return NULL;
  if (character_is(c, CHARACTER_DIGIT)) /* CPython asks no older version about digits */
    return int_from_i64(character_digit(c));
  return otherwise(args, n, "not a digit");
}
static struct object *numeric(struct object *self, struct object *const *args, size_t n) {
  uint32_t c;
  double value;
  if (read_first("numeric", args, n, &c) < 0)
    return NULL;
  if (unicode_numeric(c, is_old(self), &value))
    return float_from(value);
  return otherwise(args, n, "not a numeric character");
}

/* ---- Properties ---- */

#define PROPERTY(name, expression)                                                                 \
  static struct object *name(struct object *self, struct object *o) {                              \
    uint32_t c;                                                                                    \
    if (read(#name, "argument", o, &c) < 0)                                                        \
      return NULL;                                                                                 \
    struct unicode_record r = unicode_record(c, is_old(self));                                     \
    return expression;                                                                             \
  }
PROPERTY(category, str_from_ascii(r.category))
PROPERTY(bidirectional, str_from_ascii(r.bidirectional))
PROPERTY(east_asian_width, str_from_ascii(r.width))
PROPERTY(combining, int_from_i64(r.combining))
PROPERTY(mirrored, int_from_i64(r.is_mirrored))

static struct object *decomposition(struct object *self, struct object *o) {
  uint32_t c;
  const char *tag = "";
  const uint32_t *points = NULL;
  if (read("decomposition", "argument", o, &c) < 0)
    return NULL;
  size_t n = unicode_decomposition(c, is_old(self), &tag, &points);
  struct str_builder b = STR_BUILDER_EMPTY;
  str_builder_add_ascii(&b, tag, strlen(tag));
  for (size_t i = 0; i < n; i++) {
    char text[12];
    int length = snprintf(text, sizeof text, "%s%04X", i || *tag ? " " : "", points[i]);
    str_builder_add_ascii(&b, text, (size_t)length);
  }
  return str_builder_finish(&b);
}

/* ---- Normal forms ---- */

static int read_form(const char *function, struct object *const *args, size_t n,
                     enum unicode_form *form) {
  static const char *const names[] = {"NFC", "NFD", "NFKC", "NFKD"};
  if (args_check_count(function, n, 2, 2) < 0)
    return -1;
  for (size_t i = 0; i < 2; i++)
    if (!is_any_str(args[i])) {
      args_wrong_type(function, i ? "argument 2" : "argument 1", "str", args[i]);
      return -1;
    }
  for (size_t i = 0; i < ARRAY_SIZE(names); i++)
    if (str_is_ascii(args[0]) && str_length(args[0]) == strlen(names[i]) &&
        !memcmp(str_data(args[0]), names[i], strlen(names[i]))) {
      *form = (enum unicode_form)i;
      return 0;
    }
  error_set(ERROR_VALUE, "invalid normalization form");
  return -1;
}
static struct object *normalize(struct object *self, struct object *const *args, size_t n) {
  enum unicode_form form;
  if (n == 2 && is_any_str(args[0]) && is_any_str(args[1]) && str_length(args[1]) == 0)
    return hold(args[1]);
  if (read_form("normalize", args, n, &form) < 0)
    return NULL;
  return unicode_normalize(args[1], form, is_old(self));
}
static struct object *is_normalized(struct object *self, struct object *const *args, size_t n) {
  enum unicode_form form;
  if (n == 2 && is_any_str(args[0]) && is_any_str(args[1]) && str_length(args[1]) == 0)
    return hold(TRUE_);
  if (read_form("is_normalized", args, n, &form) < 0)
    return NULL;
  struct object *normal = unicode_normalize(args[1], form, is_old(self));
  if (!normal)
    return NULL;
  bool same = str_same_text(normal, args[1]);
  drop(normal);
  return hold(bool_from(same));
}

/* ---- Names ---- */

static struct object *name(struct object *self, struct object *const *args, size_t n) {
  uint32_t c;
  char text[UNICODE_NAME_ROOM];
  if (read_first("name", args, n, &c) < 0)
    return NULL;
  if (is_there(self, c) && unicode_name(c, text))
    return str_from_ascii(text);
  return otherwise(args, n, "no such name");
}
/* As text, or as the bytes of anything. */
static struct object *look_up(struct object *self, const char *text, size_t length) {
  uint32_t points[UNICODE_SEQUENCE_MAX];
  size_t n = 0;
  if (length > 256)
    return error_format(ERROR_KEY, "name too long");
  if (unicode_named(text, length, points))
    n = is_there(self, points[0]);
  else if (!is_old(self))
    n = unicode_alias(text, length, points) ? 1 : unicode_named_sequence(text, length, points);
  if (n)
    return str_from_data(points, n, 2);
  struct object *message = str_format("undefined character name '%.*s'", (int)length, text);
  if (message)
    error_key(message);
  drop_null(message);
  return NULL;
}
static struct object *lookup(struct object *self, struct object *o) {
  struct object *result;
  if (is_any_str(o)) {
    struct object *utf8 = codec_utf8_encode(o, NULL);
    result = utf8 ? look_up(self, (const char *)bytes_data(utf8), bytes_length(utf8)) : NULL;
    drop_null(utf8);
    return result;
  }
  struct buffer_view view;
  if (buffer_get(o, &view, BUFFER_SIMPLE) < 0)
    return NULL;
  result = look_up(self, view.data, (size_t)view.bytes);
  buffer_release(&view);
  return result;
}

/* ---- The module ---- */

static const struct method_def functions[] = {
    METHOD_FAST_("decimal", decimal,
                 "($self, chr, default=<unrepresentable>, /)\n--\n\nThe decimal value of a "
                 "character, else the default, else ValueError."),
    METHOD_FAST_(
        "digit", digit,
        "($self, chr, default=<unrepresentable>, /)\n--\n\nThe digit value of a character, "
        "else the default, else ValueError."),
    METHOD_FAST_("numeric", numeric,
                 "($self, chr, default=<unrepresentable>, /)\n--\n\nThe numeric value of a "
                 "character, else the default, else ValueError."),
    METHOD_ONE_("category", category,
                "($self, chr, /)\n--\n\nThe general category of a character."),
    METHOD_ONE_("bidirectional", bidirectional,
                "($self, chr, /)\n--\n\nThe bidirectional class of a character; empty if it has "
                "none."),
    METHOD_ONE_("combining", combining,
                "($self, chr, /)\n--\n\nThe canonical combining class of a character; 0 if it has "
                "none."),
    METHOD_ONE_("mirrored", mirrored,
                "($self, chr, /)\n--\n\n1 if the character is mirrored in bidirectional text, else "
                "0."),
    METHOD_ONE_("east_asian_width", east_asian_width,
                "($self, chr, /)\n--\n\nThe East Asian width of a character."),
    METHOD_ONE_("decomposition", decomposition,
                "($self, chr, /)\n--\n\nThe decomposition mapping of a character; empty if it has "
                "none."),
    METHOD_FAST_("name", name,
                 "($self, chr, default=<unrepresentable>, /)\n--\n\nThe name of a character, else "
                 "the default, else ValueError."),
    METHOD_ONE_("lookup", lookup,
                "($self, name, /)\n--\n\nThe character (or sequence) of that name, else KeyError."),
    METHOD_FAST_("is_normalized", is_normalized,
                 "($self, form, unistr, /)\n--\n\nWhether a string is in a normal form: 'NFC', "
                 "'NFKC', 'NFD' or 'NFKD'."),
    METHOD_FAST_(
        "normalize", normalize,
        "($self, form, unistr, /)\n--\n\nThe string in a normal form: 'NFC', 'NFKC', 'NFD' "
        "or 'NFKD'."),
    {NULL}};
static const struct member_def members[] = {
    {"unidata_version", MEMBER_STRING, MEMBER_READONLY, offsetof(struct database, version), NULL},
    {NULL}};
static struct type database_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_LEAF, .basic_bytes = sizeof(struct database)},
    .name = "unicodedata.UCD",
    .flags = TYPE_NO_INSTANCE,
    .methods = functions,
    .members = members,
    .base = &object_type};

int module_unicodedata_fill(struct object *module) {
  if (type_ready(&database_type) < 0 || module_add_functions(module, functions) < 0 ||
      module_add(module, "UCD", &database_type.head) < 0 ||
      module_add_text(module, "unidata_version", "14.0.0") < 0)
    return -1;
  struct database *old = (struct database *)gc_new(&database_type, sizeof *old);
  if (!old)
    return error_no_memory(), -1;
  old->version = "3.2.0";
  return module_add_taking(module, "ucd_3_2_0", &old->head);
}

static bool character_name(uint32_t c, char *text, size_t room) {
  return room >= UNICODE_NAME_ROOM && unicode_name(c, text);
}
static bool named(const char *text, size_t n, uint32_t *c) {
  return unicode_named(text, n, c) || unicode_alias(text, n, c);
}
static int32_t code_point_named(const char *text, size_t n) {
  uint32_t c;
  return named(text, n, &c) ? (int32_t)c : -1;
}
void unicodedata_open(void) {
  builtins_name_to_code_point = code_point_named;
  codec_character_name = character_name;
  codec_character_named = named;
}
void unicodedata_close(void) {
  builtins_name_to_code_point = NULL;
  codec_character_name = NULL;
  codec_character_named = NULL;
  unicode_names_close();
}
