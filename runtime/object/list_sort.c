/* list.sort: Tim Peters' merge sort. Runs that are there already (rising, or strictly falling and
 * turned) are found and merged in the order of Munro and Wild's powersort; a merge in which one
 * side wins again and again searches ahead in growing steps ("galloping").
 *
 * One look over the keys before it begins tells whether all are of one simple kind; then pairs are
 * compared without asking their type each time.
 *
 * While the order is made, the items are in a list of nobody else's, and what a merge sets aside in
 * another, so that a collector finds them in the tracing family. In the rc family these lists are
 * untracked: a reference may stand in them twice, which only matters to somebody who counts. */
#include "runtime/object/exception.h"
#include "runtime/object/float.h"
#include "runtime/object/int.h"
#include "runtime/object/list_internal.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include <string.h>

enum { RUN_LEAST = 64, GALLOP_LEAST = 7, PENDING_MAX = 85 };

enum key_kind { KEY_INT, KEY_FLOAT, KEY_LATIN, KEY_STR, KEY_TUPLE, KEY_ANY };

struct run {
  size_t start, n;
  unsigned power;
};
struct sort {
  struct object **keys, **values; /* values: NULL where the keys are the items */
  size_t n;
  enum key_kind kind, inner; /* inner: of the first items of tuples */
  struct list *aside;        /* the first half of its room is for keys, the second for values */
  size_t aside_n;
  size_t gallop; /* how often one side must win before galloping */
  struct run pending[PENDING_MAX];
  unsigned pending_n;
};

/* ---- Which is less ---- */

static int less_latin(const struct object *a, const struct object *b) {
  size_t n = str_length(a), m = str_length(b);
  int order = memcmp(str_data(a), str_data(b), n < m ? n : m);
  return order ? order < 0 : n < m;
}

ALWAYS_INLINE int less_by(enum key_kind kind, struct object *a, struct object *b) {
  switch (kind) {
  case KEY_INT:
    return ((struct int_object *)a)->word < ((struct int_object *)b)->word;
  case KEY_FLOAT:
    return float_value(a) < float_value(b);
  case KEY_LATIN:
    return less_latin(a, b);
  case KEY_STR:
    return str_compare(a, b) < 0;
  default:
    return compare_true(a, b, COMPARE_LT);
  }
}

/* Two tuples, none of them empty, whose first items are of the kind `inner`. */
static NO_INLINE int less_tuple(enum key_kind inner, struct object *a, struct object *b) {
  size_t n = tuple_length(a), m = tuple_length(b);
  for (size_t i = 0; i < n && i < m; i++) {
    struct object *x = tuple_get_borrowed(a, i), *y = tuple_get_borrowed(b, i);
    int equal = object_equal(x, y);
    if (equal < 0)
      return -1;
    if (!equal)
      return i == 0 ? less_by(inner, x, y) : compare_true(x, y, COMPARE_LT);
  }
  return n < m;
}

ALWAYS_INLINE int less(const struct sort *s, struct object *a, struct object *b) {
  return s->kind == KEY_TUPLE ? less_tuple(s->inner, a, b) : less_by(s->kind, a, b);
}

static enum key_kind kind_of(struct object *o) {
  if (type_of(o) == &int_type)
    return int_is_compact(o) ? KEY_INT : KEY_ANY;
  if (is_str(o))
    return str_kind(o) == 0 ? KEY_LATIN : KEY_STR;
  if (is_float(o))
    return KEY_FLOAT;
  return is_tuple(o) && tuple_length(o) ? KEY_TUPLE : KEY_ANY;
}
static enum key_kind common(enum key_kind a, enum key_kind b) {
  if (a == b)
    return a;
  bool strings = (a == KEY_LATIN || a == KEY_STR) && (b == KEY_LATIN || b == KEY_STR);
  return strings ? KEY_STR : KEY_ANY;
}
static void look_over(struct sort *s) {
  s->kind = kind_of(s->keys[0]);
  for (size_t i = 1; i < s->n && s->kind != KEY_ANY; i++)
    s->kind = common(s->kind, kind_of(s->keys[i]));
  if (s->kind != KEY_TUPLE)
    return;
  s->inner = kind_of(tuple_get_borrowed(s->keys[0], 0));
  for (size_t i = 1; i < s->n && s->inner != KEY_ANY; i++)
    s->inner = common(s->inner, kind_of(tuple_get_borrowed(s->keys[i], 0)));
  if (s->inner == KEY_TUPLE) /* only one level is looked into */
    s->inner = KEY_ANY;
}

