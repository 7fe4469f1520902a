/* File descriptors: opening, closing, copying, positions, flags, terminals. What is opened is not
 * inherited by programs that are started (PEP 446). */
#include "runtime/modules/posix/posix.h"
#include "runtime/object/audit.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include <limits.h>
#include <pty.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <utmp.h>

FUNCTION(open, "open", 0, 3, 2, "path", "flags", "mode", "dir_fd") {
  struct path p = {.function = "open"};
  int flags, mode = 0777, dir_fd;
  bool raised = false;
  if (path_take(&p, v[0]) < 0)
    return NULL;
  if (argument_int(v[1], &flags) < 0 || (v[2] && argument_int(v[2], &mode) < 0) ||
      posix_dir_fd(v[3], &dir_fd) < 0 ||
      AUDIT_FAILS("open",
                  tuple_pack_taking(3, hold(v[0]), hold(NONE), int_from_i64(flags | O_CLOEXEC))))
    return path_close(&p), NULL;
  int fd = BLOCKING_RETRY(&raised, openat(dir_fd, p.narrow, flags | O_CLOEXEC, mode));
  if (fd < 0 && !raised)
    return path_error(&p);
  path_close(&p);
  return raised ? NULL : int_from_i64(fd);
}

/* After EINTR the descriptor is closed all the same; trying again might close another's. */
FUNCTION(close, "close", 0, 1, 1, "fd") {
  int fd;
  if (argument_int(v[0], &fd) < 0)
    return NULL;
  int result = BLOCKING(close(fd));
  return posix_done(result < 0 && errno == EINTR ? 0 : result);
}

static struct object *closerange_fast(struct object *module, struct object *const *args, size_t n) {
  int low, high;
  if (args_check_count("closerange", n, 2, 2) < 0 || argument_int(args[0], &low) < 0 ||
      argument_int(args[1], &high) < 0)
    return NULL;
  if (low < 0)
    low = 0;
  gil_release();
  if (low < high && close_range((unsigned)low, (unsigned)high - 1, 0) < 0)
    for (int fd = low; fd < high; fd++)
      close(fd);
  gil_acquire();
  return hold(NONE);
}

static struct object *dup_one(struct object *module, struct object *o) {
  int fd;
  if (argument_int(o, &fd) < 0)
    return NULL;
  int copy = BLOCKING(fcntl(fd, F_DUPFD_CLOEXEC, 0));
  return copy < 0 ? error_errno(errno, NULL, NULL) : int_from_i64(copy);
}

FUNCTION(dup2, "dup2", 0, 3, 2, "fd", "fd2", "inheritable") {
  int fd, fd2;
  bool inheritable;
  if (argument_int(v[0], &fd) < 0 || argument_int(v[1], &fd2) < 0 ||
      posix_flag(v[2], true, &inheritable) < 0)
    return NULL;
  if (fd < 0 || fd2 < 0) {
    errno = EBADF;
    return posix_done(-1);
  }
  /* dup3 refuses equal ones, dup2 does not. */
  int result =
      inheritable || fd == fd2 ? BLOCKING(dup2(fd, fd2)) : BLOCKING(dup3(fd, fd2, O_CLOEXEC));
  return result < 0 ? posix_done(-1) : int_from_i64(result);
}

static struct object *lseek_fast(struct object *module, struct object *const *args, size_t n) {
  int fd, how;
  off_t position;
  if (args_check_count("lseek", n, 3, 3) < 0 || argument_int(args[0], &fd) < 0 ||
      argument_offset(args[1], &position) < 0 || argument_int(args[2], &how) < 0)
    return NULL;
  off_t result = BLOCKING(lseek(fd, position, how));
  return result < 0 ? posix_done(-1) : int_from_i64(result);
}

static struct object *pipe_with(int flags) {
  int ends[2];
  if (BLOCKING(pipe2(ends, flags)) < 0)
    return posix_done(-1);
  struct object *read_end = int_from_i64(ends[0]), *write_end = int_from_i64(ends[1]);
  struct object *result = read_end && write_end ? tuple_pack(2, read_end, write_end) : NULL;
  drop_null(read_end);
  drop_null(write_end);
  if (!result) {
    close(ends[0]);
    close(ends[1]);
  }
  return result;
}
static struct object *pipe_none(struct object *module) { return pipe_with(O_CLOEXEC); }
static struct object *pipe2_one(struct object *module, struct object *o) {
  int flags;
  return argument_int(o, &flags) < 0 ? NULL : pipe_with(flags);
}

