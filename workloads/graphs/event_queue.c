/* A queue: what came first leaves first, and makes what comes last. */
#include "runtime/object/bytes.h"
#include "runtime/object/instance.h"
#include "runtime/object/int.h"
#include "runtime/object/root.h"
#include "runtime/object/tuple.h"
#include "workloads/graphs/workload.h"

enum { PENDING, EVENTS };
static const struct graph_param params[] = {
    {"pending", "events that wait on average", 20000, 1, 100000000, GRAPH_LINEAR},
    {"events", "events handled", 250000, 1, 1000000000, GRAPH_LINEAR},
    {0},
};

enum { PAYLOAD, NEXT, SLOTS };

struct world {
  struct graph_context *g;
  struct type *event;
  struct object *first, *last; /* both owned; NULL when empty */
  int64_t waiting;
  int64_t clock;
};

/* (time, bytes), in a node at the end of the queue. */
static bool enqueue(struct world *w) {
  struct object *time = int_from_i64(w->clock++);
  struct object *data = time ? bytes_from(NULL, graph_between(w->g, 8, 160)) : NULL;
  struct object *payload = data ? tuple_pack(2, time, data) : NULL;
  drop_null(time);
  drop_null(data);
  struct object *node = payload ? instance_new(w->event) : NULL;
  if (!node) {
    drop_null(payload);
    return false;
  }
  instance_set_taking(node, PAYLOAD, payload);
  if (w->last)
    instance_set_taking(w->last, NEXT, hold(node));
  else
    w->first = hold(node);
  drop_null(w->last);
  w->last = node;
  w->waiting++;
  return true;
}

static void dequeue(struct world *w) {
  struct object *node = w->first;
  struct object *payload = instance_get_borrowed(node, PAYLOAD);
  graph_mix(w->g, (uint64_t)int_value(tuple_get_borrowed(payload, 0)));
  graph_mix(w->g, bytes_length(tuple_get_borrowed(payload, 1)));
  struct object *next = instance_get_borrowed(node, NEXT);
  w->first = next ? hold(next) : NULL;
  if (!next) {
    drop(w->last);
    w->last = NULL;
  }
  drop(node);
  w->waiting--;
}

static bool run_with(struct world *w) {
  while (w->waiting < w->g->value[PENDING]) {
    if (!enqueue(w))
      return false;
    graph_step(w->g);
  }
  for (int64_t i = 0; i < w->g->value[EVENTS]; i++) {
    if (w->first)
      dequeue(w);
    /* None, one or two new ones; drawn back to the average length. */
    uint64_t more = graph_below(w->g, 3);
    if (w->waiting < w->g->value[PENDING] / 2)
      more = 2;
    else if (w->waiting > w->g->value[PENDING] * 3 / 2)
      more = 0;
    for (; more > 0; more--)
      if (!enqueue(w))
        return false;
    graph_step(w->g);
  }
  graph_telling_moment(w->g);
  while (w->first) {
    dequeue(w);
    graph_step(w->g);
  }
  return true;
}

static bool run(struct graph_context *g) {
  struct world w = {.g = g};
  w.event = type_new("Event", SLOTS, NULL);
  root_push(&w.first, 1);
  bool ok = w.event && run_with(&w);
  root_pop(&w.first);
  drop_null(w.first);
  drop_null(w.last);
  if (w.event)
    drop(&w.event->head);
  return ok;
}

const struct graph graph_event_queue = {
    .name = "event-queue",
    .summary = "first in, first out: events leave in the order in which they came",
    .story =
        "Every object lives exactly as long as every other, which no guess by age can use: what a "
        "young collection finds is alive, and it is promoted just to die. For allocators it is "
        "the order that lets whole pools run empty one after the other, the best case for "
        "giving memory back and the worst for a last-in-first-out free list.",
    .operation = "event handled",
    .params = params,
    .run = run,
};
