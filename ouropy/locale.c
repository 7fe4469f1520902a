/* The locale for characters. The C locale, which says nothing about bytes beyond ASCII, is taken
 * for UTF-8, as CPython takes it (PEP 538, PEP 540): in this process, and by LC_CTYPE in those it
 * starts. */
#include "ouropy/interpreter.h"
#include "runtime/modules/sys.h"
#include <locale.h>
#include <stdlib.h>
#include <string.h>

static bool is_one_of(const char *name, const char *const *names) {
  while (*names && strcmp(name, *names))
    names++;
  return *names != NULL;
}
static const char *current(void) {
  const char *name = setlocale(LC_CTYPE, NULL);
  return name ? name : "C";
}

void locale_open(void) {
  static const char *const plain[] = {"C", "POSIX", NULL};
  setlocale(LC_CTYPE, "");
  bool is_plain = is_one_of(current(), plain);
  if (sys_start.utf8_mode < 0)
    sys_start.utf8_mode = is_plain;
  const char *all = getenv("LC_ALL");
  const char *coerce = sys_environment("PYTHONCOERCECLOCALE");
  if (is_plain && !(all && *all) && !(coerce && !strcmp(coerce, "0")) &&
      setlocale(LC_CTYPE, "C.UTF-8"))
    setenv("LC_CTYPE", "C.UTF-8", 1);
}
/* What is no UTF-8 then passes through the standard streams. */
bool locale_is_lenient(void) {
  static const char *const lenient[] = {"C", "POSIX", "C.UTF-8", "C.utf8", "UTF-8", NULL};
  return sys_start.utf8_mode || is_one_of(current(), lenient);
}
