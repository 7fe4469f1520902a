/* The digests of OpenSSL's libcrypto, which is loaded when the first one is wanted: programs that
 * hash nothing do not pay for it, and the build needs no headers of it. */
#pragma once
#include <stddef.h>
#include <stdint.h>

struct object;

/* Only what is called; contexts and algorithms stay opaque. */
#define LIBCRYPTO_FUNCTIONS(X)                                                                     \
  X(int, OPENSSL_init_crypto, (uint64_t options, const void *settings))                            \
  X(void *, EVP_MD_fetch, (void *context, const char *name, const char *properties))               \
  X(void *, EVP_MD_CTX_new, (void))                                                                \
  X(void, EVP_MD_CTX_free, (void *context))                                                        \
  X(int, EVP_MD_CTX_copy_ex, (void *to, const void *from))                                         \
  X(int, EVP_DigestInit_ex, (void *context, const void *algorithm, void *engine))                  \
  X(int, EVP_DigestUpdate, (void *context, const void *data, size_t n))                            \
  X(int, EVP_DigestFinal_ex, (void *context, unsigned char *digest, unsigned *n))                  \
  X(int, EVP_DigestFinalXOF, (void *context, unsigned char *digest, size_t n))                     \
  X(void, ERR_clear_error, (void))

struct libcrypto {
  void *handle; /* NULL: not loaded */
#define FIELD(result, name, parameters) result(*name) parameters;
  LIBCRYPTO_FUNCTIONS(FIELD)
#undef FIELD
};
extern struct libcrypto libcrypto;

/* -1 with an ImportError that names what is missing. */
int libcrypto_load(void);
