/* functools._lru_cache_wrapper: a function that remembers its results, all of them or those used
 * last.
 *
 * The results of a bounded cache hang in a ring of links, the one used longest ago first; the dict
 * `cache` leads from a key to its link and holds it. Neighbours in the ring are not held: a link is
 * in the ring exactly while it is in the dict, or in the hands of the code below. */
#include "runtime/modules/functools.h"
#include "runtime/modules/module.h"
#include "runtime/object/attribute.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/model.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include <stddef.h>

struct ring {
  struct ring *previous, *next;
};
struct link {
  struct object head;
  struct ring ring;
  struct object *key, *result;
  int64_t hash; /* of the key */
};
struct cache {
  struct object head;
  struct ring ring;                /* next: used longest ago; previous: used last */
  struct object *function, *cache; /* dict */
  struct object *info_type, *dict; /* dict NULL: none yet */
  struct object *weakrefs;         /* not owned */
  int64_t hits, misses;
  int64_t most; /* of results; -1: any number */
  bool typed;
};
static struct cache *cache_of(struct object *o) { return (struct cache *)o; }

/* Stands in keys between arguments by position and by name. */
static struct object *mark;
int functools_cache_open(void) {
  if (module_root(&mark) < 0)
    return -1;
  if (!mark)
    mark = type_generic_alloc(&object_type);
  return mark ? 0 : -1;
}

/* ---- The ring ---- */

static struct link *link_at(struct ring *r) { return CONTAINER_OF(r, struct link, ring); }
static void take_out(struct ring *r) {
  r->previous->next = r->next;
  r->next->previous = r->previous;
}
static void put_between(struct ring *r, struct ring *previous, struct ring *next) {
  r->previous = previous;
  r->next = next;
  previous->next = next->previous = r;
}
static void put_last(struct cache *c, struct ring *r) {
  put_between(r, c->ring.previous, &c->ring);
}
static void forget_ring(struct cache *c) { c->ring.previous = c->ring.next = &c->ring; }

struct type lru_link_type = {.head = OBJECT_STATIC(type_type),
                             .shape = {.layout = GC_FIXED,
                                       .flags = GC_CONTAINER | GC_PLAIN,
                                       .refs_offset = offsetof(struct link, key),
                                       .refs_n = 2,
                                       .basic_bytes = sizeof(struct link)},
                             .name = "functools._lru_list_elem",
                             .flags = TYPE_NO_INSTANCE,
                             .base = &object_type};

static struct link *link_new(struct object *key, int64_t hash, struct object *result) {
  struct link *l = (struct link *)gc_new_container(&lru_link_type, sizeof *l);
  if (!l)
    return error_no_memory();
  l->key = hold(key);
  l->result = hold(result);
  l->hash = hash;
  gc_track(&l->head);
  return l;
}

/* ---- Keys ---- */

/* One argument that is a str or an int is its own key; else a tuple: the arguments, the mark, names
 * and values, the types of all. */
static struct object *make_key(const struct cache *c, struct object *const *args, size_t n,
                               struct object *kwnames) {
  size_t named = kwnames ? tuple_length(kwnames) : 0;
  if (!c->typed && n == 1 && !named && (is_str(args[0]) || type_of(args[0]) == &int_type))
    return hold(args[0]);
  size_t total = n + (named ? 1 + 2 * named : 0) + (c->typed ? n + named : 0), at = 0;
  struct object *key = tuple_new(total);
  if (!key)
    return NULL;
  for (size_t i = 0; i < n; i++)
    tuple_init_taking(key, at++, hold(args[i]));
  if (named)
    tuple_init_taking(key, at++, hold(mark));
  for (size_t i = 0; i < named; i++) {
    tuple_init_taking(key, at++, hold(tuple_get_borrowed(kwnames, i)));
    tuple_init_taking(key, at++, hold(args[n + i]));
  }
  for (size_t i = 0; c->typed && i < n + named; i++)
    tuple_init_taking(key, at++, hold(&type_of(args[i])->head));
  return key;
}

/* ---- Calls ---- */

static struct object *call_uncached(struct cache *c, struct object *const *args, size_t n,
                                    struct object *kwnames) {
  c->misses++;
  return call_object(c->function, args, n, kwnames);
}

