/* match: subjects against patterns.
 *
 * Captured values wait on the stack, below what is being matched, until the whole pattern has
 * matched. A failure must pop them and what else is there: `fail[n]` is the block that pops n
 * values and then goes on with the next case. */
#include "runtime/compile/scopes_decide.h"
#include "runtime/compile/unit.h"
#include "runtime/object/int.h"
#include "runtime/object/set.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include <string.h>

struct captures { /* names, in the order of their values on the stack */
  struct object **items;
  uint32_t n, capacity;
};
struct matching {
  struct captures captures;
  bool allow_irrefutable;
  struct block **fail;
  uint32_t fail_n, fail_capacity;
  uint32_t on_top; /* values on the stack above the captured ones */
};

static void compile_pattern(struct compiler *c, const struct node *n, struct matching *m);

static int64_t index_of(const struct captures *captures, const struct object *name) {
  for (uint32_t i = 0; i < captures->n; i++)
    if (captures->items[i] == name)
      return i;
  return -1;
}

static void add_capture(struct compiler *c, struct captures *captures, struct object *name) {
  if (captures->n == captures->capacity) {
    uint32_t capacity = captures->capacity ? captures->capacity * 2 : 8;
    struct object **items = c->failed ? NULL : tree_alloc(&c->arena, capacity * sizeof *items);
    if (!items) {
      c->failed = true;
      return;
    }
    if (captures->n)
      memcpy(items, captures->items, captures->n * sizeof *items);
    captures->items = items;
    captures->capacity = capacity;
  }
  captures->items[captures->n++] = name;
}

/* ---- Failing ---- */

static bool ensure_fail(struct compiler *c, struct matching *m, uint32_t pops) {
  if (pops >= m->fail_capacity) {
    uint32_t capacity = (pops + 1) * 2;
    struct block **fail = c->failed ? NULL : tree_alloc(&c->arena, capacity * sizeof(void *));
    if (!fail) {
      c->failed = true;
      return false;
    }
    if (m->fail_n)
      memcpy(fail, m->fail, m->fail_n * sizeof(void *));
    m->fail = fail;
    m->fail_capacity = capacity;
  }
  while (m->fail_n <= pops)
    m->fail[m->fail_n++] = unit_block(c);
  return true;
}

static void jump_to_fail(struct compiler *c, struct matching *m, uint8_t opcode) {
  uint32_t pops = m->on_top + m->captures.n;
  if (ensure_fail(c, m, pops))
    unit_jump(c, opcode, m->fail[pops]);
}

static void emit_fail(struct compiler *c, struct matching *m) {
  if (!m->fail_n)
    return;
  while (--m->fail_n) {
    unit_continue(c, m->fail[m->fail_n]);
    unit_emit(c, OP_POP_TOP, 0);
  }
  unit_continue(c, m->fail[0]);
}

/* ---- Capturing ---- */

static void refuse_duplicate(struct compiler *c, struct object *name) {
  char text[300];
  unit_error(c, "multiple assignments to name '%s' in pattern",
             scopes_text(name, text, sizeof text));
}

/* The value on top goes below count - 1 others. */
static void rotate(struct compiler *c, uint32_t count) {
  while (count > 1)
    unit_emit(c, OP_SWAP, count--);
}

static void capture(struct compiler *c, struct object *name, struct matching *m) {
  if (!name)
    return unit_emit(c, OP_POP_TOP, 0);
  if (unit_forbids(c, name, expr_context_Store))
    return;
  if (index_of(&m->captures, name) >= 0)
    return refuse_duplicate(c, name);
  rotate(c, m->on_top + m->captures.n + 1);
  add_capture(c, &m->captures, name);
}

static bool is_wildcard(const struct node *n) {
  return n->kind == NODE_MatchAs && !n->MatchAs.name;
}
static bool is_star_wildcard(const struct node *n) {
  return n->kind == NODE_MatchStar && !n->MatchStar.name;
}

static void compile_subpattern(struct compiler *c, const struct node *n, struct matching *m) {
  bool allowed = m->allow_irrefutable;
  m->allow_irrefutable = true;
  compile_pattern(c, n, m);
  m->allow_irrefutable = allowed;
}

static void compile_as(struct compiler *c, const struct node *n, struct matching *m) {
  struct object *name = n->MatchAs.name;
  if (!n->MatchAs.pattern) {
    char text[300];
    if (m->allow_irrefutable)
      return capture(c, name, m);
    if (name)
      return unit_error(c, "name capture '%s' makes remaining patterns unreachable",
                        scopes_text(name, text, sizeof text));
    return unit_error(c, "wildcard makes remaining patterns unreachable");
  }
  m->on_top++;
  unit_emit(c, OP_COPY, 1);
  compile_pattern(c, n->MatchAs.pattern, m);
  m->on_top--;
  capture(c, name, m);
}

