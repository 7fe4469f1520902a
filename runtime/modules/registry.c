/* The table of built-in modules, and what they keep in static variables. */
#include "base/vec.h"
#include "runtime/modules/faulthandler/faulthandler.h"
#include "runtime/modules/gc_module.h"
#include "runtime/modules/item_formats.h"
#include "runtime/modules/module.h"
#include "runtime/modules/sys.h"
#include "runtime/modules/unicodedata/unicodedata.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/model.h"
#include "runtime/object/root.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include <string.h>

const struct module_row module_rows[] = {
#define MODULE(name, identifier) {name, module_##identifier##_fill},
#include "runtime/modules/modules.def"
#undef MODULE
    {NULL, NULL}};

const struct module_row *module_find(const char *name) {
  for (const struct module_row *row = module_rows; row->name; row++)
    if (!strcmp(row->name, name))
      return row;
  return NULL;
}

struct object *module_create(const struct module_row *row) {
  struct object *module = module_new_ascii(row->name);
  if (module && row->fill(module) < 0) {
    drop(module);
    return NULL;
  }
  return module;
}

int module_add_type(struct object *module, struct type *t) {
  if (type_ready(t) < 0)
    return -1;
  return module_add(module, type_short_name(t), &t->head);
}
int module_add_int(struct object *module, const char *name, int64_t value) {
  return module_add_taking(module, name, int_from_i64(value));
}
int module_add_ints(struct object *module, const struct module_int *ints, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (module_add_int(module, ints[i].name, ints[i].value) < 0)
      return -1;
  return 0;
}
int module_add_text(struct object *module, const char *name, const char *utf8) {
  return module_add_taking(module, name, str_from_utf8(utf8, strlen(utf8)));
}

struct object *module_new_exception(const char *name, struct object *base) {
  const char *dot = strrchr(name, '.');
  struct object *short_name = str_intern(dot + 1);
  struct object *module = short_name ? str_from_data(name, (size_t)(dot - name), 0) : NULL;
  struct object *bases =
      module ? tuple_pack(1, base ? base : &exception_type(ERROR_EXCEPTION)->head) : NULL;
  struct object *namespace = bases ? dict_new() : NULL, *cls = NULL;
  if (namespace && dict_set(namespace, NAME(module), module) == 0)
    cls = type_make(&type_type, short_name, bases, namespace, NULL, NULL);
  drop_null(namespace);
  drop_null(bases);
  drop_null(module);
  drop_null(short_name);
  return cls;
}

/* ---- Static variables ---- */

static struct { VEC(struct object **); } slots;

static void visit_slots(gc_visit_fn *visit, void *context) {
  for (size_t i = 0; i < slots.n; i++)
    if (*slots.items[i])
      visit(*slots.items[i], context);
}

int module_root(struct object **slot) {
  for (size_t i = 0; i < slots.n; i++)
    if (slots.items[i] == slot)
      return 0;
  if (vec_push(&slots, slot))
    return 0;
  error_no_memory();
  return -1;
}

bool modules_open(void) {
  root_add_visitor(visit_slots);
  unicodedata_open();
  item_formats_open();
  return true;
}

void modules_close(void) {
  audit_close();
  faulthandler_close();
  gc_module_close();
  item_formats_close();
  unicodedata_close();
  while (slots.n) {
    struct object **slot = slots.items[--slots.n], *before = *slot;
    *slot = NULL;
    drop_null(before);
  }
  vec_free(&slots);
  root_remove_visitor(visit_slots);
}
