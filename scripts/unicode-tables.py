#!/usr/bin/env python3
"""Writes the tables of the module unicodedata (Unicode 14, and 3.2 where it differs):

    python3.11 scripts/unicode-tables.py runtime/modules/unicodedata /usr/share/perl/5.36/unicore/Name.pl

The facts are those of the unicodedata of a python3 whose version of Unicode is that one; the names of
aliases and of sequences are taken from Perl's list and looked up there."""
import sys
import unicodedata as u
from collections import Counter

WANTED = "14.0.0"
SHIFT = 7
LAST = 0x110000
BLOCK = 16  # names that are written from the beginning of a block on
HEAD = "/* Unicode 14.0.0, written by scripts/unicode-tables.py. */\n"


def numbers(out, name, ctype, values):
    out.write(f"static const {ctype} {name}[] = {{\n")
    line = "   "
    for value in values:
        word = f" {value},"
        if len(line) + len(word) > 100:
            out.write(line + "\n")
            line = "   "
        line += word
    out.write(line + "};\n")


def two_levels(out, name, index, ctype):
    blocks, block_at, first = [], {}, []
    for start in range(0, LAST, 1 << SHIFT):
        block = tuple(index[start:start + (1 << SHIFT)])
        if block not in block_at:
            block_at[block] = len(block_at)
            blocks.extend(block)
        first.append(block_at[block])
    numbers(out, name + "_block_of", "uint8_t" if max(first) < 256 else "uint16_t", first)
    numbers(out, name + "_blocks", ctype, blocks)


def texts(out, name, values):
    out.write(f"static const char *const {name}[] = {{\n")
    for value in values:
        out.write(f'    "{value}",\n')
    out.write("};\n")


def write_records(out):
    categories, bidis, widths, records, record_at = [], [], [], [], {}

    def place(values, value):
        if value not in values:
            values.append(value)
        return values.index(value)

    def index_of(db):
        index = []
        for c in range(LAST):
            s = chr(c)
            record = (place(categories, db.category(s)), place(bidis, db.bidirectional(s)),
                      db.combining(s), place(widths, db.east_asian_width(s)), db.mirrored(s))
            if record not in record_at:
                record_at[record] = len(records)
                records.append(record)
            index.append(record_at[record])
        return index

    now, old = index_of(u), index_of(u.ucd_3_2_0)
    out.write(HEAD + f"enum {{ TABLE_SHIFT = {SHIFT} }};\n")
    texts(out, "categories", categories)
    texts(out, "bidirectional_classes", bidis)
    texts(out, "widths", widths)
    out.write(f"enum {{ CATEGORY_UNASSIGNED = {categories.index('Cn')} }};\n")
    out.write("static const struct record records[] = {\n")
    for record in records:
        out.write("    {%d, %d, %d, %d, %d},\n" % record)
    out.write("};\n")
    two_levels(out, "now", now, "uint16_t")
    two_levels(out, "old", old, "uint16_t")
    out.write("static const struct number numbers[] = {\n")
    for c in range(LAST):
        value = u.numeric(chr(c), None)
        if value is not None:
            out.write(f"    {{{c}, {value!r}}},\n")
    out.write("};\n")


def write_decompositions(out):
    tags, items, item_at, index, pairs = [""], [0], {"": 0}, [], []
    for c in range(LAST):
        text = u.decomposition(chr(c))
        if text not in item_at:
            words = text.split()
            tag = words.pop(0) if words[0][0] == "<" else ""
            if tag not in tags:
                tags.append(tag)
            item_at[text] = len(items)
            items.append(tags.index(tag) << 8 | len(words))
            items.extend(int(w, 16) for w in words)
        index.append(item_at[text])
        words = text.split()
        if len(words) == 2 and words[0][0] != "<" and \
                u.normalize("NFC", "".join(chr(int(w, 16)) for w in words)) == chr(c):
            pairs.append((int(words[0], 16), int(words[1], 16), c))
    out.write(HEAD)
    texts(out, "tags", tags)
    numbers(out, "decompositions", "uint32_t", items)
    two_levels(out, "decomposition", index, "uint16_t")
    out.write("static const struct composition compositions[] = {\n")
    for pair in sorted(pairs):
        out.write("    {%d, %d, %d},\n" % pair)
    out.write("};\n")


