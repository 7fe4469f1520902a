"""Binary trees of objects with slots, made, walked and let go, many small ones beside one that lasts; then a
search tree with insertions, removals and rotations. Allocation, death and the collection of what survives."""
import sys

MASK = (1 << 64) - 1


class Node:
    __slots__ = ("left", "right")

    def __init__(self, left, right):
        self.left = left
        self.right = right

    def count(self):
        n = 1
        if self.left is not None:
            n += self.left.count() + self.right.count()
        return n


def build(depth):
    if depth == 0:
        return Node(None, None)
    return Node(build(depth - 1), build(depth - 1))


class Branch:
    def __init__(self, key, rank):
        self.key = key
        self.rank = rank
        self.left = None
        self.right = None


def turn_right(node):
    left = node.left
    node.left, left.right = left.right, node
    return left


def turn_left(node):
    right = node.right
    node.right, right.left = right.left, node
    return right


def insert(node, key, rank):
    """Into a search tree that is a heap by rank."""
    if node is None:
        return Branch(key, rank)
    if key < node.key:
        node.left = insert(node.left, key, rank)
        if node.left.rank > node.rank:
            return turn_right(node)
    elif key > node.key:
        node.right = insert(node.right, key, rank)
        if node.right.rank > node.rank:
            return turn_left(node)
    return node


def remove(node, key):
    if node is None:
        return None
    if key < node.key:
        node.left = remove(node.left, key)
    elif key > node.key:
        node.right = remove(node.right, key)
    elif node.left is None:
        return node.right
    elif node.right is None:
        return node.left
    elif node.left.rank > node.right.rank:
        node = turn_right(node)
        node.right = remove(node.right, key)
    else:
        node = turn_left(node)
        node.left = remove(node.left, key)
    return node


def keys(node):
    if node is not None:
        yield from keys(node.left)
        yield node.key
        yield from keys(node.right)


def run(scale):
    total = 0
    depth = 11
    lasting = build(depth)
    for small in range(4, depth, 2):
        n = max(1, int((1 << (depth - small + 3)) * scale))
        for _ in range(n):
            total = (total * 31 + build(small).count()) & MASK
    total = (total * 31 + lasting.count()) & MASK
    tree = None
    state = 9
    for i in range(max(10, int(96000 * scale))):
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
        if i % 3 == 2:
            tree = remove(tree, (state >> 8) % 2000)
        else:
            tree = insert(tree, (state >> 8) % 2000, state)
    for key in keys(tree):
        total = (total * 31 + key) & MASK
    return total


def main():
    scale = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    print("checksum=0x%016x" % run(scale))


main()
