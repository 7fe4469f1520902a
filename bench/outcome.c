/* Classification of a finished cell, and its file. */
#include "bench/outcome.h"
#include "base/bits.h"
#include "base/check.h"
#include "bench/command.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *const names[] = {
#define OUTCOME_TEXT(name, meaning) #name,
    OUTCOMES(OUTCOME_TEXT)
#undef OUTCOME_TEXT
};
static const char *const meanings[] = {
#define OUTCOME_TEXT(name, meaning) meaning,
    OUTCOMES(OUTCOME_TEXT)
#undef OUTCOME_TEXT
};

const char *outcome_name(enum outcome outcome) { return names[outcome]; }
const char *outcome_meaning(enum outcome outcome) { return meanings[outcome]; }

bool outcome_from_name(const char *name, enum outcome *outcome) {
  for (size_t i = 0; i < ARRAY_SIZE(names); i++)
    if (!strcmp(names[i], name)) {
      *outcome = (enum outcome)i;
      return true;
    }
  return false;
}

/* The most that was seen resident: by the kernel in one process, or at a look in all together. */
static uint64_t most_resident(const struct child_report *r) {
  uint64_t most = r->usage.peak_rss_bytes;
  for (size_t i = 0; i < r->n_samples; i++)
    most = r->samples[i].rss_bytes > most ? r->samples[i].rss_bytes : most;
  return most;
}

struct verdict {
  enum outcome outcome;
  char message[512];
  char checksum[64];
  json_t *row, *context; /* owned; NULL when there is none */
};

__attribute__((format(printf, 3, 4))) static void judge(struct verdict *v, enum outcome outcome,
                                                        const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  v->outcome = outcome;
  vsnprintf(v->message, sizeof v->message, format, arguments);
  va_end(arguments);
}

/* The last line with something in it: programs say there why they end. */
static void last_line(const char *text, size_t bytes, char *line, size_t line_bytes) {
  size_t end = text ? bytes : 0;
  while (end && strchr("\n\r\t ", text[end - 1]))
    end--;
  size_t start = end;
  while (start && text[start - 1] != '\n')
    start--;
  size_t n = end - start < line_bytes - 1 ? end - start : line_bytes - 1;
  snprintf(line, line_bytes, "%.*s", (int)n, text ? text + start : "");
}

static double unit_in_ns(const char *unit) {
  return !unit || !strcmp(unit, "ns") ? 1
         : !strcmp(unit, "us")        ? 1e3
         : !strcmp(unit, "ms")        ? 1e6
                                      : 1e9;
}

/* Times in ns, whatever unit the program chose. */
static void normalise_times(json_t *row) {
  double factor = unit_in_ns(json_string_value(json_object_get(row, "time_unit")));
  static const char *const times[] = {"real_time", "cpu_time"};
  for (size_t i = 0; i < ARRAY_SIZE(times); i++) {
    json_t *value = json_object_get(row, times[i]);
    if (json_is_number(value))
      json_object_set_new(row, times[i], json_real(json_number_value(value) * factor));
  }
  json_object_set_new(row, "time_unit", json_string("ns"));
}

static void read_checksum(const json_t *row, char *checksum, size_t bytes) {
  const char *label = json_string_value(json_object_get(row, "label"));
  const char *at = label ? strstr(label, "checksum=") : NULL;
  if (at)
    snprintf(checksum, bytes, "%.*s", (int)strcspn(at + 9, " ,;"), at + 9);
}

