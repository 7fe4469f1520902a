/* Opening and closing of the interpreter, and running code objects. */
#include "runtime/vm/vm.h"
#include "runtime/bytecode/code_places.h"
#include "runtime/object/attribute.h"
#include "runtime/object/dict.h"
#include "runtime/object/instance.h"
#include "runtime/object/model.h"
#include "runtime/object/root.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include "runtime/vm/generator.h"
#include "runtime/vm/signals.h"
#include "runtime/vm/thread.h"

struct object *vm_builtins;
struct object *(*vm_import)(struct object *name, struct object *globals, struct object *locals,
                            struct object *from, int64_t level);
struct object *vm_import_function;
struct object *(*vm_import_from)(struct object *module, struct object *name);
uint32_t vm_recursion_limit = 1000;
static int display_nowhere(struct object *value) {
  error_set(ERROR_RUNTIME, "lost sys.displayhook");
  return -1;
}
int (*vm_display)(struct object *value) = display_nowhere;

static bool read_code(struct object *code, struct function_code_facts *facts) {
  if (!is_code(code))
    return false;
  const struct code *c = (const struct code *)code;
  facts->name = c->name;
  facts->qualname = c->qualname;
  facts->doc = tuple_length(c->consts) && is_str(tuple_get_borrowed(c->consts, 0))
                   ? tuple_get_borrowed(c->consts, 0)
                   : NULL;
  facts->free_n = (size_t)c->nfreevars;
  return true;
}

static void visit_roots(gc_visit_fn *visit, void *context) {
  thread_visit_roots(visit, context);
  signals_visit_roots(visit, context);
}

/* For classes made by calling type(). */
static struct object *current_module(void) {
  struct object *globals = vm_globals_borrowed();
  struct object *name = globals ? dict_get_borrowed(globals, NAME(name)) : NULL;
  return name ? hold(name) : NULL;
}

static struct object *default_builtins(void) {
  return vm_stack.top ? vm_stack.top->builtins : vm_builtins;
}

bool vm_open(void) {
  interpret_open();
  function_entry = vm_call_function;
  function_read_code = read_code;
  function_code_changes = frame_keep_code;
  super_find_arguments = super_arguments_of_frame;
  type_current_module = current_module;
  object_depth_limit = vm_recursion_limit;
  code_release_derived = derive_release;
  type_predict_attributes = predict_attributes;
  function_default_builtins = default_builtins;
  traceback_frame_type = &frame_type;
  traceback_find_line = frame_object_line;
  vm_attention.any = 0;
  root_push(&vm_builtins, 1);
  root_add_visitor(visit_roots);
  if (!thread_open())
    return false;
  gil_open();
  struct type *const types[] = {&code_type,
                                &line_iterator_type,
                                &positions_iterator_type,
                                &frame_type,
                                &generator_type,
                                &coroutine_type,
                                &coroutine_wrapper_type,
                                &async_generator_type,
                                &async_generator_value_type,
                                &async_generator_asend_type,
                                &async_generator_athrow_type,
                                &anext_awaitable_type};
  for (size_t i = 0; i < ARRAY_SIZE(types); i++)
    if (type_ready(types[i]) < 0)
      return false;
  return true;
}

void vm_close(void) {
  vm_set_builtins_taking(NULL);
  root_pop(&vm_builtins);
  gil_close();
  signals_close();
  thread_close();
  root_remove_visitor(visit_roots);
  function_entry = NULL;
}

void vm_set_builtins_taking(struct object *dict) {
  struct object *before = vm_builtins;
  vm_builtins = dict;
  drop_null(before);
}

/* The builtins that code over these globals sees are entered there, as eval and exec do. */
static int give_builtins(struct object *globals) {
  struct object *key = str_intern("__builtins__");
  struct object *builtins = key ? dict_get_borrowed(globals, key) : NULL;
  if (!key || (!builtins && error_pending() != ERROR_NONE))
    return -1;
  if (builtins)
    return 0;
  builtins = default_builtins();
  return builtins ? dict_set(globals, key, builtins) : 0;
}

struct object *vm_run_code_in(struct object *code, struct object *globals, struct object *locals,
                              struct object *closure) {
  if (give_builtins(globals) < 0)
    return NULL;
  struct object *function = function_new(code, globals, NULL);
  if (!function)
    return NULL;
  if (closure)
    function_set_closure_taking(function, hold(closure));
  struct object *result = vm_run_in_frame((struct function *)function, locals ? locals : globals);
  drop(function);
  return result;
}
struct object *vm_run_code(struct object *code, struct object *globals, struct object *locals) {
  return vm_run_code_in(code, globals, locals, NULL);
}
struct object *vm_run_class_body(struct object *function, struct object *namespace) {
  return vm_run_in_frame((struct function *)function, namespace);
}

uint32_t vm_depth(void) { return vm_stack.top ? vm_stack.top->depth : 0; }
struct object *vm_globals_borrowed(void) {
  return vm_stack.top ? vm_stack.top->globals : NULL;
}
struct object *vm_code_borrowed(void) {
  return vm_stack.top ? &vm_stack.top->code->head : NULL;
}
struct object *vm_locals(void) {
  return vm_stack.top ? frame_locals(vm_stack.top) : dict_new();
}
struct object *vm_frame(uint32_t back) {
  struct frame *f = vm_stack.top;
  while (f && back--)
    f = f->previous;
  if (!f)
    return NULL;
  struct object *o = frame_object_borrowed(f);
  return o ? hold(o) : NULL;
}
