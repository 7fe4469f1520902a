"""Trees of programs: made by compile(), by hand, changed, compiled, and refused."""
import _ast
import ast
import copy

source = '''
@dec
def f(a, /, b: int = 1, *c, d=2, **e) -> str:
    """doc"""
    x = [y for y in b if y]; x += 1
    return f"{a!r:>{b}}", {1: 2, **e}, (yield)
class C(B, m=M):
    async def g(self): await self; return lambda: 0
try: pass
except* (A, B) as e: raise X from e
match v:
    case {"k": [1, *_], **r} | C(x=None, y=r) if r: pass
a.b[1:2, ::3] = c = not d < e <= -1.5j
'''
tree = ast.parse(source)
dump = ast.dump(tree, include_attributes=True)
assert ast.dump(copy.deepcopy(tree), include_attributes=True) == dump
assert ast.dump(ast.parse(ast.unparse(tree))) == ast.dump(tree)
assert compile(tree, "t", "exec").co_code == compile(source, "t", "exec").co_code
assert isinstance(tree, ast.Module) and tree._fields == ("body", "type_ignores") == ast.Module.__match_args__

f = tree.body[0]
assert (f.name, f.lineno, f.col_offset, f.end_lineno) == ("f", 3, 0, 6) and f.type_comment is None
assert f.args.posonlyargs[0].arg == "a" and f.args.kw_defaults[0].value == 2 and f.args.kwarg.annotation is None
assert f._attributes == ("lineno", "col_offset", "end_lineno", "end_col_offset") and ast.arguments._attributes == ()
assert f.body[1].targets[0].ctx is f.body[2].target.ctx and isinstance(f.body[2].op, ast.Add)
assert ast.Return.__doc__ == "Return(expr? value)" and ast.Return().value is None
assert ast.boolop.__doc__ == "boolop = And | Or" and ast.Add.__bases__ == (ast.operator,)
assert ast.ImportFrom.__doc__ == "ImportFrom(identifier? module, alias* names, int? level)"


class Double(ast.NodeTransformer):
    def visit_Constant(self, node):
        return ast.copy_location(ast.Constant(node.value * 2), node)


assert eval(compile(ast.fix_missing_locations(Double().visit(ast.parse("[1, 'a']", mode="eval"))), "", "eval")) == [2, "aa"]
assert ast.literal_eval("{'a': [1, -2, (3,)], 'b': {None}}") == {"a": [1, -2, (3,)], "b": {None}}
assert [n.id for n in ast.walk(ast.parse("a+b*c")) if isinstance(n, ast.Name)] == ["a", "b", "c"]

name = ast.Name("x", ast.Load(), lineno=1, col_offset=0)
assert name.__reduce__()[::2] == (ast.Name, {"id": "x", "ctx": name.ctx, "lineno": 1, "col_offset": 0})
name.extra = 1
assert copy.copy(name).extra == 1 and ast.Name(id="y", other=2).other == 2


class Own(ast.Name):
    pass


assert eval(compile(ast.Expression(Own("x", ast.Load(), lineno=1, col_offset=0)), "", "eval"), {"x": 5}) == 5


def message(f, *args, **kwargs):
    try:
        f(*args, **kwargs)
    except (TypeError, ValueError, RecursionError, SyntaxError) as e:
        return f"{type(e).__name__}: {e}"
    raise AssertionError


def refused(node):
    kind = ast.Expression(node) if isinstance(node, ast.expr) else ast.Module([node], [])
    return message(compile, ast.fix_missing_locations(kind), "", "eval" if isinstance(node, ast.expr) else "exec")


