/* Newlines: universal translation as a state machine over pieces of text, finding the ends of
 * lines, and IncrementalNewlineDecoder, which is that machine behind another decoder. */
#include "runtime/modules/io/io.h"
#include "runtime/object/attribute.h"
#include "runtime/object/bytes.h"
#include "runtime/object/int.h"
#include "runtime/object/str.h"
#include "runtime/object/text_search.h"
#include "runtime/object/tuple.h"
#include <stddef.h>

/* ---- Looking for characters ---- */

static size_t find_char(struct object *text, size_t start, uint32_t c) {
  size_t n = str_length(text);
  struct text_units all = {str_data(text), n, str_kind(text)};
  size_t at = start < n ? text_find_unit(text_part(all, start, n), c) : TEXT_NOT_FOUND;
  return at == TEXT_NOT_FOUND ? SIZE_MAX : start + at;
}

static size_t find_any(struct object *text, size_t start, size_t *consumed) {
  size_t n = str_length(text);
  for (size_t i = start; i < n; i++) {
    uint32_t c = str_at(text, i);
    if (c == '\n')
      return i + 1;
    if (c == '\r')
      return i + 1 < n && str_at(text, i + 1) == '\n' ? i + 2 : i + 1;
  }
  *consumed = n;
  return SIZE_MAX;
}

size_t newline_find(struct object *text, size_t start, const char *newline, size_t *consumed) {
  if (!newline[0])
    return find_any(text, start, consumed);
  size_t at = find_char(text, start, (unsigned char)newline[0]);
  if (LIKELY(!newline[1])) {
    *consumed = str_length(text);
    return at == SIZE_MAX ? SIZE_MAX : at + 1;
  }
  for (; at != SIZE_MAX; at = find_char(text, at + 1, (unsigned char)newline[0])) {
    if (at + 1 == str_length(text)) {
      *consumed = at;
      return SIZE_MAX;
    }
    if (str_at(text, at + 1) == (unsigned char)newline[1])
      return at + 2;
  }
  *consumed = str_length(text);
  return SIZE_MAX;
}

/* ---- Universal newlines ---- */

static bool has_cr(struct object *text) { return find_char(text, 0, '\r') != SIZE_MAX; }

/* One pass that looks, and copies where it translates. */
static struct object *translate(struct newline_state *s, struct object *text) {
  size_t n = str_length(text), to = 0;
  unsigned kind = str_kind(text);
  struct object *copy = s->translate ? str_new_open(n, kind) : NULL;
  if (s->translate && !copy)
    return NULL;
  for (size_t i = 0; i < n; i++) {
    uint32_t c = str_at(text, i);
    if (c == '\n')
      s->seen |= NEWLINE_LF;
    else if (c == '\r') {
      bool both = i + 1 < n && str_at(text, i + 1) == '\n';
      s->seen |= both ? NEWLINE_CRLF : NEWLINE_CR;
      i += both;
      c = '\n';
    }
    if (!copy)
      continue;
    if (kind == 0)
      ((unsigned char *)str_room(copy))[to++] = (unsigned char)c;
    else if (kind == 1)
      ((uint16_t *)str_room(copy))[to++] = (uint16_t)c;
    else
      ((uint32_t *)str_room(copy))[to++] = c;
  }
  if (!copy)
    return hold(text);
  struct object *result = str_from_data(str_data(copy), to, kind);
  drop(copy);
  return result;
}

struct object *newline_decode_taking(struct newline_state *s, struct object *text, bool final) {
  size_t n = str_length(text);
  if (s->pending_cr && (final || n > 0)) { /* it stands in front now */
    struct object *cr = str_from_code_point('\r');
    struct object *joined = cr ? str_concat(cr, text) : NULL;
    drop_null(cr);
    drop(text);
    if (!joined)
      return NULL;
    text = joined;
    s->pending_cr = false;
    n++;
  }
  if (!final && n > 0 && str_at(text, n - 1) == '\r') { /* may become '\r\n' */
    struct object *front = str_slice(text, 0, n - 1);
    drop(text);
    if (!front)
      return NULL;
    text = front;
    s->pending_cr = true;
    n--;
  }
  if (n == 0)
    return text;
  if (LIKELY(!has_cr(text))) {
    if (!(s->seen & NEWLINE_LF) && find_char(text, 0, '\n') != SIZE_MAX)
      s->seen |= NEWLINE_LF;
    return text;
  }
  struct object *result = translate(s, text);
  drop(text);
  return result;
}

struct object *newline_seen(unsigned seen) {
  static const char *const texts[] = {"\r", "\n", "\r\n"};
  struct object *found[3];
  size_t n = 0;
  for (unsigned i = 0; i < 3; i++)
    if (seen >> i & 1) {
      found[n] = str_intern(texts[i]);
      if (!found[n++])
        return NULL;
    }
  return n == 0 ? hold(NONE) : n == 1 ? found[0] : tuple_from(found, n);
}

/* ---- IncrementalNewlineDecoder ---- */

struct decoder {
  struct object head;
  struct newline_state state;
  struct object *decoder, *errors; /* decoder NULL: not initialised; None: the input is text */
};
static struct decoder *decoder_of(struct object *o) { return (struct decoder *)o; }

