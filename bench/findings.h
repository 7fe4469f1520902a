/* What on this machine disturbs measurements: how it is set up, read from files under a root.
 *
 * Each check looks at one thing and appends one finding, fine ones too, so that a report also says
 * what was looked at. Nothing is measured here (that is calibration.h); the root is "" for this
 * machine and a folder with a made-up /proc and /sys in tests. */
#pragma once
#include "base/vec.h"
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum finding_level { FINDING_FINE, FINDING_NOTE, FINDING_WARNING };

struct finding {
  enum finding_level level;
  const char *subject; /* "governor", "swap", ...: stable, for machines */
  char *found;         /* one line, with its figure */
  char *effect;        /* what that does to measurements; "" where it is fine */
  char *remedy;        /* a command, or what to do; "" where there is nothing to do */
};
struct findings {
  VEC(struct finding);
};

const char *finding_level_name(enum finding_level level); /* fine, note, warning */
/* Appends; `effect` and `remedy` are copied. Ends the program when memory is exhausted. */
__attribute__((format(printf, 6, 7))) void finding_add(struct findings *findings,
                                                       enum finding_level level,
                                                       const char *subject, const char *effect,
                                                       const char *remedy, const char *format, ...);
void findings_free(struct findings *findings);
size_t findings_count(const struct findings *findings, enum finding_level level);

/* Clock, CPUs and what runs on them: governor, turbo, SMT, load, isolated CPUs, virtualisation. */
void findings_cpu(struct findings *findings, const char *root);
/* Memory: huge pages, address randomisation, swap, overcommit, available memory, cgroup limits. */
void findings_memory(struct findings *findings, const char *root);
/* Variables that change allocators or the loader, in a NULL-terminated environment. */
void findings_knobs(struct findings *findings, char *const *environment);
/* Space where results go; the nearest folder that exists counts. */
void findings_space(struct findings *findings, const char *directory);

/* [{level, subject, found, effect, remedy}], a new reference. */
json_t *findings_to_json(const struct findings *findings);
