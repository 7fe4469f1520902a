/* Bits, alignment and hints to the compiler. Includes nothing of ours. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LIKELY(x)     __builtin_expect(!!(x), 1)
#define UNLIKELY(x)   __builtin_expect(!!(x), 0)
#define ALWAYS_INLINE static inline __attribute__((always_inline))
#define NO_INLINE     __attribute__((noinline))
#define COLD          __attribute__((cold, noinline))
/* Loops over long rows of small items: vector code pays there, though it does not elsewhere. */
#if defined(__GNUC__) && !defined(__clang__)
#define VECTORIZED __attribute__((optimize("tree-vectorize", "vect-cost-model=dynamic")))
#else
#define VECTORIZED
#endif
#define ARRAY_SIZE(a) (sizeof(a) / sizeof *(a))
/* The struct of TYPE whose MEMBER is at pointer p. */
#define CONTAINER_OF(p, type, member) ((type *)((char *)(p)-offsetof(type, member)))

static inline size_t align_up(size_t n, size_t power_of_two) {
  return (n + power_of_two - 1) & ~(power_of_two - 1);
}
static inline size_t align_down(size_t n, size_t power_of_two) { return n & ~(power_of_two - 1); }
static inline bool is_power_of_two(size_t n) { return n && !(n & (n - 1)); }
/* Index of the lowest set bit; n must not be 0. */
static inline unsigned bit_lowest(uint64_t n) { return (unsigned)__builtin_ctzll(n); }
/* Index of the highest set bit; n must not be 0. */
static inline unsigned bit_highest(uint64_t n) { return 63u - (unsigned)__builtin_clzll(n); }
static inline unsigned bit_count(uint64_t n) { return (unsigned)__builtin_popcountll(n); }
