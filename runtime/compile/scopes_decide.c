/* The second pass: what each name means.
 *
 * Its one idea: a table over all names says what the blocks around bind (`bound`) or declare
 * global; a block that changes it for the blocks inside notes what was there, and puts it back.
 * Free variables of inner blocks come up as lists, each child's without duplicates. */
#include "runtime/compile/scopes_decide.h"
#include <string.h>

struct view { /* what a name is to the blocks inside */
  bool is_bound, is_global;
};
struct change {
  uint32_t name;
  struct view before;
};
struct decision {
  struct scopes *s;
  struct names names; /* numbers of names */
  struct view *views;
  uint32_t *seen; /* mark of the list of free variables a name was last added to */
  uint32_t marks;
  struct change *changes; /* a stack */
  uint32_t changes_n, changes_capacity;
};
struct free_names {
  uint32_t *items;
  uint32_t n, capacity, mark;
};

static int number_names(struct decision *d) {
  struct scopes *s = d->s;
  for (uint32_t i = 0; i < s->n; i++)
    for (uint32_t k = 0; k < s->items[i]->symbols.n; k++)
      if (names_add(&d->names, s->arena, s->items[i]->symbols.items[k].key) < 0)
        return -1;
  if (names_add(&d->names, s->arena, s->name_class) < 0)
    return -1;
  size_t n = d->names.n;
  d->views = tree_alloc(s->arena, n * sizeof *d->views);
  d->seen = tree_alloc(s->arena, n * sizeof *d->seen);
  if (!d->views || !d->seen)
    return -1;
  memset(d->views, 0, n * sizeof *d->views);
  memset(d->seen, 0, n * sizeof *d->seen);
  return 0;
}

static int change(struct decision *d, uint32_t name, struct view view) {
  if (d->changes_n == d->changes_capacity) {
    uint32_t capacity = d->changes_capacity ? d->changes_capacity * 2 : 64;
    struct change *changes = tree_alloc(d->s->arena, capacity * sizeof *changes);
    if (!changes)
      return -1;
    if (d->changes_n)
      memcpy(changes, d->changes, d->changes_n * sizeof *changes);
    d->changes = changes;
    d->changes_capacity = capacity;
  }
  d->changes[d->changes_n++] = (struct change){name, d->views[name]};
  d->views[name] = view;
  return 0;
}

static void change_back(struct decision *d, uint32_t to) {
  while (d->changes_n > to) {
    const struct change *c = &d->changes[--d->changes_n];
    d->views[c->name] = c->before;
  }
}

static int add_free(struct decision *d, struct free_names *list, uint32_t name) {
  if (d->seen[name] == list->mark)
    return 0;
  if (list->n == list->capacity) {
    uint32_t capacity = list->capacity ? list->capacity * 2 : 8;
    uint32_t *items = tree_alloc(d->s->arena, capacity * sizeof *items);
    if (!items)
      return -1;
    if (list->n)
      memcpy(items, list->items, list->n * sizeof *items);
    list->items = items;
    list->capacity = capacity;
  }
  d->seen[name] = list->mark;
  list->items[list->n++] = name;
  return 0;
}

static int error_at_directive(struct decision *d, const struct scope *scope,
                              const struct object *name, const char *format) {
  char text[300];
  for (const struct scope_directive *each = scope->directives; each; each = each->next)
    if (each->name == name) {
      scopes_text(name, text, sizeof text);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
      return scopes_error(d->s->error, each->where, format, text);
#pragma GCC diagnostic pop
    }
  error_set(ERROR_RUNTIME, "a name is declared nowhere");
  return -1;
}