static struct object *call_unbounded(struct cache *c, struct object *const *args, size_t n,
                                     struct object *kwnames) {
  struct object *key = make_key(c, args, call_count(n), kwnames), *result;
  int64_t hash = key ? object_hash(key) : -1;
  int found = hash == -1 ? -1 : dict_find_hashed(c->cache, key, hash, &result);
  if (found > 0) {
    hold(result);
    c->hits++;
  } else if (found < 0) {
    result = NULL;
  } else {
    c->misses++;
    result = call_object(c->function, args, n, kwnames);
    if (result && dict_set_hashed(c->cache, key, hash, result) < 0) {
      drop(result);
      result = NULL;
    }
  }
  drop_null(key);
  return result;
}

/* Searching the dict may run foreign code, which may use this cache. A link that is not added (the
 * key has come in meanwhile) does not get into the ring. */
static int keep(struct cache *c, struct link *l) {
  int added = dict_add_hashed(c->cache, l->key, l->hash, &l->head);
  if (added > 0)
    put_last(c, &l->ring);
  return added < 0 ? -1 : 0;
}
static int keep_new(struct cache *c, struct object *key, int64_t hash, struct object *result) {
  struct link *l = link_new(key, hash, result);
  int status = l ? keep(c, l) : -1;
  drop_null((struct object *)l);
  return status;
}
static bool is_in_dict(struct cache *c, const struct link *l) {
  struct object *key, *value;
  for (size_t position = 0; dict_next(c->cache, &position, &key, &value);)
    if (value == &l->head)
      return true;
  return false;
}
/* The link used longest ago serves the new key. What it held is let go when all is in order again,
 * for that may run anything. */
static int keep_instead(struct cache *c, struct object *key, int64_t hash, struct object *result) {
  struct link *l = link_at(c->ring.next);
  hold(&l->head);
  take_out(&l->ring);
  struct object *popped = dict_pop_hashed(c->cache, l->key, l->hash);
  int status = 0;
  if (popped) {
    struct object *key_before = l->key, *result_before = l->result;
    l->key = hold(key);
    l->result = hold(result);
    l->hash = hash;
    status = keep(c, l);
    drop(key_before);
    drop(result_before);
    drop(popped);
  } else if (error_pending() != ERROR_NONE) {
    status = -1;
    if (is_in_dict(c, l))
      put_between(&l->ring, &c->ring, c->ring.next);
  }
  drop(&l->head);
  return status;
}
static struct object *call_bounded(struct cache *c, struct object *const *args, size_t n,
                                   struct object *kwnames) {
  struct object *key = make_key(c, args, call_count(n), kwnames), *found, *result = NULL;
  int64_t hash = key ? object_hash(key) : -1;
  int status = hash == -1 ? -1 : dict_find_hashed(c->cache, key, hash, &found);
  if (status > 0) {
    struct link *l = (struct link *)found;
    take_out(&l->ring);
    put_last(c, &l->ring);
    c->hits++;
    result = hold(l->result);
  } else if (status == 0) {
    c->misses++;
    result = call_object(c->function, args, n, kwnames);
    /* The call may have filled the cache, this very key too. */
    status = result ? dict_find_hashed(c->cache, key, hash, &found) : -1;
    if (status == 0)
      status = (int64_t)dict_length(c->cache) < c->most || c->ring.next == &c->ring
                   ? keep_new(c, key, hash, result)
                   : keep_instead(c, key, hash, result);
    if (status < 0 && result) {
      drop(result);
      result = NULL;
    }
  }
  drop_null(key);
  return result;
}
static struct object *call(struct object *o, struct object *const *args, size_t n,
                           struct object *kwnames) {
  struct cache *c = cache_of(o);
  if (kwnames && !tuple_length(kwnames))
    kwnames = NULL;
  return c->most > 0    ? call_bounded(c, args, n, kwnames)
         : c->most == 0 ? call_uncached(c, args, n, kwnames)
                        : call_unbounded(c, args, n, kwnames);
}

/* ---- Making and methods ---- */

