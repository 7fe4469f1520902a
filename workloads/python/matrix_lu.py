"""Decomposition of matrices into triangles with pivoting, and systems solved with them: rows exchanged, slices
assigned, nested loops over floats in lists."""
import sys

MASK = (1 << 64) - 1


def make(n, state):
    rows = []
    for _ in range(n):
        row = []
        for _ in range(n):
            state = (state * 69069 + 1) & 0xFFFFFFFF
            row.append(state / 4294967296.0 - 0.5)
        rows.append(row)
    return rows


def decompose(a):
    n = len(a)
    order = list(range(n))
    sign = 1
    for k in range(n):
        best = k
        for i in range(k + 1, n):
            if abs(a[i][k]) > abs(a[best][k]):
                best = i
        if best != k:
            a[k], a[best] = a[best], a[k]
            order[k], order[best] = order[best], order[k]
            sign = -sign
        pivot_row = a[k]
        pivot = pivot_row[k]
        for i in range(k + 1, n):
            row = a[i]
            factor = row[k] / pivot
            row[k] = factor
            row[k + 1:] = [x - factor * y for x, y in zip(row[k + 1:], pivot_row[k + 1:])]
    return order, sign


def solve(a, order, right):
    n = len(a)
    x = [right[i] for i in order]
    for i in range(n):
        row = a[i]
        s = x[i]
        for j in range(i):
            s -= row[j] * x[j]
        x[i] = s
    for i in range(n - 1, -1, -1):
        row = a[i]
        s = x[i]
        for j in range(i + 1, n):
            s -= row[j] * x[j]
        x[i] = s / row[i]
    return x


def run(scale):
    n = max(2, int(140 * scale ** (1 / 3)))
    total = 0
    for round in range(8):
        original = make(n, round + 1)
        a = [list(row) for row in original]
        order, sign = decompose(a)
        for k in range(4):
            right = [float((i * k + round) % 13) for i in range(n)]
            x = solve(a, order, right)
            worst = 0.0
            for row, wanted in zip(original, right):
                s = 0.0
                for p, q in zip(row, x):
                    s += p * q
                worst = max(worst, abs(s - wanted))
            assert worst < 1e-6, worst
            total = (total * 1000003 + int(x[0] * 1e6) + sign) & MASK
    return total


def main():
    scale = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    print("checksum=0x%016x" % run(scale))


main()
