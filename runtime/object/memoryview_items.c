/* The items of memoryviews: reading and writing them by format, indexing, comparing, iterating. */
#include "runtime/object/bytes.h"
#include "runtime/object/exception.h"
#include "runtime/object/float.h"
#include "runtime/object/function.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/memoryview_internal.h"
#include "runtime/object/tuple.h"
#include <stddef.h>
#include <string.h>

#define OF memoryview_of

struct object *(*memoryview_unpack)(const char *format, const void *item, int64_t bytes);

/* ---- Formats ---- */

int memoryview_native(const char *format, char *c) {
  if (*format == '@')
    format++;
  *c = *format;
  if (!*format || format[1])
    return -1;
  switch (*format) {
  case 'c':
  case 'b':
  case 'B':
  case '?':
    return 1;
  case 'h':
  case 'H':
    return sizeof(short);
  case 'i':
  case 'I':
    return sizeof(int);
  case 'f':
    return sizeof(float);
  case 'l':
  case 'L':
  case 'q':
  case 'Q':
  case 'n':
  case 'N':
  case 'P':
  case 'd':
    return 8;
  default:
    return -1;
  }
}
static void *unsupported(const char *format) {
  return error_format(ERROR_NOT_IMPLEMENTED, "memoryview: format %s not supported", format);
}
char memoryview_format_char(const char *format) {
  const char *plain = *format == '@' && format[1] && !format[2] ? format + 1 : format;
  if (*plain && !plain[1])
    return *plain;
  error_format(ERROR_NOT_IMPLEMENTED, "memoryview: unsupported format %s", format);
  return 0;
}

struct object *memoryview_read(const char *format, char c, const unsigned char *item) {
#define READ(T, make)                                                                              \
  {                                                                                                \
    T value;                                                                                       \
    memcpy(&value, item, sizeof value);                                                            \
    return make(value);                                                                            \
  }
  switch (c) {
  case 'B':
    return int_from_i64(*item);
  case 'b':
    return int_from_i64((signed char)*item);
  case '?':
    return hold(bool_from(*item != 0));
  case 'c':
    return bytes_from(item, 1);
  case 'h':
    READ(short, int_from_i64)
  case 'H':
    READ(unsigned short, int_from_i64)
  case 'i':
    READ(int, int_from_i64)
  case 'I':
    READ(unsigned, int_from_i64)
  case 'l':
  case 'q':
  case 'n':
    READ(int64_t, int_from_i64)
  case 'L':
  case 'Q':
  case 'N':
  case 'P':
    READ(uint64_t, int_from_u64)
  case 'f':
    READ(float, float_from)
  case 'd':
    READ(double, float_from)
  default:
    return unsupported(format);
  }
#undef READ
}

static int invalid(const char *what, const char *format) {
  error_format(*what == 't' ? ERROR_TYPE : ERROR_VALUE, "memoryview: invalid %s for format '%s'",
               what, format);
  return -1;
}
static int write_int(unsigned char *item, const char *format, struct object *value, unsigned bytes,
                     bool is_signed) {
  struct object *index = number_index(value);
  if (!index)
    return error_clear_if(ERROR_TYPE) ? invalid("type", format) : -1;
  int64_t i;
  uint64_t u = 0;
  bool fits = int_to_i64(index, &i);
  if (fits) {
    u = (uint64_t)i;
    int64_t most = bytes == 8 ? INT64_MAX : (INT64_C(1) << (8 * bytes - is_signed)) - 1;
    fits = is_signed ? i >= -most - 1 && i <= most : i >= 0 && i <= most;
  } else if (!is_signed && bytes == 8) {
    const struct int_object *wide = (const struct int_object *)index;
    if (!int_is_compact(index) && int_limbs_n(wide) == 1 && !int_wide_is_negative(wide)) {
      u = wide->limbs[0];
      fits = true;
    }
  }
  drop(index);
  if (!fits)
    return invalid("value", format);
  memcpy(item, &u, bytes);
  return 0;
}

