/* The module posix: its parts, each a table of functions with the constants of its subject. */
#pragma once
#include "runtime/modules/argument.h"
#include "runtime/modules/blocking.h"
#include "runtime/modules/module.h"
#include "runtime/modules/path.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/struct_sequence.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* One per file of this folder; -1 with an error. */
int posix_fill_attributes(struct object *module);
int posix_fill_constants(struct object *module);
int posix_fill_descriptors(struct object *module);
int posix_fill_directories(struct object *module);
int posix_fill_extended(struct object *module);
int posix_fill_identity(struct object *module);
int posix_fill_limits(struct object *module);
int posix_fill_names(struct object *module);
int posix_fill_fork(struct object *module);
int posix_fill_process(struct object *module);
int posix_fill_scan(struct object *module);
int posix_fill_schedule(struct object *module);
int posix_fill_spawn(struct object *module);
int posix_fill_stat(struct object *module);
int posix_fill_system(struct object *module);
int posix_fill_transfer(struct object *module);

struct sched_param;
int posix_read_sched_param(struct object *o, struct sched_param *param);
struct object *posix_stat_result(const struct stat *status);

/* None after a system call that returned 0, else OSError of errno. */
static inline struct object *posix_done(int result) {
  return result < 0 ? error_errno(errno, NULL, NULL) : hold(NONE);
}
/* dir_fd=None means AT_FDCWD. NULL likewise. */
int posix_dir_fd(struct object *o, int *fd);
/* As audit events tell it: -1 for the current directory. */
struct object *posix_dir_fd_told(int fd);
/* The truth of an argument that may be left out. */
static inline int posix_flag(struct object *o, bool fallback, bool *value) {
  *value = fallback;
  return o ? argument_bool(o, value) : 0;
}
/* A file name from the system: str or bytes, as the path it comes from. */
static inline struct object *posix_name(const struct path *like, const char *name, size_t n);

#include "runtime/object/bytes.h"
static inline struct object *posix_name(const struct path *like, const char *name, size_t n) {
  return like->is_bytes ? bytes_from(name, n) : str_decode_filename(name, n);
}

/* What a function can't do with the arguments it got; returns NULL. */
static inline void *posix_unavailable(const char *function, const char *argument) {
  return error_format(ERROR_NOT_IMPLEMENTED, "%s: %s unavailable on this platform", function,
                      argument);
}
