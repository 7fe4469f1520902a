"""_asyncio: futures and tasks by a loop of this file's own, which ends where a callback fails."""
import asyncio
import collections
import contextvars
import gc
import os
import weakref
from _asyncio import (Future, Task, _all_tasks, _current_tasks, _enter_task, _get_running_loop, _leave_task,
                      _register_task, _set_running_loop, _unregister_task, get_event_loop, get_running_loop)
from asyncio import CancelledError, InvalidStateError

assert asyncio.Future is Future and asyncio.Task is Task and asyncio.get_running_loop is get_running_loop
COUNTS = os.environ.get("OURO_GC") not in ("refcount", "none")  # cycles end


class Loop:
    def __init__(self):
        self.ready = collections.deque()
        self.reports, self.reports_n = [None] * 64, 0  # a finaliser does well to need no memory
        self.debug = False

    def get_debug(self):
        return self.debug

    def call_soon(self, callback, *args, context=None):
        self.ready.append((callback, args, context))

    def call_exception_handler(self, context):
        self.reports[self.reports_n] = context
        self.reports_n += 1

    def run(self, task=None):
        _set_running_loop(self)
        try:
            while self.ready:
                callback, args, context = self.ready.popleft()
                context.run(callback, *args) if context else callback(*args)
        finally:
            _set_running_loop(None)
        return task.result() if task else None


def raises(kind, text, call, *args, **kwargs):
    try:
        call(*args, **kwargs)
    except kind as error:
        assert type(error) is kind and str(error) == text, (type(error), str(error), text)
        return error
    raise AssertionError(f"no {kind.__name__}: {text}")


loop = Loop()

# ---- Futures ----

f = Future(loop=loop)
assert (f._state, f.done(), f.cancelled(), f._callbacks, f._result, f._exception) == (
    "PENDING", False, False, None, None, None)
assert f.get_loop() is f._loop is loop and repr(f) == "<Future pending>" and f._source_traceback is None
raises(InvalidStateError, "Result is not set.", f.result)
raises(InvalidStateError, "Exception is not set.", f.exception)
f.set_result(7)
assert (f.result(), f.exception(), f.done(), repr(f)) == (7, None, True, "<Future finished result=7>")
raises(InvalidStateError, "invalid state", f.set_result, 8)
raises(InvalidStateError, "invalid state", f.set_exception, ValueError)
assert f.cancel() is False

f = Future(loop=loop)
raises(TypeError, "invalid exception object", f.set_exception, 3)
raises(TypeError, "StopIteration interacts badly with generators and cannot be raised into a Future",
       f.set_exception, StopIteration)
f.set_exception(LookupError("here"))
assert f._log_traceback is True
raises(LookupError, "here", f.result)
assert f._log_traceback is False and repr(f.exception()) == "LookupError('here')"
raises(ValueError, "_log_traceback can only be set to False", setattr, f, "_log_traceback", True)
raises(AttributeError, "cannot delete attribute", delattr, f, "_log_traceback")

f = Future(loop=loop)
assert f.cancel("why") is True and f.cancelled() and f.done() and f._cancel_message == "why"
raises(CancelledError, "why", f.result)
raises(CancelledError, "why", f.exception)
raises(TypeError, "Future() takes no positional arguments", Future, loop)
empty = Future.__new__(Future)
raises(RuntimeError, "Future object is not initialized.", repr, empty)
raises(InvalidStateError, "Future object is not initialized.", empty.result)
assert empty.done() is False and empty._loop is None
loop.debug = True
made = Future(loop=loop)
loop.debug = False
assert made._source_traceback[-1].filename == __file__
assert repr(Future[int]) == "_asyncio.Future[int]"
made.attribute = 1
assert made.attribute == 1 and weakref.ref(made)() is made

# Callbacks: their order, their contexts, those that are taken back.
variable = contextvars.ContextVar("variable", default="none")
calls = []


def first(future):
    calls.append(("first", future, variable.get()))


def second(future):
    calls.append(("second", future, variable.get()))


f = Future(loop=loop)
variable.set("as it was added")
f.add_done_callback(first)
variable.set("later")
mine = contextvars.copy_context()
f.add_done_callback(second, context=mine)
f.add_done_callback(print)
f.add_done_callback(first)
assert [pair[0] for pair in f._callbacks] == [first, second, print, first] and f._callbacks[1][1] is mine
assert f.remove_done_callback(print) == 1 and f.remove_done_callback(print) == 0
f.set_result(1)
assert f._callbacks is None
variable.set("none of these")
loop.run()
assert calls == [("first", f, "as it was added"), ("second", f, "later"), ("first", f, "later")]
del calls[:]
f.add_done_callback(second, context=mine)
loop.run()
assert calls == [("second", f, "later")]
del calls[:]


class Changes:
    """Equals nothing, and takes all callbacks away meanwhile."""

    def __init__(self, future):
        self.future = future

    def __eq__(self, other):
        self.future.remove_done_callback(first)
        return False


f = Future(loop=loop)
for callback in (first, first, second, first):
    f.add_done_callback(callback)
assert f.remove_done_callback(Changes(f)) == 0
f.cancel()
loop.run()
del calls[:]


