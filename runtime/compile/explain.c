/* What the second pass asks: each function looks for one family of mistakes at the mark, tells it
 * when it is there, and otherwise leaves everything as it was. The order in which mistakes are
 * looked for decides which one of several is told; it is CPython's. */
#include "runtime/compile/parser.h"
#include "runtime/object/str.h"
#include <string.h>

/* Where to go back to when a reading does not lead to a mistake. */
struct place {
  size_t mark, pending_n;
};
static struct place here(const struct parser *p) { return (struct place){p->mark, p->pending_n}; }
static bool back(struct parser *p, struct place place) {
  p->mark = place.mark;
  p->pending_n = place.pending_n;
  return !p->stopped;
}
static const struct token *token_of(struct parser *p, size_t i) { return &p->tokens[i]; }
static const struct token *previous(struct parser *p) { return &p->tokens[p->mark - 1]; }

/* From a place to where the lexer stands. */
static void fail_from(struct parser *p, int32_t lineno, int32_t col_offset, const char *message) {
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

static void fail_target(struct parser *p, const struct node *n, enum target_use use) {
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

static bool not_assigned(struct parser *p) {
  return peek(p) != TOKEN_EQUAL && peek(p) != TOKEN_COLON_EQUAL;
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

static struct node *starred_expression(struct parser *p) {
  size_t start = p->mark;
  if (!accept(p, TOKEN_STAR))
    return NULL;
  struct node *value = expression(p);
  struct node *n = value ? finish(p, NODE_Starred, start) : NULL;
  if (n)
    n->Starred.value = value;
  return n;
}

/* star_named_expression (',' ...)* [',']: the last one */
static struct node *star_named_expressions(struct parser *p) {
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

/* ['async'] 'for' star_expressions */
void explain_for_if_clause(struct parser *p) {
  struct place start = here(p);
  accept(p, TOKEN_ASYNC);
  struct node *target = accept(p, TOKEN_FOR) ? star_expressions(p) : NULL;
  if (!p->stopped)
    fail_target(p, target, TARGET_FOR);
  back(p, start);
}
void explain_for_target(struct parser *p) { explain_for_if_clause(p); }

/* ---- Arguments ---- */

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
  struct place behind = here(p);
  if (!read_args(p, &read) && back(p, behind))
    back(p, behind);
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

/* ---- Parameters ---- */

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

/* ---- Statements ---- */

/* Whether the statement at the mark is an assignment of no mistaken form. Mistakes within are told.
 */
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
