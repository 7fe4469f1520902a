/* Buffered streams: the buffer between the user's small steps and the raw stream's large ones. */
#include "runtime/modules/io/buffered.h"
#include "runtime/modules/blocking.h"
#include "runtime/modules/sys.h"
#include "runtime/object/bytes.h"
#include "runtime/object/int.h"
#include "runtime/object/str.h"
#include <pthread.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* ---- The lock ---- */

/* Threads other than the running one can only be inside while a system call waits. They meet
 * seldom: whoever finds the stream taken looks again when any stream is let go that somebody waits
 * for. Who lets it go then waits a moment until somebody has come in: a loop of writes would
 * otherwise be in again before another thread has got its turn. */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t let_go = PTHREAD_COND_INITIALIZER, came_in = PTHREAD_COND_INITIALIZER;
static uint32_t fork_serial = 1; /* of streams that nobody was in: 0 */

/* A child has only the thread that forked: what others held is free there. */
static void after_fork_in_child(void) {
  fork_serial++;
  pthread_mutex_init(&mutex, NULL);
  pthread_cond_init(&let_go, NULL);
  pthread_cond_init(&came_in, NULL);
}
static void prepare_forks(void) { pthread_atfork(NULL, NULL, after_fork_in_child); }

/* For a moment, others have their turns; `happened` tells of nothing that is not looked at again.
 */
static void wait_until(pthread_cond_t *happened, pthread_cond_t *told) {
  gil_release();
  pthread_mutex_lock(&mutex);
  if (told)
    pthread_cond_broadcast(told);
  struct timespec until;
  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_nsec += 2000000;
  if (until.tv_nsec >= 1000000000) {
    until.tv_nsec -= 1000000000;
    until.tv_sec++;
  }
  pthread_cond_timedwait(happened, &mutex, &until);
  pthread_mutex_unlock(&mutex);
  gil_acquire();
}

static COLD bool wait_for(struct buffered *b) {
  if (b->owner == &error_thread) {
    error_format(ERROR_RUNTIME, "reentrant call inside %R", &b->base.head);
    return false;
  }
  b->waiting++;
  while (b->owner)
    wait_until(&let_go, NULL);
  b->waiting--;
  pthread_mutex_lock(&mutex);
  pthread_cond_broadcast(&came_in);
  pthread_mutex_unlock(&mutex);
  return true;
}
bool buffered_enter(struct buffered *b) {
  if (UNLIKELY(b->fork_serial != fork_serial) && b->owner != &error_thread) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, prepare_forks);
    b->owner = NULL;
    b->waiting = 0;
  }
  if (UNLIKELY(b->owner != NULL) && !wait_for(b))
    return false;
  b->owner = &error_thread;
  b->fork_serial = fork_serial;
  return true;
}
void buffered_leave(struct buffered *b) {
  b->owner = NULL;
  if (UNLIKELY(b->waiting) && b->fork_serial == fork_serial)
    wait_until(&came_in, &let_go);
}

/* ---- State ---- */

int buffered_check_ready(struct buffered *b) {
  if (LIKELY(b->is_ready))
    return 0;
  error_format(ERROR_VALUE, b->is_detached ? "raw stream has been detached"
                                           : "I/O operation on uninitialized object");
  return -1;
}
int buffered_closed(struct buffered *b) {
  if (buffered_check_ready(b) < 0)
    return -1;
  if (UNLIKELY(!b->buffer)) /* close() was here, whatever the raw stream says */
    return 1;
  return LIKELY(b->raw_is_file) ? io_file_is_closed(b->raw) : io_is_closed(b->raw);
}
int buffered_check_open(struct buffered *b, const char *message) {
  int closed = buffered_closed(b);
  if (LIKELY(closed == 0))
    return 0;
  if (closed > 0)
    error_format(ERROR_VALUE, "%s", message);
  return -1;
}

