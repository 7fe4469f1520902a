# What os is made of: files by name and descriptor, directories, processes, waiting for many files.
import errno
import fcntl
import posix
import pwd
import select
import time
import _stat


def raises(kind, f, *args, **named):
    try:
        f(*args, **named)
    except kind as error:
        return error
    raise AssertionError(f"{kind.__name__} was not raised")


class Path:
    def __init__(self, text):
        self.text = text

    def __fspath__(self):
        return self.text


folder = f"/tmp/system_test_{posix.getpid()}_{time.time_ns()}"
posix.mkdir(folder)
try:
    inside = folder + "/file"
    fd = posix.open(inside, posix.O_RDWR | posix.O_CREAT, 0o640)
    assert posix.write(fd, b"hello world") == 11
    assert posix.pread(fd, 5, 6) == b"world" and posix.lseek(fd, 0, 0) == 0
    rooms = [bytearray(3), bytearray(2)]
    assert posix.readv(fd, rooms) == 5 and rooms == [b"hel", b"lo"]
    posix.ftruncate(fd, 4)
    s = posix.fstat(fd)
    assert s.st_size == 4 and s[6] == 4 and _stat.S_ISREG(s.st_mode)
    assert s.st_mtime_ns // 10**9 == s[8] == int(s.st_mtime)
    assert not posix.get_inheritable(fd)
    posix.close(fd)
    assert raises(OSError, posix.close, fd).errno == errno.EBADF
    posix.utime(inside, ns=(10**9 + 7, 2 * 10**9 + 8))
    assert posix.stat(Path(inside)).st_mtime_ns == 2 * 10**9 + 8
    posix.chmod(inside, 0o600)
    assert _stat.filemode(posix.stat(inside.encode()).st_mode) == "-rw-------"
    posix.symlink("file", folder + "/link")
    assert posix.readlink(folder + "/link") == "file"
    entries = {e.name: e for e in posix.scandir(folder)}
    assert sorted(entries) == ["file", "link"] == sorted(posix.listdir(folder))
    assert entries["link"].is_symlink() and entries["link"].is_file()
    assert not entries["link"].is_file(follow_symlinks=False)
    assert entries["file"].path == inside and entries["file"].stat().st_size == 4
    posix.replace(inside, folder + "/other")
    error = raises(FileNotFoundError, posix.rename, inside, folder + "/x")
    assert (error.filename, error.filename2) == (inside, folder + "/x")
    at = posix.open(folder, posix.O_RDONLY)
    assert posix.stat("other", dir_fd=at).st_size == 4 and "other" in posix.listdir(at)
    posix.unlink("other", dir_fd=at)
    posix.close(at)
    posix.unlink(folder + "/link")
finally:
    posix.rmdir(folder)

assert str(raises(TypeError, posix.stat, None)).startswith("stat: path should be string, bytes,")
assert str(raises(ValueError, posix.stat, "a\0")) == "embedded null byte"
assert posix._path_normpath("/a//b/./c/..") == "/a/b" and posix._path_normpath("../x/..") == ".."
assert pwd.getpwuid(0).pw_name == "root"
raises(KeyError, pwd.getpwnam, "nobody has this name")

# Processes.
pid = posix.fork()
if pid == 0:
    posix._exit(3)
status = posix.waitpid(pid, 0)[1]
assert posix.WIFEXITED(status) and posix.waitstatus_to_exitcode(status) == 3
pid = posix.posix_spawn("/bin/sh", ["sh", "-c", "kill -9 $$"], {})
assert posix.waitstatus_to_exitcode(posix.waitpid(pid, 0)[1]) == -9
raises(ChildProcessError, posix.waitpid, -1, 0)

# Pipes, and waiting for them.
r, w = posix.pipe()
assert select.select([r], [w], [], 0) == ([], [w], [])
p = select.poll()
p.register(r, select.POLLIN)
assert p.poll(0) == []
posix.write(w, b"x")
assert p.poll() == [(r, select.POLLIN)] and select.select([r], [], []) == ([r], [], [])
with select.epoll() as e:
    e.register(r, select.EPOLLIN)
    assert e.poll(1) == [(r, select.EPOLLIN)]
assert e.closed
posix.set_blocking(r, False)
assert posix.read(r, 10) == b"x"
raises(BlockingIOError, posix.read, r, 10)
assert fcntl.fcntl(r, fcntl.F_GETFL) & posix.O_NONBLOCK
posix.close(w)
assert posix.read(r, 1) == b""
posix.close(r)

# Clocks and calendars.
t = time.gmtime(86400 * 365)
assert t[:6] == (1971, 1, 1, 0, 0, 0) and (t.tm_wday, t.tm_yday) == (4, 1)
assert repr(t).startswith("time.struct_time(tm_year=1971, tm_mon=1,")
assert time.strftime("%Y-%m-%d", t) == "1971-01-01" and time.asctime(t) == "Fri Jan  1 00:00:00 1971"
start = time.monotonic()
time.sleep(0.002)
assert time.monotonic() - start >= 0.002
assert abs(time.time() - time.time_ns() / 1e9) < 1
assert str(raises(ValueError, time.sleep, -1)) == "sleep length must be non-negative"
assert str(raises(ValueError, time.strftime, "%Y", (2000, 13, 1, 0, 0, 0, 0, 1, 0))) == "month out of range"
assert time.struct_time(range(11)).tm_gmtoff == 10

# Memory that is mapped.
import mmap

m = mmap.mmap(-1, 8192)
m[0:5] = b"hello"
m.seek(5)
assert m.write(b" world\n") == 7 and m.tell() == 12
m.seek(0)
assert m.readline() == b"hello world\n" and m.find(b"wor") == -1 and m.find(b"wor", 0) == 6
view = memoryview(m)
view[0] = 72
assert str(raises(BufferError, m.close)) == "cannot close exported pointers exist"
view.release()
m.resize(4096)
assert len(m) == 4096 and m[0] == 72 and m[-1:] == b"\0"
m.close()
assert m.closed and str(raises(ValueError, m.read)) == "mmap closed or invalid"
