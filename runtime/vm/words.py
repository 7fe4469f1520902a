"""Makes words_made.h from words.def and the opcode table: enum word, a row of facts each, and the
register forms as lines `FORM_BINARY(kind, left, right, destination)` for interpret.c.

usage: words.py WORDS.DEF OPCODES.DEF OUTPUT"""
import re
import sys


def read(words, opcodes):
    names = re.findall(r"^OPCODE\((\w+),", open(opcodes).read(), re.M)
    caches, extra, absent, forms = {}, [], set(), []
    for line in open(words):
        parts = line.split("#")[0].split()
        if not parts:
            continue
        if parts[0] == "caches":
            caches[parts[1]] = int(parts[2])
        elif parts[0] == "absent":
            absent.update(parts[1:])
        elif parts[0] in ("binary", "subscript", "compare"):
            kinds = [p for p in parts[1:] if len(p) > 1 and p.strip("SLC") or p in ("LE", "LT")]
            sources = [p for p in parts[1:] if re.fullmatch("[SLC]{2}", p)]
            ends = [p for p in parts[1:] if p in ("S", "L", "J")]
            forms += [(parts[0], k, s, e) for k in kinds for s in sources for e in ends]
        else:
            extra.append(parts[0])
            caches[parts[0]] = int(parts[1])
    return [n for n in names if n not in absent] + extra, caches, forms, names, absent


def main():
    words, caches, forms, names, absent = read(sys.argv[1], sys.argv[2])
    out = ["/* Made by words.py from words.def and opcodes.def. */"]
    rows = [(w, caches.get(w, 0)) for w in words]
    rows += [("_".join((f[0].upper(), *f[1:])), 1 if f[0] == "compare" and f[3] == "J" else 0)
             for f in forms]
    out.append("#define WORDS(X) \\\n" + " \\\n".join(f"  X({n}, {c})" for n, c in rows))
    for shape in ("binary", "subscript", "compare"):
        out.append(f"#define FORMS_{shape.upper()}(X) \\\n" + " \\\n".join(
            f"  X({k}, {s[0]}, {s[1]}, {e})" for sh, k, s, e in forms if sh == shape))
    out.append("#define WORDS_OF_OPCODES(X) \\\n" + " \\\n".join(
        f"  X({n})" for n in names if n not in absent))
    open(sys.argv[3], "w").write("\n\n".join(out) + "\n")


main()
