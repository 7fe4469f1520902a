/* What makes a code object of its own: functions, classes, lambdas, comprehensions. */
#include "runtime/bytecode/code.h"
#include "runtime/compile/text.h"
#include "runtime/compile/unit.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"

/* ---- Making functions ---- */

enum { HAS_DEFAULTS = 1, HAS_KEYWORD_DEFAULTS = 2, HAS_ANNOTATIONS = 4, HAS_CLOSURE = 8 };

static void load_closure(struct compiler *c, struct object *name) {
  bool is_class_cell = c->unit->kind == UNIT_CLASS && name == c->name_class;
  bool is_free = !is_class_cell && scope_variable_of(c->unit->scope, name) != VARIABLE_CELL;
  unit_emit(c, OP_LOAD_CLOSURE, unit_cell(c, name, is_free));
}

/* MAKE_FUNCTION of code (NULL: failed), with the cells that its free variables are. */
static void make_function(struct compiler *c, struct object *code, uint32_t flags) {
  if (!code || c->failed)
    return;
  const struct code *made = (const struct code *)code;
  if (made->nfreevars) {
    size_t n = tuple_length(made->localsplusnames);
    for (size_t i = n - (size_t)made->nfreevars; i < n; i++)
      load_closure(c, tuple_get_borrowed(made->localsplusnames, i));
    flags |= HAS_CLOSURE;
    unit_emit(c, OP_BUILD_TUPLE, (uint32_t)made->nfreevars);
  }
  unit_const(c, code);
  unit_emit(c, OP_MAKE_FUNCTION, flags);
}

void functions_annotation(struct compiler *c, const struct node *annotation) {
  if (c->flags & CODE_FUTURE_ANNOTATIONS)
    unit_const_taking(c, text_of_expression(annotation));
  else
    expressions_compile(c, annotation);
}

static void annotate(struct compiler *c, struct object *name, const struct node *annotation,
                     uint32_t *n) {
  if (!annotation)
    return;
  unit_const(c, unit_mangle(c, name));
  if (annotation->kind == NODE_Starred && !(c->flags & CODE_FUTURE_ANNOTATIONS)) {
    expressions_compile(c, annotation->Starred.value); /* *args: *Ts */
    unit_emit(c, OP_UNPACK_SEQUENCE, 1);
  } else
    functions_annotation(c, annotation);
  *n += 2;
}

static void annotate_all(struct compiler *c, const struct tree_nodes *args, uint32_t *n) {
  for (uint32_t i = 0; i < args->n; i++)
    annotate(c, args->items[i]->arg.arg, args->items[i]->arg.annotation, n);
}

/* In an order of their own, as CPython has it. */
static uint32_t compile_annotations(struct compiler *c, const struct node *args,
                                    const struct node *returns) {
  uint32_t n = 0;
  const struct node *vararg = args->arguments.vararg, *kwarg = args->arguments.kwarg;
  annotate_all(c, &args->arguments.args, &n);
  annotate_all(c, &args->arguments.posonlyargs, &n);
  if (vararg)
    annotate(c, vararg->arg.arg, vararg->arg.annotation, &n);
  annotate_all(c, &args->arguments.kwonlyargs, &n);
  if (kwarg)
    annotate(c, kwarg->arg.arg, kwarg->arg.annotation, &n);
  annotate(c, c->name_return, returns, &n);
  if (n)
    unit_emit(c, OP_BUILD_TUPLE, n);
  return n ? HAS_ANNOTATIONS : 0;
}

static uint32_t compile_keyword_defaults(struct compiler *c, const struct node *args) {
  const struct tree_nodes *names = &args->arguments.kwonlyargs,
                          *defaults = &args->arguments.kw_defaults;
  uint32_t n = 0;
  for (uint32_t i = 0; i < names->n; i++)
    n += defaults->items[i] != NULL;
  if (!n)
    return 0;
  struct object *keys = unit_keep_taking(c, tuple_new(n));
  for (uint32_t i = 0, k = 0; i < names->n && keys; i++)
    if (defaults->items[i]) {
      tuple_init_taking(keys, k++, hold(unit_mangle(c, names->items[i]->arg.arg)));
      expressions_compile(c, defaults->items[i]);
    }
  if (!c->failed)
    unit_const(c, keys);
  unit_emit(c, OP_BUILD_CONST_KEY_MAP, n);
  return HAS_KEYWORD_DEFAULTS;
}

