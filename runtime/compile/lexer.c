/* Tokens. See lexer.h. Rules and messages are those of CPython 3.11's tokenizer. */
#include "runtime/compile/lexer.h"
#include "runtime/object/unicode.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <utf8proc.h>

/* ---- Classes of bytes ---- */

enum { START = 1, INSIDE = 2, DIGIT = 4, HEX = 8, BLANK = 16 };
#define LETTER (START | INSIDE)
static const uint8_t classes[256] = {['a' ... 'f'] = LETTER | HEX,
                                     ['g' ... 'z'] = LETTER,
                                     ['A' ... 'F'] = LETTER | HEX,
                                     ['G' ... 'Z'] = LETTER,
                                     ['_'] = LETTER,
                                     [128 ... 255] = LETTER,
                                     ['0' ... '9'] = INSIDE | DIGIT | HEX,
                                     [' '] = BLANK,
                                     ['\t'] = BLANK,
                                     ['\f'] = BLANK};
static inline bool is(char c, unsigned wanted) { return classes[(unsigned char)c] & wanted; }

void lexer_open(struct lexer *lexer, const char *source, const struct parse_options *options,
                struct syntax_error *error) {
  memset(lexer, 0, sizeof *lexer);
  lexer->source = lexer->cur = lexer->line_start = lexer->buffer = lexer->line_end = source;
  lexer->at_line_start = true;
  lexer->options = options;
  lexer->error = error;
}

/* ---- Errors ---- */

static const char *end_of_line(const char *p) {
  const char *end = strchr(p, '\n');
  return end ? end : p + strlen(p);
}

int lexer_fail(struct lexer *lexer, int32_t col, int32_t end_col, const char *format, ...) {
  char message[512];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(message, sizeof message, format, arguments);
  va_end(arguments);
  lexer->state = LEXER_FAILED;
  struct object *text = source_text(lexer->line_start, end_of_line(lexer->line_start));
  if (!text)
    return -1;
  if (col == 0)
    col = source_characters(lexer->line_start, (size_t)(lexer->cur - lexer->line_start));
  return syntax_error_set(lexer->error, SYNTAX_ERROR, lexer->lineno, col, lexer->lineno,
                          end_col ? end_col : col, text, "%s", message);
}

int lexer_warn(struct lexer *lexer, enum parse_warning warning, const char *message) {
  const struct parse_options *options = lexer->options;
  int answer =
      options->warn ? options->warn(options->warn_context, warning, message, lexer->lineno) : 0;
  if (answer == 0)
    return 0;
  if (answer > 0)
    return lexer_fail(lexer, 0, 0, "%s", message);
  lexer->state = LEXER_FAILED;
  return -1;
}

/* ---- Lines ---- */

/* Makes the line that begins at cur the current one; false at the end of the source. */
static bool begin_line(struct lexer *lexer) {
  if (*lexer->cur == 0) {
    lexer->state = LEXER_AT_END;
    return false;
  }
  if (!lexer->token_start)
    lexer->buffer = lexer->cur;
  lexer->line_start = lexer->cur;
  const char *end = end_of_line(lexer->cur);
  lexer->line_end = *end ? end + 1 : end;
  lexer->lineno++;
  return true;
}

/* Whether there is an unread character, on this line or the next, which is then begun. */
static inline bool has_more(struct lexer *lexer) {
  return LIKELY(lexer->cur < lexer->line_end) || begin_line(lexer);
}

/* Behind a backslash: the rest must be the end of the line, and another line must follow. */
static bool continue_line(struct lexer *lexer) {
  if (*lexer->cur != '\n') {
    lexer->state = LEXER_BAD_CONTINUATION;
    if (*lexer->cur)
      lexer->cur++;
    return false;
  }
  lexer->cur++;
  return has_more(lexer);
}

