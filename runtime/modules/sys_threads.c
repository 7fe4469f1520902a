/* sys: trace and profile functions, turns of threads, hooks of asynchronous generators. */
#include "runtime/modules/sys_threads.h"
#include "runtime/modules/sys.h"
#include "runtime/object/audit.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/float.h"
#include "runtime/object/int.h"
#include "runtime/object/protocol.h"
#include "runtime/object/struct_sequence.h"
#include "runtime/object/tuple.h"
#include "runtime/vm/thread.h"
#include "runtime/vm/trace.h"

static struct object *or_none(struct object *o) { return hold(o ? o : NONE); }
static struct object *or_null(struct object *o) { return o == NONE ? NULL : o; }

/* ---- Tracing ---- */

static struct object *settrace(struct object *self, struct object *function) {
  if (AUDIT_FAILS("sys.settrace", tuple_new(0)))
    return NULL;
  return trace_set(or_null(function)) < 0 ? NULL : hold(NONE);
}
static struct object *gettrace(struct object *self) { return or_none(trace_get_borrowed()); }
static struct object *setprofile(struct object *self, struct object *function) {
  if (AUDIT_FAILS("sys.setprofile", tuple_new(0)))
    return NULL;
  return trace_set_profile(or_null(function)) < 0 ? NULL : hold(NONE);
}
static struct object *getprofile(struct object *self) {
  return or_none(trace_get_profile_borrowed());
}
static struct object *call_tracing(struct object *self, struct object *const *args, size_t n) {
  if (args_check_count("call_tracing", n, 2, 2) < 0)
    return NULL;
  if (!is_any_tuple(args[1]))
    return args_wrong_type("call_tracing", "argument 2", "tuple", args[1]);
  return trace_call_tracing(args[0], args[1]);
}

/* ---- Threads ---- */

static struct object *setswitchinterval(struct object *self, struct object *o) {
  double seconds;
  if (number_to_double(o, &seconds) < 0)
    return NULL;
  if (!(seconds > 0))
    return error_format(ERROR_VALUE, "switch interval must be strictly positive");
  double us = seconds * 1e6;
  gil_interval_us = us < 1 ? 1 : us > 1e15 ? (uint64_t)1e15 : (uint64_t)(us + 0.5);
  return hold(NONE);
}
static struct object *getswitchinterval(struct object *self) {
  return float_from((double)gil_interval_us * 1e-6);
}

/* A dict of what `value_of` says about each thread (a new reference, NULL: leave it out). */
static struct object *by_ident(struct object *(*value_of)(struct vm_thread *t)) {
  struct object *dict = dict_new();
  for (struct vm_thread *t = vm_threads; dict && t; t = t->next) {
    struct object *value = t->is_started ? value_of(t) : NULL;
    struct object *key = value ? int_from_u64(t->ident) : NULL;
    bool failed = key ? dict_set(dict, key, value) < 0 : error_pending() != ERROR_NONE;
    drop_null(key);
    drop_null(value);
    if (failed) {
      drop(dict);
      return NULL;
    }
  }
  return dict;
}
static struct object *frame_of(struct vm_thread *t) {
  struct frame *top = t == vm_thread ? vm_stack.top : t->stack.top;
  struct object *frame = top ? frame_object_borrowed(top) : NULL;
  return frame ? hold(frame) : NULL;
}
static struct object *exception_of(struct vm_thread *t) {
  struct error_handled *each = t->errors ? t->errors->handled : NULL;
  for (; each; each = each->previous)
    if (each->value && each->value != NONE)
      return sys_exc_info_of(each->value);
  return sys_exc_info_of(NULL);
}
static struct object *current_frames(struct object *self) {
  return AUDIT_FAILS("sys._current_frames", tuple_new(0)) ? NULL : by_ident(frame_of);
}
static struct object *current_exceptions(struct object *self) {
  return AUDIT_FAILS("sys._current_exceptions", tuple_new(0)) ? NULL : by_ident(exception_of);
}

/* ---- Coroutines and asynchronous generators ---- */

static struct object *set_origin_depth(struct object *self, struct object *const *args, size_t n,
                                       struct object *kwnames) {
  static const char *const names[] = {"depth"};
  static const struct args_spec spec = {"set_coroutine_origin_tracking_depth", names, 1, 0, 1, 1};
  struct object *v[1];
  int64_t depth;
  if (args_parse(&spec, args, n, kwnames, v) < 0 || number_to_i64(v[0], &depth, ERROR_OVERFLOW) < 0)
    return NULL;
  if (depth > INT32_MAX)
    return error_format(ERROR_OVERFLOW, "Python int too large to convert to C int");
  if (depth < 0)
    return error_format(ERROR_VALUE, "depth must be >= 0");
  vm_thread->coroutine_origin_depth = (uint32_t)depth;
  return hold(NONE);
}
static struct object *get_origin_depth(struct object *self) {
  return int_from_u64(vm_thread->coroutine_origin_depth);
}

