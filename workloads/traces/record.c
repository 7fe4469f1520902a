/* The recording session: launches the command, finds its processes, drains them, and knows when the
 * last one is gone. Everything happens in one thread that sleeps when no ring has anything in it.
 *
 * It makes itself the subreaper of its descendants: whoever loses its parent becomes its child, so
 * "no children left" means that nobody is left who could begin another process. */
#include "workloads/traces/record.h"
#include "base/clock.h"
#include "os/file.h"
#include "workloads/traces/drain.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FOLDER_BYTES = 200, PATH_BYTES = 4096, PAUSE_LEAST_NS = 50000, PAUSE_MOST_NS = 2000000 };

struct recorded {
  struct drain drain;
  pid_t pid;
  int pidfd;     /* -1: it had ended before we looked */
  bool waiting;  /* for its parent's ring to be drained up to the fork */
  bool gone;     /* writes no more */
  bool replaced; /* by exec */
  bool has_status;
  int status; /* as of waitpid, if we were the one to wait */
  char path[PATH_BYTES];
};

struct session {
  const struct record_options *options;
  char folder[FOLDER_BYTES];
  struct ring_control *control;
  struct recorded **processes; /* by index; NULL where the ring could not be made */
  size_t n_processes, n_files;
  struct drain_snapshots snapshots;
  pid_t root;
  int root_status;
  bool root_gone, nobody_left, told_waiting;
  uint64_t root_gone_ns;
  enum record_result result;
};

static volatile sig_atomic_t interrupts, terminations;
static void on_interrupt(int signal) { interrupts++; }
static void on_termination(int signal) { terminations = signal; }

