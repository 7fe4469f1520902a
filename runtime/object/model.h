/* The object model as a whole: object_open (object.h) is enough for programs in C that use lists,
 * dicts and their like; an interpreter opens the model on top: every static type gets its dict, mro
 * and inherited slots, exceptions become objects. */
#pragma once
#include "runtime/object/type.h"

/* After object_open. False when memory is exhausted; model_close must then be called all the same.
 * Types of other folders are readied after it, by type_ready. */
bool model_open(void);
/* Before object_close: static types lose their dicts, caches go. */
void model_close(void);
bool model_is_open(void);
/* What static types, threads and caches hold: for host_visit_roots. */
void model_visit_roots(gc_visit_fn *visit, void *context);
/* The types readied so far, in order: for the tracing collectors, __subclasses__, tests. */
void model_visit_types(void (*visit)(struct type *t, void *context), void *context);

/* Names the object model asks for all the time, interned: NAME(add) is "__add__",
 * NAME(plain_keys) is "keys". See names.def. */
extern struct object *model_names[];
enum model_name {
#define MODEL_NAME(name, text) NAME_##name,
#include "runtime/object/names.def"
  MODEL_NAMES_N
};
#define NAME(name) (model_names[NAME_##name])
