/* Where the standard library is, and sys.path and the prefixes that follow from it. */
#include "ouropy/interpreter.h"
#include "runtime/modules/sys.h"
#include "runtime/object/codec.h"
#include "runtime/object/list.h"
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char library[PATH_MAX];

static bool has_library(const char *folder) {
  char path[PATH_MAX + 8];
  snprintf(path, sizeof path, "%s/os.py", folder);
  return access(path, R_OK) == 0;
}

static bool try_folder(const char *folder, const char *below) {
  if (!folder || !*folder)
    return false;
  int n = snprintf(library, sizeof library, "%s%s", folder, below);
  if (n > 1 && n < (int)sizeof library && library[n - 1] == '/')
    library[n - 1] = 0;
  return n < (int)sizeof library && has_library(library);
}

void paths_find_library(void) {
  const char *home = sys_environment("PYTHONHOME");
  char first[PATH_MAX];
  snprintf(first, sizeof first, "%.*s", home ? (int)strcspn(home, ":") : 0, home ? home : "");
  if (try_folder(getenv("OURO_LIBRARY"), "") || try_folder(first, "/lib/python3.11") ||
      try_folder(OUROPY_LIBRARY, ""))
    sys_start.library = library;
}

/* ---- sys ---- */

static int append_taking(struct object *list, struct object *o) {
  return o ? list_append_taking(list, o) : -1;
}

/* Entries are made absolute; an empty one is the current folder. */
static int add_python_path(struct object *list) {
  const char *each = sys_environment("PYTHONPATH");
  char here[PATH_MAX], path[2 * PATH_MAX];
  if (each && !getcwd(here, sizeof here))
    strcpy(here, ".");
  while (each) {
    int n = (int)strcspn(each, ":");
    bool is_absolute = *each == '/';
    snprintf(path, sizeof path, "%s%s%.*s", is_absolute ? "" : here, is_absolute || !n ? "" : "/",
             n, each);
    if (append_taking(list, str_decode_filename(path, strlen(path))) < 0)
      return -1;
    each = each[n] ? each + n + 1 : NULL;
  }
  return 0;
}

int paths_fill_sys(void) {
  char prefix[PATH_MAX] = "/usr";
  struct object *list = list_new(4);
  int done = list ? add_python_path(list) : -1;
  if (done == 0 && sys_start.library) {
    done = append_taking(list, str_decode_filename(library, strlen(library)));
    snprintf(prefix, sizeof prefix, "%s", library);
    for (int i = 0; i < 2; i++) { /* without lib/python3.11 */
      char *slash = strrchr(prefix, '/');
      if (slash)
        *slash = 0;
    }
  }
  if (done == 0)
    done = sys_set("path", list);
  drop_null(list);
  static const char *const names[] = {"prefix", "exec_prefix", "base_prefix", "base_exec_prefix"};
  for (size_t i = 0; done == 0 && i < sizeof names / sizeof *names; i++)
    done = module_add_text(sys_module, names[i], prefix);
  if (done == 0 && sys_start.library)
    done = module_add_text(sys_module, "_stdlib_dir", library);
  else if (done == 0)
    done = sys_set("_stdlib_dir", NONE);
  return done < 0 ? -1 : sys_set("_home", NONE);
}
