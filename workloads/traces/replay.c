/* The replay itself: see replay.h. */
#include "workloads/traces/replay.h"
#include "base/bits.h"
#include "base/clock.h"
#include "base/mix.h"
#include "os/usage.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

const char *const replay_touch_names[] = {"none", "first", "all", NULL};

enum { THREAD_STACK_BYTES = 256 << 10, SPINS = 200, YIELDS = 200 };

struct play;

/* One thread of the replay; a cache line of its own for what others look at. */
struct player {
  _Alignas(64) uint32_t done; /* operations finished; others wait for it */
  _Alignas(64) struct play *play;
  const struct program_thread *program;
  uint32_t number;
  uint64_t sum;
  pthread_t handle;
  struct player *next_ended; /* in play->ended */
};

struct play {
  const struct program *program;
  struct alloc *alloc;
  enum replay_touch touch;
  void **slots;
  struct player *players;
  pthread_mutex_t lock;
  pthread_cond_t one_ended;
  struct player *ended; /* waiting to be joined */
  uint32_t running;     /* spawned and not yet ended */
  bool stopped;         /* by a failure: everybody leaves */
  bool out_of_memory;
  int spawn_error;
  uint64_t failed_bytes;
};

static __thread uint32_t thread_number;
uint32_t replay_thread(void) { return thread_number; }

static bool is_stopped(struct play *play) {
  return __atomic_load_n(&play->stopped, __ATOMIC_RELAXED);
}
static void stop(struct play *play) { __atomic_store_n(&play->stopped, true, __ATOMIC_RELAXED); }

static COLD void fail_memory(struct play *play, uint64_t bytes) {
  pthread_mutex_lock(&play->lock);
  play->out_of_memory = true;
  play->failed_bytes = bytes;
  pthread_mutex_unlock(&play->lock);
  stop(play);
}

/* Waits until another thread has done that much; false when the replay was stopped. */
static bool wait_for(struct play *play, uint32_t thread, uint32_t done) {
  const uint32_t *other = &play->players[thread].done;
  for (unsigned i = 0; __atomic_load_n(other, __ATOMIC_ACQUIRE) < done; i++) {
    if (is_stopped(play))
      return false;
    if (i < SPINS)
      __builtin_ia32_pause();
    else if (i < SPINS + YIELDS)
      sched_yield();
    else
      nanosleep(&(struct timespec){0, 20000}, NULL);
  }
  return true;
}

static void *player_main(void *argument);

static void join_ended(struct play *play) {
  pthread_mutex_lock(&play->lock);
  struct player *ended = play->ended;
  play->ended = NULL;
  pthread_mutex_unlock(&play->lock);
  for (; ended; ended = ended->next_ended)
    pthread_join(ended->handle, NULL);
}

static bool spawn(struct play *play, uint32_t thread) {
  pthread_attr_t attributes;
  join_ended(play);
  pthread_mutex_lock(&play->lock);
  play->running++;
  pthread_mutex_unlock(&play->lock);
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, THREAD_STACK_BYTES);
  int error = pthread_create(&play->players[thread].handle, &attributes, player_main,
                             &play->players[thread]);
  pthread_attr_destroy(&attributes);
  if (!error)
    return true;
  pthread_mutex_lock(&play->lock);
  play->running--;
  play->spawn_error = error;
  pthread_mutex_unlock(&play->lock);
  stop(play);
  return false;
}

/* ---- what is written into blocks and read back ---- */

ALWAYS_INLINE uint64_t read_tag(const void *block, bool word, bool byte) {
  uint64_t x;
  if (word) {
    memcpy(&x, block, 8);
    return x;
  }
  return byte ? *(const unsigned char *)block : 0;
}

ALWAYS_INLINE void write_tag(void *block, uint64_t bytes, uint64_t tag, enum replay_touch touch) {
  if (touch == REPLAY_TOUCH_ALL && bytes > 8)
    memset((char *)block + 8, (int)tag, bytes - 8);
  if (bytes >= 8)
    memcpy(block, &tag, 8);
  else if (bytes)
    *(unsigned char *)block = (unsigned char)tag;
}

/* What a freed block adds: its tag, and in a fully written one its last byte. */
ALWAYS_INLINE uint64_t read_back(const void *block, uint64_t bytes, enum replay_touch touch) {
  if (touch == REPLAY_TOUCH_NONE)
    return 0;
  uint64_t x = read_tag(block, bytes >= 8, bytes > 0);
  if (touch == REPLAY_TOUCH_ALL && bytes > 8)
    x += ((const unsigned char *)block)[bytes - 1];
  return x;
}

