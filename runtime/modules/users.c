/* The modules pwd and grp: users and groups of the system. */
#include "runtime/modules/argument.h"
#include "runtime/modules/blocking.h"
#include "runtime/modules/module.h"
#include "runtime/modules/path.h"
#include "runtime/object/bytes.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/str.h"
#include "runtime/object/struct_sequence.h"
#include <grp.h>
#include <pwd.h>
#include <string.h>

static struct object *text(const char *s) {
  return s ? str_decode_filename(s, strlen(s)) : hold(NONE);
}

/* A name for a look-up, as bytes. */
static struct object *name_bytes(struct object *o, const char *function) {
  if (!is_any_str(o))
    return error_format(ERROR_TYPE, "%s() argument%s must be str, not %s", function,
                        !strcmp(function, "getgrnam") ? " 'name'" : "",
                        o == NONE ? "None" : type_of(o)->name);
  return path_to_bytes(o);
}
static void *not_found(struct object *message) {
  if (message)
    error_key(message);
  drop_null(message);
  return NULL;
}
/* Room for one entry's texts, doubled until it is enough. */
enum { ROOM_FIRST = 1024, ROOM_MAX = 1 << 26 };

/* ---- pwd ---- */

static const struct struct_sequence_field user_fields[] = {
    {"pw_name", "user name"},      {"pw_passwd", "password"},
    {"pw_uid", "user id"},         {"pw_gid", "group id"},
    {"pw_gecos", "real name"},     {"pw_dir", "home directory"},
    {"pw_shell", "shell program"}, {NULL}};
static const struct struct_sequence_def user_def = {
    .name = "pwd.struct_passwd",
    .doc = "pwd.struct_passwd: Results from getpw*() routines.\n\nA tuple of (pw_name, pw_passwd, "
           "pw_uid, pw_gid, pw_gecos, pw_dir, pw_shell).",
    .fields = user_fields,
    .sequence_n = 7};
static struct struct_sequence_type user_type = STRUCT_SEQUENCE_TYPE;

static struct object *id(uint32_t value) {
  return int_from_i64(value == UINT32_MAX ? -1 : (int64_t)value);
}
static struct object *user(const struct passwd *p) {
  struct object *const values[] = {text(p->pw_name), text(p->pw_passwd), id(p->pw_uid),
                                   id(p->pw_gid),    text(p->pw_gecos),  text(p->pw_dir),
                                   text(p->pw_shell)};
  return struct_sequence_from_taking(&user_type, values, ARRAY_SIZE(values));
}

/* By name, or by id where that is NULL. NULL without an error: there is none. */
static struct object *find_user(const char *name, uid_t uid) {
  for (size_t room = ROOM_FIRST; room <= ROOM_MAX; room *= 2) {
    char *buffer = gc_buffer_new(room);
    if (!buffer)
      return error_no_memory();
    struct passwd entry, *found = NULL;
    int error_number = name ? BLOCKING(getpwnam_r(name, &entry, buffer, room, &found))
                            : BLOCKING(getpwuid_r(uid, &entry, buffer, room, &found));
    struct object *result = found ? user(found) : NULL;
    gc_buffer_free(buffer, room);
    if (error_number != ERANGE)
      return result;
  }
  return error_no_memory();
}
static struct object *getpwnam_one(struct object *module, struct object *o) {
  struct object *name = name_bytes(o, "getpwnam");
  if (!name)
    return NULL;
  struct object *result = find_user((const char *)bytes_data(name), 0);
  drop(name);
  return result || error_pending() != ERROR_NONE
             ? result
             : not_found(str_format("getpwnam(): name not found: %R", o));
}
static struct object *getpwuid_one(struct object *module, struct object *o) {
  uid_t uid;
  if (argument_uid(o, &uid) < 0) /* an id that is none of the system's is not found */
    return error_clear_if(ERROR_OVERFLOW) ? not_found(str_from_ascii("getpwuid(): uid not found"))
                                          : NULL;
  struct object *result = find_user(NULL, uid);
  return result || error_pending() != ERROR_NONE
             ? result
             : not_found(str_format("getpwuid(): uid not found: %S", o));
}
static struct object *getpwall_none(struct object *module) {
  struct object *list = list_new(0);
  struct passwd *p;
  setpwent();
  while (list && (p = getpwent()) != NULL) {
    struct object *each = user(p);
    if (!each || list_append_taking(list, each) < 0) {
      drop(list);
      list = NULL;
    }
  }
  endpwent();
  return list;
}
static const struct method_def user_functions[] = {
    METHOD_ONE_("getpwnam", getpwnam_one,
                DOC("getpwnam", "$module, name, /", "The entry of a user's name.")),
    METHOD_ONE_("getpwuid", getpwuid_one,
                DOC("getpwuid", "$module, uidobj, /", "The entry of a user's id.")),
    METHOD_NOARGS_("getpwall", getpwall_none,
                   DOC("getpwall", "$module, /", "A list of all entries.")),
    {NULL}};
