"""Classes changed while they are in use: __class__ in a finaliser, mro() of a metaclass, __dict__ of
those who have their own, slots that belong to other classes, what pickling asks an object."""
import copyreg
import gc
import types


def raises(kind, function, *args):
    try:
        function(*args)
    except kind as e:
        return str(e)
    raise AssertionError(f"{kind.__name__} is not raised")


# A finaliser gives its object another class: the reference on that one is dropped.
class Other:
    pass


class Changing:
    def __del__(self):
        self.__class__ = Other


for _ in range(3):
    many = [Changing() for _ in range(50)]
    del many


# Slots have to agree by name, layer by layer.
class AB:
    __slots__ = ["a", "b"]


class BA:
    __slots__ = ["b", "a"]


class CB:
    __slots__ = ["c", "b"]


x = AB()
x.a = 1
x.__class__ = BA
assert x.a == 1 and type(x) is BA
assert "layout differs" in raises(TypeError, setattr, x, "__class__", CB)
assert "must be identifiers" in raises(TypeError, type, "T", (), {"__slots__": ["\x80"]})
type("T", (), {"__slots__": ["\xe4"]})


# What mro() says is checked, and super() goes by it.
class Reversing(type):
    def mro(cls):
        return type.mro(cls)[::-1]


class Base:
    def f(self):
        return "Base"


class Derived(Base):
    def f(self):
        return "Derived"


class Upside(Derived, metaclass=Reversing):
    pass


assert Upside().f() == "Base"


class Devious(type):
    def mro(cls):
        return [cls, dict, object]


assert "unsuitable layout" in raises(TypeError, Devious, "X", (), {})


class Absent(type):
    def mro(cls):
        return (Base,)


assert raises(TypeError, Absent, "X", (), {}).startswith("super(type, obj)")


class Early(type):
    def mro(cls):
        if cls.__mro__ is None and cls.__name__ != "Below":
            assert "incomplete type" in raises(TypeError, type, "Below", (cls,), {})
        return type.mro(cls)


Early("X", (), {})


# __bases__ set by mro() while they are being set.
class Meddling(type):
    ready = False

    def mro(cls):
        if Meddling.ready and cls.__name__ == "C":
            Meddling.ready = False
            C.__bases__ = (B2,)
        return type.mro(cls)


A, B1, B2, C = (Meddling(n, (), {}) for n in ("A", "B1", "B2", "C"))
C = Meddling("C", (A,), {})
B1, B2 = Meddling("B1", (A,), {}), Meddling("B2", (A,), {})
Meddling.ready = True
C.__bases__ = (B1,)
assert C.__bases__ == (B2,) and B1.__subclasses__() == [] and B2.__subclasses__() == [C]


# Types and modules have a __dict__ of their own, whatever stands before them in the mro.
class Meta(Base, type):
    pass


class Made(metaclass=Meta):
    pass


assert type(Made.__dict__) is types.MappingProxyType
raises(AttributeError, setattr, Made, "__dict__", {})
raises(AttributeError, Base.__dict__["__dict__"].__set__, Made, {})


class Module(Base, types.ModuleType):
    pass


module = Module("m")
module.__dict__["spam"] = 1
assert module.spam == 1
raises(AttributeError, setattr, module, "__dict__", {})


class Odd(types.ModuleType):
    __dict__ = property(lambda self: 8)


raises(TypeError, dir, Odd("m"))


# A descriptor that only sets lets the instance have the last word.
class Setting:
    def __set__(self, o, value):
        o.__dict__["a"] = value


class Holder:
    a = Setting()


h = Holder()
assert h.a is Holder.__dict__["a"]
for _ in range(20):
    h.a = 42
    assert h.a == 42


# Methods of other classes refuse.
class Mixed(int):
    __add__ = str.__add__
    __eq__ = str.__eq__


raises(TypeError, lambda: Mixed() + Mixed())
raises(TypeError, lambda: Mixed() == Mixed())


# Special methods of pickling are looked up on the class.
class Picky:
    def __getattr__(self, name):
        assert name not in ("__getnewargs__", "__getnewargs_ex__")
        raise AttributeError(name)


assert Picky().__reduce_ex__(2) == (copyreg.__newobj__, (Picky,), None, None, None)


class Renaming:
    class Name(str):
        pass

    __slotnames__ = [Name("spam")]

    def __getattr__(self, name):
        Renaming.__slotnames__[:] = [Renaming.Name("spam")]
        return 42


assert Renaming().__reduce_ex__(2)[2] == (None, {"spam": 42})
for bad in ((), "x", ((), "x"), ("x", {})):
    Bad = type("Bad", (), {"__getnewargs_ex__": lambda self, bad=bad: bad})
    raises((TypeError, ValueError), Bad().__reduce_ex__, 2)


# What the collector has cleared can still be shown and called.
class Late:
    def __del__(self):
        found.append(self.ref())


class Cyclic(tuple):
    def __del__(self):
        import weakref
        self[1].ref = weakref.ref(self[0])
        globals().pop("late", None)


found = []
late = Late()


def function():
    return 7


function.__module__ = Cyclic((function, late))
del function
gc.collect()
if found and found[0]:  # not where a collector keeps other times
    assert found[0]() == 7 and repr(found[0]).startswith("<function")
