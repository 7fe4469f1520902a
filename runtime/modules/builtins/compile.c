/* compile, eval, exec: from source, trees and code objects to running code. */
#include "runtime/compile/compile.h"
#include "runtime/modules/ast/ast.h"
#include "runtime/modules/builtins/builtins.h"
#include "runtime/modules/traceback.h"
#include "runtime/object/attribute.h"
#include "runtime/object/audit.h"
#include "runtime/object/bytes.h"
#include "runtime/object/codec.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/model.h"
#include "runtime/object/protocol.h"
#include "runtime/object/root.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include "runtime/object/warning.h"
#include "runtime/vm/vm.h"
#include <string.h>

int builtins_optimize;
int32_t (*builtins_name_to_code_point)(const char *name, size_t n);
int (*builtins_warn_explicit)(enum error_kind category, const char *message,
                              struct object *filename, int32_t line);

enum {
  FUTURES = CODE_FUTURE_DIVISION | CODE_FUTURE_ABSOLUTE_IMPORT | CODE_FUTURE_WITH_STATEMENT |
            CODE_FUTURE_PRINT_FUNCTION | CODE_FUTURE_UNICODE_LITERALS | CODE_FUTURE_BARRY_AS_BDFL |
            CODE_FUTURE_GENERATOR_STOP | CODE_FUTURE_ANNOTATIONS,
  OBSOLETE = 0x10, /* nested_scopes */
  KNOWN = FUTURES | OBSOLETE | COMPILE_SOURCE_IS_UTF8 | COMPILE_DONT_IMPLY_DEDENT |
          COMPILE_ONLY_AST | COMPILE_IGNORE_COOKIE | COMPILE_TYPE_COMMENTS |
          COMPILE_TOP_LEVEL_AWAIT | COMPILE_INCOMPLETE_INPUT,
};

/* ---- Syntax errors ---- */

static struct object *place(int32_t value) {
  return value == SYNTAX_ERROR_NOT_TOLD ? hold(NONE) : int_from_i64(value);
}

/* Leaves the pending exception nothing but the message for its `args`. */
static void keep_message(struct object *message) {
  struct object *exception = error_fetch(), *args = tuple_pack(1, message);
  if (args) {
    store(exception, &((struct exception_plain *)exception)->args, args);
    error_restore_taking(exception);
  } else
    drop(exception);
}

void builtins_raise_syntax_error(struct syntax_error *error, struct object *filename) {
  static const enum error_kind kinds[] = {[SYNTAX_ERROR] = ERROR_SYNTAX,
                                          [SYNTAX_ERROR_INDENTATION] = ERROR_INDENTATION,
                                          [SYNTAX_ERROR_TAB] = ERROR_TAB,
                                          [SYNTAX_ERROR_VALUE] = ERROR_VALUE};
  if (error->kind == SYNTAX_ERROR_NONE)
    return;
  struct object *type = &exception_type(kinds[error->kind])->head;
  if (error->kind == SYNTAX_ERROR_VALUE || error->lineno == SYNTAX_ERROR_NOT_TOLD)
    error_set_object(type, error->message);
  else {
    const int32_t numbers[] = {error->lineno, error->offset, error->end_lineno, error->end_offset};
    struct object *o[4] = {NULL}, *where = NULL, *args = NULL;
    bool complete = true;
    for (size_t i = 0; i < ARRAY_SIZE(o); i++)
      complete = complete && (o[i] = place(numbers[i]));
    if (complete)
      where = tuple_pack(error->args == SYNTAX_ERROR_ARGS_NO_END ? 4 : 6, filename, o[0], o[1],
                         error->text ? error->text : NONE, o[2], o[3]);
    if (where && (args = tuple_pack(2, error->message, where)))
      error_set_object(type, args);
    if (args && error->args == SYNTAX_ERROR_ARGS_MESSAGE && error_matches(ERROR_SYNTAX))
      keep_message(error->message);
    drop_null(args);
    drop_null(where);
    for (size_t i = 0; i < ARRAY_SIZE(o); i++)
      drop_null(o[i]);
  }
  syntax_error_clear(error);
}

/* ---- Warnings of the parser and compiler ---- */

