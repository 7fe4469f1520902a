/* What kinds of characters a string is made of: isalpha and its like. */
#include "runtime/object/character.h"
#include "runtime/object/str_internal.h"

/* Not empty, and each code point has one of the flags. */
static struct object *all(struct object *s, uint32_t flags) {
  struct text_units in = str_units(s);
  for (size_t i = 0; i < in.n; i++)
    if (!character_is(text_unit(in, i), flags))
      return hold(FALSE_);
  return hold(bool_from(in.n > 0));
}
struct object *str_isalnum(struct object *s) {
  return all(s, CHARACTER_ALNUM);
}
struct object *str_isalpha(struct object *s) {
  return all(s, CHARACTER_ALPHA);
}
struct object *str_isdecimal(struct object *s) {
  return all(s, CHARACTER_DECIMAL);
}
struct object *str_isdigit(struct object *s) {
  return all(s, CHARACTER_DIGIT | CHARACTER_DECIMAL);
}
struct object *str_isnumeric(struct object *s) {
  return all(s, CHARACTER_NUMERIC | CHARACTER_DIGIT | CHARACTER_DECIMAL);
}
struct object *str_isspace(struct object *s) {
  return all(s, CHARACTER_SPACE);
}
struct object *str_isascii(struct object *s) {
  return hold(bool_from(str_is_ascii(s)));
}

struct object *str_isprintable(struct object *s) {
  return str_length(s) == 0 ? hold(TRUE_) : all(s, CHARACTER_PRINTABLE);
}

bool str_is_identifier(const struct object *s) {
  struct text_units in = str_units(s);
  if (in.n == 0 || !character_is(text_unit(in, 0), CHARACTER_NAME_START))
    return false;
  for (size_t i = 1; i < in.n; i++)
    if (!character_is(text_unit(in, i), CHARACTER_NAME))
      return false;
  return true;
}
struct object *str_isidentifier(struct object *s) {
  return hold(bool_from(str_is_identifier(s)));
}

/* At least one of the wanted, none of the others. */
static struct object *one_case(struct object *s, uint32_t wanted, uint32_t others) {
  struct text_units in = str_units(s);
  bool any = false;
  for (size_t i = 0; i < in.n; i++) {
    uint32_t flags = character_flags(text_unit(in, i));
    if (flags & others)
      return hold(FALSE_);
    any |= (flags & wanted) != 0;
  }
  return hold(bool_from(any));
}
struct object *str_islower(struct object *s) {
  return one_case(s, CHARACTER_LOWER, CHARACTER_UPPER | CHARACTER_TITLE);
}
struct object *str_isupper(struct object *s) {
  return one_case(s, CHARACTER_UPPER, CHARACTER_LOWER | CHARACTER_TITLE);
}

/* Capitals only at the beginning of words, small letters only behind others. */
struct object *str_istitle(struct object *s) {
  struct text_units in = str_units(s);
  bool any = false, in_word = false;
  for (size_t i = 0; i < in.n; i++) {
    uint32_t flags = character_flags(text_unit(in, i));
    bool begins = (flags & (CHARACTER_UPPER | CHARACTER_TITLE)) != 0;
    if (begins ? in_word : (flags & CHARACTER_LOWER) && !in_word)
      return hold(FALSE_);
    in_word = begins || (flags & CHARACTER_LOWER);
    any |= in_word;
  }
  return hold(bool_from(any));
}
