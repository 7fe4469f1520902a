/* open: the layers that a mode asks for, one on the other. */
#include "runtime/modules/io/io.h"
#include "runtime/modules/path.h"
#include "runtime/modules/sys.h"
#include "runtime/object/attribute.h"
#include "runtime/object/dict.h"
#include "runtime/object/int.h"
#include "runtime/object/model.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include "runtime/object/warning.h"
#include <langinfo.h>
#include <locale.h>
#include <stdarg.h>
#include <string.h>

/* The C locale is taken for what it is on any system of today. */
const char *io_locale_encoding(void) {
  static char name[64];
  if (!name[0]) {
    locale_t locale = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
    const char *codeset = locale ? nl_langinfo_l(CODESET, locale) : "";
    bool plain = !codeset[0] || !strcmp(codeset, "ANSI_X3.4-1968");
    strncpy(name, plain ? "UTF-8" : codeset, sizeof name - 1);
    if (locale)
      freelocale(locale);
  }
  return name;
}

struct object *io_text_encoding(struct object *encoding, int stack_level) {
  if (encoding && encoding != NONE)
    return hold(encoding);
  if (sys_start.warn_default_encoding &&
      warning_format(ERROR_ENCODING_WARNING, stack_level, "'encoding' argument not specified") < 0)
    return NULL;
  return str_intern(sys_start.utf8_mode ? "utf-8" : "locale");
}

struct mode {
  bool creating, reading, writing, appending, updating, text, binary;
  char raw[8];
};
static int bad_mode(const char *message) {
  error_format(ERROR_VALUE, "%s", message);
  return -1;
}
static int read_mode(struct object *text, struct mode *m) {
  *m = (struct mode){0};
  bool bad = false;
  for (size_t i = 0; i < str_length(text); i++) {
    uint32_t c = str_at(text, i);
    bool *flag = c == 'x'   ? &m->creating
                 : c == 'r' ? &m->reading
                 : c == 'w' ? &m->writing
                 : c == 'a' ? &m->appending
                 : c == '+' ? &m->updating
                 : c == 't' ? &m->text
                 : c == 'b' ? &m->binary
                            : NULL;
    if (!flag || *flag) {
      bad = true;
      break;
    }
    *flag = true;
  }
  if (bad) {
    error_format(ERROR_VALUE, "invalid mode: '%U'", text);
    return -1;
  }
  char *p = m->raw;
  if (m->creating)
    *p++ = 'x';
  if (m->reading)
    *p++ = 'r';
  if (m->writing)
    *p++ = 'w';
  if (m->appending)
    *p++ = 'a';
  if (m->updating)
    *p++ = '+';
  if (m->text && m->binary)
    return bad_mode("can't have text and binary mode at once");
  if (m->creating + m->reading + m->writing + m->appending > 1)
    return bad_mode("must have exactly one of create/read/write/append mode");
  return 0;
}
static int check_text_only(const struct mode *m, struct object *const *v) {
  static const char *const messages[] = {"binary mode doesn't take an encoding argument",
                                         "binary mode doesn't take an errors argument",
                                         "binary mode doesn't take a newline argument"};
  for (size_t i = 0; m->binary && i < 3; i++)
    if (v[3 + i] && v[3 + i] != NONE)
      return bad_mode(messages[i]);
  return 0;
}

static struct object *make(struct type *t, size_t n, ...) {
  struct object *args[6];
  va_list list;
  va_start(list, n);
  for (size_t i = 0; i < n; i++)
    args[i] = va_arg(list, struct object *);
  va_end(list);
  return call_object(&t->head, args, n, NULL);
}

/* Terminals are buffered by lines; files by what their system likes. */
static int choose_buffering(struct object *raw, const struct mode *m, int64_t *buffering,
                            bool *line) {
  *line = false;
  if (*buffering < 0) {
    int terminal = io_ask(raw, IO_NAME_isatty);
    if (terminal < 0)
      return -1;
    if (terminal) {
      *buffering = -1;
      *line = true;
    }
  }
  if (*buffering == 1 && !m->binary) {
    *buffering = -1;
    *line = true;
  }
  if (*buffering >= 0)
    return 0;
  struct object *size = attribute_get(raw, IO_NAME(_blksize));
  int status = size ? argument_size(size, buffering) : -1;
  drop_null(size);
  if (status == 0 && *buffering < 0)
    return bad_mode("invalid buffering size");
  return status;
}

/* The layers above raw; takes it. On failure the topmost that is there is closed. */
static struct object *stack_taking(struct object *raw, struct object *mode, const struct mode *m,
                                   int64_t buffering, struct object *const *v) {
  struct object *top = raw, *result = NULL;
  bool line;
  if (choose_buffering(raw, m, &buffering, &line) < 0)
    goto fail;
  if (buffering == 0) {
    if (m->binary)
      return raw;
    bad_mode("can't have unbuffered text I/O");
    goto fail;
  }
  struct type *t = m->updating                                 ? &io_random_type
                   : m->creating || m->writing || m->appending ? &io_writer_type
                                                               : &io_reader_type;
  struct object *size = int_from_i64(buffering);
  struct object *buffer = size ? make(t, 2, raw, size) : NULL;
  drop_null(size);
  if (!buffer)
    goto fail;
  drop(raw);
  top = buffer;
  if (m->binary)
    return buffer;
  result = make(&io_text_type, 5, buffer, v[3] ? v[3] : NONE, v[4] ? v[4] : NONE,
                v[5] ? v[5] : NONE, bool_from(line));
  if (!result)
    goto fail;
  drop(buffer);
  top = result;
  if (attribute_set(result, IO_NAME(mode), mode) == 0)
    return result;
fail:;
  struct object *error = error_fetch(), *closed = io_call(top, IO_NAME_close);
  drop_null(closed);
  io_chain_taking(error);
  drop(top);
  return NULL;
}

