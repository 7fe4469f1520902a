/* The second trace: walks everything reachable on its own and says whether the heap is sound.
 *
 * It shares nothing with the collectors but what gc/header.h says about objects, so that a mistake
 * of theirs is not repeated here: its own stack, its own set of visited objects (open addressing by
 * address, with a count of the references found to each), no bits, no prefetching.
 *
 * For both families: what is reachable has a type with a sane shape, and references that are
 * readable. rc: no object has fewer references counted than were found. tracing: what is reachable
 * is a live object of the heap or a static one, and outside a collection no mark is left. */
#include "gc/collector.h"
#include "gc/heap.h"
#include "gc/host.h"
#include "gc/mapped.h"
#include "os/map.h"
#include <stdio.h>

/* From the linker: the program's image, where static objects lie. */
extern const char __executable_start, end;

struct seen {
  struct object *o;    /* NULL: the slot is free */
  uint64_t references; /* on it, found in objects */
};

struct trace {
  struct seen *slots; /* capacity is a power of two, at most half full */
  size_t capacity, n;
  struct {
    VEC(struct object *);
  } stack;
  const struct object *from; /* whose references are being read; NULL: roots */
  const char *violation;     /* the first; NULL: none yet */
  const struct object *culprit, *culprit_from;
  bool out_of_memory;
};

static void report(struct trace *t, const char *violation, const struct object *o) {
  if (t->violation)
    return;
  t->violation = violation;
  t->culprit = o;
  t->culprit_from = t->from;
}

static struct seen *find(struct seen *slots, size_t capacity, const struct object *o) {
  size_t i = ((uintptr_t)o >> 4) * 0x9e3779b97f4a7c15u >> 20;
  while (slots[i & (capacity - 1)].o && slots[i & (capacity - 1)].o != o)
    i++;
  return &slots[i & (capacity - 1)];
}

static bool enlarge(struct trace *t) {
  size_t capacity = t->capacity ? t->capacity * 2 : 1 << 12;
  struct seen *slots = map_anonymous(capacity * sizeof *slots, 0);
  if (!slots)
    return false;
  for (size_t i = 0; i < t->capacity; i++)
    if (t->slots[i].o)
      *find(slots, capacity, t->slots[i].o) = t->slots[i];
  if (t->slots)
    map_release(t->slots, t->capacity * sizeof *slots);
  t->slots = slots;
  t->capacity = capacity;
  return true;
}

/* What is wrong with the object itself, or NULL. */
static const char *ailment(const struct object *o) {
  if ((uintptr_t)o % sizeof(void *))
    return "a reference that is not aligned";
#if GC_TRACING
  bool is_static = (const char *)o >= &__executable_start && (const char *)o < &end;
  if (!is_static && !side_is_valid(&tracing.side, o))
    return "a reference to an object that does not live";
#else
  if (o->count == 0)
    return "a reference to an object without references";
#endif
  if (!o->type)
    return "an object without a type";
  const struct gc_shape *shape = gc_shape_of(o->type);
  if (shape->layout > GC_VISIT)
    return "an object whose type has no known layout";
  if ((shape->layout == GC_SPANS && !shape->spans) || (shape->layout == GC_VISIT && !shape->visit))
    return "an object whose type cannot tell its references";
  if (!shape->bytes && shape->basic_bytes < sizeof(struct object))
    return "an object smaller than a header";
  return NULL;
}

static void visit(struct object *o, void *context) {
  struct trace *t = context;
  if (!o || t->violation || t->out_of_memory)
    return;
  if (t->n * 2 >= t->capacity && !enlarge(t)) {
    t->out_of_memory = true;
    return;
  }
  struct seen *s = find(t->slots, t->capacity, o);
  s->references += t->from != NULL; /* roots may look on without holding a count */
  if (s->o)
    return;
  s->o = o;
  t->n++;
  const char *ill = ailment(o);
  if (ill)
    report(t, ill, o);
  else if (!mapped_push(&t->stack, o))
    t->out_of_memory = true;
}

static void visit_references(struct trace *t, struct object *o) {
  const struct gc_shape *shape = gc_shape_of(o->type);
  t->from = o;
  if (shape->flags & GC_VISITS_TYPE)
    visit((struct object *)o->type, t);
  if (shape->layout == GC_VISIT) {
    shape->visit(o, visit, t);
    return;
  }
  struct gc_span spans[GC_SPANS_MAX];
  unsigned n = gc_spans_of(o, shape, spans);
  if (n > GC_SPANS_MAX) {
    report(t, "an object with too many spans", o);
    return;
  }
  for (unsigned i = 0; i < n; i++)
    for (size_t k = 0; k < spans[i].n; k++)
      visit(spans[i].first[k], t);
}

/* What can only be said when everything has been seen. */
static void judge_counts(struct trace *t) {
#if GC_RC
  t->from = NULL;
  for (size_t i = 0; i < t->capacity; i++)
    if (t->slots[i].o && t->slots[i].o->count < t->slots[i].references)
      report(t, "an object with more references than are counted", t->slots[i].o);
#else
  (void)t;
#endif
}

static void judge_marks(struct trace *t) {
#if GC_TRACING
  for (struct side_leaf *leaf = tracing.side.leaves; leaf; leaf = leaf->next)
    for (size_t w = 0; w < SIDE_LEAF_WORDS; w++)
      if (leaf->used[w / SIDE_STRETCH_WORDS] && leaf->words[w].mark)
        report(t, "a mark outside a collection",
               side_address(leaf, w, bit_lowest(leaf->words[w].mark)));
#else
  (void)t;
#endif
}

bool verify_heap(bool after_collection, char *error, size_t error_bytes) {
  struct trace t = {0};
  host_visit_roots(visit, &t);
  while (t.stack.n && !t.violation && !t.out_of_memory)
    visit_references(&t, vec_pop(&t.stack));
  if (!t.violation && !t.out_of_memory)
    judge_counts(&t);
  if (after_collection)
    judge_marks(&t);
  if (t.violation && t.culprit_from)
    snprintf(error, error_bytes, "%s: %p, seen from %p", t.violation, (const void *)t.culprit,
             (const void *)t.culprit_from);
  else if (t.violation)
    snprintf(error, error_bytes, "%s: %p", t.violation, (const void *)t.culprit);
  else if (t.out_of_memory)
    snprintf(error, error_bytes, "no memory for the second trace");
  if (t.slots)
    map_release(t.slots, t.capacity * sizeof *t.slots);
  mapped_free(&t.stack);
  return !t.violation && !t.out_of_memory;
}
