/* ouro-describe: prints what there is as JSON: allocators, layers, collectors, graphs.
 *
 *     ouro-describe                  their tables; nothing is opened
 *     ouro-describe alloc=SPEC       opens and closes it: prints nothing, or why it can't be opened
 *     ouro-describe gc=SPEC          the same for a collector, over glibc's allocator
 *
 * A program of its own, so that `ouro`, which reads it, links no allocator and no collector. */
#include "alloc/alloc.h"
#include "bench/family.h"
#include "workloads/graphs/graph.h"
#include <jansson.h>
#include <stdio.h>
#include <string.h>

static json_t *text_or_empty(const char *text) { return json_string(text ? text : ""); }

static json_t *describe_allocators(void) {
  json_t *array = json_array();
  for (const struct alloc_backend *const *b = alloc_registry; *b; b++) {
    json_t *options = json_array();
    for (const struct alloc_option *o = (*b)->options; o && o->key; o++)
      json_array_append_new(options, json_pack("{s:s, s:o, s:o}", "key", o->key, "meaning",
                                               text_or_empty(o->meaning), "default",
                                               text_or_empty(o->fallback)));
    json_array_append_new(array, json_pack("{s:s, s:o, s:o, s:b, s:o}", "name", (*b)->name,
                                           "summary", text_or_empty((*b)->summary), "library",
                                           text_or_empty((*b)->library), "layer",
                                           (int)(*b)->is_layer, "options", options));
  }
  return array;
}

static json_t *describe_collectors(void) {
  json_t *array = json_array();
  for (size_t f = 0; f < FAMILIES; f++)
    for (const struct gc_collector *const *c = families[f]->collectors; *c; c++) {
      json_t *options = json_array();
      for (const struct gc_option *o = (*c)->options; o && o->key; o++)
        json_array_append_new(options, json_pack("{s:s, s:o, s:o}", "key", o->key, "meaning",
                                                 text_or_empty(o->meaning), "default",
                                                 text_or_empty(o->fallback)));
      json_array_append_new(array, json_pack("{s:s, s:s, s:o, s:o}", "name", (*c)->name, "family",
                                             (*c)->family, "summary", text_or_empty((*c)->summary),
                                             "options", options));
    }
  return array;
}

static json_t *describe_graphs(void) {
  json_t *array = json_array();
  for (const struct graph *const *g = families[0]->graphs; *g; g++) {
    json_t *params = json_array();
    for (const struct graph_param *p = (*g)->params; p && p->key; p++)
      json_array_append_new(params,
                            json_pack("{s:s, s:o, s:I, s:I, s:I}", "key", p->key, "meaning",
                                      text_or_empty(p->meaning), "default", (json_int_t)p->fallback,
                                      "min", (json_int_t)p->min, "max", (json_int_t)p->max));
    json_array_append_new(array, json_pack("{s:s, s:o, s:o, s:o, s:o}", "name", (*g)->name,
                                           "summary", text_or_empty((*g)->summary), "story",
                                           text_or_empty((*g)->story), "operation",
                                           text_or_empty((*g)->operation), "parameters", params));
  }
  return array;
}

/* False with a message when a spec can't be opened. */
static bool try_spec(const char *word, char *error, size_t error_bytes) {
  const char *gc = !strncmp(word, "gc=", 3) ? word + 3 : NULL;
  const struct family *family = gc ? family_of(gc) : NULL;
  if (gc && !family)
    return snprintf(error, error_bytes, "unknown collector '%s'", gc), false;
  if (!gc && strncmp(word, "alloc=", 6))
    return snprintf(error, error_bytes, "neither alloc=SPEC nor gc=SPEC: '%s'", word), false;
  struct alloc *a = alloc_open(gc ? "malloc" : word + 6, error, error_bytes);
  if (!a)
    return false;
  bool ok = !gc || family->open(a, gc, error, error_bytes);
  if (gc && ok)
    family->close();
  alloc_close(a);
  return ok;
}

int main(int argc, char **argv) {
  char error[1024] = "";
  for (int i = 1; i < argc; i++)
    if (!try_spec(argv[i], error, sizeof error))
      return puts(error), 0;
  if (argc > 1)
    return 0;
  json_t *all = json_pack("{s:o, s:o, s:o}", "allocators", describe_allocators(), "collectors",
                          describe_collectors(), "graphs", describe_graphs());
  if (!all || json_dumpf(all, stdout, JSON_INDENT(1)) != 0) {
    fputs("ouro-describe: out of memory, or the output can't be written\n", stderr);
    return 1;
  }
  json_decref(all);
  return fflush(stdout) == 0 ? 0 : 1;
}
