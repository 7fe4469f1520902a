"""Threads, locks, thread-local objects, signals."""
import _thread
import os
import signal
import sys
import threading
import time


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


threads = [threading.Thread(target=count, args=(i,)) for i in range(4)]
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
owned = threading.RLock()
with owned:
    with owned:
        assert owned._is_owned()
raises(RuntimeError, "cannot release un-acquired lock", owned.release)

# Local objects, exceptions, handed over values
local = threading.local()
local.value = 1
seen = []


def other():
    seen.append(hasattr(local, "value"))
    local.value = 2
    raise KeyError("in thread")


threading.excepthook = lambda args: seen.append((args.exc_type, args.thread.name))
t = threading.Thread(target=other, name="named")
t.start()
t.join()
threading.excepthook = threading.__excepthook__
assert seen == [False, (KeyError, "named")] and local.value == 1

event, condition, answers = threading.Event(), threading.Condition(), []


def waiter():
    event.wait()
    with condition:
        answers.append("woken")
        condition.notify()


t = threading.Thread(target=waiter)
with condition:
    t.start()
    event.set()
    assert condition.wait(5)
t.join()
assert answers == ["woken"]
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
threads = [threading.Thread(target=lambda n=n: results.setdefault(n, set(handled())), name=n) for n in ("a", "b", "c")]
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
try:
    signal.raise_signal(signal.SIGINT)
except KeyboardInterrupt:
    pass
else:
    raise AssertionError("no KeyboardInterrupt")


def interrupt(number, frame):
    raise TimeoutError


signal.signal(signal.SIGALRM, interrupt)
signal.setitimer(signal.ITIMER_REAL, 0.01)
try:
    while True:
        pass
except TimeoutError:
    pass
signal.setitimer(signal.ITIMER_REAL, 0.01)
raises(TimeoutError, None, time.sleep, 5)
signal.signal(signal.SIGALRM, signal.SIG_DFL)
raises(ValueError, "signal number out of range", signal.signal, 65, signal.SIG_DFL)
raises(TypeError, "signal handler must be signal.SIG_IGN, signal.SIG_DFL, or a callable object", signal.signal,
       signal.SIGUSR1, "x")
t = threading.Thread(target=lambda: seen.append(raises(
    ValueError, "signal only works in main thread of the main interpreter", signal.signal, signal.SIGUSR1,
    signal.SIG_DFL)))
t.start()
t.join()
assert len(seen) == 3

# Fork: the child has one thread
stop = threading.Event()
t = threading.Thread(target=stop.wait)
t.start()
pid = os.fork()
if not pid:
    os._exit(7 if threading.active_count() == 1 else 1)
assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7
stop.set()
t.join()