static int warn(void *context, enum parse_warning warning, const char *message, int32_t line) {
  if (!builtins_warn_explicit)
    return 0;
  enum error_kind category =
      warning == PARSE_SYNTAX_WARNING ? ERROR_SYNTAX_WARNING : ERROR_DEPRECATION_WARNING;
  if (builtins_warn_explicit(category, message, context, line) >= 0)
    return 0;
  /* A warning that is an error by the user's filters is a syntax error to him. */
  return error_matches(category) ? (error_clear(), 1) : -1;
}

/* The compiler, which has no text any more, shows the line of the file, if there is such a file;
 * what the parser of a program shows of it then ends in its newline. */
static void show_line(struct syntax_error *error, struct object *filename) {
  if (error->kind == SYNTAX_ERROR_NONE || (error->text && !error->shows_line) || error->lineno < 1)
    return;
  struct object *line = traceback_source_line(filename, error->lineno);
  struct object *text = line ? str_format("%U\n", line) : NULL;
  drop_null(line);
  error_clear(); /* then the error is without it */
  if (text) {
    drop_null(error->text);
    error->text = text;
  }
}

/* ---- Source ---- */

static struct object *compile_parsed(struct tree *tree, struct object *filename, unsigned flags,
                                     int optimize, struct syntax_error *error) {
  const struct compile_options options = {
      .filename = filename,
      .optimize = optimize < 0 ? builtins_optimize : optimize,
      .flags = flags & (FUTURES | COMPILE_TOP_LEVEL_AWAIT),
      .warn = warn,
      .warn_context = filename,
  };
  struct object *code = compile_tree(tree, &options, error);
  if (!code)
    show_line(error, filename);
  return code;
}

int builtins_parse(const char *bytes, size_t n, struct object *filename, enum parse_mode mode,
                   unsigned flags, unsigned feature_limit, struct tree *tree,
                   struct syntax_error *error) {
  *error = (struct syntax_error){0};
  struct object *name = str_encode_utf8(filename);
  if (!name)
    return -1;
  const struct parse_options options = {
      .mode = mode,
      .flags = (flags & (COMPILE_SOURCE_IS_UTF8 | COMPILE_IGNORE_COOKIE) ? PARSE_UTF8 : 0) |
               (flags & COMPILE_INCOMPLETE_INPUT ? PARSE_INCOMPLETE : 0) |
               (flags & COMPILE_DONT_IMPLY_DEDENT ? PARSE_NO_DEDENT : 0) |
               (flags & CODE_FUTURE_BARRY_AS_BDFL ? PARSE_BARRY : 0) |
               (flags & COMPILE_TYPE_COMMENTS ? PARSE_TYPE_COMMENTS : 0) |
               (flags & COMPILE_PROGRAM_FILE ? PARSE_FILE : 0),
      .feature_limit = feature_limit,
      .filename = (const char *)bytes_data(name),
      .warn = flags & COMPILE_NO_WARNINGS ? NULL : warn,
      .warn_context = filename,
      .name_to_code_point = builtins_name_to_code_point,
  };
  int status = parse_source(bytes, n, &options, tree, error);
  drop(name);
  return status;
}

static struct object *compile_bytes(const char *bytes, size_t n, struct object *filename,
                                    enum parse_mode mode, unsigned flags, unsigned feature_limit,
                                    int optimize) {
  struct syntax_error error;
  struct tree tree = {0};
  struct object *result = NULL;
  if (builtins_parse(bytes, n, filename, mode, flags, feature_limit, &tree, &error) == 0) {
    root_push(&tree.objects, 1);
    if (flags & COMPILE_ONLY_AST)
      result = ast_from_tree(&tree);
    else
      result = compile_parsed(&tree, filename, flags, optimize, &error);
    root_pop(&tree.objects);
    tree_free(&tree);
  } else
    show_line(&error, filename);
  if (!result)
    builtins_raise_syntax_error(&error, filename);
  return result;
}

struct object *builtins_compile_bytes(const char *bytes, size_t n, struct object *filename,
                                      enum parse_mode mode, unsigned flags, int optimize) {
  return compile_bytes(bytes, n, filename, mode, flags, 0, optimize);
}