#define SYNC(call)                                                                                 \
  FUNCTION(call, #call, 0, 1, 1, "fd") {                                                           \
    int fd;                                                                                        \
    bool raised = false;                                                                           \
    if (argument_fd(v[0], &fd) < 0)                                                                \
      return NULL;                                                                                 \
    int result = BLOCKING_RETRY(&raised, call(fd));                                                \
    return raised ? NULL : posix_done(result);                                                     \
  }
SYNC(fsync)
SYNC(fdatasync)
static struct object *sync_none(struct object *module) {
  gil_release();
  sync();
  gil_acquire();
  return hold(NONE);
}

static struct object *ftruncate_fast(struct object *module, struct object *const *args, size_t n) {
  int fd;
  off_t length;
  bool raised = false;
  if (args_check_count("ftruncate", n, 2, 2) < 0 || argument_int(args[0], &fd) < 0 ||
      argument_offset(args[1], &length) < 0)
    return NULL;
  int result = BLOCKING_RETRY(&raised, ftruncate(fd, length));
  return raised ? NULL : posix_done(result);
}
FUNCTION(truncate, "truncate", 0, 2, 2, "path", "length") {
  struct path p = {.function = "truncate", .allow_fd = true};
  off_t length;
  if (path_take(&p, v[0]) < 0)
    return NULL;
  if (argument_offset(v[1], &length) < 0)
    return path_close(&p), NULL;
  int result = p.narrow ? BLOCKING(truncate(p.narrow, length)) : BLOCKING(ftruncate(p.fd, length));
  if (result < 0)
    return path_error(&p);
  path_close(&p);
  return hold(NONE);
}

static struct object *lockf_fast(struct object *module, struct object *const *args, size_t n) {
  int fd, command;
  off_t length;
  if (args_check_count("lockf", n, 3, 3) < 0 || argument_int(args[0], &fd) < 0 ||
      argument_int(args[1], &command) < 0 || argument_offset(args[2], &length) < 0)
    return NULL;
  return posix_done(BLOCKING(lockf(fd, command, length)));
}
/* These two return the error's number. */
static struct object *advise_fast(struct object *module, struct object *const *args, size_t n) {
  int fd, advice, result;
  off_t offset, length;
  if (args_check_count("posix_fadvise", n, 4, 4) < 0 || argument_int(args[0], &fd) < 0 ||
      argument_offset(args[1], &offset) < 0 || argument_offset(args[2], &length) < 0 ||
      argument_int(args[3], &advice) < 0)
    return NULL;
  while ((result = BLOCKING(posix_fadvise(fd, offset, length, advice))) == EINTR)
    if (vm_handle_signals() < 0)
      return NULL;
  return result ? error_errno(result, NULL, NULL) : hold(NONE);
}
static struct object *allocate_fast(struct object *module, struct object *const *args, size_t n) {
  int fd, result;
  off_t offset, length;
  if (args_check_count("posix_fallocate", n, 3, 3) < 0 || argument_int(args[0], &fd) < 0 ||
      argument_offset(args[1], &offset) < 0 || argument_offset(args[2], &length) < 0)
    return NULL;
  while ((result = BLOCKING(posix_fallocate(fd, offset, length))) == EINTR)
    if (vm_handle_signals() < 0)
      return NULL;
  return result ? error_errno(result, NULL, NULL) : hold(NONE);
}

/* ---- Flags of descriptors ---- */

