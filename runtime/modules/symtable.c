/* The module _symtable: the compiler's scopes (runtime/compile/scopes.h) as objects, one for each
 * block of a program. */
#include "runtime/bytecode/code.h"
#include "runtime/compile/future.h"
#include "runtime/compile/scopes.h"
#include "runtime/modules/ast/ast.h"
#include "runtime/modules/builtins/builtins.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/root.h"
#include "runtime/object/str.h"
#include <stddef.h>
#include <string.h>

struct entry {
  struct object head;
  struct object *id, *name, *symbols, *varnames, *children;
  int32_t nested, type, lineno;
};

static struct object *repr(struct object *o) {
  struct entry *e = (struct entry *)o;
  return str_format("<symtable entry %U(%R), line %d>", e->name, e->id, e->lineno);
}
static const struct member_def members[] = {
    {"id", MEMBER_OBJECT, MEMBER_READONLY, offsetof(struct entry, id), NULL},
    {"name", MEMBER_OBJECT, MEMBER_READONLY, offsetof(struct entry, name), NULL},
    {"symbols", MEMBER_OBJECT, MEMBER_READONLY, offsetof(struct entry, symbols), NULL},
    {"varnames", MEMBER_OBJECT, MEMBER_READONLY, offsetof(struct entry, varnames), NULL},
    {"children", MEMBER_OBJECT, MEMBER_READONLY, offsetof(struct entry, children), NULL},
    {"nested", MEMBER_INT32, MEMBER_READONLY, offsetof(struct entry, nested), NULL},
    {"type", MEMBER_INT32, MEMBER_READONLY, offsetof(struct entry, type), NULL},
    {"lineno", MEMBER_INT32, MEMBER_READONLY, offsetof(struct entry, lineno), NULL},
    {NULL}};
static struct type entry_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_FIXED,
              .flags = GC_CONTAINER | GC_PLAIN,
              .refs_offset = offsetof(struct entry, id),
              .refs_n = 5,
              .basic_bytes = sizeof(struct entry)},
    .name = "symtable entry",
    .flags = TYPE_NO_INSTANCE,
    .repr = repr,
    .members = members,
    .base = &object_type,
};

/* ---- From scopes ---- */

static struct object *name_of(const struct scope *scope) {
  static const char *const comprehensions[] = {[COMPREHENSION_LIST] = "listcomp",
                                               [COMPREHENSION_DICT] = "dictcomp",
                                               [COMPREHENSION_SET] = "setcomp",
                                               [COMPREHENSION_GENERATOR] = "genexpr"};
  const struct node *n = scope->opener;
  switch (n->kind) {
  case NODE_FunctionDef:
  case NODE_AsyncFunctionDef:
    return hold(n->FunctionDef.name);
  case NODE_ClassDef:
    return hold(n->ClassDef.name);
  case NODE_Lambda:
    return str_from_ascii("lambda");
  default:
    return str_from_ascii(scope->comprehension ? comprehensions[scope->comprehension] : "top");
  }
}

static struct object *symbols_of(const struct scope *scope) {
  struct object *dict = dict_new();
  for (uint32_t i = 0; dict && i < scope->symbols.n; i++) {
    struct object *value = int_from_i64(scope->symbols.items[i].value);
    int status = value ? dict_set(dict, scope->symbols.items[i].key, value) : -1;
    drop_null(value);
    if (status < 0) {
      drop(dict);
      return NULL;
    }
  }
  return dict;
}
static struct object *parameters_of(const struct scope *scope) {
  struct object *list = list_new(0);
  for (uint32_t i = 0; list && i < scope->parameters.n; i++)
    if (list_append(list, scope->parameters.items[i].key) < 0) {
      drop(list);
      return NULL;
    }
  return list;
}

static struct object *entry_new(const struct scope *scope);

static struct object *children_of(const struct scope *scope) {
  struct object *list = list_new(0);
  for (const struct scope *each = scope->first; list && each; each = each->sibling) {
    struct object *entry = entry_new(each);
    if (!entry || list_append_taking(list, entry) < 0) {
      drop(list);
      return NULL;
    }
  }
  return list;
}

/* As deep as scopes are nested, which scopes_build has bounded. */
static struct object *entry_new(const struct scope *scope) {
  static const int32_t types[] = {[SCOPE_FUNCTION] = 0, [SCOPE_CLASS] = 1, [SCOPE_MODULE] = 2};
  struct object *o = type_generic_alloc(&entry_type);
  if (!o)
    return NULL;
  struct entry *e = (struct entry *)o;
  e->nested = scope->is_nested;
  e->type = types[scope->kind];
  e->lineno = scope->opener->lineno;
  store_first(o, &e->id, int_from_u64((uint64_t)(uintptr_t)scope->opener));
  store_first(o, &e->name, name_of(scope));
  store_first(o, &e->symbols, symbols_of(scope));
  store_first(o, &e->varnames, parameters_of(scope));
  store_first(o, &e->children, children_of(scope));
  if (e->id && e->name && e->symbols && e->varnames && e->children)
    return o;
  drop(o);
  return NULL;
}

