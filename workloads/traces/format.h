/* What the writer and the reader of traces agree on, byte for byte: see docs/trace-format.md. */
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define FORMAT_MAGIC     "\x89OTR\r\n\x1a\n" /* damaged by whatever translates line ends */
#define FORMAT_END_MAGIC "OTR-END\n"

enum {
  FORMAT_HEADER_BYTES = 24,
  FORMAT_BLOCK_HEADER_BYTES = 48,
  FORMAT_END_BYTES = 16,
  FORMAT_BLOCK_EVENTS_MAX = 65536,
  FORMAT_RAW_MAX = 4 << 20,    /* of a block of events or totals, decompressed */
  FORMAT_STORED_MAX = 5 << 20, /* of any block */
  FORMAT_COLUMNS = 4,
  FORMAT_EVENT_BYTES_MAX = 32, /* what one event adds to all columns together */
  FORMAT_VARINT_MAX = 10,
};

enum {
  FORMAT_EVENTS = 0x53545645, /* "EVTS" */
  FORMAT_TOTALS = 0x4c544f54, /* "TOTL" */
  FORMAT_INDEX = 0x58444e49   /* "INDX" */
};

/* One byte per event in the first column. */
enum {
  FORMAT_KIND_MASK = 7,
  FORMAT_FRESH = 8,          /* realloc of NULL */
  FORMAT_OTHER_THREAD = 16,  /* the thread follows in the fourth column */
  FORMAT_FLAGS_UNUSED = 0xe0 /* must be 0 */
};

struct format_block {
  uint32_t tag, stored_bytes, raw_bytes, n_events;
  uint64_t first_event, first_object;
  uint32_t thread, reserved; /* thread: current before the first event */
  uint32_t payload_crc;
};

/* CRC-32C (Castagnoli), as in iSCSI; `crc` is 0 at first, or the result so far. */
uint32_t format_crc(uint32_t crc, const void *bytes, size_t n);
void format_pack_block(unsigned char out[FORMAT_BLOCK_HEADER_BYTES], const struct format_block *b);

static inline void format_put32(unsigned char *p, uint32_t x) {
  for (int i = 0; i < 4; i++)
    p[i] = (unsigned char)(x >> (8 * i));
}
static inline void format_put64(unsigned char *p, uint64_t x) {
  for (int i = 0; i < 8; i++)
    p[i] = (unsigned char)(x >> (8 * i));
}
static inline uint32_t format_get32(const unsigned char *p) {
  return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}
static inline uint64_t format_get64(const unsigned char *p) {
  return format_get32(p) | (uint64_t)format_get32(p + 4) << 32;
}
