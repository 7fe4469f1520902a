/* Strings among which are f-strings: literal parts and replacement fields, joined across
 * neighbours.
 *
 * As in CPython 3.11 an f-string is one token; its expressions are found by counting brackets and
 * quotes, and each is parsed by itself as "(expression)", with the place of the brace for its first
 * column. Errors found while cutting point at the token behind the strings. */
#include "runtime/compile/parser.h"
#include "runtime/object/str.h"
#include <string.h>

struct joining {
  struct parser *p;
  size_t first, last;        /* tokens: the place of every node made here */
  const struct token *token; /* the one being read: index, since tokens move */
  size_t token_index;
  struct object *literal; /* text not yet made a node; NULL: none */
  bool is_raw, is_format;
};

static bool add_literal(struct joining *j, struct object *text) {
  if (!text)
    return false;
  if (j->literal) {
    struct object *joined = str_concat(j->literal, text);
    drop(j->literal);
    drop(text);
    j->literal = joined;
    return joined || stop(j->p);
  }
  j->literal = text;
  return true;
}

/* Pushes what literal text has gathered. */
static bool flush(struct joining *j) {
  struct object *literal = j->literal;
  j->literal = NULL;
  if (!literal)
    return true;
  if (str_length(literal) == 0)
    return drop(literal), true;
  return push(j->p, finish_string(j->p, j->first, j->last, literal));
}

static struct node *node_here(struct joining *j, enum node_kind kind) {
  const struct token *first = &j->p->tokens[j->first], *last = &j->p->tokens[j->last];
  struct node *n = tree_node_new(j->p->tree, kind, first->lineno, first->col_offset,
                                 last->end_lineno, last->end_col_offset);
  return n ? n : stop(j->p);
}

/* ---- Expressions ---- */

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\f'; }

/* Where the brace at `brace` stands: in which line after the token's first, and in which column. */
static void locate(const struct token *token, const char *brace, int32_t *lines, int32_t *columns) {
  const char *s = brace + 1;
  *lines = *columns = 0;
  while (*s == ' ' || *s == '\t' || *s == '\f')
    s++;
  if (*s != '}' && *s != '\n') { /* else the expression begins on a line of its own */
    for (s = brace; s > token->start && *s != '\n'; s--) {
    }
    *columns = (int32_t)(brace - s);
    if (*s == '\n')
      (*columns)--;
  }
  for (s = token->start; s < brace; s++)
    *lines += *s == '\n';
}

static struct node *read_expression(struct joining *j, const char *start, const char *end) {
  struct parser *p = j->p;
  const char *s = start;
  while (s < end && is_blank(*s))
    s++;
  if (s == end) {
    if (*end == '!' || *end == ':' || *end == '=')
      return fail_here(p, SYNTAX_ERROR, "f-string: expression required before '%c'", *end);
    return fail_here(p, SYNTAX_ERROR, "f-string: empty expression not allowed");
  }
  const struct token *token = &p->tokens[j->token_index];
  int32_t lines, columns;
  locate(token, start - 1, &lines, &columns);
  size_t n = (size_t)(end - start), bytes = n + 4;
  char *text = gc_buffer_new(bytes);
  if (!text)
    return error_no_memory(), stop(p);
  text[0] = '(';
  memcpy(text + 1, start, n);
  memcpy(text + n + 1, ")\n", 3);
  struct node *value = parse_fstring_part(p, text, token->lineno + lines,
                                          lines ? columns : token->col_offset + columns);
  gc_buffer_free(text, bytes);
  return value;
}

