/* Looks through the heap for what would be noticed if the modules were emptied and everything died.
 *
 * All that has a finaliser, and all weak references, are containers, which the collector tracks;
 * but sockets, whose module is asked for instead. The standard streams have been flushed, and close
 * nothing. When in doubt the answer is no: then everything dies as it should. */
#include "ouropy/ending.h"
#include "gc/heap.h"
#include "gc/host.h"
#include "runtime/bytecode/code.h"
#include "runtime/modules/abc.h"
#include "runtime/modules/gc_module.h"
#include "runtime/modules/import/import.h"
#include "runtime/modules/sys.h"
#include "runtime/object/attribute.h"
#include "runtime/object/error.h"
#include "runtime/object/function.h"
#include "runtime/object/memoryview.h"
#include "runtime/object/object.h"
#include "runtime/object/str.h"
#include "runtime/object/weakref.h"

enum { STREAMS = 3, LAYERS = 3 };

struct search {
  const struct object *streams[STREAMS * LAYERS]; /* borrowed: sys holds them */
  size_t streams_n;
  bool found;
};

static bool is_stream(const struct search *s, const struct object *o) {
  for (size_t i = 0; i < s->streams_n; i++)
    if (s->streams[i] == o)
      return true;
  return false;
}

/* A text, its buffer where there is one, and the file below. False: it can't be told. */
static bool add_layers(struct search *s, struct object *stream) {
  static const char *const below[LAYERS] = {"buffer", "raw", NULL};
  int found = 1;
  hold(stream);
  for (size_t layer = 0; found > 0; layer++) {
    struct object *next = NULL, *name = below[layer] ? str_intern(below[layer]) : NULL;
    s->streams[s->streams_n++] = stream;
    if (type_of(stream)->flags & TYPE_HEAP || (below[layer] && !name))
      found = -1;
    else
      found = name ? attribute_find(stream, name, &next) : 0;
    drop_null(name);
    drop(stream); /* the layer above holds it */
    stream = next;
  }
  error_clear();
  return found == 0;
}

static bool add_streams(struct search *s) {
  static const char *const names[STREAMS] = {"__stdin__", "__stdout__", "__stderr__"};
  for (size_t i = 0; i < STREAMS; i++) {
    struct object *stream = sys_get_borrowed(names[i]);
    if (!stream || (stream != NONE && !add_layers(s, stream)))
      return false;
  }
  return true;
}

/* importlib's own, which take dead locks out of its table. */
static bool is_of_importlib(const struct object *callback) {
  if (type_of(callback) != &function_type)
    return false;
  const struct code *code = (const struct code *)((const struct function *)callback)->code;
  return str_is(code->filename, "<frozen importlib._bootstrap>");
}

static void look(struct object *o, void *context) {
  struct search *s = context;
  if (s->found)
    return;
  const struct gc_shape *shape = gc_shape_of(o->type);
  if (type_of(o) == &memoryview_type || type_of(o) == &managed_buffer_type)
    return; /* gives a buffer back, which nobody sees */
  if (shape->flags & GC_FINALIZES)
    s->found = !gc_is_finalized(o) && host_wants_finalizer(o) && !is_stream(s, o);
  else if (weakref_is_one(o)) {
    const struct weakref *w = (const struct weakref *)o;
    s->found =
        w->referent && w->callable && !abc_is_remover(w->callable) && !is_of_importlib(w->callable);
  }
}

static bool has_sockets(void) {
  struct object *name = str_intern("_socket"), *module = name ? import_find(name) : NULL;
  bool has = module || error_pending() != ERROR_NONE;
  drop_null(module);
  drop_null(name);
  error_clear();
  return has;
}

bool ending_is_silent(void) {
  struct search s = {.found = false};
  if (sys_start.verbose || gc_module_is_heard() || gc_frozen_count() || has_sockets() ||
      !add_streams(&s))
    return false;
  return gc_visit_tracked(GC_GENERATIONS, look, &s) && !s.found;
}
