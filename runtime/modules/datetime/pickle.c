/* What a pickle holds of a date, a time or a datetime: its fields as bytes, and a time zone where
 * there is one. The fold is the top bit of a byte that has room for it. */
#include "runtime/modules/datetime/datetime.h"
#include "runtime/object/bytes.h"
#include "runtime/object/tuple.h"

/* ---- In ---- */

/* Text of a pickle of Python 2, whose bytes came in as Latin-1. */
static struct object *state_of_text(struct object *o, size_t n, const char *what) {
  unsigned char bytes[DATETIME_BYTES];
  for (size_t i = 0; i < n; i++) {
    uint32_t c = str_at(o, i);
    if (c > 255)
      return error_format(ERROR_VALUE,
                          "Failed to encode latin1 string when unpickling a %s object. "
                          "pickle.load(data, encoding='latin1') is assumed.",
                          what);
    bytes[i] = (unsigned char)c;
  }
  return bytes_from(bytes, n);
}
int pickle_find_state(struct object *o, size_t n, size_t at, bool has_fold, unsigned least,
                      unsigned most, const char *what, struct object **state) {
  uint32_t c;
  if (is_any_bytes(o) && bytes_length(o) == n)
    c = bytes_data(o)[at];
  else if (is_any_str(o) && str_length(o) == n)
    c = str_at(o, at);
  else
    return 0;
  if (has_fold)
    c &= 0x7f;
  if (c < least || c > most)
    return 0;
  *state = is_any_bytes(o) ? hold(o) : state_of_text(o, n, what);
  return *state ? 1 : -1;
}

/* ---- Out ---- */

int pickle_protocol(struct object *const *args, size_t n, int *protocol) {
  static const char *const names[] = {""};
  static const struct arguments spec = {"__reduce_ex__", names, "i", 1, 1};
  union argument v;
  if (n != 1) {
    error_format(ERROR_TYPE, "__reduce_ex__() takes exactly 1 argument (%zu given)", n);
    return -1;
  }
  if (arguments_read(&spec, args, n, NULL, &v) < 0)
    return -1;
  *protocol = v.number;
  return 0;
}
struct object *pickle_reduce(struct object *o, const unsigned char *fields, size_t n, size_t at,
                             bool fold, struct object *zone) {
  unsigned char data[DATETIME_BYTES];
  memcpy(data, fields, n);
  if (fold)
    data[at] |= 0x80;
  struct object *bytes = bytes_from(data, n);
  struct object *state = !bytes ? NULL
                         : zone ? tuple_pair_taking(bytes, hold(zone))
                                : tuple_pack_taking(1, bytes);
  return state ? tuple_pair_taking(hold(&type_of(o)->head), state) : NULL;
}
