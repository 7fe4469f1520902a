/* bool: the two ints that are truth values. */
#include "runtime/object/int_limbs.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"

static struct object *exact_new(struct object *const *args, size_t n, struct object *kwnames) {
  if (args_check_no_keywords("bool", kwnames) < 0 || args_check_count("bool", n, 0, 1) < 0)
    return NULL;
  int truth = n ? object_truth(args[0]) : 0;
  return truth < 0 ? NULL : hold(bool_from(truth));
}
static struct object *new_slot(struct type *t, struct object *const *args, size_t n,
                               struct object *kwnames) {
  return exact_new(args, n, kwnames);
}
static struct object *construct(struct object *type, struct object *const *args, size_t n,
                                struct object *kwnames) {
  if (LIKELY(call_count(n) == 1 && !kwnames)) {
    int truth = object_truth(args[0]);
    return truth < 0 ? NULL : hold(bool_from(truth));
  }
  return exact_new(args, call_count(n), kwnames);
}

static struct object *repr(struct object *o) {
  return str_intern_ascii(o == TRUE_ ? "True" : "False", o == TRUE_ ? 4 : 5);
}

/* Two bools make a bool; with another int they are ints. */
#define LOGIC(name, function, op)                                                                  \
  static struct object *name(struct object *a, struct object *b) {                                 \
    if (type_of(a) == &bool_type && type_of(b) == &bool_type)                                      \
      return hold(bool_from((a == TRUE_) op(b == TRUE_)));                                         \
    return is_any_int(a) && is_any_int(b) ? function(a, b) : hold(NOT_IMPLEMENTED);                \
  }
LOGIC(bit_and, int_and, &)
LOGIC(bit_or, int_or, |)
LOGIC(bit_xor, int_xor, ^)

struct type bool_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_LEAF, .basic_bytes = sizeof(struct int_object), .bytes = int_bytes},
    .name = "bool",
    .flags = TYPE_IS_INT | TYPE_MATCH_SELF, /* before it is readied, too */
    .destroy = int_destroy,
    .hash = int_hash,
    .equal = int_equal,
    .check = int_check,
    .compare = int_compare_slot,
    .construct = construct,
    .new_ = new_slot,
    .repr = repr,
    .number = {.bit_and = bit_and, .bit_xor = bit_xor, .bit_or = bit_or},
    .doc = "bool(x) -> bool\n\nTrue when the argument is true, False otherwise. The two are ints, "
           "1 and 0;\nno other class can derive from this one.",
    .base = &int_type,
};
