/* Statements but for blocks (compile_blocks.c), definitions (compile_functions.c) and match
 * (compile_patterns.c). */
#include "runtime/compile/scopes_decide.h"
#include "runtime/compile/unit.h"
#include "runtime/object/int.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"

/* ---- Bodies ---- */

/* Whether an annotated variable stands in the block: it then needs __annotations__. */
static bool has_annotation(const struct tree_nodes *body) {
  bool found = false;
  for (uint32_t i = 0; i < body->n && !found; i++) {
    const struct node *n = body->items[i];
    switch (n->kind) {
    case NODE_AnnAssign:
      return true;
    case NODE_For:
    case NODE_AsyncFor: /* the same fields */
      found = has_annotation(&n->For.body) || has_annotation(&n->For.orelse);
      break;
    case NODE_While:
      found = has_annotation(&n->While.body) || has_annotation(&n->While.orelse);
      break;
    case NODE_If:
      found = has_annotation(&n->If.body) || has_annotation(&n->If.orelse);
      break;
    case NODE_With:
    case NODE_AsyncWith:
      found = has_annotation(&n->With.body);
      break;
    case NODE_Match:
      for (uint32_t k = 0; k < n->Match.cases.n && !found; k++)
        found = has_annotation(&n->Match.cases.items[k]->match_case.body);
      break;
    case NODE_Try:
    case NODE_TryStar:
      for (uint32_t k = 0; k < n->Try.handlers.n && !found; k++)
        found = has_annotation(&n->Try.handlers.items[k]->ExceptHandler.body);
      found = found || has_annotation(&n->Try.body) || has_annotation(&n->Try.finalbody) ||
              has_annotation(&n->Try.orelse);
      break;
    default:
      break;
    }
  }
  return found;
}

void statements_compile_body(struct compiler *c, const struct tree_nodes *body) {
  uint32_t first = 0;
  if (c->unit->kind == UNIT_MODULE && body->n)
    unit_at(c, body->items[0]);
  if (has_annotation(body))
    unit_emit(c, OP_SETUP_ANNOTATIONS, 0);
  if (c->options->optimize < 2 && future_docstring_borrowed(body)) {
    first = 1;
    expressions_compile(c, body->items[0]->Expr.value);
    unit_nowhere(c);
    unit_variable(c, c->name_doc, expr_context_Store);
  }
  struct tree_nodes rest = {body->items + first, body->n - first};
  statements_compile(c, &rest);
}

void statements_compile_interactive(struct compiler *c, const struct tree_nodes *body) {
  if (has_annotation(body))
    unit_emit(c, OP_SETUP_ANNOTATIONS, 0);
  statements_compile(c, body);
}

/* ---- Assignments ---- */

static void compile_assignment(struct compiler *c, const struct node *n) {
  expressions_compile(c, n->Assign.value);
  for (uint32_t i = 0; i < n->Assign.targets.n; i++) {
    if (i + 1 < n->Assign.targets.n)
      unit_emit(c, OP_COPY, 1);
    expressions_compile(c, n->Assign.targets.items[i]);
  }
}

static void compile_augmented(struct compiler *c, const struct node *n) {
  const struct node *target = n->AugAssign.target;
  struct location where = c->unit->where;
  unit_at(c, target);
  if (target->kind == NODE_Attribute) {
    expressions_compile(c, target->Attribute.value);
    unit_emit(c, OP_COPY, 1);
    expressions_at_attribute(c, target);
    unit_name(c, OP_LOAD_ATTR, target->Attribute.attr);
  } else if (target->kind == NODE_Subscript) {
    expressions_compile(c, target->Subscript.value);
    expressions_compile(c, target->Subscript.slice);
    unit_emit(c, OP_COPY, 2);
    unit_emit(c, OP_COPY, 2);
    unit_emit(c, OP_BINARY_SUBSCR, 0);
  } else
    unit_variable(c, target->Name.id, expr_context_Load);
  c->unit->where = where;
  expressions_compile(c, n->AugAssign.value);
  expressions_binary(c, n->AugAssign.op, true);
  unit_at(c, target);
  if (target->kind == NODE_Attribute) {
    expressions_at_attribute(c, target);
    unit_emit(c, OP_SWAP, 2);
    unit_name(c, OP_STORE_ATTR, target->Attribute.attr);
  } else if (target->kind == NODE_Subscript) {
    unit_emit(c, OP_SWAP, 3);
    unit_emit(c, OP_SWAP, 2);
    unit_emit(c, OP_STORE_SUBSCR, 0);
  } else
    unit_variable(c, target->Name.id, expr_context_Store);
}

static void evaluate_and_drop(struct compiler *c, const struct node *n) {
  if (!n)
    return;
  expressions_compile(c, n);
  unit_emit(c, OP_POP_TOP, 0);
}

