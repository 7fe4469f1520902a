/* Optimisations within a block: conditions on constants, jumps to jumps, tuples of constants, swaps
 * that can be done while compiling. */
#include "runtime/compile/flow.h"
#include "runtime/object/bytes.h"
#include "runtime/object/complex.h"
#include "runtime/object/float.h"
#include "runtime/object/int.h"
#include "runtime/object/set.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"

static void to_nop(struct instruction *i) {
  i->opcode = OP_NOP;
  i->argument = 0;
  i->target = NULL;
}

bool flow_constant_is_true(const struct object *o) {
  if (o == NONE || o == FALSE_)
    return false;
  if (is_int(o))
    return ((const struct int_object *)o)->word != 0;
  if (is_float(o))
    return float_value(o) != 0;
  if (is_complex(o))
    return ((const struct complex_object *)o)->real != 0 ||
           ((const struct complex_object *)o)->imag != 0;
  if (is_str(o))
    return str_length(o) != 0;
  if (is_bytes(o))
    return bytes_length(o) != 0;
  if (is_tuple(o))
    return tuple_length(o) != 0;
  return !is_frozenset(o) || set_length(o) != 0;
}

/* LOAD_CONST and what tests the constant. */
static void fold_test(struct block *b, uint32_t at, const struct object *constant) {
  struct instruction *load = &b->items[at], *test = load + 1;
  bool is_true, jumps;
  switch (test->opcode) {
  case PSEUDO_POP_JUMP_IF_FALSE:
  case PSEUDO_POP_JUMP_IF_TRUE:
    jumps = flow_constant_is_true(constant) == (test->opcode == PSEUDO_POP_JUMP_IF_TRUE);
    to_nop(load);
    break;
  case OP_JUMP_IF_FALSE_OR_POP:
  case OP_JUMP_IF_TRUE_OR_POP:
    is_true = flow_constant_is_true(constant);
    jumps = is_true == (test->opcode == OP_JUMP_IF_TRUE_OR_POP);
    if (!jumps)
      to_nop(load);
    break;
  case OP_IS_OP: /* x is None, x is not None */
    if (constant == NONE && at + 2 < b->n &&
        (test[1].opcode == PSEUDO_POP_JUMP_IF_FALSE || test[1].opcode == PSEUDO_POP_JUMP_IF_TRUE)) {
      bool negated = test->argument == 1, if_false = test[1].opcode == PSEUDO_POP_JUMP_IF_FALSE;
      to_nop(load);
      to_nop(test);
      test[1].opcode = negated != if_false ? PSEUDO_POP_JUMP_IF_NOT_NONE : PSEUDO_POP_JUMP_IF_NONE;
    }
    return;
  default:
    return;
  }
  if (jumps) {
    test->opcode = PSEUDO_JUMP;
    b->falls_not = true;
  } else
    to_nop(test);
}

/* A jump to a jump goes where that leads, if no line gets lost. True when it changed. */
static bool thread(struct instruction *jump, const struct instruction *second, uint8_t opcode) {
  if (jump->where.line != second->where.line || jump->target == second->target)
    return false;
  jump->target = second->target;
  jump->opcode = opcode;
  return true;
}

/* `a and b` as part of a larger condition. True when it changed. */
static bool thread_or_pop(struct instruction *jump, const struct instruction *second) {
  bool is_and = jump->opcode == OP_JUMP_IF_FALSE_OR_POP;
  uint8_t popping = is_and ? PSEUDO_POP_JUMP_IF_FALSE : PSEUDO_POP_JUMP_IF_TRUE;
  if (second->opcode == popping)
    return thread(jump, second, popping);
  if (second->opcode == PSEUDO_JUMP || second->opcode == jump->opcode)
    return thread(jump, second, jump->opcode);
  if (second->opcode == (is_and ? OP_JUMP_IF_TRUE_OR_POP : OP_JUMP_IF_FALSE_OR_POP) ||
      second->opcode == (is_and ? PSEUDO_POP_JUMP_IF_TRUE : PSEUDO_POP_JUMP_IF_FALSE)) {
    if (jump->where.line != second->where.line)
      return false;
    jump->opcode = popping; /* the second test will not jump: go behind it */
    jump->target = jump->target->next;
    return true;
  }
  return false;
}

/* n loads of constants and BUILD_TUPLE at `at`. */
static void fold_tuple(struct flow *f, struct block *b, uint32_t at,
                       const struct flow_constants *constants) {
  uint32_t n = b->items[at].argument;
  struct instruction *loads = &b->items[at - n];
  for (uint32_t i = 0; i < n; i++)
    if (loads[i].opcode != OP_LOAD_CONST)
      return;
  struct object **items = tree_alloc(f->memory->arena, (n ? n : 1) * sizeof *items);
  if (!items) {
    f->failed = true;
    return;
  }
  for (uint32_t i = 0; i < n; i++)
    items[i] = constants->get_borrowed(constants->context, loads[i].argument);
  int64_t index = constants->tuple(constants->context, items, n);
  if (index < 0) {
    f->failed = true;
    return;
  }
  for (uint32_t i = 0; i < n; i++)
    to_nop(&loads[i]);
  b->items[at].opcode = OP_LOAD_CONST;
  b->items[at].argument = (uint32_t)index;
}

/* ---- Swaps ---- */

/* A run of swaps and NOPs from `at` on becomes the shortest that does the same: the permutation is
 * taken apart into cycles, written from the end. Returns the last index of the run. */
