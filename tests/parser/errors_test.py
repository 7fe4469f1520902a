"""Wrong programs: kind, message and place of our errors against those of python3.11's compile(). TAP.

errors_test.py PRINT_TREE FILE...    A file holds snippets between lines of three dashes; the text behind
the dashes names the mode (exec, eval, single; exec if there is none) and `bytes` where the source is to be
given as bytes instead of str. A few are no errors: there the trees are compared. Backslash escapes that
begin with \\: \\e{NN} is the byte NN, \\r{TEXT|N} is TEXT N times."""
import ast
import pathlib
import re
import subprocess
import sys
import warnings

FLAG_UTF8 = 1


def expand(text):
    text = re.sub(r"\\e\{([0-9a-f]{2})\}", lambda m: chr(0xdc00 + int(m[1], 16)) if int(m[1], 16) > 127
                  else chr(int(m[1], 16)), text)
    return re.sub(r"\\r\{(.*?)\|(\d+)\}", lambda m: m[1].replace("\\n", "\n") * int(m[2]), text,
                  flags=re.S)


def snippets(path):
    head, lines = None, []
    for line in path.read_text(encoding="utf-8").split("\n"):
        if line.startswith("---"):
            if head is not None:
                yield head, expand("\n".join(lines))
            head, lines = line[3:].split(), []
        else:
            lines.append(line)
    if lines and head is not None and lines != [""]:
        yield head, expand("\n".join(lines))


def theirs(source, mode):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            tree = compile(source, "<string>", mode, ast.PyCF_ONLY_AST)
        except SyntaxError as e:
            where = [e.lineno, e.offset, e.end_lineno, e.end_offset]
            return f"! {type(e).__name__}\t{e.msg!r}\t" + "\t".join(map(str, where)) + f"\t{e.text!r}"
        except (MemoryError, ValueError, RecursionError) as e:
            return f"! {type(e).__name__}\t{e}"
    return ast.dump(tree, include_attributes=True)


def main():
    if sys.version_info[:2] != (3, 11):
        print("1..0 # SKIP needs Python 3.11 to compare with")
        return 0
    cases = [(path, number, head, text) for path in map(pathlib.Path, sys.argv[2:])
             for number, (head, text) in enumerate(snippets(path), 1)]
    sent, wanted = b"", []
    for _, _, head, text in cases:
        mode = next((m for m in head if m in ("eval", "single")), "exec")
        data = text.encode("utf-8", "surrogateescape")
        as_bytes = "bytes" in head
        wanted.append(theirs(data if as_bytes else text, mode))
        sent += f"{mode} {0 if as_bytes else FLAG_UTF8} {len(data)}\n".encode() + data
    done = subprocess.run([sys.argv[1], "snippets"], input=sent, capture_output=True)
    ours = done.stdout.decode("utf-8", "surrogateescape").split("\n")[:-1]
    ours += ["! nothing"] * (len(cases) - len(ours))
    print(f"1..{len(cases) + 1}")
    failed = 0
    for number, ((path, at, _, text), our, their) in enumerate(zip(cases, ours, wanted), 1):
        if our == their:
            print(f"ok {number} - {path.stem} {at}")
            continue
        failed += 1
        print(f"not ok {number} - {path.stem} {at}")
        print(f"# source {text[:200]!r}\n# ours   {our[:300]}\n# theirs {their[:300]}")
    good = done.returncode == 0 and len(cases) >= 1
    print(f"{'ok' if good else 'not ok'} {len(cases) + 1} - the program ends well ({done.returncode})")
    if not good:
        print("# " + done.stderr.decode()[-500:])
    return bool(failed) or not good


if __name__ == "__main__":
    sys.exit(main())