class Fails:
    def call_soon(self, *args, context=None):
        raise LookupError("full")

    def get_debug(self):
        return False


f = Future(loop=Fails())
f.add_done_callback(first)
f.add_done_callback(second)
raises(LookupError, "full", f.set_result, 1)
assert f._callbacks is None and f.result() == 1

# The iterator.
f = Future(loop=loop)
it = iter(f)
assert next(it) is f and f._asyncio_future_blocking is True
raises(RuntimeError, "await wasn't used with future", next, it)
f.set_result("value")
assert raises(StopIteration, "value", it.send, None).value == "value"
assert next(it, "end") == "end"
it = f.__await__()
raises(TypeError, "exceptions must be classes deriving BaseException or instances of such a class", it.throw, 1)
raises(TypeError, "instance exception may not have a separate value", it.throw, ValueError(), 1)
raises(TypeError, "throw() third argument must be a traceback", it.throw, ValueError, None, 1)
raises(ValueError, "thrown", it.throw, ValueError("thrown"))
assert list(it) == []
it = iter(f)
assert it.close() is None and list(it) == []

# ---- Tasks ----

log = []


async def waits(*futures):
    for each in futures:
        try:
            log.append(await each)
        except Exception as error:
            log.append(error)
    return "end"


a, b, c = (Future(loop=loop) for _ in range(3))
task = Task(waits(a, b, c), loop=loop, name="waiting")
assert task.get_name() == "waiting" and task in asyncio.all_tasks(loop) and task.get_coro() is task._coro
loop.run()
assert task._fut_waiter is a and repr(a).startswith("<Future pending cb=[Task.task_wakeup()]>")
assert repr(task).startswith("<Task pending name='waiting' coro=<waits() running at ")
a.set_result(1)
failure = ValueError(2)
b.set_exception(failure)
c.set_result(3)
assert loop.run(task) == "end" and log == [1, failure, 3] and task.done() and task._fut_waiter is None
assert repr(task).startswith("<Task finished name='waiting' coro=<waits() done, defined at ")
raises(RuntimeError, "Task does not support set_result operation", task.set_result, 1)
raises(RuntimeError, "Task does not support set_exception operation", task.set_exception, 1)
raises(TypeError, "a coroutine was expected, got 3", Task, 3, loop=loop)
task.set_name(3)
assert task.get_name() == "3"

# The running task, and its context.
current = []


async def looks():
    current.append((asyncio.current_task(), get_running_loop(), variable.get()))
    variable.set("in the task")
    await asyncio.sleep(0)
    current.append((asyncio.current_task(), get_event_loop(), variable.get()))


variable.set("outside")
own = contextvars.copy_context()
tasks = [Task(looks(), loop=loop), Task(looks(), loop=loop, context=own)]
loop.run()
assert current == [(tasks[0], loop, "outside"), (tasks[1], loop, "outside"),
                   (tasks[0], loop, "in the task"), (tasks[1], loop, "in the task")]
assert variable.get() == "outside" and own[variable] == "in the task" and not _current_tasks
raises(RuntimeError, "no running event loop", get_running_loop)
assert _get_running_loop() is None

# Cancelling.


async def resists(future, times):
    for _ in range(times):
        try:
            await future
        except CancelledError as error:
            log.append(error.args)
    return "resisted"


log.clear()
f = Future(loop=loop)
task = Task(resists(f, 2), loop=loop)
assert task.cancel("early") and task._must_cancel and task.cancelling() == 1
loop.run()  # it has not begun: the coroutine never does
assert task.cancelled() and log == [] and not f.done()
raises(CancelledError, "early", task.result)

task = Task(resists(f, 2), loop=loop)
loop.run()
assert task.cancel("one") is True and task.cancel("two") is True
assert task.cancelling() == 2 and task.uncancel() == 1 and task.uncancel() == 0 and task.uncancel() == 0
assert loop.run(task) == "resisted" and log[0] == ("one",) and f.cancelled()
assert task.cancel() is False

started = Future(loop=loop)
task = Task(waits(started), loop=loop)
loop.run()
task.cancel()
loop.run()
assert started.cancelled() and task.cancelled()
error = raises(CancelledError, "", task.result)
assert error.__traceback__ is not None and raises(CancelledError, "", task.result) is not error


async def cancels_itself():
    asyncio.current_task().cancel("last")
    return "too late"


task = Task(cancels_itself(), loop=loop)
loop.run()
assert task.cancelled()
raises(CancelledError, "last", task.result)


async def cancels_and_waits(future):
    asyncio.current_task().cancel("now")
    await future


f = Future(loop=loop)
task = Task(cancels_and_waits(f), loop=loop)
loop.run()
assert task.cancelled() and f.cancelled()

# Ends by exceptions.


async def ends_by(error):
    raise error


task = Task(ends_by(ZeroDivisionError("end")), loop=loop)
loop.run()
raises(ZeroDivisionError, "end", task.result)
assert "ends_by" in [frame.f_code.co_name for frame in task.get_stack()]
for kind in (SystemExit, KeyboardInterrupt):
    task = Task(ends_by(kind("out")), loop=loop)
    raises(kind, "out", loop.run)
    raises(kind, "out", task.result)

