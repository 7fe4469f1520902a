/* Signals: the handler in C only notes that one came; the one in Python runs in the main thread, at
 * a safepoint or where a blocking call was interrupted. */
#pragma once
#include "runtime/object/object.h"
#include <signal.h>

enum { SIGNALS_N = 65 }; /* Linux: 1 to 64 */

/* What Python has set: a callable, an int (SIG_DFL, SIG_IGN: 0, 1), NULL: not by Python. Owned. */
extern struct object *signals_handlers[SIGNALS_N];
/* A byte with the number is written there at each arrival; -1: none. */
extern volatile int signals_wakeup_fd;
extern bool signals_wakeup_warns; /* when the pipe is full */

/* The handler in C: installed by sigaction, and called for signals that are raised in the process
 * (interrupt_main). */
void signals_note(int number);
bool signals_are_pending(void);
void signals_after_fork(void); /* the child has got none yet */
void signals_visit_roots(gc_visit_fn *visit, void *context);
void signals_close(void);

/* ---- Safepoints ---- */

/* What a safepoint does when vm_attention.event is set: signals, an exception from another thread,
 * a turn for others. */
int interrupt_handle(void);
/* Sets vm_attention.event if there is something for the running thread. */
void interrupt_look_again(void);