static uint32_t compile_defaults(struct compiler *c, const struct node *args) {
  uint32_t flags = 0;
  if (args->arguments.defaults.n) {
    expressions_compile_all(c, &args->arguments.defaults);
    unit_emit(c, OP_BUILD_TUPLE, args->arguments.defaults.n);
    flags |= HAS_DEFAULTS;
  }
  return flags | compile_keyword_defaults(c, args);
}

static bool check_names(struct compiler *c, const struct tree_nodes *args) {
  for (uint32_t i = 0; i < args->n; i++)
    if (unit_forbids(c, args->items[i]->arg.arg, expr_context_Store))
      return false;
  return true;
}

static bool check_parameters(struct compiler *c, const struct node *args) {
  const struct node *vararg = args->arguments.vararg, *kwarg = args->arguments.kwarg;
  return check_names(c, &args->arguments.posonlyargs) && check_names(c, &args->arguments.args) &&
         !(vararg && unit_forbids(c, vararg->arg.arg, expr_context_Store)) &&
         check_names(c, &args->arguments.kwonlyargs) &&
         !(kwarg && unit_forbids(c, kwarg->arg.arg, expr_context_Store));
}

static void set_counts(struct compiler *c, const struct node *args) {
  c->unit->argcount = (int32_t)args->arguments.args.n;
  c->unit->posonlyargcount = (int32_t)args->arguments.posonlyargs.n;
  c->unit->kwonlyargcount = (int32_t)args->arguments.kwonlyargs.n;
}

/* ---- Functions and classes ---- */

static void apply_decorators(struct compiler *c, const struct tree_nodes *decorators) {
  struct location where = c->unit->where;
  for (uint32_t i = decorators->n; i-- > 0;) {
    unit_at(c, decorators->items[i]);
    unit_emit(c, OP_PRECALL, 0);
    unit_emit(c, OP_CALL, 0);
  }
  c->unit->where = where;
}

static int32_t first_line_of(const struct node *n, const struct tree_nodes *decorators) {
  return decorators->n ? decorators->items[0]->lineno : n->lineno;
}

/* FunctionDef and AsyncFunctionDef have the same fields. */
void functions_compile(struct compiler *c, const struct node *n) {
  const struct node *args = n->FunctionDef.args;
  const struct tree_nodes *decorators = &n->FunctionDef.decorator_list;
  struct tree_nodes body = n->FunctionDef.body;
  if (!check_parameters(c, args))
    return;
  expressions_compile_all(c, decorators);
  uint32_t flags = compile_defaults(c, args);
  flags |= compile_annotations(c, args, n->FunctionDef.returns);
  unit_enter(c, n->FunctionDef.name,
             n->kind == NODE_AsyncFunctionDef ? UNIT_ASYNC_FUNCTION : UNIT_FUNCTION, n,
             first_line_of(n, decorators));
  struct object *doc = c->options->optimize < 2 ? future_docstring_borrowed(&body) : NULL;
  unit_add_const(c, doc ? doc : NONE);
  set_counts(c, args);
  if (doc) {
    body.items++;
    body.n--;
  }
  statements_compile(c, &body);
  make_function(c, unit_leave(c, true), flags);
  apply_decorators(c, decorators);
  unit_variable(c, n->FunctionDef.name, expr_context_Store);
}

static struct object *compile_class_body(struct compiler *c, const struct node *n) {
  unit_enter(c, n->ClassDef.name, UNIT_CLASS, n, first_line_of(n, &n->ClassDef.decorator_list));
  c->unit->private = n->ClassDef.name;
  unit_variable(c, c->name_name, expr_context_Load);
  unit_variable(c, c->name_module, expr_context_Store);
  unit_const(c, c->unit->qualname);
  unit_variable(c, c->name_qualname, expr_context_Store);
  statements_compile_body(c, &n->ClassDef.body);
  unit_nowhere(c);
  if (c->unit->scope->needs_class_cell) {
    unit_emit(c, OP_LOAD_CLOSURE, unit_cell(c, c->name_class, false));
    unit_emit(c, OP_COPY, 1);
    unit_variable(c, c->name_classcell, expr_context_Store);
  } else
    unit_const(c, NONE);
  unit_emit(c, OP_RETURN_VALUE, 0);
  return unit_leave(c, true);
}

