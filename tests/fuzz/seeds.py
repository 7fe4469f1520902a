"""Writes seeds for the fuzzer: one file for each snippet of files in the format of tests/parser.

seeds.py FOLDER FILE..."""
import hashlib
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "parser"))
from errors_test import snippets  # noqa: E402

MODES = {"exec": 0, "eval": 1, "single": 2}
FLAG_UTF8 = 1 << 2
MOST = 4000


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for path in map(pathlib.Path, sys.argv[2:]):
        for head, text in snippets(path):
            mode = next((MODES[word] for word in head if word in MODES), 0)
            data = text.encode("utf-8", "surrogateescape")
            data = bytes([mode | (0 if "bytes" in head else FLAG_UTF8)]) + data
            if len(data) <= MOST:
                (folder / hashlib.sha1(data).hexdigest()).write_bytes(data)


if __name__ == "__main__":
    main()
