/* The module _ast. */
#include "runtime/modules/module.h"
#include "runtime/modules/ast/ast.h"
#include "runtime/modules/builtins/builtins.h"

static int add(struct object *module, struct type *t) {
  return module_add(module, type_short_name(t), &t->head);
}

int module_ast_fill(struct object *module) {
  if (ast_open() < 0 || add(module, &ast_type) < 0 ||
      module_add_int(module, "PyCF_ONLY_AST", COMPILE_ONLY_AST) < 0 ||
      module_add_int(module, "PyCF_TYPE_COMMENTS", COMPILE_TYPE_COMMENTS) < 0 ||
      module_add_int(module, "PyCF_ALLOW_TOP_LEVEL_AWAIT", COMPILE_TOP_LEVEL_AWAIT) < 0)
    return -1;
  for (int sum = 0; sum < NODE_SUMS_N; sum++)
    if (add(module, ast_sums[sum]) < 0)
      return -1;
  for (int kind = 0; kind < NODE_KINDS_N; kind++)
    if (add(module, ast_classes[kind]) < 0)
      return -1;
  for (int e = 0; e < ENUMERATIONS_N; e++) {
    if (add(module, ast_enumerations[e]) < 0)
      return -1;
    for (unsigned i = 0; i < tree_enumerations[e].n; i++)
      if (add(module, ast_members[e][i]) < 0)
        return -1;
  }
  return 0;
}
