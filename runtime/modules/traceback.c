/* Exceptions as text: what the interpreter prints when nobody caught one.
 *
 * An exception comes after what it was raised from; members of a group are drawn in a frame. */
#include "runtime/modules/traceback.h"
#include "runtime/bytecode/code.h"
#include "runtime/object/attribute.h"
#include "runtime/object/bytes.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/model.h"
#include "runtime/object/protocol.h"
#include "runtime/object/set.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include "runtime/vm/frame.h"
#include <stdio.h>

enum { LIMIT = 1000, REPEATS_SHOWN = 3, GROUP_WIDTH = 15, GROUP_DEPTH = 10 };

int traceback_write(struct object *text, struct object *file) {
  if (file) {
    struct object *done = call_method_one(file, NAME(plain_write), text);
    drop_null(done);
    return done ? 0 : -1;
  }
  struct object *utf8 = str_encode_utf8(text);
  if (!utf8)
    return -1;
  fwrite(bytes_data(utf8), 1, bytes_length(utf8), stderr);
  drop(utf8);
  return 0;
}
int traceback_write_text(const char *ascii, struct object *file) {
  return traceback_write_taking(str_from_ascii(ascii), file);
}
int traceback_write_taking(struct object *text, struct object *file) {
  int done = text ? traceback_write(text, file) : -1;
  drop_null(text);
  return done;
}

const char *traceback_margin(const struct traceback_out *out) { return out->depth ? "| " : ""; }

int traceback_begin_line(const struct traceback_out *out, const char *margin) {
  char text[2 * (GROUP_DEPTH + 2) + 3];
  unsigned blanks = 2 * (out->depth > GROUP_DEPTH + 1 ? GROUP_DEPTH + 1 : out->depth);
  snprintf(text, sizeof text, "%*s%s", (int)blanks, "", margin ? margin : "");
  return *text ? traceback_write_text(text, out->file) : 0;
}
static int write_line(const struct traceback_out *out, struct object *text) {
  int done = text && traceback_begin_line(out, traceback_margin(out)) == 0
                 ? traceback_write(text, out->file)
                 : -1;
  drop_null(text);
  return done;
}

/* ---- Frames ---- */

static int print_entry(const struct traceback_out *out, const struct traceback *t,
                       const struct code *code) {
  struct object *text =
      str_format("  File \"%U\", line %d, in %U\n", code->filename, traceback_line(t), code->name);
  if (write_line(out, text) < 0)
    return -1;
  return traceback_print_source(out, (struct object *)code, traceback_line(t), t->last_instruction);
}
static int print_repeats(const struct traceback_out *out, long n) {
  return n <= REPEATS_SHOWN
             ? 0
             : write_line(out, str_format("  [Previous line repeated %ld more time%s]\n",
                                          n - REPEATS_SHOWN, n - REPEATS_SHOWN > 1 ? "s" : ""));
}

static struct traceback *next_entry(const struct traceback *t) {
  return t->next && t->next != NONE ? (struct traceback *)t->next : NULL;
}
static const struct code *code_of(const struct traceback *t) {
  return (const struct code *)((const struct frame_object *)t->frame)->code;
}

/* sys.tracebacklimit counts from the innermost entry. */
static int print_frames(const struct traceback_out *out, const struct traceback *t, int64_t limit) {
  int64_t depth = 0;
  for (const struct traceback *each = t; each; each = next_entry(each))
    depth++;
  for (; depth > limit; depth--)
    t = next_entry(t);
  const struct code *last = NULL;
  int32_t last_line = -1;
  long repeats = 0;
  for (; t; t = next_entry(t)) {
    const struct code *code = code_of(t);
    bool same = last && traceback_line(t) == last_line &&
                str_same_text(code->filename, last->filename) &&
                str_same_text(code->name, last->name);
    if (!same) {
      if (print_repeats(out, repeats) < 0)
        return -1;
      last = code;
      last_line = traceback_line(t);
      repeats = 0;
    }
    if (++repeats <= REPEATS_SHOWN && print_entry(out, t, code) < 0)
      return -1;
  }
  return print_repeats(out, repeats);
}

