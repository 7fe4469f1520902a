// google-benchmark behind gbench.h: flags, selection, registration, reports.
//
// Selection is done here, before registration, on the names as printed: std::regex needs several
// microseconds per name, so a filter made of text, '.', '*', '|', '^' and '$' is matched by a few
// lines of our own (Rob Pike's matcher), and only other expressions by std::regex.
#include "bench/gbench.h"
#include <benchmark/benchmark.h>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <limits>
#include <list>
#include <memory>
#include <new>
#include <regex>
#include <set>
#include <string>
#include <type_traits>
#include <unistd.h>
#include <vector>
extern "C" {
#include "base/nearest.h"
}

// The shared library of 1.7.1 does not export its "unknown"; the value is the library's.
const int64_t benchmark::MemoryManager::TombstoneValue = std::numeric_limits<int64_t>::max();

// Each report says what machine it comes from, which google-benchmark asks of forty files of the
// kernel: 0.35 ms. A run of cells (OURO_CELL, from launch.c) has that in its environment.json,
// once, and every cell an empty description. This stands before the library's own; where a library
// is bound to itself (-Bsymbolic), its own stays.
const benchmark::CPUInfo &benchmark::CPUInfo::Get() {
  static_assert(std::is_standard_layout<CPUInfo>::value, "numbers and vectors, nothing virtual");
  alignas(CPUInfo) static char nothing[sizeof(CPUInfo)]; // 0, 0, and vectors without memory
  if (getenv("OURO_CELL"))
    return *std::launder(reinterpret_cast<const CPUInfo *>(nothing));
  static const CPUInfo info;
  return info;
}

