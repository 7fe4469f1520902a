/* The recordings that come with the suite: their names, and where their files are. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

struct trace_entry {
  const char *name;    /* as in `trace/NAME/alloc:NAME` */
  const char *file;    /* in a folder of recordings */
  const char *summary; /* one line: what was recorded */
  const char *shape;   /* one line: what is special about its requests */
};

extern const struct trace_entry trace_registry[]; /* ends with a NULL name */
const struct trace_entry *trace_registry_find(const char *name);

/* The file of a recording: a name from the registry, or the path of any trace (whatever has a slash
 * or ends in .otrace). The folders $OURO_TRACES (separated by colons), recorded/ beside the source,
 * and share/ouroboros/traces beside the program's folder are looked into. False with a message
 * ("did you mean" for near misses). */
bool trace_registry_path(const char *name, char *path, size_t path_bytes, char *error,
                         size_t error_bytes);
