/* The module select: select() itself, and the objects poll and epoll. */
#pragma once
#include "runtime/modules/argument.h"
#include "runtime/modules/blocking.h"
#include "runtime/modules/module.h"
#include "runtime/object/exception.h"

int select_fill_poll(struct object *module);
int select_fill_epoll(struct object *module);

/* (fd, events). */
struct object *select_pair(int fd, int64_t events);
