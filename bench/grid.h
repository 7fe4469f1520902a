/* The settings of a collector that tuning tries: a grid over its knobs, and points between.
 *
 * Levels are spaced by factors, because what a knob does goes by factors; the default of every knob
 * is always among them, so that the default setting is a point of every grid, however thin. A
 * setting is one value per axis and has exactly one spec, from which it can be read back: the plan
 * of a run is all that is needed to know its grid. */
#pragma once
#include "base/vec.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { GRID_AXES = 3, GRID_LEVELS = 12, GRID_SPEC_BYTES = 128 };

struct grid_axis {
  const char *name, *meaning;
  bool bytes;                 /* a size: written with K, M, G; 0 means unlimited, the largest */
  bool whole;                 /* no fractions */
  double fallback;            /* the collector's default */
  double levels[GRID_LEVELS]; /* ascending; unlimited comes last */
  size_t n;
};

struct grid {
  const char *collector;
  struct grid_axis axes[GRID_AXES];
};

struct grid_setting {
  double values[GRID_AXES];
};
struct grid_settings {
  VEC(struct grid_setting);
};

/* The collectors that have a grid; NULL-terminated. */
extern const char *const grid_collectors[];

/* The full grid of a collector. `peak_bytes` is the most that was alive under the default setting:
 * heap limits are shares of it (0: only "unlimited"). False for a collector that has no grid. */
bool grid_open(struct grid *grid, const char *collector, double peak_bytes);
/* Drops levels, from the axis that has most of them, until at most `most` settings are left, or
 * only the default. */
void grid_thin(struct grid *grid, size_t most);
size_t grid_count(const struct grid *grid);
/* Appends every setting of the grid. Like all of grid_*, ends the program when memory is exhausted.
 */
void grid_points(const struct grid *grid, struct grid_settings *out);
struct grid_setting grid_default(const struct grid *grid);
bool grid_same(struct grid_setting a, struct grid_setting b);
bool grid_holds(const struct grid_settings *settings, struct grid_setting setting);

/* The spec of a setting: "three-generation:threshold=700/10/10". And back: false where the spec is
 * not one that grid_spec wrote for this collector. */
void grid_spec(const struct grid *grid, struct grid_setting setting, char spec[GRID_SPEC_BYTES]);
bool grid_parse(const struct grid *grid, const char *spec, struct grid_setting *setting);
/* Rebuilds the levels from the settings that were tried: the plan of a sweep tells its grid. */
void grid_from_settings(struct grid *grid, const struct grid_settings *settings);
/* A value for people: "700", "4M", "unlimited". */
void grid_label(const struct grid_axis *axis, double value, char *text, size_t bytes);

/* Appends to `out` up to `most` settings that lie half a step (by factor) from one of `around`
 * along one axis and are not in `known`; which ones, where there are more, is drawn by the seed. */
void grid_between(const struct grid *grid, const struct grid_settings *around,
                  const struct grid_settings *known, uint64_t seed, size_t most,
                  struct grid_settings *out);
/* Where on an axis a value stands, in levels: 1.5 is half way (by factor) between the second and
 * the third. Beyond the ends it stays at the end. */
double grid_position(const struct grid_axis *axis, double value);
