/* The module `_struct`: packing values into bytes by a format, and unpacking them. */
#include "runtime/modules/struct/struct.h"
#include "runtime/modules/argument.h"
#include "runtime/modules/module.h"
#include "runtime/object/attribute.h"
#include "runtime/object/bytes.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include <stddef.h>
#include <string.h>

struct object *struct_error;
static struct object *cache; /* dict: format as given -> Struct */
enum { CACHE_MAX = 100 };

struct struct_object {
  struct object head;
  struct object *format; /* str; NULL: not initialised */
  struct object *weakrefs;
  struct struct_layout layout;
  size_t packing; /* so many are packing by this layout, which must not change then */
};
static struct struct_object *struct_of(struct object *o) { return (struct struct_object *)o; }

/* ---- Making ---- */

/* The format as C text; *owner keeps it. */
static const char *format_text(struct object *format, struct object **owner) {
  *owner = NULL;
  if (is_any_str(format) && !str_is_ascii(format)) { /* the error of encoding it */
    struct object *name = str_intern("encode"), *ascii = str_intern("ascii");
    struct object *args[] = {format, ascii};
    if (name && ascii)
      *owner = call_method(name, args, 2, NULL);
    drop_null(ascii);
    drop_null(name);
    if (!*owner)
      return NULL;
  }
  struct object *bytes = *owner ? *owner : format;
  if (!is_any_str(bytes) && !is_any_bytes(bytes))
    return error_format(ERROR_TYPE, "Struct() argument 1 must be a str or bytes object, not %N",
                        format);
  bool is_text = is_any_str(bytes);
  const char *text = is_text ? str_data(bytes) : (const char *)bytes_data(bytes);
  if (strlen(text) == (is_text ? str_length(bytes) : bytes_length(bytes)))
    return text;
  struct_fail("embedded null character");
  drop_null(*owner);
  *owner = NULL;
  return NULL;
}

static int init_with(struct object *o, struct object *format) {
  struct struct_object *s = struct_of(o);
  struct object *owner;
  if (s->packing) {
    error_set(ERROR_RUNTIME, "a Struct can't be initialised while it packs");
    return -1;
  }
  const char *text = format_text(format, &owner);
  if (!text)
    return -1;
  struct struct_layout layout;
  struct object *shown = str_from_data(text, strlen(text), 0);
  int status = shown ? struct_layout_read(&layout, text) : -1;
  drop_null(owner);
  if (status < 0) {
    drop_null(shown);
    return -1;
  }
  struct_layout_free(&s->layout);
  s->layout = layout;
  store(o, &s->format, shown);
  return 0;
}

static struct object *new_slot(struct type *t, struct object *const *args, size_t n,
                               struct object *kwnames) {
  struct object *o = type_generic_alloc(t);
  if (o)
    struct_of(o)->layout.values_n = -1;
  return o;
}
static int init_slot(struct object *o, struct object *const *args, size_t n,
                     struct object *kwnames) {
  static const char *const names[] = {"format"};
  static const struct args_spec spec = {"Struct", names, 1, 0, 1, 1};
  struct object *values[1];
  return args_parse(&spec, args, n, kwnames, values) < 0 ? -1 : init_with(o, values[0]);
}
static void release(struct object *o) { struct_layout_free(&struct_of(o)->layout); }

/* A Struct for a format, kept for the next time. */
static struct object *compiled(struct object *format) {
  bool hashable = is_str(format) || is_bytes(format);
  struct object *o = hashable ? dict_get_borrowed(cache, format) : NULL;
  if (o)
    return hold(o);
  o = new_slot(&struct_type, NULL, 0, NULL);
  if (!o || init_with(o, format) < 0) {
    drop_null(o);
    return NULL;
  }
  if (hashable) {
    if (dict_length(cache) >= CACHE_MAX)
      dict_clear(cache);
    if (dict_set(cache, format, o) < 0) {
      drop(o);
      return NULL;
    }
  }
  return o;
}

