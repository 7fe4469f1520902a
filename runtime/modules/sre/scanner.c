/* Scanners: matches one after the other; what finditer goes through. */
#include "runtime/modules/sre/sre.h"
#include "runtime/object/attribute.h"
#include "runtime/object/exception.h"
#include <stddef.h>

struct scanner {
  struct object head;
  struct object *pattern;
  bool is_running; /* an interrupt during a search must not begin another */
  struct sre_state state;
};
static struct scanner *scanner_of(struct object *o) { return (struct scanner *)o; }

struct object *sre_scanner_new(struct sre_pattern *p, struct object *string, int64_t pos,
                               int64_t endpos) {
  struct scanner *s = (struct scanner *)type_generic_alloc(&sre_scanner_type);
  if (!s)
    return NULL;
  if (sre_open(&s->state, p, string, pos, endpos) < 0) {
    drop(&s->head);
    return NULL;
  }
  store_first(&s->head, &s->pattern, hold(&p->head));
  return &s->head;
}

static struct object *next(struct object *o, int (*find)(struct sre_state *s)) {
  struct scanner *s = scanner_of(o);
  struct sre_state *state = &s->state;
  if (s->is_running)
    return error_format(ERROR_VALUE, "regular expression scanner already executing");
  if (!state->start)
    return hold(NONE);
  s->is_running = true;
  int status = find(state);
  struct object *match = sre_match_new((struct sre_pattern *)s->pattern, state, status);
  if (status == 0) {
    state->start = NULL;
    buffer_release(&state->view); /* whoever exports it waits for that */
  } else {
    sre_advance(state);
  }
  s->is_running = false;
  return match;
}
struct object *sre_scanner_search(struct object *o) {
  return next(o, sre_search);
}
static struct object *match(struct object *o) { return next(o, sre_match); }

/* ---- Life: the state's references are the scanner's; its buffer is given back ---- */

static void close(struct object *o) {
  struct scanner *s = scanner_of(o);
  s->state.start = NULL;
  if (s->pattern)
    sre_close(&s->state);
}
static unsigned spans(struct object *o, struct gc_span spans[GC_SPANS_MAX]) {
  struct scanner *s = scanner_of(o);
  spans[0] = (struct gc_span){&s->pattern, 1};
  spans[1] = (struct gc_span){&s->state.string, 1};
  spans[2] = (struct gc_span){&s->state.view.object, 1};
  return 3;
}
static void clear(struct object *o) {
  close(o);
  store(o, &scanner_of(o)->pattern, NULL);
}
static void destroy(struct object *o) {
  gc_untrack(o);
  clear(o);
  gc_delete(o, sizeof(struct scanner));
}
static void release(struct object *o) { /* what it refers to is gone */
  struct sre_state *s = &scanner_of(o)->state;
  if (!s->string)
    return;
  if (s->marks != s->marks_in_place)
    gc_buffer_free(s->marks, s->marks_n * sizeof *s->marks);
  if (s->stack != s->stack_in_place)
    gc_buffer_free(s->stack, s->stack_n * sizeof *s->stack);
}
static void finalize(struct object *o) { buffer_release(&scanner_of(o)->state.view); }

static const struct method_def methods[] = {
    METHOD_NOARGS_("match", match, "match($self, /)\n--\n\n"),
    METHOD_NOARGS_("search", sre_scanner_search, "search($self, /)\n--\n\n"),
    {NULL}};
static const struct member_def members[] = {
    {"pattern", MEMBER_OBJECT, MEMBER_READONLY, offsetof(struct scanner, pattern), NULL}, {NULL}};

struct type sre_scanner_type = {
    .head = OBJECT_STATIC(type_type),
    .shape = {.layout = GC_SPANS,
              .flags = GC_CONTAINER | GC_RELEASES | GC_FINALIZES,
              .basic_bytes = sizeof(struct scanner),
              .spans = spans},
    .name = "_sre.SRE_Scanner",
    .flags = TYPE_NO_INSTANCE | TYPE_IMMUTABLE,
    .destroy = destroy,
    .clear = clear,
    .release = release,
    .finalize = finalize,
    .methods = methods,
    .members = members,
    .base = &object_type,
};
