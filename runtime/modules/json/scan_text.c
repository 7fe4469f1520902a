/* String literals of JSON. */
#include "runtime/modules/json/json.h"
#include "runtime/object/attribute.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/str.h"
#include "runtime/object/str_builder.h"
#include "runtime/object/tuple.h"
#include "runtime/vm/vm.h"

void *json_fail(const char *message, struct object *text, int64_t at) {
  struct object *name = str_intern("json.decoder"), *from = NULL, *module = NULL, *type = NULL;
  if (!vm_import)
    return error_format(ERROR_VALUE, "%s: char %lld", message, (long long)at);
  struct object *wanted = str_intern("JSONDecodeError");
  if (name && wanted && (from = tuple_pack(1, wanted)))
    module = vm_import(name, NONE, NONE, from, 0);
  if (module)
    type = attribute_get(module, wanted);
  struct object *message_ = type ? str_from_ascii(message) : NULL;
  struct object *place = message_ ? int_from_i64(at) : NULL;
  if (place) {
    struct object *args[] = {message_, text, place};
    struct object *error = call_object(type, args, 3, NULL);
    if (error)
      error_raise_taking(error);
  }
  drop_null(place);
  drop_null(message_);
  drop_null(type);
  drop_null(module);
  drop_null(from);
  return NULL;
}

/* Four digits at text[at..]; -1: they are none. */
static int32_t read_hex(struct object *text, size_t at) {
  uint32_t value = 0;
  for (size_t i = at; i < at + 4; i++) {
    uint32_t c = str_at(text, i), digit = c - '0';
    if (digit >= 10) {
      digit = (c | 32) - 'a' + 10;
      if (digit < 10 || digit > 15)
        return -1;
    }
    value = value << 4 | digit;
  }
  return (int32_t)value;
}

/* The code point of the escape whose letter is at *at, which is moved behind it; -1 with the error.
 * `n`: the length of the text. */
static int64_t read_escape(struct object *text, size_t n, size_t *at) {
  size_t letter = *at;
  *at = letter + 1;
  switch (str_at(text, letter)) {
  case '"':
    return '"';
  case '\\':
    return '\\';
  case '/':
    return '/';
  case 'b':
    return '\b';
  case 'f':
    return '\f';
  case 'n':
    return '\n';
  case 'r':
    return '\r';
  case 't':
    return '\t';
  case 'u':
    break;
  default:
    json_fail("Invalid \\escape", text, (int64_t)letter - 1);
    return -1;
  }
  int32_t unit = letter + 5 < n ? read_hex(text, letter + 1) : -1;
  if (unit < 0) {
    json_fail("Invalid \\uXXXX escape", text, (int64_t)letter);
    return -1;
  }
  size_t next = letter + 5;
  *at = next;
  if (unit < 0xd800 || unit > 0xdbff || next + 6 >= n || str_at(text, next) != '\\' ||
      str_at(text, next + 1) != 'u')
    return unit;
  int32_t low = read_hex(text, next + 2);
  if (low < 0) {
    json_fail("Invalid \\uXXXX escape", text, (int64_t)next + 1);
    return -1;
  }
  if (low < 0xdc00 || low > 0xdfff)
    return unit;
  *at = next + 6;
  return 0x10000 + (((int64_t)unit - 0xd800) << 10 | (low - 0xdc00));
}

/* Where the run of plain characters from `at` on ends. */
#define RUN(T)                                                                                     \
  do {                                                                                             \
    const T *data = str_data(text);                                                                \
    while (at < n && data[at] != '"' && data[at] != '\\' && data[at] > most_control)               \
      at++;                                                                                        \
  } while (0)
static size_t run_end(struct object *text, size_t at, size_t n, int most_control) {
  switch (str_kind(text)) {
  case 0:
    RUN(uint8_t);
    return at;
  case 1:
    RUN(uint16_t);
    return at;
  default: {
    const uint32_t *data = str_data(text);
    while (at < n && data[at] != '"' && data[at] != '\\' && (int64_t)data[at] > most_control)
      at++;
    return at;
  }
  }
}
#undef RUN

struct object *json_scan_text(struct object *text, int64_t from, bool strict, int64_t *next) {
  size_t n = str_length(text), at = (size_t)from;
  if (from < 0 || at > n)
    return error_format(ERROR_VALUE, "end is out of bounds");
  int most_control = strict ? 0x1f : -1;
  struct str_builder b = STR_BUILDER_EMPTY;
  for (bool is_first = true;; is_first = false) {
    size_t end = run_end(text, at, n, most_control);
    if (end < n && str_at(text, end) == '"') {
      *next = (int64_t)end + 1;
      if (is_first)
        return str_from_data((const char *)str_data(text) + (at << str_kind(text)), end - at,
                             str_kind(text));
      if (end > at)
        str_builder_add_part(&b, text, at, end);
      return str_builder_finish(&b);
    }
    if (end < n && str_at(text, end) != '\\')
      json_fail("Invalid control character at", text, (int64_t)end);
    else if (end + 1 >= n)
      json_fail("Unterminated string starting at", text, from - 1);
    else {
      if (end > at)
        str_builder_add_part(&b, text, at, end);
      at = end + 1;
      int64_t c = read_escape(text, n, &at);
      if (c >= 0 && str_builder_add_char(&b, (uint32_t)c) == 0)
        continue;
    }
    str_builder_discard(&b);
    return NULL;
  }
}
