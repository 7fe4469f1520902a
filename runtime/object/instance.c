/* Instances of run-time types: their attributes, and their death by count. */
#include "runtime/object/instance.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/str.h"
#include "runtime/object/type_internal.h"
#include "runtime/object/type_keys.h"
#include "runtime/object/weakref.h"
#include <string.h>

void instance_destroy(struct object *o) {
  struct instance *instance = (struct instance *)o;
  struct type *t = type_of(o);
  gc_untrack(o);
  if (UNLIKELY(instance->weakrefs != NULL))
    weakref_referent_dies(o);
  for (uint32_t i = 0; i < t->slots_n; i++)
    drop_null(instance->slots[i]);
  gc_delete(o, t->shape.basic_bytes);
  drop(&t->head);
}

/* ---- Keys: which name has which inline slot ---- */

static unsigned key_hash(struct object *name) {
  return (unsigned)((uint64_t)str_hash(name) % KEYS_INDEX);
}

int type_keys_find(const struct type_keys *keys, struct object *name) {
  if (!keys)
    return -1;
  bool interned = (((struct str *)name)->shape & STR_INTERNED) != 0;
  for (unsigned at = key_hash(name); keys->index[at]; at = (at + 1) % KEYS_INDEX) {
    int i = keys->index[at] - 1;
    if (keys->names[i] == name || (!interned && str_same_text(keys->names[i], name)))
      return i;
  }
  return -1;
}

int type_keys_add(struct type *t, struct object *name) {
  if (!is_str(name) || !(((struct str *)name)->shape & STR_INTERNED))
    return -1;
  if (!t->keys) {
    struct type_keys *keys = gc_buffer_try(sizeof *keys);
    if (keys)
      t->keys = memset(keys, 0, sizeof *keys);
    else if (!t->keys) /* nor has a finaliser given it some: a dict will do */
      return -1;
  }
  struct type_keys *keys = t->keys;
  if (keys->n == INSTANCE_INLINE_MAX)
    return -1;
  unsigned at = key_hash(name);
  while (keys->index[at])
    at = (at + 1) % KEYS_INDEX;
  keys->names[keys->n++] = name;
  keys->index[at] = keys->n;
  return keys->n - 1;
}

void type_keys_free(struct type *t) {
  if (t->keys)
    gc_buffer_free(t->keys, sizeof *t->keys);
  t->keys = NULL;
}

/* ---- Where the dict is ---- */

/* Bytes of the part that a static base lays out, for types whose own part stands behind it. */
size_t instance_base_bytes(const struct object *o) {
  const struct gc_shape *s = &type_of(o)->builtin_base->shape;
  size_t bytes;
  if (s->bytes)
    bytes = s->bytes(o);
  else
    bytes = s->basic_bytes +
            (s->item_bytes ? *(const size_t *)((const char *)o + s->n_offset) * s->item_bytes : 0);
  return align_up(bytes, sizeof(void *));
}

struct object **instance_member_slot(struct object *o, size_t offset) {
  if (UNLIKELY(type_of(o)->flags & TYPE_TAIL))
    offset = instance_base_bytes(o) + offset - TAIL_ORIGIN;
  return instance_slot(o, offset);
}

struct object **instance_dict_slot(struct object *o) {
  size_t offset = type_of(o)->dict_offset;
  return offset ? instance_member_slot(o, offset) : NULL;
}
/* The inline attributes stand right behind the dict word. */
static struct object **inline_of(struct object **dict) { return dict + 1; }
/* Whether there are any, used or not. */
static bool has_inline(const struct object *o, struct object *const *dict) {
  return (type_of(o)->flags & TYPE_INLINE) && !instance_marked_bytes(dict);
}

/* What a collection runs meanwhile may have done it already. */
static int materialize(struct object *o, struct object **slot) {
  struct object *dict = dict_new_sized(type_of(o)->inline_n);
  if (!dict)
    return -1;
  if (UNLIKELY(*slot != NULL)) {
    drop(dict);
    return 0;
  }
  const struct type *t = type_of(o);
  struct object **values = inline_of(slot);
  for (unsigned i = 0; i < t->inline_n; i++)
    if (values[i] && dict_set(dict, t->keys->names[i], values[i]) < 0) {
      drop(dict);
      return -1;
    }
  store_first(o, slot, dict);
  for (unsigned i = 0; i < t->inline_n; i++)
    if (values[i])
      store(o, &values[i], NULL); /* the dict holds it */
  return 0;
}

