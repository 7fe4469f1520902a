/* Dicts: one that grows and is churned, and many small ones. */
#include "runtime/object/dict.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/root.h"
#include "runtime/object/str.h"
#include "workloads/graphs/workload.h"
#include <stdio.h>

enum { ENTRIES, CHANGES, SMALL };
static const struct graph_param params[] = {
    {"entries", "entries of the large dict", 30000, 1, 100000000, GRAPH_LINEAR},
    {"changes", "deletions with insertions in it", 80000, 0, 1000000000, GRAPH_LINEAR},
    {"small", "small dicts with text keys", 20000, 0, 1000000000, GRAPH_LINEAR},
    {0},
};

enum { SMALL_KEPT = 500, WORDS = 16 };

/* dict[key] = value of ints. */
static bool put(struct object *dict, int64_t key, int64_t value) {
  struct object *k = int_from_i64(key);
  struct object *v = k ? int_from_i64(value) : NULL;
  bool ok = v && dict_set(dict, k, v) >= 0;
  drop_null(k);
  drop_null(v);
  return ok;
}

/* Deletes one that may be there, and puts in others until the length is what it was. Keys come from
 * a range twice as large as the dict. */
static bool change(struct graph_context *g, struct object *dict) {
  uint64_t range = 2 * (uint64_t)g->value[ENTRIES];
  struct object *key = int_from_i64((int64_t)graph_below(g, range));
  int deleted = key ? dict_delete(dict, key) : -1;
  drop_null(key);
  if (deleted < 0)
    return false;
  graph_mix(g, (uint64_t)deleted);
  bool ok = true;
  while (ok && dict_length(dict) < (size_t)g->value[ENTRIES]) {
    /* One after the other: the order of arguments is the compiler's. */
    int64_t value = (int64_t)graph_below(g, 1 << 20), number = (int64_t)graph_below(g, range);
    ok = put(dict, number, value);
  }
  return ok;
}

static uint64_t sum(struct object *dict) {
  uint64_t total = 0;
  struct object *key, *value;
  for (size_t position = 0; dict_next(dict, &position, &key, &value);)
    total = mix(total, (uint64_t)int_value(key) ^ (uint64_t)int_value(value));
  return total;
}

static bool large(struct graph_context *g) {
  struct object *dict = dict_new();
  bool ok = dict != NULL;
  for (int64_t i = 0; ok && i < g->value[ENTRIES]; i++) {
    ok = put(dict, 2 * i, i);
    graph_step(g);
  }
  for (int64_t i = 0; ok && i < g->value[CHANGES]; i++) {
    ok = change(g, dict);
    graph_step(g);
  }
  if (ok) {
    graph_mix(g, sum(dict));
    graph_mix(g, dict_length(dict));
    graph_telling_moment(g);
  }
  drop_null(dict);
  return ok;
}

/* A dict of 1 to 16 texts, as keyword arguments or a row with named columns. */
static struct object *small_new(struct graph_context *g, struct object *const words[WORDS]) {
  struct object *dict = dict_new();
  uint64_t first = graph_below(g, WORDS);
  for (uint64_t i = graph_between(g, 1, WORDS); dict && i > 0; i--) {
    char text[24];
    snprintf(text, sizeof text, "%llu", (unsigned long long)graph_below(g, 1 << 16));
    struct object *value = str_from_ascii(text);
    bool ok = value && dict_set(dict, words[(first + i) % WORDS], value) >= 0;
    drop_null(value);
    if (!ok) {
      drop(dict);
      return NULL;
    }
  }
  return dict;
}

static bool many_small(struct graph_context *g, struct object *const words[WORDS],
                       struct object *kept) {
  for (int64_t i = 0; i < g->value[SMALL]; i++) {
    struct object *dict = small_new(g, words);
    if (!dict)
      return false;
    struct object *found = dict_get_borrowed(dict, words[graph_below(g, WORDS)]);
    graph_mix(g, found ? str_at(found, 0) : dict_length(dict));
    if (list_length(kept) < SMALL_KEPT) {
      if (list_append_taking(kept, dict) < 0)
        return false;
    } else {
      list_set_taking(kept, graph_below(g, SMALL_KEPT), dict);
    }
    graph_step(g);
  }
  return true;
}

static bool run(struct graph_context *g) {
  struct object *words[WORDS];
  for (size_t i = 0; i < WORDS; i++) {
    char word[16];
    snprintf(word, sizeof word, "column_%u", (unsigned)i);
    if (!(words[i] = str_intern(word)))
      return false;
  }
  struct object *kept = list_new(0);
  root_push(&kept, 1);
  bool ok = kept && large(g) && many_small(g, words, kept);
  root_pop(&kept);
  drop_null(kept);
  return ok;
}

const struct graph graph_dict_churn = {
    .name = "dict-churn",
    .summary = "a dict that grows and is churned, and thousands of small ones",
    .story =
        "Hash tables are what dynamic languages are made of. The large one doubles its table "
        "many times, leaving ever larger holes, and is then rebuilt again and again because "
        "deletions leave dead entries; the small ones come and go by the thousand. It stresses "
        "large requests that grow in steps, several size classes per object, and boxed keys and "
        "values.",
    .operation = "entry put in, entry changed, or small dict",
    .params = params,
    .run = run,
};