static struct object *from_tree(struct tree *tree, struct syntax_error *error) {
  struct scopes scopes = {0};
  struct tree arena = {0};
  struct future future;
  struct object *entry = NULL;
  if (tree_init(&arena) < 0)
    return NULL;
  root_push(&arena.objects, 1);
  if (future_read(&future, tree->root, error) == 0 &&
      scopes_build(&scopes, &arena, tree->root, future.features & CODE_FUTURE_ANNOTATIONS,
                   ast_depth_limit(), error) == 0)
    entry = entry_new(scopes.module);
  root_pop(&arena.objects);
  tree_free(&arena);
  return entry;
}

static bool is_mode(struct object *text, const char *ascii) {
  size_t n = strlen(ascii);
  return str_length(text) == n && str_is_ascii(text) && !memcmp(str_data(text), ascii, n);
}

static struct object *symtable(struct object *module, struct object *const *args, size_t n) {
  static const char *const modes[] = {
      [PARSE_EXEC] = "exec", [PARSE_EVAL] = "eval", [PARSE_SINGLE] = "single"};
  if (args_check_count("symtable", n, 3, 3) < 0)
    return NULL;
  struct object *filename = builtins_read_filename(args[1]), *entry = NULL;
  if (!filename)
    return NULL;
  if (!is_any_str(args[2])) {
    drop(filename);
    return args_wrong_type("symtable", "argument 3", "str", args[2]);
  }
  struct builtins_source source;
  struct syntax_error error = {0};
  struct tree tree = {0};
  unsigned flags = 0;
  int mode = (int)ARRAY_SIZE(modes);
  if (builtins_source_open(&source, args[0], "symtable", "string or bytes", &flags) < 0) {
    drop(filename);
    return NULL;
  }
  while (mode-- > 0 && !is_mode(args[2], modes[mode]))
    ;
  if (mode < 0) {
    error_set(ERROR_VALUE, "symtable() arg 3 must be 'exec' or 'eval' or 'single'");
  } else if (builtins_parse(source.bytes, source.n, filename, (enum parse_mode)mode, flags, 0,
                            &tree, &error) == 0) {
    root_push(&tree.objects, 1);
    entry = from_tree(&tree, &error);
    root_pop(&tree.objects);
    tree_free(&tree);
  }
  if (!entry)
    builtins_raise_syntax_error(&error, filename);
  builtins_source_close(&source);
  drop(filename);
  return entry;
}

static const struct method_def functions[] = {
    METHOD_FAST_("symtable", symtable,
                 "($module, source, filename, startstr, /)\n--\n\n"
                 "Return symbol and scope dictionaries used internally by compiler."),
    {NULL}};

int module_symtable_fill(struct object *module) {
  static const struct module_int constants[] = {{"USE", SCOPE_USE},
                                                {"DEF_GLOBAL", SCOPE_GLOBAL},
                                                {"DEF_NONLOCAL", SCOPE_NONLOCAL},
                                                {"DEF_LOCAL", SCOPE_LOCAL},
                                                {"DEF_PARAM", SCOPE_PARAM},
                                                {"DEF_FREE", 1 << 5},
                                                {"DEF_FREE_CLASS", SCOPE_FREE_CLASS},
                                                {"DEF_IMPORT", SCOPE_IMPORT},
                                                {"DEF_BOUND", SCOPE_BOUND},
                                                {"DEF_ANNOT", SCOPE_ANNOTATED},
                                                {"TYPE_FUNCTION", 0},
                                                {"TYPE_CLASS", 1},
                                                {"TYPE_MODULE", 2},
                                                {"LOCAL", VARIABLE_LOCAL},
                                                {"GLOBAL_EXPLICIT", VARIABLE_GLOBAL_EXPLICIT},
                                                {"GLOBAL_IMPLICIT", VARIABLE_GLOBAL_IMPLICIT},
                                                {"FREE", VARIABLE_FREE},
                                                {"CELL", VARIABLE_CELL},
                                                {"SCOPE_OFF", SCOPE_VARIABLE_SHIFT},
                                                {"SCOPE_MASK", 15}};
  if (type_ready(&entry_type) < 0 || module_add_functions(module, functions) < 0)
    return -1;
  return module_add_ints(module, constants, ARRAY_SIZE(constants));
}