/* NAME = __build_class__(<body>, "NAME", *bases, **keywords) */
void functions_compile_class(struct compiler *c, const struct node *n) {
  const struct tree_nodes *decorators = &n->ClassDef.decorator_list;
  expressions_compile_all(c, decorators);
  struct object *code = compile_class_body(c, n);
  if (c->failed)
    return;
  unit_emit(c, OP_PUSH_NULL, 0);
  unit_emit(c, OP_LOAD_BUILD_CLASS, 0);
  make_function(c, code, 0);
  unit_const(c, n->ClassDef.name);
  calls_compile_with(c, 2, &n->ClassDef.bases, &n->ClassDef.keywords);
  apply_decorators(c, decorators);
  unit_variable(c, n->ClassDef.name, expr_context_Store);
}

static struct object *interned(struct compiler *c, const char *text) {
  struct object *name = str_intern(text);
  if (!name) {
    c->failed = true;
    return c->name_empty;
  }
  drop(name); /* interned strings are immortal */
  return name;
}

void functions_compile_lambda(struct compiler *c, const struct node *n) {
  const struct node *args = n->Lambda.args;
  if (!check_parameters(c, args))
    return;
  uint32_t flags = compile_defaults(c, args);
  unit_enter(c, interned(c, "<lambda>"), UNIT_LAMBDA, n, n->lineno);
  unit_add_const(c, NONE); /* the first constant would be a docstring */
  set_counts(c, args);
  expressions_compile(c, n->Lambda.body);
  bool is_generator = c->unit->scope->is_generator;
  if (!is_generator)
    unit_emit(c, OP_RETURN_VALUE, 0);
  make_function(c, unit_leave(c, !is_generator), flags);
}

/* ---- Comprehensions ---- */

struct comprehension {
  const struct node *element, *value; /* value: of a dict's pair */
  const struct tree_nodes *generators;
  enum node_kind kind;
};

static void compile_generator(struct compiler *c, const struct comprehension *comp, uint32_t at,
                              uint32_t depth);

/* What is done for each item, or the next `for`. */
static void compile_inner(struct compiler *c, const struct comprehension *comp, uint32_t at,
                          uint32_t depth) {
  if (at + 1 < comp->generators->n)
    return compile_generator(c, comp, at + 1, depth);
  expressions_compile(c, comp->element);
  switch (comp->kind) {
  case NODE_GeneratorExp:
    if (c->unit->scope->is_coroutine)
      unit_emit(c, OP_ASYNC_GEN_WRAP, 0);
    unit_emit(c, OP_YIELD_VALUE, 0);
    unit_emit(c, OP_RESUME, 1);
    return unit_emit(c, OP_POP_TOP, 0);
  case NODE_ListComp:
    return unit_emit(c, OP_LIST_APPEND, depth + 1);
  case NODE_SetComp:
    return unit_emit(c, OP_SET_ADD, depth + 1);
  default:
    expressions_compile(c, comp->value);
    return unit_emit(c, OP_MAP_ADD, depth + 1);
  }
}

static void compile_conditions(struct compiler *c, const struct tree_nodes *ifs,
                               struct block *otherwise) {
  for (uint32_t i = 0; i < ifs->n; i++)
    expressions_jump_if(c, ifs->items[i], otherwise, false);
}

/* `for y in [f(x)]`: the only element of a display, which then is no loop; NULL: it is one. */
static const struct node *only_element(const struct node *iter) {
  if (iter->kind != NODE_List && iter->kind != NODE_Tuple)
    return NULL;
  const struct tree_nodes *elements = &iter->List.elts; /* Tuple has the same fields */
  return elements->n == 1 && elements->items[0]->kind != NODE_Starred ? elements->items[0] : NULL;
}

static void compile_sync_generator(struct compiler *c, const struct comprehension *comp,
                                   uint32_t at, uint32_t depth) {
  const struct node *n = comp->generators->items[at];
  struct block *start = unit_block(c), *if_cleanup = unit_block(c), *anchor = unit_block(c);
  const struct node *only = at ? only_element(n->comprehension.iter) : NULL;
  if (at == 0) {
    c->unit->argcount = 1;
    unit_emit(c, OP_LOAD_FAST, 0);
  } else if (only)
    expressions_compile(c, only);
  else {
    expressions_compile(c, n->comprehension.iter);
    unit_emit(c, OP_GET_ITER, 0);
  }
  if (!only) {
    depth++;
    unit_continue(c, start);
    unit_jump(c, OP_FOR_ITER, anchor);
  }
  expressions_compile(c, n->comprehension.target);
  compile_conditions(c, &n->comprehension.ifs, if_cleanup);
  compile_inner(c, comp, at, depth);
  unit_continue(c, if_cleanup);
  if (!only) {
    unit_jump(c, PSEUDO_JUMP, start);
    unit_continue(c, anchor);
  }
}