void *buffered_would_block(int64_t written) {
  struct object *number = int_from_i64(EAGAIN), *count = int_from_i64(written);
  struct object *text = str_from_ascii("write could not complete without blocking");
  if (number && count && text) {
    struct object *const args[] = {number, text, count};
    struct object *e =
        call_object(&exception_type(ERROR_BLOCKING_IO)->head, args, ARRAY_SIZE(args), NULL);
    if (e)
      error_raise_taking(e);
  }
  drop_null(text);
  drop_null(count);
  drop_null(number);
  return NULL;
}

/* ---- The raw stream ---- */

static int64_t checked(int64_t n, int64_t most, const char *method) {
  if (n >= 0 && n <= most)
    return n;
  error_format(ERROR_OS,
               "raw %s() returned invalid length %lld (should have been between 0 and %lld)",
               method, (long long)n, (long long)most);
  return -1;
}
/* What readinto or write gave (taken). */
static int64_t count_taking(struct object *got, int64_t most, const char *method) {
  int64_t n;
  if (!got)
    return -1;
  if (got == NONE) {
    drop(got);
    return -2;
  }
  int status = number_to_i64(got, &n, ERROR_VALUE);
  drop(got);
  if (status < 0) {
    if (!strcmp(method, "readinto"))
      error_set_from_pending(ERROR_OS, "raw readinto() failed");
    return -1;
  }
  return checked(n, most, method);
}

/* The stream gets a view that can't change its size. */
static int64_t read_by_method(struct buffered *b, void *to, int64_t n) {
  struct object *room = bytearray_new((size_t)n), *view = room ? io_view_of(room) : NULL;
  int64_t got = -1;
  if (view) {
    struct object *result;
    do {
      result = io_call_one(b->raw, IO_NAME_readinto, view);
    } while (!result && io_was_interrupted());
    got = count_taking(result, n, "readinto");
    if (got > 0)
      memcpy(to, bytearray_data(room), (size_t)got);
  }
  drop_null(view);
  drop_null(room);
  return got;
}
int64_t buffered_raw_read(struct buffered *b, void *to, int64_t n) {
  int64_t got;
  if (LIKELY(b->raw_is_file)) {
    if (io_file_is_closed(b->raw)) {
      error_format(ERROR_VALUE, "I/O operation on closed file");
      return -1;
    }
    got = io_file_read(b->raw, to, (size_t)n);
  } else
    got = read_by_method(b, to, n);
  if (got > 0 && b->abs_pos != -1)
    b->abs_pos += got;
  return got;
}

static int64_t write_by_method(struct buffered *b, const void *data, int64_t n) {
  struct object *bytes = bytes_from(data, (size_t)n);
  struct object *view = bytes ? io_view_of(bytes) : NULL;
  int64_t put = -1;
  if (view) {
    struct object *result;
    do {
      result = io_call_one(b->raw, IO_NAME_write, view);
    } while (!result && io_was_interrupted());
    put = count_taking(result, n, "write");
  }
  drop_null(view);
  drop_null(bytes);
  return put;
}
int64_t buffered_raw_write(struct buffered *b, const void *data, int64_t n) {
  int64_t put;
  if (LIKELY(b->raw_is_file)) {
    if (io_file_is_closed(b->raw)) {
      error_format(ERROR_VALUE, "I/O operation on closed file");
      return -1;
    }
    put = io_file_write(b->raw, data, (size_t)n);
  } else
    put = write_by_method(b, data, n);
  if (put > 0 && b->abs_pos != -1)
    b->abs_pos += put;
  return put;
}

int64_t buffered_raw_tell(struct buffered *b) {
  struct object *result = io_call(b->raw, IO_NAME_tell);
  int64_t position = io_position_taking(result, "Raw stream returned invalid position %lld");
  if (position >= 0)
    b->abs_pos = position;
  return position;
}
int64_t buffered_raw_seek(struct buffered *b, int64_t target, int whence) {
  struct object *where = int_from_i64(target), *from = where ? int_from_i64(whence) : NULL;
  struct object *result = NULL;
  if (from) {
    struct object *const args[] = {b->raw, where, from};
    result = call_method(IO_NAME(seek), args, 3, NULL);
  }
  drop_null(from);
  drop_null(where);
  int64_t position = io_position_taking(result, "Raw stream returned invalid position %lld");
  if (position >= 0)
    b->abs_pos = position;
  return position;
}

