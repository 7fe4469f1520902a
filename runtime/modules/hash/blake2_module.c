/* The module `_blake2`: the types blake2b and blake2s. The state lies in the object. */
#include "runtime/modules/argument.h"
#include "runtime/modules/busy.h"
#include "runtime/modules/hash/blake2.h"
#include "runtime/modules/hash/hash.h"
#include "runtime/modules/module.h"
#include "runtime/object/bytes.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/str.h"
#include <stdio.h>
#include <string.h>

struct blake2_object {
  struct object head;
  busy_by busy;
  struct blake2 state;
};
static struct blake2_object *blake2_of(struct object *o) { return (struct blake2_object *)o; }

/* ---- Making one ---- */

enum argument {
  DATA,
  DIGEST_SIZE,
  KEY,
  SALT,
  PERSON,
  FANOUT,
  DEPTH,
  LEAF_SIZE,
  NODE_OFFSET,
  NODE_DEPTH,
  INNER_SIZE,
  LAST_NODE,
  FOR_SECURITY,
  ARGUMENTS_N
};
static const char *const names[ARGUMENTS_N] = {
    "",          "digest_size", "key",        "salt",       "person",    "fanout",         "depth",
    "leaf_size", "node_offset", "node_depth", "inner_size", "last_node", "usedforsecurity"};

/* The numbers that were given, before their ranges are looked at. */
struct numbers {
  int digest_size, fanout, depth, node_depth, inner_size;
  uint64_t leaf_size, node_offset;
  bool last_node;
};
static int read_numbers(struct object *const *v, struct numbers *to) {
  bool for_security;
  if ((v[DIGEST_SIZE] && argument_int(v[DIGEST_SIZE], &to->digest_size) < 0))
    return -1;
  for (int i = KEY; i <= PERSON; i++)
    if (v[i] && !has_buffer(v[i])) {
      error_format(ERROR_TYPE, "a bytes-like object is required, not '%N'", v[i]);
      return -1;
    }
  if ((v[FANOUT] && argument_int(v[FANOUT], &to->fanout) < 0) ||
      (v[DEPTH] && argument_int(v[DEPTH], &to->depth) < 0) ||
      (v[LEAF_SIZE] && hash_unsigned(v[LEAF_SIZE], &to->leaf_size,
                                     "Python int too large to convert to C unsigned long") < 0) ||
      (v[NODE_OFFSET] &&
       hash_unsigned(v[NODE_OFFSET], &to->node_offset, "int too big to convert") < 0) ||
      (v[NODE_DEPTH] && argument_int(v[NODE_DEPTH], &to->node_depth) < 0) ||
      (v[INNER_SIZE] && argument_int(v[INNER_SIZE], &to->inner_size) < 0) ||
      (v[LAST_NODE] && argument_bool(v[LAST_NODE], &to->last_node) < 0))
    return -1;
  return v[FOR_SECURITY] ? argument_bool(v[FOR_SECURITY], &for_security) : 0;
}

/* The bytes of an argument, no more than `most`; *n is how many. */
static int read_bytes(struct object *o, const char *what, size_t most, unsigned char *to,
                      uint8_t *n) {
  struct buffer_view view;
  if (!o)
    return 0;
  if (buffer_get(o, &view, BUFFER_SIMPLE) < 0)
    return -1;
  bool fits = (size_t)view.bytes <= most;
  if (fits) {
    memcpy(to, view.data, (size_t)view.bytes);
    *n = (uint8_t)view.bytes;
  } else
    error_format(ERROR_VALUE, "maximum %s length is %d bytes", what, (int)most);
  buffer_release(&view);
  return fits ? 0 : -1;
}

