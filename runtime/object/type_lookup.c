/* Bases and lookup: the linearisation of the bases, who derives from whom, the versions of types,
 * and the cache in front of the search through the dicts of the mro.
 *
 * Invariant: an entry of the cache is true while a type has that version; versions are never given
 * twice, so nothing has to be removed from the cache. Names in it are interned, hence never freed.
 */
#include "os/map.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/list.h"
#include "runtime/object/model.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include "runtime/object/type_internal.h"
#include "runtime/object/weakref.h"
#include <string.h>

enum { CACHE_LOG2 = 12 };

static struct cache_entry {
  uint32_t version;
  struct object *name;
  struct object *value; /* borrowed; NULL: there is none */
} cache[1 << CACHE_LOG2];

void type_open_cache(void) { map_populate(cache, sizeof cache); } /* soon it is written all over */
void type_forget_cache(void) { memset(cache, 0, sizeof cache); }

static bool is_interned(const struct object *name) {
  return is_str(name) && (((const struct str *)name)->shape & STR_INTERNED);
}

static struct object *search(struct type *t, struct object *name) {
  struct object *mro = t->mro;
  if (!mro) {
    for (; t; t = t->base)
      if (t->attributes) {
        struct object *value = dict_get_borrowed(t->attributes, name);
        if (value)
          return value;
      }
    return NULL;
  }
  for (size_t i = 0; i < tuple_length(mro); i++) {
    struct type *each = (struct type *)tuple_get_borrowed(mro, i);
    struct object *value = each->attributes ? dict_get_borrowed(each->attributes, name) : NULL;
    if (value)
      return value;
  }
  return NULL;
}

struct object *type_lookup_borrowed(struct type *t, struct object *name) {
  if (UNLIKELY(!is_interned(name)))
    return search(t, name);
  uint64_t mixed = ((uint64_t)t->version << 4) ^ ((uintptr_t)name >> 4);
  struct cache_entry *entry = &cache[(mixed ^ mixed >> CACHE_LOG2) & ((1 << CACHE_LOG2) - 1)];
  if (LIKELY(entry->version == t->version && entry->name == name))
    return entry->value;
  struct object *value = search(t, name);
  *entry = (struct cache_entry){t->version, name, value};
  return value;
}

struct object *type_lookup_special(struct object *o, struct object *name, bool *self_apart) {
  struct type *t = type_of(o);
  struct object *found = type_lookup_borrowed(t, name);
  *self_apart = false;
  if (!found)
    return NULL;
  if (type_of(found)->flags & TYPE_METHOD) {
    *self_apart = true;
    return hold(found);
  }
  struct object *(*get)(struct object *, struct object *, struct object *) =
      type_of(found)->descr_get;
  if (!get)
    return hold(found);
  hold(found);
  struct object *bound = get(found, o, &t->head);
  drop(found);
  return bound;
}

bool type_is_subtype(const struct type *t, const struct type *base) {
  if (t == base)
    return true;
  if (LIKELY(t->mro != NULL)) {
    const struct tuple *mro = (const struct tuple *)t->mro;
    for (size_t i = 0; i < mro->n; i++)
      if (mro->items[i] == &base->head)
        return true;
    return false;
  }
  for (; t; t = t->base)
    if (t == base)
      return true;
  return base == &object_type;
}

/* ---- Subclasses and versions ---- */

int type_add_subclass(struct type *base, struct type *t) {
  if (!base->subclasses) {
    struct object *list = list_new(0);
    if (!list)
      return -1;
    store_first(&base->head, &base->subclasses, list);
  }
  struct object *weak = weakref_new(&t->head, NULL, NULL);
  if (!weak)
    return -1;
  struct object *list = base->subclasses;
  for (size_t i = 0; i < list_length(list); i++) {
    struct object *alive = weakref_get(list_get_borrowed(list, i));
    bool same = alive == &t->head;
    drop_null(alive);
    if (!alive || same) {
      list_set_taking(list, i, weak);
      return 0;
    }
  }
  return list_append_taking(list, weak);
}

void type_remove_subclass(struct type *base, struct type *t) {
  struct object *list = base->subclasses;
  for (size_t i = 0; list && i < list_length(list); i++) {
    struct object *alive = weakref_get(list_get_borrowed(list, i));
    drop_null(alive);
    if (alive == &t->head) {
      list_remove_range(list, i, i + 1);
      return;
    }
  }
}

