/* The numbers of posix, by the names the system gives them. */
#include "runtime/modules/posix/posix.h"
#include "runtime/object/list.h"
#include "runtime/object/str.h"
#include <dlfcn.h>
#include <limits.h>
#include <linux/limits.h>
#include <linux/memfd.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <sysexits.h>

#define CONSTANT(name)                                                                             \
  { #name, name }
#define EX_NOTFOUND_ABSENT
static const struct module_int constants[] = {
    CONSTANT(CLD_CONTINUED),
    CONSTANT(CLD_DUMPED),
    CONSTANT(CLD_EXITED),
    CONSTANT(CLD_KILLED),
    CONSTANT(CLD_STOPPED),
    CONSTANT(CLD_TRAPPED),
    CONSTANT(EFD_CLOEXEC),
    CONSTANT(EFD_NONBLOCK),
    CONSTANT(EFD_SEMAPHORE),
    CONSTANT(EX_CANTCREAT),
    CONSTANT(EX_CONFIG),
    CONSTANT(EX_DATAERR),
    CONSTANT(EX_IOERR),
    CONSTANT(EX_NOHOST),
    CONSTANT(EX_NOINPUT),
    CONSTANT(EX_NOPERM),
    CONSTANT(EX_NOUSER),
    CONSTANT(EX_OK),
    CONSTANT(EX_OSERR),
    CONSTANT(EX_OSFILE),
    CONSTANT(EX_PROTOCOL),
    CONSTANT(EX_SOFTWARE),
    CONSTANT(EX_TEMPFAIL),
    CONSTANT(EX_UNAVAILABLE),
    CONSTANT(EX_USAGE),
    CONSTANT(F_LOCK),
    CONSTANT(F_OK),
    CONSTANT(F_TEST),
    CONSTANT(F_TLOCK),
    CONSTANT(F_ULOCK),
    CONSTANT(GRND_NONBLOCK),
    CONSTANT(GRND_RANDOM),
    CONSTANT(MFD_ALLOW_SEALING),
    CONSTANT(MFD_CLOEXEC),
    CONSTANT(MFD_HUGETLB),
    CONSTANT(MFD_HUGE_16GB),
    CONSTANT(MFD_HUGE_16MB),
    CONSTANT(MFD_HUGE_1GB),
    CONSTANT(MFD_HUGE_1MB),
    CONSTANT(MFD_HUGE_256MB),
    CONSTANT(MFD_HUGE_2GB),
    CONSTANT(MFD_HUGE_2MB),
    CONSTANT(MFD_HUGE_32MB),
    CONSTANT(MFD_HUGE_512KB),
    CONSTANT(MFD_HUGE_512MB),
    CONSTANT(MFD_HUGE_64KB),
    CONSTANT(MFD_HUGE_8MB),
    CONSTANT(MFD_HUGE_MASK),
    CONSTANT(MFD_HUGE_SHIFT),
    CONSTANT(NGROUPS_MAX),
    CONSTANT(O_ACCMODE),
    CONSTANT(O_APPEND),
    CONSTANT(O_ASYNC),
    CONSTANT(O_CLOEXEC),
    CONSTANT(O_CREAT),
    CONSTANT(O_DIRECT),
    CONSTANT(O_DIRECTORY),
    CONSTANT(O_DSYNC),
    CONSTANT(O_EXCL),
    CONSTANT(O_FSYNC),
    CONSTANT(O_LARGEFILE),
    CONSTANT(O_NDELAY),
    CONSTANT(O_NOATIME),
    CONSTANT(O_NOCTTY),
    CONSTANT(O_NOFOLLOW),
    CONSTANT(O_NONBLOCK),
    CONSTANT(O_PATH),
    CONSTANT(O_RDONLY),
    CONSTANT(O_RDWR),
    CONSTANT(O_RSYNC),
    CONSTANT(O_SYNC),
    CONSTANT(O_TMPFILE),
    CONSTANT(O_TRUNC),
    CONSTANT(O_WRONLY),
    CONSTANT(POSIX_FADV_DONTNEED),
    CONSTANT(POSIX_FADV_NOREUSE),
    CONSTANT(POSIX_FADV_NORMAL),
    CONSTANT(POSIX_FADV_RANDOM),
    CONSTANT(POSIX_FADV_SEQUENTIAL),
    CONSTANT(POSIX_FADV_WILLNEED),
    CONSTANT(PRIO_PGRP),
    CONSTANT(PRIO_PROCESS),
    CONSTANT(PRIO_USER),
    CONSTANT(P_ALL),
    CONSTANT(P_PGID),
    CONSTANT(P_PID),
    CONSTANT(P_PIDFD),
    CONSTANT(RTLD_DEEPBIND),
    CONSTANT(RTLD_GLOBAL),
    CONSTANT(RTLD_LAZY),
    CONSTANT(RTLD_LOCAL),
    CONSTANT(RTLD_NODELETE),
    CONSTANT(RTLD_NOLOAD),
    CONSTANT(RTLD_NOW),
    CONSTANT(RWF_APPEND),
    CONSTANT(RWF_DSYNC),
    CONSTANT(RWF_HIPRI),
    CONSTANT(RWF_NOWAIT),
    CONSTANT(RWF_SYNC),
    CONSTANT(R_OK),
    CONSTANT(SCHED_BATCH),
    CONSTANT(SCHED_FIFO),
    CONSTANT(SCHED_IDLE),
    CONSTANT(SCHED_OTHER),
    CONSTANT(SCHED_RESET_ON_FORK),
    CONSTANT(SCHED_RR),
    CONSTANT(SEEK_DATA),
    CONSTANT(SEEK_HOLE),
    CONSTANT(SPLICE_F_MORE),
    CONSTANT(SPLICE_F_MOVE),
    CONSTANT(SPLICE_F_NONBLOCK),
    CONSTANT(ST_APPEND),
    CONSTANT(ST_MANDLOCK),
    CONSTANT(ST_NOATIME),
    CONSTANT(ST_NODEV),
    CONSTANT(ST_NODIRATIME),
    CONSTANT(ST_NOEXEC),
    CONSTANT(ST_NOSUID),
    CONSTANT(ST_RDONLY),
    CONSTANT(ST_RELATIME),
    CONSTANT(ST_SYNCHRONOUS),
    CONSTANT(ST_WRITE),
    CONSTANT(TMP_MAX),
    CONSTANT(WCONTINUED),
    CONSTANT(WEXITED),
    CONSTANT(WNOHANG),
    CONSTANT(WNOWAIT),
    CONSTANT(WSTOPPED),
    CONSTANT(WUNTRACED),
    CONSTANT(W_OK),
    CONSTANT(XATTR_CREATE),
    CONSTANT(XATTR_REPLACE),
    CONSTANT(XATTR_SIZE_MAX),
    CONSTANT(X_OK),
};

/* What os asks to know which functions take descriptors, directories, links. */
static const char *const have[] = {
    "HAVE_EVENTFD",      "HAVE_FACCESSAT", "HAVE_FCHDIR",    "HAVE_FCHMOD",    "HAVE_FCHMODAT",
    "HAVE_FCHOWN",       "HAVE_FCHOWNAT",  "HAVE_FEXECVE",   "HAVE_FDOPENDIR", "HAVE_FPATHCONF",
    "HAVE_FSTATAT",      "HAVE_FSTATVFS",  "HAVE_FTRUNCATE", "HAVE_FUTIMENS",  "HAVE_FUTIMES",
    "HAVE_FUTIMESAT",    "HAVE_LINKAT",    "HAVE_LCHOWN",    "HAVE_LSTAT",     "HAVE_LUTIMES",
    "HAVE_MEMFD_CREATE", "HAVE_MKDIRAT",   "HAVE_MKFIFOAT",  "HAVE_MKNODAT",   "HAVE_OPENAT",
    "HAVE_READLINKAT",   "HAVE_RENAMEAT",  "HAVE_SYMLINKAT", "HAVE_UNLINKAT",  "HAVE_UTIMENSAT",
};

static struct object *have_list(void) {
  struct object *list = list_new(ARRAY_SIZE(have));
  for (size_t i = 0; list && i < ARRAY_SIZE(have); i++) {
    struct object *name = str_from_ascii(have[i]);
    if (!name || list_append_taking(list, name) < 0) {
      drop(list);
      return NULL;
    }
  }
  return list;
}

int posix_fill_constants(struct object *module) {
  if (module_add_ints(module, constants, ARRAY_SIZE(constants)) < 0)
    return -1;
  return module_add_taking(module, "_have_functions", have_list());
}