static struct object *get_inheritable_one(struct object *module, struct object *o) {
  int fd;
  if (argument_int(o, &fd) < 0)
    return NULL;
  int flags = fcntl(fd, F_GETFD);
  return flags < 0 ? posix_done(-1) : hold(bool_from(!(flags & FD_CLOEXEC)));
}
static struct object *set_inheritable_fast(struct object *module, struct object *const *args,
                                           size_t n) {
  int fd, inheritable;
  if (args_check_count("set_inheritable", n, 2, 2) < 0 || argument_int(args[0], &fd) < 0 ||
      argument_int(args[1], &inheritable) < 0)
    return NULL;
  int flags = fcntl(fd, F_GETFD);
  if (flags >= 0)
    flags = fcntl(fd, F_SETFD, inheritable ? flags & ~FD_CLOEXEC : flags | FD_CLOEXEC);
  return posix_done(flags);
}
static struct object *get_blocking_one(struct object *module, struct object *o) {
  int fd;
  if (argument_int(o, &fd) < 0)
    return NULL;
  int flags = BLOCKING(fcntl(fd, F_GETFL));
  return flags < 0 ? posix_done(-1) : hold(bool_from(!(flags & O_NONBLOCK)));
}
static struct object *set_blocking_fast(struct object *module, struct object *const *args,
                                        size_t n) {
  int fd;
  bool blocking;
  if (args_check_count("set_blocking", n, 2, 2) < 0 || argument_int(args[0], &fd) < 0 ||
      argument_int_bool(args[1], &blocking) < 0)
    return NULL;
  int flags = fcntl(fd, F_GETFL);
  if (flags >= 0)
    flags = fcntl(fd, F_SETFL, blocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK);
  return posix_done(flags);
}

/* ---- Terminals ---- */

static struct object *isatty_one(struct object *module, struct object *o) {
  int fd;
  return argument_int(o, &fd) < 0 ? NULL : hold(bool_from(isatty(fd)));
}
FUNCTION(device_encoding, "device_encoding", 0, 1, 1, "fd") {
  int fd;
  if (argument_int(v[0], &fd) < 0)
    return NULL;
  return isatty(fd) ? str_from_ascii("UTF-8") : hold(NONE);
}
static struct object *ttyname_one(struct object *module, struct object *o) {
  int fd;
  char name[PATH_MAX];
  if (argument_int(o, &fd) < 0)
    return NULL;
  int error_number = ttyname_r(fd, name, sizeof name);
  return error_number ? error_errno(error_number, NULL, NULL)
                      : str_decode_filename(name, strlen(name));
}
static struct object *ctermid_none(struct object *module) {
  char name[L_ctermid];
  return ctermid(name) && *name ? str_decode_filename(name, strlen(name)) : posix_done(-1);
}
static struct object *openpty_none(struct object *module) {
  int master = -1, slave = -1;
  if (openpty(&master, &slave, NULL, NULL, NULL) < 0)
    return posix_done(-1);
  int flags = fcntl(master, F_SETFD, FD_CLOEXEC) | fcntl(slave, F_SETFD, FD_CLOEXEC);
  struct object *first = flags < 0 ? posix_done(-1) : int_from_i64(master);
  struct object *second = first ? int_from_i64(slave) : NULL;
  struct object *result = second ? tuple_pack(2, first, second) : NULL;
  drop_null(second);
  drop_null(first);
  if (!result) {
    close(master);
    close(slave);
  }
  return result;
}
static struct object *login_tty_one(struct object *module, struct object *o) {
  int fd;
  return argument_fd(o, &fd) < 0 ? NULL : posix_done(login_tty(fd));
}
static struct object *tcgetpgrp_one(struct object *module, struct object *o) {
  int fd;
  if (argument_int(o, &fd) < 0)
    return NULL;
  pid_t group = tcgetpgrp(fd);
  return group < 0 ? posix_done(-1) : int_from_i64(group);
}
static struct object *tcsetpgrp_fast(struct object *module, struct object *const *args, size_t n) {
  int fd, group;
  if (args_check_count("tcsetpgrp", n, 2, 2) < 0 || argument_int(args[0], &fd) < 0 ||
      argument_pid(args[1], &group) < 0)
    return NULL;
  return posix_done(tcsetpgrp(fd, group));
}

static const struct struct_sequence_field size_fields[] = {
    {"columns", "width of the terminal window in characters"},
    {"lines", "height of the terminal window in characters"},
    {NULL}};
static const struct struct_sequence_def size_def = {.name = "os.terminal_size",
                                                    .doc = "A tuple of (columns, lines) for "
                                                           "holding terminal window size",
                                                    .fields = size_fields,
                                                    .sequence_n = 2};
