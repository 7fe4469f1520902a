"""Conway's game on a board without edges, kept as a set of pairs, and on a board of fixed size, kept as rows of a
list and as bits of large ints. New sets, dicts and tuples in each generation; all of the old one dies at once."""
import sys

MASK = (1 << 64) - 1
AROUND = [(dx, dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1) if dx or dy]


def step_set(alive):
    counts = {}
    for x, y in alive:
        for dx, dy in AROUND:
            cell = x + dx, y + dy
            counts[cell] = counts.get(cell, 0) + 1
    return {cell for cell, n in counts.items() if n == 3 or (n == 2 and cell in alive)}


def step_rows(rows, width, height):
    new = []
    for y in range(height):
        above, row, below = rows[y - 1], rows[y], rows[(y + 1) % height]
        line = []
        for x in range(width):
            left, right = x - 1, (x + 1) % width
            n = (above[left] + above[x] + above[right] + row[left] + row[right] +
                 below[left] + below[x] + below[right])
            line.append(1 if n == 3 or (n == 2 and row[x]) else 0)
        new.append(line)
    return new


def step_bits(rows, width):
    full = (1 << width) - 1
    new = []
    for y in range(len(rows)):
        ones = twos = fours = 0
        for row in (rows[y - 1], rows[y], rows[(y + 1) % len(rows)]):
            for shifted in ((row << 1 | row >> (width - 1)) & full, row, (row >> 1 | row << (width - 1)) & full):
                carry = ones & shifted
                ones ^= shifted
                carry, twos = twos & carry, twos ^ carry
                fours |= carry
        # three with the cell itself, or four with a living one
        new.append((ones & twos & ~fours | ~ones & ~twos & fours & rows[y]) & full)
    return new


def run(scale):
    total = 0
    glider = [(1, 0), (2, 1), (0, 2), (1, 2), (2, 2)]
    acorn = [(0, 2), (1, 0), (1, 2), (3, 1), (4, 2), (5, 2), (6, 2)]
    alive = set(acorn) | {(x + 40, y - 30) for x, y in glider}
    for generation in range(max(2, int(630 * scale))):
        alive = step_set(alive)
        total = (total * 31 + len(alive)) & MASK
    for x, y in sorted(alive)[:100]:
        total = (total * 31 + x * 1009 + y) & MASK
    width, height = 48, 32
    rows = [[0] * width for _ in range(height)]
    state = 4
    for y in range(height):
        for x in range(width):
            state = (state * 1103515245 + 12345) & 0x7FFFFFFF
            rows[y][x] = 1 if (state >> 12) % 3 == 0 else 0
    bits = [sum([cell << x for x, cell in enumerate(row)]) for row in rows]
    for generation in range(max(2, int(330 * scale))):
        rows = step_rows(rows, width, height)
        total = (total * 31 + sum([sum(row) for row in rows])) & MASK
    for generation in range(max(2, int(1700 * scale))):
        bits = step_bits(bits, width)
        total = (total * 31 + bits[generation % height]) & MASK
    return total


def main():
    scale = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    print("checksum=0x%016x" % run(scale))


main()
