"""Sets that are joined and asked about, over lists and over objects: percolation through a grid, a maze, islands in
a picture, components of a growing graph. Chains of indices followed and shortened; flood fills with a stack."""
import sys

MASK = (1 << 64) - 1


class Forest:
    def __init__(self, n):
        self.parent = list(range(n))
        self.size = [1] * n
        self.parts = n

    def root(self, i):
        parent = self.parent
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    def join(self, i, j):
        i, j = self.root(i), self.root(j)
        if i == j:
            return False
        if self.size[i] < self.size[j]:
            i, j = j, i
        self.parent[j] = i
        self.size[i] += self.size[j]
        self.parts -= 1
        return True


class Element:
    __slots__ = ("above", "rank")

    def __init__(self):
        self.above = self
        self.rank = 0

    def top(self):
        if self.above is not self:
            self.above = self.above.top()
        return self.above

    def join(self, other):
        a, b = self.top(), other.top()
        if a is b:
            return
        if a.rank < b.rank:
            a, b = b, a
        b.above = a
        if a.rank == b.rank:
            a.rank += 1


def shuffled(n, state):
    items = list(range(n))
    for i in range(n - 1, 0, -1):
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
        j = (state >> 8) % (i + 1)
        items[i], items[j] = items[j], items[i]
    return items


def percolates(side, state):
    """How many sites must open until top and bottom are joined."""
    n = side * side
    forest = Forest(n + 2)
    is_open = [False] * n
    for count, site in enumerate(shuffled(n, state)):
        is_open[site] = True
        x, y = site % side, site // side
        if y == 0:
            forest.join(site, n)
        if y == side - 1:
            forest.join(site, n + 1)
        for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            if 0 <= x + dx < side and 0 <= y + dy < side:
                other = site + dx + dy * side
                if is_open[other]:
                    forest.join(site, other)
        if forest.root(n) == forest.root(n + 1):
            return count
    return n


def maze(side, state):
    """Walls are taken down until every cell is reached; the sum over those that stand."""
    forest = Forest(side * side)
    walls = []
    for y in range(side):
        for x in range(side):
            cell = y * side + x
            if x + 1 < side:
                walls.append((cell, cell + 1))
            if y + 1 < side:
                walls.append((cell, cell + side))
    standing = 0
    for i in shuffled(len(walls), state):
        a, b = walls[i]
        if not forest.join(a, b):
            standing = (standing * 31 + i) & MASK
    return standing + forest.parts


def islands(side, state):
    land = set()
    for y in range(side):
        for x in range(side):
            state = (state * 1103515245 + 12345) & 0x7FFFFFFF
            if (state >> 9) % 5 < 2:
                land.add((x, y))
    sizes = []
    while land:
        start = min(land) if len(sizes) % 16 == 0 else next(iter(land))
        stack = [start]
        land.discard(start)
        size = 0
        while stack:
            x, y = stack.pop()
            size += 1
            for cell in ((x + 1, y), (x - 1, y), (x, y + 1), (x, y - 1)):
                if cell in land:
                    land.discard(cell)
                    stack.append(cell)
        sizes.append(size)
    sizes.sort()
    total = len(sizes)
    for size in sizes:
        total = (total * 31 + size) & MASK
    return total


def run(scale):
    total = 0
    side = max(4, int(140 * scale ** 0.5))
    for seed in range(1, 4):
        total = (total * 1000003 + percolates(side, seed)) & MASK
        total = (total * 1000003 + maze(side, seed)) & MASK
        total = (total * 1000003 + islands(side, seed)) & MASK
        elements = [Element() for _ in range(side * side)]
        for i in range(len(elements) - 7):
            if i % 3:
                elements[i].join(elements[i + i % 7])
        for i in range(0, len(elements), 5):
            total += elements[i].top().rank
    return total & MASK


def main():
    scale = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    print("checksum=0x%016x" % run(scale))


main()
