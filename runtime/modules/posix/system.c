/* The system and the environment of the process: names, random bytes, load, variables. */
#include "runtime/modules/posix/posix.h"
#include "runtime/object/audit.h"
#include "runtime/object/dict.h"
#include "runtime/object/float.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/times.h>
#include <sys/utsname.h>

/* ---- Struct sequences ---- */

static const struct struct_sequence_field uname_fields[] = {
    {"sysname", "operating system name"},
    {"nodename", "name of machine on network (implementation-defined)"},
    {"release", "operating system release"},
    {"version", "operating system version"},
    {"machine", "hardware identifier"},
    {NULL}};
static const struct struct_sequence_def uname_def = {
    .name = "posix.uname_result",
    .doc = "uname_result: Result from os.uname().\n\nA tuple of five texts that are attributes "
           "too.",
    .fields = uname_fields,
    .sequence_n = 5};
static struct struct_sequence_type uname_type = STRUCT_SEQUENCE_TYPE;

static struct object *uname_none(struct object *module) {
  struct utsname u;
  if (BLOCKING(uname(&u)) < 0)
    return posix_done(-1);
  struct object *const values[] = {str_decode_filename(u.sysname, strlen(u.sysname)),
                                   str_decode_filename(u.nodename, strlen(u.nodename)),
                                   str_decode_filename(u.release, strlen(u.release)),
                                   str_decode_filename(u.version, strlen(u.version)),
                                   str_decode_filename(u.machine, strlen(u.machine))};
  return struct_sequence_from_taking(&uname_type, values, ARRAY_SIZE(values));
}

static const struct struct_sequence_field times_fields[] = {
    {"user", "user time"},
    {"system", "system time"},
    {"children_user", "user time of children"},
    {"children_system", "system time of children"},
    {"elapsed", "elapsed time since an arbitrary point in the past"},
    {NULL}};
static const struct struct_sequence_def times_def = {
    .name = "posix.times_result",
    .doc = "times_result: Result from os.times().\n\nA tuple of five floats, in seconds, that are "
           "attributes too.",
    .fields = times_fields,
    .sequence_n = 5};
static struct struct_sequence_type times_type = STRUCT_SEQUENCE_TYPE;

static struct object *times_none(struct object *module) {
  struct tms t;
  errno = 0;
  clock_t elapsed = times(&t);
  if (elapsed == (clock_t)-1)
    return posix_done(-1);
  double tick = (double)sysconf(_SC_CLK_TCK);
  struct object *const values[] = {
      float_from((double)t.tms_utime / tick), float_from((double)t.tms_stime / tick),
      float_from((double)t.tms_cutime / tick), float_from((double)t.tms_cstime / tick),
      float_from((double)elapsed / tick)};
  return struct_sequence_from_taking(&times_type, values, ARRAY_SIZE(values));
}

/* ---- Random bytes ---- */

/* Fills by pieces: large requests are interrupted by signals. */
static int fill_random(unsigned char *to, size_t n) {
  while (n) {
    bool raised = false;
    ssize_t got = BLOCKING_RETRY(&raised, getrandom(to, n < 1 << 20 ? n : 1 << 20, 0));
    if (got < 0) {
      if (!raised)
        error_errno(errno, NULL, NULL);
      return -1;
    }
    to += got;
    n -= (size_t)got;
  }
  return 0;
}
static struct object *urandom_one(struct object *module, struct object *o) {
  int64_t n;
  if (argument_size(o, &n) < 0)
    return NULL;
  if (n < 0)
    return error_format(ERROR_VALUE, "negative argument not allowed");
  struct object *bytes = bytes_new_open((size_t)n);
  if (bytes && fill_random(((struct bytes *)bytes)->data, (size_t)n) < 0) {
    drop(bytes);
    return NULL;
  }
  return bytes;
}
FUNCTION(getrandom, "getrandom", 0, 2, 1, "size", "flags") {
  int64_t n;
  int flags = 0;
  if (argument_size(v[0], &n) < 0 || (v[1] && argument_int(v[1], &flags) < 0))
    return NULL;
  if (n < 0) {
    errno = EINVAL;
    return posix_done(-1);
  }
  struct object *bytes = bytes_new_open((size_t)n);
  if (!bytes)
    return NULL;
  bool raised = false;
  ssize_t got =
      BLOCKING_RETRY(&raised, getrandom(((struct bytes *)bytes)->data, (size_t)n, (unsigned)flags));
  struct object *result = bytes;
  if (got < 0) {
    if (!raised)
      error_errno(errno, NULL, NULL);
    result = NULL;
  } else if (got < n)
    result = bytes_from(bytes_data(bytes), (size_t)got);
  if (result != bytes)
    drop(bytes);
  return result;
}

