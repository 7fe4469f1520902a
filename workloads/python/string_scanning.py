"""A text taken apart: find and count, split and partition, slices and comparisons, classes of characters, one
character after another. Reading strings rather than making them; also with letters outside ASCII."""
import sys

MASK = (1 << 64) - 1


def make_text(lines):
    state = 5
    parts = []
    for i in range(lines):
        fields = []
        for k in range(6):
            state = (state * 1103515245 + 12345) & 0x7FFFFFFF
            fields.append("%s%d=%x" % ("kärnxü"[k], state % 50, state >> 7))
        parts.append("; ".join(fields) + ("  # remark %d" % i if i % 5 == 0 else ""))
    return "\n".join(parts)


def by_finding(text):
    count = at = 0
    while True:
        at = text.find("=", at)
        if at < 0:
            return count
        end = text.find(";", at)
        count += (end if end >= 0 else len(text)) - at
        at += 1


def by_splitting(text):
    sum = 0
    for line in text.splitlines():
        body, mark, remark = line.partition("#")
        for field in body.split(";"):
            key, _, value = field.strip().partition("=")
            sum = (sum + len(key) * int(value, 16)) & MASK
        if remark.startswith(" remark"):
            sum += int(remark.rsplit(" ", 1)[1])
    return sum


def by_characters(text):
    letters = digits = spaces = other = upper = 0
    for c in text:
        if c.isalpha():
            letters += 1
            if c > "m":
                upper += 1
        elif c.isdigit():
            digits += 1
        elif c in " \n\t":
            spaces += 1
        else:
            other += 1
    return ((letters * 31 + digits) * 31 + spaces) * 31 + other + upper


def palindromes(text):
    best = 0
    for i in range(1, len(text) - 1):
        radius = 1
        while i - radius >= 0 and i + radius < len(text) and text[i - radius] == text[i + radius]:
            radius += 1
        if radius > best:
            best = radius
    return best


def counted(text):
    sum = 0
    for pattern in ("a", "=1", "remark", "; r", "ü", "zz", "0"):
        sum = sum * 101 + text.count(pattern)
        sum += pattern in text
        sum += text.rfind(pattern)
    return sum


def run(scale):
    text = make_text(250)
    total = 0
    for round in range(max(1, int(50 * scale))):
        piece = text[round * 11:]
        for look in (by_finding, counted, by_characters, palindromes):
            total = (total * 1000003 + look(piece)) & MASK
        total = (total * 1000003 + by_splitting(text)) & MASK
    return total


def main():
    scale = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    print("checksum=0x%016x" % run(scale))


main()