/* ---- Sequences ---- */

static void unpack(struct compiler *c, const struct tree_nodes *patterns, int64_t star,
                   struct matching *m) {
  uint32_t n = patterns->n;
  if (star < 0)
    unit_emit(c, OP_UNPACK_SEQUENCE, n);
  else if (star >= 1 << 8 || (int64_t)n - star - 1 >= INT32_MAX >> 8)
    return unit_error(c, "too many expressions in star-unpacking sequence pattern");
  else
    unit_emit(c, OP_UNPACK_EX, (uint32_t)star + ((n - (uint32_t)star - 1) << 8));
  m->on_top += n;
  for (uint32_t i = 0; i < n; i++) {
    m->on_top--;
    compile_subpattern(c, patterns->items[i], m);
  }
}

/* With `*_` items are taken by index: cheaper than unpacking all. */
static void take_by_index(struct compiler *c, const struct tree_nodes *patterns, int64_t star,
                          struct matching *m) {
  m->on_top++;
  for (uint32_t i = 0; i < patterns->n; i++) {
    const struct node *each = patterns->items[i];
    if (is_wildcard(each) || i == star)
      continue;
    unit_emit(c, OP_COPY, 1);
    if (i < star)
      unit_const_taking(c, int_from_i64(i));
    else {
      unit_emit(c, OP_GET_LEN, 0);
      unit_const_taking(c, int_from_i64(patterns->n - i));
      expressions_binary(c, operator_Sub, false);
    }
    unit_emit(c, OP_BINARY_SUBSCR, 0);
    compile_subpattern(c, each, m);
  }
  m->on_top--;
  unit_emit(c, OP_POP_TOP, 0);
}

static void check_length(struct compiler *c, uint32_t n, enum tree_cmpop operator,
                         struct matching * m) {
  unit_emit(c, OP_GET_LEN, 0);
  unit_const_taking(c, int_from_i64(n));
  expressions_compare(c, operator);
  jump_to_fail(c, m, PSEUDO_POP_JUMP_IF_FALSE);
}

static void compile_sequence(struct compiler *c, const struct node *n, struct matching *m) {
  const struct tree_nodes *patterns = &n->MatchSequence.patterns;
  int64_t star = -1;
  bool only_wildcards = true, star_is_wildcard = false;
  for (uint32_t i = 0; i < patterns->n; i++) {
    const struct node *each = patterns->items[i];
    if (each->kind != NODE_MatchStar) {
      only_wildcards &= is_wildcard(each);
      continue;
    }
    if (star >= 0)
      return unit_error(c, "multiple starred expressions in sequence pattern");
    star_is_wildcard = is_star_wildcard(each);
    only_wildcards &= star_is_wildcard;
    star = i;
  }
  m->on_top++;
  unit_emit(c, OP_MATCH_SEQUENCE, 0);
  jump_to_fail(c, m, PSEUDO_POP_JUMP_IF_FALSE);
  if (star < 0)
    check_length(c, patterns->n, cmpop_Eq, m);
  else if (patterns->n > 1)
    check_length(c, patterns->n - 1, cmpop_GtE, m);
  m->on_top--;
  if (only_wildcards)
    unit_emit(c, OP_POP_TOP, 0);
  else if (star_is_wildcard)
    take_by_index(c, patterns, star, m);
  else
    unpack(c, patterns, star, m);
}

/* ---- Classes ---- */

static bool check_attributes(struct compiler *c, const struct node *n) {
  const struct tree_idents *names = &n->MatchClass.kwd_attrs;
  for (uint32_t i = 0; i < names->n; i++) {
    unit_at(c, n->MatchClass.kwd_patterns.items[i]);
    if (unit_forbids(c, names->items[i], expr_context_Store))
      return false;
    for (uint32_t k = i + 1; k < names->n; k++)
      if (names->items[i] == names->items[k]) {
        char text[300];
        unit_at(c, n->MatchClass.kwd_patterns.items[k]);
        unit_error(c, "attribute name repeated in class pattern: %s",
                   scopes_text(names->items[i], text, sizeof text));
        return false;
      }
  }
  return true;
}

/* None on top of the stack is a failure. */
static void fail_if_none(struct compiler *c, struct matching *m, uint32_t on_top) {
  unit_emit(c, OP_COPY, 1);
  unit_const(c, NONE);
  unit_emit(c, OP_IS_OP, 1);
  m->on_top += on_top;
  jump_to_fail(c, m, PSEUDO_POP_JUMP_IF_FALSE);
}

