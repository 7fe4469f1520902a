/* The cell runner: runs the cells of a frozen plan that are still missing in a directory, one
 * process each, and writes one file per cell. What is written is never lost again: not by an
 * interrupt, not by a full disk, not by kill -9. */
#pragma once
#include "bench/outcome.h"
#include "bench/plan.h"
#include <signal.h>

struct runner_progress {
  const struct plan_cell *cell;
  const json_t *json;   /* the cell's file; NULL before it starts */
  enum outcome outcome; /* of it */
  size_t done, total;   /* cells of this call, finished and wanted */
  double seconds_left;  /* an estimate from the cells so far; negative: none yet */
};

struct runner_request {
  const char *directory;      /* exists; plan.json and environment.json are the caller's business */
  const char *program_folder; /* where bare program names are looked up */
  const char *launcher;       /* path of ouro-cell */
  int cpu;                    /* for cells without threads of their own; -1: not pinned */
  double time_limit_seconds;  /* per cell */
  uint64_t memory_limit_bytes; /* per cell, resident; 0: none */
  uint64_t sample_ns;
  unsigned shard, shards; /* runs the blocks with block % shards == shard; shards 0 or 1: all */
  const volatile sig_atomic_t *stop;
  void (*progress)(const struct runner_progress *progress, void *context); /* may be NULL */
  void *context;
};

enum runner_end {
  RUNNER_DONE,        /* every wanted cell has a file */
  RUNNER_INTERRUPTED, /* *stop was set */
  RUNNER_NO_SPACE,    /* a file could not be written; message in `error` */
  RUNNER_BROKEN,      /* the launcher does not work; message in `error` */
};

/* Cells whose file is there and whole are not run again. */
enum runner_end runner_run(const struct plan *plan, const struct runner_request *request,
                           char *error, size_t error_bytes);
/* True when the cell belongs to a shard: whole blocks do, so that what is compared ran in one
 * place. */
bool runner_in_shard(const struct plan_cell *cell, unsigned shard, unsigned shards);
