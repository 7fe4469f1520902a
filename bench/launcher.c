/* ouro-cell: starts one measured program, watches it, writes down what it used.
 *
 * A program of its own because the kernel counts the memory of whoever called exec into the peak of
 * what exec started: this one stays below 2 MiB, links no allocator, and never grows. It dies with
 * the runner that started it, and takes the measured program along.
 *
 *     ouro-cell [KEY=NUMBER ...] -- PROGRAM [ARGUMENT ...]
 *
 * Keys: cpu, time_limit_ns, memory_limit_bytes, output_limit_bytes, sample_ns, stdout_fd,
 * stderr_fd, report_fd, whole_tree. The report is lines of "key number"; bench/launch.c reads it.
 * Exit code 0 when there is a report, whatever became of the program; 2 on misuse. */
#include "base/bits.h"
#include "os/child.h"
#include "os/pin.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static volatile sig_atomic_t stop;
static struct child_report report; /* static: its samples are not on the stack */

static void on_signal(int number) { stop = number; }

static bool read_keys(int argc, char **argv, struct child_request *request, long long *report_fd) {
  long long values[9] = {-1, 0, 0, 0, 0, -1, -1, 1, 0};
  static const char *const keys[] = {"cpu",       "time_limit_ns",      "memory_limit_bytes",
                                     "sample_ns", "output_limit_bytes", "stdout_fd",
                                     "stderr_fd", "report_fd",          "whole_tree"};
  int i = 1;
  for (; i < argc && strcmp(argv[i], "--"); i++) {
    size_t k = 0, n = strcspn(argv[i], "=");
    while (k < ARRAY_SIZE(keys) && (strncmp(argv[i], keys[k], n) || keys[k][n]))
      k++;
    char *end = NULL;
    if (k < ARRAY_SIZE(keys) && argv[i][n] && argv[i][n + 1])
      values[k] = strtoll(argv[i] + n + 1, &end, 10);
    if (!end || *end) {
      fprintf(stderr, "ouro-cell: cannot make sense of '%s'\n", argv[i]);
      return false;
    }
  }
  if (i + 1 >= argc) {
    fputs("usage: ouro-cell [KEY=NUMBER ...] -- PROGRAM [ARGUMENT ...]\n", stderr);
    return false;
  }
  *request = (struct child_request){
      .argv = argv + i + 1,
      .cpu = (int)values[0],
      .time_limit_ns = (uint64_t)values[1],
      .memory_limit_bytes = (uint64_t)values[2],
      .sample_ns = (uint64_t)values[3],
      .output_limit_bytes = (uint64_t)values[4],
      .stdout_fd = (int)values[5],
      .stderr_fd = (int)values[6],
      .whole_tree = values[8] != 0,
      .stop = &stop,
  };
  *report_fd = values[7];
  return true;
}

static void write_report(FILE *out, uint64_t own_rss_bytes) {
#define LINE(key, value) fprintf(out, key " %lld\n", (long long)(value))
  LINE("end", report.end);
  LINE("exit_code", report.exit_code);
  LINE("signal", report.signal);
  LINE("start_errno", report.start_errno);
  LINE("start_ns", report.start_ns);
  LINE("wall_ns", report.wall_ns);
  LINE("wait_ns", report.wait_ns);
  LINE("user_ns", report.usage.user_ns);
  LINE("system_ns", report.usage.system_ns);
  LINE("minor_faults", report.usage.minor_faults);
  LINE("major_faults", report.usage.major_faults);
  LINE("voluntary_switches", report.usage.voluntary_switches);
  LINE("involuntary_switches", report.usage.involuntary_switches);
  LINE("peak_rss_bytes", report.usage.peak_rss_bytes);
  LINE("launcher_rss_bytes", own_rss_bytes);
  LINE("interval_ns", report.interval_ns);
  LINE("watcher_cpu_ns", report.watcher_cpu_ns);
  for (size_t i = 0; i < report.n_samples; i++) {
    struct child_sample *s = &report.samples[i];
    fprintf(out, "sample %llu %llu %llu\n", (unsigned long long)s->time_ns,
            (unsigned long long)s->rss_bytes, (unsigned long long)s->mapped_bytes);
  }
  LINE("complete", 1);
#undef LINE
}

int main(int argc, char **argv) {
  struct child_request request;
  long long report_fd;
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (!read_keys(argc, argv, &request, &report_fd))
    return 2;
  sigset_t blocked;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  sigprocmask(SIG_BLOCK, &blocked, NULL);
  sigaction(SIGTERM, &(struct sigaction){.sa_handler = on_signal}, NULL);
  /* An interrupt at the terminal is for the runner, which then ends this process in an orderly way.
   */
  signal(SIGINT, SIG_IGN);
  prctl(PR_SET_TIMERSLACK, 50000u);
  if (request.cpu >= 0)
    pin_away_from(request.cpu);
  /* The measured program gets copies as its own output, and nothing else. */
  const int kept[] = {request.stdout_fd, request.stderr_fd, (int)report_fd};
  for (size_t i = 0; i < ARRAY_SIZE(kept); i++)
    if (kept[i] > 2)
      fcntl(kept[i], F_SETFD, FD_CLOEXEC);
  FILE *out = fdopen((int)report_fd, "w");
  if (!out) {
    fprintf(stderr, "ouro-cell: nothing is open as report_fd=%lld\n", report_fd);
    return 2;
  }
  child_run(&request, &report);
  struct usage own;
  usage_read_self(&own);
  write_report(out, own.peak_rss_bytes);
  return fclose(out) == 0 ? 0 : 1;
}
