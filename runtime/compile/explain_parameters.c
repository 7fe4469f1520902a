/* What the second pass asks about the parameters of functions and lambdas (see explain.c). */
#include "runtime/compile/explain.h"

struct params { /* which of the two kinds */
  bool is_lambda;
  enum token_kind closing;
};
enum default_wanted { WITHOUT, WITH, MAYBE };

/* NAME [annotation] */
static bool read_name(struct parser *p, const struct params *k) {
  if (!accept(p, TOKEN_NAME))
    return false;
  return k->is_lambda || !accept(p, TOKEN_COLON) || expression(p);
}

/* A parameter and its comma (or the closing bracket, which stays) */
static bool read_parameter(struct parser *p, const struct params *k, enum default_wanted wanted) {
  struct place start = here(p);
  if (read_name(p, k)) {
    size_t equal = p->mark;
    bool has_default = wanted != WITHOUT && accept(p, TOKEN_EQUAL);
    if (has_default && !expression(p)) {
      if (!p->stopped &&
          (p->mark = equal + 1, peek(p) == TOKEN_RIGHT_PAREN || peek(p) == TOKEN_COMMA))
        fail_token(p, token_of(p, equal), "expected default value expression");
      has_default = false;
      p->mark = equal;
    }
    if ((wanted != WITH || has_default) && (accept(p, TOKEN_COMMA) || peek(p) == k->closing) &&
        !p->stopped)
      return true;
  }
  back(p, start);
  return false;
}

static size_t read_parameters(struct parser *p, const struct params *k,
                              enum default_wanted wanted) {
  size_t n = 0;
  while (read_parameter(p, k, wanted))
    n++;
  return n;
}

/* slash_no_default | slash_with_default */
static bool read_slash(struct parser *p, const struct params *k, bool with_default_only) {
  struct place start = here(p);
  size_t plain = read_parameters(p, k, WITHOUT), more = read_parameters(p, k, WITH);
  if ((more || (plain && !with_default_only)) && accept(p, TOKEN_SLASH) &&
      (accept(p, TOKEN_COMMA) || peek(p) == k->closing) && !p->stopped)
    return true;
  back(p, start);
  return false;
}

/* a, b=1, c */
static void explain_order(struct parser *p, const struct params *k) {
  read_parameters(p, k, WITHOUT);
  struct place behind = here(p);
  if (!read_slash(p, k, true)) {
    if (!back(p, behind) || !read_parameters(p, k, WITH))
      return;
  }
  size_t start = p->mark;
  if (p->stopped || !read_parameter(p, k, WITHOUT))
    return;
  p->mark = start; /* its place is without the comma */
  read_name(p, k);
  fail_tokens(p, token_of(p, start), previous(p), "non-default argument follows default argument");
}

/* a, (b, c) */
static void explain_brackets(struct parser *p, const struct params *k) {
  read_parameters(p, k, WITHOUT);
  size_t open = p->mark;
  if (!accept(p, TOKEN_LEFT_PAREN))
    return;
  bool any = false;
  if (k->is_lambda) {
    while (accept(p, TOKEN_NAME) && (any = true, accept(p, TOKEN_COMMA))) {
    }
  } else
    any = read_parameters(p, k, WITHOUT) > 0;
  accept(p, TOKEN_COMMA);
  if (any && accept(p, TOKEN_RIGHT_PAREN))
    fail_tokens(p, token_of(p, open), previous(p),
                k->is_lambda ? "Lambda expression parameters cannot be parenthesized"
                             : "Function parameters cannot be parenthesized");
}

