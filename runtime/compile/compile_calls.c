/* Calls, and displays of lists, tuples, sets and dicts. */
#include "runtime/compile/scopes_decide.h"
#include "runtime/compile/unit.h"
#include "runtime/object/set.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"

/* ---- Sequences ---- */

static bool all_constant(const struct tree_nodes *nodes, uint32_t from, uint32_t to) {
  for (uint32_t i = from; i < to; i++)
    if (!nodes->items[i] || nodes->items[i]->kind != NODE_Constant)
      return false;
  return true;
}

static struct object *tuple_of_constants(const struct tree_nodes *nodes, uint32_t from,
                                         uint32_t to) {
  struct object *tuple = tuple_new(to - from);
  for (uint32_t i = from; tuple && i < to; i++)
    tuple_init_taking(tuple, i - from, hold(nodes->items[i]->Constant.value));
  return tuple;
}

static struct object *frozenset_of_constants(const struct tree_nodes *nodes) {
  struct object *set = frozenset_new();
  for (uint32_t i = 0; set && i < nodes->n; i++)
    if (set_add(set, nodes->items[i]->Constant.value) < 0) {
      drop(set);
      set = NULL;
    }
  return set;
}

struct display {
  uint8_t build, add, extend;
  bool to_tuple;
};
static const struct display list_display = {OP_BUILD_LIST, OP_LIST_APPEND, OP_LIST_EXTEND, false},
                            tuple_display = {OP_BUILD_LIST, OP_LIST_APPEND, OP_LIST_EXTEND, true},
                            set_display = {OP_BUILD_SET, OP_SET_ADD, OP_SET_UPDATE, false};

static void compile_constants(struct compiler *c, const struct tree_nodes *elements,
                              uint32_t pushed, struct display d) {
  if (d.to_tuple && !pushed)
    return unit_const_taking(c, tuple_of_constants(elements, 0, elements->n));
  unit_emit(c, d.build, pushed);
  unit_const_taking(c, d.add == OP_SET_ADD ? frozenset_of_constants(elements)
                                           : tuple_of_constants(elements, 0, elements->n));
  unit_emit(c, d.extend, 1);
  if (d.to_tuple)
    unit_emit(c, OP_LIST_TO_TUPLE, 0);
}

/* Elements, some of which may be starred, behind `pushed` values on the stack. */
static void compile_elements(struct compiler *c, const struct tree_nodes *elements, uint32_t pushed,
                             struct display d) {
  uint32_t n = elements->n;
  if (n > 2 && all_constant(elements, 0, n))
    return compile_constants(c, elements, pushed, d);
  bool is_big = n + pushed > CALLS_STACK_GUIDELINE, has_star = false;
  for (uint32_t i = 0; i < n; i++)
    has_star |= elements->items[i]->kind == NODE_Starred;
  if (!has_star && !is_big) {
    expressions_compile_all(c, elements);
    return unit_emit(c, d.to_tuple ? OP_BUILD_TUPLE : d.build, n + pushed);
  }
  bool is_built = is_big;
  if (is_big)
    unit_emit(c, d.build, pushed);
  for (uint32_t i = 0; i < n; i++) {
    const struct node *each = elements->items[i];
    if (each->kind == NODE_Starred) {
      if (!is_built)
        unit_emit(c, d.build, i + pushed);
      is_built = true;
      expressions_compile(c, each->Starred.value);
      unit_emit(c, d.extend, 1);
    } else {
      expressions_compile(c, each);
      if (is_built)
        unit_emit(c, d.add, 1);
    }
  }
  if (d.to_tuple)
    unit_emit(c, OP_LIST_TO_TUPLE, 0);
}

static void compile_targets(struct compiler *c, const struct tree_nodes *elements) {
  uint32_t n = elements->n;
  bool has_star = false;
  for (uint32_t i = 0; i < n; i++) {
    if (elements->items[i]->kind != NODE_Starred)
      continue;
    if (has_star)
      return unit_error(c, "multiple starred expressions in assignment");
    if (i >= 1 << 8 || n - i - 1 >= INT32_MAX >> 8)
      return unit_error(c, "too many expressions in star-unpacking assignment");
    unit_emit(c, OP_UNPACK_EX, i + ((n - i - 1) << 8));
    has_star = true;
  }
  if (!has_star)
    unit_emit(c, OP_UNPACK_SEQUENCE, n);
  for (uint32_t i = 0; i < n; i++) {
    const struct node *each = elements->items[i];
    expressions_compile(c, each->kind == NODE_Starred ? each->Starred.value : each);
  }
}