int module_pwd_fill(struct object *module) {
  if (struct_sequence_ready(&user_type, &user_def) < 0 ||
      module_add(module, "struct_passwd", &user_type.type.head) < 0)
    return -1;
  return module_add_functions(module, user_functions);
}

/* ---- grp ---- */

static const struct struct_sequence_field group_fields[] = {{"gr_name", "group name"},
                                                            {"gr_passwd", "password"},
                                                            {"gr_gid", "group id"},
                                                            {"gr_mem", "group members"},
                                                            {NULL}};
static const struct struct_sequence_def group_def = {
    .name = "grp.struct_group",
    .doc = "grp.struct_group: Results from getgr*() routines.\n\nA tuple of (gr_name, gr_passwd, "
           "gr_gid, gr_mem).",
    .fields = group_fields,
    .sequence_n = 4};
static struct struct_sequence_type group_type = STRUCT_SEQUENCE_TYPE;

static struct object *members(char *const *names) {
  struct object *list = list_new(0);
  for (; list && *names; names++) {
    struct object *name = text(*names);
    if (!name || list_append_taking(list, name) < 0) {
      drop(list);
      return NULL;
    }
  }
  return list;
}
static struct object *group(const struct group *g) {
  struct object *const values[] = {text(g->gr_name), text(g->gr_passwd), id(g->gr_gid),
                                   members(g->gr_mem)};
  return struct_sequence_from_taking(&group_type, values, ARRAY_SIZE(values));
}
static struct object *find_group(const char *name, gid_t gid) {
  for (size_t room = ROOM_FIRST; room <= ROOM_MAX; room *= 2) {
    char *buffer = gc_buffer_new(room);
    if (!buffer)
      return error_no_memory();
    struct group entry, *found = NULL;
    int error_number = name ? BLOCKING(getgrnam_r(name, &entry, buffer, room, &found))
                            : BLOCKING(getgrgid_r(gid, &entry, buffer, room, &found));
    struct object *result = found ? group(found) : NULL;
    gc_buffer_free(buffer, room);
    if (error_number != ERANGE)
      return result;
  }
  return error_no_memory();
}
FUNCTION(getgrnam, "getgrnam", 0, 1, 1, "name") {
  struct object *name = name_bytes(v[0], "getgrnam");
  if (!name)
    return NULL;
  struct object *result = find_group((const char *)bytes_data(name), 0);
  drop(name);
  return result || error_pending() != ERROR_NONE
             ? result
             : not_found(str_format("getgrnam(): name not found: %R", v[0]));
}
FUNCTION(getgrgid, "getgrgid", 0, 1, 1, "id") {
  gid_t gid;
  if (argument_gid(v[0], &gid) < 0)
    return NULL;
  struct object *result = find_group(NULL, gid);
  return result || error_pending() != ERROR_NONE
             ? result
             : not_found(str_format("getgrgid(): gid not found: %S", v[0]));
}
static struct object *getgrall_none(struct object *module) {
  struct object *list = list_new(0);
  struct group *g;
  setgrent();
  while (list && (g = getgrent()) != NULL) {
    struct object *each = group(g);
    if (!each || list_append_taking(list, each) < 0) {
      drop(list);
      list = NULL;
    }
  }
  endgrent();
  return list;
}
static const struct method_def group_functions[] = {
    METHOD_KEYWORDS_("getgrgid", getgrgid_call,
                     DOC("getgrgid", "$module, /, id", "The entry of a group's id.")),
    METHOD_KEYWORDS_("getgrnam", getgrnam_call,
                     DOC("getgrnam", "$module, /, name", "The entry of a group's name.")),
    METHOD_NOARGS_("getgrall", getgrall_none,
                   DOC("getgrall", "$module, /", "A list of all entries.")),
    {NULL}};
int module_grp_fill(struct object *module) {
  if (struct_sequence_ready(&group_type, &group_def) < 0 ||
      module_add(module, "struct_group", &group_type.type.head) < 0)
    return -1;
  return module_add_functions(module, group_functions);
}
