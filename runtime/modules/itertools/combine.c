/* product, permutations, combinations, combinations_with_replacement, zip_longest.
 *
 * The first four pick from tuples that were read at the beginning, by a row of indices that counts
 * on. In the rc family the tuple given out last is changed in place if nobody has kept it. */
#include "runtime/modules/itertools/itertools.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/iterators.h"
#include "runtime/object/model.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include <stddef.h>

struct combine {
  struct object head;
  struct object *pool; /* tuple: of what is picked from; product: of such tuples */
  struct object *row;  /* given out last; NULL: none yet */
  int64_t *indices;    /* item buffer of `slots`: r indices; permutations: n, then r cycles */
  size_t slots, r;
  bool stopped;
};
static struct combine *combine_of(struct object *o) { return (struct combine *)o; }

static void release(struct object *o) {
  gc_buffer_free(combine_of(o)->indices, combine_of(o)->slots * sizeof(int64_t));
}

/* Takes the pool. */
static struct object *new_taking(struct type *t, struct object *pool, size_t slots, size_t r) {
  struct object *o = pool ? type_generic_alloc(t) : NULL;
  if (!o) {
    drop_null(pool);
    return NULL;
  }
  struct combine *c = combine_of(o);
  store_first(o, &c->pool, pool);
  if (slots) {
    c->indices = slots < SIZE_MAX / 16 ? gc_buffer_new(slots * sizeof(int64_t)) : NULL;
    if (!c->indices) {
      drop(o);
      return error_no_memory();
    }
  }
  c->slots = slots;
  c->r = r;
  for (size_t i = 0; i < slots; i++)
    c->indices[i] = 0;
  return o;
}

/* The row to be changed and given out: that given out last, or a copy. Kept as c->row. */
static struct object *next_row(struct object *o) {
  struct combine *c = combine_of(o);
  struct tuple *row = (struct tuple *)c->row;
  if (object_is_unshared(c->row) && c->r) {
    if (!gc_is_tracked(c->row))
      gc_track(c->row);
    return hold(c->row);
  }
  struct object *copy = tuple_from(row->items, c->r);
  if (copy)
    store(o, &c->row, hold(copy));
  return copy;
}
/* The first row. */
static struct object *first_row(struct object *o) {
  struct combine *c = combine_of(o);
  struct object *row = tuple_new(c->r);
  bool is_product = type_of(o)->next == itertools_product_type.next;
  for (size_t i = 0; row && i < c->r; i++) {
    struct object *pool = is_product ? tuple_get_borrowed(c->pool, i) : c->pool;
    tuple_init_taking(row, i, hold(tuple_get_borrowed(pool, (size_t)c->indices[i])));
  }
  if (row)
    store(o, &c->row, hold(row));
  return row;
}
static void put(struct object *row, size_t i, struct object *value) {
  store(row, &((struct tuple *)row)->items[i], hold(value));
}
static struct object *stop(struct object *o) {
  combine_of(o)->stopped = true;
  return NULL;
}

/* Counts on: the last index that is below its most rises by one, those behind it begin anew at 0,
 * or with the one in front, or one more than that. `most` as in read_ints. */
enum restart { AT_ZERO, AT_SAME, AT_NEXT };
ALWAYS_INLINE struct object *count_on(struct object *o,
                                      int64_t (*most)(const struct combine *c, size_t i),
                                      enum restart restart) {
  struct combine *c = combine_of(o);
  if (c->stopped)
    return NULL;
  if (!c->row)
    return first_row(o);
  size_t i = c->r;
  while (i > 0 && c->indices[i - 1] == most(c, i - 1))
    i--;
  if (i == 0)
    return stop(o);
  struct object *row = next_row(o);
  if (!row)
    return NULL;
  c->indices[--i]++;
  for (size_t k = i; k < c->r; k++) {
    if (k > i)
      c->indices[k] = restart == AT_ZERO ? 0 : c->indices[k - 1] + (restart == AT_NEXT);
    struct object *pool = restart == AT_ZERO ? tuple_get_borrowed(c->pool, k) : c->pool;
    put(row, k, tuple_get_borrowed(pool, (size_t)c->indices[k]));
  }
  return row;
}

/* ---- For copying ---- */

