/* Strings: making, joining, cutting and comparing them. Interning and hashing: str_intern.c. */
#include "runtime/object/str_internal.h"
#include <stddef.h>
#include <string.h>

static size_t str_bytes(const struct object *o);
static void str_destroy(struct object *o) { gc_delete(o, str_bytes(o)); }
static int str_equal(struct object *a, struct object *b) {
  return is_str(b) && str_same_text(a, b);
}
static bool str_check(const struct object *o, char *error, size_t error_bytes);

struct type str_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_LEAF, .basic_bytes = sizeof(struct str), .bytes = str_bytes},
    .name = "str",
    .flags = TYPE_BASE | TYPE_IS_STR | TYPE_MATCH_SELF,
    .destroy = str_destroy,
    .equal = str_equal,
    .hash = str_hash,
    .check = str_check,
    .construct = str_construct,
    .new_ = str_new_slot,
    .repr = str_repr,
    .str = str_str_slot,
    .compare = str_compare_slot,
    .iter = str_iter,
    .number = {.remainder = str_percent},
    .sequence = {.length = str_length_slot,
                 .concat = str_concat_slot,
                 .repeat = str_repeat,
                 .item = str_item,
                 .contains = str_contains},
    .mapping = {.length = str_length_slot, .get = str_subscript},
    .methods = str_methods,
    .doc =
        "str(object='') -> str\nstr(bytes_or_buffer[, encoding[, errors]]) -> str\n\nThe text of "
        "an object (its __str__, else its __repr__), or of a buffer\nin an encoding (by default "
        "UTF-8) with a handling of errors\n(by default 'strict').",
    .base = &object_type,
};

#define STR_LENGTH_MAX ((SIZE_MAX >> STR_LENGTH_SHIFT) / 8)

/* Code points that a grown string of this length has room for: the next of the numbers m * 2^k with
 * 4 <= m < 8, that is up to a quarter more. A function of the length, so no field has to say it. */
static size_t room_for(size_t length) {
  if (length < 16)
    return 16;
  unsigned shift = bit_highest(length) - 2;
  return align_up(length + 1, (size_t)1 << shift);
}

static size_t bytes_for(size_t length, unsigned flags) {
  size_t room = flags & STR_GROWN ? room_for(length) : length;
  return sizeof(struct str) + ((room + 1) << (flags & STR_KIND));
}

static size_t str_bytes(const struct object *o) {
  const struct str *s = (const struct str *)o;
  if (LIKELY(!(s->shape & (STR_KIND | STR_GROWN))))
    return sizeof(struct str) + (s->shape >> STR_LENGTH_SHIFT) + 1;
  return bytes_for(s->shape >> STR_LENGTH_SHIFT, (unsigned)s->shape & 0xff);
}

/* ---- Shared strings ---- */

struct str_latin str_latin[256];
static struct str_latin empty;
_Static_assert(offsetof(struct str, data) == offsetof(struct str_latin, data), "both are a str");

static void latin_open(void) {
  empty.head = (struct object)OBJECT_STATIC(str_type);
  gc_immortalize(&empty.head);
  empty.hash = 0;
  empty.shape = STR_ASCII;
  for (unsigned c = 0; c < 256; c++) {
    str_latin[c].head = (struct object)OBJECT_STATIC(str_type);
    gc_immortalize(&str_latin[c].head);
    str_latin[c].hash = -1;
    str_latin[c].shape = 1u << STR_LENGTH_SHIFT | (c < 128 ? STR_ASCII : 0);
    str_latin[c].data[0] = (unsigned char)c;
  }
}

/* ---- Making ---- */

/* A string whose code points are yet to be written; the 0 behind them is. */
static struct str *new (size_t length, unsigned flags) {
  struct str *s = NULL;
  if (LIKELY(length <= STR_LENGTH_MAX))
    s = (struct str *)gc_new(&str_type, bytes_for(length, flags));
  if (UNLIKELY(!s))
    return error_no_memory();
  s->hash = -1;
  s->shape = (uint64_t)length << STR_LENGTH_SHIFT | flags;
  memset(s->data + (length << (flags & STR_KIND)), 0, (size_t)1 << (flags & STR_KIND));
  return s;
}

