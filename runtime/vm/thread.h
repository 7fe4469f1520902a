/* What the interpreter keeps for each thread of the program: its stacks, and what Python has set
 * for it. The running thread's stacks stand in vm_stack; those of the others, here. */
#pragma once
#include "runtime/vm/frame.h"
#include "runtime/vm/gil.h"

struct vm_thread {
  struct vm_thread *next;      /* newest first */
  struct vm_stack stack;       /* while another thread runs */
  uint64_t ident;              /* as threading.get_ident: pthread_self */
  struct error_thread *errors; /* its pending and handled exceptions; NULL: not started */
  bool is_started;
  bool is_installing_trace, is_installing_profile;
  uint8_t trace_event; /* what the trace function is being told: enum trace_event */
  uint32_t is_tracing; /* depth of calls of trace and profile functions */
  uint32_t coroutine_origin_depth;
  /* One span of references, from `raise` on. */
  struct object *raise; /* to be raised at the next safepoint; NULL */
  struct object *trace, *profile;
  struct object *asyncgen_first, *asyncgen_finalize;
  struct object *context;      /* contextvars: the current context */
  struct object *running_loop; /* asyncio: the event loop of the thread */
  struct object *serial;       /* 1, 2, ..., never used again: the key of what is the thread's */
  struct object *start;        /* until it begins: what it is to call */
  struct object *sentinel;     /* a lock that its end releases; NULL: nobody waits */
};
enum { VM_THREAD_REFERENCES = 10 };

/* The thread that holds the GIL; and the one that opened the interpreter. */
extern struct vm_thread *vm_thread, *vm_main_thread;
/* All of them, newest first. */
extern struct vm_thread *vm_threads;

bool thread_open(void); /* the calling thread becomes the main one; maps its stacks */
void thread_close(void);

/* Making a thread: `thread_new` in the parent (NULL: MemoryError), `thread_enter` first in the
 * thread itself (waits for the GIL), `thread_leave` last. */
struct vm_thread *thread_new(void);
void thread_discard(struct vm_thread *t); /* one that runs no more, or never did */
void thread_enter(struct vm_thread *t);
void thread_leave(void);
/* Called with the GIL when a thread has ended, before what it holds is dropped: for thread-local
 * data and its sentinel. It can't fail: nothing in it needs memory. */
extern void (*thread_ended)(struct vm_thread *t);

/* Raises an exception in another thread at its next safepoint: how many threads have that ident. */
unsigned thread_raise(uint64_t ident, struct object *exception);

void thread_after_fork(void); /* in the child: all others are gone */
void thread_visit_roots(gc_visit_fn *visit, void *context);

/* The C stack of the calling thread is nearly used up: C code that recurses should raise. */
bool thread_c_stack_is_low(void);
/* Gives the main thread a C stack of so many bytes, if the system allows it. */
void thread_extend_c_stack(size_t bytes);
