/* Classes: linearisation, layout, descriptors, special methods. The messages are CPython 3.11's. */
#include "model_fixture.h"

#define TYPE_ (&type_type)
static struct type *as_type(struct object *o) { return (struct type *)o; }
static struct object *cls(const char *name, struct object *namespace, struct object *a,
                          struct object *b) {
  return keep(class_new(TYPE_, name, namespace, a, b, NULL));
}
static struct object *instance(struct object *class_) { return keep(call_none(class_)); }

static void mro_is(struct object *class_, const char *expected) {
  char shown[256] = "";
  struct object *mro = as_type(class_)->mro;
  for (size_t i = 0; i < tuple_length(mro); i++) {
    strcat(shown, i ? " " : "");
    strcat(shown, as_type(tuple_get_borrowed(mro, i))->name);
  }
  assert_string_equal(shown, expected);
}

static void linearisation(void **state) {
  struct object *o = cls("O", NULL, NULL, NULL);
  struct object *d = cls("D", NULL, o, NULL), *e = cls("E", NULL, o, NULL),
                *f = cls("F", NULL, o, NULL);
  struct object *b = cls("B", NULL, d, e), *c = cls("C", NULL, d, f);
  struct object *a = cls("A", NULL, b, c);
  mro_is(a, "A B C D E F O object");
  mro_is(cls("L", NULL, &list_type.head, NULL), "L list object");
  struct object *x = cls("X", NULL, NULL, NULL), *y = cls("Y", NULL, x, NULL);
  assert_null(class_new(TYPE_, "Z", NULL, x, y, NULL));
  expect_error("TypeError",
               "Cannot create a consistent method resolution\norder (MRO) for bases X, Y");
  assert_null(class_new(TYPE_, "Z", NULL, x, x, NULL));
  expect_error("TypeError", "duplicate base class X");
  fixture_check(a);
  fixture_check_heap();
}

static void bases_that_do_not_fit(void **state) {
  assert_null(class_new(TYPE_, "Z", NULL, &bool_type.head, NULL));
  expect_error("TypeError", "type 'bool' is not an acceptable base type");
  assert_null(class_new(TYPE_, "Z", NULL, &int_type.head, &str_type.head, NULL));
  expect_error("TypeError", "multiple bases have instance lay-out conflict");
  assert_null(class_new(TYPE_, "Z", NULL, number(5), NULL));
  expect_error("TypeError", "bases must be types");
  struct object *m = cls("M", NULL, &type_type.head, NULL);
  struct object *n = cls("N", NULL, &type_type.head, NULL);
  struct object *a = keep(class_new(as_type(m), "A", NULL, NULL));
  struct object *b = keep(class_new(as_type(n), "B", NULL, NULL));
  assert_ptr_equal(type_of(a), m);
  assert_null(class_new(TYPE_, "C", NULL, a, b, NULL));
  expect_error("TypeError", "metaclass conflict: the metaclass of a derived class must be a "
                            "(non-strict) subclass of the metaclasses of all its bases");
  struct object *c = cls("C", NULL, a, NULL); /* the derived metaclass is found */
  assert_ptr_equal(type_of(c), m);
  fixture_check_heap();
}

