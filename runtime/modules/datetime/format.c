/* strftime: %z, %Z and %f are filled in here, the rest is time.strftime's. */
#include "runtime/modules/datetime/datetime.h"
#include "runtime/object/codec.h"
#include "runtime/object/model.h"
#include "runtime/object/str_builder.h"

/* The offset without colons; nothing without one. It and the name are asked for once per text. */
static bool put_offset(char text[TEXT_OFFSET_BYTES], struct object *zone, struct object *argument) {
  struct object *offset = zone_utcoffset(zone, argument);
  if (!offset)
    return false;
  *text_put_offset(text, offset, false) = 0;
  drop(offset);
  return true;
}
/* The name, its percent signs doubled: time.strftime will read them. */
static struct object *escaped_name(struct object *zone, struct object *argument) {
  struct object *name = zone_name(zone, argument);
  if (!name || name == NONE) {
    drop_null(name);
    return name ? hold(NAME(empty)) : NULL;
  }
  struct object *args[] = {name, str_from_ascii("%"), str_from_ascii("%%")};
  struct object *escaped =
      args[1] && args[2] ? call_method(datetime_names[NAME_REPLACE], args, 3, NULL) : NULL;
  drop_null(args[2]);
  drop_null(args[1]);
  drop(name);
  if (escaped && !is_any_str(escaped)) {
    drop(escaped);
    return error_format(ERROR_TYPE, "tzname.replace() did not return a string");
  }
  return escaped;
}

/* The format ends at a NUL, as it does for C. */
static struct object *filled_in(struct object *format, int microsecond, struct object *zone,
                                struct object *argument) {
  STR_BUILDER_FEW_BYTES(few);
  struct str_builder b = STR_BUILDER_IN(few);
  struct object *name = NULL;
  size_t n = str_length(format);
  uint32_t c;
  bool failed = false, has_offset = false;
  char offset[TEXT_OFFSET_BYTES];
  for (size_t i = 0; !failed && i < n && (c = str_at(format, i)); i++) {
    uint32_t what = c == '%' && i + 1 < n ? str_at(format, i + 1) : 0;
    if (!what) {
      str_builder_add_char(&b, c);
      continue;
    }
    i++;
    if (what == 'z') {
      if (!has_offset)
        failed = !(has_offset = put_offset(offset, zone, argument));
      if (has_offset)
        str_builder_add_ascii(&b, offset, strlen(offset));
    } else if (what == 'Z') {
      if (!name)
        failed = !(name = escaped_name(zone, argument));
      if (name)
        str_builder_add(&b, name);
    } else if (what == 'f') {
      char text[TEXT_MICROSECOND_BYTES];
      char *end = text_put_microsecond(text, microsecond);
      str_builder_add_ascii(&b, text, (size_t)(end - text));
    } else {
      str_builder_add_char(&b, '%');
      str_builder_add_char(&b, what);
    }
  }
  drop_null(name);
  if (!failed)
    return str_builder_finish(&b);
  str_builder_discard(&b);
  return NULL;
}
struct object *format_argument_borrowed(struct object *const *args, size_t n,
                                        struct object *kwnames) {
  static const char *const names[] = {"format"};
  static const struct arguments spec = {"strftime", names, "O", 1, 1};
  union argument format;
  if (arguments_read(&spec, args, n, kwnames, &format) < 0)
    return NULL;
  return is_any_str(format.object)
             ? format.object
             : args_wrong_type("strftime", "argument 1", "str", format.object);
}
struct object *format_time(struct object *format, struct object *timetuple, int microsecond,
                           struct object *zone, struct object *argument) {
  if (!str_is_ascii(format)) { /* surrogates are an error */
    struct object *utf8 = codec_utf8_encode(format, NULL);
    if (!utf8)
      return NULL;
    drop(utf8);
  }
  struct object *args[2] = {filled_in(format, microsecond, zone, argument), timetuple};
  if (!args[0])
    return NULL;
  struct object *text = datetime_call("time", NAME_STRFTIME, args, 2);
  drop(args[0]);
  return text;
}
