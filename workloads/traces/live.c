/* The table of live blocks: see live.h. */
#include "workloads/traces/live.h"
#include <stdlib.h>
#include <string.h>

static size_t home(const struct live *live, uint64_t stored) {
  return (size_t)((stored * 0x9e3779b97f4a7c15u) >> 20) & (live->capacity - 1);
}

/* The place that holds `stored`, or the empty place where it belongs. */
static struct live_block *probe(const struct live *live, uint64_t stored) {
  size_t i = home(live, stored);
  while (live->places[i].key && live->places[i].key != stored)
    i = (i + 1) & (live->capacity - 1);
  return &live->places[i];
}

static bool grow(struct live *live) {
  struct live bigger = {.n = live->n, .capacity = live->capacity ? live->capacity * 2 : 64};
  bigger.places = calloc(bigger.capacity, sizeof *bigger.places);
  if (!bigger.places)
    return false;
  for (size_t i = 0; i < live->capacity; i++)
    if (live->places[i].key)
      *probe(&bigger, live->places[i].key) = live->places[i];
  free(live->places);
  *live = bigger;
  return true;
}

struct live_block *live_find(const struct live *live, uint64_t key) {
  if (!live->n)
    return NULL;
  struct live_block *place = probe(live, key + 1);
  return place->key ? place : NULL;
}

bool live_put(struct live *live, uint64_t key, uint64_t object, uint64_t size, uint32_t thread) {
  if (live->n >= live->capacity / 2 && !grow(live))
    return false;
  struct live_block *place = probe(live, key + 1);
  live->n += !place->key;
  *place = (struct live_block){key + 1, object, size, thread};
  return true;
}

bool live_take(struct live *live, uint64_t key, struct live_block *out) {
  struct live_block *place = live_find(live, key);
  if (!place)
    return false;
  *out = *place;
  live->n--;
  size_t mask = live->capacity - 1, hole = (size_t)(place - live->places);
  for (size_t i = (hole + 1) & mask; live->places[i].key; i = (i + 1) & mask) {
    /* A block may move into the hole if its home is not between the hole and its place. */
    if (((i - home(live, live->places[i].key)) & mask) >= ((i - hole) & mask)) {
      live->places[hole] = live->places[i];
      hole = i;
    }
  }
  live->places[hole].key = 0;
  return true;
}

bool live_copy(struct live *to, const struct live *from) {
  *to = (struct live){0};
  if (!from->n)
    return true;
  struct live_block *places = malloc(from->capacity * sizeof *places);
  if (!places)
    return false;
  memcpy(places, from->places, from->capacity * sizeof *places);
  *to = (struct live){places, from->n, from->capacity};
  return true;
}

void live_clear(struct live *live) {
  free(live->places);
  *live = (struct live){0};
}