one = ast.Constant(1)
assert message(ast.Name, 1, 2, 3) == "TypeError: Name constructor takes at most 2 positional arguments"
assert message(ast.Name, "x", id="y") == "TypeError: Name got multiple values for argument 'id'"
assert message(compile, ast.Name(), "", "eval") == "TypeError: expected Expression node, got Name"
assert message(compile, ast.Expression(), "", "eval") == 'TypeError: required field "body" missing from Expression'
assert message(compile, ast.Expression(None), "", "eval") == "ValueError: field 'body' is required for Expression"
assert message(compile, ast.Expression(one), "", "eval") == 'TypeError: required field "lineno" missing from expr'
assert message(compile, ast.Module(3, []), "", "exec") == 'TypeError: Module field "body" must be a list, not a int'
assert refused(ast.Name(1, ast.Load())) == "TypeError: AST identifier must be of type str"
assert refused(ast.Name("x", 1)) == "TypeError: expected some sort of expr_context, but got 1"
assert refused(ast.Name("x", ast.Store())) == "ValueError: expression must have Load context but has Store instead"
assert refused(ast.Name("None", ast.Load())) == "ValueError: identifier field can't represent 'None' constant"
assert refused(ast.BoolOp(ast.And(), [one])) == "ValueError: BoolOp with less than 2 values"
assert refused(ast.Dict([None], [])) == "ValueError: Dict doesn't have the same number of keys as values"
assert refused(ast.Constant((1, [2]))) == "TypeError: got an invalid type in Constant: list"
assert refused(ast.ListComp(one, [])) == "ValueError: comprehension with no generators"
assert refused(ast.If(one, [], [])) == "ValueError: empty body on If"
assert refused(ast.Assign([one], one)) == "ValueError: expression which can't be assigned to in Store context"
assert refused(ast.Try([ast.Pass()], [], [], [])) == "ValueError: Try has neither except handlers nor finalbody"
assert refused(ast.Match(one, [ast.match_case(ast.MatchOr([ast.MatchAs()]), None, [ast.Pass()])])) == (
    "ValueError: MatchOr requires at least 2 patterns")
assert message(compile, ast.Module([ast.Pass(lineno=2, col_offset=0, end_lineno=1)], []), "", "exec") == (
    "ValueError: AST node line range (2, 1) is not valid")

deep = ast.Constant(1, lineno=1, col_offset=0)
for _ in range(100000):
    deep = ast.UnaryOp(ast.Not(), deep, lineno=1, col_offset=0)
assert "recursion depth exceeded" in message(compile, ast.Expression(deep), "", "eval")
while isinstance(deep, ast.UnaryOp):
    deep = deep.operand
assert "recursion depth exceeded" in message(ast.parse, "1" + "+1" * 100000)

# Errors of scopes and of futures have their place in attributes, and nothing but the message in args.
for text, place in (("def f():\n  nonlocal x", (2, 3, 2, 13)), ("from __future__ import qq", (1, 1, 1, None)),
                    ("def f(a, a): pass", (1, 10, 1, 11)), ("a; from __future__ import division", (1, 3, 1, None))):
    try:
        compile(text, "name", "exec")
    except SyntaxError as e:
        assert e.args == (e.msg,) and not e.__dict__, e.args
        assert (e.filename, e.lineno, e.offset, e.end_lineno, e.end_offset) == ("name", *place), text
    else:
        raise AssertionError(text)
for text, args in (("return", ("'return' outside function", ("name", 1, 1, None, 1, 7))),
                   (b"# coding: nope", ("unknown encoding: nope", ("name", 0, -1, None)))):
    try:
        compile(text, "name", "exec")
    except SyntaxError as e:
        assert e.args == args, e.args
    else:
        raise AssertionError(text)

# The constants of a function that ends in a raise; the line of a branch of which nothing is left.
def constants(text, **options):
    return compile(text, "name", "exec", **options).co_consts[0]


f = constants("def f(**o):\n  'doc'\n  c(**o)\n  raise X")
assert f.co_consts == ("doc", None, ()), f.co_consts
f = constants("def f():\n  if x:\n    assert 1\n  else:\n    assert 2\n  y()", optimize=1)
assert f.co_code[14:18] == bytes([114, 1, 9, 0]), f.co_code  # POP_JUMP_FORWARD_IF_FALSE 1; NOP
