/* What Unicode says about single code points, as far as the language itself asks. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

bool unicode_is_printable(uint32_t c);   /* what repr shows as it is: str.isprintable */
bool unicode_starts_name(uint32_t c);    /* XID_Start, or _ */
bool unicode_continues_name(uint32_t c); /* XID_Continue */
