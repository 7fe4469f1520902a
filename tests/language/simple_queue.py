"""_queue.SimpleQueue: arguments, order, threads that wait, signals, finalisers that put, forks."""
import gc
import os
import queue
import signal
import weakref
from _queue import Empty, SimpleQueue
from sure_threads import Thread, wait_while

assert queue.SimpleQueue is SimpleQueue and queue.Empty is Empty
assert Empty.__module__ == "_queue" and Empty.__bases__ == (Exception,)
assert repr(SimpleQueue[int]) == "_queue.SimpleQueue[int]"


def raises(kind, text, call, *args, **kwargs):
    try:
        call(*args, **kwargs)
    except kind as error:
        assert str(error) == text, (str(error), text)
    else:
        raise AssertionError(f"no {kind.__name__}: {text}")


q = SimpleQueue()
negative = "'timeout' must be a non-negative number"
raises(TypeError, "SimpleQueue() takes no positional arguments", SimpleQueue, 1)
raises(TypeError, "SimpleQueue() takes no keyword arguments", SimpleQueue, a=1)
raises(ValueError, negative, q.get, timeout=-1)
raises(ValueError, negative, q.get, True, -1e-7)
raises(TypeError, "'str' object cannot be interpreted as an integer", q.get, timeout="a")
raises(OverflowError, "timestamp too large to convert to C _PyTime_t", q.get, timeout=1e30)
raises(Empty, "", q.get, False, "not looked at")
raises(Empty, "", q.get, timeout=0)
raises(Empty, "", q.get, timeout=0.001)
raises(Empty, "", q.get_nowait)
raises(TypeError, "get_nowait() takes no arguments", q.get_nowait, 1)
raises(TypeError, "get() takes at most 2 arguments (3 given)", q.get, 1, 2, 3)
raises(TypeError, "put() missing required argument 'item' (pos 1)", q.put)
raises(TypeError, "put_nowait() missing required argument 'item' (pos 1)", q.put_nowait)

# First in, first out, through rings of several sizes.
assert q.empty() and q.qsize() == 0
for size in (1, 7, 8, 9, 40):
    for i in range(size):
        q.put(i, block=object(), timeout="not looked at") if i % 2 else q.put_nowait(item=i)
    assert q.qsize() == size and not q.empty()
    assert [q.get() for _ in range(size // 2)] == list(range(size // 2))
    q.put("last")
    assert [q.get(False) for _ in range(size - size // 2)] == list(range(size // 2, size))
    assert q.get_nowait() == "last" and q.empty()


class Derived(SimpleQueue):
    def __init__(self, given):
        self.given = given


# Weak references, and a cycle through the items.
def cycle(n):
    derived = Derived(n)
    derived.put(derived)
    return weakref.ref(derived)


seen = list(map(cycle, range(8)))
if os.environ.get("OURO_GC") not in ("refcount", "none"):
    gc.collect()
    # One that reads the C stack as it is may take what stands there for a reference to the last.
    assert all(queue() is None for queue in seen[:-1])
    assert seen[-1]() is None or os.environ.get("OURO_GC") == "mark-sweep"


# A finaliser that puts, while the queue is at work.
class Puts:
    def __del__(self):
        q.put("finaliser")


for i in range(20):
    puts = Puts()
    puts.itself = puts
    del puts
    q.put(i)
gc.collect()
taken = []
while not q.empty():
    taken.append(q.get())
assert [item for item in taken if item != "finaliser"] == list(range(20))

# Threads: each item goes to one of them.
got = []


def consume():
    while (item := q.get()) is not None:
        got.append(item)


threads = [Thread(target=consume) for _ in range(3)]
try:
    for thread in threads:
        thread.start()
    for i in range(50):
        q.put(i)
finally:
    for _ in range(3):
        q.put(None)
for thread in threads:
    thread.join()
assert sorted(got) == list(range(50)) and q.empty()

# A signal's handler runs while get waits; what it puts is got, what it raises ends the wait.
signal.signal(signal.SIGALRM, lambda *_: q.put("signal"))
signal.setitimer(signal.ITIMER_REAL, 0.01)
assert q.get() == "signal"


def fail(*_):
    raise LookupError("handler")


signal.signal(signal.SIGALRM, fail)
signal.setitimer(signal.ITIMER_REAL, 0.01)
raises(LookupError, "handler", q.get)
signal.signal(signal.SIGALRM, signal.SIG_DFL)

# A child of fork that leaves a waiting thread behind uses the queue as before.
waits = Thread(target=q.get)
waits.start()
try:
    wait_while(lambda: not waits.is_alive())
    child = os.fork()
    if not child:
        status = 1
        try:
            q.put(1)
            q.put(2)
            status = 0 if (q.get(), q.get(timeout=1), q.empty()) == (1, 2, True) else 2
        finally:
            os._exit(status)
    assert os.waitpid(child, 0)[1] == 0
finally:
    q.put("end")
waits.join()
assert q.empty()
