/* Format specifications: reading one, and laying out a number by it. */
#include "runtime/object/format_spec.h"
#include "runtime/object/character.h"
#include "runtime/object/exception.h"
#include <limits.h>
#include <locale.h>
#include <string.h>
#include <wchar.h>

/* ---- Reading ---- */

struct reader {
  struct object *text;
  size_t at, n;
};

ALWAYS_INLINE uint32_t peek(const struct reader *r, size_t ahead) {
  return r->at + ahead < r->n ? str_at(r->text, r->at + ahead) : 0;
}
ALWAYS_INLINE bool take(struct reader *r, uint32_t c) {
  if (r->at >= r->n || str_at(r->text, r->at) != c)
    return false;
  r->at++;
  return true;
}
static inline bool is_ascii_digit(unsigned char c) { return c >= '0' && c <= '9'; }
static inline bool is_ascii_letter(unsigned char c) {
  return (unsigned char)((c | 0x20) - 'a') < 26;
}
static bool is_align(uint32_t c) { return c == '<' || c == '>' || c == '=' || c == '^'; }

/* Decimal digits of any script; -1 where there are none, -2 with an error. */
static int64_t read_number(struct reader *r) {
  int64_t value = -1;
  for (; r->at < r->n; r->at++) {
    uint32_t c = str_at(r->text, r->at);
    if (!(c < 128 ? c >= '0' && c <= '9' : character_is(c, CHARACTER_DECIMAL)))
      break;
    int64_t digit = c < 128 ? (int64_t)c - '0' : (int64_t)character_digit(c);
    if (value > (INT64_MAX - digit) / 10) {
      error_set(ERROR_VALUE, "Too many decimal digits in format string");
      return -2;
    }
    value = (value < 0 ? 0 : value * 10) + digit;
  }
  return value;
}

static void *both_separators(void) {
  error_set(ERROR_VALUE, "Cannot specify both ',' and '_'.");
  return NULL;
}

static bool may_separate(const struct format_spec *spec) {
  switch (spec->type) {
  case 0:
  case 'd':
  case 'e':
  case 'f':
  case 'g':
  case 'E':
  case 'G':
  case '%':
  case 'F':
    return true;
  case 'b':
  case 'o':
  case 'x':
  case 'X':
    return spec->separator == '_';
  default:
    return false;
  }
}

static int read_separator(struct reader *r, struct format_spec *spec) {
  if (take(r, ','))
    spec->separator = ',';
  if (peek(r, 0) == '_') {
    if (spec->separator)
      return both_separators(), -1;
    spec->separator = '_';
    r->at++;
  }
  if (peek(r, 0) == ',' && spec->separator == '_')
    return both_separators(), -1;
  return 0;
}

/* The most frequent ones: ASCII, [align][0][width][.precision][type] with few digits. False:
 * others. */
static bool read_simple(struct object *text, char default_align, struct format_spec *spec) {
  const unsigned char *p = str_data(text), *end = p + str_length(text);
  if (!str_is_ascii(text) || end - p > 8)
    return false;
  char align = default_align; /* behind the text stands a 0 */
  bool has_align = *p == '<' || *p == '>' || *p == '^';
  if (has_align)
    align = (char)*p++;
  bool zero = *p == '0';
  p += zero;
  int64_t width = -1, precision = -1;
  if (is_ascii_digit(*p))
    for (width = 0; is_ascii_digit(*p); p++)
      width = width * 10 + (*p - '0');
  if (*p == '.') {
    if (!is_ascii_digit(*++p))
      return false;
    for (precision = 0; is_ascii_digit(*p); p++)
      precision = precision * 10 + (*p - '0');
  }
  if (end - p > 1 || (p < end && *p != '%' && (!is_ascii_letter(*p) || *p == 'z')))
    return false;
  spec->align = align;
  if (zero) {
    spec->fill = '0';
    if (default_align == '>' && !has_align)
      spec->align = '=';
  }
  spec->width = width;
  spec->precision = precision;
  if (p < end)
    spec->type = *p;
  return true;
}