/* Finds the end of the expression at *at: in front of '!', ':', '=' or '}'. False: an error. */
static bool find_end(struct joining *j, const char **at, const char *end) {
  struct parser *p = j->p;
  char brackets[LEXER_BRACKETS_MAX], quote = 0;
  size_t depth = 0;
  bool is_triple = false;
  const char *s = *at;
  for (; s < end; s++) {
    char c = *s;
    bool has_two_more = s + 2 < end && s[1] == c && s[2] == c;
    if (c == '\\')
      return fail_here(p, SYNTAX_ERROR, "f-string expression part cannot include a backslash");
    if (quote) {
      if (c == quote && (!is_triple || has_two_more)) {
        s += is_triple ? 2 : 0;
        quote = 0;
      }
      continue;
    }
    if (c == '\'' || c == '"') {
      is_triple = has_two_more;
      s += is_triple ? 2 : 0;
      quote = c;
    } else if (c == '[' || c == '{' || c == '(') {
      if (depth >= LEXER_BRACKETS_MAX)
        return fail_here(p, SYNTAX_ERROR, "f-string: too many nested parenthesis");
      brackets[depth++] = c;
    } else if (c == '#')
      return fail_here(p, SYNTAX_ERROR, "f-string expression part cannot include '#'");
    else if (depth == 0 && strchr("!:}=<>", c)) {
      if (s + 1 < end && s[1] == '=' && strchr("!=<>", c))
        s++;
      else if (c != '<' && c != '>')
        break;
    } else if (c == ']' || c == '}' || c == ')') {
      if (depth == 0)
        return fail_here(p, SYNTAX_ERROR, "f-string: unmatched '%c'", c);
      char opening = brackets[--depth];
      if (c != (opening == '(' ? ')' : opening == '[' ? ']' : '}'))
        return fail_here(
            p, SYNTAX_ERROR,
            "f-string: closing parenthesis '%c' does not match opening parenthesis '%c'", c,
            opening);
    }
  }
  *at = s;
  if (quote)
    return fail_here(p, SYNTAX_ERROR, "f-string: unterminated string");
  if (depth)
    return fail_here(p, SYNTAX_ERROR, "f-string: unmatched '%c'", brackets[depth - 1]);
  return s < end || fail_here(p, SYNTAX_ERROR, "f-string: expecting '}'");
}

static bool read_parts(struct joining *j, const char **at, const char *end, unsigned level);

/* ':' and a format, which is an f-string of its own kind. */
static struct node *read_format(struct joining *j, const char **at, const char *end,
                                unsigned level) {
  struct joining inner = *j;
  inner.literal = NULL;
  size_t since = j->p->pending_n;
  bool ok = read_parts(&inner, at, end, level);
  inner.first = inner.last = j->token_index; /* what ends it has the place of its own token only */
  if (!ok || !flush(&inner)) {
    drop_null(inner.literal);
    return NULL;
  }
  struct node *n = node_here(&inner, NODE_JoinedStr);
  return n && take(j->p, since, &n->JoinedStr.values) ? n : NULL;
}

/* '{' expression ['='] ['!' conversion] [':' format] '}', at the brace */
static bool read_field(struct joining *j, const char **at, const char *end, unsigned level) {
  struct parser *p = j->p;
  if (level >= 2)
    return fail_here(p, SYNTAX_ERROR, "f-string: expressions nested too deeply");
  const char *start = ++*at, *s = start;
  if (!find_end(j, &s, end))
    return false;
  struct node *value = read_expression(j, start, s), *format = NULL;
  if (!value)
    return false;
  bool shows_text = *s == '=';
  if (shows_text) {
    if (!is_allowed(p, 8, "f-string: self documenting expressions are"))
      return false;
    s++;
    while (is_blank(*s) || *s == '\r' || *s == '\v')
      s++;
    if (s < end && !add_literal(j, source_text(start, s)))
      return stop(p);
  }
  int conversion = -1;
  if (s < end && *s == '!') {
    s++;
    if (s >= end)
      return fail_here(p, SYNTAX_ERROR, "f-string: expecting '}'");
    conversion = (unsigned char)*s++;
    if (conversion != 's' && conversion != 'r' && conversion != 'a')
      return fail_here(p, SYNTAX_ERROR,
                       "f-string: invalid conversion character: expected 's', 'r', or 'a'");
  }
  if (s < end && *s == ':') {
    s++;
    if (s >= end)
      return fail_here(p, SYNTAX_ERROR, "f-string: expecting '}'");
    if (!flush(j) || !(format = read_format(j, &s, end, level + 1)))
      return false;
  }
  if (s >= end || *s != '}')
    return fail_here(p, SYNTAX_ERROR, "f-string: expecting '}'");
  *at = s + 1;
  struct node *n = node_here(j, NODE_FormattedValue);
  if (!n || !flush(j))
    return false;
  n->FormattedValue.value = value;
  n->FormattedValue.conversion = shows_text && !format && conversion < 0 ? 'r' : conversion;
  n->FormattedValue.format_spec = format;
  return push(p, n);
}

