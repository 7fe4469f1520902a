/* Files. */
#include "os/file.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FROM_HERE = -1 }; /* what is left behind the position of fd: of a pipe, too */

static char *read_from(int fd, off_t offset, size_t *bytes) {
  size_t capacity = 1 << 14, n = 0;
  char *text = malloc(capacity);
  while (text) {
    if (capacity - n < 2) {
      char *grown = realloc(text, capacity *= 2);
      if (!grown)
        break;
      text = grown;
    }
    ssize_t got = offset == FROM_HERE ? read(fd, text + n, capacity - n - 1)
                                      : pread(fd, text + n, capacity - n - 1, offset + (off_t)n);
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      break;
    if (got == 0) {
      text[n] = 0;
      *bytes = n;
      return text;
    }
    n += (size_t)got;
  }
  free(text);
  return NULL;
}

char *file_read(const char *path, size_t *bytes, char *error, size_t error_bytes) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  char *text = fd >= 0 ? read_from(fd, FROM_HERE, bytes) : NULL;
  int reason = errno;
  if (!text)
    snprintf(error, error_bytes, "cannot read %s: %s", path, strerror(reason));
  if (fd >= 0)
    close(fd);
  errno = reason;
  return text;
}

char *file_read_rest(int fd, size_t *bytes) { return read_from(fd, FROM_HERE, bytes); }

char *file_read_tail(int fd, size_t limit, size_t *bytes) {
  struct stat status;
  off_t from = 0;
  if (fstat(fd, &status) == 0 && (size_t)status.st_size > limit)
    from = status.st_size - (off_t)limit;
  return read_from(fd, from, bytes);
}

static bool write_all(int fd, const char *bytes, size_t n) {
  while (n) {
    ssize_t wrote = write(fd, bytes, n);
    if (wrote < 0 && errno == EINTR)
      continue;
    if (wrote < 0)
      return false;
    bytes += wrote;
    n -= (size_t)wrote;
  }
  return true;
}

static void sync_folder_of(const char *path) {
  char folder[PATH_MAX];
  snprintf(folder, sizeof folder, "%s", path);
  char *slash = strrchr(folder, '/');
  if (slash)
    slash[slash == folder] = 0;
  int fd = open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd >= 0) {
    fsync(fd);
    close(fd);
  }
}

bool file_write_atomic(const char *path, const void *bytes, size_t n, char *error,
                       size_t error_bytes) {
  char partial[PATH_MAX];
  if (snprintf(partial, sizeof partial, "%s.partial", path) >= (int)sizeof partial) {
    snprintf(error, error_bytes, "cannot write %s: the name is too long", path);
    errno = ENAMETOOLONG;
    return false;
  }
  int fd = open(partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  bool ok = fd >= 0 && write_all(fd, bytes, n) && fsync(fd) == 0;
  int reason = errno;
  if (fd >= 0 && close(fd) != 0 && ok)
    ok = false, reason = errno;
  if (ok && rename(partial, path) != 0)
    ok = false, reason = errno;
  if (!ok) {
    if (fd >= 0)
      unlink(partial);
    snprintf(error, error_bytes, "cannot write %s: %s", path, strerror(reason));
    errno = reason;
    return false;
  }
  sync_folder_of(path);
  return true;
}

bool file_make_folders(const char *path, char *error, size_t error_bytes) {
  char part[PATH_MAX];
  if (snprintf(part, sizeof part, "%s", path) >= (int)sizeof part) {
    snprintf(error, error_bytes, "cannot make the folder %s: the name is too long", path);
    return false;
  }
  for (char *p = part + 1;; p++) {
    if (*p && *p != '/')
      continue;
    char kept = *p;
    *p = 0;
    struct stat status;
    if (mkdir(part, 0755) != 0 &&
        !(errno == EEXIST && stat(part, &status) == 0 && S_ISDIR(status.st_mode))) {
      snprintf(error, error_bytes, "cannot make the folder %s: %s", part, strerror(errno));
      return false;
    }
    if (!(*p = kept))
      return true;
  }
}

int file_lock_folder(const char *path, char *error, size_t error_bytes) {
  if (!file_make_folders(path, error, error_bytes))
    return -1;
  int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd >= 0 && (flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK))
    return fd;
  int reason = errno;
  if (fd >= 0)
    close(fd);
  snprintf(error, error_bytes,
           reason == EWOULDBLOCK ? "another process is writing into %s%s" : "cannot open %s: %s",
           path, reason == EWOULDBLOCK ? "" : strerror(reason));
  errno = reason;
  return -1;
}

bool file_read_line(const char *path, char *line, size_t line_bytes) {
  FILE *file = fopen(path, "re");
  if (!file)
    return false;
  bool ok = fgets(line, (int)line_bytes, file);
  fclose(file);
  if (ok)
    line[strcspn(line, "\n")] = 0;
  return ok;
}

bool file_program_folder(char *path, size_t path_bytes) {
  ssize_t n = readlink("/proc/self/exe", path, path_bytes - 1);
  if (n <= 0 || (size_t)n >= path_bytes - 1)
    return false;
  path[n] = 0;
  char *slash = strrchr(path, '/');
  if (!slash || slash == path)
    return false;
  *slash = 0;
  return true;
}
