/* Code objects for Python: the constructor, replace(), attributes. What walks over the places in
 * the source is in code_places.c. */
#include "runtime/bytecode/code_attributes.h"
#include "runtime/bytecode/code.h"
#include "runtime/bytecode/code_places.h"
#include "runtime/object/bytes.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include <stddef.h>
#include <stdio.h>
#include <string.h>

static struct code *code_of(struct object *o) { return (struct code *)o; }

/* ---- Making one from parts ---- */

/* In the order of the constructor's arguments; `replace` puts co_ in front. */
enum part {
  ARGCOUNT,
  POSONLYARGCOUNT,
  KWONLYARGCOUNT,
  NLOCALS,
  STACKSIZE,
  FLAGS,
  CODE,
  CONSTS,
  NAMES,
  VARNAMES,
  FILENAME,
  NAME_,
  QUALNAME,
  FIRSTLINENO,
  LINETABLE,
  EXCEPTIONTABLE,
  FREEVARS,
  CELLVARS,
  PARTS_N
};
enum part_type { PART_INT, PART_BYTES, PART_TUPLE, PART_STR };
static const struct {
  const char *name;
  enum part_type type;
} parts[PARTS_N] = {{"co_argcount", PART_INT},       {"co_posonlyargcount", PART_INT},
                    {"co_kwonlyargcount", PART_INT}, {"co_nlocals", PART_INT},
                    {"co_stacksize", PART_INT},      {"co_flags", PART_INT},
                    {"co_code", PART_BYTES},         {"co_consts", PART_TUPLE},
                    {"co_names", PART_TUPLE},        {"co_varnames", PART_TUPLE},
                    {"co_filename", PART_STR},       {"co_name", PART_STR},
                    {"co_qualname", PART_STR},       {"co_firstlineno", PART_INT},
                    {"co_linetable", PART_BYTES},    {"co_exceptiontable", PART_BYTES},
                    {"co_freevars", PART_TUPLE},     {"co_cellvars", PART_TUPLE}};

static int read_int(struct object *o, int32_t *value) {
  int64_t wide;
  if (is_any_float(o)) {
    error_set(ERROR_TYPE, "integer argument expected, got float");
    return -1;
  }
  if (number_to_i64(o, &wide, ERROR_OVERFLOW) < 0)
    return -1;
  if (wide > INT32_MAX || wide < INT32_MIN) {
    error_set(ERROR_OVERFLOW, "Python int too large to convert to C int");
    return -1;
  }
  *value = (int32_t)wide;
  return 0;
}

/* `function`: "code() argument 7" or "replace() argument 'co_code'". */
static int check_part(const char *function, enum part part, struct object *o) {
  static const char *const names[] = {"int", "bytes", "tuple", "str"};
  enum part_type type = parts[part].type;
  if (type == PART_INT || (type == PART_BYTES && is_any_bytes(o)) ||
      (type == PART_TUPLE && is_any_tuple(o)) || (type == PART_STR && is_any_str(o)))
    return 0;
  error_format(ERROR_TYPE, "%s must be %s, not %N", function, names[type], o);
  return -1;
}

/* A tuple of exact, interned strings. */
static struct object *copy_names(struct object *tuple) {
  size_t n = tuple_length(tuple);
  struct object *copy = tuple_new(n);
  for (size_t i = 0; copy && i < n; i++) {
    struct object *name = tuple_get_borrowed(tuple, i);
    if (!is_any_str(name)) {
      error_format(ERROR_TYPE, "name tuples must contain only strings, not '%N'", name);
      drop(copy);
      return NULL;
    }
    struct object *exact = is_str(name) ? hold(name) : str_copy_exactly(name);
    if (!exact || !(exact = str_intern_taking(exact))) {
      drop(copy);
      return NULL;
    }
    tuple_init_taking(copy, i, exact);
  }
  return copy;
}

