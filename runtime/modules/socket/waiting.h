/* A socket, and calls of the system with one: made without the GIL, and not before it is ready
 * where it has a timeout. */
#pragma once
#include "runtime/modules/blocking.h"
#include "runtime/modules/socket/socket.h"
#include "runtime/modules/timestamp.h"
#include "runtime/object/exception.h"
#include <poll.h>

struct socket {
  struct object head;
  int fd; /* -1: closed */
  int family, kind, protocol;
  int64_t timeout_ns; /* -1: blocking; 0: non-blocking */
};
static inline struct socket *socket_of(struct object *o) { return (struct socket *)o; }

static inline int64_t socket_deadline_of(const struct socket *s) {
  return s->timeout_ns > 0 ? timestamp_deadline(s->timeout_ns) : 0;
}

/* 0: ready, or closed (the call then says so); -1 with the error: TimeoutError, or what a signal's
 * handler raised. */
int socket_wait(struct socket *s, short events, int64_t deadline);

/* SOCKET_CALL: the value of a system call, made again while it is interrupted, or would have to
 * wait although the socket may (a timeout is set); -1 with the error. */
#define SOCKET_CALL(s, events, call) SOCKET_CALL_UNTIL(socket_deadline_of(s), s, events, call)
#define SOCKET_CALL_UNTIL(deadline, s, events, call)                                               \
  __extension__({                                                                                  \
    int64_t deadline_ = deadline;                                                                  \
    ssize_t value_;                                                                                \
    for (;;) {                                                                                     \
      if ((s)->timeout_ns > 0 && socket_wait(s, events, deadline_) < 0) {                          \
        value_ = -1;                                                                               \
        break;                                                                                     \
      }                                                                                            \
      value_ = BLOCKING(call);                                                                     \
      if (value_ >= 0)                                                                             \
        break;                                                                                     \
      if (errno == EINTR) {                                                                        \
        if (vm_handle_signals() == 0)                                                              \
          continue;                                                                                \
      } else if ((errno == EAGAIN || errno == EWOULDBLOCK) && (s)->timeout_ns > 0)                 \
        continue;                                                                                  \
      else                                                                                         \
        error_errno(errno, NULL, NULL);                                                            \
      break;                                                                                       \
    }                                                                                              \
    value_;                                                                                        \
  })
