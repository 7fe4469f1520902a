/* The table of figures, running gnuplot, and the page that shows them all. */
#include "cli/figures.h"
#include "os/child.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

const struct figure figures[] = {
    {"time-bars", "bars.gp", "CPU time per allocator and collector, over all graphs",
     "process_cpu_seconds", figure_bars},
    {"memory-bars", "bars.gp", "peak memory per allocator and collector, over all graphs",
     "peak_rss_bytes", figure_bars},
    {"trace-bars", "bars.gp", "CPU time per allocator on recordings of real programs", "cpu_time",
     figure_bars},
    {"python-bars", "bars.gp", "CPU time per allocator and collector, over Python programs",
     "process_cpu_seconds", figure_bars},
    {"python-matrix", "matrix.gp", "CPU time of Python programs, allocator x collector",
     "process_cpu_seconds", figure_matrix},
    {"versus", "versus.gp", "Python programs by ouropy and by CPython", "process_cpu_seconds",
     figure_versus},
    {"time-matrix", "matrix.gp", "CPU time, allocator x collector", "process_cpu_seconds",
     figure_matrix},
    {"memory-matrix", "matrix.gp", "peak memory, allocator x collector", "peak_rss_bytes",
     figure_matrix},
    {"pareto", "pareto.gp", "CPU time against peak memory", NULL, figure_pareto},
    {"memory", "memory.gp", "resident memory over time, one workload", NULL, figure_memory},
    {"pauses", "pauses.gp", "pauses of the collectors by percentile", NULL, figure_pauses},
    {"classes", "classes.gp", "where memory goes, by size class", NULL, figure_classes},
    {"arenas", "arenas.gp", "how full which pool of which arena is", NULL, figure_arenas},
    {0},
};

const char *figure_templates(void) {
  const char *named = getenv("OURO_PLOTS");
  return named ? named : OURO_PLOTS_DIR;
}

const char *figure_machine(const struct results *results) {
  static char text[200];
  const char *model = NULL, *kernel = NULL;
  json_int_t count = 0;
  json_t *environment = results->environment;
  if (environment) {
    json_t *cpu = json_object_get(environment, "cpu");
    model = json_string_value(json_object_get(cpu, "model"));
    count = json_integer_value(json_object_get(cpu, "count"));
    kernel = json_string_value(json_object_get(json_object_get(environment, "host"), "kernel"));
  }
  snprintf(text, sizeof text, "%lld cores of %s, %s", (long long)count,
           model ? model : "an unknown processor", kernel ? kernel : "unknown kernel");
  return text;
}

/* gnuplot's single-quoted strings double their quotes. Underscores and the like would be markup. */
/* Newlines need double quotes: they are put in between. */
static void append_quoted(char *to, size_t size, const char *name, const char *value) {
  size_t n = strlen(to);
  n += (size_t)snprintf(to + n, size - n, "%s='", name);
  for (; *value && n + 10 < size; value++) {
    if (*value == '\'')
      to[n++] = '\'';
    if (*value == '\n')
      n += (size_t)snprintf(to + n, size - n, "'.\"\\n\".'");
    else
      to[n++] = *value;
  }
  snprintf(to + n, size - n, "'; ");
}

static bool run_gnuplot(const char *templates, const char *template, const char *script,
                        char *error, size_t error_bytes) {
  int out[2];
  if (pipe(out) != 0) {
    snprintf(error, error_bytes, "pipe: %s", strerror(errno));
    return false;
  }
  pid_t child = fork();
  if (child == 0) {
    dup2(out[1], STDOUT_FILENO);
    dup2(out[1], STDERR_FILENO);
    close(out[0]);
    close(out[1]);
    if (chdir(templates) == 0)
      execlp("gnuplot", "gnuplot", "-e", script, template, (char *)NULL);
    fprintf(stderr, "%s: %s", errno == ENOENT ? "gnuplot or the templates are missing" : "gnuplot",
            strerror(errno));
    _exit(127);
  }
  close(out[1]);
  char said[600];
  size_t n = 0;
  ssize_t got;
  char discard[256];
  while ((got = n < sizeof said - 1 ? read(out[0], said + n, sizeof said - 1 - n)
                                    : read(out[0], discard, sizeof discard)) > 0)
    if (n < sizeof said - 1)
      n += (size_t)got;
  said[n] = 0;
  close(out[0]);
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) < 0 || status != 0) {
    snprintf(error, error_bytes, "%s could not be drawn: %s", template, said);
    return false;
  }
  return true;
}

