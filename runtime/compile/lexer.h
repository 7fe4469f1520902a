/* Tokens: the source cut into words, with CPython's rules for lines, indentation and errors.
 *
 * The lexer works on the whole source as UTF-8 whose lines end in \n and which ends in a NUL. It
 * makes one token at a time, on demand: an error further down must not hide one that comes first.
 */
#pragma once
#include "runtime/compile/parse.h"

enum token_kind {
  TOKEN_END,   /* the end of the source; matches nothing else */
  TOKEN_ERROR, /* the lexer has failed */
  TOKEN_NEWLINE,
  TOKEN_INDENT,
  TOKEN_DEDENT,
  TOKEN_NAME,
  TOKEN_NUMBER,
  TOKEN_STRING,
  TOKEN_TYPE_COMMENT, /* the text behind "# type: " */
  TOKEN_TYPE_IGNORE,  /* the text behind "# type: ignore"; the parser passes over it */
  TOKEN_UNKNOWN,      /* a character that is no operator of the language: $ ? ! ` */
  /* Brackets and operators. */
  TOKEN_LEFT_PAREN,
  TOKEN_RIGHT_PAREN,
  TOKEN_LEFT_BRACKET,
  TOKEN_RIGHT_BRACKET,
  TOKEN_LEFT_BRACE,
  TOKEN_RIGHT_BRACE,
  TOKEN_COLON,
  TOKEN_COMMA,
  TOKEN_SEMICOLON,
  TOKEN_DOT,
  TOKEN_ELLIPSIS,
  TOKEN_ARROW,
  TOKEN_COLON_EQUAL,
  TOKEN_EQUAL,
  TOKEN_PLUS,
  TOKEN_MINUS,
  TOKEN_STAR,
  TOKEN_SLASH,
  TOKEN_PERCENT,
  TOKEN_AT,
  TOKEN_AMPERSAND,
  TOKEN_BAR,
  TOKEN_CARET,
  TOKEN_LEFT_SHIFT,
  TOKEN_RIGHT_SHIFT,
  TOKEN_DOUBLE_STAR,
  TOKEN_DOUBLE_SLASH,
  TOKEN_TILDE,
  /* Augmented assignment, in the order of the operators above. */
  TOKEN_PLUS_EQUAL,
  TOKEN_MINUS_EQUAL,
  TOKEN_STAR_EQUAL,
  TOKEN_SLASH_EQUAL,
  TOKEN_PERCENT_EQUAL,
  TOKEN_AT_EQUAL,
  TOKEN_AMPERSAND_EQUAL,
  TOKEN_BAR_EQUAL,
  TOKEN_CARET_EQUAL,
  TOKEN_LEFT_SHIFT_EQUAL,
  TOKEN_RIGHT_SHIFT_EQUAL,
  TOKEN_DOUBLE_STAR_EQUAL,
  TOKEN_DOUBLE_SLASH_EQUAL,
  /* Comparison. */
  TOKEN_LESS,
  TOKEN_GREATER,
  TOKEN_EQUAL_EQUAL,
  TOKEN_NOT_EQUAL, /* != and <> */
  TOKEN_LESS_EQUAL,
  TOKEN_GREATER_EQUAL,
  /* Keywords. */
  TOKEN_FALSE,
  TOKEN_NONE,
  TOKEN_TRUE,
  TOKEN_AND,
  TOKEN_AS,
  TOKEN_ASSERT,
  TOKEN_ASYNC,
  TOKEN_AWAIT,
  TOKEN_BREAK,
  TOKEN_CLASS,
  TOKEN_CONTINUE,
  TOKEN_DEF,
  TOKEN_DEL,
  TOKEN_ELIF,
  TOKEN_ELSE,
  TOKEN_EXCEPT,
  TOKEN_FINALLY,
  TOKEN_FOR,
  TOKEN_FROM,
  TOKEN_GLOBAL,
  TOKEN_IF,
  TOKEN_IMPORT,
  TOKEN_IN,
  TOKEN_IS,
  TOKEN_LAMBDA,
  TOKEN_NONLOCAL,
  TOKEN_NOT,
  TOKEN_OR,
  TOKEN_PASS,
  TOKEN_RAISE,
  TOKEN_RETURN,
  TOKEN_TRY,
  TOKEN_WHILE,
  TOKEN_WITH,
  TOKEN_YIELD,
  TOKEN_KINDS_N
};

