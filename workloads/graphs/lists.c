/* Linked lists: one reference per node, and two. */
#include "runtime/object/instance.h"
#include "runtime/object/int.h"
#include "runtime/object/root.h"
#include "workloads/graphs/workload.h"

/* ---- singly linked ------------------------------------------------------------------------- */

enum { LENGTH, ROUNDS };
static const struct graph_param single_params[] = {
    {"length", "nodes in the list", 100000, 1, 100000000, GRAPH_LINEAR},
    {"rounds", "lists built, walked, reversed, thinned and dropped", 5, 1, 1000, GRAPH_CONSTANT},
    {0},
};

enum { VALUE, NEXT, SINGLE_SLOTS };

static struct object *value_of(const struct object *node) {
  return instance_get_borrowed(node, VALUE);
}
static struct object *next_of(const struct object *node) {
  return instance_get_borrowed(node, NEXT);
}

/* Takes `next`. */
static struct object *cons_taking(struct type *node, int64_t value, struct object *next) {
  struct object *number = int_from_i64(value);
  struct object *o = number ? instance_new(node) : NULL;
  if (!o) {
    drop_null(number);
    drop_null(next);
    return NULL;
  }
  instance_set_taking(o, VALUE, number);
  instance_set_taking(o, NEXT, next);
  return o;
}

static uint64_t sum(const struct object *list) {
  uint64_t total = 0;
  for (; list; list = next_of(list))
    total += (uint64_t)int_value(value_of(list));
  return total;
}

/* Turns the references around; takes and returns a list. */
static struct object *reverse_taking(struct graph_context *g, struct object *list) {
  struct object *done = NULL;
  root_push(&done, 1);
  root_push(&list, 1);
  while (list) {
    struct object *rest = next_of(list) ? hold(next_of(list)) : NULL;
    instance_set_taking(list, NEXT, done);
    done = list;
    list = rest;
    graph_step(g);
  }
  root_pop(&list);
  root_pop(&done);
  return done;
}

/* Unlinks every third node. */
static void thin(struct graph_context *g, struct object *list) {
  root_push(&list, 1);
  for (struct object *o = list; o && next_of(o) && next_of(next_of(o)); o = next_of(o)) {
    o = next_of(o);
    struct object *after = next_of(next_of(o));
    instance_set_taking(o, NEXT, after ? hold(after) : NULL);
    graph_step(g);
  }
  root_pop(&list);
}

static bool single_round(struct graph_context *g, struct type *node) {
  struct object *list = NULL;
  root_push(&list, 1);
  for (int64_t i = 0; i < g->value[LENGTH]; i++) {
    list = cons_taking(node, (int64_t)graph_below(g, 1 << 20), list);
    if (!list)
      break;
    graph_step(g);
  }
  root_pop(&list);
  if (!list)
    return false;
  graph_mix(g, sum(list));
  list = reverse_taking(g, list);
  graph_mix(g, (uint64_t)int_value(value_of(list)));
  thin(g, list);
  graph_mix(g, sum(list));
  drop(list);
  return true;
}

static bool single_run(struct graph_context *g) {
  struct type *node = type_new("Node", SINGLE_SLOTS, NULL);
  bool ok = node != NULL;
  for (int64_t i = 0; ok && i < g->value[ROUNDS]; i++)
    ok = single_round(g, node);
  if (node)
    drop(&node->head);
  return ok;
}

const struct graph graph_linked_list = {
    .name = "linked-list",
    .summary = "singly linked lists: built, summed, reversed, thinned, dropped",
    .story =
        "The deepest graph there is for its number of objects: every node is reachable through "
        "one path only. It defeats marking in parallel and prefetching, makes recursive release "
        "overflow unless it is bounded, and frees in the order of allocation or against it, "
        "which shows how much an allocator depends on that order. Each node holds a boxed int, "
        "so that two size classes alternate.",
    .operation = "node built, turned round or unlinked",
    .params = single_params,
    .run = single_run,
};

/* ---- doubly linked ------------------------------------------------------------------------- */

enum { RING_LENGTH, RING_ROUNDS, RING_CHANGES };
static const struct graph_param double_params[] = {
    {"length", "nodes in the ring at the start", 30000, 2, 100000000, GRAPH_LINEAR},
    {"rounds", "rings built, changed and abandoned", 5, 1, 1000, GRAPH_CONSTANT},
    {"changes", "insertions and removals in each ring", 80000, 0, 100000000, GRAPH_LINEAR},
    {0},
};

