/* The trace format: what is written is read back; whatever else a file holds is refused with a
 * message that says where, and never believed. */
#include "base/random.h"
#include "workloads/traces/format.h"
#include "workloads/traces/live.h"
#include "workloads/traces/trace.h"
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include <zstd.h>

#include <cmocka.h>

static char path[64], error[1024];

static int open_folder(void **state) {
  snprintf(path, sizeof path, "/dev/shm/trace-test.%d", (int)getpid());
  return 0;
}
static int close_folder(void **state) {
  unlink(path);
  return 0;
}

/* A block of the invented program. */
struct block {
  uint64_t object, size;
  uint32_t thread;
};

/* Invents n events that make sense: all kinds, three threads, sizes up to 2^63. */
static void invent(struct trace_event *events, size_t n, uint64_t seed) {
  static struct block blocks[200000];
  size_t live = 0;
  uint64_t objects = 0, time_us = 0;
  uint32_t threads = 0;
  struct random r;
  random_seed(&r, seed);
  for (size_t i = 0; i < n; i++) {
    struct trace_event e = {.thread = (uint32_t)random_below(&r, threads < 3 ? threads + 1 : 3)};
    uint64_t dice = random_below(&r, 100);
    e.size = random_below(&r, (uint64_t)1 << random_below(&r, 64));
    if (dice < 3) {
      e = (struct trace_event){.kind = TRACE_MARK, .rss_bytes = random_below(&r, 1 << 20) << 10};
      e.time_us = time_us += random_below(&r, 10000);
      events[i] = e;
      continue;
    }
    threads += e.thread == threads;
    if (dice < 45 && live) {
      size_t which = (size_t)random_below(&r, live);
      struct block b = blocks[which];
      e.object = b.object;
      e.owner = b.thread;
      if (dice < 38) {
        e.kind = TRACE_FREE;
        e.size = b.size;
        blocks[which] = blocks[--live];
      } else {
        e.kind = TRACE_REALLOC;
        e.old_size = b.size;
        blocks[which] = (struct block){b.object, e.size, e.thread};
      }
    } else {
      static const uint8_t kinds[] = {TRACE_MALLOC, TRACE_CALLOC, TRACE_REALLOC, TRACE_ALIGNED};
      e.kind = kinds[dice % 4];
      e.fresh = e.kind == TRACE_REALLOC;
      e.align_log2 = e.kind == TRACE_ALIGNED ? (uint8_t)random_below(&r, 20) : 0;
      e.object = objects++;
      blocks[live++] = (struct block){e.object, e.size, e.thread};
    }
    events[i] = e;
  }
}

static bool write_events(const struct trace_event *events, size_t n) {
  struct trace_facts facts = {0}, ending = {0};
  assert_true(trace_facts_add(&facts, "program", "%s", "invented"));
  assert_true(trace_facts_add(&facts, "command", "%s", "two\nlines\tand a tab"));
  assert_true(trace_facts_add(&ending, "whole", "%s", "yes"));
  struct trace_writer *w = trace_create(path, &facts, 1, error, sizeof error);
  trace_facts_clear(&facts);
  if (!w) {
    trace_facts_clear(&ending);
    return false;
  }
  bool fine = true;
  for (size_t i = 0; i < n && fine; i++) {
    struct trace_event e = events[i];
    fine = trace_write(w, &e);
    if (trace_allocates(&e))
      assert_int_equal(e.object, events[i].object);
  }
  fine &= trace_finish(w, &ending, error, sizeof error);
  trace_facts_clear(&ending);
  return fine;
}

static void assert_equal_events(const struct trace_event *a, const struct trace_event *b) {
  assert_int_equal(a->kind, b->kind);
  assert_int_equal(a->align_log2, b->align_log2);
  assert_int_equal(a->fresh, b->fresh);
  assert_int_equal(a->thread, b->thread);
  assert_int_equal(a->owner, b->owner);
  assert_int_equal(a->object, b->object);
  assert_int_equal(a->size, b->size);
  assert_int_equal(a->old_size, b->old_size);
  assert_int_equal(a->time_us, b->time_us);
  assert_int_equal(a->rss_bytes, b->rss_bytes);
}

