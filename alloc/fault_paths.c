/* A request that fails is worth a run of its own if the program came to it in another way than to
 * those before. Ways are told apart by return addresses, found by the tables for unwinding; and a
 * run is a fork of the one process, which is cheaper by a factor of five than to begin anew, and
 * needs no numbers that are the same in each run. */
#include "alloc/fault_paths.h"
#include "base/bits.h"
#include "base/mix.h"
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include <unwind.h>

enum { SEEN_N = 1 << 16, SEEN_MOST = SEEN_N / 4 * 3, CHILD_SECONDS = 60, FILES_N = 64 };

struct fault_paths {
  uint64_t callers;
  pthread_mutex_t lock;
  size_t seen_n;
  uint64_t seen[SEEN_N]; /* open addressing; 0: free */
};

struct fault_paths *fault_paths_open(uint64_t callers) {
  struct fault_paths *p = calloc(1, sizeof *p);
  if (p) {
    p->callers = callers;
    pthread_mutex_init(&p->lock, NULL);
  }
  return p;
}
void fault_paths_close(struct fault_paths *p) { free(p); }

struct path {
  uint64_t callers, hash; /* how many are still wanted; of those there were */
};
static _Unwind_Reason_Code add_caller(struct _Unwind_Context *context, void *p) {
  struct path *path = p;
  path->hash = mix(path->hash, _Unwind_GetIP(context));
  return --path->callers ? _URC_NO_REASON : _URC_END_OF_STACK;
}

bool fault_paths_are_new(struct fault_paths *p) {
  struct path path = {p->callers, MIX_START};
  _Unwind_Backtrace(add_caller, &path);
  uint64_t hash = path.hash ? path.hash : 1;
  size_t i = hash % SEEN_N;
  pthread_mutex_lock(&p->lock);
  while (p->seen[i] && p->seen[i] != hash)
    i = (i + 1) % SEEN_N;
  bool are_new = !p->seen[i] && p->seen_n < SEEN_MOST;
  if (are_new) {
    p->seen[i] = hash;
    p->seen_n++;
  }
  pthread_mutex_unlock(&p->lock);
  return are_new;
}

static void tell(const char *line, int length) {
  if (write(STDERR_FILENO, line, (size_t)length) < 0)
    abort(); /* what is not told would count as well ended */
}

void fault_paths_tell(uint64_t n) {
  int error_number = errno;
  char line[80];
  tell(line, snprintf(line, sizeof line, "fault: request %llu comes in a new way\n",
                      (unsigned long long)n));
  errno = error_number;
}

bool fault_paths_fork(uint64_t n) {
  int error_number = errno;
  off_t offsets[FILES_N]; /* of open files, which the child shares; -1: none */
  for (int fd = STDERR_FILENO + 1; fd < FILES_N; fd++)
    offsets[fd] = lseek(fd, 0, SEEK_CUR);
  pid_t child = fork();
  if (child == 0) {
    alarm(CHILD_SECONDS);
    return true;
  }
  int status = 0;
  while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
    ;
  for (int fd = STDERR_FILENO + 1; fd < FILES_N; fd++)
    if (offsets[fd] >= 0)
      lseek(fd, offsets[fd], SEEK_SET);
  char line[80];
  int end = child < 0 ? errno : WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
  int length = snprintf(line, sizeof line, "fault: request %llu %s %d\n", (unsigned long long)n,
                        child < 0 ? "could not fork:" : "ended with", end);
  tell(line, length);
  errno = error_number;
  return false;
}