FUNCTION(open, "open", 0, 8, 1, "file", "mode", "buffering", "encoding", "errors", "newline",
         "closefd", "opener") {
  static const char *const texts[] = {NULL, "mode", NULL, "encoding", "errors", "newline"};
  int buffering = -1;
  for (size_t i = 1; i < 6; i++) {
    bool none_is_fine = i >= 3;
    if (i == 2) {
      if (v[2] && argument_int(v[2], &buffering) < 0)
        return NULL;
    } else if (v[i] && !is_any_str(v[i]) && !(none_is_fine && v[i] == NONE))
      return error_format(ERROR_TYPE, "open() argument '%s' must be str%s, not %s", texts[i],
                          none_is_fine ? " or None" : "",
                          v[i] == NONE ? "None" : type_of(v[i])->name);
  }
  bool closes = true;
  if (v[6] && argument_int_bool(v[6], &closes) < 0)
    return NULL;
  struct object *mode = v[1] ? hold(v[1]) : str_intern("r");
  struct object *name = !mode ? NULL : type_of(v[0])->number.index ? hold(v[0]) : path_from(v[0]);
  struct mode m;
  struct object *raw = NULL, *raw_mode = NULL, *result = NULL;
  if (name && read_mode(mode, &m) == 0 && check_text_only(&m, v) == 0) {
    bool warned = m.binary && buffering == 1;
    if (!warned || warning_format(ERROR_RUNTIME_WARNING, 1,
                                  "line buffering (buffering=1) isn't supported in binary mode, "
                                  "the default buffer size will be used") == 0) {
      if (warned)
        buffering = -1;
      raw_mode = str_from_ascii(m.raw);
      if (raw_mode)
        raw = make(&io_file_type, 4, name, raw_mode, bool_from(closes), v[7] ? v[7] : NONE);
    }
  }
  if (raw)
    result = stack_taking(raw, mode, &m, buffering, v);
  drop_null(raw_mode);
  drop_null(name);
  drop_null(mode);
  return result;
}

FUNCTION(open_code, "open_code", 0, 1, 1, "path") {
  if (!is_any_str(v[0]))
    return error_format(ERROR_TYPE, "open_code() argument 'path' must be str, not %s",
                        v[0] == NONE ? "None" : type_of(v[0])->name);
  struct object *mode = str_intern("rb");
  struct object *const args[8] = {v[0], mode};
  struct object *result = mode ? open_with(args) : NULL;
  drop_null(mode);
  return result;
}

static struct object *text_encoding_fast(struct object *module, struct object *const *args,
                                         size_t n) {
  int level = 2;
  if (args_check_count("text_encoding", n, 1, 2) < 0 ||
      (n > 1 && argument_int(args[1], &level) < 0))
    return NULL;
  return io_text_encoding(args[0], level);
}

static const struct method_def functions[] = {
    METHOD_KEYWORDS_("open", open_call,
                     DOC("open",
                         "$module, /, file, mode='r', buffering=-1, encoding=None,\n     "
                         "errors=None, newline=None, closefd=True, opener=None",
                         "Open a file and return a stream.\n\nThe mode is one of 'r' (read), 'w' "
                         "(write, emptied), 'x' (write, must be new) and 'a' (append),\nwith 't' "
                         "for text or 'b' for bytes, and '+' for both reading and writing.")),
    METHOD_KEYWORDS_(
        "open_code", open_code_call,
        DOC("open_code", "$module, /, path", "Open a file whose content is to be run.")),
    METHOD_FAST_("text_encoding", text_encoding_fast,
                 DOC("text_encoding", "$module, encoding, stacklevel=2, /",
                     "The encoding to pass on for one that may be None.")),
    {NULL}};

static int add_unsupported(struct object *module) {
  struct object *name = str_intern("UnsupportedOperation"), *io = str_intern("io");
  struct object *bases =
      tuple_pack(2, &exception_type(ERROR_OS)->head, &exception_type(ERROR_VALUE)->head);
  struct object *dict = dict_new(), *result = NULL;
  if (name && io && bases && dict && dict_set(dict, NAME(module), io) == 0) {
    struct object *const args[] = {name, bases, dict};
    result = call_object(&type_type.head, args, 3, NULL);
  }
  drop_null(dict);
  drop_null(bases);
  drop_null(io);
  drop_null(name);
  if (!result)
    return -1;
  struct object *before = io_unsupported_class;
  io_unsupported_class = result;
  drop_null(before);
  return module_root(&io_unsupported_class) < 0
             ? -1
             : module_add(module, "UnsupportedOperation", result);
}

int module_io_fill(struct object *module) {
  static struct type *const types[] = {&io_file_type,   &io_reader_type, &io_writer_type,
                                       &io_random_type, &io_pair_type,   &io_string_type,
                                       &io_text_type,   &io_newline_type};
  if (io_fill_base(module) < 0 || io_fill_bytes(module) < 0)
    return -1;
  for (size_t i = 0; i < ARRAY_SIZE(types); i++)
    if (module_add_type(module, types[i]) < 0)
      return -1;
  if (add_unsupported(module) < 0 ||
      module_add_int(module, "DEFAULT_BUFFER_SIZE", IO_BUFFER_SIZE) < 0 ||
      module_add(module, "BlockingIOError", &exception_type(ERROR_BLOCKING_IO)->head) < 0)
    return -1;
  return module_add_functions(module, functions);
}
