/* A trace made ready for replaying: flat arrays of operations, one per thread, 8 bytes each, so
 * that the replay reads them at the speed of memory and decodes nothing while the clock runs.
 *
 * Objects become slots of one table of pointers. A slot is used again once its object is freed, so
 * the table is as large as the most blocks alive, not as the number of objects. A freed slot goes
 * back to the thread that first used it, which takes its own frees up again last in, first out.
 *
 * Order: each thread does its operations in the recorded order. Where an operation's slot was last
 * used by another thread, a WAIT stands before it, until that thread has done that much. All waits
 * point back in the recorded order, so they can't lock up. */
#pragma once
#include "base/vec.h"
#include "workloads/traces/trace.h"

enum program_kind {
  PROGRAM_MALLOC,
  PROGRAM_CALLOC,
  PROGRAM_REALLOC,
  PROGRAM_REALLOC_NULL, /* as the program did; the slot is new */
  PROGRAM_ALIGNED,      /* always wide */
  PROGRAM_FREE,
  PROGRAM_WAIT,  /* slot: a thread; size: how many operations it must have done */
  PROGRAM_SPAWN, /* slot: a thread, which begins here */
};

/*   what   31..29 kind | 28..0 slot
 *   size   31 old block has 8 bytes or more (realloc) | 30..0 bytes
 * A FREE's size is that of the block. A size of PROGRAM_WIDE is the next of the thread's `wide`. */
struct program_op {
  uint32_t what, size;
};
#define PROGRAM_SLOT(what)  ((what)&0x1fffffffu)
#define PROGRAM_KIND(what)  ((what) >> 29)
#define PROGRAM_OLD_WORD    0x80000000u
#define PROGRAM_BYTES(size) ((size)&0x7fffffffu)
#define PROGRAM_WIDE        0x7fffffffu

struct program_wide {
  uint64_t size;
  uint32_t align_log2; /* of PROGRAM_ALIGNED */
};

struct program_thread {
  struct {
    VEC(struct program_op);
  } ops;
  struct {
    VEC(struct program_wide);
  } wide;
};

enum { PROGRAM_CURVE_POINTS = 512 };

struct program {
  struct program_thread *threads;
  uint32_t n_threads;
  uint32_t n_slots;
  struct {
    VEC(uint32_t);
  } left; /* slots whose objects are never freed */
  /* Live bytes after every curve_step events in the recorded order. */
  uint64_t curve[PROGRAM_CURVE_POINTS];
  uint32_t n_curve;
  uint64_t curve_step;
  uint64_t digest;            /* over all operations: part of every checksum */
  struct trace_totals totals; /* of what is replayed */
  uint64_t first_rss_bytes;   /* of the original at its first mark; 0: not known */
  bool whole;                 /* false: a prefix, `note` says of what */
  bool damaged;               /* the file could not be read to its end */
  char note[512];
  char command[1024]; /* the original's */
};

struct program_options {
  uint64_t events; /* at most so many; 0: all */
  bool partial;    /* take what is readable of a damaged or unfinished file */
};

/* Reads and checks the whole file, in a child process. NULL with a message. */
struct program *program_load(const char *path, const struct program_options *options, char *error,
                             size_t error_bytes);
void program_free(struct program *p);
