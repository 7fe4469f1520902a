"""_collections, _functools, _operator, _heapq, _bisect. Passes under CPython 3.11 as well."""
import _bisect
import _functools
import _heapq
import _operator
from _collections import OrderedDict, _count_elements, _tuplegetter, defaultdict, deque


def raises(kind, text, f, *args, **kwargs):
    try:
        f(*args, **kwargs)
    except kind as e:
        assert str(e) == text, (str(e), text)
    else:
        raise AssertionError(f"no {kind.__name__}: {text}")


def deques():
    d, model, x = deque(), [], 3
    for _ in range(1200):
        x = (x * 1103515245 + 12345) % 2147483648
        what, value = (x >> 8) % 10, (x >> 12) % 40
        if what < 2:
            d.append(value), model.append(value)
        elif what == 2:
            d.appendleft(value), model.insert(0, value)
        elif what == 3 and model:
            assert d.pop() == model.pop()
        elif what == 4 and model:
            assert d.popleft() == model.pop(0)
        elif what == 5:
            d.insert(value, x), model.insert(value, x)
        elif what == 6 and model:
            del d[value % len(model)], model[value % len(model)]
        elif what == 7 and model:
            d.rotate(value - 20)
            k = (20 - value) % len(model)
            model = model[k:] + model[:k]
        elif what == 8 and value in model:
            assert d.index(value) == model.index(value)
            d.remove(value), model.remove(value)
        elif what == 9 and len(model) > 60:
            d.clear(), model.clear()
        assert len(d) == len(model) and (not model or (d[0], d[-1]) == (model[0], model[-1]))
    assert list(d) == model and list(reversed(d)) == model[::-1]
    d = deque(range(5), 3)
    d.extendleft("ab")
    assert repr(d) == "deque(['b', 'a', 2], maxlen=3)" and d.maxlen == 3 and list(d * 2) == ["b", "a", 2]
    raises(IndexError, "deque already at its maximum size", d.insert, 1, 1)
    raises(IndexError, "pop from an empty deque", deque().pop)
    raises(ValueError, "maxlen must be non-negative", deque, [], -1)
    assert deque([1, 2]) + deque([3]) == deque([1, 2, 3]) < deque([2]) and d.copy() == d

    def grow():
        d = deque([1])
        for x in d:
            d.append(x)

    raises(RuntimeError, "deque mutated during iteration", grow)

    class Odd:
        def __lt__(self, other):
            return "yes"

    assert (deque([Odd()]) < deque([Odd()])) is True


def defaults():
    d = defaultdict(list, a=[0])
    d["b"].append(1)
    assert d == {"a": [0], "b": [1]} and repr(d) == "defaultdict(<class 'list'>, {'a': [0], 'b': [1]})"
    assert type(d.copy()) is type(d | {}) is type({} | d) is defaultdict and d.get("c") is None
    raises(KeyError, "'x'", lambda: defaultdict()["x"])
    raises(TypeError, "first argument must be callable or None", defaultdict, 5)
    counts = {}
    _count_elements(counts, "abracadabra")
    assert counts == {"a": 5, "b": 2, "r": 2, "c": 1, "d": 1}

    class Point(tuple):
        y = _tuplegetter(1, "doc")

    assert Point((1, 2)).y == 2 and Point.y.__doc__ == "doc"
    raises(AttributeError, "can't set attribute", setattr, Point((1, 2)), "y", 3)


def ordered_dicts():
    d, model, x = OrderedDict(), [], 5
    for i in range(1200):
        x = (x * 1103515245 + 12345) % 2147483648
        what, key = (x >> 8) % 9, (x >> 12) % 50
        key = str(key) if key % 3 else key
        if what < 3:
            if key not in d:
                model.append(key)
            d[key] = i
        elif what == 3 and key in d:
            del d[key]
            model.remove(key)
        elif what == 4 and key in d:
            d.move_to_end(key, last=bool(x & 256))
            model.remove(key)
            model.insert(len(model) if x & 256 else 0, key)
        elif what == 5 and model:
            assert d.popitem(last=False)[0] == model.pop(0)
        elif what == 6 and model:
            assert d.popitem()[0] == model.pop()
        elif what == 7 and key in d:
            d.pop(key)
            model.remove(key)
        elif what == 8 and key not in d:
            d.setdefault(key, i)
            model.append(key)
        assert list(d) == model == list(reversed(d))[::-1] and len(d) == len(model)
    assert list(d.items()) == [(k, d[k]) for k in model] and list(d.values()) == [d[k] for k in model]
    assert dict(d) == d == d.copy() == OrderedDict(d) and d != OrderedDict(reversed(d.items()))
    d = OrderedDict(a=1, b=2)
    assert repr(d) == "OrderedDict([('a', 1), ('b', 2)])" and type(d | {}) is type({} | d) is OrderedDict
    raises(KeyError, "'z'", d.move_to_end, "z")
    raises(KeyError, "'dictionary is empty'", OrderedDict().popitem)

    def move():
        for key in d:
            d.move_to_end("a")

    raises(RuntimeError, "OrderedDict mutated during iteration", move)
    dict.__delitem__(d, "a")
    raises(KeyError, "'a'", list, d.items())
    d.clear()
    d.note = 1
    assert d == {} and d.__reduce__()[1:4] == ((), {"note": 1}, None)


