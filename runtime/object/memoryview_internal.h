/* What the files memoryview*.c share. */
#pragma once
#include "runtime/object/memoryview.h"

enum { MEMORYVIEW_DIMENSIONS_MAX = 64 };

struct memoryview {
  struct object head;
  struct object *managed; /* NULL: released */
  struct object *weakrefs;
  int64_t hash; /* -1: not computed */
  size_t exports;
  const char *format; /* the exporter's or static; never NULL */
  unsigned char *data;
  int64_t bytes, item_bytes;
  bool is_readonly;
  size_t dimensions;
  int64_t numbers[]; /* shape, strides, suboffsets: as many each as there are dimensions */
};
static inline struct memoryview *memoryview_of(struct object *o) { return (struct memoryview *)o; }
static inline int64_t *memoryview_shape(struct memoryview *m) { return m->numbers; }
static inline int64_t *memoryview_strides(struct memoryview *m) {
  return m->numbers + m->dimensions;
}
static inline int64_t *memoryview_suboffsets(struct memoryview *m) { /* -1: none */
  return m->numbers + 2 * m->dimensions;
}
/* As a buffer_view without an object; its arrays are those of m. */
struct buffer_view memoryview_look(struct memoryview *m);
/* ValueError if it is released: -1. */
int memoryview_check(struct memoryview *m);
/* Part of the same buffer, shaped like m: the caller changes its numbers. */
struct memoryview *memoryview_part(struct memoryview *m, size_t dimensions);

/* The size of a native single-character format ("B", "@B"), its character in *c; -1: it is none. */
int memoryview_native(const char *format, char *c);
/* The character of a format that can be read and written; 0 with NotImplementedError. */
char memoryview_format_char(const char *format);
struct object *memoryview_read(const char *format, char c, const unsigned char *item);
int memoryview_write(unsigned char *item, const char *format, char c, struct object *value);

struct object *memoryview_get(struct object *o, struct object *key);
struct object *memoryview_item(struct object *o, int64_t i);
int memoryview_set(struct object *o, struct object *key, struct object *value);
struct object *memoryview_compare(struct object *a, struct object *b, enum compare_op op);
struct object *memoryview_to_list(struct object *o);
struct object *memoryview_iterate(struct object *o);
