/* ouro merge: the shards of one plan become one run. */
#include "bench/results.h"
#include "cli/measure.h"
#include "cli/show.h"
#include "os/file.h"
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Copies one file as it is. */
static bool copy(const char *from, const char *to, char *error, size_t error_bytes) {
  size_t bytes;
  char *text = file_read(from, &bytes, error, error_bytes);
  bool ok = text && file_write_atomic(to, text, bytes, error, error_bytes);
  free(text);
  return ok;
}

/* Opens the target: a copy of the first shard's plan and environment, or what is there already. */
static bool open_target(const char *target, const char *first, struct plan *plan, char *error,
                        size_t error_bytes) {
  static const char *const names[] = {"environment.json", "plan.json"};
  char from[PATH_MAX], to[PATH_MAX];
  snprintf(to, sizeof to, "%s/cells", target);
  if (!file_make_folders(to, error, error_bytes))
    return false;
  for (size_t i = 0; i < 2; i++) {
    snprintf(from, sizeof from, "%s/%s", first, names[i]);
    snprintf(to, sizeof to, "%s/%s", target, names[i]);
    if (access(to, F_OK) != 0 && !copy(from, to, error, error_bytes))
      return false;
  }
  return plan_read(plan, to, error, error_bytes);
}

/* Takes over the cells that the target lacks. The number taken, or -1 with a message. */
static int take(const char *target, const struct plan *plan, const char *shard, char *error,
                size_t error_bytes) {
  char path[PATH_MAX];
  struct plan other;
  snprintf(path, sizeof path, "%s/plan.json", shard);
  if (!plan_read(&other, path, error, error_bytes))
    return -1;
  bool same = !strcmp(other.hash, plan->hash);
  plan_close(&other);
  if (!same) {
    snprintf(error, error_bytes, "%s belongs to another plan", shard);
    return -1;
  }
  int taken = 0;
  for (size_t i = 0; i < plan->cells.n; i++) {
    const struct plan_cell *cell = &plan->cells.items[i];
    struct result there, here;
    bool has = results_read_cell(&there, target, cell);
    bool found = !has && results_read_cell(&here, shard, cell);
    results_cell_close(&there);
    if (has)
      continue;
    if (found) {
      snprintf(path, sizeof path, "%s", results_cell_path(shard, cell));
      if (!copy(path, results_cell_path(target, cell), error, error_bytes)) {
        results_cell_close(&here);
        return -1;
      }
      taken++;
    } else if (*here.message) {
      fprintf(stderr, "ouro merge: %s\n", here.message);
    }
    results_cell_close(&here);
  }
  return taken;
}

static int run(const struct cli_line *line) {
  char error[PATH_MAX + 256];
  const char *target = cli_text(line, &cli_output);
  struct plan plan;
  if (!target) {
    cli_complain(line, "--output says where the whole run goes");
    return CLI_USAGE;
  }
  int code = CLI_OK, lock = measure_lock(line, target, &code);
  if (lock < 0)
    return code;
  if (!open_target(target, line->operands[0], &plan, error, sizeof error)) {
    cli_complain(line, "%s", error);
    close(lock);
    return CLI_USAGE;
  }
  for (unsigned i = 0; i < line->n_operands && code == CLI_OK; i++) {
    int taken = take(target, &plan, line->operands[i], error, sizeof error);
    if (taken >= 0 && !cli_flag(line, &cli_quiet))
      fprintf(stderr, "%s: %d cells taken\n", line->operands[i], taken);
    if (taken < 0) {
      cli_complain(line, "%s", error);
      code = CLI_USAGE;
    }
  }
  plan_close(&plan);
  struct results results;
  if (code == CLI_OK && results_read(&results, target, error, sizeof error)) {
    for (size_t i = 0; i < results.plan.cells.n; i++)
      if (results.cells[i].outcome == OUTCOME_missing)
        fprintf(stderr, "missing %s %s\n", results.plan.cells.items[i].id,
                results.plan.cells.items[i].name);
    code = show_problems(&results, cli_flag(line, &cli_quiet), false);
    results_close(&results);
  }
  close(lock);
  return code;
}

const struct cli_command cli_merge = {
    .name = "merge",
    .summary = "join the shards of one plan into one run",
    .operands = "RUN ...",
    .description = "Copies the cells of runs that share a plan (ouro run --shard) into --output, "
                   "and names those\n"
                   "that no shard has (exit code 5). Cells that are there already stay: merging "
                   "again, in any\n"
                   "order, changes nothing.",
    .least = 1,
    .most = UINT_MAX,
    .options = (const struct cli_option *const[]){&cli_output, &cli_quiet, NULL},
    .run = run,
};
