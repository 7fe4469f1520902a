"""Digits of pi and of e, factorials, Fibonacci numbers and powers modulo a large prime: integers of thousands of
bits, multiplied, divided by small and by large ones, shifted, and turned to decimal text."""
import sys

MASK = (1 << 64) - 1


def pi(n):
    """One digit after another, from a continued fraction whose terms are integers."""
    q, r, t, k, m, x = 1, 0, 1, 1, 3, 3
    digits = []
    while len(digits) < n:
        if 4 * q + r - t < m * t:
            digits.append(m)
            q, r, m = 10 * q, 10 * (r - m * t), 10 * (3 * q + r) // t - 10 * m
        else:
            q, r, t, k, m, x = (q * k, (2 * q + r) * x, t * x, k + 1,
                                (q * (7 * k + 2) + r * x) // (t * x), x + 2)
    return digits


def e(n):
    """n decimals as one number: the series, in whole numbers."""
    one = 10 ** (n + 10)
    total = term = one
    k = 1
    while term:
        term //= k
        total += term
        k += 1
    return total // 10 ** 10


def fibonacci(n):
    a, b = 0, 1
    for bit in bin(n)[2:]:
        a, b = a * (2 * b - a), a * a + b * b
        if bit == "1":
            a, b = b, a + b
    return a


def factorial(n):
    product = 1
    for i in range(2, n + 1):
        product *= i
    return product


def root(n):
    x = 1 << (n.bit_length() + 1) // 2
    while True:
        y = (x + n // x) >> 1
        if y >= x:
            return x
        x = y


def digest(text):
    sum = len(text)
    for c in text[::50]:
        sum = (sum * 131 + ord(c)) & MASK
    return sum


def run(scale):
    total = 0
    n = max(10, int(1000 * min(1.0, scale)))  # decimal texts stay below the limit of their conversion
    for round in range(max(1, int(7 * scale))):
        for digit in pi(n - round % 7):
            total = (total * 31 + digit) & MASK
        total = (total * 1000003 + digest(str(e(n * 2)))) & MASK
        total = (total * 1000003 + digest(str(fibonacci(n * 15 + round)))) & MASK
        f = factorial(n + 500)
        total = (total * 1000003 + (f >> 700) % 1000000007 + f.bit_length()) & MASK
        total = (total * 1000003 + digest(hex(root(f)))) & MASK
        prime = (1 << 521) - 1
        for base in range(3, 3 + max(1, n // 40)):
            total = (total * 1000003 + pow(base + round, prime - 2, prime)) & MASK
    return total


def main():
    scale = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    print("checksum=0x%016x" % run(scale))


main()
