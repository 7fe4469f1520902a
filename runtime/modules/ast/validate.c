/* Whether a tree made from objects is one that the parser could have made, as far as CPython asks:
 * the compiler relies on it. */
#include "runtime/modules/ast/ast.h"
#include "runtime/object/bytes.h"
#include "runtime/object/complex.h"
#include "runtime/object/exception.h"
#include "runtime/object/float.h"
#include "runtime/object/int.h"
#include "runtime/object/set.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"

/* All functions return false with the error. */
struct checker {
  uint32_t depth; /* how many more levels there may be */
};

static bool wrong(const char *text) {
  error_set(ERROR_VALUE, "%s", text);
  return false;
}
static bool enter(struct checker *c) {
  if (c->depth == 0) {
    error_set(ERROR_RECURSION, "maximum recursion depth exceeded during compilation");
    return false;
  }
  c->depth--;
  return true;
}

static bool place(const struct node *n) {
  if (n->lineno > n->end_lineno) {
    error_set(ERROR_VALUE, "AST node line range (%d, %d) is not valid", n->lineno, n->end_lineno);
    return false;
  }
  if ((n->lineno < 0 && n->end_lineno != n->lineno) ||
      (n->col_offset < 0 && n->col_offset != n->end_col_offset)) {
    error_set(ERROR_VALUE, "AST node column range (%d, %d) for line range (%d, %d) is not valid",
              n->col_offset, n->end_col_offset, n->lineno, n->end_lineno);
    return false;
  }
  if (n->lineno == n->end_lineno && n->col_offset > n->end_col_offset) {
    error_set(ERROR_VALUE, "line %d, column %d-%d is not a valid range", n->lineno, n->col_offset,
              n->end_col_offset);
    return false;
  }
  return true;
}

static bool name(const struct object *ident) {
  static const char *const constants[] = {"None", "True", "False"};
  for (size_t i = 0; i < ARRAY_SIZE(constants); i++)
    if (str_is(ident, constants[i])) {
      error_set(ERROR_VALUE, "identifier field can't represent '%s' constant", constants[i]);
      return false;
    }
  return true;
}

static bool expression(struct checker *c, const struct node *n, enum tree_expr_context context);
static bool pattern(struct checker *c, const struct node *n, bool may_be_star);
static bool statements(struct checker *c, const struct tree_nodes *list);

static bool load(struct checker *c, const struct node *n) {
  return expression(c, n, expr_context_Load);
}
static bool load_if(struct checker *c, const struct node *n) { return !n || load(c, n); }

static bool expressions(struct checker *c, const struct tree_nodes *list,
                        enum tree_expr_context context, bool may_be_none) {
  for (uint32_t i = 0; i < list->n; i++) {
    if (list->items[i]) {
      if (!expression(c, list->items[i], context))
        return false;
    } else if (!may_be_none) {
      return wrong("None disallowed in expression list");
    }
  }
  return true;
}
static bool loads(struct checker *c, const struct tree_nodes *list) {
  return expressions(c, list, expr_context_Load, false);
}
static bool filled(uint32_t n, const char *what, const char *owner) {
  if (n)
    return true;
  error_set(ERROR_VALUE, "empty %s on %s", what, owner);
  return false;
}

/* ---- Parts of expressions ---- */

static bool constant(struct checker *c, struct object *o) {
  if (o == NONE || o == ELLIPSIS || is_int(o) || type_of(o) == &float_type ||
      type_of(o) == &complex_type || is_str(o) || is_bytes(o))
    return true;
  bool is_set_ = type_of(o) == &frozenset_type;
  if (!is_tuple(o) && !is_set_) {
    error_format(ERROR_TYPE, "got an invalid type in Constant: %s", type_short_name(type_of(o)));
    return false;
  }
  if (!enter(c))
    return false;
  bool fine = true;
  if (is_set_) {
    struct object *item;
    for (size_t i = 0; fine && set_next(o, &i, &item);)
      fine = constant(c, item);
  } else {
    for (size_t i = 0; fine && i < tuple_length(o); i++)
      fine = constant(c, tuple_get_borrowed(o, i));
  }
  c->depth++;
  return fine;
}

