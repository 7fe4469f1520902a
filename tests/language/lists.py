"""Lists and tuples: items, slices, methods, comparison, sorting. Passes under CPython 3.11 as well."""

import gc


def raises(kind, text, f, *args, **kwargs):
    try:
        f(*args, **kwargs)
    except kind as e:
        assert str(e) == text, (str(e), text)
    else:
        raise AssertionError(f"no {kind.__name__}: {text}")


def by_steps(start, stop, step):
    """The positions of a slice, worked out one by one."""
    return [i for i in range(start, stop, step)]


def slices():
    base = list(range(9))
    bounds = (None, -12, -9, -3, 0, 2, 5, 9, 14)
    for start in bounds:
        for stop in bounds:
            for step in (None, 1, 2, 3, -1, -2, 10, -10):
                s = slice(start, stop, step)
                places = by_steps(*s.indices(len(base)))
                assert base[s] == [base[i] for i in places], s
                assert tuple(base)[s] == tuple(base[s])
                rest = base[:]
                del rest[s]
                assert rest == [x for i, x in enumerate(base) if i not in places], s
                if step not in (None, 1):
                    new = base[:]
                    new[s] = [-i for i in places]
                    assert all(new[i] == (-i if i in places else i) for i in range(9)), s
    a = [1, 2, 3]
    a[1:2] = "xyz"
    assert a == [1, "x", "y", "z", 3]
    a[2:1] = a
    assert a == [1, "x", 1, "x", "y", "z", 3, "y", "z", 3]
    a[::-1] = a
    assert a[0] == 3 and a[-1] == 1
    raises(ValueError, "attempt to assign sequence of size 1 to extended slice of size 5",
           a.__setitem__, slice(None, None, 2), [0])
    raises(TypeError, "can only assign an iterable", a.__setitem__, slice(0, 1), 5)
    raises(TypeError, "must assign iterable to extended slice", a.__setitem__, slice(0, 4, 2), 5)
    raises(TypeError, "list indices must be integers or slices, not str", a.__getitem__, "a")
    raises(IndexError, "list index out of range", a.__getitem__, 10)
    raises(IndexError, "list assignment index out of range", a.__setitem__, -11, 0)
    raises(ValueError, "slice step cannot be zero", a.__getitem__, slice(0, 1, 0))


def in_cycles():
    class Node:
        pass

    for make in (slice, lambda o: zip([o], [o]), lambda o: enumerate([o]), lambda o: map(o, [o])):
        node = Node()
        node.own = make(node)
        if hasattr(node.own, "__next__"):
            node.rest = make([node])
        del node
    gc.collect()
    pairs = zip([1, 2, 3], "abc")
    first = next(pairs)
    del pairs
    assert first == (1, "a")
    assert [p for p in zip([1, 2], [3, 4])] == [(1, 3), (2, 4)]
    assert [id(p) for p in enumerate("ab")] and list(enumerate("ab", 2**63 - 1)) == [(2**63 - 1, "a"), (2**63, "b")]


