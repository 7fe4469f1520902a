/* list.sort: Tim Peters' merge sort. Runs that are there already (rising, or strictly falling and
 * turned) are found and merged in the order of Munro and Wild's powersort; a merge in which one
 * side wins again and again searches ahead in growing steps ("galloping").
 *
 * What is sorted are entries of 16 bytes: the position of a key, and its rank, a number that comes
 * before another only if its key does. One look over the keys tells whether they are of one simple
 * kind that has ranks: of ints and floats (mixed ones too, if no int is too large for that) these
 * are the whole order, of strings and bytes the first 8 bytes, of tuples what the first items have.
 * Most comparisons then touch neither the keys nor their types.
 *
 * Many entries in no order at all are sorted by the digits of their ranks, without comparisons:
 * only those of equal rank are left to compare. (100000 random ints: 13 ms by merging, 5 ms by
 * digits.)
 *
 * The items themselves are moved at the end. Until then they are, in their old order, in a list of
 * nobody else's: there a collector finds them. */
#include "runtime/object/bytes.h"
#include "runtime/object/exception.h"
#include "runtime/object/float.h"
#include "runtime/object/int.h"
#include "runtime/object/list_internal.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include <string.h>

enum { RUN_LEAST = 64, GALLOP_LEAST = 7, PENDING_MAX = 85 };
enum { RADIX_LEAST = 512, TURNS_FEW = 16 }; /* entries; changes of direction */

enum key_kind { KEY_INT, KEY_FLOAT, KEY_NUMBER, KEY_LATIN, KEY_STR, KEY_BYTES, KEY_TUPLE, KEY_ANY };
enum ranks { RANKS_ALL, RANKS_FIRST, RANKS_NONE }; /* first: keys of equal rank must be compared */

struct entry {
  uint64_t rank;
  size_t i; /* of the key, before the sort */
};
struct run {
  size_t start, n;
  unsigned power;
};
struct sort {
  struct object **keys;
  struct entry *entries; /* item buffer */
  size_t n;
  enum ranks ranks;
  enum key_kind kind, inner; /* inner: of the first items of tuples */
  struct entry *aside;       /* item buffer of aside_n: what a merge has set aside */
  size_t aside_n;
  size_t gallop;       /* how often one side must win before galloping */
  struct run *pending; /* room for PENDING_MAX, or for one where there is but one */
  unsigned pending_n;
};

/* ---- Kinds and ranks ---- */

static enum key_kind kind_of(struct object *o) {
  if (type_of(o) == &int_type)
    return int_is_compact(o) ? KEY_INT : KEY_ANY;
  if (is_str(o))
    return str_kind(o) == 0 ? KEY_LATIN : KEY_STR;
  if (is_float(o))
    return KEY_FLOAT;
  if (is_bytes(o))
    return KEY_BYTES;
  return is_tuple(o) && tuple_length(o) ? KEY_TUPLE : KEY_ANY;
}
static enum key_kind common(enum key_kind a, enum key_kind b) {
  if (a == b)
    return a;
  bool strings = (a == KEY_LATIN || a == KEY_STR) && (b == KEY_LATIN || b == KEY_STR);
  return strings ? KEY_STR : a <= KEY_NUMBER && b <= KEY_NUMBER ? KEY_NUMBER : KEY_ANY;
}

/* Numbers that are doubles without loss have the order of these as bits. */
static bool rank_of_double(double value, uint64_t *rank) {
  const uint64_t top = (uint64_t)1 << 63;
  value += 0.0; /* -0.0 becomes 0.0 */
  memcpy(rank, &value, sizeof value);
  *rank = *rank & top ? ~*rank : *rank | top;
  return value == value;
}
static uint64_t rank_of_text(const void *data, size_t n) {
  uint64_t first = 0;
  memcpy(&first, data, n < sizeof first ? n : sizeof first);
  return __builtin_bswap64(first); /* little-endian machines only, as all of the runtime */
}

