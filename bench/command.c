/* Command lines of cells. */
#include "bench/command.h"
#include "base/bits.h"
#include "base/check.h"
#include "bench/plan.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What runs a kind, and under which name its program knows it. */
static const struct {
  const char *kind, *program, *name;
} programs[] = {
    {"graph", "bench-graph", "graph"},   {"start", "bench-graph", "graph"},
    {"inside", "bench-graph", "graph"},  {"trace", "bench-alloc", "trace"},
    {"ladder", "bench-alloc", "ladder"}, {"churn", "bench-alloc", "churn"},
    {"mixed", "bench-alloc", "mixed"},   {"bulk", "bench-alloc", "bulk"},
    {"cross", "bench-alloc", "cross"},   {"floor", "bench-alloc", "floor"},
    {"collect", "bench-gc", "collect"},  {"mark", "bench-gc", "mark"},
    {"young", "bench-gc", "young"},      {"count", "bench-gc", "count"},
    {"python", "ouropy", "python"},      {"python-start", "ouropy", "python"},
};

bool command_is_python(const char *kind) {
  return !strcmp(kind, "python") || !strcmp(kind, "python-start");
}

bool command_is_cpython(const char *gc) {
  size_t n = strlen(COMMAND_CPYTHON);
  return !strncmp(gc, COMMAND_CPYTHON, n) && (!gc[n] || gc[n] == ':');
}

static size_t find_kind(const char *kind) {
  size_t i = 0;
  while (i < ARRAY_SIZE(programs) && strcmp(programs[i].kind, kind))
    i++;
  return i;
}

const char *command_program(const char *kind) {
  size_t i = find_kind(kind);
  return i < ARRAY_SIZE(programs) ? programs[i].program : NULL;
}

struct words {
  VEC(char *);
};

__attribute__((format(printf, 2, 3))) static void add(struct words *words, const char *format,
                                                      ...) {
  va_list arguments;
  va_start(arguments, format);
  char *word;
  if (vasprintf(&word, format, arguments) < 0 || !vec_push(words, word))
    fatal("out of memory");
  va_end(arguments);
}

/* Benchmark filters are regular expressions, and fast ones as long as they need no backslash: a dot
 * that also matches something else would show as two rows, which is an error of the cell. */
static char *escape(const char *name) {
  char *escaped = malloc(2 * strlen(name) + 1), *to = escaped;
  if (!escaped)
    fatal("out of memory");
  for (; *name; name++) {
    if (strchr("\\^$|?*+()[]{}", *name))
      *to++ = '\\';
    *to++ = *name;
  }
  *to = 0;
  return escaped;
}

static void add_python(struct words *words, const struct plan_cell *cell) {
  if (!command_is_cpython(cell->gc)) {
    add(words, "ouropy");
    add(words, "--alloc=%s", cell->alloc);
    add(words, "--gc=%s", cell->gc);
    add(words, COMMAND_FIGURES);
  } else {
    const char *path = strchr(cell->gc, ':');
    add(words, "%s", path ? path + 1 : COMMAND_CPYTHON_PATH);
  }
  add(words, "%s.py", cell->row.workload);
  const char *scale = plan_parameter_get(&cell->row.parameters, "scale");
  if (scale)
    add(words, "%s", scale);
}

char **command_make(const struct plan_cell *cell) {
  struct words words = {0};
  const struct plan_row *row = &cell->row;
  const char *program = command_program(row->kind);
  if (row->command) {
    for (size_t i = 0; row->command[i]; i++)
      add(&words, "%s", row->command[i]);
  } else if (!program) {
    fatal("no program runs cells of the kind '%s'", row->kind);
  } else if (command_is_python(row->kind)) {
    add_python(&words, cell);
  } else {
    char *name = escape(row->workload);
    add(&words, "%s", program);
    add(&words, "--benchmark_filter=^%s/%s%s", programs[find_kind(row->kind)].name, name,
        *cell->alloc ? "/alloc:"
        : *cell->gc  ? "/gc:"
                     : "$");
    add(&words, "--benchmark_format=json");
    if (*cell->alloc)
      add(&words, "--alloc=%s", cell->alloc);
    if (*cell->gc)
      add(&words, "--gc=%s", cell->gc);
    for (size_t i = 0; i < row->parameters.n; i++) {
      const struct plan_parameter *p = &row->parameters.items[i];
      if (!strcmp(p->key, "scale") || !strcmp(p->key, "seed"))
        add(&words, "--%s=%s", p->key, p->value);
      else
        add(&words, "--set=%s=%s", p->key, p->value);
    }
    free(name);
  }
  if (!vec_push(&words, NULL))
    fatal("out of memory");
  return words.items;
}
