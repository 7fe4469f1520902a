/* The classes of the module: AST, a class for each sum and each kind, one for each enumeration and
 * each of its members. Made once, at the first use. */
#include "runtime/modules/ast/ast.h"
#include "runtime/modules/module.h"
#include "runtime/object/attribute.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/instance.h"
#include "runtime/object/list.h"
#include "runtime/object/model.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/str_builder.h"
#include "runtime/object/tuple.h"
#include "runtime/object/type_internal.h"
#include "runtime/vm/vm.h"
#include <stddef.h>
#include <string.h>

struct type *ast_classes[NODE_KINDS_N], *ast_sums[NODE_SUMS_N], *ast_enumerations[ENUMERATIONS_N];
struct type *ast_members[ENUMERATIONS_N][AST_MEMBERS_MAX];
struct object *ast_singletons[ENUMERATIONS_N][AST_MEMBERS_MAX];
struct object *ast_place_names[AST_PLACES_N];
struct object **ast_field_names[NODE_KINDS_N];

static struct object *held; /* list: all of the above; NULL: not made yet */
static const char *const places[AST_PLACES_N] = {"lineno", "col_offset", "end_lineno",
                                                 "end_col_offset"};

/* ---- AST ---- */

static struct object *new_slot(struct type *t, struct object *const *args, size_t n,
                               struct object *kwnames) {
  return type_generic_alloc(t);
}

/* An attribute of the class; NULL without an error: there is none. */
static int class_attribute(struct object *o, const char *name, struct object **value) {
  *value = NULL;
  struct object *key = str_intern(name);
  return key ? attribute_find(&type_of(o)->head, key, value) : -1;
}

static int too_many(struct object *o, int64_t fields_n) {
  error_format(ERROR_TYPE, "%s constructor takes at most %lld positional argument%s",
               type_short_name(type_of(o)), (long long)fields_n, fields_n == 1 ? "" : "s");
  return -1;
}

/* One keyword: it must not name a field that was given by position. */
static int init_by_name(struct object *o, struct object *fields, size_t n, struct object *name,
                        struct object *value) {
  int64_t fields_n = fields ? object_length(fields) : 0;
  if (fields_n < 0)
    return -1;
  for (int64_t i = 0; i < fields_n && (size_t)i < n; i++) {
    struct object *each = sequence_get_item(fields, i);
    int same = each ? object_equal(each, name) : -1;
    drop_null(each);
    if (same < 0)
      return -1;
    if (same) {
      error_format(ERROR_TYPE, "%s got multiple values for argument '%U'",
                   type_short_name(type_of(o)), name);
      return -1;
    }
  }
  return attribute_set(o, name, value);
}

static int init_slot(struct object *o, struct object *const *args, size_t n,
                     struct object *kwnames) {
  struct object *fields;
  if (class_attribute(o, "_fields", &fields) < 0)
    return -1;
  int64_t fields_n = fields ? object_length(fields) : 0;
  int status = fields_n < 0 ? -1 : (size_t)fields_n < n ? too_many(o, fields_n) : 0;
  for (size_t i = 0; status == 0 && i < n; i++) {
    struct object *name = sequence_get_item(fields, (int64_t)i);
    status = name ? attribute_set(o, name, args[i]) : -1;
    drop_null(name);
  }
  for (size_t i = 0; status == 0 && kwnames && i < tuple_length(kwnames); i++)
    status = init_by_name(o, fields, n, tuple_get_borrowed(kwnames, i), args[n + i]);
  drop_null(fields);
  return status;
}

static struct object *reduce(struct object *o) {
  struct object *dict, *none = tuple_new(0), *result = NULL;
  if (!none)
    return NULL;
  if (attribute_find(o, NAME(dict), &dict) >= 0)
    result = dict ? tuple_pack(3, &type_of(o)->head, none, dict)
                  : tuple_pack(2, &type_of(o)->head, none);
  drop_null(dict);
  drop(none);
  return result;
}

static struct object *get_dict(struct object *o, void *closure) {
  struct object *dict = instance_dict_borrowed(o);
  return dict ? hold(dict) : NULL;
}
static int set_dict(struct object *o, struct object *value, void *closure) {
  if (value && !is_any_dict(value)) {
    error_format(ERROR_TYPE, "__dict__ must be set to a dictionary, not a '%N'", value);
    return -1;
  }
  return instance_set_dict(o, value);
}

static const struct method_def methods[] = {METHOD_NOARGS_("__reduce__", reduce, NULL), {NULL}};
static const struct getset_def getsets[] = {{"__dict__", get_dict, set_dict, NULL, NULL}, {NULL}};

struct type ast_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_FIXED,
              .flags = GC_CONTAINER | GC_PLAIN,
              .refs_offset = offsetof(struct ast_object, dict),
              .refs_n = 1,
              .basic_bytes = sizeof(struct ast_object)},
    .name = "ast.AST",
    .flags = TYPE_BASE,
    .dict_offset = offsetof(struct ast_object, dict),
    .new_ = new_slot,
    .init = init_slot,
    .methods = methods,
    .getsets = getsets,
    .base = &object_type,
};