static struct struct_sequence_type terminal_size_type = STRUCT_SEQUENCE_TYPE;

static struct object *get_terminal_size_fast(struct object *module, struct object *const *args,
                                             size_t n) {
  int fd = STDOUT_FILENO;
  struct winsize size;
  if (args_check_count("get_terminal_size", n, 0, 1) < 0 || (n && argument_int(args[0], &fd) < 0))
    return NULL;
  if (ioctl(fd, TIOCGWINSZ, &size) < 0)
    return posix_done(-1);
  struct object *const values[] = {int_from_i64(size.ws_col), int_from_i64(size.ws_row)};
  return struct_sequence_from_taking(&terminal_size_type, values, 2);
}

/* ---- Files without names ---- */

FUNCTION(memfd_create, "memfd_create", 0, 2, 1, "name", "flags") {
  struct path p = {.function = "memfd_create", .argument = "name"};
  unsigned flags = MFD_CLOEXEC;
  if (path_take(&p, v[0]) < 0)
    return NULL;
  if (v[1] && argument_unsigned(v[1], &flags) < 0)
    return path_close(&p), NULL;
  int fd = BLOCKING(memfd_create(p.narrow, flags));
  path_close(&p);
  return fd < 0 ? posix_done(-1) : int_from_i64(fd);
}
FUNCTION(eventfd, "eventfd", 0, 2, 1, "initval", "flags") {
  unsigned start;
  int flags = EFD_CLOEXEC;
  if (argument_unsigned(v[0], &start) < 0 || (v[1] && argument_int(v[1], &flags) < 0))
    return NULL;
  int fd = BLOCKING(eventfd(start, flags));
  return fd < 0 ? posix_done(-1) : int_from_i64(fd);
}
FUNCTION(eventfd_read, "eventfd_read", 0, 1, 1, "fd") {
  int fd;
  eventfd_t value;
  if (argument_fd(v[0], &fd) < 0)
    return NULL;
  return BLOCKING(eventfd_read(fd, &value)) < 0 ? posix_done(-1) : int_from_u64(value);
}
FUNCTION(eventfd_write, "eventfd_write", 0, 2, 2, "fd", "value") {
  int fd;
  if (argument_fd(v[0], &fd) < 0)
    return NULL;
  struct object *index = number_index(v[1]);
  if (!index)
    return NULL;
  const struct int_object *i = (const struct int_object *)index;
  eventfd_t value; /* modulo 2^64 */
  if (int_is_compact(index))
    value = (eventfd_t)int_value(index);
  else
    value = int_wide_is_negative(i) ? -i->limbs[0] : i->limbs[0];
  drop(index);
  return posix_done(BLOCKING(eventfd_write(fd, value)));
}

