/* __build_class__, isinstance, issubclass, __import__: what statements and classes call. */
#include "runtime/modules/builtins/builtins.h"
#include "runtime/object/attribute.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/model.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include "runtime/vm/vm.h"

/* Bases that are no types say by __mro_entries__ what they stand for. A new tuple. */
static struct object *resolve_bases(struct object *const *bases, size_t n) {
  struct object *plain = tuple_from(bases, n), *list = NULL;
  for (size_t i = 0; plain && i < n; i++) {
    struct object *entries = NULL;
    int found = is_type(bases[i]) ? 0 : attribute_find(bases[i], NAME(mro_entries), &entries);
    if (!found) {
      if (list && list_append(list, bases[i]) < 0)
        goto failed;
      continue;
    }
    struct object *replaced = found > 0 ? call_one(entries, plain) : NULL;
    drop_null(entries);
    if (replaced && !is_any_tuple(replaced)) {
      error_set(ERROR_TYPE, "__mro_entries__ must return a tuple");
      drop(replaced);
      replaced = NULL;
    }
    if (replaced && !list && (list = list_new(n)))
      for (size_t k = 0; k < i; k++)
        if (list_append(list, bases[k]) < 0) {
          drop(replaced);
          goto failed;
        }
    int done = replaced && list ? list_extend(list, replaced) : -1;
    drop_null(replaced);
    if (done < 0)
      goto failed;
  }
  if (!list)
    return plain;
  struct object *resolved = iterate_to_tuple(list);
  drop(list);
  drop(plain);
  return resolved;
failed:
  drop_null(list);
  drop(plain);
  return NULL;
}

/* What a class statement is about; all owned. */
struct class_statement {
  struct object *name, *bases, *original_bases; /* the latter NULL: the same */
  struct object *metatype, *keywords;           /* keywords: dict without `metaclass` */
  struct object *namespace, *cell;
};
static void statement_clear(struct class_statement *s) {
  drop_null(s->bases);
  drop_null(s->original_bases);
  drop_null(s->metatype);
  drop_null(s->keywords);
  drop_null(s->namespace);
  drop_null(s->cell);
}

static int find_metatype(struct class_statement *s) {
  struct object *given = dict_get_borrowed(s->keywords, NAME(plain_metaclass));
  if (given) {
    s->metatype = hold(given);
    if (dict_delete(s->keywords, NAME(plain_metaclass)) < 0)
      return -1;
  } else if (error_pending() != ERROR_NONE)
    return -1;
  else
    s->metatype = hold(tuple_length(s->bases) ? &type_of(tuple_get_borrowed(s->bases, 0))->head
                                              : &type_type.head);
  if (!is_type(s->metatype))
    return 0;
  struct type *best = type_calculate_metaclass_borrowed((struct type *)s->metatype, s->bases);
  if (!best)
    return -1;
  hold(&best->head);
  drop(s->metatype);
  s->metatype = &best->head;
  return 0;
}

static int prepare(struct class_statement *s) {
  struct object *f = NULL;
  int found = attribute_find(s->metatype, NAME(prepare), &f);
  if (found < 0)
    return -1;
  if (!found) {
    s->namespace = dict_new();
    return s->namespace ? 0 : -1;
  }
  struct object *args = tuple_pack(2, s->name, s->bases);
  s->namespace = args ? call_tuple_dict(f, args, s->keywords) : NULL;
  drop_null(args);
  drop(f);
  if (s->namespace && !is_mapping(s->namespace)) {
    error_format(ERROR_TYPE, "%s.__prepare__() must return a mapping, not %N",
                 is_type(s->metatype) ? type_short_name((struct type *)s->metatype) : "<metaclass>",
                 s->namespace);
    return -1;
  }
  return s->namespace ? 0 : -1;
}

/* The cell that methods find the class in must hold the class now. */
static int check_cell(struct class_statement *s, struct object *cls) {
  if (!s->cell || !is_cell(s->cell) || !is_type(cls))
    return 0;
  struct object *set = cell_get_borrowed(s->cell);
  if (set == cls)
    return 0;
  if (!set)
    error_format(ERROR_RUNTIME,
                 "__class__ not set defining %R as %R. Was __classcell__ propagated to "
                 "type.__new__?",
                 s->name, cls);
  else
    error_format(ERROR_TYPE, "__class__ set to %R defining %R as %R", set, s->name, cls);
  return -1;
}

