/* Compiled patterns: making, comparing and showing them, and their methods. */
#include "runtime/modules/sre/sre.h"
#include "runtime/object/attribute.h"
#include "runtime/object/bytes.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/function.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/model.h"
#include "runtime/object/str.h"
#include "runtime/object/str_builder.h"
#include "runtime/object/tuple.h"
#include <stddef.h>
#include <string.h>

static struct sre_pattern *pattern_of(struct object *o) { return (struct sre_pattern *)o; }

/* ---- Life ---- */

static size_t code_bytes(const struct sre_pattern *p) {
  return (2 * p->code_n + p->code_n / 2 + 1) * sizeof *p->code; /* the prefix is less than half */
}

struct object *sre_pattern_new(struct object *pattern, int32_t flags, struct object *code,
                               int64_t groups, struct object *groupindex,
                               struct object *indexgroup) {
  struct sre_pattern *p = (struct sre_pattern *)type_generic_alloc(&sre_pattern_type);
  if (!p)
    return NULL;
  struct object *o = &p->head;
  store_first(o, &p->pattern, hold(pattern));
  store_first(o, &p->groupindex, hold(groupindex));
  store_first(o, &p->indexgroup, hold(indexgroup));
  p->flags = flags;
  p->is_bytes = -1;
  if (pattern != NONE)
    p->is_bytes = !is_any_str(pattern);
  if (groups < 0 || groups > (int64_t)SRE_MAXGROUPS) {
    error_set(ERROR_RUNTIME, "invalid SRE code");
    goto failed;
  }
  p->groups = (uint32_t)groups;
  p->code_n = list_length(code);
  p->code = gc_buffer_new(code_bytes(p));
  if (!p->code) {
    p->code_n = 0;
    error_no_memory();
    goto failed;
  }
  p->program = p->code + p->code_n;
  for (size_t i = 0; i < p->code_n; i++) {
    struct object *word = list_get_borrowed(code, i);
    int64_t value = -1;
    if (!is_any_int(word) || !int_to_i64(word, &value) || value < 0 || value > UINT32_MAX) {
      error_set(ERROR_OVERFLOW, "regular expression code size limit exceeded");
      goto failed;
    }
    p->code[i] = (uint32_t)value;
  }
  if (sre_prepare(p) < 0)
    goto failed;
  return o;
failed:
  drop(o);
  return NULL;
}

static void release(struct object *o) {
  struct sre_pattern *p = pattern_of(o);
  if (p->code)
    gc_buffer_free(p->code, code_bytes(p));
  gc_buffer_free(p->tables, p->tables_n * sizeof(sre_table));
}

/* ---- As a value ---- */

static struct object *compare_slot(struct object *a, struct object *b, enum compare_op op) {
  if ((op != COMPARE_EQ && op != COMPARE_NE) || type_of(b) != &sre_pattern_type)
    return hold(NOT_IMPLEMENTED);
  struct sre_pattern *p = pattern_of(a), *q = pattern_of(b);
  int same = a == b;
  if (!same && p->flags == q->flags && p->is_bytes == q->is_bytes && p->groups == q->groups &&
      p->code_n == q->code_n && memcmp(p->code, q->code, p->code_n * sizeof *p->code) == 0)
    same = compare_true(p->pattern, q->pattern, COMPARE_EQ);
  return same < 0 ? NULL : hold(bool_from(same == (op == COMPARE_EQ)));
}
static int64_t hash_slot(struct object *o) {
  struct sre_pattern *p = pattern_of(o);
  int64_t hash = object_hash(p->pattern);
  if (hash == -1)
    return -1;
  hash ^= str_hash_bytes(p->code, p->code_n * sizeof *p->code);
  hash ^= p->flags ^ p->is_bytes ^ (int64_t)p->groups;
  return hash == -1 ? -2 : hash;
}