/* The parts of a subscript that an annotation without a value names: evaluated, not used. */
static void evaluate_subscript(struct compiler *c, const struct node *n) {
  if (n->kind == NODE_Slice) {
    evaluate_and_drop(c, n->Slice.lower);
    evaluate_and_drop(c, n->Slice.upper);
    evaluate_and_drop(c, n->Slice.step);
  } else if (n->kind == NODE_Tuple)
    for (uint32_t i = 0; i < n->Tuple.elts.n; i++)
      evaluate_subscript(c, n->Tuple.elts.items[i]);
  else
    evaluate_and_drop(c, n);
}

static void compile_annotated(struct compiler *c, const struct node *n) {
  const struct node *target = n->AnnAssign.target, *value = n->AnnAssign.value;
  bool keeps_annotations = c->unit->kind == UNIT_MODULE || c->unit->kind == UNIT_CLASS;
  if (value) {
    expressions_compile(c, value);
    expressions_compile(c, target);
  }
  if (target->kind == NODE_Name) {
    if (unit_forbids(c, target->Name.id, expr_context_Store))
      return;
    if (n->AnnAssign.simple && keeps_annotations) {
      functions_annotation(c, n->AnnAssign.annotation);
      unit_name(c, OP_LOAD_NAME, c->name_annotations);
      unit_const(c, unit_mangle(c, target->Name.id));
      unit_emit(c, OP_STORE_SUBSCR, 0);
    }
  } else if (target->kind == NODE_Attribute) {
    if (unit_forbids(c, target->Attribute.attr, expr_context_Store))
      return;
    if (!value)
      evaluate_and_drop(c, target->Attribute.value);
  } else if (target->kind == NODE_Subscript && !value) {
    evaluate_and_drop(c, target->Subscript.value);
    evaluate_subscript(c, target->Subscript.slice);
  }
  if (!n->AnnAssign.simple && keeps_annotations && !(c->flags & CODE_FUTURE_ANNOTATIONS))
    evaluate_and_drop(c, n->AnnAssign.annotation);
}

/* ---- Conditions and loops ---- */

static void compile_if(struct compiler *c, const struct node *n) {
  struct block *end = unit_block(c), *next = n->If.orelse.n ? unit_block(c) : end;
  expressions_jump_if(c, n->If.test, next, false);
  statements_compile(c, &n->If.body);
  if (n->If.orelse.n) {
    unit_jump_nowhere(c, PSEUDO_JUMP, end);
    unit_continue(c, next);
    statements_compile(c, &n->If.orelse);
  }
  unit_continue(c, end);
}

static void compile_for(struct compiler *c, const struct node *n) {
  struct block *start = unit_block(c), *body = unit_block(c), *cleanup = unit_block(c),
               *end = unit_block(c);
  if (!blocks_push(c, (struct frame_block){.kind = FRAME_FOR, .start = start, .exit = end}))
    return;
  expressions_compile(c, n->For.iter);
  unit_emit(c, OP_GET_ITER, 0);
  unit_continue(c, start);
  unit_jump(c, OP_FOR_ITER, cleanup);
  unit_continue(c, body);
  expressions_compile(c, n->For.target);
  statements_compile(c, &n->For.body);
  unit_nowhere(c);
  unit_jump(c, PSEUDO_JUMP, start);
  unit_continue(c, cleanup);
  blocks_pop(c);
  statements_compile(c, &n->For.orelse);
  unit_continue(c, end);
}

static void compile_async_for(struct compiler *c, const struct node *n) {
  if (unit_awaits_at_top(c))
    c->unit->scope->is_coroutine = true;
  else if (c->unit->kind != UNIT_ASYNC_FUNCTION) {
    unit_error(c, "'async for' outside async function");
    return;
  }
  struct block *start = unit_block(c), *except = unit_block(c), *end = unit_block(c);
  expressions_compile(c, n->AsyncFor.iter);
  unit_emit(c, OP_GET_AITER, 0);
  unit_continue(c, start);
  if (!blocks_push(c, (struct frame_block){.kind = FRAME_FOR, .start = start, .exit = end}))
    return;
  unit_jump(c, PSEUDO_SETUP_FINALLY, except);
  unit_emit(c, OP_GET_ANEXT, 0);
  unit_const(c, NONE);
  unit_yield_from(c, true);
  unit_emit(c, PSEUDO_POP_BLOCK, 0);
  expressions_compile(c, n->AsyncFor.target);
  statements_compile(c, &n->AsyncFor.body);
  unit_nowhere(c);
  unit_jump(c, PSEUDO_JUMP, start);
  blocks_pop(c);
  unit_continue(c, except);
  unit_at(c, n->AsyncFor.iter);
  unit_emit(c, OP_END_ASYNC_FOR, 0);
  statements_compile(c, &n->AsyncFor.orelse);
  unit_continue(c, end);
}

