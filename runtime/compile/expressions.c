/* Expressions, and targets, which are read as expressions. */
#include "runtime/compile/parser.h"
#include "runtime/object/str.h"
#include <string.h>

static struct node *factor(struct parser *p);

/* ---- Sequences of expressions ---- */

/* Whether what follows a comma can't begin an expression, so that the comma was the last. The
 * tokens that CPython would try are the same: only the next one is looked at. */
static bool begins_expression(enum token_kind kind) {
  switch (kind) {
  case TOKEN_NAME:
  case TOKEN_NUMBER:
  case TOKEN_STRING:
  case TOKEN_LEFT_PAREN:
  case TOKEN_LEFT_BRACKET:
  case TOKEN_LEFT_BRACE:
  case TOKEN_ELLIPSIS:
  case TOKEN_PLUS:
  case TOKEN_MINUS:
  case TOKEN_TILDE:
  case TOKEN_STAR:
  case TOKEN_FALSE:
  case TOKEN_NONE:
  case TOKEN_TRUE:
  case TOKEN_AWAIT:
  case TOKEN_LAMBDA:
  case TOKEN_NOT:
    return true;
  default:
    return false;
  }
}

/* element (',' element)* [',']: a Tuple if there is a comma */
static struct node *tuple_of(struct parser *p, struct node *(*element)(struct parser *)) {
  size_t start = p->mark, since = p->pending_n;
  struct node *first = element(p);
  if (!first || peek(p) != TOKEN_COMMA)
    return first;
  if (!push(p, first))
    return NULL;
  while (accept(p, TOKEN_COMMA) && begins_expression(peek(p))) {
    size_t mark = p->mark;
    struct node *n = element(p);
    if (!n) {
      if (p->stopped)
        return NULL;
      p->mark = mark; /* the comma was the last */
      break;
    }
    if (!push(p, n))
      return NULL;
  }
  struct node *n = finish(p, NODE_Tuple, start);
  return n && take(p, since, &n->Tuple.elts) ? n : NULL;
}

/* star_expressions: star_expression (',' star_expression)* [','] */
struct node *star_expressions(struct parser *p) {
  return tuple_of(p, star_expression);
}
/* expressions: expression (',' expression)* [','] */
struct node *expressions(struct parser *p) {
  return tuple_of(p, expression);
}

static struct node *starred(struct parser *p, struct node *(*operand)(struct parser *)) {
  size_t start = p->mark++;
  struct node *value = operand(p);
  struct node *n = value ? finish(p, NODE_Starred, start) : NULL;
  if (n)
    n->Starred.value = value;
  return n;
}

/* star_expression: '*' bitwise_or | expression */
struct node *star_expression(struct parser *p) {
  return peek(p) == TOKEN_STAR ? starred(p, bitwise_or) : expression(p);
}

/* star_named_expression: '*' bitwise_or | named_expression */
struct node *star_named_expression(struct parser *p) {
  return peek(p) == TOKEN_STAR ? starred(p, bitwise_or) : named_expression(p);
}

/* annotated_rhs: yield_expr | star_expressions */
struct node *annotated_rhs(struct parser *p) {
  return peek(p) == TOKEN_YIELD ? yield_expression(p) : star_expressions(p);
}

/* yield_expr: 'yield' 'from' expression | 'yield' [star_expressions] */
struct node *yield_expression(struct parser *p) {
  size_t start = p->mark;
  if (!accept(p, TOKEN_YIELD))
    return NULL;
  if (accept(p, TOKEN_FROM)) {
    struct node *value = expression(p);
    struct node *n = value ? finish(p, NODE_YieldFrom, start) : NULL;
    if (n)
      n->YieldFrom.value = value;
    return n;
  }
  struct node *value = NULL;
  if (begins_expression(peek(p))) {
    size_t mark = p->mark;
    value = star_expressions(p);
    if (!value) {
      if (p->stopped)
        return NULL;
      p->mark = mark;
    }
  }
  struct node *n = finish(p, NODE_Yield, start);
  if (n)
    n->Yield.value = value;
  return n;
}

/* ---- From the loosest operators to the tightest ---- */

