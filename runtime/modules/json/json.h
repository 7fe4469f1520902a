/* What the files of the module _json share. */
#pragma once
#include "runtime/object/type.h"

extern struct type json_scanner_type, json_encoder_type;

/* module.c: the module's functions; two of them the encoder knows. */
enum { JSON_QUOTE = 1, JSON_QUOTE_ASCII };
extern const struct method_def json_functions[];

/* scan_text.c: the string literal behind the quote in front of `at`: a new str, *next behind its
 * closing quote. NULL with JSONDecodeError. */
struct object *json_scan_text(struct object *text, int64_t at, bool strict, int64_t *next);
/* json.JSONDecodeError(message, text, at); returns NULL. */
void *json_fail(const char *message, struct object *text, int64_t at);

/* encode.c: a str in quotes; ascii_only: all else is escaped. */
struct object *json_quote(struct object *text, bool ascii_only);
