/* The methods of array.array. */
#include "runtime/modules/argument.h"
#include "runtime/modules/array/array.h"
#include "runtime/object/attribute.h"
#include "runtime/object/bytes.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/model.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include <string.h>

static struct object *none_unless(int status) { return status < 0 ? NULL : hold(NONE); }

/* ---- Items ---- */

static struct object *append(struct object *o, struct object *value) {
  return none_unless(array_append(o, value));
}
static struct object *extend(struct object *o, struct object *iterable) {
  return none_unless(array_extend(o, iterable));
}

static struct object *insert(struct object *o, struct object *const *args, size_t n) {
  struct array_object *a = array_of(o);
  int64_t i;
  unsigned char item[8];
  if (args_check_count("insert", n, 2, 2) < 0 || args_to_size(args[0], &i) < 0 ||
      array_code_read(a->code, args[1], item) < 0)
    return NULL;
  int64_t before = a->n, bytes = a->code->bytes;
  if (i < 0)
    i = i + before < 0 ? 0 : i + before;
  if (i > before)
    i = before;
  if (array_resize(o, before + 1) < 0)
    return NULL;
  unsigned char *at = a->data + i * bytes;
  memmove(at + bytes, at, (size_t)((before - i) * bytes));
  memcpy(at, item, (size_t)bytes);
  return hold(NONE);
}

static int remove_at(struct object *o, int64_t i) {
  struct array_object *a = array_of(o);
  if (a->exports)
    return array_resize(o, a->n - 1);
  unsigned char *at = a->data + i * a->code->bytes;
  memmove(at, at + a->code->bytes, (size_t)((a->n - i - 1) * a->code->bytes));
  return array_resize(o, a->n - 1);
}

static struct object *pop(struct object *o, struct object *const *args, size_t n) {
  struct array_object *a = array_of(o);
  int64_t i = -1;
  if (args_check_count("pop", n, 0, 1) < 0 || (n && args_to_size(args[0], &i) < 0))
    return NULL;
  if (!a->n)
    return error_format(ERROR_INDEX, "pop from empty array");
  if (i < 0)
    i += a->n;
  if (i < 0 || i >= a->n)
    return error_format(ERROR_INDEX, "pop index out of range");
  struct object *item = array_get(o, i);
  if (item && remove_at(o, i) < 0) {
    drop(item);
    return NULL;
  }
  return item;
}

/* The first position of an equal item from start on: -1 there is none, -2 an error. */
static int64_t find(struct object *o, struct object *value, int64_t start, int64_t stop) {
  for (int64_t i = start; i < stop && i < array_of(o)->n; i++) {
    struct object *item = array_get(o, i);
    int same = item ? compare_true(item, value, COMPARE_EQ) : -1;
    drop_null(item);
    if (same)
      return same < 0 ? -2 : i;
  }
  return -1;
}

static struct object *count(struct object *o, struct object *value) {
  int64_t found = 0;
  for (int64_t i = 0; (i = find(o, value, i, INT64_MAX)) != -1; i++, found++)
    if (i == -2)
      return NULL;
  return int_from_i64(found);
}

static int read_bound(struct object *o, struct object *bound, int64_t *i) {
  if (!is_any_int(bound) && !type_of(bound)->number.index) {
    error_set(ERROR_TYPE, "slice indices must be integers or have an __index__ method");
    return -1;
  }
  if (number_to_i64(bound, i, ERROR_NONE) < 0)
    return -1;
  if (*i < 0)
    *i = *i + array_of(o)->n < 0 ? 0 : *i + array_of(o)->n;
  return 0;
}
static struct object *index_(struct object *o, struct object *const *args, size_t n) {
  int64_t start = 0, stop = INT64_MAX;
  if (args_check_count("index", n, 1, 3) < 0 || (n > 1 && read_bound(o, args[1], &start) < 0) ||
      (n > 2 && read_bound(o, args[2], &stop) < 0))
    return NULL;
  int64_t i = find(o, args[0], start, stop);
  if (i >= 0)
    return int_from_i64(i);
  return i == -2 ? NULL : error_format(ERROR_VALUE, "array.index(x): x not in array");
}
static struct object *remove_(struct object *o, struct object *value) {
  int64_t i = find(o, value, 0, INT64_MAX);
  if (i == -2)
    return NULL;
  if (i >= 0 && i < array_of(o)->n)
    return none_unless(remove_at(o, i));
  return error_format(ERROR_VALUE, "array.remove(x): x not in array");
}

