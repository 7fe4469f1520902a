/* Where GMP works: blocks of the allocator under test, like the ints themselves.
 *
 * GMP wants memory in the middle of an operation, for scratch beyond what fits on the stack and for
 * the limbs of its own integers, and can't be told that there is none: it has no way back. So
 * nothing is collected for such a block (operands and result may be known by their limbs only,
 * which keeps no object alive), and where the allocator has none, libc gives one. When that fails
 * too, the process ends, as it does with GMP's own functions. */
#include "base/check.h"
#include "gc/heap.h"
#include "runtime/object/int_limbs.h"
#include <stdlib.h>
#include <string.h>

struct front { /* in front of each block */
  _Alignas(16) bool is_libc;
};

static void *take(size_t bytes) {
  struct front *block = gc_scratch_new(bytes + sizeof *block);
  bool is_libc = !block;
  if (is_libc && !(block = malloc(bytes + sizeof *block)))
    fatal("no memory for the arithmetic of large integers: %zu bytes", bytes);
  block->is_libc = is_libc;
  return block + 1;
}
static void give_back(void *limbs, size_t bytes) {
  struct front *block = (struct front *)limbs - 1;
  if (block->is_libc)
    free(block);
  else
    gc_scratch_free(block);
}
static void *resize(void *limbs, size_t old_bytes, size_t bytes) {
  void *moved = take(bytes);
  memcpy(moved, limbs, old_bytes < bytes ? old_bytes : bytes);
  give_back(limbs, old_bytes);
  return moved;
}

void int_scratch_open(void) { mp_set_memory_functions(take, resize, give_back); }
void int_scratch_close(void) { mp_set_memory_functions(NULL, NULL, NULL); }
