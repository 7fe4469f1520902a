/* The module `cmath`: functions of complex numbers.
 *
 * Finite arguments go through formulas that neither overflow nor cancel on the way (Kahan; Hull,
 * Fairgrieve and Tang), in the order in which CPython evaluates them, so that results agree to the
 * last bit. For infinities and NaN the C library follows Annex G of the C standard, as Python does.
 * EDOM and ERANGE are the errors, kept apart from errno, which the C library sets where Python
 * sees none. */
#include "runtime/modules/math/math.h"
#include "runtime/modules/module.h"
#include "runtime/object/complex.h"
#include "runtime/object/exception.h"
#include "runtime/object/float.h"
#include "runtime/object/protocol.h"
#include "runtime/object/tuple.h"
#include <complex.h>
#include <errno.h>
#include <float.h>
#include <math.h>

typedef struct complex_number number;
static _Thread_local int failure; /* of the function that runs; 0: none */

typedef double complex wide; /* C's own complex numbers, for what is not finite */

#define LARGE (DBL_MAX / 4)

static bool is_finite(number z) { return isfinite(z.real) && isfinite(z.imag); }
/* Where the C standard leaves signs and NaN open, `open_case` says what Python does. */
static number by_library(number z, wide (*function)(wide), bool open_case, number open_value) {
  if (open_case)
    return open_value;
  const union {
    double parts[2];
    wide whole;
  } both = {{z.real, z.imag}}; /* clang knows no CMPLX */
  wide w = function(both.whole);
  return (number){creal(w), cimag(w)};
}
static const number no_number = {NAN, NAN};
static number times_i(number z) { return (number){-z.imag, z.real}; }
static number by_i(number z) { return (number){z.imag, -z.real}; }
static double log_large(void) { return log(LARGE); }

/* Infinite along one axis, turned by a finite angle other than 0. */
static bool is_turned_infinity(number z) {
  return isinf(z.real) && isfinite(z.imag) && z.imag != 0;
}
static void note_overflow(number z) {
  if (isinf(z.real) || isinf(z.imag))
    failure = ERANGE;
}

/* ---- Square root, logarithms, exponential ---- */

static number square_root(number z) {
  if (!is_finite(z))
    return by_library(z, csqrt, false, no_number);
  if (z.real == 0 && z.imag == 0)
    return (number){0, z.imag};
  double x = fabs(z.real), y = fabs(z.imag), s;
  if (x < DBL_MIN && y < DBL_MIN) { /* subnormal: scaled up by 2^53 */
    x = ldexp(x, 53);
    s = ldexp(sqrt(x + hypot(x, ldexp(y, 53))), -27);
  } else {
    x /= 8;
    s = 2 * sqrt(x + hypot(x, y / 8));
  }
  double d = y / (2 * s);
  return z.real >= 0 ? (number){s, copysign(d, z.imag)} : (number){d, copysign(s, z.imag)};
}

static number logarithm(number z) {
  if (!is_finite(z))
    return by_library(z, clog, false, no_number);
  double x = fabs(z.real), y = fabs(z.imag), real;
  if (x > LARGE || y > LARGE)
    real = log(hypot(x / 2, y / 2)) + M_LN2;
  else if (x < DBL_MIN && y < DBL_MIN) {
    if (x > 0 || y > 0)
      real = log(hypot(ldexp(x, DBL_MANT_DIG), ldexp(y, DBL_MANT_DIG))) - DBL_MANT_DIG * M_LN2;
    else {
      real = -INFINITY;
      failure = EDOM;
    }
  } else {
    double h = hypot(x, y);
    if (0.71 <= h && h <= 1.73) { /* near the unit circle: log1p of what it misses */
      double most = x > y ? x : y, least = x > y ? y : x;
      real = log1p((most - 1) * (most + 1) + least * least) / 2;
    } else
      real = log(h);
  }
  return (number){real, atan2(z.imag, z.real)};
}
static number logarithm_10(number z) {
  number r = logarithm(z);
  return (number){r.real / M_LN10, r.imag / M_LN10};
}

static number exponential(number z) {
  number r;
  if (!is_finite(z)) {
    if (is_turned_infinity(z)) {
      double length = z.real > 0 ? INFINITY : 0;
      r = (number){copysign(length, cos(z.imag)), copysign(length, sin(z.imag))};
    } else
      r = by_library(z, cexp, z.real < 0 && isinf(z.real) && !isfinite(z.imag), (number){0, 0});
    failure = isinf(z.imag) && (isfinite(z.real) || z.real > 0) ? EDOM : 0;
    return r;
  }
  if (z.real > log_large()) {
    double length = exp(z.real - 1);
    r = (number){length * cos(z.imag) * M_E, length * sin(z.imag) * M_E};
  } else {
    double length = exp(z.real);
    r = (number){length * cos(z.imag), length * sin(z.imag)};
  }
  note_overflow(r);
  return r;
}

