/* The registry and the parser of specs (grammar: alloc.h). */
#include "alloc/alloc.h"
#include "base/nearest.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const struct alloc_backend alloc_malloc, alloc_jemalloc, alloc_mimalloc, alloc_tcmalloc,
    alloc_tbb, alloc_bump, alloc_lib, alloc_pool, alloc_magazine, alloc_magazine_inline,
    alloc_count, alloc_fault, alloc_guard, alloc_log;

const struct alloc_backend *const alloc_registry[] = {
    /* backends */
    &alloc_pool,
    &alloc_magazine,
    &alloc_magazine_inline,
    &alloc_malloc,
    &alloc_jemalloc,
    &alloc_mimalloc,
    &alloc_tcmalloc,
    &alloc_tbb,
    &alloc_bump,
    &alloc_lib,
    /* layers */
    &alloc_count,
    &alloc_fault,
    &alloc_guard,
    &alloc_log,
    NULL,
};

enum { LAYERS_MAX = 16 };

const struct alloc_backend *alloc_find(const char *name) {
  for (size_t i = 0; alloc_registry[i]; i++)
    if (!strcmp(alloc_registry[i]->name, name))
      return alloc_registry[i];
  return NULL;
}

/* One part of a spec: "name:options", both inside the parser's copy of the text. */
struct part {
  const struct alloc_backend *backend;
  const char *options;
};

static void list_names(bool layers, char *names, size_t names_bytes) {
  size_t n = 0;
  names[0] = '\0';
  for (size_t i = 0; alloc_registry[i] && n < names_bytes; i++)
    if (alloc_registry[i]->is_layer == layers)
      n += (size_t)snprintf(names + n, names_bytes - n, "%s%s", n ? ", " : "",
                            alloc_registry[i]->name);
}

static void explain_unknown(const char *name, bool layer, char *error, size_t error_bytes) {
  struct nearest nearest;
  nearest_start(&nearest, name);
  for (size_t i = 0; alloc_registry[i]; i++)
    if (alloc_registry[i]->is_layer == layer)
      nearest_try(&nearest, alloc_registry[i]->name);
  const char *best = nearest_end(&nearest), *what = layer ? "layer" : "allocator";
  char names[512];
  list_names(layer, names, sizeof names);
  if (!*name)
    snprintf(error, error_bytes, "the name of the %s is missing (known: %s)", what, names);
  else if (best)
    snprintf(error, error_bytes, "unknown %s '%s', did you mean '%s'? (known: %s)", what, name,
             best, names);
  else
    snprintf(error, error_bytes, "unknown %s '%s' (known: %s)", what, name, names);
}

/* What a part names, where only a layer (or only a backend) may stand. */
static const struct alloc_backend *find_part(const char *name, bool layer, char *error,
                                             size_t error_bytes) {
  const struct alloc_backend *b = alloc_find(name);
  if (!b)
    explain_unknown(name, layer, error, error_bytes);
  else if (b->is_layer == layer)
    return b;
  else if (layer) {
    char names[512];
    list_names(true, names, sizeof names);
    snprintf(error, error_bytes, "'%s' is no layer and can't stand in front of '+' (layers: %s)",
             name, names);
  } else
    snprintf(error, error_bytes,
             "'%s' is a layer and needs an allocator under it, as in '%s+malloc'", name, name);
  return NULL;
}

/* Cuts `text` into parts. The last one is the backend; a path after "lib:" may hold any '+'.
 * Returns how many, 0 with a message on failure. */
static size_t parse(char *text, struct part *parts, char *error, size_t error_bytes) {
  for (size_t n = 0; n < LAYERS_MAX + 1; n++) {
    char *plus = strncmp(text, "lib:", 4) ? strchr(text, '+') : NULL;
    if (plus)
      *plus = '\0';
    char *colon = strchr(text, ':');
    if (colon)
      *colon = '\0';
    parts[n].backend = find_part(text, plus != NULL, error, error_bytes);
    parts[n].options = colon ? colon + 1 : "";
    if (!parts[n].backend)
      return 0;
    if (!plus)
      return n + 1;
    text = plus + 1;
  }
  snprintf(error, error_bytes, "more than %d layers", LAYERS_MAX);
  return 0;
}

struct alloc *alloc_open(const char *spec, char *error, size_t error_bytes) {
  struct part parts[LAYERS_MAX + 1];
  char *text = strdup(spec);
  if (!text) {
    snprintf(error, error_bytes, "out of memory");
    return NULL;
  }
  struct alloc *a = NULL;
  for (size_t n = parse(text, parts, error, error_bytes); n--;) {
    const struct alloc_backend *b = parts[n].backend;
    struct alloc *above = b->open(b, parts[n].options, a, error, error_bytes);
    if (!above) {
      alloc_close(a);
      a = NULL;
      break;
    }
    a = above;
  }
  free(text);
  return a;
}

void alloc_close(struct alloc *a) {
  if (a)
    a->table->close(a);
}

void alloc_read_stats(struct alloc *a, struct alloc_stats *out) {
  memset(out, 0xff, sizeof *out);
  out->n_classes = 0;
  if (a->table->stats)
    a->table->stats(a, out);
}

bool alloc_check(struct alloc *a, char *error, size_t error_bytes) {
  return !a->table->check || a->table->check(a, error, error_bytes);
}

void alloc_trim(struct alloc *a) {
  if (a->table->trim)
    a->table->trim(a);
}

void alloc_decay(struct alloc *a) {
  if (a->table->decay)
    a->table->decay(a);
}

/* Layers keep the alignment of what they wrap. */
size_t alloc_alignment_bytes(const struct alloc *a) {
  while (a->below)
    a = a->below;
  return a->table->alignment ? a->table->alignment(a) : 16;
}
