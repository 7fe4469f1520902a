"""Dense matrices as lists of rows: products by comprehensions over zip, transposition, powers. Lists of floats are
built and dropped whole, and most time goes into iterators and multiplication."""
import sys

MASK = (1 << 64) - 1


def make(n, seed):
    rows = []
    for i in range(n):
        row = []
        for j in range(n):
            seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF
            row.append((seed % 2001 - 1000) / 1000.0)
        rows.append(row)
    return rows


def transpose(a):
    return [list(column) for column in zip(*a)]


def product(a, b):
    columns = transpose(b)
    return [[sum([x * y for x, y in zip(row, column)]) for column in columns] for row in a]


def product_by_index(a, b, n):
    c = [[0.0] * n for _ in range(n)]
    for i in range(n):
        row = a[i]
        for j in range(n):
            s = 0.0
            for k in range(n):
                s += row[k] * b[k][j]
            c[i][j] = s
    return c


def scaled(a, factor):
    return [[x * factor for x in row] for row in a]


def trace(a):
    return sum([a[i][i] for i in range(len(a))])


def run(scale):
    n = max(2, int(88 * scale ** (1 / 3)))
    a = make(n, 1)
    b = make(n, 2)
    total = 0
    for _ in range(8):
        c = product(a, b)
        d = product_by_index(b, c, n)
        total = (total * 1000003 + int(trace(d) * 1e6)) & MASK
        a = scaled(transpose(d), 1.0 / n)
    return total


def main():
    scale = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    print("checksum=0x%016x" % run(scale))


main()