/* ---- Hyperbolic and circular functions: the latter are the former, turned ---- */

static number hyperbolic_cosine(number z) {
  number r;
  if (!is_finite(z)) {
    if (is_turned_infinity(z))
      r = (number){copysign(INFINITY, cos(z.imag)),
                   copysign(INFINITY, z.real > 0 ? sin(z.imag) : -sin(z.imag))};
    else
      r = by_library(z, ccosh, isnan(z.real) && z.imag == 0, (number){NAN, 0});
    failure = isinf(z.imag) && !isnan(z.real) ? EDOM : 0;
    return r;
  }
  if (fabs(z.real) > log_large()) {
    double x = z.real - copysign(1, z.real);
    r = (number){cos(z.imag) * cosh(x) * M_E, sin(z.imag) * sinh(x) * M_E};
  } else
    r = (number){cos(z.imag) * cosh(z.real), sin(z.imag) * sinh(z.real)};
  note_overflow(r);
  return r;
}

static number hyperbolic_sine(number z) {
  number r;
  if (!is_finite(z)) {
    if (is_turned_infinity(z))
      r = (number){copysign(INFINITY, z.real > 0 ? cos(z.imag) : -cos(z.imag)),
                   copysign(INFINITY, sin(z.imag))};
    else
      r = by_library(z, csinh, z.real == 0 && isnan(z.imag), (number){0, NAN});
    failure = isinf(z.imag) && !isnan(z.real) ? EDOM : 0;
    return r;
  }
  if (fabs(z.real) > log_large()) {
    double x = z.real - copysign(1, z.real);
    r = (number){cos(z.imag) * sinh(x) * M_E, sin(z.imag) * cosh(x) * M_E};
  } else
    r = (number){cos(z.imag) * sinh(z.real), sin(z.imag) * cosh(z.real)};
  note_overflow(r);
  return r;
}

static number hyperbolic_tangent(number z) {
  if (!is_finite(z)) {
    number r;
    if (is_turned_infinity(z))
      r = (number){copysign(1, z.real), copysign(0, 2 * sin(z.imag) * cos(z.imag))};
    else if (z.real == 0)
      r = no_number;
    else
      r = by_library(z, ctanh, isinf(z.real) && isinf(z.imag), (number){copysign(1, z.real), 0});
    failure = isinf(z.imag) && isfinite(z.real) ? EDOM : 0;
    return r;
  }
  if (fabs(z.real) > log_large())
    return (number){copysign(1, z.real), 4 * sin(z.imag) * cos(z.imag) * exp(-2 * fabs(z.real))};
  double x = tanh(z.real), y = tan(z.imag), c = 1 / cosh(z.real), xy = x * y, divisor = 1 + xy * xy;
  return (number){x * (1 + y * y) / divisor, y / divisor * c * c};
}

static number cosine(number z) { return hyperbolic_cosine(times_i(z)); }
static number sine(number z) { return by_i(hyperbolic_sine(times_i(z))); }
static number tangent(number z) { return by_i(hyperbolic_tangent(times_i(z))); }

/* ---- Their inverses ---- */

static bool is_large(number z) { return fabs(z.real) > LARGE || fabs(z.imag) > LARGE; }
static double log_of_large(number z) { return log(hypot(z.real / 2, z.imag / 2)) + M_LN2 * 2; }