/* False: it has none. A NaN is neither less nor greater than anything. */
static bool rank_of(struct object *o, enum key_kind kind, uint64_t *rank) {
  const uint64_t top = (uint64_t)1 << 63;
  switch (kind) {
  case KEY_INT:
    *rank = (uint64_t)((struct int_object *)o)->word ^ top;
    return true;
  case KEY_FLOAT:
    return rank_of_double(float_value(o), rank);
  case KEY_NUMBER: {
    int64_t whole;
    if (is_float(o))
      return rank_of_double(float_value(o), rank);
    return int_to_i64(o, &whole) && whole >= -(1ll << 53) && whole <= 1ll << 53 &&
           rank_of_double((double)whole, rank);
  }
  case KEY_BYTES:
    *rank = rank_of_text(bytes_data(o), bytes_length(o));
    return true;
  default:
    *rank = rank_of_text(str_data(o), str_length(o));
    return true;
  }
}

/* Ranks the keys up to the first that is not of this kind, or NaN; how many those are. */
ALWAYS_INLINE size_t rank_each(struct sort *s, enum key_kind kind) {
  size_t i = 0;
  for (; i < s->n; i++) {
    struct object *key = s->keys[i];
    s->entries[i].i = i;
    if (kind_of(key) != kind || !rank_of(key, kind, &s->entries[i].rank))
      break;
  }
  return i;
}
/* Keys that are all of one kind, as they mostly are. */
static bool rank_one_kind(struct sort *s) {
  s->kind = kind_of(s->keys[0]);
  s->ranks = s->kind == KEY_LATIN ? RANKS_FIRST : RANKS_ALL;
  size_t n = s->kind == KEY_INT     ? rank_each(s, KEY_INT)
             : s->kind == KEY_FLOAT ? rank_each(s, KEY_FLOAT)
             : s->kind == KEY_LATIN ? rank_each(s, KEY_LATIN)
                                    : 0;
  return n == s->n;
}

static void look_over(struct sort *s) {
  if (rank_one_kind(s))
    return;
  for (size_t i = 1; i < s->n && s->kind != KEY_ANY; i++)
    s->kind = common(s->kind, kind_of(s->keys[i]));
  bool tuples = s->kind == KEY_TUPLE;
  if (tuples) {
    s->inner = kind_of(tuple_get_borrowed(s->keys[0], 0));
    for (size_t i = 1; i < s->n && s->inner != KEY_ANY; i++)
      s->inner = common(s->inner, kind_of(tuple_get_borrowed(s->keys[i], 0)));
    if (s->inner == KEY_TUPLE) /* only one level is looked into */
      s->inner = KEY_ANY;
  }
  enum key_kind ranked = tuples ? s->inner : s->kind;
  s->ranks = ranked == KEY_STR || ranked == KEY_ANY                 ? RANKS_NONE
             : tuples || ranked == KEY_LATIN || ranked == KEY_BYTES ? RANKS_FIRST
                                                                    : RANKS_ALL;
  for (size_t i = 0; i < s->n; i++) {
    struct object *key = s->keys[i];
    s->entries[i] = (struct entry){.i = i};
    if (s->ranks != RANKS_NONE &&
        !rank_of(tuples ? tuple_get_borrowed(key, 0) : key, ranked, &s->entries[i].rank))
      s->ranks = RANKS_NONE;
  }
}

/* ---- Which is less ---- */

