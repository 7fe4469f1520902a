/* The module `gc`: the door of the collectors (gc/gc.h) for Python programs.
 *
 * Debug output is gathered while a collection runs and written when it is over: writing runs Python
 * code, which must not meet objects that are half dead. */
#include "runtime/modules/gc_module.h"
#include "base/clock.h"
#include "base/vec.h"
#include "gc/heap.h"
#include "runtime/modules/argument.h"
#include "runtime/modules/module.h"
#include "runtime/modules/sys.h"
#include "runtime/modules/warnings/warnings.h"
#include "runtime/object/audit.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/host.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/model.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  DEBUG_STATS = 1,
  DEBUG_COLLECTABLE = 2,
  DEBUG_UNCOLLECTABLE = 4,
  DEBUG_SAVEALL = 32,
  DEBUG_LEAK = DEBUG_COLLECTABLE | DEBUG_UNCOLLECTABLE | DEBUG_SAVEALL,
};

static struct object *garbage, *callbacks; /* lists */
static int debug_flags;
static uint64_t started_ns;
static struct { VEC(char); } output; /* no memory of the heap: that is being collected */

/* ---- Debug output ---- */

__attribute__((format(printf, 1, 2))) static void say(const char *format, ...) {
  char text[512];
  va_list arguments;
  va_start(arguments, format);
  int n = vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  for (int i = 0; i < n && (size_t)i < sizeof text - 1; i++)
    if (!vec_push(&output, text[i]))
      return;
}

static void write_output(void) {
  if (!output.n)
    return;
  struct object *text = str_from_data(output.items, output.n, 0);
  struct object *file = sys_get_borrowed("stderr");
  output.n = 0;
  if (text && file != NONE && traceback_write(text, file) < 0)
    error_clear();
  drop_null(text);
}

static void count_object(struct object *o, void *context) { ++*(size_t *)context; }

static void say_start(unsigned generation) {
  size_t n[GC_GENERATIONS] = {0};
  for (unsigned g = 0; g < GC_GENERATIONS; g++)
    gc_visit_tracked(g, count_object, &n[g]);
  say("gc: collecting generation %u...\n", generation);
  say("gc: objects in each generation: %zu %zu %zu\n", n[0], n[1], n[2]);
  say("gc: objects in permanent generation: %zu\n", gc_frozen_count());
}

static void tell_unreachable(struct object *o) {
  say("gc: collectable <%s %p>\n", type_of(o)->name, (void *)o);
}

/* ---- Callbacks ---- */

/* {first: n, "collected": collected, "uncollectable": uncollectable} */
static struct object *figures(const char *first, uint64_t n, uint64_t collected,
                              uint64_t uncollectable) {
  struct object *info = dict_new();
  const struct {
    const char *name;
    uint64_t value;
  } rows[] = {{first, n}, {"collected", collected}, {"uncollectable", uncollectable}};
  for (size_t i = 0; info && i < ARRAY_SIZE(rows); i++) {
    struct object *key = str_intern(rows[i].name), *value = int_from_u64(rows[i].value);
    int done = key && value ? dict_set(info, key, value) : -1;
    drop_null(key);
    drop_null(value);
    if (done < 0) {
      drop(info);
      return NULL;
    }
  }
  return info;
}

static void call_all(const char *phase, unsigned generation, size_t collected,
                     size_t uncollectable) {
  if (!callbacks || !is_any_list(callbacks) || list_length(callbacks) == 0)
    return;
  struct object *info = figures("generation", generation, collected, uncollectable);
  struct object *name = info ? str_intern(phase) : NULL, *list = hold(callbacks);
  if (!name)
    error_report("gc callbacks");
  for (size_t i = 0; name && i < list_length(list); i++) {
    struct object *callback = hold(list_get_borrowed(list, i));
    struct object *result = call_two(callback, name, info);
    if (!result)
      error_report_object(callback);
    drop_null(result);
    drop(callback);
  }
  drop(list);
  drop_null(info);
  drop_null(name);
}

static void begins(unsigned generation) {
  call_all("start", generation, 0, 0);
  if (debug_flags & DEBUG_STATS) {
    say_start(generation);
    write_output();
    started_ns = clock_wall_ns();
  }
}

static void ended(unsigned generation, size_t collected, size_t uncollectable) {
  if (debug_flags & DEBUG_STATS)
    say("gc: done, %zu unreachable, %zu uncollectable, %.4fs elapsed\n", collected, uncollectable,
        (double)(clock_wall_ns() - started_ns) * 1e-9);
  write_output();
  call_all("stop", generation, collected, uncollectable);
}

