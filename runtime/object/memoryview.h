/* memoryview: a look at another object's buffer, or at a part of it.
 *
 *   memoryview ... memoryview -> managed buffer -> exporter
 *
 * All views made from one another share the managed buffer, which holds the exporter's buffer until
 * the last of them is released (or dies). */
#pragma once
#include "runtime/object/protocol.h"

extern struct type memoryview_type, managed_buffer_type, memory_iterator_type;
static inline bool is_memoryview(const struct object *o) { return type_of(o) == &memoryview_type; }

struct object *memoryview_new(struct object *o);
/* Of memory that outlives the view; the caller releases it by memoryview_release before it goes. */
struct object *memoryview_from_memory(void *data, size_t n, bool is_readonly);
/* BufferError while others look through it. Releasing twice is harmless. */
int memoryview_release(struct object *o);

/* Unpacks an item of a format that is no single native character, for comparing: what the module
 * struct says, a tuple; NULL with an error. Set by the modules. */
extern struct object *(*memoryview_unpack)(const char *format, const void *item, int64_t bytes);
