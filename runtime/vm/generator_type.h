/* The parts of which the types of the three kinds of generator are made. */
#pragma once
#include "runtime/vm/generator.h"
#include <stddef.h>

unsigned generator_spans(struct object *o, struct gc_span out[GC_SPANS_MAX]);
size_t generator_size(const struct object *o);
void generator_clear(struct object *o);
void generator_destroy(struct object *o);
void generator_finalize(struct object *o);
bool generator_wants_finalizer(const struct object *o);
struct object *generator_repr(struct object *o);
struct object *generator_method_send(struct object *o, struct object *value);
struct object *generator_method_close(struct object *o);
struct object *generator_method_throw(struct object *o, struct object *const *args, size_t n);
struct object *generator_method_del(struct object *o);
struct object *generator_get_frame(struct object *o, void *closure);
struct object *generator_get_running(struct object *o, void *closure);
struct object *generator_get_suspended(struct object *o, void *closure);
struct object *generator_get_delegate(struct object *o, void *closure);
struct object *generator_get_text(struct object *o, void *closure); /* closure: __qualname__ */
int generator_set_text(struct object *o, struct object *value, void *closure);

#define GENERATOR_GETSETS(prefix, delegate_name, kind)                                             \
  {.name = prefix "frame", .get = generator_get_frame},                                            \
      {.name = delegate_name, .get = generator_get_delegate},                                      \
      {.name = "__name__",                                                                         \
       .get = generator_get_text,                                                                  \
       .set = generator_set_text,                                                                  \
       .doc = "name of the " kind},                                                                \
  {                                                                                                \
    .name = "__qualname__", .get = generator_get_text, .set = generator_set_text,                  \
    .doc = "qualified name of the " kind, .closure = (void *)1                                     \
  }
#define GENERATOR_CODE_MEMBER(prefix)                                                              \
  {                                                                                                \
    .name = prefix "code", .kind = MEMBER_OBJECT, .flags = MEMBER_READONLY,                        \
    .offset = offsetof(struct generator, code)                                                     \
  }

#define GENERATOR_TYPE_INIT(name_, ...)                                                            \
  {                                                                                                \
    .head = OBJECT_STATIC(type_type),                                                              \
    .shape = {.layout = GC_SPANS,                                                                  \
              .flags = GC_CONTAINER | GC_FINALIZES | GC_WEAKREFS,                                  \
              .weak_offset = offsetof(struct generator, weakrefs),                                 \
              .basic_bytes = sizeof(struct generator),                                             \
              .bytes = generator_size,                                                             \
              .spans = generator_spans},                                                           \
    .name = name_, .destroy = generator_destroy, .clear = generator_clear,                         \
    .finalize = generator_finalize, .wants_finalizer = generator_wants_finalizer,                  \
    .repr = generator_repr, .flags = TYPE_NO_INSTANCE, .base = &object_type, __VA_ARGS__           \
  }