/* ---- Settings ---- */

static struct object *enable(struct object *self) { return gc_enable(true), hold(NONE); }
static struct object *disable(struct object *self) { return gc_enable(false), hold(NONE); }
static struct object *isenabled(struct object *self) { return hold(bool_from(gc_is_enabled())); }

static void save(struct object *o) {
  if (list_append(garbage, o) < 0)
    error_clear();
}

static struct object *set_debug(struct object *self, struct object *argument) {
  int flags;
  if (argument_int(argument, &flags) < 0)
    return NULL;
  debug_flags = flags;
  gc_save_all(flags & DEBUG_SAVEALL ? save : NULL);
  gc_tell_unreachable(flags & DEBUG_COLLECTABLE ? tell_unreachable : NULL);
  return hold(NONE);
}
static struct object *get_debug(struct object *self) { return int_from_i64(debug_flags); }

static struct object *three(const uint32_t values[GC_GENERATIONS]) {
  struct object *tuple = tuple_new(GC_GENERATIONS);
  for (size_t i = 0; tuple && i < GC_GENERATIONS; i++) {
    struct object *value = int_from_i64((int32_t)values[i]);
    if (!value) {
      drop(tuple);
      return NULL;
    }
    tuple_init_taking(tuple, i, value);
  }
  return tuple;
}

static struct object *set_threshold(struct object *self, struct object *const *args, size_t n) {
  if (n < 1 || n > GC_GENERATIONS)
    return error_format(ERROR_TYPE, "set_threshold() takes at %s %d argument%s (%zu given)",
                        n ? "most" : "least", n ? GC_GENERATIONS : 1, n ? "s" : "", n);
  uint32_t thresholds[GC_GENERATIONS];
  gc_get_thresholds(thresholds);
  for (size_t i = 0; i < n; i++) {
    int value;
    if (argument_pid(args[i], &value) < 0)
      return NULL;
    thresholds[i] = (uint32_t)value;
  }
  gc_set_thresholds(thresholds);
  return hold(NONE);
}
static struct object *get_threshold(struct object *self) {
  uint32_t values[GC_GENERATIONS];
  gc_get_thresholds(values);
  return three(values);
}
static struct object *get_count(struct object *self) {
  uint32_t values[GC_GENERATIONS];
  gc_get_counts(values);
  return three(values);
}

/* ---- Collecting ---- */

static struct object *collect(struct object *self, struct object *const *args, size_t n,
                              struct object *kwnames) {
  static const char *const names[] = {"generation"};
  static const struct args_spec spec = {"collect", names, 1, 0, 1, 0};
  struct object *v[1];
  int generation = GC_GENERATIONS - 1;
  if (args_parse(&spec, args, n, kwnames, v) < 0 || (v[0] && argument_int(v[0], &generation) < 0))
    return NULL;
  if (generation < 0 || generation >= GC_GENERATIONS)
    return error_format(ERROR_VALUE, "invalid generation");
  return int_from_u64(gc_collect((unsigned)generation));
}

static struct object *get_stats(struct object *self) {
  struct object *list = list_new(GC_GENERATIONS);
  for (size_t g = 0; list && g < GC_GENERATIONS; g++) {
    const struct host_collections *c = &host_collections[g];
    struct object *dict = figures("collections", c->n, c->collected, c->uncollectable);
    if (!dict || list_append_taking(list, dict) < 0) {
      drop(list);
      return NULL;
    }
  }
  return list;
}

static struct object *freeze(struct object *self) { return gc_freeze(), hold(NONE); }
static struct object *unfreeze(struct object *self) { return gc_unfreeze(), hold(NONE); }
static struct object *get_freeze_count(struct object *self) {
  return int_from_u64(gc_frozen_count());
}

/* ---- Looking ---- */

/* Static types are no objects of the heap. */
static bool is_collected(const struct object *o) {
  if (is_type(o))
    return ((const struct type *)o)->flags & TYPE_HEAP;
  return type_of(o)->shape.flags & GC_CONTAINER;
}

static struct object *is_tracked(struct object *self, struct object *o) {
  return hold(bool_from(GC_TRACING ? is_collected(o) : gc_is_tracked(o)));
}
static struct object *is_finalized(struct object *self, struct object *o) {
  return hold(bool_from(is_collected(o) && gc_is_finalized(o)));
}