static int less_text(const void *a, size_t n, const void *b, size_t m) {
  int order = memcmp(a, b, n < m ? n : m);
  return order ? order < 0 : n < m;
}
static int less_latin(const struct object *a, const struct object *b) {
  return less_text(str_data(a), str_length(a), str_data(b), str_length(b));
}
static int less_by(enum key_kind kind, struct object *a, struct object *b) {
  switch (kind) {
  case KEY_INT:
    return ((struct int_object *)a)->word < ((struct int_object *)b)->word;
  case KEY_FLOAT:
    return float_value(a) < float_value(b);
  case KEY_LATIN:
    return less_latin(a, b);
  case KEY_STR:
    return str_compare(a, b) < 0;
  case KEY_BYTES:
    return less_text(bytes_data(a), bytes_length(a), bytes_data(b), bytes_length(b));
  default:
    return compare_true(a, b, COMPARE_LT);
  }
}
/* Two tuples, none of them empty, whose first items are of the kind `inner`. */
static int less_tuple(enum key_kind inner, struct object *a, struct object *b) {
  size_t n = tuple_length(a), m = tuple_length(b);
  for (size_t i = 0; i < n && i < m; i++) {
    struct object *x = tuple_get_borrowed(a, i), *y = tuple_get_borrowed(b, i);
    if (int_both_compact(x, y)) {
      if (((struct int_object *)x)->word != ((struct int_object *)y)->word)
        return ((struct int_object *)x)->word < ((struct int_object *)y)->word;
      continue;
    }
    int equal = object_equal(x, y);
    if (equal < 0)
      return -1;
    if (!equal)
      return i == 0 ? less_by(inner, x, y) : compare_true(x, y, COMPARE_LT);
  }
  return n < m;
}
static NO_INLINE int less_key(const struct sort *s, size_t a, size_t b) {
  return s->kind == KEY_TUPLE ? less_tuple(s->inner, s->keys[a], s->keys[b])
                              : less_by(s->kind, s->keys[a], s->keys[b]);
}
ALWAYS_INLINE int less(const struct sort *s, const struct entry *a, const struct entry *b) {
  if (LIKELY(s->ranks != RANKS_NONE)) {
    if (s->ranks == RANKS_ALL || a->rank != b->rank)
      return a->rank < b->rank;
  }
  return less_key(s, a->i, b->i);
}

/* ---- Moving ---- */

static void move(struct entry *to, const struct entry *from, size_t n) {
  memmove(to, from, n * sizeof *to);
}
static void turn(struct entry *start, struct entry *stop) {
  for (; start + 1 < stop; start++) {
    stop--;
    struct entry each = *start;
    *start = *stop;
    *stop = each;
  }
}
/* Room to set n entries aside. What stood there before is forgotten. */
static int make_room_aside(struct sort *s, size_t n) {
  if (n <= s->aside_n)
    return 0;
  gc_buffer_free(s->aside, s->aside_n * sizeof *s->aside);
  s->aside_n = 0;
  s->aside = gc_buffer_new(n * sizeof *s->aside);
  if (!s->aside)
    return error_no_memory(), -1;
  s->aside_n = n;
  return 0;
}

/* ---- Runs ---- */

/* Sorts [start, stop) whose part before `sorted` is in order, each entry put into place by binary
 * search. */
static int insert_each(struct sort *s, size_t start, size_t sorted, size_t stop) {
  for (; sorted < stop; sorted++) {
    struct entry each = s->entries[sorted];
    size_t low = start, high = sorted;
    while (low < high) {
      size_t middle = low + (high - low) / 2;
      int before = less(s, &each, &s->entries[middle]);
      if (UNLIKELY(before < 0))
        return -1;
      if (before)
        high = middle;
      else
        low = middle + 1;
    }
    move(s->entries + low + 1, s->entries + low, sorted - low);
    s->entries[low] = each;
  }
  return 0;
}

/* How long the run is that begins at `start`; a falling one is turned. 0: a comparison failed. */
static size_t count_run(struct sort *s, size_t start, size_t stop) {
  if (start + 1 == stop)
    return 1;
  struct entry *e = s->entries;
  int falling = less(s, &e[start + 1], &e[start]);
  if (falling < 0)
    return 0;
  size_t end = start + 2;
  for (; end < stop; end++) {
    int before = less(s, &e[end], &e[end - 1]);
    if (UNLIKELY(before < 0))
      return 0;
    if (before != falling)
      break;
  }
  if (falling)
    turn(e + start, e + end);
  return end - start;
}

/* ---- Galloping ----
 *
 * Where `key` belongs among the n sorted entries at `row`: in front of those equal to it (leftmost)
 * or behind them; the search begins at `hint`, steps 1, 3, 7, ... and ends with a binary search. */