enum { RING_VALUE, RING_NEXT, RING_PREVIOUS, DOUBLE_SLOTS };

static struct object *neighbour(const struct object *node, unsigned side) {
  return instance_get_borrowed(node, side);
}

/* A ring of one. */
static struct object *ring_new(struct graph_context *g, struct type *node) {
  struct object *number = int_from_i64((int64_t)graph_below(g, 1 << 20));
  struct object *o = number ? instance_new(node) : NULL;
  if (!o) {
    drop_null(number);
    return NULL;
  }
  instance_set_taking(o, RING_VALUE, number);
  instance_set_taking(o, RING_NEXT, hold(o));
  instance_set_taking(o, RING_PREVIOUS, hold(o));
  return o;
}

static void ring_insert_taking(struct object *before, struct object *o) {
  struct object *after = neighbour(before, RING_NEXT);
  instance_set_taking(o, RING_PREVIOUS, hold(before));
  instance_set_taking(o, RING_NEXT, hold(after));
  instance_set_taking(after, RING_PREVIOUS, hold(o));
  instance_set_taking(before, RING_NEXT, o);
}

/* Takes o, a member of a ring of at least two; returns the one behind it. */
static struct object *ring_remove_taking(struct object *o) {
  struct object *after = hold(neighbour(o, RING_NEXT));
  struct object *before = hold(neighbour(o, RING_PREVIOUS));
  instance_set_taking(o, RING_NEXT, NULL);
  instance_set_taking(o, RING_PREVIOUS, NULL);
  instance_set_taking(after, RING_PREVIOUS, hold(before));
  instance_set_taking(before, RING_NEXT, hold(after));
  drop(before);
  drop(o);
  return after;
}

static uint64_t ring_sum(const struct object *ring) {
  uint64_t total = 0;
  const struct object *o = ring;
  do {
    total = total * 3 + (uint64_t)int_value(neighbour(o, RING_VALUE));
    o = neighbour(o, RING_NEXT);
  } while (o != ring);
  return total;
}

/* A walk of a few nodes in either direction; takes and returns the cursor. */
static struct object *ring_walk_taking(struct graph_context *g, struct object *cursor) {
  unsigned side = graph_below(g, 2) ? RING_NEXT : RING_PREVIOUS;
  struct object *o = cursor;
  for (uint64_t steps = graph_below(g, 16); steps > 0; steps--)
    o = neighbour(o, side);
  hold(o);
  drop(cursor);
  return o;
}

static bool double_round(struct graph_context *g, struct type *node) {
  struct object *cursor = ring_new(g, node);
  if (!cursor)
    return false;
  root_push(&cursor, 1);
  int64_t length = 1;
  int64_t changes = g->value[RING_LENGTH] - 1 + g->value[RING_CHANGES];
  for (int64_t i = 0; i < changes; i++) {
    bool growing = length < g->value[RING_LENGTH] && i < g->value[RING_LENGTH];
    if (!growing)
      cursor = ring_walk_taking(g, cursor);
    if (growing || length < 3 || graph_below(g, 2)) {
      struct object *o = ring_new(g, node);
      if (!o) {
        root_pop(&cursor);
        drop(cursor);
        return false;
      }
      ring_insert_taking(cursor, o);
      length++;
    } else {
      graph_mix(g, (uint64_t)int_value(neighbour(cursor, RING_VALUE)));
      cursor = ring_remove_taking(cursor);
      length--;
    }
    graph_step(g);
  }
  graph_mix(g, ring_sum(cursor));
  root_pop(&cursor);
  drop(cursor);
  return true;
}

static bool double_run(struct graph_context *g) {
  struct type *node = type_new("Node", DOUBLE_SLOTS, NULL);
  bool ok = node != NULL;
  for (int64_t i = 0; ok && i < g->value[RING_ROUNDS]; i++)
    ok = double_round(g, node);
  if (node)
    drop(&node->head);
  return ok;
}

const struct graph graph_doubly_linked_list = {
    .name = "doubly-linked-list",
    .summary = "rings linked both ways, changed at a wandering cursor, abandoned whole",
    .story =
        "Every pair of neighbours is a cycle, so no node of an abandoned ring ever reaches count "
        "zero: all of it waits for the cycle collector, while nodes that are unlinked by hand "
        "die at once. It stresses the write path (six stores for an insertion) and the "
        "difference between garbage that counts can see and garbage that they can't.",
    .operation = "insertion or removal",
    .params = double_params,
    .run = double_run,
};
