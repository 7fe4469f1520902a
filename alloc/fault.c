/* Layer `fault`: requests that fail on purpose.
 *
 * Requests (allocations and resizes) inside the size filter are numbered from 1 over all threads.
 * Whether number n fails depends on n, the options and the seed only, so a run can be repeated. */
#include "alloc/fault.h"
#include "alloc/fault_paths.h"
#include "alloc/layer.h"
#include "base/bits.h"
#include "base/mix.h"
#include "base/options.h"
#include <stdatomic.h>
#include <unistd.h>

struct fault {
  struct alloc head;
  uint64_t nth, times, after, seed, least_bytes, most_bytes;
  atomic_bool is_waiting; /* until fault_arm: nothing is counted, nothing fails */
  uint64_t threshold;     /* fails when the number's hash is below */
  atomic_uint_fast64_t requests, failures;
  struct fault_paths *paths; /* with fork=N or list=N; NULL in a child */
  uint64_t every, paths_n, child_times;
  bool lists;    /* list=N */
  bool children; /* what the program forks counts and fails, too */
  pid_t process; /* of the program, or of this layer's fork */
};

static bool is_due(struct fault *f, size_t bytes) {
  if (bytes < f->least_bytes || bytes > f->most_bytes ||
      UNLIKELY(atomic_load_explicit(&f->is_waiting, memory_order_relaxed)))
    return false;
  if (!f->children && getpid() != f->process)
    return false;
  uint64_t n = atomic_fetch_add_explicit(&f->requests, 1, memory_order_relaxed) + 1;
  if (UNLIKELY(f->paths) && fault_paths_are_new(f->paths) && f->paths_n++ % f->every == 0) {
    if (f->lists) {
      fault_paths_tell(n);
    } else if (fault_paths_fork(n)) { /* this and the next ones fail, as for a run with nth=n */
      fault_paths_close(f->paths);
      f->paths = NULL;
      f->nth = n;
      f->times = f->child_times;
      f->process = getpid();
    }
  }
  bool due = n - f->nth < f->times || (f->after && n > f->after) || mix(f->seed, n) < f->threshold;
  if (UNLIKELY(due))
    atomic_fetch_add_explicit(&f->failures, 1, memory_order_relaxed);
  return due;
}

static void *get(struct alloc *a, size_t bytes) {
  return is_due((struct fault *)a, bytes) ? NULL : a->below->alloc(a->below, bytes);
}
static void *zget(struct alloc *a, size_t bytes) {
  return is_due((struct fault *)a, bytes) ? NULL : a->below->zalloc(a->below, bytes);
}
static void *resize(struct alloc *a, void *block, size_t bytes) {
  return is_due((struct fault *)a, bytes) ? NULL : a->below->realloc(a->below, block, bytes);
}
static void put(struct alloc *a, void *block) { a->below->free(a->below, block); }

static void close_(struct alloc *a) {
  fault_paths_close(((struct fault *)a)->paths);
  layer_close(a);
}

static const struct alloc_table table = {.usable = layer_usable,
                                         .stats = layer_stats,
                                         .walk = layer_walk,
                                         .check = layer_check,
                                         .trim = layer_trim,
                                         .decay = layer_decay,
                                         .close = close_};
static const struct alloc_table table_without_usable = {.stats = layer_stats,
                                                        .walk = layer_walk,
                                                        .check = layer_check,
                                                        .trim = layer_trim,
                                                        .decay = layer_decay,
                                                        .close = close_};

static struct alloc *open_(const struct alloc_backend *self, const char *text, struct alloc *below,
                           char *error, size_t error_bytes) {
  struct options o;
  options_open(&o, self->name, text, &self->options->key, error, error_bytes);
  struct fault set = {
      .nth = options_count(&o, "nth", 0, UINT64_MAX),
      .times = options_count(&o, "times", 1, UINT64_MAX),
      .after = options_count(&o, "after", 0, UINT64_MAX),
      .seed = mix(MIX_START, options_count(&o, "seed", 0, UINT64_MAX)),
      .least_bytes = options_size(&o, "least", 0, UINT64_MAX),
      .most_bytes = options_size(&o, "most", 0, UINT64_MAX),
  };
  uint64_t callers = options_count(&o, "fork", 0, 1000);
  uint64_t listed = options_count(&o, "list", 0, 1000);
  set.lists = listed != 0;
  set.children = options_flag(&o, "children");
  set.process = getpid();
  set.every = options_count(&o, "every", 1, UINT64_MAX);
  bool waits = options_flag(&o, "wait");
  double probability = options_real(&o, "probability", 0, 1);
  if (!o.failed && !set.nth && !set.after && probability == 0 && !callers && !listed)
    options_fail(&o, "wants one of nth=N, after=N, probability=P, fork=N and list=N");
  if (!o.failed && callers && listed)
    options_fail(&o, "can't both fork=N and list=N");
  if (!o.failed && !set.every)
    options_fail(&o, "every=0 would be none");
  struct fault *f = o.failed ? NULL : layer_new(self, sizeof *f, error, error_bytes);
  if (!f)
    return NULL;
  *f = set;
  if (callers + listed && !(f->paths = fault_paths_open(callers + listed))) {
    snprintf(error, error_bytes, "%s: out of memory", self->name);
    free(f);
    return NULL;
  }
  f->child_times = f->times;
  if (!f->nth)
    f->times = 0;
  atomic_init(&f->is_waiting, waits);
  f->threshold = probability >= 1 ? UINT64_MAX : (uint64_t)(probability * 0x1p64);
  if (!f->most_bytes)
    f->most_bytes = UINT64_MAX;
  f->head = (struct alloc){
      get, zget, resize, put, below->table->usable ? &table : &table_without_usable, self, below};
  return &f->head;
}

extern const struct alloc_backend alloc_fault;
const struct alloc_backend alloc_fault = {
    .name = "fault",
    .summary = "lets requests fail: one, all after one, or by chance",
    .is_layer = true,
    .options =
        (const struct alloc_option[]){
            {"nth", "number of the request that fails; 0: none", "0"},
            {"times",
             "how many requests from the nth on fail: one alone may succeed when it is "
             "tried again after a collection",
             "1"},
            {"wait", "count only from when the program says so (ouropy: when it is open)", "0"},
            {"fork",
             "how many callers make a path: the first request of each new one fails in a "
             "forked child, and stderr is told how that ended; 0: no forks",
             "0"},
            {"list", "the same, but the number of that request is told, and nothing fails; 0: none",
             "0"},
            {"every", "of those paths, each so many-th", "1"},
            {"children", "0: requests of processes that the program forks neither count nor fail",
             "1"},
            {"after", "every request after this number fails; 0: none", "0"},
            {"probability", "share of requests that fail", "0"},
            {"seed", "of the choice by probability", "1"},
            {"least", "smaller requests neither count nor fail", "0"},
            {"most", "larger requests neither count nor fail; 0: no such limit", "0"},
            {0}},
    .open = open_,
};

void fault_arm(struct alloc *a) {
  struct fault *f = (struct fault *)layer_find(a, &alloc_fault);
  if (f)
    atomic_store(&f->is_waiting, false);
}

bool fault_read(struct alloc *a, struct fault_figures *out) {
  const struct fault *f = (const struct fault *)layer_find(a, &alloc_fault);
  if (f)
    *out = (struct fault_figures){atomic_load(&f->requests), atomic_load(&f->failures)};
  return f != NULL;
}
