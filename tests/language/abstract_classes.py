"""_abc: abstract methods, registering, caches, collection flags."""
import _abc
import gc
from _abc import get_cache_token


class ABCMeta(type):
    def __new__(mcls, name, bases, namespace, **kwargs):
        cls = super().__new__(mcls, name, bases, namespace, **kwargs)
        _abc._abc_init(cls)
        return cls

    def register(cls, subclass):
        return _abc._abc_register(cls, subclass)

    def __instancecheck__(cls, instance):
        return _abc._abc_instancecheck(cls, instance)

    def __subclasscheck__(cls, subclass):
        return _abc._abc_subclasscheck(cls, subclass)


def raises(kind, function, *args):
    try:
        function(*args)
    except kind as error:
        return str(error)
    raise AssertionError(f"{kind.__name__} expected")


def abstract(f):
    f.__isabstractmethod__ = True
    return f


class Base(metaclass=ABCMeta):
    @abstract
    def one(self):
        pass

    @property
    @abstract
    def two(self):
        pass

    def three(self):
        return 3


class Half(Base):
    def one(self):
        return 1


class Whole(Half):
    two = 2


assert Base.__abstractmethods__ == {"one", "two"} and Half.__abstractmethods__ == {"two"}
assert Whole.__abstractmethods__ == frozenset() and type(Whole.__abstractmethods__) is frozenset
assert raises(TypeError, Base) == "Can't instantiate abstract class Base with abstract methods one, two"
assert raises(TypeError, Half) == "Can't instantiate abstract class Half with abstract method two"
assert Whole().one() == 1 and isinstance(Whole(), Base) and issubclass(Whole, Half)

# Registering.
class Stranger:
    pass


assert not isinstance(Stranger(), Base) and not issubclass(Stranger, Base)
token = get_cache_token()
assert Base.register(Stranger) is Stranger and get_cache_token() != token
assert isinstance(Stranger(), Base) and issubclass(Stranger, Base) and not issubclass(Stranger, Half)
token = get_cache_token()
Base.register(Stranger)
assert get_cache_token() == token
assert raises(TypeError, Base.register, 1) == "Can only register classes"
assert raises(RuntimeError, Half.register, Base) == "Refusing to create an inheritance cycle"


class Child(Stranger):
    pass


assert issubclass(Child, Base) and raises(TypeError, issubclass, 1, Base) == (
    "issubclass() arg 1 must be a class")
Half.register(int)
assert isinstance(1, Base) and isinstance(True, Half)
registry, cache, negative, version = _abc._get_dump(Base)
assert [r() for r in registry] == [Stranger] and any(r() is Child for r in cache)
_abc._reset_caches(Base)
assert _abc._get_dump(Base)[1:3] == (set(), set())
_abc._reset_registry(Base)
assert not issubclass(Stranger, Base)


# The hook decides first.
class Hooked(metaclass=ABCMeta):
    answer = NotImplemented

    @classmethod
    def __subclasshook__(cls, subclass):
        return cls.answer


assert not issubclass(str, Hooked)
Hooked.answer = True
_abc._reset_caches(Hooked)
assert issubclass(str, Hooked) and isinstance("", Hooked)
Hooked.answer = False
assert isinstance("", Hooked) and not isinstance(b"", Hooked)
Hooked.answer = 5
assert "must return either False, True, or NotImplemented" in raises(
    AssertionError, isinstance, 1.5, Hooked)


# __class__ is believed.
class Pretender:
    @property
    def __class__(self):
        return Whole


assert isinstance(Pretender(), Base)


# Patterns.
class Sequence(metaclass=ABCMeta):
    __abc_tpflags__ = 1 << 5


class Mine(Sequence):
    def __len__(self):
        return 2

    def __getitem__(self, i):
        return range(2)[i]


class Registered:
    def __len__(self):
        return 2

    def __getitem__(self, i):
        return range(2)[i]


class Below(Registered):
    pass


def matches(o):
    match o:
        case [0, 1]:
            return True
    return False


assert matches(Mine()) and not matches(Below()) and "__abc_tpflags__" not in Sequence.__dict__
Sequence.register(Registered)
assert matches(Registered()) and matches(Below())
both = {"__abc_tpflags__": 1 << 5 | 1 << 6}
assert "cannot be both" in raises(TypeError, ABCMeta, "Both", (), both)

# Caches do not keep classes alive.
if gc.get_threshold() != (0, 0, 0):
    before = len(_abc._get_dump(Base)[2])
    for _ in range(20):
        assert not issubclass(type("Short", (), {}), Base)
    gc.collect()
    assert len(_abc._get_dump(Base)[2]) <= before + 1