static void compile_async_generator(struct compiler *c, const struct comprehension *comp,
                                    uint32_t at, uint32_t depth) {
  const struct node *n = comp->generators->items[at];
  struct block *start = unit_block(c), *except = unit_block(c), *if_cleanup = unit_block(c);
  if (at == 0) {
    c->unit->argcount = 1;
    unit_emit(c, OP_LOAD_FAST, 0);
  } else {
    expressions_compile(c, n->comprehension.iter);
    unit_emit(c, OP_GET_AITER, 0);
  }
  unit_continue(c, start);
  if (!blocks_push(c, (struct frame_block){.kind = FRAME_ASYNC_COMPREHENSION, .start = start}))
    return;
  unit_jump(c, PSEUDO_SETUP_FINALLY, except);
  unit_emit(c, OP_GET_ANEXT, 0);
  unit_const(c, NONE);
  unit_yield_from(c, true);
  unit_emit(c, PSEUDO_POP_BLOCK, 0);
  expressions_compile(c, n->comprehension.target);
  compile_conditions(c, &n->comprehension.ifs, if_cleanup);
  compile_inner(c, comp, at, depth + 1);
  unit_continue(c, if_cleanup);
  unit_jump(c, PSEUDO_JUMP, start);
  blocks_pop(c);
  unit_continue(c, except);
  unit_emit(c, OP_END_ASYNC_FOR, 0);
}

static void compile_generator(struct compiler *c, const struct comprehension *comp, uint32_t at,
                              uint32_t depth) {
  if (comp->generators->items[at]->comprehension.is_async)
    compile_async_generator(c, comp, at, depth);
  else
    compile_sync_generator(c, comp, at, depth);
}

static struct comprehension facts_of(const struct node *n) {
  if (n->kind == NODE_DictComp)
    return (struct comprehension){n->DictComp.key, n->DictComp.value, &n->DictComp.generators,
                                  NODE_DictComp};
  /* The others have the same fields. */
  return (struct comprehension){n->ListComp.elt, NULL, &n->ListComp.generators,
                                (enum node_kind)n->kind};
}

static const char *name_of(enum node_kind kind) {
  return kind == NODE_ListComp   ? "<listcomp>"
         : kind == NODE_SetComp  ? "<setcomp>"
         : kind == NODE_DictComp ? "<dictcomp>"
                                 : "<genexpr>";
}

void functions_compile_comprehension(struct compiler *c, const struct node *n) {
  struct comprehension comp = facts_of(n);
  bool is_generator = comp.kind == NODE_GeneratorExp, awaits_at_top = unit_awaits_at_top(c);
  enum unit_kind outer = c->unit->kind;
  unit_enter(c, interned(c, name_of(comp.kind)), UNIT_COMPREHENSION, n, n->lineno);
  unit_at(c, n);
  bool is_async = c->unit->scope->is_coroutine;
  if (is_async && !is_generator && outer != UNIT_ASYNC_FUNCTION && outer != UNIT_COMPREHENSION &&
      !awaits_at_top)
    unit_error(c, "asynchronous comprehension outside of an asynchronous function");
  if (!is_generator)
    unit_emit(c,
              comp.kind == NODE_ListComp  ? OP_BUILD_LIST
              : comp.kind == NODE_SetComp ? OP_BUILD_SET
                                          : OP_BUILD_MAP,
              0);
  compile_generator(c, &comp, 0, 0);
  if (!is_generator)
    unit_emit(c, OP_RETURN_VALUE, 0);
  struct object *code = unit_leave(c, true);
  if (c->failed)
    return;
  if (awaits_at_top && is_async)
    c->unit->scope->is_coroutine = true;
  make_function(c, code, 0);
  const struct node *first = comp.generators->items[0];
  expressions_compile(c, first->comprehension.iter);
  unit_emit(c, first->comprehension.is_async ? OP_GET_AITER : OP_GET_ITER, 0);
  unit_emit(c, OP_PRECALL, 0);
  unit_emit(c, OP_CALL, 0);
  if (is_async && !is_generator) {
    unit_emit(c, OP_GET_AWAITABLE, 0);
    unit_const(c, NONE);
    unit_yield_from(c, true);
  }
}
