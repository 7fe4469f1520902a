"""Calls of classes: the instance made, its __init__, what changes either; types in C; all from one place each."""
import sys
class A:
    def __init__(self, x): self.x = x
class M(type):
    def __call__(cls, *a): return ('meta', a)
class B: pass
def make(c, *a):
    out = []
    for i in range(5): out.append(c(1))
    return out
def one(c):
    return c(7)
for _ in range(5): assert one(A).x == 7
class MA(metaclass=M):
    def __init__(self, x): self.x = x
assert one(MA) == ('meta', (7,))
assert one(A).x == 7
def init(self, x): self.y = x
A.__init__ = init
assert one(A).y == 7
del A.__init__
try: one(A); assert 0
except TypeError as e: assert 'takes no arguments' in str(e), e
A.__init__ = init
A.__new__ = lambda cls, x: [x]
assert one(A) == [7]
class C(A): pass
class D:
    def __init__(self, x): self.z = x
for _ in range(3): assert one(D).z == 7
D.__new__ = staticmethod(lambda cls, x: 5)
assert one(D) == 5
import abc
class E(metaclass=abc.ABCMeta):
    def __init__(self, x): pass
    @abc.abstractmethod
    def f(self): pass
for _ in range(3):
    try: one(E); assert 0
    except TypeError as e: assert 'abstract' in str(e)
class F:
    def __init__(self, x): return x
for _ in range(3):
    try: one(F); assert 0
    except TypeError as e: assert str(e) == "__init__() should return None, not 'int'"
class G:
    def __init__(self, x):
        G.__init__ = lambda self, x: None
        self.q = x
assert one(G).q == 7; assert not hasattr(one(G), 'q')
for t in (int, str, float, list, tuple, dict, set, range, bytes, bool, type, enumerate, one.__class__):
    r = []
    for _ in range(3):
        try: r.append(repr(one(t)))
        except Exception as e: r.append(repr(e))
    assert len(set(r)) == 1 or 'at 0x' in r[0]
