/* Buffered streams: what their files share.
 *
 *   raw position:           abs_pos
 *   | ... 0 ............ pos ........ raw_pos .... read_end ... size |   buffer
 *              ^ write_pos ... write_end ^
 *
 * `buffer` holds a part of the file. pos is where the user is, raw_pos where the raw stream is,
 * both in the buffer. Bytes before read_end were read (-1: none); those from write_pos to write_end
 * wait to be written (write_end -1: none). */
#pragma once
#include "runtime/modules/io/exit.h"
#include "runtime/modules/io/io.h"

struct buffered {
  struct io_base base;
  struct object *raw; /* NULL: detached, or not initialised */
  unsigned char *buffer;
  int64_t size;    /* bytes of buffer */
  int64_t abs_pos; /* of the raw stream; -1: unknown */
  int64_t pos, raw_pos, read_end, write_pos, write_end;
  bool is_ready, is_detached, is_readable, is_writable;
  bool raw_is_file;     /* exactly a FileIO: called directly */
  uint32_t fork_serial; /* of the process in which it was locked */
  const void *owner;    /* the thread that is in it; NULL: none */
  uint32_t waiting;     /* threads that want in */
  struct exit_node at_exit;
};
static inline struct buffered *buffered_of(struct object *o) { return (struct buffered *)o; }

/* Around everything that touches the buffer. False: an error is set. */
bool buffered_enter(struct buffered *b);
void buffered_leave(struct buffered *b);

/* 0, or -1: ValueError for one that is not initialised, or detached. */
int buffered_check_ready(struct buffered *b);
/* The same, and ValueError(message) where the raw stream is closed. */
int buffered_check_open(struct buffered *b, const char *message);
int buffered_closed(struct buffered *b); /* 1, 0, -1 */

/* ---- Inside the lock ---- */

static inline bool buffered_valid_read(const struct buffered *b) {
  return b->is_readable && b->read_end != -1;
}
static inline bool buffered_valid_write(const struct buffered *b) {
  return b->is_writable && b->write_end != -1;
}
static inline int64_t buffered_ahead(const struct buffered *b) { /* bytes to read without a call */
  return buffered_valid_read(b) ? b->read_end - b->pos : 0;
}
/* How far the raw stream is ahead of the user. */
static inline int64_t buffered_raw_offset(const struct buffered *b) {
  return (buffered_valid_read(b) || buffered_valid_write(b)) && b->raw_pos >= 0
             ? b->raw_pos - b->pos
             : 0;
}
static inline void buffered_reset_read(struct buffered *b) { b->read_end = -1; }

/* As io_file_read and io_file_write, of any raw stream. */
int64_t buffered_raw_read(struct buffered *b, void *to, int64_t n);
int64_t buffered_raw_write(struct buffered *b, const void *data, int64_t n);
int64_t buffered_raw_tell(struct buffered *b);
int64_t buffered_raw_seek(struct buffered *b, int64_t target, int whence);
int64_t buffered_fill(struct buffered *b); /* reads once to the end of the buffer */
int buffered_flush_writes(struct buffered *b);
/* Both kinds; the raw stream is where the user is, afterwards. */
int buffered_flush_and_rewind(struct buffered *b);
/* How many were taken: n, or BlockingIOError. */
int64_t buffered_write(struct buffered *b, const unsigned char *data, int64_t n);
struct object *buffered_read(struct buffered *b, int64_t n); /* n > 0 beyond what is buffered */
/* The line at pos, at most `limit` bytes (-1: any). */
struct object *buffered_line(struct buffered *b, int64_t limit);

/* BlockingIOError "write could not complete without blocking". */
void *buffered_would_block(int64_t written);

/* ---- Methods that all three have: buffered_methods.c ---- */

struct object *buffered_new(struct type *t, struct object *const *args, size_t n,
                            struct object *kwnames);
void buffered_release(struct object *o);
struct object *buffered_repr(struct object *o);
struct object *buffered_next(struct object *o);
extern const struct member_def buffered_members[];
extern const struct getset_def buffered_getsets[];