static struct object *repr(struct object *o) {
  static const struct {
    int32_t flag;
    const char *name;
  } names[] = {{SRE_FLAG_TEMPLATE, "re.TEMPLATE"}, {SRE_FLAG_IGNORECASE, "re.IGNORECASE"},
               {SRE_FLAG_LOCALE, "re.LOCALE"},     {SRE_FLAG_MULTILINE, "re.MULTILINE"},
               {SRE_FLAG_DOTALL, "re.DOTALL"},     {SRE_FLAG_UNICODE, "re.UNICODE"},
               {SRE_FLAG_VERBOSE, "re.VERBOSE"},   {SRE_FLAG_DEBUG, "re.DEBUG"},
               {SRE_FLAG_ASCII, "re.ASCII"}};
  struct sre_pattern *p = pattern_of(o);
  int32_t flags = p->flags;
  if (p->is_bytes == 0 &&
      (flags & (SRE_FLAG_LOCALE | SRE_FLAG_UNICODE | SRE_FLAG_ASCII)) == SRE_FLAG_UNICODE)
    flags &= ~SRE_FLAG_UNICODE; /* goes without saying */
  struct object *text = object_repr(p->pattern);
  if (!text)
    return NULL;
  struct str_builder b = STR_BUILDER_EMPTY;
  str_builder_add_ascii(&b, "re.compile(", 11);
  str_builder_add_part(&b, text, 0, str_length(text) < 200 ? str_length(text) : 200);
  drop(text);
  const char *between = ", ";
  for (size_t i = 0; i < ARRAY_SIZE(names); i++)
    if (flags & names[i].flag) {
      str_builder_add_ascii(&b, between, strlen(between));
      str_builder_add_ascii(&b, names[i].name, strlen(names[i].name));
      flags &= ~names[i].flag;
      between = "|";
    }
  if (flags) {
    struct object *rest = str_format("%s0x%x", between, (unsigned)flags);
    if (!rest || str_builder_add(&b, rest) < 0) {
      drop_null(rest);
      str_builder_discard(&b);
      return NULL;
    }
    drop(rest);
  }
  str_builder_add_char(&b, ')');
  return str_builder_finish(&b);
}

static struct object *groupindex(struct object *o, void *closure) {
  return mappingproxy_new(pattern_of(o)->groupindex);
}

/* ---- Arguments ---- */

static int read_size(struct object *o, int64_t *value) {
  if (!o)
    return 0;
  struct object *i = number_index(o);
  if (!i)
    return -1;
  bool fits = int_to_i64(i, value);
  drop(i);
  if (!fits)
    error_set(ERROR_OVERFLOW, "Python int too large to convert to C ssize_t");
  return fits ? 0 : -1;
}

struct region {
  struct object *string;
  int64_t pos, endpos;
};
static int read_region(const char *function, struct object *const *args, size_t n,
                       struct object *kwnames, struct region *region) {
  region->pos = 0;
  region->endpos = INT64_MAX;
  if (LIKELY(n == 1 && !kwnames)) {
    region->string = args[0];
    return 0;
  }
  static const char *const names[] = {"string", "pos", "endpos"};
  struct args_spec spec = {function, names, 3, 0, 3, 1};
  struct object *values[3];
  if (args_parse(&spec, args, n, kwnames, values) < 0 || read_size(values[1], &region->pos) < 0 ||
      read_size(values[2], &region->endpos) < 0)
    return -1;
  region->string = values[0];
  return 0;
}

/* ---- Methods ---- */

enum how { MATCH, FULLMATCH, SEARCH };

static struct object *find_one(struct object *o, const char *name, enum how how,
                               struct object *const *args, size_t n, struct object *kwnames) {
  struct region region;
  struct sre_state s;
  if (read_region(name, args, n, kwnames, &region) < 0 ||
      sre_open(&s, pattern_of(o), region.string, region.pos, region.endpos) < 0)
    return NULL;
  s.match_all = how == FULLMATCH;
  int status = how == SEARCH ? sre_search(&s) : sre_match(&s);
  struct object *match = sre_match_new(pattern_of(o), &s, status);
  sre_close(&s);
  return match;
}
static struct object *match(struct object *o, struct object *const *args, size_t n,
                            struct object *kwnames) {
  return find_one(o, "match", MATCH, args, n, kwnames);
}
static struct object *fullmatch(struct object *o, struct object *const *args, size_t n,
                                struct object *kwnames) {
  return find_one(o, "fullmatch", FULLMATCH, args, n, kwnames);
}
static struct object *search(struct object *o, struct object *const *args, size_t n,
                             struct object *kwnames) {
  return find_one(o, "search", SEARCH, args, n, kwnames);
}

