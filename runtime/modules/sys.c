/* The module sys: functions. What it says about the machine and the program: sys_facts.c. */
#include "runtime/modules/sys.h"
#include "runtime/modules/sys_facts.h"
#include "runtime/modules/sys_hooks.h"
#include "runtime/modules/sys_threads.h"
#include "runtime/object/attribute.h"
#include "runtime/object/audit.h"
#include "runtime/object/bytes.h"
#include "runtime/object/codec.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/model.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include "runtime/vm/frame.h"
#include "runtime/vm/vm.h"
#include <stdio.h>

struct object *sys_module;

struct object *sys_get_borrowed(const char *name) {
  struct object *key = sys_module ? str_intern(name) : NULL;
  return key ? dict_get_borrowed(module_dict_borrowed(sys_module), key) : NULL;
}
int sys_set(const char *name, struct object *value) { return module_add(sys_module, name, value); }
/* What stands in sys.modules at first: importing goes on with it when the program puts something
 * else there. */
static struct object *modules;
struct object *sys_modules_borrowed(void) {
  return modules;
}
struct object *sys_modules(void) {
  if (!modules && module_root(&modules) == 0)
    modules = dict_new();
  return modules ? hold(modules) : NULL;
}

/* ---- Exceptions ---- */

struct object *sys_exc_info_of(struct object *e) {
  if (!e)
    return tuple_pack(3, NONE, NONE, NONE);
  struct object *traceback = exception_traceback_borrowed(e);
  return tuple_pack(3, &type_of(e)->head, e, traceback ? traceback : NONE);
}
static struct object *exc_info(struct object *self) {
  return sys_exc_info_of(error_handled_borrowed());
}
static struct object *exception(struct object *self) {
  struct object *e = error_handled_borrowed();
  return hold(e ? e : NONE);
}
static struct object *exit_(struct object *self, struct object *const *args, size_t n) {
  if (args_check_count("exit", n, 0, 1) < 0)
    return NULL;
  error_set_object(&exception_type(ERROR_SYSTEM_EXIT)->head, n ? args[0] : NULL);
  return NULL;
}

/* Without memory for more its name is shown. */
static void print_exception(struct object *e, struct object *file) {
  if (traceback_print(e, file) < 0 && error_pending() == ERROR_MEMORY) {
    fprintf(stderr, "%s\n", type_of(e)->name);
    fflush(stderr);
  }
  error_clear();
}

static struct object *excepthook(struct object *self, struct object *const *args, size_t n) {
  if (args_check_count("excepthook", n, 3, 3) < 0)
    return NULL;
  struct object *file = sys_get_borrowed("stderr");
  if (is_exception(args[1])) {
    if (args[2] != NONE && !exception_traceback_borrowed(args[1]))
      exception_set_traceback(args[1], args[2]);
    if (file != NONE)
      print_exception(args[1], file);
  } else if (file && file != NONE) {
    struct object *text = str_format(
        "TypeError: print_exception(): Exception expected for value, %N found\n", args[1]);
    struct object *done = text ? call_method_one(file, NAME(plain_write), text) : NULL;
    drop_null(done);
    drop_null(text);
    error_clear();
  }
  return hold(NONE);
}

