/* What the language asks of code points, from the tables of Unicode 14. */
#include "runtime/object/unicode.h"
#include "runtime/object/character.h"

bool unicode_is_printable(uint32_t c) { return character_is(c, CHARACTER_PRINTABLE); }
bool unicode_starts_name(uint32_t c) { return character_is(c, CHARACTER_NAME_START); }
bool unicode_continues_name(uint32_t c) { return character_is(c, CHARACTER_NAME); }
