/* The module `_sha3`: types of the SHA-3 family, those with digests of any length among them. */
#include "runtime/modules/argument.h"
#include "runtime/modules/hash/digest.h"
#include "runtime/modules/module.h"
#include "runtime/object/bytes.h"
#include "runtime/object/int.h"

#define COPY                                                                                       \
  METHOD_NOARGS_("copy", digest_copy, "($self, /)\n--\n\nReturn a copy of the hash object.")
#define UPDATE                                                                                     \
  METHOD_ONE_("update", digest_update, "($self, data, /)\n--\n\nHash these bytes as well.")

static const struct method_def sha3_methods[] = {
    COPY,
    METHOD_NOARGS_("digest", digest_bytes,
                   "($self, /)\n--\n\nReturn the digest of what came so far as bytes."),
    METHOD_NOARGS_("hexdigest", digest_hex,
                   "($self, /)\n--\n\nReturn the digest of what came so far as hexadecimal text."),
    UPDATE,
    {NULL}};
static const struct method_def shake_methods[] = {
    COPY,
    METHOD_ONE_("digest", digest_bytes_n,
                "($self, length, /)\n--\n\nReturn so many bytes of the digest."),
    METHOD_ONE_(
        "hexdigest", digest_hex_n,
        "($self, length, /)\n--\n\nReturn so many bytes of the digest as hexadecimal text."),
    UPDATE,
    {NULL}};

/* The sponge has 1600 bits; a block of data goes into its rate, the rest is the capacity. */
static struct object *get_rate_bits(struct object *o, void *closure) {
  return int_from_i64(8 * digest_of(o)->algorithm->block_bytes);
}
static struct object *get_capacity_bits(struct object *o, void *closure) {
  return int_from_i64(1600 - 8 * digest_of(o)->algorithm->block_bytes);
}
static struct object *get_suffix(struct object *o, void *closure) {
  return bytes_from(digest_of(o)->algorithm->digest_bytes ? "\x06" : "\x1f", 1);
}
static const struct getset_def getsets[] = {{.name = "block_size", .get = digest_get_block_bytes},
                                            {.name = "name", .get = digest_get_name},
                                            {.name = "digest_size", .get = digest_get_digest_bytes},
                                            {.name = "_capacity_bits", .get = get_capacity_bits},
                                            {.name = "_rate_bits", .get = get_rate_bits},
                                            {.name = "_suffix", .get = get_suffix},
                                            {NULL}};

/* All report errors under the first one's name, as CPython's do. */
static struct object *make(struct digest_algorithm *a, struct object *const *args, size_t n,
                           struct object *kwnames) {
  static const char *const names[] = {"", "usedforsecurity"};
  static const struct args_spec spec = {"sha3_224", names, 2, 1, 1, 0};
  struct object *v[2];
  bool for_security;
  if (args_parse(&spec, args, n, kwnames, v) < 0 ||
      (v[1] && argument_bool(v[1], &for_security) < 0))
    return NULL;
  return digest_new(a, v[0]);
}

#define ALGORITHM(name_, fetched_, digest_bytes_, block_bytes_, methods_, doc_)                    \
  static struct digest_algorithm name_##_algorithm;                                                \
  static struct object *name_##_new(struct type *t, struct object *const *args, size_t n,          \
                                    struct object *kwnames) {                                      \
    return make(&name_##_algorithm, args, n, kwnames);                                             \
  }                                                                                                \
  static struct type name_##_type = {                                                              \
      .head = OBJECT_STATIC(type_type),                                                            \
      .shape = {.layout = GC_LEAF, .flags = GC_RELEASES, .basic_bytes = sizeof(struct digest)},    \
      .name = "_sha3." #name_,                                                                     \
      .release = digest_release,                                                                   \
      .new_ = name_##_new,                                                                         \
      .methods = methods_,                                                                         \
      .getsets = getsets,                                                                          \
      .doc = #name_ "([data], *, usedforsecurity=True) -> " doc_,                                  \
      .base = &object_type};                                                                       \
  static struct digest_algorithm name_##_algorithm = {#name_,       fetched_,      digest_bytes_,  \
                                                      block_bytes_, &name_##_type, NULL};

ALGORITHM(sha3_224, "SHA3-224", 28, 144, sha3_methods, "hash with a digest of 28 bytes")
ALGORITHM(sha3_256, "SHA3-256", 32, 136, sha3_methods, "hash with a digest of 32 bytes")
ALGORITHM(sha3_384, "SHA3-384", 48, 104, sha3_methods, "hash with a digest of 48 bytes")
ALGORITHM(sha3_512, "SHA3-512", 64, 72, sha3_methods, "hash with a digest of 64 bytes")
ALGORITHM(shake_128, "SHAKE-128", 0, 168, shake_methods, "hash with a digest of any length")
ALGORITHM(shake_256, "SHAKE-256", 0, 136, shake_methods, "hash with a digest of any length")

int module_sha3_fill(struct object *module) {
  if (module_add_type(module, &sha3_224_type) < 0 || module_add_type(module, &sha3_256_type) < 0 ||
      module_add_type(module, &sha3_384_type) < 0 || module_add_type(module, &sha3_512_type) < 0 ||
      module_add_type(module, &shake_128_type) < 0 || module_add_type(module, &shake_256_type) < 0)
    return -1;
  return module_add_text(module, "implementation", "OpenSSL");
}
