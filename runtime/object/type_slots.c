/* Slots that call special methods: what a class of Python fills its slots with. The table that
 * pairs slots with names, and the other direction, stand in type_wrappers.c. */
#include "runtime/object/attribute.h"
#include "runtime/object/exception.h"
#include "runtime/object/float.h"
#include "runtime/object/int.h"
#include "runtime/object/model.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/type_slot_functions.h"

/* Calls the special method of o with up to two more arguments. NULL with *missing when its type has
 * none. */
static struct object *ask(struct object *o, struct object *name, size_t n, struct object *a,
                          struct object *b, bool *missing) {
  bool apart;
  struct object *f = type_lookup_special(o, name, &apart);
  *missing = false;
  if (!f) {
    *missing = error_pending() == ERROR_NONE;
    return NULL;
  }
  struct object *args[4] = {NULL, o, a, b};
  struct object *result = apart ? call_object(f, args + 1, (n + 1) | CALL_SCRATCH, NULL)
                                : call_object(f, args + 2, n | CALL_SCRATCH, NULL);
  drop(f);
  return result;
}

/* The same where a missing method is an AttributeError. */
static struct object *demand(struct object *o, struct object *name, size_t n, struct object *a,
                             struct object *b) {
  bool missing;
  struct object *result = ask(o, name, n, a, b, &missing);
  if (missing)
    error_format(ERROR_ATTRIBUTE, "%U", name);
  return result;
}

static int done(struct object *result) {
  if (!result)
    return -1;
  drop(result);
  return 0;
}

/* ---- Binary operators ---- */

/* Whether b's class defines the reflected method anew, not just as a's does. */
static bool overrides(struct object *a, struct object *b, struct object *name) {
  struct object *of_b = type_lookup_borrowed(type_of(b), name);
  return of_b && of_b != type_lookup_borrowed(type_of(a), name);
}

static struct object *ask_or_not_implemented(struct object *o, struct object *name,
                                             struct object *other) {
  bool missing;
  struct object *result = ask(o, name, 1, other, NULL, &missing);
  return missing ? hold(NOT_IMPLEMENTED) : result;
}

static struct object *binary(struct object *a, struct object *b, struct object *name,
                             struct object *reflected, size_t offset, void *self) {
  void *of_a = *(void **)((char *)type_of(a) + offset),
       *of_b = *(void **)((char *)type_of(b) + offset);
  bool other = type_of(a) != type_of(b) && of_b == self;
  if (of_a == self) {
    if (other && type_is_subtype(type_of(b), type_of(a))) {
      if (overrides(a, b, reflected)) {
        struct object *result = ask_or_not_implemented(b, reflected, a);
        if (result != NOT_IMPLEMENTED)
          return result;
        drop(result);
      }
      other = false;
    }
    struct object *result = ask_or_not_implemented(a, name, b);
    if (result != NOT_IMPLEMENTED || type_of(a) == type_of(b))
      return result;
    drop(result);
  }
  return other ? ask_or_not_implemented(b, reflected, a) : hold(NOT_IMPLEMENTED);
}

#define BINARY(member, name, reflected)                                                            \
  struct object *type_slot_##member(struct object *a, struct object *b) {                          \
    return binary(a, b, NAME(name), NAME(reflected), offsetof(struct type, number.member),         \
                  (void *)type_slot_##member);                                                     \
  }
#define UNARY(member, name)                                                                        \
  struct object *type_slot_##member(struct object *o) {                                            \
    return demand(o, NAME(name), 0, NULL, NULL);                                                   \
  }
#define INPLACE(member, name)                                                                      \
  struct object *type_slot_##member(struct object *a, struct object *b) {                          \
    return demand(a, NAME(name), 1, b, NULL);                                                      \
  }
TYPE_SLOT_BINARY(BINARY)
TYPE_SLOT_UNARY(UNARY)
TYPE_SLOT_INPLACE(INPLACE)

struct object *type_slot_power(struct object *a, struct object *b, struct object *modulus) {
  if (modulus == NONE)
    return binary(a, b, NAME(pow), NAME(rpow), offsetof(struct type, number.power),
                  (void *)type_slot_power);
  /* With a modulus only the first operand is asked. */
  if (type_of(a)->number.power == type_slot_power)
    return demand(a, NAME(pow), 2, b, modulus);
  return hold(NOT_IMPLEMENTED);
}
struct object *type_slot_inplace_power(struct object *a, struct object *b, struct object *modulus) {
  (void)modulus;
  return demand(a, NAME(ipow), 1, b, NULL);
}

