/* BaseExceptionGroup and ExceptionGroup: making, splitting, deriving. */
#include "runtime/object/attribute.h"
#include "runtime/object/exception_internal.h"
#include "runtime/object/function.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/model.h"
#include "runtime/object/protocol.h"
#include "runtime/object/set.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include <stddef.h>

static struct exception_group *group_of(struct object *o) { return (struct exception_group *)o; }
static struct type *base_group(void) { return exception_type(ERROR_BASE_GROUP); }
static struct type *plain_group(void) { return exception_type(ERROR_GROUP); }
static bool is_group(struct object *o) { return object_is_instance(o, base_group()); }

static struct object *check_nested(struct object *tuple, bool *only_exceptions) {
  *only_exceptions = true;
  for (size_t i = 0; i < tuple_length(tuple); i++) {
    struct object *each = tuple_get_borrowed(tuple, i);
    if (!is_exception(each))
      return error_format(ERROR_VALUE,
                          "Item %zu of second argument (exceptions) is not an exception", i);
    *only_exceptions &= object_is_instance(each, exception_type(ERROR_EXCEPTION));
  }
  return tuple;
}

struct object *exception_group_new(struct type *t, struct object *const *args, size_t n,
                                   struct object *kwnames) {
  if (n != 2)
    return error_format(ERROR_TYPE,
                        "BaseExceptionGroup.__new__() takes exactly 2 arguments (%zu given)", n);
  if (!is_any_str(args[0]))
    return args_wrong_type("BaseExceptionGroup.__new__", "argument 1", "str", args[0]);
  if (!is_sequence(args[1]))
    return error_format(ERROR_TYPE, "second argument (exceptions) must be a sequence");
  struct object *exceptions = iterate_to_tuple(args[1]);
  if (!exceptions)
    return NULL;
  bool only_exceptions;
  struct object *o = NULL;
  if (tuple_length(exceptions) == 0)
    error_format(ERROR_VALUE, "second argument (exceptions) must be a non-empty sequence");
  else if (check_nested(exceptions, &only_exceptions)) {
    if (t == base_group() && only_exceptions)
      t = plain_group();
    if (t == plain_group() && !only_exceptions)
      error_format(ERROR_TYPE, "Cannot nest BaseExceptions in an ExceptionGroup");
    else if (t != base_group() && type_is_subtype(t, exception_type(ERROR_EXCEPTION)) &&
             !only_exceptions)
      error_format(ERROR_TYPE, "Cannot nest BaseExceptions in '%s'", t->name);
    else
      o = exception_new_slot(t, args, n, NULL);
  }
  if (o) {
    store(o, &group_of(o)->message, hold(args[0]));
    store(o, &group_of(o)->exceptions, hold(exceptions));
  }
  drop(exceptions);
  return o;
}
int exception_group_init(struct object *o, struct object *const *args, size_t n,
                         struct object *kwnames) {
  return exception_init_slot(o, args, n, kwnames);
}
struct object *exception_group_str(struct object *o) {
  size_t n = tuple_length(group_of(o)->exceptions);
  return str_format("%S (%zu sub-exception%s)", group_of(o)->message, n, n == 1 ? "" : "s");
}

/* ---- Deriving and splitting ---- */

/* group.derive(exceptions), with context, cause, traceback and notes of the group. */
struct object *exception_group_derive(struct object *group, struct object *exceptions) {
  struct object *name = str_intern("derive");
  struct object *o = name ? call_method_one(group, name, exceptions) : NULL;
  drop_null(name);
  if (!o)
    return NULL;
  if (!is_group(o)) {
    error_format(ERROR_TYPE, "derive must return an instance of BaseExceptionGroup");
    drop(o);
    return NULL;
  }
  struct exception_plain *from = exception_plain_of(group), *to = exception_plain_of(o);
  exception_set_traceback(o, from->traceback);
  store(o, &to->context, from->context ? hold(from->context) : NULL);
  store(o, &to->cause, from->cause ? hold(from->cause) : NULL);
  to->suppress_context = from->suppress_context;
  struct object *notes;
  int found = attribute_find(group, NAME(notes), &notes);
  if (found > 0 && is_sequence(notes)) {
    struct object *copy = iterate_to_list(notes);
    found = copy ? attribute_set(o, NAME(notes), copy) : -1;
    drop_null(copy);
  }
  drop_null(notes);
  if (found < 0) {
    drop(o);
    return NULL;
  }
  return o;
}

enum { MATCH_TYPE, MATCH_CALL, MATCH_LEAVES /* a set of addresses */ };

static int matches(struct object *o, struct object *condition, int mode) {
  if (mode == MATCH_TYPE)
    return exception_matches(o, condition);
  if (mode == MATCH_LEAVES) {
    struct object *address = is_group(o) ? NULL : int_from_u64((uintptr_t)o);
    if (!address)
      return is_group(o) ? 0 : -1;
    int found = set_contains(condition, address);
    drop(address);
    return found;
  }
  struct object *result = call_one(condition, o);
  if (!result)
    return -1;
  int truth = object_truth(result);
  drop(result);
  return truth;
}