/* Gathering goes over the heap twice: first to count, so that the list has room and nothing is
 * allocated while objects are visited. */
struct gathering {
  struct object *list; /* NULL: only count */
  size_t n;
  struct object *const *wanted; /* get_referrers: what is referred to */
  size_t wanted_n;
  bool found;
};

static void gather(struct object *o, struct gathering *g) {
  if (!g->list)
    g->n++;
  else if (o != g->list && list_length(g->list) < ((struct list *)g->list)->capacity)
    list_append(g->list, o);
}

static void gather_object(struct object *o, void *context) { gather(o, context); }

static void note_wanted(struct object *referent, void *context) {
  struct gathering *g = context;
  for (size_t i = 0; !g->found && i < g->wanted_n; i++)
    g->found = g->wanted[i] == referent;
}
static void gather_referrer(struct object *o, void *context) {
  struct gathering *g = context;
  if (o == g->list)
    return;
  g->found = false;
  gc_visit_references(o, note_wanted, g);
  if (g->found)
    gather(o, g);
}

static struct object *gather_tracked(unsigned generation, gc_visit_fn *visit, struct gathering *g) {
  gc_visit_tracked(generation, visit, g);
  struct object *list = list_new(g->n + 1); /* itself may come in between */
  if (!list)
    return NULL;
  g->list = list;
  gc_visit_tracked(generation, visit, g);
  return list;
}

static struct object *get_objects(struct object *self, struct object *const *args, size_t n,
                                  struct object *kwnames) {
  static const char *const names[] = {"generation"};
  static const struct args_spec spec = {"get_objects", names, 1, 0, 1, 0};
  struct object *v[1];
  int64_t generation = -1;
  if (args_parse(&spec, args, n, kwnames, v) < 0 || argument_optional_size(v[0], &generation) < 0)
    return NULL;
  if (generation >= GC_GENERATIONS)
    return error_format(ERROR_VALUE,
                        "generation parameter must be less than the number of available "
                        "generations (%d)",
                        GC_GENERATIONS);
  if (generation < -1)
    return error_format(ERROR_VALUE, "generation parameter cannot be negative");
  if (AUDIT_FAILS("gc.get_objects", tuple_pack_taking(1, int_from_i64(generation))))
    return NULL;
  struct gathering g = {.n = 0};
  return gather_tracked(generation < 0 ? GC_GENERATIONS : (unsigned)generation, gather_object, &g);
}

static struct object *get_referrers(struct object *self, struct object *const *args, size_t n) {
  if (AUDIT_FAILS("gc.get_referrers", tuple_pack_taking(1, tuple_from(args, n))))
    return NULL;
  struct gathering g = {.wanted = args, .wanted_n = n};
  return gather_tracked(GC_GENERATIONS, gather_referrer, &g);
}

static struct object *get_referents(struct object *self, struct object *const *args, size_t n) {
  if (AUDIT_FAILS("gc.get_referents", tuple_pack_taking(1, tuple_from(args, n))))
    return NULL;
  struct gathering g = {.n = 0};
  for (size_t i = 0; i < n; i++)
    if (is_collected(args[i]))
      gc_visit_references(args[i], gather_object, &g);
  if (!(g.list = list_new(g.n)))
    return NULL;
  for (size_t i = 0; i < n; i++)
    if (is_collected(args[i]))
      gc_visit_references(args[i], gather_object, &g);
  return g.list;
}

/* ---- The end ---- */

void gc_module_report_garbage(void) {
  size_t n = garbage && is_any_list(garbage) ? list_length(garbage) : 0;
  if (!n || (debug_flags & DEBUG_SAVEALL))
    return;
  bool lists = debug_flags & DEBUG_UNCOLLECTABLE;
  char message[160];
  snprintf(message, sizeof message, "gc: %zu uncollectable objects at shutdown%s", n,
           lists ? "" : "; use gc.set_debug(gc.DEBUG_UNCOLLECTABLE) to list them");
  struct object *where = str_intern("gc");
  if (!where || warning_at(ERROR_RESOURCE_WARNING, message, where, 0) < 0)
    error_report_object(NULL);
  drop_null(where);
  if (!lists)
    return;
  struct object *text = str_format("      %R\n", garbage);
  if (!text || traceback_write(text, sys_get_borrowed("stderr")) < 0)
    error_clear();
  drop_null(text);
}

