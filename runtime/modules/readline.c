/* The module readline, over libedit: editing, history and completion at the prompt.
 *
 * The library is loaded when the module is imported, so that programs without a prompt do not pay
 * for it. Lines are read by its callback interface, so that signals reach Python between keys. */
#include "runtime/modules/readline.h"
#include "runtime/modules/module.h"
#include "runtime/object/bytes.h"
#include "runtime/object/codec.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/vm/gil.h"
#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum readline_end (*readline_read)(const char *prompt, char **line);

/* ---- The library ---- */

struct history_entry { /* HIST_ENTRY */
  const char *line;
  void *data;
};
typedef char *completion_fn(const char *text, int state);

/* X(result, name, parameters): what is used of it. */
#define FUNCTIONS(X)                                                                               \
  X(int, rl_initialize, (void))                                                                    \
  X(int, rl_parse_and_bind, (const char *))                                                        \
  X(int, rl_read_init_file, (const char *))                                                        \
  X(int, rl_insert_text, (const char *))                                                           \
  X(void, rl_redisplay, (void))                                                                    \
  X(void, rl_callback_handler_install, (const char *, void (*)(char *)))                           \
  X(void, rl_callback_handler_remove, (void))                                                      \
  X(void, rl_callback_read_char, (void))                                                           \
  X(char **, rl_completion_matches, (const char *, completion_fn *))                               \
  X(void, using_history, (void))                                                                   \
  X(int, add_history, (const char *))                                                              \
  X(void, clear_history, (void))                                                                   \
  X(int, read_history, (const char *))                                                             \
  X(int, write_history, (const char *))                                                            \
  X(int, append_history, (int, const char *))                                                      \
  X(int, history_truncate_file, (const char *, int))                                               \
  X(struct history_entry *, history_get, (int))                                                    \
  X(struct history_entry *, remove_history, (int))                                                 \
  X(struct history_entry *, replace_history_entry, (int, const char *, void *))
#define VARIABLES(X)                                                                               \
  X(char *, rl_line_buffer)                                                                        \
  X(int, history_length)                                                                           \
  X(char *, rl_completer_word_break_characters)                                                    \
  X(char **(*)(const char *, int, int), rl_attempted_completion_function)                          \
  X(int, rl_attempted_completion_over)                                                             \
  X(int, rl_completion_append_character)                                                           \
  X(int, rl_completion_type)                                                                       \
  X(int, rl_catch_signals)

static struct {
  void *handle;
#define FUNCTION(result, name, parameters) result(*name) parameters;
  FUNCTIONS(FUNCTION)
#undef FUNCTION
#define VARIABLE(type, name) __typeof__(type) *name;
  VARIABLES(VARIABLE)
#undef VARIABLE
} edit;

