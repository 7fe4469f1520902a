/* float as Python sees it: operators, comparison, its constructor and methods. */
#include "runtime/object/float_type.h"
#include "runtime/object/complex.h"
#include "runtime/object/exception.h"
#include "runtime/object/float_text.h"
#include "runtime/object/format_spec.h"
#include "runtime/object/int.h"
#include "runtime/object/number_text.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Operators ---- */

/* The operand as a double: 1, 0 when it is neither float nor int, -1 when it is too large. */
static inline int operand(struct object *o, double *value) {
  if (LIKELY(is_any_float(o)))
    return *value = float_value(o), 1;
  if (!is_any_int(o))
    return 0;
  return int_to_double(o, value) < 0 ? -1 : 1;
}
#define OPERANDS(a, b, x, y)                                                                       \
  double x, y;                                                                                     \
  int known = operand(a, &x);                                                                      \
  if (known > 0)                                                                                   \
    known = operand(b, &y);                                                                        \
  if (UNLIKELY(known <= 0))                                                                        \
  return known ? NULL : hold(NOT_IMPLEMENTED)

static struct object *add(struct object *a, struct object *b) {
  OPERANDS(a, b, x, y);
  return float_from(x + y);
}
static struct object *subtract(struct object *a, struct object *b) {
  OPERANDS(a, b, x, y);
  return float_from(x - y);
}
static struct object *multiply(struct object *a, struct object *b) {
  OPERANDS(a, b, x, y);
  return float_from(x * y);
}
static COLD void *by_zero(const char *message) {
  error_set(ERROR_ZERO_DIVISION, "%s", message);
  return NULL;
}
static struct object *true_divide(struct object *a, struct object *b) {
  OPERANDS(a, b, x, y);
  return UNLIKELY(y == 0) ? by_zero("float division by zero") : float_from(x / y);
}

static double remainder_of(double a, double b) {
  double rest = fmod(a, b);
  if (rest == 0)
    return copysign(0.0, b);
  return (b < 0) != (rest < 0) ? rest + b : rest;
}
double float_floor_divide(double a, double b, double *remainder) {
  double rest = fmod(a, b), quotient = (a - rest) / b;
  if (rest == 0)
    *remainder = copysign(0.0, b);
  else if ((b < 0) != (rest < 0)) {
    *remainder = rest + b;
    quotient -= 1;
  } else
    *remainder = rest;
  if (quotient == 0)
    return copysign(0.0, a / b);
  double whole = floor(quotient); /* it is integral but for rounding */
  return quotient - whole > 0.5 ? whole + 1 : whole;
}
static struct object *remainder_slot(struct object *a, struct object *b) {
  OPERANDS(a, b, x, y);
  return UNLIKELY(y == 0) ? by_zero("float modulo") : float_from(remainder_of(x, y));
}
static struct object *floor_divide(struct object *a, struct object *b) {
  OPERANDS(a, b, x, y);
  double rest;
  return UNLIKELY(y == 0) ? by_zero("float floor division by zero")
                          : float_from(float_floor_divide(x, y, &rest));
}
static struct object *divmod_slot(struct object *a, struct object *b) {
  OPERANDS(a, b, x, y);
  if (UNLIKELY(y == 0))
    return by_zero("float divmod()");
  double rest, quotient = float_floor_divide(x, y, &rest);
  struct object *q = float_from(quotient), *r = q ? float_from(rest) : NULL;
  struct object *result = r ? tuple_pack(2, q, r) : NULL;
  drop_null(q);
  drop_null(r);
  return result;
}

void *float_out_of_range(void) {
  struct object *number = int_from_i64(34), *text = str_from_ascii("Numerical result out of range");
  struct object *args = text ? tuple_pack(2, number, text) : NULL;
  if (args)
    error_set_object(&exception_type(ERROR_OVERFLOW)->head, args);
  drop_null(args);
  drop_null(text);
  drop(number);
  return NULL;
}

static bool is_odd(double value) { return fmod(fabs(value), 2.0) == 1.0; }

/* What pow() of the C library says about infinities, zeros and NaN is Python's too; errors and
 * negative bases are not. */
struct object *float_power(double a, double b) {
  if (b == 0 || a == 1)
    return float_from(1);
  if (isnan(a) || isnan(b))
    return float_from(isnan(a) ? a : b);
  if (isinf(b) || isinf(a))
    return float_from(pow(a, b));
  if (a == 0) {
    if (b < 0)
      return by_zero("0.0 cannot be raised to a negative power");
    return float_from(is_odd(b) ? a : 0.0);
  }
  if (a < 0 && b != floor(b))
    return complex_power(a, 0, b, 0);
  double result = pow(a, b);
  return isinf(result) ? float_out_of_range() : float_from(result);
}
static struct object *power(struct object *a, struct object *b, struct object *modulus) {
  if (modulus != NONE)
    return error_format(ERROR_TYPE,
                        "pow() 3rd argument not allowed unless all arguments are integers");
  OPERANDS(a, b, x, y);
  return float_power(x, y);
}

