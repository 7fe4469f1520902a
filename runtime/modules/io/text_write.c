/* Writing text: it is encoded at once and handed to the buffer by larger pieces. */
#include "runtime/modules/io/text.h"
#include "runtime/object/bytes.h"
#include "runtime/object/int.h"
#include "runtime/object/str.h"
#include "runtime/object/text_search.h"

static int write_to(struct object *buffer, struct text *t) {
  size_t n = t->pending_n;
  t->pending_n = 0; /* what can't be written now is lost, as it must not be written twice */
  if (io_is_writer(buffer) || io_is_random(buffer)) {
    /* A signal's handler may write to this stream meanwhile: it gets its own room. */
    unsigned char *data = t->pending;
    size_t room = t->pending_room;
    t->pending = NULL;
    t->pending_room = 0;
    int status;
    do {
      status = buffered_write_bytes(buffer, data, n);
    } while (status < 0 && io_was_interrupted());
    if (!t->pending) {
      t->pending = data;
      t->pending_room = room;
    } else
      gc_buffer_free(data, room);
    return status;
  }
  struct object *bytes = bytes_from(t->pending, n), *result = NULL;
  if (!bytes)
    return -1;
  do {
    result = io_call_one(buffer, IO_NAME_write, bytes);
  } while (!result && io_was_interrupted());
  drop(bytes);
  drop_null(result);
  return result ? 0 : -1;
}

int text_write_pending(struct object *o) {
  struct text *t = text_of(o);
  if (!t->pending_n)
    return 0;
  struct object *buffer = text_buffer(t);
  if (!buffer)
    return -1;
  int status = write_to(buffer, t);
  gc_keep(buffer);
  drop(buffer);
  return status;
}

static int flush_buffer(struct text *t) {
  struct object *buffer = text_buffer(t), *result;
  int status = -1;
  if (!buffer)
    return -1;
  if (io_is_writer(buffer) || io_is_random(buffer)) {
    status = buffered_flush(buffer);
  } else if ((result = io_call(buffer, IO_NAME_flush))) {
    drop(result);
    status = 0;
  }
  gc_keep(buffer);
  drop(buffer);
  return status;
}
int text_flush(struct object *o) {
  return text_write_pending(o) < 0 ? -1 : flush_buffer(text_of(o));
}

static bool has(struct object *s, char c) {
  struct text_units units = {str_data(s), str_length(s), str_kind(s)};
  return text_find_unit(units, (unsigned char)c) != TEXT_NOT_FOUND;
}
static struct object *with_newlines(struct text *t, struct object *s) {
  struct object *from = str_intern("\n"), *to = str_intern(t->write_newline);
  struct object *const args[] = {s, from, to};
  struct object *result = from && to ? call_method(IO_NAME(replace), args, 3, NULL) : NULL;
  drop_null(to);
  drop_null(from);
  return result;
}

static int write_text(struct object *o, struct object *s) {
  struct text *t = text_of(o);
  if (text_check_open(t) < 0)
    return -1;
  if (!t->writes) {
    io_unsupported("not writable");
    return -1;
  }
  bool translates = t->write_newline[0] != 0, line_end = false;
  if (translates || t->line_buffering)
    line_end = has(s, '\n');
  struct object *own = NULL;
  if (translates && line_end) {
    own = with_newlines(t, s);
    if (!own)
      return -1;
  }
  size_t n;
  int status = text_encode(o, own ? own : s, &n);
  bool flush = t->line_buffering && (line_end || has(s, '\r'));
  drop_null(own);
  if (status < 0)
    return -1;
  if ((t->pending_n >= (size_t)t->chunk_size || flush || t->write_through) &&
      text_write_pending(o) < 0)
    return -1;
  if (flush && flush_buffer(t) < 0)
    return -1;
  if (t->decoded || t->snapshot) {
    text_set_decoded_taking(o, NULL);
    store(o, &t->snapshot, NULL);
  }
  return t->reads ? text_decoder_reset(t) : 0;
}
struct object *text_write_method(struct object *o, struct object *s) {
  if (!is_any_str(s))
    return error_format(ERROR_TYPE, "write() argument must be str, not %s",
                        s == NONE ? "None" : type_of(s)->name);
  if (text_check_ready(text_of(o)) < 0 || write_text(o, s) < 0)
    return NULL;
  return int_from_i64((int64_t)str_length(s));
}