/* The same where every code point takes one byte and there is no room to grow. */
ALWAYS_INLINE struct str *new_narrow(size_t length, unsigned flags) {
  struct str *s = NULL;
  if (LIKELY(length <= STR_LENGTH_MAX))
    s = (struct str *)gc_new(&str_type, sizeof(struct str) + length + 1);
  if (UNLIKELY(!s))
    return error_no_memory();
  s->hash = -1;
  s->shape = (uint64_t)length << STR_LENGTH_SHIFT | flags;
  s->data[length] = 0;
  return s;
}

/* Copies n code points from one kind into the same or a wider one. */
VECTORIZED static void copy(void *to, unsigned to_kind, const void *from, unsigned from_kind,
                            size_t n) {
  if (to_kind == from_kind) {
    memcpy(to, from, n << to_kind);
    return;
  }
#define WIDEN(T, F)                                                                                \
  for (size_t i = 0; i < n; i++)                                                                   \
  ((T *)to)[i] = ((const F *)from)[i]
  if (to_kind == 1)
    WIDEN(uint16_t, unsigned char);
  else if (from_kind == 0)
    WIDEN(uint32_t, unsigned char);
  else
    WIDEN(uint32_t, uint16_t);
#undef WIDEN
}

/* Copies into a narrower kind that holds all of them. */
VECTORIZED static void narrow(void *to, unsigned to_kind, const void *from, unsigned from_kind,
                              size_t n) {
#define NARROW(T, F)                                                                               \
  for (size_t i = 0; i < n; i++)                                                                   \
  ((T *)to)[i] = (T)((const F *)from)[i]
  if (to_kind == from_kind)
    memcpy(to, from, n << to_kind);
  else if (to_kind == 1)
    NARROW(uint16_t, uint32_t);
  else if (from_kind == 1)
    NARROW(unsigned char, uint16_t);
  else
    NARROW(unsigned char, uint32_t);
#undef NARROW
}

/* All bits that occur in n code points: says whether they are ASCII, and what kind holds them. */
static uint32_t bits_in(const void *data, size_t n, unsigned kind) {
  uint64_t bits = 0, word;
  size_t bytes = n << kind, i = 0;
  const unsigned char *p = data;
  for (uint64_t four[4]; i + sizeof four <= bytes; i += sizeof four) {
    memcpy(four, p + i, sizeof four);
    bits |= (four[0] | four[1]) | (four[2] | four[3]);
  }
  for (; i + 8 <= bytes; i += 8) {
    memcpy(&word, p + i, 8);
    bits |= word;
  }
  word = 0;
  memcpy(&word, p + i, bytes - i);
  bits |= word;
  bits |= bits >> 32;
  if (kind < 2)
    bits = (bits | bits >> 16) & 0xffff;
  if (kind == 0)
    bits = (bits | bits >> 8) & 0xff;
  return (uint32_t)bits;
}

static unsigned flags_for(uint32_t bits) {
  return bits < 0x80 ? STR_ASCII : bits < 0x100 ? 0 : bits < 0x10000 ? 1 : 2;
}

struct object *str_from_data(const void *data, size_t n, unsigned kind) {
  if (n == 0)
    return hold(&empty.head);
  uint32_t bits = bits_in(data, n, kind);
  if (n == 1 && bits < 256)
    return hold(&str_latin[bits].head);
  unsigned flags = flags_for(bits);
  if (kind == 0) {
    struct str *s = new_narrow(n, flags);
    if (LIKELY(s != NULL))
      copy_bytes(s->data, data, n);
    return (struct object *)s;
  }
  struct str *s = new (n, flags);
  if (!s)
    return NULL;
  narrow(s->data, flags & STR_KIND, data, kind, n);
  return &s->head;
}

struct object *str_from_code_point(uint32_t c) {
  if (c < 256)
    return str_from_byte((unsigned char)c);
  struct str *s = new (1, c < 0x10000 ? 1 : 2);
  if (LIKELY(s != NULL))
    str_put(s->data, s->shape & STR_KIND, 0, c);
  return (struct object *)s;
}