int builtins_source_open(struct builtins_source *s, struct object *o, const char *function,
                         const char *what, unsigned *flags) {
  *s = (struct builtins_source){0};
  if (is_any_str(o)) {
    struct object *name = str_intern("encode"), *encoding = str_intern("utf-8");
    *flags |= COMPILE_IGNORE_COOKIE;
    if (!name || !encoding)
      return -1;
    s->encoded = str_is_ascii(o) ? str_encode_utf8(o)
                                 : call_method_one(o, name, encoding); /* surrogates are errors */
    if (!s->encoded)
      return -1;
    s->bytes = (const char *)bytes_data(s->encoded);
    s->n = bytes_length(s->encoded);
  } else if (is_any_bytes(o)) {
    s->encoded = hold(o);
    s->bytes = (const char *)bytes_data(o);
    s->n = bytes_length(o);
  } else if (has_buffer(o)) {
    if (buffer_get(o, &s->view, BUFFER_SIMPLE) < 0)
      return -1;
    s->bytes = s->view.data;
    s->n = (size_t)s->view.bytes;
  } else {
    error_format(ERROR_TYPE, "%s() arg 1 must be a %s object", function, what);
    return -1;
  }
  if (memchr(s->bytes, 0, s->n)) {
    error_set(ERROR_VALUE, "source code string cannot contain null bytes");
    drop_null(s->encoded);
    if (s->view.object)
      buffer_release(&s->view);
    return -1;
  }
  return 0;
}
void builtins_source_close(struct builtins_source *s) {
  drop_null(s->encoded);
  if (s->view.object)
    buffer_release(&s->view);
}

/* The future features of the code that runs apply to what it compiles. */
static unsigned inherited_flags(void) {
  struct object *code = vm_code_borrowed();
  return code ? ((struct code *)code)->flags & FUTURES : 0;
}

struct object *builtins_read_filename(struct object *o) {
  if (is_str(o))
    return hold(o);
  if (is_any_bytes(o))
    return str_decode_filename((const char *)bytes_data(o), bytes_length(o));
  if (is_any_str(o))
    return str_copy_exactly(o);
  if (has_buffer(o)) {
    struct buffer_view view;
    if (warning_format(ERROR_DEPRECATION_WARNING, 1,
                       "path should be string, bytes, or os.PathLike, not %N", o) < 0 ||
        buffer_get(o, &view, BUFFER_SIMPLE) < 0)
      return NULL;
    struct object *text = str_decode_filename(view.data, (size_t)view.bytes);
    buffer_release(&view);
    return text;
  }
  struct object *name = str_intern("__fspath__");
  struct object *path = name ? call_special(name, &o, 1) : NULL;
  if (!path)
    return error_pending() != ERROR_NONE
               ? NULL
               : error_format(ERROR_TYPE, "expected str, bytes or os.PathLike object, not %N", o);
  struct object *text = is_any_str(path) || is_any_bytes(path)
                            ? builtins_read_filename(path)
                            : error_format(ERROR_TYPE,
                                           "expected %N.__fspath__() to return str or bytes, not "
                                           "%N",
                                           o, path);
  drop(path);
  return text;
}

static struct object *compile_ast(struct object *ast, struct object *filename, enum parse_mode mode,
                                  unsigned flags, int optimize) {
  if (flags & COMPILE_ONLY_AST)
    return hold(ast);
  struct tree tree = {0};
  if (ast_to_tree(ast, mode, &tree) < 0)
    return NULL;
  struct syntax_error error = {0};
  root_push(&tree.objects, 1);
  struct object *code = compile_parsed(&tree, filename, flags, optimize, &error);
  root_pop(&tree.objects);
  tree_free(&tree);
  if (!code)
    builtins_raise_syntax_error(&error, filename);
  return code;
}

static bool audit_text(const char *bytes, size_t n, struct object *filename) {
  return AUDIT_FAILS("compile", tuple_pack_taking(2, bytes_from(bytes, n), hold(filename)));
}