static bool comprehensions(struct checker *c, const struct tree_nodes *list) {
  if (!list->n)
    return wrong("comprehension with no generators");
  for (uint32_t i = 0; i < list->n; i++) {
    const struct node *each = list->items[i];
    if (!expression(c, each->comprehension.target, expr_context_Store) ||
        !load(c, each->comprehension.iter) || !loads(c, &each->comprehension.ifs))
      return false;
  }
  return true;
}
static bool keywords(struct checker *c, const struct tree_nodes *list) {
  for (uint32_t i = 0; i < list->n; i++)
    if (!load(c, list->items[i]->keyword.value))
      return false;
  return true;
}
static bool parameter(struct checker *c, const struct node *n) {
  return place(n) && load_if(c, n->arg.annotation);
}
static bool parameters(struct checker *c, const struct tree_nodes *list) {
  for (uint32_t i = 0; i < list->n; i++)
    if (!parameter(c, list->items[i]))
      return false;
  return true;
}
static bool arguments(struct checker *c, const struct node *n) {
  if (!parameters(c, &n->arguments.posonlyargs) || !parameters(c, &n->arguments.args) ||
      (n->arguments.vararg && !load_if(c, n->arguments.vararg->arg.annotation)) ||
      !parameters(c, &n->arguments.kwonlyargs) ||
      (n->arguments.kwarg && !load_if(c, n->arguments.kwarg->arg.annotation)))
    return false;
  if (n->arguments.defaults.n > n->arguments.posonlyargs.n + n->arguments.args.n)
    return wrong("more positional defaults than args on arguments");
  if (n->arguments.kw_defaults.n != n->arguments.kwonlyargs.n)
    return wrong("length of kwonlyargs is not the same as kw_defaults on arguments");
  return loads(c, &n->arguments.defaults) &&
         expressions(c, &n->arguments.kw_defaults, expr_context_Load, true);
}

/* ---- Expressions ---- */

static bool context_fits(const struct node *n, enum tree_expr_context wanted) {
  enum tree_expr_context is;
  switch (n->kind) {
  case NODE_Attribute:
    is = n->Attribute.ctx;
    break;
  case NODE_Subscript:
    is = n->Subscript.ctx;
    break;
  case NODE_Starred:
    is = n->Starred.ctx;
    break;
  case NODE_Name:
    if (!name(n->Name.id))
      return false;
    is = n->Name.ctx;
    break;
  case NODE_List:
    is = n->List.ctx;
    break;
  case NODE_Tuple:
    is = n->Tuple.ctx;
    break;
  default:
    if (wanted == expr_context_Load)
      return true;
    error_set(ERROR_VALUE, "expression which can't be assigned to in %s context",
              tree_enumerations[ENUMERATION_expr_context].members[wanted]);
    return false;
  }
  if (is == wanted)
    return true;
  error_set(ERROR_VALUE, "expression must have %s context but has %s instead",
            tree_enumerations[ENUMERATION_expr_context].members[wanted],
            tree_enumerations[ENUMERATION_expr_context].members[is]);
  return false;
}

static bool expression_parts(struct checker *c, const struct node *n,
                             enum tree_expr_context context) {
  switch (n->kind) {
  case NODE_BoolOp:
    return n->BoolOp.values.n < 2 ? wrong("BoolOp with less than 2 values")
                                  : loads(c, &n->BoolOp.values);
  case NODE_BinOp:
    return load(c, n->BinOp.left) && load(c, n->BinOp.right);
  case NODE_UnaryOp:
    return load(c, n->UnaryOp.operand);
  case NODE_Lambda:
    return arguments(c, n->Lambda.args) && load(c, n->Lambda.body);
  case NODE_IfExp:
    return load(c, n->IfExp.test) && load(c, n->IfExp.body) && load(c, n->IfExp.orelse);
  case NODE_Dict:
    if (n->Dict.keys.n != n->Dict.values.n)
      return wrong("Dict doesn't have the same number of keys as values");
    return expressions(c, &n->Dict.keys, expr_context_Load, true) && loads(c, &n->Dict.values);
  case NODE_Set:
    return loads(c, &n->Set.elts);
  case NODE_ListComp:
    return comprehensions(c, &n->ListComp.generators) && load(c, n->ListComp.elt);
  case NODE_SetComp:
    return comprehensions(c, &n->SetComp.generators) && load(c, n->SetComp.elt);
  case NODE_GeneratorExp:
    return comprehensions(c, &n->GeneratorExp.generators) && load(c, n->GeneratorExp.elt);
  case NODE_DictComp:
    return comprehensions(c, &n->DictComp.generators) && load(c, n->DictComp.key) &&
           load(c, n->DictComp.value);
  case NODE_Yield:
    return load_if(c, n->Yield.value);
  case NODE_YieldFrom:
    return load(c, n->YieldFrom.value);
  case NODE_Await:
    return load(c, n->Await.value);
  case NODE_Compare:
    if (!n->Compare.comparators.n)
      return wrong("Compare with no comparators");
    if (n->Compare.comparators.n != n->Compare.ops.n)
      return wrong("Compare has a different number of comparators and operands");
    return loads(c, &n->Compare.comparators) && load(c, n->Compare.left);
  case NODE_Call:
    return load(c, n->Call.func) && loads(c, &n->Call.args) && keywords(c, &n->Call.keywords);
  case NODE_Constant:
    return constant(c, n->Constant.value);
  case NODE_JoinedStr:
    return loads(c, &n->JoinedStr.values);
  case NODE_FormattedValue:
    return load(c, n->FormattedValue.value) && load_if(c, n->FormattedValue.format_spec);
  case NODE_Attribute:
    return load(c, n->Attribute.value);
  case NODE_Subscript:
    return load(c, n->Subscript.slice) && load(c, n->Subscript.value);
  case NODE_Starred:
    return expression(c, n->Starred.value, context);
  case NODE_List:
    return expressions(c, &n->List.elts, context, false);
  case NODE_Tuple:
    return expressions(c, &n->Tuple.elts, context, false);
  case NODE_NamedExpr:
    return load(c, n->NamedExpr.value);
  case NODE_Slice:
    return load_if(c, n->Slice.lower) && load_if(c, n->Slice.upper) && load_if(c, n->Slice.step);
  default: /* Name */
    return true;
  }
}

