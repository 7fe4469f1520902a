/* ouro replay: a recording under one or more allocators, side by side. Each replay is a process of
 * its own (libexec/ouro-replay), because the instrument links no allocator. */
#include "cli/table.h"
#include "os/file.h"
#include "workloads/traces/registry.h"
#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <math.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct cli_option option_alloc = {
    .name = "alloc",
    .kind = CLI_TEXT,
    .argument = "SPEC",
    .fallback = "malloc",
    .help = "allocator, with layers and options; may be given again",
    .many = true};
static const char *const touch_words[] = {"none", "first", "all", NULL};
static const struct cli_option option_touch = {.name = "touch",
                                               .kind = CLI_CHOICE,
                                               .argument = "WHAT",
                                               .fallback = "first",
                                               .help = "how much of each block is written",
                                               .choices = touch_words};
static const struct cli_option option_events = {
    .name = "events", .kind = CLI_COUNT, .argument = "N", .help = "replay the first N events only"};
static const struct cli_option option_partial = {
    .name = "partial",
    .kind = CLI_FLAG,
    .help = "replay what is readable of a damaged recording (exit code 5)"};
static const struct cli_option option_no_fidelity = {
    .name = "no-fidelity",
    .kind = CLI_FLAG,
    .help = "leave out the second, watched replay that tells how faithful it is"};

extern char **environ;

/* Starts the replayer and reads its report; NULL where it has none. `code` is its exit code. */
static json_t *replay(const struct cli_line *line, char *const *argv, int *code) {
  int fds[2], status;
  pid_t pid;
  posix_spawn_file_actions_t actions;
  *code = CLI_FAILED;
  if (pipe(fds)) {
    cli_complain(line, "pipe: %s", strerror(errno));
    return NULL;
  }
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, fds[1], STDOUT_FILENO);
  posix_spawn_file_actions_addclose(&actions, fds[0]);
  posix_spawn_file_actions_addclose(&actions, fds[1]);
  int failed = posix_spawn(&pid, argv[0], &actions, NULL, argv, environ);
  posix_spawn_file_actions_destroy(&actions);
  close(fds[1]);
  if (failed) {
    cli_complain(line, "%s: %s", argv[0], strerror(failed));
    close(fds[0]);
    return NULL;
  }
  json_error_t problem;
  json_t *report = json_loadfd(fds[0], 0, &problem);
  close(fds[0]);
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
    ;
  if (WIFSIGNALED(status)) {
    cli_complain(line, "%s: ended by signal %d (%s)", argv[2], WTERMSIG(status),
                 strsignal(WTERMSIG(status)));
    json_decref(report);
    return NULL;
  }
  *code = WEXITSTATUS(status);
  if (!report && (*code == CLI_OK || *code == CLI_INCOMPLETE)) {
    cli_complain(line, "%s: no report: %s", argv[2], problem.text);
    *code = CLI_FAILED;
  }
  return report;
}

static json_t *replay_under(const struct cli_line *line, const char *program, const char *path,
                            const char *spec, int *code) {
  char trace[PATH_MAX + 16], alloc[512], touch[32], events[48];
  char partial[] = "--partial", no_fidelity[] = "--no-fidelity";
  char *argv[8] = {(char *)(uintptr_t)program, trace, alloc, touch};
  int n = 4;
  snprintf(trace, sizeof trace, "--trace=%s", path);
  snprintf(alloc, sizeof alloc, "--alloc=%s", spec);
  snprintf(touch, sizeof touch, "--touch=%s", touch_words[cli_choice(line, &option_touch)]);
  if (cli_given(line, &option_events)) {
    snprintf(events, sizeof events, "--events=%llu",
             (unsigned long long)cli_count(line, &option_events));
    argv[n++] = events;
  }
  if (cli_flag(line, &option_partial))
    argv[n++] = partial;
  if (cli_flag(line, &option_no_fidelity))
    argv[n++] = no_fidelity;
  argv[n] = NULL;
  return replay(line, argv, code);
}

static double number(const json_t *report, const char *key) {
  return json_number_value(json_object_get(report, key));
}
static const char *text(const json_t *report, const char *key) {
  const char *value = json_string_value(json_object_get(report, key));
  return value ? value : "";
}

static void add_row(struct table *table, const json_t *r) {
  double fidelity = number(r, "fidelity"), growth = number(r, "rss_growth_bytes");
  double live = number(r, "peak_live_bytes");
  table_text(table, TABLE_PLAIN, "%s", text(r, "alloc"));
  table_number(table, TABLE_PLAIN, number(r, "cpu_ns_per_event"), "%.1f",
               number(r, "cpu_ns_per_event"));
  table_number(table, TABLE_PLAIN, number(r, "cpu_ns") * 1e-9, "%s",
               table_seconds(number(r, "cpu_ns") * 1e-9));
  table_number(table, TABLE_PLAIN, number(r, "wall_ns") * 1e-9, "%s",
               table_seconds(number(r, "wall_ns") * 1e-9));
  table_number(table, TABLE_PLAIN, live, "%s", table_bytes(live));
  table_number(table, TABLE_PLAIN, growth, "%s", table_bytes(growth));
  table_number(table, TABLE_PLAIN, number(r, "minor_faults"), "%.0f", number(r, "minor_faults"));
  if (json_object_get(r, "fidelity"))
    table_number(table, fidelity < 0.99 ? TABLE_BAD : TABLE_PLAIN, fidelity, "%.2f%%",
                 100 * fidelity);
  else
    table_text(table, TABLE_FAINT, "-");
  table_text(table, TABLE_FAINT, "%s", text(r, "checksum"));
}

