/* Tree to code object: the entry to folding, scopes and compiler. */
#pragma once
#include "runtime/bytecode/code.h"
#include "runtime/compile/parse.h"

enum { COMPILE_ALLOW_TOP_LEVEL_AWAIT = 0x2000, COMPILE_DEPTH_MAX = 3000 };

struct compile_options {
  struct object *filename; /* str */
  int optimize;            /* 0; 1: no assertions, __debug__ is False; 2: no docstrings either */
  uint32_t flags;          /* CODE_FUTURE_* in force from outside, COMPILE_ALLOW_TOP_LEVEL_AWAIT */
  uint32_t depth_max;      /* of nesting, before RecursionError; 0: COMPILE_DEPTH_MAX */
  /* Called for each SyntaxWarning, as parse_options.warn. */
  int (*warn)(void *context, enum parse_warning warning, const char *message, int32_t lineno);
  void *warn_context;
};

/* A new code object. NULL: either error->kind says what is wrong with the program, or (kind NONE)
 * an error is pending: ERROR_MEMORY, ERROR_RECURSION. `error` need not be initialised. The tree is
 * changed by folding; it may not be compiled again. */
struct object *compile_tree(struct tree *tree, const struct compile_options *options,
                            struct syntax_error *error);
/* Parses and compiles n bytes of source. */
struct object *compile_source(const char *bytes, size_t n, const struct parse_options *parse,
                              const struct compile_options *options, struct syntax_error *error);