/* In the order in which CPython finds faults. */
static int read_parameters(const struct blake2_kind *kind, struct object *const *v,
                           struct blake2_parameters *p, unsigned char *key, bool *is_last_node) {
  struct numbers n = {.digest_size = kind->digest_bytes, .fanout = 1, .depth = 1};
  uint8_t length;
  if (read_numbers(v, &n) < 0)
    return -1;
  const char *fault = NULL;
  if (n.digest_size <= 0 || n.digest_size > kind->digest_bytes) {
    error_format(ERROR_VALUE, "digest_size must be between 1 and %d bytes", kind->digest_bytes);
    return -1;
  }
  if (read_bytes(v[SALT], "salt", kind->salt_bytes, p->salt, &length) < 0 ||
      read_bytes(v[PERSON], "person", kind->person_bytes, p->person, &length) < 0)
    return -1;
  if (n.fanout < 0 || n.fanout > 255)
    fault = "fanout must be between 0 and 255";
  else if (n.depth <= 0 || n.depth > 255)
    fault = "depth must be between 1 and 255";
  else if (n.leaf_size > UINT32_MAX)
    return error_set(ERROR_OVERFLOW, "leaf_size is too large"), -1;
  else if (n.node_offset > kind->node_offset)
    return error_set(ERROR_OVERFLOW, "node_offset is too large"), -1;
  else if (n.node_depth < 0 || n.node_depth > 255)
    fault = "node_depth must be between 0 and 255";
  if (fault)
    return error_set(ERROR_VALUE, "%s", fault), -1;
  if (n.inner_size < 0 || n.inner_size > kind->digest_bytes) {
    error_format(ERROR_VALUE, "inner_size must be between 0 and is %d", kind->digest_bytes);
    return -1;
  }
  p->digest_bytes = (uint8_t)n.digest_size;
  p->fanout = (uint8_t)n.fanout;
  p->depth = (uint8_t)n.depth;
  p->node_depth = (uint8_t)n.node_depth;
  p->inner_bytes = (uint8_t)n.inner_size;
  p->leaf_bytes = (uint32_t)n.leaf_size;
  p->node_offset = n.node_offset;
  *is_last_node = n.last_node;
  return read_bytes(v[KEY], "key", kind->key_bytes, key, &p->key_bytes);
}

static int update(struct object *o, struct object *data) {
  struct blake2_object *b = blake2_of(o);
  struct buffer_view view;
  if (hash_data_open(data, &view) < 0)
    return -1;
  bool begun = true;
  if (view.bytes < HASH_WITHOUT_GIL_BYTES) {
    busy_wait(&b->busy);
    blake2_update(&b->state, view.data, (size_t)view.bytes);
  } else if ((begun = busy_begin(&b->busy))) {
    gil_release();
    blake2_update(&b->state, view.data, (size_t)view.bytes);
    gil_acquire();
    busy_end(&b->busy);
  }
  buffer_release(&view);
  return begun ? 0 : -1;
}

static struct object *make(const struct blake2_kind *kind, struct type *t,
                           struct object *const *args, size_t n, struct object *kwnames) {
  const struct args_spec spec = {kind->name, names, ARGUMENTS_N, 1, 1, 0};
  struct object *v[ARGUMENTS_N];
  struct blake2_parameters parameters = {0};
  unsigned char key[64];
  bool is_last_node = false;
  if (args_parse(&spec, args, n, kwnames, v) < 0 ||
      read_parameters(kind, v, &parameters, key, &is_last_node) < 0)
    return NULL;
  struct object *o = type_generic_alloc(t);
  if (!o)
    return NULL;
  blake2_open(&blake2_of(o)->state, kind, &parameters, key, is_last_node);
  explicit_bzero(key, sizeof key);
  if (v[DATA] && update(o, v[DATA]) < 0) {
    drop(o);
    return NULL;
  }
  return o;
}
static struct object *blake2b_new(struct type *t, struct object *const *args, size_t n,
                                  struct object *kwnames) {
  return make(&blake2b, t, args, n, kwnames);
}
static struct object *blake2s_new(struct type *t, struct object *const *args, size_t n,
                                  struct object *kwnames) {
  return make(&blake2s, t, args, n, kwnames);
}

/* ---- Methods and attributes ---- */

