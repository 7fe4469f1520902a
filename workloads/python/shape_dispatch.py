"""A list of drawings in which every call site meets many classes: inherited and overridden methods, super(),
properties, class and static methods, operators on small immutable vectors. Caches of call sites that expect one
class miss here; method resolution over several bases is what is measured."""
import sys

MASK = (1 << 64) - 1


class Point:
    __slots__ = ("x", "y")

    def __init__(self, x, y):
        self.x = x
        self.y = y

    def __add__(self, other):
        return Point(self.x + other.x, self.y + other.y)

    def __sub__(self, other):
        return Point(self.x - other.x, self.y - other.y)

    def __mul__(self, factor):
        return Point(self.x * factor, self.y * factor)

    def __eq__(self, other):
        return self.x == other.x and self.y == other.y


class Shape:
    made = 0

    def __init__(self, at):
        self.at = at
        self.moves = 0
        Shape.made += 1

    @classmethod
    def unit(cls, at):
        return cls(at, 1)

    @staticmethod
    def clip(value):
        return value if value < 1000 else value - 1000

    @property
    def area(self):
        return 0

    def move(self, by):
        self.at = self.at + by
        self.moves += 1

    def describe(self):
        return self.area + self.moves


class Square(Shape):
    def __init__(self, at, side):
        super().__init__(at)
        self.side = side

    @property
    def area(self):
        return self.side * self.side

    def grow(self, by):
        self.side = self.clip(self.side + by)


class Named:
    label = "shape"

    def describe(self):
        return len(self.label) + super().describe()


class Block(Named, Square):
    label = "block"

    def move(self, by):
        super().move(by * 2)


class Round(Shape):
    def __init__(self, at, radius):
        super().__init__(at)
        self.radius = radius

    @property
    def area(self):
        return 3 * self.radius * self.radius

    @area.setter
    def area(self, value):
        self.radius = value // 3

    def grow(self, by):
        self.area = self.clip(self.radius + by) * 3


class Ring(Named, Round):
    label = "ring"

    @property
    def area(self):
        return super().area - 3

    @area.setter
    def area(self, value):
        self.radius = value // 3 + 1


class Group(Shape):
    def __init__(self, at, size):
        super().__init__(at)
        self.parts = [Square.unit(at), Round.unit(at)]

    @property
    def area(self):
        return sum([part.area for part in self.parts])

    def move(self, by):
        for part in self.parts:
            part.move(by)

    def grow(self, by):
        for part in self.parts:
            part.grow(by)


def run(scale):
    kinds = [Square, Round, Block, Ring, Group]
    origin = Point(0, 0)
    shapes = []
    state = 7
    for i in range(200):
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
        shapes.append(kinds[(state >> 8) % 5](origin, i % 9 + 1))
    sum_ = 0
    step = Point(3, -1)
    for round in range(max(1, int(2200 * scale))):
        total = 0
        for shape in shapes:
            shape.move(step)
            if round % 3 == 0:
                shape.grow(1)
            total += shape.describe()
        sum_ = (sum_ * 1000003 + total) & MASK
    far = origin
    for shape in shapes:
        far = far + (shape.at - origin)
        if shape.at == origin:
            sum_ += 1
    return (sum_ * 1000003 + far.x * 31 + far.y + Shape.made) & MASK


def main():
    scale = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    print("checksum=0x%016x" % run(scale))


main()
