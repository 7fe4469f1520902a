/* Prints a trace as text, a line per event, then its ending: for tests that compare. */
#include "workloads/traces/trace.h"
#include <stdio.h>

int main(int argc, char **argv) {
  char error[1024];
  struct trace_event e;
  enum trace_status status;
  struct trace_reader *r = argc == 2 ? trace_open(argv[1], error, sizeof error) : NULL;
  if (!r) {
    fprintf(stderr, "%s\n", argc == 2 ? error : "usage: dump FILE");
    return 2;
  }
  while ((status = trace_read(r, &e)) == TRACE_EVENT)
    printf("%s %u %u %llu %llu %llu %u\n", trace_kind_names[e.kind], e.thread, e.owner,
           (unsigned long long)e.object, (unsigned long long)e.size, (unsigned long long)e.old_size,
           e.kind == TRACE_ALIGNED ? 1u << e.align_log2 : e.fresh);
  if (status == TRACE_BROKEN)
    fprintf(stderr, "%s\n", trace_error(r));
  else
    printf("--\n%s%s", trace_facts(r)->text, trace_ending(r)->text);
  trace_close(r);
  return status != TRACE_END;
}
