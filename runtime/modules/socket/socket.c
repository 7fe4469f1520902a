/* The type _socket.socket, and the module. A socket with a timeout is non-blocking to the system;
 * waiting is done by poll, without the GIL. */
#include "runtime/modules/argument.h"
#include "runtime/modules/socket/waiting.h"
#include "runtime/modules/warnings/warnings.h"
#include "runtime/object/audit.h"
#include "runtime/object/bytes.h"
#include "runtime/object/int.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include <fcntl.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <unistd.h>

struct object *socket_gaierror, *socket_herror;
static int64_t default_timeout_ns = -1; /* -1: none */

/* ---- Waiting ---- */

int socket_wait(struct socket *s, short events, int64_t deadline) {
  for (;;) {
    if (s->fd < 0)
      return 0;
    struct pollfd p = {.fd = s->fd, .events = events};
    int ms = s->timeout_ns < 0 ? -1 : timestamp_ms_from_ns(timestamp_left(deadline));
    int ready = BLOCKING(poll(&p, 1, ms));
    if (ready > 0)
      return 0;
    if (ready == 0) {
      error_set(ERROR_TIMEOUT, "timed out");
      return -1;
    }
    if (errno != EINTR)
      return error_errno(errno, NULL, NULL), -1;
    if (vm_handle_signals() < 0)
      return -1;
  }
}

static int set_nonblocking(int fd, bool nonblocking) {
  int value = nonblocking;
  if (ioctl(fd, FIONBIO, &value) == 0)
    return 0;
  error_errno(errno, NULL, NULL);
  return -1;
}

/* None, or seconds, as nanoseconds (-1: None). */
static int read_timeout(struct object *o, int64_t *ns) {
  *ns = -1;
  if (o == NONE)
    return 0;
  if (timestamp_to_ns(o, ns, TIMESTAMP_AWAY) < 0)
    return -1;
  if (*ns < 0) {
    error_set(ERROR_VALUE, "Timeout value out of range");
    return -1;
  }
  return 0;
}

/* ---- Life ---- */

static struct object *new_slot(struct type *t, struct object *const *args, size_t n,
                               struct object *kwnames) {
  struct object *o = type_generic_alloc(t);
  if (o) {
    socket_of(o)->fd = -1;
    socket_of(o)->timeout_ns = -1;
  }
  return o;
}

static int option_of(int fd, int option, int fallback) {
  int value;
  socklen_t n = sizeof value;
  return getsockopt(fd, SOL_SOCKET, option, &value, &n) == 0 ? value : fallback;
}

static int init(struct object *o, struct object *const *args, size_t n, struct object *kwnames) {
  static const char *const names[] = {"family", "type", "proto", "fileno"};
  static const struct args_spec spec = {"socket", names, 4, 0, 4, 0};
  struct object *v[4];
  int family = -1, kind = -1, protocol = -1, fd = -1;
  if (args_parse(&spec, args, n, kwnames, v) < 0 || (v[0] && argument_int(v[0], &family) < 0) ||
      (v[1] && argument_int(v[1], &kind) < 0) || (v[2] && argument_int(v[2], &protocol) < 0) ||
      AUDIT_FAILS("socket.__new__", tuple_pack_taking(4, hold(o), int_from_i64(family),
                                                      int_from_i64(kind), int_from_i64(protocol))))
    return -1;
  if (v[3] && v[3] != NONE) {
    if (argument_int(v[3], &fd) < 0)
      return -1;
    if (fd < 0) {
      error_set(ERROR_VALUE, "negative file descriptor");
      return -1;
    }
    union socket_address address;
    socklen_t length = sizeof address;
    if (getsockname(fd, &address.any, &length) < 0 && (errno == EBADF || errno == ENOTSOCK))
      return error_errno(errno, NULL, NULL), -1;
    family = family < 0 ? option_of(fd, SO_DOMAIN, AF_UNSPEC) : family;
    kind = kind < 0 ? option_of(fd, SO_TYPE, 0) : kind;
    protocol = protocol < 0 ? option_of(fd, SO_PROTOCOL, 0) : protocol;
  } else {
    family = family < 0 ? AF_INET : family;
    kind = kind < 0 ? SOCK_STREAM : kind;
    protocol = protocol < 0 ? 0 : protocol;
    fd = BLOCKING(socket(family, kind | SOCK_CLOEXEC, protocol));
    if (fd < 0)
      return error_errno(errno, NULL, NULL), -1;
  }
  struct socket *s = socket_of(o);
  s->family = family;
  s->kind = kind & ~(SOCK_NONBLOCK | SOCK_CLOEXEC);
  s->protocol = protocol;
  s->timeout_ns = kind & SOCK_NONBLOCK ? 0 : default_timeout_ns;
  if (s->timeout_ns >= 0 && set_nonblocking(fd, true) < 0) {
    if (!v[3] || v[3] == NONE)
      close(fd);
    return -1;
  }
  s->fd = fd;
  return 0;
}

