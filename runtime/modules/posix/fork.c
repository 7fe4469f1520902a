/* fork and forkpty, with callbacks before and after in both processes. */
#include "runtime/modules/fork.h"
#include "runtime/modules/import/import.h"
#include "runtime/modules/posix/posix.h"
#include "runtime/object/audit.h"
#include "runtime/object/list.h"
#include "runtime/object/protocol.h"
#include "runtime/object/tuple.h"
#include <pty.h>

static struct object *before, *in_child, *in_parent; /* lists of callables; NULL: none */

/* A callback's error is reported and does not stop the others. */
static void run(struct object *callbacks, bool backwards) {
  struct object *copy = callbacks ? iterate_to_tuple(callbacks) : NULL;
  if (!copy) {
    error_clear();
    return;
  }
  size_t n = tuple_length(copy);
  for (size_t i = 0; i < n; i++) {
    struct object *each = tuple_get_borrowed(copy, backwards ? n - 1 - i : i);
    struct object *result = call_none(each);
    if (!result)
      error_report_object(each);
    drop_null(result);
  }
  drop(copy);
}

void fork_before(void) {
  run(before, true);
  import_lock();
  vm_before_fork();
}
void fork_after_in_parent(void) {
  vm_after_fork_parent();
  import_unlock();
  run(in_parent, false);
}
void fork_after_in_child(void) {
  vm_after_fork_child();
  import_unlock();
  run(in_child, false);
}

pid_t fork_process(void) {
  fork_before();
  pid_t pid = fork();
  int error_number = errno;
  if (pid == 0)
    fork_after_in_child();
  else
    fork_after_in_parent();
  errno = error_number;
  return pid;
}

static struct object *fork_none(struct object *module) {
  if (AUDIT_FAILS("os.fork", tuple_new(0)))
    return NULL;
  pid_t pid = fork_process();
  return pid < 0 ? posix_done(-1) : int_from_i64(pid);
}

static struct object *forkpty_none(struct object *module) {
  if (AUDIT_FAILS("os.forkpty", tuple_new(0)))
    return NULL;
  int master = -1;
  fork_before();
  pid_t pid = forkpty(&master, NULL, NULL, NULL);
  int error_number = errno;
  if (pid == 0)
    fork_after_in_child();
  else
    fork_after_in_parent();
  if (pid < 0)
    return error_errno(error_number, NULL, NULL);
  struct object *id = int_from_i64(pid), *fd = id ? int_from_i64(master) : NULL;
  struct object *result = fd ? tuple_pack(2, id, fd) : NULL;
  drop_null(fd);
  drop_null(id);
  return result;
}

static int add(struct object **list, struct object *callable) {
  if (!callable)
    return 0;
  if (!*list) {
    if (!(*list = list_new(0)))
      return -1;
  }
  return list_append(*list, callable);
}
static int check(struct object *callable, const char *name) {
  if (!callable || is_callable(callable))
    return 0;
  error_format(ERROR_TYPE, "'%s' must be callable, not %N", name, callable);
  return -1;
}
FUNCTION(register_at_fork, "register_at_fork", 0, 0, 0, "before", "after_in_child",
         "after_in_parent") {
  if (!v[0] && !v[1] && !v[2])
    return error_format(ERROR_TYPE, "At least one argument is required.");
  if (check(v[0], "before") < 0 || check(v[1], "after_in_child") < 0 ||
      check(v[2], "after_in_parent") < 0 || add(&before, v[0]) < 0 || add(&in_child, v[1]) < 0 ||
      add(&in_parent, v[2]) < 0)
    return NULL;
  return hold(NONE);
}

static const struct method_def functions[] = {
    METHOD_NOARGS_("fork", fork_none,
                   DOC("fork", "$module, /", "Fork a child process; 0 in the child.")),
    METHOD_NOARGS_(
        "forkpty", forkpty_none,
        DOC("forkpty", "$module, /", "Fork with a new terminal: (process, its master end).")),
    METHOD_KEYWORDS_("register_at_fork", register_at_fork_call,
                     DOC("register_at_fork",
                         "$module, /, *, before=<unrepresentable>,\n                 "
                         "after_in_child=<unrepresentable>,\n                 "
                         "after_in_parent=<unrepresentable>",
                         "Have callables called around fork.")),
    {NULL}};

int posix_fill_fork(struct object *module) {
  if (module_root(&before) < 0 || module_root(&in_child) < 0 || module_root(&in_parent) < 0)
    return -1;
  return module_add_functions(module, functions);
}