int memoryview_write(unsigned char *item, const char *format, char c, struct object *value) {
  if (*format == '@')
    format++;
  switch (c) {
  case 'b':
    return write_int(item, format, value, 1, true);
  case 'B':
    return write_int(item, format, value, 1, false);
  case 'h':
    return write_int(item, format, value, 2, true);
  case 'H':
    return write_int(item, format, value, 2, false);
  case 'i':
    return write_int(item, format, value, 4, true);
  case 'I':
    return write_int(item, format, value, 4, false);
  case 'l':
  case 'q':
  case 'n':
    return write_int(item, format, value, 8, true);
  case 'L':
  case 'Q':
  case 'N':
  case 'P':
    return write_int(item, format, value, 8, false);
  case 'f':
  case 'd': {
    double d;
    if (number_to_double(value, &d) < 0)
      return error_clear_if(ERROR_TYPE) ? invalid("type", format) : -1;
    float f = (float)d;
    if (c == 'f')
      memcpy(item, &f, sizeof f);
    else
      memcpy(item, &d, sizeof d);
    return 0;
  }
  case '?': {
    int truth = object_truth(value);
    if (truth >= 0)
      *item = (unsigned char)truth;
    return truth < 0 ? -1 : 0;
  }
  case 'c':
    if (!is_any_bytes(value))
      return invalid("type", format);
    if (bytes_length(value) != 1)
      return invalid("value", format);
    *item = bytes_data(value)[0];
    return 0;
  default:
    unsupported(format);
    return -1;
  }
}

/* ---- Places ---- */

static unsigned char *follow(unsigned char *item, int64_t suboffset) {
  return suboffset >= 0 ? *(unsigned char **)(void *)item + suboffset : item;
}
/* One step along a dimension; NULL: out of bounds. */
static unsigned char *step(struct memoryview *m, unsigned char *from, size_t dimension, int64_t i) {
  int64_t n = memoryview_shape(m)[dimension];
  if (i < 0)
    i += n;
  if (i < 0 || i >= n)
    return error_format(ERROR_INDEX, "index out of bounds on dimension %d", (int)dimension + 1);
  return follow(from + i * memoryview_strides(m)[dimension], memoryview_suboffsets(m)[dimension]);
}
static unsigned char *place_of_tuple(struct memoryview *m, struct object *key) {
  size_t n = tuple_length(key);
  if (n < m->dimensions)
    return error_format(ERROR_NOT_IMPLEMENTED, "sub-views are not implemented");
  if (n > m->dimensions)
    return error_format(ERROR_TYPE, "cannot index %zu-dimension view with %zu-element tuple",
                        m->dimensions, n);
  unsigned char *item = m->data;
  for (size_t k = 0; k < n && item; k++) {
    int64_t i;
    if (number_to_i64(tuple_get_borrowed(key, k), &i, ERROR_INDEX) < 0)
      return NULL;
    item = step(m, item, k, i);
  }
  return item;
}
static bool all_are(struct object *key, bool slices) {
  if (!is_any_tuple(key) || (slices && tuple_length(key) == 0))
    return false;
  for (size_t i = 0; i < tuple_length(key); i++) {
    struct object *each = tuple_get_borrowed(key, i);
    if (slices ? !is_slice(each) : !type_of(each)->number.index)
      return false;
  }
  return true;
}

static int slice_first(struct memoryview *m, struct object *slice) {
  int64_t start, stop, by;
  if (slice_unpack(slice, &start, &stop, &by) < 0)
    return -1;
  int64_t n = slice_adjust(memoryview_shape(m)[0], &start, &stop, by);
  int64_t *strides = memoryview_strides(m), *suboffsets = memoryview_suboffsets(m);
  int64_t offset = strides[0] * start;
  if (suboffsets[0] >= 0)
    suboffsets[0] += offset;
  else
    m->data += offset;
  memoryview_shape(m)[0] = n < 0 ? 0 : n;
  strides[0] *= by;
  m->bytes = m->item_bytes;
  for (size_t i = 0; i < m->dimensions; i++)
    m->bytes *= memoryview_shape(m)[i];
  return 0;
}
static struct memoryview *sliced(struct memoryview *m, struct object *slice) {
  struct memoryview *part = memoryview_part(m, m->dimensions);
  if (part && slice_first(part, slice) < 0) {
    drop(&part->head);
    return NULL;
  }
  return part;
}

/* ---- Reading ---- */

