/* The command line and the environment: options as python3 takes them, short ones in clusters
 * ("-Bc code"), ours as long ones with or without "=". */
#include "ouropy/options.h"
#include "base/nearest.h"
#include "runtime/modules/sys.h"
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] = "usage: %s [option] ... [-c cmd | -m mod | file | -] [arg] ...\n";
static const char help_options[] =
    "Options, as python3 has them:\n"
    "-b     : warn about str(bytes) and comparing bytes with str (-bb: an error)\n"
    "-B     : write no .pyc files on import; also PYTHONDONTWRITEBYTECODE=x\n"
    "-c cmd : program given as a string (ends the list of options)\n"
    "-d     : accepted; there is no debugging output of the parser\n"
    "-E     : ignore environment variables that begin with PYTHON\n"
    "-h     : print this help and exit (also -? or --help)\n"
    "-i     : a prompt after the program has run; also PYTHONINSPECT=x\n"
    "-I     : isolated from the user's environment (implies -E, -P and -s)\n"
    "-m mod : run a module of the library as a program (ends the list of options)\n"
    "-O     : without assert statements; also PYTHONOPTIMIZE=x\n"
    "-OO    : without docstrings as well\n"
    "-P     : put no unsafe folder in front of sys.path\n"
    "-q     : no version and copyright in front of a prompt\n"
    "-s     : without the user's site folder; also PYTHONNOUSERSITE=x\n"
    "-S     : don't import site at the start\n"
    "-u     : standard output and error without buffers; also PYTHONUNBUFFERED=x\n"
    "-v     : report imports on standard error; also PYTHONVERBOSE=x\n"
    "-V     : print the version and exit (also --version)\n"
    "-W arg : what becomes of warnings: action:message:category:module:line\n"
    "-x     : skip the first line of the file\n"
    "-X opt : dev, utf8, importtime, faulthandler, tracemalloc, int_max_str_digits=N, ...\n"
    "file   : program file; - or nothing: standard input (a prompt on a terminal)\n";
static const char help_memory[] =
    "\nMemory:\n"
    "--alloc=SPEC          allocator with its layers: mimalloc, guard+pool, lib:/path/to/any.so;\n"
    "                      default magazine-inline (magazine where that is not built in); also\n"
    "                      OURO_ALLOC\n"
    "--gc=SPEC             collector: three-generation (default), refcount, mark-sweep, none;\n"
    "                      also OURO_GC\n"
    "--gc-threshold=A,B,C  thresholds of the three generations; also OURO_GC_THRESHOLD\n"
    "--gc-at=WHERE         safepoint (default) or allocation: where a due collection happens\n"
    "--gc-stress=N         a collection at every Nth allocation\n"
    "--heap-limit=BYTES    suffix K, M or G; beyond: MemoryError\n"
    "--gc-stats=FILE       statistics of the heap as JSON, written at the end\n"
    "\nOURO_LIBRARY names the folder of the standard library.\n";

enum long_option {
  LONG_ALLOC,
  LONG_GC,
  LONG_THRESHOLD,
  LONG_AT,
  LONG_STRESS,
  LONG_LIMIT,
  LONG_STATS,
  LONG_HELP,
  LONG_HELP_ALL,
  LONG_VERSION,
  LONG_PYCS,
  LONGS_N
};
static const char *const long_names[] = {
    [LONG_ALLOC] = "alloc",
    [LONG_GC] = "gc",
    [LONG_THRESHOLD] = "gc-threshold",
    [LONG_AT] = "gc-at",
    [LONG_STRESS] = "gc-stress",
    [LONG_LIMIT] = "heap-limit",
    [LONG_STATS] = "gc-stats",
    [LONG_HELP] = "help",
    [LONG_HELP_ALL] = "help-all",
    [LONG_VERSION] = "version",
    [LONG_PYCS] = "check-hash-based-pycs",
};

static int fail(const char *program, const char *format, const char *text) {
  fprintf(stderr, format, text);
  fprintf(stderr, usage, program);
  fprintf(stderr, "Try `%s -h' for more information.\n", program);
  return 2;
}

static bool append(struct ouropy_texts *texts, const char *text) {
  const char **more = realloc(texts->items, (texts->n + 1) * sizeof *more);
  if (!more)
    return false;
  texts->items = more;
  more[texts->n++] = text;
  return true;
}

static int print_help(const char *program) {
  printf(usage, program);
  fputs(help_options, stdout);
  fputs(help_memory, stdout);
  return 0;
}

/* ---- Environment ---- */

static const char *environment(const char *name) {
  const char *value = sys_start.ignore_environment ? NULL : getenv(name);
  return value && *value ? value : NULL;
}
/* A flag: any text sets it, a number counts. */
static void raise_flag(int *flag, const char *name) {
  const char *value = environment(name);
  if (!value)
    return;
  long number = strtol(value, NULL, 10);
  if (number < 1 || number > INT_MAX)
    number = 1;
  if (*flag < number)
    *flag = (int)number;
}

