/* How long objects live: most die young, none dies, the heap only grows. */
#include "runtime/object/instance.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/root.h"
#include "runtime/object/tuple.h"
#include "workloads/graphs/workload.h"

enum { VALUE, PARTS, LINK, SLOTS };

/* A record: an instance with an int and a list of two tuples; five blocks and a buffer. */
static struct object *record_new(struct graph_context *g, struct type *record) {
  struct object *o = instance_new(record);
  if (!o)
    return NULL;
  struct object *number = int_from_i64((int64_t)graph_below(g, 1 << 20));
  instance_set_taking(o, VALUE, number);
  struct object *parts = number ? list_new(2) : NULL;
  instance_set_taking(o, PARTS, parts);
  bool ok = parts != NULL;
  for (int i = 0; ok && i < 2; i++) {
    struct object *pair = tuple_pack(2, number, NONE);
    ok = pair && list_append_taking(parts, pair) >= 0;
  }
  if (ok)
    return o;
  drop(o);
  return NULL;
}

static uint64_t record_value(const struct object *record) {
  return (uint64_t)int_value(instance_get_borrowed(record, VALUE));
}

static bool run_with_record(struct graph_context *g,
                            bool (*body)(struct graph_context *, struct type *, struct object *)) {
  struct type *record = type_new("Record", SLOTS, NULL);
  struct object *kept = record ? list_new(0) : NULL;
  root_push(&kept, 1);
  bool ok = kept && body(g, record, kept);
  root_pop(&kept);
  if (ok)
    graph_telling_moment(g);
  drop_null(kept);
  if (record)
    drop(&record->head);
  return ok;
}

/* ---- most die young ------------------------------------------------------------------------ */

enum { OBJECTS, MIDDLE, LASTING };
static const struct graph_param young_params[] = {
    {"objects", "records made", 400000, 1, 1000000000, GRAPH_LINEAR},
    {"middle", "records in use for a while: one in ten goes there, the oldest leaves", 2000, 1,
     10000000, GRAPH_CONSTANT},
    {"lasting", "records in a thousand that stay for good", 5, 0, 1000, GRAPH_CONSTANT},
    {0},
};

static bool young_body(struct graph_context *g, struct type *record, struct object *kept) {
  struct object *middle = list_new(0);
  if (!middle)
    return false;
  root_push(&middle, 1);
  bool ok = true;
  size_t oldest = 0;
  for (int64_t i = 0; ok && i < g->value[OBJECTS]; i++) {
    struct object *o = record_new(g, record);
    if (!o) {
      ok = false;
      break;
    }
    graph_mix(g, record_value(o));
    uint64_t dice = graph_below(g, 1000);
    if (dice < (uint64_t)g->value[LASTING]) {
      ok = list_append_taking(kept, o) >= 0;
    } else if (dice < 900) {
      drop(o);
    } else if ((int64_t)list_length(middle) < g->value[MIDDLE]) {
      ok = list_append_taking(middle, o) >= 0;
    } else {
      list_set_taking(middle, oldest, o);
      oldest = (oldest + 1) % list_length(middle);
    }
    graph_step(g);
  }
  for (size_t i = 0; i < list_length(kept); i++)
    graph_mix(g, record_value(list_get_borrowed(kept, i)));
  root_pop(&middle);
  drop(middle);
  return ok;
}

static bool young_run(struct graph_context *g) { return run_with_record(g, young_body); }

const struct graph graph_weak_generational = {
    .name = "weak-generational",
    .summary = "nine in ten objects die at once, one in ten after a while, few never",
    .story =
        "The behaviour that generational collection is built on, as a reference point: if a "
        "collector with generations is not ahead here, it is ahead nowhere. For an allocator it "
        "is the ideal order, last in first out, with a slow drizzle of survivors that end up "
        "between the blocks of the dead.",
    .operation = "record made",
    .params = young_params,
    .run = young_run,
};

/* ---- none dies ----------------------------------------------------------------------------- */

static const struct graph_param surviving_params[] = {
    {"objects", "records made and kept", 100000, 1, 100000000, GRAPH_LINEAR},
    {0},
};

static bool surviving_body(struct graph_context *g, struct type *record, struct object *kept) {
  for (int64_t i = 0; i < g->value[OBJECTS]; i++) {
    struct object *o = record_new(g, record);
    if (!o)
      return false;
    /* To an older one: no cycles. */
    if (i > 0)
      instance_set_taking(o, LINK, hold(list_get_borrowed(kept, graph_below(g, (uint64_t)i))));
    if (list_append_taking(kept, o) < 0)
      return false;
    graph_step(g);
  }
  for (size_t i = 0; i < list_length(kept); i++) {
    struct object *o = list_get_borrowed(kept, i), *older = instance_get_borrowed(o, LINK);
    graph_mix(g, record_value(o) + (older ? record_value(older) : 0));
  }
  return true;
}

static bool surviving_run(struct graph_context *g) { return run_with_record(g, surviving_body); }

const struct graph graph_everything_survives = {
    .name = "everything-survives",
    .summary = "a large live set without cycles is built, and nothing dies before the end",
    .story =
        "The adversary of every collector: all the work of every collection is in vain. It shows "
        "how well thresholds and heap budgets back off, what copying survivors from generation "
        "to generation costs, and how dense an allocator packs when it is never given anything "
        "back. At the end all of it is released at once.",
    .operation = "record made",
    .params = surviving_params,
    .run = surviving_run,
};

/* ---- the heap only grows ------------------------------------------------------------------- */

enum { STEPS, TEMPORARIES };
static const struct graph_param growing_params[] = {
    {"steps", "records that stay", 50000, 1, 100000000, GRAPH_LINEAR},
    {"temporaries", "records made and dropped for each that stays", 3, 0, 1000, GRAPH_CONSTANT},
    {0},
};

static bool growing_body(struct graph_context *g, struct type *record, struct object *kept) {
  for (int64_t i = 0; i < g->value[STEPS]; i++) {
    uint64_t sum = 0;
    for (int64_t t = 0; t < g->value[TEMPORARIES]; t++) {
      struct object *temporary = record_new(g, record);
      if (!temporary)
        return false;
      sum += record_value(temporary);
      drop(temporary);
    }
    struct object *o = record_new(g, record);
    if (!o)
      return false;
    if (list_append_taking(kept, o) < 0)
      return false;
    /* What is young now may be read or linked from anywhere in what is old. */
    struct object *old = list_get_borrowed(kept, graph_below(g, list_length(kept)));
    struct object *linked = instance_get_borrowed(old, LINK);
    sum += record_value(old) + (linked ? record_value(linked) : 0);
    instance_set_taking(old, LINK, hold(o));
    graph_mix(g, sum);
    graph_step(g);
  }
  return true;
}

static bool growing_run(struct graph_context *g) { return run_with_record(g, growing_body); }

const struct graph graph_growing_heap = {
    .name = "growing-heap",
    .summary = "the live set grows steadily while temporaries come and go",
    .story =
        "A program that loads, indexes or leaks: each step leaves something behind, and old "
        "records are linked to young ones all the time. It separates collectors whose full "
        "collections come at a fixed interval (their cost grows with the square of the heap) "
        "from those that wait for the heap to grow by a share, and it defeats any fixed window "
        "between collections.",
    .operation = "step: one record stays",
    .params = growing_params,
    .run = growing_run,
};
