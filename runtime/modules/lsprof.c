/* The module _lsprof: the profiler beneath cProfile. A Profiler is the profile function itself: it
 * is called with each event, and adds up time and calls by function, and by pairs of caller and
 * callee.
 *
 * Functions and pairs stand in two tables that grow and refer to each other by position; what must
 * stay alive (code objects, names of functions in C) is in the list `users`, at the position of its
 * entry. */
#include "runtime/modules/argument.h"
#include "runtime/modules/module.h"
#include "runtime/modules/timestamp.h"
#include "runtime/object/attribute.h"
#include "runtime/object/error.h"
#include "runtime/object/exception.h"
#include "runtime/object/float.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/struct_sequence.h"
#include "runtime/vm/trace.h"
#include <stddef.h>
#include <string.h>
#include <time.h>

struct sums { /* times in units of the timer */
  uint64_t key;
  int64_t total, own;
  int64_t calls, recursive_calls, depth;
};
/* Rows in order of their first call, and positions of rows by key (0: free, else one more). */
struct table {
  struct sums *rows; /* item buffer of `room` */
  uint32_t *slots;   /* item buffer of 2 * room, a power of two */
  size_t n, room;
};
struct call {           /* one that has not ended */
  int64_t began, below; /* below: spent in what it called */
  uint32_t row;
};
struct profiler {
  struct object head;
  struct object *users; /* list; NULL: not used yet */
  struct object *timer; /* NULL: the monotonic clock */
  struct table functions, pairs;
  struct call *calls; /* item buffer of calls_room */
  size_t calls_n, calls_room;
  double unit; /* seconds of the timer's integers; 0: it answers in seconds */
  bool has_pairs, has_builtins, out_of_memory;
};
static struct type profiler_type;
static struct profiler *profiler_of(struct object *o) { return (struct profiler *)o; }

/* ---- Tables ---- */

static size_t slot_of(const struct table *t, uint64_t key) {
  size_t mask = 2 * t->room - 1, i = (size_t)((key * 0x9e3779b97f4a7c15u) >> 32) & mask;
  while (t->slots[i] && t->rows[t->slots[i] - 1].key != key)
    i = (i + 1) & mask;
  return i;
}
static struct sums *table_find(const struct table *t, uint64_t key) {
  uint32_t at = t->room ? t->slots[slot_of(t, key)] : 0;
  return at ? &t->rows[at - 1] : NULL;
}
static void table_free(struct table *t) {
  gc_buffer_free(t->rows, t->room * sizeof *t->rows);
  gc_buffer_free(t->slots, 2 * t->room * sizeof *t->slots);
  *t = (struct table){0};
}
static bool table_grow(struct table *t) {
  struct table larger = {.n = t->n, .room = t->room ? 2 * t->room : 64};
  larger.rows = gc_buffer_try(larger.room * sizeof *larger.rows);
  larger.slots = larger.rows ? gc_buffer_try(2 * larger.room * sizeof *larger.slots) : NULL;
  if (!larger.slots) {
    gc_buffer_free(larger.rows, larger.room * sizeof *larger.rows);
    return false;
  }
  memset(larger.slots, 0, 2 * larger.room * sizeof *larger.slots);
  for (size_t i = 0; i < t->n; i++) {
    larger.rows[i] = t->rows[i];
    larger.slots[slot_of(&larger, t->rows[i].key)] = (uint32_t)i + 1;
  }
  table_free(t);
  *t = larger;
  return true;
}
static struct sums *table_add(struct table *t, uint64_t key) {
  for (int attempt = 0; t->n == t->room; attempt++)
    if (!table_grow(t) && attempt)
      return NULL;
  t->slots[slot_of(t, key)] = (uint32_t)t->n + 1;
  t->rows[t->n] = (struct sums){.key = key};
  return &t->rows[t->n++];
}

/* ---- Time ---- */

