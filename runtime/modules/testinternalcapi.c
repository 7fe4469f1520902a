/* The module `_testinternalcapi`: what CPython's tests ask about the interpreter they run under. Of
 * CPython's module it has what does not depend on how CPython is made. */
#include "runtime/bytecode/locations.h"
#include "runtime/modules/argument.h"
#include "runtime/modules/module.h"
#include "runtime/modules/sys.h"
#include "runtime/object/bytes.h"
#include "runtime/object/codec.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/str.h"
#include "runtime/vm/vm.h"
#include <string.h>

/* ---- How it was started ---- */

static struct object *get_config(struct object *module) {
  const struct sys_start *s = &sys_start;
  const struct {
    const char *name;
    int64_t value;
  } entries[] = {{"isolated", s->isolated},
                 {"use_environment", !s->ignore_environment},
                 {"dev_mode", s->dev_mode},
                 {"hash_randomization", s->hash_randomization},
                 {"code_debug_ranges", location_keeps_columns},
                 {"parser_debug", s->debug},
                 {"inspect", s->inspect},
                 {"interactive", s->interactive},
                 {"optimization_level", s->optimize},
                 {"write_bytecode", !s->dont_write_bytecode},
                 {"verbose", s->verbose},
                 {"quiet", s->quiet},
                 {"user_site_directory", !s->no_user_site},
                 {"site_import", !s->no_site},
                 {"bytes_warning", s->bytes_warning},
                 {"warn_default_encoding", s->warn_default_encoding},
                 {"safe_path", s->safe_path},
                 {"int_max_str_digits", s->int_max_str_digits}};
  struct object *dict = dict_new();
  for (size_t i = 0; dict && i < ARRAY_SIZE(entries); i++) {
    struct object *name = str_intern(entries[i].name);
    struct object *value = name ? int_from_i64(entries[i].value) : NULL;
    int done = value ? dict_set(dict, name, value) : -1;
    drop_null(value);
    drop_null(name);
    if (done < 0) {
      drop(dict);
      dict = NULL;
    }
  }
  return dict;
}

static struct object *get_recursion_depth(struct object *module) {
  return int_from_i64(vm_depth());
}

/* ---- Text of the locale, which is UTF-8 here ---- */

static const char *error_handler(struct object *const *args, size_t n) {
  struct object *owner = NULL;
  static const char *const known[] = {"strict", "surrogateescape", "surrogatepass"};
  const char *errors = n > 2 ? argument_text(args[2], "argument 3", &owner) : "strict";
  const char *found = NULL;
  for (size_t i = 0; errors && i < ARRAY_SIZE(known); i++)
    if (!strcmp(errors, known[i]))
      found = known[i];
  if (errors && !found)
    error_format(ERROR_VALUE, "unsupported error handler");
  drop_null(owner);
  return found;
}

/* The pending UnicodeError as the RuntimeError that C code would have made of it. */
static void *tell(const char *what, enum error_kind kind) {
  if (!error_matches(kind))
    return NULL;
  struct object *exception = error_fetch();
  if (exception) {
    struct exception_unicode *e = (struct exception_unicode *)exception;
    error_format(ERROR_RUNTIME, "%s error: pos=%lld, reason=%S", what, (long long)e->start,
                 e->reason);
  }
  drop_null(exception);
  return NULL;
}

static struct object *encode_locale(struct object *module, struct object *const *args, size_t n) {
  if (args_check_count("EncodeLocaleEx", n, 1, 3) < 0)
    return NULL;
  if (!is_any_str(args[0]))
    return args_wrong_type("EncodeLocaleEx", "argument 1", "str", args[0]);
  const char *errors = error_handler(args, n);
  struct object *result = errors ? codec_encode(args[0], "utf-8", errors) : NULL;
  return result ? result : tell("encode", ERROR_UNICODE_ENCODE);
}

static struct object *decode_locale(struct object *module, struct object *const *args, size_t n) {
  if (args_check_count("DecodeLocaleEx", n, 1, 3) < 0)
    return NULL;
  if (!is_any_bytes(args[0]))
    return args_wrong_type("DecodeLocaleEx", "argument 1", "bytes", args[0]);
  const char *errors = error_handler(args, n);
  struct object *result =
      errors ? codec_decode(bytes_data(args[0]), bytes_length(args[0]), "utf-8", errors) : NULL;
  return result ? result : tell("decode", ERROR_UNICODE_DECODE);
}

static const struct method_def functions[] = {
    METHOD_NOARGS_("get_config", get_config, "How the interpreter was started, as a dict."),
    METHOD_NOARGS_("get_recursion_depth", get_recursion_depth, "How many frames there are."),
    METHOD_FAST_("EncodeLocaleEx", encode_locale, "(text, current_locale=0, errors='strict')"),
    METHOD_FAST_("DecodeLocaleEx", decode_locale, "(text, current_locale=0, errors='strict')"),
    {NULL}};

int module_testinternalcapi_fill(struct object *module) {
  if (module_add_functions(module, functions) < 0)
    return -1;
  /* No object has a header for the collector in front of its own. */
  return module_add_int(module, "SIZEOF_PYGC_HEAD", 0);
}
