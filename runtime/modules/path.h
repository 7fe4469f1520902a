/* Paths: what Python gives for a file's name, as the system wants it. As a str they are encoded by
 * str_encode_filename (codec.h). */
#pragma once
#include "runtime/object/call.h"
#include "runtime/object/codec.h"

/* os.fspath: str and bytes as they are, else __fspath__(). A new reference. */
struct object *path_from(struct object *o);
/* The same as bytes without NULs. */
struct object *path_to_bytes(struct object *o);

/* One argument. The caller names it, takes it, and closes it (after success only); the struct lives
 * on the C stack. */
struct path {
  const char *function, *argument; /* for messages; argument NULL: "path" */
  bool nullable, allow_fd;
  /* After path_take: */
  const char *narrow;    /* NUL-terminated; NULL: a descriptor, or None */
  size_t n;              /* bytes of it */
  int fd;                /* -1: none */
  bool is_bytes;         /* given as bytes: so are answers */
  struct object *object; /* as errors name it; owned, NULL: not given */
  struct object *bytes;  /* keeps narrow where object does not; owned */
};
int path_take(struct path *p, struct object *o); /* o NULL: not given, as None */
void path_close(struct path *p);
/* OSError of errno with the path; closes it. Returns NULL. */
void *path_error(struct path *p);
void *path_error_two(struct path *p, struct path *q); /* closes both */

/* Several of them, as exec wants them: n pointers and a NULL. Lives on the C stack. */
struct path_list {
  struct object *owners; /* list of bytes */
  char **items;
  size_t n;
};
/* From a list or tuple; each as path_to_bytes. -1: error, nothing to close. */
int path_list_open(struct path_list *l, struct object *sequence);
/* "name=value" for each item of a mapping. */
int path_list_open_environment(struct path_list *l, struct object *mapping);
void path_list_close(struct path_list *l);