static void complain(struct session *s, enum record_result result, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void complain(struct session *s, enum record_result result, const char *format, ...) {
  va_list args;
  va_start(args, format);
  fputs("ouro record: ", stderr);
  vfprintf(stderr, format, args);
  fputc('\n', stderr);
  va_end(args);
  if (result > s->result)
    s->result = result;
}

/* ---- the session's folder ---- */

/* Removes what sessions left behind whose recorder was killed. */
static void clean_up_after_others(const char *base) {
  DIR *dir = opendir(base);
  for (struct dirent *e; dir && (e = readdir(dir));) {
    char path[PATH_BYTES];
    int pid;
    if (sscanf(e->d_name, "ouro-record.%d.", &pid) != 1 || !kill(pid, 0) || errno != ESRCH)
      continue;
    snprintf(path, sizeof path, "%s/%s", base, e->d_name);
    DIR *left = opendir(path);
    for (struct dirent *f; left && (f = readdir(left));)
      unlinkat(dirfd(left), f->d_name, 0);
    if (left)
      closedir(left);
    rmdir(path);
  }
  if (dir)
    closedir(dir);
}

static bool make_folder(struct session *s) {
  const char *temporary = getenv("TMPDIR");
  const char *bases[] = {"/dev/shm", temporary ? temporary : "/tmp", "/tmp"};
  for (size_t i = 0; i < sizeof bases / sizeof *bases; i++) {
    clean_up_after_others(bases[i]);
    int n =
        snprintf(s->folder, sizeof s->folder, "%s/ouro-record.%d.XXXXXX", bases[i], (int)getpid());
    if (n < (int)sizeof s->folder && mkdtemp(s->folder))
      return true;
  }
  complain(s, RECORD_FAILED, "cannot make a folder in /dev/shm or /tmp: %s", strerror(errno));
  return false;
}

static void *map_shared(const char *path, size_t bytes, bool create) {
  int fd = open(path, O_RDWR | O_CLOEXEC | (create ? O_CREAT | O_EXCL : 0), 0600);
  if (fd < 0)
    return NULL;
  void *p = MAP_FAILED;
  if (!create || !(errno = posix_fallocate(fd, 0, (off_t)bytes)))
    p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  return p == MAP_FAILED ? NULL : p;
}

static bool open_session(struct session *s) {
  if (!make_folder(s))
    return false;
  char path[FOLDER_BYTES + 16];
  snprintf(path, sizeof path, "%s/control", s->folder);
  s->control = map_shared(path, sizeof *s->control, true);
  if (!s->control) {
    complain(s, RECORD_FAILED, "%s: %s", path, strerror(errno));
    unlink(path);
    rmdir(s->folder);
    return false;
  }
  s->control->recorder_pid = (uint32_t)getpid();
  s->control->first_only = s->options->first_only;
  if (s->options->only)
    strncpy(s->control->only, s->options->only, RING_NAME_BYTES - 1);
  s->control->magic = RING_MAGIC;
  s->snapshots.wanted = !s->options->first_only;
  return true;
}

static void close_session(struct session *s) {
  char path[FOLDER_BYTES + 24];
  for (uint32_t i = (uint32_t)s->n_processes; i < RING_PROCESSES; i++) {
    snprintf(path, sizeof path, "%s/ring.%u", s->folder, i);
    if (unlink(path))
      break;
  }
  snprintf(path, sizeof path, "%s/control", s->folder);
  unlink(path);
  rmdir(s->folder);
  munmap(s->control, sizeof *s->control);
  drain_snapshots_clear(&s->snapshots);
  free(s->processes);
}

/* ---- the command ---- */

static void exec_command(struct session *s, int report_fd) {
  const char *preloaded = getenv("LD_PRELOAD");
  char *preload;
  signal(SIGINT, SIG_DFL);
  signal(SIGQUIT, SIG_DFL);
  signal(SIGTERM, SIG_DFL);
  signal(SIGHUP, SIG_DFL);
  s->control->first_pid = (uint32_t)getpid();
  if (asprintf(&preload, "%s%s%s", s->options->library, preloaded && *preloaded ? ":" : "",
               preloaded ? preloaded : "") >= 0 &&
      !setenv("LD_PRELOAD", preload, 1) && !setenv(RING_ENVIRONMENT, s->folder, 1))
    execvp(s->options->command[0], s->options->command);
  int why = errno;
  if (write(report_fd, &why, sizeof why) != sizeof why)
    _exit(125);
  _exit(why == ENOENT ? 127 : 126);
}

static bool launch(struct session *s, int *status) {
  int report[2], why;
  if (pipe2(report, O_CLOEXEC)) {
    complain(s, RECORD_FAILED, "pipe: %s", strerror(errno));
    return false;
  }
  s->root = fork();
  if (s->root == 0)
    exec_command(s, report[1]);
  close(report[1]);
  if (s->root < 0) {
    complain(s, RECORD_FAILED, "fork: %s", strerror(errno));
    close(report[0]);
    return false;
  }
  ssize_t got;
  while ((got = read(report[0], &why, sizeof why)) < 0 && errno == EINTR)
    ;
  close(report[0]);
  if (got != sizeof why)
    return true;
  waitpid(s->root, NULL, 0);
  complain(s, RECORD_FAILED, "%s: %s", s->options->command[0], strerror(why));
  *status = why == ENOENT ? 127 : 126;
  return false;
}

/* ---- processes ---- */

/* FILE, FILE-1.otrace, FILE-2.otrace, ... */
static void choose_path(struct session *s, char *path, size_t bytes) {
  const char *output = s->options->output, *slash = strrchr(output, '/');
  const char *dot = strrchr(slash ? slash : output, '.');
  size_t n = s->n_files++;
  if (!n)
    snprintf(path, bytes, "%s", output);
  else if (dot)
    snprintf(path, bytes, "%.*s-%zu%s", (int)(dot - output), output, n, dot);
  else
    snprintf(path, bytes, "%s-%zu", output, n);
}

static void read_processor(char *out, size_t bytes) {
  FILE *f = fopen("/proc/cpuinfo", "re");
  char line[256];
  snprintf(out, bytes, "unknown");
  while (f && fgets(line, sizeof line, f)) {
    if (strncmp(line, "model name", 10))
      continue;
    char *value = strchr(line, ':');
    if (value)
      snprintf(out, bytes, "%.*s", (int)strcspn(value + 2, "\n"), value + 2);
    break;
  }
  if (f)
    fclose(f);
}

static void describe(struct trace_facts *facts, const struct ring_process *p,
                     const struct ring *ring) {
  struct utsname system;
  char text[256], command[RING_COMMAND_BYTES];
  time_t now = time(NULL);
  struct tm utc;
  snprintf(command, sizeof command, "%.*s", (int)sizeof command - 1, ring->command);
  trace_facts_add(facts, "program", "%.*s", RING_NAME_BYTES - 1, p->name);
  trace_facts_add(facts, "command", "%s", command);
  if (gmtime_r(&now, &utc) && strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc))
    trace_facts_add(facts, "date", "%s", text);
  if (!uname(&system)) {
    trace_facts_add(facts, "machine", "%s", system.machine);
    trace_facts_add(facts, "system", "%s %s", system.sysname, system.release);
  }
  read_processor(text, sizeof text);
  trace_facts_add(facts, "processor", "%s", text);
  trace_facts_add(facts, "processors", "%ld", sysconf(_SC_NPROCESSORS_ONLN));
  if (confstr(_CS_GNU_LIBC_VERSION, text, sizeof text))
    trace_facts_add(facts, "libc", "%s", text);
  trace_facts_add(facts, "page_bytes", "%d", getpagesize());
  trace_facts_add(facts, "begun_by", "%s", p->forked ? "fork" : "exec");
}

