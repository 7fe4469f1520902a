/* Statements. */
#include "runtime/compile/parser.h"
#include "runtime/object/str.h"
#include <stddef.h>

/* ---- Assignments and expressions ---- */

/* ['=' annotated_rhs] behind "target ':' expression" */
static struct node *annotated(struct parser *p, size_t start, struct node *target) {
  p->mark++;
  struct node *annotation = expression(p), *value = NULL;
  if (!annotation)
    return NULL;
  if (accept(p, TOKEN_EQUAL) && !(value = annotated_rhs(p)))
    return NULL;
  struct node *n = finish(p, NODE_AnnAssign, start);
  if (!is_allowed(p, 6,
                  target->kind == NODE_Name && !target->is_parenthesized
                      ? "Variable annotation syntax is"
                      : "Variable annotations syntax is"))
    return NULL;
  if (n) {
    set_context(target, expr_context_Store);
    n->AnnAssign.target = target;
    n->AnnAssign.annotation = annotation;
    n->AnnAssign.value = value;
    n->AnnAssign.simple = target->kind == NODE_Name && !target->is_parenthesized;
  }
  return n;
}

/* (star_targets '=')+ annotated_rhs [TYPE_COMMENT], behind the first target */
static struct node *assigned(struct parser *p, size_t start, struct node *target) {
  size_t since = p->pending_n;
  struct node *value = target;
  while (peek(p) == TOKEN_EQUAL) {
    if (!is_target(value, TARGET_ASSIGN))
      return NULL;
    if (!p->explaining)
      set_context(value, expr_context_Store);
    p->mark++;
    if (!push(p, value) || !(value = annotated_rhs(p)))
      return NULL;
  }
  struct object *comment = accept_type_comment(p);
  struct node *n = finish(p, NODE_Assign, start);
  if (!n || !take(p, since, &n->Assign.targets))
    return NULL;
  n->Assign.value = value;
  n->Assign.type_comment = comment;
  return n;
}

static const uint8_t augmented_operators[TOKEN_KINDS_N] = {
    [TOKEN_PLUS_EQUAL] = operator_Add + 1,
    [TOKEN_MINUS_EQUAL] = operator_Sub + 1,
    [TOKEN_STAR_EQUAL] = operator_Mult + 1,
    [TOKEN_AT_EQUAL] = operator_MatMult + 1,
    [TOKEN_SLASH_EQUAL] = operator_Div + 1,
    [TOKEN_PERCENT_EQUAL] = operator_Mod + 1,
    [TOKEN_AMPERSAND_EQUAL] = operator_BitAnd + 1,
    [TOKEN_BAR_EQUAL] = operator_BitOr + 1,
    [TOKEN_CARET_EQUAL] = operator_BitXor + 1,
    [TOKEN_LEFT_SHIFT_EQUAL] = operator_LShift + 1,
    [TOKEN_RIGHT_SHIFT_EQUAL] = operator_RShift + 1,
    [TOKEN_DOUBLE_STAR_EQUAL] = operator_Pow + 1,
    [TOKEN_DOUBLE_SLASH_EQUAL] = operator_FloorDiv + 1,
};

bool is_augmented(enum token_kind kind) { return augmented_operators[kind] != 0; }

static struct node *augmented(struct parser *p, size_t start, struct node *target) {
  unsigned op = augmented_operators[peek(p)] - 1u;
  if (op == operator_MatMult && !is_allowed(p, 5, "The '@' operator is"))
    return NULL;
  p->mark++;
  struct node *value = annotated_rhs(p);
  struct node *n = value ? finish(p, NODE_AugAssign, start) : NULL;
  if (n) {
    set_context(target, expr_context_Store);
    n->AugAssign.target = target;
    n->AugAssign.op = (uint8_t)op;
    n->AugAssign.value = value;
  }
  return n;
}

