/* Instructions of canonical code: what users see in `co_code` and `dis`.
 *
 * An instruction is two bytes, opcode and argument; its caches, where it has any, follow as
 * two-byte words. An argument above 255 is preceded by EXTENDED_ARGs, which hold its higher bytes.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

enum opcode {
#define OPCODE(name, number, caches, operand, pops, pushes, meaning) OP_##name = number,
#include "runtime/bytecode/opcodes.def"
#undef OPCODE
};

enum opcode_operand {
  OPERAND_NONE,
  OPERAND_COUNT,    /* a number */
  OPERAND_FLAGS,    /* a set of bits */
  OPERAND_CONST,    /* index in co_consts */
  OPERAND_NAME,     /* index in co_names */
  OPERAND_GLOBAL,   /* index in co_names, shifted left by one; the low bit is a flag */
  OPERAND_LOCAL,    /* index in co_varnames */
  OPERAND_FREE,     /* index in the frame's variables: locals, cells, free variables */
  OPERAND_COMPARE,  /* < <= == != > >= */
  OPERAND_INVERT,   /* 1: the negated operator */
  OPERAND_BINARY,   /* enum opcode_binary */
  OPERAND_FORWARD,  /* words to skip, counted from the next instruction */
  OPERAND_BACKWARD, /* words to go back, counted from there */
};

/* The argument of BINARY_OP; BINARY_INPLACE is added for the assigning form. */
enum opcode_binary {
  BINARY_ADD,
  BINARY_AND,
  BINARY_FLOOR_DIVIDE,
  BINARY_LSHIFT,
  BINARY_MATRIX_MULTIPLY,
  BINARY_MULTIPLY,
  BINARY_REMAINDER,
  BINARY_OR,
  BINARY_POWER,
  BINARY_RSHIFT,
  BINARY_SUBTRACT,
  BINARY_TRUE_DIVIDE,
  BINARY_XOR,
  BINARY_INPLACE,
};

struct opcode_facts {
  const char *name;    /* NULL: no such instruction */
  const char *meaning; /* one phrase */
  uint8_t caches;      /* 16-bit words behind it */
  uint8_t operand;     /* enum opcode_operand */
  int8_t pops, pushes; /* without a jump; OPCODE_VARIES: the argument decides */
};

enum { OPCODE_VARIES = -1, OPCODE_HAVE_ARGUMENT = 90 };

extern const struct opcode_facts opcode_facts[256];

static inline bool opcode_is_jump(uint8_t opcode) {
  return opcode_facts[opcode].operand >= OPERAND_FORWARD;
}
/* Change of the stack's depth by an instruction when it does not jump, or when it does. For all
 * opcodes in the table; what dis.stack_effect says. */
int opcode_stack_effect(uint8_t opcode, uint32_t argument, bool jump);
