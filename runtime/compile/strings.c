/* String literals: escapes, and the joining of neighbours. */
#include "runtime/compile/parser.h"
#include "runtime/object/bytes.h"
#include "runtime/object/str.h"
#include <stdio.h>
#include <string.h>

/* ---- The token ---- */

bool string_parts(const struct token *token, const char **body, const char **end, bool *is_raw,
                  bool *is_bytes, bool *is_format) {
  const char *s = token->start;
  *is_raw = *is_bytes = *is_format = false;
  for (; *s != '"' && *s != '\''; s++) {
    char c = *s | 0x20;
    *is_raw |= c == 'r';
    *is_bytes |= c == 'b';
    *is_format |= c == 'f';
  }
  size_t quotes = token->end - s >= 6 && s[1] == s[0] && s[2] == s[0] ? 3 : 1;
  *body = s + quotes;
  *end = token->end - quotes;
  return quotes == 3;
}

/* ---- Escapes ---- */

int warn_escape(struct parser *p, const struct token *token, const char *escape) {
  const struct parse_options *options = p->options;
  if (!options->warn || p->explaining) /* the second pass would tell it again */
    return 0;
  char message[64];
  unsigned n = 1;
  bool is_octal = *escape >= '4' && *escape <= '7'; /* above 0377 */
  while (is_octal ? n < 3 : ((unsigned char)escape[n] & 0xc0) == 0x80)
    n++;
  snprintf(message, sizeof message, "invalid %sescape sequence '\\%.*s'", is_octal ? "octal " : "",
           (int)n, escape);
  int answer =
      options->warn(options->warn_context, PARSE_DEPRECATION_WARNING, message, token->lineno);
  if (answer > 0)
    fail_token(p, token, "%s", message);
  else if (answer < 0)
    stop(p);
  return answer ? -1 : 0;
}

