/* sub and subn: the string put together anew, with something else for each match. */
#include "runtime/modules/sre/sre.h"
#include "runtime/object/bytes.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/str.h"
#include "runtime/object/str_builder.h"
#include "runtime/object/tuple.h"
#include <string.h>

/* The result being made, of either kind. Items that don't fit it are told of at the end, by their
 * number, as join would. */
struct output {
  bool is_bytes;
  struct str_builder text;
  unsigned char *data; /* item buffer */
  size_t n, capacity;
  size_t items_n;
  size_t wrong_item;         /* its number from 1; 0: none */
  struct object *wrong_type; /* a type; owned */
};

static int add_bytes(struct output *out, const void *data, size_t n) {
  if (out->capacity - out->n < n) {
    size_t capacity = out->capacity ? out->capacity * 2 : 64;
    while (capacity - out->n < n)
      capacity *= 2;
    unsigned char *more = gc_buffer_resize_own(out->data, out->capacity, capacity);
    if (!more) {
      error_no_memory();
      return -1;
    }
    out->data = more;
    out->capacity = capacity;
  }
  if (n)
    memcpy(out->data + out->n, data, n);
  out->n += n;
  return 0;
}

static int add_part(struct output *out, const struct sre_state *s, const void *from,
                    const void *to) {
  out->items_n++;
  size_t n = (size_t)((const char *)to - (const char *)from);
  if (out->is_bytes)
    return add_bytes(out, from, n);
  bool is_ascii = str_is_ascii(s->string);
  return str_builder_add_units(&out->text, from, n >> s->kind, s->kind, is_ascii);
}

static int add_item(struct output *out, struct object *item) {
  out->items_n++;
  if (out->wrong_item)
    return 0;
  if (!out->is_bytes && is_any_str(item))
    return str_builder_add(&out->text, item);
  if (out->is_bytes && is_any_bytes(item))
    return add_bytes(out, bytes_data(item), bytes_length(item));
  if (out->is_bytes && has_buffer(item)) {
    struct buffer_view view;
    if (buffer_get(item, &view, BUFFER_SIMPLE) == 0) {
      int status = add_bytes(out, view.data, (size_t)view.bytes);
      buffer_release(&view);
      return status;
    }
    error_clear();
  }
  out->wrong_item = out->items_n;
  out->wrong_type = hold(&type_of(item)->head);
  return 0;
}

static void discard(struct output *out) {
  str_builder_discard(&out->text);
  gc_buffer_free(out->data, out->capacity);
  drop_null(out->wrong_type);
}
static struct object *finish(struct output *out) {
  if (out->wrong_item) {
    error_format(ERROR_TYPE, "sequence item %zu: expected %s, %T found", out->wrong_item - 1,
                 out->is_bytes ? "a bytes-like object" : "str instance",
                 (struct type *)out->wrong_type);
    discard(out);
    return NULL;
  }
  if (!out->is_bytes)
    return str_builder_finish(&out->text);
  struct object *result = bytes_from(out->data ? out->data : (unsigned char *)"", out->n);
  gc_buffer_free(out->data, out->capacity);
  return result;
}

/* Whether a replacement that can't be called stands for itself: a text without a backslash. */
static bool is_plain(struct object *replacement) {
  struct text_units units = {.kind = 0};
  if (is_any_str(replacement)) {
    units =
        (struct text_units){str_data(replacement), str_length(replacement), str_kind(replacement)};
    return text_find_unit(units, '\\') == TEXT_NOT_FOUND;
  }
  struct buffer_view view;
  if (!has_buffer(replacement) || buffer_get(replacement, &view, BUFFER_SIMPLE) < 0) {
    error_clear();
    return false;
  }
  bool is_free = !view.bytes || !memchr(view.data, '\\', (size_t)view.bytes);
  buffer_release(&view);
  return is_free;
}

struct object *sre_substitute(struct sre_pattern *p, struct object *replacement,
                              struct object *string, int64_t count, bool with_count) {
  struct object *filter = NULL, *result = NULL;
  bool calls = is_callable(replacement);
  if (calls || is_plain(replacement)) {
    filter = hold(replacement);
  } else {
    filter = sre_call_re("_subx", &p->head, replacement, NULL);
    if (!filter)
      return NULL;
    calls = is_callable(filter);
  }
  struct sre_state s;
  if (sre_open(&s, p, string, 0, INT64_MAX) < 0) {
    drop(filter);
    return NULL;
  }
  struct output out = {.is_bytes = s.is_bytes, .text = STR_BUILDER_EMPTY};
  const void *last = s.start;
  int64_t done = 0;
  int status = 1;
  while (count == 0 || done < count) {
    if ((status = sre_search(&s)) <= 0)
      break;
    if (last < s.start && (status = add_part(&out, &s, last, s.start)) < 0)
      break;
    struct object *item = filter;
    if (calls) {
      struct object *match = sre_match_new(p, &s, 1);
      item = match ? call_one(filter, match) : NULL;
      drop_null(match);
    } else {
      hold(item);
    }
    status = !item ? -1 : item == NONE ? 0 : add_item(&out, item);
    drop_null(item);
    if (status < 0)
      break;
    done++;
    last = s.ptr;
    sre_advance(&s);
  }
  drop(filter);
  if (status >= 0 && done == 0) {
    discard(&out);
    result = sre_slice(&s, s.beginning, s.end);
  } else if (status >= 0 && (last >= s.end || add_part(&out, &s, last, s.end) == 0)) {
    result = finish(&out);
  } else {
    discard(&out);
  }
  sre_close(&s);
  if (!result || !with_count)
    return result;
  struct object *number = int_from_i64(done);
  struct object *both = number ? tuple_pack(2, result, number) : NULL;
  drop_null(number);
  drop(result);
  return both;
}
