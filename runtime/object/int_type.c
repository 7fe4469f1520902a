/* int as Python sees it: its constructor, operators, methods. */
#include "runtime/object/bytes.h"
#include "runtime/object/exception.h"
#include "runtime/object/float.h"
#include "runtime/object/format_spec.h"
#include "runtime/object/int_limbs.h"
#include "runtime/object/model.h"
#include "runtime/object/number_text.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include <string.h>

/* ---- Reading text ---- */

static COLD void *no_literal(struct object *text, int base) {
  struct object *bytes = is_any_str(text) || is_any_bytes(text)
                             ? hold(text)
                             : call_one(&bytes_type.head, text); /* all others are shown as bytes */
  struct object *repr = bytes ? object_repr(bytes) : NULL;
  drop_null(bytes);
  if (repr && str_length(repr) > 200) {
    struct object *cut = str_slice(repr, 0, 200);
    drop(repr);
    repr = cut;
  }
  if (repr)
    error_format(ERROR_VALUE, "invalid literal for int() with base %d: %U", base, repr);
  drop_null(repr);
  return NULL;
}

static int digit_of(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  c = (char)(c | 0x20);
  return c >= 'a' && c <= 'z' ? c - 'a' + 10 : 99;
}

/* Digits and single underscores between them. */
static bool are_digits(const char *p, size_t n, int base) {
  bool after_digit = false;
  for (size_t i = 0; i < n; i++) {
    if (p[i] == '_') {
      if (!after_digit)
        return false;
      after_digit = false;
    } else if (digit_of(p[i]) >= base)
      return false;
    else
      after_digit = true;
  }
  return after_digit;
}

static int base_of_prefix(const char *p, size_t n) {
  if (n < 2 || *p != '0')
    return 0;
  char c = (char)(p[1] | 0x20);
  return c == 'x' ? 16 : c == 'o' ? 8 : c == 'b' ? 2 : 0;
}

/* A new int, or NULL without an error when this is no literal. */
static struct object *read_literal(const char *p, size_t n, int base) {
  bool negative = n && *p == '-';
  if (n && (*p == '-' || *p == '+'))
    p++, n--;
  int prefix = base_of_prefix(p, n);
  bool must_be_zero = false;
  if (base == 0) {
    base = prefix ? prefix : 10;
    must_be_zero = !prefix && n && *p == '0';
  }
  if (prefix == base && prefix) {
    p += 2, n -= 2;
    if (n && *p == '_')
      p++, n--;
  }
  if (!are_digits(p, n, base))
    return NULL;
  for (size_t i = 0; must_be_zero && i < n; i++)
    if (p[i] != '0' && p[i] != '_')
      return NULL;
  struct object *value = int_from_text(p, n, (unsigned)base);
  if (!value || !negative)
    return value;
  struct object *result = int_negate(value);
  drop(value);
  return result;
}

/* A few decimal digits, a '-' in front or none, which is what most texts of numbers are; false:
 * anything else. */
static bool read_few(struct object *text, int64_t *value) {
  enum { FEW = 18 }; /* 10^18 < 2^62 */
  size_t n = str_length(text);
  if (str_kind(text) != 0)
    return false;
  const unsigned char *p = str_data(text);
  bool negative = *p == '-'; /* of an empty text it is the NUL behind */
  p += negative;
  n -= negative;
  if (n - 1 >= FEW)
    return false;
  int64_t sum = 0;
  for (size_t i = 0; i < n; i++) {
    unsigned digit = p[i] - (unsigned)'0';
    if (digit > 9)
      return false;
    sum = sum * 10 + digit;
  }
  *value = negative ? -sum : sum;
  return true;
}

struct object *number_int_from_text(struct object *text, int base) {
  struct number_text t;
  int64_t value;
  if (base == 10 && is_str(text) && read_few(text, &value))
    return int_from_i64(value);
  if (number_text_open(&t, text) < 0)
    return NULL;
  struct object *result = read_literal(t.text, t.n, base);
  number_text_close(&t);
  return result || error_pending() != ERROR_NONE ? result : no_literal(text, base);
}

/* ---- Making ints ---- */

