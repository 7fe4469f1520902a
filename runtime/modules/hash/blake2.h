/* The hash BLAKE2 (RFC 7693) with all its parameters: keys, salts, personalisation and trees. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* blake2b works in words of 64 bits, blake2s in words of 32. */
struct blake2_kind {
  const char *name;
  uint8_t block_bytes, digest_bytes, key_bytes, salt_bytes, person_bytes; /* at most */
  uint64_t node_offset;                                                   /* the largest */
};
extern const struct blake2_kind blake2b, blake2s;

enum { BLAKE2_BLOCK_BYTES = 128, BLAKE2_DIGEST_BYTES = 64 }; /* of the larger kind */

struct blake2_parameters { /* within the kind's limits */
  uint8_t digest_bytes, key_bytes, fanout, depth, node_depth, inner_bytes;
  uint32_t leaf_bytes;
  uint64_t node_offset;
  unsigned char salt[16], person[16]; /* filled up with zeroes */
};

/* Plain memory: copying it copies the hash. */
struct blake2 {
  const struct blake2_kind *kind;
  union {
    uint64_t chain64[8];
    uint32_t chain32[8];
  };
  uint64_t bytes_low, bytes_high; /* how many went into the chain */
  uint8_t digest_bytes;
  bool is_last_node;
  uint8_t n; /* bytes in block: full only while nothing follows */
  unsigned char block[BLAKE2_BLOCK_BYTES];
};

void blake2_open(struct blake2 *h, const struct blake2_kind *kind,
                 const struct blake2_parameters *parameters, const unsigned char *key,
                 bool is_last_node);
void blake2_update(struct blake2 *h, const void *data, size_t n);
/* h->digest_bytes of them; h stays as it is. */
void blake2_finish(const struct blake2 *h, unsigned char *digest);
