/* Frame objects. While its frame runs, an object looks things up there; when the frame ends it
 * takes over what it needs.
 *
 * f_locals of a function is a dict that is brought up to date each time somebody asks for it; what
 * a trace function changes in it goes back into the variables when the function returns. */
#include "runtime/bytecode/code.h"
#include "runtime/object/bytes.h"
#include "runtime/object/dict.h"
#include "runtime/object/int.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include "runtime/vm/frame_jump.h"
#include "runtime/vm/generator_type.h"
#include "runtime/vm/trace.h"
#include "runtime/vm/vm.h"

static struct frame_object *frame_object_of(struct object *o) { return (struct frame_object *)o; }

/* ---- Making and ending ---- */

struct object *frame_object_borrowed(struct frame *f) {
  if (f->object)
    return &f->object->head;
  struct frame_object *fo = (struct frame_object *)gc_new_container(&frame_type, sizeof *fo);
  if (!fo)
    return error_no_memory();
  if (UNLIKELY(f->object != NULL)) { /* what a collection ran meanwhile has asked for it, too */
    gc_delete(&fo->head, sizeof *fo);
    return &f->object->head;
  }
  fo->frame = f;
  fo->back = fo->locals = fo->values = fo->trace = NULL;
  fo->generator = f->flags & FRAME_GENERATOR ? &generator_of_frame(f)->head : NULL;
  fo->code = hold(&f->code->head);
  fo->globals = hold(f->globals);
  fo->builtins = hold(f->builtins);
  fo->last_instruction = -1;
  fo->traces_lines = true;
  fo->traces_opcodes = fo->stays_traced = false;
  gc_track(&fo->head);
  f->object = fo;
  return &fo->head;
}

/* What cannot be kept for want of memory is missing in the object: no error, for one may be
 * pending. */
void frame_detach(struct frame *f) {
  struct frame_object *fo = f->object;
  f->object = NULL;
  fo->generator = NULL;
  if (GC_RC && object_is_unshared(&fo->head)) {
    fo->frame = NULL;
    drop(&fo->head);
    return;
  }
  struct error_saved pending;
  error_save(&pending);
  struct object *back = f->previous ? frame_object_borrowed(f->previous) : NULL;
  fo->last_instruction = frame_last_instruction(f);
  struct object *values = NULL;
  if (f->names)
    store(&fo->head, &fo->locals, hold(f->names));
  else if ((values = tuple_new(f->derived->variables)))
    for (uint32_t i = 0; i < f->derived->variables; i++)
      tuple_init_taking(values, i, f->locals[i] ? hold(f->locals[i]) : NULL);
  store(&fo->head, &fo->values, values);
  store(&fo->head, &fo->back, back ? hold(back) : NULL);
  fo->frame = NULL;
  drop(&fo->head);
  error_clear();
  error_restore(&pending);
}

/* ---- Variables as a dict, and back ---- */

static struct object **variables_of(struct frame_object *fo) {
  return fo->frame ? fo->frame->locals : fo->values ? ((struct tuple *)fo->values)->items : NULL;
}

static bool is_shown(const struct code *code, unsigned kind) {
  return !(kind & CODE_FREE) || code->flags & CODE_OPTIMIZED;
}

static int set_name(struct object *names, struct object *name, struct object *value) {
  if (is_dict(names)) {
    int done = value ? dict_set(names, name, value) : dict_delete(names, name);
    return done < 0 ? -1 : 0;
  }
  int done = object_set_item(names, name, value);
  return done < 0 && !value && error_clear_if(ERROR_KEY) ? 0 : done;
}

/* f_locals: borrowed, up to date. */
static struct object *refresh_locals(struct frame_object *fo) {
  const struct code *code = (struct code *)fo->code;
  struct object *names = fo->frame ? fo->frame->names : NULL;
  if (!names && !fo->locals) {
    struct object *dict = dict_new();
    if (!dict)
      return NULL;
    store_first(&fo->head, &fo->locals, dict);
  }
  names = hold(names ? names : fo->locals);
  size_t n = tuple_length(code->localsplusnames);
  int done = 0;
  for (size_t i = 0; done == 0 && i < n; i++) {
    unsigned kind = ((const unsigned char *)bytes_data(code->localspluskinds))[i];
    struct object **variables = variables_of(fo); /* may end meanwhile */
    if (!variables || !is_shown(code, kind))
      continue;
    struct object *value = variables[i];
    if (value && is_cell(value) && kind & (CODE_CELL | CODE_FREE))
      value = cell_get_borrowed(value);
    if (value)
      hold(value);
    done = set_name(names, tuple_get_borrowed(code->localsplusnames, i), value);
    drop_null(value);
  }
  drop(names); /* the frame or its object has it too */
  return done < 0 ? NULL : names;
}

struct object *frame_object_locals(struct object *o) {
  struct object *names = refresh_locals(frame_object_of(o));
  return names ? hold(names) : NULL;
}

struct object *frame_locals(struct frame *f) {
  if (f->names && !f->derived->variables)
    return hold(f->names);
  struct object *o = frame_object_borrowed(f);
  return o ? frame_object_locals(o) : NULL;
}

