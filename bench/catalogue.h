/* What there is to measure, asked from the programs that can run it, so that the instrument links
 * no allocator, and a list can't diverge from what runs. */
#pragma once
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct catalogue {
  char program[4096];   /* path of ouro-describe */
  bool has_interpreter; /* ouropy stands beside ouro */
  json_t *allocators;   /* [{name, summary, library, layer, options: [{key, meaning, default}]}] */
  json_t *collectors;   /* [{name, family, summary, options}] */
  json_t *graphs;       /* [{name, summary, story, operation, parameters}] */
  json_t *traces;       /* [{name, summary}] */
  json_t *programs;     /* [{name, summary, story}]: in Python, run by ouropy */
  json_t *benches; /* [{kind, workload, alloc, gc}]: what bench-alloc and bench-gc have besides;
                      alloc and gc are "" where the name has none */
};

/* Asks libexec/ouro-describe, bench-alloc and bench-gc, which stand beside `folder` and in it. A
 * program that is missing or fails: false with a message. */
bool catalogue_read(struct catalogue *catalogue, const char *folder, char *error,
                    size_t error_bytes);
void catalogue_close(struct catalogue *catalogue);

/* The entry of that name, borrowed; NULL when there is none. */
const json_t *catalogue_find(const json_t *entries, const char *name);
/* Checks a spec of layers and a backend ("guard+pool:kept=4", "lib:/path") or of a collector: its
 * names, and then by opening it, in a process of its own. False with a message, which suggests the
 * nearest name. */
bool catalogue_check_alloc(const struct catalogue *catalogue, const char *spec, char *error,
                           size_t error_bytes);
bool catalogue_check_gc(const struct catalogue *catalogue, const char *spec, char *error,
                        size_t error_bytes);
