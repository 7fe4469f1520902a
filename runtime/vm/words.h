/* The derived stream: 64-bit words, caches in the words that follow.
 *
 *    63      56 55      48 47             32 31                              0
 *   |    C     |    B     |       A         |             handler             |
 *
 * `handler` is what the loop jumps to: an offset from its base label, or the number of the word
 * where the loop is a switch. A, B and C belong to the word; most take all of them as one 32-bit
 * argument. In a cache the adaptive words keep a counter and a key, then a value. */
#pragma once
#include "base/bits.h"
#include "runtime/vm/words_made.h"
#include <stdint.h>

enum word {
#define WORD(name, caches) WORD_##name,
  WORDS(WORD)
#undef WORD
      WORDS_N
};

ALWAYS_INLINE uint32_t word_argument(uint64_t w) { return (uint32_t)(w >> 32); }
ALWAYS_INLINE uint32_t word_a(uint64_t w) { return (uint16_t)(w >> 32); }
ALWAYS_INLINE uint32_t word_b(uint64_t w) { return (uint8_t)(w >> 48); }
ALWAYS_INLINE uint32_t word_c(uint64_t w) { return (uint8_t)(w >> 56); }
ALWAYS_INLINE int32_t word_jump(uint64_t w) { return (int32_t)(w >> 32); }
static inline uint64_t word_make(uint32_t handler, uint32_t argument) {
  return (uint64_t)argument << 32 | handler;
}
static inline uint32_t word_pack(uint32_t a, uint32_t b, uint32_t c) {
  return a | b << 16 | c << 24;
}

extern const uint8_t word_caches[WORDS_N];
extern uint32_t word_handlers[WORDS_N]; /* set by interpret_open */