static int print_traceback(const struct traceback_out *out, struct object *e, bool is_group) {
  struct object *traceback = exception_traceback_borrowed(e);
  if (!traceback || traceback == NONE)
    return 0;
  int64_t limit = LIMIT;
  struct object *own = sys_get_borrowed("tracebacklimit");
  if (own && is_any_int(own)) {
    if (int_compare(own, &int_small[-INT_SMALL_MIN].head) <= 0)
      return 0;
    if (!int_to_i64(own, &limit))
      limit = INT64_MAX;
  }
  const char *header = is_group ? "Exception Group Traceback (most recent call last):\n"
                                : "Traceback (most recent call last):\n";
  if (traceback_begin_line(out, is_group && out->depth == 1 ? "+ " : traceback_margin(out)) < 0 ||
      traceback_write_text(header, out->file) < 0)
    return -1;
  return print_frames(out, (struct traceback *)traceback, limit);
}

/* ---- The place of a syntax error ---- */

static int64_t number_or(struct object *o, int64_t otherwise) {
  int64_t value;
  return o && is_any_int(o) && int_to_i64(o, &value) ? value : otherwise;
}

/* The text without its indentation, and marks from `offset` to `end_offset` (from 1). */
static int print_wrong_text(const struct traceback_out *out, struct object *text, int64_t offset,
                            int64_t end_offset) {
  size_t n = str_length(text), start = 0;
  while (n && str_at(text, n - 1) == '\n')
    n--;
  for (size_t i = 0; i < n; i++) /* of several lines that with the offset */
    if (str_at(text, i) == '\n') {
      if ((int64_t)i >= offset - 1) {
        n = i;
        break;
      }
      start = i + 1;
    }
  while (start < n &&
         (str_at(text, start) == ' ' || str_at(text, start) == '\t' || str_at(text, start) == '\f'))
    start++;
  struct object *shown = str_slice(text, start, n);
  struct object *line = shown ? str_format("    %U\n", shown) : NULL;
  drop_null(shown);
  if (write_line(out, line) < 0)
    return -1;
  int64_t first = offset - 1 - (int64_t)start;
  size_t marks = end_offset > 0 && end_offset > offset ? (size_t)(end_offset - offset) : 1;
  if (offset < 1 || first < 0)
    return 0;
  if (first > (int64_t)(n - start)) { /* behind the text: its end is marked */
    first = (int64_t)(n - start);
    marks = 1;
  }
  struct str_builder b = STR_BUILDER_EMPTY;
  str_builder_add_ascii(&b, "    ", 4);
  for (int64_t i = 0; i < first; i++)
    str_builder_add_char(&b, ' ');
  str_builder_add_grow(&b, '^', marks);
  str_builder_add_char(&b, '\n');
  return write_line(out, str_builder_finish(&b));
}

/* 1: the place was told, so the text need not. */
static int print_syntax_place(const struct traceback_out *out, const struct exception_syntax *e) {
  int64_t line = number_or(e->line, -1);
  if (line < 0)
    return 0;
  struct object *where =
      e->filename && e->filename != NONE
          ? str_format("  File \"%S\", line %lld\n", e->filename, (long long)line)
          : str_format("  File \"<string>\", line %lld\n", (long long)line);
  if (write_line(out, where) < 0)
    return -1;
  if (!e->text || !is_any_str(e->text))
    return 1;
  int64_t end_line = number_or(e->end_line, line);
  int64_t offset = number_or(e->offset, -1), end_offset = number_or(e->end_offset, -1);
  int64_t length = (int64_t)str_length(e->text);
  if (end_line > line) /* the rest of the line is meant: what ends it is taken for a newline */
    end_offset = length;
  if (end_offset > length + 1)
    end_offset = length + 1;
  return print_wrong_text(out, e->text, offset, end_offset) < 0 ? -1 : 1;
}

