/* memoryview: making, releasing, describing and casting views. */
#include "runtime/object/bytes_internal.h"
#include "runtime/object/codec.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/memoryview_internal.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include "runtime/object/weakref.h"
#include <stddef.h>
#include <string.h>

#define OF memoryview_of

/* ---- The buffer that views share ---- */

struct managed {
  struct object head;
  size_t views; /* that are not released */
  struct buffer_view view;
};
static struct managed *managed_of(struct object *o) { return (struct managed *)o; }

/* When collected together with its exporter, or found dead: the exporter may still be told. */
static void managed_finalize(struct object *o) { buffer_release(&managed_of(o)->view); }
static void managed_destroy(struct object *o) {
  gc_untrack(o);
  buffer_release(&managed_of(o)->view);
  gc_delete(o, sizeof(struct managed));
}
struct type managed_buffer_type = {.head = OBJECT_STATIC(type_type),
                                   .shape = {.layout = GC_FIXED,
                                             .flags = GC_CONTAINER | GC_PLAIN | GC_FINALIZES,
                                             .refs_offset = offsetof(struct managed, view.object),
                                             .refs_n = 1,
                                             .basic_bytes = sizeof(struct managed)},
                                   .name = "managedbuffer",
                                   .destroy = managed_destroy,
                                   .clear = managed_finalize,
                                   .finalize = managed_finalize,
                                   .flags = TYPE_NO_INSTANCE,
                                   .base = &object_type};

static struct managed *managed_new(void) {
  struct managed *m = (struct managed *)gc_new_container(&managed_buffer_type, sizeof *m);
  if (!m)
    return error_no_memory();
  m->views = 0;
  m->view = (struct buffer_view){0};
  gc_track(&m->head);
  return m;
}

/* ---- Views ---- */

static void let_go(struct memoryview *m) {
  struct object *managed = m->managed;
  if (!managed)
    return;
  m->managed = NULL;
  if (--managed_of(managed)->views == 0)
    buffer_release(&managed_of(managed)->view);
  drop(managed);
}
static void finalize(struct object *o) {
  if (OF(o)->exports == 0)
    let_go(OF(o));
}
static void destroy(struct object *o) {
  gc_untrack(o);
  if (OF(o)->weakrefs)
    weakref_referent_dies(o);
  let_go(OF(o));
  gc_delete(o, gc_object_bytes(o));
}
static void clear(struct object *o) { let_go(OF(o)); }

/* A view of as many dimensions, all else 0; takes part in the managed buffer. */
static struct memoryview *view_new(struct object *managed, size_t dimensions) {
  size_t bytes = sizeof(struct memoryview) + dimensions * 3 * sizeof(int64_t);
  struct memoryview *m = (struct memoryview *)gc_new_container(&memoryview_type, bytes);
  if (!m)
    return error_no_memory();
  memset((char *)m + sizeof m->head, 0, bytes - sizeof m->head);
  m->hash = -1;
  m->dimensions = dimensions;
  m->managed = hold(managed);
  managed_of(managed)->views++;
  gc_track(&m->head);
  return m;
}

static struct object *view_of(struct object *managed) {
  const struct buffer_view *v = &managed_of(managed)->view;
  size_t dimensions = (size_t)v->dimensions;
  if (dimensions > MEMORYVIEW_DIMENSIONS_MAX)
    return error_format(ERROR_VALUE, "memoryview: number of dimensions must not exceed %d",
                        MEMORYVIEW_DIMENSIONS_MAX);
  struct memoryview *m = view_new(managed, dimensions);
  if (!m)
    return NULL;
  m->format = v->format ? v->format : "B";
  m->data = v->data;
  m->bytes = v->bytes;
  m->item_bytes = v->item_bytes;
  m->is_readonly = v->is_readonly;
  int64_t *shape = memoryview_shape(m), *strides = memoryview_strides(m), step = v->item_bytes;
  for (size_t i = dimensions; i-- > 0;) {
    shape[i] = v->shape ? v->shape[i] : v->item_bytes ? v->bytes / v->item_bytes : 0;
    strides[i] = v->strides ? v->strides[i] : step;
    step *= shape[i];
    memoryview_suboffsets(m)[i] = v->suboffsets ? v->suboffsets[i] : -1;
  }
  return &m->head;
}

