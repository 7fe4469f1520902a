/* OSError: its subclasses by errno, its arguments, its text. */
#include "runtime/object/attribute.h"
#include "runtime/object/exception_internal.h"
#include "runtime/object/int.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include <errno.h>
#include <stddef.h>

static const struct {
  int error_number;
  enum error_kind kind;
} by_errno[] = {{EAGAIN, ERROR_BLOCKING_IO},
                {EALREADY, ERROR_BLOCKING_IO},
                {EINPROGRESS, ERROR_BLOCKING_IO},
                {EWOULDBLOCK, ERROR_BLOCKING_IO},
                {EPIPE, ERROR_BROKEN_PIPE},
                {ESHUTDOWN, ERROR_BROKEN_PIPE},
                {ECHILD, ERROR_CHILD_PROCESS},
                {ECONNABORTED, ERROR_CONNECTION_ABORTED},
                {ECONNREFUSED, ERROR_CONNECTION_REFUSED},
                {ECONNRESET, ERROR_CONNECTION_RESET},
                {EEXIST, ERROR_FILE_EXISTS},
                {ENOENT, ERROR_FILE_NOT_FOUND},
                {EISDIR, ERROR_IS_A_DIRECTORY},
                {ENOTDIR, ERROR_NOT_A_DIRECTORY},
                {EINTR, ERROR_INTERRUPTED},
                {EACCES, ERROR_PERMISSION},
                {EPERM, ERROR_PERMISSION},
                {ESRCH, ERROR_PROCESS_LOOKUP},
                {ETIMEDOUT, ERROR_TIMEOUT}};

static struct exception_os *os(struct object *o) { return (struct exception_os *)o; }

/* A class with its own __init__ but not its own __new__ gets its arguments there (as in CPython).
 */
static bool inits_later(const struct type *t) {
  const struct type *base = exception_type(ERROR_OS);
  return t->init != base->init && t->new_ == base->new_;
}

static int fill(struct object *o, struct object *const *args, size_t n) {
  struct exception_os *e = os(o);
  bool takes_filename = n >= 2 && n <= 5;
  if (n >= 2 && n <= 5) {
    store(o, &e->error_number, hold(args[0]));
    store(o, &e->text, hold(args[1]));
  }
  size_t kept = n;
  if (takes_filename && n >= 3 && args[2] != NONE) {
    int64_t written;
    if (type_is_subtype(type_of(o), exception_type(ERROR_BLOCKING_IO)) && is_any_int(args[2])) {
      if (number_to_i64(args[2], &written, ERROR_VALUE) < 0)
        return -1;
      e->written = written;
    } else {
      store(o, &e->filename, hold(args[2]));
      if (n >= 5 && args[4] != NONE)
        store(o, &e->filename2, hold(args[4]));
      kept = 2; /* args stays (errno, strerror), as it always was */
    }
  }
  return exception_set_args(o, args, kept);
}

struct object *exception_os_new(struct type *t, struct object *const *args, size_t n,
                                struct object *kwnames) {
  bool later = inits_later(t);
  if (!later && args_check_no_keywords(t->name, kwnames) < 0)
    return NULL;
  int64_t number;
  if (!later && t == exception_type(ERROR_OS) && n >= 2 && n <= 5 && is_any_int(args[0]) &&
      int_to_i64(args[0], &number))
    for (size_t i = 0; i < ARRAY_SIZE(by_errno); i++)
      if (by_errno[i].error_number == number) {
        t = exception_type(by_errno[i].kind);
        break;
      }
  struct object *o = type_generic_alloc(t);
  if (!o)
    return NULL;
  os(o)->written = -1;
  int status = later ? exception_set_args(o, NULL, 0) : fill(o, args, n);
  if (status < 0) {
    drop(o);
    return NULL;
  }
  return o;
}
int exception_os_init(struct object *o, struct object *const *args, size_t n,
                      struct object *kwnames) {
  if (!inits_later(type_of(o)))
    return 0;
  if (args_check_no_keywords(type_of(o)->name, kwnames) < 0)
    return -1;
  return fill(o, args, n);
}

struct object *exception_os_str(struct object *o) {
  struct exception_os *e = os(o);
  struct object *number = e->error_number ? e->error_number : NONE,
                *text = e->text ? e->text : NONE;
  if (e->filename)
    return e->filename2
               ? str_format("[Errno %S] %S: %R -> %R", number, text, e->filename, e->filename2)
               : str_format("[Errno %S] %S: %R", number, text, e->filename);
  if (e->error_number && e->text)
    return str_format("[Errno %S] %S", number, text);
  return exception_str_slot(o);
}

static struct object *reduce(struct object *o) {
  struct exception_os *e = os(o);
  struct object *args = e->plain.args;
  struct object *own = NULL;
  if (tuple_length(args) == 2 && e->filename) {
    struct object *first = tuple_get_borrowed(args, 0), *second = tuple_get_borrowed(args, 1);
    own = e->filename2 ? tuple_pack(5, first, second, e->filename, NONE, e->filename2)
                       : tuple_pack(3, first, second, e->filename);
    if (!own)
      return NULL;
  }
  struct object *result = e->plain.dict
                              ? tuple_pack(3, &type_of(o)->head, own ? own : args, e->plain.dict)
                              : tuple_pack(2, &type_of(o)->head, own ? own : args);
  drop_null(own);
  return result;
}
static struct object *get_written(struct object *o, void *closure) {
  if (os(o)->written == -1)
    return error_format(ERROR_ATTRIBUTE, "characters_written");
  return int_from_i64(os(o)->written);
}
static int set_written(struct object *o, struct object *value, void *closure) {
  if (!value) {
    if (os(o)->written == -1) {
      error_format(ERROR_ATTRIBUTE, "characters_written");
      return -1;
    }
    os(o)->written = -1;
    return 0;
  }
  return number_to_i64(value, &os(o)->written, ERROR_VALUE);
}
const struct method_def exception_os_methods[] = {METHOD_NOARGS_("__reduce__", reduce, NULL),
                                                  {NULL}};
const struct getset_def exception_os_getsets[] = {{"characters_written", get_written, set_written},
                                                  {NULL}};
const struct member_def exception_os_members[] = {
    {"errno", MEMBER_OBJECT, 0, offsetof(struct exception_os, error_number),
     "POSIX exception code"},
    {"strerror", MEMBER_OBJECT, 0, offsetof(struct exception_os, text), "exception strerror"},
    {"filename", MEMBER_OBJECT, 0, offsetof(struct exception_os, filename), "exception filename"},
    {"filename2", MEMBER_OBJECT, 0, offsetof(struct exception_os, filename2),
     "second exception filename"},
    {NULL}};
