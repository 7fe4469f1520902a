/* The one name that the embedded jemalloc keeps. Those below are of its static archive; without
 * them there embed.sh fails. */
#include "alloc/jemalloc_library.h"
#include <malloc.h>
#include <stdlib.h>

int mallctl(const char *name, void *old, size_t *old_bytes, void *new, size_t new_bytes);
/* jemalloc's differs from the C library's by a const that changes nothing in the call. */
typedef size_t usable_fn(const void *block);

const struct jemalloc_library jemalloc_library = {
    .malloc = malloc,
    .calloc = calloc,
    .realloc = realloc,
    .free = free,
    .usable = (usable_fn *)malloc_usable_size,
    .control = mallctl,
};
