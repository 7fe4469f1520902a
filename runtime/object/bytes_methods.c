/* The table of bytes' methods, and those without a file of their own. */
#include "runtime/object/bytes_internal.h"
#include "runtime/object/codec.h"
#include "runtime/object/tuple.h"

struct object *bytes_decode(struct object *o, struct object *const *args, size_t n,
                            struct object *kwnames) {
  static const char *const names[] = {"encoding", "errors"};
  static const struct args_spec spec = {"decode", names, 2, 0, 2, 0};
  struct object *values[2];
  const char *encoding = NULL, *errors = NULL;
  if (args_parse(&spec, args, n, kwnames, values) < 0 ||
      (values[0] && !(encoding = args_to_name("decode", "argument 'encoding'", values[0]))) ||
      (values[1] && !(errors = args_to_name("decode", "argument 'errors'", values[1]))))
    return NULL;
  return codec_decode_object(o, encoding, errors);
}

static struct object *to_bytes(struct object *o) { return bytes_same(o); }
static struct object *getnewargs(struct object *o) {
  struct object *bytes = bytes_same(o);
  struct object *args = bytes ? tuple_pack(1, bytes) : NULL;
  drop_null(bytes);
  return args;
}

const struct method_def bytes_methods[] = {
    METHOD_NOARGS_("__bytes__", to_bytes, "($self, /)\n--\n\nThese bytes as exact bytes."),
    METHOD_NOARGS_("__getnewargs__", getnewargs, NULL),
#include "runtime/object/bytes_methods.inc"
    {NULL}};
