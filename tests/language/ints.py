"""Ints of any size: arithmetic, bits, text, bytes. Passes under CPython 3.11 as well."""


def raises(kind, text, f, *args, **kwargs):
    try:
        f(*args, **kwargs)
    except kind as e:
        assert str(e) == text, (str(e), text)
    else:
        raise AssertionError(f"no {kind.__name__}: {text}")


def numbers():
    """Around the limits of words and limbs, and some in between: the same ones every time."""
    x = 12345
    for bits in (0, 1, 30, 31, 52, 53, 61, 62, 63, 64, 65, 127, 128, 200, 513):
        for d in (-1, 0, 1):
            yield (1 << bits) + d
            yield -(1 << bits) + d
        x = (x * 6364136223846793005 + 1442695040888963407) % (1 << (bits + 40))
        yield x
        yield -x


def division():
    some = list(numbers())
    for a in some[::3]:
        for b in some[::5]:
            if not b:
                continue
            q, r = divmod(a, b)
            assert q * b + r == a and (0 <= r < b or b < r <= 0), (a, b)
            assert a // b == q and a % b == r
            assert (a & b) + (a | b) == a + b and (a ^ b) == (a | b) - (a & b)
    raises(ZeroDivisionError, "integer division or modulo by zero", lambda: 1 // 0)
    raises(ZeroDivisionError, "integer modulo by zero", lambda: 1 % 0)
    raises(ZeroDivisionError, "division by zero", lambda: 1 / 0)
    raises(OverflowError, "integer division result too large for a float", lambda: 10**400 / 3)
    assert (10**400 + 1) / 10**400 == 1.0 and (1 << 1100) / (1 << 1099) == 2.0
    assert 1 / (1 << 1074) == 5e-324 and 1 / (1 << 1076) == 0.0
    assert (2**53 + 1) / 1 == 2.0**53 and (2**53 + 3) / 1 == 2.0**53 + 4


def bits():
    for a in numbers():
        for n in (0, 1, 31, 62, 63, 64, 100):
            assert a << n == a * 2**n and a >> n == a // 2**n, (a, n)
        assert ~a == -a - 1 and a.bit_length() == len(bin_digits(abs(a)))
        assert a.bit_count() == bin_digits(abs(a)).count("1")
    raises(ValueError, "negative shift count", lambda: 1 << -1)
    assert -1 >> 10**30 == -1 and 5 >> 10**30 == 0 and 0 << 10**30 == 0


def bin_digits(n):
    return format(n, "b") if n else ""


def powers():
    assert 3**100 == 515377520732011331036461129765621272702107522001
    assert (-2) ** 63 == -9223372036854775808 and 7**0 == 1 and (-1) ** (10**30) == 1
    assert pow(3, 10**20, 1000007) == pow(pow(3, 10**10, 1000007), 10**10, 1000007)
    assert pow(3, -1, 7) == 5 and pow(2, 5, -7) == -3 and pow(5, 3, 1) == 0
    assert 2**-2 == 0.25
    raises(ValueError, "pow() 3rd argument cannot be 0", pow, 2, 3, 0)
    raises(ValueError, "base is not invertible for the given modulus", pow, 2, -1, 4)


def text():
    for a in numbers():
        for base, code in ((2, "b"), (8, "o"), (10, "d"), (16, "x")):
            assert int(format(a, code), base) == a
        assert int(str(a)) == a and int(f" {a:_} \n") == a and int(f"{a:#x}", 0) == a
    assert int("z", 36) == 35 and int(b"12") == 12 and int("\u0663") == 3 and int() == 0
    for wrong, base in (("", 10), ("_1", 10), ("1_", 10), ("1__2", 10), ("01", 0), ("0x", 16),
                        ("2", 2), ("1 2", 10), ("--1", 10)):
        raises(ValueError, f"invalid literal for int() with base {base}: {wrong!r}",
               int, wrong, base)
    raises(ValueError, "int() base must be >= 2 and <= 36, or 0", int, "1", 99)
    raises(TypeError, "int() can't convert non-string with explicit base", int, 1, 10)
    raises(ValueError, "Exceeds the limit (4300 digits) for integer string conversion: value has "
           "5000 digits; use sys.set_int_max_str_digits() to increase the limit", int, "1" * 5000)
    raises(ValueError, "Exceeds the limit (4300 digits) for integer string conversion; use "
           "sys.set_int_max_str_digits() to increase the limit", str, 1 << 20000)


def as_bytes():
    for a in numbers():
        n = a.bit_length() // 8 + 1
        for order in ("big", "little"):
            data = a.to_bytes(n, order, signed=True)
            assert int.from_bytes(data, order, signed=True) == a
    assert int.from_bytes([1, 2]) == 258 and (258).to_bytes(3, "little") == b"\x02\x01\x00"
    raises(OverflowError, "int too big to convert", (256).to_bytes, 1)
    raises(OverflowError, "int too big to convert", (128).to_bytes, 1, signed=True)
    raises(OverflowError, "can't convert negative int to unsigned", (-1).to_bytes, 1)
    raises(ValueError, "byteorder must be either 'little' or 'big'", (1).to_bytes, 1, "middle")


def with_floats():
    assert 2**53 == 2.0**53 and 2**53 + 1 != 2.0**53 and 2**53 + 1 > 2.0**53
    assert 10**400 > 1e308 and -(10**400) < -1e308 and 10**400 < float("inf")
    assert not 1 < float("nan") and 1 != float("nan")
    assert hash(2**61 - 1) == 0 and hash(1.0) == hash(1) and hash(-1) == -2
    assert float(2**53 + 1) == 2.0**53 and int(2.0**100) == 1 << 100 and int(-1e19) == -(10**19)
    raises(OverflowError, "int too large to convert to float", float, 10**400)
    assert round(25, -1) == 20 and round(35, -1) == 40 and round(-25, -1) == -20
    assert round(5, -1) == 0 and round(15, -1) == 20 and round(12345, 3) == 12345


def classes():
    class Int(int):
        def __repr__(self):
            return "Int!"

    a = Int("123", 10)
    a.note = "kept"
    assert a == 123 and type(a + 1) is int and a.note == "kept" and repr(a) == "Int!"
    assert type(a.conjugate()) is int and type(+a) is int and Int(1 << 100) == 1 << 100
    assert {a: 1}[123] == 1 and hash(a) == hash(123) and Int.from_bytes(b"\x05") == 5
    assert type(Int.from_bytes(b"\x05")) is Int
    assert True + True == 2 and (True & False) is False and (True ^ True) is False
    assert type(True | 2) is int and repr(True) == "True" and bool([]) is False
    assert isinstance(True, int) and int(True) == 1 and type(int(True)) is int
    raises(TypeError, "bool() takes no keyword arguments", bool, x=1)


for test in (division, bits, powers, text, as_bytes, with_floats, classes):
    test()