static struct object *exact_new(struct object *const *args, size_t n, struct object *kwnames) {
  static const char *const names[] = {"", "base"};
  static const struct args_spec spec = {"int", names, 2, 1, 2, 0};
  struct object *values[2];
  if (n == 1 && (!kwnames || !tuple_length(kwnames)))
    return number_int(args[0]);
  if (args_parse(&spec, args, n, kwnames, values) < 0)
    return NULL;
  struct object *x = values[0], *base = values[1];
  if (!x) {
    if (!base)
      return int_from_i64(0);
    error_set(ERROR_TYPE, "int() missing string argument");
    return NULL;
  }
  if (!base)
    return number_int(x);
  int64_t number;
  if (number_to_i64(base, &number, ERROR_NONE) < 0)
    return NULL;
  if ((number != 0 && number < 2) || number > 36)
    return error_format(ERROR_VALUE, "int() base must be >= 2 and <= 36, or 0");
  if (is_any_str(x) || is_any_bytes(x) || object_has(x, TYPE_IS_BYTEARRAY))
    return number_int_from_text(x, (int)number);
  return error_format(ERROR_TYPE, "int() can't convert non-string with explicit base");
}

/* An instance of a subclass with the value of an exact int, which is taken. */
static struct object *instance_taking(struct type *t, struct object *value) {
  if (!value || t == &int_type)
    return value;
  const struct int_object *from = (const struct int_object *)value;
  size_t bytes = int_bytes(value);
  struct int_object *o = (struct int_object *)type_allocate(t, bytes);
  if (o) {
    o->word = from->word;
    memcpy(o->limbs, from->limbs, bytes - sizeof *o);
    if (t->shape.flags & GC_CONTAINER)
      gc_track(&o->head);
  }
  drop(value);
  return o ? &o->head : NULL;
}

static struct object *new_slot(struct type *t, struct object *const *args, size_t n,
                               struct object *kwnames) {
  return instance_taking(t, exact_new(args, n, kwnames));
}
static struct object *construct(struct object *type, struct object *const *args, size_t n,
                                struct object *kwnames) {
  return exact_new(args, call_count(n), kwnames);
}

/* ---- Operators ---- */

#define BOTH_INTS(a, b)                                                                            \
  if (UNLIKELY(!is_any_int(a) || !is_any_int(b)))                                                  \
  return hold(NOT_IMPLEMENTED)
#define BINARY(name, function)                                                                     \
  static struct object *name(struct object *a, struct object *b) {                                 \
    BOTH_INTS(a, b);                                                                               \
    return function(a, b);                                                                         \
  }
#define DIVISION(linkage, name, function, message)                                                 \
  linkage struct object *name(struct object *a, struct object *b) {                                \
    BOTH_INTS(a, b);                                                                               \
    if (UNLIKELY(int_is_zero(b)))                                                                  \
      return error_set(ERROR_ZERO_DIVISION, message), NULL;                                        \
    return function(a, b);                                                                         \
  }

static struct object *divide_both(struct object *a, struct object *b) {
  struct object *quotient, *rest;
  if (int_divide(a, b, &quotient, &rest) < 0)
    return NULL;
  struct object *result = tuple_pack(2, quotient, rest);
  drop(quotient);
  drop(rest);
  return result;
}

BINARY(add, int_add)
BINARY(subtract, int_subtract)
BINARY(multiply, int_multiply)
BINARY(lshift, int_shift_left)
BINARY(rshift, int_shift_right)
BINARY(bit_and, int_and)
BINARY(bit_or, int_or)
BINARY(bit_xor, int_xor)
DIVISION(extern, int_floor_divide_slot, int_floor_divide, "integer division or modulo by zero")
DIVISION(extern, int_remainder_slot, int_remainder, "integer modulo by zero")
DIVISION(static, divmod_, divide_both, "integer division or modulo by zero")
DIVISION(static, true_divide, int_true_divide, "division by zero")

static struct object *power(struct object *a, struct object *b, struct object *modulus) {
  BOTH_INTS(a, b);
  if (modulus != NONE) {
    if (!is_any_int(modulus))
      return hold(NOT_IMPLEMENTED);
    return int_power_modulo(a, b, modulus);
  }
  return int_sign(b) < 0 ? float_type.number.power(a, b, modulus) : int_power(a, b);
}

static int truth(struct object *o) { return !int_is_zero(o); }
static struct object *absolute(struct object *o) {
  return int_sign(o) < 0 ? int_negate(o) : int_copy(o);
}
static struct object *to_float(struct object *o) {
  double value;
  return int_to_double(o, &value) < 0 ? NULL : float_from(value);
}

struct object *int_compare_slot(struct object *a, struct object *b, enum compare_op op) {
  BOTH_INTS(a, b);
  int order = a == b ? 0 : int_compare(a, b);
  return hold(bool_from(ordered_words(op, order, 0)));
}