/* ---- Moving ---- */

static void move_within(struct sort *s, size_t to, size_t from, size_t n) {
  memmove(s->keys + to, s->keys + from, n * sizeof *s->keys);
  if (s->values)
    memmove(s->values + to, s->values + from, n * sizeof *s->values);
}
ALWAYS_INLINE void move_one(struct sort *s, size_t to, size_t from) {
  s->keys[to] = s->keys[from];
  if (s->values)
    s->values[to] = s->values[from];
}
static void set_aside(struct sort *s, size_t from, size_t n) {
  memcpy(s->aside->items, s->keys + from, n * sizeof *s->keys);
  if (s->values)
    memcpy(s->aside->items + s->aside_n, s->values + from, n * sizeof *s->values);
}
static void take_back(struct sort *s, size_t to, size_t from, size_t n) {
  memcpy(s->keys + to, s->aside->items + from, n * sizeof *s->keys);
  if (s->values)
    memcpy(s->values + to, s->aside->items + s->aside_n + from, n * sizeof *s->values);
}
ALWAYS_INLINE void take_back_one(struct sort *s, size_t to, size_t from) {
  s->keys[to] = s->aside->items[from];
  if (s->values)
    s->values[to] = s->aside->items[s->aside_n + from];
}

static void turn(struct sort *s, size_t start, size_t stop) {
  for (; start + 1 < stop; start++) {
    stop--;
    struct object *key = s->keys[start];
    s->keys[start] = s->keys[stop];
    s->keys[stop] = key;
    if (s->values) {
      struct object *value = s->values[start];
      s->values[start] = s->values[stop];
      s->values[stop] = value;
    }
  }
}

/* Room to set n pairs aside. What stood there before is forgotten. */
static int make_room_aside(struct sort *s, size_t n) {
  if (n <= s->aside_n)
    return 0;
  struct list *aside = s->aside;
  size_t slots = s->values ? 2 * n : n;
  aside->n = 0;
  gc_buffer_free(aside->items, aside->capacity * sizeof *aside->items);
  aside->items = NULL;
  aside->capacity = s->aside_n = 0;
  aside->items = gc_buffer_new(slots * sizeof *aside->items);
  if (!aside->items)
    return error_no_memory(), -1;
  memset(aside->items, 0, slots * sizeof *aside->items);
  aside->capacity = slots;
  aside->n = GC_TRACING ? slots : 0;
  s->aside_n = n;
  return 0;
}

/* ---- Runs ---- */

/* Sorts [start, stop) whose part before `sorted` is in order, each item put into place by binary
 * search. */
static int insert_each(struct sort *s, size_t start, size_t sorted, size_t stop) {
  for (; sorted < stop; sorted++) {
    struct object *key = s->keys[sorted], *value = s->values ? s->values[sorted] : NULL;
    size_t low = start, high = sorted;
    while (low < high) {
      size_t middle = low + (high - low) / 2;
      int before = less(s, key, s->keys[middle]);
      if (UNLIKELY(before < 0))
        return -1;
      if (before)
        high = middle;
      else
        low = middle + 1;
    }
    move_within(s, low + 1, low, sorted - low);
    s->keys[low] = key;
    if (value)
      s->values[low] = value;
  }
  return 0;
}

/* How long the run is that begins at `start`; a falling one is turned. 0: a comparison failed. */
static size_t count_run(struct sort *s, size_t start, size_t stop) {
  if (start + 1 == stop)
    return 1;
  int falling = less(s, s->keys[start + 1], s->keys[start]);
  if (falling < 0)
    return 0;
  size_t end = start + 2;
  for (; end < stop; end++) {
    int before = less(s, s->keys[end], s->keys[end - 1]);
    if (UNLIKELY(before < 0))
      return 0;
    if (before != falling)
      break;
  }
  if (falling)
    turn(s, start, end);
  return end - start;
}