/* The test stands twice: before the loop, and behind its body. */
static void compile_while(struct compiler *c, const struct node *n) {
  struct block *loop = unit_block(c), *body = unit_block(c), *anchor = unit_block(c),
               *end = unit_block(c);
  unit_continue(c, loop);
  if (!blocks_push(c, (struct frame_block){.kind = FRAME_WHILE, .start = loop, .exit = end}))
    return;
  expressions_jump_if(c, n->While.test, anchor, false);
  unit_continue(c, body);
  statements_compile(c, &n->While.body);
  unit_at(c, n);
  expressions_jump_if(c, n->While.test, body, true);
  blocks_pop(c);
  unit_continue(c, anchor);
  statements_compile(c, &n->While.orelse);
  unit_continue(c, end);
}

static void compile_break(struct compiler *c) {
  struct location where = c->unit->where;
  unit_emit(c, OP_NOP, 0);
  struct frame_block *loop = blocks_unwind(c, false, true);
  if (!loop) {
    c->unit->where = where;
    unit_error(c, "'break' outside loop");
    return;
  }
  struct block *exit = loop->exit;
  blocks_unwind_one(c, loop, false);
  unit_jump(c, PSEUDO_JUMP, exit);
}

static void compile_continue(struct compiler *c) {
  struct location where = c->unit->where;
  unit_emit(c, OP_NOP, 0);
  struct frame_block *loop = blocks_unwind(c, false, true);
  if (!loop) {
    c->unit->where = where;
    unit_error(c, "'continue' not properly in loop");
    return;
  }
  unit_jump(c, PSEUDO_JUMP, loop->start);
}

static void compile_return(struct compiler *c, const struct node *n) {
  const struct node *value = n->Return.value;
  const struct scope *scope = c->unit->scope;
  bool keeps_value = value && value->kind != NODE_Constant;
  if (scope->kind != SCOPE_FUNCTION) {
    unit_error(c, "'return' outside function");
    return;
  }
  if (value && scope->is_coroutine && scope->is_generator) {
    unit_error(c, "'return' with value in async generator");
    return;
  }
  if (keeps_value)
    expressions_compile(c, value);
  else if (value) {
    unit_at(c, value);
    unit_emit(c, OP_NOP, 0);
  }
  if (!value || value->lineno != n->lineno) {
    unit_at(c, n);
    unit_emit(c, OP_NOP, 0);
  }
  blocks_unwind(c, keeps_value, false);
  if (!keeps_value)
    unit_const(c, value ? value->Constant.value : NONE);
  unit_emit(c, OP_RETURN_VALUE, 0);
}

/* ---- Imports ---- */

/* The part of a dotted name from `start` to the next dot, or the end; *end is where that is. */
static struct object *part_of(struct compiler *c, struct object *name, size_t start, size_t *end) {
  size_t length = str_length(name);
  *end = start;
  while (*end < length && str_at(name, *end) != '.')
    ++*end;
  if (start == 0 && *end == length)
    return name;
  struct object *part = str_slice(name, start, *end);
  part = part ? str_intern_taking(part) : NULL;
  return unit_keep_taking(c, part);
}

static void import_as(struct compiler *c, struct object *name, struct object *asname) {
  size_t end, length = str_length(name);
  if (!part_of(c, name, 0, &end))
    return;
  bool is_dotted = end < length;
  for (bool first = true; end < length; first = false) {
    if (!first) {
      unit_emit(c, OP_SWAP, 2);
      unit_emit(c, OP_POP_TOP, 0);
    }
    struct object *part = part_of(c, name, end + 1, &end);
    if (!part)
      return;
    unit_name(c, OP_IMPORT_FROM, part);
  }
  unit_variable(c, asname, expr_context_Store);
  if (is_dotted)
    unit_emit(c, OP_POP_TOP, 0);
}

static void compile_import(struct compiler *c, const struct node *n) {
  for (uint32_t i = 0; i < n->Import.names.n && !c->failed; i++) {
    const struct node *alias = n->Import.names.items[i];
    unit_const_taking(c, int_from_i64(0));
    unit_const(c, NONE);
    unit_name(c, OP_IMPORT_NAME, alias->alias.name);
    size_t end;
    if (alias->alias.asname)
      import_as(c, alias->alias.name, alias->alias.asname);
    else {
      struct object *first = part_of(c, alias->alias.name, 0, &end);
      if (first)
        unit_variable(c, first, expr_context_Store);
    }
  }
}

