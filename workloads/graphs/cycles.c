/* Garbage in cycles: small ones of several types, and very long ones. */
#include "runtime/object/dict.h"
#include "runtime/object/instance.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/root.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include "workloads/graphs/workload.h"

/* ---- all garbage is in small cycles -------------------------------------------------------- */

enum { CYCLES, KEPT };
static const struct graph_param all_params[] = {
    {"cycles", "cycles made", 150000, 1, 1000000000, GRAPH_LINEAR},
    {"kept", "of them alive at a time", 1000, 1, 10000000, GRAPH_CONSTANT},
    {0},
};

enum { VALUE, OTHER, SLOTS };

struct world {
  struct graph_context *g;
  struct type *node;
  struct object *key; /* interned, immortal */
  struct object *kept;
};

/* Each returns a member of a new cycle around `number`, which it borrows. */

static struct object *list_in_itself(struct world *w, struct object *number) {
  struct object *list = list_new(2);
  if (list && (list_append(list, number) < 0 || list_append(list, list) < 0)) {
    list_clear(list);
    drop(list);
    return NULL;
  }
  return list;
}

static struct object *two_lists(struct world *w, struct object *number) {
  struct object *a = list_new(2), *b = a ? list_new(2) : NULL;
  bool ok = b && list_append(a, number) >= 0 && list_append(a, b) >= 0 && list_append(b, a) >= 0;
  drop_null(b);
  if (ok)
    return a;
  if (a)
    list_clear(a);
  drop_null(a);
  return NULL;
}

static struct object *instance_and_dict(struct world *w, struct object *number) {
  struct object *o = instance_new(w->node);
  struct object *dict = o ? dict_new() : NULL;
  bool ok = dict && dict_set(dict, w->key, o) >= 0;
  if (ok) {
    instance_set_taking(o, VALUE, hold(number));
    instance_set_taking(o, OTHER, dict);
    return o;
  }
  drop_null(dict);
  drop_null(o);
  return NULL;
}

/* Three instances and a tuple, as an exception, its traceback and a frame. */
static struct object *knot(struct world *w, struct object *number) {
  struct object *a = instance_new(w->node), *b = a ? instance_new(w->node) : NULL;
  struct object *c = b ? instance_new(w->node) : NULL;
  struct object *tuple = c ? tuple_pack(3, a, b, c) : NULL;
  if (tuple) {
    instance_set_taking(a, VALUE, hold(number));
    instance_set_taking(a, OTHER, hold(b));
    instance_set_taking(b, OTHER, hold(c));
    instance_set_taking(c, OTHER, tuple);
  }
  drop_null(c);
  drop_null(b);
  if (tuple)
    return a;
  drop_null(a);
  return NULL;
}

static int64_t number_in(const struct object *member) {
  const struct object *number = type_of(member) == &list_type
                                    ? list_get_borrowed(member, 0)
                                    : instance_get_borrowed(member, VALUE);
  return int_value(number);
}

static bool make_one(struct world *w, size_t place) {
  static struct object *(*const makers[])(struct world *, struct object *) = {
      list_in_itself, two_lists, instance_and_dict, knot};
  struct object *number = int_from_i64((int64_t)graph_below(w->g, 1 << 20));
  if (!number)
    return false;
  struct object *member = makers[graph_below(w->g, ARRAY_SIZE(makers))](w, number);
  drop(number);
  if (!member)
    return false;
  if ((int64_t)list_length(w->kept) < w->g->value[KEPT])
    return list_append_taking(w->kept, member) >= 0;
  graph_mix(w->g, (uint64_t)number_in(list_get_borrowed(w->kept, place)));
  list_set_taking(w->kept, place, member);
  return true;
}

static bool all_run(struct graph_context *g) {
  struct world w = {.g = g, .key = str_intern("owner")};
  w.node = w.key ? type_new("Node", SLOTS, NULL) : NULL;
  w.kept = w.node ? list_new(0) : NULL;
  root_push(&w.kept, 1);
  bool ok = w.kept != NULL;
  for (int64_t i = 0; ok && i < g->value[CYCLES]; i++) {
    ok = make_one(&w, (size_t)(i % g->value[KEPT]));
    graph_step(g);
  }
  root_pop(&w.kept);
  drop_null(w.kept);
  if (w.node)
    drop(&w.node->head);
  return ok;
}