/* assignment: NAME ':' expression ['=' annotated_rhs]
 *           | ('(' single_target ')' | attribute or subscript) ':' expression ['=' annotated_rhs]
 *           | (star_targets '=')+ annotated_rhs
 *           | single_target augassign annotated_rhs
 * or star_expressions, or yield_expr, by themselves: all begin alike */
static struct node *assignment_or_expression(struct parser *p) {
  size_t start = p->mark;
  if (p->explaining && (explain_assignment(p), p->stopped))
    return NULL;
  struct node *first = annotated_rhs(p);
  if (!first)
    return NULL;
  enum token_kind kind = peek(p);
  if (kind == TOKEN_EQUAL)
    return assigned(p, start, first);
  if (kind == TOKEN_COLON && is_single_target(first))
    return annotated(p, start, first);
  if (augmented_operators[kind] && is_single_target(first))
    return augmented(p, start, first);
  struct node *n = finish(p, NODE_Expr, start);
  if (n)
    n->Expr.value = first;
  return n;
}

/* ---- Small statements ---- */

/* 'return' [star_expressions] */
static struct node *return_statement(struct parser *p) {
  size_t start = p->mark++, mark = p->mark;
  struct node *value = NULL;
  if (peek(p) != TOKEN_NEWLINE && peek(p) != TOKEN_SEMICOLON && !(value = star_expressions(p))) {
    if (p->stopped)
      return NULL;
    p->mark = mark;
  }
  struct node *n = finish(p, NODE_Return, start);
  if (n)
    n->Return.value = value;
  return n;
}

/* 'raise' [expression ['from' expression]] */
static struct node *raise_statement(struct parser *p) {
  size_t start = p->mark++, mark = p->mark;
  struct node *exception = NULL, *cause = NULL;
  if (peek(p) != TOKEN_NEWLINE && peek(p) != TOKEN_SEMICOLON && !(exception = expression(p))) {
    if (p->stopped)
      return NULL;
    p->mark = mark;
  }
  mark = p->mark;
  if (exception && accept(p, TOKEN_FROM) && !(cause = expression(p))) {
    if (p->stopped)
      return NULL;
    p->mark = mark;
  }
  struct node *n = finish(p, NODE_Raise, start);
  if (n) {
    n->Raise.exc = exception;
    n->Raise.cause = cause;
  }
  return n;
}

static struct node *delete_target(struct parser *p) {
  struct node *n = bitwise_or(p);
  return n && is_target(n, TARGET_DELETE) ? n : NULL;
}

/* 'del' del_target (',' del_target)* [','] &(';' | NEWLINE) */
static struct node *delete_statement(struct parser *p) {
  size_t start = p->mark++, since = p->pending_n;
  do {
    if (p->pending_n > since && (peek(p) == TOKEN_SEMICOLON || peek(p) == TOKEN_NEWLINE))
      break;
    struct node *n = delete_target(p);
    if (!n || !push(p, n)) {
      if (p->explaining && !p->stopped)
        p->mark = start, explain_delete(p);
      return NULL;
    }
    set_context(n, expr_context_Del);
  } while (accept(p, TOKEN_COMMA));
  if (peek(p) != TOKEN_SEMICOLON && peek(p) != TOKEN_NEWLINE) {
    if (p->explaining && !p->stopped)
      p->mark = start, explain_delete(p);
    return NULL;
  }
  struct node *n = finish(p, NODE_Delete, start);
  return n && take(p, since, &n->Delete.targets) ? n : NULL;
}

/* 'assert' expression [',' expression] */
static struct node *assert_statement(struct parser *p) {
  size_t start = p->mark++;
  struct node *test = expression(p), *message = NULL;
  if (!test || (accept(p, TOKEN_COMMA) && !(message = expression(p))))
    return NULL;
  struct node *n = finish(p, NODE_Assert, start);
  if (n) {
    n->Assert.test = test;
    n->Assert.msg = message;
  }
  return n;
}