static void explain_slash(struct parser *p, const struct params *k) {
  struct place start = here(p);
  if (peek(p) == TOKEN_SLASH && peek_at(p, 1) == TOKEN_COMMA) {
    fail_token(p, token_of(p, p->mark), "at least one argument must precede /");
    return;
  }
  if (read_slash(p, k, false)) {
    read_parameters(p, k, MAYBE);
    if (!p->stopped && peek(p) == TOKEN_SLASH) {
      fail_token(p, token_of(p, p->mark), "/ may appear only once");
      return;
    }
  }
  if (!back(p, start))
    return;
  read_slash(p, k, false);
  read_parameters(p, k, MAYBE);
  if (accept(p, TOKEN_STAR) && (accept(p, TOKEN_COMMA) || read_parameter(p, k, WITHOUT))) {
    read_parameters(p, k, MAYBE);
    if (!p->stopped && peek(p) == TOKEN_SLASH) {
      fail_token(p, token_of(p, p->mark), "/ must be ahead of *");
      return;
    }
  }
  if (back(p, start) && read_parameters(p, k, MAYBE) && accept(p, TOKEN_SLASH) &&
      peek(p) == TOKEN_STAR)
    fail_token(p, token_of(p, p->mark), "expected comma between / and *");
}

void explain_parameters(struct parser *p, bool is_lambda) {
  struct params k = {is_lambda, is_lambda ? TOKEN_COLON : TOKEN_RIGHT_PAREN};
  struct place start = here(p);
  explain_order(p, &k);
  if (back(p, start))
    explain_brackets(p, &k);
  if (back(p, start))
    explain_slash(p, &k);
  back(p, start);
}

/* At '*'. */
void explain_star(struct parser *p, bool is_lambda) {
  struct params k = {is_lambda, is_lambda ? TOKEN_COLON : TOKEN_RIGHT_PAREN};
  struct place start = here(p);
  size_t star = p->mark++;
  if (peek(p) == k.closing || (peek(p) == TOKEN_COMMA && (peek_at(p, 1) == k.closing ||
                                                          peek_at(p, 1) == TOKEN_DOUBLE_STAR))) {
    if (is_lambda)
      fail_here(p, SYNTAX_ERROR, "named arguments must follow bare *");
    else
      fail_token(p, token_of(p, star), "named arguments must follow bare *");
    return;
  }
  if (!is_lambda && peek(p) == TOKEN_COMMA && peek_at(p, 1) == TOKEN_TYPE_COMMENT) {
    fail_here(p, SYNTAX_ERROR, "bare * has associated type comment");
    return;
  }
  if (read_name(p, &k) && peek(p) == TOKEN_EQUAL && !p->stopped) {
    fail_token(p, token_of(p, p->mark), "var-positional argument cannot have default value");
    return;
  }
  if (!back(p, start))
    return;
  p->mark++;
  if (accept(p, TOKEN_COMMA) || read_parameter(p, &k, WITHOUT)) {
    read_parameters(p, &k, MAYBE);
    size_t second = p->mark;
    if (accept(p, TOKEN_STAR) && (accept(p, TOKEN_COMMA) || read_parameter(p, &k, WITHOUT)))
      fail_token(p, token_of(p, second), "* argument may appear only once");
  }
  back(p, start);
}

/* At '**'. */
void explain_double_star(struct parser *p, bool is_lambda) {
  struct params k = {is_lambda, is_lambda ? TOKEN_COLON : TOKEN_RIGHT_PAREN};
  struct place start = here(p);
  p->mark++;
  if (read_name(p, &k)) {
    if (peek(p) == TOKEN_EQUAL) {
      fail_token(p, token_of(p, p->mark), "var-keyword argument cannot have default value");
      return;
    }
    if (accept(p, TOKEN_COMMA)) {
      size_t next = p->mark;
      enum token_kind kind = peek(p);
      if (kind == TOKEN_STAR || kind == TOKEN_DOUBLE_STAR || kind == TOKEN_SLASH)
        p->mark++;
      else if (!read_name(p, &k))
        kind = TOKEN_END;
      if (kind != TOKEN_END && !p->stopped)
        fail_tokens(p, token_of(p, next), previous(p),
                    "arguments cannot follow var-keyword argument");
    }
  }
  back(p, start);
}
