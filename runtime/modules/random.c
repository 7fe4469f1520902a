/* The module `_random`: the Mersenne Twister MT19937 by Matsumoto and Nishimura, seeded and drawn
 * from as CPython does, so that sequences are the same. */
#include "runtime/modules/argument.h"
#include "runtime/modules/module.h"
#include "runtime/object/exception.h"
#include "runtime/object/float.h"
#include "runtime/object/int_limbs.h"
#include "runtime/object/protocol.h"
#include "runtime/object/tuple.h"
#include <errno.h>
#include <string.h>
#include <sys/random.h>

enum { WORDS = 624, MIDDLE = 397 };

struct random_object {
  struct object head;
  uint32_t index; /* of the next word; WORDS: all are used up */
  uint32_t state[WORDS];
};
static struct random_object *random_of(struct object *o) { return (struct random_object *)o; }

/* ---- The generator ---- */

static inline uint32_t twist(uint32_t upper, uint32_t lower) {
  uint32_t y = (upper & 0x80000000u) | (lower & 0x7fffffffu);
  return y >> 1 ^ (y & 1 ? 0x9908b0dfu : 0);
}
static void refill(struct random_object *r) {
  uint32_t *s = r->state;
  int i = 0;
  for (; i < WORDS - MIDDLE; i++)
    s[i] = s[i + MIDDLE] ^ twist(s[i], s[i + 1]);
  for (; i < WORDS - 1; i++)
    s[i] = s[i + MIDDLE - WORDS] ^ twist(s[i], s[i + 1]);
  s[WORDS - 1] = s[MIDDLE - 1] ^ twist(s[WORDS - 1], s[0]);
  r->index = 0;
}
static uint32_t next_word(struct random_object *r) {
  if (r->index >= WORDS)
    refill(r);
  uint32_t y = r->state[r->index++];
  y ^= y >> 11;
  y ^= y << 7 & 0x9d2c5680u;
  y ^= y << 15 & 0xefc60000u;
  return y ^ y >> 18;
}

static void seed_by_word(struct random_object *r, uint32_t seed) {
  r->state[0] = seed;
  for (uint32_t i = 1; i < WORDS; i++)
    r->state[i] = 1812433253u * (r->state[i - 1] ^ r->state[i - 1] >> 30) + i;
  r->index = WORDS;
}
static void seed_by_words(struct random_object *r, const uint32_t *key, size_t n) {
  uint32_t *s = r->state;
  seed_by_word(r, 19650218u);
  size_t i = 1, k = 0;
  for (size_t steps = n > WORDS ? n : WORDS; steps; steps--) {
    s[i] = (s[i] ^ (s[i - 1] ^ s[i - 1] >> 30) * 1664525u) + key[k] + (uint32_t)k;
    if (++i == WORDS) {
      s[0] = s[WORDS - 1];
      i = 1;
    }
    if (++k == n)
      k = 0;
  }
  for (size_t steps = WORDS - 1; steps; steps--) {
    s[i] = (s[i] ^ (s[i - 1] ^ s[i - 1] >> 30) * 1566083941u) - (uint32_t)i;
    if (++i == WORDS) {
      s[0] = s[WORDS - 1];
      i = 1;
    }
  }
  s[0] = 0x80000000u;
}

/* ---- Seeding ---- */

static int seed_by_system(struct random_object *r) {
  uint32_t key[WORDS];
  size_t got = 0;
  while (got < sizeof key) {
    ssize_t n = getrandom((char *)key + got, sizeof key - got, 0);
    if (n < 0 && errno != EINTR) {
      error_errno(errno, NULL, NULL);
      return -1;
    }
    got += n > 0 ? (size_t)n : 0;
  }
  seed_by_words(r, key, WORDS);
  return 0;
}

/* The magnitude of an int is the key, the hash of anything else. */
static int seed_by(struct random_object *r, struct object *seed) {
  if (!seed || seed == NONE)
    return seed_by_system(r);
  if (!is_any_int(seed)) {
    int64_t hash = object_hash(seed);
    if (hash == -1)
      return -1;
    uint32_t key[2] = {(uint32_t)hash, (uint32_t)((uint64_t)hash >> 32)};
    seed_by_words(r, key, key[1] ? 2 : 1);
    return 0;
  }
  struct int_operand x;
  int_read_operand(seed, &x);
  if (!x.n) {
    seed_by_words(r, &(uint32_t){0}, 1);
    return 0;
  }
  const uint32_t *key = (const uint32_t *)x.limbs; /* least significant first, as the machine's */
  size_t n = 2 * x.n;
  seed_by_words(r, key, key[n - 1] ? n : n - 1);
  return 0;
}

/* ---- Random ---- */

static struct object *new_slot(struct type *t, struct object *const *args, size_t n,
                               struct object *kwnames) {
  return type_generic_alloc(t);
}
static int init_slot(struct object *o, struct object *const *args, size_t n,
                     struct object *kwnames);
static struct object *random_(struct object *o) {
  uint32_t a = next_word(random_of(o)) >> 5, b = next_word(random_of(o)) >> 6;
  return float_from((a * 67108864.0 + b) * (1.0 / 9007199254740992.0));
}
static struct object *seed(struct object *o, struct object *const *args, size_t n) {
  if (args_check_count("seed", n, 0, 1) < 0 || seed_by(random_of(o), n ? args[0] : NULL) < 0)
    return NULL;
  return hold(NONE);
}