struct token {
  uint8_t kind;                                           /* enum token_kind */
  uint8_t level;                                          /* brackets open behind it */
  bool is_ascii;                                          /* NAME */
  int32_t lineno, col_offset, end_lineno, end_col_offset; /* columns are bytes; -1: nowhere */
  const char *start, *end;                                /* its text in the source */
  struct object *name; /* NAME: the interned identifier, once asked for; NULL before */
};

enum { LEXER_INDENTS_MAX = 100, LEXER_BRACKETS_MAX = 200 };

enum lexer_state {
  LEXER_OK,
  LEXER_AT_END,     /* all is read */
  LEXER_FAILED,     /* an error has been told */
  LEXER_BAD_DEDENT, /* the others are told by the parser, which knows the tokens */
  LEXER_BAD_TAB,
  LEXER_TOO_DEEP,
  LEXER_BAD_CONTINUATION,
  LEXER_BAD_UTF8,
};

struct lexer {
  const char *source, *cur, *line_start; /* where the source, what is unread, and its line begin */
  const char *line_end;                  /* behind the \n of the line last read from */
  const char *buffer;      /* begin of the line that the last token which is complete began in */
  const char *token_start; /* NULL between tokens */
  int32_t lineno;
  int32_t first_lineno; /* added to lines and, in that line, to columns: of an f-string's part */
  int32_t first_col_offset;
  enum lexer_state state;
  const char *bad_text; /* LEXER_BAD_UTF8: the name that is none; up to cur */
  bool at_line_start, knows_encoding, is_single;
  bool is_cut_off; /* the source ended within a string */
  int32_t pending; /* indents (or, negative, dedents) still to be told */
  int32_t indent;  /* index of the innermost */
  uint32_t level;  /* open brackets */
  int32_t columns[LEXER_INDENTS_MAX], alternate_columns[LEXER_INDENTS_MAX]; /* tabs as 8, as 1 */
  struct {
    char c;
    int32_t lineno, col_offset;
  } brackets[LEXER_BRACKETS_MAX];
  const struct parse_options *options;
  struct syntax_error *error;
};

/* source: normalised, see above; lives as long as the lexer. */
void lexer_open(struct lexer *lexer, const char *source, const struct parse_options *options,
                struct syntax_error *error);
/* The next token. TOKEN_ERROR: state says why; LEXER_FAILED: `error` is set or an error pending. */
void lexer_next(struct lexer *lexer, struct token *token);
/* Sets the error for the position of `cur`, as CPython's tokenizer does; cols from 1, 0: there. */
int lexer_fail(struct lexer *lexer, int32_t col, int32_t end_col, const char *format, ...)
    __attribute__((format(printf, 4, 5), cold));
/* Tells a warning. -1: it became an error. */
int lexer_warn(struct lexer *lexer, enum parse_warning warning, const char *message);

/* The source made ready for the lexer: decoded, \r\n and \r as \n, without BOM, and ending in a \n
 * if wanted. The result is a heap buffer of *bytes. NULL: error set or pending. */
char *source_open(const char *bytes, size_t n, const struct parse_options *options,
                  bool *knows_encoding, size_t *buffer_bytes, struct syntax_error *error);

/* Describes the first bytes of text that are no UTF-8 as CPython's codec does; false: there are
 * none. */
bool source_bad_utf8(const char *text, size_t n, char *message, size_t message_bytes);

/* A new str of UTF-8 text; bytes that are none become U+FFFD. */
struct object *source_text(const char *start, const char *end);
/* How many characters n bytes of text are, counted like that. */
int32_t source_characters(const char *text, size_t n);

/* ---- Literals (numbers.c, strings.c) ---- */

/* A new int, float or complex from the text of a NUMBER token, which is valid. */
struct object *number_from_token(const struct token *token);
