/* Programs of known behaviour, to be recorded: target MODE [ARGUMENT]. Sizes tell the blocks apart:
 * whatever is below 10000 comes from the C library itself. Speaks to nobody unless something is
 * wrong (exit code 99). */
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { THREADS = 4, ROUNDS = 100000, WINDOW = 64 };

static void *volatile kept; /* keeps the compiler from leaving pairs out */
static void *early;

static void require(int condition, const char *what) {
  if (condition)
    return;
  fprintf(stderr, "target: %s\n", what);
  _exit(99);
}

static void *get(size_t bytes) {
  kept = malloc(bytes);
  require(kept != NULL, "malloc failed");
  memset(kept, 1, bytes);
  return kept;
}

__attribute__((constructor)) static void before_main(void) { early = get(10001); }
__attribute__((destructor)) static void after_main(void) { free(get(10009)); }

static void simple(void) {
  void *a = get(20001);
  void *volatile b = calloc(3, 10000);
  for (size_t i = 0; i < 30000; i++)
    require(((char *)b)[i] == 0, "calloc did not zero");
  free(a);
  free(NULL);
  require(malloc_usable_size(b) >= 30000, "malloc_usable_size");
  free(b);
  free(early);
}

static void resize(void) {
  void *volatile p = realloc(NULL, 20000);
  memset(p, 7, 20000);
  for (size_t bytes = 30000; bytes <= 60000; bytes += 10000)
    p = realloc(p, bytes);
  for (size_t i = 0; i < 20000; i++)
    require(((char *)p)[i] == 7, "realloc lost bytes");
  p = reallocarray(p, 7, 10000);
  errno = 0;
  volatile size_t huge = SIZE_MAX / 2 + 1; /* volatile: the compiler would warn */
  require(!reallocarray(p, huge, 16) && errno == ENOMEM, "reallocarray overflowed");
  require(!realloc(p, huge) && errno == ENOMEM, "realloc gave more than there is");
  require(!malloc(huge) && errno == ENOMEM, "malloc gave more than there is");
  require(!calloc(huge, 16) && errno == ENOMEM, "calloc overflowed");
  kept = realloc(p, 0); /* frees */
  require(!kept, "realloc to nothing");
}

static void aligned(void) {
  void *blocks[5];
  blocks[0] = memalign(64, 20000);
  blocks[1] = aligned_alloc(256, 20480);
  require(posix_memalign(&blocks[2], 4096, 20002) == 0, "posix_memalign");
  blocks[3] = valloc(20003);
  blocks[4] = pvalloc(20004);
  static const uintptr_t alignments[] = {64, 256, 4096, 4096, 4096};
  for (int i = 0; i < 5; i++) {
    require(blocks[i] && (uintptr_t)blocks[i] % alignments[i] == 0, "alignment");
    free(blocks[i]);
  }
  require(posix_memalign(&blocks[0], 3, 10) == EINVAL, "posix_memalign with 3");
}

/* Each thread fills its slots, and frees what its neighbour left in its own. */
static void *slots[THREADS][WINDOW];

static void *work(void *argument) {
  size_t me = (size_t)argument, next = (me + 1) % THREADS;
  for (size_t i = 0; i < ROUNDS; i++) {
    void *old = __atomic_exchange_n(&slots[me][i % WINDOW], malloc(10000 + me), __ATOMIC_ACQ_REL);
    free(old);
    free(__atomic_exchange_n(&slots[next][(i * 7) % WINDOW], NULL, __ATOMIC_ACQ_REL));
  }
  return NULL;
}

static void threads(void) {
  pthread_t handles[THREADS];
  for (size_t i = 0; i < THREADS; i++)
    require(!pthread_create(&handles[i], NULL, work, (void *)i), "pthread_create");
  for (size_t i = 0; i < THREADS; i++)
    pthread_join(handles[i], NULL);
  for (size_t i = 0; i < THREADS; i++)
    for (size_t j = 0; j < WINDOW; j++)
      free(slots[i][j]);
}