/* Compares the indentation of a line with those around it. */
static bool indent_to(struct lexer *lexer, int32_t col, int32_t alternate) {
  int32_t *columns = lexer->columns, *alternates = lexer->alternate_columns;
  if (col > columns[lexer->indent]) {
    if (lexer->indent + 1 >= LEXER_INDENTS_MAX)
      lexer->state = LEXER_TOO_DEEP;
    else if (alternate <= alternates[lexer->indent])
      lexer->state = LEXER_BAD_TAB;
    else {
      lexer->pending++;
      lexer->indent++;
      columns[lexer->indent] = col;
      alternates[lexer->indent] = alternate;
      return true;
    }
  } else {
    while (lexer->indent > 0 && col < columns[lexer->indent]) {
      lexer->pending--;
      lexer->indent--;
    }
    if (col != columns[lexer->indent])
      lexer->state = LEXER_BAD_DEDENT;
    else if (alternate != alternates[lexer->indent])
      lexer->state = LEXER_BAD_TAB;
    else
      return true;
  }
  lexer->cur = lexer->line_end;
  return false;
}

/* Reads the blanks a line begins with. *is_blank: it has nothing else. False: an error. */
static bool read_indentation(struct lexer *lexer, bool *is_blank) {
  int32_t col = 0, alternate = 0, continued = 0;
  lexer->at_line_start = false;
  for (; has_more(lexer); lexer->cur++) {
    char c = *lexer->cur;
    if (c == ' ')
      col++, alternate++;
    else if (c == '\t') {
      col = (col / 8 + 1) * 8;
      alternate++;
    } else if (c == '\f')
      col = alternate = 0;
    else if (c == '\\') { /* the first line of several tells the indentation */
      continued = continued ? continued : col;
      lexer->cur++;
      if (!continue_line(lexer))
        return false;
      lexer->cur--;
    } else
      break;
  }
  char c = *lexer->cur;
  *is_blank = c == '#' || c == '\n';
  if (*is_blank || lexer->level)
    return true;
  return indent_to(lexer, continued ? continued : col, continued ? continued : alternate);
}

/* ---- Names ---- */

#define WORDS_AT(n) static const struct word words_##n[] =
struct word {
  const char *text;
  enum token_kind kind;
};
WORDS_AT(2){{"as", TOKEN_AS}, {"if", TOKEN_IF}, {"in", TOKEN_IN},
            {"is", TOKEN_IS}, {"or", TOKEN_OR}, {0}};
WORDS_AT(3){{"and", TOKEN_AND},
            {"def", TOKEN_DEF},
            {"del", TOKEN_DEL},
            {"for", TOKEN_FOR},
            {"not", TOKEN_NOT},
            {"try", TOKEN_TRY},
            {0}};
WORDS_AT(4){{"None", TOKEN_NONE}, {"True", TOKEN_TRUE}, {"elif", TOKEN_ELIF}, {"else", TOKEN_ELSE},
            {"from", TOKEN_FROM}, {"pass", TOKEN_PASS}, {"with", TOKEN_WITH}, {0}};
WORDS_AT(5){{"False", TOKEN_FALSE}, {"async", TOKEN_ASYNC}, {"await", TOKEN_AWAIT},
            {"break", TOKEN_BREAK}, {"class", TOKEN_CLASS}, {"raise", TOKEN_RAISE},
            {"while", TOKEN_WHILE}, {"yield", TOKEN_YIELD}, {0}};
WORDS_AT(6){{"assert", TOKEN_ASSERT},
            {"except", TOKEN_EXCEPT},
            {"global", TOKEN_GLOBAL},
            {"import", TOKEN_IMPORT},
            {"lambda", TOKEN_LAMBDA},
            {"return", TOKEN_RETURN},
            {0}};
WORDS_AT(7){{"finally", TOKEN_FINALLY}, {0}};
WORDS_AT(8){{"continue", TOKEN_CONTINUE}, {"nonlocal", TOKEN_NONLOCAL}, {0}};
static const struct word *const words[] = {NULL,    NULL,    words_2, words_3, words_4,
                                           words_5, words_6, words_7, words_8};

