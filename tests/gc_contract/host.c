/* The runtime of the collectors' tests: see host.h. */
#include "tests/gc_contract/host.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct object *host_roots[HOST_ROOTS];
uint64_t host_events[HOST_EVENTS];
size_t host_events_n;
void (*host_on_finalize)(struct mortal *m);
void (*host_on_callback)(struct weak *w);
bool (*host_on_may_untrack)(struct object *o, unsigned generation);
unsigned host_begun, host_ended, host_released_caches;

static struct alloc *allocator;
static struct weak *all_weak;

/* ---- types ---- */

static unsigned split_spans(struct object *o, struct gc_span spans[GC_SPANS_MAX]) {
  struct split *s = (struct split *)o;
  spans[0] = (struct gc_span){&s->front, 1};
  spans[1] = (struct gc_span){s->items, s->n};
  return 2;
}

static void odd_visit(struct object *o, gc_visit_fn *visit, void *context) {
  struct pair *p = (struct pair *)o;
  for (int i = 0; i < 2; i++)
    if (p->refs[i])
      visit(p->refs[i], context);
}

#if GC_RC
#define STATIC_HEAD(t)                                                                             \
  { .count = GC_IMMORTAL, .type = &t }
#else
#define STATIC_HEAD(t)                                                                             \
  { .type = &t }
#endif

struct type type_type = {
    .head = STATIC_HEAD(type_type),
    .shape = {.layout = GC_LEAF, .flags = GC_IS_TYPE, .basic_bytes = sizeof(struct type)},
    .name = "type",
};
struct type leaf_type = {
    .head = STATIC_HEAD(type_type),
    .shape = {.layout = GC_LEAF,
              .n_offset = offsetof(struct leaf, n),
              .basic_bytes = sizeof(struct leaf),
              .item_bytes = 1},
    .name = "leaf",
};
struct type pair_type = {
    .head = STATIC_HEAD(type_type),
    .shape = {.layout = GC_FIXED,
              .flags = GC_CONTAINER | GC_PLAIN,
              .refs_offset = offsetof(struct pair, refs),
              .refs_n = 2,
              .basic_bytes = sizeof(struct pair)},
    .name = "pair",
};
struct type row_type = {
    .head = STATIC_HEAD(type_type),
    .shape = {.layout = GC_INLINE,
              .flags = GC_CONTAINER | GC_PLAIN,
              .refs_offset = offsetof(struct row, refs),
              .n_offset = offsetof(struct row, n),
              .basic_bytes = sizeof(struct row),
              .item_bytes = sizeof(struct object *)},
    .name = "row",
};
struct type shelf_type = {
    .head = STATIC_HEAD(type_type),
    .shape = {.layout = GC_BUFFER,
              .flags = GC_CONTAINER | GC_PLAIN | GC_RELEASES,
              .refs_offset = offsetof(struct shelf, items),
              .n_offset = offsetof(struct shelf, n),
              .basic_bytes = sizeof(struct shelf)},
    .name = "shelf",
};
struct type split_type = {
    .head = STATIC_HEAD(type_type),
    .shape = {.layout = GC_SPANS,
              .flags = GC_CONTAINER | GC_RELEASES,
              .basic_bytes = sizeof(struct split),
              .spans = split_spans},
    .name = "split",
};
struct type odd_type = {
    .head = STATIC_HEAD(type_type),
    .shape = {.layout = GC_VISIT,
              .flags = GC_CONTAINER,
              .basic_bytes = sizeof(struct pair),
              .visit = odd_visit},
    .name = "odd",
};
struct type mortal_type = {
    .head = STATIC_HEAD(type_type),
    .shape = {.layout = GC_FIXED,
              .flags = GC_CONTAINER | GC_FINALIZES | GC_WEAKREFS,
              .refs_offset = offsetof(struct mortal, refs),
              .refs_n = 2,
              .weak_offset = offsetof(struct mortal, weakrefs),
              .basic_bytes = sizeof(struct mortal)},
    .name = "mortal",
};
struct type weak_type = {
    .head = STATIC_HEAD(type_type),
    .shape = {.layout = GC_FIXED,
              .flags = GC_CONTAINER,
              .refs_offset = offsetof(struct weak, data),
              .refs_n = 1,
              .basic_bytes = sizeof(struct weak)},
    .name = "weak",
};

/* ---- births ---- */

static struct object *born(struct type *type, size_t bytes) {
  struct object *o = gc_new_container(type, bytes);
  if (o)
    memset(o + 1, 0, bytes - sizeof *o);
  return o;
}

static struct object *tracked(struct object *o) {
  if (o)
    gc_track(o);
  return o;
}

struct object *leaf_new(size_t payload) {
  struct leaf *l = (struct leaf *)gc_new(&leaf_type, sizeof *l + payload);
  if (!l)
    return NULL;
  l->n = payload;
  memset(l->payload, 0x5a, payload);
  return &l->head;
}