static struct object *reverse(struct object *o) {
  struct array_object *a = array_of(o);
  size_t bytes = a->code->bytes;
  unsigned char item[8];
  for (int64_t i = 0, k = a->n - 1; i < k; i++, k--) {
    unsigned char *low = a->data + i * (int64_t)bytes, *high = a->data + k * (int64_t)bytes;
    memcpy(item, low, bytes);
    memcpy(low, high, bytes);
    memcpy(high, item, bytes);
  }
  return hold(NONE);
}
static struct object *byteswap(struct object *o) {
  struct array_object *a = array_of(o);
  size_t bytes = a->code->bytes;
  for (int64_t i = 0; i < a->n; i++) {
    unsigned char *item = a->data + i * (int64_t)bytes;
    for (size_t k = 0; k < bytes / 2; k++) {
      unsigned char c = item[k];
      item[k] = item[bytes - 1 - k];
      item[bytes - 1 - k] = c;
    }
  }
  return hold(NONE);
}

/* ---- From and to other things ---- */

static struct object *tolist(struct object *o) {
  struct object *list = list_new((size_t)array_of(o)->n);
  for (int64_t i = 0; list && i < array_of(o)->n; i++) {
    struct object *item = array_get(o, i);
    if (!item || list_append_taking(list, item) < 0) {
      drop(list);
      return NULL;
    }
  }
  return list;
}

static struct object *fromlist(struct object *o, struct object *list) {
  if (!is_any_list(list))
    return error_format(ERROR_TYPE, "arg must be list");
  size_t n = list_length(list);
  int64_t before = array_of(o)->n;
  for (size_t i = 0; i < n; i++) {
    int status = -1;
    if (list_length(list) != n)
      error_set(ERROR_RUNTIME, "list changed size during iteration");
    else {
      struct object *item = hold(list_get_borrowed(list, i));
      status = array_append(o, item);
      drop(item);
    }
    if (status < 0) { /* all or nothing */
      struct error_saved saved;
      error_save(&saved);
      if (array_of(o)->n > before && array_resize(o, before) < 0)
        error_clear();
      error_restore(&saved);
      return NULL;
    }
  }
  return hold(NONE);
}

static struct object *tobytes(struct object *o) {
  struct array_object *a = array_of(o);
  return bytes_from(a->data, (size_t)(a->n * a->code->bytes));
}
static struct object *frombytes(struct object *o, struct object *buffer) {
  struct buffer_view view;
  if (buffer_get(buffer, &view, BUFFER_SIMPLE) < 0)
    return NULL;
  int status = -1;
  if (view.item_bytes != 1)
    error_set(ERROR_TYPE, "a bytes-like object is required");
  else
    status = array_extend_bytes(o, view.data, view.bytes);
  buffer_release(&view);
  return none_unless(status);
}

static struct object *fromunicode(struct object *o, struct object *text) {
  if (!is_any_str(text))
    return args_wrong_type("fromunicode", "argument", "str", text);
  if (array_of(o)->code->code != 'u')
    return error_format(ERROR_VALUE, "fromunicode() may only be called on unicode type arrays");
  return none_unless(array_extend_text(o, text));
}
static struct object *tounicode(struct object *o) {
  struct array_object *a = array_of(o);
  if (a->code->code != 'u')
    return error_format(ERROR_VALUE, "tounicode() may only be called on unicode type arrays");
  for (int64_t i = 0; i < a->n; i++) {
    uint32_t c;
    memcpy(&c, a->data + 4 * i, 4);
    if (c > 0x10ffff)
      return error_format(ERROR_VALUE, "character U+%x is not in range [U+0000; U+10ffff]", c);
  }
  return str_from_data(a->data, (size_t)a->n, 2);
}

static struct object *fromfile(struct object *o, struct object *const *args, size_t n) {
  int64_t items, bytes;
  if (args_check_count("fromfile", n, 2, 2) < 0 || argument_size(args[1], &items) < 0)
    return NULL;
  if (items < 0)
    return error_format(ERROR_VALUE, "negative count");
  if (__builtin_mul_overflow(items, array_of(o)->code->bytes, &bytes))
    return error_no_memory();
  struct object *wanted = int_from_i64(bytes);
  struct object *data = wanted ? call_method_one(args[0], NAME(plain_read), wanted) : NULL;
  drop_null(wanted);
  if (!data)
    return NULL;
  if (!is_any_bytes(data)) {
    drop(data);
    return error_format(ERROR_TYPE, "read() didn't return bytes");
  }
  bool complete = (int64_t)bytes_length(data) == bytes;
  int status = array_extend_bytes(o, bytes_data(data), (int64_t)bytes_length(data));
  drop(data);
  if (status == 0 && !complete)
    return error_format(ERROR_EOF, "read() didn't return enough bytes");
  return none_unless(status);
}
static struct object *tofile(struct object *o, struct object *file) {
  enum { BLOCK = 64 * 1024 };
  for (int64_t done = 0;;) {
    struct array_object *a = array_of(o); /* write() may change it */
    int64_t all = a->n * a->code->bytes, rest = all - done;
    if (rest <= 0)
      return hold(NONE);
    int64_t some = rest < BLOCK ? rest : BLOCK;
    struct object *bytes = bytes_from(a->data + done, (size_t)some);
    struct object *result = bytes ? call_method_one(file, NAME(plain_write), bytes) : NULL;
    drop_null(bytes);
    if (!result)
      return NULL;
    drop(result);
    done += some;
  }
}

