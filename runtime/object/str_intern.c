/* Interned strings, and the hash of texts.
 *
 * The table of interned strings is open-addressed, its slots in a buffer of the heap, at most two
 * thirds full. Interned strings are immortal: they go when the runtime closes. */
#include "runtime/object/bytes.h"
#include "runtime/object/str.h"
#include <string.h>
#include <sys/random.h>
#include <time.h>

/* ---- Hash ---- */

static uint64_t keys[2]; /* from the seed */

/* splitmix64's finaliser (Steele, Lea, Flood 2014): spreads the seed. */
static uint64_t spread(uint64_t x) {
  x += 0x9e3779b97f4a7c15u;
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
  x = (x ^ x >> 27) * 0x94d049bb133111ebu;
  return x ^ x >> 31;
}

uint64_t str_random_seed(void) {
  uint64_t seed;
  if (getrandom(&seed, sizeof seed, GRND_NONBLOCK) != sizeof seed) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    seed = spread((uint64_t)now.tv_nsec ^ (uint64_t)now.tv_sec << 32);
  }
  return seed;
}

/* From a number that was given, the keys that CPython makes of it (a linear congruential
 * generator), so that hashes, and with them the order of sets, are the same as there. */
static void make_keys(uint64_t seed) {
  memset(keys, 0, sizeof keys);
  if (seed > UINT32_MAX) {
    keys[0] = spread(seed);
    keys[1] = spread(keys[0] ^ seed);
  } else if (seed) {
    unsigned char bytes[sizeof keys];
    uint32_t state = (uint32_t)seed;
    for (size_t i = 0; i < sizeof bytes; i++) {
      state = state * 214013 + 2531011;
      bytes[i] = (unsigned char)(state >> 16);
    }
    memcpy(keys, bytes, sizeof keys);
  }
}

ALWAYS_INLINE uint64_t rotate(uint64_t x, int bits) { return x << bits | x >> (64 - bits); }
struct sip {
  uint64_t a, b, c, d;
};
ALWAYS_INLINE void sip_round(struct sip *s) {
  s->a += s->b;
  s->c += s->d;
  s->b = rotate(s->b, 13) ^ s->a;
  s->d = rotate(s->d, 16) ^ s->c;
  s->a = rotate(s->a, 32);
  s->c += s->b;
  s->a += s->d;
  s->b = rotate(s->b, 17) ^ s->c;
  s->d = rotate(s->d, 21) ^ s->a;
  s->c = rotate(s->c, 32);
}
ALWAYS_INLINE void sip_take(struct sip *s, uint64_t word) {
  s->d ^= word;
  sip_round(s);
  s->a ^= word;
}
/* n < 8 bytes as a number. */
ALWAYS_INLINE uint64_t read_few(const unsigned char *p, size_t n) {
  uint32_t low, high;
  if (n >= 4) {
    memcpy(&low, p, 4);
    memcpy(&high, p + n - 4, 4);
    return low | (uint64_t)high << 8 * (n - 4);
  }
  return n == 0 ? 0
                : p[0] | (uint64_t)p[n >> 1] << 8 * (n >> 1) | (uint64_t)p[n - 1] << 8 * (n - 1);
}

/* SipHash (Aumasson, Bernstein 2012) with one round for each 8 bytes and three at the end, as
 * CPython hashes. */
int64_t str_hash_bytes(const void *data, size_t n) {
  const unsigned char *p = data;
  if (n == 0)
    return 0;
  struct sip s = {keys[0] ^ 0x736f6d6570736575, keys[1] ^ 0x646f72616e646f6d,
                  keys[0] ^ 0x6c7967656e657261, keys[1] ^ 0x7465646279746573};
  uint64_t word;
  size_t left = n;
  for (; left >= 8; left -= 8, p += 8) {
    memcpy(&word, p, 8);
    sip_take(&s, word);
  }
  sip_take(&s, read_few(p, left) | (uint64_t)n << 56);
  s.c ^= 0xff;
  sip_round(&s);
  sip_round(&s);
  sip_round(&s);
  int64_t hash = (int64_t)(s.a ^ s.b ^ s.c ^ s.d);
  return hash == -1 ? -2 : hash;
}

int64_t str_compute_hash(struct str *s) {
  return s->hash = str_hash_bytes(s->data, s->shape >> STR_LENGTH_SHIFT << (s->shape & STR_KIND));
}

