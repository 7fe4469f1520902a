/* The parser's steps, and the way from source to tree. See parser.h. */
#include "runtime/compile/parser.h"
#include "runtime/object/str.h"
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

void *stop(struct parser *p) {
  p->stopped = true;
  return NULL;
}

/* ---- Tokens ---- */

static bool grow(void **items, size_t *capacity, size_t item_bytes, size_t first) {
  size_t wanted = *capacity ? *capacity * 2 : first;
  void *items_new = *items
                        ? gc_buffer_resize_own(*items, *capacity * item_bytes, wanted * item_bytes)
                        : gc_buffer_new(wanted * item_bytes);
  if (!items_new)
    return error_no_memory(), false;
  *items = items_new;
  *capacity = wanted;
  return true;
}

/* A type comment that says to ignore: a node for the module. */
static bool note_ignore(struct parser *p, const struct token *token) {
  struct tree_nodes *list = &p->type_ignores;
  if (list->n == p->ignores_capacity) {
    size_t capacity = list->n ? list->n * 2 : 8;
    struct node **items = tree_alloc(p->tree, capacity * sizeof *items);
    if (!items)
      goto failed;
    if (list->n)
      memcpy(items, list->items, list->n * sizeof *items);
    list->items = items;
    p->ignores_capacity = capacity;
  }
  struct object *tag = tree_keep_taking(p->tree, source_text(token->start, token->end));
  struct node *n = tag ? tree_node_new(p->tree, NODE_TypeIgnore, 0, 0, 0, 0) : NULL;
  if (!n)
    goto failed;
  n->TypeIgnore.lineno = token->lineno;
  n->TypeIgnore.tag = tag;
  list->items[list->n++] = n;
  return true;
failed:
  p->lexer->state = LEXER_FAILED;
  p->tokens[p->tokens_n].kind = TOKEN_ERROR;
  p->tokens_n++;
  stop(p);
  return false;
}

struct object *accept_type_comment(struct parser *p) {
  if (peek(p) != TOKEN_TYPE_COMMENT)
    return NULL;
  const struct token *token = &p->tokens[p->mark++];
  struct object *text = tree_keep_taking(p->tree, source_text(token->start, token->end));
  return text ? text : stop(p);
}

bool is_allowed(struct parser *p, unsigned minor, const char *what) {
  if (!p->options->feature_limit || p->options->feature_limit > minor)
    return true;
  fail_here(p, SYNTAX_ERROR, "%s only supported in Python 3.%u and greater", what, minor);
  return false;
}

bool parser_fill(struct parser *p) {
  if (p->tokens_n && p->tokens[p->tokens_n - 1].kind == TOKEN_ERROR)
    return false;
  if (p->tokens_n == p->capacity &&
      !grow((void **)&p->tokens, &p->capacity, sizeof *p->tokens, 256)) {
    p->lexer->state = LEXER_FAILED;
    stop(p);
    if (p->tokens_n)
      p->tokens[p->tokens_n - 1].kind = TOKEN_ERROR;
    return false;
  }
  struct token *token = &p->tokens[p->tokens_n];
  lexer_next(p->lexer, token);
  /* One statement at the prompt needs no newline behind it: the end is one. */
  if (token->kind == TOKEN_END && p->options->mode == PARSE_SINGLE && !p->is_fstring &&
      p->lexer->is_single) {
    token->kind = TOKEN_NEWLINE;
    p->lexer->is_single = false;
    if (p->lexer->indent && !(p->options->flags & PARSE_NO_DEDENT)) {
      p->lexer->pending = -p->lexer->indent;
      p->lexer->indent = 0;
    }
  } else if (token->kind != TOKEN_END)
    p->lexer->is_single = true;
  if (token->kind == TOKEN_TYPE_IGNORE)
    return note_ignore(p, token) && parser_fill(p);
  p->tokens_n++;
  if (token->kind != TOKEN_ERROR)
    return true;
  stop(p);
  fail_lexer(p);
  return false;
}

static bool token_is(const struct token *token, const char *word) {
  size_t n = strlen(word);
  return token->kind == TOKEN_NAME && (size_t)(token->end - token->start) == n &&
         !memcmp(token->start, word, n);
}
bool at_word(struct parser *p, const char *word) { return token_is(token_at(p, p->mark), word); }

/* Identifiers beyond ASCII are the same if their compatibility forms are. */
static struct object *normalized_name(const char *text, size_t n) {
  utf8proc_uint8_t *form = NULL;
  utf8proc_ssize_t length = utf8proc_map((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)n, &form,
                                         UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_COMPOSE);
  if (length < 0)
    return error_no_memory();
  struct object *s = str_from_utf8((const char *)form, (size_t)length);
  free(form);
  return s ? str_intern_taking(s) : NULL;
}

