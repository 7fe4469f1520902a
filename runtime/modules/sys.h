/* The module sys: what C code asks of it, and what the main program tells it. */
#pragma once
#include "runtime/modules/module.h"

/* An attribute of sys, borrowed; NULL without an error when there is none (or no sys). */
struct object *sys_get_borrowed(const char *name);
int sys_set(const char *name, struct object *value);
struct object *sys_modules_borrowed(void); /* the imported modules: a dict; NULL: no sys yet */
struct object *sys_modules(void);          /* the same, made if need be: a new reference */
/* What sys.exc_info says of a handled exception; NULL: of none. A new reference. */
struct object *sys_exc_info_of(struct object *exception);
extern struct object *sys_module; /* the module object, a root; NULL: not made yet */

extern const struct method_def audit_functions[]; /* audit.c: sys.audit, sys.addaudithook */
void audit_close(void);
extern bool sys_is_finalizing;

/* How the program was started: sys.flags, sys.argv and their like. Set before sys is made. */
struct sys_start {
  int debug, inspect, interactive, optimize, dont_write_bytecode, no_user_site, no_site,
      ignore_environment, verbose, bytes_warning, quiet, isolated, dev_mode, utf8_mode, safe_path,
      warn_default_encoding;
  int64_t int_max_str_digits;
  int hash_randomization;
  const char *executable, *program; /* full path; argv[0] */
  char **arguments;                 /* all of the command line */
  int arguments_n;
  const char *check_hash_based_pycs; /* NULL: "default" */
  const char *library;               /* folder of the standard library; NULL: none was found */
};
extern struct sys_start sys_start;
/* A variable of the environment whose name begins with PYTHON: NULL if it is not set or empty, or
 * is not to be looked at (-E). */
const char *sys_environment(const char *name);
#define SYS_VERSION "3.11.2 (ouroboros)"

/* Prints an exception as the interpreter does at the end: sys.excepthook, or what it does by
 * default. Takes the exception. SystemExit is not treated apart. */
void sys_print_exception_taking(struct object *exception);
/* The default of sys.excepthook, sys.unraisablehook: traceback.c. */
/* Text on a stream of Python, or on the standard error of C where file is NULL. */
int traceback_write(struct object *text, struct object *file);
int traceback_write_text(const char *ascii, struct object *file);
int traceback_print(struct object *exception, struct object *file);