static number arc_cosine(number z) {
  if (!is_finite(z))
    return by_library(z, cacos, isinf(z.real) && isnan(z.imag), (number){NAN, INFINITY});
  if (is_large(z))
    return (number){atan2(fabs(z.imag), z.real), copysign(log_of_large(z), -z.imag)};
  number a = square_root((number){1 - z.real, -z.imag}),
         b = square_root((number){1 + z.real, z.imag});
  return (number){2 * atan2(a.real, b.real), asinh(b.real * a.imag - b.imag * a.real)};
}
static number area_cosine(number z) {
  if (!is_finite(z))
    return by_library(z, cacosh, z.real == 0 && isnan(z.imag), no_number);
  if (is_large(z))
    return (number){log_of_large(z), atan2(z.imag, z.real)};
  number a = square_root((number){z.real - 1, z.imag}),
         b = square_root((number){z.real + 1, z.imag});
  return (number){asinh(a.real * b.real + a.imag * b.imag), 2 * atan2(a.imag, b.real)};
}
static number area_sine(number z) {
  if (!is_finite(z))
    return by_library(z, casinh, isnan(z.real) && isinf(z.imag), (number){INFINITY, NAN});
  if (is_large(z))
    return (number){copysign(log_of_large(z), z.real), atan2(z.imag, fabs(z.real))};
  number a = square_root((number){1 + z.imag, -z.real}),
         b = square_root((number){1 - z.imag, z.real});
  return (number){asinh(a.real * b.imag - b.real * a.imag),
                  atan2(z.imag, a.real * b.real - a.imag * b.imag)};
}
static number area_tangent(number z) {
  if (!is_finite(z))
    return by_library(z, catanh, isnan(z.real) && isinf(z.imag),
                      (number){0, copysign(M_PI_2, z.imag)});
  if (signbit(z.real)) { /* odd */
    number r = area_tangent((number){-z.real, -z.imag});
    return (number){-r.real, -r.imag};
  }
  double y = fabs(z.imag), far = sqrt(LARGE);
  if (z.real > far || y > far) {
    double h = hypot(z.real / 2, z.imag / 2);
    return (number){z.real / 4 / h / h, -copysign(M_PI_2, -z.imag)};
  }
  if (z.real == 1 && y < sqrt(DBL_MIN)) {
    if (y == 0) {
      failure = EDOM;
      return (number){INFINITY, z.imag};
    }
    return (number){-log(sqrt(y) / sqrt(hypot(y, 2))), copysign(atan2(2, -y) / 2, z.imag)};
  }
  double x = 1 - z.real;
  return (number){log1p(4 * z.real / (x * x + y * y)) / 4,
                  -atan2(-2 * z.imag, x * (1 + z.real) - y * y) / 2};
}
static number arc_sine(number z) { return by_i(area_sine(times_i(z))); }
static number arc_tangent(number z) { return by_i(area_tangent(times_i(z))); }

/* ---- Python's functions ---- */

static struct object *checked(number r) {
  if (failure == EDOM)
    return math_domain_error();
  if (failure == ERANGE)
    return math_range_error();
  return complex_from(r.real, r.imag);
}
#define ONE(name, function)                                                                        \
  static struct object *name(struct object *module, struct object *o) {                            \
    number z;                                                                                      \
    if (number_to_complex(o, &z) < 0)                                                              \
      return NULL;                                                                                 \
    failure = 0;                                                                                   \
    return checked(function(z));                                                                   \
  }
ONE(acos_, arc_cosine)
ONE(acosh_, area_cosine)
ONE(asin_, arc_sine)
ONE(asinh_, area_sine)
ONE(atan_, arc_tangent)
ONE(atanh_, area_tangent)
ONE(cos_, cosine)
ONE(cosh_, hyperbolic_cosine)
ONE(exp_, exponential)
ONE(log10_, logarithm_10)
ONE(sin_, sine)
ONE(sinh_, hyperbolic_sine)
ONE(sqrt_, square_root)
ONE(tan_, tangent)
ONE(tanh_, hyperbolic_tangent)

static struct object *log_(struct object *module, struct object *const *args, size_t n) {
  number z, base;
  if (args_check_count("log", n, 1, 2) < 0 || number_to_complex(args[0], &z) < 0 ||
      (n > 1 && number_to_complex(args[1], &base) < 0))
    return NULL;
  failure = 0;
  z = logarithm(z);
  if (n > 1 && !complex_divide(z, logarithm(base), &z))
    failure = EDOM;
  return checked(z);
}

static struct object *phase(struct object *module, struct object *o) {
  number z;
  if (number_to_complex(o, &z) < 0)
    return NULL;
  errno = 0;
  double angle = atan2(z.imag, z.real);
  return errno == ERANGE ? math_range_error() : float_from(angle); /* 3.11: for tiny angles, too */
}
static struct object *polar(struct object *module, struct object *o) {
  number z;
  if (number_to_complex(o, &z) < 0)
    return NULL;
  double length = hypot(z.real, z.imag);
  if (isinf(length) && is_finite(z))
    return math_range_error();
  struct object *r = float_from(length), *phi = r ? float_from(atan2(z.imag, z.real)) : NULL;
  struct object *result = phi ? tuple_pack(2, r, phi) : NULL;
  drop_null(r);
  drop_null(phi);
  return result;
}

/* A length and an angle of which one is not finite. */
static number rect_of_special(double r, double phi) {
  if (isinf(r) && isfinite(phi) && phi != 0) {
    double x = copysign(INFINITY, cos(phi)), y = copysign(INFINITY, sin(phi));
    return r > 0 ? (number){x, y} : (number){-x, -y};
  }
  failure = r != 0 && !isnan(r) && isinf(phi) ? EDOM : 0;
  if (phi == 0)
    return (number){r, isnan(r) ? 0 : copysign(0, r) * copysign(1, phi)};
  if (r == 0)
    return (number){0, 0};
  return (number){isinf(r) ? INFINITY : NAN, NAN};
}
static struct object *rect(struct object *module, struct object *const *args, size_t n) {
  double r, phi;
  if (args_check_count("rect", n, 2, 2) < 0 || number_to_double(args[0], &r) < 0 ||
      number_to_double(args[1], &phi) < 0)
    return NULL;
  failure = 0;
  if (!isfinite(r) || !isfinite(phi))
    return checked(rect_of_special(r, phi));
  if (phi == 0)
    return complex_from(r, r * phi);
  return complex_from(r * cos(phi), r * sin(phi));
}