def write_names(out, perl):
    names, ideographs = {}, []
    for c in range(LAST):
        name = u.name(chr(c), None)
        if name is None or name.startswith("HANGUL SYLLABLE "):
            continue
        if name == "CJK UNIFIED IDEOGRAPH-%X" % c:
            if ideographs and ideographs[-1][1] == c - 1:
                ideographs[-1][1] = c
            else:
                ideographs.append([c, c])
            continue
        names[c] = name
    entries = [(c, name.replace("-", " -").split(" ")) for c, name in sorted(names.items())]
    count = Counter(word for _, words in entries for word in words)
    words = [word for word, _ in count.most_common()]
    place = {word: i for i, word in enumerate(words)}
    data, starts, ranges, before = [], [], [], []
    for i, (c, parts) in enumerate(entries):
        if not ranges or ranges[-1][1] != c:
            ranges.append([c, c, i])
        ranges[-1][1] = c + 1
        if i % BLOCK == 0:
            starts.append(len(data))
            before = []
        shared = 0
        while shared < min(len(before), len(parts), 15) and before[shared] == parts[shared]:
            shared += 1
        more = parts[shared:]
        assert len(more) < 16
        data.append(shared << 4 | len(more))
        for word in more:
            n = place[word]
            data.extend([n] if n < 128 else [128 | n >> 8, n & 255])
        before = parts
    out.write(HEAD)
    out.write(f"enum {{ NAME_BLOCK = {BLOCK}, NAMES_N = {len(entries)}, "
              f"NAME_WORDS_MAX = {max(len(p) for _, p in entries)}, "
              f"NAME_BYTES_MAX = {max(map(len, names.values()))} }};\n")
    out.write("static const struct name_range name_ranges[] = {\n")
    for start, stop, first in ranges:
        out.write(f"    {{{start}, {stop}, {first}}},\n")
    out.write("};\nstatic const struct name_range ideographs[] = {\n")
    for start, last in ideographs:
        out.write(f"    {{{start}, {last + 1}, 0}},\n")
    out.write("};\n")
    out.write("/* All words one behind the other; word i begins at word_at[i]. */\n")
    out.write("static const char words[] =\n")
    text, at = "".join(words), [0]
    for word in words:
        at.append(at[-1] + len(word))
    for i in range(0, len(text), 90):
        out.write(f'    "{text[i:i + 90]}"\n')
    out.write("    ;\n")
    numbers(out, "word_at", "uint32_t", at)
    numbers(out, "name_starts", "uint32_t", starts)
    numbers(out, "name_data", "uint8_t", data)
    aliases, sequences = [], []
    lines = open(perl).read().split("<<'END';\n")[1].split("\nEND\n")[0].split("\n\n")
    for line in lines:
        codes, _, name = line.partition("\n")
        points = [int(code, 16) for code in codes.split()]
        if len(points) == 0 or name != name.upper():
            continue
        try:
            found = u.lookup(name)
        except KeyError:
            continue
        if [ord(c) for c in found] != points:
            continue
        if len(points) > 1:
            sequences.append((name, points))
        elif names.get(points[0]) != name and not name.startswith(("CJK UNIFIED", "HANGUL SYLL")):
            aliases.append((name, points[0]))
    out.write("static const struct alias aliases[] = {\n")
    for name, c in sorted(aliases):
        out.write(f'    {{"{name}", {c}}},\n')
    out.write("};\nstatic const struct sequence sequences[] = {\n")
    for name, points in sorted(sequences):
        out.write(f'    {{"{name}", {len(points)}, {{{", ".join(map(str, points))}}}}},\n')
    out.write("};\n")
    print(len(entries), len(words), len(data), len(aliases), len(sequences), file=sys.stderr)


def main():
    if u.unidata_version != WANTED:
        sys.exit(f"this python3 knows Unicode {u.unidata_version}, not {WANTED}")
    folder, perl = sys.argv[1:]
    for name, write in (("records.inc", write_records), ("decompositions.inc", write_decompositions),
                        ("names.inc", lambda out: write_names(out, perl))):
        with open(f"{folder}/{name}", "w") as out:
            write(out)


main()
