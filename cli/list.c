/* ouro list: what there is to measure. */
#include "bench/catalogue.h"
#include "cli/table.h"
#include "os/file.h"
#include <limits.h>
#include <stdio.h>
#include <string.h>

static const char *text(const json_t *entry, const char *key) {
  const char *value = json_string_value(json_object_get(entry, key));
  return value ? value : "";
}

/* One line per entry; with --all one per option or parameter too. */
static void add_entries(struct table *table, const char *kind, const json_t *entries,
                        const char *options_key, bool all) {
  size_t i, j;
  json_t *entry, *option;
  json_array_foreach(entries, i, entry) {
    const char *shown = json_is_true(json_object_get(entry, "layer")) ? "layer" : kind;
    const char *family = text(entry, "family");
    table_text(table, TABLE_FAINT, "%s", shown);
    table_text(table, TABLE_PLAIN, "%s", text(entry, "name"));
    table_text(table, TABLE_PLAIN, "%s%s%s%s", text(entry, "summary"), *family ? " (family " : "",
               family, *family ? ")" : "");
    if (!all)
      continue;
    json_array_foreach(json_object_get(entry, options_key), j, option) {
      json_t *fallback = json_object_get(option, "default");
      char number[32] = "";
      if (json_is_integer(fallback))
        snprintf(number, sizeof number, "%lld", (long long)json_integer_value(fallback));
      table_text(table, TABLE_FAINT, "%s", "");
      table_text(table, TABLE_FAINT, "  %s=%s", text(option, "key"),
                 json_is_string(fallback) ? json_string_value(fallback) : number);
      table_text(table, TABLE_FAINT, "  %s", text(option, "meaning"));
    }
  }
}

static const struct cli_option option_all = {
    .name = "all", .kind = CLI_FLAG, .help = "options and parameters too, with their defaults"};

static int run(const struct cli_line *line) {
  char folder[PATH_MAX], error[512];
  struct catalogue catalogue;
  if (!file_program_folder(folder, sizeof folder) ||
      !catalogue_read(&catalogue, folder, error, sizeof error)) {
    cli_complain(line, "%s", error);
    return CLI_USAGE;
  }
  enum cli_format format = cli_flag(line, &cli_json) ? CLI_JSON : cli_choice(line, &cli_format);
  if (format == CLI_JSON) {
    json_t *all = json_pack("{s:O, s:O, s:O, s:O, s:O}", "allocators", catalogue.allocators,
                            "collectors", catalogue.collectors, "graphs", catalogue.graphs,
                            "traces", catalogue.traces, "python", catalogue.programs);
    json_dumpf(all, stdout, JSON_INDENT(1));
    putchar('\n');
    json_decref(all);
  } else {
    static const char *const columns[] = {"<kind", "<name", "<what it is", NULL};
    bool all = cli_flag(line, &option_all);
    struct table table;
    table_open(&table, columns);
    add_entries(&table, "allocator", catalogue.allocators, "options", all);
    add_entries(&table, "collector", catalogue.collectors, "options", all);
    add_entries(&table, "graph", catalogue.graphs, "parameters", all);
    add_entries(&table, "trace", catalogue.traces, "options", all);
    add_entries(&table, "python", catalogue.programs, "options", all);
    table_print(&table, format, stdout);
    table_close(&table);
  }
  catalogue_close(&catalogue);
  return CLI_OK;
}

const struct cli_command cli_list = {
    .name = "list",
    .summary = "allocators, layers, collectors and workloads, with what they are",
    .operands = "",
    .description =
        "Lists what can be measured, as the programs that measure it describe themselves. With\n"
        "--json everything is printed: options, parameters, ranges, and what each workload is for.",
    .options = (const struct cli_option *const[]){&option_all, &cli_format, &cli_json, NULL},
    .run = run,
};
