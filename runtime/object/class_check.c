/* isinstance and issubclass, with their hooks and with things that only look like classes. */
#include "runtime/object/attribute.h"
#include "runtime/object/exception.h"
#include "runtime/object/function.h"
#include "runtime/object/model.h"
#include "runtime/object/protocol.h"
#include "runtime/object/tuple.h"

/* cls.__bases__ if that is a tuple: *bases owned; 0: no class. */
static int bases_of(struct object *cls, struct object **bases) {
  int found = attribute_find(cls, NAME(bases), bases);
  if (found > 0 && !is_any_tuple(*bases)) {
    drop(*bases);
    *bases = NULL;
    found = 0;
  }
  return found;
}

static int check_class(struct object *cls, const char *message) {
  struct object *bases;
  int found = bases_of(cls, &bases);
  if (found > 0)
    drop(bases);
  else if (found == 0)
    error_set(ERROR_TYPE, "%s", message);
  return found > 0 ? 0 : -1;
}

static int derives(struct object *derived, struct object *cls) {
  if (derived == cls)
    return 1;
  struct object *bases;
  int found = bases_of(derived, &bases);
  if (found <= 0)
    return found;
  if (!object_enter()) {
    drop(bases);
    return -1;
  }
  int result = 0;
  for (size_t i = 0; !result && i < tuple_length(bases); i++)
    result = derives(tuple_get_borrowed(bases, i), cls);
  object_leave();
  drop(bases);
  return result;
}

int object_is_real_instance(struct object *o, struct object *cls) {
  struct object *claimed;
  if (is_type(cls)) {
    if (object_is_instance(o, (struct type *)cls))
      return 1;
    int found = attribute_find(o, NAME(class), &claimed);
    int result = found < 0 ? -1 : 0;
    if (found > 0 && claimed != &type_of(o)->head && is_type(claimed))
      result = type_is_subtype((struct type *)claimed, (struct type *)cls);
    drop_null(claimed);
    return result;
  }
  if (check_class(cls, "isinstance() arg 2 must be a type, a tuple of types, or a union") < 0)
    return -1;
  int found = attribute_find(o, NAME(class), &claimed);
  if (found <= 0)
    return found;
  int result = derives(claimed, cls);
  drop(claimed);
  return result;
}

int object_is_real_subclass(struct object *derived, struct object *cls) {
  if (is_type(derived) && is_type(cls))
    return type_is_subtype((struct type *)derived, (struct type *)cls);
  if (check_class(derived, "issubclass() arg 1 must be a class") < 0 ||
      check_class(cls, "issubclass() arg 2 must be a class, a tuple of classes, or a union") < 0)
    return -1;
  return derives(derived, cls);
}

/* cls.__instancecheck__(o) or its relative: -2 where there is none. */
static int ask_hook(struct object *cls, struct object *name, struct object *o) {
  struct object *args[] = {cls, o};
  if (!object_enter())
    return -1;
  struct object *result = call_special(name, args, 2);
  object_leave();
  if (!result)
    return error_pending() == ERROR_NONE ? -2 : -1;
  int truth = object_truth(result);
  drop(result);
  return truth;
}

int object_is_instance_of(struct object *o, struct object *classes) {
  if ((struct object *)type_of(o) == classes)
    return 1;
  if (type_of(classes) == &type_type)
    return object_is_real_instance(o, classes);
  if (is_any_tuple(classes)) {
    if (!object_enter())
      return -1;
    int result = 0;
    for (size_t i = 0; !result && i < tuple_length(classes); i++)
      result = object_is_instance_of(o, tuple_get_borrowed(classes, i));
    object_leave();
    return result;
  }
  int result = ask_hook(classes, NAME(instancecheck), o);
  return result == -2 ? object_is_real_instance(o, classes) : result;
}

int object_is_subclass_of(struct object *cls, struct object *classes) {
  if (type_of(classes) == &type_type)
    return cls == classes ? 1 : object_is_real_subclass(cls, classes);
  if (is_any_tuple(classes)) {
    if (!object_enter())
      return -1;
    int result = 0;
    for (size_t i = 0; !result && i < tuple_length(classes); i++)
      result = object_is_subclass_of(cls, tuple_get_borrowed(classes, i));
    object_leave();
    return result;
  }
  int result = ask_hook(classes, NAME(subclasscheck), cls);
  return result == -2 ? object_is_real_subclass(cls, classes) : result;
}
