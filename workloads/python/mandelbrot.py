"""The Mandelbrot set twice, with pairs of floats and with complex numbers, and its picture packed into bytes: the
tightest floating-point loop there is, a test and a branch after each few operations."""
import sys

MASK = (1 << 64) - 1


def by_floats(size, limit):
    counts = []
    for row in range(size):
        b = 2.0 * row / size - 1.0
        for column in range(size):
            a = 3.0 * column / size - 2.0
            x = y = 0.0
            n = 0
            while n < limit:
                xx = x * x
                yy = y * y
                if xx + yy > 4.0:
                    break
                y = 2.0 * x * y + b
                x = xx - yy + a
                n += 1
            counts.append(n)
    return counts


def by_complex(size, limit):
    counts = []
    for row in range(size):
        for column in range(size):
            c = complex(3.0 * column / size - 2.0, 2.0 * row / size - 1.0)
            z = 0j
            for n in range(limit):
                if abs(z) > 2.0:
                    break
                z = z * z + c
            else:
                n = limit
            counts.append(n)
    return counts


def packed(counts, size, limit):
    picture = bytearray()
    for row in range(size):
        byte = 0
        for column in range(size):
            byte = byte << 1 | (counts[row * size + column] >= limit)
            if column & 7 == 7:
                picture.append(byte)
                byte = 0
        picture.append(byte)
    return bytes(picture)


def run(scale):
    total = 0
    size = max(4, int(260 * scale ** 0.5))
    for limit in (50, 90):
        floats = by_floats(size, limit)
        for n in floats:
            total = (total * 31 + n) & MASK
        for byte in packed(floats, size, limit):
            total = (total * 31 + byte) & MASK
    for n in by_complex(size, 40):
        total = (total * 31 + n) & MASK
    return total


def main():
    scale = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    print("checksum=0x%016x" % run(scale))


main()
