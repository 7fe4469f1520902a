/* The first pass: how each block uses each name. The second is in scopes_decide.c. */
#include "runtime/compile/scopes.h"
#include "runtime/compile/scopes_decide.h"
#include "runtime/object/str.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define TRY(call)                                                                                  \
  do                                                                                               \
    if ((call) < 0)                                                                                \
      return -1;                                                                                   \
  while (0)

int scopes_error(struct syntax_error *error, const struct node *where, const char *format, ...) {
  char message[512];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(message, sizeof message, format, arguments);
  va_end(arguments);
  syntax_error_set(error, SYNTAX_ERROR, where->lineno, where->col_offset + 1, where->end_lineno,
                   where->end_col_offset + 1, NULL, "%s", message);
  error->args = SYNTAX_ERROR_ARGS_MESSAGE;
  return -1;
}

int scopes_too_deep(void) {
  error_set(ERROR_RECURSION, "maximum recursion depth exceeded during compilation");
  return -1;
}

/* Text of a name for a message: UTF-8, cut at the end of the buffer. */
const char *scopes_text(const struct object *name, char *text, size_t bytes) {
  size_t n = 0;
  for (size_t i = 0; i < str_length(name) && n + 5 < bytes; i++) {
    uint32_t c = str_at(name, i);
    if (c < 0x80)
      text[n++] = (char)c;
    else if (c < 0x800) {
      text[n++] = (char)(0xc0 | c >> 6);
      text[n++] = (char)(0x80 | (c & 63));
    } else {
      if (c < 0x10000)
        text[n++] = (char)(0xe0 | c >> 12);
      else {
        text[n++] = (char)(0xf0 | c >> 18);
        text[n++] = (char)(0x80 | (c >> 12 & 63));
      }
      text[n++] = (char)(0x80 | (c >> 6 & 63));
      text[n++] = (char)(0x80 | (c & 63));
    }
  }
  text[n] = 0;
  return text;
}

/* ---- Blocks and names ---- */

static int enter(struct scopes *s, const struct node *n, enum scope_kind kind) {
  struct scope *scope = tree_alloc(s->arena, sizeof *scope);
  if (!scope)
    return -1;
  struct scope *outer = s->current;
  *scope = (struct scope){.kind = kind, .opener = n, .outer = outer};
  scope->iterables = outer ? outer->iterables : 0; /* those around count as well */
  scope->is_nested = outer && (outer->is_nested || outer->kind == SCOPE_FUNCTION);
  if (s->n == s->capacity) {
    uint32_t capacity = s->capacity ? s->capacity * 2 : 16;
    struct scope **items = tree_alloc(s->arena, capacity * sizeof *items);
    if (!items)
      return -1;
    if (s->n)
      memcpy(items, s->items, s->n * sizeof *items);
    s->items = items;
    s->capacity = capacity;
  }
  int64_t at = names_add(&s->blocks, s->arena, (struct object *)(uintptr_t)n);
  if (at < 0)
    return -1;
  s->blocks.items[at].value = s->n;
  s->items[s->n++] = scope;
  if (outer && kind != SCOPE_ANNOTATION) {
    if (outer->last)
      outer->last->sibling = scope;
    else
      outer->first = scope;
    outer->last = scope;
  }
  s->current = scope;
  return 0;
}

static void leave(struct scopes *s) { s->current = s->current->outer; }

struct scope *scopes_of(const struct scopes *s, const struct node *n) {
  int64_t at = names_find(&s->blocks, (const struct object *)n);
  return at < 0 ? NULL : s->items[s->blocks.items[at].value];
}

static int define_in(struct scopes *s, struct scope *scope, struct object *name, uint32_t use,
                     const struct node *where) {
  char text[300];
  struct object *mangled = names_mangle(s->private, name);
  if (!mangled)
    return -1;
  int64_t at = names_add(&scope->symbols, s->arena, mangled);
  if (at < 0)
    return -1;
  uint32_t *value = &scope->symbols.items[at].value;
  if ((use & SCOPE_PARAM) && (*value & SCOPE_PARAM))
    return scopes_error(s->error, where, "duplicate argument '%s' in function definition",
                        scopes_text(name, text, sizeof text));
  *value |= use;
  if (scope->in_target) {
    if (*value & (SCOPE_GLOBAL | SCOPE_NONLOCAL))
      return scopes_error(
          s->error, where,
          "comprehension inner loop cannot rebind assignment expression target '%s'",
          scopes_text(name, text, sizeof text));
    *value |= SCOPE_COMP_ITER;
  }
  if (use & SCOPE_PARAM)
    return names_add(&scope->parameters, s->arena, mangled) < 0 ? -1 : 0;
  if (use & SCOPE_GLOBAL) {
    at = names_add(&s->module->symbols, s->arena, mangled);
    if (at < 0)
      return -1;
    s->module->symbols.items[at].value |= use;
  }
  return 0;
}