/* assignment_expression: NAME ':=' expression */
struct node *assignment_expression(struct parser *p) {
  size_t start = p->mark;
  if (peek(p) != TOKEN_NAME || peek_at(p, 1) != TOKEN_COLON_EQUAL)
    return NULL;
  struct node *target = atom(p);
  if (!target)
    return NULL;
  set_context(target, expr_context_Store);
  p->mark++;
  struct node *value = expression(p);
  if (value && !is_allowed(p, 8, "Assignment expressions are"))
    return NULL;
  struct node *n = value ? finish(p, NODE_NamedExpr, start) : NULL;
  if (n) {
    n->NamedExpr.target = target;
    n->NamedExpr.value = value;
  }
  return n;
}

/* named_expression: assignment_expression | expression !':=' */
struct node *named_expression(struct parser *p) {
  if (peek(p) == TOKEN_NAME && peek_at(p, 1) == TOKEN_COLON_EQUAL)
    return assignment_expression(p);
  if (p->explaining && (explain_named_expression(p), p->stopped))
    return NULL;
  struct node *n = expression(p);
  return n && peek(p) != TOKEN_COLON_EQUAL ? n : NULL;
}

/* lambdef: 'lambda' [parameters] ':' expression */
static struct node *lambda(struct parser *p) {
  size_t start = p->mark++;
  struct node *args = parameters(p, true);
  if (!args || !accept(p, TOKEN_COLON))
    return NULL;
  struct node *body = expression(p);
  struct node *n = body ? finish(p, NODE_Lambda, start) : NULL;
  if (n) {
    n->Lambda.args = args;
    n->Lambda.body = body;
  }
  return n;
}

/* disjunction 'if' disjunction 'else' expression, behind the first part; NULL: it is not one */
static struct node *conditional(struct parser *p, size_t start, struct node *body) {
  p->mark++;
  struct node *test = disjunction(p);
  if (!test || !accept(p, TOKEN_ELSE))
    return NULL;
  struct node *orelse = expression(p);
  struct node *n = orelse ? finish(p, NODE_IfExp, start) : NULL;
  if (n) {
    n->IfExp.test = test;
    n->IfExp.body = body;
    n->IfExp.orelse = orelse;
  }
  return n;
}

/* expression: disjunction ['if' disjunction 'else' expression] | lambdef */
static struct node *expression_read(struct parser *p) {
  if (peek(p) == TOKEN_LAMBDA)
    return lambda(p);
  size_t start = p->mark;
  struct node *n = disjunction(p);
  if (!n || peek(p) != TOKEN_IF)
    return n;
  size_t mark = p->mark;
  struct node *whole = conditional(p, start, n);
  if (whole || p->stopped)
    return whole;
  p->mark = mark; /* the `if` belongs to something around, as in a comprehension */
  return n;
}

struct node *expression(struct parser *p) {
  struct node *n = NULL;
  if (!enter(p))
    return NULL;
  if (!p->explaining)
    n = expression_read(p);
  else if (!memo_find(p, MEMO_EXPRESSION, &n)) {
    size_t start = p->mark;
    explain_expression(p);
    if (!p->stopped)
      n = expression_read(p);
    memo_add(p, MEMO_EXPRESSION, start, n);
  }
  leave(p);
  return n;
}

/* operand (operator operand)+ as one BoolOp */
static struct node *boolean(struct parser *p, enum token_kind operator, enum tree_boolop op,
                            struct node *(*operand)(struct parser *)) {
  size_t start = p->mark, since = p->pending_n;
  struct node *first = operand(p);
  if (!first || peek(p) != operator)
    return first;
  if (!push(p, first))
    return NULL;
  size_t mark = p->mark;
  while (accept(p, operator)) {
    struct node *n = operand(p);
    if (!n) {
      if (p->stopped)
        return NULL;
      p->mark = mark;
      break;
    }
    if (!push(p, n))
      return NULL;
    mark = p->mark;
  }
  if (p->pending_n == since + 1) {
    p->pending_n = since;
    return first;
  }
  struct node *n = finish(p, NODE_BoolOp, start);
  if (!n || !take(p, since, &n->BoolOp.values))
    return NULL;
  n->BoolOp.op = op;
  return n;
}

/* inversion: 'not' inversion | comparison */
static struct node *comparison(struct parser *p);
static struct node *inversion(struct parser *p) {
  if (peek(p) != TOKEN_NOT)
    return comparison(p);
  size_t start = p->mark++;
  if (!enter(p))
    return NULL;
  struct node *operand = inversion(p);
  leave(p);
  if (!operand)
    return NULL;
  struct node *n = finish(p, NODE_UnaryOp, start);
  if (n) {
    n->UnaryOp.op = unaryop_Not;
    n->UnaryOp.operand = operand;
  }
  return n;
}