struct memoryview *memoryview_part(struct memoryview *from, size_t dimensions) {
  struct memoryview *m = view_new(from->managed, dimensions);
  if (!m)
    return NULL;
  m->format = from->format;
  m->data = from->data;
  m->bytes = from->bytes;
  m->item_bytes = from->item_bytes;
  m->is_readonly = from->is_readonly;
  if (dimensions == from->dimensions)
    memcpy(m->numbers, from->numbers, dimensions * 3 * sizeof(int64_t));
  return m;
}

int memoryview_check(struct memoryview *m) {
  if (LIKELY(m->managed && managed_of(m->managed)->views))
    return 0;
  error_set(ERROR_VALUE, "operation forbidden on released memoryview object");
  return -1;
}

struct object *memoryview_new(struct object *o) {
  if (is_memoryview(o)) {
    if (memoryview_check(OF(o)) < 0)
      return NULL;
    return (struct object *)memoryview_part(OF(o), OF(o)->dimensions);
  }
  if (!has_buffer(o))
    return error_format(ERROR_TYPE, "memoryview: a bytes-like object is required, not '%N'", o);
  struct managed *managed = managed_new();
  if (!managed)
    return NULL;
  struct object *view = NULL;
  if (buffer_get(o, &managed->view, BUFFER_FULL_READ) == 0)
    view = view_of(&managed->head);
  drop(&managed->head);
  return view;
}

struct object *memoryview_from_memory(void *data, size_t n, bool is_readonly) {
  struct managed *managed = managed_new();
  if (!managed)
    return NULL;
  managed->view = (struct buffer_view){.data = data,
                                       .bytes = (int64_t)n,
                                       .item_bytes = 1,
                                       .is_readonly = is_readonly,
                                       .dimensions = 1,
                                       .format = "B"};
  struct object *view = view_of(&managed->head);
  drop(&managed->head);
  return view;
}

int memoryview_release(struct object *o) {
  size_t exports = OF(o)->exports;
  if (exports) {
    error_format(ERROR_BUFFER, "memoryview has %zu exported buffer%s", exports,
                 exports == 1 ? "" : "s");
    return -1;
  }
  let_go(OF(o));
  return 0;
}

struct buffer_view memoryview_look(struct memoryview *m) {
  struct buffer_view v = {.data = m->data,
                          .bytes = m->bytes,
                          .item_bytes = m->item_bytes,
                          .is_readonly = m->is_readonly,
                          .dimensions = (int)m->dimensions,
                          .format = m->format};
  if (m->dimensions) {
    v.shape = memoryview_shape(m);
    v.strides = memoryview_strides(m);
    for (size_t i = 0; i < m->dimensions; i++)
      if (memoryview_suboffsets(m)[i] >= 0)
        v.suboffsets = memoryview_suboffsets(m);
  }
  return v;
}
static bool is_contiguous(struct memoryview *m, char order) {
  struct buffer_view v = memoryview_look(m);
  return buffer_is_contiguous(&v, order);
}

/* ---- As an exporter ---- */

static int get_buffer(struct object *o, struct buffer_view *view, int flags) {
  struct memoryview *m = OF(o);
  const char *wrong = NULL;
  if (memoryview_check(m) < 0)
    return -1;
  struct buffer_view v = memoryview_look(m);
  bool in_c = buffer_is_contiguous(&v, 'C');
  if ((flags & BUFFER_WRITABLE) && m->is_readonly)
    wrong = "underlying buffer is not writable";
  else if ((flags & BUFFER_C_CONTIGUOUS) == BUFFER_C_CONTIGUOUS && !in_c)
    wrong = "underlying buffer is not C-contiguous";
  else if ((flags & BUFFER_F_CONTIGUOUS) == BUFFER_F_CONTIGUOUS && !buffer_is_contiguous(&v, 'F'))
    wrong = "underlying buffer is not Fortran contiguous";
  else if ((flags & BUFFER_ANY_CONTIGUOUS) == BUFFER_ANY_CONTIGUOUS &&
           !buffer_is_contiguous(&v, 'A'))
    wrong = "underlying buffer is not contiguous";
  else if ((flags & BUFFER_INDIRECT) != BUFFER_INDIRECT && v.suboffsets)
    wrong = "underlying buffer requires suboffsets";
  else if ((flags & BUFFER_STRIDES) != BUFFER_STRIDES && !in_c)
    wrong = "underlying buffer is not C-contiguous";
  else if (!(flags & BUFFER_ND) && (flags & BUFFER_FORMAT))
    wrong = "cannot cast to unsigned bytes if the format flag is present";
  if (wrong) {
    error_set(ERROR_BUFFER, "memoryview: %s", wrong);
    return -1;
  }
  if (!(flags & BUFFER_FORMAT))
    v.format = NULL;
  if ((flags & BUFFER_STRIDES) != BUFFER_STRIDES)
    v.strides = NULL;
  if (!(flags & BUFFER_ND)) {
    v.dimensions = 1;
    v.shape = NULL;
  }
  v.object = hold(o);
  *view = v;
  m->exports++;
  return 0;
}
static void release_buffer(struct object *o, struct buffer_view *view) { OF(o)->exports--; }