/* ('global' | 'nonlocal') NAME (',' NAME)* */
static struct node *scope_statement(struct parser *p, enum node_kind kind) {
  size_t start = p->mark++, first = p->mark, count = 0;
  do {
    if (!accept(p, TOKEN_NAME))
      return NULL;
    count++;
  } while (accept(p, TOKEN_COMMA));
  struct node *n = finish(p, kind, start);
  struct object **names = tree_alloc(p->tree, count * sizeof *names);
  if (!n || !names)
    return stop(p);
  for (size_t i = 0; i < count; i++)
    if (!(names[i] = token_name(p, first + 2 * i)))
      return NULL;
  n->Global.names = (struct tree_idents){.items = names, .n = (uint32_t)count};
  return n;
}
_Static_assert(offsetof(struct node, Global.names) == offsetof(struct node, Nonlocal.names),
               "global and nonlocal are alike");

/* ---- Imports ---- */

/* dotted_name: NAME ('.' NAME)*, as one string */
static struct object *dotted_name(struct parser *p) {
  size_t first = p->mark;
  if (!accept(p, TOKEN_NAME))
    return NULL;
  while (peek(p) == TOKEN_DOT) {
    p->mark++;
    if (!accept(p, TOKEN_NAME)) {
      p->mark--;
      return NULL;
    }
  }
  struct object *name = token_name(p, first);
  if (!name || p->mark == first + 1)
    return name;
  struct object *joined = hold(name), *dot = str_from_code_point('.');
  for (size_t i = first + 2; joined && i < p->mark; i += 2) {
    struct object *next = token_name(p, i), *dotted = next ? str_append_taking(joined, dot) : NULL;
    if (!next)
      drop(joined);
    joined = dotted ? str_append_taking(dotted, next) : NULL;
  }
  joined = joined ? str_intern_taking(joined) : NULL;
  if (!joined)
    return stop(p);
  drop(joined);
  return joined;
}

/* ['as' NAME] behind the name */
static struct node *alias(struct parser *p, size_t start, struct object *name) {
  struct object *as = NULL;
  if (!name)
    return NULL;
  if (accept(p, TOKEN_AS)) {
    if (peek(p) != TOKEN_NAME || !(as = token_name(p, p->mark)))
      return NULL;
    p->mark++;
  }
  struct node *n = finish(p, NODE_alias, start);
  if (n) {
    n->alias.name = name;
    n->alias.asname = as;
  }
  return n;
}

/* 'import' dotted_name ['as' NAME] (',' ...)* */
static struct node *import_statement(struct parser *p) {
  size_t start = p->mark++, since = p->pending_n;
  do {
    size_t first = p->mark;
    if (!push(p, alias(p, first, dotted_name(p))))
      return NULL;
  } while (accept(p, TOKEN_COMMA));
  struct node *n = finish(p, NODE_Import, start);
  return n && take(p, since, &n->Import.names) ? n : NULL;
}

/* '(' NAME ['as' NAME] (',' ...)* [','] ')' | the same without brackets or last comma | '*' */
static bool import_targets(struct parser *p) {
  size_t first = p->mark;
  if (accept(p, TOKEN_STAR)) {
    struct object *star = str_intern_ascii("*", 1);
    if (!star)
      return stop(p), false;
    drop(star);
    return push(p, alias(p, first, star));
  }
  bool is_bracketed = accept(p, TOKEN_LEFT_PAREN);
  do {
    first = p->mark;
    if (is_bracketed && peek(p) == TOKEN_RIGHT_PAREN && first > 0 &&
        p->tokens[first - 1].kind == TOKEN_COMMA)
      break;
    if (peek(p) != TOKEN_NAME) {
      if (p->explaining && !is_bracketed && peek(p) == TOKEN_NEWLINE && !p->stopped &&
          p->tokens[first - 1].kind == TOKEN_COMMA)
        fail_here(p, SYNTAX_ERROR, "trailing comma not allowed without surrounding parentheses");
      return false;
    }
    struct object *name = token_name(p, p->mark);
    p->mark++;
    if (!push(p, alias(p, first, name)))
      return false;
  } while (accept(p, TOKEN_COMMA));
  return !is_bracketed || accept(p, TOKEN_RIGHT_PAREN);
}

