/* The module `_struct`: formats compiled to items, and one value to bytes and back. */
#pragma once
#include "runtime/object/call.h"

struct struct_item {
  char code;     /* as in the format */
  bool swapped;  /* most significant byte first */
  bool native;   /* native sizes and their lenience */
  int64_t bytes; /* of one value; s and p: the length of the text */
  int64_t offset;
  int64_t repeat; /* values one behind the other */
};

struct struct_layout {
  struct struct_item *items; /* item buffer */
  size_t items_n;
  int64_t bytes, values_n;
};
/* -1 with struct.error or MemoryError; *layout is then empty. */
int struct_layout_read(struct struct_layout *layout, const char *format);
void struct_layout_free(struct struct_layout *layout);

/* Into the item's bytes, which are zero. May run __index__, __float__ or __bool__. */
int struct_put(const struct struct_item *item, struct object *value, unsigned char *to);
struct object *struct_get(const struct struct_item *item, const unsigned char *from);

extern struct object *struct_error; /* the class */
void *struct_fail(const char *format, ...) __attribute__((format(printf, 1, 2), cold)); /* NULL */

extern struct type struct_type;
