/* A cache that forgets what was used least recently: a dict over a doubly linked list. */
#include "runtime/object/bytes.h"
#include "runtime/object/dict.h"
#include "runtime/object/instance.h"
#include "runtime/object/int.h"
#include "runtime/object/root.h"
#include "workloads/graphs/workload.h"

enum { CAPACITY, KEYS, LOOKUPS };
static const struct graph_param params[] = {
    {"capacity", "entries the cache may hold", 10000, 1, 100000000, GRAPH_LINEAR},
    {"keys", "different keys asked for", 60000, 1, 1000000000, GRAPH_LINEAR},
    {"lookups", "lookups", 150000, 0, 1000000000, GRAPH_LINEAR},
    {0},
};

enum { PREVIOUS, NEXT, KEY, VALUE, SLOTS };

struct world {
  struct graph_context *g;
  struct type *entry;
  struct object *entries; /* dict: key -> entry */
  struct object *ring;    /* an entry without a key; behind it the most recently used */
  uint64_t hits, evictions;
};

static struct object *link_of(const struct object *entry, unsigned side) {
  return instance_get_borrowed(entry, side);
}

static void unlink_entry(struct object *entry) {
  struct object *before = link_of(entry, PREVIOUS), *after = link_of(entry, NEXT);
  instance_set_taking(before, NEXT, hold(after));
  instance_set_taking(after, PREVIOUS, hold(before));
}

static void link_first(struct world *w, struct object *entry) {
  struct object *after = link_of(w->ring, NEXT);
  instance_set_taking(entry, PREVIOUS, hold(w->ring));
  instance_set_taking(entry, NEXT, hold(after));
  instance_set_taking(after, PREVIOUS, hold(entry));
  instance_set_taking(w->ring, NEXT, hold(entry));
}

/* Forgets the entry at the end; it has no cycle any more and dies at once under counts. */
static bool evict(struct world *w) {
  struct object *entry = hold(link_of(w->ring, PREVIOUS));
  bool ok = dict_delete(w->entries, link_of(entry, KEY)) == 1;
  if (ok) {
    unlink_entry(entry);
    instance_set_taking(entry, PREVIOUS, NULL);
    instance_set_taking(entry, NEXT, NULL);
    w->evictions++;
  }
  drop(entry);
  return ok;
}

/* The value of a key: 32 to 1055 bytes, always the same for the same key. */
static struct object *value_of_key(uint64_t key) {
  uint64_t dice = mix(0, key);
  size_t n = 32 + (size_t)(dice & 1023) / (1 + (dice >> 10 & 3));
  struct object *value = bytearray_new(n);
  if (value)
    bytearray_data(value)[n - 1] = (unsigned char)dice;
  return value;
}

static bool insert(struct world *w, struct object *key) {
  struct object *entry = instance_new(w->entry);
  struct object *value = entry ? value_of_key((uint64_t)int_value(key)) : NULL;
  bool ok = value != NULL;
  if (ok) {
    instance_set_taking(entry, KEY, hold(key));
    instance_set_taking(entry, VALUE, value);
    ok = dict_set(w->entries, key, entry) >= 0;
  }
  if (ok)
    link_first(w, entry);
  drop_null(entry);
  if (ok && (int64_t)dict_length(w->entries) > w->g->value[CAPACITY])
    ok = evict(w);
  return ok;
}

static bool look_up(struct world *w) {
  /* Twice at random: small keys are asked for much more often than large ones. */
  uint64_t number = graph_below(w->g, 1 + graph_below(w->g, (uint64_t)w->g->value[KEYS]));
  struct object *key = int_from_i64((int64_t)number);
  if (!key)
    return false;
  struct object *entry = dict_get_borrowed(w->entries, key);
  bool ok = true;
  if (entry) {
    w->hits++;
    hold(entry);
    unlink_entry(entry);
    link_first(w, entry);
    drop(entry);
  } else {
    ok = error_pending() == ERROR_NONE && insert(w, key);
  }
  drop(key);
  if (ok) {
    struct object *value = instance_get_borrowed(link_of(w->ring, NEXT), VALUE);
    graph_mix(w->g, bytearray_data(value)[bytearray_length(value) - 1]);
  }
  return ok;
}

static bool run_with(struct world *w) {
  instance_set_taking(w->ring, NEXT, hold(w->ring));
  instance_set_taking(w->ring, PREVIOUS, hold(w->ring));
  bool ok = true;
  for (int64_t i = 0; ok && i < w->g->value[LOOKUPS]; i++) {
    ok = look_up(w);
    graph_step(w->g);
  }
  graph_mix(w->g, w->hits);
  graph_mix(w->g, w->evictions);
  graph_count(w->g, "cache_hits", (double)w->hits);
  return ok;
}

static bool run(struct graph_context *g) {
  struct world w = {.g = g};
  w.entry = type_new("Entry", SLOTS, NULL);
  w.ring = w.entry ? instance_new(w.entry) : NULL;
  w.entries = w.ring ? dict_new() : NULL;
  root_push(&w.ring, 1);
  root_push(&w.entries, 1);
  bool ok = w.entries && run_with(&w);
  root_pop(&w.entries);
  root_pop(&w.ring);
  if (ok)
    graph_telling_moment(g);
  drop_null(w.entries);
  drop_null(w.ring);
  if (w.entry)
    drop(&w.entry->head);
  return ok;
}

const struct graph graph_lru_cache = {
    .name = "lru-cache",
    .summary = "a full cache: lookups reorder it, misses evict the least recently used",
    .story =
        "The opposite of dying young: what is evicted has lived longest, so that every generation "
        "is filled with objects that die there. The live set stays constant and is one large "
        "knot of cycles; each hit is six stores into old objects. Values of 32 to 1055 bytes "
        "are replaced by others of different size, which fragments.",
    .operation = "lookup",
    .params = params,
    .run = run,
};