def partials():
    def f(*args, **kwargs):
        return args, kwargs

    p = _functools.partial(f, 1, x=2)
    q = _functools.partial(p, 3, y=4)
    assert q(5, x=6) == ((1, 3, 5), {"x": 6, "y": 4}) and q.func is f and q.args == (1, 3)
    assert _functools.partial(f, 1)(2, z=3) == ((1, 2), {"z": 3}) and _functools.partial(f)() == ((), {})
    p.note = 1
    made = p.__reduce__()
    again = made[0](*made[1])
    again.__setstate__(made[2])
    assert again() == p() and again.note == 1
    raises(TypeError, "the first argument must be callable", _functools.partial, 5)
    assert _functools.reduce(lambda a, b: a * b, range(1, 6)) == 120 and _functools.reduce(f, [], 7) == 7
    raises(TypeError, "reduce() of empty iterable with no initial value", _functools.reduce, f, [])
    K = _functools.cmp_to_key(lambda a, b: b - a)
    assert sorted([3, 1, 2], key=K) == [3, 2, 1] and K(1) == K(1) and K(2) < K(1)


def caches():
    calls = []

    def f(*args, **kwargs):
        calls.append(args)
        return len(calls)

    def info(*values):
        return values

    c = _functools._lru_cache_wrapper(f, 2, False, info)
    assert [c(1), c(1), c(2), c(3), c(1)] == [1, 1, 2, 3, 4] and c.cache_info() == (1, 4, 2, 2)
    c.cache_clear()
    assert c.cache_info() == (0, 0, 2, 0) and c(1) == 5
    c = _functools._lru_cache_wrapper(f, None, False, info)
    raises(TypeError, "unhashable type: 'list'", c, [])
    assert c.cache_info()[1] == 0
    c = _functools._lru_cache_wrapper(f, None, True, info)
    assert c(1) != c(1.0) and c(1) == c(1) and c(a=1) == c(a=1) != c(a=2)

    @lambda f: _functools._lru_cache_wrapper(f, 8, False, info)
    def fibonacci(n):
        return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)

    assert fibonacci(60) == 1548008755920 and fibonacci.cache_info()[3] == 8

    class C:
        made = 0

        def m(self, x):
            self.made += 1
            return x * 2

        m = _functools._lru_cache_wrapper(m, 4, False, info)

    o = C()
    assert o.m(2) == o.m(2) == 4 and o.made == 1 and o.m.__self__ is o


def operators():
    assert _operator.itemgetter(1)("ab") == "b" and _operator.itemgetter(0, -1)([1, 2, 3]) == (1, 3)
    assert _operator.attrgetter("real.imag", "imag")(5) == (0, 0)
    assert _operator.methodcaller("replace", "a", "b")("aa") == "bb"
    assert repr(_operator.methodcaller("f", 1, x=2)) == "operator.methodcaller('f', 1, x=2)"
    assert _operator.countOf([1, 2, 1], 1) == 2 and _operator.indexOf("abc", "c") == 2
    assert _operator.concat([1], [2]) == [1, 2] and _operator.length_hint(iter("abc")) == 3
    assert _operator._compare_digest(b"ab", b"ab") and not _operator._compare_digest("ab", "ac")
    raises(TypeError, "'int' object can't be concatenated", _operator.concat, 1, 2)
    raises(TypeError, "add expected 2 arguments, got 1", _operator.add, 1)


def queues():
    x, heap, some = 9, [], []
    for _ in range(200):
        x = (x * 1103515245 + 12345) % 2147483648
        some.append(x >> 10)
        _heapq.heappush(heap, x >> 10)
    assert [_heapq.heappop(heap) for _ in some] == sorted(some)
    heap = some[:]
    _heapq.heapify(heap)
    assert heap[0] == min(some) == _heapq.heapreplace(heap, 2**70) and _heapq.heappushpop(heap, -1) == -1
    heap = [(i % 7, i) for i in some]
    _heapq._heapify_max(heap)
    assert _heapq._heappop_max(heap) == max((i % 7, i) for i in some)
    raises(IndexError, "index out of range", _heapq.heappop, [])
    a = []
    for i in some:
        _bisect.insort_right(a, i)
    assert a == sorted(some) and _bisect.bisect_left([1, 2, 2, 3], 2) == 1 and _bisect.bisect_right([1, 2, 2, 3], 2) == 3
    assert _bisect.bisect_left([3, 2, 1], -2, key=lambda v: -v) == 1
    assert [_bisect.bisect_left([1, 2, 3], 5, 0, hi) for hi in (None, -1, -2, 2)] == [3, 3, 0, 2]
    raises(ValueError, "lo must be non-negative", _bisect.bisect_left, [], 1, -1)


deques()
defaults()
ordered_dicts()
partials()
caches()
operators()
queues()