static void compile_class(struct compiler *c, const struct node *n, struct matching *m) {
  const struct tree_nodes *patterns = &n->MatchClass.patterns,
                          *by_name = &n->MatchClass.kwd_patterns;
  const struct tree_idents *names = &n->MatchClass.kwd_attrs;
  uint32_t count = patterns->n + names->n;
  if (names->n) {
    if (!check_attributes(c, n))
      return;
    unit_at(c, n);
  }
  expressions_compile(c, n->MatchClass.cls);
  unit_const_taking(c, tuple_from(names->items, names->n));
  unit_emit(c, OP_MATCH_CLASS, patterns->n);
  fail_if_none(c, m, 1);
  unit_emit(c, OP_UNPACK_SEQUENCE, count);
  m->on_top += count - 1;
  for (uint32_t i = 0; i < count; i++) {
    const struct node *each =
        i < patterns->n ? patterns->items[i] : by_name->items[i - patterns->n];
    m->on_top--;
    if (is_wildcard(each))
      unit_emit(c, OP_POP_TOP, 0);
    else
      compile_subpattern(c, each, m);
  }
}

/* ---- Mappings ---- */

static bool compile_keys(struct compiler *c, const struct node *n) {
  struct object *seen = unit_keep_taking(c, set_new());
  for (uint32_t i = 0; i < n->MatchMapping.keys.n && !c->failed; i++) {
    const struct node *key = n->MatchMapping.keys.items[i];
    if (key->kind == NODE_Constant) {
      int added = set_add(seen, key->Constant.value);
      if (added < 0)
        c->failed = true;
      else if (!added) {
        char text[300];
        unit_error(c, "mapping pattern checks duplicate key (%s)",
                   warnings_repr(key->Constant.value, text, sizeof text));
      }
    } else if (key->kind != NODE_Attribute)
      unit_error(c, "mapping pattern keys may only match literals and attribute lookups");
    expressions_compile(c, key);
  }
  return !c->failed;
}

/* **rest: a copy of the subject without the keys. */
static void capture_rest(struct compiler *c, struct object *rest, uint32_t keys,
                         struct matching *m) {
  unit_emit(c, OP_BUILD_MAP, 0);
  unit_emit(c, OP_SWAP, 3);
  unit_emit(c, OP_DICT_UPDATE, 2);
  unit_emit(c, OP_UNPACK_SEQUENCE, keys);
  for (; keys; keys--) {
    unit_emit(c, OP_COPY, 1 + keys);
    unit_emit(c, OP_SWAP, 2);
    unit_emit(c, OP_DELETE_SUBSCR, 0);
  }
  capture(c, rest, m);
}

static void compile_mapping(struct compiler *c, const struct node *n, struct matching *m) {
  const struct tree_nodes *patterns = &n->MatchMapping.patterns;
  uint32_t size = n->MatchMapping.keys.n;
  m->on_top++;
  unit_emit(c, OP_MATCH_MAPPING, 0);
  jump_to_fail(c, m, PSEUDO_POP_JUMP_IF_FALSE);
  if (!size && !n->MatchMapping.rest) {
    m->on_top--;
    return unit_emit(c, OP_POP_TOP, 0);
  }
  if (size)
    check_length(c, size, cmpop_GtE, m);
  if (!compile_keys(c, n))
    return;
  unit_emit(c, OP_BUILD_TUPLE, size);
  unit_emit(c, OP_MATCH_KEYS, 0);
  fail_if_none(c, m, 2);
  unit_emit(c, OP_UNPACK_SEQUENCE, size);
  m->on_top += size - 1;
  for (uint32_t i = 0; i < size; i++) {
    m->on_top--;
    compile_subpattern(c, patterns->items[i], m);
  }
  m->on_top -= 2;
  if (n->MatchMapping.rest)
    return capture_rest(c, n->MatchMapping.rest, size, m);
  unit_emit(c, OP_POP_TOP, 0);
  unit_emit(c, OP_POP_TOP, 0);
}

/* ---- Alternatives ---- */

/* Brings captures into the order of `control`, on the stack as in the list. False when the names
 * differ. */
static bool reorder(struct compiler *c, struct captures *captures, const struct captures *control) {
  if (captures->n != control->n)
    return false;
  for (uint32_t at = captures->n; at-- > 0;) {
    int64_t found = index_of(captures, control->items[at]);
    if (found < 0)
      return false;
    if (found == at)
      continue;
    for (uint32_t turns = (uint32_t)found + 1; turns; turns--) {
      struct object *first = captures->items[0];
      memmove(captures->items, captures->items + 1, at * sizeof first);
      captures->items[at] = first;
      rotate(c, at + 1);
    }
  }
  return true;
}