/* ---- Python's constructor and methods ---- */

static struct object *new_slot(struct type *t, struct object *const *args, size_t n,
                               struct object *kwnames) {
  static const char *const names[] = {"object"};
  static const struct args_spec spec = {"memoryview", names, 1, 0, 1, 1};
  struct object *o;
  return args_parse(&spec, args, n, kwnames, &o) < 0 ? NULL : memoryview_new(o);
}
static struct object *repr(struct object *o) {
  return str_format(OF(o)->managed ? "<memory at %p>" : "<released memory at %p>", (void *)o);
}
static int64_t length(struct object *o) {
  if (memoryview_check(OF(o)) < 0)
    return -1;
  return OF(o)->dimensions ? memoryview_shape(OF(o))[0] : 1;
}

static int64_t hash(struct object *o) {
  struct memoryview *m = OF(o);
  char c;
  if (m->hash != -1)
    return m->hash;
  if (memoryview_check(m) < 0)
    return -1;
  if (!m->is_readonly) {
    error_set(ERROR_VALUE, "cannot hash writable memoryview object");
    return -1;
  }
  if (memoryview_native(m->format, &c) < 0 || (c != 'B' && c != 'b' && c != 'c')) {
    error_set(ERROR_VALUE, "memoryview: hashing is restricted to formats 'B', 'b' or 'c'");
    return -1;
  }
  struct object *exporter = managed_of(m->managed)->view.object;
  if (exporter && object_hash(exporter) == -1)
    return -1;
  struct buffer_view v = memoryview_look(m);
  struct object *bytes = bytes_new_open((size_t)m->bytes);
  if (!bytes)
    return -1;
  if (m->bytes)
    buffer_copy_out(((struct bytes *)bytes)->data, &v);
  m->hash = object_hash(bytes);
  drop(bytes);
  return m->hash;
}

static struct object *release(struct object *o) {
  return memoryview_release(o) < 0 ? NULL : hold(NONE);
}
static struct object *enter(struct object *o) {
  return memoryview_check(OF(o)) < 0 ? NULL : hold(o);
}
static struct object *exit_(struct object *o, struct object *const *args, size_t n) {
  return release(o);
}

