/* How syntax errors are told: their place and their words; and what the second pass of the parser
 * asks where people go wrong. All as CPython 3.11. */
#include "runtime/compile/parser.h"
#include "runtime/object/str.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ---- Telling ---- */

/* The text of the line that CPython shows: up to the line last read if the error is there, else the
 * line by its number, without its end. */
static struct object *text_of_line(struct parser *p, int32_t lineno) {
  struct lexer *lexer = p->lexer;
  if (lexer->lineno <= lineno && lexer->line_end > lexer->buffer)
    return source_text(lexer->buffer, lexer->line_end);
  const char *line = lexer->source;
  int32_t first = lexer->first_lineno ? lexer->first_lineno : 1;
  for (int32_t i = first; i < lineno; i++) {
    const char *end = strchr(line, '\n');
    if (!end)
      break;
    line = end + 1;
  }
  const char *end = strchr(line, '\n');
  return source_text(line, end ? end : line + strlen(line));
}

/* How many characters the first n bytes of a str are in UTF-8. */
static int32_t characters_in(const struct object *text, int32_t n) {
  int32_t bytes = 0;
  size_t i = 0, length = str_length(text);
  for (; i < length && bytes < n; i++) {
    uint32_t c = str_at(text, i);
    bytes += c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
  }
  return (int32_t)i + (bytes < n ? 1 : 0);
}

static void *tell(struct parser *p, enum syntax_error_kind kind, int32_t lineno, int32_t col,
                  int32_t end_lineno, int32_t end_col, const char *format, va_list arguments) {
  stop(p);
  if (p->error->kind != SYNTAX_ERROR_NONE || error_pending() != ERROR_NONE)
    return NULL;
  char message[1024];
  size_t n = 0;
  if (p->is_fstring) {
    strcpy(message, "f-string: ");
    n = strlen(message);
  }
  vsnprintf(message + n, sizeof message - n, format, arguments);
  struct object *text = text_of_line(p, lineno);
  if (!text)
    return NULL;
  if (p->is_fstring) {
    col -= p->lexer->first_col_offset;
    end_col -= p->lexer->first_col_offset;
  }
  if (p->lexer->knows_encoding) {
    col = characters_in(text, col);
    end_col = end_col > 0 ? characters_in(text, end_col) : end_col;
  }
  syntax_error_set(p->error, kind, lineno, col, end_lineno, end_col, text, "%s", message);
  p->error->shows_line = p->options->mode == PARSE_EXEC && !p->is_fstring;
  return NULL;
}

void *fail_at(struct parser *p, enum syntax_error_kind kind, int32_t lineno, int32_t col_offset,
              int32_t end_lineno, int32_t end_col_offset, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  tell(p, kind, lineno, col_offset == NOWHERE ? NOWHERE : col_offset + 1, end_lineno,
       end_col_offset == NOWHERE ? NOWHERE : end_col_offset + 1, format, arguments);
  va_end(arguments);
  return NULL;
}

void *fail_here(struct parser *p, enum syntax_error_kind kind, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  const struct token *token = &p->tokens[p->tokens_n - 1];
  int32_t col = token->col_offset + 1, end_col = -1;
  if (token->col_offset == -1) /* a token without a text: where the lexer stands */
    col = (int32_t)(p->lexer->cur - p->lexer->line_start);
  if (token->end_col_offset != -1)
    end_col = token->end_col_offset + 1;
  tell(p, kind, token->lineno, col, token->end_lineno, end_col, format, arguments);
  va_end(arguments);
  return NULL;
}

#define TELL_BETWEEN(first, last)                                                                  \
  va_list arguments;                                                                               \
  va_start(arguments, format);                                                                     \
  tell(p, SYNTAX_ERROR, (first)->lineno, (first)->col_offset + 1, (last)->end_lineno,              \
       (last)->end_col_offset + 1, format, arguments);                                             \
  va_end(arguments);                                                                               \
  return NULL
