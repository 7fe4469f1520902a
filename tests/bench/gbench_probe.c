/* A small benchmark program, driven by gbench_test.py. */
#include "bench/gbench.h"
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

static struct gbench_flag flags[] = {
    {"work", "additions per iteration", "1000"}, {"names", "how many more to register", "0"}, {0}};
static uint64_t work;
static volatile uint64_t sink;
static atomic_int threads_seen;

static void empty(struct gbench_state *s, void *context) {
  gbench_begin(s);
  gbench_end(s);
}

static void add(struct gbench_state *s, void *context) {
  uint64_t n = gbench_begin(s);
  for (uint64_t i = 0; i < n * work; i++)
    sink += i;
  gbench_end(s);
  gbench_counter(s, "total", (double)(n * work), GBENCH_PLAIN);
  gbench_counter(s, "each", (double)(n * work), GBENCH_PER_ITERATION);
  gbench_label(s, context);
}

static void fail(struct gbench_state *s, void *context) {
  gbench_fail(s, "it was meant to");
  gbench_begin(s);
  gbench_end(s);
}

static void manual(struct gbench_state *s, void *context) {
  uint64_t n = gbench_begin(s);
  gbench_set_seconds(s, 3e-6 * (double)n);
  gbench_end(s);
}

static void arguments(struct gbench_state *s, void *context) {
  while (gbench_keep_running(s)) {
    gbench_pause(s);
    gbench_resume(s);
  }
  gbench_counter(s, "product", (double)(gbench_argument(s, 0) * gbench_argument(s, 1)),
                 GBENCH_PLAIN);
}

static void threads(struct gbench_state *s, void *context) {
  gbench_begin(s);
  atomic_fetch_or(&threads_seen, 1 << gbench_thread(s));
  gbench_end(s);
  if (gbench_thread(s) == 0)
    gbench_counter(s, "seen", atomic_load(&threads_seen), GBENCH_PLAIN);
}

static void memory_starts(void) {}
static void memory_stops(struct gbench_memory *out) {
  *out = (struct gbench_memory){
      .allocations = 160, .peak_bytes = 4096, .total_bytes = -1, .growth_bytes = -1};
}
static const struct gbench_memory_manager memory = {memory_starts, memory_stops};

static bool add_all(char *error, size_t error_bytes) {
  work = strtoull(flags[0].value, NULL, 10);
  if (!work) {
    snprintf(error, error_bytes, "--work=%s: wants a number above 0", flags[0].value);
    return false;
  }
  gbench_add_context("probe", "yes");
  gbench_set_memory_manager(&memory);
  gbench_add(&(struct gbench_case){.name = "empty/size:1", .run = empty, .iterations = 1});
  gbench_add(&(struct gbench_case){
      .name = "add/kind:sum", .run = add, .context = "label", .iterations = 100});
  gbench_add(&(struct gbench_case){.name = "fail/kind:always", .run = fail});
  gbench_add(&(struct gbench_case){
      .name = "manual/x:1", .run = manual, .iterations = 10, .manual_time = true});
  gbench_add(&(struct gbench_case){.name = "arguments",
                                   .run = arguments,
                                   .iterations = 5,
                                   .argument_names = {"a", "b"},
                                   .arguments = {6, 7}});
  gbench_add(&(struct gbench_case){.name = "threads/threads:2",
                                   .run = threads,
                                   .threads = 2,
                                   .iterations = 1,
                                   .real_time = true});
  for (uint64_t i = 0, n = strtoull(flags[1].value, NULL, 10); i < n; i++) {
    char name[64];
    snprintf(name, sizeof name, "many/of:%llu/order:random/alloc:pool", (unsigned long long)i);
    gbench_add(&(struct gbench_case){.name = name, .run = empty, .iterations = 1});
  }
  return true;
}

int main(int argc, char **argv) {
  static const char *const few[] = {"each", NULL};
  struct gbench_program program = {"gbench_probe", "drives the wrapper", flags, add_all, NULL, few};
  return gbench_main(argc, argv, &program);
}
