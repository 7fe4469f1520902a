/* Source text to tree: the entry to lexer and parser, and how syntax errors are told. */
#pragma once
#include "runtime/compile/tree.h"

enum syntax_error_kind {
  SYNTAX_ERROR_NONE,
  SYNTAX_ERROR,
  SYNTAX_ERROR_INDENTATION,
  SYNTAX_ERROR_TAB,
  SYNTAX_ERROR_VALUE, /* a ValueError: a source with null bytes; it has no place */
};

/* What becomes a SyntaxError. Lines and offsets are as Python shows them: from 1, offsets in
 * characters; 0 where there is none. All objects are owned: see syntax_error_clear. Like a tree it
 * must live on the C stack, or its objects be registered as roots. */
#define SYNTAX_ERROR_NOT_TOLD INT32_MIN /* a place that is None */
struct syntax_error {
  enum syntax_error_kind kind;
  struct object *message; /* str */
  struct object *text;    /* str: the line, with its newline; NULL: not known (None) */
  int32_t lineno, offset, end_lineno, end_offset;
  bool shows_line; /* of the file, where there is such a file, rather than of the text read */
  /* How much of this the exception has in its `args` too; its attributes have all. */
  enum { SYNTAX_ERROR_ARGS_ALL, SYNTAX_ERROR_ARGS_NO_END, SYNTAX_ERROR_ARGS_MESSAGE } args;
};

/* Fills in an error (unless one is there already) and returns -1; text may be NULL and is taken.
 * When memory is exhausted on the way, ERROR_MEMORY is pending instead and kind stays NONE. The
 * format is printf's; the result must be UTF-8. */
int syntax_error_set(struct syntax_error *error, enum syntax_error_kind kind, int32_t lineno,
                     int32_t offset, int32_t end_lineno, int32_t end_offset, struct object *text,
                     const char *format, ...) __attribute__((format(printf, 8, 9), cold));
void syntax_error_clear(struct syntax_error *error); /* drops what it owns; kind becomes NONE */
const char *syntax_error_name(enum syntax_error_kind kind); /* as Python names the exception */

enum parse_mode { PARSE_EXEC, PARSE_EVAL, PARSE_SINGLE, PARSE_FUNC_TYPE };

enum parse_flags {
  PARSE_UTF8 = 1 << 0,          /* the source was a str: UTF-8 whatever a cookie says (no BOM) */
  PARSE_INCOMPLETE = 1 << 1,    /* an error at the end of input is "incomplete input" */
  PARSE_NO_DEDENT = 1 << 2,     /* an indented block needs its dedent (interactive input) */
  PARSE_BARRY = 1 << 3,         /* from __future__ import barry_as_FLUFL: <> instead of != */
  PARSE_TYPE_COMMENTS = 1 << 4, /* "# type: ..." is read into the tree */
  PARSE_FILE = 1 << 5,          /* a program's file, which is read line by line: see source.c */
};

enum parse_warning { PARSE_DEPRECATION_WARNING, PARSE_SYNTAX_WARNING };

struct parse_options {
  enum parse_mode mode;
  unsigned flags;         /* enum parse_flags */
  unsigned feature_limit; /* only syntax that Python 3.(feature_limit - 1) had; 0: all there is */
  const char *filename;   /* for messages; may be NULL */
  /* Called for each warning. 0: go on; 1: the warning is to be an error, so a SyntaxError of that
   * message; -1: an error is pending. NULL: warnings are dropped. */
  int (*warn)(void *context, enum parse_warning warning, const char *message, int32_t lineno);
  void *warn_context;
  /* The code point of a Unicode name or alias, -1: none. NULL: \N{...} is an error. */
  int32_t (*name_to_code_point)(const char *name, size_t n);
};

/* A line of a source, by number and without its end, decoded as the source says. NULL where it
 * can't be had, without an error unless memory is exhausted. */
struct object *source_line(const char *bytes, size_t n, int32_t line);

/* Parses n bytes (need not end in NUL or newline). 0: tree is filled and the caller's to free.
 * -1: tree is empty, and either error->kind says that it is no Python, or (kind NONE) an error is
 * pending: ERROR_MEMORY (also for nesting beyond PARSE_DEPTH_MAX, as in CPython), ERROR_VALUE.
 * `error` need not be initialised. Runs in C stack bounded by PARSE_DEPTH_MAX; trees can be deeper
 * to the left (a+a+a..., a.b.c..., elif): whoever walks them recursively must guard against depth.
 */
int parse_source(const char *bytes, size_t n, const struct parse_options *options,
                 struct tree *tree, struct syntax_error *error);
enum { PARSE_DEPTH_MAX = 6000 };
