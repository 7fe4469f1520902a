/* The module `_statistics`: the inverse of the normal distribution, by Wichura's algorithm AS 241
 * (Applied Statistics 37, 1988), a quotient of polynomials in each of three ranges. */
#include "runtime/modules/module.h"
#include "runtime/object/exception.h"
#include "runtime/object/float.h"
#include "runtime/object/protocol.h"
#include <math.h>

enum { TERMS = 8 }; /* highest power first */
static const double middle_above[TERMS] = {2.5090809287301226727e+3, 3.3430575583588128105e+4,
                                           6.7265770927008700853e+4, 4.5921953931549871457e+4,
                                           1.3731693765509461125e+4, 1.9715909503065514427e+3,
                                           1.3314166789178437745e+2, 3.3871328727963666080e+0};
static const double middle_below[TERMS] = {5.2264952788528545610e+3, 2.8729085735721942674e+4,
                                           3.9307895800092710610e+4, 2.1213794301586595867e+4,
                                           5.3941960214247511077e+3, 6.8718700749205790830e+2,
                                           4.2313330701600911252e+1, 1.0};
static const double far_above[TERMS] = {7.74545014278341407640e-4, 2.27238449892691845833e-2,
                                        2.41780725177450611770e-1, 1.27045825245236838258e+0,
                                        3.64784832476320460504e+0, 5.76949722146069140550e+0,
                                        4.63033784615654529590e+0, 1.42343711074968357734e+0};
static const double far_below[TERMS] = {1.05075007164441684324e-9, 5.47593808499534494600e-4,
                                        1.51986665636164571966e-2, 1.48103976427480074590e-1,
                                        6.89767334985100004550e-1, 1.67638483018380384940e+0,
                                        2.05319162663775882187e+0, 1.0};
static const double end_above[TERMS] = {2.01033439929228813265e-7, 2.71155556874348757815e-5,
                                        1.24266094738807843860e-3, 2.65321895265761230930e-2,
                                        2.96560571828504891230e-1, 1.78482653991729133580e+0,
                                        5.46378491116411436990e+0, 6.65790464350110377720e+0};
static const double end_below[TERMS] = {2.04426310338993978564e-15, 1.42151175831644588870e-7,
                                        1.84631831751005468180e-5,  7.86869131145613259100e-4,
                                        1.48753612908506148525e-2,  1.36929880922735805310e-1,
                                        5.99832206555887937690e-1,  1.0};

static double polynomial(const double terms[TERMS], double x) {
  double sum = terms[0];
  for (int i = 1; i < TERMS; i++)
    sum = sum * x + terms[i];
  return sum;
}

/* 0 < p < 1; how many standard deviations from the mean. */
static double quantile(double p) {
  double q = p - 0.5;
  if (fabs(q) <= 0.425) {
    double r = 0.180625 - q * q;
    return polynomial(middle_above, r) * q / polynomial(middle_below, r);
  }
  double r = sqrt(-log(q <= 0 ? p : 1 - p)), x;
  if (r <= 5)
    x = polynomial(far_above, r - 1.6) / polynomial(far_below, r - 1.6);
  else
    x = polynomial(end_above, r - 5) / polynomial(end_below, r - 5);
  return q < 0 ? -x : x;
}

static struct object *normal_dist_inv_cdf(struct object *module, struct object *const *args,
                                          size_t n) {
  double p, mean, deviation;
  if (args_check_count("_normal_dist_inv_cdf", n, 3, 3) < 0 || number_to_double(args[0], &p) < 0 ||
      number_to_double(args[1], &mean) < 0 || number_to_double(args[2], &deviation) < 0)
    return NULL;
  if (p <= 0 || p >= 1 || deviation <= 0)
    return error_format(ERROR_VALUE, "inv_cdf undefined for these parameters");
  return float_from(mean + quantile(p) * deviation);
}

static const struct method_def functions[] = {
    METHOD_FAST_("_normal_dist_inv_cdf", normal_dist_inv_cdf,
                 "($module, p, mu, sigma, /)\n--\n\nWhere the normal distribution reaches p."),
    {NULL}};

int module_statistics_fill(struct object *module) {
  return module_add_functions(module, functions) < 0
             ? -1
             : module_add_text(module, "__doc__", "What is in C of the module statistics.");
}
