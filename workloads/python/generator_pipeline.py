"""Chains of generators, each taking from the one before: filters, windows, batches, merges, a flattened tree by
yield from, two-way traffic by send and throw. What counts is the price of suspending and resuming a frame."""
import sys

MASK = (1 << 64) - 1


def numbers(n, state=1):
    for _ in range(n):
        state = (state * 69069 + 1) & 0xFFFFFFFF
        yield state >> 8


def keep(source, test):
    for x in source:
        if test(x):
            yield x


def change(source, f):
    for x in source:
        yield f(x)


def windows(source, size):
    window = []
    for x in source:
        window.append(x)
        if len(window) == size:
            yield tuple(window)
            del window[0]


def batches(source, size):
    batch = []
    for x in source:
        batch.append(x)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def merge(a, b):
    """Two ascending sources in one."""
    x, y = next(a, None), next(b, None)
    while x is not None and y is not None:
        if x <= y:
            yield x
            x = next(a, None)
        else:
            yield y
            y = next(b, None)
    while x is not None:
        yield x
        x = next(a, None)
    while y is not None:
        yield y
        y = next(b, None)


def flatten(tree):
    for part in tree:
        if isinstance(part, list):
            yield from flatten(part)
        else:
            yield part


def nested(depth, width):
    return [nested(depth - 1, width) if depth else i for i in range(width)]


def averager():
    count = total = 0
    result = None
    while True:
        try:
            x = yield result
        except ValueError:
            count = total = 0
            result = -1
            continue
        count += 1
        total += x
        result = total // count


def ascending(start, step, n):
    for i in range(n):
        yield start + i * step


def run(scale):
    total = 0
    n = max(10, int(410000 * scale))
    line = change(keep(numbers(n), lambda x: x % 3), lambda x: x & 1023)
    for window in windows(line, 3):
        total = (total * 31 + window[0] - window[2]) & MASK
    for batch in batches((x * x for x in numbers(n, 2) if x & 1), 7):
        total = (total + batch[0] + len(batch)) & MASK
    for x in merge(ascending(0, 3, n // 2), merge(ascending(1, 5, n // 3), ascending(2, 7, n // 3))):
        total = (total * 31 + x) & MASK
    tree = nested(4, 5)
    for _ in range(max(1, n // 6000)):
        for x in flatten(tree):
            total = (total * 31 + x) & MASK
    mean = averager()
    next(mean)
    for i in range(n):
        total = (total * 31 + mean.send(i & 255)) & MASK
        if i % 1000 == 999:
            total += mean.throw(ValueError())
    return total & MASK


def main():
    scale = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    print("checksum=0x%016x" % run(scale))


main()
