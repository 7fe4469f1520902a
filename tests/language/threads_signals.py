"""Threads, locks, thread-local objects, signals."""
import _thread
import io
import os
import signal
import sys
import threading
import time
import types

from sure_threads import Thread, closed


def raises(kind, message, f, *args):
    try:
        f(*args)
    except kind as e:
        assert message is None or str(e) == message, str(e)
        return e
    raise AssertionError(f"no {kind.__name__}")


# Threads share the interpreter, one at a time
sys.setswitchinterval(1e-5)
counts = [0] * 4


def count(i):
    for _ in range(2000):
        counts[i] += 1


threads = [Thread(target=count, args=(i,)) for i in range(4)]
for t in threads:
    t.start()
for t in threads:
    t.join()
assert counts == [2000] * 4 and threading.active_count() == 1
sys.setswitchinterval(0.005)
assert abs(sys.getswitchinterval() - 0.005) < 1e-9
raises(ValueError, "switch interval must be strictly positive", sys.setswitchinterval, 0)

# Locks
lock = threading.Lock()
raises(RuntimeError, "release unlocked lock", lock.release)
assert lock.acquire() and not lock.acquire(False) and not lock.acquire(timeout=0.001) and lock.locked()
lock.release()
raises(ValueError, "can't specify a timeout for a non-blocking call", lock.acquire, False, 1)
raises(ValueError, "timeout value must be positive", lock.acquire, True, -2)
raises(TypeError, "'str' object cannot be interpreted as an integer", lock.acquire, True, "x")
raises(OverflowError, "timestamp too large to convert to C _PyTime_t", lock.acquire, True, 1e10)
assert lock.acquire(True, 9223372036.5) and lock.locked()
lock.release()
owned = threading.RLock()
with owned:
    with owned:
        assert owned._is_owned()
raises(RuntimeError, "cannot release un-acquired lock", owned.release)

# The size of stacks is the system's again when asked without an argument
assert _thread.stack_size(262144) == 0 and _thread.stack_size() == 262144 and _thread.stack_size() == 0

# A second import of the module does not forget who waits for the end of a thread
gate = threading.Lock()
gate.acquire()
t = Thread(target=gate.acquire)
try:
    t.start()
    del sys.modules["_thread"]
    import _thread  # noqa: E402
finally:
    gate.release()
t.join(10)
assert not t.is_alive()

# Exceptions of a class derived from SystemExit are printed
class Exit(SystemExit):
    pass


for e, says in (SystemExit(1), ""), (Exit(1), "Exception in thread 7:\nExit: 1\n"):
    saved, sys.stderr = sys.stderr, io.StringIO()
    try:
        _thread._excepthook(_thread._ExceptHookArgs((type(e), e, None, types.SimpleNamespace(name=7))))
        written = sys.stderr.getvalue()
    finally:
        sys.stderr = saved
    assert written.replace("__main__.", "") == says, written

# A local object that is held by what the ending thread had in it, and holds the next one
class Chained(threading.local):
    def __init__(self, other):
        self.itself = self


def leaves_chain():
    local = None
    for _ in range(50):
        local = Chained(local)


t = Thread(target=leaves_chain)
t.start()
t.join()

# Local objects, exceptions, handed over values
local = threading.local()
local.value = 1
seen = []


def other():
    seen.append(hasattr(local, "value"))
    local.value = 2
    raise KeyError("in thread")


threading.excepthook = lambda args: seen.append((args.exc_type, args.thread.name))
t = Thread(target=other, name="named")
t.start()
t.join()
threading.excepthook = threading.__excepthook__
assert seen == [False, (KeyError, "named")] and local.value == 1

owned, answers, event = threading.RLock(), [], threading.Event()
condition = threading.Condition(owned)


def waiter():
    with owned:  # as with condition, whose __exit__ is in Python and needs memory
        answers.append("woken")
        condition.notify()


t = Thread(target=waiter)
with owned:
    t.start()
    assert condition.wait(5)
t.join()
assert answers == ["woken"]
assert not event.wait(0.001) and not event.is_set()
event.set()
assert event.wait()
assert _thread.get_ident() == threading.get_ident() and threading.get_native_id() == os.getpid()

