/* Source bytes to the text that the lexer reads: encodings, line ends. And what errors need of
 * text.
 *
 * A program's file (PARSE_FILE) is read as CPython does it, line by line, as text that a 0 ends:
 * what follows a 0 is lost up to and with the end of its line. Without a named encoding bytes that
 * are no UTF-8 are an error wherever they stand, and errors of its encoding have no place. */
#include "runtime/compile/lexer.h"
#include "runtime/object/bytes.h"
#include "runtime/object/codec.h"
#include "runtime/object/exception.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include <ctype.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ---- Errors ---- */

int syntax_error_set(struct syntax_error *error, enum syntax_error_kind kind, int32_t lineno,
                     int32_t offset, int32_t end_lineno, int32_t end_offset, struct object *text,
                     const char *format, ...) {
  if (error->kind != SYNTAX_ERROR_NONE || error_pending() != ERROR_NONE) {
    drop_null(text);
    return -1;
  }
  /* Messages quote names of any length: what is longer than this is cut there. */
  char message[2048];
  va_list arguments;
  va_start(arguments, format);
  int n = vsnprintf(message, sizeof message, format, arguments);
  va_end(arguments);
  size_t length = n < (int)sizeof message ? (size_t)n : sizeof message - 1;
  struct object *told = source_text(message, message + length);
  if (!told) {
    drop_null(text);
    return -1;
  }
  *error = (struct syntax_error){.kind = kind,
                                 .message = told,
                                 .text = text,
                                 .lineno = lineno,
                                 .offset = offset,
                                 .end_lineno = end_lineno,
                                 .end_offset = end_offset};
  return -1;
}

void syntax_error_clear(struct syntax_error *error) {
  drop_null(error->message);
  drop_null(error->text);
  *error = (struct syntax_error){0};
}

const char *syntax_error_name(enum syntax_error_kind kind) {
  static const char *const names[] = {[SYNTAX_ERROR_NONE] = "no error",
                                      [SYNTAX_ERROR] = "SyntaxError",
                                      [SYNTAX_ERROR_VALUE] = "ValueError",
                                      [SYNTAX_ERROR_INDENTATION] = "IndentationError",
                                      [SYNTAX_ERROR_TAB] = "TabError"};
  return names[kind];
}

/* ---- UTF-8 ---- */

/* The code point at p, its length in *n. What is none: UINT32_MAX, and as many bytes as are
 * replaced by one U+FFFD (the longest beginning of a valid sequence, or one byte), with the reason.
 */
static uint32_t decode_one(const unsigned char *p, const unsigned char *end, unsigned *n,
                           const char **reason) {
  unsigned c = p[0], length = c < 0x80   ? 1
                              : c < 0xc2 ? 0
                              : c < 0xe0 ? 2
                              : c < 0xf0 ? 3
                              : c < 0xf5 ? 4
                                         : 0;
  *n = 1;
  if (length == 1)
    return c;
  *reason = "invalid start byte";
  if (length == 0)
    return UINT32_MAX;
  unsigned low = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80;
  unsigned high = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;
  uint32_t value = c & (0x7f >> length);
  for (unsigned i = 1; i < length; i++, low = 0x80, high = 0xbf) {
    *n = i;
    if (p + i >= end) {
      *reason = "unexpected end of data";
      return UINT32_MAX;
    }
    if (p[i] < low || p[i] > high) {
      *reason = "invalid continuation byte";
      return UINT32_MAX;
    }
    value = value << 6 | (p[i] & 0x3f);
  }
  *n = length;
  return value;
}

struct object *source_text(const char *start, const char *end) {
  struct object *text = str_from_utf8(start, (size_t)(end - start));
  if (text || error_pending() != ERROR_VALUE)
    return text;
  error_clear();
  size_t bytes = (size_t)(end - start) * 4, count = 0;
  uint32_t *room = gc_buffer_new(bytes);
  if (!room)
    return error_no_memory();
  for (const unsigned char *p = (const unsigned char *)start; p < (const unsigned char *)end;) {
    unsigned n;
    const char *reason;
    uint32_t c = decode_one(p, (const unsigned char *)end, &n, &reason);
    room[count++] = c == UINT32_MAX ? 0xfffd : c;
    p += n;
  }
  text = str_from_data(room, count, 2);
  gc_buffer_free(room, bytes);
  return text;
}

