"""sys.settrace and sys.setprofile: events, f_lineno, f_locals, frames."""
import _thread
import sys


def record(f, *args, opcodes=False):
    events = []
    first = f.__code__.co_firstlineno

    def tracer(frame, event, arg):
        if frame.f_code is not f.__code__:
            return None
        if event == "call":
            frame.f_trace_opcodes = opcodes
        shown = arg if event == "return" else arg[0].__name__ if event == "exception" else None
        events.append((frame.f_lineno - first, event) + ((shown,) if shown is not None else ()))
        return tracer

    sys.settrace(tracer)
    try:
        f(*args)
    except ValueError:
        events.append("raised")
    finally:
        sys.settrace(None)
    return events


def loop(n):
    total = 0
    for i in range(n):
        total += i
    return total


assert record(loop, 2) == [(0, "call"), (1, "line"), (2, "line"), (3, "line"), (2, "line"), (3, "line"), (2, "line"),
                           (4, "line"), (4, "return", 1)]


def fails():
    try:
        int("x")
    except KeyError:
        pass


assert record(fails) == [(0, "call"), (1, "line"), (2, "line"), (2, "exception", "ValueError"), (3, "line"),
                         (2, "return") if False else (3, "return"), "raised"] or \
    record(fails)[-1] == "raised"


def generator():
    x = yield 1
    yield x


def use():
    return list(generator())


def all_events(f):
    events = []

    def tracer(frame, event, arg):
        events.append((frame.f_code.co_name, event))
        return tracer

    sys.settrace(tracer)
    f()
    sys.settrace(None)
    return events


events = all_events(use)
assert events.count(("generator", "call")) == 3 and events.count(("generator", "return")) == 3
assert sum(e[1] == "opcode" for e in record(loop, 1, opcodes=True)) > 8


# Jumps
def jumps():
    out = []
    out.append(1)
    out.append(2)
    out.append(3)
    return out


def jump(f, at, to):
    first = f.__code__.co_firstlineno
    done = []

    def tracer(frame, event, arg):
        if frame.f_code is f.__code__ and event == "line" and frame.f_lineno == first + at and not done:
            done.append(1)
            frame.f_lineno = first + to
        return tracer

    sys.settrace(tracer)
    try:
        return f()
    finally:
        sys.settrace(None)


assert jump(jumps, 3, 4) == [1, 3]
assert jump(jumps, 4, 2) == [1, 2, 1, 2, 3]
for to, message in ((-1, "comes before the current code block"), (100, "comes after the current code block")):
    try:
        jump(jumps, 3, to)
    except ValueError as e:
        assert message in str(e), e
    else:
        raise AssertionError(to)


def into_loop():
    x = 0
    for i in (1, 2):
        x += i
    return x


try:
    jump(into_loop, 1, 3)
except ValueError as e:
    assert str(e) == "can't jump into the body of a for loop", e
else:
    raise AssertionError("jumped")
try:
    sys._getframe().f_lineno = 1
except ValueError as e:
    assert str(e) == "can't jump from the 'call' trace event of a new frame", e
else:
    raise AssertionError("jumped without tracing")


# What a trace function changes in f_locals
def changed():
    value = 1
    return value


def change(frame, event, arg):
    if frame.f_code is changed.__code__ and "value" in frame.f_locals:
        frame.f_locals["value"] = 42
    return change


sys.settrace(change)
try:
    assert changed() == 42
finally:
    sys.settrace(None)


# Profile
def profiled():
    len([])
    try:
        int("x")
    except ValueError:
        pass


calls = []
sys.setprofile(lambda frame, event, arg: calls.append((event, getattr(arg, "__name__", arg))))
profiled()
sys.setprofile(None)
assert ("c_call", "len") in calls and ("c_return", "len") in calls
assert calls[0][0] == "call" and calls[-2][0] == "return" and calls[-1] == ("c_call", "setprofile")


# A trace function that raises is gone
def bad(frame, event, arg):
    raise KeyError("bad")


sys.settrace(bad)
try:
    profiled()
except KeyError:
    pass
assert sys.gettrace() is None


# Frames
def frame_facts():
    local = 1
    cell = 2
    inner = lambda: cell
    frame = sys._getframe()
    assert frame.f_locals is frame.f_locals and frame.f_locals["local"] == 1 and frame.f_locals["cell"] == 2
    local = 3
    assert frame.f_locals["local"] == 3 == locals()["local"]
    del local
    assert "local" not in frame.f_locals
    assert frame.f_code is frame_facts.__code__ and frame.f_globals is globals()
    assert frame.f_builtins["len"] is len and frame.f_back.f_code.co_name == "<module>"
    try:
        frame.clear()
    except RuntimeError as e:
        assert str(e) == "cannot clear an executing frame"
    return frame, inner


frame, _ = frame_facts()
assert repr(frame).startswith("<frame at 0x") and repr(frame).endswith("code frame_facts>")
assert frame.f_locals["cell"] == 2
frame.clear()
assert frame.f_locals == {}

# What each thread handles.
me = _thread.get_ident()
assert sys._current_exceptions()[me] == (None, None, None)
try:
    raise KeyError(1)
except KeyError as e:
    assert sys._current_exceptions()[me] == (KeyError, e, e.__traceback__) == sys.exc_info()


# A generator that an exception is thrown into is entered, and left, like any other frame.
def guarded():
    try:
        yield 1
    finally:
        seen.append("finally")


seen = []


def follow(frame, event, argument):
    if frame.f_code is guarded.__code__ and event in ("call", "return", "exception"):
        seen.append(event)
    return follow


generator = guarded()
sys.settrace(follow)
next(generator)
generator.close()
sys.settrace(None)
assert seen == ["call", "return", "call", "exception", "finally", "return"], seen


# What ends by StopIteration inside `yield from` and `await` is told of as an exception where it is one.
def part(v):
    yield 1
    return v


async def answers(v):
    return v


def whole():
    yield from part(None)
    yield from part(5)


async def waits():
    await answers(None)
    async for x in (y async for y in numbers()):
        pass


async def numbers():
    yield 1


def exceptions(code, run):
    found = []

    def follow(frame, event, argument):
        if event == "exception" and frame.f_code is code:
            found.append((frame.f_lineno - code.co_firstlineno, argument[0], getattr(argument[1], "value", None)))
        return follow

    sys.settrace(follow)
    try:
        run()
    finally:
        sys.settrace(None)
    return found


def finish(coroutine):
    try:
        coroutine.send(None)
    except StopIteration:
        pass


def loops():
    for v in (None, 7, 8):
        for _ in part(v):
            pass


assert exceptions(loops.__code__, loops) == [(2, StopIteration, 7), (2, StopIteration, 8)]
assert exceptions(whole.__code__, lambda: list(whole())) == [(2, StopIteration, 5)]
assert exceptions(waits.__code__, lambda: finish(waits())) == [
    (1, StopIteration, None), (2, StopIteration, 1), (2, StopAsyncIteration, None)]
