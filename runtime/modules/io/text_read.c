/* Reading text: by chunks, lines, all at once. */
#include "runtime/modules/io/text.h"
#include "runtime/object/attribute.h"
#include "runtime/object/bytes.h"
#include "runtime/object/int.h"
#include "runtime/object/str.h"
#include "runtime/object/str_builder.h"
#include <string.h>

/* ---- Chunks ---- */

/* What read1 or read of the buffer gives, as something with a buffer. */
static struct object *fetch(struct text *t, int64_t n) {
  struct object *buffer = text_buffer(t), *bytes = NULL;
  if (UNLIKELY(!buffer))
    return NULL;
  if (LIKELY(io_is_reader(buffer) || io_is_random(buffer))) {
    bytes = buffered_read_once(buffer, n);
  } else {
    struct object *size = int_from_i64(n);
    if (size)
      bytes = io_call_one(buffer, t->has_read1 ? IO_NAME_read1 : IO_NAME_read, size);
    drop_null(size);
  }
  gc_keep(buffer);
  drop(buffer);
  return bytes;
}

/* Keeps the state before the chunk together with it, so that tell can decode it again. */
static int take_snapshot(struct object *o, struct object *tail, int64_t flags,
                         struct object *chunk_object, const struct buffer_view *chunk) {
  size_t front = bytes_length(tail), n = (size_t)chunk->bytes;
  if (LIKELY(front == 0 && is_bytes(chunk_object))) {
    store(o, &text_of(o)->snapshot, hold(chunk_object));
    text_of(o)->snapshot_flags = flags;
    return 0;
  }
  struct object *bytes = bytes_new_open(front + n);
  if (!bytes)
    return -1;
  memcpy(((struct bytes *)bytes)->data, bytes_data(tail), front);
  if (n)
    memcpy(((struct bytes *)bytes)->data + front, chunk->data, n);
  store(o, &text_of(o)->snapshot, bytes);
  text_of(o)->snapshot_flags = flags;
  return 0;
}

static int decode_chunk(struct object *o, struct object *bytes, struct object *tail,
                        int64_t flags) {
  struct text *t = text_of(o);
  struct buffer_view view;
  if (!has_buffer(bytes)) {
    error_format(ERROR_TYPE, "underlying %s() should have returned a bytes-like object, not '%N'",
                 t->has_read1 ? "read1" : "read", bytes);
    return -1;
  }
  if (buffer_get(bytes, &view, BUFFER_SIMPLE) < 0)
    return -1;
  bool end = view.bytes == 0;
  struct object *decoded =
      text_decode(t, view.data ? view.data : (const void *)"", (size_t)view.bytes, end);
  int status = decoded ? 0 : -1;
  if (decoded) {
    size_t n = str_length(decoded);
    t->bytes_per_char = n ? (double)view.bytes / (double)n : 0;
    text_set_decoded_taking(o, decoded);
    if (tail)
      status = take_snapshot(o, tail, flags, bytes, &view);
    if (n)
      end = false;
  }
  buffer_release(&view);
  return status < 0 ? -1 : !end;
}
int text_read_chunk(struct object *o, int64_t hint) {
  struct text *t = text_of(o);
  if (!t->reads) {
    io_unsupported("not readable");
    return -1;
  }
  struct object *tail = NULL;
  int64_t flags = 0;
  if (t->is_telling && text_decoder_get(t, &tail, &flags) < 0)
    return -1;
  int64_t n = t->chunk_size;
  if (hint > 0) {
    double wanted = (t->bytes_per_char > 1 ? t->bytes_per_char : 1) * (double)hint;
    if (wanted > (double)n)
      n = wanted < 0x1p62 ? (int64_t)wanted : INT64_MAX;
  }
  struct object *bytes = fetch(t, n);
  int status = bytes ? decode_chunk(o, bytes, tail, flags) : -1;
  drop_null(bytes);
  drop_null(tail);
  return status;
}