/* conjunction: inversion ('and' inversion)* */
static struct node *conjunction(struct parser *p) {
  return boolean(p, TOKEN_AND, boolop_And, inversion);
}

/* disjunction: conjunction ('or' conjunction)* */
struct node *disjunction(struct parser *p) {
  if (!p->explaining)
    return boolean(p, TOKEN_OR, boolop_Or, conjunction);
  struct node *n = NULL;
  if (!memo_find(p, MEMO_DISJUNCTION, &n)) {
    size_t start = p->mark;
    n = boolean(p, TOKEN_OR, boolop_Or, conjunction);
    memo_add(p, MEMO_DISJUNCTION, start, n);
  }
  return n;
}

/* The comparison operator at the mark, which is moved behind it. -1: there is none. */
static int comparison_operator(struct parser *p) {
  switch (peek(p)) {
  case TOKEN_EQUAL_EQUAL:
    return p->mark++, cmpop_Eq;
  case TOKEN_NOT_EQUAL: {
    bool is_old = p->tokens[p->mark].start[0] == '<';
    bool wants_old = (p->options->flags & PARSE_BARRY) != 0;
    if (wants_old && !is_old)
      fail_here(p, SYNTAX_ERROR, "with Barry as BDFL, use '<>' instead of '!='");
    if (is_old != wants_old)
      return -1;
    return p->mark++, cmpop_NotEq;
  }
  case TOKEN_LESS:
    return p->mark++, cmpop_Lt;
  case TOKEN_LESS_EQUAL:
    return p->mark++, cmpop_LtE;
  case TOKEN_GREATER:
    return p->mark++, cmpop_Gt;
  case TOKEN_GREATER_EQUAL:
    return p->mark++, cmpop_GtE;
  case TOKEN_IN:
    return p->mark++, cmpop_In;
  case TOKEN_NOT:
    if (peek_at(p, 1) != TOKEN_IN)
      return -1;
    return p->mark += 2, cmpop_NotIn;
  case TOKEN_IS:
    p->mark++;
    return accept(p, TOKEN_NOT) ? cmpop_IsNot : cmpop_Is;
  default:
    return -1;
  }
}

/* comparison: bitwise_or (operator bitwise_or)* */
static struct node *comparison(struct parser *p) {
  size_t start = p->mark, since = p->pending_n;
  struct node *left = bitwise_or(p);
  if (!left)
    return NULL;
  size_t mark = p->mark;
  int op;
  while ((op = comparison_operator(p)) >= 0) {
    struct node *right = bitwise_or(p);
    if (!right) {
      if (p->stopped)
        return NULL;
      break;
    }
    /* The operator waits beside its operand: as a pointer of that value. */
    if (!push(p, right) || !push_null(p))
      return NULL;
    p->pending[p->pending_n - 1] = (struct node *)(uintptr_t)op;
    mark = p->mark;
  }
  p->mark = mark;
  uint32_t count = (uint32_t)(p->pending_n - since) / 2;
  if (count == 0)
    return left;
  struct node *n = finish(p, NODE_Compare, start);
  struct node **operands = tree_alloc(p->tree, count * sizeof *operands);
  uint8_t *ops = tree_alloc(p->tree, count);
  if (!n || !operands || !ops)
    return stop(p);
  for (uint32_t i = 0; i < count; i++) {
    operands[i] = p->pending[since + 2 * i];
    ops[i] = (uint8_t)(uintptr_t)p->pending[since + 2 * i + 1];
  }
  p->pending_n = since;
  n->Compare.left = left;
  n->Compare.comparators = (struct tree_nodes){.items = operands, .n = count};
  n->Compare.ops = (struct tree_enums){.items = ops, .n = count};
  return n;
}

/* Binary operators that associate to the left: how tightly each binds, 0 for other tokens. */
static const struct {
  uint8_t binds, op;
} binary_operators[TOKEN_KINDS_N] = {
    [TOKEN_BAR] = {1, operator_BitOr},          [TOKEN_CARET] = {2, operator_BitXor},
    [TOKEN_AMPERSAND] = {3, operator_BitAnd},   [TOKEN_LEFT_SHIFT] = {4, operator_LShift},
    [TOKEN_RIGHT_SHIFT] = {4, operator_RShift}, [TOKEN_PLUS] = {5, operator_Add},
    [TOKEN_MINUS] = {5, operator_Sub},          [TOKEN_STAR] = {6, operator_Mult},
    [TOKEN_SLASH] = {6, operator_Div},          [TOKEN_DOUBLE_SLASH] = {6, operator_FloorDiv},
    [TOKEN_PERCENT] = {6, operator_Mod},        [TOKEN_AT] = {6, operator_MatMult},
};

