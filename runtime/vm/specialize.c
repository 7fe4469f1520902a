/* What the words of attributes and globals remember. A word that ran once is replaced by the form
 * that fits what it met; the form falls back to the general way, and is fitted anew, when it meets
 * something else. The first cache word holds a type's version and an offset or a flag. */
#include "runtime/object/attribute.h"
#include "runtime/object/dict.h"
#include "runtime/vm/frame.h"

static void rewrite(uint64_t *at, enum word word) {
  at[0] = (at[0] & ~(uint64_t)UINT32_MAX) | word_handlers[word];
}
static void remember(uint64_t *at, uint32_t version, uint32_t key, struct object *value) {
  at[1] = (uint64_t)key << 32 | version;
  at[2] = (uint64_t)(uintptr_t)value;
}

void specialize_attribute(uint64_t *at, struct object *o, struct object *name) {
  struct attribute_place place;
  attribute_locate(o, name, &place);
  if (place.kind == ATTRIBUTE_SLOT) {
    remember(at, place.version, place.offset, NULL);
    rewrite(at, WORD_LOAD_ATTR_SLOT);
  } else if (place.kind == ATTRIBUTE_CLASS) {
    remember(at, place.version, place.is_hideable, place.value);
    rewrite(at, WORD_LOAD_ATTR_CLASS);
  }
}

void specialize_method(uint64_t *at, struct object *o, struct object *name) {
  struct attribute_place place;
  attribute_locate(o, name, &place);
  if (place.kind != ATTRIBUTE_METHOD)
    return;
  remember(at, place.version, place.is_hideable, place.value);
  rewrite(at, WORD_LOAD_METHOD_CACHED);
}

void specialize_store(uint64_t *at, struct object *o, struct object *name) {
  struct attribute_place place;
  attribute_locate_store(o, name, &place);
  if (place.kind != ATTRIBUTE_SLOT)
    return;
  remember(at, place.version, place.offset, NULL);
  at[2] = place.is_inline;
  rewrite(at, WORD_STORE_ATTR_SLOT);
}

/* The place of a string key among the pairs; -1: not there as this very object. */
static int64_t pair_of(const struct object *dict, const struct object *name) {
  const struct dict *d = (const struct dict *)dict;
  for (size_t i = 0; i < d->slots; i += 2)
    if (d->pairs[i] == name)
      return (int64_t)i;
  return -1;
}

void specialize_global(uint64_t *at, struct object *globals, struct object *builtins,
                       struct object *name) {
  if (!is_dict(globals) || !is_dict(builtins))
    return;
  int64_t i = pair_of(globals, name);
  if (i >= 0) {
    at[2] = (uint64_t)i;
    rewrite(at, WORD_LOAD_GLOBAL_MODULE);
    return;
  }
  const struct dict *g = (const struct dict *)globals;
  if ((i = pair_of(builtins, name)) < 0 || dict_get_borrowed(globals, name) ||
      g->slots > UINT32_MAX)
    return;
  at[1] = (uint64_t)g->table << 32 | (uint32_t)g->slots;
  at[2] = (uint64_t)i;
  rewrite(at, WORD_LOAD_GLOBAL_BUILTIN);
}
