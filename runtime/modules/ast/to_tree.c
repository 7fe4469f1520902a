/* From objects to the tree. Anything may come: objects are changed, subclassed and made by hand.
 * Attributes are asked for in CPython's order, with its words where something is amiss. */
#include "runtime/modules/ast/ast.h"
#include "runtime/object/attribute.h"
#include "runtime/object/bytes.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include <string.h>

struct maker {
  struct tree *tree;
  uint32_t depth; /* how many more levels there may be */
};

static int enter(struct maker *m, const char *what) {
  if (m->depth == 0) {
    error_format(ERROR_RECURSION, "maximum recursion depth exceeded while traversing '%s' node",
                 what);
    return -1;
  }
  m->depth--;
  return 0;
}
static void leave(struct maker *m) { m->depth++; }

static int missing(const char *field, const char *owner) {
  error_format(ERROR_TYPE, "required field \"%s\" missing from %s", field, owner);
  return -1;
}
static int unexpected(const char *what, struct object *o) {
  error_format(ERROR_TYPE, "expected some sort of %s, but got %R", what, o);
  return -1;
}

/* ---- Values of fields ---- */

static int to_int(struct object *o, int32_t *value) {
  int64_t wide;
  if (!is_any_int(o)) {
    error_format(ERROR_VALUE, "invalid integer value: %R", o);
    return -1;
  }
  if (!int_to_i64(o, &wide) || wide != (int32_t)wide) {
    error_set(ERROR_OVERFLOW, "Python int too large to convert to C int");
    return -1;
  }
  *value = (int32_t)wide;
  return 0;
}
/* NULL for None. */
static int to_ident(struct object *o, struct object **ident) {
  *ident = NULL;
  if (o == NONE)
    return 0;
  if (!is_str(o)) {
    error_set(ERROR_TYPE, "AST identifier must be of type str");
    return -1;
  }
  struct object *interned = str_intern_taking(hold(o));
  if (!interned)
    return -1;
  *ident = interned; /* immortal */
  drop(interned);
  return 0;
}
static int to_constant(struct maker *m, struct object *o, struct object **slot) {
  *slot = tree_keep_taking(m->tree, hold(o));
  return *slot ? 0 : -1;
}
static int to_text(struct maker *m, struct object *o, struct object **slot) {
  if (!is_str(o) && !is_bytes(o)) {
    error_set(ERROR_TYPE, "AST string must be of type str");
    return -1;
  }
  return to_constant(m, o, slot);
}
static int to_enum(struct object *o, unsigned type, uint8_t *value) {
  unsigned n = tree_enumerations[type].n;
  for (unsigned i = 0; i < n; i++)
    if (type_of(o) == ast_members[type][i]) {
      *value = (uint8_t)i;
      return 0;
    }
  for (unsigned i = 0; i < n; i++) {
    int is = object_is_instance_of(o, &ast_members[type][i]->head);
    if (is < 0)
      return -1;
    if (is) {
      *value = (uint8_t)i;
      return 0;
    }
  }
  return unexpected(tree_enumerations[type].name, o);
}

/* ---- Nodes ---- */

static int to_node(struct maker *m, struct object *o, enum node_sum sum, struct node **out);

static int to_item(struct maker *m, struct object *o, const struct tree_field *f, void *items,
                   size_t i) {
  if (f->form == FORM_IDENTS) {
    struct object **slot = (struct object **)items + i;
    if (to_ident(o, slot) < 0)
      return -1;
    if (!*slot) {
      error_set(ERROR_VALUE, "None disallowed in identifier list");
      return -1;
    }
    return 0;
  }
  if (f->form == FORM_ENUMS)
    return to_enum(o, f->type, (uint8_t *)items + i);
  return to_node(m, o, (enum node_sum)f->type, (struct node **)items + i);
}

static int to_list(struct maker *m, struct object *list, const struct tree_field *f,
                   const char *owner, void *at) {
  if (!is_any_list(list)) {
    error_format(ERROR_TYPE, "%s field \"%s\" must be a list, not a %N", owner, f->name, list);
    return -1;
  }
  size_t n = list_length(list), each = f->form == FORM_ENUMS ? 1 : sizeof(void *);
  if (n > UINT32_MAX / 16) {
    error_no_memory();
    return -1;
  }
  void *items = n ? tree_alloc(m->tree, n * each) : NULL;
  if (n && !items)
    return -1;
  for (size_t i = 0; i < n; i++) {
    struct object *o = hold(list_get_borrowed(list, i));
    int status = enter(m, owner);
    if (status == 0) {
      status = to_item(m, o, f, items, i);
      leave(m);
    }
    drop(o);
    if (status < 0)
      return -1;
    if (list_length(list) != n) {
      error_format(ERROR_RUNTIME, "%s field \"%s\" changed size during iteration", owner, f->name);
      return -1;
    }
  }
  /* The three kinds of lists have the same shape. */
  ((struct tree_nodes *)at)->items = items;
  ((struct tree_nodes *)at)->n = (uint32_t)n;
  return 0;
}

static int to_value(struct maker *m, struct object *o, const struct tree_field *f,
                    const char *owner, void *at) {
  switch ((enum tree_form)f->form) {
  case FORM_NODE:
  case FORM_NODE_OPT:
    return to_node(m, o, (enum node_sum)f->type, at);
  case FORM_IDENT:
  case FORM_IDENT_OPT:
    return to_ident(o, at);
  case FORM_OBJECT:
    return to_constant(m, o, at);
  case FORM_TEXT_OPT:
    return to_text(m, o, at);
  case FORM_INT:
    return to_int(o, at);
  case FORM_ENUM:
    return to_enum(o, f->type, at);
  default:
    return to_list(m, o, f, owner, at);
  }
}