# Generators and handled exceptions stay with whoever runs them
def handled():
    try:
        raise ValueError(threading.current_thread().name)
    except ValueError:
        for _ in range(20):
            time.sleep(0)
            yield sys.exc_info()[1].args[0]


results = {}
threads = [Thread(target=lambda n=n: results.setdefault(n, set(handled())), name=n) for n in ("a", "b", "c")]
for t in threads:
    t.start()
for t in threads:
    t.join()
assert results == {n: {n} for n in ("a", "b", "c")}

# Signals
got = []
before = signal.signal(signal.SIGUSR1, lambda number, frame: got.append((number, frame is not None)))
assert before == signal.SIG_DFL
os.kill(os.getpid(), signal.SIGUSR1)
signal.raise_signal(signal.SIGUSR1)
assert got == [(signal.SIGUSR1, True)] * 2
signal.signal(signal.SIGUSR1, signal.SIG_DFL)
signal.signal(signal.SIGINT, signal.default_int_handler)  # in the background it is ignored
try:
    signal.raise_signal(signal.SIGINT)
except KeyboardInterrupt:
    pass
else:
    raise AssertionError("no KeyboardInterrupt")


def interrupt(number, frame):
    raise TimeoutError


signal.signal(signal.SIGALRM, interrupt)
try:
    signal.setitimer(signal.ITIMER_REAL, 0.01)
    while True:
        pass
except TimeoutError:
    pass
try:
    signal.setitimer(signal.ITIMER_REAL, 0.01)
    raises(TimeoutError, None, time.sleep, 5)
finally:
    signal.setitimer(signal.ITIMER_REAL, 0)
signal.signal(signal.SIGALRM, signal.SIG_DFL)
raises(ValueError, "signal number out of range", signal.signal, 65, signal.SIG_DFL)
raises(TypeError, "signal handler must be signal.SIG_IGN, signal.SIG_DFL, or a callable object", signal.signal,
       signal.SIGUSR1, "x")
t = Thread(target=lambda: seen.append(raises(
    ValueError, "signal only works in main thread of the main interpreter", signal.signal, signal.SIGUSR1,
    signal.SIG_DFL)))
t.start()
t.join()
assert len(seen) == 3
_thread.interrupt_main(signal.SIGUSR2)  # nobody handles it: nothing happens
raises(OverflowError, None, _thread.interrupt_main, 2**40)
assert signal.sigtimedwait([signal.SIGUSR1], 0) is None and signal.sigtimedwait([signal.SIGUSR1], 0.01) is None

# Fork: the child has one thread, and can still look at the frames that others had
stop, started = closed(), closed()


def steps():
    started.release()
    stop.acquire(timeout=10)
    yield


def take_steps(mark):
    for _ in steps():
        pass


def frames_up(frame):
    while frame:
        yield frame
        frame = frame.f_back


t = Thread(target=take_steps, args=("here",))
try:
    t.start()
    assert started.acquire(timeout=10)
    frames = list(frames_up(sys._current_frames()[t.ident]))
    pid = os.fork()
    if not pid:
        try:
            (taking,) = [f for f in frames if f.f_code.co_name == "take_steps"]
            lines = [f.f_lineno for f in frames]
            if threading.active_count() == 1 and taking.f_locals["mark"] == "here" and taking.f_back in frames and all(lines):
                os._exit(7)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7
finally:
    stop.release()
t.join()

# Fork while a thread is inside a buffered stream that nobody else wanted: in the child it is free (under CPython only
# standard streams are).
source, into = os.pipe()
with open(source, "rb") as stream:
    got = []
    t = Thread(target=lambda: got.append(stream.read(2)))
    t.start()
    time.sleep(0.05)  # till it waits in the system
    pid = os.fork()
    if not pid:
        signal.alarm(5)
        if sys.implementation.name == "ouroboros":
            stream.close()
        os._exit(7)
    os.write(into, b"ab")
    t.join()
    assert got == [b"ab"] and os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7
os.close(into)

# A thread that writes without a pause lets others in.
with open(os.devnull, "wb") as shared:
    def write_on():
        while not enough:
            shared.write(b".")
            shared.flush()

    enough = []
    t = Thread(target=write_on)
    t.start()
    try:
        for i in range(20):
            shared.write(b"!")
            shared.flush()
    finally:
        enough.append(True)
        t.join()
