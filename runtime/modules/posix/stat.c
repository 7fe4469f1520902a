/* stat and statvfs: what the system knows about a file, as struct sequences. */
#include "runtime/modules/posix/posix.h"
#include "runtime/object/float.h"
#include "runtime/object/protocol.h"
#include <sys/statvfs.h>

static const struct struct_sequence_field stat_fields[] = {
    {"st_mode", "protection bits"},
    {"st_ino", "inode"},
    {"st_dev", "device"},
    {"st_nlink", "number of hard links"},
    {"st_uid", "user ID of owner"},
    {"st_gid", "group ID of owner"},
    {"st_size", "total size, in bytes"},
    {STRUCT_SEQUENCE_UNNAMED, "integer time of last access"},
    {STRUCT_SEQUENCE_UNNAMED, "integer time of last modification"},
    {STRUCT_SEQUENCE_UNNAMED, "integer time of last change"},
    {"st_atime", "time of last access"},
    {"st_mtime", "time of last modification"},
    {"st_ctime", "time of last change"},
    {"st_atime_ns", "time of last access in nanoseconds"},
    {"st_mtime_ns", "time of last modification in nanoseconds"},
    {"st_ctime_ns", "time of last change in nanoseconds"},
    {"st_blksize", "blocksize for filesystem I/O"},
    {"st_blocks", "number of blocks allocated"},
    {"st_rdev", "device type (if inode device)"},
    {NULL}};
enum { WHOLE_TIMES = 7, FLOAT_TIMES = 10, TIMES_N = 3 };

/* Made from a tuple, the times are known as whole seconds only. */
static int complete_times(struct object *o) {
  for (size_t i = WHOLE_TIMES; i < WHOLE_TIMES + TIMES_N; i++) {
    size_t other = i - WHOLE_TIMES + FLOAT_TIMES;
    if (struct_sequence_get_borrowed(o, other) == NONE)
      struct_sequence_set_taking(o, other, hold(struct_sequence_get_borrowed(o, i)));
  }
  return 0;
}
static const struct struct_sequence_def stat_def = {
    .name = "os.stat_result",
    .doc = "stat_result: Result from stat, fstat, or lstat.\n\nA tuple of ten integers that has "
           "further fields as attributes; the times are\nthere as floats and in nanoseconds.",
    .fields = stat_fields,
    .sequence_n = 10,
    .complete = complete_times};
static struct struct_sequence_type stat_result_type = STRUCT_SEQUENCE_TYPE;

static struct object *nanoseconds(struct timespec t) {
  int64_t ns;
  if (!__builtin_mul_overflow((int64_t)t.tv_sec, 1000000000, &ns) &&
      !__builtin_add_overflow(ns, (int64_t)t.tv_nsec, &ns))
    return int_from_i64(ns);
  struct object *seconds = int_from_i64(t.tv_sec), *factor = int_from_i64(1000000000);
  struct object *rest = int_from_i64(t.tv_nsec), *product = NULL, *sum = NULL;
  if (seconds && factor && rest)
    product = int_multiply(seconds, factor);
  if (product)
    sum = int_add(product, rest);
  drop_null(product);
  drop_null(rest);
  drop_null(factor);
  drop_null(seconds);
  return sum;
}

struct object *posix_stat_result(const struct stat *s) {
  const struct timespec times[TIMES_N] = {s->st_atim, s->st_mtim, s->st_ctim};
  struct object *o = struct_sequence_new(&stat_result_type);
  if (!o)
    return NULL;
  bool ok = struct_sequence_set_taking(o, 0, int_from_i64(s->st_mode)) &&
            struct_sequence_set_taking(o, 1, int_from_u64(s->st_ino)) &&
            struct_sequence_set_taking(o, 2, int_from_u64(s->st_dev)) &&
            struct_sequence_set_taking(o, 3, int_from_i64((int64_t)s->st_nlink)) &&
            struct_sequence_set_taking(o, 4, int_from_i64(s->st_uid)) &&
            struct_sequence_set_taking(o, 5, int_from_i64(s->st_gid)) &&
            struct_sequence_set_taking(o, 6, int_from_i64(s->st_size)) &&
            struct_sequence_set_taking(o, 16, int_from_i64(s->st_blksize)) &&
            struct_sequence_set_taking(o, 17, int_from_i64(s->st_blocks)) &&
            struct_sequence_set_taking(o, 18, int_from_u64(s->st_rdev));
  for (size_t i = 0; ok && i < TIMES_N; i++)
    ok = struct_sequence_set_taking(o, WHOLE_TIMES + i, int_from_i64(times[i].tv_sec)) &&
         struct_sequence_set_taking(
             o, FLOAT_TIMES + i,
             float_from((double)times[i].tv_sec + 1e-9 * (double)times[i].tv_nsec)) &&
         struct_sequence_set_taking(o, FLOAT_TIMES + TIMES_N + i, nanoseconds(times[i]));
  if (ok)
    return o;
  drop(o);
  return NULL;
}

int posix_dir_fd(struct object *o, int *fd) {
  *fd = AT_FDCWD;
  if (!o || o == NONE)
    return 0;
  if (type_of(o)->number.index)
    return argument_int(o, fd);
  error_format(ERROR_TYPE, "argument should be integer or None, not %N", o);
  return -1;
}

struct object *posix_dir_fd_told(int fd) {
  return int_from_i64(fd == AT_FDCWD ? -1 : fd);
}

static void *conflict(struct path *p, const char *format, ...) {
  error_format(ERROR_VALUE, format, p->function);
  path_close(p);
  return NULL;
}

