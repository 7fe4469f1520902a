# Streams: files and memory, bytes and text, positions, newlines, errors.
import _io
import posix


def raises(kind, f, *args):
    try:
        f(*args)
    except kind as error:
        return str(error)
    raise AssertionError(f"{kind.__name__} was not raised")


name = f"/tmp/files_test_{posix.getpid()}"
try:
    # Text: encoded, in lines, with positions that lead back.
    with _io.open(name, "w", encoding="utf-8") as f:
        assert f.write("hello\nwörld\n") == 12
        assert f.tell() == 13
        f.write("line\n" * 3000)
        assert raises(_io.UnsupportedOperation, f.read) == "not readable"
        assert (f.mode, f.name, f.encoding, f.errors, f.closed) == ("w", name, "utf-8", "strict", False)
    assert f.closed
    assert raises(ValueError, f.write, "x") == "I/O operation on closed file."
    with _io.open(name, encoding="utf-8") as f:
        assert f.readline() == "hello\n"
        place = f.tell()
        assert f.read(3) == "wör"
        behind = f.tell()
        assert (place, behind) == (6, 10)
        f.seek(place)
        assert f.readline() == "wörld\n"
        f.seek(behind)
        assert f.readline(1) == "l" and f.readline() == "d\n"
        assert len(f.read()) == 15000 and f.read() == ""
        f.seek(0)
        assert sum(1 for line in f) == 3002
        f.seek(0)
        next(f)
        assert raises(OSError, f.tell) == "telling position disabled by next() call"

    # Newlines of all kinds.
    with _io.open(name, "wb") as f:
        f.write(b"a\r\nb\rc\nd")
    expected = {
        None: ["a\n", "b\n", "c\n", "d"],
        "": ["a\r\n", "b\r", "c\n", "d"],
        "\n": ["a\r\n", "b\rc\n", "d"],
        "\r": ["a\r", "\nb\r", "c\nd"],
        "\r\n": ["a\r\n", "b\rc\nd"],
    }
    for newline, lines in expected.items():
        with _io.open(name, newline=newline, encoding="ascii") as f:
            assert f.readlines() == lines, newline
            assert f.newlines == (("\r", "\n", "\r\n") if not newline else None)
    with _io.open(name, "w", newline="\r\n", encoding="latin-1") as f:
        f.write("é\n")
    with _io.open(name, "rb") as f:
        assert f.read() == b"\xe9\r\n"

    # Bytes: buffered reading and writing in one file.
    with _io.open(name, "w+b") as f:
        f.write(b"0123456789" * 2000)
        f.seek(5)
        assert f.read(3) == b"567" and f.peek(1)[:1] == b"8"
        f.write(b"XY")
        assert f.tell() == 10
        f.seek(-2, 1)
        room = bytearray(4)
        assert f.readinto(room) == 4 and room == b"XY01"
        f.seek(0, 2)
        f.write(b"end")
        f.flush()
        assert f.truncate(12) == 12
        f.seek(0)
        assert f.read() == b"01234567XY01"
    with _io.FileIO(name) as f:
        assert f.readall() == b"01234567XY01" and f.read(1) == b""
        assert repr(f) == f"<_io.FileIO name='{name}' mode='rb' closefd=True>"
    assert repr(f) == "<_io.FileIO [closed]>"

    # Errors of opening.
    assert raises(ValueError, _io.open, name, "q") == "invalid mode: 'q'"
    assert raises(ValueError, _io.open, name, "rb", -1, "utf-8").startswith("binary mode doesn't")
    assert raises(ValueError, _io.open, name, "r", 0) == "can't have unbuffered text I/O"
    raises(FileExistsError, _io.open, name, "x")
    raises(IsADirectoryError, _io.open, "/tmp")
    try:
        _io.open(name + ".none")
    except FileNotFoundError as error:
        assert error.filename == name + ".none" and error.errno == 2
finally:
    posix.unlink(name)

# Memory.
b = _io.BytesIO(b"one\ntwo\nthree")
assert list(b) == [b"one\n", b"two\n", b"three"]
b.seek(15)
b.write(b"x")
assert b.getvalue() == b"one\ntwo\nthree\0\0x"
view = b.getbuffer()
assert raises(BufferError, b.write, b"y") == "Existing exports of data: object cannot be re-sized"
view[0] = 79
view.release()
assert b.getvalue()[:3] == b"One" and b.truncate(3) == 3
s = _io.StringIO()
for piece in "abc", "ä", "€", "😀":
    s.write(piece)
assert s.getvalue() == "abcä€😀"
s.seek(1)
s.write("BC")
assert s.getvalue() == "aBCä€😀" and s.read(1) == "ä"
assert _io.StringIO("a\r\nb\r", None).getvalue() == "a\nb\n"


# Layers of Python.
class Raw(_io._RawIOBase):
    def __init__(self, data):
        self.data = data
        self.written = []

    def readable(self):
        return True

    def writable(self):
        return True

    def readinto(self, room):
        n = min(len(room), 5)
        piece, self.data = self.data[:n], self.data[n:]
        room[: len(piece)] = piece
        return len(piece)

    def write(self, data):
        self.written.append(bytes(data))
        return len(data)


text = _io.TextIOWrapper(_io.BufferedReader(Raw("héllo wörld\nfoo".encode())), encoding="utf-8")
assert text.read(4) == "héll" and text.readline() == "o wörld\n" and text.read() == "foo"
raw = Raw(b"")
writer = _io.BufferedWriter(raw, 8)
writer.write(b"abc")
writer.write(b"defghijklm")
writer.flush()
assert b"".join(raw.written) == b"abcdefghijklm"
text = _io.TextIOWrapper(writer, encoding="ascii", line_buffering=True)
text.write("n")
text.write("o\n")
assert raw.written[-1] == b"no\n"
raises(UnicodeEncodeError, text.write, "é")
assert text.detach() is writer
assert raises(ValueError, text.write, "x") == "underlying buffer has been detached"


class Closing(_io._IOBase):
    closed_by_us = 0

    def close(self):
        Closing.closed_by_us += 1
        super().close()


with Closing() as c:
    pass
assert c.closed and Closing.closed_by_us == 1
