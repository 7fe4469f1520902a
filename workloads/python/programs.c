/* Finding the programs, and reading their docstrings. */
#include "workloads/python/programs.h"
#include "os/file.h"
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef PROGRAMS_FOLDER
#define PROGRAMS_FOLDER "workloads/python"
#endif

/* The i-th folder to look into, in `folder`; false behind the last. */
static bool folder_at(unsigned i, char *folder, size_t bytes) {
  const char *given = getenv("OURO_PROGRAMS");
  char here[2048];
  int n = -1;
  switch (i) {
  case 0:
    n = snprintf(folder, bytes, "%s", given ? given : "");
    break;
  case 1:
    n = snprintf(folder, bytes, "%s", PROGRAMS_FOLDER);
    break;
  case 2:
    *here = 0;
    file_program_folder(here, sizeof here);
    n = snprintf(folder, bytes, "%s/../share/ouroboros/python", here);
    break;
  }
  return n >= 0 && (size_t)n < bytes;
}

/* "binary_trees.py" and "binary-trees": true when they are the same. */
static bool is_file_of(const char *file, const char *name) {
  for (; *name; name++, file++)
    if (*file != (*name == '-' ? '_' : *name))
      return false;
  return !strcmp(file, ".py");
}

bool python_programs_path(const char *name, char *path, size_t path_bytes) {
  char folder[PATH_MAX];
  for (unsigned i = 0; folder_at(i, folder, sizeof folder); i++) {
    int n = snprintf(path, path_bytes, "%s/%s.py", folder, name);
    if (!*folder || n < 0 || (size_t)n >= path_bytes)
      continue;
    for (char *c = strrchr(path, '/'); *c; c++)
      *c = *c == '-' ? '_' : *c;
    if (access(path, R_OK) == 0)
      return true;
  }
  return false;
}

/* The text between the first three quotes and the next, with single spaces; NULL when there is none
 * or no memory. */
static char *read_docstring(const char *path) {
  char error[PATH_MAX + 64];
  size_t bytes;
  char *text = file_read(path, &bytes, error, sizeof error);
  char *story = NULL, *from = text && !strncmp(text, "\"\"\"", 3) ? text + 3 : NULL;
  char *end = from ? strstr(from, "\"\"\"") : NULL;
  if (end && (story = malloc((size_t)(end - from) + 1))) {
    char *to = story;
    for (; from < end; from++)
      if (*from != '\n' && *from != ' ')
        *to++ = *from;
      else if (to > story && to[-1] != ' ')
        *to++ = ' ';
    while (to > story && to[-1] == ' ')
      to--;
    *to = 0;
  }
  free(text);
  return story;
}

/* The summary ends at the first stop that is followed by a space, or with the story. */
static size_t summary_length(const char *story) {
  size_t n = 0;
  while (story[n] && !(strchr(".:;", story[n]) && (!story[n + 1] || story[n + 1] == ' ')))
    n++;
  return n;
}

static int by_name(const void *a, const void *b) {
  const struct python_program *x = a, *y = b;
  return strcmp(x->name, y->name);
}

static bool add_program(struct python_programs *programs, const char *folder, const char *file,
                        char *error, size_t error_bytes) {
  char path[PATH_MAX + 256];
  snprintf(path, sizeof path, "%s/%s", folder, file);
  struct python_program p = {.story = read_docstring(path)};
  if (!p.story || !*p.story) {
    snprintf(error, error_bytes, "%s does not open with a docstring", path);
    free(p.story);
    return false;
  }
  p.name = strndup(file, strlen(file) - strlen(".py"));
  p.summary = strndup(p.story, summary_length(p.story));
  for (char *c = p.name; c && *c; c++)
    *c = *c == '_' ? '-' : *c;
  if (p.name && p.summary && vec_push(programs, p))
    return true;
  snprintf(error, error_bytes, "out of memory");
  free(p.name);
  free(p.summary);
  free(p.story);
  return false;
}

/* Adds the programs of a folder; false with a message when one of them is not as it should be. */
static bool read_folder(struct python_programs *programs, const char *folder, char *error,
                        size_t error_bytes) {
  DIR *entries = *folder ? opendir(folder) : NULL;
  bool ok = true;
  for (struct dirent *e; ok && entries && (e = readdir(entries));) {
    size_t n = strlen(e->d_name);
    bool known = n <= 3 || strcmp(e->d_name + n - 3, ".py") || *e->d_name == '.';
    for (size_t i = 0; i < programs->n && !known; i++)
      known = is_file_of(e->d_name, programs->items[i].name);
    ok = known || add_program(programs, folder, e->d_name, error, error_bytes);
  }
  if (entries)
    closedir(entries);
  return ok;
}

bool python_programs_read(struct python_programs *programs, char *error, size_t error_bytes) {
  *programs = (struct python_programs){0};
  char folder[PATH_MAX];
  bool ok = true;
  for (unsigned i = 0; ok && folder_at(i, folder, sizeof folder); i++)
    ok = read_folder(programs, folder, error, error_bytes);
  if (ok && !programs->n) {
    snprintf(error, error_bytes, "%s holds no Python programs", PROGRAMS_FOLDER);
    ok = false;
  }
  if (ok)
    qsort(programs->items, programs->n, sizeof *programs->items, by_name);
  else
    python_programs_close(programs);
  return ok;
}

void python_programs_close(struct python_programs *programs) {
  for (size_t i = 0; i < programs->n; i++) {
    free(programs->items[i].name);
    free(programs->items[i].summary);
    free(programs->items[i].story);
  }
  vec_free(programs);
}
