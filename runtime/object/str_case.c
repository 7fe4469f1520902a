/* The case of strings: ASCII by a bit, the rest by Unicode's full mappings. */
#include "runtime/object/character.h"
#include "runtime/object/str_builder.h"
#include "runtime/object/str_internal.h"

/* The capital sigma becomes a final one behind a cased letter and before none; what is ignorable
 * between them does not count. */
enum { CAPITAL_SIGMA = 0x3a3, SMALL_SIGMA = 0x3c3, FINAL_SIGMA = 0x3c2 };
static uint32_t lower_sigma(struct text_units in, size_t at) {
  size_t i = at;
  while (i > 0 && character_is(text_unit(in, i - 1), CHARACTER_IGNORABLE))
    i--;
  if (i == 0 || !character_is(text_unit(in, i - 1), CHARACTER_CASED))
    return SMALL_SIGMA;
  for (i = at + 1; i < in.n && character_is(text_unit(in, i), CHARACTER_IGNORABLE);)
    i++;
  return i < in.n && character_is(text_unit(in, i), CHARACTER_CASED) ? SMALL_SIGMA : FINAL_SIGMA;
}

static void add_mapped(struct str_builder *b, struct text_units in, size_t at,
                       enum character_case to) {
  uint32_t c = text_unit(in, at), mapped[CHARACTER_MAPPED_MAX];
  if (c < 128) {
    bool small = (c | 0x20) - 'a' < 26 && (c & 0x20), big = (c | 0x20) - 'a' < 26 && !small;
    bool to_small = to == CHARACTER_TO_LOWER || to == CHARACTER_TO_FOLD;
    str_builder_add_char(b, (to_small ? big : small) ? c ^ 0x20 : c);
    return;
  }
  if (c == CAPITAL_SIGMA && to == CHARACTER_TO_LOWER) {
    str_builder_add_char(b, lower_sigma(in, at));
    return;
  }
  unsigned n = character_map(c, to, mapped);
  for (unsigned i = 0; i < n; i++)
    str_builder_add_char(b, mapped[i]);
}

static inline unsigned char ascii_lower(unsigned char c) {
  return (unsigned char)(c - 'A') < 26 ? c | 0x20 : c;
}
static inline unsigned char ascii_upper(unsigned char c) {
  return (unsigned char)(c - 'a') < 26 ? c & 0xdf : c;
}
static inline bool ascii_is_letter(unsigned char c) {
  return (unsigned char)((c | 0x20) - 'a') < 26;
}

VECTORIZED static void map_ascii(unsigned char *out, const unsigned char *in, size_t n,
                                 bool to_upper) {
  unsigned char first = to_upper ? 'a' : 'A';
  for (size_t i = 0; i < n; i++)
    out[i] = (unsigned char)(in[i] ^ ((unsigned char)(in[i] - first) < 26 ? 0x20 : 0));
}

static struct object *map_all(struct object *s, enum character_case to) {
  size_t n = str_length(s);
  if (str_is_ascii(s)) {
    struct object *o = str_new_open(n, 0);
    if (!o)
      return NULL;
    map_ascii(str_room(o), str_data(s), n, to == CHARACTER_TO_UPPER);
    return str_seal_taking(o, true);
  }
  struct text_units in = str_units(s);
  STR_BUILDER_FEW_BYTES(few);
  struct str_builder b = STR_BUILDER_OF_KIND(few, in.kind);
  uint32_t run[64];
  for (size_t i = 0; i < n && !b.failed;) {
    size_t most = sizeof run >> in.kind, m = n - i < most ? n - i : most;
    size_t done = character_map_run((const char *)in.data + (i << in.kind), run, in.kind, m, to);
    str_builder_add_units(&b, run, done, in.kind, false);
    i += done;
    if (done < m)
      add_mapped(&b, in, i++, to);
  }
  return str_builder_finish(&b);
}
struct object *str_lower(struct object *s) {
  return map_all(s, CHARACTER_TO_LOWER);
}
struct object *str_upper(struct object *s) {
  return map_all(s, CHARACTER_TO_UPPER);
}
struct object *str_casefold(struct object *s) {
  return map_all(s, CHARACTER_TO_FOLD);
}

struct object *str_capitalize(struct object *s) {
  size_t n = str_length(s);
  if (str_is_ascii(s)) {
    struct object *o = str_new_open(n, 0);
    if (!o)
      return NULL;
    unsigned char *out = str_room(o);
    const unsigned char *in = str_data(s);
    for (size_t i = 0; i < n; i++)
      out[i] = i ? ascii_lower(in[i]) : ascii_upper(in[i]);
    return str_seal_taking(o, true);
  }
  STR_BUILDER_FEW_BYTES(few);
  struct str_builder b = STR_BUILDER_OF_KIND(few, str_kind(s));
  for (size_t i = 0; i < n; i++)
    add_mapped(&b, str_units(s), i, i ? CHARACTER_TO_LOWER : CHARACTER_TO_TITLE);
  return str_builder_finish(&b);
}

struct object *str_title(struct object *s) {
  size_t n = str_length(s);
  bool in_word = false;
  if (str_is_ascii(s)) {
    struct object *o = str_new_open(n, 0);
    if (!o)
      return NULL;
    unsigned char *out = str_room(o);
    const unsigned char *in = str_data(s);
    for (size_t i = 0; i < n; i++) {
      out[i] = in_word ? ascii_lower(in[i]) : ascii_upper(in[i]);
      in_word = ascii_is_letter(in[i]);
    }
    return str_seal_taking(o, true);
  }
  STR_BUILDER_FEW_BYTES(few);
  struct str_builder b = STR_BUILDER_OF_KIND(few, str_kind(s));
  struct text_units in = str_units(s);
  for (size_t i = 0; i < n; i++) {
    add_mapped(&b, in, i, in_word ? CHARACTER_TO_LOWER : CHARACTER_TO_TITLE);
    in_word = character_is(text_unit(in, i), CHARACTER_CASED);
  }
  return str_builder_finish(&b);
}

struct object *str_swapcase(struct object *s) {
  size_t n = str_length(s);
  struct text_units in = str_units(s);
  if (str_is_ascii(s)) {
    struct object *o = str_new_open(n, 0);
    if (!o)
      return NULL;
    unsigned char *out = str_room(o);
    const unsigned char *from = in.data;
    for (size_t i = 0; i < n; i++)
      out[i] = ascii_is_letter(from[i]) ? from[i] ^ 0x20 : from[i];
    return str_seal_taking(o, true);
  }
  STR_BUILDER_FEW_BYTES(few);
  struct str_builder b = STR_BUILDER_OF_KIND(few, str_kind(s));
  for (size_t i = 0; i < n; i++) {
    uint32_t c = text_unit(in, i), flags = character_flags(c);
    if (flags & CHARACTER_UPPER)
      add_mapped(&b, in, i, CHARACTER_TO_LOWER);
    else if (flags & CHARACTER_LOWER)
      add_mapped(&b, in, i, CHARACTER_TO_UPPER);
    else
      str_builder_add_char(&b, c);
  }
  return str_builder_finish(&b);
}
