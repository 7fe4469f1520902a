"""Queens on a board, by backtracking: once with sets of threatened lines, once with bits of an int, once by a
recursive generator that yields whole solutions. Recursion, small sets that grow and shrink, short-lived tuples."""
import sys

MASK = (1 << 64) - 1


def by_sets(n):
    columns, rising, falling = set(), set(), set()
    count = 0

    def place(row):
        nonlocal count
        if row == n:
            count += 1
            return
        for column in range(n):
            if column in columns or row + column in rising or row - column in falling:
                continue
            columns.add(column)
            rising.add(row + column)
            falling.add(row - column)
            place(row + 1)
            columns.remove(column)
            rising.remove(row + column)
            falling.remove(row - column)

    place(0)
    return count


def by_bits(full, columns, rising, falling):
    if columns == full:
        return 1
    count = 0
    free = full & ~(columns | rising | falling)
    while free:
        bit = free & -free
        free ^= bit
        count += by_bits(full, columns | bit, (rising | bit) << 1 & full, (falling | bit) >> 1)
    return count


def solutions(n, placed=()):
    row = len(placed)
    if row == n:
        yield placed
        return
    for column in range(n):
        for i, other in enumerate(placed):
            if other == column or other - column in (row - i, i - row):
                break
        else:
            yield from solutions(n, placed + (column,))


def run(scale):
    total = 0
    for round in range(max(1, int(160 * scale))):
        for size in (5, 6, 7):
            total = (total * 1000003 + by_sets(size)) & MASK
            for solution in solutions(size):
                for column in solution:
                    total = (total * 31 + column) & MASK
        total = (total * 1000003 + by_bits((1 << 8) - 1, 0, 0, 0)) & MASK
    return total


def main():
    scale = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    print("checksum=0x%016x" % run(scale))


main()
