/* The tracing family's cold paths: what happens when room is used up, births that need more than a
 * bit, and the threads whose stacks hold references.
 *
 * Invariant: live bytes = tracing.ceiling - tracing.room, at every moment. */
#include "gc/header.h"
#if GC_TRACING
#include "base/check.h"
#include "gc/heap.h"
#include "gc/host.h"
#include "gc/trace.h"
#include <pthread.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

struct tracing_heap tracing;
struct tracing_plan tracing_plan;
uint8_t tracing_cards[TRACING_CARDS];

static const int64_t endless = INT64_MAX / 4;

/* ---- room ---- */

int64_t tracing_live_bytes(void) { return tracing.ceiling - tracing.room; }

static void note_peak(int64_t live) {
  if (live > 0 && (uint64_t)live > gc_heap.stats.peak_bytes)
    gc_heap.stats.peak_bytes = (uint64_t)live;
}

static int64_t limit(void) {
  return gc_heap.limit_bytes < (uint64_t)endless ? (int64_t)gc_heap.limit_bytes : endless;
}

void tracing_arm(void) {
  int64_t live = tracing_live_bytes(), ceiling = limit();
  if (!gc_heap.due && gc_heap.enabled && tracing_plan.trigger < ceiling)
    ceiling = tracing_plan.trigger;
  if (gc_heap.stress)
    ceiling = -endless; /* each allocation is asked for, however much is freed in between */
  tracing.ceiling = ceiling;
  tracing.room = ceiling - live;
}

/* One more allocation under stress: is it the Nth? */
static bool stress_says_so(void) {
  if (!gc_heap.stress || ++tracing_plan.stressed < gc_heap.stress)
    return false;
  tracing_plan.stressed = 0;
  return true;
}

/* Whether a collection is wanted by now; counts the allocation. */
static bool wants_collection(void) {
  return stress_says_so() ||
         (gc_heap.enabled && !gc_heap.due && tracing_live_bytes() > tracing_plan.trigger);
}

bool tracing_make_room(size_t bytes) {
  note_peak(tracing_live_bytes() - (int64_t)bytes);
  if (wants_collection() && !gc_heap.collecting && tracing_plan.collects) {
    if (gc_heap.at_allocation)
      heap_collect(GC_GENERATIONS - 1, false);
    else
      gc_heap.due = true;
  }
  int64_t live = tracing_live_bytes();
  if (live > limit()) {
    if (!gc_heap.collecting && tracing_plan.collects)
      heap_collect(GC_GENERATIONS - 1, true);
    if (!heap_grants(live, tracing_live_bytes(), tracing_live_bytes() <= limit())) {
      tracing.room += (int64_t)bytes;
      tracing_arm();
      return false;
    }
  }
  tracing_arm();
  return true;
}

/* Whatever can be given back is. */
static void collect_exhausted(void) {
  if (tracing_plan.collects)
    heap_collect(GC_GENERATIONS - 1, true);
  else
    host_release_caches();
  alloc_trim(tracing.alloc);
}

void *tracing_retry(size_t bytes) {
  void *p = NULL;
  if (!gc_heap.collecting) {
    collect_exhausted();
    p = alloc_get(tracing.alloc, bytes);
  }
  if (!p)
    tracing.room += (int64_t)bytes;
  return p;
}

bool tracing_make_room_for_buffer(size_t bytes) {
  note_peak(tracing_live_bytes() - (int64_t)bytes);
  if (wants_collection() && !gc_heap.collecting && tracing_plan.collects)
    gc_heap.due = true;
  bool granted = tracing_live_bytes() <= limit();
  if (!granted) {
    if (!gc_heap.collecting && tracing_plan.collects)
      heap_collect(GC_GENERATIONS - 1, true);
    tracing.room += (int64_t)bytes;
  }
  tracing_arm();
  return granted;
}

void tracing_fail_buffer(size_t bytes) {
  if (!gc_heap.collecting)
    collect_exhausted();
  tracing.room += (int64_t)bytes;
}

void tracing_safepoint(void) {
  gc_heap.due = false;
  note_peak(tracing_live_bytes());
  if (gc_heap.enabled || gc_heap.stress)
    heap_collect(GC_GENERATIONS - 1, false);
  tracing_arm();
}

/* ---- births and deaths that are rare ---- */

bool tracing_register(struct object *o, const struct gc_shape *shape, size_t bytes) {
  if (bytes > tracing.largest_bytes)
    tracing.largest_bytes = bytes;
  return !(shape->flags & GC_FINALIZES) || mapped_push(&tracing_plan.finalizable, o);
}

void tracing_unregister(struct object *o) {
  struct object **items = tracing_plan.finalizable.items;
  for (size_t i = tracing_plan.finalizable.n; i-- > 0;)
    if (((uintptr_t)items[i] & ~(uintptr_t)1) == (uintptr_t)o) {
      items[i] = NULL; /* the next collection closes the gap */
      break;
    }
  struct side_leaf *leaf = side_leaf_of(&tracing.side, o);
  leaf->finalized[side_word_index(o)] &= ~side_bit(o);
}

