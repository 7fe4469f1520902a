"""Pancake flips over all permutations: the front of a list is reversed until its first element is the smallest.
Indexing, slicing and assigning of slices on one short list; hardly anything is allocated that lives."""
import sys

MASK = (1 << 64) - 1


def flips(n):
    order = list(range(n))
    counts = [0] * n
    most = sum = sign = 0
    r = n
    while True:
        first = order[0]
        if first:
            work = order[:]
            count = 0
            while first:
                work[:first + 1] = work[first::-1]
                count += 1
                first = work[0]
            if count > most:
                most = count
            sum += -count if sign else count
        sign ^= 1
        while r != 1:
            counts[r - 1] = r
            r -= 1
        while True:
            if r == n:
                return sum, most
            order.insert(r, order.pop(0))
            counts[r] -= 1
            if counts[r] > 0:
                break
            r += 1


def run(scale):
    total = 0
    for round in range(max(1, int(27 * scale))):
        for n in (5, 6, 7 + (round % 4 == 0)):
            sum, most = flips(n)
            total = (total * 1000003 + sum * 64 + most) & MASK
    return total


def main():
    scale = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    print("checksum=0x%016x" % run(scale))


main()