static void inline_attributes(void **state) {
  struct object *c = cls("C", NULL, NULL, NULL), *o = instance(c);
  struct object **dict = instance_dict_slot(o);
  for (int i = 0; i < 4; i++) {
    char name[8];
    snprintf(name, sizeof name, "a%d", i);
    assert_int_equal(attribute_set(o, text(name), number(1000 + i)), 0);
  }
  assert_null(*dict);
  struct attribute_place place;
  attribute_locate(o, text("a2"), &place);
  assert_int_equal(place.kind, ATTRIBUTE_SLOT);
  assert_true(place.is_inline);
  assert_int_equal(int_value(instance_read_borrowed(o, place.offset)), 1002);
  struct object *p = instance(c);
  assert_null(instance_read_borrowed(p, place.offset));
  assert_true(instance_add_taking(p, place.offset, int_from_i64(7)));
  assert_true(instance_overwrite_taking(p, place.offset, int_from_i64(8)));
  attribute_locate(o, text("a1"), &place);
  assert_false(instance_add_taking(p, place.offset, NONE)); /* not in order */
  assert_int_equal(attribute_set(p, text("a1"), number(9)), 0);
  assert_non_null(*instance_dict_slot(p)); /* a real dict now, in order of insertion */
  struct object *key, *value;
  size_t position = 0;
  assert_true(dict_next(*instance_dict_slot(p), &position, &key, &value));
  assert_ptr_equal(key, text("a2"));
  uint32_t slots = as_type(c)->inline_n; /* four, and one where the block has room for it */
  for (uint32_t i = 4; i < slots; i++) {
    assert_int_equal(attribute_set(o, text("in_what_is_left_over"), NONE), 0);
    assert_null(*dict);
  }
  assert_int_equal(attribute_set(o, text("one_more"), NONE), 0); /* no slot left */
  assert_non_null(*dict);
  assert_int_equal(dict_length(*dict), slots + 1);
  struct object *got = attribute_get(o, text("a3"));
  assert_int_equal(int_value(got), 1003);
  drop(got);
  assert_int_equal(attribute_set(o, text("a3"), NULL), 0);
  assert_null(attribute_get(o, text("a3")));
  expect_error("AttributeError", "'C' object has no attribute 'a3'");
  fixture_check_heap();
}

static void instance_attribute_hides_class_attribute(void **state) {
  struct object *c = cls("C", namespace_of("x", number(1), NULL), NULL, NULL);
  struct object *o = instance(c);
  struct attribute_place place;
  attribute_locate(o, text("x"), &place);
  assert_int_equal(place.kind, ATTRIBUTE_CLASS);
  assert_int_equal(int_value(place.value), 1);
  uint32_t before = place.version;
  struct object *other = instance(c);
  assert_int_equal(attribute_set(other, text("x"), number(2)), 0);
  assert_int_not_equal(as_type(c)->version, before); /* the cache is void */
  struct object *got = attribute_get(o, text("x"));
  assert_int_equal(int_value(got), 1);
  drop(got);
  got = attribute_get(other, text("x"));
  assert_int_equal(int_value(got), 2);
  drop(got);
}

static void slots(void **state) {
  struct object *names = keep(tuple_pack(2, text("b"), text("a")));
  struct object *s = cls("S", namespace_of("__slots__", names, NULL), NULL, NULL);
  struct object *o = instance(s);
  assert_null(instance_dict_slot(o));
  assert_null(attribute_get(o, text("a")));
  expect_error("AttributeError", "'S' object has no attribute 'a'");
  assert_int_equal(attribute_set(o, text("a"), number(3)), 0);
  assert_int_equal(attribute_set(o, text("c"), number(3)), -1);
  expect_error("AttributeError", "'S' object has no attribute 'c'");
  assert_null(weakref_new(o, NULL, NULL));
  expect_error("TypeError", "cannot create weak reference to 'S' object");
  struct attribute_place place;
  attribute_locate(o, text("a"), &place);
  assert_int_equal(place.kind, ATTRIBUTE_SLOT);
  assert_false(place.is_inline);
  assert_int_equal(int_value(instance_read_borrowed(o, place.offset)), 3);

  struct object *t = cls("T", NULL, s, NULL), *p = instance(t); /* a dict and weak references too */
  assert_int_equal(attribute_set(p, text("a"), number(4)), 0);
  assert_int_equal(attribute_set(p, text("c"), number(5)), 0);
  keep(weakref_new(p, NULL, NULL));
  assert_int_equal(dict_length(instance_dict_borrowed(p)), 1);

  struct object *q = cls("Q", namespace_of("__slots__", names, NULL), NULL, NULL);
  assert_null(class_new(TYPE_, "Z", NULL, s, q, NULL));
  expect_error("TypeError", "multiple bases have instance lay-out conflict");
  assert_null(class_new(TYPE_, "Z", namespace_of("__slots__", names, "a", NONE, NULL), NULL));
  expect_error("ValueError", "'a' in __slots__ conflicts with class variable");
  assert_null(class_new(TYPE_, "Z", namespace_of("__slots__", names, NULL), &int_type.head, NULL));
  expect_error("TypeError", "nonempty __slots__ not supported for subtype of 'int'");
  struct object *wrong = keep(tuple_pack(1, number(3)));
  assert_null(class_new(TYPE_, "Z", namespace_of("__slots__", wrong, NULL), NULL));
  expect_error("TypeError", "__slots__ items must be strings, not 'int'");
  wrong = keep(tuple_pack(1, text("1a")));
  assert_null(class_new(TYPE_, "Z", namespace_of("__slots__", wrong, NULL), NULL));
  expect_error("TypeError", "__slots__ must be identifiers");
  fixture_check_heap();
}

