/* One reader, no lock: the layer's figures are atomic, and the moments belong to the thread until
 * it has been joined. */
#include "workloads/graphs/timeline.h"
#include "alloc/count.h"
#include "base/clock.h"

enum { INTERVAL_NS = 1000000 };

static void read_moment(struct timeline *t) {
  struct count_figures figures;
  if (!count_read(t->allocator, &figures))
    return;
  struct graph_moment moment = {clock_wall_ns(), figures.live_bytes};
  (void)!vec_push(t->moments, moment); /* without memory the line has a gap */
}

static void *sample(void *argument) {
  struct timeline *t = argument;
  while (!atomic_load(&t->ends)) {
    read_moment(t);
    nanosleep(&(struct timespec){.tv_nsec = INTERVAL_NS}, NULL);
  }
  return NULL;
}

void timeline_begin(struct timeline *t, struct alloc *allocator, struct graph_moments *moments) {
  struct count_figures figures;
  *t = (struct timeline){.allocator = allocator, .moments = moments};
  if (count_read(allocator, &figures))
    t->runs = pthread_create(&t->thread, NULL, sample, t) == 0;
}

void timeline_end(struct timeline *t) {
  if (!t->runs)
    return;
  atomic_store(&t->ends, true);
  pthread_join(t->thread, NULL);
  read_moment(t);
}