static bool expression(struct checker *c, const struct node *n, enum tree_expr_context context) {
  if (!place(n) || !enter(c))
    return false;
  bool fine = context_fits(n, context) && expression_parts(c, n, context);
  c->depth++;
  return fine;
}

/* ---- Patterns ---- */

static bool is_number(const struct node *n, bool may_be_real, bool may_be_imaginary) {
  if (n->kind != NODE_Constant)
    return false;
  const struct type *t = type_of(n->Constant.value);
  return (may_be_real && (t == &int_type || t == &float_type)) ||
         (may_be_imaginary && t == &complex_type);
}
static bool is_negative(const struct node *n, bool may_be_real, bool may_be_imaginary) {
  return n->kind == NODE_UnaryOp && n->UnaryOp.op == unaryop_USub &&
         is_number(n->UnaryOp.operand, may_be_real, may_be_imaginary);
}
static bool is_complex_sum(const struct node *n) {
  const struct node *left = n->BinOp.left;
  return (n->BinOp.op == operator_Add || n->BinOp.op == operator_Sub) &&
         (is_number(left, true, false) || is_negative(left, true, false)) &&
         is_number(n->BinOp.right, false, true);
}

static bool pattern_value(struct checker *c, const struct node *n) {
  if (!load(c, n))
    return false;
  switch (n->kind) {
  case NODE_Constant: {
    const struct object *o = n->Constant.value;
    const struct type *t = type_of(o);
    if (t == &int_type || t == &float_type || t == &complex_type || is_bytes(o) || is_str(o))
      return true;
    return wrong("unexpected constant inside of a literal pattern");
  }
  case NODE_Attribute:
  case NODE_JoinedStr:
    return true;
  case NODE_UnaryOp:
    if (is_negative(n, true, true))
      return true;
    break;
  case NODE_BinOp:
    if (is_complex_sum(n))
      return true;
    break;
  default:
    break;
  }
  return wrong("patterns may only match literals and attribute lookups");
}

static bool capture(const struct object *ident) {
  if (str_is(ident, "_"))
    return wrong("can't capture name '_' in patterns");
  return name(ident);
}
static bool is_singleton(const struct object *o) { return o == NONE || o == TRUE_ || o == FALSE_; }

static bool patterns(struct checker *c, const struct tree_nodes *list, bool may_be_star) {
  for (uint32_t i = 0; i < list->n; i++) {
    if (!list->items[i])
      return wrong("None disallowed in pattern list");
    if (!pattern(c, list->items[i], may_be_star))
      return false;
  }
  return true;
}
static bool mapping(struct checker *c, const struct node *n) {
  if (n->MatchMapping.keys.n != n->MatchMapping.patterns.n)
    return wrong("MatchMapping doesn't have the same number of keys as patterns");
  if (n->MatchMapping.rest && !capture(n->MatchMapping.rest))
    return false;
  for (uint32_t i = 0; i < n->MatchMapping.keys.n; i++) {
    const struct node *key = n->MatchMapping.keys.items[i];
    if (!key)
      return wrong("None disallowed in expression list");
    if (!(key->kind == NODE_Constant && is_singleton(key->Constant.value)) &&
        !pattern_value(c, key))
      return false;
  }
  return patterns(c, &n->MatchMapping.patterns, false);
}
static bool class_pattern(struct checker *c, const struct node *n) {
  if (n->MatchClass.kwd_attrs.n != n->MatchClass.kwd_patterns.n)
    return wrong("MatchClass doesn't have the same number of keyword attributes as patterns");
  if (!load(c, n->MatchClass.cls))
    return false;
  const struct node *cls = n->MatchClass.cls;
  while (cls->kind == NODE_Attribute)
    cls = cls->Attribute.value;
  if (cls->kind != NODE_Name)
    return wrong("MatchClass cls field can only contain Name or Attribute nodes.");
  for (uint32_t i = 0; i < n->MatchClass.kwd_attrs.n; i++)
    if (!name(n->MatchClass.kwd_attrs.items[i]))
      return false;
  return patterns(c, &n->MatchClass.patterns, false) &&
         patterns(c, &n->MatchClass.kwd_patterns, false);
}