static struct object *new_slot(struct type *t, struct object *const *args, size_t n,
                               struct object *kwnames) {
  static const char *const names[] = {"user_function", "maxsize", "typed", "cache_info_type"};
  static const struct args_spec spec = {"lru_cache", names, 4, 0, 4, 4};
  struct object *v[4];
  if (args_parse(&spec, args, n, kwnames, v) < 0)
    return NULL;
  int64_t most = -1;
  if (!is_callable(v[0]))
    return error_format(ERROR_TYPE, "the first argument must be callable");
  if (v[1] != NONE) {
    if (!is_any_int(v[1]) && !type_of(v[1])->number.index)
      return error_format(ERROR_TYPE, "maxsize should be integer or None");
    if (number_to_i64(v[1], &most, ERROR_OVERFLOW) < 0)
      return NULL;
    if (most < 0)
      most = 0;
  }
  int typed = object_truth(v[2]);
  struct object *cache = typed < 0 ? NULL : dict_new();
  struct cache *c = cache ? (struct cache *)type_generic_alloc(t) : NULL;
  if (!c) {
    drop_null(cache);
    return NULL;
  }
  forget_ring(c);
  c->most = most;
  c->typed = typed;
  store_first(&c->head, &c->cache, cache);
  store_first(&c->head, &c->function, hold(v[0]));
  store_first(&c->head, &c->info_type, hold(v[3]));
  return &c->head;
}
static struct object *cache_info(struct object *o) {
  struct cache *c = cache_of(o);
  struct object *args[5] = {NULL, int_from_i64(c->hits), int_from_i64(c->misses),
                            c->most < 0 ? hold(NONE) : int_from_i64(c->most),
                            int_from_i64((int64_t)dict_length(c->cache))};
  struct object *result = NULL;
  if (args[1] && args[2] && args[3] && args[4])
    result = call_object(c->info_type, args + 1, 4 | CALL_SCRATCH, NULL);
  for (size_t i = 1; i < ARRAY_SIZE(args); i++)
    drop_null(args[i]);
  return result;
}
static struct object *cache_clear(struct object *o) {
  struct cache *c = cache_of(o);
  forget_ring(c);
  c->hits = c->misses = 0;
  dict_clear(c->cache);
  return hold(NONE);
}
static struct object *reduce(struct object *o) { return attribute_get(o, NAME(qualname)); }
static struct object *copy(struct object *o) { return hold(o); }
static struct object *deep_copy(struct object *o, struct object *memo) {
  (void)memo;
  return hold(o);
}
static struct object *descr_get(struct object *o, struct object *instance, struct object *owner) {
  (void)owner;
  return !instance || instance == NONE ? hold(o) : method_new(o, instance);
}
static const struct method_def methods[] = {
    METHOD_NOARGS_("cache_info", cache_info, "Report cache statistics"),
    METHOD_NOARGS_("cache_clear", cache_clear, "Clear the cache and cache statistics"),
    METHOD_NOARGS_("__reduce__", reduce, NULL),
    METHOD_NOARGS_("__copy__", copy, NULL),
    METHOD_ONE_("__deepcopy__", deep_copy, NULL),
    {NULL}};
static const struct getset_def getsets[] = {
    {"__dict__", functools_get_dict, functools_set_dict, NULL, NULL}, {NULL}};
struct type lru_cache_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_FIXED,
              .flags = GC_CONTAINER | GC_PLAIN | GC_WEAKREFS,
              .refs_offset = offsetof(struct cache, function),
              .refs_n = 4,
              .weak_offset = offsetof(struct cache, weakrefs),
              .basic_bytes = sizeof(struct cache)},
    .name = "functools._lru_cache_wrapper",
    .flags = TYPE_BASE | TYPE_METHOD | TYPE_STATIC_DICT,
    .dict_offset = offsetof(struct cache, dict),
    .new_ = new_slot,
    .call = call,
    .descr_get = descr_get,
    .methods = methods,
    .getsets = getsets,
    .doc = "A callable that remembers the results of another:\n\nuser_function: what it calls\n"
           "maxsize: how many results; 0: none; None: all\ntyped: whether arguments of different "
           "types differ\ncache_info_type: makes the result of cache_info()",
    .base = &object_type};
