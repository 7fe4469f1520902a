/* Seeded random numbers: xoshiro256** 1.0 (Blackman and Vigna, 2018), seeded by splitmix64.
 * The same seed gives the same stream on every machine. */
#pragma once
#include <stddef.h>
#include <stdint.h>

struct random {
  uint64_t s[4];
};

void random_seed(struct random *r, uint64_t seed);

static inline uint64_t random_next(struct random *r) {
  uint64_t *s = r->s, x = s[1] * 5, result = ((x << 7) | (x >> 57)) * 9, t = s[1] << 17;
  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= t;
  s[3] = (s[3] << 45) | (s[3] >> 19);
  return result;
}

/* Uniform in [0, n), n > 0: Lemire's multiplication; the bias is below n / 2^64. */
static inline uint64_t random_below(struct random *r, uint64_t n) {
  return (uint64_t)(((unsigned __int128)random_next(r) * n) >> 64);
}
/* Uniform in [0, 1), 53 bits. */
static inline double random_unit(struct random *r) {
  return (double)(random_next(r) >> 11) * 0x1p-53;
}
/* Fisher and Yates, in place. */
void random_shuffle(struct random *r, void *items, size_t n, size_t item_bytes);