/* ---- Descriptors ---- */

static struct object *get_seven(struct object *o, void *closure) { return int_from_i64(7); }
static int set_nothing(struct object *o, struct object *value, void *closure) { return 0; }

static void order_of_lookup(void **state) {
  static const struct getset_def data_def = {"data", get_seven, set_nothing};
  static const struct method_def plain_def = METHOD_NOARGS_("plain", NULL, NULL);
  struct object *data = keep(getset_descriptor_new(&object_type, &data_def));
  struct object *plain = keep(method_descriptor_new(&object_type, &plain_def));
  struct object *c =
      cls("C", namespace_of("data", data, "plain", plain, "value", number(1), NULL), NULL, NULL);
  struct object *o = instance(c);
  struct object *dict = instance_dict_borrowed(o);
  assert_int_equal(dict_set(dict, text("data"), number(100)), 0);
  assert_int_equal(dict_set(dict, text("plain"), number(101)), 0);
  struct object *got = attribute_get(o, text("data")); /* a data descriptor wins */
  assert_int_equal(int_value(got), 7);
  drop(got);
  got = attribute_get(o, text("plain")); /* the instance beats other descriptors */
  assert_int_equal(int_value(got), 101);
  drop(got);
  got = attribute_get(o, text("value"));
  assert_int_equal(int_value(got), 1);
  drop(got);
  assert_int_equal(attribute_set(o, text("data"), number(5)), 0); /* goes to the descriptor */
  assert_int_equal(int_value(dict_get_borrowed(dict, text("data"))), 100);
}

static struct object *getter(struct object *self, struct object *const *args, size_t n) {
  return int_from_i64(42);
}
static void properties(void **state) {
  struct object *get = function_of("get", getter);
  struct object *p = keep(property_new(get, NULL, NULL, NULL));
  struct object *c = cls("C", namespace_of("p", p, NULL), NULL, NULL), *o = instance(c);
  struct object *got = attribute_get(o, text("p"));
  assert_int_equal(int_value(got), 42);
  drop(got);
  assert_int_equal(attribute_set(o, text("p"), NONE), -1);
  expect_error("AttributeError", "property 'p' of 'C' object has no setter");
  assert_int_equal(attribute_set(o, text("p"), NULL), -1);
  expect_error("AttributeError", "property 'p' of 'C' object has no deleter");
  struct attribute_place place;
  attribute_locate(o, text("p"), &place);
  assert_int_equal(place.kind, ATTRIBUTE_PROPERTY);
  assert_ptr_equal(property_getter_borrowed(place.value), get);
}

/* ---- Special methods ---- */

static struct object *add(struct object *self, struct object *const *args, size_t n) {
  return int_from_i64(n == 2 ? 11 : -1);
}
static struct object *radd(struct object *self, struct object *const *args, size_t n) {
  return int_from_i64(22);
}
static struct object *length(struct object *self, struct object *const *args, size_t n) {
  return int_from_i64(3);
}
static struct object *unequal(struct object *self, struct object *const *args, size_t n) {
  return hold(NOT_IMPLEMENTED);
}
static struct object *always(struct object *self, struct object *const *args, size_t n) {
  return hold(TRUE_);
}

static int64_t sum(struct object *a, struct object *b) {
  struct object *result = number_binary(a, b, NUMBER_ADD);
  if (!result)
    fail_msg("%s", error_message());
  int64_t value = int_value(result);
  drop(result);
  return value;
}

