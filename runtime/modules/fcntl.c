/* The module fcntl: control of open files, and locks on them. */
#include "runtime/modules/argument.h"
#include "runtime/modules/blocking.h"
#include "runtime/modules/module.h"
#include "runtime/object/bytes.h"
#include "runtime/object/codec.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { ROOM = 1024 }; /* what a structure passed by value may have */

static struct object *result_of(int result, bool raised) {
  if (result >= 0)
    return int_from_i64(result);
  return raised ? NULL : error_errno(errno, NULL, NULL);
}

/* A str counts as its UTF-8. -1: too long. 0: o is no buffer. */
static int take_buffer(struct object *o, char room[ROOM], size_t *n, const char *function) {
  struct object *owner = is_any_str(o) ? codec_utf8_encode(o, "strict") : hold(o);
  if (!owner)
    return -1;
  if (!has_buffer(owner)) {
    drop(owner);
    return 0;
  }
  struct buffer_view view;
  int status = buffer_get(owner, &view, BUFFER_SIMPLE);
  if (status == 0) {
    *n = (size_t)view.bytes;
    if (*n > ROOM) {
      error_format(ERROR_VALUE, "%s string arg too long", function);
      status = -1;
    } else
      memcpy(room, view.data, *n);
    buffer_release(&view);
  }
  drop(owner);
  return status < 0 ? -1 : 1;
}

static struct object *fcntl_fast(struct object *module, struct object *const *args, size_t n) {
  int fd, command, result;
  unsigned number = 0;
  bool raised = false;
  if (args_check_count("fcntl", n, 2, 3) < 0 || argument_fd(args[0], &fd) < 0 ||
      argument_int(args[1], &command) < 0)
    return NULL;
  if (n > 2) {
    char room[ROOM];
    size_t bytes;
    int taken = take_buffer(args[2], room, &bytes, "fcntl");
    if (taken < 0)
      return NULL;
    if (taken) {
      result = BLOCKING_RETRY(&raised, fcntl(fd, command, room));
      return result < 0 ? result_of(result, raised) : bytes_from(room, bytes);
    }
    if (argument_unsigned(args[2], &number) < 0)
      return NULL;
  }
  result = BLOCKING_RETRY(&raised, fcntl(fd, command, (int)number));
  return result_of(result, raised);
}

/* Into a buffer that can be written the system's answer goes; where it is small, by way of room
 * that is never too small for the structure. */
static struct object *ioctl_on(int fd, unsigned request, struct object *o, bool *is_buffer) {
  struct buffer_view view;
  *is_buffer = has_buffer(o) && buffer_get(o, &view, BUFFER_WRITABLE) == 0;
  if (!*is_buffer) {
    error_clear();
    return NULL;
  }
  int result;
  if (view.bytes <= ROOM) {
    char room[ROOM + 1];
    memcpy(room, view.data, (size_t)view.bytes);
    room[view.bytes] = 0;
    result = BLOCKING(ioctl(fd, request, room));
    memcpy(view.data, room, (size_t)view.bytes);
  } else
    result = BLOCKING(ioctl(fd, request, view.data));
  int error_number = errno;
  buffer_release(&view);
  return result < 0 ? error_errno(error_number, NULL, NULL) : int_from_i64(result);
}
static struct object *ioctl_fast(struct object *module, struct object *const *args, size_t n) {
  int fd, number = 0;
  unsigned request;
  bool mutates = true, is_buffer;
  if (args_check_count("ioctl", n, 2, 4) < 0 || argument_fd(args[0], &fd) < 0 ||
      argument_unsigned(args[1], &request) < 0 || (n > 3 && argument_bool(args[3], &mutates) < 0))
    return NULL;
  if (n > 2) {
    char room[ROOM + 1];
    size_t bytes = 0;
    if (mutates) {
      struct object *result = ioctl_on(fd, request, args[2], &is_buffer);
      if (is_buffer)
        return result;
    }
    int taken = take_buffer(args[2], room, &bytes, "ioctl");
    if (taken < 0)
      return NULL;
    if (taken) {
      room[bytes] = 0;
      return BLOCKING(ioctl(fd, request, room)) < 0 ? error_errno(errno, NULL, NULL)
                                                    : bytes_from(room, bytes);
    }
    if (argument_int(args[2], &number) < 0)
      return NULL;
  }
  return result_of(BLOCKING(ioctl(fd, request, number)), false);
}

