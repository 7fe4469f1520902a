# An attribute of the instance hides one of the class, wherever and whenever it is set.


class Base:
    __state = False
    level = 0

    def close(self):
        self.__state = True

    @property
    def closed(self):
        return self.__state

    def name(self):
        return "class"


class Derived(Base):
    buffer = None

    def __init__(self):
        self.buffer = 3

    def read(self):
        return "closed" if self.closed else self.buffer


for _ in range(5):
    o = Derived()
    assert o.read() == 3 and not o.closed
    o.close()
    assert o.closed and o.read() == "closed"


def level_of(o):
    return o.level


def name_of(o):
    return o.name()


first = [Derived() for _ in range(3)]
assert [level_of(o) for o in first] == [0, 0, 0]
first[1].level = 5
assert [level_of(o) for o in first] == [0, 5, 0]
del first[1].level
first[2].level = 7
assert [level_of(o) for o in first] == [0, 0, 7]
Derived.level = 1
assert [level_of(o) for o in first] == [1, 1, 7]

assert [name_of(o) for o in first] == ["class"] * 3
first[0].name = lambda: "instance"
assert [name_of(o) for o in first] == ["instance", "class", "class"]
others = [Derived() for _ in range(3)]
assert [name_of(o) for o in others] == ["class"] * 3
others[2].name = lambda: "other"
assert [name_of(o) for o in others] == ["class", "class", "other"]
