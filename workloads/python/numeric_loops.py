"""Integer arithmetic in plain loops: lengths of Collatz sequences, a sieve, greatest common divisors, sums of
digits. Small ints are made and dropped by the million; nothing is called and nothing is looked up but locals, so
this is the speed of the loop itself."""
import sys

MASK = (1 << 64) - 1


def collatz(limit):
    best = 0
    for start in range(1, limit):
        n = start
        steps = 0
        while n != 1:
            if n & 1:
                n = 3 * n + 1
            else:
                n >>= 1
            steps += 1
        if steps > best:
            best = steps
    return best


def sieve(limit):
    flags = [True] * limit
    count = 0
    for i in range(2, limit):
        if flags[i]:
            count += 1
            for j in range(i * i, limit, i):
                flags[j] = False
    return count


def divisors(limit):
    sum = 0
    for a in range(1, limit):
        b = limit
        x = a
        while b:
            x, b = b, x % b
        sum += x
    return sum


def digits(limit):
    sum = 0
    n = 123456789
    for _ in range(limit):
        n = (n * 69069 + 1) & 0xFFFFFFFF
        m = n
        while m > 0:
            sum += m % 10
            m //= 10
    return sum


def run(scale):
    sum = 0
    for part, size in ((collatz, 20000), (sieve, 1200000), (divisors, 200000), (digits, 150000)):
        sum = (sum * 1000003 + part(max(3, int(size * scale)))) & MASK
    return sum


def main():
    scale = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    print("checksum=0x%016x" % run(scale))


main()
