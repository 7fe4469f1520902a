/* A service: many sessions stay in memory, requests come and go, some leak a cycle. */
#include "runtime/object/dict.h"
#include "runtime/object/instance.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/root.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include "workloads/graphs/workload.h"
#include <stdio.h>

enum { SESSIONS, REQUESTS, LEAKING, RENEWING };
static const struct graph_param params[] = {
    {"sessions", "sessions held (four containers each)", 12000, 1, 100000000, GRAPH_LINEAR},
    {"requests", "requests served", 20000, 1, 100000000, GRAPH_LINEAR},
    {"leaking", "percent of the requests that leak a cycle", 33, 0, 100, GRAPH_CONSTANT},
    {"renewing", "percent of the requests that replace their session", 5, 0, 100, GRAPH_CONSTANT},
    {0},
};

enum { USER, PROFILE, HISTORY, VISITS, SESSION_SLOTS };
enum { SESSION, ARGUMENTS, RESPONSE, SELF, REQUEST_SLOTS };
enum { FIELDS = 6, HISTORY_MOST = 8 };

static const char *const field_names[FIELDS] = {"path", "agent", "lang", "page", "sort", "token"};

struct world {
  struct graph_context *g;
  struct type *session, *request;
  struct object *fields[FIELDS]; /* interned, immortal */
  struct object *sessions;       /* list */
};

static struct object *text_new(struct world *w, const char *what) {
  char text[80];
  /* One after the other: the order of arguments is the compiler's. */
  uint64_t minor = graph_below(w->g, 1000), major = graph_below(w->g, 1000000);
  snprintf(text, sizeof text, "%s/%llu/%llu", what, (unsigned long long)major,
           (unsigned long long)minor);
  return str_from_ascii(text);
}

/* A dict of some fields, each with a text of its own. */
static struct object *record_new(struct world *w, const char *what, size_t n) {
  struct object *record = dict_new();
  for (size_t i = 0; record && i < n; i++) {
    struct object *text = text_new(w, what);
    bool ok = text && dict_set(record, w->fields[i], text) >= 0;
    drop_null(text);
    if (!ok) {
      drop(record);
      return NULL;
    }
  }
  return record;
}

static struct object *session_new(struct world *w) {
  struct object *session = instance_new(w->session);
  if (!session)
    return NULL;
  struct object *user = text_new(w, "user");
  instance_set_taking(session, USER, user);
  struct object *profile = user ? record_new(w, "profile", 3) : NULL;
  instance_set_taking(session, PROFILE, profile);
  struct object *history = profile ? list_new(0) : NULL;
  instance_set_taking(session, HISTORY, history);
  struct object *visits = history ? tuple_pack(2, w->fields[0], session) : NULL;
  instance_set_taking(session, VISITS, visits);
  if (visits)
    return session;
  drop(session);
  return NULL;
}

/* What a session looks back on: takes an entry, forgets the oldest. */
static bool remember_taking(struct object *session, struct object *entry) {
  struct object *history = instance_get_borrowed(session, HISTORY);
  if (list_append_taking(history, entry) < 0)
    return false;
  if (list_length(history) > HISTORY_MOST)
    list_remove_range(history, 0, list_length(history) - HISTORY_MOST);
  return true;
}

/* The lines of the answer: one per argument. */
static struct object *respond(struct world *w, struct object *session, struct object *arguments) {
  struct object *lines = list_new(0);
  struct object *key, *value;
  for (size_t position = 0; lines && dict_next(arguments, &position, &key, &value);) {
    struct object *line = str_concat(instance_get_borrowed(session, USER), value);
    if (!line || list_append_taking(lines, line) < 0) {
      drop(lines);
      return NULL;
    }
    graph_mix(w->g, str_at(line, str_length(line) - 1));
  }
  return lines;
}

/* Serves one request: an object that knows its session, its arguments and the response. */
static bool serve(struct world *w, struct object *session) {
  struct object *request = instance_new(w->request);
  if (!request)
    return false;
  instance_set_taking(request, SESSION, hold(session));
  struct object *arguments = record_new(w, "argument", 2 + graph_below(w->g, FIELDS - 1));
  instance_set_taking(request, ARGUMENTS, arguments);
  struct object *response = arguments ? respond(w, session, arguments) : NULL;
  instance_set_taking(request, RESPONSE, response);
  struct object *entry =
      response ? tuple_pack(2, list_get_borrowed(response, 0), w->fields[0]) : NULL;
  bool ok = entry && remember_taking(session, entry);
  if (ok && graph_percent(w->g, (uint64_t)w->g->value[LEAKING])) {
    /* As a callback or an exception with its traceback would: the request reaches itself. */
    struct object *knot = tuple_pack(2, request, response);
    instance_set_taking(request, SELF, knot);
    ok = knot != NULL;
  }
  drop(request);
  return ok;
}

static bool serve_one(struct world *w) {
  size_t place = graph_below(w->g, list_length(w->sessions));
  if (graph_percent(w->g, (uint64_t)w->g->value[RENEWING])) {
    struct object *fresh = session_new(w);
    if (!fresh)
      return false;
    list_set_taking(w->sessions, place, fresh);
  }
  return serve(w, list_get_borrowed(w->sessions, place));
}

static bool serve_all(struct world *w) {
  bool ok = true;
  for (int64_t i = 0; ok && i < w->g->value[REQUESTS]; i++) {
    ok = serve_one(w);
    graph_step(w->g);
    graph_request_done(w->g);
  }
  return ok;
}

static bool run_with(struct world *w) {
  for (int64_t i = 0; i < w->g->value[SESSIONS]; i++) {
    struct object *session = session_new(w);
    if (!session || list_append_taking(w->sessions, session) < 0)
      return false;
    gc_safepoint();
  }
  if (!graph_requests_begin(w->g, (size_t)w->g->value[REQUESTS]))
    return false;
  bool ok = serve_all(w);
  graph_requests_end(w->g);
  return ok;
}

static bool run(struct graph_context *g) {
  struct world w = {.g = g};
  for (size_t i = 0; i < FIELDS; i++)
    if (!(w.fields[i] = str_intern(field_names[i])))
      return false;
  w.session = type_new("Session", SESSION_SLOTS, NULL);
  w.request = w.session ? type_new("Request", REQUEST_SLOTS, NULL) : NULL;
  w.sessions = w.request ? list_new(0) : NULL;
  root_push(&w.sessions, 1);
  bool ok = w.sessions && run_with(&w);
  root_pop(&w.sessions);
  if (ok)
    graph_telling_moment(g);
  drop_null(w.sessions);
  if (w.request)
    drop(&w.request->head);
  if (w.session)
    drop(&w.session->head);
  return ok;
}

const struct graph graph_service_sessions = {
    .name = "service-sessions",
    .summary = "requests over a large live set; a third of them leak a cycle; latency of each",
    .story =
        "The case that makes services switch their collector off: a large, old, living heap, and "
        "requests whose garbage is small but cyclic, so that full collections walk everything to "
        "find little. Each request's latency is recorded, simple and metered; the pauses show in "
        "the upper percentiles. Sessions refer to themselves, as objects with bound methods do, "
        "and a few are replaced all the time.",
    .operation = "request",
    .params = params,
    .run = run,
};
