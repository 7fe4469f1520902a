/* Reading __future__ imports. */
#include "runtime/compile/future.h"
#include "runtime/bytecode/code.h"
#include "runtime/compile/scopes_decide.h"
#include "runtime/object/str.h"
#include <string.h>

struct object *future_docstring_borrowed(const struct tree_nodes *body) {
  if (!body->n || body->items[0]->kind != NODE_Expr)
    return NULL;
  const struct node *value = body->items[0]->Expr.value;
  return value->kind == NODE_Constant && is_str(value->Constant.value) ? value->Constant.value
                                                                       : NULL;
}

static int refuse(struct syntax_error *error, const struct node *n, int32_t offset,
                  const char *message) {
  syntax_error_set(error, SYNTAX_ERROR, n->lineno, offset, n->lineno, SYNTAX_ERROR_NOT_TOLD, NULL,
                   "%s", message);
  error->args = SYNTAX_ERROR_ARGS_MESSAGE;
  return -1;
}

static int read_features(struct future *future, const struct node *n, struct syntax_error *error) {
  static const char *const always[] = {"nested_scopes",    "generators",     "division",
                                       "absolute_import",  "with_statement", "print_function",
                                       "unicode_literals", "generator_stop"};
  for (uint32_t i = 0; i < n->ImportFrom.names.n; i++) {
    char text[104];
    scopes_text(n->ImportFrom.names.items[i]->alias.name, text, sizeof text);
    bool known = false;
    for (size_t k = 0; k < ARRAY_SIZE(always) && !known; k++)
      known = !strcmp(text, always[k]);
    if (known)
      continue;
    if (!strcmp(text, "barry_as_FLUFL"))
      future->features |= CODE_FUTURE_BARRY_AS_BDFL;
    else if (!strcmp(text, "annotations"))
      future->features |= CODE_FUTURE_ANNOTATIONS;
    else if (!strcmp(text, "braces"))
      return refuse(error, n, n->col_offset + 1, "not a chance");
    else {
      char message[160] = "future feature ";
      strcat(strcat(message, text), " is not defined");
      return refuse(error, n, n->col_offset + 1, message);
    }
  }
  return 0;
}

static bool is_future(const struct node *n) {
  char text[16];
  return n->kind == NODE_ImportFrom && n->ImportFrom.module &&
         !strcmp(scopes_text(n->ImportFrom.module, text, sizeof text), "__future__");
}

int future_read(struct future *future, const struct node *root, struct syntax_error *error) {
  *future = (struct future){.last_line = -1};
  if (root->kind != NODE_Module && root->kind != NODE_Interactive)
    return 0;
  const struct tree_nodes *body =
      root->kind == NODE_Module ? &root->Module.body : &root->Interactive.body;
  bool done = false;
  int32_t line = 0;
  for (uint32_t i = future_docstring_borrowed(body) ? 1 : 0; i < body->n; i++) {
    const struct node *n = body->items[i];
    if (done && n->lineno > line)
      return 0;
    line = n->lineno;
    if (!is_future(n)) {
      done = true;
      continue;
    }
    if (done)
      return refuse(error, n, n->col_offset,
                    "from __future__ imports must occur at the beginning of the file");
    if (read_features(future, n, error) < 0)
      return -1;
    future->last_line = n->lineno;
  }
  return 0;
}
