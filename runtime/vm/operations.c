/* Bodies of instructions that are long or rare. Messages are CPython's. */
#include "runtime/vm/operations.h"
#include "runtime/bytecode/opcode.h"
#include "runtime/object/attribute.h"
#include "runtime/object/bytes.h"
#include "runtime/object/dict.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/model.h"
#include "runtime/object/protocol.h"
#include "runtime/object/root.h"
#include "runtime/object/set.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include "runtime/vm/generator.h"
#include "runtime/vm/trace.h"
#include "runtime/vm/vm.h"
#include <stdio.h>

/* ---- Names ---- */

void operation_unbound(struct frame *f, uint32_t variable) {
  error_format(ERROR_UNBOUND_LOCAL,
               "cannot access local variable '%U' where it is not associated with a value",
               tuple_get_borrowed(f->code->localsplusnames, variable));
}

void operation_unbound_cell(struct frame *f, uint32_t variable) {
  struct object *name = tuple_get_borrowed(f->code->localsplusnames, variable);
  if (bytes_data(f->code->localspluskinds)[variable] & CODE_FREE)
    error_name_not_defined(name, "cannot access free variable '%U' where it is not associated "
                                 "with a value in enclosing scope");
  else
    operation_unbound(f, variable);
}

/* In any mapping: NULL without an error when it is not there. */
static struct object *find_in(struct object *mapping, struct object *name) {
  if (is_dict(mapping)) {
    struct object *value = dict_get_borrowed(mapping, name);
    return value ? hold(value) : NULL;
  }
  struct object *value = object_get_item(mapping, name);
  if (!value)
    error_clear_if(ERROR_KEY);
  return value;
}

struct object *operation_load_global(struct frame *f, struct object *name) {
  struct object *value = find_in(f->globals, name);
  if (!value && error_pending() == ERROR_NONE)
    value = find_in(f->builtins, name);
  if (!value && error_pending() == ERROR_NONE)
    error_name_not_defined(name, "name '%U' is not defined");
  return value;
}

struct object *operation_load_name(struct frame *f, struct object *name) {
  struct object *value = f->names ? find_in(f->names, name) : NULL;
  if (value || error_pending() != ERROR_NONE)
    return value;
  return operation_load_global(f, name);
}

struct object *operation_load_classderef(struct frame *f, uint32_t variable) {
  struct object *value =
      f->names ? find_in(f->names, tuple_get_borrowed(f->code->localsplusnames, variable)) : NULL;
  if (value || error_pending() != ERROR_NONE)
    return value;
  if (!(value = cell_get_borrowed(f->locals[variable]))) {
    operation_unbound_cell(f, variable);
    return NULL;
  }
  return hold(value);
}

static int no_locals(const char *verb, struct object *name) {
  error_format(ERROR_SYSTEM, "no locals found when %s '%U'", verb, name);
  return -1;
}

int operation_store_name(struct frame *f, struct object *name, struct object *value) {
  if (!f->names)
    return no_locals("storing", name);
  return is_dict(f->names) ? dict_set(f->names, name, value)
                           : object_set_item(f->names, name, value);
}

int operation_delete_name(struct frame *f, struct object *name) {
  if (!f->names)
    return no_locals("deleting", name);
  int done =
      is_dict(f->names) ? dict_delete(f->names, name) : object_set_item(f->names, name, NULL) + 1;
  if (done > 0 || (done == 0 && error_pending() != ERROR_NONE && !error_clear_if(ERROR_KEY)))
    return done > 0 ? 0 : -1;
  if (done < 0)
    return -1;
  error_name_not_defined(name, "name '%U' is not defined");
  return -1;
}

int operation_delete_global(struct frame *f, struct object *name) {
  int done = dict_delete(f->globals, name);
  if (done == 0)
    error_name_not_defined(name, "name '%U' is not defined");
  return done > 0 ? 0 : -1;
}

/* ---- Operators ---- */

struct object *operation_binary(struct frame *f, struct object *a, struct object *b) {
  uint32_t unit = f->derived->to_canonical[f->ip - 1 - f->derived->words];
  uint32_t op = ((const unsigned char *)bytes_data(f->code->code))[2 * unit + 1];
  if (op >= BINARY_INPLACE)
    return number_inplace(a, b, (enum number_op)(op - BINARY_INPLACE));
  return number_binary(a, b, (enum number_op)op);
}

