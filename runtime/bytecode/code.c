/* Code objects. Two of them are equal when nothing but their file name can tell them apart. */
#include "runtime/bytecode/code.h"
#include "runtime/bytecode/code_attributes.h"
#include "runtime/bytecode/locations.h"
#include "runtime/object/bytes.h"
#include "runtime/object/complex.h"
#include "runtime/object/float.h"
#include "runtime/object/int.h"
#include "runtime/object/set.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include <stddef.h>
#include <string.h>

void (*code_release_derived)(void *derived);

static void code_release(struct object *o) {
  struct code *c = (struct code *)o;
  if (c->derived && code_release_derived)
    code_release_derived(c->derived);
  c->derived = NULL;
}

static int code_equal(struct object *a, struct object *b) {
  return is_code(b) && code_same_constant(a, b);
}

static int64_t code_hash(struct object *o) {
  struct code *c = (struct code *)o;
  if (c->hash == -1) {
    c->hash = (int64_t)code_hash_constant(o);
    if (c->hash == -1)
      c->hash = -2;
  }
  return c->hash;
}

static bool code_check(const struct object *o, char *error, size_t error_bytes) {
  const struct code *c = (const struct code *)o;
#define CODE_CHECK(name_, type_, meaning)                                                          \
  if (!c->name_ || !is_##type_(c->name_))                                                          \
    return check_failed(error, error_bytes, "code %p: %s is no %s", (const void *)o, #name_,       \
                        #type_);
  CODE_REFERENCES(CODE_CHECK)
#undef CODE_CHECK
  if (bytes_length(c->code) % 2)
    return check_failed(error, error_bytes, "code %p: half an instruction", (const void *)o);
  if (bytes_length(c->localspluskinds) != tuple_length(c->localsplusnames))
    return check_failed(error, error_bytes, "code %p: kinds of %zu variables for %zu",
                        (const void *)o, bytes_length(c->localspluskinds),
                        tuple_length(c->localsplusnames));
  return true;
}

/* Not a container: what it refers to was made before it and never refers back. */
struct type code_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_FIXED,
              .flags = GC_WEAKREFS | GC_RELEASES,
              .refs_offset = offsetof(struct code, code),
              .refs_n = CODE_REFERENCES_N,
              .weak_offset = offsetof(struct code, weakrefs),
              .basic_bytes = sizeof(struct code)},
    .name = "code",
    .release = code_release,
    .equal = code_equal,
    .hash = code_hash,
    .check = code_check,
    .repr = code_repr,
    .new_ = code_make,
    .methods = code_methods,
    .getsets = code_getsets,
    .members = code_members,
    .doc = "code(argcount, posonlyargcount, kwonlyargcount, nlocals, stacksize,\n      flags, "
           "codestring, constants, names, varnames, filename, name,\n      qualname, firstlineno, "
           "linetable, exceptiontable, freevars=(),\n      cellvars=(), /)\n--\n\nCreate a code "
           "object.  Not for the faint of heart.",
    .base = &object_type,
};

void code_open(void) { type_open(&code_type); }
void code_close(void) { type_close(&code_type); }

/* A table of places with lines alone. An entry of one byte may become one of seven. */
static struct object *without_columns(struct object *table, int32_t line) {
  struct location_reader reader = location_read(bytes_data(table), bytes_length(table), line);
  size_t room = bytes_length(table) * 7 + LOCATION_BYTES_MAX, n = 0;
  unsigned char *text = gc_buffer_new(room);
  if (!text)
    return error_no_memory();
  struct location where;
  while (location_next(&reader, &where)) {
    where.end_line = where.line;
    where.column = where.end_column = -1;
    n += location_encode(text + n, where, reader.stop - reader.start, &line);
  }
  struct object *result = bytes_from(text, n);
  gc_buffer_free(text, room);
  return result;
}