static struct object *getrandbits(struct object *o, struct object *argument) {
  int bits;
  if (argument_int(argument, &bits) < 0)
    return NULL;
  if (bits < 0)
    return error_format(ERROR_VALUE, "number of bits must be non-negative");
  if (bits == 0)
    return int_from_i64(0);
  if (bits <= 32)
    return int_from_i64(next_word(random_of(o)) >> (32 - bits));
  size_t words = ((size_t)bits - 1) / 32 + 1, limbs = (words + 1) / 2;
  struct int_room room;
  if (!int_room_open(&room, limbs))
    return NULL;
  uint32_t *to = (uint32_t *)room.limbs;
  room.limbs[limbs - 1] = 0;
  for (size_t i = 0; i < words; i++, bits -= 32) {
    to[i] = next_word(random_of(o));
    if (bits < 32)
      to[i] >>= 32 - bits;
  }
  struct object *result = int_from_limbs(room.limbs, limbs, false);
  int_room_close(&room);
  return result;
}

static struct object *getstate(struct object *o) {
  struct object *state = tuple_new(WORDS + 1);
  for (size_t i = 0; state && i <= WORDS; i++) {
    struct object *word = int_from_i64(i < WORDS ? random_of(o)->state[i] : random_of(o)->index);
    if (!word) {
      drop(state);
      return NULL;
    }
    tuple_init_taking(state, i, word);
  }
  return state;
}

static int read_word(struct object *o, uint64_t *word) {
  if (!is_any_int(o)) {
    error_format(ERROR_TYPE, "'%N' object cannot be interpreted as an integer", o);
    return -1;
  }
  unsigned char bytes[8];
  if (int_sign(o) < 0)
    error_set(ERROR_OVERFLOW, "can't convert negative value to unsigned int");
  else if (!int_to_bytes(o, bytes, 8, false, false))
    error_set(ERROR_OVERFLOW, "Python int too large to convert to C unsigned long");
  else {
    memcpy(word, bytes, 8);
    return 0;
  }
  return -1;
}
static struct object *setstate(struct object *o, struct object *state) {
  if (!is_any_tuple(state))
    return error_format(ERROR_TYPE, "state vector must be a tuple");
  if (tuple_length(state) != WORDS + 1)
    return error_format(ERROR_VALUE, "state vector is the wrong size");
  uint32_t words[WORDS];
  uint64_t word;
  for (size_t i = 0; i < WORDS; i++) {
    if (read_word(tuple_get_borrowed(state, i), &word) < 0)
      return NULL;
    words[i] = (uint32_t)word;
  }
  struct object *index = tuple_get_borrowed(state, WORDS);
  if (!is_any_int(index))
    return error_format(ERROR_TYPE, "'%N' object cannot be interpreted as an integer", index);
  int64_t at;
  if (!int_to_i64(index, &at))
    return error_format(ERROR_OVERFLOW, "Python int too large to convert to C long");
  if (at < 0 || at > WORDS)
    return error_format(ERROR_VALUE, "invalid state");
  memcpy(random_of(o)->state, words, sizeof words);
  random_of(o)->index = (uint32_t)at;
  return hold(NONE);
}

static const struct method_def methods[] = {
    METHOD_NOARGS_("random", random_, "($self, /)\n--\n\nrandom() -> x in the interval [0, 1)."),
    METHOD_FAST_("seed", seed,
                 "($self, n=None, /)\n--\n\nseed([n]) -> None.\n\nBegins a sequence: by an int, "
                 "the hash of an object, or the system's random numbers."),
    METHOD_NOARGS_("getstate", getstate,
                   "($self, /)\n--\n\ngetstate() -> tuple containing the current state."),
    METHOD_ONE_("setstate", setstate,
                "($self, state, /)\n--\n\nsetstate(state) -> None.  Restores generator state."),
    METHOD_ONE_("getrandbits", getrandbits,
                "($self, k, /)\n--\n\ngetrandbits(k) -> x.  Generates an int with k random bits."),
    {NULL}};

static struct type random_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_LEAF, .basic_bytes = sizeof(struct random_object)},
    .name = "_random.Random",
    .flags = TYPE_BASE,
    .new_ = new_slot,
    .init = init_slot,
    .methods = methods,
    .doc = "Random() -> create a random number generator with its own internal state.",
    .base = &object_type};

static int init_slot(struct object *o, struct object *const *args, size_t n,
                     struct object *kwnames) {
  if (type_of(o)->init == init_slot && args_check_no_keywords("Random", kwnames) < 0)
    return -1;
  if (n > 1) {
    error_set(ERROR_TYPE, "Random() requires 0 or 1 argument");
    return -1;
  }
  return seed_by(random_of(o), n ? args[0] : NULL);
}

int module_random_fill(struct object *module) {
  if (module_add_text(module, "__doc__",
                      "Module implements the Mersenne Twister random number generator.") < 0)
    return -1;
  return module_add_type(module, &random_type);
}
