/* Layer `count`: live and peak bytes and blocks at the door, a histogram of sizes, and a limit.
 *
 *     block of the backend   | size (8) | unused (8) | the user's bytes |
 *
 * Counters are atomic, so that threads may allocate and free at once; a reader sees each figure as
 * of some moment. Blocks below grow by 16 bytes: figures about the backend's own memory belong to
 * runs without this layer. */
#include "alloc/count.h"
#include "alloc/layer.h"
#include "base/bits.h"
#include "base/options.h"
#include <stdatomic.h>
#include <string.h>

enum {
  HEAD = 16,
  SIZES = 1025, /* sizes up to here are told apart, for the waste of size classes */
};

struct count {
  struct alloc head;
  uint64_t limit_bytes;
  atomic_uint_fast64_t live_bytes, live_blocks, peak_bytes, peak_blocks;
  atomic_uint_fast64_t allocations, frees, resizes, failures, total_bytes;
  atomic_uint_fast64_t histogram[COUNT_HISTOGRAM];
  atomic_uint_fast64_t live_of_size[SIZES]; /* live blocks by requested bytes */
};

static void add(atomic_uint_fast64_t *counter, uint64_t n) {
  atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}
static void subtract(atomic_uint_fast64_t *counter, uint64_t n) {
  atomic_fetch_sub_explicit(counter, n, memory_order_relaxed);
}
static uint64_t read(const atomic_uint_fast64_t *counter) {
  return atomic_load_explicit(counter, memory_order_relaxed);
}

static void note_live(struct count *c, size_t bytes, uint64_t change) {
  if (bytes < SIZES)
    add(&c->live_of_size[bytes], change);
}

static void raise_peak(atomic_uint_fast64_t *peak, uint64_t live) {
  uint_fast64_t before = read(peak);
  while (before < live && !atomic_compare_exchange_weak(peak, &before, live))
    continue;
}

/* Takes bytes out of the limit before they are asked for. */
static bool reserve(struct count *c, uint64_t bytes) {
  uint64_t live = atomic_fetch_add_explicit(&c->live_bytes, bytes, memory_order_relaxed) + bytes;
  if (live > c->limit_bytes) {
    subtract(&c->live_bytes, bytes);
    add(&c->failures, 1);
    return false;
  }
  return true;
}

static void *fail(struct count *c, uint64_t reserved) {
  subtract(&c->live_bytes, reserved);
  add(&c->failures, 1);
  return NULL;
}

static void note_request(struct count *c, size_t bytes) {
  size_t slot = bytes ? bit_highest(bytes) + 1 : 0;
  add(&c->histogram[slot < COUNT_HISTOGRAM ? slot : COUNT_HISTOGRAM - 1], 1);
}

static void *enter(struct count *c, char *below, size_t bytes) {
  if (!below)
    return fail(c, bytes);
  *(size_t *)below = bytes;
  note_live(c, bytes, 1);
  raise_peak(&c->peak_bytes, read(&c->live_bytes));
  raise_peak(&c->peak_blocks,
             atomic_fetch_add_explicit(&c->live_blocks, 1, memory_order_relaxed) + 1);
  add(&c->allocations, 1);
  add(&c->total_bytes, bytes);
  return below + HEAD;
}

static void *get(struct alloc *a, size_t bytes) {
  struct count *c = (struct count *)a;
  note_request(c, bytes);
  if (bytes > SIZE_MAX - HEAD || !reserve(c, bytes))
    return NULL;
  return enter(c, a->below->alloc(a->below, bytes + HEAD), bytes);
}

static void *zget(struct alloc *a, size_t bytes) {
  struct count *c = (struct count *)a;
  note_request(c, bytes);
  if (bytes > SIZE_MAX - HEAD || !reserve(c, bytes))
    return NULL;
  return enter(c, a->below->zalloc(a->below, bytes + HEAD), bytes);
}

static void put(struct alloc *a, void *block) {
  struct count *c = (struct count *)a;
  if (!block)
    return;
  char *below = (char *)block - HEAD;
  subtract(&c->live_bytes, *(size_t *)below);
  note_live(c, *(size_t *)below, UINT64_MAX); /* one less */
  subtract(&c->live_blocks, 1);
  add(&c->frees, 1);
  a->below->free(a->below, below);
}

static void *resize(struct alloc *a, void *block, size_t bytes) {
  struct count *c = (struct count *)a;
  if (!block)
    return get(a, bytes);
  note_request(c, bytes);
  char *below = (char *)block - HEAD;
  size_t before = *(size_t *)below, growth = bytes > before ? bytes - before : 0;
  if (bytes > SIZE_MAX - HEAD || !reserve(c, growth))
    return NULL;
  char *moved = a->below->realloc(a->below, below, bytes + HEAD);
  if (!moved)
    return fail(c, growth);
  *(size_t *)moved = bytes;
  note_live(c, before, UINT64_MAX);
  note_live(c, bytes, 1);
  if (bytes < before)
    subtract(&c->live_bytes, before - bytes);
  raise_peak(&c->peak_bytes, read(&c->live_bytes));
  add(&c->resizes, 1);
  add(&c->total_bytes, growth);
  return moved + HEAD;
}

