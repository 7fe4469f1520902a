/* Positions of a text stream. Where a byte offset is not enough, a position is a number that packs
 * all it takes to get back, as CPython packs it:
 *
 *   bits 0..63    the offset to start from
 *   bits 64..95   flags of the decoder's state there
 *   bits 96..127  bytes to feed it
 *   bits 128..159 characters to skip of what comes out
 *   bits 160..    whether it is to be told that the end is there
 */
#include "runtime/modules/io/text.h"
#include "runtime/object/bytes.h"
#include "runtime/object/int.h"
#include "runtime/object/str.h"
#include <string.h>
#include <unistd.h>

struct cookie {
  int64_t start;
  uint32_t flags, feed, skip;
  bool need_end;
};

static struct object *cookie_pack(const struct cookie *c) {
  const uint64_t limbs[3] = {(uint64_t)c->start, c->flags | (uint64_t)c->feed << 32,
                             c->skip | (uint64_t)c->need_end << 32};
  return int_from_limbs(limbs, 3, false);
}
static int cookie_unpack(struct object *number, struct cookie *c) {
  uint64_t limbs[3] = {0};
  int64_t small;
  if (int_to_i64(number, &small))
    limbs[0] = (uint64_t)small;
  else {
    const struct int_object *i = (const struct int_object *)number;
    size_t n = int_limbs_n(i);
    if (n > 3 || (n == 3 && i->limbs[2] >> 40)) {
      error_format(ERROR_OVERFLOW, "int too big to convert");
      return -1;
    }
    memcpy(limbs, i->limbs, n * sizeof *limbs);
  }
  *c = (struct cookie){.start = (int64_t)limbs[0],
                       .flags = (uint32_t)limbs[1],
                       .feed = (uint32_t)(limbs[1] >> 32),
                       .skip = (uint32_t)limbs[2],
                       .need_end = limbs[2] >> 32 & 0xff};
  return 0;
}

static int check_seekable(struct text *t) {
  if (text_check_open(t) < 0)
    return -1;
  if (t->is_seekable)
    return 0;
  io_unsupported("underlying stream is not seekable");
  return -1;
}

/* ---- tell ---- */

/* How many characters the next bytes give; -1: error. */
static int64_t feed(struct text *t, const unsigned char *data, size_t n, bool final) {
  struct object *s = text_decode(t, data, n, final);
  int64_t count = s ? (int64_t)str_length(s) : -1;
  drop_null(s);
  return count;
}
/* Bytes that wait in the decoder, and its flags. */
static int64_t waiting(struct text *t, uint32_t *flags) {
  struct object *tail;
  int64_t wide, n;
  if (text_decoder_get(t, &tail, &wide) < 0)
    return -1;
  *flags = (uint32_t)wide;
  n = (int64_t)bytes_length(tail);
  drop(tail);
  return n;
}

/* Guesses by the ratio of bytes to characters, then steps back until no more than *skip characters
 * come out and none is half read: *at is that offset, *skip what is left. */
static int guess(struct text *t, const unsigned char *data, size_t n, struct cookie *c,
                 size_t *at) {
  int64_t bytes = (int64_t)(t->bytes_per_char * (double)c->skip), back = 1;
  if (bytes > (int64_t)n)
    bytes = (int64_t)n;
  while (bytes > 0) {
    if (text_decoder_set(t, NULL, 0, c->flags) < 0)
      return -1;
    int64_t chars = feed(t, data, (size_t)bytes, false);
    if (chars < 0)
      return -1;
    if (chars <= (int64_t)c->skip) {
      uint32_t flags;
      int64_t tail = waiting(t, &flags);
      if (tail < 0)
        return -1;
      if (tail == 0) {
        c->flags = flags;
        c->skip -= (uint32_t)chars;
        break;
      }
      bytes -= tail;
      back = 1;
    } else {
      bytes -= back;
      back *= 2;
    }
  }
  if (bytes <= 0) {
    bytes = 0;
    if (text_decoder_set(t, NULL, 0, c->flags) < 0)
      return -1;
  }
  *at = (size_t)bytes;
  return 0;
}

