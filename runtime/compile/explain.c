/* What the second pass asks: each function looks for one family of mistakes at the mark, tells it
 * when it is there, and otherwise leaves everything as it was. The order in which mistakes are
 * looked for decides which one of several is told; it is CPython's.
 *
 * Here: expressions and what stands in brackets. Arguments, parameters and statements have their
 * own files. */
#include "runtime/compile/explain.h"
#include "runtime/object/str.h"
#include <string.h>

void fail_from(struct parser *p, int32_t lineno, int32_t col_offset, const char *message) {
  fail_at(p, SYNTAX_ERROR, lineno, col_offset, p->lexer->lineno,
          (int32_t)(p->lexer->cur - p->lexer->line_start) - 1, "%s", message);
}

/* ---- What things are called ---- */

static const char *constant_name(const struct object *value) {
  return value == NONE       ? "None"
         : value == TRUE_    ? "True"
         : value == FALSE_   ? "False"
         : value == ELLIPSIS ? "ellipsis"
                             : "literal";
}

const char *expression_name(const struct node *n) {
  static const char *const names[NODE_KINDS_N] = {
      [NODE_Attribute] = "attribute",
      [NODE_Subscript] = "subscript",
      [NODE_Starred] = "starred",
      [NODE_Name] = "name",
      [NODE_List] = "list",
      [NODE_Tuple] = "tuple",
      [NODE_Lambda] = "lambda",
      [NODE_Call] = "function call",
      [NODE_BoolOp] = "expression",
      [NODE_BinOp] = "expression",
      [NODE_UnaryOp] = "expression",
      [NODE_GeneratorExp] = "generator expression",
      [NODE_Yield] = "yield expression",
      [NODE_YieldFrom] = "yield expression",
      [NODE_Await] = "await expression",
      [NODE_ListComp] = "list comprehension",
      [NODE_SetComp] = "set comprehension",
      [NODE_DictComp] = "dict comprehension",
      [NODE_Dict] = "dict literal",
      [NODE_Set] = "set display",
      [NODE_JoinedStr] = "f-string expression",
      [NODE_FormattedValue] = "f-string expression",
      [NODE_Compare] = "comparison",
      [NODE_IfExp] = "conditional expression",
      [NODE_NamedExpr] = "named expression",
  };
  return n->kind == NODE_Constant ? constant_name(n->Constant.value) : names[n->kind];
}

/* The first part of n that can't be assigned to, or deleted; NULL: it can. */
static const struct node *invalid_target(const struct node *n, enum target_use use) {
  const struct tree_nodes *elts = NULL;
  switch (n->kind) {
  case NODE_Name:
  case NODE_Attribute:
  case NODE_Subscript:
    return NULL;
  case NODE_List:
    elts = &n->List.elts;
    break;
  case NODE_Tuple:
    elts = &n->Tuple.elts;
    break;
  case NODE_Starred:
    return use == TARGET_DELETE ? n : invalid_target(n->Starred.value, use);
  case NODE_Compare: /* `for a in b` has been read as one */
    if (use != TARGET_FOR)
      return n;
    return n->Compare.ops.items[0] == cmpop_In ? invalid_target(n->Compare.left, use) : NULL;
  default:
    return n;
  }
  for (uint32_t i = 0; i < elts->n; i++) {
    const struct node *invalid = invalid_target(elts->items[i], use);
    if (invalid)
      return invalid;
  }
  return NULL;
}

void fail_target(struct parser *p, const struct node *n, enum target_use use) {
  const struct node *invalid = n ? invalid_target(n, use) : NULL;
  if (invalid)
    fail_node(p, invalid, use == TARGET_DELETE ? "cannot delete %s" : "cannot assign to %s",
              expression_name(invalid));
}

/* ---- Expressions ---- */

/* An expression read without looking for mistakes in it. */
static struct node *plain_expression(struct parser *p) {
  p->explaining = false;
  struct node *n = expression(p);
  p->explaining = true;
  return n;
}

/* CPython compares as many letters as the name has: beginnings of the keywords count as well. */
static bool is_soft_keyword(struct parser *p) {
  const struct token *token = token_at(p, p->mark);
  size_t n = (size_t)(token->end - token->start);
  return token->kind == TOKEN_NAME &&
         ((n == 1 && *token->start == '_') || (n <= 4 && !memcmp(token->start, "case", n)) ||
          (n <= 5 && !memcmp(token->start, "match", n)));
}

static bool is_legacy(struct parser *p, const struct node *n) {
  if (n->kind != NODE_Name)
    return false;
  const void *name = str_data(n->Name.id);
  size_t length = str_length(n->Name.id);
  return str_is_ascii(n->Name.id) &&
         ((length == 5 && !memcmp(name, "print", 5)) || (length == 4 && !memcmp(name, "exec", 4)));
}