static struct object *negative(struct object *o) { return float_from(-float_value(o)); }
static struct object *positive(struct object *o) {
  return is_float(o) ? hold(o) : float_from(float_value(o));
}
static struct object *absolute(struct object *o) { return float_from(fabs(float_value(o))); }
static int truth(struct object *o) { return float_value(o) != 0; }

static bool is_finite_for_int(double value) {
  if (LIKELY(isfinite(value)))
    return true;
  if (isnan(value))
    error_set(ERROR_VALUE, "cannot convert float NaN to integer");
  else
    error_set(ERROR_OVERFLOW, "cannot convert float infinity to integer");
  return false;
}
struct object *float_to_int(double value) {
  return is_finite_for_int(value) ? int_from_double(trunc(value)) : NULL;
}
static struct object *to_int(struct object *o) { return float_to_int(float_value(o)); }
static struct object *repr(struct object *o) { return float_repr(float_value(o)); }

static struct object *compare_slot(struct object *a, struct object *b, enum compare_op op) {
  double x = float_value(a);
  if (is_any_float(b))
    return hold(bool_from(ordered_doubles(op, x, float_value(b))));
  if (!is_any_int(b))
    return hold(NOT_IMPLEMENTED);
  if (isnan(x))
    return hold(bool_from(op == COMPARE_NE));
  return hold(bool_from(ordered_words(op, -int_compare_double(b, x), 0)));
}

/* ---- The constructor ---- */

struct object *number_float_from_text(struct object *text) {
  struct number_text t;
  double value;
  if (is_str(text) && str_is_ascii(text)) { /* behind which stands a NUL */
    const char *data = str_data(text);
    if (float_read_short(data, &value) == data + str_length(text))
      return float_from(value);
  }
  if (number_text_open(&t, text) < 0)
    return NULL;
  bool valid = strlen(t.text) == t.n && t.n && number_text_drop_underscores(&t) &&
               float_read(t.text, &value) == t.text + t.n;
  number_text_close(&t);
  return valid ? float_from(value)
               : error_format(ERROR_VALUE, "could not convert string to float: %R", text);
}

static struct object *exact_new(struct object *const *args, size_t n, struct object *kwnames) {
  if (args_check_no_keywords("float", kwnames) < 0 || args_check_count("float", n, 0, 1) < 0)
    return NULL;
  return n ? number_float(args[0]) : float_from(0.0);
}
static struct object *new_slot(struct type *t, struct object *const *args, size_t n,
                               struct object *kwnames) {
  if (t != &float_type && t->init != float_type.init && kwnames && tuple_length(kwnames))
    kwnames = NULL; /* a subclass with an __init__ of its own takes what it likes by name */
  struct object *value = exact_new(args, n, kwnames);
  if (!value || t == &float_type)
    return value;
  struct object *o = type_allocate(t, sizeof(struct float_object));
  if (o) {
    ((struct float_object *)o)->value = float_value(value);
    if (t->shape.flags & GC_CONTAINER)
      gc_track(o);
  }
  drop(value);
  return o;
}
static struct object *construct(struct object *type, struct object *const *args, size_t n,
                                struct object *kwnames) {
  return exact_new(args, call_count(n), kwnames);
}

/* ---- Methods ---- */

static struct object *is_integer(struct object *o) {
  double value = float_value(o);
  return hold(bool_from(isfinite(value) && floor(value) == value));
}
static struct object *floor_(struct object *o) {
  double value = float_value(o);
  return is_finite_for_int(value) ? int_from_double(floor(value)) : NULL;
}
static struct object *ceil_(struct object *o) {
  double value = float_value(o);
  return is_finite_for_int(value) ? int_from_double(ceil(value)) : NULL;
}
static struct object *getnewargs(struct object *o) {
  struct object *value = float_from(float_value(o)), *result = value ? tuple_pack(1, value) : NULL;
  drop_null(value);
  return result;
}
static struct object *format(struct object *o, struct object *spec) {
  if (!is_any_str(spec))
    return args_wrong_type("__format__", "argument", "str", spec);
  return format_float(o, spec);
}

static struct object *as_integer_ratio(struct object *o) {
  double value = float_value(o);
  if (isinf(value))
    return error_format(ERROR_OVERFLOW, "cannot convert Infinity to integer ratio");
  if (isnan(value))
    return error_format(ERROR_VALUE, "cannot convert NaN to integer ratio");
  int exponent;
  double mantissa = frexp(value, &exponent);
  while (mantissa != floor(mantissa)) {
    mantissa *= 2;
    exponent--;
  }
  struct object *numerator = int_from_double(mantissa), *denominator = int_from_i64(1);
  struct object **scaled = exponent > 0 ? &numerator : &denominator;
  struct object *result = NULL;
  if (numerator) {
    struct object *shifted = int_shift_left_by(*scaled, (uint64_t)abs(exponent));
    drop(*scaled);
    *scaled = shifted;
    if (shifted)
      result = tuple_pack(2, numerator, denominator);
  }
  drop_null(numerator);
  drop_null(denominator);
  return result;
}

