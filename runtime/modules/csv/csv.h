/* What the files of the module _csv share. */
#pragma once
#include "runtime/object/type.h"

enum csv_quoting { CSV_QUOTE_MINIMAL, CSV_QUOTE_ALL, CSV_QUOTE_NONNUMERIC, CSV_QUOTE_NONE };

#define CSV_NOT_SET UINT32_MAX
struct csv_dialect {
  struct object head;
  struct object *lineterminator;             /* str */
  uint32_t delimiter, quotechar, escapechar; /* code points; CSV_NOT_SET: none */
  int32_t quoting;                           /* enum csv_quoting */
  bool doublequote, skipinitialspace, strict;
};
extern struct type csv_dialect_type, csv_reader_type, csv_writer_type;

extern struct object *csv_error;    /* _csv.Error */
extern struct object *csv_dialects; /* dict: name -> dialect */
extern int64_t csv_field_limit;     /* code points */

/* The registered dialect of a name, a new reference. */
struct object *csv_find_dialect(struct object *name);
/* Dialect(base, **keywords): base NULL: none. The values of the keywords stand at `values`. */
struct object *csv_dialect_new(struct object *base, struct object *const *values,
                               struct object *kwnames);
struct object *csv_reader_new(struct object *module, struct object *const *args, size_t n,
                              struct object *kwnames);
struct object *csv_writer_new(struct object *module, struct object *const *args, size_t n,
                              struct object *kwnames);