static void finalize(struct object *o) {
  struct socket *s = socket_of(o);
  if (s->fd < 0)
    return;
  if (warning_about(ERROR_RESOURCE_WARNING, o, 1, "unclosed %R", o) < 0 &&
      error_matches(ERROR_WARNING))
    error_report_object(o);
  error_clear();
  int fd = s->fd;
  s->fd = -1;
  BLOCKING(close(fd));
}

static struct object *repr(struct object *o) {
  const struct socket *s = socket_of(o);
  return str_format("<socket object, fd=%ld, family=%d, type=%d, proto=%d>", (long)s->fd, s->family,
                    s->kind, s->protocol);
}

/* ---- Methods ---- */

static struct object *done(int status) {
  return status < 0 ? error_errno(errno, NULL, NULL) : hold(NONE);
}

static struct object *accept_(struct object *o) {
  struct socket *s = socket_of(o);
  union socket_address address;
  socklen_t n = sizeof address;
  ssize_t fd = SOCKET_CALL(s, POLLIN, accept4(s->fd, &address.any, &n, SOCK_CLOEXEC));
  if (fd < 0)
    return NULL;
  struct object *number = int_from_i64(fd), *from = number ? address_to_object(&address, n) : NULL;
  struct object *pair = from ? tuple_pack(2, number, from) : NULL;
  drop_null(from);
  drop_null(number);
  if (!pair)
    close((int)fd);
  return pair;
}

static struct object *bind_(struct object *o, struct object *address) {
  struct socket *s = socket_of(o);
  union socket_address to;
  socklen_t n;
  if (address_read(address, s->family, "bind", &to, &n) < 0 ||
      AUDIT_FAILS("socket.bind", tuple_pack(2, o, address)))
    return NULL;
  return done(BLOCKING(bind(s->fd, &to.any, n)));
}

/* 0 or an errno; -1: an error is pending. */
static int connect_to(struct socket *s, struct object *address, const char *function) {
  union socket_address to;
  socklen_t n;
  if (address_read(address, s->family, function, &to, &n) < 0 ||
      AUDIT_FAILS("socket.connect", tuple_pack(2, &s->head, address)))
    return -1;
  int64_t deadline = socket_deadline_of(s);
  if (BLOCKING(connect(s->fd, &to.any, n)) == 0)
    return 0;
  int why = errno;
  if (why == EINTR && vm_handle_signals() < 0)
    return -1;
  if (!(why == EINTR && s->timeout_ns != 0) && !(why == EINPROGRESS && s->timeout_ns > 0))
    return why;
  if (socket_wait(s, POLLOUT, deadline) < 0)
    return -1;
  return option_of(s->fd, SO_ERROR, EIO);
}
static struct object *connect_(struct object *o, struct object *address) {
  int why = connect_to(socket_of(o), address, "connect");
  return why == 0 ? hold(NONE) : why < 0 ? NULL : error_errno(why, NULL, NULL);
}
static struct object *connect_ex(struct object *o, struct object *address) {
  int why = connect_to(socket_of(o), address, "connect_ex");
  if (why < 0 && error_clear_if(ERROR_TIMEOUT))
    why = EWOULDBLOCK;
  return why < 0 ? NULL : int_from_i64(why);
}

