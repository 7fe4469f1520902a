"""faulthandler: where a program is, told when asked, by a signal, or after some time."""
import faulthandler
import os
import signal
import tempfile
import threading
import time

from sure_threads import Thread, closed


def raises(kind, function, *args):
    try:
        function(*args)
    except kind:
        return
    raise AssertionError("nothing is raised")


def lines_of(file):
    file.seek(0)
    lines = file.read().decode().splitlines()
    file.truncate(0)
    file.seek(0)
    return lines


def here(file, all_threads):
    faulthandler.dump_traceback(file, all_threads)


with tempfile.TemporaryFile() as file:
    here(file, False)
    head, first, second = lines_of(file)
    assert head == "Stack (most recent call first):"
    assert first == f'  File "{__file__}", line {here.__code__.co_firstlineno + 1} in here', first
    assert second.endswith("in <module>")

    # All threads, the newest first.
    running, done = closed(), closed()

    def wait():
        running.release()
        done.acquire(timeout=10)

    thread = Thread(target=wait)
    thread.start()
    try:
        assert running.acquire(timeout=10)
        here(file, True)
    finally:
        done.release()
    thread.join()
    lines = lines_of(file)
    assert lines[0] == f"Thread 0x{thread.ident:016x} (most recent call first):", lines
    assert f"Current thread 0x{threading.get_ident():016x} (most recent call first):" in lines
    assert any(line.endswith("in wait") for line in lines)

    # Signals; the handler that was there is called as well if that is wanted.
    seen = []
    signal.signal(signal.SIGUSR1, lambda number, frame: seen.append(number))
    faulthandler.register(signal.SIGUSR1, file, all_threads=False, chain=True)
    os.kill(os.getpid(), signal.SIGUSR1)
    assert lines_of(file)[0].startswith("Stack") and seen == [signal.SIGUSR1]
    assert faulthandler.unregister(signal.SIGUSR1) and not faulthandler.unregister(signal.SIGUSR1)
    os.kill(os.getpid(), signal.SIGUSR1)
    assert lines_of(file) == [] and len(seen) == 2
    raises(RuntimeError, faulthandler.register, signal.SIGSEGV, file)
    raises(ValueError, faulthandler.register, 1000, file)

    # A time limit, kept and not.
    faulthandler.dump_traceback_later(0.01, file=file)
    until = time.monotonic() + 20
    while os.fstat(file.fileno()).st_size == 0 and time.monotonic() < until:
        time.sleep(0.01)
    faulthandler.cancel_dump_traceback_later()
    lines = lines_of(file)
    assert lines[0] == "Timeout (0:00:00.010000)!" and lines[1].startswith("Thread 0x"), lines
    faulthandler.dump_traceback_later(60, file=file)
    faulthandler.cancel_dump_traceback_later()
    assert lines_of(file) == []
    raises(ValueError, faulthandler.dump_traceback_later, 0)

    # What happens at crashes is seen from outside.
    was = faulthandler.is_enabled()
    faulthandler.enable(file)
    assert faulthandler.is_enabled()
    child = os.fork()
    if not child:
        os.kill(os.getpid(), signal.SIGABRT)
        os._exit(0)
    assert os.waitpid(child, 0)[1] & 127 == signal.SIGABRT
    assert lines_of(file)[:1] == ["Fatal Python error: Aborted"]
    assert faulthandler.disable() and not faulthandler.disable() and not faulthandler.is_enabled()
    raises(ValueError, faulthandler.enable, -1)
