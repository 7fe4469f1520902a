/* Stacks, roots, and frame objects. */
#include "runtime/vm/frame.h"
#include "runtime/bytecode/locations.h"
#include "runtime/object/bytes.h"
#include "runtime/object/dict.h"
#include "runtime/object/int.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include "runtime/object/weakref.h"
#include <stddef.h>

/* rc: variables only, for the operands of a frame in the middle of an instruction may have been
 * dropped already; the counts know them. tracing: all that is in use. A generator's own slots are
 * visited with the generator, which the frame below holds. */
void frame_visit_stack(const struct vm_stack *stack, gc_visit_fn *visit, void *context) {
  for (struct frame *f = stack->top; f; f = f->previous) {
    struct object **end = GC_RC ? f->locals + f->derived->variables : f->sp;
    for (struct object **slot = f->result; slot < end; slot++)
      if (*slot)
        visit(*slot, context);
    if (f->object)
      visit(&f->object->head, context);
    if (f->function)
      visit(f->function, context);
    if (f->names)
      visit(f->names, context);
    if (f->flags & FRAME_GENERATOR)
      visit(&generator_of_frame(f)->head, context);
  }
}

int32_t frame_last_instruction(const struct frame *f) {
  if (f->ip <= f->derived->words)
    return -1;
  return (int32_t)(2 * f->derived->to_canonical[f->ip - 1 - f->derived->words]);
}

int32_t frame_line(const struct code *code, int32_t last_instruction) {
  struct location_reader reader =
      location_read(bytes_data(code->linetable), bytes_length(code->linetable), code->firstlineno);
  struct location where;
  if (last_instruction < 0)
    return code->firstlineno;
  while (location_next(&reader, &where))
    if ((uint32_t)last_instruction / 2 < reader.stop)
      return where.line;
  return -1;
}

/* ---- Frame objects ---- */

static void frame_object_destroy(struct object *o) { type_destroy_generic(o); }

static struct object *get_code(struct object *o, void *closure) {
  return hold(((struct frame_object *)o)->code);
}
static struct object *get_globals(struct object *o, void *closure) {
  return hold(((struct frame_object *)o)->globals);
}
static struct object *get_builtins(struct object *o, void *closure) {
  return hold(((struct frame_object *)o)->builtins);
}
static struct object *get_back(struct object *o, void *closure) {
  struct frame_object *fo = (struct frame_object *)o;
  struct object *back = fo->back;
  if (fo->frame) {
    if (!fo->frame->previous)
      return hold(NONE);
    if (!(back = frame_object_borrowed(fo->frame->previous)))
      return NULL;
  }
  return hold(back ? back : NONE);
}
static struct object *get_last(struct object *o, void *closure) {
  struct frame_object *fo = (struct frame_object *)o;
  return int_from_i64(fo->frame ? frame_last_instruction(fo->frame) : fo->last_instruction);
}
static struct object *get_line(struct object *o, void *closure) {
  struct frame_object *fo = (struct frame_object *)o;
  int32_t line =
      fo->frame ? frame_line(fo->frame->code, frame_last_instruction(fo->frame)) : fo->line;
  return line < 0 ? hold(NONE) : int_from_i64(line);
}
static struct object *locals_from(struct code *code, struct object *const *values) {
  struct object *dict = dict_new();
  for (size_t i = 0; dict && i < tuple_length(code->localsplusnames); i++) {
    struct object *value = values[i];
    if (value && is_cell(value) && bytes_data(code->localspluskinds)[i] & (CODE_CELL | CODE_FREE))
      value = cell_get_borrowed(value);
    if (value && dict_set(dict, tuple_get_borrowed(code->localsplusnames, i), value) < 0) {
      drop(dict);
      return NULL;
    }
  }
  return dict;
}
static struct object *get_locals(struct object *o, void *closure) {
  struct frame_object *fo = (struct frame_object *)o;
  if (fo->frame)
    return frame_locals(fo->frame);
  if (!fo->locals) {
    struct object *dict =
        fo->values ? locals_from((struct code *)fo->code, ((struct tuple *)fo->values)->items)
                   : dict_new();
    if (!dict)
      return NULL;
    store_first(o, &fo->locals, dict);
  }
  return hold(fo->locals);
}

static const struct getset_def frame_getsets[] = {
    {.name = "f_code", .get = get_code},         {.name = "f_globals", .get = get_globals},
    {.name = "f_builtins", .get = get_builtins}, {.name = "f_back", .get = get_back},
    {.name = "f_lasti", .get = get_last},        {.name = "f_lineno", .get = get_line},
    {.name = "f_locals", .get = get_locals},     {.name = NULL}};
static const struct member_def frame_members[] = {
    {.name = "f_trace", .kind = MEMBER_OBJECT, .offset = offsetof(struct frame_object, trace)},
    {.name = NULL}};

struct type frame_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_FIXED,
              .flags = GC_CONTAINER | GC_PLAIN,
              .refs_offset = offsetof(struct frame_object, code),
              .refs_n = 7,
              .basic_bytes = sizeof(struct frame_object)},
    .name = "frame",
    .destroy = frame_object_destroy,
    .getsets = frame_getsets,
    .members = frame_members,
    .flags = TYPE_NO_INSTANCE,
    .base = &object_type,
};

struct object *frame_object_borrowed(struct frame *f) {
  if (f->object)
    return &f->object->head;
  struct frame_object *fo = (struct frame_object *)gc_new_container(&frame_type, sizeof *fo);
  if (!fo)
    return error_no_memory();
  fo->frame = f;
  fo->back = fo->locals = fo->values = fo->trace = NULL;
  fo->code = hold(&f->code->head);
  fo->globals = hold(f->globals);
  fo->builtins = hold(f->builtins);
  fo->last_instruction = fo->line = -1;
  gc_track(&fo->head);
  f->object = fo;
  return &fo->head;
}

struct object *frame_locals(struct frame *f) {
  return f->names ? hold(f->names) : locals_from(f->code, f->locals);
}

/* What cannot be kept for want of memory is missing in the object: no error, for one may be
 * pending. */
void frame_detach(struct frame *f) {
  struct frame_object *fo = f->object;
  f->object = NULL;
  if (GC_RC && object_is_unshared(&fo->head)) {
    fo->frame = NULL;
    drop(&fo->head);
    return;
  }
  struct object *pending = error_fetch();
  struct object *back = f->previous ? frame_object_borrowed(f->previous) : NULL;
  fo->last_instruction = frame_last_instruction(f);
  fo->line = frame_line(f->code, fo->last_instruction);
  struct object *values = NULL;
  if (f->names)
    store(&fo->head, &fo->locals, hold(f->names));
  else if ((values = tuple_new(f->derived->variables)))
    for (uint32_t i = 0; i < f->derived->variables; i++)
      tuple_init_taking(values, i, f->locals[i] ? hold(f->locals[i]) : NULL);
  error_clear();
  store(&fo->head, &fo->values, values);
  store(&fo->head, &fo->back, back ? hold(back) : NULL);
  fo->frame = NULL;
  drop(&fo->head);
  if (pending)
    error_raise_taking(pending);
}
