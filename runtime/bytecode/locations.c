/* The table of places: encoding and decoding. */
#include "runtime/bytecode/locations.h"
#include "base/bits.h"

enum form { FORM_ONE_LINE = 10, FORM_NO_COLUMNS = 13, FORM_LONG = 14, FORM_NONE = 15 };

static size_t write_varint(unsigned char *at, uint32_t value) {
  size_t n = 0;
  for (; value >= 64; value >>= 6)
    at[n++] = (unsigned char)(64 | (value & 63));
  at[n++] = (unsigned char)value;
  return n;
}

static size_t write_signed(unsigned char *at, int32_t value) {
  return write_varint(at, value < 0 ? (0u - (uint32_t)value) << 1 | 1 : (uint32_t)value << 1);
}

bool location_keeps_columns = true;

size_t location_encode(unsigned char *at, struct location where, unsigned words, int32_t *line) {
  unsigned length = words - 1;
  if (where.line < 0) {
    at[0] = (unsigned char)(0x80 | FORM_NONE << 3 | length);
    return 1;
  }
  int32_t on = where.line - *line, column = where.column, end_column = where.end_column;
  *line = where.line;
  if (column < 0 || end_column < 0) {
    if (where.end_line == where.line || where.end_line == -1) {
      at[0] = (unsigned char)(0x80 | FORM_NO_COLUMNS << 3 | length);
      return 1 + write_signed(at + 1, on);
    }
  } else if (where.end_line == where.line) {
    if (on == 0 && column < 80 && end_column >= column && end_column - column < 16) {
      at[0] = (unsigned char)(0x80 | (column >> 3) << 3 | (int)length);
      at[1] = (unsigned char)((column & 7) << 4 | (end_column - column));
      return 2;
    }
    if (on >= 0 && on < 3 && column < 128 && end_column < 128) {
      at[0] = (unsigned char)(0x80 | (FORM_ONE_LINE + on) << 3 | (int)length);
      at[1] = (unsigned char)column;
      at[2] = (unsigned char)end_column;
      return 3;
    }
  }
  at[0] = (unsigned char)(0x80 | FORM_LONG << 3 | length);
  size_t n = 1 + write_signed(at + 1, on);
  n += write_varint(at + n, (uint32_t)(where.end_line - where.line));
  n += write_varint(at + n, (uint32_t)(column + 1));
  n += write_varint(at + n, (uint32_t)(end_column + 1));
  return n;
}

static uint32_t read_varint(struct location_reader *r) {
  uint32_t value = 0;
  for (unsigned shift = 0; r->at < r->end; shift += 6) {
    unsigned char byte = *r->at++;
    if (shift < 32)
      value |= (uint32_t)(byte & 63) << shift;
    if (!(byte & 64))
      break;
  }
  return value;
}
static int32_t read_signed(struct location_reader *r) {
  uint32_t value = read_varint(r);
  return value & 1 ? -(int32_t)(value >> 1) : (int32_t)(value >> 1);
}
static int32_t read_byte(struct location_reader *r) { return r->at < r->end ? *r->at++ : 0; }

ALWAYS_INLINE bool next(struct location_reader *r, struct location *where) {
  if (r->at >= r->end)
    return false;
  unsigned first = *r->at++, form = first >> 3 & 15;
  r->start = r->stop;
  r->stop += (first & 7) + 1;
  *where = (struct location){-1, -1, -1, -1};
  if (form == FORM_NONE)
    return true;
  if (form == FORM_LONG) {
    r->line += read_signed(r);
    where->end_line = r->line + (int32_t)read_varint(r);
    where->column = (int32_t)read_varint(r) - 1;
    where->end_column = (int32_t)read_varint(r) - 1;
  } else if (form == FORM_NO_COLUMNS) {
    r->line += read_signed(r);
    where->end_line = r->line;
  } else if (form >= FORM_ONE_LINE) {
    r->line += (int32_t)form - FORM_ONE_LINE;
    where->end_line = r->line;
    where->column = read_byte(r);
    where->end_column = read_byte(r);
  } else {
    int32_t second = read_byte(r);
    where->end_line = r->line;
    where->column = (int32_t)(form << 3) | second >> 4;
    where->end_column = where->column + (second & 15);
  }
  where->line = r->line;
  return true;
}

bool location_next(struct location_reader *reader, struct location *where) {
  return next(reader, where);
}

bool location_next_line(struct location_reader *reader, int32_t *line) {
  struct location_reader r = *reader;
  struct location where;
  bool found = false;
  while (!found && next(&r, &where)) {
    found = where.line != *line;
    *line = where.line;
  }
  *reader = r;
  return found;
}