static size_t usable(struct alloc *a, const void *block) {
  const char *below = (const char *)block - HEAD;
  if (a->below->table->usable)
    return a->below->table->usable(a->below, below) - HEAD;
  return *(const size_t *)below;
}

/* Size classes as the user sees them: less the head, and with what was asked for. */
static void class_stats(const struct count *c, struct alloc_stats *out) {
  size_t size = 0;
  for (uint32_t i = 0; i < out->n_classes; i++) {
    struct alloc_class_stats *class = &out->classes[i];
    uint64_t requested = 0;
    bool known = class->block_bytes >= HEAD && class->block_bytes - HEAD < SIZES;
    for (; known && size <= class->block_bytes - HEAD; size++)
      requested += size * read(&c->live_of_size[size]);
    class->requested_bytes = known ? requested : UINT64_MAX;
    class->block_bytes -= class->block_bytes >= HEAD ? HEAD : 0;
  }
}

static void stats(struct alloc *a, struct alloc_stats *out) {
  const struct count *c = (const struct count *)a;
  layer_stats(a, out);
  class_stats(c, out);
  out->live_bytes = read(&c->live_bytes);
  out->live_blocks = read(&c->live_blocks);
  out->allocations = read(&c->allocations);
  out->frees = read(&c->frees);
}

static bool check(struct alloc *a, char *error, size_t error_bytes) {
  const struct count *c = (const struct count *)a;
  uint64_t allocations = read(&c->allocations), frees = read(&c->frees);
  uint64_t blocks = read(&c->live_blocks);
  if (allocations - frees != blocks) {
    snprintf(error, error_bytes, "count: %llu allocations - %llu frees != %llu live blocks",
             (unsigned long long)allocations, (unsigned long long)frees,
             (unsigned long long)blocks);
    return false;
  }
  if (!blocks && read(&c->live_bytes)) {
    snprintf(error, error_bytes, "count: %llu bytes are live without a block",
             (unsigned long long)read(&c->live_bytes));
    return false;
  }
  return layer_check(a, error, error_bytes);
}

static const struct alloc_table table = {.usable = usable,
                                         .stats = stats,
                                         .walk = layer_walk,
                                         .check = check,
                                         .trim = layer_trim,
                                         .decay = layer_decay,
                                         .close = layer_close};

static struct alloc *open_(const struct alloc_backend *self, const char *text, struct alloc *below,
                           char *error, size_t error_bytes) {
  struct options o;
  options_open(&o, self->name, text, &self->options->key, error, error_bytes);
  uint64_t limit = options_size(&o, "limit", 0, UINT64_MAX);
  struct count *c = o.failed ? NULL : layer_new(self, sizeof *c, error, error_bytes);
  if (!c)
    return NULL;
  c->head = (struct alloc){get, zget, resize, put, &table, self, below};
  c->limit_bytes = limit ? limit : UINT64_MAX;
  return &c->head;
}

extern const struct alloc_backend alloc_count;
const struct alloc_backend alloc_count = {
    .name = "count",
    .summary = "counts live and peak bytes and blocks, and limits them",
    .is_layer = true,
    .options =
        (const struct alloc_option[]){
            {"limit", "requested bytes that may be live; 0: no limit", "0"}, {0}},
    .open = open_,
};

bool count_read(struct alloc *a, struct count_figures *out) {
  const struct count *c = (const struct count *)layer_find(a, &alloc_count);
  if (!c)
    return false;
  *out = (struct count_figures){
      .live_bytes = read(&c->live_bytes),
      .live_blocks = read(&c->live_blocks),
      .peak_bytes = read(&c->peak_bytes),
      .peak_blocks = read(&c->peak_blocks),
      .allocations = read(&c->allocations),
      .frees = read(&c->frees),
      .resizes = read(&c->resizes),
      .failures = read(&c->failures),
      .total_bytes = read(&c->total_bytes),
  };
  for (size_t i = 0; i < COUNT_HISTOGRAM; i++)
    out->histogram[i] = read(&c->histogram[i]);
  return true;
}

void count_reset_peak(struct alloc *a) {
  struct count *c = (struct count *)layer_find(a, &alloc_count);
  if (c) {
    atomic_store(&c->peak_bytes, read(&c->live_bytes));
    atomic_store(&c->peak_blocks, read(&c->live_blocks));
  }
}
