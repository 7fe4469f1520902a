/* From a trace to operations: see program.h.
 *
 * A child process does it and leaves the result in a memory file. So the replaying process has an
 * untouched heap: the C library's malloc would otherwise replay with the memory, and with the
 * adapted thresholds, that the reading left behind. */
#include "workloads/traces/program.h"
#include "base/mix.h"
#include "workloads/traces/live.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* Slots that another thread freed are used again only when so many wait, the oldest first: the wait
 * for that free is then over before it begins. */
enum { FOREIGN_SLACK = 64 };

struct slot {
  uint32_t home;   /* thread that first used it */
  uint32_t thread; /* that used it last */
  uint32_t done;   /* operations which that thread had done by then */
};

struct builder_thread {
  struct {
    VEC(uint32_t);
  } own; /* free slots, freed by this thread */
  struct {
    VEC(uint32_t);
  } foreign; /* free slots, freed by others; used from `taken` on */
  size_t taken;
  uint32_t *seen; /* by thread: how much of it this one has waited for */
  uint32_t n_seen;
};

struct builder {
  struct program *program;
  struct builder_thread *threads;
  uint32_t threads_capacity;
  struct {
    VEC(struct slot);
  } slots;
  struct live slot_of; /* by object: `object` is the slot */
  uint32_t last_thread;
  bool out_of_memory;
};

static void put_op(struct builder *b, uint32_t thread, enum program_kind kind, uint32_t slot,
                   uint32_t size) {
  struct program_op op = {(uint32_t)kind << 29 | slot, size};
  b->program->digest = mix(b->program->digest, (uint64_t)op.what << 32 | op.size);
  if (!vec_push(&b->program->threads[thread].ops, op))
    b->out_of_memory = true;
}

static uint32_t count_done(const struct builder *b, uint32_t thread) {
  return (uint32_t)b->program->threads[thread].ops.n;
}

static bool add_thread(struct builder *b, uint32_t thread) {
  struct program *p = b->program;
  if (thread == b->threads_capacity) {
    uint32_t capacity = b->threads_capacity ? b->threads_capacity * 2 : 4;
    void *threads = realloc(p->threads, capacity * sizeof *p->threads);
    if (threads)
      p->threads = threads;
    void *builders = realloc(b->threads, capacity * sizeof *b->threads);
    if (builders)
      b->threads = builders;
    if (!threads || !builders)
      return false;
    b->threads_capacity = capacity;
  }
  p->threads[thread] = (struct program_thread){0};
  b->threads[thread] = (struct builder_thread){0};
  p->n_threads++;
  if (thread)
    put_op(b, b->last_thread, PROGRAM_SPAWN, thread, 0);
  return true;
}

/* Makes `thread` wait until the slot's last use is over, unless it is known to be. */
static void put_wait(struct builder *b, uint32_t thread, const struct slot *slot) {
  if (slot->thread == thread)
    return;
  struct builder_thread *t = &b->threads[thread];
  if (slot->thread >= t->n_seen) {
    uint32_t n = b->program->n_threads;
    uint32_t *seen = realloc(t->seen, n * sizeof *seen);
    if (!seen) {
      b->out_of_memory = true;
      return;
    }
    memset(seen + t->n_seen, 0, (n - t->n_seen) * sizeof *seen);
    t->seen = seen;
    t->n_seen = n;
  }
  if (t->seen[slot->thread] >= slot->done)
    return;
  t->seen[slot->thread] = slot->done;
  put_op(b, thread, PROGRAM_WAIT, slot->thread, slot->done);
}

static uint32_t take_slot(struct builder *b, uint32_t thread) {
  struct builder_thread *t = &b->threads[thread];
  if (t->own.n)
    return vec_pop(&t->own);
  if (t->foreign.n - t->taken > FOREIGN_SLACK) {
    uint32_t slot = t->foreign.items[t->taken++];
    if (t->taken * 2 > t->foreign.n) {
      t->foreign.n -= t->taken;
      memmove(t->foreign.items, t->foreign.items + t->taken,
              t->foreign.n * sizeof *t->foreign.items);
      t->taken = 0;
    }
    return slot;
  }
  struct slot fresh = {.home = thread, .thread = thread};
  if (!vec_push(&b->slots, fresh)) {
    b->out_of_memory = true;
    return 0;
  }
  return (uint32_t)b->slots.n - 1;
}

static void give_slot(struct builder *b, uint32_t thread, uint32_t slot) {
  uint32_t home = b->slots.items[slot].home;
  struct builder_thread *t = &b->threads[home];
  if (!(home == thread ? vec_push(&t->own, slot) : vec_push(&t->foreign, slot)))
    b->out_of_memory = true;
}

static uint32_t narrow(struct builder *b, const struct trace_event *e) {
  if (e->kind != TRACE_ALIGNED && e->size < PROGRAM_WIDE)
    return (uint32_t)e->size;
  struct program_wide wide = {e->size, e->align_log2};
  b->program->digest = mix(b->program->digest, e->size + e->align_log2);
  if (!vec_push(&b->program->threads[e->thread].wide, wide))
    b->out_of_memory = true;
  return PROGRAM_WIDE;
}