/* What findall lists of a match: all of it, its one group, or a tuple of its groups. */
static struct object *found(const struct sre_state *s) {
  uint32_t groups = s->pattern->groups;
  if (groups == 0)
    return sre_slice(s, s->start, s->ptr);
  if (groups == 1)
    return sre_group_text(s, 1, NULL);
  struct object *tuple = tuple_new(groups);
  for (uint32_t i = 0; tuple && i < groups; i++) {
    struct object *text = sre_group_text(s, i + 1, NULL);
    if (!text) {
      drop(tuple);
      return NULL;
    }
    tuple_init_taking(tuple, i, text);
  }
  return tuple;
}
static struct object *findall(struct object *o, struct object *const *args, size_t n,
                              struct object *kwnames) {
  struct region region;
  struct sre_state s;
  if (read_region("findall", args, n, kwnames, &region) < 0 ||
      sre_open(&s, pattern_of(o), region.string, region.pos, region.endpos) < 0)
    return NULL;
  struct object *list = list_new(0);
  int status = list ? 1 : -1;
  while (status > 0 && (const char *)s.start <= (const char *)s.end &&
         (status = sre_search(&s)) > 0) {
    struct object *text = found(&s);
    if (!text || list_append_taking(list, text) < 0)
      status = -1;
    sre_advance(&s);
  }
  sre_close(&s);
  if (status < 0) {
    drop_null(list);
    return NULL;
  }
  return list;
}

static struct object *split(struct object *o, struct object *const *args, size_t n,
                            struct object *kwnames) {
  static const char *const names[] = {"string", "maxsplit"};
  static const struct args_spec spec = {"split", names, 2, 0, 2, 1};
  struct object *values[2];
  int64_t most = 0;
  struct sre_state s;
  if (args_parse(&spec, args, n, kwnames, values) < 0 || read_size(values[1], &most) < 0 ||
      sre_open(&s, pattern_of(o), values[0], 0, INT64_MAX) < 0)
    return NULL;
  struct object *list = list_new(0);
  int status = list ? 1 : -1;
  const void *last = s.start;
  for (int64_t done = 0; status > 0 && (most == 0 || done < most); done++) {
    if ((status = sre_search(&s)) <= 0)
      break;
    struct object *text = sre_slice(&s, last, s.start);
    if (!text || list_append_taking(list, text) < 0)
      status = -1;
    for (uint32_t i = 1; status > 0 && i <= s.pattern->groups; i++) {
      text = sre_group_text(&s, i, NONE);
      if (!text || list_append_taking(list, text) < 0)
        status = -1;
    }
    sre_advance(&s);
    last = s.start;
  }
  struct object *rest = status < 0 ? NULL : sre_slice(&s, last, s.end);
  if (!rest || list_append_taking(list, rest) < 0)
    status = -1;
  sre_close(&s);
  if (status < 0) {
    drop_null(list);
    return NULL;
  }
  return list;
}

static struct object *substitute(const char *name, struct object *o, struct object *const *args,
                                 size_t n, struct object *kwnames, bool with_count) {
  static const char *const names[] = {"repl", "string", "count"};
  struct args_spec spec = {name, names, 3, 0, 3, 2};
  struct object *values[3];
  int64_t count = 0;
  if (args_parse(&spec, args, n, kwnames, values) < 0 || read_size(values[2], &count) < 0)
    return NULL;
  return sre_substitute(pattern_of(o), values[0], values[1], count, with_count);
}
static struct object *sub(struct object *o, struct object *const *args, size_t n,
                          struct object *kwnames) {
  return substitute("sub", o, args, n, kwnames, false);
}
static struct object *subn(struct object *o, struct object *const *args, size_t n,
                           struct object *kwnames) {
  return substitute("subn", o, args, n, kwnames, true);
}