static int64_t gallop(struct sort *s, struct entry key, struct entry *row, size_t n, size_t hint,
                      bool leftmost) {
/* Whether the entry at i stands in front of where key belongs. */
#define IS_BEFORE(i)                                                                               \
  (leftmost ? less(s, &row[i], &key) : (int)(1u ^ (unsigned)less(s, &key, &row[i])))
#define FAILED(x) ((x) < 0 || (x) > 1)
  size_t low, high, step = 1, last = 0; /* row[low - 1] is before, row[high] is not */
  int before = IS_BEFORE(hint);
  if (FAILED(before))
    return -1;
  if (before) {
    size_t most = n - hint;
    while (step < most) {
      before = IS_BEFORE(hint + step);
      if (FAILED(before))
        return -1;
      if (!before)
        break;
      last = step;
      step = step * 2 + 1;
    }
    if (step > most)
      step = most;
    low = hint + last + 1;
    high = hint + step;
  } else {
    size_t most = hint + 1;
    while (step < most) {
      before = IS_BEFORE(hint - step);
      if (FAILED(before))
        return -1;
      if (before)
        break;
      last = step;
      step = step * 2 + 1;
    }
    if (step > most)
      step = most;
    low = hint + 1 - step;
    high = hint - last;
  }
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    before = IS_BEFORE(middle);
    if (FAILED(before))
      return -1;
    if (before)
      low = middle + 1;
    else
      high = middle;
  }
  return (int64_t)low;
#undef IS_BEFORE
#undef FAILED
}

/* ---- Merging two neighbours: a of n, and b of m behind it ---- */

/* The shorter first run is set aside, and the result grows upwards. */
static int merge_up(struct sort *s, size_t start, size_t n, size_t m) {
  if (make_room_aside(s, n) < 0)
    return -1;
  struct entry *to = s->entries + start, *b = to + n, *a = s->aside;
  move(a, to, n);
  size_t least = s->gallop;
  int result = -1;
  int64_t k;
  *to++ = *b++;
  m--;
  if (m == 0)
    goto done;
  if (n == 1)
    goto last_of_a;
  for (;;) {
    size_t a_wins = 0, b_wins = 0;
    for (;;) {
      int b_first = less(s, b, a);
      if (UNLIKELY(b_first < 0))
        goto failed;
      if (b_first) {
        *to++ = *b++;
        a_wins = 0;
        b_wins++;
        if (--m == 0)
          goto done;
        if (b_wins >= least)
          break;
      } else {
        *to++ = *a++;
        b_wins = 0;
        a_wins++;
        if (--n == 1)
          goto last_of_a;
        if (a_wins >= least)
          break;
      }
    }
    least++;
    do {
      least -= least > 1;
      s->gallop = least;
      if ((k = gallop(s, *b, a, n, 0, false)) < 0)
        goto failed;
      a_wins = (size_t)k;
      if (k) {
        move(to, a, a_wins);
        to += a_wins;
        a += a_wins;
        n -= a_wins;
        if (n == 1)
          goto last_of_a;
        if (n == 0) /* only if the comparison contradicts itself */
          goto done;
      }
      *to++ = *b++;
      if (--m == 0)
        goto done;
      if ((k = gallop(s, *a, b, m, 0, true)) < 0)
        goto failed;
      b_wins = (size_t)k;
      if (k) {
        move(to, b, b_wins);
        to += b_wins;
        b += b_wins;
        m -= b_wins;
        if (m == 0)
          goto done;
      }
      *to++ = *a++;
      if (--n == 1)
        goto last_of_a;
    } while (a_wins >= GALLOP_LEAST || b_wins >= GALLOP_LEAST);
    s->gallop = ++least; /* leaving it costs */
  }
done:
  result = 0;
failed:
  move(to, a, n);
  return result;
last_of_a:
  move(to, b, m);
  to[m] = *a;
  return 0;
}

/* The shorter second run is set aside, and the result grows downwards from the end: each pointer
 * stands one behind what it means. */