static struct object *compile(struct object *self, struct object *const *args, size_t n,
                              struct object *kwnames) {
  enum { SOURCE, FILENAME, MODE, FLAGS, DONT_INHERIT, OPTIMIZE, FEATURE_VERSION, ARGUMENTS_N };
  static const char *const names[] = {
      "source", "filename", "mode", "flags", "dont_inherit", "optimize", "_feature_version"};
  static const struct args_spec spec = {"compile", names, ARGUMENTS_N, 0, FEATURE_VERSION, 3};
  struct object *v[ARGUMENTS_N];
  int64_t flags_given = 0, optimize = -1, feature_version = -1;
  if (args_parse(&spec, args, n, kwnames, v) < 0)
    return NULL;
  if (!is_any_str(v[MODE]))
    return args_wrong_type("compile", "argument 'mode'", "str", v[MODE]);
  if ((v[FLAGS] && number_to_i64(v[FLAGS], &flags_given, ERROR_OVERFLOW) < 0) ||
      (v[OPTIMIZE] && number_to_i64(v[OPTIMIZE], &optimize, ERROR_OVERFLOW) < 0) ||
      (v[FEATURE_VERSION] &&
       number_to_i64(v[FEATURE_VERSION], &feature_version, ERROR_OVERFLOW) < 0))
    return NULL;
  if (flags_given & ~(int64_t)KNOWN)
    return error_format(ERROR_VALUE, "compile(): unrecognised flags");
  if (optimize < -1 || optimize > 2)
    return error_format(ERROR_VALUE, "compile(): invalid optimize value");
  unsigned flags = (unsigned)flags_given;
  int alone = v[DONT_INHERIT] ? object_truth(v[DONT_INHERIT]) : 0;
  if (alone < 0)
    return NULL;
  if (!alone)
    flags |= inherited_flags();
  static const char *const modes[] = {[PARSE_EXEC] = "exec",
                                      [PARSE_EVAL] = "eval",
                                      [PARSE_SINGLE] = "single",
                                      [PARSE_FUNC_TYPE] = "func_type"};
  int mode = -1;
  for (int i = 0; i < (int)ARRAY_SIZE(modes); i++) {
    struct object *each = str_intern(modes[i]);
    if (!each)
      return NULL;
    if (str_same_text(v[MODE], each))
      mode = i;
  }
  if (mode == PARSE_FUNC_TYPE && !(flags & COMPILE_ONLY_AST))
    return error_format(ERROR_VALUE, "compile() mode 'func_type' requires flag PyCF_ONLY_AST");
  if (mode < 0)
    return error_format(ERROR_VALUE, flags & COMPILE_ONLY_AST
                                         ? "compile() mode must be 'exec', 'eval', 'single' or "
                                           "'func_type'"
                                         : "compile() mode must be 'exec', 'eval' or 'single'");
  struct object *filename = builtins_read_filename(v[FILENAME]);
  if (!filename)
    return NULL;
  struct object *result = NULL;
  struct builtins_source source;
  if (ast_is_node(v[SOURCE]))
    result = compile_ast(v[SOURCE], filename, (enum parse_mode)mode, flags, (int)optimize);
  else if (builtins_source_open(&source, v[SOURCE], "compile", "string, bytes or AST", &flags) ==
           0) {
    bool refused = audit_text(source.bytes, source.n, filename);
    bool is_limited = feature_version >= 0 && feature_version < 1000 && (flags & COMPILE_ONLY_AST);
    if (!refused)
      result = compile_bytes(source.bytes, source.n, filename, (enum parse_mode)mode, flags,
                             is_limited ? (unsigned)feature_version + 1 : 0, (int)optimize);
    builtins_source_close(&source);
  }
  drop(filename);
  return result;
}

/* ---- eval and exec ---- */

/* Both dicts with their defaults; borrowed, but *own_locals is to be dropped. */
static int scopes(const char *function, struct object **globals, struct object **locals,
                  struct object **own_locals) {
  *own_locals = NULL;
  if (*globals == NONE)
    *globals = NULL;
  if (*locals == NONE)
    *locals = NULL;
  if (*globals && !is_any_dict(*globals)) {
    if (!strcmp(function, "exec"))
      error_format(ERROR_TYPE, "exec() globals must be a dict, not %N", *globals);
    else
      error_set(ERROR_TYPE, is_mapping(*globals)
                                ? "globals must be a real dict; try eval(code, {}, mapping)"
                                : "globals must be a dict");
    return -1;
  }
  if (*locals && !is_mapping(*locals)) {
    if (!strcmp(function, "exec"))
      error_format(ERROR_TYPE, "locals must be a mapping or None, not %N", *locals);
    else
      error_set(ERROR_TYPE, "locals must be a mapping");
    return -1;
  }
  if (!*globals) {
    *globals = vm_globals_borrowed();
    if (!*globals) {
      error_set(ERROR_TYPE, "eval must be given globals and locals when called without a frame");
      return -1;
    }
    if (!*locals && !(*locals = *own_locals = vm_locals()))
      return -1;
  } else if (!*locals)
    *locals = *globals;
  return 0;
}