static struct object *close_(struct object *o) {
  struct socket *s = socket_of(o);
  int fd = s->fd;
  s->fd = -1;
  if (fd >= 0 && BLOCKING(close(fd)) < 0 && errno != ECONNRESET)
    return error_errno(errno, NULL, NULL);
  return hold(NONE);
}
static struct object *detach(struct object *o) {
  int fd = socket_of(o)->fd;
  socket_of(o)->fd = -1;
  return int_from_i64(fd);
}
static struct object *fileno_(struct object *o) { return int_from_i64(socket_of(o)->fd); }

static struct object *name_by(struct object *o,
                              int (*ask)(int, struct sockaddr *restrict, socklen_t *restrict)) {
  union socket_address address;
  socklen_t n = sizeof address;
  if (ask(socket_of(o)->fd, &address.any, &n) < 0)
    return error_errno(errno, NULL, NULL);
  return address_to_object(&address, n);
}
static struct object *getpeername_(struct object *o) { return name_by(o, getpeername); }
static struct object *getsockname_(struct object *o) { return name_by(o, getsockname); }

static struct object *listen_(struct object *o, struct object *const *args, size_t n) {
  int backlog = SOMAXCONN < 128 ? SOMAXCONN : 128;
  if (args_check_count("listen", n, 0, 1) < 0 || (n && argument_int(args[0], &backlog) < 0))
    return NULL;
  return done(BLOCKING(listen(socket_of(o)->fd, backlog < 0 ? 0 : backlog)));
}
static struct object *shutdown_(struct object *o, struct object *how) {
  int value;
  return argument_int(how, &value) < 0 ? NULL : done(BLOCKING(shutdown(socket_of(o)->fd, value)));
}

static struct object *getsockopt_(struct object *o, struct object *const *args, size_t n) {
  int level, option, room = 0;
  if (args_check_count("getsockopt", n, 2, 3) < 0 || argument_int(args[0], &level) < 0 ||
      argument_int(args[1], &option) < 0 || (n > 2 && argument_int(args[2], &room) < 0))
    return NULL;
  if (room == 0) {
    int value = 0;
    socklen_t size = sizeof value;
    return getsockopt(socket_of(o)->fd, level, option, &value, &size) < 0
               ? error_errno(errno, NULL, NULL)
               : int_from_i64(value);
  }
  if (room < 0 || room > 1024)
    return error_format(ERROR_OS, "getsockopt buflen out of range");
  char buffer[1024];
  socklen_t size = (socklen_t)room;
  return getsockopt(socket_of(o)->fd, level, option, buffer, &size) < 0
             ? error_errno(errno, NULL, NULL)
             : bytes_from(buffer, size);
}
static struct object *setsockopt_(struct object *o, struct object *const *args, size_t n) {
  int level, option, value;
  if (args_check_count("setsockopt", n, 3, 4) < 0 || argument_int(args[0], &level) < 0 ||
      argument_int(args[1], &option) < 0)
    return NULL;
  int fd = socket_of(o)->fd;
  if (n == 4) {
    int size;
    if (args[2] != NONE)
      return error_format(ERROR_TYPE, "setsockopt() argument 3 must be None, not %N", args[2]);
    return argument_int(args[3], &size) < 0
               ? NULL
               : done(setsockopt(fd, level, option, NULL, (socklen_t)size));
  }
  if (is_any_int(args[2]))
    return argument_int(args[2], &value) < 0
               ? NULL
               : done(setsockopt(fd, level, option, &value, sizeof value));
  struct buffer_view view;
  if (buffer_get(args[2], &view, BUFFER_SIMPLE) < 0)
    return NULL;
  int status = setsockopt(fd, level, option, view.data, (socklen_t)view.bytes), why = errno;
  buffer_release(&view);
  errno = why;
  return done(status);
}

