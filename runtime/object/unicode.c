/* Properties of code points, from utf8proc's tables. */
#include "runtime/object/unicode.h"
#include <utf8proc.h>

bool unicode_is_printable(uint32_t c) {
  if (c < 127)
    return c >= ' ';
  switch (utf8proc_category((utf8proc_int32_t)c)) {
  case UTF8PROC_CATEGORY_CC:
  case UTF8PROC_CATEGORY_CF:
  case UTF8PROC_CATEGORY_CS:
  case UTF8PROC_CATEGORY_CO:
  case UTF8PROC_CATEGORY_CN:
  case UTF8PROC_CATEGORY_ZL:
  case UTF8PROC_CATEGORY_ZP:
  case UTF8PROC_CATEGORY_ZS:
    return false;
  default:
    return true;
  }
}

/* Letters whose compatibility form begins with something else than a letter, so that a name with
 * them would not be one after normalisation. */
static bool normalizes_badly(uint32_t c, bool first) {
  if (first && (c == 0xe33 || c == 0xeb3 || c == 0xff9e || c == 0xff9f))
    return true;
  return c == 0x37a || (c >= 0xfc5e && c <= 0xfc63) || c == 0xfdfa || c == 0xfdfb || c == 0xfe70 ||
         c == 0xfe72 || c == 0xfe74 || c == 0xfe76 || c == 0xfe78 || c == 0xfe7a || c == 0xfe7c ||
         c == 0xfe7e;
}

static bool may_be_in_name(uint32_t c, bool first) {
  switch (utf8proc_category((utf8proc_int32_t)c)) {
  case UTF8PROC_CATEGORY_LU:
  case UTF8PROC_CATEGORY_LL:
  case UTF8PROC_CATEGORY_LT:
  case UTF8PROC_CATEGORY_LM:
  case UTF8PROC_CATEGORY_LO:
  case UTF8PROC_CATEGORY_NL:
    return c != 0x2e2f && !normalizes_badly(c, first);
  case UTF8PROC_CATEGORY_MN:
  case UTF8PROC_CATEGORY_MC:
  case UTF8PROC_CATEGORY_ND:
  case UTF8PROC_CATEGORY_PC:
    return !first && !normalizes_badly(c, first);
  default: /* Other_ID_Start, Other_ID_Continue */
    if (c == 0x1885 || c == 0x1886 || c == 0x2118 || c == 0x212e)
      return true;
    return !first && (c == 0xb7 || c == 0x387 || (c >= 0x1369 && c <= 0x1371) || c == 0x19da);
  }
}

bool unicode_starts_name(uint32_t c) { return c == '_' || may_be_in_name(c, true); }
bool unicode_continues_name(uint32_t c) { return may_be_in_name(c, false); }
