/* Progress. */
#include "cli/progress.h"
#include "cli/cli.h"
#include "cli/table.h"
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

void progress_open(struct progress *progress, bool quiet) {
  *progress =
      (struct progress){.quiet = quiet, .bar = !quiet && isatty(2), .colours = cli_colours(2)};
}

static void clear_line(const struct progress *progress) {
  if (progress->bar)
    fputs("\r\033[K", stderr);
}

static int columns(void) {
  struct winsize size;
  return ioctl(2, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 80;
}

static void draw_bar(const struct progress *progress, const struct runner_progress *now) {
  char text[512], left[48] = "";
  if (now->seconds_left >= 0)
    snprintf(left, sizeof left, ", %d:%02d left", (int)now->seconds_left / 60,
             (int)now->seconds_left % 60);
  enum { WIDTH = 24 };
  size_t full = now->total ? now->done * WIDTH / now->total : 0;
  char bar[WIDTH + 1];
  for (size_t i = 0; i < WIDTH; i++)
    bar[i] = i < full ? '#' : '.';
  bar[WIDTH] = 0;
  snprintf(text, sizeof text, "[%s] %zu/%zu%s  %s", bar, now->done, now->total, left,
           now->cell->name);
  fprintf(stderr, "\r\033[K%.*s", columns() - 1, text);
}

static double row_figure(const json_t *json, const char *field) {
  return json_number_value(
      json_object_get(json_array_get(json_object_get(json, "benchmarks"), 0), field));
}

void progress_show(const struct runner_progress *now, void *context) {
  struct progress *progress = context;
  bool ended = now->json != NULL, failed = ended && now->outcome != OUTCOME_ok;
  if (failed) {
    const char *message =
        json_string_value(json_object_get(json_object_get(now->json, "outcome"), "message"));
    clear_line(progress);
    fprintf(stderr, "%s%s%s %s: %s\n", progress->colours ? "\033[31m" : "",
            outcome_name(now->outcome), progress->colours ? "\033[0m" : "", now->cell->name,
            message ? message : "");
    progress->failed++;
  } else if (ended && !progress->quiet && !progress->bar) {
    fprintf(stderr, "%zu/%zu %s: %s CPU, %s\n", now->done, now->total, now->cell->name,
            table_seconds(row_figure(now->json, "process_cpu_seconds")),
            table_bytes(row_figure(now->json, "peak_rss_bytes")));
  }
  if (progress->bar)
    draw_bar(progress, now);
}

void progress_close(struct progress *progress) { clear_line(progress); }
