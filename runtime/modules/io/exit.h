/* What waits in buffers when the program ends. Finalisers write it where they run in time; whoever
 * is still alive then is flushed by io_flush_all. */
#pragma once
#include "runtime/object/object.h"

struct exit_node {
  struct exit_node *next, **previous; /* previous NULL: not linked */
  struct object *stream;              /* the node is part of it */
};
void exit_watch(struct exit_node *node, struct object *stream);
void exit_forget(struct exit_node *node);
