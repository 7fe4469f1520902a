"""list[int] and int | str: what they show, hold and replace; names and docs of classes; how modules
show themselves; defaults set to more than there are parameters."""
import collections
import copy
import pickle
import sys
import types
import typing

T, U = typing.TypeVar("T"), typing.TypeVar("U")
Ts = typing.TypeVarTuple("Ts")


def raises(kind, function, *args):
    try:
        function(*args)
    except kind as e:
        return str(e)
    raise AssertionError("nothing is raised")


starred = next(iter(tuple[int]))
assert repr(starred) == "*tuple[int]" and starred.__unpacked__
for alias in (list[int], starred, tuple[starred, str], dict[str, T]):
    for other in (copy.deepcopy(alias), pickle.loads(pickle.dumps(alias)) if alias != dict[str, T] else alias):
        assert other == alias and repr(other) == repr(alias)
iterator = iter(tuple[int])
assert iterator.__reduce__() == (iter, (tuple[int],))
next(iterator)
assert list(iterator) == []
assert {"__origin__", "__args__", "append"} <= set(dir(list[int]))
assert list[int].__getitem__([5], 0) == 5
assert list[T][starred] == list[int] and dict[T, U][next(iter(tuple[int, str]))] == dict[int, str]
assert tuple[(*Ts,)][()] == tuple[()] and tuple[(*Ts,)][int, str] == tuple[int, str]


class Sub(types.GenericAlias):
    def __repr__(self):
        return "Sub"


assert type(Sub(list, int)) is Sub and repr(Sub(list, int) | None) == "Sub | None"
assert hash(int | str) == hash(str | int) == hash(typing.Union[int, str])
assert (int | str).__module__ == "types"

# Names and docstrings are text; the namespace keeps the order of its own iterator.
raises(UnicodeEncodeError, type, "A\udcdc", (), {})
raises(UnicodeEncodeError, type, "A", (), {"__doc__": "\udcdc"})
ordered = collections.OrderedDict(a=1, b=2)
ordered.move_to_end("a")
assert list(type("A", (), ordered).__dict__)[:2] == ["b", "a"]


class Named:
    pass


Named.__name__ = "Other"
assert Named.__qualname__ == "Named"
assert str.maketrans.__qualname__ == "str.maketrans" and str.maketrans.__self__ is None
raises(TypeError, type(sys.flags), sys.flags)
raises(TypeError, type(sys.flags).__new__, type(sys.flags), sys.flags)


# Modules show what their loader or spec says.
class Loader:
    pass


module = types.ModuleType("foo")
assert repr(module) == "<module 'foo'>"
module.__loader__ = Loader
assert repr(module) == f"<module 'foo' ({Loader!r})>"
module.__file__ = "/tmp/foo.py"
assert repr(module) == "<module 'foo' from '/tmp/foo.py'>"
del module.__name__
assert repr(module) == "<module '?' from '/tmp/foo.py'>"
assert repr(sys) == "<module 'sys' (built-in)>"
assert "ast" in sys.stdlib_module_names


def f(a, b):
    return a, b


f.__defaults__ = (1, 2, 3)
assert f() == (2, 3) and f(7) == (7, 3) and f(7, 8) == (7, 8)
raises(TypeError, f, 1, 2, 3)

error = UnicodeEncodeError("x", "xxxx", 1, 3, "why")
error.encoding, error.reason = 4000, 5
assert str(error) == "'4000' codec can't encode characters in position 1-2: 5"

# isinstance and issubclass ask the members of a union in their order, each as it is; a parameterised
# one is an error only where it is reached.
class Answers(types.GenericAlias):
    def __instancecheck__(self, value):
        return value == 3


assert isinstance(1, int | list[int]) and isinstance(None, str | None | list[int])
assert issubclass(bool, int | list[int])
for refused in (lambda: isinstance("", int | list[int]), lambda: isinstance(1, list[int] | int),
                lambda: issubclass(str, int | list[int]), lambda: issubclass(3, list[int] | int)):
    try:
        refused()
    except TypeError as e:
        assert "cannot be a parameterized generic" in str(e), e
    else:
        raise AssertionError(refused)
assert isinstance(3, str | Answers(list, (int,))) and not isinstance(4, str | Answers(list, (int,)))
