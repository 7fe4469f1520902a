/* The parser of specs: what opens, and the exact messages for what does not. */
#include "alloc/alloc.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static char message[1024];

static const char *refusal(const char *spec) {
  message[0] = '\0';
  struct alloc *a = alloc_open(spec, message, sizeof message);
  if (a) {
    alloc_close(a);
    fail_msg("'%s' was opened", spec);
  }
  return message;
}

static void assert_starts(const char *text, const char *start) {
  if (strncmp(text, start, strlen(start)) != 0)
    fail_msg("'%s' does not start with '%s'", text, start);
}

static void layers_stand_in_front(void **state) {
  struct alloc *a = alloc_open("guard:zone=32+count:limit=1M+malloc", message, sizeof message);
  assert_non_null(a);
  assert_string_equal(a->backend->name, "guard");
  assert_string_equal(a->below->backend->name, "count");
  assert_string_equal(a->below->below->backend->name, "malloc");
  assert_null(a->below->below->below);
  alloc_close(a);
}

static void unknown_names_get_suggestions(void **state) {
  assert_starts(refusal("jemaloc"),
                "unknown allocator 'jemaloc', did you mean 'jemalloc'? (known: ");
  assert_starts(refusal("gaurd+pool"), "unknown layer 'gaurd', did you mean 'guard'? (known: ");
  assert_starts(refusal("wholly-unknown"), "unknown allocator 'wholly-unknown' (known: ");
  assert_starts(refusal(""), "the name of the allocator is missing (known: ");
  assert_starts(refusal("guard+"), "the name of the allocator is missing (known: ");
  assert_starts(refusal("+pool"), "the name of the layer is missing (known: ");
}

static void layers_and_backends_are_not_mixed_up(void **state) {
  assert_string_equal(refusal("guard"),
                      "'guard' is a layer and needs an allocator under it, as in 'guard+malloc'");
  assert_starts(refusal("malloc+pool"), "'malloc' is no layer and can't stand in front of '+'");
  assert_string_equal(
      refusal("count+count+count+count+count+count+count+count+count+count+count+count+count+count+"
              "count+count+count+malloc"),
      "more than 16 layers");
}

static void options_are_checked(void **state) {
  assert_string_equal(refusal("malloc:arenas=3"),
                      "malloc: unknown option 'arenas': it has no options");
  assert_string_equal(refusal("count:limt=3+malloc"),
                      "count: unknown option 'limt', did you mean 'limit'? (options: limit)");
  assert_string_equal(refusal("guard:zone=17+malloc"),
                      "guard: option 'zone' must be a multiple of 16, not 17");
  assert_string_equal(refusal("fault+malloc"),
                      "fault: wants one of nth=N, after=N, probability=P, fork=N and list=N");
  assert_string_equal(refusal("fault:fork=3,list=3+malloc"),
                      "fault: can't both fork=N and list=N");
  assert_string_equal(refusal("fault:probability=1.5+malloc"),
                      "fault: option 'probability' must be from 0 to 1, not 1.5");
  assert_string_equal(refusal("log:file=/no/such/folder/x+malloc"),
                      "log: can't write to '/no/such/folder/x': No such file or directory");
}

static void libraries_without_an_allocator_are_refused(void **state) {
  assert_string_equal(
      refusal("lib:libm.so.6"),
      "lib: libm.so.6 has no allocator in it: it does not define malloc, calloc, realloc and free, "
      "neither plain nor with the prefix mi_, je_, tc_ or scalable_ (prefix= names another)");
  assert_string_equal(refusal("lib:libmimalloc.so.2,prefix=xx_"),
                      "lib: libmimalloc.so.2 has no allocator with prefix 'xx_' in it: it does not "
                      "define xx_malloc");
  assert_string_equal(
      refusal("lib:/no/such.so"),
      "lib: can't load /no/such.so: /no/such.so: cannot open shared object file: No "
      "such file or directory");
  assert_string_equal(refusal("lib"),
                      "lib: wants the path of a library, as in lib:/usr/lib/libfoo.so");
  assert_string_equal(refusal("lib:libmimalloc.so.2,prefx=mi_"),
                      "lib: unknown option 'prefx', did you mean 'prefix'? (options: prefix)");
}

static void libraries_with_one_are_opened(void **state) {
  static const char *const specs[] = {"lib:libmimalloc.so.2", "lib:libmimalloc.so.2,prefix=mi_",
                                      "lib:libtbbmalloc.so.2", "lib:libtcmalloc_minimal.so.4",
                                      "guard+lib:libtbbmalloc.so.2,prefix=scalable_"};
  for (size_t i = 0; i < sizeof specs / sizeof *specs; i++) {
    struct alloc *a = alloc_open(specs[i], message, sizeof message);
    if (!a)
      fail_msg("%s", message);
    void *p = alloc_get(a, 100);
    assert_non_null(p);
    memset(p, 1, 100);
    alloc_put(a, p);
    alloc_close(a);
  }
}

static void every_entry_describes_itself(void **state) {
  bool layers = false;
  for (size_t i = 0; alloc_registry[i]; i++) {
    const struct alloc_backend *b = alloc_registry[i];
    assert_ptr_equal(alloc_find(b->name), b);
    assert_true(b->summary && strlen(b->summary) > 10);
    assert_true(b->is_layer || !layers); /* backends come first */
    layers = b->is_layer;
    assert_non_null(b->options);
    for (const struct alloc_option *o = b->options; o->key; o++)
      assert_true(o->meaning && o->fallback);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(layers_stand_in_front),
      cmocka_unit_test(unknown_names_get_suggestions),
      cmocka_unit_test(layers_and_backends_are_not_mixed_up),
      cmocka_unit_test(options_are_checked),
      cmocka_unit_test(libraries_without_an_allocator_are_refused),
      cmocka_unit_test(libraries_with_one_are_opened),
      cmocka_unit_test(every_entry_describes_itself),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
