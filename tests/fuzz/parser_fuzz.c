/* libFuzzer's target for lexer, parser and compiler. The first byte of an input chooses mode and
 * flags, the rest is the program.
 *
 * Whatever the program: it compiles, or an error says why not; nothing leaks (asked each time the
 * runtime is closed, which keeps interned names from filling the memory), and no input takes long
 * (libFuzzer's -timeout). */
#include "gc/heap.h"
#include "runtime/bytecode/code.h"
#include "runtime/compile/compile.h"
#include "runtime/object/object.h"
#include "runtime/object/str.h"
#include <stdio.h>
#include <stdlib.h>

enum { INPUTS_PER_RUNTIME = 2000, INPUT_MAX = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static struct alloc *allocator;

static void open_runtime(void) {
  char error[256];
  allocator = alloc_open("malloc", error, sizeof error);
  if (!allocator || !gc_open(allocator, gc_registry[0]->name, error, sizeof error) ||
      !object_open()) {
    fprintf(stderr, "the runtime does not open: %s\n", error);
    abort();
  }
  code_open();
}
static void close_runtime(void) {
  code_close();
  object_close();
  size_t left = gc_close();
  alloc_close(allocator);
  if (left) {
    fprintf(stderr, "%zu objects are left\n", left);
    abort();
  }
}

static void compile_input(const uint8_t *data, size_t n) {
  unsigned choice = n ? data[0] : 0;
  struct object *filename = str_from_ascii("<fuzz>");
  if (!filename)
    abort();
  const struct parse_options parse = {
      .mode = (enum parse_mode)(choice & 3) % 3,
      .flags = choice >> 2 & (PARSE_UTF8 | PARSE_INCOMPLETE | PARSE_NO_DEDENT | PARSE_BARRY),
  };
  const struct compile_options options = {
      .filename = filename,
      .optimize = choice >> 6 & 1 ? 2 : 0,
      .flags = choice >> 7 ? COMPILE_ALLOW_TOP_LEVEL_AWAIT : 0,
  };
  struct syntax_error error;
  struct object *code =
      compile_source(n ? (const char *)data + 1 : "", n ? n - 1 : 0, &parse, &options, &error);
  if (!code && error.kind == SYNTAX_ERROR_NONE && error_pending() == ERROR_NONE) {
    fprintf(stderr, "neither code nor an error\n");
    abort();
  }
  if (code && (error.kind != SYNTAX_ERROR_NONE || error_pending() != ERROR_NONE)) {
    fprintf(stderr, "code and an error\n");
    abort();
  }
  error_clear();
  if (!code)
    syntax_error_clear(&error);
  drop_null(code);
  drop(filename);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
  static unsigned inputs;
  if (n > INPUT_MAX)
    return 0;
  if (inputs == 0)
    open_runtime();
  compile_input(data, n);
  if (++inputs == INPUTS_PER_RUNTIME) {
    close_runtime();
    inputs = 0;
  }
  return 0;
}
