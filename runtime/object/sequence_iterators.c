/* Iterators over lists and tuples, forward and backward, and reversed() over any sequence. One
 * struct serves all: the sequence, and the position that comes next. */
#include "runtime/object/sequence_iterators.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/model.h"
#include "runtime/object/protocol.h"
#include "runtime/object/tuple.h"
#include <stddef.h>

static struct list_iterator *iterator_of(struct object *o) { return (struct list_iterator *)o; }
static struct object *self(struct object *o) { return hold(o); }

static struct object *new_iterator(struct type *t, struct object *sequence, int64_t i) {
  struct list_iterator *it = (struct list_iterator *)gc_new_container(t, sizeof *it);
  if (UNLIKELY(!it))
    return error_no_memory();
  it->sequence = hold(sequence);
  it->i = i;
  gc_track(&it->head);
  return &it->head;
}
struct object *list_iterate(struct object *list) {
  return new_iterator(&list_iterator_type, list, 0);
}
struct object *list_iterate_reversed(struct object *list) {
  return new_iterator(&list_reverse_iterator_type, list, (int64_t)list_length(list) - 1);
}
struct object *tuple_iterate(struct object *tuple) {
  return new_iterator(&tuple_iterator_type, tuple, 0);
}

static void destroy(struct object *o) {
  gc_untrack(o);
  drop_null(iterator_of(o)->sequence);
  gc_delete(o, sizeof(struct list_iterator));
}

static struct object *finish(struct object *o) {
  store(o, &iterator_of(o)->sequence, NULL);
  return NULL;
}

static struct object *list_next(struct object *o) {
  struct list_iterator *it = iterator_of(o);
  struct list *l = (struct list *)it->sequence;
  if (LIKELY(l != NULL) && LIKELY((uint64_t)it->i < l->n))
    return hold(l->items[it->i++]);
  return l ? finish(o) : NULL;
}
static struct object *list_previous(struct object *o) {
  struct list_iterator *it = iterator_of(o);
  struct list *l = (struct list *)it->sequence;
  if (LIKELY(l != NULL) && LIKELY((uint64_t)it->i < l->n)) /* -1 is a large number too */
    return hold(l->items[it->i--]);
  it->i = -1;
  return l ? finish(o) : NULL;
}
static struct object *tuple_next(struct object *o) {
  struct list_iterator *it = iterator_of(o);
  struct tuple *t = (struct tuple *)it->sequence;
  if (LIKELY(t != NULL) && LIKELY((uint64_t)it->i < t->n))
    return hold(t->items[it->i++]);
  return t ? finish(o) : NULL;
}

/* ---- For copying and pickling ---- */

/* (function, (sequence,), i), or (function, (empty,)) when nothing is left; takes `empty`. */
static struct object *reduce(struct object *o, struct object *function, struct object *empty) {
  struct list_iterator *it = iterator_of(o);
  struct object *args = NULL, *i = NULL, *result = NULL;
  if (function && empty)
    args = tuple_pack(1, it->sequence ? it->sequence : empty);
  if (args && it->sequence)
    i = int_from_i64(it->i);
  if (args && (i || !it->sequence))
    result = i ? tuple_pack(3, function, args, i) : tuple_pack(2, function, args);
  drop_null(i);
  drop_null(args);
  drop_null(empty);
  drop_null(function);
  return result;
}
static struct object *list_reduce(struct object *o) {
  return reduce(o, builtins_get("iter"), list_new(0));
}
static struct object *list_reverse_reduce(struct object *o) {
  return reduce(o, builtins_get("reversed"), list_new(0));
}
static struct object *tuple_reduce(struct object *o) {
  return reduce(o, builtins_get("iter"), tuple_new(0));
}
static struct object *reversed_reduce(struct object *o) {
  return reduce(o, hold(&type_of(o)->head), tuple_new(0));
}

/* Cut to [least, length + most]. */
static struct object *set_state(struct object *o, struct object *state, int64_t least,
                                int64_t most) {
  int64_t i;
  if (number_to_i64(state, &i, ERROR_OVERFLOW) < 0)
    return NULL;
  struct list_iterator *it = iterator_of(o);
  if (it->sequence) {
    int64_t length = object_length(it->sequence);
    if (length < 0)
      return NULL;
    it->i = i < least ? least : i > length + most ? length + most : i;
  }
  return hold(NONE);
}
static struct object *forward_set_state(struct object *o, struct object *state) {
  return set_state(o, state, 0, 0);
}
static struct object *backward_set_state(struct object *o, struct object *state) {
  return set_state(o, state, -1, -1);
}

