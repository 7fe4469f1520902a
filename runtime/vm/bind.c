/* Arguments -> parameters. The order of a window is that of co_varnames: positional parameters,
 * keyword-only ones, *args, **kwargs. */
#include "runtime/object/dict.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include "runtime/vm/frame.h"
#include <stdio.h>

struct binding {
  struct function *function;
  struct code *code;
  struct object **window;
  uint32_t positional, keyword_only; /* parameters */
  struct object *kwargs;             /* dict for **kwargs, in the window; NULL: has none */
};

static struct object *parameter(const struct binding *b, uint32_t i) {
  return tuple_get_borrowed(b->code->localsplusnames, i);
}

/* A TypeError whose text begins with the name of the function, and `more`, a str that is taken;
 * NULL: without memory for that. Always -1. */
static COLD int refuse_taking(const struct binding *b, struct object *more) {
  struct object *name = more ? hold(b->function->qualname) : NULL;
  if (name) {
    error_format(ERROR_TYPE, "%U() %U", name, more);
    gc_keep(name);
    drop(name);
    drop(more);
  }
  return -1;
}

/* 'a', 'b', and 'c': of the parameters in [from, to) that are not bound. */
static int missing(const struct binding *b, uint32_t from, uint32_t to, const char *kind) {
  uint32_t count = 0, seen = 0;
  for (uint32_t i = from; i < to; i++)
    count += !b->window[i];
  struct object *list = str_from_ascii("");
  for (uint32_t i = from; list && i < to; i++) {
    if (b->window[i])
      continue;
    seen++;
    const char *between = seen == 1 ? "" : seen < count ? ", " : count == 2 ? " and " : ", and ";
    struct object *longer = str_format("%U%s'%U'", list, between, parameter(b, i));
    drop(list);
    list = longer;
  }
  if (list) {
    struct object *more = str_format("missing %u required %s argument%s: %U", count, kind,
                                     count == 1 ? "" : "s", list);
    drop(list);
    list = more;
  }
  return refuse_taking(b, list);
}

static int too_many(const struct binding *b, size_t given) {
  size_t defaults = b->function->defaults ? tuple_length(b->function->defaults) : 0;
  uint32_t named = 0;
  for (uint32_t i = b->positional; i < b->positional + b->keyword_only; i++)
    named += b->window[i] != NULL;
  char takes[64], also[96] = "";
  bool plural = b->positional != 1;
  if (defaults)
    snprintf(takes, sizeof takes, "from %zd to %u", (ssize_t)(b->positional - defaults),
             b->positional);
  else
    snprintf(takes, sizeof takes, "%u", b->positional);
  if (defaults)
    plural = true;
  if (named)
    snprintf(also, sizeof also, " positional argument%s (and %u keyword-only argument%s)",
             given == 1 ? "" : "s", named, named == 1 ? "" : "s");
  return refuse_taking(b, str_format("takes %s positional argument%s but %zu%s %s given", takes,
                                     plural ? "s" : "", given, also,
                                     given == 1 && !named ? "was" : "were"));
}

/* The parameter of that name that can be given by it; -1: none. */
static int64_t find(const struct binding *b, struct object *name) {
  uint32_t first = (uint32_t)b->code->posonlyargcount, end = b->positional + b->keyword_only;
  for (uint32_t i = first; i < end; i++)
    if (parameter(b, i) == name)
      return i;
  for (uint32_t i = first; i < end; i++)
    if (str_same_text(parameter(b, i), name))
      return i;
  return -1;
}

static int unexpected(const struct binding *b, struct object *name, struct object *kwnames) {
  struct object *list = NULL;
  for (int32_t i = 0; i < b->code->posonlyargcount; i++)
    for (size_t k = 0; k < tuple_length(kwnames); k++) {
      if (!str_same_text(parameter(b, (uint32_t)i), tuple_get_borrowed(kwnames, k)))
        continue;
      struct object *longer = list ? str_format("%U, %U", list, parameter(b, (uint32_t)i))
                                   : hold(parameter(b, (uint32_t)i));
      drop_null(list);
      if (!(list = longer))
        return -1;
    }
  if (!list)
    return refuse_taking(b, str_format("got an unexpected keyword argument '%U'", name));
  struct object *more =
      str_format("got some positional-only arguments passed as keyword arguments: '%U'", list);
  drop(list);
  return refuse_taking(b, more);
}