int type_each_subclass(struct type *t, int (*visit)(struct type *subclass, void *context),
                       void *context) {
  for (size_t i = 0; t->subclasses && i < list_length(t->subclasses); i++) {
    struct object *alive = weakref_get(list_get_borrowed(t->subclasses, i));
    if (!alive)
      continue;
    int result = visit((struct type *)alive, context);
    drop(alive);
    if (result)
      return result;
  }
  return 0;
}

static int modified(struct type *t, void *context) {
  t->version = type_next_version();
  return type_each_subclass(t, modified, context);
}

void type_modified(struct type *t) { modified(t, NULL); }

/* ---- The linearisation (C3) ---- */

/* "Cannot create a consistent method resolution\norder (MRO) for bases A, B" */
static void *inconsistent(struct object *const *rows, const size_t *heads, size_t n) {
  struct object *names = str_from_ascii("");
  bool first = true;
  for (size_t i = 0; names && i < n; i++) {
    if (heads[i] >= tuple_length(rows[i]))
      continue;
    struct object *candidate = tuple_get_borrowed(rows[i], heads[i]);
    bool seen = false;
    for (size_t k = 0; k < i; k++)
      seen |=
          heads[k] < tuple_length(rows[k]) && tuple_get_borrowed(rows[k], heads[k]) == candidate;
    if (seen)
      continue;
    struct object *longer = str_format("%U%s%T", names, first ? "" : ", ", candidate);
    drop(names);
    names = longer;
    first = false;
  }
  if (!names)
    return NULL;
  error_format(ERROR_TYPE, "Cannot create a consistent method resolution\norder (MRO) for bases %U",
               names);
  drop(names);
  return NULL;
}

static bool is_in_a_tail(struct object *const *rows, const size_t *heads, size_t n,
                         const struct object *candidate) {
  for (size_t i = 0; i < n; i++)
    for (size_t k = heads[i] + 1; k < tuple_length(rows[i]); k++)
      if (tuple_get_borrowed(rows[i], k) == candidate)
        return true;
  return false;
}

/* Merges the rows: takes the first head that is in no tail, until all are empty. */
static struct object *merge(struct type *t, struct object *const *rows, size_t *heads, size_t n) {
  struct object *list = list_new(8);
  if (!list || list_append(list, &t->head) < 0)
    return drop_null(list), NULL;
  for (;;) {
    struct object *chosen = NULL;
    bool any = false;
    for (size_t i = 0; i < n && !chosen; i++) {
      if (heads[i] >= tuple_length(rows[i]))
        continue;
      any = true;
      struct object *candidate = tuple_get_borrowed(rows[i], heads[i]);
      if (!is_in_a_tail(rows, heads, n, candidate))
        chosen = candidate;
    }
    if (!chosen) {
      struct object *mro = any ? inconsistent(rows, heads, n)
                               : tuple_from(((struct list *)list)->items, list_length(list));
      drop(list);
      return mro;
    }
    if (list_append(list, chosen) < 0)
      return drop(list), NULL;
    for (size_t i = 0; i < n; i++)
      if (heads[i] < tuple_length(rows[i]) && tuple_get_borrowed(rows[i], heads[i]) == chosen)
        heads[i]++;
  }
}

struct object *type_linearize(struct type *t) {
  size_t bases_n = tuple_length(t->bases);
  for (size_t i = 0; i < bases_n; i++)
    for (size_t k = i + 1; k < bases_n; k++)
      if (tuple_get_borrowed(t->bases, i) == tuple_get_borrowed(t->bases, k))
        return error_format(ERROR_TYPE, "duplicate base class %T", tuple_get_borrowed(t->bases, i));
  size_t n = bases_n + 1;
  struct object **rows = gc_buffer_new(n * sizeof *rows);
  size_t *heads = gc_buffer_new(n * sizeof *heads);
  struct object *mro = NULL;
  bool complete = true;
  if (rows && heads) {
    memset(heads, 0, n * sizeof *heads);
    for (size_t i = 0; i < bases_n; i++) {
      struct type *base = (struct type *)tuple_get_borrowed(t->bases, i);
      rows[i] = base->mro;
      if (!base->mro) {
        error_format(ERROR_TYPE, "Cannot extend an incomplete type '%s'", base->name);
        complete = false;
        break;
      }
    }
    rows[bases_n] = t->bases;
    if (complete)
      mro = merge(t, rows, heads, n);
  } else
    error_no_memory();
  gc_buffer_free(rows, n * sizeof *rows);
  gc_buffer_free(heads, n * sizeof *heads);
  return mro;
}
