/* Lists: a contiguous buffer of references. */
#include "runtime/object/freelist.h"
#include "runtime/object/list_internal.h"
#include "runtime/object/tuple_internal.h"
#include <stddef.h>
#include <string.h>

static struct freelist list_free;

static void list_destroy(struct object *o);
static void list_release(struct object *o);
static int list_equal(struct object *a, struct object *b);
static bool list_check(const struct object *o, char *error, size_t error_bytes);

struct type list_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_BUFFER,
              .flags = GC_CONTAINER | GC_PLAIN | GC_RELEASES,
              .refs_offset = offsetof(struct list, items),
              .n_offset = offsetof(struct list, n),
              .basic_bytes = sizeof(struct list)},
    .name = "list",
    .flags = TYPE_BASE | TYPE_IS_LIST | TYPE_SEQUENCE | TYPE_MATCH_SELF,
    .destroy = list_destroy,
    .clear = list_clear,
    .release = list_release,
    .equal = list_equal,
    .hash = type_unhashable,
    .check = list_check,
    .base = &object_type,
    .construct = list_construct,
    .new_ = list_new_slot,
    .init = list_init_slot,
    .repr = list_repr_slot,
    .compare = list_compare_slot,
    .iter = list_iterate,
    .sequence = {.length = list_length_slot,
                 .concat = list_concat_slot,
                 .repeat = list_repeat_slot,
                 .item = list_item_slot,
                 .set_item = list_set_item_slot,
                 .contains = list_contains_slot,
                 .inplace_concat = list_inplace_concat_slot,
                 .inplace_repeat = list_inplace_repeat_slot},
    .mapping = {.length = list_length_slot, .get = list_get_slot, .set = list_set_slot},
    .methods = list_methods,
    .doc = "list(iterable=(), /)\n--\n\nA row of items that can grow and change.",
};

void list_open(void) { freelist_open(&list_free, 80); }
void list_release_caches(void) { freelist_release(&list_free, sizeof(struct list)); }

struct object *list_new(size_t capacity) {
  struct list *l = (struct list *)freelist_pop(&list_free);
  if (!l && UNLIKELY(!(l = (struct list *)gc_new_container(&list_type, sizeof *l))))
    return error_no_memory();
  l->n = l->capacity = 0;
  l->items = NULL;
  if (capacity) {
    if (LIKELY(capacity <= SIZE_MAX / 2 / sizeof *l->items))
      l->items = gc_buffer_new(capacity * sizeof *l->items);
    if (UNLIKELY(!l->items)) {
      drop(&l->head);
      return error_no_memory();
    }
    l->capacity = capacity;
  }
  gc_track(&l->head);
  return &l->head;
}

/* Room for n items by CPython's list_resize: an eighth more and a little, to a multiple of 4; the
 * buffer stays while it is at least half full. */
static size_t capacity_for(const struct list *l, size_t n) {
  if (n == 0)
    return 0;
  size_t grown = (n + (n >> 3) + 6) & ~(size_t)3;
  /* A big step (extending by another list) is followed exactly. */
  if (n > l->n && n - l->n > grown - n)
    grown = (n + 3) & ~(size_t)3;
  return grown;
}

/* Where memory is exhausted a collection may run what changes the list: what was known of it before
 * need not be true after this. */
static int make_room(struct list *l, size_t n) {
  for (int attempt = 0; attempt < 2; attempt++) {
    if (n <= l->capacity)
      return 0;
    if (n > SIZE_MAX / 4 / sizeof *l->items)
      break;
    size_t capacity = capacity_for(l, n);
    struct object **items =
        gc_buffer_resize(l->items, l->capacity * sizeof *items, capacity * sizeof *items);
    if (LIKELY(items != NULL)) {
      l->items = items;
      l->capacity = capacity;
      return 0;
    }
  }
  return error_no_memory(), -1;
}
/* For n more than there are, however many there are then. */
static int make_room_for(struct list *l, size_t more) {
  while (more > l->capacity - l->n)
    if (UNLIKELY(make_room(l, l->n + more) < 0))
      return -1;
  return 0;
}

/* After n has shrunk to less than half of the capacity. Keeps the buffer if that fails. */
static void give_room_back(struct list *l) {
  if (l->n >= l->capacity >> 1)
    return;
  if (l->n == 0) {
    gc_buffer_free(l->items, l->capacity * sizeof *l->items);
    l->items = NULL;
    l->capacity = 0;
    return;
  }
  size_t capacity = (l->n + (l->n >> 3) + 6) & ~(size_t)3;
  if (capacity >= l->capacity)
    return;
  struct object **items =
      gc_buffer_resize(l->items, l->capacity * sizeof *items, capacity * sizeof *items);
  if (items) {
    l->items = items;
    l->capacity = capacity;
  }
}

