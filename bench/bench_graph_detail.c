/* Columns rather than rows: arrays of equal length, one per field. */
#include "bench/bench_graph_detail.h"
#include "workloads/graphs/graph.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Writes "key": [value of each of n], where `value` may use i. */
#define COLUMN(out, key, n, value)                                                                 \
  do {                                                                                             \
    fprintf(out, "\"%s\": [", key);                                                                \
    for (size_t i = 0; i < (n); i++)                                                               \
      fprintf(out, "%s%llu", i ? "," : "", (unsigned long long)(value));                           \
    fputs("]", out);                                                                               \
  } while (0)

static void write_pauses(FILE *out, const struct graph_result *r) {
  const struct gc_pause *p = r->gc.pauses.items;
  size_t n = r->gc.pauses.n;
  fputs("\"pauses\": {", out);
  COLUMN(out, "start_ns", n, p[i].start_ns);
  fputs(", ", out);
  COLUMN(out, "wall_ns", n, p[i].wall_ns);
  fputs(", ", out);
  COLUMN(out, "generation", n, p[i].generation);
  fputs(", ", out);
  COLUMN(out, "visited", n, p[i].visited);
  fputs(", ", out);
  COLUMN(out, "reclaimed", n, p[i].reclaimed);
  fputs("}", out);
}

static void write_timeline(FILE *out, const struct graph_result *r) {
  const struct graph_moment *m = r->moments.items;
  fputs(",\n\"timeline\": {", out);
  COLUMN(out, "time_ns", r->moments.n, m[i].time_ns);
  fputs(", ", out);
  COLUMN(out, "live_bytes", r->moments.n, m[i].live_bytes);
  fputs("}", out);
}

static void write_classes(FILE *out, const struct alloc_stats *stats) {
  const struct alloc_class_stats *c = stats->classes;
  size_t n = stats->n_classes;
  fputs(",\n\"size_classes\": {", out);
  COLUMN(out, "block_bytes", n, c[i].block_bytes);
  fputs(", ", out);
  COLUMN(out, "live_blocks", n, c[i].live_blocks);
  fputs(", ", out);
  COLUMN(out, "capacity_blocks", n, c[i].live_blocks + c[i].free_blocks);
  bool known = n > 0;
  for (size_t i = 0; i < n; i++)
    known = known && c[i].requested_bytes != UINT64_MAX;
  if (known) {
    fputs(", ", out);
    COLUMN(out, "requested_bytes", n, c[i].requested_bytes);
  }
  fputs("}", out);
}

/* Pools only: an arena is where its pools are. */
static void write_arenas(FILE *out, const struct graph_result *r) {
  const struct alloc_region *region = r->regions.items;
  static const char *const keys[] = {"arena",       "pool",        "pool_bytes",
                                     "block_bytes", "live_blocks", "capacity_blocks"};
  fputs(",\n\"arenas\": {", out);
  for (size_t k = 0; k < ARRAY_SIZE(keys); k++) {
    fprintf(out, "%s\"%s\": [", k ? ", " : "", keys[k]);
    const char *comma = "";
    for (size_t i = 0; i < r->regions.n; i++) {
      if (region[i].kind != ALLOC_REGION_POOL)
        continue;
      const uint64_t values[] = {region[i].arena,       region[i].pool,
                                 region[i].bytes,       region[i].block_bytes,
                                 region[i].live_blocks, region[i].capacity_blocks};
      fprintf(out, "%s%llu", comma, (unsigned long long)values[k]);
      comma = ",";
    }
    fputs("]", out);
  }
  fputs("}", out);
}

bool bench_graph_write_detail(const char *path, const struct graph_result *r, char *error,
                              size_t error_bytes) {
  FILE *out = fopen(path, "w");
  if (out) {
    fputs("{", out);
    write_pauses(out, r);
    if (r->latencies.n) {
      fputs(",\n\"requests\": {", out);
      COLUMN(out, "latency_ns", r->latencies.n, r->latencies.items[i]);
      fputs("}", out);
    }
    if (r->moments.n)
      write_timeline(out, r);
    if (r->has_telling && r->telling.n_classes)
      write_classes(out, &r->telling);
    if (r->regions.n)
      write_arenas(out, r);
    fputs("}\n", out);
    bool written = !ferror(out);
    if (fclose(out) == 0 && written)
      return true;
  }
  snprintf(error, error_bytes, "can't write to '%s': %s", path, strerror(errno));
  return false;
}
