/* The command line and the environment: options as python3 takes them, short ones in clusters
 * ("-Bc code"), ours as long ones with or without "=". */
#include "ouropy/options.h"
#include "base/nearest.h"
#include "ouropy/help.h"
#include "runtime/modules/import/import.h"
#include "runtime/modules/sys.h"
#include "runtime/object/object.h"
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] = "usage: %s [option] ... [-c cmd | -m mod | file | -] [arg] ...\n";
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
  LONG_HELP_ENV,
  LONG_HELP_XOPTIONS,
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
    [LONG_HELP_ENV] = "help-env",
    [LONG_HELP_XOPTIONS] = "help-xoptions",
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
static int print_long_help(const char *program, enum long_option which) {
  if (which == LONG_HELP || which == LONG_HELP_ALL)
    print_help(program);
  if (which == LONG_HELP_ENV || which == LONG_HELP_ALL)
    fputs(help_environment, stdout);
  if (which == LONG_HELP_XOPTIONS || which == LONG_HELP_ALL)
    fputs(help_implementation, stdout);
  return 0;
}

/* ---- Environment ---- */

/* A flag: a number counts, any other text is 1. */
static void raise_flag(int *flag, const char *name) {
  const char *value = sys_environment(name);
  if (!value)
    return;
  char *end;
  errno = 0;
  long number = strtol(value, &end, 10);
  if (*end || errno || number < 0 || number > INT_MAX)
    number = 1;
  if (*flag < number)
    *flag = (int)number;
}
/* A switch: any text but a zero. */
static void turn_on_by_number(int *flag, const char *name) {
  int value = 0;
  raise_flag(&value, name);
  *flag |= value != 0;
}
/* A switch: any text, 0 too. */
static void turn_on(int *flag, const char *name) {
  if (sys_environment(name))
    *flag = 1;
}
static void set_default(const char **option, const char *name) {
  const char *value = getenv(name);
  if (!*option && value && *value)
    *option = value;
}

static int no_memory(const char *what) {
  fprintf(stderr, "ouropy: no memory for %s\n", what);
  return 1;
}

/* Those of the command line come last, for they are to win. */
static int read_warnings(struct ouropy_options *o, const struct ouropy_texts *command_warnings) {
  const char *given = sys_environment("PYTHONWARNINGS");
  if (given) {
    char *copy = strdup(given), *rest; /* stays: the options point into it */
    if (!copy)
      return no_memory("PYTHONWARNINGS");
    for (char *each = strtok_r(copy, ",", &rest); each; each = strtok_r(NULL, ",", &rest))
      if (!append(&o->warnings, each))
        return no_memory("PYTHONWARNINGS");
  }
  for (size_t i = 0; i < command_warnings->n; i++)
    if (!append(&o->warnings, command_warnings->items[i]))
      return no_memory("-W");
  return -1;
}

static void read_hash_seed(bool wants_random) {
  const char *seed = sys_start.ignore_environment ? "" : getenv("PYTHONHASHSEED");
  object_options.hash_seed = wants_random ? "random" : seed;
  sys_start.hash_randomization = wants_random || (seed && *seed && strcmp(seed, "0"));
}

static void read_environment(struct ouropy_options *o) {
  struct sys_start *s = &sys_start;
  raise_flag(&s->debug, "PYTHONDEBUG");
  raise_flag(&s->verbose, "PYTHONVERBOSE");
  raise_flag(&s->optimize, "PYTHONOPTIMIZE");
  raise_flag(&s->inspect, "PYTHONINSPECT");
  turn_on_by_number(&s->dont_write_bytecode, "PYTHONDONTWRITEBYTECODE");
  turn_on_by_number(&s->no_user_site, "PYTHONNOUSERSITE");
  turn_on_by_number(&o->unbuffered, "PYTHONUNBUFFERED");
  turn_on(&s->safe_path, "PYTHONSAFEPATH");
  turn_on(&s->dev_mode, "PYTHONDEVMODE");
  turn_on(&s->warn_default_encoding, "PYTHONWARNDEFAULTENCODING");
  set_default(&o->alloc, "OURO_ALLOC");
  set_default(&o->gc, "OURO_GC");
  set_default(&o->gc_threshold, "OURO_GC_THRESHOLD");
}

/* ---- -X ---- */

/* A setting that can't be: nothing has been opened yet. */
static int fail_setting(const char *function, const char *state, const char *format,
                        const char *where) {
  fprintf(stderr, "Fatal Python error: %s: ", function);
  fprintf(stderr, format, where);
  fprintf(stderr, "\nPython runtime state: %s\n\n", state);
  return 1;
}

