"""Paragraphs broken into lines: greedily, so that the raggedness is least (by dynamic programming), justified, in
columns, with hyphens; then the difference of two texts line by line. Splitting, joining and padding of strings."""
import sys

MASK = (1 << 64) - 1
VOWELS = "aeiou"


def make_text(words, state):
    parts = []
    for i in range(words):
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
        n = 1 + (state >> 8) % 4
        word = ""
        for k in range(n):
            word += "bdfgklmnprst"[(state >> (10 + k)) % 12] + VOWELS[(state >> (13 + k)) % 5]
        parts.append(word + ("." if i % 11 == 10 else "," if i % 7 == 6 else ""))
    return " ".join(parts)


def greedy(words, width):
    lines, line, length = [], [], 0
    for word in words:
        if line and length + 1 + len(word) > width:
            lines.append(" ".join(line))
            line, length = [], 0
        length += len(word) + (1 if line else 0)
        line.append(word)
    if line:
        lines.append(" ".join(line))
    return lines


def even(words, width):
    n = len(words)
    best = [0] * (n + 1)
    cut = [n] * (n + 1)
    for i in range(n - 1, -1, -1):
        best[i] = None
        length = -1
        for j in range(i, n):
            length += len(words[j]) + 1
            if length > width:
                break
            gap = 0 if j == n - 1 else (width - length) ** 2
            cost = gap + best[j + 1]
            if best[i] is None or cost < best[i]:
                best[i] = cost
                cut[i] = j + 1
    lines, i = [], 0
    while i < n:
        lines.append(" ".join(words[i:cut[i]]))
        i = cut[i]
    return lines


def hyphenated(words, width):
    lines, line = [], ""
    for word in words:
        while len(line) + len(word) + (1 if line else 0) > width:
            room = width - len(line) - 2
            at = 0
            for i in range(2, min(room, len(word) - 2)):
                if word[i - 1] in VOWELS and word[i] not in VOWELS:
                    at = i
            if at:
                line += (" " if line else "") + word[:at] + "-"
                word = word[at:]
            lines.append(line)
            line = ""
        line = line + " " + word if line else word
    lines.append(line)
    return lines


def justified(line, width):
    words = line.split(" ")
    if len(words) == 1:
        return line.ljust(width)
    spaces = width - sum([len(w) for w in words])
    each, more = divmod(spaces, len(words) - 1)
    parts = []
    for i, word in enumerate(words[:-1]):
        parts.append(word + " " * (each + (1 if i < more else 0)))
    return "".join(parts) + words[-1]


def columns(lines, n):
    height = -(-len(lines) // n)
    width = max([len(line) for line in lines]) + 2
    rows = []
    for y in range(height):
        cells = [lines[y + x * height].ljust(width) for x in range(n) if y + x * height < len(lines)]
        rows.append("".join(cells).rstrip())
    return rows


def difference(a, b):
    """The longest common run of lines, by the usual table."""
    before = [0] * (len(b) + 1)
    for line in a:
        row = [0]
        for j, other in enumerate(b):
            row.append(before[j] + 1 if line == other else max(before[j + 1], row[j]))
        before = row
    return before[-1]


def run(scale):
    total = 0
    for round in range(max(1, int(130 * scale))):
        words = make_text(420, round + 1).split()
        width = 40 + round % 20
        loose = greedy(words, width)
        tight = even(words, width)
        full = [justified(line, width) for line in tight]
        pieces = hyphenated(words, width // 2)
        rows = columns(pieces, 3)
        total = (total * 1000003 + len(loose) + len(tight) * 7 + len(rows) * 31) & MASK
        total = (total * 1000003 + difference(loose, tight)) & MASK
        for line in full + rows:
            total = (total * 31 + len(line) + ord(line[len(line) // 2])) & MASK
    return total


def main():
    scale = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    print("checksum=0x%016x" % run(scale))


main()