static struct object *flock_fast(struct object *module, struct object *const *args, size_t n) {
  int fd, operation;
  bool raised = false;
  if (args_check_count("flock", n, 2, 2) < 0 || argument_fd(args[0], &fd) < 0 ||
      argument_int(args[1], &operation) < 0)
    return NULL;
  int result = BLOCKING_RETRY(&raised, flock(fd, operation));
  return result < 0 ? result_of(result, raised) : hold(NONE);
}
static struct object *lockf_fast(struct object *module, struct object *const *args, size_t n) {
  int fd, operation, whence = 0;
  off_t length = 0, start = 0;
  bool raised = false;
  if (args_check_count("lockf", n, 2, 5) < 0 || argument_fd(args[0], &fd) < 0 ||
      argument_int(args[1], &operation) < 0 || (n > 4 && argument_int(args[4], &whence) < 0))
    return NULL;
  short kind;
  if (operation == LOCK_UN)
    kind = F_UNLCK;
  else if (operation & LOCK_SH)
    kind = F_RDLCK;
  else if (operation & LOCK_EX)
    kind = F_WRLCK;
  else
    return error_format(ERROR_VALUE, "unrecognized lockf argument");
  if ((n > 3 && argument_offset(args[3], &start) < 0) ||
      (n > 2 && argument_offset(args[2], &length) < 0))
    return NULL;
  struct flock lock = {
      .l_type = kind, .l_whence = (short)whence, .l_start = start, .l_len = length};
  int result = BLOCKING_RETRY(&raised, fcntl(fd, operation & LOCK_NB ? F_SETLK : F_SETLKW, &lock));
  return result < 0 ? result_of(result, raised) : hold(NONE);
}

static const struct method_def functions[] = {
    METHOD_FAST_("fcntl", fcntl_fast,
                 DOC("fcntl", "$module, fd, cmd, arg=0, /", "Control an open file.")),
    METHOD_FAST_("ioctl", ioctl_fast,
                 DOC("ioctl", "$module, fd, request, arg=0, mutate_flag=True, /",
                     "Control a device; a writable buffer takes the answer.")),
    METHOD_FAST_("flock", flock_fast,
                 DOC("flock", "$module, fd, operation, /", "Lock a file as a whole.")),
    METHOD_FAST_(
        "lockf", lockf_fast,
        DOC("lockf", "$module, fd, cmd, len=0, start=0, whence=0, /", "Lock a section of a file.")),
    {NULL}};

static const struct module_int constants[] = {
    CONSTANT(DN_ACCESS),    CONSTANT(DN_ATTRIB),    CONSTANT(DN_CREATE),
    CONSTANT(DN_DELETE),    CONSTANT(DN_MODIFY),    CONSTANT(DN_MULTISHOT),
    CONSTANT(DN_RENAME),    CONSTANT(FASYNC),       CONSTANT(FD_CLOEXEC),
    CONSTANT(F_ADD_SEALS),  CONSTANT(F_DUPFD),      CONSTANT(F_DUPFD_CLOEXEC),
    CONSTANT(F_EXLCK),      CONSTANT(F_GETFD),      CONSTANT(F_GETFL),
    CONSTANT(F_GETLEASE),   CONSTANT(F_GETLK),      CONSTANT(F_GETLK64),
    CONSTANT(F_GETOWN),     CONSTANT(F_GETPIPE_SZ), CONSTANT(F_GETSIG),
    CONSTANT(F_GET_SEALS),  CONSTANT(F_NOTIFY),     CONSTANT(F_OFD_GETLK),
    CONSTANT(F_OFD_SETLK),  CONSTANT(F_OFD_SETLKW), CONSTANT(F_RDLCK),
    CONSTANT(F_SEAL_GROW),  CONSTANT(F_SEAL_SEAL),  CONSTANT(F_SEAL_SHRINK),
    CONSTANT(F_SEAL_WRITE), CONSTANT(F_SETFD),      CONSTANT(F_SETFL),
    CONSTANT(F_SETLEASE),   CONSTANT(F_SETLK),      CONSTANT(F_SETLK64),
    CONSTANT(F_SETLKW),     CONSTANT(F_SETLKW64),   CONSTANT(F_SETOWN),
    CONSTANT(F_SETPIPE_SZ), CONSTANT(F_SETSIG),     CONSTANT(F_SHLCK),
    CONSTANT(F_UNLCK),      CONSTANT(F_WRLCK),      CONSTANT(LOCK_EX),
    CONSTANT(LOCK_MAND),    CONSTANT(LOCK_NB),      CONSTANT(LOCK_READ),
    CONSTANT(LOCK_RW),      CONSTANT(LOCK_SH),      CONSTANT(LOCK_UN),
    CONSTANT(LOCK_WRITE),
};

int module_fcntl_fill(struct object *module) {
  if (module_add_ints(module, constants, ARRAY_SIZE(constants)) < 0)
    return -1;
  return module_add_functions(module, functions);
}
