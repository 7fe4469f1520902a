/* What Python sees of the type of code objects: used by code.c only. */
#pragma once
#include "runtime/object/type.h"

extern const struct method_def code_methods[];
extern const struct getset_def code_getsets[];
extern const struct member_def code_members[];
struct object *code_make(struct type *t, struct object *const *args, size_t n,
                         struct object *kwnames);
struct object *code_repr(struct object *o);
