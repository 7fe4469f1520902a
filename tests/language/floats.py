"""Floats and complex numbers: arithmetic, text both ways, rounding. Passes under CPython 3.11."""

inf, nan = float("inf"), float("nan")


def raises(kind, text, f, *args):
    try:
        f(*args)
    except kind as e:
        assert str(e) == text, (str(e), text)
    else:
        raise AssertionError(f"no {kind.__name__}: {text}")


def some():
    x = 1
    for i in range(200):
        x = (x * 6364136223846793005 + 1442695040888963407) & ((1 << 64) - 1)
        yield (x / (1 << 64) - 0.5) * 10.0 ** (x % 40 - 20)
        yield float((x >> (x & 63)) + 1)
        yield 2.0 ** (x % 2098 - 1074)


def arithmetic():
    for a, b in zip(some(), list(some())[3:]):
        q, r = divmod(a, b)
        assert q == a // b and r == a % b and (r == 0 or (r < 0) == (b < 0)), (a, b)
    assert -7.5 // 2 == -4.0 and -7.5 % 2 == 0.5 and 7.5 % -2 == -0.5
    assert repr(0.0 % -1.0) == "-0.0" and repr(-0.0 // 1) == "-0.0"
    assert 2.0**0.5 == 1.4142135623730951 and (-8.0) ** 2 == 64.0 and inf**-1 == 0.0
    assert 0.0**0 == 1.0 and nan**0 == 1.0 and 1.0**nan == 1.0 and (-1.0) ** inf == 1.0
    assert type((-8.0) ** 0.5) is complex
    raises(ZeroDivisionError, "float division by zero", lambda: 1.0 / 0)
    raises(ZeroDivisionError, "float floor division by zero", lambda: 1.0 // 0)
    raises(ZeroDivisionError, "float modulo", lambda: 1.0 % 0)
    raises(ZeroDivisionError, "float divmod()", divmod, 1.0, 0.0)
    raises(ZeroDivisionError, "0.0 cannot be raised to a negative power", lambda: 0.0**-1)
    raises(OverflowError, "(34, 'Numerical result out of range')", lambda: 10.0**1000)


def text():
    for x in some():
        assert float(repr(x)) == x and float(f"{x:.17g}") == x and float.fromhex(x.hex()) == x
    for x, shown in ((0.1, "0.1"), (1e16, "1e+16"), (1e15, "1000000000000000.0"), (1e-4, "0.0001"),
                     (1e-5, "1e-05"), (5e-324, "5e-324"),
                     (1.7976931348623157e308, "1.7976931348623157e+308"), (2.0**-44, "5.684341886080802e-14"),
                     (9007199254740993.0, "9007199254740992.0"), (-0.0, "-0.0"), (nan, "nan"),
                     (-inf, "-inf"), (123456789012345680.0, "1.2345678901234568e+17")):
        assert repr(x) == shown, (repr(x), shown)
    for t, x in ((" 1.5e3\n", 1500.0), ("1_0.2_5", 10.25), ("-inf", -inf), ("+.5", 0.5), ("5.", 5.0),
                 ("1e400", inf), ("2.4703282292062328e-324", 5e-324), ("1e-400", 0.0),
                 ("\u0661.5", 1.5)):
        assert float(t) == x, t
    for wrong in ("", "1e", "e5", "1__0", "_1", "1_", "0x1", "nan(1)", "1 2", ".", "infinit"):
        raises(ValueError, f"could not convert string to float: {wrong!r}", float, wrong)
    raises(ValueError, "invalid hexadecimal floating-point string", float.fromhex, "0x")
    raises(OverflowError, "hexadecimal value too large to represent as a float",
           float.fromhex, "0x1p1024")
    assert (1.5).hex() == "0x1.8000000000000p+0" and (5e-324).hex() == "0x0.0000000000001p-1022"


def rounding():
    assert [round(x) for x in (0.5, 1.5, 2.5, -0.5, -1.5, 1e20)] == [0, 2, 2, 0, -2, 10**20]
    assert round(2.675, 2) == 2.67 and round(0.125, 2) == 0.12 and round(1e22, -22) == 1e22
    assert round(149.9999999, -2) == 100.0 and round(150.0, -2) == 200.0
    assert round(250.0, -2) == 200.0 and round(5e-324, 400) == 5e-324 and round(1.5, -400) == 0.0
    raises(OverflowError, "rounded value too large to represent", round, 1.7e308, -308)
    raises(ValueError, "cannot convert float NaN to integer", round, nan)
    raises(OverflowError, "cannot convert float infinity to integer", int, inf)
    assert (0.75).as_integer_ratio() == (3, 4) and (-1e300).as_integer_ratio()[1] == 1
    assert (2.0).is_integer() and not inf.is_integer() and int(-1.9) == -1


def formats():
    for x, spec, shown in (
            (1234567.891, ",.2f", "1,234,567.89"), (1234.5, "010,.1f", "0,001,234.5"),
            (0.00001234, "g", "1.234e-05"), (123456789.0, "g", "1.23457e+08"), (1e10, "#.3g", "1.00e+10"),
            (0.5, "%", "50.000000%"), (1.0, ".0f", "1"), (1.0, "#.0f", "1."), (2.5, ".0f", "2"),
            (-0.001, "z.1f", "0.0"), (-0.001, ".1f", "-0.0"), (123.0, ".3", "1.23e+02"),
            (12.0, ".3", "12.0"), (1.5, "*^+9.2f", "**+1.50**"), (inf, "010", "0000000inf"),
            (nan, "+", "+nan"), (1e22, "F", "10000000000000000000000.000000"),
            (0.1, ".55f", "0.1000000000000000055511151231257827021181583404541015625")):
        assert format(x, spec) == shown, (x, spec, format(x, spec))
    for n, spec, shown in (
            (255, "#010x", "0x000000ff"), (1234567, "_", "1_234_567"), (65535, "_x", "ffff"),
            (65536, "_x", "1_0000"), (-5, "=+5", "-   5"), (5, "^5", "  5  "), (65, "c", "A"),
            (1234, "012,", "0,000,001,234"), (7, "b", "111"),
            (10**20, "e", "1.000000e+20"), (3, "\u00e9>4", "\u00e9\u00e9\u00e93")):
        assert format(n, spec) == shown, (n, spec, format(n, spec))
    assert f"{1 + 2j:.1f}" == "1.0+2.0j" and f"{1.5j}" == "1.5j" and f"{complex(-0.0, 1):g}" == "-0+1j"
    assert f"{1 + 2j:>8}" == "  (1+2j)"
    assert "%5.1f|%-6d|%+x|%#o|%e" % (3.14159, 42, 255, 8, 0.0) == "  3.1|42    |+ff|0o10|0.000000e+00"
    assert "%05d|%.3d|% d|%G" % (-42, 7, 5, 1e-10) == "-0042|007| 5|1E-10"
    for value, spec, message in (
            (1, ".2d", "Precision not allowed in integer format specifier"),
            (1, ",_", "Cannot specify both ',' and '_'."), (1, ",x", "Cannot specify ',' with 'x'."),
            (1.0, "d", "Unknown format code 'd' for object of type 'float'"),
            (1.0, ".", "Format specifier missing precision"),
            (1, "5dd", "Invalid format specifier '5dd' for object of type 'int'"),
            (1j, "05", "Zero padding is not allowed in complex format specifier")):
        raises(ValueError, message, format, value, spec)


def complexes():
    assert (1 + 2j) * (3 - 1j) == 5 + 5j and (1 + 2j) / (1 - 1j) == -0.5 + 1.5j
    assert (1 + 2j) ** 2 == -3 + 4j and abs(3 + 4j) == 5.0 and 1j**-1 == -1j
    assert complex("1+2j") == 1 + 2j and complex(" ( -1.5e3j ) ") == -1500j and complex("j") == 1j
    assert complex(1, 2j) == -1 and repr(complex(0.0, -0.0)) == "-0j" and repr(-0j) == "(-0-0j)"
    assert 1 + 0j == 1 == 1.0 and hash(1 + 0j) == hash(1) and 2**53 + 1 != complex(2**53)
    for wrong in ("", "1+", "1j+1", "1 + 2j", "(1", "jj"):
        raises(ValueError, "complex() arg is a malformed string", complex, wrong)
    raises(ZeroDivisionError, "complex division by zero", lambda: 1j / 0)
    raises(ZeroDivisionError, "0.0 to a negative or complex power", lambda: 0j ** (1j))
    raises(TypeError, "'<' not supported between instances of 'complex' and 'int'", lambda: 1j < 1)

    class Half:
        def __float__(self):
            return 0.5

        def __complex__(self):
            return 0.5j

        def __index__(self):
            return 7

    assert float(Half()) == 0.5 and complex(Half()) == 0.5j and int(Half()) == 7

    class Real(float):
        pass

    r = Real("1.5")
    r.note = 1
    assert r == 1.5 and type(r + 1) is float and r.note == 1 and type(Real.fromhex("0x1")) is Real


for test in (arithmetic, text, rounding, formats, complexes):
    test()
