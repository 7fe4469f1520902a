/* The module `_heapq`: lists as priority queues. An item is never greater than the two at twice its
 * position plus one and plus two (in the _max functions: never less). Comparing may run anything;
 * when the list has another length afterwards, that is an error. */
#include "runtime/modules/argument.h"
#include "runtime/modules/module.h"
#include "runtime/object/exception.h"
#include "runtime/object/float.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/protocol.h"

static struct list *list_of(struct object *o) { return (struct list *)o; }

/* a < b of two items of a heap of n; -1: an error. */
ALWAYS_INLINE int less(struct object *heap, size_t n, struct object *a, struct object *b) {
  if (int_both_compact(a, b))
    return ((struct int_object *)a)->word < ((struct int_object *)b)->word;
  if (is_float(a) && is_float(b))
    return float_value(a) < float_value(b);
  hold(a), hold(b);
  int result = compare_true(a, b, COMPARE_LT);
  drop(b), drop(a);
  if (result >= 0 && UNLIKELY(list_length(heap) != n)) {
    error_set(ERROR_RUNTIME, "list changed size during iteration");
    return -1;
  }
  return result;
}
ALWAYS_INLINE void swap(struct object *heap, size_t i, size_t k) {
  struct object **items = list_of(heap)->items, *item = items[i];
  items[i] = items[k];
  items[k] = item;
}

/* Moves the item at i towards the root, up to `root`, as long as it comes before its parent. */
static int rise(struct object *heap, size_t root, size_t i, bool max) {
  size_t n = list_length(heap);
  while (i > root) {
    size_t parent = (i - 1) >> 1;
    struct object **items = list_of(heap)->items;
    int before =
        max ? less(heap, n, items[parent], items[i]) : less(heap, n, items[i], items[parent]);
    if (before <= 0)
      return before;
    swap(heap, i, parent);
    i = parent;
  }
  return 0;
}
/* Moves the item at i to a leaf, the better child each time taking its place, and from there up
 * again: most items that come here belong near the leaves. */
static int sink(struct object *heap, size_t i, bool max) {
  size_t n = list_length(heap), root = i;
  while (i < n >> 1) {
    size_t child = 2 * i + 1;
    if (child + 1 < n) {
      struct object **items = list_of(heap)->items;
      int left = max ? less(heap, n, items[child + 1], items[child])
                     : less(heap, n, items[child], items[child + 1]);
      if (left < 0)
        return -1;
      child += !left;
    }
    swap(heap, i, child);
    i = child;
  }
  return rise(heap, root, i, max);
}

static int check(const char *name, const char *which, struct object *heap) {
  if (is_any_list(heap))
    return 0;
  error_format(ERROR_TYPE, "%s() argument%s must be list, not %N", name, which, heap);
  return -1;
}
static int check_pair(const char *name, struct object *const *args, size_t n) {
  return args_check_count(name, n, 2, 2) < 0 ? -1 : check(name, " 1", args[0]);
}
static COLD struct object *is_empty(void) {
  return error_set(ERROR_INDEX, "index out of range"), NULL;
}

static struct object *heapify_by(struct object *heap, const char *name, bool max) {
  if (check(name, "", heap) < 0)
    return NULL;
  for (size_t i = list_length(heap) / 2; i-- > 0;)
    if (sink(heap, i, max) < 0)
      return NULL;
  return hold(NONE);
}
static struct object *pop_by(struct object *heap, const char *name, bool max) {
  if (check(name, "", heap) < 0)
    return NULL;
  if (!list_length(heap))
    return is_empty();
  struct object *last = list_pop(heap);
  if (!list_length(heap))
    return last;
  struct object *first = list_of(heap)->items[0];
  store_first(heap, &list_of(heap)->items[0], last);
  if (sink(heap, 0, max) == 0)
    return first;
  drop(first);
  return NULL;
}
/* The first item, the new one in its place. */
static struct object *replace_first(struct object *heap, struct object *item, bool max) {
  if (!list_length(heap))
    return is_empty();
  struct object *first = list_of(heap)->items[0];
  store_first(heap, &list_of(heap)->items[0], hold(item));
  if (sink(heap, 0, max) == 0)
    return first;
  drop(first);
  return NULL;
}

static struct object *heapify(struct object *module, struct object *heap) {
  return heapify_by(heap, "heapify", false);
}
static struct object *heapify_max(struct object *module, struct object *heap) {
  return heapify_by(heap, "_heapify_max", true);
}
static struct object *heappop(struct object *module, struct object *heap) {
  return pop_by(heap, "heappop", false);
}
static struct object *heappop_max(struct object *module, struct object *heap) {
  return pop_by(heap, "_heappop_max", true);
}
static struct object *heappush(struct object *module, struct object *const *args, size_t n) {
  if (check_pair("heappush", args, n) < 0 || list_append(args[0], args[1]) < 0 ||
      rise(args[0], 0, list_length(args[0]) - 1, false) < 0)
    return NULL;
  return hold(NONE);
}
static struct object *heapreplace(struct object *module, struct object *const *args, size_t n) {
  return check_pair("heapreplace", args, n) < 0 ? NULL : replace_first(args[0], args[1], false);
}
static struct object *heapreplace_max(struct object *module, struct object *const *args, size_t n) {
  return check_pair("_heapreplace_max", args, n) < 0 ? NULL : replace_first(args[0], args[1], true);
}
static struct object *heappushpop(struct object *module, struct object *const *args, size_t n) {
  if (check_pair("heappushpop", args, n) < 0)
    return NULL;
  struct object *heap = args[0], *item = args[1];
  if (!list_length(heap))
    return hold(item);
  struct object *first = hold(list_get_borrowed(heap, 0));
  int smaller = compare_true(first, item, COMPARE_LT);
  drop(first);
  if (smaller <= 0)
    return smaller < 0 ? NULL : hold(item);
  return replace_first(heap, item, false);
}

static const struct method_def functions[] = {
    METHOD_FAST_("heappush", heappush,
                 DOC("heappush", "$module, heap, item, /",
                     "Push item onto heap, maintaining the heap invariant.")),
    METHOD_FAST_("heappushpop", heappushpop,
                 DOC("heappushpop", "$module, heap, item, /",
                     "The smallest after item has been pushed: quicker than push and pop.")),
    METHOD_ONE_("heappop", heappop,
                DOC("heappop", "$module, heap, /",
                    "Pop the smallest item off the heap, maintaining the heap invariant.")),
    METHOD_FAST_("heapreplace", heapreplace,
                 DOC("heapreplace", "$module, heap, item, /",
                     "Pop and return the smallest item, and add the new one.")),
    METHOD_ONE_("heapify", heapify,
                DOC("heapify", "$module, heap, /",
                    "Transform list into a heap, in-place, in O(len(heap)) time.")),
    METHOD_ONE_("_heappop_max", heappop_max,
                DOC("_heappop_max", "$module, heap, /", "Maxheap variant of heappop.")),
    METHOD_FAST_(
        "_heapreplace_max", heapreplace_max,
        DOC("_heapreplace_max", "$module, heap, item, /", "Maxheap variant of heapreplace.")),
    METHOD_ONE_("_heapify_max", heapify_max,
                DOC("_heapify_max", "$module, heap, /", "Maxheap variant of heapify.")),
    {NULL}};

int module_heapq_fill(struct object *module) {
  if (module_add_text(module, "__doc__", "Heap queues: lists whose first item is the smallest.") <
          0 ||
      module_add_text(module, "__about__",
                      "Heap queues\n\nAn item at k is never greater than those at 2k+1 and 2k+2.") <
          0)
    return -1;
  return module_add_functions(module, functions);
}
