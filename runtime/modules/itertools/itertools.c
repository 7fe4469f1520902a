/* The module `itertools`: its table, and what its types share. */
#include "runtime/modules/itertools/itertools.h"
#include "runtime/modules/module.h"
#include "runtime/object/exception.h"
#include "runtime/object/protocol.h"
#include "runtime/object/tuple.h"

struct object *itertools_self(struct object *o) {
  return hold(o);
}

int itertools_check(struct type *t, const struct type *base, size_t n, size_t least, size_t most,
                    struct object *kwnames) {
  const char *name = type_short_name(base);
  if ((t == base || t->init == base->init) && args_check_no_keywords(name, kwnames) < 0)
    return -1;
  return args_check_count(name, n, least, most);
}

struct object *itertools_reduce_taking(struct object *o, struct object *args,
                                       struct object *state) {
  struct object *result = NULL;
  if (args)
    result = state ? tuple_pack(3, &type_of(o)->head, args, state)
                   : tuple_pack(2, &type_of(o)->head, args);
  drop_null(state);
  drop_null(args);
  return result;
}
struct object *const *itertools_state(struct object *state, size_t n) {
  if (!is_any_tuple(state))
    return error_format(ERROR_TYPE, "state is not a tuple");
  if (tuple_length(state) != n)
    return error_format(ERROR_TYPE, "function takes exactly %zu arguments (%zu given)", n,
                        tuple_length(state));
  return ((struct tuple *)state)->items;
}

static const struct method_def functions[] = {
    METHOD_FAST_("tee", itertools_tee,
                 "tee($module, iterable, n=2, /)\n--\n\nReturns a tuple of n independent "
                 "iterators."),
    {NULL}};

int module_itertools_fill(struct object *module) {
  struct type *const types[] = {
      &itertools_accumulate_type,   &itertools_chain_type,
      &itertools_combinations_type, &itertools_combinations_with_replacement_type,
      &itertools_compress_type,     &itertools_count_type,
      &itertools_cycle_type,        &itertools_dropwhile_type,
      &itertools_filterfalse_type,  &itertools_groupby_type,
      &itertools_grouper_type,      &itertools_islice_type,
      &itertools_pairwise_type,     &itertools_permutations_type,
      &itertools_product_type,      &itertools_repeat_type,
      &itertools_starmap_type,      &itertools_takewhile_type,
      &itertools_tee_type,          &itertools_tee_data_type,
      &itertools_zip_longest_type};
  if (module_add_text(module, "__doc__", "Functional tools for creating and using iterators.") <
          0 ||
      module_add_functions(module, functions) < 0)
    return -1;
  for (size_t i = 0; i < ARRAY_SIZE(types); i++)
    if (module_add_type(module, types[i]) < 0)
      return -1;
  return 0;
}
