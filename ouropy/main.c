/* ouropy: Python programs on a chosen allocator and collector.
 *
 * The program exists once per collector family. This one looks whether the collector asked for is
 * of its own family, and gives way to the other build where it is not. */
#include "gc/gc.h"
#include "os/file.h"
#include "ouropy/interpreter.h"
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool is_ours(const char *spec) {
  size_t n = strcspn(spec, ":");
  for (const struct gc_collector *const *each = gc_registry; *each; each++)
    if (strlen((*each)->name) == n && !memcmp((*each)->name, spec, n))
      return true;
  return false;
}

/* The other build, told by an environment variable that it is the last to be asked. */
static void try_other_family(char **argv) {
  static const char marker[] = "OUROPY_FAMILY_TRIED";
  char folder[PATH_MAX], path[PATH_MAX + 64];
  if (getenv(marker) || !file_program_folder(folder, sizeof folder))
    return;
  setenv(marker, OUROPY_FAMILY, 1);
  snprintf(path, sizeof path, "%s/../libexec/ouropy-%s", folder, OUROPY_OTHER_FAMILY);
  execv(path, argv);
  fprintf(stderr, "ouropy: %s: %m\n", path);
  unsetenv(marker);
}

int main(int argc, char **argv) {
  struct ouropy_options options;
  int status = ouropy_options_read(&options, argc, argv);
  if (status >= 0)
    return status;
  if (options.gc && !is_ours(options.gc))
    try_other_family(argv);
  unsetenv("OUROPY_FAMILY_TRIED");
  status = interpreter_open(&options);
  if (status >= 0)
    return status;
  status = interpreter_close(&options, run_program(&options));
  if (run_was_interrupted) { /* whoever started us sees that the signal ended the program */
    signal(SIGINT, SIG_DFL);
    kill(getpid(), SIGINT);
  }
  return status;
}
