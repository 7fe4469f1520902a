/* Hash objects whose state is a context of libcrypto. */
#pragma once
#include "runtime/modules/busy.h"
#include "runtime/object/type.h"

struct digest_algorithm {
  const char *name;      /* Python's */
  const char *fetched;   /* libcrypto's */
  uint16_t digest_bytes; /* 0: as many as are asked for */
  uint16_t block_bytes;
  struct type *type;
  void *found; /* libcrypto's algorithm; NULL: not asked for yet */
};
struct digest {
  struct object head;
  struct digest_algorithm *algorithm;
  void *context; /* libcrypto's; NULL: making it failed */
  busy_by busy;
};
static inline struct digest *digest_of(struct object *o) { return (struct digest *)o; }

/* A new hash of the algorithm that begins with data (NULL: none). */
struct object *digest_new(struct digest_algorithm *a, struct object *data);
void digest_release(struct object *o);

/* Methods and attributes. */
struct object *digest_copy(struct object *o);
struct object *digest_update(struct object *o, struct object *data);
struct object *digest_bytes(struct object *o);
struct object *digest_hex(struct object *o);
/* The same for algorithms without a length of their own: the first n bytes. */
struct object *digest_bytes_n(struct object *o, struct object *length);
struct object *digest_hex_n(struct object *o, struct object *length);
struct object *digest_get_name(struct object *o, void *closure);
struct object *digest_get_digest_bytes(struct object *o, void *closure);
struct object *digest_get_block_bytes(struct object *o, void *closure);