/* Takes the one row out of google-benchmark's output. */
static void read_row(struct verdict *v, const struct launch_result *result) {
  json_error_t problem;
  json_t *output = json_loadb(result->out ? result->out : "", result->out_bytes,
                              JSON_DISABLE_EOF_CHECK, &problem);
  if (!output) {
    judge(v, OUTCOME_output, "its output is not JSON: line %d: %s", problem.line, problem.text);
    return;
  }
  json_t *rows = json_object_get(output, "benchmarks"), *row, *found = NULL;
  size_t i, n = 0;
  json_array_foreach(rows, i, row) {
    const char *type = json_string_value(json_object_get(row, "run_type"));
    if (!type || !strcmp(type, "iteration")) {
      found = row;
      n++;
    }
  }
  if (n != 1) {
    judge(v, OUTCOME_output, "it printed %zu rows where one was expected", n);
  } else if (json_is_true(json_object_get(found, "error_occurred"))) {
    const char *why = json_string_value(json_object_get(found, "error_message"));
    bool memory = why && strcasestr(why, "out of memory");
    judge(v, memory ? OUTCOME_memory : OUTCOME_error, "%s",
          why ? why : "an error without a message");
  } else if (!json_is_number(json_object_get(found, "real_time")) ||
             !json_is_number(json_object_get(found, "cpu_time"))) {
    judge(v, OUTCOME_output, "its row has no times");
  } else {
    judge(v, OUTCOME_ok, "%s", "");
    v->row = json_incref(found);
    normalise_times(v->row);
    read_checksum(v->row, v->checksum, sizeof v->checksum);
    if (v->outcome == OUTCOME_ok && !*v->checksum)
      v->checksum[0] = 0;
  }
  json_t *context = json_object_get(output, "context");
  v->context = json_is_object(context) ? json_incref(context) : NULL;
  json_decref(output);
}

static void judge_signal(struct verdict *v, int number, const char *said) {
  const char *colon = *said ? ": " : "";
  if (number == SIGXFSZ)
    judge(v, OUTCOME_output, "it wrote more than %d MiB", LAUNCH_OUTPUT_LIMIT_BYTES >> 20);
  else if (number == SIGKILL)
    judge(v, OUTCOME_crash, "killed from outside, perhaps by the kernel for want of memory%s%s",
          colon, said);
  else
    judge(v, OUTCOME_crash, "signal %d (%s)%s%s", number, strsignal(number), colon, said);
}

/* A Python program says `checksum=0x...` and nothing else; an uncaught error is its last line on
 * standard error. */
static void classify_python(struct verdict *v, const struct launch_result *result,
                            const char *said) {
  char line[sizeof v->checksum + 32];
  int code = result->report.exit_code;
  last_line(result->out, result->out_bytes, line, sizeof line);
  const char *at = strstr(line, "checksum=");
  if (code)
    judge(v, !strncmp(said, "MemoryError", 11) ? OUTCOME_memory : OUTCOME_exit, "exit code %d%s%s",
          code, *said ? ": " : "", said);
  else if (!at)
    judge(v, OUTCOME_output, "its last line is '%s', not a checksum", line);
  else
    snprintf(v->checksum, sizeof v->checksum, "%.*s", (int)strcspn(at + 9, " ,;"), at + 9);
}

static void classify(struct verdict *v, const struct plan_cell *cell,
                     const struct launch_result *result) {
  const struct child_report *r = &result->report;
  char said[300];
  last_line(result->err, result->err_bytes, said, sizeof said);
  const char *colon = *said ? ": " : "";
  switch (r->end) {
  case CHILD_NOT_STARTED:
    judge(v, OUTCOME_start, "cannot start %s: %s", cell->command[0], strerror(r->start_errno));
    return;
  case CHILD_TIMEOUT:
    judge(v, OUTCOME_timeout, "killed after %.3g s", (double)r->wall_ns * 1e-9);
    return;
  case CHILD_MEMORY:
    judge(v, OUTCOME_memory, "killed at %.0f MiB resident", (double)most_resident(r) / (1 << 20));
    return;
  case CHILD_STOPPED:
  case CHILD_SIGNALLED:
    judge_signal(v, r->signal, said);
    return;
  case CHILD_EXITED:
    break;
  }
  if (!strcmp(cell->row.kind, "command")) {
    if (r->exit_code)
      judge(v, OUTCOME_exit, "exit code %d%s%s", r->exit_code, colon, said);
    return;
  }
  if (command_is_python(cell->row.kind)) {
    classify_python(v, result, said);
    return;
  }
  /* A row with an error explains more than the exit code that goes with it. */
  read_row(v, result);
  if (r->exit_code && v->outcome != OUTCOME_error && v->outcome != OUTCOME_memory)
    judge(v, strcasestr(said, "out of memory") ? OUTCOME_memory : OUTCOME_exit, "exit code %d%s%s",
          r->exit_code, colon, said);
}

