/* Jumps by f_lineno. Where a frame may go on is decided by what lies on the stack there: an
 * analysis of the canonical code tells for each instruction the kinds of the values before it. A
 * jump is possible to an instruction whose stack is a part, from the bottom, of the present one. */
#include "runtime/vm/frame_jump.h"
#include "runtime/bytecode/exceptions.h"
#include "runtime/bytecode/opcode.h"
#include "runtime/object/bytes.h"
#include "runtime/object/int.h"
#include "runtime/vm/generator.h"
#include "runtime/vm/thread.h"
#include "runtime/vm/trace.h"
#include <string.h>

/* A stack of kinds, three bits each, the top in the lowest: deeper ones than 21 are not analysed.
 */
enum kind { KIND_NONE, KIND_ITERATOR, KIND_EXCEPTION, KIND_OBJECT, KIND_NULL, KIND_PLACE };
enum { KIND_BITS = 3, DEPTH_MAX = 21 };
typedef int64_t kinds;
static const kinds TOO_DEEP = -1, UNREACHED = -2;

static enum kind top(kinds s) { return (enum kind)(s & 7); }
static kinds pop(kinds s) { return s < 0 ? s : s >> KIND_BITS; }
static kinds push(kinds s, enum kind k) {
  if (s < 0)
    return s;
  return s >> (KIND_BITS * (DEPTH_MAX - 1)) ? TOO_DEEP : s << KIND_BITS | k;
}
static kinds pop_n(kinds s, int n) {
  while (n-- > 0)
    s = pop(s);
  return s;
}
static kinds push_n(kinds s, int n) {
  while (n-- > 0)
    s = push(s, KIND_OBJECT);
  return s;
}
/* The i-th from the top, counted from 1. */
static enum kind peek(kinds s, uint32_t i) {
  return s < 0 ? KIND_OBJECT : top(s >> KIND_BITS * (i - 1));
}
static kinds with(kinds s, uint32_t i, enum kind k) {
  unsigned shift = KIND_BITS * (i - 1);
  return s < 0 ? s : (s & ~((kinds)7 << shift)) | (kinds)k << shift;
}

static bool kind_fits(enum kind from, enum kind to) {
  return to == KIND_NONE     ? false
         : to == KIND_OBJECT ? from != KIND_NULL
         : to == KIND_NULL   ? true
                             : from == to;
}

static bool fits(kinds from, kinds to) {
  if (from < 0 || to < 0)
    return false;
  while (from > to)
    from = pop(from);
  for (; from; from = pop(from), to = pop(to))
    if (!kind_fits(top(from), top(to)))
      return false;
  return to == 0;
}

static const char *explain(kinds target) {
  if (target == TOO_DEEP)
    return "stack to deep to analyze";
  if (target == UNREACHED)
    return "can't jump into unreachable code";
  switch (top(target)) {
  case KIND_EXCEPTION:
    return "can't jump into an 'except' block as there's no exception";
  case KIND_PLACE:
    return "can't jump into a re-raising block as there's no location";
  case KIND_ITERATOR:
    return "can't jump into the body of a for loop";
  default:
    return "incompatible stacks";
  }
}

/* ---- The analysis ---- */

struct analysis {
  const struct code *code;
  const unsigned char *bytes;
  uint32_t units;
  kinds *before; /* per unit; of EXTENDED_ARGs as of what they belong to */
  bool changed;
};

static void reach(struct analysis *a, uint32_t unit, kinds s) {
  if (unit < a->units && a->before[unit] == UNREACHED) {
    a->before[unit] = s;
    a->changed = true;
  }
}

/* The stack behind an instruction that does not jump. */
static kinds behind(uint8_t opcode, uint32_t argument, kinds s) {
  switch (opcode) {
  case OP_GET_ITER:
  case OP_GET_AITER:
    return push(pop(s), KIND_ITERATOR);
  case OP_PUSH_EXC_INFO:
    return push(push(pop(s), KIND_EXCEPTION), KIND_EXCEPTION);
  case OP_PUSH_NULL:
    return push(s, KIND_NULL);
  case OP_LOAD_GLOBAL:
    return push(argument & 1 ? push(s, KIND_NULL) : s, KIND_OBJECT);
  case OP_LOAD_METHOD:
    return push(push(pop(s), KIND_NULL), KIND_OBJECT);
  case OP_COPY:
    return push(s, peek(s, argument));
  case OP_SWAP: {
    enum kind upper = peek(s, 1), lower = peek(s, argument);
    return with(with(s, 1, lower), argument, upper);
  }
  default:
    break;
  }
  int pops = opcode_facts[opcode].pops, pushes = opcode_facts[opcode].pushes;
  if (pops >= 0 && pushes >= 0)
    return push_n(pop_n(s, pops), pushes);
  int effect = opcode_stack_effect(opcode, argument, false);
  switch (opcode) { /* what they leave is new */
  case OP_UNPACK_SEQUENCE:
  case OP_UNPACK_EX:
    return push_n(pop(s), effect + 1);
  default:
    return effect > 0 ? push_n(s, effect) : push(pop_n(s, 1 - effect), KIND_OBJECT);
  }
}

