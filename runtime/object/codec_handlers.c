/* The error handlers that are always there, as functions of an exception. */
#include "runtime/object/bytes.h"
#include "runtime/object/codec_errors.h"
#include "runtime/object/int.h"
#include "runtime/object/tuple.h"
#include <string.h>

bool (*codec_character_name)(uint32_t c, char *name, size_t room);
bool (*codec_character_named)(const char *name, size_t n, uint32_t *c);

enum action { ENCODE = 1, DECODE = 2, TRANSLATE = 4 };

/* What the exception is about, its range fitted to the object. */
struct failure {
  unsigned action;
  struct exception_unicode *e;
  struct object *object;
  size_t start, stop, n;
};

static void *cannot_handle(struct object *o) {
  return error_format(ERROR_TYPE, "don't know how to handle %N in error callback", o);
}

static int read(struct object *o, unsigned allowed, struct failure *f) {
  f->action = object_is_instance(o, exception_type(ERROR_UNICODE_ENCODE))      ? ENCODE
              : object_is_instance(o, exception_type(ERROR_UNICODE_DECODE))    ? DECODE
              : object_is_instance(o, exception_type(ERROR_UNICODE_TRANSLATE)) ? TRANSLATE
                                                                               : 0;
  if (!(f->action & allowed)) {
    cannot_handle(o);
    return -1;
  }
  f->e = (struct exception_unicode *)o;
  f->object = f->e->object;
  bool is_right =
      f->object && (f->action == DECODE ? is_any_bytes(f->object) : is_any_str(f->object));
  if (!is_right) {
    error_format(ERROR_TYPE, f->object ? "object attribute must be %s" : "object attribute not set",
                 f->action == DECODE ? "bytes" : "unicode");
    return -1;
  }
  f->n = f->action == DECODE ? bytes_length(f->object) : str_length(f->object);
  /* As the attributes read: within the object, and at least one item where there is one. */
  int64_t n = (int64_t)f->n, start = f->e->start, stop = f->e->end;
  if (start < 0)
    start = 0;
  if (start >= n)
    start = n ? n - 1 : 0;
  if (stop < 1)
    stop = 1;
  if (stop > n)
    stop = n;
  f->start = (size_t)start;
  f->stop = (size_t)(stop < start ? start : stop);
  return 0;
}

static struct object *pair_taking(struct object *replacement, size_t position) {
  struct object *at = replacement ? int_from_i64((int64_t)position) : NULL;
  struct object *pair = at ? tuple_pack(2, replacement, at) : NULL;
  drop_null(at);
  drop_null(replacement);
  return pair;
}

static struct object *strict(struct object *self, struct object *o) {
  if (is_exception(o))
    error_raise_taking(hold(o));
  else
    error_set(ERROR_TYPE, "codec must pass exception instance");
  return NULL;
}

static struct object *ignore(struct object *self, struct object *o) {
  struct failure f;
  if (read(o, ENCODE | DECODE | TRANSLATE, &f) < 0)
    return NULL;
  return pair_taking(str_from_ascii(""), f.stop);
}

static struct object *replace(struct object *self, struct object *o) {
  struct failure f;
  if (read(o, ENCODE | DECODE | TRANSLATE, &f) < 0)
    return NULL;
  struct str_builder b = STR_BUILDER_EMPTY;
  str_builder_add_grow(&b, f.action == ENCODE ? '?' : 0xfffd,
                       f.action == DECODE ? 1 : f.stop - f.start);
  return pair_taking(str_builder_finish(&b), f.stop);
}

static struct object *xmlcharrefreplace(struct object *self, struct object *o) {
  struct failure f;
  if (read(o, ENCODE, &f) < 0)
    return NULL;
  struct str_builder b = STR_BUILDER_EMPTY;
  for (size_t i = f.start; i < f.stop; i++)
    codec_add_reference(&b, str_at(f.object, i));
  return pair_taking(str_builder_finish(&b), f.stop);
}

static struct object *backslashreplace(struct object *self, struct object *o) {
  struct failure f;
  if (read(o, ENCODE | DECODE | TRANSLATE, &f) < 0)
    return NULL;
  struct str_builder b = STR_BUILDER_EMPTY;
  for (size_t i = f.start; i < f.stop; i++)
    codec_add_escaped(&b, f.action == DECODE ? bytes_data(f.object)[i] : str_at(f.object, i));
  return pair_taking(str_builder_finish(&b), f.stop);
}

static struct object *namereplace(struct object *self, struct object *o) {
  struct failure f;
  if (read(o, ENCODE, &f) < 0)
    return NULL;
  struct str_builder b = STR_BUILDER_EMPTY;
  for (size_t i = f.start; i < f.stop; i++) {
    char name[256];
    uint32_t c = str_at(f.object, i);
    if (codec_character_name && codec_character_name(c, name, sizeof name)) {
      str_builder_add_ascii(&b, "\\N{", 3);
      str_builder_add_ascii(&b, name, strlen(name));
      str_builder_add_char(&b, '}');
    } else
      codec_add_escaped(&b, c);
  }
  return pair_taking(str_builder_finish(&b), f.stop);
}

/* ---- Surrogates ---- */

static struct object *raise_again(struct object *o) {
  error_raise_taking(hold(o));
  return NULL;
}