/* Opens the trace of a process whose parent is drained up to the fork. */
static void begin(struct session *s, struct recorded *r) {
  const struct ring_process *p = &s->control->processes[r->drain.process];
  struct live inherited = {0};
  struct trace_facts facts = {0};
  r->waiting = false;
  if (p->forked && !drain_snapshots_take(&s->snapshots, p->parent, p->parent_number, &inherited))
    complain(s, RECORD_INCOMPLETE,
             "process %d (%s): the blocks it has from its parent are not known", (int)r->pid,
             p->name);
  choose_path(s, r->path, sizeof r->path);
  describe(&facts, p, r->drain.ring);
  r->drain.writer =
      trace_create(r->path, &facts, s->options->level, r->drain.error, sizeof r->drain.error);
  if (r->drain.writer)
    drain_begin(&r->drain, &inherited);
  else
    drain_stop(&r->drain);
  live_clear(&inherited);
  trace_facts_clear(&facts);
}

static void open_process(struct session *s, uint32_t index) {
  const struct ring_process *p = &s->control->processes[index];
  char path[FOLDER_BYTES + 24];
  struct recorded *r = calloc(1, sizeof *r);
  snprintf(path, sizeof path, "%s/ring.%u", s->folder, index);
  struct ring *ring = r && p->ready == 1 ? map_shared(path, sizeof *ring, false) : NULL;
  unlink(path);
  if (!ring) {
    complain(s, RECORD_INCOMPLETE, "process %d (%s) is not recorded: no room for its events",
             (int)p->pid, p->name);
    free(r);
    return;
  }
  r->pid = (pid_t)p->pid;
  r->pidfd = pidfd_open(r->pid, 0);
  r->gone = r->pidfd < 0;
  r->waiting = true;
  r->drain = (struct drain){.process = index,
                            .ring = ring,
                            .max_bytes = s->options->max_bytes,
                            .snapshots = &s->snapshots};
  snprintf(path, sizeof path, "/proc/%d/statm", (int)r->pid);
  r->drain.statm_fd = open(path, O_RDONLY | O_CLOEXEC);
  if (r->pid == s->root && s->root_gone) {
    r->status = s->root_status;
    r->has_status = true;
  }
  s->processes[index] = r;
  for (uint32_t i = 0; i < index; i++) /* exec: the same process, another program */
    if (s->processes[i] && s->processes[i]->pid == r->pid)
      s->processes[i]->gone = s->processes[i]->replaced = true;
}

static bool discover(struct session *s) {
  uint32_t n = __atomic_load_n(&s->control->n_processes, __ATOMIC_ACQUIRE);
  bool any = false;
  for (; s->n_processes < n && s->n_processes < RING_PROCESSES; s->n_processes++, any = true) {
    if (!__atomic_load_n(&s->control->processes[s->n_processes].ready, __ATOMIC_ACQUIRE)) {
      if (!s->nobody_left)
        break; /* it is being made */
      complain(s, RECORD_INCOMPLETE, "a process ended while its recording was set up");
      continue;
    }
    open_process(s, (uint32_t)s->n_processes);
  }
  return any;
}

/* True when nothing more will come before the fork that made this process. */
static bool parent_is_ready(const struct session *s, const struct recorded *r) {
  const struct ring_process *p = &s->control->processes[r->drain.process];
  const struct recorded *parent =
      p->forked && p->parent < s->n_processes ? s->processes[p->parent] : NULL;
  if (!parent)
    return true;
  return !parent->waiting && (parent->drain.ring->drained > p->parent_number ||
                              __atomic_load_n(&parent->drain.ring->off, __ATOMIC_RELAXED));
}