struct object *code_new(const struct code_facts *facts) {
  struct code *c = (struct code *)gc_new(&code_type, sizeof *c);
  if (UNLIKELY(!c))
    return error_no_memory();
  memset((char *)c + sizeof c->head, 0, sizeof *c - sizeof c->head);
#define CODE_STORE(name, type, meaning)                                                            \
  CHECK(is_##type(facts->name));                                                                   \
  store_first(&c->head, &c->name, hold(facts->name));
  CODE_REFERENCES(CODE_STORE)
#undef CODE_STORE
  c->hash = -1;
  c->argcount = facts->argcount;
  c->posonlyargcount = facts->posonlyargcount;
  c->kwonlyargcount = facts->kwonlyargcount;
  c->stacksize = facts->stacksize;
  c->flags = facts->flags;
  c->firstlineno = facts->firstlineno;
  const unsigned char *kinds = bytes_data(c->localspluskinds);
  for (size_t i = 0; i < bytes_length(c->localspluskinds); i++) {
    c->nlocals += (kinds[i] & CODE_LOCAL) != 0;
    c->ncellvars += (kinds[i] & CODE_CELL) != 0;
    c->nfreevars += (kinds[i] & CODE_FREE) != 0;
  }
  if (UNLIKELY(!location_keeps_columns)) {
    struct object *table = without_columns(c->linetable, c->firstlineno);
    if (!table) {
      drop(&c->head);
      return NULL;
    }
    store(&c->head, &c->linetable, table);
  }
  return &c->head;
}

static struct object *names_of_kind(const struct code *c, int32_t n, enum code_kind kind) {
  struct object *names = tuple_new((size_t)n);
  if (!names)
    return NULL;
  const unsigned char *kinds = bytes_data(c->localspluskinds);
  for (size_t i = 0, k = 0; i < bytes_length(c->localspluskinds); i++)
    if (kinds[i] & kind)
      tuple_init_taking(names, k++, hold(tuple_get_borrowed(c->localsplusnames, i)));
  return names;
}
struct object *code_varnames(const struct object *o) {
  return names_of_kind((const struct code *)o, ((const struct code *)o)->nlocals, CODE_LOCAL);
}
struct object *code_cellvars(const struct object *o) {
  return names_of_kind((const struct code *)o, ((const struct code *)o)->ncellvars, CODE_CELL);
}
struct object *code_freevars(const struct object *o) {
  return names_of_kind((const struct code *)o, ((const struct code *)o)->nfreevars, CODE_FREE);
}

/* ---- Constants ---- */

/* The finaliser of splitmix64 (Steele, Lea, Flood 2014). */
static uint64_t mix(uint64_t x) {
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
  x = (x ^ x >> 27) * 0x94d049bb133111ebu;
  return x ^ x >> 31;
}

static uint64_t bits_of(double value) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

static bool same_double(double a, double b) { return a == b && bits_of(a) == bits_of(b); }

static bool same_codes(const struct code *a, const struct code *b) {
  return a->argcount == b->argcount && a->posonlyargcount == b->posonlyargcount &&
         a->kwonlyargcount == b->kwonlyargcount && a->flags == b->flags &&
         a->firstlineno == b->firstlineno && code_same_constant(a->name, b->name) &&
         code_same_constant(a->code, b->code) && code_same_constant(a->consts, b->consts) &&
         code_same_constant(a->names, b->names) &&
         code_same_constant(a->localsplusnames, b->localsplusnames) &&
         code_same_constant(a->linetable, b->linetable) &&
         code_same_constant(a->exceptiontable, b->exceptiontable);
}

/* Elements are compared pairwise: frozen sets in a program's constants are small. */
static bool same_sets(struct object *a, struct object *b) {
  if (set_length(a) != set_length(b))
    return false;
  struct object *x, *y;
  for (size_t i = 0; set_next(a, &i, &x);) {
    bool found = false;
    for (size_t k = 0; !found && set_next(b, &k, &y);)
      found = code_same_constant(x, y);
    if (!found)
      return false;
  }
  return true;
}

bool code_same_constant(const struct object *a, const struct object *b) {
  if (a == b)
    return true;
  if (type_of(a) != type_of(b))
    return false;
  if (is_str(a))
    return str_same_text(a, b);
  if (is_float(a))
    return same_double(float_value(a), float_value(b));
  if (is_complex(a)) {
    const struct complex_object *x = (const struct complex_object *)a;
    const struct complex_object *y = (const struct complex_object *)b;
    return same_double(x->real, y->real) && same_double(x->imag, y->imag);
  }
  if (is_tuple(a)) {
    if (tuple_length(a) != tuple_length(b))
      return false;
    for (size_t i = 0; i < tuple_length(a); i++)
      if (!code_same_constant(tuple_get_borrowed(a, i), tuple_get_borrowed(b, i)))
        return false;
    return true;
  }
  if (is_frozenset(a))
    return same_sets((struct object *)(uintptr_t)a, (struct object *)(uintptr_t)b);
  if (is_code(a))
    return same_codes((const struct code *)a, (const struct code *)b);
  if (is_int(a))
    return int_compare(a, b) == 0;
  if (is_bytes(a))
    return bytes_length(a) == bytes_length(b) &&
           memcmp(bytes_data(a), bytes_data(b), bytes_length(a)) == 0;
  return false;
}

uint64_t code_hash_constant(const struct object *o) {
  struct object *mutable = (struct object *)(uintptr_t)o; /* hashes are kept in the object */
  if (is_str(o))
    return (uint64_t)str_hash(mutable);
  if (is_float(o))
    return mix(bits_of(float_value(o)) + 1);
  if (is_complex(o))
    return mix(bits_of(((const struct complex_object *)o)->real) * 3 +
               bits_of(((const struct complex_object *)o)->imag) + 2);
  if (is_tuple(o)) {
    uint64_t hash = 0x9e3779b97f4a7c15u + tuple_length(o);
    for (size_t i = 0; i < tuple_length(o); i++)
      hash = mix(hash ^ code_hash_constant(tuple_get_borrowed(o, i)));
    return hash;
  }
  if (is_frozenset(o)) {
    uint64_t hash = 0;
    struct object *each;
    for (size_t i = 0; set_next(mutable, &i, &each);)
      hash += mix(code_hash_constant(each) + 3);
    return mix(hash);
  }
  if (is_code(o)) {
    const struct code *c = (const struct code *)o;
    return mix((uint64_t)str_hash(c->name) ^ (uint64_t)c->firstlineno << 32 ^
               bytes_length(c->code));
  }
  if (type_of(o) == &int_type)
    return mix((uint64_t)int_hash(mutable) + 4);
  if (is_bytes(o))
    return mix((uint64_t)object_hash(mutable) + 5);
  return (uint64_t)object_hash_identity(o);
}
