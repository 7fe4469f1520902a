/* The module `binascii`: bytes as text and back in the old encodings, and two checksums. */
#include "runtime/modules/argument.h"
#include "runtime/modules/module.h"
#include "runtime/object/byte_builder.h"
#include "runtime/object/bytes.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include <string.h>

static struct object *binascii_error, *binascii_incomplete; /* classes */

/* ---- Arguments ---- */

struct input {
  const unsigned char *data;
  size_t n;
  struct buffer_view view; /* object NULL: a str */
};
static int input_open(struct object *o, struct input *in) {
  if (buffer_get(o, &in->view, BUFFER_SIMPLE) < 0)
    return -1;
  in->data = in->view.data;
  in->n = (size_t)in->view.bytes;
  return 0;
}
/* The same, or an ASCII str. */
static int input_open_text(struct object *o, struct input *in) {
  if (is_any_str(o)) {
    in->view.object = NULL;
    in->data = str_data(o);
    in->n = str_length(o);
    if (str_is_ascii(o))
      return 0;
    error_set(ERROR_VALUE, "string argument should contain only ASCII characters");
    return -1;
  }
  if (has_buffer(o))
    return input_open(o, in);
  error_format(ERROR_TYPE, "argument should be bytes, buffer or ASCII string, not '%N'", o);
  return -1;
}
static void input_close(struct input *in) { buffer_release(&in->view); }

/* ---- Base 64 ---- */

static const char signs64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static signed char values64[256]; /* -1: no sign */

static void make_values(void) {
  memset(values64, -1, sizeof values64);
  for (int i = 0; i < 64; i++)
    values64[(unsigned char)signs64[i]] = (signed char)i;
}

/* Signs are taken in fours; what is no sign is passed over, unless `strict`. */
static struct object *decode64(const struct input *in, bool strict) {
  struct byte_builder out = BYTE_BUILDER_EMPTY;
  unsigned position = 0, pads = 0, rest = 0;
  bool padding = false;
  if (strict && in->n && in->data[0] == '=')
    return error_format_of(binascii_error, "Leading padding not allowed");
  for (size_t i = 0; i < in->n; i++) {
    unsigned char c = in->data[i];
    if (c == '=') {
      padding = true;
      if (position >= 2 && position + ++pads >= 4) {
        if (strict && i + 1 < in->n)
          return byte_builder_discard(&out),
                 error_format_of(binascii_error, "Excess data after padding");
        return byte_builder_finish(&out);
      }
      continue;
    }
    int value = values64[c];
    if (value < 0) {
      if (strict)
        return byte_builder_discard(&out),
               error_format_of(binascii_error, "Only base64 data is allowed");
      continue;
    }
    if (strict && padding)
      return byte_builder_discard(&out),
             error_format_of(binascii_error, "Discontinuous padding not allowed");
    pads = 0;
    unsigned v = (unsigned)value;
    if (position == 0)
      rest = v;
    else if (position == 1) {
      byte_builder_add_byte(&out, (unsigned char)(rest << 2 | v >> 4));
      rest = v & 15;
    } else if (position == 2) {
      byte_builder_add_byte(&out, (unsigned char)(rest << 4 | v >> 2));
      rest = v & 3;
    } else
      byte_builder_add_byte(&out, (unsigned char)(rest << 6 | v));
    position = (position + 1) % 4;
  }
  if (position == 0)
    return byte_builder_finish(&out);
  size_t n = out.n;
  byte_builder_discard(&out);
  if (position == 1)
    return error_format_of(
        binascii_error,
        "Invalid base64-encoded string: number of data characters (%zu) cannot be 1 more "
        "than a multiple of 4",
        n / 3 * 4 + 1);
  return error_format_of(binascii_error, "Incorrect padding");
}
FUNCTION(a2b_base64, "a2b_base64", 1, 1, 1, "", "strict_mode") {
  bool strict = false;
  struct input in;
  if ((v[1] && argument_bool(v[1], &strict) < 0) || input_open_text(v[0], &in) < 0)
    return NULL;
  struct object *result = decode64(&in, strict);
  input_close(&in);
  return result;
}

