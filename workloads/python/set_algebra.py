"""Sets of ints, strings and frozensets: membership in loops, union, intersection and difference, a closure of a
relation, and the powers of a small automaton. Tables grow, shrink and are compared; the order in which sets come
out is never used."""
import sys

MASK = (1 << 64) - 1


def neighbours(n):
    """For each number the set of those it shares a digit with, in base 7."""
    digits = []
    for i in range(n):
        found = set()
        while i:
            found.add(i % 7)
            i //= 7
        digits.append(frozenset(found))
    groups = {}
    for i, d in enumerate(digits):
        groups.setdefault(d, set()).add(i)
    result = {}
    for d in groups:
        together = set()
        for other, members in groups.items():
            if d & other:
                together |= members
        result[d] = together
    return digits, result


def closure(edges):
    after = {}
    for a, b in edges:
        after.setdefault(a, set()).add(b)
    changed = True
    while changed:
        changed = False
        for a, reached in after.items():
            more = set()
            for b in reached:
                more |= after.get(b, set())
            if not more <= reached:
                reached |= more
                changed = True
    return sum(len(reached) for reached in after.values())


def subsets(step, start):
    """Reachable sets of states of a machine that may be in several at once."""
    seen = {start}
    waiting = [start]
    while waiting:
        states = waiting.pop()
        for letter in range(2):
            following = frozenset(t for s in states for t in step[s, letter])
            if following not in seen:
                seen.add(following)
                waiting.append(following)
    return len(seen)


def unique(words):
    once, twice = set(), set()
    for word in words:
        if word in once:
            twice.add(word)
        else:
            once.add(word)
    return len(once - twice) * 1009 + len(once ^ twice) + len(once | twice) + len(once & twice)


def run(scale):
    total = 0
    for round in range(max(1, int(20 * scale))):
        digits, near = neighbours(700 + round)
        total = (total * 1000003 + sum(len(near[d]) for d in digits)) & MASK
        state = round + 1
        edges = []
        for _ in range(260):
            state = (state * 1103515245 + 12345) & 0x7FFFFFFF
            edges.append(((state >> 8) % 120, (state >> 16) % 120))
        total = (total * 1000003 + closure(edges)) & MASK
        n = 9
        step = {}
        for s in range(n):
            step[s, 0] = ((s + 1) % n,)
            step[s, 1] = (s,) if s else (0, n - 1)
        total = (total * 1000003 + subsets(step, frozenset([0]))) & MASK
        words = ["w%d" % ((i * 7919 + round) % 2500) for i in range(4000)]
        total = (total * 1000003 + unique(words)) & MASK
    return total


def main():
    scale = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    print("checksum=0x%016x" % run(scale))


main()
