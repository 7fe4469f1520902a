/* What the files of the second pass share: places to go back to, and readings that several of its
 * questions begin with. */
#pragma once
#include "runtime/compile/parser.h"

/* Where to go back to when a reading does not lead to a mistake. */
struct place {
  size_t mark, pending_n;
};
static inline struct place here(const struct parser *p) {
  return (struct place){p->mark, p->pending_n};
}
static inline bool back(struct parser *p, struct place place) {
  p->mark = place.mark;
  p->pending_n = place.pending_n;
  return !p->stopped;
}
static inline const struct token *token_of(struct parser *p, size_t i) { return &p->tokens[i]; }
static inline const struct token *previous(struct parser *p) { return &p->tokens[p->mark - 1]; }
static inline bool not_assigned(struct parser *p) {
  return peek(p) != TOKEN_EQUAL && peek(p) != TOKEN_COLON_EQUAL;
}

/* Stops with a message about everything from a place to where the lexer stands. */
void fail_from(struct parser *p, int32_t lineno, int32_t col_offset, const char *message);
/* Stops if some part of n (or NULL) can't be assigned to, or deleted. */
void fail_target(struct parser *p, const struct node *n, enum target_use use);

struct node *starred_expression(struct parser *p);
/* star_named_expression (',' ...)* [',']: the last one */
struct node *star_named_expressions(struct parser *p);