/* ---- Calls ---- */

struct object *operation_call_ex(struct object *callable, struct object **args,
                                 struct object *kwargs) {
  if (!is_tuple(*args)) {
    if (!type_of(*args)->iter && !is_sequence(*args)) {
      struct object *name = function_name_for_message(callable);
      if (name)
        error_format(ERROR_TYPE, "%U argument after * must be an iterable, not %N", name, *args);
      drop_null(name);
      return NULL;
    }
    struct object *tuple = iterate_to_tuple(*args);
    if (!tuple)
      return NULL;
    struct object *before = *args;
    *args = tuple;
    drop(before);
  }
  return call_tuple_dict(callable, *args, kwargs);
}

bool operation_spread_names(struct object **kwargs, struct object **values) {
  struct object *dict = *kwargs, *name, *value;
  size_t position = 0, i = 0;
  while (dict_next(dict, &position, &name, &value))
    if (!is_any_str(name))
      return false;
  size_t n = dict_length(dict);
  struct object *names = tuple_new(n);
  if (!names)
    return false;
  if (UNLIKELY(dict_length(dict) != n)) { /* by a finalizer that found it */
    drop(names);
    return false;
  }
  for (position = 0; dict_next(dict, &position, &name, &value); i++) {
    tuple_init_taking(names, i, hold(name));
    values[i] = hold(value);
  }
  *kwargs = names;
  drop(dict);
  return true;
}

struct object *operation_make_function(struct frame *f, struct object **sp, uint32_t flags,
                                       uint32_t *taken) {
  struct object *function = function_new(sp[-1], f->globals, NULL);
  if (!function)
    return NULL;
  struct object **at = sp - 1;
  if (flags & 8)
    function_set_closure_taking(function, *--at);
  if (flags & 4)
    function_set_annotations_taking(function, *--at);
  if (flags & 2)
    function_set_kwdefaults_taking(function, *--at);
  if (flags & 1)
    function_set_defaults_taking(function, *--at);
  *taken = (uint32_t)(sp - 1 - at);
  /* The code moves down to where the caller pops it. */
  struct object *code = sp[-1];
  *at = code;
  return function;
}

/* ---- Generators and await ---- */

int operation_send(struct object *receiver, struct object *value, struct object **result) {
  bool ours = is_generator(receiver) || is_coroutine(receiver);
  bool told =
      vm_attention.tracing && trace_get_borrowed(); /* ends are, where they are exceptions */
  if (ours && !told)
    return generator_send((struct generator *)receiver, value, result);
  if (type_of(receiver)->async.send && !told)
    return type_of(receiver)->async.send(receiver, value, result);
  if (value == NONE && type_of(receiver)->next) {
    *result = type_of(receiver)->next(receiver);
  } else if (ours) {
    *result = generator_send_or_stop((struct generator *)receiver, value);
  } else {
    struct object *name = str_intern("send");
    *result = name ? call_method_one(receiver, name, value) : NULL;
  }
  if (*result)
    return 1;
  if (error_pending() == ERROR_NONE) {
    *result = hold(NONE);
    return 0;
  }
  if (UNLIKELY(told) && error_matches(ERROR_STOP_ITERATION))
    trace_exception(vm_stack.top);
  if (!error_matches(ERROR_STOP_ITERATION))
    return -1;
  struct object *stop = error_fetch();
  struct object *returned = ((struct exception_stop_iteration *)stop)->value;
  *result = hold(returned ? returned : NONE);
  drop(stop);
  return 0;
}

struct object *operation_yield_from_iter(struct frame *f, struct object *o) {
  if (is_generator(o))
    return hold(o);
  if (is_coroutine(o)) {
    if (f->code->flags & (CODE_COROUTINE | CODE_ITERABLE_COROUTINE))
      return hold(o);
    error_set(ERROR_TYPE, "cannot 'yield from' a coroutine object in a non-coroutine generator");
    return NULL;
  }
  return iterate(o);
}

struct object *operation_get_awaitable(struct object *o, uint32_t where) {
  if (!is_coroutine(o) && !is_generator(o) && !type_of(o)->async.await && where)
    return error_format(
        ERROR_TYPE,
        "'async with' received an object from __a%s__ that does not implement __await__: %N",
        where == 1 ? "enter" : "exit", o);
  struct object *iterator = coroutine_awaitable_iterator(o);
  if (iterator && is_coroutine(iterator) &&
      generator_delegate_borrowed((struct generator *)iterator)) {
    drop(iterator);
    return error_format(ERROR_RUNTIME, "coroutine is being awaited already");
  }
  return iterator;
}

