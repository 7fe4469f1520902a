/* The calling convention: how everything that can be called is called, and functions written in C.
 *
 * A call hands over a row of borrowed references: `n` positional arguments at args[0..n), then one
 * value for each name in the tuple `kwnames` (NULL: no keyword arguments). No tuple, no dict is
 * made on the way to a function that does not ask for one.
 *
 *     args[-1]  |  args[0] ... args[n-1]  |  args[n] ... args[n + len(kwnames) - 1]
 *     scratch?  |  positional             |  by name
 *
 * The caller may set CALL_SCRATCH in n: then args[-1] is its to lend, and a callee that has to put
 * `self` in front (a bound method) writes it there, calls on with args - 1, and puts back what was
 * there before it returns. Whoever implements a type's `call` therefore reads n by call_count(n).
 * Functions of a method table, `new` and `init` get a clean count. */
#pragma once
#include "runtime/object/object.h"

#define CALL_SCRATCH ((size_t)1 << 63)
static inline size_t call_count(size_t n) { return n & ~CALL_SCRATCH; }

typedef struct object *call_fn(struct object *callable, struct object *const *args, size_t n,
                               struct object *kwnames);

/* ---- Calling ---- */

/* ERROR_TYPE "'X' object is not callable" when it can't be. A callee that returns NULL without an
 * error, or a result with one, is turned into a SystemError. */
struct object *call_object(struct object *callable, struct object *const *args, size_t n,
                           struct object *kwnames);
struct object *call_none(struct object *callable);
struct object *call_one(struct object *callable, struct object *argument);
struct object *call_two(struct object *callable, struct object *first, struct object *second);
/* From a tuple (or NULL) and a dict with string keys (or NULL): f(*args, **kwargs). */
struct object *call_tuple_dict(struct object *callable, struct object *args, struct object *kwargs);
/* o.name(*args): args[0] is o itself, n counts it; no bound method is made. */
struct object *call_method(struct object *name, struct object *const *args, size_t n,
                           struct object *kwnames);
struct object *call_method_none(struct object *o, struct object *name);
struct object *call_method_one(struct object *o, struct object *name, struct object *argument);
/* The special method `name` looked up on the type of args[0]: NULL without an error when it has
 * none. */
struct object *call_special(struct object *name, struct object *const *args, size_t n);
bool is_callable(const struct object *o);

/* The arguments by name as a new dict; NULL on error. And the tuple of the positional ones. */
struct object *call_kwargs_dict(struct object *const *values, struct object *kwnames);
/* One more argument in front, in the callee: see CALL_SCRATCH. */
struct object *call_prepended(struct object *callable, struct object *first,
                              struct object *const *args, size_t n, struct object *kwnames);

/* ---- Functions written in C ---- */

enum method_flags {
  METHOD_NOARGS = 1,   /* noargs(self) */
  METHOD_ONE = 2,      /* one(self, argument) */
  METHOD_FAST = 3,     /* fast(self, args, n): positional arguments only */
  METHOD_KEYWORDS = 4, /* keywords(self, args, n, kwnames) */
  METHOD_FORM = 7,
  METHOD_CLASS = 1 << 3,   /* self is the class */
  METHOD_STATIC = 1 << 4,  /* self is NULL */
  METHOD_COEXIST = 1 << 5, /* instead of the wrapper of a slot of the same name */
};

/* A row of a method table; the table ends with a name of NULL. `self` is the object (methods), the
 * class (METHOD_CLASS), the module (functions of modules) or NULL (METHOD_STATIC). In a METHOD_ONE
 * the count is checked before, with CPython's message. `doc` begins with the signature as CPython
 * writes it: "append($self, object, /)\n--\n\nAppend object to the end of the list." */
