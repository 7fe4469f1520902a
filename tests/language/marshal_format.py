"""marshal: round trips in every version, what bad data end in, code objects."""
import marshal


def raises(kind, function, *args):
    try:
        function(*args)
    except kind as error:
        return str(error)
    raise AssertionError(f"{kind.__name__} expected")


values = [
    None, True, False, ..., StopIteration, 0, -1, 255, 2**31 - 1, -2**31, 2**31, -2**31 - 1, 2**62,
    -2**62, 2**63, 2**64, 2**15, 2**30, 10**100, -10**1000, 0.0, -0.0, 1.5, 1e300, 1e-300,
    float("inf"), 1j, -2.5 + 3e10j, b"", b"bytes\0", "", "a", "ascii text", "x" * 300, "h\xe4",
    "\u20ac", "\U0001f600", "\udc80", (), (1,), (1, (2, 3)), tuple(range(300)), [], [1, [2]], {},
    {"a": 1, 2: [3]}, set(), {1, "b"}, frozenset(), frozenset({1, 2, 3}),
    frozenset({frozenset({1}), frozenset({2, "x"})}),
]


def same(a, b):
    assert type(a) is type(b) and (repr(a) == repr(b) or a == b), (a, b)


for version in range(5):
    for value in values:
        data = marshal.dumps(value, version)
        same(value, marshal.loads(data))
        same(value, marshal.loads(bytearray(data) + b"more"))
nan = marshal.loads(marshal.dumps(float("nan")))
assert nan != nan

# What is shared stays shared, what contains itself does so again.
inner = [1]
a, b = marshal.loads(marshal.dumps([inner, inner]))
assert a is b
a, b = marshal.loads(marshal.dumps([inner, inner], 2))
assert a is not b
loop = []
loop.append((loop, {"loop": loop}))
copy = marshal.loads(marshal.dumps(loop))
assert copy[0][0] is copy and copy[0][1]["loop"] is copy

# The bytes are CPython's.
assert marshal.dumps(5) in (b"\xe9\5\0\0\0", b"i\5\0\0\0")
assert marshal.loads(b"l\3\0\0\0\1\0\2\0\3\0") == 1 + (2 << 15) + (3 << 30)
assert marshal.loads(b"l\xfe\xff\xff\xff\1\0\2\0") == -(1 + (2 << 15))
assert marshal.loads(b"I\xff\xff\xff\xff\xff\xff\xff\x7f") == 2**63 - 1
assert marshal.loads(b"\xdb\2\0\0\0\xe9\7\0\0\0r\1\0\0\0") == [7, 7]
assert marshal.loads(b"f\x031.5") == 1.5
assert marshal.dumps(1.5, 1) == b"f\x031.5"
assert marshal.loads(b"z\2hi") == "hi" and marshal.loads(b"Z\2hi") is marshal.loads(b"A\2\0\0\0hi")
assert marshal.dumps({3, 1, 2}) == marshal.dumps({2, 3, 1})

# Bad data.
assert raises(EOFError, marshal.loads, b"") == "EOF read where object expected"
assert raises(EOFError, marshal.loads, b"i\0") == "marshal data too short"
assert raises(EOFError, marshal.loads, b"(\2\0\0\0N") == "EOF read where object expected"
assert raises(EOFError, marshal.loads, b"[\xff\xff\xff\x7fN") == "EOF read where object expected"
assert raises(EOFError, marshal.loads, b"s\xff\xff\xff\x7fN") == "marshal data too short"
for bad, message in [
    (b"*", "unknown type code"), (b"r\0\0\0\0", "invalid reference"),
    (b"r\xff\xff\xff\xff", "invalid reference"), (b"(\xff\xff\xff\xff", "tuple size out of range"),
    (b"[\xff\xff\xff\xff", "list size out of range"), (b"<\xff\xff\xff\xff", "set size out of range"),
    (b"s\xff\xff\xff\xff", "bytes object size out of range"),
    (b"u\xff\xff\xff\xff", "string size out of range"),
    (b"l\2\0\0\0\0\0\0\0", "unnormalized long data"),
    (b"l\1\0\0\0\xff\xff", "digit out of range in long"),
    (b"l\0\0\0\x80", "long size out of range"),
    (b"\xbe\1\0\0\0r\0\0\0\0", "invalid reference"),
]:
    assert raises(ValueError, marshal.loads, bad) == f"bad marshal data ({message})", bad
assert raises(TypeError, marshal.loads, b"0") == "NULL object in marshal data for object"
assert raises(TypeError, marshal.loads, b")\x010") == "NULL object in marshal data for tuple"
assert raises(TypeError, marshal.loads, b"<\1\0\0\0[\0\0\0\0") == "unhashable type: 'list'"
assert raises(ValueError, marshal.loads, b"[\1\0\0\0" * 2001 + b"N") == "recursion limit exceeded"
raises(UnicodeDecodeError, marshal.loads, b"u\1\0\0\0\xff")
raises(TypeError, marshal.loads, "text")

# What can't be written.
assert raises(ValueError, marshal.dumps, object()) == "unmarshallable object"
assert raises(ValueError, marshal.dumps, [1, (2, int)]) == "unmarshallable object"
deep = None
for _ in range(2001):
    deep = [deep]
assert raises(ValueError, marshal.dumps, deep) == "object too deeply nested to marshal"


class Text(str):
    pass


raises(ValueError, marshal.dumps, Text("x"))
assert marshal.loads(marshal.dumps(bytearray(b"abc"))) == b"abc"

# Code.
source = """
def add(a, /, b=2, *args, c, **kw):
    def inner():
        nonlocal b
        b += 1
        return a + b
    try:
        return inner() + c
    finally:
        pass
result = [add(i, c=10) for i in range(3)]
"""
code = compile(source, "name.py", "exec")
data = marshal.dumps(code)
names = {}
exec(marshal.loads(data), names)
assert names["result"] == [13, 14, 15]
again = marshal.loads(data)
assert again == code and marshal.loads(marshal.dumps(again)) == code


# Files: read() shows that it is no text, readinto() gives the bytes.
class File:
    def __init__(self, data):
        self.data, self.at = data, 0

    def read(self, n):
        return b""

    def readinto(self, buffer):
        n = min(len(buffer), len(self.data) - self.at)
        buffer[:n] = self.data[self.at:self.at + n]
        self.at += n
        return n


file = File(marshal.dumps([1, "two", 3.0]) + marshal.dumps(("next",)))
assert marshal.load(file) == [1, "two", 3.0] and marshal.load(file) == ("next",)
assert raises(EOFError, marshal.load, file) == "EOF read where object expected"


class TextFile:
    def read(self, n):
        return ""


assert raises(TypeError, marshal.load, TextFile()) == "file.read() returned not bytes but str"


class Written:
    data = b""

    def write(self, data):
        self.data += data
        return len(data)


written = Written()
assert marshal.dump([1], written) == len(written.data) and marshal.loads(written.data) == [1]
assert marshal.version == 4
