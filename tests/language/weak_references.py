"""_weakref: references, callbacks and their order, subclasses, proxies."""
import gc
from _weakref import CallableProxyType, ProxyType, _remove_dead_weakref, getweakrefcount
from _weakref import getweakrefs, proxy, ref


# Objects die as soon as nothing holds them; cycles are found by gc.collect(). Not so under every
# collector: there only what living objects do is tested.
exact = all(ref(type("Probe", (), {})())() is None for _ in range(20))
finds_cycles = gc.get_threshold() != (0, 0, 0)


def raises(kind, function, *args):
    try:
        function(*args)
    except kind as error:
        return str(error)
    raise AssertionError(f"{kind.__name__} expected")


class Thing:
    def __init__(self, value=0):
        self.value = value

    def method(self):
        return self.value

    def __eq__(self, other):
        return isinstance(other, Thing) and self.value == other.value

    def __hash__(self):
        return hash(self.value)


# One plain reference per object; those with callbacks are called once, newest first.
o = Thing(1)
r = ref(o)
assert r is ref(o) and r() is o and r.__callback__ is None
assert getweakrefcount(o) == 1 and getweakrefs(o) == [r] and getweakrefcount(1) == 0
calls = []
first = ref(o, lambda w: calls.append((1, w())))
second = ref(o, lambda w: calls.append((2, w())))
assert first is not second and first.__callback__ is not None
p = proxy(o)
assert p is proxy(o) and type(p) is ProxyType
listed = getweakrefs(o)
assert [id(w) for w in listed] == [id(r), id(p), id(second), id(first)]
assert hash(r) == hash(o) == hash(first) and r == first
assert ref(Thing(1)) != first or not exact
other = Thing(1)
assert ref(other) == r and not ref(other) != r
text = repr(r)
assert text.startswith("<weakref at 0x") and "; to 'Thing' at 0x" in text
del o, listed
gc.collect()
if exact:
    assert r() is None and calls == [(2, None), (1, None)]
    assert r != first and r == r and first.__callback__ is None
    assert repr(r).endswith("; dead>")
    hash(r)
    late = ref(Thing(3))
    assert raises(TypeError, hash, late) == "weak object has gone away"
    gone = "weakly-referenced object no longer exists"
    assert raises(ReferenceError, lambda: p.method) == gone

# A reference that is dropped before its object is not called.
o = Thing(2)
unwanted = ref(o, lambda w: calls.append("no"))
del unwanted, o
gc.collect()
assert not exact or "no" not in calls

# Arguments.
assert "cannot create weak reference to 'int' object" == raises(TypeError, ref, 1)
raises(TypeError, ref)
raises(TypeError, ref, Thing, None, None)
assert ref.__name__ == "ReferenceType" and ref[int].__origin__ is ref


# Subclasses: attributes of their own, never shared.
class Keyed(ref):
    __slots__ = ("key",)

    def __new__(cls, o, callback, key):
        self = super().__new__(cls, o, callback)
        self.key = key
        return self

    def __init__(self, o, callback, key):
        super().__init__(o, callback)


class Loose(ref):
    pass


o = Thing(4)
died = []
keyed = Keyed(o, lambda w: died.append(w.key), "key")
loose = Loose(o)
loose.extra = [loose]
assert keyed() is o and keyed.key == "key" and loose() is o and Loose(o) is not loose
assert loose == ref(o) and isinstance(loose, ref) and hash(keyed) == hash(o)
other = ref(loose)
assert other() is loose
del loose
gc.collect()
assert getweakrefcount(o) >= 1 and (other() is None or not finds_cycles)
del o
gc.collect()
if finds_cycles:
    assert died == ["key"] and keyed() is None

# Cycles.
a, b = Thing(), Thing()
a.other, b.other = b, a
ra, rb = ref(a, lambda w: calls.append("a")), ref(b)
del a, b
gc.collect()
if finds_cycles:
    assert ra() is None and rb() is None and calls[-1] == "a"


