"""Calls of classes, all from one place each: the instance made and its __init__, what changes either, types in C."""
import abc


def one(kind):
    return kind(7)


def raises(text, function, *args):
    try:
        function(*args)
    except TypeError as error:
        assert text in str(error), error
    else:
        raise AssertionError(f"no TypeError: {text}")


class Plain:
    def __init__(self, x):
        self.x = x


class Meta(type):
    def __call__(cls, *args):
        return "meta", args


class OfMeta(metaclass=Meta):
    def __init__(self, x):
        self.x = x


def other(self, x):
    self.y = x


for _ in range(5):
    assert one(Plain).x == 7
assert one(OfMeta) == ("meta", (7,)) and one(Plain).x == 7

# The class changes between two calls.
Plain.__init__ = other
assert one(Plain).y == 7
del Plain.__init__
raises("takes no arguments", one, Plain)
Plain.__init__ = other
Plain.__new__ = lambda cls, x: [x]
assert one(Plain) == [7]


class Derived:
    def __init__(self, x):
        self.z = x


class Deeper(Derived):
    pass


for _ in range(3):
    assert one(Deeper).z == 7
Derived.__init__ = other  # of a base
assert one(Deeper).y == 7
Deeper.__new__ = staticmethod(lambda cls, x: 5)
assert one(Deeper) == 5 and one(Derived).y == 7


class Abstract(metaclass=abc.ABCMeta):
    def __init__(self, x):
        pass

    @abc.abstractmethod
    def f(self):
        pass


class Answers:
    def __init__(self, x):
        return x


class Lets:
    def __init__(self, x):  # the class lets go of it while it runs
        Lets.__init__ = lambda self, x: None
        self.q = x


for _ in range(3):
    raises("abstract", one, Abstract)
    raises("__init__() should return None, not 'int'", one, Answers)
assert one(Lets).q == 7 and not hasattr(one(Lets), "q")


class Wrong:
    def __init__(self):
        pass


for _ in range(3):
    raises("takes 1 positional argument but 2 were given", one, Wrong)

# Types in C, again and again from the same place.
for _ in range(3):
    assert [one(kind) for kind in (int, str, float, bool, range, bytes, type, complex)] == [
        7, "7", 7.0, True, range(7), bytes(7), int, 7 + 0j]
    for kind in (list, tuple, dict, set, enumerate):
        raises("'int' object is not iterable", one, kind)