struct object *operation_get_aiter(struct object *o) {
  unary_fn *aiter = type_of(o)->async.aiter;
  if (!aiter)
    return error_format(ERROR_TYPE, "'async for' requires an object with __aiter__ method, got %N",
                        o);
  struct object *iterator = aiter(o);
  if (iterator && !type_of(iterator)->async.anext) {
    error_format(ERROR_TYPE,
                 "'async for' received an object from __aiter__ that does not implement "
                 "__anext__: %N",
                 iterator);
    drop(iterator);
    return NULL;
  }
  return iterator;
}

struct object *operation_get_anext(struct object *o) {
  unary_fn *anext = type_of(o)->async.anext;
  if (!anext)
    return error_format(ERROR_TYPE,
                        "'async for' requires an iterator with __anext__ method, got %N", o);
  struct object *awaitable = anext(o);
  if (!awaitable)
    return NULL;
  if (is_async_generator(o))
    return awaitable;
  struct object *iterator = coroutine_awaitable_iterator(awaitable);
  if (!iterator)
    error_set_from_pending(ERROR_TYPE, "'async for' received an invalid object from __anext__: %N",
                           awaitable);
  drop(awaitable);
  return iterator;
}

/* ---- Exceptions ---- */

static bool is_exception_class(struct object *o) {
  return is_type(o) && type_is_subtype((struct type *)o, exception_type(ERROR_BASE));
}

static int check_classes(struct object *classes) {
  size_t n = is_any_tuple(classes) ? tuple_length(classes) : 1;
  for (size_t i = 0; i < n; i++)
    if (!is_exception_class(is_any_tuple(classes) ? tuple_get_borrowed(classes, i) : classes)) {
      error_set(ERROR_TYPE,
                "catching classes that do not inherit from BaseException is not allowed");
      return -1;
    }
  return 0;
}

int operation_exception_match(struct object *exception, struct object *classes) {
  return check_classes(classes) < 0 ? -1 : exception_matches(exception, classes);
}

int operation_group_match(struct object **sp) {
  struct object *classes = sp[-1], *exception = sp[-2], *matching = NULL, *rest = NULL;
  size_t n = is_any_tuple(classes) ? tuple_length(classes) : 1;
  if (check_classes(classes) < 0)
    return -1;
  for (size_t i = 0; i < n; i++) {
    struct object *each = is_any_tuple(classes) ? tuple_get_borrowed(classes, i) : classes;
    if (type_is_subtype((struct type *)each, exception_type(ERROR_BASE_GROUP))) {
      error_set(ERROR_TYPE, "catching ExceptionGroup with except* is not allowed. "
                            "Use except instead.");
      return -1;
    }
  }
  if (exception == NONE) {
    sp[-1] = hold(NONE);
    drop(classes);
    return 0;
  }
  if (exception_matches(exception, classes) &&
      !object_is_instance(exception, exception_type(ERROR_BASE_GROUP))) {
    struct object *items = tuple_pack(1, exception);
    struct object *const args[] = {NAME(empty), items};
    if (items)
      matching = call_object(&exception_type(ERROR_BASE_GROUP)->head, args, 2, NULL);
    drop_null(items);
    if (!matching)
      return -1;
  } else if (exception_matches(exception, classes)) {
    matching = hold(exception);
  } else if (object_is_instance(exception, exception_type(ERROR_BASE_GROUP))) {
    if (exception_group_split(exception, classes, &matching, &rest) < 0)
      return -1;
  } else {
    rest = hold(exception);
  }
  sp[-2] = rest ? rest : hold(NONE);
  sp[-1] = matching ? hold(matching) : hold(NONE);
  drop(exception);
  drop(classes);
  if (matching) { /* is now the one being handled */
    struct object *before = error_thread.handled->value;
    error_thread.handled->value = matching;
    drop_null(before);
  }
  return 0;
}

