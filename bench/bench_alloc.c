/* bench-alloc: allocators by themselves, ns per allocate + touch + free.
 *
 *     ladder/size:32/live:10000/order:random/alloc:SPEC   `live` blocks, then all freed in the
 * order churn/size:32/live:10000/alloc:SPEC                 a random one of `live` is replaced
 *     mixed/live:10000/alloc:SPEC                         the same with mixed sizes
 *     bulk/size:32/count:1000000/alloc:SPEC               from a trimmed heap, page faults included
 *     cross/threads:2/alloc:SPEC                          one thread allocates, another frees
 *     trace/NAME/alloc:SPEC                               a recorded program, replayed
 *     floor/list/... floor/bump/... floor/read:.../...    what nothing can beat
 *
 * Every benchmark opens its allocator anew; a library's heap lives as long as the process, so for
 * figures about memory run one benchmark per process. */
#include "alloc/alloc.h"
#include "base/bits.h"
#include "base/random.h"
#include "base/vec.h"
#include "bench/bench_alloc_traces.h"
#include "bench/gbench.h"
#include "bench/ladder.h"
#include "os/map.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SCALE, SEED, ALLOC, TRACE, TOUCH, REPLAYS };
static struct gbench_flag flags[] = {
    [SCALE] = {"scale", "size of the work; 1 is 4 million operations a benchmark", "1", false},
    [SEED] = {"seed", "seed of all random numbers", "1", false},
    [ALLOC] = {"alloc", "these allocators only, with layers and options if given; may be repeated",
               NULL, true},
    [TRACE] = {"trace", "one more recording to replay, by its path", NULL, false},
    [TOUCH] = {"touch", "what a replay writes of each block: none, first, all", "first", false},
    [REPLAYS] = {"replays", "how often a benchmark replays its recording", "1", false},
    {0},
};

static struct {
  double scale;
  uint64_t seed;
  struct {
    VEC(char *);
  } specs;
  struct {
    VEC(void *);
  } contexts; /* of registered benchmarks */
} state;

static const size_t sizes[] = {16, 24, 32, 64, 128, 256, 512, 1024, 2048, 4096, 0};
static const size_t lives[] = {1, 100, 10000, 100000, 1000000};
static const char *const orders[LADDER_ORDERS] = {"lifo", "fifo", "random"};

/* Keeps live blocks of a ladder within 1 GiB. */
static bool fits(size_t size, size_t live) { return (size ? size : 128) * live <= (size_t)1 << 30; }

static void *keep(const void *context, size_t bytes) {
  void *copy = malloc(bytes);
  if (!copy || !vec_push(&state.contexts, copy)) {
    fputs("bench-alloc: out of memory\n", stderr);
    exit(3);
  }
  return memcpy(copy, context, bytes);
}

/* ---- ladders -----------------------------------------------------------------------------------
 */

static void add(const char *name, struct ladder l) {
  if (!gbench_is_wanted(name))
    return;
  l.seed = state.seed;
  gbench_add(&(struct gbench_case){.name = name,
                                   .run = ladder_run,
                                   .context = keep(&l, sizeof l),
                                   .iterations = ladder_operations(&l, state.scale),
                                   .process_time = l.load == LADDER_CROSS});
}

static void name_size(size_t size, char text[16]) {
  if (size)
    snprintf(text, 16, "%zu", size);
  else
    strcpy(text, "mixed");
}

/* The ladder of an allocator (suffix "/alloc:NAME") or a floor (prefix "floor/list"). */
static void add_rungs(const char *prefix, const char *suffix, struct ladder l) {
  char name[512], size[16];
  for (size_t s = 0; s < ARRAY_SIZE(sizes); s++)
    for (size_t n = 0; n < ARRAY_SIZE(lives); n++)
      for (unsigned o = 0; o < LADDER_ORDERS; o++) {
        l.size = sizes[s], l.live = lives[n], l.order = o;
        /* One block has one order, and a floor has one size. */
        if (!fits(l.size, l.live) || (l.live == 1 && (o || !l.size)) || (!l.spec && !l.size))
          continue;
        name_size(l.size, size);
        snprintf(name, sizeof name, "%s/size:%s/live:%zu/order:%s%s", prefix, size, l.live,
                 orders[o], suffix);
        add(name, l);
      }
}

