/* The walk over the tree that folds constants. */
#include "runtime/compile/fold.h"
#include "runtime/compile/future.h"
#include "runtime/compile/scopes.h"
#include "runtime/object/set.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include <stdio.h>

struct folder {
  struct tree *tree;
  const struct fold_options *options;
  uint32_t depth;
  struct object *name_debug;
};

static int fold(struct folder *f, struct node **at);

/* A constant instead of a node; value is taken. NULL: there is none, or an error is pending. */
static int put_constant(struct folder *f, struct node **at, struct object *value) {
  if (!value)
    return error_pending() == ERROR_NONE ? 0 : -1;
  const struct node *n = *at;
  value = tree_keep_taking(f->tree, value);
  struct node *constant = value ? tree_node_new(f->tree, NODE_Constant, n->lineno, n->col_offset,
                                                n->end_lineno, n->end_col_offset)
                                : NULL;
  if (!constant)
    return -1;
  constant->Constant.value = value;
  *at = constant;
  return 0;
}

/* ---- Displays ---- */

static bool has_star(const struct tree_nodes *elements) {
  for (uint32_t i = 0; i < elements->n; i++)
    if (elements->items[i]->kind == NODE_Starred)
      return true;
  return false;
}

/* A tuple of constants; NULL without an error where they are not all. */
static struct object *tuple_of(const struct tree_nodes *elements) {
  for (uint32_t i = 0; i < elements->n; i++)
    if (elements->items[i]->kind != NODE_Constant)
      return NULL;
  struct object *tuple = tuple_new(elements->n);
  for (uint32_t i = 0; tuple && i < elements->n; i++)
    tuple_init_taking(tuple, i, hold(elements->items[i]->Constant.value));
  return tuple;
}

static struct object *frozenset_of(const struct tree_nodes *elements) {
  for (uint32_t i = 0; i < elements->n; i++)
    if (elements->items[i]->kind != NODE_Constant)
      return NULL;
  struct object *set = frozenset_new();
  for (uint32_t i = 0; set && i < elements->n; i++)
    if (set_add(set, elements->items[i]->Constant.value) < 0) {
      drop(set);
      return NULL;
    }
  return set;
}

/* A list or set that is only iterated or searched becomes a tuple or frozen set. */
static int fold_iterable(struct folder *f, struct node **at) {
  struct node *n = *at;
  if (n->kind == NODE_Set)
    return put_constant(f, at, frozenset_of(&n->Set.elts));
  if (n->kind != NODE_List || has_star(&n->List.elts))
    return 0;
  n->kind = NODE_Tuple; /* the same fields */
  return put_constant(f, at, tuple_of(&n->Tuple.elts));
}

/* ---- '...' % (...) as an f-string ---- */

struct format {
  struct object *text;
  size_t at, n;
};

/* The next character; false at the end. */
static bool next(struct format *format, uint32_t *c) {
  if (format->at >= format->n)
    return false;
  *c = str_at(format->text, format->at++);
  return true;
}

static bool is_digit(uint32_t c) { return c >= '0' && c <= '9'; }

/* Up to two digits behind c, which is one of them. */
static bool read_number(struct format *format, uint32_t *c, int *number) {
  int digits = 0;
  *number = 0;
  while (is_digit(*c)) {
    *number = *number * 10 + (int)(*c - '0');
    if (!next(format, c) || ++digits >= 3)
      return false;
  }
  return true;
}

static struct node *text_node(struct folder *f, struct object *text) {
  text = tree_keep_taking(f->tree, text);
  struct node *n = text ? tree_node_new(f->tree, NODE_Constant, -1, -1, -1, -1) : NULL;
  if (n)
    n->Constant.value = text;
  return n;
}

/* %s, %r or %a with flags, width and precision, as a replacement field. *part is NULL where the
 * format is none of those. */
static int read_field(struct folder *f, struct format *format, struct node *value,
                      struct node **part) {
  uint32_t c;
  bool left = false;
  int width = -1, precision = -1;
  *part = NULL;
  do {
    if (!next(format, &c))
      return 0;
    left |= c == '-';
  } while (c == '-' || c == '+' || c == ' ' || c == '#' || c == '0');
  if (is_digit(c) && !read_number(format, &c, &width))
    return 0;
  if (c == '.') {
    precision = 0;
    if (!next(format, &c) || (is_digit(c) && !read_number(format, &c, &precision)))
      return 0;
  }
  if (c != 's' && c != 'r' && c != 'a')
    return 0;
  char spec[24];
  int n = snprintf(spec, sizeof spec, "%s", !left && width > 0 ? ">" : "");
  if (width >= 0)
    n += snprintf(spec + n, sizeof spec - (size_t)n, "%d", width);
  if (precision >= 0)
    n += snprintf(spec + n, sizeof spec - (size_t)n, ".%d", precision);
  struct node *field = tree_node_new(f->tree, NODE_FormattedValue, value->lineno, value->col_offset,
                                     value->end_lineno, value->end_col_offset);
  if (!field)
    return -1;
  field->FormattedValue.value = value;
  field->FormattedValue.conversion = (int32_t)c;
  if (n && !(field->FormattedValue.format_spec = text_node(f, str_from_ascii(spec))))
    return -1;
  *part = field;
  return 0;
}

