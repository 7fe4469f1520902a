/* google-benchmark in C.
 *
 * A program describes itself in a struct gbench_program and calls gbench_main. That parses the
 * program's own flags and google-benchmark's, calls `add`, which registers benchmarks by name with
 * gbench_add, and runs those that --benchmark_filter selects. A name is exactly what is printed,
 * filtered, listed and written: google-benchmark's endings (/iterations:N, /threads:N, ...) are
 * taken off, so a program says in the name what matters.
 *
 * A benchmark function prepares, does its work between gbench_begin and gbench_end (or in a
 * gbench_keep_running loop), and cleans up. With threads, every thread runs the function; begin and
 * end are barriers, so thread 0 may prepare before and clean up after them.
 *
 *     static void run(struct gbench_state *s, void *context) {
 *       struct alloc *a = ...;
 *       for (uint64_t n = gbench_begin(s); n--;)
 *         alloc_put(a, alloc_get(a, 32));
 *       gbench_end(s);
 *     }
 *
 * Exit codes: 0 fine, 2 usage (unknown flags, nothing matches the filter), 3 a benchmark failed
 * (gbench_fail), 5 a report could not be written whole. Names that are not selected cost a match
 * each, so that a program with thousands of benchmarks starts one of them in a few ms. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif

struct gbench_state; /* of one thread in one run of a benchmark */
typedef void gbench_fn(struct gbench_state *s, void *context);

enum { GBENCH_ARGUMENTS_MAX = 6 };

/* One benchmark. Only name and run are needed; the struct is copied, the strings too, the context
 * is not. */
struct gbench_case {
  const char *name;
  gbench_fn *run;
  void *context;
  uint64_t iterations; /* fixed work; 0: as many as fill --benchmark_min_time */
  double min_seconds;  /* 0: --benchmark_min_time */
  unsigned threads;    /* 0: one */
  /* Which clock decides: CPU time of the main thread unless one of these is set. */
  bool real_time;    /* wall time */
  bool process_time; /* CPU time of all threads */
  bool manual_time;  /* what gbench_set_seconds says */
  bool manual_cpu;   /* the same, in the column of CPU time too: the work is not inside the clock */
  /* Read back by gbench_argument; appended to the name as "/argument_names[i]:arguments[i]". */
  const char *argument_names[GBENCH_ARGUMENTS_MAX];
  int64_t arguments[GBENCH_ARGUMENTS_MAX];
};

/* A flag of the program's own: --name=VALUE or --name VALUE. */
struct gbench_flag {
  const char *name, *meaning;
  const char *value; /* the default; replaced by what is given; NULL: none */
  bool repeats;      /* may be given several times; the values are joined by commas */
};

struct gbench_program {
  const char *name, *summary;
  struct gbench_flag *flags; /* ends with a NULL name; may be NULL */
  /* Reads the flags' values and registers. False with a message in `error`: a usage error. */
  bool (*add)(char *error, size_t error_bytes);
  void (*close)(void); /* after the last benchmark; may be NULL */
  /* The counters that the console shows, ended by NULL; JSON and CSV have all. The program then
   * has a flag --counters=few|all. NULL: the console shows all, too. */
  const char *const *few_counters;
};

int gbench_main(int argc, char **argv, struct gbench_program *program);

/* Is this name selected? Saves preparing what would not run. */
bool gbench_is_wanted(const char *name);
/* Registers a benchmark if it is selected; tells whether it is. */
bool gbench_add(const struct gbench_case *c);
/* A line in the report's context (machine, versions, seed). */
void gbench_add_context(const char *key, const char *value);

/* Starts the clock; returns how many iterations to do (0 after gbench_fail), all before gbench_end.
 */
uint64_t gbench_begin(struct gbench_state *s);
void gbench_end(struct gbench_state *s);
/* The same by single iterations: while (gbench_keep_running(s)) ... */
bool gbench_keep_running(struct gbench_state *s);
/* Stops and resumes the clock; costs about a microsecond, so not inside a tight loop. */
void gbench_pause(struct gbench_state *s);
void gbench_resume(struct gbench_state *s);
/* Manual time: seconds the iteration took; with gbench_begin, all of them together. */
void gbench_set_seconds(struct gbench_state *s, double seconds);

/* The benchmark has no result; `why` is shown in its place, and the program exits with 3. Call it
 * before gbench_begin, or after gbench_end. */
void gbench_fail(struct gbench_state *s, const char *why);

int64_t gbench_argument(const struct gbench_state *s, unsigned i);
/* How many iterations gbench_begin will return. */
uint64_t gbench_iterations(const struct gbench_state *s);
unsigned gbench_thread(const struct gbench_state *s);
unsigned gbench_threads(const struct gbench_state *s);

enum gbench_counter_flags {
  GBENCH_PLAIN = 0,
  GBENCH_RATE = 1 << 0,           /* value / seconds */
  GBENCH_AVG_THREADS = 1 << 1,    /* value / threads */
  GBENCH_PER_ITERATION = 1 << 2,  /* value / iterations */
  GBENCH_ITERATION_RATE = 1 << 3, /* value * iterations / seconds */
  GBENCH_INVERT = 1 << 4,         /* 1 / the above: with GBENCH_RATE seconds per unit */
};
/* A figure beside the time. Values of several threads are added up. */
void gbench_counter(struct gbench_state *s, const char *name, double value, unsigned flags);
/* Short text in the report; call it from thread 0. */
void gbench_label(struct gbench_state *s, const char *label);

/* Memory figures (allocs_per_iter, max_bytes_used): with a manager set, each benchmark is run a few
 * iterations more, untimed, between start and stop. */
struct gbench_memory {
  int64_t allocations, peak_bytes, total_bytes, growth_bytes; /* the last two: -1 when unknown */
};
struct gbench_memory_manager {
  void (*start)(void);
  void (*stop)(struct gbench_memory *out);
};
void gbench_set_memory_manager(const struct gbench_memory_manager *m);

#ifdef __cplusplus
}
#endif