static int define(struct scopes *s, struct object *name, uint32_t use, const struct node *where) {
  return define_in(s, s->current, name, use, where);
}

static int record_directive(struct scopes *s, struct object *name, const struct node *where) {
  struct scope_directive *d = tree_alloc(s->arena, sizeof *d);
  struct object *mangled = names_mangle(s->private, name);
  if (!d || !mangled)
    return -1;
  *d = (struct scope_directive){NULL, mangled, where};
  struct scope_directive **end = &s->current->directives;
  while (*end)
    end = &(*end)->next;
  *end = d;
  return 0;
}

/* How the current block used a name so far; -1: error. */
static int64_t uses_of(struct scopes *s, const struct scope *scope, struct object *name) {
  struct object *mangled = names_mangle(s->private, name);
  if (!mangled)
    return -1;
  int64_t at = names_find(&scope->symbols, mangled);
  return at < 0 ? 0 : scope->symbols.items[at].value;
}

/* ---- The walk ---- */

static int visit(struct scopes *s, const struct node *n);

static int visit_all(struct scopes *s, const struct tree_nodes *nodes) {
  for (uint32_t i = 0; i < nodes->n; i++)
    TRY(visit(s, nodes->items[i]));
  return 0;
}

static int refuse_in_annotation(struct scopes *s, const char *what, const struct node *n) {
  if (s->current->kind != SCOPE_ANNOTATION)
    return 0;
  return scopes_error(s->error, n, "%s cannot be used within an annotation", what);
}

static int visit_annotation(struct scopes *s, const struct node *annotation) {
  if (!annotation)
    return 0;
  if (!s->future_annotations)
    return visit(s, annotation);
  TRY(enter(s, annotation, SCOPE_ANNOTATION));
  TRY(visit(s, annotation));
  leave(s);
  return 0;
}

static int visit_annotations_of(struct scopes *s, const struct tree_nodes *args) {
  for (uint32_t i = 0; i < args->n; i++)
    TRY(visit(s, args->items[i]->arg.annotation));
  return 0;
}

static int visit_signature(struct scopes *s, const struct node *function, const struct node *args,
                           const struct node *returns) {
  if (s->future_annotations)
    TRY(enter(s, function, SCOPE_ANNOTATION));
  TRY(visit_annotations_of(s, &args->arguments.posonlyargs));
  TRY(visit_annotations_of(s, &args->arguments.args));
  if (args->arguments.vararg)
    TRY(visit(s, args->arguments.vararg->arg.annotation));
  if (args->arguments.kwarg)
    TRY(visit(s, args->arguments.kwarg->arg.annotation));
  TRY(visit_annotations_of(s, &args->arguments.kwonlyargs));
  if (s->future_annotations)
    leave(s);
  return visit_annotation(s, returns);
}

static int define_parameters(struct scopes *s, const struct tree_nodes *args) {
  for (uint32_t i = 0; i < args->n; i++)
    TRY(define(s, args->items[i]->arg.arg, SCOPE_PARAM, args->items[i]));
  return 0;
}

static int visit_parameters(struct scopes *s, const struct node *args) {
  TRY(define_parameters(s, &args->arguments.posonlyargs));
  TRY(define_parameters(s, &args->arguments.args));
  TRY(define_parameters(s, &args->arguments.kwonlyargs));
  const struct node *vararg = args->arguments.vararg, *kwarg = args->arguments.kwarg;
  if (vararg) {
    TRY(define(s, vararg->arg.arg, SCOPE_PARAM, vararg));
    s->current->has_varargs = true;
  }
  if (kwarg) {
    TRY(define(s, kwarg->arg.arg, SCOPE_PARAM, kwarg));
    s->current->has_varkeywords = true;
  }
  return 0;
}

/* FunctionDef and AsyncFunctionDef have the same fields. */
static int visit_function(struct scopes *s, const struct node *n) {
  const struct node *args = n->FunctionDef.args;
  TRY(define(s, n->FunctionDef.name, SCOPE_LOCAL, n));
  TRY(visit_all(s, &args->arguments.defaults));
  TRY(visit_all(s, &args->arguments.kw_defaults));
  TRY(visit_signature(s, n, args, n->FunctionDef.returns));
  TRY(visit_all(s, &n->FunctionDef.decorator_list));
  TRY(enter(s, n, SCOPE_FUNCTION));
  s->current->is_coroutine = n->kind == NODE_AsyncFunctionDef;
  TRY(visit_parameters(s, args));
  TRY(visit_all(s, &n->FunctionDef.body));
  leave(s);
  return 0;
}

