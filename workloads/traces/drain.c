/* From a ring to a trace: see drain.h. */
#include "workloads/traces/drain.h"
#include "base/clock.h"
#include "os/usage.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const uint64_t mark_interval_ns = 10 * 1000000ull;
/* A writer that has taken a number fills its slot at once unless it is descheduled; after this long
 * its thread must have died in between. */
static const uint64_t stuck_limit_ns = 5 * 1000000000ull;
enum { SNAPSHOTS_MAX = 256, SNAPSHOT_PLACES_MAX = 16 << 20 /* 512 MiB */ };

/* ---- snapshots ---- */

static void drop(struct drain_snapshots *all, size_t i) {
  all->places -= all->items[i].live.capacity;
  memmove(all->items + i, all->items + i + 1, (all->n - i - 1) * sizeof *all->items);
  all->n--;
}

static void keep_snapshot(struct drain *d, uint64_t number) {
  struct drain_snapshots *all = d->snapshots;
  if (!all->wanted)
    return;
  while (all->n && (all->n == SNAPSHOTS_MAX || all->places > SNAPSHOT_PLACES_MAX)) {
    live_clear(&all->items[0].live); /* of a fork that failed, or whose child was not recorded */
    drop(all, 0);
  }
  if (all->n == all->capacity) {
    size_t capacity = all->capacity ? all->capacity * 2 : 8;
    void *items = realloc(all->items, capacity * sizeof *all->items);
    if (!items)
      return;
    all->items = items;
    all->capacity = capacity;
  }
  struct live copy;
  if (!live_copy(&copy, &d->live))
    return; /* the child's recording will say that its blocks are not known */
  all->items[all->n++] = (struct drain_snapshot){d->process, number, copy};
  all->places += copy.capacity;
}

bool drain_snapshots_take(struct drain_snapshots *all, uint32_t process, uint64_t number,
                          struct live *out) {
  for (size_t i = 0; i < all->n; i++)
    if (all->items[i].process == process && all->items[i].number == number) {
      *out = all->items[i].live;
      drop(all, i);
      return true;
    }
  return false;
}

void drain_snapshots_clear(struct drain_snapshots *all) {
  for (size_t i = 0; i < all->n; i++)
    live_clear(&all->items[i].live);
  free(all->items);
  *all = (struct drain_snapshots){.wanted = all->wanted};
}

/* ---- writing ---- */

static void give_up(struct drain *d, const char *why) {
  if (!d->error[0])
    snprintf(d->error, sizeof d->error, "%s", why);
  drain_stop(d);
}

void drain_stop(struct drain *d) { __atomic_store_n(&d->ring->off, 1, __ATOMIC_RELAXED); }

static bool is_stopped(const struct drain *d) {
  return __atomic_load_n(&d->ring->off, __ATOMIC_RELAXED) != 0;
}

static void emit(struct drain *d, struct trace_event *e) {
  if (!trace_write(d->writer, e))
    give_up(d, trace_writer_error(d->writer));
}

static void mark(struct drain *d, uint64_t now_ns) {
  struct trace_event e = {.kind = TRACE_MARK, .time_us = (now_ns - d->begun_ns) / 1000};
  char text[128];
  ssize_t n = d->statm_fd < 0 ? 0 : pread(d->statm_fd, text, sizeof text - 1, 0);
  unsigned long pages, resident, shared;
  text[n < 0 ? 0 : n] = 0;
  /* Our own ring is shared memory, so it does not count. */
  if (sscanf(text, "%lu %lu %lu", &pages, &resident, &shared) == 3 && resident >= shared)
    e.rss_bytes = (uint64_t)(resident - shared) * (uint64_t)getpagesize();
  emit(d, &e);
  d->marked_ns = now_ns;
}

static struct drain_thread *find_thread(struct drain *d, uint32_t number) {
  if (number >= d->n_threads) {
    size_t n = (size_t)number * 2 + 8;
    struct drain_thread *threads = realloc(d->threads, n * sizeof *threads);
    if (!threads)
      return NULL;
    memset(threads + d->n_threads, 0, (n - d->n_threads) * sizeof *threads);
    d->threads = threads;
    d->n_threads = n;
  }
  if (!d->threads[number].number)
    d->threads[number].number = ++d->threads_seen;
  return &d->threads[number];
}

static void emit_free(struct drain *d, uint32_t thread, const struct live_block *block) {
  struct trace_event e = {.kind = TRACE_FREE,
                          .thread = thread,
                          .owner = block->thread,
                          .object = block->object,
                          .size = block->size};
  emit(d, &e);
}

/* Writes an event that leaves a block at `address`. */
static void emit_block(struct drain *d, struct trace_event *e, uint64_t address) {
  struct live_block former;
  if (live_take(&d->live, address, &former)) {
    d->reused++;
    emit_free(d, e->thread, &former);
  }
  emit(d, e);
  if (!live_put(&d->live, address, e->object, e->size, e->thread))
    give_up(d, "out of memory for the table of live blocks");
}