static int bind_named(struct binding *b, struct object *const *values, struct object *kwnames) {
  size_t n = kwnames ? tuple_length(kwnames) : 0;
  for (size_t k = 0; k < n; k++) {
    struct object *name = tuple_get_borrowed(kwnames, k);
    if (!is_any_str(name))
      return refuse_taking(b, str_from_ascii("keywords must be strings"));
    int64_t i = find(b, name);
    if (i < 0) {
      if (!b->kwargs)
        return unexpected(b, name, kwnames);
      if (dict_set(b->kwargs, name, values[k]) < 0)
        return -1;
      continue;
    }
    if (b->window[i])
      return refuse_taking(b, str_format("got multiple values for argument '%U'", name));
    b->window[i] = hold(values[k]);
  }
  return 0;
}

/* dict_find in a dict that its holder may let go of as names are compared. */
static int find_default(struct object *dict, struct object *name, struct object **value) {
  hold(dict);
  int found = dict_find(dict, name, value);
  if (found > 0)
    hold(*value);
  drop(dict);
  return found;
}

static int fill_defaults(struct binding *b, size_t given) {
  struct object *defaults = b->function->defaults;
  size_t defaults_n = defaults ? tuple_length(defaults) : 0;
  /* __defaults__ may have been set to more than there are parameters: the last ones count. */
  size_t surplus = defaults_n > b->positional ? defaults_n - b->positional : 0;
  uint32_t required = b->positional - (uint32_t)(defaults_n - surplus);
  for (size_t i = given; i < required; i++)
    if (!b->window[i])
      return missing(b, 0, required, "positional");
  for (size_t i = given > required ? given : required; i < b->positional; i++)
    if (!b->window[i])
      b->window[i] = hold(tuple_get_borrowed(defaults, i - required + surplus));
  uint32_t end = b->positional + b->keyword_only;
  bool lacks = false;
  for (uint32_t i = b->positional; i < end; i++) {
    if (b->window[i])
      continue;
    struct object *kwdefaults = b->function->kwdefaults, *value;
    int found = kwdefaults ? find_default(kwdefaults, parameter(b, i), &value) : 0;
    if (found < 0)
      return -1;
    if (found)
      b->window[i] = value;
    else
      lacks = true;
  }
  return lacks ? missing(b, b->positional, end, "keyword-only") : 0;
}

static int bind(struct binding *b, struct object *const *args, size_t n, struct object *kwnames) {
  uint32_t at = b->positional + b->keyword_only;
  size_t direct = n < b->positional ? n : b->positional;
  for (size_t i = 0; i < direct; i++)
    b->window[i] = hold(args[i]);
  if (b->code->flags & CODE_VARARGS) {
    if (!(b->window[at++] = tuple_from(args + direct, n - direct)))
      return -1;
  }
  if (b->code->flags & CODE_VARKEYWORDS) {
    if (!(b->kwargs = b->window[at] = dict_new()))
      return -1;
  }
  if (bind_named(b, args + n, kwnames) < 0)
    return -1;
  if (n > b->positional && !(b->code->flags & CODE_VARARGS))
    return too_many(b, n);
  return fill_defaults(b, n);
}

/* Where it stands at which slot the windows of what C calls now begin. */
static struct object ***windows_begin(void) {
  return vm_stack.top ? &vm_stack.top->free : &vm_stack.first;
}

static void drop_bound(struct object **first, struct object **end) {
  for (; first < end; first++) {
    struct object *o = *first;
    *first = NULL;
    drop_null(o);
  }
}

/* What runs while arguments are bound (methods of a name that is no plain str; finalizers and
 * callbacks, when an allocation collects) has its windows behind this one, and may replace the
 * code, the defaults and the name of the function. */
int bind_arguments(struct function *function, struct derived *d, struct object **locals,
                   struct object *const *args, size_t n, struct object *kwnames) {
  struct code *code = d->code;
  struct binding b = {.function = function,
                      .code = code,
                      .window = locals,
                      .positional = (uint32_t)code->argcount,
                      .keyword_only = (uint32_t)code->kwonlyargcount};
  for (uint32_t i = 0; i < d->variables; i++)
    locals[i] = NULL;
  struct frame_binding visited = {locals, d->variables, vm_stack.binding};
  if (!GC_RC)
    vm_stack.binding = &visited;
  struct object ***begin = windows_begin(), **before = *begin;
  *begin = locals + d->slots;
  hold(&code->head);
  int bound = bind(&b, args, n, kwnames);
  if (UNLIKELY(bound < 0))
    drop_bound(locals, locals + d->variables);
  *begin = before;
  if (!GC_RC)
    vm_stack.binding = visited.previous;
  if (UNLIKELY(bound == 0 && function->code != &code->head))
    return FRAME_OWNS_CODE;
  drop(&code->head);
  return bound;
}

void frame_refuse(struct object **first, struct object **end) {
  struct object ***begin = windows_begin(), **before = *begin;
  *begin = end;
  frame_recursion_error();
  drop_bound(first, end);
  *begin = before;
}