static uint32_t shorten_swaps(struct flow *f, struct block *b, uint32_t at) {
  struct instruction *run = &b->items[at];
  uint32_t depth = run->argument, n = 1, left = b->n - at;
  bool more = false;
  for (; n < left && (run[n].opcode == OP_SWAP || run[n].opcode == OP_NOP); n++)
    if (run[n].opcode == OP_SWAP) {
      if (run[n].argument > depth)
        depth = run[n].argument;
      more = true;
    }
  if (!more)
    return at;
  enum { DONE = UINT32_MAX };
  uint32_t *stack = tree_alloc(f->memory->arena, depth * sizeof *stack);
  if (!stack) {
    f->failed = true;
    return at;
  }
  for (uint32_t i = 0; i < depth; i++)
    stack[i] = i;
  for (uint32_t i = 0; i < n; i++)
    if (run[i].opcode == OP_SWAP) {
      uint32_t other = run[i].argument - 1, top = stack[0];
      stack[0] = stack[other];
      stack[other] = top;
    }
  uint32_t free = n; /* instructions from here on are written */
  for (uint32_t i = 0; i < depth; i++) {
    if (stack[i] == DONE || stack[i] == i)
      continue;
    for (uint32_t k = i;;) {
      if (k) {
        run[--free].opcode = OP_SWAP;
        run[free].argument = k + 1;
      }
      if (stack[k] == DONE)
        break;
      uint32_t next = stack[k];
      stack[k] = DONE;
      k = next;
    }
  }
  while (free)
    to_nop(&run[--free]);
  return at + n - 1;
}

/* The next instruction behind `at` that only takes the top of the stack, on that line (any: -1). */
static int64_t next_taker(const struct block *b, int64_t at, int32_t line) {
  while (++at < b->n) {
    const struct instruction *i = &b->items[at];
    if (line >= 0 && i->where.line != line)
      return -1;
    if (i->opcode == OP_STORE_FAST || i->opcode == OP_POP_TOP)
      return at;
    if (i->opcode != OP_NOP)
      return -1;
  }
  return -1;
}

/* Swaps before instructions that take values one by one: exchange the instructions instead. */
static void apply_swaps(struct block *b, int64_t at) {
  for (; at >= 0; at--) {
    struct instruction *swap = &b->items[at];
    if (swap->opcode != OP_SWAP) {
      if (swap->opcode == OP_NOP || swap->opcode == OP_STORE_FAST || swap->opcode == OP_POP_TOP)
        continue;
      return;
    }
    int64_t first = next_taker(b, at, -1);
    if (first < 0)
      return;
    int64_t second = first;
    int32_t line = b->items[first].where.line;
    for (uint32_t n = swap->argument - 1; n; n--)
      if ((second = next_taker(b, second, line)) < 0)
        return;
    to_nop(swap);
    struct instruction moved = b->items[first];
    b->items[first] = b->items[second];
    b->items[second] = moved;
  }
}

/* ---- A block ---- */

/* BUILD_TUPLE at `at`. */
static void shorten_tuple(struct flow *f, struct block *b, uint32_t at,
                          const struct flow_constants *constants) {
  struct instruction *i = &b->items[at];
  if (at + 1 < b->n && i[1].opcode == OP_UNPACK_SEQUENCE && i[1].argument == i->argument) {
    if (i->argument == 1) {
      to_nop(i);
      to_nop(i + 1);
      return;
    }
    if (i->argument == 2 || i->argument == 3) {
      to_nop(i);
      i[1].opcode = OP_SWAP;
      return;
    }
  }
  if (at >= i->argument)
    fold_tuple(f, b, at, constants);
}

void flow_optimise_block(struct flow *f, struct block *b, const struct flow_constants *constants) {
  for (uint32_t at = 0; at < b->n && !f->failed; at++) {
    struct instruction *i = &b->items[at];
    const struct instruction *second = NULL;
    if (i->target && flow_is_jump(i->opcode)) {
      while (i->target->n == 0)
        i->target = i->target->next;
      second = &i->target->items[0];
    }
    bool again = false;
    switch (i->opcode) {
    case OP_LOAD_CONST:
      if (at + 1 < b->n)
        fold_test(b, at, constants->get_borrowed(constants->context, i->argument));
      break;
    case OP_BUILD_TUPLE:
      shorten_tuple(f, b, at, constants);
      break;
    case OP_JUMP_IF_FALSE_OR_POP:
    case OP_JUMP_IF_TRUE_OR_POP:
      again = thread_or_pop(i, second);
      break;
    case PSEUDO_POP_JUMP_IF_FALSE:
    case PSEUDO_POP_JUMP_IF_TRUE:
    case PSEUDO_POP_JUMP_IF_NONE:
    case PSEUDO_POP_JUMP_IF_NOT_NONE:
    case PSEUDO_JUMP:
      again = second->opcode == PSEUDO_JUMP && thread(i, second, i->opcode);
      break;
    case OP_SWAP:
      if (i->argument == 1) {
        to_nop(i);
        break;
      }
      at = shorten_swaps(f, b, at);
      apply_swaps(b, at);
      break;
    case OP_PUSH_NULL:
      if (at + 1 < b->n && i[1].opcode == OP_LOAD_GLOBAL) {
        to_nop(i);
        i[1].argument |= 1;
      }
      break;
    default:
      break;
    }
    if (again)
      at--;
  }
}
