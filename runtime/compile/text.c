/* Expressions as text, as CPython writes annotations.
 *
 * Pieces are gathered in a growing string; parentheses follow from priorities: an operand whose own
 * priority is below what its place asks for gets them. */
#include "runtime/compile/text.h"
#include "runtime/compile/scopes.h"
#include "runtime/object/bytes.h"
#include "runtime/object/complex.h"
#include "runtime/object/float.h"
#include "runtime/object/int.h"
#include "runtime/object/set.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include <string.h>

enum priority {
  PRIORITY_TUPLE,
  PRIORITY_TEST, /* if-else, lambda */
  PRIORITY_OR,
  PRIORITY_AND,
  PRIORITY_NOT,
  PRIORITY_COMPARE,
  PRIORITY_EXPRESSION,
  PRIORITY_BIT_OR = PRIORITY_EXPRESSION,
  PRIORITY_BIT_XOR,
  PRIORITY_BIT_AND,
  PRIORITY_SHIFT,
  PRIORITY_SUM,
  PRIORITY_TERM,
  PRIORITY_FACTOR,
  PRIORITY_POWER,
  PRIORITY_AWAIT,
  PRIORITY_ATOM,
};

struct writer {
  struct object *text; /* NULL: failed */
  unsigned depth;
};

static void write_expression(struct writer *w, const struct node *n, int priority);

static void put_taking(struct writer *w, struct object *piece) {
  if (w->text && piece)
    w->text = str_append_taking(w->text, piece);
  else {
    drop_null(w->text);
    w->text = NULL;
  }
  drop_null(piece);
}
static void put_str(struct writer *w, struct object *s) { put_taking(w, hold(s)); }
static void put(struct writer *w, const char *ascii) { put_taking(w, str_from_ascii(ascii)); }
static void put_if(struct writer *w, bool condition, const char *ascii) {
  if (condition)
    put(w, ascii);
}

/* ---- Constants ---- */

static void put_items(struct writer *w, struct object *tuple) {
  size_t n = tuple_length(tuple);
  for (size_t i = 0; i < n; i++) {
    put_if(w, i > 0, ", ");
    put_taking(w, text_of_constant(tuple_get_borrowed(tuple, i)));
  }
  put_if(w, n == 1, ",");
}

struct object *text_of_constant(struct object *o) {
  if (o == NONE)
    return str_from_ascii("None");
  if (o == ELLIPSIS)
    return str_from_ascii("Ellipsis");
  if (type_of(o) == &bool_type)
    return str_from_ascii(o == TRUE_ ? "True" : "False");
  if (is_int(o))
    return int_repr(o);
  if (is_float(o))
    return float_repr(float_value(o));
  if (is_complex(o))
    return complex_repr(o);
  if (is_str(o))
    return str_repr(o);
  if (is_bytes(o))
    return bytes_repr(o);
  struct writer w = {str_from_ascii(""), 0};
  if (is_tuple(o)) {
    put(&w, "(");
    put_items(&w, o);
    put(&w, ")");
  } else {
    struct object *each;
    put(&w, "frozenset({");
    for (size_t i = 0, first = 1; set_next(o, &i, &each); first = 0) {
      put_if(&w, !first, ", ");
      put_taking(&w, text_of_constant(each));
    }
    put(&w, "})");
  }
  return w.text;
}

/* Infinity has no literal: it is written as one that overflows. */
static void put_number(struct writer *w, struct object *repr) {
  size_t from = 0, n = repr ? str_length(repr) : 0;
  for (size_t i = 0; repr && i + 3 <= n; i++)
    if (str_at(repr, i) == 'i' && str_at(repr, i + 1) == 'n' && str_at(repr, i + 2) == 'f') {
      put_taking(w, str_slice(repr, from, i));
      put(w, "1e309");
      from = i + 3;
    }
  put_taking(w, repr ? str_slice(repr, from, n) : NULL);
  drop_null(repr);
}

static void write_constant(struct writer *w, const struct node *n) {
  struct object *value = n->Constant.value;
  if (value == ELLIPSIS)
    return put(w, "...");
  if (n->Constant.kind)
    put_str(w, n->Constant.kind);
  if (is_float(value) || is_complex(value))
    put_number(w, text_of_constant(value));
  else if (is_tuple(value)) {
    put(w, "(");
    put_items(w, value);
    put(w, ")");
  } else
    put_taking(w, text_of_constant(value));
}

