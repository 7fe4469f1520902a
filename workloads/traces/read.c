/* Reading a trace as a stream, block after block. Nothing in the file is believed before it is
 * checked: first a length's bound, then a checksum, then the sense of each event. */
#include "base/bits.h"
#include "workloads/traces/format.h"
#include "workloads/traces/live.h"
#include "workloads/traces/trace.h"
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

struct column {
  const unsigned char *at, *end;
};

struct trace_reader {
  int fd;
  char *path;
  uint64_t offset; /* in the file: of what is read next */
  uint64_t block_offset;
  struct trace_facts facts, ending;
  ZSTD_DCtx *zstd;
  unsigned char *raw, *stored; /* a block; they grow to the largest so far */
  size_t raw_room, stored_room;
  struct column columns[FORMAT_COLUMNS];
  uint32_t left;   /* events of this block still to come */
  uint64_t events; /* given so far, marks included */
  uint64_t blocks; /* of events, opened so far */
  uint64_t next_object;
  uint32_t thread;
  uint64_t index_crc; /* over the places of the blocks, to compare with the index */
  struct live live;
  struct trace_totals totals;
  enum trace_status status;
  char error[512];
};

static enum trace_status broken(struct trace_reader *r, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static enum trace_status broken(struct trace_reader *r, const char *format, ...) {
  char what[384];
  va_list args;
  va_start(args, format);
  vsnprintf(what, sizeof what, format, args);
  va_end(args);
  snprintf(r->error, sizeof r->error, "%s: %s (byte %llu; %llu events before it are readable)",
           r->path, what, (unsigned long long)r->block_offset, (unsigned long long)r->events);
  return r->status = TRACE_BROKEN;
}

/* Reads up to n bytes; less only at the end of the file. -1 on an error. */
static ssize_t read_up_to(int fd, void *bytes, size_t n) {
  size_t done = 0;
  while (done < n) {
    ssize_t got = read(fd, (char *)bytes + done, n - done);
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return -1;
    if (!got)
      break;
    done += (size_t)got;
  }
  return (ssize_t)done;
}

/* TRACE_EVENT when all n bytes are there. */
static enum trace_status fetch(struct trace_reader *r, void *bytes, size_t n, const char *what) {
  ssize_t got = read_up_to(r->fd, bytes, n);
  if (got < 0)
    return broken(r, "cannot read: %s", strerror(errno));
  if ((size_t)got < n)
    return broken(r, "cut off in %s", what);
  r->offset += n;
  return TRACE_EVENT;
}

/* Makes room for `bytes`, which must have been bounded. */
static bool make_room(unsigned char **buffer, size_t *room, size_t bytes) {
  if (bytes < *room)
    return true;
  unsigned char *bigger = realloc(*buffer, bytes + 1);
  if (!bigger)
    return false;
  *buffer = bigger;
  *room = bytes + 1;
  return true;
}

static bool text_is_facts(const char *text, size_t n) {
  if (n && text[n - 1] != '\n')
    return false;
  for (size_t i = 0; i < n; i++)
    if ((unsigned char)text[i] < ' ' && text[i] != '\n')
      return false;
  return true;
}

static bool keep_facts(struct trace_facts *facts, const unsigned char *text, size_t n) {
  facts->text = malloc(n + 1);
  if (!facts->text)
    return false;
  memcpy(facts->text, text, n);
  facts->text[n] = 0;
  facts->bytes = n;
  return true;
}

static bool read_header(struct trace_reader *r) {
  unsigned char head[FORMAT_HEADER_BYTES];
  ssize_t got = read_up_to(r->fd, head, sizeof head);
  if (got < 0)
    return broken(r, "cannot read: %s", strerror(errno)), false;
  if (got < 8 || memcmp(head, FORMAT_MAGIC, 8))
    return broken(r, "not a trace"), false;
  if ((size_t)got < sizeof head)
    return broken(r, "cut off in the header"), false;
  if (format_get32(head + 20) != format_crc(0, head, 20))
    return broken(r, "damaged header"), false;
  if (format_get32(head + 8) != TRACE_VERSION)
    return broken(r, "a trace of version %u, this program reads version %d", format_get32(head + 8),
                  TRACE_VERSION),
           false;
  size_t n = format_get32(head + 12);
  if (n > TRACE_FACTS_MAX)
    return broken(r, "damaged header: %zu bytes of facts", n), false;
  r->offset = sizeof head;
  if (!make_room(&r->raw, &r->raw_room, n))
    return broken(r, "out of memory"), false;
  if (fetch(r, r->raw, n, "the facts") != TRACE_EVENT)
    return false;
  if (format_get32(head + 16) != format_crc(0, r->raw, n) ||
      !text_is_facts((const char *)r->raw, n))
    return broken(r, "damaged facts"), false;
  if (!keep_facts(&r->facts, r->raw, n))
    return broken(r, "out of memory"), false;
  return true;
}

struct trace_reader *trace_open(const char *path, char *error, size_t error_bytes) {
  struct trace_reader *r = calloc(1, sizeof *r);
  if (r) {
    r->fd = -1;
    r->path = strdup(strcmp(path, "-") ? path : "standard input");
    r->zstd = ZSTD_createDCtx();
  }
  if (!r || !r->path || !r->zstd) {
    snprintf(error, error_bytes, "%s: out of memory", path);
    trace_close(r);
    return NULL;
  }
  r->fd = strcmp(path, "-") ? open(path, O_RDONLY | O_CLOEXEC) : dup(STDIN_FILENO);
  if (r->fd < 0) {
    snprintf(error, error_bytes, "%s: cannot open: %s", path, strerror(errno));
    trace_close(r);
    return NULL;
  }
  if (!read_header(r)) {
    snprintf(error, error_bytes, "%s", r->error);
    trace_close(r);
    return NULL;
  }
  return r;
}

static enum trace_status decompress(struct trace_reader *r, const struct format_block *b) {
  if (!make_room(&r->raw, &r->raw_room, b->raw_bytes))
    return broken(r, "out of memory");
  size_t n = ZSTD_decompressDCtx(r->zstd, r->raw, b->raw_bytes, r->stored, b->stored_bytes);
  if (ZSTD_isError(n))
    return broken(r, "damaged block: zstd: %s", ZSTD_getErrorName(n));
  if (n != b->raw_bytes)
    return broken(r, "damaged block: %zu bytes where %u were announced", n, b->raw_bytes);
  return TRACE_EVENT;
}

static enum trace_status open_columns(struct trace_reader *r, const struct format_block *b) {
  if (!b->n_events || b->n_events > FORMAT_BLOCK_EVENTS_MAX || b->raw_bytes < 4 * FORMAT_COLUMNS)
    return broken(r, "damaged block: %u events in %u bytes", b->n_events, b->raw_bytes);
  if (b->first_event != r->events || b->first_object != r->next_object || b->thread != r->thread)
    return broken(r, "a block is missing or out of order");
  if (decompress(r, b) != TRACE_EVENT)
    return TRACE_BROKEN;
  const unsigned char *at = r->raw + 4 * FORMAT_COLUMNS, *end = r->raw + b->raw_bytes;
  for (int c = 0; c < FORMAT_COLUMNS; c++) {
    size_t n = format_get32(r->raw + 4 * c);
    if (n > (size_t)(end - at))
      return broken(r, "damaged block: column %d is too long", c);
    r->columns[c] = (struct column){at, at + n};
    at += n;
  }
  if (at != end || (size_t)(r->columns[0].end - r->columns[0].at) != b->n_events)
    return broken(r, "damaged block: columns do not add up");
  r->left = b->n_events;
  r->blocks++;
  unsigned char place[16];
  format_put64(place, r->block_offset);
  format_put64(place + 8, b->first_event);
  r->index_crc = format_crc((uint32_t)r->index_crc, place, sizeof place);
  return TRACE_EVENT;
}

static enum trace_status check_total(struct trace_reader *r, const char *key, uint64_t counted) {
  char text[32] = "", *end = text;
  uint64_t stored = 0;
  if (trace_facts_get(&r->ending, key, text, sizeof text))
    stored = strtoull(text, &end, 10);
  if (*end || stored != counted)
    return broken(r, "the totals disagree with the events: %s is %llu, counted %llu", key,
                  (unsigned long long)stored, (unsigned long long)counted);
  return TRACE_EVENT;
}

static enum trace_status check_totals(struct trace_reader *r, const struct format_block *b) {
  if (b->first_event != r->events || b->first_object != r->next_object || b->n_events)
    return broken(r, "a block is missing or out of order");
  if (decompress(r, b) != TRACE_EVENT)
    return TRACE_BROKEN;
  if (!text_is_facts((const char *)r->raw, b->raw_bytes))
    return broken(r, "damaged totals");
  if (!keep_facts(&r->ending, r->raw, b->raw_bytes))
    return broken(r, "out of memory");
#define COMPARE(name, meaning)                                                                     \
  if (check_total(r, "total." #name, r->totals.name) != TRACE_EVENT)                               \
    return TRACE_BROKEN;
  TRACE_TOTALS(COMPARE)
#undef COMPARE
  for (unsigned c = 0; c < TRACE_CLASSES; c++) {
    char key[32];
    snprintf(key, sizeof key, "class.%u", c);
    if (check_total(r, key, r->totals.classes[c]) != TRACE_EVENT)
      return TRACE_BROKEN;
  }
  return TRACE_EVENT;
}

static enum trace_status check_end(struct trace_reader *r, const struct format_block *b) {
  if (!r->ending.text)
    return broken(r, "the index comes before the totals");
  if (b->stored_bytes != r->blocks * 16 ||
      format_crc(0, r->stored, b->stored_bytes) != (uint32_t)r->index_crc)
    return broken(r, "the index disagrees with the blocks");
  uint64_t index_offset = r->block_offset;
  unsigned char end[FORMAT_END_BYTES + 1];
  r->block_offset = r->offset;
  ssize_t got = read_up_to(r->fd, end, sizeof end);
  if (got < 0)
    return broken(r, "cannot read: %s", strerror(errno));
  if (got < FORMAT_END_BYTES)
    return broken(r, "cut off in the end mark");
  if (got > FORMAT_END_BYTES)
    return broken(r, "bytes follow the end mark");
  if (format_get64(end) != index_offset || memcmp(end + 8, FORMAT_END_MAGIC, 8))
    return broken(r, "damaged end mark");
  return r->status = TRACE_END;
}

/* Reads blocks up to the next one with events. */
static enum trace_status next_block(struct trace_reader *r) {
  for (;;) {
    unsigned char head[FORMAT_BLOCK_HEADER_BYTES];
    r->block_offset = r->offset;
    ssize_t got = read_up_to(r->fd, head, sizeof head);
    if (got < 0)
      return broken(r, "cannot read: %s", strerror(errno));
    if (!got)
      return broken(r, "cut off between two blocks: the recording was not finished");
    if ((size_t)got < sizeof head)
      return broken(r, "cut off in a block's header");
    r->offset += sizeof head;
    if (format_get32(head + 44) != format_crc(0, head, 44))
      return broken(r, "damaged block header");
    struct format_block b = {
        .tag = format_get32(head),
        .stored_bytes = format_get32(head + 4),
        .raw_bytes = format_get32(head + 8),
        .n_events = format_get32(head + 12),
        .first_event = format_get64(head + 16),
        .first_object = format_get64(head + 24),
        .thread = format_get32(head + 32),
        .payload_crc = format_get32(head + 40),
    };
    if (b.stored_bytes > FORMAT_STORED_MAX ||
        (b.tag != FORMAT_INDEX && b.raw_bytes > FORMAT_RAW_MAX) || format_get32(head + 36))
      return broken(r, "damaged block header: too long");
    if (!make_room(&r->stored, &r->stored_room, b.stored_bytes))
      return broken(r, "out of memory");
    if (fetch(r, r->stored, b.stored_bytes, "a block") != TRACE_EVENT)
      return TRACE_BROKEN;
    if (format_crc(0, r->stored, b.stored_bytes) != b.payload_crc)
      return broken(r, "damaged block: its checksum is wrong");
    if (b.tag == FORMAT_INDEX)
      return check_end(r, &b);
    if (b.tag == FORMAT_EVENTS && !r->ending.text)
      return open_columns(r, &b);
    if (b.tag != FORMAT_TOTALS || r->ending.text)
      return broken(r, "an unexpected block (tag %08x)", b.tag);
    if (check_totals(r, &b) != TRACE_EVENT)
      return TRACE_BROKEN;
  }
}

static bool take_byte(struct column *c, unsigned *out) {
  if (c->at == c->end)
    return false;
  *out = *c->at++;
  return true;
}

/* At most ten bytes, and no bits beyond the 64th. */
static bool take_varint(struct column *c, uint64_t *out) {
  uint64_t x = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    unsigned byte;
    if (!take_byte(c, &byte) || (shift == 63 && byte > 1))
      return false;
    x |= (uint64_t)(byte & 127) << shift;
    if (byte < 128) {
      *out = x;
      return true;
    }
  }
  return false;
}

static bool take_mark(struct trace_reader *r, struct trace_event *e) {
  uint64_t rss_kib;
  if (!take_varint(&r->columns[3], &e->time_us) || !take_varint(&r->columns[3], &rss_kib) ||
      rss_kib > UINT64_MAX >> 10 || e->time_us < r->totals.last_us)
    return false;
  e->rss_bytes = rss_kib << 10;
  return true;
}

static bool take_thread(struct trace_reader *r) {
  uint64_t thread;
  if (!take_varint(&r->columns[3], &thread) || thread > r->totals.threads || thread == r->thread)
    return false;
  r->thread = (uint32_t)thread;
  return true;
}

/* What is known about the object of a free or a realloc. */
static bool take_object(struct trace_reader *r, struct trace_event *e, struct live_block *known) {
  uint64_t back;
  if (!take_varint(&r->columns[2], &back) || back >= r->next_object)
    return false;
  e->object = r->next_object - 1 - back;
  if (!live_take(&r->live, e->object, known))
    return false;
  e->owner = known->thread;
  return true;
}

/* Decodes one event; false when it makes no sense. */
static bool take_event(struct trace_reader *r, struct trace_event *e) {
  unsigned byte;
  if (!take_byte(&r->columns[0], &byte) || byte & FORMAT_FLAGS_UNUSED)
    return false;
  *e = (struct trace_event){.kind = byte & FORMAT_KIND_MASK, .fresh = byte & FORMAT_FRESH};
  if (e->kind >= TRACE_KINDS || (e->fresh && e->kind != TRACE_REALLOC))
    return false;
  if (e->kind == TRACE_MARK)
    return !(byte & FORMAT_OTHER_THREAD) && take_mark(r, e);
  if (byte & FORMAT_OTHER_THREAD && !take_thread(r))
    return false;
  e->thread = r->thread;
  struct live_block known;
  if (!trace_allocates(e) && !take_object(r, e, &known))
    return false;
  if (e->kind == TRACE_FREE) {
    e->size = known.size;
    return true;
  }
  if (!take_varint(&r->columns[1], &e->size))
    return false;
  if (e->kind == TRACE_ALIGNED) {
    unsigned align;
    if (!take_byte(&r->columns[3], &align) || align > 47)
      return false;
    e->align_log2 = (uint8_t)align;
  }
  if (trace_allocates(e))
    e->object = r->next_object++;
  else
    e->old_size = known.size;
  return live_put(&r->live, e->object, e->object, e->size, e->thread);
}

static bool columns_are_used_up(const struct trace_reader *r) {
  for (int c = 0; c < FORMAT_COLUMNS; c++)
    if (r->columns[c].at != r->columns[c].end)
      return false;
  return true;
}

enum trace_status trace_read(struct trace_reader *r, struct trace_event *out) {
  if (r->status != TRACE_EVENT)
    return r->status;
  if (!r->left) {
    enum trace_status status = next_block(r);
    if (status != TRACE_EVENT)
      return status;
  }
  if (!take_event(r, out))
    return broken(r, "event %llu makes no sense", (unsigned long long)r->events);
  r->left--;
  if (!r->left && !columns_are_used_up(r))
    return broken(r, "damaged block: more in its columns than events");
  r->events++;
  trace_totals_add(&r->totals, out);
  return TRACE_EVENT;
}

const char *trace_error(const struct trace_reader *r) { return r->error; }
const struct trace_facts *trace_facts(const struct trace_reader *r) { return &r->facts; }
const struct trace_facts *trace_ending(const struct trace_reader *r) { return &r->ending; }
const struct trace_totals *trace_totals(const struct trace_reader *r) { return &r->totals; }
uint64_t trace_blocks(const struct trace_reader *r) { return r->blocks; }

void trace_close(struct trace_reader *r) {
  if (!r)
    return;
  if (r->fd >= 0)
    close(r->fd);
  ZSTD_freeDCtx(r->zstd);
  trace_facts_clear(&r->facts);
  trace_facts_clear(&r->ending);
  live_clear(&r->live);
  free(r->raw);
  free(r->stored);
  free(r->path);
  free(r);
}
