/* The gamma function and its logarithm, by Lanczos' approximation with 13 terms and g = 6.0246...:
 * the coefficients are those of the rational form that Boost publishes, so that results agree with
 * CPython's to the last bit. */
#include "runtime/modules/math/math.h"
#include <errno.h>
#include <math.h>

enum { TERMS = 13 };
static const double g = 6.024680040776729583740234375;
static const double g_minus_half = 5.524680040776729583740234375;
static const double log_pi = 1.144729885849400174143427351353058711647;
static const double above[TERMS] = {23531376880.410759688572007674451636754734846804940,
                                    42919803642.649098768957899047001988850926355848959,
                                    35711959237.355668049440185451547166705960488635843,
                                    17921034426.037209699919755754458931112671403265390,
                                    6039542586.3520280050642916443072979210699388420708,
                                    1439720407.3117216736632230727949123939715485786372,
                                    248874557.86205415651146038641322942321632125127801,
                                    31426415.585400194380614231628318205362874684987640,
                                    2876370.6289353724412254090516208496135991145378768,
                                    186056.26539522349504029498971604569928220784236328,
                                    8071.6720023658162106380029022722506138218516325024,
                                    210.82427775157934587250973392071336271166969580291,
                                    2.5066282746310002701649081771338373386264310793408};
static const double below[TERMS] = {0.0,        39916800.0, 120543840.0, 150917976.0, 105258076.0,
                                    45995730.0, 13339535.0, 2637558.0,   357423.0,    32670.0,
                                    1925.0,     66.0,       1.0};

/* The two polynomials' quotient; from the other end for large x, where powers would overflow. */
static double lanczos_sum(double x) {
  double numerator = 0, denominator = 0;
  if (x < 5)
    for (int i = TERMS; i-- > 0;) {
      numerator = numerator * x + above[i];
      denominator = denominator * x + below[i];
    }
  else
    for (int i = 0; i < TERMS; i++) {
      numerator = numerator / x + above[i];
      denominator = denominator / x + below[i];
    }
  return numerator / denominator;
}

/* sin(pi * x) without the error of pi * x; x is finite. */
static double sin_pi(double x) {
  double y = fmod(fabs(x), 2.0), result;
  switch ((int)round(2 * y)) {
  case 0:
    result = sin(M_PI * y);
    break;
  case 1:
    result = cos(M_PI * (y - 0.5));
    break;
  case 2:
    result = sin(M_PI * (1 - y));
    break;
  case 3:
    result = -cos(M_PI * (y - 1.5));
    break;
  default:
    result = sin(M_PI * (y - 2));
  }
  return copysign(1.0, x) * result;
}

static double gamma_of_whole(int n) {
  double product = 1; /* exact to 22! */
  for (int i = 2; i < n; i++)
    product *= i;
  return product;
}

double math_gamma(double x) {
  if (!isfinite(x)) {
    if (isnan(x) || x > 0)
      return x;
    errno = EDOM;
    return NAN;
  }
  if (x == 0) {
    errno = EDOM;
    return copysign(INFINITY, x);
  }
  if (x == floor(x)) {
    if (x < 0) {
      errno = EDOM;
      return NAN;
    }
    if (x <= 23)
      return gamma_of_whole((int)x);
  }
  double magnitude = fabs(x), result;
  if (magnitude < 1e-20) {
    result = 1 / x;
    if (isinf(result))
      errno = ERANGE;
    return result;
  }
  if (magnitude > 200) {
    if (x < 0)
      return 0.0 / sin_pi(x);
    errno = ERANGE;
    return INFINITY;
  }
  /* z corrects what rounding did to y. */
  double y = magnitude + g_minus_half, z;
  if (magnitude > g_minus_half)
    z = (y - magnitude) - g_minus_half;
  else
    z = (y - g_minus_half) - magnitude;
  z = z * g / y;
  bool in_halves = magnitude >= 140; /* the power itself would overflow */
  double power = in_halves ? pow(y, magnitude / 2 - 0.25) : pow(y, magnitude - 0.5);
  if (x < 0) {
    result = -M_PI / sin_pi(magnitude) / magnitude * exp(y) / lanczos_sum(magnitude);
    result -= z * result;
    result /= power;
    if (in_halves)
      result /= power;
  } else {
    result = lanczos_sum(magnitude) / exp(y);
    result += z * result;
    result *= power;
    if (in_halves)
      result *= power;
  }
  if (isinf(result))
    errno = ERANGE;
  return result;
}

double math_lgamma(double x) {
  if (!isfinite(x))
    return isnan(x) ? x : INFINITY;
  if (x == floor(x) && x <= 2) {
    if (x > 0)
      return 0;
    errno = EDOM;
    return INFINITY;
  }
  double magnitude = fabs(x);
  if (magnitude < 1e-20)
    return -log(magnitude);
  double result = log(lanczos_sum(magnitude)) - g;
  result += (magnitude - 0.5) * (log(magnitude + g - 0.5) - 1);
  if (x < 0)
    result = log_pi - log(fabs(sin_pi(magnitude))) - log(magnitude) - result;
  if (isinf(result))
    errno = ERANGE;
  return result;
}
