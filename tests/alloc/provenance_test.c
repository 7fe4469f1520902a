/* Proof that each backend's memory comes from the library it names: its functions lie in that
 * library's file, the C library's heap does not grow while another backend serves, and the blocks
 * lie in memory that was not mapped before it served and is not the C library's heap. */
#include "alloc/foreign.h"
#include "base/bits.h"
#include "specs.h"
#include <dlfcn.h>
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

enum { N = 30000, BYTES = 200 };
static char error[512];
static void *blocks[N];

static const char *file_of(const void *address) {
  Dl_info info;
  if (!dladdr(address, &info) || !info.dli_fname)
    return "nowhere";
  const char *slash = strrchr(info.dli_fname, '/');
  return slash ? slash + 1 : info.dli_fname;
}

static struct alloc *open_or_fail(const char *spec) {
  struct alloc *a = alloc_open(spec, error, sizeof error);
  if (!a)
    fail_msg("%s", error);
  return a;
}

/* Bytes the C library has handed out in this process, whoever asked. */
static size_t libc_live_bytes(void) {
  struct mallinfo2 (*read)(void);
  void *handle = dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD), *symbol = dlsym(handle, "mallinfo2");
  memcpy(&read, &symbol, sizeof symbol);
  struct mallinfo2 info = read();
  return info.uordblks + info.hblkhd;
}

static void the_functions_lie_in_the_named_library(void **state) {
  size_t n = 0;
  for (size_t i = 0; alloc_registry[i]; i++) {
    if (!alloc_registry[i]->library)
      continue;
    struct alloc *a = open_or_fail(alloc_registry[i]->name);
    const struct foreign_functions *f = &((struct foreign *)a)->call;
    const void *functions[] = {(void *)(uintptr_t)f->malloc, (void *)(uintptr_t)f->calloc,
                               (void *)(uintptr_t)f->realloc, (void *)(uintptr_t)f->free,
                               (void *)(uintptr_t)f->usable};
    /* An archive is linked into the program. That its functions are not the C library's under a
     * stub's address shows below, where blocks come from. */
    const char *library = alloc_registry[i]->library, *suffix = strrchr(library, '.');
    const char *file = strcmp(suffix, ".a") ? library : file_of((void *)(uintptr_t)open_or_fail);
    for (size_t k = 0; k < ARRAY_SIZE(functions); k++)
      assert_string_equal(file_of(functions[k]), file);
    alloc_close(a);
    n++;
  }
  assert_int_equal(n, 5);
}

static void allocate_all(struct alloc *a) {
  for (size_t i = 0; i < N; i++) {
    blocks[i] = alloc_get(a, BYTES);
    assert_non_null(blocks[i]);
    memset(blocks[i], 1, BYTES);
  }
}

static void only_malloc_takes_from_the_c_library(void **state) {
  for (size_t i = 0; alloc_registry[i]; i++) {
    const struct alloc_backend *b = alloc_registry[i];
    if (b->is_layer)
      continue;
    char spec[SPEC_BYTES];
    snprintf(spec, sizeof spec, "%s%s", b->name, specs_required_options(b->name));
    struct alloc *a = open_or_fail(spec);
    alloc_put(a, alloc_get(a, 100)); /* what it sets up once */
    size_t before = libc_live_bytes();
    allocate_all(a);
    size_t growth = libc_live_bytes() - before;
    if (!strcmp(b->name, "malloc"))
      assert_true(growth >= (size_t)N * BYTES);
    else if (growth > (size_t)N * BYTES / 100)
      fail_msg("%s: %zu bytes came from the C library", b->name, growth);
    for (size_t k = 0; k < N; k++)
      alloc_put(a, blocks[k]);
    alloc_close(a);
  }
}

/* Two libraries never hand out the same bytes: their live blocks are disjoint. */
static int compare(const void *a, const void *b) {
  uintptr_t x = (uintptr_t) * (void *const *)a, y = (uintptr_t) * (void *const *)b;
  return x < y ? -1 : x > y;
}

