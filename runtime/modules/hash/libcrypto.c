/* Loading OpenSSL's libcrypto. */
#include "runtime/modules/hash/libcrypto.h"
#include "runtime/object/exception.h"
#include "runtime/object/str.h"
#include <dlfcn.h>

static const char library[] = "libcrypto.so.3";
struct libcrypto libcrypto;

int libcrypto_load(void) {
  if (libcrypto.handle)
    return 0;
  void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
  const char *missing = handle ? NULL : library;
#define FUNCTION(result, name, parameters)                                                         \
  if (handle && !missing && !(*(void **)&libcrypto.name = dlsym(handle, #name)))                   \
    missing = #name;
  LIBCRYPTO_FUNCTIONS(FUNCTION)
#undef FUNCTION
  if (missing) {
    struct object *message =
        str_format("hashing needs %s (Debian package libssl3), which is not to be had: %s", library,
                   handle ? missing : dlerror());
    struct object *name = str_intern("hashlib");
    if (message && name)
      error_import(message, name, NULL, false);
    drop_null(message);
    if (handle)
      dlclose(handle);
    return -1;
  }
  /* Plain digests want nothing of the system's configuration: reading it would take longer than
   * most programs hash. */
  enum { NO_CONFIGURATION = 0x80 };
  libcrypto.OPENSSL_init_crypto(NO_CONFIGURATION, NULL);
  libcrypto.handle = handle;
  return 0;
}
