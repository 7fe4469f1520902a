/* The compiler at work, for the tests that compare it with CPython's.
 *
 *   print_code code            reads "MODE OPTIMIZE FLAGS BYTES\n" and that many bytes of source,
 *                              again and again; answers each with a line and what it announces:
 *                                code BYTES          marshalled code object follows
 *                                error BYTES         the error follows, fields between tabs:
 *                                                    KIND MESSAGE LINE OFFSET END_LINE END_OFFSET
 *                              and before that, each warning as  warning LINE BYTES  and its
 *                              text, and for each \\N{NAME}  name BYTES  and the name, to which the
 *                              code point is to be answered on a line
 *   print_code time N FILE...  compiles each file N times; lines, CPU seconds without and with
 *                              parsing */
#include "runtime/bytecode/code.h"
#include "runtime/compile/compile.h"
#include "runtime/object/bytes.h"
#include "runtime/object/complex.h"
#include "runtime/object/float.h"
#include "runtime/object/int.h"
#include "runtime/object/set.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct buffer {
  char *data;
  size_t n, capacity;
};

static void put(struct buffer *b, const void *data, size_t n) {
  if (b->capacity - b->n < n) {
    b->capacity = (b->n + n) * 2;
    b->data = realloc(b->data, b->capacity);
    if (!b->data)
      abort();
  }
  memcpy(b->data + b->n, data, n);
  b->n += n;
}
static void put_char(struct buffer *b, int c) {
  char byte = (char)c;
  put(b, &byte, 1);
}
static void put_i32(struct buffer *b, int64_t value) {
  int32_t word = (int32_t)value;
  put(b, &word, 4);
}

/* ---- marshal, version 4 without references ---- */

static void put_utf8(struct buffer *b, const struct object *s) {
  for (size_t i = 0; i < str_length(s); i++) {
    uint32_t c = str_at(s, i);
    if (c < 0x80)
      put_char(b, (int)c);
    else if (c < 0x800) {
      put_char(b, (int)(0xc0 | c >> 6));
      put_char(b, (int)(0x80 | (c & 63)));
    } else {
      if (c < 0x10000)
        put_char(b, (int)(0xe0 | c >> 12));
      else {
        put_char(b, (int)(0xf0 | c >> 18));
        put_char(b, (int)(0x80 | (c >> 12 & 63)));
      }
      put_char(b, (int)(0x80 | (c >> 6 & 63)));
      put_char(b, (int)(0x80 | (c & 63)));
    }
  }
}

/* Wide ints go as digits of 15 bits, taken from the limbs. */
static void put_int(struct buffer *b, const struct object *o) {
  int64_t value;
  if (int_to_i64(o, &value) && value == (int32_t)value) {
    put_char(b, 'i');
    put_i32(b, value);
    return;
  }
  const struct int_object *i = (const struct int_object *)o;
  bool negative;
  uint64_t one;
  const uint64_t *limbs = &one;
  size_t n = 1;
  if (int_is_compact(o)) {
    value = i->word >> 1;
    negative = value < 0;
    one = negative ? 0 - (uint64_t)value : (uint64_t)value;
  } else {
    negative = int_wide_is_negative(i);
    limbs = i->limbs;
    n = int_limbs_n(i);
  }
  size_t digits = (n * 64 + 14) / 15, top = 0;
  uint16_t *digit = calloc(digits, sizeof *digit);
  for (size_t k = 0; k < digits; k++) {
    size_t bit = k * 15;
    uint64_t part = limbs[bit / 64] >> bit % 64;
    if (bit % 64 > 49 && bit / 64 + 1 < n)
      part |= limbs[bit / 64 + 1] << (64 - bit % 64);
    digit[k] = (uint16_t)(part & 0x7fff);
    if (digit[k])
      top = k + 1;
  }
  put_char(b, 'l');
  put_i32(b, negative ? -(int64_t)top : (int64_t)top);
  put(b, digit, top * 2);
  free(digit);
}

static void put_object(struct buffer *b, struct object *o);

