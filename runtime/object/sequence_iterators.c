/* Iterators over lists and tuples, forward and backward, and reversed() over any sequence. One
 * struct serves these and all other iterators by position: the sequence, and what comes next. */
#include "runtime/object/sequence_iterators.h"
#include "runtime/object/bytes_internal.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/model.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"

static struct sequence_iterator *iterator_of(struct object *o) {
  return (struct sequence_iterator *)o;
}
struct object *sequence_iterator_self(struct object *o) {
  return hold(o);
}

struct object *sequence_iterator_at(struct type *t, struct object *sequence, int64_t i) {
  struct sequence_iterator *it = (struct sequence_iterator *)gc_new_container(t, sizeof *it);
  if (UNLIKELY(!it))
    return error_no_memory();
  it->sequence = hold(sequence);
  it->i = i;
  gc_track(&it->head);
  return &it->head;
}
struct object *list_iterate(struct object *list) {
  return sequence_iterator_at(&list_iterator_type, list, 0);
}
struct object *list_iterate_reversed(struct object *list) {
  return sequence_iterator_at(&list_reverse_iterator_type, list, (int64_t)list_length(list) - 1);
}
struct object *tuple_iterate(struct object *tuple) {
  return sequence_iterator_at(&tuple_iterator_type, tuple, 0);
}

void sequence_iterator_destroy(struct object *o) {
  gc_untrack(o);
  drop_null(iterator_of(o)->sequence);
  gc_delete(o, sizeof(struct sequence_iterator));
}

struct object *sequence_iterator_exhaust(struct object *o) {
  store(o, &iterator_of(o)->sequence, NULL);
  return NULL;
}

static struct object *list_next(struct object *o) {
  struct sequence_iterator *it = iterator_of(o);
  struct list *l = (struct list *)it->sequence;
  if (LIKELY(l != NULL) && LIKELY((uint64_t)it->i < l->n))
    return hold(l->items[it->i++]);
  return l ? sequence_iterator_exhaust(o) : NULL;
}
static struct object *list_previous(struct object *o) {
  struct sequence_iterator *it = iterator_of(o);
  struct list *l = (struct list *)it->sequence;
  if (LIKELY(l != NULL) && LIKELY((uint64_t)it->i < l->n)) /* -1 is a large number too */
    return hold(l->items[it->i--]);
  it->i = -1;
  return l ? sequence_iterator_exhaust(o) : NULL;
}
static struct object *tuple_next(struct object *o) {
  struct sequence_iterator *it = iterator_of(o);
  struct tuple *t = (struct tuple *)it->sequence;
  if (LIKELY(t != NULL) && LIKELY((uint64_t)it->i < t->n))
    return hold(t->items[it->i++]);
  return t ? sequence_iterator_exhaust(o) : NULL;
}

/* ---- For copying and pickling ---- */

struct object *sequence_iterator_reduce_taking(struct object *o, struct object *function,
                                               struct object *empty) {
  struct sequence_iterator *it = iterator_of(o);
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
  return sequence_iterator_reduce_taking(o, builtins_get("iter"), list_new(0));
}
static struct object *list_reverse_reduce(struct object *o) {
  return sequence_iterator_reduce_taking(o, builtins_get("reversed"), list_new(0));
}
static struct object *tuple_reduce(struct object *o) {
  return sequence_iterator_reduce_taking(o, builtins_get("iter"), tuple_new(0));
}
static struct object *reversed_reduce(struct object *o) {
  return sequence_iterator_reduce_taking(o, hold(&type_of(o)->head), tuple_new(0));
}

/* As C has it, whatever __len__ a subclass may have. */
static int64_t length_of(struct object *sequence) {
  return (int64_t)(is_any_list(sequence)    ? list_length(sequence)
                   : is_any_tuple(sequence) ? tuple_length(sequence)
                   : is_any_str(sequence)   ? str_length(sequence)
                                            : bytes_units(sequence).n);
}
/* Of a list, or of what reversed() was given. */
static int64_t length_backward(struct object *sequence) {
  return is_any_list(sequence) ? (int64_t)list_length(sequence) : object_length(sequence);
}