static struct object *no_dimension(void) {
  return error_format(ERROR_TYPE, "invalid indexing of 0-dim memory");
}
struct object *memoryview_item(struct object *o, int64_t i) {
  struct memoryview *m = OF(o);
  char c;
  if (memoryview_check(m) < 0 || !(c = memoryview_format_char(m->format)))
    return NULL;
  if (m->dimensions == 0)
    return no_dimension();
  if (m->dimensions > 1)
    return error_format(ERROR_NOT_IMPLEMENTED, "multi-dimensional sub-views are not implemented");
  unsigned char *item = step(m, m->data, 0, i);
  return item ? memoryview_read(m->format, c, item) : NULL;
}
struct object *memoryview_get(struct object *o, struct object *key) {
  struct memoryview *m = OF(o);
  char c;
  if (memoryview_check(m) < 0)
    return NULL;
  if (m->dimensions == 0) {
    if (is_any_tuple(key) && tuple_length(key) == 0)
      return (c = memoryview_format_char(m->format)) ? memoryview_read(m->format, c, m->data)
                                                     : NULL;
    return key == ELLIPSIS ? hold(o) : no_dimension();
  }
  if (type_of(key) == &int_type && m->dimensions == 1 && m->format[0] == 'B' && !m->format[1] &&
      int_is_compact(key)) {
    unsigned char *item = step(m, m->data, 0, int_value(key));
    return item ? int_from_i64(*item) : NULL;
  }
  if (type_of(key)->number.index) {
    int64_t i;
    return number_to_i64(key, &i, ERROR_INDEX) < 0 ? NULL : memoryview_item(o, i);
  }
  if (is_slice(key))
    return (struct object *)sliced(m, key);
  if (all_are(key, false)) {
    if (!(c = memoryview_format_char(m->format)))
      return NULL;
    unsigned char *item = place_of_tuple(m, key);
    /* An index may have released the view. */
    return !item || memoryview_check(m) < 0 ? NULL : memoryview_read(m->format, c, item);
  }
  if (all_are(key, true))
    return error_format(ERROR_NOT_IMPLEMENTED, "multi-dimensional slicing is not implemented");
  return error_format(ERROR_TYPE, "memoryview: invalid slice key");
}

static struct object *list_of(struct memoryview *m, char c, unsigned char *from, size_t dimension) {
  if (dimension == m->dimensions)
    return memoryview_read(m->format, c, from);
  int64_t n = memoryview_shape(m)[dimension];
  struct object *list = list_new((size_t)n);
  for (int64_t i = 0; list && i < n; i++, from += memoryview_strides(m)[dimension]) {
    struct object *each =
        list_of(m, c, follow(from, memoryview_suboffsets(m)[dimension]), dimension + 1);
    if (!each || list_append_taking(list, each) < 0) {
      drop(list);
      return NULL;
    }
  }
  return list;
}
struct object *memoryview_to_list(struct object *o) {
  struct memoryview *m = OF(o);
  char c;
  if (memoryview_check(m) < 0 || !(c = memoryview_format_char(m->format)))
    return NULL;
  return list_of(m, c, m->data, 0);
}

/* ---- Writing ---- */

static bool same_format(const char *a, const char *b) {
  return !strcmp(a + (*a == '@'), b + (*b == '@'));
}
static int copy_in(struct memoryview *to, struct object *value) {
  struct buffer_view from;
  if (buffer_get(value, &from, BUFFER_FULL_READ) < 0)
    return -1;
  int status = -1;
  if (from.dimensions != 1 || from.shape[0] != memoryview_shape(to)[0] ||
      from.item_bytes != to->item_bytes ||
      !same_format(from.format ? from.format : "B", to->format))
    error_set(ERROR_VALUE, "memoryview assignment: lvalue and rvalue have different structures");
  else if (from.bytes == 0)
    status = 0;
  else {
    /* Through a copy, for both may be the same memory. */
    unsigned char *room = gc_buffer_new((size_t)from.bytes);
    if (!room)
      error_no_memory();
    else {
      unsigned char *item = to->data;
      buffer_copy_out(room, &from);
      for (int64_t i = 0; i < from.shape[0]; i++, item += memoryview_strides(to)[0])
        memcpy(follow(item, memoryview_suboffsets(to)[0]), room + i * from.item_bytes,
               (size_t)from.item_bytes);
      gc_buffer_free(room, (size_t)from.bytes);
      status = 0;
    }
  }
  buffer_release(&from);
  return status;
}

