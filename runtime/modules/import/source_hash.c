/* SipHash with one round per word and three at the end. */
#include "runtime/modules/import/import.h"
#include <string.h>

static uint64_t rotate(uint64_t x, unsigned n) { return x << n | x >> (64 - n); }

static void round_of(uint64_t v[4]) {
  v[0] += v[1];
  v[2] += v[3];
  v[1] = rotate(v[1], 13) ^ v[0];
  v[3] = rotate(v[3], 16) ^ v[2];
  v[0] = rotate(v[0], 32);
  v[2] += v[1];
  v[0] += v[3];
  v[1] = rotate(v[1], 17) ^ v[2];
  v[3] = rotate(v[3], 21) ^ v[0];
  v[2] = rotate(v[2], 32);
}

uint64_t source_hash(uint64_t key, const void *data, size_t n) {
  uint64_t v[4] = {key ^ 0x736f6d6570736575u, 0x646f72616e646f6du, key ^ 0x6c7967656e657261u,
                   0x7465646279746573u};
  const unsigned char *p = data, *end = p + (n & ~(size_t)7);
  for (; p < end; p += 8) {
    uint64_t word;
    memcpy(&word, p, 8);
    v[3] ^= word;
    round_of(v);
    v[0] ^= word;
  }
  uint64_t last = 0;
  memcpy(&last, p, n & 7);
  last |= (uint64_t)n << 56;
  v[3] ^= last;
  round_of(v);
  v[0] ^= last;
  v[2] ^= 0xff;
  for (unsigned i = 0; i < 3; i++)
    round_of(v);
  return v[0] ^ v[1] ^ v[2] ^ v[3];
}