static struct object *setblocking(struct object *o, struct object *flag) {
  int truth = object_truth(flag);
  if (truth < 0)
    return NULL;
  socket_of(o)->timeout_ns = truth ? -1 : 0;
  return set_nonblocking(socket_of(o)->fd, !truth) < 0 ? NULL : hold(NONE);
}
static struct object *getblocking(struct object *o) {
  return hold(bool_from(socket_of(o)->timeout_ns != 0));
}
static struct object *settimeout(struct object *o, struct object *value) {
  int64_t ns;
  if (read_timeout(value, &ns) < 0)
    return NULL;
  socket_of(o)->timeout_ns = ns;
  return set_nonblocking(socket_of(o)->fd, ns >= 0) < 0 ? NULL : hold(NONE);
}
static struct object *timeout_object(int64_t ns) {
  return ns < 0 ? hold(NONE) : timestamp_float(ns);
}
static struct object *gettimeout(struct object *o) {
  return timeout_object(socket_of(o)->timeout_ns);
}

/* ---- Sending ---- */

/* (bytes[, flags]): the view is open. */
static int read_payload(const char *name, struct object *const *args, size_t n,
                        struct buffer_view *view, int *flags) {
  *flags = 0;
  if (args_check_count(name, n, 1, 2) < 0 || (n > 1 && argument_int(args[1], flags) < 0))
    return -1;
  return buffer_get(args[0], view, BUFFER_SIMPLE);
}
static struct object *send_(struct object *o, struct object *const *args, size_t n) {
  struct socket *s = socket_of(o);
  int flags;
  struct buffer_view view;
  if (read_payload("send", args, n, &view, &flags) < 0)
    return NULL;
  ssize_t sent = SOCKET_CALL(s, POLLOUT, send(s->fd, view.data, (size_t)view.bytes, flags));
  buffer_release(&view);
  return sent < 0 ? NULL : int_from_i64(sent);
}
static struct object *sendall(struct object *o, struct object *const *args, size_t n) {
  struct socket *s = socket_of(o);
  int flags;
  struct buffer_view view;
  if (read_payload("sendall", args, n, &view, &flags) < 0)
    return NULL;
  const char *at = view.data;
  size_t left = (size_t)view.bytes;
  int64_t deadline = socket_deadline_of(s); /* of all of it */
  int status;
  do { /* no bytes are a message, too */
    ssize_t sent = SOCKET_CALL_UNTIL(deadline, s, POLLOUT, send(s->fd, at, left, flags));
    status = sent < 0 ? -1 : vm_handle_signals();
    at += sent > 0 ? sent : 0;
    left -= sent > 0 ? (size_t)sent : 0;
  } while (left && status == 0);
  buffer_release(&view);
  return status < 0 ? NULL : hold(NONE);
}
static struct object *sendto_(struct object *o, struct object *const *args, size_t n) {
  struct socket *s = socket_of(o);
  int flags = 0;
  union socket_address to;
  socklen_t length;
  struct buffer_view view;
  if (n < 2 || n > 3)
    return error_format(ERROR_TYPE, "sendto() takes 2 or 3 arguments (%zu given)", n);
  if (buffer_get(args[0], &view, BUFFER_SIMPLE) < 0)
    return NULL;
  ssize_t sent = -1;
  if ((n == 2 || argument_int(args[1], &flags) == 0) &&
      address_read(args[n - 1], s->family, "sendto", &to, &length) == 0 &&
      !AUDIT_FAILS("socket.sendto", tuple_pack(2, o, args[n - 1])))
    sent = SOCKET_CALL(s, POLLOUT,
                       sendto(s->fd, view.data, (size_t)view.bytes, flags, &to.any, length));
  buffer_release(&view);
  return sent < 0 ? NULL : int_from_i64(sent);
}

/* ---- Receiving ---- */

