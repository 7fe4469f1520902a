/* Names in directories: renaming, linking, removing; and what a symbolic link says. */
#include "runtime/modules/posix/posix.h"
#include "runtime/object/audit.h"
#include "runtime/object/protocol.h"
#include "runtime/object/tuple.h"
#include <limits.h>
#include <stdio.h>
#include <sys/sysmacros.h>

/* What audit events tell of two paths. */
static struct object *two_names(struct object *const *v, int from_dir, int to_dir) {
  return tuple_pack_taking(4, hold(v[0]), hold(v[1]), posix_dir_fd_told(from_dir),
                           posix_dir_fd_told(to_dir));
}

/* Two paths and up to two directories. */
static struct object *move(const char *function, struct object *const *v) {
  int from_dir, to_dir;
  struct path from = {.function = function, .argument = "src"},
              to = {.function = function, .argument = "dst"};
  if (path_take(&from, v[0]) < 0)
    return NULL;
  if (path_take(&to, v[1]) < 0)
    return path_close(&from), NULL;
  if (posix_dir_fd(v[2], &from_dir) < 0 || posix_dir_fd(v[3], &to_dir) < 0 ||
      AUDIT_FAILS("os.rename", two_names(v, from_dir, to_dir)))
    return path_close(&to), path_close(&from), NULL;
  if (BLOCKING(renameat(from_dir, from.narrow, to_dir, to.narrow)) < 0)
    return path_error_two(&from, &to);
  path_close(&to);
  path_close(&from);
  return hold(NONE);
}
FUNCTION(rename, "rename", 0, 2, 2, "src", "dst", "src_dir_fd", "dst_dir_fd") {
  return move("rename", v);
}
FUNCTION(replace, "replace", 0, 2, 2, "src", "dst", "src_dir_fd", "dst_dir_fd") {
  return move("replace", v);
}

FUNCTION(link, "link", 0, 2, 2, "src", "dst", "src_dir_fd", "dst_dir_fd", "follow_symlinks") {
  int from_dir, to_dir;
  bool follow;
  struct path from = {.function = "link", .argument = "src"},
              to = {.function = "link", .argument = "dst"};
  if (path_take(&from, v[0]) < 0)
    return NULL;
  if (path_take(&to, v[1]) < 0)
    return path_close(&from), NULL;
  if (posix_dir_fd(v[2], &from_dir) < 0 || posix_dir_fd(v[3], &to_dir) < 0 ||
      posix_flag(v[4], true, &follow) < 0 || AUDIT_FAILS("os.link", two_names(v, from_dir, to_dir)))
    return path_close(&to), path_close(&from), NULL;
  /* Without follow_symlinks=False and directories CPython calls link(), which follows nothing. */
  bool plain = from_dir == AT_FDCWD && to_dir == AT_FDCWD && follow;
  int flags = follow && !plain ? AT_SYMLINK_FOLLOW : 0;
  if (BLOCKING(linkat(from_dir, from.narrow, to_dir, to.narrow, flags)) < 0)
    return path_error_two(&from, &to);
  path_close(&to);
  path_close(&from);
  return hold(NONE);
}

FUNCTION(symlink, "symlink", 0, 3, 2, "src", "dst", "target_is_directory", "dir_fd") {
  int dir_fd;
  bool is_directory;
  struct path from = {.function = "symlink", .argument = "src"},
              to = {.function = "symlink", .argument = "dst"};
  if (path_take(&from, v[0]) < 0)
    return NULL;
  if (path_take(&to, v[1]) < 0)
    return path_close(&from), NULL;
  if (posix_flag(v[2], false, &is_directory) < 0 || posix_dir_fd(v[3], &dir_fd) < 0)
    return path_close(&to), path_close(&from), NULL;
  if (BLOCKING(symlinkat(from.narrow, dir_fd, to.narrow)) < 0)
    return path_error_two(&from, &to);
  path_close(&to);
  path_close(&from);
  return hold(NONE);
}

FUNCTION(readlink, "readlink", 0, 1, 1, "path", "dir_fd") {
  struct path p = {.function = "readlink"};
  int dir_fd;
  if (path_take(&p, v[0]) < 0)
    return NULL;
  if (posix_dir_fd(v[1], &dir_fd) < 0)
    return path_close(&p), NULL;
  char target[PATH_MAX + 1];
  ssize_t n = BLOCKING(readlinkat(dir_fd, p.narrow, target, PATH_MAX));
  if (n < 0)
    return path_error(&p);
  struct object *result = posix_name(&p, target, (size_t)n);
  path_close(&p);
  return result;
}

static struct object *remove_name(const char *function, struct object *const *v, int flags) {
  struct path p = {.function = function};
  int dir_fd;
  if (path_take(&p, v[0]) < 0)
    return NULL;
  if (posix_dir_fd(v[1], &dir_fd) < 0 ||
      AUDIT_FAILS(flags ? "os.rmdir" : "os.remove",
                  tuple_pack_taking(2, hold(v[0]), posix_dir_fd_told(dir_fd))))
    return path_close(&p), NULL;
  if (BLOCKING(unlinkat(dir_fd, p.narrow, flags)) < 0)
    return path_error(&p);
  path_close(&p);
  return hold(NONE);
}
FUNCTION(unlink, "unlink", 0, 1, 1, "path", "dir_fd") { return remove_name("unlink", v, 0); }
FUNCTION(remove, "remove", 0, 1, 1, "path", "dir_fd") { return remove_name("remove", v, 0); }
FUNCTION(rmdir, "rmdir", 0, 1, 1, "path", "dir_fd") {
  return remove_name("rmdir", v, AT_REMOVEDIR);
}

