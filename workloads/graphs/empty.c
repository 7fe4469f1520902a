/* Nothing: what a run costs by itself. */
#include "workloads/graphs/workload.h"

static const struct graph_param params[] = {{0}};

static bool run(struct graph_context *g) {
  graph_mix(g, 0);
  return true;
}

const struct graph graph_empty = {
    .name = "empty",
    .summary = "no work: the cost of opening and closing everything",
    .story =
        "The floor under every other row: start of the program, opening of allocator, heap and "
        "runtime, and their end. What a workload costs is the difference to this.",
    .operation = "nothing",
    .params = params,
    .run = run,
};
