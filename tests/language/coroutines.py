"""Coroutines and asynchronous generators, driven by hand."""
import gc
import sys
import weakref
import warnings


class Wait:
    def __init__(self, value):
        self.value = value

    def __await__(self):
        return (yield self.value)


def run(coroutine, *answers):
    """What it waits for, and what it returns."""
    waits, answers = [], list(answers)
    try:
        value = coroutine.send(None)
        while True:
            waits.append(value)
            value = coroutine.send(answers.pop(0) if answers else None)
    except StopIteration as e:
        return waits, e.value


def raises(kind, message, f, *args):
    try:
        f(*args)
    except kind as e:
        assert message is None or str(e) == message, str(e)
        return e
    raise AssertionError(f"no {kind.__name__}")


async def add(a, b):
    return await Wait(a) + await Wait(b)


assert run(add(1, 2), 10, 20) == ([1, 2], 30)
c = add(1, 2)
assert (c.cr_running, c.cr_suspended, c.cr_await, c.cr_origin) == (False, False, None, None)
c.send(None)
assert c.cr_suspended and c.cr_await is not None
c.close()
raises(RuntimeError, "cannot reuse already awaited coroutine", c.send, None)
assert c.close() is None
c = add(1, 2)
w = c.__await__()
assert type(w).__name__ == "coroutine_wrapper" and next(w) == 1 and iter(w) is w
w.close()


async def awaits_int():
    await 1


raises(TypeError, "object int can't be used in 'await' expression", run, awaits_int())


# async with, async for, comprehensions
class Manager:
    def __init__(self, log):
        self.log = log

    async def __aenter__(self):
        self.log.append(await Wait("enter"))
        return "managed"

    async def __aexit__(self, kind, value, traceback):
        self.log.append(kind)
        return kind is KeyError


async def with_manager(log, error):
    async with Manager(log) as value:
        assert value == "managed"
        if error:
            raise error
    return "after"


log = []
assert run(with_manager(log, None), "in") == (["enter"], "after") and log == ["in", None]
log = []
assert run(with_manager(log, KeyError("k")), "in")[1] == "after" and log == ["in", KeyError]
raises(OSError, "o", run, with_manager([], OSError("o")))


async def numbers(n):
    try:
        for i in range(n):
            got = yield await Wait(i)
            if got:
                yield ("got", got)
    finally:
        await Wait("cleanup")


async def gather(n):
    return [x async for x in numbers(n) if x is not None], {y: 1 async for y in numbers(n)}


assert run(gather(2), "a", "b", None, "c", "d") == ([0, 1, "cleanup", 0, 1, "cleanup"], (["a", "b"], {"c": 1, "d": 1}))


async def by_hand():
    g = numbers(5)
    out = [await g.__anext__(), await g.asend("sent")]
    await g.aclose()
    try:
        await g.__anext__()
    except StopAsyncIteration:
        out.append("end")
    g = numbers(5)
    await anext(g)
    try:
        await g.athrow(KeyError("in"))
    except KeyError as e:
        out.append(e.args)
    return out, await anext(numbers(0), "default")


assert run(by_hand(), 1)[1] == ([1, ("got", "sent"), "end", ("in",)], "default")


async def ignores():
    try:
        yield 1
    except GeneratorExit:
        yield 2


async def close_it():
    g = ignores()
    await g.__anext__()
    await g.aclose()


raises(RuntimeError, "async generator ignored GeneratorExit", run, close_it())
a = numbers(1).__anext__()
a.close()
raises(RuntimeError, "cannot reuse already awaited __anext__()/asend()", a.send, None)

# Hooks
seen = []
before = sys.get_asyncgen_hooks()
sys.set_asyncgen_hooks(firstiter=lambda g: seen.append("first"), finalizer=lambda g: seen.append("final"))


def begin(i):
    g = numbers(3)
    run(g.__anext__())
    return g


begun = list(map(begin, range(8)))  # called from C: what is left of them on its stack is soon overwritten
assert seen == ["first"] * 8, seen
del begun
assert list(map(bool, map(lambda i: [i], range(8)))) == [True] * 8
gc.collect()
probe = weakref.ref(numbers(1))
gc.collect()
if probe() is None:  # a collector that never frees finalises nothing
    # One that reads the C stack as it is (and counts nothing) may take what stands there for a reference to one.
    least = 8 if sys.getrefcount(seen) > 1 else 7
    assert least <= seen.count("final") <= 8 and len(seen) == 8 + seen.count("final"), seen
sys.set_asyncgen_hooks(*before)
raises(TypeError, "callable finalizer expected, got int", lambda: sys.set_asyncgen_hooks(finalizer=1))

# Never awaited; where it was made
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    sys.set_coroutine_origin_tracking_depth(1)
    c = add(1, 2)
    sys.set_coroutine_origin_tracking_depth(0)
    assert c.cr_origin[0][2] == "<module>" and c.cr_origin[0][0] == __file__
    del c
    gc.collect()
assert probe() is not None or len(caught) == 1 and "coroutine 'add' was never awaited" in str(
    caught[0].message), caught


async def stops():
    raise StopIteration


e = raises(RuntimeError, "coroutine raised StopIteration", run, stops())
assert isinstance(e.__cause__, StopIteration)