static void add_allocator(const char *spec) {
  static const size_t churned[] = {32, 64, 512, 0}, bulks[] = {24, 32, 64, 512};
  char name[512], suffix[256];
  /* Its fast paths are inlined by whoever knows it; here those are the loops. */
  bool inlined = !strncmp(spec, "magazine-inline", strlen("magazine-inline"));
  struct ladder l = {.spec = spec, .path = inlined ? LADDER_INLINE : LADDER_DOOR};
  snprintf(suffix, sizeof suffix, "/alloc:%s", spec);
  add_rungs("ladder", suffix, l);
  l.load = LADDER_CHURN;
  for (size_t s = 0; s < ARRAY_SIZE(churned); s++)
    for (size_t n = 1; n < ARRAY_SIZE(lives); n++) {
      l.size = churned[s], l.live = lives[n];
      if (l.size)
        snprintf(name, sizeof name, "churn/size:%zu/live:%zu%s", l.size, l.live, suffix);
      else
        snprintf(name, sizeof name, "mixed/live:%zu%s", l.live, suffix);
      add(name, l);
    }
  l.load = LADDER_BULK, l.order = LADDER_FIFO, l.live = 1000000;
  for (size_t s = 0; s < ARRAY_SIZE(bulks); s++) {
    l.size = bulks[s];
    snprintf(name, sizeof name, "bulk/size:%zu/count:%zu%s", l.size, l.live, suffix);
    add(name, l);
  }
  l = (struct ladder){.spec = spec, .path = l.path, .load = LADDER_CROSS, .size = 64, .live = 1};
  snprintf(name, sizeof name, "cross/threads:2%s", suffix);
  add(name, l);
}

/* ---- floors ------------------------------------------------------------------------------------
 */

enum { LINE = 64 };
struct reads {
  size_t bytes;
  bool random;
};

/* A cycle through all lines: each holds the address of the next (Sattolo, 1986). */
static void link_lines(char *memory, size_t lines, bool shuffled) {
  struct random r;
  random_seed(&r, state.seed);
  for (size_t i = 0; i < lines; i++)
    *(size_t *)(memory + i * LINE) = i;
  for (size_t i = lines; shuffled && --i > 0;) {
    size_t k = random_below(&r, i), *a = (size_t *)(memory + i * LINE);
    size_t *b = (size_t *)(memory + k * LINE), t = *a;
    *a = *b, *b = t;
  }
  for (size_t i = 0; i < lines; i++) {
    size_t *line = (size_t *)(memory + i * LINE);
    *line = (size_t)(memory + (shuffled ? *line : (i + 1) % lines) * LINE);
  }
}

/* One operation reads one cache line, whose address came from the one before. */
static void run_reads(struct gbench_state *s, void *context) {
  const struct reads *reads = context;
  char *memory = map_anonymous(reads->bytes, 0);
  if (!memory) {
    gbench_fail(s, "out of memory");
    return;
  }
  link_lines(memory, reads->bytes / LINE, reads->random);
  const char *p = memory;
  for (uint64_t n = gbench_begin(s); n--;) {
    p = *(const char *const *)p;
    __asm__ volatile("" : "+r"(p));
  }
  gbench_end(s);
  map_release(memory, reads->bytes);
}

static void add_floors(void) {
  static const size_t memories[] = {(size_t)32 << 10, (size_t)1 << 20, (size_t)32 << 20,
                                    (size_t)256 << 20};
  char name[512];
  add_rungs("floor/list", "", (struct ladder){.path = LADDER_FLOOR_LIST});
  add_rungs("floor/bump", "", (struct ladder){.path = LADDER_FLOOR_BUMP});
  for (int random = 0; random < 2; random++)
    for (size_t i = 0; i < ARRAY_SIZE(memories); i++) {
      snprintf(name, sizeof name, "floor/read:%s/bytes:%zu", random ? "random" : "sequential",
               memories[i]);
      if (!gbench_is_wanted(name))
        continue;
      struct reads reads = {memories[i], random};
      uint64_t n = (uint64_t)(4e6 * state.scale);
      gbench_add(&(struct gbench_case){.name = name,
                                       .run = run_reads,
                                       .context = keep(&reads, sizeof reads),
                                       .iterations = n ? n : 1});
    }
}