/* From a safe start byte by byte, moving the start along wherever the decoder holds nothing. */
static int step(struct text *t, const unsigned char *data, size_t n, struct cookie *c) {
  int64_t chars = 0;
  size_t i = 0;
  for (; i < n; i++) {
    int64_t more = feed(t, data + i, 1, false);
    uint32_t flags;
    int64_t tail = more < 0 ? -1 : waiting(t, &flags);
    if (tail < 0)
      return -1;
    chars += more;
    c->feed++;
    if (tail == 0 && chars <= (int64_t)c->skip) {
      c->start += c->feed;
      c->skip -= (uint32_t)chars;
      c->flags = flags;
      c->feed = 0;
      chars = 0;
    }
    if (chars >= (int64_t)c->skip)
      return 0;
  }
  int64_t more = feed(t, (const unsigned char *)"", 0, true);
  if (more < 0)
    return -1;
  c->need_end = true;
  if (chars + more >= (int64_t)c->skip)
    return 0;
  error_format(ERROR_OS, "can't reconstruct logical file position");
  return -1;
}

static struct object *cookie_of(struct object *o, int64_t position) {
  struct text *t = text_of(o);
  struct object *chunk = hold(t->snapshot), *tail;
  const unsigned char *data = bytes_data(chunk);
  size_t n = bytes_length(chunk), at = 0;
  struct cookie c = {.start = position - (int64_t)n,
                     .flags = (uint32_t)t->snapshot_flags,
                     .skip = (uint32_t)t->used};
  if (!t->used) {
    drop(chunk);
    return cookie_pack(&c);
  }
  struct newline_state newlines = t->newlines;
  int64_t flags;
  if (text_decoder_get(t, &tail, &flags) < 0)
    return drop(chunk), NULL;
  int status = guess(t, data, n, &c, &at);
  c.start += (int64_t)at;
  if (status == 0 && c.skip)
    status = step(t, data + at, n - at, &c);
  struct object *error = status < 0 ? error_fetch() : NULL;
  if (text_decoder_set(t, bytes_data(tail), bytes_length(tail), flags) < 0)
    status = -1;
  io_chain_taking(error);
  t->newlines.seen = newlines.seen;
  drop(tail);
  drop(chunk);
  return status < 0 ? NULL : cookie_pack(&c);
}

struct object *text_tell_method(struct object *o) {
  struct text *t = text_of(o);
  if (text_check_ready(t) < 0 || check_seekable(t) < 0)
    return NULL;
  if (!t->is_telling)
    return error_format(ERROR_OS, "telling position disabled by next() call");
  if (text_write_pending(o) < 0)
    return NULL;
  struct object *flushed = io_call(t->buffer, IO_NAME_flush);
  if (!flushed)
    return NULL;
  drop(flushed);
  struct object *position = io_call(t->buffer, IO_NAME_tell);
  if (!position || !t->reads || !t->snapshot)
    return position;
  int64_t at;
  if (argument_long(position, &at) < 0) {
    drop(position);
    return NULL;
  }
  drop(position);
  return cookie_of(o, at);
}

/* ---- seek ---- */

static bool is_zero(struct object *o, int *status) {
  struct object *zero = int_from_i64(0);
  *status = zero ? compare_true(o, zero, COMPARE_EQ) : -1;
  drop_null(zero);
  return *status > 0;
}
static struct object *seek_buffer(struct text *t, int64_t offset, int whence) {
  struct object *where = int_from_i64(offset), *from = where ? int_from_i64(whence) : NULL;
  struct object *result = NULL, *buffer = from ? text_buffer(t) : NULL;
  if (buffer) {
    struct object *const args[] = {buffer, where, from};
    result = call_method(IO_NAME(seek), args, whence ? 3 : 2, NULL);
    drop(buffer);
  }
  drop_null(from);
  drop_null(where);
  return result;
}
static void forget(struct object *o) {
  text_set_decoded_taking(o, NULL);
  store(o, &text_of(o)->snapshot, NULL);
}

static struct object *seek_end(struct object *o) {
  struct text *t = text_of(o);
  struct object *flushed = io_call(o, IO_NAME_flush);
  if (!flushed)
    return NULL;
  drop(flushed);
  forget(o);
  if (t->reads && text_decoder_reset(t) < 0)
    return NULL;
  struct object *position = seek_buffer(t, 0, SEEK_END);
  int status = 0;
  if (position && t->encoder) {
    bool start = is_zero(position, &status);
    if (status >= 0)
      status = text_encoder_reset(t, start);
  }
  if (status < 0) {
    drop(position);
    return NULL;
  }
  return position;
}

