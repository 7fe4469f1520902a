/* What the exception*.c files share: how each layout is made, initialised and shown. */
#pragma once
#include "runtime/object/exception.h"

extern struct type exception_types[ERROR_KINDS_N];

static inline struct exception_plain *exception_plain_of(struct object *o) {
  return (struct exception_plain *)o;
}
/* BaseException's: args from the positional arguments. */
struct object *exception_new_slot(struct type *t, struct object *const *args, size_t n,
                                  struct object *kwnames);
int exception_init_slot(struct object *o, struct object *const *args, size_t n,
                        struct object *kwnames);
int exception_set_args(struct object *o, struct object *const *args, size_t n);
struct object *exception_str_slot(struct object *o);

#define EXCEPTION_LAYOUT(layout)                                                                   \
  struct object *exception_##layout##_new(struct type *t, struct object *const *args, size_t n,    \
                                          struct object *kwnames);                                 \
  int exception_##layout##_init(struct object *o, struct object *const *args, size_t n,            \
                                struct object *kwnames);                                           \
  struct object *exception_##layout##_str(struct object *o);                                       \
  extern const struct member_def exception_##layout##_members[];                                   \
  extern const struct getset_def exception_##layout##_getsets[];                                   \
  extern const struct method_def exception_##layout##_methods[];
EXCEPTION_LAYOUT(plain)
EXCEPTION_LAYOUT(group)
EXCEPTION_LAYOUT(system_exit)
EXCEPTION_LAYOUT(stop_iteration)
EXCEPTION_LAYOUT(attribute)
EXCEPTION_LAYOUT(name)
EXCEPTION_LAYOUT(import)
EXCEPTION_LAYOUT(os)
EXCEPTION_LAYOUT(syntax)
EXCEPTION_LAYOUT(unicode)

int exception_open(void);
int exception_open_stock(void);
void exception_close_stock(void);
void exception_visit_stock(gc_visit_fn *visit, void *context);
