/* The GIL: a flag under a mutex, a condition for those that wait for it, and a second one for a
 * holder that has been asked to let another in: it waits until somebody has, or it would take the
 * lock back before anybody woke up. */
#include "runtime/vm/gil.h"
#include "base/check.h"
#include "gc/heap.h"
#include "runtime/object/exception.h"
#include "runtime/vm/signals.h"
#include "runtime/vm/thread.h"
#include "runtime/vm/vm.h"
#include <errno.h>
#include <pthread.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t is_free, has_switched;
/* Under the lock. */
static bool held, closed;
static uint64_t switches; /* how often the holder was another than before */
static unsigned waiting;
static struct vm_thread *last_holder;
static volatile bool wanted; /* the holder should let somebody in */

uint64_t gil_interval_us = 5000;
static _Thread_local struct vm_thread *own;

static void make_conditions(void) {
  pthread_condattr_t attributes;
  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  pthread_cond_init(&is_free, &attributes);
  pthread_cond_init(&has_switched, &attributes);
  pthread_condattr_destroy(&attributes);
}

void gil_open(void) {
  pthread_mutex_init(&lock, NULL);
  make_conditions();
  own = last_holder = vm_thread;
  held = true;
  closed = wanted = false;
  waiting = 0;
}

void gil_keep(void) {
  pthread_mutex_lock(&lock);
  closed = true;
  pthread_mutex_unlock(&lock);
}

void gil_close(void) {
  gil_keep();
  own = NULL; /* whoever closes goes on alone: finalisers still write files */
}

bool gil_is_held(void) { return own && own == vm_thread; }
bool gil_is_wanted(void) { return wanted; }

static struct timespec deadline_after_interval(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  uint64_t ns = (uint64_t)t.tv_nsec + gil_interval_us * 1000;
  t.tv_sec += (time_t)(ns / 1000000000);
  t.tv_nsec = (long)(ns % 1000000000);
  return t;
}

static void hang(void) {
  pthread_mutex_unlock(&lock);
  for (;;)
    pause();
}

static void take(struct vm_thread *me) {
  pthread_mutex_lock(&lock);
  if (closed && me != vm_main_thread)
    hang();
  waiting++;
  while (held) {
    uint64_t before = switches;
    struct timespec until = deadline_after_interval();
    int waited = pthread_cond_timedwait(&is_free, &lock, &until);
    if (closed && me != vm_main_thread)
      hang();
    if (waited == ETIMEDOUT && held && switches == before)
      wanted = vm_attention.event = true;
  }
  waiting--;
  held = true;
  wanted = false;
  if (last_holder != me) {
    last_holder = me;
    switches++;
    pthread_cond_signal(&has_switched);
  }
  vm_thread = me;
  pthread_mutex_unlock(&lock);
  vm_stack = me->stack;
  vm_attention.tracing = me->trace || me->profile;
}

static void give(struct vm_thread *me, bool until_switched) {
  if (me)
    me->stack = vm_stack;
  pthread_mutex_lock(&lock);
  held = false;
  vm_thread = NULL;
  pthread_cond_signal(&is_free);
  /* Signals make such a wait end early at worst. */
  if (until_switched && waiting && last_holder == me) {
    struct timespec until = deadline_after_interval();
    uint64_t before = switches;
    while (switches == before && waiting && !closed &&
           pthread_cond_timedwait(&has_switched, &lock, &until) != ETIMEDOUT) {
    }
  }
  pthread_mutex_unlock(&lock);
}

void gil_release(void) {
  if (!own)
    return;
  int saved = errno;
  CHECK(own == vm_thread);
  gc_thread_park();
  give(own, false);
  errno = saved;
}

void gil_acquire(void) {
  if (!own)
    return;
  int saved = errno;
  take(own);
  gc_thread_unpark();
  interrupt_look_again();
  errno = saved;
}

void gil_give_turn(void) {
  gc_thread_park();
  give(own, true);
  take(own);
  gc_thread_unpark();
  interrupt_look_again();
}

void gil_enter(struct vm_thread *t) {
  own = t;
  take(t);
  gc_thread_unpark();
}

void gil_leave(void) {
  own = NULL;
  last_holder = NULL;
  give(NULL, false);
}

/* ---- Fork ---- */

/* The lock is held across the fork, so that the child finds it in a known state. */
void vm_before_fork(void) {
  pthread_mutex_lock(&lock);
  gc_thread_before_fork();
}

void vm_after_fork_parent(void) {
  gc_thread_after_fork_parent();
  pthread_mutex_unlock(&lock);
}

void vm_after_fork_child(void) {
  pthread_mutex_init(&lock, NULL);
  make_conditions();
  held = true;
  wanted = false;
  waiting = 0;
  last_holder = own;
  gc_thread_after_fork_child();
  error_thread_after_fork();
  thread_after_fork();
  signals_after_fork();
}
