/* Expressions but for calls and displays (compile_calls.c), lambdas and comprehensions
 * (compile_functions.c). */
#include "runtime/compile/unit.h"
#include "runtime/object/str.h"

/* ---- Operators ---- */

void expressions_binary(struct compiler *c, enum tree_operator operator, bool in_place) {
  static const uint8_t numbers[] = {
      [operator_Add] = BINARY_ADD,
      [operator_Sub] = BINARY_SUBTRACT,
      [operator_Mult] = BINARY_MULTIPLY,
      [operator_MatMult] = BINARY_MATRIX_MULTIPLY,
      [operator_Div] = BINARY_TRUE_DIVIDE,
      [operator_Mod] = BINARY_REMAINDER,
      [operator_Pow] = BINARY_POWER,
      [operator_LShift] = BINARY_LSHIFT,
      [operator_RShift] = BINARY_RSHIFT,
      [operator_BitOr] = BINARY_OR,
      [operator_BitXor] = BINARY_XOR,
      [operator_BitAnd] = BINARY_AND,
      [operator_FloorDiv] = BINARY_FLOOR_DIVIDE,
  };
  unit_emit(c, OP_BINARY_OP, numbers[operator] + (in_place ? BINARY_INPLACE : 0u));
}

void expressions_compare(struct compiler *c, enum tree_cmpop operator) {
  switch (operator) {
  case cmpop_Is:
  case cmpop_IsNot:
    return unit_emit(c, OP_IS_OP, operator== cmpop_IsNot);
  case cmpop_In:
  case cmpop_NotIn:
    return unit_emit(c, OP_CONTAINS_OP, operator== cmpop_NotIn);
  case cmpop_Lt:
    return unit_emit(c, OP_COMPARE_OP, 0);
  case cmpop_LtE:
    return unit_emit(c, OP_COMPARE_OP, 1);
  case cmpop_Eq:
    return unit_emit(c, OP_COMPARE_OP, 2);
  case cmpop_NotEq:
    return unit_emit(c, OP_COMPARE_OP, 3);
  case cmpop_Gt:
    return unit_emit(c, OP_COMPARE_OP, 4);
  case cmpop_GtE:
    return unit_emit(c, OP_COMPARE_OP, 5);
  }
}

static void compile_unary(struct compiler *c, const struct node *n) {
  static const uint8_t opcodes[] = {[unaryop_Invert] = OP_UNARY_INVERT,
                                    [unaryop_Not] = OP_UNARY_NOT,
                                    [unaryop_UAdd] = OP_UNARY_POSITIVE,
                                    [unaryop_USub] = OP_UNARY_NEGATIVE};
  expressions_compile(c, n->UnaryOp.operand);
  unit_emit(c, opcodes[n->UnaryOp.op], 0);
}

static void compile_bool(struct compiler *c, const struct node *n) {
  uint8_t jump = n->BoolOp.op == boolop_And ? OP_JUMP_IF_FALSE_OR_POP : OP_JUMP_IF_TRUE_OR_POP;
  struct block *end = unit_block(c);
  uint32_t last = n->BoolOp.values.n - 1;
  for (uint32_t i = 0; i < last; i++) {
    expressions_compile(c, n->BoolOp.values.items[i]);
    unit_jump(c, jump, end);
  }
  expressions_compile(c, n->BoolOp.values.items[last]);
  unit_continue(c, end);
}

/* a < b < c: each middle operand is evaluated once, kept below the next comparison. */
static void compile_links(struct compiler *c, const struct node *n, uint8_t jump,
                          struct block *cleanup) {
  uint32_t last = n->Compare.ops.n - 1;
  expressions_compile(c, n->Compare.left);
  for (uint32_t i = 0; i < last; i++) {
    expressions_compile(c, n->Compare.comparators.items[i]);
    unit_emit(c, OP_SWAP, 2);
    unit_emit(c, OP_COPY, 2);
    expressions_compare(c, n->Compare.ops.items[i]);
    unit_jump(c, jump, cleanup);
  }
  expressions_compile(c, n->Compare.comparators.items[last]);
  expressions_compare(c, n->Compare.ops.items[last]);
}

