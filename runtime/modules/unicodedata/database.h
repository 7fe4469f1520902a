/* What the Unicode Character Database says, in version 14 and, where `old`, in version 3.2. */
#pragma once
#include "runtime/object/object.h"

struct unicode_record {
  const char *category, *bidirectional, *width;
  unsigned combining;
  bool is_mirrored, is_assigned;
};
struct unicode_record unicode_record(uint32_t c, bool old);
unsigned unicode_combining(uint32_t c, bool old);
bool unicode_numeric(uint32_t c, bool old, double *value); /* false: it has none */

/* The decomposition mapping as it stands: *tag is "" (canonical) or "<...>"; how many code points,
 * 0: none. Hangul syllables have theirs by rule, not here. */
size_t unicode_decomposition(uint32_t c, bool old, const char **tag, const uint32_t **points);
uint32_t unicode_compose(uint32_t first, uint32_t second); /* 0: they don't combine; no Hangul */

enum unicode_form { UNICODE_NFC, UNICODE_NFD, UNICODE_NFKC, UNICODE_NFKD };
/* A str in normal form; the same object if it is in it already. */
struct object *unicode_normalize(struct object *text, enum unicode_form form, bool old);

/* ---- names.c ---- */

enum { UNICODE_NAME_ROOM = 128, UNICODE_SEQUENCE_MAX = 5 };
/* NUL-terminated; false: c has no name. */
bool unicode_name(uint32_t c, char name[UNICODE_NAME_ROOM]);
/* By name, in either case; false: nobody has that name. */
bool unicode_named(const char *name, size_t n, uint32_t *c);
bool unicode_alias(const char *name, size_t n, uint32_t *c);
/* A named sequence: how many code points; 0: none. */
size_t unicode_named_sequence(const char *name, size_t n, uint32_t points[UNICODE_SEQUENCE_MAX]);
void unicode_names_close(void);