namespace {

enum { EXIT_USAGE = 2, EXIT_CELL_FAILED = 3, EXIT_INCOMPLETE = 5 };

// ---- selection -------------------------------------------------------------------------------

bool match_here(const char *pattern, const char *text) {
  if (!*pattern)
    return true;
  if (pattern[1] == '*') {
    for (const char *t = text;; t++) {
      if (match_here(pattern + 2, t))
        return true;
      if (!*t || (*pattern != '.' && *t != *pattern))
        return false;
    }
  }
  if (pattern[0] == '$' && !pattern[1])
    return !*text;
  return *text && (*pattern == '.' || *pattern == *text) && match_here(pattern + 1, text + 1);
}

bool match_anywhere(const char *pattern, const char *text) {
  if (*pattern == '^')
    return match_here(pattern + 1, text);
  do
    if (match_here(pattern, text))
      return true;
  while (*text++);
  return false;
}

class Filter {
public:
  // Throws std::regex_error.
  void set(std::string text) {
    if (text.empty() || text == "all")
      text = ".";
    negative_ = text[0] == '-';
    if (negative_)
      text.erase(0, 1);
    if (text.find_first_of("()[]{}\\+?") != std::string::npos || text[0] == '*' ||
        text.find("|*") != std::string::npos || text.find("^*") != std::string::npos ||
        text.find("**") != std::string::npos)
      expression_ = std::make_unique<std::regex>(text);
    for (size_t start = 0; start <= text.size();) {
      size_t end = std::min(text.find('|', start), text.size());
      alternatives_.push_back(text.substr(start, end - start));
      start = end + 1;
    }
  }
  bool selects(const char *name) const {
    bool found = false;
    if (expression_)
      found = std::regex_search(name, *expression_);
    else
      for (const auto &a : alternatives_)
        found = found || match_anywhere(a.c_str(), name);
    return found != negative_;
  }

private:
  bool negative_ = false;
  std::unique_ptr<std::regex> expression_;
  std::vector<std::string> alternatives_;
};

// ---- what the program is doing ---------------------------------------------------------------

gbench_program *program;
Filter filter;
bool list_only, report_is_cut;
size_t n_selected, n_failed;
std::set<std::string> manual_cpu; // names of the benchmarks that ask for it

// Flags that the wrapper has itself: only programs with few_counters have them.
gbench_flag counters_flag = {"counters", "how many counters the console shows: few or all", "few",
                             false};

// The program's flags, then the wrapper's.
std::vector<gbench_flag *> own_flags() {
  std::vector<gbench_flag *> flags;
  for (gbench_flag *f = program->flags; f && f->name; f++)
    flags.push_back(f);
  if (program->few_counters)
    flags.push_back(&counters_flag);
  return flags;
}

bool is_shown(const std::string &counter) {
  for (const char *const *c = program->few_counters; *c; c++)
    if (counter == *c)
      return true;
  return false;
}

// ---- reports ---------------------------------------------------------------------------------

// Takes google-benchmark's endings off the names, counts failures once, and knows whether what it
// wrote has arrived.
template <class Base> class Plain : public Base {
public:
  using Base::Base;
  void ReportRuns(const std::vector<benchmark::BenchmarkReporter::Run> &runs) override {
    auto plain = runs;
    for (auto &r : plain) {
      auto &n = r.run_name;
      n.min_time = n.min_warmup_time = n.iterations = n.repetitions = n.time_type = n.threads = "";
      if (counts && r.error_occurred)
        n_failed++;
      if (manual_cpu.count(n.function_name))
        r.cpu_accumulated_time = r.real_accumulated_time;
      for (auto c = r.counters.begin(); few && c != r.counters.end();)
        c = is_shown(c->first) ? std::next(c) : r.counters.erase(c);
    }
    Base::ReportRuns(plain);
  }
  void Finalize() override {
    Base::Finalize();
    report_is_cut |= !Base::GetOutputStream().flush();
  }
  bool counts = false, few = false;
};

// One line per run with a column for every counter that any run has. google-benchmark's own CSV
// ends the process when two benchmarks have different counters, so the lines are kept until all
// columns are known.
class Csv : public benchmark::BenchmarkReporter {
public:
  bool ReportContext(const Context &context) override {
    PrintBasicContext(&GetErrorStream(), context);
    return true;
  }
  void ReportRuns(const std::vector<Run> &runs) override {
    for (const Run &r : runs)
      for (const auto &c : r.counters)
        if (!is_fixed(c.first))
          columns_.insert(c.first);
    runs_.insert(runs_.end(), runs.begin(), runs.end());
  }
  void Finalize() override {
    std::ostream &out = GetOutputStream();
    out.precision(std::numeric_limits<double>::digits10);
    out << "name,iterations,real_time,cpu_time,time_unit,bytes_per_second,items_per_second,label,"
           "error_occurred,error_message";
    for (const auto &name : columns_)
      out << "," << quote(name);
    out << "\n";
    for (const Run &r : runs_)
      write(out, r);
  }

private:
  static bool is_fixed(const std::string &counter) {
    return counter == "bytes_per_second" || counter == "items_per_second";
  }
  static std::string quote(const std::string &text) {
    std::string quoted = "\"";
    for (char c : text)
      quoted += c == '"' ? "\"\"" : std::string(1, c);
    return quoted + "\"";
  }
  static void write_counter(std::ostream &out, const Run &r, const std::string &name) {
    auto c = r.counters.find(name);
    out << ",";
    if (c != r.counters.end())
      out << c->second.value;
  }
  void write(std::ostream &out, const Run &r) const {
    bool ok = !r.error_occurred, aggregate = r.run_type == Run::RT_Aggregate;
    bool time = !aggregate || r.aggregate_unit == benchmark::kTime;
    out << quote(r.benchmark_name()) << ",";
    if (ok && !aggregate)
      out << r.iterations;
    out << ",";
    if (ok)
      out << (time ? r.GetAdjustedRealTime() : r.real_accumulated_time) << ","
          << (time ? r.GetAdjustedCPUTime() : r.cpu_accumulated_time) << ","
          << (time ? benchmark::GetTimeUnitString(r.time_unit) : "");
    else
      out << ",,";
    write_counter(out, r, "bytes_per_second");
    write_counter(out, r, "items_per_second");
    out << "," << (r.report_label.empty() ? "" : quote(r.report_label));
    out << "," << (ok ? "" : "true") << "," << (ok ? "" : quote(r.error_message));
    for (const auto &name : columns_)
      write_counter(out, r, name);
    out << "\n";
  }
  std::vector<Run> runs_;
  std::set<std::string> columns_;
};

std::unique_ptr<benchmark::BenchmarkReporter> make_reporter(const std::string &format, int options,
                                                            bool counts) {
  auto ready = [&](auto reporter) -> std::unique_ptr<benchmark::BenchmarkReporter> {
    reporter->counts = counts;
    return reporter;
  };
  if (format == "json")
    return ready(std::make_unique<Plain<benchmark::JSONReporter>>());
  if (format == "csv")
    return ready(std::make_unique<Plain<Csv>>());
  auto console = std::make_unique<Plain<benchmark::ConsoleReporter>>(
      static_cast<benchmark::ConsoleReporter::OutputOptions>(options));
  console->few = program->few_counters && !strcmp(counters_flag.value, "few");
  return ready(std::move(console));
}

// ---- flags -----------------------------------------------------------------------------------

const char *const library_flags[] = {"benchmark_list_tests",
                                     "benchmark_filter",
                                     "benchmark_min_time",
                                     "benchmark_min_warmup_time",
                                     "benchmark_repetitions",
                                     "benchmark_enable_random_interleaving",
                                     "benchmark_report_aggregates_only",
                                     "benchmark_display_aggregates_only",
                                     "benchmark_format",
                                     "benchmark_out",
                                     "benchmark_out_format",
                                     "benchmark_color",
                                     "benchmark_counters_tabular",
                                     "benchmark_perf_counters",
                                     "benchmark_context",
                                     "benchmark_time_unit"};

// The value of one of google-benchmark's flags: the last one given, else the environment's.
std::string library_flag(int argc, char **argv, const std::string &name, const char *fallback) {
  std::string variable = name;
  for (char &c : variable)
    c = static_cast<char>(toupper(c));
  const char *from_environment = getenv(variable.c_str());
  std::string value = from_environment ? from_environment : fallback;
  for (int i = 1; i < argc; i++) {
    std::string argument = argv[i];
    if (argument.rfind("--" + name + "=", 0) == 0)
      value = argument.substr(name.size() + 3);
    else if (argument == "--" + name)
      value = "true";
  }
  return value;
}

bool is_true(const std::string &value) {
  return value == "true" || value == "1" || value == "yes" || value == "on" || value == "t" ||
         value == "y";
}

// The exit code once standard output has been written out.
int end_output(int status) {
  if (fflush(stdout) == 0 && !ferror(stdout) && !report_is_cut)
    return status;
  fprintf(stderr, "%s: the report can't be written whole\n", program->name);
  return status ? status : EXIT_INCOMPLETE;
}

void print_help() {
  printf("%s: %s\n\nusage: %s [--FLAG=VALUE ...]\n", program->name, program->summary,
         program->name);
  for (const gbench_flag *f : own_flags()) {
    printf("  --%-12s %s", f->name, f->meaning);
    printf(f->value ? " (default: %s)\n" : "\n", f->value);
  }
  printf("\nBenchmarks are selected by --benchmark_filter=REGEX and listed by "
         "--benchmark_list_tests.\nExit codes: 0 fine, 2 usage, 3 a benchmark failed, "
         "5 a report could not be written whole.\n"
         "\ngoogle-benchmark's flags:\n");
  benchmark::PrintDefaultHelp();
  if (int status = end_output(0)) // google-benchmark ends the process with 0 next
    exit(status);
}

// What repeated flags were joined to; flags point into it.
std::list<std::string> joined_values;

void give(gbench_flag *flag, bool first, const char *value) {
  if (flag->repeats && !first) {
    joined_values.push_back(std::string(flag->value) + "," + value);
    value = joined_values.back().c_str();
  }
  flag->value = value;
}

// Takes the program's own flags out of argv. False when one lacks its value.
bool take_own_flags(int *argc, char **argv) {
  int kept = 1;
  std::set<const gbench_flag *> given;
  for (int i = 1; i < *argc; i++) {
    gbench_flag *found = nullptr;
    size_t length = 0;
    for (gbench_flag *f : own_flags()) {
      if (found)
        break;
      length = strlen(f->name);
      if (!strncmp(argv[i], "--", 2) && !strncmp(argv[i] + 2, f->name, length) &&
          (argv[i][2 + length] == '=' || !argv[i][2 + length]))
        found = f;
    }
    if (!found)
      argv[kept++] = argv[i];
    else if (argv[i][2 + length] == '=')
      give(found, given.insert(found).second, argv[i] + 3 + length);
    else if (i + 1 < *argc)
      give(found, given.insert(found).second, argv[++i]);
    else {
      fprintf(stderr, "%s: --%s wants a value\n", program->name, found->name);
      return false;
    }
  }
  *argc = kept;
  argv[kept] = nullptr;
  return true;
}

void explain_unknown(const char *argument) {
  std::string name = argument;
  name.erase(0, std::min(name.find_first_not_of('-'), name.size()));
  name = name.substr(0, name.find('='));
  nearest n;
  nearest_start(&n, name.c_str());
  for (const gbench_flag *f : own_flags())
    nearest_try(&n, f->name);
  for (const char *f : library_flags)
    nearest_try(&n, f);
  const char *best = nearest_end(&n);
  if (best)
    fprintf(stderr, "%s: unknown argument '%s', did you mean '--%s'?\n", program->name, argument,
            best);
  else
    fprintf(stderr, "%s: unknown argument '%s' (--help lists all)\n", program->name, argument);
}

constexpr int MOST_REPETITIONS = 1000000;

struct Output {
  std::string format, file, file_format;
  int console = benchmark::ConsoleReporter::OO_None;
};

// Reads what has to be known before google-benchmark takes its flags away. False: usage error.
bool read_output_flags(int argc, char **argv, Output *out) {
  out->format = library_flag(argc, argv, "benchmark_format", "console");
  out->file = library_flag(argc, argv, "benchmark_out", "");
  out->file_format = library_flag(argc, argv, "benchmark_out_format", "json");
  for (const std::string &format : {out->format, out->file_format})
    if (format != "console" && format != "json" && format != "csv") {
      fprintf(stderr, "%s: unknown format '%s' (formats: console, json, csv)\n", program->name,
              format.c_str());
      return false;
    }
  if (strcmp(counters_flag.value, "few") && strcmp(counters_flag.value, "all")) {
    fprintf(stderr, "%s: --counters=%s: wants few or all\n", program->name, counters_flag.value);
    return false;
  }
  // The library takes these as they come: it ends in an exception, or measures nothing and says so
  // neither in words nor by its exit code.
  std::string repetitions = library_flag(argc, argv, "benchmark_repetitions", "1");
  char *end;
  long number = strtol(repetitions.c_str(), &end, 10);
  if (repetitions.empty() || *end || number < 1 || number > MOST_REPETITIONS) {
    fprintf(stderr, "%s: --benchmark_repetitions=%s: wants a number from 1 to %d\n", program->name,
            repetitions.c_str(), MOST_REPETITIONS);
    return false;
  }
  std::string unit = library_flag(argc, argv, "benchmark_time_unit", "");
  if (!unit.empty() && unit != "ns" && unit != "us" && unit != "ms" && unit != "s") {
    fprintf(stderr, "%s: unknown time unit '%s' (units: ns, us, ms, s)\n", program->name,
            unit.c_str());
    return false;
  }
  const char *no_color = getenv("NO_COLOR");
  std::string color = library_flag(argc, argv, "benchmark_color", "auto");
  if (color == "auto" ? isatty(STDOUT_FILENO) && !(no_color && *no_color) : is_true(color))
    out->console |= benchmark::ConsoleReporter::OO_Color;
  if (is_true(library_flag(argc, argv, "benchmark_counters_tabular", "false")))
    out->console |= benchmark::ConsoleReporter::OO_Tabular;
  if (!out->file.empty() && !std::ofstream(out->file, std::ios::app)) {
    fprintf(stderr, "%s: can't write to '%s'\n", program->name, out->file.c_str());
    return false;
  }
  return true;
}

class Memory : public benchmark::MemoryManager {
public:
  explicit Memory(const gbench_memory_manager *m) : manager_(m) {}
  void Start() override { manager_->start(); }
  void Stop(Result *result) override {
    gbench_memory m = {0, 0, -1, -1};
    manager_->stop(&m);
    result->num_allocs = m.allocations;
    result->max_bytes_used = m.peak_bytes;
    result->total_allocated_bytes = m.total_bytes >= 0 ? m.total_bytes : TombstoneValue;
    result->net_heap_growth = m.growth_bytes >= 0 ? m.growth_bytes : TombstoneValue;
  }

private:
  const gbench_memory_manager *manager_;
};

benchmark::State *state_of(gbench_state *s) { return reinterpret_cast<benchmark::State *>(s); }
const benchmark::State *state_of(const gbench_state *s) {
  return reinterpret_cast<const benchmark::State *>(s);
}

int run_selected(const Output &output) {
  auto display = make_reporter(output.format, output.console, true);
  auto file = output.file.empty() ? nullptr : make_reporter(output.file_format, 0, false);
  benchmark::RunSpecifiedBenchmarks(display.get(), file.get(), ".");
  if (n_failed)
    fprintf(stderr, "%s: %zu runs of benchmarks failed\n", program->name, n_failed);
  return n_failed ? EXIT_CELL_FAILED : 0;
}

} // namespace

