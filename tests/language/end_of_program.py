"""The end of a program: what it left open is written out, whether or not anything dies."""
import os
import sys

path = f"/tmp/end_of_program_{os.getpid()}"
environment = {name: value for name, value in os.environ.items() if name != "OUROPY_REPORT"}


def left_behind(program, **variables):
    """What is in the file that a program of its own has left open."""
    child = os.posix_spawn(sys.executable, [sys.executable, "-S", "-c", program, path],
                           environment | variables)
    try:
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0, program
        with open(path) as file:
            return file.read()
    finally:
        if os.path.exists(path):
            os.unlink(path)


# A name of the module; in a cycle that outlives it; in one that holds its module.
assert left_behind("import sys; f = open(sys.argv[1], 'w'); f.write('text')") == "text"
assert left_behind("import sys; l = [open(sys.argv[1], 'wb')]; l.append(l); l[0].write(b'bytes')") == "bytes"
assert left_behind("import sys\nf = open(sys.argv[1], 'w'); f.write('text')\ndef g(): pass") == "text"

# A thread that will never come back from the stream does not hold up the end. What it uses stays where
# it is, which a leak sanitizer would take for lost: it sees no references in memory of an arena.
assert left_behind("""
import os, sys, time, _thread
reader, writer = os.pipe()
full = open(writer, "wb")
with open(sys.argv[1], "w") as file:
    file.write("closed")
entered = _thread.allocate_lock()
entered.acquire()
def fill():
    for i in range(60000):
        full.write(b"x")
    entered.release()
    while True:
        full.write(b"x" * 100)
_thread.start_new_thread(fill, ())
entered.acquire()
time.sleep(0.1)
""", ASAN_OPTIONS="detect_leaks=0") == "closed"


# What dies at the end says what it has to say, also where nobody counts what is left.
def printed(program, **variables):
    reader, writer = os.pipe()
    child = os.posix_spawn(sys.executable, [sys.executable, "-S", "-c", program], environment | variables,
                           file_actions=[(os.POSIX_SPAWN_DUP2, writer, 1),
                                         (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0)])
    os.close(writer)
    with open(reader) as file:
        text = file.read()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0, program
    return text


finalizer = """
import os
class Dying:
    def __del__(self):
        os.write(1, b"finalizer")
dying = Dying()
dying.itself = dying
"""
callback = """
import _weakref, os
class Dying: pass
dying = Dying()
dying.itself = dying
weak = _weakref.ref(dying, lambda weak: os.write(1, b"callback"))
"""
generator = """
import os
def guarded(write=os.write):
    try:
        yield
    finally:
        write(1, b"finally")
waiting = guarded()
next(waiting)
waiting_for_itself = [waiting]
waiting_for_itself.append(waiting_for_itself)
"""
for program in finalizer, callback, generator:
    assert printed(program) == printed(program, OUROPY_REPORT="1"), program

# What was left in builtins dies while they work, where anything dies; mark-sweep reads the C stack, where one or
# another of them may seem to be in use until later. What was frozen in a cycle dies unheard.
left_in_builtins = """
import builtins, os
class Dying:
    def __del__(self):
        os.write(1, b"%d" % len([1, 2]))
for name in "abcdefghijklmnopqrs":
    setattr(builtins, name, Dying())
builtins.repr = Dying()
"""
for report in {}, {"OUROPY_REPORT": "1"}:
    text = printed(left_in_builtins, **report)
    least, most = {"none": (0, 0), "mark-sweep": (15, 20)}.get(os.environ.get("OURO_GC"), (20, 20))
    assert text == "2" * len(text) and least <= len(text) <= most, text
frozen = """
import gc, io
class Stream(io.BytesIO):
    pass
stream = Stream(b"text")
stream.itself = stream
del stream
gc.freeze()
"""
assert printed(frozen) == printed(frozen, OUROPY_REPORT="1") == ""
