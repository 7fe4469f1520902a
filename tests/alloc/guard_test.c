/* Misuse of memory under the layer guard: each in a process of its own, which must abort with
 * exactly this message (addresses and offsets are replaced before comparing). */
#include "alloc/alloc.h"
#include "base/bits.h"
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* The sites that messages name. Not static, so that no copy with another name is made of them. */
char *make(struct alloc *a, size_t bytes);
void give_back(struct alloc *a, void *block);
NO_INLINE char *make(struct alloc *a, size_t bytes) {
  char *block = alloc_get(a, bytes);
  block[0] = 1; /* keeps the call from being the last thing, whose caller would be named */
  return block;
}
NO_INLINE void give_back(struct alloc *a, void *block) {
  alloc_put(a, block);
  __asm__ volatile("");
}

static void overflow(struct alloc *a) {
  char *p = make(a, 32);
  p[33] = 1;
  give_back(a, p);
}
static void underflow(struct alloc *a) {
  char *p = make(a, 32);
  p[-2] = 1;
  give_back(a, p);
}
static void overflow_found_by_realloc(struct alloc *a) {
  char *p = make(a, 20);
  p[20] = 1;
  if (!a->realloc(a, p, 40))
    exit(1);
}
static void overflow_found_at_close(struct alloc *a) {
  make(a, 8)[8] = 1;
  alloc_close(a);
}
static void double_free(struct alloc *a) {
  char *p = make(a, 48);
  give_back(a, p);
  give_back(a, p);
}
static void use_after_free(struct alloc *a) {
  char *p = make(a, 64);
  give_back(a, p);
  p[5] = 1;
  alloc_trim(a); /* ends the quarantine */
}
static void use_after_free_found_by_check(struct alloc *a) {
  char *p = make(a, 64), message[512];
  give_back(a, p);
  p[63] = 1;
  if (!alloc_check(a, message, sizeof message)) {
    fprintf(stderr, "check says: %s\n", message);
    abort();
  }
}
static void realloc_of_freed(struct alloc *a) {
  char *p = make(a, 16);
  give_back(a, p);
  if (!a->realloc(a, p, 32))
    exit(1);
}
static void free_of_foreign(struct alloc *a) {
  static char foreign[64];
  make(a, 16);
  give_back(a, foreign + 16);
}
static void free_of_interior(struct alloc *a) {
  char *p = make(a, 100);
  give_back(a, p + 40);
}
static void free_of_old_after_realloc(struct alloc *a) {
  char *p = make(a, 16);
  if (!a->realloc(a, p, 16))
    exit(1);
  give_back(a, p);
}

static const struct {
  const char *name;
  void (*misuse)(struct alloc *a);
  const char *message;
} cases[] = {
    {"overflow", overflow,
     "ouro: guard: overflow: byte 33 of a block of 32 bytes at ADDRESS was overwritten; allocated "
     "by "
     "make+OFFSET\n"},
    {"underflow", underflow,
     "ouro: guard: underflow: byte -2 of a block of 32 bytes at ADDRESS was overwritten; allocated "
     "by make+OFFSET\n"},
    {"overflow_found_by_realloc", overflow_found_by_realloc,
     "ouro: guard: overflow: byte 20 of a block of 20 bytes at ADDRESS was overwritten; allocated "
     "by "
     "make+OFFSET\n"},
    {"overflow_found_at_close", overflow_found_at_close,
     "ouro: guard: overflow: byte 8 of a block of 8 bytes at ADDRESS was overwritten; allocated by "
     "make+OFFSET\n"},
    {"double_free", double_free,
     "ouro: guard: free of a freed block of 48 bytes at ADDRESS by give_back+OFFSET; allocated by "
     "make+OFFSET, freed by give_back+OFFSET\n"},
    {"use_after_free", use_after_free,
     "ouro: guard: use after free: byte 5 of a freed block of 64 bytes at ADDRESS was overwritten; "
     "allocated by make+OFFSET, freed by give_back+OFFSET\n"},
    {"use_after_free_found_by_check", use_after_free_found_by_check,
     "check says: guard: use after free: byte 63 of a freed block of 64 bytes at ADDRESS was "
     "overwritten; allocated by make+OFFSET, freed by give_back+OFFSET\n"},
    {"realloc_of_freed", realloc_of_freed,
     "ouro: guard: realloc of a freed block of 16 bytes at ADDRESS by realloc_of_freed+OFFSET; "
     "allocated by make+OFFSET, freed by give_back+OFFSET\n"},
    {"free_of_foreign", free_of_foreign,
     "ouro: guard: free of ADDRESS by give_back+OFFSET: no block of this allocator starts there\n"},
    {"free_of_interior", free_of_interior,
     "ouro: guard: free of ADDRESS by give_back+OFFSET: it points to byte 40 of a block of 100 "
     "bytes; "
     "allocated by make+OFFSET\n"},
    {"free_of_old_after_realloc", free_of_old_after_realloc,
     "ouro: guard: free of a freed block of 16 bytes at ADDRESS by give_back+OFFSET; allocated by "
     "make+OFFSET, freed by free_of_old_after_realloc+OFFSET\n"},
};