FUNCTION(b2a_base64, "b2a_base64", 1, 1, 1, "", "newline") {
  bool newline = true;
  struct input in;
  if ((v[1] && argument_bool(v[1], &newline) < 0) || input_open(v[0], &in) < 0)
    return NULL;
  struct object *result = NULL;
  if (in.n > SIZE_MAX / 4)
    error_no_memory();
  else
    result = bytes_new_open((in.n + 2) / 3 * 4 + newline);
  unsigned char *out = result ? ((struct bytes *)result)->data : NULL;
  for (size_t i = 0; out && i < in.n; i += 3) {
    size_t some = in.n - i < 3 ? in.n - i : 3;
    unsigned bits = (unsigned)in.data[i] << 16;
    if (some > 1)
      bits |= (unsigned)in.data[i + 1] << 8;
    if (some > 2)
      bits |= in.data[i + 2];
    for (unsigned k = 0; k < 4; k++)
      *out++ = k <= some ? (unsigned char)signs64[bits >> (18 - 6 * k) & 63] : '=';
  }
  if (out && newline)
    *out = '\n';
  input_close(&in);
  return result;
}

/* ---- Uuencode ---- */

/* The first sign is the number of bytes; missing signs at the end count as blanks. */
static struct object *decode_uu(const struct input *in) {
  size_t at = 0;
  size_t length = ((in->n ? in->data[at++] : 0u) - ' ') & 63;
  struct object *result = bytes_new_open(length);
  unsigned char *out = result ? ((struct bytes *)result)->data : NULL, *end = out + length;
  if (!result)
    return NULL;
  unsigned bits = 0, held = 0;
  while (out < end) {
    unsigned char c = at < in->n ? in->data[at++] : ' ';
    if (c == '\n' || c == '\r')
      c = ' ';
    if (c < ' ' || c > ' ' + 64) {
      drop(result);
      return error_format_of(binascii_error, "Illegal char");
    }
    bits = bits << 6 | ((unsigned)(c - ' ') & 63);
    held += 6;
    if (held >= 8) {
      held -= 8;
      *out++ = (unsigned char)(bits >> held);
      bits &= (1u << held) - 1;
    }
  }
  for (; at < in->n; at++) {
    unsigned char c = in->data[at];
    if (c != ' ' && c != ' ' + 64 && c != '\n' && c != '\r') {
      drop(result);
      return error_format_of(binascii_error, "Trailing garbage");
    }
  }
  return result;
}
static struct object *a2b_uu(struct object *module, struct object *data) {
  struct input in;
  if (input_open_text(data, &in) < 0)
    return NULL;
  struct object *result = decode_uu(&in);
  input_close(&in);
  return result;
}

FUNCTION(b2a_uu, "b2a_uu", 1, 1, 1, "", "backtick") {
  bool backtick = false;
  struct input in;
  if ((v[1] && argument_bool(v[1], &backtick) < 0) || input_open(v[0], &in) < 0)
    return NULL;
  struct object *result = NULL;
  if (in.n > 45)
    error_format_of(binascii_error, "At most 45 bytes at once");
  else
    result = bytes_new_open(2 + (in.n + 2) / 3 * 4);
  unsigned char *out = result ? ((struct bytes *)result)->data : NULL;
#define SIGN(value) (unsigned char)((value) || !backtick ? (value) + ' ' : '`')
  if (out) {
    *out++ = SIGN((unsigned)in.n);
    for (size_t i = 0; i < in.n; i += 3) {
      unsigned bits = (unsigned)in.data[i] << 16;
      bits |= i + 1 < in.n ? (unsigned)in.data[i + 1] << 8 : 0;
      bits |= i + 2 < in.n ? in.data[i + 2] : 0u;
      for (int shift = 18; shift >= 0; shift -= 6)
        *out++ = SIGN(bits >> shift & 63);
    }
    *out = '\n';
  }
#undef SIGN
  input_close(&in);
  return result;
}

/* ---- Hexadecimal ---- */

