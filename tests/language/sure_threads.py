"""Threads that nobody waits for in vain, for programs whose requests for memory fail.

Where memory fails, the library's thread can end before it says that it has begun, and start() waits for
it for ever; and start() can raise when the thread runs already, which then is left at the end."""
import _thread
import atexit
import threading
import time


def wait_while(condition):
    for _ in range(5000):
        if not condition():
            break
        time.sleep(0.001)


class Thread(threading.Thread):
    def _bootstrap(self):
        try:
            super()._bootstrap()
        finally:
            while True:
                try:
                    self._started.set()
                    break
                except MemoryError:  # more than one request fails
                    pass

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