/* ---- Writing ---- */

static void move_to(struct buffered *b, int64_t position) {
  b->pos = position;
  if (buffered_valid_read(b) && b->read_end < position)
    b->read_end = position;
}

int buffered_flush_writes(struct buffered *b) {
  if (!buffered_valid_write(b) || b->write_pos == b->write_end) {
    b->write_pos = 0;
    b->write_end = -1;
    return 0;
  }
  int64_t rewind = buffered_raw_offset(b) + (b->pos - b->write_pos);
  if (rewind) {
    if (buffered_raw_seek(b, -rewind, SEEK_CUR) < 0)
      return -1;
    b->raw_pos -= rewind;
  }
  while (b->write_pos < b->write_end) {
    int64_t n = buffered_raw_write(b, b->buffer + b->write_pos, b->write_end - b->write_pos);
    if (n == -1)
      return -1;
    if (n == -2)
      return buffered_would_block(0), -1;
    move_to(b, b->pos);
    b->write_pos += n;
    b->raw_pos = b->write_pos;
    /* Signals are handled even where no call is interrupted. */
    if (vm_handle_signals() < 0)
      return -1;
  }
  b->write_pos = 0;
  b->write_end = -1;
  return 0;
}

int buffered_flush_and_rewind(struct buffered *b) {
  if (buffered_flush_writes(b) < 0)
    return -1;
  if (!b->is_readable)
    return 0;
  int64_t n = buffered_raw_seek(b, -buffered_raw_offset(b), SEEK_CUR);
  buffered_reset_read(b);
  return n == -1 ? -1 : 0;
}

/* The stream would block with the buffer full: what fits behind what waits is kept. */
static int64_t write_beside(struct buffered *b, const unsigned char *data, int64_t n) {
  error_clear();
  if (b->is_readable)
    buffered_reset_read(b);
  memmove(b->buffer, b->buffer + b->write_pos, (size_t)(b->write_end - b->write_pos));
  b->write_end -= b->write_pos;
  b->raw_pos -= b->write_pos;
  b->pos -= b->write_pos;
  b->write_pos = 0;
  int64_t room = b->size - b->write_end, kept = n < room ? n : room;
  memcpy(b->buffer + b->write_end, data, (size_t)kept);
  b->write_end += kept;
  b->pos += kept;
  if (kept == n)
    return n;
  buffered_would_block(kept);
  return -1;
}

int64_t buffered_write(struct buffered *b, const unsigned char *data, int64_t n) {
  if (!buffered_valid_read(b) && !buffered_valid_write(b))
    b->pos = b->raw_pos = 0;
  if (LIKELY(n <= b->size - b->pos)) {
    memcpy(b->buffer + b->pos, data, (size_t)n);
    if (!buffered_valid_write(b) || b->write_pos > b->pos)
      b->write_pos = b->pos;
    move_to(b, b->pos + n);
    if (b->write_end < b->pos)
      b->write_end = b->pos;
    return n;
  }
  if (buffered_flush_writes(b) < 0)
    return error_matches(ERROR_BLOCKING_IO) ? write_beside(b, data, n) : -1;
  if (b->is_readable) { /* the raw stream may be ahead */
    int64_t ahead = buffered_raw_offset(b);
    if (ahead) {
      if (buffered_raw_seek(b, -ahead, SEEK_CUR) < 0)
        return -1;
      b->raw_pos -= ahead;
    }
  }
  int64_t done = 0;
  while (n - done > b->size) { /* whole ones pass by */
    int64_t put = buffered_raw_write(b, data + done, n - done);
    if (put == -1)
      return -1;
    if (put == -2) {
      if (n - done > b->size) {
        memcpy(b->buffer, data + done, (size_t)b->size);
        b->raw_pos = 0;
        move_to(b, b->size);
        b->write_pos = 0;
        b->write_end = b->size;
        buffered_would_block(done + b->size);
        return -1;
      }
      break;
    }
    done += put;
    if (vm_handle_signals() < 0)
      return -1;
  }
  if (b->is_readable)
    buffered_reset_read(b);
  memcpy(b->buffer, data + done, (size_t)(n - done));
  b->write_pos = 0;
  b->write_end = n - done;
  move_to(b, n - done);
  b->raw_pos = 0;
  return n;
}

