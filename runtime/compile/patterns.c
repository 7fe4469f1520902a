/* The match statement. `match`, `case` and `_` are keywords only where they make one. */
#include "runtime/compile/parser.h"
#include "runtime/object/complex.h"

/* ---- Literals ---- */

static bool is_number(const struct node *n, bool imaginary) {
  return n && is_complex(n->Constant.value) == imaginary;
}

static struct node *negated(struct parser *p, size_t start, struct node *operand) {
  struct node *n = operand ? finish(p, NODE_UnaryOp, start) : NULL;
  if (n) {
    n->UnaryOp.op = unaryop_USub;
    n->UnaryOp.operand = operand;
  }
  return n;
}

/* ['-'] NUMBER [('+' | '-') NUMBER]: the second is imaginary, the first then is not */
static struct node *signed_number(struct parser *p) {
  size_t start = p->mark;
  bool is_negative = accept(p, TOKEN_MINUS);
  if (peek(p) != TOKEN_NUMBER)
    return NULL;
  struct node *number = atom(p);
  if (!number)
    return NULL;
  struct node *n = is_negative ? negated(p, start, number) : number;
  enum token_kind kind = peek(p);
  if (!n || (kind != TOKEN_PLUS && kind != TOKEN_MINUS))
    return n;
  if (!is_number(number, false))
    return fail_node(p, number, "real number required in complex literal");
  p->mark++;
  if (peek(p) != TOKEN_NUMBER)
    return NULL;
  struct node *imaginary = atom(p);
  if (!imaginary)
    return NULL;
  if (!is_number(imaginary, true))
    return fail_node(p, imaginary, "imaginary number required in complex literal");
  struct node *sum = finish(p, NODE_BinOp, start);
  if (sum) {
    sum->BinOp.left = n;
    sum->BinOp.op = kind == TOKEN_PLUS ? operator_Add : operator_Sub;
    sum->BinOp.right = imaginary;
  }
  return sum;
}

static struct node *value_of(struct parser *p, size_t start, struct node *value) {
  struct node *n = value ? finish(p, NODE_MatchValue, start) : NULL;
  if (n)
    n->MatchValue.value = value;
  return n;
}

static struct node *singleton(struct parser *p) {
  size_t start = p->mark;
  struct object *value = peek(p) == TOKEN_NONE ? NONE : peek(p) == TOKEN_TRUE ? TRUE_ : FALSE_;
  p->mark++;
  struct node *n = finish(p, NODE_MatchSingleton, start);
  if (n)
    n->MatchSingleton.value = value;
  return n;
}

/* ---- Names ---- */

static bool is_wildcard(struct parser *p) { return at_word(p, "_"); }

static bool continues_name(enum token_kind kind) {
  return kind == TOKEN_DOT || kind == TOKEN_LEFT_PAREN || kind == TOKEN_EQUAL;
}

/* pattern_capture_target: !'_' NAME !('.' | '(' | '=') */
static struct object *capture(struct parser *p) {
  if (peek(p) != TOKEN_NAME || is_wildcard(p) || continues_name(peek_at(p, 1)))
    return NULL;
  return token_name(p, p->mark++);
}

/* name_or_attr: NAME ('.' NAME)* */
static struct node *name_or_attribute(struct parser *p) {
  size_t start = p->mark;
  if (peek(p) != TOKEN_NAME)
    return NULL;
  struct node *n = atom(p);
  while (n && peek(p) == TOKEN_DOT && peek_at(p, 1) == TOKEN_NAME) {
    struct object *name = token_name(p, p->mark + 1);
    p->mark += 2;
    struct node *outer = name ? finish(p, NODE_Attribute, start) : NULL;
    if (outer) {
      outer->Attribute.value = n;
      outer->Attribute.attr = name;
    }
    n = outer;
  }
  return n;
}

/* ---- Sequences ---- */

/* '*' (NAME | '_') */
static struct node *star_pattern(struct parser *p) {
  size_t start = p->mark++;
  struct object *name = NULL;
  if (is_wildcard(p))
    p->mark++;
  else if (!(name = capture(p)))
    return NULL;
  struct node *n = finish(p, NODE_MatchStar, start);
  if (n)
    n->MatchStar.name = name;
  return n;
}

