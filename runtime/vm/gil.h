/* One thread at a time is inside the interpreter: the one that holds the GIL.
 *
 * Whatever may block stands between gil_release and gil_acquire; in between a thread touches no
 * object, raises nothing, and allocates nothing from the heap. Both keep errno. Where the call
 * ended with EINTR, vm_handle_signals runs the handlers of what arrived, and the call is made again
 * unless one of them raised (PEP 475). */
#pragma once
#include <stdbool.h>
#include <stdint.h>

void gil_release(void);
/* Waits for its turn. Never returns in a thread that is still there when the interpreter closes. */
void gil_acquire(void);
/* Whether the calling thread is the one. */
bool gil_is_held(void);

/* How long one thread may keep others waiting before it is asked to let one in at its next
 * safepoint: sys.setswitchinterval, in microseconds. */
extern uint64_t gil_interval_us;

/* Runs the Python handlers of signals that have arrived, if this is the main thread: 0, or -1 with
 * the error one of them raised (KeyboardInterrupt for one). */
int vm_handle_signals(void);

/* Around fork, with the GIL held: before it, and after it in both processes. In the child the
 * calling thread is the only one and the main one. Callbacks of os.register_at_fork are the
 * caller's. */
void vm_before_fork(void);
void vm_after_fork_parent(void);
void vm_after_fork_child(void);

/* ---- for thread.c and signals.c ---- */

void gil_open(void);  /* the calling thread holds it */
/* The end of the program begins: no other thread gets a turn any more. */
void gil_keep(void);
void gil_close(void); /* threads that are left wait forever from now on */
struct vm_thread;
void gil_enter(struct vm_thread *t); /* a new thread's first turn */
void gil_give_turn(void);            /* lets a waiting thread in, and waits for the next turn */
bool gil_is_wanted(void);
void gil_leave(void); /* releases it for good: the thread has detached itself from the heap */