int list_reserve(struct object *list, size_t n) { return make_room((struct list *)list, n); }
void list_fit(struct object *list) {
  struct list *l = (struct list *)list;
  size_t n = l->n;
  if (n == 0 || l->capacity - n <= (n >> 3) + 12)
    return;
  struct object **items =
      gc_buffer_resize(l->items, l->capacity * sizeof *items, n * sizeof *items);
  if (items) {
    l->items = items;
    l->capacity = n;
  }
}
void list_trim(struct object *list) { give_room_back((struct list *)list); }

NO_INLINE int list_append_grow_taking(struct object *list, struct object *value) {
  struct list *l = (struct list *)list;
  if (UNLIKELY(make_room_for(l, 1) < 0)) {
    drop(value);
    return -1;
  }
  store_first(list, &l->items[l->n], value);
  l->n++;
  return 0;
}

struct object *list_pop(struct object *list) {
  struct list *l = (struct list *)list;
  CHECK(l->n > 0);
  struct object *last = l->items[--l->n];
  if (UNLIKELY(l->n < l->capacity >> 1))
    give_room_back(l);
  return last;
}

int list_insert(struct object *list, size_t i, struct object *value) {
  struct list *l = (struct list *)list;
  CHECK(i <= l->n);
  if (make_room_for(l, 1) < 0)
    return -1;
  if (UNLIKELY(i > l->n))
    i = l->n;
  memmove(&l->items[i + 1], &l->items[i], (l->n - i) * sizeof *l->items);
  store_first(list, &l->items[i], hold(value));
  l->n++;
  return 0;
}

/* The removed items are dropped after the list is whole again: what they run may use it. */
void list_remove_range(struct object *list, size_t start, size_t stop) {
  struct list *l = (struct list *)list;
  CHECK(start <= stop && stop <= l->n);
  size_t removed_n = stop - start;
  if (removed_n == 0)
    return;
  if (removed_n == l->n) {
    list_clear(list);
    return;
  }
  struct object *few[8], **removed = few;
  size_t removed_bytes = removed_n * sizeof *removed;
  if (GC_RC) {
    if (removed_n > ARRAY_SIZE(few) && !(removed = gc_buffer_new(removed_bytes))) {
      /* No memory to set them aside: a few at a time. */
      while (l->n > start && stop > start + ARRAY_SIZE(few)) {
        list_remove_range(list, stop - ARRAY_SIZE(few), stop);
        stop -= ARRAY_SIZE(few);
        if (stop > l->n)
          stop = l->n;
      }
      if (stop > start && stop <= l->n)
        list_remove_range(list, start, stop);
      return;
    }
    if (UNLIKELY(stop > l->n)) { /* a collection for them has changed the list */
      if (removed != few)
        gc_buffer_free(removed, removed_bytes);
      list_remove_range(list, start < l->n ? start : l->n, l->n);
      return;
    }
    memcpy(removed, &l->items[start], removed_bytes);
  }
  memmove(&l->items[start], &l->items[stop], (l->n - stop) * sizeof *l->items);
  l->n -= removed_n;
  give_room_back(l);
  if (GC_RC) {
    for (size_t i = removed_n; i-- > 0;)
      drop(removed[i]);
    if (removed != few)
      gc_buffer_free(removed, removed_bytes);
  }
}

static size_t items_n(const struct object *list_or_tuple) {
  return is_any_tuple(list_or_tuple) ? tuple_length(list_or_tuple) : list_length(list_or_tuple);
}

