/* The module `_locale`: the C library's locales. What the library says in bytes is decoded as the
 * current LC_CTYPE has it. */
#include "runtime/modules/argument.h"
#include "runtime/modules/module.h"
#include "runtime/object/codec.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include <errno.h>
#include <langinfo.h>
#include <libintl.h>
#include <limits.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

static struct object *error_class; /* _locale.Error */

/* ---- Text ---- */

static struct object *decode(const char *text) {
  size_t n = mbstowcs(NULL, text, 0), bytes;
  if (n == (size_t)-1)
    return str_decode_filename(text, strlen(text));
  bytes = (n + 1) * sizeof(wchar_t);
  wchar_t *wide = gc_buffer_new(bytes);
  if (!wide)
    return error_no_memory();
  mbstowcs(wide, text, n + 1);
  struct object *result = str_from_data(wide, n, 2); /* wchar_t is a code point */
  gc_buffer_free(wide, bytes);
  return result;
}

struct wide {
  wchar_t *text; /* item buffer */
  size_t n, bytes;
};
static bool wide_open(struct wide *w, struct object *s) {
  w->n = str_length(s);
  w->bytes = (w->n + 1) * sizeof(wchar_t);
  if (!(w->text = gc_buffer_new(w->bytes)))
    return error_no_memory();
  str_copy_units(w->text, 2, str_data(s), str_kind(s), w->n);
  w->text[w->n] = 0;
  if (wmemchr(w->text, 0, w->n)) {
    gc_buffer_free(w->text, w->bytes);
    error_set(ERROR_VALUE, "embedded null character");
    return false;
  }
  return true;
}
static void wide_close(struct wide *w) { gc_buffer_free(w->text, w->bytes); }

static bool is_str_argument(struct object *o, const char *function, int number) {
  if (is_any_str(o))
    return true;
  error_format(ERROR_TYPE,
               number ? "%s() argument %d must be str, not %N"
                      : "%s() argument must be str, not %N",
               function, number, o);
  return false;
}

/* ---- Locales ---- */

static struct object *set_locale(struct object *self, struct object *const *args, size_t n) {
  int category;
  const char *name = NULL;
  struct object *owner = NULL;
  if (args_check_count("setlocale", n, 1, 2) < 0 || argument_int(args[0], &category) < 0)
    return NULL;
  if (n > 1 && args[1] != NONE &&
      !(name = argument_text(args[1], "setlocale() argument 2", &owner)))
    return NULL;
  const char *result = setlocale(category, name);
  drop_null(owner);
  if (result)
    return decode(result);
  return error_format_of(error_class, name ? "unsupported locale setting" : "locale query failed");
}

static struct object *grouping(const char *s) {
  struct object *list = list_new(0);
  for (size_t i = 0; list && (s[0] || i); i++) {
    struct object *value = int_from_i64(s[i]);
    if (!value || list_append_taking(list, value) < 0) {
      drop(list);
      return NULL;
    }
    if (!s[i] || s[i] == CHAR_MAX)
      break;
  }
  return list;
}

static int add_taking(struct object *dict, const char *name, struct object *value) {
  struct object *key = value ? str_intern(name) : NULL;
  int done = key ? dict_set(dict, key, value) : -1;
  drop_null(key);
  drop_null(value);
  return done;
}

/* Numbers and money may be written in another encoding than LC_CTYPE's: it is switched meanwhile.
 */
static struct object *locale_conv(struct object *self) {
  struct object *dict = dict_new();
  if (!dict)
    return NULL;
  int done = 0;
#define TEXT(name)   done = done < 0 ? -1 : add_taking(dict, #name, decode(c->name));
#define NUMBER(name) done = done < 0 ? -1 : add_taking(dict, #name, int_from_i64(c->name));
#define GROUPS(name) done = done < 0 ? -1 : add_taking(dict, #name, grouping(c->name));
  char before[256], wanted[256];
  snprintf(before, sizeof before, "%s", setlocale(LC_CTYPE, NULL));
  snprintf(wanted, sizeof wanted, "%s", setlocale(LC_MONETARY, NULL));
  bool switched = strcmp(before, wanted) && setlocale(LC_CTYPE, wanted);
  const struct lconv *c = localeconv();
  TEXT(int_curr_symbol)
  TEXT(currency_symbol)
  TEXT(mon_decimal_point)
  TEXT(mon_thousands_sep)
  GROUPS(mon_grouping)
  TEXT(positive_sign)
  TEXT(negative_sign)
  NUMBER(int_frac_digits)
  NUMBER(frac_digits)
  NUMBER(p_cs_precedes)
  NUMBER(p_sep_by_space)
  NUMBER(n_cs_precedes)
  NUMBER(n_sep_by_space)
  NUMBER(p_sign_posn)
  NUMBER(n_sign_posn)
  snprintf(wanted, sizeof wanted, "%s", setlocale(LC_NUMERIC, NULL));
  if (switched || strcmp(before, wanted))
    switched = setlocale(LC_CTYPE, wanted) != NULL || switched;
  c = localeconv();
  TEXT(decimal_point)
  TEXT(thousands_sep)
  GROUPS(grouping)
  if (switched)
    setlocale(LC_CTYPE, before);
  if (done < 0) {
    drop(dict);
    return NULL;
  }
  return dict;
}

