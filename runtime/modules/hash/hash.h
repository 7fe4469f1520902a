/* What hash objects share, whatever computes them. */
#pragma once
#include "runtime/object/protocol.h"

enum { HASH_WITHOUT_GIL_BYTES = 2048 }; /* from here on other threads run meanwhile */

/* The bytes of what is to be hashed; strings are none. */
int hash_data_open(struct object *o, struct buffer_view *view);
struct object *hash_hex(const unsigned char *digest, size_t n); /* a str */
/* An int that is not negative. `too_large` is the message of an OverflowError. */
int hash_unsigned(struct object *o, uint64_t *value, const char *too_large);
