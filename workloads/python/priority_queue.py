"""Queues by priority: a heap in a list, a pairing heap of objects, a leftist heap of tuples, and Huffman's code
built on one of them. Comparisons of tuples and objects, short lists of children, trees that are melted."""
import sys

MASK = (1 << 64) - 1


class Heap:
    def __init__(self):
        self.items = []

    def push(self, item):
        items = self.items
        items.append(item)
        i = len(items) - 1
        while i:
            parent = (i - 1) >> 1
            if not item < items[parent]:
                break
            items[i] = items[parent]
            i = parent
        items[i] = item

    def pop(self):
        items = self.items
        last = items.pop()
        if not items:
            return last
        least, items[0] = items[0], last
        i, n = 0, len(items)
        while True:
            child = 2 * i + 1
            if child >= n:
                return least
            if child + 1 < n and items[child + 1] < items[child]:
                child += 1
            if not items[child] < items[i]:
                return least
            items[i], items[child] = items[child], items[i]
            i = child

    def __len__(self):
        return len(self.items)


class Pair:
    def __init__(self, item):
        self.item = item
        self.children = []

    def __lt__(self, other):
        return self.item < other.item

    def melt(self, other):
        if other < self:
            self, other = other, self
        self.children.append(other)
        return self


class PairingHeap:
    def __init__(self):
        self.root = None
        self.n = 0

    def push(self, item):
        pair = Pair(item)
        self.root = pair if self.root is None else self.root.melt(pair)
        self.n += 1

    def pop(self):
        root = self.root
        self.n -= 1
        melted = []
        children = root.children
        for i in range(0, len(children) - 1, 2):
            melted.append(children[i].melt(children[i + 1]))
        if len(children) % 2:
            melted.append(children[-1])
        new = None
        for pair in reversed(melted):
            new = pair if new is None else new.melt(pair)
        self.root = new
        return root.item

    def __len__(self):
        return self.n


def melt(a, b):
    """Leftist heaps as (rank, item, left, right)."""
    if a is None:
        return b
    if b is None:
        return a
    if b[1] < a[1]:
        a, b = b, a
    left, right = a[2], melt(a[3], b)
    if left is None or left[0] < right[0]:
        left, right = right, left
    return (1 if right is None else right[0] + 1, a[1], left, right)


class LeftistHeap:
    def __init__(self):
        self.root = None
        self.n = 0

    def push(self, item):
        self.root = melt(self.root, (1, item, None, None))
        self.n += 1

    def pop(self):
        item = self.root[1]
        self.root = melt(self.root[2], self.root[3])
        self.n -= 1
        return item

    def __len__(self):
        return self.n


def huffman(counts):
    queue = Heap()
    for i, (letter, n) in enumerate(sorted(counts.items())):
        queue.push((n, i, letter))
    made = len(counts)
    while len(queue) > 1:
        a, b = queue.pop(), queue.pop()
        queue.push((a[0] + b[0], made, (a[2], b[2])))
        made += 1
    codes = {}

    def walk(tree, code):
        if isinstance(tree, tuple):
            walk(tree[0], code + "0")
            walk(tree[1], code + "1")
        else:
            codes[tree] = code

    walk(queue.pop()[2], "")
    return codes


def run(scale):
    total = 0
    n = max(10, int(36000 * scale))
    for kind in (Heap, PairingHeap, LeftistHeap):
        queue, state = kind(), 77
        for i in range(n):
            state = (state * 1103515245 + 12345) & 0x7FFFFFFF
            queue.push(((state >> 8) % 10000, i))
            if i % 3 == 2:
                total = (total * 31 + queue.pop()[0]) & MASK
        while len(queue):
            total = (total * 31 + queue.pop()[1]) & MASK
    text = "the quick brown fox jumps over the lazy dog; " * max(1, n // 200)
    counts = {}
    for c in text:
        counts[c] = counts.get(c, 0) + 1
    codes = huffman(counts)
    coded = "".join([codes[c] for c in text])
    return (total * 1000003 + len(coded) + coded.count("101")) & MASK


def main():
    scale = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    print("checksum=0x%016x" % run(scale))


main()
