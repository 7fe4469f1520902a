"""A B-tree and a skip list as indexes of records: sorted lists inside nodes, binary search, splits, merges on
removal, scans of ranges. insert and del in the middle of short lists, and objects that live long."""
import sys

MASK = (1 << 64) - 1
ORDER = 16


def find(keys, key):
    low, high = 0, len(keys)
    while low < high:
        middle = (low + high) // 2
        if keys[middle] < key:
            low = middle + 1
        else:
            high = middle
    return low


class Node:
    __slots__ = ("keys", "values", "children")

    def __init__(self, keys, values, children):
        self.keys = keys
        self.values = values
        self.children = children  # None in a leaf


class Tree:
    def __init__(self):
        self.root = Node([], [], None)
        self.size = 0

    def get(self, key, default=None):
        node = self.root
        while True:
            i = find(node.keys, key)
            if i < len(node.keys) and node.keys[i] == key:
                return node.values[i]
            if node.children is None:
                return default
            node = node.children[i]

    def put(self, key, value):
        split = self.put_below(self.root, key, value)
        if split is not None:
            middle, middle_value, right = split
            self.root = Node([middle], [middle_value], [self.root, right])

    def put_below(self, node, key, value):
        i = find(node.keys, key)
        if i < len(node.keys) and node.keys[i] == key:
            node.values[i] = value
            return None
        if node.children is None:
            node.keys.insert(i, key)
            node.values.insert(i, value)
            self.size += 1
        else:
            split = self.put_below(node.children[i], key, value)
            if split is not None:
                node.keys.insert(i, split[0])
                node.values.insert(i, split[1])
                node.children.insert(i + 1, split[2])
        if len(node.keys) < ORDER:
            return None
        half = ORDER // 2
        right = Node(node.keys[half + 1:], node.values[half + 1:],
                     node.children and node.children[half + 1:])
        middle = node.keys[half], node.values[half], right
        del node.keys[half:], node.values[half:]
        if node.children is not None:
            del node.children[half + 1:]
        return middle

    def remove(self, key):
        """Nodes may become empty, but keys stay in order: removal is rare in an index."""
        path = []
        node = self.root
        while True:
            i = find(node.keys, key)
            if i < len(node.keys) and node.keys[i] == key:
                break
            if node.children is None:
                return False
            path.append((node, i))
            node = node.children[i]
        self.size -= 1
        if node.children is None:
            del node.keys[i], node.values[i]
            return True
        low = node.children[i]
        while low.children is not None:
            low = low.children[-1]
        if low.keys:
            node.keys[i], node.values[i] = low.keys.pop(), low.values.pop()
        else:
            node.values[i] = None
        return True

    def scan(self, node, low, high):
        i = find(node.keys, low)
        for k in range(i, len(node.keys) + 1):
            if node.children is not None:
                yield from self.scan(node.children[k], low, high)
            if k == len(node.keys) or node.keys[k] >= high:
                return
            yield node.keys[k], node.values[k]


class SkipList:
    def __init__(self):
        self.head = [None] * 12
        self.state = 1

    def put(self, key, value):
        before = []
        nexts = self.head
        for level in range(11, -1, -1):
            while nexts[level] is not None and nexts[level][0] < key:
                nexts = nexts[level][2]
            before.append(nexts)
        hit = nexts[0]
        if hit is not None and hit[0] == key:
            hit[1] = value
            return
        self.state = (self.state * 1103515245 + 12345) & 0x7FFFFFFF
        height = 1
        bits = self.state >> 9
        while bits & 1 and height < 12:
            bits >>= 1
            height += 1
        node = [key, value, [None] * height]
        for level in range(height):
            nexts = before[11 - level]
            node[2][level] = nexts[level]
            nexts[level] = node

    def walk(self):
        node = self.head[0]
        while node is not None:
            yield node[0], node[1]
            node = node[2][0]


def run(scale):
    total = 0
    tree, skips = Tree(), SkipList()
    state = 17
    n = max(20, int(55000 * scale))
    for i in range(n):
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
        key = (state >> 8) % (2 * n)
        tree.put(key, i)
        if i % 2 == 0:
            skips.put(key, i)
        if i % 5 == 4:
            total += tree.remove((state >> 10) % (2 * n))
        total = (total * 31 + (tree.get((state >> 12) % (2 * n), -1) or 0)) & MASK
    for low in range(0, 2 * n, max(1, n // 50)):
        for key, value in tree.scan(tree.root, low, low + n // 100):
            total = (total * 31 + key + (value or 0)) & MASK
    for key, value in skips.walk():
        total = (total * 31 + key * value) & MASK
    return (total + tree.size) & MASK


def main():
    scale = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    print("checksum=0x%016x" % run(scale))


main()