/* ---- Packing ---- */

static int pack_at(struct struct_object *s, struct object *const *values, unsigned char *to) {
  const struct struct_layout *layout = &s->layout;
  int status = 0;
  s->packing++;
  for (size_t i = 0; i < layout->items_n && status == 0; i++) {
    const struct struct_item *item = &layout->items[i];
    unsigned char *at = to + item->offset;
    for (int64_t k = 0; k < item->repeat && status == 0; k++, at += item->bytes)
      status = struct_put(item, *values++, at);
  }
  s->packing--;
  return status;
}

static bool has_count(const struct struct_layout *layout, const char *function, size_t n) {
  if ((int64_t)n == layout->values_n)
    return true;
  struct_fail("%s expected %lld items for packing (got %zu)", function, (long long)layout->values_n,
              n);
  return false;
}

static struct object *pack_values(struct object *o, struct object *const *values, size_t n) {
  const struct struct_layout *layout = &struct_of(o)->layout;
  if (!has_count(layout, "pack", n))
    return NULL;
  struct object *bytes = bytes_from(NULL, (size_t)layout->bytes);
  if (bytes && pack_at(struct_of(o), values, ((struct bytes *)bytes)->data) < 0) {
    drop(bytes);
    return NULL;
  }
  return bytes;
}

/* A position in a buffer from an offset that counts from the end if it is negative; -1: the error.
 */
static int64_t place(int64_t offset, int64_t bytes, int64_t room, bool packing) {
  if (offset < 0) {
    if (offset + bytes > 0) {
      struct_fail(packing ? "no space to pack %lld bytes at offset %lld"
                          : "not enough data to unpack %lld bytes at offset %lld",
                  (long long)bytes, (long long)offset);
      return -1;
    }
    if (offset + room < 0) {
      struct_fail("offset %lld out of range for %lld-byte buffer", (long long)offset,
                  (long long)room);
      return -1;
    }
    return offset + room;
  }
  if (room - offset >= bytes)
    return offset;
  struct_fail(
      "%s requires a buffer of at least %llu bytes for %s %lld bytes at offset %lld "
      "(actual buffer size is %lld)",
      packing ? "pack_into" : "unpack_from", (unsigned long long)bytes + (unsigned long long)offset,
      packing ? "packing" : "unpacking", (long long)bytes, (long long)offset, (long long)room);
  return -1;
}

static struct object *pack_into_values(struct object *o, struct object *const *args, size_t n) {
  if (n < 1)
    return struct_fail("pack_into expected buffer argument");
  if (n < 2)
    return struct_fail("pack_into expected offset argument");
  const struct struct_layout *layout = &struct_of(o)->layout;
  if (!has_count(layout, "pack_into", n - 2))
    return NULL;
  struct buffer_view view;
  if (!has_buffer(args[0]) || buffer_get(args[0], &view, BUFFER_WRITABLE) < 0) {
    error_clear();
    return error_format(ERROR_TYPE, "argument must be read-write bytes-like object, not %N",
                        args[0]);
  }
  int64_t offset;
  int status = number_to_i64(args[1], &offset, ERROR_INDEX);
  if (status == 0 && (offset = place(offset, layout->bytes, view.bytes, true)) < 0)
    status = -1;
  if (status == 0) {
    unsigned char *to = (unsigned char *)view.data + offset;
    memset(to, 0, (size_t)layout->bytes);
    status = pack_at(struct_of(o), args + 2, to);
  }
  buffer_release(&view);
  return status < 0 ? NULL : hold(NONE);
}

/* ---- Unpacking ---- */

