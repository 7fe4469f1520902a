/* Backend `lib:PATH`: any allocator a user brings, by its malloc, calloc, realloc and free.
 *
 * A library is refused when it has no allocator of its own, even though the dynamic linker would
 * find one for it in libc. */
#include "alloc/foreign.h"
#include "base/bits.h"
#include "base/options.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_BYTES = 4096, SYMBOL_BYTES = 128 };

/* The prefixes under which known allocators export a second, private set of names. */
static const char *const prefixes[] = {"", "mi_", "je_", "tc_", "scalable_", NULL};

static const struct alloc_table table_with_usable = {.usable = foreign_usable,
                                                     .close = foreign_close};
static const struct alloc_table table_without = {.close = foreign_close};

/* False, with the missing name in `missing`, unless the library has the whole set. */
static bool resolve_prefix(void *handle, const char *prefix, struct foreign_functions *functions,
                           char missing[SYMBOL_BYTES]) {
  static const char *const endings[] = {"malloc", "calloc", "realloc", "free"};
  static const char *const sizes[] = {"malloc_usable_size", "usable_size", "malloc_size", "msize"};
  char names[ARRAY_SIZE(endings)][SYMBOL_BYTES], usable[SYMBOL_BYTES];
  for (size_t i = 0; i < ARRAY_SIZE(endings); i++)
    snprintf(names[i], sizeof names[i], "%s%s", prefix, endings[i]);
  struct foreign_names set = {names[0], names[1], names[2], names[3], NULL};
  for (size_t i = 0; i < ARRAY_SIZE(sizes) && !set.usable; i++) {
    snprintf(usable, sizeof usable, "%s%s", prefix, sizes[i]);
    if (foreign_symbol(handle, usable))
      set.usable = usable;
  }
  const char *first_missing;
  *functions = (struct foreign_functions){0};
  bool found = foreign_resolve(handle, &set, functions, &first_missing);
  if (!found)
    snprintf(missing, SYMBOL_BYTES, "%s", first_missing);
  return found;
}

static bool resolve_any(void *handle, const char *path, struct options *o,
                        struct foreign_functions *functions) {
  char prefix[32], missing[SYMBOL_BYTES];
  if (options_given(o, "prefix")) {
    options_text(o, "prefix", prefix, sizeof prefix);
    if (!o->failed && !resolve_prefix(handle, prefix, functions, missing))
      options_fail(o, "%s has no allocator with prefix '%s' in it: it does not define %s", path,
                   prefix, missing);
    return !o->failed;
  }
  for (size_t i = 0; prefixes[i]; i++)
    if (resolve_prefix(handle, prefixes[i], functions, missing))
      return true;
  options_fail(
      o,
      "%s has no allocator in it: it does not define malloc, calloc, realloc and free, "
      "neither plain nor with the prefix mi_, je_, tc_ or scalable_ (prefix= names another)",
      path);
  return false;
}

static struct alloc *open_(const struct alloc_backend *self, const char *text, struct alloc *below,
                           char *error, size_t error_bytes) {
  char path[PATH_BYTES];
  size_t length = strcspn(text, ",");
  if (length == 0 || length >= sizeof path) {
    snprintf(error, error_bytes, "lib: wants the path of a library, as in lib:/usr/lib/libfoo.so");
    return NULL;
  }
  snprintf(path, sizeof path, "%.*s", (int)length, text);
  struct options o;
  options_open(&o, self->name, text + length + (text[length] == ','), &self->options->key, error,
               error_bytes);
  void *handle = o.failed ? NULL : foreign_load(self->name, path, NULL, error, error_bytes);
  struct foreign_functions functions;
  if (!handle || !resolve_any(handle, path, &o, &functions))
    return NULL;
  return foreign_new(self, functions.usable ? &table_with_usable : &table_without, handle,
                     &functions, error, error_bytes);
}

extern const struct alloc_backend alloc_lib;
const struct alloc_backend alloc_lib = {
    .name = "lib",
    .summary = "any shared library with an allocator in it: lib:/path/to/it.so",
    .options =
        (const struct alloc_option[]){
            {"prefix", "what its malloc, calloc, realloc and free start with", ""}, {0}},
    .open = open_,
};
