/* Text from bytes and bytes from text.
 *
 * UTF-8, ASCII and Latin-1 (under the names Python knows them by) and UTF-16 and UTF-32 are done
 * here; any other encoding is asked of the registry, whose search functions come with the package
 * `encodings`, imported at the first such need.
 *
 * Names of encodings and of error handlers are NUL-terminated ASCII; NULL: "utf-8", "strict". */
#pragma once
#include "runtime/object/object.h"

struct object *codec_encode(struct object *text, const char *encoding, const char *errors);
struct object *codec_decode(const void *data, size_t n, const char *encoding, const char *errors);
/* The same of anything with a buffer. */
struct object *codec_decode_object(struct object *o, const char *encoding, const char *errors);

/* A str as ASCII: all else as \x.., \u.... or \U........ */
struct object *codec_ascii_from(struct object *text);

/* File names, arguments, environment: UTF-8 with surrogateescape. Bytes; a str. */
struct object *str_encode_filename(struct object *text);
struct object *str_decode_filename(const char *name, size_t n);

/* ---- Single encodings ---- */

/* `consumed` not NULL: an incomplete end is left over, and *consumed says how many bytes were used;
 * NULL: it is an error. */
typedef struct object *codec_decode_fn(const unsigned char *data, size_t n, const char *errors,
                                       size_t *consumed);
typedef struct object *codec_encode_fn(struct object *text, const char *errors);

codec_decode_fn codec_utf8_decode, codec_ascii_decode, codec_latin1_decode, codec_utf7_decode,
    codec_unicode_escape_decode, codec_raw_unicode_escape_decode;
codec_encode_fn codec_utf8_encode, codec_ascii_encode, codec_latin1_encode, codec_utf7_encode,
    codec_unicode_escape_encode, codec_raw_unicode_escape_encode;

enum codec_order { CODEC_LITTLE = -1, CODEC_NATIVE = 0, CODEC_BIG = 1 };
/* *order CODEC_NATIVE: a mark at the beginning says which it is, and is taken away; afterwards
 * *order tells what was found. */
struct object *codec_utf16_decode(const unsigned char *data, size_t n, const char *errors,
                                  int *order, size_t *consumed);
struct object *codec_utf32_decode(const unsigned char *data, size_t n, const char *errors,
                                  int *order, size_t *consumed);
/* CODEC_NATIVE writes a mark in front. */
struct object *codec_utf16_encode(struct object *text, const char *errors, int order);
struct object *codec_utf32_encode(struct object *text, const char *errors, int order);

/* By a mapping from code points (bytes), or a str whose items are what bytes mean. NULL: Latin-1.
 */
struct object *codec_charmap_decode(const unsigned char *data, size_t n, const char *errors,
                                    struct object *mapping);
struct object *codec_charmap_encode(struct object *text, const char *errors,
                                    struct object *mapping);
/* A mapping for codec_charmap_encode from a decoding str: an EncodingMap, or a dict. */
struct object *codec_charmap_build(struct object *decoding);
extern struct type encoding_map_type;

/* Escapes of byte literals. */
struct object *codec_escape_decode(const unsigned char *data, size_t n, const char *errors);
struct object *codec_escape_encode(const unsigned char *data, size_t n);

/* ---- The registry ---- */

/* Development mode: names of encodings and handlers are looked up even where they aren't needed. */
extern bool codec_checks_names;
int codec_register(struct object *search);
int codec_unregister(struct object *search);
struct object *codec_lookup(const char *encoding); /* what the search returned, a tuple of 4 */
/* The same for text encodings only; LookupError with what to use instead. */
struct object *codec_lookup_text(const char *encoding, const char *instead);
/* codecs.encode() and decode(): of anything to anything. */
struct object *codec_encode_any(struct object *o, const char *encoding, const char *errors);
struct object *codec_decode_any(struct object *o, const char *encoding, const char *errors);
/* The UTF-8 of a name that is not ASCII, valid until the end; NULL with an error. */
const char *codec_keep_name(struct object *name);
int codec_register_error(const char *name, struct object *handler);
struct object *codec_lookup_error(const char *name);
/* Imports `encodings`, whose import registers its search; set by the modules. */
extern int (*codec_import_encodings)(void);
/* What unicodedata calls a code point: false if it has no name; set by the modules. */
extern bool (*codec_character_name)(uint32_t c, char *name, size_t room);
/* The code point of a name or alias: for \N{...}; set by the modules. */
extern bool (*codec_character_named)(const char *name, size_t n, uint32_t *c);

void codec_visit_roots(gc_visit_fn *visit, void *context);
void codec_close(void);