def methods():
    a = []
    for i in range(20):
        a.insert(i // 2, i)
    assert sorted(a) == list(range(20)) and a.index(3) == a.index(3, -19)
    a.insert(-100, "first"), a.insert(100, "last")
    assert a[0] == "first" and a.pop() == "last" and a.pop(0) == "first"
    raises(IndexError, "pop index out of range", a.pop, 20)
    raises(IndexError, "pop from empty list", [].pop)
    raises(ValueError, "list.remove(x): x not in list", a.remove, 99)
    raises(ValueError, "99 is not in list", a.index, 99)
    a.extend(a)
    assert len(a) == 40 and a.count(3) == 2
    a *= 2
    a += (1,)
    assert len(a) == 81 and (a * 0, a * -1) == ([], []) and [0] * 3 == 3 * [0] == [0, 0, 0]
    raises(TypeError, 'can only concatenate list (not "tuple") to list', lambda: [] + ())
    raises(TypeError, "can't multiply sequence by non-int of type 'float'", lambda: [1] * 1.5)
    copy = a.copy()
    copy.reverse()
    assert copy == a[::-1] == list(reversed(a))
    a.clear()
    assert a == [] and not a
    a.append(a)
    assert repr(a) == "[[...]]"
    assert (1,) + (2, 3) == (1, 2, 3) and (1, 2) * 2 == (1, 2, 1, 2) and () * 5 == ()
    assert (1, 2, 1).count(1) == 2 and (1, 2).index(2) == 1 and repr((1,)) == "(1,)"
    raises(ValueError, "tuple.index(x): x not in tuple", (1,).index, 2)


def comparison():
    assert [1, 2] < [1, 3] < [1, 3, 0] and [2] > [1, 9] and [] <= [] and not [1] < [1]
    assert (1, "a") < (1, "b") and (1,) != [1] and [1] == [1.0] == [True]
    raises(TypeError, "'<' not supported between instances of 'int' and 'NoneType'",
           lambda: [1] < [None])
    nan = float("nan")
    assert [nan] == [nan] and nan in (nan,)
    assert hash((1, 2, 3)) == hash((1.0, 2, 3)) == 529344067295497451

    class Shrinks:
        def __init__(self, whole):
            self.whole = whole

        def __eq__(self, other):
            self.whole.clear()
            return False

    a = [1]
    a[:] = [Shrinks(a), 5]
    assert 7 not in a and a == []


def subclasses():
    class L(list):
        pass

    class T(tuple):
        def __new__(cls, *items):
            return super().__new__(cls, items)

    l, t = L("ab"), T(1, 2)
    l.name, t.name = "l", "t"
    assert (l, t, l.name, t.name) == (["a", "b"], (1, 2), "l", "t")
    assert type(l[:]) is list and type(l + l) is list and type(t + t) is tuple and type(t[:]) is tuple
    assert t.__getnewargs__() == ((1, 2),) and hash(t) == hash((1, 2)) and {t: 1}[(1, 2)] == 1


def iterators():
    it = iter([1, 2, 3])
    next(it)
    assert it.__length_hint__() == 2 and it.__reduce__()[1:] == (([1, 2, 3],), 1)
    it.__setstate__(0)
    assert list(it) == [1, 2, 3] and list(it) == []
    a = [1, 2, 3]
    seen = []
    for x in a:
        seen.append(x)
        if len(a) < 6:
            a.append(x * 10)
    assert seen == a == [1, 2, 3, 10, 20, 30]
    back = reversed(a)
    assert [next(back), next(back)] == [30, 20] and back.__length_hint__() == 4

    class Squares:
        def __len__(self):
            return 4

        def __getitem__(self, i):
            if i > 3:
                raise IndexError
            return i * i

    assert list(Squares()) == [0, 1, 4, 9] and list(reversed(Squares())) == [9, 4, 1, 0]
    assert 4 in Squares() and 5 not in Squares()
    raises(TypeError, "'set' object is not reversible", reversed, {1})


def sorting():
    x, some = 1, []
    for _ in range(300):
        x = (x * 1103515245 + 12345) % 2147483648
        some.append(x >> 12)
    shapes = [some, [str(i) for i in some], [i / 7 for i in some], [(i % 5, i) for i in some],
              [(str(i % 3), -i) for i in some], some + some[::-1], sorted(some) + sorted(some)[::2],
              [i % 3 for i in some], some + [0.5], [chr(i % 9000 + 200) for i in some]]
    for shape in shapes:
        result = sorted(shape)
        assert all(not b < a for a, b in zip(result, result[1:]))
        # Stability shows in the order of the positions.
        order = sorted(range(len(shape)), key=shape.__getitem__)
        assert [shape[i] for i in order] == result
        assert all(shape[i] < shape[k] or i < k for i, k in zip(order, order[1:]))
        order = sorted(range(len(shape)), key=shape.__getitem__, reverse=True)
        assert all(shape[i] > shape[k] or i < k for i, k in zip(order, order[1:]))

    # Many in no order: by their digits.
    many = [(i * 7919) % 1009 - 500 for i in range(700)]
    for shape in (many, [i * 2**40 for i in many], [i / 8 or -0.0 for i in many],
                  ["common prefix%d" % i for i in many], ["a" + "\0" * (i % 12) for i in many],
                  [(i % 7 / 2, str(i)) for i in many], [(str(i % 5), i, None) for i in many],
                  [i if i % 3 else i / 2 for i in many], [i * 2**45 + 0.0 * (i % 2) for i in many],
                  [i * 2**50 + (i % 3) if i % 2 else i * 2.0**50 for i in many],
                  [(i if i % 2 else i / 4, i % 3) for i in many],
                  [b"prefix" + bytes([i % 256, 0]) * (i % 3) for i in many],
                  [(bytes(i % 11), -i) for i in many]):
        order = sorted(range(700), key=shape.__getitem__)
        assert all(shape[i] < shape[k] or (shape[i] == shape[k] and i < k)
                   for i, k in zip(order, order[1:]))
        assert sorted(shape, reverse=True) == sorted(shape)[::-1]
    nan = float("nan")
    assert len(sorted([1.0, nan, 0.5] * 200)) == 600

    class Fails:
        def __lt__(self, other):
            raise KeyError("no")

    a = [Fails(), Fails()]
    raises(KeyError, "'no'", a.sort)
    assert len(a) == 2

    class Touches:
        def __lt__(self, other):
            touched.append(1)
            touched.pop()
            return False

    touched = [Touches(), Touches()]
    raises(ValueError, "list modified during sort", touched.sort)
    assert len(touched) == 2
    seen = []
    a = [3, 1, 2]
    a.sort(key=lambda x: (seen.append(len(a)), x)[1])
    assert a == [1, 2, 3] and seen == [0, 0, 0]
    raises(TypeError, "'<' not supported between instances of 'str' and 'int'", [1, "a"].sort)


slices()
in_cycles()
methods()
comparison()
subclasses()
iterators()
sorting()
