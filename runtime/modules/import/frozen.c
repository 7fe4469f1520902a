/* Frozen modules: code by name out of the library folder, through its .pyc files. */
#include "runtime/bytecode/code.h"
#include "runtime/modules/builtins/builtins.h"
#include "runtime/modules/import/import.h"
#include "runtime/modules/marshal/marshal.h"
#include "runtime/modules/sys.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/list.h"
#include "runtime/object/model.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include "runtime/vm/vm.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int frozen_override;
bool frozen_switched_off;

static const struct frozen_module table[] = {
    {"_frozen_importlib", "importlib._bootstrap", false, true},
    {"_frozen_importlib_external", "importlib._bootstrap_external", false, true},
    {"zipimport", "zipimport", false, true},
    {"abc", "abc", false, false},
    {"codecs", "codecs", false, false},
    {"io", "io", false, false},
    {"_collections_abc", "_collections_abc", false, false},
    {"_sitebuiltins", "_sitebuiltins", false, false},
    {"genericpath", "genericpath", false, false},
    {"ntpath", "ntpath", false, false},
    {"posixpath", "posixpath", false, false},
    {"os.path", "posixpath", false, false},
    {"os", "os", false, false},
    {"site", "site", false, false},
    {"stat", "stat", false, false},
    {"importlib.util", "importlib.util", false, false},
    {"importlib.machinery", "importlib.machinery", false, false},
    {"runpy", "runpy", false, false},
    {"__hello__", "__hello__", false, false},
    {"__hello_only__", NULL, false, false},
    {"__hello_alias__", "__hello__", false, false},
    {"__phello_alias__", "__hello__", true, false},
    {"__phello_alias__.spam", "__hello__", false, false},
    {"__phello__", "__phello__", true, false},
    {"__phello__.__init__", "<__phello__", false, false},
    {"__phello__.ham", "__phello__.ham", true, false},
    {"__phello__.ham.__init__", "<__phello__.ham", false, false},
    {"__phello__.ham.eggs", "__phello__.ham.eggs", false, false},
    {"__phello__.spam", "__phello__.spam", false, false},
};

const struct frozen_module *frozen_find(struct object *name, bool *is_disabled) {
  *is_disabled = false;
  if (!sys_start.library || !is_any_str(name))
    return NULL;
  for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
    if (!str_is(name, table[i].name))
      continue;
    bool all = frozen_override ? frozen_override > 0 : !frozen_switched_off;
    *is_disabled = !all && !table[i].is_essential;
    return *is_disabled ? NULL : &table[i];
  }
  return NULL;
}

struct object *frozen_names(void) {
  struct object *names = list_new(ARRAY_SIZE(table));
  for (size_t i = 0; names && i < ARRAY_SIZE(table); i++) {
    struct object *name = str_from_ascii(table[i].name);
    if (!name || list_append_taking(names, name) < 0) {
      drop(names);
      return NULL;
    }
  }
  return names;
}

/* ---- Files ---- */

struct file {
  unsigned char *data; /* item buffer of `bytes` */
  size_t bytes;
  struct stat status;
};

static void file_free(struct file *f) {
  if (f->data)
    gc_buffer_free(f->data, f->bytes);
  f->data = NULL;
}

/* 1: read; 0: it can't be (errno); -1: no memory. */
static int file_read(const char *path, struct file *f) {
  *f = (struct file){.data = NULL};
  int fd = open(path, O_RDONLY | O_CLOEXEC), result = 0;
  if (fd < 0)
    return 0;
  if (fstat(fd, &f->status) == 0 && S_ISREG(f->status.st_mode)) {
    size_t size = (size_t)f->status.st_size, n = 0;
    f->bytes = size ? size : 1;
    if (!(f->data = gc_buffer_new(f->bytes))) {
      error_no_memory();
      close(fd);
      return -1;
    }
    for (ssize_t got; n < size; n += (size_t)got) {
      got = read(fd, f->data + n, size - n);
      if (got < 0 && errno == EINTR)
        got = 0;
      else if (got <= 0)
        break;
    }
    result = n == size;
    f->status.st_size = (off_t)n;
  }
  int error_number = errno;
  close(fd);
  errno = error_number;
  if (!result)
    file_free(f);
  return result;
}

