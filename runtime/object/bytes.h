/* Immutable byte strings, and bytearray: a growable buffer. */
#pragma once
#include "runtime/object/object.h"

extern struct type bytes_type, bytearray_type;

struct object *bytes_from(const void *data, size_t n); /* data NULL: zeroed */
size_t bytes_length(const struct object *o);
const unsigned char *bytes_data(const struct object *o);
struct object *bytearray_new(size_t n); /* zeroed */
int bytearray_append(struct object *o, const void *data, size_t n);
int bytearray_resize(struct object *o, size_t n);
size_t bytearray_length(const struct object *o);
unsigned char *bytearray_data(struct object *o); /* until the next append or resize */