struct object *token_name(struct parser *p, size_t i) {
  struct token *token = &p->tokens[i];
  if (token->name)
    return token->name;
  size_t n = (size_t)(token->end - token->start);
  struct object *name =
      token->is_ascii ? str_intern_ascii(token->start, n) : normalized_name(token->start, n);
  if (!name)
    return stop(p);
  drop(name); /* interned, hence immortal */
  return token->name = name;
}

/* ---- Nodes ---- */

const struct token *last_token(struct parser *p) {
  const struct token *last = &p->tokens[p->mark - 1];
  while (last > p->tokens && last->kind <= TOKEN_DEDENT && last->kind != TOKEN_ERROR)
    last--;
  return last;
}

struct node *finish(struct parser *p, enum node_kind kind, size_t start) {
  const struct token *first = &p->tokens[start], *last = last_token(p);
  struct node *n = tree_node_new(p->tree, kind, first->lineno, first->col_offset, last->end_lineno,
                                 last->end_col_offset);
  return n ? n : stop(p);
}

struct node *finish_like(struct parser *p, enum node_kind kind, const struct node *place) {
  struct node *n = tree_node_new(p->tree, kind, place->lineno, place->col_offset, place->end_lineno,
                                 place->end_col_offset);
  return n ? n : stop(p);
}

bool push_null(struct parser *p) {
  if (p->pending_n == p->pending_capacity &&
      !grow((void **)&p->pending, &p->pending_capacity, sizeof *p->pending, 64))
    return stop(p), false;
  p->pending[p->pending_n++] = NULL;
  return true;
}

bool push(struct parser *p, struct node *n) {
  if (!n || !push_null(p))
    return false;
  p->pending[p->pending_n - 1] = n;
  return true;
}

bool take(struct parser *p, size_t since, struct tree_nodes *nodes) {
  size_t n = p->pending_n - since;
  *nodes = (struct tree_nodes){0};
  if (n) {
    nodes->items = tree_alloc(p->tree, n * sizeof *nodes->items);
    if (!nodes->items)
      return stop(p), false;
    memcpy(nodes->items, p->pending + since, n * sizeof *nodes->items);
    nodes->n = (uint32_t)n;
  }
  p->pending_n = since;
  return true;
}

bool enter(struct parser *p) {
  if (LIKELY(p->depth < PARSE_DEPTH_MAX)) {
    p->depth++;
    return true;
  }
  error_no_memory();
  stop(p);
  return false;
}

/* ---- From source to tree ---- */

/* file: [statements] END */
static struct node *file(struct parser *p) {
  struct tree_nodes body = {0};
  if (peek(p) != TOKEN_END && !statements(p, &body))
    return NULL;
  if (peek(p) != TOKEN_END)
    return NULL;
  struct node *n = tree_node_new(p->tree, NODE_Module, 0, 0, 0, 0);
  if (!n)
    return stop(p);
  n->Module.body = body;
  n->Module.type_ignores = p->type_ignores;
  return n;
}

static bool is_compound(const struct node *n) {
  switch (n->kind) {
  case NODE_FunctionDef:
  case NODE_AsyncFunctionDef:
  case NODE_ClassDef:
  case NODE_For:
  case NODE_AsyncFor:
  case NODE_While:
  case NODE_If:
  case NODE_With:
  case NODE_AsyncWith:
  case NODE_Match:
  case NODE_Try:
  case NODE_TryStar:
    return true;
  default:
    return false;
  }
}

/* interactive: compound_stmt NEWLINE | simple_stmts | NEWLINE | END */
static struct node *interactive(struct parser *p) {
  struct tree_nodes body;
  size_t since = p->pending_n, start = p->mark;
  if (accept(p, TOKEN_NEWLINE)) {
    if (!push(p, finish(p, NODE_Pass, start)))
      return NULL;
  } else {
    if (peek(p) == TOKEN_END)
      return NULL;
    if (!statement(p))
      return NULL;
    if (is_compound(p->pending[since]) && !accept(p, TOKEN_NEWLINE))
      return NULL;
  }
  if (!take(p, since, &body))
    return NULL;
  struct node *n = tree_node_new(p->tree, NODE_Interactive, 0, 0, 0, 0);
  if (!n)
    return stop(p);
  n->Interactive.body = body;
  return n;
}

/* eval: expressions NEWLINE* END */
static struct node *eval(struct parser *p) {
  struct node *body = expressions(p);
  if (!body)
    return NULL;
  while (accept(p, TOKEN_NEWLINE)) {
  }
  if (peek(p) != TOKEN_END)
    return NULL;
  struct node *n = tree_node_new(p->tree, NODE_Expression, 0, 0, 0, 0);
  if (!n)
    return stop(p);
  n->Expression.body = body;
  return n;
}

