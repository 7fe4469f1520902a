/* Encodings of one byte a character, by tables. */
#include "runtime/object/bytes.h"
#include "runtime/object/codec_errors.h"
#include "runtime/object/dict.h"
#include "runtime/object/int.h"
#include "runtime/object/protocol.h"
#include <stddef.h>
#include <string.h>

static const char undefined[] = "character maps to <undefined>";
enum { UNDEFINED = 0xfffe }; /* what a table has in place of a character */

/* ---- Decoding ---- */

/* 1: appended; 0: the byte means nothing; -1: error. */
static int decode_by_mapping(struct codec_decoder *d, struct object *mapping, unsigned char byte) {
  struct object *key = int_from_i64(byte), *found = key ? object_get_item(mapping, key) : NULL;
  drop_null(key);
  if (!found)
    return error_clear_if(ERROR_LOOKUP) ? 0 : -1;
  int result = -1;
  if (found == NONE)
    result = 0;
  else if (is_any_int(found)) {
    int64_t c;
    if (!int_to_i64(found, &c) || c < 0 || c > 0x10ffff)
      error_format(ERROR_TYPE, "character mapping must be in range(0x%lx)", 0x110000L);
    else
      result = c == UNDEFINED ? 0 : str_builder_add_char(&d->out, (uint32_t)c) < 0 ? -1 : 1;
  } else if (is_any_str(found)) {
    if (str_length(found) == 1 && str_at(found, 0) == UNDEFINED)
      result = 0;
    else
      result = str_builder_add(&d->out, found) < 0 ? -1 : 1;
  } else
    error_set(ERROR_TYPE, "character mapping must return integer, None or str");
  drop(found);
  return result;
}

struct object *codec_charmap_decode(const unsigned char *data, size_t n, const char *errors,
                                    struct object *mapping) {
  if (!mapping)
    return codec_latin1_decode(data, n, errors, NULL);
  struct codec_decoder d = codec_decoder_begin("charmap", errors, data, n);
  struct text_units table = {0};
  if (is_str(mapping))
    table = str_units(mapping);
  int status = 0;
  for (size_t at = 0; at < d.n && status == 0;) {
    unsigned char byte = d.data[at];
    int known;
    if (is_str(mapping)) {
      uint32_t c = byte < table.n ? text_unit(table, byte) : UNDEFINED;
      known = c != UNDEFINED;
      if (known && str_builder_add_char(&d.out, c) < 0)
        known = -1;
    } else
      known = decode_by_mapping(&d, mapping, byte);
    if (known > 0)
      at++;
    else if (known < 0)
      status = -1;
    else
      status = codec_decoder_error(&d, at, at + 1, undefined, &at);
  }
  return codec_decoder_finish(&d, status);
}

/* ---- Maps made from a decoding table ----
 *
 * Two levels by the bytes of a code point; 0 where there is none, so that only code point 0 may
 * become byte 0. */
struct encoding_map {
  struct object head;
  uint8_t block_of[256]; /* 0: none */
  size_t blocks;         /* of 256 bytes each, from 1 */
  unsigned char *bytes;  /* item buffer */
};
static struct encoding_map *map_of(struct object *o) { return (struct encoding_map *)o; }
static void map_release(struct object *o) {
  gc_buffer_free(map_of(o)->bytes, map_of(o)->blocks * 256);
}
static void map_destroy(struct object *o) {
  map_release(o);
  gc_delete(o, sizeof(struct encoding_map));
}
static int map_find(const struct encoding_map *map, uint32_t c) {
  if (c == 0)
    return 0;
  unsigned block = c < 0x10000 ? map->block_of[c >> 8] : 0;
  int byte = block ? map->bytes[(block - 1) * 256 + (c & 0xff)] : 0;
  return byte ? byte : -1;
}
static struct object *map_size(struct object *o) {
  return int_from_i64((int64_t)(sizeof(struct encoding_map) + map_of(o)->blocks * 256));
}
static const struct method_def map_methods[] = {
    METHOD_NOARGS_("size", map_size, "Return the size (in bytes) of this object"), {NULL}};
struct type encoding_map_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_LEAF, .flags = GC_RELEASES, .basic_bytes = sizeof(struct encoding_map)},
    .name = "EncodingMap",
    .destroy = map_destroy,
    .release = map_release,
    .flags = TYPE_NO_INSTANCE,
    .methods = map_methods,
    .base = &object_type};

static struct object *build_dict(struct text_units in) {
  struct object *dict = dict_new();
  for (size_t i = 0; dict && i < in.n; i++) {
    struct object *key = int_from_i64(text_unit(in, i));
    struct object *value = key ? int_from_i64((int64_t)i) : NULL;
    int status = value ? dict_set(dict, key, value) : -1;
    drop_null(value);
    drop_null(key);
    if (status < 0) {
      drop(dict);
      dict = NULL;
    }
  }
  return dict;
}

