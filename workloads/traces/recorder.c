/* The preloaded recorder: stands in front of the C library's allocator in any program and writes
 * down what it is asked for, in the shared memory of ring.h.
 *
 * It must work wherever malloc works: before main, in any thread, between fork and exec, while the
 * program dies. So it takes no locks, allocates nothing (its memory is mapped), makes system calls
 * only when a process begins or the ring is full, and lets errno alone. What it can't do is see
 * programs that are linked statically or run with privileges: the dynamic linker does not load it
 * there.
 *
 * Calls that reach the allocator from within itself (a calloc that calls malloc) belong to the
 * outer call and are not recorded. */
#include "base/bits.h"
#include "workloads/traces/ring.h"
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))
#define LOCAL  static __thread __attribute__((tls_model("initial-exec")))

enum { BOOTSTRAP_BYTES = 1 << 16, PATH_BYTES = 256 };

/* The allocator behind us: the next one in the order of libraries, usually glibc's. */
static struct {
  void *(*malloc)(size_t);
  void *(*calloc)(size_t, size_t);
  void *(*realloc)(void *, size_t);
  void (*free)(void *);
  void *(*memalign)(size_t, size_t);
  void *(*aligned_alloc)(size_t, size_t);
  int (*posix_memalign)(void **, size_t, size_t);
} next;

static enum { UNSTARTED, STARTING, STARTED } state;
static char folder[PATH_BYTES];
static struct ring_control *control; /* NULL: nothing is recorded */
static struct ring *ring;            /* NULL: this process is not recorded */
static uint32_t process;             /* index of this one */
static uint32_t generation = 1; /* counts forks on the way here, so that threads are renumbered */
/* A page that the kernel wipes in a forked child: 0 means that this process is new. */
static volatile uint32_t *unforked;

LOCAL uint32_t depth;       /* > 0: inside the allocator, or inside the recorder */
LOCAL uint32_t thread;      /* number of this thread in ... */
LOCAL uint32_t thread_born; /* ... this generation */
LOCAL uint64_t last_number; /* of this thread's last event */

/* Memory for whoever allocates while the allocator behind us is being looked up (dlsym may). Each
 * block has its size in the 16 bytes before it; nothing is reused. */
static _Alignas(16) unsigned char bootstrap[BOOTSTRAP_BYTES];
static size_t bootstrap_used;

static bool is_bootstrap(const void *block) {
  return (uintptr_t)block - (uintptr_t)bootstrap < BOOTSTRAP_BYTES;
}

static void *bootstrap_get(size_t bytes) {
  if (bytes > BOOTSTRAP_BYTES)
    return NULL;
  size_t whole = align_up(bytes, 16) + 16;
  size_t at = __atomic_fetch_add(&bootstrap_used, whole, __ATOMIC_RELAXED);
  if (at + whole > BOOTSTRAP_BYTES)
    return NULL;
  *(size_t *)(void *)(bootstrap + at) = bytes;
  return bootstrap + at + 16;
}

/* Maps a file of the session; created with all its blocks reserved when `create`, so that a full
 * disk shows here and not as a bus error later. NULL when it can't be. */
static void *map_file(const char *path, size_t bytes, bool create) {
  struct rlimit limit;
  if (create && !getrlimit(RLIMIT_FSIZE, &limit) && limit.rlim_cur < bytes)
    return NULL; /* a signal would come instead of an error */
  int flags = O_RDWR | O_CLOEXEC | (create ? O_CREAT | O_EXCL : 0);
  int fd = (int)syscall(SYS_openat, AT_FDCWD, path, flags, 0600);
  if (fd < 0)
    return NULL;
  void *p = MAP_FAILED;
  if (!create || syscall(SYS_fallocate, fd, 0, 0L, (long)bytes) == 0)
    p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  syscall(SYS_close, fd);
  return p == MAP_FAILED ? NULL : p;
}

static void read_command_line(char *out, size_t bytes) {
  int fd = (int)syscall(SYS_openat, AT_FDCWD, "/proc/self/cmdline", O_RDONLY | O_CLOEXEC, 0);
  if (fd < 0)
    return;
  long n = syscall(SYS_read, fd, out, bytes - 1);
  syscall(SYS_close, fd);
  n = n < 0 ? 0 : n;
  while (n && !out[n - 1])
    n--;
  for (long i = 0; i < n; i++)
    if (!out[i])
      out[i] = ' ';
  out[n] = 0;
}

