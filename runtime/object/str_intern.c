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

static uint64_t keys[3]; /* from the seed */

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

/* The 128-bit product folded to 64 bits: each bit of either factor reaches all of the result. */
ALWAYS_INLINE uint64_t fold(uint64_t a, uint64_t b) {
  unsigned __int128 product = (unsigned __int128)a * b;
  return (uint64_t)product ^ (uint64_t)(product >> 64);
}
ALWAYS_INLINE uint64_t read8(const unsigned char *p) {
  uint64_t word;
  memcpy(&word, p, 8);
  return word;
}
ALWAYS_INLINE uint64_t read4(const unsigned char *p) {
  uint32_t word;
  memcpy(&word, p, 4);
  return word;
}

/* Multiply and fold 16 bytes a step, keyed, in the manner of wyhash (Wang Yi): up to 16 bytes are
 * two overlapping reads and two multiplications. */
int64_t str_hash_bytes(const void *data, size_t n) {
  const unsigned char *p = data;
  if (n == 0)
    return 0;
  uint64_t state = keys[0] ^ n, a, b;
  size_t left = n;
  for (; left > 16; left -= 16, p += 16)
    state = fold(read8(p) ^ keys[1], read8(p + 8) ^ state);
  if (left >= 8) {
    a = read8(p);
    b = read8(p + left - 8);
  } else if (left >= 4) {
    a = read4(p);
    b = read4(p + left - 4);
  } else {
    a = (uint64_t)p[0] << 16 | (uint64_t)p[left >> 1] << 8 | p[left - 1];
    b = 0;
  }
  state = fold(a ^ keys[1], b ^ state);
  int64_t hash = (int64_t)fold(state ^ keys[2], keys[1] ^ n);
  return hash == -1 ? -2 : hash;
}

int64_t str_compute_hash(struct str *s) {
  return s->hash = str_hash_bytes(s->data, s->shape >> STR_LENGTH_SHIFT << (s->shape & STR_KIND));
}

/* ---- Interning ---- */

static struct {
  struct object **slots; /* NULL: free */
  size_t capacity;       /* a power of two, or 0 */
  size_t n;
} interned;

void str_intern_open(uint64_t hash_seed) {
  uint64_t x = hash_seed;
  for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
    keys[i] = (x = spread(x)) | 1;
  interned.n = interned.capacity = 0;
  interned.slots = NULL;
}

static size_t bytes_for(size_t capacity) { return capacity * sizeof(struct object *); }

/* The slot of a text: the string itself, or the free slot where it belongs. */
static struct object **find(struct object *s) {
  size_t mask = interned.capacity - 1, i = (size_t)str_hash(s) & mask;
  while (interned.slots[i] && !str_same_text(interned.slots[i], s))
    i = (i + 1) & mask;
  return &interned.slots[i];
}

static bool make_room(void) {
  if (interned.n < interned.capacity / 3 * 2)
    return true;
  struct object **before = interned.slots;
  size_t capacity_before = interned.capacity;
  size_t capacity = capacity_before ? capacity_before * 2 : 256;
  struct object **slots = gc_buffer_new(bytes_for(capacity));
  if (!slots)
    return error_no_memory();
  memset(slots, 0, bytes_for(capacity));
  interned.slots = slots;
  interned.capacity = capacity;
  for (size_t i = 0; i < capacity_before; i++)
    if (before[i])
      *find(before[i]) = before[i];
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
  if (interned.capacity) {
    size_t mask = interned.capacity - 1, i = (size_t)str_hash_bytes(text, n) & mask;
    for (struct object *s; (s = interned.slots[i]); i = (i + 1) & mask)
      if (str_length(s) == n && str_is_ascii(s) && !memcmp(str_data(s), text, n))
        return hold(s);
  }
  struct object *s = str_from_data(text, n, 0);
  return s ? str_intern_taking(s) : NULL;
}

struct object *str_intern(const char *ascii) {
  struct object *s = str_from_ascii(ascii);
  return s ? str_intern_taking(s) : NULL;
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