static bool has_items(struct object *list) { return list && list_length(list); }

bool gc_module_is_heard(void) { return debug_flags || has_items(callbacks) || has_items(garbage); }

void gc_module_close(void) {
  debug_flags = 0;
  gc_save_all(NULL);
  gc_tell_unreachable(NULL);
}

static const struct method_def methods[] = {
    METHOD_NOARGS_("enable", enable,
                   "enable($module, /)\n--\n\nEnable automatic garbage collection."),
    METHOD_NOARGS_("disable", disable,
                   "disable($module, /)\n--\n\nDisable automatic garbage collection."),
    METHOD_NOARGS_("isenabled", isenabled,
                   "isenabled($module, /)\n--\n\n"
                   "Returns true if automatic garbage collection is enabled."),
    METHOD_ONE_("set_debug", set_debug,
                "set_debug($module, flags, /)\n--\n\nSet the garbage collection debugging flags."),
    METHOD_NOARGS_("get_debug", get_debug,
                   "get_debug($module, /)\n--\n\nGet the garbage collection debugging flags."),
    METHOD_NOARGS_("get_count", get_count,
                   "get_count($module, /)\n--\n\n"
                   "Return a three-tuple of the current collection counts."),
    METHOD_FAST_("set_threshold", set_threshold,
                 "set_threshold(threshold0, [threshold1, threshold2]) -> None\n\n"
                 "Sets the collection thresholds."),
    METHOD_NOARGS_("get_threshold", get_threshold,
                   "get_threshold($module, /)\n--\n\nReturn the current collection thresholds."),
    METHOD_KEYWORDS_("collect", collect,
                     "collect($module, /, generation=2)\n--\n\nRun the garbage collector."),
    METHOD_KEYWORDS_("get_objects", get_objects,
                     "get_objects($module, /, generation=None)\n--\n\n"
                     "Return a list of objects tracked by the collector."),
    METHOD_NOARGS_("get_stats", get_stats,
                   "get_stats($module, /)\n--\n\n"
                   "Return a list of dictionaries containing per-generation statistics."),
    METHOD_ONE_("is_tracked", is_tracked,
                "is_tracked($module, obj, /)\n--\n\n"
                "Returns true if the object is tracked by the garbage collector."),
    METHOD_ONE_("is_finalized", is_finalized,
                "is_finalized($module, obj, /)\n--\n\n"
                "Returns true if the object has been already finalized by the GC."),
    METHOD_FAST_("get_referrers", get_referrers,
                 "get_referrers(*objs) -> list\n"
                 "Return the list of objects that directly refer to any of objs."),
    METHOD_FAST_("get_referents", get_referents,
                 "get_referents(*objs) -> list\n"
                 "Return the list of objects that are directly referred to by objs."),
    METHOD_NOARGS_("freeze", freeze,
                   "freeze($module, /)\n--\n\n"
                   "Freeze all current tracked objects and ignore them for future collections."),
    METHOD_NOARGS_("unfreeze", unfreeze,
                   "unfreeze($module, /)\n--\n\n"
                   "Unfreeze all objects in the permanent generation."),
    METHOD_NOARGS_("get_freeze_count", get_freeze_count,
                   "get_freeze_count($module, /)\n--\n\n"
                   "Return the number of objects in the permanent generation."),
    {NULL}};

int module_gc_fill(struct object *module) {
  static const struct module_int constants[] = {{"DEBUG_STATS", DEBUG_STATS},
                                                {"DEBUG_COLLECTABLE", DEBUG_COLLECTABLE},
                                                {"DEBUG_UNCOLLECTABLE", DEBUG_UNCOLLECTABLE},
                                                {"DEBUG_SAVEALL", DEBUG_SAVEALL},
                                                {"DEBUG_LEAK", DEBUG_LEAK}};
  if (module_root(&garbage) < 0 || module_root(&callbacks) < 0 ||
      (!garbage && !(garbage = list_new(0))) || (!callbacks && !(callbacks = list_new(0))) ||
      module_add_functions(module, methods) < 0 || module_add(module, "garbage", garbage) < 0 ||
      module_add(module, "callbacks", callbacks) < 0)
    return -1;
  if (module_add_ints(module, constants, ARRAY_SIZE(constants)) < 0)
    return -1;
  host_begins_hook = begins;
  host_ended_hook = ended;
  return module_add_text(module, "__doc__",
                         "This module provides access to the garbage collector for reference "
                         "cycles.");
}