/* What a collection runs where memory is exhausted may read here, too, or close the stream. */
static void set_used(struct text *t, const struct object *decoded, size_t used) {
  if (LIKELY(t->decoded == decoded))
    t->used = used;
}

/* A slice of what is decoded, which counts as read. */
static struct object *take_slice(struct text *t, size_t start, size_t stop) {
  struct object *decoded = hold(t->decoded), *s = str_slice(decoded, start, stop);
  if (s)
    set_used(t, decoded, stop);
  drop(decoded);
  return s;
}

struct object *text_take(struct text *t, int64_t n) {
  if (!t->decoded)
    return str_from_ascii("");
  size_t all = str_length(t->decoded), left = all - t->used;
  if (n >= 0 && (size_t)n < left)
    return take_slice(t, t->used, t->used + (size_t)n);
  if (t->used)
    return take_slice(t, t->used, all);
  t->used = all;
  return hold(t->decoded);
}

/* ---- read ---- */

static struct object *read_rest(struct object *o) {
  struct text *t = text_of(o);
  struct object *buffer = text_buffer(t);
  if (!buffer)
    return NULL;
  struct object *bytes = io_is_reader(buffer) && !buffered_is_closed(buffer)
                             ? buffered_read_all(buffer)
                             : io_call(buffer, IO_NAME_read);
  gc_keep(buffer);
  drop(buffer);
  if (!bytes)
    return NULL;
  struct object *rest = NULL, *front = NULL;
  struct buffer_view view;
  if (bytes == NONE) /* nothing now */
    error_format(ERROR_TYPE, "underlying read() should have returned a bytes-like object, not "
                             "'NoneType'");
  else if (!has_buffer(bytes))
    error_format(ERROR_TYPE, "underlying read() should have returned a bytes-like object, not '%N'",
                 bytes);
  else if (buffer_get(bytes, &view, BUFFER_SIMPLE) == 0) {
    rest = text_decode(t, view.data ? view.data : (const void *)"", (size_t)view.bytes, true);
    buffer_release(&view);
  }
  drop(bytes);
  if (!rest)
    return NULL;
  front = text_take(t, -1);
  struct object *all = !front               ? NULL
                       : !str_length(front) ? hold(rest)
                       : !str_length(rest)  ? hold(front)
                                            : str_concat(front, rest);
  drop_null(front);
  drop(rest);
  if (all) {
    text_set_decoded_taking(o, NULL);
    store(o, &t->snapshot, NULL);
  }
  return all;
}
static struct object *read_some(struct object *o, int64_t n) {
  struct text *t = text_of(o);
  struct object *first = text_take(t, n);
  if (!first || (int64_t)str_length(first) == n)
    return first;
  struct str_builder text = STR_BUILDER_EMPTY;
  str_builder_add(&text, first);
  n -= (int64_t)str_length(first);
  drop(first);
  while (n > 0) {
    int more = text_read_chunk(o, n);
    if (more < 0) {
      if (io_was_interrupted())
        continue;
      str_builder_discard(&text);
      return NULL;
    }
    if (!more)
      break;
    struct object *piece = text_take(t, n);
    if (!piece) {
      str_builder_discard(&text);
      return NULL;
    }
    str_builder_add(&text, piece);
    n -= (int64_t)str_length(piece);
    drop(piece);
  }
  return str_builder_finish(&text);
}
struct object *text_read_method(struct object *o, struct object *const *args, size_t n) {
  struct text *t = text_of(o);
  int64_t size = -1;
  if (args_check_count("read", n, 0, 1) < 0 ||
      argument_optional_size(n ? args[0] : NULL, &size) < 0 || text_check_open(t) < 0)
    return NULL;
  if (!t->reads)
    return io_unsupported("not readable");
  if (text_write_pending(o) < 0)
    return NULL;
  return size < 0 ? read_rest(o) : read_some(o, size);
}

/* ---- Lines ---- */

/* The line runs over more than one chunk: what there is is collected. `pieces` is searched together
 * with the next chunk where a newline of two characters may lie across the border. */
