/* Checksums of a workload's results: order-sensitive, cheap, the same everywhere. */
#pragma once
#include <stddef.h>
#include <stdint.h>

#define MIX_START 0x6f75726f626f7273u

/* Folds one value into a checksum. */
static inline uint64_t mix(uint64_t sum, uint64_t value) {
  unsigned __int128 p =
      (unsigned __int128)(sum ^ value ^ 0x9e3779b97f4a7c15u) * 0xd6e8feb86659fd93u;
  return (uint64_t)p ^ (uint64_t)(p >> 64);
}
static inline uint64_t mix_bytes(uint64_t sum, const void *bytes, size_t n) {
  const unsigned char *p = bytes;
  for (size_t i = 0; i < n; i++)
    sum = mix(sum, p[i]);
  return mix(sum, n);
}
