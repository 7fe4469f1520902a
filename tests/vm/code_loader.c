/* The reader's side of dump_code.py. */
#include "code_loader.h"
#include "runtime/bytecode/code.h"
#include "runtime/object/bytes.h"
#include "runtime/object/float.h"
#include "runtime/object/int.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include <string.h>

struct reader {
  const unsigned char *at, *end;
};

static bool take(struct reader *r, void *into, size_t n) {
  if ((size_t)(r->end - r->at) < n) {
    error_set(ERROR_VALUE, "a code file is cut off");
    return false;
  }
  memcpy(into, r->at, n);
  r->at += n;
  return true;
}

static struct object *load(struct reader *r);

static struct object *load_code(struct reader *r) {
  struct object *parts[CODE_REFERENCES_N] = {NULL};
  int32_t numbers[6];
  struct object *code = NULL;
  size_t n = 0;
  while (n < CODE_REFERENCES_N && (parts[n] = load(r)))
    n++;
  if (n == CODE_REFERENCES_N && take(r, numbers, sizeof numbers)) {
    struct code_facts facts = {.code = parts[0],
                               .consts = parts[1],
                               .names = parts[2],
                               .localsplusnames = parts[3],
                               .localspluskinds = parts[4],
                               .filename = parts[5],
                               .name = parts[6],
                               .qualname = parts[7],
                               .linetable = parts[8],
                               .exceptiontable = parts[9],
                               .argcount = numbers[0],
                               .posonlyargcount = numbers[1],
                               .kwonlyargcount = numbers[2],
                               .stacksize = numbers[3],
                               .firstlineno = numbers[4],
                               .flags = (uint32_t)numbers[5]};
    code = code_new(&facts);
  }
  while (n-- > 0)
    drop(parts[n]);
  return code;
}

static struct object *load_tuple(struct reader *r, size_t n) {
  struct object *tuple = tuple_new(n);
  for (size_t i = 0; tuple && i < n; i++) {
    struct object *item = load(r);
    if (!item) {
      drop(tuple);
      return NULL;
    }
    tuple_init_taking(tuple, i, item);
  }
  return tuple;
}

static struct object *load_sized(struct reader *r, unsigned char tag) {
  int32_t n;
  if (!take(r, &n, sizeof n))
    return NULL;
  if (tag == '(')
    return load_tuple(r, (size_t)n);
  if (n < 0 || r->end - r->at < n) {
    error_set(ERROR_VALUE, "a code file is cut off");
    return NULL;
  }
  const unsigned char *data = r->at;
  r->at += n;
  if (tag == 'b')
    return bytes_from(data, (size_t)n);
  if (tag == 's') {
    struct object *s = str_from_utf8((const char *)data, (size_t)n);
    return s ? str_intern_taking(s) : NULL;
  }
  uint64_t limbs[64];
  if (n > (int32_t)sizeof limbs) {
    error_set(ERROR_VALUE, "an int in a code file is too large");
    return NULL;
  }
  memcpy(limbs, data, (size_t)n);
  return int_from_limbs(limbs, (size_t)n / 8, tag == '-');
}

static struct object *load(struct reader *r) {
  unsigned char tag;
  double value;
  if (!take(r, &tag, 1))
    return NULL;
  switch (tag) {
  case 'N':
    return hold(NONE);
  case 'T':
    return hold(TRUE_);
  case 'F':
    return hold(FALSE_);
  case '.':
    return hold(ELLIPSIS);
  case 'd':
    return take(r, &value, sizeof value) ? float_from(value) : NULL;
  case 'c':
    return load_code(r);
  default:
    return load_sized(r, tag);
  }
}

struct object *code_load(const unsigned char *bytes, size_t n) {
  struct reader r = {bytes, bytes + n};
  return load(&r);
}