static struct node *maybe_star_pattern(struct parser *p) {
  return peek(p) == TOKEN_STAR ? star_pattern(p) : pattern(p);
}

/* maybe_star_pattern (',' maybe_star_pattern)* [','] up to `closing`, pushed; behind a first one */
static bool more_patterns(struct parser *p, enum token_kind closing, enum token_kind other) {
  while (accept(p, TOKEN_COMMA)) {
    if (peek(p) == closing || peek(p) == other)
      return true;
    if (!push(p, maybe_star_pattern(p)))
      return false;
  }
  return true;
}

static struct node *sequence(struct parser *p, size_t start, size_t since) {
  struct node *n = finish(p, NODE_MatchSequence, start);
  return n && take(p, since, &n->MatchSequence.patterns) ? n : NULL;
}

/* '(' pattern ')' | '(' [open sequence] ')' | '[' [sequence] ']' */
static struct node *group_or_sequence(struct parser *p) {
  size_t start = p->mark, since = p->pending_n;
  enum token_kind closing = peek(p) == TOKEN_LEFT_PAREN ? TOKEN_RIGHT_PAREN : TOKEN_RIGHT_BRACKET;
  p->mark++;
  if (accept(p, closing))
    return sequence(p, start, since);
  struct node *first = maybe_star_pattern(p);
  if (!first)
    return NULL;
  if (closing == TOKEN_RIGHT_PAREN && peek(p) == closing && first->kind != NODE_MatchStar)
    return p->mark++, first;
  if (closing == TOKEN_RIGHT_PAREN && peek(p) != TOKEN_COMMA)
    return NULL;
  if (!push(p, first) || !more_patterns(p, closing, closing) || !accept(p, closing))
    return NULL;
  return sequence(p, start, since);
}

/* ---- Mappings and classes ---- */

/* literal_expr | attr */
static struct node *mapping_key(struct parser *p) {
  switch (peek(p)) {
  case TOKEN_NUMBER:
  case TOKEN_MINUS:
    return signed_number(p);
  case TOKEN_STRING:
    return strings(p);
  case TOKEN_NONE:
  case TOKEN_TRUE:
  case TOKEN_FALSE:
    return atom(p);
  default: {
    struct node *n = name_or_attribute(p);
    return n && n->kind == NODE_Attribute ? n : NULL;
  }
  }
}

/* Two fields out of what was pushed in turn. */
static bool divide(struct parser *p, size_t since, struct tree_nodes *firsts,
                   struct tree_nodes *seconds) {
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
  *firsts = (struct tree_nodes){.items = items, .n = n};
  *seconds = (struct tree_nodes){.items = items ? items + n : NULL, .n = n};
  return true;
}

/* '{' [key ':' pattern (',' ...)*] ['**' NAME] [','] '}' */
static struct node *mapping_pattern(struct parser *p) {
  size_t start = p->mark++, since = p->pending_n;
  struct object *rest = NULL;
  while (peek(p) != TOKEN_RIGHT_BRACE) {
    if (accept(p, TOKEN_DOUBLE_STAR)) {
      if (!(rest = capture(p)))
        return NULL;
      accept(p, TOKEN_COMMA);
      break;
    }
    struct node *key = mapping_key(p);
    if (!push(p, key) || !accept(p, TOKEN_COLON) || !push(p, pattern(p)))
      return NULL;
    if (!accept(p, TOKEN_COMMA))
      break;
  }
  if (!accept(p, TOKEN_RIGHT_BRACE))
    return NULL;
  struct node *n = finish(p, NODE_MatchMapping, start);
  if (!n || !divide(p, since, &n->MatchMapping.keys, &n->MatchMapping.patterns))
    return NULL;
  n->MatchMapping.rest = rest;
  return n;
}

