/* Edit distance by rows; names are short, longer ones are cut. */
#include "base/nearest.h"
#include "base/bits.h"
#include <limits.h>
#include <string.h>

enum { NAME_MAX_CHARS = 63 };

static unsigned least(unsigned a, unsigned b) { return a < b ? a : b; }

static unsigned distance(const char *a, const char *b) {
  unsigned rows[3][NAME_MAX_CHARS + 1];
  size_t n = strnlen(a, NAME_MAX_CHARS), m = strnlen(b, NAME_MAX_CHARS);
  unsigned *before = rows[0], *last = rows[1], *row = rows[2];
  memset(rows, 0, sizeof rows);
  for (size_t j = 0; j <= m; j++)
    last[j] = (unsigned)j;
  for (size_t i = 1; i <= n; i++) {
    row[0] = (unsigned)i;
    for (size_t j = 1; j <= m; j++) {
      row[j] = least(least(last[j], row[j - 1]) + 1, last[j - 1] + (a[i - 1] != b[j - 1]));
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = least(row[j], before[j - 2] + 1);
    }
    unsigned *free_row = before;
    before = last, last = row, row = free_row;
  }
  return last[m];
}

void nearest_start(struct nearest *n, const char *word) {
  *n = (struct nearest){word, NULL, UINT_MAX};
}

void nearest_try(struct nearest *n, const char *name) {
  unsigned d = distance(n->word, name);
  /* What was typed as the beginning of a name is meant as that name. */
  if (n->word[0] && n->word[1] && !strncmp(n->word, name, strlen(n->word)))
    d = 1;
  if (d < n->distance)
    n->best = name, n->distance = d;
}

const char *nearest_end(const struct nearest *n) {
  if (!n->best)
    return NULL;
  size_t length = strlen(n->best);
  return n->distance <= (length < 5 ? 1 : length / 3) ? n->best : NULL;
}