struct object *pair_new(void) {
  return tracked(born(&pair_type, sizeof(struct pair)));
}
struct object *odd_new(void) {
  return tracked(born(&odd_type, sizeof(struct pair)));
}

struct object *row_new(size_t n) {
  struct row *r = (struct row *)born(&row_type, sizeof *r + n * sizeof *r->refs);
  if (!r)
    return NULL;
  r->n = n;
  return tracked(&r->head);
}

static struct object **items_new(size_t n) {
  struct object **items = gc_buffer_new(n * sizeof *items);
  if (items)
    memset(items, 0, n * sizeof *items);
  return items;
}

struct object *shelf_new(size_t n) {
  struct shelf *s = (struct shelf *)born(&shelf_type, sizeof *s);
  if (!s)
    return NULL;
  if (!(s->items = items_new(n))) {
    gc_delete(&s->head, sizeof *s);
    return NULL;
  }
  s->n = n;
  return tracked(&s->head);
}

struct object *split_new(size_t n) {
  struct split *s = (struct split *)born(&split_type, sizeof *s);
  if (!s)
    return NULL;
  if (!(s->items = items_new(n))) {
    gc_delete(&s->head, sizeof *s);
    return NULL;
  }
  s->n = n;
  return tracked(&s->head);
}

struct object *mortal_new(uint64_t id) {
  struct mortal *m = (struct mortal *)born(&mortal_type, sizeof *m);
  if (!m)
    return NULL;
  m->id = id;
  return tracked(&m->head);
}

struct object *weak_new(struct object *mortal, bool calls, uint64_t id) {
  struct weak *w = (struct weak *)born(&weak_type, sizeof *w);
  if (!w)
    return NULL;
  w->referent = mortal;
  w->calls = calls;
  w->id = id;
  struct mortal *m = (struct mortal *)mortal;
  w->next = (struct weak *)m->weakrefs;
  if (w->next)
    w->next->previous = w;
  m->weakrefs = &w->head;
  w->all_next = all_weak;
  if (all_weak)
    all_weak->all_previous = w;
  all_weak = w;
  return tracked(&w->head);
}

struct type *class_new(void) {
  struct type *t = (struct type *)gc_new(&type_type, sizeof *t);
  if (!t)
    return NULL;
  t->name = "class";
  t->shape = (struct gc_shape){.layout = GC_FIXED,
                               .flags = GC_CONTAINER | GC_VISITS_TYPE,
                               .refs_offset = offsetof(struct pair, refs),
                               .refs_n = 2,
                               .basic_bytes = sizeof(struct pair)};
  return t;
}

struct object *instance_new(struct type *class) {
  struct object *o = born(class, sizeof(struct pair));
  if (o)
    hold(&class->head);
  return tracked(o);
}

size_t slots_of(const struct object *o) {
  struct gc_span spans[GC_SPANS_MAX];
  const struct gc_shape *shape = gc_shape_of(o->type);
  if (shape->layout == GC_VISIT)
    return 2;
  size_t n = 0;
  unsigned spans_n = gc_spans_of((struct object *)(uintptr_t)o, shape, spans);
  for (unsigned i = 0; i < spans_n; i++)
    n += spans[i].n;
  return n;
}

struct object **slot_of(struct object *o, size_t i) {
  struct gc_span spans[GC_SPANS_MAX];
  const struct gc_shape *shape = gc_shape_of(o->type);
  if (shape->layout == GC_VISIT)
    return &((struct pair *)o)->refs[i];
  unsigned n = gc_spans_of(o, shape, spans);
  for (unsigned k = 0; k < n; k++) {
    if (i < spans[k].n)
      return &spans[k].first[i];
    i -= spans[k].n;
  }
  fail_msg("no slot %zu", i);
  return NULL;
}

void set(struct object *o, size_t i, struct object *value) { store(o, slot_of(o, i), value); }

void root_set(size_t i, struct object *value) {
  struct object *before = host_roots[i];
  host_roots[i] = value;
  drop_null(before);
}

/* ---- gc/host.h ---- */

void host_visit_roots(gc_visit_fn *visit, void *context) {
  for (size_t i = 0; i < HOST_ROOTS; i++)
    if (host_roots[i])
      visit(host_roots[i], context);
}

static void note(uint64_t event) {
  if (host_events_n < HOST_EVENTS)
    host_events[host_events_n] = event;
  host_events_n++;
}

bool host_wants_finalizer(const struct object *o) { return o != NULL; }

void host_finalize(struct object *o) {
  struct mortal *m = (struct mortal *)o;
  note(m->id);
  if (host_on_finalize)
    host_on_finalize(m);
}

void host_clear(struct object *o) {
  for (size_t i = slots_of(o); i-- > 0;) {
    struct object **slot = slot_of(o, i), *before = *slot;
    *slot = NULL;
    drop_null(before);
  }
}

