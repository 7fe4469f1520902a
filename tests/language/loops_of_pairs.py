"""Loops that unpack pairs at once: zip, enumerate, dict.items(), and what else comes to the same loop."""


def pairs(iterable):
    out = []
    for a, b in iterable:
        out.append((a, b))
    return out


def nested(iterable):
    return [(i, a, b) for i, (a, b) in iterable]


def cells(iterable):
    readers = []
    for a, b in iterable:
        readers.append(lambda: (a, b))
    return [read() for read in readers]


def message(function, *args):
    try:
        function(*args)
    except Exception as error:
        return type(error).__name__, str(error)
    raise AssertionError("no error")


# One loop meets iterators of every kind, again and again.
class Pairs:
    def __iter__(self):
        return iter([(1, 2), [3, 4], "56"])


class Count(zip):
    pass


class Odd(enumerate):
    def __next__(self):
        i, item = super().__next__()
        return i * 2, item


def generate():
    yield 1, 2
    yield 3, 4


for _ in range(4):
    assert pairs(zip([1, 2, 3], "ab")) == [(1, "a"), (2, "b")]
    assert pairs(zip((1.5, 2.5), [3, 4, 5])) == [(1.5, 3), (2.5, 4)]
    assert pairs(zip(range(300, 303), iter({7: 8, 9: 10}))) == [(300, 7), (301, 9)]
    assert pairs(zip()) == []
    assert pairs(enumerate("xyz")) == [(0, "x"), (1, "y"), (2, "z")]
    assert pairs(enumerate(["u", "v"], 2**63 - 1)) == [(2**63 - 1, "u"), (2**63, "v")]
    assert pairs({1: "a", 2: "b"}.items()) == [(1, "a"), (2, "b")]
    assert pairs(reversed({1: "a", 2: "b"}.items())) == [(2, "b"), (1, "a")]
    assert pairs(Pairs()) == [(1, 2), (3, 4), ("5", "6")]
    assert pairs(Count([1], [2])) == [(1, 2)]
    assert pairs(Odd("ab")) == [(0, "a"), (2, "b")]
    assert pairs(generate()) == [(1, 2), (3, 4)]
    assert nested(enumerate(zip([1, 2], [3, 4]))) == [(0, 1, 3), (1, 2, 4)]
    assert nested(enumerate({5: 6}.items())) == [(0, 5, 6)]
    assert cells(zip([1, 2], [3, 4])) == [(2, 4), (2, 4)]
    assert message(pairs, zip([1])) == ("ValueError", "not enough values to unpack (expected 2, got 1)")
    assert message(pairs, zip([1], [2], [3])) == ("ValueError", "too many values to unpack (expected 2)")
    assert message(pairs, zip([1, 2], [3], strict=True)) == ("ValueError", "zip() argument 2 is shorter than argument 1")
    assert message(pairs, zip([1], [3, 4], strict=True)) == ("ValueError", "zip() argument 2 is longer than argument 1")
    assert message(pairs, [1]) == ("TypeError", "cannot unpack non-iterable int object")


# Names that are no variables of a function.
for first, second in zip([1, 2], [3, 4]):
    pass
assert (first, second) == (2, 4)
box = {}
for box["i"], box["item"] in enumerate("pq"):
    pass
assert box == {"i": 1, "item": "q"}
for same, same in zip([1], [2]):
    assert same == 2


# The dict changes under the loop; an iterator raises; an iterator unpacks the same zip itself.
def grow():
    d = {1: 2}
    for k, v in d.items():
        d[k + 1] = v


assert message(grow) == ("RuntimeError", "dictionary changed size during iteration")


def fails():
    yield 1
    raise KeyError("here")


seen = []
try:
    for a, b in zip("abc", fails()):
        seen.append((a, b))
except KeyError as error:
    assert error.args == ("here",)
assert seen == [("a", 1)]


def inner():
    for _ in range(3):
        yield next(outer, None)


outer = zip(iter(range(100)), inner())
got = []
try:
    for a, b in outer:
        got.append((a, b))
except ValueError as error:
    assert str(error) == "generator already executing"
assert got == []


# What is left in the variables dies when the next pair comes, in the order of the assignments.
class Tell:
    def __init__(self, name):
        self.name = name

    def __repr__(self):
        return self.name


def rest():
    i = item = None
    for i, item in enumerate([Tell("a"), Tell("b")], 1000):
        pass
    return i, item


assert repr(rest()) == "(1001, b)"


# Functions that are traced see every line.
import sys

lines = []


def trace(frame, event, arg):
    if frame.f_code.co_name == "traced":
        lines.append((event, frame.f_lineno - frame.f_code.co_firstlineno))
        return trace


def traced():
    for a, b in zip([1, 2], [3, 4]):
        a + b


sys.settrace(trace)
traced()
sys.settrace(None)
assert lines == [("call", 0), ("line", 1), ("line", 2), ("line", 1), ("line", 2), ("line", 1), ("return", 1)], lines
