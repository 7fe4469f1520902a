/* Writing marshalled values. Objects that others may refer to as well go into a table by identity,
 * so that they are written once; from version 3 on. */
#include "runtime/bytecode/code.h"
#include "runtime/modules/marshal/marshal.h"
#include "runtime/object/bytes.h"
#include "runtime/object/complex.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/float.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/protocol.h"
#include "runtime/object/set.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include <stdio.h>
#include <string.h>

enum result { WRITTEN, UNMARSHALLABLE, TOO_DEEP, FAILED /* an error is pending */ };

struct writer {
  unsigned char *data; /* item buffer */
  size_t n, capacity;
  struct entry { /* open addressing, no more than half full */
    const struct object *object;
    uint32_t index;
  } * entries; /* item buffer; the objects are alive as long as what is written is */
  size_t entries_n, entries_capacity; /* a power of two, or 0 */
  int64_t version;
  unsigned depth;
  enum result result;
};

/* ---- Bytes ---- */

static unsigned char *room(struct writer *w, size_t n) {
  if (LIKELY(w->capacity - w->n >= n))
    return w->data + w->n;
  size_t capacity = w->capacity + w->capacity / 2 + n + 64;
  unsigned char *data = gc_buffer_resize_own(w->data, w->capacity, capacity);
  if (!data) {
    error_no_memory();
    w->result = FAILED;
    return NULL;
  }
  w->data = data;
  w->capacity = capacity;
  return data + w->n;
}

static void put(struct writer *w, const void *from, size_t n) {
  unsigned char *to = room(w, n);
  if (to && n)
    memcpy(to, from, n);
  if (to)
    w->n += n;
}
static void put_byte(struct writer *w, unsigned value) {
  unsigned char byte = (unsigned char)value;
  put(w, &byte, 1);
}
static void put_i32(struct writer *w, int64_t value) {
  int32_t word = (int32_t)value;
  put(w, &word, sizeof word);
}
/* A length that CPython can read. */
static void put_length(struct writer *w, size_t n) {
  if (n > INT32_MAX)
    w->result = UNMARSHALLABLE;
  else
    put_i32(w, (int64_t)n);
}

/* ---- The table ---- */

static struct entry *find(struct entry *entries, size_t capacity, const struct object *o) {
  size_t mask = capacity - 1, i = (size_t)((uintptr_t)o * 0x9e3779b97f4a7c15u >> 20) & mask;
  while (entries[i].object && entries[i].object != o)
    i = (i + 1) & mask;
  return &entries[i];
}

static bool grow_table(struct writer *w) {
  size_t capacity = w->entries_capacity ? w->entries_capacity * 2 : 64;
  struct entry *entries = gc_buffer_new(capacity * sizeof *entries);
  if (!entries) {
    error_no_memory();
    w->result = FAILED;
    return false;
  }
  memset(entries, 0, capacity * sizeof *entries);
  for (size_t i = 0; i < w->entries_capacity; i++)
    if (w->entries[i].object)
      *find(entries, capacity, w->entries[i].object) = w->entries[i];
  if (w->entries)
    gc_buffer_free(w->entries, w->entries_capacity * sizeof *entries);
  w->entries = entries;
  w->entries_capacity = capacity;
  return true;
}

/* True: a reference was written instead of the object. Else *flag is what the tag gets: the object
 * then has a place in the table. What nobody else holds can't be met twice. */
static bool put_reference(struct writer *w, struct object *o, unsigned *flag) {
  *flag = 0;
  if (w->version < 3 || object_is_unshared(o))
    return false;
  if (w->entries_n * 2 >= w->entries_capacity && !grow_table(w))
    return true;
  struct entry *entry = find(w->entries, w->entries_capacity, o);
  if (entry->object) {
    put_byte(w, MARSHAL_REFERENCE);
    put_i32(w, entry->index);
    return true;
  }
  entry->object = o;
  entry->index = (uint32_t)w->entries_n++;
  *flag = MARSHAL_FLAG;
  return false;
}

/* ---- Values ---- */

static void object(struct writer *w, struct object *o);
static struct object *write(struct object *o, int64_t version, unsigned depth);

static void put_int(struct writer *w, struct object *o, unsigned flag) {
  int64_t value;
  uint64_t small;
  const uint64_t *limbs = ((struct int_object *)o)->limbs;
  size_t limbs_n = 1;
  bool negative;
  if (int_to_i64(o, &value)) {
    if (value == (int32_t)value) {
      put_byte(w, MARSHAL_INT | flag);
      put_i32(w, value);
      return;
    }
    negative = value < 0;
    small = negative ? -(uint64_t)value : (uint64_t)value;
    limbs = &small;
  } else {
    limbs_n = int_limbs_n((struct int_object *)o);
    negative = int_wide_is_negative((struct int_object *)o);
  }
  size_t bits = limbs_n * 64 - 63 + bit_highest(limbs[limbs_n - 1]);
  size_t digits = (bits + MARSHAL_DIGIT_BITS - 1) / MARSHAL_DIGIT_BITS;
  if (digits > INT32_MAX) {
    w->result = UNMARSHALLABLE;
    return;
  }
  put_byte(w, MARSHAL_LONG | flag);
  put_i32(w, negative ? -(int64_t)digits : (int64_t)digits);
  for (size_t i = 0; i < digits && w->result == WRITTEN; i++) {
    size_t bit = i * MARSHAL_DIGIT_BITS, limb = bit / 64, shift = bit % 64;
    uint64_t digit = limbs[limb] >> shift;
    if (shift > 64 - MARSHAL_DIGIT_BITS && limb + 1 < limbs_n)
      digit |= limbs[limb + 1] << (64 - shift);
    uint16_t out = digit & ((1u << MARSHAL_DIGIT_BITS) - 1);
    put(w, &out, sizeof out);
  }
}

