/* The parser at work, for the tests that compare it with CPython's.
 *
 *   print_tree dump FILE...     one line per file: its tree as ast.dump(tree,
 * include_attributes=True) writes it, or "! KIND\tMESSAGE\tLINE..." (below) print_tree snippets
 * reads "MODE FLAGS BYTES\n" and that many bytes, again and again; prints a line for each: the
 * dump, or the error with its fields between tabs print_tree time N FILE...   parses each file N
 * times; bytes, tokens' lines, CPU seconds
 *
 * A syntax error is printed as  ! KIND \t MESSAGE \t LINE \t OFFSET \t END_LINE \t END_OFFSET \t
 * TEXT with message and text as Python literals. */
#include "runtime/compile/parse.h"
#include "runtime/object/bytes.h"
#include "runtime/object/complex.h"
#include "runtime/object/float.h"
#include "runtime/object/int.h"
#include "runtime/object/str.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- Text ---- */

static void print_str(struct object *s) {
  for (size_t i = 0; i < str_length(s); i++) {
    uint32_t c = str_at(s, i);
    if (c < 0x80)
      putchar((int)c);
    else if (c < 0x800)
      printf("%c%c", 0xc0 | c >> 6, 0x80 | (c & 63));
    else if (c < 0x10000)
      printf("%c%c%c", 0xe0 | c >> 12, 0x80 | (c >> 6 & 63), 0x80 | (c & 63));
    else
      printf("%c%c%c%c", 0xf0 | c >> 18, 0x80 | (c >> 12 & 63), 0x80 | (c >> 6 & 63),
             0x80 | (c & 63));
  }
}

static void print_repr(struct object *o) {
  struct object *text;
  if (!o || o == NONE)
    text = str_from_ascii("None");
  else if (o == TRUE_)
    text = str_from_ascii("True");
  else if (o == FALSE_)
    text = str_from_ascii("False");
  else if (o == ELLIPSIS)
    text = str_from_ascii("Ellipsis");
  else if (is_int(o))
    text = int_repr(o);
  else if (is_float(o))
    text = float_repr(float_value(o));
  else if (is_complex(o))
    text = complex_repr(o);
  else if (is_bytes(o))
    text = bytes_repr(o);
  else
    text = str_repr(o);
  if (!text) {
    printf("<%s: %s>", error_name(error_pending()), error_message());
    error_clear();
    return;
  }
  print_str(text);
  drop(text);
}

/* ---- The dump ---- */

enum { DUMP_DEPTH_MAX = 20000 };

static void dump(const struct node *n, unsigned depth);

static void dump_nodes(const struct tree_nodes *nodes, unsigned depth) {
  putchar('[');
  for (uint32_t i = 0; i < nodes->n; i++) {
    fputs(i ? ", " : "", stdout);
    dump(nodes->items[i], depth);
  }
  putchar(']');
}

static void dump_member(unsigned type, unsigned value) {
  printf("%s()", tree_enumerations[type].members[value]);
}

static void dump_field(const struct tree_field *field, const void *at, unsigned depth) {
  switch ((enum tree_form)field->form) {
  case FORM_NODE:
  case FORM_NODE_OPT:
    dump(*(struct node *const *)at, depth);
    break;
  case FORM_NODES:
  case FORM_NODES_OPT:
    dump_nodes(at, depth);
    break;
  case FORM_IDENT:
  case FORM_IDENT_OPT:
  case FORM_OBJECT:
  case FORM_TEXT_OPT:
    print_repr(*(struct object *const *)at);
    break;
  case FORM_IDENTS: {
    const struct tree_idents *idents = at;
    putchar('[');
    for (uint32_t i = 0; i < idents->n; i++) {
      fputs(i ? ", " : "", stdout);
      print_repr(idents->items[i]);
    }
    putchar(']');
    break;
  }
  case FORM_INT:
    printf("%d", *(const int32_t *)at);
    break;
  case FORM_ENUM:
    dump_member(field->type, *(const uint8_t *)at);
    break;
  case FORM_ENUMS: {
    const struct tree_enums *enums = at;
    putchar('[');
    for (uint32_t i = 0; i < enums->n; i++) {
      fputs(i ? ", " : "", stdout);
      dump_member(field->type, enums->items[i]);
    }
    putchar(']');
    break;
  }
  }
}

static bool is_absent(const struct tree_field *field, const void *at) {
  return (field->form == FORM_NODE_OPT || field->form == FORM_IDENT_OPT ||
          field->form == FORM_TEXT_OPT) &&
         !*(void *const *)at;
}

static void dump(const struct node *n, unsigned depth) {
  if (!n) {
    fputs("None", stdout);
    return;
  }
  if (depth > DUMP_DEPTH_MAX) {
    fputs("<too deep>", stdout);
    return;
  }
  const struct tree_kind *kind = &tree_kinds[n->kind];
  printf("%s(", kind->name);
  const char *separator = "";
  for (const struct tree_field *field = tree_fields(n->kind); field->name; field++) {
    const void *at = (const char *)n + field->offset;
    if (is_absent(field, at))
      continue;
    printf("%s%s=", separator, field->name);
    dump_field(field, at, depth + 1);
    separator = ", ";
  }
  if (tree_sums[kind->sum].is_located)
    printf("%slineno=%d, col_offset=%d, end_lineno=%d, end_col_offset=%d", separator, n->lineno,
           n->col_offset, n->end_lineno, n->end_col_offset);
  putchar(')');
}