/* The row of variables: locals, cells that are no locals, free variables. */
static int fill_variables(struct code_facts *facts, struct object *varnames,
                          struct object *cellvars, struct object *freevars) {
  size_t locals = tuple_length(varnames), cells = tuple_length(cellvars),
         frees = tuple_length(freevars), n = locals + cells + frees, at = locals;
  unsigned char *kinds = gc_buffer_new(n + 1);
  struct object **names = gc_buffer_new((n + 1) * sizeof *names);
  if (kinds && names) {
    for (size_t i = 0; i < locals; i++) {
      names[i] = tuple_get_borrowed(varnames, i);
      kinds[i] = CODE_LOCAL;
    }
    for (size_t i = 0; i < cells; i++) {
      struct object *name = tuple_get_borrowed(cellvars, i);
      size_t same = 0;
      while (same < locals && !str_same_text(names[same], name))
        same++;
      if (same < locals) {
        kinds[same] |= CODE_CELL;
      } else {
        names[at] = name;
        kinds[at++] = CODE_CELL;
      }
    }
    for (size_t i = 0; i < frees; i++) {
      names[at] = tuple_get_borrowed(freevars, i);
      kinds[at++] = CODE_FREE;
    }
    facts->localsplusnames = tuple_from(names, at);
    facts->localspluskinds = facts->localsplusnames ? bytes_from(kinds, at) : NULL;
  } else {
    error_no_memory();
  }
  if (kinds)
    gc_buffer_free(kinds, n + 1);
  if (names)
    gc_buffer_free(names, (n + 1) * sizeof *names);
  return facts->localspluskinds ? 0 : -1;
}

static int check_counts(const struct code_facts *f, int32_t nlocals, struct object *varnames) {
  const struct {
    const char *name;
    int32_t value;
  } counts[] = {{"argcount", f->argcount},
                {"posonlyargcount", f->posonlyargcount},
                {"kwonlyargcount", f->kwonlyargcount},
                {"nlocals", nlocals}};
  for (size_t i = 0; i < ARRAY_SIZE(counts); i++)
    if (counts[i].value < 0) {
      error_set(ERROR_VALUE, "code: %s must not be negative", counts[i].name);
      return -1;
    }
  if (nlocals != (int64_t)tuple_length(varnames)) {
    error_set(ERROR_VALUE, "code: nlocals != len(co_varnames)");
    return -1;
  }
  if (f->argcount < f->posonlyargcount || f->stacksize < 0 || (int32_t)f->flags < 0) {
    error_set(ERROR_SYSTEM, "bad argument to internal function");
    return -1;
  }
  if (bytes_length(f->code) % 2) {
    error_set(ERROR_VALUE, "code: co_code is malformed");
    return -1;
  }
  int64_t taken = (int64_t)f->argcount + f->kwonlyargcount + ((f->flags & CODE_VARARGS) != 0) +
                  ((f->flags & CODE_VARKEYWORDS) != 0);
  if (taken > nlocals) {
    error_set(ERROR_VALUE, "code: varnames is too small");
    return -1;
  }
  return 0;
}

static struct object *exact_str(struct object *s) {
  return is_str(s) ? hold(s) : str_copy_exactly(s);
}
static struct object *exact_bytes(struct object *b) {
  return is_bytes(b) ? hold(b) : bytes_from(bytes_data(b), bytes_length(b));
}

static struct object *make(struct object *const v[PARTS_N]) {
  struct code_facts f = {0};
  int32_t nlocals, flags;
  if (read_int(v[ARGCOUNT], &f.argcount) < 0 ||
      read_int(v[POSONLYARGCOUNT], &f.posonlyargcount) < 0 ||
      read_int(v[KWONLYARGCOUNT], &f.kwonlyargcount) < 0 || read_int(v[NLOCALS], &nlocals) < 0 ||
      read_int(v[STACKSIZE], &f.stacksize) < 0 || read_int(v[FLAGS], &flags) < 0 ||
      read_int(v[FIRSTLINENO], &f.firstlineno) < 0)
    return NULL;
  f.flags = (uint32_t)flags;
  struct object *varnames = NULL, *cellvars = NULL, *freevars = NULL, *made = NULL;
  if ((f.code = exact_bytes(v[CODE])) && (f.names = copy_names(v[NAMES])) &&
      (varnames = copy_names(v[VARNAMES])) && (freevars = copy_names(v[FREEVARS])) &&
      (cellvars = copy_names(v[CELLVARS])) && check_counts(&f, nlocals, varnames) == 0 &&
      fill_variables(&f, varnames, cellvars, freevars) == 0 &&
      (f.consts = tuple_from(((struct tuple *)v[CONSTS])->items, tuple_length(v[CONSTS]))) &&
      (f.filename = exact_str(v[FILENAME])) && (f.name = exact_str(v[NAME_])) &&
      (f.qualname = exact_str(v[QUALNAME])) && (f.linetable = exact_bytes(v[LINETABLE])) &&
      (f.exceptiontable = exact_bytes(v[EXCEPTIONTABLE])))
    made = code_new(&f);
#define CODE_DROP(name, type, meaning) drop_null(f.name);
  CODE_REFERENCES(CODE_DROP)
#undef CODE_DROP
  drop_null(varnames);
  drop_null(cellvars);
  drop_null(freevars);
  return made;
}