/* 17 digits, as version 1 has it. */
static void put_decimal(struct writer *w, double value) {
  char shown[64];
  int n = snprintf(shown, sizeof shown, "%.17g", value);
  for (int i = 0; i < n; i++)
    if (shown[i] == ',') /* another locale's point */
      shown[i] = '.';
  put_byte(w, (unsigned)n);
  put(w, shown, (size_t)n);
}

static void put_doubles(struct writer *w, const double *values, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (w->version > 1)
      put(w, &values[i], sizeof values[i]);
    else
      put_decimal(w, values[i]);
}

static void put_str(struct writer *w, struct object *s, unsigned flag) {
  bool is_interned = (((const struct str *)s)->shape & STR_INTERNED) != 0;
  size_t n = str_length(s);
  if (w->version >= 4 && str_is_ascii(s)) {
    if (n < 256) {
      put_byte(w, (is_interned ? MARSHAL_SHORT_INTERNED : MARSHAL_SHORT) | flag);
      put_byte(w, (unsigned)n);
    } else {
      put_byte(w, (is_interned ? MARSHAL_ASCII_INTERNED : MARSHAL_ASCII) | flag);
      put_length(w, n);
    }
    put(w, str_data(s), n);
    return;
  }
  struct object *utf8 = str_encode_utf8(s);
  if (!utf8) {
    w->result = FAILED;
    return;
  }
  put_byte(w, (w->version >= 3 && is_interned ? MARSHAL_INTERNED : MARSHAL_STR) | flag);
  put_length(w, bytes_length(utf8));
  put(w, bytes_data(utf8), bytes_length(utf8));
  drop(utf8);
}

static void put_bytes(struct writer *w, const void *data, size_t n, unsigned flag) {
  put_byte(w, MARSHAL_BYTES | flag);
  put_length(w, n);
  put(w, data, n);
}

static void put_tuple(struct writer *w, struct object *o, unsigned flag) {
  size_t n = tuple_length(o);
  if (w->version >= 4 && n < 256) {
    put_byte(w, MARSHAL_SMALL_TUPLE | flag);
    put_byte(w, (unsigned)n);
  } else {
    put_byte(w, MARSHAL_TUPLE | flag);
    put_length(w, n);
  }
  for (size_t i = 0; i < n && w->result == WRITTEN; i++)
    object(w, tuple_get_borrowed(o, i));
}

/* What a list, dict or set holds may be taken from it by what a collection runs. */
static void object_taking(struct writer *w, struct object *o) {
  object(w, o);
  drop(o);
}

static void put_list(struct writer *w, struct object *o, unsigned flag) {
  put_byte(w, MARSHAL_LIST | flag);
  put_length(w, list_length(o));
  for (size_t i = 0; i < list_length(o) && w->result == WRITTEN; i++)
    object_taking(w, hold(list_get_borrowed(o, i)));
}

static void put_dict(struct writer *w, struct object *o, unsigned flag) {
  put_byte(w, MARSHAL_DICT | flag);
  size_t position = 0;
  for (struct object *key, *value; w->result == WRITTEN && dict_next(o, &position, &key, &value);) {
    hold(value);
    object_taking(w, hold(key));
    object_taking(w, value);
  }
  put_byte(w, MARSHAL_NULL);
}

/* The elements in the order of what they are marshalled to, so that equal sets give equal bytes
 * whatever their hashes are. By insertion: sets of constants are small. */
static struct object *sorted_elements(struct writer *w, struct object *o) {
  struct object *keys = list_new(0), *elements = list_new(0), *each;
  size_t position = 0;
  while (keys && elements && set_next(o, &position, &each)) {
    hold(each);
    struct object *key = write(each, w->version, w->depth);
    if (!key) {
      drop(each);
      break;
    }
    size_t low = 0, high = list_length(keys);
    while (low < high) {
      size_t middle = (low + high) / 2;
      struct object *other = list_get_borrowed(keys, middle);
      size_t n = bytes_length(key), m = bytes_length(other);
      int order = memcmp(bytes_data(key), bytes_data(other), n < m ? n : m);
      if (order ? order < 0 : n < m)
        high = middle;
      else
        low = middle + 1;
    }
    int inserted = list_insert(keys, low, key);
    drop(key);
    if (inserted == 0)
      inserted = list_insert(elements, low, each);
    drop(each);
    if (inserted < 0)
      break;
  }
  if (error_pending() != ERROR_NONE && elements) {
    drop(elements);
    elements = NULL;
  }
  if (!keys && elements) {
    drop(elements);
    elements = NULL;
  }
  drop_null(keys);
  return elements;
}