int list_replace(struct object *list, size_t start, size_t stop, struct object *from) {
  struct list *l = (struct list *)list;
  CHECK(start <= stop && stop <= l->n);
  if (items_n(from) == 0) {
    list_remove_range(list, start, stop);
    return 0;
  }
  size_t n, removed_n, removed_bytes = (stop - start) * sizeof(struct object *);
  struct object *few[8], **removed = few;
  if (GC_RC && stop - start > ARRAY_SIZE(few) && !(removed = gc_buffer_new(removed_bytes)))
    return error_no_memory(), -1;
  for (;;) { /* both lists may have become shorter meanwhile */
    n = items_n(from);
    stop = stop < l->n ? stop : l->n;
    start = start < stop ? start : stop;
    removed_n = stop - start;
    if (n <= removed_n || n - removed_n <= l->capacity - l->n)
      break;
    if (make_room(l, l->n + (n - removed_n)) < 0) {
      if (removed != few)
        gc_buffer_free(removed, removed_bytes);
      return -1;
    }
  }
  struct object *const *items =
      is_any_tuple(from) ? ((struct tuple *)from)->items : ((struct list *)from)->items;
  if (GC_RC && removed_n)
    memcpy(removed, &l->items[start], removed_n * sizeof *removed);
  if (n != removed_n)
    memmove(&l->items[start + n], &l->items[stop], (l->n - stop) * sizeof *l->items);
  for (size_t i = 0; i < n; i++)
    store_first(list, &l->items[start + i], hold(items[i]));
  gc_keep(from);
  l->n = l->n - removed_n + n;
  if (n < removed_n)
    give_room_back(l);
  for (size_t i = removed_n; GC_RC && i-- > 0;)
    drop(removed[i]);
  if (removed != few)
    gc_buffer_free(removed, removed_bytes);
  return 0;
}

/* An allocation may run finalisers (memory is exhausted, or a collection is asked for there) which
 * change the list: its length counts after it only. */
struct object *list_slice(struct object *list, size_t start, size_t stop) {
  struct list *l = (struct list *)list;
  struct object *o = list_new(stop > start ? stop - start : 0);
  if (!o)
    return NULL;
  if (stop > l->n)
    stop = l->n;
  if (stop > start)
    list_copy_items(o, &l->items[start], stop - start);
  gc_keep(list);
  return o;
}

struct object *list_to_tuple(struct object *list) {
  struct list *l = (struct list *)list;
  for (;;) {
    size_t n = l->n;
    if (n == 0)
      return tuple_new(0);
    struct tuple *tuple = tuple_new_unfilled(n);
    if (UNLIKELY(!tuple))
      return NULL;
    bool same = LIKELY(n == l->n);
    struct object *const *items = l->items;
    for (size_t i = 0; i < n; i++)
      store_first(&tuple->head, &tuple->items[i], same ? hold(items[i]) : NULL);
    gc_track(&tuple->head);
    if (same) {
      gc_keep(list);
      return &tuple->head;
    }
    drop(&tuple->head);
  }
}

void list_reverse(struct object *list) {
  struct list *l = (struct list *)list;
  for (size_t i = 0, k = l->n; i + 1 < k; i++) {
    struct object *each = l->items[i];
    l->items[i] = l->items[--k];
    l->items[k] = each;
  }
}

void list_clear(struct object *list) {
  struct list *l = (struct list *)list;
  struct object **items = l->items;
  size_t n = l->n, capacity = l->capacity;
  l->items = NULL;
  l->n = l->capacity = 0;
  for (size_t i = n; GC_RC && i-- > 0;)
    drop_null(items[i]);
  gc_buffer_free(items, capacity * sizeof *items);
}

static void list_release(struct object *o) {
  struct list *l = (struct list *)o;
  gc_buffer_free(l->items, l->capacity * sizeof *l->items);
}

static void list_destroy(struct object *o) {
  struct list *l = (struct list *)o;
  gc_untrack(o);
  struct object **items = l->items;
  for (size_t i = l->n; i-- > 0;)
    drop_null(items[i]);
  list_release(o);
  if (!freelist_push(&list_free, o))
    gc_delete(o, sizeof *l);
}

/* Lengths are read again in each round: comparing may change the lists. */
static int list_equal(struct object *a, struct object *b) {
  if (!is_any_list(b) || list_length(a) != list_length(b))
    return 0;
  for (size_t i = 0; i < list_length(a) && i < list_length(b); i++) {
    struct object *x = hold(list_get_borrowed(a, i)), *y = hold(list_get_borrowed(b, i));
    int equal = object_equal(x, y);
    drop(x);
    drop(y);
    if (equal < 0 || (!equal && i < list_length(a) && i < list_length(b)))
      return equal;
    if (!equal) /* comparing has shortened one of them */
      break;
  }
  return list_length(a) == list_length(b);
}

static bool list_check(const struct object *o, char *error, size_t error_bytes) {
  const struct list *l = (const struct list *)o;
  if (l->n > l->capacity)
    return check_failed(error, error_bytes, "list %p: %zu items in room for %zu", (const void *)o,
                        l->n, l->capacity);
  if ((l->items == NULL) != (l->capacity == 0))
    return check_failed(error, error_bytes, "list %p: a buffer without room, or room without one",
                        (const void *)o);
  return true;
}