static void compile_comparison(struct compiler *c, const struct node *n) {
  warnings_check_compare(c, n);
  if (n->Compare.ops.n == 1) {
    expressions_compile(c, n->Compare.left);
    expressions_compile(c, n->Compare.comparators.items[0]);
    return expressions_compare(c, n->Compare.ops.items[0]);
  }
  struct block *cleanup = unit_block(c);
  compile_links(c, n, OP_JUMP_IF_FALSE_OR_POP, cleanup);
  struct block *end = unit_block(c);
  unit_jump_nowhere(c, PSEUDO_JUMP, end);
  unit_continue(c, cleanup);
  unit_emit(c, OP_SWAP, 2);
  unit_emit(c, OP_POP_TOP, 0);
  unit_continue(c, end);
}

/* ---- Conditions ---- */

static void jump_if_bool(struct compiler *c, const struct node *n, struct block *target,
                         bool when) {
  bool inner_when = n->BoolOp.op == boolop_Or;
  struct block *inner = inner_when == when ? target : unit_block(c);
  uint32_t last = n->BoolOp.values.n - 1;
  for (uint32_t i = 0; i < last; i++)
    expressions_jump_if(c, n->BoolOp.values.items[i], inner, inner_when);
  expressions_jump_if(c, n->BoolOp.values.items[last], target, when);
  if (inner != target)
    unit_continue(c, inner);
}

static void jump_if_conditional(struct compiler *c, const struct node *n, struct block *target,
                                bool when) {
  struct block *end = unit_block(c), *orelse = unit_block(c);
  expressions_jump_if(c, n->IfExp.test, orelse, false);
  expressions_jump_if(c, n->IfExp.body, target, when);
  unit_jump_nowhere(c, PSEUDO_JUMP, end);
  unit_continue(c, orelse);
  expressions_jump_if(c, n->IfExp.orelse, target, when);
  unit_continue(c, end);
}

static void jump_if_comparison(struct compiler *c, const struct node *n, struct block *target,
                               bool when) {
  warnings_check_compare(c, n);
  struct block *cleanup = unit_block(c);
  compile_links(c, n, PSEUDO_POP_JUMP_IF_FALSE, cleanup);
  unit_jump(c, when ? PSEUDO_POP_JUMP_IF_TRUE : PSEUDO_POP_JUMP_IF_FALSE, target);
  struct block *end = unit_block(c);
  unit_jump_nowhere(c, PSEUDO_JUMP, end);
  unit_continue(c, cleanup);
  unit_emit(c, OP_POP_TOP, 0);
  if (!when)
    unit_jump_nowhere(c, PSEUDO_JUMP, target);
  unit_continue(c, end);
}

void expressions_jump_if(struct compiler *c, const struct node *n, struct block *target,
                         bool when) {
  if (c->failed)
    return;
  switch (n->kind) {
  case NODE_UnaryOp:
    if (n->UnaryOp.op == unaryop_Not)
      return expressions_jump_if(c, n->UnaryOp.operand, target, !when);
    break;
  case NODE_BoolOp:
    return jump_if_bool(c, n, target, when);
  case NODE_IfExp:
    return jump_if_conditional(c, n, target, when);
  case NODE_Compare:
    unit_at(c, n);
    if (n->Compare.ops.n > 1)
      return jump_if_comparison(c, n, target, when);
    break;
  default:
    break;
  }
  expressions_compile(c, n);
  unit_jump(c, when ? PSEUDO_POP_JUMP_IF_TRUE : PSEUDO_POP_JUMP_IF_FALSE, target);
}

static void compile_conditional(struct compiler *c, const struct node *n) {
  struct block *end = unit_block(c), *orelse = unit_block(c);
  expressions_jump_if(c, n->IfExp.test, orelse, false);
  expressions_compile(c, n->IfExp.body);
  unit_jump_nowhere(c, PSEUDO_JUMP, end);
  unit_continue(c, orelse);
  expressions_compile(c, n->IfExp.orelse);
  unit_continue(c, end);
}