static void backends_share_no_memory(void **state) {
  enum { EACH = 2000 };
  static void *all[SPECS_MAX * EACH];
  static struct alloc *open[SPECS_MAX];
  size_t n = 0, n_open = 0;
  for (size_t i = 0; alloc_registry[i]; i++) {
    if (alloc_registry[i]->is_layer || !strcmp(alloc_registry[i]->name, "lib"))
      continue;
    struct alloc *a = open[n_open++] = open_or_fail(alloc_registry[i]->name);
    for (size_t k = 0; k < EACH; k++) {
      all[n] = alloc_get(a, BYTES);
      memset(all[n++], 1, BYTES);
    }
  }
  static void *sorted[SPECS_MAX * EACH];
  memcpy(sorted, all, sizeof all);
  qsort(sorted, n, sizeof *sorted, compare);
  for (size_t i = 1; i < n; i++)
    assert_true((char *)sorted[i] - (char *)sorted[i - 1] >= BYTES);
  for (size_t i = 0; i < n_open; i++) {
    for (size_t k = 0; k < EACH; k++)
      alloc_put(open[i], all[i * EACH + k]);
    alloc_close(open[i]);
  }
}

/* A mapping of this process that holds an address: its first address, or 0. */
static uintptr_t mapping_of(const void *address) {
  FILE *maps = fopen("/proc/self/maps", "re");
  uintptr_t found = 0, start, end;
  char line[4096];
  assert_non_null(maps);
  while (!found && fgets(line, sizeof line, maps))
    if (sscanf(line, "%lx-%lx", &start, &end) == 2 && (uintptr_t)address >= start &&
        (uintptr_t)address < end)
      found = start;
  fclose(maps);
  return found;
}

static void the_libraries_own_figures_grow(void **state) {
  static const char *const names[] = {"jemalloc", "tcmalloc", "malloc"};
  for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
    struct alloc *a = open_or_fail(names[i]);
    struct alloc_stats before, after;
    alloc_read_stats(a, &before);
    allocate_all(a);
    alloc_read_stats(a, &after);
    assert_true(after.live_bytes - before.live_bytes >= (uint64_t)N * BYTES);
    assert_true(mapping_of(blocks[N - 1]) != 0);
    for (size_t k = 0; k < N; k++)
      alloc_put(a, blocks[k]);
    alloc_close(a);
  }
  struct alloc *a = open_or_fail("mimalloc"); /* it counts what it commits */
  struct alloc_stats after;
  allocate_all(a);
  alloc_read_stats(a, &after);
  assert_true(after.mapped_bytes >= (uint64_t)N * BYTES);
  for (size_t k = 0; k < N; k++)
    alloc_put(a, blocks[k]);
  alloc_close(a);
}

static void the_process_keeps_its_own_malloc(void **state) {
  /* All libraries are loaded by now. Volatile: the compiler knows malloc. */
  void *(*volatile get)(size_t) = malloc;
  void (*volatile put)(void *) = free;
  size_t before = libc_live_bytes();
  void *p = get(100000);
  assert_non_null(p);
  assert_true(libc_live_bytes() >= before + 100000);
  put(p);
}

static void a_preloaded_allocator_does_not_get_in_between(void **state) {
  /* The same test in a process where mimalloc has taken over the name malloc. */
  char command[4352], self[4096];
  ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
  assert_true(length > 0);
  self[length] = '\0';
  snprintf(command, sizeof command,
           "LD_PRELOAD=libmimalloc.so.2 CMOCKA_MESSAGE_OUTPUT=TAP '%s' preloaded 2>&1", self);
  FILE *child = popen(command, "r");
  assert_non_null(child);
  char output[8192] = "", line[512];
  while (fgets(line, sizeof line, child))
    strncat(output, line, sizeof output - strlen(output) - 1);
  if (pclose(child) != 0)
    fail_msg("%s", output);
  assert_non_null(strstr(output, "ok 2 - only_malloc_takes_from_the_c_library"));
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_functions_lie_in_the_named_library),
      cmocka_unit_test(only_malloc_takes_from_the_c_library),
      cmocka_unit_test(backends_share_no_memory),
      cmocka_unit_test(the_libraries_own_figures_grow),
      cmocka_unit_test(the_process_keeps_its_own_malloc),
      cmocka_unit_test(a_preloaded_allocator_does_not_get_in_between),
  };
  if (argc > 1) /* under a preloaded allocator: what must hold there too */
    return _cmocka_run_group_tests("preloaded", tests, 4, NULL, NULL);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
