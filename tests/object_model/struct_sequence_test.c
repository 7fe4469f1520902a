/* Struct sequences: construction, attributes beside items, hidden fields. */
#include "model_fixture.h"
#include "runtime/object/struct_sequence.h"

static const struct struct_sequence_field fields[] = {
    {"first", "the first"}, {"second", NULL}, {STRUCT_SEQUENCE_UNNAMED, NULL},
    {"third", NULL},        {"fourth", NULL}, {NULL}};
static const struct struct_sequence_def def = {
    .name = "house.room", .doc = "A room.", .fields = fields, .sequence_n = 3};
static struct struct_sequence_type room_type = STRUCT_SEQUENCE_TYPE;

static struct object *room(void) {
  assert_int_equal(struct_sequence_ready(&room_type, &def), 0);
  struct object *const values[] = {int_from_i64(1), int_from_i64(2), int_from_i64(3),
                                   int_from_i64(1000), int_from_i64(2000)};
  return keep(struct_sequence_from_taking(&room_type, values, 5));
}

static void fields_are_attributes(void **state) {
  struct object *o = room();
  assert_int_equal(tuple_length(o), 3);
  assert_true(is_any_tuple(o));
  assert_int_equal(int_value(keep(attribute_get(o, text("second")))), 2);
  assert_int_equal(int_value(keep(attribute_get(o, text("fourth")))), 2000);
  assert_int_equal(int_value(keep(attribute_get(&room_type.type.head, text("n_fields")))), 5);
  assert_int_equal(int_value(keep(attribute_get(&room_type.type.head, text("n_unnamed_fields")))),
                   1);
  assert_int_equal(attribute_set(o, text("first"), number(5)), -1);
  expect_error("AttributeError", "readonly attribute");
}

static void shows_names(void **state) {
  room();
  struct object *const values[] = {hold(text("a")), hold(NONE), hold(text("c"))};
  struct object *o = keep(struct_sequence_from_taking(&room_type, values, 3));
  expect_text(object_repr(o), "house.room(first='a', second=None, third='c')");
  struct object *names = keep(attribute_get(&room_type.type.head, text("__match_args__")));
  assert_int_equal(tuple_length(names), 2);
}

static void constructed_from_sequences(void **state) {
  room();
  struct object *type = &room_type.type.head;
  struct object *args = keep(tuple_pack(3, number(7), number(8), number(9)));
  struct object *o = keep(call_one(type, args));
  assert_ptr_equal(keep(attribute_get(o, text("fourth"))), NONE);
  struct object *dict = namespace_of("fourth", number(44), NULL);
  o = keep(call_two(type, args, dict));
  assert_int_equal(int_value(keep(attribute_get(o, text("fourth")))), 44);
  assert_null(call_one(type, keep(tuple_pack(1, NONE))));
  expect_error("TypeError", "house.room() takes an at least 3-sequence (1-sequence given)");
  assert_null(call_one(type, NONE));
  expect_error("TypeError", "constructor requires a sequence");
  assert_null(call_two(type, args, NONE));
  expect_error("TypeError", "house.room() takes a dict as second arg, if any");
}

static void reduces_to_both_parts(void **state) {
  struct object *reduced = keep(call_method_none(room(), text("__reduce__")));
  assert_ptr_equal(tuple_get_borrowed(reduced, 0), &room_type.type);
  struct object *args = tuple_get_borrowed(reduced, 1);
  assert_int_equal(tuple_length(tuple_get_borrowed(args, 0)), 3);
  assert_int_equal(dict_length(tuple_get_borrowed(args, 1)), 2);
}

static void a_missing_value_drops_the_rest(void **state) {
  room();
  error_set(ERROR_VALUE, "no such value");
  struct object *const values[] = {keep(list_new(0)), NULL, keep(list_new(0))};
  hold(values[0]);
  hold(values[2]);
  assert_null(struct_sequence_from_taking(&room_type, values, 3));
  expect_error("ValueError", "no such value");
}

int main(void) {
  const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, model_setup, model_teardown)
      TEST(fields_are_attributes), TEST(shows_names), TEST(constructed_from_sequences),
      TEST(reduces_to_both_parts), TEST(a_missing_value_drops_the_rest)};
  return cmocka_run_group_tests_name("struct sequences", tests, NULL, NULL);
}