static int visit_lambda(struct scopes *s, const struct node *n) {
  const struct node *args = n->Lambda.args;
  TRY(visit_all(s, &args->arguments.defaults));
  TRY(visit_all(s, &args->arguments.kw_defaults));
  TRY(enter(s, n, SCOPE_FUNCTION));
  TRY(visit_parameters(s, args));
  TRY(visit(s, n->Lambda.body));
  leave(s);
  return 0;
}

static int visit_class(struct scopes *s, const struct node *n) {
  TRY(define(s, n->ClassDef.name, SCOPE_LOCAL, n));
  TRY(visit_all(s, &n->ClassDef.bases));
  TRY(visit_all(s, &n->ClassDef.keywords));
  TRY(visit_all(s, &n->ClassDef.decorator_list));
  TRY(enter(s, n, SCOPE_CLASS));
  struct object *private = s->private;
  s->private = n->ClassDef.name;
  TRY(visit_all(s, &n->ClassDef.body));
  s->private = private;
  leave(s);
  return 0;
}

static int visit_annotated(struct scopes *s, const struct node *n) {
  const struct node *target = n->AnnAssign.target;
  char text[300];
  if (target->kind != NODE_Name)
    TRY(visit(s, target));
  else {
    int64_t uses = uses_of(s, s->current, target->Name.id);
    TRY(uses);
    if ((uses & (SCOPE_GLOBAL | SCOPE_NONLOCAL)) && s->current != s->module && n->AnnAssign.simple)
      return scopes_error(s->error, n, "annotated name '%s' can't be %s",
                          scopes_text(target->Name.id, text, sizeof text),
                          uses & SCOPE_GLOBAL ? "global" : "nonlocal");
    if (n->AnnAssign.simple)
      TRY(define(s, target->Name.id, SCOPE_ANNOTATED | SCOPE_LOCAL, target));
    else if (n->AnnAssign.value)
      TRY(define(s, target->Name.id, SCOPE_LOCAL, target));
  }
  TRY(visit_annotation(s, n->AnnAssign.annotation));
  return visit(s, n->AnnAssign.value);
}

/* Global and Nonlocal have the same field. */
static int visit_directive(struct scopes *s, const struct node *n) {
  bool is_global = n->kind == NODE_Global;
  const char *word = is_global ? "global" : "nonlocal";
  for (uint32_t i = 0; i < n->Global.names.n; i++) {
    struct object *name = n->Global.names.items[i];
    int64_t uses = uses_of(s, s->current, name);
    TRY(uses);
    char text[300];
    scopes_text(name, text, sizeof text);
    if (uses & SCOPE_PARAM)
      return scopes_error(s->error, n, "name '%s' is parameter and %s", text, word);
    if (uses & SCOPE_USE)
      return scopes_error(s->error, n, "name '%s' is used prior to %s declaration", text, word);
    if (uses & SCOPE_ANNOTATED)
      return scopes_error(s->error, n, "annotated name '%s' can't be %s", text, word);
    if (uses & SCOPE_LOCAL)
      return scopes_error(s->error, n, "name '%s' is assigned to before %s declaration", text,
                          word);
    TRY(define(s, name, is_global ? SCOPE_GLOBAL : SCOPE_NONLOCAL, n));
    TRY(record_directive(s, name, n));
  }
  return 0;
}

static int visit_alias(struct scopes *s, const struct node *n) {
  struct object *name = n->alias.asname ? n->alias.asname : n->alias.name;
  size_t length = str_length(name), dot = 0;
  while (dot < length && str_at(name, dot) != '.')
    dot++;
  if (length == 1 && str_at(name, 0) == '*') {
    if (s->current->kind == SCOPE_MODULE)
      return 0;
    return scopes_error(s->error, n, "import * only allowed at module level");
  }
  if (dot < length) {
    struct object *first = str_slice(name, 0, dot);
    if (!first || !(first = str_intern_taking(first)))
      return -1;
    drop(first);
    name = first;
  }
  return define(s, name, SCOPE_IMPORT, n);
}

static int visit_name(struct scopes *s, const struct node *n) {
  bool loads = n->Name.ctx == expr_context_Load;
  TRY(define(s, n->Name.id, loads ? SCOPE_USE : SCOPE_LOCAL, n));
  if (loads && s->current->kind == SCOPE_FUNCTION && n->Name.id == s->name_super)
    TRY(define(s, s->name_class, SCOPE_USE, n));
  return 0;
}

