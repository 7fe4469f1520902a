/* What one run of a graph leaves beside its figures, as a JSON object: pauses, requests, size
 * classes, arenas. The keys are described in results/schema.md. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

struct graph_result;

/* Writes the object to the file at `path`. False with a message. */
bool bench_graph_write_detail(const char *path, const struct graph_result *r, char *error,
                              size_t error_bytes);
