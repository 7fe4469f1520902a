/* Documents of dicts, lists, strings and numbers of mixed sizes: parsed, read, changed, dropped. */
#include "runtime/object/dict.h"
#include "runtime/object/float.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/root.h"
#include "runtime/object/str.h"
#include "workloads/graphs/workload.h"
#include <stdio.h>
#include <string.h>

enum { DOCUMENTS, DEPTH, KEPT };
static const struct graph_param params[] = {
    {"documents", "documents parsed", 80, 1, 100000000, GRAPH_LINEAR},
    {"depth", "deepest nesting", 5, 1, 16, GRAPH_CONSTANT},
    {"kept", "documents that stay", 20, 1, 10000000, GRAPH_LINEAR},
    {0},
};

enum { KEYS = 60, TEXT_MAX = 4000 };

struct world {
  struct graph_context *g;
  char text[TEXT_MAX + 1]; /* what strings are cut from */
};

static struct object *value_new(struct world *w, int64_t depth);

/* Mostly short, some long: three quarters below 24, one in fifty up to 4000. */
static struct object *text_new(struct world *w) {
  uint64_t dice = graph_below(w->g, 100);
  uint64_t most = dice < 75 ? 24 : dice < 98 ? 200 : TEXT_MAX;
  uint64_t n = graph_below(w->g, most), at = graph_below(w->g, TEXT_MAX - n);
  return str_from_utf8(w->text + at, n);
}

static struct object *key_new(struct world *w) {
  char key[24];
  snprintf(key, sizeof key, "field_%u", (unsigned)graph_below(w->g, KEYS));
  return str_from_ascii(key);
}

static bool add_entry(struct world *w, struct object *dict, int64_t depth) {
  struct object *key = key_new(w);
  struct object *value = key ? value_new(w, depth) : NULL;
  bool ok = value && dict_set(dict, key, value) >= 0;
  drop_null(key);
  drop_null(value);
  return ok;
}

static struct object *dict_of(struct world *w, uint64_t n, int64_t depth) {
  struct object *dict = dict_new();
  for (; dict && n > 0; n--)
    if (!add_entry(w, dict, depth)) {
      drop(dict);
      return NULL;
    }
  return dict;
}

static struct object *list_of(struct world *w, uint64_t n, int64_t depth) {
  struct object *list = list_new(0);
  for (; list && n > 0; n--) {
    struct object *value = value_new(w, depth);
    if (!value || list_append_taking(list, value) < 0) {
      drop(list);
      return NULL;
    }
  }
  return list;
}

static struct object *value_new(struct world *w, int64_t depth) {
  uint64_t dice = graph_below(w->g, 100);
  if (depth > 0 && dice < 25)
    return dict_of(w, graph_between(w->g, 1, 12), depth - 1);
  if (depth > 0 && dice < 40)
    return list_of(w, graph_below(w->g, 16), depth - 1);
  if (dice < 70)
    return text_new(w);
  if (dice < 85)
    return int_from_i64((int64_t)graph_below(w->g, 1 << 16));
  if (dice < 95)
    return float_from((double)graph_below(w->g, 1 << 20) / 64.0);
  return hold(dice < 97 ? NONE : bool_from(dice == 97));
}

/* Folds a value as a writer would put it out. */
static uint64_t fold(uint64_t sum, struct object *value) {
  if (is_str(value)) {
    size_t n = str_length(value);
    sum = mix(sum, n);
    for (size_t i = 0; i < n; i += 8)
      sum = mix(sum, str_at(value, i));
    return sum;
  }
  if (is_int(value))
    return mix(sum, (uint64_t)int_value(value));
  if (is_float(value))
    return mix(sum, (uint64_t)(float_value(value) * 64.0));
  if (type_of(value) == &list_type) {
    for (size_t i = 0; i < list_length(value); i++)
      sum = fold(sum, list_get_borrowed(value, i));
    return mix(sum, list_length(value));
  }
  if (type_of(value) == &dict_type) {
    struct object *key, *item;
    for (size_t position = 0; dict_next(value, &position, &key, &item);)
      sum = fold(fold(sum, key), item);
    return mix(sum, dict_length(value));
  }
  return mix(sum, value == NONE ? 1 : value == TRUE_ ? 2 : 3);
}

/* Sets and deletes some top-level fields. */
static bool change(struct world *w, struct object *document) {
  for (int i = 0; i < 4; i++) {
    struct object *key = key_new(w);
    int deleted = key ? dict_delete(document, key) : -1;
    drop_null(key);
    if (deleted < 0 || !add_entry(w, document, 1))
      return false;
    graph_mix(w->g, (uint64_t)deleted);
  }
  return true;
}

static bool run_with(struct world *w, struct object *kept) {
  struct graph_context *g = w->g;
  for (int64_t i = 0; i < g->value[DOCUMENTS]; i++) {
    struct object *document = dict_of(w, 12, g->value[DEPTH]);
    if (!document)
      return false;
    graph_mix(g, fold(0, document));
    size_t n = list_length(kept);
    if ((int64_t)n < g->value[KEPT]) {
      if (list_append_taking(kept, document) < 0)
        return false;
    } else {
      list_set_taking(kept, (size_t)i % n, document);
    }
    if (!change(w, list_get_borrowed(kept, graph_below(g, list_length(kept)))))
      return false;
    graph_step(g);
  }
  for (size_t i = 0; i < list_length(kept); i++)
    graph_mix(g, fold(0, list_get_borrowed(kept, i)));
  return true;
}

static bool run(struct graph_context *g) {
  struct world w = {.g = g};
  for (size_t i = 0; i < TEXT_MAX; i++)
    w.text[i] = (char)('!' + graph_below(g, 90));
  struct object *kept = list_new(0);
  root_push(&kept, 1);
  bool ok = kept && run_with(&w, kept);
  root_pop(&kept);
  if (ok)
    graph_telling_moment(g);
  drop_null(kept);
  return ok;
}

const struct graph graph_json_document = {
    .name = "json-document",
    .summary = "documents of dicts, lists, strings and numbers: parsed, read, changed, replaced",
    .story =
        "The daily work of services: parse, look, change a little, forget. Requests range from a "
        "boxed float to a string of four thousand bytes and dict tables that double, in the "
        "order of a document and freed in that order too. It stresses the whole range of "
        "size classes at once, growth by reallocation, and the limit between small and large "
        "requests.",
    .operation = "document",
    .params = params,
    .run = run,
};
