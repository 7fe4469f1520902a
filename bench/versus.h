/* ouropy against CPython: the same Python programs by both, in pairs.
 *
 * The plan is one of kinds "python" and "python-start" whose variants are pairings of ours and one
 * installed CPython; as in every plan, all variants of a program run next to each other in a random
 * order, so that each repetition yields a pair. What is told is how many times as fast ours is:
 * CPython's CPU time by ours, above 1 where ours needs less. Programs whose checksums differ are
 * void. Start-up, the program that does nothing, is a row that the mean does not hold. */
#pragma once
#include "bench/catalogue.h"
#include "bench/comparison.h"
#include "bench/preset.h"

struct versus_request {
  struct preset_words programs; /* none: all */
  struct preset_words allocs, gcs;
  const char *cpython; /* a spec: see bench/command.h */
  uint64_t seed;
  unsigned repetitions;
  double scale;
  bool (*wants)(const char *name, void *context); /* by the cell's name; NULL: all */
  void *context;
};

/* Opens, fills and freezes a plan; its preset is called "versus". False with a message. */
bool versus_plan(struct plan *plan, const struct versus_request *request,
                 const struct catalogue *catalogue, char *error, size_t error_bytes);

struct versus_pairing {
  struct comparison_side side;
  struct comparison programs, start; /* A is ours, B is CPython: ratios are B/A */
};

struct versus {
  struct comparison_side cpython;
  struct {
    VEC(struct versus_pairing);
  } pairings;
};

/* Compares every pairing of a run with the run's CPython. False when there is none in it. */
bool versus_read(struct versus *versus, const struct results *results);
void versus_close(struct versus *versus);

/* A variant for people: "three-generation", with the allocator where the run has several. */
const char *versus_name(const struct versus *versus, size_t pairing);
