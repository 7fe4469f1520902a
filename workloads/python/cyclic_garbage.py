"""Nearly everything that dies is part of a cycle: nodes with parents, rings, closures that know themselves,
observers, exceptions with their frames. A part of it stays for a while. Counts alone free none of it: this is what
a collector of cycles is for, and what its absence costs in memory."""
import sys

MASK = (1 << 64) - 1


class Node:
    def __init__(self, parent, name):
        self.parent = parent
        self.name = name
        self.children = []
        if parent is not None:
            parent.children.append(self)


def document(width, depth):
    root = Node(None, "root")
    level = [root]
    for d in range(depth):
        level = [Node(parent, d * 10 + i) for parent in level for i in range(width)]
    return root, len(level)


class Link:
    __slots__ = ("before", "after", "load")


def ring(n):
    first = last = Link()
    first.load = 0
    for i in range(1, n):
        link = Link()
        link.load = i
        link.before = last
        last.after = link
        last = link
    last.after = first
    first.before = last
    return first


class Subject:
    def __init__(self):
        self.observers = {}
        self.events = 0

    def watch(self, observer):
        self.observers[len(self.observers)] = observer.notice

    def change(self, value):
        for notice in self.observers.values():
            notice(value)


class Observer:
    def __init__(self, subject):
        self.subject = subject
        self.seen = 0
        subject.watch(self)

    def notice(self, value):
        self.seen += value
        self.subject.events += 1


def recursive(n):
    def down(k):
        return 0 if k == 0 else down(k - 1) + 1

    return down(n)


def kept_error(n):
    """An exception that is kept in a local of the frame that its traceback holds."""
    try:
        [][n]
    except IndexError as error:
        kept = error
    return len(kept.args)


def run(scale):
    total = 0
    recent = [None] * 20
    for i in range(max(1, int(3100 * scale))):
        root, leaves = document(3, 4)
        total = (total * 31 + leaves + root.children[-1].name) & MASK
        start = ring(60 + i % 40)
        link = start
        while link.after is not start:
            link = link.after
        total = (total * 31 + link.load) & MASK
        subject = Subject()
        for _ in range(12):
            Observer(subject)
        subject.change(i & 7)
        total = (total * 31 + subject.events) & MASK
        total += recursive(10) + kept_error(3)
        selfish = []
        selfish.append((selfish, {"me": selfish, "n": i}))
        recent[i % 20] = (root, start, subject, selfish)
        if i >= 20:
            old = recent[(i + 7) % 20]
            total = (total * 31 + old[3][0][1]["n"] + len(old[2].observers)) & MASK
    return total


def main():
    scale = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    print("checksum=0x%016x" % run(scale))


main()
