/* The flow graph of one code object: blocks of instructions, from what the compiler emits to what
 * the assembler writes.
 *
 * Invariants. A jump or an end of the frame (return, raise) is the last instruction of its block;
 * what is emitted behind it opens a new block by itself. `next` is the order of the code, `made`
 * the order of making, newest first: some passes depend on it. Until the order of blocks is final,
 * jumps are pseudo instructions without direction.
 *
 * Passes, in the order of flow_finish, are those of CPython 3.11's compiler, since its code is to
 * be met instruction for instruction. All memory is the arena's; failures are kept in `failed`. */
#pragma once
#include "runtime/bytecode/locations.h"
#include "runtime/bytecode/opcode.h"
#include "runtime/compile/tree.h"

/* Instructions that only the graph knows. */
enum pseudo {
  PSEUDO_FIRST = 240,
  PSEUDO_SETUP_FINALLY = PSEUDO_FIRST, /* a handler begins to guard; it gets the exception */
  PSEUDO_SETUP_CLEANUP,                /* the same, and the place of the instruction below it */
  PSEUDO_SETUP_WITH,                   /* the same, and replaces the result of __enter__ */
  PSEUDO_POP_BLOCK,                    /* the innermost handler ends to guard */
  PSEUDO_JUMP_FIRST,
  PSEUDO_JUMP = PSEUDO_JUMP_FIRST,
  PSEUDO_JUMP_NO_INTERRUPT,
  PSEUDO_POP_JUMP_IF_FALSE,
  PSEUDO_POP_JUMP_IF_TRUE,
  PSEUDO_POP_JUMP_IF_NONE,
  PSEUDO_POP_JUMP_IF_NOT_NONE,
};

#define FLOW_NOWHERE ((struct location){-1, -1, -1, -1})

struct instruction {
  uint8_t opcode; /* enum opcode or enum pseudo */
  uint32_t argument;
  struct block *target;  /* of a jump or a setup */
  struct block *handler; /* what guards it; set by flow_finish */
  struct location where;
};

struct handlers;
struct block {
  struct instruction *items;
  uint32_t n, capacity;
  struct block *next;        /* in the order of the code */
  struct block *made;        /* made before this one */
  struct handlers *handlers; /* those in force at its start, while they are searched */
  uint32_t predecessors;
  uint32_t offset; /* words of code before it */
  int32_t depth;   /* of the stack at its start; -1: not known */
  bool ends;       /* in a return or raise */
  bool falls_not;  /* into the next block */
  bool keeps_last; /* as a handler: wants the place of the instruction that raised */
  bool is_visited;
};

enum { FLOW_SIZES = 24 };
struct flow_memory { /* shared by all graphs of a compilation: instructions of finished ones */
  struct tree *arena;
  struct instruction *spare[FLOW_SIZES]; /* by log2 of the capacity, linked through `target` */
  struct block *blocks;                  /* linked through `made` */
};

struct flow {
  struct flow_memory *memory;
  struct block *entry, *current, *newest;
  struct block spare; /* stands in for a block there was no memory for */
  bool failed;        /* an error is pending; all that follows does nothing */
};

void flow_open(struct flow *f, struct flow_memory *memory);
void flow_close(struct flow *f); /* its memory serves the next graph */
/* A block not yet in the order of the code; never NULL. */
struct block *flow_block(struct flow *f);
/* The block comes next, and is where instructions go from now on. */
void flow_continue(struct flow *f, struct block *b);
void flow_emit(struct flow *f, uint8_t opcode, uint32_t argument, struct block *target,
               struct location where);
/* Whether the code so far ends in a return. */
bool flow_has_returned(const struct flow *f);
/* At the start of the whole code. */
void flow_insert(struct flow *f, uint32_t at, uint8_t opcode, uint32_t argument,
                 struct location where);

static inline bool flow_is_setup(uint8_t opcode) {
  return opcode >= PSEUDO_SETUP_FINALLY && opcode <= PSEUDO_SETUP_WITH;
}
static inline bool flow_is_jump(uint8_t opcode) {
  return opcode >= PSEUDO_FIRST ? opcode >= PSEUDO_JUMP_FIRST : opcode_is_jump(opcode);
}
static inline bool flow_is_end(uint8_t opcode) {
  return opcode == OP_RETURN_VALUE || opcode == OP_RAISE_VARARGS || opcode == OP_RERAISE;
}
/* Words of code an instruction takes, with prefixes and caches. */
unsigned flow_words(const struct instruction *i);

/* Truth of a constant. */
bool flow_constant_is_true(const struct object *o);

/* What the graph must know of constants. */
struct flow_constants {
  struct object *(*get_borrowed)(void *context, uint32_t index);
  /* The index of the tuple of these constants; -1: an error is pending. */
  int64_t (*tuple)(void *context, struct object *const *items, uint32_t n);
  void *context;
};
/* Optimises, gives every instruction its place in the source and its handler, fixes the order and
 * direction of jumps and their arguments. Returns the depth of stack the code needs. */
int32_t flow_finish(struct flow *f, const struct flow_constants *constants, int32_t first_line,
                    bool starts_with_value);
/* Steps of flow_finish, in flow_peephole.c and flow_order.c. */
void flow_optimise_block(struct flow *f, struct block *b, const struct flow_constants *constants);
int32_t flow_stack_depth(struct flow *f, bool starts_with_value);
void flow_find_handlers(struct flow *f);
void flow_direct_jumps(struct flow *f);
void flow_resolve_jumps(struct flow *f);
