/* The module `math`: functions of doubles. Those of the C library are called as they are; around
 * them stands what Python says about results that are no numbers. */
#include "runtime/modules/math/math.h"
#include "runtime/modules/module.h"
#include "runtime/object/exception.h"
#include "runtime/object/float.h"
#include "runtime/object/float_type.h"
#include "runtime/object/int.h"
#include "runtime/object/model.h"
#include "runtime/object/protocol.h"
#include "runtime/object/tuple.h"
#include <errno.h>
#include <limits.h>
#include <math.h>

void *math_domain_error(void) {
  error_set(ERROR_VALUE, "math domain error");
  return NULL;
}
void *math_range_error(void) {
  error_set(ERROR_OVERFLOW, "math range error");
  return NULL;
}

/* ---- One argument ---- */

ALWAYS_INLINE int read(struct object *o, double *x) {
  if (LIKELY(is_float(o))) {
    *x = float_value(o);
    return 0;
  }
  return number_to_double(o, x);
}

/* A NaN out of a number is a domain error; an infinity out of a finite one is that too, or an
 * overflow where the function can have one. */
ALWAYS_INLINE struct object *checked(double x, double result, bool can_overflow) {
  if (UNLIKELY(isnan(result)) && !isnan(x))
    return math_domain_error();
  if (UNLIKELY(isinf(result)) && isfinite(x))
    return can_overflow ? math_range_error() : math_domain_error();
  return float_from(result);
}

#define ONE(name, function, can_overflow)                                                          \
  static struct object *name(struct object *module, struct object *o) {                            \
    double x;                                                                                      \
    return read(o, &x) < 0 ? NULL : checked(x, function(x), can_overflow);                         \
  }
ONE(acos_, acos, false)
ONE(acosh_, acosh, false)
ONE(asin_, asin, false)
ONE(asinh_, asinh, false)
ONE(atan_, atan, false)
ONE(atanh_, atanh, false)
ONE(cbrt_, cbrt, false)
ONE(cos_, cos, false)
ONE(cosh_, cosh, true)
ONE(exp_, exp, true)
ONE(exp2_, exp2, true)
ONE(expm1_, expm1, true)
ONE(fabs_, fabs, false)
ONE(log1p_, log1p, false)
ONE(sin_, sin, false)
ONE(sinh_, sinh, true)
ONE(sqrt_, sqrt, false)
ONE(tan_, tan, false)
ONE(tanh_, tanh, false)

#define PLAIN(name, expression)                                                                    \
  static struct object *name(struct object *module, struct object *o) {                            \
    double x;                                                                                      \
    return read(o, &x) < 0 ? NULL : float_from(expression);                                        \
  }
PLAIN(erf_, erf(x))
PLAIN(erfc_, erfc(x))
PLAIN(degrees, x *(180.0 / M_PI))
PLAIN(radians, x *(M_PI / 180.0))
PLAIN(ulp, isnan(x)                              ? x
           : isinf(x)                            ? fabs(x)
           : isinf(nextafter(fabs(x), INFINITY)) ? fabs(x) - nextafter(fabs(x), 0.0)
                                                 : nextafter(fabs(x), INFINITY) - fabs(x))

#define TEST(name, test)                                                                           \
  static struct object *name(struct object *module, struct object *o) {                            \
    double x;                                                                                      \
    return read(o, &x) < 0 ? NULL : hold(bool_from(test(x)));                                      \
  }
TEST(isfinite_, isfinite)
TEST(isinf_, isinf)
TEST(isnan_, isnan)

static struct object *by_errno(struct object *o, double (*function)(double)) {
  double x;
  if (read(o, &x) < 0)
    return NULL;
  errno = 0;
  double result = function(x);
  if (errno == EDOM)
    return math_domain_error();
  if (errno == ERANGE && fabs(result) > 1.5)
    return math_range_error();
  return float_from(result);
}
static struct object *gamma_(struct object *module, struct object *o) {
  return by_errno(o, math_gamma);
}
static struct object *lgamma_(struct object *module, struct object *o) {
  return by_errno(o, math_lgamma);
}

