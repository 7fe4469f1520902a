/* str as Python sees it: its constructor and the table of its methods. */
#include "runtime/object/codec.h"
#include "runtime/object/exception.h"
#include "runtime/object/function.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str_internal.h"
#include "runtime/object/tuple.h"
#include <string.h>

/* ---- str(object, encoding, errors) ---- */

static struct object *decode(struct object *o, struct object *encoding, struct object *errors) {
  const char *encoding_name = NULL, *errors_name = NULL;
  if (encoding && !(encoding_name = args_to_name("str", "argument 'encoding'", encoding)))
    return NULL;
  if (errors && !(errors_name = args_to_name("str", "argument 'errors'", errors)))
    return NULL;
  if (!o)
    return str_from_ascii("");
  if (is_any_str(o))
    return error_format(ERROR_TYPE, "decoding str is not supported");
  if (!has_buffer(o))
    return error_format(ERROR_TYPE, "decoding to str: need a bytes-like object, %N found", o);
  return codec_decode_object(o, encoding_name, errors_name);
}

static struct object *make(struct object *const *args, size_t n, struct object *kwnames) {
  static const char *const names[] = {"object", "encoding", "errors"};
  static const struct args_spec spec = {"str", names, 3, 0, 3, 0};
  struct object *values[3];
  if (args_parse(&spec, args, n, kwnames, values) < 0)
    return NULL;
  if (values[1] || values[2])
    return decode(values[0], values[1], values[2]);
  return values[0] ? object_str(values[0]) : str_from_ascii("");
}

struct object *str_construct(struct object *callable, struct object *const *args, size_t n,
                             struct object *kwnames) {
  n = call_count(n);
  return LIKELY(n == 1 && !kwnames) ? object_str(args[0]) : make(args, n, kwnames);
}

struct object *str_new_slot(struct type *t, struct object *const *args, size_t n,
                            struct object *kwnames) {
  struct object *text = make(args, n, kwnames);
  if (!text || t == &str_type)
    return text;
  size_t bytes = (str_length(text) + 1) << str_kind(text);
  struct str *s = (struct str *)type_allocate(t, sizeof *s + bytes);
  if (s) {
    const struct str *from = (const struct str *)text;
    s->hash = from->hash;
    s->shape = from->shape & ~(uint64_t)(STR_INTERNED | STR_GROWN);
    memcpy(s->data, from->data, bytes);
    gc_track(&s->head);
  }
  drop(text);
  return (struct object *)s;
}

struct object *str_str_slot(struct object *s) {
  return str_exact(s);
}

/* ---- Small methods ---- */

static struct object *getnewargs(struct object *s) {
  struct object *text = str_copy_exactly(s);
  struct object *args = text ? tuple_pack(1, text) : NULL;
  drop_null(text);
  return args;
}

static struct object *encode(struct object *s, struct object *const *args, size_t n,
                             struct object *kwnames) {
  static const char *const names[] = {"encoding", "errors"};
  static const struct args_spec spec = {"encode", names, 2, 0, 2, 0};
  struct object *values[2];
  const char *encoding = NULL, *errors = NULL;
  if (args_parse(&spec, args, n, kwnames, values) < 0 ||
      (values[0] && !(encoding = args_to_name("encode", "argument 'encoding'", values[0]))) ||
      (values[1] && !(errors = args_to_name("encode", "argument 'errors'", values[1]))))
    return NULL;
  return codec_encode(s, encoding, errors);
}