/* ---- Interning ---- */

enum { CAPACITY_FIRST = 4096 }; /* modules and types bring 2500 names */

static struct {
  struct object **slots; /* NULL: free; the hash of each is known */
  size_t capacity;       /* a power of two, or 0 */
  size_t n;
} interned;

void str_intern_open(uint64_t hash_seed) {
  make_keys(hash_seed);
  interned.n = interned.capacity = 0;
  interned.slots = NULL;
}

static size_t bytes_for(size_t capacity) { return capacity * sizeof(struct object *); }

/* The slot of a text: the string itself, or the free slot where it belongs. */
static struct object **find(struct object *s) {
  int64_t hash = str_hash(s);
  size_t mask = interned.capacity - 1, i = (size_t)hash & mask;
  for (struct object *each; (each = interned.slots[i]); i = (i + 1) & mask)
    if (((const struct str *)each)->hash == hash && str_same_text(each, s))
      break;
  return &interned.slots[i];
}

/* Of a string that is known not to be among the slots. */
static struct object **free_slot(struct object **slots, size_t capacity, int64_t hash) {
  size_t mask = capacity - 1, i = (size_t)hash & mask;
  while (slots[i])
    i = (i + 1) & mask;
  return &slots[i];
}

/* Where memory is short, asking for it may run code that interns strings, and the table grows. */
static bool make_room(void) {
  if (interned.n < interned.capacity / 3 * 2)
    return true;
  size_t capacity_before = interned.capacity;
  size_t capacity = capacity_before ? capacity_before * 2 : CAPACITY_FIRST;
  struct object **slots = gc_buffer_new(bytes_for(capacity));
  if (!slots)
    return error_no_memory();
  if (interned.capacity != capacity_before) {
    gc_buffer_free(slots, bytes_for(capacity));
    return make_room();
  }
  struct object **before = interned.slots;
  memset(slots, 0, bytes_for(capacity));
  interned.slots = slots;
  interned.capacity = capacity;
  for (size_t i = 0; i < capacity_before; i++)
    if (before[i])
      *free_slot(slots, capacity, ((const struct str *)before[i])->hash) = before[i];
  gc_buffer_free(before, bytes_for(capacity_before));
  return true;
}

struct object *str_intern_taking(struct object *s) {
  struct str *text = (struct str *)s;
  if (text->shape & STR_INTERNED)
    return s;
  if (!make_room()) {
    drop(s);
    return NULL;
  }
  struct object **slot = find(s);
  if (*slot) {
    drop(s);
    return hold(*slot);
  }
  if (text->shape & STR_GROWN) { /* the shared one has no room to grow */
    struct object *copy = str_copy_exactly(s);
    drop(s);
    if (!copy)
      return NULL;
    text = (struct str *)(s = copy);
    str_hash(s);
  }
  text->shape |= STR_INTERNED;
  gc_immortalize(s);
  interned.n++;
  *slot = s;
  return hold(s);
}

struct object *str_intern_ascii(const char *text, size_t n) {
  int64_t hash = str_hash_bytes(text, n);
  if (interned.capacity) {
    size_t mask = interned.capacity - 1, i = (size_t)hash & mask;
    for (struct object *s; (s = interned.slots[i]); i = (i + 1) & mask)
      if (((const struct str *)s)->hash == hash && str_length(s) == n && str_is_ascii(s) &&
          !memcmp(str_data(s), text, n))
        return hold(s);
  }
  struct object *s = str_from_data(text, n, 0);
  if (!s)
    return NULL;
  ((struct str *)s)->hash = hash; /* what comes now need not count it again */
  return str_intern_taking(s);
}

struct object *str_intern(const char *ascii) {
  return str_intern_ascii(ascii, strlen(ascii));
}

void str_visit_interned(gc_visit_fn *visit, void *context) {
  for (size_t i = 0; i < interned.capacity; i++)
    if (interned.slots[i])
      visit(interned.slots[i], context);
}

void str_intern_close(void) {
  for (size_t i = 0; i < interned.capacity; i++)
    if (interned.slots[i] && !str_is_static(interned.slots[i]))
      gc_delete(interned.slots[i], gc_object_bytes(interned.slots[i]));
  gc_buffer_free(interned.slots, bytes_for(interned.capacity));
  interned.slots = NULL;
  interned.n = interned.capacity = 0;
}
