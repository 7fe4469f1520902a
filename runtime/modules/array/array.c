/* array.array: the type, making arrays, their buffer. */
#include "runtime/modules/array/array.h"
#include "runtime/modules/import/import.h"
#include "runtime/modules/module.h"
#include "runtime/object/attribute.h"
#include "runtime/object/bytes.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/list.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include <stddef.h>
#include <string.h>

/* ---- Size ---- */

struct object *array_new(struct type *t, const struct array_code *code, int64_t n) {
  struct object *o = type_generic_alloc(t);
  if (!o)
    return NULL;
  array_of(o)->code = code;
  if (array_resize(o, n) == 0)
    return o;
  drop(o);
  return NULL;
}

/* Another buffer for the items. Where memory is exhausted the collection for it may run what
 * changes the array: then what callers know of it is not true any more, and it is an error. */
static int move_items(struct array_object *a, int64_t capacity) {
  int64_t bytes = a->code->bytes;
  for (int attempt = 0; attempt < 2; attempt++) {
    int64_t n = a->n, capacity_before = a->capacity, exports = a->exports;
    unsigned char *before = a->data, *data = gc_buffer_resize(before, (size_t)(a->capacity * bytes),
                                                              (size_t)(capacity * bytes));
    if (LIKELY(data != NULL)) {
      a->data = data;
      a->capacity = capacity;
      return 0;
    }
    if (a->data != before || a->n != n || a->capacity != capacity_before || a->exports != exports)
      break;
  }
  return error_no_memory(), -1;
}

/* CPython's pattern: a sixteenth more and a little; what is larger by less than 16 stays. */
int array_resize(struct object *o, int64_t n) {
  struct array_object *a = array_of(o);
  if (a->exports && n != a->n) {
    error_set(ERROR_BUFFER, "cannot resize an array that is exporting buffers");
    return -1;
  }
  if (a->data && a->capacity >= n && a->n < n + 16) {
    a->n = n;
    return 0;
  }
  int64_t bytes = a->code->bytes, capacity = 0;
  if (n)
    capacity = a->data ? n + (n >> 4) + (a->n < 8 ? 3 : 7) : n;
  if (n < 0 || capacity > INT64_MAX / 2 / bytes) {
    error_no_memory();
    return -1;
  }
  if (!capacity) {
    if (a->data)
      gc_buffer_free(a->data, (size_t)(a->capacity * bytes));
    a->data = NULL;
    a->capacity = 0;
  } else if (move_items(a, capacity) < 0)
    return -1;
  a->n = n;
  return 0;
}

int array_append(struct object *o, struct object *value) {
  struct array_object *a = array_of(o);
  unsigned char item[8];
  if (array_code_read(a->code, value, item) < 0 || array_resize(o, a->n + 1) < 0)
    return -1;
  memcpy(a->data + (a->n - 1) * a->code->bytes, item, a->code->bytes);
  return 0;
}

int array_extend_bytes(struct object *o, const void *data, int64_t bytes) {
  struct array_object *a = array_of(o);
  if (bytes % a->code->bytes) {
    error_set(ERROR_VALUE, "bytes length not a multiple of item size");
    return -1;
  }
  int64_t before = a->n;
  if (array_resize(o, before + bytes / a->code->bytes) < 0)
    return -1;
  if (bytes)
    memcpy(a->data + before * a->code->bytes, data, (size_t)bytes);
  return 0;
}

int array_extend_text(struct object *o, struct object *text) {
  struct array_object *a = array_of(o);
  int64_t before = a->n, n = (int64_t)str_length(text);
  if (array_resize(o, before + n) < 0)
    return -1;
  if (n)
    str_copy_units(a->data + before * 4, 2, str_data(text), str_kind(text), (size_t)n);
  return 0;
}

