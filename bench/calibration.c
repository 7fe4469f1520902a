/* The machine, measured. */
#include "bench/calibration.h"
#include "base/clock.h"
#include "bench/statistics.h"
#include "os/file.h"
#include "os/pin.h"
#include "os/usage.h"
#include <inttypes.h>
#include <linux/perf_event.h>
#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Some 4 ms: longer than what a clock can't resolve, shorter than a time slice. */
enum { TURNS = 3000000, WARM_UP = 5 };

static uint64_t work(uint64_t x) {
  for (int i = 0; i < TURNS; i++)
    x = x * 6364136223846793005u + 1442695040888963407u;
  return x;
}

bool calibration_read_stat(const char *text, uint64_t *total, uint64_t *stolen) {
  uint64_t n[8];
  if (strncmp(text, "cpu ", 4) != 0 ||
      sscanf(text + 4,
             "%" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64
             " %" SCNu64,
             &n[0], &n[1], &n[2], &n[3], &n[4], &n[5], &n[6], &n[7]) != 8)
    return false;
  *total = 0;
  for (size_t i = 0; i < 8; i++)
    *total += n[i];
  *stolen = n[7];
  return true;
}

static bool read_stat(uint64_t *total, uint64_t *stolen) {
  char line[512];
  return file_read_line("/proc/stat", line, sizeof line) &&
         calibration_read_stat(line, total, stolen);
}

static double spread(const double *values) {
  return (statistics_quantile(values, CALIBRATION_SAMPLES, 0.9) -
          statistics_quantile(values, CALIBRATION_SAMPLES, 0.1)) /
         statistics_median(values, CALIBRATION_SAMPLES);
}

void calibration_spin(struct calibration *result, int cpu) {
  static volatile uint64_t sink;
  double wall[CALIBRATION_SAMPLES], own[CALIBRATION_SAMPLES];
  uint64_t run[2] = {0}, wait[2] = {0}, total[2] = {0}, stolen[2] = {0};
  cpu_set_t before;
  bool restore = sched_getaffinity(0, sizeof before, &before) == 0 && cpu >= 0 && pin_to(cpu);
  for (int i = 0; i < WARM_UP; i++)
    sink = work(sink);
  bool waits = usage_read_schedstat(getpid(), &run[0], &wait[0]);
  bool steals = read_stat(&total[0], &stolen[0]);
  uint64_t begin = clock_wall_ns();
  for (int i = 0; i < CALIBRATION_SAMPLES; i++) {
    uint64_t wall_start = clock_wall_ns(), own_start = clock_thread_ns();
    sink = work(sink);
    own[i] = (double)(clock_thread_ns() - own_start);
    wall[i] = (double)(clock_wall_ns() - wall_start);
  }
  double whole = (double)(clock_wall_ns() - begin);
  waits = waits && usage_read_schedstat(getpid(), &run[1], &wait[1]);
  steals = steals && read_stat(&total[1], &stolen[1]) && total[1] > total[0];
  if (restore)
    sched_setaffinity(0, sizeof before, &before);
  *result = (struct calibration){
      .wall_spread = spread(wall),
      .cpu_spread = spread(own),
      .wait_share = waits ? (double)(wait[1] - wait[0]) / whole : NAN,
      .steal_share = steals ? (double)(stolen[1] - stolen[0]) / (double)(total[1] - total[0]) : NAN,
      .worst_gap_ns = statistics_quantile(wall, CALIBRATION_SAMPLES, 1) -
                      statistics_median(wall, CALIBRATION_SAMPLES),
      .sample_ns = statistics_median(own, CALIBRATION_SAMPLES),
  };
}

double calibration_timer_ns(double *read_ns) {
  enum { READS = 20000 };
  uint64_t least = UINT64_MAX, start = clock_wall_ns(), last = start;
  for (int i = 0; i < READS; i++) {
    uint64_t now = clock_wall_ns();
    if (now > last && now - last < least)
      least = now - last;
    last = now;
  }
  *read_ns = (double)(last - start) / READS;
  return (double)least;
}

bool calibration_counters(void) {
  struct perf_event_attr attributes = {.type = PERF_TYPE_HARDWARE,
                                       .size = sizeof attributes,
                                       .config = PERF_COUNT_HW_INSTRUCTIONS,
                                       .exclude_kernel = 1,
                                       .exclude_hv = 1};
  long fd = syscall(SYS_perf_event_open, &attributes, 0, -1, -1, 0);
  if (fd >= 0)
    close((int)fd);
  return fd >= 0;
}
