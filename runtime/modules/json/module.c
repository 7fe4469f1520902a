/* The module _json: the fast parts of the library's `json`. */
#include "runtime/modules/module.h"
#include "runtime/modules/json/json.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"

static struct object *scanstring(struct object *module, struct object *const *args, size_t n) {
  int64_t end, next;
  int strict = 1;
  if (n < 2 || n > 3)
    return error_format(ERROR_TYPE, "scanstring() takes at %s %d arguments (%zu given)",
                        n < 2 ? "least" : "most", n < 2 ? 2 : 3, n);
  if (args_to_size(args[1], &end) < 0 || (n > 2 && (strict = object_truth(args[2])) < 0))
    return NULL;
  if (!is_any_str(args[0]))
    return error_format(ERROR_TYPE, "first argument must be a string, not %N", args[0]);
  struct object *text = json_scan_text(args[0], end, strict, &next);
  struct object *place = text ? int_from_i64(next) : NULL;
  struct object *result = place ? tuple_pack(2, text, place) : NULL;
  drop_null(place);
  drop_null(text);
  return result;
}

static struct object *quote(struct object *o, bool ascii_only) {
  if (!is_any_str(o))
    return error_format(ERROR_TYPE, "first argument must be a string, not %N", o);
  return json_quote(o, ascii_only);
}
static struct object *encode_basestring(struct object *module, struct object *o) {
  return quote(o, false);
}
static struct object *encode_basestring_ascii(struct object *module, struct object *o) {
  return quote(o, true);
}

const struct method_def json_functions[] = {
    METHOD_FAST_("scanstring", scanstring,
                 "scanstring(string, end, strict=True) -> (string, end)\n\nThe string literal of "
                 "JSON whose opening quote stands in front of end."),
    [JSON_QUOTE] = METHOD_ONE_("encode_basestring", encode_basestring,
                               "encode_basestring(string) -> string\n\nThe string as JSON."),
    [JSON_QUOTE_ASCII] = METHOD_ONE_(
        "encode_basestring_ascii", encode_basestring_ascii,
        "encode_basestring_ascii(string) -> string\n\nThe string as JSON of ASCII only."),
    {NULL}};

int module_json_fill(struct object *module) {
  if (type_ready(&json_scanner_type) < 0 || type_ready(&json_encoder_type) < 0 ||
      module_add_functions(module, json_functions) < 0 ||
      module_add(module, "make_scanner", &json_scanner_type.head) < 0)
    return -1;
  return module_add(module, "make_encoder", &json_encoder_type.head);
}