static struct object *unpack_at(const struct struct_layout *layout, const unsigned char *from) {
  struct object *result = tuple_new(layout->values_n > 0 ? (size_t)layout->values_n : 0);
  size_t place_in_result = 0;
  for (size_t i = 0; result && i < layout->items_n; i++) {
    const struct struct_item *item = &layout->items[i];
    const unsigned char *at = from + item->offset;
    for (int64_t k = 0; k < item->repeat; k++, at += item->bytes) {
      struct object *value = struct_get(item, at);
      if (!value) {
        drop(result);
        return NULL;
      }
      tuple_init_taking(result, place_in_result++, value);
    }
  }
  return result;
}

static struct object *unpack_bytes(struct object *o, struct object *buffer) {
  const struct struct_layout *layout = &struct_of(o)->layout;
  struct buffer_view view;
  if (buffer_get(buffer, &view, BUFFER_SIMPLE) < 0)
    return NULL;
  struct object *result = NULL;
  if (view.bytes == layout->bytes)
    result = unpack_at(layout, view.data);
  else
    struct_fail("unpack requires a buffer of %lld bytes", (long long)layout->bytes);
  buffer_release(&view);
  return result;
}

static struct object *unpack_from_buffer(struct object *o, struct object *buffer,
                                         struct object *start) {
  const struct struct_layout *layout = &struct_of(o)->layout;
  struct buffer_view view;
  int64_t offset = 0;
  if (start && number_to_i64(start, &offset, ERROR_OVERFLOW) < 0)
    return NULL;
  if (buffer_get(buffer, &view, BUFFER_SIMPLE) < 0)
    return NULL;
  struct object *result = NULL;
  if ((offset = place(offset, layout->bytes, view.bytes, false)) >= 0)
    result = unpack_at(layout, (const unsigned char *)view.data + offset);
  buffer_release(&view);
  return result;
}

/* ---- Unpacking one after the other ---- */

struct unpack_iterator {
  struct object head;
  struct object *compiled; /* NULL: at the end */
  struct object *weakrefs;
  struct buffer_view view;
  int64_t at;
};
static struct unpack_iterator *iterator_of(struct object *o) { return (struct unpack_iterator *)o; }
static unsigned iterator_spans(struct object *o, struct gc_span spans[GC_SPANS_MAX]) {
  spans[0] = (struct gc_span){&iterator_of(o)->compiled, 1};
  spans[1] = (struct gc_span){&iterator_of(o)->view.object, 1};
  return 2;
}
/* While the exporter still lives. */
static void iterator_finalize(struct object *o) { buffer_release(&iterator_of(o)->view); }
static struct object *iterator_self(struct object *o) { return hold(o); }
static struct object *iterator_next(struct object *o) {
  struct unpack_iterator *it = iterator_of(o);
  if (!it->compiled)
    return NULL;
  const struct struct_layout *layout = &struct_of(it->compiled)->layout;
  if (it->at >= it->view.bytes) {
    buffer_release(&it->view);
    store(o, &it->compiled, NULL);
    return NULL;
  }
  struct object *result = unpack_at(layout, (const unsigned char *)it->view.data + it->at);
  it->at += layout->bytes;
  return result;
}
static struct object *iterator_length_hint(struct object *o) {
  struct unpack_iterator *it = iterator_of(o);
  if (!it->compiled)
    return int_from_i64(0);
  return int_from_i64((it->view.bytes - it->at) / struct_of(it->compiled)->layout.bytes);
}
static const struct method_def iterator_methods[] = {
    METHOD_NOARGS_("__length_hint__", iterator_length_hint, NULL), {NULL}};
static struct type unpack_iterator_type = {.head = OBJECT_STATIC(type_type),
                                           .shape = {.layout = GC_SPANS,
                                                     .flags = GC_CONTAINER | GC_FINALIZES,
                                                     .basic_bytes = sizeof(struct unpack_iterator),
                                                     .spans = iterator_spans},
                                           .name = "_struct.unpack_iterator",
                                           .flags = TYPE_NO_INSTANCE,
                                           .finalize = iterator_finalize,
                                           .iter = iterator_self,
                                           .next = iterator_next,
                                           .methods = iterator_methods,
                                           .base = &object_type};

