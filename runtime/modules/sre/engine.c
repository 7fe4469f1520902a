/* The engine for strings of 1, 2 and 4 bytes per code point. */
#include "runtime/modules/sre/sre.h"
#include <string.h>

/* Frames of the stack. Each ends in a word `place << 8 | kind`, so that it is read from the top:
 *
 *   BRANCH      ptr, repeat                              | the next alternative is tried
 *   GREEDY      least, ptr, repeat                       | REPEAT_ONE with a character less
 *   LAZY        most, ptr, repeat                        | MIN_REPEAT_ONE with a character more
 *   RECORD      count, last, outer, REPEAT               | a repeat's state; nothing to try
 *   TAIL        count, last, outer, REPEAT, ptr, repeat  | a record, and what is behind MAX_UNTIL
 *   BODY        ptr, repeat                              | one more item of MIN_UNTIL
 *   MARK        former value, former last_index          | puts a mark back; place: its number
 *   ASSERT, ASSERT_NOT, ATOMIC  ptr, repeat, inside      | a part that ends in its own SUCCESS
 *   POSSESSIVE  count, last, ptr, repeat, inside         | likewise, an item of many
 *
 * `repeat` is the index of the innermost repeat's record (its first word), `inside` that of the
 * word behind the innermost frame whose part is being matched; 0: none. State that changes is never
 * overwritten but pushed anew, so that going back is popping. A part that has matched is cut: its
 * frames go, all but those that put marks back, which whoever goes back further still needs. */
enum frame {
  FRAME_BRANCH,
  FRAME_GREEDY,
  FRAME_LAZY,
  FRAME_RECORD,
  FRAME_TAIL,
  FRAME_BODY,
  FRAME_MARK,
  FRAME_ASSERT,
  FRAME_ASSERT_NOT,
  FRAME_ATOMIC,
  FRAME_POSSESSIVE,
};
static const uint8_t frame_words[] = {3, 4, 4, 5, 7, 3, 3, 4, 4, 4, 6};
enum { FRAME_WORDS_MAX = 7 };
enum { RECORD_COUNT, RECORD_LAST, RECORD_OUTER, RECORD_REPEAT };

/* Moves the MARK frames of stack[from, top) that stand at or above `above` down to `from`; returns
 * where they end. */
static size_t cut(uintptr_t *stack, size_t from, size_t above, size_t top) {
  size_t to = top;
  for (size_t at = top; at > above;) {
    unsigned kind = stack[at - 1] & 0xff;
    size_t words = frame_words[kind];
    at -= words;
    if (kind == FRAME_MARK) {
      to -= words;
      memmove(stack + to, stack + at, words * sizeof *stack);
    }
  }
  memmove(stack + from, stack + to, (top - to) * sizeof *stack);
  return from + (top - to);
}

/* Pops the frames of stack[above, top), putting marks back; returns above. */
static size_t undo(struct sre_state *s, size_t above, size_t top) {
  while (top > above) {
    uintptr_t word = s->stack[top - 1];
    top -= frame_words[word & 0xff];
    if ((word & 0xff) == FRAME_MARK) {
      s->marks[word >> 8] = (const void *)s->stack[top];
      s->last_index = (int32_t)s->stack[top + 1];
    }
  }
  return top;
}

#define CHAR        uint8_t
#define NAMED(name) name##_1
#include "runtime/modules/sre/engine.inc"
#undef CHAR
#undef NAMED
#define CHAR        uint16_t
#define NAMED(name) name##_2
#include "runtime/modules/sre/engine.inc"
#undef CHAR
#undef NAMED
#define CHAR        uint32_t
#define NAMED(name) name##_4
#include "runtime/modules/sre/engine.inc"
#undef CHAR
#undef NAMED

int sre_run(struct sre_state *s, uint32_t pc, const void *at) {
  switch (s->kind) {
  case 0:
    return run_1(s, pc, at);
  case 1:
    return run_2(s, pc, at);
  default:
    return run_4(s, pc, at);
  }
}
int sre_find(struct sre_state *s) {
  switch (s->kind) {
  case 0:
    return find_1(s);
  case 1:
    return find_2(s);
  default:
    return find_4(s);
  }
}