struct method_def {
  const char *name;
  unsigned flags;
  union {
    struct object *(*noargs)(struct object *self);
    struct object *(*one)(struct object *self, struct object *argument);
    struct object *(*fast)(struct object *self, struct object *const *args, size_t n);
    struct object *(*keywords)(struct object *self, struct object *const *args, size_t n,
                               struct object *kwnames);
  };
  const char *doc;
};
#define METHOD_NOARGS_(name_, function_, doc_)                                                     \
  { .name = name_, .flags = METHOD_NOARGS, .noargs = function_, .doc = doc_ }
#define METHOD_ONE_(name_, function_, doc_)                                                        \
  { .name = name_, .flags = METHOD_ONE, .one = function_, .doc = doc_ }
#define METHOD_FAST_(name_, function_, doc_)                                                       \
  { .name = name_, .flags = METHOD_FAST, .fast = function_, .doc = doc_ }
#define METHOD_KEYWORDS_(name_, function_, doc_)                                                   \
  { .name = name_, .flags = METHOD_KEYWORDS, .keywords = function_, .doc = doc_ }

/* A builtin function or method. `self` and `module` (a str or NULL, __module__) may be NULL. The
 * definition must outlive it. */
struct object *builtin_function_new(const struct method_def *def, struct object *self,
                                    struct object *module);
struct builtin_function {
  struct object head;
  struct object *self, *module; /* NULL: none */
  const struct method_def *def;
  struct object *weakrefs; /* not owned */
};
extern struct type builtin_function_type; /* builtin_function_or_method */
const struct method_def *builtin_function_def(const struct object *o);
struct object *builtin_function_self_borrowed(const struct object *o); /* NULL: none */
/* Calls a definition with its form's checks of arguments; `callable` is named in messages. */
struct object *method_def_call(const struct method_def *def, struct object *self,
                               struct object *const *args, size_t n, struct object *kwnames,
                               struct object *callable);
/* What a docstring with a signature in front says: its text, and the signature "(...)"; None where
 * there is none. */
struct object *doc_text(const char *doc);
struct object *doc_signature(const char *doc);
/* How messages name a callable: "list.append()"; a new str. */
struct object *function_name_for_message(struct object *callable);
/* A function or type of the module builtins, for __reduce__: found through builtins_find, which the
 * module sets. ERROR_RUNTIME without one. */
struct object *builtins_get(const char *name);
extern struct object *(*builtins_find)(const char *name);

/* ---- Arguments of such functions ---- */

/* What a function takes, in order: positional-only, positional-or-keyword, keyword-only. */
struct args_spec {
  const char *function;     /* as messages name it: "sorted" */
  const char *const *names; /* n of them, keyword-usable or not ("" is fine for positional-only) */
  uint8_t n;
  uint8_t positional_only; /* the first so many can't be named */
  uint8_t positional;      /* so many can be given by position; the rest is keyword-only */
  uint8_t required;        /* the first so many must be given */
};

/* values[0..spec->n): borrowed, NULL where not given. -1 with CPython's TypeError. */
int args_parse(const struct args_spec *spec, struct object *const *args, size_t n,
               struct object *kwnames, struct object **values);
/* The count of a METHOD_FAST: "f expected at least 1 argument, got 0". */
int args_check_count(const char *function, size_t n, size_t least, size_t most);
/* "f() takes no keyword arguments" unless kwnames is NULL or empty. */
int args_check_no_keywords(const char *function, struct object *kwnames);
/* "f() argument 1 must be str, not int"; `which` is "argument", "argument 1" or "argument 'name'".
 * Returns NULL. */
void *args_wrong_type(const char *function, const char *which, const char *wanted,
                      struct object *given) __attribute__((cold));
/* An int argument by __index__: 0, or -1 with the error where it is none or too large. */
int args_to_size(struct object *o, int64_t *value);
int args_to_c_int(struct object *o, int *value);
/* A str without NULs as UTF-8, valid while it lives; NULL with the error. For names of encodings and
 * of error handlers: those that are not ASCII are kept for good. */
const char *args_to_name(const char *function, const char *which, struct object *o);
