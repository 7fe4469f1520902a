"""Our trees against those of python3.11's ast, for whole files. TAP.

trees_test.py PRINT_TREE [--slice]   every .py below Debian's /usr/lib/python3.11, or a slice of it"""
import ast
import pathlib
import subprocess
import sys
import warnings

LIBRARY = pathlib.Path("/usr/lib/python3.11")
SLICE_EVERY = 41  # a prime, so that all subpackages come up
BATCH = 16


def dump_of(source, name):
    """The tree as text, or None if CPython does not take the file."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.dump(ast.parse(source, name), include_attributes=True)
        except (SyntaxError, ValueError):
            return None


def first_difference(ours, theirs):
    n = next((i for i, (a, b) in enumerate(zip(ours, theirs)) if a != b), min(len(ours), len(theirs)))
    return f"# at {n}: ours   ...{ours[max(0, n - 120):n + 80]}\n" \
           f"#      theirs ...{theirs[max(0, n - 120):n + 80]}"


def main():
    program, is_slice = sys.argv[1], "--slice" in sys.argv
    if sys.version_info[:2] != (3, 11) or not LIBRARY.is_dir():
        print("1..0 # SKIP needs Python 3.11 and its library to compare with")
        return 0
    files = sorted(p for p in LIBRARY.rglob("*.py") if p.is_file())
    if is_slice:
        files = files[::SLICE_EVERY]
    compared = refused = lines = 0
    failed = []
    for start in range(0, len(files), BATCH):
        batch = files[start:start + BATCH]
        done = subprocess.run([program, "dump", *map(str, batch)], capture_output=True)
        ours = done.stdout.decode("utf-8", "surrogateescape").split("\n")
        if done.returncode or len(ours) != len(batch) + 1:
            print(f"# the program ended with {done.returncode} among {batch[0]} ... {batch[-1]}: "
                  f"{done.stderr.decode()[-500:]}")
            failed += batch
            continue
        for path, our_dump in zip(batch, ours):
            source = path.read_bytes()
            theirs = dump_of(source, str(path))
            lines += source.count(b"\n")
            if theirs is None:
                refused += 1
                if not our_dump.startswith("! "):
                    failed.append(path)
                    print(f"# {path}: CPython refuses it, we do not")
            else:
                compared += 1
                if our_dump != theirs:
                    failed.append(path)
                    print(f"# {path}\n{first_difference(our_dump, theirs)}")
    print("1..1")
    print(f"{'not ok' if failed or not compared else 'ok'} 1 - {compared} trees of {lines} lines equal "
          f"CPython's, {refused} files are refused by both; {len(failed)} differ")
    return bool(failed)


sys.exit(main())
