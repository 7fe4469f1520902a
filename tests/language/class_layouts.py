"""__class__ assigned between classes whose instances keep different numbers of attributes in place, in all
states an instance can be in; members of __slots__ behind the text of a str."""
import copy
import gc
import itertools
import pickle
import weakref


def raises(kind, function, *args):
    try:
        function(*args)
    except kind as e:
        return str(e)
    raise AssertionError(f"{kind.__name__} is not raised")


class Empty:
    pass


class One:
    def __init__(self):
        self.only = 1

    def who(self):
        return "One"


class Many:
    z = 5

    def __init__(self):
        self.a = self.b = self.c = self.d = self.e = self.f = self.g = 1

    def who(self):
        return "Many"


def fill(o, n):
    for i in range(n):
        setattr(o, f"x{i}", [i, o])


def replaced(o):
    o.__dict__ = {"p": 1}


def emptied(o):
    fill(o, 3)
    for name in list(vars(o)):
        delattr(o, name)


def self_held(o):
    fill(o, 2)
    o.own = o.__dict__


STATES = [lambda o: None, lambda o: fill(o, 2), lambda o: fill(o, 40), lambda o: (o.__dict__, fill(o, 3)),
          replaced, emptied, self_held]
natives = [kind() for kind in (Empty, One, Many)]
kept = []
for From, To in itertools.product((Empty, One, Many), repeat=2):
    for prepare in STATES:
        o = From()
        prepare(o)
        reference = weakref.ref(o)
        attributes = dict(vars(o))
        o.__class__ = To
        assert type(o) is To and reference() is o and vars(o) == attributes
        if To is not Empty:
            assert o.who() == To.__name__
        o.who = lambda: "own"
        for _ in range(3):
            assert o.who() == "own"
        del o.who
        o.new = o
        assert o.new is o and vars(o) == {**attributes, "new": o}
        assert copy.copy(o).__dict__ == o.__dict__
        o.__dict__ = {}
        o.z = 7
        assert o.z == 7 and vars(o) == {"z": 7}
        del o.z
        o.__class__ = From
        fill(o, 5)
        assert type(o) is From and len(vars(o)) == 5
        o.__class__ = To
        fresh = To()
        fresh.who = lambda: "fresh"  # in place, where others of the class have a dict
        assert fresh.who() == "fresh"
        kept.append(o)
        del o, fresh
for o in natives:  # untouched by what others of their class did
    assert vars(o) == vars(type(o)())
for o in kept:
    for Kind in (Many, Empty, One):
        o.__class__ = Kind
        assert len(vars(o)) == 5 and type(o) is Kind
del kept, o
gc.collect()


# Behind the items of what varies in size: dicts of ints, bytes and tuples have no place that agrees.
class Text(str):
    pass


class Text5(str):
    def __init__(self, *args):
        self.a = self.b = self.c = self.d = self.e = 1


class Items(list):
    pass


class Items5(list):
    __init__ = Text5.__init__


for A, B, value in (Text, Text5, "abc"), (Text5, Text, "\xe4\u20ac" * 9), (Items, Items5, [1]), (Items5, Items, []):
    A(value), B(value)
    o = A(value)
    o.zz = [o]
    reference = weakref.ref(o)
    o.__class__ = B
    assert o == A(value) and type(o) is B and reference() is o and o.zz[0] is o
    o.a = 7
    o.__class__ = A
    assert o.a == 7 and o.zz[0] is o
    del o


class Number(int):
    pass


class Below(Number):
    pass


class Other(int):
    pass


n = Number(5)
n.a = 1
n.__class__ = Below
assert n.a == 1 and type(n) is Below and n == 5
assert "layout differs" in raises(TypeError, setattr, n, "__class__", Other)


# __slots__ of subclasses of str
class S(str):
    __slots__ = ("a", "b")


class T(S):
    __slots__ = ("c",)


class U(T):
    pass


class W(S):
    __slots__ = ("__weakref__", "__dict__", "d")


class Same(str):
    __slots__ = ("b", "a")


for Kind in S, T, U, W:
    for text in "", "abc", "\xe4\u20ac" * 5, "x" * 90:
        o = Kind(text)
        assert "'%s' object has no attribute 'a'" % Kind.__name__ == raises(AttributeError, getattr, o, "a")
        for i in range(12):
            o.a = [o, i]
            o.b = i
            assert o.a[0] is o and o.a[1] == o.b == i
        if Kind in (S, T):
            raises(AttributeError, setattr, o, "e", 1)
        else:
            o.e = o
            assert o.e is o and "e" in vars(o)
        if Kind is W:
            assert weakref.ref(o)() is o
        assert o == text and hash(o) == hash(text) and o + "y" == text + "y"
        del o.a
        assert raises(AttributeError, delattr, o, "a") == "a"
        o.a = 3
        if Kind is S:
            copied = pickle.loads(pickle.dumps(o))
            assert (copied, copied.a, copied.b, type(copied)) == (text, 3, 11, S)
            o.__class__ = Same
            assert type(o) is Same and o.a == 3 and o.b == 11
            raises(TypeError, S.a.__get__, o)
        o.b = o
        del o
assert S.a.__objclass__ is S and repr(T.c) == "<member 'c' of 'T' objects>"
assert "lay-out conflict" in raises(TypeError, type, "X", (S, Same), {})
for base in int, bytes, tuple, type:
    message = raises(TypeError, type, "X", (base,), {"__slots__": ("a",)})
    assert message == f"nonempty __slots__ not supported for subtype of '{base.__name__}'"
gc.collect()
