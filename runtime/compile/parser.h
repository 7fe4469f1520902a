/* The parser's state and the steps its parts share.
 *
 * Recursive descent with one token of lookahead where the grammar allows; above each function
 * stands the part of the grammar it reads. A function that fails returns NULL (or false): if
 * p->stopped, for good (an error is set or pending), otherwise because the text is something else,
 * and the caller may set p->mark back and try another reading.
 *
 * Two passes, like CPython: the first just reads. When it fails, the second reads again with
 * p->explaining, and asks at the places where people go wrong (errors.c) what has gone wrong; if it
 * finds nothing, the error is "invalid syntax" at the furthest token that the first pass looked at.
 */
#pragma once
#include "runtime/compile/lexer.h"

struct memo; /* what was read where, so that reading twice stays linear: in the second pass, and of
                braces that are wrong in the first */

struct parser {
  struct lexer *lexer;
  struct tree *tree;
  struct syntax_error *error;
  const struct parse_options *options;
  struct token *tokens; /* all read so far; a buffer of capacity */
  size_t tokens_n, capacity;
  size_t mark;           /* the next token */
  struct node **pending; /* children gathered for sequences that are not complete: a stack */
  size_t pending_n, pending_capacity;
  bool stopped, explaining;
  bool is_fstring; /* reads the expression of an f-string: messages begin with "f-string: " */
  unsigned depth;
  struct memo *memo;
  size_t memo_n;
  struct tree_nodes type_ignores; /* in the arena, room for ignores_capacity */
  size_t ignores_capacity;
};

/* ---- Tokens (parser.c) ---- */

bool parser_fill(struct parser *p); /* reads one more token; false: the lexer has failed */
static inline const struct token *token_at(struct parser *p, size_t i) {
  while (UNLIKELY(i >= p->tokens_n))
    if (!parser_fill(p))
      return &p->tokens[p->tokens_n - 1];
  return &p->tokens[i];
}
/* The kind of the next token; after that comes peek_at(p, 1). */
static inline enum token_kind peek(struct parser *p) {
  return (enum token_kind)token_at(p, p->mark)->kind;
}
static inline enum token_kind peek_at(struct parser *p, size_t ahead) {
  return (enum token_kind)token_at(p, p->mark + ahead)->kind;
}
static inline bool accept(struct parser *p, enum token_kind kind) {
  if (peek(p) != kind)
    return false;
  p->mark++;
  return true;
}
/* The text of a type comment, if one is next, which is then passed; NULL: none, or stopped. */
struct object *accept_type_comment(struct parser *p);
/* Whether the grammar of the version asked for has something, 3.minor's; false: stopped. */
bool is_allowed(struct parser *p, unsigned minor, const char *what);
bool at_word(struct parser *p, const char *word);      /* the next token is a NAME of that text */
struct object *token_name(struct parser *p, size_t i); /* interned; NULL: stopped */

/* ---- Nodes ---- */

/* A node from the token `start` to the one before p->mark (blank ones excepted). */
struct node *finish(struct parser *p, enum node_kind kind, size_t start);
/* The last token in front of p->mark that is not blank: where a node ends. */
const struct token *last_token(struct parser *p);
/* One around another node, with its place. */
struct node *finish_like(struct parser *p, enum node_kind kind, const struct node *place);
/* Sequences: remember p->pending_n, push children, and take what was pushed since. */
bool push(struct parser *p, struct node *n); /* NULL is refused: false */
bool push_null(struct parser *p);
bool take(struct parser *p, size_t since, struct tree_nodes *nodes);
bool take_idents(struct parser *p, size_t since, struct tree_idents *idents); /* pushed as nodes */
/* Around recursion: false when too deep (stopped, ERROR_MEMORY). */
bool enter(struct parser *p);
static inline void leave(struct parser *p) { p->depth--; }
void *stop(struct parser *p); /* an error is set or pending; NULL */

/* ---- Expressions (expressions.c) ---- */

struct node *star_expressions(struct parser *p);
struct node *star_expression(struct parser *p);
struct node *star_named_expression(struct parser *p);
struct node *named_expression(struct parser *p);
struct node *assignment_expression(struct parser *p);
struct node *expression(struct parser *p);
struct node *expressions(struct parser *p);
struct node *disjunction(struct parser *p);
struct node *bitwise_or(struct parser *p);
struct node *yield_expression(struct parser *p);
struct node *atom(struct parser *p);
struct node *annotated_rhs(struct parser *p); /* yield_expression or star_expressions */
/* Targets: read as expressions, then verified and turned. star_target stops in front of `in`. */
struct node *star_targets(struct parser *p);
struct node *star_target(struct parser *p);
enum target_use { TARGET_ASSIGN, TARGET_DELETE, TARGET_FOR };
bool is_target(const struct node *n, enum target_use use);
bool is_single_target(const struct node *n); /* name, attribute, subscript */
void set_context(struct node *n, enum tree_expr_context context);
bool for_if_clauses(struct parser *p, struct tree_nodes *clauses);

