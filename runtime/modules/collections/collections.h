/* The types of the module `_collections`. */
#pragma once
#include "runtime/object/type.h"

extern struct type deque_type, deque_iterator_type, deque_reverse_iterator_type, defaultdict_type,
    tuplegetter_type;
int defaultdict_open(void); /* completes the type by what dict has; -1: no memory */