static void put_set(struct writer *w, struct object *o, unsigned flag) {
  put_byte(w, (is_frozenset(o) ? MARSHAL_FROZENSET : MARSHAL_SET) | flag);
  put_length(w, set_length(o));
  struct object *elements;
  if (set_length(o) == 1) { /* or nested sets would take exponential time */
    size_t position = 0;
    set_next(o, &position, &elements);
    object_taking(w, hold(elements));
    return;
  }
  if (!(elements = sorted_elements(w, o))) {
    w->result = FAILED;
    return;
  }
  for (size_t i = 0; i < list_length(elements) && w->result == WRITTEN; i++)
    object(w, list_get_borrowed(elements, i));
  drop(elements);
}

static void put_code(struct writer *w, struct object *o, unsigned flag) {
  const struct code *c = (const struct code *)o;
  put_byte(w, MARSHAL_CODE | flag);
  put_i32(w, c->argcount);
  put_i32(w, c->posonlyargcount);
  put_i32(w, c->kwonlyargcount);
  put_i32(w, c->stacksize);
  put_i32(w, (int32_t)c->flags);
  struct object *const before[] = {
      c->code,     c->consts, c->names,   c->localsplusnames, c->localspluskinds,
      c->filename, c->name,   c->qualname};
  for (size_t i = 0; i < ARRAY_SIZE(before); i++)
    object(w, before[i]);
  put_i32(w, c->firstlineno);
  object(w, c->linetable);
  object(w, c->exceptiontable);
}

static void put_buffer(struct writer *w, struct object *o, unsigned flag) {
  struct buffer_view view;
  if (buffer_get(o, &view, BUFFER_SIMPLE) < 0) {
    error_clear();
    put_byte(w, MARSHAL_UNKNOWN);
    w->depth = 0;
    w->result = UNMARSHALLABLE;
    return;
  }
  put_bytes(w, view.data, (size_t)view.bytes, flag);
  buffer_release(&view);
}

static void value(struct writer *w, struct object *o, unsigned flag) {
  const struct type *t = type_of(o);
  if (t == &int_type)
    put_int(w, o, flag);
  else if (t == &float_type) {
    put_byte(w, (w->version > 1 ? MARSHAL_DOUBLE : MARSHAL_FLOAT) | flag);
    put_doubles(w, &((struct float_object *)o)->value, 1);
  } else if (t == &complex_type) {
    const struct complex_object *c = (const struct complex_object *)o;
    put_byte(w, (w->version > 1 ? MARSHAL_DOUBLES : MARSHAL_COMPLEX) | flag);
    put_doubles(w, (const double[]){c->real, c->imag}, 2);
  } else if (t == &bytes_type)
    put_bytes(w, bytes_data(o), bytes_length(o), flag);
  else if (t == &str_type)
    put_str(w, o, flag);
  else if (t == &tuple_type)
    put_tuple(w, o, flag);
  else if (t == &list_type)
    put_list(w, o, flag);
  else if (t == &dict_type)
    put_dict(w, o, flag);
  else if (t == &set_type || t == &frozenset_type)
    put_set(w, o, flag);
  else if (t == &code_type)
    put_code(w, o, flag);
  else if (has_buffer(o))
    put_buffer(w, o, flag);
  else
    w->result = UNMARSHALLABLE;
}

static void object(struct writer *w, struct object *o) {
  if (w->result != WRITTEN)
    return;
  if (UNLIKELY(w->depth >= MARSHAL_DEPTH_MAX)) {
    w->result = TOO_DEEP;
    return;
  }
  w->depth++;
  unsigned flag;
  if (o == NONE)
    put_byte(w, MARSHAL_NONE);
  else if (o == FALSE_ || o == TRUE_)
    put_byte(w, o == TRUE_ ? MARSHAL_TRUE : MARSHAL_FALSE);
  else if (o == ELLIPSIS)
    put_byte(w, MARSHAL_ELLIPSIS);
  else if (o == &exception_type(ERROR_STOP_ITERATION)->head)
    put_byte(w, MARSHAL_STOP_ITERATION);
  else if (!put_reference(w, o, &flag))
    value(w, o, flag);
  w->depth--;
}

static struct object *write(struct object *o, int64_t version, unsigned depth) {
  struct writer w = {.version = version, .depth = depth};
  object(&w, o);
  if (w.result == UNMARSHALLABLE)
    error_set(ERROR_VALUE, "unmarshallable object");
  else if (w.result == TOO_DEEP)
    error_set(ERROR_VALUE, "object too deeply nested to marshal");
  struct object *bytes = w.result == WRITTEN ? bytes_from(w.data ? w.data : (void *)"", w.n) : NULL;
  if (w.data)
    gc_buffer_free(w.data, w.capacity);
  if (w.entries)
    gc_buffer_free(w.entries, w.entries_capacity * sizeof *w.entries);
  return bytes;
}

struct object *marshal_write(struct object *o, int64_t version) {
  return write(o, version, 0);
}
