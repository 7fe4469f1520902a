/* Threads in a ring: each makes blocks for the next and frees those of the one before.
 *
 * Works on the allocator door directly: the counts of objects are not atomic, and a heap belongs to
 * one thread at a time. Blocks travel in batches through bounded mailboxes. No deadlock: all
 * threads could only wait for room if each mailbox held more than was sent into it. */
#include "workloads/graphs/workload.h"
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

enum { THREADS, BATCHES, BYTES_MIN, BYTES_MAX };
enum { BATCH = 128, MAILBOX = 8, THREADS_MAX = 16 };
static const struct graph_param params[] = {
    {"threads", "threads in the ring; 1 sends to itself", 2, 1, THREADS_MAX, GRAPH_CONSTANT},
    {"batches", "batches that each thread sends", 2000, 1, 1000000000, GRAPH_LINEAR},
    {"bytes-min", "smallest block", 16, 16, 1000000, GRAPH_CONSTANT},
    {"bytes-max", "largest block", 400, 16, 1000000, GRAPH_CONSTANT},
    {0},
};

struct batch {
  size_t n;
  uint64_t *blocks[BATCH]; /* each starts with its number and its size */
};

/* Invariant: batches [taken, sent) wait, at most MAILBOX. */
struct mailbox {
  pthread_mutex_t lock;
  pthread_cond_t changed;
  uint64_t sent, taken;
  struct batch batches[MAILBOX];
};

struct ring;
struct worker {
  struct ring *ring;
  struct random random;
  uint64_t checksum;
  uint64_t number; /* of its next block */
  unsigned index;
  pthread_t thread;
};

struct ring {
  struct graph_context *g;
  unsigned n;
  atomic_bool failed;        /* an allocation failed: empty batches from now on */
  pthread_mutex_t gate_lock; /* nobody begins before all threads exist */
  pthread_cond_t gate_changed;
  enum { GATE_CLOSED, GATE_OPEN, GATE_ABANDONED } gate;
  struct worker *workers;
  struct mailbox *boxes; /* each worker receives from its own */
};

static void send(struct mailbox *box, const struct batch *batch) {
  pthread_mutex_lock(&box->lock);
  while (box->sent - box->taken == MAILBOX)
    pthread_cond_wait(&box->changed, &box->lock);
  box->batches[box->sent++ % MAILBOX] = *batch;
  pthread_cond_signal(&box->changed);
  pthread_mutex_unlock(&box->lock);
}

static void receive(struct mailbox *box, struct batch *batch) {
  pthread_mutex_lock(&box->lock);
  while (box->sent == box->taken)
    pthread_cond_wait(&box->changed, &box->lock);
  *batch = box->batches[box->taken++ % MAILBOX];
  pthread_cond_signal(&box->changed);
  pthread_mutex_unlock(&box->lock);
}

static void produce(struct worker *w, struct batch *batch) {
  struct graph_context *g = w->ring->g;
  uint64_t least = (uint64_t)g->value[BYTES_MIN], most = (uint64_t)g->value[BYTES_MAX];
  if (most < least)
    most = least;
  batch->n = 0;
  while (batch->n < BATCH && !atomic_load_explicit(&w->ring->failed, memory_order_relaxed)) {
    size_t bytes = least + random_below(&w->random, most - least + 1);
    uint64_t *block = alloc_get(g->allocator, bytes);
    if (!block) {
      atomic_store(&w->ring->failed, true);
      break;
    }
    block[0] = w->number++;
    block[1] = bytes;
    batch->blocks[batch->n++] = block;
  }
}

static void consume(struct worker *w, const struct batch *batch) {
  for (size_t i = 0; i < batch->n; i++) {
    uint64_t *block = batch->blocks[i];
    w->checksum = mix(mix(w->checksum, block[0]), block[1]);
    alloc_put(w->ring->g->allocator, block);
  }
}

static bool pass_gate(struct ring *ring) {
  pthread_mutex_lock(&ring->gate_lock);
  while (ring->gate == GATE_CLOSED)
    pthread_cond_wait(&ring->gate_changed, &ring->gate_lock);
  bool open = ring->gate == GATE_OPEN;
  pthread_mutex_unlock(&ring->gate_lock);
  return open;
}

static void *work(void *argument) {
  struct worker *w = argument;
  struct ring *ring = w->ring;
  if (!pass_gate(ring))
    return NULL;
  struct mailbox *to = &ring->boxes[(w->index + 1) % ring->n], *from = &ring->boxes[w->index];
  struct batch batch;
  for (int64_t i = 0; i < ring->g->value[BATCHES]; i++) {
    produce(w, &batch);
    send(to, &batch);
    receive(from, &batch);
    consume(w, &batch);
  }
  return NULL;
}

/* Starts all or none: a ring with a gap would wait for ever. */
static bool start_and_join(struct ring *ring) {
  unsigned started = 0;
  int problem = 0;
  while (started < ring->n) {
    struct worker *w = &ring->workers[started];
    problem = pthread_create(&w->thread, NULL, work, w);
    if (problem)
      break;
    started++;
  }
  pthread_mutex_lock(&ring->gate_lock);
  ring->gate = problem ? GATE_ABANDONED : GATE_OPEN;
  pthread_cond_broadcast(&ring->gate_changed);
  pthread_mutex_unlock(&ring->gate_lock);
  for (unsigned i = 0; i < started; i++)
    pthread_join(ring->workers[i].thread, NULL);
  if (problem)
    error_set(ERROR_RUNTIME, "could not start thread %u: %s", started, strerror(problem));
  return !problem;
}

static bool run(struct graph_context *g) {
  struct worker workers[THREADS_MAX];
  struct mailbox boxes[THREADS_MAX];
  struct ring ring = {.g = g,
                      .n = (unsigned)g->value[THREADS],
                      .workers = workers,
                      .boxes = boxes,
                      .gate_lock = PTHREAD_MUTEX_INITIALIZER,
                      .gate_changed = PTHREAD_COND_INITIALIZER};
  for (unsigned i = 0; i < ring.n; i++) {
    workers[i] = (struct worker){.ring = &ring, .checksum = MIX_START, .index = i};
    random_seed(&workers[i].random, random_next(&g->random));
    boxes[i].sent = boxes[i].taken = 0;
    pthread_mutex_init(&boxes[i].lock, NULL);
    pthread_cond_init(&boxes[i].changed, NULL);
  }
  bool ok = start_and_join(&ring);
  for (unsigned i = 0; i < ring.n; i++) {
    graph_mix(g, workers[i].checksum);
    g->operations += workers[i].number;
    pthread_cond_destroy(&boxes[i].changed);
    pthread_mutex_destroy(&boxes[i].lock);
  }
  if (ok && atomic_load(&ring.failed)) {
    error_no_memory();
    ok = false;
  }
  return ok;
}

const struct graph graph_producer_consumer = {
    .name = "producer-consumer",
    .summary = "threads in a ring, each frees what the one before it made",
    .story =
        "The pattern of pipelines and message passing: every free comes from another thread than "
        "the allocation did. Caches by thread run empty on one side and overflow on the other, "
        "blocks have to travel back, and locks are fought for. It talks to the allocator alone, "
        "without objects, since reference counts are not atomic; the collector stands by.",
    .operation = "block made, sent and freed",
    .params = params,
    .run = run,
};