/* ---- Operators ---- */

static void write_bool(struct writer *w, const struct node *n, int priority) {
  int own = n->BoolOp.op == boolop_And ? PRIORITY_AND : PRIORITY_OR;
  put_if(w, priority > own, "(");
  for (uint32_t i = 0; i < n->BoolOp.values.n; i++) {
    put_if(w, i > 0, n->BoolOp.op == boolop_And ? " and " : " or ");
    write_expression(w, n->BoolOp.values.items[i], own + 1);
  }
  put_if(w, priority > own, ")");
}

static void write_binary(struct writer *w, const struct node *n, int priority) {
  static const struct {
    const char *text;
    uint8_t priority;
  } operators[] = {
      [operator_Add] = {" + ", PRIORITY_SUM},        [operator_Sub] = {" - ", PRIORITY_SUM},
      [operator_Mult] = {" * ", PRIORITY_TERM},      [operator_MatMult] = {" @ ", PRIORITY_TERM},
      [operator_Div] = {" / ", PRIORITY_TERM},       [operator_Mod] = {" % ", PRIORITY_TERM},
      [operator_Pow] = {" ** ", PRIORITY_POWER},     [operator_LShift] = {" << ", PRIORITY_SHIFT},
      [operator_RShift] = {" >> ", PRIORITY_SHIFT},  [operator_BitOr] = {" | ", PRIORITY_BIT_OR},
      [operator_BitXor] = {" ^ ", PRIORITY_BIT_XOR}, [operator_BitAnd] = {" & ", PRIORITY_BIT_AND},
      [operator_FloorDiv] = {" // ", PRIORITY_TERM}};
  int own = operators[n->BinOp.op].priority;
  bool from_right = n->BinOp.op == operator_Pow;
  put_if(w, priority > own, "(");
  write_expression(w, n->BinOp.left, own + from_right);
  put(w, operators[n->BinOp.op].text);
  write_expression(w, n->BinOp.right, own + !from_right);
  put_if(w, priority > own, ")");
}

static void write_unary(struct writer *w, const struct node *n, int priority) {
  static const char *const operators[] = {
      [unaryop_Invert] = "~", [unaryop_Not] = "not ", [unaryop_UAdd] = "+", [unaryop_USub] = "-"};
  int own = n->UnaryOp.op == unaryop_Not ? PRIORITY_NOT : PRIORITY_FACTOR;
  put_if(w, priority > own, "(");
  put(w, operators[n->UnaryOp.op]);
  write_expression(w, n->UnaryOp.operand, own);
  put_if(w, priority > own, ")");
}

static void write_comparison(struct writer *w, const struct node *n, int priority) {
  static const char *const operators[] = {
      [cmpop_Eq] = " == ",       [cmpop_NotEq] = " != ",     [cmpop_Lt] = " < ",
      [cmpop_LtE] = " <= ",      [cmpop_Gt] = " > ",         [cmpop_GtE] = " >= ",
      [cmpop_Is] = " is ",       [cmpop_IsNot] = " is not ", [cmpop_In] = " in ",
      [cmpop_NotIn] = " not in "};
  put_if(w, priority > PRIORITY_COMPARE, "(");
  write_expression(w, n->Compare.left, PRIORITY_COMPARE + 1);
  for (uint32_t i = 0; i < n->Compare.ops.n; i++) {
    put(w, operators[n->Compare.ops.items[i]]);
    write_expression(w, n->Compare.comparators.items[i], PRIORITY_COMPARE + 1);
  }
  put_if(w, priority > PRIORITY_COMPARE, ")");
}

static void write_conditional(struct writer *w, const struct node *n, int priority) {
  put_if(w, priority > PRIORITY_TEST, "(");
  write_expression(w, n->IfExp.body, PRIORITY_TEST + 1);
  put(w, " if ");
  write_expression(w, n->IfExp.test, PRIORITY_TEST + 1);
  put(w, " else ");
  write_expression(w, n->IfExp.orelse, PRIORITY_TEST);
  put_if(w, priority > PRIORITY_TEST, ")");
}

/* ---- Lambdas ---- */

static void write_parameter(struct writer *w, const struct node *n, bool *first) {
  put_if(w, !*first, ", ");
  *first = false;
  put_str(w, n->arg.arg);
  if (n->arg.annotation) {
    put(w, ": ");
    write_expression(w, n->arg.annotation, PRIORITY_TEST);
  }
}

