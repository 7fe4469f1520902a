"""__code__ assigned while the code runs: what runs goes on as it was, until its end."""
import gc
import sys
import weakref

from sure_threads import Thread, closed

SOURCE = """
def plain(n):
    a = [n, "text{i}", ({i}, {i} + 1, "const{i}")]
    change(plain)
    b = ("later{i}", n, [x * 2 for x in range(3)])
    try:
        if n > 2:
            raise ValueError("v{i}")
    except ValueError as e:
        b += (str(e), e.__traceback__.tb_frame.f_code.co_name, e.__traceback__.tb_lineno)
    def inner(q=n):
        return q, a[1]
    return a, b, inner(), [y for y in "ab{i}"]

def generator(n):
    for k in range(n):
        got = yield "g{i}", k
        change(generator)
        yield "after{i}", k, got

async def coroutine(n):
    change(coroutine)
    return "co{i}", n

def deep(n):
    if n == 0:
        change(deep)
        return ["bottom{i}"]
    return deep(n - 1) + [n, "deep{i}"]

def nested(n):
    k = [n]
    def helper():
        change(nested)
        return len(k)
    return "nested{i}", helper(), k

def kept():
    change(kept)
    x = "kept{i}"
    return sys._getframe()

def ends():  # what dies with the last variable changes the code of the function that ends
    x = Dying()
    x.function = ends
    y = "ends{i}"

def ends_and_returns():
    x = Dying()
    x.function = ends_and_returns
    return "ends{i}"

def traced(n):
    n += 1
    return "traced{i}", n

class Class:
    def __init__(self, v):
        change(Class.__init__)
        self.v = "init{i}", v

    def __del__(self):
        change(Class.__del__)
        log.append("del{i}")

    def __eq__(self, other):
        change(Class.__eq__)
        return "eq{i}"

    def __getitem__(self, k):
        change(Class.__getitem__)
        if k > 3:
            raise IndexError("index{i}")
        return "item{i}"
"""
log = []


def change(function):
    names = {}
    exec("def other(*args, **kw):\n    return ('other',)\n", names)
    function.__code__ = names["other"].__code__
    gc.collect()
    return [str(k) * 3 for k in range(40)]  # over what has been freed


class Dying:
    def __del__(self):
        change(self.function)


def fresh(i):
    names = {"change": change, "log": log, "sys": sys, "Dying": Dying}
    exec(SOURCE.replace("{i}", str(i)), names)
    return names


def ends(coroutine):
    try:
        coroutine.send(None)
    except StopIteration as e:
        return e.value


for i in range(2):
    f = fresh(i)
    assert f["plain"](i + 2) == ([i + 2, f"text{i}", (i, i + 1, f"const{i}")],
                                 (f"later{i}", i + 2, [0, 2, 4]) + (() if i + 2 < 3 else (f"v{i}", "plain", 8)),
                                 (i + 2, f"text{i}"), ["a", "b", str(i)])
    assert f["plain"](1) == ("other",)
    g = f["generator"](2)
    assert next(g) == (f"g{i}", 0) and g.send(5) == (f"after{i}", 0, 5)
    assert list(g) == [(f"g{i}", 1), (f"after{i}", 1, None)] and f["generator"](1) == ("other",)
    g = fresh(i)["generator"](1)
    change(g.gi_frame.f_globals["generator"])  # before it starts
    assert list(g) == [(f"g{i}", 0), (f"after{i}", 0, None)]
    assert ends(f["coroutine"](4)) == (f"co{i}", 4)
    assert f["deep"](2) == [f"bottom{i}", 1, f"deep{i}", 2, f"deep{i}"] and f["deep"](2) == ("other",)
    assert f["nested"](i) == (f"nested{i}", 1, [i])
    frame = f["kept"]()
    assert (frame.f_code.co_name, frame.f_locals) == ("kept", {"x": f"kept{i}"})
    del frame
    assert f["ends"]() is None and f["ends_and_returns"]() == f"ends{i}"
    o = f["Class"](1)
    assert o.v == (f"init{i}", 1) and o.__eq__(3) == f"eq{i}" and (o == 3) == ("other",)
    assert o[0] == f"item{i}" and o[9] == ("other",)
    del o
    gc.collect()

    # By a trace function, and by another thread.
    f = fresh(i)

    def trace(frame, event, argument):
        if event == "line" and frame.f_code.co_name == "traced" and f["traced"].__code__ is frame.f_code:
            change(f["traced"])
        return trace

    sys.settrace(trace)
    try:
        assert f["traced"](1) == (f"traced{i}", 2)
    finally:
        sys.settrace(None)
    entered, changed, results = closed(), closed(), []
    f = {"entered": entered, "changed": changed}
    exec(f"def waits(n):\n    entered.release()\n    changed.acquire(timeout=10)\n    return 'waits{i}', [n] * 2\n", f)
    thread = Thread(target=lambda: results.append(f["waits"](i)))
    try:
        thread.start()
        assert entered.acquire(timeout=10)
        change(f["waits"])
    finally:
        changed.release()
    thread.join()
    assert results == [(f"waits{i}", [i, i])]

# The code dies with the last frame that runs it, where objects are counted.
f = fresh(7)
code = weakref.ref(f["plain"].__code__)
f["plain"](1)
assert code() is None or gc.get_threshold() == (0, 0, 0)
