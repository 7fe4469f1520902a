/* Grids over the knobs of collectors. */
#include "bench/grid.h"
#include "base/bits.h"
#include "base/check.h"
#include "base/options.h"
#include "base/random.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const grid_collectors[] = {"three-generation", "mark-sweep", NULL};

/* CPython documents threshold0 in new containers less dead ones, the others in collections of the
 * generation below. */
static const struct grid three_generation = {
    "three-generation",
    {{"threshold0",
      "new containers less dead ones before the youngest generation is collected",
      false,
      true,
      700,
      {100, 300, 700, 2000, 5000, 15000, 50000},
      7},
     {"threshold1",
      "collections of generation 0 before generation 1 is collected",
      false,
      true,
      10,
      {2, 5, 10, 20, 50},
      5},
     {"threshold2",
      "collections of generation 1 before generation 2 may be collected",
      false,
      true,
      10,
      {2, 10, 50},
      3}}};

static const struct grid mark_sweep = {
    "mark-sweep",
    {{"trigger",
      "bytes allocated between two collections, at least",
      true,
      true,
      4 << 20,
      {1 << 20, 2 << 20, 4 << 20, 8 << 20, 16 << 20, 32 << 20},
      6},
     {"growth",
      "and as a multiple of the bytes alive after the last collection",
      false,
      false,
      1,
      {0.25, 0.5, 1, 2, 4},
      5},
     {"limit", "bytes the heap may hold; reaching it collects", true, true, 0, {0}, 1}}};

/* 0 means unlimited where an axis is in bytes. */
static double rank(const struct grid_axis *axis, double value) {
  return axis->bytes && value <= 0 ? INFINITY : value;
}

/* Sizes in whole 64 KiB, so that specs stay short; other numbers with two digits, and exactly what
 * these digits read as, so that they survive a spec. */
static double round_value(const struct grid_axis *axis, double value) {
  if (axis->bytes)
    return fmax(1, round(value / 65536)) * 65536;
  if (axis->whole && value < 10)
    return round(value);
  char text[32];
  snprintf(text, sizeof text, "%.1e", value);
  return strtod(text, NULL);
}

static void add_level(struct grid_axis *axis, double value) {
  size_t at = 0;
  while (at < axis->n && rank(axis, axis->levels[at]) < rank(axis, value))
    at++;
  if ((at < axis->n && axis->levels[at] == value) || axis->n == GRID_LEVELS)
    return;
  memmove(axis->levels + at + 1, axis->levels + at, (axis->n - at) * sizeof *axis->levels);
  axis->levels[at] = value;
  axis->n++;
}

bool grid_open(struct grid *grid, const char *collector, double peak_bytes) {
  static const double shares[] = {0.5, 0.75};
  if (!strcmp(collector, three_generation.collector)) {
    *grid = three_generation;
    return true;
  }
  if (strcmp(collector, mark_sweep.collector))
    return false;
  *grid = mark_sweep;
  for (size_t i = 0; i < ARRAY_SIZE(shares) && peak_bytes > 0; i++)
    add_level(&grid->axes[2], round_value(&grid->axes[2], shares[i] * peak_bytes));
  return true;
}

size_t grid_count(const struct grid *grid) {
  size_t n = 1;
  for (size_t a = 0; a < GRID_AXES; a++)
    n *= grid->axes[a].n;
  return n;
}

/* The level to drop: never the default, an end only when nothing else is left, and of those inside
 * the one whose neighbours are closest to each other, so that what remains is spread. */
static size_t least_missed(const struct grid_axis *axis) {
  size_t best = axis->n;
  double best_gap = INFINITY;
  for (size_t i = 0; i < axis->n; i++) {
    if (axis->levels[i] == axis->fallback)
      continue;
    bool inside = i > 0 && i + 1 < axis->n;
    double gap = INFINITY;
    if (inside && isfinite(rank(axis, axis->levels[i + 1])))
      gap = log(axis->levels[i + 1] / axis->levels[i - 1]);
    if (best == axis->n || gap < best_gap) {
      best = i;
      best_gap = gap;
    }
  }
  return best;
}

void grid_thin(struct grid *grid, size_t most) {
  while (grid_count(grid) > most) {
    struct grid_axis *axis = &grid->axes[0];
    for (size_t a = 1; a < GRID_AXES; a++)
      if (grid->axes[a].n > axis->n)
        axis = &grid->axes[a];
    if (axis->n == 1)
      return;
    size_t at = least_missed(axis);
    memmove(axis->levels + at, axis->levels + at + 1, (axis->n - at - 1) * sizeof *axis->levels);
    axis->n--;
  }
}

static void push(struct grid_settings *settings, struct grid_setting setting) {
  if (!vec_push(settings, setting))
    fatal("out of memory");
}

void grid_points(const struct grid *grid, struct grid_settings *out) {
  const struct grid_axis *a = grid->axes;
  for (size_t i = 0; i < a[0].n; i++)
    for (size_t j = 0; j < a[1].n; j++)
      for (size_t k = 0; k < a[2].n; k++)
        push(out, (struct grid_setting){{a[0].levels[i], a[1].levels[j], a[2].levels[k]}});
}

struct grid_setting grid_default(const struct grid *grid) {
  const struct grid_axis *a = grid->axes;
  return (struct grid_setting){{a[0].fallback, a[1].fallback, a[2].fallback}};
}