/* Appends a piece of the format to *text (NULL: nothing yet). */
static int append_piece(const struct format *format, size_t start, size_t stop,
                        struct object **text) {
  struct object *piece = str_slice(format->text, start, stop);
  if (!piece) {
    drop_null(*text);
    return -1;
  }
  if (!*text) {
    *text = piece;
    return 0;
  }
  *text = str_append_taking(*text, piece);
  drop(piece);
  return *text ? 0 : -1;
}

/* Text up to the next field, %% being one %. */
static int read_text(struct folder *f, struct format *format, struct node **part) {
  size_t start = format->at, at = start;
  struct object *text = NULL;
  *part = NULL;
  for (;; at += 2) {
    while (at < format->n && str_at(format->text, at) != '%')
      at++;
    if (at + 1 >= format->n || str_at(format->text, at + 1) != '%')
      break;
    if (append_piece(format, start, at + 1, &text) < 0)
      return -1;
    start = at + 2;
  }
  format->at = at;
  if (at > start && append_piece(format, start, at, &text) < 0)
    return -1;
  if (!text)
    return 0;
  *part = text_node(f, text);
  return *part ? 0 : -1;
}

static int fold_format(struct folder *f, struct node **at) {
  struct node *n = *at;
  const struct tree_nodes *values = &n->BinOp.right->Tuple.elts;
  struct format format = {.text = n->BinOp.left->Constant.value};
  format.n = str_length(format.text);
  struct node *joined = tree_node_new(f->tree, NODE_JoinedStr, n->lineno, n->col_offset,
                                      n->end_lineno, n->end_col_offset);
  struct node **parts = tree_alloc(f->tree, (2 * values->n + 1) * sizeof *parts);
  if (!joined || !parts)
    return -1;
  uint32_t parts_n = 0, used = 0;
  for (;;) {
    if (read_text(f, &format, &parts[parts_n]) < 0)
      return -1;
    parts_n += parts[parts_n] != NULL;
    if (format.at >= format.n)
      break;
    if (used >= values->n)
      return 0;
    format.at++;
    if (read_field(f, &format, values->items[used++], &parts[parts_n]) < 0)
      return -1;
    if (!parts[parts_n++])
      return 0;
  }
  if (used < values->n)
    return 0;
  joined->JoinedStr.values = (struct tree_nodes){parts, parts_n};
  *at = joined;
  return 0;
}

/* ---- Expressions, their children folded ---- */

static int fold_binop(struct folder *f, struct node **at) {
  const struct node *n = *at, *left = n->BinOp.left, *right = n->BinOp.right;
  if (left->kind != NODE_Constant)
    return 0;
  if (n->BinOp.op == operator_Mod && right->kind == NODE_Tuple && is_str(left->Constant.value) &&
      !has_star(&right->Tuple.elts))
    return fold_format(f, at);
  if (right->kind != NODE_Constant)
    return 0;
  return put_constant(f, at, fold_binary(left->Constant.value, right->Constant.value, n->BinOp.op));
}

static int fold_unaryop(struct folder *f, struct node **at) {
  struct node *n = *at, *operand = n->UnaryOp.operand;
  if (operand->kind == NODE_Constant)
    return put_constant(f, at, fold_unary(operand->Constant.value, n->UnaryOp.op));
  if (n->UnaryOp.op != unaryop_Not || operand->kind != NODE_Compare || operand->Compare.ops.n != 1)
    return 0;
  static const uint8_t negated[] = {[cmpop_Is] = cmpop_IsNot,
                                    [cmpop_IsNot] = cmpop_Is,
                                    [cmpop_In] = cmpop_NotIn,
                                    [cmpop_NotIn] = cmpop_In};
  uint8_t *op = &operand->Compare.ops.items[0];
  if (*op < cmpop_Is)
    return 0;
  *op = negated[*op];
  *at = operand;
  return 0;
}