/* ---- f-strings ---- */

static void compile_joined(struct compiler *c, const struct node *n) {
  const struct tree_nodes *values = &n->JoinedStr.values;
  if (values->n <= CALLS_STACK_GUIDELINE) {
    expressions_compile_all(c, values);
    if (values->n != 1)
      unit_emit(c, OP_BUILD_STRING, values->n);
    return;
  }
  unit_const(c, c->name_empty);
  unit_name(c, OP_LOAD_METHOD, c->name_join);
  unit_emit(c, OP_BUILD_LIST, 0);
  for (uint32_t i = 0; i < values->n; i++) {
    expressions_compile(c, values->items[i]);
    unit_emit(c, OP_LIST_APPEND, 1);
  }
  unit_emit(c, OP_PRECALL, 1);
  unit_emit(c, OP_CALL, 1);
}

static void compile_formatted(struct compiler *c, const struct node *n) {
  int32_t conversion = n->FormattedValue.conversion;
  uint32_t flags = conversion == 's' ? 1 : conversion == 'r' ? 2 : conversion == 'a' ? 3 : 0;
  expressions_compile(c, n->FormattedValue.value);
  if (n->FormattedValue.format_spec) {
    expressions_compile(c, n->FormattedValue.format_spec);
    flags |= 4;
  }
  unit_emit(c, OP_FORMAT_VALUE, flags);
}

/* ---- yield and await ---- */

static void compile_yield(struct compiler *c, const struct node *n) {
  if (c->unit->scope->kind != SCOPE_FUNCTION) {
    unit_error(c, "'yield' outside function");
    return;
  }
  if (n->Yield.value)
    expressions_compile(c, n->Yield.value);
  else
    unit_const(c, NONE);
  if (c->unit->scope->is_generator && c->unit->scope->is_coroutine)
    unit_emit(c, OP_ASYNC_GEN_WRAP, 0);
  unit_emit(c, OP_YIELD_VALUE, 0);
  unit_emit(c, OP_RESUME, 1);
}

static void compile_yield_from(struct compiler *c, const struct node *n) {
  if (c->unit->scope->kind != SCOPE_FUNCTION) {
    unit_error(c, "'yield' outside function");
    return;
  }
  if (c->unit->kind == UNIT_ASYNC_FUNCTION) {
    unit_error(c, "'yield from' inside async function");
    return;
  }
  expressions_compile(c, n->YieldFrom.value);
  unit_emit(c, OP_GET_YIELD_FROM_ITER, 0);
  unit_const(c, NONE);
  unit_yield_from(c, false);
}

static void compile_await(struct compiler *c, const struct node *n) {
  if (!unit_awaits_at_top(c)) {
    if (c->unit->scope->kind != SCOPE_FUNCTION) {
      unit_error(c, "'await' outside function");
      return;
    }
    if (c->unit->kind != UNIT_ASYNC_FUNCTION && c->unit->kind != UNIT_COMPREHENSION) {
      unit_error(c, "'await' outside async function");
      return;
    }
  }
  expressions_compile(c, n->Await.value);
  unit_emit(c, OP_GET_AWAITABLE, 0);
  unit_const(c, NONE);
  unit_yield_from(c, true);
}

/* ---- Attributes and subscripts ---- */

/* An attribute on a later line than its value begins at its own name. */
void expressions_at_attribute(struct compiler *c, const struct node *n) {
  struct location *where = &c->unit->where;
  if (where->line == n->end_lineno)
    return;
  int32_t length = (int32_t)str_length(n->Attribute.attr);
  where->line = n->end_lineno;
  if (length <= n->end_col_offset) {
    where->column = n->end_col_offset - length;
  } else {
    where->column = -1;
    where->end_column = -1;
  }
}