/* Two expressions beside each other within brackets; `a if b` without its else. */
static void explain_neighbours(struct parser *p) {
  struct place start = here(p);
  if (!(peek(p) == TOKEN_NAME && peek_at(p, 1) == TOKEN_STRING) && !is_soft_keyword(p)) {
    struct node *a = disjunction(p), *b = a ? plain_expression(p) : NULL;
    if (p->stopped)
      return;
    if (b && !is_legacy(p, a) && previous(p)->level) {
      fail_nodes(p, a, b, "invalid syntax. Perhaps you forgot a comma?");
      return;
    }
    back(p, start);
  }
  struct node *a = disjunction(p), *b = a && accept(p, TOKEN_IF) ? disjunction(p) : NULL;
  if (b && peek(p) != TOKEN_ELSE && peek(p) != TOKEN_COLON && !p->stopped)
    fail_nodes(p, a, b, "expected 'else' after 'if' expression");
}

/* print and exec as statements, as they once were. */
static void explain_legacy(struct parser *p) {
  if (peek(p) != TOKEN_NAME || peek_at(p, 1) == TOKEN_LEFT_PAREN)
    return;
  struct node *a = atom(p), *b = a ? star_expressions(p) : NULL;
  if (!b || p->stopped || !is_legacy(p, a))
    return;
  const char *name = str_data(a->Name.id);
  fail_nodes(p, a, b, "Missing parentheses in call to '%s'. Did you mean %s(...)?", name, name);
}

void explain_expression(struct parser *p) {
  struct place start = here(p);
  explain_neighbours(p);
  if (back(p, start)) {
    explain_legacy(p);
    back(p, start);
  }
}

/* Those whose assignment is told in another way. */
static bool is_told_elsewhere(const struct node *n) {
  return n->kind == NODE_List || n->kind == NODE_Tuple || n->kind == NODE_GeneratorExp ||
         (n->kind == NODE_Constant &&
          (n->Constant.value == NONE || n->Constant.value == TRUE_ || n->Constant.value == FALSE_));
}

/* ':=' behind something that is no name; '=' where '==' or ':=' was meant */
static void explain_named(struct parser *p) {
  struct place start = here(p);
  struct node *a = expression(p), *b;
  if (a && accept(p, TOKEN_COLON_EQUAL) && expression(p)) {
    fail_node(p, a, "cannot use assignment expressions with %s", expression_name(a));
    return;
  }
  if (!back(p, start))
    return;
  if (peek(p) == TOKEN_NAME && peek_at(p, 1) == TOKEN_EQUAL) {
    a = atom(p);
    p->mark++;
    b = a ? bitwise_or(p) : NULL;
    if (b && not_assigned(p) && !p->stopped) {
      fail_nodes(p, a, b, "invalid syntax. Maybe you meant '==' or ':=' instead of '='?");
      return;
    }
    if (!back(p, start))
      return;
  }
  /* What begins like a list, tuple or None is left to others even if it goes on. */
  a = atom(p);
  if (p->stopped || (a && is_told_elsewhere(a) && !a->is_parenthesized) ||
      (a && a->kind == NODE_Tuple))
    return;
  back(p, start);
  a = bitwise_or(p);
  if (a && accept(p, TOKEN_EQUAL) && bitwise_or(p) && not_assigned(p) && !p->stopped)
    fail_node(p, a, "cannot assign to %s here. Maybe you meant '==' instead of '='?",
              expression_name(a));
}

void explain_named_expression(struct parser *p) {
  struct node *unused = NULL;
  struct place start = here(p);
  if (memo_find(p, MEMO_NAMED, &unused)) {
    back(p, start);
    return;
  }
  explain_named(p);
  if (back(p, start))
    memo_add(p, MEMO_NAMED, start.mark, NULL);
}

/* ---- Brackets ---- */

struct node *starred_expression(struct parser *p) {
  size_t start = p->mark;
  if (!accept(p, TOKEN_STAR))
    return NULL;
  struct node *value = expression(p);
  struct node *n = value ? finish(p, NODE_Starred, start) : NULL;
  if (n)
    n->Starred.value = value;
  return n;
}

struct node *star_named_expressions(struct parser *p) {
  struct node *last = NULL;
  for (;;) {
    size_t mark = p->mark;
    struct node *n = star_named_expression(p);
    if (!n) {
      p->mark = mark;
      return last;
    }
    last = n;
    if (!accept(p, TOKEN_COMMA))
      return last;
  }
}