int type_slot_truth(struct object *o) {
  bool missing;
  struct object *result = ask(o, NAME(bool), 0, NULL, NULL, &missing);
  bool by_length = missing;
  if (missing) {
    result = ask(o, NAME(len), 0, NULL, NULL, &missing);
    if (missing)
      return 1;
  }
  if (!result)
    return -1;
  int truth;
  if (by_length)
    truth = object_truth(result);
  else if (type_of(result) == &bool_type)
    truth = result == TRUE_;
  else {
    error_format(ERROR_TYPE, "__bool__ should return bool, returned %N", result);
    truth = -1;
  }
  drop(result);
  return truth;
}

struct object *type_slot_no_next(struct object *o) {
  return error_format(ERROR_TYPE, "'%N' object is not iterable", o);
}

/* ---- Items ---- */

int64_t type_slot_length(struct object *o) {
  struct object *result = demand(o, NAME(len), 0, NULL, NULL);
  if (!result)
    return -1;
  struct object *index = number_index(result);
  drop(result);
  if (!index)
    return -1;
  int64_t length;
  if (int_compare(index, &int_small[-INT_SMALL_MIN].head) < 0) {
    error_set(ERROR_VALUE, "__len__() should return >= 0");
    length = -1;
  } else if (!int_to_i64(index, &length)) {
    error_set(ERROR_OVERFLOW, "cannot fit 'int' into an index-sized integer");
    length = -1;
  }
  drop(index);
  return length;
}
struct object *type_slot_get_item(struct object *o, struct object *key) {
  return demand(o, NAME(getitem), 1, key, NULL);
}
int type_slot_set_item(struct object *o, struct object *key, struct object *value) {
  return done(value ? demand(o, NAME(setitem), 2, key, value)
                    : demand(o, NAME(delitem), 1, key, NULL));
}
struct object *type_slot_item(struct object *o, int64_t i) {
  struct object *index = int_from_i64(i);
  if (!index)
    return NULL;
  struct object *result = demand(o, NAME(getitem), 1, index, NULL);
  drop(index);
  return result;
}
int type_slot_store_item(struct object *o, int64_t i, struct object *value) {
  struct object *index = int_from_i64(i);
  if (!index)
    return -1;
  int result = type_slot_set_item(o, index, value);
  drop(index);
  return result;
}
int type_slot_contains(struct object *o, struct object *value) {
  struct object *method = type_lookup_borrowed(type_of(o), NAME(contains));
  if (method == NONE) {
    error_format(ERROR_TYPE, "'%N' object is not a container", o);
    return -1;
  }
  bool missing;
  struct object *result = ask(o, NAME(contains), 1, value, NULL, &missing);
  if (missing)
    return sequence_contains_by_iteration(o, value);
  if (!result)
    return -1;
  int truth = object_truth(result);
  drop(result);
  return truth;
}

/* ---- Text, hash, comparison ---- */

struct object *type_slot_repr(struct object *o) {
  bool missing;
  struct object *result = ask(o, NAME(repr), 0, NULL, NULL, &missing);
  return missing ? str_format("<%N object at %p>", o, (void *)o) : result;
}
struct object *type_slot_str(struct object *o) {
  return demand(o, NAME(str), 0, NULL, NULL);
}

int64_t type_slot_hash(struct object *o) {
  struct object *method = type_lookup_borrowed(type_of(o), NAME(hash));
  if (!method || method == NONE)
    return type_unhashable(o);
  struct object *result = demand(o, NAME(hash), 0, NULL, NULL);
  if (!result)
    return -1;
  int64_t hash;
  if (!is_any_int(result)) {
    error_set(ERROR_TYPE, "__hash__ method should return an integer");
    hash = -1;
  } else {
    if (!int_to_i64(result, &hash))
      hash = int_hash(result);
    if (hash == -1)
      hash = -2;
  }
  drop(result);
  return hash;
}

struct object *type_slot_compare(struct object *a, struct object *b, enum compare_op op) {
  struct object *const names[] = {NAME(lt), NAME(le), NAME(eq), NAME(ne), NAME(gt), NAME(ge)};
  /* A descriptor that can't be had counts as none. */
  bool apart;
  struct object *f = type_lookup_special(a, names[op], &apart);
  if (!f) {
    error_clear();
    return hold(NOT_IMPLEMENTED);
  }
  struct object *args[] = {NULL, a, b};
  struct object *result = call_object(f, args + 1 + !apart, (1u + apart) | CALL_SCRATCH, NULL);
  drop(f);
  return result;
}