static struct object *round_whole(double value) {
  if (!is_finite_for_int(value))
    return NULL;
  double rounded = round(value);
  if (fabs(value - rounded) == 0.5)
    rounded = 2 * round(value / 2);
  return int_from_double(rounded);
}
static struct object *round_(struct object *o, struct object *const *args, size_t n) {
  if (args_check_count("__round__", n, 0, 1) < 0)
    return NULL;
  double value = float_value(o);
  if (n == 0 || args[0] == NONE)
    return round_whole(value);
  int64_t places;
  if (number_to_i64(args[0], &places, ERROR_NONE) < 0)
    return NULL;
  /* Beyond these the number has no digits to round, or none but zeros remain. */
  const int most = (int)((DBL_MANT_DIG - DBL_MIN_EXP) * 0.30103),
            least = -(int)((DBL_MAX_EXP + 1) * 0.30103);
  if (!isfinite(value) || places > most)
    return float_from(value);
  if (places < least)
    return float_from(0.0 * value);
  double rounded;
  if (float_round(value, (int)places, &rounded) < 0)
    return NULL;
  if (isinf(rounded))
    return error_format(ERROR_OVERFLOW, "rounded value too large to represent");
  return float_from(rounded);
}

static struct object *getformat(struct object *cls, struct object *kind) {
  if (!is_any_str(kind))
    return args_wrong_type("__getformat__", "argument", "str", kind);
  bool is_double =
      str_length(kind) == 6 && str_is_ascii(kind) && !memcmp(str_data(kind), "double", 6);
  bool is_single =
      str_length(kind) == 5 && str_is_ascii(kind) && !memcmp(str_data(kind), "float", 5);
  if (is_double || is_single)
    return str_from_ascii("IEEE, little-endian");
  return error_format(ERROR_VALUE, "__getformat__() argument 1 must be 'double' or 'float'");
}

static struct object *from_hex(struct object *cls, struct object *text) {
  struct object *value = float_from_hex(text);
  if (!value || cls == &float_type.head)
    return value;
  struct object *own = call_one(cls, value);
  drop(value);
  return own;
}
static struct object *hex(struct object *o) { return float_hex(float_value(o)); }

static const struct method_def methods[] = {
    METHOD_NOARGS_("conjugate", positive, "($self, /)\n--\n\nThe number itself."),
    METHOD_NOARGS_("__trunc__", to_int, "($self, /)\n--\n\nThe int nearest to self, towards 0."),
    METHOD_NOARGS_("__floor__", floor_, "($self, /)\n--\n\nThe largest int that is not above."),
    METHOD_NOARGS_("__ceil__", ceil_, "($self, /)\n--\n\nThe smallest int that is not below."),
    METHOD_FAST_("__round__", round_,
                 "($self, ndigits=None, /)\n--\n\nThe nearest number with so many decimals, ties "
                 "to the even one; an int without an argument."),
    METHOD_NOARGS_("as_integer_ratio", as_integer_ratio,
                   "($self, /)\n--\n\nTwo ints whose ratio is exactly the number, the second "
                   "positive."),
    {"fromhex", METHOD_ONE | METHOD_CLASS, .one = from_hex,
     .doc = "($type, string, /)\n--\n\nA float from a hexadecimal text."},
    METHOD_NOARGS_("hex", hex, "($self, /)\n--\n\nThe number as hexadecimal text."),
    METHOD_NOARGS_("is_integer", is_integer, "($self, /)\n--\n\nWhether the float is integral."),
    METHOD_NOARGS_("__getnewargs__", getnewargs, "($self, /)\n--\n\n"),
    {"__getformat__", METHOD_ONE | METHOD_CLASS, .one = getformat,
     .doc = "($type, typestr, /)\n--\n\nHow C keeps a 'double' or 'float'."},
    METHOD_ONE_("__format__", format,
                "($self, format_spec, /)\n--\n\nThe number as text, by a format specification."),
    {NULL}};

static struct object *get_real(struct object *o, void *closure) { return positive(o); }
static struct object *get_imag(struct object *o, void *closure) { return float_from(0.0); }
static const struct getset_def getsets[] = {
    {"real", get_real, NULL, "the real part of a complex number", NULL},
    {"imag", get_imag, NULL, "the imaginary part of a complex number", NULL},
    {NULL}};

struct type float_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_LEAF, .basic_bytes = sizeof(struct float_object)},
    .name = "float",
    .flags = TYPE_BASE | TYPE_IS_FLOAT | TYPE_MATCH_SELF,
    .destroy = float_destroy,
    .equal = float_equal,
    .hash = float_hash,
    .construct = construct,
    .new_ = new_slot,
    .repr = repr,
    .compare = compare_slot,
    .number = {.add = add,
               .subtract = subtract,
               .multiply = multiply,
               .remainder = remainder_slot,
               .divmod = divmod_slot,
               .power = power,
               .negative = negative,
               .positive = positive,
               .absolute = absolute,
               .truth = truth,
               .to_int = to_int,
               .to_float = positive,
               .floor_divide = floor_divide,
               .true_divide = true_divide},
    .methods = methods,
    .getsets = getsets,
    .doc = "(x=0, /)\n--\n\nConvert a string or number to a floating point number, if possible.",
    .base = &object_type,
};
