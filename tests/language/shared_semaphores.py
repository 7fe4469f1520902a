"""_multiprocessing.SemLock, alone and between processes."""
import os
from _multiprocessing import SemLock, flags, sem_unlink
from sure_threads import Thread

assert flags == {"HAVE_SEM_OPEN": 1, "HAVE_SEM_TIMEDWAIT": 1}
assert SemLock.SEM_VALUE_MAX == 2**31 - 1
name = f"/ouropy-test-{os.getpid()}"


def raises(kind, text, call, *args):
    try:
        call(*args)
    except kind as error:
        assert str(error) == text, (str(error), text)
    else:
        raise AssertionError(f"no {kind.__name__}: {text}")


# A recursive lock.
lock = SemLock(0, 1, 1, name, True)
assert lock.name is None and lock.kind == 0 and lock.maxvalue == 1 and type(lock.handle) is int
assert lock._is_zero() is False and lock._count() == 0 and lock._is_mine() is False
with lock as got:
    assert got is True and lock._is_mine() and lock.acquire() and lock._count() == 2
    assert lock._is_zero() and lock._get_value() == 0
    answers = []
    other = Thread(target=lambda: answers.append((lock.acquire(False), lock._is_mine())))
    other.start()
    other.join()
    assert answers == [(False, False)]
    lock.release()
raises(AssertionError, "attempt to release recursive lock not owned by thread", lock.release)

# A counting one, with a name.
counting = SemLock(kind=1, value=2, maxvalue=2, name=name, unlink=False)
assert counting.name == name
raises(FileExistsError, "[Errno 17] File exists", SemLock, 1, 2, 2, name, False)
same = SemLock._rebuild(counting.handle, 1, 2, name)
assert same.acquire(False) and counting._get_value() == 1
assert counting.acquire(True, 1) and not counting.acquire(timeout=0.001)
assert not counting.acquire(block=True, timeout=-5) and same._is_zero()
raises(TypeError, "must be real number, not str", counting.acquire, True, "x")
child = os.fork()
if child == 0:
    counting.release()
    os._exit(0)
assert counting.acquire(True, 10) and os.waitpid(child, 0)[1] == 0
counting._after_fork()
assert counting._count() == 0
counting.release()
counting.__exit__(None, None, None)
raises(ValueError, "semaphore or lock released too many times", counting.release)
sem_unlink(name)
raises(FileNotFoundError, "[Errno 2] No such file or directory", sem_unlink, name)
raises(FileNotFoundError, "[Errno 2] No such file or directory",
       SemLock._rebuild, counting.handle, 1, 2, name)
raises(ValueError, "unrecognized kind", SemLock, 3, 1, 1, name, True)
raises(OSError, "[Errno 22] Invalid argument", SemLock, 1, -1, 1, name, True)
raises(TypeError, "SemLock() argument 'name' must be str, not int", SemLock, 1, 1, 1, 5, True)


class Named(SemLock):
    pass


named = Named(1, 1, 1, name, True)
named.more = [named]

# Shared memory.
import _posixshmem
import mmap

fd = _posixshmem.shm_open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL, mode=0o600)
os.ftruncate(fd, 4096)
with mmap.mmap(fd, 4096) as shared:
    child = os.fork()
    if child == 0:
        shared[:5] = b"hello"
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0 and shared[:5] == b"hello"
os.close(fd)
_posixshmem.shm_unlink(path=name)
raises(FileNotFoundError, f"[Errno 2] No such file or directory: '{name}'",
       _posixshmem.shm_unlink, name)
raises(TypeError, "shm_open() argument 'path' must be str, not int", _posixshmem.shm_open, 3, 1)
