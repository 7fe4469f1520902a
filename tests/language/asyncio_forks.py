"""_asyncio: the running loop is a thread's own, and a child of fork has none."""
import os
from _asyncio import _get_running_loop, _set_running_loop, get_running_loop
from sure_threads import Thread

_set_running_loop("the loop here")
seen = []


def look():
    seen.append(_get_running_loop())
    _set_running_loop("the thread's")
    seen.append(get_running_loop())


thread = Thread(target=look)
thread.start()
thread.join()
assert seen == [None, "the thread's"] and get_running_loop() == "the loop here"

child = os.fork()
if not child:
    status = 1
    try:
        status = 2 if _get_running_loop() is not None else 0
        _set_running_loop("another")
        status = status or (0 if get_running_loop() == "another" else 3)
    finally:
        os._exit(status)
assert os.waitpid(child, 0)[1] == 0
assert get_running_loop() == "the loop here"
_set_running_loop(None)
assert _get_running_loop() is None
