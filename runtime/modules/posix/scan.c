/* scandir: the entries of a directory one by one, with what the system says about each for free. */
#include "runtime/modules/posix/posix.h"
#include "runtime/modules/warnings/warnings.h"
#include "runtime/object/audit.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include <dirent.h>
#include <stddef.h>
#include <string.h>

/* ---- Entries ---- */

struct entry {
  struct object head;
  struct object *name, *path;  /* str or bytes */
  struct object *stat, *lstat; /* stat_result; NULL: not asked yet */
  ino_t inode;
  int dir_fd;         /* of a scan by descriptor; -1: none */
  unsigned char type; /* DT_* */
};
static struct entry *entry_of(struct object *o) { return (struct entry *)o; }

static const char *text_of(struct object *o, struct object **owner) {
  *owner = NULL;
  if (is_any_bytes(o))
    return (const char *)bytes_data(o);
  *owner = str_encode_filename(o);
  return *owner ? (const char *)bytes_data(*owner) : NULL;
}

/* Of a scan by descriptor the name is looked up there. */
static int fetch(struct entry *e, bool follow, struct stat *s) {
  struct object *owner;
  const char *path = text_of(e->path, &owner);
  if (!path)
    return -1;
  int result = BLOCKING(
      fstatat(e->dir_fd < 0 ? AT_FDCWD : e->dir_fd, path, s, follow ? 0 : AT_SYMLINK_NOFOLLOW));
  if (result < 0)
    error_errno(errno, e->path, NULL);
  drop_null(owner);
  return result;
}

static struct object *lstat_of(struct object *o) {
  struct entry *e = entry_of(o);
  if (!e->lstat) {
    struct stat s;
    struct object *result = fetch(e, false, &s) < 0 ? NULL : posix_stat_result(&s);
    if (!result)
      return NULL;
    store(o, &e->lstat, result);
  }
  return hold(e->lstat);
}

static int is_symlink(struct object *o);
static struct object *stat_of(struct object *o, bool follow) {
  struct entry *e = entry_of(o);
  if (!follow)
    return lstat_of(o);
  if (!e->stat) {
    int link = is_symlink(o);
    struct stat s;
    struct object *result = NULL;
    if (link > 0)
      result = fetch(e, true, &s) < 0 ? NULL : posix_stat_result(&s);
    else if (link == 0)
      result = lstat_of(o);
    if (!result)
      return NULL;
    store(o, &e->stat, result);
  }
  return hold(e->stat);
}

/* Whether the mode has that format; a file that is gone has none. */
static int mode_is(struct object *o, bool follow, unsigned format) {
  struct object *result = stat_of(o, follow);
  if (!result)
    return error_clear_if(ERROR_FILE_NOT_FOUND) ? 0 : -1;
  int64_t mode = int_value(struct_sequence_get_borrowed(result, 0));
  drop(result);
  return ((unsigned)mode & S_IFMT) == format;
}
static int is_symlink(struct object *o) {
  struct entry *e = entry_of(o);
  return e->type != DT_UNKNOWN ? e->type == DT_LNK : mode_is(o, false, S_IFLNK);
}
static int is_kind(struct object *o, bool follow, unsigned char type, unsigned format) {
  struct entry *e = entry_of(o);
  bool asks = e->type == DT_UNKNOWN || (follow && e->type == DT_LNK);
  return asks ? mode_is(o, follow, format) : e->type == type;
}

static struct object *answer(int result) { return result < 0 ? NULL : hold(bool_from(result)); }
METHOD(is_dir, "is_dir", 0, 0, 0, "follow_symlinks") {
  bool follow;
  if (posix_flag(v[0], true, &follow) < 0)
    return NULL;
  return answer(is_kind(self, follow, DT_DIR, S_IFDIR));
}
METHOD(is_file, "is_file", 0, 0, 0, "follow_symlinks") {
  bool follow;
  if (posix_flag(v[0], true, &follow) < 0)
    return NULL;
  return answer(is_kind(self, follow, DT_REG, S_IFREG));
}
METHOD(entry_stat, "stat", 0, 0, 0, "follow_symlinks") {
  bool follow;
  if (posix_flag(v[0], true, &follow) < 0)
    return NULL;
  return stat_of(self, follow);
}
static struct object *entry_is_symlink(struct object *o) { return answer(is_symlink(o)); }
static struct object *entry_inode(struct object *o) { return int_from_u64(entry_of(o)->inode); }
static struct object *entry_fspath(struct object *o) { return hold(entry_of(o)->path); }
static struct object *entry_repr(struct object *o) {
  return str_format("<DirEntry %R>", entry_of(o)->name);
}

