/* The fixture of the object model's tests. */
#include "model_fixture.h"
#include "runtime/object/bytes.h"
#include "runtime/object/root.h"

static struct object *bin; /* list */

bool model_fixture_open(const char *alloc_spec) {
  if (!fixture_open(alloc_spec))
    return false;
  bin = NULL;
  /* A class refers to itself through its mro. */
  fixture.may_leak = strcmp(gc_current()->name, "refcount") == 0;
  bool opened = model_open() && (bin = list_new(0)) != NULL;
  if (bin)
    root_push(&bin, 1);
  if (!opened)
    model_fixture_close();
  return opened;
}

void model_fixture_close(void) {
  struct object *before = bin;
  bin = NULL;
  for (size_t i = 0; i < FIXTURE_ROOTS; i++) {
    struct object *o = fixture.roots[i];
    fixture.roots[i] = NULL;
    drop_null(o);
  }
  if (before) {
    root_pop(&bin);
    drop(before);
  }
  model_close();
  fixture_close();
}

int model_setup(void **state) { return model_fixture_open("count+malloc") ? 0 : -1; }
int model_teardown(void **state) {
  model_fixture_close();
  return 0;
}

struct object *keep(struct object *o) {
  if (!o)
    fail_msg("%s: %s", error_name(error_pending()), error_message());
  assert_int_equal(list_append_taking(bin, o), 0);
  return o;
}
struct object *text(const char *ascii) {
  return keep(str_intern(ascii));
}
struct object *number(int64_t value) {
  return keep(int_from_i64(value));
}

void expect_error(const char *type, const char *message) {
  struct object *raised = error_fetch();
  if (!raised)
    fail_msg("no %s was raised: %s", type, message);
  struct object *shown = object_str(raised);
  if (!shown)
    fail_msg("no text: %s", error_message());
  struct object *utf8 = str_encode_utf8(shown);
  assert_string_equal(type_of(raised)->name, type);
  assert_string_equal((const char *)bytes_data(utf8), message);
  drop(utf8);
  drop(shown);
  drop(raised);
}

void expect_text(struct object *str, const char *expected) {
  if (!str)
    fail_msg("%s: %s", error_name(error_pending()), error_message());
  struct object *utf8 = str_encode_utf8(str);
  assert_string_equal((const char *)bytes_data(utf8), expected);
  drop(utf8);
  drop(str);
}

struct object *class_new(struct type *metatype, const char *name, struct object *namespace, ...) {
  va_list bases;
  va_start(bases, namespace);
  struct object *list = list_new(0), *base;
  while ((base = va_arg(bases, struct object *)))
    list_append(list, base);
  va_end(bases);
  struct object *tuple = tuple_from(((struct list *)list)->items, list_length(list));
  drop(list);
  struct object *own = namespace ? hold(namespace) : dict_new();
  struct object *cls = type_make(metatype, text(name), tuple, own, NULL, NULL);
  drop(own);
  drop(tuple);
  return cls;
}

struct object *namespace_of(const char *first, ...) {
  struct object *dict = keep(dict_new());
  va_list rest;
  va_start(rest, first);
  for (const char *name = first; name; name = va_arg(rest, const char *))
    assert_int_equal(dict_set(dict, text(name), va_arg(rest, struct object *)), 0);
  va_end(rest);
  return dict;
}

/* ---- Functions that bind: a type of the tests' own, like a function of Python but in C ---- */

struct test_function {
  struct object head;
  struct object *name;
  struct object *(*f)(struct object *self, struct object *const *args, size_t n);
};
static struct object *test_call(struct object *o, struct object *const *args, size_t n,
                                struct object *kwnames) {
  return ((struct test_function *)o)->f(NULL, args, call_count(n));
}
static struct object *test_get(struct object *o, struct object *instance, struct object *owner) {
  return instance ? method_new(o, instance) : hold(o);
}
static struct type test_function_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_FIXED,
              .flags = GC_CONTAINER,
              .refs_offset = offsetof(struct test_function, name),
              .refs_n = 1,
              .basic_bytes = sizeof(struct test_function)},
    .name = "test_function",
    .flags = TYPE_METHOD,
    .call = test_call,
    .descr_get = test_get,
    .base = &object_type};

struct object *function_of(const char *name,
                           struct object *(*f)(struct object *self, struct object *const *args,
                                               size_t n)) {
  assert_int_equal(type_ready(&test_function_type), 0);
  struct test_function *o =
      (struct test_function *)gc_new_container(&test_function_type, sizeof *o);
  o->name = str_intern(name);
  o->f = f;
  gc_track(&o->head);
  return keep(&o->head);
}