struct object *str_from_ascii_units(const void *data, size_t n) {
  if (UNLIKELY(n < 2))
    return n ? hold(&str_latin[*(const unsigned char *)data].head) : hold(&empty.head);
  struct str *s = new_narrow(n, STR_ASCII);
  if (LIKELY(s != NULL))
    copy_bytes(s->data, data, n);
  return (struct object *)s;
}

struct object *str_from_ascii(const char *text) {
  size_t n = strlen(text);
  CHECK(bits_in(text, n, 0) < 0x80);
  return str_from_ascii_units(text, n);
}

/* The code point at *p, which is moved behind it; UINT32_MAX if there is none: bytes cut off,
 * longer than needed, a surrogate, or above 0x10ffff. */
static uint32_t decode(const unsigned char **p, const unsigned char *end) {
  const unsigned char *at = *p;
  uint32_t first = *at++, code_point;
  unsigned more;
  if (first < 0x80) {
    *p = at;
    return first;
  }
  if (first >= 0xc2 && first < 0xe0)
    code_point = first & 0x1f, more = 1;
  else if (first >= 0xe0 && first < 0xf0)
    code_point = first & 0x0f, more = 2;
  else if (first >= 0xf0 && first < 0xf5)
    code_point = first & 0x07, more = 3;
  else
    return UINT32_MAX;
  if ((size_t)(end - at) < more)
    return UINT32_MAX;
  for (unsigned i = 0; i < more; i++, at++) {
    if ((*at & 0xc0) != 0x80)
      return UINT32_MAX;
    code_point = code_point << 6 | (*at & 0x3f);
  }
  static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
  if (code_point < least[more] || code_point > 0x10ffff || (code_point >> 11) == 0x1b)
    return UINT32_MAX;
  *p = at;
  return code_point;
}

struct object *str_from_utf8(const char *utf8, size_t bytes) {
  if (bits_in(utf8, bytes, 0) < 0x80)
    return str_from_ascii_units(utf8, bytes);
  const unsigned char *start = (const unsigned char *)utf8, *end = start + bytes, *p = start;
  uint32_t bits = 0, last = 0;
  size_t n = 0;
  for (; p < end; n++) {
    last = decode(&p, end);
    if (last == UINT32_MAX) {
      error_set(ERROR_VALUE, "invalid UTF-8 at byte %zu", (size_t)(p - start));
      return NULL;
    }
    bits |= last;
  }
  if (n == 1 && last < 256)
    return hold(&str_latin[last].head);
  unsigned flags = flags_for(bits);
  struct str *s = new (n, flags);
  if (!s)
    return NULL;
  p = start;
  for (size_t i = 0; i < n; i++) {
    uint32_t code_point = decode(&p, end);
    switch (flags & STR_KIND) {
    case 0:
      s->data[i] = (unsigned char)code_point;
      break;
    case 1:
      ((uint16_t *)s->data)[i] = (uint16_t)code_point;
      break;
    default:
      ((uint32_t *)s->data)[i] = code_point;
    }
  }
  return &s->head;
}

/* ---- Made by others ---- */

struct object *str_new_open(size_t n, unsigned kind) {
  if (kind == 0)
    return (struct object *)new_narrow(n, STR_ASCII);
  return (struct object *)new (n, kind ? kind : STR_ASCII);
}

struct object *str_seal_taking(struct object *o, bool is_ascii) {
  struct str *s = (struct str *)o;
  size_t n = str_length(o);
  unsigned kind = str_kind(o);
  unsigned flags = is_ascii ? STR_ASCII : flags_for(bits_in(s->data, n, kind));
  if (LIKELY(n > 1 && (flags & STR_KIND) == kind)) {
    s->shape = (uint64_t)n << STR_LENGTH_SHIFT | flags;
    return o;
  }
  struct object *narrowest = str_from_data(s->data, n, kind);
  drop(o);
  return narrowest;
}

void str_copy_units(void *to, unsigned to_kind, const void *from, unsigned from_kind, size_t n) {
  copy(to, to_kind, from, from_kind, n);
}

struct object *str_new_settled(size_t n, unsigned flags) {
  return (struct object *)new (n, flags);
}

struct object *str_exact(struct object *s) {
  return LIKELY(is_str(s)) ? hold(s) : str_copy_exactly(s);
}

/* ---- Joining and cutting ---- */