static const struct method_def functions[] = {
    METHOD_KEYWORDS_("open", open_call,
                     DOC("open", "$module, /, path, flags, mode=511, *, dir_fd=None",
                         "Open a file for low level I/O; returns its descriptor.")),
    METHOD_KEYWORDS_("close", close_call, DOC("close", "$module, /, fd", "Close a descriptor.")),
    METHOD_FAST_("closerange", closerange_fast,
                 DOC("closerange", "$module, fd_low, fd_high, /",
                     "Close all descriptors in [fd_low, fd_high), whatever the errors.")),
    METHOD_ONE_("dup", dup_one, DOC("dup", "$module, fd, /", "A copy of a descriptor.")),
    METHOD_KEYWORDS_(
        "dup2", dup2_call,
        DOC("dup2", "$module, /, fd, fd2, inheritable=True", "Make fd2 a copy of fd.")),
    METHOD_FAST_("lseek", lseek_fast,
                 DOC("lseek", "$module, fd, position, how, /",
                     "Set the position of a descriptor; returns it, from the start.")),
    METHOD_NOARGS_("pipe", pipe_none, DOC("pipe", "$module, /", "A pipe: (read end, write end).")),
    METHOD_ONE_("pipe2", pipe2_one, DOC("pipe2", "$module, flags, /", "A pipe made with flags.")),
    METHOD_KEYWORDS_("fsync", fsync_call,
                     DOC("fsync", "$module, /, fd", "Force what was written to the disk.")),
    METHOD_KEYWORDS_("fdatasync", fdatasync_call,
                     DOC("fdatasync", "$module, /, fd",
                         "Force what was written to the disk, but not all about it.")),
    METHOD_NOARGS_("sync", sync_none, DOC("sync", "$module, /", "Force everything to disk.")),
    METHOD_FAST_("ftruncate", ftruncate_fast,
                 DOC("ftruncate", "$module, fd, length, /", "Set the length of an open file.")),
    METHOD_KEYWORDS_("truncate", truncate_call,
                     DOC("truncate", "$module, /, path, length", "Set the length of a file.")),
    METHOD_FAST_("lockf", lockf_fast,
                 DOC("lockf", "$module, fd, command, length, /", "Lock a section of a file.")),
    METHOD_FAST_("posix_fadvise", advise_fast,
                 DOC("posix_fadvise", "$module, fd, offset, length, advice, /",
                     "Announce how a part of a file will be used.")),
    METHOD_FAST_("posix_fallocate", allocate_fast,
                 DOC("posix_fallocate", "$module, fd, offset, length, /",
                     "Make sure there is room on the disk.")),
    METHOD_ONE_("get_inheritable", get_inheritable_one,
                DOC("get_inheritable", "$module, fd, /", "Whether programs inherit it.")),
    METHOD_FAST_(
        "set_inheritable", set_inheritable_fast,
        DOC("set_inheritable", "$module, fd, inheritable, /", "Say whether programs inherit it.")),
    METHOD_ONE_("get_blocking", get_blocking_one,
                DOC("get_blocking", "$module, fd, /", "Whether calls wait.")),
    METHOD_FAST_("set_blocking", set_blocking_fast,
                 DOC("set_blocking", "$module, fd, blocking, /", "Say whether calls wait.")),
    METHOD_ONE_("isatty", isatty_one, DOC("isatty", "$module, fd, /", "Whether it is a terminal.")),
    METHOD_KEYWORDS_("device_encoding", device_encoding_call,
                     DOC("device_encoding", "$module, /, fd",
                         "The encoding of a terminal; None if it is none.")),
    METHOD_ONE_("ttyname", ttyname_one,
                DOC("ttyname", "$module, fd, /", "The name of a terminal.")),
    METHOD_NOARGS_("ctermid", ctermid_none,
                   DOC("ctermid", "$module, /", "The name of the controlling terminal.")),
    METHOD_NOARGS_("openpty", openpty_none,
                   DOC("openpty", "$module, /", "A pseudo-terminal: (master, slave).")),
    METHOD_ONE_("login_tty", login_tty_one,
                DOC("login_tty", "$module, fd, /", "Make it the controlling terminal.")),
    METHOD_ONE_("tcgetpgrp", tcgetpgrp_one,
                DOC("tcgetpgrp", "$module, fd, /", "The foreground process group.")),
    METHOD_FAST_("tcsetpgrp", tcsetpgrp_fast,
                 DOC("tcsetpgrp", "$module, fd, pgid, /", "Set the foreground process group.")),
    METHOD_FAST_("get_terminal_size", get_terminal_size_fast,
                 "Return the size of the terminal window as (columns, lines).\n\nThe optional "
                 "argument fd (default standard output) says which descriptor is asked."),
    METHOD_KEYWORDS_("memfd_create", memfd_create_call,
                     DOC("memfd_create", "$module, /, name, flags=MFD_CLOEXEC",
                         "A file in memory without a name.")),
    METHOD_KEYWORDS_("eventfd", eventfd_call,
                     DOC("eventfd", "$module, /, initval, flags=EFD_CLOEXEC",
                         "A descriptor that counts events.")),
    METHOD_KEYWORDS_("eventfd_read", eventfd_read_call,
                     DOC("eventfd_read", "$module, /, fd", "Wait for events, and count them.")),
    METHOD_KEYWORDS_("eventfd_write", eventfd_write_call,
                     DOC("eventfd_write", "$module, /, fd, value", "Add to the count.")),
    {NULL}};

int posix_fill_descriptors(struct object *module) {
  if (struct_sequence_ready(&terminal_size_type, &size_def) < 0 ||
      module_add(module, "terminal_size", &terminal_size_type.type.head) < 0)
    return -1;
  return module_add_functions(module, functions);
}
