/* Fill, free most of it at random, refill with other sizes, drain. */
#include "os/map.h"
#include "runtime/object/bytes.h"
#include "runtime/object/list.h"
#include "runtime/object/root.h"
#include "workloads/graphs/workload.h"

enum { BLOCKS, FREED, FILL_MIN, FILL_MAX, REFILL_MIN, REFILL_MAX };
static const struct graph_param params[] = {
    {"blocks", "byte strings of the first filling", 150000, 10, 500000000, GRAPH_LINEAR},
    {"freed", "percent of them that are freed, at random", 90, 0, 100, GRAPH_CONSTANT},
    {"fill-min", "smallest of the first filling, bytes", 8, 0, 1000000, GRAPH_CONSTANT},
    {"fill-max", "largest of the first filling", 200, 0, 1000000, GRAPH_CONSTANT},
    {"refill-min", "smallest of the second filling", 200, 0, 1000000, GRAPH_CONSTANT},
    {"refill-max", "largest of the second filling", 600, 0, 1000000, GRAPH_CONSTANT},
    {0},
};

struct world {
  struct graph_context *g;
  struct object *table; /* list of byte strings, or None where one was freed */
};

/* Appends byte strings of random length until `n` are there or `bytes` are reached. */
static bool fill(struct world *w, size_t n, uint64_t bytes, uint64_t least, uint64_t most) {
  if (most < least)
    most = least;
  for (uint64_t total = 0; n > 0 && total < bytes; n--) {
    size_t length = graph_between(w->g, least, most);
    struct object *block = bytes_from(NULL, length);
    if (!block || list_append_taking(w->table, block) < 0)
      return false;
    total += length + 1;
    graph_step(w->g);
  }
  return true;
}

/* Frees a share of the table in random order; how many bytes that was. */
static bool free_at_random(struct world *w, uint64_t *freed) {
  size_t n = list_length(w->table), mapped = align_up(n * sizeof(uint32_t), map_page_bytes());
  uint32_t *order = map_anonymous(mapped, 0);
  if (!order) {
    error_no_memory();
    return false;
  }
  for (size_t i = 0; i < n; i++)
    order[i] = (uint32_t)i;
  random_shuffle(&w->g->random, order, n, sizeof *order);
  *freed = 0;
  for (size_t i = 0; i < n * (size_t)w->g->value[FREED] / 100; i++) {
    *freed += bytes_length(list_get_borrowed(w->table, order[i])) + 1;
    list_set_taking(w->table, order[i], hold(NONE));
    graph_step(w->g);
  }
  map_release(order, mapped);
  return true;
}

static void fold_lengths(struct world *w) {
  uint64_t n = 0, total = 0;
  for (size_t i = 0; i < list_length(w->table); i++) {
    struct object *o = list_get_borrowed(w->table, i);
    if (o == NONE)
      continue;
    n++;
    total = total * 31 + bytes_length(o);
  }
  graph_mix(w->g, n);
  graph_mix(w->g, total);
}

/* Collectors that free late get their chance before memory is read. */
static void read_memory(struct world *w, const char *rss_name, const char *mapped_name) {
  gc_collect(GC_GENERATIONS - 1);
  graph_count_memory(w->g, rss_name, mapped_name);
}

static bool run_with(struct world *w) {
  const int64_t *value = w->g->value;
  if (!fill(w, (size_t)value[BLOCKS], UINT64_MAX, (uint64_t)value[FILL_MIN],
            (uint64_t)value[FILL_MAX]))
    return false;
  fold_lengths(w);
  read_memory(w, "rss_after_fill", "mapped_after_fill");
  uint64_t freed;
  if (!free_at_random(w, &freed))
    return false;
  fold_lengths(w);
  read_memory(w, "rss_after_free", "mapped_after_free");
  graph_telling_moment(w->g);
  if (!fill(w, SIZE_MAX, freed, (uint64_t)value[REFILL_MIN], (uint64_t)value[REFILL_MAX]))
    return false;
  fold_lengths(w);
  read_memory(w, "rss_after_refill", "mapped_after_refill");
  list_clear(w->table);
  read_memory(w, "rss_after_drain", "mapped_after_drain");
  alloc_trim(w->g->allocator);
  graph_count_memory(w->g, "rss_after_trim", "mapped_after_trim");
  return true;
}

static bool run(struct graph_context *g) {
  struct world w = {.g = g, .table = list_new(0)};
  root_push(&w.table, 1);
  bool ok = w.table && run_with(&w);
  root_pop(&w.table);
  drop_null(w.table);
  return ok;
}

const struct graph graph_fragmentation = {
    .name = "fragmentation",
    .summary = "fill, free a random 90%, refill with other sizes, drain; memory after each phase",
    .story =
        "The classic way to make an allocator hold much more than is in use: the tenth that stays "
        "is spread over all pages, and what comes next does not fit into the holes. Resident "
        "and mapped bytes are reported after each of the phases and once more after everything "
        "was freed and the allocator was asked to give back what it can. Leaves only, so that "
        "the collector is a bystander.",
    .operation = "byte string made or freed",
    .params = params,
    .run = run,
};