static void compile_import_from(struct compiler *c, const struct node *n) {
  const struct tree_nodes *names = &n->ImportFrom.names;
  char text[16];
  unit_const_taking(c, int_from_i64(n->ImportFrom.level));
  if (n->lineno > c->future.last_line && n->ImportFrom.module &&
      str_length(n->ImportFrom.module) == 10 &&
      !__builtin_strcmp(scopes_text(n->ImportFrom.module, text, sizeof text), "__future__")) {
    unit_error(c, "from __future__ imports must occur at the beginning of the file");
    return;
  }
  struct object *wanted = tuple_new(names->n);
  for (uint32_t i = 0; wanted && i < names->n; i++)
    tuple_init_taking(wanted, i, hold(names->items[i]->alias.name));
  unit_const_taking(c, wanted);
  unit_name(c, OP_IMPORT_NAME, n->ImportFrom.module ? n->ImportFrom.module : c->name_empty);
  for (uint32_t i = 0; i < names->n; i++) {
    const struct node *alias = names->items[i];
    struct object *name = alias->alias.name;
    if (i == 0 && str_length(name) && str_at(name, 0) == '*') {
      unit_emit(c, OP_IMPORT_STAR, 0);
      return;
    }
    unit_name(c, OP_IMPORT_FROM, name);
    unit_variable(c, alias->alias.asname ? alias->alias.asname : name, expr_context_Store);
  }
  unit_emit(c, OP_POP_TOP, 0);
}

/* ---- The rest ---- */

static void compile_assert(struct compiler *c, const struct node *n) {
  const struct node *test = n->Assert.test;
  if ((test->kind == NODE_Tuple && test->Tuple.elts.n) ||
      (test->kind == NODE_Constant && is_tuple(test->Constant.value) &&
       tuple_length(test->Constant.value)))
    unit_warn(c, "assertion is always true, perhaps remove parentheses?");
  if (c->options->optimize)
    return;
  struct block *end = unit_block(c);
  expressions_jump_if(c, test, end, true);
  unit_emit(c, OP_LOAD_ASSERTION_ERROR, 0);
  if (n->Assert.msg) {
    expressions_compile(c, n->Assert.msg);
    unit_emit(c, OP_PRECALL, 0);
    unit_emit(c, OP_CALL, 0);
  }
  unit_emit(c, OP_RAISE_VARARGS, 1);
  unit_continue(c, end);
}

static void compile_expression_statement(struct compiler *c, const struct node *value) {
  if (c->is_interactive && c->units_n <= 1) {
    expressions_compile(c, value);
    unit_emit(c, OP_PRINT_EXPR, 0);
  } else if (value->kind == NODE_Constant)
    unit_emit(c, OP_NOP, 0);
  else {
    expressions_compile(c, value);
    unit_nowhere(c);
    unit_emit(c, OP_POP_TOP, 0);
  }
}

static void compile_statement(struct compiler *c, const struct node *n) {
  unit_at(c, n);
  switch ((enum node_kind)n->kind) {
  case NODE_FunctionDef:
  case NODE_AsyncFunctionDef:
    return functions_compile(c, n);
  case NODE_ClassDef:
    return functions_compile_class(c, n);
  case NODE_Return:
    return compile_return(c, n);
  case NODE_Delete:
    return expressions_compile_all(c, &n->Delete.targets);
  case NODE_Assign:
    return compile_assignment(c, n);
  case NODE_AugAssign:
    return compile_augmented(c, n);
  case NODE_AnnAssign:
    return compile_annotated(c, n);
  case NODE_For:
    return compile_for(c, n);
  case NODE_AsyncFor:
    return compile_async_for(c, n);
  case NODE_While:
    return compile_while(c, n);
  case NODE_If:
    return compile_if(c, n);
  case NODE_Match:
    return patterns_compile_match(c, n);
  case NODE_Raise:
    expressions_compile(c, n->Raise.exc);
    expressions_compile(c, n->Raise.exc ? n->Raise.cause : NULL);
    return unit_emit(c, OP_RAISE_VARARGS, n->Raise.exc ? n->Raise.cause ? 2 : 1 : 0);
  case NODE_Try:
    return blocks_compile_try(c, n);
  case NODE_TryStar:
    return blocks_compile_try_star(c, n);
  case NODE_With:
  case NODE_AsyncWith:
    return blocks_compile_with(c, n);
  case NODE_Assert:
    return compile_assert(c, n);
  case NODE_Import:
    return compile_import(c, n);
  case NODE_ImportFrom:
    return compile_import_from(c, n);
  case NODE_Expr:
    return compile_expression_statement(c, n->Expr.value);
  case NODE_Pass:
    return unit_emit(c, OP_NOP, 0);
  case NODE_Break:
    return compile_break(c);
  case NODE_Continue:
    return compile_continue(c);
  default: /* Global, Nonlocal */
    return;
  }
}

void statements_compile(struct compiler *c, const struct tree_nodes *body) {
  for (uint32_t i = 0; i < body->n && !c->failed; i++)
    compile_statement(c, body->items[i]);
}
