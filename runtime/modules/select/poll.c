/* poll objects: a row of descriptors with the events that are waited for, in the system's form. */
#include "runtime/modules/select/select.h"
#include "runtime/modules/timestamp.h"
#include "runtime/object/float.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/protocol.h"
#include <limits.h>
#include <poll.h>
#include <string.h>

struct poller {
  struct object head;
  struct pollfd *items; /* in the order of their registration */
  size_t n, room;
  bool is_polling;
};
static struct poller *poller_of(struct object *o) { return (struct poller *)o; }

static void release(struct object *o) {
  struct poller *p = poller_of(o);
  if (p->items)
    gc_buffer_free(p->items, p->room * sizeof *p->items);
  p->items = NULL;
}

static struct pollfd *find(struct poller *p, int fd) {
  for (size_t i = 0; i < p->n; i++)
    if (p->items[i].fd == fd)
      return &p->items[i];
  return NULL;
}
static int read_events(struct object *o, short *events) {
  struct object *index = number_index(o);
  if (!index)
    return -1;
  int64_t value;
  bool fits = int_to_i64(index, &value);
  bool negative = fits ? value < 0 : int_wide_is_negative((const struct int_object *)index);
  drop(index);
  if (fits && value >= 0 && value <= USHRT_MAX) {
    *events = (short)value;
    return 0;
  }
  if (negative)
    error_format(ERROR_VALUE, "value must be positive");
  else
    error_format(ERROR_OVERFLOW, "Python int too large for C unsigned short");
  return -1;
}
static int add(struct poller *p, int fd, short events) {
  struct pollfd *item = find(p, fd);
  /* Where memory is exhausted a collection may run what registers, too. */
  for (int attempt = 0; !item && p->n == p->room && attempt < 2; attempt++) {
    size_t room = p->room ? p->room * 2 : 4;
    struct pollfd *larger =
        gc_buffer_resize(p->items, p->room * sizeof *larger, room * sizeof *larger);
    if (larger) {
      p->items = larger;
      p->room = room;
    } else
      item = find(p, fd);
  }
  if (!item) {
    if (p->n == p->room)
      return error_no_memory(), -1;
    item = &p->items[p->n++];
    item->fd = fd;
  }
  item->events = events;
  return 0;
}

static struct object *register_method(struct object *o, struct object *const *args, size_t n) {
  int fd;
  short events = POLLIN | POLLPRI | POLLOUT;
  if (args_check_count("register", n, 1, 2) < 0 || argument_fd(args[0], &fd) < 0 ||
      (n > 1 && read_events(args[1], &events) < 0))
    return NULL;
  return add(poller_of(o), fd, events) < 0 ? NULL : hold(NONE);
}
static struct object *modify_method(struct object *o, struct object *const *args, size_t n) {
  int fd;
  short events;
  if (args_check_count("modify", n, 2, 2) < 0 || argument_fd(args[0], &fd) < 0 ||
      read_events(args[1], &events) < 0)
    return NULL;
  struct pollfd *item = find(poller_of(o), fd);
  if (!item)
    return error_errno(ENOENT, NULL, NULL);
  item->events = events;
  return hold(NONE);
}
static struct object *unregister_method(struct object *o, struct object *file) {
  struct poller *p = poller_of(o);
  int fd;
  if (argument_fd(file, &fd) < 0)
    return NULL;
  struct pollfd *item = find(p, fd);
  if (!item) {
    struct object *key = int_from_i64(fd);
    if (key)
      error_key(key);
    drop_null(key);
    return NULL;
  }
  size_t behind = p->n - (size_t)(item - p->items) - 1;
  memmove(item, item + 1, behind * sizeof *item);
  p->n--;
  return hold(NONE);
}