void sys_print_exception_taking(struct object *e) {
  enum { BYTES_TO_REPORT = 1 << 20 };
  if (object_is_instance(e, exception_type(ERROR_MEMORY)))
    gc_raise_limit(BYTES_TO_REPORT);
  struct object *hook = sys_get_borrowed("excepthook");
  struct object *traceback = exception_traceback_borrowed(e);
  struct object *const args[] = {&type_of(e)->head, e, traceback ? traceback : NONE};
  struct object *done = NULL;
  if (hook) {
    hold(hook);
    if (AUDIT_FAILS("sys.excepthook", tuple_pack(4, hook, args[0], args[1], args[2]))) {
      if (error_clear_if(ERROR_RUNTIME))
        done = hold(NONE); /* so a hook keeps it from being shown */
      else
        error_report("audit hook");
    }
    if (!done)
      done = call_object(hook, args, 3, NULL);
    drop(hook);
  }
  if (!done) {
    struct object *file = sys_get_borrowed("stderr"), *second = error_fetch();
    if (!hook && file != NONE)
      traceback_write_text("sys.excepthook is missing\n", file);
    if (second && file != NONE) {
      traceback_write_text("Error in sys.excepthook:\n", file);
      traceback_print(second, file);
      traceback_write_text("\nOriginal exception was:\n", file);
    }
    drop_null(second);
    if (file != NONE)
      print_exception(e, file);
    error_clear();
  }
  drop_null(done);
  drop(e);
}

/* What the stream can't show is escaped, the rest stays. */
static int write_escaped(struct object *text, struct object *file) {
  struct object *encoding = attribute_get_ascii(file, "encoding"), *buffer = NULL, *done = NULL;
  if (encoding && !is_any_str(encoding))
    args_wrong_type("displayhook", "stdout.encoding", "str", encoding);
  struct object *utf8 = encoding && is_any_str(encoding) ? str_encode_utf8(encoding) : NULL;
  const char *name = utf8 ? (const char *)bytes_data(utf8) : NULL;
  struct object *bytes = name ? codec_encode(text, name, "backslashreplace") : NULL;
  struct object *key = bytes ? str_intern("buffer") : NULL;
  int found = key ? attribute_find(file, key, &buffer) : -1;
  int status = -1;
  if (found > 0) {
    done = call_method_one(buffer, NAME(plain_write), bytes);
    status = done ? 0 : -1;
  } else if (found == 0) {
    done = codec_decode(bytes_data(bytes), bytes_length(bytes), name, NULL);
    status = done ? traceback_write(done, file) : -1;
  }
  drop_null(done);
  drop_null(buffer);
  drop_null(key);
  drop_null(bytes);
  drop_null(utf8);
  drop_null(encoding);
  return status;
}

static struct object *displayhook(struct object *self, struct object *o) {
  struct object *key = str_intern("_");
  if (!key || !vm_builtins)
    return error_format(ERROR_RUNTIME, "lost builtins module");
  if (o == NONE)
    return hold(NONE);
  if (dict_set(vm_builtins, key, NONE) < 0)
    return NULL;
  struct object *file = sys_get_borrowed("stdout");
  if (!file || file == NONE)
    return error_format(ERROR_RUNTIME, "lost sys.stdout");
  hold(file);
  struct object *text = object_repr(o);
  if (text && traceback_write(text, file) < 0 && error_clear_if(ERROR_UNICODE_ENCODE)) {
    int written = write_escaped(text, file);
    drop(text);
    text = written == 0 ? hold(NONE) : NULL;
  }
  struct object *end = text && error_pending() == ERROR_NONE ? str_intern("\n") : NULL;
  bool done = end && traceback_write(end, file) == 0 && dict_set(vm_builtins, key, o) == 0;
  drop_null(text);
  drop(file);
  return done ? hold(NONE) : NULL;
}

/* For vm_display. */
static int display(struct object *value) {
  struct object *hook = sys_get_borrowed("displayhook");
  if (!hook) {
    error_set(ERROR_RUNTIME, "lost sys.displayhook");
    return -1;
  }
  hold(hook);
  struct object *done = call_one(hook, value);
  drop(hook);
  drop_null(done);
  return done ? 0 : -1;
}

/* ---- Objects ---- */

