/* The table of instructions as data, and stack effects. */
#include "runtime/bytecode/opcode.h"
#include "base/bits.h"
#include "base/check.h"

#define VARIES OPCODE_VARIES
const struct opcode_facts opcode_facts[256] = {
#define OPCODE(name, number, caches, operand, pops, pushes, meaning)                               \
  [number] = {#name, meaning, caches, OPERAND_##operand, pops, pushes},
#include "runtime/bytecode/opcodes.def"
#undef OPCODE
};
#undef VARIES

/* Effects that the argument decides. */
static int varying_effect(uint8_t opcode, uint32_t argument) {
  int n = (int)argument;
  switch (opcode) {
  case OP_UNPACK_SEQUENCE:
    return n - 1;
  case OP_UNPACK_EX: /* low byte: before the star, the rest: behind it */
    return (n & 0xff) + (n >> 8);
  case OP_BUILD_TUPLE:
  case OP_BUILD_LIST:
  case OP_BUILD_SET:
  case OP_BUILD_STRING:
    return 1 - n;
  case OP_BUILD_MAP:
    return 1 - 2 * n;
  case OP_BUILD_CONST_KEY_MAP:
    return -n;
  case OP_LOAD_GLOBAL:
    return 1 + (n & 1);
  case OP_RAISE_VARARGS:
    return -n;
  case OP_MAKE_FUNCTION: /* four flags, an item each */
    return -(int)bit_count(argument & 0xf);
  case OP_BUILD_SLICE:
    return n == 3 ? -2 : -1;
  case OP_CALL_FUNCTION_EX:
    return -2 - (n & 1);
  case OP_FORMAT_VALUE: /* flag 4: a format specification is on the stack */
    return n & 4 ? -1 : 0;
  case OP_PRECALL:
    return -n;
  default:
    fatal("no stack effect for %s", opcode_facts[opcode].name);
  }
}

int opcode_stack_effect(uint8_t opcode, uint32_t argument, bool jump) {
  const struct opcode_facts *facts = &opcode_facts[opcode];
  if (jump) {
    if (opcode == OP_FOR_ITER || opcode == OP_SEND)
      return -1;
    if (opcode == OP_JUMP_IF_FALSE_OR_POP || opcode == OP_JUMP_IF_TRUE_OR_POP)
      return 0;
  }
  if (facts->pops == OPCODE_VARIES || facts->pushes == OPCODE_VARIES)
    return varying_effect(opcode, argument);
  return facts->pushes - facts->pops;
}
