/* The module builtins: what its files share, and what main programs ask of them. */
#pragma once
#include "runtime/compile/parse.h"
#include "runtime/modules/module.h"
#include "runtime/object/protocol.h"

/* Rows of the module's table, by subject. */
extern const struct method_def builtins_iterate_functions[], builtins_compile_functions[],
    builtins_print_functions[], builtins_class_functions[];

/* compile()'s flags beyond those of __future__. */
enum compile_flags {
  COMPILE_SOURCE_IS_UTF8 = 0x100,
  COMPILE_DONT_IMPLY_DEDENT = 0x200,
  COMPILE_ONLY_AST = 0x400,
  COMPILE_IGNORE_COOKIE = 0x800,
  COMPILE_TYPE_COMMENTS = 0x1000,
  COMPILE_TOP_LEVEL_AWAIT = 0x2000,
  COMPILE_INCOMPLETE_INPUT = 0x4000,
  COMPILE_PROGRAM_FILE = 0x8000, /* not for compile() itself: see PARSE_FILE */
  COMPILE_NO_WARNINGS = 1 << 30, /* the parser's are dropped; not for compile() */
};
/* n bytes of source to a code object, with errors as SyntaxError. `filename` is a str. optimize -1:
 * as the interpreter was started. */
struct object *builtins_compile_bytes(const char *bytes, size_t n, struct object *filename,
                                      enum parse_mode mode, unsigned flags, int optimize);
/* The same up to the tree: as parse_source; feature_limit: as parse_options. */
int builtins_parse(const char *bytes, size_t n, struct object *filename, enum parse_mode mode,
                   unsigned flags, unsigned feature_limit, struct tree *tree,
                   struct syntax_error *error);
/* The bytes of source that is a str, bytes or a buffer; what it is not is told of as an argument of
 * `function`, which wants "a WHAT object". -1 with an error. */
struct builtins_source {
  const char *bytes;
  size_t n;
  struct object *encoded; /* owned; NULL: view */
  struct buffer_view view;
};
int builtins_source_open(struct builtins_source *s, struct object *o, const char *function,
                         const char *what, unsigned *flags);
void builtins_source_close(struct builtins_source *s);
/* A file name as compile() takes it: str, bytes or path-like; a new str. */
struct object *builtins_read_filename(struct object *o);
/* Raises what a struct syntax_error says, which is cleared; nothing to do if an error is pending.
 */
void builtins_raise_syntax_error(struct syntax_error *error, struct object *filename);
extern int builtins_optimize; /* -O: 1, -OO: 2 */
/* The code point of \N{name}: set by whoever has the names. */
extern int32_t (*builtins_name_to_code_point)(const char *name, size_t n);
/* Issues a warning of a category at a place in a file (compile's SyntaxWarning): set by the module
 * _warnings. -1: it is an exception now. */
extern int (*builtins_warn_explicit)(enum error_kind category, const char *message,
                                     struct object *filename, int32_t line);
