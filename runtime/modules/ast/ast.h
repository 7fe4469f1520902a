/* The module _ast: the tree of the compiler as Python objects, and back.
 *
 * Classes, their fields and the conversions all follow from runtime/compile/nodes.def. Objects of
 * the classes are plain: their fields are attributes in a dict. */
#pragma once
#include "runtime/compile/parse.h"
#include "runtime/object/type.h"

/* For compile(): whether o is an object of one of the classes. */
bool ast_is_node(struct object *o);
/* The root of a tree as an object. NULL with the error (ERROR_RECURSION: too deep). */
struct object *ast_from_tree(const struct tree *tree);
/* Fills in a tree from the object of a mode's root class (ast.Module for PARSE_EXEC, ...), checked
 * as CPython checks it. -1 with the error; else the tree is the caller's to free. Runs foreign
 * code: attributes may be properties. */
int ast_to_tree(struct object *root, enum parse_mode mode, struct tree *tree);

/* ---- Among the files of the module ---- */

struct ast_object {
  struct object head;
  struct object *dict; /* NULL: none yet */
};
extern struct type ast_type; /* ast.AST */

/* The classes; borrowed from the module's root. */
extern struct type *ast_classes[NODE_KINDS_N], *ast_sums[NODE_SUMS_N],
    *ast_enumerations[ENUMERATIONS_N];
enum { AST_MEMBERS_MAX = 13 };
extern struct type *ast_members[ENUMERATIONS_N][AST_MEMBERS_MAX];
extern struct object *ast_singletons[ENUMERATIONS_N][AST_MEMBERS_MAX];
/* Names of the places of a node, interned: lineno, col_offset, end_lineno, end_col_offset. */
enum { AST_PLACES_N = 4 };
extern struct object *ast_place_names[AST_PLACES_N];
/* Interned names of the fields of a kind, in the order of tree_fields. */
extern struct object **ast_field_names[NODE_KINDS_N];
/* Makes them all, if that is still to be done. */
int ast_open(void);
/* Whether an INT or TEXT field may be left out: the table of nodes does not say. */
bool ast_is_optional(enum node_kind kind, const struct tree_field *field);
/* Whether nodes of a sum may do without the place of their end: all but patterns. */
static inline bool ast_may_lack_end(enum node_sum sum) { return sum != SUM_pattern; }

/* How deep trees may be when objects are made of them, and when they are checked, in C: thrice what
 * Python code may be. Making trees of objects goes a third as deep. */
uint32_t ast_depth_limit(void);
/* validate.c: 0, or -1 with the error. */
int ast_validate(const struct node *root);