static const struct method_def entry_methods[] = {
    METHOD_KEYWORDS_(
        "is_dir", is_dir_call,
        DOC("is_dir", "$self, /, *, follow_symlinks=True", "Whether the entry is a directory.")),
    METHOD_KEYWORDS_(
        "is_file", is_file_call,
        DOC("is_file", "$self, /, *, follow_symlinks=True", "Whether the entry is a file.")),
    METHOD_NOARGS_("is_symlink", entry_is_symlink,
                   DOC("is_symlink", "$self, /", "Whether the entry is a symbolic link.")),
    METHOD_KEYWORDS_("stat", entry_stat_call,
                     DOC("stat", "$self, /, *, follow_symlinks=True",
                         "The stat_result of the entry; asked once.")),
    METHOD_NOARGS_("inode", entry_inode, DOC("inode", "$self, /", "The inode of the entry.")),
    METHOD_NOARGS_("__fspath__", entry_fspath,
                   DOC("__fspath__", "$self, /", "The path of the entry.")),
    METHOD_CLASS_GETITEM,
    {NULL}};
static const struct member_def entry_members[] = {
    {"name", MEMBER_OBJECT_EX, MEMBER_READONLY, offsetof(struct entry, name),
     "the entry's base filename, relative to scandir() \"path\" argument"},
    {"path", MEMBER_OBJECT_EX, MEMBER_READONLY, offsetof(struct entry, path),
     "the entry's full path name; equivalent to os.path.join(scandir_path, entry.name)"},
    {NULL}};
static struct type entry_type = {.head = OBJECT_STATIC(type_type),
                                 .shape = {.layout = GC_FIXED,
                                           .flags = GC_CONTAINER | GC_PLAIN,
                                           .refs_offset = offsetof(struct entry, name),
                                           .refs_n = 4,
                                           .basic_bytes = sizeof(struct entry)},
                                 .name = "posix.DirEntry",
                                 .flags = TYPE_NO_INSTANCE,
                                 .repr = entry_repr,
                                 .methods = entry_methods,
                                 .members = entry_members,
                                 .base = &object_type};

/* ---- The iterator ---- */

struct scan {
  struct object head;
  struct object *path;   /* as entries begin: str or bytes ending in a separator; NULL: by fd */
  struct object *object; /* as errors name the directory; NULL: the current one */
  DIR *directory;        /* NULL: closed, or at the end */
  int fd;                /* -1: by name */
  bool is_bytes;
};
static struct scan *scan_of(struct object *o) { return (struct scan *)o; }

static void scan_close(struct scan *s) {
  DIR *directory = s->directory;
  if (!directory)
    return;
  s->directory = NULL;
  if (s->fd >= 0)
    rewinddir(directory);
  BLOCKING(closedir(directory));
}

static struct object *entry_new(struct scan *s, const struct dirent *found) {
  struct object *o = type_generic_alloc(&entry_type);
  if (!o)
    return NULL;
  struct entry *e = entry_of(o);
  e->inode = found->d_ino;
  e->type = found->d_type;
  e->dir_fd = s->fd;
  const struct path like = {.is_bytes = s->is_bytes};
  size_t n = strlen(found->d_name);
  struct object *name = posix_name(&like, found->d_name, n);
  if (!name)
    return drop(o), NULL;
  store_first(o, &e->name, name);
  struct object *path;
  if (!s->path)
    path = hold(name);
  else if (s->is_bytes) {
    size_t front = bytes_length(s->path);
    path = bytes_new_open(front + n);
    if (path) {
      memcpy(((struct bytes *)path)->data, bytes_data(s->path), front);
      memcpy(((struct bytes *)path)->data + front, found->d_name, n);
    }
  } else
    path = str_concat(s->path, name);
  if (!path)
    return drop(o), NULL;
  store_first(o, &e->path, path);
  return o;
}

