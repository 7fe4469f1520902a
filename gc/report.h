/* What a heap did, as a file for whoever started the program: `ouropy --gc-stats=FILE`.
 *
 * The figures are taken while the heap is open, the file is written when it is closed and it is
 * known how many objects were left. JSON (results/schema.md, "What an interpreter reports"):
 *
 *     { "format": "ouroboros-gc-stats", "version": 1, "alloc": SPEC, "gc": SPEC,
 *       "row": { "gc_objects_created": 12, ..., "gc_pause_p99_ns": 3400, "alloc_mapped_bytes": 1,
 *                "leaked_objects": 0, "work_cpu_ns": 1, "open_cpu_ns": 1, "close_cpu_ns": 1 },
 *       "detail": { "pauses": { "start_ns": [..], "wall_ns": [..], ... } } }
 *
 * A program does this:
 *
 *     struct gc_report report = {.path = FILE};         first of all; NULL: everything does nothing
 *     gc_report_opened(&report);                        the first line of the user's program is
 * next gc_report_take(&report, allocator);               it has ended; before the modules close
 *     size_t leaked = gc_close();
 *     gc_report_write(&report, alloc_spec, gc_spec, leaked, error, sizeof error); */
#pragma once
#include "gc/gc.h"

struct gc_report {
  const char *path; /* borrowed; NULL: no report is wanted */
  int process;      /* who opened it: a forked child writes nothing */
  uint64_t opened_cpu_ns, taken_cpu_ns;
  struct gc_stats gc; /* its pauses are a copy, the report's own */
  struct alloc_stats alloc;
};

/* CPU time of the process from here on is work. */
void gc_report_opened(struct gc_report *report);
/* Takes the figures of the heap and of the allocator. Without memory for it the record of single
 * pauses is left out. */
void gc_report_take(struct gc_report *report, struct alloc *a);
/* Writes the file if figures were taken, and gives back what the report holds. False with a message
 * when it could not be written. */
bool gc_report_write(struct gc_report *report, const char *alloc_spec, const char *gc_spec,
                     size_t leaked, char *error, size_t error_bytes);