static enum token_kind keyword_or_name(const char *start, size_t n) {
  if (n < ARRAY_SIZE(words) && words[n])
    for (const struct word *w = words[n]; w->text; w++)
      if (w->text[0] == start[0] && !memcmp(w->text, start, n))
        return w->kind;
  return TOKEN_NAME;
}

/* A name with characters beyond ASCII: each must be allowed in its place. */
static bool verify_name(struct lexer *lexer, const char *start) {
  const unsigned char *p = (const unsigned char *)start, *end = (const unsigned char *)lexer->cur;
  while (p < end) {
    utf8proc_int32_t c;
    utf8proc_ssize_t n = utf8proc_iterate(p, end - p, &c);
    if (n <= 0) {
      lexer->state = LEXER_BAD_UTF8;
      lexer->bad_text = start;
      return false;
    }
    if (c >= 128 && !(p == (const unsigned char *)start ? unicode_starts_name((uint32_t)c)
                                                        : unicode_continues_name((uint32_t)c))) {
      lexer->cur = (const char *)p + n;
      if (unicode_is_printable((uint32_t)c))
        lexer_fail(lexer, 0, 0, "invalid character '%.*s' (U+%04X)", (int)n, p, (unsigned)c);
      else
        lexer_fail(lexer, 0, 0, "invalid non-printable character U+%04X", (unsigned)c);
      return false;
    }
    p += n;
  }
  return true;
}

/* ---- Numbers ---- */

/* Digits, single underscores between them allowed; cur is behind the first digit. */
static bool decimal_tail(struct lexer *lexer) {
  for (;;) {
    while (is(*lexer->cur, DIGIT))
      lexer->cur++;
    if (*lexer->cur != '_')
      return true;
    lexer->cur++;
    if (!is(*lexer->cur, DIGIT)) {
      lexer_fail(lexer, 0, 0, "invalid decimal literal");
      return false;
    }
  }
}

static bool is_keyword_ahead(const char *p) {
  static const char *const allowed[] = {"and", "else", "for", "or", "not"};
  for (size_t i = 0; i < ARRAY_SIZE(allowed); i++) {
    size_t n = strlen(allowed[i]);
    if (!strncmp(p, allowed[i], n))
      return !is(p[n], INSIDE);
  }
  return p[0] == 'i' && (p[1] == 'f' || p[1] == 'n' || p[1] == 's');
}

/* What may stand behind a number: no letter, but a keyword is still borne with. */
static bool verify_end(struct lexer *lexer, const char *kind) {
  if (!is(*lexer->cur, INSIDE))
    return true;
  if (!is_keyword_ahead(lexer->cur)) {
    lexer_fail(lexer, 0, 0, "invalid %s literal", kind);
    return false;
  }
  char message[64];
  snprintf(message, sizeof message, "invalid %s literal", kind);
  return lexer_warn(lexer, PARSE_SYNTAX_WARNING, message) == 0;
}

/* 0x, 0o, 0b; cur is behind that. */
static bool based_number(struct lexer *lexer, const char *kind, unsigned base) {
  do {
    if (*lexer->cur == '_')
      lexer->cur++;
    bool any = false;
    while (base == 16 ? is(*lexer->cur, HEX)
                      : *lexer->cur >= '0' && *lexer->cur < (char)('0' + base))
      lexer->cur++, any = true;
    char c = *lexer->cur;
    if (base < 10 && is(c, DIGIT)) {
      lexer->cur++;
      lexer_fail(lexer, 0, 0, "invalid digit '%c' in %s literal", c, kind);
      return false;
    }
    if (!any) {
      lexer_fail(lexer, 0, 0, "invalid %s literal", kind);
      return false;
    }
  } while (*lexer->cur == '_');
  return verify_end(lexer, kind);
}