/* ---- Literals ---- */

/* Text up to a field or the end. *more: a doubled brace ended it, so that text goes on. */
static bool read_literal(struct joining *j, const char **at, const char *end, unsigned level,
                         bool *more) {
  struct parser *p = j->p;
  const char *start = *at, *s = start, *next;
  *more = false;
  for (;;) {
    if (s >= end) {
      next = s;
      break;
    }
    char c = *s++;
    if (!j->is_raw && c == '\\' && s < end) {
      c = *s++;
      if (c == 'N') { /* its brace begins no field */
        if (s < end && *s++ == '{')
          while (s < end && *s++ != '}') {
          }
        continue;
      }
      if (c == '{' && warn_escape(p, &p->tokens[j->token_index], s - 1) < 0)
        return false;
    }
    if (c != '{' && c != '}')
      continue;
    if (level == 0 && s < end && *s == c) {
      next = s + 1;
      *more = true;
      break;
    }
    if (level == 0 && c == '}')
      return fail_here(p, SYNTAX_ERROR, "f-string: single '}' is not allowed");
    next = --s;
    break;
  }
  *at = next;
  return s == start || add_literal(j, string_decode(p, &p->tokens[j->token_index], start,
                                                    (size_t)(s - start), j->is_raw, false));
}

static bool read_parts(struct joining *j, const char **at, const char *end, unsigned level) {
  for (;;) {
    bool more;
    if (!read_literal(j, at, end, level, &more))
      return false;
    if (more)
      continue;
    if (*at >= end || **at == '}')
      break;
    if (!read_field(j, at, end, level))
      return false;
  }
  if (level && (*at >= end || **at != '}'))
    return fail_here(j->p, SYNTAX_ERROR, "f-string: expecting '}'");
  return true;
}

static bool read_token(struct joining *j, size_t i, bool *is_bytes) {
  struct parser *p = j->p;
  const char *body, *end;
  bool first_is_bytes = *is_bytes, is_format;
  j->token_index = i;
  string_parts(&p->tokens[i], &body, &end, &j->is_raw, is_bytes, &is_format);
  if (is_format) {
    j->is_format = true;
    if (!is_allowed(p, 6, "Format strings are"))
      return false;
    if (i > j->first && first_is_bytes)
      return fail_here(p, SYNTAX_ERROR, "cannot mix bytes and nonbytes literals");
    return read_parts(j, &body, end, 0);
  }
  if (*is_bytes)
    for (const char *s = body; s < end; s++)
      if ((unsigned char)*s >= 0x80)
        return fail_here(p, SYNTAX_ERROR, "bytes can only contain ASCII literal characters");
  struct object *text =
      string_decode(p, &p->tokens[i], body, (size_t)(end - body), j->is_raw, *is_bytes);
  if (!text)
    return false;
  if (i > j->first && *is_bytes != first_is_bytes) {
    drop(text);
    return fail_here(p, SYNTAX_ERROR, "cannot mix bytes and nonbytes literals");
  }
  if (!*is_bytes)
    return add_literal(j, text);
  drop(text); /* more bytes, or a str that makes it an error, are to come */
  return true;
}

/* STRING+, at least one an f-string (or str and bytes are mixed, which is told) */
struct node *fstring_parse(struct parser *p, size_t first, size_t last) {
  struct joining j = {.p = p, .first = first, .last = last};
  size_t since = p->pending_n;
  bool is_bytes = false;
  for (size_t i = first; i <= last; i++)
    if (!read_token(&j, i, &is_bytes)) {
      drop_null(j.literal);
      return stop(p);
    }
  if (!flush(&j))
    return NULL;
  struct node *n = node_here(&j, NODE_JoinedStr);
  return n && take(p, since, &n->JoinedStr.values) ? n : NULL;
}
