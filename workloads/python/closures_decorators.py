"""Functions that make functions: counters over nonlocal variables, decorators with and without arguments, curried
and composed calls, defaults, keyword and starred arguments. Cells and argument binding, in every form of a call."""
import sys

MASK = (1 << 64) - 1


def counter(start, step=1):
    value = start

    def advance():
        nonlocal value
        value += step
        return value

    def peek():
        return value

    return advance, peek


def counted(function):
    def wrapper(*args, **kwargs):
        wrapper.calls += 1
        return function(*args, **kwargs)

    wrapper.calls = 0
    return wrapper


def bounded(low, high):
    def decorate(function):
        def wrapper(x, *rest):
            return max(low, min(high, function(x, *rest)))

        return wrapper

    return decorate


def remembered(function):
    known = {}

    def wrapper(*key):
        if key not in known:
            known[key] = function(*key)
        return known[key]

    return wrapper


def compose(*functions):
    def composed(x):
        for f in functions:
            x = f(x)
        return x

    return composed


def curry(f):
    return lambda a: lambda b: lambda c: f(a, b, c)


@counted
@bounded(0, 1000)
def weigh(x, y=2, *more):
    return x * y + len(more)


@counted
def mixed(a, b=1, *args, c=2, d, **rest):
    return a + b + c + d + len(args) + len(rest)


@remembered
def paths(x, y):
    return 1 if x == 0 or y == 0 else paths(x - 1, y) + paths(x, y - 1)


class Memo:
    """A decorator that is an object."""

    def __init__(self, function):
        self.function = function
        self.last = None

    def __call__(self, *args):
        self.last = self.function(*args)
        return self.last


@Memo
def twist(x, y):
    return (x ^ y) + 1


def run(scale):
    total = 0
    advance, peek = counter(5, step=3)
    line = compose(lambda x: x + 1, lambda x: x * 3 & 0xFFFF, abs, int)
    add = curry(lambda a, b, c: a * b + c)
    add_three = add(3)
    for i in range(max(1, int(84000 * scale))):
        advance()
        x = weigh(i & 63, 3) + weigh(i & 31) + weigh(i & 15, 2, i, i)
        x += mixed(i, d=1) + mixed(i, 2, 3, 4, d=5, e=6, f=7) + mixed(*(i, 2), **{"d": 4, "c": 1})
        x += line(i) + add_three(i)(2) + twist(i, x)
        total = (total * 31 + x) & MASK
        if i % 500 == 0:
            total = (total + paths(i % 17, i % 23)) & MASK
    return (total * 1000003 + peek() + weigh.calls + mixed.calls + twist.last) & MASK


def main():
    scale = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    print("checksum=0x%016x" % run(scale))


main()
