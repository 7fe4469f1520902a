/* Text that should be a number, made ready for reading. */
#include "runtime/object/number_text.h"
#include "runtime/object/bytes.h"
#include "runtime/object/character.h"
#include "runtime/object/str.h"
#include <ctype.h>
#include <string.h>

static bool is_space(char c) { return c == ' ' || (c >= 9 && c <= 13); }

static char to_ascii(uint32_t c) {
  if (c < 128)
    return (char)c;
  if (character_is_space(c))
    return ' ';
  return character_is(c, CHARACTER_DECIMAL) ? (char)('0' + character_digit(c)) : '?';
}

static void strip(struct number_text *t) {
  while (t->n && is_space(*t->text))
    t->text++, t->n--;
  while (t->n && is_space(t->text[t->n - 1]))
    t->n--;
  ((char *)(uintptr_t)t->text)[t->n] = 0;
}

static char *room_for(struct number_text *t, size_t n) {
  t->room = NULL;
  t->room_bytes = n + 1;
  if (n < sizeof t->few)
    t->text = t->few;
  else
    t->text = t->room = gc_buffer_new(t->room_bytes);
  t->n = n;
  if (!t->text)
    error_no_memory();
  return (char *)(uintptr_t)t->text;
}

int number_text_open(struct number_text *t, struct object *text) {
  if (is_any_str(text)) {
    size_t n = str_length(text);
    char *out = room_for(t, n);
    if (!out)
      return -1;
    if (str_is_ascii(text))
      memcpy(out, str_data(text), n);
    else
      for (size_t i = 0; i < n; i++)
        out[i] = to_ascii(str_at(text, i));
  } else {
    struct buffer_view view;
    bool plain = is_any_bytes(text), array = !plain && object_has(text, TYPE_IS_BYTEARRAY);
    const void *data = plain ? (const void *)bytes_data(text) : NULL;
    size_t n = plain ? bytes_length(text) : 0;
    if (array) {
      data = bytearray_data(text);
      n = bytearray_length(text);
    } else if (!plain) {
      if (buffer_get(text, &view, BUFFER_SIMPLE) < 0)
        return -1;
      data = view.data;
      n = (size_t)view.bytes;
    }
    char *out = room_for(t, n);
    if (out && n)
      memcpy(out, data, n);
    if (!plain && !array)
      buffer_release(&view);
    if (!out)
      return -1;
  }
  strip(t);
  return 0;
}

void number_text_close(struct number_text *t) {
  if (t->room)
    gc_buffer_free(t->room, t->room_bytes);
  t->room = NULL;
}

bool number_text_drop_underscores(struct number_text *t) {
  char *text = (char *)(uintptr_t)t->text, *out = text;
  for (size_t i = 0; i < t->n; i++) {
    if (text[i] != '_') {
      *out++ = text[i];
      continue;
    }
    bool digits = i && isdigit((unsigned char)text[i - 1]) && i + 1 < t->n &&
                  isdigit((unsigned char)text[i + 1]);
    if (!digits)
      return false;
  }
  t->n = (size_t)(out - text);
  *out = 0;
  return true;
}
