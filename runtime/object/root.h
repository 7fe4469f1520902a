/* Precise roots in C: slots that the collector reads as references. Register every object that
 * lives long and is held by a C variable. Roots mostly end in the reverse order of their beginning;
 * those of threads that take turns need not. */
#pragma once
#include "runtime/object/object.h"

void root_push(struct object **slots, size_t n);    /* slots hold NULL or a reference */
void root_pop(struct object **slots);               /* must have been pushed */
void root_visit(gc_visit_fn *visit, void *context); /* what host_visit_roots asks */
/* Roots of folders above: called with the others; at most ROOT_VISITORS_MAX, each once. */
enum { ROOT_VISITORS_MAX = 8 };
typedef void root_visitor_fn(gc_visit_fn *visit, void *context);
void root_add_visitor(root_visitor_fn *visitor);
void root_remove_visitor(root_visitor_fn *visitor);
void root_close(void); /* forgets all */
