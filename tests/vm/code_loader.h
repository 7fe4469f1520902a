/* Reads what dump_code.py wrote: code objects of python3.11's own compiler, for tests. */
#pragma once
#include "runtime/object/object.h"

/* NULL with an error pending; also when the bytes are not what they should be. */
struct object *code_load(const unsigned char *bytes, size_t n);