/* 'from' ('.' | '...')* [dotted_name] 'import' targets */
static struct node *import_from_statement(struct parser *p) {
  size_t start = p->mark++, since = p->pending_n;
  int32_t level = 0;
  for (;; p->mark++) {
    if (peek(p) == TOKEN_DOT)
      level++;
    else if (peek(p) == TOKEN_ELLIPSIS)
      level += 3;
    else
      break;
  }
  struct object *module = NULL;
  if ((level == 0 || peek(p) != TOKEN_IMPORT) && !(module = dotted_name(p)))
    return NULL;
  if (!accept(p, TOKEN_IMPORT) || !import_targets(p))
    return NULL;
  struct node *n = finish(p, NODE_ImportFrom, start);
  if (!n || !take(p, since, &n->ImportFrom.names))
    return NULL;
  n->ImportFrom.module = module;
  n->ImportFrom.level = level;
  return n;
}

/* simple_stmt */
static struct node *simple_statement(struct parser *p) {
  size_t start = p->mark;
  switch (peek(p)) {
  case TOKEN_RETURN:
    return return_statement(p);
  case TOKEN_IMPORT:
    return import_statement(p);
  case TOKEN_FROM:
    return import_from_statement(p);
  case TOKEN_RAISE:
    return raise_statement(p);
  case TOKEN_PASS:
    return p->mark++, finish(p, NODE_Pass, start);
  case TOKEN_DEL:
    return delete_statement(p);
  case TOKEN_ASSERT:
    return assert_statement(p);
  case TOKEN_BREAK:
    return p->mark++, finish(p, NODE_Break, start);
  case TOKEN_CONTINUE:
    return p->mark++, finish(p, NODE_Continue, start);
  case TOKEN_GLOBAL:
    return scope_statement(p, NODE_Global);
  case TOKEN_NONLOCAL:
    return scope_statement(p, NODE_Nonlocal);
  default:
    return assignment_or_expression(p);
  }
}

/* simple_stmts: simple_stmt (';' simple_stmt)* [';'] NEWLINE */
bool simple_statements(struct parser *p) {
  do {
    if (peek(p) == TOKEN_NEWLINE && p->mark && p->tokens[p->mark - 1].kind == TOKEN_SEMICOLON)
      break;
    if (!push(p, simple_statement(p)))
      return false;
  } while (accept(p, TOKEN_SEMICOLON));
  return accept(p, TOKEN_NEWLINE);
}

/* ---- Blocks ---- */

/* block: NEWLINE INDENT statements DEDENT | simple_stmts */
bool block(struct parser *p, struct tree_nodes *body) {
  size_t since = p->pending_n;
  if (accept(p, TOKEN_NEWLINE)) {
    if (!accept(p, TOKEN_INDENT)) {
      if (p->explaining && !p->stopped)
        fail_here(p, SYNTAX_ERROR_INDENTATION, "expected an indented block");
      return false;
    }
    return statements(p, body) && accept(p, TOKEN_DEDENT);
  }
  return simple_statements(p) && take(p, since, body);
}

/* func_type_comment: NEWLINE TYPE_COMMENT &(NEWLINE INDENT) | TYPE_COMMENT */
static struct object *function_comment(struct parser *p) {
  if (peek(p) == TOKEN_TYPE_COMMENT && p->explaining && peek_at(p, 1) == TOKEN_NEWLINE &&
      peek_at(p, 2) == TOKEN_TYPE_COMMENT && peek_at(p, 3) == TOKEN_NEWLINE &&
      peek_at(p, 4) == TOKEN_INDENT)
    return fail_here(p, SYNTAX_ERROR, "Cannot have two type comments on def");
  if (peek(p) == TOKEN_NEWLINE && peek_at(p, 1) == TOKEN_TYPE_COMMENT &&
      peek_at(p, 2) == TOKEN_NEWLINE && peek_at(p, 3) == TOKEN_INDENT)
    p->mark++;
  return accept_type_comment(p);
}

