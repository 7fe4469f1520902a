"""_contextvars: values by context, copying, tokens, many variables."""
from _contextvars import Context, ContextVar, Token, copy_context


def raises(kind, function, *args, **kwargs):
    try:
        function(*args, **kwargs)
    except kind as error:
        return str(error)
    raise AssertionError(f"{kind.__name__} expected")


a, b = ContextVar("a"), ContextVar("b", default=1)
assert a.name == "a" and b.get() == 1 and b.get(2) == 2 and a.get(3) == 3
try:
    a.get()
except LookupError as error:
    assert error.args == (a,)
token = a.set(10)
assert a.get() == 10 and token.var is a and token.old_value is Token.MISSING
second = a.set(20)
assert second.old_value == 10 and repr(Token.MISSING) == "<Token.MISSING>"
assert "has already been used once" not in repr(second)
a.reset(second)
assert a.get() == 10
assert "has already been used once" in raises(RuntimeError, a.reset, second)
assert repr(second).startswith("<Token used var=<ContextVar name='a' at 0x")
assert "created by a different ContextVar" in raises(ValueError, b.reset, token)
assert "expected an instance of Token" in raises(TypeError, a.reset, 1)

# Contexts.
context = copy_context()
assert context[a] == 10 and a in context and b not in context and len(context) == 1
assert context.get(a) == 10 and context.get(b) is None and context.get(b, 5) == 5
assert list(context) == [a] == list(context.keys())
assert list(context.values()) == [10] and list(context.items()) == [(a, 10)]
assert "a ContextVar key was expected, got 'x'" in raises(TypeError, context.get, "x")
raises(TypeError, lambda: "x" in context)
raises(KeyError, lambda: context[b])
raises(TypeError, hash, context)


def change(value, *, add=0):
    t = a.set(value + add)
    assert copy_context() == context
    return t


inner = context.run(change, 30, add=1)
assert a.get() == 10 and context[a] == 31
assert "created in a different Context" in raises(ValueError, a.reset, inner)
context.run(a.reset, inner)
assert context[a] == 10 and copy_context() == context
empty = Context()
assert len(empty) == 0 and empty == Context() and empty != context and not empty == 1
assert empty.run(a.get, "none") == "none"
copy = context.copy()
copy.run(b.set, 7)
assert b not in context and copy[b] == 7
assert "is already entered" in raises(RuntimeError, context.run, context.run, print)
assert raises(TypeError, empty.run) == "run() missing 1 required positional argument"
raises(ZeroDivisionError, empty.run, lambda: 1 / 0)
empty.run(lambda: None)
a.reset(token)
raises(LookupError, a.get)

# Types.
for kind in (Context, ContextVar, Token):
    assert "not an acceptable base type" in raises(TypeError, type, "X", (kind,), {})
raises(TypeError, ContextVar)
raises(TypeError, ContextVar, 1)
raises(TypeError, ContextVar, "x", 1)
assert "ContextVars" in raises(RuntimeError, Token)
raises(TypeError, Context, 1)
assert ContextVar[int].__origin__ is ContextVar and Token[int].__origin__ is Token
assert repr(b).startswith("<ContextVar name='b' default=1 at 0x")

# Many, with versions kept.
variables = [ContextVar(str(i)) for i in range(400)]
versions = []


def fill():
    tokens = []
    for i, v in enumerate(variables):
        tokens.append(v.set(i))
        if i % 50 == 0:
            versions.append((i + 1, copy_context()))
    assert all(v.get() == i for i, v in enumerate(variables))
    for v in variables:
        v.set(-1)
    whole = copy_context()
    for i in list(range(0, 400, 3)) + list(range(1, 400, 3)) + list(range(2, 400, 3)):
        variables[i].reset(tokens[i])
        assert variables[i].get(None) is None
    assert len(copy_context()) == 0
    return whole


whole = Context().run(fill)
assert len(whole) == 400 and set(whole.values()) == {-1}
for n, version in versions:
    assert len(version) == n
    assert sorted(version.values()) == list(range(n))
    assert {v.name: x for v, x in version.items()} == {str(i): i for i in range(n)}