int format_spec_read(struct object *text, struct object *o, uint32_t default_type,
                     char default_align, struct format_spec *spec) {
  *spec = (struct format_spec){
      .fill = ' ', .align = default_align, .width = -1, .precision = -1, .type = default_type};
  if (LIKELY(read_simple(text, default_align, spec)))
    return 0;
  struct reader r = {.text = text, .n = str_length(text)};
  bool has_fill = false, has_align = false;
  if (r.n >= 2 && is_align(peek(&r, 1))) {
    spec->fill = peek(&r, 0);
    spec->align = (char)peek(&r, 1);
    has_fill = has_align = true;
    r.at = 2;
  } else if (r.n >= 1 && is_align(peek(&r, 0))) {
    spec->align = (char)peek(&r, 0);
    has_align = true;
    r.at = 1;
  }
  uint32_t sign = peek(&r, 0);
  if (sign == '+' || sign == '-' || sign == ' ') {
    spec->sign = (char)sign;
    r.at++;
  }
  spec->no_minus_zero = take(&r, 'z');
  spec->alternate = take(&r, '#');
  if (!has_fill && take(&r, '0')) {
    spec->fill = '0';
    if (!has_align && default_align == '>')
      spec->align = '=';
  }
  if ((spec->width = read_number(&r)) == -2)
    return -1;
  if (read_separator(&r, spec) < 0)
    return -1;
  if (take(&r, '.')) {
    if ((spec->precision = read_number(&r)) == -2)
      return -1;
    if (spec->precision < 0) {
      error_set(ERROR_VALUE, "Format specifier missing precision");
      return -1;
    }
  }
  if (r.n - r.at > 1) {
    error_format(ERROR_VALUE, "Invalid format specifier '%U' for object of type '%N'", text, o);
    return -1;
  }
  if (r.at < r.n)
    spec->type = peek(&r, 0);
  if (!spec->separator || may_separate(spec))
    return 0;
  if (spec->type > 32 && spec->type < 128)
    error_format(ERROR_VALUE, "Cannot specify '%c' with '%c'.", spec->separator, (int)spec->type);
  else
    error_format(ERROR_VALUE, "Cannot specify '%c' with '\\x%x'.", spec->separator, spec->type);
  return -1;
}

void *format_spec_unknown_type(uint32_t type, struct object *o) {
  if (type > 32 && type < 128)
    return error_format(ERROR_VALUE, "Unknown format code '%c' for object of type '%N'", (int)type,
                        o);
  return error_format(ERROR_VALUE, "Unknown format code '\\x%x' for object of type '%N'", type, o);
}

/* ---- Laying out ---- */

/* What stands between groups and before decimals, and how large groups are: as localeconv has it, a
 * number per group from the right, the last repeated; CHAR_MAX: no more groups. */
struct marks {
  uint32_t separator[8], point[8];
  size_t separator_n, point_n;
  const char *sizes;
};

static size_t decode(const char *text, uint32_t out[8]) {
  mbstate_t state = {0};
  size_t n = 0;
  while (*text && n < 8) {
    wchar_t c;
    size_t bytes = mbrtowc(&c, text, strlen(text), &state);
    if (bytes == (size_t)-1 || bytes == (size_t)-2) { /* no text of this locale's encoding */
      c = (unsigned char)*text;
      bytes = 1;
      state = (mbstate_t){0};
    }
    out[n++] = (uint32_t)c;
    text += bytes;
  }
  return n;
}

static void find_marks(const struct format_spec *spec, bool by_locale, struct marks *m) {
  if (by_locale) {
    const struct lconv *l = localeconv();
    m->separator_n = decode(l->thousands_sep, m->separator);
    m->point_n = decode(l->decimal_point, m->point);
    m->sizes = l->grouping;
    return;
  }
  m->point[0] = '.';
  m->point_n = 1;
  m->separator[0] = (uint32_t)spec->separator;
  m->separator_n = spec->separator != 0;
  bool by_four = spec->type == 'b' || spec->type == 'o' || spec->type == 'x' || spec->type == 'X';
  m->sizes = !spec->separator ? "" : by_four ? "\4" : "\3";
}

/* Groups from the right. */
struct groups {
  const char *sizes;
  size_t last;
  int64_t digits, room; /* still to come: digits, and columns to be filled */
};

/* The next group: how many digits of the number it has, and zeros in front of them; false: that was
 * all. `separator_n` columns stand in front of each group but the first (the leftmost). */
static bool next_group(struct groups *g, size_t separator_n, int64_t *digits, int64_t *zeros) {
  if (g->digits <= 0 && g->room <= 0)
    return false;
  int64_t size = 0, wanted = g->digits > g->room ? g->digits : g->room;
  if (*g->sizes == CHAR_MAX)
    g->last = 0;
  else if (*g->sizes)
    g->last = (size_t)*g->sizes++;
  size = g->last ? (int64_t)g->last : wanted;
  if (size > wanted)
    size = wanted;
  *digits = g->digits < size ? g->digits : size;
  *zeros = size - *digits;
  g->digits -= *digits;
  g->room -= size;
  if (g->digits > 0 || g->room > 0) {
    g->room -= (int64_t)separator_n;
    if (g->digits <= 0 && g->room <= 0)
      g->room = 1; /* a separator is never the leftmost */
  }
  return true;
}