struct object *code_make(struct type *t, struct object *const *args, size_t n,
                         struct object *kwnames) {
  if (args_check_no_keywords("code", kwnames) < 0 ||
      args_check_count("code", n, PARTS_N - 2, PARTS_N) < 0)
    return NULL;
  struct object *none = tuple_new(0);
  if (!none)
    return NULL;
  struct object *v[PARTS_N];
  struct object *made = NULL;
  size_t i = 0;
  for (; i < PARTS_N; i++) {
    v[i] = i < n ? args[i] : none;
    char what[32];
    snprintf(what, sizeof what, "code() argument %zu", i + 1);
    if (check_part(what, (enum part)i, v[i]) < 0)
      break;
  }
  if (i == PARTS_N)
    made = make(v);
  drop(none);
  return made;
}

/* The present value of a part: a new reference. */
static struct object *part_of(const struct code *c, enum part part) {
  const int32_t numbers[] = {[ARGCOUNT] = c->argcount,
                             [POSONLYARGCOUNT] = c->posonlyargcount,
                             [KWONLYARGCOUNT] = c->kwonlyargcount,
                             [NLOCALS] = c->nlocals,
                             [STACKSIZE] = c->stacksize,
                             [FLAGS] = (int32_t)c->flags,
                             [FIRSTLINENO] = c->firstlineno};
  if (parts[part].type == PART_INT)
    return int_from_i64(numbers[part]);
  struct object *const others[PARTS_N] = {
      [CODE] = c->code,           [CONSTS] = c->consts,
      [NAMES] = c->names,         [FILENAME] = c->filename,
      [NAME_] = c->name,          [QUALNAME] = c->qualname,
      [LINETABLE] = c->linetable, [EXCEPTIONTABLE] = c->exceptiontable};
  return part == VARNAMES   ? code_varnames(&c->head)
         : part == CELLVARS ? code_cellvars(&c->head)
         : part == FREEVARS ? code_freevars(&c->head)
                            : hold(others[part]);
}

static struct object *replace(struct object *o, struct object *const *args, size_t n,
                              struct object *kwnames) {
  static const char *names[PARTS_N];
  for (size_t i = 0; i < PARTS_N; i++)
    names[i] = parts[i].name;
  static const struct args_spec spec = {"replace", names, PARTS_N, 0, 0, 0};
  struct object *given[PARTS_N], *v[PARTS_N] = {NULL}, *made = NULL;
  if (args_parse(&spec, args, n, kwnames, given) < 0)
    return NULL;
  /* Without other variables, their number follows. */
  size_t i = 0;
  for (; i < PARTS_N; i++) {
    char what[64];
    snprintf(what, sizeof what, "replace() argument '%s'", names[i]);
    if (given[i] && check_part(what, (enum part)i, given[i]) < 0)
      break;
    if (!(v[i] = given[i] ? hold(given[i]) : part_of(code_of(o), (enum part)i)))
      break;
  }
  if (i == PARTS_N)
    made = make(v);
  for (i = 0; i < PARTS_N; i++)
    drop_null(v[i]);
  return made;
}

/* ---- Attributes ---- */