static void compile_or(struct compiler *c, const struct node *n, struct matching *m) {
  struct block *end = unit_block(c);
  struct matching outer = *m;
  struct captures control = {0};
  uint32_t count = n->MatchOr.patterns.n;
  for (uint32_t i = 0; i < count && !c->failed; i++) {
    const struct node *each = n->MatchOr.patterns.items[i];
    unit_at(c, each);
    *m = (struct matching){.allow_irrefutable = i + 1 == count && outer.allow_irrefutable};
    unit_emit(c, OP_COPY, 1);
    compile_pattern(c, each, m);
    if (i == 0)
      control = m->captures;
    else if (!c->failed && !reorder(c, &m->captures, &control))
      unit_error(c, "alternative patterns bind different names");
    unit_jump(c, PSEUDO_JUMP, end);
    emit_fail(c, m);
  }
  *m = outer;
  unit_emit(c, OP_POP_TOP, 0);
  jump_to_fail(c, m, PSEUDO_JUMP);
  unit_continue(c, end);
  uint32_t rotations = control.n + 1 + m->on_top + m->captures.n;
  for (uint32_t i = 0; i < control.n && !c->failed; i++) {
    rotate(c, rotations);
    if (index_of(&m->captures, control.items[i]) >= 0)
      return refuse_duplicate(c, control.items[i]);
    add_capture(c, &m->captures, control.items[i]);
  }
  unit_emit(c, OP_POP_TOP, 0);
}

/* ---- All ---- */

static void compile_value(struct compiler *c, const struct node *n, struct matching *m) {
  const struct node *value = n->MatchValue.value;
  if (value->kind != NODE_Constant && value->kind != NODE_Attribute)
    return unit_error(c, "patterns may only match literals and attribute lookups");
  expressions_compile(c, value);
  expressions_compare(c, cmpop_Eq);
  jump_to_fail(c, m, PSEUDO_POP_JUMP_IF_FALSE);
}

static void compile_pattern(struct compiler *c, const struct node *n, struct matching *m) {
  if (c->failed)
    return;
  unit_at(c, n);
  switch (n->kind) {
  case NODE_MatchValue:
    return compile_value(c, n, m);
  case NODE_MatchSingleton:
    unit_const(c, n->MatchSingleton.value);
    expressions_compare(c, cmpop_Is);
    return jump_to_fail(c, m, PSEUDO_POP_JUMP_IF_FALSE);
  case NODE_MatchSequence:
    return compile_sequence(c, n, m);
  case NODE_MatchMapping:
    return compile_mapping(c, n, m);
  case NODE_MatchClass:
    return compile_class(c, n, m);
  case NODE_MatchStar:
    return capture(c, n->MatchStar.name, m);
  case NODE_MatchAs:
    return compile_as(c, n, m);
  default:
    return compile_or(c, n, m);
  }
}

static void compile_case(struct compiler *c, const struct node *n, bool keeps_subject,
                         bool may_be_irrefutable, struct block *end) {
  struct matching m = {.allow_irrefutable = n->match_case.guard || may_be_irrefutable};
  unit_at(c, n->match_case.pattern);
  if (keeps_subject)
    unit_emit(c, OP_COPY, 1);
  compile_pattern(c, n->match_case.pattern, &m);
  for (uint32_t i = 0; i < m.captures.n; i++)
    unit_variable(c, m.captures.items[i], expr_context_Store);
  if (n->match_case.guard && ensure_fail(c, &m, 0))
    expressions_jump_if(c, n->match_case.guard, m.fail[0], false);
  if (keeps_subject)
    unit_emit(c, OP_POP_TOP, 0);
  statements_compile(c, &n->match_case.body);
  unit_jump(c, PSEUDO_JUMP, end);
  unit_at(c, n->match_case.pattern);
  emit_fail(c, &m);
}

void patterns_compile_match(struct compiler *c, const struct node *n) {
  const struct tree_nodes *cases = &n->Match.cases;
  expressions_compile(c, n->Match.subject);
  struct block *end = unit_block(c);
  const struct node *last = cases->items[cases->n - 1];
  bool has_default = is_wildcard(last->match_case.pattern) && cases->n > 1;
  uint32_t tried = cases->n - has_default;
  for (uint32_t i = 0; i < tried && !c->failed; i++)
    compile_case(c, cases->items[i], i + 1 != tried, i + 1 == cases->n, end);
  if (has_default) {
    unit_at(c, last->match_case.pattern);
    unit_emit(c, OP_NOP, 0);
    if (last->match_case.guard)
      expressions_jump_if(c, last->match_case.guard, end, false);
    statements_compile(c, &last->match_case.body);
    unit_nowhere(c);
  }
  unit_continue(c, end);
}
