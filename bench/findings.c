/* Reading how the machine is set up. */
#include "bench/findings.h"
#include "base/bits.h"
#include "base/check.h"
#include "os/file.h"
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { TEXT = 256 };

const char *finding_level_name(enum finding_level level) {
  static const char *const names[] = {"fine", "note", "warning"};
  return names[level];
}

static char *copy_text(const char *text) {
  char *copy = strdup(text);
  if (!copy)
    fatal("out of memory");
  return copy;
}

void finding_add(struct findings *findings, enum finding_level level, const char *subject,
                 const char *effect, const char *remedy, const char *format, ...) {
  va_list arguments;
  char *found;
  va_start(arguments, format);
  if (vasprintf(&found, format, arguments) < 0)
    fatal("out of memory");
  va_end(arguments);
  struct finding finding = {level, subject, found, copy_text(effect), copy_text(remedy)};
  if (!vec_push(findings, finding))
    fatal("out of memory");
}

void findings_free(struct findings *findings) {
  for (size_t i = 0; i < findings->n; i++) {
    free(findings->items[i].found);
    free(findings->items[i].effect);
    free(findings->items[i].remedy);
  }
  vec_free(findings);
}

size_t findings_count(const struct findings *findings, enum finding_level level) {
  size_t n = 0;
  for (size_t i = 0; i < findings->n; i++)
    n += findings->items[i].level == level;
  return n;
}

/* The first line of ROOT/PATH; "" and false where there is none. */
static bool read_line(const char *root, const char *path, char text[TEXT]) {
  char full[PATH_MAX];
  snprintf(full, sizeof full, "%s%s", root, path);
  if (file_read_line(full, text, TEXT))
    return true;
  *text = 0;
  return false;
}

/* The value behind "KEY" and a colon in a file of such lines; false where there is none. */
static bool read_value(const char *root, const char *path, const char *key, char text[TEXT]) {
  char full[PATH_MAX], line[4096];
  snprintf(full, sizeof full, "%s%s", root, path);
  FILE *file = fopen(full, "re");
  bool found = false;
  while (file && !found && fgets(line, sizeof line, file)) {
    char *colon = strchr(line, ':');
    size_t n = strlen(key);
    found =
        colon && !strncmp(line, key, n) && strspn(line + n, " \t") == (size_t)(colon - line) - n;
    if (found)
      snprintf(text, TEXT, "%.*s", (int)strcspn(colon + 1 + strspn(colon + 1, " \t"), "\n"),
               colon + 1 + strspn(colon + 1, " \t"));
  }
  if (file)
    fclose(file);
  if (!found)
    *text = 0;
  return found;
}

static void check_governor(struct findings *f, const char *root) {
  char governor[TEXT];
  if (!read_line(root, "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", governor))
    finding_add(f, FINDING_NOTE, "governor",
                "the clock may change without this program being able to tell", "",
                "the kernel does not show the CPU's clock control");
  else if (strcmp(governor, "performance") != 0)
    finding_add(f, FINDING_WARNING, "governor",
                "short processes run at a clock that is still rising: times depend on what ran "
                "before",
                "cpupower frequency-set -g performance", "the clock is governed by '%s'", governor);
  else
    finding_add(f, FINDING_FINE, "governor", "", "", "the clock is governed by 'performance'");
}

static void check_turbo(struct findings *f, const char *root) {
  char text[TEXT];
  static const char effect[] =
      "the clock depends on heat and on what the other cores do; differences of some percent";
  if (read_line(root, "/sys/devices/system/cpu/intel_pstate/no_turbo", text))
    finding_add(f, strcmp(text, "1") ? FINDING_NOTE : FINDING_FINE, "turbo",
                strcmp(text, "1") ? effect : "",
                strcmp(text, "1") ? "echo 1 > /sys/devices/system/cpu/intel_pstate/no_turbo" : "",
                "turbo is %s", strcmp(text, "1") ? "on" : "off");
  else if (read_line(root, "/sys/devices/system/cpu/cpufreq/boost", text))
    finding_add(f, strcmp(text, "0") ? FINDING_NOTE : FINDING_FINE, "turbo",
                strcmp(text, "0") ? effect : "",
                strcmp(text, "0") ? "echo 0 > /sys/devices/system/cpu/cpufreq/boost" : "",
                "boost is %s", strcmp(text, "0") ? "on" : "off");
  else
    finding_add(f, FINDING_NOTE, "turbo", effect, "",
                "the kernel does not show whether turbo is on");
}

static void check_smt(struct findings *f, const char *root) {
  char text[TEXT];
  if (!read_line(root, "/sys/devices/system/cpu/smt/active", text))
    finding_add(f, FINDING_NOTE, "smt", "", "",
                "the kernel does not show whether cores are shared");
  else if (!strcmp(text, "1"))
    finding_add(
        f, FINDING_NOTE, "smt",
        "a neighbour on the same core takes cache and execution units from the measured one",
        "echo off > /sys/devices/system/cpu/smt/control", "two hardware threads share a core");
  else
    finding_add(f, FINDING_FINE, "smt", "", "", "one hardware thread per core");
}