static int fold_expression(struct folder *f, struct node **at) {
  struct node *n = *at;
  switch (n->kind) {
  case NODE_BinOp:
    return fold_binop(f, at);
  case NODE_UnaryOp:
    return fold_unaryop(f, at);
  case NODE_Compare: {
    uint32_t last = n->Compare.ops.n - 1;
    uint8_t op = n->Compare.ops.items[last];
    return op == cmpop_In || op == cmpop_NotIn
               ? fold_iterable(f, &n->Compare.comparators.items[last])
               : 0;
  }
  case NODE_Subscript:
    if (n->Subscript.ctx != expr_context_Load || n->Subscript.value->kind != NODE_Constant ||
        n->Subscript.slice->kind != NODE_Constant)
      return 0;
    return put_constant(
        f, at,
        fold_subscript(n->Subscript.value->Constant.value, n->Subscript.slice->Constant.value));
  case NODE_Tuple:
    return n->Tuple.ctx == expr_context_Load ? put_constant(f, at, tuple_of(&n->Tuple.elts)) : 0;
  case NODE_Name:
    if (n->Name.id != f->name_debug || n->Name.ctx != expr_context_Load)
      return 0;
    return put_constant(f, at, hold(bool_from(!f->options->optimize)));
  default:
    return 0;
  }
}

/* ---- The walk ---- */

static int fold_children(struct folder *f, struct node *n, const void *except);

static int fold_all(struct folder *f, struct tree_nodes *nodes) {
  for (uint32_t i = 0; i < nodes->n; i++)
    if (nodes->items[i] && fold(f, &nodes->items[i]) < 0)
      return -1;
  return 0;
}

/* A body whose first statement becomes a string by folding must not get a docstring. */
static int fold_body(struct folder *f, struct tree_nodes *body) {
  bool had = future_docstring_borrowed(body) != NULL;
  if (fold_all(f, body) < 0)
    return -1;
  if (had || !future_docstring_borrowed(body))
    return 0;
  struct node *first = body->items[0];
  struct node *joined = tree_node_new(f->tree, NODE_JoinedStr, first->lineno, first->col_offset,
                                      first->end_lineno, first->end_col_offset);
  struct node **values = tree_alloc(f->tree, sizeof *values);
  if (!joined || !values)
    return -1;
  values[0] = first->Expr.value;
  joined->JoinedStr.values = (struct tree_nodes){values, 1};
  first->Expr.value = joined;
  return 0;
}

/* All children but the field at `except`. */
static int fold_children(struct folder *f, struct node *n, const void *except) {
  const struct tree_field *field = tree_fields(n->kind);
  for (; field->name; field++) {
    char *at = (char *)n + field->offset;
    if (at == except)
      continue;
    if (field->form <= FORM_NODE_OPT) {
      struct node **child = (struct node **)at;
      if (*child && fold(f, child) < 0)
        return -1;
    } else if (field->form <= FORM_NODES_OPT && fold_all(f, (struct tree_nodes *)at) < 0)
      return -1;
  }
  return 0;
}

static int fold_definition(struct folder *f, struct node *n, struct tree_nodes *body) {
  int result = fold_children(f, n, body);
  return result < 0 ? -1 : fold_body(f, body);
}

static int fold_function(struct folder *f, struct node *n) {
  struct node *returns = n->FunctionDef.returns;
  if (f->options->future_annotations)
    n->FunctionDef.returns = NULL;
  int result = fold_definition(f, n, &n->FunctionDef.body);
  if (f->options->future_annotations)
    n->FunctionDef.returns = returns;
  return result;
}

static int fold_node(struct folder *f, struct node **at) {
  struct node *n = *at;
  switch (n->kind) {
  case NODE_Module:
    return fold_body(f, &n->Module.body);
  case NODE_FunctionDef:
  case NODE_AsyncFunctionDef:
    return fold_function(f, n);
  case NODE_ClassDef:
    return fold_definition(f, n, &n->ClassDef.body);
  case NODE_AnnAssign:
    return fold_children(f, n, f->options->future_annotations ? &n->AnnAssign.annotation : NULL);
  case NODE_arg:
    return f->options->future_annotations ? 0 : fold_children(f, n, NULL);
  case NODE_For:
    if (fold_children(f, n, NULL) < 0)
      return -1;
    return fold_iterable(f, &n->For.iter);
  case NODE_comprehension:
    if (fold_children(f, n, NULL) < 0)
      return -1;
    return fold_iterable(f, &n->comprehension.iter);
  case NODE_Constant:
    return 0;
  default:
    if (fold_children(f, n, NULL) < 0)
      return -1;
    return tree_kinds[n->kind].sum == SUM_expr ? fold_expression(f, at) : 0;
  }
}

static int fold(struct folder *f, struct node **at) {
  unsigned sum = tree_kinds[(*at)->kind].sum;
  bool counts = sum == SUM_expr || sum == SUM_stmt || sum == SUM_pattern;
  if (counts && ++f->depth > f->options->depth_max)
    return scopes_too_deep();
  int result = fold_node(f, at);
  f->depth -= counts;
  return result;
}

int fold_tree(struct tree *tree, const struct fold_options *options) {
  struct folder f = {.tree = tree, .options = options, .name_debug = str_intern("__debug__")};
  if (!f.name_debug)
    return -1;
  drop(f.name_debug); /* interned strings are immortal */
  return fold(&f, &tree->root);
}
