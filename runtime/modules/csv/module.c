/* The module _csv. */
#include "runtime/modules/module.h"
#include "runtime/modules/csv/csv.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"

static struct object *register_dialect(struct object *module, struct object *const *args, size_t n,
                                       struct object *kwnames) {
  if (args_check_count("", n, 1, 2) < 0)
    return NULL;
  if (!is_any_str(args[0]))
    return error_format(ERROR_TYPE, "dialect name must be a string");
  struct object *dialect = csv_dialect_new(n > 1 ? args[1] : NULL, args + n, kwnames);
  int status = dialect ? dict_set(csv_dialects, args[0], dialect) : -1;
  drop_null(dialect);
  return status < 0 ? NULL : hold(NONE);
}
static struct object *unregister_dialect(struct object *module, struct object *const *args,
                                         size_t n, struct object *kwnames) {
  static const char *const names[] = {"name"};
  static const struct args_spec spec = {"unregister_dialect", names, 1, 0, 1, 1};
  struct object *name;
  if (args_parse(&spec, args, n, kwnames, &name) < 0)
    return NULL;
  int found = dict_delete(csv_dialects, name);
  return found < 0 ? NULL : found ? hold(NONE) : error_format_of(csv_error, "unknown dialect");
}
static struct object *get_dialect(struct object *module, struct object *const *args, size_t n,
                                  struct object *kwnames) {
  static const char *const names[] = {"name"};
  static const struct args_spec spec = {"get_dialect", names, 1, 0, 1, 1};
  struct object *name;
  return args_parse(&spec, args, n, kwnames, &name) < 0 ? NULL : csv_find_dialect(name);
}
static struct object *list_dialects(struct object *module) { return iterate_to_list(csv_dialects); }

static struct object *field_size_limit(struct object *module, struct object *const *args, size_t n,
                                       struct object *kwnames) {
  static const char *const names[] = {"new_limit"};
  static const struct args_spec spec = {"field_size_limit", names, 1, 0, 1, 0};
  struct object *limit;
  int64_t before = csv_field_limit, value;
  if (args_parse(&spec, args, n, kwnames, &limit) < 0)
    return NULL;
  if (limit) {
    if (type_of(limit) != &int_type)
      return error_format(ERROR_TYPE, "limit must be an integer");
    if (!int_to_i64(limit, &value))
      return error_format(ERROR_OVERFLOW, "Python int too large to convert to C long");
    csv_field_limit = value;
  }
  return int_from_i64(before);
}

static const struct method_def functions[] = {
    METHOD_KEYWORDS_("reader", csv_reader_new,
                     "reader(iterable [, dialect='excel'] [optional keyword args])\n\nAn iterator "
                     "over the rows that the lines of iterable make."),
    METHOD_KEYWORDS_("writer", csv_writer_new,
                     "writer(fileobj [, dialect='excel'] [optional keyword args])\n\nAn object "
                     "that writes rows by fileobj.write."),
    METHOD_KEYWORDS_("register_dialect", register_dialect,
                     "register_dialect(name[, dialect[, **fmtparams]])\n\nKeep a dialect under a "
                     "name."),
    METHOD_NOARGS_("list_dialects", list_dialects,
                   "list_dialects($module, /)\n--\n\nThe names of all dialects."),
    METHOD_KEYWORDS_("unregister_dialect", unregister_dialect,
                     "unregister_dialect($module, /, name)\n--\n\nForget a dialect."),
    METHOD_KEYWORDS_("get_dialect", get_dialect,
                     "get_dialect($module, /, name)\n--\n\nThe dialect of that name."),
    METHOD_KEYWORDS_("field_size_limit", field_size_limit,
                     "field_size_limit($module, /, new_limit=<unrepresentable>)\n--\n\nThe limit "
                     "of a field's length so far; sets a new one."),
    {NULL}};

int module_csv_fill(struct object *module) {
  csv_field_limit = 128 * 1024;
  if (module_root(&csv_error) < 0 || module_root(&csv_dialects) < 0 ||
      type_ready(&csv_reader_type) < 0 || type_ready(&csv_writer_type) < 0 ||
      module_add_type(module, &csv_dialect_type) < 0 ||
      module_add(module, "Reader", &csv_reader_type.head) < 0 ||
      module_add(module, "Writer", &csv_writer_type.head) < 0 ||
      module_add_functions(module, functions) < 0 ||
      module_add_text(module, "__version__", "1.0") < 0)
    return -1;
  static const char *const quotings[] = {"QUOTE_MINIMAL", "QUOTE_ALL", "QUOTE_NONNUMERIC",
                                         "QUOTE_NONE"};
  for (int i = 0; i < (int)ARRAY_SIZE(quotings); i++)
    if (module_add_int(module, quotings[i], i) < 0)
      return -1;
  if (!csv_error && !(csv_error = module_new_exception("_csv.Error", NULL)))
    return -1;
  if (!csv_dialects && !(csv_dialects = dict_new()))
    return -1;
  return module_add(module, "Error", csv_error) < 0 ? -1
                                                    : module_add(module, "_dialects", csv_dialects);
}