static struct object *ints(const int64_t *values, size_t n) {
  struct object *tuple = tuple_new(n);
  for (size_t i = 0; tuple && i < n; i++) {
    struct object *value = int_from_i64(values[i]);
    if (!value) {
      drop(tuple);
      return NULL;
    }
    tuple_init_taking(tuple, i, value);
  }
  return tuple;
}
/* Of all but product: (type, (pool, r)[, indices]). */
static struct object *reduce_with(struct object *o, struct object *state) {
  struct combine *c = combine_of(o);
  struct object *r = int_from_i64((int64_t)c->r), *args = NULL;
  struct object *pool = c->stopped && c->row ? tuple_new(0) : hold(c->pool);
  if (r && pool)
    args = tuple_pack(2, pool, r);
  drop_null(pool);
  drop_null(r);
  if (!args) {
    drop_null(state);
    return NULL;
  }
  return itertools_reduce_taking(o, args, state);
}
static struct object *reduce(struct object *o) {
  struct combine *c = combine_of(o);
  if (!c->row || c->stopped)
    return reduce_with(o, NULL);
  struct object *state = ints(c->indices, c->r);
  return state ? reduce_with(o, state) : NULL;
}
/* A tuple of n ints, cut to [0, most(i)], into values. */
static int read_ints(struct object *o, struct object *tuple, int64_t *values, size_t n,
                     int64_t (*least)(const struct combine *c, size_t i),
                     int64_t (*most)(const struct combine *c, size_t i)) {
  for (size_t i = 0; i < n; i++) {
    int64_t value;
    if (number_to_i64(tuple_get_borrowed(tuple, i), &value, ERROR_OVERFLOW) < 0)
      return -1;
    int64_t low = least ? least(combine_of(o), i) : 0, high = most(combine_of(o), i);
    values[i] = value < low ? low : value > high ? high : value;
  }
  return 0;
}
static bool is_row_of(struct object *state, size_t n) {
  return is_any_tuple(state) && tuple_length(state) == n;
}
static struct object *invalid(void) { return error_format(ERROR_VALUE, "invalid arguments"); }
static struct object *resume(struct object *o) {
  struct object *row = first_row(o);
  if (!row)
    return NULL;
  drop(row);
  return hold(NONE);
}

/* ---- product ---- */

static struct object *product_new(struct type *t, struct object *const *args, size_t n,
                                  struct object *kwnames) {
  static const char *const names[] = {"repeat"};
  static const struct args_spec spec = {"product", names, 1, 0, 0, 0};
  struct object *repeat = NULL;
  int64_t times = 1;
  if (kwnames && args_parse(&spec, args + n, 0, kwnames, &repeat) < 0)
    return NULL;
  if (repeat && number_to_i64(repeat, &times, ERROR_OVERFLOW) < 0)
    return NULL;
  if (times < 0)
    return error_format(ERROR_VALUE, "repeat argument cannot be negative");
  size_t r;
  if (__builtin_mul_overflow(n, (size_t)times, &r) || r > SIZE_MAX / 16)
    return error_format(ERROR_OVERFLOW, "repeat argument too large");
  struct object *pools = tuple_new(r);
  for (size_t i = 0; pools && i < r; i++) {
    struct object *pool =
        i < n ? iterate_to_tuple(args[i]) : hold(tuple_get_borrowed(pools, i - n));
    if (!pool) {
      drop(pools);
      return NULL;
    }
    tuple_init_taking(pools, i, pool);
  }
  return new_taking(t, pools, r, r);
}
static int64_t product_most(const struct combine *c, size_t i) {
  return (int64_t)tuple_length(tuple_get_borrowed(c->pool, i)) - 1;
}
static struct object *product_next(struct object *o) {
  struct combine *c = combine_of(o);
  for (size_t i = 0; !c->row && i < c->r; i++)
    if (product_most(c, i) < 0)
      return stop(o);
  return count_on(o, product_most, AT_ZERO);
}
static struct object *product_reduce(struct object *o) {
  struct combine *c = combine_of(o);
  if (c->stopped) {
    struct object *empty = tuple_new(0), *args = empty ? tuple_pack(1, empty) : NULL;
    drop_null(empty);
    return itertools_reduce_taking(o, args, NULL);
  }
  struct object *state = c->row ? ints(c->indices, c->r) : NULL;
  return c->row && !state ? NULL : itertools_reduce_taking(o, hold(c->pool), state);
}
static struct object *product_set_state(struct object *o, struct object *state) {
  struct combine *c = combine_of(o);
  if (!is_row_of(state, c->r))
    return invalid();
  for (size_t i = 0; i < c->r; i++)
    if (product_most(c, i) < 0) {
      c->stopped = true;
      return hold(NONE);
    }
  return read_ints(o, state, c->indices, c->r, NULL, product_most) < 0 ? NULL : resume(o);
}

