/* mmap and its relatives. */
#include "os/map.h"
#include "base/bits.h"
#include "base/check.h"
#include <errno.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

size_t map_page_bytes(void) {
  static size_t page;
  if (!page)
    page = (size_t)sysconf(_SC_PAGESIZE);
  return page;
}

/* Maps more than asked and cuts the ends off, so that the start is aligned. */
static void *map_aligned(size_t bytes, size_t alignment, int protection, int flags) {
  size_t slack = alignment > map_page_bytes() ? alignment : 0;
  if (bytes > SIZE_MAX - slack)
    return NULL;
  char *start = mmap(NULL, bytes + slack, protection, flags, -1, 0);
  if (start == MAP_FAILED)
    return NULL;
  if (!slack)
    return start;
  char *aligned = (char *)align_up((uintptr_t)start, alignment);
  if (aligned > start)
    munmap(start, (size_t)(aligned - start));
  size_t tail = slack - (size_t)(aligned - start);
  if (tail)
    munmap(aligned + bytes, tail);
  return aligned;
}

void *map_anonymous(size_t bytes, size_t alignment) {
  return map_aligned(bytes, alignment, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS);
}

void *map_reserve(size_t bytes, size_t alignment) {
  return map_aligned(bytes, alignment, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE);
}

bool map_commit(void *start, size_t bytes) {
  return mprotect(start, bytes, PROT_READ | PROT_WRITE) == 0;
}

/* A fresh mapping over the old one is a single call, and drops the commit charge as well. */
void map_uncommit(void *start, size_t bytes) {
  int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED;
  if (mmap(start, bytes, PROT_NONE, flags, -1, 0) != start)
    fatal("mmap(%p, %zu, PROT_NONE) failed", start, bytes);
}

void map_purge(void *start, size_t bytes) {
  if (madvise(start, bytes, MADV_DONTNEED) != 0)
    fatal("madvise(%p, %zu, MADV_DONTNEED) failed", start, bytes);
}

void map_release(void *start, size_t bytes) {
  if (munmap(start, bytes) != 0)
    fatal("munmap(%p, %zu) failed", start, bytes);
}

void map_populate(void *start, size_t bytes) {
#ifdef MADV_POPULATE_WRITE
  char *first = (char *)align_down((uintptr_t)start, map_page_bytes());
  int before = errno; /* older kernels refuse; who allocates need not know */
  (void)!madvise(first, (size_t)((char *)start + bytes - first), MADV_POPULATE_WRITE);
  errno = before;
#else
  (void)start, (void)bytes;
#endif
}

void map_advise_huge(void *start, size_t bytes, bool want) {
  (void)!madvise(start, bytes, want ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
}
