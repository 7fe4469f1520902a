/* The module _asyncio: what its files share.
 *
 * A future is pending, then cancelled or finished for good; its callbacks are given to its loop's
 * call_soon when it leaves the first state. A task is a future with a coroutine: each step resumes
 * the coroutine up to the next future that it waits for, whose callback is the task's wakeup. What
 * a class derived from them may replace is only called where the object is of such a class. */
#pragma once
#include "runtime/modules/module.h"

enum future_state { FUTURE_PENDING, FUTURE_CANCELLED, FUTURE_FINISHED };

struct future {
  struct object head;
  struct object *weakrefs; /* not owned */
  int32_t cancels;         /* of a task: cancel() less uncancel() */
  uint8_t state;           /* enum future_state */
  bool logs_traceback;     /* the exception has not been looked at yet */
  bool is_blocking;        /* _asyncio_future_blocking: it was awaited, not only yielded */
  bool must_cancel;        /* of a task: the next step throws CancelledError */
  bool logs_destroy;       /* of a task: its death while pending is told */
  /* One span of references, which a task goes on with; all may be NULL. */
  struct object *loop;                        /* NULL: not initialised */
  struct object *callback, *callback_context; /* the first; most have no other */
  struct object *callbacks;                   /* list of pairs: those behind it */
  struct object *result, *exception;
  struct object *traceback;        /* the exception's as it was set */
  struct object *source_traceback; /* where it was made, in debug mode */
  struct object *cancel_message;
  struct object *cancelled; /* the CancelledError that ended it: raised once */
  struct object *dict;      /* the last: it alone outlives another __init__ */
};
struct task {
  struct future future;
  struct object *coroutine, *name, *context;
  struct object *waiter; /* the future it waits for */
  uint64_t number;       /* name NULL: it is Task-<number> */
};
enum { FUTURE_REFERENCES = 11, TASK_REFERENCES = FUTURE_REFERENCES + 4 };

extern struct type asyncio_future_type, asyncio_task_type, asyncio_future_iterator_type,
    asyncio_step_type;
static inline struct future *future_of(struct object *o) { return (struct future *)o; }
static inline struct task *task_of(struct object *o) { return (struct task *)o; }
/* Of the types themselves: nothing can have been replaced. */
static inline bool is_plain_future(const struct object *o) {
  return type_of(o) == &asyncio_future_type || type_of(o) == &asyncio_task_type;
}

/* ---- module.c: what comes from the library ---- */

enum asyncio_library {
  LIBRARY_CANCELLED_ERROR,
  LIBRARY_INVALID_STATE_ERROR,
  LIBRARY_FUTURE_REPR,
  LIBRARY_TASK_REPR,
  LIBRARY_TASK_GET_STACK,
  LIBRARY_TASK_PRINT_STACK,
  LIBRARY_IS_COROUTINE,
  LIBRARY_EXTRACT_STACK,
  LIBRARY_GET_POLICY,
  LIBRARY_N
};
void *asyncio_is_closed(void); /* the RuntimeError of what is asked for too late; NULL */
/* Borrowed; NULL with an error when the module has been closed. */
struct object *asyncio_library(enum asyncio_library which);
/* `from module import name`. */
struct object *asyncio_import(const char *module, const char *name);
/* Raises an exception of such a class. Returns NULL. */
void *asyncio_error(enum asyncio_library class, const char *text);

#define ASYNCIO_NAMES(NAME)                                                                        \
  NAME(call_soon)                                                                                  \
  NAME(get_debug)                                                                                  \
  NAME(get_loop)                                                                                   \
  NAME(_loop)                                                                                      \
  NAME(_asyncio_future_blocking)                                                                   \
  NAME(add_done_callback)                                                                          \
  NAME(call_exception_handler)                                                                     \
  NAME(cancel)                                                                                     \
  NAME(result)                                                                                     \
  NAME(throw)                                                                                      \
  NAME(message)                                                                                    \
  NAME(exception)                                                                                  \
  NAME(future)                                                                                     \
  NAME(task)                                                                                       \
  NAME(source_traceback)                                                                           \
  NAME(get_event_loop)                                                                             \
  NAME(context)                                                                                    \
  NAME(add)                                                                                        \
  NAME(discard)                                                                                    \
  NAME(PENDING)                                                                                    \
  NAME(CANCELLED)                                                                                  \
  NAME(FINISHED)
enum asyncio_name_id {
#define NAME_ID(name) ASYNCIO_##name,
  ASYNCIO_NAMES(NAME_ID)
#undef NAME_ID
      ASYNCIO_NAMES_N
};
extern struct object *asyncio_names[ASYNCIO_NAMES_N]; /* interned */
extern struct object *asyncio_context_keyword;        /* ("context",); NULL: closed */
#define ASYNCIO_NAME(name) (asyncio_names[ASYNCIO_##name])

/* ---- futures.c ---- */

/* The spans' slots of both types: drops what was there. value may be NULL. */
#define FUTURE_SET(o, field, value) store(o, &future_of(o)->field, value)
#define TASK_SET(o, field, value)   store(o, &task_of(o)->field, value)

int future_init(struct object *o, struct object *loop); /* NONE: the thread's event loop */
bool future_is_alive(struct object *o);                 /* false with an error: not initialised */
/* A CancelledError, new or the one that is kept; NULL with an error. */
struct object *future_cancelled_error(struct object *o);
/* 0: *value is the result; 1: it is the exception; both owned. -1: neither, with the error. */
int future_outcome(struct object *o, struct object **value);
struct object *future_result(struct object *o); /* NULL: what it ended by is raised */
int future_set_result(struct object *o, struct object *result);
int future_set_exception(struct object *o, struct object *exception);
int future_cancel(struct object *o, struct object *message); /* 1: it is now; 0: it was done */
int future_add_callback(struct object *o, struct object *callback, struct object *context);
/* loop.call_soon(callback, argument, context=context); the last two may be NULL. */
int future_call_soon(struct object *loop, struct object *callback, struct object *argument,
                     struct object *context);
/* loop.call_exception_handler({...}): for finalisers, which put pending errors aside; own ones are
 * reported. The future is named `kind` in it. message is taken, and NULL with an error; exception
 * may be NULL. */
void future_tell_loop_taking(struct object *o, struct object *message, struct object *kind,
                             struct object *exception);
void future_destroy(struct object *o); /* rc, of both types: few have a finaliser's work to do */
void future_finalize(struct object *o);
bool future_wants_finalizer(const struct object *o);
struct object *future_del(struct object *o);
struct object *future_iterate(struct object *o); /* future_iterator.c */

/* Attributes and methods that tasks have as well. */
struct object *future_repr_by(enum asyncio_library function, struct object *o);
int future_refuse_deletion(struct object *value); /* -1 with an error: it is NULL */
extern const struct getset_def future_getsets[];

/* ---- steps.c ---- */

int task_step_soon(struct object *o, struct object *exception); /* NULL: goes on */

/* ---- running.c: the running loop, the running tasks ---- */

struct object *running_event_loop(void); /* asyncio.get_event_loop(), new */
int running_enter(struct object *loop, struct object *task);
int running_leave(struct object *loop, struct object *task);
int running_register(struct object *task);
int running_open(struct object *module);
extern const struct method_def running_functions[];