static void end_realloc(struct drain *d, struct drain_thread *t, const struct ring_slot *slot) {
  struct drain_realloc r = t->realloc;
  uint32_t thread = t->number - 1;
  t->realloc.begun = false;
  if (!slot->address) {
    if (r.begun && r.known && slot->size) /* refused: the block stays */
      live_put(&d->live, r.address, r.block.object, r.block.size, r.block.thread);
    else if (r.begun && r.known)
      emit_free(d, thread, &r.block); /* realloc(block, 0) */
    return;
  }
  struct trace_event e = {.kind = TRACE_REALLOC,
                          .fresh = !r.begun || !r.known,
                          .thread = thread,
                          .owner = r.block.thread,
                          .object = r.block.object,
                          .old_size = r.block.size,
                          .size = slot->size};
  emit_block(d, &e, slot->address);
}

static void take(struct drain *d, const struct ring_slot *slot) {
  static const uint8_t kinds[] = {
      [RING_MALLOC] = TRACE_MALLOC, [RING_CALLOC] = TRACE_CALLOC, [RING_ALIGNED] = TRACE_ALIGNED};
  if (slot->op == RING_FORK) {
    keep_snapshot(d, slot->ready - 1);
    return;
  }
  struct drain_thread *t = find_thread(d, slot->thread);
  if (!t) {
    give_up(d, "out of memory for the table of threads");
    return;
  }
  struct live_block block;
  struct trace_event e = {.thread = t->number - 1, .size = slot->size};
  switch (slot->op) {
  case RING_MALLOC:
  case RING_CALLOC:
  case RING_ALIGNED:
    e.kind = kinds[slot->op];
    e.align_log2 = slot->op == RING_ALIGNED ? slot->align_log2 : 0;
    emit_block(d, &e, slot->address);
    break;
  case RING_FREE:
    if (live_take(&d->live, slot->address, &block))
      emit_free(d, e.thread, &block);
    else
      d->unknown++;
    break;
  case RING_REALLOC_START:
    t->realloc = (struct drain_realloc){.begun = true, .address = slot->address};
    t->realloc.known = live_take(&d->live, slot->address, &t->realloc.block);
    d->unknown += !t->realloc.known;
    break;
  case RING_REALLOC_END:
    end_realloc(d, t, slot);
    break;
  default:
    d->lost++;
    break; /* the program wrote over our memory */
  }
}

static int by_object(const void *a, const void *b) {
  const struct live_block *x = a, *y = b;
  return x->object < y->object ? -1 : x->object > y->object;
}

void drain_begin(struct drain *d, const struct live *inherited) {
  d->begun_ns = clock_wall_ns();
  mark(d, d->begun_ns);
  struct live_block *blocks = inherited->n ? malloc(inherited->n * sizeof *blocks) : NULL;
  size_t n = 0;
  for (size_t i = 0; blocks && i < inherited->capacity; i++)
    if (inherited->places[i].key)
      blocks[n++] = inherited->places[i];
  if (n < inherited->n)
    give_up(d, "out of memory for the blocks from before the fork");
  if (n)
    qsort(blocks, n, sizeof *blocks, by_object);
  for (size_t i = 0; i < n && !is_stopped(d); i++) {
    struct trace_event e = {.kind = TRACE_MALLOC, .size = blocks[i].size};
    emit_block(d, &e, blocks[i].key - 1);
  }
  d->inherited = n;
  free(blocks);
}

static bool is_full(struct drain *d) {
  if (!d->max_bytes ||
      trace_written_bytes(d->writer) + trace_unwritten_bytes(d->writer) + 8192 < d->max_bytes)
    return false;
  d->limited = true;
  drain_stop(d);
  return true;
}

/* The slot at the reader's place was not filled for too long, or never will be. */
static bool pass_over(struct drain *d, bool ended) {
  if (ended) {
    d->cut++;
    return true;
  }
  uint64_t now = clock_wall_ns();
  if (!d->stuck_ns)
    d->stuck_ns = now;
  if (now - d->stuck_ns < stuck_limit_ns)
    return false;
  d->lost++;
  d->stuck_ns = 0;
  return true;
}

bool drain_run(struct drain *d, bool ended) {
  struct ring *ring = d->ring;
  uint64_t at = ring->drained, next = __atomic_load_n(&ring->next, __ATOMIC_ACQUIRE);
  if (at == next || is_stopped(d))
    return false;
  uint64_t first = at, limit = at + RING_SLOTS, now = clock_wall_ns();
  if (now - d->marked_ns >= mark_interval_ns)
    mark(d, now);
  for (; at < next && at < limit && !is_stopped(d); at++) {
    struct ring_slot *slot = &ring->slots[at % RING_SLOTS];
    if (__atomic_load_n(&slot->ready, __ATOMIC_ACQUIRE) != at + 1) {
      if (!pass_over(d, ended))
        break;
    } else {
      d->stuck_ns = 0;
      take(d, slot);
    }
    if (at % 64 == 63) {
      __atomic_store_n(&ring->drained, at + 1, __ATOMIC_RELEASE);
      if (is_full(d)) {
        at++;
        break;
      }
    }
  }
  __atomic_store_n(&ring->drained, at, __ATOMIC_RELEASE);
  return at != first;
}
