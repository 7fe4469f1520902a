/* What every type shares: singletons, equality and hash, the opening and closing of the runtime. */
#include "runtime/object/object.h"
#include "gc/host.h"
#include "runtime/object/audit.h"
#include "runtime/object/bytes.h"
#include "runtime/object/call_depth.h"
#include "runtime/object/complex.h"
#include "runtime/object/dict.h"
#include "runtime/object/float.h"
#include "runtime/object/function.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/model.h"
#include "runtime/object/protocol.h"
#include "runtime/object/root.h"
#include "runtime/object/set.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include "runtime/object/type.h"
#include "runtime/object/weakref.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct object object_none = OBJECT_STATIC(none_type);
struct object object_ellipsis = OBJECT_STATIC(ellipsis_type);
struct object object_not_implemented = OBJECT_STATIC(not_implemented_type);
struct int_object object_true = {.head = OBJECT_STATIC(bool_type), .word = 2};
struct int_object object_false = {.head = OBJECT_STATIC(bool_type), .word = 0};

int (*audit_hook)(const char *event, struct object *args);
struct object_options object_options = {.freelists = true};

static struct type *const static_types[] = {
    &type_type, &object_type, &none_type, &bool_type,      &ellipsis_type,  &not_implemented_type,
    &int_type,  &float_type,  &str_type,  &bytes_type,     &bytearray_type, &tuple_type,
    &list_type, &dict_type,   &set_type,  &frozenset_type, &weakref_type,   &complex_type};

static _Thread_local unsigned depth;
_Thread_local unsigned call_depth;
unsigned object_depth_limit = OBJECT_DEPTH_MAX;

static bool step(unsigned *count, unsigned limit) {
  if (UNLIKELY(*count >= limit)) {
    error_set(ERROR_RECURSION, "maximum recursion depth exceeded");
    return false;
  }
  ++*count;
  return true;
}
bool object_enter(void) { return step(&depth, object_depth_limit); }
void object_leave(void) { depth--; }
bool object_enter_call(void) { return step(&call_depth, OBJECT_DEPTH_MAX); }
void object_leave_call(void) { call_depth--; }

int object_equal(struct object *a, struct object *b) {
  if (a == b)
    return 1;
  /* Where the types differ and one is no plain value, the other may have something to say. */
  if (type_of(a) != type_of(b) && UNLIKELY(model_is_open()) &&
      ((type_of(a)->shape.flags | type_of(b)->shape.flags) & GC_CONTAINER))
    return compare_true(a, b, COMPARE_EQ);
  int (*equal)(struct object *, struct object *) = type_of(a)->equal;
  if (!equal)
    return 0;
  if (!(type_of(a)->shape.flags & GC_CONTAINER))
    return equal(a, b);
  if (!object_enter())
    return -1;
  int result = equal(a, b);
  object_leave();
  return result;
}

/* CPython's: the low bits of an address say little, so they go to the top. */
int64_t object_hash_identity(const struct object *o) {
  uintptr_t address = (uintptr_t)o;
  int64_t hash = (int64_t)((address >> 4) | (address << 60));
  return hash == -1 ? -2 : hash;
}

int64_t object_hash(struct object *o) {
  int64_t (*hash)(struct object *) = type_of(o)->hash;
  if (!hash)
    return object_hash_identity(o);
  if (!(type_of(o)->shape.flags & GC_CONTAINER))
    return hash(o);
  if (!object_enter())
    return -1;
  int64_t result = hash(o);
  object_leave();
  return result;
}

bool object_check(const struct object *o, char *error, size_t error_bytes) {
#if GC_RC
  if (o->count == 0)
    return check_failed(error, error_bytes, "object %p has no references", (const void *)o);
#endif
  struct type *t = type_of(o);
  if (!t || !is_type(&t->head))
    return check_failed(error, error_bytes, "object %p has no type", (const void *)o);
  return !t->check || t->check(o, error, error_bytes);
}

static bool read_hash_seed(uint64_t *seed) {
  const char *text = object_options.hash_seed ? object_options.hash_seed : getenv("PYTHONHASHSEED");
  *seed = 0;
  if (!text || !*text)
    return true;
  if (!strcmp(text, "random")) {
    *seed = str_random_seed();
    return true;
  }
  char *end;
  errno = 0;
  unsigned long value = strtoul(text, &end, 10);
  if (*end || errno || value > UINT32_MAX || *text == '-') {
    error_set(ERROR_VALUE,
              "PYTHONHASHSEED must be \"random\" or an integer in range [0; 4294967295]");
    return false;
  }
  *seed = value;
  return true;
}

bool object_open(void) {
  uint64_t seed;
  if (!read_hash_seed(&seed))
    return false;
  for (size_t i = 0; i < ARRAY_SIZE(static_types); i++)
    type_open(static_types[i]);
  struct object *const singletons[] = {NONE, ELLIPSIS, NOT_IMPLEMENTED, TRUE_, FALSE_};
  for (size_t i = 0; i < ARRAY_SIZE(singletons); i++)
    gc_immortalize(singletons[i]);
  int_open();
  int_scratch_open();
  float_open();
  str_open(seed);
  bytes_open();
  tuple_open();
  list_open();
  slice_open();
  dict_open();
  set_open();
  return true;
}

void object_close(void) {
  /* Dead cycles may still refer to interned strings and types: they go first. */
  if (GC_RC)
    gc_collect(GC_GENERATIONS - 1);
  for (size_t i = 0; i < ARRAY_SIZE(static_types); i++)
    type_close(static_types[i]);
  root_close();
  str_close();
  host_release_caches();
  int_scratch_close();
}