static int read_separator(struct object *o, int *separator) {
  int64_t n = object_length(o);
  if (n < 0)
    return -1;
  if (n != 1)
    return error_set(ERROR_VALUE, "sep must be length 1."), -1;
  if (is_any_str(o)) {
    if (str_kind(o) != 0)
      return error_set(ERROR_VALUE, "sep must be ASCII."), -1;
    *separator = (int)str_at(o, 0);
  } else if (is_any_bytes(o))
    *separator = *bytes_data(o);
  else
    return error_set(ERROR_TYPE, "sep must be str or bytes."), -1;
  return 0;
}

static struct object *to_hex(struct object *const *v) {
  static const char digits[] = "0123456789abcdef";
  int separator = -1, group = 1;
  struct input in;
  if ((v[1] && read_separator(v[1], &separator) < 0) || (v[2] && argument_int(v[2], &group) < 0) ||
      input_open(v[0], &in) < 0)
    return NULL;
  size_t every = separator < 0 || !group ? 0 : (size_t)(group < 0 ? -(int64_t)group : group);
  size_t between = every && in.n ? (in.n - 1) / every : 0;
  struct object *result =
      in.n > SIZE_MAX / 8 ? error_no_memory() : bytes_new_open(2 * in.n + between);
  unsigned char *out = result ? ((struct bytes *)result)->data : NULL;
  for (size_t i = 0; out && i < in.n; i++) {
    /* A positive group size counts from the right, a negative one from the left. */
    if (i && every && (group < 0 ? i : in.n - i) % every == 0)
      *out++ = (unsigned char)separator;
    *out++ = (unsigned char)digits[in.data[i] >> 4];
    *out++ = (unsigned char)digits[in.data[i] & 15];
  }
  input_close(&in);
  return result;
}
FUNCTION(b2a_hex, "b2a_hex", 0, 3, 1, "data", "sep", "bytes_per_sep") { return to_hex(v); }
FUNCTION(hexlify, "hexlify", 0, 3, 1, "data", "sep", "bytes_per_sep") { return to_hex(v); }

static int hex_value(unsigned char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  c |= 0x20;
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}
static struct object *a2b_hex(struct object *module, struct object *data) {
  struct input in;
  if (input_open_text(data, &in) < 0)
    return NULL;
  struct object *result = NULL;
  if (in.n % 2)
    error_format_of(binascii_error, "Odd-length string");
  else
    result = bytes_new_open(in.n / 2);
  for (size_t i = 0; result && i < in.n; i += 2) {
    int high = hex_value(in.data[i]), low = hex_value(in.data[i + 1]);
    if (high < 0 || low < 0) {
      drop(result);
      result = error_format_of(binascii_error, "Non-hexadecimal digit found");
    } else
      ((struct bytes *)result)->data[i / 2] = (unsigned char)(high << 4 | low);
  }
  input_close(&in);
  return result;
}

/* ---- Quoted-printable ---- */

FUNCTION(a2b_qp, "a2b_qp", 0, 2, 1, "data", "header") {
  bool header = false;
  struct input in;
  if ((v[1] && argument_bool(v[1], &header) < 0) || input_open_text(v[0], &in) < 0)
    return NULL;
  const unsigned char *p = in.data;
  size_t n = in.n;
  struct byte_builder out = BYTE_BUILDER_EMPTY;
  for (size_t i = 0; i < n;) {
    if (header && p[i] == '_') {
      byte_builder_add_byte(&out, ' ');
      i++;
      continue;
    }
    if (p[i] != '=') {
      byte_builder_add_byte(&out, p[i++]);
      continue;
    }
    if (++i >= n)
      break;
    if (p[i] == '\n' || p[i] == '\r') { /* a soft end of line */
      while (i < n && p[i] != '\n')
        i++;
      i += i < n;
    } else if (p[i] == '=') { /* what some broken encoders write */
      byte_builder_add_byte(&out, '=');
      i++;
    } else if (i + 1 < n && hex_value(p[i]) >= 0 && hex_value(p[i + 1]) >= 0) {
      byte_builder_add_byte(&out, (unsigned char)(hex_value(p[i]) << 4 | hex_value(p[i + 1])));
      i += 2;
    } else
      byte_builder_add_byte(&out, '=');
  }
  input_close(&in);
  return byte_builder_finish(&out);
}

