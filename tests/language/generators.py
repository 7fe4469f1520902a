"""Generators in every state: send, throw, close, delegation, deletion, frames."""
import copy
import sys


def raises(kind, message, f, *args):
    try:
        f(*args)
    except kind as e:
        assert message is None or str(e) == message, str(e)
        return e
    raise AssertionError(f"no {kind.__name__}")


def counter(n):
    got = []
    try:
        for i in range(n):
            got.append((yield i))
    except KeyError as e:
        yield ("caught", e.args[0])
    finally:
        got.append("end")
    return got


# Resuming
g = counter(3)
assert (g.gi_running, g.gi_suspended, g.gi_frame.f_lasti >= 0) == (False, False, True)
raises(TypeError, "can't send non-None value to a just-started generator", g.send, 1)
assert next(g) == 0 and g.send("a") == 1 and g.gi_suspended
assert g.send("b") == 2
e = raises(StopIteration, None, g.send, "c")
assert e.value == ["a", "b", "c", "end"]
assert g.gi_frame is None and g.gi_yieldfrom is None
raises(StopIteration, "", next, g)
assert list(counter(4)) == [0, 1, 2, 3]

# throw in its three forms
for form in ((KeyError("k"),), (KeyError, "k"), (KeyError, KeyError("k"), None)):
    g = counter(2)
    next(g)
    assert g.throw(*form) == ("caught", "k")
    raises(StopIteration, None, next, g)
g = counter(2)
raises(TypeError, "exceptions must be classes or instances deriving from BaseException, not int", g.throw, 1)
raises(TypeError, "instance exception may not have a separate value", g.throw, KeyError(1), 2)
raises(TypeError, "throw() third argument must be a traceback object", g.throw, KeyError, 1, 2)
raises(KeyError, "1", g.throw, KeyError, 1)  # before it began: it has ended now
assert list(g) == []

# close
log = []


def closing():
    try:
        yield 1
    except GeneratorExit:
        log.append("exit")
        raise
    finally:
        log.append("finally")


g = closing()
g.close()
assert log == []
g = closing()
next(g)
g.close()
assert log == ["exit", "finally"] and g.close() is None


def stubborn():
    try:
        yield
    except GeneratorExit:
        yield


g = stubborn()
next(g)
raises(RuntimeError, "generator ignored GeneratorExit", g.close)


def itself():
    yield next(me)


me = itself()
raises(ValueError, "generator already executing", next, me)


def stops():
    yield 1
    raise StopIteration("inner")


g = stops()
next(g)
e = raises(RuntimeError, "generator raised StopIteration", next, g)
assert isinstance(e.__cause__, StopIteration) and e.__context__ is e.__cause__


# Delegation
def inner():
    try:
        x = yield 1
        log.append(x)
    except ValueError as error:
        log.append(error.args)
    return "done"


def outer():
    result = yield from inner()
    yield result


log.clear()
g = outer()
assert next(g) == 1 and g.gi_yieldfrom.__name__ == "inner"
assert g.send("sent") == "done" and g.gi_yieldfrom is None
g = outer()
next(g)
assert g.throw(ValueError(7)) == "done"
assert log == ["sent", (7,)]
g = outer()
next(g)
raises(KeyError, "'out'", g.throw, KeyError("out"))
assert g.gi_frame is None


class Iterator:
    """Not a generator: its methods are called where it has them."""

    def __iter__(self):
        return self

    def __next__(self):
        return 1

    def send(self, value):
        raise StopIteration(("send", value))

    def throw(self, *args):
        raise StopIteration(("throw", type(args[0])))

    def close(self):
        log.append("closed")


def delegates():
    yield (yield from Iterator())


g = delegates()
assert next(g) == 1 and g.send(5) == ("send", 5)
g = delegates()
next(g)
assert g.throw(OSError(1)) == ("throw", OSError)
log.clear()
g = delegates()
next(g)
g.close()
assert log == ["closed"]

# Handled exceptions belong to each generator
def handles():
    try:
        raise KeyError("own")
    except KeyError:
        yield sys.exc_info()[1].args
        yield sys.exc_info()[1].args
    yield sys.exc_info()[1]


g = handles()
try:
    raise OSError("outside")
except OSError:
    assert next(g) == ("own",)
    assert sys.exc_info()[1].args == ("outside",)
    assert next(g) == ("own",)
    assert next(g).args == ("outside",)
assert sys.exc_info() == (None, None, None)


# Names, frames, refusals
def named():
    local = 5
    yield local


g = named()
g.__name__, g.__qualname__ = "n", "q"
assert repr(g).startswith("<generator object q at")
raises(TypeError, "__name__ must be set to a string object", setattr, g, "__name__", 1)
next(g)
assert g.gi_frame.f_locals == {"local": 5} and g.gi_frame.f_back is None
frame = g.gi_frame
raises(TypeError, "cannot pickle 'generator' object", copy.copy, g)
frame.clear()
assert g.gi_frame is None and list(g) == []

# Deep chains of delegation, and many at once
def chain(n):
    if n:
        yield from chain(n - 1)
    else:
        yield "bottom"


assert list(chain(150)) == ["bottom"]
many = [counter(2) for _ in range(200)]
assert [next(each) for each in many] == [0] * 200
del many


def calls(n):
    """Windows of what a generator calls are not in its own."""
    total = 0
    for i in range(n):
        total += (lambda *args, k=1, **more: sum(args) + k + len(more))(i, 2, x=1)
        total += max([i, 1], key=lambda v: (yield_free := v))
        yield total


assert list(calls(4)) == [5, 11, 19, 29]

# Forgotten generators: who guards the yield is told, who does not just ends. (A collector that reads
# stacks word by word may keep the last ones; `none` keeps all.)
import gc
import weakref

told = []


class Held:
    pass


def guarded(inner):
    try:
        yield from inner
    finally:
        told.append(1)


def plain(held):
    yield held
    yield held


def forget(n):
    watches = []
    for i in range(n):
        held = Held()
        watches.append(weakref.ref(held))
        for waiting in (plain(held), guarded(plain(held)), guarded([held, held])):
            assert next(waiting) is held
    return watches


watches = forget(30)
gc.collect()
gc.collect()
gc.collect()
alive = sum(watch() is not None for watch in watches)
assert (alive <= 2 and len(told) >= 56) or (alive == 30 and not told), (alive, len(told))

first, *rest = (1, 2, 3)
assert (first, rest) == (1, [2, 3])
*rest, last = [1, 2, 3]
assert (rest, last) == ([1, 2], 3)
first, *rest, last = "ab", 5
assert (first, rest, last) == ("ab", [], 5)
