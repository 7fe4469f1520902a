/* epoll objects: the kernel keeps what is waited for. */
#include "runtime/modules/select/select.h"
#include "runtime/modules/timestamp.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/protocol.h"
#include "runtime/object/tuple.h"
#include <limits.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <unistd.h>

struct poller {
  struct object head;
  int fd; /* -1: closed */
};
static struct poller *poller_of(struct object *o) { return (struct poller *)o; }

static int check_open(struct object *o) {
  if (poller_of(o)->fd >= 0)
    return 0;
  error_format(ERROR_VALUE, "I/O operation on closed epoll object");
  return -1;
}
static struct object *make(struct type *t, int fd) {
  struct object *o = type_generic_alloc(t);
  if (o) {
    poller_of(o)->fd = fd >= 0 ? fd : epoll_create1(EPOLL_CLOEXEC);
    if (poller_of(o)->fd < 0) {
      error_errno(errno, NULL, NULL);
      drop(o);
      return NULL;
    }
  }
  return o;
}
static struct object *new_slot(struct type *t, struct object *const *args, size_t n,
                               struct object *kwnames) {
  static const char *const names[] = {"sizehint", "flags"};
  static const struct args_spec spec = {"epoll", names, 2, 0, 2, 0};
  struct object *v[2];
  int size = -1, flags = 0;
  if (args_parse(&spec, args, n, kwnames, v) < 0 || (v[0] && argument_int(v[0], &size) < 0) ||
      (v[1] && argument_int(v[1], &flags) < 0))
    return NULL;
  if (size != -1 && size <= 0)
    return error_format(ERROR_VALUE, "negative sizehint");
  if (flags & ~EPOLL_CLOEXEC)
    return error_format(ERROR_OS, "invalid flags");
  return make(t, -1);
}
static void release(struct object *o) {
  int fd = poller_of(o)->fd;
  poller_of(o)->fd = -1;
  if (fd >= 0)
    close(fd);
}

static struct object *fromfd_method(struct object *type, struct object *o) {
  int fd;
  return argument_int(o, &fd) < 0 ? NULL : make((struct type *)type, fd);
}
static struct object *close_method(struct object *o) {
  int fd = poller_of(o)->fd;
  poller_of(o)->fd = -1;
  return fd >= 0 && BLOCKING(close(fd)) < 0 ? error_errno(errno, NULL, NULL) : hold(NONE);
}
static struct object *fileno_method(struct object *o) {
  return check_open(o) < 0 ? NULL : int_from_i64(poller_of(o)->fd);
}
static struct object *get_closed(struct object *o, void *closure) {
  return hold(bool_from(poller_of(o)->fd < 0));
}

static struct object *control(struct object *o, int operation, int fd, unsigned events) {
  struct epoll_event event = {.events = events, .data.fd = fd};
  if (check_open(o) < 0)
    return NULL;
  int result = BLOCKING(epoll_ctl(poller_of(o)->fd, operation, fd, &event));
  return result < 0 ? error_errno(errno, NULL, NULL) : hold(NONE);
}
METHOD(register, "register", 0, 2, 1, "fd", "eventmask") {
  int fd;
  unsigned events = EPOLLIN | EPOLLPRI | EPOLLOUT;
  if (argument_fd(v[0], &fd) < 0 || (v[1] && argument_unsigned(v[1], &events) < 0))
    return NULL;
  return control(self, EPOLL_CTL_ADD, fd, events);
}
METHOD(modify, "modify", 0, 2, 2, "fd", "eventmask") {
  int fd;
  unsigned events;
  if (argument_fd(v[0], &fd) < 0 || argument_unsigned(v[1], &events) < 0)
    return NULL;
  return control(self, EPOLL_CTL_MOD, fd, events);
}
METHOD(unregister, "unregister", 0, 1, 1, "fd") {
  int fd;
  return argument_fd(v[0], &fd) < 0 ? NULL : control(self, EPOLL_CTL_DEL, fd, 0);
}