static struct object *get(const char *function, struct object *name, struct object *dir,
                          bool allow_fd, bool follow) {
  struct path p = {.function = function, .allow_fd = allow_fd};
  int dir_fd;
  if (path_take(&p, name) < 0)
    return NULL;
  if (posix_dir_fd(dir, &dir_fd) < 0)
    return path_close(&p), NULL;
  if (p.fd >= 0 && dir_fd != AT_FDCWD)
    return conflict(&p, "%s: can't specify dir_fd without matching path");
  if (p.fd >= 0 && !follow)
    return conflict(&p, "%s: cannot use fd and follow_symlinks together");
  struct stat s;
  int result = p.narrow ? BLOCKING(fstatat(dir_fd, p.narrow, &s, follow ? 0 : AT_SYMLINK_NOFOLLOW))
                        : BLOCKING(fstat(p.fd, &s));
  if (result < 0)
    return path_error(&p);
  path_close(&p);
  return posix_stat_result(&s);
}
FUNCTION(stat, "stat", 0, 1, 1, "path", "dir_fd", "follow_symlinks") {
  bool follow;
  if (posix_flag(v[2], true, &follow) < 0)
    return NULL;
  return get("stat", v[0], v[1], true, follow);
}
FUNCTION(lstat, "lstat", 0, 1, 1, "path", "dir_fd") {
  return get("lstat", v[0], v[1], false, false);
}
FUNCTION(fstat, "fstat", 0, 1, 1, "fd") {
  int fd;
  if (argument_int(v[0], &fd) < 0)
    return NULL;
  struct stat s;
  bool raised = false;
  if (BLOCKING_RETRY(&raised, fstat(fd, &s)) < 0)
    return raised ? NULL : error_errno(errno, NULL, NULL);
  return posix_stat_result(&s);
}

/* ---- File systems ---- */

static const struct struct_sequence_field statvfs_fields[] = {
    {"f_bsize", NULL},  {"f_frsize", NULL},  {"f_blocks", NULL}, {"f_bfree", NULL},
    {"f_bavail", NULL}, {"f_files", NULL},   {"f_ffree", NULL},  {"f_favail", NULL},
    {"f_flag", NULL},   {"f_namemax", NULL}, {"f_fsid", NULL},   {NULL}};
static const struct struct_sequence_def statvfs_def = {
    .name = "os.statvfs_result",
    .doc = "statvfs_result: Result from statvfs or fstatvfs.\n\nA tuple of ten integers that are "
           "attributes too.",
    .fields = statvfs_fields,
    .sequence_n = 10};
static struct struct_sequence_type statvfs_result_type = STRUCT_SEQUENCE_TYPE;

static struct object *statvfs_result(const struct statvfs *s) {
  struct object *const values[] = {
      int_from_u64(s->f_bsize),   int_from_u64(s->f_frsize), int_from_u64(s->f_blocks),
      int_from_u64(s->f_bfree),   int_from_u64(s->f_bavail), int_from_u64(s->f_files),
      int_from_u64(s->f_ffree),   int_from_u64(s->f_favail), int_from_u64(s->f_flag),
      int_from_u64(s->f_namemax), int_from_u64(s->f_fsid)};
  return struct_sequence_from_taking(&statvfs_result_type, values, ARRAY_SIZE(values));
}
FUNCTION(statvfs, "statvfs", 0, 1, 1, "path") {
  struct path p = {.function = "statvfs", .allow_fd = true};
  if (path_take(&p, v[0]) < 0)
    return NULL;
  struct statvfs s;
  int result = p.narrow ? BLOCKING(statvfs(p.narrow, &s)) : BLOCKING(fstatvfs(p.fd, &s));
  if (result < 0)
    return path_error(&p);
  path_close(&p);
  return statvfs_result(&s);
}
static struct object *fstatvfs_one(struct object *module, struct object *o) {
  int fd;
  if (argument_int(o, &fd) < 0)
    return NULL;
  struct statvfs s;
  bool raised = false;
  if (BLOCKING_RETRY(&raised, fstatvfs(fd, &s)) < 0)
    return raised ? NULL : error_errno(errno, NULL, NULL);
  return statvfs_result(&s);
}

static const struct method_def functions[] = {
    METHOD_KEYWORDS_("stat", stat_call,
                     DOC("stat", "$module, /, path, *, dir_fd=None, follow_symlinks=True",
                         "What the system knows about a file, a stat_result.")),
    METHOD_KEYWORDS_("lstat", lstat_call,
                     DOC("lstat", "$module, /, path, *, dir_fd=None",
                         "Like stat, but a symbolic link itself is looked at.")),
    METHOD_KEYWORDS_("fstat", fstat_call,
                     DOC("fstat", "$module, /, fd", "Like stat, for an open file descriptor.")),
    METHOD_KEYWORDS_("statvfs", statvfs_call,
                     DOC("statvfs", "$module, /, path", "About the file system of a path.")),
    METHOD_ONE_("fstatvfs", fstatvfs_one,
                DOC("fstatvfs", "$module, fd, /", "About the file system of an open file.")),
    {NULL}};

int posix_fill_stat(struct object *module) {
  if (struct_sequence_ready(&stat_result_type, &stat_def) < 0 ||
      struct_sequence_ready(&statvfs_result_type, &statvfs_def) < 0 ||
      module_add(module, "stat_result", &stat_result_type.type.head) < 0 ||
      module_add(module, "statvfs_result", &statvfs_result_type.type.head) < 0)
    return -1;
  return module_add_functions(module, functions);
}
