/* The module _queue: SimpleQueue, an unbounded queue between threads that may be put into from
 * anywhere, a finaliser in the middle of its own get included.
 *
 * It is a deque to which nothing but its ends is done. The GIL guards all fields: put takes no lock
 * and never waits. Who waits for an item sleeps on a semaphore, where a put posts while fewer posts
 * are under way than threads wait; a post too many only makes somebody look once more. So a child
 * of fork finds nothing locked, whatever the other threads of its parent were at. */
#include "runtime/modules/argument.h"
#include "runtime/modules/blocking.h"
#include "runtime/modules/collections/deque.h"
#include "runtime/modules/module.h"
#include "runtime/modules/timestamp.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/tuple.h"
#include <semaphore.h>
#include <stddef.h>

struct queue {
  struct deque items;
  uint64_t waiters; /* threads between their look at an empty queue and the next */
  uint64_t posts;   /* given, and not yet answered by such a look */
  sem_t semaphore;
};
static struct type queue_type;
static struct object *empty_error; /* the class */
static struct queue *queue_of(struct object *o) { return (struct queue *)o; }

static int add(struct object *o, struct object *item) {
  struct queue *q = queue_of(o);
  if (deque_append(o, item) < 0)
    return -1;
  if (UNLIKELY(q->posts < q->waiters)) {
    q->posts++;
    sem_post(&q->semaphore);
  }
  return 0;
}

/* ---- Birth and death ---- */

static struct object *new_slot(struct type *t, struct object *const *args, size_t n,
                               struct object *kwnames) {
  if (t == &queue_type || t->init == queue_type.init) {
    if (n)
      return error_format(ERROR_TYPE, "SimpleQueue() takes no positional arguments");
    if (args_check_no_keywords("SimpleQueue", kwnames) < 0)
      return NULL;
  }
  struct object *o = type_generic_alloc(t);
  if (o) {
    queue_of(o)->items.most = -1;
    sem_init(&queue_of(o)->semaphore, 0, 0);
  }
  return o;
}
static void release(struct object *o) {
  sem_destroy(&queue_of(o)->semaphore);
  deque_release(o);
}

/* ---- Methods ---- */

/* The other two are there so that queue.Queue can be replaced by this one. */
METHOD(put, "put", 0, 3, 1, "item", "block", "timeout") {
  bool ignored;
  if ((v[1] && argument_bool(v[1], &ignored) < 0) || add(self, v[0]) < 0)
    return NULL;
  return hold(NONE);
}
METHOD(put_nowait, "put_nowait", 0, 1, 1, "item") {
  return add(self, v[0]) < 0 ? NULL : hold(NONE);
}

/* Sleeps until somebody posts: 1; 0: the deadline has passed (NULL: there is none); -1: the handler
 * of a signal raised. */
static int await_post(struct queue *q, const struct timespec *deadline) {
  int status;
  q->waiters++;
  do {
    status = BLOCKING(deadline ? sem_clockwait(&q->semaphore, CLOCK_MONOTONIC, deadline)
                               : sem_wait(&q->semaphore));
    /* An item that came with the signal is not left to the next post. */
    if (status < 0 && errno == EINTR) {
      if (vm_handle_signals() < 0) {
        q->waiters--;
        return -1;
      }
      if (q->items.n)
        break;
    }
  } while (status < 0 && errno == EINTR);
  q->waiters--;
  if (status == 0)
    q->posts--;
  return status == 0 || q->items.n;
}

/* `ns` negative: waits as long as it takes. */
static struct object *get_within(struct object *o, int64_t ns) {
  struct queue *q = queue_of(o);
  if (q->items.n == 0 && ns != 0) {
    struct timespec deadline = {0};
    if (ns > 0)
      deadline = timestamp_timespec_of(timestamp_deadline(ns));
    while (q->items.n == 0) {
      int posted = await_post(q, ns > 0 ? &deadline : NULL);
      if (posted < 0)
        return NULL;
      if (posted == 0)
        break;
    }
  }
  if (q->items.n == 0) {
    error_set_object(empty_error, NULL);
    return NULL;
  }
  return deque_pop_left(o);
}
METHOD(get, "get", 0, 2, 0, "block", "timeout") {
  bool blocks = true;
  int64_t ns = -1;
  if (v[0] && argument_bool(v[0], &blocks) < 0)
    return NULL;
  if (!blocks)
    ns = 0;
  else if (v[1] && v[1] != NONE) {
    if (timestamp_to_ns(v[1], &ns, TIMESTAMP_CEILING) < 0)
      return NULL;
    if (ns < 0)
      return error_format(ERROR_VALUE, "'timeout' must be a non-negative number");
  }
  return get_within(self, ns);
}
static struct object *get_nowait(struct object *o, struct object *const *args, size_t n,
                                 struct object *kwnames) {
  if (n || (kwnames && tuple_length(kwnames)))
    return error_format(ERROR_TYPE, "get_nowait() takes no arguments");
  return get_within(o, 0);
}
static struct object *is_empty(struct object *o) {
  return hold(bool_from(queue_of(o)->items.n == 0));
}
static struct object *size(struct object *o) { return int_from_i64((int64_t)queue_of(o)->items.n); }

static const struct method_def methods[] = {
    METHOD_NOARGS_("empty", is_empty, DOC("empty", "$self, /", "Whether there is no item now.")),
    METHOD_KEYWORDS_("get", get_call,
                     DOC("get", "$self, /, block=True, timeout=None",
                         "Take the oldest item out, waiting for one if need be.\n\nAt most "
                         "`timeout` seconds, if that is a number; not at all if `block` is "
                         "false.\nRaises Empty when there is none.")),
    METHOD_KEYWORDS_("get_nowait", get_nowait, DOC("get_nowait", "$self, /", "get(block=False)")),
    METHOD_KEYWORDS_("put", put_call,
                     DOC("put", "$self, /, item, block=True, timeout=None",
                         "Add an item. This never waits, so only `item` matters.")),
    METHOD_KEYWORDS_("put_nowait", put_nowait_call,
                     DOC("put_nowait", "$self, /, item", "put(item)")),
    METHOD_NOARGS_("qsize", size, DOC("qsize", "$self, /", "How many items there are now.")),
    METHOD_CLASS_GETITEM,
    {NULL}};

static struct type queue_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_BUFFER,
              .flags = GC_CONTAINER | GC_PLAIN | GC_RELEASES | GC_WEAKREFS,
              .refs_offset = offsetof(struct queue, items.slots),
              .n_offset = offsetof(struct queue, items.capacity),
              .weak_offset = offsetof(struct queue, items.weakrefs),
              .basic_bytes = sizeof(struct queue)},
    .name = "_queue.SimpleQueue",
    .flags = TYPE_BASE,
    .clear = deque_clear,
    .release = release,
    .check = deque_check,
    .new_ = new_slot,
    .methods = methods,
    .doc = DOC("SimpleQueue", "", "An unbounded first-in first-out queue, safe to re-enter."),
    .base = &object_type};

int module_queue_fill(struct object *module) {
  if (module_root(&empty_error) < 0 ||
      (!empty_error && !(empty_error = module_new_exception("_queue.Empty", NULL))))
    return -1;
  return module_add_text(module, "__doc__", "The queue behind queue.SimpleQueue.") < 0 ||
                 module_add(module, "Empty", empty_error) < 0
             ? -1
             : module_add_type(module, &queue_type);
}