/* fraction?, exponent?, imaginary unit?; cur is behind the digits in front of them. */
static bool number_tail(struct lexer *lexer) {
  if (*lexer->cur == '.') {
    lexer->cur++;
    if (is(*lexer->cur, DIGIT) && !decimal_tail(lexer))
      return false;
  }
  if (*lexer->cur == 'e' || *lexer->cur == 'E') {
    const char *e = lexer->cur++;
    if (*lexer->cur == '+' || *lexer->cur == '-') {
      lexer->cur++;
      if (!is(*lexer->cur, DIGIT)) {
        lexer_fail(lexer, 0, 0, "invalid decimal literal");
        return false;
      }
    } else if (!is(*lexer->cur, DIGIT)) { /* no exponent: perhaps `1else` */
      lexer->cur = e;
      return verify_end(lexer, "decimal");
    }
    if (!decimal_tail(lexer))
      return false;
  }
  if (*lexer->cur == 'j' || *lexer->cur == 'J') {
    lexer->cur++;
    return verify_end(lexer, "imaginary");
  }
  return verify_end(lexer, "decimal");
}

/* A number that begins with 0 and no base. */
static bool zero_number(struct lexer *lexer) {
  const char *start = lexer->token_start;
  for (;;) {
    if (*lexer->cur == '_') {
      lexer->cur++;
      if (!is(*lexer->cur, DIGIT)) {
        lexer_fail(lexer, 0, 0, "invalid decimal literal");
        return false;
      }
    }
    if (*lexer->cur != '0')
      break;
    lexer->cur++;
  }
  const char *zeros_end = lexer->cur + 1;
  bool has_digits = is(*lexer->cur, DIGIT);
  if (has_digits && !decimal_tail(lexer))
    return false;
  char c = *lexer->cur;
  if (has_digits && c != '.' && c != 'e' && c != 'E' && c != 'j' && c != 'J') {
    lexer_fail(lexer, (int32_t)(start + 1 - lexer->line_start),
               (int32_t)(zeros_end - lexer->line_start),
               "leading zeros in decimal integer literals are not permitted; use an 0o prefix for "
               "octal integers");
    return false;
  }
  return number_tail(lexer);
}

/* cur is behind its first character. */
static bool number(struct lexer *lexer) {
  if (lexer->cur[-1] == '.') {
    lexer->cur--;
    return number_tail(lexer);
  }
  if (lexer->cur[-1] != '0')
    return decimal_tail(lexer) && number_tail(lexer);
  switch (*lexer->cur) {
  case 'x':
  case 'X':
    lexer->cur++;
    return based_number(lexer, "hexadecimal", 16);
  case 'o':
  case 'O':
    lexer->cur++;
    return based_number(lexer, "octal", 8);
  case 'b':
  case 'B':
    lexer->cur++;
    return based_number(lexer, "binary", 2);
  default:
    return zero_number(lexer);
  }
}

/* ---- Strings ---- */

/* How many letters of a string prefix stand at p: what is behind them is a quote. -1: none do. */
static int prefix_length(const char *p) {
  bool b = false, r = false, u = false, f = false;
  for (int n = 0;; n++) {
    char c = p[n] | 0x20;
    if (p[n] == '"' || p[n] == '\'')
      return n;
    if (c == 'b' && !(b || u || f))
      b = true;
    else if (c == 'u' && !(b || u || r || f))
      u = true;
    else if (c == 'r' && !(r || u))
      r = true;
    else if (c == 'f' && !(f || b || u))
      f = true;
    else
      return -1;
  }
}

/* cur is at the opening quote. The string's first line and where that begins are needed for its
 * place and for the error. */
static bool string(struct lexer *lexer, int32_t *first_lineno, const char **first_line) {
  const char *p = lexer->cur;
  char quote = *p;
  unsigned size = 1;
  *first_lineno = lexer->lineno;
  *first_line = lexer->line_start;
  if (p[1] == quote) {
    if (p[2] != quote) { /* empty */
      lexer->cur += 2;
      return true;
    }
    size = 3;
  }
  lexer->cur += size;
  for (unsigned quotes = 0; quotes < size;) {
    if (lexer->cur >= lexer->line_end && !begin_line(lexer)) {
      lexer->is_cut_off = true;
      goto unterminated;
    }
    char c = *lexer->cur;
    if (c == '\n' && size == 1)
      goto unterminated;
    lexer->cur++;
    if (c == quote)
      quotes++;
    else {
      quotes = 0;
      if (c == '\\' && has_more(lexer))
        lexer->cur++;
    }
  }
  return true;
unterminated:;
  int32_t here = lexer->lineno;
  lexer->cur = lexer->token_start + 1;
  lexer->line_start = *first_line;
  lexer->lineno = *first_lineno;
  lexer_fail(lexer, 0, 0,
             size == 3 ? "unterminated triple-quoted string literal (detected at line %d)"
                       : "unterminated string literal (detected at line %d)",
             here);
  return false;
}