static struct object *iterate_over(struct object *o, struct object *buffer) {
  const struct struct_layout *layout = &struct_of(o)->layout;
  if (layout->bytes == 0)
    return struct_fail("cannot iteratively unpack with a struct of length 0");
  struct object *iterator = type_generic_alloc(&unpack_iterator_type);
  if (!iterator)
    return NULL;
  struct unpack_iterator *it = iterator_of(iterator);
  if (buffer_get(buffer, &it->view, BUFFER_SIMPLE) < 0) {
    it->view.object = NULL;
    drop(iterator);
    return NULL;
  }
  store(iterator, &it->compiled, hold(o));
  if (it->view.bytes % layout->bytes == 0)
    return iterator;
  struct_fail("iterative unpacking requires a buffer of a multiple of %lld bytes",
              (long long)layout->bytes);
  drop(iterator);
  return NULL;
}

/* ---- Struct ---- */

METHOD(method_unpack_from, "unpack_from", 0, 2, 1, "buffer", "offset") {
  return unpack_from_buffer(self, v[0], v[1]);
}
static struct object *method_size_of(struct object *o) {
  return int_from_u64(gc_object_bytes(o) +
                      struct_of(o)->layout.items_n * sizeof(struct struct_item));
}
static const struct method_def struct_methods[] = {
    METHOD_FAST_("pack", pack_values,
                 "S.pack(v1, v2, ...) -> bytes\n\nThe values v1, v2, ... as bytes, by the format."),
    METHOD_FAST_("pack_into", pack_into_values,
                 "S.pack_into(buffer, offset, v1, v2, ...)\n\nWrites the values by the format into "
                 "a buffer, from the offset on."),
    METHOD_ONE_("unpack", unpack_bytes,
                "($self, buffer, /)\n--\n\nThe values in a buffer of exactly the format's size."),
    METHOD_KEYWORDS_("unpack_from", method_unpack_from_call,
                     "($self, /, buffer, offset=0)\n--\n\nThe values in a buffer, from the offset "
                     "on."),
    METHOD_ONE_("iter_unpack", iterate_over,
                "($self, buffer, /)\n--\n\nAn iterator over the tuples in a buffer that holds a "
                "multiple of the format's size."),
    METHOD_NOARGS_("__sizeof__", method_size_of, "S.__sizeof__() -> size of S in memory, in bytes"),
    {NULL}};
static struct object *get_format(struct object *o, void *closure) {
  struct object *format = struct_of(o)->format;
  return hold(format ? format : NONE);
}
static struct object *get_size(struct object *o, void *closure) {
  return int_from_i64(struct_of(o)->layout.bytes);
}
static const struct getset_def struct_getsets[] = {
    {"format", get_format, NULL, "struct format string", NULL},
    {"size", get_size, NULL, "struct size in bytes", NULL},
    {NULL}};
struct type struct_type = {.head = OBJECT_STATIC(type_type),
                           .shape = {.layout = GC_FIXED,
                                     .flags = GC_CONTAINER | GC_PLAIN | GC_RELEASES | GC_WEAKREFS,
                                     .refs_offset = offsetof(struct struct_object, format),
                                     .refs_n = 1,
                                     .weak_offset = offsetof(struct struct_object, weakrefs),
                                     .basic_bytes = sizeof(struct struct_object)},
                           .name = "_struct.Struct",
                           .flags = TYPE_BASE,
                           .release = release,
                           .new_ = new_slot,
                           .init = init_slot,
                           .methods = struct_methods,
                           .getsets = struct_getsets,
                           .doc = "Struct(fmt) --> compiled struct object\n\n",
                           .base = &object_type};

/* ---- The module's functions: by a format ---- */