static void put_code(struct buffer *b, const struct code *c) {
  put_char(b, 'c');
  put_i32(b, c->argcount);
  put_i32(b, c->posonlyargcount);
  put_i32(b, c->kwonlyargcount);
  put_i32(b, c->stacksize);
  put_i32(b, c->flags);
  struct object *const front[] = {
      c->code,     c->consts, c->names,   c->localsplusnames, c->localspluskinds,
      c->filename, c->name,   c->qualname};
  for (size_t i = 0; i < ARRAY_SIZE(front); i++)
    put_object(b, front[i]);
  put_i32(b, c->firstlineno);
  put_object(b, c->linetable);
  put_object(b, c->exceptiontable);
}

static void put_object(struct buffer *b, struct object *o) {
  if (o == NONE || o == TRUE_ || o == FALSE_ || o == ELLIPSIS)
    put_char(b, o == NONE ? 'N' : o == TRUE_ ? 'T' : o == FALSE_ ? 'F' : '.');
  else if (is_int(o))
    put_int(b, o);
  else if (is_float(o)) {
    double value = float_value(o);
    put_char(b, 'g');
    put(b, &value, 8);
  } else if (is_complex(o)) {
    put_char(b, 'y');
    put(b, &((struct complex_object *)o)->real, 8);
    put(b, &((struct complex_object *)o)->imag, 8);
  } else if (is_str(o)) {
    struct buffer text = {0};
    put_utf8(&text, o);
    put_char(b, 'u');
    put_i32(b, (int64_t)text.n);
    put(b, text.data ? text.data : "", text.n);
    free(text.data);
  } else if (is_bytes(o)) {
    put_char(b, 's');
    put_i32(b, (int64_t)bytes_length(o));
    put(b, bytes_data(o), bytes_length(o));
  } else if (is_tuple(o)) {
    put_char(b, '(');
    put_i32(b, (int64_t)tuple_length(o));
    for (size_t i = 0; i < tuple_length(o); i++)
      put_object(b, tuple_get_borrowed(o, i));
  } else if (is_frozenset(o)) {
    struct object *each;
    put_char(b, '>');
    put_i32(b, (int64_t)set_length(o));
    for (size_t i = 0; set_next(o, &i, &each);)
      put_object(b, each);
  } else
    put_code(b, (const struct code *)o);
}

/* ---- Programs ---- */

static void print_error(struct syntax_error *error) {
  struct buffer b = {0};
  char text[128];
  if (error->kind == SYNTAX_ERROR_NONE) {
    put(&b, error_name(error_pending()), strlen(error_name(error_pending())));
    put_char(&b, '\t');
    put(&b, error_message(), strlen(error_message()));
    error_clear();
  } else {
    put(&b, syntax_error_name(error->kind), strlen(syntax_error_name(error->kind)));
    put_char(&b, '\t');
    put_utf8(&b, error->message);
    const int32_t places[] = {error->lineno, error->offset, error->end_lineno, error->end_offset};
    for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
      int n = places[i] == SYNTAX_ERROR_NOT_TOLD ? snprintf(text, sizeof text, "\tNone")
                                                 : snprintf(text, sizeof text, "\t%d", places[i]);
      put(&b, text, (size_t)n);
    }
    syntax_error_clear(error);
  }
  printf("error %zu\n", b.n);
  fwrite(b.data, 1, b.n, stdout);
  free(b.data);
}

static int print_warning(void *context, enum parse_warning warning, const char *message,
                         int32_t line) {
  if (warning == PARSE_SYNTAX_WARNING)
    printf("warning %d %zu\n%s", line, strlen(message), message);
  return 0;
}

static int32_t ask_name(const char *name, size_t n) {
  int code_point;
  printf("name %zu\n", n);
  fwrite(name, 1, n, stdout);
  fflush(stdout);
  return scanf("%d", &code_point) == 1 ? code_point : -1;
}

static enum parse_mode mode_of(const char *name) {
  return !strcmp(name, "eval") ? PARSE_EVAL : !strcmp(name, "single") ? PARSE_SINGLE : PARSE_EXEC;
}