/* Milliseconds; None and negative ones: no limit. -1: error. */
static int read_timeout(struct object *o, int64_t *ns) {
  *ns = -1;
  if (!o || o == NONE)
    return 0;
  if (timestamp_ms_to_ns(o, ns, TIMESTAMP_AWAY) < 0) {
    if (error_matches(ERROR_TYPE))
      error_format(ERROR_TYPE, "timeout must be an integer or None");
    return -1;
  }
  if (*ns > (int64_t)INT_MAX * 1000000 || *ns < (int64_t)INT_MIN * 1000000) {
    error_format(ERROR_OVERFLOW, "timeout is too large");
    return -1;
  }
  return 0;
}
static struct object *ready(const struct pollfd *items, size_t n) {
  struct object *list = list_new(0);
  for (size_t i = 0; list && i < n; i++) {
    if (!items[i].revents)
      continue;
    struct object *pair = select_pair(items[i].fd, (unsigned short)items[i].revents);
    if (!pair || list_append_taking(list, pair) < 0) {
      drop(list);
      return NULL;
    }
  }
  return list;
}
static struct object *poll_copy(struct pollfd *items, size_t n, int64_t timeout) {
  int64_t deadline = timeout < 0 ? 0 : timestamp_deadline(timeout);
  for (int64_t left = timeout;; left = timestamp_left(deadline)) {
    int ms = timeout < 0 ? -1 : timestamp_ms_from_ns(left);
    if (BLOCKING(poll(items, n, ms)) >= 0)
      return ready(items, n);
    if (errno != EINTR)
      return error_errno(errno, NULL, NULL);
    if (vm_handle_signals() < 0)
      return NULL;
    if (timeout >= 0 && !timestamp_left(deadline))
      return list_new(0);
  }
}
/* What other threads change meanwhile counts from the next call on. */
static struct object *poll_method(struct object *o, struct object *const *args, size_t n) {
  struct poller *p = poller_of(o);
  int64_t timeout;
  if (args_check_count("poll", n, 0, 1) < 0 || read_timeout(n ? args[0] : NULL, &timeout) < 0)
    return NULL;
  if (p->is_polling)
    return error_format(ERROR_RUNTIME, "concurrent poll() invocation");
  size_t count = p->n, bytes = (count + 1) * sizeof *p->items;
  struct pollfd *copy = gc_buffer_new(bytes);
  if (!copy)
    return error_no_memory();
  if (count)
    memcpy(copy, p->items, count * sizeof *copy);
  p->is_polling = true;
  struct object *result = poll_copy(copy, count, timeout);
  p->is_polling = false;
  gc_buffer_free(copy, bytes);
  return result;
}

static const struct method_def methods[] = {
    METHOD_FAST_("register", register_method,
                 DOC("register",
                     "$self, fd,\n         eventmask=select.POLLIN | select.POLLPRI | "
                     "select.POLLOUT, /",
                     "Wait for events of a file from now on.")),
    METHOD_FAST_("modify", modify_method,
                 DOC("modify", "$self, fd, eventmask, /", "Wait for other events of it.")),
    METHOD_ONE_("unregister", unregister_method,
                DOC("unregister", "$self, fd, /", "Do not wait for it any more.")),
    METHOD_FAST_("poll", poll_method,
                 DOC("poll", "$self, timeout=None, /",
                     "Wait; a list of (fd, events), empty after so many milliseconds.")),
    {NULL}};
static struct type poll_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_LEAF, .flags = GC_RELEASES, .basic_bytes = sizeof(struct poller)},
    .name = "select.poll",
    .flags = TYPE_NO_INSTANCE,
    .release = release,
    .methods = methods,
    .base = &object_type};

static struct object *poll_none(struct object *module) { return type_generic_alloc(&poll_type); }
static const struct method_def functions[] = {
    METHOD_NOARGS_("poll", poll_none, DOC("poll", "$module, /", "A new poll object.")), {NULL}};

int select_fill_poll(struct object *module) {
  static const struct module_int constants[] = {
      CONSTANT(POLLIN),     CONSTANT(POLLPRI),    CONSTANT(POLLOUT),    CONSTANT(POLLERR),
      CONSTANT(POLLHUP),    CONSTANT(POLLNVAL),   CONSTANT(POLLRDNORM), CONSTANT(POLLRDBAND),
      CONSTANT(POLLWRNORM), CONSTANT(POLLWRBAND), CONSTANT(POLLMSG),    CONSTANT(POLLRDHUP)};
  if (type_ready(&poll_type) < 0)
    return -1;
  if (module_add_ints(module, constants, ARRAY_SIZE(constants)) < 0)
    return -1;
  return module_add_functions(module, functions);
}