int32_t source_characters(const char *text, size_t n) {
  const unsigned char *p = (const unsigned char *)text, *end = p + n;
  int32_t count = 0;
  while (p < end) {
    unsigned length;
    const char *reason;
    decode_one(p, end, &length, &reason);
    p += length;
    count++;
  }
  return count;
}

/* ---- Encodings ---- */

/* The encoding a line names, as PEP 263 has it: the length of the name, 0 if none. */
static size_t find_cookie(const char *line, const char *end, const char **name) {
  while (line < end && (*line == ' ' || *line == '\t' || *line == '\f'))
    line++;
  if (line >= end || *line != '#')
    return 0;
  for (; line + 6 < end; line++) {
    const char *p = line + 6;
    if (memcmp(line, "coding", 6) || (*p != ':' && *p != '='))
      continue;
    do
      p++;
    while (p < end && (*p == ' ' || *p == '\t'));
    *name = p;
    while (p < end && (isalnum((unsigned char)*p) || *p == '-' || *p == '_' || *p == '.'))
      p++;
    if (p > *name)
      return (size_t)(p - *name);
  }
  return 0;
}

static bool is_blank_line(const char *line, const char *end) {
  while (line < end && (*line == ' ' || *line == '\t' || *line == '\f'))
    line++;
  return line >= end || *line == '#' || *line == '\n' || *line == '\r';
}

enum encoding { ENCODING_UTF8, ENCODING_LATIN1, ENCODING_ASCII, ENCODING_OTHER };

static enum encoding encoding_of(const char *name, size_t n) {
  static const struct {
    const char *name;
    enum encoding encoding;
  } known[] = {{"utf-8", ENCODING_UTF8},
               {"utf8", ENCODING_UTF8},
               {"u8", ENCODING_UTF8},
               {"utf", ENCODING_UTF8},
               {"cp65001", ENCODING_UTF8},
               {"utf-8-sig", ENCODING_UTF8},
               {"latin-1", ENCODING_LATIN1},
               {"latin1", ENCODING_LATIN1},
               {"latin", ENCODING_LATIN1},
               {"l1", ENCODING_LATIN1},
               {"iso-8859-1", ENCODING_LATIN1},
               {"iso8859-1", ENCODING_LATIN1},
               {"iso-latin-1", ENCODING_LATIN1},
               {"8859", ENCODING_LATIN1},
               {"cp819", ENCODING_LATIN1},
               {"ascii", ENCODING_ASCII},
               {"us-ascii", ENCODING_ASCII},
               {"646", ENCODING_ASCII}};
  char plain[32];
  if (n >= sizeof plain)
    return ENCODING_OTHER;
  for (size_t i = 0; i < n; i++)
    plain[i] = name[i] == '_' ? '-' : (char)tolower((unsigned char)name[i]);
  plain[n] = 0;
  if (!strncmp(plain, "utf-8-", 6))
    return ENCODING_UTF8;
  if (!strncmp(plain, "latin-1-", 8) || !strncmp(plain, "iso-8859-1-", 11) ||
      !strncmp(plain, "iso-latin-1-", 12))
    return ENCODING_LATIN1;
  for (size_t i = 0; i < ARRAY_SIZE(known); i++)
    if (!strcmp(plain, known[i].name))
      return known[i].encoding;
  return ENCODING_OTHER;
}