/* Reads the file to its end; returns how many events came, all equal to those expected. */
static size_t read_events(const struct trace_event *expected, size_t n, enum trace_status *status) {
  struct trace_reader *r = trace_open(path, error, sizeof error);
  size_t i = 0;
  struct trace_event e;
  *status = TRACE_BROKEN;
  if (!r)
    return 0;
  while ((*status = trace_read(r, &e)) == TRACE_EVENT) {
    assert_true(i < n || !expected);
    if (expected)
      assert_equal_events(&e, &expected[i]);
    i++;
  }
  if (*status == TRACE_BROKEN) {
    snprintf(error, sizeof error, "%s", trace_error(r));
    assert_int_equal(trace_read(r, &e), TRACE_BROKEN);
  } else if (expected) {
    char text[64];
    assert_true(trace_facts_get(trace_ending(r), "whole", text, sizeof text));
    assert_string_equal(text, "yes");
  }
  trace_close(r);
  return i;
}

static unsigned char *slurp(size_t *n) {
  FILE *f = fopen(path, "rb");
  assert_non_null(f);
  fseek(f, 0, SEEK_END);
  *n = (size_t)ftell(f);
  rewind(f);
  unsigned char *bytes = malloc(*n);
  assert_non_null(bytes);
  assert_int_equal(fread(bytes, 1, *n, f), *n);
  fclose(f);
  return bytes;
}

static void spill(const void *bytes, size_t n) {
  FILE *f = fopen(path, "wb");
  assert_non_null(f);
  assert_int_equal(fwrite(bytes, 1, n, f), n);
  assert_int_equal(fclose(f), 0);
}

/* ---- cases ---- */

static void what_is_written_is_read(void **state) {
  static const size_t counts[] = {0, 1, 2, 1000, 65536, 65537, 200000};
  struct trace_event *events = calloc(200000, sizeof *events);
  assert_non_null(events);
  for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
    enum trace_status status;
    invent(events, counts[i], i);
    assert_true(write_events(events, counts[i]));
    assert_int_equal(read_events(events, counts[i], &status), counts[i]);
    assert_int_equal(status, TRACE_END);
  }
  free(events);
}

static void a_pipe_will_do(void **state) {
  struct trace_event events[500], e;
  invent(events, 500, 3);
  assert_true(write_events(events, 500));
  char command[128];
  snprintf(command, sizeof command, "cat %s", path);
  FILE *pipe = popen(command, "r");
  assert_non_null(pipe);
  int saved = dup(STDIN_FILENO);
  dup2(fileno(pipe), STDIN_FILENO);
  struct trace_reader *r = trace_open("-", error, sizeof error);
  assert_non_null(r);
  size_t n = 0;
  enum trace_status status;
  while ((status = trace_read(r, &e)) == TRACE_EVENT)
    n++;
  assert_int_equal(status, TRACE_END);
  assert_int_equal(n, 500);
  trace_close(r);
  pclose(pipe);
  dup2(saved, STDIN_FILENO);
  close(saved);
}

static void facts_are_kept_in_one_line(void **state) {
  assert_true(write_events(NULL, 0));
  struct trace_reader *r = trace_open(path, error, sizeof error);
  char text[64];
  assert_non_null(r);
  assert_true(trace_facts_get(trace_facts(r), "command", text, sizeof text));
  assert_string_equal(text, "two lines and a tab");
  assert_false(trace_facts_get(trace_facts(r), "comm", text, sizeof text));
  assert_true(trace_facts_get(trace_facts(r), "program", text, 4));
  assert_string_equal(text, "inv");
  trace_close(r);
}

static void cut_off_anywhere_is_noticed(void **state) {
  struct trace_event events[300];
  enum trace_status status;
  size_t n;
  invent(events, 300, 5);
  assert_true(write_events(events, 300));
  unsigned char *bytes = slurp(&n);
  for (size_t keep = 0; keep < n; keep++) {
    error[0] = 0;
    spill(bytes, keep);
    read_events(events, 300, &status);
    assert_int_equal(status, TRACE_BROKEN);
    assert_non_null(strstr(error, path));
  }
  free(bytes);
}

static void a_changed_byte_is_noticed(void **state) {
  struct trace_event events[300];
  enum trace_status status;
  size_t n;
  invent(events, 300, 6);
  assert_true(write_events(events, 300));
  unsigned char *bytes = slurp(&n);
  for (size_t i = 0; i < n; i++) {
    bytes[i] ^= (unsigned char)(1u << (i % 8));
    error[0] = 0;
    spill(bytes, n);
    read_events(events, 300, &status);
    assert_int_equal(status, TRACE_BROKEN);
    assert_non_null(strstr(error, path));
    bytes[i] ^= (unsigned char)(1u << (i % 8));
  }
  spill(bytes, n);
  assert_int_equal(read_events(events, 300, &status), 300);
  assert_int_equal(status, TRACE_END);
  free(bytes);
}

