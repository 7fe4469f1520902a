/* The module _thread: starting threads, and what the module threading is made of. */
#include "runtime/modules/thread/thread.h"
#include "runtime/modules/argument.h"
#include "runtime/modules/sys.h"
#include "runtime/modules/traceback.h"
#include "runtime/object/attribute.h"
#include "runtime/object/exception.h"
#include "runtime/object/float.h"
#include "runtime/object/int.h"
#include "runtime/object/model.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/struct_sequence.h"
#include "runtime/object/tuple.h"
#include "runtime/vm/signals.h"
#include "runtime/vm/thread.h"
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

static int64_t running;
static size_t stack_bytes; /* 0: as the system has it */

/* ---- Threads ---- */

/* (function, args, kwargs or None) */
static void run_call(struct object *call) {
  struct object *f = tuple_get_borrowed(call, 0), *kwargs = tuple_get_borrowed(call, 2);
  struct object *result =
      call_tuple_dict(f, tuple_get_borrowed(call, 1), kwargs == NONE ? NULL : kwargs);
  if (!result && !error_clear_if(ERROR_SYSTEM_EXIT)) {
    struct object *e = error_fetch();
    if (e && error_unraisable_hook)
      error_unraisable_hook(e, "thread started by", f);
    drop_null(e);
    error_clear();
  }
  drop_null(result);
}

static void *thread_main(void *context) {
  thread_enter(context);
  struct object *call = vm_thread->start;
  vm_thread->start = NULL;
  if (call) {
    running++;
    run_call(call);
    drop(call);
    running--;
  }
  thread_leave();
  return NULL;
}

/* The ident of the new thread; 0: it could not be started. */
static uint64_t start_thread(struct vm_thread *t) {
  pthread_attr_t attributes;
  pthread_t id;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  if (stack_bytes)
    pthread_attr_setstacksize(&attributes, stack_bytes);
  bool started = pthread_create(&id, &attributes, thread_main, t) == 0;
  pthread_attr_destroy(&attributes);
  return started ? (uint64_t)id : 0;
}

static struct object *start_new_thread(struct object *self, struct object *const *args, size_t n) {
  if (args_check_count("start_new_thread", n, 2, 3) < 0)
    return NULL;
  if (!is_callable(args[0]))
    return error_format(ERROR_TYPE, "first arg must be callable");
  if (!is_any_tuple(args[1]))
    return error_format(ERROR_TYPE, "2nd arg must be a tuple");
  if (n == 3 && !is_any_dict(args[2]))
    return error_format(ERROR_TYPE, "optional 3rd arg must be a dictionary");
  struct object *call = tuple_pack(3, args[0], args[1], n == 3 ? args[2] : NONE);
  struct vm_thread *t = call ? thread_new() : NULL;
  if (!t) {
    drop_null(call);
    return NULL;
  }
  t->start = call;
  uint64_t ident = start_thread(t);
  if (!ident) {
    thread_discard(t);
    return error_format(ERROR_RUNTIME, "can't start new thread");
  }
  struct object *result = int_from_u64(ident);
  if (!result) { /* it waits for the GIL: who hears that it was not started shall be right */
    t->start = NULL;
    drop(call);
  }
  return result;
}

static void thread_has_ended(struct vm_thread *t) {
  local_thread_ended(t->serial);
  if (t->sentinel)
    lock_release_quietly(t->sentinel);
}

static struct object *set_sentinel(struct object *self) {
  struct object *lock = lock_new();
  if (!lock)
    return NULL;
  struct object *before = vm_thread->sentinel;
  vm_thread->sentinel = lock;
  drop_null(before);
  return hold(lock);
}

/* ---- What happened in a thread ---- */

static struct struct_sequence_type hook_args_type = STRUCT_SEQUENCE_TYPE;
static const struct struct_sequence_field hook_args_fields[] = {
    {"exc_type", "Exception type"},
    {"exc_value", "Exception value"},
    {"exc_traceback", "Exception traceback"},
    {"thread", "Thread"},
    {NULL, NULL}};
static const struct struct_sequence_def hook_args_def = {
    .name = "_thread._ExceptHookArgs",
    .doc = "ExceptHookArgs\n\nType used to pass arguments to threading.excepthook.",
    .fields = hook_args_fields,
    .sequence_n = 4};

static struct object *thread_name(struct object *thread) {
  struct object *name = NULL;
  if (thread && thread != NONE && attribute_find(thread, NAME(plain_name), &name) < 0)
    return NULL;
  return name ? name : int_from_u64(vm_thread->ident);
}

