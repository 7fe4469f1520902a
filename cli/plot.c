/* ouro plot: the figures of a run. */
#include "base/nearest.h"
#include "bench/preset.h"
#include "cli/cli.h"
#include "cli/figures.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const struct cli_option figure_option = {"figure", CLI_TEXT, "NAME", NULL,
                                                "draw only this one"};
static const struct cli_option workload_option = {"workload", CLI_TEXT, "NAME", NULL,
                                                  "for figures that show one workload"};
static const struct cli_option alloc_option = {"to-alloc", CLI_TEXT, "NAME", "malloc",
                                               "allocator that ratios are taken to"};
static const struct cli_option gc_option = {
    "to-gc", CLI_TEXT, "NAME", "three-generation",
    "collector that ratios are taken to, and of figures that show one"};

static bool figure_known(const struct cli_line *line, const char *name) {
  struct nearest nearest;
  nearest_start(&nearest, name);
  for (const struct figure *figure = figures; figure->name; figure++) {
    if (!strcmp(figure->name, name))
      return true;
    nearest_try(&nearest, figure->name);
  }
  const char *best = nearest_end(&nearest);
  cli_complain(line, best ? "no figure is called %s; did you mean %s?" : "no figure is called %s",
               name, best);
  return false;
}

static const char *workload_of(const struct plan_cell *cell) { return cell->row.workload; }
static const char *alloc_of(const struct plan_cell *cell) { return cell->alloc; }
static const char *gc_of(const struct plan_cell *cell) { return cell->gc; }

static bool has(const struct plan *plan, const char *(*name_of)(const struct plan_cell *),
                const char *name) {
  for (size_t i = 0; i < plan->cells.n; i++)
    if (!strcmp(name_of(&plan->cells.items[i]), name))
      return true;
  return false;
}

/* What the option says, which must be in the run; false after a message. Where it is not given, its
 * default, and in a run without that the first that is, in the order in which they are shown. */
static bool choose(const struct cli_line *line, const struct cli_option *option,
                   const struct plan *plan, const char *(*name_of)(const struct plan_cell *),
                   const char **chosen) {
  const char *name = *chosen = cli_text(line, option), *known;
  if (!name || has(plan, name_of, name))
    return true;
  for (size_t i = 0; !cli_given(line, option) && (known = preset_order(i)); i++)
    if (has(plan, name_of, known)) {
      *chosen = known;
      return true;
    }
  if (!cli_given(line, option))
    return true;
  struct nearest nearest;
  nearest_start(&nearest, name);
  for (size_t i = 0; i < plan->cells.n; i++)
    nearest_try(&nearest, name_of(&plan->cells.items[i]));
  const char *best = nearest_end(&nearest);
  cli_complain(line, "--%s=%s is not in this run%s%s%s", option->name, name,
               best ? "; did you mean " : "", best ? best : "", best ? "?" : "");
  return false;
}

static bool make_folder(const struct cli_line *line, const char *path) {
  if (mkdir(path, 0777) == 0 || errno == EEXIST)
    return true;
  cli_complain(line, "%s: %s", path, strerror(errno));
  return false;
}

static int run(const struct cli_line *line) {
  const char *directory = line->operands[0], *only = cli_text(line, &figure_option);
  char error[900] = "", folder[4096];
  if (only && !figure_known(line, only))
    return CLI_USAGE;
  struct results results;
  if (!results_read(&results, directory, error, sizeof error)) {
    cli_complain(line, "%s", error);
    return CLI_USAGE;
  }
  const char *output = cli_text(line, &cli_output);
  if (!output) {
    snprintf(folder, sizeof folder, "%s/plots", directory);
    output = folder;
  }
  struct figure_request request = {
      .results = &results,
      .output = output,
      .templates = figure_templates(),
  };
  int drawn = -1;
  int status = CLI_USAGE;
  if (choose(line, &workload_option, &results.plan, workload_of, &request.workload) &&
      choose(line, &alloc_option, &results.plan, alloc_of, &request.baseline) &&
      choose(line, &gc_option, &results.plan, gc_of, &request.gc) && make_folder(line, output)) {
    drawn = figures_draw(&request, only, error, sizeof error);
    if (drawn < 0)
      cli_complain(line, "%s", error);
    else if (!drawn)
      cli_complain(line, "%s holds nothing to draw", directory);
    status = drawn > 0 ? CLI_OK : CLI_FAILED;
  }
  if (drawn > 0)
    printf("%s/%s\n", output, only ? "" : "index.html");
  results_close(&results);
  return status;
}

static const struct cli_option *const options[] = {&cli_output,   &figure_option, &workload_option,
                                                   &alloc_option, &gc_option,     NULL};

extern const struct cli_command cli_plot;
const struct cli_command cli_plot = {
    .name = "plot",
    .summary = "draw the figures of a run as SVG and PNG",
    .operands = "RUN",
    .description =
        "Writes one SVG and one PNG per figure, the tables they were drawn from, and a page that "
        "shows them all, into RUN/plots or --output. Figures for which the run holds no data are "
        "named on standard error.",
    .least = 1,
    .most = 1,
    .options = options,
    .run = run,
};
