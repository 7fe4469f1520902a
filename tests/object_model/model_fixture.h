/* The heap fixture of tests/object with the object model open on top, and short ways to make and
 * look at things. Everything made by these functions is kept by the fixture's bin until the end of a
 * test. */
#pragma once
#include "../object/heap_fixture.h"
#include "runtime/object/attribute.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/function.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/model.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include "runtime/object/weakref.h"

bool model_fixture_open(const char *alloc_spec);
void model_fixture_close(void);
int model_setup(void **state);
int model_teardown(void **state);

struct object *keep(struct object *o);  /* fails the test on NULL; dropped at the end */
struct object *text(const char *ascii); /* interned, kept */
struct object *number(int64_t value);   /* kept */
/* Exactly this error is pending; clears it. */
void expect_error(const char *type, const char *message);
void expect_text(struct object *str, const char *utf8); /* drops str */

/* A class: bases end with NULL; namespace may be NULL (borrowed). NULL with an error. */
struct object *class_new(struct type *metatype, const char *name, struct object *namespace, ...);
/* dict of names and values: pairs end with NULL; values are borrowed. Kept. */
struct object *namespace_of(const char *first, ...);
/* A builtin function made from a C function, which binds like a method of Python when `binds`. */
struct object *function_of(const char *name,
                           struct object *(*f)(struct object *self, struct object *const *args,
                                               size_t n));
