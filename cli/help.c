/* What the tables say: --help, the man page, the completion of shells. */
#include "cli/help.h"
#include <stdio.h>
#include <string.h>

static const struct {
  int code;
  const char *meaning;
} exits[] = {
    {CLI_OK, "fine"},
    {CLI_REGRESSION, "a regression beyond --limit"},
    {CLI_USAGE, "usage: unknown names, unreadable files"},
    {CLI_FAILED, "a cell failed, or its checksum deviates"},
    {CLI_UNSTABLE, "unstable under --strict"},
    {CLI_INCOMPLETE, "incomplete: cells are missing, what finished is kept"},
    {CLI_INTERRUPTED, "interrupted, what finished is kept"},
};

static void show_option(FILE *out, const struct cli_option *option) {
  char left[64];
  char letter[] = {'-', option->letter, ',', ' ', 0};
  snprintf(left, sizeof left, "%s--%s%s%s", option->letter ? letter : "", option->name,
           option->argument ? "=" : "", option->argument ? option->argument : "");
  fprintf(out, "  %-24s %s", left, option->help);
  if (option->choices) {
    fputs(": ", out);
    for (const char *const *c = option->choices; *c; c++)
      fprintf(out, "%s%s", c == option->choices ? "" : " | ", *c);
  }
  if (option->many)
    fputs(" (may be given again)", out);
  if (option->fallback)
    fprintf(out, " [%s]", option->fallback);
  fputc('\n', out);
}

void help_command(FILE *out, const struct cli_command *command) {
  fprintf(out, "usage: ouro %s [OPTION ...]%s%s\n\n%s\n", command->name,
          *command->operands ? " " : "", command->operands, command->description);
  if (*command->options)
    fputs("\noptions:\n", out);
  for (const struct cli_option *const *o = command->options; *o; o++)
    show_option(out, *o);
}

void help_all(FILE *out) {
  fputs("usage: ouro COMMAND [OPTION ...] [OPERAND ...]\n\n"
        "Measures memory allocators and garbage collectors on the same object graphs, Python\n"
        "programs and recordings of real programs.\n\n",
        out);
  for (const struct cli_command *const *c = cli_commands; *c; c++)
    fprintf(out, "  %-12s %s\n", (*c)->name, (*c)->summary);
  fputs("\nouro COMMAND --help tells more. Exit codes:\n", out);
  for (size_t i = 0; i < sizeof exits / sizeof *exits; i++)
    fprintf(out, "  %-4d %s\n", exits[i].code, exits[i].meaning);
}

/* Text for troff: backslashes, hyphens and leading dots. */
static void troff(const char *text) {
  for (const char *p = text; *p; p++) {
    bool starts = p == text || p[-1] == '\n';
    if (starts && (*p == '.' || *p == '\''))
      fputs("\\&", stdout);
    if (*p == '\n' && p[1] == '\n')
      fputs("\n.PP", stdout);
    else if (*p == '\\' || *p == '-')
      printf("\\%c", *p);
    else
      putchar(*p);
  }
}

static int man(const struct cli_line *line) {
  puts(".TH OURO 1\n.SH NAME\nouro \\- measure memory allocators and garbage collectors\n"
       ".SH SYNOPSIS\n.B ouro\nCOMMAND [OPTION ...] [OPERAND ...]\n.SH COMMANDS");
  for (const struct cli_command *const *c = cli_commands; *c; c++) {
    printf(".SS ouro %s ", (*c)->name);
    troff((*c)->operands);
    putchar('\n');
    troff((*c)->description);
    putchar('\n');
    for (const struct cli_option *const *o = (*c)->options; *o; o++) {
      printf(".TP\n.B ");
      troff("--");
      troff((*o)->name);
      if ((*o)->argument) {
        putchar('=');
        troff((*o)->argument);
      }
      putchar('\n');
      troff((*o)->help);
      for (const char *const *word = (*o)->choices; word && *word; word++) {
        fputs(word == (*o)->choices ? ": " : " | ", stdout);
        troff(*word);
      }
      if ((*o)->fallback) {
        fputs(" [", stdout);
        troff((*o)->fallback);
        putchar(']');
      }
      putchar('\n');
    }
  }
  puts(".SH EXIT STATUS");
  for (size_t i = 0; i < sizeof exits / sizeof *exits; i++)
    printf(".TP\n.B %d\n%s\n", exits[i].code, exits[i].meaning);
  return CLI_OK;
}

static void complete_words(const char *const *words) {
  for (; words && *words; words++)
    printf("%s ", *words);
}

static int completion(const struct cli_line *line) {
  puts("# completion of ouro for bash: source <(ouro completion bash)\n"
       "_ouro() {\n"
       "  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} words=\n"
       "  if [ $COMP_CWORD -eq 1 ]; then");
  fputs("    words=\"", stdout);
  for (const struct cli_command *const *c = cli_commands; *c; c++)
    printf("%s ", (*c)->name);
  puts("\"\n  else\n    [ \"$before\" = = ] && before=${COMP_WORDS[COMP_CWORD-2]}\n"
       "    [ \"$word\" = = ] && word=\n"
       "    case ${COMP_WORDS[1]}:$before in");
  for (const struct cli_command *const *c = cli_commands; *c; c++)
    for (const struct cli_option *const *o = (*c)->options; *o; o++)
      if ((*o)->choices) {
        printf("      %s:--%s) words=\"", (*c)->name, (*o)->name);
        complete_words((*o)->choices);
        puts("\" ;;");
      }
  puts("    esac\n    [ -z \"$words\" ] && case ${COMP_WORDS[1]} in");
  for (const struct cli_command *const *c = cli_commands; *c; c++) {
    printf("      %s) words=\"--help ", (*c)->name);
    for (const struct cli_option *const *o = (*c)->options; *o; o++)
      printf("--%s%s ", (*o)->name, (*o)->argument ? "=" : "");
    puts("\" ;;");
  }
  puts("    esac\n  fi\n"
       "  COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
       "  case ${COMPREPLY[0]-} in *=) compopt -o nospace ;; esac\n"
       "}\n"
       "complete -o default -F _ouro ouro");
  return CLI_OK;
}

static int check_shell(const struct cli_line *line) {
  if (!strcmp(line->operands[0], "bash"))
    return completion(line);
  cli_complain(line, "completion is written for bash only (zsh can load it after bashcompinit)");
  return CLI_USAGE;
}

static const struct cli_option *const no_options[] = {NULL};

const struct cli_command cli_man = {
    .name = "man",
    .summary = "the manual page, for man -l -",
    .operands = "",
    .description = "Prints the manual page: ouro man | man -l -",
    .options = no_options,
    .run = man,
};
const struct cli_command cli_completion = {
    .name = "completion",
    .summary = "a script that completes ouro's command lines",
    .operands = "bash",
    .description = "Prints a script for the shell: source <(ouro completion bash)",
    .least = 1,
    .most = 1,
    .options = no_options,
    .run = check_shell,
};