static void check_load(struct findings *f, const char *root) {
  char text[TEXT], present[TEXT];
  double load;
  long cpus = sysconf(_SC_NPROCESSORS_ONLN);
  unsigned first, last;
  if (read_line(root, "/sys/devices/system/cpu/online", present) &&
      sscanf(present, "%u-%u", &first, &last) == 2)
    cpus = (long)(last - first) + 1;
  if (!read_line(root, "/proc/loadavg", text) || sscanf(text, "%lf", &load) != 1) {
    finding_add(f, FINDING_NOTE, "load", "", "", "the kernel does not show its load");
    return;
  }
  bool busy = load > 0.5 * (double)cpus, some = load > 0.2;
  finding_add(f,
              busy   ? FINDING_WARNING
              : some ? FINDING_NOTE
                     : FINDING_FINE,
              "load",
              some ? "measured processes wait for a CPU and lose their caches; wall times and "
                     "pauses grow first"
                   : "",
              some ? "stop what runs beside (top -o %CPU), or wait" : "",
              "load average %.2f on %ld CPUs", load, cpus);
}

static void check_isolation(struct findings *f, const char *root) {
  char text[TEXT];
  read_line(root, "/sys/devices/system/cpu/isolated", text);
  if (*text)
    finding_add(f, FINDING_FINE, "isolation", "", "", "CPUs %s are kept free: use --cpu", text);
  else
    finding_add(f, FINDING_NOTE, "isolation",
                "the scheduler may put anything beside the measured process",
                "boot with isolcpus=N nohz_full=N, then ouro run --cpu=N", "no CPU is kept free");
}

static void check_virtual(struct findings *f, const char *root) {
  char flags[TEXT * 16] = "", path[PATH_MAX], line[sizeof flags];
  snprintf(path, sizeof path, "%s/proc/cpuinfo", root);
  FILE *file = fopen(path, "re");
  while (file && !*flags && fgets(line, sizeof line, file))
    if (!strncmp(line, "flags", 5))
      memcpy(flags, line, sizeof flags);
  if (file)
    fclose(file);
  if (strstr(flags, " hypervisor"))
    finding_add(f, FINDING_NOTE, "virtual",
                "the host shares CPU and caches among machines; time may be stolen, and hardware "
                "counters are often absent",
                "measure on bare metal, or more repetitions", "this is a virtual machine");
  else
    finding_add(f, FINDING_FINE, "virtual", "", "", "no sign of a virtual machine");
}

void findings_cpu(struct findings *f, const char *root) {
  check_governor(f, root);
  check_turbo(f, root);
  check_smt(f, root);
  check_load(f, root);
  check_isolation(f, root);
  check_virtual(f, root);
}

static void check_huge_pages(struct findings *f, const char *root) {
  char text[TEXT];
  if (!read_line(root, "/sys/kernel/mm/transparent_hugepage/enabled", text))
    finding_add(f, FINDING_FINE, "thp", "", "", "no transparent huge pages");
  else if (strstr(text, "[always]"))
    finding_add(f, FINDING_WARNING, "thp",
                "resident memory grows in steps of 2 MiB by luck of alignment, and allocators that "
                "map in large pieces look faster and fatter",
                "echo madvise > /sys/kernel/mm/transparent_hugepage/enabled",
                "transparent huge pages: always");
  else
    finding_add(f, FINDING_FINE, "thp", "", "", "transparent huge pages: %s",
                strstr(text, "[madvise]") ? "madvise" : "never");
}

static void check_aslr(struct findings *f, const char *root) {
  char text[TEXT];
  read_line(root, "/proc/sys/kernel/randomize_va_space", text);
  if (!*text)
    finding_add(f, FINDING_NOTE, "aslr", "", "", "the kernel does not show address randomisation");
  else if (!strcmp(text, "0"))
    finding_add(f, FINDING_WARNING, "aslr",
                "every process gets the same layout: repetitions agree with each other on one that "
                "may be a lucky one",
                "sysctl kernel.randomize_va_space=2", "addresses are not randomised");
  else
    finding_add(f, FINDING_FINE, "aslr", "", "",
                "addresses are randomised: each fresh process is another layout");
}

static uint64_t kib(const char *root, const char *path, const char *key) {
  char text[TEXT];
  read_value(root, path, key, text);
  return strtoull(text, NULL, 10) * 1024;
}

static void check_available(struct findings *f, const char *root) {
  uint64_t total = kib(root, "/proc/meminfo", "MemTotal"),
           available = kib(root, "/proc/meminfo", "MemAvailable"),
           swap = kib(root, "/proc/meminfo", "SwapTotal"),
           swap_free = kib(root, "/proc/meminfo", "SwapFree");
  double mib = 1 << 20;
  bool scarce = available < (uint64_t)1 << 30;
  finding_add(f, scarce ? FINDING_WARNING : FINDING_FINE, "memory",
              scarce ? "large cells may fail or push others' pages out" : "",
              scarce ? "free memory, or lower --scale" : "", "%.0f MiB of %.0f MiB available",
              (double)available / mib, (double)total / mib);
  if (!swap)
    finding_add(f, FINDING_FINE, "swap", "", "", "no swap");
  else
    finding_add(f, swap_free < swap ? FINDING_WARNING : FINDING_NOTE, "swap",
                "pages that are swapped out leave the resident set: peak memory is understated, "
                "time jumps",
                "swapoff -a", "%.0f MiB of %.0f MiB swap in use", (double)(swap - swap_free) / mib,
                (double)swap / mib);
}