/* Comprehensions of '*', and of several values without parentheses; at the opening bracket. */
void explain_comprehension(struct parser *p) {
  struct place start = here(p);
  struct tree_nodes clauses;
  enum token_kind opening = peek(p);
  p->mark++;
  struct node *a = starred_expression(p), *b;
  if (a && for_if_clauses(p, &clauses)) {
    fail_node(p, a, "iterable unpacking cannot be used in comprehension");
    return;
  }
  if (!back(p, start) || opening == TOKEN_LEFT_PAREN)
    return;
  p->mark++;
  a = star_named_expression(p);
  if (!a || !accept(p, TOKEN_COMMA))
    return;
  size_t comma = p->mark - 1;
  b = star_named_expressions(p);
  if (b && for_if_clauses(p, &clauses)) {
    fail_nodes(p, a, b, "did you forget parentheses around the comprehension target?");
    return;
  }
  if (p->stopped)
    return;
  p->mark = comma + 1;
  if (for_if_clauses(p, &clauses))
    fail_at(p, SYNTAX_ERROR, a->lineno, a->col_offset, token_of(p, comma)->end_lineno,
            token_of(p, comma)->end_col_offset,
            "did you forget parentheses around the comprehension target?");
}

/* '*' or '**' alone in parentheses */
static void explain_group(struct parser *p) {
  struct place start = here(p);
  p->mark++;
  struct node *a = starred_expression(p);
  if (a && accept(p, TOKEN_RIGHT_PAREN)) {
    fail_node(p, a, "cannot use starred expression here");
    return;
  }
  if (!back(p, start))
    return;
  size_t stars = ++p->mark;
  if (accept(p, TOKEN_DOUBLE_STAR) && expression(p) && accept(p, TOKEN_RIGHT_PAREN))
    fail_token(p, token_of(p, stars), "cannot use double starred expression here");
}

/* ':' without a value, or with a starred one; behind the key */
static void explain_value(struct parser *p) {
  size_t colon = p->mark;
  if (!accept(p, TOKEN_COLON))
    return;
  size_t star = p->mark;
  if (accept(p, TOKEN_STAR)) {
    if (bitwise_or(p))
      fail_from(p, token_of(p, star)->lineno, token_of(p, star)->col_offset,
                "cannot use a starred expression in a dictionary value");
    return;
  }
  if (peek(p) == TOKEN_RIGHT_BRACE || peek(p) == TOKEN_COMMA)
    fail_token(p, token_of(p, colon), "expression expected after dictionary key and ':'");
}

/* double_starred_kvpair */
static bool read_pair(struct parser *p) {
  if (accept(p, TOKEN_DOUBLE_STAR))
    return bitwise_or(p) != NULL;
  return expression(p) && accept(p, TOKEN_COLON) && expression(p);
}

/* At the brace. In CPython the first pass looks for these as well. */
void explain_dict(struct parser *p) {
  struct place start = here(p);
  p->mark++;
  size_t pairs = 0, comma = 0;
  for (;; pairs++) {
    size_t mark = p->mark;
    if (!read_pair(p)) {
      p->mark = mark;
      break;
    }
    comma = p->mark;
    if (!accept(p, TOKEN_COMMA))
      break;
  }
  if (p->stopped)
    return;
  if (pairs && token_of(p, comma)->kind == TOKEN_COMMA) {
    p->mark = comma + 1;
    struct node *key = expression(p);
    if (key && peek(p) != TOKEN_COLON && !p->stopped) {
      fail_at(p, SYNTAX_ERROR, key->lineno, key->end_col_offset - 1, key->end_lineno, -1,
              "':' expected after dictionary key");
      return;
    }
    if (key)
      explain_value(p);
  }
  if (!back(p, start))
    return;
  p->mark++;
  if (expression(p))
    explain_value(p);
  back(p, start);
}

static void explain_dict_comprehension(struct parser *p) {
  struct tree_nodes clauses;
  size_t stars = ++p->mark;
  if (accept(p, TOKEN_DOUBLE_STAR) && bitwise_or(p) && for_if_clauses(p, &clauses) &&
      accept(p, TOKEN_RIGHT_BRACE))
    fail_token(p, token_of(p, stars), "dict unpacking cannot be used in dict comprehension");
}

void explain_bracket(struct parser *p) {
  struct place start = here(p);
  if (peek(p) == TOKEN_LEFT_PAREN)
    explain_group(p);
  else if (peek(p) == TOKEN_LEFT_BRACE) {
    explain_dict(p);
    if (back(p, start))
      explain_dict_comprehension(p);
  }
  if (back(p, start))
    explain_comprehension(p);
  back(p, start);
}

/* ['async'] 'for' star_expressions: of a comprehension or a statement */
void explain_for_if_clause(struct parser *p) {
  struct place start = here(p);
  accept(p, TOKEN_ASYNC);
  struct node *target = accept(p, TOKEN_FOR) ? star_expressions(p) : NULL;
  if (!p->stopped)
    fail_target(p, target, TARGET_FOR);
  back(p, start);
}