/* In Fortran's order the first dimension runs fastest. */
static unsigned char *copy_reversed(unsigned char *to, const struct buffer_view *v, int dimension,
                                    int64_t *index) {
  if (dimension < 0) {
    const unsigned char *item = v->data;
    for (int i = 0; i < v->dimensions; i++) {
      item += v->strides[i] * index[i];
      if (v->suboffsets && v->suboffsets[i] >= 0)
        item = *(unsigned char *const *)(const void *)item + v->suboffsets[i];
    }
    memcpy(to, item, (size_t)v->item_bytes);
    return to + v->item_bytes;
  }
  for (index[dimension] = 0; index[dimension] < v->shape[dimension]; index[dimension]++)
    to = copy_reversed(to, v, dimension - 1, index);
  return to;
}
static struct object *to_bytes(struct object *o, char order) {
  struct buffer_view v = memoryview_look(OF(o));
  struct object *bytes = bytes_from(NULL, (size_t)v.bytes);
  if (!bytes || v.bytes == 0)
    return bytes;
  unsigned char *to = ((struct bytes *)bytes)->data;
  int64_t index[MEMORYVIEW_DIMENSIONS_MAX];
  if (order == 'A')
    order = buffer_is_contiguous(&v, 'F') ? 'F' : 'C';
  if (order == 'F' && v.dimensions > 1)
    copy_reversed(to, &v, v.dimensions - 1, index);
  else
    buffer_copy_out(to, &v);
  return bytes;
}
static struct object *tobytes(struct object *o, struct object *const *args, size_t n,
                              struct object *kwnames) {
  static const char *const names[] = {"order"};
  static const struct args_spec spec = {"tobytes", names, 1, 0, 1, 0};
  struct object *value;
  char order = 'C';
  if (args_parse(&spec, args, n, kwnames, &value) < 0)
    return NULL;
  if (value && value != NONE && !is_any_str(value))
    return args_wrong_type("tobytes", "argument 'order'", "str or None", value);
  if (memoryview_check(OF(o)) < 0)
    return NULL;
  if (value && value != NONE) {
    uint32_t c = str_length(value) == 1 ? str_at(value, 0) : 0;
    if (c != 'C' && c != 'F' && c != 'A')
      return error_format(ERROR_VALUE, "order must be 'C', 'F' or 'A'");
    order = (char)c;
  }
  return to_bytes(o, order);
}
static struct object *hex(struct object *o, struct object *const *args, size_t n,
                          struct object *kwnames) {
  static const char *const names[] = {"sep", "bytes_per_sep"};
  static const struct args_spec spec = {"hex", names, 2, 0, 2, 0};
  struct object *values[2];
  int group = 1;
  if (args_parse(&spec, args, n, kwnames, values) < 0 ||
      (values[1] && args_to_c_int(values[1], &group) < 0) || memoryview_check(OF(o)) < 0)
    return NULL;
  struct object *bytes = to_bytes(o, 'C');
  struct object *result =
      bytes ? bytes_hex_of(bytes_data(bytes), bytes_length(bytes), values[0], group) : NULL;
  drop_null(bytes);
  return result;
}
static struct object *toreadonly(struct object *o) {
  if (memoryview_check(OF(o)) < 0)
    return NULL;
  struct memoryview *m = memoryview_part(OF(o), OF(o)->dimensions);
  if (m)
    m->is_readonly = true;
  return (struct object *)m;
}

/* ---- Cast ---- */

static bool is_byte_format(char c) { return c == 'b' || c == 'B' || c == 'c'; }

/* The static string of a native format, for the views outlive the str that was given. */
static const char *static_format(const char *format) {
  static const char *const known[] = {"c", "b", "B", "h", "H", "i", "I", "l", "L",
                                      "q", "Q", "n", "N", "f", "d", "?", "P"};
  static const char *const marked[] = {"@c", "@b", "@B", "@h", "@H", "@i", "@I", "@l", "@L",
                                       "@q", "@Q", "@n", "@N", "@f", "@d", "@?", "@P"};
  for (size_t i = 0; i < ARRAY_SIZE(known); i++)
    if (*format == '@' ? !strcmp(format, marked[i]) : !strcmp(format, known[i]))
      return *format == '@' ? marked[i] : known[i];
  return NULL;
}

static int read_shape(struct memoryview *m, struct object *shape) {
  int64_t product = m->item_bytes;
  struct object *const *items =
      is_any_list(shape) ? ((struct list *)shape)->items : ((struct tuple *)shape)->items;
  for (size_t i = 0; i < m->dimensions; i++) {
    int64_t x;
    if (!is_any_int(items[i])) {
      error_set(ERROR_TYPE, "memoryview.cast(): elements of shape must be integers");
      return -1;
    }
    if (args_to_size(items[i], &x) < 0)
      return -1;
    if (x <= 0) {
      error_set(ERROR_VALUE, "memoryview.cast(): elements of shape must be integers > 0");
      return -1;
    }
    if (__builtin_mul_overflow(product, x, &product)) {
      error_set(ERROR_VALUE, "memoryview.cast(): product(shape) > SSIZE_MAX");
      return -1;
    }
    memoryview_shape(m)[i] = x;
  }
  if (product == m->bytes)
    return 0;
  error_set(ERROR_TYPE, "memoryview: product(shape) * itemsize != buffer size");
  return -1;
}