static int answer(const char *mode, int optimize, unsigned flags, const char *text, size_t n) {
  struct syntax_error error;
  struct object *filename = str_from_ascii("<test>");
  if (!filename)
    return 3;
  struct parse_options parse = {
      .mode = mode_of(mode), .filename = "<test>", .name_to_code_point = ask_name};
  struct compile_options options = {
      .filename = filename, .optimize = optimize, .flags = flags, .warn = print_warning};
  struct object *code = compile_source(text, n, &parse, &options, &error);
  if (code) {
    struct buffer b = {0};
    put_object(&b, code);
    drop(code);
    printf("code %zu\n", b.n);
    fwrite(b.data, 1, b.n, stdout);
    free(b.data);
  } else
    print_error(&error);
  drop(filename);
  return fflush(stdout) ? 3 : 0;
}

static int run_code(void) {
  char mode[16];
  int optimize;
  unsigned flags;
  size_t n;
  while (scanf("%15s %d %u %zu", mode, &optimize, &flags, &n) == 4 && getchar() == '\n') {
    char *text = malloc(n + 1);
    if (!text || fread(text, 1, n, stdin) != n)
      return 2;
    int result = answer(mode, optimize, flags, text, n);
    free(text);
    if (result)
      return result;
  }
  return 0;
}

static char *read_file(const char *path, size_t *n) {
  FILE *f = fopen(path, "rb");
  char *text = NULL;
  if (f && fseek(f, 0, SEEK_END) == 0) {
    *n = (size_t)ftell(f);
    rewind(f);
    text = malloc(*n + 1);
    if (text && fread(text, 1, *n, f) != *n) {
      free(text);
      text = NULL;
    }
  }
  if (f)
    fclose(f);
  if (!text) {
    perror(path);
    exit(2);
  }
  return text;
}

static double cpu_seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static int run_time(int times, int n, char **paths) {
  size_t lines = 0;
  double parsing = 0, compiling = 0;
  struct object *filename = str_from_ascii("<test>");
  struct compile_options options = {.filename = filename};
  struct parse_options parse = {.mode = PARSE_EXEC, .filename = "<test>"};
  for (int i = 0; i < n; i++) {
    size_t length;
    char *text = read_file(paths[i], &length);
    for (int k = 0; k < times; k++) {
      struct tree tree;
      struct syntax_error error;
      double start = cpu_seconds();
      if (parse_source(text, length, &parse, &tree, &error) < 0) {
        syntax_error_clear(&error);
        continue;
      }
      double middle = cpu_seconds();
      struct object *code = compile_tree(&tree, &options, &error);
      compiling += cpu_seconds() - middle;
      parsing += middle - start;
      tree_free(&tree);
      if (!code) {
        fprintf(stderr, "%s does not compile\n", paths[i]);
        return 3;
      }
      drop(code);
      for (size_t at = 0; at < length; at++)
        lines += text[at] == '\n';
    }
    free(text);
  }
  drop(filename);
  printf("%zu lines, parse %.3f s, compile %.3f s: %.0f lines/s, %.0f with parsing\n", lines,
         parsing, compiling, (double)lines / compiling, (double)lines / (parsing + compiling));
  return 0;
}

int main(int argc, char **argv) {
  char error[256];
  const char *collector = getenv("OURO_TEST_GC");
  struct alloc *a = alloc_open("malloc", error, sizeof error);
  if (!a || !gc_open(a, collector ? collector : gc_registry[0]->name, error, sizeof error) ||
      !object_open()) {
    fprintf(stderr, "%s\n", error);
    return 2;
  }
  code_open();
  int result = 2;
  if (argc == 2 && !strcmp(argv[1], "code"))
    result = run_code();
  else if (argc > 3 && !strcmp(argv[1], "time"))
    result = run_time(atoi(argv[2]), argc - 3, argv + 3);
  else
    fprintf(stderr, "usage: %s code | time N FILE...\n", argv[0]);
  code_close();
  object_close();
  size_t left = gc_close();
  alloc_close(a);
  if (left) {
    fprintf(stderr, "%zu objects are left\n", left);
    return 3;
  }
  return result;
}