static struct object *getrefcount(struct object *self, struct object *o) {
#if GC_RC
  return int_from_i64((int64_t)o->count + 1); /* with the argument of this call, as documented */
#else
  return int_from_i64(1); /* nobody counts here: the argument is all there is to know */
#endif
}
static struct object *getsizeof(struct object *self, struct object *const *args, size_t n,
                                struct object *kwnames) {
  static const char *const names[] = {"object", "default"};
  static const struct args_spec spec = {"getsizeof", names, 2, 0, 2, 1};
  struct object *v[2];
  if (args_parse(&spec, args, n, kwnames, v) < 0)
    return NULL;
  struct object *name = str_intern("__sizeof__");
  struct object *size = name ? call_special(name, v, 1) : NULL;
  int64_t bytes = 0;
  if (size && number_to_i64(size, &bytes, ERROR_OVERFLOW) == 0 && bytes < 0)
    error_set(ERROR_VALUE, "__sizeof__() should return >= 0");
  drop_null(size);
  if (!size && error_pending() == ERROR_NONE)
    error_format(ERROR_TYPE, "Type %N doesn't define __sizeof__", v[0]);
  if (error_pending() == ERROR_NONE)
    return int_from_i64(bytes);
  if (!v[1] || !error_clear_if(ERROR_TYPE))
    return NULL;
  return hold(v[1]);
}
static struct object *intern(struct object *self, struct object *s) {
  if (!is_any_str(s))
    return args_wrong_type("intern", "argument", "str", s);
  if (!is_str(s))
    return error_format(ERROR_TYPE, "can't intern %N", s);
  return str_intern_taking(hold(s));
}
static struct object *getallocatedblocks(struct object *self) {
  return int_from_u64(gc_read_stats()->live_objects);
}

/* ---- Frames and limits ---- */

static struct object *getframe(struct object *self, struct object *const *args, size_t n) {
  int64_t depth = 0;
  if (args_check_count("_getframe", n, 0, 1) < 0 ||
      (n && number_to_i64(args[0], &depth, ERROR_OVERFLOW) < 0))
    return NULL;
  if (depth < 0)
    depth = 0;
  struct object *frame = depth > UINT32_MAX ? NULL : vm_frame((uint32_t)depth);
  if (!frame && error_pending() == ERROR_NONE)
    error_set(ERROR_VALUE, "call stack is not deep enough");
  if (frame && AUDIT_FAILS("sys._getframe", tuple_pack(1, frame))) {
    drop(frame);
    return NULL;
  }
  return frame;
}
static struct object *getrecursionlimit(struct object *self) {
  return int_from_u64(vm_recursion_limit);
}
static struct object *setrecursionlimit(struct object *self, struct object *o) {
  int64_t limit;
  if (number_to_i64(o, &limit, ERROR_OVERFLOW) < 0)
    return NULL;
  if (limit < 1)
    return error_format(ERROR_VALUE, "recursion limit must be greater or equal than 1");
  if (limit > INT32_MAX)
    return error_format(ERROR_OVERFLOW, "Python int too large to convert to C int");
  unsigned depth = vm_depth() + 1; /* and this call */
  if (depth > limit)
    return error_format(ERROR_RECURSION,
                        "cannot set the recursion limit to %lld at the recursion depth %u: the "
                        "limit is too low",
                        (long long)limit, depth);
  vm_recursion_limit = (uint32_t)limit;
  object_depth_limit = limit < OBJECT_DEPTH_MAX ? (unsigned)limit : OBJECT_DEPTH_MAX;
  return hold(NONE);
}
static struct object *get_digits(struct object *self) { return int_from_u64(int_text_digits); }
static struct object *set_digits(struct object *self, struct object *const *args, size_t n,
                                 struct object *kwnames) {
  static const char *const names[] = {"maxdigits"};
  static const struct args_spec spec = {"set_int_max_str_digits", names, 1, 0, 1, 1};
  struct object *v[1];
  int64_t digits;
  if (args_parse(&spec, args, n, kwnames, v) < 0 ||
      number_to_i64(v[0], &digits, ERROR_OVERFLOW) < 0)
    return NULL;
  if (digits && digits < SYS_DIGITS_THRESHOLD)
    return error_format(ERROR_VALUE, "maxdigits must be 0 or larger than %d", SYS_DIGITS_THRESHOLD);
  int_text_digits = (size_t)digits;
  return hold(NONE);
}