static int load(void) {
  if (edit.handle)
    return 0;
  void *handle = dlopen("libedit.so.2", RTLD_NOW | RTLD_LOCAL);
  const char *missing = handle ? NULL : "libedit.so.2";
#define FIND(name)                                                                                 \
  if (handle && !missing && !(*(void **)&edit.name = dlsym(handle, #name)))                        \
    missing = #name;
#define FUNCTION(result, name, parameters) FIND(name)
  FUNCTIONS(FUNCTION)
#undef FUNCTION
#define VARIABLE(type, name) FIND(name)
  VARIABLES(VARIABLE)
#undef VARIABLE
#undef FIND
  if (missing) {
    struct object *message = str_format("readline: %s is not to be had", missing);
    struct object *name = str_intern("readline");
    if (message && name)
      error_import(message, name, NULL, false);
    drop_null(message);
    if (handle)
      dlclose(handle);
    return -1;
  }
  edit.handle = handle;
  return 0;
}

/* ---- Completion ---- */

static struct object *completer, *startup_hook, *pre_input_hook, *display_hook;
static int begin_index, end_index;
static char *delimiters; /* malloc */
static int history_limit = -1;
static bool adds_history = true;

static char *complete(const char *text, int state) {
  struct object *word = str_decode_filename(text, strlen(text)), *number = int_from_i64(state);
  struct object *found = word && number ? call_two(completer, word, number) : NULL;
  struct object *bytes =
      found && found != NONE && is_any_str(found) ? str_encode_filename(found) : NULL;
  char *copy = bytes ? strdup((const char *)bytes_data(bytes)) : NULL;
  drop_null(bytes);
  drop_null(found);
  drop_null(number);
  drop_null(word);
  error_clear(); /* an error in a completer is no match */
  return copy;
}
static char **attempt_completion(const char *text, int start, int end) {
  if (!completer)
    return NULL;
  *edit.rl_attempted_completion_over = 1;
  *edit.rl_completion_append_character = 0;
  begin_index = start;
  end_index = end;
  return edit.rl_completion_matches(text, complete);
}

static struct object *set_callable(struct object **slot, const char *function,
                                   struct object *const *args, size_t n) {
  if (args_check_count(function, n, 0, 1) < 0)
    return NULL;
  struct object *f = n && args[0] != NONE ? args[0] : NULL;
  if (f && !is_callable(f))
    return error_format(ERROR_TYPE, "%s(func): argument not callable", function);
  struct object *before = *slot;
  *slot = f ? hold(f) : NULL;
  drop_null(before);
  return hold(NONE);
}
static struct object *set_completer(struct object *self, struct object *const *args, size_t n) {
  return set_callable(&completer, "set_completer", args, n);
}
static struct object *set_startup_hook(struct object *self, struct object *const *args, size_t n) {
  return set_callable(&startup_hook, "set_startup_hook", args, n);
}
static struct object *set_pre_input_hook(struct object *self, struct object *const *args,
                                         size_t n) {
  return set_callable(&pre_input_hook, "set_pre_input_hook", args, n);
}
static struct object *set_display_hook(struct object *self, struct object *const *args, size_t n) {
  return set_callable(&display_hook, "set_completion_display_matches_hook", args, n);
}
static struct object *get_completer(struct object *self) {
  return hold(completer ? completer : NONE);
}
static struct object *set_delims(struct object *self, struct object *text) {
  if (!is_any_str(text))
    return args_wrong_type("set_completer_delims", "argument", "str", text);
  struct object *bytes = str_encode_filename(text);
  char *copy = bytes ? strdup((const char *)bytes_data(bytes)) : NULL;
  drop_null(bytes);
  if (!copy)
    return error_pending() != ERROR_NONE ? NULL : error_no_memory();
  free(delimiters);
  *edit.rl_completer_word_break_characters = delimiters = copy;
  return hold(NONE);
}
static struct object *get_delims(struct object *self) {
  return str_decode_filename(delimiters ? delimiters : "", delimiters ? strlen(delimiters) : 0);
}
static struct object *get_begidx(struct object *self) { return int_from_i64(begin_index); }
static struct object *get_endidx(struct object *self) { return int_from_i64(end_index); }
static struct object *get_completion_type(struct object *self) {
  return int_from_i64(*edit.rl_completion_type);
}
static struct object *get_line_buffer(struct object *self) {
  const char *line = *edit.rl_line_buffer ? *edit.rl_line_buffer : "";
  return str_decode_filename(line, strlen(line));
}

/* Calls f with the bytes of a str. */
static struct object *with_text(struct object *text, const char *function, int (*f)(const char *)) {
  if (!is_any_str(text))
    return error_format(ERROR_TYPE, "%s() argument must be str, not %N", function, text);
  struct object *bytes = str_encode_filename(text);
  if (!bytes)
    return NULL;
  f((const char *)bytes_data(bytes));
  drop(bytes);
  return hold(NONE);
}
static struct object *parse_and_bind(struct object *self, struct object *text) {
  return with_text(text, "parse_and_bind", edit.rl_parse_and_bind);
}
static struct object *insert_text(struct object *self, struct object *text) {
  return with_text(text, "insert_text", edit.rl_insert_text);
}
static struct object *add(struct object *self, struct object *text) {
  return with_text(text, "add_history", edit.add_history);
}
static struct object *redisplay(struct object *self) {
  edit.rl_redisplay();
  return hold(NONE);
}

/* ---- History ---- */

/* The optional file name of a function; NULL with an error, or "" for the default. */
static struct object *file_name(const char *function, struct object *const *args, size_t n) {
  if (n == 0 || args[0] == NONE)
    return bytes_from("", 0);
  if (is_any_bytes(args[0]))
    return hold(args[0]);
  if (is_any_str(args[0]))
    return str_encode_filename(args[0]);
  return error_format(ERROR_TYPE, "%s(): expected str, bytes or None, not %N", function, args[0]);
}
static struct object *with_file(const char *function, struct object *const *args, size_t n,
                                int (*f)(const char *)) {
  if (args_check_count(function, n, 0, 1) < 0)
    return NULL;
  struct object *name = file_name(function, args, n);
  if (!name)
    return NULL;
  const char *path = (const char *)bytes_data(name);
  int failed = f(*path ? path : NULL);
  drop(name);
  return failed ? error_errno(failed > 0 ? failed : errno, n ? args[0] : NULL, NULL) : hold(NONE);
}
static struct object *read_history_file(struct object *self, struct object *const *args, size_t n) {
  return with_file("read_history_file", args, n, edit.read_history);
}
static struct object *write_history_file(struct object *self, struct object *const *args,
                                         size_t n) {
  struct object *done = with_file("write_history_file", args, n, edit.write_history);
  if (done && n && history_limit >= 0) {
    struct object *name = file_name("write_history_file", args, n);
    if (name)
      edit.history_truncate_file((const char *)bytes_data(name), history_limit);
    drop_null(name);
  }
  return done;
}
static struct object *read_init_file(struct object *self, struct object *const *args, size_t n) {
  return with_file("read_init_file", args, n, edit.rl_read_init_file);
}
static struct object *append_history_file(struct object *self, struct object *const *args,
                                          size_t n) {
  int64_t lines;
  if (args_check_count("append_history_file", n, 1, 2) < 0 ||
      number_to_i64(args[0], &lines, ERROR_OVERFLOW) < 0)
    return NULL;
  struct object *name = file_name("append_history_file", args + 1, n - 1);
  if (!name)
    return NULL;
  const char *path = (const char *)bytes_data(name);
  int failed = edit.append_history((int)lines, *path ? path : NULL);
  drop(name);
  return failed ? error_errno(failed, n > 1 ? args[1] : NULL, NULL) : hold(NONE);
}
static struct object *clear(struct object *self) {
  edit.clear_history();
  return hold(NONE);
}
static struct object *get_length(struct object *self) { return int_from_i64(*edit.history_length); }
static struct object *get_history_length(struct object *self) {
  return int_from_i64(history_limit);
}
static struct object *set_history_length(struct object *self, struct object *o) {
  int64_t length;
  if (number_to_i64(o, &length, ERROR_OVERFLOW) < 0)
    return NULL;
  history_limit = (int)length;
  return hold(NONE);
}
static struct object *set_auto_history(struct object *self, struct object *o) {
  int truth = object_truth(o);
  if (truth < 0)
    return NULL;
  adds_history = truth;
  return hold(NONE);
}
static struct object *get_item(struct object *self, struct object *o) {
  int64_t index;
  if (number_to_i64(o, &index, ERROR_OVERFLOW) < 0)
    return NULL;
  const struct history_entry *entry = edit.history_get((int)index);
  return entry && entry->line ? str_decode_filename(entry->line, strlen(entry->line)) : hold(NONE);
}
static void free_entry(struct history_entry *entry) {
  if (!entry)
    return;
  free((void *)(uintptr_t)entry->line);
  free(entry);
}
static struct object *no_item(int64_t position) {
  return error_format(ERROR_VALUE, "No history item at position %lld", (long long)position);
}
static struct object *remove_item(struct object *self, struct object *o) {
  int64_t position;
  if (number_to_i64(o, &position, ERROR_OVERFLOW) < 0)
    return NULL;
  if (position < 0)
    return error_format(ERROR_VALUE, "History index cannot be negative");
  struct history_entry *entry = edit.remove_history((int)position);
  if (!entry)
    return no_item(position);
  free_entry(entry);
  return hold(NONE);
}
static struct object *replace_item(struct object *self, struct object *const *args, size_t n) {
  int64_t position;
  if (args_check_count("replace_history_item", n, 2, 2) < 0 ||
      number_to_i64(args[0], &position, ERROR_OVERFLOW) < 0)
    return NULL;
  if (position < 0)
    return error_format(ERROR_VALUE, "History index cannot be negative");
  struct object *name = file_name("replace_history_item", args + 1, 1);
  if (!name)
    return NULL;
  struct history_entry *entry =
      edit.replace_history_entry((int)position, (const char *)bytes_data(name), NULL);
  drop(name);
  if (!entry)
    return no_item(position);
  free_entry(entry);
  return hold(NONE);
}

/* ---- Reading ---- */

static char *finished; /* the line that was handed over; NULL: the end of input */
static bool is_finished;
static void finish(char *line) {
  finished = line;
  is_finished = true;
  edit.rl_callback_handler_remove();
}

static void run_hook(struct object *hook) {
  if (!hook)
    return;
  drop_null(call_none(hook));
  error_clear();
}

static enum readline_end read_line(const char *prompt, char **line) {
  is_finished = false;
  edit.rl_callback_handler_install(prompt, finish);
  run_hook(startup_hook);
  run_hook(pre_input_hook);
  while (!is_finished) {
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    gil_release();
    int ready = poll(&input, 1, -1);
    gil_acquire();
    if (ready > 0)
      edit.rl_callback_read_char();
    else if (errno == EINTR && vm_handle_signals() < 0) {
      edit.rl_callback_handler_remove();
      return READLINE_INTERRUPTED;
    }
  }
  *line = finished;
  if (!finished)
    return READLINE_EOF;
  int last = *edit.history_length;
  if (adds_history && *finished) {
    const struct history_entry *entry = last > 0 ? edit.history_get(last) : NULL;
    if (!entry || !entry->line || strcmp(entry->line, finished))
      edit.add_history(finished);
  }
  return READLINE_LINE;
}

static const struct method_def functions[] = {
    METHOD_ONE_("parse_and_bind", parse_and_bind,
                "($module, string, /)\n--\n\nExecute the init line."),
    METHOD_FAST_("read_init_file", read_init_file,
                 "($module, filename=None, /)\n--\n\nExecute a readline initialization file."),
    METHOD_NOARGS_("get_line_buffer", get_line_buffer,
                   "($module, /)\n--\n\nReturn the current contents of the line buffer."),
    METHOD_ONE_(
        "insert_text", insert_text,
        "($module, string, /)\n--\n\nInsert text into the line buffer at the cursor position."),
    METHOD_NOARGS_("redisplay", redisplay,
                   "($module, /)\n--\n\nChange what's displayed on the screen."),
    METHOD_FAST_("read_history_file", read_history_file,
                 "($module, filename=None, /)\n--\n\nLoad a readline history file."),
    METHOD_FAST_("write_history_file", write_history_file,
                 "($module, filename=None, /)\n--\n\nSave a readline history file."),
    METHOD_FAST_("append_history_file", append_history_file,
                 "($module, nelements, filename=None, /)\n--\n\nAppend the last nelements items of "
                 "the history list to file."),
    METHOD_NOARGS_("get_history_length", get_history_length,
                   "($module, /)\n--\n\nReturn the maximum number of lines that will be written to "
                   "the history file."),
    METHOD_ONE_("set_history_length", set_history_length,
                "($module, length, /)\n--\n\nSet the maximal number of lines which will be written "
                "to the history file."),
    METHOD_NOARGS_("get_current_history_length", get_length,
                   "($module, /)\n--\n\nReturn the current (not the maximum) length of history."),
    METHOD_ONE_("get_history_item", get_item,
                "($module, index, /)\n--\n\nReturn the current contents of history item at "
                "one-based index."),
    METHOD_ONE_("remove_history_item", remove_item,
                "($module, pos, /)\n--\n\nRemove history item given by its zero-based position."),
    METHOD_FAST_("replace_history_item", replace_item,
                 "($module, pos, line, /)\n--\n\nReplaces history item given by its position with "
                 "contents of line."),
    METHOD_ONE_("add_history", add,
                "($module, string, /)\n--\n\nAdd an item to the history buffer."),
    METHOD_ONE_("set_auto_history", set_auto_history,
                "($module, enabled, /)\n--\n\nEnables or disables automatic history."),
    METHOD_NOARGS_("clear_history", clear,
                   "($module, /)\n--\n\nClear the current readline history."),
    METHOD_FAST_("set_completer", set_completer,
                 "($module, function=None, /)\n--\n\nSet or remove the completer function."),
    METHOD_NOARGS_("get_completer", get_completer,
                   "($module, /)\n--\n\nGet the current completer function."),
    METHOD_NOARGS_("get_completion_type", get_completion_type,
                   "($module, /)\n--\n\nGet the type of completion being attempted."),
    METHOD_NOARGS_("get_begidx", get_begidx,
                   "($module, /)\n--\n\nGet the beginning index of the completion scope."),
    METHOD_NOARGS_("get_endidx", get_endidx,
                   "($module, /)\n--\n\nGet the ending index of the completion scope."),
    METHOD_ONE_("set_completer_delims", set_delims,
                "($module, string, /)\n--\n\nSet the word delimiters for completion."),
    METHOD_NOARGS_("get_completer_delims", get_delims,
                   "($module, /)\n--\n\nGet the word delimiters for completion."),
    METHOD_FAST_("set_startup_hook", set_startup_hook,
                 "($module, function=None, /)\n--\n\nSet or remove the function invoked just "
                 "before the prompt is printed."),
    METHOD_FAST_("set_pre_input_hook", set_pre_input_hook,
                 "($module, function=None, /)\n--\n\nSet or remove the function invoked before "
                 "readline starts reading characters."),
    METHOD_FAST_(
        "set_completion_display_matches_hook", set_display_hook,
        "($module, function=None, /)\n--\n\nSet or remove the completion display function."),
    {NULL}};

int module_readline_fill(struct object *module) {
  struct object **const slots[] = {&completer, &startup_hook, &pre_input_hook, &display_hook};
  for (size_t i = 0; i < ARRAY_SIZE(slots); i++)
    if (module_root(slots[i]) < 0)
      return -1;
  if (load() < 0 || module_add_functions(module, functions) < 0 ||
      module_add_text(module, "__doc__",
                      "Importing this module enables command line editing using libedit "
                      "readline.") < 0)
    return -1;
  *edit.rl_catch_signals = 0;
  edit.rl_initialize();
  edit.using_history();
  *edit.rl_attempted_completion_function = attempt_completion;
  free(delimiters);
  if ((delimiters = strdup(" \t\n`~!@#$%^&*()-=+[{]}\\|;:'\",<>/?")))
    *edit.rl_completer_word_break_characters = delimiters;
  readline_read = read_line;
  return 0;
}