static int merge_down(struct sort *s, size_t start, size_t n, size_t m) {
  if (make_room_aside(s, m) < 0)
    return -1;
  struct entry *first = s->entries + start, *a = first + n, *to = a + m, *aside = s->aside;
  move(aside, a, m);
  size_t least = s->gallop;
  int result = -1;
  int64_t k;
  *--to = *--a;
  n--;
  if (n == 0)
    goto done;
  if (m == 1)
    goto first_of_b;
  for (;;) {
    size_t a_wins = 0, b_wins = 0;
    for (;;) {
      int b_first = less(s, &aside[m - 1], a - 1);
      if (UNLIKELY(b_first < 0))
        goto failed;
      if (b_first) {
        *--to = *--a;
        b_wins = 0;
        a_wins++;
        if (--n == 0)
          goto done;
        if (a_wins >= least)
          break;
      } else {
        *--to = aside[--m];
        a_wins = 0;
        b_wins++;
        if (m == 1)
          goto first_of_b;
        if (b_wins >= least)
          break;
      }
    }
    least++;
    do {
      least -= least > 1;
      s->gallop = least;
      if ((k = gallop(s, aside[m - 1], first, n, n - 1, false)) < 0)
        goto failed;
      a_wins = n - (size_t)k;
      if (a_wins) {
        to -= a_wins;
        a -= a_wins;
        move(to, a, a_wins);
        n -= a_wins;
        if (n == 0)
          goto done;
      }
      *--to = aside[--m];
      if (m == 1)
        goto first_of_b;
      if ((k = gallop(s, a[-1], aside, m, m - 1, true)) < 0)
        goto failed;
      b_wins = m - (size_t)k;
      if (b_wins) {
        to -= b_wins;
        m -= b_wins;
        move(to, aside + m, b_wins);
        if (m == 1)
          goto first_of_b;
        if (m == 0) /* only if the comparison contradicts itself */
          goto done;
      }
      *--to = *--a;
      if (--n == 0)
        goto done;
    } while (a_wins >= GALLOP_LEAST || b_wins >= GALLOP_LEAST);
    s->gallop = ++least;
  }
done:
  result = 0;
failed:
  move(to - m, aside, m);
  return result;
first_of_b:
  move(to - n, a - n, n);
  to[-(ptrdiff_t)n - 1] = aside[0];
  return 0;
}

static int merge_at(struct sort *s, unsigned i) {
  struct run *a = &s->pending[i], *b = a + 1;
  size_t start = a->start, n = a->n, other = b->start, m = b->n;
  struct entry *e = s->entries;
  a->n += m;
  if (i + 3 == s->pending_n)
    *b = b[1];
  s->pending_n--;
  /* What of a stands in place already, and what of b. */
  int64_t k = gallop(s, e[other], e + start, n, 0, false);
  if (k < 0)
    return -1;
  start += (size_t)k;
  n -= (size_t)k;
  if (n == 0)
    return 0;
  k = gallop(s, e[start + n - 1], e + other, m, m - 1, true);
  if (k <= 0)
    return (int)k;
  m = (size_t)k;
  return n <= m ? merge_up(s, start, n, m) : merge_down(s, start, n, m);
}

/* The depth of the node that joins two runs in a nearly balanced tree over all n items. */
static unsigned power_of(size_t start, size_t n, size_t m, size_t total) {
  size_t a = 2 * start + n, b = a + n + m; /* twice the middles of the two runs */
  unsigned power = 0;
  for (;;) {
    power++;
    if (a >= total) {
      a -= total;
      b -= total;
    } else if (b >= total)
      return power;
    a <<= 1;
    b <<= 1;
  }
}
static int found_run(struct sort *s, size_t n) {
  if (s->pending_n) {
    struct run *top = &s->pending[s->pending_n - 1];
    unsigned power = power_of(top->start, top->n, n, s->n);
    while (s->pending_n > 1 && s->pending[s->pending_n - 2].power > power)
      if (merge_at(s, s->pending_n - 2) < 0)
        return -1;
    s->pending[s->pending_n - 1].power = power;
  }
  return 0;
}
static int merge_rest(struct sort *s) {
  while (s->pending_n > 1) {
    unsigned i = s->pending_n - 2;
    if (i && s->pending[i - 1].n < s->pending[i + 1].n)
      i--;
    if (merge_at(s, i) < 0)
      return -1;
  }
  return 0;
}