int array_extend(struct object *o, struct object *iterable) {
  struct array_object *a = array_of(o);
  if (is_array(iterable)) {
    struct array_object *b = array_of(iterable);
    if (b->code != a->code) {
      error_set(ERROR_TYPE, "can only extend with array of same kind");
      return -1;
    }
    int64_t before = a->n, more = b->n;
    if (array_resize(o, before + more) < 0)
      return -1;
    if (b != a && UNLIKELY(b->n < more)) { /* a collection has made it shorter */
      more = b->n;
      a->n = before + more;
    }
    if (more) /* b may be a itself: its data is where it is now */
      memcpy(a->data + before * a->code->bytes, b->data, (size_t)(more * a->code->bytes));
    return 0;
  }
  struct object *iterator = iterate(iterable), *item;
  if (!iterator)
    return -1;
  int status = 0;
  while (status == 0 && (item = iterate_next(iterator))) {
    status = array_append(o, item);
    drop(item);
  }
  drop(iterator);
  return error_pending() != ERROR_NONE ? -1 : status;
}

/* ---- Making ---- */

static const struct array_code *read_code(struct object *o) {
  if (!is_any_str(o) || str_length(o) != 1)
    return error_format(ERROR_TYPE, "array() argument 1 must be a unicode character, not %N", o);
  const struct array_code *code = array_code_find(str_at(o, 0));
  if (!code)
    error_set(ERROR_VALUE, "bad typecode (must be b, B, u, h, H, i, I, l, L, q, Q, f or d)");
  return code;
}

static int fill(struct object *o, struct object *initial) {
  const struct array_code *code = array_of(o)->code;
  if (is_any_bytes(initial))
    return array_extend_bytes(o, bytes_data(initial), (int64_t)bytes_length(initial));
  if (object_has(initial, TYPE_IS_BYTEARRAY))
    return array_extend_bytes(o, bytearray_data(initial), (int64_t)bytearray_length(initial));
  if (code->code == 'u' && is_any_str(initial))
    return array_extend_text(o, initial);
  if (is_array(initial) && array_of(initial)->code != code) {
    /* Another kind of numbers: one by one. */
    for (int64_t i = 0; i < array_of(initial)->n; i++) {
      struct object *item = array_get(initial, i);
      int status = item ? array_append(o, item) : -1;
      drop_null(item);
      if (status < 0)
        return -1;
    }
    return 0;
  }
  return array_extend(o, initial);
}

static struct object *new_slot(struct type *t, struct object *const *args, size_t n,
                               struct object *kwnames) {
  if (t == &array_type || t->init == array_type.init)
    if (args_check_no_keywords("array.array", kwnames) < 0)
      return NULL;
  if (n < 1 || n > 2)
    return error_format(ERROR_TYPE, "array() takes at %s %d argument%s (%zu given)",
                        n < 1 ? "least" : "most", n < 1 ? 1 : 2, n < 1 ? "" : "s", n);
  const struct array_code *code = read_code(args[0]);
  if (!code)
    return NULL;
  struct object *initial = n > 1 ? args[1] : NULL;
  if (initial && code->code != 'u') {
    if (is_any_str(initial))
      return error_format(ERROR_TYPE, "cannot use a str to initialize an array with typecode '%c'",
                          code->code);
    if (is_array(initial) && array_of(initial)->code->code == 'u')
      return error_format(ERROR_TYPE,
                          "cannot use a unicode array to initialize an array with typecode '%c'",
                          code->code);
  }
  struct object *o = array_new(t, code, 0);
  if (o && initial && fill(o, initial) < 0) {
    drop(o);
    return NULL;
  }
  return o;
}

static void release(struct object *o) {
  struct array_object *a = array_of(o);
  if (a->data)
    gc_buffer_free(a->data, (size_t)(a->capacity * a->code->bytes));
  a->data = NULL;
  a->capacity = a->n = 0;
}

static struct object *repr(struct object *o) {
  struct array_object *a = array_of(o);
  const char *name = type_short_name(type_of(o));
  if (!a->n)
    return str_format("%s('%c')", name, a->code->code);
  struct object *method = str_intern(a->code->code == 'u' ? "tounicode" : "tolist");
  struct object *content = method ? call_method_none(o, method) : NULL;
  struct object *result = content ? str_format("%s('%c', %R)", name, a->code->code, content) : NULL;
  drop_null(content);
  drop_null(method);
  return result;
}

