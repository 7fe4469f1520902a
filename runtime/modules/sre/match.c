/* What a pattern has found: places in a string. */
#include "runtime/modules/sre/sre.h"
#include "runtime/object/attribute.h"
#include "runtime/object/bytes.h"
#include "runtime/object/dict.h"
#include "runtime/object/exception.h"
#include "runtime/object/function.h"
#include "runtime/object/int.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include <stddef.h>

struct match {
  struct object head;
  struct object *string; /* NULL never */
  struct object *pattern;
  struct object *regs; /* tuple of spans; NULL: not asked for yet */
  int64_t pos, endpos;
  int64_t last_index; /* -1: none */
  size_t groups;      /* the whole match included */
  struct span {
    int64_t start, end; /* -1: not set */
  } spans[];
};
static struct match *match_of(struct object *o) { return (struct match *)o; }
static struct sre_pattern *pattern_of(struct match *m) { return (struct sre_pattern *)m->pattern; }

struct object *sre_match_new(struct sre_pattern *p, const struct sre_state *s, int status) {
  if (status <= 0)
    return status < 0 ? NULL : hold(NONE);
  size_t groups = p->groups + 1;
  struct match *m =
      (struct match *)gc_new_container(&sre_match_type, sizeof *m + groups * sizeof *m->spans);
  if (!m)
    return error_no_memory();
  m->string = hold(s->string);
  m->pattern = hold(&p->head);
  m->regs = NULL;
  m->pos = s->pos;
  m->endpos = s->endpos;
  m->last_index = s->last_index;
  m->groups = groups;
  m->spans[0] = (struct span){sre_offset(s, s->start), sre_offset(s, s->ptr)};
  for (size_t i = 1; i < groups; i++) {
    const void *from = s->marks[2 * i - 2], *to = s->marks[2 * i - 1];
    m->spans[i] =
        from && to ? (struct span){sre_offset(s, from), sre_offset(s, to)} : (struct span){-1, -1};
  }
  gc_track(&m->head);
  return &m->head;
}

/* ---- Groups ---- */

/* The number of the group that is asked for; -1 with ERROR_INDEX. */
static int64_t group_number(struct match *m, struct object *index) {
  int64_t i = -1;
  if (!index)
    return 0;
  if (LIKELY(is_int(index))) {
    if (!int_to_i64(index, &i))
      i = -1;
  } else if (type_of(index)->number.index) {
    if (number_to_i64(index, &i, ERROR_NONE) < 0)
      return -1;
  } else {
    struct object *number = dict_get_borrowed(pattern_of(m)->groupindex, index);
    if (!number && error_pending() != ERROR_NONE) {
      if (dict_length(pattern_of(m)->groupindex))
        return -1;
      error_clear(); /* without names nothing is looked up */
    }
    if (number && is_any_int(number) && !int_to_i64(number, &i))
      i = -1;
  }
  if (i < 0 || (uint64_t)i >= m->groups) {
    error_set(ERROR_INDEX, "no such group");
    return -1;
  }
  return i;
}

static struct object *text_of(struct match *m, int64_t group, struct object *none) {
  struct span span = m->spans[group];
  if (span.start < 0)
    return hold(none);
  struct object *s = m->string;
  if (is_str(s) || is_any_str(s)) {
    size_t n = str_length(s), start = (size_t)span.start, end = (size_t)span.end;
    start = start < n ? start : n;
    end = end < start ? start : end < n ? end : n;
    if (is_str(s))
      return str_slice(s, start, end);
    unsigned kind = str_kind(s);
    return str_from_data((const char *)str_data(s) + (start << kind), end - start, kind);
  }
  if (is_bytes(s) && span.start == 0 && (size_t)span.end == bytes_length(s))
    return hold(s);
  struct buffer_view view;
  if (buffer_get(s, &view, BUFFER_SIMPLE) < 0)
    return NULL;
  int64_t start = span.start < view.bytes ? span.start : view.bytes; /* it may have shrunk */
  int64_t end = span.end < start ? start : span.end < view.bytes ? span.end : view.bytes;
  struct object *text = bytes_from((const char *)view.data + start, (size_t)(end - start));
  buffer_release(&view);
  return text;
}
static struct object *text_by_index(struct match *m, struct object *index) {
  int64_t group = group_number(m, index);
  return group < 0 ? NULL : text_of(m, group, NONE);
}