/* recv and recvfrom: with an address where `from` is not NULL. */
static struct object *receive(struct socket *s, const char *function, struct object *const *args,
                              size_t n, union socket_address *from, socklen_t *length) {
  int64_t most;
  int flags = 0;
  if (args_check_count(function, n, 1, 2) < 0 || argument_size(args[0], &most) < 0 ||
      (n > 1 && argument_int(args[1], &flags) < 0))
    return NULL;
  if (most < 0)
    return error_format(ERROR_VALUE, "negative buffersize in %s", function);
  struct object *bytes = bytes_new_open((size_t)most);
  if (!bytes)
    return NULL;
  void *data = (void *)(uintptr_t)bytes_data(bytes);
  ssize_t got = SOCKET_CALL(
      s, POLLIN, recvfrom(s->fd, data, (size_t)most, flags, from ? &from->any : NULL, length));
  if (got >= 0)
    return bytes_cut_taking(bytes, (size_t)got);
  drop(bytes);
  return NULL;
}
static struct object *recv_(struct object *o, struct object *const *args, size_t n) {
  return receive(socket_of(o), "recv", args, n, NULL, NULL);
}
static struct object *pair_taking(struct object *first, const union socket_address *from,
                                  socklen_t length) {
  struct object *address = first ? address_to_object(from, length) : NULL;
  struct object *pair = address ? tuple_pack(2, first, address) : NULL;
  drop_null(address);
  drop_null(first);
  return pair;
}
static struct object *recvfrom_(struct object *o, struct object *const *args, size_t n) {
  union socket_address from;
  socklen_t length = sizeof from;
  struct object *bytes = receive(socket_of(o), "recvfrom", args, n, &from, &length);
  return pair_taking(bytes, &from, length);
}

static ssize_t receive_into(struct object *o, const char *function, struct object *const *args,
                            size_t n, struct object *kwnames, union socket_address *from,
                            socklen_t *length) {
  static const char *const names[] = {"buffer", "nbytes", "flags"};
  const struct args_spec spec = {function, names, 3, 0, 3, 1};
  struct object *v[3];
  int64_t most = 0;
  int flags = 0;
  struct socket *s = socket_of(o);
  struct buffer_view view;
  if (args_parse(&spec, args, n, kwnames, v) < 0 || (v[1] && argument_size(v[1], &most) < 0) ||
      (v[2] && argument_int(v[2], &flags) < 0))
    return -1;
  if (buffer_get(v[0], &view, BUFFER_WRITABLE) < 0) {
    error_format(ERROR_TYPE, "%s() argument 1 must be read-write bytes-like object, not %N",
                 function, v[0]);
    return -1;
  }
  ssize_t got = -1;
  if (most < 0)
    error_format(ERROR_VALUE, "negative buffersize in %s", function);
  else if (most > view.bytes)
    error_set(ERROR_VALUE, from ? "nbytes is greater than the length of the buffer"
                                : "buffer too small for requested bytes");
  else
    got = SOCKET_CALL(s, POLLIN,
                      recvfrom(s->fd, view.data, (size_t)(most ? most : view.bytes), flags,
                               from ? &from->any : NULL, length));
  buffer_release(&view);
  return got;
}
static struct object *recv_into(struct object *o, struct object *const *args, size_t n,
                                struct object *kwnames) {
  ssize_t got = receive_into(o, "recv_into", args, n, kwnames, NULL, NULL);
  return got < 0 ? NULL : int_from_i64(got);
}
static struct object *recvfrom_into(struct object *o, struct object *const *args, size_t n,
                                    struct object *kwnames) {
  union socket_address from;
  socklen_t length = sizeof from;
  ssize_t got = receive_into(o, "recvfrom_into", args, n, kwnames, &from, &length);
  return got < 0 ? NULL : pair_taking(int_from_i64(got), &from, length);
}