/* NAME '=' pattern (',' ...)*: names are found again by their tokens, which are pushed */
static bool keyword_patterns(struct parser *p, struct tree_idents *names,
                             struct tree_nodes *patterns) {
  size_t since = p->pending_n;
  while (peek(p) == TOKEN_NAME && peek_at(p, 1) == TOKEN_EQUAL) {
    struct object *name = token_name(p, p->mark);
    p->mark += 2;
    struct node *value = name ? pattern(p) : NULL;
    if (!push(p, value) || !push_null(p))
      return false;
    p->pending[p->pending_n - 1] = (struct node *)name;
    if (!accept(p, TOKEN_COMMA))
      break;
  }
  struct tree_nodes idents;
  if (!divide(p, since, patterns, &idents))
    return false;
  *names = (struct tree_idents){.items = (struct object **)idents.items, .n = idents.n};
  return true;
}

/* name_or_attr '(' [patterns] [','] [keyword patterns] [','] ')', behind the name */
static struct node *class_pattern(struct parser *p, size_t start, struct node *cls) {
  size_t since = p->pending_n;
  struct tree_nodes patterns, keyword_values;
  struct tree_idents names;
  p->mark++;
  while (peek(p) != TOKEN_RIGHT_PAREN && !(peek(p) == TOKEN_NAME && peek_at(p, 1) == TOKEN_EQUAL)) {
    if (!push(p, pattern(p)))
      return NULL;
    if (!accept(p, TOKEN_COMMA))
      break;
  }
  if (!take(p, since, &patterns))
    return NULL;
  if (p->tokens[p->mark - 1].kind != TOKEN_COMMA &&
      p->tokens[p->mark - 1].kind != TOKEN_LEFT_PAREN && peek(p) != TOKEN_RIGHT_PAREN)
    return NULL;
  if (!keyword_patterns(p, &names, &keyword_values))
    return NULL;
  if (!accept(p, TOKEN_RIGHT_PAREN)) {
    if (p->explaining && names.n && !p->stopped)
      explain_class_pattern(p);
    return NULL;
  }
  struct node *n = finish(p, NODE_MatchClass, start);
  if (n) {
    n->MatchClass.cls = cls;
    n->MatchClass.patterns = patterns;
    n->MatchClass.kwd_attrs = names;
    n->MatchClass.kwd_patterns = keyword_values;
  }
  return n;
}

/* ---- Patterns ---- */

static struct node *named_pattern(struct parser *p) {
  size_t start = p->mark;
  struct object *name = NULL;
  if (is_wildcard(p) || (name = capture(p))) { /* `_` is never anything else */
    if (!name)
      p->mark++;
    struct node *n = finish(p, NODE_MatchAs, start);
    if (n)
      n->MatchAs.name = name;
    return n;
  }
  if (p->stopped)
    return NULL;
  struct node *value = name_or_attribute(p);
  if (!value)
    return NULL;
  if (peek(p) == TOKEN_LEFT_PAREN)
    return class_pattern(p, start, value);
  if (value->kind != NODE_Attribute || continues_name(peek(p)))
    return NULL;
  return value_of(p, start, value);
}

/* closed_pattern */
static struct node *closed_pattern(struct parser *p) {
  size_t start = p->mark;
  switch (peek(p)) {
  case TOKEN_NUMBER:
  case TOKEN_MINUS:
    return value_of(p, start, signed_number(p));
  case TOKEN_STRING:
    return value_of(p, start, strings(p));
  case TOKEN_NONE:
  case TOKEN_TRUE:
  case TOKEN_FALSE:
    return singleton(p);
  case TOKEN_LEFT_PAREN:
  case TOKEN_LEFT_BRACKET:
    return group_or_sequence(p);
  case TOKEN_LEFT_BRACE:
    return mapping_pattern(p);
  case TOKEN_NAME:
    return named_pattern(p);
  default:
    return NULL;
  }
}

/* or_pattern: closed_pattern ('|' closed_pattern)* */
static struct node *or_pattern(struct parser *p) {
  size_t start = p->mark, since = p->pending_n;
  struct node *first = closed_pattern(p);
  if (!first || peek(p) != TOKEN_BAR)
    return first;
  if (!push(p, first))
    return NULL;
  while (accept(p, TOKEN_BAR))
    if (!push(p, closed_pattern(p)))
      return NULL;
  struct node *n = finish(p, NODE_MatchOr, start);
  return n && take(p, since, &n->MatchOr.patterns) ? n : NULL;
}