static struct object *collate(struct object *self, struct object *const *args, size_t n) {
  struct wide a, b;
  if (args_check_count("strcoll", n, 2, 2) < 0 || !is_str_argument(args[0], "strcoll", 1) ||
      !is_str_argument(args[1], "strcoll", 2) || !wide_open(&a, args[0]))
    return NULL;
  if (!wide_open(&b, args[1])) {
    wide_close(&a);
    return NULL;
  }
  int order = wcscoll(a.text, b.text);
  wide_close(&a);
  wide_close(&b);
  return int_from_i64(order);
}

static struct object *transform(struct object *self, struct object *argument) {
  struct wide w;
  if (!is_str_argument(argument, "strxfrm", 0) || !wide_open(&w, argument))
    return NULL;
  struct object *result = NULL;
  errno = 0;
  size_t n = wcsxfrm(NULL, w.text, 0), bytes = (n + 1) * sizeof(wchar_t);
  wchar_t *out = errno && errno != ERANGE ? NULL : gc_buffer_new(bytes);
  if (out) {
    wcsxfrm(out, w.text, n + 1);
    /* The keys need not be code points: what is larger is cut to the largest. */
    for (size_t i = 0; i < n; i++)
      if ((uint32_t)out[i] > 0x10ffff)
        out[i] = 0x10ffff;
    result = str_from_data(out, n, 2);
    gc_buffer_free(out, bytes);
  } else if (errno && errno != ERANGE)
    error_errno(errno, NULL, NULL);
  else
    error_no_memory();
  wide_close(&w);
  return result;
}

/* ---- Language information ---- */