# Proxies stand for their object.
class Number:
    def __init__(self, n):
        self.n = n

    def __add__(self, other):
        return self.n + (other.n if isinstance(other, Number) else other)

    __radd__ = __add__

    def __iadd__(self, other):
        self.n += other
        return self

    def __pow__(self, other, modulus=None):
        return pow(self.n, other, modulus)

    def __neg__(self):
        return -self.n

    def __index__(self):
        return self.n

    def __lt__(self, other):
        return self.n < other

    def __len__(self):
        return self.n

    def __contains__(self, x):
        return x == self.n

    def __getitem__(self, i):
        return i * 2

    def __setitem__(self, i, value):
        self.set = (i, value)

    def __delitem__(self, i):
        self.set = i

    def __iter__(self):
        return iter(range(self.n))

    def __str__(self):
        return "number"

    def __bytes__(self):
        return b"bytes"


n = Number(3)
p = proxy(n)
assert p + 1 == 4 and 1 + p == 4 and p + p == 6 and -p == -3 and p**2 == 9 and pow(p, 2, 5) == 4
assert (p < 4) is True and len(p) == 3 and 3 in p and p[4] == 8 and list(p) == [0, 1, 2]
p[1] = 2
assert n.set == (1, 2)
del p[5]
assert n.set == 5 and str(p) == "number" and bytes(p) == b"bytes" and [10, 20, 30, 40][p] == 40
p.fresh = 1
assert n.fresh == 1
del p.fresh
assert not hasattr(n, "fresh") and bool(p)
q = p
q += 2
assert n.n == 5 and q is n
assert p.__class__ is Number and isinstance(p, Number)
assert repr(p).startswith("<weakproxy at 0x") and " to Number at 0x" in repr(p)
assert "unhashable" in raises(TypeError, hash, p)
raises(TypeError, proxy, 1)
assert "cannot create" in raises(TypeError, ProxyType)


def callable_(a, *, b=1):
    return a + b


c = proxy(callable_)
assert type(c) is CallableProxyType and c(1, b=2) == 3
gone = []
c = proxy(Thing(), gone.append)
if exact:
    assert len(gone) == 1
    raises(ReferenceError, lambda: c.value)
    raises(ReferenceError, str, c)
    raises(ReferenceError, bool, c)
    raises(ReferenceError, lambda: c == 1)

# For WeakValueDictionary.
o = Thing(9)
table = {"alive": ref(o), "dead": ref(Thing(8))}
if not exact:
    del table["dead"]
for key in ("alive", "dead", "missing"):
    _remove_dead_weakref(table, key)
assert list(table) == ["alive"]
table["no"] = 1
assert raises(TypeError, _remove_dead_weakref, table, "no") == "not a weakref"

# A callback that fails is reported, and nothing else happens; see sys.unraisablehook.
import sys

seen = []
before = sys.unraisablehook
sys.unraisablehook = lambda info: seen.append((type(info.exc_value), info.object))


def fails(w):
    raise KeyError(1)


try:
    w = ref(Thing(), fails)
finally:
    sys.unraisablehook = before
assert seen == [(KeyError, fails)] or not exact


# Instances of subclasses of str can be referred to, whatever is before their attributes.
class Text(str):
    pass


for content in ("abc" * 5, "\xe9", "\u20ac" * 9, "\U0001f40d"):
    text, told = Text(content), []
    text.a = text.b = text.c = text.d = text.e = 1
    reference = ref(text, told.append)
    assert reference() is text and text.__weakref__ is reference
    del text
    gc.collect()
    assert not exact or reference() is None and told == [reference]
text = Text("x")
reference = ref(text)
text.cycle = [text]
del text
gc.collect()
assert not finds_cycles or reference() is None


class Bare(str):
    __slots__ = ()


class Named(str):
    __slots__ = ("__weakref__",)


assert ref(Named("x")) is not None
for refuses in (Bare("x"), type("Int", (int,), {})(3), type("Bytes", (bytes,), {})(b"x")):
    try:
        ref(refuses)
    except TypeError:
        pass
    else:
        raise AssertionError(refuses)
