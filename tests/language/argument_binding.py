"""Arguments that are being put in place while a collection runs code: finalizers have their variables elsewhere."""
import gc


class Leaves:
    def __init__(self):
        self.itself = self

    def __del__(self):
        def some(a, b, c, d, e):
            return [a, b, c, d, e]

        assert some(1, 2, 3, 4, 5) == [1, 2, 3, 4, 5]


def takes(a, b, *more, c=3, **named):
    return a, b, more, c, named


def takes_few(a, *more):
    return a, more


def call():
    Leaves()
    return takes_few("a", "b")


gc.disable()  # what is left is collected when a request for memory fails
for i in range(3):
    Leaves()
    assert takes("a", "b", "m", i, x="x") == ("a", "b", ("m", i), 3, {"x": "x"})
    Leaves()
    assert takes(*("a", "b", "m", i), **{"x": "x", "c": 4}) == ("a", "b", ("m", i), 4, {"x": "x"})
    assert call() == ("a", ("b",))
    Leaves()  # called from C: there is nothing of the caller's between
    assert list(map(takes, "a", "b", "m", [i])) == [("a", "b", ("m", i), 3, {})]
    Leaves()
    assert sorted([1, 0], key=lambda *more: Leaves() and more) == [0, 1]
