/* What the files of the module `math` share. */
#pragma once
#include "runtime/object/call.h"

/* Functions of one number and how they fail: special.c. errno tells EDOM and ERANGE. */
double math_gamma(double x);
double math_lgamma(double x);

/* integers.c */
struct object *math_factorial(struct object *module, struct object *n);
struct object *math_isqrt(struct object *module, struct object *n);
struct object *math_gcd(struct object *module, struct object *const *args, size_t n);
struct object *math_lcm(struct object *module, struct object *const *args, size_t n);
struct object *math_comb(struct object *module, struct object *const *args, size_t n);
struct object *math_perm(struct object *module, struct object *const *args, size_t n);

/* sums.c */
struct object *math_fsum(struct object *module, struct object *iterable);
struct object *math_prod(struct object *module, struct object *const *args, size_t n,
                         struct object *kwnames);
struct object *math_hypot(struct object *module, struct object *const *args, size_t n);
struct object *math_dist(struct object *module, struct object *const *args, size_t n);

/* isclose(a, b, *, rel_tol=1e-09, abs_tol=0.0), of floats and complex numbers: what was given (v),
 * read in that order; then whether numbers of these sizes are that close. -1 with an error. */
struct math_isclose {
  struct object *v[4];
  double relative, absolute;
};
int math_isclose_begin(struct math_isclose *c, struct object *const *args, size_t n,
                       struct object *kwnames);
int math_isclose_read_tolerances(struct math_isclose *c);
bool math_isclose_within(const struct math_isclose *c, double difference, double a, double b);

void *math_domain_error(void) __attribute__((cold)); /* both return NULL */
void *math_range_error(void) __attribute__((cold));
