/* /proc, /sys, uname and cpuid. */
#include "os/machine.h"
#include "os/file.h"
#include "os/map.h"
#include "os/pin.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

/* The value behind "KEY : value" or "KEY=value" in a file of such lines. */
static void find_value(const char *path, const char *key, char *value, size_t bytes) {
  FILE *file = fopen(path, "re");
  char line[512];
  size_t n = strlen(key);
  *value = 0;
  while (file && !*value && fgets(line, sizeof line, file)) {
    size_t at = n + strspn(line + (strlen(line) < n ? strlen(line) : n), " \t");
    if (strncmp(line, key, n) || (line[at] != ':' && line[at] != '='))
      continue;
    at += 1 + strspn(line + at + 1, " \t\"");
    snprintf(value, bytes, "%.*s", (int)strcspn(line + at, "\"\n"), line + at);
  }
  if (file)
    fclose(file);
}

static uint64_t find_kib(const char *key) {
  char text[64];
  find_value("/proc/meminfo", key, text, sizeof text);
  return strtoull(text, NULL, 10) * 1024u;
}

static void read_line(const char *path, char *text, size_t bytes) {
  if (!file_read_line(path, text, bytes))
    *text = 0;
}

static void read_caches(struct machine *m) {
  for (int i = 0; i < MACHINE_CACHES; i++) {
    char path[128], level[16], size[32];
    struct machine_cache *cache = &m->caches[m->n_caches];
    snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu0/cache/index%d/level", i);
    if (!file_read_line(path, level, sizeof level))
      return;
    snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu0/cache/index%d/type", i);
    read_line(path, cache->type, sizeof cache->type);
    snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu0/cache/index%d/size", i);
    read_line(path, size, sizeof size);
    cache->level = atoi(level);
    cache->bytes = strtoull(size, NULL, 10) << (strchr(size, 'M')   ? 20
                                                : strchr(size, 'K') ? 10
                                                                    : 0);
    m->n_caches++;
  }
}

static void read_hypervisor(char *text, size_t bytes) {
  *text = 0;
#if defined(__x86_64__)
  unsigned a, b, c, d;
  if (!__get_cpuid(1, &a, &b, &c, &d) || !(c >> 31))
    return;
  __cpuid(0x40000000, a, b, c, d);
  char name[13];
  memcpy(name, &b, 4);
  memcpy(name + 4, &c, 4);
  memcpy(name + 8, &d, 4);
  name[12] = 0;
  snprintf(text, bytes, "%s", *name ? name : "unknown");
#else
  read_line("/sys/hypervisor/type", text, bytes);
#endif
}

/* The limits of the control group this process is in; version 2 only. */
static void read_cgroup(struct machine *m) {
  FILE *file = fopen("/proc/self/cgroup", "re");
  char line[512], path[640];
  while (file && fgets(line, sizeof line, file)) {
    line[strcspn(line, "\n")] = 0;
    if (strncmp(line, "0::", 3))
      continue;
    snprintf(path, sizeof path, "/sys/fs/cgroup%s/cpu.max", line + 3);
    read_line(path, m->cgroup_cpu_max, sizeof m->cgroup_cpu_max);
    snprintf(path, sizeof path, "/sys/fs/cgroup%s/memory.max", line + 3);
    read_line(path, m->cgroup_memory_max, sizeof m->cgroup_memory_max);
  }
  if (file)
    fclose(file);
}

static void read_kernel(struct machine *m) {
  struct utsname name;
  if (uname(&name) == 0) {
    snprintf(m->host, sizeof m->host, "%s", name.nodename);
    snprintf(m->kernel, sizeof m->kernel, "%.40s %.80s", name.sysname, name.release);
    snprintf(m->architecture, sizeof m->architecture, "%s", name.machine);
  }
  find_value("/etc/os-release", "PRETTY_NAME", m->distribution, sizeof m->distribution);
  read_line("/proc/sys/kernel/randomize_va_space", m->aslr, sizeof m->aslr);
  read_line("/proc/sys/vm/overcommit_memory", m->overcommit, sizeof m->overcommit);
  char text[MACHINE_TEXT];
  read_line("/sys/kernel/mm/transparent_hugepage/enabled", text, sizeof text);
  char *chosen = strchr(text, '[');
  if (chosen)
    snprintf(m->transparent_hugepage, sizeof m->transparent_hugepage, "%.*s",
             (int)strcspn(chosen + 1, "]"), chosen + 1);
}

void machine_read(struct machine *m) {
  *m = (struct machine){0};
  read_kernel(m);
  find_value("/proc/cpuinfo", "model name", m->cpu_model, sizeof m->cpu_model);
  char mhz[32];
  find_value("/proc/cpuinfo", "cpu MHz", mhz, sizeof mhz);
  m->mhz = strtod(mhz, NULL);
  read_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", m->governor,
            sizeof m->governor);
  read_line("/sys/devices/system/cpu/smt/control", m->smt, sizeof m->smt);
  read_line("/sys/devices/system/cpu/cpufreq/boost", m->turbo, sizeof m->turbo);
  m->cpus = (int)sysconf(_SC_NPROCESSORS_ONLN);
  m->allowed_cpus = pin_count();
  read_caches(m);
  read_hypervisor(m->hypervisor, sizeof m->hypervisor);
  m->memory_bytes = find_kib("MemTotal");
  m->available_bytes = find_kib("MemAvailable");
  m->swap_bytes = find_kib("SwapTotal");
  m->page_bytes = map_page_bytes();
  if (getloadavg(m->load, 3) < 3)
    memset(m->load, 0, sizeof m->load);
  read_cgroup(m);
}
