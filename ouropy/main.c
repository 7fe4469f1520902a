/* ouropy: Python programs on a chosen allocator and collector.
 *
 * The program exists in several builds: one per collector family, and each with the fast paths of
 * magazine-inline in it or without. build/bin/ouropy looks which one is asked for, and gives way to
 * it; the others stand in build/libexec. */
#include "gc/blocks.h"
#include "gc/gc.h"
#include "os/file.h"
#include "ouropy/interpreter.h"
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef OUROPY_HAS_INLINE /* builds with inlined fast paths exist in this tree */
#define OUROPY_HAS_INLINE 0
#endif
#define OUROPY_ALLOC_INLINE "magazine-inline"

static bool names(const char *spec, const char *name) {
  size_t n = strcspn(spec, ":");
  return strlen(name) == n && !memcmp(name, spec, n);
}

/* The family of a collector; NULL: nobody's, and this build will say so. */
static const char *family_of(const char *spec) {
  static const char *const families[][3] = {{"rc", "three-generation", "refcount"},
                                            {"tracing", "mark-sweep", "none"}};
  for (size_t i = 0; i < 2; i++)
    if (names(spec, families[i][1]) || names(spec, families[i][2]))
      return families[i][0];
  for (const struct gc_collector *const *each = gc_registry; *each; each++)
    if (names(spec, (*each)->name)) /* one that the table does not know yet */
      return (*each)->family;
  return NULL;
}

static void give_way(const struct ouropy_options *o, char **argv) {
  const char *family = family_of(o->gc ? o->gc : gc_registry[0]->name);
  char folder[PATH_MAX], wanted[64], path[PATH_MAX + 128];
  snprintf(wanted, sizeof wanted, "%s%s", family ? family : "rc",
           OUROPY_HAS_INLINE && names(o->alloc, OUROPY_ALLOC_INLINE) ? "_inline" : "");
  if (!family || !strcmp(wanted, OUROPY_BUILD))
    return;
  if (file_program_folder(folder, sizeof folder)) {
    snprintf(path, sizeof path, "%s/../libexec/ouropy-%s", folder, wanted);
    execv(path, argv);
  } else
    snprintf(path, sizeof path, "ouropy-%s", wanted);
  fprintf(stderr, "ouropy: %s: %m\n", path);
  exit(2);
}

int main(int argc, char **argv) {
  struct ouropy_options options;
  int status = ouropy_options_read(&options, argc, argv);
  if (status >= 0)
    return status;
  if (!options.alloc)
    options.alloc = OUROPY_HAS_INLINE || GC_INLINED_ALLOC ? OUROPY_ALLOC_INLINE : "magazine";
  if (!options.gc)
    options.gc = "three-generation";
  give_way(&options, argv);
  status = interpreter_open(&options);
  if (status >= 0)
    return status;
  status = interpreter_close(run_program(&options));
  if (run_was_interrupted) { /* whoever started us sees that the signal ended the program */
    signal(SIGINT, SIG_DFL);
    kill(getpid(), SIGINT);
    return 128 + SIGINT; /* it is blocked */
  }
  return status;
}
