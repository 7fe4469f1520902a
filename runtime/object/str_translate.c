/* str.translate and str.maketrans. */
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str_builder.h"
#include "runtime/object/str_internal.h"

/* What a table says about a code point: a str, an int, NONE; NULL without an error: nothing. */
static struct object *look_up(struct object *table, uint32_t c) {
  struct object *key = int_from_i64(c), *found = NULL;
  if (!key)
    return NULL;
  if (is_dict(table)) {
    if ((found = dict_get_borrowed(table, key)))
      hold(found);
  } else if (!(found = object_get_item(table, key)))
    error_clear_if(ERROR_LOOKUP);
  drop(key);
  return found;
}

enum { UNKNOWN = 0, DELETED = 0x80, COMPLEX = 0x81 }; /* else the ASCII character it becomes */

static int translate_one(struct str_builder *b, struct object *table, uint32_t c,
                         unsigned char *seen) {
  struct object *found = look_up(table, c);
  unsigned char is = COMPLEX;
  int status = -1;
  if (!found) {
    if (error_pending() != ERROR_NONE)
      return -1;
    status = str_builder_add_char(b, c);
    is = (unsigned char)c;
  } else if (found == NONE) {
    status = 0;
    is = DELETED;
  } else if (is_any_str(found)) {
    status = str_builder_add(b, found);
    if (str_length(found) == 1 && str_is_ascii(found))
      is = (unsigned char)str_at(found, 0);
  } else if (is_any_int(found)) {
    int64_t value;
    if (!int_to_i64(found, &value) || value < 0 || value > 0x10ffff)
      error_set(ERROR_VALUE, "character mapping must be in range(0x%x)", 0x110000);
    else {
      status = str_builder_add_char(b, (uint32_t)value);
      if (value < 128)
        is = (unsigned char)value;
    }
  } else
    error_set(ERROR_TYPE, "character mapping must return integer, None or str");
  drop_null(found);
  if (c < 128 && seen)
    seen[c] = is;
  return status;
}

struct object *str_translate(struct object *s, struct object *table) {
  struct str_builder b = STR_BUILDER_EMPTY;
  struct text_units in = str_units(s);
  /* What ASCII characters become is asked once for each, as the table is a mapping (CPython does
   * the same where the text is ASCII). */
  unsigned char seen[128] = {UNKNOWN};
  bool remembers = str_is_ascii(s);
  for (size_t i = 0; i < in.n;) {
    if (remembers) {
      char known[128];
      size_t n = 0;
      for (; i < in.n && n < sizeof known; i++) {
        unsigned char is = seen[((const unsigned char *)in.data)[i]];
        if (is == UNKNOWN || is == COMPLEX)
          break;
        known[n] = (char)is;
        n += is != DELETED;
      }
      str_builder_add_ascii(&b, known, n);
      if (i == in.n || n == sizeof known)
        continue;
    }
    if (translate_one(&b, table, text_unit(in, i++), remembers ? seen : NULL) < 0) {
      if (b.failed)
        break;
      str_builder_discard(&b);
      return NULL;
    }
  }
  return str_builder_finish(&b);
}

/* ---- maketrans ---- */

static int set_taking(struct object *dict, uint32_t c, struct object *value) {
  struct object *key = value ? int_from_i64(c) : NULL;
  int status = key ? dict_set(dict, key, value) : -1;
  drop_null(key);
  drop_null(value);
  return status;
}

static int fill_from_pairs(struct object *dict, struct object *from, struct object *to) {
  size_t n = str_length(from);
  if (n != str_length(to)) {
    error_set(ERROR_VALUE, "the first two maketrans arguments must have equal length");
    return -1;
  }
  for (size_t i = 0; i < n; i++)
    if (set_taking(dict, str_at(from, i), int_from_i64(str_at(to, i))) < 0)
      return -1;
  return 0;
}

static int fill_from_dict(struct object *dict, struct object *from) {
  struct object *key, *value;
  for (size_t position = 0; dict_next(from, &position, &key, &value);) {
    int status = -1;
    hold(key), hold(value); /* a key's hash may change the dict */
    if (is_any_int(key))
      status = dict_set(dict, key, value);
    else if (!is_any_str(key))
      error_set(ERROR_TYPE, "keys in translate table must be strings or integers");
    else if (str_length(key) != 1)
      error_set(ERROR_VALUE, "string keys in translate table must be of length 1");
    else
      status = set_taking(dict, str_at(key, 0), hold(value));
    drop(value), drop(key);
    if (status < 0)
      return -1;
  }
  return 0;
}

static int fill(struct object *dict, struct object *const *args, size_t n) {
  if (n == 1) {
    if (is_dict(args[0]))
      return fill_from_dict(dict, args[0]);
    error_set(ERROR_TYPE, "if you give only one argument to maketrans it must be a dict");
    return -1;
  }
  if (!is_any_str(args[0])) {
    error_set(ERROR_TYPE,
              "first maketrans argument must be a string if there is a second argument");
    return -1;
  }
  if (fill_from_pairs(dict, args[0], args[1]) < 0)
    return -1;
  for (size_t i = 0; n > 2 && i < str_length(args[2]); i++)
    if (set_taking(dict, str_at(args[2], i), hold(NONE)) < 0)
      return -1;
  return 0;
}

struct object *str_maketrans(struct object *self, struct object *const *args, size_t n) {
  if (args_check_count("maketrans", n, 1, 3) < 0)
    return NULL;
  for (size_t i = 1; i < n; i++)
    if (!is_any_str(args[i]))
      return args_wrong_type("maketrans", i == 1 ? "argument 2" : "argument 3", "str", args[i]);
  struct object *dict = dict_new();
  if (dict && fill(dict, args, n) < 0) {
    drop(dict);
    return NULL;
  }
  return dict;
}
