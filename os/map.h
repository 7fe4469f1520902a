/* Anonymous memory from the kernel: layers -2 and -1 of the pyramid. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

/* Maps `bytes` (a multiple of the page size) of zeroed memory, aligned to `alignment` (a power of
 * two; 0 or anything up to the page size asks for page alignment). NULL when refused. */
void *map_anonymous(size_t bytes, size_t alignment);
/* Reserves address space without memory behind it; map_commit makes a part of it usable. */
void *map_reserve(size_t bytes, size_t alignment);
bool map_commit(void *start, size_t bytes);
/* The opposite: gives the memory back, keeps the addresses reserved; touching them faults. */
void map_uncommit(void *start, size_t bytes);
/* Keeps the addresses, gives the memory back; it reads as zero afterwards. */
void map_purge(void *start, size_t bytes);
void map_release(void *start, size_t bytes);
/* Has the kernel put memory behind the pages in one go that are about to be written, for less
 * than a fault each costs (docs/magazine.md). Advice only. */
void map_populate(void *start, size_t bytes);
/* Asks for (or against) transparent huge pages; advice only. */
void map_advise_huge(void *start, size_t bytes, bool want);
size_t map_page_bytes(void);
