/* The arguments of calls and the parameters of functions. */
#include "runtime/compile/parser.h"

/* ---- Arguments ---- */

/* Children wait in two stacks: arguments in p->pending, keywords in an arena list. */
struct keyword_list {
  struct node **items;
  uint32_t n, capacity;
};

static bool add_keyword(struct parser *p, struct keyword_list *list, struct node *n) {
  if (!n)
    return false;
  if (list->n == list->capacity) {
    uint32_t capacity = list->capacity ? list->capacity * 2 : 4;
    struct node **items = tree_alloc(p->tree, capacity * sizeof *items);
    if (!items)
      return stop(p), false;
    for (uint32_t i = 0; i < list->n; i++)
      items[i] = list->items[i];
    list->items = items;
    list->capacity = capacity;
  }
  list->items[list->n++] = n;
  return true;
}

/* NAME '=' expression, or '**' expression */
static struct node *keyword(struct parser *p) {
  size_t start = p->mark;
  struct object *name = NULL;
  if (!accept(p, TOKEN_DOUBLE_STAR)) {
    if (!(name = token_name(p, p->mark)))
      return NULL;
    p->mark += 2;
  }
  struct node *value = expression(p);
  struct node *n = value ? finish(p, NODE_keyword, start) : NULL;
  if (n) {
    n->keyword.arg = name;
    n->keyword.value = value;
  }
  return n;
}

/* '*' expression */
static struct node *starred(struct parser *p) {
  size_t start = p->mark++;
  struct node *value = expression(p);
  struct node *n = value ? finish(p, NODE_Starred, start) : NULL;
  if (n)
    n->Starred.value = value;
  return n;
}

/* (assignment_expression | expression !':=') !'=' */
static struct node *positional(struct parser *p) {
  struct node *n = peek(p) == TOKEN_NAME && peek_at(p, 1) == TOKEN_COLON_EQUAL
                       ? assignment_expression(p)
                       : expression(p);
  return n && peek(p) != TOKEN_COLON_EQUAL && peek(p) != TOKEN_EQUAL ? n : NULL;
}

/* The one argument of f(x for x in y): a generator expression that includes the parentheses. */
static struct node *bare_generator(struct parser *p, size_t open, struct node *element) {
  struct tree_nodes clauses;
  if (!for_if_clauses(p, &clauses) || peek(p) != TOKEN_RIGHT_PAREN)
    return NULL;
  p->mark++;
  struct node *n = finish(p, NODE_GeneratorExp, open);
  p->mark--;
  if (n) {
    n->GeneratorExp.elt = element;
    n->GeneratorExp.generators = clauses;
  }
  return n;
}

/* args: positional and starred ones, then keywords and starred ones, then keywords and '**' ones;
 * [','] */
static bool arguments_read(struct parser *p, struct tree_nodes *args, struct tree_nodes *keywords,
                           bool is_class) {
  size_t since = p->pending_n, open = p->mark - 1;
  struct keyword_list list = {0};
  enum { POSITIONAL, NAMED, UNPACKED } phase = POSITIONAL;
  while (peek(p) != TOKEN_RIGHT_PAREN) {
    enum token_kind kind = peek(p);
    if (kind == TOKEN_DOUBLE_STAR) {
      phase = UNPACKED;
      if (!add_keyword(p, &list, keyword(p)))
        return false;
    } else if (kind == TOKEN_NAME && peek_at(p, 1) == TOKEN_EQUAL) {
      phase = phase == POSITIONAL ? NAMED : phase;
      if (!add_keyword(p, &list, keyword(p)))
        return false;
    } else if (kind == TOKEN_STAR) {
      if (phase == UNPACKED || !push(p, starred(p)) || peek(p) == TOKEN_EQUAL)
        return false;
    } else {
      struct node *n = positional(p);
      if (!n || phase != POSITIONAL)
        return false;
      if (!is_class && (peek(p) == TOKEN_FOR || peek(p) == TOKEN_ASYNC) && p->pending_n == since &&
          p->mark > open + 1) {
        n = bare_generator(p, open, n);
        if (!push(p, n))
          return false;
        break;
      }
      if (!push(p, n))
        return false;
    }
    if (!accept(p, TOKEN_COMMA))
      break;
  }
  if (peek(p) != TOKEN_RIGHT_PAREN || !take(p, since, args))
    return false;
  *keywords = (struct tree_nodes){.items = list.items, .n = list.n};
  return true;
}

bool call_arguments(struct parser *p, struct tree_nodes *args, struct tree_nodes *keywords,
                    bool is_class) {
  size_t start = p->mark, since = p->pending_n;
  if (arguments_read(p, args, keywords, is_class))
    return true;
  if (p->explaining && !p->stopped) {
    p->mark = start;
    p->pending_n = since;
    explain_arguments(p);
  }
  return false;
}

/* ---- Parameters ---- */

/* NAME [':' annotation] */
static struct node *parameter(struct parser *p, bool is_annotated, bool is_starred) {
  size_t start = p->mark;
  if (peek(p) != TOKEN_NAME)
    return NULL;
  struct object *name = token_name(p, p->mark);
  p->mark++;
  struct node *annotation = NULL;
  if (is_annotated && accept(p, TOKEN_COLON) &&
      !(annotation = is_starred ? star_expression(p) : expression(p)))
    return NULL;
  struct node *n = name ? finish(p, NODE_arg, start) : NULL;
  if (n) {
    n->arg.arg = name;
    n->arg.annotation = annotation;
  }
  return n;
}

