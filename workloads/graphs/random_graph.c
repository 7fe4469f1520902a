/* A table of vertices whose edges are turned to random others all the time. */
#include "runtime/object/instance.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/root.h"
#include "workloads/graphs/workload.h"

enum { VERTICES, EDGES, MUTATIONS };
static const struct graph_param params[] = {
    {"vertices", "vertices in the table", 30000, 2, 50000000, GRAPH_LINEAR},
    {"edges", "edges of a vertex", 4, 1, 64, GRAPH_CONSTANT},
    {"mutations", "changes and walks", 500000, 0, 1000000000, GRAPH_LINEAR},
    {0},
};

enum { VALUE, FIRST_EDGE };

struct world {
  struct graph_context *g;
  struct type *vertex;
  struct object *table; /* list of the current vertices */
};

static struct object *pick(struct world *w) {
  return list_get_borrowed(w->table, graph_below(w->g, list_length(w->table)));
}

static struct object *vertex_new(struct world *w) {
  struct object *number = int_from_i64((int64_t)graph_below(w->g, 1 << 20));
  struct object *o = number ? instance_new(w->vertex) : NULL;
  if (!o) {
    drop_null(number);
    return NULL;
  }
  instance_set_taking(o, VALUE, number);
  return o;
}

static void connect(struct world *w, struct object *o) {
  for (int64_t i = 0; i < w->g->value[EDGES]; i++)
    instance_set_taking(o, FIRST_EDGE + (size_t)i, hold(pick(w)));
}

static bool fill(struct world *w) {
  for (int64_t i = 0; i < w->g->value[VERTICES]; i++) {
    struct object *o = vertex_new(w);
    if (!o || list_append_taking(w->table, o) < 0)
      return false;
    graph_step(w->g);
  }
  for (size_t i = 0; i < list_length(w->table); i++)
    connect(w, list_get_borrowed(w->table, i));
  return true;
}

/* Puts a new vertex into a random place. The old one mostly loses its edges, as deleted things do;
 * one in four keeps them, so that garbage with cycles arises. (With more of them each replaced
 * vertex would keep more than one other alive, and the graph would grow without end.) */
static bool replace(struct world *w) {
  size_t place = graph_below(w->g, list_length(w->table));
  struct object *o = vertex_new(w);
  if (!o)
    return false;
  connect(w, o);
  if (graph_below(w->g, 4)) {
    struct object *old = list_get_borrowed(w->table, place);
    for (int64_t i = 0; i < w->g->value[EDGES]; i++)
      instance_set_taking(old, FIRST_EDGE + (size_t)i, NULL);
  }
  list_set_taking(w->table, place, o);
  return true;
}

static void walk(struct world *w) {
  struct object *o = pick(w);
  for (int i = 0; i < 16 && o; i++) {
    graph_mix(w->g, (uint64_t)int_value(instance_get_borrowed(o, VALUE)));
    o = instance_get_borrowed(o, FIRST_EDGE + graph_below(w->g, (uint64_t)w->g->value[EDGES]));
  }
}

static bool mutate(struct world *w) {
  for (int64_t i = 0; i < w->g->value[MUTATIONS]; i++) {
    uint64_t dice = graph_below(w->g, 100);
    if (dice < 70) {
      struct object *from = pick(w), *to = pick(w);
      size_t edge = FIRST_EDGE + graph_below(w->g, (uint64_t)w->g->value[EDGES]);
      instance_set_taking(from, edge, hold(to));
    } else if (dice < 95) {
      if (!replace(w))
        return false;
    } else {
      walk(w);
    }
    graph_step(w->g);
  }
  return true;
}

static bool run(struct graph_context *g) {
  struct world w = {.g = g};
  w.vertex = type_new("Vertex", FIRST_EDGE + (uint32_t)g->value[EDGES], NULL);
  w.table = w.vertex ? list_new(0) : NULL;
  root_push(&w.table, 1);
  bool ok = w.table && fill(&w) && mutate(&w);
  root_pop(&w.table);
  if (ok)
    graph_telling_moment(g);
  drop_null(w.table);
  if (w.vertex)
    drop(&w.vertex->head);
  return ok;
}

const struct graph graph_random_graph = {
    .name = "random-graph",
    .summary = "vertices with random edges that are turned and replaced all the time",
    .story =
        "A graph without any locality: edges lead to random places, old vertices point to young "
        "ones and back, and what is replaced dies at an unforeseeable time, often in cycles. It "
        "is the hard case for generations (old to young references everywhere), for marking "
        "(a cache miss per edge), for reference counts (each turned edge touches two distant "
        "headers), and for allocators that hope for frees in some order.",
    .operation = "vertex built, edge turned, vertex replaced, or walk of 16 edges",
    .params = params,
    .run = run,
};
