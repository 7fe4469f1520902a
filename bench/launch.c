/* The launcher's other end. */
#include "bench/launch.h"
#include "base/bits.h"
#include "os/file.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* Where the three files are in the launcher. */
enum { OUT_FD = 3, ERR_FD, REPORT_FD };

static bool parse_report(const char *text, struct launch_result *result) {
  struct child_report *r = &result->report;
  long long end = 0, exit_code = 0, signal_number = 0, start_errno = 0;
  struct {
    const char *key;
    void *value;
  } fields[] = {
      {"end", &end},
      {"exit_code", &exit_code},
      {"signal", &signal_number},
      {"start_errno", &start_errno},
      {"start_ns", &r->start_ns},
      {"wall_ns", &r->wall_ns},
      {"wait_ns", &r->wait_ns},
      {"user_ns", &r->usage.user_ns},
      {"system_ns", &r->usage.system_ns},
      {"minor_faults", &r->usage.minor_faults},
      {"major_faults", &r->usage.major_faults},
      {"voluntary_switches", &r->usage.voluntary_switches},
      {"involuntary_switches", &r->usage.involuntary_switches},
      {"peak_rss_bytes", &r->usage.peak_rss_bytes},
      {"launcher_rss_bytes", &result->launcher_rss_bytes},
      {"interval_ns", &r->interval_ns},
      {"watcher_cpu_ns", &r->watcher_cpu_ns},
  };
  bool complete = false;
  for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
    char key[32];
    long long a, b, c;
    int n = sscanf(line, "%31s %lld %lld %lld", key, &a, &b, &c);
    if (n == 4 && !strcmp(key, "sample") && r->n_samples < CHILD_SAMPLES)
      r->samples[r->n_samples++] = (struct child_sample){(uint64_t)a, (uint64_t)b, (uint64_t)c};
    for (size_t i = 0; n == 2 && i < ARRAY_SIZE(fields); i++)
      if (!strcmp(key, fields[i].key))
        memcpy(fields[i].value, &a, sizeof a);
    complete |= n == 2 && !strcmp(key, "complete");
  }
  r->end = (enum child_end)end;
  r->exit_code = (int)exit_code;
  r->signal = (int)signal_number;
  r->start_errno = (int)start_errno;
  return complete;
}

/* The environment with OURO_CELL set, which tells programs that the machine has been described
 * elsewhere, and OURO_DETAIL set or unset; the array is the caller's, the strings are not. */
static char **make_environment(char *detail) {
  static char cell[] = "OURO_CELL=1";
  size_t n = 0, kept = 0;
  while (environ[n])
    n++;
  char **copy = calloc(n + 3, sizeof *copy);
  for (size_t i = 0; copy && i < n; i++)
    if (strncmp(environ[i], "OURO_DETAIL=", strlen("OURO_DETAIL=")) &&
        strncmp(environ[i], "OURO_CELL=", strlen("OURO_CELL=")))
      copy[kept++] = environ[i];
  if (copy)
    copy[kept++] = cell;
  if (copy && detail)
    copy[kept] = detail;
  return copy;
}

static int spawn(const struct launch_request *request, const int fds[3], pid_t *pid) {
  char numbers[9][64], detail[4200];
  size_t n = 0, n_argv = 0;
  while (request->argv[n_argv])
    n_argv++;
  char **argv = calloc(n_argv + 13, sizeof *argv);
  if (!argv)
    return ENOMEM;
  size_t k = 0;
  argv[k++] = (char *)(uintptr_t)request->launcher;
#define KEY(name, value)                                                                           \
  (snprintf(numbers[n], sizeof numbers[n], name "=%lld", (long long)(value)),                      \
   argv[k++] = numbers[n++])
  KEY("cpu", request->cpu);
  KEY("time_limit_ns", request->time_limit_seconds * 1e9);
  KEY("memory_limit_bytes", request->memory_limit_bytes);
  KEY("output_limit_bytes", LAUNCH_OUTPUT_LIMIT_BYTES);
  KEY("sample_ns", request->sample_ns);
  KEY("stdout_fd", OUT_FD);
  KEY("stderr_fd", ERR_FD);
  KEY("report_fd", REPORT_FD);
  KEY("whole_tree", request->whole_tree);
#undef KEY
  argv[k++] = (char *)"--";
  memcpy(argv + k, request->argv, n_argv * sizeof *argv);
  snprintf(detail, sizeof detail, "OURO_DETAIL=%s",
           request->detail_path ? request->detail_path : "");
  char **environment = make_environment(request->detail_path ? detail : NULL);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  for (int i = 0; i < 3; i++)
    posix_spawn_file_actions_adddup2(&actions, fds[i], OUT_FD + i);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  int failed = environment
                   ? posix_spawn(pid, request->launcher, &actions, &attributes, argv, environment)
                   : ENOMEM;
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  free(environment);
  free(argv);
  return failed;
}

/* Waits for the launcher; passes a stop on to it once. Signals are let in only inside ppoll, so
 * that none can slip in between the look at *stop and the wait. */
static int wait_for(pid_t pid, const volatile sig_atomic_t *stop) {
  sigset_t ours, before;
  sigemptyset(&ours);
  sigaddset(&ours, SIGINT);
  sigaddset(&ours, SIGTERM);
  sigaddset(&ours, SIGHUP);
  sigprocmask(SIG_BLOCK, &ours, &before);
  struct pollfd wait = {pidfd_open(pid, 0), POLLIN, 0};
  bool told = false;
  while (wait.fd >= 0) {
    if (stop && *stop && !told) {
      kill(pid, SIGTERM);
      told = true;
    }
    if (ppoll(&wait, 1, NULL, &before) > 0)
      break;
  }
  int status = -1;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
    ;
  if (wait.fd >= 0)
    close(wait.fd);
  sigprocmask(SIG_SETMASK, &before, NULL);
  return status;
}

/* File descriptors well above those the launcher uses, so that dup2 never meets itself: such a one
 * would keep its close-on-exec flag. */
static int high_memory_file(const char *name) {
  int fd = memfd_create(name, MFD_CLOEXEC);
  if (fd < 0)
    return -1;
  int high = fcntl(fd, F_DUPFD_CLOEXEC, 64);
  close(fd);
  return high;
}

bool launch_run(const struct launch_request *request, struct launch_result *result, char *error,
                size_t error_bytes) {
  *result = (struct launch_result){0};
  int fds[3] = {high_memory_file("stdout"), high_memory_file("stderr"), high_memory_file("report")};
  pid_t pid;
  bool ok = false;
  int failed = fds[0] < 0 || fds[1] < 0 || fds[2] < 0 ? errno : spawn(request, fds, &pid);
  if (failed) {
    snprintf(error, error_bytes, "cannot start %s: %s", request->launcher, strerror(failed));
  } else {
    int status = wait_for(pid, request->stop);
    size_t n;
    char *report = file_read_tail(fds[2], SIZE_MAX, &n);
    ok = report && parse_report(report, result);
    if (!ok)
      snprintf(error, error_bytes, "%s left no report (wait status 0x%x)", request->launcher,
               (unsigned)status);
    free(report);
    result->out = file_read_tail(fds[0], SIZE_MAX, &result->out_bytes);
    result->err = file_read_tail(fds[1], LAUNCH_TAIL_BYTES, &result->err_bytes);
  }
  for (int i = 0; i < 3; i++)
    if (fds[i] >= 0)
      close(fds[i]);
  return ok;
}

void launch_close(struct launch_result *result) {
  free(result->out);
  free(result->err);
  result->out = result->err = NULL;
}