static struct str *join(const struct str *a, const struct str *b, unsigned grown) {
  size_t a_n = a->shape >> STR_LENGTH_SHIFT, b_n = b->shape >> STR_LENGTH_SHIFT;
  unsigned flags = str_joint_flags(&a->head, &b->head) | grown, kind = flags & STR_KIND;
  if (LIKELY(!(flags & (STR_KIND | STR_GROWN)))) {
    struct str *s = new_narrow(a_n + b_n, flags);
    if (UNLIKELY(!s))
      return NULL;
    copy_bytes(s->data, a->data, a_n);
    copy_bytes(s->data + a_n, b->data, b_n);
    return s;
  }
  struct str *s = new (a_n + b_n, flags);
  if (UNLIKELY(!s))
    return NULL;
  copy(s->data, kind, a->data, a->shape & STR_KIND, a_n);
  copy(s->data + (a_n << kind), kind, b->data, b->shape & STR_KIND, b_n);
  return s;
}

struct object *str_concat(struct object *a, struct object *b) {
  if (str_length(b) == 0)
    return str_exact(a);
  if (str_length(a) == 0)
    return str_exact(b);
  return (struct object *)join((struct str *)a, (struct str *)b, 0);
}

bool str_append(struct object **slot, struct object *b) {
  struct object *a = *slot;
  struct str *s = (struct str *)a;
  const struct str *t = (const struct str *)b;
  size_t n = str_length(a), more = str_length(b);
  if (more == 0 && is_str(a))
    return true;
  if (n == 0 || more == 0) {
    struct object *other = str_exact(n ? a : b);
    if (!other)
      return false;
    *slot = other;
    drop(a);
    return true;
  }
  bool unshared = object_is_unshared(a);
  if (unshared && (s->shape & STR_GROWN) && room_for(n) == room_for(n + more) &&
      (t->shape & STR_KIND) <= (s->shape & STR_KIND)) {
    unsigned kind = s->shape & STR_KIND;
    copy(s->data + (n << kind), kind, t->data, t->shape & STR_KIND, more);
    memset(s->data + ((n + more) << kind), 0, (size_t)1 << kind);
    unsigned flags = str_joint_flags(a, b) | STR_GROWN;
    s->shape = (uint64_t)(n + more) << STR_LENGTH_SHIFT | flags;
    s->hash = -1;
    return true;
  }
  struct object *joined = (struct object *)join(s, t, unshared ? STR_GROWN : 0);
  if (!joined)
    return false;
  *slot = joined;
  drop(a);
  return true;
}

struct object *str_append_taking(struct object *a, struct object *b) {
  if (str_append(&a, b))
    return a;
  drop(a);
  return NULL;
}

struct object *str_slice(struct object *s, size_t start, size_t stop) {
  CHECK(start <= stop && stop <= str_length(s));
  if (start == 0 && stop == str_length(s) && LIKELY(is_str(s)))
    return hold(s);
  unsigned kind = str_kind(s);
  const unsigned char *data = ((struct str *)s)->data + (start << kind);
  size_t n = stop - start;
  if (n == 1)
    return kind == 0 ? str_from_byte(*data) : str_from_code_point(str_at(s, start));
  return LIKELY(str_is_ascii(s)) ? str_from_ascii_units(data, n) : str_from_data(data, n, kind);
}

struct object *str_copy_exactly(struct object *s) {
  return str_from_data(str_data(s), str_length(s), str_kind(s));
}

/* ---- Comparing ---- */

/* memcmp of runs that are mostly short, for being equal. */
static inline bool same_bytes(const void *a, const void *b, size_t n) {
  const unsigned char *x = a, *y = b;
#define SAME_ENDS(T)                                                                               \
  T p, q, r, s;                                                                                    \
  memcpy(&p, x, sizeof(T));                                                                        \
  memcpy(&q, y, sizeof(T));                                                                        \
  memcpy(&r, x + n - sizeof(T), sizeof(T));                                                        \
  memcpy(&s, y + n - sizeof(T), sizeof(T));                                                        \
  if (((p ^ q) | (r ^ s)) != 0)                                                                    \
  return false
  if (n >= 8) {
    SAME_ENDS(uint64_t);
    return n <= 16 || memcmp(a, b, n) == 0;
  }
  if (n >= 4) {
    SAME_ENDS(uint32_t);
    return true;
  }
  return n == 0 || (x[0] == y[0] && x[n / 2] == y[n / 2] && x[n - 1] == y[n - 1]);
#undef SAME_ENDS
}