/* library/importlib/_bootstrap.py, its folder and its name alone; false: too long. */
struct place {
  char folder[3072], stem[256], source[3584];
};

static bool place_of(const struct frozen_module *frozen, struct place *p) {
  const char *original = frozen->original;
  bool is_init = original[0] == '<' || (frozen->is_package && !strcmp(original, frozen->name));
  original += original[0] == '<';
  const char *dot = is_init ? NULL : strrchr(original, '.');
  size_t above = is_init ? strlen(original) : dot ? (size_t)(dot - original) : 0;
  int n = snprintf(p->folder, sizeof p->folder, "%s%s%.*s", sys_start.library, above ? "/" : "",
                   (int)above, original);
  if (n < 0 || (size_t)n >= sizeof p->folder)
    return false;
  for (char *c = p->folder + strlen(sys_start.library); *c; c++)
    if (*c == '.')
      *c = '/';
  snprintf(p->stem, sizeof p->stem, "%s", is_init ? "__init__" : dot ? dot + 1 : original);
  n = snprintf(p->source, sizeof p->source, "%s/%s.py", p->folder, p->stem);
  return n >= 0 && (size_t)n < sizeof p->source;
}

/* ---- Caches ---- */

static uint32_t word_at(const unsigned char *data, size_t i) {
  uint32_t word;
  memcpy(&word, data + 4 * i, sizeof word);
  return word;
}

/* Whether the cache belongs to the source as it is now; the source is read only where its hash
 * tells. -1: no memory. */
static int cache_is_valid(const struct file *cache, const char *source) {
  if (cache->status.st_size < PYC_HEADER_BYTES || word_at(cache->data, 0) != (uint32_t)PYC_MAGIC)
    return 0;
  uint32_t flags = word_at(cache->data, 1);
  struct stat status;
  if (flags == 0)
    return stat(source, &status) < 0 || (word_at(cache->data, 2) == (uint32_t)status.st_mtime &&
                                         word_at(cache->data, 3) == (uint32_t)status.st_size);
  if (flags == 1)
    return 1;
  if (flags != 3)
    return 0;
  struct file text;
  int got = file_read(source, &text);
  if (got <= 0)
    return got < 0 ? -1 : 1;
  uint64_t hash = source_hash(PYC_MAGIC, text.data, (size_t)text.status.st_size), told;
  memcpy(&told, cache->data + 8, sizeof told);
  file_free(&text);
  return hash == told;
}

/* NULL without an error: there is no cache that can be used. */
static struct object *code_from_cache(const struct place *p) {
  char path[4096], level[16] = "";
  if (builtins_optimize > 0)
    snprintf(level, sizeof level, ".opt-%d", builtins_optimize);
  int n =
      snprintf(path, sizeof path, "%s/__pycache__/%s.cpython-311%s.pyc", p->folder, p->stem, level);
  if (n < 0 || (size_t)n >= sizeof path)
    return NULL;
  struct file cache;
  if (file_read(path, &cache) <= 0)
    return NULL;
  struct object *code = NULL;
  int valid = cache_is_valid(&cache, p->source);
  if (valid > 0) {
    code = marshal_read(cache.data + PYC_HEADER_BYTES,
                        (size_t)cache.status.st_size - PYC_HEADER_BYTES);
    if (!code && error_pending() != ERROR_MEMORY)
      error_clear();
  }
  file_free(&cache);
  if (code && !is_code(code)) {
    drop(code);
    code = NULL;
  }
  return code;
}

