/* Lines of source under the entries of a traceback, with marks under the part that failed:
 *
 *     total = price * amount(x)
 *                     ^^^^^^^^^
 * In an operation of two sides the operator is marked by ^ and its sides by ~. */
#include "os/file.h"
#include "runtime/bytecode/code.h"
#include "runtime/bytecode/locations.h"
#include "runtime/compile/parse.h"
#include "runtime/modules/traceback.h"
#include "runtime/object/bytes.h"
#include "runtime/object/exception.h"
#include "runtime/object/list.h"
#include "runtime/object/root.h"
#include "runtime/object/str.h"
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- The line ---- */

static char *read_file(const char *name, size_t *n) {
  char error[PATH_MAX + 256];
  return file_read(name, n, error, sizeof error);
}

/* The file, or one of its name in a folder of sys.path: code may have been moved. */
static char *find_file(const char *name, size_t *n) {
  char *bytes = read_file(name, n);
  struct object *path = sys_get_borrowed("path");
  if (bytes || !path || !is_list(path))
    return bytes;
  const char *slash = strrchr(name, '/'), *tail = slash ? slash + 1 : name;
  for (size_t i = 0; !bytes && i < list_length(path); i++) {
    struct object *each = list_get_borrowed(path, i);
    struct object *utf8 = is_any_str(each) ? str_encode_utf8(each) : NULL;
    char full[PATH_MAX];
    if (utf8 && snprintf(full, sizeof full, "%s/%s", (const char *)bytes_data(utf8), tail) <
                    (int)sizeof full)
      bytes = read_file(full, n);
    drop_null(utf8);
  }
  return bytes;
}

struct object *traceback_source_line(struct object *filename, int32_t line) {
  struct object *utf8 = str_encode_utf8(filename);
  size_t n = 0;
  char *bytes = utf8 && str_length(filename) && str_at(filename, 0) != '<'
                    ? find_file((const char *)bytes_data(utf8), &n)
                    : NULL;
  drop_null(utf8);
  if (!bytes)
    return NULL;
  struct object *text = source_line(bytes, n, line);
  free(bytes);
  return text;
}

/* ---- Marks ---- */

static size_t bytes_to_chars(const char *utf8, size_t bytes) {
  size_t n = 0;
  for (size_t i = 0; i < bytes; i++)
    n += ((unsigned char)utf8[i] & 0xc0) != 0x80;
  return n;
}

static bool find_location(const struct code *code, int32_t last_instruction,
                          struct location *where) {
  struct location_reader reader =
      location_read(bytes_data(code->linetable), bytes_length(code->linetable), code->firstlineno);
  uint32_t word = (uint32_t)last_instruction / 2;
  while (location_next(&reader, where))
    if (word >= reader.start && word < reader.stop)
      return true;
  return false;
}

/* Where the operator of an expression stands in its text, in bytes; false: it is no operation. */
static bool find_operator(const char *text, size_t n, size_t *from, size_t *to) {
  const struct parse_options options = {.mode = PARSE_EVAL, .flags = PARSE_UTF8};
  struct tree tree = {0};
  struct syntax_error error = {0};
  if (parse_source(text, n, &options, &tree, &error) < 0) {
    syntax_error_clear(&error);
    error_clear();
    return false;
  }
  bool found = false;
  const struct node *e = tree.root->Expression.body;
  if (e->kind == NODE_BinOp && e->BinOp.left->end_lineno == e->BinOp.right->lineno) {
    size_t stop = (size_t)e->BinOp.right->col_offset;
    for (size_t i = (size_t)e->BinOp.left->end_col_offset; i < stop && !found; i++) {
      if (strchr(" \t\f\\\n", text[i]) || text[i] == ')')
        continue;
      found = true;
      *from = i;
      *to = i + 1;
      if (i + 1 < stop && !strchr(" \t\f(", text[i + 1]))
        ++*to;
    }
  } else if (e->kind == NODE_Subscript) {
    *from = (size_t)e->Subscript.value->end_col_offset;
    *to = (size_t)e->Subscript.slice->end_col_offset + 1;
    found = *to <= n;
    while (found && *from < n && text[*from] != '[')
      ++*from;
  }
  tree_free(&tree);
  return found;
}

/* Columns are in characters of the line, [first, end) failed and [from, to) is its operator. */
static int write_marks(const struct traceback_out *out, size_t indent, size_t first, size_t end,
                       size_t from, size_t to) {
  struct str_builder b = STR_BUILDER_EMPTY;
  str_builder_add_grow(&b, ' ', 4 + first - indent);
  for (size_t i = first; i < end; i++)
    str_builder_add_char(&b, from == to || (i >= from && i < to) ? '^' : '~');
  str_builder_add_char(&b, '\n');
  struct object *marks = str_builder_finish(&b);
  if (!marks || traceback_begin_line(out, traceback_margin(out)) < 0) {
    drop_null(marks);
    return -1;
  }
  return traceback_write_taking(marks, out->file);
}

static int print_marks(const struct traceback_out *out, const struct code *code,
                       struct object *line, int32_t last_instruction, size_t indent) {
  struct location where;
  if (!find_location(code, last_instruction, &where) || where.line < 0 || where.column < 0 ||
      where.end_column < 0 || where.end_line < 0)
    return 0;
  struct object *utf8 = str_encode_utf8(line);
  if (!utf8)
    return -1;
  const char *text = (const char *)bytes_data(utf8);
  size_t n = bytes_length(utf8), stop = n;
  while (stop && strchr(" \t\f\r", text[stop - 1]))
    stop--;
  size_t first = (size_t)where.column;
  size_t end = where.end_line == where.line ? (size_t)where.end_column : stop;
  int done = 0;
  if (first < end && end <= n) {
    size_t from = 0, to = 0;
    bool has_operator =
        where.end_line == where.line && find_operator(text + first, end - first, &from, &to);
    if (has_operator)
      from += first, to += first;
    size_t shown = bytes_to_chars(text, stop) - indent;
    size_t first_char = bytes_to_chars(text, first), end_char = bytes_to_chars(text, end);
    if (first_char >= indent && (has_operator || end_char - first_char != shown))
      done = write_marks(out, indent, first_char, end_char,
                         has_operator ? bytes_to_chars(text, from) : 0,
                         has_operator ? bytes_to_chars(text, to) : 0);
  }
  drop(utf8);
  return done;
}

int traceback_print_source(const struct traceback_out *out, struct object *o, int32_t number,
                           int32_t last_instruction) {
  const struct code *code = (const struct code *)o;
  struct object *line = number > 0 ? traceback_source_line(code->filename, number) : NULL;
  if (!line)
    return error_pending() == ERROR_NONE ? 0 : -1;
  size_t n = str_length(line), indent = 0, stop = n;
  while (indent < n && strchr(" \t\f", (int)str_at(line, indent) & 0x7f) &&
         str_at(line, indent) < 128)
    indent++;
  while (stop > indent && str_at(line, stop - 1) < 128 &&
         strchr(" \t\f", (int)str_at(line, stop - 1)))
    stop--;
  struct object *shown = str_slice(line, indent, stop);
  int done = -1;
  if (shown && traceback_begin_line(out, traceback_margin(out)) == 0)
    done = traceback_write_taking(str_format("    %U\n", shown), out->file);
  if (done == 0 && last_instruction >= 0)
    done = print_marks(out, code, line, last_instruction, indent);
  drop_null(shown);
  drop(line);
  return done;
}