/* Its block is larger than what is counted for it, and than what it is freed as: allocators whose
 * fast path is inlined (gc/blocks.h) have no class between 1 and 16 bytes. */
struct object *tracing_new_tiny(struct type *type, size_t bytes) {
  struct object *o = gc_new(type, SIDE_GRANULE_BYTES);
  if (o)
    tracing.room += (int64_t)(SIDE_GRANULE_BYTES - bytes);
  return o;
}

void tracing_undo(struct object *o, size_t bytes) {
  if (side_leaf_of(&tracing.side, o))
    side_clear_valid(&tracing.side, o);
  tracing.room += (int64_t)bytes;
  blocks_put_sized(tracing.alloc, o, bytes);
}

/* ---- threads ---- */

struct mutator { /* one per attached thread, in its own thread-local memory */
  char *top;     /* the stack's oldest byte, exclusive */
  char *sp;      /* while parked: its youngest byte in use */
  bool parked;
  jmp_buf registers; /* while parked */
  struct mutator *next;
};

static __thread struct mutator self;
static struct mutator *mutators;
static pthread_mutex_t mutators_lock = PTHREAD_MUTEX_INITIALIZER;

static char *stack_top(void) {
  pthread_attr_t attributes;
  void *lowest;
  size_t bytes;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0)
    fatal("cannot find this thread's stack");
  if (pthread_attr_getstack(&attributes, &lowest, &bytes) != 0)
    fatal("cannot find this thread's stack");
  pthread_attr_destroy(&attributes);
  return (char *)lowest + bytes;
}

void gc_thread_attach(void) {
  self.top = stack_top();
  self.parked = true;
  self.sp = self.top; /* nothing of it is in use yet */
  memset(&self.registers, 0, sizeof self.registers);
  pthread_mutex_lock(&mutators_lock);
  self.next = mutators;
  mutators = &self;
  pthread_mutex_unlock(&mutators_lock);
}

void gc_thread_detach(void) {
  pthread_mutex_lock(&mutators_lock);
  for (struct mutator **link = &mutators; *link; link = &(*link)->next)
    if (*link == &self) {
      *link = self.next;
      break;
    }
  pthread_mutex_unlock(&mutators_lock);
  self = (struct mutator){0};
}

NO_INLINE void gc_thread_park(void) {
  (void)setjmp(self.registers);
  __builtin_unwind_init();
  self.sp = __builtin_frame_address(0);
  self.parked = true;
}

void gc_thread_unpark(void) { self.parked = false; }

void gc_thread_before_fork(void) { pthread_mutex_lock(&mutators_lock); }
void gc_thread_after_fork_parent(void) { pthread_mutex_unlock(&mutators_lock); }
void gc_thread_after_fork_child(void) {
  mutators = &self;
  self.next = NULL;
  pthread_mutex_init(&mutators_lock, NULL);
}

/* The stack is full of red zones and of what the compiler left there: reading it word by word is no
 * error here. */
#define UNSANITIZED                                                                                \
  __attribute__((no_sanitize("address"), no_sanitize("undefined"), no_sanitize("thread")))

UNSANITIZED static void visit_words(const char *from, const char *to, tracing_word_fn *visit,
                                    void *context) {
  for (const uintptr_t *p = (const uintptr_t *)align_up((uintptr_t)from, sizeof(uintptr_t));
       (const char *)(p + 1) <= to; p++)
    visit(*p, context);
}

UNSANITIZED NO_INLINE void tracing_visit_stacks(tracing_word_fn *visit, void *context) {
  jmp_buf registers;
  (void)setjmp(registers);
  __builtin_unwind_init(); /* callee-saved registers are in this frame now, in plain form */
  visit_words(__builtin_frame_address(0) < (void *)&registers ? __builtin_frame_address(0)
                                                              : (void *)&registers,
              self.top, visit, context);
  pthread_mutex_lock(&mutators_lock);
  for (struct mutator *m = mutators; m; m = m->next) {
    if (m == &self)
      continue;
    if (!m->parked)
      fatal("a collection while another thread is inside the heap");
    visit_words(m->sp, m->top, visit, context);
    visit_words((char *)&m->registers, (char *)(&m->registers + 1), visit, context);
  }
  pthread_mutex_unlock(&mutators_lock);
}

/* ---- what the plans share ---- */

bool tracing_open(bool collects, char *error, size_t error_bytes) {
  tracing = (struct tracing_heap){.alloc = gc_heap.alloc, .largest_bytes = TRACING_LARGE_BYTES};
  tracing_plan = (struct tracing_plan){.trigger = endless, .collects = collects};
  if (!side_open(&tracing.side)) {
    snprintf(error, error_bytes, "no memory for the side table");
    return false;
  }
  gc_thread_attach();
  gc_thread_unpark();
  tracing_arm();
  return true;
}