/* ---- Reading ---- */

int64_t buffered_fill(struct buffered *b) {
  int64_t start = buffered_valid_read(b) ? b->read_end : 0;
  int64_t n = buffered_raw_read(b, b->buffer + start, b->size - start);
  if (n <= 0)
    return n;
  b->read_end = start + n;
  b->raw_pos = start + n;
  return n;
}

/* First what is there, then whole buffers directly, then the rest through the buffer. A read that
 * gives nothing ends it: the end of the file, or None when there is nothing at all now. */
struct object *buffered_read(struct buffered *b, int64_t n) {
  int64_t done = buffered_ahead(b);
  struct object *bytes = bytes_new_open((size_t)n);
  if (!bytes)
    return NULL;
  unsigned char *to = ((struct bytes *)bytes)->data;
  if (done > n)
    done = n;
  memcpy(to, b->buffer + b->pos, (size_t)done);
  b->pos += done;
  int64_t got = 1;
  if (done < n) {
    if (b->is_writable && buffered_flush_and_rewind(b) < 0)
      return drop(bytes), NULL;
    buffered_reset_read(b);
    while (n - done >= b->size && got > 0) {
      int64_t whole = (n - done) / b->size * b->size;
      got = buffered_raw_read(b, to + done, whole);
      done += got > 0 ? got : 0;
    }
    b->pos = b->raw_pos = 0;
    if (got > 0)
      b->read_end = 0;
    while (got > 0 && done < n && b->read_end < b->size) {
      got = buffered_fill(b);
      int64_t take = got <= 0 ? 0 : got < n - done ? got : n - done;
      memcpy(to + done, b->buffer + b->pos, (size_t)take);
      done += take;
      b->pos += take;
    }
  }
  if (done == n)
    return bytes;
  if (got != -1 && (got != -2 || done))
    return bytes_cut_taking(bytes, (size_t)done);
  drop(bytes);
  return got == -2 ? hold(NONE) : NULL;
}

struct object *buffered_line(struct buffered *b, int64_t limit) {
  int64_t ahead = buffered_ahead(b);
  if (limit >= 0 && ahead > limit)
    ahead = limit;
  const unsigned char *start = b->buffer + b->pos;
  const unsigned char *end = ahead ? memchr(start, '\n', (size_t)ahead) : NULL;
  if (LIKELY(end != NULL) || (limit >= 0 && ahead == limit)) {
    int64_t n = end ? end - start + 1 : ahead;
    b->pos += n;
    return bytes_from(start, (size_t)n);
  }
  struct object *line = bytearray_new(0);
  if (!line)
    return NULL;
  bool good = bytearray_append(line, start, (size_t)ahead) == 0;
  b->pos += ahead;
  if (good && b->is_writable)
    good = buffered_flush_and_rewind(b) == 0;
  while (good) {
    buffered_reset_read(b);
    b->pos = 0;
    int64_t got = buffered_fill(b);
    good = got != -1;
    if (got <= 0)
      break;
    int64_t left = limit < 0 ? got : limit - (int64_t)bytearray_length(line);
    int64_t n = got < left ? got : left;
    end = memchr(b->buffer, '\n', (size_t)n);
    if (end)
      n = end - b->buffer + 1;
    b->pos = n;
    good = bytearray_append(line, b->buffer, (size_t)n) == 0;
    if (end || (limit >= 0 && (int64_t)bytearray_length(line) == limit))
      break;
  }
  struct object *result = good ? bytes_from(bytearray_data(line), bytearray_length(line)) : NULL;
  drop(line);
  return result;
}