bool grid_same(struct grid_setting a, struct grid_setting b) {
  return a.values[0] == b.values[0] && a.values[1] == b.values[1] && a.values[2] == b.values[2];
}

bool grid_holds(const struct grid_settings *settings, struct grid_setting setting) {
  for (size_t i = 0; i < settings->n; i++)
    if (grid_same(settings->items[i], setting))
      return true;
  return false;
}

static void write_size(double bytes, char *text, size_t room) {
  uint64_t n = (uint64_t)bytes;
  if (n >= 1u << 20 && n % (1u << 20) == 0)
    snprintf(text, room, "%" PRIu64 "M", n >> 20);
  else if (n && n % 1024 == 0)
    snprintf(text, room, "%" PRIu64 "K", n >> 10);
  else
    snprintf(text, room, "%" PRIu64, n);
}

void grid_label(const struct grid_axis *axis, double value, char *text, size_t bytes) {
  if (axis->bytes && value <= 0)
    snprintf(text, bytes, "unlimited");
  else if (axis->bytes && fmod(value, 1 << 20) != 0 && value >= 1 << 20)
    snprintf(text, bytes, "%.3gM", value / (1 << 20));
  else if (axis->bytes)
    write_size(value, text, bytes);
  else
    snprintf(text, bytes, "%.10g", value);
}

void grid_spec(const struct grid *grid, struct grid_setting setting, char spec[GRID_SPEC_BYTES]) {
  const double *v = setting.values;
  if (!strcmp(grid->collector, three_generation.collector)) {
    snprintf(spec, GRID_SPEC_BYTES, "three-generation:threshold=%.0f/%.0f/%.0f", v[0], v[1], v[2]);
    return;
  }
  char trigger[32], limit[48] = "", size[32];
  write_size(v[0], trigger, sizeof trigger);
  if (v[2] > 0) {
    write_size(v[2], size, sizeof size);
    snprintf(limit, sizeof limit, ",limit=%s", size);
  }
  snprintf(spec, GRID_SPEC_BYTES, "mark-sweep:trigger=%s,growth=%.10g%s", trigger, v[1], limit);
}

bool grid_parse(const struct grid *grid, const char *spec, struct grid_setting *setting) {
  double *v = setting->values;
  char trigger[32], limit[32] = "0", again[GRID_SPEC_BYTES];
  uint64_t trigger_bytes, limit_bytes;
  if (!strcmp(grid->collector, three_generation.collector)) {
    if (sscanf(spec, "three-generation:threshold=%lf/%lf/%lf", &v[0], &v[1], &v[2]) != 3)
      return false;
  } else {
    int got =
        sscanf(spec, "mark-sweep:trigger=%31[^,],growth=%lf,limit=%31s", trigger, &v[1], limit);
    if (got < 2 || !options_read_size(trigger, &trigger_bytes) ||
        !options_read_size(limit, &limit_bytes))
      return false;
    v[0] = (double)trigger_bytes;
    v[2] = (double)limit_bytes;
  }
  grid_spec(grid, *setting, again);
  return !strcmp(spec, again);
}

void grid_from_settings(struct grid *grid, const struct grid_settings *settings) {
  for (size_t a = 0; a < GRID_AXES; a++) {
    grid->axes[a].n = 0;
    for (size_t i = 0; i < settings->n; i++)
      add_level(&grid->axes[a], settings->items[i].values[a]);
  }
}

/* Half a step from a value towards the level before (-1) or behind (1); 0 where there is none. */
static double half_step(const struct grid_axis *axis, double value, int direction) {
  double at = grid_position(axis, value);
  double next = direction > 0 ? floor(at) + 1 : ceil(at) - 1;
  if (next < 0 || next > (double)axis->n - 1)
    return 0;
  double level = axis->levels[(size_t)next];
  if (!isfinite(rank(axis, level)) || !isfinite(rank(axis, value)) || level <= 0)
    return 0;
  return round_value(axis, sqrt(level * value));
}

void grid_between(const struct grid *grid, const struct grid_settings *around,
                  const struct grid_settings *known, uint64_t seed, size_t most,
                  struct grid_settings *out) {
  struct grid_settings found = {0};
  for (size_t i = 0; i < around->n; i++)
    for (size_t a = 0; a < GRID_AXES; a++)
      for (int direction = -1; direction <= 1; direction += 2) {
        struct grid_setting setting = around->items[i];
        setting.values[a] = half_step(&grid->axes[a], setting.values[a], direction);
        if (setting.values[a] > 0 && !grid_holds(known, setting) && !grid_holds(&found, setting))
          push(&found, setting);
      }
  struct random random;
  random_seed(&random, seed);
  random_shuffle(&random, found.items, found.n, sizeof *found.items);
  for (size_t i = 0; i < found.n && i < most; i++)
    push(out, found.items[i]);
  vec_free(&found);
}

double grid_position(const struct grid_axis *axis, double value) {
  double wanted = rank(axis, value);
  size_t i = 0;
  while (i < axis->n && rank(axis, axis->levels[i]) < wanted)
    i++;
  if (i == axis->n)
    return axis->n ? (double)axis->n - 1 : 0;
  double above = rank(axis, axis->levels[i]);
  if (i == 0 || above == wanted)
    return (double)i;
  double below = axis->levels[i - 1];
  if (!isfinite(above))
    return (double)i - 0.5;
  return (double)i - 1 + log(wanted / below) / log(above / below);
}
