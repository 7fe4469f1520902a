/* The first of sys.path_hooks: importing from zip files. The library's zipimport does it, and is
 * imported when an entry of sys.path is a file, or lies in one; for folders it is not needed. */
#include "runtime/modules/import/import.h"
#include "runtime/modules/module.h"
#include "runtime/modules/sys.h"
#include "runtime/object/attribute.h"
#include "runtime/object/bytes.h"
#include "runtime/object/codec.h"
#include "runtime/object/exception.h"
#include "runtime/object/list.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include <string.h>
#include <sys/stat.h>

/* Whether the path, or the first part of it that exists, is a file. */
static bool is_in_file(char *path) {
  struct stat status;
  for (char *slash; stat(path, &status) < 0; *slash = 0)
    if (!(slash = strrchr(path, '/')) || slash == path)
      return false;
  return S_ISREG(status.st_mode);
}

static struct object *zipimporter(struct object *self, struct object *path) {
  struct object *bytes = is_any_str(path) ? str_encode_filename(path) : NULL, *result = NULL;
  if (!bytes && error_pending() != ERROR_NONE)
    return NULL;
  if (!bytes || is_in_file((char *)(uintptr_t)bytes_data(bytes))) {
    struct object *zipimport = import_module("zipimport");
    struct object *type = zipimport ? attribute_get_ascii(zipimport, "zipimporter") : NULL;
    result = type ? call_one(type, path) : NULL;
    drop_null(zipimport);
    drop_null(type);
  } else {
    struct object *message = str_format("not a Zip file: %R", path);
    if (message)
      error_import(message, NULL, path, false);
    drop_null(message);
  }
  drop_null(bytes);
  return result;
}

static const struct method_def hook = METHOD_ONE_(
    "zipimporter", zipimporter, "zipimporter($module, path, /)\n--\n\nzipimport.zipimporter(path)");

int archive_add_hook(void) {
  struct object *hooks = sys_get_borrowed("path_hooks"), *name = str_intern("zipimport");
  struct object *function = name ? builtin_function_new(&hook, NULL, name) : NULL;
  int done = !function ? -1 : hooks && is_list(hooks) ? list_insert(hooks, 0, function) : 0;
  drop_null(name);
  drop_null(function);
  return done;
}