static void write_default(struct writer *w, const struct node *value) {
  if (!value)
    return;
  put(w, "=");
  write_expression(w, value, PRIORITY_TEST);
}

static void write_positional(struct writer *w, const struct node *n, bool *first) {
  const struct tree_nodes *only = &n->arguments.posonlyargs, *args = &n->arguments.args,
                          *defaults = &n->arguments.defaults;
  uint32_t count = only->n + args->n;
  for (uint32_t i = 0; i < count; i++) {
    write_parameter(w, i < only->n ? only->items[i] : args->items[i - only->n], first);
    if (i + defaults->n >= count)
      write_default(w, defaults->items[i + defaults->n - count]);
    put_if(w, only->n && i + 1 == only->n, ", /");
  }
}

static void write_parameters(struct writer *w, const struct node *n) {
  const struct tree_nodes *by_name = &n->arguments.kwonlyargs;
  bool first = true;
  write_positional(w, n, &first);
  if (n->arguments.vararg || by_name->n) {
    put_if(w, !first, ", ");
    first = true;
    put(w, "*");
    if (n->arguments.vararg)
      write_parameter(w, n->arguments.vararg, &first);
    first = false;
  }
  for (uint32_t i = 0; i < by_name->n; i++) {
    write_parameter(w, by_name->items[i], &first);
    write_default(w, n->arguments.kw_defaults.items[i]);
  }
  if (n->arguments.kwarg) {
    put_if(w, !first, ", ");
    first = true;
    put(w, "**");
    write_parameter(w, n->arguments.kwarg, &first);
  }
}

static void write_lambda(struct writer *w, const struct node *n, int priority) {
  const struct node *args = n->Lambda.args;
  bool has_parameters = args->arguments.posonlyargs.n || args->arguments.args.n ||
                        args->arguments.vararg || args->arguments.kwonlyargs.n ||
                        args->arguments.kwarg;
  put_if(w, priority > PRIORITY_TEST, "(");
  put(w, has_parameters ? "lambda " : "lambda");
  write_parameters(w, args);
  put(w, ": ");
  write_expression(w, n->Lambda.body, PRIORITY_TEST);
  put_if(w, priority > PRIORITY_TEST, ")");
}

/* ---- Displays and comprehensions ---- */

static void write_all(struct writer *w, const struct tree_nodes *nodes) {
  for (uint32_t i = 0; i < nodes->n; i++) {
    put_if(w, i > 0, ", ");
    write_expression(w, nodes->items[i], PRIORITY_TEST);
  }
}

static void write_dict(struct writer *w, const struct node *n) {
  put(w, "{");
  for (uint32_t i = 0; i < n->Dict.values.n; i++) {
    put_if(w, i > 0, ", ");
    if (n->Dict.keys.items[i]) {
      write_expression(w, n->Dict.keys.items[i], PRIORITY_TEST);
      put(w, ": ");
      write_expression(w, n->Dict.values.items[i], PRIORITY_TEST);
    } else {
      put(w, "**");
      write_expression(w, n->Dict.values.items[i], PRIORITY_EXPRESSION);
    }
  }
  put(w, "}");
}

static void write_tuple(struct writer *w, const struct node *n, int priority) {
  if (!n->Tuple.elts.n)
    return put(w, "()");
  put_if(w, priority > PRIORITY_TUPLE, "(");
  write_all(w, &n->Tuple.elts);
  put_if(w, n->Tuple.elts.n == 1, ",");
  put_if(w, priority > PRIORITY_TUPLE, ")");
}

static void write_generators(struct writer *w, const struct tree_nodes *generators) {
  for (uint32_t i = 0; i < generators->n; i++) {
    const struct node *each = generators->items[i];
    put(w, each->comprehension.is_async ? " async for " : " for ");
    write_expression(w, each->comprehension.target, PRIORITY_TUPLE);
    put(w, " in ");
    write_expression(w, each->comprehension.iter, PRIORITY_TEST + 1);
    for (uint32_t k = 0; k < each->comprehension.ifs.n; k++) {
      put(w, " if ");
      write_expression(w, each->comprehension.ifs.items[k], PRIORITY_TEST + 1);
    }
  }
}

static void write_comprehension(struct writer *w, const struct node *element,
                                const struct tree_nodes *generators, const char *open,
                                const char *close) {
  put(w, open);
  write_expression(w, element, PRIORITY_TEST);
  write_generators(w, generators);
  put(w, close);
}

