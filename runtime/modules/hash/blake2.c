/* BLAKE2 after RFC 7693. The two kinds differ in the width of words, in how far they are rotated,
 * and in the number of rounds: one text, compiled for both. */
#include "runtime/modules/hash/blake2.h"
#include "base/bits.h"
#include <string.h>

const struct blake2_kind blake2b = {"blake2b", 128, 64, 64, 16, 16, UINT64_MAX};
const struct blake2_kind blake2s = {"blake2s", 64, 32, 32, 8, 8, (UINT64_C(1) << 48) - 1};

/* The first bits of the square roots of the first eight primes, behind the point: the 32-bit words
 * are their upper halves. */
static const uint64_t start64[8] = {0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b,
                                    0xa54ff53a5f1d36f1, 0x510e527fade682d1, 0x9b05688c2b3e6c1f,
                                    0x1f83d9abfb41bd6b, 0x5be0cd19137e2179};
static const uint32_t start32[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

/* In which order a round takes the words of the block; rounds from the eleventh on begin again. */
static const uint8_t orders[10][16] = {{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
                                       {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
                                       {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4},
                                       {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
                                       {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13},
                                       {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
                                       {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11},
                                       {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
                                       {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5},
                                       {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0}};

#define MIX(bits, a, b, c, d, x, y, r1, r2, r3, r4)                                                \
  do {                                                                                             \
    v[a] += v[b] + (x);                                                                            \
    v[d] = ROTATE(bits, v[d] ^ v[a], r1);                                                          \
    v[c] += v[d];                                                                                  \
    v[b] = ROTATE(bits, v[b] ^ v[c], r2);                                                          \
    v[a] += v[b] + (y);                                                                            \
    v[d] = ROTATE(bits, v[d] ^ v[a], r3);                                                          \
    v[c] += v[d];                                                                                  \
    v[b] = ROTATE(bits, v[b] ^ v[c], r4);                                                          \
  } while (0)
#define ROTATE(bits, x, r) ((x) >> (r) | (x) << (bits - (r)))

/* One block into the chain. Words are read as they lie in memory: the machine's order is the
 * standard's. */
#define COMPRESS(bits, rounds, r1, r2, r3, r4)                                                     \
  static void compress##bits(struct blake2 *h, const unsigned char *block, bool last) {            \
    typedef uint##bits##_t word;                                                                   \
    word m[16], v[16], *chain = h->chain##bits;                                                    \
    memcpy(m, block, sizeof m);                                                                    \
    memcpy(v, chain, sizeof v / 2);                                                                \
    memcpy(v + 8, start##bits, sizeof v / 2);                                                      \
    v[12] ^= (word)h->bytes_low;                                                                   \
    v[13] ^= bits == 64 ? (word)h->bytes_high : (word)(h->bytes_low >> 32);                        \
    v[14] ^= last ? (word)-1 : 0;                                                                  \
    v[15] ^= last && h->is_last_node ? (word)-1 : 0;                                               \
    for (int round = 0; round < rounds; round++) {                                                 \
      const uint8_t *o = orders[round % 10];                                                       \
      MIX(bits, 0, 4, 8, 12, m[o[0]], m[o[1]], r1, r2, r3, r4);                                    \
      MIX(bits, 1, 5, 9, 13, m[o[2]], m[o[3]], r1, r2, r3, r4);                                    \
      MIX(bits, 2, 6, 10, 14, m[o[4]], m[o[5]], r1, r2, r3, r4);                                   \
      MIX(bits, 3, 7, 11, 15, m[o[6]], m[o[7]], r1, r2, r3, r4);                                   \
      MIX(bits, 0, 5, 10, 15, m[o[8]], m[o[9]], r1, r2, r3, r4);                                   \
      MIX(bits, 1, 6, 11, 12, m[o[10]], m[o[11]], r1, r2, r3, r4);                                 \
      MIX(bits, 2, 7, 8, 13, m[o[12]], m[o[13]], r1, r2, r3, r4);                                  \
      MIX(bits, 3, 4, 9, 14, m[o[14]], m[o[15]], r1, r2, r3, r4);                                  \
    }                                                                                              \
    for (int i = 0; i < 8; i++)                                                                    \
      chain[i] ^= v[i] ^ v[i + 8];                                                                 \
  }
COMPRESS(64, 12, 32, 24, 16, 63)
COMPRESS(32, 10, 16, 12, 8, 7)

static void take_block(struct blake2 *h, const unsigned char *block, size_t n, bool last) {
  h->bytes_low += n;
  h->bytes_high += h->bytes_low < n;
  if (h->kind == &blake2b)
    compress64(h, block, last);
  else
    compress32(h, block, last);
}

static unsigned char *put(unsigned char *to, uint64_t value, size_t bytes) {
  memcpy(to, &value, bytes);
  return to + bytes;
}

void blake2_open(struct blake2 *h, const struct blake2_kind *kind,
                 const struct blake2_parameters *p, const unsigned char *key, bool is_last_node) {
  bool wide = kind == &blake2b;
  memset(h, 0, sizeof *h);
  h->kind = kind;
  h->digest_bytes = p->digest_bytes;
  h->is_last_node = is_last_node;
  /* The parameters as the standard lays them out, as long as the chain. */
  unsigned char block[64] = {0}, *to = block;
  to = put(to, p->digest_bytes, 1);
  to = put(to, p->key_bytes, 1);
  to = put(to, p->fanout, 1);
  to = put(to, p->depth, 1);
  to = put(to, p->leaf_bytes, 4);
  to = put(to, p->node_offset, wide ? 8 : 6);
  to = put(to, p->node_depth, 1);
  to = put(to, p->inner_bytes, 1);
  to += wide ? 14 : 0;
  memcpy(to, p->salt, kind->salt_bytes);
  memcpy(to + kind->salt_bytes, p->person, kind->person_bytes);
  if (wide) {
    uint64_t words[8];
    memcpy(words, block, sizeof words);
    for (int i = 0; i < 8; i++)
      h->chain64[i] = start64[i] ^ words[i];
  } else {
    uint32_t words[8];
    memcpy(words, block, sizeof words);
    for (int i = 0; i < 8; i++)
      h->chain32[i] = start32[i] ^ words[i];
  }
  if (p->key_bytes) {
    memcpy(h->block, key, p->key_bytes);
    h->n = kind->block_bytes;
  }
}

void blake2_update(struct blake2 *h, const void *data, size_t n) {
  const unsigned char *from = data;
  size_t size = h->kind->block_bytes;
  if (n == 0)
    return;
  if (h->n + n > size) { /* something follows what is full */
    size_t some = size - h->n;
    memcpy(h->block + h->n, from, some);
    take_block(h, h->block, size, false);
    h->n = 0;
    from += some;
    n -= some;
    for (; n > size; from += size, n -= size)
      take_block(h, from, size, false);
  }
  memcpy(h->block + h->n, from, n);
  h->n = (uint8_t)(h->n + n);
}

void blake2_finish(const struct blake2 *h, unsigned char *digest) {
  struct blake2 end = *h;
  memset(end.block + end.n, 0, sizeof end.block - end.n);
  take_block(&end, end.block, end.n, true);
  memcpy(digest, end.chain64, h->digest_bytes);
}