static void operators(void **state) {
  struct object *base =
      cls("Base", namespace_of("__add__", function_of("__add__", add), NULL), NULL, NULL);
  struct object *derived =
      cls("Derived", namespace_of("__radd__", function_of("__radd__", radd), NULL), base, NULL);
  struct object *a = instance(base), *b = instance(derived);
  assert_int_equal(sum(a, number(1)), 11);
  assert_int_equal(sum(a, b), 22); /* the subclass is asked first */
  assert_int_equal(sum(number(1), b), 22);
  assert_null(number_binary(number(1), a, NUMBER_ADD));
  expect_error("TypeError", "unsupported operand type(s) for +: 'int' and 'Base'");
  assert_null(number_inplace(a, b, NUMBER_SUBTRACT));
  expect_error("TypeError", "unsupported operand type(s) for -=: 'Base' and 'Derived'");
  /* setting a special method later changes the slot, of classes below too */
  assert_int_equal(attribute_set(base, text("__len__"), function_of("__len__", length)), 0);
  assert_int_equal(object_length(b), 3);
  assert_int_equal(attribute_set(base, text("__len__"), NULL), 0);
  assert_int_equal(object_length(b), -1);
  expect_error("TypeError", "object of type 'Derived' has no len()");
  assert_int_equal(object_truth(b), 1);
}

static void equality_and_hash(void **state) {
  struct object *c =
      cls("C", namespace_of("__eq__", function_of("__eq__", always), NULL), NULL, NULL);
  struct object *o = instance(c);
  assert_int_equal(object_equal(o, number(3)), 1);
  assert_int_equal(object_equal(number(3), o), 1);
  assert_int_equal(object_equal(keep(list_new(0)), o), 1); /* the reflected one decides */
  assert_int_equal(object_hash(o), -1);
  expect_error("TypeError", "unhashable type: 'C'");
  struct object *d =
      cls("D", namespace_of("__eq__", function_of("__eq__", unequal), NULL), NULL, NULL);
  struct object *p = instance(d), *q = instance(d);
  assert_int_equal(object_equal(p, q), 0);
  assert_int_equal(object_equal(p, p), 1);
  struct object *plain = instance(cls("E", NULL, NULL, NULL));
  assert_int_equal(object_hash(plain), object_hash_identity(plain));
  assert_null(compare(plain, p, COMPARE_LT));
  expect_error("TypeError", "'<' not supported between instances of 'E' and 'D'");
}

static void builtin_subclasses(void **state) {
  struct object *l = cls("L", NULL, &list_type.head, NULL);
  struct object *o = keep(type_generic_alloc(as_type(l)));
  assert_true(is_any_list(o));
  assert_false(is_list(o));
  assert_int_equal(list_append(o, number(5000)), 0);
  assert_int_equal(attribute_set(o, text("note"), number(6000)), 0);
  assert_int_equal(list_append(o, o), 0); /* a cycle through the items */
  assert_int_equal(attribute_set(o, text("self"), o), 0);
  struct object *d = cls("D", NULL, &dict_type.head, NULL);
  assert_ptr_equal(as_type(d)->builtin_base, &dict_type);
  struct object *w = keep(weakref_new(o, NULL, NULL));
  struct object *again = weakref_get(w);
  assert_ptr_equal(again, o);
  drop(again);
  fixture_check_heap();
  gc_collect(GC_GENERATIONS - 1);
  assert_int_equal(list_length(o), 2);
}