void *fail_token(struct parser *p, const struct token *token, const char *format, ...) {
  TELL_BETWEEN(token, token);
}
void *fail_tokens(struct parser *p, const struct token *first, const struct token *last,
                  const char *format, ...) {
  TELL_BETWEEN(first, last);
}
void *fail_node(struct parser *p, const struct node *n, const char *format, ...) {
  TELL_BETWEEN(n, n);
}
void *fail_nodes(struct parser *p, const struct node *first, const struct node *last,
                 const char *format, ...) {
  TELL_BETWEEN(first, last);
}

static void fail_unclosed(struct parser *p) {
  uint32_t i = p->lexer->level - 1;
  fail_at(p, SYNTAX_ERROR, p->lexer->brackets[i].lineno, p->lexer->brackets[i].col_offset,
          p->lexer->brackets[i].lineno, -1, "'%c' was never closed", p->lexer->brackets[i].c);
}

void fail_lexer(struct parser *p) {
  struct lexer *lexer = p->lexer;
  int32_t col = 0;
  enum syntax_error_kind kind = SYNTAX_ERROR;
  const char *message = "unknown parsing error";
  switch (lexer->state) {
  case LEXER_AT_END:
    if (lexer->level)
      fail_unclosed(p);
    else
      fail_here(p, SYNTAX_ERROR, "unexpected EOF while parsing");
    return;
  case LEXER_BAD_DEDENT:
    fail_here(p, SYNTAX_ERROR_INDENTATION, "unindent does not match any outer indentation level");
    return;
  case LEXER_BAD_TAB:
    kind = SYNTAX_ERROR_TAB;
    message = "inconsistent use of tabs and spaces in indentation";
    break;
  case LEXER_TOO_DEEP:
    kind = SYNTAX_ERROR_INDENTATION;
    message = "too many levels of indentation";
    break;
  case LEXER_BAD_CONTINUATION:
    col = (int32_t)(lexer->cur - lexer->buffer) - 1;
    message = "unexpected character after line continuation character";
    break;
  case LEXER_BAD_UTF8: {
    char reason[128];
    source_bad_utf8(lexer->bad_text, (size_t)(lexer->cur - lexer->bad_text), reason, sizeof reason);
    fail_here(p, SYNTAX_ERROR, "(unicode error) %s", reason);
    return;
  }
  case LEXER_OK:
  case LEXER_FAILED:
    return;
  }
  fail_at(p, kind, lexer->lineno, col >= 0 ? col : 0, lexer->lineno, -1, "%s", message);
}

/* Reads on to the end: an error of the lexer there goes before one of the parser. */
static void read_to_end(struct parser *p) {
  struct lexer *lexer = p->lexer;
  struct syntax_error first = *p->error;
  *p->error = (struct syntax_error){0};
  int32_t line = p->tokens[p->tokens_n - 1].lineno;
  struct token token;
  do
    lexer_next(lexer, &token);
  while (token.kind != TOKEN_ERROR && token.kind != TOKEN_END);
  if (token.kind == TOKEN_ERROR && lexer->state != LEXER_FAILED && lexer->level &&
      line > lexer->brackets[lexer->level - 1].lineno)
    fail_unclosed(p);
  if (p->error->kind == SYNTAX_ERROR_NONE && error_pending() == ERROR_NONE)
    *p->error = first;
  else
    syntax_error_clear(&first);
}

void fail_generic(struct parser *p, size_t furthest) {
  struct lexer *lexer = p->lexer;
  const struct token *token = &p->tokens[furthest];
  if (error_pending() != ERROR_NONE)
    return;
  if ((p->options->flags & PARSE_INCOMPLETE) &&
      (lexer->state == LEXER_AT_END || lexer->is_cut_off)) {
    syntax_error_clear(p->error);
    fail_here(p, SYNTAX_ERROR, "incomplete input");
    return;
  }
  if (p->error->kind != SYNTAX_ERROR_NONE) {
    if (lexer->state == LEXER_OK && p->error->kind != SYNTAX_ERROR_NONE)
      read_to_end(p);
    return;
  }
  if (token->kind == TOKEN_INDENT || token->kind == TOKEN_DEDENT) {
    fail_here(p, SYNTAX_ERROR_INDENTATION,
              token->kind == TOKEN_INDENT ? "unexpected indent" : "unexpected unindent");
    return;
  }
  fail_token(p, token, "invalid syntax");
  read_to_end(p);
}