/* pattern: or_pattern ['as' NAME] */
static struct node *pattern_read(struct parser *p) {
  size_t start = p->mark;
  struct node *inner = or_pattern(p);
  if (!inner || !accept(p, TOKEN_AS))
    return inner;
  struct object *name = capture(p);
  if (!name)
    return p->explaining && !p->stopped ? explain_as_pattern(p) : NULL;
  struct node *n = finish(p, NODE_MatchAs, start);
  if (n) {
    n->MatchAs.pattern = inner;
    n->MatchAs.name = name;
  }
  return n;
}

struct node *pattern(struct parser *p) {
  if (!enter(p))
    return NULL;
  struct node *n = pattern_read(p);
  leave(p);
  return n;
}

/* patterns: maybe_star_pattern ',' [...] | pattern */
static struct node *patterns(struct parser *p) {
  size_t start = p->mark, since = p->pending_n;
  struct node *first = maybe_star_pattern(p);
  if (!first || (peek(p) != TOKEN_COMMA && first->kind != NODE_MatchStar))
    return first;
  if (peek(p) != TOKEN_COMMA || !push(p, first) || !more_patterns(p, TOKEN_COLON, TOKEN_IF))
    return NULL;
  return sequence(p, start, since);
}

/* ---- The statement ---- */

/* "case" patterns ['if' named_expression] ':' block */
static struct node *case_block(struct parser *p) {
  size_t start = p->mark++;
  struct node *what = patterns(p), *guard = NULL;
  if (!what || (accept(p, TOKEN_IF) && !(guard = named_expression(p))))
    return NULL;
  struct tree_nodes body;
  if (!accept(p, TOKEN_COLON)) {
    if (p->explaining)
      explain_colon(p);
    return NULL;
  }
  if (p->explaining && (explain_block(p, start, "'case' statement"), p->stopped))
    return NULL;
  if (!block(p, &body))
    return NULL;
  struct node *n = tree_node_new(p->tree, NODE_match_case, 0, 0, 0, 0);
  if (!n)
    return stop(p);
  n->match_case.pattern = what;
  n->match_case.guard = guard;
  n->match_case.body = body;
  return n;
}

/* subject_expr: star_named_expression ',' [star_named_expressions] | named_expression */
static struct node *subject_expression(struct parser *p) {
  size_t start = p->mark, since = p->pending_n;
  struct node *first = star_named_expression(p);
  if (!first || peek(p) != TOKEN_COMMA)
    return first && first->kind == NODE_Starred ? NULL : first;
  if (!push(p, first))
    return NULL;
  while (accept(p, TOKEN_COMMA) && peek(p) != TOKEN_COLON) {
    size_t mark = p->mark;
    struct node *n = star_named_expression(p);
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

/* match_stmt: "match" subject_expr ':' NEWLINE INDENT case_block+ DEDENT */
struct node *match_statement(struct parser *p) {
  size_t start = p->mark++, since = p->pending_n;
  struct node *subject = subject_expression(p);
  if (!subject)
    return NULL;
  if (!accept(p, TOKEN_COLON))
    return p->explaining ? explain_colon(p), NULL : NULL;
  if (!accept(p, TOKEN_NEWLINE))
    return NULL;
  if (!accept(p, TOKEN_INDENT)) {
    if (p->explaining && !p->stopped)
      fail_here(p, SYNTAX_ERROR_INDENTATION,
                "expected an indented block after 'match' statement on line %d",
                p->tokens[start].lineno);
    return NULL;
  }
  while (at_word(p, "case"))
    if (!push(p, case_block(p)))
      return NULL;
  if (p->pending_n == since || !accept(p, TOKEN_DEDENT))
    return NULL;
  if (!is_allowed(p, 10, "Pattern matching is"))
    return NULL;
  struct node *n = finish(p, NODE_Match, start);
  if (!n || !take(p, since, &n->Match.cases))
    return NULL;
  n->Match.subject = subject;
  return n;
}
