/* The arena of a tree, and the table of nodes as data. */
#include "runtime/compile/tree.h"
#include "runtime/object/list.h"
#include <stddef.h>
#include <string.h>

/* ---- The table ---- */

/* Fields of a kind lie behind the head of struct node as they would in a struct of their own. */
enum { FIELDS_AT = offsetof(struct node, unused) };
_Static_assert(FIELDS_AT % 8 == 0, "the fields of a node begin at a multiple of 8");

#define NODE(sum, name)      struct node *name;
#define NODE_OPT(sum, name)  struct node *name;
#define NODES(sum, name)     struct tree_nodes name;
#define NODES_OPT(sum, name) struct tree_nodes name;
#define IDENT(name)          struct object *name;
#define IDENT_OPT(name)      struct object *name;
#define IDENTS(name)         struct tree_idents name;
#define OBJECT(name)         struct object *name;
#define TEXT_OPT(name)       struct object *name;
#define INT(name)            int32_t name;
#define ENUM(type, name)     uint8_t name;
#define ENUMS(type, name)    struct tree_enums name;
#define KIND(sum, name, fields)                                                                    \
  struct layout_##name {                                                                           \
    fields                                                                                         \
  };
#include "runtime/compile/nodes.def"
#undef NODE
#undef NODE_OPT
#undef NODES
#undef NODES_OPT
#undef IDENT
#undef IDENT_OPT
#undef IDENTS
#undef OBJECT
#undef TEXT_OPT
#undef INT
#undef ENUM
#undef ENUMS

#define FIELD(form_, type_, field)                                                                 \
  {.name = #field, .form = form_, .type = type_, .offset = FIELDS_AT + offsetof(here, field)},
#define NODE(sum_, name_)      FIELD(FORM_NODE, SUM_##sum_, name_)
#define NODE_OPT(sum_, name_)  FIELD(FORM_NODE_OPT, SUM_##sum_, name_)
#define NODES(sum_, name_)     FIELD(FORM_NODES, SUM_##sum_, name_)
#define NODES_OPT(sum_, name_) FIELD(FORM_NODES_OPT, SUM_##sum_, name_)
#define IDENT(name_)           FIELD(FORM_IDENT, 0, name_)
#define IDENT_OPT(name_)       FIELD(FORM_IDENT_OPT, 0, name_)
#define IDENTS(name_)          FIELD(FORM_IDENTS, 0, name_)
#define OBJECT(name_)          FIELD(FORM_OBJECT, 0, name_)
#define TEXT_OPT(name_)        FIELD(FORM_TEXT_OPT, 0, name_)
#define INT(name_)             FIELD(FORM_INT, 0, name_)
#define ENUM(type_, name_)     FIELD(FORM_ENUM, ENUMERATION_##type_, name_)
#define ENUMS(type_, name_)    FIELD(FORM_ENUMS, ENUMERATION_##type_, name_)
const struct tree_field *tree_fields(enum node_kind kind) {
  switch (kind) {
#define KIND(sum_, kind_, fields_)                                                                 \
  case NODE_##kind_: {                                                                             \
    typedef struct layout_##kind_ here __attribute__((unused));                                    \
    static const struct tree_field table[] = {fields_{.name = NULL}};                              \
    return table;                                                                                  \
  }
#include "runtime/compile/nodes.def"
  case NODE_KINDS_N:
    break;
  }
  return NULL;
}
#undef NODE
#undef NODE_OPT
#undef NODES
#undef NODES_OPT
#undef IDENT
#undef IDENT_OPT
#undef IDENTS
#undef OBJECT
#undef TEXT_OPT
#undef INT
#undef ENUM
#undef ENUMS

