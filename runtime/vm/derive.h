/* Canonical code -> words. Made at the first call of a code object, and kept in code->derived. */
#pragma once
#include "runtime/bytecode/code.h"
#include "runtime/object/function.h"
#include "runtime/vm/words.h"

struct derived_handler { /* all in words of the derived stream */
  uint32_t start, end, target;
  uint32_t depth;
  bool keeps_last;
};

/* One buffer: this struct, the words, the two maps, the handlers. */
struct derived {
  size_t bytes;
  uint64_t *words;
  uint32_t *to_canonical;   /* per word: the instruction (in 2-byte units) it reports for errors */
  uint32_t *from_canonical; /* per unit: the word that begins it; ~0: none does */
  struct derived_handler *handlers;
  uint32_t words_n, units_n, handlers_n;
  uint32_t variables; /* locals, cells, free variables */
  uint32_t slots;     /* variables and the deepest stack, with room for the exception's three */
  uint32_t argcount;  /* positional parameters */
  uint32_t resumes;   /* 1: the first word is RESUME; 0: it is not, or has to be run */
  bool has_names;     /* of a module or class: its names are in a mapping, the globals at first */
  bool is_simple;     /* neither varargs nor keyword-only parameters */
  bool is_generator;  /* any of its kinds */
  bool is_traced;
  struct code *code;      /* what it was made of; it owns this */
  struct derived *traced; /* plain stream: its traced form; NULL: none yet */
  /* Traced streams only: */
  struct derived *plain;
  uint32_t *starts; /* per word of the plain stream: the unit that begins it; ~0: none does */
  int32_t *lines;   /* per unit; -1: none */
};

struct derived *derive_code(struct code *code); /* NULL when memory is exhausted */
/* Of the code that the function has afterwards: what is collected for memory may change it. */
struct derived *derive_function(struct function *function);
/* The traced stream of a code object that has been derived: a word for each instruction, nothing
 * fused, every variable tested, and a TRACE in front of each instruction behind the first RESUME.
 * Lives as long as the plain one. */
struct derived *derive_traced(struct code *code);
void derive_release(void *derived);
static inline struct derived *derived_of(struct code *code) {
  return LIKELY(code->derived != NULL) ? code->derived : derive_code(code);
}
static inline struct derived *derived_of_function(struct function *function) {
  struct derived *d = ((struct code *)function->code)->derived;
  return LIKELY(d != NULL) ? d : derive_function(function);
}
