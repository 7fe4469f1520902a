/* ouro-replay: one recording, one allocator, one process; what it measured goes to standard output
 * as JSON. `ouro replay` starts it, once per allocator, because the instrument links no allocator
 * and a replay wants a heap that nothing was done in.
 *
 *     ouro-replay --trace=FILE --alloc=SPEC --touch=none|first|all [--events=N] [--partial]
 *                 [--no-fidelity]
 *
 * Exit codes: 0, 2 (unreadable recording, unknown allocator), 3 (the replay failed), 5 (only a
 * part of the recording could be read, and that was asked for). */
#include "workloads/traces/replay.h"
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct request {
  const char *trace, *alloc;
  enum replay_touch touch;
  struct program_options options;
  bool fidelity;
};

static int fail(int code, const char *message) {
  fprintf(stderr, "ouro-replay: %s\n", message);
  return code;
}

static bool read_touch(const char *text, enum replay_touch *out) {
  for (int i = 0; replay_touch_names[i]; i++)
    if (!strcmp(text, replay_touch_names[i])) {
      *out = (enum replay_touch)i;
      return true;
    }
  return false;
}

static bool read_request(int argc, char **argv, struct request *out) {
  enum { TRACE, ALLOC, TOUCH, EVENTS, PARTIAL, NO_FIDELITY };
  static const struct option options[] = {{"trace", required_argument, NULL, TRACE},
                                          {"alloc", required_argument, NULL, ALLOC},
                                          {"touch", required_argument, NULL, TOUCH},
                                          {"events", required_argument, NULL, EVENTS},
                                          {"partial", no_argument, NULL, PARTIAL},
                                          {"no-fidelity", no_argument, NULL, NO_FIDELITY},
                                          {0}};
  *out = (struct request){.alloc = "malloc", .touch = REPLAY_TOUCH_FIRST, .fidelity = true};
  char *end;
  for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
    switch (c) {
    case TRACE:
      out->trace = optarg;
      break;
    case ALLOC:
      out->alloc = optarg;
      break;
    case TOUCH:
      if (!read_touch(optarg, &out->touch))
        return false;
      break;
    case EVENTS:
      out->options.events = strtoull(optarg, &end, 10);
      if (*end || end == optarg || *optarg == '-')
        return false;
      break;
    case PARTIAL:
      out->options.partial = true;
      break;
    case NO_FIDELITY:
      out->fidelity = false;
      break;
    default:
      return false;
    }
  }
  return out->trace && optind == argc;
}

static void set_count(json_t *to, const char *key, uint64_t value) {
  json_object_set_new(to, key, json_integer((json_int_t)value));
}
static void set_real(json_t *to, const char *key, double value) {
  json_object_set_new(to, key, json_real(value));
}
static void set_text(json_t *to, const char *key, const char *value) {
  json_t *text = json_string(value);
  json_object_set_new(to, key, text ? text : json_string("(not UTF-8)"));
}

static uint64_t growth(uint64_t peak, uint64_t before) { return peak > before ? peak - before : 0; }

static void describe_program(json_t *to, const struct program *p) {
  set_text(to, "command", p->command);
  json_object_set_new(to, "whole", json_boolean(p->whole));
  set_text(to, "note", p->note);
  set_count(to, "events", p->totals.events);
  set_count(to, "objects", p->totals.objects);
  set_count(to, "threads", p->totals.threads);
  set_count(to, "requested_bytes", p->totals.requested_bytes);
  set_count(to, "peak_live_bytes", p->totals.peak_live_bytes);
  set_count(to, "peak_live_blocks", p->totals.peak_live_blocks);
  set_count(to, "original_rss_growth_bytes",
            p->first_rss_bytes ? growth(p->totals.peak_rss_bytes, p->first_rss_bytes) : 0);
}

static void describe_result(json_t *to, const struct program *p, const struct replay_result *r) {
  char checksum[24];
  snprintf(checksum, sizeof checksum, "0x%016llx", (unsigned long long)r->checksum);
  set_text(to, "checksum", checksum);
  set_real(to, "cpu_ns_per_event", (double)r->cpu_ns / (double)p->totals.events);
  set_count(to, "cpu_ns", r->cpu_ns);
  set_count(to, "wall_ns", r->wall_ns);
  set_count(to, "drain_ns", r->drain_ns);
  set_count(to, "rss_growth_bytes", growth(r->peak_rss_bytes, r->before_rss_bytes));
  set_count(to, "before_rss_bytes", r->before_rss_bytes);
  set_count(to, "peak_rss_bytes", r->peak_rss_bytes);
  set_count(to, "after_rss_bytes", r->after_rss_bytes);
  set_count(to, "minor_faults", r->minor_faults);
}

static void describe_fidelity(json_t *to, const struct replay_fidelity *f) {
  json_t *parts = json_object();
  set_real(parts, "events", f->events);
  set_real(parts, "classes", f->classes);
  set_real(parts, "peak_bytes", f->peak_bytes);
  set_real(parts, "peak_blocks", f->peak_blocks);
  set_real(parts, "curve", f->curve);
  set_real(parts, "foreign", f->foreign);
  json_object_set_new(to, "fidelity_parts", parts);
  set_real(to, "fidelity", f->figure);
  set_count(to, "padded_bytes", f->padded_bytes);
}

/* Opens the allocator anew; NULL with a message. */
static struct alloc *open_fresh(const struct request *request) {
  char error[512];
  struct alloc *a = alloc_open(request->alloc, error, sizeof error);
  if (!a)
    fail(2, error);
  return a;
}

/* The timed replay comes first, in the untouched heap; the watched one over an instance of its own.
 */
static int measure(const struct request *request, const struct program *p, json_t *out) {
  struct replay_result result;
  struct alloc *a = open_fresh(request);
  if (!a)
    return 2;
  replay_run(p, a, request->touch, &result);
  alloc_close(a);
  if (!result.fine)
    return fail(3, result.error);
  describe_result(out, p, &result);
  if (!request->fidelity)
    return 0;
  struct replay_fidelity fidelity;
  char error[512];
  a = open_fresh(request);
  if (!a)
    return 2;
  bool fine = replay_measure_fidelity(p, a, &fidelity, error, sizeof error);
  alloc_close(a);
  if (!fine)
    return fail(3, error);
  describe_fidelity(out, &fidelity);
  return 0;
}

int main(int argc, char **argv) {
  struct request request;
  char error[1024];
  if (!read_request(argc, argv, &request))
    return fail(2, "usage: ouro-replay --trace=FILE [--alloc=SPEC] [--touch=none|first|all] "
                   "[--events=N] [--partial] [--no-fidelity]");
  struct program *p = program_load(request.trace, &request.options, error, sizeof error);
  if (!p)
    return fail(2, error);
  json_t *out = json_object();
  set_text(out, "trace", request.trace);
  set_text(out, "alloc", request.alloc);
  set_text(out, "touch", replay_touch_names[request.touch]);
  describe_program(out, p);
  int code = measure(&request, p, out);
  if (!code && (json_dumpf(out, stdout, JSON_INDENT(1) | JSON_PRESERVE_ORDER) != 0 ||
                putchar('\n') == EOF || fflush(stdout) != 0))
    code = fail(3, "standard output can't be written");
  if (!code && p->damaged)
    code = 5;
  json_decref(out);
  program_free(p);
  return code;
}