static void forks(void) {
  void *blocks[10];
  for (size_t i = 0; i < 10; i++)
    blocks[i] = get(20000 + i);
  free(blocks[9]);
  pid_t child = fork();
  if (child == 0) {
    for (size_t i = 0; i < 4; i++)
      free(blocks[i]);
    blocks[4] = realloc(blocks[4], 40000);
    for (size_t i = 0; i < 3; i++)
      get(30000 + i);
    _exit(0);
  }
  get(50000);
  int status;
  waitpid(child, &status, 0);
  require(status == 0, "the child failed");
  for (size_t i = 0; i < 9; i++)
    free(blocks[i]);
}

static volatile int stop_churning;

static void *churn(void *argument) {
  for (size_t i = 0; !stop_churning; i++) {
    void *p = malloc(10000 + i % 1000);
    *(volatile char *)p = 1;
    free(p);
  }
  return NULL;
}

/* Children of a process whose other threads are inside malloc at that moment. */
static void forks_among_threads(int n) {
  pthread_t handles[3];
  for (int i = 0; i < 3; i++)
    require(!pthread_create(&handles[i], NULL, churn, NULL), "pthread_create");
  for (int i = 0; i < n; i++) {
    pid_t child = fork();
    require(child >= 0, "fork");
    if (child == 0) {
      for (size_t k = 0; k < 100; k++)
        free(get(20000 + k));
      _exit(0);
    }
    int status;
    waitpid(child, &status, 0);
    require(status == 0, "a child failed");
  }
  stop_churning = 1;
  for (int i = 0; i < 3; i++)
    pthread_join(handles[i], NULL);
}

static void spawns(const char *self) {
  pid_t child;
  int status;
  char *argv[] = {(char *)(uintptr_t)self, (char *)(uintptr_t) "simple", NULL};
  get(20000);
  require(!posix_spawn(&child, self, NULL, NULL, argv, environ), "posix_spawn");
  waitpid(child, &status, 0);
  require(status == 0, "the child failed");
}

static void loop(const char *marker, long n) {
  for (long i = 0; i < n; i++)
    free(get(10000));
  if (marker) {
    FILE *f = fopen(marker, "w");
    require(f && fclose(f) == 0, "marker");
  }
}

/* Sizes and order that no compressor can shorten much. */
static void random_blocks(long n) {
  static void *blocks[1000];
  uint64_t x = 88172645463325252u;
  for (long i = 0; i < n; i++) {
    x ^= x << 13, x ^= x >> 7, x ^= x << 17;
    void **place = &blocks[x % 1000];
    free(*place);
    *place = malloc(10000 + (x >> 20) % 5000);
  }
}

int main(int argc, char **argv) {
  const char *mode = argc > 1 ? argv[1] : "";
  const char *argument = argc > 2 ? argv[2] : NULL;
  if (!strcmp(mode, "simple")) {
    simple();
  } else if (!strcmp(mode, "resize")) {
    resize();
  } else if (!strcmp(mode, "aligned")) {
    aligned();
  } else if (!strcmp(mode, "threads")) {
    threads();
  } else if (!strcmp(mode, "fork")) {
    forks();
  } else if (!strcmp(mode, "fork-threads")) {
    forks_among_threads(atoi(argument));
  } else if (!strcmp(mode, "spawn")) {
    spawns(argv[0]);
  } else if (!strcmp(mode, "exec")) {
    get(20000);
    execv(argv[0], (char *[]){argv[0], (char *)(uintptr_t) "simple", NULL});
    return 99;
  } else if (!strcmp(mode, "exit")) {
    get(20000);
    _exit(atoi(argument));
  } else if (!strcmp(mode, "kill")) {
    for (size_t i = 0; i < 5000; i++)
      get(20000 + i);
    kill(getpid(), SIGKILL);
  } else if (!strcmp(mode, "random")) {
    random_blocks(400000);
  } else if (!strcmp(mode, "loop")) {
    loop(argument, argc > 3 ? atol(argv[3]) : 1000000);
  } else {
    require(0, "unknown mode");
  }
  return 0;
}
