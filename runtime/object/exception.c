/* Exception objects: BaseException, and the table of all builtin exception types. */
#include "runtime/object/attribute.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception_internal.h"
#include "runtime/object/freelist.h"
#include "runtime/object/list.h"
#include "runtime/object/model.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include <stddef.h>
#include <string.h>

#define plain exception_plain_of

/* ---- Making ---- */

int exception_set_args(struct object *o, struct object *const *args, size_t n) {
  struct object *tuple = tuple_from(args, n);
  if (!tuple)
    return -1;
  store(o, &plain(o)->args, tuple);
  return 0;
}

struct object *exception_new_slot(struct type *t, struct object *const *args, size_t n,
                                  struct object *kwnames) {
  struct object *o = type_generic_alloc(t);
  if (o && exception_set_args(o, args, n) < 0) {
    drop(o);
    return NULL;
  }
  return o;
}

/* Calling one of the classes above itself: what new and init would each do to args, once. */
static struct object *construct(struct object *type, struct object *const *args, size_t n,
                                struct object *kwnames) {
  struct type *t = (struct type *)type;
  struct object *o = exception_new_slot(t, args, call_count(n), kwnames);
  if (o && UNLIKELY(kwnames != NULL) && args_check_no_keywords(t->name, kwnames) < 0) {
    drop(o);
    return NULL;
  }
  return o;
}

int exception_init_slot(struct object *o, struct object *const *args, size_t n,
                        struct object *kwnames) {
  if (args_check_no_keywords(type_of(o)->name, kwnames) < 0)
    return -1;
  return exception_set_args(o, args, n);
}

struct object *exception_new(enum error_kind kind, struct object *message) {
  struct type *t = exception_type(kind);
  struct object *args[] = {message};
  size_t n = message != NULL;
  if (t->construct)
    return t->construct(&t->head, args, n, NULL);
  struct object *o = t->new_(t, args, n, NULL);
  if (o && t->init && t->init(o, args, n, NULL) < 0) {
    drop(o);
    return NULL;
  }
  return o;
}

/* ---- The stock of MemoryErrors ---- */

enum { STOCK = 8 };
static struct object *stock[STOCK];
static struct object *shared; /* handed out again and again when the stock is used up */

struct object *exception_memory_error(void) {
  for (int i = 0; i < STOCK; i++)
    if (stock[i]) {
      struct object *o = stock[i];
      stock[i] = NULL;
      return o;
    }
  struct error_saved saved;
  error_save(&saved);
  struct object *o = exception_new(ERROR_MEMORY, NULL);
  drop_null(error_thread.raised);
  error_thread.raised = NULL;
  error_restore(&saved);
  if (o)
    return o;
  exception_set_traceback(shared, NULL);
  exception_set_context_taking(shared, NULL);
  return hold(shared);
}

int exception_open_stock(void) {
  for (int i = 0; i < STOCK; i++)
    if (!stock[i] && !(stock[i] = exception_new(ERROR_MEMORY, NULL)))
      return -1;
  return shared || (shared = exception_new(ERROR_MEMORY, NULL)) ? 0 : -1;
}
void exception_close_stock(void) {
  for (int i = 0; i < STOCK; i++) {
    struct object *o = stock[i];
    stock[i] = NULL;
    drop_null(o);
  }
  struct object *o = shared;
  shared = NULL;
  drop_null(o);
}
void exception_visit_stock(gc_visit_fn *visit, void *context) {
  for (int i = 0; i < STOCK; i++)
    if (stock[i])
      visit(stock[i], context);
  if (shared)
    visit(shared, context);
}

/* ---- Parts ---- */

struct object *exception_args_borrowed(const struct object *o) {
  return ((const struct exception_plain *)o)->args;
}
struct object *exception_traceback_borrowed(const struct object *o) {
  return ((const struct exception_plain *)o)->traceback;
}
void exception_set_traceback(struct object *o, struct object *traceback) {
  store(o, &plain(o)->traceback, traceback && traceback != NONE ? hold(traceback) : NULL);
}
void exception_set_cause_taking(struct object *o, struct object *cause) {
  plain(o)->suppress_context = 1;
  store(o, &plain(o)->cause, cause);
}
void exception_set_context_taking(struct object *o, struct object *context) {
  store(o, &plain(o)->context, context);
}

/* ---- Behaviour ---- */

struct object *exception_str_slot(struct object *o) {
  struct object *args = plain(o)->args;
  size_t n = args ? tuple_length(args) : 0;
  if (n == 0)
    return str_from_ascii("");
  return n == 1 ? object_str(tuple_get_borrowed(args, 0)) : object_str(args);
}

static struct object *repr(struct object *o) {
  struct object *args = plain(o)->args;
  const char *name = type_short_name(type_of(o));
  if (args && tuple_length(args) == 1)
    return str_format("%s(%R)", name, tuple_get_borrowed(args, 0));
  return args ? str_format("%s%R", name, args) : str_format("%s()", name);
}