static int write_at(struct memoryview *m, unsigned char *item, char c, struct object *value) {
  /* Asking the value for its number may release the view: written aside first. */
  unsigned char room[8];
  if (memoryview_write(room, m->format, c, value) < 0 || memoryview_check(m) < 0)
    return -1;
  memcpy(item, room, (size_t)m->item_bytes);
  return 0;
}

int memoryview_set(struct object *o, struct object *key, struct object *value) {
  struct memoryview *m = OF(o);
  char c;
  unsigned char *item = NULL;
  if (memoryview_check(m) < 0 || !(c = memoryview_format_char(m->format)))
    return -1;
  if (m->is_readonly || !value) {
    error_set(ERROR_TYPE,
              m->is_readonly ? "cannot modify read-only memory" : "cannot delete memory");
    return -1;
  }
  if (m->dimensions == 0) {
    if (key == ELLIPSIS || (is_any_tuple(key) && tuple_length(key) == 0))
      return write_at(m, m->data, c, value);
    no_dimension();
    return -1;
  }
  if (type_of(key)->number.index) {
    int64_t i;
    if (m->dimensions > 1) {
      error_format(ERROR_NOT_IMPLEMENTED, "sub-views are not implemented");
      return -1;
    }
    if (number_to_i64(key, &i, ERROR_INDEX) < 0 || memoryview_check(m) < 0 ||
        !(item = step(m, m->data, 0, i)))
      return -1;
  } else if (is_slice(key) && m->dimensions == 1) {
    struct memoryview *part = sliced(m, key);
    int status = part && memoryview_check(m) == 0 ? copy_in(part, value) : -1;
    if (part)
      drop(&part->head);
    return status;
  } else if (all_are(key, false)) {
    if (!(item = place_of_tuple(m, key)))
      return -1;
  } else if (is_slice(key) || all_are(key, true)) {
    error_format(ERROR_NOT_IMPLEMENTED,
                 "memoryview slice assignments are currently restricted to ndim = 1");
    return -1;
  } else {
    error_format(ERROR_TYPE, "memoryview: invalid slice key");
    return -1;
  }
  return write_at(m, item, c, value);
}

/* ---- Comparing ---- */

/* An item as an object, by whichever format. */
static struct object *item_object(const struct buffer_view *v, const unsigned char *item) {
  char c;
  if (memoryview_native(v->format, &c) > 0)
    return memoryview_read(v->format, c, item);
  struct object *tuple = NULL;
  if (memoryview_unpack)
    tuple = memoryview_unpack(v->format, item, v->item_bytes);
  else
    unsupported(v->format);
  if (tuple && is_tuple(tuple) && tuple_length(tuple) == 1) {
    struct object *o = hold(tuple_get_borrowed(tuple, 0));
    drop(tuple);
    return o;
  }
  return tuple;
}

/* 1: equal; 0: not; -1: error. `same`: the native character that both have; 0: none. */
static int items_equal(const struct buffer_view *a, const unsigned char *x,
                       const struct buffer_view *b, const unsigned char *y, char same) {
  if (same == 'd' || same == 'f') {
    double p, q;
    float f, g;
    if (same == 'd') {
      memcpy(&p, x, sizeof p);
      memcpy(&q, y, sizeof q);
      return p == q;
    }
    memcpy(&f, x, sizeof f);
    memcpy(&g, y, sizeof g);
    return f == g;
  }
  if (same == '?')
    return (*x != 0) == (*y != 0);
  if (same)
    return memcmp(x, y, (size_t)a->item_bytes) == 0;
  struct object *p = item_object(a, x), *q = p ? item_object(b, y) : NULL;
  int equal = -1;
  if (q)
    equal = compare_true(p, q, COMPARE_EQ);
  else if (!error_matches(ERROR_MEMORY)) { /* a format that nobody understands: not equal */
    error_clear();
    equal = 0;
  }
  drop_null(p);
  drop_null(q);
  return equal;
}
static const unsigned char *next_of(const struct buffer_view *v, const unsigned char *item,
                                    int dimension) {
  if (v->suboffsets && v->suboffsets[dimension] >= 0)
    return *(unsigned char *const *)(const void *)item + v->suboffsets[dimension];
  return item;
}
static int rows_equal(const struct buffer_view *a, const unsigned char *x,
                      const struct buffer_view *b, const unsigned char *y, int dimension,
                      char same) {
  if (dimension == a->dimensions)
    return items_equal(a, x, b, y, same);
  for (int64_t i = 0; i < a->shape[dimension]; i++) {
    int equal =
        rows_equal(a, next_of(a, x, dimension), b, next_of(b, y, dimension), dimension + 1, same);
    if (equal <= 0)
      return equal;
    x += a->strides[dimension];
    y += b->strides[dimension];
  }
  return 1;
}
static int views_equal(const struct buffer_view *a, const struct buffer_view *b) {
  if (a->dimensions != b->dimensions)
    return 0;
  for (int i = 0; i < a->dimensions; i++) {
    if (a->shape[i] != b->shape[i])
      return 0;
    if (a->shape[i] == 0)
      break;
  }
  char c, d;
  bool both = memoryview_native(a->format, &c) > 0 && memoryview_native(b->format, &d) > 0;
  return rows_equal(a, a->data, b, b->data, 0, both && c == d ? c : 0);
}