/* ':' block of a statement that began with the token `head`; `what` names it in errors. `comment`
 * (NULL: there can be none) is read by read_comment. */
static bool commented_suite(struct parser *p, size_t head, const char *what,
                            struct tree_nodes *body, struct object **comment,
                            struct object *(*read_comment)(struct parser *p)) {
  if (!accept(p, TOKEN_COLON)) {
    if (p->explaining)
      explain_colon(p);
    return false;
  }
  if (p->explaining && (explain_block(p, head, what), p->stopped))
    return false;
  if (comment && (*comment = read_comment(p), p->stopped))
    return false;
  return block(p, body);
}
static bool suite(struct parser *p, size_t head, const char *what, struct tree_nodes *body) {
  return commented_suite(p, head, what, body, NULL, NULL);
}

/* ['else' ':' block] */
static bool else_block(struct parser *p, struct tree_nodes *body) {
  size_t head = p->mark;
  *body = (struct tree_nodes){0};
  if (!accept(p, TOKEN_ELSE))
    return true;
  if (peek(p) != TOKEN_COLON)
    return fail_expected(p, ":");
  return suite(p, head, "'else' statement", body);
}

/* 'if' named_expression ':' block ('elif' ...)* ['else' ...]: the chain is read in a loop, and yet
 * no longer than if each were within the one before. */
static struct node *if_statement(struct parser *p) {
  struct node *first = NULL, *last = NULL;
  uint32_t depth = p->depth;
  do {
    if (last && !enter(p))
      return NULL;
    size_t start = p->mark++;
    struct node *test = named_expression(p);
    struct tree_nodes body;
    if (!test || !suite(p, start, last ? "'elif' statement" : "'if' statement", &body))
      return NULL;
    struct node *n = finish(p, NODE_If, start);
    if (!n)
      return NULL;
    n->If.test = test;
    n->If.body = body;
    if (!first)
      first = n;
    else {
      struct node **only = tree_alloc(p->tree, sizeof *only);
      if (!only)
        return stop(p);
      *only = n;
      last->If.orelse = (struct tree_nodes){.items = only, .n = 1};
    }
    last = n;
  } while (peek(p) == TOKEN_ELIF);
  p->depth = depth;
  struct tree_nodes orelse;
  if (!else_block(p, &orelse))
    return NULL;
  last->If.orelse = orelse;
  const struct token *end = last_token(p);
  /* All parts of the chain end where it ends. */
  for (struct node *n = first;; n = n->If.orelse.items[0]) {
    n->end_lineno = end->end_lineno;
    n->end_col_offset = end->end_col_offset;
    if (n == last)
      return first;
  }
}

/* 'while' named_expression ':' block [else] */
static struct node *while_statement(struct parser *p) {
  size_t start = p->mark++;
  struct node *test = named_expression(p);
  struct tree_nodes body, orelse;
  if (!test || !suite(p, start, "'while' statement", &body) || !else_block(p, &orelse))
    return NULL;
  struct node *n = finish(p, NODE_While, start);
  if (n) {
    n->While.test = test;
    n->While.body = body;
    n->While.orelse = orelse;
  }
  return n;
}

/* ['async'] 'for' star_targets 'in' star_expressions ':' block [else] */
static struct node *for_statement(struct parser *p, size_t start, bool is_async) {
  size_t head = p->mark++;
  struct node *target = star_targets(p);
  if (!target || !accept(p, TOKEN_IN)) {
    if (p->explaining && !p->stopped)
      p->mark = head, explain_for_if_clause(p);
    return NULL;
  }
  struct node *iter = star_expressions(p);
  struct tree_nodes body, orelse;
  struct object *comment = NULL;
  if (!iter || !commented_suite(p, head, "'for' statement", &body, &comment, accept_type_comment) ||
      !else_block(p, &orelse) || (is_async && !is_allowed(p, 5, "Async for loops are")))
    return NULL;
  struct node *n = finish(p, is_async ? NODE_AsyncFor : NODE_For, start);
  if (n) {
    n->For.type_comment = comment;
    n->For.target = target;
    n->For.iter = iter;
    n->For.body = body;
    n->For.orelse = orelse;
  }
  return n;
}

