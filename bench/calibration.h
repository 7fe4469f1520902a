/* Short measurements of the machine itself: the same fixed work again and again.
 *
 * What varies between equal pieces of work is the machine. The work is arithmetic in registers, so
 * that caches and memory do not enter. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CALIBRATION_SAMPLES = 60 };

struct calibration {
  double wall_spread, cpu_spread; /* (p90 - p10) / median */
  double wait_share;              /* runnable without running, of wall time; NAN: unknown */
  double steal_share;             /* of the machine's time, from /proc/stat; NAN: unknown */
  double worst_gap_ns;            /* longest time that one sample lost against the median */
  double sample_ns;               /* median CPU time of a sample */
};

/* About 0.3 s, on the CPU that measured processes are pinned to (and no longer afterwards). */
void calibration_spin(struct calibration *result, int cpu);
/* The least step that the wall clock shows, in ns; and the cost of reading it. */
double calibration_timer_ns(double *read_ns);
/* May this process count hardware events? On false, errno says why not. */
bool calibration_counters(void);

/* Sum of a CPU's jiffies and those stolen, from the text of /proc/stat; false when not there. */
bool calibration_read_stat(const char *text, uint64_t *total, uint64_t *stolen);
