"""range, enumerate, zip, map, filter and itertools. Passes under CPython 3.11 as well."""
import itertools
from itertools import *


def raises(kind, text, f, *args, **kwargs):
    try:
        f(*args, **kwargs)
    except kind as e:
        assert str(e) == text, (str(e), text)
    else:
        raise AssertionError(f"no {kind.__name__}: {text}")


def ranges():
    r = range(3, 30, 4)
    whole = list(r)
    assert whole == [3, 7, 11, 15, 19, 23, 27] and len(r) == 7 and r[-1] == 27 and r[1:4] == range(7, 19, 4)
    assert r[::-1] == range(27, -1, -4) and 7 in r and 8 not in r and 7.0 in r and r.index(11) == 2 and r.count(5) == 0
    assert hash(r) == hash(range(3, 31, 4)) and r == range(3, 31, 4) and range(0) == range(2, 2)
    assert list(reversed(r)) == whole[::-1] and repr(r) == "range(3, 30, 4)" and repr(range(2)) == "range(0, 2)"
    big = range(-10**25, 10**25, 10**24)
    assert len(big) == 20 and big[3] == -7 * 10**24 and 2 * 10**24 in big and 1 not in big and big.index(0) == 10
    assert list(reversed(big))[0] == 9 * 10**24 and list(big)[-1] == big[-1]
    edge = range(2**63 - 3, 2**63 + 3, 2)
    assert list(edge) == [2**63 - 3, 2**63 - 1, 2**63 + 1] and range(-2**63, 2**63)[-1] == 2**63 - 1
    raises(OverflowError, "Python int too large to convert to C ssize_t", len, range(2**64))
    raises(ValueError, "range() arg 3 must not be zero", range, 1, 2, 0)
    raises(ValueError, "8 is not in range", r.index, 8)
    raises(IndexError, "range object index out of range", lambda: r[7])
    raises(TypeError, "'float' object cannot be interpreted as an integer", range, 1.5)
    it = iter(range(10))
    next(it), next(it)
    assert it.__length_hint__() == 8 and it.__reduce__()[1:] == ((range(0, 10),), 2)
    it.__setstate__(7)
    assert list(it) == [7, 8, 9]


def builtins():
    assert list(enumerate("ab", 2**63 - 1)) == [(2**63 - 1, "a"), (2**63, "b")]
    raises(TypeError, "enumerate() missing required argument 'iterable'", enumerate)
    assert list(zip("abc", [1, 2])) == [("a", 1), ("b", 2)] and list(zip()) == []
    assert list(zip(*[range(2)] * 10)) == [(0,) * 10, (1,) * 10]
    raises(ValueError, "zip() argument 2 is shorter than argument 1", list, zip("ab", "a", strict=True))
    raises(ValueError, "zip() argument 3 is longer than arguments 1-2", list, zip("a", "a", "ab", strict=True))
    kept = list(zip([1, 2], [3, 4]))
    assert kept == [(1, 3), (2, 4)]
    assert list(map(max, [1, 5], [4, 2], [0, 9])) == [4, 9] and list(filter(None, [0, 1, "", 2])) == [1, 2]
    raises(TypeError, "map() must have at least two arguments.", map, str)
    assert list(filter(lambda x: x > 1, range(4))) == [2, 3]


def endless():
    assert list(islice(count(3, 2), 3)) == [3, 5, 7] and list(islice(count(2**63 - 1), 2)) == [2**63 - 1, 2**63]
    assert repr(count(3)) == "count(3)" and repr(count(2.5, 0.5)) == "count(2.5, 0.5)"
    assert list(islice(cycle("ab"), 5)) == list("ababa") and list(repeat(1, 2)) == [1, 1]
    assert list(chain("ab", [], "c")) == list("abc") == list(chain.from_iterable(["ab", "c"]))
    raises(TypeError, "'int' object is not iterable", list, chain([1], 5))