/* factor (operator factor)* of operators that bind at least so tightly. Recurs only into tighter
 * ones, so a chain of any length takes no stack. */
static struct node *binary(struct parser *p, unsigned least) {
  size_t start = p->mark;
  struct node *left = factor(p);
  while (left) {
    enum token_kind kind = peek(p);
    unsigned binds = binary_operators[kind].binds;
    if (binds == 0 || binds < least)
      break;
    size_t mark = p->mark++;
    struct node *right = binary(p, binds + 1);
    if (!right) {
      if (p->stopped)
        return NULL;
      p->mark = mark;
      break;
    }
    if (kind == TOKEN_AT && !is_allowed(p, 5, "The '@' operator is"))
      return NULL;
    struct node *n = finish(p, NODE_BinOp, start);
    if (!n)
      return NULL;
    n->BinOp.left = left;
    n->BinOp.op = binary_operators[kind].op;
    n->BinOp.right = right;
    left = n;
  }
  return left;
}

/* bitwise_or: all binary operators but '**' */
struct node *bitwise_or(struct parser *p) {
  if (!p->explaining)
    return binary(p, 1);
  struct node *n = NULL;
  if (!memo_find(p, MEMO_BITWISE_OR, &n)) {
    size_t start = p->mark;
    n = binary(p, 1);
    memo_add(p, MEMO_BITWISE_OR, start, n);
  }
  return n;
}

/* await_primary: 'await' primary | primary */
static struct node *primary(struct parser *p);
static struct node *await_primary(struct parser *p) {
  size_t start = p->mark;
  if (!accept(p, TOKEN_AWAIT))
    return primary(p);
  struct node *value = primary(p);
  if (value && !is_allowed(p, 5, "Await expressions are"))
    return NULL;
  struct node *n = value ? finish(p, NODE_Await, start) : NULL;
  if (n)
    n->Await.value = value;
  return n;
}

/* factor: ('+' | '-' | '~') factor | await_primary ['**' factor] */
static struct node *factor(struct parser *p) {
  size_t start = p->mark;
  enum token_kind kind = peek(p);
  if (kind == TOKEN_PLUS || kind == TOKEN_MINUS || kind == TOKEN_TILDE) {
    p->mark++;
    if (!enter(p))
      return NULL;
    struct node *operand = factor(p);
    leave(p);
    if (!operand)
      return NULL;
    struct node *n = finish(p, NODE_UnaryOp, start);
    if (n) {
      n->UnaryOp.op = kind == TOKEN_PLUS    ? unaryop_UAdd
                      : kind == TOKEN_MINUS ? unaryop_USub
                                            : unaryop_Invert;
      n->UnaryOp.operand = operand;
    }
    return n;
  }
  struct node *base = await_primary(p);
  if (!base || peek(p) != TOKEN_DOUBLE_STAR)
    return base;
  size_t mark = p->mark++;
  if (!enter(p))
    return NULL;
  struct node *exponent = factor(p);
  leave(p);
  if (!exponent) {
    p->mark = mark;
    return p->stopped ? NULL : base;
  }
  struct node *n = finish(p, NODE_BinOp, start);
  if (n) {
    n->BinOp.left = base;
    n->BinOp.op = operator_Pow;
    n->BinOp.right = exponent;
  }
  return n;
}

/* ---- Primaries ---- */

