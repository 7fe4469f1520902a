/* Numeric literals: the value of a NUMBER token, whose form the lexer has verified. */
#include "runtime/compile/lexer.h"
#include "runtime/object/complex.h"
#include "runtime/object/float.h"
#include "runtime/object/int.h"
#include <stdlib.h>
#include <string.h>

/* strtod wants a NUL behind the digits and no underscores in them. Exact: glibc rounds correctly.
 */
static bool read_double(const char *text, size_t n, double *value) {
  char room[64], *copy = room;
  if (n >= sizeof room && !(copy = gc_buffer_new(n + 1)))
    return error_no_memory(), false;
  size_t length = 0;
  for (size_t i = 0; i < n; i++)
    if (text[i] != '_')
      copy[length++] = text[i];
  copy[length] = 0;
  *value = strtod(copy, NULL);
  if (copy != room)
    gc_buffer_free(copy, n + 1);
  return true;
}

struct object *number_from_token(const struct token *token) {
  const char *text = token->start;
  size_t n = (size_t)(token->end - text);
  char second = n > 2 ? (char)(text[1] | 0x20) : 0;
  if (text[0] == '0' && (second == 'x' || second == 'o' || second == 'b'))
    return int_from_text(text + 2, n - 2, second == 'x' ? 16 : second == 'o' ? 8 : 2);
  double value;
  if ((text[n - 1] | 0x20) == 'j')
    return read_double(text, n - 1, &value) ? complex_from(0, value) : NULL;
  for (size_t i = 0; i < n; i++)
    if (text[i] == '.' || (text[i] | 0x20) == 'e')
      return read_double(text, n, &value) ? float_from(value) : NULL;
  return int_from_text(text, n, 10);
}
