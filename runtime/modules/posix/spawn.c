/* posix_spawn: a program in a new process, with what is to be done in between as data. */
#include "runtime/modules/posix/posix.h"
#include "runtime/object/list.h"
#include "runtime/object/protocol.h"
#include "runtime/object/tuple.h"
#include <sched.h>
#include <signal.h>
#include <spawn.h>

enum action { ACTION_OPEN, ACTION_CLOSE, ACTION_DUP2 };

/* Each takes its numbers out of a tuple whose length is what the action wants. */
static int check_length(struct object *tuple, size_t n, const char *name) {
  if (tuple_length(tuple) == n)
    return 0;
  error_format(ERROR_TYPE, "A %s file_action tuple must have %zu elements", name, n);
  return -1;
}
static int done(int error_number) {
  if (error_number)
    error_errno(error_number, NULL, NULL);
  return error_number ? -1 : 0;
}

/* The system copies paths only from some version on: `keep` holds them. */
static int add_action(posix_spawn_file_actions_t *actions, struct object *each,
                      struct object *keep) {
  int tag, fd, other, mode;
  if (!is_any_tuple(each) || !tuple_length(each)) {
    error_format(ERROR_TYPE, "Each file_actions element must be a non-empty tuple");
    return -1;
  }
  if (argument_int(tuple_get_borrowed(each, 0), &tag) < 0)
    return -1;
  switch (tag) {
  case ACTION_OPEN: {
    if (check_length(each, 5, "open") < 0 || argument_int(tuple_get_borrowed(each, 1), &fd) < 0)
      return -1;
    struct object *path = path_to_bytes(tuple_get_borrowed(each, 2));
    if (!path || list_append_taking(keep, path) < 0)
      return -1;
    if (argument_int(tuple_get_borrowed(each, 3), &other) < 0 ||
        argument_int(tuple_get_borrowed(each, 4), &mode) < 0)
      return -1;
    return done(posix_spawn_file_actions_addopen(actions, fd, (const char *)bytes_data(path), other,
                                                 (mode_t)mode));
  }
  case ACTION_CLOSE:
    if (check_length(each, 2, "close") < 0 || argument_int(tuple_get_borrowed(each, 1), &fd) < 0)
      return -1;
    return done(posix_spawn_file_actions_addclose(actions, fd));
  case ACTION_DUP2:
    if (check_length(each, 3, "dup2") < 0 || argument_int(tuple_get_borrowed(each, 1), &fd) < 0 ||
        argument_int(tuple_get_borrowed(each, 2), &other) < 0)
      return -1;
    return done(posix_spawn_file_actions_adddup2(actions, fd, other));
  default:
    error_format(ERROR_TYPE, "Unknown file_actions identifier");
    return -1;
  }
}
static int add_actions(posix_spawn_file_actions_t *actions, struct object *given,
                       struct object *keep) {
  struct object *const *items;
  size_t n;
  struct object *fast = sequence_fast(given, "file_actions must be a sequence or None", &items, &n);
  if (!fast)
    return -1;
  struct object *copy = tuple_from(items, n);
  drop(fast);
  int status = copy ? 0 : -1;
  for (size_t i = 0; status == 0 && i < n; i++)
    status = add_action(actions, tuple_get_borrowed(copy, i), keep);
  drop_null(copy);
  return status;
}

static int read_signals(struct object *o, sigset_t *set) {
  sigemptyset(set);
  struct object *numbers = iterate_to_tuple(o);
  if (!numbers)
    return -1;
  int status = 0;
  for (size_t i = 0; status == 0 && i < tuple_length(numbers); i++) {
    int64_t number;
    status = argument_long(tuple_get_borrowed(numbers, i), &number);
    if (status == 0 && (number < 1 || number >= NSIG)) {
      error_format(ERROR_VALUE, "signal number %lld out of range [1; %d]", (long long)number,
                   NSIG - 1);
      status = -1;
    } else if (status == 0)
      sigaddset(set, (int)number); /* refuses what the library itself needs */
  }
  drop(numbers);
  return status;
}

struct attributes {
  struct object *setpgroup, *resetids, *setsid, *setsigmask, *setsigdef, *scheduler;
};

static int set_scheduler(posix_spawnattr_t *attributes, struct object *o, short *flags) {
  if (!is_any_tuple(o) || tuple_length(o) != 2) {
    error_format(ERROR_TYPE, "A scheduler tuple must have two elements");
    return -1;
  }
  struct sched_param param;
  if (posix_read_sched_param(tuple_get_borrowed(o, 1), &param) < 0)
    return -1;
  struct object *policy = tuple_get_borrowed(o, 0);
  int number;
  if (policy != NONE) {
    if (argument_int(policy, &number) < 0 ||
        done(posix_spawnattr_setschedpolicy(attributes, number)) < 0)
      return -1;
    *flags |= POSIX_SPAWN_SETSCHEDULER;
  }
  *flags |= POSIX_SPAWN_SETSCHEDPARAM;
  return done(posix_spawnattr_setschedparam(attributes, &param));
}

