#!/usr/bin/env python3
"""Writes runtime/object/character_tables.inc: what Unicode 14 says about each code point, as far as
strings ask. The source is the unicodedata of a python3 whose version of Unicode is that one.

    python3.11 scripts/character-tables.py > runtime/object/character_tables.inc
"""
import sys
import unicodedata

WANTED = "14.0.0"
SHIFT = 7

FLAGS = ["ALPHA", "DECIMAL", "DIGIT", "NUMERIC", "SPACE", "LINE", "LOWER", "UPPER", "TITLE",
         "PRINTABLE", "CASED", "IGNORABLE", "NAME_START", "NAME"]


def flags_of(c):
    s = chr(c)
    before_sigma = ("A" + s + "\u03a3").lower()[-1] == "\u03c2"
    # What is both cased and ignorable is passed over in front of a sigma.
    cased = (s + "b").title()[-1] == "b"
    seen_by_sigma = ("1" + s + "\u03a3").lower()[-1] == "\u03c2"
    has = {
        "ALPHA": s.isalpha(), "DECIMAL": s.isdecimal(), "DIGIT": s.isdigit(),
        "NUMERIC": s.isnumeric(), "SPACE": s.isspace(), "LINE": len(f"a{s}b".splitlines()) == 2,
        "LOWER": s.islower(), "UPPER": s.isupper(), "TITLE": unicodedata.category(s) == "Lt",
        "PRINTABLE": s.isprintable(), "CASED": cased, "IGNORABLE": before_sigma and not seen_by_sigma,
        "NAME_START": s.isidentifier(), "NAME": ("a" + s).isidentifier(),
    }
    return sum(has[name] << i for i, name in enumerate(FLAGS))


def numbers(name, ctype, values, storage="static "):
    print(f"{storage}const {ctype} {name}[] = {{")
    line = "   "
    for value in values:
        word = f" {value},"
        if len(line) + len(word) > 100:
            print(line)
            line = "   "
        line += word
    print(line + "};")


def main():
    if unicodedata.unidata_version != WANTED:
        sys.exit(f"this python3 knows Unicode {unicodedata.unidata_version}, not {WANTED}")
    texts, text_at = [], {}

    def mapping(c, mapped):
        if len(mapped) == 1:
            return ord(mapped) - c
        if mapped not in text_at:
            text_at[mapped] = len(texts)
            texts.extend(map(ord, mapped))
        return 1 << 24 | text_at[mapped] << 4 | len(mapped)

    records, record_at, index = [], {}, []
    for c in range(0x110000):
        s = chr(c)
        record = (flags_of(c), unicodedata.digit(s, 0), mapping(c, s.lower()), mapping(c, s.upper()),
                  mapping(c, s.title()), mapping(c, s.casefold()))
        if record not in record_at:
            record_at[record] = len(records)
            records.append(record)
        index.append(record_at[record])
    blocks, block_at, first = [], {}, []
    for start in range(0, 0x110000, 1 << SHIFT):
        block = tuple(index[start:start + (1 << SHIFT)])
        if block not in block_at:
            block_at[block] = len(block_at)
            blocks.extend(block)
        first.append(block_at[block])
    print(f"/* Unicode {WANTED}, written by scripts/character-tables.py. */")
    print(f"enum {{ TABLE_SHIFT = {SHIFT} }};")
    print("static const struct record records[] = {")
    for record in records:
        print("    {%d, %d, {%d, %d, %d, %d}}," % record)
    print("};")
    numbers("block_of", "uint8_t" if max(first) < 256 else "uint16_t", first)
    numbers("blocks", "uint16_t", blocks)
    numbers("mapped_texts", "uint16_t", texts)
    numbers("character_ascii_flags", "uint16_t", [records[i][0] for i in index[:128]], "")


main()