static int read_environment(struct ouropy_options *o, struct ouropy_texts *command_warnings) {
  struct sys_start *s = &sys_start;
  raise_flag(&s->debug, "PYTHONDEBUG");
  raise_flag(&s->verbose, "PYTHONVERBOSE");
  raise_flag(&s->optimize, "PYTHONOPTIMIZE");
  raise_flag(&s->inspect, "PYTHONINSPECT");
  raise_flag(&s->dont_write_bytecode, "PYTHONDONTWRITEBYTECODE");
  raise_flag(&s->no_user_site, "PYTHONNOUSERSITE");
  raise_flag(&s->safe_path, "PYTHONSAFEPATH");
  raise_flag(&s->dev_mode, "PYTHONDEVMODE");
  raise_flag(&o->unbuffered, "PYTHONUNBUFFERED");
  const char *utf8 = environment("PYTHONUTF8");
  if (utf8)
    s->utf8_mode = !strcmp(utf8, "1");
  const char *warnings = environment("PYTHONWARNINGS");
  if (warnings) {
    char *copy = strdup(warnings), *rest = copy, *each;
    while (copy && (each = strsep(&rest, ",")))
      if (!append(&o->warnings, each))
        return fail("ouropy", "ouropy: no memory for %s\n", "PYTHONWARNINGS");
  }
  for (size_t i = 0; i < command_warnings->n; i++)
    if (!append(&o->warnings, command_warnings->items[i]))
      return fail("ouropy", "ouropy: no memory for %s\n", "-W");
  if (!o->alloc && (o->alloc = getenv("OURO_ALLOC")) && !*o->alloc)
    o->alloc = NULL;
  if (!o->gc && (o->gc = getenv("OURO_GC")) && !*o->gc)
    o->gc = NULL;
  if (!o->gc_threshold && (o->gc_threshold = getenv("OURO_GC_THRESHOLD")) && !*o->gc_threshold)
    o->gc_threshold = NULL;
  return -1;
}

/* ---- -X ---- */

static int read_digits(const char *text, const char *where) {
  char *end;
  long value = strtol(text, &end, 10);
  if (end == text || *end || value < 0 || (value && value < 640) || value > INT_MAX) {
    fprintf(stderr,
            "Fatal Python error: init: %s: invalid limit; must be >= 640 or 0 for "
            "unlimited.\n",
            where);
    return 1;
  }
  sys_start.int_max_str_digits = value;
  return -1;
}

static int read_implementation_options(const struct ouropy_options *o) {
  const char *digits = environment("PYTHONINTMAXSTRDIGITS");
  int status = digits ? read_digits(digits, "PYTHONINTMAXSTRDIGITS") : -1;
  for (size_t i = 0; status < 0 && i < o->implementation.n; i++) {
    const char *text = o->implementation.items[i];
    if (!strcmp(text, "dev"))
      sys_start.dev_mode = 1;
    else if (!strcmp(text, "utf8") || !strcmp(text, "utf8=1"))
      sys_start.utf8_mode = 1;
    else if (!strcmp(text, "utf8=0"))
      sys_start.utf8_mode = 0;
    else if (!strcmp(text, "warn_default_encoding"))
      sys_start.warn_default_encoding = 1;
    else if (!strncmp(text, "int_max_str_digits=", 19))
      status = read_digits(text + 19, "-X int_max_str_digits");
  }
  return status;
}

/* ---- The command line ---- */

static int read_long(struct ouropy_options *o, const char *program, char *text, int argc,
                     char **argv, int *i) {
  char *equals = strchr(text, '=');
  size_t n = equals ? (size_t)(equals - text) : strlen(text);
  int which = LONGS_N;
  for (int k = 0; k < LONGS_N; k++)
    if (strlen(long_names[k]) == n && !memcmp(long_names[k], text, n))
      which = k;
  const char *value = equals ? equals + 1 : NULL;
  if (which == LONGS_N) {
    char word[64];
    snprintf(word, sizeof word, "%.*s", (int)(n < sizeof word ? n : sizeof word - 1), text);
    struct nearest names;
    nearest_start(&names, word);
    for (int k = 0; k < LONGS_N; k++)
      nearest_try(&names, long_names[k]);
    const char *near = nearest_end(&names);
    fprintf(stderr, "unknown option --%s%s%s%s\n", text, near ? "; did you mean --" : "",
            near ? near : "", near ? "?" : "");
    return fail(program, "%s", "");
  }
  if (which == LONG_HELP || which == LONG_HELP_ALL)
    return print_help(program);
  if (which == LONG_VERSION) {
    puts("Python 3.11.2 (ouroboros)");
    return 0;
  }
  if (!value && *i + 1 < argc)
    value = argv[++*i];
  if (!value || !*value)
    return fail(program, "Argument expected for the --%s option\n", long_names[which]);
  const char **const places[] = {[LONG_ALLOC] = &o->alloc,
                                 [LONG_GC] = &o->gc,
                                 [LONG_THRESHOLD] = &o->gc_threshold,
                                 [LONG_AT] = &o->gc_at,
                                 [LONG_STRESS] = &o->gc_stress,
                                 [LONG_LIMIT] = &o->heap_limit,
                                 [LONG_STATS] = &o->gc_stats};
  if (which == LONG_PYCS) {
    if (strcmp(value, "always") && strcmp(value, "default") && strcmp(value, "never"))
      return fail(program,
                  "--check-hash-based-pycs must be one of 'default', 'always', or "
                  "'never'%s\n",
                  "");
    sys_start.check_hash_based_pycs = value;
  } else
    *places[which] = value;
  return -1;
}

