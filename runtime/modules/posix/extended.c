/* Extended attributes of files. */
#include "runtime/modules/posix/posix.h"
#include "runtime/object/list.h"
#include "runtime/object/protocol.h"
#include <linux/limits.h>
#include <string.h>
#include <sys/xattr.h>

enum { ROOM_FIRST = 128 };

static int take(struct path *p, struct object *path, struct object *follow_object, bool *follow) {
  if (path_take(p, path) < 0)
    return -1;
  if (posix_flag(follow_object, true, follow) < 0) {
    path_close(p);
    return -1;
  }
  if (p->fd >= 0 && !*follow) {
    error_format(ERROR_VALUE, "%s: cannot use fd and follow_symlinks together", p->function);
    path_close(p);
    return -1;
  }
  return 0;
}

static ssize_t get(const struct path *p, const char *name, void *to, size_t room, bool follow) {
  return p->fd >= 0 ? fgetxattr(p->fd, name, to, room)
         : follow   ? getxattr(p->narrow, name, to, room)
                    : lgetxattr(p->narrow, name, to, room);
}
FUNCTION(getxattr, "getxattr", 0, 2, 2, "path", "attribute", "follow_symlinks") {
  struct path p = {.function = "getxattr", .allow_fd = true},
              name = {.function = "getxattr", .argument = "attribute"};
  bool follow;
  if (take(&p, v[0], v[2], &follow) < 0)
    return NULL;
  if (path_take(&name, v[1]) < 0)
    return path_close(&p), NULL;
  struct object *result = NULL;
  for (size_t room = ROOM_FIRST;; room = XATTR_SIZE_MAX) {
    unsigned char *to = gc_buffer_new(room);
    if (!to) {
      error_no_memory();
      break;
    }
    ssize_t n = BLOCKING(get(&p, name.narrow, to, room, follow));
    bool again = n < 0 && errno == ERANGE && room != XATTR_SIZE_MAX;
    if (n >= 0)
      result = bytes_from(to, (size_t)n);
    else if (!again)
      error_errno(errno, p.object, NULL);
    gc_buffer_free(to, room);
    if (!again)
      break;
  }
  path_close(&name);
  path_close(&p);
  return result;
}

static int set(const struct path *p, const char *name, const void *value, size_t n, int flags,
               bool follow) {
  return p->fd >= 0 ? fsetxattr(p->fd, name, value, n, flags)
         : follow   ? setxattr(p->narrow, name, value, n, flags)
                    : lsetxattr(p->narrow, name, value, n, flags);
}
FUNCTION(setxattr, "setxattr", 0, 4, 3, "path", "attribute", "value", "flags", "follow_symlinks") {
  struct path p = {.function = "setxattr", .allow_fd = true},
              name = {.function = "setxattr", .argument = "attribute"};
  bool follow;
  int flags = 0;
  struct buffer_view view;
  if (take(&p, v[0], v[4], &follow) < 0)
    return NULL;
  if (path_take(&name, v[1]) < 0)
    return path_close(&p), NULL;
  if ((v[3] && argument_int(v[3], &flags) < 0) || buffer_get(v[2], &view, BUFFER_SIMPLE) < 0)
    return path_close(&name), path_close(&p), NULL;
  int result = BLOCKING(set(&p, name.narrow, view.data, (size_t)view.bytes, flags, follow));
  int error_number = errno;
  buffer_release(&view);
  path_close(&name);
  errno = error_number;
  if (result < 0)
    return path_error(&p);
  path_close(&p);
  return hold(NONE);
}

static int remove_one(const struct path *p, const char *name, bool follow) {
  return p->fd >= 0 ? fremovexattr(p->fd, name)
         : follow   ? removexattr(p->narrow, name)
                    : lremovexattr(p->narrow, name);
}
FUNCTION(removexattr, "removexattr", 0, 2, 2, "path", "attribute", "follow_symlinks") {
  struct path p = {.function = "removexattr", .allow_fd = true},
              name = {.function = "removexattr", .argument = "attribute"};
  bool follow;
  if (take(&p, v[0], v[2], &follow) < 0)
    return NULL;
  if (path_take(&name, v[1]) < 0)
    return path_close(&p), NULL;
  int result = BLOCKING(remove_one(&p, name.narrow, follow));
  int error_number = errno;
  path_close(&name);
  errno = error_number;
  if (result < 0)
    return path_error(&p);
  path_close(&p);
  return hold(NONE);
}

static ssize_t list(const struct path *p, char *to, size_t room, bool follow) {
  const char *name = p->narrow ? p->narrow : ".";
  return p->fd >= 0 ? flistxattr(p->fd, to, room)
         : follow   ? listxattr(name, to, room)
                    : llistxattr(name, to, room);
}
static struct object *split(const char *names, size_t n) {
  struct object *result = list_new(0);
  for (const char *p = names; result && p < names + n; p += strlen(p) + 1) {
    struct object *name = str_decode_filename(p, strlen(p));
    if (!name || list_append_taking(result, name) < 0) {
      drop(result);
      return NULL;
    }
  }
  return result;
}
FUNCTION(listxattr, "listxattr", 0, 1, 0, "path", "follow_symlinks") {
  struct path p = {.function = "listxattr", .nullable = true, .allow_fd = true};
  bool follow;
  if (take(&p, v[0], v[1], &follow) < 0)
    return NULL;
  struct object *result = NULL;
  for (size_t room = 256;; room = XATTR_LIST_MAX) {
    char *to = gc_buffer_new(room);
    if (!to) {
      error_no_memory();
      break;
    }
    ssize_t n = BLOCKING(list(&p, to, room, follow));
    bool again = n < 0 && errno == ERANGE && room != XATTR_LIST_MAX;
    if (n >= 0)
      result = split(to, (size_t)n);
    else if (!again)
      error_errno(errno, p.object, NULL);
    gc_buffer_free(to, room);
    if (!again)
      break;
  }
  path_close(&p);
  return result;
}

static const struct method_def functions[] = {
    METHOD_KEYWORDS_("getxattr", getxattr_call,
                     DOC("getxattr", "$module, /, path, attribute, *, follow_symlinks=True",
                         "The value of an extended attribute.")),
    METHOD_KEYWORDS_("setxattr", setxattr_call,
                     DOC("setxattr",
                         "$module, /, path, attribute, value, flags=0, *,\n         "
                         "follow_symlinks=True",
                         "Set an extended attribute.")),
    METHOD_KEYWORDS_("removexattr", removexattr_call,
                     DOC("removexattr", "$module, /, path, attribute, *, follow_symlinks=True",
                         "Remove an extended attribute.")),
    METHOD_KEYWORDS_("listxattr", listxattr_call,
                     DOC("listxattr", "$module, /, path=None, *, follow_symlinks=True",
                         "The names of a file's extended attributes.")),
    {NULL}};

int posix_fill_extended(struct object *module) { return module_add_functions(module, functions); }