static int append_if(struct object *list, struct object *value) {
  if (!value)
    return 0;
  int status = list_append(list, value);
  drop(value);
  return status;
}
static int derive_from_list(struct object *group, struct object *list, struct object **result) {
  *result = list_length(list) ? exception_group_derive(group, list) : NULL;
  return list_length(list) && !*result ? -1 : 0;
}

static int split(struct object *o, struct object *condition, int mode, struct object **matching,
                 struct object **rest) {
  *matching = *rest = NULL;
  int whole = matches(o, condition, mode);
  if (whole < 0)
    return -1;
  if (whole || !is_group(o)) {
    *(whole ? matching : rest) = hold(o);
    return 0;
  }
  if (!object_enter())
    return -1;
  struct object *yes = list_new(0), *no = yes ? list_new(0) : NULL;
  struct object *exceptions = group_of(o)->exceptions;
  int status = no ? 0 : -1;
  for (size_t i = 0; status == 0 && i < tuple_length(exceptions); i++) {
    struct object *m, *r;
    status = split(tuple_get_borrowed(exceptions, i), condition, mode, &m, &r);
    if (status == 0) {
      status = append_if(yes, m);
      if (append_if(no, r) < 0)
        status = -1;
    }
  }
  if (status == 0)
    status = derive_from_list(o, yes, matching);
  if (status == 0)
    status = derive_from_list(o, no, rest);
  if (status < 0) {
    drop_null(*matching);
    *matching = NULL;
  }
  drop_null(yes);
  drop_null(no);
  object_leave();
  return status;
}

int exception_group_split(struct object *group, struct object *classes, struct object **matching,
                          struct object **rest) {
  return split(group, classes, MATCH_TYPE, matching, rest);
}

static int collect_leaves(struct object *o, struct object *addresses) {
  if (!is_group(o)) {
    struct object *address = int_from_u64((uintptr_t)o);
    int added = address ? set_add(addresses, address) : -1;
    drop_null(address);
    return added < 0 ? -1 : 0;
  }
  if (!object_enter())
    return -1;
  struct object *exceptions = group_of(o)->exceptions;
  int done = 0;
  for (size_t i = 0; done == 0 && i < tuple_length(exceptions); i++)
    done = collect_leaves(tuple_get_borrowed(exceptions, i), addresses);
  object_leave();
  return done;
}

int exception_group_keep(struct object *group, struct object *kept, struct object **result) {
  struct object *addresses = set_new(), *rest = NULL;
  *result = NULL;
  int done = addresses ? 0 : -1;
  for (size_t i = 0; done == 0 && i < list_length(kept); i++)
    done = collect_leaves(list_get_borrowed(kept, i), addresses);
  if (done == 0)
    done = split(group, addresses, MATCH_LEAVES, result, &rest);
  drop_null(rest);
  drop_null(addresses);
  return done;
}

static int read_condition(struct object *condition, int *mode) {
  if (exception_is_class(condition))
    return *mode = MATCH_TYPE, 0;
  if (is_any_tuple(condition)) {
    bool all = true;
    for (size_t i = 0; i < tuple_length(condition); i++)
      all &= exception_is_class(tuple_get_borrowed(condition, i));
    if (all)
      return *mode = MATCH_TYPE, 0;
  } else if (!is_type(condition) && is_callable(condition))
    return *mode = MATCH_CALL, 0;
  error_format(ERROR_TYPE, "expected a function, exception type or tuple of exception types");
  return -1;
}
static struct object *split_method(struct object *o, struct object *const *args, size_t n) {
  struct object *matching, *rest;
  int mode;
  if (args_check_count("split", n, 1, 1) < 0 || read_condition(args[0], &mode) < 0 ||
      split(o, args[0], mode, &matching, &rest) < 0)
    return NULL;
  struct object *pair = tuple_pack(2, matching ? matching : NONE, rest ? rest : NONE);
  drop_null(matching);
  drop_null(rest);
  return pair;
}
static struct object *subgroup(struct object *o, struct object *const *args, size_t n) {
  struct object *matching, *rest;
  int mode;
  if (args_check_count("subgroup", n, 1, 1) < 0 || read_condition(args[0], &mode) < 0 ||
      split(o, args[0], mode, &matching, &rest) < 0)
    return NULL;
  drop_null(rest);
  return matching ? matching : hold(NONE);
}
static struct object *derive(struct object *o, struct object *exceptions) {
  struct object *args[] = {NULL, group_of(o)->message, exceptions};
  return call_object(&base_group()->head, args + 1, 2 | CALL_SCRATCH, NULL);
}

const struct method_def exception_group_methods[] = {METHOD_ONE_("derive", derive, NULL),
                                                     METHOD_FAST_("split", split_method, NULL),
                                                     METHOD_FAST_("subgroup", subgroup, NULL),
                                                     METHOD_CLASS_GETITEM,
                                                     {NULL}};
const struct member_def exception_group_members[] = {
    {"message", MEMBER_OBJECT, MEMBER_READONLY, offsetof(struct exception_group, message),
     "exception message"},
    {"exceptions", MEMBER_OBJECT, MEMBER_READONLY, offsetof(struct exception_group, exceptions),
     "nested exceptions"},
    {NULL}};
const struct getset_def exception_group_getsets[] = {{NULL}};
