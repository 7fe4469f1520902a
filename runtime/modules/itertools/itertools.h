/* The types of the module `itertools`, and what its files share. A type's objects are a header,
 * then references, then plain fields; __reduce__ gives (type, arguments) or (type, arguments,
 * state). */
#pragma once
#include "runtime/object/call.h"
#include "runtime/object/type.h"

extern struct type itertools_accumulate_type, itertools_chain_type, itertools_combinations_type,
    itertools_combinations_with_replacement_type, itertools_compress_type, itertools_count_type,
    itertools_cycle_type, itertools_dropwhile_type, itertools_filterfalse_type,
    itertools_groupby_type, itertools_grouper_type, itertools_islice_type, itertools_pairwise_type,
    itertools_permutations_type, itertools_product_type, itertools_repeat_type,
    itertools_starmap_type, itertools_takewhile_type, itertools_tee_type, itertools_tee_data_type,
    itertools_zip_longest_type;
struct object *itertools_tee(struct object *module, struct object *const *args, size_t n);

struct object *itertools_self(struct object *o); /* iter() of an iterator */
/* "X() takes no keyword arguments", where the type's own constructor has the last word; then the
 * count. */
int itertools_check(struct type *t, const struct type *base, size_t n, size_t least, size_t most,
                    struct object *kwnames);
/* (type(o), args) or (type(o), args, state); takes both (args NULL: an error is pending). */
struct object *itertools_reduce_taking(struct object *o, struct object *args, struct object *state);
/* The state given to __setstate__ as a tuple of n items; NULL with the TypeError. Borrowed. */
struct object *const *itertools_state(struct object *state, size_t n);

#define ITERTOOLS_SHAPE(type_, first_, refs_n_)                                                    \
  .shape = {.layout = GC_FIXED,                                                                    \
            .flags = GC_CONTAINER | GC_PLAIN,                                                      \
            .refs_offset = offsetof(type_, first_),                                                \
            .refs_n = refs_n_,                                                                     \
            .basic_bytes = sizeof(type_)}
#define ITERTOOLS_REDUCE(function)                                                                 \
  METHOD_NOARGS_("__reduce__", function, "Return state information for pickling.")
#define ITERTOOLS_SET_STATE(function)                                                              \
  METHOD_ONE_("__setstate__", function, "Set state information for unpickling.")