/* ---- Comprehensions ---- */

/* A name assigned by := in a comprehension belongs to the block around all comprehensions. */
static int extend_named(struct scopes *s, const struct node *target) {
  char text[300];
  struct object *name = target->Name.id;
  for (struct scope *scope = s->current; scope; scope = scope->outer) {
    int64_t uses = uses_of(s, scope, name);
    TRY(uses);
    if (scope->comprehension) {
      if (uses & SCOPE_COMP_ITER)
        return scopes_error(
            s->error, target,
            "assignment expression cannot rebind comprehension iteration variable '%s'",
            scopes_text(name, text, sizeof text));
      continue;
    }
    if (scope->kind == SCOPE_FUNCTION) {
      TRY(define(s, name, uses & SCOPE_GLOBAL ? SCOPE_GLOBAL : SCOPE_NONLOCAL, target));
      TRY(record_directive(s, name, target));
      return define_in(s, scope, name, SCOPE_LOCAL, target);
    }
    if (scope->kind == SCOPE_MODULE) {
      TRY(define(s, name, SCOPE_GLOBAL, target));
      TRY(record_directive(s, name, target));
      return define_in(s, scope, name, SCOPE_GLOBAL, target);
    }
    if (scope->kind == SCOPE_CLASS)
      return scopes_error(
          s->error, target,
          "assignment expression within a comprehension cannot be used in a class body");
  }
  return 0;
}

static int visit_named(struct scopes *s, const struct node *n) {
  TRY(refuse_in_annotation(s, "named expression", n));
  if (s->current->iterables)
    return scopes_error(
        s->error, n, "assignment expression cannot be used in a comprehension iterable expression");
  if (s->current->comprehension)
    TRY(extend_named(s, n->NamedExpr.target));
  TRY(visit(s, n->NamedExpr.value));
  return visit(s, n->NamedExpr.target);
}

static int visit_target(struct scopes *s, const struct node *target) {
  s->current->in_target = true;
  TRY(visit(s, target));
  s->current->in_target = false;
  return 0;
}

static int visit_iterable(struct scopes *s, const struct node *iterable) {
  s->current->iterables++;
  TRY(visit(s, iterable));
  s->current->iterables--;
  return 0;
}

static int visit_comprehension(struct scopes *s, const struct node *n,
                               enum scope_comprehension kind, const struct tree_nodes *generators,
                               const struct node *element, const struct node *value) {
  const struct node *first = generators->items[0];
  TRY(visit_iterable(s, first->comprehension.iter));
  TRY(enter(s, n, SCOPE_FUNCTION));
  s->current->comprehension = kind;
  s->current->is_coroutine = first->comprehension.is_async;
  TRY(define(s, s->name_argument, SCOPE_PARAM, n));
  TRY(visit_target(s, first->comprehension.target));
  TRY(visit_all(s, &first->comprehension.ifs));
  for (uint32_t i = 1; i < generators->n; i++) {
    const struct node *each = generators->items[i];
    TRY(visit_target(s, each->comprehension.target));
    TRY(visit_iterable(s, each->comprehension.iter));
    TRY(visit_all(s, &each->comprehension.ifs));
    s->current->is_coroutine |= each->comprehension.is_async != 0;
  }
  TRY(visit(s, value));
  TRY(visit(s, element));
  s->current->is_generator = kind == COMPREHENSION_GENERATOR;
  bool is_async = s->current->is_coroutine && kind != COMPREHENSION_GENERATOR;
  leave(s);
  s->current->is_coroutine |= is_async;
  return 0;
}

static int visit_yield(struct scopes *s, const struct node *n, const struct node *value) {
  static const char *const places[] = {
      [COMPREHENSION_LIST] = "list comprehension",
      [COMPREHENSION_DICT] = "dict comprehension",
      [COMPREHENSION_SET] = "set comprehension",
      [COMPREHENSION_GENERATOR] = "generator expression",
  };
  TRY(refuse_in_annotation(s, "yield expression", n));
  TRY(visit(s, value));
  s->current->is_generator = true;
  if (s->current->comprehension)
    return scopes_error(s->error, n, "'yield' inside %s", places[s->current->comprehension]);
  return 0;
}

/* ---- All nodes ---- */

static int visit_child(struct node *child, void *scopes) { return visit(scopes, child); }

