"""Our code objects against those of the Python that runs this (3.11), field by field. TAP.

  code_test.py PRINT_CODE [--slice]

Every file of the standard library and its tests, and every program in programs.py; --slice: some
of the files."""
import collections
import marshal
import os
import pathlib
import subprocess
import sys
import sysconfig
import types
import unicodedata
import warnings

FIELDS = ["co_code", "co_names", "co_varnames", "co_cellvars", "co_freevars", "co_linetable",
          "co_exceptiontable", "co_stacksize", "co_flags", "co_name", "co_qualname",
          "co_firstlineno", "co_argcount", "co_posonlyargcount", "co_kwonlyargcount", "co_nlocals"]


def key(constant):
    """What makes two constants the same: types and values all the way down."""
    if isinstance(constant, tuple):
        return ("tuple", tuple(map(key, constant)))
    if isinstance(constant, frozenset):
        return ("frozenset", frozenset(map(key, constant)))
    return (type(constant).__name__, repr(constant))


def differences(ours, theirs, where=""):
    where = f"{where}/{theirs.co_name}"
    for field in FIELDS:
        a, b = getattr(ours, field), getattr(theirs, field)
        if a != b:
            yield f"{where}: {field}: ours {a!r}, theirs {b!r}"
    a, b = ours.co_consts, theirs.co_consts
    if len(a) != len(b):
        yield f"{where}: co_consts: ours {a!r}, theirs {b!r}"
        return
    for x, y in zip(a, b):
        if isinstance(x, types.CodeType) and isinstance(y, types.CodeType):
            yield from differences(x, y, where)
        elif key(x) != key(y):
            yield f"{where}: co_consts: ours {x!r}, theirs {y!r}"


class Compiler:
    def __init__(self, program):
        self.process = subprocess.Popen([program, "code"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE)

    def __call__(self, source, mode="exec", optimize=0, flags=0):
        """A code object or a tuple (kind, message, positions...), and the warnings."""
        self.process.stdin.write(b"%s %d %d %d\n" % (mode.encode(), optimize, flags, len(source)))
        self.process.stdin.write(source)
        self.process.stdin.flush()
        said = []
        while True:
            words = self.process.stdout.readline().split()
            if not words:
                raise RuntimeError(f"the compiler died: {self.process.wait()}")
            data = self.process.stdout.read(int(words[-1]))
            if words[0] == b"warning":
                said.append((int(words[1]), data.decode()))
            elif words[0] == b"name":
                self.answer(data.decode())
            elif words[0] == b"code":
                return marshal.loads(data), said
            else:
                return tuple(data.decode("utf-8", "surrogatepass").split("\t")), said


    def answer(self, name):
        try:
            found = unicodedata.lookup(name)
        except KeyError:
            found = ""
        self.process.stdin.write(b"%d\n" % (ord(found) if len(found) == 1 else -1))
        self.process.stdin.flush()


def theirs(source, mode="exec", optimize=0, flags=0):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result = compile(source, "<test>", mode, flags=flags, dont_inherit=True,
                             optimize=optimize)
        except SyntaxError as e:
            result = (type(e).__name__, e.msg, str(e.lineno), str(e.offset), str(e.end_lineno),
                      str(e.end_offset))
        except (MemoryError, RecursionError, ValueError, OverflowError) as e:
            result = (type(e).__name__, str(e))
    return result, [(w.lineno, str(w.message)) for w in caught if w.category is SyntaxWarning]


def compare(compiler, source, mode="exec", optimize=0, flags=0):
    """None, or what differs first."""
    ours, our_warnings = compiler(source, mode, optimize, flags)
    wanted, their_warnings = theirs(source, mode, optimize, flags)
    if isinstance(wanted, tuple) or isinstance(ours, tuple):
        return None if ours == wanted else f"ours {ours!r}, theirs {wanted!r}"
    if sorted(our_warnings) != sorted(their_warnings):
        return f"warnings: ours {our_warnings!r}, theirs {their_warnings!r}"
    return next(differences(ours, wanted), None)


def library(whole):
    root = pathlib.Path("/usr/lib/python3.11")
    if not root.is_dir():
        root = pathlib.Path(sysconfig.get_path("stdlib"))
    files = sorted(p for p in root.rglob("*.py") if "site-packages" not in p.parts)
    return root, files if whole else files[::23]


def main():
    if sys.version_info[:2] != (3, 11):
        print("1..0 # SKIP needs Python 3.11 to compare with")
        return 0
    compiler = Compiler(sys.argv[1])
    whole = "--slice" not in sys.argv
    root, files = library(whole)
    number = failed = 0
    kinds = collections.Counter()
    print(f"1..{len(files)}")
    for path in files:
        number += 1
        difference = compare(compiler, path.read_bytes())
        name = path.relative_to(root)
        print(f"{'not ok' if difference else 'ok'} {number} - {name}")
        if difference:
            failed += 1
            print(f"# {difference[:600]}")
    print(f"# {number - failed} of {number} equal")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
