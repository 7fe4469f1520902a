/* Importing: the statement's fast path and start-up in C, everything else in the library's own
 * importlib/_bootstrap.py, which is found through frozen.c.
 *
 * "Frozen" are the modules that CPython carries inside itself; here their code is read from the
 * library folder by name alone, without a search along sys.path. Python sees no difference. */
#pragma once
#include "runtime/object/object.h"

/* After builtins and sys are in sys.modules: loads _frozen_importlib, and hands it sys and _imp;
 * with a library, _frozen_importlib_external too. Without one, only built-in modules can be
 * imported. -1 with the error. Sets vm_import and vm_import_from. */
int import_open(void);
/* Before modules_close. */
void import_close(void);
/* The import lock (_imp.acquire_lock), which its owner may take again. Held around fork, so that a
 * child finds no import half done by another thread. */
void import_lock(void);
void import_unlock(void);

/* __import__ with CPython's meaning and messages; globals, locals and from may be NULL. */
struct object *import_module_level(struct object *name, struct object *globals,
                                   struct object *locals, struct object *from, int64_t level);
/* The module of a dotted name itself, for C code: "os.path" gives posixpath. */
struct object *import_module(const char *name);
/* The module out of sys.modules; a new reference, NULL without an error when it is not there. */
struct object *import_find(struct object *name);
extern bool import_is_timed; /* -X importtime: a line to stderr for each import */
/* spec._initializing of a module; errors on the way say no. */
bool import_is_initializing(struct object *spec);

/* A new built-in module by its name, put into sys.modules. NULL with the error; *known false: no
 * such module. */
struct object *import_builtin(struct object *name, bool *known);

/* ---- frozen.c ---- */

struct frozen_module {
  const char *name;     /* what is imported */
  const char *original; /* of the library; with "<" in front: its __init__.py as a plain module;
                           NULL: in none, frozen_code has its text */
  bool is_package, is_essential;
};
/* NULL: none of that name, or frozen modules are switched off (*is_disabled). */
const struct frozen_module *frozen_find(struct object *name, bool *is_disabled);
/* Its code object, named "<frozen NAME>". NULL with ImportError when it can't be read. */
struct object *frozen_code(const struct frozen_module *frozen);
struct object *frozen_names(void); /* a new list */
extern int frozen_override;        /* > 0: all are used, < 0: only the essential ones, 0: default */
extern bool frozen_switched_off;   /* -X frozen_modules=off: the default is the essential ones */
/* Makes the module and runs it: _imp.init_frozen. */
struct object *frozen_import(const struct frozen_module *frozen);
/* Replaces co_filename in code and what it contains: _imp._fix_co_filename. */
int frozen_fix_filename(struct object *code, struct object *filename);

/* ---- archive.c ---- */

int archive_add_hook(void); /* -1 with an error */

/* ---- source_hash.c ---- */

/* SipHash-1-3 (Aumasson, Bernstein): the hash in hash-based .pyc files. */
uint64_t source_hash(uint64_t key, const void *data, size_t n);
enum { PYC_MAGIC = 3495 | '\r' << 16 | '\n' << 24, PYC_HEADER_BYTES = 16 };
