/* One recorded process: takes the events out of its ring (ring.h), turns addresses into objects,
 * and writes its trace. Used by record.c; see there for the processes together. */
#pragma once
#include "workloads/traces/live.h"
#include "workloads/traces/ring.h"
#include "workloads/traces/trace.h"
#include <stdbool.h>
#include <stdint.h>

/* The live blocks of a process at a fork, kept for the child that will ask for them. */
struct drain_snapshot {
  uint32_t process;
  uint64_t number; /* of the fork's event */
  struct live live;
};

struct drain_snapshots {
  struct drain_snapshot *items;
  size_t n, capacity;
  size_t places; /* sum of the capacities of all tables: what they cost */
  bool wanted;   /* false: children are not recorded, keep none */
};
/* Takes the snapshot out; false when there is none. */
bool drain_snapshots_take(struct drain_snapshots *all, uint32_t process, uint64_t number,
                          struct live *out);
void drain_snapshots_clear(struct drain_snapshots *all);

/* A realloc that has begun and not ended: its thread does nothing else meanwhile. */
struct drain_realloc {
  bool begun, known;
  uint64_t address;
  struct live_block block;
};

struct drain_thread {
  uint32_t number; /* in the trace, plus one; 0: no event of it yet */
  struct drain_realloc realloc;
};

struct drain {
  uint32_t process; /* index in the session */
  struct ring *ring;
  struct trace_writer *writer; /* NULL once the recording of this process has ended */
  struct live live;            /* by address */
  struct drain_thread *threads;
  size_t n_threads;
  uint32_t threads_seen;
  int statm_fd; /* -1: memory is not known */
  uint64_t begun_ns, marked_ns, stuck_ns;
  uint64_t max_bytes; /* of the file; 0: no limit */
  uint64_t inherited; /* blocks the process had when it was forked: the trace's first events */
  uint64_t unknown;   /* frees and reallocs of blocks never seen: not in the trace as such */
  uint64_t reused;    /* addresses handed out again without a free having been seen */
  uint64_t lost;      /* events that never arrived although the process went on */
  uint64_t cut;       /* events begun when the process ended */
  bool limited;       /* stopped at max_bytes */
  char error[512];    /* not empty: the file could not be written */
  struct drain_snapshots *snapshots;
};

/* Begins the trace with `inherited` (by address; may be empty). */
void drain_begin(struct drain *d, const struct live *inherited);
/* Takes what is ready, at most one ring full. `ended`: the process writes no more, so that what is
 * not ready now never will be. True when anything was taken. */
bool drain_run(struct drain *d, bool ended);
/* Stops recording this process: it runs on without waiting for us. */
void drain_stop(struct drain *d);
