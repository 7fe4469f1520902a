/* Opening and closing the object model: names, then types in an order in which each finds its base.
 */
#include "runtime/object/model.h"
#include "runtime/object/attribute.h"
#include "runtime/object/bytes.h"
#include "runtime/object/codec.h"
#include "runtime/object/complex.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception_internal.h"
#include "runtime/object/float.h"
#include "runtime/object/function.h"
#include "runtime/object/int.h"
#include "runtime/object/iterators.h"
#include "runtime/object/list.h"
#include "runtime/object/memoryview.h"
#include "runtime/object/protocol.h"
#include "runtime/object/range.h"
#include "runtime/object/sequence_iterators.h"
#include "runtime/object/set.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include "runtime/object/type_internal.h"
#include "runtime/object/weakref.h"

struct object *model_names[MODEL_NAMES_N];
static bool is_open;

bool model_is_open(void) { return is_open; }

static const char *const name_texts[] = {
#define MODEL_NAME(name, text) text,
#include "runtime/object/names.def"
};

static struct type *const types[] = {
    &object_type,
    &type_type,
    &none_type,
    &ellipsis_type,
    &not_implemented_type,
    &int_type,
    &bool_type,
    &float_type,
    &complex_type,
    &str_type,
    &str_iterator_type,
    &str_ascii_iterator_type,
    &bytes_type,
    &bytearray_type,
    &bytes_iterator_type,
    &bytearray_iterator_type,
    &managed_buffer_type,
    &memoryview_type,
    &memory_iterator_type,
    &tuple_type,
    &list_type,
    &dict_type,
    &set_type,
    &frozenset_type,
    &weakref_type,
    &builtin_function_type,
    &method_descriptor_type,
    &classmethod_descriptor_type,
    &member_descriptor_type,
    &getset_descriptor_type,
    &slot_wrapper_type,
    &method_wrapper_type,
    &property_type,
    &classmethod_type,
    &staticmethod_type,
    &super_type,
    &mappingproxy_type,
    &function_type,
    &method_type,
    &cell_type,
    &module_type,
    &namespace_type,
    &generic_alias_type,
    &generic_alias_iterator_type,
    &union_type,
    &slice_type,
    &sequence_iterator_type,
    &callable_iterator_type,
    &traceback_type,
    &list_iterator_type,
    &list_reverse_iterator_type,
    &tuple_iterator_type,
    &reversed_type,
    &dict_keys_type,
    &dict_values_type,
    &dict_items_type,
    &dict_key_iterator_type,
    &dict_value_iterator_type,
    &dict_item_iterator_type,
    &dict_reverse_key_iterator_type,
    &dict_reverse_value_iterator_type,
    &dict_reverse_item_iterator_type,
    &set_iterator_type,
    &range_type,
    &range_iterator_type,
    &long_range_iterator_type,
    &enumerate_type,
    &zip_type,
    &map_type,
    &filter_type,
};

static bool open_names(void) {
  for (size_t i = 0; i < MODEL_NAMES_N; i++) {
    model_names[i] = str_intern(name_texts[i]);
    if (!model_names[i])
      return false;
  }
  return true;
}

static void call_callback(struct object *callable, struct object *weakref) {
  struct object *result = call_one(callable, weakref);
  if (!result)
    error_report_object(callable);
  drop_null(result);
}

bool model_open(void) {
  if (is_open)
    return true;
  error_thread_attach();
  if (!open_names())
    return false;
  type_open_cache();
  /* Objects of any of them may die before it is ready. */
  for (size_t i = 0; i < ARRAY_SIZE(types); i++)
    type_open(types[i]);
  for (size_t i = 0; i < ARRAY_SIZE(types); i++)
    if (type_ready(types[i]) < 0)
      return false;
  if (exception_open() < 0)
    return false;
  weakref_call_object = call_callback;
  is_open = true;
  return true;
}

void model_close(void) {
  bool pending_memory = error_pending() == ERROR_MEMORY;
  error_clear();
  is_open = false;
  weakref_call_object = NULL;
  exception_close_stock();
  codec_close();
  if (GC_RC) {
    gc_unfreeze(); /* what finalises C's part still finds the names that it looks up */
    gc_collect(GC_GENERATIONS - 1);
  }
  type_close_ready();
  error_thread_detach();
  if (pending_memory)
    error_no_memory();
}

void model_visit_roots(gc_visit_fn *visit, void *context) {
  type_visit_ready(visit, context);
  error_visit_roots(visit, context);
  exception_visit_stock(visit, context);
  codec_visit_roots(visit, context);
}