/* ---- combinations, with replacement and without ---- */

/* Reads (iterable, r): the pool, and r >= 0; NULL with the error. */
static struct object *read_pool(const char *name, struct object *const *args, size_t n,
                                struct object *kwnames, size_t *r) {
  static const char *const names[] = {"iterable", "r"};
  const struct args_spec spec = {name, names, 2, 0, 2, 2};
  struct object *v[2];
  int64_t given;
  if (args_parse(&spec, args, n, kwnames, v) < 0 || number_to_i64(v[1], &given, ERROR_OVERFLOW) < 0)
    return NULL;
  struct object *pool = iterate_to_tuple(v[0]);
  if (pool && given < 0) {
    drop(pool);
    return error_format(ERROR_VALUE, "r must be non-negative");
  }
  *r = (size_t)given;
  return pool;
}

static struct object *combinations_new(struct type *t, struct object *const *args, size_t n,
                                       struct object *kwnames) {
  size_t r;
  struct object *pool = read_pool("combinations", args, n, kwnames, &r);
  if (!pool)
    return NULL;
  size_t length = tuple_length(pool);
  struct object *o = new_taking(t, pool, r, r);
  for (size_t i = 0; o && i < r; i++)
    combine_of(o)->indices[i] = (int64_t)i;
  if (o)
    combine_of(o)->stopped = r > length;
  return o;
}
static int64_t combinations_most(const struct combine *c, size_t i) {
  return (int64_t)(i + tuple_length(c->pool) - c->r);
}
static struct object *combinations_next(struct object *o) {
  return count_on(o, combinations_most, AT_NEXT);
}
static struct object *combinations_set_state(struct object *o, struct object *state) {
  struct combine *c = combine_of(o);
  if (!is_row_of(state, c->r) || c->r > tuple_length(c->pool))
    return invalid();
  return read_ints(o, state, c->indices, c->r, NULL, combinations_most) < 0 ? NULL : resume(o);
}

static struct object *replacement_new(struct type *t, struct object *const *args, size_t n,
                                      struct object *kwnames) {
  size_t r;
  struct object *pool = read_pool("combinations_with_replacement", args, n, kwnames, &r);
  if (!pool)
    return NULL;
  bool is_empty = tuple_length(pool) == 0 && r > 0;
  struct object *o = new_taking(t, pool, r, r);
  if (o)
    combine_of(o)->stopped = is_empty;
  return o;
}
static int64_t replacement_most(const struct combine *c, size_t i) {
  (void)i;
  return (int64_t)tuple_length(c->pool) - 1;
}
static struct object *replacement_next(struct object *o) {
  return count_on(o, replacement_most, AT_SAME);
}
static struct object *replacement_set_state(struct object *o, struct object *state) {
  struct combine *c = combine_of(o);
  if (!is_row_of(state, c->r))
    return invalid();
  if (c->r && !tuple_length(c->pool)) {
    c->stopped = true;
    return hold(NONE);
  }
  return read_ints(o, state, c->indices, c->r, NULL, replacement_most) < 0 ? NULL : resume(o);
}

/* ---- permutations: a row of all n indices, and for each of r places how many turns are left ----
 */

