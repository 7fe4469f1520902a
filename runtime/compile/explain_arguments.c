/* What the second pass asks about the arguments of a call (see explain.c). */
#include "runtime/compile/explain.h"

/* What the rule `args` has read. */
struct read_args {
  uint32_t positional;     /* how many, starred ones included */
  const struct node *last; /* of them */
  bool unpacks;            /* there is a '**' */
};

/* A name, constant or other expression in front of '=' that is none of a keyword argument */
static void explain_keyword(struct parser *p) {
  struct place start = here(p);
  struct tree_nodes clauses;
  enum token_kind kind = peek(p);
  if ((kind == TOKEN_TRUE || kind == TOKEN_FALSE || kind == TOKEN_NONE) &&
      peek_at(p, 1) == TOKEN_EQUAL) {
    const struct token *a = token_of(p, p->mark);
    fail_tokens(p, a, a + 1, "cannot assign to %.*s", (int)(a->end - a->start), a->start);
    return;
  }
  if (kind == TOKEN_NAME && peek_at(p, 1) == TOKEN_EQUAL) {
    p->mark += 2;
    if (expression(p) && for_if_clauses(p, &clauses))
      fail_tokens(p, token_of(p, start.mark), token_of(p, start.mark + 1),
                  "invalid syntax. Maybe you meant '==' or ':=' instead of '='?");
    back(p, start);
    return;
  }
  struct node *a = expression(p);
  if (a && accept(p, TOKEN_EQUAL))
    fail_at(p, SYNTAX_ERROR, a->lineno, a->col_offset, previous(p)->end_lineno,
            previous(p)->end_col_offset,
            "expression cannot contain assignment, perhaps you meant \"==\"?");
  back(p, start);
}

/* kwarg_or_starred, or kwarg_or_double_starred */
static bool read_keyword(struct parser *p, enum token_kind star, struct read_args *read) {
  struct place start = here(p);
  explain_keyword(p);
  if (p->stopped)
    return false;
  if (peek(p) == TOKEN_NAME && peek_at(p, 1) == TOKEN_EQUAL) {
    p->mark += 2;
    if (expression(p))
      return true;
  } else if (peek(p) == star) {
    p->mark++;
    struct node *value = expression(p);
    if (value) {
      read->unpacks |= star == TOKEN_DOUBLE_STAR;
      if (star == TOKEN_STAR) {
        read->positional++;
        read->last = value;
      }
      return true;
    }
  }
  back(p, start);
  return false;
}

static bool read_keyword_list(struct parser *p, enum token_kind star, struct read_args *read) {
  if (!read_keyword(p, star, read))
    return false;
  for (;;) {
    size_t mark = p->mark;
    if (!accept(p, TOKEN_COMMA) || !read_keyword(p, star, read)) {
      p->mark = mark;
      return !p->stopped;
    }
  }
}

/* kwargs */
static bool read_keywords(struct parser *p, struct read_args *read) {
  bool any = read_keyword_list(p, TOKEN_STAR, read);
  size_t mark = p->mark;
  if (p->stopped || (any && !accept(p, TOKEN_COMMA)))
    return !p->stopped;
  if (read_keyword_list(p, TOKEN_DOUBLE_STAR, read))
    return true;
  p->mark = mark;
  return any && !p->stopped;
}

static struct node *read_positional(struct parser *p) {
  struct node *n = peek(p) == TOKEN_STAR ? starred_expression(p)
                   : peek(p) == TOKEN_NAME && peek_at(p, 1) == TOKEN_COLON_EQUAL
                       ? assignment_expression(p)
                       : expression(p);
  return n && not_assigned(p) ? n : NULL;
}

/* args, without the brackets */
static bool read_args(struct parser *p, struct read_args *read) {
  *read = (struct read_args){0};
  size_t mark = p->mark;
  for (;;) {
    struct node *n = read_positional(p);
    if (!n) {
      p->mark = mark;
      break;
    }
    read->positional++;
    read->last = n;
    mark = p->mark;
    if (!accept(p, TOKEN_COMMA))
      return !p->stopped;
  }
  if (p->stopped || !read->positional)
    return !p->stopped && read_keywords(p, read);
  p->mark = mark + 1;
  if (!read_keywords(p, read))
    p->mark = mark;
  return !p->stopped;
}

static const struct node *last_of(const struct tree_nodes *clauses) {
  const struct node *last = clauses->items[clauses->n - 1];
  return last->comprehension.ifs.n ? last->comprehension.ifs.items[last->comprehension.ifs.n - 1]
                                   : last->comprehension.iter;
}

static const char generator_message[] = "Generator expression must be parenthesized";

/* expression for_if_clauses ',' [...] first of all */
static void explain_first_generator(struct parser *p) {
  struct tree_nodes clauses;
  struct read_args read;
  struct node *a = expression(p);
  if (!a || !for_if_clauses(p, &clauses) || !accept(p, TOKEN_COMMA))
    return;
  read_args(p, &read); /* mistakes within those behind it come first */
  if (!p->stopped)
    fail_nodes(p, a, last_of(&clauses), generator_message);
}

void explain_arguments(struct parser *p) {
  struct place start = here(p);
  struct tree_nodes clauses;
  struct read_args read, more;
  /* What a valid reading would have passed: mistakes within single arguments come first. */
  if (!read_args(p, &read) && p->stopped)
    return;
  back(p, start);
  if (read_args(p, &read) && accept(p, TOKEN_COMMA) && peek(p) == TOKEN_STAR) {
    fail_tokens(p, token_of(p, start.mark), token_of(p, p->mark - 2),
                "iterable argument unpacking follows keyword argument unpacking");
    return;
  }
  if (!back(p, start))
    return;
  explain_first_generator(p);
  if (!back(p, start))
    return;
  if (peek(p) == TOKEN_NAME && peek_at(p, 1) == TOKEN_EQUAL)
    explain_keyword(p);
  if (!back(p, start) || !read_args(p, &read) || p->stopped)
    return;
  size_t behind = p->mark;
  if (for_if_clauses(p, &clauses) && read.positional > 1) {
    fail_nodes(p, read.last, last_of(&clauses), generator_message);
    return;
  }
  if (p->stopped)
    return;
  p->mark = behind;
  if (!accept(p, TOKEN_COMMA))
    return;
  struct node *a = expression(p);
  if (a && for_if_clauses(p, &clauses)) {
    fail_nodes(p, a, last_of(&clauses), generator_message);
    return;
  }
  if (p->stopped)
    return;
  p->mark = behind + 1;
  if (read_args(p, &more) && !p->stopped)
    fail_here(p, SYNTAX_ERROR,
              read.unpacks ? "positional argument follows keyword argument unpacking"
                           : "positional argument follows keyword argument");
}