/* n, or its topmost bits and one more if any other is set: n over it is a power of two or slightly
 * less. */
static size_t least_run(size_t n) {
  size_t rest = 0;
  for (; n >= RUN_LEAST; n >>= 1)
    rest |= n & 1;
  return n + rest;
}

static int sort_all(struct sort *s) {
  size_t least = least_run(s->n);
  for (size_t start = 0; start < s->n;) {
    size_t n = count_run(s, start, s->n);
    if (!n)
      return -1;
    if (n < least) {
      size_t forced = s->n - start < least ? s->n - start : least;
      if (insert_each(s, start, start + n, start + forced) < 0)
        return -1;
      n = forced;
    }
    if (found_run(s, n) < 0)
      return -1;
    s->pending[s->pending_n++] = (struct run){start, n, 0};
    start += n;
  }
  return merge_rest(s);
}

/* ---- By rank, digit by digit ---- */

/* Whether there are but a few runs to merge. */
static bool is_nearly_sorted(const struct sort *s) {
  size_t turns = 0;
  bool falling = s->entries[1].rank < s->entries[0].rank;
  for (size_t i = 2; i < s->n && turns <= TURNS_FEW; i++) {
    bool falls = s->entries[i].rank < s->entries[i - 1].rank;
    turns += falls != falling;
    falling = falls;
  }
  return turns <= TURNS_FEW;
}

/* Radix sort from the lowest byte up; bytes in which all ranks agree are passed over. False: no
 * memory, nothing was done. */
static bool sort_by_rank(struct sort *s) {
  enum { BYTES = sizeof s->entries->rank };
  size_t counts[BYTES][256];
  if (make_room_aside(s, s->n) < 0) {
    error_clear();
    return false;
  }
  memset(counts, 0, sizeof counts);
  for (size_t i = 0; i < s->n; i++)
    for (unsigned byte = 0; byte < BYTES; byte++)
      counts[byte][s->entries[i].rank >> 8 * byte & 255]++;
  struct entry *from = s->entries, *to = s->aside;
  for (unsigned byte = 0; byte < BYTES; byte++) {
    size_t *count = counts[byte], before = 0;
    if (count[from[0].rank >> 8 * byte & 255] == s->n)
      continue;
    for (unsigned digit = 0; digit < 256; digit++) {
      size_t here = count[digit];
      count[digit] = before;
      before += here;
    }
    for (size_t i = 0; i < s->n; i++)
      to[count[from[i].rank >> 8 * byte & 255]++] = from[i];
    struct entry *other = from;
    from = to;
    to = other;
  }
  if (from != s->entries)
    move(s->entries, from, s->n);
  return true;
}

/* Those of equal rank are in their old order yet. */
static int sort_equal_ranks(struct sort *s) {
  struct entry *all = s->entries;
  size_t n = s->n;
  int status = 0;
  for (size_t start = 0, stop; status == 0 && start < n; start = stop) {
    for (stop = start + 1; stop < n && all[stop].rank == all[start].rank; stop++)
      ;
    s->entries = all + start;
    s->n = stop - start;
    s->pending_n = 0;
    if (s->n > 1)
      status = sort_all(s);
  }
  s->entries = all;
  s->n = n;
  return status;
}

static int sort_entries(struct sort *s) {
  if (s->ranks == RANKS_NONE || s->n < RADIX_LEAST || is_nearly_sorted(s) || !sort_by_rank(s))
    return sort_all(s);
  return s->ranks == RANKS_ALL ? 0 : sort_equal_ranks(s);
}

/* ---- The list ---- */

/* A list that only this file sees: in the rc family untracked, so that nobody gets it shown. */
static struct list *list_apart(void) {
  struct list *l = (struct list *)list_new(0);
  if (l)
    gc_untrack(&l->head);
  return l;
}
static void swap_items(struct list *a, struct list *b) {
  struct list c = *a;
  a->items = b->items;
  a->n = b->n;
  a->capacity = b->capacity;
  b->items = c.items;
  b->n = c.n;
  b->capacity = c.capacity;
}