# What must not be yielded.


class Yields:
    def __init__(self, value):
        self.value = value

    def __await__(self):
        try:
            yield self.value
        except RuntimeError as error:
            log.append(str(error))


async def yields(value):
    await Yields(value)


def generator():
    yield


async def on_itself():
    await Yields(asyncio.current_task())


foreign = Future(loop=Loop())
mine, wrong = Future(loop=loop), generator()
for value in (3, mine, wrong):
    log.clear()
    task = Task(yields(value), loop=loop, name="odd")
    loop.run()
    task.result()
    expected = {3: "Task got bad yield: 3", mine: "yield was used instead of yield from in task <Task pending ",
                wrong: "yield was used instead of yield from for generator in task <Task pending "}[value]
    assert len(log) == 1 and log[0].startswith(expected), log
log.clear()
tasks = Task(on_itself(), loop=loop), Task(waits(foreign), loop=loop)
loop.run()
assert [task.result() for task in tasks] == [None, "end"] and len(log) == 2
assert log[0].startswith("Task cannot await on itself: <Task pending ")
assert str(log[1]).startswith("Task <Task pending ") and str(log[1]).endswith("attached to a different loop")

# Classes derived from futures, and those that act as one.
log.clear()


class Derived(Future):
    def add_done_callback(self, callback, *, context=None):
        log.append(("add", context))
        super().add_done_callback(callback, context=context)

    def cancel(self, msg=None):
        log.append(("cancel", msg))
        return super().cancel(msg)

    def get_loop(self):
        log.append("loop")
        return super().get_loop()


class Acts:
    _asyncio_future_blocking = False
    _loop = loop

    def add_done_callback(self, callback, *, context=None):
        loop.call_soon(callback, self, context=context)

    def result(self):
        return None

    def __await__(self):
        self._asyncio_future_blocking = True
        return (yield self)


async def awaits(what):
    return await what


derived = Derived(loop=loop)
task = Task(awaits(derived), loop=loop)
loop.run()
assert len(log) == 2 and log[0] == "loop" and log[1][0] == "add" and type(log[1][1]) is contextvars.Context
task.cancel("to the derived one")
loop.run()
assert log[2:] == [("cancel", "to the derived one")] and task.cancelled()
assert loop.run(Task(awaits(Acts()), loop=loop)) is None

# A coroutine in another's hands, and one that is no coroutine of the interpreter.


async def nested(depth, future):
    return await nested(depth - 1, future) + 1 if depth else await future


f = Future(loop=loop)
task = Task(nested(20, f), loop=loop)
loop.run()
f.set_result(100)
assert loop.run(task) == 120


class Coroutine(collections.abc.Coroutine):
    def __init__(self):
        self.steps = iter((None, None))

    def send(self, value):
        for step in self.steps:
            return step
        raise StopIteration("sent")

    def throw(self, kind, value=None, traceback=None):
        raise StopIteration("thrown")

    def close(self):
        pass

    def __await__(self):
        return self


assert loop.run(Task(Coroutine(), loop=loop)) == "sent"
task = Task(Coroutine(), loop=loop)
task.cancel()
assert loop.run(task) == "thrown"

# ---- Registers ----

holder = collections.UserString("loop")
_enter_task(holder, 1)
raises(RuntimeError, "Cannot enter into task 2 while another task 1 is being executed.", _enter_task, holder, 2)
raises(RuntimeError, "Leaving task 2 does not match the current task 1.", _leave_task, holder, 2)
_leave_task(holder, 1)
raises(RuntimeError, "Leaving task 1 does not match the current task None.", _leave_task, holder, 1)
raises(TypeError, "unhashable type: 'list'", _enter_task, [], 1)
thing = Loop()
_register_task(thing)
assert thing in _all_tasks
_unregister_task(thing)
assert thing not in _all_tasks

_set_running_loop("the loop here")
assert get_running_loop() == get_event_loop() == _get_running_loop() == "the loop here"
_set_running_loop(None)
assert _get_running_loop() is None

# ---- Ends ----

if COUNTS:
    gc.collect()
    loop.reports_n = 0

    def lose():
        future = Future(loop=loop)
        future.set_exception(LookupError("lost"))
        Task(waits(Future(loop=loop)), loop=loop, name="left")
        loop.run()

    for _ in range(20):
        lose()
    gc.collect()
    reports = {report["message"]: report for report in loop.reports[:loop.reports_n]}
    assert set(reports) == {"Future exception was never retrieved", "Task was destroyed but it is pending!"}
    future = reports["Future exception was never retrieved"]
    assert list(future) == ["message", "exception", "future"] and str(future["exception"]) == "lost"
    task = reports["Task was destroyed but it is pending!"]
    assert list(task) == ["message", "task"] and task["task"].get_name() == "left"

    class Told(Task):
        def __del__(self):
            log.append("told")
            super().__del__()

    log.clear()

    def tell():
        loop.run(Told(waits(), loop=loop))

    for _ in range(20):
        tell()
    gc.collect()
    assert "told" in log
loop.reports.clear()
