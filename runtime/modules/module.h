/* Built-in modules: one file each (or one folder), one line in modules.def.
 *
 * A module is a function that fills a new module object: functions (module_add_functions), types
 * (module_add_type), constants (module_add, function.h). It runs once, at the first import. What a
 * module keeps in static variables is registered by module_root, so that collectors see it and
 * closing lets go of it: there is one interpreter in a process. */
#pragma once
#include "runtime/object/function.h"

typedef int module_fill_fn(struct object *module); /* -1 with an error */

struct module_row {
  const char *name;
  module_fill_fn *fill;
};
extern const struct module_row module_rows[]; /* ends with a name of NULL */

/* All fill functions are declared by their lines. */
#define MODULE(name, identifier) module_fill_fn module_##identifier##_fill;
#include "runtime/modules/modules.def"
#undef MODULE

const struct module_row *module_find(const char *name); /* NULL: no such module */
/* A new module, filled. NULL with the error. */
struct object *module_create(const struct module_row *row);

/* Readies a static type and adds it under its short name. -1 with an error. */
int module_add_type(struct object *module, struct type *t);
int module_add_int(struct object *module, const char *name, int64_t value);
struct module_int {
  const char *name;
  int64_t value;
};
/* A row for a macro or enumerator of C. */
#define CONSTANT(name)                                                                             \
  { #name, (int64_t)(name) }
int module_add_ints(struct object *module, const struct module_int *ints, size_t n);
int module_add_text(struct object *module, const char *name, const char *utf8);
/* A new class of exceptions, "module.Name", under a class or (NULL) Exception. */
struct object *module_new_exception(const char *name, struct object *base);

/* A static variable that holds an object or NULL: visited from now on, dropped and NULL again after
 * modules_close. Registering it twice is harmless. -1: no memory. */
int module_root(struct object **slot);

bool modules_open(void);  /* after vm_open */
void modules_close(void); /* before vm_close: empties all registered variables */