/* ---- The machine ---- */

static struct object *cpu_count_none(struct object *module) {
  long n = sysconf(_SC_NPROCESSORS_ONLN);
  return n < 1 ? hold(NONE) : int_from_i64(n);
}
static struct object *getloadavg_none(struct object *module) {
  double loads[3];
  if (getloadavg(loads, 3) != 3)
    return error_format(ERROR_OS, "Load averages are unobtainable");
  struct object *values[] = {float_from(loads[0]), float_from(loads[1]), float_from(loads[2])};
  struct object *result = values[0] && values[1] && values[2] ? tuple_from(values, 3) : NULL;
  for (size_t i = 0; i < 3; i++)
    drop_null(values[i]);
  return result;
}
static struct object *strerror_one(struct object *module, struct object *o) {
  int code;
  if (argument_int(o, &code) < 0)
    return NULL;
  const char *text = strerror(code);
  return str_decode_filename(text, strlen(text));
}

/* ---- The environment ---- */

/* What the process was started with, as bytes; the first of equal names counts. */
static struct object *environment(void) {
  struct object *dict = dict_new();
  for (char **each = environ; dict && each && *each; each++) {
    const char *end = strchr(*each, '=');
    if (!end)
      continue;
    struct object *name = bytes_from(*each, (size_t)(end - *each));
    struct object *value = name ? bytes_from(end + 1, strlen(end + 1)) : NULL;
    int status = value ? 0 : -1;
    if (value && !dict_get_borrowed(dict, name))
      status = error_pending() == ERROR_NONE ? dict_set(dict, name, value) : -1;
    drop_null(value);
    drop_null(name);
    if (status < 0) {
      drop(dict);
      return NULL;
    }
  }
  return dict;
}

static struct object *putenv_fast(struct object *module, struct object *const *args, size_t n) {
  if (args_check_count("putenv", n, 2, 2) < 0)
    return NULL;
  struct object *name = path_to_bytes(args[0]), *value = name ? path_to_bytes(args[1]) : NULL;
  struct object *result = NULL;
  if (value && strchr((const char *)bytes_data(name), '='))
    error_format(ERROR_VALUE, "illegal environment variable name");
  else if (value && !AUDIT_FAILS("os.putenv", tuple_pack(2, name, value)))
    result = posix_done(setenv((const char *)bytes_data(name), (const char *)bytes_data(value), 1));
  drop_null(value);
  drop_null(name);
  return result;
}
static struct object *unsetenv_one(struct object *module, struct object *o) {
  struct object *name = path_to_bytes(o);
  bool refused = name && AUDIT_FAILS("os.unsetenv", tuple_pack(1, name));
  struct object *result =
      name && !refused ? posix_done(unsetenv((const char *)bytes_data(name))) : NULL;
  drop_null(name);
  return result;
}

/* ---- Paths as texts ---- */

FUNCTION(fspath, "fspath", 0, 1, 1, "path") { return path_from(v[0]); }