/* ---- Texts ---- */

static struct object *utf8(struct object *self) { return str_intern("utf-8"); }
static struct object *surrogateescape(struct object *self) { return str_intern("surrogateescape"); }
static struct object *is_finalizing(struct object *self) {
  return hold(bool_from(sys_is_finalizing));
}
static struct object *nothing(struct object *self) { return hold(NONE); }

bool sys_is_finalizing;

static const struct method_def functions[] = {
    METHOD_NOARGS_("exc_info", exc_info,
                   "($module, /)\n--\n\nReturn current exception information: (type, value, "
                   "traceback)."),
    METHOD_NOARGS_("exception", exception, "($module, /)\n--\n\nReturn the current exception."),
    METHOD_FAST_("exit", exit_,
                 "($module, status=None, /)\n--\n\nExit the interpreter by raising "
                 "SystemExit(status)."),
    METHOD_FAST_("excepthook", excepthook,
                 "($module, exctype, value, traceback, /)\n--\n\nHandle an exception by displaying "
                 "it with a traceback on sys.stderr."),
    METHOD_ONE_("displayhook", displayhook,
                "($module, object, /)\n--\n\nPrint an object to sys.stdout and also save it in "
                "builtins._"),
    METHOD_ONE_("getrefcount", getrefcount,
                "($module, object, /)\n--\n\nReturn the reference count of object."),
    METHOD_KEYWORDS_("getsizeof", getsizeof,
                     "getsizeof(object [, default]) -> int\n\nReturn the size of object in bytes."),
    METHOD_ONE_("intern", intern, "($module, string, /)\n--\n\n``Intern'' the given string."),
    METHOD_NOARGS_("getallocatedblocks", getallocatedblocks,
                   "($module, /)\n--\n\nReturn the number of memory blocks currently allocated."),
    METHOD_FAST_("_getframe", getframe,
                 "($module, depth=0, /)\n--\n\nReturn a frame object from the call stack."),
    METHOD_NOARGS_("getrecursionlimit", getrecursionlimit,
                   "($module, /)\n--\n\nReturn the current value of the recursion limit."),
    METHOD_ONE_("setrecursionlimit", setrecursionlimit,
                "($module, limit, /)\n--\n\nSet the maximum depth of the Python interpreter "
                "stack to n."),
    METHOD_NOARGS_("get_int_max_str_digits", get_digits,
                   "($module, /)\n--\n\nReturn the maximum string digits limit for non-binary "
                   "int<->str conversions."),
    METHOD_KEYWORDS_("set_int_max_str_digits", set_digits,
                     "($module, /, maxdigits)\n--\n\nSet the maximum string digits limit for "
                     "non-binary int<->str conversions."),
    METHOD_NOARGS_("getdefaultencoding", utf8,
                   "($module, /)\n--\n\nReturn the current default encoding."),
    METHOD_NOARGS_("getfilesystemencoding", utf8,
                   "($module, /)\n--\n\nReturn the encoding used to convert Unicode filenames."),
    METHOD_NOARGS_("getfilesystemencodeerrors", surrogateescape,
                   "($module, /)\n--\n\nReturn the error mode used for filename conversion."),
    METHOD_NOARGS_("is_finalizing", is_finalizing,
                   "($module, /)\n--\n\nReturn True if Python is exiting."),
    METHOD_NOARGS_("_clear_type_cache", nothing,
                   "($module, /)\n--\n\nClear the internal type lookup cache."),
    {NULL}};

int module_sys_fill(struct object *module) {
  vm_display = display;
  return module_add_functions(module, functions) < 0 ||
                 module_add_functions(module, audit_functions) < 0 || sys_hooks_open(module) < 0 ||
                 sys_threads_fill(module) < 0 || sys_facts_fill(module) < 0
             ? -1
             : 0;
}
