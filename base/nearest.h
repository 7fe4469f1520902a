/* "Did you mean": the known name nearest to a mistyped one.
 *
 * Distance: insertions, deletions, substitutions and swaps of neighbours (optimal string
 * alignment). A name that is further away than a third of its length is no suggestion. */
#pragma once

struct nearest {
  const char *word, *best;
  unsigned distance;
};

void nearest_start(struct nearest *n, const char *word);
void nearest_try(struct nearest *n, const char *name);
/* The best of the names tried, or NULL where none is near. */
const char *nearest_end(const struct nearest *n);
