/* A heap around each test: opened over the layers `fault` and `count`, closed with nothing left.
 *
 * OURO_TEST_GC names the collector (default: the family's first); OURO_TEST_SEED repeats a run. */
#pragma once
#include "base/random.h"
#include "runtime/object/object.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { FIXTURE_ROOTS = 64 };

struct fixture {
  struct alloc *alloc;
  struct object *roots[FIXTURE_ROOTS]; /* precise roots; dropped by fixture_close */
  struct random random;
  bool may_leak; /* set by a test after opening: cycles under `refcount` stay */
};
extern struct fixture fixture;

/* setup and teardown of cmocka. */
int fixture_setup(void **state);
int fixture_teardown(void **state);

/* Opens allocator, heap and runtime; false when the injected failure hit one of them. */
bool fixture_open(const char *alloc_spec);
/* Drops the roots, closes all, and fails the test unless everything was given back. */
void fixture_close(void);

void fixture_check(struct object *o); /* object_check, reported with its message */
void fixture_check_heap(void);        /* gc_check, likewise */
/* Whether this family frees at once what nobody refers to. */
static inline bool fixture_counts(void) { return GC_RC; }
