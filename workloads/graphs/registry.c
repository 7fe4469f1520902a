/* All graphs, in the order of listings and plots. One line adds one. */
#include "workloads/graphs/graph.h"

#define GRAPHS(X)                                                                                  \
  X(graph_empty)                                                                                   \
  X(graph_binary_trees)                                                                            \
  X(graph_linked_list)                                                                             \
  X(graph_doubly_linked_list)                                                                      \
  X(graph_random_graph)                                                                            \
  X(graph_wide_fan_out)                                                                            \
  X(graph_dom_tree)                                                                                \
  X(graph_syntax_tree)                                                                             \
  X(graph_json_document)                                                                           \
  X(graph_lru_cache)                                                                               \
  X(graph_event_queue)                                                                             \
  X(graph_service_sessions)                                                                        \
  X(graph_string_building)                                                                         \
  X(graph_dict_churn)                                                                              \
  X(graph_weak_generational)                                                                       \
  X(graph_everything_survives)                                                                     \
  X(graph_growing_heap)                                                                            \
  X(graph_all_cycles)                                                                              \
  X(graph_long_cycles)                                                                             \
  X(graph_finalizers_weakrefs)                                                                     \
  X(graph_fragmentation)                                                                           \
  X(graph_just_over_class)                                                                         \
  X(graph_deep_chain)                                                                              \
  X(graph_producer_consumer)

#define GRAPH_DECLARE(name) extern const struct graph name;
GRAPHS(GRAPH_DECLARE)

#define GRAPH_ENTRY(name) &name,
const struct graph *const graph_registry[] = {GRAPHS(GRAPH_ENTRY) NULL};
