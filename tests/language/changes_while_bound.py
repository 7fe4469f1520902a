"""What a function is made of is replaced while its arguments are bound: by __eq__ and __hash__ of names, by what dies
or is collected meanwhile. The call goes on with the code it began with."""
import functools
import gc
import sys


class Name(str):
    """A name that acts when it is compared or hashed."""

    def __eq__(self, other):
        act()
        return str.__eq__(self, other)

    def __hash__(self):
        act()
        return str.__hash__(self)


actions, kept, active = [], [], False


def act():
    global active
    if active:
        active = False
        for action in actions:
            action()


def other():
    names = {}
    exec("def g(*args, **kw):\n    x, y, z = args, kw, [args, kw]\n    return 'other'\n", names)
    return names["g"].__code__


def spoil():
    """Over what has been freed, in memory and on the stack of values."""
    def deep(n, a, b, c, d, *rest, e=1, **more):
        return n and deep(n - 1, [n], [n], [n], [n], [n], e=[n], x=[n])
    deep(5, 1, 2, 3, 4)
    gc.collect()
    return [str(k) * 3 for k in range(40)], [(k, k + 1) for k in range(40)], [{k: [k]} for k in range(20)]


def change_code():
    function.__code__ = other()
    spoil()


def change_defaults():
    function.__defaults__ = (["changed"],)
    spoil()


def change_kwdefaults():
    kept.append(function.__kwdefaults__)  # for CPython's sake
    function.__kwdefaults__ = {"c": ["changed"], "d": ["changed"]}
    spoil()


def clear_kwdefaults():
    function.__kwdefaults__.clear()
    spoil()


def change_name():
    function.__qualname__ = "another" + str(len(kept))
    spoil()


SOURCE = """
class A:
    def f(self, a, b=["b{i}"], *args, c=["c{i}"], d, **kw):
        x = ("code{i}", a)
        return x, b, args, c, d, kw, ["end{i}"]
"""


def fresh(i):
    """An instance of a new class, whose f is a new function."""
    names = {}
    exec(SOURCE.replace("{i}", str(i)), names)
    return names["A"]()


def ways(o, *args, **kw):
    """The call by each form."""
    f, g = type(o).f, o.f
    yield lambda: f(o, *args, **kw)
    yield lambda: g(*args, **kw)
    yield lambda: o.f(*args, **kw)
    yield lambda: list(map(lambda x: g(*args, **kw), [1]))[0]
    yield lambda: next(iter(map(f, [o], [args[0]]))) if len(args) == 1 and not kw else g(*args, **kw)
    if not kw:
        yield lambda: f(o, *list(args))
        if len(args) == 1:
            yield lambda: f(o, args[0])
            yield lambda: g(args[0])
            yield lambda: o.f(args[0])
            yield lambda: o.f(a=args[0])

            def generator():  # whose callees have their windows elsewhere
                yield o.f(args[0])
                yield f(o, args[0])
            yield lambda: next(generator())


def count(o, *args, **kw):
    return sum(1 for way in ways(o, *args, **kw))


def call(way):
    global active
    active = True
    try:
        return way()
    except TypeError as e:
        return str(e)
    finally:
        active = False


# By the name of a default, which is compared with that of the parameter.
for actions in ([change_code], [change_defaults], [change_code, change_defaults], [change_defaults, change_code],
                [change_name], [change_code, change_kwdefaults], [change_kwdefaults],
                [change_code, change_defaults, change_kwdefaults]):
    for i in range(count(fresh(0), 1)):
        o = fresh(i)
        function = type(o).f
        function.__kwdefaults__ = {"c": [f"c{i}"], Name("d"): [f"d{i}"]}
        active = False
        way = list(ways(o, [i]))[i]
        found = call(way)
        if isinstance(found, tuple):
            code, b, args, c, d, kw, end = found
            assert code == (f"code{i}", [i]) and b == [f"b{i}"] and args == () and kw == {} and end == [f"end{i}"], found
            assert c == [f"c{i}"] and d == [f"d{i}"], found
        else:
            raise AssertionError(found)
        if change_code in actions:
            assert way() == "other"
del o, way, function
gc.collect()

# The defaults vanish while more of them are sought: what was bound stays.
actions = [clear_kwdefaults]
for i in range(count(fresh(0), 1)):
    o = fresh(i)
    function = type(o).f
    function.__kwdefaults__ = {"c": [f"c{i}"], Name("d"): [f"d{i}"], 1: [2]}
    found = call(list(ways(o, [i]))[i])
    assert found == "A.f() missing 1 required keyword-only argument: 'd'", found
    function.__kwdefaults__ = {"c": [f"c{i}"], "d": 5}

