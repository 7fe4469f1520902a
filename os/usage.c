/* Reading rusage and /proc. */
#include "os/usage.h"
#include "base/bits.h"
#include "os/map.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static uint64_t ns_from_timeval(struct timeval t) {
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_usec * 1000u;
}

void usage_from_rusage(const struct rusage *from, struct usage *to) {
  *to = (struct usage){
      .user_ns = ns_from_timeval(from->ru_utime),
      .system_ns = ns_from_timeval(from->ru_stime),
      .minor_faults = (uint64_t)from->ru_minflt,
      .major_faults = (uint64_t)from->ru_majflt,
      .voluntary_switches = (uint64_t)from->ru_nvcsw,
      .involuntary_switches = (uint64_t)from->ru_nivcsw,
      .peak_rss_bytes = (uint64_t)from->ru_maxrss * 1024u,
  };
}

void usage_read_self(struct usage *to) {
  struct rusage self;
  getrusage(RUSAGE_SELF, &self);
  usage_from_rusage(&self, to);
}

bool usage_read_statm(int statm_fd, uint64_t *rss_bytes, uint64_t *mapped_bytes) {
  char text[128];
  ssize_t n = pread(statm_fd, text, sizeof text - 1, 0);
  if (n <= 0)
    return false;
  text[n] = 0;
  char *end;
  unsigned long long mapped = strtoull(text, &end, 10), rss = strtoull(end, NULL, 10);
  if (!mapped) /* a zombie has no memory left */
    return false;
  *rss_bytes = rss * map_page_bytes();
  *mapped_bytes = mapped * map_page_bytes();
  return true;
}

bool usage_read_schedstat(pid_t pid, uint64_t *run_ns, uint64_t *wait_ns) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/schedstat", (int)pid);
  FILE *file = fopen(path, "re");
  if (!file)
    return false;
  unsigned long long run, wait;
  bool ok = fscanf(file, "%llu %llu", &run, &wait) == 2;
  fclose(file);
  if (ok)
    *run_ns = run, *wait_ns = wait;
  return ok;
}

bool usage_read_smaps(pid_t pid, struct usage_smaps *to) {
  char path[64], line[256];
  snprintf(path, sizeof path, "/proc/%d/smaps_rollup", (int)pid);
  FILE *file = fopen(path, "re");
  if (!file)
    return false;
  *to = (struct usage_smaps){0};
  struct {
    const char *key;
    uint64_t *value;
  } wanted[] = {{"Rss:", &to->rss_bytes},
                {"Pss:", &to->pss_bytes},
                {"Private_Dirty:", &to->private_dirty_bytes},
                {"Anonymous:", &to->anonymous_bytes},
                {"AnonHugePages:", &to->huge_bytes},
                {"Swap:", &to->swap_bytes}};
  unsigned found = 0;
  while (fgets(line, sizeof line, file))
    for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
      size_t n = strlen(wanted[i].key);
      if (!strncmp(line, wanted[i].key, n)) {
        *wanted[i].value = strtoull(line + n, NULL, 10) * 1024u;
        found++;
      }
    }
  fclose(file);
  return found > 0;
}