/* The name of the running program's file, without its folder. */
static void read_name(char *out, size_t bytes) {
  char path[1024];
  ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
  path[n < 0 ? 0 : n] = 0;
  const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
  strncpy(out, name, bytes - 1);
  out[bytes - 1] = 0;
}

static bool is_wanted(const char *name) {
  if (control->first_only && control->first_pid != (uint32_t)getpid())
    return false;
  return !control->only[0] || !strncmp(control->only, name, RING_NAME_BYTES - 1);
}

/* Registers this process and makes its ring. `parent_number` only matters when forked. */
static void begin_process(bool forked, uint64_t parent_number) {
  char name[RING_NAME_BYTES] = "", path[PATH_BYTES + 16];
  uint32_t parent = process;
  ring = NULL;
  read_name(name, sizeof name);
  if (!is_wanted(name))
    return;
  uint32_t n = __atomic_fetch_add(&control->n_processes, 1, __ATOMIC_ACQ_REL);
  if (n >= RING_PROCESSES)
    return; /* the recorder sees the number and says so */
  struct ring_process *p = &control->processes[n];
  snprintf(path, sizeof path, "%s/ring.%u", folder, n);
  struct ring *mine = map_file(path, sizeof *mine, true);
  p->pid = (uint32_t)getpid();
  p->forked = forked;
  p->parent = parent;
  p->parent_number = parent_number;
  memcpy(p->name, name, sizeof name);
  if (mine)
    read_command_line(mine->command, sizeof mine->command);
  process = n;
  __atomic_store_n(&p->ready, mine ? 1 : 2, __ATOMIC_RELEASE);
  ring = mine;
}

/* The first thing that happens in a forked child, in its only thread. */
static void begin_child(void) {
  int saved = errno;
  depth++;
  generation++;
  struct ring *parents = ring;
  *unforked = 1;
  if (control && parents)
    begin_process(true, last_number);
  if (parents)
    munmap(parents, sizeof *parents);
  depth--;
  errno = saved;
}

static void find_next(void) {
  *(void **)&next.malloc = dlsym(RTLD_NEXT, "malloc");
  *(void **)&next.calloc = dlsym(RTLD_NEXT, "calloc");
  *(void **)&next.realloc = dlsym(RTLD_NEXT, "realloc");
  *(void **)&next.free = dlsym(RTLD_NEXT, "free");
  *(void **)&next.memalign = dlsym(RTLD_NEXT, "memalign");
  *(void **)&next.aligned_alloc = dlsym(RTLD_NEXT, "aligned_alloc");
  *(void **)&next.posix_memalign = dlsym(RTLD_NEXT, "posix_memalign");
}

/* The value of the session's variable; works before the C library has set up its environment. */
static bool find_folder(void) {
  const char *value = NULL;
  static char block[1 << 16];
  if (environ) {
    size_t n = strlen(RING_ENVIRONMENT);
    for (char **e = environ; *e && !value; e++)
      if (!strncmp(*e, RING_ENVIRONMENT, n) && (*e)[n] == '=')
        value = *e + n + 1;
  } else {
    int fd = (int)syscall(SYS_openat, AT_FDCWD, "/proc/self/environ", O_RDONLY | O_CLOEXEC, 0);
    long n = fd < 0 ? 0 : syscall(SYS_read, fd, block, sizeof block - 1);
    if (fd >= 0)
      syscall(SYS_close, fd);
    for (char *p = block; n > 0 && p < block + n && !value; p += strlen(p) + 1)
      if (!strncmp(p, RING_ENVIRONMENT "=", strlen(RING_ENVIRONMENT) + 1))
        value = p + strlen(RING_ENVIRONMENT) + 1;
  }
  if (!value || strlen(value) >= sizeof folder)
    return false;
  strcpy(folder, value);
  return true;
}