static struct object *permutations_new(struct type *t, struct object *const *args, size_t n,
                                       struct object *kwnames) {
  static const char *const names[] = {"iterable", "r"};
  static const struct args_spec spec = {"permutations", names, 2, 0, 2, 1};
  struct object *v[2];
  if (args_parse(&spec, args, n, kwnames, v) < 0)
    return NULL;
  struct object *pool = iterate_to_tuple(v[0]);
  if (!pool)
    return NULL;
  size_t length = tuple_length(pool);
  int64_t r = (int64_t)length;
  if (v[1] && v[1] != NONE) {
    if (!is_any_int(v[1]))
      error_set(ERROR_TYPE, "Expected int as r");
    else if (!int_to_i64(v[1], &r))
      error_set(ERROR_OVERFLOW, "Python int too large to convert to C ssize_t");
    else if (r < 0)
      error_set(ERROR_VALUE, "r must be non-negative");
    if (error_pending() != ERROR_NONE) {
      drop(pool);
      return NULL;
    }
  }
  struct object *o = new_taking(t, pool, length + (size_t)r, (size_t)r);
  struct combine *c = combine_of(o);
  for (size_t i = 0; o && i < length; i++)
    c->indices[i] = (int64_t)i;
  for (size_t i = 0; o && i < c->r; i++)
    c->indices[length + i] = (int64_t)length - (int64_t)i;
  if (o)
    c->stopped = c->r > length;
  return o;
}
static struct object *permutations_next(struct object *o) {
  struct combine *c = combine_of(o);
  if (c->stopped)
    return NULL;
  if (!c->row)
    return first_row(o);
  size_t n = tuple_length(c->pool);
  if (n == 0)
    return stop(o);
  struct object *row = next_row(o);
  if (!row)
    return NULL;
  int64_t *cycles = c->indices + n;
  for (size_t i = c->r; i-- > 0;) {
    if (--cycles[i] == 0) { /* the place has had all: its first one goes to the end */
      int64_t index = c->indices[i];
      for (size_t k = i; k + 1 < n; k++)
        c->indices[k] = c->indices[k + 1];
      c->indices[n - 1] = index;
      cycles[i] = (int64_t)(n - i);
      continue;
    }
    size_t other = n - (size_t)cycles[i];
    int64_t index = c->indices[i];
    c->indices[i] = c->indices[other];
    c->indices[other] = index;
    for (size_t k = i; k < c->r; k++)
      put(row, k, tuple_get_borrowed(c->pool, (size_t)c->indices[k]));
    return row;
  }
  drop(row);
  return stop(o);
}
static struct object *permutations_reduce(struct object *o) {
  struct combine *c = combine_of(o);
  if (!c->row || c->stopped)
    return reduce_with(o, NULL);
  size_t n = tuple_length(c->pool);
  struct object *indices = ints(c->indices, n),
                *cycles = indices ? ints(c->indices + n, c->r) : NULL;
  struct object *state = cycles ? tuple_pack(2, indices, cycles) : NULL;
  drop_null(cycles);
  drop_null(indices);
  return state ? reduce_with(o, state) : NULL;
}
static int64_t permutations_most(const struct combine *c, size_t i) {
  (void)i;
  return (int64_t)tuple_length(c->pool) - 1;
}
static int64_t cycles_least(const struct combine *c, size_t i) {
  (void)c, (void)i;
  return 1;
}
static int64_t cycles_most(const struct combine *c, size_t i) {
  return (int64_t)tuple_length(c->pool) - (int64_t)i;
}
static struct object *permutations_set_state(struct object *o, struct object *state) {
  struct combine *c = combine_of(o);
  size_t n = tuple_length(c->pool);
  struct object *const *parts = itertools_state(state, 2);
  if (!parts)
    return NULL;
  if (!is_row_of(parts[0], n) || !is_row_of(parts[1], c->r) || c->r > n)
    return invalid();
  if (read_ints(o, parts[0], c->indices, n, NULL, permutations_most) < 0 ||
      read_ints(o, parts[1], c->indices + n, c->r, cycles_least, cycles_most) < 0)
    return NULL;
  return resume(o);
}

/* ---- zip_longest ---- */