static void describe_ending(const struct recorded *r, struct trace_facts *facts) {
  const struct drain *d = &r->drain;
  if (d->limited)
    trace_facts_add(facts, "ended", "size limit");
  else if (r->replaced)
    trace_facts_add(facts, "ended", "exec");
  else if (r->has_status && WIFEXITED(r->status))
    trace_facts_add(facts, "ended", "exit %d", WEXITSTATUS(r->status));
  else if (r->has_status && WIFSIGNALED(r->status))
    trace_facts_add(facts, "ended", "signal %d", WTERMSIG(r->status));
  else
    trace_facts_add(facts, "ended", "%s",
                    r->gone ? "end of the process, its status went to its parent"
                            : "recording stopped");
  trace_facts_add(facts, "whole", "%s", d->limited || !r->gone ? "no" : "yes");
  trace_facts_add(facts, "inherited_blocks", "%llu", (unsigned long long)d->inherited);
  trace_facts_add(facts, "unknown_frees", "%llu", (unsigned long long)d->unknown);
  trace_facts_add(facts, "unseen_frees", "%llu", (unsigned long long)d->reused);
  trace_facts_add(facts, "lost_events", "%llu", (unsigned long long)d->lost);
  trace_facts_add(facts, "unfinished_calls", "%llu", (unsigned long long)d->cut);
  trace_facts_add(facts, "refused_requests", "%llu", (unsigned long long)d->ring->refused);
}

static void tell(const struct session *s, const struct recorded *r,
                 const struct trace_totals *totals) {
  struct stat file;
  if (s->options->quiet || stat(r->path, &file))
    return;
  fprintf(stderr,
          "ouro record: %s: %llu events, %llu objects, %llu threads, at most %.1f KiB live; %llu "
          "bytes (%s, process %d)%s\n",
          r->path, (unsigned long long)totals->events, (unsigned long long)totals->objects,
          (unsigned long long)totals->threads, (double)totals->peak_live_bytes / 1024,
          (unsigned long long)file.st_size, s->control->processes[r->drain.process].name,
          (int)r->pid, r->drain.limited ? "; stopped at the size limit" : "");
}

static void close_trace(struct session *s, struct recorded *r) {
  struct drain *d = &r->drain;
  struct trace_facts ending = {0};
  struct trace_totals totals = *trace_written(d->writer);
  char error[512];
  describe_ending(r, &ending);
  if (trace_finish(d->writer, &ending, error, sizeof error))
    tell(s, r, &totals);
  else if (!d->error[0])
    snprintf(d->error, sizeof d->error, "%s", error);
  trace_facts_clear(&ending);
}

/* Writes the end of a trace and lets go of the process. */
static void finish(struct session *s, struct recorded *r) {
  struct drain *d = &r->drain;
  drain_stop(d);
  if (d->writer)
    close_trace(s, r);
  if (d->error[0])
    complain(s, RECORD_FAILED, "%s", d->error);
  if (d->lost)
    complain(s, RECORD_INCOMPLETE, "%s: %llu events are lost", r->path,
             (unsigned long long)d->lost);
  munmap(d->ring, sizeof *d->ring);
  live_clear(&d->live);
  free(d->threads);
  if (d->statm_fd >= 0)
    close(d->statm_fd);
  if (r->pidfd >= 0)
    close(r->pidfd);
  s->processes[d->process] = NULL;
  free(r);
}

static void reap(struct session *s) {
  int status;
  pid_t pid;
  while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
    if (pid == s->root) {
      s->root_gone = true;
      s->root_gone_ns = clock_wall_ns();
      s->root_status = status;
    }
    for (size_t i = 0; i < s->n_processes; i++)
      if (s->processes[i] && s->processes[i]->pid == pid && !s->processes[i]->replaced) {
        s->processes[i]->status = status;
        s->processes[i]->has_status = true;
      }
  }
  s->nobody_left = pid < 0 && errno == ECHILD;
}

static bool has_ended(const struct recorded *r) {
  struct pollfd p = {.fd = r->pidfd, .events = POLLIN};
  return r->gone || (poll(&p, 1, 0) > 0 && p.revents);
}

/* One round over one process; true when anything happened. */
static bool serve(struct session *s, struct recorded *r) {
  bool any = r->waiting;
  r->gone = has_ended(r); /* first: whatever it recorded is then there */
  if (r->waiting && !parent_is_ready(s, r))
    return false;
  if (r->waiting)
    begin(s, r);
  if (r->drain.writer)
    any |= drain_run(&r->drain, r->gone);
  if (!r->gone)
    return any;
  while (r->drain.writer && drain_run(&r->drain, true))
    ;
  if (!r->has_status && !r->replaced)
    reap(s);
  finish(s, r);
  return true;
}

static bool serve_all(struct session *s) {
  bool any = false;
  for (size_t i = 0; i < s->n_processes; i++)
    if (s->processes[i])
      any |= serve(s, s->processes[i]);
  return any;
}

