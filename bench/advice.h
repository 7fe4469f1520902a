/* From measured settings of a collector to advice: which setting, if any, is worth a change.
 *
 * Two steps, so that nothing is believed because it came out best of many: the sweep only names a
 * contender, and the verdict rests on fresh runs of the contender and the default, interleaved.
 * Everything here is arithmetic on medians; nothing runs. */
#pragma once
#include "bench/grid.h"
#include "bench/results.h"

struct advice_measured {
  struct grid_setting setting;
  double cpu_seconds, rss_bytes, pause_ns; /* medians; pause: 99th percentile, 0 without a pause */
  double pauses;                           /* collections, median */
  double noise;         /* relative standard error of cpu_seconds; NAN: unknown */
  size_t n;             /* valid cells */
  enum outcome outcome; /* ok when all cells are valid, else what became of the first that is not */
};
struct advice_list {
  VEC(struct advice_measured);
};

struct advice_limits {
  double rss_bytes, pause_ns; /* 0: none */
};

/* What a run says about each setting in its plan, in the plan's order of first appearance. */
void advice_measure(const struct results *results, const struct grid *grid,
                    struct advice_list *out);

/* Valid, and within the limits. */
bool advice_allowed(const struct advice_measured *m, struct advice_limits limits);
/* By how much a setting breaks the limits: the worst quotient of figure and limit; 1 or less: it
 * keeps them; INFINITY for one without a valid cell. */
double advice_excess(const struct advice_measured *m, struct advice_limits limits);
/* Is no other valid one at least as good in time, memory and pause, and better in one? */
bool advice_on_front(const struct advice_list *list, size_t i);

enum { ADVICE_NOBODY = -1 };
struct advice_choice {
  /* The fastest allowed setting; of those within the noise of it the default, and without it the
   * one with the least memory. ADVICE_NOBODY: none keeps the limits. */
  long best;
  /* The same among all but the default, keeping at least half of the gain over it: what a
   * confirmation should run. ADVICE_NOBODY: none. */
  long contender;
  long nearest;   /* where best is ADVICE_NOBODY: the setting that breaks the limits least */
  long fallback;  /* the default; ADVICE_NOBODY when it was not measured */
  size_t allowed; /* settings that keep the limits */
  double noise;   /* times within this factor less 1 count as equal */
};

/* Times closer than this are never told apart, and a gain below is never worth a change. */
#define ADVICE_LEAST_GAIN 0.02

struct advice_choice advice_choose(const struct advice_list *list, struct grid_setting fallback,
                                   struct advice_limits limits);

/* X(name, meaning) */
#define ADVICE_VERDICTS(X)                                                                         \
  X(use, "the setting is faster than the default, beyond doubt and by enough to matter")           \
  X(keep, "nothing that was tried is reliably faster than the default")                            \
  X(comply, "the default breaks the limits, the setting keeps them")                               \
  X(broken, "the setting kept the limits in the sweep, but not in the confirmation")               \
  X(none, "no setting that was tried keeps the limits")

enum advice_verdict {
#define ADVICE_NAME(name, meaning) ADVICE_##name,
  ADVICE_VERDICTS(ADVICE_NAME)
#undef ADVICE_NAME
};
const char *advice_verdict_name(enum advice_verdict verdict);

/* The paired comparison of contender and default in the confirmation. */
struct advice_confirmation {
  bool ran;
  double ratio, low, high; /* CPU time, contender to default, 95% */
  size_t pairs;
  /* The same of the default to itself under a second name: what the machine makes of equals. */
  double twin_ratio, twin_low, twin_high;
  bool contender_allowed, default_allowed; /* by the confirmation's own medians */
};
/* The gain that counts: ADVICE_LEAST_GAIN, or what the default under two names shows at most. */
double advice_least_gain(const struct advice_confirmation *confirmation);
enum advice_verdict advice_judge(const struct advice_choice *choice,
                                 const struct advice_confirmation *confirmation);