/* ---- Calls, attributes, iteration ---- */

struct object *type_slot_call(struct object *o, struct object *const *args, size_t n,
                              struct object *kwnames) {
  bool apart;
  struct object *f = type_lookup_special(o, NAME(call), &apart);
  if (!f)
    return error_pending() != ERROR_NONE
               ? NULL
               : error_format(ERROR_TYPE, "'%N' object is not callable", o);
  struct object *result =
      apart ? call_prepended(f, o, args, n, kwnames) : call_object(f, args, n, kwnames);
  drop(f);
  return result;
}

static struct object *get_attribute(struct object *o, struct object *name) {
  struct object *method = type_lookup_borrowed(type_of(o), NAME(getattribute));
  if (!method || type_of(method) == &slot_wrapper_type) {
    struct slot_wrapper *w = (struct slot_wrapper *)method;
    if (!w)
      return attribute_get_generic(o, name);
    return ((binary_fn *)w->function)(o, name);
  }
  return demand(o, NAME(getattribute), 1, name, NULL);
}
struct object *type_slot_getattr(struct object *o, struct object *name) {
  struct object *result = get_attribute(o, name);
  if (result || !error_matches(ERROR_ATTRIBUTE))
    return result;
  struct object *method = type_lookup_borrowed(type_of(o), NAME(getattr));
  if (!method)
    return NULL;
  error_clear();
  return demand(o, NAME(getattr), 1, name, NULL);
}
int type_slot_setattr(struct object *o, struct object *name, struct object *value) {
  return done(value ? demand(o, NAME(setattr), 2, name, value)
                    : demand(o, NAME(delattr), 1, name, NULL));
}

struct object *type_slot_iter(struct object *o) {
  struct object *method = type_lookup_borrowed(type_of(o), NAME(iter));
  if (method == NONE)
    return error_format(ERROR_TYPE, "'%N' object is not iterable", o);
  bool missing;
  struct object *result = ask(o, NAME(iter), 0, NULL, NULL, &missing);
  if (!missing)
    return result;
  if (!type_lookup_borrowed(type_of(o), NAME(getitem)))
    return error_format(ERROR_TYPE, "'%N' object is not iterable", o);
  return sequence_iterator_new(o);
}
struct object *type_slot_next(struct object *o) {
  return demand(o, NAME(next), 0, NULL, NULL);
}

/* ---- Descriptors, birth and death ---- */

struct object *type_slot_descr_get(struct object *descriptor, struct object *o,
                                   struct object *owner) {
  bool missing;
  struct object *result =
      ask(descriptor, NAME(get), 2, o ? o : NONE, owner ? owner : NONE, &missing);
  return missing ? hold(descriptor) : result;
}
int type_slot_descr_set(struct object *descriptor, struct object *o, struct object *value) {
  return done(value ? demand(descriptor, NAME(set), 2, o, value)
                    : demand(descriptor, NAME(delete), 1, o, NULL));
}

int type_slot_init(struct object *o, struct object *const *args, size_t n, struct object *kwnames) {
  bool apart;
  struct object *f = type_lookup_special(o, NAME(init), &apart);
  if (!f)
    return error_pending() == ERROR_NONE ? 0 : -1;
  struct object *result =
      apart ? call_prepended(f, o, args, n, kwnames) : call_object(f, args, n, kwnames);
  drop(f);
  if (!result)
    return -1;
  int status = 0;
  if (result != NONE) {
    error_format(ERROR_TYPE, "__init__() should return None, not '%N'", result);
    status = -1;
  }
  drop(result);
  return status;
}

struct object *type_slot_new(struct type *t, struct object *const *args, size_t n,
                             struct object *kwnames) {
  struct object *f = attribute_get(&t->head, NAME(new));
  if (!f)
    return NULL;
  struct object *result = call_prepended(f, &t->head, args, n, kwnames);
  drop(f);
  return result;
}

void type_slot_finalize(struct object *o) {
  bool missing;
  struct object *result = ask(o, NAME(del), 0, NULL, NULL, &missing);
  if (result)
    drop(result);
  else if (!missing) {
    struct object *method = type_lookup_borrowed(type_of(o), NAME(del));
    error_report_object(method);
  }
}

UNARY(await, await)
UNARY(aiter, aiter)
UNARY(anext, anext)