/* ---- Operators ---- */

/* cur is at the operator. Its kind, and cur behind it. */
static enum token_kind operator(struct lexer *lexer) {
  const char *p = lexer->cur;
#define ONE(kind)   (lexer->cur += 1, TOKEN_##kind)
#define TWO(kind)   (lexer->cur += 2, TOKEN_##kind)
#define THREE(kind) (lexer->cur += 3, TOKEN_##kind)
  switch (p[0]){
    case '(' : return ONE(LEFT_PAREN); case ')' : return ONE(RIGHT_PAREN);
    case '[' : return ONE(LEFT_BRACKET);
    case ']' : return ONE(RIGHT_BRACKET);
    case '{' : return ONE(LEFT_BRACE);
    case '}' : return ONE(RIGHT_BRACE);
    case ',' : return ONE(COMMA);
    case ';' : return ONE(SEMICOLON);
    case '~' : return ONE(TILDE);
    case '.' : return p[1] == '.' && p[2] == '.' ? THREE(ELLIPSIS) : ONE(DOT);
    case ':' : return p[1] == '=' ? TWO(COLON_EQUAL) : ONE(COLON);
    case '=' : return p[1] == '=' ? TWO(EQUAL_EQUAL) : ONE(EQUAL);
    case '+' : return p[1] == '=' ? TWO(PLUS_EQUAL) : ONE(PLUS);
    case '-' : return p[1] == '=' ? TWO(MINUS_EQUAL)
    : p[1] == '>'                 ? TWO(ARROW)
                                  : ONE(MINUS);
    case '*' : if (p[1] == '*') return p[2] == '=' ? THREE(DOUBLE_STAR_EQUAL) : TWO(DOUBLE_STAR);
    return p[1] == '=' ? TWO(STAR_EQUAL) : ONE(STAR);
    case '/' : if (p[1] == '/') return p[2] == '=' ? THREE(DOUBLE_SLASH_EQUAL) : TWO(DOUBLE_SLASH);
    return p[1] == '=' ? TWO(SLASH_EQUAL) : ONE(SLASH);
    case '%' : return p[1] == '=' ? TWO(PERCENT_EQUAL) : ONE(PERCENT);
    case '@' : return p[1] == '=' ? TWO(AT_EQUAL) : ONE(AT);
    case '&' : return p[1] == '=' ? TWO(AMPERSAND_EQUAL) : ONE(AMPERSAND);
    case '|' : return p[1] == '=' ? TWO(BAR_EQUAL) : ONE(BAR);
    case '^' : return p[1] == '=' ? TWO(CARET_EQUAL) : ONE(CARET);
    case '<' : if (p[1] == '<') return p[2] == '=' ? THREE(LEFT_SHIFT_EQUAL) : TWO(LEFT_SHIFT);
    return p[1] == '='   ? TWO(LESS_EQUAL)
           : p[1] == '>' ? TWO(NOT_EQUAL)
                         : ONE(LESS);
    case '>' : if (p[1] == '>') return p[2] == '=' ? THREE(RIGHT_SHIFT_EQUAL) : TWO(RIGHT_SHIFT);
    return p[1] == '=' ? TWO(GREATER_EQUAL) : ONE(GREATER);
    case '!' : return p[1] == '=' ? TWO(NOT_EQUAL) : ONE(UNKNOWN);
    default : return ONE(UNKNOWN);
  }
#undef ONE
#undef TWO
#undef THREE
}

