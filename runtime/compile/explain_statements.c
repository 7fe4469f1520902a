/* What the second pass asks about statements and patterns (see explain.c). */
#include "runtime/compile/explain.h"

/* Whether the statement at the mark is an assignment of no mistaken form. What is mistaken within
 * it is told. */
static bool is_assignment(struct parser *p) {
  struct place start = here(p);
  bool any = false;
  for (;;) {
    size_t mark = p->mark;
    if (!star_targets(p) || !accept(p, TOKEN_EQUAL)) {
      p->mark = mark;
      break;
    }
    any = true;
  }
  if (p->stopped)
    return false;
  if (any && annotated_rhs(p) && peek(p) != TOKEN_EQUAL && !p->stopped)
    return true;
  if (!back(p, start))
    return false;
  struct node *target = star_target(p);
  if (target && is_single_target(target) && is_augmented(peek(p)))
    return true; /* there is no way back from here */
  if (target && is_single_target(target) && peek(p) == TOKEN_COLON &&
      (target->kind != NODE_Name || target->is_parenthesized || p->mark == start.mark + 1))
    return p->mark++, expression(p) != NULL;
  return false;
}

/* Targets that can't be annotated */
static void explain_annotation(struct parser *p) {
  struct place start = here(p);
  struct node *a = peek(p) == TOKEN_LEFT_PAREN || peek(p) == TOKEN_LEFT_BRACKET ? atom(p) : NULL;
  if (a && (a->kind == NODE_List || a->kind == NODE_Tuple) && accept(p, TOKEN_COLON) &&
      expression(p)) {
    fail_node(p, a, "only single target (not %s) can be annotated", expression_name(a));
    return;
  }
  if (!back(p, start))
    return;
  a = star_named_expression(p);
  if (a && accept(p, TOKEN_COMMA)) {
    star_named_expressions(p);
    if (!p->stopped && accept(p, TOKEN_COLON) && expression(p)) {
      fail_node(p, a, "only single target (not tuple) can be annotated");
      return;
    }
  }
  if (!back(p, start))
    return;
  a = expression(p);
  if (a && accept(p, TOKEN_COLON) && expression(p))
    fail_node(p, a, "illegal target for annotation");
}

void explain_assignment(struct parser *p) {
  struct place start = here(p);
  if (is_assignment(p) || !back(p, start)) {
    back(p, start);
    return;
  }
  explain_annotation(p);
  if (!back(p, start))
    return;
  for (size_t mark = p->mark;; mark = p->mark)
    if (!star_targets(p) || !accept(p, TOKEN_EQUAL)) {
      p->mark = mark;
      break;
    }
  if (p->stopped)
    return;
  size_t behind = p->mark;
  struct node *a = star_expressions(p);
  if (a && peek(p) == TOKEN_EQUAL)
    fail_target(p, a, TARGET_ASSIGN);
  if (p->stopped)
    return;
  p->mark = behind;
  a = yield_expression(p);
  if (a && peek(p) == TOKEN_EQUAL) {
    fail_node(p, a, "assignment to yield expression not possible");
    return;
  }
  if (!back(p, start))
    return;
  a = star_expressions(p);
  if (a && is_augmented(peek(p)) && (p->mark++, annotated_rhs(p)))
    fail_node(p, a, "'%s' is an illegal expression for augmented assignment", expression_name(a));
  back(p, start);
}

void explain_delete(struct parser *p) {
  struct place start = here(p);
  struct node *a = accept(p, TOKEN_DEL) ? star_expressions(p) : NULL;
  if (!p->stopped)
    fail_target(p, a, TARGET_DELETE);
  back(p, start);
}

void explain_colon(struct parser *p) {
  if (!p->stopped && peek(p) == TOKEN_NEWLINE)
    fail_here(p, SYNTAX_ERROR, "expected ':'");
}

void explain_block(struct parser *p, size_t head, const char *what) {
  if (peek(p) == TOKEN_NEWLINE && peek_at(p, 1) != TOKEN_INDENT && !p->stopped)
    fail_here(p, SYNTAX_ERROR_INDENTATION, "expected an indented block after %s on line %d", what,
              token_of(p, head)->lineno);
}

/* At 'as': a target that is none. */
void explain_with_target(struct parser *p) {
  if (!accept(p, TOKEN_AS))
    return;
  struct node *a = expression(p);
  if (a && (peek(p) == TOKEN_COMMA || peek(p) == TOKEN_RIGHT_PAREN || peek(p) == TOKEN_COLON))
    fail_target(p, a, TARGET_ASSIGN);
}