int frame_write_back(struct object *o) {
  struct frame_object *fo = frame_object_of(o);
  const struct code *code = (struct code *)fo->code;
  if (!fo->frame || !fo->locals || fo->frame->names)
    return 0;
  struct object *locals = hold(fo->locals);
  size_t n = tuple_length(code->localsplusnames);
  for (size_t i = 0; i < n && fo->frame; i++) {
    unsigned kind = ((const unsigned char *)bytes_data(code->localspluskinds))[i];
    if (!is_shown(code, kind))
      continue;
    struct object *value = dict_get_borrowed(locals, tuple_get_borrowed(code->localsplusnames, i));
    if (!value && error_pending() != ERROR_NONE)
      break;
    struct object **slot = &fo->frame->locals[i], *before = *slot;
    if (value)
      hold(value);
    if (before && is_cell(before) && kind & (CODE_CELL | CODE_FREE)) {
      cell_set_taking(before, value);
    } else if (value || fo->frame->derived->is_traced) { /* others do not test what they load */
      *slot = value;
      drop_null(before);
      fo->stays_traced |= !value;
    }
  }
  drop(locals);
  return error_pending() == ERROR_NONE ? 0 : -1;
}

/* ---- Attributes ---- */

static struct object *get_back(struct object *o, void *closure) {
  struct frame_object *fo = frame_object_of(o);
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
  struct frame_object *fo = frame_object_of(o);
  return int_from_i64(fo->frame ? frame_last_instruction(fo->frame) : fo->last_instruction);
}
static int32_t line_of(struct frame_object *fo) {
  return frame_line((struct code *)fo->code,
                    fo->frame ? frame_last_instruction(fo->frame) : fo->last_instruction);
}
int32_t frame_object_line(struct object *o, int32_t last_instruction) {
  return frame_line((struct code *)frame_object_of(o)->code, last_instruction);
}
static struct object *get_line(struct object *o, void *closure) {
  int32_t line = line_of(frame_object_of(o));
  return line < 0 ? hold(NONE) : int_from_i64(line);
}
static int set_line(struct object *o, struct object *value, void *closure) {
  return frame_jump(frame_object_of(o), value);
}
static struct object *get_locals(struct object *o, void *closure) { return frame_object_locals(o); }
static struct object *get_trace(struct object *o, void *closure) {
  struct object *trace = frame_object_of(o)->trace;
  return hold(trace ? trace : NONE);
}
static int set_trace(struct object *o, struct object *value, void *closure) {
  store(o, &frame_object_of(o)->trace, value && value != NONE ? hold(value) : NULL);
  return 0;
}

static struct object *method_clear(struct object *o) {
  struct frame_object *fo = frame_object_of(o);
  if (fo->frame && fo->frame->flags & FRAME_GENERATOR &&
      generator_of_frame(fo->frame)->state != GENERATOR_RUNNING) {
    struct generator *g = generator_of_frame(fo->frame);
    hold(&g->head);
    generator_finalize(&g->head);
    generator_clear(&g->head);
    drop(&g->head);
    return hold(NONE);
  }
  if (fo->frame)
    return error_format(ERROR_RUNTIME, "cannot clear an executing frame");
  store(o, &fo->trace, NULL);
  store(o, &fo->values, NULL);
  if (((struct code *)fo->code)->flags & CODE_NEWLOCALS && fo->locals && is_dict(fo->locals) &&
      ((struct code *)fo->code)->flags & CODE_OPTIMIZED)
    store(o, &fo->locals, NULL);
  return hold(NONE);
}
static struct object *method_sizeof(struct object *o) {
  const struct code *code = (struct code *)frame_object_of(o)->code;
  size_t slots = tuple_length(code->localsplusnames) + (size_t)code->stacksize;
  return int_from_i64((int64_t)(sizeof(struct frame_object) + slots * sizeof(void *)));
}
static struct object *repr(struct object *o) {
  struct frame_object *fo = frame_object_of(o);
  const struct code *code = (struct code *)fo->code;
  return str_format("<frame at %p, file %R, line %d, code %S>", (void *)o, code->filename,
                    (int)line_of(fo), code->name);
}

static const struct method_def methods[] = {
    METHOD_NOARGS_("clear", method_clear, "F.clear(): clear most references held by the frame"),
    METHOD_NOARGS_("__sizeof__", method_sizeof, "F.__sizeof__() -> size of F in memory, in bytes"),
    {NULL}};
static const struct getset_def getsets[] = {{"f_back", get_back},
                                            {"f_lasti", get_last},
                                            {"f_lineno", get_line, set_line},
                                            {"f_locals", get_locals},
                                            {"f_trace", get_trace, set_trace},
                                            {NULL}};
static const struct member_def members[] = {
    {"f_code", MEMBER_OBJECT, MEMBER_READONLY, offsetof(struct frame_object, code), NULL},
    {"f_globals", MEMBER_OBJECT, MEMBER_READONLY, offsetof(struct frame_object, globals), NULL},
    {"f_builtins", MEMBER_OBJECT, MEMBER_READONLY, offsetof(struct frame_object, builtins), NULL},
    {"f_trace_lines", MEMBER_BOOL, 0, offsetof(struct frame_object, traces_lines), NULL},
    {"f_trace_opcodes", MEMBER_BOOL, 0, offsetof(struct frame_object, traces_opcodes), NULL},
    {NULL}};

struct type frame_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_FIXED,
              .flags = GC_CONTAINER | GC_PLAIN,
              .refs_offset = offsetof(struct frame_object, code),
              .refs_n = GC_RC ? 7 : 8,
              .basic_bytes = sizeof(struct frame_object)},
    .name = "frame",
    .repr = repr,
    .methods = methods,
    .getsets = getsets,
    .members = members,
    .flags = TYPE_NO_INSTANCE,
    .base = &object_type,
};