static int read_timeout(struct object *o, int64_t *ns) {
  *ns = -1;
  if (!o || o == NONE)
    return 0;
  if (timestamp_to_ns(o, ns, TIMESTAMP_AWAY) < 0) {
    if (error_matches(ERROR_TYPE))
      error_format(ERROR_TYPE, "timeout must be an integer or None");
    return -1;
  }
  if (*ns < 0)
    *ns = -1;
  else if (*ns > (int64_t)INT_MAX * 1000000) {
    error_format(ERROR_OVERFLOW, "timeout is too large");
    return -1;
  }
  return 0;
}
static int wait_for(struct object *o, struct epoll_event *events, int most, int64_t timeout) {
  int64_t deadline = timeout < 0 ? 0 : timestamp_deadline(timeout);
  for (int64_t left = timeout;; left = timestamp_left(deadline)) {
    int n = BLOCKING(
        epoll_wait(poller_of(o)->fd, events, most, timeout < 0 ? -1 : timestamp_ms_from_ns(left)));
    if (n >= 0)
      return n;
    if (errno != EINTR) {
      error_errno(errno, NULL, NULL);
      return -1;
    }
    if (vm_handle_signals() < 0)
      return -1;
    if (timeout >= 0 && !timestamp_left(deadline))
      return 0;
  }
}
METHOD(poll, "poll", 0, 2, 0, "timeout", "maxevents") {
  int64_t timeout;
  int most = -1;
  if (check_open(self) < 0 || read_timeout(v[0], &timeout) < 0 ||
      (v[1] && argument_int(v[1], &most) < 0))
    return NULL;
  if (most == -1)
    most = FD_SETSIZE - 1;
  else if (most < 1)
    return error_format(ERROR_VALUE, "maxevents must be greater than 0, got %d", most);
  size_t bytes = (size_t)most * sizeof(struct epoll_event);
  struct epoll_event *events = gc_buffer_new(bytes);
  if (!events)
    return error_no_memory();
  int n = wait_for(self, events, most, timeout);
  struct object *list = n < 0 ? NULL : list_new(0);
  for (int i = 0; list && i < n; i++) {
    struct object *pair = select_pair(events[i].data.fd, events[i].events);
    if (!pair || list_append_taking(list, pair) < 0) {
      drop(list);
      list = NULL;
    }
  }
  gc_buffer_free(events, bytes);
  return list;
}

static struct object *enter(struct object *o) { return check_open(o) < 0 ? NULL : hold(o); }
static struct object *exit_method(struct object *o, struct object *const *args, size_t n) {
  return args_check_count("__exit__", n, 0, 3) < 0 ? NULL : close_method(o);
}

static const struct method_def methods[] = {
    {.name = "fromfd",
     .flags = METHOD_ONE | METHOD_CLASS,
     .one = fromfd_method,
     .doc = DOC("fromfd", "$type, fd, /", "An epoll object of an open descriptor.")},
    METHOD_NOARGS_("close", close_method, DOC("close", "$self, /", "Close the descriptor.")),
    METHOD_NOARGS_("fileno", fileno_method, DOC("fileno", "$self, /", "The descriptor.")),
    METHOD_KEYWORDS_("modify", modify_call,
                     DOC("modify", "$self, /, fd, eventmask", "Wait for other events.")),
    METHOD_KEYWORDS_("register", register_call,
                     DOC("register",
                         "$self, /, fd,\n         eventmask=select.EPOLLIN | select.EPOLLPRI | "
                         "select.EPOLLOUT",
                         "Wait for events of a file from now on.")),
    METHOD_KEYWORDS_("unregister", unregister_call,
                     DOC("unregister", "$self, /, fd", "Do not wait for it any more.")),
    METHOD_KEYWORDS_("poll", poll_call,
                     DOC("poll", "$self, /, timeout=None, maxevents=-1",
                         "Wait; a list of (fd, events), empty after so many seconds.")),
    METHOD_NOARGS_("__enter__", enter, DOC("__enter__", "$self, /", "Itself.")),
    METHOD_FAST_(
        "__exit__", exit_method,
        DOC("__exit__", "$self, exc_type=None, exc_value=None, exc_tb=None, /", "Close it.")),
    {NULL}};
static const struct getset_def getsets[] = {
    {"closed", get_closed, NULL, "True if the epoll handler is closed", NULL}, {NULL}};
static struct type epoll_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_LEAF, .flags = GC_RELEASES, .basic_bytes = sizeof(struct poller)},
    .name = "select.epoll",
    .release = release,
    .new_ = new_slot,
    .methods = methods,
    .getsets = getsets,
    .doc = "select.epoll(sizehint=-1, flags=0)\n\nAn object that waits for many files; both "
           "arguments are of former times.",
    .base = &object_type};

int select_fill_epoll(struct object *module) {
  static const struct module_int constants[] = {
      CONSTANT(EPOLLIN),     CONSTANT(EPOLLOUT),     CONSTANT(EPOLLPRI),
      CONSTANT(EPOLLERR),    CONSTANT(EPOLLHUP),     CONSTANT(EPOLLRDHUP),
      CONSTANT(EPOLLET),     CONSTANT(EPOLLONESHOT), CONSTANT(EPOLLEXCLUSIVE),
      CONSTANT(EPOLLRDNORM), CONSTANT(EPOLLRDBAND),  CONSTANT(EPOLLWRNORM),
      CONSTANT(EPOLLWRBAND), CONSTANT(EPOLLMSG),     CONSTANT(EPOLL_CLOEXEC)};
  if (module_add_ints(module, constants, ARRAY_SIZE(constants)) < 0)
    return -1;
  return module_add_type(module, &epoll_type);
}
