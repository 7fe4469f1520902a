/* Scopes: which variable a name means, in every block of a program.
 *
 * Two passes, as in CPython. The first walks the tree and notes how each block uses each name; the
 * second decides: local, global, cell (a local that an inner block uses), free (from a block
 * outside). Errors carry CPython's words and places. */
#pragma once
#include "runtime/compile/names.h"
#include "runtime/compile/parse.h"

enum scope_kind { SCOPE_MODULE, SCOPE_FUNCTION, SCOPE_CLASS, SCOPE_ANNOTATION };
enum scope_comprehension {
  COMPREHENSION_NONE,
  COMPREHENSION_LIST,
  COMPREHENSION_DICT,
  COMPREHENSION_SET,
  COMPREHENSION_GENERATOR,
};
/* How a block uses a name; a set of these, and a variable kind in the bits above. */
enum scope_use {
  SCOPE_GLOBAL = 1 << 0,     /* global statement */
  SCOPE_LOCAL = 1 << 1,      /* assigned */
  SCOPE_PARAM = 1 << 2,      /* parameter */
  SCOPE_NONLOCAL = 1 << 3,   /* nonlocal statement */
  SCOPE_USE = 1 << 4,        /* read */
  SCOPE_FREE_CLASS = 1 << 6, /* in a class: a method's free variable has the same name */
  SCOPE_IMPORT = 1 << 7,
  SCOPE_ANNOTATED = 1 << 8,
  SCOPE_COMP_ITER = 1 << 9, /* target of a comprehension's for */
  SCOPE_BOUND = SCOPE_LOCAL | SCOPE_PARAM | SCOPE_IMPORT,
  SCOPE_VARIABLE_SHIFT = 11,
};
enum scope_variable {
  VARIABLE_UNKNOWN,
  VARIABLE_LOCAL,
  VARIABLE_GLOBAL_EXPLICIT,
  VARIABLE_GLOBAL_IMPLICIT,
  VARIABLE_FREE,
  VARIABLE_CELL,
};

struct scope_directive { /* a global or nonlocal statement */
  struct scope_directive *next;
  struct object *name;
  const struct node *where;
};

struct scope {
  enum scope_kind kind;
  enum scope_comprehension comprehension;
  const struct node *opener; /* the node whose scope it is */
  struct names symbols;    /* value: uses and variable kind */
  struct names parameters; /* in the order of the frame's variables */
  struct scope *outer, *first, *last, *sibling;
  struct scope_directive *directives;
  uint32_t iterables; /* depth of expressions whose values a comprehension runs over */
  bool in_target;     /* the target of a comprehension's for is being visited */
  bool is_nested, is_generator, is_coroutine, has_varargs, has_varkeywords;
  bool needs_class_cell; /* class whose methods use __class__ or super */
};

struct scopes {
  struct tree *arena;
  struct syntax_error *error;
  struct names blocks; /* of nodes; value: number in `items` */
  struct scope **items;
  uint32_t n, capacity;
  struct scope *module, *current;
  struct object *private;                                 /* name of the class around */
  struct object *name_super, *name_class, *name_argument; /* super, __class__, .0 */
  bool future_annotations;
  uint32_t depth, depth_max;
};

/* Fills in scopes for a tree. -1: see parse_source for how errors come. */
int scopes_build(struct scopes *scopes, struct tree *arena, const struct node *root,
                 bool future_annotations, uint32_t depth_max, struct syntax_error *error);
/* The scope that a module, function, class, lambda or comprehension opens. */
struct scope *scopes_of(const struct scopes *scopes, const struct node *n);
/* What a (mangled) name means in a scope. */
static inline enum scope_variable scope_variable_of(const struct scope *scope,
                                                    const struct object *name) {
  int64_t i = names_find(&scope->symbols, name);
  return i < 0 ? VARIABLE_UNKNOWN
               : (enum scope_variable)(scope->symbols.items[i].value >> SCOPE_VARIABLE_SHIFT);
}

/* A SyntaxError at a node, or at places given; -1. */
int scopes_error(struct syntax_error *error, const struct node *where, const char *format, ...)
    __attribute__((format(printf, 3, 4), cold));
/* RecursionError of a tree that is too deep; -1. */
int scopes_too_deep(void) __attribute__((cold));
