/* Slices: start, stop and step, and what they mean for a length. */
#include "runtime/object/exception.h"
#include "runtime/object/freelist.h"
#include "runtime/object/function.h"
#include "runtime/object/int.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include <stddef.h>

static struct slice *slice_of(struct object *o) { return (struct slice *)o; }

static struct freelist slice_free;
void slice_open(void) { freelist_open(&slice_free, 4); }
void slice_release_caches(void) { freelist_release(&slice_free, sizeof(struct slice)); }

struct object *slice_new(struct object *start, struct object *stop, struct object *step) {
  struct slice *s = (struct slice *)freelist_pop(&slice_free);
  if (!s && UNLIKELY(!(s = (struct slice *)gc_new_container(&slice_type, sizeof *s))))
    return error_no_memory();
  s->start = hold(start ? start : NONE);
  s->stop = hold(stop ? stop : NONE);
  s->step = hold(step ? step : NONE);
  gc_track(&s->head);
  return &s->head;
}

static void slice_destroy(struct object *o) {
  struct slice *s = slice_of(o);
  gc_untrack(o);
  drop_null(s->start); /* a collection may have cleared them */
  drop_null(s->stop);
  drop_null(s->step);
  if (!freelist_push(&slice_free, o))
    gc_delete(o, sizeof *s);
}

ALWAYS_INLINE int read(struct object *o, int64_t *value) {
  if (LIKELY(type_of(o) == &int_type) && LIKELY(int_is_compact(o)))
    return *value = int_value(o), 0;
  if (!is_any_int(o) && !type_of(o)->number.index) {
    error_set(ERROR_TYPE, "slice indices must be integers or None or have an __index__ method");
    return -1;
  }
  return number_to_i64(o, value, ERROR_NONE);
}
int slice_index(struct object *o, int64_t *value) {
  if (!is_any_int(o) && !type_of(o)->number.index) {
    error_set(ERROR_TYPE, "slice indices must be integers or have an __index__ method");
    return -1;
  }
  return number_to_i64(o, value, ERROR_NONE);
}
int slice_unpack(struct object *o, int64_t *start, int64_t *stop, int64_t *step) {
  struct slice *s = slice_of(o);
  *step = 1;
  if (s->step != NONE) {
    if (read(s->step, step) < 0)
      return -1;
    if (*step == 0) {
      error_set(ERROR_VALUE, "slice step cannot be zero");
      return -1;
    }
    if (*step < -INT64_MAX)
      *step = -INT64_MAX;
  }
  *start = *step < 0 ? INT64_MAX : 0;
  *stop = *step < 0 ? INT64_MIN : INT64_MAX;
  if (s->start != NONE && read(s->start, start) < 0)
    return -1;
  return s->stop != NONE ? read(s->stop, stop) : 0;
}

static int64_t clip(int64_t i, int64_t length, int64_t step) {
  if (i < 0) {
    i += length;
    return i >= 0 ? i : step < 0 ? -1 : 0;
  }
  return i < length ? i : step < 0 ? length - 1 : length;
}
int64_t slice_adjust(int64_t length, int64_t *start, int64_t *stop, int64_t step) {
  *start = clip(*start, length, step);
  *stop = clip(*stop, length, step);
  if (LIKELY(step == 1))
    return *start < *stop ? *stop - *start : 0;
  if (step < 0)
    return *stop < *start ? (*start - *stop - 1) / -step + 1 : 0;
  return *start < *stop ? (*stop - *start - 1) / step + 1 : 0;
}

static struct object *new_slot(struct type *t, struct object *const *args, size_t n,
                               struct object *kwnames) {
  if (args_check_no_keywords("slice", kwnames) < 0 || args_check_count("slice", n, 1, 3) < 0)
    return NULL;
  return n == 1 ? slice_new(NULL, args[0], NULL)
                : slice_new(args[0], args[1], n > 2 ? args[2] : NULL);
}
static struct object *repr(struct object *o) {
  struct slice *s = slice_of(o);
  return str_format("slice(%R, %R, %R)", s->start, s->stop, s->step);
}
static struct object *compare_slot(struct object *a, struct object *b, enum compare_op op) {
  if (!is_slice(a) || !is_slice(b))
    return hold(NOT_IMPLEMENTED);
  struct slice *x = slice_of(a), *y = slice_of(b);
  struct object *p = tuple_pack(3, x->start, x->stop, x->step);
  struct object *q = p ? tuple_pack(3, y->start, y->stop, y->step) : NULL;
  struct object *result = q ? compare(p, q, op) : NULL;
  drop_null(q);
  drop_null(p);
  return result;
}
static struct object *bound(struct object *given) {
  if (type_of(given)->number.index)
    return number_index(given);
  return error_format(ERROR_TYPE, "slice indices must be integers or None or have an __index__ "
                                  "method");
}