static struct object *surrogateescape(struct object *self, struct object *o) {
  struct failure f;
  if (read(o, ENCODE | DECODE, &f) < 0)
    return NULL;
  if (f.action == ENCODE) {
    struct object *bytes = bytes_new_open(f.stop - f.start);
    for (size_t i = f.start; bytes && i < f.stop; i++) {
      uint32_t c = str_at(f.object, i);
      if (c < 0xdc80 || c > 0xdcff) {
        drop(bytes);
        return raise_again(o);
      }
      ((struct bytes *)bytes)->data[i - f.start] = (unsigned char)c;
    }
    return pair_taking(bytes, f.stop);
  }
  struct str_builder b = STR_BUILDER_EMPTY;
  size_t i = f.start;
  for (; i < f.stop && i < f.start + 4 && bytes_data(f.object)[i] >= 0x80; i++)
    str_builder_add_char(&b, 0xdc00u + bytes_data(f.object)[i]);
  if (i == f.start) {
    str_builder_discard(&b);
    return raise_again(o);
  }
  return pair_taking(str_builder_finish(&b), i);
}

/* Which encoding a name means, for surrogatepass: bytes of a unit; 0: none of them. */
static unsigned unit_of(const char *name, bool *is_big) {
  *is_big = false;
  if (strncasecmp(name, "utf", 3))
    return 0;
  name += 3;
  if (*name == '-' || *name == '_')
    name++;
  unsigned unit = !strncmp(name, "8", 1)    ? 1
                  : !strncmp(name, "16", 2) ? 2
                  : !strncmp(name, "32", 2) ? 4
                                            : 0;
  name += unit == 1 ? 1 : 2;
  if (unit == 1)
    return *name ? 0 : 1;
  if (!unit || !*name)
    return unit;
  if (*name == '-' || *name == '_')
    name++;
  *is_big = !strcasecmp(name, "be");
  return *is_big || !strcasecmp(name, "le") ? unit : 0;
}

static void put_surrogate(unsigned char *p, uint32_t c, unsigned unit, bool is_big) {
  if (unit == 1) {
    p[0] = (unsigned char)(0xe0 | c >> 12);
    p[1] = (unsigned char)(0x80 | (c >> 6 & 0x3f));
    p[2] = (unsigned char)(0x80 | (c & 0x3f));
  } else
    for (unsigned i = 0; i < unit; i++)
      p[i] = (unsigned char)(c >> 8 * (is_big ? unit - 1 - i : i));
}
static uint32_t get_surrogate(const unsigned char *p, size_t left, unsigned unit, bool is_big) {
  if (left < (unit == 1 ? 3 : unit))
    return 0;
  if (unit == 1)
    return (p[0] & 0xf0) == 0xe0 && (p[1] & 0xc0) == 0x80 && (p[2] & 0xc0) == 0x80
               ? (uint32_t)((p[0] & 0xf) << 12 | (p[1] & 0x3f) << 6 | (p[2] & 0x3f))
               : 0;
  uint32_t c = 0;
  for (unsigned i = 0; i < unit; i++)
    c |= (uint32_t)p[i] << 8 * (is_big ? unit - 1 - i : i);
  return c;
}

static struct object *surrogatepass(struct object *self, struct object *o) {
  struct failure f;
  if (read(o, ENCODE | DECODE, &f) < 0)
    return NULL;
  if (!f.e->encoding || !is_any_str(f.e->encoding) || !str_is_ascii(f.e->encoding))
    return raise_again(o);
  bool is_big;
  unsigned unit = unit_of(str_data(f.e->encoding), &is_big), bytes_each = unit == 1 ? 3 : unit;
  if (!unit)
    return raise_again(o);
  if (f.action == DECODE) {
    uint32_t c = get_surrogate(bytes_data(f.object) + f.start, f.n - f.start, unit, is_big);
    if (c - 0xd800 >= 0x800)
      return raise_again(o);
    return pair_taking(str_from_code_point(c), f.start + bytes_each);
  }
  struct object *bytes = bytes_new_open((f.stop - f.start) * bytes_each);
  for (size_t i = f.start; bytes && i < f.stop; i++) {
    uint32_t c = str_at(f.object, i);
    if (c - 0xd800 >= 0x800) {
      drop(bytes);
      return raise_again(o);
    }
    put_surrogate(((struct bytes *)bytes)->data + (i - f.start) * bytes_each, c, unit, is_big);
  }
  return pair_taking(bytes, f.stop);
}

const struct method_def codec_handlers[] = {
    METHOD_ONE_("strict_errors", strict, "Raises the exception: the handler 'strict'."),
    METHOD_ONE_("ignore_errors", ignore, "Leaves out what is malformed: 'ignore'."),
    METHOD_ONE_("replace_errors", replace, "A replacement mark instead: 'replace'."),
    METHOD_ONE_("xmlcharrefreplace_errors", xmlcharrefreplace,
                "XML character references instead: 'xmlcharrefreplace'."),
    METHOD_ONE_("backslashreplace_errors", backslashreplace,
                "Escapes with backslashes instead: 'backslashreplace'."),
    METHOD_ONE_("namereplace_errors", namereplace, "\\N{...} escapes instead: 'namereplace'."),
    METHOD_ONE_("surrogatepass", surrogatepass, NULL),
    METHOD_ONE_("surrogateescape", surrogateescape, NULL),
    {NULL}};