static struct object *cast_to(struct memoryview *from, const char *format, struct object *shape,
                              size_t dimensions) {
  char to_char, from_char;
  int item_bytes = memoryview_native(format, &to_char);
  const char *wrong = item_bytes < 0                                    ? "destination"
                      : memoryview_native(from->format, &from_char) < 0 ? "source"
                                                                        : NULL;
  if (wrong)
    return error_format(ERROR_VALUE,
                        "memoryview: %s format must be a native single character format prefixed "
                        "with an optional '@'",
                        wrong);
  if (!is_byte_format(to_char) && !is_byte_format(from_char))
    return error_format(ERROR_TYPE, "memoryview: cannot cast between two non-byte formats");
  if (from->bytes % item_bytes)
    return error_format(ERROR_TYPE, "memoryview: length is not a multiple of itemsize");
  struct memoryview *m = memoryview_part(from, dimensions);
  if (!m)
    return NULL;
  m->format = static_format(format);
  m->item_bytes = item_bytes;
  if (shape && read_shape(m, shape) < 0) {
    drop(&m->head);
    return NULL;
  }
  if (!shape)
    memoryview_shape(m)[0] = m->bytes / item_bytes;
  int64_t step = item_bytes;
  for (size_t i = dimensions; i-- > 0;) {
    memoryview_strides(m)[i] = step;
    step *= memoryview_shape(m)[i];
    memoryview_suboffsets(m)[i] = -1;
  }
  return &m->head;
}
static struct object *cast(struct object *o, struct object *const *args, size_t n,
                           struct object *kwnames) {
  static const char *const names[] = {"format", "shape"};
  static const struct args_spec spec = {"cast", names, 2, 0, 2, 1};
  struct object *values[2], *shape;
  struct memoryview *m = OF(o);
  size_t dimensions = 1;
  if (args_parse(&spec, args, n, kwnames, values) < 0)
    return NULL;
  shape = values[1];
  if (!is_any_str(values[0]))
    return args_wrong_type("cast", "argument 'format'", "str", values[0]);
  if (memoryview_check(m) < 0)
    return NULL;
  if (!is_contiguous(m, 'C'))
    return error_format(ERROR_TYPE, "memoryview: casts are restricted to C-contiguous views");
  if (shape || m->dimensions != 1)
    for (size_t i = 0; i < m->dimensions; i++)
      if (memoryview_shape(m)[i] == 0)
        return error_format(ERROR_TYPE,
                            "memoryview: cannot cast view with zeros in shape or strides");
  if (shape) {
    if (!is_any_list(shape) && !is_any_tuple(shape))
      return error_format(ERROR_TYPE, "shape must be a list or a tuple");
    dimensions = is_any_list(shape) ? list_length(shape) : tuple_length(shape);
    if (dimensions > MEMORYVIEW_DIMENSIONS_MAX)
      return error_format(ERROR_VALUE, "memoryview: number of dimensions must not exceed %d",
                          MEMORYVIEW_DIMENSIONS_MAX);
    if (m->dimensions != 1 && dimensions != 1)
      return error_format(ERROR_TYPE, "memoryview: cast must be 1D -> ND or ND -> 1D");
  }
  if (!str_is_ascii(values[0]))
    return codec_ascii_encode(values[0], NULL); /* the error that this makes */
  return cast_to(m, str_data(values[0]), shape, dimensions);
}

/* ---- Attributes ---- */

#define GETTER(name, expression)                                                                   \
  static struct object *get_##name(struct object *o, void *closure) {                              \
    struct memoryview *m = OF(o);                                                                  \
    return memoryview_check(m) < 0 ? NULL : expression;                                            \
  }
static struct object *numbers(const int64_t *items, size_t n) {
  struct object *tuple = tuple_new(n);
  for (size_t i = 0; tuple && i < n; i++) {
    struct object *o = int_from_i64(items[i]);
    if (!o) {
      drop(tuple);
      return NULL;
    }
    tuple_init_taking(tuple, i, o);
  }
  return tuple;
}
static struct object *object_or_none(struct object *o) { return hold(o ? o : NONE); }
GETTER(obj, object_or_none(managed_of(m->managed)->view.object))
GETTER(nbytes, int_from_i64(m->bytes))
GETTER(readonly, hold(bool_from(m->is_readonly)))
GETTER(itemsize, int_from_i64(m->item_bytes))
GETTER(format, str_from_utf8(m->format, strlen(m->format)))
GETTER(ndim, int_from_i64((int64_t)m->dimensions))
GETTER(shape, numbers(memoryview_shape(m), m->dimensions))
GETTER(strides, numbers(memoryview_strides(m), m->dimensions))
GETTER(suboffsets,
       numbers(memoryview_suboffsets(m), memoryview_look(m).suboffsets ? m->dimensions : 0))
