"""A raw stream in Python that closes, detaches, starts anew or uses the stream over it, in the middle of its work."""
import io
import sys

# Where its raw stream uses it, CPython 3.11 follows null pointers, and a view of its buffer outlives that.
SURVIVES = sys.implementation.name != "cpython"


class Raw(io.RawIOBase):
    """Acts as often as it is asked for anything; gives three bytes, three times."""

    def __init__(self, act, answer):
        self.act, self.answer, self.left, self.views = act, answer, 3, []

    def does(self):
        if self.act:
            try:
                self.act()
            except (ValueError, RuntimeError, OSError, TypeError, AttributeError):
                pass

    def readable(self):
        return True

    writable = seekable = readable

    def seek(self, *args):
        self.does()
        return 5

    def tell(self):
        self.does()
        return 5

    def truncate(self, *args):
        self.does()
        return 0

    def readinto(self, view):
        self.does()
        if SURVIVES:
            self.views.append(view)
        self.left -= 1
        if self.left < 0:
            return 0
        view[:3] = b"ab\n"
        return self.answer

    def write(self, view):
        self.does()
        if SURVIVES:
            self.views.append(view)
        return len(view)


STREAMS = (io.BufferedReader, io.BufferedRandom, io.BufferedWriter, lambda raw: io.TextIOWrapper(io.BufferedRandom(raw)),
           lambda raw: io.TextIOWrapper(io.BufferedReader(raw)), lambda raw: io.TextIOWrapper(raw, "latin-1"))
USES = (lambda s: s.read(5), lambda s: s.readline(), lambda s: s.read(), lambda s: s.peek(3), lambda s: list(s),
        lambda s: s.readinto(bytearray(9)), lambda s: s.write(b"x" * 20000), lambda s: (s.write(b"x"), s.flush()),
        lambda s: s.seek(0), lambda s: s.tell(), lambda s: s.write("abc" * 9000), lambda s: s.truncate(1),
        lambda s: s.read1(), lambda s: s.detach(), lambda s: s.close(), lambda s: s.reconfigure(encoding="latin-1"),
        lambda s: s.seek(0, 2))
ACTS = [None] + ["tell", "close", "read", "flush", "detach", "start"] * SURVIVES


def act(stream, name):
    if name is None:
        return
    if name == "start":
        stream.__init__(io.BytesIO(b"zz"))
    else:
        getattr(stream, name)()


for make in STREAMS:
    for use in USES:
        for name in ACTS:
            for answer in (3, 10**6, -5, "x") if use is USES[0] and SURVIVES else (3,):
                stream = None
                raw = Raw(lambda: act(stream, name), answer)
                stream = make(raw)
                try:
                    use(stream)
                except (ValueError, RuntimeError, OSError, TypeError, AttributeError):
                    pass
                for view in raw.views:  # what they show is not the stream's any more
                    bytes(view)
                raw.act = None
                try:
                    stream.close()
                except (ValueError, RuntimeError, OSError, TypeError):
                    pass
