/* sys.audit and sys.addaudithook. Hooks stay for good; they stand in a tuple that is replaced when
 * one comes, so that those who are being called are no matter. Hooks are not traced, unless they
 * say so by a __cantrace__ that is true. */
#include "runtime/object/audit.h"
#include "runtime/modules/module.h"
#include "runtime/modules/sys.h"
#include "runtime/object/attribute.h"
#include "runtime/object/exception.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include "runtime/vm/thread.h"

static struct object *hooks; /* tuple; NULL: none */

static int can_be_traced(struct object *hook) {
  struct object *name = str_intern("__cantrace__"), *value = NULL;
  int found = name ? attribute_find(hook, name, &value) : -1;
  int truth = found > 0 ? object_truth(value) : found;
  drop_null(value);
  drop_null(name);
  return truth;
}

static int call_hook(struct object *hook, struct object *event, struct object *args) {
  struct vm_thread *t = vm_thread;
  t->is_tracing++;
  int traced = can_be_traced(hook);
  t->is_tracing -= traced > 0;
  struct object *result = traced < 0 ? NULL : call_two(hook, event, args);
  t->is_tracing -= traced <= 0;
  drop_null(result);
  return result ? 0 : -1;
}

static int call_hooks(struct object *event, struct object *args) {
  struct object *all = hold(hooks);
  int done = 0;
  for (size_t i = 0; done == 0 && i < tuple_length(all); i++)
    done = call_hook(tuple_get_borrowed(all, i), event, args);
  drop(all);
  return done;
}

static int tell(const char *event, struct object *args) {
  struct object *name = args ? str_intern(event) : NULL;
  int done = name ? call_hooks(name, args) : -1;
  drop_null(name);
  drop_null(args);
  return done;
}

static struct object *audit(struct object *self, struct object *const *args, size_t n) {
  if (n < 1)
    return error_format(ERROR_TYPE, "audit() missing 1 required positional argument: 'event'");
  if (!is_any_str(args[0]))
    return args_wrong_type("audit", "argument 1", "str", args[0]);
  if (!hooks)
    return hold(NONE);
  struct object *rest = tuple_from(args + 1, n - 1);
  int done = rest ? call_hooks(args[0], rest) : -1;
  drop_null(rest);
  return done < 0 ? NULL : hold(NONE);
}

/* Hooks that are there may refuse another one: by an Exception silently. */
static struct object *addaudithook(struct object *self, struct object *const *args, size_t n,
                                   struct object *kwnames) {
  static const char *const names[] = {"hook"};
  static const struct args_spec spec = {"addaudithook", names, 1, 0, 1, 1};
  struct object *v[1];
  if (args_parse(&spec, args, n, kwnames, v) < 0)
    return NULL;
  if (AUDIT_FAILS("sys.addaudithook", tuple_new(0)))
    return error_clear_if(ERROR_EXCEPTION) ? hold(NONE) : NULL;
  if (!hooks && module_root(&hooks) < 0)
    return NULL;
  size_t before = hooks ? tuple_length(hooks) : 0;
  struct object *more = tuple_new(before + 1);
  if (!more)
    return NULL;
  for (size_t i = 0; i < before; i++)
    tuple_init_taking(more, i, hold(tuple_get_borrowed(hooks, i)));
  tuple_init_taking(more, before, hold(v[0]));
  struct object *old = hooks;
  hooks = more;
  drop_null(old);
  audit_hook = tell;
  return hold(NONE);
}

const struct method_def audit_functions[] = {
    METHOD_FAST_("audit", audit,
                 "audit(event, *args)\n\nPasses the event to any hooks that are "
                 "attached."),
    METHOD_KEYWORDS_("addaudithook", addaudithook,
                     "addaudithook($module, /, hook)\n--\n\nAdds a new audit hook callback."),
    {NULL}};

/* Before what the hooks need goes. */
void audit_close(void) { audit_hook = NULL; }