static int64_t external_time(struct profiler *p) {
  struct object *timer = hold(p->timer);
  struct error_saved saved;
  error_save(&saved);
  struct object *now = call_none(timer);
  int64_t ticks = 0;
  int status = !now            ? -1
               : p->unit > 0.0 ? argument_long(now, &ticks)
                               : timestamp_to_ns(now, &ticks, TIMESTAMP_FLOOR);
  drop_null(now);
  if (status < 0) {
    error_report_object(timer);
    ticks = 0;
  }
  error_restore(&saved);
  drop(timer);
  return ticks;
}
static int64_t time_now(struct profiler *p) {
  if (p->timer)
    return external_time(p);
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* ---- Events ---- */

/* A function in C is told of by what it is called, so that its object need not stay. */
static struct object *builtin_name(struct object *o) {
  const struct builtin_function *f = (const struct builtin_function *)o;
  const char *name = f->def->name;
  if (!f->self)
    return f->module && is_any_str(f->module) ? str_format("<%U.%s>", f->module, name)
                                              : str_format("<%s>", name);
  struct object *interned = str_intern(name);
  if (!interned)
    return NULL;
  struct object *found = type_lookup_borrowed(type_of(f->self), interned);
  struct object *text = found ? object_repr(found) : NULL;
  drop(interned);
  if (text)
    return text;
  error_clear();
  return f->module && is_any_str(f->module) ? str_format("<built-in method %U.%s>", f->module, name)
                                            : str_format("<built-in method %s>", name);
}

static uint64_t pair_key(uint32_t caller, uint32_t callee) {
  return (uint64_t)caller << 32 | callee;
}

static struct sums *add_function(struct profiler *p, uint64_t key, struct object *user) {
  if (!p->users) {
    struct object *users = list_new(0);
    if (!users)
      return NULL;
    store(&p->head, &p->users, users);
  }
  struct object *kept = type_of(user) == &builtin_function_type ? builtin_name(user) : hold(user);
  if (!kept || list_append_taking(p->users, kept) < 0)
    return NULL;
  struct sums *row = table_add(&p->functions, key);
  if (!row)
    drop(list_pop(p->users));
  return row;
}

/* Without memory the call is not counted; getstats says so. What a collection runs where memory is
 * exhausted is profiled, too. */
static void begin(struct profiler *p, uint64_t key, struct object *user) {
  for (int attempt = 0; p->calls_n == p->calls_room; attempt++) {
    size_t more = p->calls_room ? 2 * p->calls_room : 64;
    struct call *larger =
        gc_buffer_resize(p->calls, p->calls_room * sizeof *larger, more * sizeof *larger);
    if (larger) {
      p->calls = larger;
      p->calls_room = more;
    } else if (attempt) {
      p->out_of_memory = true;
      return;
    }
  }
  struct sums *row = table_find(&p->functions, key);
  if (!row && !(row = add_function(p, key, user))) {
    error_clear();
    p->out_of_memory = true;
    return;
  }
  uint32_t at = (uint32_t)(row - p->functions.rows);
  row->depth++;
  if (p->has_pairs && p->calls_n) {
    uint64_t both = pair_key(p->calls[p->calls_n - 1].row, at);
    struct sums *pair = table_find(&p->pairs, both);
    if (!pair && !(pair = table_add(&p->pairs, both)))
      p->out_of_memory = true;
    if (pair)
      pair->depth++;
  }
  p->calls[p->calls_n++] = (struct call){.row = at};
  size_t mine = p->calls_n - 1;
  int64_t now = time_now(p);
  if (mine < p->calls_n) /* a timer may have cleared everything */
    p->calls[mine].began = now;
}

static void add_up(struct sums *s, int64_t total, int64_t own) {
  if (--s->depth == 0)
    s->total += total;
  else
    s->recursive_calls++;
  s->own += own;
  s->calls++;
}
static void end_last(struct profiler *p) {
  int64_t now = time_now(p);
  if (!p->calls_n)
    return;
  struct call ended = p->calls[--p->calls_n];
  int64_t total = now - ended.began, own = total - ended.below;
  struct call *caller = p->calls_n ? &p->calls[p->calls_n - 1] : NULL;
  if (caller)
    caller->below += total;
  add_up(&p->functions.rows[ended.row], total, own);
  if (p->has_pairs && caller) {
    struct sums *pair = table_find(&p->pairs, pair_key(caller->row, ended.row));
    if (pair)
      add_up(pair, total, own);
  }
}
static void end(struct profiler *p, uint64_t key) {
  if (!p->calls_n)
    return;
  if (table_find(&p->functions, key))
    end_last(p);
  else
    p->calls_n--;
}

static uint64_t key_of(struct object *user) {
  return type_of(user) == &builtin_function_type
             ? (uint64_t)(uintptr_t)((const struct builtin_function *)user)->def
             : (uint64_t)(uintptr_t)user;
}
static bool is_event(struct object *event, const char *name) {
  size_t n = strlen(name);
  return str_kind(event) == 0 && str_length(event) == n && !memcmp(str_data(event), name, n);
}
/* The profile function: (frame, event, argument). */
static struct object *event_call(struct object *o, struct object *const *args, size_t n,
                                 struct object *kwnames) {
  struct profiler *p = profiler_of(o);
  n = call_count(n);
  if (args_check_count("Profiler", n, 3, 3) < 0)
    return NULL;
  if (!is_any_str(args[1]))
    return hold(NONE);
  bool calls_c = is_event(args[1], "c_call");
  bool in_c = calls_c || is_event(args[1], "c_return") || is_event(args[1], "c_exception");
  if (in_c && (!p->has_builtins || type_of(args[2]) != &builtin_function_type))
    return hold(NONE);
  struct object *user = in_c ? hold(args[2]) : attribute_get_ascii(args[0], "f_code");
  if (!user)
    return NULL;
  if (calls_c || is_event(args[1], "call"))
    begin(p, key_of(user), user);
  else
    end(p, key_of(user));
  drop(user);
  return hold(NONE);
}

/* ---- Methods ---- */

static int read_flag(struct object *o, bool *flag) { return o ? argument_bool(o, flag) : 0; }

METHOD(enable, "enable", 0, 2, 0, "subcalls", "builtins") {
  struct profiler *p = profiler_of(self);
  if (read_flag(v[0], &p->has_pairs) < 0 || read_flag(v[1], &p->has_builtins) < 0 ||
      trace_set_profile(self) < 0)
    return NULL;
  return hold(NONE);
}
/* Calls that have not ended do so now. */
static void flush(struct profiler *p) {
  while (p->calls_n)
    end_last(p);
}
static struct object *check_memory(struct profiler *p) {
  if (!p->out_of_memory)
    return hold(NONE);
  p->out_of_memory = false;
  error_set(ERROR_MEMORY, "memory was exhausted while profiling");
  return NULL;
}
static struct object *disable(struct object *o) {
  struct profiler *p = profiler_of(o);
  if (trace_set_profile(NULL) < 0)
    return NULL;
  flush(p);
  return check_memory(p);
}
static struct object *clear(struct object *o) {
  struct profiler *p = profiler_of(o);
  table_free(&p->functions);
  table_free(&p->pairs);
  p->calls_n = 0;
  store(o, &p->users, NULL);
  return hold(NONE);
}

static const struct struct_sequence_field entry_fields[] = {
    {"code", "code object or built-in function name"},
    {"callcount", "how many times this was called"},
    {"reccallcount", "how many times called recursively"},
    {"totaltime", "total time in this entry"},
    {"inlinetime", "inline time in this entry (not in subcalls)"},
    {"calls", "details of the calls"},
    {NULL}};
static const struct struct_sequence_def entry_def = {
    .name = "_lsprof.profiler_entry", .fields = entry_fields, .sequence_n = 6};
static struct struct_sequence_type entry_type = STRUCT_SEQUENCE_TYPE;
static const struct struct_sequence_field pair_fields[] = {
    {"code", "called code object or built-in function name"},
    {"callcount", "how many times this is called"},
    {"reccallcount", "how many times this is called recursively"},
    {"totaltime", "total time spent in this call"},
    {"inlinetime", "inline time (not in further subcalls)"},
    {NULL}};
static const struct struct_sequence_def pair_def = {
    .name = "_lsprof.profiler_subentry", .fields = pair_fields, .sequence_n = 5};
static struct struct_sequence_type pair_type = STRUCT_SEQUENCE_TYPE;

/* Takes over `calls`: NULL for a pair. */
static struct object *row_of(const struct sums *s, struct object *user, double unit,
                             struct object *calls) {
  struct object *const values[] = {hold(user),
                                   int_from_i64(s->calls),
                                   int_from_i64(s->recursive_calls),
                                   float_from(unit * (double)s->total),
                                   float_from(unit * (double)s->own),
                                   calls};
  return calls ? struct_sequence_from_taking(&entry_type, values, 6)
               : struct_sequence_from_taking(&pair_type, values, 5);
}
/* What a function called; NONE: nothing. */
static struct object *calls_of(struct profiler *p, uint32_t caller, double unit) {
  struct object *list = NULL;
  for (size_t i = 0; i < p->pairs.n; i++) {
    const struct sums *pair = &p->pairs.rows[i];
    if (pair->key >> 32 != caller)
      continue;
    if (!list && !(list = list_new(0)))
      return NULL;
    if (!pair->calls)
      continue;
    struct object *user = list_get_borrowed(p->users, (size_t)(pair->key & UINT32_MAX));
    struct object *row = row_of(pair, user, unit, NULL);
    if (!row || list_append_taking(list, row) < 0) {
      drop(list);
      return NULL;
    }
  }
  return list ? list : hold(NONE);
}
static struct object *getstats(struct object *o) {
  struct profiler *p = profiler_of(o);
  double unit = p->timer && p->unit > 0.0 ? p->unit : 1e-9;
  struct object *fine = check_memory(p), *list = fine ? list_new(p->functions.n) : NULL;
  drop_null(fine);
  for (size_t i = 0; list && i < p->functions.n; i++) {
    const struct sums *row = &p->functions.rows[i];
    if (!row->calls)
      continue;
    struct object *calls = calls_of(p, (uint32_t)i, unit);
    struct object *each = calls ? row_of(row, list_get_borrowed(p->users, i), unit, calls) : NULL;
    if (!each || list_append_taking(list, each) < 0) {
      drop(list);
      return NULL;
    }
  }
  return list;
}

/* ---- The type ---- */

static struct object *new_slot(struct type *t, struct object *const *args, size_t n,
                               struct object *kwnames) {
  struct object *o = type_generic_alloc(t);
  if (o)
    profiler_of(o)->has_pairs = profiler_of(o)->has_builtins = true;
  return o;
}
static int init(struct object *o, struct object *const *args, size_t n, struct object *kwnames) {
  static const char *const names[] = {"timer", "timeunit", "subcalls", "builtins"};
  static const struct args_spec spec = {"Profiler", names, 4, 0, 4, 0};
  struct profiler *p = profiler_of(o);
  struct object *v[4];
  double unit = 0;
  bool pairs = true, builtins = true;
  if (args_parse(&spec, args, n, kwnames, v) < 0 || (v[1] && number_to_double(v[1], &unit) < 0) ||
      read_flag(v[2], &pairs) < 0 || read_flag(v[3], &builtins) < 0)
    return -1;
  store(o, &p->timer, v[0] && v[0] != NONE ? hold(v[0]) : NULL);
  p->unit = unit;
  p->has_pairs = pairs;
  p->has_builtins = builtins;
  return 0;
}
static void release(struct object *o) {
  struct profiler *p = profiler_of(o);
  table_free(&p->functions);
  table_free(&p->pairs);
  gc_buffer_free(p->calls, p->calls_room * sizeof *p->calls);
}

static const struct method_def methods[] = {
    METHOD_NOARGS_("getstats", getstats,
                   DOC("getstats", "$self, /", "What was counted: a list of profiler_entry.")),
    METHOD_KEYWORDS_("enable", enable_call,
                     "enable(subcalls=True, builtins=True)\n\nStart counting. subcalls: also by "
                     "pairs of caller and callee; builtins: also functions written in C."),
    METHOD_NOARGS_("disable", disable, "disable()\n\nStop counting."),
    METHOD_NOARGS_("clear", clear, "clear()\n\nForget what was counted."),
    {NULL}};

static struct type profiler_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_FIXED,
              .flags = GC_CONTAINER | GC_RELEASES,
              .refs_offset = offsetof(struct profiler, users),
              .refs_n = 2,
              .basic_bytes = sizeof(struct profiler)},
    .name = "_lsprof.Profiler",
    .flags = TYPE_BASE,
    .base = &object_type,
    .new_ = new_slot,
    .init = init,
    .call = event_call,
    .release = release,
    .methods = methods,
    .doc = "Profiler(timer=None, timeunit=None, subcalls=True, builtins=True)\n\nCounts calls and "
           "adds up their time, by the timer (default: a fast clock) whose integers are timeunit "
           "seconds each.",
};

int module_lsprof_fill(struct object *module) {
  if (module_add_type(module, &profiler_type) < 0 ||
      struct_sequence_ready(&entry_type, &entry_def) < 0 ||
      struct_sequence_ready(&pair_type, &pair_def) < 0)
    return -1;
  return module_add(module, "profiler_entry", &entry_type.type.head) < 0
             ? -1
             : module_add(module, "profiler_subentry", &pair_type.type.head);
}