int sequence_iterator_read_state(struct object *state, int64_t *i) {
  if (type_of(state)->number.index)
    return args_to_size(state, i);
  error_set(ERROR_TYPE, "an integer is required");
  return -1;
}
struct object *sequence_iterator_set_state(struct object *o, struct object *state) {
  int64_t i;
  if (sequence_iterator_read_state(state, &i) < 0)
    return NULL;
  struct sequence_iterator *it = iterator_of(o);
  if (it->sequence) {
    int64_t length = length_of(it->sequence);
    it->i = i < 0 ? 0 : i > length ? length : i;
  }
  return hold(NONE);
}
static struct object *set_state_backward(struct object *o, struct object *state) {
  int64_t i;
  if (sequence_iterator_read_state(state, &i) < 0)
    return NULL;
  struct sequence_iterator *it = iterator_of(o);
  if (it->sequence) {
    int64_t length = length_backward(it->sequence);
    if (length < 0)
      return NULL;
    it->i = i < -1 ? -1 : i > length - 1 ? length - 1 : i;
  }
  return hold(NONE);
}

struct object *sequence_iterator_hint(struct object *o) {
  struct sequence_iterator *it = iterator_of(o);
  int64_t left = it->sequence ? length_of(it->sequence) - it->i : 0;
  return int_from_i64(left < 0 ? 0 : left);
}
static struct object *hint_backward(struct object *o) {
  struct sequence_iterator *it = iterator_of(o);
  int64_t left = it->sequence ? it->i + 1 : 0;
  if (left) {
    int64_t length = length_backward(it->sequence);
    if (length < 0)
      return NULL;
    if (length < left)
      left = 0;
  }
  return int_from_i64(left);
}

SEQUENCE_ITERATOR_METHODS(list_methods, sequence_iterator_hint, list_reduce,
                          sequence_iterator_set_state);
SEQUENCE_ITERATOR_METHODS(list_reverse_methods, hint_backward, list_reverse_reduce,
                          set_state_backward);
SEQUENCE_ITERATOR_METHODS(tuple_methods, sequence_iterator_hint, tuple_reduce,
                          sequence_iterator_set_state);
SEQUENCE_ITERATOR_METHODS(reversed_methods, hint_backward, reversed_reduce, set_state_backward);
SEQUENCE_ITERATOR_TYPE(list_iterator_type, "list_iterator", list_next, list_methods);
SEQUENCE_ITERATOR_TYPE(list_reverse_iterator_type, "list_reverseiterator", list_previous,
                       list_reverse_methods);
SEQUENCE_ITERATOR_TYPE(tuple_iterator_type, "tuple_iterator", tuple_next, tuple_methods);

/* ---- reversed() ---- */

static struct object *reversed_new(struct type *t, struct object *const *args, size_t n,
                                   struct object *kwnames) {
  if (((t == &reversed_type || t->init == reversed_type.init) &&
       args_check_no_keywords("reversed", kwnames) < 0) ||
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
  struct sequence_iterator *it = iterator_of(o);
  if (it->sequence && it->i >= 0) {
    struct object *sequence = hold(it->sequence), *item = sequence_get_item(sequence, it->i);
    drop(sequence);
    if (item) {
      it->i--;
      return item;
    }
    if (!error_clear_if(ERROR_INDEX))
      error_clear_if(ERROR_STOP_ITERATION); /* any other error ends it too, and stays */
  }
  it->i = -1;
  return it->sequence ? sequence_iterator_exhaust(o) : NULL;
}
struct type reversed_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_FIXED,
              .flags = GC_CONTAINER | GC_PLAIN,
              .refs_offset = offsetof(struct sequence_iterator, sequence),
              .refs_n = 1,
              .basic_bytes = sizeof(struct sequence_iterator)},
    .name = "reversed",
    .flags = TYPE_BASE,
    .new_ = reversed_new,
    .iter = sequence_iterator_self,
    .next = reversed_next,
    .methods = reversed_methods,
    .doc = "reversed(sequence, /)\n--\n\nReturn a reverse iterator over the values of the given "
           "sequence.",
    .base = &object_type};
