/* Choosing among measured settings. */
#include "bench/advice.h"
#include "base/check.h"
#include "bench/statistics.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct numbers {
  VEC(double);
};

static void push(struct numbers *numbers, double value) {
  if (!isnan(value) && !vec_push(numbers, value))
    fatal("out of memory");
}

static double take_median(struct numbers *numbers) {
  double median = statistics_median(numbers->items, numbers->n);
  vec_free(numbers);
  return median;
}

/* Of a median of n values: from the quartiles, as of a normal distribution. Too few: unknown. */
static double relative_error(const struct numbers *times) {
  if (times->n < 3)
    return NAN;
  double spread = statistics_quantile(times->items, times->n, 0.75) -
                  statistics_quantile(times->items, times->n, 0.25);
  double median = statistics_median(times->items, times->n);
  return 1.2533 * spread / 1.349 / sqrt((double)times->n) / median;
}

static double pause_of(const struct result *result) {
  double pause = results_figure(result, "gc_pause_p99_ns");
  return isnan(pause) && results_figure(result, "gc_pause_count") == 0 ? 0 : pause;
}

static struct advice_measured measure(const struct results *results, const char *gc) {
  struct advice_measured m = {.outcome = OUTCOME_ok};
  struct numbers times = {0}, rss = {0}, pauses = {0}, counts = {0};
  for (size_t i = 0; i < results->plan.cells.n; i++) {
    const struct result *result = &results->cells[i];
    if (strcmp(results->plan.cells.items[i].gc, gc))
      continue;
    if (result->outcome != OUTCOME_ok) {
      if (m.outcome == OUTCOME_ok)
        m.outcome = result->outcome;
      continue;
    }
    m.n++;
    push(&times, results_figure(result, "process_cpu_seconds"));
    push(&rss, results_figure(result, "peak_rss_bytes"));
    push(&pauses, pause_of(result));
    push(&counts, results_figure(result, "gc_pause_count"));
  }
  m.noise = relative_error(&times);
  m.cpu_seconds = take_median(&times);
  m.rss_bytes = take_median(&rss);
  m.pause_ns = take_median(&pauses);
  m.pauses = take_median(&counts);
  return m;
}

void advice_measure(const struct results *results, const struct grid *grid,
                    struct advice_list *out) {
  struct grid_settings seen = {0};
  for (size_t i = 0; i < results->plan.cells.n; i++) {
    const char *gc = results->plan.cells.items[i].gc;
    struct grid_setting setting;
    if (!grid_parse(grid, gc, &setting) || grid_holds(&seen, setting))
      continue;
    struct advice_measured m = measure(results, gc);
    m.setting = setting;
    if (!vec_push(&seen, setting) || !vec_push(out, m))
      fatal("out of memory");
  }
  vec_free(&seen);
}

static bool valid(const struct advice_measured *m) { return m->outcome == OUTCOME_ok && m->n > 0; }

double advice_excess(const struct advice_measured *m, struct advice_limits limits) {
  if (!valid(m))
    return INFINITY;
  double rss = limits.rss_bytes > 0 ? m->rss_bytes / limits.rss_bytes : 0;
  double pause = limits.pause_ns > 0 ? m->pause_ns / limits.pause_ns : 0;
  /* A figure that the workload does not report can't be shown to keep a limit. */
  if (isnan(rss) || isnan(pause))
    return INFINITY;
  return fmax(rss, pause);
}

bool advice_allowed(const struct advice_measured *m, struct advice_limits limits) {
  return advice_excess(m, limits) <= 1;
}

bool advice_on_front(const struct advice_list *list, size_t i) {
  const struct advice_measured *m = &list->items[i];
  if (!valid(m))
    return false;
  for (size_t j = 0; j < list->n; j++) {
    const struct advice_measured *o = &list->items[j];
    if (valid(o) && o->cpu_seconds <= m->cpu_seconds && o->rss_bytes <= m->rss_bytes &&
        !(o->pause_ns > m->pause_ns) &&
        (o->cpu_seconds < m->cpu_seconds || o->rss_bytes < m->rss_bytes ||
         o->pause_ns < m->pause_ns))
      return false;
  }
  return true;
}