bool operation_raise(struct object *exception, struct object *cause) {
  if (!exception) {
    struct object *handled = error_handled_borrowed();
    if (!handled || handled == NONE) {
      error_set(ERROR_RUNTIME, "No active exception to reraise");
      return false;
    }
    error_restore_taking(hold(handled));
    return true;
  }
  if (!is_exception_class(exception) && !is_exception(exception)) {
    error_set(ERROR_TYPE, "exceptions must derive from BaseException");
    return false;
  }
  struct object *value = is_exception(exception) ? hold(exception) : call_none(exception);
  if (!value)
    return false;
  if (!is_exception(value)) {
    error_format(ERROR_TYPE, "calling %R should have returned an instance of BaseException, not %R",
                 exception, &type_of(value)->head);
    drop(value);
    return false;
  }
  if (cause) {
    struct object *fixed = NULL;
    if (is_exception_class(cause))
      fixed = call_none(cause);
    else if (is_exception(cause))
      fixed = hold(cause);
    else if (cause != NONE)
      error_set(ERROR_TYPE, "exception causes must derive from BaseException");
    if (!fixed && cause != NONE) {
      drop(value);
      return false;
    }
    exception_set_cause_taking(value, fixed);
  }
  error_raise_taking(value);
  return false;
}

static struct object *notes_borrowed(const struct exception_plain *e) {
  return e->dict ? dict_get_borrowed(e->dict, NAME(notes)) : NULL;
}

/* Whether it is a part of the original that was raised again as it was. */
static bool is_part_of(struct object *exception, struct object *original) {
  const struct exception_plain *a = (struct exception_plain *)exception,
                               *b = (struct exception_plain *)original;
  return a->traceback == b->traceback && a->cause == b->cause && a->context == b->context &&
         notes_borrowed(a) == notes_borrowed(b);
}

/* The exceptions apart: new ones, and parts of the original. */
static int sort_raised(struct object *original, struct object *list, struct object *raised,
                       struct object *again) {
  for (size_t i = 0; i < list_length(list); i++) {
    struct object *e = list_get_borrowed(list, i);
    if (e != NONE && list_append(is_part_of(e, original) ? again : raised, e) < 0)
      return -1;
  }
  return 0;
}

static struct object *prepare_group(struct object *original, struct object *raised,
                                    struct object *again) {
  struct object *part = NULL;
  if (list_length(again) && exception_group_keep(original, again, &part) < 0)
    return NULL;
  if (!list_length(raised))
    return part ? part : hold(NONE);
  if (part && list_append_taking(raised, part) < 0)
    return NULL;
  struct object *const args[] = {NAME(empty), raised};
  return call_object(&exception_type(ERROR_BASE_GROUP)->head, args, 2, NULL);
}

/* What is left after the except* clauses: those raised there, and the part that no clause took or
 * that was raised again. */
struct object *operation_prepare_reraise(struct object *original, struct object *list) {
  if (!object_is_instance(original, exception_type(ERROR_BASE_GROUP))) {
    for (size_t i = 0; i < list_length(list); i++)
      if (list_get_borrowed(list, i) != NONE)
        return hold(list_get_borrowed(list, i));
    return hold(NONE);
  }
  struct object *raised = list_new(0), *again = list_new(0), *result = NULL;
  if (raised && again && sort_raised(original, list, raised, again) == 0)
    result = prepare_group(original, raised, again);
  drop_null(again);
  drop_null(raised);
  return result;
}

/* ---- with ---- */

int operation_before_with(struct object **sp, bool is_async) {
  struct object *manager = sp[-1];
  struct object *enter_name = is_async ? NAME(aenter) : NAME(enter),
                *leave_name = is_async ? NAME(aexit) : NAME(exit);
  const char *what = is_async ? "asynchronous context manager" : "context manager";
  bool apart;
  struct object *enter = type_lookup_special(manager, enter_name, &apart);
  if (!enter) {
    if (error_pending() == ERROR_NONE)
      error_format(ERROR_TYPE, "'%N' object does not support the %s protocol", manager, what);
    return -1;
  }
  bool leave_apart;
  struct object *leave = type_lookup_special(manager, leave_name, &leave_apart);
  if (leave && leave_apart) {
    struct object *bound = method_new(leave, manager);
    drop(leave);
    leave = bound;
  }
  if (!leave) {
    if (error_pending() == ERROR_NONE)
      error_format(ERROR_TYPE, "'%N' object does not support the %s protocol (missed %U method)",
                   manager, what, leave_name);
    drop(enter);
    return -1;
  }
  struct object *entered = apart ? call_one(enter, manager) : call_none(enter);
  drop(enter);
  if (!entered) {
    drop(leave);
    return -1;
  }
  sp[-1] = leave;
  sp[0] = entered;
  drop(manager);
  return 0;
}