/* The special method, or the function of a double made an int. */
static struct object *whole(struct object *o, struct object *name, double (*function)(double)) {
  if (!is_float(o)) {
    struct object *args[] = {o}, *result = call_special(name, args, 1);
    if (result || error_pending() != ERROR_NONE)
      return result;
  }
  double x;
  return read(o, &x) < 0 ? NULL : float_to_int(function(x));
}
static struct object *ceil_(struct object *module, struct object *o) {
  return whole(o, NAME(ceil), ceil);
}
static struct object *floor_(struct object *module, struct object *o) {
  return whole(o, NAME(floor), floor);
}
static struct object *trunc_(struct object *module, struct object *o) {
  if (is_float(o))
    return float_to_int(float_value(o));
  struct object *args[] = {o}, *result = call_special(NAME(trunc), args, 1);
  if (result || error_pending() != ERROR_NONE)
    return result;
  return error_format(ERROR_TYPE, "type %N doesn't define __trunc__ method", o);
}

static struct object *pair(double a, struct object *second) {
  struct object *first = second ? float_from(a) : NULL;
  struct object *result = first ? tuple_pack(2, first, second) : NULL;
  drop_null(first);
  drop_null(second);
  return result;
}
static struct object *frexp_(struct object *module, struct object *o) {
  double x;
  if (read(o, &x) < 0)
    return NULL;
  int exponent = 0;
  if (isfinite(x) && x != 0)
    x = frexp(x, &exponent);
  return pair(x, int_from_i64(exponent));
}
static struct object *modf_(struct object *module, struct object *o) {
  double x, integral;
  if (read(o, &x) < 0)
    return NULL;
  double part = modf(x, &integral);
  return pair(part, float_from(integral));
}

/* ---- Logarithms ---- */

/* Ints of any size: log(m * 2^e) is log(m) + e * log(2). */
static struct object *logarithm(struct object *o, double (*function)(double)) {
  double x;
  if (is_any_int(o)) {
    if (int_sign(o) <= 0)
      return math_domain_error();
    int64_t exponent;
    double mantissa = int_to_mantissa(o, &exponent);
    if (exponent <= 1024 && isfinite(x = ldexp(mantissa, (int)exponent)))
      return float_from(function(x));
    return float_from(function(mantissa) + function(2.0) * (double)exponent);
  }
  return read(o, &x) < 0 ? NULL : checked(x, function(x), false);
}
static struct object *log_(struct object *module, struct object *const *args, size_t n) {
  if (args_check_count("log", n, 1, 2) < 0)
    return NULL;
  struct object *number = logarithm(args[0], log);
  if (!number || n == 1)
    return number;
  struct object *base = logarithm(args[1], log);
  struct object *result = base ? number_binary(number, base, NUMBER_TRUE_DIVIDE) : NULL;
  drop_null(base);
  drop(number);
  return result;
}
static struct object *log2_(struct object *module, struct object *o) { return logarithm(o, log2); }
static struct object *log10_(struct object *module, struct object *o) {
  return logarithm(o, log10);
}

/* ---- Two arguments ---- */

static int read_two(const char *function, struct object *const *args, size_t n, double *x,
                    double *y) {
  if (args_check_count(function, n, 2, 2) < 0 || read(args[0], x) < 0)
    return -1;
  return read(args[1], y);
}
#define TWO(name, text, function)                                                                  \
  static struct object *name(struct object *module, struct object *const *args, size_t n) {        \
    double x, y;                                                                                   \
    if (read_two(text, args, n, &x, &y) < 0)                                                       \
      return NULL;                                                                                 \
    double result = function(x, y);                                                                \
    if (isnan(result) && !isnan(x) && !isnan(y))                                                   \
      return math_domain_error();                                                                  \
    if (isinf(result) && isfinite(x) && isfinite(y))                                               \
      return math_range_error();                                                                   \
    return float_from(result);                                                                     \
  }
TWO(atan2_, "atan2", atan2)
TWO(copysign_, "copysign", copysign)
TWO(remainder_, "remainder", remainder)
TWO(fmod_, "fmod", fmod)

static struct object *nextafter_(struct object *module, struct object *const *args, size_t n) {
  double x, y;
  return read_two("nextafter", args, n, &x, &y) < 0 ? NULL : float_from(nextafter(x, y));
}

static struct object *pow_(struct object *module, struct object *const *args, size_t n) {
  double x, y;
  if (read_two("pow", args, n, &x, &y) < 0)
    return NULL;
  double result = pow(x, y);
  bool finite = isfinite(x) && isfinite(y);
  if ((finite && isnan(result)) || (x == 0 && y < 0 && isinf(result) && finite))
    return math_domain_error();
  if (finite && isinf(result))
    return math_range_error();
  return float_from(result);
}