/* Without "//", "/./" and ".." where it can be told, by code points. */
static size_t normalize(uint32_t *path, size_t n) {
  size_t to = 0, root = 0;
  if (n && path[0] == '/') /* exactly two slashes in front mean something of their own */
    root = n > 1 && path[1] == '/' && !(n > 2 && path[2] == '/') ? 2 : 1;
  size_t at = root;
  while (at < n && path[at] == '/')
    at++;
  to = root;
  size_t floor = root; /* leading ".." can't be gone behind */
  while (at < n) {
    size_t end = at;
    while (end < n && path[end] != '/')
      end++;
    size_t length = end - at;
    bool is_dot = length == 1 && path[at] == '.';
    bool is_up = length == 2 && path[at] == '.' && path[at + 1] == '.';
    if (is_up && to > floor) {
      while (to > floor && path[to - 1] != '/')
        to--;
      if (to > floor)
        to--;
    } else if (!is_dot && !(is_up && root)) {
      if (to > root)
        path[to++] = '/';
      memmove(path + to, path + at, length * sizeof *path);
      to += length;
      if (is_up)
        floor = to;
    }
    for (at = end; at < n && path[at] == '/'; at++)
      ;
  }
  return to;
}
FUNCTION(path_normpath, "_path_normpath", 0, 1, 1, "path") {
  struct object *o = v[0];
  if (!is_any_str(o))
    return error_format(ERROR_TYPE, "expected 'str', not '%N'", o);
  size_t n = str_length(o);
  if (!n)
    return hold(o);
  uint32_t *path = gc_buffer_new(n * sizeof *path);
  if (!path)
    return error_no_memory();
  str_copy_units(path, 2, str_data(o), str_kind(o), n);
  struct object *result = str_from_data(path, normalize(path, n), 2);
  gc_buffer_free(path, n * sizeof *path);
  return result;
}

static const struct method_def functions[] = {
    METHOD_NOARGS_("uname", uname_none, DOC("uname", "$module, /", "What system this is.")),
    METHOD_NOARGS_("times", times_none,
                   DOC("times", "$module, /", "Processor times of the process.")),
    METHOD_ONE_("urandom", urandom_one,
                DOC("urandom", "$module, size, /", "So many random bytes.")),
    METHOD_KEYWORDS_(
        "getrandom", getrandom_call,
        DOC("getrandom", "$module, /, size, flags=0", "At most so many random bytes.")),
    METHOD_NOARGS_("cpu_count", cpu_count_none,
                   DOC("cpu_count", "$module, /", "The number of processors; None if unknown.")),
    METHOD_NOARGS_("getloadavg", getloadavg_none,
                   DOC("getloadavg", "$module, /", "The load over 1, 5 and 15 minutes.")),
    METHOD_ONE_("strerror", strerror_one,
                DOC("strerror", "$module, code, /", "The text of an error number.")),
    METHOD_FAST_("putenv", putenv_fast,
                 DOC("putenv", "$module, name, value, /", "Set an environment variable.")),
    METHOD_ONE_("unsetenv", unsetenv_one,
                DOC("unsetenv", "$module, name, /", "Delete an environment variable.")),
    METHOD_KEYWORDS_("fspath", fspath_call,
                     DOC("fspath", "$module, /, path",
                         "The file system's form of a path: str and bytes as they are, else "
                         "__fspath__().")),
    METHOD_KEYWORDS_(
        "_path_normpath", path_normpath_call,
        DOC("_path_normpath", "$module, /, path", "A path without what can be left out.")),
    {NULL}};

int posix_fill_system(struct object *module) {
  if (struct_sequence_ready(&uname_type, &uname_def) < 0 ||
      struct_sequence_ready(&times_type, &times_def) < 0 ||
      module_add(module, "uname_result", &uname_type.type.head) < 0 ||
      module_add(module, "times_result", &times_type.type.head) < 0 ||
      module_add_taking(module, "environ", environment()) < 0)
    return -1;
  return module_add_functions(module, functions);
}