static void print_people(const struct cli_line *line, const json_t *reports) {
  static const char *const columns[] = {"<alloc",    "ns/event",   "cpu",    "wall",
                                        "live peak", "rss growth", "faults", "fidelity",
                                        "<checksum", NULL};
  struct table table;
  size_t i;
  json_t *report;
  const json_t *first = json_array_get(reports, 0);
  if (cli_choice(line, &cli_format) == CLI_CONSOLE) {
    printf("%s: %.0f events, %.0f objects, %.0f threads", text(first, "trace"),
           number(first, "events"), number(first, "objects"), number(first, "threads"));
    if (number(first, "original_rss_growth_bytes") > 0)
      printf("; the original's memory grew by %s",
             table_bytes(number(first, "original_rss_growth_bytes")));
    putchar('\n');
  }
  table_open(&table, columns);
  json_array_foreach(reports, i, report) add_row(&table, report);
  table_print(&table, cli_choice(line, &cli_format), stdout);
  table_close(&table);
}

/* The checksum does not depend on the allocator: a difference is a defect in one of them. */
static bool checksums_agree(const struct cli_line *line, const json_t *reports) {
  const json_t *first = json_array_get(reports, 0), *report;
  bool agree = true;
  size_t i;
  json_array_foreach(reports, i,
                     report) if (strcmp(text(first, "checksum"), text(report, "checksum")) != 0) {
    cli_complain(line, "%s has another checksum than %s", text(report, "alloc"),
                 text(first, "alloc"));
    agree = false;
  }
  return agree;
}

static const char *first_spec(const struct cli_line *line) {
  const char *given = cli_each(line, &option_alloc, 0);
  return given ? given : option_alloc.fallback;
}

static int run(const struct cli_line *line) {
  char folder[PATH_MAX - 32], program[PATH_MAX], path[PATH_MAX], error[512];
  if (!trace_registry_path(line->operands[0], path, sizeof path, error, sizeof error)) {
    cli_complain(line, "%s", error);
    return CLI_USAGE;
  }
  if (!file_program_folder(folder, sizeof folder)) {
    cli_complain(line, "the folder of this program is not known");
    return CLI_FAILED;
  }
  snprintf(program, sizeof program, "%s/../libexec/ouro-replay", folder);
  json_t *reports = json_array();
  int worst = CLI_OK;
  const char *spec;
  for (unsigned i = 0; (spec = i ? cli_each(line, &option_alloc, i) : first_spec(line)); i++) {
    int code;
    json_t *report = replay_under(line, program, path, spec, &code);
    if (report)
      json_array_append_new(reports, report);
    if (report && !json_is_true(json_object_get(report, "whole")) && !i)
      cli_complain(line, "not the whole run: %s", text(report, "note"));
    if (code != CLI_OK && worst != CLI_FAILED && worst != CLI_USAGE)
      worst = code;
  }
  if (json_array_size(reports)) {
    if (!checksums_agree(line, reports))
      worst = CLI_FAILED;
    if (cli_choice(line, &cli_format) == CLI_JSON) {
      json_dumpf(reports, stdout, JSON_INDENT(1) | JSON_PRESERVE_ORDER);
      putchar('\n');
    } else {
      print_people(line, reports);
    }
  }
  json_decref(reports);
  return worst;
}

const struct cli_command cli_replay = {
    .name = "replay",
    .summary = "replay a recording under allocators, side by side",
    .operands = "FILE|NAME",
    .description =
        "Does again what a recorded program asked of its allocator, with the same threads, and "
        "prints time per event, the growth of resident memory, and how faithful the replay was. "
        "NAME is a recording that comes with the suite (ouro list), FILE one made by ouro record. "
        "Each allocator runs in a process of its own. This is a look at one run; ouro run "
        "trace/NAME "
        "measures, with repetitions.\n\n"
        "Blocks are written as --touch says, and what was written is read back and enters the "
        "checksum, which must be the same under every allocator. Fidelity is the least of: calls "
        "by kind, requests by class of size, most bytes and most blocks alive, the curve of live "
        "bytes, and frees by other threads, each compared with the original and 100% when equal. "
        "An "
        "aligned request asks for more bytes instead, so programs with many of them have less.",
    .least = 1,
    .most = 1,
    .options =
        (const struct cli_option *const[]){&option_alloc, &option_touch, &option_events,
                                           &option_partial, &option_no_fidelity, &cli_format, NULL},
    .run = run,
};