struct object *operation_with_except(struct object *leave, struct object *exception) {
  struct object *traceback = exception_traceback_borrowed(exception);
  struct object *const args[] = {&type_of(exception)->head, exception,
                                 traceback ? traceback : NONE};
  return call_object(leave, args, 3, NULL);
}

/* ---- Building ---- */

struct object *operation_build_set(struct object **items, uint32_t n) {
  struct object *set = set_new();
  for (uint32_t i = 0; set && i < n; i++)
    if (set_add(set, items[i]) < 0) {
      drop(set);
      return NULL;
    }
  return set;
}

struct object *operation_build_map(struct object **pairs, uint32_t n) {
  struct object *dict = dict_new_sized(n);
  for (uint32_t i = 0; dict && i < n; i++)
    if (dict_set(dict, pairs[2 * i], pairs[2 * i + 1]) < 0) {
      drop(dict);
      return NULL;
    }
  return dict;
}

struct object *operation_build_const_map(struct object **values, struct object *keys) {
  size_t n = tuple_length(keys);
  struct object *dict = dict_new_sized(n);
  for (size_t i = 0; dict && i < n; i++)
    if (dict_set(dict, tuple_get_borrowed(keys, i), values[i]) < 0) {
      drop(dict);
      return NULL;
    }
  return dict;
}

struct object *operation_build_string(struct object **parts, uint32_t n) {
  return str_concat_all(parts, n);
}

int operation_list_extend(struct object *list, struct object *iterable) {
  if (list_extend(list, iterable) == 0)
    return 0;
  if (error_matches(ERROR_TYPE) && !type_of(iterable)->iter && !is_sequence(iterable)) {
    error_clear();
    error_format(ERROR_TYPE, "Value after * must be an iterable, not %N", iterable);
  }
  return -1;
}

struct object *operation_join_to_tuple(struct object *list, struct object *tuple) {
  size_t first, n;
  struct object *joined;
  for (;;) { /* until no collection shortens the list meanwhile */
    first = list_length(list), n = first + tuple_length(tuple);
    if (first == 0)
      return hold(tuple);
    joined = tuple_new(n);
    if (!joined || first == list_length(list))
      break;
    drop(joined);
  }
  for (size_t i = 0; joined && i < n; i++)
    tuple_init_taking(
        joined, i,
        hold(i < first ? list_get_borrowed(list, i) : tuple_get_borrowed(tuple, i - first)));
  return joined;
}

int operation_set_update(struct object *set, struct object *iterable) {
  return set_update(set, iterable);
}

int operation_dict_update(struct object *dict, struct object *other) {
  int status = dict_merge_mapping(dict, other, DICT_REPLACE);
  if (status < 0 && error_clear_if(ERROR_ATTRIBUTE))
    error_format(ERROR_TYPE, "'%N' object is not a mapping", other);
  return status;
}

int operation_dict_merge(struct object *dict, struct object *other, struct object *callable) {
  if (dict_merge_mapping(dict, other, DICT_REFUSE) == 0)
    return 0;
  bool no_mapping = error_matches(ERROR_ATTRIBUTE), twice = error_matches(ERROR_KEY);
  if (!no_mapping && !twice)
    return -1;
  struct object *raised = error_fetch();
  struct object *args = raised ? exception_args_borrowed(raised) : NULL;
  struct object *name = args ? function_name_for_message(callable) : NULL;
  if (name && no_mapping)
    error_format(ERROR_TYPE, "%U argument after ** must be a mapping, not %N", name, other);
  else if (name && tuple_length(args) == 1 &&
           !exception_traceback_borrowed(raised)) /* not what the mapping's own code raised */
    error_format(ERROR_TYPE, "%U got multiple values for keyword argument '%S'", name,
                 tuple_get_borrowed(args, 0));
  else if (name)
    error_raise_taking(hold(raised));
  drop_null(name);
  drop_null(raised);
  return -1;
}