static struct object *excepthook(struct object *self, struct object *args) {
  if (type_of(args) != &hook_args_type.type)
    return error_format(ERROR_TYPE, "_thread.excepthook argument type must be ExceptHookArgs");
  struct object *e = struct_sequence_get_borrowed(args, 1);
  struct object *thread = struct_sequence_get_borrowed(args, 3);
  if (struct_sequence_get_borrowed(args, 0) == &exception_type(ERROR_SYSTEM_EXIT)->head)
    return hold(NONE); /* one of a class derived from it is printed */
  struct object *file = sys_get_borrowed("stderr");
  file = file && file != NONE ? hold(file) : NULL;
  if (!file) {
    if (!thread || thread == NONE)
      return hold(NONE);
    file = attribute_get_ascii(thread, "_stderr");
    if (!file || file == NONE)
      return file;
  }
  int done = traceback_write_text("Exception in thread ", file);
  struct object *name = done == 0 ? thread_name(thread) : NULL;
  done = name ? traceback_write_taking(str_format("%S:\n", name), file) : -1;
  drop_null(name);
  if (done == 0 && e && is_exception(e))
    done = traceback_print(e, file);
  if (done == 0) {
    struct object *flushed = call_method_none(file, NAME(plain_flush));
    drop_null(flushed);
    done = flushed ? 0 : -1;
  }
  drop(file);
  return done < 0 ? NULL : hold(NONE);
}

/* ---- The rest ---- */

static struct object *allocate_lock(struct object *self) { return lock_new(); }
static struct object *get_ident(struct object *self) { return int_from_u64(vm_thread->ident); }
static struct object *get_native_id(struct object *self) { return int_from_i64(gettid()); }
static struct object *count(struct object *self) { return int_from_i64(running); }
static struct object *exit_thread(struct object *self) {
  error_set_object(&exception_type(ERROR_SYSTEM_EXIT)->head, NULL);
  return NULL;
}
static struct object *interrupt_main(struct object *self, struct object *const *args, size_t n) {
  int number = SIGINT;
  if (args_check_count("interrupt_main", n, 0, 1) < 0 || (n && argument_int(args[0], &number) < 0))
    return NULL;
  if (number < 1 || number >= SIGNALS_N)
    return error_format(ERROR_VALUE, "signal number out of range");
  struct object *handler = signals_handlers[number];
  if (handler && !is_any_int(handler)) /* else ignored, or nothing of Python's */
    signals_note(number);
  return hold(NONE);
}
static struct object *stack_size(struct object *self, struct object *const *args, size_t n) {
  int64_t bytes = 0;
  if (args_check_count("stack_size", n, 0, 1) < 0 || (n && argument_size(args[0], &bytes) < 0))
    return NULL;
  if (bytes < 0)
    return error_format(ERROR_VALUE, "size must be 0 or a positive value");
  size_t before = stack_bytes;
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  bool fits =
      bytes == 0 || (bytes >= 0x8000 && pthread_attr_setstacksize(&attributes, (size_t)bytes) == 0);
  pthread_attr_destroy(&attributes);
  if (!fits)
    return error_format(ERROR_VALUE, "size not valid: %lld bytes", (long long)bytes);
  stack_bytes = (size_t)bytes; /* without an argument, too: as the system has it */
  return int_from_u64(before);
}

static const struct method_def functions[] = {
    METHOD_FAST_("start_new_thread", start_new_thread,
                 "start_new_thread(function, args[, kwargs])\n\nStart a new thread and return its "
                 "identifier."),
    METHOD_FAST_("start_new", start_new_thread, "start_new(function, args[, kwargs])"),
    METHOD_NOARGS_("allocate_lock", allocate_lock, "allocate_lock() -> lock object"),
    METHOD_NOARGS_("allocate", allocate_lock, "allocate() -> lock object"),
    METHOD_NOARGS_("exit_thread", exit_thread, "exit()\n\nRaises SystemExit."),
    METHOD_NOARGS_("exit", exit_thread, "exit()\n\nRaises SystemExit."),
    METHOD_FAST_("interrupt_main", interrupt_main,
                 "interrupt_main(signum=signal.SIGINT, /)\n\nSimulate the arrival of a signal."),
    METHOD_NOARGS_("get_ident", get_ident, "get_ident() -> integer"),
    METHOD_NOARGS_("get_native_id", get_native_id, "get_native_id() -> integer"),
    METHOD_NOARGS_("_count", count, "_count() -> integer\n\nThe number of running threads."),
    METHOD_FAST_("stack_size", stack_size,
                 "stack_size([size]) -> size\n\nThe stack size of new threads."),
    METHOD_NOARGS_("_set_sentinel", set_sentinel, "_set_sentinel() -> lock"),
    METHOD_ONE_("_excepthook", excepthook,
                "excepthook(exc_type, exc_value, exc_traceback, thread)"),
    {NULL}};

int module_thread_fill(struct object *module) {
  thread_ended = thread_has_ended;
  if (type_ready(&lock_type) < 0 || module_add(module, "LockType", &lock_type.head) < 0 ||
      module_add_type(module, &rlock_type) < 0 || module_add_type(module, &local_type) < 0 ||
      struct_sequence_ready(&hook_args_type, &hook_args_def) < 0 ||
      module_add(module, "_ExceptHookArgs", &hook_args_type.type.head) < 0 ||
      module_add(module, "error", &exception_type(ERROR_RUNTIME)->head) < 0 ||
      module_add_taking(module, "TIMEOUT_MAX", float_from(9223372036.0)) < 0)
    return -1;
  return module_add_functions(module, functions);
}