static void open_session(void) {
  char path[PATH_BYTES + 16];
  if (!find_folder())
    return;
  void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED)
    return;
  if (madvise(page, 4096, MADV_WIPEONFORK)) {
    munmap(page, 4096);
    return;
  }
  snprintf(path, sizeof path, "%s/control", folder);
  struct ring_control *c = map_file(path, sizeof *c, false);
  if (!c || c->magic != RING_MAGIC)
    return;
  unforked = page;
  *unforked = 1;
  control = c;
  __atomic_fetch_add(&control->seen, 1, __ATOMIC_RELAXED);
  begin_process(false, 0);
}

/* Finds the allocator behind us and joins the session, at the first call of any kind. */
static COLD void start(void) {
  int expected = UNSTARTED, saved = errno;
  if (!__atomic_compare_exchange_n((int *)&state, &expected, STARTING, false, __ATOMIC_ACQ_REL,
                                   __ATOMIC_ACQUIRE)) {
    /* A second thread this early; the first one is on its way. Within the first one depth is
     * greater than 0 and nobody gets here. */
    while (__atomic_load_n((int *)&state, __ATOMIC_ACQUIRE) != STARTED)
      sched_yield();
    return;
  }
  depth++;
  find_next();
  open_session();
  depth--;
  __atomic_store_n((int *)&state, STARTED, __ATOMIC_RELEASE);
  errno = saved;
}

static bool recorder_is_gone(uint64_t *beat, struct timespec *since) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  uint64_t b = __atomic_load_n(&control->heartbeat, __ATOMIC_RELAXED);
  if (b != *beat || !since->tv_sec) {
    *beat = b;
    *since = now;
    return false;
  }
  return now.tv_sec - since->tv_sec >= 2 && kill((pid_t)control->recorder_pid, 0) && errno == ESRCH;
}

/* Waits until the ring has room for event n; false when it never will. */
static COLD bool wait_for_room(struct ring *r, uint64_t n) {
  uint64_t beat = 0;
  struct timespec since = {0}, pause = {0, 50000};
  int saved = errno;
  while (n - __atomic_load_n(&r->drained, __ATOMIC_ACQUIRE) >= RING_SLOTS) {
    if (__atomic_load_n(&r->off, __ATOMIC_RELAXED) || recorder_is_gone(&beat, &since)) {
      __atomic_store_n(&r->off, 1, __ATOMIC_RELAXED);
      __atomic_fetch_add(&r->dropped, 1, __ATOMIC_RELAXED);
      errno = saved;
      return false;
    }
    syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &pause, NULL); /* no cancellation point */
  }
  errno = saved;
  return true;
}

static void record(enum ring_op op, const void *block, size_t size, unsigned align_log2) {
  if (unforked && UNLIKELY(!*unforked))
    begin_child();
  struct ring *r = ring;
  if (!r || __atomic_load_n(&r->off, __ATOMIC_RELAXED))
    return;
  if (UNLIKELY(thread_born != generation)) {
    thread = __atomic_add_fetch(&r->threads, 1, __ATOMIC_RELAXED);
    thread_born = generation;
  }
  uint64_t n = __atomic_fetch_add(&r->next, 1, __ATOMIC_SEQ_CST);
  if (UNLIKELY(n - __atomic_load_n(&r->drained, __ATOMIC_ACQUIRE) >= RING_SLOTS) &&
      !wait_for_room(r, n))
    return;
  struct ring_slot *slot = &r->slots[n % RING_SLOTS];
  slot->address = (uintptr_t)block;
  slot->size = size;
  slot->thread = thread;
  slot->op = (uint8_t)op;
  slot->align_log2 = (uint8_t)align_log2;
  __atomic_store_n(&slot->ready, n + 1, __ATOMIC_RELEASE);
  last_number = n;
}

static void record_new(enum ring_op op, const void *block, size_t size, unsigned align_log2) {
  if (LIKELY(block != NULL))
    record(op, block, size, align_log2);
  else if (ring)
    __atomic_fetch_add(&ring->refused, 1, __ATOMIC_RELAXED);
}

/* True when the call is the program's own and must be recorded. */
static bool enter(void) {
  if (UNLIKELY(depth))
    return false;
  if (UNLIKELY(__atomic_load_n((int *)&state, __ATOMIC_ACQUIRE) != STARTED))
    start();
  depth = 1;
  return true;
}
static void leave(void) { depth = 0; }