/* ---- the loop ---- */

struct wide_cursor {
  const struct program_wide *next;
};

ALWAYS_INLINE uint64_t take_bytes(struct wide_cursor *wide, uint32_t size, uint64_t *padding) {
  uint64_t bytes = PROGRAM_BYTES(size);
  if (LIKELY(bytes != PROGRAM_WIDE))
    return bytes;
  const struct program_wide *w = wide->next++;
  *padding = w->align_log2 > 4 ? ((uint64_t)1 << w->align_log2) - 16 : 0;
  return w->size;
}

/* Does one operation on memory; false when there is none left. */
ALWAYS_INLINE bool do_op(struct alloc *a, void **place, enum program_kind kind, uint32_t size,
                         uint64_t bytes, uint64_t padding, uint64_t tag, enum replay_touch touch,
                         uint64_t *sum) {
  void *block;
  switch (kind) {
  case PROGRAM_FREE:
    *sum += read_back(*place, bytes, touch);
    a->free(a, *place);
    return true;
  case PROGRAM_CALLOC:
    block = a->zalloc(a, bytes);
    if (UNLIKELY(!block))
      return false;
    *sum += touch == REPLAY_TOUCH_NONE ? 0 : read_tag(block, bytes >= 8, bytes > 0);
    break;
  case PROGRAM_REALLOC:
    block = a->realloc(a, *place, bytes);
    if (UNLIKELY(!block))
      return false;
    if (touch != REPLAY_TOUCH_NONE) {
      bool word = (size & PROGRAM_OLD_WORD) && bytes >= 8;
      /* A block of less than a word is not compared: its size is not known here. */
      *sum += read_tag(block, word, (size & PROGRAM_OLD_WORD) && bytes > 0);
    }
    break;
  case PROGRAM_REALLOC_NULL:
    block = a->realloc(a, NULL, bytes);
    break;
  default:
    block = a->alloc(a, bytes + padding);
    break;
  }
  if (UNLIKELY(!block))
    return false;
  *place = block;
  if (touch != REPLAY_TOUCH_NONE)
    write_tag(block, bytes, tag, touch);
  return true;
}

ALWAYS_INLINE void play_ops(struct player *self, enum replay_touch touch, bool threaded) {
  struct play *play = self->play;
  struct alloc *a = play->alloc;
  void **slots = play->slots;
  const struct program_op *ops = self->program->ops.items;
  struct wide_cursor wide = {self->program->wide.items};
  uint32_t n = (uint32_t)self->program->ops.n;
  uint64_t sum = 0, tag = self->number;
  for (uint32_t i = 0; i < n; i++) {
    struct program_op op = ops[i];
    enum program_kind kind = PROGRAM_KIND(op.what);
    tag += 0x9e3779b97f4a7c15u;
    if (threaded && UNLIKELY(kind >= PROGRAM_WAIT)) {
      if (kind == PROGRAM_WAIT ? !wait_for(play, PROGRAM_SLOT(op.what), op.size)
                               : !spawn(play, PROGRAM_SLOT(op.what)))
        return;
    } else {
      uint64_t padding = 0, bytes = take_bytes(&wide, op.size, &padding);
      if (UNLIKELY(!do_op(a, &slots[PROGRAM_SLOT(op.what)], kind, op.size, bytes, padding, tag,
                          touch, &sum))) {
        fail_memory(play, bytes);
        return;
      }
    }
    if (threaded)
      __atomic_store_n(&self->done, i + 1, __ATOMIC_RELEASE);
  }
  self->sum = sum;
}

static void play_thread(struct player *self) {
  bool threaded = self->play->program->n_threads > 1;
  thread_number = self->number;
  switch (self->play->touch) {
  case REPLAY_TOUCH_NONE:
    threaded ? play_ops(self, REPLAY_TOUCH_NONE, true) : play_ops(self, REPLAY_TOUCH_NONE, false);
    break;
  case REPLAY_TOUCH_FIRST:
    threaded ? play_ops(self, REPLAY_TOUCH_FIRST, true) : play_ops(self, REPLAY_TOUCH_FIRST, false);
    break;
  case REPLAY_TOUCH_ALL:
    threaded ? play_ops(self, REPLAY_TOUCH_ALL, true) : play_ops(self, REPLAY_TOUCH_ALL, false);
    break;
  }
}