static struct object *scanner(struct object *o, struct object *const *args, size_t n,
                              struct object *kwnames) {
  struct region region;
  if (read_region("scanner", args, n, kwnames, &region) < 0)
    return NULL;
  return sre_scanner_new(pattern_of(o), region.string, region.pos, region.endpos);
}
static struct object *finditer(struct object *o, struct object *const *args, size_t n,
                               struct object *kwnames) {
  struct region region;
  if (read_region("finditer", args, n, kwnames, &region) < 0)
    return NULL;
  struct object *each = sre_scanner_new(pattern_of(o), region.string, region.pos, region.endpos);
  struct object *next = each ? attribute_get_ascii(each, "search") : NULL;
  struct object *iterator = next ? iterate_call_until(next, NONE) : NULL;
  drop_null(next);
  drop_null(each);
  return iterator;
}

static struct object *copy(struct object *o) { return hold(o); }
static struct object *deepcopy(struct object *o, struct object *memo) { return hold(o); }

#define REGION_SIGNATURE "($self, /, string, pos=0, endpos=sys.maxsize)\n--\n\n"
static const struct method_def methods[] = {
    METHOD_KEYWORDS_("match", match,
                     "match" REGION_SIGNATURE
                     "Matches zero or more characters at the beginning of the string."),
    METHOD_KEYWORDS_("fullmatch", fullmatch,
                     "fullmatch" REGION_SIGNATURE "Matches against all of the string."),
    METHOD_KEYWORDS_("search", search,
                     "search" REGION_SIGNATURE "The first match in the string, or None."),
    METHOD_KEYWORDS_("sub", sub,
                     "sub($self, /, repl, string, count=0)\n--\n\n"
                     "The string with its matches, from the left, replaced by repl."),
    METHOD_KEYWORDS_("subn", subn,
                     "subn($self, /, repl, string, count=0)\n--\n\n"
                     "The tuple of what sub returns and the number of replacements."),
    METHOD_KEYWORDS_("findall", findall,
                     "findall" REGION_SIGNATURE "A list of all matches that do not overlap."),
    METHOD_KEYWORDS_("split", split,
                     "split($self, /, string, maxsplit=0)\n--\n\n"
                     "The parts of the string between the matches."),
    METHOD_KEYWORDS_("finditer", finditer,
                     "finditer" REGION_SIGNATURE
                     "An iterator over all matches that do not overlap."),
    METHOD_KEYWORDS_("scanner", scanner, "scanner" REGION_SIGNATURE),
    METHOD_NOARGS_("__copy__", copy, "__copy__($self, /)\n--\n\n"),
    METHOD_ONE_("__deepcopy__", deepcopy, "__deepcopy__($self, memo, /)\n--\n\n"),
    METHOD_CLASS_GETITEM,
    {NULL}};
static const struct member_def members[] = {
    {"pattern", MEMBER_OBJECT, MEMBER_READONLY, offsetof(struct sre_pattern, pattern),
     "What the pattern was compiled from."},
    {"flags", MEMBER_INT32, MEMBER_READONLY, offsetof(struct sre_pattern, flags),
     "The flags of the pattern."},
    {"groups", MEMBER_UINT32, MEMBER_READONLY, offsetof(struct sre_pattern, groups),
     "How many groups the pattern captures."},
    {NULL}};
static const struct getset_def getsets[] = {
    {"groupindex", groupindex, NULL, "The numbers of the named groups.", NULL}, {NULL}};

struct type sre_pattern_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_FIXED,
              .flags = GC_CONTAINER | GC_PLAIN | GC_RELEASES | GC_WEAKREFS,
              .refs_offset = offsetof(struct sre_pattern, pattern),
              .refs_n = 3,
              .weak_offset = offsetof(struct sre_pattern, weakrefs),
              .basic_bytes = sizeof(struct sre_pattern)},
    .name = "re.Pattern",
    .flags = TYPE_NO_INSTANCE | TYPE_IMMUTABLE,
    .release = release,
    .repr = repr,
    .compare = compare_slot,
    .hash = hash_slot,
    .methods = methods,
    .members = members,
    .getsets = getsets,
    .doc = "Compiled regular expression object.",
    .base = &object_type,
};
