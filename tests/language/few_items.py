"""What is done at once for few or plain items: sorting, comparing, the first of a set, texts of numbers, slices."""
import random

draw = random.Random(11)

# Sorting where the items stand: each kind, both ways, stable.
kinds = (lambda: draw.randrange(-9, 9), lambda: draw.random() * draw.choice((1, -1)), lambda: draw.choice("ab\xe9") * draw.randrange(9),
         lambda: draw.choice((0.0, -0.0, 1, True)), lambda: (draw.randrange(3), draw.random()),
         lambda: draw.choice(("\u65e5", "a", "b\u0100")))
for kind in kinds:
    for n in (2, 3, 10, 63, 64, 65):
        items = [kind() for i in range(n)]
        for reverse in (False, True):
            made = sorted(items, reverse=reverse)
            assert all((b >= a) if not reverse else (a >= b) for a, b in zip(made, made[1:]))
            places = {id(x): i for i, x in enumerate(items)}
            for a, b in zip(made, made[1:]):
                assert a != b or id(a) == id(b) or places[id(a)] < places[id(b)] or items.count(a) > 2
            assert sorted(map(repr, made)) == sorted(map(repr, items))
        assert min(items) == sorted(items)[0] and max(items) == sorted(items)[-1]
nan = float("nan")
assert len(sorted([nan, 1.0, nan, 0.5])) == 4


class Odd:
    def __lt__(self, other):
        items.append(1)
        return True


items = [Odd(), Odd()]
try:
    items.sort()
except ValueError:
    pass
else:
    raise AssertionError("changed while it was sorted")
try:
    sorted([1, "a"])
except TypeError as e:
    assert str(e) == "'<' not supported between instances of 'str' and 'int'"


class Truth:
    def __lt__(self, other):
        return []

    __gt__ = __lt__


assert not min([Truth(), Truth()]) < 1 and (1, Truth()) >= (1,) and not (Truth(),) < (Truth(),)

# The first of a set, taken out again and again; keys that come in front of it.
for start in range(3):
    numbers = set(range(start, 200))
    seen = []
    while numbers:
        first = next(iter(numbers))
        seen.append(first)
        numbers.discard(first)
        if first % 7 == 0 and first < 100:
            numbers.add(first + 1000)
            numbers.add(0 if first else 5)
            assert next(iter(numbers)) == list(numbers)[0]
            numbers.discard(0)
    assert len(seen) > 190
numbers = set(range(50))
for i in range(49):
    numbers.remove(i)
    assert next(iter(numbers)) == i + 1
numbers.add(3)
walk = iter(numbers)
assert list(numbers) == [49, 3] or list(numbers) == [3, 49]
numbers.discard(3)
numbers.add(2)
assert sorted(walk) == [2, 49]
copy = numbers.copy()
numbers.clear()
assert list(numbers) == [] and sorted(copy) == [2, 49]
numbers |= {1}
assert list(numbers) == [1]

# Numbers and their texts.
for text in ("0", "7", "-7", "+5", "00012", "123456789012345678", "-123456789012345678", "1234567890123456789", "9" * 37,
             "9" * 38, "9" * 39, "-" + "8" * 40, "1_000", "1" + "_0" * 20, "4611686018427387903", "4611686018427387904"):
    value = 0
    for c in text.strip("+-").replace("_", ""):
        value = value * 10 + ord(c) - 48
    value = -value if text[0] == "-" else value
    assert int(text) == value and int(text + " ") == value and int(text.encode()) == value, text
    assert float(value) == float(text)
for text in ("", "-", "+", "--1", "1-", "1__0", "_1", "1_", "a", "1a", "\x00", "1\x00", "\u00b2", "\x1c1", "1\x1f"):
    try:
        int(text)
    except ValueError:
        pass
    else:
        raise AssertionError(text)
assert int("\u0663") == 3 and int("\u2003 12") == 12
for text, value in (("1e5", 1e5), ("1.5e-3", 1.5e-3), ("123456789012345e22", 123456789012345e22), ("-2.5E+2", -250.0), ("1e22", 1e22),
                    ("1e23", 1e23), ("5e-324", 5e-324), (".5", 0.5), ("5.", 5.0), ("-.5e1", -5.0), ("1e022", 1e22), ("1e-0", 1.0)):
    assert float(text) == value and float(" %s " % text) == value, text
for text in ("", ".", "e5", "1e", "1e+", "1e5.", "1.5.2", "- 1", "1e5x", "-", "1\x00"):
    try:
        float(text)
    except ValueError:
        pass
    else:
        raise AssertionError(text)
assert [pow(a, n, m) for a in (-7, 0, 5, 2**70) for n in (0, 1, 13) for m in (1, 7, -7, 2**32 - 5, 2**40)] == [
    (a**n) % m for a in (-7, 0, 5, 2**70) for n in (0, 1, 13) for m in (1, 7, -7, 2**32 - 5, 2**40)]
assert round(2.5) == 2 and round(-1.5) == -2 and round(7, -1) == 10 and round(2.675, 2) == 2.67

# Slices, ranges, parts.
row = list(range(10))
assert row[::-1] == [9, 8, 7, 6, 5, 4, 3, 2, 1, 0] and row[7:2:-2] == [7, 5, 3] and row[1:9:3] == [1, 4, 7] and row[5:5:-1] == []
row[:4] = row[3::-1]
assert row == [3, 2, 1, 0, 4, 5, 6, 7, 8, 9]
assert tuple(range(3, 30, 7)) == (3, 10, 17, 24) and tuple(range(0)) == () and tuple(range(2**70, 2**70 + 2)) == (2**70, 2**70 + 1)
loop = []
part = slice(loop, None)
loop.append(part)
del loop, part
assert "a,b,,c".split(",") == ["a", "b", "", "c"] and ("x," * 99).split(",") == ["x"] * 99 + [""] and ",".split(",") == ["", ""]
assert "a\nb\r\nc".splitlines() == ["a", "b", "c"] and "abc".splitlines() == ["abc"] and "a\n".splitlines(True) == ["a\n"]
assert "k=v=w".partition("=") == ("k", "=", "v=w") and "kv".rpartition("=") == ("", "", "kv") and "k=v=w".split("=", 1) == ["k", "v=w"]
text = "nee dle hay" * 50
assert (text + "needle").find("needle") == len(text) and text.find("needle") == -1 and (text + "needlef").find("eedlef") == len(text) + 1
assert ("a" * 300 + "b").find("a" * 50 + "b") == 250 and ("ab" * 200 + "c").find("abababc") == 394
assert ("hello" * 60).translate({108: None, 104: "\xe9", 101: 69, 111: "00"}) == "\xe9E00" * 60
assert list(map(len, ("a", "bb"))) == [1, 2] and list(map(abs, [-1])) == [1] and sum(map(int, "123")) == 6