struct object *memoryview_compare(struct object *a, struct object *b, enum compare_op op) {
  if ((op != COMPARE_EQ && op != COMPARE_NE) || !is_memoryview(a))
    return hold(NOT_IMPLEMENTED);
  int equal;
  struct buffer_view other = {0};
  if (!OF(a)->managed || (is_memoryview(b) && !OF(b)->managed))
    equal = a == b;
  else {
    struct buffer_view mine; /* held, so that comparing can't release what is compared */
    if (buffer_get(a, &mine, BUFFER_FULL_READ) < 0)
      return NULL;
    if (!has_buffer(b) || buffer_get(b, &other, BUFFER_FULL_READ) < 0) {
      error_clear();
      buffer_release(&mine);
      return hold(NOT_IMPLEMENTED);
    }
    if (!other.format)
      other.format = "B";
    equal = views_equal(&mine, &other);
    buffer_release(&other);
    buffer_release(&mine);
  }
  return equal < 0 ? NULL : hold(bool_from((equal != 0) == (op == COMPARE_EQ)));
}

/* ---- Iterating ---- */

struct memory_iterator {
  struct object head;
  struct object *view; /* NULL: exhausted */
  int64_t i, n;
  char c;
};
struct object *memoryview_iterate(struct object *o) {
  struct memoryview *m = OF(o);
  char c;
  if (memoryview_check(m) < 0)
    return NULL;
  if (m->dimensions == 0)
    return no_dimension();
  if (m->dimensions != 1)
    return error_format(ERROR_NOT_IMPLEMENTED, "multi-dimensional sub-views are not implemented");
  if (!(c = memoryview_format_char(m->format)))
    return NULL;
  struct memory_iterator *it =
      (struct memory_iterator *)gc_new_container(&memory_iterator_type, sizeof *it);
  if (!it)
    return error_no_memory();
  it->view = hold(o);
  it->i = 0;
  it->n = memoryview_shape(m)[0];
  it->c = c;
  gc_track(&it->head);
  return &it->head;
}
static struct object *iterator_next(struct object *o) {
  struct memory_iterator *it = (struct memory_iterator *)o;
  if (!it->view)
    return NULL;
  struct memoryview *m = OF(it->view);
  if (it->i < it->n) {
    if (memoryview_check(m) < 0)
      return NULL;
    unsigned char *item = step(m, m->data, 0, it->i++);
    return item ? memoryview_read(m->format, it->c, item) : NULL;
  }
  store(o, &it->view, NULL);
  return NULL;
}
static struct object *itself(struct object *o) { return hold(o); }
struct type memory_iterator_type = {.head = OBJECT_STATIC(type_type),
                                    .shape = {.layout = GC_FIXED,
                                              .flags = GC_CONTAINER | GC_PLAIN,
                                              .refs_offset = offsetof(struct memory_iterator, view),
                                              .refs_n = 1,
                                              .basic_bytes = sizeof(struct memory_iterator)},
                                    .name = "memory_iterator",
                                    .flags = TYPE_NO_INSTANCE,
                                    .iter = itself,
                                    .next = iterator_next,
                                    .base = &object_type};
