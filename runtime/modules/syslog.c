/* The module syslog: messages to the system's log. The C library keeps the pointer to the name that
 * messages begin with, so the module keeps its bytes until the log is closed. */
#include "runtime/modules/argument.h"
#include "runtime/modules/blocking.h"
#include "runtime/modules/module.h"
#include "runtime/modules/sys.h"
#include "runtime/object/audit.h"
#include "runtime/object/bytes.h"
#include "runtime/object/codec.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include <string.h>
#include <syslog.h>

static struct object *ident; /* bytes; NULL: none was given */
static bool is_open;

/* The last part of the program's path. NULL without an error: there is none. */
static struct object *program_name(void) {
  struct object *argv = sys_get_borrowed("argv");
  struct object *path =
      argv && is_any_list(argv) && list_length(argv) ? list_get_borrowed(argv, 0) : NULL;
  if (!path || !is_any_str(path) || !str_length(path))
    return NULL;
  size_t last = str_length(path);
  while (last && str_at(path, last - 1) != '/')
    last--;
  return str_slice(path, last, str_length(path));
}

/* name: str; NULL: that of the program. */
static int open_log(struct object *name, int64_t options, int64_t facility) {
  struct object *text = name ? hold(name) : program_name(), *bytes = NULL;
  if (!text && error_pending() != ERROR_NONE)
    return -1;
  if ((text && !(bytes = codec_utf8_encode(text, "strict"))) ||
      AUDIT_FAILS("syslog.openlog",
                  tuple_pack_taking(3, hold(text ? text : NONE), int_from_i64(options),
                                    int_from_i64(facility)))) {
    drop_null(text);
    drop_null(bytes);
    return -1;
  }
  drop_null(text);
  struct object *before = ident;
  ident = bytes;
  openlog(bytes ? (const char *)bytes_data(bytes) : NULL, (int)options, (int)facility);
  is_open = true;
  drop_null(before);
  return 0;
}

FUNCTION(openlog_, "openlog", 0, 3, 0, "ident", "logoption", "facility") {
  int64_t options = 0, facility = LOG_USER;
  if (v[0] && !is_any_str(v[0]))
    return error_format(ERROR_TYPE, "openlog() argument 1 must be str, not %N", v[0]);
  if ((v[1] && argument_long(v[1], &options) < 0) || (v[2] && argument_long(v[2], &facility) < 0) ||
      open_log(v[0], options, facility) < 0)
    return NULL;
  return hold(NONE);
}

static struct object *syslog_fast(struct object *module, struct object *const *args, size_t n) {
  int priority = LOG_INFO;
  if (n < 1 || n > 2 || !is_any_str(args[n - 1]) ||
      (n > 1 && argument_int(args[0], &priority) < 0)) {
    error_clear();
    return error_format(ERROR_TYPE, "[priority,] message string");
  }
  struct object *bytes = codec_utf8_encode(args[n - 1], "strict");
  if (!bytes)
    return NULL;
  const char *message = (const char *)bytes_data(bytes); /* up to a NUL */
  if (AUDIT_FAILS("syslog.syslog", tuple_pack_taking(2, int_from_i64(priority),
                                                     str_from_utf8(message, strlen(message)))) ||
      (!is_open && open_log(NULL, 0, LOG_USER) < 0)) {
    drop(bytes);
    return NULL;
  }
  struct object *kept = ident ? hold(ident) : NULL; /* closelog in another thread */
  gil_release();
  syslog(priority, "%s", message);
  gil_acquire();
  gc_keep(kept);
  drop_null(kept);
  gc_keep(bytes);
  drop(bytes);
  return hold(NONE);
}
static struct object *closelog_none(struct object *module) {
  if (AUDIT_FAILS("syslog.closelog", tuple_new(0)))
    return NULL;
  if (is_open) {
    closelog();
    is_open = false;
    struct object *name = ident;
    ident = NULL;
    drop_null(name);
  }
  return hold(NONE);
}
static struct object *setlogmask_fast(struct object *module, struct object *const *args, size_t n) {
  int64_t mask;
  if (args_check_count("setlogmask", n, 1, 1) < 0 || argument_long(args[0], &mask) < 0 ||
      AUDIT_FAILS("syslog.setlogmask", tuple_pack_taking(1, int_from_i64(mask))))
    return NULL;
  return int_from_i64(setlogmask((int)mask));
}
static struct object *mask_fast(struct object *module, struct object *const *args, size_t n) {
  int64_t priority;
  if (args_check_count("LOG_MASK", n, 1, 1) < 0 || argument_long(args[0], &priority) < 0)
    return NULL;
  return int_from_i64((int32_t)(1u << (priority & 31)));
}
static struct object *upto_fast(struct object *module, struct object *const *args, size_t n) {
  int64_t priority;
  if (args_check_count("LOG_UPTO", n, 1, 1) < 0 || argument_long(args[0], &priority) < 0)
    return NULL;
  return int_from_i64((int32_t)((1u << ((priority + 1) & 31)) - 1));
}

static const struct method_def functions[] = {METHOD_KEYWORDS_("openlog", openlog__call, NULL),
                                              METHOD_FAST_("syslog", syslog_fast, NULL),
                                              METHOD_NOARGS_("closelog", closelog_none, NULL),
                                              METHOD_FAST_("setlogmask", setlogmask_fast, NULL),
                                              METHOD_FAST_("LOG_MASK", mask_fast, NULL),
                                              METHOD_FAST_("LOG_UPTO", upto_fast, NULL),
                                              {NULL}};

static const struct module_int constants[] = {
    CONSTANT(LOG_ALERT),   CONSTANT(LOG_AUTH),   CONSTANT(LOG_AUTHPRIV), CONSTANT(LOG_CONS),
    CONSTANT(LOG_CRIT),    CONSTANT(LOG_CRON),   CONSTANT(LOG_DAEMON),   CONSTANT(LOG_DEBUG),
    CONSTANT(LOG_EMERG),   CONSTANT(LOG_ERR),    CONSTANT(LOG_INFO),     CONSTANT(LOG_KERN),
    CONSTANT(LOG_LOCAL0),  CONSTANT(LOG_LOCAL1), CONSTANT(LOG_LOCAL2),   CONSTANT(LOG_LOCAL3),
    CONSTANT(LOG_LOCAL4),  CONSTANT(LOG_LOCAL5), CONSTANT(LOG_LOCAL6),   CONSTANT(LOG_LOCAL7),
    CONSTANT(LOG_LPR),     CONSTANT(LOG_MAIL),   CONSTANT(LOG_NDELAY),   CONSTANT(LOG_NEWS),
    CONSTANT(LOG_NOTICE),  CONSTANT(LOG_NOWAIT), CONSTANT(LOG_ODELAY),   CONSTANT(LOG_PERROR),
    CONSTANT(LOG_PID),     CONSTANT(LOG_SYSLOG), CONSTANT(LOG_USER),     CONSTANT(LOG_UUCP),
    CONSTANT(LOG_WARNING),
};

int module_syslog_fill(struct object *module) {
  if (module_root(&ident) < 0)
    return -1;
  if (module_add_ints(module, constants, ARRAY_SIZE(constants)) < 0)
    return -1;
  return module_add_functions(module, functions);
}
