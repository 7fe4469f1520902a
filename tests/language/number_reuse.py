"""Results of arithmetic that nobody holds may be written over; those that somebody holds may not."""


class Keeper:
    """Its arithmetic returns numbers that it keeps."""

    def __init__(self):
        self.kept = 0.5 * 3.0
        self.whole = 1000 * 1000

    def __mul__(self, other):
        return self.kept if isinstance(other, float) else self.whole

    __rmul__ = __mul__


def from_methods(k, x, n):
    for _ in range(3):
        assert k * x + x == 3.5
        assert x * k - x == -0.5
        assert k * n + n == 1000007
        assert k.kept == 1.5 and k.whole == 1000000


class Maker:
    """Keeps what it has just computed."""

    def __mul__(self, other):
        self.made = other * 7
        return self.made

    def __matmul__(self, other):
        self.made = made = other * 7
        return made


def just_computed(m, x, n):
    for _ in range(3):
        assert m * x + x == 16.0 and m.made == 14.0
        assert m @ x + x == 16.0 and m.made == 14.0
        assert m * n + n == 56000 and m.made == 49000


def branches(x, y, flag, holder):
    for _ in range(3):
        holder.v = x * y
        a = (holder.v if flag else y * y) + x
        b = x + (holder.v if flag else x * y)
        assert a == (8.0 if flag else 11.0), a
        assert b == 8.0
        assert holder.v == 6.0


def stored(x, y):
    global kept
    for _ in range(3):
        kept = x * y
        z = kept + 1.0
        items = [x * y]
        w = items[0] * 2.0
        held = (t := x * y) + 1.0
        chained = u = x * y
        assert (kept, z, items, w, held, t, chained + u, u) == (6.0, 7.0, [6.0], 12.0, 7.0, 6.0, 12.0, 6.0)


def inner(x, y, results):
    for _ in range(3):
        results.append(x * y)
        results.append(x * y + y)
        results.append(x * y * y - x)
        results.append((x + y) * (x - y) / (x * x))
        results.append(x * y % 7 + (x * y // 2) * 3)
    assert results == results[:5] * 3, results


def small(n):
    seen = []
    for i in range(250, 262):
        seen.append(i * n + n - n * 2 + i)
        seen.append(i * 300 - i * 299 + 1)
    assert seen == [v for i in range(250, 262) for v in (i * n - n + i, i + 1)]
    assert 256 + 0 == 256 and 255 + 1 == 256 and 5 * 2 - 9 == 1


def wide(n):
    for _ in range(3):
        assert n * n * n + n == 10**60 + 10**20
        assert n * 3 - n * 3 + 7 == 7


def generators(x, y):
    def halves():
        got = yield x * y + y
        while True:
            got = yield got * x + y * got

    g = halves()
    first = next(g)
    second = g.send(first)
    third = g.send(second)
    assert (first, second, third) == (9.0, 45.0, 225.0)


from_methods(Keeper(), 2.0, 7)
just_computed(Maker(), 2.0, 7000)
branches(2.0, 3.0, True, Keeper())
branches(2.0, 3.0, False, Keeper())
stored(2.0, 3.0)
inner(2.0, 3.0, [])
inner(2000, 3000, [])
small(1000)
wide(10**20)
generators(2.0, 3.0)
