/* Figures of a heap as JSON. */
#include "gc/report.h"
#include "base/clock.h"
#include "base/histogram.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void gc_report_opened(struct gc_report *report) {
  report->process = getpid();
  if (report->path)
    report->opened_cpu_ns = clock_process_ns();
}

void gc_report_take(struct gc_report *report, struct alloc *a) {
  if (!report->path)
    return;
  report->taken_cpu_ns = clock_process_ns();
  report->gc = *gc_read_stats();
  alloc_read_stats(a, &report->alloc);
  const struct gc_pause *pauses = report->gc.pauses.items;
  size_t n = report->gc.pauses.n;
  report->gc.pauses.items = NULL;
  report->gc.pauses.n = report->gc.pauses.capacity = 0;
  if (n && vec_reserve(&report->gc.pauses, n)) {
    memcpy(report->gc.pauses.items, pauses, n * sizeof *pauses);
    report->gc.pauses.n = n;
  }
}

/* A string of JSON; specs hold no control characters but what a user typed. */
static void write_text(FILE *out, const char *text) {
  fputc('"', out);
  for (; *text; text++)
    if (*text == '"' || *text == '\\')
      fprintf(out, "\\%c", *text);
    else if ((unsigned char)*text < 0x20)
      fprintf(out, "\\u%04x", *text);
    else
      fputc(*text, out);
  fputc('"', out);
}

static void write_count(FILE *out, const char *name, uint64_t value) {
  fprintf(out, ",\n \"%s\": %llu", name, (unsigned long long)value);
}

static void write_collector(FILE *out, const struct gc_stats *s) {
  char name[64];
#define WRITE_GC(field, meaning) write_count(out, "gc_" #field, s->field);
  GC_STATS(WRITE_GC)
#undef WRITE_GC
  for (int i = 0; i < GC_GENERATIONS; i++) {
    snprintf(name, sizeof name, "gc_collections_%d", i);
    write_count(out, name, s->collections[i]);
  }
}

static void write_allocator(FILE *out, const struct alloc_stats *s) {
#define WRITE_ALLOC(field, meaning)                                                                \
  if (s->field != UINT64_MAX)                                                                      \
    write_count(out, "alloc_" #field, s->field);
  ALLOC_STATS(WRITE_ALLOC)
#undef WRITE_ALLOC
}

static void write_quantiles(FILE *out, const struct gc_stats *s) {
  static const struct {
    const char *name;
    double q;
  } quantiles[] = {{"gc_pause_p50_ns", 0.5},
                   {"gc_pause_p90_ns", 0.9},
                   {"gc_pause_p99_ns", 0.99},
                   {"gc_pause_p999_ns", 0.999}};
  static struct histogram h; /* large */
  memset(&h, 0, sizeof h);
  for (size_t i = 0; i < s->pauses.n; i++)
    histogram_add(&h, s->pauses.items[i].wall_ns);
  write_count(out, "gc_pause_count", h.n);
  for (size_t i = 0; h.n && i < sizeof quantiles / sizeof *quantiles; i++)
    write_count(out, quantiles[i].name, histogram_quantile(&h, quantiles[i].q));
  if (h.n)
    write_count(out, "gc_pause_max_ns", h.max);
}

#define WRITE_COLUMN(field, comma)                                                                 \
  do {                                                                                             \
    fprintf(out, "  \"" #field "\": [");                                                           \
    for (size_t i = 0; i < s->pauses.n; i++)                                                       \
      fprintf(out, "%s%llu", i ? "," : "", (unsigned long long)s->pauses.items[i].field);          \
    fputs("]" comma "\n", out);                                                                    \
  } while (0)

static void write_pauses(FILE *out, const struct gc_stats *s) {
  WRITE_COLUMN(start_ns, ",");
  WRITE_COLUMN(wall_ns, ",");
  WRITE_COLUMN(generation, ",");
  WRITE_COLUMN(visited, ",");
  WRITE_COLUMN(reclaimed, "");
}

bool gc_report_write(struct gc_report *report, const char *alloc_spec, const char *gc_spec,
                     size_t leaked, char *error, size_t error_bytes) {
  if (!report->path || !report->taken_cpu_ns || report->process != getpid())
    return true;
  uint64_t closed_cpu_ns = clock_process_ns();
  FILE *out = fopen(report->path, "we");
  bool ok = out != NULL;
  if (out) {
    fputs("{\"format\": \"ouroboros-gc-stats\", \"version\": 1, \"alloc\": ", out);
    write_text(out, alloc_spec);
    fputs(", \"gc\": ", out);
    write_text(out, gc_spec);
    fprintf(out, ",\n\"row\": {\n \"leaked_objects\": %zu", leaked);
    write_count(out, "open_cpu_ns", report->opened_cpu_ns);
    write_count(out, "work_cpu_ns", report->taken_cpu_ns - report->opened_cpu_ns);
    write_count(out, "close_cpu_ns", closed_cpu_ns - report->taken_cpu_ns);
    write_collector(out, &report->gc);
    write_quantiles(out, &report->gc);
    write_allocator(out, &report->alloc);
    fputs("},\n\"detail\": {\"pauses\": {\n", out);
    write_pauses(out, &report->gc);
    fputs("}}}\n", out);
    ok = !ferror(out);
    ok &= fclose(out) == 0;
  }
  if (!ok)
    snprintf(error, error_bytes, "can't write to '%s': %s", report->path, strerror(errno));
  vec_free(&report->gc.pauses);
  return ok;
}
