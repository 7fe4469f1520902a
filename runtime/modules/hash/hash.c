/* What hash objects share: arguments, and digests as text. */
#include "runtime/modules/hash/hash.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/str.h"
#include <string.h>

int hash_data_open(struct object *o, struct buffer_view *view) {
  if (is_any_str(o))
    return error_set(ERROR_TYPE, "Strings must be encoded before hashing"), -1;
  if (!has_buffer(o))
    return error_set(ERROR_TYPE, "object supporting the buffer API required"), -1;
  return buffer_get(o, view, BUFFER_SIMPLE);
}

struct object *hash_hex(const unsigned char *digest, size_t n) {
  static const char digits[] = "0123456789abcdef";
  struct object *s = str_new_open(2 * n, 0);
  char *to = s ? str_room(s) : NULL;
  for (size_t i = 0; s && i < n; i++) {
    *to++ = digits[digest[i] >> 4];
    *to++ = digits[digest[i] & 15];
  }
  return s ? str_seal_taking(s, true) : NULL;
}

int hash_unsigned(struct object *o, uint64_t *value, const char *too_large) {
  unsigned char bytes[8];
  if (!is_any_int(o))
    error_set(ERROR_TYPE, "an integer is required");
  else if (int_sign(o) < 0)
    error_set(ERROR_VALUE, "value must be positive");
  else if (!int_to_bytes(o, bytes, 8, false, false))
    error_set(ERROR_OVERFLOW, "%s", too_large);
  else {
    memcpy(value, bytes, 8);
    return 0;
  }
  return -1;
}