static struct object *reduce(struct object *o) {
  struct object *dict = plain(o)->dict;
  return dict ? tuple_pack(3, &type_of(o)->head, plain(o)->args, dict)
              : tuple_pack(2, &type_of(o)->head, plain(o)->args);
}
static struct object *setstate(struct object *o, struct object *state) {
  struct object *key, *value;
  size_t position = 0;
  if (state == NONE)
    return hold(NONE);
  if (!is_any_dict(state))
    return error_format(ERROR_TYPE, "state is not a dictionary");
  while (dict_next(state, &position, &key, &value)) {
    hold(key);
    hold(value);
    int status = attribute_set(o, key, value);
    drop(key);
    drop(value);
    if (status < 0)
      return NULL;
  }
  return hold(NONE);
}
static int set_traceback(struct object *o, struct object *value, void *closure) {
  if (!value) {
    error_format(ERROR_TYPE, "__traceback__ may not be deleted");
    return -1;
  }
  if (value != NONE && type_of(value) != &traceback_type) {
    error_format(ERROR_TYPE, "__traceback__ must be a traceback or None");
    return -1;
  }
  exception_set_traceback(o, value);
  return 0;
}
static struct object *with_traceback(struct object *o, struct object *traceback) {
  return set_traceback(o, traceback, NULL) < 0 ? NULL : hold(o);
}
static struct object *add_note(struct object *o, struct object *note) {
  if (!is_any_str(note))
    return error_format(ERROR_TYPE, "note must be a str, not '%N'", note);
  struct object *notes;
  int found = attribute_find(o, NAME(notes), &notes);
  if (found < 0)
    return NULL;
  if (!found) {
    notes = list_new(0);
    if (!notes || attribute_set(o, NAME(notes), notes) < 0) {
      drop_null(notes);
      return NULL;
    }
  }
  int status = -1;
  if (is_any_list(notes))
    status = list_append(notes, note);
  else
    error_format(ERROR_TYPE, "Cannot add note: __notes__ is not a list");
  drop(notes);
  return status < 0 ? NULL : hold(NONE);
}
const struct method_def exception_plain_methods[] = {
    METHOD_NOARGS_("__reduce__", reduce, NULL),
    METHOD_ONE_("__setstate__", setstate, NULL),
    METHOD_ONE_(
        "with_traceback", with_traceback,
        "Exception.with_traceback(tb) --\n    set self.__traceback__ to tb and return self."),
    METHOD_ONE_("add_note", add_note,
                "Exception.add_note(note) --\n    add a note to the exception"),
    {NULL}};

static struct object *get_args(struct object *o, void *closure) {
  struct object *args = plain(o)->args;
  return hold(args ? args : NONE);
}
static int set_args(struct object *o, struct object *value, void *closure) {
  if (!value) {
    error_format(ERROR_TYPE, "args may not be deleted");
    return -1;
  }
  struct object *tuple = iterate_to_tuple(value);
  if (!tuple)
    return -1;
  store(o, &plain(o)->args, tuple);
  return 0;
}
static struct object *get_traceback(struct object *o, void *closure) {
  return hold(plain(o)->traceback ? plain(o)->traceback : NONE);
}
static int check_exception(struct object *value, const char *what) {
  if (!value)
    error_format(ERROR_TYPE, "__%s__ may not be deleted", what);
  else if (value == NONE || is_exception(value))
    return 0;
  else
    error_format(ERROR_TYPE, "exception %s must be None or derive from BaseException", what);
  return -1;
}
static struct object *get_context(struct object *o, void *closure) {
  return hold(plain(o)->context ? plain(o)->context : NONE);
}
static int set_context(struct object *o, struct object *value, void *closure) {
  if (check_exception(value, "context") < 0)
    return -1;
  exception_set_context_taking(o, value == NONE ? NULL : hold(value));
  return 0;
}
static struct object *get_cause(struct object *o, void *closure) {
  return hold(plain(o)->cause ? plain(o)->cause : NONE);
}
static int set_cause(struct object *o, struct object *value, void *closure) {
  if (check_exception(value, "cause") < 0)
    return -1;
  exception_set_cause_taking(o, value == NONE ? NULL : hold(value));
  return 0;
}
static struct object *get_dict(struct object *o, void *closure) {
  struct object *dict = instance_dict_borrowed(o);
  return dict ? hold(dict) : NULL;
}
static int set_dict(struct object *o, struct object *value, void *closure) {
  if (!value || !is_any_dict(value)) {
    error_format(ERROR_TYPE, "__dict__ must be set to a dictionary");
    return -1;
  }
  return instance_set_dict(o, value);
}
const struct getset_def exception_plain_getsets[] = {
    {"__dict__", get_dict, set_dict},
    {"args", get_args, set_args},
    {"__traceback__", get_traceback, set_traceback},
    {"__context__", get_context, set_context, "exception context"},
    {"__cause__", get_cause, set_cause, "exception cause"},
    {NULL}};