/* ---- Programs ---- */

static void print_error(struct syntax_error *error) {
  if (error->kind == SYNTAX_ERROR_NONE) {
    printf("! %s\t%s", error_name(error_pending()), error_message());
    error_clear();
    return;
  }
  printf("! %s\t", syntax_error_name(error->kind));
  if (error->kind == SYNTAX_ERROR_VALUE) {
    fwrite(str_data(error->message), 1, str_length(error->message), stdout);
    syntax_error_clear(error);
    return;
  }
  print_repr(error->message);
  const int32_t places[] = {error->lineno, error->offset, error->end_lineno, error->end_offset};
  for (size_t i = 0; i < ARRAY_SIZE(places); i++)
    if (places[i] == SYNTAX_ERROR_NOT_TOLD)
      printf("\tNone");
    else
      printf("\t%d", places[i]);
  putchar('\t');
  print_repr(error->text);
  syntax_error_clear(error);
}

static void parse_and_print(const char *text, size_t n, const struct parse_options *options) {
  struct tree tree;
  struct syntax_error error;
  if (parse_source(text, n, options, &tree, &error) == 0) {
    dump(tree.root, 0);
    tree_free(&tree);
  } else
    print_error(&error);
  putchar('\n');
}

static char *read_file(const char *path, size_t *n) {
  FILE *f = fopen(path, "rb");
  if (!f) {
    perror(path);
    exit(2);
  }
  size_t capacity = 1 << 16;
  char *text = malloc(capacity);
  *n = 0;
  while (text) {
    *n += fread(text + *n, 1, capacity - *n, f);
    if (*n < capacity)
      break;
    text = realloc(text, capacity *= 2);
  }
  if (!text || ferror(f)) {
    perror(path);
    exit(2);
  }
  fclose(f);
  return text;
}

static int run_snippets(void) {
  char mode[16];
  unsigned flags;
  size_t n;
  while (scanf("%15s %u %zu", mode, &flags, &n) == 3 && getchar() == '\n') {
    char *text = malloc(n + 1);
    if (!text || fread(text, 1, n, stdin) != n)
      return 2;
    struct parse_options options = {.mode = !strcmp(mode, "eval")     ? PARSE_EVAL
                                            : !strcmp(mode, "single") ? PARSE_SINGLE
                                                                      : PARSE_EXEC,
                                    .flags = flags};
    parse_and_print(text, n, &options);
    fflush(stdout);
    free(text);
  }
  return 0;
}

static int run_time(int times, int n, char **paths) {
  size_t bytes = 0, lines = 0;
  double seconds = 0;
  for (int i = 0; i < n; i++) {
    size_t length;
    char *text = read_file(paths[i], &length);
    struct timespec from, to;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
    for (int k = 0; k < times; k++) {
      struct tree tree;
      struct syntax_error error;
      struct parse_options options = {.mode = PARSE_EXEC};
      if (parse_source(text, length, &options, &tree, &error) == 0)
        tree_free(&tree);
      else {
        fprintf(stderr, "%s is no Python\n", paths[i]);
        return 3;
      }
    }
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
    seconds += (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) * 1e-9;
    bytes += length * (size_t)times;
    for (size_t k = 0; k < length; k++)
      lines += text[k] == '\n' ? (size_t)times : 0;
    free(text);
  }
  printf("%zu bytes, %zu lines, %.3f s: %.2f MB/s, %.0f lines/s\n", bytes, lines, seconds,
         (double)bytes / seconds * 1e-6, (double)lines / seconds);
  return 0;
}

static int run(int argc, char **argv) {
  if (argc > 2 && !strcmp(argv[1], "dump")) {
    for (int i = 2; i < argc; i++) {
      size_t n;
      char *text = read_file(argv[i], &n);
      parse_and_print(text, n, &(struct parse_options){.mode = PARSE_EXEC});
      free(text);
    }
    return 0;
  }
  if (argc == 2 && !strcmp(argv[1], "snippets"))
    return run_snippets();
  if (argc > 3 && !strcmp(argv[1], "time"))
    return run_time(atoi(argv[2]), argc - 3, argv + 3);
  fprintf(stderr, "usage: %s dump FILE... | snippets | time N FILE...\n", argv[0]);
  return 2;
}

int main(int argc, char **argv) {
  char error[256];
  struct alloc *a = alloc_open("malloc", error, sizeof error);
  if (!a || !gc_open(a, gc_registry[0]->name, error, sizeof error) || !object_open()) {
    fprintf(stderr, "%s\n", error);
    return 2;
  }
  int result = run(argc, argv);
  object_close();
  size_t left = gc_close();
  alloc_close(a);
  if (left) {
    fprintf(stderr, "%zu objects are left\n", left);
    return 3;
  }
  return result;
}