static int set_attributes(posix_spawnattr_t *attributes, const struct attributes *o) {
  short flags = 0;
  bool flag;
  int group;
  sigset_t set;
  if (o->setpgroup) {
    if (argument_int(o->setpgroup, &group) < 0 ||
        done(posix_spawnattr_setpgroup(attributes, group)) < 0)
      return -1;
    flags |= POSIX_SPAWN_SETPGROUP;
  }
  flag = false;
  if (o->resetids && argument_int_bool(o->resetids, &flag) < 0)
    return -1;
  flags |= flag ? POSIX_SPAWN_RESETIDS : 0;
  flag = false;
  if (o->setsid && argument_int_bool(o->setsid, &flag) < 0)
    return -1;
  flags |= flag ? POSIX_SPAWN_SETSID : 0;
  if (o->setsigmask) {
    if (read_signals(o->setsigmask, &set) < 0 ||
        done(posix_spawnattr_setsigmask(attributes, &set)) < 0)
      return -1;
    flags |= POSIX_SPAWN_SETSIGMASK;
  }
  if (o->setsigdef) {
    if (read_signals(o->setsigdef, &set) < 0 ||
        done(posix_spawnattr_setsigdefault(attributes, &set)) < 0)
      return -1;
    flags |= POSIX_SPAWN_SETSIGDEF;
  }
  if (o->scheduler && set_scheduler(attributes, o->scheduler, &flags) < 0)
    return -1;
  return done(posix_spawnattr_setflags(attributes, flags));
}

static struct object *start(struct path *p, struct path_list *argv, struct path_list *env,
                            struct object *given_actions, const struct attributes *options,
                            bool by_search) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  struct object *keep = list_new(0), *result = NULL;
  if (!keep)
    return NULL;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  if ((!given_actions || given_actions == NONE ||
       add_actions(&actions, given_actions, keep) == 0) &&
      set_attributes(&attributes, options) == 0) {
    pid_t pid;
    int error_number =
        by_search ? posix_spawnp(&pid, p->narrow, &actions, &attributes, argv->items, env->items)
                  : posix_spawn(&pid, p->narrow, &actions, &attributes, argv->items, env->items);
    result = error_number ? error_errno(error_number, p->object, NULL) : int_from_i64(pid);
  }
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  drop(keep);
  return result;
}

static struct object *spawn(const char *function, struct object *const *v, bool by_search) {
  struct path p = {.function = function};
  struct path_list argv, env;
  if (path_take(&p, v[0]) < 0)
    return NULL;
  struct object *result = NULL;
  if (!is_any_list(v[1]) && !is_any_tuple(v[1]))
    error_format(ERROR_TYPE, "%s: argv must be a tuple or list", function);
  else if (object_length(v[1]) < 1)
    error_format(ERROR_VALUE, "%s: argv must not be empty", function);
  else if (!is_mapping(v[2]))
    error_format(ERROR_TYPE, "%s: environment must be a mapping object", function);
  else if (path_list_open(&argv, v[1]) == 0) {
    if (!argv.n || !argv.items[0][0])
      error_format(ERROR_VALUE, "%s: argv first element cannot be empty", function);
    else if (path_list_open_environment(&env, v[2]) == 0) {
      const struct attributes options = {v[4], v[5], v[6], v[7], v[8], v[9]};
      result = start(&p, &argv, &env, v[3], &options, by_search);
      path_list_close(&env);
    }
    path_list_close(&argv);
  }
  path_close(&p);
  return result;
}
#define ARGUMENTS                                                                                  \
  "path", "argv", "env", "file_actions", "setpgroup", "resetids", "setsid", "setsigmask",          \
      "setsigdef", "scheduler"
FUNCTION(spawn, "posix_spawn", 3, 3, 3, ARGUMENTS) { return spawn("posix_spawn", v, false); }
FUNCTION(spawnp, "posix_spawnp", 3, 3, 3, ARGUMENTS) { return spawn("posix_spawnp", v, true); }

#define SIGNATURE                                                                                  \
  "$module, path, argv, env, /, *, file_actions=(),\n            setpgroup=<unrepresentable>, "    \
  "resetids=False, setsid=False,\n            setsigmask=(), setsigdef=(), "                       \
  "scheduler=<unrepresentable>"
static const struct method_def functions[] = {
    METHOD_KEYWORDS_("posix_spawn", spawn_call,
                     DOC("posix_spawn", SIGNATURE, "Run a program in a new process.")),
    METHOD_KEYWORDS_(
        "posix_spawnp", spawnp_call,
        DOC("posix_spawnp", SIGNATURE, "Run a program, found by PATH, in a new process.")),
    {NULL}};

int posix_fill_spawn(struct object *module) {
  if (module_add_int(module, "POSIX_SPAWN_OPEN", ACTION_OPEN) < 0 ||
      module_add_int(module, "POSIX_SPAWN_CLOSE", ACTION_CLOSE) < 0 ||
      module_add_int(module, "POSIX_SPAWN_DUP2", ACTION_DUP2) < 0)
    return -1;
  return module_add_functions(module, functions);
}