/* with_item: expression ['as' star_target &(',' | ')' | ':')] */
static struct node *with_item(struct parser *p) {
  struct node *context = expression(p), *variables = NULL;
  if (!context)
    return NULL;
  size_t mark = p->mark;
  if (accept(p, TOKEN_AS)) {
    variables = star_target(p);
    enum token_kind kind = variables ? peek(p) : TOKEN_END;
    if (kind != TOKEN_COMMA && kind != TOKEN_RIGHT_PAREN && kind != TOKEN_COLON) {
      if (p->stopped)
        return NULL;
      p->mark = mark;
      if (p->explaining && (explain_with_target(p), p->stopped))
        return NULL;
      p->mark = mark;
      variables = NULL;
    }
  }
  struct node *n = tree_node_new(p->tree, NODE_withitem, 0, 0, 0, 0);
  if (!n)
    return stop(p);
  n->withitem.context_expr = context;
  n->withitem.optional_vars = variables;
  return n;
}

/* '(' with_item (',' with_item)* [','] ')' ':', up to the colon; else nothing is read */
static bool bracketed_items(struct parser *p) {
  size_t start = p->mark, since = p->pending_n;
  if (!accept(p, TOKEN_LEFT_PAREN))
    return false;
  do {
    if (p->pending_n > since && peek(p) == TOKEN_RIGHT_PAREN)
      break;
    if (!push(p, with_item(p)))
      goto other;
  } while (accept(p, TOKEN_COMMA));
  if (accept(p, TOKEN_RIGHT_PAREN) && peek(p) == TOKEN_COLON)
    return true;
other:
  p->mark = start;
  p->pending_n = since;
  return false;
}

/* ['async'] 'with' items ':' block */
static struct node *with_statement(struct parser *p, size_t start, bool is_async) {
  size_t head = p->mark++, since = p->pending_n;
  if (p->explaining && (explain_with_block(p, head), p->stopped))
    return NULL;
  bool is_bracketed = bracketed_items(p);
  if (!is_bracketed) {
    if (p->stopped)
      return NULL;
    do {
      if (!push(p, with_item(p))) {
        if (p->explaining && !p->stopped)
          p->mark = head, explain_with_colon(p);
        return NULL;
      }
    } while (accept(p, TOKEN_COMMA));
  }
  struct tree_nodes items, body;
  if (!take(p, since, &items))
    return NULL;
  if (!accept(p, TOKEN_COLON)) {
    if (p->explaining && !p->stopped)
      p->mark = head, explain_with_colon(p);
    return NULL;
  }
  struct object *comment = is_bracketed ? NULL : accept_type_comment(p);
  if (!block(p, &body) ||
      (is_async ? !is_allowed(p, 5, "Async with statements are")
                : is_bracketed && !is_allowed(p, 9, "Parenthesized context managers are")))
    return NULL;
  struct node *n = finish(p, is_async ? NODE_AsyncWith : NODE_With, start);
  if (n) {
    n->With.type_comment = comment;
    n->With.items = items;
    n->With.body = body;
  }
  return n;
}

/* ---- try ---- */