static struct object *copy_method(struct object *o) {
  struct object *copy = type_generic_alloc(type_of(o));
  if (copy) {
    busy_wait(&blake2_of(o)->busy);
    blake2_of(copy)->state = blake2_of(o)->state;
  }
  return copy;
}
static struct object *update_method(struct object *o, struct object *data) {
  return update(o, data) < 0 ? NULL : hold(NONE);
}
static struct object *digest_method(struct object *o) {
  unsigned char digest[BLAKE2_DIGEST_BYTES];
  busy_wait(&blake2_of(o)->busy);
  blake2_finish(&blake2_of(o)->state, digest);
  return bytes_from(digest, blake2_of(o)->state.digest_bytes);
}
static struct object *hexdigest_method(struct object *o) {
  unsigned char digest[BLAKE2_DIGEST_BYTES];
  busy_wait(&blake2_of(o)->busy);
  blake2_finish(&blake2_of(o)->state, digest);
  return hash_hex(digest, blake2_of(o)->state.digest_bytes);
}
static const struct method_def methods[] = {
    METHOD_NOARGS_("copy", copy_method, "($self, /)\n--\n\nReturn a copy of the hash object."),
    METHOD_NOARGS_("digest", digest_method,
                   "($self, /)\n--\n\nReturn the digest of what came so far as bytes."),
    METHOD_NOARGS_("hexdigest", hexdigest_method,
                   "($self, /)\n--\n\nReturn the digest of what came so far as hexadecimal text."),
    METHOD_ONE_("update", update_method, "($self, data, /)\n--\n\nHash these bytes as well."),
    {NULL}};

static struct object *get_name(struct object *o, void *closure) {
  return str_from_ascii(blake2_of(o)->state.kind->name);
}
static struct object *get_block_size(struct object *o, void *closure) {
  return int_from_i64(blake2_of(o)->state.kind->block_bytes);
}
static struct object *get_digest_size(struct object *o, void *closure) {
  return int_from_i64(blake2_of(o)->state.digest_bytes);
}
static const struct getset_def getsets[] = {{.name = "name", .get = get_name},
                                            {.name = "block_size", .get = get_block_size},
                                            {.name = "digest_size", .get = get_digest_size},
                                            {NULL}};

#define TYPE(name_, letter_)                                                                       \
  static struct type name_##_type = {                                                              \
      .head = OBJECT_STATIC(type_type),                                                            \
      .shape = {.layout = GC_LEAF, .basic_bytes = sizeof(struct blake2_object)},                   \
      .name = "_blake2." #name_,                                                                   \
      .new_ = name_##_new,                                                                         \
      .methods = methods,                                                                          \
      .getsets = getsets,                                                                          \
      .doc =                                                                                       \
          #name_ "(data=b'', /, *, digest_size=_blake2." #name_                                    \
                 ".MAX_DIGEST_SIZE,\n        key=b'', salt=b'', person=b'', fanout=1, depth=1, "   \
                 "leaf_size=0,\n        node_offset=0, node_depth=0, inner_size=0, "               \
                 "last_node=False,\n        usedforsecurity=True)\n--\n\nReturn a new "            \
                 "BLAKE2" letter_ " hash object.",                                                 \
      .base = &object_type}
TYPE(blake2b, "b");
TYPE(blake2s, "s");

/* ---- The module ---- */

static int add_type(struct object *module, struct type *t, const struct blake2_kind *kind,
                    const char *prefix) {
  const struct {
    const char *name;
    int value;
  } rows[] = {{"SALT_SIZE", kind->salt_bytes},
              {"PERSON_SIZE", kind->person_bytes},
              {"MAX_KEY_SIZE", kind->key_bytes},
              {"MAX_DIGEST_SIZE", kind->digest_bytes}};
  if (module_add_type(module, t) < 0)
    return -1;
  for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
    char name[40];
    snprintf(name, sizeof name, "%s_%s", prefix, rows[i].name);
    struct object *key = str_intern(rows[i].name), *value = int_from_i64(rows[i].value);
    int done = key && value ? type_set_attribute(t, key, value) : -1;
    drop_null(value);
    if (done < 0 || module_add_int(module, name, rows[i].value) < 0)
      return -1;
  }
  return 0;
}
int module_blake2_fill(struct object *module) {
  return module_add_text(module, "__doc__", "BLAKE2b and BLAKE2s for hashlib") < 0 ||
                 add_type(module, &blake2b_type, &blake2b, "BLAKE2B") < 0
             ? -1
             : add_type(module, &blake2s_type, &blake2s, "BLAKE2S");
}
