/* What a file allows, to whom it belongs, and its times. */
#include "runtime/modules/posix/posix.h"
#include "runtime/modules/timestamp.h"
#include "runtime/object/protocol.h"
#include "runtime/object/tuple.h"

FUNCTION(access, "access", 0, 2, 2, "path", "mode", "dir_fd", "effective_ids", "follow_symlinks") {
  struct path p = {.function = "access"};
  int mode, dir_fd;
  bool effective, follow;
  if (path_take(&p, v[0]) < 0)
    return NULL;
  if (argument_int(v[1], &mode) < 0 || posix_dir_fd(v[2], &dir_fd) < 0 ||
      posix_flag(v[3], false, &effective) < 0 || posix_flag(v[4], true, &follow) < 0)
    return path_close(&p), NULL;
  int flags = (effective ? AT_EACCESS : 0) | (follow ? 0 : AT_SYMLINK_NOFOLLOW);
  int result = BLOCKING(faccessat(dir_fd, p.narrow, mode, flags));
  path_close(&p);
  return hold(bool_from(result == 0));
}

FUNCTION(chmod, "chmod", 0, 2, 2, "path", "mode", "dir_fd", "follow_symlinks") {
  struct path p = {.function = "chmod", .allow_fd = true};
  int mode, dir_fd, result;
  bool follow;
  if (path_take(&p, v[0]) < 0)
    return NULL;
  if (argument_int(v[1], &mode) < 0 || posix_dir_fd(v[2], &dir_fd) < 0 ||
      posix_flag(v[3], true, &follow) < 0)
    return path_close(&p), NULL;
  if (!p.narrow)
    result = BLOCKING(fchmod(p.fd, (mode_t)mode));
  else
    result = BLOCKING(fchmodat(dir_fd, p.narrow, (mode_t)mode, follow ? 0 : AT_SYMLINK_NOFOLLOW));
  if (result < 0 && !follow && (errno == ENOTSUP || errno == EOPNOTSUPP)) {
    path_close(&p);
    if (dir_fd == AT_FDCWD)
      return posix_unavailable("chmod", "follow_symlinks");
    return error_format(ERROR_VALUE, "chmod: cannot use dir_fd and follow_symlinks together");
  }
  if (result < 0)
    return path_error(&p);
  path_close(&p);
  return hold(NONE);
}
FUNCTION(fchmod, "fchmod", 0, 2, 2, "fd", "mode") {
  int fd, mode;
  bool raised = false;
  if (argument_int(v[0], &fd) < 0 || argument_int(v[1], &mode) < 0)
    return NULL;
  int result = BLOCKING_RETRY(&raised, fchmod(fd, (mode_t)mode));
  return raised ? NULL : posix_done(result);
}

FUNCTION(chown, "chown", 0, 3, 3, "path", "uid", "gid", "dir_fd", "follow_symlinks") {
  struct path p = {.function = "chown", .allow_fd = true};
  uid_t uid;
  gid_t gid;
  int dir_fd;
  bool follow;
  if (path_take(&p, v[0]) < 0)
    return NULL;
  if (argument_uid(v[1], &uid) < 0 || argument_gid(v[2], &gid) < 0 ||
      posix_dir_fd(v[3], &dir_fd) < 0 || posix_flag(v[4], true, &follow) < 0)
    return path_close(&p), NULL;
  if (!p.narrow && (dir_fd != AT_FDCWD || !follow)) {
    error_format(ERROR_VALUE, dir_fd != AT_FDCWD
                                  ? "chown: can't specify dir_fd without matching path"
                                  : "chown: cannot use fd and follow_symlinks together");
    return path_close(&p), NULL;
  }
  int result =
      p.narrow ? BLOCKING(fchownat(dir_fd, p.narrow, uid, gid, follow ? 0 : AT_SYMLINK_NOFOLLOW))
               : BLOCKING(fchown(p.fd, uid, gid));
  if (result < 0)
    return path_error(&p);
  path_close(&p);
  return hold(NONE);
}
FUNCTION(lchown, "lchown", 0, 3, 3, "path", "uid", "gid") {
  struct path p = {.function = "lchown"};
  uid_t uid;
  gid_t gid;
  if (path_take(&p, v[0]) < 0)
    return NULL;
  if (argument_uid(v[1], &uid) < 0 || argument_gid(v[2], &gid) < 0)
    return path_close(&p), NULL;
  if (BLOCKING(lchown(p.narrow, uid, gid)) < 0)
    return path_error(&p);
  path_close(&p);
  return hold(NONE);
}
FUNCTION(fchown, "fchown", 0, 3, 3, "fd", "uid", "gid") {
  int fd;
  uid_t uid;
  gid_t gid;
  bool raised = false;
  if (argument_int(v[0], &fd) < 0 || argument_uid(v[1], &uid) < 0 || argument_gid(v[2], &gid) < 0)
    return NULL;
  int result = BLOCKING_RETRY(&raised, fchown(fd, uid, gid));
  return raised ? NULL : posix_done(result);
}

