/* Replaying a program (program.h) against an allocator through the door.
 *
 * The same threads do the same requests in the recorded order, with the recorded order enforced
 * between threads wherever one uses an object that another used before. What the door doesn't have
 * is imitated: an aligned request asks for as much more as alignment can cost.
 *
 * The checksum covers the operations and, unless nothing is touched, what is read back: a tag is
 * written into every block, and found again when the block is freed or moved; calloc's bytes must
 * be zero. It does not depend on the allocator. */
#pragma once
#include "alloc/alloc.h"
#include "workloads/traces/program.h"

enum replay_touch {
  REPLAY_TOUCH_NONE,  /* blocks are not written */
  REPLAY_TOUCH_FIRST, /* the first word (or byte) of each */
  REPLAY_TOUCH_ALL,   /* all of it */
};
extern const char *const replay_touch_names[]; /* NULL-terminated */

struct replay_result {
  bool fine; /* false: `error` says why, the other fields mean nothing */
  char error[256];
  uint64_t checksum;
  uint64_t wall_ns, cpu_ns;  /* the events alone; CPU of all threads */
  uint64_t drain_ns;         /* CPU: freeing what the program never freed, afterwards */
  uint64_t before_rss_bytes; /* resident just before */
  uint64_t peak_rss_bytes;   /* the most during the events; 0: the kernel does not say */
  uint64_t after_rss_bytes;  /* resident after the last event */
  uint64_t minor_faults;
};

/* Replays once, frees all that is left. After a failure (memory is exhausted) blocks stay
 * allocated. */
void replay_run(const struct program *p, struct alloc *a, enum replay_touch touch,
                struct replay_result *result);

/* How faithful the replay is, measured where the allocator is called, in a run of its own. Each
 * part is 1 for identical; the figure is the least of them. */
struct replay_fidelity {
  double events;     /* calls by kind, against events */
  double classes;    /* requests by class of size */
  double peak_bytes; /* most bytes alive at one time */
  double peak_blocks;
  double curve;   /* 1 - mean distance of the curves of live bytes, as a share of the peak */
  double foreign; /* frees and reallocs by another thread than the allocating one */
  double figure;
  uint64_t padded_bytes; /* asked for beyond the original, to align */
};
/* Replays once more over `a`, watched. False with a message when the replay fails. */
bool replay_measure_fidelity(const struct program *p, struct alloc *a, struct replay_fidelity *out,
                             char *error, size_t error_bytes);

/* Internal, for the fidelity run: number of the calling thread in the replay. */
uint32_t replay_thread(void);