static struct object *group(struct object *o, struct object *const *args, size_t n) {
  struct match *m = match_of(o);
  if (n <= 1)
    return text_by_index(m, n ? args[0] : NULL);
  struct object *tuple = tuple_new(n);
  for (size_t i = 0; tuple && i < n; i++) {
    struct object *text = text_by_index(m, args[i]);
    if (!text) {
      drop(tuple);
      return NULL;
    }
    tuple_init_taking(tuple, i, text);
  }
  return tuple;
}
static struct object *get_item(struct object *o, struct object *key) {
  return text_by_index(match_of(o), key);
}

static const char *const default_names[] = {"default"};
static struct object *groups(struct object *o, struct object *const *args, size_t n,
                             struct object *kwnames) {
  static const struct args_spec spec = {"groups", default_names, 1, 0, 1, 0};
  struct object *none;
  struct match *m = match_of(o);
  if (args_parse(&spec, args, n, kwnames, &none) < 0)
    return NULL;
  struct object *tuple = tuple_new(m->groups - 1);
  for (size_t i = 1; tuple && i < m->groups; i++) {
    struct object *text = text_of(m, (int64_t)i, none ? none : NONE);
    if (!text) {
      drop(tuple);
      return NULL;
    }
    tuple_init_taking(tuple, i - 1, text);
  }
  return tuple;
}
static struct object *groupdict(struct object *o, struct object *const *args, size_t n,
                                struct object *kwnames) {
  static const struct args_spec spec = {"groupdict", default_names, 1, 0, 1, 0};
  struct object *none, *key, *number;
  struct match *m = match_of(o);
  if (args_parse(&spec, args, n, kwnames, &none) < 0)
    return NULL;
  struct object *dict = dict_new();
  size_t position = 0;
  while (dict && dict_next(pattern_of(m)->groupindex, &position, &key, &number)) {
    hold(key);
    int64_t i = group_number(m, key);
    struct object *text = i < 0 ? NULL : text_of(m, i, none ? none : NONE);
    int status = text ? dict_set(dict, key, text) : -1;
    drop_null(text);
    drop(key);
    if (status < 0) {
      drop(dict);
      return NULL;
    }
  }
  return dict;
}

/* ---- Places ---- */

static struct object *pair(struct span span) {
  struct object *start = int_from_i64(span.start), *end = start ? int_from_i64(span.end) : NULL;
  struct object *tuple = end ? tuple_new(2) : NULL;
  if (!tuple) {
    drop_null(start);
    drop_null(end);
    return NULL;
  }
  tuple_init_taking(tuple, 0, start);
  tuple_init_taking(tuple, 1, end);
  return tuple;
}
static const struct span *span_by(struct object *o, const char *name, struct object *const *args,
                                  size_t n) {
  if (args_check_count(name, n, 0, 1) < 0)
    return NULL;
  int64_t i = group_number(match_of(o), n ? args[0] : NULL);
  return i < 0 ? NULL : &match_of(o)->spans[i];
}
static struct object *start(struct object *o, struct object *const *args, size_t n) {
  const struct span *found = span_by(o, "start", args, n);
  return found ? int_from_i64(found->start) : NULL;
}
static struct object *end(struct object *o, struct object *const *args, size_t n) {
  const struct span *found = span_by(o, "end", args, n);
  return found ? int_from_i64(found->end) : NULL;
}
static struct object *span(struct object *o, struct object *const *args, size_t n) {
  const struct span *found = span_by(o, "span", args, n);
  return found ? pair(*found) : NULL;
}
static struct object *regs(struct object *o, void *closure) {
  struct match *m = match_of(o);
  if (m->regs)
    return hold(m->regs);
  struct object *tuple = tuple_new(m->groups);
  for (size_t i = 0; tuple && i < m->groups; i++) {
    struct object *each = pair(m->spans[i]);
    if (!each) {
      drop(tuple);
      return NULL;
    }
    tuple_init_taking(tuple, i, each);
  }
  if (tuple)
    store(o, &m->regs, hold(tuple));
  return tuple;
}
static struct object *last_index(struct object *o, void *closure) {
  int64_t i = match_of(o)->last_index;
  return i < 0 ? hold(NONE) : int_from_i64(i + 1);
}
static struct object *last_group(struct object *o, void *closure) {
  struct match *m = match_of(o);
  struct object *names = pattern_of(m)->indexgroup;
  if (m->last_index < 0 || (size_t)m->last_index + 1 >= tuple_length(names))
    return hold(NONE);
  return hold(tuple_get_borrowed(names, (size_t)m->last_index + 1));
}