static struct object *umask_one(struct object *module, struct object *o) {
  int mask;
  return argument_int(o, &mask) < 0 ? NULL : int_from_i64(umask((mode_t)mask));
}

/* ---- Times ---- */

/* times and ns, of which one may be given; both times are "now" without. */
static int read_times(struct object *times, struct object *ns, struct timespec t[2]) {
  t[0] = t[1] = (struct timespec){.tv_nsec = UTIME_NOW};
  if (times == NONE)
    times = NULL;
  if (times && ns) {
    error_format(ERROR_VALUE, "utime: you may specify either 'times' or 'ns' but not both");
    return -1;
  }
  if (!times && !ns)
    return 0;
  struct object *pair = times ? times : ns;
  if (!is_any_tuple(pair) || tuple_length(pair) != 2) {
    error_format(ERROR_TYPE, times ? "utime: 'times' must be either a tuple of two ints or None"
                                   : "utime: 'ns' must be a tuple of two ints");
    return -1;
  }
  for (size_t i = 0; i < 2; i++) {
    struct object *each = tuple_get_borrowed(pair, i);
    if ((times ? timestamp_to_timespec(each, &t[i]) : timestamp_split_ns(each, &t[i])) < 0)
      return -1;
  }
  return 0;
}

FUNCTION(utime, "utime", 0, 2, 1, "path", "times", "ns", "dir_fd", "follow_symlinks") {
  struct path p = {.function = "utime", .allow_fd = true};
  struct timespec times[2];
  int dir_fd;
  bool follow;
  if (path_take(&p, v[0]) < 0)
    return NULL;
  if (posix_dir_fd(v[3], &dir_fd) < 0 || posix_flag(v[4], true, &follow) < 0 ||
      read_times(v[1], v[2], times) < 0)
    return path_close(&p), NULL;
  if (!p.narrow && (dir_fd != AT_FDCWD || !follow)) {
    error_format(ERROR_VALUE, dir_fd != AT_FDCWD
                                  ? "utime: can't specify dir_fd without matching path"
                                  : "utime: cannot use fd and follow_symlinks together");
    return path_close(&p), NULL;
  }
  int result = p.narrow
                   ? BLOCKING(utimensat(dir_fd, p.narrow, times, follow ? 0 : AT_SYMLINK_NOFOLLOW))
                   : BLOCKING(futimens(p.fd, times));
  if (result < 0) /* as in CPython, without the path */
    posix_done(-1);
  path_close(&p);
  return result < 0 ? NULL : hold(NONE);
}

static const struct method_def functions[] = {
    METHOD_KEYWORDS_("access", access_call,
                     DOC("access",
                         "$module, /, path, mode, *, dir_fd=None, effective_ids=False,\n       "
                         "follow_symlinks=True",
                         "Whether the real user may do that with a file.")),
    METHOD_KEYWORDS_("chmod", chmod_call,
                     DOC("chmod", "$module, /, path, mode, *, dir_fd=None, follow_symlinks=True",
                         "Change what a file allows.")),
    METHOD_KEYWORDS_("fchmod", fchmod_call,
                     DOC("fchmod", "$module, /, fd, mode", "Change what an open file allows.")),
    METHOD_KEYWORDS_("chown", chown_call,
                     DOC("chown",
                         "$module, /, path, uid, gid, *, dir_fd=None, follow_symlinks=True",
                         "Change to whom a file belongs; -1 leaves an id.")),
    METHOD_KEYWORDS_(
        "lchown", lchown_call,
        DOC("lchown", "$module, /, path, uid, gid", "Like chown, but of a symbolic link itself.")),
    METHOD_KEYWORDS_(
        "fchown", fchown_call,
        DOC("fchown", "$module, /, fd, uid, gid", "Change to whom an open file belongs.")),
    METHOD_ONE_("umask", umask_one,
                DOC("umask", "$module, mask, /", "Set the mask of modes; returns the last.")),
    METHOD_KEYWORDS_("utime", utime_call,
                     DOC("utime",
                         "$module, /, path, times=None, *, ns=<unrepresentable>,\n      "
                         "dir_fd=None, follow_symlinks=True",
                         "Set the times of last access and modification.")),
    {NULL}};

int posix_fill_attributes(struct object *module) { return module_add_functions(module, functions); }