static void set_real(json_t *row, const char *key, double value) {
  json_object_set_new(row, key, json_real(value));
}
static void set_count(json_t *row, const char *key, uint64_t value) {
  json_object_set_new(row, key, json_integer((json_int_t)value));
}

/* Trapezoids between the samples; before the first and after the last their values. */
static double mean_rss(const struct child_report *r) {
  if (!r->n_samples || !r->wall_ns)
    return 0;
  const struct child_sample *s = r->samples, *last = &s[r->n_samples - 1];
  double sum = (double)s[0].time_ns * (double)s[0].rss_bytes;
  for (size_t i = 1; i < r->n_samples; i++)
    sum += (double)(s[i].time_ns - s[i - 1].time_ns) *
           ((double)s[i].rss_bytes + (double)s[i - 1].rss_bytes) / 2;
  if (r->wall_ns > last->time_ns)
    sum += (double)(r->wall_ns - last->time_ns) * (double)last->rss_bytes;
  double span = (double)(r->wall_ns > last->time_ns ? r->wall_ns : last->time_ns);
  return sum / span;
}

static void add_process_figures(json_t *row, const struct child_report *r, bool timed) {
  double user = (double)r->usage.user_ns * 1e-9, system = (double)r->usage.system_ns * 1e-9;
  set_real(row, "process_wall_seconds", (double)r->wall_ns * 1e-9);
  set_real(row, "process_user_seconds", user);
  set_real(row, "process_system_seconds", system);
  set_real(row, "process_cpu_seconds", user + system);
  if (timed) {
    double iterations = json_number_value(json_object_get(row, "iterations"));
    double inside = json_number_value(json_object_get(row, "cpu_time")) * 1e-9 *
                    (iterations > 0 ? iterations : 1);
    set_real(row, "outside_cpu_seconds", user + system - inside);
  }
  if (r->wait_ns != UINT64_MAX)
    set_real(row, "runqueue_wait_seconds", (double)r->wait_ns * 1e-9);
  set_count(row, "peak_rss_bytes", r->usage.peak_rss_bytes);
  uint64_t mapped = 0;
  for (size_t i = 0; i < r->n_samples; i++)
    if (r->samples[i].mapped_bytes > mapped)
      mapped = r->samples[i].mapped_bytes;
  if (r->n_samples) {
    set_real(row, "mean_rss_bytes", mean_rss(r));
    set_count(row, "final_rss_bytes", r->samples[r->n_samples - 1].rss_bytes);
    set_count(row, "peak_mapped_bytes", mapped);
  }
  set_count(row, "minor_faults", r->usage.minor_faults);
  set_count(row, "major_faults", r->usage.major_faults);
  set_count(row, "voluntary_switches", r->usage.voluntary_switches);
  set_count(row, "involuntary_switches", r->usage.involuntary_switches);
}

/* The row that the program printed, or one that says what went wrong, with our figures. */
static json_t *make_row(struct verdict *v, const struct plan_cell *cell,
                        const struct child_report *r) {
  json_t *row = v->row ? json_incref(v->row) : json_object();
  bool timed = v->row != NULL;
  if (!timed) {
    bool ok = v->outcome == OUTCOME_ok;
    double cpu_ns = (double)(r->usage.user_ns + r->usage.system_ns);
    json_object_set_new(row, "run_type", json_string("iteration"));
    set_count(row, "iterations", ok);
    set_real(row, "real_time", ok ? (double)r->wall_ns : 0);
    set_real(row, "cpu_time", ok ? cpu_ns : 0);
    json_object_set_new(row, "time_unit", json_string("ns"));
    set_count(row, "threads", 1);
  }
  if (v->outcome != OUTCOME_ok) {
    json_object_set_new(row, "error_occurred", json_true());
    char *message = NULL;
    if (asprintf(&message, "%s: %s", outcome_name(v->outcome), v->message) < 0)
      fatal("out of memory");
    json_object_set_new(row, "error_message", json_string(message));
    free(message);
  }
  json_object_set_new(row, "name", json_string(cell->name));
  json_object_set_new(row, "run_name", json_string(cell->name));
  set_count(row, "repetition_index", cell->repetition);
  if (r->end != CHILD_NOT_STARTED)
    add_process_figures(row, r, timed);
  return row;
}

