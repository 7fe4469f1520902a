"""Dynamic programming over tables: knapsacks, change, the longest ascending and common sequences, products of
matrices, triangulations. Lists indexed by computed positions, min and max over generators, rows that replace rows."""
import sys

MASK = (1 << 64) - 1


def pack(weights, values, room):
    best = [0] * (room + 1)
    for weight, value in zip(weights, values):
        for left in range(room, weight - 1, -1):
            candidate = best[left - weight] + value
            if candidate > best[left]:
                best[left] = candidate
    return best[room]


def pack_table(weights, values, room):
    """With the choice that leads there."""
    rows = [[0] * (room + 1)]
    for weight, value in zip(weights, values):
        last = rows[-1]
        rows.append([max(last[left], last[left - weight] + value) if left >= weight else last[left]
                     for left in range(room + 1)])
    chosen = []
    left = room
    for i in range(len(weights), 0, -1):
        if rows[i][left] != rows[i - 1][left]:
            chosen.append(i - 1)
            left -= weights[i - 1]
    return chosen


def change(coins, amount):
    ways = [1] + [0] * amount
    fewest = [0] + [None] * amount
    for coin in coins:
        for a in range(coin, amount + 1):
            ways[a] += ways[a - coin]
            before = fewest[a - coin]
            if before is not None and (fewest[a] is None or before + 1 < fewest[a]):
                fewest[a] = before + 1
    return ways[amount] * 31 + (fewest[amount] or 0)


def common(a, b):
    rows = [[0] * (len(b) + 1) for _ in range(len(a) + 1)]
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            if x == y:
                rows[i + 1][j + 1] = rows[i][j] + 1
            else:
                rows[i + 1][j + 1] = max(rows[i][j + 1], rows[i + 1][j])
    return rows[len(a)][len(b)]


def ascending(items):
    lengths = []
    for i, x in enumerate(items):
        longest = 0
        for j in range(i):
            if items[j] < x and lengths[j] > longest:
                longest = lengths[j]
        lengths.append(longest + 1)
    return max(lengths)


def chain(sizes):
    n = len(sizes) - 1
    cost = {}
    for length in range(1, n + 1):
        for i in range(n - length + 1):
            j = i + length - 1
            if i == j:
                cost[i, j] = 0
            else:
                cost[i, j] = min(cost[i, k] + cost[k + 1, j] + sizes[i] * sizes[k + 1] * sizes[j + 1]
                                 for k in range(i, j))
    return cost[0, n - 1]


def run(scale):
    total = 0
    for round in range(max(1, int(51 * scale))):
        weights = [3 + i * 7 % 23 for i in range(30)]
        values = [10 + (i * 11 + round) % 37 for i in range(30)]
        total = (total * 1000003 + pack(weights, values, 300)) & MASK
        for i in pack_table(weights, values, 220):
            total = (total * 31 + i) & MASK
        total = (total * 1000003 + change([1, 2, 5, 10, 20, 50, 100, 200], 900)) & MASK
        numbers = [(i * 7919 + round) % 1009 for i in range(220)]
        total = (total * 1000003 + ascending(numbers)) & MASK
        total = (total * 1000003 + common([x % 9 for x in numbers[:110]], [x % 7 for x in numbers[100:]])) & MASK
        total = (total * 1000003 + chain([3 + x % 20 for x in numbers[:26]])) & MASK
    return total


def main():
    scale = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    print("checksum=0x%016x" % run(scale))


main()
