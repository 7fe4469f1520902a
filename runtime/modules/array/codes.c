/* The type codes of arrays: values to items and back. */
#include "runtime/modules/array/array.h"
#include "runtime/object/exception.h"
#include "runtime/object/float.h"
#include "runtime/object/int.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include <string.h>

const struct array_code array_codes[] = {{'b', 1, false, true, "b", "signed char"},
                                         {'B', 1, false, false, "B", "unsigned byte integer"},
                                         {'u', 4, false, false, "w", NULL},
                                         {'h', 2, false, true, "h", "signed short integer"},
                                         {'H', 2, false, false, "H", "unsigned short"},
                                         {'i', 4, false, true, "i", "signed integer"},
                                         {'I', 4, false, false, "I", "unsigned int"},
                                         {'l', 8, false, true, "l", NULL},
                                         {'L', 8, false, false, "L", NULL},
                                         {'q', 8, false, true, "q", NULL},
                                         {'Q', 8, false, false, "Q", NULL},
                                         {'f', 4, true, true, "f", NULL},
                                         {'d', 8, true, true, "d", NULL},
                                         {0, 0, false, false, NULL, NULL}};

const struct array_code *array_code_find(uint32_t code) {
  for (const struct array_code *c = array_codes; c->code; c++)
    if ((uint32_t)c->code == code)
      return c;
  return NULL;
}

static int overflow(const char *message) {
  error_set(ERROR_OVERFLOW, "%s", message);
  return -1;
}
static int beyond(const char *name, bool below) {
  error_set(ERROR_OVERFLOW, "%s is %s", name, below ? "less than minimum" : "greater than maximum");
  return -1;
}

/* Through the C type that CPython reads it by: a b is a short first, an H an int. */
static int check_range(const struct array_code *code, int64_t value) {
  int64_t read = code->code == 'b'                        ? INT16_MAX
                 : code->code == 'B' || code->code == 'h' ? INT64_MAX
                 : code->bytes <= 4                       ? INT32_MAX
                                                          : INT64_MAX;
  if (value > read || value < -read - 1)
    return beyond(code->code == 'b' ? "signed short integer" : "signed integer", value < 0);
  unsigned bits = 8u * code->bytes - code->is_signed;
  if (bits >= 63)
    return 0;
  int64_t most = (INT64_C(1) << bits) - 1, least = code->is_signed ? -most - 1 : 0;
  return value < least || value > most ? beyond(code->name, value < least) : 0;
}

/* I, L and Q: as C's unsigned long or unsigned long long. */
static int read_unsigned(const struct array_code *code, struct object *i, unsigned char item[8]) {
  bool is_long_long = code->code == 'Q';
  if (int_sign(i) < 0)
    return overflow(is_long_long ? "can't convert negative int to unsigned"
                                 : "can't convert negative value to unsigned int");
  if (!int_to_bytes(i, item, 8, false, false))
    return overflow(is_long_long ? "int too big to convert"
                                 : "Python int too large to convert to C unsigned long");
  static const unsigned char zeros[8];
  if (code->bytes < 8 && memcmp(item + code->bytes, zeros, 8u - code->bytes) != 0)
    return beyond(code->name, false);
  return 0;
}

static int read_character(struct object *value, unsigned char item[8]) {
  if (!is_any_str(value) || str_length(value) != 1) {
    error_set(ERROR_TYPE, "array item must be unicode character");
    return -1;
  }
  uint32_t c = str_at(value, 0);
  memcpy(item, &c, sizeof c);
  return 0;
}

int array_code_read(const struct array_code *code, struct object *value, unsigned char item[8]) {
  if (code->is_float) {
    double x;
    if (number_to_double(value, &x) < 0)
      return -1;
    float single = (float)x;
    if (code->bytes == 4)
      memcpy(item, &single, sizeof single);
    else
      memcpy(item, &x, sizeof x);
    return 0;
  }
  if (code->code == 'u')
    return read_character(value, item);
  struct object *i = number_index(value);
  if (!i)
    return -1;
  int status = 0;
  if (!code->is_signed && code->bytes >= 4)
    status = read_unsigned(code, i, item);
  else {
    int64_t number = 0;
    if (!int_to_i64(i, &number))
      status = overflow(code->code == 'q' ? "int too big to convert"
                                          : "Python int too large to convert to C long");
    else
      status = check_range(code, number);
    memcpy(item, &number, sizeof number);
  }
  drop(i);
  return status;
}

struct object *array_code_get(const struct array_code *code, const unsigned char *item) {
  if (code->is_float) {
    double x;
    float single;
    if (code->bytes == 8)
      memcpy(&x, item, sizeof x);
    else {
      memcpy(&single, item, sizeof single);
      x = single;
    }
    return float_from(x);
  }
  uint64_t bits = 0;
  memcpy(&bits, item, code->bytes);
  if (code->code == 'u') {
    if (bits <= 0x10ffff)
      return str_from_code_point((uint32_t)bits);
    return error_format(ERROR_VALUE, "character U+%lx is not in range [U+0000; U+10ffff]",
                        (unsigned long)bits);
  }
  if (!code->is_signed)
    return int_from_u64(bits);
  unsigned shift = 64 - 8u * code->bytes;
  return int_from_i64((int64_t)(bits << shift) >> shift);
}
