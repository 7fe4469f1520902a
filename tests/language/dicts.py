"""Dicts and their views. Passes under CPython 3.11 as well."""


def raises(kind, text, f, *args, **kwargs):
    try:
        f(*args, **kwargs)
    except kind as e:
        assert str(e) == text, (str(e), text)
    else:
        raise AssertionError(f"no {kind.__name__}: {text}")


def making():
    assert dict([(1, 2)], a=3) == {1: 2, "a": 3} and dict({1: 2}, b=4) == {1: 2, "b": 4}
    assert dict.fromkeys("aba", 0) == {"a": 0, "b": 0} and dict.fromkeys({1: 2}) == {1: None}
    raises(TypeError, "cannot convert dictionary update sequence element #0 to a sequence", dict, [1])
    raises(ValueError, "dictionary update sequence element #1 has length 3; 2 is required", dict,
           ["ab", "abc"])
    raises(TypeError, "dict expected at most 1 argument, got 2", dict, 1, 2)

    class Mapping:
        def keys(self):
            return [1, 2]

        def __getitem__(self, key):
            return key * 10

    assert dict(Mapping()) == {**Mapping()} == {1: 10, 2: 20}
    raises(TypeError, "'int' object is not a mapping", lambda: {**5})


def methods():
    d = {"a": 1}
    assert d.get("b") is None and d.get("b", 2) == 2 and d.setdefault("c", 3) == d["c"] == 3
    assert d.pop("c") == 3 and d.pop("c", 4) == 4 and d.popitem() == ("a", 1)
    raises(KeyError, "'popitem(): dictionary is empty'", d.popitem)
    raises(KeyError, "'c'", d.pop, "c")
    raises(TypeError, "unhashable type: 'list'", d.get, [])
    d |= [(1, 2)]
    assert d | {3: 4} == {1: 2, 3: 4} and {1: 0} | d == {1: 2} and d == {1: 2.0} and d != {1: 3}
    d[d[1]] = d
    assert repr(d) == "{1: 2, 2: {...}}"
    raises(TypeError, "unsupported operand type(s) for |: 'dict' and 'int'", lambda: d | 5)
    raises(TypeError, "'<' not supported between instances of 'dict' and 'dict'", lambda: d < d)


def order():
    """Holes, popping from the end, and growing again keep the order of insertion."""
    d, model = {}, []
    x = 7
    for i in range(1500):
        x = (x * 1103515245 + 12345) % 2147483648
        what, key = (x >> 8) % 10, (x >> 12) % 60
        key = str(key) if key % 2 else key
        if what < 5:
            if key not in d:
                model.append(key)
            d[key] = i
        elif what < 7 and key in d:
            del d[key]
            model.remove(key)
        elif what == 7 and model:
            assert d.popitem()[0] == model.pop()
        elif what == 8 and i % 90 == 0:
            d = d.copy()
        assert list(d) == model and len(d) == len(model)
    assert list(reversed(d)) == model[::-1] and list(d.items()) == [(k, d[k]) for k in model]
    big = {i: -i for i in range(2000)}
    for i in range(0, 2000, 3):
        del big[i]
    while big:
        big.popitem()
        big.popitem()
        big[-1] = 0
        big.popitem()
        if len(big) < 2:
            big.clear()
    assert big == {}


def views():
    d = {"a": 1, "b": 2}
    keys, items, values = d.keys(), d.items(), d.values()
    d["c"] = 3
    assert len(keys) == len(items) == len(values) == 3 and "c" in keys and ("c", 3) in items
    assert ("c", 4) not in items and 3 in values and "x" not in items
    assert keys & {"a", "z"} == {"a"} and keys | {"z"} == {"a", "b", "c", "z"} and keys - ["a"] == {"b", "c"}
    assert keys ^ {"a", "z"} == {"b", "c", "z"} and {"a", "z"} - keys == {"z"} and keys == {"a", "b", "c"}
    assert items & [("a", 1), ("b", 0)] == {("a", 1)} and items ^ {"a": 1}.items() == {("b", 2), ("c", 3)}
    assert keys.isdisjoint("xyz") and not keys.isdisjoint("xyza") and keys >= {"a"} and keys > {"a"}
    assert list(reversed(items)) == [("c", 3), ("b", 2), ("a", 1)] and list(reversed(values)) == [3, 2, 1]
    assert repr(keys) == "dict_keys(['a', 'b', 'c'])" and keys.mapping["a"] == 1
    raises(TypeError, "unsupported operand type(s) for &: 'dict_values' and 'set'", lambda: values & {1})
    kept = list(items)
    assert kept == [("a", 1), ("b", 2), ("c", 3)]


def changed_meanwhile():
    def grow():
        d = {1: 1}
        for k in d:
            d[k + 1] = 0

    def exchange():
        d = {1: 1, 2: 2}
        for k in d:
            del d[k]
            d[k + 10] = 0

    raises(RuntimeError, "dictionary changed size during iteration", grow)
    raises(RuntimeError, "dictionary keys changed during iteration", exchange)

    class Clears:
        def __init__(self, d):
            self.d = d

        def __hash__(self):
            return 1

        def __eq__(self, other):
            self.d.clear()
            return False

    d = {}
    d[Clears(d)] = 1
    assert d.get(Clears(d)) is None and d == {}

    class Same:
        asked = 0

        def __init__(self, value):
            self.value = value

        def __hash__(self):
            Same.asked += 1
            return 1

        def __eq__(self, other):
            return self.value == other.value

    d = {Same(i): i for i in range(12)}
    assert d[Same(7)] == 7 and d.pop(Same(3)) == 3 and Same(3) not in d and len(d) == 11
    Same.asked = 0
    assert len(dict.fromkeys(d)) == len(set(d)) == len({**d}) == 11 and Same.asked == 0


def subclasses():
    class D(dict):
        def __missing__(self, key):
            return "no " + key

    d = D(a=1)
    d.name = "d"
    assert d["a"] == 1 and d["b"] == "no b" and d.get("b") is None and d == {"a": 1} and d.name == "d"
    assert type(d.copy()) is dict and type(D.fromkeys("ab")) is D and type(d | {}) is dict

    class Own(dict):
        def __getitem__(self, key):
            return 7

    assert dict(Own(a=1)) == {**Own(a=1)} == {"a": 1} and Own()["x"] == 7


making()
methods()
order()
views()
changed_meanwhile()
subclasses()
