"""math, cmath, _random, _struct, array. Passes under CPython 3.11 as well."""
import _random
import _struct as struct
import cmath
import math
from array import array


def raises(kind, text, f, *args):
    try:
        f(*args)
    except kind as e:
        assert str(e) == text, (str(e), text)
    else:
        raise AssertionError(f"no {kind.__name__}: {text}")


def mathematics():
    assert math.fsum([0.1] * 10) == 1.0 and math.fsum([1e100, 1.0, -1e100]) == 1.0
    assert math.hypot(3, 4) == 5.0 and math.hypot(1e308, 1e308) == 1.4142135623730951e308
    assert math.hypot() == 0.0 and math.dist([1, 2], (4, 6)) == 5.0
    assert math.hypot(float("nan"), float("-inf")) == float("inf")
    assert math.comb(50, 25) == 126410606437752 and math.perm(10, 3) == 720 and math.comb(3, 5) == 0
    assert math.factorial(30) == 265252859812191058636308480000000 and math.perm(5) == 120
    assert math.isqrt(10**40 - 1) == 10**20 - 1 and math.gcd(12, -18, 2**70 * 6) == 6
    assert math.lcm(4, 6, 10) == 60 and math.lcm() == 1 and math.gcd() == 0
    assert math.prod([1, 2.5, 4]) == 10.0 and math.prod([2] * 70) == 1 << 70
    assert math.isclose(math.log(10**1000), 1000 * math.log(10)) and math.log2(1 << 1000) == 1000.0
    assert math.floor(-1.5) == -2 and math.ceil(1e20) == 10**20 and math.trunc(-1.5) == -1
    assert math.frexp(10.0) == (0.625, 4) and math.modf(-1.25) == (-0.25, -1.0)
    assert math.ldexp(0.5, -1073) == 5e-324 and math.nextafter(1.0, 2.0) == 1.0000000000000002
    assert math.ulp(1.0) == 2.0**-52 and math.ulp(0.0) == 5e-324 and math.remainder(7, 4) == -1.0
    assert math.isclose(math.gamma(0.5) ** 2, math.pi) and math.gamma(10) == 362880.0
    assert math.isclose(1, 1 + 1e-10) and not math.isclose(1, 1.1)
    for f in (math.sqrt, math.log, math.lgamma):
        raises(ValueError, "math domain error", f, -1.0 if f is not math.lgamma else -1)
    raises(OverflowError, "math range error", math.exp, 1000)
    raises(ValueError, "isqrt() argument must be nonnegative", math.isqrt, -1)
    raises(ValueError, "factorial() not defined for negative values", math.factorial, -1)
    raises(TypeError, "must be real number, not str", math.sin, "1")
    raises(ValueError, "-inf + inf in fsum", math.fsum, [float("inf"), float("-inf")])
    assert cmath.sqrt(-1) == 1j and cmath.phase(-1) == math.pi and cmath.rect(2, 0) == 2
    assert cmath.exp(1j * math.pi).real == -1.0 and cmath.isnan(complex(1, float("nan")))
    raises(ValueError, "math domain error", cmath.log, 0)
    raises(OverflowError, "math range error", cmath.exp, 1e6)


def randomness():
    r = _random.Random(12345)
    assert [r.random() for _ in range(2)] == [0.41661987254534116, 0.010169169457068361]
    state = r.getstate()
    drawn = [r.getrandbits(n) for n in (1, 32, 33, 100, 0)]
    r.setstate(state)
    assert drawn == [r.getrandbits(n) for n in (1, 32, 33, 100, 0)]
    assert _random.Random(-5).random() == _random.Random(5).random() != _random.Random(6).random()
    assert _random.Random(1 << 100).random() != _random.Random((1 << 100) + 1).random()
    raises(ValueError, "number of bits must be non-negative", r.getrandbits, -1)
    raises(ValueError, "state vector is the wrong size", r.setstate, (1,))


