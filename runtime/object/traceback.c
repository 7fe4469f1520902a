/* Tracebacks: where an exception has passed, outermost level first. */
#include "runtime/object/attribute.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/str.h"
#include <stddef.h>

struct type *traceback_frame_type;
static struct traceback *traceback_of(struct object *o) { return (struct traceback *)o; }

struct object *traceback_new(struct object *next, struct object *frame, int32_t last_instruction,
                             int32_t line) {
  struct traceback *t = (struct traceback *)gc_new_container(&traceback_type, sizeof *t);
  if (!t)
    return error_no_memory();
  t->next = next ? hold(next) : NULL;
  t->frame = frame ? hold(frame) : NULL;
  t->last_instruction = last_instruction;
  t->line = line;
  gc_track(&t->head);
  return &t->head;
}

int traceback_add(struct object *frame, int32_t last_instruction, int32_t line) {
  struct object *raised = error_pending_borrowed();
  struct object *t =
      traceback_new(exception_traceback_borrowed(raised), frame, last_instruction, line);
  if (UNLIKELY(!t)) /* the new MemoryError has taken its place */
    return -1;
  exception_set_traceback(raised, t);
  drop(t);
  return 0;
}

int32_t (*traceback_find_line)(struct object *frame, int32_t last_instruction);

int32_t traceback_line(const struct traceback *t) {
  if (t->line == TRACEBACK_UNRESOLVED)
    ((struct traceback *)(uintptr_t)t)->line =
        t->frame && traceback_find_line ? traceback_find_line(t->frame, t->last_instruction) : -1;
  return t->line;
}

static struct object *get_line(struct object *o, void *closure) {
  int32_t line = traceback_line(traceback_of(o));
  return line < 0 ? hold(NONE) : int_from_i64(line);
}
static struct object *get_next(struct object *o, void *closure) {
  return hold(traceback_of(o)->next ? traceback_of(o)->next : NONE);
}
static int set_next(struct object *o, struct object *value, void *closure) {
  if (!value) {
    error_format(ERROR_TYPE, "can't delete tb_next attribute");
    return -1;
  }
  if (value != NONE && type_of(value) != &traceback_type) {
    error_format(ERROR_TYPE, "expected traceback object, got '%N'", value);
    return -1;
  }
  for (struct object *each = value == NONE ? NULL : value; each; each = traceback_of(each)->next)
    if (each == o) {
      error_format(ERROR_VALUE, "traceback loop detected");
      return -1;
    }
  store(o, &traceback_of(o)->next, value == NONE ? NULL : hold(value));
  return 0;
}
static struct object *new_slot(struct type *t, struct object *const *args, size_t n,
                               struct object *kwnames) {
  static const char *const names[] = {"tb_next", "tb_frame", "tb_lasti", "tb_lineno"};
  static const struct args_spec spec = {"TracebackType", names, 4, 0, 4, 4};
  struct object *v[4];
  int64_t lasti, line;
  if (args_parse(&spec, args, n, kwnames, v) < 0)
    return NULL;
  if (v[0] != NONE && type_of(v[0]) != &traceback_type)
    return error_format(ERROR_TYPE, "expected traceback object or None, got '%N'", v[0]);
  if (traceback_frame_type && type_of(v[1]) != traceback_frame_type)
    return args_wrong_type("TracebackType", "argument 'tb_frame'", "frame", v[1]);
  if (!is_any_int(v[2]) || !is_any_int(v[3]) || !int_to_i64(v[2], &lasti) ||
      !int_to_i64(v[3], &line))
    return error_format(ERROR_TYPE, "tb_lasti and tb_lineno must be integers");
  return traceback_new(v[0] == NONE ? NULL : v[0], v[1], (int32_t)lasti, (int32_t)line);
}
static struct object *dir(struct object *o) {
  static const char *const names[] = {"tb_frame", "tb_next", "tb_lasti", "tb_lineno"};
  struct object *list = list_new(4);
  for (size_t i = 0; list && i < ARRAY_SIZE(names); i++) {
    struct object *name = str_intern(names[i]);
    if (!name || list_append_taking(list, name) < 0) {
      drop(list);
      return NULL;
    }
  }
  return list;
}
static const struct method_def methods[] = {METHOD_NOARGS_("__dir__", dir, NULL), {NULL}};
static const struct getset_def getsets[] = {
    {"tb_next", get_next, set_next}, {"tb_lineno", get_line}, {NULL}};
static const struct member_def members[] = {
    {"tb_frame", MEMBER_OBJECT, MEMBER_READONLY, offsetof(struct traceback, frame), NULL},
    {"tb_lasti", MEMBER_INT32, MEMBER_READONLY, offsetof(struct traceback, last_instruction), NULL},
    {NULL}};
struct type traceback_type = {.head = OBJECT_STATIC(type_type),
                              .shape = {.layout = GC_FIXED,
                                        .flags = GC_CONTAINER | GC_PLAIN,
                                        .refs_offset = offsetof(struct traceback, next),
                                        .refs_n = 2,
                                        .basic_bytes = sizeof(struct traceback)},
                              .name = "traceback",
                              .new_ = new_slot,
                              .methods = methods,
                              .getsets = getsets,
                              .members = members,
                              .base = &object_type};
