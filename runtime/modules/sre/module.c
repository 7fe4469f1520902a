/* The module _sre: the engine under the library's `re`. */
#include "runtime/modules/module.h"
#include "runtime/modules/sre/sre.h"
#include "runtime/object/attribute.h"
#include "runtime/object/exception.h"
#include "runtime/object/function.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include "runtime/vm/vm.h"

struct object *sre_call_re(const char *name, struct object *a, struct object *b, struct object *c) {
  struct object *text = str_intern("re");
  if (!text || !vm_import)
    return text ? error_format(ERROR_IMPORT, "nothing can be imported yet") : NULL;
  struct object *re = vm_import(text, NONE, NONE, NONE, 0);
  struct object *function = re ? attribute_get_ascii(re, name) : NULL;
  struct object *args[] = {a, b, c};
  struct object *result = function ? call_object(function, args, c ? 3 : 2, NULL) : NULL;
  drop_null(function);
  drop_null(re);
  return result;
}

static int wrong_argument(const char *name, const char *wanted, struct object *given) {
  error_format(ERROR_TYPE, "compile() argument '%s' must be %s, not %s", name, wanted,
               given == NONE ? "None" : type_short_name(type_of(given)));
  return -1;
}
/* As C's int or ssize_t take it. */
static int read_number(struct object *o, int64_t least, int64_t most, const char *type,
                       int64_t *value) {
  struct object *i = number_index(o);
  if (!i)
    return -1;
  bool fits = int_to_i64(i, value) && *value >= least && *value <= most;
  drop(i);
  if (!fits)
    error_set(ERROR_OVERFLOW, "Python int too large to convert to C %s", type);
  return fits ? 0 : -1;
}

static struct object *compile(struct object *module, struct object *const *args, size_t n,
                              struct object *kwnames) {
  static const char *const names[] = {"pattern", "flags",      "code",
                                      "groups",  "groupindex", "indexgroup"};
  static const struct args_spec spec = {"compile", names, 6, 0, 6, 6};
  struct object *values[6];
  int64_t flags, groups;
  if (args_parse(&spec, args, n, kwnames, values) < 0 ||
      read_number(values[1], INT32_MIN, INT32_MAX, "int", &flags) < 0)
    return NULL;
  if (!is_any_list(values[2]))
    return wrong_argument("code", "list", values[2]), NULL;
  if (read_number(values[3], INT64_MIN, INT64_MAX, "ssize_t", &groups) < 0)
    return NULL;
  if (!is_any_dict(values[4]))
    return wrong_argument("groupindex", "dict", values[4]), NULL;
  if (!is_any_tuple(values[5]))
    return wrong_argument("indexgroup", "tuple", values[5]), NULL;
  struct object *pattern = values[0];
  if (pattern != NONE && !is_any_str(pattern) && !has_buffer(pattern))
    return error_format(ERROR_TYPE, "expected string or bytes-like object, got '%N'", pattern);
  return sre_pattern_new(pattern, (int32_t)flags, values[2], groups, values[4], values[5]);
}

static struct object *code_size(struct object *module) { return int_from_i64(sizeof(uint32_t)); }

static int read_character(struct object *o, uint32_t *c) {
  int64_t value;
  if (read_number(o, INT32_MIN, INT32_MAX, "int", &value) < 0)
    return -1;
  *c = (uint32_t)value;
  return 0;
}
static struct object *ascii_iscased(struct object *module, struct object *o) {
  uint32_t c;
  return read_character(o, &c) < 0 ? NULL : hold(bool_from(sre_is_cased_ascii(c)));
}
static struct object *unicode_iscased(struct object *module, struct object *o) {
  uint32_t c;
  return read_character(o, &c) < 0 ? NULL : hold(bool_from(sre_is_cased_unicode(c)));
}
static struct object *ascii_tolower(struct object *module, struct object *o) {
  uint32_t c;
  return read_character(o, &c) < 0 ? NULL : int_from_i64((int32_t)sre_lower_ascii(c));
}
static struct object *unicode_tolower(struct object *module, struct object *o) {
  uint32_t c;
  return read_character(o, &c) < 0 ? NULL : int_from_i64((int32_t)sre_lower_unicode(c));
}

static const struct method_def functions[] = {
    METHOD_KEYWORDS_("compile", compile,
                     "compile($module, /, pattern, flags, code, groups, groupindex,\n"
                     "        indexgroup)\n--\n\n"),
    METHOD_NOARGS_("getcodesize", code_size, "getcodesize($module, /)\n--\n\n"),
    METHOD_ONE_("ascii_iscased", ascii_iscased, "ascii_iscased($module, character, /)\n--\n\n"),
    METHOD_ONE_("unicode_iscased", unicode_iscased,
                "unicode_iscased($module, character, /)\n--\n\n"),
    METHOD_ONE_("ascii_tolower", ascii_tolower, "ascii_tolower($module, character, /)\n--\n\n"),
    METHOD_ONE_("unicode_tolower", unicode_tolower,
                "unicode_tolower($module, character, /)\n--\n\n"),
    {NULL}};

int module_sre_fill(struct object *module) {
  if (type_ready(&sre_pattern_type) < 0 || type_ready(&sre_match_type) < 0 ||
      type_ready(&sre_scanner_type) < 0 || module_add_functions(module, functions) < 0)
    return -1;
  return module_add_taking(module, "MAGIC", int_from_i64(SRE_MAGIC)) < 0 ||
                 module_add_taking(module, "CODESIZE", int_from_i64(sizeof(uint32_t))) < 0 ||
                 module_add_taking(module, "MAXREPEAT", int_from_i64(SRE_MAXREPEAT)) < 0 ||
                 module_add_taking(module, "MAXGROUPS", int_from_i64(SRE_MAXGROUPS)) < 0
             ? -1
             : 0;
}
