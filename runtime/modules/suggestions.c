/* "Did you mean": for a NameError or AttributeError, the nearest name that does exist.
 *
 * Distance as CPython counts it: an insertion, deletion or substitution costs 2, a change of case 1
 * (Levenshtein); names further away than about a third of their lengths are no suggestion. */
#include "base/check.h"
#include "runtime/bytecode/code.h"
#include "runtime/modules/traceback.h"
#include "runtime/object/attribute.h"
#include "runtime/object/bytes.h"
#include "runtime/object/exception.h"
#include "runtime/object/list.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include "runtime/vm/frame.h"
#include <ctype.h>
#include <string.h>

enum { MOVE = 2, CASE = 1, TEXT_MAX = 40, NAMES_MAX = 750 };

static size_t substitution(unsigned char a, unsigned char b) {
  if (a == b)
    return 0;
  return tolower(a) == tolower(b) ? CASE : MOVE;
}

/* Anything above `limit` is told as limit + 1. */
static size_t distance(const unsigned char *a, size_t a_n, const unsigned char *b, size_t b_n,
                       size_t limit) {
  while (a_n && b_n && *a == *b)
    a++, b++, a_n--, b_n--;
  while (a_n && b_n && a[a_n - 1] == b[b_n - 1])
    a_n--, b_n--;
  if (!a_n || !b_n)
    return (a_n + b_n) * MOVE;
  if (a_n > TEXT_MAX || b_n > TEXT_MAX)
    return limit + 1;
  size_t row[TEXT_MAX + 1];
  for (size_t i = 0; i <= a_n; i++)
    row[i] = i * MOVE;
  for (size_t k = 0; k < b_n; k++) {
    size_t diagonal = row[0], least = row[0] = (k + 1) * MOVE;
    for (size_t i = 0; i < a_n; i++) {
      size_t change = diagonal + substitution(a[i], b[k]);
      size_t move = (row[i] < row[i + 1] ? row[i] : row[i + 1]) + MOVE;
      diagonal = row[i + 1];
      row[i + 1] = change < move ? change : move;
      if (row[i + 1] < least)
        least = row[i + 1];
    }
    if (least > limit)
      return limit + 1;
  }
  return row[a_n];
}

/* The nearest of a list of names, borrowed; NULL without an error: none. */
static struct object *nearest(struct object *names, struct object *wanted) {
  size_t n = list_length(names);
  if (n >= NAMES_MAX)
    return NULL;
  struct object *text = str_encode_utf8(wanted), *best = NULL;
  size_t best_distance = SIZE_MAX;
  for (size_t i = 0; text && i < n; i++) {
    struct object *each = list_get_borrowed(names, i);
    if (!is_str(each) || str_same_text(each, wanted))
      continue;
    struct object *other = str_encode_utf8(each);
    if (!other)
      break;
    size_t limit = (bytes_length(text) + bytes_length(other) + 3) * MOVE / 6;
    if (limit >= best_distance)
      limit = best_distance - 1;
    size_t d = distance(bytes_data(text), bytes_length(text), bytes_data(other),
                        bytes_length(other), limit);
    if (d <= limit && d < best_distance) {
      best_distance = d;
      best = each;
    }
    drop(other);
  }
  drop_null(text);
  return best;
}

static struct object *nearest_taking(struct object *names, struct object *wanted) {
  struct object *best = names ? nearest(names, wanted) : NULL;
  if (best)
    hold(best);
  drop_null(names);
  return best;
}

static struct object *for_attribute(const struct exception_attribute *e) {
  if (!e->object || !e->name || !is_str(e->name))
    return NULL;
  return nearest_taking(object_dir(e->object), e->name);
}

/* Locals, then globals, then builtins of the innermost frame. */
static struct object *for_name(const struct exception_name *e) {
  struct object *traceback = exception_traceback_borrowed((struct object *)e);
  if (!e->name || !is_str(e->name) || !traceback || traceback == NONE)
    return NULL;
  const struct traceback *t = (const struct traceback *)traceback;
  while (t->next && t->next != NONE)
    t = (const struct traceback *)t->next;
  const struct frame_object *frame = (const struct frame_object *)t->frame;
  const struct code *code = (const struct code *)frame->code;
  struct object *found = nearest_taking(iterate_to_list(code->localsplusnames), e->name);
  struct object *const scopes[] = {frame->globals, frame->builtins};
  for (size_t i = 0; !found && i < ARRAY_SIZE(scopes); i++)
    if (scopes[i])
      found = nearest_taking(mapping_keys(scopes[i]), e->name);
  return found;
}

struct object *suggestion_for(struct object *e) {
  if (object_is_instance(e, exception_type(ERROR_ATTRIBUTE)))
    return for_attribute((const struct exception_attribute *)e);
  if (object_is_instance(e, exception_type(ERROR_NAME)))
    return for_name((const struct exception_name *)e);
  return NULL;
}
