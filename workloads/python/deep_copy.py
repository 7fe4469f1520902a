"""Structures of lists, dicts, tuples, sets and objects are copied in depth, with sharing and cycles kept by a table
of identities, and compared with their originals. Type tests, id(), __dict__ and many containers at once."""
import sys

MASK = (1 << 64) - 1


class Item:
    def __init__(self, name, parts):
        self.name = name
        self.parts = parts
        self.owner = None


class Plain:
    __slots__ = ("a", "b")

    def __init__(self, a, b):
        self.a = a
        self.b = b


def copy(value, known):
    kind = type(value)
    if kind in ATOMS:
        return value
    key = id(value)
    if key in known:
        return known[key]
    maker = MAKERS.get(kind)
    if maker is not None:
        return maker(value, known)
    new = kind.__new__(kind)
    known[key] = new
    if hasattr(value, "__dict__"):
        for name, part in value.__dict__.items():
            setattr(new, name, copy(part, known))
    else:
        for name in kind.__slots__:
            setattr(new, name, copy(getattr(value, name), known))
    return new


def copy_list(value, known):
    new = known[id(value)] = []
    for part in value:
        new.append(copy(part, known))
    return new


def copy_dict(value, known):
    new = known[id(value)] = {}
    for key, part in value.items():
        new[copy(key, known)] = copy(part, known)
    return new


def copy_tuple(value, known):
    new = tuple([copy(part, known) for part in value])
    return known.setdefault(id(value), new)


def copy_set(value, known):
    new = known[id(value)] = set()
    for part in value:
        new.add(copy(part, known))
    return new


ATOMS = {int, str, float, bool, type(None)}
MAKERS = {list: copy_list, dict: copy_dict, tuple: copy_tuple, set: copy_set}


def weigh(value, seen):
    """A number that depends on the shape alone."""
    if isinstance(value, (int, float)):
        return int(value) + 1
    if isinstance(value, str):
        return len(value) + 2
    if value is None or id(value) in seen:
        return 3
    seen.add(id(value))
    if isinstance(value, (list, tuple)):
        total = 4
        for part in value:
            total = (total * 31 + weigh(part, seen)) & MASK
        return total
    if isinstance(value, dict):
        return sum([weigh(k, seen) * weigh(v, seen) for k, v in value.items()]) & MASK
    if isinstance(value, set):
        return sum([weigh(part, seen) for part in value]) & MASK
    if isinstance(value, Plain):
        return weigh(value.a, seen) * 7 + weigh(value.b, seen)
    return (weigh(value.name, seen) * 11 + weigh(value.parts, seen) * 5 + weigh(value.owner, seen)) & MASK


def build(n):
    shared = ["shared", 1, 2.5, (3, 4)]
    items = []
    for i in range(n):
        item = Item("item%d" % i, [i, shared, {"k%d" % (i % 5): i, "t": (i, (i + 1, "x"))}, {i, i + 1, -i}])
        item.owner = items[i // 2] if items else item
        items.append(item)
        if i % 4 == 0:
            item.parts.append(Plain(item, [Plain(i, None), Plain(i + 1, shared)]))
    return {"items": items, "index": {item.name: item for item in items}, "root": items[0]}


def run(scale):
    total = 0
    original = build(150)
    weight = weigh(original, set())
    for round in range(max(1, int(210 * scale))):
        clone = copy(original, {})
        assert clone["items"][3] is clone["index"]["item3"] and clone["root"] is not original["root"]
        assert clone["items"][5].parts[1] is clone["items"][6].parts[1]
        found = weigh(clone, set())
        assert found == weight
        total = (total * 1000003 + found) & MASK
        clone["items"][round % 150].name += "!"
    return total


def main():
    scale = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    print("checksum=0x%016x" % run(scale))


main()