/* slice: [expression] ':' [expression] [':' [expression]] | named_expression */
static struct node *slice(struct parser *p) {
  size_t start = p->mark;
  struct node *lower = NULL, *upper = NULL, *step = NULL;
  if (peek(p) != TOKEN_COLON) {
    /* A slice is tried first, and an expression is the same in both. */
    if (peek(p) == TOKEN_NAME && peek_at(p, 1) == TOKEN_COLON_EQUAL)
      return assignment_expression(p);
    lower = expression(p);
    if (!lower)
      return NULL;
    if (peek(p) != TOKEN_COLON) {
      p->mark = p->explaining ? start : p->mark;
      return p->explaining ? named_expression(p) : peek(p) == TOKEN_COLON_EQUAL ? NULL : lower;
    }
  }
  p->mark++;
  size_t mark = p->mark;
  if (peek(p) != TOKEN_COLON && peek(p) != TOKEN_RIGHT_BRACKET && peek(p) != TOKEN_COMMA &&
      !(upper = expression(p))) {
    if (p->stopped)
      return NULL;
    p->mark = mark;
  }
  if (accept(p, TOKEN_COLON)) {
    mark = p->mark;
    if (peek(p) != TOKEN_RIGHT_BRACKET && peek(p) != TOKEN_COMMA && !(step = expression(p))) {
      if (p->stopped)
        return NULL;
      p->mark = mark;
    }
  }
  struct node *n = finish(p, NODE_Slice, start);
  if (n) {
    n->Slice.lower = lower;
    n->Slice.upper = upper;
    n->Slice.step = step;
  }
  return n;
}

static struct node *slice_or_starred(struct parser *p) {
  return peek(p) == TOKEN_STAR ? starred(p, expression) : slice(p);
}

/* slices: slice !',' | (slice | starred_expression) (',' ...)* [',']. One that is starred is a
 * tuple, comma or not. */
static struct node *slices(struct parser *p) {
  size_t start = p->mark, since = p->pending_n;
  struct node *first = slice_or_starred(p);
  if (!first || (peek(p) != TOKEN_COMMA && first->kind != NODE_Starred))
    return first;
  if (!push(p, first))
    return NULL;
  while (accept(p, TOKEN_COMMA) && peek(p) != TOKEN_RIGHT_BRACKET) {
    size_t mark = p->mark;
    struct node *n = slice_or_starred(p);
    if (!n) {
      if (p->stopped)
        return NULL;
      p->mark = mark;
      break;
    }
    if (!push(p, n))
      return NULL;
  }
  struct node *n = finish(p, NODE_Tuple, start);
  return n && take(p, since, &n->Tuple.elts) ? n : NULL;
}

/* primary: atom ('.' NAME | '(' [arguments] ')' | '[' slices ']')*; a chain takes no stack */
static struct node *primary(struct parser *p) {
  size_t start = p->mark;
  struct node *left = atom(p);
  while (left) {
    size_t mark = p->mark;
    struct node *n = NULL;
    if (accept(p, TOKEN_DOT)) {
      if (peek(p) == TOKEN_NAME) {
        struct object *name = token_name(p, p->mark);
        p->mark++;
        n = name ? finish(p, NODE_Attribute, start) : NULL;
        if (n) {
          n->Attribute.value = left;
          n->Attribute.attr = name;
        }
      }
    } else if (accept(p, TOKEN_LEFT_PAREN)) {
      struct tree_nodes args, keywords;
      if (p->explaining) {
        p->mark = mark;
        explain_comprehension(p);
        p->mark = mark + 1;
      }
      if (!p->stopped && call_arguments(p, &args, &keywords, false) &&
          accept(p, TOKEN_RIGHT_PAREN)) {
        n = finish(p, NODE_Call, start);
        if (n) {
          n->Call.func = left;
          n->Call.args = args;
          n->Call.keywords = keywords;
        }
      }
    } else if (accept(p, TOKEN_LEFT_BRACKET)) {
      struct node *index = slices(p);
      if (index && accept(p, TOKEN_RIGHT_BRACKET)) {
        n = finish(p, NODE_Subscript, start);
        if (n) {
          n->Subscript.value = left;
          n->Subscript.slice = index;
        }
      }
    } else
      break;
    if (!n) {
      if (p->stopped)
        return NULL;
      p->mark = mark;
      break;
    }
    left = n;
  }
  return left;
}

/* ---- Atoms ---- */

static struct node *constant(struct parser *p, size_t start, struct object *value) {
  struct node *n = finish(p, NODE_Constant, start);
  if (n)
    n->Constant.value = value;
  return n;
}