static void add_event(struct builder *b, const struct trace_event *e) {
  static const enum program_kind kinds[] = {PROGRAM_MALLOC, PROGRAM_CALLOC, PROGRAM_REALLOC,
                                            PROGRAM_ALIGNED, PROGRAM_FREE};
  enum program_kind kind = e->fresh ? PROGRAM_REALLOC_NULL : kinds[e->kind];
  uint32_t slot;
  if (e->thread == b->program->n_threads && !add_thread(b, e->thread)) {
    b->out_of_memory = true;
    return;
  }
  struct live_block known;
  if (trace_allocates(e))
    slot = take_slot(b, e->thread);
  else
    slot = live_take(&b->slot_of, e->object, &known) ? (uint32_t)known.object : 0;
  if (b->out_of_memory)
    return;
  put_wait(b, e->thread, &b->slots.items[slot]);
  uint32_t old = kind == PROGRAM_REALLOC && e->old_size >= 8 ? PROGRAM_OLD_WORD : 0;
  put_op(b, e->thread, kind, slot, narrow(b, e) | old);
  b->slots.items[slot].thread = e->thread;
  b->slots.items[slot].done = count_done(b, e->thread);
  b->last_thread = e->thread;
  if (e->kind == TRACE_FREE)
    give_slot(b, e->thread, slot);
  else if (!live_put(&b->slot_of, e->object, slot, 0, 0))
    b->out_of_memory = true;
}

static void add_to_curve(struct program *p) {
  if (p->totals.events % p->curve_step)
    return;
  if (p->n_curve == PROGRAM_CURVE_POINTS) { /* keep every second point */
    for (uint32_t i = 0; i < PROGRAM_CURVE_POINTS / 2; i++)
      p->curve[i] = p->curve[2 * i + 1];
    p->n_curve /= 2;
    p->curve_step *= 2;
    if (p->totals.events % p->curve_step)
      return;
  }
  p->curve[p->n_curve++] = p->totals.live_bytes;
}

static bool is_too_large(const struct builder *b, const struct trace_event *e) {
  /* Three bits are taken by the kind; a wait counts operations in 32 bits. */
  return b->slots.n >= 0x1fffffff ||
         (e->thread < b->program->n_threads && count_done(b, e->thread) >= UINT32_MAX - 4);
}

static void note_prefix(struct program *p, const char *format, const char *what) {
  p->whole = false;
  snprintf(p->note, sizeof p->note, format, what);
}

/* False with a message. */
static bool read_all(struct builder *b, struct trace_reader *r,
                     const struct program_options *options, char *error, size_t error_bytes) {
  struct program *p = b->program;
  struct trace_event e;
  enum trace_status status;
  while ((status = trace_read(r, &e)) == TRACE_EVENT) {
    if (e.kind == TRACE_MARK && !p->totals.marks)
      p->first_rss_bytes = e.rss_bytes;
    if (e.kind != TRACE_MARK && options->events && p->totals.events == options->events) {
      note_prefix(p, "%s", "a prefix of the recording, as asked for");
      break;
    }
    trace_totals_add(&p->totals, &e);
    if (e.kind == TRACE_MARK)
      continue;
    if (is_too_large(b, &e)) {
      snprintf(error, error_bytes,
               "the recording is too large to be replayed whole: limit the events");
      return false;
    }
    add_event(b, &e);
    add_to_curve(p);
    if (b->out_of_memory) {
      snprintf(error, error_bytes, "out of memory after %llu events: limit the events",
               (unsigned long long)p->totals.events);
      return false;
    }
  }
  if (status == TRACE_BROKEN && !options->partial) {
    snprintf(error, error_bytes, "%s", trace_error(r));
    return false;
  }
  if (status == TRACE_BROKEN) {
    note_prefix(p, "%s", trace_error(r));
    p->damaged = true;
  }
  char whole[8];
  if (status == TRACE_END && trace_facts_get(trace_ending(r), "whole", whole, sizeof whole) &&
      !strcmp(whole, "no"))
    note_prefix(p, "%s", "the recording holds the beginning of the program's run");
  return true;
}

static int ascending(const void *a, const void *b) {
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return x < y ? -1 : x > y;
}

static bool list_left(struct builder *b) {
  struct program *p = b->program;
  for (size_t i = 0; i < b->slot_of.capacity; i++)
    if (b->slot_of.places[i].key && !vec_push(&p->left, (uint32_t)b->slot_of.places[i].object))
      return false;
  if (p->left.n)
    qsort(p->left.items, p->left.n, sizeof *p->left.items, ascending);
  return true;
}

