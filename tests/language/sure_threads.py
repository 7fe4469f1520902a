"""Threads that nobody waits for in vain, for programs whose requests for memory fail.

Where memory fails, the library's thread can end before it says that it has begun, and start() waits for
it for ever; and start() can raise when the thread runs already, which then is left at the end."""
import _thread
import atexit
import threading
import time


def wait_while(condition):
    for _ in range(2000):
        if not condition():
            break
        time.sleep(0.001)


def closed():
    """A lock that is held: opened by release, and waited for by acquire. Unlike an Event it needs no memory, which
    may fail in there while its own lock is held."""
    lock = _thread.allocate_lock()
    lock.acquire()
    return lock


class Begun(threading.Event):
    def wait(self, timeout=None):
        wait_while(lambda: not self.is_set())
        if not self.is_set():
            raise MemoryError("a thread did not begin")


class Thread(threading.Thread):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._started = Begun()

    def start(self):
        try:
            super().start()
        except MemoryError:
            wait_while(lambda: self in threading._limbo and not self._started.is_set())
            raise


atexit.register(wait_while, _thread._count)  # join() knows only those that have begun well

if __name__ == "__main__":
    seen = []
    t = Thread(target=seen.append, args=(1,))
    t.start()
    t.join()
    assert seen == [1] and not t.is_alive()