static void compile_attribute(struct compiler *c, const struct node *n) {
  static const uint8_t opcodes[] = {OP_LOAD_ATTR, OP_STORE_ATTR, OP_DELETE_ATTR};
  expressions_compile(c, n->Attribute.value);
  if (n->Attribute.ctx == expr_context_Store &&
      unit_forbids(c, n->Attribute.attr, expr_context_Store))
    return;
  expressions_at_attribute(c, n);
  unit_name(c, opcodes[n->Attribute.ctx], n->Attribute.attr);
}

static void compile_subscript(struct compiler *c, const struct node *n) {
  static const uint8_t opcodes[] = {OP_BINARY_SUBSCR, OP_STORE_SUBSCR, OP_DELETE_SUBSCR};
  if (n->Subscript.ctx == expr_context_Load)
    warnings_check_subscript(c, n);
  expressions_compile(c, n->Subscript.value);
  expressions_compile(c, n->Subscript.slice);
  unit_emit(c, opcodes[n->Subscript.ctx], 0);
}

static void compile_slice(struct compiler *c, const struct node *n) {
  const struct node *const bounds[] = {n->Slice.lower, n->Slice.upper};
  for (size_t i = 0; i < ARRAY_SIZE(bounds); i++)
    if (bounds[i])
      expressions_compile(c, bounds[i]);
    else
      unit_const(c, NONE);
  expressions_compile(c, n->Slice.step);
  unit_emit(c, OP_BUILD_SLICE, n->Slice.step ? 3 : 2);
}

/* ---- All ---- */

static void compile(struct compiler *c, const struct node *n) {
  switch ((enum node_kind)n->kind) {
  case NODE_NamedExpr:
    expressions_compile(c, n->NamedExpr.value);
    unit_emit(c, OP_COPY, 1);
    return expressions_compile(c, n->NamedExpr.target);
  case NODE_BoolOp:
    return compile_bool(c, n);
  case NODE_BinOp:
    expressions_compile(c, n->BinOp.left);
    expressions_compile(c, n->BinOp.right);
    return expressions_binary(c, n->BinOp.op, false);
  case NODE_UnaryOp:
    return compile_unary(c, n);
  case NODE_Lambda:
    return functions_compile_lambda(c, n);
  case NODE_IfExp:
    return compile_conditional(c, n);
  case NODE_Dict:
    return calls_compile_dict(c, n);
  case NODE_List:
  case NODE_Tuple:
  case NODE_Set:
    return calls_compile_sequence(c, n);
  case NODE_ListComp:
  case NODE_SetComp:
  case NODE_DictComp:
  case NODE_GeneratorExp:
    return functions_compile_comprehension(c, n);
  case NODE_Yield:
    return compile_yield(c, n);
  case NODE_YieldFrom:
    return compile_yield_from(c, n);
  case NODE_Await:
    return compile_await(c, n);
  case NODE_Compare:
    return compile_comparison(c, n);
  case NODE_Call:
    return calls_compile(c, n);
  case NODE_Constant:
    return unit_const(c, n->Constant.value);
  case NODE_JoinedStr:
    return compile_joined(c, n);
  case NODE_FormattedValue:
    return compile_formatted(c, n);
  case NODE_Attribute:
    return compile_attribute(c, n);
  case NODE_Subscript:
    return compile_subscript(c, n);
  case NODE_Slice:
    return compile_slice(c, n);
  case NODE_Starred:
    return unit_error(c, n->Starred.ctx == expr_context_Store
                             ? "starred assignment target must be in a list or tuple"
                             : "can't use starred expression here");
  case NODE_Name:
    return unit_variable(c, n->Name.id, n->Name.ctx);
  default:
    error_set(ERROR_RUNTIME, "a node of kind %s is no expression", tree_kinds[n->kind].name);
    c->failed = true;
  }
}

void expressions_compile(struct compiler *c, const struct node *n) {
  if (!n || c->failed)
    return;
  struct location where = c->unit->where;
  unit_at(c, n);
  compile(c, n);
  c->unit->where = where;
}

void expressions_compile_all(struct compiler *c, const struct tree_nodes *nodes) {
  for (uint32_t i = 0; i < nodes->n; i++)
    expressions_compile(c, nodes->items[i]);
}
