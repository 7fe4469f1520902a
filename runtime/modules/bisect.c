/* The module `_bisect`: where an item belongs in a sorted sequence. */
#include "runtime/modules/argument.h"
#include "runtime/modules/module.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"

/* Behind all that equal x (right), or in front of them; -1: an error. high -1: the length; what is
 * below is an empty range, as in CPython. */
static int64_t search(struct object *sequence, struct object *x, int64_t low, int64_t high,
                      struct object *key, bool right) {
  if (low < 0) {
    error_set(ERROR_VALUE, "lo must be non-negative");
    return -1;
  }
  if (high == -1 && (high = object_length(sequence)) < 0)
    return -1;
  while (low < high) {
    int64_t middle = (int64_t)(((uint64_t)low + (uint64_t)high) / 2);
    struct object *item = is_list(sequence) && (uint64_t)middle < list_length(sequence)
                              ? hold(list_get_borrowed(sequence, (size_t)middle))
                              : sequence_get_item(sequence, middle);
    if (item && key) {
      struct object *rank = call_one(key, item);
      drop(item);
      item = rank;
    }
    int before = !item   ? -1
                 : right ? compare_true(x, item, COMPARE_LT)
                         : compare_true(item, x, COMPARE_LT);
    drop_null(item);
    if (before < 0)
      return -1;
    if ((bool)before == right)
      high = middle;
    else
      low = middle + 1;
  }
  return low;
}

struct question {
  struct object *sequence, *x, *key; /* key NULL: none */
  int64_t low, high;
};
static int read(const char *function, struct object *const *args, size_t n, struct object *kwnames,
                struct question *q) {
  static const char *const names[] = {"a", "x", "lo", "hi", "key"};
  const struct args_spec spec = {function, names, 5, 0, 4, 2};
  struct object *v[5];
  if (args_parse(&spec, args, n, kwnames, v) < 0)
    return -1;
  *q = (struct question){v[0], v[1], v[4] == NONE ? NULL : v[4], 0, -1};
  if (v[2] && number_to_i64(v[2], &q->low, ERROR_OVERFLOW) < 0)
    return -1;
  return argument_optional_size(v[3], &q->high);
}

static struct object *find(const char *function, struct object *const *args, size_t n,
                           struct object *kwnames, bool right) {
  struct question q;
  if (read(function, args, n, kwnames, &q) < 0)
    return NULL;
  int64_t i = search(q.sequence, q.x, q.low, q.high, q.key, right);
  return i < 0 ? NULL : int_from_i64(i);
}
static struct object *insert(const char *function, struct object *const *args, size_t n,
                             struct object *kwnames, bool right) {
  struct question q;
  if (read(function, args, n, kwnames, &q) < 0)
    return NULL;
  struct object *rank = q.key ? call_one(q.key, q.x) : hold(q.x);
  int64_t at = rank ? search(q.sequence, rank, q.low, q.high, q.key, right) : -1;
  drop_null(rank);
  if (at < 0)
    return NULL;
  if (is_list(q.sequence)) {
    size_t length = list_length(q.sequence);
    if (list_insert(q.sequence, (uint64_t)at < length ? (size_t)at : length, q.x) < 0)
      return NULL;
    return hold(NONE);
  }
  struct object *name = str_intern("insert"), *i = name ? int_from_i64(at) : NULL;
  struct object *row[] = {NULL, q.sequence, i, q.x};
  struct object *done = i ? call_method(name, row + 1, 3 | CALL_SCRATCH, NULL) : NULL;
  drop_null(i);
  drop_null(name);
  if (!done)
    return NULL;
  drop(done);
  return hold(NONE);
}

#define FORM(name, does, right)                                                                    \
  static struct object *name(struct object *module, struct object *const *args, size_t n,          \
                             struct object *kwnames) {                                             \
    (void)module;                                                                                  \
    return does(#name, args, n, kwnames, right);                                                   \
  }
FORM(bisect_right, find, true)
FORM(bisect_left, find, false)
FORM(insort_right, insert, true)
FORM(insort_left, insert, false)

#define ROW(name, text)                                                                            \
  METHOD_KEYWORDS_(#name, name, DOC(#name, "$module, /, a, x, lo=0, hi=None, *, key=None", text))
static const struct method_def functions[] = {
    ROW(bisect_right, "The index behind all items of the sorted list a that equal x."),
    ROW(insort_right, "Insert x into the sorted list a, behind all items that equal it."),
    ROW(bisect_left, "The index of the first item of the sorted list a that is not less than x."),
    ROW(insort_left, "Insert x into the sorted list a, in front of all items that equal it."),
    {NULL}};

int module_bisect_fill(struct object *module) {
  if (module_add_text(module, "__doc__", "Where an item belongs in a sorted sequence.") < 0)
    return -1;
  return module_add_functions(module, functions);
}