static struct object *new_slot(struct type *t, struct object *const *args, size_t n,
                               struct object *kwnames) {
  return type_generic_alloc(t);
}
static int init(struct object *o, struct object *const *args, size_t n, struct object *kwnames) {
  static const char *const names[] = {"decoder", "translate", "errors"};
  static const struct args_spec spec = {"IncrementalNewlineDecoder", names, 3, 0, 3, 2};
  struct object *v[3], *errors;
  bool translates;
  if (args_parse(&spec, args, n, kwnames, v) < 0 || argument_int_bool(v[1], &translates) < 0)
    return -1;
  errors = v[2] ? hold(v[2]) : str_intern("strict");
  if (!errors)
    return -1;
  store(o, &decoder_of(o)->decoder, hold(v[0]));
  store(o, &decoder_of(o)->errors, errors);
  decoder_of(o)->state = (struct newline_state){.translate = translates};
  return 0;
}
static int check(struct object *o) {
  if (decoder_of(o)->decoder)
    return 0;
  error_format(ERROR_VALUE, "IncrementalNewlineDecoder.__init__() not called");
  return -1;
}

METHOD(decode, "decode", 0, 2, 1, "input", "final") {
  struct decoder *d = decoder_of(self);
  bool final = false;
  if ((v[1] && argument_int_bool(v[1], &final) < 0) || check(self) < 0)
    return NULL;
  struct object *text;
  if (d->decoder == NONE)
    text = hold(v[0]);
  else {
    struct object *const args[] = {d->decoder, v[0], bool_from(final)};
    text = call_method(IO_NAME(decode), args, 3, NULL);
  }
  if (!text)
    return NULL;
  if (!is_any_str(text)) {
    error_format(ERROR_TYPE, "decoder should return a string result, not '%N'", text);
    drop(text);
    return NULL;
  }
  return newline_decode_taking(&d->state, text, final);
}

/* The state of the decoder behind, its flag doubled to make room for the waiting '\r'. */
static struct object *getstate(struct object *o) {
  struct decoder *d = decoder_of(o);
  if (check(o) < 0)
    return NULL;
  struct object *state = NULL, *buffer = NULL, *flag = NULL, *result = NULL;
  if (d->decoder == NONE) {
    buffer = bytes_from("", 0);
    flag = int_from_i64(0);
  } else if ((state = io_call(d->decoder, IO_NAME_getstate)) != NULL) {
    if (!is_any_tuple(state) || tuple_length(state) != 2 ||
        !is_any_int(tuple_get_borrowed(state, 1)))
      error_format(ERROR_TYPE, "illegal decoder state");
    else {
      buffer = hold(tuple_get_borrowed(state, 0));
      flag = hold(tuple_get_borrowed(state, 1));
    }
  }
  if (buffer && flag) {
    struct object *doubled = int_add(flag, flag), *bit = int_from_i64(d->state.pending_cr);
    struct object *sum = doubled && bit ? int_add(doubled, bit) : NULL;
    result = sum ? tuple_pack(2, buffer, sum) : NULL;
    drop_null(sum);
    drop_null(bit);
    drop_null(doubled);
  }
  drop_null(flag);
  drop_null(buffer);
  drop_null(state);
  return result;
}
static struct object *setstate(struct object *o, struct object *state) {
  struct decoder *d = decoder_of(o);
  if (check(o) < 0)
    return NULL;
  if (!is_any_tuple(state))
    return error_format(ERROR_TYPE, "state argument must be a tuple");
  int64_t flag;
  if (tuple_length(state) != 2 || !is_any_int(tuple_get_borrowed(state, 1)))
    return error_format(ERROR_TYPE, "setstate(): illegal state argument");
  if (argument_long(tuple_get_borrowed(state, 1), &flag) < 0)
    return NULL;
  d->state.pending_cr = flag & 1;
  if (d->decoder == NONE)
    return hold(NONE);
  struct object *half = int_from_i64(flag >> 1);
  struct object *pair = half ? tuple_pack(2, tuple_get_borrowed(state, 0), half) : NULL;
  struct object *result = pair ? io_call_one(d->decoder, IO_NAME_setstate, pair) : NULL;
  drop_null(pair);
  drop_null(half);
  return result;
}
static struct object *reset(struct object *o) {
  struct decoder *d = decoder_of(o);
  if (check(o) < 0)
    return NULL;
  d->state.seen = 0;
  d->state.pending_cr = false;
  return d->decoder == NONE ? hold(NONE) : io_call(d->decoder, IO_NAME_reset);
}
static struct object *get_newlines(struct object *o, void *closure) {
  return check(o) < 0 ? NULL : newline_seen(decoder_of(o)->state.seen);
}

static const struct method_def methods[] = {
    METHOD_KEYWORDS_("decode", decode_call,
                     DOC("decode", "$self, /, input, final=False", "Decode the next piece.")),
    METHOD_NOARGS_("getstate", getstate, DOC("getstate", "$self, /", "The state, a pair.")),
    METHOD_ONE_("setstate", setstate, DOC("setstate", "$self, state, /", "Set the state.")),
    METHOD_NOARGS_("reset", reset, DOC("reset", "$self, /", "Begin anew.")),
    {NULL}};
static const struct getset_def getsets[] = {{"newlines", get_newlines, NULL, NULL, NULL}, {NULL}};
struct type io_newline_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_FIXED,
              .flags = GC_CONTAINER | GC_PLAIN,
              .refs_offset = offsetof(struct decoder, decoder),
              .refs_n = 2,
              .basic_bytes = sizeof(struct decoder)},
    .name = "_io.IncrementalNewlineDecoder",
    .flags = TYPE_BASE,
    .new_ = new_slot,
    .init = init,
    .methods = methods,
    .getsets = getsets,
    .doc = "IncrementalNewlineDecoder(decoder, translate, errors='strict')\n--\n\nDecodes with "
           "another decoder, then sees newlines of any kind, and translates them if asked to.",
    .base = &object_type};
