/* Paths: what Python gives for a file's name, as the system wants it, and back. */
#include "runtime/modules/path.h"
#include "runtime/modules/argument.h"
#include "runtime/object/bytes.h"
#include "runtime/object/codec.h"
#include "runtime/object/exception.h"
#include "runtime/object/model.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/warning.h"
#include <errno.h>
#include <string.h>

/* ---- Objects that are paths ---- */

/* NULL without an error: o has no __fspath__. */
static struct object *call_fspath(struct object *o) {
  struct object *args[] = {o};
  struct object *result = call_special(NAME(fspath), args, 1);
  if (!result || is_any_str(result) || is_any_bytes(result))
    return result;
  error_format(ERROR_TYPE, "expected %N.__fspath__() to return str or bytes, not %N", o, result);
  drop(result);
  return NULL;
}

struct object *path_from(struct object *o) {
  if (is_any_str(o) || is_any_bytes(o))
    return hold(o);
  struct object *result = call_fspath(o);
  if (!result && error_pending() == ERROR_NONE)
    error_format(ERROR_TYPE, "expected str, bytes or os.PathLike object, not %N", o);
  return result;
}

struct object *path_to_bytes(struct object *o) {
  struct object *path = path_from(o);
  if (path && is_any_str(path)) {
    struct object *bytes = str_encode_filename(path);
    drop(path);
    path = bytes;
  }
  if (path && memchr(bytes_data(path), 0, bytes_length(path))) {
    drop(path);
    return error_format(ERROR_VALUE, "embedded null byte");
  }
  return path;
}

/* ---- Arguments ---- */

static const char *wanted(const struct path *p) {
  return p->allow_fd && p->nullable ? "string, bytes, os.PathLike, integer or None"
         : p->allow_fd              ? "string, bytes, os.PathLike or integer"
         : p->nullable              ? "string, bytes, os.PathLike or None"
                                    : "string, bytes or os.PathLike";
}
static const char *argument_of(const struct path *p) { return p->argument ? p->argument : "path"; }

/* Takes `o`, a str or bytes. */
static int take_text(struct path *p, struct object *o) {
  p->object = o;
  if (is_any_str(o) && str_is_ascii(o)) {
    p->narrow = str_data(o);
    p->n = str_length(o);
  } else {
    p->is_bytes = is_any_bytes(o);
    p->bytes = p->is_bytes ? hold(o) : str_encode_filename(o);
    if (!p->bytes) {
      path_close(p);
      return -1;
    }
    p->narrow = (const char *)bytes_data(p->bytes);
    p->n = bytes_length(p->bytes);
  }
  if (LIKELY(!memchr(p->narrow, 0, p->n)))
    return 0;
  if (is_any_str(o))
    error_format(ERROR_VALUE, "embedded null byte");
  else
    error_format(ERROR_VALUE, "%s%sembedded null character in %s", p->function ? p->function : "",
                 p->function ? ": " : "", argument_of(p));
  path_close(p);
  return -1;
}

static int take_buffer(struct path *p, struct object *o) {
  if (warning_format(ERROR_DEPRECATION_WARNING, 1, "%s%s%s should be %s, not %N",
                     p->function ? p->function : "", p->function ? ": " : "", argument_of(p),
                     wanted(p), o) < 0)
    return -1;
  struct buffer_view view;
  if (buffer_get(o, &view, BUFFER_SIMPLE) < 0)
    return -1;
  struct object *bytes = bytes_from(view.data ? view.data : "", (size_t)view.bytes);
  buffer_release(&view);
  if (!bytes || take_text(p, bytes) < 0)
    return -1;
  drop(p->object); /* p->bytes holds them too; errors name what was given */
  p->object = hold(o);
  return 0;
}

int path_take(struct path *p, struct object *o) {
  p->narrow = NULL;
  p->n = 0;
  p->fd = -1;
  p->is_bytes = false;
  p->object = p->bytes = NULL;
  if (!o || (p->nullable && o == NONE))
    return 0;
  if (is_any_str(o) || is_any_bytes(o))
    return take_text(p, hold(o));
  if (has_buffer(o))
    return take_buffer(p, o);
  if (p->allow_fd && type_of(o)->number.index) {
    if (argument_int(o, &p->fd) < 0)
      return -1;
    p->object = hold(o);
    return 0;
  }
  struct object *text = call_fspath(o);
  if (text)
    return take_text(p, text);
  if (error_pending() == ERROR_NONE)
    error_format(ERROR_TYPE, "%s%s%s should be %s, not %N", p->function ? p->function : "",
                 p->function ? ": " : "", argument_of(p), wanted(p), o);
  return -1;
}

void path_close(struct path *p) {
  drop_null(p->bytes);
  drop_null(p->object);
  p->bytes = p->object = NULL;
  p->narrow = NULL;
}

void *path_error(struct path *p) {
  error_errno(errno, p->object, NULL);
  path_close(p);
  return NULL;
}
void *path_error_two(struct path *p, struct path *q) {
  error_errno(errno, p->object, q->object);
  path_close(q);
  path_close(p);
  return NULL;
}
