/* A run over a fake bench-graph: a shell script that ends in the way its workload is called. */
#pragma once
#include "bench/results.h"
#include "bench/runner.h"
#include "os/file.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char fake_folder[64], fake_directory[80];

static const char fake_program[] =
    "#!/bin/sh\n"
    "row() { printf "
    "'{\"context\":{\"num_cpus\":2},\"benchmarks\":[{\"name\":\"x\",\"run_type\":\"iteration\","
    "\"iterations\":1,\"real_time\":%s,\"cpu_time\":1.5,\"time_unit\":\"ms\",\"label\":\"checksum=%"
    "s\"%s}]}\\n'"
    " \"$1\" \"$2\" \"$3\"; }\n"
    "echo run >>\"$(dirname \"$0\")/log\"\n"
    "case \"$1\" in\n"
    "*graph/good/*) row 2 0x1 ',\"gc_collections_0\":3' ;;\n"
    "*graph/detail/*) row 2 0x1; echo '{\"pauses\":{\"wall_ns\":[5,6]}}' >\"$OURO_DETAIL\" ;;\n"
    "*graph/crash/*) echo 'about to fall' >&2; kill -SEGV $$ ;;\n"
    "*graph/hang/*) sleep 100 & wait ;;\n"
    "*graph/exit/*) row 2 0x1; echo 'no such thing' >&2; exit 3 ;;\n"
    "*graph/garbage/*) echo 'hello {' ;;\n"
    "*graph/silent/*) ;;\n"
    "*graph/error/*) row 2 0x1 ',\"error_occurred\":true,\"error_message\":\"checks failed\"'; "
    "exit 3 ;;\n"
    "*graph/hungry-row/*) row 2 0x1 ',\"error_occurred\":true,\"error_message\":\"Out of "
    "memory\"'; exit 3 ;;\n"
    "*graph/none/*) echo '{\"benchmarks\":[]}' ;;\n"
    "*graph/eats/*) exec python3 -c 'x=bytearray(1<<30); print(len(x))' ;;\n"
    "*graph/floods/*) exec yes ;;\n"
    "*graph/deviates/alloc:*) case \"$*\" in *alloc=tbb*) row 2 0x2 ;; *) row 2 0x1 ;; esac ;;\n"
    "*) exit 99 ;;\n"
    "esac\n";

static int fake_open(void **state) {
  snprintf(fake_folder, sizeof fake_folder, "/tmp/ouro-fake-XXXXXX");
  if (!mkdtemp(fake_folder))
    return 1;
  char path[128];
  snprintf(path, sizeof path, "%s/bench-graph", fake_folder);
  int fd = open(path, O_WRONLY | O_CREAT, 0755);
  if (fd < 0 || write(fd, fake_program, strlen(fake_program)) < 0 || close(fd))
    return 1;
  snprintf(fake_directory, sizeof fake_directory, "%s/run", fake_folder);
  return 0;
}

static int fake_close(void **state) {
  char command[128];
  snprintf(command, sizeof command, "rm -rf %s", fake_folder);
  return system(command);
}

/* A plan of one graph under the allocators named, written into a fresh directory. */
static struct plan fake_plan(const char *workload, const char *const *allocs,
                             unsigned repetitions) {
  struct plan plan;
  char path[160], error[256], command[256];
  /* Only cells that look inside are asked for details. */
  const char *kind = strcmp(workload, "detail") ? "graph" : "inside";
  struct plan_row row = {.kind = (char *)(uintptr_t)kind, .workload = (char *)(uintptr_t)workload};
  snprintf(command, sizeof command, "rm -rf %s %s/log", fake_directory, fake_folder);
  assert_int_equal(system(command), 0);
  plan_open(&plan, "fake", 1, repetitions);
  for (; *allocs; allocs++)
    plan_add(&plan, &row, *allocs, "none", 0);
  plan_freeze(&plan);
  assert_true(file_make_folders(fake_directory, error, sizeof error));
  snprintf(path, sizeof path, "%s/plan.json", fake_directory);
  assert_true(plan_write(&plan, path, error, sizeof error));
  return plan;
}

static inline struct runner_request fake_request(void) {
  return (struct runner_request){.directory = fake_directory,
                                 .program_folder = fake_folder,
                                 .launcher = LAUNCHER,
                                 .cpu = -1,
                                 .time_limit_seconds = 20,
                                 .memory_limit_bytes = 512u << 20,
                                 .sample_ns = 2000000};
}

/* How often the fake program was started since fake_plan. */
static inline size_t fake_starts(void) {
  char path[128], error[256];
  size_t bytes, n = 0;
  snprintf(path, sizeof path, "%s/log", fake_folder);
  char *text = file_read(path, &bytes, error, sizeof error);
  for (char *p = text; p && *p; p++)
    n += *p == '\n';
  free(text);
  return n;
}
