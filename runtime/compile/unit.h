/* The compiler's state, and how its parts emit code.
 *
 * A unit is one code object in the making: module, class body, function, lambda, comprehension. The
 * parts (statements, expressions, patterns, ...) walk the tree and emit into the flow graph of the
 * current unit. `where` is the place that instructions get; expressions set it and put it back,
 * statements leave theirs.
 *
 * Failures stick: once `failed` is set (with the error pending or in `error`), emitting does
 * nothing, so that callers need not look. Constants and names are borrowed: from the tree, from the
 * arena's list of objects, or immortal as interned strings. */
#pragma once
#include "runtime/compile/compile.h"
#include "runtime/compile/flow.h"
#include "runtime/compile/future.h"
#include "runtime/compile/scopes.h"

enum unit_kind {
  UNIT_MODULE,
  UNIT_CLASS,
  UNIT_FUNCTION,
  UNIT_ASYNC_FUNCTION,
  UNIT_LAMBDA,
  UNIT_COMPREHENSION,
};

/* What break, continue and return must undo on their way out. */
enum frame_kind {
  FRAME_WHILE,
  FRAME_FOR,
  FRAME_TRY_EXCEPT,
  FRAME_FINALLY_TRY,
  FRAME_FINALLY_END,
  FRAME_WITH,
  FRAME_ASYNC_WITH,
  FRAME_HANDLER_CLEANUP,
  FRAME_POP_VALUE,
  FRAME_EXCEPTION_HANDLER,
  FRAME_EXCEPTION_GROUP_HANDLER,
  FRAME_ASYNC_COMPREHENSION,
};
struct frame_block {
  enum frame_kind kind;
  struct block *start, *exit;       /* of a loop */
  const struct tree_nodes *finally; /* FRAME_FINALLY_TRY: what to run */
  const struct node *with;          /* FRAME_WITH, FRAME_ASYNC_WITH: the statement */
  struct object *name;              /* FRAME_HANDLER_CLEANUP: the exception's; NULL: none */
};
enum { FRAME_BLOCKS_MAX = 20 };

struct unit {
  struct unit *outer;
  enum unit_kind kind;
  struct scope *scope;
  struct object *name, *qualname;
  struct object *private; /* name of the class around */
  /* Numbers of: constants, names, and the frame's variables. */
  struct names consts, names, locals, cells, frees;
  struct flow flow;
  struct location where;
  int32_t argcount, posonlyargcount, kwonlyargcount, first_line;
  struct frame_block blocks[FRAME_BLOCKS_MAX];
  uint32_t blocks_n;
};

struct constant_slot {
  struct object *object; /* NULL: free */
  uint64_t hash;
};

struct compiler {
  const struct compile_options *options;
  struct syntax_error *error;
  struct tree arena; /* without nodes: memory, and what was made on the way */
  struct flow_memory flows;
  struct scopes scopes;
  struct future future;
  uint32_t flags; /* of the options, and future features */
  struct unit *unit;
  struct {
    struct constant_slot *slots;
    uint32_t n, capacity; /* a power of two */
  } constants;            /* each once */
  uint32_t units_n;       /* depth of nesting, the module is 1 */
  uint32_t lost_n;        /* units entered for which there was no memory */
  bool is_interactive, failed;
  struct object *name_doc, *name_module, *name_qualname, *name_name, *name_class, *name_classcell,
      *name_annotations, *name_debug, *name_return, *name_join, *name_empty;
};

/* ---- Units ---- */

void unit_enter(struct compiler *c, struct object *name, enum unit_kind kind, const struct node *n,
                int32_t first_line);
/* Assembles the current unit and leaves it: its code object, borrowed, or NULL. *qualname too. */
struct object *unit_leave(struct compiler *c, bool returns_none);

/* ---- Emitting ---- */

struct block *unit_block(struct compiler *c);
void unit_continue(struct compiler *c, struct block *b);
void unit_emit(struct compiler *c, uint8_t opcode, uint32_t argument);
void unit_emit_nowhere(struct compiler *c, uint8_t opcode, uint32_t argument);
void unit_jump(struct compiler *c, uint8_t opcode, struct block *target);
void unit_jump_nowhere(struct compiler *c, uint8_t opcode, struct block *target);
void unit_const(struct compiler *c, struct object *o); /* LOAD_CONST */
void unit_const_taking(struct compiler *c,
                       struct object *o); /* the same; NULL: an error is pending */
