/* Strings as sequences: items, slices, repetition, order, iterators. */
#include "runtime/object/exception.h"
#include "runtime/object/function.h"
#include "runtime/object/int.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str_internal.h"
#include "runtime/object/tuple.h"
#include <stddef.h>
#include <string.h>

int64_t str_length_slot(struct object *s) { return (int64_t)str_length(s); }

struct object *str_item(struct object *s, int64_t i) {
  if (UNLIKELY(i < 0 || i >= (int64_t)str_length(s))) {
    error_set(ERROR_INDEX, "string index out of range");
    return NULL;
  }
  return str_slice(s, (size_t)i, (size_t)i + 1);
}

static struct object *stepped(struct object *s, int64_t start, int64_t step, size_t n) {
  unsigned kind = str_kind(s);
  struct object *o = str_new_open(n, kind);
  if (!o)
    return NULL;
  struct text_units in = str_units(s);
  void *data = str_room(o);
  for (size_t i = 0; i < n; i++)
    str_put(data, kind, i, text_unit(in, (size_t)(start + (int64_t)i * step)));
  return str_seal_taking(o, str_is_ascii(s));
}

struct object *str_subscript(struct object *s, struct object *key) {
  int64_t i, stop, step;
  if (LIKELY(type_of(key) == &int_type && int_is_compact(key)))
    i = int_value(key);
  else if (is_slice(key)) {
    if (slice_unpack(key, &i, &stop, &step) < 0)
      return NULL;
    int64_t n = slice_adjust((int64_t)str_length(s), &i, &stop, step);
    if (n <= 0)
      return str_from_ascii("");
    if (step == 1)
      return str_slice(s, (size_t)i, (size_t)stop);
    return stepped(s, i, step, (size_t)n);
  } else if (!type_of(key)->number.index)
    return error_format(ERROR_TYPE, "string indices must be integers, not '%N'", key);
  else if (number_to_i64(key, &i, ERROR_INDEX) < 0)
    return NULL;
  return str_item(s, i < 0 ? i + (int64_t)str_length(s) : i);
}

struct object *str_concat_slot(struct object *a, struct object *b) {
  if (UNLIKELY(!is_any_str(b)))
    return error_format(ERROR_TYPE, "can only concatenate str (not \"%N\") to str", b);
  return str_concat(a, b);
}

struct object *str_repeat(struct object *s, int64_t times) {
  size_t n = str_length(s), length;
  if (times <= 0 || n == 0)
    return str_from_ascii("");
  if (times == 1)
    return str_exact(s);
  if (__builtin_mul_overflow(n, (size_t)times, &length) || length > INT64_MAX) {
    error_set(ERROR_OVERFLOW, "repeated string is too long");
    return NULL;
  }
  const struct str *from = (const struct str *)s;
  struct object *o = str_new_settled(length, from->shape & (STR_KIND | STR_ASCII));
  if (!o)
    return NULL;
  unsigned char *out = str_room(o);
  size_t bytes = n << str_kind(s), all = length << str_kind(s);
  if (bytes == 1)
    memset(out, from->data[0], all);
  else {
    memcpy(out, from->data, bytes);
    for (size_t done = bytes; done < all;) {
      size_t more = done < all - done ? done : all - done;
      memcpy(out + done, out, more);
      done += more;
    }
  }
  return o;
}

struct object *str_compare_slot(struct object *a, struct object *b, enum compare_op op) {
  if (UNLIKELY(!is_any_str(a) || !is_any_str(b)))
    return hold(NOT_IMPLEMENTED);
  bool holds;
  if (op == COMPARE_EQ || op == COMPARE_NE)
    holds = (a == b || str_same_text(a, b)) == (op == COMPARE_EQ);
  else {
    int order = a == b ? 0 : str_compare(a, b);
    holds = op == COMPARE_LT   ? order < 0
            : op == COMPARE_LE ? order <= 0
            : op == COMPARE_GT ? order > 0
                               : order >= 0;
  }
  return hold(bool_from(holds));
}

/* ---- Iterators ---- */

struct str_iterator {
  struct object head;
  struct object *text; /* NULL: exhausted */
  size_t i;
};
static struct str_iterator *iterator_of(struct object *o) { return (struct str_iterator *)o; }

struct object *str_iter(struct object *s) {
  struct type *t = str_is_ascii(s) ? &str_ascii_iterator_type : &str_iterator_type;
  struct str_iterator *it = (struct str_iterator *)gc_new_container(t, sizeof *it);
  if (!it)
    return error_no_memory();
  it->text = hold(s);
  it->i = 0;
  gc_track(&it->head);
  return &it->head;
}
static struct object *iterator_next(struct object *o) {
  struct str_iterator *it = iterator_of(o);
  if (UNLIKELY(!it->text))
    return NULL;
  if (LIKELY(it->i < str_length(it->text))) {
    size_t i = it->i++;
    return str_slice(it->text, i, i + 1);
  }
  store(o, &it->text, NULL);
  return NULL;
}
static struct object *itself(struct object *o) { return hold(o); }
static struct object *iterator_hint(struct object *o) {
  struct str_iterator *it = iterator_of(o);
  return int_from_i64(it->text ? (int64_t)(str_length(it->text) - it->i) : 0);
}
static struct object *iterator_reduce(struct object *o) {
  struct str_iterator *it = iterator_of(o);
  struct object *iter = builtins_get("iter"), *args = NULL, *result = NULL;
  struct object *text = !iter ? NULL : it->text ? hold(it->text) : str_from_ascii("");
  struct object *place = text && it->text ? int_from_i64((int64_t)it->i) : NULL;
  if (text && (place || !it->text) && (args = tuple_pack(1, text)))
    result = place ? tuple_pack(3, iter, args, place) : tuple_pack(2, iter, args);
  drop_null(args);
  drop_null(place);
  drop_null(text);
  drop_null(iter);
  return result;
}
static struct object *iterator_setstate(struct object *o, struct object *state) {
  struct str_iterator *it = iterator_of(o);
  int64_t i;
  if (args_to_size(state, &i) < 0)
    return NULL;
  if (it->text) {
    int64_t n = (int64_t)str_length(it->text);
    it->i = (size_t)(i < 0 ? 0 : i > n ? n : i);
  }
  return hold(NONE);
}
static const struct method_def iterator_methods[] = {
    METHOD_NOARGS_("__length_hint__", iterator_hint, "How many items are left, roughly."),
    METHOD_NOARGS_("__reduce__", iterator_reduce, "State for pickling."),
    METHOD_ONE_("__setstate__", iterator_setstate, "Takes over state from unpickling."),
    {NULL}};

#define ITERATOR_TYPE(name_)                                                                       \
  {                                                                                                \
    .head = OBJECT_STATIC(type_type),                                                              \
    .shape = {.layout = GC_FIXED,                                                                  \
              .flags = GC_CONTAINER | GC_PLAIN,                                                    \
              .refs_offset = offsetof(struct str_iterator, text),                                  \
              .refs_n = 1,                                                                         \
              .basic_bytes = sizeof(struct str_iterator)},                                         \
    .name = name_, .flags = TYPE_NO_INSTANCE, .iter = itself, .next = iterator_next,               \
    .methods = iterator_methods, .base = &object_type                                              \
  }
struct type str_iterator_type = ITERATOR_TYPE("str_iterator");
struct type str_ascii_iterator_type = ITERATOR_TYPE("str_ascii_iterator");