static struct object *ldexp_(struct object *module, struct object *const *args, size_t n) {
  double x;
  if (args_check_count("ldexp", n, 2, 2) < 0 || read(args[0], &x) < 0)
    return NULL;
  if (!is_any_int(args[1]))
    return error_format(ERROR_TYPE, "Expected an int as second argument to ldexp.");
  int64_t exponent;
  if (!int_to_i64(args[1], &exponent))
    exponent = int_sign(args[1]) < 0 ? INT64_MIN : INT64_MAX;
  if (x == 0 || !isfinite(x))
    return float_from(x);
  if (exponent < INT_MIN)
    return float_from(copysign(0.0, x));
  double result = exponent > INT_MAX ? INFINITY : ldexp(x, (int)exponent);
  return isinf(result) ? math_range_error() : float_from(result);
}

int math_isclose_begin(struct math_isclose *c, struct object *const *args, size_t n,
                       struct object *kwnames) {
  static const char *const names[] = {"a", "b", "rel_tol", "abs_tol"};
  static const struct args_spec spec = {"isclose", names, 4, 0, 2, 2};
  c->relative = 1e-9;
  c->absolute = 0;
  return args_parse(&spec, args, n, kwnames, c->v);
}
int math_isclose_read_tolerances(struct math_isclose *c) {
  if ((c->v[2] && read(c->v[2], &c->relative) < 0) || (c->v[3] && read(c->v[3], &c->absolute) < 0))
    return -1;
  if (c->relative < 0 || c->absolute < 0) {
    error_set(ERROR_VALUE, "tolerances must be non-negative");
    return -1;
  }
  return 0;
}
bool math_isclose_within(const struct math_isclose *c, double difference, double a, double b) {
  return difference <= fabs(c->relative * b) || difference <= fabs(c->relative * a) ||
         difference <= c->absolute;
}
static struct object *isclose(struct object *module, struct object *const *args, size_t n,
                              struct object *kwnames) {
  struct math_isclose c;
  double a, b;
  if (math_isclose_begin(&c, args, n, kwnames) < 0 || read(c.v[0], &a) < 0 ||
      read(c.v[1], &b) < 0 || math_isclose_read_tolerances(&c) < 0)
    return NULL;
  if (a == b)
    return hold(TRUE_);
  if (isinf(a) || isinf(b))
    return hold(FALSE_);
  return hold(bool_from(math_isclose_within(&c, fabs(b - a), a, b)));
}