enum { QP_LINE = 76 };

struct quoting {
  struct byte_builder out;
  size_t line; /* columns so far */
  bool with_cr;
};
static void end_line(struct quoting *q) {
  if (q->with_cr)
    byte_builder_add_byte(&q->out, '\r');
  byte_builder_add_byte(&q->out, '\n');
  q->line = 0;
}
static void put_quoted(struct quoting *q, unsigned char c) {
  static const char digits[] = "0123456789ABCDEF";
  byte_builder_add_byte(&q->out, '=');
  byte_builder_add_byte(&q->out, (unsigned char)digits[c >> 4]);
  byte_builder_add_byte(&q->out, (unsigned char)digits[c & 15]);
  q->line += 3;
}
/* A soft end of line before `more` columns that would not fit any longer. */
static void keep_short(struct quoting *q, size_t more) {
  if (q->line + more < QP_LINE)
    return;
  byte_builder_add_byte(&q->out, '=');
  end_line(q);
}

static void encode_qp(const unsigned char *p, size_t n, bool quote_tabs, bool is_text, bool header,
                      struct quoting *q) {
  const unsigned char *newline = n ? memchr(p, '\n', n) : NULL;
  q->with_cr = newline && newline > p && newline[-1] == '\r';
  for (size_t i = 0; i < n;) {
    unsigned char c = p[i], next = i + 1 < n ? p[i + 1] : 0;
    bool at_end = i + 1 >= n;
    bool is_space = c == ' ' || c == '\t';
    bool lone_dot =
        c == '.' && q->line == 0 && (at_end || next == '\n' || next == '\r' || next == 0);
    if (c > 126 || c == '=' || (header && c == '_') || lone_dot ||
        (!is_text && (c == '\r' || c == '\n')) || (is_space && at_end) ||
        (c < 33 && c != '\r' && c != '\n' && !is_space) ||
        (c < 33 && c != '\r' && c != '\n' && quote_tabs)) {
      keep_short(q, 3);
      put_quoted(q, c);
      i++;
    } else if (is_text && (c == '\n' || (c == '\r' && !at_end && next == '\n'))) {
      /* White space at the end of a line is quoted. */
      if (q->out.n && q->line && !q->out.failed) {
        unsigned char last = q->out.data[q->out.n - 1];
        if (last == ' ' || last == '\t') {
          q->out.n--;
          q->line--;
          put_quoted(q, last);
        }
      }
      end_line(q);
      i += c == '\r' ? 2 : 1;
    } else {
      bool line_ends = at_end || next == '\n';
      if (!line_ends)
        keep_short(q, 1);
      if (header && c == ' ')
        c = '_';
      byte_builder_add_byte(&q->out, c);
      q->line++;
      i++;
    }
  }
}
FUNCTION(b2a_qp, "b2a_qp", 0, 4, 1, "data", "quotetabs", "istext", "header") {
  bool quote_tabs = false, is_text = true, header = false;
  struct input in;
  if ((v[1] && argument_bool(v[1], &quote_tabs) < 0) ||
      (v[2] && argument_bool(v[2], &is_text) < 0) || (v[3] && argument_bool(v[3], &header) < 0) ||
      input_open(v[0], &in) < 0)
    return NULL;
  struct quoting q = {.out = BYTE_BUILDER_EMPTY};
  encode_qp(in.data, in.n, quote_tabs, is_text, header, &q);
  input_close(&in);
  return byte_builder_finish(&q.out);
}

/* ---- Checksums ---- */

static uint32_t crc32_table[256];