/* ---- flags -------------------------------------------------------------------------------------
 */

/* Splits "a:k=v,j=w,b" into "a:k=v,j=w" and "b": a piece whose '=' comes before any ':' continues
 * the options of the one before. */
static bool read_specs(const char *list) {
  for (const char *p = list; *p;) {
    size_t n = strcspn(p, ",");
    while (p[n]) {
      const char *next = p + n + 1;
      size_t word = strcspn(next, ":=,");
      if (next[word] != '=')
        break;
      n += 1 + strcspn(next, ",");
    }
    char *spec = strndup(p, n);
    if (!spec || !vec_push(&state.specs, spec))
      return false;
    p += n + (p[n] == ',');
  }
  return true;
}

static bool read_flags(char *error, size_t error_bytes) {
  char *end;
  state.scale = strtod(flags[SCALE].value, &end);
  if (*end || end == flags[SCALE].value || !(state.scale > 0 && state.scale <= 1000)) {
    snprintf(error, error_bytes, "--scale=%s: wants a number above 0, up to 1000",
             flags[SCALE].value);
    return false;
  }
  state.seed = strtoull(flags[SEED].value, &end, 10);
  if (*end || end == flags[SEED].value) {
    snprintf(error, error_bytes, "--seed=%s: wants a whole number", flags[SEED].value);
    return false;
  }
  if (flags[ALLOC].value)
    return read_specs(flags[ALLOC].value) || (snprintf(error, error_bytes, "out of memory"), false);
  for (size_t i = 0; alloc_registry[i]; i++) /* `lib` wants a path */
    if (!alloc_registry[i]->is_layer && strcmp(alloc_registry[i]->name, "lib") != 0) {
      char *spec = strdup(alloc_registry[i]->name);
      if (!spec || !vec_push(&state.specs, spec))
        return snprintf(error, error_bytes, "out of memory"), false;
    }
  return true;
}

static bool add_traces(char *error, size_t error_bytes) {
  struct bench_alloc_traces settings = {.trace = flags[TRACE].value};
  unsigned touch = 0;
  while (replay_touch_names[touch] && strcmp(replay_touch_names[touch], flags[TOUCH].value) != 0)
    touch++;
  if (!replay_touch_names[touch]) {
    snprintf(error, error_bytes, "--touch=%s: wants none, first or all", flags[TOUCH].value);
    return false;
  }
  settings.touch = touch;
  char *end;
  settings.iterations = strtoull(flags[REPLAYS].value, &end, 10);
  if (*end || !settings.iterations) {
    snprintf(error, error_bytes, "--replays=%s: wants a whole number above 0",
             flags[REPLAYS].value);
    return false;
  }
  if (!vec_push(&state.specs, NULL)) /* the end of the list */
    return snprintf(error, error_bytes, "out of memory"), false;
  state.specs.n--;
  settings.specs = (const char *const *)state.specs.items;
  return bench_alloc_traces_add(&settings, error, error_bytes);
}

static bool add_all(char *error, size_t error_bytes) {
  if (!read_flags(error, error_bytes))
    return false;
  gbench_add_context("scale", flags[SCALE].value);
  gbench_add_context("seed", flags[SEED].value);
  for (size_t i = 0; i < state.specs.n; i++) {
    if (flags[ALLOC].value) { /* a spec that can't be opened is a usage error */
      struct alloc *a = alloc_open(state.specs.items[i], error, error_bytes);
      if (!a)
        return false;
      alloc_close(a);
    }
    add_allocator(state.specs.items[i]);
  }
  add_floors();
  return add_traces(error, error_bytes);
}

static void close_all(void) {
  bench_alloc_traces_close();
  ladder_close();
  for (size_t i = 0; i < state.contexts.n; i++)
    free(state.contexts.items[i]);
  for (size_t i = 0; i < state.specs.n; i++)
    free(state.specs.items[i]);
  vec_free(&state.contexts);
  vec_free(&state.specs);
}

int main(int argc, char **argv) {
  struct gbench_program program = {"bench-alloc",
                                   "allocators by themselves: ns per allocate + touch + free",
                                   flags, add_all, close_all};
  return gbench_main(argc, argv, &program);
}