static int read_digits(const char *text, const char *where) {
  char *end;
  long value = strtol(text, &end, 10);
  if (end == text || *end || value < 0 || (value && value < 640) || value > INT_MAX)
    return fail_setting("config_init_int_max_str_digits", "preinitialized",
                        "%s: invalid limit; must be >= 640 or 0 for unlimited.", where);
  sys_start.int_max_str_digits = value;
  return -1;
}

static int read_utf8(const char *text, const char *where) {
  if (strcmp(text, "0") && strcmp(text, "1"))
    return fail_setting("preconfig_init_utf8_mode", "preinitializing", "invalid %s value", where);
  sys_start.utf8_mode = *text == '1';
  return -1;
}

static int check_hash_seed(void) {
  const char *seed = object_options.hash_seed;
  if (!seed || !*seed || !strcmp(seed, "random"))
    return -1;
  char *end;
  errno = 0;
  unsigned long value = strtoul(seed, &end, 10);
  if (*end || errno || value > UINT32_MAX || *seed == '-')
    return fail_setting("config_init_hash_seed", "preinitialized",
                        "%s must be \"random\" or an integer in range [0; 4294967295]",
                        "PYTHONHASHSEED");
  return -1;
}

/* What follows an option's name and "="; "" without; NULL: another option. */
static const char *value_of(const char *text, const char *name) {
  size_t n = strlen(name);
  if (strncmp(text, name, n) || (text[n] && text[n] != '='))
    return NULL;
  return text + n + (text[n] == '=');
}

static int read_frozen(const char *value) {
  frozen_switched_off = !strcmp(value, "off");
  if (frozen_switched_off || !*value || !strcmp(value, "on"))
    return -1;
  return fail_setting("config_init_import", "preinitialized",
                      "bad value for option %s (expected \"on\" or \"off\")", "-X frozen_modules");
}

static int read_implementation_options(const struct ouropy_options *o) {
  const char *digits = sys_environment("PYTHONINTMAXSTRDIGITS");
  int status = digits ? read_digits(digits, "PYTHONINTMAXSTRDIGITS") : -1;
  for (size_t i = 0; status < 0 && i < o->implementation.n; i++) {
    const char *text = o->implementation.items[i], *value = value_of(text, "int_max_str_digits");
    if (value)
      status = read_digits(value, "-X int_max_str_digits");
    else if (!strcmp(text, "dev"))
      sys_start.dev_mode = 1;
    else if (!strcmp(text, "utf8"))
      sys_start.utf8_mode = 1;
    else if (!strncmp(text, "utf8=", 5))
      status = read_utf8(text + 5, "-X utf8 option");
    else if (!strcmp(text, "warn_default_encoding"))
      sys_start.warn_default_encoding = 1;
    else if ((value = value_of(text, "frozen_modules")))
      status = read_frozen(value);
  }
  const char *utf8 = sys_environment("PYTHONUTF8");
  if (status < 0 && sys_start.utf8_mode < 0 && utf8)
    status = read_utf8(utf8, "PYTHONUTF8 environment variable");
  return status < 0 ? check_hash_seed() : status;
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
  if (which >= LONG_HELP && which <= LONG_HELP_XOPTIONS)
    return print_long_help(program, (enum long_option)which);
  if (which == LONG_VERSION) {
    puts("Python " SYS_VERSION);
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
    s->quiet++;
    return true;
  case 'R':
    o->random_hashes = 1;
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
      puts("Python " SYS_VERSION);
      return 0;
    }
    if (read_flag(o, *at))
      continue;
    const char letter[] = {*at, 0};
    if (*at == 'J')
      return fail(program, "-%s is reserved for Jython\n", letter);
    if (!strchr("cmWX", *at))
      return fail(program, "Unknown option: -%s\n", letter);
    const char *value = at[1] ? at + 1 : *i + 1 < argc ? argv[++*i] : NULL;
    if (!value)
      return fail(program, "Argument expected for the -%s option\n", letter);
    if (*at == 'c' || *at == 'm') {
      o->mode = *at == 'c' ? OUROPY_COMMAND : OUROPY_MODULE;
      o->what = value;
      return -2;
    }
    if (!append(*at == 'W' ? warnings : &o->implementation, value))
      return no_memory(value);
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
  read_environment(o);
  read_hash_seed(o->random_hashes);
  status = read_warnings(o, &warnings);
  free(warnings.items);
  return status < 0 ? read_implementation_options(o) : status;
}
