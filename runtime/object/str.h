/* Strings: immutable, 1, 2 or 4 bytes per code point by the largest, the hash cached. */
#pragma once
#include "runtime/object/object.h"

extern struct type str_type;

struct object *str_from_utf8(const char *utf8, size_t bytes); /* ERROR_VALUE if it is no UTF-8 */
struct object *str_from_ascii(const char *text); /* NUL-terminated */
struct object *str_intern(const char *ascii);    /* one immortal object per text */
struct object *str_concat(struct object *a, struct object *b);
/* Appends in place where nobody else can see it (rc: count 1), else a new one; takes `a`. */
struct object *str_append_taking(struct object *a, struct object *b);
struct object *str_slice(struct object *s, size_t start, size_t stop);
bool is_str(const struct object *o);
size_t str_length(const struct object *s); /* code points */
uint32_t str_at(const struct object *s, size_t i);