uint32_t unit_add_const(struct compiler *c, struct object *o);
/* With the number of a (mangled) name in co_names. */
void unit_name(struct compiler *c, uint8_t opcode, struct object *name);
/* Load, store or delete of a variable. */
void unit_variable(struct compiler *c, struct object *name, enum tree_expr_context context);
struct object *unit_mangle(struct compiler *c, struct object *name);
/* Gives a new object to the compilation: borrowed; NULL is passed through and sets failed. */
struct object *unit_keep_taking(struct compiler *c, struct object *o);
void unit_yield_from(struct compiler *c, bool awaits);
/* The number of a cell or free variable; they are numbered together, cells first. In a class
 * __class__ can be both. */
uint32_t unit_cell(struct compiler *c, struct object *name, bool is_free);

static inline void unit_at(struct compiler *c, const struct node *n) {
  c->unit->where = (struct location){n->lineno, n->end_lineno, n->col_offset, n->end_col_offset};
}
static inline void unit_nowhere(struct compiler *c) { c->unit->where = FLOW_NOWHERE; }

/* ---- Errors ---- */

/* A SyntaxError at the current place. */
void unit_error(struct compiler *c, const char *format, ...)
    __attribute__((format(printf, 2, 3), cold));
void unit_warn(struct compiler *c, const char *format, ...)
    __attribute__((format(printf, 2, 3), cold));
/* Whether a name may not be assigned or deleted: __debug__. Reports it. */
bool unit_forbids(struct compiler *c, struct object *name, enum tree_expr_context context);
static inline bool unit_awaits_at_top(const struct compiler *c) {
  return (c->flags & COMPILE_ALLOW_TOP_LEVEL_AWAIT) && c->unit->scope->kind == SCOPE_MODULE;
}

/* ---- The parts ---- */

/* compile_statements.c */
void statements_compile(struct compiler *c, const struct tree_nodes *body);
void statements_compile_interactive(struct compiler *c, const struct tree_nodes *body);
void statements_compile_body(struct compiler *c,
                             const struct tree_nodes *body); /* with docstring */
/* compile_blocks.c: try, with, and the way out of blocks */
bool blocks_push(struct compiler *c, struct frame_block block);
void blocks_pop(struct compiler *c);
void blocks_compile_try(struct compiler *c, const struct node *n);
void blocks_compile_try_star(struct compiler *c, const struct node *n);
void blocks_compile_with(struct compiler *c, const struct node *n);
/* Leaves all blocks, or those inside the innermost loop, which is returned (NULL: there is none).
 */
struct frame_block *blocks_unwind(struct compiler *c, bool keeps_value, bool to_loop);
void blocks_unwind_one(struct compiler *c, const struct frame_block *block, bool keeps_value);
/* compile_expressions.c */
void expressions_compile(struct compiler *c, const struct node *n); /* NULL: nothing */
void expressions_compile_all(struct compiler *c, const struct tree_nodes *nodes);
void expressions_jump_if(struct compiler *c, const struct node *n, struct block *target, bool when);
void expressions_binary(struct compiler *c, enum tree_operator operator, bool in_place);
void expressions_compare(struct compiler *c, enum tree_cmpop operator);
void expressions_at_attribute(struct compiler *c, const struct node *attribute);
/* compile_calls.c: calls and displays */
void calls_compile(struct compiler *c, const struct node *call);
void calls_compile_with(struct compiler *c, uint32_t pushed, const struct tree_nodes *args,
                        const struct tree_nodes *keywords);
void calls_compile_sequence(struct compiler *c, const struct node *n); /* List, Tuple, Set */
void calls_compile_dict(struct compiler *c, const struct node *n);
enum { CALLS_STACK_GUIDELINE = 30 }; /* larger displays are built in steps */
/* compile_functions.c: functions, classes, lambdas, comprehensions */
void functions_compile(struct compiler *c, const struct node *n);
void functions_compile_class(struct compiler *c, const struct node *n);
void functions_compile_lambda(struct compiler *c, const struct node *n);
void functions_compile_comprehension(struct compiler *c, const struct node *n);
void functions_annotation(struct compiler *c, const struct node *annotation);
/* compile_patterns.c */
void patterns_compile_match(struct compiler *c, const struct node *n);
/* compile_warnings.c: expressions that can't mean what they say */
void warnings_check_compare(struct compiler *c, const struct node *n);
void warnings_check_call(struct compiler *c, const struct node *function);
void warnings_check_subscript(struct compiler *c, const struct node *n);
/* repr of a constant as UTF-8 in a buffer, for messages. */
const char *warnings_repr(struct object *o, char *text, size_t bytes);
/* assemble.c: makes the code object of the current unit, borrowed; NULL on failure */
struct object *assemble_unit(struct compiler *c, bool returns_none);