/* ---- Arguments and parameters (arguments.c) ---- */

/* What stands in the parentheses of a call, or (where generator expressions need their own) of a
 * class, up to them: fills args and keywords. */
bool call_arguments(struct parser *p, struct tree_nodes *args, struct tree_nodes *keywords,
                    bool is_class);
/* Parameters up to ')' of a def or ':' of a lambda. */
struct node *parameters(struct parser *p, bool is_lambda);

/* ---- Strings (strings.c, fstrings.c) ---- */

struct node *strings(struct parser *p);
/* The text between quotes with its escapes read: a new str or bytes. */
struct object *string_decode(struct parser *p, const struct token *token, const char *text,
                             size_t n, bool is_raw, bool is_bytes);
int warn_escape(struct parser *p, const struct token *token, const char *escape);
struct node *finish_string(struct parser *p, size_t first, size_t last, struct object *value);
struct node *fstring_parse(struct parser *p, size_t first, size_t last);
bool string_parts(const struct token *token, const char **body, const char **end, bool *is_raw,
                  bool *is_bytes, bool *is_format);

/* ---- Statements, patterns ---- */

bool statements(struct parser *p, struct tree_nodes *body); /* one or more */
bool statement(struct parser *p);                           /* pushes what it reads */
bool simple_statements(struct parser *p);                   /* pushes them */
bool block(struct parser *p, struct tree_nodes *body);
struct node *match_statement(struct parser *p);
struct node *pattern(struct parser *p);
bool is_augmented(enum token_kind kind); /* an operator of augmented assignment */

/* ---- Errors (errors.c) ---- */

/* Stops with a message about a place; each returns NULL. Columns count bytes from 0, NOWHERE: the
 * end is not told. */
enum { NOWHERE = -5 };
void *fail_at(struct parser *p, enum syntax_error_kind kind, int32_t lineno, int32_t col_offset,
              int32_t end_lineno, int32_t end_col_offset, const char *format, ...)
    __attribute__((format(printf, 7, 8), cold));
void *fail_here(struct parser *p, enum syntax_error_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4), cold)); /* the furthest token */
void *fail_token(struct parser *p, const struct token *token, const char *format, ...)
    __attribute__((format(printf, 3, 4), cold));
void *fail_tokens(struct parser *p, const struct token *first, const struct token *last,
                  const char *format, ...) __attribute__((format(printf, 4, 5), cold));
void *fail_node(struct parser *p, const struct node *n, const char *format, ...)
    __attribute__((format(printf, 3, 4), cold));
void *fail_nodes(struct parser *p, const struct node *first, const struct node *last,
                 const char *format, ...) __attribute__((format(printf, 4, 5), cold));
void fail_lexer(struct parser *p);                    /* the lexer's state said */
void fail_generic(struct parser *p, size_t furthest); /* after both passes */
const char *expression_name(const struct node *n);
void *fail_number(struct parser *p); /* the token's value could not be made */

/* Second pass: what can be said about the text at p->mark (explain*.c); most often nothing. What
 * they have read they leave. */
void explain_expression(struct parser *p);
void explain_named_expression(struct parser *p);
void explain_bracket(struct parser *p);
void explain_dict(struct parser *p);
void explain_comprehension(struct parser *p);
void explain_for_if_clause(struct parser *p);
void explain_arguments(struct parser *p);
void explain_parameters(struct parser *p, bool is_lambda);
void explain_star(struct parser *p, bool is_lambda);
void explain_double_star(struct parser *p, bool is_lambda);
void explain_assignment(struct parser *p);
void explain_delete(struct parser *p);
void explain_colon(struct parser *p);
void explain_block(struct parser *p, size_t head, const char *what);
void explain_with_target(struct parser *p);
void explain_with_block(struct parser *p, size_t head);
void explain_with_colon(struct parser *p);
void explain_except(struct parser *p);
void explain_try(struct parser *p);
void explain_mixed_handlers(struct parser *p);
void explain_class_pattern(struct parser *p);
void *explain_as_pattern(struct parser *p);

/* What has been read at the mark; found: moves the mark behind it. NULL is remembered as well. */
enum memo_rule {
  MEMO_EXPRESSION,
  MEMO_DISJUNCTION,
  MEMO_BITWISE_OR,
  MEMO_ATOM,
  MEMO_NAMED,
  MEMO_STRINGS,
  MEMO_BRACES, /* outside the second pass's questions; only failures */
  MEMO_RULES_N
};
bool memo_find(struct parser *p, enum memo_rule rule, struct node **n);
void memo_add(struct parser *p, enum memo_rule rule, size_t start, struct node *n);
void memo_free(struct parser *p);

void *fail_expected(struct parser *p, const char *what); /* in place of the next token */

/* Parses an expression of an f-string: "(expression)"; see fstrings.c. */
struct node *parse_fstring_part(struct parser *outer, const char *text, int32_t lineno,
                                int32_t first_col_offset);