void calls_compile_sequence(struct compiler *c, const struct node *n) {
  if (n->kind == NODE_Set)
    return compile_elements(c, &n->Set.elts, 0, set_display);
  /* List and Tuple have the same fields. */
  if (n->List.ctx == expr_context_Store)
    compile_targets(c, &n->List.elts);
  else if (n->List.ctx == expr_context_Load)
    compile_elements(c, &n->List.elts, 0, n->kind == NODE_List ? list_display : tuple_display);
  else
    expressions_compile_all(c, &n->List.elts);
}

/* ---- Dicts ---- */

/* The pairs from `from` to `to`, without unpacking. */
static void compile_pairs(struct compiler *c, const struct node *n, uint32_t from, uint32_t to) {
  uint32_t pairs = to - from;
  bool is_big = pairs * 2 > CALLS_STACK_GUIDELINE;
  if (pairs > 1 && !is_big && all_constant(&n->Dict.keys, from, to)) {
    for (uint32_t i = from; i < to; i++)
      expressions_compile(c, n->Dict.values.items[i]);
    unit_const_taking(c, tuple_of_constants(&n->Dict.keys, from, to));
    return unit_emit(c, OP_BUILD_CONST_KEY_MAP, pairs);
  }
  if (is_big)
    unit_emit(c, OP_BUILD_MAP, 0);
  for (uint32_t i = from; i < to; i++) {
    expressions_compile(c, n->Dict.keys.items[i]);
    expressions_compile(c, n->Dict.values.items[i]);
    if (is_big)
      unit_emit(c, OP_MAP_ADD, 1);
  }
  if (!is_big)
    unit_emit(c, OP_BUILD_MAP, pairs);
}

static void add_pairs(struct compiler *c, const struct node *n, uint32_t from, uint32_t to,
                      bool *has_dict) {
  if (from < to) {
    compile_pairs(c, n, from, to);
    if (*has_dict)
      unit_emit(c, OP_DICT_UPDATE, 1);
    *has_dict = true;
  }
}

void calls_compile_dict(struct compiler *c, const struct node *n) {
  bool has_dict = false;
  uint32_t waiting = 0, count = n->Dict.values.n;
  for (uint32_t i = 0; i < count; i++) {
    if (!n->Dict.keys.items[i]) {
      add_pairs(c, n, i - waiting, i, &has_dict);
      waiting = 0;
      if (!has_dict)
        unit_emit(c, OP_BUILD_MAP, 0);
      has_dict = true;
      expressions_compile(c, n->Dict.values.items[i]);
      unit_emit(c, OP_DICT_UPDATE, 1);
    } else if (waiting * 2 > CALLS_STACK_GUIDELINE) {
      add_pairs(c, n, i - waiting, i + 1, &has_dict);
      waiting = 0;
    } else
      waiting++;
  }
  add_pairs(c, n, count - waiting, count, &has_dict);
  if (!has_dict)
    unit_emit(c, OP_BUILD_MAP, 0);
}

/* ---- Calls ---- */

static bool check_keywords(struct compiler *c, const struct tree_nodes *keywords) {
  for (uint32_t i = 0; i < keywords->n; i++) {
    struct object *name = keywords->items[i]->keyword.arg;
    if (!name)
      continue;
    if (unit_forbids(c, name, expr_context_Store))
      return false;
    for (uint32_t k = i + 1; k < keywords->n; k++)
      if (keywords->items[k]->keyword.arg == name) {
        char text[300];
        unit_at(c, keywords->items[k]);
        unit_error(c, "keyword argument repeated: %s", scopes_text(name, text, sizeof text));
        return false;
      }
  }
  return true;
}

static struct object *tuple_of_keywords(const struct tree_nodes *keywords, uint32_t from,
                                        uint32_t to) {
  struct object *tuple = tuple_new(to - from);
  for (uint32_t i = from; tuple && i < to; i++)
    tuple_init_taking(tuple, i - from, hold(keywords->items[i]->keyword.arg));
  return tuple;
}

static void compile_keywords(struct compiler *c, const struct tree_nodes *keywords) {
  if (!keywords->n)
    return;
  for (uint32_t i = 0; i < keywords->n; i++)
    expressions_compile(c, keywords->items[i]->keyword.value);
  struct object *names = unit_keep_taking(c, tuple_of_keywords(keywords, 0, keywords->n));
  if (names)
    unit_emit(c, OP_KW_NAMES, unit_add_const(c, names));
}

