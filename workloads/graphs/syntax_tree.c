/* Expressions as tuples, built bottom-up by a random grammar, folded, evaluated, dropped. */
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/root.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include "workloads/graphs/workload.h"

enum { STATEMENTS, DEPTH, KEPT };
static const struct graph_param params[] = {
    {"statements", "statements parsed", 10000, 1, 100000000, GRAPH_LINEAR},
    {"depth", "deepest nesting of an expression", 7, 1, 24, GRAPH_CONSTANT},
    {"kept", "statements that stay in the module", 1000, 1, 10000000, GRAPH_LINEAR},
    {0},
};

enum kind { NUMBER, NAME, BINARY, CONDITIONAL, CALL };
enum { NAMES = 16 };

struct world {
  struct graph_context *g;
  struct object *names[NAMES]; /* interned, immortal */
  struct object *module;       /* list: the last statements */
};

static struct object *field(const struct object *tree, size_t i) {
  return tuple_get_borrowed(tree, i);
}
static enum kind kind_of(const struct object *tree) { return (enum kind)int_value(field(tree, 0)); }

/* A tuple of its kind and n parts, which it takes; any may be NULL after a failure. */
static struct object *tree_taking(enum kind kind, size_t n, struct object *const parts[]) {
  struct object *tree = tuple_new(n + 1);
  struct object *tag = tree ? int_from_i64(kind) : NULL;
  bool ok = tag != NULL;
  for (size_t i = 0; i < n; i++)
    ok = ok && parts[i];
  if (!ok) {
    for (size_t i = 0; i < n; i++)
      drop_null(parts[i]);
    drop_null(tag);
    drop_null(tree);
    return NULL;
  }
  tuple_init_taking(tree, 0, tag);
  for (size_t i = 0; i < n; i++)
    tuple_init_taking(tree, i + 1, parts[i]);
  return tree;
}

static struct object *number_new(int64_t value) {
  struct object *number = int_from_i64(value);
  return number ? tree_taking(NUMBER, 1, &number) : NULL;
}

static struct object *parse(struct world *w, int64_t depth) {
  uint64_t dice = graph_below(w->g, 100);
  if (depth <= 0 || dice < 25) {
    if (dice % 2)
      return number_new((int64_t)graph_below(w->g, 2000));
    struct object *name = hold(w->names[graph_below(w->g, NAMES)]);
    return tree_taking(NAME, 1, &name);
  }
  struct object *parts[3] = {0};
  size_t n = dice < 70 ? 3 : dice < 85 ? 3 : 2;
  enum kind kind = dice < 70 ? BINARY : dice < 85 ? CONDITIONAL : CALL;
  size_t first = 0;
  if (kind == BINARY)
    parts[first++] = int_from_i64((int64_t)graph_below(w->g, 4));
  else if (kind == CALL)
    parts[first++] = hold(w->names[graph_below(w->g, NAMES)]);
  for (size_t i = first; i < n && (i == 0 || parts[i - 1]); i++)
    parts[i] = parse(w, depth - 1);
  return tree_taking(kind, n, parts);
}

static uint64_t apply(int64_t operator, uint64_t a, uint64_t b) {
  switch (operator) {
  case 0:
    return a + b;
  case 1:
    return a - b;
  case 2:
    return a * b;
  default:
    return a ^ (b >> 3);
  }
}

static uint64_t evaluate(struct world *w, const struct object *tree) {
  switch (kind_of(tree)) {
  case NUMBER:
    return (uint64_t)int_value(field(tree, 1));
  case NAME:
    return str_at(field(tree, 1), 1) * 7919u;
  case BINARY:
    return apply(int_value(field(tree, 1)), evaluate(w, field(tree, 2)),
                 evaluate(w, field(tree, 3)));
  case CONDITIONAL:
    return evaluate(w, field(tree, 1)) & 1 ? evaluate(w, field(tree, 2))
                                           : evaluate(w, field(tree, 3));
  default:
    return mix(str_at(field(tree, 1), 1), evaluate(w, field(tree, 2)));
  }
}

static bool is_small_number(const struct object *tree) {
  return kind_of(tree) == NUMBER && int_value(field(tree, 1)) < (1 << 20);
}

/* The tree with constant arithmetic computed: a new one where something changed, else the same one
 * again. Always a new reference. */
static struct object *fold(struct world *w, struct object *tree) {
  enum kind kind = kind_of(tree);
  if (kind == NUMBER || kind == NAME)
    return hold(tree);
  size_t n = tuple_length(tree) - 1, first = kind == CONDITIONAL ? 0 : 1;
  struct object *parts[3] = {0};
  bool changed = false;
  if (first)
    parts[0] = hold(field(tree, 1));
  for (size_t i = first; i < n; i++) {
    parts[i] = fold(w, field(tree, i + 1));
    changed |= parts[i] != field(tree, i + 1);
    if (!parts[i])
      break;
  }
  if (parts[n - 1] && kind == BINARY && is_small_number(parts[1]) && is_small_number(parts[2])) {
    uint64_t value = apply(int_value(parts[0]), (uint64_t)int_value(field(parts[1], 1)),
                           (uint64_t)int_value(field(parts[2], 1)));
    for (size_t i = 0; i < n; i++)
      drop(parts[i]);
    return number_new((int64_t)(value & 0xfffff));
  }
  if (changed || !parts[n - 1])
    return tree_taking(kind, n, parts);
  for (size_t i = 0; i < n; i++)
    drop(parts[i]);
  return hold(tree);
}

static bool statement(struct world *w, int64_t i) {
  struct object *tree = parse(w, w->g->value[DEPTH]);
  if (!tree)
    return false;
  graph_mix(w->g, evaluate(w, tree));
  struct object *folded = fold(w, tree);
  drop(tree);
  if (!folded)
    return false;
  graph_mix(w->g, evaluate(w, folded));
  if ((int64_t)list_length(w->module) < w->g->value[KEPT])
    return list_append_taking(w->module, folded) >= 0;
  list_set_taking(w->module, (size_t)(i % w->g->value[KEPT]), folded);
  return true;
}

static bool run(struct graph_context *g) {
  struct world w = {.g = g};
  for (size_t i = 0; i < NAMES; i++) {
    char name[3] = {'v', (char)('a' + i), 0};
    if (!(w.names[i] = str_intern(name)))
      return false;
  }
  w.module = list_new(0);
  root_push(&w.module, 1);
  bool ok = w.module != NULL;
  for (int64_t i = 0; ok && i < g->value[STATEMENTS]; i++) {
    ok = statement(&w, i);
    graph_step(g);
  }
  root_pop(&w.module);
  if (ok)
    graph_telling_moment(g);
  drop_null(w.module);
  return ok;
}

const struct graph graph_syntax_tree = {
    .name = "syntax-tree",
    .summary = "expressions of small tuples, built bottom-up, folded into new trees, evaluated",
    .story =
        "What a compiler's front end does: immutable nodes of two to four fields, the children "
        "older than the parent, passes that rebuild the changed part and share the rest. There "
        "are no cycles, yet every tuple is tracked until a collection finds out. It stresses "
        "small blocks of neighbouring classes and the fate of garbage that counts free at once "
        "and tracing must find.",
    .operation = "statement parsed, evaluated and folded",
    .params = params,
    .run = run,
};