static int hex_value(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  c |= 0x20;
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* What is being made: code points, or bytes. */
struct unescaped {
  uint32_t *points;
  unsigned char *bytes;
  size_t n;
};
static inline void put(struct unescaped *out, uint32_t c) {
  if (out->bytes)
    out->bytes[out->n++] = (unsigned char)c;
  else
    out->points[out->n++] = c;
}

/* "(unicode error) ..." about an escape from `from` to `to`, as the codec counts: in bytes of a
 * text where what is not ASCII had been written \UXXXXXXXX. */
static bool fail_unicode(struct parser *p, const char *text, const char *from, const char *to,
                         const char *reason) {
  size_t start = 0, length = 0;
  for (const char *s = text; s < to; s++) {
    unsigned char c = (unsigned char)*s;
    size_t n = c < 0x80 ? 1 : (c & 0xc0) == 0x80 ? 0 : 10;
    *(s < from ? &start : &length) += n;
  }
  if (length <= 1)
    fail_here(p, SYNTAX_ERROR,
              "(unicode error) 'unicodeescape' codec can't decode byte 0x5c in position %zu: %s",
              start, reason);
  else
    fail_here(p, SYNTAX_ERROR,
              "(unicode error) 'unicodeescape' codec can't decode bytes in position %zu-%zu: %s",
              start, start + length - 1, reason);
  return false;
}

/* \xhh \uhhhh \Uhhhhhhhh: s is at the letter; moved behind it. */
static bool hex_escape(struct parser *p, struct unescaped *out, const char *text, const char **s,
                       const char *end) {
  const char *from = *s - 1, *at = *s + 1;
  unsigned digits = **s == 'x' ? 2 : **s == 'u' ? 4 : 8, n = 0;
  uint32_t value = 0;
  for (; n < digits && at < end && hex_value(*at) >= 0; n++)
    value = value << 4 | (uint32_t)hex_value(*at++);
  *s = at;
  if (n == digits && value <= 0x10ffff)
    return put(out, value), true;
  if (out->bytes)
    return fail_here(p, SYNTAX_ERROR, "(value error) invalid \\x escape at position %zu",
                     (size_t)(from - text)),
           false;
  return fail_unicode(p, text, from, at,
                      n == digits   ? "illegal Unicode character"
                      : digits == 2 ? "truncated \\xXX escape"
                      : digits == 4 ? "truncated \\uXXXX escape"
                                    : "truncated \\UXXXXXXXX escape");
}

/* \N{NAME}: s is at the N. */
static bool name_escape(struct parser *p, struct unescaped *out, const char *text, const char **s,
                        const char *end) {
  const char *from = *s - 1, *at = *s + 1;
  if (at < end && *at == '{') {
    const char *close = memchr(at, '}', (size_t)(end - at));
    if (close && close > at + 1) {
      int32_t c = p->options->name_to_code_point
                      ? p->options->name_to_code_point(at + 1, (size_t)(close - at - 1))
                      : -1;
      *s = close + 1;
      if (c >= 0)
        return put(out, (uint32_t)c), true;
      return fail_unicode(p, text, from, close + 1, "unknown Unicode character name");
    }
    at = close ? close : end;
  }
  return fail_unicode(p, text, from, at, "malformed \\N character escape");
}

/* One escape; s is behind the backslash. *invalid: the first that means nothing. */
static bool escape(struct parser *p, struct unescaped *out, const char *text, const char **s,
                   const char *end, const char **invalid) {
  char c = *(*s)++;
  static const char simple[] = "\\'\"abfnrtv", meaning[] = "\\'\"\a\b\f\n\r\t\v";
  const char *found = strchr(simple, c);
  if (found && c)
    return put(out, (unsigned char)meaning[found - simple]), true;
  if (c == '\n')
    return true;
  if (c >= '0' && c <= '7') {
    uint32_t value = (uint32_t)(c - '0');
    const char *first = *s - 1;
    for (int i = 0; i < 2 && *s < end && **s >= '0' && **s <= '7'; i++)
      value = value << 3 | (uint32_t)(*(*s)++ - '0');
    if (value > 0xff && !*invalid)
      *invalid = first;
    return put(out, value), true;
  }
  if (c == 'x' || (!out->bytes && (c == 'u' || c == 'U'))) {
    (*s)--;
    return hex_escape(p, out, text, s, end);
  }
  if (!out->bytes && c == 'N') {
    (*s)--;
    return name_escape(p, out, text, s, end);
  }
  if (!*invalid)
    *invalid = *s - 1;
  put(out, '\\');
  (*s)--; /* read again as what it is */
  return true;
}

static void copy_plain(struct unescaped *out, const char **s) {
  unsigned char c = (unsigned char)*(*s)++;
  unsigned more = out->bytes || c < 0xc0 ? 0 : c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
  uint32_t value = more ? c & (0x3fu >> more) : c;
  for (; more; more--)
    value = value << 6 | ((unsigned char)*(*s)++ & 0x3f);
  put(out, value);
}

struct object *string_decode(struct parser *p, const struct token *token, const char *text,
                             size_t n, bool is_raw, bool is_bytes) {
  struct object *result;
  char message[128];
  if (!is_bytes && source_bad_utf8(text, n, message, sizeof message))
    return fail_here(p, SYNTAX_ERROR, "(unicode error) %s", message);
  if (is_raw || !memchr(text, '\\', n)) {
    result = is_bytes ? bytes_from(text, n) : str_from_utf8(text, n);
    return result ? result : stop(p);
  }
  size_t room_bytes = is_bytes ? n : n * sizeof(uint32_t);
  void *room = gc_buffer_new(room_bytes);
  if (!room)
    return error_no_memory(), stop(p);
  struct unescaped out = {.points = room, .bytes = is_bytes ? room : NULL};
  const char *end = text + n, *invalid = NULL;
  bool ok = true;
  for (const char *s = text; ok && s < end;)
    if (*s == '\\')
      s++, ok = escape(p, &out, text, &s, end, &invalid);
    else
      copy_plain(&out, &s);
  result = NULL;
  if (ok && (!invalid || warn_escape(p, token, invalid) == 0)) {
    result = is_bytes ? bytes_from(room, out.n) : str_from_data(room, out.n, 2);
    if (!result)
      stop(p);
  }
  gc_buffer_free(room, room_bytes);
  return result;
}

/* ---- Neighbours ---- */

static struct object *join(struct parser *p, struct object *a, struct object *b, bool is_bytes) {
  if (!a)
    return b;
  struct object *joined = NULL;
  if (!is_bytes)
    joined = str_concat(a, b);
  else if ((joined = bytes_from(NULL, bytes_length(a) + bytes_length(b)))) {
    unsigned char *data = ((struct bytes *)joined)->data;
    memcpy(data, bytes_data(a), bytes_length(a));
    memcpy(data + bytes_length(a), bytes_data(b), bytes_length(b));
  }
  drop(a);
  drop(b);
  return joined ? joined : stop(p);
}

static struct object *decode_token(struct parser *p, const struct token *token) {
  const char *body, *end;
  bool is_raw, is_bytes, is_format;
  string_parts(token, &body, &end, &is_raw, &is_bytes, &is_format);
  if (is_bytes)
    for (const char *s = body; s < end; s++)
      if ((unsigned char)*s >= 0x80)
        return fail_here(p, SYNTAX_ERROR, "bytes can only contain ASCII literal characters");
  return string_decode(p, token, body, (size_t)(end - body), is_raw, is_bytes);
}

/* strings: STRING+ */
struct node *strings(struct parser *p) {
  size_t first = p->mark;
  bool any_format = false, first_is_bytes = false, is_mixed = false;
  struct node *n = NULL;
  if (p->explaining && memo_find(p, MEMO_STRINGS, &n))
    return n;
  while (peek(p) == TOKEN_STRING) {
    const char *body, *end;
    bool is_raw, is_bytes, is_format;
    string_parts(&p->tokens[p->mark], &body, &end, &is_raw, &is_bytes, &is_format);
    if (p->mark == first)
      first_is_bytes = is_bytes;
    is_mixed |= is_bytes != first_is_bytes;
    any_format |= is_format;
    p->mark++;
  }
  if (p->stopped)
    return NULL;
  size_t last = p->mark - 1;
  if (any_format || is_mixed)
    n = fstring_parse(p, first, last);
  else {
    struct object *value = NULL;
    for (size_t i = first; i <= last; i++) {
      struct object *part = decode_token(p, &p->tokens[i]);
      if (!part) {
        drop_null(value);
        return NULL;
      }
      value = join(p, value, part, first_is_bytes);
      if (!value)
        return NULL;
    }
    n = finish_string(p, first, last, value);
  }
  if (p->explaining)
    memo_add(p, MEMO_STRINGS, first, n);
  return n;
}

/* A Constant over the tokens first to last; takes the value. */
struct node *finish_string(struct parser *p, size_t first, size_t last, struct object *value) {
  value = tree_keep_taking(p->tree, value);
  struct node *n = value ? tree_node_new(p->tree, NODE_Constant, p->tokens[first].lineno,
                                         p->tokens[first].col_offset, p->tokens[last].end_lineno,
                                         p->tokens[last].end_col_offset)
                         : NULL;
  if (!n)
    return stop(p);
  n->Constant.value = value;
  if (p->tokens[first].start[0] == 'u')
    n->Constant.kind = str_from_code_point('u'); /* one of those that never die */
  return n;
}