static const struct module_int infos[] = {
#define INFO(name)                                                                                 \
  { #name, name }
    INFO(DAY_1),       INFO(DAY_2),     INFO(DAY_3),      INFO(DAY_4),     INFO(DAY_5),
    INFO(DAY_6),       INFO(DAY_7),     INFO(ABDAY_1),    INFO(ABDAY_2),   INFO(ABDAY_3),
    INFO(ABDAY_4),     INFO(ABDAY_5),   INFO(ABDAY_6),    INFO(ABDAY_7),   INFO(MON_1),
    INFO(MON_2),       INFO(MON_3),     INFO(MON_4),      INFO(MON_5),     INFO(MON_6),
    INFO(MON_7),       INFO(MON_8),     INFO(MON_9),      INFO(MON_10),    INFO(MON_11),
    INFO(MON_12),      INFO(ABMON_1),   INFO(ABMON_2),    INFO(ABMON_3),   INFO(ABMON_4),
    INFO(ABMON_5),     INFO(ABMON_6),   INFO(ABMON_7),    INFO(ABMON_8),   INFO(ABMON_9),
    INFO(ABMON_10),    INFO(ABMON_11),  INFO(ABMON_12),   INFO(RADIXCHAR), INFO(THOUSEP),
    INFO(CRNCYSTR),    INFO(D_T_FMT),   INFO(D_FMT),      INFO(T_FMT),     INFO(AM_STR),
    INFO(PM_STR),      INFO(CODESET),   INFO(T_FMT_AMPM), INFO(ERA),       INFO(ERA_D_FMT),
    INFO(ERA_D_T_FMT), INFO(ERA_T_FMT), INFO(ALT_DIGITS), INFO(YESEXPR),   INFO(NOEXPR),
    INFO(_DATE_FMT)};

static struct object *language_info(struct object *self, struct object *argument) {
  int key;
  if (argument_int(argument, &key) < 0)
    return NULL;
  for (size_t i = 0; i < ARRAY_SIZE(infos); i++)
    if (infos[i].value == key) {
      const char *result = nl_langinfo(key);
      return decode(result ? result : "");
    }
  return error_format(ERROR_VALUE, "unsupported langinfo constant");
}

static struct object *get_encoding(struct object *self) {
  const char *name = nl_langinfo(CODESET);
  return str_from_ascii(name && *name ? name : "UTF-8");
}

/* ---- Messages ---- */

/* NULL without an error for None. */
static bool text_or_none(struct object *o, const char *what, const char **text,
                         struct object **owner) {
  *text = NULL;
  *owner = NULL;
  return o == NONE || (*text = argument_text(o, what, owner)) != NULL;
}

static struct object *get_text(struct object *self, struct object *argument) {
  struct object *owner = NULL;
  const char *message = argument_text(argument, "gettext() argument", &owner);
  struct object *result = message ? decode(gettext(message)) : NULL;
  drop_null(owner);
  return result;
}

static struct object *domain_text(struct object *const *args, size_t n, bool has_category) {
  const char *function = has_category ? "dcgettext" : "dgettext", *domain, *message;
  struct object *owners[2] = {NULL}, *result = NULL;
  int category = LC_MESSAGES;
  if (args_check_count(function, n, 2u + has_category, 2u + has_category) < 0 ||
      (has_category && argument_int(args[2], &category) < 0))
    return NULL;
  if (text_or_none(args[0], "argument 1", &domain, &owners[0]) &&
      (message = argument_text(args[1], "argument 2", &owners[1])))
    result = decode(dcgettext(domain, message, category));
  drop_null(owners[0]);
  drop_null(owners[1]);
  return result;
}
static struct object *dget_text(struct object *self, struct object *const *args, size_t n) {
  return domain_text(args, n, false);
}
static struct object *dcget_text(struct object *self, struct object *const *args, size_t n) {
  return domain_text(args, n, true);
}

static struct object *text_domain(struct object *self, struct object *argument) {
  const char *domain;
  struct object *owner, *result = NULL;
  if (text_or_none(argument, "textdomain() argument", &domain, &owner)) {
    const char *current = textdomain(domain);
    result = current ? decode(current) : error_errno(errno, NULL, NULL);
  }
  drop_null(owner);
  return result;
}

static struct object *bind_domain(struct object *const *args, size_t n, const char *function,
                                  char *(*bind)(const char *, const char *)) {
  const char *domain, *value;
  struct object *owners[2] = {NULL}, *result = NULL;
  if (args_check_count(function, n, 2, 2) < 0)
    return NULL;
  if ((domain = argument_text(args[0], "argument 1", &owners[0])) &&
      text_or_none(args[1], "argument 2", &value, &owners[1])) {
    if (!*domain) {
      error_format_of(error_class, "domain must be a non-empty string");
    } else {
      errno = 0;
      const char *current = bind(domain, value);
      result = current ? decode(current) : errno ? error_errno(errno, NULL, NULL) : hold(NONE);
    }
  }
  drop_null(owners[0]);
  drop_null(owners[1]);
  return result;
}
static struct object *bind_text_domain(struct object *self, struct object *const *args, size_t n) {
  return bind_domain(args, n, "bindtextdomain", bindtextdomain);
}
static struct object *bind_codeset(struct object *self, struct object *const *args, size_t n) {
  return bind_domain(args, n, "bind_textdomain_codeset", bind_textdomain_codeset);
}

static const struct method_def methods[] = {
    METHOD_FAST_("setlocale", set_locale,
                 "setlocale($module, category, locale=<unrepresentable>, /)\n--\n\n"
                 "Activates/queries locale processing."),
    METHOD_NOARGS_("localeconv", locale_conv,
                   "localeconv($module, /)\n--\n\n"
                   "Returns numeric and monetary locale-specific parameters."),
    METHOD_FAST_("strcoll", collate,
                 "strcoll($module, os1, os2, /)\n--\n\n"
                 "Compares two strings according to the locale."),
    METHOD_ONE_("strxfrm", transform,
                "strxfrm($module, string, /)\n--\n\n"
                "Return a string that can be used as a key for locale-aware comparisons."),
    METHOD_ONE_("nl_langinfo", language_info,
                "nl_langinfo($module, key, /)\n--\n\n"
                "Return the value for the locale information associated with key."),
    METHOD_ONE_("gettext", get_text, "gettext($module, msg, /)\n--\n\nReturn translation of msg."),
    METHOD_FAST_("dgettext", dget_text,
                 "dgettext($module, domain, msg, /)\n--\n\nReturn translation of msg in domain."),
    METHOD_FAST_("dcgettext", dcget_text,
                 "dcgettext($module, domain, msg, category, /)\n--\n\n"
                 "Return translation of msg in domain and category."),
    METHOD_ONE_("textdomain", text_domain,
                "textdomain($module, domain, /)\n--\n\n"
                "Set the C library's textdmain to domain, returning the new domain."),
    METHOD_FAST_("bindtextdomain", bind_text_domain,
                 "bindtextdomain($module, domain, dir, /)\n--\n\n"
                 "Bind the C library's domain to dir."),
    METHOD_FAST_("bind_textdomain_codeset", bind_codeset,
                 "bind_textdomain_codeset($module, domain, codeset, /)\n--\n\n"
                 "Bind the C library's domain to codeset."),
    METHOD_NOARGS_("getencoding", get_encoding,
                   "getencoding($module, /)\n--\n\nGet the current locale encoding."),
    {NULL}};

int module__locale_fill(struct object *module) {
#define CATEGORY(name) module_add_int(module, #name, name) < 0
  if (module_root(&error_class) < 0 ||
      (!error_class && !(error_class = module_new_exception("locale.Error", NULL))) ||
      module_add_functions(module, methods) < 0 || CATEGORY(LC_CTYPE) || CATEGORY(LC_TIME) ||
      CATEGORY(LC_COLLATE) || CATEGORY(LC_MONETARY) || CATEGORY(LC_MESSAGES) ||
      CATEGORY(LC_NUMERIC) || CATEGORY(LC_ALL) || CATEGORY(CHAR_MAX) ||
      module_add(module, "Error", error_class) < 0)
    return -1;
  if (module_add_ints(module, infos, ARRAY_SIZE(infos)) < 0)
    return -1;
  return module_add_text(module, "__doc__", "Support for POSIX locales.");
}
