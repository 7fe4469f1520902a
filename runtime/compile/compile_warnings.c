/* Warnings about expressions that can't mean what they say: `is` with a literal, calls and
 * subscripts of literals. */
#include "runtime/compile/scopes_decide.h"
#include "runtime/compile/text.h"
#include "runtime/compile/unit.h"
#include "runtime/object/bytes.h"
#include "runtime/object/complex.h"
#include "runtime/object/float.h"
#include "runtime/object/int.h"
#include "runtime/object/set.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"

const char *warnings_repr(struct object *o, char *text, size_t bytes) {
  struct object *repr = text_of_constant(o);
  if (!repr) {
    text[0] = 0;
    return text;
  }
  scopes_text(repr, text, bytes);
  drop(repr);
  return text;
}

/* Whether identity with it means nothing: a constant, but no singleton. */
static bool is_value(const struct node *n) {
  if (n->kind != NODE_Constant)
    return false;
  const struct object *o = n->Constant.value;
  return o != NONE && o != TRUE_ && o != FALSE_ && o != ELLIPSIS;
}

void warnings_check_compare(struct compiler *c, const struct node *n) {
  bool left = is_value(n->Compare.left);
  for (uint32_t i = 0; i < n->Compare.ops.n; i++) {
    uint8_t op = n->Compare.ops.items[i];
    bool right = is_value(n->Compare.comparators.items[i]);
    if ((op == cmpop_Is || op == cmpop_IsNot) && (left || right)) {
      unit_warn(c, op == cmpop_Is ? "\"is\" with a literal. Did you mean \"==\"?"
                                  : "\"is not\" with a literal. Did you mean \"!=\"?");
      return;
    }
    left = right;
  }
}

/* The type an expression is sure to have, where it is a literal of some kind; NULL: not known. */
static const char *sure_type(const struct node *n) {
  switch (n->kind) {
  case NODE_Tuple:
    return "tuple";
  case NODE_List:
  case NODE_ListComp:
    return "list";
  case NODE_Dict:
  case NODE_DictComp:
    return "dict";
  case NODE_Set:
  case NODE_SetComp:
    return "set";
  case NODE_GeneratorExp:
    return "generator";
  case NODE_Lambda:
    return "function";
  case NODE_JoinedStr:
  case NODE_FormattedValue:
    return "str";
  case NODE_Constant:
    return type_of(n->Constant.value)->name;
  default:
    return NULL;
  }
}

void warnings_check_call(struct compiler *c, const struct node *function) {
  switch (function->kind) {
  case NODE_Constant:
  case NODE_Tuple:
  case NODE_List:
  case NODE_ListComp:
  case NODE_Dict:
  case NODE_DictComp:
  case NODE_Set:
  case NODE_SetComp:
  case NODE_GeneratorExp:
  case NODE_JoinedStr:
  case NODE_FormattedValue:
    unit_warn(c, "'%s' object is not callable; perhaps you missed a comma?", sure_type(function));
  }
}

static bool can_be_subscripted(const struct node *value) {
  switch (value->kind) {
  case NODE_Constant: {
    const struct object *o = value->Constant.value;
    return o != NONE && o != ELLIPSIS && !is_int(o) && !is_float(o) && !is_complex(o) &&
           !is_set(o) && !is_frozenset(o);
  }
  case NODE_Set:
  case NODE_SetComp:
  case NODE_GeneratorExp:
  case NODE_Lambda:
    return false;
  default:
    return true;
  }
}

static bool is_indexed_by_int(const struct node *value) {
  switch (value->kind) {
  case NODE_Constant:
    return is_str(value->Constant.value) || is_bytes(value->Constant.value) ||
           is_tuple(value->Constant.value);
  case NODE_Tuple:
  case NODE_List:
  case NODE_ListComp:
  case NODE_JoinedStr:
  case NODE_FormattedValue:
    return true;
  default:
    return false;
  }
}

void warnings_check_subscript(struct compiler *c, const struct node *n) {
  const struct node *value = n->Subscript.value, *index = n->Subscript.slice;
  if (!can_be_subscripted(value))
    unit_warn(c, "'%s' object is not subscriptable; perhaps you missed a comma?", sure_type(value));
  const char *index_type = sure_type(index);
  if (!index_type || !is_indexed_by_int(value) ||
      (index->kind == NODE_Constant && is_int(index->Constant.value)))
    return;
  unit_warn(c, "%s indices must be integers or slices, not %s; perhaps you missed a comma?",
            sure_type(value), index_type);
}
