/* Struct sequences: tuples whose items are attributes too. The collector sees all fields as one
 * span of fixed length; the tuple's own length covers the first of them only. */
#include "runtime/object/struct_sequence.h"
#include "runtime/object/attribute.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/str_builder.h"
#include <stddef.h>
#include <string.h>

static struct object **items(struct object *o) { return ((struct tuple *)o)->items; }
static const struct struct_sequence_type *type_of_sequence(const struct object *o) {
  return (const struct struct_sequence_type *)type_of(o);
}

struct object *struct_sequence_new(struct struct_sequence_type *t) {
  struct object *o = type_generic_alloc(&t->type);
  if (o)
    ((struct tuple *)o)->n = t->def->sequence_n;
  return o;
}

/* Items must be there, whoever asks for them through the tuple. */
static void fill_up(struct object *o) {
  for (size_t i = 0; i < type_of_sequence(o)->fields_n; i++)
    if (!items(o)[i])
      store_first(o, &items(o)[i], hold(NONE));
}

struct object *struct_sequence_from_taking(struct struct_sequence_type *t,
                                           struct object *const *values, size_t n) {
  struct object *o = struct_sequence_new(t);
  bool complete = o != NULL;
  for (size_t i = 0; i < n; i++) {
    if (!values[i])
      complete = false;
    else if (o)
      store_first(o, &items(o)[i], values[i]);
    else
      drop(values[i]);
  }
  if (complete)
    fill_up(o);
  else if (o) {
    fill_up(o);
    drop(o);
    o = NULL;
  }
  return o;
}

/* ---- The constructor ---- */

static int check_length(const struct struct_sequence_type *t, size_t n) {
  size_t least = t->def->sequence_n, most = t->fields_n;
  if (n >= least && n <= most)
    return 0;
  if (least == most)
    error_format(ERROR_TYPE, "%s() takes a %zu-sequence (%zu-sequence given)", t->def->name, least,
                 n);
  else
    error_format(ERROR_TYPE, "%s() takes an at %s %zu-sequence (%zu-sequence given)", t->def->name,
                 n < least ? "least" : "most", n < least ? least : most, n);
  return -1;
}

/* Fields beyond the sequence come from the dict, by name. */
static int fill_from_dict(struct object *o, size_t n, struct object *dict) {
  const struct struct_sequence_type *t = type_of_sequence(o);
  for (size_t i = n; i < t->fields_n; i++) {
    struct object *name = str_intern(t->members[i - t->unnamed_n].name);
    if (!name)
      return -1;
    struct object *value = dict_get_borrowed(dict, name);
    drop(name);
    if (!value && error_pending() != ERROR_NONE)
      return -1;
    store_first(o, &items(o)[i], hold(value ? value : NONE));
  }
  return 0;
}

static struct object *new_slot(struct type *type, struct object *const *args, size_t n,
                               struct object *kwnames) {
  static const char *const names[] = {"sequence", "dict"};
  static const struct args_spec spec = {"structseq", names, 2, 0, 2, 1};
  struct struct_sequence_type *t = (struct struct_sequence_type *)type;
  struct object *v[2];
  if (args_parse(&spec, args, n, kwnames, v) < 0)
    return NULL;
  struct object *const *given;
  size_t given_n;
  struct object *sequence =
      sequence_fast(v[0], "constructor requires a sequence", &given, &given_n);
  if (!sequence)
    return NULL;
  struct object *o = NULL;
  if (v[1] && !is_any_dict(v[1]))
    error_format(ERROR_TYPE, "%s() takes a dict as second arg, if any", t->def->name);
  else if (check_length(t, given_n) == 0 && (o = struct_sequence_new(t)) != NULL) {
    for (size_t i = 0; i < given_n; i++)
      store_first(o, &items(o)[i], hold(given[i]));
    int status = v[1] ? fill_from_dict(o, given_n, v[1]) : 0;
    fill_up(o);
    if (status == 0 && t->def->complete)
      status = t->def->complete(o);
    if (status < 0) {
      drop(o);
      o = NULL;
    }
  }
  drop(sequence);
  return o;
}

/* ---- Methods ---- */

static struct object *repr(struct object *o) {
  const struct struct_sequence_type *t = type_of_sequence(o);
  if (!object_enter())
    return NULL;
  struct str_builder text = STR_BUILDER_EMPTY;
  str_builder_add_ascii(&text, t->def->name, strlen(t->def->name));
  str_builder_add_char(&text, '(');
  for (size_t i = 0; i < t->def->sequence_n; i++) {
    struct object *value = items(o)[i] ? object_repr(items(o)[i]) : str_from_ascii("None");
    if (!value) {
      str_builder_discard(&text);
      object_leave();
      return NULL;
    }
    if (i)
      str_builder_add_ascii(&text, ", ", 2);
    const char *name = t->members[i].name;
    str_builder_add_ascii(&text, name, strlen(name));
    str_builder_add_char(&text, '=');
    str_builder_add(&text, value);
    drop(value);
  }
  str_builder_add_char(&text, ')');
  object_leave();
  return str_builder_finish(&text);
}

