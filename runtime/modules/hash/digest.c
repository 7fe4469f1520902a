/* Hash objects whose state is a context of libcrypto. Digests are taken from a copy, so that an
 * object can go on afterwards. */
#include "runtime/modules/hash/digest.h"
#include "runtime/modules/hash/hash.h"
#include "runtime/modules/hash/libcrypto.h"
#include "runtime/object/bytes.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/str.h"

enum { DIGEST_BYTES_MAX = 64 };

/* The library tells no reasons that a program could use: it is memory, or an algorithm it was built
 * without. */
static COLD void *refused(void) {
  libcrypto.ERR_clear_error();
  return error_no_memory();
}

void digest_release(struct object *o) {
  struct digest *d = digest_of(o);
  if (d->context)
    libcrypto.EVP_MD_CTX_free(d->context);
  d->context = NULL;
}

static int update(struct digest *d, const struct buffer_view *view) {
  int done;
  if (view->bytes < HASH_WITHOUT_GIL_BYTES) {
    busy_wait(&d->busy);
    done = libcrypto.EVP_DigestUpdate(d->context, view->data, (size_t)view->bytes);
  } else {
    if (!busy_begin(&d->busy))
      return -1;
    gil_release();
    done = libcrypto.EVP_DigestUpdate(d->context, view->data, (size_t)view->bytes);
    gil_acquire();
    busy_end(&d->busy);
  }
  return done ? 0 : (refused(), -1);
}

static int begin(struct digest *d) {
  struct digest_algorithm *a = d->algorithm;
  if (libcrypto_load() < 0)
    return -1;
  if (!a->found && !(a->found = libcrypto.EVP_MD_fetch(NULL, a->fetched, NULL))) {
    libcrypto.ERR_clear_error();
    return error_set(ERROR_VALUE, "libcrypto has no %s", a->name), -1;
  }
  d->context = libcrypto.EVP_MD_CTX_new();
  if (!d->context || !libcrypto.EVP_DigestInit_ex(d->context, a->found, NULL))
    return refused(), -1;
  return 0;
}

struct object *digest_new(struct digest_algorithm *a, struct object *data) {
  struct buffer_view view;
  if (data && hash_data_open(data, &view) < 0)
    return NULL;
  struct object *o = type_generic_alloc(a->type);
  if (o) {
    digest_of(o)->algorithm = a;
    if (begin(digest_of(o)) < 0 || (data && update(digest_of(o), &view) < 0)) {
      drop(o);
      o = NULL;
    }
  }
  if (data)
    buffer_release(&view);
  return o;
}

struct object *digest_copy(struct object *o) {
  struct object *copy = type_generic_alloc(type_of(o));
  if (!copy)
    return NULL;
  struct digest *d = digest_of(copy);
  d->algorithm = digest_of(o)->algorithm;
  busy_wait(&digest_of(o)->busy);
  d->context = libcrypto.EVP_MD_CTX_new();
  if (!d->context || !libcrypto.EVP_MD_CTX_copy_ex(d->context, digest_of(o)->context)) {
    drop(copy);
    return refused();
  }
  return copy;
}

struct object *digest_update(struct object *o, struct object *data) {
  struct buffer_view view;
  if (hash_data_open(data, &view) < 0)
    return NULL;
  int result = update(digest_of(o), &view);
  buffer_release(&view);
  return result < 0 ? NULL : hold(NONE);
}

/* The first n bytes of the digest so far, or all of it (as many as the algorithm gives). */
static int finish(struct digest *d, unsigned char *to, size_t n) {
  busy_wait(&d->busy);
  void *copy = libcrypto.EVP_MD_CTX_new();
  bool done = copy && libcrypto.EVP_MD_CTX_copy_ex(copy, d->context) &&
              (d->algorithm->digest_bytes ? libcrypto.EVP_DigestFinal_ex(copy, to, NULL)
                                          : libcrypto.EVP_DigestFinalXOF(copy, to, n));
  if (copy)
    libcrypto.EVP_MD_CTX_free(copy);
  return done ? 0 : (refused(), -1);
}

struct object *digest_bytes(struct object *o) {
  unsigned char digest[DIGEST_BYTES_MAX];
  size_t n = digest_of(o)->algorithm->digest_bytes;
  return finish(digest_of(o), digest, n) < 0 ? NULL : bytes_from(digest, n);
}
struct object *digest_hex(struct object *o) {
  unsigned char digest[DIGEST_BYTES_MAX];
  size_t n = digest_of(o)->algorithm->digest_bytes;
  return finish(digest_of(o), digest, n) < 0 ? NULL : hash_hex(digest, n);
}

struct object *digest_bytes_n(struct object *o, struct object *length) {
  uint64_t n;
  if (hash_unsigned(length, &n, "Python int too large to convert to C unsigned long") < 0)
    return NULL;
  if (n >= 1 << 29)
    return error_format(ERROR_VALUE, "length is too large");
  struct object *result = bytes_new_open(n);
  if (result && n && finish(digest_of(o), ((struct bytes *)result)->data, n) < 0) {
    drop(result);
    return NULL;
  }
  return result;
}
struct object *digest_hex_n(struct object *o, struct object *length) {
  struct object *digest = digest_bytes_n(o, length);
  if (!digest)
    return NULL;
  struct object *text = hash_hex(bytes_data(digest), bytes_length(digest));
  drop(digest);
  return text;
}

struct object *digest_get_name(struct object *o, void *closure) {
  return str_from_ascii(digest_of(o)->algorithm->name);
}
struct object *digest_get_digest_bytes(struct object *o, void *closure) {
  return int_from_i64(digest_of(o)->algorithm->digest_bytes);
}
struct object *digest_get_block_bytes(struct object *o, void *closure) {
  return int_from_i64(digest_of(o)->algorithm->block_bytes);
}
