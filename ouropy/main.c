/* ouropy: the interpreter as a program. Opens an allocator, a heap, the runtime; runs; closes. */
#include "alloc/alloc.h"
#include "gc/heap.h"
#include "runtime/modules/builtins/builtins.h"
#include "runtime/modules/sys.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/model.h"
#include "runtime/object/str.h"
#include "runtime/vm/vm.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct object *puts_(struct object *self, struct object *o) {
  struct object *u = str_encode_utf8(o);
  if (!u)
    return NULL;
  fputs((const char *)((char *)u + 0) + 0 ? (const char *)((struct {
                                              struct object h;
                                              int64_t a;
                                              size_t n;
                                              char d[];
                                            } *)u)
                                                ->d
                                          : "",
        stdout);
  drop(u);
  return hold(NONE);
}
static const struct method_def write_def[] = {METHOD_ONE_("write", puts_, NULL), {NULL}};

int main(int argc, char **argv) {
  char error[512];
  const char *gc = "three-generation", *alloc = "magazine", *code = NULL;
  int i = 1;
  for (; i < argc; i++) {
    if (!strncmp(argv[i], "--gc=", 5))
      gc = argv[i] + 5;
    else if (!strncmp(argv[i], "--alloc=", 8))
      alloc = argv[i] + 8;
    else if (!strcmp(argv[i], "-c"))
      code = argv[++i];
    else
      break;
  }
  char *buffer = NULL;
  if (!code) {
    FILE *f = fopen(argv[i], "r");
    if (!f) {
      perror(argv[i]);
      return 2;
    }
    fseek(f, 0, SEEK_END);
    long n = ftell(f);
    rewind(f);
    buffer = malloc((size_t)n + 1);
    buffer[fread(buffer, 1, (size_t)n, f)] = 0;
    fclose(f);
    code = buffer;
  }
  struct alloc *a = alloc_open(alloc, error, sizeof error);
  if (!a || !gc_open(a, gc, error, sizeof error)) {
    fprintf(stderr, "ouropy: %s\n", error);
    return 2;
  }
  if (!object_open() || !model_open() || !vm_open() || !modules_open()) {
    fprintf(stderr, "ouropy: %s %s\n", error_name(error_pending()), error_message());
    return 1;
  }
  module_root(&sys_module);
  sys_module = module_create(module_find("sys"));
  struct object *builtins = sys_module ? module_create(module_find("builtins")) : NULL;
  if (!builtins) {
    fprintf(stderr, "ouropy: %s %s\n", error_name(error_pending()), error_message());
    return 1;
  }
  vm_set_builtins_taking(hold(module_dict_borrowed(builtins)));
  struct object *out = module_new_ascii("out");
  module_add_functions(out, write_def);
  sys_set("stdout", out);
  struct object *globals = dict_new();
  dict_set(globals, str_intern("__name__"), str_intern("__main__"));
  struct object *c =
      builtins_compile_bytes(code, strlen(code), str_intern("<string>"), PARSE_EXEC, 0, 0);
  struct object *result = c ? vm_run_code(c, globals, NULL) : NULL;
  int status = 0;
  if (!result) {
    sys_print_exception_taking(error_fetch());
    status = 1;
  }
  fflush(stdout);
  drop_null(result);
  drop_null(c);
  drop(globals);
  drop(out);
  drop(builtins);
  modules_close();
  vm_close();
  model_close();
  object_close();
  size_t leaked = gc_close();
  if (getenv("OUROPY_LEAKS"))
    fprintf(stderr, "leaked %zu\n", leaked);
  alloc_close(a);
  return status;
}
