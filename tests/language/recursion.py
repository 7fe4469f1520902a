"""The end of recursion is an exception, wherever it goes through C."""
import sys


def depth_of(f):
    try:
        f()
    except RecursionError as e:
        return str(e)
    raise AssertionError("no RecursionError")


def count(n):
    global deepest
    deepest = n
    count(n + 1)


assert "maximum recursion depth exceeded" in depth_of(lambda: count(1))
assert 900 < deepest < sys.getrecursionlimit()


class Repr:
    def __repr__(self):
        return repr(self)


class Eq:
    def __eq__(self, other):
        return self == other

    __hash__ = None


class Call:
    pass


Call.__call__ = Call()


class Attribute:
    def __getattr__(self, name):
        return getattr(self, name)


class Iter:
    def __iter__(self):
        return iter(self)


class Add:
    def __add__(self, other):
        return self + other


for f in (lambda: repr(Repr()), lambda: Eq() == Eq(), lambda: Call()(), lambda: Attribute().x,
          lambda: iter(Iter()), lambda: Add() + 1, lambda: sorted([2, 1], key=lambda v: f()),
          lambda: [*map(lambda v: f(), [1])]):
    assert "maximum recursion depth exceeded" in depth_of(f)

nested = []
for _ in range(100_000):
    nested = [nested]
depth_of(lambda: repr(nested))
depth_of(lambda: nested == [nested])
while nested:
    nested = nested[0]


def generator(n):
    yield from generator(n + 1)


depth_of(lambda: next(generator(0)))


async def coroutine():
    await coroutine()


depth_of(lambda: coroutine().send(None))

# Frames of Python code need no C stack.
limit = sys.getrecursionlimit()
sys.setrecursionlimit(60_000)
try:
    def down(n):
        return n if n == 0 else down(n - 1) + 1
    assert down(50_000 if sys.implementation.name != "cpython" else 5_000) == (
        50_000 if sys.implementation.name != "cpython" else 5_000)
finally:
    sys.setrecursionlimit(limit)


# Afterwards everything works as before.
assert "maximum recursion depth exceeded" in depth_of(lambda: count(1))