static struct object *buffer_info(struct object *o) {
  struct array_object *a = array_of(o);
  struct object *address = int_from_u64((uintptr_t)a->data);
  struct object *n = address ? int_from_i64(a->n) : NULL;
  struct object *result = n ? tuple_pack(2, address, n) : NULL;
  drop_null(address);
  drop_null(n);
  return result;
}
static struct object *copy(struct object *o) { return array_slice_copy(o, 0, 1, array_of(o)->n); }
static struct object *deepcopy(struct object *o, struct object *memo) { return copy(o); }
static struct object *size_of(struct object *o) {
  return int_from_u64(gc_object_bytes(o) +
                      (uint64_t)(array_of(o)->capacity * array_of(o)->code->bytes));
}

const struct method_def array_methods[] = {
    METHOD_ONE_("append", append, "($self, v, /)\n--\n\nAppend new value v to the end."),
    METHOD_NOARGS_("buffer_info", buffer_info,
                   "($self, /)\n--\n\nThe address and the length in items of the memory."),
    METHOD_NOARGS_("byteswap", byteswap, "($self, /)\n--\n\nTurns round the bytes of every item."),
    METHOD_NOARGS_("__copy__", copy, "($self, /)\n--\n\nReturn a copy of the array."),
    METHOD_ONE_("count", count, "($self, v, /)\n--\n\nHow many items are equal to v."),
    METHOD_ONE_("__deepcopy__", deepcopy, "($self, unused, /)\n--\n\nReturn a copy of the array."),
    METHOD_ONE_("extend", extend, "($self, bb, /)\n--\n\nAppend items to the end of the array."),
    METHOD_FAST_("fromfile", fromfile,
                 "($self, f, n, /)\n--\n\nReads n items from a binary file and appends them."),
    METHOD_ONE_("fromlist", fromlist, "($self, list, /)\n--\n\nAppend items to array from list."),
    METHOD_ONE_("frombytes", frombytes,
                "($self, buffer, /)\n--\n\nAppends items from their bytes."),
    METHOD_FAST_("index", index_,
                 "($self, v, start=0, stop=sys.maxsize, /)\n--\n\nThe first position of v. Raise "
                 "ValueError if the value is not present."),
    METHOD_FAST_("insert", insert,
                 "($self, i, v, /)\n--\n\nInsert a new item v into the array before position i."),
    METHOD_FAST_("pop", pop,
                 "($self, i=-1, /)\n--\n\nRemoves the i-th item and returns it; i is the last "
                 "without an argument."),
    METHOD_ONE_("__reduce_ex__", array_reduce_ex,
                "($self, value, /)\n--\n\nReturn state information for pickling."),
    METHOD_ONE_("remove", remove_,
                "($self, v, /)\n--\n\nRemove the first occurrence of v in the array."),
    METHOD_NOARGS_("reverse", reverse,
                   "($self, /)\n--\n\nReverse the order of the items in the array."),
    METHOD_ONE_("tofile", tofile, "($self, f, /)\n--\n\nWrites all items to a binary file."),
    METHOD_NOARGS_("tolist", tolist, "($self, /)\n--\n\nThe items as a list."),
    METHOD_NOARGS_("tobytes", tobytes, "($self, /)\n--\n\nThe memory of the items as bytes."),
    METHOD_NOARGS_("tounicode", tounicode,
                   "($self, /)\n--\n\nThe characters of an array of type 'u' as a string."),
    METHOD_ONE_("fromunicode", fromunicode,
                "($self, ustr, /)\n--\n\nAppends the characters of a string to an array of type "
                "'u'."),
    METHOD_NOARGS_("__sizeof__", size_of,
                   "($self, /)\n--\n\nSize of the array in memory, in bytes."),
    {NULL}};

static struct object *get_typecode(struct object *o, void *closure) {
  return str_from_code_point((uint32_t)array_of(o)->code->code);
}
static struct object *get_itemsize(struct object *o, void *closure) {
  return int_from_i64(array_of(o)->code->bytes);
}
const struct getset_def array_getsets[] = {
    {"typecode", get_typecode, NULL, "the typecode character used to create the array", NULL},
    {"itemsize", get_itemsize, NULL, "the size, in bytes, of one array item", NULL},
    {NULL}};