# By names that are given.
for actions in [change_code], [change_defaults], [change_kwdefaults], [change_code, change_defaults, change_name]:
    for i in range(count(fresh(0), 1, d=2)):
        o = fresh(i)
        function = type(o).f
        name, again = Name("x"), Name("x")
        found = call(list(ways(o, [i], d=[4], **{name: 5, "y": 6}))[i])
        if isinstance(found, str):
            raise AssertionError(found)
        code, b, args, c, d, kw, end = found
        assert code == (f"code{i}", [i]) and args == () and d == [4] and kw == {"x": 5, "y": 6}, found
        assert b in ([f"b{i}"], ["changed"]) and c in ([f"c{i}"], ["changed"]) and end == [f"end{i}"], found


# What is collected as memory for *args, **kw or an instance is asked for.
class Dying:
    def __init__(self, act):
        self.me, self.act = self, act

    def __del__(self):
        self.act()


def dying(*acts):
    """Garbage for the collection that comes next."""
    for action in acts:
        Dying(action)


actions, thresholds = [], gc.get_threshold()
for acts in (change_code, change_defaults, change_kwdefaults), (change_name,), (change_code,):
    for args in ([1],), ([1], [2], [3]), ():
        for i in range(count(fresh(0), *args)):
            o = fresh(i)
            function = type(o).f
            if args:
                function.__kwdefaults__ = {"c": [f"c{i}"], "d": [f"d{i}"]}
            way = list(ways(o, *args))[i]
            dying(*acts)
            gc.set_threshold(1, 1, 1)
            call(way)
            gc.set_threshold(*thresholds)
            spoil()
del o, way, function
gc.collect()


# A class loses its __init__, or gets another one, as its instance is made.
def lose_init():
    if "__init__" in vars(Made):
        del Made.__init__
    spoil()


def change_init():
    exec("def __init__(self, *args):\n    self.v = 'another', args\n", names := {})
    Made.__init__ = names["__init__"]
    spoil()


for action in lose_init, change_init:
    for i in range(6):
        exec("class Made:\n    def __init__(self, a, *args, b=(1, 2)):\n        self.v = a, args, b\n")
        for k in range(3):
            if k == 2:
                dying(action)
                gc.set_threshold(1, 1, 1)
            try:
                made = Made([1], *([k] if i % 2 else ()))
            except TypeError as e:
                assert str(e) == "Made.__init__() takes exactly one argument (the instance to initialize)", e
            gc.set_threshold(*thresholds)
        spoil()


# A class method and a property are functions found where they can be replaced.
class Holder:
    @property
    def value(self, a=["a"], *args, **kw):
        return "value", a, args, kw

    def __getattr__(self, name, *args, more=["more"], **kw):
        return name, args, more, kw

    def __len__(self, *args, n=7, **kw):
        return n


def replace():
    Holder.value = Holder.__getattr__ = Holder.__len__ = None
    spoil()


before = dict(vars(Holder))
for i in range(6):
    for name in "value", "__getattr__", "__len__":
        setattr(Holder, name, before[name])
    h = Holder()
    assert h.value == ("value", ["a"], (), {}) and h.there == ("there", (), ["more"], {}) and len(h) == 7
    dying(replace)
    gc.set_threshold(1, 1, 1)
    try:
        found = h.value if i < 2 else h.there if i < 4 else len(h)
        assert found in (("value", ["a"], (), {}), ("there", (), ["more"], {}), 7, None), found
    except (TypeError, AttributeError):
        pass
    gc.set_threshold(*thresholds)
    spoil()


# Arguments are bound, and the call is refused for its depth; what is collected for the error raises the limit, and calls.
class Raises:
    __del__ = functools.partial(sys.setrecursionlimit, 10000)


class Spoils:
    def __del__(self):
        spoil()


def wide(n, a, b=["b"], c=["c"], d=["d"], e=["e"], f=["f"], g=["g"], h=["h"], i=["i"], j=["j"], k=["k"]):
    return n, a, b, c, d, e, f, g, h, i, j, k


def named(n, a, *, b=["b"], c=["c"], d=["d"], e=["e"], f=["f"], g=["g"], h=["h"], i=["i"], j=["j"], k=["k"]):
    return n, a, b, c, d, e, f, g, h, i, j, k


def down(n, function, by_next):
    if n:
        return down(n - 1, function, by_next)
    calls, one = map(function, (1,), (2,)), 1
    x = Raises()
    x.me = x
    x = Spoils()
    x.me = x
    x = None
    gc.set_threshold(1, 1, 1)  # where collections are at allocations: by the error, which is the first object
    return next(calls) if by_next else function(one, 2) if function is wide else function(one, a=2)


limit = sys.getrecursionlimit()
depth = 0
frame = sys._getframe()
while frame:
    frame, depth = frame.f_back, depth + 1
for function in wide, named:
    for by_next in False, True:
        for n in range(36, 44):
            sys.setrecursionlimit(depth + 40)
            try:
                down(n, function, by_next)
            except RecursionError:
                pass
            finally:
                sys.setrecursionlimit(limit)
                gc.set_threshold(*thresholds)
            spoil()
