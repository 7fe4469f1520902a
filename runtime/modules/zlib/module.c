/* The module `zlib`: its checksums and constants. */
#include "runtime/modules/module.h"
#include "runtime/modules/argument.h"
#include "runtime/modules/zlib/stream.h"
#include "runtime/object/int.h"
#include "runtime/vm/gil.h"
#include <limits.h>

enum { WITHOUT_GIL_BYTES = 5 * 1024 }; /* from here on other threads run meanwhile */

static struct object *checksum(const char *name, uLong (*add)(uLong, const Bytef *, uInt),
                               unsigned value, struct object *const *args, size_t n) {
  struct buffer_view view;
  if (args_check_count(name, n, 1, 2) < 0 || (n > 1 && argument_unsigned(args[1], &value) < 0) ||
      buffer_get(args[0], &view, BUFFER_SIMPLE) < 0)
    return NULL;
  const unsigned char *from = view.data;
  size_t rest = (size_t)view.bytes;
  bool alone = rest < WITHOUT_GIL_BYTES;
  uLong sum = value;
  if (!alone)
    gil_release();
  do {
    unsigned some = rest > UINT_MAX ? UINT_MAX : (unsigned)rest;
    sum = add(sum, from, some);
    from += some;
    rest -= some;
  } while (rest);
  if (!alone)
    gil_acquire();
  buffer_release(&view);
  return int_from_i64((uint32_t)sum);
}
static struct object *crc32_function(struct object *module, struct object *const *args, size_t n) {
  return checksum("crc32", libz.crc32_, 0, args, n);
}
static struct object *adler32_function(struct object *module, struct object *const *args,
                                       size_t n) {
  return checksum("adler32", libz.adler32_, 1, args, n);
}

static const struct method_def functions[] = {
    METHOD_FAST_("adler32", adler32_function,
                 "($module, data, value=1, /)\n--\n\nCompute an Adler-32 checksum of data."),
    METHOD_KEYWORDS_("compress", zlib_compress,
                     "($module, data, /, level=Z_DEFAULT_COMPRESSION, wbits=MAX_WBITS)\n--\n\n"
                     "Return the bytes compressed."),
    METHOD_KEYWORDS_("compressobj", zlib_compressobj,
                     "($module, /, level=Z_DEFAULT_COMPRESSION, method=DEFLATED,\n            "
                     "wbits=MAX_WBITS, memLevel=DEF_MEM_LEVEL,\n            "
                     "strategy=Z_DEFAULT_STRATEGY, zdict=None)\n--\n\nReturn an object that "
                     "compresses piece by piece."),
    METHOD_FAST_("crc32", crc32_function,
                 "($module, data, value=0, /)\n--\n\nCompute a CRC-32 checksum of data."),
    METHOD_KEYWORDS_("decompress", zlib_decompress,
                     "($module, data, /, wbits=MAX_WBITS, bufsize=DEF_BUF_SIZE)\n--\n\n"
                     "Return what was compressed into these bytes."),
    METHOD_KEYWORDS_("decompressobj", zlib_decompressobj,
                     "($module, /, wbits=MAX_WBITS, zdict=b'')\n--\n\nReturn an object that "
                     "decompresses piece by piece."),
    {NULL}};

static const struct module_int constants[] = {{"MAX_WBITS", MAX_WBITS},
                                              {"DEFLATED", Z_DEFLATED},
                                              {"DEF_MEM_LEVEL", 8},
                                              {"DEF_BUF_SIZE", STREAM_ROOM},
                                              {"Z_NO_COMPRESSION", Z_NO_COMPRESSION},
                                              {"Z_BEST_SPEED", Z_BEST_SPEED},
                                              {"Z_BEST_COMPRESSION", Z_BEST_COMPRESSION},
                                              {"Z_DEFAULT_COMPRESSION", Z_DEFAULT_COMPRESSION},
                                              {"Z_FILTERED", Z_FILTERED},
                                              {"Z_HUFFMAN_ONLY", Z_HUFFMAN_ONLY},
                                              {"Z_RLE", Z_RLE},
                                              {"Z_FIXED", Z_FIXED},
                                              {"Z_DEFAULT_STRATEGY", Z_DEFAULT_STRATEGY},
                                              {"Z_NO_FLUSH", Z_NO_FLUSH},
                                              {"Z_PARTIAL_FLUSH", Z_PARTIAL_FLUSH},
                                              {"Z_SYNC_FLUSH", Z_SYNC_FLUSH},
                                              {"Z_FULL_FLUSH", Z_FULL_FLUSH},
                                              {"Z_FINISH", Z_FINISH},
                                              {"Z_BLOCK", Z_BLOCK},
                                              {"Z_TREES", Z_TREES}};

int module_zlib_fill(struct object *module) {
  if (libz_load() < 0 || module_root(&stream_error) < 0 || type_ready(&compress_type) < 0 ||
      type_ready(&decompress_type) < 0 || module_add_functions(module, functions) < 0)
    return -1;
  if (!stream_error && !(stream_error = module_new_exception("zlib.error", NULL)))
    return -1;
  if (module_add_ints(module, constants, ARRAY_SIZE(constants)) < 0)
    return -1;
  if (module_add(module, "error", stream_error) < 0 ||
      module_add_text(module, "ZLIB_VERSION", ZLIB_VERSION) < 0 ||
      module_add_text(module, "ZLIB_RUNTIME_VERSION", libz.zlibVersion_()) < 0 ||
      module_add_text(module, "__version__", "1.0") < 0)
    return -1;
  return module_add_text(module, "__doc__",
                         "Compression and decompression by the library zlib, and its checksums.");
}
