/* What memoryview asks about formats of more than one native character: the module _struct. */
#include "runtime/modules/item_formats.h"
#include "runtime/modules/import/import.h"
#include "runtime/object/attribute.h"
#include "runtime/object/bytes.h"
#include "runtime/object/memoryview.h"
#include "runtime/object/str.h"
#include <string.h>

static struct object *unpack(const char *format, const void *item, int64_t bytes) {
  struct object *module = import_module("_struct");
  struct object *function = module ? attribute_get_ascii(module, "unpack") : NULL;
  struct object *text = function ? str_from_utf8(format, strlen(format)) : NULL;
  struct object *data = text ? bytes_from(item, (size_t)bytes) : NULL;
  struct object *values = data ? call_two(function, text, data) : NULL;
  drop_null(data);
  drop_null(text);
  drop_null(function);
  drop_null(module);
  return values;
}
void item_formats_open(void) { memoryview_unpack = unpack; }
void item_formats_close(void) { memoryview_unpack = NULL; }