static void write_dict_comprehension(struct writer *w, const struct node *n) {
  put(w, "{");
  write_expression(w, n->DictComp.key, PRIORITY_TEST);
  put(w, ": ");
  write_expression(w, n->DictComp.value, PRIORITY_TEST);
  write_generators(w, &n->DictComp.generators);
  put(w, "}");
}

/* ---- Primaries ---- */

static void write_call(struct writer *w, const struct node *n) {
  const struct tree_nodes *args = &n->Call.args, *keywords = &n->Call.keywords;
  write_expression(w, n->Call.func, PRIORITY_ATOM);
  if (args->n == 1 && !keywords->n && args->items[0]->kind == NODE_GeneratorExp)
    return write_expression(w, args->items[0], PRIORITY_TEST); /* its own parentheses do */
  put(w, "(");
  write_all(w, args);
  for (uint32_t i = 0; i < keywords->n; i++) {
    const struct node *each = keywords->items[i];
    put_if(w, args->n + i > 0, ", ");
    if (each->keyword.arg) {
      put_str(w, each->keyword.arg);
      put(w, "=");
    } else
      put(w, "**");
    write_expression(w, each->keyword.value, PRIORITY_TEST);
  }
  put(w, ")");
}

static void write_attribute(struct writer *w, const struct node *n) {
  const struct node *value = n->Attribute.value;
  write_expression(w, value, PRIORITY_ATOM);
  bool is_plain_int = value->kind == NODE_Constant && type_of(value->Constant.value) == &int_type;
  put(w, is_plain_int ? " ." : "."); /* 1.a would begin a float */
  put_str(w, n->Attribute.attr);
}

static void write_slice(struct writer *w, const struct node *n) {
  if (n->Slice.lower)
    write_expression(w, n->Slice.lower, PRIORITY_TEST);
  put(w, ":");
  if (n->Slice.upper)
    write_expression(w, n->Slice.upper, PRIORITY_TEST);
  if (n->Slice.step) {
    put(w, ":");
    write_expression(w, n->Slice.step, PRIORITY_TEST);
  }
}

static void write_prefixed(struct writer *w, const char *word, const struct node *value, int own,
                           int inner, int priority) {
  put_if(w, priority > own, "(");
  put(w, word);
  if (value) {
    put(w, " ");
    write_expression(w, value, inner);
  }
  put_if(w, priority > own, ")");
}

/* ---- f-strings ---- */

static void write_part(struct writer *w, const struct node *n, bool in_format);

static void write_parts(struct writer *w, const struct node *n, bool in_format) {
  for (uint32_t i = 0; i < n->JoinedStr.values.n; i++)
    write_part(w, n->JoinedStr.values.items[i], in_format);
}

/* Braces of the text stand twice. */
static void put_escaped(struct writer *w, struct object *s) {
  size_t from = 0, n = str_length(s);
  for (size_t i = 0; i < n; i++)
    if (str_at(s, i) == '{' || str_at(s, i) == '}') {
      put_taking(w, str_slice(s, from, i + 1));
      from = i;
    }
  put_taking(w, str_slice(s, from, n));
}

static void write_replacement(struct writer *w, const struct node *n) {
  struct writer inner = {str_from_ascii(""), w->depth};
  write_expression(&inner, n->FormattedValue.value, PRIORITY_TEST + 1);
  bool has_brace = inner.text && str_length(inner.text) && str_at(inner.text, 0) == '{';
  put(w, has_brace ? "{ " : "{");
  put_taking(w, inner.text);
  if (n->FormattedValue.conversion > 0) {
    char conversion[] = {'!', (char)n->FormattedValue.conversion, 0};
    put(w, conversion);
  }
  if (n->FormattedValue.format_spec) {
    put(w, ":");
    write_part(w, n->FormattedValue.format_spec, true);
  }
  put(w, "}");
}

static void write_joined(struct writer *w, const struct node *n, bool in_format) {
  if (in_format)
    return write_parts(w, n, true);
  struct writer inner = {str_from_ascii(""), w->depth};
  write_parts(&inner, n, false);
  put(w, "f");
  put_taking(w, inner.text ? str_repr(inner.text) : NULL);
  drop_null(inner.text);
}

static void write_part(struct writer *w, const struct node *n, bool in_format) {
  if (n->kind == NODE_Constant)
    put_escaped(w, n->Constant.value);
  else if (n->kind == NODE_JoinedStr)
    write_joined(w, n, in_format);
  else
    write_replacement(w, n);
}

