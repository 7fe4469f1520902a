"""What operators and built-in functions say of odd arguments: differences that random programs once found."""


class Text(str):
    pass


class Plain:
    pass


class NoIterator:
    def __iter__(self):
        return None


def words(f, *args, **names):
    try:
        result = f(*args, **names)
    except Exception as e:
        return f"{type(e).__name__}: {e}"
    raise AssertionError(result)


def deleted(o, key):
    del o[key]


def stored(o, key, value):
    o[key] = value


def multiplied(a, b):
    a *= b
    return a


# Where there is nothing to delete or to store.
assert words(deleted, 1, 0) == "TypeError: 'int' object does not support item deletion"
assert words(deleted, "a", 0) == "TypeError: 'str' object doesn't support item deletion"
assert words(deleted, "a", "b") == "TypeError: 'str' object does not support item deletion"
assert words(deleted, Plain(), 0) == "TypeError: 'Plain' object doesn't support item deletion"
assert words(deleted, range(3), 2**70) == "IndexError: cannot fit 'int' into an index-sized integer"
assert words(stored, (), 2**70, 1) == "IndexError: cannot fit 'int' into an index-sized integer"
assert words(stored, bytearray(b"a"), 5, []) == "TypeError: 'list' object cannot be interpreted as an integer"
assert words(stored, bytearray(b"a"), 5, 300) == "ValueError: byte must be in range(0, 256)"
array = bytearray(b"ab")
array[-1] = 99
assert array == b"ac"


class Shrinks:
    def __index__(self):
        array.clear()
        return 1


assert words(stored, array, -1, Shrinks()) == "IndexError: bytearray index out of range"

# Operators in place ask the right one only where the left one is no sequence of any kind.
assert words(multiplied, {}, "a") == "TypeError: unsupported operand type(s) for *=: 'dict' and 'str'"
assert words(multiplied, Plain(), "a") == "TypeError: unsupported operand type(s) for *=: 'Plain' and 'str'"
assert words(multiplied, 1.5, "a") == "TypeError: can't multiply sequence by non-int of type 'float'"
assert multiplied(3, "a") == "aaa"
assert words(lambda: 1 in NoIterator()) == "TypeError: argument of type 'NoIterator' is not iterable"
assert type(Text("abc") % ()) is Text and type(Text("a%%") % ()) is str and type(Text("") % ()) is str
assert words(lambda: 1 << 10**30) == "OverflowError: too many digits in integer"

# Slots called by name.
assert words("a".__mul__, 1, 2) == "TypeError:  expected 1 argument, got 2"
assert words("a".__add__, 1, 2) == "TypeError: expected 1 argument, got 2"
assert words((1).__pow__) == "TypeError:  expected at least 1 argument, got 0"
assert words([].__setitem__, 1) == "TypeError:  expected 2 arguments, got 1"
assert words([].__iter__, a=1) == "TypeError: wrapper __iter__() takes no keyword arguments"

# Functions.
assert words(type, 1, x=2) == "TypeError: type() takes no keyword arguments"
assert words(type, None, (), {}) == "TypeError: type.__new__() argument 1 must be str, not None"
assert words(BaseExceptionGroup, 1, []) == "TypeError: BaseExceptionGroup.__new__() argument 1 must be str, not int"
assert words(max, x=1) == "TypeError: max expected at least 1 argument, got 0"
assert words(chr, 2**31) == words(chr, -2**70) == "OverflowError: Python int too large to convert to C int"
assert words([1].pop, 2**63) == "OverflowError: Python int too large to convert to C ssize_t"
assert words([1].insert, 2**63, 1) == "OverflowError: Python int too large to convert to C ssize_t"
assert words(format, 1, None) == "TypeError: format() argument 2 must be str, not None"
assert words((1).__format__, None) == "TypeError: __format__() argument must be str, not None"
assert str(b"", "no such") == str(bytearray(), "no such") == b"".decode("no such") == str(memoryview(b""), "x") == ""
for key in (slice("a"), slice(None, None, "a")):
    assert words(range(3).__getitem__, key) == ("TypeError: slice indices must be integers or None or have an "
                                                "__index__ method")
    assert words(key.indices, 3) == "TypeError: slice indices must be integers or None or have an __index__ method"

# A mapping's own KeyError is no second value.
class Missing:
    def keys(self):
        return ["a"]

    def __getitem__(self, key):
        raise KeyError(key)


def named(**names):
    return names


assert words(lambda: named(**Missing())) == words(lambda: named(b=1, **Missing())) == "KeyError: 'a'"
assert words(lambda: named(a=1, **{"a": 2})).endswith("named() got multiple values for keyword argument 'a'")

# Numbers from what has bytes.
assert words(int, bytearray(b" x ")) == "ValueError: invalid literal for int() with base 10: b' x '"
assert words(int, memoryview(b"x")) == "ValueError: invalid literal for int() with base 10: b'x'"
assert words(int, memoryview(b"12")[::-1]) == (
    "TypeError: int() argument must be a string, a bytes-like object or a real number, not 'memoryview'")
assert words(float, memoryview(b"12")[::-1]) == "TypeError: float() argument must be a string or a real number, not 'memoryview'"

# Notes may be anything; sys.modules too.
import sys  # noqa: E402

modules = sys.modules
sys.modules = None
try:
    import sys as again
    assert again is sys
finally:
    sys.modules = modules
