/* Rows of C strings made from Python's: arguments and environment of programs to be started. */
#include "runtime/modules/path.h"
#include "runtime/object/bytes.h"
#include "runtime/object/exception.h"
#include "runtime/object/list.h"
#include "runtime/object/model.h"
#include "runtime/object/protocol.h"
#include <string.h>

void path_list_close(struct path_list *l) {
  if (l->items)
    gc_buffer_free(l->items, (l->n + 1) * sizeof *l->items);
  drop_null(l->owners);
  *l = (struct path_list){0};
}

/* The pointers, once all owners are there. */
static int point(struct path_list *l) {
  size_t n = list_length(l->owners);
  l->items = gc_buffer_new((n + 1) * sizeof *l->items);
  if (!l->items) {
    error_no_memory();
    path_list_close(l);
    return -1;
  }
  l->n = n;
  for (size_t i = 0; i < n; i++)
    l->items[i] = (char *)(uintptr_t)bytes_data(list_get_borrowed(l->owners, i));
  l->items[n] = NULL;
  return 0;
}

int path_list_open(struct path_list *l, struct object *sequence) {
  *l = (struct path_list){.owners = list_new(0)};
  struct object *const *items;
  size_t n = 0;
  struct object *fast = l->owners ? sequence_fast(sequence, NULL, &items, &n) : NULL;
  bool good = fast != NULL;
  for (size_t i = 0; good && i < n; i++) {
    struct object *bytes = path_to_bytes(items[i]); /* may run code that changes a list */
    good = bytes && list_append_taking(l->owners, bytes) == 0;
    if (good && is_any_list(fast)) {
      items = ((struct list *)fast)->items;
      n = list_length(fast);
    }
  }
  drop_null(fast);
  if (good)
    return point(l);
  path_list_close(l);
  return -1;
}

static struct object *assignment(struct object *name, struct object *value) {
  struct object *left = path_to_bytes(name), *right = left ? path_to_bytes(value) : NULL;
  struct object *result = NULL;
  if (right) {
    size_t n = bytes_length(left), m = bytes_length(right);
    if (!n || memchr(bytes_data(left) + 1, '=', n - 1))
      error_format(ERROR_VALUE, "illegal environment variable name");
    else if ((result = bytes_new_open(n + 1 + m)) != NULL) {
      unsigned char *to = ((struct bytes *)result)->data;
      memcpy(to, bytes_data(left), n);
      to[n] = '=';
      memcpy(to + n + 1, bytes_data(right), m);
    }
  }
  drop_null(right);
  drop_null(left);
  return result;
}

int path_list_open_environment(struct path_list *l, struct object *mapping) {
  *l = (struct path_list){.owners = list_new(0)};
  struct object *keys = l->owners ? mapping_keys(mapping) : NULL, *values = NULL, *found = NULL;
  if (keys && (found = call_method_none(mapping, NAME(plain_values))) != NULL)
    values = iterate_to_list(found);
  drop_null(found);
  bool good = values != NULL;
  for (size_t i = 0; good && i < list_length(keys) && i < list_length(values); i++) {
    struct object *bytes = assignment(list_get_borrowed(keys, i), list_get_borrowed(values, i));
    good = bytes && list_append_taking(l->owners, bytes) == 0;
  }
  drop_null(values);
  drop_null(keys);
  if (good)
    return point(l);
  path_list_close(l);
  return -1;
}