static bool open_bracket(struct lexer *lexer, char c) {
  if (lexer->level >= LEXER_BRACKETS_MAX) {
    lexer_fail(lexer, 0, 0, "too many nested parentheses");
    return false;
  }
  lexer->brackets[lexer->level].c = c;
  lexer->brackets[lexer->level].lineno = lexer->lineno;
  lexer->brackets[lexer->level].col_offset = (int32_t)(lexer->token_start - lexer->line_start);
  lexer->level++;
  return true;
}

static bool close_bracket(struct lexer *lexer, char c) {
  if (!lexer->level) {
    lexer_fail(lexer, 0, 0, "unmatched '%c'", c);
    return false;
  }
  lexer->level--;
  char opening = lexer->brackets[lexer->level].c;
  if (c == (opening == '(' ? ')' : opening == '[' ? ']' : '}'))
    return true;
  int32_t line = lexer->brackets[lexer->level].lineno;
  if (line == lexer->lineno)
    lexer_fail(lexer, 0, 0, "closing parenthesis '%c' does not match opening parenthesis '%c'", c,
               opening);
  else
    lexer_fail(lexer, 0, 0,
               "closing parenthesis '%c' does not match opening parenthesis '%c' on line %d", c,
               opening, line);
  return false;
}

/* ---- The next token ---- */

/* Its place; what spans lines tells where it began. */
static void place(struct lexer *lexer, struct token *token, enum token_kind kind,
                  int32_t first_lineno, const char *first_line, const char *end) {
  const char *start = lexer->token_start;
  token->kind = (uint8_t)kind;
  token->level = (uint8_t)lexer->level;
  token->name = NULL;
  token->start = start;
  token->end = end;
  token->lineno = first_lineno;
  token->end_lineno = lexer->lineno;
  token->col_offset = start && start >= first_line ? (int32_t)(start - first_line) : -1;
  token->end_col_offset =
      start && end >= lexer->line_start ? (int32_t)(end - lexer->line_start) : -1;
  if (lexer->lineno == lexer->first_lineno) {
    token->col_offset += lexer->first_col_offset;
    token->end_col_offset += lexer->first_col_offset;
  }
  lexer->token_start = NULL;
}
static void place_here(struct lexer *lexer, struct token *token, enum token_kind kind) {
  place(lexer, token, kind, lexer->lineno, lexer->line_start, lexer->cur);
}

/* A token that has no text. */
static void place_nowhere(struct lexer *lexer, struct token *token, enum token_kind kind) {
  lexer->token_start = NULL;
  place(lexer, token, kind, lexer->lineno, lexer->line_start, lexer->cur);
  token->start = token->end = lexer->cur;
}

/* Places the type comment that begins at '#', if it is one: "# type: " and what behind it. */
static bool type_comment(struct lexer *lexer, struct token *token, const char *p, bool is_blank) {
  for (const char *prefix = "# type: "; *prefix; prefix++)
    if (*prefix == ' ')
      while (*p == ' ' || *p == '\t')
        p++;
    else if (p < lexer->cur && *prefix == *p)
      p++;
    else
      return false;
  size_t n = (size_t)(lexer->cur - p);
  bool ignores = n >= 6 && !memcmp(p, "ignore", 6) &&
                 !(n > 6 && ((unsigned char)p[6] >= 128 || is(p[6], INSIDE)) && p[6] != '_');
  lexer->token_start = ignores ? p + 6 : p;
  place_here(lexer, token, ignores ? TOKEN_TYPE_IGNORE : TOKEN_TYPE_COMMENT);
  if (ignores && is_blank && has_more(lexer)) { /* alone in its line, which is none then */
    lexer->cur++;
    lexer->at_line_start = true;
  }
  return true;
}

/* Skips blanks, comments, blank lines and joined lines. False: an error, the end, a NEWLINE or an
 * indentation has been placed. */
