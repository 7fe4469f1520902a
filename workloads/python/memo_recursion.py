"""Recursion with results remembered in dicts by tuples of arguments: partitions, distances between words, common
subsequences, games; and plain deep recursion without memory. Calls, tuples as keys, hash lookups."""
import sys

MASK = (1 << 64) - 1


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def ackermann(m, n):
    if m == 0:
        return n + 1
    if n == 0:
        return ackermann(m - 1, 1)
    return ackermann(m - 1, ackermann(m, n - 1))


def takeuchi(x, y, z):
    if y >= x:
        return z
    return takeuchi(takeuchi(x - 1, y, z), takeuchi(y - 1, z, x), takeuchi(z - 1, x, y))


def partitions(n, largest, known):
    if n == 0:
        return 1
    if n < 0 or largest == 0:
        return 0
    key = n, largest
    if key not in known:
        known[key] = partitions(n - largest, largest, known) + partitions(n, largest - 1, known)
    return known[key]


def distance(a, b):
    known = {}

    def between(i, j):
        if i == 0 or j == 0:
            return i + j
        if (i, j) in known:
            return known[i, j]
        if a[i - 1] == b[j - 1]:
            result = between(i - 1, j - 1)
        else:
            result = 1 + min(between(i - 1, j), between(i, j - 1), between(i - 1, j - 1))
        known[i, j] = result
        return result

    return between(len(a), len(b))


def wins(heaps, known):
    """Can who moves first take the last stone?"""
    heaps = tuple(sorted(heaps))
    if heaps in known:
        return known[heaps]
    result = False
    for i, n in enumerate(heaps):
        for left in range(max(0, n - 3), n):
            if not wins(heaps[:i] + (left,) + heaps[i + 1:], known):
                result = True
                break
        if result:
            break
    known[heaps] = result
    return result


def run(scale):
    total = 0
    for round in range(max(1, int(210 * scale))):
        total = (total * 1000003 + fib(17)) & MASK
        total = (total * 1000003 + ackermann(2, 30)) & MASK
        total = (total * 1000003 + takeuchi(10, 5, 0 + round % 2)) & MASK
        total = (total * 1000003 + partitions(70, 70, {})) & MASK
        a = "an ocean of words " * 2
        b = "notions of swords and " + "wo" * (round % 4)
        total = (total * 1000003 + distance(a, b)) & MASK
        known = {}
        total = (total * 1000003 + wins((3, 5, 6, 7), known) + len(known)) & MASK
    return total


def main():
    scale = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    print("checksum=0x%016x" % run(scale))


main()