/* An encoding that can't be used, without a place. */
static bool fail_unplaced(struct syntax_error *error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static bool fail_unplaced(struct syntax_error *error, const char *format, ...) {
  char message[PATH_MAX + 256];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(message, sizeof message, format, arguments);
  va_end(arguments);
  syntax_error_set(error, SYNTAX_ERROR, SYNTAX_ERROR_NOT_TOLD, SYNTAX_ERROR_NOT_TOLD,
                   SYNTAX_ERROR_NOT_TOLD, SYNTAX_ERROR_NOT_TOLD, NULL, "%s", message);
  return false;
}

/* The same where CPython tells a line that is none. */
static bool fail_encoding(struct syntax_error *error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static bool fail_encoding(struct syntax_error *error, const char *format, ...) {
  char message[256];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(message, sizeof message, format, arguments);
  va_end(arguments);
  syntax_error_set(error, SYNTAX_ERROR, 0, -1, SYNTAX_ERROR_NOT_TOLD, SYNTAX_ERROR_NOT_TOLD, NULL,
                   "%s", message);
  error->args = SYNTAX_ERROR_ARGS_NO_END;
  return false;
}

/* Whether the name is one of those that CPython takes for plain UTF-8, which needs no decoding:
 * bytes that are none are then told where they stand. */
static bool is_plain_utf8(const char *name, size_t n) {
  static const char plain[] = "utf-8";
  for (size_t i = 0; i < 5; i++)
    if (i >= n || (name[i] == '_' ? '-' : tolower((unsigned char)name[i])) != plain[i])
      return false;
  return n == 5 || name[5] == '-' || name[5] == '_';
}

enum { ENCODING_NAME_BYTES = 64 };
struct chosen {
  enum encoding encoding;
  bool is_named, is_decoded;
  char name[ENCODING_NAME_BYTES]; /* for the registry of codecs, and for messages */
};

/* What the first two lines say. False: an error is set. */
static bool choose_encoding(const char *bytes, size_t n, bool has_mark, bool is_file,
                            struct chosen *chosen, struct syntax_error *error) {
  const char *line = bytes, *end = bytes + n;
  *chosen = (struct chosen){.encoding = ENCODING_UTF8, .is_named = has_mark};
  for (int i = 0; i < 2 && line < end; i++) {
    const char *stop = line;
    while (stop < end && *stop != '\n' && *stop != '\r')
      stop++;
    const char *name;
    size_t length = find_cookie(line, stop, &name);
    if (length) {
      chosen->encoding = encoding_of(name, length);
      chosen->is_named = true;
      chosen->is_decoded = !is_plain_utf8(name, length);
      bool is_latin1 = chosen->encoding == ENCODING_LATIN1;
      if (length < sizeof chosen->name)
        snprintf(chosen->name, sizeof chosen->name, "%.*s", is_latin1 ? 10 : (int)length,
                 is_latin1 ? "iso-8859-1" : name);
      else if (is_file)
        return fail_unplaced(error, "encoding problem: %.*s", (int)length, name);
      else if (chosen->encoding == ENCODING_OTHER)
        return fail_encoding(error, "unknown encoding: %.*s", (int)length, name);
      if (has_mark && chosen->is_decoded)
        return (is_file ? fail_unplaced : fail_encoding)(error, "encoding problem: %s with BOM",
                                                         chosen->name);
      return true;
    }
    if (!is_blank_line(line, stop))
      break;
    line = stop + (stop + 1 < end && stop[0] == '\r' && stop[1] == '\n' ? 2 : 1);
  }
  return true;
}

static bool find_bad_utf8(const char *text, size_t n, size_t *at, unsigned *length,
                          const char **reason) {
  const unsigned char *p = (const unsigned char *)text, *end = p + n;
  while (p < end) {
    uint64_t word;
    while (end - p >= 8 && (memcpy(&word, p, 8), !(word & 0x8080808080808080u)))
      p += 8;
    if (p >= end)
      break;
    if (decode_one(p, end, length, reason) == UINT32_MAX) {
      *at = (size_t)(p - (const unsigned char *)text);
      return true;
    }
    p += *length;
  }
  return false;
}

bool source_bad_utf8(const char *text, size_t n, char *message, size_t message_bytes) {
  size_t at;
  unsigned length;
  const char *reason;
  if (!find_bad_utf8(text, n, &at, &length, &reason))
    return false;
  if (length == 1)
    snprintf(message, message_bytes, "'utf-8' codec can't decode byte 0x%02x in position %zu: %s",
             (unsigned char)text[at], at, reason);
  else
    snprintf(message, message_bytes, "'utf-8' codec can't decode bytes in position %zu-%zu: %s", at,
             at + length - 1, reason);
  return true;
}

/* Whether all of it can be decoded; otherwise an error is set. */
static bool verify(const char *bytes, size_t n, enum encoding encoding,
                   struct syntax_error *error) {
  char message[128];
  if (encoding == ENCODING_ASCII) {
    for (size_t i = 0; i < n; i++)
      if ((unsigned char)bytes[i] >= 0x80)
        return fail_encoding(error,
                             "'ascii' codec can't decode byte 0x%02x in position %zu: ordinal not "
                             "in range(128)",
                             (unsigned char)bytes[i], i);
  } else if (encoding == ENCODING_UTF8 && source_bad_utf8(bytes, n, message, sizeof message))
    return fail_encoding(error, "%s", message);
  return true;
}

/* Copies with line ends made \n, Latin-1 as UTF-8. Returns the end of the copy. */
static char *copy_lines(char *to, const char *from, size_t n, bool is_latin1) {
  const char *end = from + n;
  if (!is_latin1 && !memchr(from, '\r', n)) {
    memcpy(to, from, n);
    return to + n;
  }
  for (; from < end; from++) {
    unsigned char c = (unsigned char)*from;
    if (c == '\r') {
      if (from + 1 < end && from[1] == '\n')
        from++;
      *to++ = '\n';
    } else if (is_latin1 && c >= 0x80) {
      *to++ = (char)(0xc0 | c >> 6);
      *to++ = (char)(0x80 | (c & 0x3f));
    } else
      *to++ = (char)c;
  }
  return to;
}

/* The source in an encoding that only the registry knows, as UTF-8: a new bytes object. */
static struct object *decode_other(const char *bytes, size_t n, const char *encoding,
                                   struct syntax_error *error) {
  if (!codec_import_encodings) /* a program without the library */
    return fail_encoding(error, "unknown encoding: %s", encoding), NULL;
  struct object *text = codec_decode(bytes, n, encoding, NULL);
  struct object *utf8 = text ? codec_encode(text, NULL, NULL) : NULL;
  drop_null(text);
  if (utf8 || error_pending() == ERROR_MEMORY)
    return utf8;
  struct object *exception = error_fetch(), *message = exception ? object_str(exception) : NULL;
  struct object *shown = message ? codec_encode(message, NULL, "backslashreplace") : NULL;
  if (shown)
    fail_encoding(error, "%s", (const char *)bytes_data(shown));
  drop_null(shown);
  drop_null(message);
  drop_null(exception);
  return NULL;
}

/* Loses what follows a 0, up to and with the end of its line. Returns the new end. */
static char *cut_lines(char *text, const char *end) {
  char *to = text;
  for (const char *from = text; from < end;) {
    const char *null = memchr(from, 0, (size_t)(end - from));
    size_t n = (size_t)((null ? null : end) - from);
    memmove(to, from, n);
    to += n;
    const char *newline = null ? memchr(null, '\n', (size_t)(end - null)) : NULL;
    from = newline ? newline + 1 : end;
  }
  return to;
}

/* A file's bytes that are no UTF-8, though no encoding is named: what is wrong with the lines above
 * is told first. */
static bool verify_unnamed(char *source, size_t n, const struct parse_options *options,
                           struct syntax_error *error) {
  size_t at;
  unsigned length;
  const char *reason;
  if (!find_bad_utf8(source, n, &at, &length, &reason))
    return true;
  int line = 1;
  size_t start = 0;
  for (size_t i = 0; i < at; i++)
    if (source[i] == '\n')
      line++, start = i + 1;
  unsigned char bad = (unsigned char)source[at];
  char first = source[start];
  source[start] = 0;
  struct lexer lexer;
  struct token token;
  struct parse_options quiet = *options;
  quiet.warn = NULL;
  lexer_open(&lexer, source, &quiet, error);
  do
    lexer_next(&lexer, &token);
  while (token.kind != TOKEN_ERROR && token.kind != TOKEN_END);
  source[start] = first;
  /* What only ends too early goes on in the line that is bad. */
  if (lexer.cur < source + start && !lexer.is_cut_off && error->kind != SYNTAX_ERROR_NONE)
    return false;
  syntax_error_clear(error);
  if (error_pending() != ERROR_NONE)
    return false;
  return fail_unplaced(error,
                       "Non-UTF-8 code starting with '\\x%.2x' in file %s on line %d, but no "
                       "encoding declared; see https://peps.python.org/pep-0263/ for details",
                       bad, options->filename, line);
}

struct object *source_line(const char *bytes, size_t n, int32_t line) {
  struct syntax_error error = {0};
  struct chosen chosen;
  bool has_mark = n >= 3 && !memcmp(bytes, "\xef\xbb\xbf", 3);
  if (has_mark)
    bytes += 3, n -= 3;
  struct object *decoded = NULL, *text = NULL;
  bool known = choose_encoding(bytes, n, has_mark, true, &chosen, &error);
  if (known && chosen.encoding == ENCODING_OTHER) {
    decoded = decode_other(bytes, n, chosen.name, &error);
    known = decoded != NULL;
    if (known) {
      bytes = (const char *)bytes_data(decoded);
      n = bytes_length(decoded);
    }
  }
  const char *at = known ? bytes : NULL, *end = bytes + n;
  for (int32_t i = 1; at && i < line; i++) {
    at = memchr(at, '\n', (size_t)(end - at));
    at = at ? at + 1 : NULL;
  }
  if (at && at < end) {
    const char *stop = memchr(at, '\n', (size_t)(end - at));
    size_t length = (size_t)((stop ? stop : end) - at);
    while (length && at[length - 1] == '\r')
      length--;
    text = chosen.encoding == ENCODING_LATIN1 ? codec_decode(at, length, "latin-1", NULL)
                                              : str_from_utf8(at, length);
  }
  drop_null(decoded);
  syntax_error_clear(&error);
  if (error_pending() != ERROR_MEMORY)
    error_clear(); /* no text: the line is left out */
  return text;
}

char *source_open(const char *bytes, size_t n, const struct parse_options *options,
                  bool *knows_encoding, size_t *buffer_bytes, struct syntax_error *error) {
  bool is_file = options->flags & PARSE_FILE;
  if (!is_file && memchr(bytes, 0, n)) {
    syntax_error_set(error, SYNTAX_ERROR_VALUE, SYNTAX_ERROR_NOT_TOLD, SYNTAX_ERROR_NOT_TOLD,
                     SYNTAX_ERROR_NOT_TOLD, SYNTAX_ERROR_NOT_TOLD, NULL,
                     "source code string cannot contain null bytes");
    return NULL;
  }
  struct chosen chosen = {.encoding = ENCODING_UTF8, .is_named = true};
  if (!(options->flags & PARSE_UTF8)) {
    bool has_mark = n >= 3 && !memcmp(bytes, "\xef\xbb\xbf", 3);
    if (has_mark)
      bytes += 3, n -= 3;
    if (!choose_encoding(bytes, n, has_mark, is_file, &chosen, error))
      return NULL;
  }
  *knows_encoding = chosen.is_named;
  struct object *decoded = NULL; /* what bytes then belong to */
  if (chosen.encoding == ENCODING_OTHER) {
    if (!(decoded = decode_other(bytes, n, chosen.name, error))) {
      if (is_file && error->kind != SYNTAX_ERROR_NONE) {
        syntax_error_clear(error);
        fail_unplaced(error, "encoding problem: %s", chosen.name);
      }
      return NULL;
    }
    bytes = (const char *)bytes_data(decoded);
    n = bytes_length(decoded);
    chosen.encoding = ENCODING_UTF8;
  }
  bool is_latin1 = chosen.encoding == ENCODING_LATIN1;
  *buffer_bytes = (is_latin1 ? 2 * n : n) + 2;
  char *source = gc_buffer_new(*buffer_bytes);
  if (!source) {
    drop_null(decoded);
    return error_no_memory();
  }
  char *end = copy_lines(source, bytes, n, is_latin1);
  drop_null(decoded);
  if (is_file)
    end = cut_lines(source, end);
  if (options->mode == PARSE_EXEC && end > source && end[-1] != '\n')
    *end++ = '\n';
  *end = 0;
  bool fine = true;
  if (chosen.is_decoded)
    fine = verify(source, (size_t)(end - source), chosen.encoding, error);
  else if (is_file && !chosen.is_named)
    fine = verify_unnamed(source, (size_t)(end - source), options, error);
  if (!fine && is_file && chosen.is_decoded && error->kind != SYNTAX_ERROR_NONE) {
    syntax_error_clear(error);
    fail_unplaced(error, "encoding problem: %s", chosen.name);
  }
  if (!fine) {
    gc_buffer_free(source, *buffer_bytes);
    return NULL;
  }
  return source;
}
