/* Requests that are a byte larger than a size class. */
#include "runtime/object/bytes.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "workloads/graphs/workload.h"
#include <string.h>

enum { LIVE, REPLACEMENTS, OVER };
static const struct graph_param params[] = {
    {"live", "byte strings alive at a time", 20000, 1, 100000000, GRAPH_LINEAR},
    {"replacements", "byte strings replaced at random places", 350000, 0, 1000000000, GRAPH_LINEAR},
    {"over", "bytes above the class; 0 fits exactly, for comparison", 1, 0, 15, GRAPH_CONSTANT},
    {0},
};

/* Multiples of 16 up to 512 are classes of pools; the others are classes of most allocators. */
static const uint16_t classes[] = {64,  80,  96,  112, 128, 160, 192,  224,  256,  320,
                                   384, 448, 512, 640, 768, 896, 1024, 1280, 2048, 4096};

struct world {
  struct graph_context *g;
  struct object *table;
  size_t overhead; /* bytes of an empty byte string: its header and what ends it */
  char pattern[4096 + 16];
};

/* The whole object is `over` bytes larger than a class; its length depends on the header, and must
 * stay out of the checksum. Small classes are much more frequent. */
static struct object *block_new(struct world *w) {
  unsigned class = (unsigned)graph_below(w->g, 1 + graph_below(w->g, ARRAY_SIZE(classes)));
  size_t n = classes[class] + (size_t)w->g->value[OVER] - w->overhead;
  w->pattern[0] = (char)graph_below(w->g, 256);
  return bytes_from(w->pattern, n);
}

static bool run_with(struct world *w) {
  struct object *empty = bytes_from(NULL, 0);
  if (!empty)
    return false;
  w->overhead = gc_object_bytes(empty);
  drop(empty);
  for (int64_t i = 0; i < w->g->value[LIVE]; i++) {
    struct object *block = block_new(w);
    if (!block || list_append_taking(w->table, block) < 0)
      return false;
    graph_step(w->g);
  }
  for (int64_t i = 0; i < w->g->value[REPLACEMENTS]; i++) {
    size_t place = graph_below(w->g, list_length(w->table));
    graph_mix(w->g, bytes_data(list_get_borrowed(w->table, place))[0]);
    struct object *block = block_new(w);
    if (!block)
      return false;
    list_set_taking(w->table, place, block);
    graph_step(w->g);
  }
  graph_count_memory(w->g, "rss_when_full", "mapped_when_full");
  graph_telling_moment(w->g);
  return true;
}

static bool run(struct graph_context *g) {
  struct world w = {.g = g};
  memset(w.pattern, '.', sizeof w.pattern);
  w.table = list_new(0);
  bool ok = w.table && run_with(&w);
  drop_null(w.table);
  return ok;
}

const struct graph graph_just_over_class = {
    .name = "just-over-class",
    .summary = "blocks one byte larger than a size class, replaced at random",
    .story =
        "Every request is rounded up to the next class, the worst case of segregated fit: up to "
        "fifteen bytes lost in a block of eighty, and a fifth of the block where classes are a "
        "quarter of an octave apart. The parameter `over` at 0 makes the same blocks fit "
        "exactly; the difference in resident memory is what the classes cost.",
    .operation = "byte string made",
    .params = params,
    .run = run,
};