struct object *codec_charmap_build(struct object *decoding) {
  struct text_units in = str_units(decoding);
  if (in.n > 256)
    in.n = 256;
  if (in.n == 0)
    return error_format(ERROR_TYPE, "bad argument type for built-in operation");
  uint8_t block_of[256] = {0};
  size_t blocks = 0;
  bool fits = text_unit(in, 0) == 0;
  for (size_t i = 1; i < in.n && fits; i++) {
    uint32_t c = text_unit(in, i);
    fits = c != 0 && c <= 0xffff && blocks < 255;
    if (fits && c != UNDEFINED && !block_of[c >> 8])
      block_of[c >> 8] = (uint8_t)++blocks;
  }
  if (!fits)
    return build_dict(in);
  struct encoding_map *map = (struct encoding_map *)gc_new(&encoding_map_type, sizeof *map);
  if (!map)
    return error_no_memory();
  memcpy(map->block_of, block_of, sizeof block_of);
  map->blocks = 0;
  map->bytes = blocks ? gc_buffer_new(blocks * 256) : NULL;
  if (blocks && !map->bytes) {
    drop(&map->head);
    return error_no_memory();
  }
  map->blocks = blocks;
  if (blocks)
    memset(map->bytes, 0, blocks * 256);
  for (size_t i = 1; i < in.n; i++) {
    uint32_t c = text_unit(in, i);
    if (c != UNDEFINED)
      map->bytes[(size_t)(block_of[c >> 8] - 1) * 256 + (c & 0xff)] = (unsigned char)i;
  }
  return &map->head;
}

/* ---- Encoding ---- */

/* 1: appended (unless `only_look`); 0: it has no byte; -1: error. */
static int encode_one(struct codec_encoder *e, struct object *mapping, uint32_t c, bool only_look) {
  if (type_of(mapping) == &encoding_map_type) {
    int byte = map_find(map_of(mapping), c);
    if (byte < 0 || only_look)
      return byte >= 0;
    return byte_builder_add_byte(&e->out, (unsigned char)byte) < 0 ? -1 : 1;
  }
  struct object *key = int_from_i64(c), *found = key ? object_get_item(mapping, key) : NULL;
  drop_null(key);
  if (!found)
    return error_clear_if(ERROR_LOOKUP) ? 0 : -1;
  int result = -1;
  if (found == NONE)
    result = 0;
  else if (is_any_int(found)) {
    int64_t byte;
    if (!int_to_i64(found, &byte) || byte < 0 || byte > 255)
      error_set(ERROR_TYPE, "character mapping must be in range(256)");
    else
      result = only_look || byte_builder_add_byte(&e->out, (unsigned char)byte) == 0 ? 1 : -1;
  } else if (is_any_bytes(found))
    result = only_look || byte_builder_add(&e->out, bytes_data(found), bytes_length(found)) == 0
                 ? 1
                 : -1;
  else
    error_format(ERROR_TYPE, "character mapping must return integer, bytes or None, not %N", found);
  drop(found);
  return result;
}

/* What a handler gives as text goes through the mapping, too. */
static int replace(struct codec_encoder *e, struct object *mapping, size_t start, size_t stop,
                   size_t *at) {
  struct object *replacement;
  if (!e->has_policy) {
    e->policy = codec_policy_of(e->errors);
    if (e->policy == CODEC_SURROGATEESCAPE) /* all of them, or none: as the handler has it */
      e->policy = CODEC_OTHER;
    e->has_policy = true;
  }
  if (codec_encoder_error(e, start, stop, undefined, &replacement, at) < 0)
    return -1;
  int status = 0;
  if (is_any_bytes(replacement))
    status = byte_builder_add(&e->out, bytes_data(replacement), bytes_length(replacement));
  else
    for (size_t i = 0; i < str_length(replacement) && status == 0; i++) {
      int known = encode_one(e, mapping, str_at(replacement, i), false);
      if (known == 0)
        codec_encoder_raise(e, start, stop, undefined);
      status = known > 0 ? 0 : -1;
    }
  drop(replacement);
  return status;
}

struct object *codec_charmap_encode(struct object *text, const char *errors,
                                    struct object *mapping) {
  if (!mapping)
    return codec_latin1_encode(text, errors);
  struct codec_encoder e = codec_encoder_begin("charmap", errors, text);
  int status = 0;
  for (size_t at = 0; at < e.in.n && status == 0;) {
    int known = encode_one(&e, mapping, text_unit(e.in, at), false);
    if (known > 0)
      at++;
    else if (known < 0)
      status = -1;
    else {
      size_t stop = at + 1;
      while (stop < e.in.n && (known = encode_one(&e, mapping, text_unit(e.in, stop), true)) == 0)
        stop++;
      status = known < 0 ? -1 : replace(&e, mapping, at, stop, &at);
    }
  }
  return codec_encoder_finish(&e, status);
}