static struct object *noted; /* what set_name and init_subclass saw */
static struct object *set_name(struct object *self, struct object *const *args, size_t n) {
  assert_int_equal(n, 3);
  noted = args[2];
  return hold(NONE);
}
static struct object *init_subclass(struct object *self, struct object *const *args, size_t n) {
  noted = args[0];
  return hold(NONE);
}
static struct object *failing(struct object *self, struct object *const *args, size_t n) {
  error_set(ERROR_VALUE, "no");
  return NULL;
}
static void hooks(void **state) {
  struct object *d = cls(
      "D", namespace_of("__set_name__", function_of("__set_name__", set_name), NULL), NULL, NULL);
  cls("C", namespace_of("field", instance(d), NULL), NULL, NULL);
  assert_ptr_equal(noted, text("field"));
  struct object *hook = keep(classmethod_new(function_of("__init_subclass__", init_subclass)));
  struct object *base = cls("B", namespace_of("__init_subclass__", hook, NULL), NULL, NULL);
  assert_ptr_not_equal(noted, base);
  struct object *derived = cls("E", NULL, base, NULL);
  assert_ptr_equal(noted, derived);
  struct object *bad = cls(
      "Bad", namespace_of("__set_name__", function_of("__set_name__", failing), NULL), NULL, NULL);
  assert_null(class_new(TYPE_, "F", namespace_of("field", instance(bad), NULL), NULL));
  struct object *raised = error_pending_borrowed();
  struct exception_plain *e = (struct exception_plain *)raised;
  assert_ptr_equal(type_of(raised), exception_type(ERROR_RUNTIME));
  assert_ptr_equal(type_of(e->cause), exception_type(ERROR_VALUE));
  error_clear();
}

static void calling_types(void **state) {
  struct object *c = cls("C", NULL, NULL, NULL);
  assert_null(call_one(c, number(1)));
  expect_error("TypeError", "C() takes no arguments");
  struct object *t = call_one(&type_type.head, number(1));
  assert_ptr_equal(t, &int_type);
  drop(t);
  assert_null(call_two(&type_type.head, number(1), number(2)));
  expect_error("TypeError", "type() takes 1 or 3 arguments");
  assert_null(call_none(&method_descriptor_type.head));
  expect_error("TypeError", "cannot create 'method_descriptor' instances");
  assert_null(call_none(number(3)));
  expect_error("TypeError", "'int' object is not callable");
  expect_text(object_repr(c), "<class 'C'>");
  expect_text(object_repr(&exception_type(ERROR_KEY)->head), "<class 'KeyError'>");
  assert_int_equal(attribute_set(&int_type.head, text("x"), NONE), -1);
  expect_error("TypeError", "cannot set 'x' attribute of immutable type 'int'");
  assert_null(attribute_get(c, text("nothing")));
  expect_error("AttributeError", "type object 'C' has no attribute 'nothing'");
}

static NO_INLINE void make_dead_classes(void) {
  for (int i = 0; i < 20; i++) {
    struct object *c = class_new(TYPE_, "Dead", NULL, NULL);
    struct object *o = call_none(c);
    assert_int_equal(attribute_set(o, text("me"), o), 0);
    drop(o);
    drop(c);
  }
}
static void classes_die(void **state) {
  struct object *list = keep(call_method_none(&object_type.head, text("__subclasses__")));
  (void)list;
  make_dead_classes();
  gc_collect(GC_GENERATIONS - 1);
  struct object *left =
      keep(call_method_one(&type_type.head, text("__subclasses__"), &object_type.head));
  size_t dead = 0;
  for (size_t i = 0; i < list_length(left); i++)
    dead += !strcmp(as_type(list_get_borrowed(left, i))->name, "Dead");
  const char *collector = getenv("OURO_TEST_GC");
  if (collector && (strstr(collector, "three") || strstr(collector, "mark")))
    assert_in_range(dead, 0, GC_RC ? 0 : 4);
  fixture_check_heap();
}

int main(void) {
#define CASE(f) cmocka_unit_test_setup_teardown(f, model_setup, model_teardown)
  const struct CMUnitTest tests[] = {
      CASE(linearisation),
      CASE(bases_that_do_not_fit),
      CASE(inline_attributes),
      CASE(instance_attribute_hides_class_attribute),
      CASE(slots),
      CASE(order_of_lookup),
      CASE(properties),
      CASE(operators),
      CASE(equality_and_hash),
      CASE(builtin_subclasses),
      CASE(hooks),
      CASE(calling_types),
      CASE(classes_die),
  };
  return cmocka_run_group_tests_name("types", tests, NULL, NULL);
}
