"""gc: what holds under every collector, and under the one with generations what CPython does."""
import gc

counting = gc.collect() is not None and gc.get_threshold() != (0, 0, 0)


def raises(kind, function, *args, **kwargs):
    try:
        function(*args, **kwargs)
    except kind as error:
        return str(error)
    raise AssertionError(f"{kind.__name__} expected")


class Node:
    def __init__(self):
        self.me = self


assert gc.isenabled()
gc.disable()
assert not gc.isenabled()
gc.enable()
assert raises(ValueError, gc.collect, 3) == "invalid generation"
raises(ValueError, gc.collect, -1)
raises(TypeError, gc.collect, "x")
assert "argument should be integer or None" in raises(TypeError, gc.get_objects, "x")
assert raises(ValueError, gc.get_objects, generation=-2) == "generation parameter cannot be negative"
raises(ValueError, gc.get_objects, 3)
raises(TypeError, gc.set_threshold)
raises(TypeError, gc.set_threshold, 1, 2, 3, 4)

stats = gc.get_stats()
assert len(stats) == 3 and set(stats[0]) == {"collections", "collected", "uncollectable"}
gc.collect()
assert gc.get_stats()[2]["collections"] == stats[2]["collections"] + 1
assert len(gc.get_count()) == 3

# Callbacks.
events = []


def note(phase, info):
    events.append((phase, info["generation"], info["uncollectable"]))


gc.callbacks.append(note)
gc.collect()
gc.callbacks.remove(note)
assert events == [("start", 2, 0), ("stop", 2, 0)], events

# Finalisers in cycles run once; objects may come back.
log = []


class Finalized(Node):
    def __del__(self):
        log.append(self)


o = Finalized()
assert not gc.is_finalized(o)
del o
gc.collect()
if log:  # not under collectors that free nothing
    assert len(log) == 1 and log[0].me is log[0] and gc.is_finalized(log[0])
    log.clear()
    gc.collect()
    assert not log
assert gc.garbage == []

# Referents and referrers.
inner = ["inner"]
outer = [inner, inner, 1]
assert gc.get_referents(outer) == [inner, inner, 1] or gc.get_referents(outer) == [1, inner, inner]
assert gc.get_referents(1, "x", int) == []
assert gc.get_referents() == []
if counting:
    assert any(o is outer for o in gc.get_referrers(inner))
    assert gc.get_referrers() == []
    assert any(o is outer for o in gc.get_objects())
    assert any(o is outer for o in gc.get_objects(generation=0))
    gc.collect()
    assert any(o is outer for o in gc.get_objects(generation=2))
    assert not any(o is outer for o in gc.get_objects(generation=0))

    assert gc.is_tracked([]) and not gc.is_tracked(1) and not gc.is_tracked("x")
    assert not gc.is_tracked({}) and gc.is_tracked({"a": []}) and not gc.is_tracked({"a": 1})
    assert gc.is_tracked(Node) and gc.is_tracked(Node()) and gc.is_tracked(slice(1, 2))

    threshold = gc.get_threshold()
    gc.set_threshold(300, 5)
    assert gc.get_threshold() == (300, 5, threshold[2])
    gc.set_threshold(*threshold)

    gc.collect()
    Node()
    assert gc.collect() >= 1
    assert gc.collect() == 0

    gc.set_debug(gc.DEBUG_SAVEALL)
    assert gc.get_debug() == gc.DEBUG_SAVEALL
    Node()
    found = gc.collect()
    gc.set_debug(0)
    assert found >= 1 and any(type(o) is Node for o in gc.garbage)
    gc.garbage.clear()
    gc.collect()

    gc.freeze()
    assert gc.get_freeze_count() > 0
    gc.unfreeze()
    assert gc.get_freeze_count() == 0
assert gc.DEBUG_LEAK == gc.DEBUG_COLLECTABLE | gc.DEBUG_UNCOLLECTABLE | gc.DEBUG_SAVEALL


# Saved instead of freed, under every collector that finds anything; with a finaliser, after it has run.
class Last:
    def __init__(self):
        self.held = [self, "leaf"]

    def __del__(self):
        last.append(len(self.held))


def leave(n):
    for _ in range(n):
        Node(), Last()


last = []
leave(20)
if gc.collect():
    gc.set_debug(gc.DEBUG_SAVEALL)
    leave(20)
    gc.collect()
    gc.set_debug(0)
    saved = [o for o in gc.garbage if type(o) in (Node, Last)]
    assert len(saved) > 30 and len(last) > 35
    for o in saved:
        assert o.me is o if type(o) is Node else o.held[0] is o and o.held[1] == "leaf"
    gc.garbage.clear()
