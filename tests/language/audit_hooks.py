"""sys.audit, sys.addaudithook: what hooks are told, in CPython's words and order; what they refuse does not
happen; none of it is traced unless a hook wants it."""
import gc
import marshal
import os
import socket
import sys
import syslog
import tempfile

seen, refused, listening = [], (), False


def hook(event, args):
    if not listening or event.startswith("cpython."):
        return
    if event in refused:
        raise ValueError(event)
    seen.append((event, args))


def told(function, *args):
    global listening
    seen.clear()
    listening = True
    try:
        function(*args)
    finally:
        listening = False
    return seen[:]


def names(*args):
    return [event for event, _ in told(*args)]


class A:
    pass


class B:
    pass


class C(A):
    pass


def f():
    pass


def g():
    pass


sys.addaudithook(hook)
folder = tempfile.mkdtemp()
path = os.path.join(folder, "x")
file = open(path, "w")
file.close()
a = A()
assert told(sys.audit, "mine", 1, "x") == [("mine", (1, "x"))]
assert told(lambda: open(path).close()) == [("open", (path, "r", os.O_CLOEXEC))]
assert told(lambda: os.close(os.open(path, os.O_RDONLY))) == [("open", (path, None, os.O_CLOEXEC))]
assert told(os.listdir, folder) == [("os.listdir", (folder,))] and told(os.listdir) == [("os.listdir", (None,))]
assert names(lambda: os.scandir(folder).close()) == ["os.scandir"]
assert told(os.rename, path, path + "1") == [("os.rename", (path, path + "1", -1, -1))]
assert told(os.link, path + "1", path) == [("os.link", (path + "1", path, -1, -1))]
assert told(os.remove, path) == [("os.remove", (path, -1))] and names(os.unlink, path + "1") == ["os.remove"]
assert told(os.mkdir, path, 0o700) == [("os.mkdir", (path, 0o700, -1))]
assert told(os.rmdir, path) == [("os.rmdir", (path, -1))]
assert told(os.rmdir, folder) == [("os.rmdir", (folder, -1))]
assert names(os.putenv, "OURO_A", "b") == ["os.putenv"] and names(os.unsetenv, "OURO_A") == ["os.unsetenv"]
assert told(os.kill, os.getpid(), 0) == [("os.kill", (os.getpid(), 0))]

assert told(compile, "1", "<x>", "exec") == [("compile", (b"1", "<x>"))]
code = compile("1+1", "<s>", "eval")
assert told(eval, code) == [("exec", (code,))] and names(exec, "2") == ["compile", "exec"]
assert names(eval, "3") == ["compile", "exec"]
assert told(marshal.dumps, [1]) == [("marshal.dumps", ([1], marshal.version))]
data = marshal.dumps([1])
assert told(marshal.loads, data) == [("marshal.loads", (data,))]

assert told(setattr, a, "__class__", B) == [("object.__setattr__", (a, "__class__", B))]
for name, value in ("__bases__", (B,)), ("__name__", "D"), ("__qualname__", "E"), ("__module__", "m"), ("__doc__", "x"):
    assert told(setattr, C, name, value) == [("object.__setattr__", (C, name, value))]
assert told(setattr, f, "__code__", code.replace(co_name="f")) != []
assert told(getattr, g, "__code__") == [("object.__getattr__", (g, "__code__"))]
assert told(setattr, f, "__defaults__", (1,)) == [("object.__setattr__", (f, "__defaults__", (1,)))]
assert told(delattr, f, "__defaults__") == [("object.__delattr__", (f, "__defaults__"))]
assert told(setattr, C, "new", 1) == told(setattr, a, "new", 1) == []

assert told(id, a) == [("builtins.id", (id(a),))]
assert told(sys._getframe) and told(sys._current_frames) == [("sys._current_frames", ())]
assert told(gc.get_objects, 2) == [("gc.get_objects", (2,))] and told(gc.get_objects) == [("gc.get_objects", (-1,))]
assert told(gc.get_referents, a) == [("gc.get_referents", ((a,),))]
s = socket.socket()
assert told(s.bind, ("127.0.0.1", 0)) == [("socket.bind", (s, ("127.0.0.1", 0)))]
s.close()
assert names(socket.gethostname) == ["socket.gethostname"]

# A mask of nothing but emergencies: nothing is sent.
arguments = sys.argv
for sys.argv, ident in (["a/b"], "b"), (["c"], "c"), (["d/"], ""), ([""], None), ([b"x"], None), ([], None):
    assert told(syslog.openlog) == [("syslog.openlog", (ident, 0, syslog.LOG_USER))]
sys.argv = arguments
assert told(syslog.openlog, "n", syslog.LOG_PID, 16) == [("syslog.openlog", ("n", syslog.LOG_PID, 16))]
assert told(syslog.openlog, "a\0b") == [("syslog.openlog", ("a\0b", 0, syslog.LOG_USER))]
assert told(syslog.setlogmask, 1 << 40 | 1) == [("syslog.setlogmask", (1 << 40 | 1,))]
assert told(syslog.syslog, "a\0b") == [("syslog.syslog", (syslog.LOG_INFO, "a"))]
assert told(syslog.closelog) == told(syslog.closelog) == [("syslog.closelog", ())]
sys.argv = ["e"]
assert told(syslog.syslog, syslog.LOG_DEBUG, "ä") == [("syslog.syslog", (syslog.LOG_DEBUG, "ä")),
                                                      ("syslog.openlog", ("e", 0, syslog.LOG_USER))]
syslog.closelog()
sys.argv = arguments
assert syslog.setlogmask(255) == 1 and syslog.LOG_MASK(1) == 2

# Refused.
refused = ("open", "exec", "object.__setattr__", "sys.addaudithook", "syslog.setlogmask")
for attempt in (lambda: open(__file__), lambda: syslog.setlogmask(1), lambda: eval("1"), lambda: setattr(a, "__class__", A)):
    try:
        told(attempt)
    except ValueError as e:
        assert str(e) in refused
    else:
        raise AssertionError("nothing is raised")
assert type(a) is B and syslog.setlogmask(255) == 255
assert told(sys.addaudithook, print) == []  # not added, and nobody is told

# Traced where the hook says so.
calls = []


class Hook:
    def __call__(self, event, args):
        pass


def trace(frame, event, argument):
    if frame.f_code is Hook.__call__.__code__:
        calls.append(event)


last = Hook()
refused = ()
sys.addaudithook(last)
sys.settrace(trace)
sys.audit("x")
last.__cantrace__ = True
sys.audit("x")
sys.settrace(None)
assert calls == ["call"] * len(calls) and len(calls) == 2  # with that of sys.settrace