/* ---- The rest ---- */

static struct object *expand(struct object *o, struct object *const *args, size_t n,
                             struct object *kwnames) {
  static const char *const names[] = {"template"};
  static const struct args_spec spec = {"expand", names, 1, 0, 1, 1};
  struct object *template;
  if (args_parse(&spec, args, n, kwnames, &template) < 0)
    return NULL;
  return sre_call_re("_expand", match_of(o)->pattern, o, template);
}
static struct object *repr(struct object *o) {
  struct match *m = match_of(o);
  struct object *text = text_of(m, 0, NONE);
  struct object *result = NULL;
  if (text)
    result = str_format("<re.Match object; span=(%lld, %lld), match=%R>",
                        (long long)m->spans[0].start, (long long)m->spans[0].end, text);
  drop_null(text);
  return result;
}
static struct object *copy(struct object *o) { return hold(o); }
static struct object *deepcopy(struct object *o, struct object *memo) { return hold(o); }

static const struct method_def methods[] = {
    METHOD_FAST_("group", group,
                 "group([group1, ...]) -> str or tuple.\n\nThe text of groups by number or name."),
    METHOD_FAST_("start", start, "start($self, group=0, /)\n--\n\nWhere a group begins."),
    METHOD_FAST_("end", end, "end($self, group=0, /)\n--\n\nWhere a group ends."),
    METHOD_FAST_("span", span, "span($self, group=0, /)\n--\n\nThe tuple (start, end) of a group."),
    METHOD_KEYWORDS_("groups", groups,
                     "groups($self, /, default=None)\n--\n\nThe texts of all groups from 1."),
    METHOD_KEYWORDS_("groupdict", groupdict,
                     "groupdict($self, /, default=None)\n--\n\nThe texts of all named groups."),
    METHOD_KEYWORDS_("expand", expand,
                     "expand($self, /, template)\n--\n\nThe template with its references filled."),
    METHOD_NOARGS_("__copy__", copy, "__copy__($self, /)\n--\n\n"),
    METHOD_ONE_("__deepcopy__", deepcopy, "__deepcopy__($self, memo, /)\n--\n\n"),
    METHOD_CLASS_GETITEM,
    {NULL}};
static const struct member_def members[] = {
    {"string", MEMBER_OBJECT, MEMBER_READONLY, offsetof(struct match, string),
     "The string that was searched."},
    {"re", MEMBER_OBJECT, MEMBER_READONLY, offsetof(struct match, pattern),
     "The pattern that was searched for."},
    {"pos", MEMBER_SIZE, MEMBER_READONLY, offsetof(struct match, pos), "Where the search began."},
    {"endpos", MEMBER_SIZE, MEMBER_READONLY, offsetof(struct match, endpos),
     "The end of what was searched."},
    {NULL}};
static const struct getset_def getsets[] = {
    {"lastindex", last_index, NULL, "The number of the group that was closed last.", NULL},
    {"lastgroup", last_group, NULL, "Its name.", NULL},
    {"regs", regs, NULL, NULL, NULL},
    {NULL}};

struct type sre_match_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_FIXED,
              .flags = GC_CONTAINER | GC_PLAIN,
              .refs_offset = offsetof(struct match, string),
              .refs_n = 3,
              .n_offset = offsetof(struct match, groups),
              .basic_bytes = sizeof(struct match),
              .item_bytes = sizeof(struct span)},
    .name = "re.Match",
    .flags = TYPE_NO_INSTANCE | TYPE_IMMUTABLE,
    .repr = repr,
    .mapping = {.get = get_item},
    .methods = methods,
    .members = members,
    .getsets = getsets,
    .doc = "The result of re.match() and re.search().\nMatch objects always have a boolean value "
           "of True.",
    .base = &object_type,
};