/* With ints of any size, as slice.indices promises. */
static struct object *bounded(struct object *given, struct object *length, bool backward,
                              bool is_stop) {
  struct object *zero = int_from_i64(0);
  if (given == NONE) {
    bool at_end = backward != is_stop;
    struct object *limit = at_end ? hold(length) : hold(zero);
    if (backward) {
      struct object *one = int_from_i64(1), *less = int_subtract(limit, one);
      drop(limit);
      drop(one);
      limit = less;
    }
    drop(zero);
    return limit;
  }
  struct object *i = bound(given);
  if (i && int_compare(i, zero) < 0) {
    struct object *sum = int_add(i, length);
    drop(i);
    i = sum;
    if (i && int_compare(i, zero) < 0) {
      drop(i);
      i = int_from_i64(backward ? -1 : 0);
    }
  } else if (i && int_compare(i, length) >= 0) {
    drop(i);
    struct object *one = int_from_i64(1);
    i = backward ? int_subtract(length, one) : hold(length);
    drop(one);
  }
  drop(zero);
  return i;
}
struct object *slice_indices(struct object *o, struct object *argument) {
  struct slice *s = slice_of(o);
  struct object *zero = int_from_i64(0), *length = number_index(argument);
  struct object *step = NULL, *start = NULL, *stop = NULL, *result = NULL;
  if (!length)
    return NULL;
  if (int_compare(length, zero) < 0)
    error_set(ERROR_VALUE, "length should not be negative");
  else
    step = s->step == NONE ? int_from_i64(1) : bound(s->step);
  if (step && int_compare(step, zero) == 0) {
    error_set(ERROR_VALUE, "slice step cannot be zero");
    drop(step);
    step = NULL;
  }
  if (step) {
    bool backward = int_compare(step, zero) < 0;
    start = bounded(s->start, length, backward, false);
    stop = start ? bounded(s->stop, length, backward, true) : NULL;
    result = stop ? tuple_pack(3, start, stop, step) : NULL;
  }
  drop_null(start);
  drop_null(stop);
  drop_null(step);
  drop(length);
  return result;
}
static struct object *reduce(struct object *o) {
  struct slice *s = slice_of(o);
  struct object *args = tuple_pack(3, s->start, s->stop, s->step);
  struct object *result = args ? tuple_pack(2, &slice_type.head, args) : NULL;
  drop_null(args);
  return result;
}
static const struct method_def methods[] = {
    METHOD_ONE_("indices", slice_indices,
                "S.indices(len) -> (start, stop, stride)\n\nAssuming a sequence of length len, "
                "calculate the start and stop\nindices, and the stride length of the extended "
                "slice described by\nS. Out of bounds indices are clipped in a manner consistent "
                "with the\nhandling of normal slices."),
    METHOD_NOARGS_("__reduce__", reduce, "Return state information for pickling."),
    {NULL}};
static const struct member_def members[] = {
    {"start", MEMBER_OBJECT, MEMBER_READONLY, offsetof(struct slice, start), NULL},
    {"stop", MEMBER_OBJECT, MEMBER_READONLY, offsetof(struct slice, stop), NULL},
    {"step", MEMBER_OBJECT, MEMBER_READONLY, offsetof(struct slice, step), NULL},
    {NULL}};
struct type slice_type = {.head = OBJECT_STATIC(type_type),
                          .shape = {.layout = GC_FIXED,
                                    .flags = GC_CONTAINER | GC_PLAIN,
                                    .refs_offset = offsetof(struct slice, start),
                                    .refs_n = 3,
                                    .basic_bytes = sizeof(struct slice)},
                          .name = "slice",
                          .destroy = slice_destroy,
                          .new_ = new_slot,
                          .repr = repr,
                          .compare = compare_slot,
                          .hash = type_unhashable,
                          .methods = methods,
                          .members = members,
                          .doc =
                              "slice(stop)\nslice(start, stop[, step])\n\nCreate a slice object.  "
                              "This is used for extended slicing (e.g. a[0:10:2]).",
                          .base = &object_type};
