"""All orders of a few things, made in four ways: by recursion over lists, by swapping in place, by a generator of
generators, and in lexical order. Slices and copies of short lists by the hundred thousand."""
import sys

MASK = (1 << 64) - 1


def by_slices(items):
    if len(items) <= 1:
        return [items]
    found = []
    for i in range(len(items)):
        for rest in by_slices(items[:i] + items[i + 1:]):
            found.append([items[i]] + rest)
    return found


def by_swaps(items, n, visit):
    if n == 1:
        visit(items)
        return
    for i in range(n):
        by_swaps(items, n - 1, visit)
        other = i if n % 2 == 0 else 0
        items[other], items[n - 1] = items[n - 1], items[other]


def by_generators(items):
    if not items:
        yield ()
        return
    for i, first in enumerate(items):
        for rest in by_generators(items[:i] + items[i + 1:]):
            yield (first,) + rest


def advance(items):
    """The next order in the dictionary's sense; False behind the last."""
    i = len(items) - 2
    while i >= 0 and items[i] >= items[i + 1]:
        i -= 1
    if i < 0:
        return False
    j = len(items) - 1
    while items[j] <= items[i]:
        j -= 1
    items[i], items[j] = items[j], items[i]
    items[i + 1:] = items[:i:-1]
    return True


def run(scale):
    total = 0

    def note(items):
        nonlocal total
        total = (total * 33 + items[0] * 7 + items[-1]) & MASK

    for round in range(max(1, int(24 * scale))):
        items = list(range(round, round + 7))
        for order in by_slices(items):
            note(order)
        by_swaps(list(items), 7, note)
        for order in by_generators(tuple(items)):
            note(order)
        while advance(items):
            note(items)
    return total


def main():
    scale = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    print("checksum=0x%016x" % run(scale))


main()