/* Puts right all checksums of a file whose blocks were tampered with. */
static void sign_again(unsigned char *bytes, size_t n) {
  size_t facts = format_get32(bytes + 12), at = FORMAT_HEADER_BYTES + facts;
  if (at <= n)
    format_put32(bytes + 16, format_crc(0, bytes + FORMAT_HEADER_BYTES, facts));
  format_put32(bytes + 20, format_crc(0, bytes, 20));
  while (at + FORMAT_BLOCK_HEADER_BYTES <= n) {
    size_t stored = format_get32(bytes + at + 4), left = n - at - FORMAT_BLOCK_HEADER_BYTES;
    const unsigned char *payload = bytes + at + FORMAT_BLOCK_HEADER_BYTES;
    format_put32(bytes + at + 40, format_crc(0, payload, stored < left ? stored : left));
    format_put32(bytes + at + 44, format_crc(0, bytes + at, 44));
    if (stored > left)
      return;
    at += FORMAT_BLOCK_HEADER_BYTES + stored;
  }
}

static void well_signed_nonsense_does_no_harm(void **state) {
  struct trace_event events[300];
  enum trace_status status;
  struct random r;
  size_t n, refused = 0;
  random_seed(&r, 9);
  invent(events, 300, 7);
  assert_true(write_events(events, 300));
  unsigned char *bytes = slurp(&n), *forged = malloc(n);
  assert_non_null(forged);
  for (int round = 0; round < 3000; round++) {
    memcpy(forged, bytes, n);
    for (uint64_t k = 1 + random_below(&r, 3); k--;)
      forged[8 + random_below(&r, n - 8)] = (unsigned char)random_next(&r);
    sign_again(forged, n);
    spill(forged, n);
    read_events(NULL, 0, &status);
    refused += status == TRACE_BROKEN;
  }
  assert_true(refused > 2000);
  free(forged);
  free(bytes);
}

/* The columns themselves, decompressed, changed, and compressed again. */
static void nonsense_in_the_columns_does_no_harm(void **state) {
  struct trace_event events[400];
  enum trace_status status;
  struct random r;
  size_t n, refused = 0;
  random_seed(&r, 10);
  invent(events, 400, 8);
  assert_true(write_events(events, 400));
  unsigned char *bytes = slurp(&n);
  size_t at = FORMAT_HEADER_BYTES + format_get32(bytes + 12);
  size_t stored = format_get32(bytes + at + 4), raw = format_get32(bytes + at + 8);
  size_t room = ZSTD_compressBound(raw);
  unsigned char *columns = malloc(raw), *changed = malloc(raw), *forged = malloc(n + room);
  assert_true(columns && changed && forged);
  assert_int_equal(ZSTD_decompress(columns, raw, bytes + at + FORMAT_BLOCK_HEADER_BYTES, stored),
                   raw);
  for (int round = 0; round < 4000; round++) {
    memcpy(changed, columns, raw);
    for (uint64_t k = 1 + random_below(&r, 4); k--;)
      changed[random_below(&r, raw)] = (unsigned char)random_next(&r);
    memcpy(forged, bytes, at + FORMAT_BLOCK_HEADER_BYTES);
    size_t new_stored =
        ZSTD_compress(forged + at + FORMAT_BLOCK_HEADER_BYTES, room, changed, raw, 1);
    assert_false(ZSTD_isError(new_stored));
    format_put32(forged + at + 4, (uint32_t)new_stored);
    size_t rest = at + FORMAT_BLOCK_HEADER_BYTES + stored;
    memcpy(forged + at + FORMAT_BLOCK_HEADER_BYTES + new_stored, bytes + rest, n - rest);
    size_t total = n - stored + new_stored;
    sign_again(forged, total);
    spill(forged, total);
    read_events(NULL, 0, &status);
    refused += status == TRACE_BROKEN;
  }
  assert_true(refused > 3000); /* the totals see what the events let pass */
  free(forged);
  free(changed);
  free(columns);
  free(bytes);
}

static void expect_refusal(const char *what) {
  struct trace_reader *r = trace_open(path, error, sizeof error);
  assert_null(r);
  if (!strstr(error, what))
    fail_msg("'%s' is not in '%s'", what, error);
}

static void other_files_are_refused(void **state) {
  size_t n;
  spill("", 0);
  expect_refusal("not a trace");
  spill("#!/bin/sh\necho a trace? no\n", 27);
  expect_refusal("not a trace");
  spill(FORMAT_MAGIC, 8);
  expect_refusal("cut off in the header");
  assert_true(write_events(NULL, 0));
  unsigned char *bytes = slurp(&n);
  format_put32(bytes + 8, 7);
  sign_again(bytes, n);
  spill(bytes, n);
  expect_refusal("a trace of version 7, this program reads version 1");
  free(bytes);
  unlink(path);
  expect_refusal("No such file");
  char *saved = strdup(path);
  strcpy(path, "/tmp");
  expect_refusal("Is a directory");
  strcpy(path, saved);
  free(saved);
}