// ---- the C side ------------------------------------------------------------------------------

int gbench_main(int argc, char **argv, gbench_program *p) {
  program = p;
  // A full disk or a file size limit is an error to report, not a signal to die of.
  signal(SIGXFSZ, SIG_IGN);
  if (!take_own_flags(&argc, argv))
    return EXIT_USAGE;
  std::string pattern = library_flag(argc, argv, "benchmark_filter", ".");
  list_only = is_true(library_flag(argc, argv, "benchmark_list_tests", "false"));
  Output output;
  if (!read_output_flags(argc, argv, &output))
    return EXIT_USAGE;
  benchmark::Initialize(&argc, argv, print_help); // ends the process after --help
  if (argc > 1) {
    explain_unknown(argv[1]);
    return EXIT_USAGE;
  }
  try {
    filter.set(pattern);
  } catch (const std::regex_error &e) {
    fprintf(stderr, "%s: --benchmark_filter=%s: %s\n", p->name, pattern.c_str(), e.what());
    return EXIT_USAGE;
  }
  char error[1024] = "";
  if (!p->add(error, sizeof error)) {
    fprintf(stderr, "%s: %s\n", p->name, error);
    return EXIT_USAGE;
  }
  int status = 0;
  if (!n_selected) {
    fprintf(stderr, "%s: no benchmark matches '%s' (--benchmark_list_tests lists all)\n", p->name,
            pattern.c_str());
    status = EXIT_USAGE;
  } else if (!list_only)
    status = run_selected(output);
  if (p->close)
    p->close();
  return end_output(status);
}

