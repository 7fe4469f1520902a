/* Who runs the process: users, groups, sessions, priorities. */
#include "runtime/modules/posix/posix.h"
#include "runtime/object/list.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include <grp.h>
#include <limits.h>
#include <string.h>
#include <sys/resource.h>

static struct object *id(uint32_t value) {
  return value == UINT32_MAX ? int_from_i64(-1) : int_from_i64(value);
}
static struct object *three(uint32_t a, uint32_t b, uint32_t c) {
  struct object *values[] = {id(a), id(b), id(c)};
  struct object *result = values[0] && values[1] && values[2] ? tuple_from(values, 3) : NULL;
  for (size_t i = 0; i < 3; i++)
    drop_null(values[i]);
  return result;
}

#define GET(name, value)                                                                           \
  static struct object *name##_none(struct object *module) { return value; }
GET(getpid, int_from_i64(getpid()))
GET(getppid, int_from_i64(getppid()))
GET(getpgrp, int_from_i64(getpgrp()))
GET(getuid, id(getuid()))
GET(geteuid, id(geteuid()))
GET(getgid, id(getgid()))
GET(getegid, id(getegid()))
GET(setpgrp, posix_done(setpgid(0, 0)))
GET(setsid, posix_done(setsid() < 0 ? -1 : 0))

static struct object *getresuid_none(struct object *module) {
  uid_t a, b, c;
  return getresuid(&a, &b, &c) < 0 ? posix_done(-1) : three(a, b, c);
}
static struct object *getresgid_none(struct object *module) {
  gid_t a, b, c;
  return getresgid(&a, &b, &c) < 0 ? posix_done(-1) : three(a, b, c);
}

#define SET(name, kind)                                                                            \
  static struct object *name##_one(struct object *module, struct object *o) {                      \
    kind##_t value;                                                                                \
    return argument_##kind(o, &value) < 0 ? NULL : posix_done(name(value));                        \
  }