void *fail_number(struct parser *p) {
  if (error_pending() == ERROR_VALUE) {
    const struct token *token = &p->tokens[p->mark];
    char message[256];
    snprintf(message, sizeof message, "%s", error_message());
    error_clear();
    fail_at(p, SYNTAX_ERROR, token->lineno, -1, token->end_lineno, -1,
            "%s - Consider hexadecimal for huge integer literals to avoid decimal conversion "
            "limits.",
            message);
  }
  return stop(p);
}

void *fail_expected(struct parser *p, const char *what) {
  return p->stopped ? NULL : fail_token(p, token_at(p, p->mark), "expected '%s'", what);
}

/* ---- Memo ---- */

struct memo {
  struct memo_entry {
    size_t start, end;
    struct node *n;
    uint8_t rule;
    bool used;
  } * entries;
  size_t capacity; /* a power of two */
};

bool memo_find(struct parser *p, enum memo_rule rule, struct node **n) {
  if (!p->memo)
    return false;
  size_t mask = p->memo->capacity - 1;
  for (size_t i = (p->mark * MEMO_RULES_N + rule) & mask; p->memo->entries[i].used;
       i = (i + 1) & mask)
    if (p->memo->entries[i].start == p->mark && p->memo->entries[i].rule == rule) {
      p->mark = p->memo->entries[i].end;
      *n = p->memo->entries[i].n;
      return true;
    }
  return false;
}

static bool memo_grow(struct parser *p) {
  struct memo before = p->memo ? *p->memo : (struct memo){0};
  size_t capacity = before.capacity ? before.capacity * 2 : 256;
  struct memo_entry *entries = gc_buffer_new(capacity * sizeof *entries);
  if (!p->memo)
    p->memo = tree_alloc(p->tree, sizeof *p->memo);
  if (!entries || !p->memo) {
    if (entries)
      gc_buffer_free(entries, capacity * sizeof *entries);
    p->memo = NULL;
    if (before.entries)
      gc_buffer_free(before.entries, before.capacity * sizeof *entries);
    error_no_memory();
    return stop(p), false;
  }
  memset(entries, 0, capacity * sizeof *entries);
  *p->memo = (struct memo){.entries = entries, .capacity = capacity};
  for (size_t k = 0; k < before.capacity; k++)
    if (before.entries[k].used) {
      size_t i = (before.entries[k].start * MEMO_RULES_N + before.entries[k].rule) & (capacity - 1);
      while (entries[i].used)
        i = (i + 1) & (capacity - 1);
      entries[i] = before.entries[k];
    }
  if (before.entries)
    gc_buffer_free(before.entries, before.capacity * sizeof *entries);
  return true;
}

void memo_add(struct parser *p, enum memo_rule rule, size_t start, struct node *n) {
  if (p->stopped || ((!p->memo || p->memo_n * 2 >= p->memo->capacity) && !memo_grow(p)))
    return;
  size_t mask = p->memo->capacity - 1, i = (start * MEMO_RULES_N + rule) & mask;
  while (p->memo->entries[i].used)
    i = (i + 1) & mask;
  p->memo->entries[i] = (struct memo_entry){start, p->mark, n, (uint8_t)rule, true};
  p->memo_n++;
}

void memo_free(struct parser *p) {
  if (p->memo && p->memo->entries)
    gc_buffer_free(p->memo->entries, p->memo->capacity * sizeof *p->memo->entries);
}