static int visit_expression(struct scopes *s, const struct node *n) {
  switch (n->kind) {
  case NODE_NamedExpr:
    return visit_named(s, n);
  case NODE_Lambda:
    return visit_lambda(s, n);
  case NODE_ListComp:
    return visit_comprehension(s, n, COMPREHENSION_LIST, &n->ListComp.generators, n->ListComp.elt,
                               NULL);
  case NODE_SetComp:
    return visit_comprehension(s, n, COMPREHENSION_SET, &n->SetComp.generators, n->SetComp.elt,
                               NULL);
  case NODE_GeneratorExp:
    return visit_comprehension(s, n, COMPREHENSION_GENERATOR, &n->GeneratorExp.generators,
                               n->GeneratorExp.elt, NULL);
  case NODE_DictComp:
    return visit_comprehension(s, n, COMPREHENSION_DICT, &n->DictComp.generators, n->DictComp.key,
                               n->DictComp.value);
  case NODE_Yield:
    return visit_yield(s, n, n->Yield.value);
  case NODE_YieldFrom:
    return visit_yield(s, n, n->YieldFrom.value);
  case NODE_Await:
    TRY(refuse_in_annotation(s, "await expression", n));
    TRY(visit(s, n->Await.value));
    s->current->is_coroutine = true;
    return 0;
  case NODE_Name:
    return visit_name(s, n);
  case NODE_Constant:
    return 0;
  default:
    return tree_visit_children((struct node *)(uintptr_t)n, visit_child, s);
  }
}

/* Statements, and what stands in them, where the order or the names matter. */
static int visit_rest(struct scopes *s, const struct node *n) {
  switch (n->kind) {
  case NODE_FunctionDef:
  case NODE_AsyncFunctionDef:
    return visit_function(s, n);
  case NODE_ClassDef:
    return visit_class(s, n);
  case NODE_AnnAssign:
    return visit_annotated(s, n);
  case NODE_Global:
  case NODE_Nonlocal:
    return visit_directive(s, n);
  case NODE_Try: /* TryStar has the same fields */
  case NODE_TryStar:
    TRY(visit_all(s, &n->Try.body));
    TRY(visit_all(s, &n->Try.orelse));
    TRY(visit_all(s, &n->Try.handlers));
    return visit_all(s, &n->Try.finalbody);
  case NODE_alias:
    return visit_alias(s, n);
  case NODE_ExceptHandler:
    TRY(visit(s, n->ExceptHandler.type));
    if (n->ExceptHandler.name)
      TRY(define(s, n->ExceptHandler.name, SCOPE_LOCAL, n));
    return visit_all(s, &n->ExceptHandler.body);
  case NODE_MatchStar:
    return n->MatchStar.name ? define(s, n->MatchStar.name, SCOPE_LOCAL, n) : 0;
  case NODE_MatchMapping:
    TRY(visit_all(s, &n->MatchMapping.keys));
    TRY(visit_all(s, &n->MatchMapping.patterns));
    return n->MatchMapping.rest ? define(s, n->MatchMapping.rest, SCOPE_LOCAL, n) : 0;
  case NODE_MatchAs:
    TRY(visit(s, n->MatchAs.pattern));
    return n->MatchAs.name ? define(s, n->MatchAs.name, SCOPE_LOCAL, n) : 0;
  default:
    return tree_visit_children((struct node *)(uintptr_t)n, visit_child, s);
  }
}

static int visit(struct scopes *s, const struct node *n) {
  if (!n)
    return 0;
  unsigned sum = tree_kinds[n->kind].sum;
  bool counts = sum == SUM_expr || sum == SUM_stmt || sum == SUM_pattern;
  if (counts && ++s->depth > s->depth_max)
    return scopes_too_deep();
  int result = sum == SUM_expr ? visit_expression(s, n) : visit_rest(s, n);
  s->depth -= counts;
  return result;
}

static struct object *name_of(const char *text) {
  struct object *name = str_intern(text);
  if (name)
    drop(name); /* interned strings are immortal */
  return name;
}

int scopes_build(struct scopes *s, struct tree *arena, const struct node *root,
                 bool future_annotations, uint32_t depth_max, struct syntax_error *error) {
  *s = (struct scopes){.arena = arena,
                       .error = error,
                       .future_annotations = future_annotations,
                       .depth_max = depth_max};
  if (!(s->name_super = name_of("super")) || !(s->name_class = name_of("__class__")) ||
      !(s->name_argument = name_of(".0")))
    return -1;
  TRY(enter(s, root, SCOPE_MODULE));
  s->module = s->current;
  TRY(tree_visit_children((struct node *)(uintptr_t)root, visit_child, s));
  return scopes_decide(s);
}