/* ---- Name, text, notes ---- */

/* `about`: whose text is printed. */
static int print_message(const struct traceback_out *out, struct object *e, struct object *about) {
  struct type *t = type_of(e);
  struct object *module = type_module(t);
  error_clear();
  struct object *main_name = str_intern("__main__");
  error_clear();
  struct object *name = type_qualname(t);
  if (!name) {
    error_clear();
    if (!(name = str_from_ascii("<unknown>"))) {
      drop_null(module);
      drop_null(main_name);
      return -1;
    }
  }
  bool is_plain = module && is_any_str(module) && main_name &&
                  (str_same_text(module, NAME(plain_builtins)) || str_same_text(module, main_name));
  struct object *text = object_str(about);
  bool failed = !text;
  error_clear();
  struct object *head = is_plain                       ? hold(name)
                        : module && is_any_str(module) ? str_format("%U.%U", module, name)
                                                       : str_format("<unknown>.%U", name);
  int done = -1;
  if (head && traceback_begin_line(out, traceback_margin(out)) == 0 &&
      traceback_write(head, out->file) == 0) {
    if (failed)
      done = traceback_write_text(": <exception str() failed>", out->file);
    else if (!str_length(text))
      done = 0;
    else
      done = traceback_write_taking(str_format(": %U", text), out->file);
  }
  struct object *near = NULL;
  if (done == 0) {
    near = suggestion_for(e);
    error_clear();
  }
  if (near)
    done = traceback_write_taking(str_format(". Did you mean: '%U'?", near), out->file);
  drop_null(near);
  drop_null(head);
  drop_null(text);
  drop(name);
  drop_null(main_name);
  drop_null(module);
  return done < 0 ? -1 : traceback_write_text("\n", out->file);
}

static int print_note(const struct traceback_out *out, struct object *note) {
  struct object *text = object_str(note);
  if (!text) {
    error_clear();
    return write_line(out, str_from_ascii("<note str() failed>\n"));
  }
  size_t n = str_length(text), start = 0;
  int done = 0;
  for (size_t i = 0; done == 0 && i <= n; i++) {
    if (i < n && str_at(text, i) != '\n')
      continue;
    struct object *line = str_slice(text, start, i);
    done = line ? write_line(out, str_format("%U\n", line)) : -1;
    drop_null(line);
    start = i + 1;
  }
  drop(text);
  return done;
}
static int print_notes(const struct traceback_out *out, struct object *e) {
  struct object *key = str_intern("__notes__"), *notes = NULL;
  int found = key ? attribute_find(e, key, &notes) : -1;
  error_clear();
  if (found <= 0)
    return 0;
  int done = 0;
  if (is_sequence(notes)) {
    for (int64_t i = 0; done == 0 && i < object_length(notes); i++) {
      struct object *note = sequence_get_item(notes, i);
      done = note ? print_note(out, note) : -1;
      drop_null(note);
    }
  } else {
    struct object *shown = object_repr(notes);
    error_clear();
    done = write_line(out, shown ? hold(shown) : str_from_ascii("<__notes__ repr() failed>"));
    drop_null(shown);
  }
  drop(notes);
  return done;
}

static int print_one(const struct traceback_out *out, struct object *e, bool is_group) {
  if (print_traceback(out, e, is_group) < 0)
    return -1;
  struct object *about = e;
  if (object_is_instance(e, exception_type(ERROR_SYNTAX))) {
    const struct exception_syntax *syntax = (const struct exception_syntax *)e;
    int told = print_syntax_place(out, syntax);
    if (told < 0)
      return -1;
    if (told && syntax->message)
      about = syntax->message;
  }
  return print_message(out, e, about) < 0 ? -1 : print_notes(out, e);
}

/* ---- Chains and groups ---- */

static int print_all(struct traceback_out *out, struct object *e, struct object *seen);

