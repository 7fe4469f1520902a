/* What writing and reading a trace share: totals, facts, size classes, checksums. */
#include "workloads/traces/trace.h"
#include "base/bits.h"
#include "workloads/traces/format.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const trace_kind_names[TRACE_KINDS] = {"malloc",  "calloc", "realloc",
                                                   "aligned", "free",   "mark"};

unsigned trace_class(uint64_t size) {
  if (size <= 1024)
    return (unsigned)((size + 15) / 16);
  return 65 + bit_highest(size - 1) - 10;
}

uint64_t trace_class_bytes(unsigned class) {
  if (class <= 64)
    return (uint64_t) class * 16;
  return class - 65 + 11 >= 64 ? UINT64_MAX : (uint64_t)1 << (class - 65 + 11);
}

static void add_request(struct trace_totals *t, const struct trace_event *e) {
  t->requested_bytes += e->size;
  t->classes[trace_class(e->size)]++;
  t->live_bytes += e->size;
  if (e->size > t->largest_bytes)
    t->largest_bytes = e->size;
}

void trace_totals_add(struct trace_totals *t, const struct trace_event *e) {
  if (e->kind == TRACE_MARK) {
    t->marks++;
    t->last_us = e->time_us;
    if (e->rss_bytes > t->peak_rss_bytes)
      t->peak_rss_bytes = e->rss_bytes;
    return;
  }
  t->events++;
  t->mallocs += e->kind == TRACE_MALLOC;
  t->callocs += e->kind == TRACE_CALLOC;
  t->reallocs += e->kind == TRACE_REALLOC;
  t->aligned += e->kind == TRACE_ALIGNED;
  t->frees += e->kind == TRACE_FREE;
  if ((uint64_t)e->thread + 1 > t->threads)
    t->threads = (uint64_t)e->thread + 1;
  if (e->kind == TRACE_FREE) {
    t->live_bytes -= e->size;
    t->live_blocks--;
    t->foreign_frees += e->owner != e->thread;
    return;
  }
  if (trace_allocates(e)) {
    t->objects++;
    t->live_blocks++;
  } else {
    t->live_bytes -= e->old_size;
    t->foreign_frees += e->owner != e->thread;
  }
  add_request(t, e);
  if (t->live_bytes > t->peak_live_bytes)
    t->peak_live_bytes = t->live_bytes;
  if (t->live_blocks > t->peak_live_blocks)
    t->peak_live_blocks = t->live_blocks;
}

bool trace_facts_add(struct trace_facts *facts, const char *key, const char *format, ...) {
  char value[4096];
  va_list args;
  va_start(args, format);
  vsnprintf(value, sizeof value, format, args);
  va_end(args);
  for (char *p = value; *p; p++)
    if ((unsigned char)*p < ' ' || *p == 0x7f)
      *p = ' ';
  size_t more = strlen(key) + 1 + strlen(value) + 1;
  if (facts->bytes + more > TRACE_FACTS_MAX)
    return false;
  char *text = realloc(facts->text, facts->bytes + more + 1);
  if (!text)
    return false;
  snprintf(text + facts->bytes, more + 1, "%s=%s\n", key, value);
  facts->text = text;
  facts->bytes += more;
  return true;
}

bool trace_facts_get(const struct trace_facts *facts, const char *key, char *out, size_t bytes) {
  size_t n = strlen(key);
  for (const char *line = facts->text; line && *line;) {
    const char *end = strchr(line, '\n');
    if (!end)
      return false;
    if ((size_t)(end - line) > n && !strncmp(line, key, n) && line[n] == '=') {
      size_t length = (size_t)(end - line) - n - 1;
      if (length >= bytes)
        length = bytes - 1;
      memcpy(out, line + n + 1, length);
      out[length] = 0;
      return true;
    }
    line = end + 1;
  }
  return false;
}

void trace_facts_clear(struct trace_facts *facts) {
  free(facts->text);
  *facts = (struct trace_facts){0};
}

uint32_t format_crc(uint32_t crc, const void *bytes, size_t n) {
  static uint32_t table[256];
  static bool ready;
  if (!__atomic_load_n(&ready, __ATOMIC_ACQUIRE)) { /* computing it twice at once does no harm */
    for (uint32_t i = 0; i < 256; i++) {
      uint32_t x = i;
      for (int k = 0; k < 8; k++)
        x = (x >> 1) ^ (x & 1 ? 0x82f63b78u : 0);
      __atomic_store_n(&table[i], x, __ATOMIC_RELAXED);
    }
    __atomic_store_n(&ready, true, __ATOMIC_RELEASE);
  }
  const unsigned char *p = bytes;
  crc = ~crc;
  for (size_t i = 0; i < n; i++)
    crc = (crc >> 8) ^ __atomic_load_n(&table[(crc ^ p[i]) & 255], __ATOMIC_RELAXED);
  return ~crc;
}

void format_pack_block(unsigned char out[FORMAT_BLOCK_HEADER_BYTES], const struct format_block *b) {
  format_put32(out, b->tag);
  format_put32(out + 4, b->stored_bytes);
  format_put32(out + 8, b->raw_bytes);
  format_put32(out + 12, b->n_events);
  format_put64(out + 16, b->first_event);
  format_put64(out + 24, b->first_object);
  format_put32(out + 32, b->thread);
  format_put32(out + 36, b->reserved);
  format_put32(out + 40, b->payload_crc);
  format_put32(out + 44, format_crc(0, out, 44));
}