const struct member_def exception_plain_members[] = {
    {"__suppress_context__", MEMBER_BOOL, 0, offsetof(struct exception_plain, suppress_context),
     NULL},
    {NULL}};

/* ---- The table ---- */

#define REFS_N(layout, last)                                                                       \
  ((offsetof(struct exception_##layout, last) - offsetof(struct exception_plain, dict)) /          \
       sizeof(struct object *) +                                                                   \
   1)
#define REFS_plain          REFS_N(plain, cause)
#define REFS_group          REFS_N(group, exceptions)
#define REFS_system_exit    REFS_N(system_exit, code)
#define REFS_stop_iteration REFS_N(stop_iteration, value)
#define REFS_attribute      REFS_N(attribute, name)
#define REFS_name           REFS_N(name, name)
#define REFS_import         REFS_N(import, path)
#define REFS_os             REFS_N(os, filename2)
#define REFS_syntax         REFS_N(syntax, print_file)
#define REFS_unicode        REFS_N(unicode, reason)

struct type exception_types[ERROR_KINDS_N] = {
#define EXCEPTION(kind, text, base_kind, layout_, doc_)                                            \
  [ERROR_##kind] = {.head = OBJECT_STATIC(type_type),                                              \
                    .shape = {.layout = GC_FIXED,                                                  \
                              .flags = GC_CONTAINER | GC_PLAIN,                                    \
                              .refs_offset = offsetof(struct exception_plain, dict),               \
                              .refs_n = REFS_##layout_,                                            \
                              .basic_bytes = sizeof(struct exception_##layout_)},                  \
                    .name = text,                                                                  \
                    .flags = TYPE_BASE | TYPE_IS_EXCEPTION,                                        \
                    .dict_offset = offsetof(struct exception_plain, dict),                         \
                    .base = &exception_types[ERROR_##base_kind],                                   \
                    .new_ = exception_##layout_##_new,                                             \
                    .init = exception_##layout_##_init,                                            \
                    .str = exception_##layout_##_str,                                              \
                    .doc = doc_},
#include "runtime/object/exceptions.def"
#undef EXCEPTION
};

/* Tables belong to the first type of each layout; the rest inherit. */
static const struct {
  enum error_kind kind;
  const struct method_def *methods;
  const struct member_def *members;
  const struct getset_def *getsets;
} tables[] = {
#define TABLES(kind, layout)                                                                       \
  {ERROR_##kind, exception_##layout##_methods, exception_##layout##_members,                       \
   exception_##layout##_getsets},
    TABLES(BASE, plain) TABLES(BASE_GROUP, group) TABLES(SYSTEM_EXIT, system_exit)
        TABLES(STOP_ITERATION, stop_iteration) TABLES(ATTRIBUTE, attribute) TABLES(NAME, name)
            TABLES(IMPORT, import) TABLES(OS, os) TABLES(SYNTAX, syntax)
                TABLES(UNICODE_DECODE, unicode) TABLES(UNICODE_ENCODE, unicode)
                    TABLES(UNICODE_TRANSLATE, unicode)};

struct type *exception_type(enum error_kind kind) {
  return &exception_types[kind];
}

enum error_kind exception_kind_of_type(const struct type *t) {
  for (; t; t = t->base)
    if (t > &exception_types[0] && t < exception_types + ERROR_KINDS_N)
      return (enum error_kind)(t - exception_types);
  return ERROR_NONE;
}

static struct object *key_error_str(struct object *o) {
  struct object *args = plain(o)->args;
  if (args && tuple_length(args) == 1)
    return object_repr(tuple_get_borrowed(args, 0));
  return exception_str_slot(o);
}

int exception_open(void) {
  struct type *base = &exception_types[ERROR_BASE];
  base->base = &object_type;
  base->repr = repr;
  exception_types[ERROR_KEY].str = key_error_str;
  for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
    struct type *t = &exception_types[tables[i].kind];
    t->methods = tables[i].methods;
    t->members = tables[i].members;
    t->getsets = tables[i].getsets;
  }
  for (int kind = 1; kind < ERROR_KINDS_N; kind++) {
    struct type *t = &exception_types[kind];
    if (t->new_ == exception_plain_new && t->init == exception_plain_init)
      t->construct = construct;
  }
  struct type *group = &exception_types[ERROR_GROUP];
  if (!group->bases) { /* the one type with two bases */
    struct object *bases = tuple_pack(2, &exception_types[ERROR_BASE_GROUP].head,
                                      &exception_types[ERROR_EXCEPTION].head);
    if (!bases)
      return -1;
    for (int kind = 1; kind <= ERROR_BASE_GROUP; kind++)
      if (type_ready(&exception_types[kind]) < 0)
        return drop(bases), -1;
    store_first(&group->head, &group->bases, bases);
  }
  for (int kind = 1; kind < ERROR_KINDS_N; kind++)
    if (type_ready(&exception_types[kind]) < 0)
      return -1;
  return exception_open_stock();
}
