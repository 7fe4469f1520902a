/* The types of the module `_collections`. */
#pragma once
#include "runtime/object/type.h"

extern struct type deque_type, deque_iterator_type, deque_reverse_iterator_type, defaultdict_type,
    tuplegetter_type, ordered_dict_type, ordered_dict_iterator_type, ordered_dict_keys_type,
    ordered_dict_values_type, ordered_dict_items_type;
int ordered_dict_open(void);
int defaultdict_open(void); /* completes the type by what dict has; -1: no memory */