static bool ends_flow(uint8_t opcode) {
  return opcode == OP_RETURN_VALUE || opcode == OP_RAISE_VARARGS || opcode == OP_RERAISE ||
         opcode == OP_JUMP_FORWARD || opcode == OP_JUMP_BACKWARD ||
         opcode == OP_JUMP_BACKWARD_NO_INTERRUPT;
}

static void step(struct analysis *a, uint32_t unit, uint8_t opcode, uint32_t argument, kinds s) {
  uint32_t next = unit + 1 + opcode_facts[opcode].caches;
  if (opcode_is_jump(opcode)) {
    bool back = opcode_facts[opcode].operand == OPERAND_BACKWARD;
    uint32_t target = back ? next - argument : next + argument;
    kinds there = s;
    if (opcode == OP_FOR_ITER)
      there = pop(s);
    else if (opcode == OP_SEND)
      there = push(pop_n(s, 2), KIND_OBJECT);
    else if (!ends_flow(opcode) && opcode != OP_JUMP_IF_TRUE_OR_POP &&
             opcode != OP_JUMP_IF_FALSE_OR_POP)
      there = pop(s);
    reach(a, target, there);
  }
  if (ends_flow(opcode))
    return;
  if (opcode == OP_FOR_ITER)
    s = push(s, KIND_OBJECT);
  else if (opcode == OP_SEND)
    s = push(pop(s), KIND_OBJECT);
  else
    s = behind(opcode, argument, s);
  reach(a, next, s);
}

static void enter_handlers(struct analysis *a) {
  const unsigned char *at = bytes_data(a->code->exceptiontable),
                      *end = at + bytes_length(a->code->exceptiontable);
  struct handler h;
  while (handler_next(&at, end, &h)) {
    if (h.start >= a->units || h.target >= a->units || a->before[h.start] == UNREACHED)
      continue;
    kinds s = a->before[h.start];
    unsigned depth = 0;
    for (kinds each = s; each > 0; each = pop(each))
      depth++;
    while (s > 0 && depth > h.depth) {
      s = pop(s);
      depth--;
    }
    if (h.keeps_last)
      s = push(s, KIND_PLACE);
    reach(a, h.target, push(s, KIND_EXCEPTION));
  }
}

static void analyse(struct analysis *a) {
  for (uint32_t unit = 0; unit < a->units; unit++)
    a->before[unit] = UNREACHED;
  reach(a, 0, 0);
  for (a->changed = true; a->changed;) {
    a->changed = false;
    uint32_t argument = 0;
    for (uint32_t unit = 0; unit < a->units; unit++) {
      uint8_t opcode = a->bytes[2 * unit];
      argument = argument << 8 | a->bytes[2 * unit + 1];
      kinds s = a->before[unit];
      if (opcode == OP_EXTENDED_ARG) {
        if (s != UNREACHED)
          reach(a, unit + 1, s);
        continue;
      }
      if (s != UNREACHED)
        step(a, unit, opcode, argument, s);
      unit += opcode_facts[opcode].caches;
      argument = 0;
    }
    enter_handlers(a);
  }
}

/* ---- Lines ---- */

/* Whether a unit begins a line: an entry of the table does, and the line before was another. */
static bool begins_line(const struct derived *d, uint32_t unit) {
  return d->lines[unit] >= 0 && (unit == 0 || d->lines[unit - 1] != d->lines[unit]);
}

/* The first line from `line` on that has code; -1: none. */
static int64_t line_not_before(const struct derived *d, int64_t line) {
  int64_t best = -1;
  for (uint32_t unit = 0; unit < d->units_n; unit++)
    if (begins_line(d, unit) && d->lines[unit] >= line && (best < 0 || d->lines[unit] < best))
      best = d->lines[unit];
  return best;
}