static struct object *scan_next(struct object *o) {
  struct scan *s = scan_of(o);
  while (s->directory) {
    errno = 0;
    struct dirent *found = BLOCKING(readdir(s->directory));
    if (!found) {
      if (errno)
        error_errno(errno, s->object, NULL);
      scan_close(s);
      return NULL;
    }
    const char *name = found->d_name;
    if (name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2])))
      continue;
    struct object *entry = entry_new(s, found);
    if (!entry)
      scan_close(s);
    return entry;
  }
  return NULL;
}
static struct object *scan_iter(struct object *o) { return hold(o); }
static struct object *scan_close_method(struct object *o) {
  scan_close(scan_of(o));
  return hold(NONE);
}
static struct object *scan_exit(struct object *o, struct object *const *args, size_t n) {
  return scan_close_method(o);
}
static void scan_finalize(struct object *o) {
  struct scan *s = scan_of(o);
  if (!s->directory)
    return;
  if (warning_about(ERROR_RESOURCE_WARNING, o, 1, "unclosed scandir iterator %R", o) < 0 &&
      error_matches(ERROR_WARNING))
    error_report_object(o);
  error_clear();
  scan_close(s);
}
static const struct method_def scan_methods[] = {METHOD_NOARGS_("__enter__", scan_iter, NULL),
                                                 METHOD_FAST_("__exit__", scan_exit, NULL),
                                                 METHOD_NOARGS_("close", scan_close_method, NULL),
                                                 {NULL}};
static struct type scan_type = {.head = OBJECT_STATIC(type_type),
                                .shape = {.layout = GC_FIXED,
                                          .flags = GC_CONTAINER | GC_FINALIZES,
                                          .refs_offset = offsetof(struct scan, path),
                                          .refs_n = 2,
                                          .basic_bytes = sizeof(struct scan)},
                                .name = "posix.ScandirIterator",
                                .flags = TYPE_NO_INSTANCE,
                                .finalize = scan_finalize,
                                .iter = scan_iter,
                                .next = scan_next,
                                .methods = scan_methods,
                                .base = &object_type};

/* What stands before each name: the path with one separator at its end. */
static struct object *front_of(const struct path *p) {
  const char *text = p->narrow ? p->narrow : ".";
  size_t n = p->narrow ? p->n : 1;
  bool ends = n > 0 && text[n - 1] == '/';
  struct object *bytes = bytes_new_open(n + (ends ? 0 : 1));
  if (!bytes)
    return NULL;
  unsigned char *to = ((struct bytes *)bytes)->data;
  memcpy(to, text, n);
  if (!ends)
    to[n] = '/';
  if (p->is_bytes)
    return bytes;
  struct object *front = str_decode_filename((const char *)bytes_data(bytes), bytes_length(bytes));
  drop(bytes);
  return front;
}

/* os.path.join of "." gives "./name". */
FUNCTION(scandir, "scandir", 0, 1, 0, "path") {
  struct path p = {.function = "scandir", .nullable = true, .allow_fd = true};
  if (path_take(&p, v[0]) < 0)
    return NULL;
  if (AUDIT_FAILS("os.scandir", tuple_pack(1, v[0] ? v[0] : NONE)))
    return path_close(&p), NULL;
  struct object *o = type_generic_alloc(&scan_type);
  if (!o)
    return path_close(&p), NULL;
  struct scan *s = scan_of(o);
  s->fd = p.fd;
  s->is_bytes = p.is_bytes;
  if (p.object)
    store_first(o, &s->object, hold(p.object));
  if (p.fd < 0) {
    struct object *front = front_of(&p);
    if (!front)
      return drop(o), path_close(&p), NULL;
    store_first(o, &s->path, front);
  }
  int copy = -1;
  if (p.fd >= 0) {
    copy = BLOCKING(fcntl(p.fd, F_DUPFD_CLOEXEC, 0));
    s->directory = copy < 0 ? NULL : BLOCKING(fdopendir(copy));
  } else
    s->directory = BLOCKING(opendir(p.narrow ? p.narrow : "."));
  if (!s->directory) {
    int error_number = errno;
    if (copy >= 0)
      close(copy);
    drop(o);
    errno = error_number;
    return path_error(&p);
  }
  path_close(&p);
  return o;
}

static const struct method_def functions[] = {
    METHOD_KEYWORDS_("scandir", scandir_call,
                     DOC("scandir", "$module, /, path=None",
                         "An iterator over the entries of a directory, as DirEntry.")),
    {NULL}};

int posix_fill_scan(struct object *module) {
  return type_ready(&scan_type) < 0 || module_add_type(module, &entry_type) < 0
             ? -1
             : module_add_functions(module, functions);
}
