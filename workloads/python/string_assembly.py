"""Texts put together in the ways programs use: += in a loop, join over a generator, formatting, f-strings, replace
and translate by dict, repetition, centring. Strings of all lengths are made and dropped; growing in place pays."""
import sys

MASK = (1 << 64) - 1
WORDS = "anchor basin cedar delta ember fjord grove haven inlet jetty kelp lagoon marsh notch oasis".split()


def by_adding(n):
    text = ""
    for i in range(n):
        text += WORDS[i % 15]
        if i % 8 == 7:
            text += "\n"
        else:
            text += " "
    return text


def by_joining(n):
    return ",".join(WORDS[i * 7 % 15] + str(i) for i in range(n))


def by_percent(n):
    lines = []
    for i in range(n):
        lines.append("%-10s|%6d|%08x|%5.2f" % (WORDS[i % 15], i * i, i * 2654435761 & 0xFFFFFFFF, i / 7))
    return "\n".join(lines)


def by_f_strings(n):
    parts = []
    for i in range(n):
        word = WORDS[i % 15]
        parts.append(f"{word}:{i:>5}:{i % 3 == 0}:{word!r:*^12}:{i / 3:.3f};")
    return "".join(parts)


def by_format(n):
    line = "{0:<8}{1:+d} {word:^9} {2:,}"
    return "\n".join([line.format(WORDS[i % 15], i - 5, i * 1001, word=WORDS[i % 7]) for i in range(n)])


def rewritten(text):
    text = text.replace("anchor", "buoy").replace("e", "3")
    table = {ord("a"): "4", ord("o"): None, ord("i"): "1"}
    return text.translate(table).upper().swapcase()


def padded(n):
    parts = []
    for i in range(n):
        word = WORDS[i % 15] * (i % 4)
        parts.append(word.center(20, "."))
        parts.append(word.rjust(12).ljust(16, "-"))
        parts.append(str(i).zfill(8))
    return "".join(parts)


def digest(text):
    sum = len(text)
    for i in range(0, len(text), 97):
        sum = (sum * 131 + ord(text[i])) & MASK
    return sum


def run(scale):
    total = 0
    for round in range(max(1, int(48 * scale))):
        n = 900 + round
        for make in (by_adding, by_joining, by_percent, by_f_strings, by_format, padded):
            text = make(n)
            total = (total * 1000003 + digest(text)) & MASK
            total = (total * 1000003 + digest(rewritten(text))) & MASK
    return total


def main():
    scale = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    print("checksum=0x%016x" % run(scale))


main()