/* expression (',' expression)* [',' '*' expression] [',' '**' expression], each part may be left
 * out; no last comma */
static bool type_expressions(struct parser *p) {
  int stars = 0;
  do {
    enum token_kind kind = peek(p);
    int here = kind == TOKEN_STAR ? 1 : kind == TOKEN_DOUBLE_STAR ? 2 : 0;
    if (here <= stars && (here || stars))
      return false;
    stars = here;
    p->mark += here != 0;
    if (!push(p, expression(p)))
      return false;
  } while (accept(p, TOKEN_COMMA));
  return true;
}
/* func_type: '(' [type_expressions] ')' '->' expression NEWLINE* END */
static struct node *func_type(struct parser *p) {
  struct tree_nodes argtypes = {0};
  size_t since = p->pending_n;
  if (!accept(p, TOKEN_LEFT_PAREN) || (peek(p) != TOKEN_RIGHT_PAREN && !type_expressions(p)) ||
      !accept(p, TOKEN_RIGHT_PAREN) || !accept(p, TOKEN_ARROW) || !take(p, since, &argtypes))
    return NULL;
  struct node *returns = expression(p);
  if (!returns)
    return NULL;
  while (accept(p, TOKEN_NEWLINE)) {
  }
  if (peek(p) != TOKEN_END)
    return NULL;
  struct node *n = tree_node_new(p->tree, NODE_FunctionType, 0, 0, 0, 0);
  if (!n)
    return stop(p);
  n->FunctionType.argtypes = argtypes;
  n->FunctionType.returns = returns;
  return n;
}

static struct node *start(struct parser *p) {
  if (p->is_fstring)
    return star_expressions(p);
  switch (p->options->mode) {
  case PARSE_EXEC:
    return file(p);
  case PARSE_EVAL:
    return eval(p);
  case PARSE_FUNC_TYPE:
    return func_type(p);
  default:
    return interactive(p);
  }
}

/* Whether there is more than blanks and comments behind the one statement. */
static bool has_more_statements(struct parser *p) {
  const char *s = p->lexer->cur;
  for (;;) {
    while (*s == ' ' || *s == '\t' || *s == '\n' || *s == '\f')
      s++;
    if (*s != '#')
      return *s != 0;
    while (*s && *s != '\n')
      s++;
  }
}

/* Both passes. NULL: an error is set or pending. */
static struct node *run(struct parser *p) {
  if (!grow((void **)&p->tokens, &p->capacity, sizeof *p->tokens, 256))
    return stop(p); /* from here on there is always a last token to look at */
  struct node *root = start(p);
  if (!root && !p->stopped) {
    size_t furthest = p->tokens_n - 1;
    p->mark = p->pending_n = p->depth = 0;
    p->explaining = true;
    start(p);
    fail_generic(p, furthest);
  } else if (!root)
    fail_generic(p, p->tokens_n - 1);
  else if (p->options->mode == PARSE_SINGLE && !p->is_fstring && has_more_statements(p))
    return fail_here(p, SYNTAX_ERROR,
                     "multiple statements found while compiling a single statement");
  return root;
}

static void close(struct parser *p) {
  if (p->tokens)
    gc_buffer_free(p->tokens, p->capacity * sizeof *p->tokens);
  if (p->pending)
    gc_buffer_free(p->pending, p->pending_capacity * sizeof *p->pending);
  memo_free(p);
}

struct node *parse_fstring_part(struct parser *outer, const char *text, int32_t lineno,
                                int32_t first_col_offset) {
  struct lexer lexer;
  lexer_open(&lexer, text, outer->options, outer->error);
  lexer.lineno = lineno - 1;
  lexer.first_lineno = lineno;
  lexer.first_col_offset = first_col_offset;
  struct parser p = {.lexer = &lexer,
                     .tree = outer->tree,
                     .error = outer->error,
                     .options = outer->options,
                     .is_fstring = true,
                     .depth = outer->depth};
  struct node *root = run(&p);
  close(&p);
  return root ? root : stop(outer);
}

int parse_source(const char *bytes, size_t n, const struct parse_options *options,
                 struct tree *tree, struct syntax_error *error) {
  struct lexer lexer;
  size_t buffer_bytes;
  bool knows_encoding;
  *error = (struct syntax_error){0};
  *tree = (struct tree){0};
  char *source = source_open(bytes, n, options, &knows_encoding, &buffer_bytes, error);
  if (!source)
    return -1;
  struct parser p = {.lexer = &lexer, .tree = tree, .error = error, .options = options};
  if (tree_init(tree) == 0) {
    lexer_open(&lexer, source, options, error);
    lexer.knows_encoding = knows_encoding;
    tree->root = run(&p);
    close(&p);
  }
  gc_buffer_free(source, buffer_bytes);
  if (tree->root)
    return 0;
  tree_free(tree);
  return -1;
}