static bool pattern_parts(struct checker *c, const struct node *n, bool may_be_star) {
  switch (n->kind) {
  case NODE_MatchValue:
    return pattern_value(c, n->MatchValue.value);
  case NODE_MatchSingleton:
    return is_singleton(n->MatchSingleton.value) ||
           wrong("MatchSingleton can only contain True, False and None");
  case NODE_MatchSequence:
    return patterns(c, &n->MatchSequence.patterns, true);
  case NODE_MatchMapping:
    return mapping(c, n);
  case NODE_MatchClass:
    return class_pattern(c, n);
  case NODE_MatchStar:
    if (!may_be_star)
      return wrong("can't use MatchStar here");
    return !n->MatchStar.name || capture(n->MatchStar.name);
  case NODE_MatchAs:
    if (n->MatchAs.name && !capture(n->MatchAs.name))
      return false;
    if (!n->MatchAs.pattern)
      return true;
    if (!n->MatchAs.name)
      return wrong("MatchAs must specify a target name if a pattern is given");
    return pattern(c, n->MatchAs.pattern, false);
  default: /* MatchOr */
    return n->MatchOr.patterns.n < 2 ? wrong("MatchOr requires at least 2 patterns")
                                     : patterns(c, &n->MatchOr.patterns, false);
  }
}
static bool pattern(struct checker *c, const struct node *n, bool may_be_star) {
  if (!place(n) || !enter(c))
    return false;
  bool fine = pattern_parts(c, n, may_be_star);
  c->depth++;
  return fine;
}

/* ---- Statements ---- */

static bool body(struct checker *c, const struct tree_nodes *list, const char *owner) {
  return filled(list->n, "body", owner) && statements(c, list);
}
static bool targets(struct checker *c, const struct tree_nodes *list,
                    enum tree_expr_context context) {
  return filled(list->n, "targets", context == expr_context_Del ? "Delete" : "Assign") &&
         expressions(c, list, context, false);
}
static bool items(struct checker *c, const struct tree_nodes *list, const char *owner) {
  if (!filled(list->n, "items", owner))
    return false;
  for (uint32_t i = 0; i < list->n; i++) {
    const struct node *each = list->items[i];
    if (!load(c, each->withitem.context_expr) ||
        (each->withitem.optional_vars &&
         !expression(c, each->withitem.optional_vars, expr_context_Store)))
      return false;
  }
  return true;
}
static bool handlers(struct checker *c, const struct tree_nodes *list) {
  for (uint32_t i = 0; i < list->n; i++) {
    const struct node *each = list->items[i];
    if (!each)
      return wrong("None disallowed in except handler list");
    if (!place(each) || !load_if(c, each->ExceptHandler.type) ||
        !body(c, &each->ExceptHandler.body, "ExceptHandler"))
      return false;
  }
  return true;
}
/* Try and TryStar have the same fields. */
static bool try_(struct checker *c, const struct node *n, const char *owner) {
  if (!body(c, &n->Try.body, owner))
    return false;
  if (!n->Try.handlers.n && (!n->Try.finalbody.n || n->Try.orelse.n)) {
    error_set(ERROR_VALUE,
              n->Try.finalbody.n ? "%s has orelse but no except handlers"
                                 : "%s has neither except handlers nor finalbody",
              owner);
    return false;
  }
  return handlers(c, &n->Try.handlers) && statements(c, &n->Try.finalbody) &&
         statements(c, &n->Try.orelse);
}
static bool match(struct checker *c, const struct node *n) {
  if (!load(c, n->Match.subject) || !filled(n->Match.cases.n, "cases", "Match"))
    return false;
  for (uint32_t i = 0; i < n->Match.cases.n; i++) {
    const struct node *each = n->Match.cases.items[i];
    if (!pattern(c, each->match_case.pattern, false) || !load_if(c, each->match_case.guard) ||
        !body(c, &each->match_case.body, "match_case"))
      return false;
  }
  return true;
}

