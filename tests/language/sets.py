"""Sets and frozen sets, their order of iteration included. Passes under CPython 3.11 as well."""


def raises(kind, text, f, *args, **kwargs):
    try:
        f(*args, **kwargs)
    except kind as e:
        assert str(e) == text, (str(e), text)
    else:
        raise AssertionError(f"no {kind.__name__}: {text}")


def operators():
    a, b = {1, 2, 3, 4}, {3, 4, 5}
    assert a | b == {1, 2, 3, 4, 5} and a & b == {3, 4} and a - b == {1, 2} and a ^ b == {1, 2, 5}
    assert a.union(b, [9]) == {1, 2, 3, 4, 5, 9} and a.intersection([1, 3], (3,)) == {3}
    assert a.difference([1], {2: 0}) == {3, 4} and a.symmetric_difference([1, 1, 7]) == {2, 3, 4, 7}
    assert {1} < {1, 2} and {1} <= {1} and not {1} < {1} and {2, 1} == {1, 2} == frozenset([1, 2])
    assert a.issuperset([1]) and {1}.issubset([1, 2]) and {1}.isdisjoint([2]) and not a.isdisjoint(b)
    c = set(a)
    c |= b
    c &= {1, 3, 5, 7}
    c -= {1}
    c ^= {3, 8}
    assert c == {5, 8}
    c.update([1], "a", {2: 3})
    c.intersection_update([1, 2, 5], [1, 5])
    c.difference_update([5])
    c.symmetric_difference_update([1, 2, 2])
    assert c == {2}
    raises(TypeError, "unsupported operand type(s) for |: 'set' and 'list'", lambda: a | [1])
    raises(TypeError, "'<' not supported between instances of 'set' and 'int'", lambda: a < 1)
    raises(TypeError, "unhashable type: 'list'", a.add, [])


def order_and_what_is_asked_for():
    colliding = [0, 64, 128, 3, 67, 8, 72, 136]
    a = set(colliding)
    assert list(a | a) == list(a.copy()) == list(set(a))
    steps = iter(range(10))
    assert {1, 3}.intersection(steps) == {1, 3} and next(steps) == 4  # no further once it has all
    s = {9, 12}
    assert s.pop() == 9  # the next search for one to pop goes on from here, even after clear
    s.clear()
    s.update([6, 24])
    assert s.pop() == 6
    wide = set(range(100))
    assert list(wide) == list(range(100))
    wide -= set(range(1, 100, 2))
    wide |= {1000, 51}
    assert sorted(wide) == sorted([*range(0, 100, 2), 51, 1000])

    class Same:
        asked = 0

        def __hash__(self):
            return 1

        def __eq__(self, other):
            Same.asked += 1
            return self is other

    several = [Same() for _ in range(4)]
    s = set(several)
    assert len(s) == 4 and Same.asked == 6 and set(several[:2]) <= s and several[3] in s
    assert s & set(several[2:]) == set(several[2:])


def methods():
    s = set()
    s.add(1), s.add(1), s.discard(2)
    assert s == {1} and repr(s) == "{1}" and repr(set()) == "set()" and repr(frozenset("a")) == "frozenset({'a'})"
    assert s.pop() == 1
    raises(KeyError, "'pop from an empty set'", s.pop)
    raises(KeyError, "{1, 2}", {0}.remove, {1, 2})
    assert {1, 2} in {frozenset([1, 2])} and {1: 2}.keys() == {1}
    assert hash(frozenset(range(10))) == hash(frozenset(list(range(10))[::-1])) == 3895031357313128696
    f = frozenset("ab")
    assert f.copy() is f and frozenset(f) is f and type(f | {1}) is frozenset
    assert set([1]).__reduce__() == (set, ([1],), None)
    raises(TypeError, "set() takes no keyword arguments", lambda: set(a=1))


def order():
    """The table is CPython's: growth, deleted marks and operations included."""
    assert list(set([5, 3, 99, 17, -4, 1000, 64, 8, 16])) == [64, 99, 3, 5, 1000, 8, 16, 17, -4]
    x, s = set(range(100)), set(range(50, 1000, 7))
    for i in range(50, 800, 7):
        s.discard(i)
    assert list(x & s) == [] and list(s)[:3] == [806, 813, 820]
    assert list(s | {1, 2}) == list(s.union([1, 2]))
    assert len(s) == 28 and sorted(s) == list(range(806, 1000, 7))


def changed_meanwhile():
    def grow():
        s = {1}
        for k in s:
            s.add(k + 1)

    raises(RuntimeError, "Set changed size during iteration", grow)

    class Clears:
        def __init__(self, s):
            self.s = s

        def __hash__(self):
            return 1

        def __eq__(self, other):
            self.s.clear()
            return False

    s = set()
    s.add(Clears(s))
    assert Clears(s) not in s and s == set()


def subclasses():
    class S(set):
        pass

    class F(frozenset):
        pass

    s, f = S("a"), F("b")
    s.name, f.name = 1, 2
    assert (s, f, s.name, f.name) == ({"a"}, {"b"}, 1, 2) and type(s | f) is set and type(f | s) is frozenset
    assert repr(s) == "S({'a'})" and hash(f) == hash(frozenset("b")) and {f: 1}[frozenset("b")] == 1


operators()
order_and_what_is_asked_for()
methods()
order()
changed_meanwhile()
subclasses()
