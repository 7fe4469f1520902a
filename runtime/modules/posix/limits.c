/* sysconf, confstr, pathconf: the system's limits and options, by number or by name. */
#include "runtime/modules/posix/posix.h"
#include "runtime/object/dict.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include <stddef.h>

enum kind { SYSTEM, STRING, PATH };
static const struct {
  uint8_t kind;
  const char *name;
  int number;
} limits[] = {
#define LIMIT(kind, name) {kind, #name, _##name},
#include "runtime/modules/posix/limits.def"
};

static struct object *tables[3]; /* dicts from names to numbers, as the module shows them */

/* CPython accepts ints whatever they are, and str by the table. */
static int number_of(struct object *o, enum kind kind, int *number) {
  if (is_any_int(o))
    return argument_int(o, number);
  if (!is_any_str(o)) {
    error_format(ERROR_TYPE, "configuration names must be strings or integers");
    return -1;
  }
  struct object *found = dict_get_borrowed(tables[kind], o);
  if (found && is_any_int(found))
    return argument_int(found, number);
  if (error_pending() == ERROR_NONE)
    error_format(ERROR_VALUE, "unrecognized configuration name");
  return -1;
}

static struct object *sysconf_one(struct object *module, struct object *o) {
  int name;
  if (number_of(o, SYSTEM, &name) < 0)
    return NULL;
  errno = 0;
  long value = sysconf(name);
  return value == -1 && errno ? posix_done(-1) : int_from_i64(value);
}

static struct object *confstr_one(struct object *module, struct object *o) {
  int name;
  char fixed[256];
  if (number_of(o, STRING, &name) < 0)
    return NULL;
  errno = 0;
  size_t n = confstr(name, fixed, sizeof fixed);
  if (n == 0)
    return errno ? posix_done(-1) : hold(NONE);
  if (n <= sizeof fixed)
    return str_decode_filename(fixed, n - 1);
  char *text = gc_buffer_new(n);
  if (!text)
    return error_no_memory();
  confstr(name, text, n);
  struct object *result = str_decode_filename(text, n - 1);
  gc_buffer_free(text, n);
  return result;
}

FUNCTION(pathconf, "pathconf", 0, 2, 2, "path", "name") {
  struct path p = {.function = "pathconf", .allow_fd = true};
  int name;
  if (path_take(&p, v[0]) < 0)
    return NULL;
  if (number_of(v[1], PATH, &name) < 0)
    return path_close(&p), NULL;
  errno = 0;
  long value = p.narrow ? pathconf(p.narrow, name) : fpathconf(p.fd, name);
  if (value == -1 && errno) /* EINVAL is about the name */
    return errno == EINVAL ? posix_done(-1), path_close(&p), NULL : path_error(&p);
  path_close(&p);
  return int_from_i64(value);
}
static struct object *fpathconf_fast(struct object *module, struct object *const *args, size_t n) {
  int fd, name;
  if (args_check_count("fpathconf", n, 2, 2) < 0 || argument_fd(args[0], &fd) < 0 ||
      number_of(args[1], PATH, &name) < 0)
    return NULL;
  errno = 0;
  long value = fpathconf(fd, name);
  return value == -1 && errno ? posix_done(-1) : int_from_i64(value);
}

static const struct method_def functions[] = {
    METHOD_ONE_("sysconf", sysconf_one,
                DOC("sysconf", "$module, name, /", "A limit of the system.")),
    METHOD_ONE_("confstr", confstr_one,
                DOC("confstr", "$module, name, /", "A text about the system.")),
    METHOD_KEYWORDS_("pathconf", pathconf_call,
                     DOC("pathconf", "$module, /, path, name", "A limit of a file.")),
    METHOD_FAST_("fpathconf", fpathconf_fast,
                 DOC("fpathconf", "$module, fd, name, /", "A limit of an open file.")),
    {NULL}};

int posix_fill_limits(struct object *module) {
  static const char *const names[] = {"sysconf_names", "confstr_names", "pathconf_names"};
  for (size_t kind = 0; kind < ARRAY_SIZE(tables); kind++) {
    struct object *table = dict_new(), *before = tables[kind];
    tables[kind] = table;
    drop_null(before);
    if (!table || module_root(&tables[kind]) < 0 || module_add(module, names[kind], table) < 0)
      return -1;
  }
  for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
    struct object *name = str_intern(limits[i].name), *number = int_from_i64(limits[i].number);
    int status = name && number ? dict_set(tables[limits[i].kind], name, number) : -1;
    drop_null(number);
    drop_null(name);
    if (status < 0)
      return -1;
  }
  return module_add_functions(module, functions);
}
