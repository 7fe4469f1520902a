/* Who may have something to write when the program ends. */
#include "runtime/modules/io/exit.h"
#include "runtime/modules/io/buffered.h"
#include "runtime/modules/io/text.h"
#include "runtime/modules/io_exit.h"

static struct exit_node *first;

void exit_watch(struct exit_node *node, struct object *stream) {
  node->stream = stream;
  node->next = first;
  node->previous = &first;
  if (first)
    first->previous = &node->next;
  first = node;
}
void exit_forget(struct exit_node *node) {
  if (!node->previous)
    return;
  *node->previous = node->next;
  if (node->next)
    node->next->previous = node->previous;
  node->previous = NULL;
}

static void flush(struct object *o, bool is_text) {
  if (is_text) {
    struct text *t = text_of(o);
    if (t->is_ready && t->pending_n && text_write_pending(o) < 0)
      error_clear();
  } else {
    struct buffered *b = buffered_of(o);
    if (b->is_ready && b->buffer && b->is_writable && b->write_end != -1 && buffered_flush(o) < 0)
      error_clear();
  }
}

/* A thread stopped for good inside of it: nobody lets it go any more. */
static bool is_stuck(struct object *buffer) {
  return buffer &&
         (object_is_instance(buffer, &io_writer_type) ||
          object_is_instance(buffer, &io_random_type)) &&
         buffered_of(buffer)->owner;
}

/* Text first, for it ends in the buffers. Flushing may run code that opens or drops streams: each
 * round takes one that it has not seen, and begins anew. */
void io_flush_all(void) {
  for (int is_text = 1; is_text >= 0; is_text--)
    for (struct exit_node *node = first; node;) {
      struct object *o = node->stream;
      bool matches = object_is_instance(o, &io_text_type) == (bool)is_text;
      bool waits =
          matches && (is_text ? text_of(o)->pending_n > 0
                              : buffered_of(o)->is_writable && buffered_of(o)->write_end != -1);
      waits = waits && !is_stuck(is_text ? text_of(o)->buffer : o);
      if (!waits) {
        node = node->next;
        continue;
      }
      hold(o);
      flush(o, is_text);
      if (is_text)
        text_of(o)->pending_n = 0; /* has had its chance */
      else
        buffered_of(o)->write_end = -1;
      drop(o);
      node = first;
    }
}