void tracing_visit_tracked(unsigned generation, gc_visit_fn *visit, void *context) {
  if (generation < GC_GENERATIONS - 1)
    return; /* everything is old */
  for (struct side_leaf *leaf = tracing.side.leaves; leaf; leaf = leaf->next)
    for (size_t w = 0; w < SIDE_LEAF_WORDS; w++) {
      if (!leaf->used[w / SIDE_STRETCH_WORDS]) {
        w |= SIDE_STRETCH_WORDS - 1;
        continue;
      }
      for (uint64_t bits = leaf->words[w].valid; bits; bits &= bits - 1) {
        struct object *o = side_address(leaf, w, bit_lowest(bits));
        if (gc_shape_of(o->type)->flags & GC_CONTAINER)
          visit(o, context);
      }
    }
}

/* Frees all objects of a leaf that are types, or all that are not. */
static void release_leaf(struct side_leaf *leaf, bool types) {
  for (size_t w = 0; w < SIDE_LEAF_WORDS; w++) {
    if (!leaf->used[w / SIDE_STRETCH_WORDS]) {
      w |= SIDE_STRETCH_WORDS - 1;
      continue;
    }
    for (uint64_t bits = leaf->words[w].valid; bits; bits &= bits - 1) {
      struct object *o = side_address(leaf, w, bit_lowest(bits));
      if (!!(gc_shape_of(o->type)->flags & GC_IS_TYPE) != types)
        continue;
      size_t bytes = gc_object_bytes(o);
      host_release(o);
      leaf->words[w].valid &= ~(bits & -bits);
      tracing.freed++;
      tracing.room += (int64_t)bytes;
      blocks_put_sized(tracing.alloc, o, bytes);
    }
  }
}

static void clear_weakref(struct object *weakref, void *context) {
  (void)context;
  host_weakref_clear(weakref);
}

size_t tracing_close(void) {
  gc_heap.due = false;
  host_visit_weakrefs(clear_weakref, NULL);
  for (int types = 0; types <= 1;
       types++) /* types last: their instances' sizes are theirs to tell */
    for (struct side_leaf *leaf = tracing.side.leaves; leaf; leaf = leaf->next)
      release_leaf(leaf, types);
  gc_thread_detach();
  mapped_free(&tracing_plan.finalizable);
  side_close(&tracing.side);
  return 0;
}

void tracing_read_stats(struct gc_stats *stats) {
  int64_t live = tracing_live_bytes();
  note_peak(live);
  stats->peak_bytes = gc_heap.stats.peak_bytes;
  stats->objects_created = tracing.created;
  stats->objects_freed = tracing.freed;
  stats->live_objects = tracing.created - tracing.freed;
  stats->live_bytes = (uint64_t)live;
  stats->metadata_bytes = tracing.side.mapped_bytes +
                          tracing_plan.finalizable.capacity * sizeof(struct object *) +
                          tracing_plan.stack_bytes;
}

static bool fail(char *error, size_t error_bytes, const char *message, const void *o) {
  snprintf(error, error_bytes, "%s: %p", message, o);
  return false;
}

/* Recounts bits and bytes as far as they can be recounted. */
bool tracing_check(char *error, size_t error_bytes) {
  uint64_t objects = 0, bytes = 0;
  for (struct side_leaf *leaf = tracing.side.leaves; leaf; leaf = leaf->next)
    for (size_t w = 0; w < SIDE_LEAF_WORDS; w++) {
      const struct side_word *word = &leaf->words[w];
      if ((word->valid | word->mark) && !leaf->used[w / SIDE_STRETCH_WORDS])
        return fail(error, error_bytes, "bits in a stretch that is not in use",
                    side_address(leaf, w, 0));
      if (word->mark && !gc_heap.collecting)
        return fail(error, error_bytes, "a mark outside a collection",
                    side_address(leaf, w, bit_lowest(word->mark)));
      for (uint64_t bits = word->valid; bits; bits &= bits - 1) {
        struct object *o = side_address(leaf, w, bit_lowest(bits));
        if (!o->type)
          return fail(error, error_bytes, "an object without a type", o);
        objects++;
        bytes += gc_object_bytes(o);
      }
    }
  if (objects != tracing.created - tracing.freed)
    return fail(error, error_bytes, "valid bits and live objects differ",
                (void *)(uintptr_t)objects);
  if ((int64_t)bytes > tracing_live_bytes())
    return fail(error, error_bytes, "objects have more bytes than the heap counts",
                (void *)(uintptr_t)bytes);
  for (size_t i = 0; i < tracing_plan.finalizable.n; i++) {
    struct object *o =
        (struct object *)((uintptr_t)tracing_plan.finalizable.items[i] & ~(uintptr_t)1);
    if (o && !side_is_valid(&tracing.side, o))
      return fail(error, error_bytes, "a dead object awaits its finaliser", o);
  }
  return true;
}
#endif