static int refuse(const char *why) {
  error_set(ERROR_VALUE, "%s", why);
  return -1;
}

static int may_jump(const struct frame_object *fo) {
  bool suspended = fo->frame && fo->frame->flags & FRAME_GENERATOR &&
                   generator_of_frame(fo->frame)->state == GENERATOR_SUSPENDED;
  switch (vm_thread->is_tracing ? vm_thread->trace_event : TRACE_CALL /* as CPython says it */) {
  case TRACE_LINE:
    return 0;
  case TRACE_CALL:
    return refuse("can't jump from the 'call' trace event of a new frame");
  case TRACE_RETURN:
    return suspended ? 0 : refuse("can only jump from a 'line' trace event");
  default:
    return refuse("can only jump from a 'line' trace event");
  }
}

static void pop_value(struct frame *f, enum kind kind) {
  struct object *value = *--f->sp;
  if (kind == KIND_EXCEPTION) {
    struct object *before = error_thread.handled->value;
    error_thread.handled->value = value == NONE ? NULL : value;
    drop_null(before);
  } else {
    drop_null(value);
  }
}

/* Of the places at the line, the one that keeps most of the stack. */
static int choose(const struct analysis *a, const struct derived *d, int64_t line, kinds present,
                  uint32_t *unit) {
  kinds best = TOO_DEEP;
  bool found = false;
  const char *why = "cannot find bytecode for specified line";
  bool explained = false;
  for (uint32_t i = 0; i < a->units; i++) {
    if (!begins_line(d, i) || d->lines[i] != line)
      continue;
    kinds there = a->before[i];
    if (fits(present, there)) {
      found = true;
      if (there > best) {
        best = there;
        *unit = i;
      }
    } else if (!explained && !found) {
      if (present == TOO_DEEP)
        why = "stack to deep to analyze";
      else if (present == UNREACHED)
        why = "can't jump from unreachable code";
      else {
        why = explain(there);
        explained = true;
      }
    }
  }
  return found ? 0 : refuse(why);
}

static int jump(struct frame_object *fo, int64_t line) {
  struct frame *f = fo->frame;
  struct derived *d = f->derived;
  if (!d->is_traced)
    return refuse("can only jump from a 'line' trace event");
  line = line_not_before(d, line);
  if (line < 0) {
    return -2;
  }
  struct analysis a = {.code = f->code, .bytes = bytes_data(f->code->code), .units = d->units_n};
  if (!(a.before = gc_buffer_new(d->units_n * sizeof *a.before)))
    return error_no_memory(), -1;
  analyse(&a);
  uint32_t from = (uint32_t)frame_last_instruction(f) / 2, unit = 0;
  kinds present = from < a.units ? a.before[from] : UNREACHED;
  int chosen = choose(&a, d, line, present, &unit);
  kinds there = a.before[unit];
  gc_buffer_free(a.before, d->units_n * sizeof *a.before);
  if (chosen < 0)
    return -1;
  if (f->flags & FRAME_GENERATOR && generator_of_frame(f)->state == GENERATOR_SUSPENDED)
    present = pop(present); /* the value is with whoever asked for it */
  for (; present > there; present = pop(present))
    pop_value(f, top(present));
  f->ip = d->words + d->from_canonical[unit];
  if ((uint32_t)*f->ip == word_handlers[WORD_TRACE])
    f->ip++; /* the line is not told again */
  f->traced_unit = unit;
  fo->stays_traced = true;
  return 0;
}

int frame_jump(struct frame_object *fo, struct object *value) {
  if (!value) {
    error_set(ERROR_ATTRIBUTE, "cannot delete attribute");
    return -1;
  }
  if (type_of(value) != &int_type)
    return refuse("lineno must be an integer");
  if (may_jump(fo) < 0)
    return -1;
  if (!fo->trace)
    return refuse("f_lineno can only be set by a trace function");
  int64_t line;
  if (!int_to_i64(value, &line) || line > INT32_MAX || line < INT32_MIN)
    return refuse("lineno out of range");
  if (!fo->frame)
    return refuse("can only jump from a 'line' trace event");
  if (line < fo->frame->code->firstlineno) {
    error_set(ERROR_VALUE, "line %d comes before the current code block", (int)line);
    return -1;
  }
  int done = jump(fo, line);
  if (done == -2) {
    error_set(ERROR_VALUE, "line %d comes after the current code block", (int)line);
    return -1;
  }
  return done;
}
