/* sys.unraisablehook, sys.breakpointhook: what happens with errors that nobody can catch, and where
 * breakpoint() leads. */
#include "runtime/modules/sys_hooks.h"
#include "runtime/modules/import/import.h"
#include "runtime/modules/sys.h"
#include "runtime/modules/traceback.h"
#include "runtime/modules/warnings/warnings.h"
#include "runtime/object/attribute.h"
#include "runtime/object/audit.h"
#include "runtime/object/bytes.h"
#include "runtime/object/exception.h"
#include "runtime/object/model.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/struct_sequence.h"
#include "runtime/object/tuple.h"
#include "runtime/vm/frame.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Errors nobody can catch ---- */

enum { ARGS_TYPE, ARGS_VALUE, ARGS_TRACEBACK, ARGS_MESSAGE, ARGS_OBJECT, ARGS_N };
static struct struct_sequence_type args_type = STRUCT_SEQUENCE_TYPE;
static const struct struct_sequence_field args_fields[] = {
    {"exc_type", "Exception type"},
    {"exc_value", "Exception value"},
    {"exc_traceback", "Exception traceback"},
    {"err_msg", "Error message"},
    {"object", "Object causing the exception"},
    {NULL, NULL}};
static const struct struct_sequence_def args_def = {
    .name = "UnraisableHookArgs",
    .doc = "UnraisableHookArgs\n\nType used to pass arguments to sys.unraisablehook.",
    .fields = args_fields,
    .sequence_n = ARGS_N};

static void print_unraisable(struct object *exception, struct object *message, struct object *where,
                             struct object *file) {
  struct object *head = NULL;
  if (where && where != NONE) {
    struct object *shown = object_repr(where);
    error_clear();
    if (message && message != NONE)
      head = shown ? str_format("%S: %U\n", message, shown)
                   : str_format("%S: <object repr() failed>\n", message);
    else
      head = shown ? str_format("Exception ignored in: %U\n", shown)
                   : str_from_ascii("Exception ignored in: <object repr() failed>\n");
    drop_null(shown);
  } else if (message && message != NONE)
    head = str_format("%S:\n", message);
  if (head && traceback_write(head, file) < 0)
    error_clear();
  drop_null(head);
  traceback_print_alone(exception, file);
  error_clear();
  struct object *done = file ? call_method_none(file, NAME(plain_flush)) : NULL;
  drop_null(done);
  error_clear();
}

static struct object *unraisablehook(struct object *self, struct object *args) {
  if (type_of(args) != &args_type.type)
    return error_format(ERROR_TYPE, "sys.unraisablehook argument type must be UnraisableHookArgs");
  struct object *file = sys_get_borrowed("stderr");
  struct object *value = struct_sequence_get_borrowed(args, ARGS_VALUE);
  if (file && file != NONE && value && is_exception(value))
    print_unraisable(value, struct_sequence_get_borrowed(args, ARGS_MESSAGE),
                     struct_sequence_get_borrowed(args, ARGS_OBJECT), file);
  return hold(NONE);
}

/* An exception made in C has come nowhere yet: it is where the program is. */
static void add_place(struct object *exception) {
  struct frame *f = vm_stack.top;
  if (exception_traceback_borrowed(exception) || !f)
    return;
  struct object *frame = frame_object_borrowed(f);
  struct object *traceback =
      frame ? traceback_new(NULL, frame, frame_last_instruction(f), TRACEBACK_UNRESOLVED) : NULL;
  if (traceback)
    exception_set_traceback(exception, traceback);
  drop_null(traceback);
  error_clear();
}

/* For error_report and its like. */
static void report(struct object *exception, const char *message, struct object *where) {
  add_place(exception);
  struct object *hook = sys_get_borrowed("unraisablehook");
  struct object *text = message ? str_format("Exception ignored in %s", message) : hold(NONE);
  struct object *traceback = exception_traceback_borrowed(exception);
  struct object *const values[] = {hold(&type_of(exception)->head), hold(exception),
                                   hold(traceback ? traceback : NONE), text ? hold(text) : NULL,
                                   hold(where ? where : NONE)};
  struct object *args = struct_sequence_from_taking(&args_type, values, ARGS_N);
  struct object *done = NULL;
  if (hook && hook != NONE && args) {
    hold(hook);
    done =
        AUDIT_FAILS("sys.unraisablehook", tuple_pack(2, hook, args)) ? NULL : call_one(hook, args);
    drop(hook);
  }
  if (!done) {
    error_clear();
    struct object *file = sys_get_borrowed("stderr");
    if (file != NONE) /* None: nobody is to be told, as at the end of the program */
      print_unraisable(exception, text, where, file);
  }
  drop_null(done);
  drop_null(args);
  drop_null(text);
}

/* ---- breakpoint() ---- */

/* PYTHONBREAKPOINT names a callable: module.function, or one of builtins; 0: nothing is done. */
static struct object *breakpointhook(struct object *self, struct object *const *args, size_t n,
                                     struct object *kwnames) {
  const char *name = sys_environment("PYTHONBREAKPOINT");
  if (!name)
    name = "pdb.set_trace";
  if (!strcmp(name, "0"))
    return hold(NONE);
  const char *dot = strrchr(name, '.');
  char module_name[256] = "builtins";
  if (dot && (size_t)(dot - name) < sizeof module_name) {
    memcpy(module_name, name, (size_t)(dot - name));
    module_name[dot - name] = 0;
  }
  struct object *module = NULL;
  if (dot == name) /* no module is named */
    error_set(ERROR_IMPORT, "%s", name);
  else
    module = import_module(module_name);
  struct object *f = module ? attribute_get_ascii(module, dot ? dot + 1 : name) : NULL;
  drop_null(module);
  if (!f) {
    if (!error_matches(ERROR_IMPORT) && !error_matches(ERROR_ATTRIBUTE))
      return NULL;
    error_clear();
    char message[512];
    snprintf(message, sizeof message, "Ignoring unimportable $PYTHONBREAKPOINT: \"%s\"", name);
    return warning_issue(ERROR_RUNTIME_WARNING, message, 0) < 0 ? NULL : hold(NONE);
  }
  struct object *result = call_object(f, args, n, kwnames);
  drop(f);
  return result;
}

const struct method_def sys_hooks_functions[] = {
    METHOD_ONE_("unraisablehook", unraisablehook,
                "($module, unraisable, /)\n--\n\nHandle an unraisable exception."),
    METHOD_KEYWORDS_("breakpointhook", breakpointhook,
                     "breakpointhook(*args, **kws)\n\nThis hook function is called by built-in "
                     "breakpoint()."),
    {NULL}};

int sys_hooks_open(struct object *module) {
  if (struct_sequence_ready(&args_type, &args_def) < 0 ||
      module_add(module, "UnraisableHookArgs", &args_type.type.head) < 0 ||
      module_add_functions(module, sys_hooks_functions) < 0)
    return -1;
  error_unraisable_hook = report;
  return 0;
}
void sys_hooks_close(void) { error_unraisable_hook = NULL; }
