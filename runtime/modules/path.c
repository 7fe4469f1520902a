/* Paths: what Python gives for a file's name, as the system wants it, and back. */
#include "runtime/modules/path.h"
#include "runtime/modules/argument.h"
#include "runtime/modules/warn.h"
#include "runtime/object/bytes.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/model.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/str_builder.h"
#include "runtime/object/tuple.h"
#include <errno.h>
#include <string.h>

/* ---- Text and bytes ---- */

static void *surrogate_error(struct object *text, size_t at) {
  struct object *args[] = {str_from_ascii("utf-8"), hold(text), int_from_i64((int64_t)at),
                           int_from_i64((int64_t)at + 1), str_from_ascii("surrogates not allowed")};
  struct object *tuple =
      args[0] && args[2] && args[3] && args[4] ? tuple_from(args, ARRAY_SIZE(args)) : NULL;
  if (tuple)
    error_set_object(&exception_type(ERROR_UNICODE_ENCODE)->head, tuple);
  drop_null(tuple);
  for (size_t i = 0; i < ARRAY_SIZE(args); i++)
    drop_null(args[i]);
  return NULL;
}

static unsigned char *put(unsigned char *to, uint32_t c) {
  if (c < 0x80)
    *to++ = (unsigned char)c;
  else if (c < 0x800) {
    *to++ = (unsigned char)(0xc0 | c >> 6);
    *to++ = (unsigned char)(0x80 | (c & 0x3f));
  } else if (c >= 0xdc80 && c <= 0xdcff)
    *to++ = (unsigned char)(c - 0xdc00);
  else {
    if (c < 0x10000)
      *to++ = (unsigned char)(0xe0 | c >> 12);
    else {
      *to++ = (unsigned char)(0xf0 | c >> 18);
      *to++ = (unsigned char)(0x80 | (c >> 12 & 0x3f));
    }
    *to++ = (unsigned char)(0x80 | (c >> 6 & 0x3f));
    *to++ = (unsigned char)(0x80 | (c & 0x3f));
  }
  return to;
}

struct object *path_encode(struct object *text) {
  size_t n = str_length(text), bytes = 0;
  if (str_is_ascii(text))
    return bytes_from(str_data(text), n);
  for (size_t i = 0; i < n; i++) {
    uint32_t c = str_at(text, i);
    if (c >= 0xd800 && c <= 0xdfff && !(c >= 0xdc80 && c <= 0xdcff))
      return surrogate_error(text, i);
    unsigned char each[4];
    bytes += (size_t)(put(each, c) - each);
  }
  struct object *result = bytes_new_open(bytes);
  if (!result)
    return NULL;
  unsigned char *to = ((struct bytes *)result)->data;
  for (size_t i = 0; i < n; i++)
    to = put(to, str_at(text, i));
  return result;
}

/* Bytes of the well-formed character at p; 0: there is none. */
static size_t character_at(const unsigned char *p, size_t left) {
  if (p[0] < 0x80)
    return 1;
  size_t n = p[0] >= 0xc2 && p[0] <= 0xdf   ? 2
             : p[0] >= 0xe0 && p[0] <= 0xef ? 3
             : p[0] >= 0xf0 && p[0] <= 0xf4 ? 4
                                            : 0;
  if (!n || n > left)
    return 0;
  for (size_t i = 1; i < n; i++)
    if ((p[i] & 0xc0) != 0x80)
      return 0;
  bool bad = (p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
             (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f);
  return bad ? 0 : n;
}

struct object *path_decode(const char *bytes, size_t n) {
  const unsigned char *p = (const unsigned char *)bytes;
  size_t at = 0, each;
  while (at < n && (each = character_at(p + at, n - at)))
    at += each;
  if (LIKELY(at == n))
    return str_from_utf8(bytes, n);
  struct str_builder text = STR_BUILDER_EMPTY;
  for (at = 0; at < n; at += each ? each : 1) {
    each = character_at(p + at, n - at);
    uint32_t c = p[at];
    if (!each)
      c += 0xdc00;
    else if (each > 1) {
      c &= 0x7fu >> each;
      for (size_t i = 1; i < each; i++)
        c = c << 6 | (p[at + i] & 0x3f);
    }
    str_builder_add_char(&text, c);
  }
  return str_builder_finish(&text);
}

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
    struct object *bytes = path_encode(path);
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
    p->bytes = p->is_bytes ? hold(o) : path_encode(o);
    if (!p->bytes) {
      path_close(p);
      return -1;
    }
    p->narrow = (const char *)bytes_data(p->bytes);
    p->n = bytes_length(p->bytes);
  }
  if (LIKELY(!memchr(p->narrow, 0, p->n)))
    return 0;
  error_format(ERROR_VALUE, "%s%sembedded null character in %s", p->function ? p->function : "",
               p->function ? ": " : "", argument_of(p));
  path_close(p);
  return -1;
}

static int take_buffer(struct path *p, struct object *o) {
  if (warn_format(ERROR_DEPRECATION_WARNING, 1, "%s%s%s should be %s, not %N",
                  p->function ? p->function : "", p->function ? ": " : "", argument_of(p),
                  wanted(p), o) < 0)
    return -1;
  struct buffer_view view;
  if (buffer_get(o, &view, BUFFER_SIMPLE) < 0)
    return -1;
  struct object *bytes = bytes_from(view.data ? view.data : "", (size_t)view.bytes);
  buffer_release(&view);
  return bytes ? take_text(p, bytes) : -1;
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
