/* Which attributes the instances of a class will have: those that its __init__ sets on its first
 * parameter, in that order, methods of the same object that it calls included. */
#include "runtime/bytecode/opcode.h"
#include "runtime/object/bytes.h"
#include "runtime/object/function.h"
#include "runtime/object/instance.h"
#include "runtime/object/model.h"
#include "runtime/object/tuple.h"
#include "runtime/vm/frame.h"

enum { CALLS_DEEP = 3 };

struct prediction {
  struct type *type;
  struct object **names;
  unsigned n, max;
};

static void add(struct prediction *p, struct object *name) {
  for (unsigned i = 0; i < p->n; i++)
    if (p->names[i] == name)
      return;
  if (p->n < p->max)
    p->names[p->n++] = name;
}

static void read_function(struct prediction *p, struct object *function, unsigned deep) {
  if (!function || !is_function(function) || deep > CALLS_DEEP)
    return;
  const struct code *code = (const struct code *)((struct function *)function)->code;
  if (!is_code(&code->head) || code->argcount < 1)
    return;
  const unsigned char *at = bytes_data(code->code), *end = at + bytes_length(code->code);
  uint32_t argument = 0;
  bool is_self = false; /* the instruction before pushed the first parameter */
  for (; at + 2 <= end; at += 2 * (1 + opcode_facts[at[0]].caches)) {
    uint8_t opcode = at[0];
    argument = argument << 8 | at[1];
    if (opcode == OP_EXTENDED_ARG)
      continue;
    if (is_self && opcode == OP_STORE_ATTR)
      add(p, tuple_get_borrowed(code->names, argument));
    else if (is_self && opcode == OP_LOAD_METHOD)
      read_function(p, type_lookup_borrowed(p->type, tuple_get_borrowed(code->names, argument)),
                    deep + 1);
    is_self = opcode == OP_LOAD_FAST && argument == 0;
    argument = 0;
  }
}

unsigned predict_attributes(struct type *t, struct object **names, unsigned max) {
  struct prediction p = {.type = t, .names = names, .max = max};
  read_function(&p, type_lookup_borrowed(t, NAME(init)), 0);
  return p.n;
}