/* Fills b->program. False with a message. */
static bool build(struct builder *b, const char *path, const struct program_options *options,
                  char *error, size_t error_bytes) {
  struct program *p = b->program;
  struct trace_reader *r = trace_open(path, error, error_bytes);
  if (!r)
    return false;
  p->curve_step = 1;
  p->whole = true;
  p->digest = MIX_START;
  trace_facts_get(trace_facts(r), "command", p->command, sizeof p->command);
  bool fine = read_all(b, r, options, error, error_bytes);
  if (fine && !p->totals.events) {
    snprintf(error, error_bytes, "%s: no events", path);
    fine = false;
  }
  if (fine && !list_left(b)) {
    snprintf(error, error_bytes, "%s: out of memory", path);
    fine = false;
  }
  p->n_slots = (uint32_t)b->slots.n;
  trace_close(r);
  return fine;
}

/* ---- the memory file ----
 *
 *     struct image | threads | ops and wide of each thread | left
 *
 * Pointers are offsets from the start until the file is mapped. */
struct image {
  size_t bytes; /* of the file; 0: it failed */
  char error[512];
  struct program program;
};

/* Appends an array; `*items` becomes its offset. */
static bool append(int fd, void *items_field, size_t bytes, size_t *end) {
  void **items = items_field;
  static const char zeros[16];
  size_t padding = -*end & 15, offset = *end + padding;
  if (pwrite(fd, zeros, padding, (off_t)*end) != (ssize_t)padding)
    return false;
  for (size_t done = 0; done < bytes;) {
    ssize_t n = pwrite(fd, (char *)*items + done, bytes - done, (off_t)(offset + done));
    if (n <= 0)
      return false;
    done += (size_t)n;
  }
  *items = (void *)offset;
  *end = offset + bytes;
  return true;
}

static bool write_image(int fd, struct image *image) {
  struct program *p = &image->program;
  size_t end = sizeof *image;
  for (uint32_t i = 0; i < p->n_threads; i++) {
    struct program_thread *t = &p->threads[i];
    if (!append(fd, &t->ops.items, t->ops.n * sizeof *t->ops.items, &end) ||
        !append(fd, &t->wide.items, t->wide.n * sizeof *t->wide.items, &end))
      return false;
  }
  if (!append(fd, &p->threads, p->n_threads * sizeof *p->threads, &end) ||
      !append(fd, &p->left.items, p->left.n * sizeof *p->left.items, &end))
    return false;
  image->bytes = end;
  return true;
}

static _Noreturn void load_in_child(int fd, const char *path,
                                    const struct program_options *options) {
  struct image *image = calloc(1, sizeof *image);
  if (!image)
    _exit(1);
  struct builder b = {.program = &image->program};
  if (build(&b, path, options, image->error, sizeof image->error) && !write_image(fd, image))
    snprintf(image->error, sizeof image->error, "%s: no memory for its operations: %s", path,
             strerror(errno));
  _exit(pwrite(fd, image, sizeof *image, 0) != sizeof *image);
}

static void relocate(struct image *image) {
  struct program *p = &image->program;
  char *base = (char *)image;
  p->threads = (void *)(base + (uintptr_t)p->threads);
  p->left.items = (void *)(base + (uintptr_t)p->left.items);
  for (uint32_t i = 0; i < p->n_threads; i++) {
    p->threads[i].ops.items = (void *)(base + (uintptr_t)p->threads[i].ops.items);
    p->threads[i].wide.items = (void *)(base + (uintptr_t)p->threads[i].wide.items);
  }
}

static struct program *map_image(int fd, const char *path, char *error, size_t error_bytes) {
  struct image head;
  if (pread(fd, &head, sizeof head, 0) != sizeof head) {
    snprintf(error, error_bytes, "%s: the process that read it ended before it was done", path);
    return NULL;
  }
  if (!head.bytes) {
    snprintf(error, error_bytes, "%s", head.error);
    return NULL;
  }
  struct image *image =
      mmap(NULL, head.bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
  if (image == MAP_FAILED) {
    snprintf(error, error_bytes, "%s: out of memory", path);
    return NULL;
  }
  relocate(image);
  return &image->program;
}

struct program *program_load(const char *path, const struct program_options *options, char *error,
                             size_t error_bytes) {
  struct program *p = NULL;
  struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
  int fd = memfd_create("program", MFD_CLOEXEC);
  fflush(NULL);
  /* A child that nobody waits for adds neither its time nor its peak to what whoever measures this
   * process is told. */
  sigaction(SIGCHLD, &ignore, &before);
  pid_t child = fd < 0 ? -1 : fork();
  if (child == 0)
    load_in_child(fd, path, options);
  if (child < 0) {
    snprintf(error, error_bytes, "%s: cannot start reading it: %s", path, strerror(errno));
  } else {
    while (waitpid(child, NULL, 0) >= 0 || errno == EINTR) /* until there is none */
      ;
    p = map_image(fd, path, error, error_bytes);
  }
  sigaction(SIGCHLD, &before, NULL);
  if (fd >= 0)
    close(fd);
  return p;
}

void program_free(struct program *p) {
  if (!p)
    return;
  struct image *image = CONTAINER_OF(p, struct image, program);
  munmap(image, image->bytes);
}