#define NODE(sum, name)      +1
#define NODE_OPT(sum, name)  +1
#define NODES(sum, name)     +1
#define NODES_OPT(sum, name) +1
#define IDENT(name)          +1
#define IDENT_OPT(name)      +1
#define IDENTS(name)         +1
#define OBJECT(name)         +1
#define TEXT_OPT(name)       +1
#define INT(name)            +1
#define ENUM(type, name)     +1
#define ENUMS(type, name)    +1
const struct tree_kind tree_kinds[NODE_KINDS_N] = {
#define KIND(sum_, name_, fields)                                                                  \
  [NODE_##name_] = {.name = #name_,                                                                \
                    .sum = SUM_##sum_,                                                             \
                    .fields_n = 0 fields,                                                          \
                    .bytes = FIELDS_AT + sizeof(struct layout_##name_)},
#include "runtime/compile/nodes.def"
};
#undef NODE
#undef NODE_OPT
#undef NODES
#undef NODES_OPT
#undef IDENT
#undef IDENT_OPT
#undef IDENTS
#undef OBJECT
#undef TEXT_OPT
#undef INT
#undef ENUM
#undef ENUMS

const struct tree_sum tree_sums[NODE_SUMS_N] = {
#define SUM(name_, located) [SUM_##name_] = {.name = #name_, .is_located = located},
#include "runtime/compile/nodes.def"
};

#define MEMBER(type, name)         #name,
#define ENUMERATION(type, members) static const char *const members_##type[] = {members};
#include "runtime/compile/nodes.def"
#undef MEMBER
const struct tree_enumeration_facts tree_enumerations[ENUMERATIONS_N] = {
#define ENUMERATION(type_, all)                                                                    \
  [ENUMERATION_##                                                                                  \
      type_] = {.name = #type_, .n = ARRAY_SIZE(members_##type_), .members = members_##type_},
#include "runtime/compile/nodes.def"
};

static int visit_nodes(const struct tree_nodes *nodes, int (*visit)(struct node *, void *),
                       void *context) {
  int result = 0;
  for (uint32_t i = 0; i < nodes->n && !result; i++)
    if (nodes->items[i])
      result = visit(nodes->items[i], context);
  return result;
}

int tree_visit_children(struct node *n, int (*visit)(struct node *child, void *context),
                        void *context) {
  const struct tree_field *field = tree_fields(n->kind);
  int result = 0;
  for (; field->name && !result; field++) {
    char *at = (char *)n + field->offset;
    if (field->form <= FORM_NODE_OPT) {
      struct node *child = *(struct node **)at;
      result = child ? visit(child, context) : 0;
    } else if (field->form <= FORM_NODES_OPT)
      result = visit_nodes((struct tree_nodes *)at, visit, context);
  }
  return result;
}

/* ---- The arena ---- */

/* Chunks grow with the tree: a small program should not pay for 64 KiB. */
struct tree_chunk {
  struct tree_chunk *older;
  size_t bytes; /* all of it */
};
enum { CHUNK_FIRST = 4 << 10, CHUNK_MOST = 256 << 10 };

static int add_chunk(struct tree *tree, size_t wanted) {
  size_t bytes = tree->chunks ? tree->chunks->bytes * 2 : CHUNK_FIRST;
  if (bytes > CHUNK_MOST)
    bytes = CHUNK_MOST;
  if (wanted > SIZE_MAX / 2)
    return error_no_memory(), -1;
  if (bytes < wanted + sizeof(struct tree_chunk))
    bytes = wanted + sizeof(struct tree_chunk);
  struct tree_chunk *chunk = gc_buffer_new(bytes);
  if (!chunk)
    return error_no_memory(), -1;
  *chunk = (struct tree_chunk){.older = tree->chunks, .bytes = bytes};
  tree->chunks = chunk;
  tree->free = (char *)(chunk + 1);
  tree->end = (char *)chunk + bytes;
  return 0;
}

int tree_init(struct tree *tree) {
  *tree = (struct tree){0};
  tree->objects = list_new(0);
  return tree->objects ? 0 : -1;
}

void tree_free(struct tree *tree) {
  for (struct tree_chunk *chunk = tree->chunks; chunk;) {
    struct tree_chunk *older = chunk->older;
    gc_buffer_free(chunk, chunk->bytes);
    chunk = older;
  }
  drop_null(tree->objects);
  *tree = (struct tree){0};
}

void *tree_alloc(struct tree *tree, size_t bytes) {
  bytes = align_up(bytes, 8);
  if (UNLIKELY((size_t)(tree->end - tree->free) < bytes) && add_chunk(tree, bytes) < 0)
    return NULL;
  void *result = tree->free;
  tree->free += bytes;
  return result;
}

struct node *tree_node_new(struct tree *tree, enum node_kind kind, int32_t lineno,
                           int32_t col_offset, int32_t end_lineno, int32_t end_col_offset) {
  size_t bytes = tree_kinds[kind].bytes;
  struct node *n = tree_alloc(tree, bytes);
  if (UNLIKELY(!n))
    return NULL;
  memset(n, 0, bytes);
  n->kind = (uint8_t)kind;
  n->lineno = lineno;
  n->col_offset = col_offset;
  n->end_lineno = end_lineno;
  n->end_col_offset = end_col_offset;
  return n;
}

struct object *tree_keep_taking(struct tree *tree, struct object *o) {
  if (!o)
    return NULL;
  int result = list_append(tree->objects, o);
  drop(o);
  return result < 0 ? NULL : o;
}