#define D(name, rest, text) name "(" rest ")\n\n" text
static const struct method_def methods[] = {
    METHOD_NOARGS_("_accept", accept_, D("_accept", "", "Wait for a connection: (fd, address).")),
    METHOD_ONE_("bind", bind_, D("bind", "address", "Bind the socket to a local address.")),
    METHOD_NOARGS_("close", close_, D("close", "", "Close the socket.")),
    METHOD_ONE_("connect", connect_, D("connect", "address", "Connect to a remote address.")),
    METHOD_ONE_("connect_ex", connect_ex,
                D("connect_ex", "address", "Like connect, but returns an error code.")),
    METHOD_NOARGS_("detach", detach, D("detach", "", "Close without closing the descriptor.")),
    METHOD_NOARGS_("fileno", fileno_, D("fileno", "", "The descriptor.")),
    METHOD_NOARGS_("getpeername", getpeername_, D("getpeername", "", "The remote address.")),
    METHOD_NOARGS_("getsockname", getsockname_, D("getsockname", "", "The own address.")),
    METHOD_FAST_("getsockopt", getsockopt_,
                 D("getsockopt", "level, option[, buffersize]", "A socket option.")),
    METHOD_FAST_("setsockopt", setsockopt_,
                 D("setsockopt", "level, option, value", "Set a socket option.")),
    METHOD_FAST_("listen", listen_, D("listen", "[backlog]", "Accept connections.")),
    METHOD_FAST_("recv", recv_, D("recv", "buffersize[, flags]", "Receive bytes.")),
    METHOD_KEYWORDS_("recv_into", recv_into,
                     D("recv_into", "buffer, [nbytes[, flags]]", "Receive into a buffer.")),
    METHOD_FAST_("recvfrom", recvfrom_,
                 D("recvfrom", "buffersize[, flags]", "Receive bytes and their sender.")),
    METHOD_FAST_("recvmsg", socket_recvmsg,
                 D("recvmsg", "bufsize[, ancbufsize[, flags]]",
                   "Receive a message: bytes, ancillary data, flags, and its sender.")),
    METHOD_FAST_("recvmsg_into", socket_recvmsg_into,
                 D("recvmsg_into", "buffers[, ancbufsize[, flags]]",
                   "Receive a message into several buffers.")),
    METHOD_KEYWORDS_(
        "recvfrom_into", recvfrom_into,
        D("recvfrom_into", "buffer[, nbytes[, flags]]", "Receive into a buffer, and the sender.")),
    METHOD_FAST_("send", send_, D("send", "data[, flags]", "Send bytes: how many were sent.")),
    METHOD_FAST_("sendall", sendall, D("sendall", "data[, flags]", "Send all bytes.")),
    METHOD_FAST_("sendto", sendto_, D("sendto", "data[, flags], address", "Send to an address.")),
    METHOD_FAST_("sendmsg", socket_sendmsg,
                 D("sendmsg", "buffers[, ancdata[, flags[, address]]]",
                   "Send the bytes of several buffers, and ancillary data, as one message.")),
    METHOD_ONE_("setblocking", setblocking, D("setblocking", "flag", "Whether calls wait.")),
    METHOD_NOARGS_("getblocking", getblocking, D("getblocking", "", "Whether calls wait.")),
    METHOD_ONE_("settimeout", settimeout, D("settimeout", "timeout", "Seconds, or None.")),
    METHOD_NOARGS_("gettimeout", gettimeout, D("gettimeout", "", "Seconds, or None.")),
    METHOD_ONE_("shutdown", shutdown_, D("shutdown", "flag", "Shut down one or both halves.")),
    {NULL}};

static struct object *get_timeout(struct object *o, void *closure) { return gettimeout(o); }
static const struct member_def members[] = {
    {"family", MEMBER_INT32, MEMBER_READONLY, offsetof(struct socket, family), "the socket family"},
    {"type", MEMBER_INT32, MEMBER_READONLY, offsetof(struct socket, kind), "the socket type"},
    {"proto", MEMBER_INT32, MEMBER_READONLY, offsetof(struct socket, protocol),
     "the socket protocol"},
    {NULL}};
static const struct getset_def getsets[] = {
    {"timeout", get_timeout, NULL, "the socket timeout", NULL}, {NULL}};

static struct type socket_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_LEAF, .flags = GC_FINALIZES, .basic_bytes = sizeof(struct socket)},
    .name = "_socket.socket",
    .flags = TYPE_BASE,
    .base = &object_type,
    .new_ = new_slot,
    .init = init,
    .finalize = finalize,
    .repr = repr,
    .methods = methods,
    .members = members,
    .getsets = getsets,
    .doc = "socket(family=AF_INET, type=SOCK_STREAM, proto=0) -> socket "
           "object\nsocket(family=-1, type=-1, proto=-1, fileno=None) -> "
           "socket object\n\nOpen a socket of the given type."};

/* ---- Functions of the module that make or close sockets ---- */

