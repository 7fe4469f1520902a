/* The tree of a program: what the parser makes and the compiler reads.
 *
 * Its one idea: nodes.def says what there is; struct, constructor, walker and dump follow from it.
 * A node is reached by its kind:  n->kind == NODE_If  then  n->If.test,  n->If.body.items[i].
 *
 * Ownership. All nodes live in the arena of their tree, which comes in chunks from the heap's
 * buffers and goes as a whole in tree_free; single nodes are never freed, and may be shared.
 * Identifiers are interned strings, hence immortal. All other objects of a tree (constants) belong
 * to tree->objects, a list: the tree's nodes borrow them. Since chunks are not traced, a struct
 * tree must live on the C stack or have `objects` registered as a root. */
#pragma once
#include "runtime/object/object.h"

struct node;

struct tree_nodes { /* a field of any number of nodes */
  struct node **items;
  uint32_t n;
};
struct tree_idents {
  struct object **items;
  uint32_t n;
};
struct tree_enums {
  uint8_t *items;
  uint32_t n;
};

/* enum node_kind: NODE_Module, ... */
enum node_kind {
#define KIND(sum, name, fields) NODE_##name,
#include "runtime/compile/nodes.def"
  NODE_KINDS_N
};
/* enum node_sum: SUM_mod, SUM_stmt, ... */
enum node_sum {
#define SUM(name, located) SUM_##name,
#include "runtime/compile/nodes.def"
  NODE_SUMS_N
};
/* enum tree_operator: operator_Add, ...; enum tree_expr_context: expr_context_Load, ... */
#define MEMBER(type, name)         type##_##name,
#define ENUMERATION(type, members) enum tree_##type{members};
#include "runtime/compile/nodes.def"
#undef MEMBER
enum tree_enumeration {
#define ENUMERATION(type, members) ENUMERATION_##type,
#include "runtime/compile/nodes.def"
  ENUMERATIONS_N
};

/* Lines count from 1, columns are bytes of UTF-8 from 0. Nodes of a sum without a place have zeros.
 */
struct node {
  uint8_t kind;          /* enum node_kind */
  bool is_parenthesized; /* of an expression: it stood in parentheses of its own */
  int32_t lineno, col_offset, end_lineno, end_col_offset;
  union {
    char unused; /* kinds without fields */
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
  struct {                                                                                         \
    fields                                                                                         \
  } name;
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
  };
};

/* ---- The tree and its arena ---- */

struct tree_chunk;
struct tree {
  struct node *root;         /* of sum mod; NULL: none */
  struct object *objects;    /* list of all constants; owned */
  struct tree_chunk *chunks; /* the arena: the newest first */
  char *free, *end;          /* what is left of the newest chunk */
};

/* tree_init makes an empty tree (-1: no memory); tree_free releases it and everything in it, and is
 * harmless on one that is zeroed or freed. */
int tree_init(struct tree *tree);
void tree_free(struct tree *tree);
/* From the arena, aligned to 8 bytes, not zeroed. NULL with ERROR_MEMORY. */
void *tree_alloc(struct tree *tree, size_t bytes);
/* A node with all fields zero. */
struct node *tree_node_new(struct tree *tree, enum node_kind kind, int32_t lineno,
                           int32_t col_offset, int32_t end_lineno, int32_t end_col_offset);
/* Gives an object to the tree, which keeps it alive; takes the reference (on failure too; NULL is
 * passed through) and returns a borrowed one. */
struct object *tree_keep_taking(struct tree *tree, struct object *o);

/* ---- The table as data ---- */

enum tree_form { /* what a field holds; the macros of nodes.def */
                 FORM_NODE,
                 FORM_NODE_OPT,
                 FORM_NODES,
                 FORM_NODES_OPT,
                 FORM_IDENT,
                 FORM_IDENT_OPT,
                 FORM_IDENTS,
                 FORM_OBJECT,
                 FORM_TEXT_OPT,
                 FORM_INT,
                 FORM_ENUM,
                 FORM_ENUMS
};
struct tree_field {
  const char *name;
  uint8_t form;    /* enum tree_form */
  uint8_t type;    /* enum node_sum, or enum tree_enumeration for FORM_ENUM(S); otherwise 0 */
  uint16_t offset; /* from the start of struct node */
};
struct tree_kind {
  const char *name;
  uint8_t sum; /* enum node_sum */
  uint8_t fields_n;
  uint16_t bytes; /* of a node of this kind: it is allocated no larger */
};
struct tree_sum {
  const char *name;
  bool is_located;
};
struct tree_enumeration_facts {
  const char *name;
  uint8_t n;
  const char *const *members;
};
extern const struct tree_kind tree_kinds[NODE_KINDS_N];
extern const struct tree_sum tree_sums[NODE_SUMS_N];
const struct tree_field *tree_fields(enum node_kind kind); /* fields_n of them; NULL for none */
extern const struct tree_enumeration_facts tree_enumerations[ENUMERATIONS_N];

/* Calls visit for each child of n that is not NULL, in the order of fields; stops at and returns
 * the first result that is not 0. */
int tree_visit_children(struct node *n, int (*visit)(struct node *child, void *context),
                        void *context);
