/* Directories: making them, being in them, and the names in them. */
#include "runtime/modules/posix/posix.h"
#include "runtime/object/audit.h"
#include "runtime/object/list.h"
#include "runtime/object/tuple.h"
#include <dirent.h>
#include <limits.h>
#include <string.h>

FUNCTION(mkdir, "mkdir", 0, 2, 1, "path", "mode", "dir_fd") {
  struct path p = {.function = "mkdir"};
  int dir_fd, mode = 0777;
  if (path_take(&p, v[0]) < 0)
    return NULL;
  if ((v[1] && argument_int(v[1], &mode) < 0) || posix_dir_fd(v[2], &dir_fd) < 0 ||
      AUDIT_FAILS("os.mkdir",
                  tuple_pack_taking(3, hold(v[0]), int_from_i64(mode), posix_dir_fd_told(dir_fd))))
    return path_close(&p), NULL;
  if (BLOCKING(mkdirat(dir_fd, p.narrow, (mode_t)mode)) < 0)
    return path_error(&p);
  path_close(&p);
  return hold(NONE);
}

FUNCTION(chdir, "chdir", 0, 1, 1, "path") {
  struct path p = {.function = "chdir", .allow_fd = true};
  if (path_take(&p, v[0]) < 0)
    return NULL;
  if (AUDIT_FAILS("os.chdir", tuple_pack(1, v[0])))
    return path_close(&p), NULL;
  int result = p.narrow ? BLOCKING(chdir(p.narrow)) : BLOCKING(fchdir(p.fd));
  if (result < 0)
    return path_error(&p);
  path_close(&p);
  return hold(NONE);
}
FUNCTION(fchdir, "fchdir", 0, 1, 1, "fd") {
  int fd;
  bool raised = false;
  if (argument_fd(v[0], &fd) < 0 || AUDIT_FAILS("os.chdir", tuple_pack_taking(1, int_from_i64(fd))))
    return NULL;
  int result = BLOCKING_RETRY(&raised, fchdir(fd));
  return raised ? NULL : posix_done(result);
}
FUNCTION(chroot, "chroot", 0, 1, 1, "path") {
  struct path p = {.function = "chroot"};
  if (path_take(&p, v[0]) < 0)
    return NULL;
  if (BLOCKING(chroot(p.narrow)) < 0)
    return path_error(&p);
  path_close(&p);
  return hold(NONE);
}

/* Longer paths than PATH_MAX exist where directories were made step by step. */
static struct object *current(bool as_bytes) {
  char fixed[PATH_MAX + 1];
  char *path = fixed;
  size_t room = sizeof fixed;
  char *found;
  while (!(found = BLOCKING(getcwd(path, room))) && errno == ERANGE) {
    if (path != fixed)
      gc_buffer_free(path, room);
    room *= 2;
    path = gc_buffer_new(room);
    if (!path)
      return error_no_memory();
  }
  struct object *result = !found     ? error_errno(errno, NULL, NULL)
                          : as_bytes ? bytes_from(path, strlen(path))
                                     : str_decode_filename(path, strlen(path));
  if (path != fixed)
    gc_buffer_free(path, room);
  return result;
}
static struct object *getcwd_none(struct object *module) { return current(false); }
static struct object *getcwdb_none(struct object *module) { return current(true); }

/* ---- Listing ---- */

static bool is_self_or_parent(const char *name) {
  return name[0] == '.' && (name[1] == 0 || (name[1] == '.' && name[2] == 0));
}

static struct object *names_of(const struct path *p, DIR *directory) {
  struct object *list = list_new(0);
  while (list) {
    errno = 0;
    struct dirent *entry = BLOCKING(readdir(directory));
    if (!entry) {
      if (!errno)
        return list;
      error_errno(errno, p->object, NULL);
      break;
    }
    if (is_self_or_parent(entry->d_name))
      continue;
    struct object *name = posix_name(p, entry->d_name, strlen(entry->d_name));
    if (!name || list_append_taking(list, name) < 0)
      break;
  }
  drop_null(list);
  return NULL;
}

FUNCTION(listdir, "listdir", 0, 1, 0, "path") {
  struct path p = {.function = "listdir", .nullable = true, .allow_fd = true};
  if (path_take(&p, v[0]) < 0)
    return NULL;
  if (AUDIT_FAILS("os.listdir", tuple_pack(1, v[0] ? v[0] : NONE)))
    return path_close(&p), NULL;
  DIR *directory;
  int copy = -1;
  if (p.fd >= 0) { /* closing the stream must not close the caller's */
    copy = BLOCKING(fcntl(p.fd, F_DUPFD_CLOEXEC, 0));
    directory = copy < 0 ? NULL : BLOCKING(fdopendir(copy));
  } else
    directory = BLOCKING(opendir(p.narrow ? p.narrow : "."));
  if (!directory) {
    int error_number = errno;
    if (copy >= 0)
      close(copy);
    errno = error_number;
    return path_error(&p);
  }
  if (p.fd >= 0)
    rewinddir(directory);
  struct object *list = names_of(&p, directory);
  if (p.fd >= 0)
    rewinddir(directory);
  BLOCKING(closedir(directory));
  path_close(&p);
  return list;
}

static const struct method_def functions[] = {
    METHOD_KEYWORDS_(
        "mkdir", mkdir_call,
        DOC("mkdir", "$module, /, path, mode=511, *, dir_fd=None", "Create a directory.")),
    METHOD_KEYWORDS_("chdir", chdir_call,
                     DOC("chdir", "$module, /, path", "Change the current directory.")),
    METHOD_KEYWORDS_("fchdir", fchdir_call,
                     DOC("fchdir", "$module, /, fd", "Change to the directory of a descriptor.")),
    METHOD_KEYWORDS_("chroot", chroot_call,
                     DOC("chroot", "$module, /, path", "Change the root directory.")),
    METHOD_NOARGS_("getcwd", getcwd_none,
                   DOC("getcwd", "$module, /", "The current directory as a str.")),
    METHOD_NOARGS_("getcwdb", getcwdb_none,
                   DOC("getcwdb", "$module, /", "The current directory as bytes.")),
    METHOD_KEYWORDS_("listdir", listdir_call,
                     DOC("listdir", "$module, /, path=None",
                         "A list of the names in a directory, in no order, without '.' and "
                         "'..'.")),
    {NULL}};

int posix_fill_directories(struct object *module) {
  return module_add_functions(module, functions);
}