/* Two standard errors of a difference, as the settings vary typically. */
static double typical_noise(const struct advice_list *list) {
  struct numbers errors = {0};
  for (size_t i = 0; i < list->n; i++)
    if (valid(&list->items[i]))
      push(&errors, list->items[i].noise);
  double typical = errors.n ? take_median(&errors) : 0;
  return fmax(ADVICE_LEAST_GAIN, 2 * sqrt(2) * typical);
}

static double fastest_allowed(const struct advice_list *list, struct advice_limits limits,
                              long except) {
  double fastest = INFINITY;
  for (size_t i = 0; i < list->n; i++)
    if ((long)i != except && advice_allowed(&list->items[i], limits))
      fastest = fmin(fastest, list->items[i].cpu_seconds);
  return fastest;
}

/* The fastest allowed one, or of those that take at most `tied` the one with the least memory;
 * memory within 1% is equal, the faster one then. `except` is left out. */
static long pick(const struct advice_list *list, struct advice_limits limits, double tied,
                 long except) {
  double least = INFINITY;
  for (size_t i = 0; i < list->n; i++)
    if ((long)i != except && advice_allowed(&list->items[i], limits) &&
        list->items[i].cpu_seconds <= tied)
      least = fmin(least, list->items[i].rss_bytes);
  long best = ADVICE_NOBODY;
  for (size_t i = 0; i < list->n; i++) {
    const struct advice_measured *m = &list->items[i];
    if ((long)i != except && advice_allowed(m, limits) && m->cpu_seconds <= tied &&
        m->rss_bytes <= least * 1.01 &&
        (best < 0 || m->cpu_seconds < list->items[best].cpu_seconds))
      best = (long)i;
  }
  return best;
}

struct advice_choice advice_choose(const struct advice_list *list, struct grid_setting fallback,
                                   struct advice_limits limits) {
  struct advice_choice choice = {ADVICE_NOBODY, ADVICE_NOBODY, ADVICE_NOBODY, ADVICE_NOBODY, 0, 0};
  choice.noise = typical_noise(list);
  for (size_t i = 0; i < list->n; i++) {
    const struct advice_measured *m = &list->items[i];
    choice.allowed += advice_allowed(m, limits);
    if (grid_same(m->setting, fallback))
      choice.fallback = (long)i;
    if (valid(m) && (choice.nearest < 0 || advice_excess(m, limits) <
                                               advice_excess(&list->items[choice.nearest], limits)))
      choice.nearest = (long)i;
  }
  double fastest = fastest_allowed(list, limits, ADVICE_NOBODY);
  double tied = fastest * (1 + choice.noise);
  choice.best = pick(list, limits, tied, ADVICE_NOBODY);
  const struct advice_measured *fallback_measured =
      choice.fallback < 0 ? NULL : &list->items[choice.fallback];
  bool has_fallback = fallback_measured && advice_allowed(fallback_measured, limits);
  if (has_fallback && fallback_measured->cpu_seconds <= tied)
    choice.best = choice.fallback;
  double other = fastest_allowed(list, limits, choice.fallback);
  tied = other * (1 + choice.noise);
  /* Saving memory may cost at most half of the gain: else noise gives away what was found. */
  if (has_fallback)
    tied = fmax(other, fmin(tied, (other + fallback_measured->cpu_seconds) / 2));
  choice.contender = pick(list, limits, tied, choice.fallback);
  return choice;
}

const char *advice_verdict_name(enum advice_verdict verdict) {
  static const char *const names[] = {
#define ADVICE_TEXT(name, meaning) #name,
      ADVICE_VERDICTS(ADVICE_TEXT)
#undef ADVICE_TEXT
  };
  return names[verdict];
}

double advice_least_gain(const struct advice_confirmation *c) {
  /* fmax passes over NAN, where there is no twin. */
  return fmax(ADVICE_LEAST_GAIN, fmax(fabs(c->twin_low - 1), fabs(c->twin_high - 1)));
}

enum advice_verdict advice_judge(const struct advice_choice *choice,
                                 const struct advice_confirmation *c) {
  if (choice->best < 0)
    return ADVICE_none;
  if (!c->ran)
    return ADVICE_keep;
  if (!c->contender_allowed)
    return c->default_allowed ? ADVICE_keep : ADVICE_broken;
  if (!c->default_allowed)
    return ADVICE_comply;
  return c->high < 1 && c->ratio <= 1 - advice_least_gain(c) ? ADVICE_use : ADVICE_keep;
}