/* Feeds the decoder what leads to the position. */
static int restore(struct object *o, const struct cookie *c) {
  struct text *t = text_of(o);
  struct object *count = int_from_i64(c->feed);
  struct object *bytes = count ? io_call_one(t->buffer, IO_NAME_read, count) : NULL;
  drop_null(count);
  if (!bytes)
    return -1;
  if (!is_any_bytes(bytes)) {
    error_format(ERROR_TYPE, "underlying read() should have returned a bytes object, not '%N'",
                 bytes);
    drop(bytes);
    return -1;
  }
  store(o, &t->snapshot, bytes);
  t->snapshot_flags = c->flags;
  struct object *decoded = text_decode(t, bytes_data(bytes), bytes_length(bytes), c->need_end);
  if (!decoded)
    return -1;
  size_t n = str_length(decoded);
  text_set_decoded_taking(o, decoded);
  if (n < c->skip) {
    error_format(ERROR_OS, "can't restore logical file position");
    return -1;
  }
  t->used = c->skip;
  return 0;
}

static struct object *seek_to(struct object *o, struct object *position) {
  struct text *t = text_of(o);
  struct cookie c = {0};
  struct object *zero = int_from_i64(0);
  int negative = zero ? compare_true(position, zero, COMPARE_LT) : -1;
  drop_null(zero);
  if (negative > 0)
    error_format(ERROR_VALUE, "negative seek position %R", position);
  if (negative)
    return NULL;
  struct object *flushed = io_call(o, IO_NAME_flush);
  if (!flushed)
    return NULL;
  drop(flushed);
  struct object *number = number_index(position);
  int status = number ? cookie_unpack(number, &c) : -1;
  drop_null(number);
  struct object *sought = status == 0 ? seek_buffer(t, c.start, SEEK_SET) : NULL;
  if (!sought)
    return NULL;
  drop(sought);
  forget(o);
  bool start = c.start == 0 && c.flags == 0;
  if (t->reads && (start ? text_decoder_reset(t) : text_decoder_set(t, NULL, 0, c.flags)) < 0)
    return NULL;
  if (c.skip) {
    if (restore(o, &c) < 0)
      return NULL;
  } else {
    struct object *none = bytes_from("", 0);
    if (!none)
      return NULL;
    store(o, &t->snapshot, none);
    t->snapshot_flags = c.flags;
  }
  return t->encoder && text_encoder_reset(t, start) < 0 ? NULL : hold(position);
}

struct object *text_seek_method(struct object *o, struct object *const *args, size_t n) {
  struct text *t = text_of(o);
  int whence = SEEK_SET, status;
  if (args_check_count("seek", n, 1, 2) < 0 || (n > 1 && argument_int(args[1], &whence) < 0) ||
      text_check_ready(t) < 0 || check_seekable(t) < 0)
    return NULL;
  switch (whence) {
  case SEEK_CUR:
    if (!is_zero(args[0], &status))
      return status < 0 ? NULL : io_unsupported("can't do nonzero cur-relative seeks");
    struct object *here = io_call(o, IO_NAME_tell);
    struct object *result = here ? seek_to(o, here) : NULL;
    drop_null(here);
    return result;
  case SEEK_END:
    if (!is_zero(args[0], &status))
      return status < 0 ? NULL : io_unsupported("can't do nonzero end-relative seeks");
    return seek_end(o);
  case SEEK_SET:
    return seek_to(o, args[0]);
  default:
    return error_format(ERROR_VALUE, "invalid whence (%d, should be %d, %d or %d)", whence,
                        SEEK_SET, SEEK_CUR, SEEK_END);
  }
}
struct object *text_truncate_method(struct object *o, struct object *const *args, size_t n) {
  struct text *t = text_of(o);
  if (args_check_count("truncate", n, 0, 1) < 0 || text_check_ready(t) < 0)
    return NULL;
  struct object *flushed = io_call(o, IO_NAME_flush);
  if (!flushed)
    return NULL;
  drop(flushed);
  return io_call_one(t->buffer, IO_NAME_truncate, n ? args[0] : NONE);
}