static void make_crc32_table(void) {
  for (uint32_t i = 0; i < 256; i++) {
    uint32_t c = i;
    for (int bit = 0; bit < 8; bit++)
      c = c & 1 ? c >> 1 ^ 0xedb88320u : c >> 1;
    crc32_table[i] = c;
  }
}
static struct object *crc32(struct object *module, struct object *const *args, size_t n) {
  unsigned start = 0;
  struct input in;
  if (args_check_count("crc32", n, 1, 2) < 0 || (n > 1 && argument_unsigned(args[1], &start) < 0) ||
      input_open(args[0], &in) < 0)
    return NULL;
  uint32_t crc = ~(uint32_t)start;
  for (size_t i = 0; i < in.n; i++)
    crc = crc >> 8 ^ crc32_table[(crc ^ in.data[i]) & 255];
  input_close(&in);
  return int_from_i64((uint32_t)~crc);
}
/* CRC-CCITT, as BinHex 4 has it. */
static struct object *crc_hqx(struct object *module, struct object *const *args, size_t n) {
  unsigned crc;
  struct input in;
  if (args_check_count("crc_hqx", n, 2, 2) < 0 || argument_unsigned(args[1], &crc) < 0 ||
      input_open(args[0], &in) < 0)
    return NULL;
  crc &= 0xffff;
  for (size_t i = 0; i < in.n; i++) {
    crc ^= (unsigned)in.data[i] << 8;
    for (int bit = 0; bit < 8; bit++)
      crc = crc & 0x8000 ? (crc << 1 ^ 0x1021) & 0xffff : crc << 1;
  }
  input_close(&in);
  return int_from_i64(crc);
}

/* ---- The module ---- */

static const struct method_def functions[] = {
    METHOD_ONE_("a2b_uu", a2b_uu, "($module, data, /)\n--\n\nDecode a line of uuencoded data."),
    METHOD_KEYWORDS_("b2a_uu", b2a_uu_call,
                     "($module, data, /, *, backtick=False)\n--\n\nUuencode line of data."),
    METHOD_KEYWORDS_("a2b_base64", a2b_base64_call,
                     "($module, data, /, *, strict_mode=False)\n--\n\nDecode a line of base64 "
                     "data; in strict mode nothing else may be in it."),
    METHOD_KEYWORDS_("b2a_base64", b2a_base64_call,
                     "($module, data, /, *, newline=True)\n--\n\nBase64-code line of data."),
    METHOD_ONE_("a2b_hex", a2b_hex,
                "($module, hexstr, /)\n--\n\nThe bytes of hexadecimal digits, two for each."),
    METHOD_ONE_("unhexlify", a2b_hex,
                "($module, hexstr, /)\n--\n\nThe bytes of hexadecimal digits, two for each."),
    METHOD_KEYWORDS_("b2a_hex", b2a_hex_call,
                     "($module, /, data, sep=<unrepresentable>, bytes_per_sep=1)\n--\n\n"
                     "Hexadecimal representation of binary data, with a separator between groups."),
    METHOD_KEYWORDS_("hexlify", hexlify_call,
                     "($module, /, data, sep=<unrepresentable>, bytes_per_sep=1)\n--\n\n"
                     "Hexadecimal representation of binary data, with a separator between groups."),
    METHOD_KEYWORDS_("a2b_qp", a2b_qp_call,
                     "($module, /, data, header=False)\n--\n\nDecode a string of qp-encoded data."),
    METHOD_KEYWORDS_("b2a_qp", b2a_qp_call,
                     "($module, /, data, quotetabs=False, istext=True, header=False)\n--\n\n"
                     "Encode a string using quoted-printable encoding."),
    METHOD_FAST_("crc32", crc32, "($module, data, crc=0, /)\n--\n\nCompute CRC-32 incrementally."),
    METHOD_FAST_("crc_hqx", crc_hqx,
                 "($module, data, crc, /)\n--\n\nCompute CRC-CCITT incrementally."),
    {NULL}};

int module_binascii_fill(struct object *module) {
  make_values();
  make_crc32_table();
  if (module_root(&binascii_error) < 0 || module_root(&binascii_incomplete) < 0 ||
      module_add_functions(module, functions) < 0 ||
      module_add_text(module, "__doc__", "Conversion between binary data and ASCII") < 0)
    return -1;
  if (!binascii_error && !(binascii_error = module_new_exception(
                               "binascii.Error", &exception_type(ERROR_VALUE)->head)))
    return -1;
  if (!binascii_incomplete &&
      !(binascii_incomplete = module_new_exception("binascii.Incomplete", NULL)))
    return -1;
  return module_add(module, "Error", binascii_error) < 0
             ? -1
             : module_add(module, "Incomplete", binascii_incomplete);
}
