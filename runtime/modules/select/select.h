/* The module select: select() itself, and the objects poll and epoll. */
#pragma once
#include "runtime/modules/argument.h"
#include "runtime/modules/blocking.h"
#include "runtime/modules/module.h"
#include "runtime/object/exception.h"

int select_fill_poll(struct object *module);
int select_fill_epoll(struct object *module);

/* A point in time by the monotonic clock, in nanoseconds; and what is left until then, 0 when it
 * has passed. */
int64_t select_now(void);
static inline int64_t select_left(int64_t deadline) {
  int64_t left = deadline - select_now();
  return left > 0 ? left : 0;
}
/* (fd, events). */
struct object *select_pair(int fd, int64_t events);
