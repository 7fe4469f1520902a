"""atexit: order, arguments, unregistering, errors."""
import atexit
import sys


def raises(kind, function, *args):
    try:
        function(*args)
    except kind as error:
        return str(error)
    raise AssertionError(f"{kind.__name__} expected")


atexit._clear()
log = []


def note(*args, **kwargs):
    log.append((args, kwargs))


assert atexit.register(note, 1, a=2) is note
atexit.register(note, "last")
assert atexit._ncallbacks() == 2
atexit._run_exitfuncs()
assert log == [(("last",), {}), ((1,), {"a": 2})] and atexit._ncallbacks() == 0
log.clear()

atexit.register(note, 1)
atexit.register(log.append, 2)
atexit.register(note, 3)
atexit.unregister(note)
atexit._run_exitfuncs()
assert log == [2]
log.clear()

atexit.register(note)
atexit._clear()
atexit._run_exitfuncs()
assert log == []

# What is registered meanwhile does not run.
atexit.register(lambda: atexit.register(note, "late"))
atexit._run_exitfuncs()
assert log == [] and atexit._ncallbacks() == 0

seen = []
before, sys.unraisablehook = sys.unraisablehook, lambda info: seen.append(
    (type(info.exc_value), info.err_msg, info.object))


def fails():
    raise KeyError


try:
    atexit.register(note, "first")
    atexit.register(fails)
    atexit._run_exitfuncs()
finally:
    sys.unraisablehook = before
assert seen == [(KeyError, "Exception ignored in atexit callback", fails)], seen
assert log == [(("first",), {})]
assert raises(TypeError, atexit.register) == "register() takes at least 1 argument (0 given)"
assert raises(TypeError, atexit.register, 1) == "the first argument must be callable"