/* What a name means in the block, and what that changes for the blocks inside. */
static int decide_name(struct decision *d, struct scope *scope, struct names_entry *symbol,
                       struct free_names *free) {
  uint32_t uses = symbol->value, name = (uint32_t)names_find(&d->names, symbol->key);
  struct view view = d->views[name];
  enum scope_variable variable;
  if (uses & SCOPE_GLOBAL) {
    if (uses & SCOPE_NONLOCAL)
      return error_at_directive(d, scope, symbol->key, "name '%s' is nonlocal and global");
    variable = VARIABLE_GLOBAL_EXPLICIT;
    view = (struct view){.is_global = true};
  } else if (uses & SCOPE_NONLOCAL) {
    if (scope->kind == SCOPE_MODULE)
      return error_at_directive(d, scope, symbol->key,
                                "nonlocal declaration not allowed at module level");
    if (!view.is_bound)
      return error_at_directive(d, scope, symbol->key, "no binding for nonlocal '%s' found");
    variable = VARIABLE_FREE;
  } else if (uses & SCOPE_BOUND) {
    variable = VARIABLE_LOCAL;
    view.is_global = false;
    view.is_bound |= scope->kind == SCOPE_FUNCTION;
  } else
    variable = view.is_bound ? VARIABLE_FREE : VARIABLE_GLOBAL_IMPLICIT;
  if (variable == VARIABLE_FREE && add_free(d, free, name) < 0)
    return -1;
  symbol->value |= (uint32_t)variable << SCOPE_VARIABLE_SHIFT;
  if (scope->kind == SCOPE_CLASS ||
      (view.is_bound == d->views[name].is_bound && view.is_global == d->views[name].is_global))
    return 0;
  return change(d, name, view);
}

static int decide(struct decision *d, struct scope *scope, struct free_names *free);

/* Free variables of inner blocks: bound here, or passed on. */
static int resolve_inner(struct decision *d, struct scope *scope, const struct free_names *inner,
                         struct free_names *free) {
  for (uint32_t i = 0; i < inner->n; i++) {
    uint32_t name = inner->items[i];
    struct object *key = d->names.items[name].key;
    if (scope->kind == SCOPE_CLASS && key == d->s->name_class) {
      scope->needs_class_cell = true;
      continue;
    }
    int64_t at = names_find(&scope->symbols, key);
    if (at >= 0) {
      uint32_t *value = &scope->symbols.items[at].value;
      uint32_t variable = *value >> SCOPE_VARIABLE_SHIFT;
      if (scope->kind == SCOPE_FUNCTION &&
          (variable == VARIABLE_LOCAL || variable == VARIABLE_CELL)) {
        *value = (*value & ((1u << SCOPE_VARIABLE_SHIFT) - 1)) | (uint32_t)VARIABLE_CELL
                                                                     << SCOPE_VARIABLE_SHIFT;
        continue;
      }
      if (scope->kind == SCOPE_CLASS && (*value & (SCOPE_BOUND | SCOPE_GLOBAL)))
        *value |= SCOPE_FREE_CLASS;
    } else if (scope->kind == SCOPE_MODULE || d->views[name].is_bound) {
      at = names_add(&scope->symbols, d->s->arena, key);
      if (at < 0)
        return -1;
      scope->symbols.items[at].value = (uint32_t)VARIABLE_FREE << SCOPE_VARIABLE_SHIFT;
    }
    if (add_free(d, free, name) < 0)
      return -1;
  }
  return 0;
}

static int decide_children(struct decision *d, struct scope *scope, struct free_names *inner) {
  for (struct scope *child = scope->first; child; child = child->sibling) {
    struct free_names of_child = {.mark = ++d->marks};
    if (decide(d, child, &of_child) < 0)
      return -1;
    for (uint32_t i = 0; i < of_child.n; i++)
      if (add_free(d, inner, of_child.items[i]) < 0)
        return -1;
  }
  return 0;
}

static int decide(struct decision *d, struct scope *scope, struct free_names *free) {
  uint32_t before = d->changes_n;
  for (uint32_t i = 0; i < scope->symbols.n; i++)
    if (decide_name(d, scope, &scope->symbols.items[i], free) < 0)
      return -1;
  if (scope->kind == SCOPE_CLASS) {
    uint32_t name = (uint32_t)names_find(&d->names, d->s->name_class);
    if (change(d, name, (struct view){true, d->views[name].is_global}) < 0)
      return -1;
  }
  struct free_names inner = {.mark = ++d->marks};
  if (decide_children(d, scope, &inner) < 0)
    return -1;
  change_back(d, before);
  /* `seen` was overwritten meanwhile. */
  for (uint32_t i = 0; i < free->n; i++)
    d->seen[free->items[i]] = free->mark;
  return resolve_inner(d, scope, &inner, free);
}

int scopes_decide(struct scopes *s) {
  struct decision d = {.s = s};
  struct free_names free = {.mark = ++d.marks};
  if (number_names(&d) < 0)
    return -1;
  return decide(&d, s->module, &free);
}
