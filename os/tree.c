/* Walking down from one process. */
#include "os/tree.h"
#include "os/usage.h"
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct walk {
  pid_t pids[TREE_MOST];
  size_t n;
};

/* Reads a small file of /proc whole; false when there is none. */
static bool read_text(const char *path, char *text, size_t bytes) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return false;
  ssize_t n = read(fd, text, bytes - 1);
  close(fd);
  text[n > 0 ? n : 0] = 0;
  return n >= 0;
}

static void add_children_of_thread(struct walk *walk, pid_t pid, const char *thread) {
  char path[96], text[4096], *at = text, *end;
  snprintf(path, sizeof path, "/proc/%d/task/%.20s/children", (int)pid, thread);
  if (!read_text(path, text, sizeof text))
    return;
  for (long child; (child = strtol(at, &end, 10)) > 0 && end != at; at = end)
    if (walk->n < TREE_MOST)
      walk->pids[walk->n++] = (pid_t)child;
}

static void add_children(struct walk *walk, pid_t pid) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
  DIR *threads = opendir(path);
  if (!threads)
    return;
  for (struct dirent *e; (e = readdir(threads));)
    if (*e->d_name != '.')
      add_children_of_thread(walk, pid, e->d_name);
  closedir(threads);
}

static bool read_memory(pid_t pid, uint64_t *rss, uint64_t *mapped) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/statm", (int)pid);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  bool ok = fd >= 0 && usage_read_statm(fd, rss, mapped);
  if (fd >= 0)
    close(fd);
  return ok;
}

static void note_wait(struct tree *tree, pid_t pid) {
  uint64_t run, wait;
  if (!usage_read_schedstat(pid, &run, &wait))
    return;
  size_t i = 0;
  while (i < tree->n && tree->seen[i].pid != pid)
    i++;
  if (i == TREE_MOST)
    return;
  tree->n += i == tree->n;
  tree->seen[i] = (struct tree_process){pid, wait};
}

void tree_add_below(struct tree *tree, pid_t root, uint64_t *rss_bytes, uint64_t *mapped_bytes) {
  struct walk walk = {{root}, 1};
  add_children(&walk, root);
  for (size_t i = 1; i < walk.n; i++) {
    uint64_t rss, mapped;
    if (read_memory(walk.pids[i], &rss, &mapped)) {
      *rss_bytes += rss;
      *mapped_bytes += mapped;
    }
    note_wait(tree, walk.pids[i]);
    add_children(&walk, walk.pids[i]);
  }
}

uint64_t tree_wait_ns(const struct tree *tree) {
  uint64_t sum = 0;
  for (size_t i = 0; i < tree->n; i++)
    sum += tree->seen[i].wait_ns;
  return sum;
}