int operation_unpack(struct object **sp, struct object *whole, uint32_t before, int after) {
  uint32_t n = before + (after >= 0 ? 1 + (uint32_t)after : 0);
  /* In order from sp[-1] up, where the collector may see them once they are all there. */
  struct object **items = sp - 1, *first = sp[-1];
  for (uint32_t i = 1; i < n; i++)
    items[i] = NULL;
  if (n == 0) {
    return iterate_unpack(whole, NULL, 0, after);
  }
  struct object *few[16], **own = few;
  if (n > ARRAY_SIZE(few) && !(own = gc_buffer_new(n * sizeof *own)))
    return error_no_memory(), -1;
  for (uint32_t i = 0; i < n; i++)
    own[i] = NULL;
  root_push(own, n);
  int done = iterate_unpack(first, own, before, after);
  root_pop(own);
  for (uint32_t i = 0; done == 0 && i < n; i++)
    items[n - 1 - i] = own[i];
  if (own != few)
    gc_buffer_free(own, n * sizeof *own);
  return done;
}

struct object *operation_format(struct object *o, struct object *spec, uint32_t conversion) {
  struct object *text = conversion == 1   ? object_str(o)
                        : conversion == 2 ? object_repr(o)
                        : conversion == 3 ? object_ascii(o)
                                          : hold(o);
  if (!text || (!spec && is_str(text)))
    return text;
  struct object *result = object_format(text, spec);
  drop(text);
  return result;
}

/* ---- Patterns ---- */

struct object *operation_match_keys(struct object *o, struct object *keys) {
  size_t n = tuple_length(keys);
  struct object *seen = set_new(), *values = list_new(n), *missing = NULL, *result = NULL;
  struct object *name = str_intern("get"), *get = name ? attribute_get(o, name) : NULL;
  if (!seen || !values || !get)
    goto done;
  if (!(missing = gc_new(&object_type, sizeof(struct object))))
    goto done;
  for (size_t i = 0; i < n; i++) {
    struct object *key = tuple_get_borrowed(keys, i);
    int added = set_add(seen, key);
    if (added == 0)
      error_format(ERROR_VALUE, "mapping pattern checks duplicate key (%R)", key);
    if (added <= 0)
      goto done;
    struct object *value = call_two(get, key, missing);
    if (!value)
      goto done;
    bool lacks = value == missing;
    if (lacks || list_append(values, value) < 0) {
      drop(value);
      result = lacks ? hold(NONE) : NULL;
      goto done;
    }
    drop(value);
  }
  result = iterate_to_tuple(values);
done:
  drop_null(missing);
  drop_null(get);
  drop_null(values);
  drop_null(seen);
  return result;
}

/* 1: appended, 0: the subject has no such attribute. */
static int match_attribute(struct object *o, struct object *name, struct object *seen,
                           struct object *cls, struct object *values) {
  int added = set_add(seen, name);
  if (added == 0)
    error_format(ERROR_TYPE, "%s() got multiple sub-patterns for attribute %R",
                 type_short_name((struct type *)cls), name);
  if (added <= 0)
    return -1;
  struct object *value;
  int found = attribute_find(o, name, &value);
  if (found <= 0)
    return found;
  int done = list_append_taking(values, value);
  return done < 0 ? -1 : 1;
}

static int match_positional(struct object *o, struct object *cls, uint32_t positional,
                            struct object *seen, struct object *values) {
  struct type *t = (struct type *)cls;
  struct object *name = str_intern("__match_args__"), *names = NULL;
  int found = name ? attribute_find(cls, name, &names) : -1;
  if (found < 0)
    return -1;
  if (found && !is_tuple(names)) {
    error_format(ERROR_TYPE, "%s.__match_args__ must be a tuple (got %N)", type_short_name(t),
                 names);
    drop(names);
    return -1;
  }
  bool matches_self = !found && (t->flags & TYPE_MATCH_SELF);
  size_t allowed = matches_self ? 1 : found ? tuple_length(names) : 0;
  int done = 1;
  if (allowed < positional) {
    error_format(ERROR_TYPE, "%s() accepts %zu positional sub-pattern%s (%u given)",
                 type_short_name(t), allowed, allowed == 1 ? "" : "s", positional);
    done = -1;
  } else if (matches_self) {
    done = list_append(values, o) < 0 ? -1 : 1;
  }
  for (uint32_t i = 0; done > 0 && !matches_self && i < positional; i++) {
    struct object *each = tuple_get_borrowed(names, i);
    if (!is_str(each)) {
      error_format(ERROR_TYPE, "__match_args__ elements must be strings (got %N)", each);
      done = -1;
    } else {
      done = match_attribute(o, each, seen, cls, values);
    }
  }
  drop_null(names);
  return done;
}