static void check_overcommit(struct findings *f, const char *root) {
  char text[TEXT];
  read_line(root, "/proc/sys/vm/overcommit_memory", text);
  if (!strcmp(text, "2"))
    finding_add(f, FINDING_WARNING, "overcommit",
                "allocators and collectors that reserve address space fail",
                "sysctl vm.overcommit_memory=0", "memory is not overcommitted");
  else
    finding_add(f, FINDING_FINE, "overcommit", "", "", "overcommit policy %s",
                *text ? text : "unknown");
}

/* Limits of this process's control group, version 2. */
static void check_cgroup(struct findings *f, const char *root) {
  char group[TEXT], path[TEXT * 2], cpu[TEXT] = "", memory[TEXT] = "";
  if (read_line(root, "/proc/self/cgroup", group) && !strncmp(group, "0::", 3)) {
    snprintf(path, sizeof path, "/sys/fs/cgroup%s/cpu.max",
             strcmp(group + 3, "/") ? group + 3 : "");
    read_line(root, path, cpu);
    snprintf(path, sizeof path, "/sys/fs/cgroup%s/memory.max",
             strcmp(group + 3, "/") ? group + 3 : "");
    read_line(root, path, memory);
  }
  if (*cpu && strncmp(cpu, "max", 3) != 0)
    finding_add(f, FINDING_WARNING, "cgroup-cpu",
                "the group is stopped when its share is used up: pauses that are nobody's",
                "lift the CPU limit of the container", "CPU time is limited to %s us per period",
                cpu);
  else
    finding_add(f, FINDING_FINE, "cgroup-cpu", "", "", "no CPU limit");
  if (*memory && strcmp(memory, "max") != 0)
    finding_add(f, FINDING_NOTE, "cgroup-memory",
                "near the limit the kernel reclaims, and kills beyond it",
                "lift the memory limit of the container", "memory is limited to %.0f MiB",
                strtod(memory, NULL) / (1 << 20));
  else
    finding_add(f, FINDING_FINE, "cgroup-memory", "", "", "no memory limit");
}

void findings_memory(struct findings *f, const char *root) {
  check_huge_pages(f, root);
  check_aslr(f, root);
  check_available(f, root);
  check_overcommit(f, root);
  check_cgroup(f, root);
}

void findings_knobs(struct findings *f, char *const *environment) {
  static const char *const prefixes[] = {
      "LD_PRELOAD=", "MALLOC_",    "GLIBC_TUNABLES=", "MIMALLOC_", "TCMALLOC_",
      "_RJEM_",      "JE_MALLOC_", "TBB_MALLOC_",     "LD_AUDIT="};
  size_t before = f->n;
  for (; *environment; environment++)
    for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++) {
      const char *value = strchr(*environment, '=');
      if (!value || !value[1] || strncmp(*environment, prefixes[i], strlen(prefixes[i])) != 0)
        continue;
      char remedy[TEXT];
      snprintf(remedy, sizeof remedy, "unset %.*s", (int)(value - *environment), *environment);
      finding_add(f, FINDING_WARNING, "knobs",
                  "measured programs inherit it: an allocator is replaced or set up otherwise than "
                  "its name says",
                  remedy, "%s", *environment);
    }
  if (f->n == before)
    finding_add(f, FINDING_FINE, "knobs", "", "",
                "no variable is set that changes allocators or the loader");
}

void findings_space(struct findings *f, const char *directory) {
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%s", directory);
  struct statvfs fs;
  while (statvfs(path, &fs) != 0) {
    char *slash = strrchr(path, '/');
    if (!slash || slash == path) {
      snprintf(path, sizeof path, slash ? "/" : ".");
      if (statvfs(path, &fs) == 0)
        break;
      finding_add(f, FINDING_NOTE, "space", "", "", "%s can't be looked at", directory);
      return;
    }
    *slash = 0;
  }
  double mib = (double)fs.f_bavail * (double)fs.f_frsize / (1 << 20);
  bool scarce = mib < 512;
  finding_add(f, scarce ? FINDING_WARNING : FINDING_FINE, "space",
              scarce ? "a run ends when its results can't be written; what finished is kept" : "",
              scarce ? "make room, or use another --output" : "", "%.0f MiB free for results in %s",
              mib, directory);
}

json_t *findings_to_json(const struct findings *findings) {
  json_t *array = json_array();
  for (size_t i = 0; i < findings->n; i++) {
    const struct finding *f = &findings->items[i];
    json_array_append_new(array,
                          json_pack("{s:s, s:s, s:s, s:s, s:s}", "level",
                                    finding_level_name(f->level), "subject", f->subject, "found",
                                    f->found, "effect", f->effect, "remedy", f->remedy));
  }
  if (!array)
    fatal("out of memory");
  return array;
}