static void bytes_behind_the_end_are_refused(void **state) {
  struct trace_event events[10];
  enum trace_status status;
  size_t n;
  invent(events, 10, 1);
  assert_true(write_events(events, 10));
  unsigned char *bytes = slurp(&n), *more = calloc(n + 1, 1);
  memcpy(more, bytes, n);
  spill(more, n + 1);
  assert_int_equal(read_events(events, 10, &status), 10);
  assert_int_equal(status, TRACE_BROKEN);
  assert_non_null(strstr(error, "bytes follow"));
  free(more);
  free(bytes);
}

static void a_full_disk_is_reported(void **state) {
  char *saved = strdup(path);
  strcpy(path, "/dev/full");
  assert_false(write_events(NULL, 0));
  assert_non_null(strstr(error, "/dev/full"));
  assert_non_null(strstr(error, "No space left"));
  strcpy(path, saved);
  free(saved);
}

static void what_was_complete_before_the_disk_was_full_is_kept(void **state) {
  size_t n = 200000;
  struct trace_event *events = calloc(n, sizeof *events);
  struct rlimit before, small;
  enum trace_status status;
  invent(events, n, 12);
  signal(SIGXFSZ, SIG_IGN);
  getrlimit(RLIMIT_FSIZE, &before);
  small = (struct rlimit){700000, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  bool fine = write_events(events, n);
  setrlimit(RLIMIT_FSIZE, &before);
  assert_false(fine);
  assert_non_null(strstr(error, "131072 events in 2 complete blocks are kept"));
  assert_int_equal(read_events(events, n, &status), 131072);
  assert_int_equal(status, TRACE_BROKEN);
  assert_non_null(strstr(error, "was not finished"));
  free(events);
}

static void size_classes_are_in_order(void **state) {
  for (unsigned c = 0; c + 1 < TRACE_CLASSES; c++) {
    assert_true(trace_class_bytes(c) < trace_class_bytes(c + 1));
    assert_int_equal(trace_class(trace_class_bytes(c)), c);
    assert_int_equal(trace_class(trace_class_bytes(c) + 1), c + 1);
  }
  assert_int_equal(trace_class(UINT64_MAX), TRACE_CLASSES - 1);
}

static void the_live_table_agrees_with_an_array(void **state) {
  enum { KEYS = 5000 };
  static uint64_t sizes[KEYS]; /* plus one; 0: not there */
  struct live live = {0}, copy;
  struct live_block found;
  struct random r;
  size_t n = 0;
  random_seed(&r, 4);
  for (int i = 0; i < 400000; i++) {
    uint64_t key = random_below(&r, KEYS);
    if (random_below(&r, 2)) {
      n += !sizes[key];
      sizes[key] = 1 + (uint64_t)i;
      assert_true(live_put(&live, key, key, (uint64_t)i, 0));
    } else {
      assert_int_equal(live_take(&live, key, &found), sizes[key] != 0);
      if (sizes[key])
        assert_int_equal(found.size + 1, sizes[key]);
      n -= sizes[key] != 0;
      sizes[key] = 0;
    }
    assert_int_equal(live.n, n);
  }
  assert_true(live_copy(&copy, &live));
  for (uint64_t key = 0; key < KEYS; key++) {
    struct live_block *b = live_find(&copy, key);
    assert_int_equal(b != NULL, sizes[key] != 0);
    if (b)
      assert_int_equal(b->size + 1, sizes[key]);
  }
  live_clear(&copy);
  live_clear(&live);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_is_written_is_read),
      cmocka_unit_test(a_pipe_will_do),
      cmocka_unit_test(facts_are_kept_in_one_line),
      cmocka_unit_test(cut_off_anywhere_is_noticed),
      cmocka_unit_test(a_changed_byte_is_noticed),
      cmocka_unit_test(well_signed_nonsense_does_no_harm),
      cmocka_unit_test(nonsense_in_the_columns_does_no_harm),
      cmocka_unit_test(other_files_are_refused),
      cmocka_unit_test(bytes_behind_the_end_are_refused),
      cmocka_unit_test(a_full_disk_is_reported),
      cmocka_unit_test(what_was_complete_before_the_disk_was_full_is_kept),
      cmocka_unit_test(size_classes_are_in_order),
      cmocka_unit_test(the_live_table_agrees_with_an_array),
  };
  return cmocka_run_group_tests(tests, open_folder, close_folder);
}
