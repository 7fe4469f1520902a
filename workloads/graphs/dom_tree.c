/* A document: elements with a parent, children, attributes and text, edited at random places. */
#include "runtime/object/dict.h"
#include "runtime/object/instance.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/root.h"
#include "runtime/object/str.h"
#include "workloads/graphs/workload.h"
#include <stdio.h>

enum { ELEMENTS, EDITS };
static const struct graph_param params[] = {
    {"elements", "elements around which the document stays", 6000, 10, 20000000, GRAPH_LINEAR},
    {"edits", "attributes set, subtrees added and removed, queries", 25000, 0, 1000000000,
     GRAPH_LINEAR},
    {0},
};

enum { TAG, PARENT, CHILDREN, ATTRIBUTES, TEXT, SLOTS };
enum { TAGS = 12, KEYS = 8, LEVELS_MAX = 24 };

static const char *const tag_names[TAGS] = {"div", "span", "p",  "a",  "ul", "li",
                                            "td",  "tr",   "em", "h1", "h2", "img"};
static const char *const key_names[KEYS] = {"id",   "class", "href",  "style",
                                            "name", "title", "width", "alt"};

struct world {
  struct graph_context *g;
  struct type *element;
  struct object *tags[TAGS], *keys[KEYS]; /* interned, immortal */
  struct object *document;
  int64_t n; /* elements in the document */
};

static struct object *children_of(const struct object *element) {
  return instance_get_borrowed(element, CHILDREN);
}

static struct object *text_new(struct world *w, const char *what) {
  char text[64];
  snprintf(text, sizeof text, "%s-%llu", what, (unsigned long long)graph_below(w->g, 100000));
  return str_from_ascii(text);
}

static bool set_attribute(struct world *w, struct object *element) {
  struct object *value = text_new(w, "value");
  if (!value)
    return false;
  struct object *key = w->keys[graph_below(w->g, KEYS)];
  int set = dict_set(instance_get_borrowed(element, ATTRIBUTES), key, value);
  drop(value);
  return set >= 0;
}

/* Fills a new element; what it got before a failure is dropped with it. */
static bool element_fill(struct world *w, struct object *element) {
  instance_set_taking(element, TAG, hold(w->tags[graph_below(w->g, TAGS)]));
  struct object *children = list_new(0);
  instance_set_taking(element, CHILDREN, children);
  struct object *attributes = children ? dict_new() : NULL;
  instance_set_taking(element, ATTRIBUTES, attributes);
  struct object *text = attributes ? text_new(w, "text") : NULL;
  instance_set_taking(element, TEXT, text);
  bool ok = text != NULL;
  for (uint64_t i = graph_below(w->g, 3); ok && i > 0; i--)
    ok = set_attribute(w, element);
  return ok;
}

/* Appends a new element to a parent; returns it borrowed. */
static struct object *append_borrowed(struct world *w, struct object *parent) {
  struct object *element = instance_new(w->element);
  if (!element)
    return NULL;
  if (!element_fill(w, element)) {
    drop(element);
    return NULL;
  }
  instance_set_taking(element, PARENT, hold(parent));
  if (list_append_taking(children_of(parent), element) < 0)
    return NULL;
  w->n++;
  return element;
}

static bool grow(struct world *w, struct object *parent, int levels) {
  for (uint64_t i = 1 + graph_below(w->g, 3); i > 0; i--) {
    struct object *element = append_borrowed(w, parent);
    if (!element || (levels > 1 && !grow(w, element, levels - 1)))
      return false;
  }
  return true;
}

/* Elements in a subtree; folds what carries the tag. */
static int64_t query(struct world *w, struct object *element, struct object *tag) {
  int64_t n = 1;
  if (instance_get_borrowed(element, TAG) == tag) {
    struct object *text = instance_get_borrowed(element, TEXT);
    graph_mix(w->g, str_at(text, str_length(text) - 1));
    graph_mix(w->g, dict_length(instance_get_borrowed(element, ATTRIBUTES)));
  }
  struct object *children = children_of(element);
  for (size_t i = 0; i < list_length(children); i++)
    n += query(w, list_get_borrowed(children, i), tag);
  return n;
}

