/* From the tree to objects. */
#include "runtime/modules/ast/ast.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"

static struct object *from_node(const struct node *n, uint32_t depth);

static struct object *from_nodes(const struct tree_nodes *nodes, uint32_t depth) {
  struct object *list = list_new(nodes->n);
  for (uint32_t i = 0; list && i < nodes->n; i++) {
    struct object *each = from_node(nodes->items[i], depth);
    if (!each || list_append_taking(list, each) < 0) {
      drop(list);
      return NULL;
    }
  }
  return list;
}
static struct object *from_idents(const struct tree_idents *idents) {
  struct object *list = list_new(idents->n);
  for (uint32_t i = 0; list && i < idents->n; i++)
    if (list_append(list, idents->items[i]) < 0) {
      drop(list);
      return NULL;
    }
  return list;
}
static struct object *from_enums(const struct tree_enums *enums, unsigned type) {
  struct object *list = list_new(enums->n);
  for (uint32_t i = 0; list && i < enums->n; i++)
    if (list_append(list, ast_singletons[type][enums->items[i]]) < 0) {
      drop(list);
      return NULL;
    }
  return list;
}

static struct object *from_field(const struct node *n, const struct tree_field *f, uint32_t depth) {
  const void *at = (const char *)n + f->offset;
  switch ((enum tree_form)f->form) {
  case FORM_NODE:
  case FORM_NODE_OPT:
    return from_node(*(struct node *const *)at, depth);
  case FORM_NODES:
  case FORM_NODES_OPT:
    return from_nodes(at, depth);
  case FORM_IDENT:
  case FORM_IDENT_OPT:
  case FORM_OBJECT:
  case FORM_TEXT_OPT: {
    struct object *o = *(struct object *const *)at;
    return hold(o ? o : NONE);
  }
  case FORM_IDENTS:
    return from_idents(at);
  case FORM_INT:
    return int_from_i64(*(const int32_t *)at);
  case FORM_ENUM:
    return hold(ast_singletons[f->type][*(const uint8_t *)at]);
  case FORM_ENUMS:
    return from_enums(at, f->type);
  }
  __builtin_unreachable();
}

static int set_taking(struct object *dict, struct object *name, struct object *value) {
  int status = value ? dict_set(dict, name, value) : -1;
  drop_null(value);
  return status;
}

/* depth: how many more levels there may be. NULL is None. */
static struct object *from_node(const struct node *n, uint32_t depth) {
  if (!n)
    return hold(NONE);
  if (!depth)
    return error_format(ERROR_RECURSION,
                        "maximum recursion depth exceeded during ast construction");
  const struct tree_kind *kind = &tree_kinds[n->kind];
  const struct tree_field *fields = tree_fields((enum node_kind)n->kind);
  bool is_located = tree_sums[kind->sum].is_located;
  struct object *o = type_generic_alloc(ast_classes[n->kind]);
  struct object *dict = o ? dict_new_sized(kind->fields_n + (is_located ? AST_PLACES_N : 0)) : NULL;
  if (!dict) {
    drop_null(o);
    return NULL;
  }
  store_first(o, &((struct ast_object *)o)->dict, dict);
  for (unsigned i = 0; i < kind->fields_n; i++)
    if (set_taking(dict, ast_field_names[n->kind][i], from_field(n, &fields[i], depth - 1)) < 0)
      goto failed;
  if (is_located) {
    const int32_t places[AST_PLACES_N] = {n->lineno, n->col_offset, n->end_lineno,
                                          n->end_col_offset};
    for (int i = 0; i < AST_PLACES_N; i++)
      if (set_taking(dict, ast_place_names[i], int_from_i64(places[i])) < 0)
        goto failed;
  }
  return o;
failed:
  drop(o);
  return NULL;
}

struct object *ast_from_tree(const struct tree *tree) {
  return ast_open() < 0 ? NULL : from_node(tree->root, ast_depth_limit());
}