#define SET_TWO(name, kind)                                                                        \
  static struct object *name##_fast(struct object *module, struct object *const *args, size_t n) { \
    kind##_t a, b;                                                                                 \
    if (args_check_count(#name, n, 2, 2) < 0 || argument_##kind(args[0], &a) < 0 ||                \
        argument_##kind(args[1], &b) < 0)                                                          \
      return NULL;                                                                                 \
    return posix_done(name(a, b));                                                                 \
  }
#define SET_THREE(name, kind)                                                                      \
  static struct object *name##_fast(struct object *module, struct object *const *args, size_t n) { \
    kind##_t a, b, c;                                                                              \
    if (args_check_count(#name, n, 3, 3) < 0 || argument_##kind(args[0], &a) < 0 ||                \
        argument_##kind(args[1], &b) < 0 || argument_##kind(args[2], &c) < 0)                      \
      return NULL;                                                                                 \
    return posix_done(name(a, b, c));                                                              \
  }
SET(setuid, uid)
SET(seteuid, uid)
SET(setgid, gid)
SET(setegid, gid)
SET_TWO(setreuid, uid)
SET_TWO(setregid, gid)
SET_THREE(setresuid, uid)
SET_THREE(setresgid, gid)

FUNCTION(getpgid, "getpgid", 0, 1, 1, "pid") {
  int pid;
  if (argument_pid(v[0], &pid) < 0)
    return NULL;
  pid_t group = getpgid(pid);
  return group < 0 ? posix_done(-1) : int_from_i64(group);
}
static struct object *getsid_one(struct object *module, struct object *o) {
  int pid;
  if (argument_pid(o, &pid) < 0)
    return NULL;
  pid_t session = getsid(pid);
  return session < 0 ? posix_done(-1) : int_from_i64(session);
}
static struct object *setpgid_fast(struct object *module, struct object *const *args, size_t n) {
  int pid, group;
  if (args_check_count("setpgid", n, 2, 2) < 0 || argument_pid(args[0], &pid) < 0 ||
      argument_pid(args[1], &group) < 0)
    return NULL;
  return posix_done(setpgid(pid, group));
}

/* ---- Groups ---- */

static struct object *group_list(const gid_t *groups, int n) {
  struct object *list = list_new((size_t)n);
  for (int i = 0; list && i < n; i++) {
    struct object *each = id(groups[i]);
    if (!each || list_append_taking(list, each) < 0) {
      drop(list);
      return NULL;
    }
  }
  return list;
}
static struct object *getgroups_none(struct object *module) {
  int n = getgroups(0, NULL);
  if (n < 0)
    return posix_done(-1);
  size_t bytes = ((size_t)n + 1) * sizeof(gid_t);
  gid_t *groups = gc_buffer_new(bytes);
  if (!groups)
    return error_no_memory();
  n = getgroups(n + 1, groups);
  struct object *result = n < 0 ? posix_done(-1) : group_list(groups, n);
  gc_buffer_free(groups, bytes);
  return result;
}
static struct object *setgroups_one(struct object *module, struct object *o) {
  if (!is_sequence(o))
    return error_format(ERROR_TYPE, "setgroups argument must be a sequence");
  struct object *tuple = iterate_to_tuple(o);
  if (!tuple)
    return NULL;
  size_t n = tuple_length(tuple);
  struct object *result = NULL;
  gid_t *groups = NULL;
  if (n > NGROUPS_MAX)
    error_format(ERROR_VALUE, "too many groups");
  else if (!(groups = gc_buffer_new((n + 1) * sizeof *groups)))
    error_no_memory();
  bool good = groups != NULL;
  for (size_t i = 0; good && i < n; i++) {
    struct object *each = tuple_get_borrowed(tuple, i);
    if (!is_any_int(each)) {
      error_format(ERROR_TYPE, "groups must be integers");
      good = false;
    } else
      good = argument_gid(each, &groups[i]) == 0;
  }
  if (good)
    result = posix_done(setgroups(n, groups));
  if (groups)
    gc_buffer_free(groups, (n + 1) * sizeof *groups);
  drop(tuple);
  return result;
}
static struct object *getgrouplist_fast(struct object *module, struct object *const *args,
                                        size_t n) {
  gid_t base;
  struct object *owner;
  if (args_check_count("getgrouplist", n, 2, 2) < 0)
    return NULL;
  const char *user = argument_text(args[0], "getgrouplist() argument 1", &owner);
  if (!user)
    return NULL;
  if (argument_gid(args[1], &base) < 0)
    return drop_null(owner), NULL;
  struct object *result = NULL;
  for (int room = 64;;) {
    int got = room;
    gid_t *groups = gc_buffer_new((size_t)room * sizeof *groups);
    if (!groups) {
      error_no_memory();
      break;
    }
    bool fits = getgrouplist(user, base, groups, &got) >= 0;
    if (fits)
      result = group_list(groups, got);
    gc_buffer_free(groups, (size_t)room * sizeof *groups);
    if (fits)
      break;
    room = got > room ? got : room * 2;
  }
  drop_null(owner);
  return result;
}
static struct object *initgroups_fast(struct object *module, struct object *const *args, size_t n) {
  gid_t gid;
  if (args_check_count("initgroups", n, 2, 2) < 0)
    return NULL;
  struct object *user = path_to_bytes(args[0]);
  if (!user)
    return NULL;
  struct object *result = argument_gid(args[1], &gid) < 0
                              ? NULL
                              : posix_done(initgroups((const char *)bytes_data(user), gid));
  drop(user);
  return result;
}

static struct object *getlogin_none(struct object *module) {
  char name[LOGIN_NAME_MAX + 1];
  int error_number = getlogin_r(name, sizeof name);
  return error_number ? error_errno(error_number, NULL, NULL)
                      : str_decode_filename(name, strlen(name));
}

/* ---- Priorities ---- */

static struct object *nice_one(struct object *module, struct object *o) {
  int increment;
  if (argument_int(o, &increment) < 0)
    return NULL;
  errno = 0;
  int value = nice(increment);
  return value == -1 && errno ? posix_done(-1) : int_from_i64(value);
}
FUNCTION(getpriority, "getpriority", 0, 2, 2, "which", "who") {
  int which, who;
  if (argument_int(v[0], &which) < 0 || argument_int(v[1], &who) < 0)
    return NULL;
  errno = 0;
  int value = getpriority((unsigned)which, (unsigned)who);
  return errno ? posix_done(-1) : int_from_i64(value);
}
FUNCTION(setpriority, "setpriority", 0, 3, 3, "which", "who", "priority") {
  int which, who, priority;
  if (argument_int(v[0], &which) < 0 || argument_int(v[1], &who) < 0 ||
      argument_int(v[2], &priority) < 0)
    return NULL;
  return posix_done(setpriority((unsigned)which, (unsigned)who, priority));
}

#define NONE_ROW(name, text) METHOD_NOARGS_(#name, name##_none, DOC(#name, "$module, /", text))
#define ONE_ROW(name, argument, text)                                                              \
  METHOD_ONE_(#name, name##_one, DOC(#name, "$module, " argument ", /", text))
#define FAST_ROW(name, arguments, text)                                                            \
  METHOD_FAST_(#name, name##_fast, DOC(#name, "$module, " arguments ", /", text))
static const struct method_def functions[] = {
    NONE_ROW(getpid, "The process id."),
    NONE_ROW(getppid, "The id of the parent process."),
    NONE_ROW(getpgrp, "The id of the process group."),
    NONE_ROW(getuid, "The user id."),
    NONE_ROW(geteuid, "The effective user id."),
    NONE_ROW(getgid, "The group id."),
    NONE_ROW(getegid, "The effective group id."),
    NONE_ROW(getresuid, "The user ids (real, effective, saved)."),
    NONE_ROW(getresgid, "The group ids (real, effective, saved)."),
    NONE_ROW(getgroups, "The supplemental group ids."),
    NONE_ROW(getlogin, "The login name."),
    NONE_ROW(setpgrp, "Make the process the leader of its group."),
    NONE_ROW(setsid, "Begin a new session."),
    ONE_ROW(setuid, "uid", "Set the user id."),
    ONE_ROW(seteuid, "euid", "Set the effective user id."),
    ONE_ROW(setgid, "gid", "Set the group id."),
    ONE_ROW(setegid, "egid", "Set the effective group id."),
    FAST_ROW(setreuid, "ruid, euid", "Set real and effective user id."),
    FAST_ROW(setregid, "rgid, egid", "Set real and effective group id."),
    FAST_ROW(setresuid, "ruid, euid, suid", "Set all user ids."),
    FAST_ROW(setresgid, "rgid, egid, sgid", "Set all group ids."),
    METHOD_KEYWORDS_("getpgid", getpgid_call,
                     DOC("getpgid", "$module, /, pid", "The process group of a process.")),
    ONE_ROW(getsid, "pid", "The session of a process."),
    FAST_ROW(setpgid, "pid, pgrp", "Move a process to a group."),
    ONE_ROW(setgroups, "groups", "Set the supplemental group ids."),
    FAST_ROW(getgrouplist, "user, group", "The groups a user belongs to."),
    FAST_ROW(initgroups, "username, gid", "Set the groups a user belongs to."),
    ONE_ROW(nice, "increment", "Lower the priority; returns what it is now."),
    METHOD_KEYWORDS_("getpriority", getpriority_call,
                     DOC("getpriority", "$module, /, which, who", "A priority.")),
    METHOD_KEYWORDS_("setpriority", setpriority_call,
                     DOC("setpriority", "$module, /, which, who, priority", "Set a priority.")),
    {NULL}};

int posix_fill_identity(struct object *module) { return module_add_functions(module, functions); }