/* 'except' ['*'] [expression ['as' NAME]] ':' block */
static struct node *handler(struct parser *p, bool is_star) {
  size_t start = p->mark;
  p->mark += is_star ? 2 : 1;
  struct node *type = NULL;
  struct object *name = NULL;
  if (is_star || peek(p) != TOKEN_COLON) {
    type = expression(p);
    if (!type) {
      if (p->explaining && !p->stopped)
        p->mark = start, explain_except(p);
      return NULL;
    }
    size_t mark = p->mark;
    if (accept(p, TOKEN_AS)) {
      if (peek(p) == TOKEN_NAME) {
        if (!(name = token_name(p, p->mark)))
          return NULL;
        p->mark++;
      } else
        p->mark = mark;
    }
  }
  if (p->explaining && peek(p) != TOKEN_COLON) {
    if (!p->stopped)
      p->mark = start, explain_except(p);
    return NULL;
  }
  struct tree_nodes body;
  if (!suite(p, start, is_star ? "'except*' statement" : "'except' statement", &body))
    return NULL;
  struct node *n = finish(p, NODE_ExceptHandler, start);
  if (n) {
    n->ExceptHandler.type = type;
    n->ExceptHandler.name = name;
    n->ExceptHandler.body = body;
  }
  return n;
}

/* 'try' ':' block (handlers [else] [finally] | finally) */
static struct node *try_statement(struct parser *p) {
  size_t start = p->mark++, since = p->pending_n;
  struct tree_nodes body, handlers, orelse = {0}, finalbody = {0};
  if (!accept(p, TOKEN_COLON))
    return fail_expected(p, ":");
  if (p->explaining && (explain_block(p, start, "'try' statement"), p->stopped))
    return NULL;
  if (!block(p, &body) || (p->explaining && (explain_try(p), p->stopped)))
    return NULL;
  bool is_star = peek(p) == TOKEN_EXCEPT && peek_at(p, 1) == TOKEN_STAR;
  while (peek(p) == TOKEN_EXCEPT && is_star == (peek_at(p, 1) == TOKEN_STAR))
    if (!push(p, handler(p, is_star)))
      return NULL;
  if (p->explaining && p->pending_n > since && (explain_mixed_handlers(p), p->stopped))
    return NULL;
  if (!take(p, since, &handlers) || (handlers.n && !else_block(p, &orelse)))
    return NULL;
  size_t head = p->mark;
  if (accept(p, TOKEN_FINALLY)) {
    if (peek(p) != TOKEN_COLON)
      return fail_expected(p, ":");
    if (!suite(p, head, "'finally' statement", &finalbody))
      return NULL;
  } else if (!handlers.n)
    return NULL;
  if (is_star && !is_allowed(p, 11, "Exception groups are"))
    return NULL;
  struct node *n = finish(p, is_star ? NODE_TryStar : NODE_Try, start);
  if (n) {
    n->Try.body = body;
    n->Try.handlers = handlers;
    n->Try.orelse = orelse;
    n->Try.finalbody = finalbody;
  }
  return n;
}

/* ---- Definitions ---- */

/* ('@' named_expression NEWLINE)* */
static bool decorators(struct parser *p, struct tree_nodes *list) {
  size_t since = p->pending_n;
  while (accept(p, TOKEN_AT))
    if (!push(p, named_expression(p)) || !accept(p, TOKEN_NEWLINE))
      return false;
  return take(p, since, list);
}

/* 'class' NAME ['(' [arguments] ')'] ':' block */
static struct node *class_statement(struct parser *p, const struct tree_nodes *decorator_list) {
  size_t start = p->mark++;
  if (peek(p) != TOKEN_NAME)
    return NULL;
  struct object *name = token_name(p, p->mark);
  p->mark++;
  struct tree_nodes bases = {0}, keywords = {0}, body;
  if (!name || (accept(p, TOKEN_LEFT_PAREN) &&
                (!call_arguments(p, &bases, &keywords, true) || !accept(p, TOKEN_RIGHT_PAREN))))
    return NULL;
  if (!suite(p, start, "class definition", &body))
    return NULL;
  struct node *n = finish(p, NODE_ClassDef, start);
  if (n) {
    n->ClassDef.name = name;
    n->ClassDef.bases = bases;
    n->ClassDef.keywords = keywords;
    n->ClassDef.body = body;
    n->ClassDef.decorator_list = *decorator_list;
  }
  return n;
}

