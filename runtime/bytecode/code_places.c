/* Places in the source of a code object, as Python asks for them: line by line, instruction by
 * instruction, and as pairs of deltas. */
#include "runtime/bytecode/code_places.h"
#include "runtime/bytecode/code.h"
#include "runtime/bytecode/locations.h"
#include "runtime/object/bytes.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/tuple.h"
#include <stddef.h>

struct place_iterator {
  struct object head;
  struct object *code;
  struct location_reader reader;
  struct location where; /* of the entry last read */
  uint32_t unit;         /* positions: the next one to tell */
};

static struct location_reader reader_of(const struct code *c) {
  return location_read(bytes_data(c->linetable), bytes_length(c->linetable), c->firstlineno);
}

static struct object *iterator_new(struct type *t, struct object *code) {
  struct place_iterator *i = (struct place_iterator *)gc_new(t, sizeof *i);
  if (!i)
    return error_no_memory();
  i->code = hold(code);
  i->reader = reader_of((struct code *)code);
  i->unit = 0;
  return &i->head;
}
struct object *code_lines(struct object *code) {
  return iterator_new(&line_iterator_type, code);
}
struct object *code_positions(struct object *code) {
  return iterator_new(&positions_iterator_type, code);
}
static struct object *same(struct object *o) { return hold(o); }

/* A number, or None where it is not known. */
static struct object *known(int32_t value) { return value < 0 ? hold(NONE) : int_from_i64(value); }

/* The tuple of n numbers, each given back when one can't be made. */
static struct object *numbers(size_t n, const int32_t *values) {
  struct object *tuple = tuple_new(n);
  for (size_t i = 0; tuple && i < n; i++) {
    struct object *number = known(values[i]);
    if (!number) {
      drop(tuple);
      return NULL;
    }
    tuple_init_taking(tuple, i, number);
  }
  return tuple;
}

/* Neighbours on one line are told together. */
static struct object *next_line(struct object *o) {
  struct place_iterator *i = (struct place_iterator *)o;
  struct location where;
  if (!location_next(&i->reader, &where))
    return NULL;
  int32_t line = where.line;
  uint32_t start = i->reader.start;
  for (struct location_reader ahead = i->reader;
       location_next(&ahead, &where) && where.line == line;)
    i->reader = ahead;
  const int32_t values[] = {(int32_t)(2 * start), (int32_t)(2 * i->reader.stop), line};
  return numbers(3, values);
}

static struct object *next_position(struct object *o) {
  struct place_iterator *i = (struct place_iterator *)o;
  while (i->unit >= i->reader.stop)
    if (!location_next(&i->reader, &i->where))
      return NULL;
  i->unit++;
  const int32_t values[] = {i->where.line, i->where.end_line, i->where.column, i->where.end_column};
  return numbers(4, values);
}

#define PLACE_ITERATOR(variable, name_, next_)                                                     \
  struct type variable = {.head = OBJECT_STATIC(type_type),                                        \
                          .shape = {.layout = GC_FIXED,                                            \
                                    .flags = GC_PLAIN,                                             \
                                    .refs_offset = offsetof(struct place_iterator, code),          \
                                    .refs_n = 1,                                                   \
                                    .basic_bytes = sizeof(struct place_iterator)},                 \
                          .name = name_,                                                           \
                          .iter = same,                                                            \
                          .next = next_,                                                           \
                          .flags = TYPE_NO_INSTANCE,                                               \
                          .base = &object_type}
PLACE_ITERATOR(line_iterator_type, "line_iterator", next_line);
PLACE_ITERATOR(positions_iterator_type, "positions_iterator", next_position);

/* ---- co_lnotab ---- */

struct pairs {
  unsigned char *bytes;
  size_t n, room;
};

static int add_pair(struct pairs *p, int32_t code, int32_t line) {
  if (p->n + 2 > p->room) {
    size_t room = p->room ? 2 * p->room : 64;
    unsigned char *more = gc_buffer_resize_own(p->bytes, p->room, room);
    if (!more)
      return error_no_memory(), -1;
    p->bytes = more;
    p->room = room;
  }
  p->bytes[p->n++] = (unsigned char)code;
  p->bytes[p->n++] = (unsigned char)line;
  return 0;
}

static int add_delta(struct pairs *p, int32_t code, int32_t line) {
  int done = 0;
  for (; done == 0 && code > 255; code -= 255)
    done = add_pair(p, 255, 0);
  for (; done == 0 && line > 127; line -= 127, code = 0)
    done = add_pair(p, code, 127);
  for (; done == 0 && line < -128; line += 128, code = 0)
    done = add_pair(p, code, -128);
  return done == 0 ? add_pair(p, code, line) : -1;
}

struct object *code_lnotab(struct object *o) {
  const struct code *c = (struct code *)o;
  struct location_reader reader = reader_of(c);
  struct location where;
  struct pairs p = {0};
  int32_t line = c->firstlineno, code = 0;
  int done = 0;
  while (done == 0 && location_next(&reader, &where)) {
    if (reader.line == line) /* that of the last entry which had one */
      continue;
    done = add_delta(&p, (int32_t)(2 * reader.start) - code, reader.line - line);
    code = (int32_t)(2 * reader.start);
    line = reader.line;
  }
  struct object *result = done == 0 ? bytes_from(p.bytes, p.n) : NULL;
  if (p.bytes)
    gc_buffer_free(p.bytes, p.room);
  return result;
}
