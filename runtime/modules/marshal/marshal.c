/* The module `marshal`: the functions over read.c and write.c. */
#include "runtime/modules/marshal/marshal.h"
#include "runtime/modules/module.h"
#include "runtime/object/attribute.h"
#include "runtime/object/audit.h"
#include "runtime/object/bytes.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/model.h"
#include "runtime/object/protocol.h"
#include "runtime/object/tuple.h"

static int version_of(struct object *argument, int64_t *version) {
  *version = MARSHAL_VERSION;
  if (!argument)
    return 0;
  if (number_to_i64(argument, version, ERROR_OVERFLOW) < 0)
    return -1;
  if (*version != (int32_t)*version) {
    error_set(ERROR_OVERFLOW, "Python int too large to convert to C int");
    return -1;
  }
  return 0;
}

static struct object *write(struct object *value, int64_t version) {
  if (AUDIT_FAILS("marshal.dumps", tuple_pack_taking(2, hold(value), int_from_i64(version))))
    return NULL;
  return marshal_write(value, version);
}

static struct object *dumps(struct object *self, struct object *const *args, size_t n) {
  int64_t version;
  if (args_check_count("dumps", n, 1, 2) < 0 || version_of(n > 1 ? args[1] : NULL, &version) < 0)
    return NULL;
  return write(args[0], version);
}

static struct object *dump(struct object *self, struct object *const *args, size_t n) {
  int64_t version;
  if (args_check_count("dump", n, 2, 3) < 0 || version_of(n > 2 ? args[2] : NULL, &version) < 0)
    return NULL;
  struct object *bytes = write(args[0], version);
  if (!bytes)
    return NULL;
  struct object *result = call_method_one(args[1], NAME(plain_write), bytes);
  drop(bytes);
  return result;
}

static struct object *loads(struct object *self, struct object *argument) {
  struct buffer_view view;
  if (buffer_get(argument, &view, BUFFER_SIMPLE) < 0)
    return NULL;
  bool refused =
      AUDIT_FAILS("marshal.loads", tuple_pack_taking(1, bytes_from(view.data, (size_t)view.bytes)));
  struct object *o = refused ? NULL : marshal_read(view.data, (size_t)view.bytes);
  buffer_release(&view);
  return o;
}

/* Asked for no bytes first: text files, and what is no file, are found out so. */
static struct object *load(struct object *self, struct object *file) {
  if (AUDIT_FAILS("marshal.load", tuple_new(0)))
    return NULL;
  struct object *zero = int_from_i64(0), *data = NULL, *o = NULL;
  if (zero && (data = call_method_one(file, NAME(plain_read), zero))) {
    if (is_any_bytes(data))
      o = marshal_read_file(file);
    else
      error_format(ERROR_TYPE, "file.read() returned not bytes but %N", data);
  }
  drop_null(zero);
  drop_null(data);
  return o;
}

static const struct method_def methods[] = {
    METHOD_FAST_("dump", dump,
                 "dump($module, value, file, version=version, /)\n--\n\n"
                 "Write the value to a binary file opened for writing."),
    METHOD_ONE_("load", load,
                "load($module, file, /)\n--\n\nRead one value from a binary file and return it."),
    METHOD_FAST_("dumps", dumps,
                 "dumps($module, value, version=version, /)\n--\n\n"
                 "Return the bytes that dump() would write to a file."),
    METHOD_ONE_("loads", loads,
                "loads($module, bytes, /)\n--\n\nConvert a bytes-like object to a value."),
    {NULL}};

int module_marshal_fill(struct object *module) {
  if (module_add_functions(module, methods) < 0 ||
      module_add_int(module, "version", MARSHAL_VERSION) < 0)
    return -1;
  return module_add_text(module, "__doc__",
                         "Python values as bytes, in a format of this version of Python: that of "
                         ".pyc files.");
}
