/* The modules `_md5`, `_sha1`, `_sha256` and `_sha512`: a function for each algorithm, whose
 * objects have a type that can't be called. */
#include "runtime/modules/argument.h"
#include "runtime/modules/hash/digest.h"
#include "runtime/modules/module.h"

static const struct method_def methods[] = {
    METHOD_NOARGS_("copy", digest_copy, "($self, /)\n--\n\nReturn a copy of the hash object."),
    METHOD_NOARGS_("digest", digest_bytes,
                   "($self, /)\n--\n\nReturn the digest of what came so far as bytes."),
    METHOD_NOARGS_("hexdigest", digest_hex,
                   "($self, /)\n--\n\nReturn the digest of what came so far as hexadecimal text."),
    METHOD_ONE_("update", digest_update, "($self, obj, /)\n--\n\nHash these bytes as well."),
    {NULL}};
static const struct getset_def getsets[] = {{.name = "block_size", .get = digest_get_block_bytes},
                                            {.name = "name", .get = digest_get_name},
                                            {.name = "digest_size", .get = digest_get_digest_bytes},
                                            {NULL}};

/* The type, the algorithm, and the function that makes a hash of it. */
#define ALGORITHM(name_, module_, fetched_, digest_bytes_, block_bytes_)                           \
  static struct type name_##_type = {                                                              \
      .head = OBJECT_STATIC(type_type),                                                            \
      .shape = {.layout = GC_LEAF, .flags = GC_RELEASES, .basic_bytes = sizeof(struct digest)},    \
      .name = module_ "." #name_,                                                                  \
      .flags = TYPE_NO_INSTANCE,                                                                   \
      .release = digest_release,                                                                   \
      .methods = methods,                                                                          \
      .getsets = getsets,                                                                          \
      .base = &object_type};                                                                       \
  static struct digest_algorithm name_##_algorithm = {#name_,       fetched_,      digest_bytes_,  \
                                                      block_bytes_, &name_##_type, NULL};          \
  FUNCTION(name_, #name_, 0, 1, 0, "string", "usedforsecurity") {                                  \
    bool for_security;                                                                             \
    if (v[1] && argument_bool(v[1], &for_security) < 0)                                            \
      return NULL;                                                                                 \
    return digest_new(&name_##_algorithm, v[0]);                                                   \
  }
#define ROW(name_, text)                                                                           \
  METHOD_KEYWORDS_(#name_, name_##_call,                                                           \
                   "($module, /, string=b'', *, usedforsecurity=True)\n--\n\n"                     \
                   "Return a new " text " hash object, which begins with these bytes.")

ALGORITHM(md5, "_md5", "MD5", 16, 64)
ALGORITHM(sha1, "_sha1", "SHA1", 20, 64)
ALGORITHM(sha224, "_sha256", "SHA2-224", 28, 64)
ALGORITHM(sha256, "_sha256", "SHA2-256", 32, 64)
ALGORITHM(sha384, "_sha512", "SHA2-384", 48, 128)
ALGORITHM(sha512, "_sha512", "SHA2-512", 64, 128)

/* As CPython has it, a type's name in the module is not its __name__. */
static int add_type(struct object *module, const char *name, struct type *t) {
  return type_ready(t) < 0 ? -1 : module_add(module, name, &t->head);
}

int module_md5_fill(struct object *module) {
  static const struct method_def functions[] = {ROW(md5, "MD5"), {NULL}};
  return module_add_functions(module, functions) < 0 ? -1 : add_type(module, "MD5Type", &md5_type);
}
int module_sha1_fill(struct object *module) {
  static const struct method_def functions[] = {ROW(sha1, "SHA1"), {NULL}};
  return module_add_functions(module, functions) < 0 ? -1
                                                     : add_type(module, "SHA1Type", &sha1_type);
}
int module_sha256_fill(struct object *module) {
  static const struct method_def functions[] = {
      ROW(sha224, "SHA-224"), ROW(sha256, "SHA-256"), {NULL}};
  return module_add_functions(module, functions) < 0 ||
                 add_type(module, "SHA224Type", &sha224_type) < 0
             ? -1
             : add_type(module, "SHA256Type", &sha256_type);
}
int module_sha512_fill(struct object *module) {
  static const struct method_def functions[] = {
      ROW(sha384, "SHA-384"), ROW(sha512, "SHA-512"), {NULL}};
  return module_add_functions(module, functions) < 0 ||
                 add_type(module, "SHA384Type", &sha384_type) < 0
             ? -1
             : add_type(module, "SHA512Type", &sha512_type);
}
