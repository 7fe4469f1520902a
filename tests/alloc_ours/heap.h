/* What the tests of our own backends share: opening, checking, and refusing memory. */
#pragma once
#include "alloc/alloc.h"
#include "alloc/arena.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static inline void *heap_open(const char *spec) {
  char error[256] = "";
  struct alloc *a = alloc_open(spec, error, sizeof error);
  if (!a)
    fail_msg("%s", error);
  return a;
}

static inline void heap_check(void *heap) {
  char error[256] = "";
  if (!alloc_check(heap, error, sizeof error))
    fail_msg("%s", error);
}

static inline void heap_close(void *heap) {
  heap_check(heap);
  alloc_close(heap);
}

static inline void *heap_get(void *heap, size_t bytes) {
  void *block = alloc_get(heap, bytes);
  assert_non_null(block);
  return block;
}

/* The heap was corrupted: its check must say so, naming `what`. */
static inline void heap_expect_violation(void *heap, const char *what) {
  char error[256] = "";
  assert_false(alloc_check(heap, error, sizeof error));
  if (!strstr(error, what))
    fail_msg("'%s' does not name '%s'", error, what);
}

static inline void heap_expect_refused(const char *spec, const char *what) {
  char error[512] = "";
  assert_null(alloc_open(spec, error, sizeof error));
  if (!strstr(error, what))
    fail_msg("'%s' does not name '%s'", error, what);
}

static inline bool heap_refuse_all(void) { return true; }
