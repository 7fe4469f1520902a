"""What generators hold when they end in one way or the other: nothing too often, nothing too long."""
import sys


class Thing:
    done = False


def stores_before(o):
    o.done = True
    yield


def stores_behind(o):
    yield
    o.done = True


def stores_in_the_end(o):
    try:
        yield
    except ValueError:
        o.done = 1
    finally:
        o.done = 2


def leaves_by_error(o):
    o.done = True
    yield
    o.done.missing


thing = Thing()
before = sys.getrefcount(thing)
for function in (stores_before, stores_behind, stores_in_the_end, leaves_by_error):
    for way in ("end", "close", "throw", "drop"):
        g = function(thing)
        next(g)
        try:
            if way == "end":
                next(g, None)
            elif way == "close":
                g.close()
            elif way == "throw":
                g.throw(ValueError)
        except (ValueError, AttributeError, StopIteration):
            pass
        del g
        assert sys.getrefcount(thing) == before, (function, way)