FUNCTION(mkfifo, "mkfifo", 0, 2, 1, "path", "mode", "dir_fd") {
  struct path p = {.function = "mkfifo"};
  int dir_fd, mode = 0666, result;
  bool raised = false;
  if (path_take(&p, v[0]) < 0)
    return NULL;
  if ((v[1] && argument_int(v[1], &mode) < 0) || posix_dir_fd(v[2], &dir_fd) < 0)
    return path_close(&p), NULL;
  result = BLOCKING_RETRY(&raised, mkfifoat(dir_fd, p.narrow, (mode_t)mode));
  if (result < 0 && !raised)
    return path_error(&p);
  path_close(&p);
  return raised ? NULL : hold(NONE);
}

static int device_of(struct object *o, dev_t *device) {
  struct object *index = number_index(o);
  if (!index)
    return -1;
  int64_t value;
  bool fits = int_to_i64(index, &value);
  bool negative = fits ? value < 0 : int_wide_is_negative((const struct int_object *)index);
  if (!fits && !negative && int_limbs_n((const struct int_object *)index) == 1) {
    value = (int64_t)((const struct int_object *)index)->limbs[0];
    fits = true;
  }
  drop(index);
  if (fits && !negative) {
    *device = (dev_t)value;
    return 0;
  }
  error_format(ERROR_OVERFLOW,
               negative ? "can't convert negative int to unsigned" : "int too big to convert");
  return -1;
}
FUNCTION(mknod, "mknod", 0, 3, 1, "path", "mode", "device", "dir_fd") {
  struct path p = {.function = "mknod"};
  int dir_fd, mode = 0600, result;
  dev_t device = 0;
  bool raised = false;
  if (path_take(&p, v[0]) < 0)
    return NULL;
  if ((v[1] && argument_int(v[1], &mode) < 0) || (v[2] && device_of(v[2], &device) < 0) ||
      posix_dir_fd(v[3], &dir_fd) < 0)
    return path_close(&p), NULL;
  result = BLOCKING_RETRY(&raised, mknodat(dir_fd, p.narrow, (mode_t)mode, device));
  if (result < 0 && !raised)
    return path_error(&p);
  path_close(&p);
  return raised ? NULL : hold(NONE);
}
FUNCTION(major, "major", 0, 1, 1, "device") {
  dev_t device;
  return device_of(v[0], &device) < 0 ? NULL : int_from_u64(major(device));
}
FUNCTION(minor, "minor", 0, 1, 1, "device") {
  dev_t device;
  return device_of(v[0], &device) < 0 ? NULL : int_from_u64(minor(device));
}
static struct object *makedev_fast(struct object *module, struct object *const *args, size_t n) {
  int high, low;
  if (args_check_count("makedev", n, 2, 2) < 0 || argument_int(args[0], &high) < 0 ||
      argument_int(args[1], &low) < 0)
    return NULL;
  return int_from_u64(makedev((unsigned)high, (unsigned)low));
}

#define TWO_PATHS "$module, /, src, dst, *, src_dir_fd=None, dst_dir_fd=None"
static const struct method_def functions[] = {
    METHOD_KEYWORDS_("rename", rename_call, DOC("rename", TWO_PATHS, "Give a file another name.")),
    METHOD_KEYWORDS_("replace", replace_call,
                     DOC("replace", TWO_PATHS,
                         "Give a file another name, in place of the file "
                         "that has it.")),
    METHOD_KEYWORDS_(
        "link", link_call,
        DOC("link", TWO_PATHS ",\n     follow_symlinks=True", "Create a hard link to a file.")),
    METHOD_KEYWORDS_("symlink", symlink_call,
                     DOC("symlink",
                         "$module, /, src, dst, target_is_directory=False, *, "
                         "dir_fd=None",
                         "Create a symbolic link that says src, named dst.")),
    METHOD_KEYWORDS_(
        "readlink", readlink_call,
        DOC("readlink", "$module, /, path, *, dir_fd=None", "What a symbolic link says.")),
    METHOD_KEYWORDS_("unlink", unlink_call,
                     DOC("unlink", "$module, /, path, *, dir_fd=None", "Remove a file.")),
    METHOD_KEYWORDS_("remove", remove_call,
                     DOC("remove", "$module, /, path, *, dir_fd=None", "Remove a file.")),
    METHOD_KEYWORDS_(
        "rmdir", rmdir_call,
        DOC("rmdir", "$module, /, path, *, dir_fd=None", "Remove an empty directory.")),
    METHOD_KEYWORDS_(
        "mkfifo", mkfifo_call,
        DOC("mkfifo", "$module, /, path, mode=438, *, dir_fd=None", "Create a named pipe.")),
    METHOD_KEYWORDS_("mknod", mknod_call,
                     DOC("mknod", "$module, /, path, mode=384, device=0, *, dir_fd=None",
                         "Create a node of the file system.")),
    METHOD_KEYWORDS_("major", major_call,
                     DOC("major", "$module, /, device", "The major number of a device.")),
    METHOD_KEYWORDS_("minor", minor_call,
                     DOC("minor", "$module, /, device", "The minor number of a device.")),
    METHOD_FAST_("makedev", makedev_fast,
                 DOC("makedev", "$module, major, minor, /", "A device from its numbers.")),
    {NULL}};

int posix_fill_names(struct object *module) { return module_add_functions(module, functions); }
