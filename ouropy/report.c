/* --gc-stats: what the heap and the allocator know at the end of the program, as JSON. */
#include "gc/heap.h"
#include "os/file.h"
#include "ouropy/interpreter.h"
#include <stdio.h>
#include <stdlib.h>

static void write_pauses(FILE *out, const struct gc_stats *s) {
  const struct gc_pause *p = s->pauses.items;
#define COLUMN(name, value)                                                                        \
  do {                                                                                             \
    fputs("\"" name "\": [", out);                                                                 \
    for (size_t i = 0; i < s->pauses.n; i++)                                                       \
      fprintf(out, "%s%llu", i ? ", " : "", (unsigned long long)(value));                          \
    fputs("]", out);                                                                               \
  } while (0)
  fputs("  \"pauses\": {", out);
  COLUMN("start_ns", p[i].start_ns);
  fputs(", ", out);
  COLUMN("wall_ns", p[i].wall_ns);
  fputs(", ", out);
  COLUMN("generation", p[i].generation);
  fputs(", ", out);
  COLUMN("visited", p[i].visited);
  fputs(", ", out);
  COLUMN("reclaimed", p[i].reclaimed);
  fputs("}\n", out);
#undef COLUMN
}

static void write_report(FILE *out) {
  const struct gc_stats *s = gc_read_stats();
  fprintf(out, "{\n  \"format\": \"ouroboros-gc-stats\", \"version\": 1,\n");
  fprintf(out, "  \"collector\": \"%s\", \"family\": \"%s\",\n", gc_current()->name,
          gc_current()->family);
#define FIELD(name, meaning) fprintf(out, "  \"%s\": %llu,\n", #name, (unsigned long long)s->name);
  GC_STATS(FIELD)
#undef FIELD
  fprintf(out, "  \"collections\": [%llu, %llu, %llu],\n", (unsigned long long)s->collections[0],
          (unsigned long long)s->collections[1], (unsigned long long)s->collections[2]);
  write_pauses(out, s);
  fputs("}\n", out);
}

bool report_write(const char *path) {
  char *text = NULL, error[1024];
  size_t n = 0;
  FILE *out = open_memstream(&text, &n);
  bool fine = out != NULL;
  if (fine) {
    write_report(out);
    fine = fclose(out) == 0;
  }
  if (!fine)
    fprintf(stderr, "ouropy: %s: no memory for the statistics\n", path);
  else if (!(fine = file_write_atomic(path, text, n, error, sizeof error)))
    fprintf(stderr, "ouropy: %s\n", error);
  free(text);
  return fine;
}
