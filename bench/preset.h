/* Which cells a run has: the presets `quick` and `full`, and what the command line changes. */
#pragma once
#include "bench/catalogue.h"
#include "bench/plan.h"

struct preset_words {
  VEC(const char *);
};

struct preset_request {
  bool full;
  uint64_t seed;
  unsigned repetitions;          /* 0: the preset's */
  struct preset_words workloads; /* "binary-trees", "graph/binary-trees", "trace/sqlite", "python",
                                    "python/nbody"; none: the preset's */
  struct preset_words allocs, gcs; /* specs; none: the preset's */
  struct preset_words settings;    /* key=value, for graphs */
  double scale;                    /* 0: the preset's, per workload */
  /* Wanted by its name (plan_cell_name)? NULL: all are. */
  bool (*wants)(const char *name, void *context);
  void *context;
};

/* Opens, fills and freezes a plan. False with a message on unknown names, or when nothing is left.
 */
bool preset_plan(struct plan *plan, const struct preset_request *request,
                 const struct catalogue *catalogue, char *error, size_t error_bytes);
/* What a preset gives to cells that are not told otherwise. */
double preset_time_limit_seconds(bool full);
uint64_t preset_memory_limit_bytes(bool full);
/* The order in which allocators and collectors are shown: the i-th name, allocators first; NULL
 * behind the last. */
const char *preset_order(size_t i);
