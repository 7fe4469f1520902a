/* The entry: future statements, folding, scopes, and the unit of the module. */
#include "runtime/compile/compile.h"
#include "runtime/compile/fold.h"
#include "runtime/compile/unit.h"
#include "runtime/object/root.h"
#include "runtime/object/str.h"

static bool take_names(struct compiler *c) {
  const struct {
    struct object **name;
    const char *text;
  } names[] = {{&c->name_doc, "__doc__"},
               {&c->name_module, "__module__"},
               {&c->name_qualname, "__qualname__"},
               {&c->name_name, "__name__"},
               {&c->name_class, "__class__"},
               {&c->name_classcell, "__classcell__"},
               {&c->name_annotations, "__annotations__"},
               {&c->name_debug, "__debug__"},
               {&c->name_return, "return"},
               {&c->name_join, "join"},
               {&c->name_empty, ""}};
  for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
    struct object *name = str_intern(names[i].text);
    if (!name)
      return false;
    drop(name); /* interned strings are immortal */
    *names[i].name = name;
  }
  return true;
}

static struct object *compile_module(struct compiler *c, const struct node *root) {
  struct object *name = str_intern("<module>");
  if (!name)
    return NULL;
  drop(name);
  unit_enter(c, name, UNIT_MODULE, root, 1);
  if (!c->unit)
    return NULL;
  if (root->kind == NODE_Expression)
    expressions_compile(c, root->Expression.body);
  else if (root->kind == NODE_Interactive) {
    c->is_interactive = true;
    statements_compile_interactive(c, &root->Interactive.body);
  } else
    statements_compile_body(c, &root->Module.body);
  return unit_leave(c, root->kind != NODE_Expression);
}

static struct object *compile(struct compiler *c, struct tree *tree) {
  uint32_t depth_max = c->options->depth_max ? c->options->depth_max : COMPILE_DEPTH_MAX;
  if (future_read(&c->future, tree->root, c->error) < 0)
    return NULL;
  c->flags = c->options->flags | c->future.features;
  bool future_annotations = (c->flags & CODE_FUTURE_ANNOTATIONS) != 0;
  struct fold_options fold = {c->options->optimize, future_annotations, depth_max};
  if (!take_names(c) || fold_tree(tree, &fold) < 0 ||
      scopes_build(&c->scopes, &c->arena, tree->root, future_annotations, depth_max, c->error) < 0)
    return NULL;
  return compile_module(c, tree->root);
}

struct object *compile_tree(struct tree *tree, const struct compile_options *options,
                            struct syntax_error *error) {
  struct compiler c = {.options = options, .error = error};
  *error = (struct syntax_error){0};
  if (tree_init(&c.arena) < 0)
    return NULL;
  c.flows.arena = &c.arena;
  struct object *roots[] = {c.arena.objects, tree->objects};
  root_push(roots, ARRAY_SIZE(roots));
  struct object *code = compile(&c, tree);
  if (code)
    hold(code);
  root_pop(roots);
  tree_free(&c.arena);
  return code;
}

struct object *compile_source(const char *bytes, size_t n, const struct parse_options *parse,
                              const struct compile_options *options, struct syntax_error *error) {
  struct tree tree = {0};
  if (parse_source(bytes, n, parse, &tree, error) < 0)
    return NULL;
  struct object *code = compile_tree(&tree, options, error);
  tree_free(&tree);
  return code;
}
