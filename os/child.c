/* Starting, sampling, limiting and ending one child. */
#include "os/child.h"
#include "base/bits.h"
#include "base/clock.h"
#include "os/pin.h"
#include "os/tree.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* What the child tells through a pipe that exec closes: first the time, then, if exec fails, why.
 */
struct message {
  uint64_t start_ns;
  int error;
};

static void point_to(int fd, int wanted) {
  if (wanted < 0)
    wanted = open("/dev/null", O_RDWR);
  dup2(wanted, fd);
}

static _Noreturn void become(const struct child_request *request, int pipe_fd, pid_t parent) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent)
    _exit(127);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  signal(SIGINT, SIG_DFL);
  signal(SIGTERM, SIG_DFL);
  signal(SIGPIPE, SIG_DFL);
  if (request->cpu >= 0)
    pin_to(request->cpu);
  setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
  if (request->output_limit_bytes)
    setrlimit(RLIMIT_FSIZE,
              &(struct rlimit){request->output_limit_bytes, request->output_limit_bytes});
  point_to(0, -1);
  point_to(1, request->stdout_fd);
  point_to(2, request->stderr_fd);
  struct message message = {clock_wall_ns(), 0};
  ssize_t wrote = write(pipe_fd, &message, sizeof message);
  if (wrote == sizeof message)
    execvp(request->argv[0], request->argv);
  message.error = errno;
  wrote = write(pipe_fd, &message, sizeof message);
  _exit(wrote == sizeof message ? 127 : 126);
}

/* False when exec failed; the child is then reaped. */
static bool start(const struct child_request *request, struct child_report *report, pid_t *child) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    report->start_errno = errno;
    return false;
  }
  pid_t parent = getpid();
  *child = fork();
  if (*child == 0)
    become(request, ends[1], parent);
  report->start_errno = errno;
  close(ends[1]);
  if (*child < 0) {
    close(ends[0]);
    return false;
  }
  setpgid(*child, *child); /* whoever comes first; fails harmlessly after exec */
  struct message message;
  report->start_ns = clock_wall_ns();
  report->start_errno = 0;
  while (read(ends[0], &message, sizeof message) == sizeof message) {
    report->start_ns = message.start_ns;
    report->start_errno = message.error;
  }
  close(ends[0]);
  if (report->start_errno)
    waitpid(*child, NULL, 0);
  return !report->start_errno;
}

static void take_sample(struct child_report *report, uint64_t now, uint64_t rss, uint64_t mapped) {
  if (report->n_samples == CHILD_SAMPLES) {
    for (size_t i = 0; i < CHILD_SAMPLES / 2; i++)
      report->samples[i] = report->samples[2 * i];
    report->n_samples = CHILD_SAMPLES / 2;
    report->interval_ns *= 2;
  }
  report->samples[report->n_samples++] = (struct child_sample){now - report->start_ns, rss, mapped};
}

/* Waits for the child's end, sampling; kills its group when a limit is passed. */
static enum child_end watch(const struct child_request *request, struct child_report *report,
                            pid_t child, struct tree *tree) {
  int pidfd = pidfd_open(child, 0);
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/statm", (int)child);
  int statm_fd = open(path, O_RDONLY | O_CLOEXEC);
  sigset_t none;
  sigemptyset(&none);
  enum child_end end = CHILD_EXITED;
  bool polls = request->sample_ns || request->memory_limit_bytes;
  report->interval_ns = request->sample_ns ? request->sample_ns : 10000000u;
  uint64_t due = report->start_ns;
  for (;;) {
    uint64_t now = clock_wall_ns();
    if (request->stop && *request->stop)
      end = CHILD_STOPPED;
    if (request->time_limit_ns && now - report->start_ns >= request->time_limit_ns)
      end = CHILD_TIMEOUT;
    uint64_t rss, mapped;
    if (polls && now >= due && usage_read_statm(statm_fd, &rss, &mapped)) {
      if (request->whole_tree)
        tree_add_below(tree, child, &rss, &mapped);
      if (request->sample_ns)
        take_sample(report, now, rss, mapped);
      if (request->memory_limit_bytes && rss > request->memory_limit_bytes)
        end = CHILD_MEMORY;
      due = now + report->interval_ns;
    }
    if (end != CHILD_EXITED) {
      kill(-child, SIGKILL);
      kill(child, SIGKILL);
    }
    uint64_t until =
        request->time_limit_ns ? report->start_ns + request->time_limit_ns : UINT64_MAX;
    if (polls && due < until)
      until = due;
    /* Without a pidfd the wait falls back to short sleeps. */
    if (pidfd < 0 && now + 1000000u < until)
      until = now + 1000000u;
    uint64_t pause_ns = until > now ? until - now : polls ? report->interval_ns : 0;
    struct timespec pause = {(time_t)(pause_ns / 1000000000u), (long)(pause_ns % 1000000000u)};
    struct pollfd wait = {pidfd, POLLIN, 0};
    bool forever = end != CHILD_EXITED || until == UINT64_MAX;
    int ready = ppoll(&wait, pidfd >= 0, forever && pidfd >= 0 ? NULL : &pause, &none);
    siginfo_t info = {0};
    if ((ready > 0 || pidfd < 0) &&
        waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT | WNOHANG) == 0 && info.si_pid == child)
      break;
  }
  report->wall_ns = clock_wall_ns() - report->start_ns;
  if (pidfd >= 0)
    close(pidfd);
  if (statm_fd >= 0)
    close(statm_fd);
  return end;
}

void child_run(const struct child_request *request, struct child_report *report) {
  *report = (struct child_report){.end = CHILD_NOT_STARTED, .wait_ns = UINT64_MAX};
  pid_t child;
  if (!start(request, report, &child))
    return;
  static struct tree tree; /* static: the watcher's stack stays small */
  tree.n = 0;
  uint64_t before = clock_thread_ns();
  report->end = watch(request, report, child, &tree);
  report->watcher_cpu_ns = clock_thread_ns() - before;
  uint64_t run_ns;
  if (!usage_read_schedstat(child, &run_ns, &report->wait_ns))
    report->wait_ns = UINT64_MAX;
  else
    report->wait_ns += tree_wait_ns(&tree);
  kill(-child, SIGKILL); /* what the child left behind in its group */
  int status;
  struct rusage used;
  while (wait4(child, &status, 0, &used) < 0 && errno == EINTR)
    ;
  usage_from_rusage(&used, &report->usage);
  if (WIFEXITED(status))
    report->exit_code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) {
    report->signal = WTERMSIG(status);
    if (report->end == CHILD_EXITED)
      report->end = CHILD_SIGNALLED;
  }
}

const char *child_end_name(enum child_end end) {
  static const char *const names[] = {"exited", "signalled", "timeout",
                                      "memory", "stopped",   "not-started"};
  return (size_t)end < ARRAY_SIZE(names) ? names[end] : "unknown";
}
