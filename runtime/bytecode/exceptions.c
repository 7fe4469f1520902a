/* The table of handlers: encoding and decoding. */
#include "runtime/bytecode/exceptions.h"

enum { FIRST = 128, MORE = 64 };

static size_t write_varint(unsigned char *at, uint32_t value, unsigned first) {
  size_t n = 0;
  for (unsigned shift = 30; shift; shift -= 6)
    if (value >> shift) {
      at[n++] = (unsigned char)(MORE | (value >> shift & 63) | first);
      first = 0;
    }
  at[n++] = (unsigned char)((value & 63) | first);
  return n;
}

size_t handler_encode(unsigned char *at, struct handler h) {
  size_t n = write_varint(at, h.start, FIRST);
  n += write_varint(at + n, h.end - h.start, 0);
  n += write_varint(at + n, h.target, 0);
  return n + write_varint(at + n, h.depth << 1 | h.keeps_last, 0);
}

static bool read_varint(const unsigned char **at, const unsigned char *end, uint32_t *value) {
  *value = 0;
  while (*at < end) {
    unsigned char byte = *(*at)++;
    *value = *value << 6 | (byte & 63);
    if (!(byte & MORE))
      return true;
  }
  return false;
}

bool handler_next(const unsigned char **at, const unsigned char *end, struct handler *h) {
  uint32_t length, last;
  if (!read_varint(at, end, &h->start) || !read_varint(at, end, &length) ||
      !read_varint(at, end, &h->target) || !read_varint(at, end, &last))
    return false;
  h->end = h->start + length;
  h->depth = last >> 1;
  h->keeps_last = last & 1;
  return true;
}

/* By halves: step back from the middle to the first byte of an entry. */
bool handler_find(const unsigned char *table, size_t n, uint32_t word, struct handler *h) {
  const unsigned char *low = table, *end = table + n, *high = end;
  while (high - low > HANDLER_BYTES_MAX * 2) {
    const unsigned char *middle = low + (high - low) / 2, *at;
    while (middle > low && !(*middle & FIRST))
      middle--;
    at = middle;
    uint32_t start;
    if (middle == low || !read_varint(&at, end, &start))
      break;
    if (start <= word)
      low = middle;
    else
      high = middle;
  }
  while (low < high && handler_next(&low, end, h) && h->start <= word)
    if (word < h->end)
      return true;
  return false;
}