#define X  "($module, x, /)\n--\n\n"
#define XY "($module, x, y, /)\n--\n\n"
static const struct method_def functions[] = {
    METHOD_ONE_("acos", acos_, X "The arc cosine of x, in radians, between 0 and pi."),
    METHOD_ONE_("acosh", acosh_, X "The inverse hyperbolic cosine of x."),
    METHOD_ONE_("asin", asin_, X "The arc sine of x, in radians, between -pi/2 and pi/2."),
    METHOD_ONE_("asinh", asinh_, X "The inverse hyperbolic sine of x."),
    METHOD_ONE_("atan", atan_, X "The arc tangent of x, in radians, between -pi/2 and pi/2."),
    METHOD_FAST_("atan2", atan2_,
                 "($module, y, x, /)\n--\n\nThe arc tangent of y/x in radians, in the quadrant of "
                 "(x, y)."),
    METHOD_ONE_("atanh", atanh_, X "The inverse hyperbolic tangent of x."),
    METHOD_ONE_("cbrt", cbrt_, X "The cube root of x."),
    METHOD_ONE_("ceil", ceil_, X "The smallest integer that is not below x."),
    METHOD_FAST_("comb", math_comb,
                 "($module, n, k, /)\n--\n\nThe number of ways to choose k of n items, in any "
                 "order, without repetition."),
    METHOD_FAST_("copysign", copysign_, XY "The magnitude of x with the sign of y."),
    METHOD_ONE_("cos", cos_, X "The cosine of x, in radians."),
    METHOD_ONE_("cosh", cosh_, X "The hyperbolic cosine of x."),
    METHOD_ONE_("degrees", degrees, X "An angle in radians as degrees."),
    METHOD_FAST_("dist", math_dist,
                 "($module, p, q, /)\n--\n\nThe Euclidean distance between two points, sequences "
                 "of coordinates."),
    METHOD_ONE_("erf", erf_, X "The error function of x."),
    METHOD_ONE_("erfc", erfc_, X "One minus the error function of x."),
    METHOD_ONE_("exp", exp_, X "e to the power of x."),
    METHOD_ONE_("exp2", exp2_, X "2 to the power of x."),
    METHOD_ONE_("expm1", expm1_, X "exp(x) - 1 without the loss of precision for small x."),
    METHOD_ONE_("fabs", fabs_, X "The magnitude of x, as a float."),
    METHOD_ONE_("factorial", math_factorial,
                "($module, n, /)\n--\n\nThe product of the integers from 1 to n."),
    METHOD_ONE_("floor", floor_, X "The largest integer that is not above x."),
    METHOD_FAST_("fmod", fmod_, XY "The remainder of x / y as C's fmod: with the sign of x."),
    METHOD_ONE_("frexp", frexp_,
                X "The pair (m, e) with x == m * 2**e and 0.5 <= abs(m) < 1; (0, 0) for 0."),
    METHOD_ONE_("fsum", math_fsum,
                "($module, seq, /)\n--\n\nThe sum of the numbers, rounded only once."),
    METHOD_ONE_("gamma", gamma_, X "The gamma function of x."),
    METHOD_FAST_("gcd", math_gcd,
                 "($module, *integers)\n--\n\nThe greatest common divisor of the integers."),
    METHOD_FAST_("hypot", math_hypot,
                 "hypot(*coordinates) -> value\n\nThe Euclidean distance of a point from the "
                 "origin."),
    METHOD_KEYWORDS_("isclose", isclose,
                     "($module, /, a, b, *, rel_tol=1e-09, abs_tol=0.0)\n--\n\nWhether two numbers "
                     "are close to each other: relative to the larger, or absolutely."),
    METHOD_ONE_("isfinite", isfinite_, X "Whether x is neither infinite nor NaN."),
    METHOD_ONE_("isinf", isinf_, X "Whether x is infinite."),
    METHOD_ONE_("isnan", isnan_, X "Whether x is NaN."),
    METHOD_ONE_("isqrt", math_isqrt,
                "($module, n, /)\n--\n\nThe integer part of the square root of an integer."),
    METHOD_FAST_("lcm", math_lcm,
                 "($module, *integers)\n--\n\nThe least common multiple of the integers."),
    METHOD_FAST_("ldexp", ldexp_, "($module, x, i, /)\n--\n\nx * 2**i: the inverse of frexp()."),
    METHOD_ONE_("lgamma", lgamma_,
                X "The natural logarithm of the magnitude of the gamma function of x."),
    METHOD_FAST_("log", log_, "log(x, [base=math.e])\nThe logarithm of x, natural without a base."),
    METHOD_ONE_("log10", log10_, X "The logarithm of x with base 10."),
    METHOD_ONE_("log1p", log1p_, X "log(1 + x) without the loss of precision for small x."),
    METHOD_ONE_("log2", log2_, X "The logarithm of x with base 2."),
    METHOD_ONE_("modf", modf_, X "The fractional and the integral part of x, with its sign."),
    METHOD_FAST_("nextafter", nextafter_, XY "The next float after x in the direction of y."),
    METHOD_FAST_("perm", math_perm,
                 "($module, n, k=None, /)\n--\n\nThe number of ways to choose k of n items, in "
                 "order, without repetition."),
    METHOD_FAST_("pow", pow_, XY "x to the power of y, as a float."),
    METHOD_KEYWORDS_("prod", math_prod,
                     "($module, iterable, /, *, start=1)\n--\n\nThe product of the elements and "
                     "the start value."),
    METHOD_ONE_("radians", radians, X "An angle in degrees as radians."),
    METHOD_FAST_("remainder", remainder_,
                 XY "The difference of x and the nearest multiple of y, ties to the even one."),
    METHOD_ONE_("sin", sin_, X "The sine of x, in radians."),
    METHOD_ONE_("sinh", sinh_, X "The hyperbolic sine of x."),
    METHOD_ONE_("sqrt", sqrt_, X "The square root of x."),
    METHOD_ONE_("tan", tan_, X "The tangent of x, in radians."),
    METHOD_ONE_("tanh", tanh_, X "The hyperbolic tangent of x."),
    METHOD_ONE_("trunc", trunc_, X "The integer nearest to x towards 0: x.__trunc__()."),
    METHOD_ONE_("ulp", ulp, X "The value of the lowest bit of x."),
    {NULL}};

int module_math_fill(struct object *module) {
  if (module_add_functions(module, functions) < 0 ||
      module_add_taking(module, "pi", float_from(M_PI)) < 0 ||
      module_add_taking(module, "e", float_from(M_E)) < 0 ||
      module_add_taking(module, "tau", float_from(2 * M_PI)) < 0 ||
      module_add_taking(module, "inf", float_from(INFINITY)) < 0)
    return -1;
  return module_add_taking(module, "nan", float_from(NAN));
}