def structs():
    for code, values in (("b", (-128, 127)), ("B", (0, 255)), ("h", (-32768, 32767)),
                         ("H", (0, 65535)), ("i", (-(2**31), 2**31 - 1)), ("I", (0, 2**32 - 1)),
                         ("q", (-(2**63), 2**63 - 1)), ("Q", (0, 2**64 - 1)), ("?", (True, False)),
                         ("d", (1.5, -0.0)), ("f", (0.5, -2.0)), ("e", (65504.0, 2.0**-24))):
        for order in ("", "<", ">", "=", "!"):
            s = struct.Struct(f"{order}2{code}")
            assert s.unpack(s.pack(*values)) == values, (order, code)
            assert [v for v, in struct.iter_unpack(order + code, s.pack(*values))] == list(values)
    assert struct.pack(">hI", 1, 2) == b"\0\1\0\0\0\2" and struct.calcsize("@bq") == 16
    assert struct.pack("<5s3pc", b"ab", b"xyz", b"!") == b"ab\0\0\0\2xy!"
    assert struct.unpack("<3xh", b"abc\1\2") == (513,) and struct.calcsize("<bh0q") == 3
    room = bytearray(8)
    struct.pack_into("<H", room, -3, 0x0102)
    assert room == b"\0\0\0\0\0\2\1\0" and struct.unpack_from("<H", room, 5) == (0x0102,)
    for args, text in ((("b", 200), "byte format requires -128 <= number <= 127"),
                       (("I", -1), "argument out of range"), (("q", 1 << 70), "argument out of range"),
                       (("i", 1.5), "required argument is not an integer"),
                       (("d", "x"), "required argument is not a float"),
                       (("i",), "pack expected 1 items for packing (got 0)"),
                       (("c", b"ab"), "char format requires a bytes object of length 1"),
                       (("z", 1), "bad char in struct format"),
                       (("3",), "repeat count given without format specifier")):
        raises(struct.error, text, struct.pack, *args)
    raises(struct.error, "unpack requires a buffer of 4 bytes", struct.unpack, "i", b"abc")
    raises(OverflowError, "float too large to pack with e format", struct.pack, "e", 65520.0)
    raises(struct.error, "int too large to convert", struct.pack, "e", 65520)
    raises(struct.error, "int too large to convert", struct.pack, "<f", 10**40)


def arrays():
    a = array("i", range(5))
    assert repr(a) == "array('i', [0, 1, 2, 3, 4])" and a[-1] == 4 and len(a) == 5 and 3 in a
    a[1:3] = array("i", [7, 8, 9])
    assert a.tolist() == [0, 7, 8, 9, 3, 4]
    del a[::2]
    assert a.tolist() == [7, 9, 4] and a == array("d", [7, 9, 4]) and a < array("i", [8])
    a.extend(a)
    a.insert(-100, 1)
    a.append(2)
    assert a.pop(0) == 1 and a.index(4, 3) == 5 and a.count(7) == 2 and (a * 2)[7:] == a
    a.remove(9)
    a.reverse()
    assert a.tolist() == [2, 4, 9, 7, 4, 7] and array("i", a.tobytes()) == a
    a.byteswap()
    assert a[0] == 2 << 24
    assert array("u", "a\u00e9\U0001f600").tounicode() == "a\u00e9\U0001f600"
    function, args, state = array("h", [1, -2]).__reduce_ex__(3)
    assert function(*args) == array("h", [1, -2]) and state is None
    assert array("i").__reduce_ex__(2)[1] == ("i", []) and list(iter(array("B", b"ab"))) == [97, 98]
    for code, value, text in (("b", 128, "signed char is greater than maximum"),
                              ("H", -1, "unsigned short is less than minimum"),
                              ("Q", -1, "can't convert negative int to unsigned"),
                              ("I", 1 << 32, "unsigned int is greater than maximum")):
        raises(OverflowError, text, array, code, [value])
    raises(TypeError, "array item must be unicode character", array("u").append, 5)
    raises(IndexError, "array index out of range", lambda: array("i")[0])
    raises(ValueError, "bytes length not a multiple of item size", array("i").frombytes, b"abc")
    raises(ValueError, "bad typecode (must be b, B, u, h, H, i, I, l, L, q, Q, f or d)", array, "x")

    class Named(array):
        pass

    n = Named("d", [1.5])
    n.name = "kept"
    assert n[0] == 1.5 and n.name == "kept" and n.__reduce_ex__(3)[2] == {"name": "kept"}


for test in (mathematics, randomness, structs, arrays):
    test()
