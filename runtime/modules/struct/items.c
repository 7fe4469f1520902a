/* Formats of `struct`, and single values. */
#include "runtime/modules/struct/struct.h"
#include "runtime/object/bytes.h"
#include "runtime/object/exception.h"
#include "runtime/object/float.h"
#include "runtime/object/float_half.h"
#include "runtime/object/int.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void *struct_fail(const char *format, ...) {
  char text[256];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  struct object *message = str_from_utf8(text, strlen(text));
  if (message)
    error_set_object(struct_error, message);
  drop_null(message);
  return NULL;
}

/* ---- Formats ---- */

/* The bytes of a code; 0: there is none such. */
static int64_t bytes_of(char code, bool native) {
  switch (code) {
  case 'x':
  case 'b':
  case 'B':
  case 'c':
  case 's':
  case 'p':
  case '?':
    return 1;
  case 'h':
  case 'H':
  case 'e':
    return 2;
  case 'i':
  case 'I':
  case 'f':
    return 4;
  case 'l':
  case 'L':
    return native ? (int64_t)sizeof(long) : 4;
  case 'q':
  case 'Q':
  case 'd':
    return 8;
  case 'n':
  case 'N':
  case 'P':
    return native ? 8 : 0;
  default:
    return 0;
  }
}

/* What stands in front of the codes. */
static const char *read_order(const char *p, bool *native, bool *swapped) {
  *native = *swapped = false;
  switch (*p) {
  case '<':
  case '=':
    return p + 1;
  case '>':
  case '!':
    *swapped = true;
    return p + 1;
  case '@':
    p++;
    break;
  }
  *native = true;
  return p;
}

static const char *read_count(const char *p, int64_t *count) {
  *count = 1;
  if (!isdigit((unsigned char)*p))
    return p;
  for (*count = 0; isdigit((unsigned char)*p); p++)
    if (__builtin_mul_overflow(*count, 10, count) ||
        __builtin_add_overflow(*count, *p - '0', count))
      return struct_fail("total struct size too long");
  if (!*p)
    return struct_fail("repeat count given without format specifier");
  return p;
}

/* One pass over the format: counts the items, or (items given) writes them. */
static int scan(struct struct_layout *layout, const char *p) {
  struct struct_item item = {0};
  layout->items_n = 0;
  layout->bytes = layout->values_n = 0;
  p = read_order(p, &item.native, &item.swapped);
  for (; *p; p++) {
    if (isspace((unsigned char)*p))
      continue;
    int64_t count, all;
    if (!(p = read_count(p, &count)))
      return -1;
    item.code = *p;
    item.bytes = bytes_of(item.code, item.native);
    if (!item.bytes)
      return struct_fail("bad char in struct format"), -1;
    if (item.native)
      layout->bytes = (int64_t)align_up((size_t)layout->bytes, (size_t)item.bytes);
    item.offset = layout->bytes;
    if (__builtin_mul_overflow(count, item.bytes, &all) ||
        __builtin_add_overflow(layout->bytes, all, &layout->bytes))
      return struct_fail("total struct size too long"), -1;
    bool is_text = item.code == 's' || item.code == 'p';
    if (item.code == 'x' || (!count && !is_text))
      continue;
    item.repeat = is_text ? 1 : count;
    if (is_text)
      item.bytes = count;
    layout->values_n += item.repeat;
    if (layout->items)
      layout->items[layout->items_n] = item;
    layout->items_n++;
  }
  return 0;
}

int struct_layout_read(struct struct_layout *layout, const char *format) {
  *layout = (struct struct_layout){0};
  if (scan(layout, format) < 0)
    return -1;
  if (!layout->items_n)
    return 0;
  layout->items = gc_buffer_new(layout->items_n * sizeof *layout->items);
  if (!layout->items) {
    *layout = (struct struct_layout){0};
    error_no_memory();
    return -1;
  }
  return scan(layout, format);
}

void struct_layout_free(struct struct_layout *layout) {
  if (layout->items)
    gc_buffer_free(layout->items, layout->items_n * sizeof *layout->items);
  *layout = (struct struct_layout){0};
}

/* ---- Values to bytes ---- */

static inline void put_bits(const struct struct_item *item, uint64_t bits, unsigned char *to) {
  if (item->swapped)
    bits = __builtin_bswap64(bits) >> (64 - 8 * item->bytes);
  memcpy(to, &bits, (size_t)item->bytes);
}
static inline uint64_t get_bits(const struct struct_item *item, const unsigned char *from) {
  uint64_t bits = 0;
  memcpy(&bits, from, (size_t)item->bytes);
  return item->swapped ? __builtin_bswap64(bits) >> (64 - 8 * item->bytes) : bits;
}

static const char *name_of(const struct struct_item *item, char text[4]) {
  switch (item->code) {
  case 'b':
    return "byte";
  case 'B':
    return "ubyte";
  case 'h':
    return "short";
  case 'H':
    return "ushort";
  }
  snprintf(text, 4, "'%c'", item->code);
  return text;
}

static COLD int out_of_range(const struct struct_item *item, int64_t least, uint64_t most) {
  char text[4];
  struct_fail("%s format requires %lld <= number <= %llu", name_of(item, text), (long long)least,
              (unsigned long long)most);
  return -1;
}

static struct object *index_of(struct object *value) {
  if (LIKELY(is_any_int(value)))
    return hold(value);
  if (type_of(value)->number.index)
    return number_index(value);
  return struct_fail("required argument is not an integer");
}

