/* Units, constants and names, emitting. */
#include "runtime/compile/unit.h"
#include "runtime/compile/scopes_decide.h"
#include "runtime/object/str.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Errors ---- */

void unit_error(struct compiler *c, const char *format, ...) {
  if (c->failed)
    return;
  char message[512];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(message, sizeof message, format, arguments);
  va_end(arguments);
  struct location at = c->unit->where;
  syntax_error_set(c->error, SYNTAX_ERROR, at.line, at.column + 1, at.end_line, at.end_column + 1,
                   NULL, "%s", message);
  c->failed = true;
}

void unit_warn(struct compiler *c, const char *format, ...) {
  if (c->failed || !c->options->warn)
    return;
  char message[512];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(message, sizeof message, format, arguments);
  va_end(arguments);
  int result = c->options->warn(c->options->warn_context, PARSE_SYNTAX_WARNING, message,
                                c->unit->where.line);
  if (result > 0)
    unit_error(c, "%s", message);
  else if (result < 0)
    c->failed = true;
}

bool unit_forbids(struct compiler *c, struct object *name, enum tree_expr_context context) {
  if (name != c->name_debug || context == expr_context_Load)
    return false;
  unit_error(c, context == expr_context_Store ? "cannot assign to __debug__"
                                              : "cannot delete __debug__");
  return true;
}

/* ---- Constants and names ---- */

struct object *unit_keep_taking(struct compiler *c, struct object *o) {
  if (o)
    o = tree_keep_taking(&c->arena, o);
  if (!o)
    c->failed = true;
  return o;
}

/* Whether all characters are those of ASCII identifiers: CPython interns such constants. */
static bool is_like_name(const struct object *o) {
  if (!is_str(o) || !str_is_ascii(o))
    return false;
  const unsigned char *text = str_data(o);
  for (size_t i = 0; i < str_length(o); i++) {
    unsigned char letter = text[i] | 0x20;
    if (!(letter >= 'a' && letter <= 'z') && !(text[i] >= '0' && text[i] <= '9') && text[i] != '_')
      return false;
  }
  return true;
}

static bool grow_constants(struct compiler *c) {
  uint32_t capacity = c->constants.capacity ? c->constants.capacity * 2 : 64;
  struct constant_slot *slots = tree_alloc(&c->arena, capacity * sizeof *slots);
  if (!slots)
    return false;
  memset(slots, 0, capacity * sizeof *slots);
  for (uint32_t i = 0; i < c->constants.capacity; i++) {
    struct constant_slot slot = c->constants.slots[i];
    if (!slot.object)
      continue;
    uint32_t at = (uint32_t)slot.hash & (capacity - 1);
    while (slots[at].object)
      at = (at + 1) & (capacity - 1);
    slots[at] = slot;
  }
  c->constants.slots = slots;
  c->constants.capacity = capacity;
  return true;
}

/* The one object that stands for this constant in the whole compilation; NULL when memory is
 * exhausted. */
static struct object *canonical(struct compiler *c, struct object *o) {
  if (c->constants.n * 3 >= c->constants.capacity * 2 && !grow_constants(c))
    return NULL;
  uint64_t hash = code_hash_constant(o);
  uint32_t mask = c->constants.capacity - 1, at = (uint32_t)hash & mask;
  for (; c->constants.slots[at].object; at = (at + 1) & mask)
    if (c->constants.slots[at].hash == hash && code_same_constant(c->constants.slots[at].object, o))
      return c->constants.slots[at].object;
  o = hold(o);
  if (is_like_name(o) && !(o = str_intern_taking(o)))
    return NULL;
  if (!(o = tree_keep_taking(&c->arena, o)))
    return NULL;
  c->constants.slots[at] = (struct constant_slot){o, hash};
  c->constants.n++;
  return o;
}

uint32_t unit_add_const(struct compiler *c, struct object *o) {
  if (c->failed)
    return 0;
  o = canonical(c, o);
  int64_t number = o ? names_add(&c->unit->consts, &c->arena, o) : NAMES_NONE;
  if (number < 0) {
    c->failed = true;
    return 0;
  }
  return (uint32_t)number;
}

struct object *unit_mangle(struct compiler *c, struct object *name) {
  struct object *mangled = names_mangle(c->unit->private, name);
  if (!mangled)
    c->failed = true;
  return mangled ? mangled : name;
}