static struct struct_sequence_type hooks_type = STRUCT_SEQUENCE_TYPE;
static const struct struct_sequence_field hooks_fields[] = {
    {"firstiter", "Hook to intercept first iteration"},
    {"finalizer", "Hook to intercept finalization"},
    {NULL}};
static const struct struct_sequence_def hooks_def = {
    .name = "sys.asyncgen_hooks",
    .doc = "asyncgen_hooks\n\nStruct sequence providing information about asynchronous\ngenerators "
           "hooks.  The attributes are read only.",
    .fields = hooks_fields,
    .sequence_n = 2,
    .is_closed = true,
};

static int set_hook(const char *what, struct object *hook, struct object **slot) {
  if (!hook)
    return 0;
  if (hook != NONE && !is_callable(hook)) {
    error_format(ERROR_TYPE, "callable %s expected, got %N", what, hook);
    return -1;
  }
  struct object *before = *slot;
  *slot = hook == NONE ? NULL : hold(hook);
  drop_null(before);
  return 0;
}
static struct object *set_hooks(struct object *self, struct object *const *args, size_t n,
                                struct object *kwnames) {
  static const char *const names[] = {"firstiter", "finalizer"};
  static const struct args_spec spec = {"set_asyncgen_hooks", names, 2, 0, 2, 0};
  struct object *v[2];
  if (args_parse(&spec, args, n, kwnames, v) < 0)
    return NULL;
  if (v[1] && v[1] != NONE && !is_callable(v[1]))
    return error_format(ERROR_TYPE, "callable finalizer expected, got %N", v[1]);
  if (set_hook("firstiter", v[0], &vm_thread->asyncgen_first) < 0 ||
      set_hook("finalizer", v[1], &vm_thread->asyncgen_finalize) < 0)
    return NULL;
  return hold(NONE);
}
static struct object *get_hooks(struct object *self) {
  struct object *const values[] = {or_none(vm_thread->asyncgen_first),
                                   or_none(vm_thread->asyncgen_finalize)};
  return struct_sequence_from_taking(&hooks_type, values, 2);
}

static const struct method_def functions[] = {
    METHOD_ONE_("settrace", settrace,
                "settrace(function)\n\nSet the global debug tracing function.  It will be called "
                "on each\nfunction call.  See the debugger chapter in the library manual."),
    METHOD_NOARGS_("gettrace", gettrace,
                   "($module, /)\n--\n\nReturn the global debug tracing function set with "
                   "sys.settrace."),
    METHOD_ONE_("setprofile", setprofile,
                "setprofile(function)\n\nSet the profiling function.  It will be called on each "
                "function call\nand return."),
    METHOD_NOARGS_("getprofile", getprofile,
                   "($module, /)\n--\n\nReturn the profiling function set with sys.setprofile."),
    METHOD_FAST_("call_tracing", call_tracing,
                 "($module, func, args, /)\n--\n\nCall func(*args), while tracing is enabled."),
    METHOD_ONE_("setswitchinterval", setswitchinterval,
                "($module, interval, /)\n--\n\nSet the ideal thread switching delay inside the "
                "Python interpreter."),
    METHOD_NOARGS_("getswitchinterval", getswitchinterval,
                   "($module, /)\n--\n\nReturn the current thread switch interval."),
    METHOD_NOARGS_("_current_frames", current_frames,
                   "($module, /)\n--\n\nReturn a dict mapping each thread's thread id to its "
                   "current stack frame."),
    METHOD_NOARGS_("_current_exceptions", current_exceptions,
                   "($module, /)\n--\n\nReturn a dict mapping each thread's identifier to its "
                   "current raised exception."),
    METHOD_KEYWORDS_("set_coroutine_origin_tracking_depth", set_origin_depth,
                     "($module, /, depth)\n--\n\nEnable or disable origin tracking for coroutine "
                     "objects in this thread."),
    METHOD_NOARGS_("get_coroutine_origin_tracking_depth", get_origin_depth,
                   "($module, /)\n--\n\nCheck status of origin tracking for coroutine objects in "
                   "this thread."),
    METHOD_KEYWORDS_("set_asyncgen_hooks", set_hooks,
                     "set_asyncgen_hooks(* [, firstiter] [, finalizer])\n\nSet a finalizer for "
                     "async generators objects."),
    METHOD_NOARGS_("get_asyncgen_hooks", get_hooks,
                   "($module, /)\n--\n\nReturn the installed asynchronous generators hooks."),
    {NULL}};

int sys_threads_fill(struct object *module) {
  return struct_sequence_ready(&hooks_type, &hooks_def) < 0
             ? -1
             : module_add_functions(module, functions);
}