static struct object *varname(struct object *o, struct object *const *args, size_t n,
                              struct object *kwnames) {
  static const char *const names[] = {"oparg"};
  static const struct args_spec spec = {"_varname_from_oparg", names, 1, 0, 1, 1};
  struct object *v[1];
  int32_t i;
  if (args_parse(&spec, args, n, kwnames, v) < 0 || read_int(v[0], &i) < 0)
    return NULL;
  struct object *all = code_of(o)->localsplusnames;
  if (i < 0 || (size_t)i >= tuple_length(all))
    return error_format(ERROR_INDEX, "tuple index out of range");
  return hold(tuple_get_borrowed(all, (size_t)i));
}

static struct object *size_of(struct object *o) {
  const struct code *c = code_of(o);
  return int_from_i64((int64_t)(sizeof *c + bytes_length(c->code)));
}

struct object *code_repr(struct object *o) {
  const struct code *c = code_of(o);
  return str_format("<code object %U at %p, file \"%U\", line %d>", c->name, (void *)o, c->filename,
                    (int)(c->firstlineno ? c->firstlineno : -1));
}

static struct object *get_varnames(struct object *o, void *closure) { return code_varnames(o); }
static struct object *get_cellvars(struct object *o, void *closure) { return code_cellvars(o); }
static struct object *get_freevars(struct object *o, void *closure) { return code_freevars(o); }
static struct object *get_code(struct object *o, void *closure) { return hold(code_of(o)->code); }
static struct object *get_lnotab(struct object *o, void *closure) { return code_lnotab(o); }

const struct method_def code_methods[] = {
    METHOD_KEYWORDS_("replace", replace,
                     "($self, /, *, co_argcount=-1, co_posonlyargcount=-1,\n        "
                     "co_kwonlyargcount=-1, co_nlocals=-1, co_stacksize=-1,\n        co_flags=-1, "
                     "co_firstlineno=-1, co_code=None, co_consts=None,\n        co_names=None, "
                     "co_varnames=None, co_freevars=None,\n        co_cellvars=None, "
                     "co_filename=None, co_name=None,\n        co_qualname=None, "
                     "co_linetable=None, co_exceptiontable=None)\n--\n\nReturn a copy of the code "
                     "object with new values for the specified fields."),
    METHOD_NOARGS_("co_lines", code_lines, NULL),
    METHOD_NOARGS_("co_positions", code_positions, NULL),
    METHOD_KEYWORDS_("_varname_from_oparg", varname,
                     "($self, /, oparg)\n--\n\n(internal-only) Return the local variable name for "
                     "the given oparg."),
    METHOD_NOARGS_("__sizeof__", size_of, NULL),
    {NULL}};
const struct getset_def code_getsets[] = {{"co_varnames", get_varnames},
                                          {"co_cellvars", get_cellvars},
                                          {"co_freevars", get_freevars},
                                          {"co_code", get_code},
                                          {"_co_code_adaptive", get_code},
                                          {"co_lnotab", get_lnotab},
                                          {NULL}};
#define NUMBER(name, field)                                                                        \
  { name, MEMBER_INT32, MEMBER_READONLY, offsetof(struct code, field), NULL }
#define REFERENCE(name, field)                                                                     \
  { name, MEMBER_OBJECT, MEMBER_READONLY, offsetof(struct code, field), NULL }
const struct member_def code_members[] = {NUMBER("co_argcount", argcount),
                                          NUMBER("co_posonlyargcount", posonlyargcount),
                                          NUMBER("co_kwonlyargcount", kwonlyargcount),
                                          NUMBER("co_nlocals", nlocals),
                                          NUMBER("co_stacksize", stacksize),
                                          NUMBER("co_flags", flags),
                                          NUMBER("co_firstlineno", firstlineno),
                                          REFERENCE("co_consts", consts),
                                          REFERENCE("co_names", names),
                                          REFERENCE("co_filename", filename),
                                          REFERENCE("co_name", name),
                                          REFERENCE("co_qualname", qualname),
                                          REFERENCE("co_linetable", linetable),
                                          REFERENCE("co_exceptiontable", exceptiontable),
                                          {NULL}};