static int put_signed(const struct struct_item *item, struct object *value, unsigned char *to,
                      bool small_unsigned) {
  struct object *i = index_of(value);
  if (!i)
    return -1;
  int64_t number;
  bool fits = int_to_i64(i, &number);
  drop(i);
  if (!fits)
    return struct_fail("argument out of range"), -1;
  if (item->bytes < 8) {
    unsigned bits = (unsigned)item->bytes * 8 - !small_unsigned;
    int64_t most = (INT64_C(1) << bits) - 1, least = small_unsigned ? 0 : -most - 1;
    if (number < least || number > most)
      return out_of_range(item, least, (uint64_t)most);
  }
  put_bits(item, (uint64_t)number, to);
  return 0;
}

static int put_unsigned(const struct struct_item *item, struct object *value, unsigned char *to) {
  struct object *i = index_of(value);
  if (!i)
    return -1;
  unsigned char bytes[8];
  bool fits = int_to_bytes(i, bytes, 8, false, false);
  /* A pointer may be given as a negative number. */
  if (!fits && item->code == 'P')
    fits = int_to_bytes(i, bytes, 8, false, true);
  drop(i);
  if (!fits)
    return struct_fail(item->code == 'P' ? "int too large to convert" : "argument out of range"),
           -1;
  uint64_t number;
  memcpy(&number, bytes, 8);
  if (item->bytes < 8 && number >> (8 * item->bytes))
    return out_of_range(item, 0, (UINT64_C(1) << (8 * item->bytes)) - 1);
  put_bits(item, number, to);
  return 0;
}

static int fail_too_large(const struct struct_item *item, struct object *value) {
  if (is_any_int(value))
    struct_fail("int too large to convert");
  else
    error_set(ERROR_OVERFLOW, "float too large to pack with %c format", item->code);
  return -1;
}
static int put_float(const struct struct_item *item, struct object *value, unsigned char *to) {
  double x;
  if (number_to_double(value, &x) < 0) {
    error_clear();
    struct_fail("required argument is not a float");
    return -1;
  }
  uint64_t bits = 0;
  if (item->code == 'd')
    memcpy(&bits, &x, 8);
  else if (item->code == 'f') {
    float single = (float)x;
    if (isinf(single) && !isinf(x) && !item->native)
      return fail_too_large(item, value);
    memcpy(&bits, &single, 4);
  } else {
    uint16_t half;
    if (!float_to_half(x, &half))
      return fail_too_large(item, value);
    bits = half;
  }
  put_bits(item, bits, to);
  return 0;
}

static int put_text(const struct struct_item *item, struct object *value, unsigned char *to) {
  bool array = object_has(value, TYPE_IS_BYTEARRAY);
  if (!array && !is_any_bytes(value)) {
    struct_fail("argument for '%c' must be a bytes object", item->code);
    return -1;
  }
  const void *data = array ? bytearray_data(value) : bytes_data(value);
  int64_t n = (int64_t)(array ? bytearray_length(value) : bytes_length(value));
  int64_t room = item->bytes;
  if (item->code == 'p') {
    if (room == 0)
      return 0;
    room--;
    if (n > room)
      n = room;
    *to++ = (unsigned char)(n > 255 ? 255 : n);
  }
  if (n > room)
    n = room;
  if (n)
    memcpy(to, data, (size_t)n);
  return 0;
}

int struct_put(const struct struct_item *item, struct object *value, unsigned char *to) {
  int truth;
  switch (item->code) {
  case 'B':
  case 'H':
    return put_signed(item, value, to, true);
  case 'b':
  case 'h':
  case 'i':
  case 'l':
  case 'q':
  case 'n':
    return put_signed(item, value, to, false);
  case 'I':
  case 'L':
  case 'Q':
  case 'N':
  case 'P':
    return put_unsigned(item, value, to);
  case 'e':
  case 'f':
  case 'd':
    return put_float(item, value, to);
  case '?':
    if ((truth = object_truth(value)) < 0)
      return -1;
    *to = (unsigned char)truth;
    return 0;
  case 'c':
    if (!is_any_bytes(value) || bytes_length(value) != 1)
      return struct_fail("char format requires a bytes object of length 1"), -1;
    *to = *bytes_data(value);
    return 0;
  default:
    return put_text(item, value, to);
  }
}

/* ---- Bytes to values ---- */

struct object *struct_get(const struct struct_item *item, const unsigned char *from) {
  uint64_t bits;
  double x;
  float single;
  size_t n;
  switch (item->code) {
  case 'b':
  case 'h':
  case 'i':
  case 'l':
  case 'q':
  case 'n': {
    unsigned shift = 64 - 8 * (unsigned)item->bytes;
    return int_from_i64((int64_t)(get_bits(item, from) << shift) >> shift);
  }
  case 'B':
  case 'H':
  case 'I':
  case 'L':
  case 'Q':
  case 'N':
  case 'P':
    return int_from_u64(get_bits(item, from));
  case 'e':
    return float_from(float_from_half((uint16_t)get_bits(item, from)));
  case 'f':
    bits = get_bits(item, from);
    memcpy(&single, &bits, 4);
    return float_from(single);
  case 'd':
    bits = get_bits(item, from);
    memcpy(&x, &bits, 8);
    return float_from(x);
  case '?':
    return hold(bool_from(*from != 0));
  case 'c':
    return bytes_from(from, 1);
  case 'p':
    if (item->bytes == 0)
      return bytes_from("", 0);
    n = *from;
    if (n > (size_t)item->bytes - 1)
      n = (size_t)item->bytes - 1;
    return bytes_from(from + 1, n);
  default:
    return bytes_from(from, (size_t)item->bytes);
  }
}