static int print_group(struct traceback_out *out, struct object *e, struct object *seen) {
  struct object *members = ((struct exception_group *)e)->exceptions;
  bool is_outer = out->depth == 0;
  if (out->depth > GROUP_DEPTH)
    return write_line(out, str_format("... (max_group_depth is %d)\n", GROUP_DEPTH));
  if (is_outer)
    out->depth = 1;
  int done = print_one(out, e, true);
  size_t n = tuple_length(members), shown = n > GROUP_WIDTH ? GROUP_WIDTH + 1 : n;
  out->needs_close = false;
  for (size_t i = 0; done == 0 && i < shown; i++) {
    bool is_last = i == shown - 1, is_cut = i >= GROUP_WIDTH;
    if (is_last)
      out->needs_close = true;
    const char *branch = i == 0 ? "+-" : "  ";
    struct object *rule =
        is_cut ? str_format("%s+---------------- ... ----------------\n", branch)
               : str_format("%s+---------------- %zu ----------------\n", branch, i + 1);
    done = traceback_begin_line(out, NULL);
    if (done == 0)
      done = traceback_write_taking(rule, out->file);
    else
      drop_null(rule);
    out->depth++;
    if (done == 0 && is_cut)
      done = write_line(out, str_format("and %zu more exception%s\n", n - GROUP_WIDTH,
                                        n - GROUP_WIDTH > 1 ? "s" : ""));
    else if (done == 0)
      done = print_all(out, tuple_get_borrowed(members, i), seen);
    if (done == 0 && is_last && out->needs_close) {
      done = traceback_begin_line(out, NULL);
      if (done == 0)
        done = traceback_write_text("+------------------------------------\n", out->file);
      out->needs_close = false;
    }
    out->depth--;
  }
  if (is_outer)
    out->depth = 0;
  return done;
}

static int print_before(struct traceback_out *out, struct object *e, const char *message,
                        struct object *seen) {
  bool needs_close = out->needs_close;
  out->needs_close = false;
  int done = print_all(out, e, seen);
  out->needs_close = needs_close;
  if (done < 0)
    return -1;
  return write_line(out, str_from_ascii("\n")) < 0 || write_line(out, str_from_ascii(message)) < 0
             ? -1
             : write_line(out, str_from_ascii("\n"));
}

/* Adds the identity of an exception; 1: it was new. */
static int mark_seen(struct object *seen, struct object *e) {
  struct object *id = int_from_u64((uintptr_t)e);
  int added = id ? set_add(seen, id) : -1;
  drop_null(id);
  return added;
}

static int print_all(struct traceback_out *out, struct object *e, struct object *seen) {
  if (!object_enter())
    return -1;
  const struct exception_plain *x = (const struct exception_plain *)e;
  int done = mark_seen(seen, e) < 0 ? -1 : 0;
  struct object *before = x->cause && x->cause != NONE ? x->cause
                          : !x->suppress_context       ? x->context
                                                       : NULL;
  if (done == 0 && before && before != NONE) {
    struct object *id = int_from_u64((uintptr_t)before);
    int known = id ? set_contains(seen, id) : -1;
    drop_null(id);
    done = known < 0 ? -1 : 0;
    if (known == 0)
      done = print_before(out, before,
                          before == x->cause
                              ? "The above exception was the direct cause of the following "
                                "exception:\n"
                              : "During handling of the above exception, another exception "
                                "occurred:\n",
                          seen);
  }
  if (done == 0)
    done = object_is_instance(e, exception_type(ERROR_BASE_GROUP)) ? print_group(out, e, seen)
                                                                   : print_one(out, e, false);
  object_leave();
  return done;
}

int traceback_print(struct object *e, struct object *file) {
  struct traceback_out out = {.file = file};
  struct object *seen = set_new();
  int done = seen ? print_all(&out, e, seen) : -1;
  drop_null(seen);
  return done;
}

int traceback_print_alone(struct object *e, struct object *file) {
  const struct traceback_out out = {.file = file};
  return print_one(&out, e, false);
}