/* ---- Buffer ---- */

static int get_buffer(struct object *o, struct buffer_view *view, int flags) {
  static unsigned char nothing;
  struct array_object *a = array_of(o);
  *view = (struct buffer_view){.data = a->data ? a->data : &nothing,
                               .object = hold(o),
                               .bytes = a->n * a->code->bytes,
                               .item_bytes = a->code->bytes,
                               .dimensions = 1,
                               .format = flags & BUFFER_FORMAT ? a->code->format : NULL};
  if (flags & BUFFER_ND)
    view->shape = &a->n; /* can't change while there are views */
  if ((flags & BUFFER_STRIDES) == BUFFER_STRIDES)
    view->strides = &view->item_bytes;
  a->exports++;
  return 0;
}
static void release_buffer(struct object *o, struct buffer_view *view) { array_of(o)->exports--; }

struct type array_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_LEAF,
              .flags = GC_RELEASES | GC_WEAKREFS,
              .weak_offset = offsetof(struct array_object, weakrefs),
              .basic_bytes = sizeof(struct array_object)},
    .name = "array.array",
    .flags = TYPE_BASE | TYPE_SEQUENCE,
    .release = release,
    .new_ = new_slot,
    .repr = repr,
    .compare = array_compare,
    .hash = type_unhashable,
    .iter = array_iterate,
    .buffer = {get_buffer, release_buffer},
    .methods = array_methods,
    .getsets = array_getsets,
    .doc =
        "array(typecode [, initializer]) -> array\n\nA row of numbers that are kept as C keeps "
        "them: the type code says how. The\ninitial items come from a list, bytes or any "
        "iterable.\n\nType codes:\n  'b' 'B'  signed and unsigned, 1 byte\n  'u'      character, "
        "4 bytes\n  'h' 'H'  signed and unsigned, 2 bytes\n  'i' 'I'  signed and unsigned, 4 "
        "bytes\n  'l' 'L'  signed and unsigned, 8 bytes\n  'q' 'Q'  signed and unsigned, 8 "
        "bytes\n  'f' 'd'  floating point, 4 and 8 bytes",
    .base = &object_type,
};

/* ---- The module ---- */

/* An array is a MutableSequence to those who ask the abstract classes. */
static int register_sequence(void) {
  struct object *module = import_module("collections.abc");
  struct object *cls = module ? attribute_get_ascii(module, "MutableSequence") : NULL;
  struct object *method = cls ? str_intern("register") : NULL;
  struct object *result = method ? call_method_one(cls, method, &array_type.head) : NULL;
  drop_null(method);
  drop_null(cls);
  drop_null(module);
  drop_null(result);
  return result ? 0 : -1;
}

struct object *array_reconstructor;

static const struct method_def functions[] = {
    METHOD_FAST_("_array_reconstructor", array_reconstruct,
                 "($module, arraytype, typecode, mformat_code, items, /)\n--\n\nInternal. Used for "
                 "pickling support."),
    {NULL}};

int module_array_fill(struct object *module) {
  char codes[16], *p = codes;
  for (const struct array_code *c = array_codes; c->code; c++)
    *p++ = c->code;
  *p = 0;
  array_type.sequence = array_sequence;
  array_type.mapping = array_mapping;
  if (module_root(&array_reconstructor) < 0 || type_ready(&array_iterator_type) < 0 ||
      module_add_functions(module, functions) < 0 || module_add_type(module, &array_type) < 0 ||
      module_add(module, "ArrayType", &array_type.head) < 0 ||
      module_add_text(module, "typecodes", codes) < 0 ||
      module_add_text(module, "__doc__", "Rows of numbers as C keeps them: array.array.") < 0)
    return -1;
  struct object *name = str_intern(functions[0].name);
  struct object *function = name ? dict_get_borrowed(module_dict_borrowed(module), name) : NULL;
  drop_null(name);
  if (!function)
    return -1;
  hold(function);
  drop_null(array_reconstructor);
  array_reconstructor = function;
  return register_sequence();
}
