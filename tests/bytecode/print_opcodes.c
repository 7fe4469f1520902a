/* Prints the instruction table in the form that opcodes_test.py compares with CPython's. */
#include "runtime/bytecode/opcode.h"
#include <stdio.h>

int main(void) {
  for (unsigned n = 0; n < 256; n++) {
    if (!opcode_facts[n].name)
      continue;
    unsigned arguments = n < OPCODE_HAVE_ARGUMENT ? 1 : 16;
    for (unsigned a = 0; a < arguments; a++)
      printf("%u %s %u %u %d %d\n", n, opcode_facts[n].name, opcode_facts[n].caches, a,
             opcode_stack_effect((uint8_t)n, a, false), opcode_stack_effect((uint8_t)n, a, true));
  }
  return 0;
}
