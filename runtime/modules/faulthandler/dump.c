/* Tracebacks written by signal handlers: no memory is asked for, no lock is taken, and what is read
 * may be changing in another thread. All texts are cut off at some length, so that it ends. */
#include "gc/gc.h"
#include "runtime/modules/faulthandler/faulthandler.h"
#include "runtime/object/str.h"
#include "runtime/vm/thread.h"
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

enum { FRAMES_MAX = 100, THREADS_MAX = 100, CHARACTERS_MAX = 500 };

static void write_all(int fd, const char *data, size_t n) {
  while (n) {
    ssize_t done = write(fd, data, n);
    if (done < 0 && errno == EINTR)
      continue;
    if (done <= 0)
      return;
    data += done;
    n -= (size_t)done;
  }
}

void dump_text(int fd, const char *text) { write_all(fd, text, strlen(text)); }

static void dump_hex(int fd, uint64_t number, unsigned width) {
  char digits[16];
  unsigned n = 0;
  do {
    digits[sizeof digits - ++n] = "0123456789abcdef"[number & 15];
    number >>= 4;
  } while ((number || n < width) && n < sizeof digits);
  write_all(fd, digits + sizeof digits - n, n);
}

static void dump_number(int fd, uint64_t number) {
  char digits[20];
  unsigned n = 0;
  do {
    digits[sizeof digits - ++n] = (char)('0' + number % 10);
    number /= 10;
  } while (number);
  write_all(fd, digits + sizeof digits - n, n);
}

static void dump_str(int fd, const struct object *s) {
  if (!s || !is_any_str(s)) {
    dump_text(fd, "???");
    return;
  }
  size_t n = str_length(s), shown = n < CHARACTERS_MAX ? n : CHARACTERS_MAX;
  for (size_t i = 0; i < shown; i++) {
    uint32_t c = str_at(s, i);
    char plain = (char)c;
    if (c >= ' ' && c < 127)
      write_all(fd, &plain, 1);
    else {
      dump_text(fd, c < 0x100 ? "\\x" : c < 0x10000 ? "\\u" : "\\U");
      dump_hex(fd, c, c < 0x100 ? 2 : c < 0x10000 ? 4 : 8);
    }
  }
  if (shown < n)
    dump_text(fd, "...");
}

static void dump_frame(int fd, const struct frame *f) {
  const struct code *code = f->code;
  int32_t line = frame_line(code, frame_last_instruction(f));
  dump_text(fd, "  File \"");
  dump_str(fd, code->filename);
  dump_text(fd, "\", line ");
  if (line >= 0)
    dump_number(fd, (uint64_t)line);
  else
    dump_text(fd, "???");
  dump_text(fd, " in ");
  dump_str(fd, code->name);
  dump_text(fd, "\n");
}

static void dump_stack(int fd, const struct vm_thread *t) {
  const struct vm_stack *stack = t == vm_thread ? &vm_stack : &t->stack;
  const struct frame *f = stack->top;
  if (!f)
    dump_text(fd, "  <no Python frame>\n");
  for (int i = 0; f; f = f->previous) {
    if (i++ == FRAMES_MAX) {
      dump_text(fd, "  ...\n");
      break;
    }
    dump_frame(fd, f);
  }
}

static const struct vm_thread *this_thread(void) {
  const struct vm_thread *t = vm_threads;
  while (t && t->ident != (uint64_t)pthread_self())
    t = t->next;
  return t;
}

void dump_this_thread(int fd) {
  const struct vm_thread *t = this_thread();
  if (!t)
    return;
  dump_text(fd, "Stack (most recent call first):\n");
  dump_stack(fd, t);
}

void dump_all_threads(int fd) {
  const struct vm_thread *me = this_thread();
  int i = 0;
  for (const struct vm_thread *t = vm_threads; t; t = t->next) {
    if (i)
      dump_text(fd, "\n");
    if (i++ == THREADS_MAX) {
      dump_text(fd, "...\n");
      break;
    }
    dump_text(fd, t == me ? "Current thread 0x" : "Thread 0x");
    dump_hex(fd, t->ident, 16);
    dump_text(fd, " (most recent call first):\n");
    if (t == me && gc_is_collecting())
      dump_text(fd, "  Garbage-collecting\n");
    dump_stack(fd, t);
  }
}