EXPORT void *malloc(size_t bytes) {
  if (!enter())
    return next.malloc ? next.malloc(bytes) : bootstrap_get(bytes);
  void *block = next.malloc(bytes);
  record_new(RING_MALLOC, block, bytes, 0);
  leave();
  return block;
}

EXPORT void *calloc(size_t n, size_t bytes) {
  if (!enter()) {
    size_t all;
    if (next.calloc)
      return next.calloc(n, bytes);
    return __builtin_mul_overflow(n, bytes, &all) ? NULL : bootstrap_get(all);
  }
  void *block = next.calloc(n, bytes);
  record_new(RING_CALLOC, block, n * bytes, 0);
  leave();
  return block;
}

EXPORT void free(void *block) {
  if (!block || UNLIKELY(is_bootstrap(block)))
    return;
  if (!enter()) {
    if (next.free)
      next.free(block);
    return;
  }
  record(RING_FREE, block, 0, 0);
  next.free(block);
  leave();
}

/* A block from before the allocator was found moves over to it. */
static void *leave_bootstrap(void *block, size_t bytes) {
  size_t old = ((size_t *)block)[-2];
  void *moved = malloc(bytes);
  if (moved)
    memcpy(moved, block, old < bytes ? old : bytes);
  return moved;
}

EXPORT void *realloc(void *block, size_t bytes) {
  if (UNLIKELY(is_bootstrap(block)))
    return leave_bootstrap(block, bytes);
  if (!enter()) {
    if (next.realloc)
      return next.realloc(block, bytes);
    return block ? NULL : bootstrap_get(bytes);
  }
  if (block)
    record(RING_REALLOC_START, block, bytes, 0);
  void *moved = next.realloc(block, bytes);
  if (block || moved)
    record(RING_REALLOC_END, moved, bytes, 0);
  if (!moved && bytes && ring)
    __atomic_fetch_add(&ring->refused, 1, __ATOMIC_RELAXED);
  leave();
  return moved;
}

EXPORT void *reallocarray(void *block, size_t n, size_t bytes) {
  size_t all;
  if (__builtin_mul_overflow(n, bytes, &all)) {
    errno = ENOMEM;
    return NULL;
  }
  return realloc(block, all);
}

static unsigned log2_of(size_t alignment) { return alignment ? bit_highest(alignment) : 0; }

EXPORT void *memalign(size_t alignment, size_t bytes) {
  if (!enter())
    return next.memalign ? next.memalign(alignment, bytes) : NULL;
  void *block = next.memalign(alignment, bytes);
  record_new(RING_ALIGNED, block, bytes, log2_of(alignment));
  leave();
  return block;
}

EXPORT void *aligned_alloc(size_t alignment, size_t bytes) {
  if (!enter())
    return next.aligned_alloc ? next.aligned_alloc(alignment, bytes) : NULL;
  void *block = next.aligned_alloc(alignment, bytes);
  record_new(RING_ALIGNED, block, bytes, log2_of(alignment));
  leave();
  return block;
}

EXPORT int posix_memalign(void **out, size_t alignment, size_t bytes) {
  if (!enter())
    return next.posix_memalign ? next.posix_memalign(out, alignment, bytes) : ENOMEM;
  int failed = next.posix_memalign(out, alignment, bytes);
  if (failed != EINVAL)
    record_new(RING_ALIGNED, failed ? NULL : *out, bytes, log2_of(alignment));
  leave();
  return failed;
}

EXPORT void *valloc(size_t bytes) { return memalign((size_t)getpagesize(), bytes); }

EXPORT void *pvalloc(size_t bytes) {
  size_t page = (size_t)getpagesize();
  if (bytes > SIZE_MAX - page) {
    errno = ENOMEM;
    return NULL;
  }
  return memalign(page, align_up(bytes ? bytes : 1, page));
}

static void before_fork(void) { record(RING_FORK, NULL, 0, 0); }
static void after_fork_in_child(void) {
  if (unforked && !*unforked)
    begin_child();
}

__attribute__((constructor)) static void join(void) {
  if (enter()) {
    pthread_atfork(before_fork, NULL, after_fork_in_child);
    leave();
  }
}
