/* A recording of what a program asked of its allocator: writing one, and reading one as a stream.
 *
 * The file format is described in docs/trace-format.md. An object is a block from its allocation to
 * its free; it keeps its number through realloc. Objects are numbered 0, 1, 2, ... in the order in
 * which they appear. The order of events is one that the program could have had: an object is
 * allocated before it is freed, whatever threads did it.
 *
 * A reader trusts nothing in a file: every length is bounded before memory is taken, every block
 * has a checksum, every event must make sense (an object that is freed is alive). */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TRACE_VERSION = 1 };
#define TRACE_NONE UINT64_MAX /* no object: realloc of NULL */

enum trace_kind {
  TRACE_MALLOC,
  TRACE_CALLOC,
  TRACE_REALLOC, /* object: the block, or a new one if `fresh` (realloc of NULL) */
  TRACE_ALIGNED, /* memalign, aligned_alloc, posix_memalign, valloc, pvalloc */
  TRACE_FREE,
  TRACE_MARK, /* the time, and the memory of the program */
  TRACE_KINDS
};
extern const char *const trace_kind_names[TRACE_KINDS];

struct trace_event {
  uint8_t kind;       /* enum trace_kind */
  uint8_t align_log2; /* of TRACE_ALIGNED */
  bool fresh;         /* TRACE_REALLOC of NULL: allocates */
  uint32_t thread;    /* that does it: 0, 1, 2, ... in order of their first event */
  uint32_t owner;     /* TRACE_FREE, TRACE_REALLOC: the thread that last allocated the object */
  uint64_t object;
  uint64_t size;      /* bytes asked for; of a TRACE_FREE the size of what is freed */
  uint64_t old_size;  /* TRACE_REALLOC, not fresh: bytes before */
  uint64_t time_us;   /* TRACE_MARK: since the recording began; coarse, taken while draining */
  uint64_t rss_bytes; /* TRACE_MARK: private resident memory of the program; 0: not known */
};

/* True where the event brings a new object into being. */
static inline bool trace_allocates(const struct trace_event *e) {
  return e->kind == TRACE_MALLOC || e->kind == TRACE_CALLOC || e->kind == TRACE_ALIGNED ||
         (e->kind == TRACE_REALLOC && e->fresh);
}

/* Requests up to 1024 bytes have a class per 16 bytes, larger ones a class per power of two. */
enum { TRACE_CLASSES = 64 + 1 + 54 };
unsigned trace_class(uint64_t size);
/* The largest size of a class. */
uint64_t trace_class_bytes(unsigned class);

#define TRACE_TOTALS(X)                                                                            \
  X(events, "everything but marks")                                                                \
  X(mallocs, "malloc")                                                                             \
  X(callocs, "calloc")                                                                             \
  X(reallocs, "realloc, also of NULL")                                                             \
  X(aligned, "memalign and its kin")                                                               \
  X(frees, "free")                                                                                 \
  X(marks, "samples of time and memory")                                                           \
  X(objects, "blocks that came into being")                                                        \
  X(threads, "threads that took part")                                                             \
  X(requested_bytes, "sum of all sizes asked for")                                                 \
  X(live_bytes, "asked for and not freed at the end")                                              \
  X(live_blocks, "not freed at the end")                                                           \
  X(peak_live_bytes, "the most asked for and not yet freed at one time")                           \
  X(peak_live_blocks, "the most blocks alive at one time")                                         \
  X(largest_bytes, "the largest request")                                                          \
  X(foreign_frees, "frees and reallocs by another thread than the allocating one")                 \
  X(peak_rss_bytes, "the most private resident memory at a mark")                                  \
  X(last_us, "time of the last mark")

/* Running sums over events. */
struct trace_totals {
#define TRACE_TOTALS_FIELD(name, meaning) uint64_t name;
  TRACE_TOTALS(TRACE_TOTALS_FIELD)
#undef TRACE_TOTALS_FIELD
  uint64_t classes[TRACE_CLASSES]; /* requests by class of their size */
};
/* `event` must be complete (owner, sizes). */
void trace_totals_add(struct trace_totals *totals, const struct trace_event *event);

/* Facts are text, a line "key=value" each: keys of letters, digits, '.', '-' and '_', values
 * without control characters. */
struct trace_facts {
  char *text; /* ends with 0 */
  size_t bytes;
};
enum { TRACE_FACTS_MAX = 65536 };
/* Appends; a value's control characters become spaces. False when it does not fit or memory is
 * exhausted; the facts are then unchanged. */
bool trace_facts_add(struct trace_facts *facts, const char *key, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Copies a value into `out`, cut off at its end; false when there is no such key. */
bool trace_facts_get(const struct trace_facts *facts, const char *key, char *out, size_t bytes);
void trace_facts_clear(struct trace_facts *facts);

/* ---- writing ---- */

struct trace_writer;
/* Creates `path` with a header that holds `facts`. `level` is zstd's, 1 to 19. NULL with a message.
 */
struct trace_writer *trace_create(const char *path, const struct trace_facts *facts, int level,
                                  char *error, size_t error_bytes);
/* Appends an event; where it allocates, its object is numbered here. `owner` and `old_size` must be
 * right, they enter the totals. False when the file can't be written (trace_writer_error says
 * why): the file then ends with its last complete block, and later calls fail too. */
bool trace_write(struct trace_writer *w, struct trace_event *event);
const struct trace_totals *trace_written(const struct trace_writer *w);
uint64_t trace_written_bytes(const struct trace_writer *w); /* in the file so far */
/* No more than this many bytes would be added by finishing now, `ending` aside. */
uint64_t trace_unwritten_bytes(const struct trace_writer *w);
const char *trace_writer_error(const struct trace_writer *w);
/* Writes what is buffered, the totals with `ending`, and the index, and closes. False with a
 * message when the file is not complete. Frees the writer in any case. */
bool trace_finish(struct trace_writer *w, const struct trace_facts *ending, char *error,
                  size_t error_bytes);

/* ---- reading ---- */

enum trace_status { TRACE_EVENT, TRACE_END, TRACE_BROKEN };
struct trace_reader;
/* Opens a file ("-": standard input) and reads its header. NULL with a message. */
struct trace_reader *trace_open(const char *path, char *error, size_t error_bytes);
/* The next event; TRACE_END after the last one of a complete file; TRACE_BROKEN where the file is
 * damaged or cut off: all events before that place were given, trace_error says what is wrong. */
enum trace_status trace_read(struct trace_reader *r, struct trace_event *out);
const char *trace_error(const struct trace_reader *r);
const struct trace_facts *trace_facts(const struct trace_reader *r);   /* of the header */
const struct trace_facts *trace_ending(const struct trace_reader *r);  /* after TRACE_END */
const struct trace_totals *trace_totals(const struct trace_reader *r); /* of what was read so far */
uint64_t trace_blocks(const struct trace_reader *r);                   /* read so far */
void trace_close(struct trace_reader *r);
