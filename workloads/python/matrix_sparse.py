"""A sparse system solved by conjugate gradients, in compressed rows, and assembled in a dict with pairs as keys:
indexing lists by indices from other lists, tuples that are made to be hashed and dropped again."""
import sys

MASK = (1 << 64) - 1


def assemble(side):
    """The five-point stencil on a grid, entry by entry as programs collect them."""
    entries = {}
    for y in range(side):
        for x in range(side):
            i = y * side + x
            for dx, dy in ((1, 0), (0, 1)):
                if x + dx < side and y + dy < side:
                    j = (y + dy) * side + x + dx
                    entries[i, j] = entries.get((i, j), 0.0) - 1.0
                    entries[j, i] = entries.get((j, i), 0.0) - 1.0
                    entries[i, i] = entries.get((i, i), 0.0) + 1.0
                    entries[j, j] = entries.get((j, j), 0.0) + 1.0
            entries[i, i] = entries.get((i, i), 0.0) + 0.1
    return entries


def compress(entries, n):
    starts, columns, values = [0], [], []
    row = 0
    for i, j in sorted(entries):
        while row < i:
            starts.append(len(columns))
            row += 1
        columns.append(j)
        values.append(entries[i, j])
    while row < n:
        starts.append(len(columns))
        row += 1
    return starts, columns, values


def times(matrix, vector):
    starts, columns, values = matrix
    result = []
    for i in range(len(starts) - 1):
        s = 0.0
        for k in range(starts[i], starts[i + 1]):
            s += values[k] * vector[columns[k]]
        result.append(s)
    return result


def dot(a, b):
    s = 0.0
    for x, y in zip(a, b):
        s += x * y
    return s


def solve(matrix, right, steps):
    x = [0.0] * len(right)
    residue = list(right)
    direction = list(right)
    rr = dot(residue, residue)
    for _ in range(steps):
        image = times(matrix, direction)
        alpha = rr / dot(direction, image)
        x = [a + alpha * d for a, d in zip(x, direction)]
        residue = [r - alpha * q for r, q in zip(residue, image)]
        new = dot(residue, residue)
        direction = [r + new / rr * d for r, d in zip(residue, direction)]
        rr = new
        if rr < 1e-18:
            break
    return x


def run(scale):
    side = max(3, int(62 * scale ** 0.5))
    n = side * side
    matrix = compress(assemble(side), n)
    total = 0
    for shift in range(2):
        right = [float((i * 7 + shift) % 11) for i in range(n)]
        x = solve(matrix, right, 120)
        total = (total * 1000003 + int(dot(x, right) * 1e3)) & MASK
    return total


def main():
    scale = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    print("checksum=0x%016x" % run(scale))


main()
