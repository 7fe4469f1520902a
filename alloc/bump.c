/* Backend `bump`: hands out the next bytes of a chunk and never takes any back. The floor: no
 * allocator can do less.
 *
 * Blocks have no header. Each thread bumps its own cursor, so the fast path takes no lock:
 *
 *     chunk (aligned to CHUNK)   | struct chunk | block | block | ... cursor.next -> | ... end
 *
 * A request above a quarter of a chunk gets a chunk of its own size. Since a block starts within
 * the first CHUNK bytes of its chunk, its address leads to the chunk, and that to the end: realloc
 * copies no further than that.
 *
 * Invariant: memory beyond a cursor was never handed out and reads as zero. */
#include "alloc/alloc.h"
#include "base/bits.h"
#include "base/options.h"
#include "os/map.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum { CHUNK = 4 << 20, ALIGNMENT = 16 };

struct chunk {
  struct chunk *next;
  char *end;
} __attribute__((aligned(64)));

struct cursor { /* of one thread in one instance */
  char *next, *end;
  const void *thread; /* the address of the thread's `seat` */
  struct cursor *other;
};

struct bump {
  struct alloc head;
  uint64_t serial;      /* of this instance; never used twice */
  pthread_mutex_t lock; /* guards all below */
  struct chunk *chunks;
  struct cursor *cursors;
  uint64_t mapped_bytes, limit_bytes, n_chunks;
};

/* Which instance the thread used last, and its cursor there. The serial is compared first: the
 * cursor of a closed instance is never followed. */
static _Thread_local struct {
  uint64_t serial;
  struct cursor *cursor;
} seat;

/* The lock is held. NULL when the limit is reached or memory is exhausted. */
static struct chunk *new_chunk(struct bump *b, size_t bytes) {
  if (bytes > b->limit_bytes || b->mapped_bytes > b->limit_bytes - bytes)
    return NULL;
  struct chunk *c = map_anonymous(bytes, CHUNK);
  if (!c)
    return NULL;
  *c = (struct chunk){b->chunks, (char *)c + bytes};
  b->chunks = c;
  b->mapped_bytes += bytes;
  b->n_chunks++;
  return c;
}

static void *get_large(struct bump *b, size_t bytes) {
  if (bytes > SIZE_MAX / 2)
    return NULL;
  pthread_mutex_lock(&b->lock);
  struct chunk *c = new_chunk(b, align_up(bytes + sizeof *c, map_page_bytes()));
  pthread_mutex_unlock(&b->lock);
  return c ? c + 1 : NULL;
}

/* Gives this thread its cursor in b, NULL when memory is exhausted. */
static struct cursor *take_seat(struct bump *b) {
  struct cursor *c = b->cursors;
  while (c && c->thread != &seat)
    c = c->other;
  if (!c && (c = malloc(sizeof *c))) {
    *c = (struct cursor){NULL, NULL, &seat, b->cursors};
    b->cursors = c;
  }
  if (c) {
    seat.serial = b->serial;
    seat.cursor = c;
  }
  return c;
}

static COLD void *get_slowly(struct bump *b, size_t bytes) {
  if (bytes > CHUNK / 4)
    return get_large(b, bytes);
  bytes = align_up(bytes + !bytes, ALIGNMENT);
  char *block = NULL;
  pthread_mutex_lock(&b->lock);
  struct cursor *cursor = take_seat(b);
  if (cursor && (size_t)(cursor->end - cursor->next) < bytes) {
    struct chunk *c = new_chunk(b, CHUNK);
    if (c)
      *cursor = (struct cursor){(char *)(c + 1), c->end, cursor->thread, cursor->other};
  }
  if (cursor && (size_t)(cursor->end - cursor->next) >= bytes) {
    block = cursor->next;
    cursor->next += bytes;
  }
  pthread_mutex_unlock(&b->lock);
  return block;
}

static void *get(struct alloc *a, size_t bytes) {
  struct bump *b = (struct bump *)a;
  if (UNLIKELY(seat.serial != b->serial || bytes > CHUNK / 4))
    return get_slowly(b, bytes);
  struct cursor *c = seat.cursor;
  size_t rounded = align_up(bytes + !bytes, ALIGNMENT);
  if (UNLIKELY((size_t)(c->end - c->next) < rounded))
    return get_slowly(b, bytes);
  char *block = c->next;
  c->next = block + rounded;
  return block;
}

/* Word by word (ranges do not overlap): the end of the range may belong to younger neighbours that
 * another thread is writing. What is read there is never looked at; a race checker can't know. */
__attribute__((no_sanitize_thread)) static void copy_words(char *to, const char *from,
                                                           size_t bytes) {
  for (size_t i = 0; i < align_up(bytes, 8); i += 8) {
    uint64_t word = *(const uint64_t *)(from + i);
    __asm__("" : "+r"(word)); /* keeps the loop from becoming a call of memcpy */
    *(uint64_t *)(to + i) = word;
  }
}

static void *resize(struct alloc *a, void *block, size_t bytes) {
  char *fresh = get(a, bytes);
  if (!block || !fresh)
    return fresh;
  const struct chunk *c = (struct chunk *)align_down((uintptr_t)block, CHUNK);
  size_t readable = (size_t)(c->end - (char *)block);
  copy_words(fresh, block, bytes < readable ? bytes : readable);
  return fresh;
}

static void put(struct alloc *a, void *block) {}

static void stats(struct alloc *a, struct alloc_stats *out) {
  struct bump *b = (struct bump *)a;
  pthread_mutex_lock(&b->lock);
  out->mapped_bytes = out->peak_mapped_bytes = b->mapped_bytes;
  out->arenas_mapped = out->arenas_created = b->n_chunks;
  out->arenas_released = out->frees = 0;
  pthread_mutex_unlock(&b->lock);
}

static void close_(struct alloc *a) {
  struct bump *b = (struct bump *)a;
  for (struct chunk *c = b->chunks, *next; c; c = next) {
    next = c->next;
    map_release(c, (size_t)(c->end - (char *)c));
  }
  for (struct cursor *c = b->cursors, *other; c; c = other) {
    other = c->other;
    free(c);
  }
  pthread_mutex_destroy(&b->lock);
  free(b);
}

static const struct alloc_table table = {.stats = stats, .close = close_};

static struct alloc *open_(const struct alloc_backend *self, const char *text, struct alloc *below,
                           char *error, size_t error_bytes) {
  static atomic_uint_fast64_t serials;
  struct options o;
  options_open(&o, self->name, text, &self->options->key, error, error_bytes);
  uint64_t limit = options_size(&o, "limit", 0, UINT64_MAX);
  if (o.failed)
    return NULL;
  struct bump *b = malloc(sizeof *b);
  if (!b) {
    snprintf(error, error_bytes, "bump: out of memory");
    return NULL;
  }
  *b = (struct bump){.head = {get, get, resize, put, &table, self, NULL},
                     .serial = atomic_fetch_add(&serials, 1) + 1,
                     .lock = PTHREAD_MUTEX_INITIALIZER,
                     .limit_bytes = limit ? limit : UINT64_MAX};
  return &b->head;
}

extern const struct alloc_backend alloc_bump;
const struct alloc_backend alloc_bump = {
    .name = "bump",
    .summary = "the next bytes of a chunk, never freed: the floor",
    .options = (const struct alloc_option[]){{"limit", "bytes it may map; 0: no limit", "0"}, {0}},
    .open = open_,
};