static uint32_t number_in(struct compiler *c, struct names *names, struct object *name) {
  int64_t number = c->failed ? 0 : names_add(names, &c->arena, name);
  if (number < 0) {
    c->failed = true;
    return 0;
  }
  return (uint32_t)number;
}

uint32_t unit_cell(struct compiler *c, struct object *name, bool is_free) {
  int64_t number = names_find(is_free ? &c->unit->frees : &c->unit->cells, name);
  if (number < 0) {
    if (!c->failed)
      error_set(ERROR_RUNTIME, "a variable is neither cell nor free");
    c->failed = true;
    return 0;
  }
  return (uint32_t)number + (is_free ? c->unit->cells.n : 0);
}

/* ---- Emitting ---- */

struct block *unit_block(struct compiler *c) {
  return flow_block(&c->unit->flow);
}

void unit_continue(struct compiler *c, struct block *b) {
  if (!c->failed)
    flow_continue(&c->unit->flow, b);
}

static void emit(struct compiler *c, uint8_t opcode, uint32_t argument, struct block *target,
                 struct location where) {
  if (!c->failed)
    flow_emit(&c->unit->flow, opcode, argument, target, where);
}
void unit_emit(struct compiler *c, uint8_t opcode, uint32_t argument) {
  emit(c, opcode, argument, NULL, c->unit->where);
}
void unit_emit_nowhere(struct compiler *c, uint8_t opcode, uint32_t argument) {
  emit(c, opcode, argument, NULL, FLOW_NOWHERE);
}
void unit_jump(struct compiler *c, uint8_t opcode, struct block *target) {
  emit(c, opcode, 0, target, c->unit->where);
}
void unit_jump_nowhere(struct compiler *c, uint8_t opcode, struct block *target) {
  emit(c, opcode, 0, target, FLOW_NOWHERE);
}
void unit_const(struct compiler *c, struct object *o) {
  unit_emit(c, OP_LOAD_CONST, unit_add_const(c, o));
}
void unit_const_taking(struct compiler *c, struct object *o) {
  if (!o) {
    c->failed = true;
    return;
  }
  unit_const(c, o);
  drop(o);
}

void unit_name(struct compiler *c, uint8_t opcode, struct object *name) {
  unit_emit(c, opcode, number_in(c, &c->unit->names, unit_mangle(c, name)));
}

/* Opcodes by context: load, store, delete. */
void unit_variable(struct compiler *c, struct object *name, enum tree_expr_context context) {
  static const uint8_t fast[] = {OP_LOAD_FAST, OP_STORE_FAST, OP_DELETE_FAST},
                       deref[] = {OP_LOAD_DEREF, OP_STORE_DEREF, OP_DELETE_DEREF},
                       global[] = {OP_LOAD_GLOBAL, OP_STORE_GLOBAL, OP_DELETE_GLOBAL},
                       plain[] = {OP_LOAD_NAME, OP_STORE_NAME, OP_DELETE_NAME};
  if (unit_forbids(c, name, context))
    return;
  struct unit *u = c->unit;
  struct object *mangled = unit_mangle(c, name);
  bool in_function = u->scope->kind == SCOPE_FUNCTION;
  enum scope_variable variable = scope_variable_of(u->scope, mangled);
  if (variable == VARIABLE_FREE || variable == VARIABLE_CELL) {
    bool in_class = context == expr_context_Load && u->scope->kind == SCOPE_CLASS;
    unit_emit(c, in_class ? OP_LOAD_CLASSDEREF : deref[context],
              unit_cell(c, mangled, variable == VARIABLE_FREE));
  } else if (variable == VARIABLE_LOCAL && in_function)
    unit_emit(c, fast[context], number_in(c, &u->locals, mangled));
  else if (variable == VARIABLE_GLOBAL_EXPLICIT ||
           (variable == VARIABLE_GLOBAL_IMPLICIT && in_function)) {
    uint32_t number = number_in(c, &u->names, mangled);
    unit_emit(c, global[context], context == expr_context_Load ? number << 1 : number);
  } else
    unit_emit(c, plain[context], number_in(c, &u->names, mangled));
}

