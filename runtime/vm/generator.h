/* Generators, coroutines, asynchronous generators: a frame and its window in a heap object.
 *
 *   | header | code name qualname function ... | frame | state | slots[slots_n]: window |
 *
 * Invariant: slots in [0, frame.sp - slots) hold references or NULL, those above are never read; an
 * ended generator has none. */
#pragma once
#include "runtime/vm/frame.h"

enum generator_state { GENERATOR_CREATED, GENERATOR_SUSPENDED, GENERATOR_RUNNING, GENERATOR_ENDED };

struct generator {
  struct object head;
  /* One span of references: */
  struct object *code, *name, *qualname;
  struct object *function; /* keeps globals and builtins */
  struct object *origin;   /* cr_origin; of an asynchronous generator its finaliser hook; NULL */
  struct object *names;    /* the frame's names, where a module's code awaits; NULL: a function */
  struct object *weakrefs; /* not owned */
  struct error_handled handled; /* what it is handling */
  struct frame frame;
  uint8_t state; /* enum generator_state */
  /* Asynchronous generators: aclose has begun or the end was met; somebody awaits it; the hooks
   * have been asked. */
  uint8_t is_closed, is_running_async, has_hooks;
  size_t slots_n;
  struct object *slots[]; /* window */
};

extern struct type generator_type, coroutine_type, coroutine_wrapper_type, async_generator_type;
static inline bool is_generator(const struct object *o) { return type_of(o) == &generator_type; }
static inline bool is_coroutine(const struct object *o) { return type_of(o) == &coroutine_type; }
static inline bool is_async_generator(const struct object *o) {
  return type_of(o) == &async_generator_type;
}

/* RETURN_GENERATOR: moves the frame into a new generator, coroutine or asynchronous generator. */
struct object *generator_from_frame(struct frame *f);
static inline struct generator *generator_of_frame(struct frame *f) {
  return (struct generator *)((char *)f - __builtin_offsetof(struct generator, frame));
}
/* Links it in front of `previous` and marks it running; a value to send has been pushed by the
 * caller. Windows of what it calls begin at `free`. */
void generator_enter(struct generator *g, struct frame *previous, struct object **free);
/* Unlinks it: suspended, or ended (its references are dropped). */
void generator_leave(struct generator *g, bool has_ended);
/* A generator ends by an error: StopIteration becomes RuntimeError. */
void generator_convert_stop(struct generator *g);

/* Sends a value (NULL: None, first next): 1 yielded, 0 returned, *result owned; -1 error. */
int generator_send(struct generator *g, struct object *value, struct object **result);
/* send() of Python: what it yields; its end is StopIteration (StopAsyncIteration in an asynchronous
 * one). */
struct object *generator_send_or_stop(struct generator *g, struct object *value);
/* throw(type, value, traceback), the last two may be NULL. `closes`: a delegate is closed by
 * GeneratorExit, not thrown at. */
struct object *generator_throw(struct generator *g, struct object *type, struct object *value,
                               struct object *traceback, bool closes);
struct object *generator_close(struct generator *g); /* None, or NULL with an error */
/* What it stands waiting for in `yield from` or `await`; NULL: nothing. */
struct object *generator_delegate_borrowed(struct generator *g);
/* "generator", "coroutine", "async generator" */
const char *generator_kind(const struct generator *g);

/* ---- coroutine.c ---- */

/* cr_origin of a coroutine that the top frame makes; NULL without an error: not asked for. */
struct object *coroutine_origin(void);
void coroutine_warn_unawaited(struct object *coroutine);
/* What `await o` iterates: a coroutine, or an iterator. NULL with a TypeError. */
struct object *coroutine_awaitable_iterator(struct object *o);
/* As o.__await__ does: an iterator also for a coroutine. */
struct object *coroutine_wrap(struct object *coroutine);

/* ---- async_generator.c ---- */

extern struct type async_generator_value_type, async_generator_asend_type,
    async_generator_athrow_type, anext_awaitable_type;
/* What an asynchronous generator yields, told apart from what it awaits. */
struct object *async_generator_wrap(struct object *value);
/* anext(iterator, default): awaits, and answers with the default at the end. */
struct object *async_generator_anext_default(struct object *awaitable, struct object *fallback);
/* A finaliser's work where a hook is set: true when it took over. */
bool async_generator_finalize(struct generator *g);