void host_release(struct object *o) {
  if (o->type == &shelf_type) {
    struct shelf *s = (struct shelf *)o;
    gc_buffer_free(s->items, s->n * sizeof *s->items);
  } else if (o->type == &split_type) {
    struct split *s = (struct split *)o;
    gc_buffer_free(s->items, s->n * sizeof *s->items);
  }
}

struct object *host_weakref_next(struct object *weakref) {
  return (struct object *)((struct weak *)weakref)->next;
}
struct object *host_weakref_referent(struct object *weakref) {
  return ((struct weak *)weakref)->referent;
}
struct object *host_weakref_callback(struct object *weakref) {
  return ((struct weak *)weakref)->calls ? weakref : NULL;
}
void host_weakref_clear(struct object *weakref) {
  struct weak *w = (struct weak *)weakref;
  if (!w->referent)
    return;
  if (w->previous)
    w->previous->next = w->next;
  else
    ((struct mortal *)w->referent)->weakrefs = (struct object *)w->next;
  if (w->next)
    w->next->previous = w->previous;
  if (w->all_previous)
    w->all_previous->all_next = w->all_next;
  else
    all_weak = w->all_next;
  if (w->all_next)
    w->all_next->all_previous = w->all_previous;
  w->referent = NULL;
  w->next = w->previous = NULL;
}
void host_weakref_call(struct object *weakref) {
  struct weak *w = (struct weak *)weakref;
  w->calls = false;
  note(w->id + 1000);
  if (host_on_callback)
    host_on_callback(w);
}
void host_visit_weakrefs(gc_visit_fn *visit, void *context) {
  for (struct weak *w = all_weak, *next; w; w = next) {
    next = w->all_next;
    visit(&w->head, context);
  }
}

#if GC_RC
static void mortal_dies(struct mortal *m) {
  for (struct weak *w; (w = (struct weak *)m->weakrefs);) {
    if (gc_is_dying(&w->head)) {
      host_weakref_clear(&w->head);
      continue;
    }
    hold(&w->head);
    host_weakref_clear(&w->head);
    if (w->calls)
      host_weakref_call(&w->head);
    drop(&w->head);
  }
}
#endif

void host_destroy(struct object *o) {
#if GC_RC
  if (gc_shape_of(o->type)->flags & GC_FINALIZES) {
    if (gc_finalize_dying(o))
      return;
    gc_untrack(o);
    mortal_dies((struct mortal *)o);
  }
  gc_untrack(o);
  if (o->type == &weak_type)
    host_weakref_clear(o);
  host_clear(o);
  host_release(o);
  struct type *type = o->type;
  bool holds_type = type->shape.flags & GC_VISITS_TYPE;
  gc_delete(o, gc_object_bytes(o));
  if (holds_type)
    drop(&type->head);
#else
  fail_msg("%p: nothing is destroyed by its count here", (void *)o);
#endif
}

bool host_may_untrack(struct object *o, unsigned generation) {
  return host_on_may_untrack && host_on_may_untrack(o, generation);
}

void host_collection_begins(unsigned generation) {
  (void)generation;
  host_begun++;
}
void host_collection_ended(unsigned generation, size_t collected, size_t uncollectable) {
  (void)generation, (void)collected, (void)uncollectable;
  host_ended++;
}
void host_release_caches(void) { host_released_caches++; }

/* ---- opening and closing ---- */

void host_open_over(const char *alloc_spec, const char *collector_and_options) {
  char error[256];
  if (gc_current()) /* an earlier test failed */
    host_close();
  allocator = alloc_open(alloc_spec, error, sizeof error);
  if (!allocator)
    fail_msg("%s", error);
  memset(host_roots, 0, sizeof host_roots);
  host_events_n = 0;
  host_begun = host_ended = host_released_caches = 0;
  host_on_finalize = NULL;
  host_on_callback = NULL;
  host_on_may_untrack = NULL;
  all_weak = NULL;
  if (!gc_open(allocator, collector_and_options, error, sizeof error))
    fail_msg("%s", error);
}

void host_open(const char *collector_and_options) {
  host_open_over("malloc", collector_and_options);
}

size_t host_close(void) {
  for (size_t i = 0; i < HOST_ROOTS; i++)
    root_set(i, NULL);
  size_t alive = gc_close();
  alloc_close(allocator);
  return alive;
}

enum { PAD_BYTES = 1 << 16 };

static NO_INLINE void wipe(size_t bytes) {
  volatile char *below = __builtin_alloca(bytes);
  for (size_t i = 0; i < bytes; i++)
    below[i] = 0;
}

/* f runs below a pad, so that no frame of a test ever lies where f's frames were, and shows what
 * they left behind. */
NO_INLINE void host_away(void (*f)(void *context), void *context) {
  volatile char *pad = __builtin_alloca(PAD_BYTES);
  for (size_t i = 0; i < PAD_BYTES; i++)
    pad[i] = 0;
  f(context);
  wipe(4 * PAD_BYTES);
}

size_t host_collect(void) {
  wipe(4 * PAD_BYTES);
  return gc_collect(GC_GENERATIONS - 1);
}
