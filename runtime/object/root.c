/* Precise roots in C: a stack of slot runs. Its memory is bookkeeping, not the heap's. */
#include "runtime/object/root.h"
#include "base/vec.h"
#include <string.h>

static struct { VEC(struct gc_span); } roots;

static root_visitor_fn *visitors[ROOT_VISITORS_MAX];

void root_add_visitor(root_visitor_fn *visitor) {
  for (size_t i = 0; i < ROOT_VISITORS_MAX; i++)
    if (!visitors[i]) {
      visitors[i] = visitor;
      return;
    }
  fatal("more than %d visitors of roots", ROOT_VISITORS_MAX);
}

void root_remove_visitor(root_visitor_fn *visitor) {
  for (size_t i = 0; i < ROOT_VISITORS_MAX; i++)
    if (visitors[i] == visitor)
      visitors[i] = NULL;
}

void root_push(struct object **slots, size_t n) {
  if (!vec_push(&roots, ((struct gc_span){slots, n})))
    fatal("no memory for the table of roots (%zu of them)", roots.n);
}

void root_pop(struct object **slots) {
  size_t i = roots.n;
  do
    CHECK(i > 0);
  while (roots.items[--i].first != slots);
  roots.n--;
  memmove(roots.items + i, roots.items + i + 1, (roots.n - i) * sizeof *roots.items);
}

void root_visit(gc_visit_fn *visit, void *context) {
  for (size_t i = 0; i < roots.n; i++)
    for (size_t k = 0; k < roots.items[i].n; k++)
      if (roots.items[i].first[k])
        visit(roots.items[i].first[k], context);
  for (size_t i = 0; i < ROOT_VISITORS_MAX; i++)
    if (visitors[i])
      visitors[i](visit, context);
}

void root_close(void) { vec_free(&roots); }