void unit_yield_from(struct compiler *c, bool awaits) {
  struct block *start = unit_block(c), *resume = unit_block(c), *exit = unit_block(c);
  unit_continue(c, start);
  unit_jump(c, OP_SEND, exit);
  unit_continue(c, resume);
  unit_emit(c, OP_YIELD_VALUE, 0);
  unit_emit(c, OP_RESUME, awaits ? 3 : 2);
  unit_jump(c, PSEUDO_JUMP_NO_INTERRUPT, start);
  unit_continue(c, exit);
}

/* ---- Units ---- */

static int compare_names(const void *a, const void *b) {
  return str_compare(((const struct names_entry *)a)->key, ((const struct names_entry *)b)->key);
}

/* The names of a scope that are cells, or free, in the order of their code points. */
static void collect_cells(struct compiler *c, struct names *names, const struct scope *scope,
                          enum scope_variable variable, uint32_t or_use) {
  struct names found = {0};
  for (uint32_t i = 0; i < scope->symbols.n && !c->failed; i++) {
    uint32_t value = scope->symbols.items[i].value;
    if (value >> SCOPE_VARIABLE_SHIFT == variable || (value & or_use))
      number_in(c, &found, scope->symbols.items[i].key);
  }
  if (found.n)
    qsort(found.items, found.n, sizeof *found.items, compare_names);
  for (uint32_t i = 0; i < found.n; i++)
    number_in(c, names, found.items[i].key);
}

/* a + between + b, interned: qualified names repeat. */
static struct object *join_names(struct compiler *c, struct object *a, const char *between,
                                 struct object *b) {
  struct object *middle = str_from_ascii(between);
  struct object *front = middle ? str_concat(a, middle) : NULL;
  struct object *whole = front ? str_concat(front, b) : NULL;
  drop_null(middle);
  drop_null(front);
  return unit_keep_taking(c, whole);
}

static struct object *qualify(struct compiler *c, struct unit *u) {
  const struct unit *outer = u->outer;
  if (c->units_n <= 2)
    return u->name;
  if (u->kind == UNIT_FUNCTION || u->kind == UNIT_ASYNC_FUNCTION || u->kind == UNIT_CLASS) {
    struct object *mangled = names_mangle(outer->private, u->name);
    if (!mangled) {
      c->failed = true;
      return u->name;
    }
    if (scope_variable_of(outer->scope, mangled) == VARIABLE_GLOBAL_EXPLICIT)
      return u->name;
  }
  bool in_function = outer->kind == UNIT_FUNCTION || outer->kind == UNIT_ASYNC_FUNCTION ||
                     outer->kind == UNIT_LAMBDA;
  struct object *qualified =
      join_names(c, outer->qualname, in_function ? ".<locals>." : ".", u->name);
  return qualified ? qualified : u->name;
}

void unit_enter(struct compiler *c, struct object *name, enum unit_kind kind, const struct node *n,
                int32_t first_line) {
  struct unit *u = tree_alloc(&c->arena, sizeof *u);
  if (!u || c->lost_n) {
    c->failed = true; /* nothing is emitted from now on */
    c->lost_n++;
    return;
  }
  *u = (struct unit){.outer = c->unit,
                     .kind = kind,
                     .scope = scopes_of(&c->scopes, n),
                     .name = name,
                     .qualname = name,
                     .private = c->unit ? c->unit->private : NULL,
                     .first_line = first_line,
                     .where = {first_line, first_line, 0, 0}};
  c->unit = u;
  c->units_n++;
  flow_open(&u->flow, &c->flows);
  for (uint32_t i = 0; i < u->scope->parameters.n; i++)
    number_in(c, &u->locals, u->scope->parameters.items[i].key);
  collect_cells(c, &u->cells, u->scope, VARIABLE_CELL, 0);
  if (u->scope->needs_class_cell)
    number_in(c, &u->cells, c->name_class);
  collect_cells(c, &u->frees, u->scope, VARIABLE_FREE, SCOPE_FREE_CLASS);
  if (kind == UNIT_MODULE)
    u->where.line = 0;
  else
    u->qualname = qualify(c, u);
  unit_emit(c, OP_RESUME, 0);
  if (kind == UNIT_MODULE)
    u->where.line = -1;
}

struct object *unit_leave(struct compiler *c, bool returns_none) {
  if (c->lost_n) {
    c->lost_n--;
    return NULL;
  }
  struct unit *u = c->unit;
  struct object *code = assemble_unit(c, returns_none);
  flow_close(&u->flow);
  c->unit = u->outer;
  c->units_n--;
  return code;
}