/* For an instance without inline values; as materialize. */
static struct object *make_dict(struct object *o, struct object **slot) {
  struct object *dict = dict_new();
  if (UNLIKELY(dict && *slot))
    drop(dict);
  else if (dict)
    store_first(o, slot, dict);
  return dict ? *slot : NULL;
}

struct object *instance_dict_borrowed(struct object *o) {
  struct object **slot = instance_dict_slot(o);
  if (!slot)
    return NULL;
  if (*slot)
    return *slot;
  if (has_inline(o, slot))
    return materialize(o, slot) < 0 ? NULL : *slot;
  return make_dict(o, slot);
}

int instance_set_dict(struct object *o, struct object *value) {
  struct object **slot = instance_dict_slot(o);
  if (!slot) {
    error_format(ERROR_ATTRIBUTE, "This object has no __dict__");
    return -1;
  }
  if (!value) {
    struct object *dict = dict_new();
    if (!dict)
      return -1;
    store(o, slot, dict);
  } else
    store(o, slot, hold(value));
  if (has_inline(o, slot))
    for (unsigned i = 0; i < type_of(o)->inline_n; i++)
      store(o, &inline_of(slot)[i], NULL);
  return 0;
}

bool instance_dict_lacks(struct object *dict, struct object *name) {
  return is_dict(dict) && ((struct dict *)dict)->strings && !dict_get_borrowed(dict, name);
}

/* ---- By name ---- */

struct object *instance_attribute_borrowed(struct object *o, struct object *name) {
  struct object **slot = instance_dict_slot(o);
  if (!slot)
    return NULL;
  if (*slot)
    return dict_get_borrowed(*slot, name);
  const struct type *t = type_of(o);
  if (!has_inline(o, slot))
    return NULL;
  if (UNLIKELY(!is_str(name))) { /* a subclass may have its own idea of equality */
    struct object *dict = instance_dict_borrowed(o);
    return dict ? dict_get_borrowed(dict, name) : NULL;
  }
  int i = type_keys_find(t->keys, name);
  return i >= 0 && i < t->inline_n ? inline_of(slot)[i] : NULL;
}

/* One more name for the instances of t, if there is a slot for it; -1: there is none. */
static int new_key(struct type *t, struct object *name) {
  if (t->keys && t->keys->n >= t->inline_n)
    return -1;
  int i = t->inline_n ? type_keys_add(t, name) : -1;
  if (i >= 0 && type_lookup_borrowed(t, name))
    type_modified(t); /* instances may hide the class's from now on */
  return i;
}

static int set_inline(struct object *o, struct object **slot, struct object *name,
                      struct object *value) {
  struct type *t = type_of(o);
  struct object **values = inline_of(slot);
  int i = is_str(name) ? type_keys_find(t->keys, name) : -1;
  if (!value) {
    if (i < 0 || i >= t->inline_n || !values[i])
      return 0;
    store(o, &values[i], NULL);
    return 1;
  }
  if (i < 0 && is_str(name))
    i = new_key(t, name);
  if (UNLIKELY(*slot != NULL)) /* as in materialize */
    return dict_set(*slot, name, value) < 0 ? -1 : 1;
  if (i >= 0 && i < t->inline_n) {
    bool in_order = values[i] != NULL;
    if (!in_order) {
      in_order = true;
      for (int k = i + 1; k < t->inline_n; k++)
        in_order &= !values[k];
    }
    if (in_order) {
      store(o, &values[i], hold(value));
      return 1;
    }
  }
  if (materialize(o, slot) < 0)
    return -1;
  return dict_set(*slot, name, value) < 0 ? -1 : 1;
}

int instance_set_attribute(struct object *o, struct object *name, struct object *value) {
  struct object **slot = instance_dict_slot(o);
  if (!slot)
    return 0;
  if (!*slot) {
    if (has_inline(o, slot))
      return set_inline(o, slot, name, value);
    if (!value)
      return 0;
    if (!make_dict(o, slot))
      return -1;
  }
  struct object *dict = hold(*slot);
  int result = value ? (dict_set(dict, name, value) < 0 ? -1 : 1) : dict_delete(dict, name);
  drop(dict);
  return result;
}

size_t instance_offset_of(const struct type *t, struct object *name) {
  if ((t->flags & (TYPE_INLINE | TYPE_TAIL | TYPE_MIXED)) != TYPE_INLINE || !is_str(name))
    return 0;
  int i = type_keys_find(t->keys, name);
  return i >= 0 && i < t->inline_n ? t->inline_offset + (size_t)i * sizeof(void *) : 0;
}
