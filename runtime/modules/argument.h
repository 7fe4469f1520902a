/* Arguments of functions of modules: objects to C's numbers, with the messages of CPython's
 * converters. 0, or -1 with an error. */
#pragma once
#include "runtime/object/call.h"
#include <sys/types.h>

int argument_int(struct object *o, int *value);
int argument_pid(struct object *o, int *value);           /* the same; told in other words */
int argument_unsigned(struct object *o, unsigned *value); /* wraps, as CPython's mask does */
int argument_long(struct object *o, int64_t *value);
int argument_size(struct object *o, int64_t *value); /* a Py_ssize_t */
/* The same of an int or None (or nothing: NULL), which leaves *value as it is. */
int argument_optional_size(struct object *o, int64_t *value);
int argument_offset(struct object *o, off_t *value);
int argument_bool(struct object *o, bool *value);     /* by its truth */
int argument_int_bool(struct object *o, bool *value); /* an int, for its truth */
int argument_fd(struct object *o, int *fd);           /* an int or something with fileno() */
int argument_uid(struct object *o, uid_t *uid);
int argument_gid(struct object *o, gid_t *gid);
/* The text of a str without NULs, as UTF-8: valid while o lives; *owner is what else keeps it (to
 * be dropped, may be NULL). `what` names function and argument: "open() argument 'encoding'". */
const char *argument_text(struct object *o, const char *what, struct object **owner);

/* A function of a module with arguments by name: FUNCTION(stat, "stat", 0, 1, 1, "path", "dir_fd")
 * { ... v[0] ... } defines stat_call for a METHOD_KEYWORDS row; the numbers are those of struct
 * args_spec: positional only, positional, required. Values not given are NULL. */
#define FUNCTION(identifier, name, positional_only_, positional_, required_, ...)                  \
  static const char *const identifier##_names[] = {__VA_ARGS__};                                   \
  static const struct args_spec identifier##_spec = {                                              \
      name,        identifier##_names, ARRAY_SIZE(identifier##_names), positional_only_,           \
      positional_, required_};                                                                     \
  static struct object *identifier##_with(struct object *const *v);                                \
  static struct object *identifier##_call(struct object *module, struct object *const *args,       \
                                          size_t n, struct object *kwnames) {                      \
    struct object *v[ARRAY_SIZE(identifier##_names)];                                              \
    return args_parse(&identifier##_spec, args, n, kwnames, v) < 0 ? NULL : identifier##_with(v);  \
  }                                                                                                \
  static struct object *identifier##_with(struct object *const *v)

/* The same for methods: `self` is the object. */
#define METHOD(identifier, name, positional_only_, positional_, required_, ...)                    \
  static const char *const identifier##_names[] = {__VA_ARGS__};                                   \
  static const struct args_spec identifier##_spec = {                                              \
      name,        identifier##_names, ARRAY_SIZE(identifier##_names), positional_only_,           \
      positional_, required_};                                                                     \
  static struct object *identifier##_with(struct object *self, struct object *const *v);           \
  static struct object *identifier##_call(struct object *self, struct object *const *args,         \
                                          size_t n, struct object *kwnames) {                      \
    struct object *v[ARRAY_SIZE(identifier##_names)];                                              \
    return args_parse(&identifier##_spec, args, n, kwnames, v) < 0 ? NULL                          \
                                                                   : identifier##_with(self, v);   \
  }                                                                                                \
  static struct object *identifier##_with(struct object *self, struct object *const *v)

/* A docstring with its signature: DOC("stat", "$module, /, path", "Perform ..."). */
#define DOC(name, parameters, text) name "(" parameters ")\n--\n\n" text