/* for_if_clauses: (['async'] 'for' star_targets 'in' disjunction ('if' disjunction)*)+ */
bool for_if_clauses(struct parser *p, struct tree_nodes *clauses) {
  size_t since = p->pending_n, mark = p->mark;
  for (;; mark = p->mark) {
    bool is_async = accept(p, TOKEN_ASYNC);
    if (!accept(p, TOKEN_FOR))
      break;
    struct node *target = star_targets(p);
    if (!target || !accept(p, TOKEN_IN)) {
      if (p->explaining && !p->stopped)
        p->mark = mark, explain_for_if_clause(p);
      return false;
    }
    struct node *iter = disjunction(p);
    if (!iter)
      return false;
    size_t ifs_since = p->pending_n, if_mark = p->mark;
    while (accept(p, TOKEN_IF)) {
      struct node *test = disjunction(p);
      if (!test) {
        if (p->stopped)
          return false;
        p->mark = if_mark;
        break;
      }
      if (!push(p, test))
        return false;
      if_mark = p->mark;
    }
    if (is_async && !is_allowed(p, 6, "Async comprehensions are"))
      return false;
    struct node *n = tree_node_new(p->tree, NODE_comprehension, 0, 0, 0, 0);
    if (!n)
      return stop(p), false;
    n->comprehension.target = target;
    n->comprehension.iter = iter;
    n->comprehension.is_async = is_async;
    if (!take(p, ifs_since, &n->comprehension.ifs) || !push(p, n))
      return false;
  }
  p->mark = mark;
  return p->pending_n > since && take(p, since, clauses);
}

static bool at_for(struct parser *p) { return peek(p) == TOKEN_FOR || peek(p) == TOKEN_ASYNC; }

/* element (',' element)* [','] up to `closing`, behind the first element (already pushed) */
static bool more_elements(struct parser *p, enum token_kind closing) {
  while (accept(p, TOKEN_COMMA)) {
    if (peek(p) == closing)
      return true;
    if (!push(p, star_named_expression(p)))
      return false;
  }
  return true;
}

/* '(' ... ')': a generator expression, a tuple or a group */
static struct node *parenthesized(struct parser *p) {
  size_t start = p->mark++, since = p->pending_n;
  if (accept(p, TOKEN_RIGHT_PAREN))
    return finish(p, NODE_Tuple, start);
  if (peek(p) == TOKEN_YIELD) {
    struct node *n = yield_expression(p);
    if (n && accept(p, TOKEN_RIGHT_PAREN))
      return n->is_parenthesized = true, n;
    return NULL;
  }
  struct node *first = star_named_expression(p), *n;
  if (!first)
    return NULL;
  if (peek(p) == TOKEN_COMMA) {
    if (!push(p, first) || !more_elements(p, TOKEN_RIGHT_PAREN) || !accept(p, TOKEN_RIGHT_PAREN))
      return NULL;
    n = finish(p, NODE_Tuple, start);
    if (n)
      n->is_parenthesized = true;
    return n && take(p, since, &n->Tuple.elts) ? n : NULL;
  }
  if (first->kind == NODE_Starred && p->tokens[start + 1].kind == TOKEN_STAR)
    return NULL;
  if (at_for(p)) {
    struct tree_nodes clauses;
    if (!for_if_clauses(p, &clauses) || !accept(p, TOKEN_RIGHT_PAREN))
      return NULL;
    n = finish(p, NODE_GeneratorExp, start);
    if (n) {
      n->GeneratorExp.elt = first;
      n->GeneratorExp.generators = clauses;
    }
    return n;
  }
  if (!accept(p, TOKEN_RIGHT_PAREN))
    return NULL;
  first->is_parenthesized = true;
  return first;
}

/* '[' ... ']': a list or a list comprehension */
static struct node *bracketed(struct parser *p) {
  size_t start = p->mark++, since = p->pending_n;
  if (accept(p, TOKEN_RIGHT_BRACKET))
    return finish(p, NODE_List, start);
  struct node *first = star_named_expression(p), *n;
  if (!first)
    return NULL;
  if (at_for(p) && first->kind != NODE_Starred) {
    struct tree_nodes clauses;
    if (!for_if_clauses(p, &clauses) || !accept(p, TOKEN_RIGHT_BRACKET))
      return NULL;
    n = finish(p, NODE_ListComp, start);
    if (n) {
      n->ListComp.elt = first;
      n->ListComp.generators = clauses;
    }
    return n;
  }
  if (!push(p, first) || !more_elements(p, TOKEN_RIGHT_BRACKET) || !accept(p, TOKEN_RIGHT_BRACKET))
    return NULL;
  n = finish(p, NODE_List, start);
  return n && take(p, since, &n->List.elts) ? n : NULL;
}

/* Pushes key (or none) and value. double_starred_kvpair: '**' bitwise_or | expression ':'
 * expression */
