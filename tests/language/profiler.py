"""_lsprof: what is counted, by function and by pairs; cProfile on top of it."""
import _lsprof
import cProfile
import gc
import io
import math
import pstats
import sys
from _lsprof import Profiler


def name(code):
    return code if isinstance(code, str) else code.co_name


def counted(profiler):
    return {name(e.code): (e.callcount, e.reccallcount,
                           {name(c.code): (c.callcount, c.reccallcount) for c in e.calls or ()})
            for e in profiler.getstats()}


def down(n):
    return down(n - 1) if n else len([1])


profiler = Profiler()
assert profiler.getstats() == [] and profiler.disable() is None and profiler.clear() is None
profiler.enable()
assert sys.getprofile() is profiler
down(3)
math.sin(1)
[].append(3)
"a".upper()
int.from_bytes(b"a", "big")
sum(x for x in [1])
try:
    [].index(4)
except ValueError:
    pass
profiler.disable()
assert sys.getprofile() is None
got = counted(profiler)
expected = {
    "<built-in method sys.getprofile>": (1, 0, {}),
    "down": (4, 3, {"down": (3, 2), "<built-in method builtins.len>": (1, 0)}),
    "<built-in method builtins.len>": (1, 0, {}),
    "<built-in method math.sin>": (1, 0, {}),
    "<method 'append' of 'list' objects>": (1, 0, {}),
    "<method 'upper' of 'str' objects>": (1, 0, {}),
    "<built-in method from_bytes>": (1, 0, {}),
    "<built-in method builtins.sum>": (1, 0, {"<genexpr>": (2, 0)}),
    "<genexpr>": (2, 0, {}),
    "<method 'index' of 'list' objects>": (1, 0, {}),
    "<method 'disable' of '_lsprof.Profiler' objects>": (1, 0, {}),
}
assert got == expected, got
for entry in profiler.getstats():
    assert type(entry) is _lsprof.profiler_entry and entry.totaltime >= entry.inlinetime >= 0
    assert all(type(each) is _lsprof.profiler_subentry for each in entry.calls or ())
profiler.clear()
assert profiler.getstats() == []

# A timer of one's own: integers of half a second each.
ticks = iter(range(100))
profiler = Profiler(lambda: next(ticks), 0.5, False, False)
profiler.enable()
down(2)
profiler.disable()
(entry,) = profiler.getstats()
assert tuple(entry) == (down.__code__, 3, 2, 2.5, 2.5, None), entry
profiler = Profiler(timer=lambda: 1.5)
profiler.enable(builtins=False)
down(1)
profiler.disable()
assert counted(profiler) == {"down": (2, 1, {"down": (1, 0)})}
assert profiler.getstats()[0].totaltime == 0.0


def raises(text, call, *args, **kwargs):
    try:
        call(*args, **kwargs)
    except TypeError as error:
        assert str(error) == text, (str(error), text)
    else:
        raise AssertionError(text)


raises("Profiler() takes at most 4 arguments (5 given)", Profiler, 1, 2, 3, 4, 5)
raises("must be real number, not str", Profiler, timeunit="a")
raises("'more' is an invalid keyword argument for enable()", profiler.enable, more=1)

# Many functions: the tables grow.
names = {}
for i in range(200):
    exec(f"def f{i}(): return len('')", names)
gc.collect()  # else one among the calls might call what waits for the death of importlib's locks
profiler = Profiler()
profiler.enable()
for i in range(200):
    names[f"f{i}"]()
    names[f"f{i}"]()
profiler.disable()
got = counted(profiler)
assert all(got[f"f{i}"] == (2, 0, {"<built-in method builtins.len>": (2, 0)}) for i in range(200))
assert got["<built-in method builtins.len>"] == (400, 0, {})

# A call that has not ended when counting ends, and a cycle.
profiler = Profiler()


def leaves_open():
    profiler.enable()
    down(0)
    profiler.disable()
    return down(0)


leaves_open()
assert counted(profiler)["down"][:2] == (1, 0)


class Own(Profiler):
    pass


own = Own()
own.me = own
own.enable()
down(1)
own.disable()
del own

with cProfile.Profile() as profile:
    down(5)
text = io.StringIO()
pstats.Stats(profile, stream=text).sort_stats("calls").print_stats("down")
assert "6/1" in text.getvalue() and "(down)" in text.getvalue(), text.getvalue()