static struct object *reduce(struct object *o) {
  const struct struct_sequence_type *t = type_of_sequence(o);
  struct object *shown = tuple_from(items(o), t->def->sequence_n);
  struct object *dict = shown ? dict_new() : NULL;
  int status = dict ? 0 : -1;
  for (size_t i = t->def->sequence_n; status == 0 && i < t->fields_n; i++) {
    struct object *name = str_intern(t->members[i - t->unnamed_n].name);
    status = name ? dict_set(dict, name, items(o)[i] ? items(o)[i] : NONE) : -1;
    drop_null(name);
  }
  struct object *args = status == 0 ? tuple_pack(2, shown, dict) : NULL;
  struct object *result = args ? tuple_pack(2, &type_of(o)->head, args) : NULL;
  drop_null(args);
  drop_null(dict);
  drop_null(shown);
  return result;
}
static const struct method_def methods[] = {METHOD_NOARGS_("__reduce__", reduce, NULL), {NULL}};

/* ---- The type ---- */

static int add_number(struct type *t, const char *name, int64_t value) {
  struct object *number = int_from_i64(value), *key = number ? str_intern(name) : NULL;
  int status = key ? dict_set(t->attributes, key, number) : -1;
  drop_null(key);
  drop_null(number);
  return status;
}

static int add_match_args(const struct struct_sequence_type *t) {
  size_t n = 0, at = 0;
  for (size_t i = 0; i < t->def->sequence_n; i++)
    n += t->def->fields[i].name[0] != 0;
  struct object *names = tuple_new(n);
  if (!names)
    return -1;
  for (size_t i = 0; i < t->def->sequence_n; i++) {
    if (!t->def->fields[i].name[0])
      continue;
    struct object *name = str_intern(t->def->fields[i].name);
    if (!name) {
      drop(names);
      return -1;
    }
    tuple_init_taking(names, at++, name);
  }
  struct object *key = str_intern("__match_args__");
  int status = key ? dict_set(t->type.attributes, key, names) : -1;
  drop_null(key);
  drop(names);
  return status;
}

static void describe(struct struct_sequence_type *t, const struct struct_sequence_def *def) {
  t->def = def;
  t->fields_n = t->unnamed_n = 0;
  size_t members_n = 0;
  for (size_t i = 0; def->fields[i].name; i++) {
    CHECK(i < STRUCT_SEQUENCE_FIELDS_MAX);
    t->fields_n++;
    if (def->fields[i].name[0])
      t->members[members_n++] = (struct member_def){
          .name = def->fields[i].name,
          .kind = MEMBER_OBJECT,
          .flags = MEMBER_READONLY,
          .offset = (uint16_t)(offsetof(struct tuple, items) + i * sizeof(struct object *)),
          .doc = def->fields[i].doc};
    else
      t->unnamed_n++;
  }
  t->members[members_n].name = NULL;
  t->type.shape = (struct gc_shape){
      .layout = GC_FIXED,
      .flags = GC_CONTAINER | GC_PLAIN,
      .refs_offset = offsetof(struct tuple, items),
      .refs_n = t->fields_n,
      .basic_bytes = (uint16_t)(sizeof(struct tuple) + t->fields_n * sizeof(struct object *))};
  t->type.name = def->name;
  t->type.doc = def->doc;
  t->type.base = &tuple_type;
  t->type.new_ = def->new_ ? def->new_ : new_slot;
  t->type.repr = repr;
  t->type.methods = methods;
  t->type.members = t->members;
  t->type.flags = def->is_closed ? TYPE_NO_INSTANCE : 0;
}

int struct_sequence_ready(struct struct_sequence_type *t, const struct struct_sequence_def *def) {
  if (type_has(&t->type, TYPE_READY))
    return 0;
  describe(t, def);
  if (type_ready(&t->type) < 0 || add_number(&t->type, "n_sequence_fields", def->sequence_n) < 0 ||
      add_number(&t->type, "n_fields", t->fields_n) < 0 ||
      add_number(&t->type, "n_unnamed_fields", t->unnamed_n) < 0 || add_match_args(t) < 0)
    return -1;
  type_modified(&t->type);
  return 0;
}