static bool key_and_value(struct parser *p) {
  struct node *value;
  if (accept(p, TOKEN_DOUBLE_STAR)) {
    value = bitwise_or(p);
    return value && push_null(p) && push(p, value);
  }
  struct node *key = expression(p);
  if (!key || !accept(p, TOKEN_COLON))
    return false;
  value = expression(p);
  return value && push(p, key) && push(p, value);
}

/* Divides keys and values that were pushed in turn. */
static bool take_pairs(struct parser *p, size_t since, struct tree_nodes *keys,
                       struct tree_nodes *values) {
  struct tree_nodes both;
  if (!take(p, since, &both))
    return false;
  uint32_t n = both.n / 2;
  struct node **items = n ? tree_alloc(p->tree, both.n * sizeof *items) : NULL;
  if (n && !items)
    return stop(p), false;
  for (uint32_t i = 0; i < n; i++) {
    items[i] = both.items[2 * i];
    items[n + i] = both.items[2 * i + 1];
  }
  *keys = (struct tree_nodes){.items = items, .n = n};
  *values = (struct tree_nodes){.items = items ? items + n : NULL, .n = n};
  return true;
}

/* What is behind the first pair: comprehension, or more pairs */
static struct node *dict_rest(struct parser *p, size_t start, size_t since) {
  struct node *n;
  struct tree_nodes keys, values, clauses;
  if (at_for(p) && p->pending[since]) {
    if (!for_if_clauses(p, &clauses) || !accept(p, TOKEN_RIGHT_BRACE))
      return NULL;
    n = finish(p, NODE_DictComp, start);
    if (n) {
      n->DictComp.key = p->pending[since];
      n->DictComp.value = p->pending[since + 1];
      n->DictComp.generators = clauses;
    }
    p->pending_n = since;
    return n;
  }
  while (accept(p, TOKEN_COMMA) && peek(p) != TOKEN_RIGHT_BRACE)
    if (!key_and_value(p))
      return NULL;
  if (!accept(p, TOKEN_RIGHT_BRACE) || !take_pairs(p, since, &keys, &values))
    return NULL;
  n = finish(p, NODE_Dict, start);
  if (n) {
    n->Dict.keys = keys;
    n->Dict.values = values;
  }
  return n;
}

/* '{' ... '}': a dict, a set or a comprehension of either */
static struct node *braced(struct parser *p) {
  size_t start = p->mark++, since = p->pending_n;
  if (accept(p, TOKEN_RIGHT_BRACE))
    return finish(p, NODE_Dict, start);
  struct node *n;
  struct tree_nodes clauses;
  if (peek(p) == TOKEN_DOUBLE_STAR)
    return key_and_value(p) ? dict_rest(p, start, since) : NULL;
  struct node *first = star_named_expression(p);
  if (!first)
    return NULL;
  if (peek(p) == TOKEN_COLON && first->kind != NODE_Starred &&
      (first->kind != NODE_NamedExpr || first->is_parenthesized)) {
    p->mark++;
    struct node *value = expression(p);
    return value && push(p, first) && push(p, value) ? dict_rest(p, start, since) : NULL;
  }
  if (at_for(p) && first->kind != NODE_Starred) {
    if (!for_if_clauses(p, &clauses) || !accept(p, TOKEN_RIGHT_BRACE))
      return NULL;
    n = finish(p, NODE_SetComp, start);
    if (n) {
      n->SetComp.elt = first;
      n->SetComp.generators = clauses;
    }
    return n;
  }
  if (!push(p, first) || !more_elements(p, TOKEN_RIGHT_BRACE) || !accept(p, TOKEN_RIGHT_BRACE))
    return NULL;
  n = finish(p, NODE_Set, start);
  return n && take(p, since, &n->Set.elts) ? n : NULL;
}

static struct node *number(struct parser *p) {
  const struct token *token = &p->tokens[p->mark];
  if (p->options->feature_limit && memchr(token->start, '_', (size_t)(token->end - token->start)) &&
      !is_allowed(p, 6, "Underscores in numeric literals are"))
    return NULL;
  struct object *value = tree_keep_taking(p->tree, number_from_token(&p->tokens[p->mark]));
  if (!value)
    return fail_number(p);
  p->mark++;
  return constant(p, p->mark - 1, value);
}