/* ---- Galloping ----
 *
 * Where `key` belongs among the n sorted keys at `row`: in front of those equal to it (leftmost) or
 * behind them; the search begins at `hint`, steps 1, 3, 7, ... and ends with a binary search. */

static int64_t gallop(struct sort *s, struct object *key, struct object **row, size_t n,
                      size_t hint, bool leftmost) {
/* Whether the item at i stands in front of where key belongs. */
#define IS_BEFORE(i) (leftmost ? less(s, row[i], key) : (int)(1u ^ (unsigned)less(s, key, row[i])))
#define FAILED(x)    ((x) < 0 || (x) > 1)
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
static int merge_up(struct sort *s, size_t a, size_t n, size_t m) {
  if (make_room_aside(s, n) < 0)
    return -1;
  set_aside(s, a, n);
  struct object **aside = s->aside->items;
  size_t to = a, b = a + n, at = 0, least = s->gallop;
  int result = -1;
  int64_t k;
  move_one(s, to++, b++);
  m--;
  if (m == 0)
    goto done;
  if (n == 1)
    goto last_of_a;
  for (;;) {
    size_t a_wins = 0, b_wins = 0;
    for (;;) {
      int b_first = less(s, s->keys[b], aside[at]);
      if (UNLIKELY(b_first < 0))
        goto failed;
      if (b_first) {
        move_one(s, to++, b++);
        a_wins = 0;
        b_wins++;
        if (--m == 0)
          goto done;
        if (b_wins >= least)
          break;
      } else {
        take_back_one(s, to++, at++);
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
      if ((k = gallop(s, s->keys[b], aside + at, n, 0, false)) < 0)
        goto failed;
      a_wins = (size_t)k;
      if (k) {
        take_back(s, to, at, a_wins);
        to += a_wins;
        at += a_wins;
        n -= a_wins;
        if (n == 1)
          goto last_of_a;
        if (n == 0) /* only if the comparison contradicts itself */
          goto done;
      }
      move_one(s, to++, b++);
      if (--m == 0)
        goto done;
      if ((k = gallop(s, aside[at], s->keys + b, m, 0, true)) < 0)
        goto failed;
      b_wins = (size_t)k;
      if (k) {
        move_within(s, to, b, b_wins);
        to += b_wins;
        b += b_wins;
        m -= b_wins;
        if (m == 0)
          goto done;
      }
      take_back_one(s, to++, at++);
      if (--n == 1)
        goto last_of_a;
    } while (a_wins >= GALLOP_LEAST || b_wins >= GALLOP_LEAST);
    s->gallop = ++least; /* leaving it costs */
  }
done:
  result = 0;
failed:
  take_back(s, to, at, n);
  return result;
last_of_a:
  move_within(s, to, b, m);
  take_back_one(s, to + m, at);
  return 0;
}

/* The shorter second run is set aside, and the result grows downwards from the end. All positions
 * are one behind what they mean. */
static int merge_down(struct sort *s, size_t start, size_t n, size_t m) {
  if (make_room_aside(s, m) < 0)
    return -1;
  set_aside(s, start + n, m);
  struct object **aside = s->aside->items;
  size_t a = start + n, to = start + n + m, least = s->gallop;
  int result = -1;
  int64_t k;
  move_one(s, --to, --a);
  n--;
  if (n == 0)
    goto done;
  if (m == 1)
    goto first_of_b;
  for (;;) {
    size_t a_wins = 0, b_wins = 0;
    for (;;) {
      int b_first = less(s, aside[m - 1], s->keys[a - 1]);
      if (UNLIKELY(b_first < 0))
        goto failed;
      if (b_first) {
        move_one(s, --to, --a);
        b_wins = 0;
        a_wins++;
        if (--n == 0)
          goto done;
        if (a_wins >= least)
          break;
      } else {
        take_back_one(s, --to, --m);
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
      if ((k = gallop(s, aside[m - 1], s->keys + start, n, n - 1, false)) < 0)
        goto failed;
      a_wins = n - (size_t)k;
      if (a_wins) {
        to -= a_wins;
        a -= a_wins;
        move_within(s, to, a, a_wins);
        n -= a_wins;
        if (n == 0)
          goto done;
      }
      take_back_one(s, --to, --m);
      if (m == 1)
        goto first_of_b;
      if ((k = gallop(s, s->keys[a - 1], aside, m, m - 1, true)) < 0)
        goto failed;
      b_wins = m - (size_t)k;
      if (b_wins) {
        to -= b_wins;
        m -= b_wins;
        take_back(s, to, m, b_wins);
        if (m == 1)
          goto first_of_b;
        if (m == 0) /* only if the comparison contradicts itself */
          goto done;
      }
      move_one(s, --to, --a);
      if (--n == 0)
        goto done;
    } while (a_wins >= GALLOP_LEAST || b_wins >= GALLOP_LEAST);
    s->gallop = ++least;
  }
done:
  result = 0;
failed:
  take_back(s, to - m, 0, m);
  return result;
first_of_b:
  move_within(s, to - n, a - n, n);
  take_back_one(s, to - n - 1, 0);
  return 0;
}

static int merge_at(struct sort *s, unsigned i) {
  struct run *a = &s->pending[i], *b = a + 1;
  size_t start = a->start, n = a->n, other = b->start, m = b->n;
  a->n += m;
  if (i + 3 == s->pending_n)
    *b = b[1];
  s->pending_n--;
  /* What of a stands in place already, and what of b. */
  int64_t k = gallop(s, s->keys[other], s->keys + start, n, 0, false);
  if (k < 0)
    return -1;
  start += (size_t)k;
  n -= (size_t)k;
  if (n == 0)
    return 0;
  k = gallop(s, s->keys[start + n - 1], s->keys + other, m, m - 1, true);
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

/* ---- The list ---- */

/* A list that only this file sees: see above. */
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

static int sort_items(struct list *items, struct list *keys, struct list *aside, struct object *key,
                      bool backwards) {
  if (key && make_keys(items, keys, key) < 0)
    return -1;
  struct sort s = {.keys = key ? keys->items : items->items,
                   .values = key ? items->items : NULL,
                   .n = items->n,
                   .aside = aside,
                   .gallop = GALLOP_LEAST};
  if (s.n < 2)
    return 0;
  look_over(&s);
  /* Turned before and after: what is equal keeps its order. */
  if (backwards)
    turn(&s, 0, s.n);
  int status = sort_all(&s);
  if (backwards)
    turn(&s, 0, s.n);
  return status;
}

int list_sort(struct object *o, struct object *key, bool backwards) {
  struct list *l = (struct list *)o;
  if (key == NONE)
    key = NULL;
  if (l->n < 2 && !key)
    return 0;
  struct list *items = list_apart(), *keys = items ? list_apart() : NULL;
  struct list *aside = keys ? list_apart() : NULL;
  int status = aside ? list_reserve(&items->head, 4) : -1;
  /* The list gets an empty buffer meanwhile, by which it is known that nobody touched it. */
  struct object **empty = items ? items->items : NULL;
  if (status == 0) {
    swap_items(l, items);
    status = sort_items(items, keys, aside, key, backwards);
    gc_keep(keys);
    list_clear(&keys->head); /* what dies with the keys may change the list */
    bool touched = l->items != empty || l->n;
    swap_items(l, items);
    if (touched && status == 0) {
      error_set(ERROR_VALUE, "list modified during sort");
      status = -1;
    }
  }
  gc_keep(items);
  if (aside) {
    aside->n = 0;
    drop(&aside->head);
  }
  drop_null((struct object *)keys);
  drop_null((struct object *)items);
  return status;
}

struct object *list_sort_method(struct object *o, struct object *const *args, size_t n,
                                struct object *kwnames) {
  static const char *const names[] = {"key", "reverse"};
  static const struct args_spec spec = {"sort", names, 2, 0, 0, 0};
  struct object *values[2];
  int64_t backwards = 0;
  if (args_parse(&spec, args, n, kwnames, values) < 0 ||
      (values[1] && number_to_i64(values[1], &backwards, ERROR_OVERFLOW) < 0))
    return NULL;
  return list_sort(o, values[0], backwards != 0) < 0 ? NULL : hold(NONE);
}