static struct object *make_class(struct class_statement *s, struct object *function) {
  if (find_metatype(s) < 0 || prepare(s) < 0)
    return NULL;
  s->cell = vm_run_class_body(function, s->namespace);
  if (!s->cell)
    return NULL;
  if (s->original_bases) {
    struct object *name = str_intern("__orig_bases__");
    if (!name || object_set_item(s->namespace, name, s->original_bases) < 0)
      return NULL;
  }
  struct object *args = tuple_pack(3, s->name, s->bases, s->namespace);
  struct object *cls = args ? call_tuple_dict(s->metatype, args, s->keywords) : NULL;
  drop_null(args);
  if (cls && check_cell(s, cls) < 0) {
    drop(cls);
    return NULL;
  }
  return cls;
}

static struct object *build_class(struct object *self, struct object *const *args, size_t n,
                                  struct object *kwnames) {
  if (n < 2)
    return error_format(ERROR_TYPE, "__build_class__: not enough arguments");
  if (!is_function(args[0]))
    return error_format(ERROR_TYPE, "__build_class__: func must be a function");
  if (!is_any_str(args[1]))
    return error_format(ERROR_TYPE, "__build_class__: name is not a string");
  struct class_statement s = {.name = args[1], .bases = resolve_bases(args + 2, n - 2)};
  struct object *cls = NULL;
  bool same = s.bases && tuple_length(s.bases) == n - 2;
  for (size_t i = 0; same && i < n - 2; i++)
    same = tuple_get_borrowed(s.bases, i) == args[2 + i];
  bool complete = s.bases && (same || (s.original_bases = tuple_from(args + 2, n - 2)));
  if (complete && (s.keywords = call_kwargs_dict(args + n, kwnames)))
    cls = make_class(&s, args[0]);
  statement_clear(&s);
  return cls;
}

static struct object *isinstance(struct object *self, struct object *const *args, size_t n) {
  if (args_check_count("isinstance", n, 2, 2) < 0)
    return NULL;
  int is = object_is_instance_of(args[0], args[1]);
  return is < 0 ? NULL : hold(bool_from(is));
}
static struct object *issubclass(struct object *self, struct object *const *args, size_t n) {
  if (args_check_count("issubclass", n, 2, 2) < 0)
    return NULL;
  int is = object_is_subclass_of(args[0], args[1]);
  return is < 0 ? NULL : hold(bool_from(is));
}

static struct object *import(struct object *self, struct object *const *args, size_t n,
                             struct object *kwnames) {
  static const char *const names[] = {"name", "globals", "locals", "fromlist", "level"};
  static const struct args_spec spec = {"__import__", names, 5, 0, 5, 1};
  struct object *v[5];
  int64_t level = 0;
  if (args_parse(&spec, args, n, kwnames, v) < 0 ||
      (v[4] && number_to_i64(v[4], &level, ERROR_OVERFLOW) < 0))
    return NULL;
  if (!vm_import)
    return error_format(ERROR_IMPORT, "nothing can be imported yet");
  return vm_import(v[0], v[1], v[2], v[3], level);
}

const struct method_def builtins_class_functions[] = {
    METHOD_KEYWORDS_("__build_class__", build_class,
                     "__build_class__(func, name, /, *bases, [metaclass], **kwds) -> class\n\n"
                     "Internal helper function used by the class statement."),
    METHOD_KEYWORDS_("__import__", import,
                     "($module, /, name, globals=None, locals=None, fromlist=(),\n           "
                     "level=0)\n--\n\nImport a module."),
    METHOD_FAST_("isinstance", isinstance,
                 "($module, obj, class_or_tuple, /)\n--\n\nReturn whether an object is an instance "
                 "of a class or of a subclass thereof."),
    METHOD_FAST_("issubclass", issubclass,
                 "($module, cls, class_or_tuple, /)\n--\n\nReturn whether 'cls' is derived from "
                 "another class or is the same class."),
    {NULL}};
