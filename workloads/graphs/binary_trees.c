/* Binary trees: built bottom-up, counted, dropped, beside one that lives on. */
#include "runtime/object/instance.h"
#include "runtime/object/root.h"
#include "workloads/graphs/workload.h"

enum { DEPTH, MIN_DEPTH };
static const struct graph_param params[] = {
    {"depth", "depth of the largest trees", 13, 2, 26, GRAPH_LOGARITHMIC},
    {"min-depth", "depth of the smallest trees", 4, 1, 20, GRAPH_CONSTANT},
    {0},
};

enum { LEFT, RIGHT, SLOTS };

/* What frames of an interpreter would hold: the left tree of each depth, while the right one is
 * built, and the tree that lasts. */
struct frames {
  struct object *left[27];
  struct object *lasting;
};

static struct object *build(struct graph_context *g, struct frames *frames, struct type *node,
                            int64_t depth) {
  struct object *left = NULL, *right = NULL;
  if (depth > 0) {
    left = build(g, frames, node, depth - 1);
    if (!left)
      return NULL;
    frames->left[depth] = left;
    right = build(g, frames, node, depth - 1);
    frames->left[depth] = NULL;
    if (!right) {
      drop(left);
      return NULL;
    }
  }
  struct object *o = instance_new(node);
  if (!o) {
    drop_null(left);
    drop_null(right);
    return NULL;
  }
  instance_set_taking(o, LEFT, left);
  instance_set_taking(o, RIGHT, right);
  graph_step(g);
  return o;
}

static uint64_t count(const struct object *o) {
  return o ? 1 + count(instance_get_borrowed(o, LEFT)) + count(instance_get_borrowed(o, RIGHT)) : 0;
}

static bool build_and_drop(struct graph_context *g, struct frames *frames, struct type *node,
                           int64_t depth) {
  struct object *tree = build(g, frames, node, depth);
  if (!tree)
    return false;
  graph_mix(g, count(tree));
  drop(tree);
  return true;
}

static bool run_with(struct graph_context *g, struct frames *frames, struct type *node) {
  int64_t least = g->value[MIN_DEPTH];
  int64_t most = g->value[DEPTH] > least ? g->value[DEPTH] : least;
  frames->lasting = build(g, frames, node, most);
  bool ok = frames->lasting != NULL;
  for (int64_t depth = least; ok && depth <= most; depth += 2)
    for (int64_t i = (int64_t)1 << (most - depth + least); ok && i > 0; i--)
      ok = build_and_drop(g, frames, node, depth);
  if (ok) {
    graph_mix(g, count(frames->lasting));
    graph_telling_moment(g);
  }
  return ok;
}

static bool run(struct graph_context *g) {
  struct type *node = type_new("Node", SLOTS, NULL);
  if (!node)
    return false;
  struct frames frames = {0};
  root_push(frames.left, ARRAY_SIZE(frames.left));
  root_push(&frames.lasting, 1);
  bool ok = run_with(g, &frames, node);
  root_pop(&frames.lasting);
  root_pop(frames.left);
  drop_null(frames.lasting);
  drop(&node->head);
  return ok;
}

const struct graph graph_binary_trees = {
    .name = "binary-trees",
    .summary = "many short-lived trees of growing depth beside one that lasts",
    .story = "The classic of allocation benchmarks: equal small objects without cycles, each tree "
             "built bottom-up and dropped whole, while one tree of the largest depth stays. It "
             "stresses the fast path of one size class, bulk release in the order of a walk, and "
             "the cost of collections that find everything either young and dead or old and alive. "
             "Known to everybody, so that figures can be compared with those of other systems.",
    .operation = "node built",
    .params = params,
    .run = run,
};