static struct object *run_text(struct object *text, const char *function, enum parse_mode mode,
                               struct object *globals, struct object *locals) {
  struct object *filename = str_intern("<string>");
  unsigned flags = inherited_flags();
  struct builtins_source source;
  if (!filename ||
      builtins_source_open(&source, text, function, "string, bytes or code", &flags) < 0)
    return NULL;
  const char *bytes = source.bytes;
  size_t n = source.n;
  if (mode == PARSE_EVAL) /* leading blanks are no indentation here */
    while (n && (*bytes == ' ' || *bytes == '\t'))
      bytes++, n--;
  bool refused = audit_text(bytes, n, filename);
  struct object *code =
      refused ? NULL : builtins_compile_bytes(bytes, n, filename, mode, flags, -1);
  builtins_source_close(&source);
  refused = code && AUDIT_FAILS("exec", tuple_pack(1, code));
  struct object *result = code && !refused ? vm_run_code(code, globals, locals) : NULL;
  drop_null(code);
  return result;
}

static struct object *eval(struct object *self, struct object *const *args, size_t n) {
  if (args_check_count("eval", n, 1, 3) < 0)
    return NULL;
  struct object *globals = n > 1 ? args[1] : NONE, *locals = n > 2 ? args[2] : NONE, *own;
  if (scopes("eval", &globals, &locals, &own) < 0)
    return NULL;
  struct object *result = NULL;
  if (!is_code(args[0]))
    result = run_text(args[0], "eval", PARSE_EVAL, globals, locals);
  else if (((struct code *)args[0])->nfreevars)
    error_set(ERROR_TYPE, "code object passed to eval() may not contain free variables");
  else if (!AUDIT_FAILS("exec", tuple_pack(1, args[0])))
    result = vm_run_code(args[0], globals, locals);
  drop_null(own);
  return result;
}

static bool is_closure_of(struct object *closure, const struct code *code) {
  if (!closure || !is_tuple(closure) || tuple_length(closure) != (size_t)code->nfreevars)
    return false;
  for (size_t i = 0; i < tuple_length(closure); i++)
    if (!is_cell(tuple_get_borrowed(closure, i)))
      return false;
  return true;
}

static struct object *exec(struct object *self, struct object *const *args, size_t n,
                           struct object *kwnames) {
  static const char *const names[] = {"", "", "", "closure"};
  static const struct args_spec spec = {"exec", names, 4, 3, 3, 1};
  struct object *v[4];
  if (args_parse(&spec, args, n, kwnames, v) < 0)
    return NULL;
  struct object *globals = v[1] ? v[1] : NONE, *locals = v[2] ? v[2] : NONE, *own;
  struct object *closure = v[3] == NONE ? NULL : v[3];
  if (scopes("exec", &globals, &locals, &own) < 0)
    return NULL;
  struct object *result = NULL;
  if (!is_code(v[0])) {
    if (closure)
      error_set(ERROR_TYPE, "closure argument can only be used when source is a code object");
    else
      result = run_text(v[0], "exec", PARSE_EXEC, globals, locals);
  } else {
    struct code *code = (struct code *)v[0];
    if (code->nfreevars == 0 && closure)
      error_set(ERROR_TYPE, "cannot use a closure with this code object");
    else if (code->nfreevars && !is_closure_of(closure, code))
      error_format(ERROR_TYPE, "code object requires a closure of exactly length %zu",
                   (size_t)code->nfreevars);
    else if (!AUDIT_FAILS("exec", tuple_pack(1, v[0])))
      result = vm_run_code_in(v[0], globals, locals, closure);
  }
  drop_null(own);
  if (!result)
    return NULL;
  drop(result);
  return hold(NONE);
}

const struct method_def builtins_compile_functions[] = {
    METHOD_KEYWORDS_("compile", compile,
                     "($module, /, source, filename, mode, flags=0,\n        dont_inherit=False, "
                     "optimize=-1, *, _feature_version=-1)\n--\n\nCompile source into a code "
                     "object that can be executed by exec() or eval()."),
    METHOD_FAST_("eval", eval,
                 "($module, source, globals=None, locals=None, /)\n--\n\nEvaluate the given "
                 "source in the context of globals and locals."),
    METHOD_KEYWORDS_("exec", exec,
                     "($module, source, globals=None, locals=None, /, *, closure=None)\n--\n\n"
                     "Execute the given source in the context of globals and locals."),
    {NULL}};
