"""Records sorted by keys, by several keys in turn, by objects that compare themselves, and by three sorts written
in Python. sort() calls back into Python for every key and every comparison."""
import sys

MASK = (1 << 64) - 1


class Record:
    def __init__(self, number, name, weight):
        self.number = number
        self.name = name
        self.weight = weight


class Version:
    __slots__ = ("parts",)

    def __init__(self, parts):
        self.parts = parts

    def __lt__(self, other):
        return self.parts < other.parts

    def __eq__(self, other):
        return self.parts == other.parts


def make(n, state):
    records = []
    for i in range(n):
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
        records.append(Record(i, "name%03d" % (state % 211), (state >> 9) % 1000 / 8))
    return records


def merge_sort(items):
    if len(items) < 2:
        return items
    middle = len(items) // 2
    left, right = merge_sort(items[:middle]), merge_sort(items[middle:])
    merged = []
    i = j = 0
    while i < len(left) and j < len(right):
        if left[i] <= right[j]:
            merged.append(left[i])
            i += 1
        else:
            merged.append(right[j])
            j += 1
    return merged + left[i:] + right[j:]


def quick_sort(items, low, high):
    while low < high:
        pivot = items[(low + high) // 2]
        i, j = low, high
        while i <= j:
            while items[i] < pivot:
                i += 1
            while items[j] > pivot:
                j -= 1
            if i <= j:
                items[i], items[j] = items[j], items[i]
                i += 1
                j -= 1
        if j - low < high - i:
            quick_sort(items, low, j)
            low = i
        else:
            quick_sort(items, i, high)
            high = j


def insertion_sort(items):
    for i in range(1, len(items)):
        item = items[i]
        while i > 0 and items[i - 1] > item:
            items[i] = items[i - 1]
            i -= 1
        items[i] = item


def run(scale):
    total = 0
    for round in range(max(1, int(67 * scale))):
        records = make(1500, round + 3)
        records.sort(key=lambda r: r.weight)
        total = (total * 31 + records[70].number) & MASK
        records.sort(key=lambda r: (r.name, -r.number))
        total = (total * 31 + records[70].number) & MASK
        records.sort(key=lambda r: r.name, reverse=True)
        for r in records[::100]:
            total = (total * 31 + r.number) & MASK
        versions = [Version((r.number % 7, r.number % 11, r.number)) for r in records[:700]]
        versions.sort()
        total = (total * 31 + max(versions).parts[2] + versions[300].parts[2]) & MASK
        numbers = [r.number * 7919 % 4001 for r in records]
        wanted = sorted(numbers)
        assert merge_sort(numbers) == wanted
        copy = list(numbers)
        quick_sort(copy, 0, len(copy) - 1)
        assert copy == wanted
        copy = numbers[:180]
        insertion_sort(copy)
        assert copy == sorted(numbers[:180])
        total = (total * 31 + copy[90]) & MASK
    return total


def main():
    scale = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    print("checksum=0x%016x" % run(scale))


main()
