/* The state of a match over one string: opening it on a str or anything with a buffer, cutting
 * parts out of the string, and the engine's stack. */
#include "runtime/modules/sre/sre.h"
#include "runtime/object/bytes.h"
#include "runtime/object/exception.h"
#include "runtime/object/str.h"
#include "runtime/vm/signals.h"
#include "runtime/vm/vm.h"
#include <string.h>

static int look_at(struct sre_state *s, struct object *string) {
  if (is_any_str(string)) {
    s->beginning = str_data(string);
    s->length = (int64_t)str_length(string);
    s->kind = str_kind(string);
    return 0;
  }
  s->is_bytes = true;
  if (is_bytes(string)) {
    s->beginning = bytes_data(string);
    s->length = (int64_t)bytes_length(string);
    return 0;
  }
  if (buffer_get(string, &s->view, BUFFER_SIMPLE) < 0) {
    s->view.object = NULL;
    error_clear();
    error_format(ERROR_TYPE, "expected string or bytes-like object, got '%N'", string);
    return -1;
  }
  s->beginning = s->view.data ? s->view.data : "";
  s->length = s->view.bytes;
  return 0;
}

static int64_t clip(int64_t i, int64_t length) { return i < 0 ? 0 : i > length ? length : i; }

int sre_open(struct sre_state *s, struct sre_pattern *p, struct object *string, int64_t pos,
             int64_t endpos) {
  s->pattern = p;
  s->string = NULL;
  s->view.object = NULL;
  s->kind = 0;
  s->is_bytes = s->match_all = s->must_advance = s->is_dirty = false;
  s->steps = 0;
  s->last_index = -1;
  s->marks = s->marks_in_place;
  s->marks_n = p->groups * 2;
  s->stack = s->stack_in_place;
  s->stack_n = SRE_STACK_IN_PLACE;
  if (look_at(s, string) < 0)
    return -1;
  if (p->is_bytes >= 0 && p->is_bytes != s->is_bytes) {
    error_set(ERROR_TYPE, s->is_bytes ? "cannot use a string pattern on a bytes-like object"
                                      : "cannot use a bytes pattern on a string-like object");
    buffer_release(&s->view);
    return -1;
  }
  if (s->marks_n > SRE_MARKS_IN_PLACE) {
    s->marks = gc_buffer_new(s->marks_n * sizeof *s->marks);
    if (!s->marks) {
      s->marks = s->marks_in_place;
      buffer_release(&s->view);
      error_no_memory();
      return -1;
    }
  }
  memset(s->marks, 0, s->marks_n * sizeof *s->marks);
  s->string = hold(string);
  s->pos = clip(pos, s->length);
  s->endpos = clip(endpos, s->length);
  s->start = s->ptr = (const char *)s->beginning + (s->pos << s->kind);
  s->end = (const char *)s->beginning + (s->endpos << s->kind);
  return 0;
}

void sre_close(struct sre_state *s) {
  buffer_release(&s->view);
  if (s->marks != s->marks_in_place)
    gc_buffer_free(s->marks, s->marks_n * sizeof *s->marks);
  if (s->stack != s->stack_in_place)
    gc_buffer_free(s->stack, s->stack_n * sizeof *s->stack);
  s->marks = s->marks_in_place;
  s->stack = s->stack_in_place;
  struct object *string = s->string;
  s->string = NULL;
  drop_null(string);
}

static void reset(struct sre_state *s) {
  s->last_index = -1;
  if (s->is_dirty)
    memset(s->marks, 0, s->marks_n * sizeof *s->marks);
  s->is_dirty = false;
}
int sre_match(struct sre_state *s) {
  reset(s);
  int64_t room = s->endpos - sre_offset(s, s->start);
  if (s->pattern->min_width && room < (int64_t)s->pattern->min_width)
    return 0;
  return sre_run(s, s->pattern->start, s->start);
}
int sre_search(struct sre_state *s) {
  reset(s);
  return sre_find(s);
}

int sre_grow_stack(struct sre_state *s, size_t more_than) {
  size_t n = s->stack_n;
  while (n <= more_than)
    n *= 2;
  uintptr_t *bigger =
      s->stack == s->stack_in_place
          ? gc_buffer_new(n * sizeof *bigger)
          : gc_buffer_resize_own(s->stack, s->stack_n * sizeof *bigger, n * sizeof *bigger);
  if (!bigger) {
    error_no_memory();
    return -1;
  }
  if (s->stack == s->stack_in_place)
    memcpy(bigger, s->stack, sizeof s->stack_in_place);
  s->stack = bigger;
  s->stack_n = n;
  return 0;
}

int sre_interrupt(struct sre_state *s) { return vm_attention.event ? interrupt_handle() : 0; }

struct object *sre_slice(const struct sre_state *s, const void *from, const void *to) {
  size_t start = (size_t)sre_offset(s, from), stop = (size_t)sre_offset(s, to);
  if (s->is_bytes) {
    if (is_bytes(s->string) && start == 0 && stop == (size_t)s->length)
      return hold(s->string);
    return bytes_from(from, stop - start);
  }
  if (UNLIKELY(!is_str(s->string)))
    return str_from_data(from, stop - start, s->kind);
  return str_slice(s->string, start, stop);
}

struct object *sre_group_text(const struct sre_state *s, uint32_t group, struct object *none) {
  const void *from = s->marks[2 * group - 2], *to = s->marks[2 * group - 1];
  if (from && to) {
    if (UNLIKELY(from > to))
      return error_format(ERROR_SYSTEM, "The span of capturing group is wrong, please report a bug "
                                        "for the re module.");
    return sre_slice(s, from, to);
  }
  return none ? hold(none) : sre_slice(s, s->beginning, s->beginning);
}
