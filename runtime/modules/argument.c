/* Arguments of functions of modules: objects to C's numbers. */
#include "runtime/modules/argument.h"
#include "runtime/object/attribute.h"
#include "runtime/object/bytes.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include <limits.h>
#include <string.h>

/* By __index__; ERROR_OVERFLOW "Python int too large to convert to C <type>". */
static int read_signed(struct object *o, int64_t least, int64_t most, const char *type,
                       int64_t *value) {
  if (LIKELY(type_of(o) == &int_type && int_is_compact(o)))
    *value = int_value(o);
  else {
    struct object *index = number_index(o);
    if (!index)
      return -1;
    bool fits = int_to_i64(index, value);
    drop(index);
    if (!fits) {
      error_format(ERROR_OVERFLOW, "Python int too large to convert to C %s", type);
      return -1;
    }
  }
  if (LIKELY(*value >= least && *value <= most))
    return 0;
  error_format(ERROR_OVERFLOW, "Python int too large to convert to C %s", type);
  return -1;
}

int argument_int(struct object *o, int *value) {
  int64_t wide;
  if (read_signed(o, INT_MIN, INT_MAX, "int", &wide) < 0)
    return -1;
  *value = (int)wide;
  return 0;
}
int argument_pid(struct object *o, int *value) {
  int64_t wide;
  if (read_signed(o, INT64_MIN, INT64_MAX, "long", &wide) < 0)
    return -1;
  if (wide >= INT_MIN && wide <= INT_MAX) {
    *value = (int)wide;
    return 0;
  }
  error_format(ERROR_OVERFLOW, "signed integer is %s",
               wide < 0 ? "less than minimum" : "greater than maximum");
  return -1;
}
int argument_long(struct object *o, int64_t *value) {
  return read_signed(o, INT64_MIN, INT64_MAX, "long", value);
}
int argument_size(struct object *o, int64_t *value) {
  return read_signed(o, INT64_MIN, INT64_MAX, "ssize_t", value);
}
int argument_optional_size(struct object *o, int64_t *value) {
  if (!o || o == NONE)
    return 0;
  if (!type_of(o)->number.index) {
    error_format(ERROR_TYPE, "argument should be integer or None, not '%N'", o);
    return -1;
  }
  return number_to_i64(o, value, ERROR_OVERFLOW);
}
int argument_offset(struct object *o, off_t *value) {
  struct object *index = number_index(o);
  if (!index)
    return -1;
  int64_t wide;
  bool fits = int_to_i64(index, &wide);
  drop(index);
  if (!fits) {
    error_format(ERROR_OVERFLOW, "int too big to convert");
    return -1;
  }
  *value = wide;
  return 0;
}
/* The low limb of the magnitude is all that can matter. */
int argument_unsigned(struct object *o, unsigned *value) {
  struct object *index = number_index(o);
  if (!index)
    return -1;
  const struct int_object *i = (const struct int_object *)index;
  if (int_is_compact(index))
    *value = (unsigned)int_value(index);
  else
    *value = (unsigned)(int_wide_is_negative(i) ? -i->limbs[0] : i->limbs[0]);
  drop(index);
  return 0;
}
int argument_bool(struct object *o, bool *value) {
  int truth = object_truth(o);
  *value = truth > 0;
  return truth < 0 ? -1 : 0;
}

int argument_int_bool(struct object *o, bool *value) {
  int number;
  if (argument_int(o, &number) < 0)
    return -1;
  *value = number != 0;
  return 0;
}

int argument_fd(struct object *o, int *fd) {
  if (is_any_int(o)) {
    if (argument_int(o, fd) < 0)
      return -1;
  } else {
    struct object *key = str_intern("fileno"), *method = NULL;
    int found = key ? attribute_find(o, key, &method) : -1;
    drop_null(key);
    if (found == 0)
      error_format(ERROR_TYPE, "argument must be an int, or have a fileno() method.");
    if (found <= 0)
      return -1;
    struct object *number = call_none(method);
    drop(method);
    if (!number)
      return -1;
    int status = -1;
    if (is_any_int(number))
      status = argument_int(number, fd);
    else
      error_format(ERROR_TYPE, "fileno() returned a non-integer");
    drop(number);
    if (status < 0)
      return -1;
  }
  if (*fd >= 0)
    return 0;
  error_format(ERROR_VALUE, "file descriptor cannot be a negative integer (%d)", *fd);
  return -1;
}

/* -1 stands for "no change" and is the largest value of the type. */
static int read_id(struct object *o, const char *what, uint32_t *id) {
  if (!type_of(o)->number.index) {
    error_format(ERROR_TYPE, "%s should be integer, not %N", what, o);
    return -1;
  }
  struct object *index = number_index(o);
  if (!index)
    return -1;
  int64_t value;
  bool fits = int_to_i64(index, &value);
  bool negative = fits ? value < 0 : int_wide_is_negative((const struct int_object *)index);
  drop(index);
  if (fits && value >= -1 && value < UINT32_MAX) {
    *id = (uint32_t)value;
    return 0;
  }
  error_format(ERROR_OVERFLOW, "%s is %s", what,
               negative ? "less than minimum" : "greater than maximum");
  return -1;
}
int argument_uid(struct object *o, uid_t *uid) { return read_id(o, "uid", uid); }
int argument_gid(struct object *o, gid_t *gid) { return read_id(o, "gid", gid); }

const char *argument_text(struct object *o, const char *what, struct object **owner) {
  *owner = NULL;
  if (!is_any_str(o))
    return error_format(ERROR_TYPE, "%s must be str, not %s", what,
                        o == NONE ? "None" : type_of(o)->name);
  const char *text = str_data(o);
  size_t n = str_length(o);
  if (!str_is_ascii(o)) {
    struct object *utf8 = str_encode_utf8(o);
    if (!utf8)
      return NULL;
    *owner = utf8;
    text = (const char *)bytes_data(utf8);
    n = bytes_length(utf8);
  }
  if (memchr(text, 0, n)) {
    drop_null(*owner);
    *owner = NULL;
    return error_format(ERROR_VALUE, "embedded null character");
  }
  return text;
}
