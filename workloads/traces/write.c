/* Writing a trace: events are gathered in columns, a block's worth at a time.
 *
 * A block goes out with one write after the other, and its end is remembered: whatever goes wrong
 * later, the file is cut back to its last complete block. */
#include "base/bits.h"
#include "workloads/traces/format.h"
#include "workloads/traces/trace.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

enum { COLUMN_BYTES = FORMAT_BLOCK_EVENTS_MAX * 12 };

struct place { /* of a block, for the index */
  uint64_t offset, first_event;
};

struct trace_writer {
  int fd;
  char *path;
  ZSTD_CCtx *zstd;
  int level;
  unsigned char *columns[FORMAT_COLUMNS];
  size_t column_bytes[FORMAT_COLUMNS];
  unsigned char *raw, *stored; /* a whole block, before and after compression */
  size_t stored_capacity;
  uint32_t n_events;       /* in the columns, marks included */
  uint64_t written_events; /* in complete blocks, marks included */
  uint64_t next_object, block_object;
  uint32_t thread, block_thread;
  uint64_t offset; /* end of the last complete block */
  struct place *places;
  size_t n_places, places_capacity;
  struct trace_totals totals;
  char error[512]; /* not empty: nothing is written any more */
};

static bool fail(struct trace_writer *w, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static bool fail(struct trace_writer *w, const char *format, ...) {
  va_list args;
  va_start(args, format);
  vsnprintf(w->error, sizeof w->error, format, args);
  va_end(args);
  return false;
}

static bool write_all(int fd, const void *bytes, size_t n) {
  for (const char *p = bytes; n;) {
    ssize_t done = write(fd, p, n);
    if (done < 0 && errno == EINTR)
      continue;
    if (done <= 0) {
      if (!done)
        errno = ENOSPC;
      return false;
    }
    p += done;
    n -= (size_t)done;
  }
  return true;
}

/* Writes a header and what follows it; on failure the file is cut back to where it was. */
static bool append(struct trace_writer *w, const void *head, size_t head_bytes, const void *body,
                   size_t body_bytes) {
  if (write_all(w->fd, head, head_bytes) && write_all(w->fd, body, body_bytes)) {
    w->offset += head_bytes + body_bytes;
    return true;
  }
  int why = errno;
  bool cut = ftruncate(w->fd, (off_t)w->offset) == 0;
  return fail(w, "%s: cannot write: %s; %llu events in %zu complete blocks are kept%s", w->path,
              strerror(why), (unsigned long long)w->written_events, w->n_places,
              cut ? "" : ", followed by a damaged one");
}

static bool append_block(struct trace_writer *w, struct format_block *b, const void *payload) {
  unsigned char head[FORMAT_BLOCK_HEADER_BYTES];
  b->payload_crc = format_crc(0, payload, b->stored_bytes);
  format_pack_block(head, b);
  return append(w, head, sizeof head, payload, b->stored_bytes);
}

static bool compress_block(struct trace_writer *w, struct format_block *b, const void *raw,
                           size_t raw_bytes) {
  size_t n = ZSTD_compressCCtx(w->zstd, w->stored, w->stored_capacity, raw, raw_bytes, w->level);
  if (ZSTD_isError(n))
    return fail(w, "%s: zstd: %s", w->path, ZSTD_getErrorName(n));
  b->raw_bytes = (uint32_t)raw_bytes;
  b->stored_bytes = (uint32_t)n;
  return append_block(w, b, w->stored);
}

static bool remember_place(struct trace_writer *w) {
  if (w->n_places == w->places_capacity) {
    size_t capacity = w->places_capacity ? w->places_capacity * 2 : 64;
    struct place *places = realloc(w->places, capacity * sizeof *places);
    if (!places)
      return fail(w, "%s: out of memory", w->path);
    w->places = places;
    w->places_capacity = capacity;
  }
  w->places[w->n_places] = (struct place){w->offset, w->written_events};
  return true;
}

static bool flush_events(struct trace_writer *w) {
  if (!w->n_events)
    return true;
  size_t n = 0;
  for (int c = 0; c < FORMAT_COLUMNS; c++) {
    format_put32(w->raw + n, (uint32_t)w->column_bytes[c]);
    n += 4;
  }
  for (int c = 0; c < FORMAT_COLUMNS; c++) {
    memcpy(w->raw + n, w->columns[c], w->column_bytes[c]);
    n += w->column_bytes[c];
    w->column_bytes[c] = 0;
  }
  struct format_block b = {.tag = FORMAT_EVENTS,
                           .n_events = w->n_events,
                           .first_event = w->written_events,
                           .first_object = w->block_object,
                           .thread = w->block_thread};
  if (!remember_place(w) || !compress_block(w, &b, w->raw, n))
    return false;
  w->n_places++;
  w->written_events += w->n_events;
  w->n_events = 0;
  w->block_object = w->next_object;
  w->block_thread = w->thread;
  return true;
}

static void put_byte(struct trace_writer *w, int column, unsigned byte) {
  w->columns[column][w->column_bytes[column]++] = (unsigned char)byte;
}

static void put_varint(struct trace_writer *w, int column, uint64_t x) {
  while (x >= 128) {
    put_byte(w, column, (unsigned)(x & 127) | 128);
    x >>= 7;
  }
  put_byte(w, column, (unsigned)x);
}

static void encode(struct trace_writer *w, const struct trace_event *e) {
  bool switches = e->kind != TRACE_MARK && e->thread != w->thread;
  put_byte(w, 0,
           e->kind | (e->kind == TRACE_REALLOC && e->fresh ? FORMAT_FRESH : 0u) |
               (switches ? FORMAT_OTHER_THREAD : 0u));
  if (switches) {
    put_varint(w, 3, e->thread);
    w->thread = e->thread;
  }
  if (e->kind == TRACE_MARK) {
    put_varint(w, 3, e->time_us);
    put_varint(w, 3, e->rss_bytes >> 10);
    return;
  }
  if (!trace_allocates(e))
    put_varint(w, 2, w->next_object - e->object - 1);
  if (e->kind != TRACE_FREE)
    put_varint(w, 1, e->size);
  if (e->kind == TRACE_ALIGNED)
    put_byte(w, 3, e->align_log2);
}

bool trace_write(struct trace_writer *w, struct trace_event *e) {
  if (w->error[0])
    return false;
  if (e->kind != TRACE_MARK && e->thread > w->totals.threads)
    return fail(w, "%s: thread %u comes before thread %llu", w->path, e->thread,
                (unsigned long long)w->totals.threads);
  size_t most = 0;
  for (int c = 0; c < FORMAT_COLUMNS; c++)
    most = w->column_bytes[c] > most ? w->column_bytes[c] : most;
  if ((w->n_events == FORMAT_BLOCK_EVENTS_MAX || most > COLUMN_BYTES - FORMAT_EVENT_BYTES_MAX) &&
      !flush_events(w))
    return false;
  if (trace_allocates(e))
    e->object = w->next_object;
  encode(w, e);
  w->next_object += trace_allocates(e);
  w->n_events++;
  trace_totals_add(&w->totals, e);
  return true;
}

static bool write_totals(struct trace_writer *w, const struct trace_facts *ending) {
  struct trace_facts all = {0};
  bool fits = true;
  const struct trace_totals *t = &w->totals;
#define ADD(name, meaning)                                                                         \
  fits &= trace_facts_add(&all, "total." #name, "%llu", (unsigned long long)t->name);
  TRACE_TOTALS(ADD)
#undef ADD
  for (unsigned c = 0; c < TRACE_CLASSES; c++) {
    char key[32];
    snprintf(key, sizeof key, "class.%u", c);
    if (t->classes[c])
      fits &= trace_facts_add(&all, key, "%llu", (unsigned long long)t->classes[c]);
  }
  if (!fits) {
    trace_facts_clear(&all);
    return fail(w, "%s: out of memory", w->path);
  }
  size_t own = all.bytes, given = ending ? ending->bytes : 0;
  memcpy(w->raw, all.text, own);
  if (given)
    memcpy(w->raw + own, ending->text, given);
  trace_facts_clear(&all);
  struct format_block b = {
      .tag = FORMAT_TOTALS, .first_event = w->written_events, .first_object = w->next_object};
  return compress_block(w, &b, w->raw, own + given);
}

static bool write_index(struct trace_writer *w) {
  size_t bytes = w->n_places * 16;
  if (bytes > FORMAT_STORED_MAX) /* 327680 blocks: 21 billion events */
    return fail(w, "%s: too many blocks", w->path);
  unsigned char *payload = malloc(bytes + 1);
  if (!payload)
    return fail(w, "%s: out of memory", w->path);
  for (size_t i = 0; i < w->n_places; i++) {
    format_put64(payload + 16 * i, w->places[i].offset);
    format_put64(payload + 16 * i + 8, w->places[i].first_event);
  }
  unsigned char end[FORMAT_END_BYTES];
  format_put64(end, w->offset);
  memcpy(end + 8, FORMAT_END_MAGIC, 8);
  struct format_block b = {.tag = FORMAT_INDEX,
                           .stored_bytes = (uint32_t)bytes,
                           .raw_bytes = (uint32_t)bytes,
                           .first_event = w->written_events,
                           .first_object = w->next_object};
  bool fine = append_block(w, &b, payload) && append(w, end, sizeof end, "", 0);
  free(payload);
  return fine;
}

static void release(struct trace_writer *w) {
  for (int c = 0; c < FORMAT_COLUMNS; c++)
    free(w->columns[c]);
  free(w->raw);
  free(w->stored);
  free(w->places);
  free(w->path);
  ZSTD_freeCCtx(w->zstd);
  free(w);
}

static bool prepare(struct trace_writer *w, const char *path, int level) {
  w->level = level;
  w->path = strdup(path);
  w->zstd = ZSTD_createCCtx();
  w->raw = malloc(FORMAT_RAW_MAX);
  w->stored_capacity = ZSTD_compressBound(FORMAT_RAW_MAX);
  w->stored = malloc(w->stored_capacity);
  bool fine = w->path && w->zstd && w->raw && w->stored;
  for (int c = 0; c < FORMAT_COLUMNS; c++)
    fine &= (w->columns[c] = malloc(COLUMN_BYTES)) != NULL;
  return fine;
}

_Static_assert(FORMAT_COLUMNS *(COLUMN_BYTES + 4) <= FORMAT_RAW_MAX, "a block fits its buffer");

struct trace_writer *trace_create(const char *path, const struct trace_facts *facts, int level,
                                  char *error, size_t error_bytes) {
  struct trace_writer *w = calloc(1, sizeof *w);
  if (!w || !prepare(w, path, level)) {
    snprintf(error, error_bytes, "%s: out of memory", path);
    if (w)
      release(w);
    return NULL;
  }
  w->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (w->fd < 0) {
    snprintf(error, error_bytes, "%s: cannot create: %s", path, strerror(errno));
    release(w);
    return NULL;
  }
  size_t bytes = facts ? facts->bytes : 0;
  unsigned char head[FORMAT_HEADER_BYTES];
  memcpy(head, FORMAT_MAGIC, 8);
  format_put32(head + 8, TRACE_VERSION);
  format_put32(head + 12, (uint32_t)bytes);
  format_put32(head + 16, format_crc(0, bytes ? facts->text : "", bytes));
  format_put32(head + 20, format_crc(0, head, 20));
  if (!append(w, head, sizeof head, bytes ? facts->text : "", bytes)) {
    snprintf(error, error_bytes, "%s", w->error);
    close(w->fd);
    release(w);
    return NULL;
  }
  return w;
}

const struct trace_totals *trace_written(const struct trace_writer *w) { return &w->totals; }
uint64_t trace_written_bytes(const struct trace_writer *w) { return w->offset; }
uint64_t trace_unwritten_bytes(const struct trace_writer *w) {
  size_t raw = 4 * FORMAT_COLUMNS;
  for (int c = 0; c < FORMAT_COLUMNS; c++)
    raw += w->column_bytes[c];
  return ZSTD_compressBound(raw) + ZSTD_compressBound(8192) + 3 * FORMAT_BLOCK_HEADER_BYTES +
         FORMAT_END_BYTES + 16 * (w->n_places + 1);
}
const char *trace_writer_error(const struct trace_writer *w) { return w->error; }

bool trace_finish(struct trace_writer *w, const struct trace_facts *ending, char *error,
                  size_t error_bytes) {
  bool fine = !w->error[0] && flush_events(w) && write_totals(w, ending) && write_index(w);
  if (close(w->fd) && fine)
    fine = fail(w, "%s: cannot write: %s", w->path, strerror(errno));
  if (!fine)
    snprintf(error, error_bytes, "%s", w->error);
  release(w);
  return fine;
}