struct zip_longest {
  struct object head;
  struct object *iterators; /* tuple; NULL in it: exhausted */
  struct object *fill;
  size_t active;
};
static struct object *zip_longest_new(struct type *t, struct object *const *args, size_t n,
                                      struct object *kwnames) {
  struct object *fill = NONE;
  if (kwnames && tuple_length(kwnames)) {
    struct object *name = tuple_get_borrowed(kwnames, 0);
    if (tuple_length(kwnames) != 1 || !is_any_str(name) || !str_is(name, "fillvalue"))
      return error_format(ERROR_TYPE, "zip_longest() got an unexpected keyword argument");
    fill = args[n];
  }
  struct object *iterators = tuple_new(n);
  for (size_t i = 0; iterators && i < n; i++) {
    struct object *iterator = iterate(args[i]);
    if (!iterator) {
      drop(iterators);
      return NULL;
    }
    tuple_init_taking(iterators, i, iterator);
  }
  struct object *o = iterators ? type_generic_alloc(t) : NULL;
  if (!o) {
    drop_null(iterators);
    return NULL;
  }
  struct zip_longest *z = (struct zip_longest *)o;
  store_first(o, &z->iterators, iterators);
  store_first(o, &z->fill, hold(fill));
  z->active = n;
  return o;
}
static struct object *zip_longest_next(struct object *o) {
  struct zip_longest *z = (struct zip_longest *)o;
  size_t n = tuple_length(z->iterators);
  if (n == 0 || z->active == 0)
    return NULL;
  struct object *row = tuple_new(n);
  for (size_t i = 0; row && i < n; i++) {
    struct object *iterator = tuple_get_borrowed(z->iterators, i);
    struct object *item = iterator ? iterate_next(iterator) : NULL;
    if (!item && iterator) {
      bool failed = error_pending() != ERROR_NONE;
      z->active--;
      if (z->active == 0 || failed) {
        z->active = 0;
        drop(row);
        return NULL;
      }
      store(z->iterators, &((struct tuple *)z->iterators)->items[i], NULL);
    }
    tuple_init_taking(row, i, item ? item : hold(z->fill));
  }
  return row;
}
static struct object *zip_longest_reduce(struct object *o) {
  struct zip_longest *z = (struct zip_longest *)o;
  size_t n = tuple_length(z->iterators);
  struct object *args = tuple_new(n);
  for (size_t i = 0; args && i < n; i++) {
    struct object *iterator = tuple_get_borrowed(z->iterators, i);
    struct object *each = iterator ? hold(iterator) : tuple_new(0);
    if (!each) {
      drop(args);
      return NULL;
    }
    tuple_init_taking(args, i, each);
  }
  return args ? itertools_reduce_taking(o, args, hold(z->fill)) : NULL;
}
static struct object *zip_longest_set_state(struct object *o, struct object *state) {
  store(o, &((struct zip_longest *)o)->fill, hold(state));
  return hold(NONE);
}
static const struct method_def zip_longest_methods[] = {
    ITERTOOLS_REDUCE(zip_longest_reduce), ITERTOOLS_SET_STATE(zip_longest_set_state), {NULL}};
struct type itertools_zip_longest_type = {
    .head = OBJECT_STATIC(type_type),
    ITERTOOLS_SHAPE(struct zip_longest, iterators, 2),
    .name = "itertools.zip_longest",
    .flags = TYPE_BASE,
    .new_ = zip_longest_new,
    .iter = itertools_self,
    .next = zip_longest_next,
    .methods = zip_longest_methods,
    .doc =
        "zip_longest(*iterables, fillvalue=None) --> zip_longest object\n\nLike zip, but goes on "
        "to the end of the longest.",
    .base = &object_type};

/* ---- The four types ---- */

static struct object *size_of(struct object *o) {
  return int_from_i64(
      (int64_t)(type_of(o)->shape.basic_bytes + combine_of(o)->slots * sizeof(int64_t)));
}
#define COMBINE_TYPE(identifier, prefix, reduce_, doc_)                                            \
  static const struct method_def identifier##_methods[] = {                                        \
      ITERTOOLS_REDUCE(reduce_),                                                                   \
      ITERTOOLS_SET_STATE(prefix##_set_state),                                                     \
      METHOD_NOARGS_("__sizeof__", size_of, "Returns size in memory, in bytes."),                  \
      {NULL}};                                                                                     \
  struct type itertools_##identifier##_type = {                                                    \
      .head = OBJECT_STATIC(type_type),                                                            \
      .shape = {.layout = GC_FIXED,                                                                \
                .flags = GC_CONTAINER | GC_PLAIN | GC_RELEASES,                                    \
                .refs_offset = offsetof(struct combine, pool),                                     \
                .refs_n = 2,                                                                       \
                .basic_bytes = sizeof(struct combine)},                                            \
      .name = "itertools." #identifier,                                                            \
      .flags = TYPE_BASE,                                                                          \
      .release = release,                                                                          \
      .new_ = prefix##_new,                                                                        \
      .iter = itertools_self,                                                                      \
      .next = prefix##_next,                                                                       \
      .methods = identifier##_methods,                                                             \
      .doc = #identifier doc_,                                                                     \
      .base = &object_type}
COMBINE_TYPE(product, product, product_reduce,
             "(*iterables, repeat=1) --> product object\n\nAll rows of one item of each iterable, "
             "the last changing fastest.");
COMBINE_TYPE(combinations, combinations, reduce,
             "(iterable, r)\n--\n\nAll choices of r items, in their order.");
COMBINE_TYPE(combinations_with_replacement, replacement, reduce,
             "(iterable, r)\n--\n\nAll choices of r items, each of them any number of times.");
COMBINE_TYPE(permutations, permutations, permutations_reduce,
             "(iterable, r=None)\n--\n\nAll rows of r different items.");