/* Items of a with statement, in parentheses or not; up to what is behind them */
static bool read_items(struct parser *p, bool is_bracketed) {
  if (is_bracketed && !accept(p, TOKEN_LEFT_PAREN))
    return false;
  for (bool any = false;; any = true) {
    size_t mark = p->mark;
    if (!(is_bracketed ? expressions(p) : expression(p))) {
      p->mark = mark;
      if (!any || p->stopped)
        return false;
      if (!is_bracketed)
        p->mark--;
      break;
    }
    mark = p->mark;
    if (accept(p, TOKEN_AS) && !star_target(p))
      p->mark = mark;
    if (!accept(p, TOKEN_COMMA))
      break;
  }
  return !is_bracketed || accept(p, TOKEN_RIGHT_PAREN);
}

void explain_with_block(struct parser *p, size_t head) {
  struct place start = here(p);
  for (int is_bracketed = 0; is_bracketed < 2; is_bracketed++) {
    if (read_items(p, is_bracketed) && accept(p, TOKEN_COLON))
      explain_block(p, head, "'with' statement");
    if (!back(p, start))
      return;
  }
}

/* At 'with'. */
void explain_with_colon(struct parser *p) {
  struct place start = here(p);
  for (int is_bracketed = 0; is_bracketed < 2; is_bracketed++) {
    p->mark++;
    if (read_items(p, is_bracketed))
      explain_colon(p);
    if (!back(p, start))
      return;
  }
}

/* At 'except'. */
void explain_except(struct parser *p) {
  struct place start = here(p);
  p->mark++;
  bool is_star = accept(p, TOKEN_STAR);
  size_t first = p->mark;
  struct node *a = expression(p);
  if (a && accept(p, TOKEN_COMMA) && expressions(p)) {
    size_t mark = p->mark;
    if (accept(p, TOKEN_AS) && !accept(p, TOKEN_NAME))
      p->mark = mark;
    if (accept(p, TOKEN_COLON)) {
      fail_from(p, a->lineno, a->col_offset, "multiple exception types must be parenthesized");
      return;
    }
  }
  if (p->stopped)
    return;
  p->mark = first;
  if (expression(p)) {
    size_t mark = p->mark;
    if (accept(p, TOKEN_AS) && !accept(p, TOKEN_NAME))
      p->mark = mark;
    explain_colon(p);
  }
  if (p->stopped)
    return;
  p->mark = first;
  if (is_star && (peek(p) == TOKEN_NEWLINE || peek(p) == TOKEN_COLON))
    fail_here(p, SYNTAX_ERROR, "expected one or more exception types");
  else
    explain_colon(p);
  back(p, start);
}

/* Behind the block of a try statement. */
void explain_try(struct parser *p) {
  if (peek(p) != TOKEN_EXCEPT && peek(p) != TOKEN_FINALLY && !p->stopped)
    fail_here(p, SYNTAX_ERROR, "expected 'except' or 'finally' block");
}

/* Behind handlers of one kind: one of the other */
void explain_mixed_handlers(struct parser *p) {
  struct place start = here(p);
  if (!accept(p, TOKEN_EXCEPT))
    return;
  bool is_star = accept(p, TOKEN_STAR);
  if ((peek(p) == TOKEN_COLON && !is_star) || expression(p)) {
    size_t mark = p->mark;
    if (accept(p, TOKEN_AS) && !accept(p, TOKEN_NAME))
      p->mark = mark;
    if (accept(p, TOKEN_COLON))
      fail_tokens(p, token_of(p, start.mark), token_of(p, start.mark + is_star),
                  "cannot have both 'except' and 'except*' on the same 'try'");
  }
  back(p, start);
}

/* ---- Patterns ---- */

/* Behind keyword patterns and their comma. */
void explain_class_pattern(struct parser *p) {
  if (previous(p)->kind != TOKEN_COMMA)
    return;
  size_t first = p->mark, last = first;
  while (pattern(p)) {
    last = p->mark;
    if (!accept(p, TOKEN_COMMA))
      break;
  }
  if (last > first && !p->stopped)
    fail_tokens(p, token_of(p, first), token_of(p, last - 1),
                "positional patterns follow keyword patterns");
}

/* Behind 'as'. */
void *explain_as_pattern(struct parser *p) {
  if (at_word(p, "_"))
    return fail_token(p, token_of(p, p->mark), "cannot use '_' as a target");
  if (peek(p) == TOKEN_NAME)
    return NULL;
  struct node *a = expression(p);
  return a ? fail_node(p, a, "invalid pattern target") : NULL;
}