bool str_same_text(const struct object *a, const struct object *b) {
  const struct str *x = (const struct str *)a, *y = (const struct str *)b;
  uint64_t different = (x->shape ^ y->shape) & ~(uint64_t)(STR_INTERNED | STR_GROWN);
  return different == 0 &&
         same_bytes(x->data, y->data, x->shape >> STR_LENGTH_SHIFT << (x->shape & STR_KIND));
}

/* Of units of different widths, or wider than bytes. */
#define FIRST_DIFFERENCE(T, U)                                                                     \
  {                                                                                                \
    const T *x = str_data(a);                                                                      \
    const U *y = str_data(b);                                                                      \
    while (i < n && x[i] == y[i])                                                                  \
      i++;                                                                                         \
    break;                                                                                         \
  }
static size_t first_difference(const struct object *a, const struct object *b, size_t n) {
  size_t i = 0;
  switch (str_kind(a) * 3 + str_kind(b)) {
  case 1:
    FIRST_DIFFERENCE(uint8_t, uint16_t)
  case 2:
    FIRST_DIFFERENCE(uint8_t, uint32_t)
  case 3:
    FIRST_DIFFERENCE(uint16_t, uint8_t)
  case 4:
    FIRST_DIFFERENCE(uint16_t, uint16_t)
  case 5:
    FIRST_DIFFERENCE(uint16_t, uint32_t)
  case 6:
    FIRST_DIFFERENCE(uint32_t, uint8_t)
  case 7:
    FIRST_DIFFERENCE(uint32_t, uint16_t)
  default:
    FIRST_DIFFERENCE(uint32_t, uint32_t)
  }
  return i;
}
#undef FIRST_DIFFERENCE

int str_compare(const struct object *a, const struct object *b) {
  size_t a_n = str_length(a), b_n = str_length(b), n = a_n < b_n ? a_n : b_n;
  if (str_kind(a) == 0 && str_kind(b) == 0) {
    unsigned char first = *(const unsigned char *)str_data(a); /* the 0 at the end, if empty */
    unsigned char other = *(const unsigned char *)str_data(b);
    if (n && first != other)
      return first < other ? -1 : 1;
    int order = memcmp(str_data(a), str_data(b), n);
    if (order)
      return order < 0 ? -1 : 1;
  } else {
    size_t i = first_difference(a, b, n);
    if (i < n)
      return str_at(a, i) < str_at(b, i) ? -1 : 1;
  }
  return (a_n > b_n) - (a_n < b_n);
}

static bool str_check(const struct object *o, char *error, size_t error_bytes) {
  const struct str *s = (const struct str *)o;
  size_t n = str_length(o);
  unsigned kind = str_kind(o);
  uint32_t bits = kind < 3 ? bits_in(s->data, n, kind) : 0;
  if (kind > 2 || flags_for(bits) != (s->shape & (STR_KIND | STR_ASCII)))
    return check_failed(error, error_bytes, "str %p of %zu is not in its narrowest kind",
                        (const void *)o, n);
  uint32_t last = 0;
  memcpy(&last, s->data + (n << kind), (size_t)1 << kind);
  if (last != 0)
    return check_failed(error, error_bytes, "str %p of %zu has no 0 at its end", (const void *)o,
                        n);
  if (s->hash != -1 && s->hash != str_hash_bytes(s->data, n << kind))
    return check_failed(error, error_bytes, "str %p of %zu has the hash of another text",
                        (const void *)o, n);
  if (str_is_static(o) && is_str(o) && o != (n ? &str_latin[bits].head : &empty.head))
    return check_failed(error, error_bytes, "str %p exists twice", (const void *)o);
  if ((s->shape & STR_INTERNED) && (s->shape & STR_GROWN))
    return check_failed(error, error_bytes, "str %p is interned and could grow", (const void *)o);
  return true;
}

void str_open(uint64_t hash_seed) {
  str_intern_open(hash_seed);
  latin_open();
}

void str_close(void) { str_intern_close(); }
