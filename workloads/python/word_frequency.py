"""Words of a made-up text are counted, ranked and paired: get and setdefault, dicts of dicts, tuples as keys,
sorting of items. The typical life of dicts with string keys whose hashes are computed once and looked up often."""
import sys

MASK = (1 << 64) - 1
SYLLABLES = "ba be bi bo bu da de di do du ka ke ki ko ku la le li lo lu ma me mi mo mu na ne ni no nu".split()


def make_words(n):
    """Short words are frequent, long ones rare, as in languages."""
    state = 11
    words = []
    for _ in range(n):
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
        word = SYLLABLES[(state >> 8) % 30]
        bits = state >> 16
        while bits & 3 == 3:
            bits >>= 2
            word += SYLLABLES[bits % 30]
        if state & 0x1F00000 == 0:
            word += SYLLABLES[(state >> 4) % 30] + SYLLABLES[(state >> 9) % 30]
        words.append(word)
    return " ".join(words)


def count(words):
    counts = {}
    for word in words:
        counts[word] = counts.get(word, 0) + 1
    return counts


def follow(words):
    after = {}
    previous = ""
    for word in words:
        followers = after.setdefault(previous, {})
        if word in followers:
            followers[word] += 1
        else:
            followers[word] = 1
        previous = word
    return after


def pairs(words):
    counts = {}
    for pair in zip(words, words[1:]):
        try:
            counts[pair] += 1
        except KeyError:
            counts[pair] = 1
    return counts


def by_length(counts):
    groups = {}
    for word, n in counts.items():
        groups.setdefault(len(word), []).append((n, word))
    return {length: sorted(group, reverse=True)[:5] for length, group in groups.items()}


def run(scale):
    words = make_words(9000).split()
    total = 0
    for round in range(max(1, int(69 * scale))):
        counts = count(words)
        ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        for word, n in ranked[:50]:
            total = (total * 1000003 + n * len(word) + ord(word[-1])) & MASK
        after = follow(words)
        for word, n in ranked[:50]:
            best = max(after[word].items(), key=lambda item: (item[1], item[0]))
            total = (total * 31 + best[1]) & MASK
        for group in sorted(by_length(counts).items()):
            total = (total * 31 + group[1][0][0]) & MASK
        total = (total * 1000003 + len(pairs(words))) & MASK
        words = words[13:] + words[:13]
    return total


def main():
    scale = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    print("checksum=0x%016x" % run(scale))


main()