/* The asynchronous forms have the fields of the others. */
_Static_assert(sizeof(((struct node *)0)->FunctionDef) ==
                   sizeof(((struct node *)0)->AsyncFunctionDef),
               "read through FunctionDef");
static bool statement_parts(struct checker *c, const struct node *n) {
  const char *owner = tree_kinds[n->kind].name;
  switch (n->kind) {
  case NODE_FunctionDef:
  case NODE_AsyncFunctionDef:
    return body(c, &n->FunctionDef.body, owner) && arguments(c, n->FunctionDef.args) &&
           loads(c, &n->FunctionDef.decorator_list) && load_if(c, n->FunctionDef.returns);
  case NODE_ClassDef:
    return body(c, &n->ClassDef.body, owner) && loads(c, &n->ClassDef.bases) &&
           keywords(c, &n->ClassDef.keywords) && loads(c, &n->ClassDef.decorator_list);
  case NODE_Return:
    return load_if(c, n->Return.value);
  case NODE_Delete:
    return targets(c, &n->Delete.targets, expr_context_Del);
  case NODE_Assign:
    return targets(c, &n->Assign.targets, expr_context_Store) && load(c, n->Assign.value);
  case NODE_AugAssign:
    return expression(c, n->AugAssign.target, expr_context_Store) && load(c, n->AugAssign.value);
  case NODE_AnnAssign:
    if (n->AnnAssign.target->kind != NODE_Name && n->AnnAssign.simple) {
      error_set(ERROR_TYPE, "AnnAssign with simple non-Name target");
      return false;
    }
    return expression(c, n->AnnAssign.target, expr_context_Store) &&
           load_if(c, n->AnnAssign.value) && load(c, n->AnnAssign.annotation);
  case NODE_For:
  case NODE_AsyncFor:
    return expression(c, n->For.target, expr_context_Store) && load(c, n->For.iter) &&
           body(c, &n->For.body, owner) && statements(c, &n->For.orelse);
  case NODE_While:
    return load(c, n->While.test) && body(c, &n->While.body, owner) &&
           statements(c, &n->While.orelse);
  case NODE_If:
    return load(c, n->If.test) && body(c, &n->If.body, owner) && statements(c, &n->If.orelse);
  case NODE_With:
  case NODE_AsyncWith:
    return items(c, &n->With.items, owner) && body(c, &n->With.body, owner);
  case NODE_Match:
    return match(c, n);
  case NODE_Raise:
    if (n->Raise.exc)
      return load(c, n->Raise.exc) && load_if(c, n->Raise.cause);
    return !n->Raise.cause || wrong("Raise with cause but no exception");
  case NODE_Try:
  case NODE_TryStar:
    return try_(c, n, owner);
  case NODE_Assert:
    return load(c, n->Assert.test) && load_if(c, n->Assert.msg);
  case NODE_Import:
    return filled(n->Import.names.n, "names", owner);
  case NODE_ImportFrom:
    if (n->ImportFrom.level < 0)
      return wrong("Negative ImportFrom level");
    return filled(n->ImportFrom.names.n, "names", owner);
  case NODE_Global:
    return filled(n->Global.names.n, "names", owner);
  case NODE_Nonlocal:
    return filled(n->Nonlocal.names.n, "names", owner);
  case NODE_Expr:
    return load(c, n->Expr.value);
  default: /* Pass, Break, Continue */
    return true;
  }
}
static bool statements(struct checker *c, const struct tree_nodes *list) {
  for (uint32_t i = 0; i < list->n; i++) {
    const struct node *n = list->items[i];
    if (!n)
      return wrong("None disallowed in statement list");
    if (!place(n) || !enter(c))
      return false;
    bool fine = statement_parts(c, n);
    c->depth++;
    if (!fine)
      return false;
  }
  return true;
}

int ast_validate(const struct node *root) {
  struct checker c = {.depth = ast_depth_limit()};
  bool fine;
  switch (root->kind) {
  case NODE_Module:
    fine = statements(&c, &root->Module.body);
    break;
  case NODE_Interactive:
    fine = statements(&c, &root->Interactive.body);
    break;
  case NODE_Expression:
    fine = load(&c, root->Expression.body);
    break;
  default: /* FunctionType */
    fine = loads(&c, &root->FunctionType.argtypes) && load(&c, root->FunctionType.returns);
  }
  return fine ? 0 : -1;
}