/* ---- Methods ---- */

static struct object *bit_length(struct object *o) { return int_from_u64(int_bit_length(o)); }
static struct object *bit_count_(struct object *o) { return int_from_u64(int_bit_count(o)); }
static struct object *getnewargs(struct object *o) {
  struct object *value = int_copy(o), *result = value ? tuple_pack(1, value) : NULL;
  drop_null(value);
  return result;
}
static struct object *as_integer_ratio(struct object *o) {
  struct object *value = int_copy(o);
  struct object *result = value ? tuple_pack(2, value, &int_small[1 - INT_SMALL_MIN].head) : NULL;
  drop_null(value);
  return result;
}
static struct object *format(struct object *o, struct object *spec) {
  if (!is_any_str(spec))
    return args_wrong_type("__format__", "argument", "str", spec);
  return format_int(o, spec);
}

/* To a multiple of 10^places, ties to the even multiple. */
static struct object *round_to(struct object *o, struct object *places) {
  struct object *ten = int_from_i64(10), *unit = int_power(ten, places);
  struct object *quotient = unit ? int_divide_nearest(o, unit) : NULL;
  struct object *result = quotient ? int_multiply(quotient, unit) : NULL;
  drop_null(quotient);
  drop_null(unit);
  drop(ten);
  return result;
}
static struct object *round_(struct object *o, struct object *const *args, size_t n) {
  if (args_check_count("__round__", n, 0, 1) < 0)
    return NULL;
  if (n == 0)
    return int_copy(o);
  struct object *digits = number_index(args[0]);
  if (!digits)
    return NULL;
  struct object *result = NULL;
  if (int_sign(digits) >= 0)
    result = int_copy(o);
  else {
    struct object *places = int_negate(digits);
    result = places ? round_to(o, places) : NULL;
    drop_null(places);
  }
  drop(digits);
  return result;
}

/* -1: neither "little" nor "big". */
static int read_order(struct object *order, const char *function, bool *big) {
  *big = true;
  if (!order)
    return 0;
  if (!is_any_str(order)) {
    error_format(ERROR_TYPE, "%s() argument 'byteorder' must be str, not %N", function, order);
    return -1;
  }
  if (str_same_text(order, NAME(plain_big)))
    return 0;
  *big = false;
  if (str_same_text(order, NAME(plain_little)))
    return 0;
  error_set(ERROR_VALUE, "byteorder must be either 'little' or 'big'");
  return -1;
}

static struct object *to_bytes(struct object *o, struct object *const *args, size_t n,
                               struct object *kwnames) {
  static const char *const names[] = {"length", "byteorder", "signed"};
  static const struct args_spec spec = {"to_bytes", names, 3, 0, 2, 0};
  struct object *values[3];
  int64_t length = 1;
  bool big;
  if (args_parse(&spec, args, n, kwnames, values) < 0 ||
      (values[0] && args_to_size(values[0], &length) < 0))
    return NULL;
  if (values[1] && !is_any_str(values[1]))
    return args_wrong_type("to_bytes", "argument 'byteorder'", "str", values[1]);
  int is_signed = values[2] ? object_truth(values[2]) : 0;
  if (is_signed < 0 || read_order(values[1], "to_bytes", &big) < 0)
    return NULL;
  if (length < 0)
    return error_format(ERROR_VALUE, "length argument must be non-negative");
  if (int_sign(o) < 0 && !is_signed)
    return error_format(ERROR_OVERFLOW, "can't convert negative int to unsigned");
  struct object *bytes = bytes_new_open((size_t)length);
  if (bytes && !int_to_bytes(o, ((struct bytes *)bytes)->data, (size_t)length, big, is_signed)) {
    drop(bytes);
    return error_format(ERROR_OVERFLOW, "int too big to convert");
  }
  return bytes;
}

static struct object *from_bytes(struct object *cls, struct object *const *args, size_t n,
                                 struct object *kwnames) {
  static const char *const names[] = {"bytes", "byteorder", "signed"};
  static const struct args_spec spec = {"from_bytes", names, 3, 0, 2, 1};
  struct object *values[3];
  bool big;
  if (args_parse(&spec, args, n, kwnames, values) < 0)
    return NULL;
  if (values[1] && !is_any_str(values[1]))
    return args_wrong_type("from_bytes", "argument 'byteorder'", "str", values[1]);
  int is_signed = values[2] ? object_truth(values[2]) : 0;
  if (is_signed < 0 || read_order(values[1], "from_bytes", &big) < 0)
    return NULL;
  struct object *bytes = object_bytes(values[0]);
  struct object *result =
      bytes ? int_from_bytes(bytes_data(bytes), bytes_length(bytes), big, is_signed) : NULL;
  drop_null(bytes);
  if (result && cls != &int_type.head) {
    struct object *own = call_one(cls, result);
    drop(result);
    result = own;
  }
  return result;
}