static bool skip(struct lexer *lexer, struct token *token) {
  bool is_blank = false;
  const char *comment;
line:
  comment = NULL;
  lexer->token_start = NULL;
  if (lexer->at_line_start && !read_indentation(lexer, &is_blank)) {
    place_nowhere(lexer, token, TOKEN_ERROR);
    return false;
  }
  if (lexer->pending) {
    enum token_kind kind = lexer->pending < 0 ? TOKEN_DEDENT : TOKEN_INDENT;
    lexer->pending += lexer->pending < 0 ? 1 : -1;
    place_nowhere(lexer, token, kind);
    return false;
  }
again:
  while (has_more(lexer) && is(*lexer->cur, BLANK))
    lexer->cur++;
  if (*lexer->cur == '#') {
    comment = lexer->cur;
    lexer->cur = end_of_line(lexer->cur);
    if ((lexer->options->flags & PARSE_TYPE_COMMENTS) &&
        type_comment(lexer, token, comment, is_blank))
      return false;
  }
  if (!has_more(lexer)) {
    place_nowhere(lexer, token, lexer->level ? TOKEN_ERROR : TOKEN_END);
    return false;
  }
  if (*lexer->cur == '\n') {
    lexer->at_line_start = true;
    if (is_blank || lexer->level) {
      lexer->cur++;
      is_blank = false;
      goto line;
    }
    lexer->token_start = comment ? comment : lexer->cur; /* as CPython has it */
    place(lexer, token, TOKEN_NEWLINE, lexer->lineno, lexer->line_start, lexer->cur);
    lexer->cur++;
    return false;
  }
  if (*lexer->cur == '\\') {
    lexer->token_start = lexer->cur++; /* so that errors show both lines */
    bool goes_on = continue_line(lexer);
    lexer->token_start = NULL;
    if (goes_on)
      goto again;
    place_nowhere(lexer, token, TOKEN_ERROR);
    return false;
  }
  return true;
}

void lexer_next(struct lexer *lexer, struct token *token) {
  if (!skip(lexer, token))
    return;
  const char *start = lexer->token_start = lexer->cur;
  char c = *start;
  if (is(c, START)) {
    int prefix = prefix_length(start);
    if (prefix < 0) {
      unsigned char seen = 0;
      while (is(*lexer->cur, INSIDE))
        seen |= (unsigned char)*lexer->cur++;
      token->is_ascii = seen < 128;
      if (seen >= 128 && !verify_name(lexer, start))
        goto failed;
      enum token_kind kind = keyword_or_name(start, (size_t)(lexer->cur - start));
      place_here(lexer, token, kind);
      return;
    }
    lexer->cur += prefix;
    c = *lexer->cur;
  }
  if (c == '"' || c == '\'') {
    int32_t first_lineno;
    const char *first_line;
    if (!string(lexer, &first_lineno, &first_line))
      goto failed;
    place(lexer, token, TOKEN_STRING, first_lineno, first_line, lexer->cur);
    return;
  }
  if (is(c, DIGIT) || (c == '.' && is(start[1], DIGIT))) {
    lexer->cur++;
    if (!number(lexer))
      goto failed;
    place_here(lexer, token, TOKEN_NUMBER);
    return;
  }
  enum token_kind kind = operator(lexer);
  if (kind >= TOKEN_LEFT_PAREN && kind <= TOKEN_RIGHT_BRACE) {
    bool opens = (kind - TOKEN_LEFT_PAREN) % 2 == 0;
    if (!(opens ? open_bracket(lexer, c) : close_bracket(lexer, c)))
      goto failed;
  } else if (kind == TOKEN_UNKNOWN && (unsigned char)c < ' ') {
    lexer_fail(lexer, 0, 0, "invalid non-printable character U+%04X", (unsigned)c);
    goto failed;
  } else if (kind == TOKEN_UNKNOWN && c == 0x7f) {
    lexer_fail(lexer, 0, 0, "invalid non-printable character U+007F");
    goto failed;
  }
  place_here(lexer, token, kind);
  return;
failed:
  place_nowhere(lexer, token, TOKEN_ERROR);
}
