/* ouropy against CPython, a line per program. */
#include "bench/versus.h"
#include "cli/figures.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Programs by how fast they are under the first pairing; void ones come first. */
static int by_ratio(const void *x, const void *y) {
  const struct comparison_row *a = *(const struct comparison_row *const *)x;
  const struct comparison_row *b = *(const struct comparison_row *const *)y;
  double ra = isnan(a->ratio) ? 0 : a->ratio, rb = isnan(b->ratio) ? 0 : b->ratio;
  return (ra > rb) - (ra < rb);
}

static const struct comparison_row *find_row(const struct comparison *c,
                                             const struct plan_row *row) {
  for (size_t i = 0; i < c->rows.n; i++)
    if (plan_same_row(c->rows.items[i].row, row))
      return &c->rows.items[i];
  return NULL;
}

static void write_row(FILE *table, size_t line, size_t pairing, const struct comparison_row *r) {
  if (r && !isnan(r->ratio))
    fprintf(table, "%zu\t%zu\t%.5f\t%.5f\t%.5f\n", line, pairing, r->ratio, r->interval.low,
            r->interval.high);
}

static void write_lines(FILE *table, const struct versus *v, const struct comparison_row **order,
                        size_t n, const struct comparison_row *start) {
  for (size_t p = 0; p < v->pairings.n; p++) {
    const struct versus_pairing *pairing = &v->pairings.items[p];
    for (size_t i = 0; i < n; i++)
      write_row(table, i, p, find_row(&pairing->programs, order[i]->row));
    if (start)
      write_row(table, n + 1, p, find_row(&pairing->start, start->row));
  }
  fprintf(table, "\n\n");
  for (size_t i = 0; i < n; i++)
    fprintf(table, "%zu\t%s\n", i, order[i]->row->workload);
  if (start)
    fprintf(table, "%zu\tstart-up\n", n + 1);
  fprintf(table, "\n\n");
  for (size_t p = 0; p < v->pairings.n; p++)
    fprintf(table, "%zu\t%s\t%.5f\t%.5f\t%.5f\n", p, versus_name(v, p),
            v->pairings.items[p].programs.ratio, v->pairings.items[p].programs.interval.low,
            v->pairings.items[p].programs.interval.high);
}

bool figure_versus(const struct figure *self, const struct figure_request *request, FILE *table,
                   struct figure_text *text, char *reason, size_t reason_bytes) {
  (void)self;
  struct versus v;
  if (!versus_read(&v, request->results)) {
    snprintf(reason, reason_bytes, "no Python program was run by CPython too (`ouro versus` does)");
    versus_close(&v);
    return false;
  }
  size_t valid = 0;
  for (size_t p = 0; p < v.pairings.n; p++)
    valid += v.pairings.items[p].programs.valid + v.pairings.items[p].start.valid;
  if (!valid) {
    snprintf(reason, reason_bytes, "no Python program ran validly by both");
    versus_close(&v);
    return false;
  }
  const struct comparison *first = &v.pairings.items[0].programs;
  const struct comparison *starts = &v.pairings.items[0].start;
  size_t n = first->rows.n;
  const struct comparison_row **order = calloc(n + 1, sizeof *order);
  for (size_t i = 0; order && i < n; i++)
    order[i] = &first->rows.items[i];
  if (order) {
    qsort(order, n, sizeof *order, by_ratio);
    write_lines(table, &v, order, n, starts->rows.n ? &starts->rows.items[0] : NULL);
  }
  free(order);
  /* Another than Debian's is named by its path: "cpython:/usr/bin/python3.13". */
  const char *path = strchr(v.cpython.gc, ':'), *name = path ? path + 1 : "CPython 3.11";
  snprintf(text->heading, sizeof text->heading, "ouropy against %s: Python programs", name);
  snprintf(text->caption, sizeof text->caption,
           "CPU time of %s by that of ouropy, %u interleaved pairs of processes each, medians and "
           "95%% intervals of paired ratios.\nDashed: geometric means over the programs, without "
           "start-up. %s",
           name, request->results->plan.repetitions, figure_machine(request->results));
  snprintf(text->variables, sizeof text->variables, "lines=%zu; ", n + (starts->rows.n ? 2 : 0));
  versus_close(&v);
  return true;
}