static int make_keys(struct list *items, struct list *keys, struct object *key) {
  for (size_t i = 0; i < items->n; i++) {
    struct object *each = call_one(key, items->items[i]);
    if (!each || list_append_taking(&keys->head, each) < 0)
      return -1;
  }
  return 0;
}

/* Puts the items in the order that the entries have. */
static void put_in_order(struct sort *s, struct object **items) {
  for (size_t i = 0; i < s->n; i++)
    s->entries[i].i = (size_t)(uintptr_t)items[s->entries[i].i];
  for (size_t i = 0; i < s->n; i++)
    items[i] = (struct object *)(uintptr_t)s->entries[i].i;
}

static int sort_items(struct list *items, struct list *keys, struct object *key, bool backwards) {
  if (key && make_keys(items, keys, key) < 0)
    return -1;
  struct run pending[PENDING_MAX];
  struct entry few[RUN_LEAST];
  struct sort s = {.keys = key ? keys->items : items->items,
                   .n = items->n,
                   .gallop = GALLOP_LEAST,
                   .pending = pending};
  if (s.n < 2)
    return 0;
  size_t bytes = s.n * sizeof *s.entries;
  s.entries = s.n <= ARRAY_SIZE(few) ? few : gc_buffer_new(bytes);
  if (!s.entries)
    return error_no_memory(), -1;
  look_over(&s);
  /* Turned before and after: what is equal keeps its order. */
  if (backwards)
    turn(s.entries, s.entries + s.n);
  int status = sort_entries(&s);
  if (backwards)
    turn(s.entries, s.entries + s.n);
  put_in_order(&s, items->items);
  gc_buffer_free(s.aside, s.aside_n * sizeof *s.aside);
  if (s.entries != few)
    gc_buffer_free(s.entries, bytes);
  return status;
}

/* Few items whose ranks tell all, or that are narrow strings: nothing is allocated for them and
 * nothing foreign runs, so that they may be sorted where they stand. False: they are no such. */
static bool sort_in_place(struct list *l, bool backwards) {
  struct run pending[1];
  struct entry few[RUN_LEAST];
  if (l->n >= RUN_LEAST) /* one run, without merging */
    return false;
  struct sort s = {.keys = l->items, .n = l->n, .entries = few, .pending = pending};
  if (!rank_one_kind(&s))
    return false;
  if (backwards)
    turn(few, few + s.n);
  sort_all(&s);
  if (backwards)
    turn(few, few + s.n);
  put_in_order(&s, l->items);
  return true;
}

int list_sort(struct object *o, struct object *key, bool backwards) {
  struct list *l = (struct list *)o;
  if (key == NONE)
    key = NULL;
  if (!key && (l->n < 2 || sort_in_place(l, backwards)))
    return 0;
  struct list *items = list_apart(), *keys = items && key ? list_apart() : NULL;
  int status = items && (keys || !key) ? list_reserve(&items->head, 4) : -1;
  /* The list gets an empty buffer meanwhile, by which it is known that nobody touched it. */
  struct object **empty = items ? items->items : NULL;
  if (status == 0) {
    swap_items(l, items);
    status = sort_items(items, keys, key, backwards);
    if (keys) {
      gc_keep(keys);
      list_clear(&keys->head); /* what dies with the keys may change the list */
    }
    bool touched = l->items != empty || l->n;
    swap_items(l, items);
    if (touched && status == 0) {
      error_set(ERROR_VALUE, "list modified during sort");
      status = -1;
    }
  }
  gc_keep(items);
  drop_null((struct object *)keys);
  drop_null((struct object *)items);
  return status;
}

struct object *list_sort_method(struct object *o, struct object *const *args, size_t n,
                                struct object *kwnames) {
  static const char *const names[] = {"key", "reverse"};
  static const struct args_spec spec = {"sort", names, 2, 0, 0, 0};
  struct object *values[2];
  int backwards = 0;
  if (args_parse(&spec, args, n, kwnames, values) < 0 ||
      (values[1] && args_to_c_int(values[1], &backwards) < 0))
    return NULL;
  return list_sort(o, values[0], backwards != 0) < 0 ? NULL : hold(NONE);
}