bool gbench_is_wanted(const char *name) { return filter.selects(name); }

bool gbench_add(const gbench_case *c) {
  std::string full = c->name;
  std::vector<int64_t> values;
  std::vector<std::string> names;
  for (int i = 0; i < GBENCH_ARGUMENTS_MAX && c->argument_names[i]; i++) {
    names.push_back(c->argument_names[i]);
    values.push_back(c->arguments[i]);
    full += "/" + names.back() + ":" + std::to_string(values.back());
  }
  if (!filter.selects(full.c_str()))
    return false;
  n_selected++;
  if (list_only) {
    puts(full.c_str());
    return true;
  }
  gbench_fn *run = c->run;
  void *context = c->context;
  auto *b = benchmark::RegisterBenchmark(c->name, [run, context](benchmark::State &s) {
    run(reinterpret_cast<gbench_state *>(&s), context);
  });
  if (!values.empty())
    b->ArgNames(names)->Args(values);
  if (c->iterations)
    b->Iterations(static_cast<benchmark::IterationCount>(c->iterations));
  else if (c->min_seconds > 0)
    b->MinTime(c->min_seconds);
  if (c->threads > 1)
    b->Threads(static_cast<int>(c->threads));
  if (c->process_time)
    b->MeasureProcessCPUTime();
  if (c->manual_cpu)
    manual_cpu.insert(c->name);
  if (c->manual_time || c->manual_cpu)
    b->UseManualTime();
  else if (c->real_time)
    b->UseRealTime();
  return true;
}

