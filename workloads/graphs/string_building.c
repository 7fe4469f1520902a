/* Text that grows piece by piece: in place, in a byte buffer, and by pairwise concatenation. */
#include "runtime/object/bytes.h"
#include "runtime/object/list.h"
#include "runtime/object/str.h"
#include "workloads/graphs/workload.h"

enum { TEXTS, PIECES };
static const struct graph_param params[] = {
    {"texts", "texts built in each of three ways", 400, 1, 100000000, GRAPH_LINEAR},
    {"pieces", "most pieces of a text", 250, 1, 1000000, GRAPH_CONSTANT},
    {0},
};

enum { SOURCE = 4096, PIECE_MOST = 48 };

struct world {
  struct graph_context *g;
  char source[SOURCE];
};

/* A piece of the source; sets its length. */
static const char *cut(struct world *w, size_t *n) {
  *n = graph_between(w->g, 1, PIECE_MOST);
  return w->source + graph_below(w->g, SOURCE - PIECE_MOST);
}

static void fold_text(struct world *w, const struct object *text) {
  size_t n = str_length(text);
  graph_mix(w->g, n);
  for (size_t i = 0; i < n; i += 97)
    graph_mix(w->g, str_at(text, i));
}

/* text += piece, again and again. */
static bool append_in_place(struct world *w, uint64_t pieces) {
  struct object *text = str_from_ascii("");
  for (; text && pieces > 0; pieces--) {
    size_t n;
    const char *at = cut(w, &n);
    struct object *piece = str_from_utf8(at, n);
    if (!piece) {
      drop(text);
      return false;
    }
    text = str_append_taking(text, piece);
    drop(piece);
    graph_step(w->g);
  }
  if (!text)
    return false;
  fold_text(w, text);
  drop(text);
  return true;
}

/* A buffer, made text at the end. */
static bool append_to_buffer(struct world *w, uint64_t pieces) {
  struct object *buffer = bytearray_new(0);
  bool ok = buffer != NULL;
  for (; ok && pieces > 0; pieces--) {
    size_t n;
    const char *at = cut(w, &n);
    ok = bytearray_append(buffer, at, n) >= 0;
    graph_step(w->g);
  }
  struct object *text = NULL;
  if (ok) {
    text = str_from_utf8((const char *)bytearray_data(buffer), bytearray_length(buffer));
    gc_keep(buffer);
    ok = text != NULL;
  }
  if (ok)
    fold_text(w, text);
  drop_null(text);
  drop_null(buffer);
  return ok;
}

/* Neighbours in a list are joined until one is left: what is joined dies with the last round. */
static struct object *join_round(struct world *w, struct object *parts) {
  struct object *joined = list_new(0);
  for (size_t i = 0; joined && i < list_length(parts); i += 2) {
    struct object *left = list_get_borrowed(parts, i);
    struct object *both =
        i + 1 < list_length(parts) ? str_concat(left, list_get_borrowed(parts, i + 1)) : hold(left);
    if (!both || list_append_taking(joined, both) < 0) {
      drop(joined);
      return NULL;
    }
    graph_step(w->g);
  }
  return joined;
}

static bool join_pairs(struct world *w, uint64_t pieces) {
  struct object *parts = list_new(0);
  for (; parts && pieces > 0; pieces--) {
    size_t n;
    const char *at = cut(w, &n);
    struct object *piece = str_from_utf8(at, n);
    if (!piece || list_append_taking(parts, piece) < 0) {
      drop(parts);
      return false;
    }
  }
  while (parts && list_length(parts) > 1) {
    struct object *joined = join_round(w, parts);
    drop(parts);
    parts = joined;
  }
  if (!parts)
    return false;
  fold_text(w, list_get_borrowed(parts, 0));
  drop(parts);
  return true;
}

static bool run(struct graph_context *g) {
  struct world w = {.g = g};
  for (size_t i = 0; i < SOURCE; i++)
    w.source[i] = (char)(' ' + graph_below(g, 95));
  bool ok = true;
  for (int64_t i = 0; ok && i < g->value[TEXTS]; i++) {
    uint64_t pieces = graph_between(g, 1, (uint64_t)g->value[PIECES]);
    ok = append_in_place(&w, pieces) && append_to_buffer(&w, 8 * pieces) && join_pairs(&w, pieces);
  }
  return ok;
}

const struct graph graph_string_building = {
    .name = "string-building",
    .summary = "texts that grow in place, in a buffer of up to 50 KB, and pair by pair",
    .story =
        "Strings are leaves: no collector can be clever about them, all the cost is in the "
        "allocator. The same growth is done in three ways, by reallocation of one string that "
        "nobody else sees, by a buffer that doubles, and by joins that leave half of all bytes "
        "behind in every round. It stresses reallocation in place, the crossing from small to "
        "large requests, and copying.",
    .operation = "piece appended or pair joined",
    .params = params,
    .run = run,
};