static json_t *samples_to_json(const struct child_report *r) {
  json_t *time = json_array(), *rss = json_array(), *mapped = json_array();
  for (size_t i = 0; i < r->n_samples; i++) {
    json_array_append_new(time, json_integer((json_int_t)r->samples[i].time_ns));
    json_array_append_new(rss, json_integer((json_int_t)r->samples[i].rss_bytes));
    json_array_append_new(mapped, json_integer((json_int_t)r->samples[i].mapped_bytes));
  }
  return json_pack("{s:I, s:I, s:o, s:o, s:o}", "interval_ns", (json_int_t)r->interval_ns,
                   "cost_ns", (json_int_t)r->watcher_cpu_ns, "time_ns", time, "rss_bytes", rss,
                   "mapped_bytes", mapped);
}

/* Text as JSON wants it: bytes that are not UTF-8 become question marks. */
static json_t *tail_to_json(const char *text, size_t bytes) {
  size_t n = bytes < LAUNCH_TAIL_BYTES ? bytes : LAUNCH_TAIL_BYTES;
  const char *from = text ? text + bytes - n : "";
  json_t *json = json_stringn(from, text ? n : 0);
  if (json)
    return json;
  char *plain = strndup(from, n);
  for (char *p = plain; p && *p; p++)
    if ((signed char)*p < 0)
      *p = '?';
  json = json_string(plain ? plain : "");
  free(plain);
  return json;
}

/* Takes over what an interpreter reported: numbers of collector and allocator. Its details stay
 * behind: a program collects thousands of times, and this is a cell that is timed. */
static void add_reported(json_t *row, const json_t *figures) {
  static const char *const prefixes[] = {"gc_", "alloc_", "leaked_", "open_", "work_", "close_"};
  const char *key;
  json_t *value;
  json_object_foreach(json_object_get(figures, "row"), key, value) {
    for (size_t i = 0; i < ARRAY_SIZE(prefixes) && json_is_number(value); i++)
      if (!strncmp(key, prefixes[i], strlen(prefixes[i])))
        json_object_set(row, key, value);
  }
}

json_t *outcome_to_json(const struct plan_cell *cell, const struct launch_result *result, int cpu,
                        const char *started, json_t *detail, json_t *figures) {
  struct verdict v = {.outcome = OUTCOME_ok};
  classify(&v, cell, result);
  const struct child_report *r = &result->report;
  bool ok = v.outcome == OUTCOME_ok;
  json_t *message = tail_to_json(v.message, strlen(v.message));
  json_t *checksum = tail_to_json(v.checksum, strlen(v.checksum));
  json_t *outcome =
      json_pack("{s:s, s:o, s:i, s:i, s:o, s:o, s:o}", "status", outcome_name(v.outcome), "message",
                message, "exit_code", r->exit_code, "signal", r->signal, "checksum", checksum,
                "stderr_tail", tail_to_json(result->err, result->err_bytes), "stdout_tail",
                ok ? json_string("") : tail_to_json(result->out, result->out_bytes));
  json_t *process =
      json_pack("{s:i, s:I, s:s, s:I}", "cpu", cpu, "start_ns", (json_int_t)r->start_ns, "started",
                started, "launcher_rss_bytes", (json_int_t)result->launcher_rss_bytes);
  json_t *row = make_row(&v, cell, r);
  if (ok)
    add_reported(row, figures);
  json_t *json =
      json_pack("{s:o, s:[o], s:o, s:o, s:o, s:o, s:o}", "context",
                v.context ? json_incref(v.context) : json_object(), "benchmarks", row, "cell",
                plan_cell_to_json(cell), "outcome", outcome, "process", process, "samples",
                samples_to_json(r), "detail", detail ? json_incref(detail) : json_object());
  if (!json)
    fatal("out of memory");
  json_decref(v.row);
  json_decref(v.context);
  return json;
}