/* Replaces "+0x12" by "+OFFSET" and "0x7f12" by "ADDRESS". */
static void normalize(const char *from, char *to, size_t to_bytes) {
  char *end = to + to_bytes - 16;
  while (*from && to < end) {
    bool offset = !strncmp(from, "+0x", 3);
    if (offset || !strncmp(from, "0x", 2)) {
      to = stpcpy(to, offset ? "+OFFSET" : "ADDRESS");
      from += offset ? 3 : 2;
      while (isxdigit((unsigned char)*from))
        from++;
    } else
      *to++ = *from++;
  }
  *to = '\0';
}

/* What a child writes on standard error, normalized; it must end by SIGABRT. */
static void run_misuse(void (*misuse)(struct alloc *), const char *spec, char *message,
                       size_t message_bytes) {
  int pipe_ends[2], status;
  assert_int_equal(pipe(pipe_ends), 0);
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    char error[512];
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    dup2(pipe_ends[1], STDERR_FILENO);
    struct alloc *a = alloc_open(spec, error, sizeof error);
    if (a)
      misuse(a);
    _exit(1);
  }
  close(pipe_ends[1]);
  char raw[2048];
  size_t n = 0;
  for (ssize_t got;
       n < sizeof raw - 1 && (got = read(pipe_ends[0], raw + n, sizeof raw - 1 - n)) > 0;)
    n += (size_t)got;
  raw[n] = '\0';
  close(pipe_ends[0]);
  assert_int_equal(waitpid(child, &status, 0), child);
  normalize(raw, message, message_bytes);
  if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGABRT)
    fail_msg("the process did not abort (status %#x): %s", (unsigned)status, message);
}

static void misuse_is_reported(void **state) {
  size_t i = (size_t)(uintptr_t)*state;
  static const char *const specs[] = {"guard+malloc", "guard+pool", "guard:zone=64+mimalloc",
                                      "guard+count+jemalloc"};
  for (size_t s = 0; s < ARRAY_SIZE(specs); s++) {
    char message[2048];
    run_misuse(cases[i].misuse, specs[s], message, sizeof message);
    assert_string_equal(message, cases[i].message);
  }
}

static void proper_use_is_not_reported(void **state) {
  char error[512];
  struct alloc *a = alloc_open("guard:quarantine=64K+pool", error, sizeof error);
  assert_non_null(a);
  static char *blocks[5000];
  for (int round = 0; round < 20; round++)
    for (size_t i = 0; i < ARRAY_SIZE(blocks); i++) {
      size_t bytes = (i * 37 + (size_t)round * 11) % 700;
      if (i % 3 == 0 && blocks[i])
        blocks[i] = a->realloc(a, blocks[i], bytes);
      else {
        alloc_put(a, blocks[i]);
        blocks[i] = alloc_get(a, bytes);
      }
      assert_non_null(blocks[i]);
      memset(blocks[i], round, bytes);
    }
  if (!alloc_check(a, error, sizeof error))
    fail_msg("%s", error);
  for (size_t i = 0; i < ARRAY_SIZE(blocks); i++)
    alloc_put(a, blocks[i]);
  if (!alloc_check(a, error, sizeof error))
    fail_msg("%s", error);
  alloc_close(a);
}

static void new_blocks_are_poisoned(void **state) {
  char error[512];
  struct alloc *a = alloc_open("guard:quarantine=0+malloc", error, sizeof error);
  unsigned char *p = alloc_get(a, 200);
  for (size_t i = 0; i < 200; i++)
    assert_int_equal(p[i], 0xa5);
  alloc_put(a, p);
  alloc_close(a);
}

int main(void) {
  struct CMUnitTest tests[ARRAY_SIZE(cases) + 2];
  size_t n = 0;
  for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
    tests[n++] =
        (struct CMUnitTest){cases[i].name, misuse_is_reported, NULL, NULL, (void *)(uintptr_t)i};
  tests[n++] = (struct CMUnitTest)cmocka_unit_test(proper_use_is_not_reported);
  tests[n++] = (struct CMUnitTest)cmocka_unit_test(new_blocks_are_poisoned);
  return _cmocka_run_group_tests("guard", tests, n, NULL, NULL);
}