static void *player_main(void *argument) {
  struct player *self = argument;
  struct play *play = self->play;
  play_thread(self);
  pthread_mutex_lock(&play->lock);
  play->running--;
  self->next_ended = play->ended;
  play->ended = self;
  pthread_cond_signal(&play->one_ended);
  pthread_mutex_unlock(&play->lock);
  return NULL;
}

/* The calling thread is the replay's thread 0. Returns when all threads are gone. */
static void play_all(struct play *play) {
  play_thread(&play->players[0]);
  pthread_mutex_lock(&play->lock);
  while (play->running)
    pthread_cond_wait(&play->one_ended, &play->lock);
  pthread_mutex_unlock(&play->lock);
  join_ended(play);
}

/* ---- memory of this process ---- */

static bool reset_peak(void) {
  int fd = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
  bool fine = fd >= 0 && write(fd, "5", 1) == 1;
  if (fd >= 0)
    close(fd);
  return fine;
}

/* A line of /proc/self/status in KiB, as bytes; 0 when it is not there. */
static uint64_t read_status(const char *key) {
  char text[4096];
  int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
  ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof text - 1);
  if (fd >= 0)
    close(fd);
  text[n < 0 ? 0 : n] = 0;
  const char *line = strstr(text, key);
  return line ? strtoull(line + strlen(key), NULL, 10) << 10 : 0;
}

static bool prepare(struct play *play) {
  const struct program *p = play->program;
  play->slots = calloc(p->n_slots ? p->n_slots : 1, sizeof *play->slots);
  play->players = aligned_alloc(64, p->n_threads * sizeof *play->players);
  if (!play->slots || !play->players)
    return false;
  /* The table's pages belong to the replay, not to the allocator: have them all before the start.
   */
  for (uint32_t i = 0; i < p->n_slots; i += 512)
    *(void *volatile *)&play->slots[i] = NULL;
  memset(play->players, 0, p->n_threads * sizeof *play->players);
  for (uint32_t i = 0; i < p->n_threads; i++) {
    play->players[i].play = play;
    play->players[i].program = &p->threads[i];
    play->players[i].number = i;
  }
  return true;
}

static void judge(const struct play *play, struct replay_result *result) {
  result->fine = !play->out_of_memory && !play->spawn_error;
  if (play->out_of_memory)
    snprintf(result->error, sizeof result->error, "out of memory: the allocator refused %llu bytes",
             (unsigned long long)play->failed_bytes);
  else if (play->spawn_error)
    snprintf(result->error, sizeof result->error, "cannot start a thread: %s",
             strerror(play->spawn_error));
}

void replay_run(const struct program *p, struct alloc *a, enum replay_touch touch,
                struct replay_result *result) {
  struct play play = {.program = p, .alloc = a, .touch = touch};
  struct usage before, after;
  *result = (struct replay_result){0};
  if (!prepare(&play)) {
    snprintf(result->error, sizeof result->error, "out of memory for the replay itself");
    free(play.slots);
    free(play.players);
    return;
  }
  pthread_mutex_init(&play.lock, NULL);
  pthread_cond_init(&play.one_ended, NULL);
  bool peak_known = reset_peak();
  result->before_rss_bytes = read_status("VmRSS:");
  usage_read_self(&before);
  uint64_t wall = clock_wall_ns(), cpu = clock_process_ns();
  play_all(&play);
  result->cpu_ns = clock_process_ns() - cpu;
  result->wall_ns = clock_wall_ns() - wall;
  usage_read_self(&after);
  result->minor_faults = after.minor_faults - before.minor_faults;
  result->after_rss_bytes = read_status("VmRSS:");
  result->peak_rss_bytes = peak_known ? read_status("VmHWM:") : 0;
  judge(&play, result);
  uint64_t sum = 0;
  for (uint32_t i = 0; i < p->n_threads; i++)
    sum += play.players[i].sum;
  result->checksum = mix(p->digest, sum);
  cpu = clock_process_ns();
  for (size_t i = 0; result->fine && i < p->left.n; i++)
    a->free(a, play.slots[p->left.items[i]]);
  result->drain_ns = clock_process_ns() - cpu;
  pthread_cond_destroy(&play.one_ended);
  pthread_mutex_destroy(&play.lock);
  free(play.slots);
  free(play.players);
}