/* ---- What the classes say about themselves ---- */

bool ast_is_optional(enum node_kind kind, const struct tree_field *field) {
  switch (field->form) {
  case FORM_NODE_OPT:
  case FORM_IDENT_OPT:
    return true;
  case FORM_TEXT_OPT:
    return kind != NODE_TypeIgnore;
  case FORM_INT:
    return kind == NODE_ImportFrom;
  default:
    return false;
  }
}

static void add_text(struct str_builder *b, const char *text) {
  str_builder_add_ascii(b, text, strlen(text));
}

/* "Return(expr? value)" */
static void add_signature(struct str_builder *b, enum node_kind kind) {
  add_text(b, tree_kinds[kind].name);
  if (tree_kinds[kind].fields_n)
    add_text(b, "(");
  for (const struct tree_field *f = tree_fields(kind); f->name; f++) {
    const char *type = f->form <= FORM_NODES_OPT  ? tree_sums[f->type].name
                       : f->form <= FORM_IDENTS   ? "identifier"
                       : f->form == FORM_OBJECT   ? "constant"
                       : f->form == FORM_TEXT_OPT ? "string"
                       : f->form == FORM_INT      ? "int"
                                                  : tree_enumerations[f->type].name;
    bool many = f->form == FORM_NODES || f->form == FORM_NODES_OPT || f->form == FORM_IDENTS ||
                f->form == FORM_ENUMS;
    if (f != tree_fields(kind))
      add_text(b, ", ");
    add_text(b, type);
    add_text(b, many ? "* " : ast_is_optional(kind, f) ? "? " : " ");
    add_text(b, f->name);
  }
  if (tree_kinds[kind].fields_n)
    add_text(b, ")");
}
static struct object *kind_doc(enum node_kind kind) {
  struct str_builder b = STR_BUILDER_EMPTY;
  add_signature(&b, kind);
  return str_builder_finish(&b);
}
/* "mod = Module(...)" and below it the others. */
static struct object *sum_doc(enum node_sum sum) {
  struct str_builder b = STR_BUILDER_EMPTY;
  const char *before = " = ";
  add_text(&b, tree_sums[sum].name);
  for (int kind = 0; kind < NODE_KINDS_N; kind++)
    if (tree_kinds[kind].sum == sum) {
      if (*before == '\n') {
        add_text(&b, "\n ");
        str_builder_add_grow(&b, ' ', strlen(tree_sums[sum].name));
        add_text(&b, "| ");
      } else {
        add_text(&b, before);
      }
      add_signature(&b, (enum node_kind)kind);
      before = "\n";
    }
  return str_builder_finish(&b);
}
static struct object *enumeration_doc(enum tree_enumeration e) {
  struct str_builder b = STR_BUILDER_EMPTY;
  add_text(&b, tree_enumerations[e].name);
  for (unsigned i = 0; i < tree_enumerations[e].n; i++) {
    add_text(&b, i ? " | " : " = ");
    add_text(&b, tree_enumerations[e].members[i]);
  }
  return str_builder_finish(&b);
}

/* ---- Making them ---- */

static int set_name(struct object *dict, const char *name, struct object *value) {
  struct object *key = str_intern(name);
  return key && value ? dict_set(dict, key, value) : -1;
}
static struct object *keep_taking(struct object *o) {
  if (!o || list_append_taking(held, o) < 0)
    return NULL;
  return o;
}

/* Takes fields and doc; attributes (may be NULL) is borrowed. */
static struct type *make(const char *name, struct type *base, struct object *fields,
                         struct object *doc, struct object *attributes,
                         int (*add)(struct object *namespace, int kind), int kind) {
  struct object *namespace = dict_new(), *text = str_intern(name), *ast = str_intern("ast");
  struct object *bases = tuple_pack(1, &base->head), *cls = NULL;
  if (namespace && text && ast && bases && fields && doc &&
      set_name(namespace, "_fields", fields) == 0 &&
      set_name(namespace, "__match_args__", fields) == 0 &&
      dict_set(namespace, NAME(module), ast) == 0 && dict_set(namespace, NAME(doc), doc) == 0 &&
      (!attributes || set_name(namespace, "_attributes", attributes) == 0) &&
      (!add || add(namespace, kind) == 0))
    cls = type_make(&type_type, text, bases, namespace, NULL, NULL);
  drop_null(bases);
  drop_null(namespace);
  drop_null(fields);
  drop_null(doc);
  return (struct type *)keep_taking(cls);
}