/* Goes down from the root by random children; a random stop, or where there are none. */
static struct object *descend(struct world *w, unsigned *level) {
  struct object *element = w->document;
  *level = 0;
  while (*level < LEVELS_MAX) {
    struct object *children = children_of(element);
    size_t n = list_length(children);
    if (!n || (*level > 1 && graph_below(w->g, 8) == 0))
      break;
    element = list_get_borrowed(children, graph_below(w->g, n));
    ++*level;
  }
  return element;
}

/* Takes an element out of its parent. The subtree stays a knot of parents and children. */
static void detach(struct world *w, struct object *element) {
  struct object *siblings = children_of(instance_get_borrowed(element, PARENT));
  w->n -= query(w, element, NULL);
  hold(element);
  for (size_t i = 0; i < list_length(siblings); i++)
    if (list_get_borrowed(siblings, i) == element) {
      list_remove_range(siblings, i, i + 1);
      break;
    }
  instance_set_taking(element, PARENT, NULL);
  drop(element);
}

/* The number of ancestors that share the element's tag: a walk upwards. */
static uint64_t like_me_above(const struct object *element) {
  uint64_t n = 0;
  const struct object *tag = instance_get_borrowed(element, TAG);
  for (const struct object *o = instance_get_borrowed(element, PARENT); o;
       o = instance_get_borrowed(o, PARENT))
    n += instance_get_borrowed(o, TAG) == tag;
  return n;
}

static bool edit(struct world *w) {
  unsigned level;
  struct object *element = descend(w, &level);
  uint64_t dice = graph_below(w->g, 100);
  if (dice < 40)
    return set_attribute(w, element);
  if (dice < 50) {
    graph_mix(w->g, like_me_above(element));
    return true;
  }
  if (dice < 52) {
    graph_mix(w->g, (uint64_t)query(w, element, w->tags[graph_below(w->g, TAGS)]));
    return true;
  }
  if (w->n > w->g->value[ELEMENTS] && level > 0) {
    detach(w, element);
    return true;
  }
  return level >= LEVELS_MAX || grow(w, element, 2);
}

static bool run_with(struct world *w) {
  if (!element_fill(w, w->document))
    return false;
  w->n = 1;
  while (w->n < w->g->value[ELEMENTS]) {
    unsigned level;
    struct object *element = descend(w, &level);
    if (level < LEVELS_MAX && !grow(w, element, 2))
      return false;
    graph_step(w->g);
  }
  for (int64_t i = 0; i < w->g->value[EDITS]; i++) {
    if (!edit(w))
      return false;
    graph_step(w->g);
  }
  graph_mix(w->g, (uint64_t)query(w, w->document, w->tags[0]));
  graph_mix(w->g, (uint64_t)w->n);
  return true;
}

static bool intern(struct object **to, const char *const *names, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (!(to[i] = str_intern(names[i])))
      return false;
  return true;
}

static bool run(struct graph_context *g) {
  struct world w = {.g = g};
  if (!intern(w.tags, tag_names, TAGS) || !intern(w.keys, key_names, KEYS))
    return false;
  w.element = type_new("Element", SLOTS, NULL);
  w.document = w.element ? instance_new(w.element) : NULL;
  root_push(&w.document, 1);
  bool ok = w.document && run_with(&w);
  root_pop(&w.document);
  if (ok)
    graph_telling_moment(g);
  drop_null(w.document);
  if (w.element)
    drop(&w.element->head);
  return ok;
}

const struct graph graph_dom_tree = {
    .name = "dom-tree",
    .summary = "a document with parent links: attributes, insertions, removed subtrees, queries",
    .story =
        "What browsers, XML libraries and GUI toolkits hold: a tree whose nodes know their "
        "parents, with a list of children, a dict of attributes and a string each. A subtree that "
        "is taken out is one large knot of cycles of five types of object. It stresses cycle "
        "collection of mixed garbage, small dicts, lists that grow by ones and twos, and walks "
        "up and down through objects of different age.",
    .operation = "edit or query",
    .params = params,
    .run = run,
};