/* The type comment of the last parameter of a def, in front of the bracket. */
static void comment_last(struct parser *p, struct node *last, bool is_lambda) {
  if (!is_lambda && last && peek(p) == TOKEN_TYPE_COMMENT && peek_at(p, 1) == TOKEN_RIGHT_PAREN)
    last->arg.type_comment = accept_type_comment(p);
}
/* ',' [TYPE_COMMENT], which belongs to the parameter in front of it (NULL: there is none) */
static bool comma(struct parser *p, struct node *last, bool is_lambda) {
  comment_last(p, last, is_lambda);
  if (!accept(p, TOKEN_COMMA))
    return false;
  if (!is_lambda && last && peek(p) == TOKEN_TYPE_COMMENT)
    last->arg.type_comment = accept_type_comment(p);
  return !p->stopped;
}

/* Behind '*': a name or a comma, and names that need no order of defaults. */
static bool keyword_only(struct parser *p, struct node *args, bool is_lambda,
                         enum token_kind closing) {
  if (peek(p) != TOKEN_COMMA) {
    args->arguments.vararg = parameter(p, !is_lambda, true);
    if (!args->arguments.vararg)
      return false;
  } else if (peek_at(p, 1) != TOKEN_NAME)
    return false; /* a bare star needs a name behind it */
  struct node *last = args->arguments.vararg;
  size_t since = p->pending_n, count = 0;
  while (comma(p, last, is_lambda) && peek(p) == TOKEN_NAME) {
    struct node *value = NULL, *n = last = parameter(p, !is_lambda, false);
    if (!n || (accept(p, TOKEN_EQUAL) && !(value = expression(p))) || !push(p, n) || !push_null(p))
      return false;
    p->pending[p->pending_n - 1] = value;
    count++;
    comment_last(p, n, is_lambda);
    if (peek(p) != TOKEN_COMMA && peek(p) != closing)
      return false;
  }
  struct tree_nodes both;
  if (!take(p, since, &both))
    return false;
  struct node **items = count ? tree_alloc(p->tree, 2 * count * sizeof *items) : NULL;
  if (count && !items)
    return stop(p), false;
  for (size_t i = 0; i < count; i++) {
    items[i] = both.items[2 * i];
    items[count + i] = both.items[2 * i + 1];
  }
  args->arguments.kwonlyargs = (struct tree_nodes){.items = items, .n = (uint32_t)count};
  args->arguments.kw_defaults =
      (struct tree_nodes){.items = items ? items + count : NULL, .n = (uint32_t)count};
  return true;
}

/* Names in front of '*': once one has a default, all have. Names are pushed and taken here, their
 * defaults wait in an arena list. */
static bool in_order(struct parser *p, struct node *args, bool is_lambda, enum token_kind closing) {
  struct keyword_list defaults = {0};
  size_t since = p->pending_n;
  bool saw_slash = false;
  for (struct node *last = NULL;;) {
    if (peek(p) == TOKEN_SLASH && !saw_slash && p->pending_n > since) {
      p->mark++;
      saw_slash = true;
      last = NULL;
      if (!take(p, since, &args->arguments.posonlyargs))
        return false;
    } else if (peek(p) == TOKEN_NAME) {
      struct node *n = last = parameter(p, !is_lambda, false), *value = NULL;
      if (!n || !push(p, n))
        return false;
      if (accept(p, TOKEN_EQUAL)) {
        if (!(value = expression(p)) || !add_keyword(p, &defaults, value))
          return false;
      } else if (defaults.n && (peek(p) == TOKEN_COMMA || peek(p) == closing))
        return false;
    } else
      break;
    comment_last(p, last, is_lambda);
    if (peek(p) == closing)
      break;
    if (!comma(p, last, is_lambda))
      return false;
  }
  args->arguments.defaults = (struct tree_nodes){.items = defaults.items, .n = defaults.n};
  return take(p, since, &args->arguments.args);
}

static struct node *parameters_read(struct parser *p, bool is_lambda) {
  enum token_kind closing = is_lambda ? TOKEN_COLON : TOKEN_RIGHT_PAREN;
  struct node *n = tree_node_new(p->tree, NODE_arguments, 0, 0, 0, 0);
  if (!n)
    return stop(p);
  if (peek(p) == closing)
    return n;
  if (!in_order(p, n, is_lambda, closing))
    return NULL;
  if (p->explaining && peek(p) == TOKEN_STAR && (explain_star(p, is_lambda), p->stopped))
    return NULL;
  if (accept(p, TOKEN_STAR) && !keyword_only(p, n, is_lambda, closing))
    return NULL;
  if (p->explaining && peek(p) == TOKEN_DOUBLE_STAR &&
      (explain_double_star(p, is_lambda), p->stopped))
    return NULL;
  if (accept(p, TOKEN_DOUBLE_STAR)) {
    n->arguments.kwarg = parameter(p, !is_lambda, false);
    if (!n->arguments.kwarg)
      return NULL;
    comma(p, n->arguments.kwarg, is_lambda);
  }
  return peek(p) == closing ? n : NULL;
}

/* parameters: [order] ['*' ...] ['**' NAME]; '/' behind those that are positional only */
struct node *parameters(struct parser *p, bool is_lambda) {
  size_t since = p->pending_n;
  if (p->explaining && (explain_parameters(p, is_lambda), p->stopped))
    return NULL;
  struct node *n = parameters_read(p, is_lambda);
  if (n && n->arguments.posonlyargs.n && !is_allowed(p, 8, "Positional-only parameters are"))
    return NULL;
  if (!n)
    p->pending_n = since;
  return n;
}