def selecting():
    assert list(compress("abcd", [1, 0, 1])) == ["a", "c"] and list(dropwhile(bool, [1, 0, 1])) == [0, 1]
    for f in (dropwhile, takewhile):
        try:
            next(f(None, [1]))
        except TypeError:
            continue
        raise AssertionError
    assert list(takewhile(bool, [1, 0, 1])) == [1] and list(filterfalse(None, [0, 1])) == [0]
    assert list(starmap(pow, [(2, 3), (3, 2)])) == [8, 9] and list(pairwise("abc")) == [("a", "b"), ("b", "c")]
    assert list(accumulate([1, 2, 3])) == [1, 3, 6] and list(accumulate([2, 3], pow, initial=2)) == [2, 4, 64]
    for start, stop, step in ((0, 5, 1), (2, None, 3), (3, 3, 1), (1, 50, 4)):
        assert list(islice(range(20), start, stop, step)) == list(range(20))[start:stop:step]
    raises(ValueError, "Stop argument for islice() must be None or an integer: 0 <= x <= sys.maxsize.",
           islice, [], -1)


def grouping():
    assert [(k, list(g)) for k, g in groupby("aabbba")] == [("a", ["a", "a"]), ("b", ["b"] * 3), ("a", ["a"])]
    assert [k for k, _ in groupby(range(6), lambda x: x // 2)] == [0, 1, 2]

    class Key:
        def __init__(self, value):
            self.value = value

        def __eq__(self, other):
            while waiting:  # reads the group while the groups are being told apart
                list(waiting.pop())
            return self.value == other.value

    waiting, groups = [], groupby(map(Key, [1, 1, 2, 2, 3]))
    waiting.append(next(groups)[1])
    assert [k.value for k, _ in groups] == [2, 3]
    groups = groupby("aab")
    _, first = next(groups)
    next(groups)
    assert list(first) == []
    a, b, c = tee(iter(range(150)), 3)
    assert next(a) == 0 and list(b) == list(range(150)) and list(a) == list(range(1, 150)) and sum(c) == 11175
    assert list(zip_longest("abc", [1], fillvalue=0)) == [("a", 1), ("b", 0), ("c", 0)]


def combining():
    assert list(product("ab", [1, 2])) == [("a", 1), ("a", 2), ("b", 1), ("b", 2)]
    assert len(list(product(range(3), repeat=3))) == 27 and list(product()) == [()] and list(product("a", "")) == []
    assert list(combinations(range(4), 2)) == [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]
    assert list(combinations_with_replacement("ab", 2)) == [("a", "a"), ("a", "b"), ("b", "b")]
    assert list(permutations("abc", 2)) == [tuple(x) for x in ("ab", "ac", "ba", "bc", "ca", "cb")]
    assert len(set(permutations(range(5)))) == 120 and list(permutations("ab", 3)) == []
    raises(ValueError, "r must be non-negative", combinations, "a", -1)


def copies():
    """An iterator that was taken apart and put together goes on where it was."""
    makers = (lambda: accumulate([1, 2, 3]), lambda: chain("ab", "cd"), lambda: combinations("abcd", 2),
              lambda: combinations_with_replacement("abc", 2), lambda: cycle("abc"), lambda: groupby("aabc"),
              lambda: islice("abcdef", 1, 6, 2), lambda: permutations("abc"), lambda: product("ab", "cd"),
              lambda: takewhile(bool, [1, 2, 0]), lambda: zip_longest("ab", "c"), lambda: repeat(1, 4),
              lambda: count(5), lambda: compress("abcd", [1, 1, 0, 1]), lambda: iter({1: 2, 3: 4}.items()),
              lambda: iter({1, 2, 3}), lambda: enumerate("abc"), lambda: reversed([1, 2, 3]))
    for make in makers:
        for taken in range(3):
            one = make()
            for _ in range(taken):
                next(one)
            made = one.__reduce__()
            two = made[0](*made[1])
            if len(made) > 2 and made[2] is not None:
                two.__setstate__(made[2])
            expected = make()
            for _ in range(taken):
                next(expected)
            first = [x[0] if isinstance(x, tuple) else x for x in islice(two, 4)]
            assert first == [x[0] if isinstance(x, tuple) else x for x in islice(expected, 4)], (make(), taken)


ranges()
builtins()
endless()
selecting()
grouping()
combining()
copies()

# Lines and positions of code: iterators as others, and gone when nobody has them.
code = (lambda: 1).__code__
for places in (code.co_lines, code.co_positions):
    iterator = places()
    assert iter(iterator) is iterator and iterator.__next__() == next(places())
    assert list(iterator) == list(places())[1:] and type(iterator).__mro__[-1] is object
    del iterator