static struct object *long_line(struct object *o, int64_t limit) {
  struct text *t = text_of(o);
  struct str_builder line = STR_BUILDER_EMPTY;
  struct object *carry = NULL; /* the end of the chunk before, which may be half a newline */
  for (;;) {
    if (!t->decoded || t->used == str_length(t->decoded)) {
      int more = text_read_chunk(o, 0);
      if (more < 0 && io_was_interrupted())
        continue;
      if (more < 0) {
        drop_null(carry);
        str_builder_discard(&line);
        return NULL;
      }
      if (!more) {
        text_set_decoded_taking(o, NULL);
        store(o, &t->snapshot, NULL);
        break;
      }
    }
    if (UNLIKELY(!t->decoded)) /* see set_used */
      continue;
    struct object *decoded = hold(t->decoded), *text = decoded;
    size_t start = t->used, carried = carry ? str_length(carry) : 0, consumed = 0;
    size_t first = start;
    if (carry) { /* as if it had never been cut off */
      struct object *rest = str_slice(decoded, start, str_length(decoded));
      text = rest ? str_concat(carry, rest) : NULL;
      drop_null(rest);
      drop(carry);
      carry = NULL;
      start = 0;
      if (!text) {
        drop(decoded);
        str_builder_discard(&line);
        return NULL;
      }
    } else
      hold(text);
    size_t end = newline_find(text, start, t->read_newline, &consumed);
    bool found = end != SIZE_MAX;
    size_t stop = found ? end : consumed;
    if (limit >= 0 && (int64_t)(stop - start) + (int64_t)line.n >= limit) {
      stop = start + (size_t)(limit - (int64_t)line.n);
      found = true;
    }
    str_builder_add_part(&line, text, start, stop);
    size_t n = str_length(text);
    bool fine = found || stop == n || (carry = str_slice(text, stop, n)) != NULL;
    if (fine)
      set_used(t, decoded, found ? first + stop - start - carried : str_length(decoded));
    drop(text);
    drop(decoded);
    if (!fine) {
      str_builder_discard(&line);
      return NULL;
    }
    if (found)
      break;
  }
  if (carry) {
    str_builder_add(&line, carry);
    drop(carry);
  }
  return str_builder_finish(&line);
}

struct object *text_line(struct object *o, int64_t limit) {
  struct text *t = text_of(o);
  if (text_check_open(t) < 0)
    return NULL;
  if (UNLIKELY(t->pending_n) && text_write_pending(o) < 0)
    return NULL;
  if (LIKELY(t->decoded != NULL)) {
    size_t consumed, start = t->used,
                     end = newline_find(t->decoded, start, t->read_newline, &consumed);
    if (LIKELY(end != SIZE_MAX)) {
      if (limit >= 0 && end - start > (size_t)limit)
        end = start + (size_t)limit;
      return take_slice(t, start, end);
    }
  }
  return long_line(o, limit);
}
struct object *text_readline_method(struct object *o, struct object *const *args, size_t n) {
  int64_t limit = -1;
  if (args_check_count("readline", n, 0, 1) < 0 ||
      (n && number_to_i64(args[0], &limit, ERROR_OVERFLOW) < 0) || text_check_ready(text_of(o)) < 0)
    return NULL;
  return text_line(o, limit < 0 ? -1 : limit);
}

/* Reading by iteration needs no snapshots: telling is off until the end. */
struct object *text_next(struct object *o) {
  struct text *t = text_of(o);
  if (text_check_ready(t) < 0)
    return NULL;
  t->is_telling = false;
  struct object *line;
  if (LIKELY(type_of(o) == &io_text_type))
    line = text_line(o, -1);
  else {
    line = io_call(o, IO_NAME_readline);
    if (line && !is_any_str(line)) {
      error_format(ERROR_OS, "readline() should have returned a str object, not '%N'", line);
      drop(line);
      return NULL;
    }
  }
  if (!line)
    return NULL;
  if (str_length(line))
    return line;
  drop(line);
  store(o, &t->snapshot, NULL);
  t->is_telling = t->is_seekable;
  return NULL;
}