static bool is_over(const struct session *s) {
  uint32_t n = __atomic_load_n(&s->control->n_processes, __ATOMIC_ACQUIRE);
  if (!s->nobody_left || s->n_processes < (n < RING_PROCESSES ? n : RING_PROCESSES))
    return false;
  for (size_t i = 0; i < s->n_processes; i++)
    if (s->processes[i])
      return false;
  return true;
}

/* The command has ended, others it started have not. True when the user wants no more of them. */
static bool is_told_to_stop(struct session *s, sig_atomic_t interrupts_before) {
  if (!s->root_gone || s->nobody_left)
    return false;
  if (!s->told_waiting && clock_wall_ns() - s->root_gone_ns > 1000000000) {
    s->told_waiting = true;
    if (!s->options->quiet)
      fprintf(stderr, "ouro record: the command has ended, processes it started have not; "
                      "interrupt to stop recording them\n");
  }
  return interrupts > interrupts_before || terminations;
}

static void run(struct session *s) {
  long pause_ns = PAUSE_LEAST_NS;
  sig_atomic_t interrupts_before = interrupts;
  while (!is_over(s)) {
    __atomic_fetch_add(&s->control->heartbeat, 1, __ATOMIC_RELAXED);
    if (terminations && !s->root_gone) {
      kill(s->root, terminations);
      terminations = 0;
    }
    if (!s->root_gone)
      interrupts_before = interrupts;
    reap(s);
    bool any = discover(s);
    any |= serve_all(s);
    if (is_told_to_stop(s, interrupts_before))
      break;
    pause_ns = any ? PAUSE_LEAST_NS : pause_ns * 2;
    pause_ns = pause_ns > PAUSE_MOST_NS ? PAUSE_MOST_NS : pause_ns;
    if (!any)
      nanosleep(&(struct timespec){0, pause_ns}, NULL);
  }
  for (size_t i = 0; i < s->n_processes; i++)
    if (s->processes[i])
      finish(s, s->processes[i]);
}

static void judge(struct session *s) {
  const char *name = s->options->command[0];
  if (s->control->n_processes > RING_PROCESSES)
    complain(s, RECORD_INCOMPLETE, "%u processes were not recorded: there were more than %d",
             s->control->n_processes - RING_PROCESSES, RING_PROCESSES);
  if (!s->control->seen)
    complain(s, RECORD_FAILED,
             "%s was not recorded: the recorder is not loaded into programs that are linked "
             "statically or run with privileges",
             name);
  else if (!s->n_files && s->options->only)
    complain(s, RECORD_FAILED, "nothing was recorded: %s started no program called %s", name,
             s->options->only);
}

static void watch_signal(int number, void (*handler)(int)) {
  struct sigaction action = {.sa_handler = handler};
  sigaction(number, &action, NULL);
}

enum record_result record_run(const struct record_options *options, int *status) {
  struct session s = {.options = options};
  *status = 0;
  interrupts = terminations = 0;
  s.processes = calloc(RING_PROCESSES, sizeof *s.processes);
  if (!s.processes || !open_session(&s)) {
    free(s.processes);
    return RECORD_FAILED;
  }
  /* The terminal sends these to the command too, which decides what to make of them. */
  watch_signal(SIGINT, on_interrupt);
  watch_signal(SIGQUIT, on_interrupt);
  watch_signal(SIGTERM, on_termination);
  watch_signal(SIGHUP, on_termination);
  watch_signal(SIGXFSZ, SIG_IGN); /* an error from write instead */
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  if (launch(&s, status)) {
    run(&s);
    *status =
        WIFSIGNALED(s.root_status) ? 128 + WTERMSIG(s.root_status) : WEXITSTATUS(s.root_status);
    judge(&s);
  }
  close_session(&s);
  return s.result;
}

bool record_find_library(char *path, size_t path_bytes, char *error, size_t error_bytes) {
  const char *given = getenv("OURO_RECORDER");
  char folder[PATH_BYTES];
  if (given)
    snprintf(path, path_bytes, "%s", given);
  else if (file_program_folder(folder, sizeof folder))
    snprintf(path, path_bytes, "%s/../lib/libouro-record.so", folder);
  else
    snprintf(path, path_bytes, "libouro-record.so");
  char *whole = realpath(path, NULL);
  if (!whole) {
    snprintf(error, error_bytes, "%s: %s", path, strerror(errno));
    return false;
  }
  snprintf(path, path_bytes, "%s", whole);
  free(whole);
  if (strpbrk(path, ": ")) {
    snprintf(error, error_bytes, "%s: the dynamic linker takes no path with a colon or a space",
             path);
    return false;
  }
  return true;
}