GETTER(c_contiguous, hold(bool_from(is_contiguous(m, 'C'))))
GETTER(f_contiguous, hold(bool_from(is_contiguous(m, 'F'))))
GETTER(contiguous, hold(bool_from(is_contiguous(m, 'A'))))
static const struct getset_def getsets[] = {
    {"obj", get_obj, NULL, "The object whose memory is viewed."},
    {"nbytes", get_nbytes, NULL, "How many bytes the items take, without gaps."},
    {"readonly", get_readonly, NULL, "Whether the memory can't be written."},
    {"itemsize", get_itemsize, NULL, "The bytes of an item."},
    {"format", get_format, NULL, "The format of an item, as in the module struct."},
    {"ndim", get_ndim, NULL, "How many dimensions there are."},
    {"shape", get_shape, NULL, "A tuple of the lengths of the dimensions."},
    {"strides", get_strides, NULL, "A tuple of the bytes from item to item in each dimension."},
    {"suboffsets", get_suboffsets, NULL, "For arrays of pointers; else empty."},
    {"c_contiguous", get_c_contiguous, NULL, "Whether the items lie in C's order without gaps."},
    {"f_contiguous", get_f_contiguous, NULL,
     "Whether the items lie in Fortran's order without gaps."},
    {"contiguous", get_contiguous, NULL, "Whether the items lie without gaps."},
    {NULL}};

static const struct method_def methods[] = {
    METHOD_NOARGS_("release", release, "($self, /)\n--\n\nLets go of the object's memory."),
    METHOD_KEYWORDS_("tobytes", tobytes,
                     "($self, /, order='C')\n--\n\nThe items as bytes, in the order of C or of "
                     "Fortran ('A': Fortran's if they lie so)."),
    METHOD_KEYWORDS_("hex", hex,
                     "($self, /, sep=<unrepresentable>, bytes_per_sep=1)\n--\n\nThe bytes as "
                     "hexadecimal digits."),
    METHOD_NOARGS_("tolist", memoryview_to_list,
                   "($self, /)\n--\n\nThe items as a list, nested by dimension."),
    METHOD_KEYWORDS_("cast", cast,
                     "($self, /, format, shape=<unrepresentable>)\n--\n\nA view of the same memory "
                     "with another format or shape."),
    METHOD_NOARGS_("toreadonly", toreadonly,
                   "($self, /)\n--\n\nA view of the same memory that can't be written."),
    METHOD_NOARGS_("__enter__", enter, NULL),
    METHOD_FAST_("__exit__", exit_, NULL),
    {NULL}};

struct type memoryview_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_FIXED,
              .flags = GC_CONTAINER | GC_PLAIN | GC_FINALIZES | GC_WEAKREFS,
              .refs_offset = offsetof(struct memoryview, managed),
              .refs_n = 1,
              .n_offset = offsetof(struct memoryview, dimensions),
              .weak_offset = offsetof(struct memoryview, weakrefs),
              .basic_bytes = sizeof(struct memoryview),
              .item_bytes = 3 * sizeof(int64_t)},
    .name = "memoryview",
    .destroy = destroy,
    .clear = clear,
    .finalize = finalize,
    .flags = TYPE_SEQUENCE,
    .new_ = new_slot,
    .repr = repr,
    .compare = memoryview_compare,
    .hash = hash,
    .iter = memoryview_iterate,
    .sequence = {.length = length, .item = memoryview_item},
    .mapping = {.length = length, .get = memoryview_get, .set = memoryview_set},
    .buffer = {.get = get_buffer, .release = release_buffer},
    .methods = methods,
    .getsets = getsets,
    .doc = "(object)\n--\n\nA view of an object's memory, without a copy.",
    .base = &object_type};