static struct object *forward_hint(struct object *o) {
  struct list_iterator *it = iterator_of(o);
  int64_t left = 0;
  if (it->sequence) {
    size_t n = is_any_list(it->sequence) ? list_length(it->sequence) : tuple_length(it->sequence);
    left = (int64_t)n - it->i;
  }
  return int_from_i64(left < 0 ? 0 : left);
}
static struct object *backward_hint(struct object *o) {
  struct list_iterator *it = iterator_of(o);
  int64_t left = it->sequence ? it->i + 1 : 0;
  if (left) {
    int64_t length = object_length(it->sequence);
    if (length < 0)
      return NULL;
    if (length < left)
      left = 0;
  }
  return int_from_i64(left);
}

#define ITERATOR_METHODS(table, hint, reduce_, set_state_)                                         \
  static const struct method_def table[] = {                                                       \
      METHOD_NOARGS_("__length_hint__", hint,                                                      \
                     "Private method returning an estimate of len(list(it))."),                    \
      METHOD_NOARGS_("__reduce__", reduce_, "Return state information for pickling."),             \
      METHOD_ONE_("__setstate__", set_state_, "Set state information for unpickling."),            \
      {NULL}}
ITERATOR_METHODS(list_methods, forward_hint, list_reduce, forward_set_state);
ITERATOR_METHODS(list_reverse_methods, backward_hint, list_reverse_reduce, backward_set_state);
ITERATOR_METHODS(tuple_methods, forward_hint, tuple_reduce, forward_set_state);
ITERATOR_METHODS(reversed_methods, backward_hint, reversed_reduce, backward_set_state);

#define ITERATOR_TYPE(variable, name_, next_, methods_)                                            \
  struct type variable = {.head = OBJECT_STATIC(type_type),                                        \
                          .shape = {.layout = GC_FIXED,                                            \
                                    .flags = GC_CONTAINER | GC_PLAIN,                              \
                                    .refs_offset = offsetof(struct list_iterator, sequence),       \
                                    .refs_n = 1,                                                   \
                                    .basic_bytes = sizeof(struct list_iterator)},                  \
                          .name = name_,                                                           \
                          .flags = TYPE_NO_INSTANCE,                                               \
                          .destroy = destroy,                                                      \
                          .iter = self,                                                            \
                          .next = next_,                                                           \
                          .methods = methods_,                                                     \
                          .base = &object_type}
ITERATOR_TYPE(list_iterator_type, "list_iterator", list_next, list_methods);
ITERATOR_TYPE(list_reverse_iterator_type, "list_reverseiterator", list_previous,
              list_reverse_methods);
ITERATOR_TYPE(tuple_iterator_type, "tuple_iterator", tuple_next, tuple_methods);

/* ---- reversed() ---- */

static struct object *reversed_new(struct type *t, struct object *const *args, size_t n,
                                   struct object *kwnames) {
  if ((t == &reversed_type && args_check_no_keywords("reversed", kwnames) < 0) ||
      args_check_count("reversed", n, 1, 1) < 0)
    return NULL;
  struct object *sequence = args[0];
  struct object *method = type_lookup_borrowed(type_of(sequence), NAME(reversed));
  if (method && method != NONE) {
    struct object *row[] = {NULL, sequence};
    struct object *result = call_special(NAME(reversed), row + 1, 1 | CALL_SCRATCH);
    if (result || error_pending() != ERROR_NONE)
      return result;
  }
  if (method == NONE || !is_sequence(sequence))
    return error_format(ERROR_TYPE, "'%N' object is not reversible", sequence);
  int64_t length = object_length(sequence);
  struct object *o = length < 0 ? NULL : type_generic_alloc(t);
  if (!o)
    return NULL;
  store_first(o, &iterator_of(o)->sequence, hold(sequence));
  iterator_of(o)->i = length - 1;
  return o;
}
static struct object *reversed_next(struct object *o) {
  struct list_iterator *it = iterator_of(o);
  if (it->sequence && it->i >= 0) {
    struct object *sequence = hold(it->sequence), *item = sequence_get_item(sequence, it->i);
    drop(sequence);
    if (item) {
      it->i--;
      return item;
    }
    if (!error_clear_if(ERROR_INDEX) && !error_clear_if(ERROR_STOP_ITERATION))
      return NULL;
  }
  it->i = -1;
  return it->sequence ? finish(o) : NULL;
}
struct type reversed_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_FIXED,
              .flags = GC_CONTAINER | GC_PLAIN,
              .refs_offset = offsetof(struct list_iterator, sequence),
              .refs_n = 1,
              .basic_bytes = sizeof(struct list_iterator)},
    .name = "reversed",
    .flags = TYPE_BASE,
    .new_ = reversed_new,
    .iter = self,
    .next = reversed_next,
    .methods = reversed_methods,
    .doc = "reversed(sequence, /)\n--\n\nReturn a reverse iterator over the values of the given "
           "sequence.",
    .base = &object_type};