/* atom: NAME | literal | '(' ... ')' | '[' ... ']' | '{' ... '}' | '...' */
struct node *atom(struct parser *p) {
  size_t start = p->mark;
  struct node *n;
  switch (peek(p)) {
  case TOKEN_NAME: {
    struct object *name = token_name(p, p->mark);
    p->mark++;
    n = name ? finish(p, NODE_Name, start) : NULL;
    if (n)
      n->Name.id = name;
    return n;
  }
  case TOKEN_NUMBER:
    return number(p);
  case TOKEN_STRING:
    return strings(p);
  case TOKEN_TRUE:
    return p->mark++, constant(p, start, TRUE_);
  case TOKEN_FALSE:
    return p->mark++, constant(p, start, FALSE_);
  case TOKEN_NONE:
    return p->mark++, constant(p, start, NONE);
  case TOKEN_ELLIPSIS:
    return p->mark++, constant(p, start, ELLIPSIS);
  case TOKEN_LEFT_PAREN:
  case TOKEN_LEFT_BRACKET:
  case TOKEN_LEFT_BRACE: {
    enum token_kind kind = peek(p);
    struct node *(*read)(struct parser *) = kind == TOKEN_LEFT_PAREN     ? parenthesized
                                            : kind == TOKEN_LEFT_BRACKET ? bracketed
                                                                         : braced;
    size_t since = p->pending_n;
    if (!p->explaining) {
      /* Each brace around a mistake reads again what is in it: failures are remembered. */
      if (kind == TOKEN_LEFT_BRACE && memo_find(p, MEMO_BRACES, &n))
        return n;
      n = read(p);
      if (!n && !p->stopped && kind == TOKEN_LEFT_BRACE) {
        p->mark = start;
        p->pending_n = since;
        explain_dict(p);
        memo_add(p, MEMO_BRACES, start, NULL);
      }
      return n;
    }
    if (memo_find(p, MEMO_ATOM, &n))
      return n;
    n = read(p);
    if (!n && !p->stopped) {
      p->mark = start;
      p->pending_n = since;
      explain_bracket(p);
    }
    memo_add(p, MEMO_ATOM, start, n);
    return n;
  }
  default:
    return NULL;
  }
}

/* ---- Targets ---- */

bool is_single_target(const struct node *n) {
  return n->kind == NODE_Name || n->kind == NODE_Attribute || n->kind == NODE_Subscript;
}

bool is_target(const struct node *n, enum target_use use) {
  if (is_single_target(n))
    return true;
  const struct tree_nodes *elts = n->kind == NODE_Tuple  ? &n->Tuple.elts
                                  : n->kind == NODE_List ? &n->List.elts
                                                         : NULL;
  if (!elts)
    return n->kind == NODE_Starred && use != TARGET_DELETE &&
           n->Starred.value->kind != NODE_Starred && is_target(n->Starred.value, use);
  for (uint32_t i = 0; i < elts->n; i++)
    if (!is_target(elts->items[i], use))
      return false;
  return true;
}

void set_context(struct node *n, enum tree_expr_context context) {
  struct tree_nodes *elts = NULL;
  switch (n->kind) {
  case NODE_Name:
    n->Name.ctx = context;
    break;
  case NODE_Attribute:
    n->Attribute.ctx = context;
    break;
  case NODE_Subscript:
    n->Subscript.ctx = context;
    break;
  case NODE_Starred:
    n->Starred.ctx = context;
    set_context(n->Starred.value, context);
    break;
  case NODE_Tuple:
    n->Tuple.ctx = context;
    elts = &n->Tuple.elts;
    break;
  case NODE_List:
    n->List.ctx = context;
    elts = &n->List.elts;
    break;
  default:
    break;
  }
  for (uint32_t i = 0; elts && i < elts->n; i++)
    set_context(elts->items[i], context);
}

/* star_target: ['*'] target; only what can be one */
struct node *star_target(struct parser *p) {
  struct node *n = peek(p) == TOKEN_STAR ? starred(p, bitwise_or) : bitwise_or(p);
  if (!n || !is_target(n, TARGET_FOR))
    return NULL;
  /* In the second pass nodes are shared through the memo: leave them as they are read. */
  if (!p->explaining)
    set_context(n, expr_context_Store);
  return n;
}

/* star_targets: star_target (',' star_target)* [','] */
struct node *star_targets(struct parser *p) {
  struct node *n = tuple_of(p, star_target);
  if (n && n->kind == NODE_Tuple && !p->explaining)
    n->Tuple.ctx = expr_context_Store;
  return n;
}
