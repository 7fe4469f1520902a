/* Code objects: what a function, a class body or a module was compiled to. Immutable once made.
 *
 * The variables of a frame stand in one row, `localsplusnames`: parameters and locals, then cells
 * that are no parameters, then free variables; `localspluskinds` has a byte of enum code_kind for
 * each. A parameter that is also a cell keeps its place among the locals. */
#pragma once
#include "runtime/object/type.h"

extern struct type code_type;

enum code_flags { /* co_flags */
                  CODE_OPTIMIZED = 0x0001,
                  CODE_NEWLOCALS = 0x0002,
                  CODE_VARARGS = 0x0004,
                  CODE_VARKEYWORDS = 0x0008,
                  CODE_NESTED = 0x0010,
                  CODE_GENERATOR = 0x0020,
                  CODE_COROUTINE = 0x0080,
                  CODE_ITERABLE_COROUTINE = 0x0100,
                  CODE_ASYNC_GENERATOR = 0x0200,
                  /* from __future__ import NAME */
                  CODE_FUTURE_DIVISION = 0x20000,
                  CODE_FUTURE_ABSOLUTE_IMPORT = 0x40000,
                  CODE_FUTURE_WITH_STATEMENT = 0x80000,
                  CODE_FUTURE_PRINT_FUNCTION = 0x100000,
                  CODE_FUTURE_UNICODE_LITERALS = 0x200000,
                  CODE_FUTURE_BARRY_AS_BDFL = 0x400000,
                  CODE_FUTURE_GENERATOR_STOP = 0x800000,
                  CODE_FUTURE_ANNOTATIONS = 0x1000000,
};
enum code_kind { CODE_LOCAL = 0x20, CODE_CELL = 0x40, CODE_FREE = 0x80 };

/* The references of a code object, each never NULL once it is made. */
#define CODE_REFERENCES(X)                                                                         \
  X(code, bytes, "instructions with their caches (opcode.h)")                                      \
  X(consts, tuple, "constants")                                                                    \
  X(names, tuple, "names of globals, attributes, imports")                                         \
  X(localsplusnames, tuple, "names of the frame's variables")                                      \
  X(localspluskinds, bytes, "their kinds")                                                         \
  X(filename, str, "where the source was")                                                         \
  X(name, str, "of the function, class or module")                                                 \
  X(qualname, str, "with what encloses it")                                                        \
  X(linetable, bytes, "places in the source (locations.h)")                                        \
  X(exceptiontable, bytes, "handlers (exceptions.h)")

struct code {
  struct object head;
#define CODE_FIELD(name, type, meaning) struct object *name;
  CODE_REFERENCES(CODE_FIELD)
#undef CODE_FIELD
  struct object *weakrefs; /* list of weak references; not owned */
  int64_t hash;            /* -1: not computed yet */
  void *derived;           /* what the interpreter made of it; freed by code_release_derived */
  int32_t argcount, posonlyargcount, kwonlyargcount; /* argcount includes the positional-only */
  int32_t stacksize;                                 /* most values at a time */
  uint32_t flags;                                    /* enum code_flags */
  int32_t firstlineno;
  int32_t nlocals, ncellvars,
      nfreevars; /* a cell that is a parameter counts in both of the first */
};
enum {
  CODE_REFERENCES_N = 0
#define CODE_COUNT(name, type, meaning) +1
  CODE_REFERENCES(CODE_COUNT)
#undef CODE_COUNT
};

/* The plain fields of a new code object; references and counts of variables are set by code_new. */
struct code_facts {
#define CODE_FIELD(name, type, meaning) struct object *name;
  CODE_REFERENCES(CODE_FIELD)
#undef CODE_FIELD
  int32_t argcount, posonlyargcount, kwonlyargcount, stacksize, firstlineno;
  uint32_t flags;
};
/* Borrows all objects of the facts. The counts of variables follow from localspluskinds. */
struct object *code_new(const struct code_facts *facts);
void code_open(void); /* behind object_open */
void code_close(void);
static inline bool is_code(const struct object *o) { return type_of(o) == &code_type; }

/* Frees what `derived` points to when a code object dies; set by whoever fills that in. Must not
 * touch other objects. */
extern void (*code_release_derived)(void *derived);

/* co_varnames, co_cellvars, co_freevars: new tuples. */
struct object *code_varnames(const struct object *code);
struct object *code_cellvars(const struct object *code);
struct object *code_freevars(const struct object *code);

/* Whether two constants are interchangeable in co_consts: same type and value all the way down, the
 * sign of zeros included; a NaN equals only itself. Never calls foreign code. */
bool code_same_constant(const struct object *a, const struct object *b);
uint64_t code_hash_constant(const struct object *o); /* equal for constants that are the same */
