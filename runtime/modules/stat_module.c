/* The module _stat: what the bits of a file's mode mean. */
#include "runtime/modules/module.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include <sys/stat.h>

/* An int; negative ones and those beyond 32 bits are refused each in its own words. */
static int read_mode(struct object *o, unsigned *mode) {
  if (!is_any_int(o)) {
    error_format(ERROR_TYPE, "an integer is required");
    return -1;
  }
  int64_t value;
  bool fits = int_to_i64(o, &value);
  if (fits ? value < 0 : int_wide_is_negative((const struct int_object *)o)) {
    error_format(ERROR_OVERFLOW, "can't convert negative value to unsigned int");
    return -1;
  }
  if (!fits && int_limbs_n((const struct int_object *)o) > 1) {
    error_format(ERROR_OVERFLOW, "Python int too large to convert to C unsigned long");
    return -1;
  }
  if (!fits || value > UINT32_MAX) {
    error_format(ERROR_OVERFLOW, "mode out of range");
    return -1;
  }
  *mode = (unsigned)value;
  return 0;
}

#define TEST(name, expression)                                                                     \
  static struct object *name##_one(struct object *module, struct object *o) {                      \
    unsigned mode;                                                                                 \
    return read_mode(o, &mode) < 0 ? NULL : hold(bool_from(expression));                           \
  }
TEST(isdir, S_ISDIR(mode))
TEST(ischr, S_ISCHR(mode))
TEST(isblk, S_ISBLK(mode))
TEST(isreg, S_ISREG(mode))
TEST(isfifo, S_ISFIFO(mode))
TEST(islnk, S_ISLNK(mode))
TEST(issock, S_ISSOCK(mode))
TEST(never, ((void)mode, false)) /* doors, ports, whiteouts: of other systems */

static struct object *imode_one(struct object *module, struct object *o) {
  unsigned mode;
  return read_mode(o, &mode) < 0 ? NULL : int_from_i64(mode & 07777);
}
static struct object *ifmt_one(struct object *module, struct object *o) {
  unsigned mode;
  return read_mode(o, &mode) < 0 ? NULL : int_from_i64(mode & S_IFMT);
}

static char kind_of(unsigned mode) {
  switch (mode & S_IFMT) {
  case S_IFREG:
    return '-';
  case S_IFDIR:
    return 'd';
  case S_IFLNK:
    return 'l';
  case S_IFBLK:
    return 'b';
  case S_IFCHR:
    return 'c';
  case S_IFIFO:
    return 'p';
  case S_IFSOCK:
    return 's';
  default:
    return '?';
  }
}
static struct object *filemode_one(struct object *module, struct object *o) {
  unsigned mode;
  if (read_mode(o, &mode) < 0)
    return NULL;
  char text[11] = {kind_of(mode)};
  for (int i = 0; i < 9; i++)
    text[1 + i] = mode >> (8 - i) & 1 ? "rwx"[i % 3] : '-';
  if (mode & S_ISUID)
    text[3] = mode & S_IXUSR ? 's' : 'S';
  if (mode & S_ISGID)
    text[6] = mode & S_IXGRP ? 's' : 'S';
  if (mode & S_ISVTX)
    text[9] = mode & S_IXOTH ? 't' : 'T';
  return str_from_ascii(text);
}

#define ROW(name, function, what)                                                                  \
  METHOD_ONE_(name, function##_one, name "(mode) -> bool\n\nReturn True if mode is from " what ".")
static const struct method_def functions[] = {
    ROW("S_ISDIR", isdir, "a directory"),
    ROW("S_ISCHR", ischr, "a character special device file"),
    ROW("S_ISBLK", isblk, "a block special device file"),
    ROW("S_ISREG", isreg, "a regular file"),
    ROW("S_ISFIFO", isfifo, "a FIFO (named pipe)"),
    ROW("S_ISLNK", islnk, "a symbolic link"),
    ROW("S_ISSOCK", issock, "a socket"),
    ROW("S_ISDOOR", never, "a door"),
    ROW("S_ISPORT", never, "an event port"),
    ROW("S_ISWHT", never, "a whiteout"),
    METHOD_ONE_("S_IMODE", imode_one, "The bits of a mode that chmod sets."),
    METHOD_ONE_("S_IFMT", ifmt_one, "The bits of a mode that say what the file is."),
    METHOD_ONE_("filemode", filemode_one, "A mode as ls shows it, like '-rwxrwxrwx'."),
    {NULL}};

/* Flags of chflags are BSD's, wherever they are looked at. */
static const struct module_int constants[] = {
    {"S_IFDIR", S_IFDIR},
    {"S_IFCHR", S_IFCHR},
    {"S_IFBLK", S_IFBLK},
    {"S_IFREG", S_IFREG},
    {"S_IFIFO", S_IFIFO},
    {"S_IFLNK", S_IFLNK},
    {"S_IFSOCK", S_IFSOCK},
    {"S_IFDOOR", 0},
    {"S_IFPORT", 0},
    {"S_IFWHT", 0},
    {"S_ISUID", S_ISUID},
    {"S_ISGID", S_ISGID},
    {"S_ISVTX", S_ISVTX},
    {"S_ENFMT", S_ISGID},
    {"S_IREAD", S_IRUSR},
    {"S_IWRITE", S_IWUSR},
    {"S_IEXEC", S_IXUSR},
    {"S_IRWXU", S_IRWXU},
    {"S_IRUSR", S_IRUSR},
    {"S_IWUSR", S_IWUSR},
    {"S_IXUSR", S_IXUSR},
    {"S_IRWXG", S_IRWXG},
    {"S_IRGRP", S_IRGRP},
    {"S_IWGRP", S_IWGRP},
    {"S_IXGRP", S_IXGRP},
    {"S_IRWXO", S_IRWXO},
    {"S_IROTH", S_IROTH},
    {"S_IWOTH", S_IWOTH},
    {"S_IXOTH", S_IXOTH},
    {"UF_NODUMP", 1},
    {"UF_IMMUTABLE", 2},
    {"UF_APPEND", 4},
    {"UF_OPAQUE", 8},
    {"UF_NOUNLINK", 16},
    {"UF_COMPRESSED", 32},
    {"UF_HIDDEN", 0x8000},
    {"SF_ARCHIVED", 0x10000},
    {"SF_IMMUTABLE", 0x20000},
    {"SF_APPEND", 0x40000},
    {"SF_NOUNLINK", 0x100000},
    {"SF_SNAPSHOT", 0x200000},
    {"ST_MODE", 0},
    {"ST_INO", 1},
    {"ST_DEV", 2},
    {"ST_NLINK", 3},
    {"ST_UID", 4},
    {"ST_GID", 5},
    {"ST_SIZE", 6},
    {"ST_ATIME", 7},
    {"ST_MTIME", 8},
    {"ST_CTIME", 9},
};

int module_stat_fill(struct object *module) {
  if (module_add_ints(module, constants, ARRAY_SIZE(constants)) < 0)
    return -1;
  return module_add_functions(module, functions);
}