/* ['async'] 'def' NAME '(' [parameters] ')' ['->' expression] ':' block */
static struct node *function_statement(struct parser *p, size_t start, bool is_async,
                                       const struct tree_nodes *decorator_list) {
  size_t head = p->mark++;
  if (peek(p) != TOKEN_NAME)
    return NULL;
  struct object *name = token_name(p, p->mark);
  p->mark++;
  if (!accept(p, TOKEN_LEFT_PAREN))
    return fail_expected(p, "(");
  struct node *args = name ? parameters(p, false) : NULL, *returns = NULL;
  if (!args || !accept(p, TOKEN_RIGHT_PAREN))
    return NULL;
  size_t arrow = p->mark;
  if (accept(p, TOKEN_ARROW) && !(returns = expression(p))) {
    if (p->stopped)
      return NULL;
    p->mark = arrow;
  }
  if (peek(p) != TOKEN_COLON)
    return fail_expected(p, ":");
  struct tree_nodes body;
  struct object *comment;
  if (!commented_suite(p, head, "function definition", &body, &comment, function_comment) ||
      (is_async && !is_allowed(p, 5, "Async functions are")))
    return NULL;
  struct node *n = finish(p, is_async ? NODE_AsyncFunctionDef : NODE_FunctionDef, start);
  if (n) {
    n->FunctionDef.name = name;
    n->FunctionDef.args = args;
    n->FunctionDef.body = body;
    n->FunctionDef.returns = returns;
    n->FunctionDef.type_comment = comment;
    n->FunctionDef.decorator_list = *decorator_list;
  }
  return n;
}

/* decorators (class_def | function_def) */
static struct node *decorated(struct parser *p) {
  struct tree_nodes list;
  if (!decorators(p, &list))
    return NULL;
  size_t start = p->mark;
  if (peek(p) == TOKEN_CLASS)
    return class_statement(p, &list);
  bool is_async = accept(p, TOKEN_ASYNC);
  return peek(p) == TOKEN_DEF ? function_statement(p, start, is_async, &list) : NULL;
}

static struct node *async_statement(struct parser *p) {
  size_t start = p->mark++;
  static const struct tree_nodes none;
  switch (peek(p)) {
  case TOKEN_DEF:
    return function_statement(p, start, true, &none);
  case TOKEN_WITH:
    return with_statement(p, start, true);
  case TOKEN_FOR:
    return for_statement(p, start, true);
  default:
    return NULL;
  }
}

/* ---- All statements ---- */

/* statement: compound_stmt | simple_stmts */
bool statement(struct parser *p) {
  static const struct tree_nodes none;
  size_t start = p->mark;
  struct node *n;
  switch (peek(p)) {
  case TOKEN_AT:
    return push(p, decorated(p));
  case TOKEN_DEF:
    return push(p, function_statement(p, start, false, &none));
  case TOKEN_CLASS:
    return push(p, class_statement(p, &none));
  case TOKEN_ASYNC:
    return push(p, async_statement(p));
  case TOKEN_IF:
    return push(p, if_statement(p));
  case TOKEN_WITH:
    return push(p, with_statement(p, start, false));
  case TOKEN_FOR:
    return push(p, for_statement(p, start, false));
  case TOKEN_TRY:
    return push(p, try_statement(p));
  case TOKEN_WHILE:
    return push(p, while_statement(p));
  case TOKEN_NAME:
    if (at_word(p, "match")) {
      size_t since = p->pending_n;
      n = match_statement(p);
      if (n || p->stopped)
        return push(p, n);
      p->mark = start;
      p->pending_n = since;
    }
    return simple_statements(p);
  default:
    return simple_statements(p);
  }
}

static bool ends_statements(enum token_kind kind) {
  return kind == TOKEN_END || kind == TOKEN_DEDENT;
}

/* statements: statement+ */
bool statements(struct parser *p, struct tree_nodes *body) {
  size_t since = p->pending_n;
  do
    if (!statement(p))
      return false;
  while (!ends_statements(peek(p)));
  return take(p, since, body);
}