#define TEST(name, test)                                                                           \
  static struct object *name(struct object *module, struct object *o) {                            \
    number z;                                                                                      \
    return number_to_complex(o, &z) < 0 ? NULL : hold(bool_from(test));                            \
  }
TEST(isfinite_, is_finite(z))
TEST(isinf_, isinf(z.real) || isinf(z.imag))
TEST(isnan_, isnan(z.real) || isnan(z.imag))

static double length_of(number z) { return hypot(z.real, z.imag); }
static struct object *isclose(struct object *module, struct object *const *args, size_t n,
                              struct object *kwnames) {
  struct math_isclose c;
  number a, b;
  if (math_isclose_begin(&c, args, n, kwnames) < 0 || number_to_complex(c.v[0], &a) < 0 ||
      number_to_complex(c.v[1], &b) < 0 || math_isclose_read_tolerances(&c) < 0)
    return NULL;
  if (a.real == b.real && a.imag == b.imag)
    return hold(TRUE_);
  if (isinf(a.real) || isinf(a.imag) || isinf(b.real) || isinf(b.imag))
    return hold(FALSE_);
  double difference = length_of((number){a.real - b.real, a.imag - b.imag});
  return hold(bool_from(math_isclose_within(&c, difference, length_of(a), length_of(b))));
}

#define Z "($module, z, /)\n--\n\n"
static const struct method_def functions[] = {
    METHOD_ONE_("acos", acos_, Z "The arc cosine of z."),
    METHOD_ONE_("acosh", acosh_, Z "The inverse hyperbolic cosine of z."),
    METHOD_ONE_("asin", asin_, Z "The arc sine of z."),
    METHOD_ONE_("asinh", asinh_, Z "The inverse hyperbolic sine of z."),
    METHOD_ONE_("atan", atan_, Z "The arc tangent of z."),
    METHOD_ONE_("atanh", atanh_, Z "The inverse hyperbolic tangent of z."),
    METHOD_ONE_("cos", cos_, Z "The cosine of z."),
    METHOD_ONE_("cosh", cosh_, Z "The hyperbolic cosine of z."),
    METHOD_ONE_("exp", exp_, Z "e to the power of z."),
    METHOD_KEYWORDS_("isclose", isclose,
                     "($module, /, a, b, *, rel_tol=1e-09, abs_tol=0.0)\n--\n\nWhether two complex "
                     "numbers are close to each other: relative to the larger, or absolutely."),
    METHOD_ONE_("isfinite", isfinite_, Z "Whether both parts of z are finite."),
    METHOD_ONE_("isinf", isinf_, Z "Whether a part of z is infinite."),
    METHOD_ONE_("isnan", isnan_, Z "Whether a part of z is NaN."),
    METHOD_FAST_("log", log_,
                 "($module, z, base=<unrepresentable>, /)\n--\n\nThe logarithm of z, natural "
                 "without a base."),
    METHOD_ONE_("log10", log10_, Z "The logarithm of z with base 10."),
    METHOD_ONE_("phase", phase, Z "The angle of z as a point of the plane."),
    METHOD_ONE_("polar", polar, Z "Length and angle of z as a point of the plane."),
    METHOD_FAST_("rect", rect, "($module, r, phi, /)\n--\n\nThe number of a length and an angle."),
    METHOD_ONE_("sin", sin_, Z "The sine of z."),
    METHOD_ONE_("sinh", sinh_, Z "The hyperbolic sine of z."),
    METHOD_ONE_("sqrt", sqrt_, Z "The square root of z."),
    METHOD_ONE_("tan", tan_, Z "The tangent of z."),
    METHOD_ONE_("tanh", tanh_, Z "The hyperbolic tangent of z."),
    {NULL}};

int module_cmath_fill(struct object *module) {
  if (module_add_functions(module, functions) < 0 ||
      module_add_taking(module, "pi", float_from(M_PI)) < 0 ||
      module_add_taking(module, "e", float_from(M_E)) < 0 ||
      module_add_taking(module, "tau", float_from(2 * M_PI)) < 0 ||
      module_add_taking(module, "inf", float_from(INFINITY)) < 0 ||
      module_add_taking(module, "infj", complex_from(0, INFINITY)) < 0 ||
      module_add_taking(module, "nan", float_from(NAN)) < 0)
    return -1;
  return module_add_taking(module, "nanj", complex_from(0, NAN));
}
