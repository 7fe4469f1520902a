/* Layer `log`: every operation as a line of text in a file.
 *
 *     a THREAD BLOCK BYTES          allocated (BLOCK 0: the request failed)
 *     z THREAD BLOCK BYTES          allocated zeroed
 *     r THREAD BLOCK BYTES OLD      resized from OLD (BLOCK 0: failed, OLD stays)
 *     f THREAD BLOCK                freed
 *
 * Blocks are addresses in hexadecimal, threads are numbered from 0 as they come. The order is one
 * in which the operations can have happened: a free is written before it is done, an allocation
 * after, a resize under the lock; so a block that passes from one thread to another is freed first.
 */
#include "alloc/layer.h"
#include "base/options.h"
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

enum { FILE_NAME_BYTES = 1024, BUFFER_BYTES = 1 << 16 };

struct log {
  struct alloc head;
  pthread_mutex_t lock; /* guards the file */
  FILE *file;
  char name[FILE_NAME_BYTES];
  char buffer[BUFFER_BYTES];
};

static unsigned thread_number(void) {
  static atomic_uint threads;
  static _Thread_local unsigned number; /* + 1; 0: none yet */
  if (!number)
    number = atomic_fetch_add(&threads, 1) + 1;
  return number - 1;
}

static void write_line(struct log *l, char what, const void *block, size_t bytes) {
  pthread_mutex_lock(&l->lock);
  fprintf(l->file, "%c %u %zx %zu\n", what, thread_number(), (size_t)block, bytes);
  pthread_mutex_unlock(&l->lock);
}

static void *get(struct alloc *a, size_t bytes) {
  void *block = a->below->alloc(a->below, bytes);
  write_line((struct log *)a, 'a', block, bytes);
  return block;
}

static void *zget(struct alloc *a, size_t bytes) {
  void *block = a->below->zalloc(a->below, bytes);
  write_line((struct log *)a, 'z', block, bytes);
  return block;
}

static void *resize(struct alloc *a, void *old, size_t bytes) {
  struct log *l = (struct log *)a;
  size_t old_address = (size_t)old;
  pthread_mutex_lock(&l->lock);
  void *block = a->below->realloc(a->below, old, bytes);
  fprintf(l->file, "r %u %zx %zu %zx\n", thread_number(), (size_t)block, bytes, old_address);
  pthread_mutex_unlock(&l->lock);
  return block;
}

static void put(struct alloc *a, void *block) {
  struct log *l = (struct log *)a;
  pthread_mutex_lock(&l->lock);
  fprintf(l->file, "f %u %zx\n", thread_number(), (size_t)block);
  pthread_mutex_unlock(&l->lock);
  a->below->free(a->below, block);
}

/* A log that could not be written in full is said to be so; the program goes on. */
static void close_(struct alloc *a) {
  struct log *l = (struct log *)a;
  errno = 0;
  bool incomplete = ferror(l->file);
  if (fclose(l->file) != 0 || incomplete)
    fprintf(stderr, "ouro: log: %s is incomplete: %s\n", l->name,
            errno ? strerror(errno) : "a write failed");
  pthread_mutex_destroy(&l->lock);
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
  struct log *l = o.failed ? NULL : layer_new(self, sizeof *l, error, error_bytes);
  if (!l)
    return NULL;
  options_text(&o, "file", l->name, sizeof l->name);
  if (!o.failed && !(l->file = fopen(l->name, "we")))
    options_fail(&o, "can't write to '%s': %s", l->name, strerror(errno));
  if (o.failed) {
    free(l);
    return NULL;
  }
  setvbuf(l->file, l->buffer, _IOFBF, sizeof l->buffer);
  pthread_mutex_init(&l->lock, NULL);
  l->head = (struct alloc){
      get, zget, resize, put, below->table->usable ? &table : &table_without_usable, self, below};
  return &l->head;
}

extern const struct alloc_backend alloc_log;
const struct alloc_backend alloc_log = {
    .name = "log",
    .summary = "writes every operation to a file",
    .is_layer = true,
    .options = (const struct alloc_option[]){{"file", "where to", "alloc.log"}, {0}},
    .open = open_,
};