/* A replacement field outside of an f-string: as an f-string of its own. */
static void write_lone_replacement(struct writer *w, const struct node *n) {
  struct writer inner = {str_from_ascii(""), w->depth};
  write_replacement(&inner, n);
  put(w, "f");
  put_taking(w, inner.text ? str_repr(inner.text) : NULL);
  drop_null(inner.text);
}

/* ---- All ---- */

static void write_named(struct writer *w, const struct node *n, int priority) {
  put_if(w, priority > PRIORITY_TUPLE, "(");
  write_expression(w, n->NamedExpr.target, PRIORITY_ATOM);
  put(w, " := ");
  write_expression(w, n->NamedExpr.value, PRIORITY_ATOM);
  put_if(w, priority > PRIORITY_TUPLE, ")");
}

static void write_node(struct writer *w, const struct node *n, int priority) {
  switch ((enum node_kind)n->kind) {
  case NODE_BoolOp:
    return write_bool(w, n, priority);
  case NODE_BinOp:
    return write_binary(w, n, priority);
  case NODE_UnaryOp:
    return write_unary(w, n, priority);
  case NODE_Lambda:
    return write_lambda(w, n, priority);
  case NODE_IfExp:
    return write_conditional(w, n, priority);
  case NODE_Dict:
    return write_dict(w, n);
  case NODE_Set:
    put(w, "{");
    write_all(w, &n->Set.elts);
    return put(w, "}");
  case NODE_GeneratorExp:
    return write_comprehension(w, n->GeneratorExp.elt, &n->GeneratorExp.generators, "(", ")");
  case NODE_ListComp:
    return write_comprehension(w, n->ListComp.elt, &n->ListComp.generators, "[", "]");
  case NODE_SetComp:
    return write_comprehension(w, n->SetComp.elt, &n->SetComp.generators, "{", "}");
  case NODE_DictComp:
    return write_dict_comprehension(w, n);
  case NODE_Yield:
    return write_prefixed(w, "(yield", n->Yield.value, PRIORITY_ATOM, PRIORITY_TEST, 0),
           put(w, ")");
  case NODE_YieldFrom:
    return write_prefixed(w, "(yield from", n->YieldFrom.value, PRIORITY_ATOM, PRIORITY_TEST, 0),
           put(w, ")");
  case NODE_Await:
    return write_prefixed(w, "await", n->Await.value, PRIORITY_AWAIT, PRIORITY_ATOM, priority);
  case NODE_Compare:
    return write_comparison(w, n, priority);
  case NODE_Call:
    return write_call(w, n);
  case NODE_Constant:
    return write_constant(w, n);
  case NODE_JoinedStr:
    return write_joined(w, n, false);
  case NODE_FormattedValue:
    return write_lone_replacement(w, n);
  case NODE_Attribute:
    return write_attribute(w, n);
  case NODE_Starred:
    put(w, "*");
    return write_expression(w, n->Starred.value, PRIORITY_EXPRESSION);
  case NODE_Name:
    return put_str(w, n->Name.id);
  case NODE_List:
    put(w, "[");
    write_all(w, &n->List.elts);
    return put(w, "]");
  case NODE_Tuple:
    return write_tuple(w, n, priority);
  case NODE_Subscript:
    write_expression(w, n->Subscript.value, PRIORITY_ATOM);
    put(w, "[");
    write_expression(w, n->Subscript.slice, PRIORITY_TUPLE);
    return put(w, "]");
  case NODE_Slice:
    return write_slice(w, n);
  case NODE_NamedExpr:
    return write_named(w, n, priority);
  default:
    error_set(ERROR_RUNTIME, "a node of kind %s is no expression", tree_kinds[n->kind].name);
    put_taking(w, NULL);
  }
}

static void write_expression(struct writer *w, const struct node *n, int priority) {
  enum { DEPTH_MAX = 3000 };
  if (!w->text)
    return;
  if (++w->depth > DEPTH_MAX) {
    scopes_too_deep();
    put_taking(w, NULL);
    return;
  }
  write_node(w, n, priority);
  w->depth--;
}

struct object *text_of_expression(const struct node *n) {
  struct writer w = {str_from_ascii(""), 0};
  write_expression(&w, n, PRIORITY_TEST);
  return w.text;
}
