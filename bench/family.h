/* Both collector families in one program.
 *
 * Everything from gc/ upwards is compiled once per family from the same sources, with the same
 * names (workloads/meson.build makes two libraries of it). Here each library, together with what
 * the benchmarks add per family (family_bench_sources in meson.build), is linked into one
 * relocatable object whose hidden symbols are then made local: bench/localize.sh. What stays
 * visible of each is one table, family_rc or family_tracing.
 *
 * A program that wants both puts `families` (meson.build) among its sources and reaches everything
 * through families[]. Code that belongs to no family may include this header, gc/gc.h and
 * workloads/graphs/graph.h, but nothing that includes gc/header.h.
 *
 * To add an entry: declare a member here, set it in family.c (which is compiled once per family),
 * and name the file that implements it in family_bench_sources if it is not in family_sources
 * already. */
#pragma once
#include "gc/gc.h"

struct gc_bench;
struct graph;
struct graph_request;
struct graph_result;

struct family {
  const char *name;                             /* as in struct gc_collector */
  const struct gc_collector *const *collectors; /* NULL-terminated */

  /* The heap and the runtime over it; see gc.h and runtime/object/object.h. open undoes all it did
   * when it fails. */
  bool (*open)(struct alloc *a, const char *spec, char *error, size_t error_bytes);
  size_t (*close)(void);
  size_t (*collect)(unsigned generation);
  const struct gc_stats *(*read_stats)(void);
  bool (*check)(char *error, size_t error_bytes);

  /* workloads/graphs; see graph.h. */
  const struct graph *const *graphs; /* NULL-terminated */
  bool (*graph_check)(const struct graph_request *request, char *error, size_t error_bytes);
  bool (*graph_run)(const struct graph_request *request, struct graph_result *out);
  void (*graph_result_free)(struct graph_result *result);

  const struct gc_bench *gc_benches; /* what bench-gc measures: gc_bench.h */
};

#define FAMILY_EXPORT __attribute__((visibility("default")))
extern FAMILY_EXPORT const struct family family_rc, family_tracing;

static const struct family *const families[] = {&family_rc, &family_tracing};
enum { FAMILIES = 2 };

/* The family that has a collector of this name (options after a colon do not matter), or NULL. */
const struct family *family_of(const char *spec);