static int to_field(struct maker *m, struct object *o, enum node_kind kind, unsigned i, void *at) {
  const struct tree_field *f = &tree_fields(kind)[i];
  const char *owner = tree_kinds[kind].name;
  struct object *value;
  if (attribute_find(o, ast_field_names[kind][i], &value) < 0)
    return -1;
  if (ast_is_optional(kind, f) && (!value || value == NONE)) {
    drop_null(value);
    return 0; /* the node is zeroed */
  }
  if (!value)
    return missing(f->name, owner);
  bool is_list = f->form == FORM_NODES || f->form == FORM_NODES_OPT || f->form == FORM_IDENTS ||
                 f->form == FORM_ENUMS;
  int status = is_list ? 0 : enter(m, owner);
  if (status == 0) {
    status = to_value(m, value, f, owner, at);
    if (!is_list)
      leave(m);
  }
  drop(value);
  return status;
}

/* The place of a node of a sum; what is left out of its end is taken from its beginning. */
static int to_places(struct maker *m, struct object *o, enum node_sum sum,
                     int32_t places[AST_PLACES_N]) {
  const char *owner = tree_sums[sum].name;
  for (int i = 0; i < AST_PLACES_N; i++) {
    struct object *value;
    if (attribute_find(o, ast_place_names[i], &value) < 0)
      return -1;
    if (i >= 2 && ast_may_lack_end(sum) && (!value || value == NONE)) {
      places[i] = places[i - 2];
      drop_null(value);
      continue;
    }
    if (!value)
      return missing((const char *)str_data(ast_place_names[i]), owner);
    int status = enter(m, owner);
    if (status == 0) {
      status = to_int(value, &places[i]);
      leave(m);
    }
    drop(value);
    if (status < 0)
      return -1;
  }
  return 0;
}

/* Which kind of a sum o is: 1; 0: none; -1. */
static int kind_of(struct object *o, enum node_sum sum, enum node_kind *kind) {
  for (int k = 0; k < NODE_KINDS_N; k++)
    if (type_of(o) == ast_classes[k] && tree_kinds[k].sum == sum) {
      *kind = (enum node_kind)k;
      return 1;
    }
  for (int k = 0; k < NODE_KINDS_N; k++)
    if (tree_kinds[k].sum == sum) {
      int is = object_is_instance_of(o, &ast_classes[k]->head);
      if (is != 0) {
        *kind = (enum node_kind)k;
        return is;
      }
    }
  return 0;
}

/* What a node can't do without, once its fields are read: a NULL was None. */
static int check_complete(const struct node *n) {
  for (const struct tree_field *f = tree_fields((enum node_kind)n->kind); f->name; f++) {
    bool is_needed = f->form == FORM_NODE || f->form == FORM_IDENT || f->form == FORM_OBJECT;
    if (is_needed && !*(void *const *)((const char *)n + f->offset)) {
      error_format(ERROR_VALUE, "field '%s' is required for %s", f->name, tree_kinds[n->kind].name);
      return -1;
    }
  }
  return 0;
}

static int to_node(struct maker *m, struct object *o, enum node_sum sum, struct node **out) {
  const char *name = tree_sums[sum].name;
  int32_t places[AST_PLACES_N] = {0};
  enum node_kind kind = NODE_Module;
  *out = NULL;
  while (tree_kinds[kind].sum != sum)
    kind++;
  bool is_alone = ast_sums[sum] == ast_classes[kind]; /* of those the class is not asked for */
  if (!is_alone) {
    if (o == NONE)
      return 0;
    if (tree_sums[sum].is_located && to_places(m, o, sum, places) < 0)
      return -1;
    int found = kind_of(o, sum, &kind);
    if (found <= 0)
      return found < 0 ? -1 : unexpected(name, o);
  }
  struct node *n = tree_node_new(m->tree, kind, 0, 0, 0, 0);
  if (!n)
    return -1;
  for (unsigned i = 0; i < tree_kinds[kind].fields_n; i++)
    if (to_field(m, o, kind, i, (char *)n + tree_fields(kind)[i].offset) < 0)
      return -1;
  if (is_alone && tree_sums[sum].is_located && to_places(m, o, sum, places) < 0)
    return -1;
  n->lineno = places[0];
  n->col_offset = places[1];
  n->end_lineno = places[2];
  n->end_col_offset = places[3];
  if (check_complete(n) < 0)
    return -1;
  *out = n;
  return 0;
}

int ast_to_tree(struct object *root, enum parse_mode mode, struct tree *tree) {
  static const enum node_kind wanted[] = {[PARSE_EXEC] = NODE_Module,
                                          [PARSE_EVAL] = NODE_Expression,
                                          [PARSE_SINGLE] = NODE_Interactive};
  if (ast_open() < 0)
    return -1;
  int is = object_is_instance_of(root, &ast_classes[wanted[mode]]->head);
  if (is <= 0) {
    if (is == 0)
      error_format(ERROR_TYPE, "expected %s node, got %s", tree_kinds[wanted[mode]].name,
                   type_short_name(type_of(root)));
    return -1;
  }
  if (tree_init(tree) < 0)
    return -1;
  struct maker m = {.tree = tree, .depth = ast_depth_limit() / 3};
  if (to_node(&m, root, SUM_mod, &tree->root) < 0 || ast_validate(tree->root) < 0) {
    tree_free(tree);
    return -1;
  }
  return 0;
}
