/* How faithful a replay is: a layer in front of the allocator under test counts what arrives, and
 * what arrived is compared with what was recorded. Nothing here is taken from the operations that
 * the replay was made of, so a mistake in them shows. */
#include "base/bits.h"
#include "workloads/traces/live.h"
#include "workloads/traces/replay.h"
#include <math.h>
#include <pthread.h>
#include <stdio.h>

struct watch {
  struct alloc head;
  pthread_mutex_t lock; /* around everything below */
  struct live live;     /* by address */
  struct trace_totals totals;
  const struct program *program;
  uint64_t curve[PROGRAM_CURVE_POINTS];
  uint32_t n_curve;
  bool over, out_of_memory; /* over: the events are done, the rest is freed */
};

static void add(struct watch *w, struct trace_event *e) {
  if (w->over)
    return;
  e->thread = replay_thread();
  trace_totals_add(&w->totals, e);
  if (w->totals.events % w->program->curve_step == 0 && w->n_curve < PROGRAM_CURVE_POINTS)
    w->curve[w->n_curve++] = w->totals.live_bytes;
  w->over = w->totals.events == w->program->totals.events;
}

static void add_block(struct watch *w, struct trace_event *e, const void *block) {
  pthread_mutex_lock(&w->lock);
  if (block) {
    add(w, e);
    if (!live_put(&w->live, (uintptr_t)block, 0, e->size, e->thread))
      w->out_of_memory = true;
  }
  pthread_mutex_unlock(&w->lock);
}

static void *watch_alloc(struct alloc *a, size_t bytes) {
  struct watch *w = (struct watch *)a;
  void *block = a->below->alloc(a->below, bytes);
  add_block(w, &(struct trace_event){.kind = TRACE_MALLOC, .size = bytes}, block);
  return block;
}

static void *watch_zalloc(struct alloc *a, size_t bytes) {
  struct watch *w = (struct watch *)a;
  void *block = a->below->zalloc(a->below, bytes);
  add_block(w, &(struct trace_event){.kind = TRACE_CALLOC, .size = bytes}, block);
  return block;
}

static bool take(struct watch *w, const void *block, struct live_block *known) {
  pthread_mutex_lock(&w->lock);
  bool found = live_take(&w->live, (uintptr_t)block, known);
  pthread_mutex_unlock(&w->lock);
  return found;
}

static void *watch_realloc(struct alloc *a, void *block, size_t bytes) {
  struct watch *w = (struct watch *)a;
  struct live_block known = {0};
  bool fresh = !block || !take(w, block, &known);
  void *moved = a->below->realloc(a->below, block, bytes);
  add_block(w,
            &(struct trace_event){.kind = TRACE_REALLOC,
                                  .fresh = fresh,
                                  .owner = known.thread,
                                  .old_size = known.size,
                                  .size = bytes},
            moved);
  return moved;
}

static void watch_free(struct alloc *a, void *block) {
  struct watch *w = (struct watch *)a;
  struct live_block known;
  pthread_mutex_lock(&w->lock);
  if (live_take(&w->live, (uintptr_t)block, &known))
    add(w, &(struct trace_event){.kind = TRACE_FREE, .owner = known.thread, .size = known.size});
  pthread_mutex_unlock(&w->lock);
  a->below->free(a->below, block);
}

static double distance(uint64_t a, uint64_t b) { return a > b ? (double)(a - b) : (double)(b - a); }
/* 1 where both are the same, 0 where one is nothing beside the other. */
static double likeness(uint64_t a, uint64_t b) {
  uint64_t more = a > b ? a : b;
  return more ? 1 - distance(a, b) / (double)more : 1;
}

static double likeness_of_curves(const struct watch *w) {
  const struct program *p = w->program;
  double sum = 0;
  for (uint32_t i = 0; i < p->n_curve; i++)
    sum += i < w->n_curve ? distance(p->curve[i], w->curve[i]) : (double)p->curve[i];
  if (!p->n_curve || !p->totals.peak_live_bytes)
    return 1;
  double apart = sum / p->n_curve / (double)p->totals.peak_live_bytes;
  return apart > 1 ? 0 : 1 - apart;
}

static double likeness_of_calls(const struct trace_totals *a, const struct trace_totals *b) {
  /* The door has no aligned request: it arrives as a plain one. */
  double apart = distance(a->mallocs + a->aligned, b->mallocs + b->aligned) +
                 distance(a->callocs, b->callocs) + distance(a->reallocs, b->reallocs) +
                 distance(a->frees, b->frees);
  double share = 1 - apart / (double)(a->events ? a->events : 1);
  return share < 0 ? 0 : share;
}

static double likeness_of_classes(const struct trace_totals *a, const struct trace_totals *b) {
  uint64_t common = 0, in_a = 0, in_b = 0;
  for (unsigned c = 0; c < TRACE_CLASSES; c++) {
    common += a->classes[c] < b->classes[c] ? a->classes[c] : b->classes[c];
    in_a += a->classes[c];
    in_b += b->classes[c];
  }
  uint64_t all = in_a > in_b ? in_a : in_b;
  return all ? (double)common / (double)all : 1;
}

static void compare(const struct watch *w, struct replay_fidelity *out) {
  const struct trace_totals *original = &w->program->totals, *replayed = &w->totals;
  *out = (struct replay_fidelity){
      .events = likeness_of_calls(original, replayed),
      .classes = likeness_of_classes(original, replayed),
      .peak_bytes = likeness(original->peak_live_bytes, replayed->peak_live_bytes),
      .peak_blocks = likeness(original->peak_live_blocks, replayed->peak_live_blocks),
      .curve = likeness_of_curves(w),
      .foreign = likeness(original->foreign_frees, replayed->foreign_frees),
      .padded_bytes = replayed->requested_bytes - original->requested_bytes,
  };
  const double parts[] = {out->events,      out->classes, out->peak_bytes,
                          out->peak_blocks, out->curve,   out->foreign};
  out->figure = 1;
  for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
    out->figure = fmin(out->figure, parts[i]);
}

bool replay_measure_fidelity(const struct program *p, struct alloc *a, struct replay_fidelity *out,
                             char *error, size_t error_bytes) {
  static const struct alloc_table table = {0};
  struct watch w = {.head = {.alloc = watch_alloc,
                             .zalloc = watch_zalloc,
                             .realloc = watch_realloc,
                             .free = watch_free,
                             .table = &table,
                             .backend = a->backend,
                             .below = a},
                    .program = p};
  struct replay_result result;
  pthread_mutex_init(&w.lock, NULL);
  replay_run(p, &w.head, REPLAY_TOUCH_NONE, &result);
  pthread_mutex_destroy(&w.lock);
  live_clear(&w.live);
  if (w.out_of_memory) {
    snprintf(error, error_bytes, "out of memory for watching the replay");
    return false;
  }
  if (!result.fine)
    snprintf(error, error_bytes, "%s", result.error);
  else
    compare(&w, out);
  return result.fine;
}
