/* Seeding and shuffling. */
#include "base/random.h"
#include "base/check.h"
#include <string.h>

static uint64_t splitmix64(uint64_t *state) {
  uint64_t z = (*state += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

void random_seed(struct random *r, uint64_t seed) {
  for (int i = 0; i < 4; i++)
    r->s[i] = splitmix64(&seed);
}

void random_shuffle(struct random *r, void *items, size_t n, size_t item_bytes) {
  char *base = items, swap[64];
  if (item_bytes > sizeof swap)
    fatal("random_shuffle: items of %zu bytes", item_bytes);
  for (size_t i = n; i > 1; i--) {
    char *a = base + (i - 1) * item_bytes, *b = base + random_below(r, i) * item_bytes;
    memcpy(swap, a, item_bytes);
    memcpy(a, b, item_bytes);
    memcpy(b, swap, item_bytes);
  }
}