/* The columns of the digits grouped, at least `least`; and how many groups. */
static int64_t measure_groups(const struct marks *m, int64_t digits, int64_t least, size_t *n) {
  struct groups g = {.sizes = m->sizes, .digits = digits, .room = least};
  int64_t columns = 0, some, zeros;
  *n = 0;
  while (next_group(&g, m->separator_n, &some, &zeros)) {
    columns += some + zeros + (*n ? (int64_t)m->separator_n : 0);
    ++*n;
  }
  return columns;
}

/* Groups are found from the right and written from the left. */
static int put_groups(const struct marks *m, const char *text, int64_t digits, int64_t least,
                      size_t groups_n, struct str_builder *out) {
  if (groups_n <= 1) {
    if (digits < least)
      str_builder_add_grow(out, '0', (size_t)(least - digits));
    return str_builder_add_ascii(out, text, (size_t)digits);
  }
  size_t bytes = groups_n * 2 * sizeof(int64_t);
  int64_t few[64], *parts = groups_n * 2 <= ARRAY_SIZE(few) ? few : gc_buffer_new(bytes);
  if (!parts)
    return error_no_memory(), -1;
  struct groups g = {.sizes = m->sizes, .digits = digits, .room = least};
  for (size_t i = 0; i < groups_n; i++)
    next_group(&g, m->separator_n, &parts[2 * i], &parts[2 * i + 1]);
  for (size_t i = groups_n; i-- > 0;) {
    if (parts[2 * i + 1])
      str_builder_add_grow(out, '0', (size_t)parts[2 * i + 1]);
    str_builder_add_ascii(out, text, (size_t)parts[2 * i]);
    text += parts[2 * i];
    for (size_t k = 0; i && k < m->separator_n; k++)
      str_builder_add_char(out, m->separator[k]);
  }
  if (parts != few)
    gc_buffer_free(parts, bytes);
  return out->failed ? -1 : 0;
}

static int pad(struct str_builder *out, uint32_t fill, int64_t n) {
  return n > 0 ? str_builder_add_grow(out, fill, (size_t)n) : 0;
}

int format_spec_put_number(const struct format_spec *spec, const struct format_number *number,
                           struct str_builder *out) {
  char sign = number->sign ? number->sign : spec->sign == '-' ? 0 : spec->sign;
  if (spec->width < 0 && !spec->separator && !number->by_locale) {
    if (sign)
      str_builder_add_char(out, (uint32_t)sign);
    if (*number->prefix)
      str_builder_add_ascii(out, number->prefix, strlen(number->prefix));
    str_builder_add_ascii(out, number->digits, number->digits_n);
    if (number->has_point)
      str_builder_add_char(out, '.');
    return str_builder_add_ascii(out, number->rest, number->rest_n);
  }
  struct marks m;
  find_marks(spec, number->by_locale, &m);
  size_t prefix_n = strlen(number->prefix);
  int64_t fixed = (sign != 0) + (int64_t)prefix_n + (number->has_point ? (int64_t)m.point_n : 0) +
                  (int64_t)number->rest_n;
  int64_t digits = (int64_t)number->digits_n;
  int64_t least = spec->fill == '0' && spec->align == '=' && digits ? spec->width - fixed : 0;
  size_t groups_n = digits != 0;
  int64_t columns = digits;
  if (*m.sizes && digits)
    columns = measure_groups(&m, digits, least, &groups_n);
  else if (columns < least)
    columns = least;
  int64_t padding = spec->width - fixed - columns;
  int64_t left = spec->align == '>' ? padding : spec->align == '^' && padding > 0 ? padding / 2 : 0;
  pad(out, spec->fill, left);
  if (sign)
    str_builder_add_char(out, (uint32_t)sign);
  str_builder_add_ascii(out, number->prefix, prefix_n);
  if (spec->align == '=')
    pad(out, spec->fill, padding);
  put_groups(&m, number->digits, digits, least, groups_n, out);
  for (size_t k = 0; number->has_point && k < m.point_n; k++)
    str_builder_add_char(out, m.point[k]);
  str_builder_add_ascii(out, number->rest, number->rest_n);
  if (spec->align == '<' || spec->align == '^')
    pad(out, spec->fill, padding - left);
  return out->failed ? -1 : 0;
}