void gbench_add_context(const char *key, const char *value) {
  benchmark::AddCustomContext(key, value);
}

uint64_t gbench_begin(gbench_state *s) {
  benchmark::State *state = state_of(s);
  return state->KeepRunningBatch(state->max_iterations)
             ? static_cast<uint64_t>(state->max_iterations)
             : 0;
}
void gbench_end(gbench_state *s) {
  if (!state_of(s)->error_occurred())
    state_of(s)->KeepRunningBatch(state_of(s)->max_iterations);
}
bool gbench_keep_running(gbench_state *s) { return state_of(s)->KeepRunning(); }
void gbench_pause(gbench_state *s) { state_of(s)->PauseTiming(); }
void gbench_resume(gbench_state *s) { state_of(s)->ResumeTiming(); }
void gbench_set_seconds(gbench_state *s, double seconds) { state_of(s)->SetIterationTime(seconds); }
void gbench_fail(gbench_state *s, const char *why) { state_of(s)->SkipWithError(why); }
int64_t gbench_argument(const gbench_state *s, unsigned i) { return state_of(s)->range(i); }
uint64_t gbench_iterations(const gbench_state *s) {
  return static_cast<uint64_t>(state_of(s)->max_iterations);
}
unsigned gbench_thread(const gbench_state *s) {
  return static_cast<unsigned>(state_of(s)->thread_index());
}
unsigned gbench_threads(const gbench_state *s) {
  return static_cast<unsigned>(state_of(s)->threads());
}

void gbench_counter(gbench_state *s, const char *name, double value, unsigned flags) {
  using benchmark::Counter;
  unsigned f = Counter::kDefaults;
  if (flags & GBENCH_RATE)
    f |= Counter::kIsRate;
  if (flags & GBENCH_AVG_THREADS)
    f |= Counter::kAvgThreads;
  if (flags & GBENCH_PER_ITERATION)
    f |= Counter::kAvgIterations;
  if (flags & GBENCH_ITERATION_RATE)
    f |= Counter::kIsIterationInvariantRate;
  if (flags & GBENCH_INVERT)
    f |= Counter::kInvert;
  state_of(s)->counters[name] = Counter(value, static_cast<Counter::Flags>(f));
}
void gbench_label(gbench_state *s, const char *label) { state_of(s)->SetLabel(label); }

void gbench_set_memory_manager(const gbench_memory_manager *m) {
  static std::unique_ptr<Memory> memory;
  memory = m ? std::make_unique<Memory>(m) : nullptr;
  benchmark::RegisterMemoryManager(memory.get());
}