struct object *operation_match_class(struct object *o, struct object *cls, struct object *names,
                                     uint32_t positional) {
  if (!is_type(cls)) {
    error_set(ERROR_TYPE, "called match pattern must be a class");
    return NULL;
  }
  int is = object_is_instance_of(o, cls);
  if (is <= 0)
    return is < 0 ? NULL : hold(NONE);
  struct object *seen = set_new(), *values = list_new(0), *result = NULL;
  int done = seen && values ? 1 : -1;
  if (done > 0 && positional)
    done = match_positional(o, cls, positional, seen, values);
  for (size_t i = 0; done > 0 && i < tuple_length(names); i++)
    done = match_attribute(o, tuple_get_borrowed(names, i), seen, cls, values);
  if (done >= 0)
    result = done ? iterate_to_tuple(values) : hold(NONE);
  drop_null(values);
  drop_null(seen);
  return result;
}

/* ---- Modules and classes ---- */

static struct object *builtin(struct frame *f, const char *name) {
  struct object *key = str_intern(name);
  return key ? find_in(f->builtins, key) : NULL;
}

struct object *operation_load_build_class(struct frame *f) {
  struct object *build = builtin(f, "__build_class__");
  if (!build && error_pending() == ERROR_NONE)
    error_set(ERROR_NAME, "__build_class__ not found");
  return build;
}

int operation_setup_annotations(struct frame *f) {
  struct object *there = f->names ? find_in(f->names, NAME(annotations)) : NULL;
  if (there) {
    drop(there);
    return 0;
  }
  if (error_pending() != ERROR_NONE)
    return -1;
  struct object *dict = dict_new();
  if (!dict)
    return -1;
  int done = operation_store_name(f, NAME(annotations), dict);
  drop(dict);
  return done;
}

struct object *operation_import_name(struct frame *f, struct object *name, struct object *from,
                                     struct object *level) {
  struct object *import = builtin(f, "__import__");
  if (!import) {
    if (error_pending() == ERROR_NONE)
      error_set(ERROR_IMPORT, "__import__ not found");
    return NULL;
  }
  struct object *const args[] = {name, f->globals, f->names ? f->names : NONE, from, level};
  int64_t number;
  struct object *module;
  if (LIKELY(import == vm_import_function && vm_import && type_of(level) == &int_type &&
             int_to_i64(level, &number)))
    module = vm_import(name, args[1], args[2], from, number);
  else
    module = call_object(import, args, 5, NULL);
  drop(import);
  return module;
}

struct object *operation_import_from(struct object *module, struct object *name) {
  struct object *value;
  int found = attribute_find(module, name, &value);
  if (found)
    return found < 0 ? NULL : value;
  if (vm_import_from)
    return vm_import_from(module, name);
  struct object *message = str_format("cannot import name '%U' from %R", name, module);
  if (message)
    error_import(message, name, NULL, false);
  drop_null(message);
  return NULL;
}

int operation_import_star(struct frame *f, struct object *module) {
  struct object *key = str_intern("__all__"), *all = NULL;
  int has_all = key ? attribute_find(module, key, &all) : -1;
  if (has_all < 0)
    return -1;
  if (!has_all) {
    struct object *dict = attribute_get(module, NAME(dict));
    all = dict ? mapping_keys(dict) : NULL;
    drop_null(dict);
  }
  struct object *names = all ? iterate_to_list(all) : NULL;
  drop_null(all);
  int done = names ? 0 : -1;
  for (size_t i = 0; done == 0 && i < list_length(names); i++) {
    struct object *name = list_get_borrowed(names, i);
    if (!is_any_str(name)) {
      struct object *module_name = attribute_get(module, NAME(name));
      if (module_name)
        error_format(ERROR_TYPE,
                     has_all ? "Item in %S.__all__ must be str, not %N"
                             : "Key in %S.__dict__ must be str, not %N",
                     module_name, name);
      drop_null(module_name);
      done = -1;
      break;
    }
    if (!has_all && str_length(name) && str_at(name, 0) == '_')
      continue;
    struct object *value = attribute_get(module, name);
    done = value ? operation_store_name(f, name, value) : -1;
    drop_null(value);
  }
  drop_null(names);
  return done;
}