static struct object *calcsize(struct object *module, struct object *format) {
  struct object *o = compiled(format);
  struct object *result = o ? int_from_i64(struct_of(o)->layout.bytes) : NULL;
  drop_null(o);
  return result;
}
static bool has_format(size_t n) {
  if (n)
    return true;
  error_set(ERROR_TYPE, "missing format argument");
  return false;
}
static struct object *pack(struct object *module, struct object *const *args, size_t n) {
  struct object *o = has_format(n) ? compiled(args[0]) : NULL;
  struct object *result = o ? pack_values(o, args + 1, n - 1) : NULL;
  drop_null(o);
  return result;
}
static struct object *pack_into(struct object *module, struct object *const *args, size_t n) {
  struct object *o = has_format(n) ? compiled(args[0]) : NULL;
  struct object *result = o ? pack_into_values(o, args + 1, n - 1) : NULL;
  drop_null(o);
  return result;
}
static struct object *unpack(struct object *module, struct object *const *args, size_t n) {
  struct object *o = args_check_count("unpack", n, 2, 2) < 0 ? NULL : compiled(args[0]);
  struct object *result = o ? unpack_bytes(o, args[1]) : NULL;
  drop_null(o);
  return result;
}
static struct object *iter_unpack(struct object *module, struct object *const *args, size_t n) {
  struct object *o = args_check_count("iter_unpack", n, 2, 2) < 0 ? NULL : compiled(args[0]);
  struct object *result = o ? iterate_over(o, args[1]) : NULL;
  drop_null(o);
  return result;
}
FUNCTION(unpack_from, "unpack_from", 1, 3, 2, "", "buffer", "offset") {
  struct object *o = compiled(v[0]);
  struct object *result = o ? unpack_from_buffer(o, v[1], v[2]) : NULL;
  drop_null(o);
  return result;
}
static struct object *clear_cache(struct object *module) {
  dict_clear(cache);
  return hold(NONE);
}

static const struct method_def functions[] = {
    METHOD_NOARGS_("_clearcache", clear_cache, "($module, /)\n--\n\nClear the internal cache."),
    METHOD_ONE_("calcsize", calcsize,
                "($module, format, /)\n--\n\nThe bytes that a format stands for."),
    METHOD_FAST_("iter_unpack", iter_unpack,
                 "($module, format, buffer, /)\n--\n\nAn iterator over the tuples in a buffer that "
                 "holds a multiple of the format's size."),
    METHOD_FAST_("pack", pack,
                 "pack(format, v1, v2, ...) -> bytes\n\nThe values v1, v2, ... as bytes, by the "
                 "format."),
    METHOD_FAST_("pack_into", pack_into,
                 "pack_into(format, buffer, offset, v1, v2, ...)\n\nWrites the values by the "
                 "format into a buffer, from the offset on."),
    METHOD_FAST_("unpack", unpack,
                 "($module, format, buffer, /)\n--\n\nThe values in a buffer of exactly the "
                 "format's size."),
    METHOD_KEYWORDS_("unpack_from", unpack_from_call,
                     "($module, format, /, buffer, offset=0)\n--\n\nThe values in a buffer, from "
                     "the offset on."),
    {NULL}};

int module_struct_fill(struct object *module) {
  static const char doc[] =
      "Functions to convert between Python values and C structs.\nPython bytes objects are used to "
      "hold the data representing the C struct\nand also as format strings to describe the layout "
      "of the data.";
  if (module_root(&struct_error) < 0 || module_root(&cache) < 0 ||
      module_add_functions(module, functions) < 0 || type_ready(&unpack_iterator_type) < 0 ||
      module_add_type(module, &struct_type) < 0 || module_add_text(module, "__doc__", doc) < 0)
    return -1;
  if (!cache && !(cache = dict_new()))
    return -1;
  if (!struct_error && !(struct_error = module_new_exception("struct.error", NULL)))
    return -1;
  return module_add(module, "error", struct_error);
}