const struct method_def str_methods[] = {
    METHOD_KEYWORDS_("encode", encode,
                     "($self, /, encoding='utf-8', errors='strict')\n--\n\nThe text as bytes of an "
                     "encoding; errors names what is done about characters that have none."),
    METHOD_FAST_("replace", str_replace,
                 "($self, old, new, count=-1, /)\n--\n\nA copy with occurrences of old replaced by "
                 "new: all of them, or the first count."),
    METHOD_KEYWORDS_("split", str_split,
                     "($self, /, sep=None, maxsplit=-1)\n--\n\nA list of the parts between "
                     "separators (runs of whitespace without one), split at most maxsplit times."),
    METHOD_KEYWORDS_("rsplit", str_rsplit,
                     "($self, /, sep=None, maxsplit=-1)\n--\n\nLike split, but counting maxsplit "
                     "from the end."),
    METHOD_ONE_("join", str_join,
                "($self, iterable, /)\n--\n\nThe strings of an iterable with this one between "
                "them.\n\nExample: '.'.join(['ab', 'pq', 'rs']) -> 'ab.pq.rs'"),
    METHOD_NOARGS_(
        "capitalize", str_capitalize,
        "($self, /)\n--\n\nA copy with the first character in upper case and the rest in "
        "lower case."),
    METHOD_NOARGS_("casefold", str_casefold,
                   "($self, /)\n--\n\nA copy for comparison without regard to case."),
    METHOD_NOARGS_("title", str_title,
                   "($self, /)\n--\n\nA copy whose words begin in title case and go on in lower "
                   "case."),
    METHOD_FAST_(
        "center", str_center,
        "($self, width, fillchar=' ', /)\n--\n\nA copy in the middle of width characters."),
    METHOD_FAST_("count", str_count,
                 "S.count(sub[, start[, end]]) -> int\n\nHow often sub occurs in S[start:end], "
                 "without overlaps."),
    METHOD_KEYWORDS_("expandtabs", str_expandtabs,
                     "($self, /, tabsize=8)\n--\n\nA copy with spaces instead of tabs."),
    METHOD_FAST_("find", str_find,
                 "S.find(sub[, start[, end]]) -> int\n\nThe lowest index of sub in S[start:end]; "
                 "-1 if it is not there."),
    METHOD_ONE_("partition", str_partition,
                "($self, sep, /)\n--\n\nThe parts before and behind the first separator, with the "
                "separator between them; two empty strings at the end if it is not there."),
    METHOD_FAST_("index", str_index,
                 "S.index(sub[, start[, end]]) -> int\n\nLike find, but a ValueError if sub is not "
                 "there."),
    METHOD_FAST_("ljust", str_ljust,
                 "($self, width, fillchar=' ', /)\n--\n\nA copy of width characters, text at the "
                 "left."),
    METHOD_NOARGS_("lower", str_lower, "($self, /)\n--\n\nA copy in lower case."),
    METHOD_FAST_("lstrip", str_lstrip,
                 "($self, chars=None, /)\n--\n\nA copy without whitespace (or any of chars) at the "
                 "beginning."),
    METHOD_FAST_("rfind", str_rfind,
                 "S.rfind(sub[, start[, end]]) -> int\n\nThe highest index of sub in S[start:end]; "
                 "-1 if it is not there."),
    METHOD_FAST_("rindex", str_rindex,
                 "S.rindex(sub[, start[, end]]) -> int\n\nLike rfind, but a ValueError if sub is "
                 "not there."),
    METHOD_FAST_("rjust", str_rjust,
                 "($self, width, fillchar=' ', /)\n--\n\nA copy of width characters, text at the "
                 "right."),
    METHOD_FAST_("rstrip", str_rstrip,
                 "($self, chars=None, /)\n--\n\nA copy without whitespace (or any of chars) at the "
                 "end."),
    METHOD_ONE_("rpartition", str_rpartition,
                "($self, sep, /)\n--\n\nLike partition at the last separator; two empty strings in "
                "front if it is not there."),
    METHOD_KEYWORDS_("splitlines", str_splitlines,
                     "($self, /, keepends=False)\n--\n\nA list of the lines."),
    METHOD_FAST_(
        "strip", str_strip,
        "($self, chars=None, /)\n--\n\nA copy without whitespace (or any of chars) at both "
        "ends."),
    METHOD_NOARGS_("swapcase", str_swapcase,
                   "($self, /)\n--\n\nA copy with upper and lower case exchanged."),
    METHOD_ONE_("translate", str_translate,
                "($self, table, /)\n--\n\nA copy with each character replaced by what the table "
                "has for its code point: a string, a code point, or None to leave it out."),
    METHOD_NOARGS_("upper", str_upper, "($self, /)\n--\n\nA copy in upper case."),
    METHOD_FAST_("startswith", str_startswith,
                 "S.startswith(prefix[, start[, end]]) -> bool\n\nWhether S[start:end] begins with "
                 "the prefix, or with one of a tuple."),
    METHOD_FAST_("endswith", str_endswith,
                 "S.endswith(suffix[, start[, end]]) -> bool\n\nWhether S[start:end] ends with the "
                 "suffix, or with one of a tuple."),
    METHOD_ONE_("removeprefix", str_removeprefix,
                "($self, prefix, /)\n--\n\nA copy without the prefix, if it has it."),
    METHOD_ONE_("removesuffix", str_removesuffix,
                "($self, suffix, /)\n--\n\nA copy without the suffix, if it has it."),
    METHOD_NOARGS_("isascii", str_isascii, "($self, /)\n--\n\nWhether all characters are ASCII."),
    METHOD_NOARGS_("islower", str_islower,
                   "($self, /)\n--\n\nWhether all cased characters are lower case, and there are "
                   "any."),
    METHOD_NOARGS_("isupper", str_isupper,
                   "($self, /)\n--\n\nWhether all cased characters are upper case, and there are "
                   "any."),
    METHOD_NOARGS_("istitle", str_istitle,
                   "($self, /)\n--\n\nWhether each word begins in upper or title case and goes on "
                   "in lower case, and there are any."),
    METHOD_NOARGS_("isspace", str_isspace,
                   "($self, /)\n--\n\nWhether all characters are whitespace, and there are any."),
    METHOD_NOARGS_("isdecimal", str_isdecimal,
                   "($self, /)\n--\n\nWhether all characters are decimal, and there are any."),
    METHOD_NOARGS_("isdigit", str_isdigit,
                   "($self, /)\n--\n\nWhether all characters are digits, and there are any."),
    METHOD_NOARGS_("isnumeric", str_isnumeric,
                   "($self, /)\n--\n\nWhether all characters are numeric, and there are any."),
    METHOD_NOARGS_("isalpha", str_isalpha,
                   "($self, /)\n--\n\nWhether all characters are letters, and there are any."),
    METHOD_NOARGS_("isalnum", str_isalnum,
                   "($self, /)\n--\n\nWhether all characters are letters or numeric, and there are "
                   "any."),
    METHOD_NOARGS_("isidentifier", str_isidentifier,
                   "($self, /)\n--\n\nWhether the text could be a name; keywords are told apart by "
                   "keyword.iskeyword."),
    METHOD_NOARGS_("isprintable", str_isprintable,
                   "($self, /)\n--\n\nWhether repr shows all characters as they are."),
    METHOD_ONE_("zfill", str_zfill,
                "($self, width, /)\n--\n\nA copy with zeros in front, behind a sign."),
    {.name = "maketrans",
     .flags = METHOD_STATIC | METHOD_FAST,
     .fast = str_maketrans,
     .doc = "(x, y=<unrepresentable>, z=<unrepresentable>, /)\n--\n\nA table for translate: from a "
            "dict, or from two strings of equal length and one of characters to leave out."},
    METHOD_KEYWORDS_("format", str_format_with,
                     "S.format(*args, **kwargs) -> str\n\nS with its replacement fields, in braces, "
                     "filled from the arguments."),
    METHOD_ONE_("format_map", str_format_map,
                "S.format_map(mapping) -> str\n\nLike format, with names looked up in a mapping."),
    METHOD_ONE_("__format__", str_format_special,
                "($self, format_spec, /)\n--\n\nThe text laid out by a format specification."),
    METHOD_NOARGS_("__getnewargs__", getnewargs, NULL),
    {NULL}};