static struct object *field_names(enum node_kind kind) {
  size_t n = tree_kinds[kind].fields_n;
  struct object *tuple = tuple_new(n);
  for (size_t i = 0; tuple && i < n; i++)
    tuple_init_taking(tuple, i, hold(ast_field_names[kind][i]));
  return tuple;
}
static int add_places(struct object *namespace, int sum) {
  if (!tree_sums[sum].is_located || !ast_may_lack_end((enum node_sum)sum))
    return 0;
  return dict_set(namespace, ast_place_names[2], NONE) < 0 ||
                 dict_set(namespace, ast_place_names[3], NONE) < 0
             ? -1
             : 0;
}
static int add_defaults(struct object *namespace, int kind) {
  const struct tree_field *fields = tree_fields((enum node_kind)kind);
  for (unsigned i = 0; i < tree_kinds[kind].fields_n; i++)
    if (ast_is_optional((enum node_kind)kind, &fields[i]) &&
        dict_set(namespace, ast_field_names[kind][i], NONE) < 0)
      return -1;
  return 0;
}
static int add_both(struct object *namespace, int kind) {
  return add_defaults(namespace, kind) < 0 ? -1 : add_places(namespace, tree_kinds[kind].sum);
}

static int make_names(void) {
  static struct object *names[NODE_KINDS_N * 8]; /* interned: they live as long as the runtime */
  struct object **next = names;
  for (int i = 0; i < AST_PLACES_N; i++)
    if (!(ast_place_names[i] = str_intern(places[i])))
      return -1;
  for (int kind = 0; kind < NODE_KINDS_N; kind++) {
    ast_field_names[kind] = next;
    for (const struct tree_field *f = tree_fields((enum node_kind)kind); f->name; f++)
      if (!(*next++ = str_intern(f->name)))
        return -1;
  }
  return 0;
}

static int make_sum(enum node_sum sum, struct object *places_tuple, struct object *no_places) {
  struct object *attributes = tree_sums[sum].is_located ? places_tuple : no_places;
  int first = 0;
  while (tree_kinds[first].sum != sum)
    first++;
  if (!strcmp(tree_kinds[first].name, tree_sums[sum].name)) { /* a family of one */
    enum node_kind kind = (enum node_kind)first;
    ast_sums[sum] = ast_classes[kind] = make(tree_sums[sum].name, &ast_type, field_names(kind),
                                             kind_doc(kind), attributes, add_both, first);
    return ast_sums[sum] ? 0 : -1;
  }
  ast_sums[sum] = make(tree_sums[sum].name, &ast_type, tuple_new(0), sum_doc(sum), attributes,
                       add_places, (int)sum);
  if (!ast_sums[sum])
    return -1;
  for (int kind = first; kind < NODE_KINDS_N; kind++)
    if (tree_kinds[kind].sum == sum &&
        !(ast_classes[kind] =
              make(tree_kinds[kind].name, ast_sums[sum], field_names((enum node_kind)kind),
                   kind_doc((enum node_kind)kind), NULL, add_defaults, kind)))
      return -1;
  return 0;
}

static int make_enumeration(enum tree_enumeration e, struct object *no_places) {
  const struct tree_enumeration_facts *facts = &tree_enumerations[e];
  ast_enumerations[e] =
      make(facts->name, &ast_type, tuple_new(0), enumeration_doc(e), no_places, NULL, 0);
  if (!ast_enumerations[e])
    return -1;
  for (unsigned i = 0; i < facts->n; i++) {
    const char *name = facts->members[i];
    struct type *t =
        make(name, ast_enumerations[e], tuple_new(0), str_from_ascii(name), NULL, NULL, 0);
    ast_members[e][i] = t;
    if (!t || !(ast_singletons[e][i] = keep_taking(type_generic_alloc(t))))
      return -1;
  }
  return 0;
}

static int make_all(void) {
  if (type_ready(&ast_type) < 0 || make_names() < 0)
    return -1;
  struct object *nothing = tuple_new(0);
  struct object *four = tuple_from(ast_place_names, AST_PLACES_N);
  struct object *object = &ast_type.head;
  int status = nothing && four ? 0 : -1;
  static const char *const names[] = {"_fields", "__match_args__", "_attributes"};
  for (size_t i = 0; status == 0 && i < ARRAY_SIZE(names); i++) {
    struct object *key = str_intern(names[i]);
    status = key ? type_set_attribute((struct type *)object, key, nothing) : -1;
  }
  for (int sum = 0; status == 0 && sum < NODE_SUMS_N; sum++) {
    status = make_sum((enum node_sum)sum, four, nothing);
    if (sum == SUM_expr)
      for (int e = 0; status == 0 && e < ENUMERATIONS_N; e++)
        status = make_enumeration((enum tree_enumeration)e, nothing);
  }
  drop_null(nothing);
  drop_null(four);
  return status;
}

int ast_open(void) {
  if (held)
    return 0;
  if (module_root(&held) < 0 || !(held = list_new(0)))
    return -1;
  if (make_all() == 0)
    return 0;
  struct object *partly = held;
  held = NULL;
  drop(partly);
  return -1;
}

bool ast_is_node(struct object *o) { return held && object_is_instance(o, &ast_type); }

uint32_t ast_depth_limit(void) {
  enum { MOST = 12000 }; /* of frames in C */
  uint32_t used = vm_depth(), room = vm_recursion_limit > used ? vm_recursion_limit - used : 1;
  return room < MOST / 3 ? room * 3 : MOST;
}