/* A letter without an argument; false: there is none such. */
static bool read_flag(struct ouropy_options *o, char letter) {
  struct sys_start *s = &sys_start;
  switch (letter) {
  case 'b':
    s->bytes_warning++;
    return true;
  case 'B':
    s->dont_write_bytecode++;
    return true;
  case 'd':
    s->debug++;
    return true;
  case 'E':
    s->ignore_environment++;
    return true;
  case 'i':
    s->inspect++, s->interactive++;
    return true;
  case 'I':
    s->isolated++, s->ignore_environment++, s->no_user_site++, s->safe_path = 1;
    return true;
  case 'O':
    s->optimize++;
    return true;
  case 'P':
    s->safe_path = 1;
    return true;
  case 'q':
    s->quiet++, o->quiet = 1;
    return true;
  case 'R':
    return true;
  case 's':
    s->no_user_site++;
    return true;
  case 'S':
    s->no_site++;
    return true;
  case 't':
    return true;
  case 'u':
    o->unbuffered = 1;
    return true;
  case 'v':
    s->verbose++;
    return true;
  case 'x':
    o->skip_first_line = 1;
    return true;
  default:
    return false;
  }
}

/* A cluster behind a "-". -1: go on; -2: the program was named; else the exit code. */
static int read_cluster(struct ouropy_options *o, const char *program, char *cluster, int argc,
                        char **argv, int *i, struct ouropy_texts *warnings) {
  for (char *at = cluster; *at; at++) {
    if (*at == 'h' || *at == '?')
      return print_help(program);
    if (*at == 'V') {
      puts("Python 3.11.2 (ouroboros)");
      return 0;
    }
    if (read_flag(o, *at))
      continue;
    if (!strchr("cmWX", *at)) {
      const char letter[] = {*at, 0};
      return fail(program, "Unknown option: -%s\n", letter);
    }
    const char *value = at[1] ? at + 1 : *i + 1 < argc ? argv[++*i] : NULL;
    if (!value) {
      const char letter[] = {*at, 0};
      return fail(program, "Argument expected for the -%s option\n", letter);
    }
    if (*at == 'c' || *at == 'm') {
      o->mode = *at == 'c' ? OUROPY_COMMAND : OUROPY_MODULE;
      o->what = value;
      return -2;
    }
    if (!append(*at == 'W' ? warnings : &o->implementation, value))
      return fail(program, "no memory for %s\n", value);
    return -1;
  }
  return -1;
}

int ouropy_options_read(struct ouropy_options *o, int argc, char **argv) {
  const char *program = argc ? argv[0] : "ouropy";
  struct ouropy_texts warnings = {NULL, 0};
  *o = (struct ouropy_options){.mode = OUROPY_STDIN};
  sys_start.arguments = argv;
  sys_start.arguments_n = argc;
  int i = 1, status = -1;
  for (; i < argc && status == -1; i++) {
    char *text = argv[i];
    if (text[0] != '-' || !text[1])
      break;
    if (!strcmp(text, "--")) {
      i++;
      break;
    }
    status = text[1] == '-' ? read_long(o, program, text + 2, argc, argv, &i)
                            : read_cluster(o, program, text + 1, argc, argv, &i, &warnings);
  }
  if (status >= 0)
    return status;
  if (status == -1 && i < argc) {
    if (strcmp(argv[i], "-")) {
      o->mode = OUROPY_FILE;
      o->what = argv[i];
    } else
      o->what = "-";
    i++;
  }
  o->arguments = argv + i;
  o->arguments_n = argc - i;
  status = read_environment(o, &warnings);
  free(warnings.items);
  if (status < 0)
    status = read_implementation_options(o);
  o->inspect = sys_start.inspect;
  return status;
}