const struct graph graph_all_cycles = {
    .name = "all-cycles",
    .summary = "everything that dies is in a small cycle: lists, dicts, instances, tuples",
    .story =
        "Counts alone free nothing here: the whole throughput hangs on the cycle collector and on "
        "how fast it can take dead cycles apart. The knots are those of real programs: a list "
        "in itself, two that know each other, an instance with its dict, an exception with its "
        "traceback. For a tracing collector it is garbage like any other, which makes it the "
        "case where the families differ most.",
    .operation = "cycle made",
    .params = all_params,
    .run = all_run,
};

/* ---- very long cycles ---------------------------------------------------------------------- */

enum { LENGTH, RINGS };
static const struct graph_param long_params[] = {
    {"length", "objects in a cycle", 20000, 1, 100000000, GRAPH_LINEAR},
    {"rings", "cycles made, one after the other", 25, 1, 1000000, GRAPH_CONSTANT},
    {0},
};

static struct object *member_new(struct graph_context *g, struct type *node) {
  struct object *number = int_from_i64((int64_t)graph_below(g, 1 << 20));
  struct object *o = number ? instance_new(node) : NULL;
  if (o)
    instance_set_taking(o, VALUE, number);
  else
    drop_null(number);
  return o;
}

/* By what the ring refers to its ith member: itself, or a list around it for every eighth. */
static struct object *link_new(struct object *o, int64_t i) {
  if (i % 8 != 7)
    return hold(o);
  struct object *list = list_new(1);
  if (list && list_append(list, o) < 0) {
    drop(list);
    return NULL;
  }
  return list;
}

/* Returns the first member. */
static struct object *ring_new(struct graph_context *g, struct type *node) {
  struct object *first = member_new(g, node);
  struct object *last = first ? hold(first) : NULL;
  root_push(&first, 1);
  for (int64_t i = 1; last && i < g->value[LENGTH]; i++) {
    struct object *o = member_new(g, node);
    struct object *link = o ? link_new(o, i) : NULL;
    if (link)
      instance_set_taking(last, OTHER, link);
    drop(last);
    last = o;
    if (!link) {
      drop_null(o);
      last = NULL;
    }
    graph_step(g);
  }
  root_pop(&first);
  if (!last) {
    drop_null(first);
    return NULL;
  }
  instance_set_taking(last, OTHER, hold(first));
  drop(last);
  return first;
}

static uint64_t ring_sum(const struct object *first) {
  uint64_t sum = 0;
  const struct object *o = first;
  do {
    sum = sum * 3 + (uint64_t)int_value(instance_get_borrowed(o, VALUE));
    o = instance_get_borrowed(o, OTHER);
    if (type_of(o) == &list_type)
      o = list_get_borrowed(o, 0);
  } while (o != first);
  return sum;
}

static bool long_run(struct graph_context *g) {
  struct type *node = type_new("Node", SLOTS, NULL);
  bool ok = node != NULL;
  for (int64_t i = 0; ok && i < g->value[RINGS]; i++) {
    struct object *ring = ring_new(g, node);
    ok = ring != NULL;
    if (ok)
      graph_mix(g, ring_sum(ring));
    drop_null(ring);
  }
  if (node)
    drop(&node->head);
  return ok;
}

const struct graph graph_long_cycles = {
    .name = "long-cycles",
    .summary = "cycles of tens of thousands of objects, abandoned whole",
    .story =
        "One reference more or less decides over twenty thousand objects. Such a ring is mostly "
        "promoted before it is complete, so that only a full collection can free it; its "
        "reachability is one serial chain of pointers; and when its first member is cleared, "
        "all others die in one cascade, which overflows the C stack of careless collectors.",
    .operation = "object made",
    .params = long_params,
    .run = long_run,
};