static const struct method_def methods[] = {
    METHOD_NOARGS_("conjugate", int_copy, "Returns self, the complex conjugate of any int."),
    METHOD_NOARGS_("bit_length", bit_length,
                   "($self, /)\n--\n\nNumber of bits necessary to represent self in binary.\n\n"
                   ">>> bin(37)\n'0b100101'\n>>> (37).bit_length()\n6"),
    METHOD_NOARGS_("bit_count", bit_count_,
                   "($self, /)\n--\n\nNumber of ones in the binary representation of the absolute "
                   "value of self.\n\n>>> bin(13)\n'0b1101'\n>>> (13).bit_count()\n3"),
    METHOD_KEYWORDS_("to_bytes", to_bytes,
                     "($self, /, length=1, byteorder='big', *, signed=False)\n--\n\nThe value as "
                     "an array of bytes."),
    {"from_bytes", METHOD_KEYWORDS | METHOD_CLASS, .keywords = from_bytes,
     .doc = "($type, /, bytes, byteorder='big', *, signed=False)\n--\n\nThe int that an array of "
            "bytes stands for."},
    METHOD_NOARGS_("as_integer_ratio", as_integer_ratio,
                   "($self, /)\n--\n\nA pair of ints whose ratio is the number: the number and 1."),
    METHOD_NOARGS_("__trunc__", int_copy, "Truncating an Integral returns itself."),
    METHOD_NOARGS_("__floor__", int_copy, "Flooring an Integral returns itself."),
    METHOD_NOARGS_("__ceil__", int_copy, "Ceiling of an Integral returns itself."),
    METHOD_FAST_("__round__", round_,
                 "($self, ndigits=<unrepresentable>, /)\n--\n\nRounding an Integral returns "
                 "itself.\n\nWith a negative number of digits it "
                 "rounds to that power of ten."),
    METHOD_NOARGS_("__getnewargs__", getnewargs, "($self, /)\n--\n\n"),
    METHOD_ONE_("__format__", format,
                "($self, format_spec, /)\n--\n\nThe number as text, by a format specification."),
    {NULL}};

static struct object *get_self(struct object *o, void *closure) { return int_copy(o); }
static struct object *get_constant(struct object *o, void *closure) {
  return int_from_i64(closure != NULL);
}
static const struct getset_def getsets[] = {
    {"real", get_self, NULL, "the real part of a complex number", NULL},
    {"imag", get_constant, NULL, "the imaginary part of a complex number", NULL},
    {"numerator", get_self, NULL, "the numerator of a rational number in lowest terms", NULL},
    {"denominator", get_constant, NULL, "the denominator of a rational number in lowest terms",
     (void *)1},
    {NULL}};

struct type int_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_LEAF, .basic_bytes = sizeof(struct int_object), .bytes = int_bytes},
    .name = "int",
    .flags = TYPE_BASE | TYPE_IS_INT | TYPE_MATCH_SELF,
    .destroy = int_destroy,
    .equal = int_equal,
    .hash = int_hash,
    .check = int_check,
    .construct = construct,
    .new_ = new_slot,
    .repr = int_repr,
    .compare = int_compare_slot,
    .number = {.add = add,
               .subtract = subtract,
               .multiply = multiply,
               .remainder = int_remainder_slot,
               .divmod = divmod_,
               .power = power,
               .negative = int_negate,
               .positive = int_copy,
               .absolute = absolute,
               .truth = truth,
               .invert = int_invert,
               .lshift = lshift,
               .rshift = rshift,
               .bit_and = bit_and,
               .bit_xor = bit_xor,
               .bit_or = bit_or,
               .to_int = int_copy,
               .to_float = to_float,
               .floor_divide = int_floor_divide_slot,
               .true_divide = true_divide,
               .index = int_copy},
    .methods = methods,
    .getsets = getsets,
    .doc = "int([x]) -> integer\nint(x, base=10) -> integer\n\nThe integer that a number or a text "
           "stands for, 0 without an argument.\nA number is cut towards zero. A text may have a "
           "sign and spaces around it;\nwith base 0 its prefix (0b, 0o, 0x) tells the base.",
    .base = &object_type,
};