/* Keywords from `from` to `to` as a dict. */
static void compile_keyword_dict(struct compiler *c, const struct tree_nodes *keywords,
                                 uint32_t from, uint32_t to, bool *has_dict) {
  uint32_t n = to - from;
  if (!n)
    return;
  bool is_big = n * 2 > CALLS_STACK_GUIDELINE;
  if (n > 1 && !is_big) {
    for (uint32_t i = from; i < to; i++)
      expressions_compile(c, keywords->items[i]->keyword.value);
    unit_const_taking(c, tuple_of_keywords(keywords, from, to));
    unit_emit(c, OP_BUILD_CONST_KEY_MAP, n);
  } else {
    if (is_big)
      unit_emit_nowhere(c, OP_BUILD_MAP, 0);
    for (uint32_t i = from; i < to; i++) {
      unit_const(c, keywords->items[i]->keyword.arg);
      expressions_compile(c, keywords->items[i]->keyword.value);
      if (is_big)
        unit_emit_nowhere(c, OP_MAP_ADD, 1);
    }
    if (!is_big)
      unit_emit(c, OP_BUILD_MAP, n);
  }
  if (*has_dict)
    unit_emit(c, OP_DICT_MERGE, 1);
  *has_dict = true;
}

/* With * or ** among the arguments, or too many of them: a tuple and a dict. */
static void call_with_tuple(struct compiler *c, uint32_t pushed, const struct tree_nodes *args,
                            const struct tree_nodes *keywords) {
  if (pushed == 0 && args->n == 1 && args->items[0]->kind == NODE_Starred)
    expressions_compile(c, args->items[0]->Starred.value);
  else
    compile_elements(c, args, pushed, tuple_display);
  bool has_dict = false;
  uint32_t waiting = 0;
  for (uint32_t i = 0; i < keywords->n; i++) {
    const struct node *each = keywords->items[i];
    if (each->keyword.arg) {
      waiting++;
      continue;
    }
    compile_keyword_dict(c, keywords, i - waiting, i, &has_dict);
    waiting = 0;
    if (!has_dict)
      unit_emit(c, OP_BUILD_MAP, 0);
    has_dict = true;
    expressions_compile(c, each->keyword.value);
    unit_emit(c, OP_DICT_MERGE, 1);
  }
  compile_keyword_dict(c, keywords, keywords->n - waiting, keywords->n, &has_dict);
  unit_emit(c, OP_CALL_FUNCTION_EX, keywords->n > 0);
}

static bool unpacks(const struct tree_nodes *args, const struct tree_nodes *keywords) {
  for (uint32_t i = 0; i < args->n; i++)
    if (args->items[i]->kind == NODE_Starred)
      return true;
  for (uint32_t i = 0; i < keywords->n; i++)
    if (!keywords->items[i]->keyword.arg)
      return true;
  return false;
}

void calls_compile_with(struct compiler *c, uint32_t pushed, const struct tree_nodes *args,
                        const struct tree_nodes *keywords) {
  if (!check_keywords(c, keywords))
    return;
  if (args->n + keywords->n * 2 > CALLS_STACK_GUIDELINE || unpacks(args, keywords))
    return call_with_tuple(c, pushed, args, keywords);
  expressions_compile_all(c, args);
  compile_keywords(c, keywords);
  unit_emit(c, OP_PRECALL, pushed + args->n + keywords->n);
  unit_emit(c, OP_CALL, pushed + args->n + keywords->n);
}

static void compile_method(struct compiler *c, const struct node *n) {
  const struct node *method = n->Call.func;
  const struct tree_nodes *args = &n->Call.args, *keywords = &n->Call.keywords;
  expressions_compile(c, method->Attribute.value);
  unit_at(c, method);
  expressions_at_attribute(c, method);
  unit_name(c, OP_LOAD_METHOD, method->Attribute.attr);
  expressions_compile_all(c, args);
  compile_keywords(c, keywords);
  unit_at(c, n);
  expressions_at_attribute(c, method);
  unit_emit(c, OP_PRECALL, args->n + keywords->n);
  unit_emit(c, OP_CALL, args->n + keywords->n);
}

/* Whether the module imports the name: its attributes are functions rather than methods then. */
static bool is_imported(const struct compiler *c, const struct node *n) {
  if (n->kind != NODE_Name)
    return false;
  const struct names *symbols = &c->scopes.module->symbols;
  int64_t at = names_find(symbols, n->Name.id);
  return at >= 0 && (symbols->items[at].value & SCOPE_IMPORT);
}

void calls_compile(struct compiler *c, const struct node *n) {
  const struct node *function = n->Call.func;
  const struct tree_nodes *args = &n->Call.args, *keywords = &n->Call.keywords;
  if (!check_keywords(c, keywords))
    return;
  if (function->kind == NODE_Attribute && function->Attribute.ctx == expr_context_Load &&
      !is_imported(c, function->Attribute.value) &&
      args->n + keywords->n + (keywords->n != 0) < CALLS_STACK_GUIDELINE &&
      !unpacks(args, keywords))
    return compile_method(c, n);
  warnings_check_call(c, function);
  unit_at(c, function);
  unit_emit(c, OP_PUSH_NULL, 0);
  unit_at(c, n);
  expressions_compile(c, function);
  calls_compile_with(c, 0, args, keywords);
}
