/* The event loop that runs in each thread, and the task that runs in each loop. */
#include "runtime/modules/argument.h"
#include "runtime/modules/asyncio/asyncio.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/protocol.h"
#include "runtime/vm/thread.h"
#include <pthread.h>

/* ---- Loops ---- */

/* In a child of fork the loop of its only thread is its parent's: as if there was none, until one
 * is set. */
static struct vm_thread *inherits;
static void after_fork(void) { inherits = vm_thread; }

/* Borrowed; NULL: none. */
static struct object *running_loop(void) {
  return UNLIKELY(inherits == vm_thread) ? NULL : vm_thread->running_loop;
}

static struct object *get_running_loop_or_none(struct object *self) {
  struct object *loop = running_loop();
  return hold(loop ? loop : NONE);
}
static struct object *get_running_loop(struct object *self) {
  struct object *loop = running_loop();
  return loop ? hold(loop) : error_format(ERROR_RUNTIME, "no running event loop");
}
static struct object *set_running_loop(struct object *self, struct object *loop) {
  struct object *before = vm_thread->running_loop;
  vm_thread->running_loop = loop == NONE ? NULL : hold(loop);
  if (inherits == vm_thread)
    inherits = NULL;
  drop_null(before);
  return hold(NONE);
}

struct object *running_event_loop(void) {
  struct object *loop = running_loop();
  if (loop)
    return hold(loop);
  struct object *function = asyncio_library(LIBRARY_GET_POLICY);
  struct object *policy = function ? call_none(function) : NULL;
  loop = policy ? call_method_none(policy, ASYNCIO_NAME(get_event_loop)) : NULL;
  drop_null(policy);
  return loop;
}
static struct object *get_event_loop(struct object *self) { return running_event_loop(); }
FUNCTION(get_event_loop_at, "_get_event_loop", 0, 1, 0, "stacklevel") {
  int level;
  return v[0] && argument_int(v[0], &level) < 0 ? NULL : running_event_loop();
}

/* ---- Tasks ---- */

static struct object *all_tasks;     /* weakref.WeakSet */
static struct object *current_tasks; /* dict: loop -> task */

/* The running task of a loop, borrowed: 1, 0, -1. */
static int find(struct object *loop, int64_t *hash, struct object **task) {
  *task = NULL;
  *hash = object_hash(loop);
  if (*hash == -1)
    return -1;
  if (UNLIKELY(!current_tasks))
    return asyncio_is_closed(), -1;
  return dict_find_hashed(current_tasks, loop, *hash, task);
}
int running_enter(struct object *loop, struct object *task) {
  struct object *other;
  int64_t hash;
  int found = find(loop, &hash, &other);
  if (found > 0) {
    hold(other);
    error_format(ERROR_RUNTIME,
                 "Cannot enter into task %R while another task %R is being executed.", task, other);
    drop(other);
  }
  return found ? -1 : dict_set_hashed(current_tasks, loop, hash, task);
}
int running_leave(struct object *loop, struct object *task) {
  struct object *other;
  int64_t hash;
  if (find(loop, &hash, &other) < 0)
    return -1;
  if (other != task) {
    other = hold(other ? other : NONE);
    error_format(ERROR_RUNTIME, "Leaving task %R does not match the current task %R.", task, other);
    drop(other);
    return -1;
  }
  struct object *popped = dict_pop_hashed(current_tasks, loop, hash);
  if (!popped) {
    if (error_pending() == ERROR_NONE)
      error_key(loop);
    return -1;
  }
  drop(popped);
  return 0;
}

static struct object *of_all(struct object *name, struct object *task) {
  return all_tasks ? call_method_one(all_tasks, name, task) : asyncio_is_closed();
}
int running_register(struct object *task) {
  struct object *result = of_all(ASYNCIO_NAME(add), task);
  drop_null(result);
  return result ? 0 : -1;
}

FUNCTION(register_task, "_register_task", 0, 1, 1, "task") {
  return running_register(v[0]) < 0 ? NULL : hold(NONE);
}
FUNCTION(unregister_task, "_unregister_task", 0, 1, 1, "task") {
  struct object *result = of_all(ASYNCIO_NAME(discard), v[0]);
  drop_null(result);
  return result ? hold(NONE) : NULL;
}
FUNCTION(enter_task, "_enter_task", 0, 2, 2, "loop", "task") {
  return running_enter(v[0], v[1]) < 0 ? NULL : hold(NONE);
}
FUNCTION(leave_task, "_leave_task", 0, 2, 2, "loop", "task") {
  return running_leave(v[0], v[1]) < 0 ? NULL : hold(NONE);
}

const struct method_def running_functions[] = {
    METHOD_NOARGS_("get_event_loop", get_event_loop,
                   DOC("get_event_loop", "$module, /",
                       "The running event loop of this thread, or else what the policy gives.")),
    METHOD_KEYWORDS_("_get_event_loop", get_event_loop_at_call,
                     DOC("_get_event_loop", "$module, /, stacklevel=3", "")),
    METHOD_NOARGS_("get_running_loop", get_running_loop,
                   DOC("get_running_loop", "$module, /",
                       "The running event loop of this thread; RuntimeError if there is none.")),
    METHOD_NOARGS_(
        "_get_running_loop", get_running_loop_or_none,
        DOC("_get_running_loop", "$module, /", "The running event loop of this thread, or None.")),
    METHOD_ONE_("_set_running_loop", set_running_loop,
                DOC("_set_running_loop", "$module, loop, /",
                    "Say which event loop runs in this thread; None: none does.")),
    METHOD_KEYWORDS_(
        "_register_task", register_task_call,
        DOC("_register_task", "$module, /, task", "A new task: all_tasks() will tell of it.")),
    METHOD_KEYWORDS_("_unregister_task", unregister_task_call,
                     DOC("_unregister_task", "$module, /, task", "Forget a task.")),
    METHOD_KEYWORDS_("_enter_task", enter_task_call,
                     DOC("_enter_task", "$module, /, loop, task",
                         "The task, which is the loop's, begins or goes on.")),
    METHOD_KEYWORDS_("_leave_task", leave_task_call,
                     DOC("_leave_task", "$module, /, loop, task",
                         "The task, which is the loop's, ends or waits.")),
    {NULL}};

int running_open(struct object *module) {
  static bool follows_forks;
  if (module_root(&all_tasks) < 0 || module_root(&current_tasks) < 0)
    return -1;
  if (!follows_forks && pthread_atfork(NULL, NULL, after_fork) != 0)
    return error_no_memory(), -1;
  follows_forks = true;
  if (!current_tasks && !(current_tasks = dict_new()))
    return -1;
  if (!all_tasks) {
    struct object *class = asyncio_import("weakref", "WeakSet");
    struct object *set = class ? call_none(class) : NULL;
    drop_null(class);
    if (!set)
      return -1;
    all_tasks = set;
  }
  return module_add(module, "_all_tasks", all_tasks) < 0
             ? -1
             : module_add(module, "_current_tasks", current_tasks);
}