static struct object *close_fd(struct object *self, struct object *o) {
  int fd;
  if (argument_int(o, &fd) < 0)
    return NULL;
  return BLOCKING(close(fd)) < 0 && errno != ECONNRESET ? error_errno(errno, NULL, NULL)
                                                        : hold(NONE);
}
static struct object *dup_(struct object *self, struct object *o) {
  int fd;
  if (argument_int(o, &fd) < 0)
    return NULL;
  int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
  return copy < 0 ? error_errno(errno, NULL, NULL) : int_from_i64(copy);
}
static struct object *open_fd(int fd) {
  struct object *number = int_from_i64(fd), *kwnames = NULL, *name = str_intern("fileno");
  struct object *result = NULL;
  if (number && name && (kwnames = tuple_pack(1, name))) {
    struct object *args[] = {NULL, number};
    result = call_object(&socket_type.head, args + 1, 0, kwnames);
  }
  drop_null(kwnames);
  drop_null(number);
  if (!result)
    close(fd);
  return result;
}
static struct object *socketpair_(struct object *self, struct object *const *args, size_t n) {
  int v[3] = {AF_UNIX, SOCK_STREAM, 0}, fds[2];
  if (args_check_count("socketpair", n, 0, 3) < 0)
    return NULL;
  for (size_t i = 0; i < n; i++)
    if (argument_int(args[i], &v[i]) < 0)
      return NULL;
  if (BLOCKING(socketpair(v[0], v[1] | SOCK_CLOEXEC, v[2], fds)) < 0)
    return error_errno(errno, NULL, NULL);
  struct object *first = open_fd(fds[0]), *second = first ? open_fd(fds[1]) : NULL;
  if (!first)
    close(fds[1]);
  struct object *pair = second ? tuple_pack(2, first, second) : NULL;
  drop_null(second);
  drop_null(first);
  return pair;
}
static struct object *getdefaulttimeout(struct object *self) {
  return timeout_object(default_timeout_ns);
}
static struct object *setdefaulttimeout(struct object *self, struct object *o) {
  return read_timeout(o, &default_timeout_ns) < 0 ? NULL : hold(NONE);
}

static const struct method_def functions[] = {
    METHOD_ONE_("close", close_fd, D("close", "integer", "Close a socket's descriptor.")),
    METHOD_ONE_("dup", dup_, D("dup", "integer", "Duplicate a socket's descriptor.")),
    METHOD_FAST_("socketpair", socketpair_,
                 D("socketpair", "[family[, type[, proto]]]", "A pair of connected sockets.")),
    METHOD_NOARGS_("getdefaulttimeout", getdefaulttimeout,
                   D("getdefaulttimeout", "", "The timeout of new sockets.")),
    METHOD_ONE_("setdefaulttimeout", setdefaulttimeout,
                D("setdefaulttimeout", "timeout", "Set the timeout of new sockets.")),
    {NULL}};

static int add_error(struct object *module, struct object **slot, const char *name,
                     const char *full) {
  if (module_root(slot) < 0)
    return -1;
  if (!*slot && !(*slot = module_new_exception(full, &exception_type(ERROR_OS)->head)))
    return -1;
  return module_add(module, name, *slot);
}

int module_socket_fill(struct object *module) {
  if (module_add_type(module, &socket_type) < 0 ||
      module_add(module, "SocketType", &socket_type.head) < 0 ||
      module_add(module, "error", &exception_type(ERROR_OS)->head) < 0 ||
      module_add(module, "timeout", &exception_type(ERROR_TIMEOUT)->head) < 0 ||
      add_error(module, &socket_gaierror, "gaierror", "socket.gaierror") < 0 ||
      add_error(module, &socket_herror, "herror", "socket.herror") < 0 ||
      module_add_functions(module, functions) < 0 ||
      module_add_functions(module, socket_resolve_functions) < 0 ||
      module_add_functions(module, socket_host_functions) < 0 ||
      module_add_functions(module, socket_message_functions) < 0 ||
      module_add(module, "has_ipv6", TRUE_) < 0)
    return -1;
  return socket_add_constants(module);
}