static struct object *code_from_source(const struct place *p) {
  struct file source;
  int got = file_read(p->source, &source);
  if (got < 0)
    return NULL;
  if (got == 0)
    return error_format(ERROR_IMPORT, "can't read %s: %s", p->source, strerror(errno));
  struct object *name = str_from_data(p->source, strlen(p->source), 0), *code = NULL;
  if (name)
    code = builtins_compile_bytes((const char *)source.data, (size_t)source.status.st_size, name,
                                  PARSE_EXEC, 0, -1);
  drop_null(name);
  file_free(&source);
  return code;
}

/* ---- Names of files in code ---- */

static int fix(struct object *code, struct object *before, struct object *filename) {
  struct code *c = (struct code *)code;
  if (!str_same_text(c->filename, before))
    return 0;
  if (!object_enter())
    return -1;
  int done = 0;
  store(code, &c->filename, hold(filename));
  for (size_t i = 0; done == 0 && i < tuple_length(c->consts); i++)
    if (is_code(tuple_get_borrowed(c->consts, i)))
      done = fix(tuple_get_borrowed(c->consts, i), before, filename);
  object_leave();
  return done;
}

int frozen_fix_filename(struct object *code, struct object *filename) {
  struct object *before = ((struct code *)code)->filename;
  if (str_same_text(before, filename))
    return 0;
  hold(before);
  int done = fix(code, before, filename);
  drop(before);
  return done;
}

/* The only one that is in no file. */
static struct object *hello_code(void) {
  static const char text[] = "initialized = True\nprint('Hello world!')\n";
  struct object *name = str_intern("<frozen __hello_only__>");
  struct object *code =
      name ? builtins_compile_bytes(text, sizeof text - 1, name, PARSE_EXEC, 0, -1) : NULL;
  drop_null(name);
  return code;
}

struct object *frozen_code(const struct frozen_module *frozen) {
  if (!frozen->original)
    return hello_code();
  struct place p;
  if (!place_of(frozen, &p))
    return error_format(ERROR_IMPORT, "Frozen object named '%s' is invalid", frozen->name);
  struct object *code = code_from_cache(&p);
  if (!code && error_pending() == ERROR_NONE)
    code = code_from_source(&p);
  if (!code)
    return NULL;
  struct object *filename =
      str_format("<frozen %s>", frozen->original + (frozen->original[0] == '<'));
  if (!filename || frozen_fix_filename(code, filename) < 0) {
    drop(code);
    code = NULL;
  }
  drop_null(filename);
  return code;
}

/* ---- Running ---- */

static int prepare(struct object *module, const struct frozen_module *frozen) {
  struct object *dict = module_dict_borrowed(module);
  if (dict_set(dict, NAME(builtins), vm_builtins) < 0)
    return -1;
  struct object *key = str_intern("__origname__");
  struct object *original = frozen->original ? str_from_ascii(frozen->original) : hold(NONE);
  int done = key && original ? dict_set(dict, key, original) : -1;
  drop_null(key);
  drop_null(original);
  if (done < 0 || !frozen->is_package)
    return done;
  struct object *path = list_new(0);
  done = path ? dict_set(dict, NAME(path), path) : -1;
  drop_null(path);
  return done;
}

struct object *frozen_import(const struct frozen_module *frozen) {
  struct object *modules = sys_modules_borrowed();
  struct object *code = frozen_code(frozen), *name = NULL, *module = NULL, *done = NULL;
  if (!modules && error_pending() == ERROR_NONE)
    error_set(ERROR_RUNTIME, "unable to get sys.modules");
  if (modules && code && (name = str_intern(frozen->name)) && (module = module_new(name)) &&
      prepare(module, frozen) == 0 && dict_set(modules, name, module) == 0) {
    done = vm_run_code(code, module_dict_borrowed(module), NULL);
    if (!done) {
      struct error_saved saved;
      error_save(&saved);
      dict_delete(modules, name);
      error_clear();
      error_restore(&saved);
    }
  }
  drop_null(code);
  drop_null(name);
  if (!done && module) {
    drop(module);
    module = NULL;
  }
  drop_null(done);
  return module;
}