bool figure_draw(const char *templates, const char *template, const char *table, const char *output,
                 const char *name, const struct figure_text *text, char *error,
                 size_t error_bytes) {
  char data[4200], base[4200], script[12000];
  if (!realpath(table, data) || !realpath(output, base)) {
    snprintf(error, error_bytes, "%s: %s", table, strerror(errno));
    return false;
  }
  size_t n = strlen(base);
  snprintf(base + n, sizeof base - n, "/%s", name);
  /* Ids in an SVG begin with this, so that several can stand in one page. */
  char prefix[64];
  snprintf(prefix, sizeof prefix, "%s_", name);
  for (char *c = prefix; *c; c++)
    if (*c == '-')
      *c = '_';
  static const char *const terminals[] = {"svg", "png"};
  for (size_t i = 0; i < 2; i++) {
    script[0] = 0;
    append_quoted(script, sizeof script, "data", data);
    append_quoted(script, sizeof script, "output", base);
    append_quoted(script, sizeof script, "terminal", terminals[i]);
    append_quoted(script, sizeof script, "prefix", prefix);
    append_quoted(script, sizeof script, "heading", text->heading);
    append_quoted(script, sizeof script, "caption", text->caption);
    snprintf(script + strlen(script), sizeof script - strlen(script), "%s", text->variables);
    if (!run_gnuplot(templates, template, script, error, error_bytes))
      return false;
  }
  return true;
}

struct drawn {
  const struct figure *figure;
  char heading[160];
};

static bool write_page(const struct figure_request *request, const struct drawn *drawn, size_t n,
                       char *error, size_t error_bytes) {
  char path[4200];
  snprintf(path, sizeof path, "%s/index.html", request->output);
  FILE *page = fopen(path, "w");
  if (!page) {
    snprintf(error, error_bytes, "%s: %s", path, strerror(errno));
    return false;
  }
  fprintf(
      page,
      "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\">\n<title>Ouroboros: %s</title>\n"
      "<meta name=\"viewport\" content=\"width=device-width\">\n"
      "<style>body{font:16px/1.5 sans-serif;max-width:1000px;margin:2em auto;padding:0 1em;"
      "color:#202020}img{width:100%%;height:auto}figure{margin:2.5em 0}"
      "figcaption{color:#505050;font-size:14px}</style>\n"
      "<h1>Allocators and collectors, measured</h1>\n<p>%zu cells, %u repetitions, seed %llu, on "
      "%s.</p>\n",
      request->results->plan.preset, request->results->plan.cells.n,
      request->results->plan.repetitions, (unsigned long long)request->results->plan.seed,
      figure_machine(request->results));
  for (size_t i = 0; i < n; i++)
    fprintf(page,
            "<figure id=\"%s\"><img src=\"%s.svg\" alt=\"%s\"><figcaption>%s. "
            "<a href=\"%s.png\">PNG</a>, <a href=\"data/%s.tsv\">table</a></figcaption></figure>\n",
            drawn[i].figure->name, drawn[i].figure->name, drawn[i].heading,
            drawn[i].figure->summary, drawn[i].figure->name, drawn[i].figure->name);
  fprintf(page, "</html>\n");
  bool fine = !ferror(page);
  if (fclose(page) != 0 || !fine) {
    snprintf(error, error_bytes, "%s: %s", path, strerror(errno));
    return false;
  }
  return true;
}

/* 1: drawn, 0: nothing to draw, -1: failed. */
static int draw_one(const struct figure *figure, const struct figure_request *request,
                    struct drawn *drawn, char *error, size_t error_bytes) {
  char path[4200], reason[300] = "";
  snprintf(path, sizeof path, "%s/data/%s.tsv", request->output, figure->name);
  FILE *table = fopen(path, "w");
  if (!table) {
    snprintf(error, error_bytes, "%s: %s", path, strerror(errno));
    return -1;
  }
  struct figure_text text = {0};
  bool any = figure->write(figure, request, table, &text, reason, sizeof reason);
  bool written = !ferror(table);
  if (fclose(table) != 0 || !written) {
    snprintf(error, error_bytes, "%s: %s", path, strerror(errno));
    return -1;
  }
  if (!any) {
    unlink(path);
    fprintf(stderr, "ouro: no figure '%s': %s\n", figure->name, reason);
    return 0;
  }
  *drawn = (struct drawn){.figure = figure};
  memcpy(drawn->heading, text.heading, sizeof drawn->heading);
  return figure_draw(request->templates, figure->template, path, request->output, figure->name,
                     &text, error, error_bytes)
             ? 1
             : -1;
}

int figures_draw(const struct figure_request *request, const char *only, char *error,
                 size_t error_bytes) {
  char folder[4200];
  snprintf(folder, sizeof folder, "%s/data", request->output);
  if (mkdir(folder, 0777) != 0 && errno != EEXIST) {
    snprintf(error, error_bytes, "%s: %s", folder, strerror(errno));
    return -1;
  }
  struct drawn drawn[sizeof figures / sizeof *figures];
  size_t n = 0;
  for (const struct figure *figure = figures; figure->name; figure++) {
    if (only && strcmp(only, figure->name))
      continue;
    int done = draw_one(figure, request, &drawn[n], error, error_bytes);
    if (done < 0)
      return -1;
    n += (size_t)done;
  }
  if (!only && n && !write_page(request, drawn, n, error, error_bytes))
    return -1;
  return (int)n;
}
