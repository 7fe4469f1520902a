/* BufferedRWPair: a reader and a writer over two raw streams that can't seek, as one. */
#include "runtime/modules/io/io.h"
#include "runtime/object/attribute.h"
#include <stddef.h>

struct pair {
  struct io_base base;
  struct object *reader, *writer; /* NULL: not initialised */
};
static struct pair *pair_of(struct object *o) { return (struct pair *)o; }

static struct object *new_slot(struct type *t, struct object *const *args, size_t n,
                               struct object *kwnames) {
  return type_generic_alloc(t);
}
static struct object *wrap(struct type *t, struct object *raw, struct object *size) {
  struct object *const args[] = {raw, size};
  return call_object(&t->head, args, size ? 2 : 1, NULL);
}
static int init(struct object *o, struct object *const *args, size_t n, struct object *kwnames) {
  if ((type_of(o) == &io_pair_type && args_check_no_keywords("BufferedRWPair", kwnames) < 0) ||
      args_check_count("BufferedRWPair", n, 2, 3) < 0 ||
      io_check_able(args[0], IO_NAME_readable) < 0 || io_check_able(args[1], IO_NAME_writable) < 0)
    return -1;
  struct object *size = n > 2 ? args[2] : NULL;
  struct object *reader = wrap(&io_reader_type, args[0], size);
  struct object *writer = reader ? wrap(&io_writer_type, args[1], size) : NULL;
  if (!writer) {
    drop_null(reader);
    return -1;
  }
  io_disown(pair_of(o)->reader);
  io_disown(pair_of(o)->writer);
  io_own(reader);
  io_own(writer);
  store(o, &pair_of(o)->reader, reader);
  store(o, &pair_of(o)->writer, writer);
  return 0;
}

static struct object *forward(struct object *to, enum io_name name, struct object *const *args,
                              size_t n) {
  if (!to)
    return error_format(ERROR_VALUE, "I/O operation on uninitialized object");
  struct object *method = attribute_get(to, io_names[name]);
  struct object *result = method ? call_object(method, args, n, NULL) : NULL;
  drop_null(method);
  return result;
}
#define FORWARD(side, name)                                                                        \
  static struct object *name##_method(struct object *o, struct object *const *args, size_t n) {    \
    return forward(pair_of(o)->side, IO_NAME_##name, args, n);                                     \
  }
FORWARD(reader, read)
FORWARD(reader, peek)
FORWARD(reader, read1)
FORWARD(reader, readinto)
FORWARD(reader, readinto1)
FORWARD(reader, readable)
FORWARD(writer, write)
FORWARD(writer, flush)
FORWARD(writer, writable)

/* Both are closed, whatever the first one says. */
static struct object *close_method(struct object *o) {
  struct object *first = forward(pair_of(o)->writer, IO_NAME_close, NULL, 0);
  struct object *error = first ? NULL : error_fetch();
  drop_null(first);
  struct object *second = forward(pair_of(o)->reader, IO_NAME_close, NULL, 0);
  if (!error)
    return second;
  io_chain_taking(error);
  drop_null(second);
  return NULL;
}
static struct object *isatty_method(struct object *o) {
  struct object *result = forward(pair_of(o)->writer, IO_NAME_isatty, NULL, 0);
  if (!result || result == TRUE_)
    return result;
  drop(result);
  return forward(pair_of(o)->reader, IO_NAME_isatty, NULL, 0);
}
static struct object *get_closed(struct object *o, void *closure) {
  if (!pair_of(o)->writer)
    return error_format(ERROR_RUNTIME, "the BufferedRWPair object is being garbage-collected");
  return attribute_get(pair_of(o)->writer, IO_NAME(closed));
}

static const struct method_def methods[] = {METHOD_FAST_("read", read_method, NULL),
                                            METHOD_FAST_("peek", peek_method, NULL),
                                            METHOD_FAST_("read1", read1_method, NULL),
                                            METHOD_FAST_("readinto", readinto_method, NULL),
                                            METHOD_FAST_("readinto1", readinto1_method, NULL),
                                            METHOD_FAST_("write", write_method, NULL),
                                            METHOD_FAST_("flush", flush_method, NULL),
                                            METHOD_FAST_("readable", readable_method, NULL),
                                            METHOD_FAST_("writable", writable_method, NULL),
                                            METHOD_NOARGS_("close", close_method, NULL),
                                            METHOD_NOARGS_("isatty", isatty_method, NULL),
                                            {NULL}};
static const struct getset_def getsets[] = {{"closed", get_closed, NULL, NULL, NULL}, {NULL}};
struct type io_pair_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = IO_SHAPE(struct pair, 2, GC_FINALIZES),
    .name = "_io.BufferedRWPair",
    .flags = TYPE_BASE,
    .dict_offset = offsetof(struct io_base, dict),
    .new_ = new_slot,
    .init = init,
    .methods = methods,
    .getsets = getsets,
    .doc = "BufferedRWPair(reader, writer, buffer_size=DEFAULT_BUFFER_SIZE, /)\n--\n\nA buffered "
           "reader and a writer together, over two raw streams.",
    .base = &io_buffered_base_type};
