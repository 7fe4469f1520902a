/* Python values as bytes, and back: the format of .pyc files, CPython 3.11's version 4.
 *
 * An object is a tag byte and what follows from it; numbers are little endian. A tag with
 * MARSHAL_FLAG enters its object into a table, in order of beginning; MARSHAL_REFERENCE and an
 * index stand for an entry of it. Strings that were interned are so again. */
#pragma once
#include "runtime/object/object.h"

enum { MARSHAL_VERSION = 4, MARSHAL_DEPTH_MAX = 2000, MARSHAL_DIGIT_BITS = 15 };

enum marshal_tag {
  MARSHAL_NULL = '0', /* ends a dict */
  MARSHAL_NONE = 'N',
  MARSHAL_FALSE = 'F',
  MARSHAL_TRUE = 'T',
  MARSHAL_STOP_ITERATION = 'S',
  MARSHAL_ELLIPSIS = '.',
  MARSHAL_INT = 'i',    /* i32 */
  MARSHAL_INT64 = 'I',  /* i64: only read */
  MARSHAL_LONG = 'l',   /* i32: sign and number of digits, u16 each */
  MARSHAL_FLOAT = 'f',  /* length u8, decimal: version 1 and below */
  MARSHAL_DOUBLE = 'g', /* f64 */
  MARSHAL_COMPLEX = 'x',
  MARSHAL_DOUBLES = 'y',
  MARSHAL_BYTES = 's',          /* length i32 */
  MARSHAL_STR = 'u',            /* length i32, UTF-8 with lone surrogates */
  MARSHAL_INTERNED = 't',       /* likewise */
  MARSHAL_ASCII = 'a',          /* length i32 */
  MARSHAL_ASCII_INTERNED = 'A', /* likewise */
  MARSHAL_SHORT = 'z',          /* ASCII, length u8 */
  MARSHAL_SHORT_INTERNED = 'Z', /* likewise */
  MARSHAL_TUPLE = '(',          /* length i32 */
  MARSHAL_SMALL_TUPLE = ')',    /* length u8 */
  MARSHAL_LIST = '[',
  MARSHAL_DICT = '{', /* keys and values up to a MARSHAL_NULL */
  MARSHAL_SET = '<',
  MARSHAL_FROZENSET = '>',
  MARSHAL_CODE = 'c',
  MARSHAL_REFERENCE = 'r', /* index i32 */
  MARSHAL_UNKNOWN = '?',
  MARSHAL_FLAG = 0x80,
};

/* The first object of n bytes; what stands behind it is not looked at. EOFError, ValueError or
 * TypeError for what is no such object. The bytes must stay where they are meanwhile. */
struct object *marshal_read(const unsigned char *bytes, size_t n);
/* The next object of a file, read by its readinto(). */
struct object *marshal_read_file(struct object *file);
/* A new bytes object; ValueError for what can't be written. */
struct object *marshal_write(struct object *o, int64_t version);
