"""What can't be run, can't be read, can't be written, and what has no end, under ouropy as under CPython: the same
exit code, the same words on both streams, and never a signal or a program that stays. As TAP.

    bad_input.py COLLECTOR OUROPY

A case is a line of the shell, in a folder of its own with the files below, in which $PY is the interpreter."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

CPYTHON = "/usr/bin/python3.11"
SECONDS = 60
DEEP = 100_000

FILES = {
    "binary": bytes(range(256)) * 8,
    "elf.py": b"\x7fELF\x02\x01\x01\0\0\0" + bytes(range(1, 256)),
    "not_utf8.py": b"x = 1\ny = '\xff\xfe'\n",
    "not_utf8_late.py": b"print('first')\n# caf\xe9\n",
    "cut_short.py": "print('é".encode()[:-1],
    "latin.py": b"# -*- coding: latin-1 -*-\nprint(ascii('\xe9'))\n",
    "unknown_coding.py": b"# -*- coding: no-such-thing -*-\nprint(1)\n",
    "wrong_coding.py": b"# -*- coding: ascii -*-\nprint('\xe9')\n",
    "bom_and_coding.py": b"\xef\xbb\xbf# -*- coding: latin-1 -*-\nprint(1)\n",
    "bom.py": b"\xef\xbb\xbfprint(1)\n",
    "utf16.py": "print(1)\n".encode("utf-16"),
    "rot13.py": b"# coding: rot13\nprint(1)\n",
    "null.py": b"print(1)\nx = '\0'\nprint(2)\n",
    "null_at_end.py": b"print(1)\n\0",
    "null_first.py": b"\0print(1)\n",
    "only_null.py": b"\0",
    "empty.py": b"",
    "no_newline.py": b"print(1)",
    "carriage.py": b"print(1)\rprint(2)\r\nprint(3)\n",
    "form_feed.py": b"\x0cprint(1)\n\x0cprint(2)\n",
    "ctrl_z.py": b"print(1)\n\x1a\nprint(2)\n",
    "tabs.py": b"if 1:\n        x = 1\n\ty = 2\n",
    "dedent.py": b"if 1:\n        x = 1\n    y = 2\n",
    "backslash_end.py": b"x = 1 + \\",
    "open_string.py": b"x = '''abc\n",
    "open_bracket.py": b"x = (1,\n\n[2\n",
    "wrong_bracket.py": b"x = (1,\n2]\n",
    "syntax.py": b"def f():\n    return 1 +\n",
    "unreadable.py": b"print(1)\n",
    "raises.py": b"def f():\n    raise ValueError('no')\nf()\n",
    "cut.pyc": b"\xa7\r\r\n" + b"\0" * 12 + b"\xe3\0\0\0",
    "only_header.pyc": b"\xa7\r\r\n" + b"\0" * 12,
    "old.pyc": b"\x61\r\r\n" + b"\0" * 30,
    "broken.zip": b"PK\x03\x04" + b"\0" * 60,
    "folder/text.txt": b"no program",
    "runs/__main__.py": b"import sys\nprint('runs', __name__, len(sys.argv))\nsys.exit(3)\n",
    "package/__init__.py": b"",
    "breaks/__init__.py": b"1/0\n",
    "recursive.py": b"def f(): return f()\nf()\n",
}

# Sources that only a program writes.
BIG = {
    "parentheses.py": lambda: "(" * DEEP + ")" * DEEP,
    "parentheses_open.py": lambda: "(" * DEEP,
    "brackets.py": lambda: "[" * DEEP + "]" * DEEP,
    "braces.py": lambda: "{" * DEEP + "}" * DEEP,
    "subscripts.py": lambda: "a" + "[a" * DEEP + "]" * DEEP,
    "parentheses_150.py": lambda: "x = " + "(" * 150 + "1" + ")" * 150 + "\nprint(x)",
    "lists_90.py": lambda: "x = " + "[" * 90 + "1" + "]" * 90 + "\nprint(x)",
    "minus.py": lambda: "-" * DEEP + "1",
    "not.py": lambda: "not " * DEEP + "1",
    "power.py": lambda: "2" + "**1" * DEEP,
    "lambdas.py": lambda: "lambda:" * DEEP + "1",
    "conditionals.py": lambda: "1 if 1 else " * DEEP + "1",
    "awaits.py": lambda: "async def f():\n " + "await " * DEEP + "x",
    "attributes.py": lambda: "a" + ".a" * DEEP,
    "calls.py": lambda: "a" + "()" * DEEP,
    "sum.py": lambda: "x = 1" + " + 1" * DEEP,
    "blocks_19.py": lambda: "".join(" " * i + "if 1:\n" for i in range(19)) + " " * 19 + "print(19)",
    "blocks_99.py": lambda: "".join(" " * i + "if 1:\n" for i in range(98)) + " " * 98 + "print(98)",
    "blocks_100.py": lambda: "".join(" " * i + "if 1:\n" for i in range(101)) + " " * 101 + "pass",
    "whiles_21.py": lambda: "".join(" " * i + "while 1:\n" for i in range(21)) + " " * 21 + "pass",
    "fors_20.py": lambda: "".join(" " * i + f"for i in 1,:\n" for i in range(20)) + " " * 20 + "print(20)",
    "elifs.py": lambda: "if 0: pass\n" + "elif 0: pass\n" * DEEP,
    "elifs_500.py": lambda: "if 0: pass\n" + "elif 0: pass\n" * 500 + "else: print(500)",
    "fstrings.py": lambda: "f'{" * DEEP,
    "chained.py": lambda: "x = 1" + " < 1" * DEEP + "\nprint(x)",
    "ands.py": lambda: "x = 1" + " and 1" * DEEP + "\nprint(x)",
    "targets.py": lambda: "x = " * DEEP + "1\nprint(x)",
    "long_line.py": lambda: "x = '" + "a" * 3_000_000 + "'\nprint(len(x))",
    "long_name.py": lambda: "a" * 1_000_000 + " = 1\nprint(1)",
    "statements.py": lambda: "x = 1\n" * DEEP + "print(x)",
    "arguments.py": lambda: "print(len([" + "1, " * DEEP + "]))",
    "million_digits.py": lambda: "x = " + "1" * 1_000_000 + "\nprint(1)",
    "many_digits.py": lambda: "x = " + "1" * 4301 + "\nprint(1)",
    "few_digits.py": lambda: "x = " + "1" * 4300 + "\nprint(len(str(x)))",
    "hex_digits.py": lambda: "x = 0x" + "f" * 1_000_000 + "\nprint(x.bit_length())",
    "huge_float.py": lambda: "x = 1" + "0" * 1_000_000 + ".0\nprint(x)",
    "patterns.py": lambda: "match 1:\n case " + "[" * 150 + "]" * 150 + ": pass",
    "decorators.py": lambda: "print(1)\n" + "@f\n" * DEEP + "def f(): pass",
    "withs.py": lambda: "".join(" " * i + "with f:\n" for i in range(21)) + " " * 21 + "pass",
    "defs.py": lambda: "".join(" " * i + "def f():\n" for i in range(99)) + " " * 99 + "pass",
    "comprehensions.py": lambda: "x = " + "[" * 30 + "1" + " for a in [1]]" * 30 + "\nprint(x)",
}

# Recursion without end, each a program; all print the end of it.
RECURSION = {
    "repr": "class A:\n def __repr__(self): return repr(self)\nf = lambda: repr(A())",
    "str": "class A:\n def __str__(self): return str(self)\nf = lambda: str(A())",
    "getattr": "class A:\n def __getattr__(self, n): return getattr(self, n + 'x')\nf = lambda: A().x",
    "getattribute": "class A:\n def __getattribute__(self, n): return self.n\nf = lambda: A().x",
    "eq": "class A:\n def __eq__(self, o): return self == o\nf = lambda: A() == A()",
    "hash": "class A:\n def __hash__(self): return hash(self)\nf = lambda: hash(A())",
    "call": "class A: pass\nA.__call__ = A()\nf = lambda: A()()",
    "property": "class A:\n @property\n def x(self): return self.x\nf = lambda: A().x",
    "init": "class A:\n def __init__(self): A()\nf = lambda: A()",
    "new": "class A:\n def __new__(c): return A()\nf = lambda: A()",
    "bool": "class A:\n def __bool__(self): return bool(self)\nf = lambda: not A()",
    "index": "class A:\n def __index__(self): return [0][self]\nf = lambda: [0][A()]",
    "instancecheck": "class M(type):\n def __instancecheck__(c, o): return isinstance(o, c)\n"
                     "class A(metaclass=M): pass\nf = lambda: isinstance(1, A)",
    "lists_repr": "x = []\nfor i in range(100000): x = [x]\nf = lambda: repr(x)",
    "tuples_repr": "x = ()\nfor i in range(100000): x = (x,)\nf = lambda: repr(x)",
    "dicts_repr": "x = {}\nfor i in range(100000): x = {1: x}\nf = lambda: repr(x)",
    "tuples_hash": "x = ()\nfor i in range(100000): x = (x,)\nf = lambda: hash(x)",
    "lists_eq": "x = []\ny = []\nfor i in range(100000): x = [x]; y = [y]\nf = lambda: x == y",
    "dicts_eq": "x = {}\ny = {}\nfor i in range(100000): x = {1: x}; y = {1: y}\nf = lambda: x == y",
    "tuples_lt": "x = ()\ny = ()\nfor i in range(100000): x = (x,); y = (y,)\nf = lambda: x < y",
    "isinstance": "x = ()\nfor i in range(100000): x = (x,)\nf = lambda: isinstance(1, x)",
    "issubclass": "x = ()\nfor i in range(100000): x = (x,)\nf = lambda: issubclass(int, x)",
    "except": "x = ()\nfor i in range(100000): x = (x,)\ndef f():\n try: 1/0\n except x: pass",
    "startswith": "x = ()\nfor i in range(100000): x = (x,)\nf = lambda: 'a'.startswith(x)",
    "json_dumps": "import json\nx = []\nfor i in range(100000): x = [x]\nf = lambda: json.dumps(x)",
    "json_loads": "import json\nf = lambda: json.loads('[' * 100000)",
    "json_loads_dict": "import json\nf = lambda: json.loads('{\"a\":' * 100000)",
    "deepcopy": "import copy\nx = []\nfor i in range(100000): x = [x]\nf = lambda: copy.deepcopy(x)",
    "pickle": "import pickle\nx = []\nfor i in range(100000): x = [x]\nf = lambda: pickle._dumps(x)",
    "marshal": "import marshal\nx = []\nfor i in range(100000): x = [x]\nf = lambda: marshal.dumps(x)",
    "marshal_loads": "import marshal\nf = lambda: marshal.loads(b'[\\1\\0\\0\\0' * 100000)",
    "literal_eval": "import ast\nf = lambda: ast.literal_eval('-' * 100000 + '1')",
    "eval": "f = lambda: eval('(' * 100000)",
    "compile_tree": "import ast\nx = ast.Constant(1)\nfor i in range(100000): x = ast.UnaryOp(ast.USub(), x)\n"
                    "f = lambda: compile(ast.fix_missing_locations(ast.Expression(x)), '', 'eval')",
    "re_compile": "import re\nf = lambda: re.compile('(' * 100000 + ')' * 100000)",
    "partial_repr": "import functools\nx = functools.partial(print)\n"
                    "for i in range(100000): x = functools.partial(print, x)\nf = lambda: repr(x)",
    "partial_cycle": "import functools\nclass P(functools.partial): pass\np = P(print)\n"
                     "p.__setstate__((p, (), {}, {}))\nf = lambda: p()",
    "deque_repr": "import collections\nx = collections.deque()\n"
                  "for i in range(100000): x = collections.deque([x])\nf = lambda: repr(x)",
    "deque_eq": "import collections\nx = collections.deque(); y = collections.deque()\n"
                "for i in range(100000): x = collections.deque([x]); y = collections.deque([y])\nf = lambda: x == y",
    "methods": "class A:\n def m(self): pass\nimport types\nx = A().m\n"
               "for i in range(100000): x = types.MethodType(x, 1)\nf = lambda: x()",
    "weakref_eq": "import weakref\nclass A:\n def __eq__(s, o): return a == b\na = weakref.ref(x := A())\n"
                  "b = weakref.ref(y := A())\nf = lambda: a == b",
    "unions": "import typing\nx = int\nfor i in range(100000): x = list[x]\nf = lambda: repr(x)",
    "union_hash": "x = int\nfor i in range(100000): x = list[x]\nf = lambda: hash(x)",
    "simple_namespace": "import types\nx = 1\nfor i in range(100000): x = types.SimpleNamespace(x=x)\n"
                        "f = lambda: repr(x)",
    "mapping_proxy": "import types\nx = {}\nfor i in range(100000): x = types.MappingProxyType(x)\nf = lambda: repr(x)",
    "exceptions_repr": "x = Exception()\nfor i in range(100000): x = Exception(x)\nf = lambda: repr(x)",
    "exceptions_str": "x = Exception()\nfor i in range(100000): x = Exception(x)\nf = lambda: str(x)",
    "slices_repr": "x = 1\nfor i in range(100000): x = slice(x)\nf = lambda: repr(x)",
    "slices_eq": "x = y = 1\nfor i in range(100000): x = slice(x); y = slice(y)\nf = lambda: x == y",
    "ordered_repr": "import collections\nx = 1\nfor i in range(100000): x = collections.OrderedDict(a=x)\n"
                    "f = lambda: repr(x)",
    "frozenset_hash": "x = frozenset()\nfor i in range(100000): x = frozenset([x])\nf = lambda: repr(x)",
    "abstract": "import abc\nclass A(abc.ABC):\n @classmethod\n def __subclasshook__(c, o): return issubclass(o, c)\n"
                "f = lambda: issubclass(int, A)",
    "import_hook": "import sys\nclass F:\n def find_spec(self, *a): import no_such_module\n"
                   "sys.meta_path.insert(0, F())\ndef f(): import no_such_module",
    "sort_key": "def f(): return sorted([1], key=lambda x: f())",
    "map": "def f(): return list(map(lambda x: f(), [1]))",
    "reduce": "import functools\ndef f(): return functools.reduce(lambda a, b: f(), [1, 2])",
    "format": "class A:\n def __format__(self, s): return format(self, s)\nf = lambda: f'{A()}'",
    "format_spec": "f = lambda: ('{:' * 100).format(1)",
    "generators": "def g():\n yield from g()\nf = lambda: next(g())",
    "send": "def g(n):\n yield from g(n + 1)\nf = lambda: g(0).send(None)",
    "exec": "def f(): exec('f()')",
    "trace": "import sys\ndef f():\n sys.settrace(lambda *a: None)\n f()",
    "del": "class A:\n def __del__(self): A()\nprint('x')\nf = lambda: 1 // 0",
    "set_name": "class A:\n def __set_name__(s, o, n): type('B', (), {'a': A()})\nf = lambda: type('C', (), {'a': A()})",
    "init_subclass": "class A:\n def __init_subclass__(c): type('B', (A,), {})\nf = lambda: type('C', (A,), {})",
    "contains": "class A:\n def __contains__(s, x): return x in s\nf = lambda: 1 in A()",
    "add": "class A:\n def __radd__(s, o): return o + s\nf = lambda: 1 + A()",
    "iter": "class A:\n def __iter__(s): return iter(s)\nf = lambda: [*A()]",
    "next": "class A:\n def __next__(s): return next(s)\nf = lambda: next(A())",
    "missing": "class A(dict):\n def __missing__(s, k): return s[k]\nf = lambda: A()[1]",
    "fspath": "import os\nclass A:\n def __fspath__(s): return os.fspath(s)\nf = lambda: open(A())",
    "chain": "import itertools\nx = iter(())\nfor i in range(100000): x = itertools.chain(x)\nf = lambda: next(x)",
    "map_deep": "x = iter(())\nfor i in range(100000): x = map(str, x)\nf = lambda: next(x)",
    "zip_deep": "x = iter(())\nfor i in range(100000): x = zip(x)\nf = lambda: next(x)",
    "free_deep": "x = None\nfor i in range(1000000): x = [x]\nx = None\nf = lambda: 1 // 0",
    "free_mixed": "x = None\nfor i in range(300000): x = [({1: x},)]\nx = None\nf = lambda: 1 // 0",
    "free_instances": "class A: pass\nx = None\nfor i in range(300000): y = A(); y.x = x; x = y\n"
                      "x = y = None\nf = lambda: 1 // 0",
    "free_iterators": "x = iter(())\nfor i in range(100000): x = map(str, x)\nx = None\nf = lambda: 1 // 0",
    "free_exceptions": "x = None\nfor i in range(100000):\n y = Exception(); y.__context__ = x; x = y\n"
                       "x = y = None\nf = lambda: 1 // 0",
    "free_frames": "x = None\ndef g(y):\n yield\nfor i in range(100000): x = g(x); next(x)\nx = None\nf = lambda: 1 // 0",
    "free_closures": "x = None\ndef g(y): return lambda: y\nfor i in range(100000): x = g(x)\nx = None\nf = lambda: 1 // 0",
    "free_tracebacks": "import sys\ndef f(n):\n if n: f(n - 1)\n else: 1 // 0\nsys.setrecursionlimit(9000)\n"
                       "try: f(5000)\nexcept ZeroDivisionError as e: x = e\nx = None\nf = lambda: 1 // 0",
    "collect_deep": "import gc\nx = None\nfor i in range(300000): x = [x]\ngc.collect()\nf = lambda: 1 // 0",
}
END = """
try:
    f()
except BaseException as e:
    print(type(e).__name__, str(e)[:400] if type(e) is not RecursionError else "")
else:
    print("no end")
"""

CASES = {}

# Where words are not CPython's: the exit code is, and no signal ends it.
ONLY_CODE = {
    "no stderr", "stderr without write",  # CPython shows the object by its own fields
    "few files",  # which of the library's files is the one too many
}
# Of standard error the last line counts.
LAST_LINE = {
    # CPython shows a piece of lines beyond its buffer.
    "million_digits.py", "many_digits.py", "awaits.py",
    "input that is no utf-8",  # the codec's frames are Python there
}
# CPython dies of these, or computes on where ouropy says that it is too deep.
ENDS_SOMEHOW = {"recursion: " + name for name in ("tuples_hash", "methods", "union_hash", "map_deep")}


def case(name, line):
    CASES[name] = line


for name in FILES:
    if "/" not in name:
        case(name, f"$PY {name}")
        case(f"{name} as input", f"$PY < {name}")
for name in BIG:
    case(name, f"$PY {name}")
for name in RECURSION:
    case(f"recursion: {name}", f"$PY recursion_{name}.py")
for name, line in {
    "missing file": "$PY no_such_file.py",
    "missing folder": "$PY no/such/file.py",
    "a file as a folder": "$PY empty.py/x.py",
    "empty name": "$PY ''",
    "long name": "$PY $(printf '%05000d' 0)",
    "name that is no utf-8": "$PY \"$(printf 'caf\\351.py')\"",
    "folder": "$PY folder",
    "folder with a slash": "$PY folder/",
    "here": "cd folder && $PY .",
    "folder that runs": "$PY runs a b",
    "unreadable": "$PY unreadable.py",
    "device": "$PY /dev/null",
    "fifo": "(echo 'print(1)' > fifo &) ; $PY fifo",
    "link to nowhere": "$PY nowhere",
    "link in a ring": "$PY ring",
    "module that is missing": "$PY -m no_such_module",
    "submodule that is missing": "$PY -m package.no_such_module",
    "submodule of no package": "$PY -m json.decoder.no",
    "package without main": "$PY -m package",
    "package that breaks": "$PY -m breaks",
    "package that breaks, submodule": "$PY -m breaks.x",
    "relative module": "$PY -m .x",
    "empty module": "$PY -m ''",
    "module with a suffix": "$PY -m raises.py",
    "module that raises": "$PY -m raises",
    "module with a syntax error": "$PY -m syntax",
    "built-in module": "$PY -m sys",
    "built-in module that imports nothing": "$PY -m _thread",
    "no module named": "$PY -m",
    "no command": "$PY -c",
    "empty command": "$PY -c ''",
    "command with a syntax error": "$PY -c 'x ='",
    "command with an indent": "$PY -c '  x = 1'",
    "command of two lines": "$PY -c 'x = 1\n  y = 2'",
    "command that raises": "$PY -c '1/0'",
    "command that is no utf-8": "$PY -c \"$(printf 'print(ascii(\"caf\\351\"))')\"",
    "command with surrogates": "$PY -c 'print(ascii(\"\\udce9\"))'",
    "unknown option": "$PY -Z",
    "no -W": "$PY -W",
    "bad -W": "$PY -W nonsense -c 'print(1)'",
    "bad -W category": "$PY -W error::NoSuch -c 'print(1)'",
    "bad -W module": "$PY -W error::no.such.Warning -c 'print(1)'",
    "bad -W line": "$PY -W error::::x -c 'print(1)'",
    "bad -W fields": "$PY -W a:b:c:d:e:f -c 'print(1)'",
    "-W error": "$PY -W error -c 'import warnings; warnings.warn(\"x\")'",
    "-bb": "$PY -bb -c 'str(b\"\")'",
    "-x": "$PY -x no_newline.py",
    "-I": "PYTHONPATH=/nowhere $PY -I -c 'import sys; print(\"/nowhere\" in sys.path)'",
    "-X int_max_str_digits": "$PY -X int_max_str_digits=700 -c 'int(\"1\" * 701)'",
    "-X int_max_str_digits too low": "$PY -X int_max_str_digits=7 -c 'int(\"1\" * 701)'",
    "-X int_max_str_digits none": "$PY -X int_max_str_digits -c 'int(\"1\" * 701)'",
    "-X int_max_str_digits words": "$PY -X int_max_str_digits=x -c 'int(\"1\" * 701)'",
    "-X int_max_str_digits 0": "$PY -X int_max_str_digits=0 -c 'print(len(str(10**10000)))'",
    "-X importtime": "$PY -X importtime -c 'import wave, xyz' 2>&1 | sed -n 's/ *[0-9][0-9]* |/ N |/g; /wave/,$p'",
    "-X importtime by a variable": "PYTHONPROFILEIMPORTTIME=x $PY -c 'import html.entities' 2>&1 | "
        "sed -n 's/ *[0-9][0-9]* |/ N |/g; /html/p'",
    "-X unknown": "$PY -X no_such_thing -c 'import sys; print(sys._xoptions)'",
    "-X utf8=2": "$PY -X utf8=2 -c 'print(1)'",
    "--check-hash-based-pycs": "$PY --check-hash-based-pycs sometimes -c 'print(1)'",
    "str(10**1000000)": "$PY -c 'str(10**1000000)'",
    "int of a million digits": "$PY -c 'int(\"1\" * 1000000)'",
    "print of a large int": "$PY -c 'print(10**5000)'",
    "format of a large int": "$PY -c 'f\"{10**5000}\"'",
    "percent of a large int": "$PY -c '\"%d\" % 10**5000'",
    "int base 7": "$PY -c 'int(\"1\" * 5000, 7)'",
    "int base 8": "$PY -c 'print(int(\"1\" * 5000, 8).bit_length())'",
    "set_int_max_str_digits": "$PY -c 'import sys; sys.set_int_max_str_digits(10)'",
    "huge shift": "$PY -c '1 << 10**30'",
    "huge repeat": "$PY -c '\"a\" * 10**30'",
    "too large repeat": "$PY -c '[0] * 2**62'",
    "too large bytes": "$PY -c 'bytes(2**62)'",
    "too large range": "$PY -c 'len(range(2**70))'",
    "too large width": "$PY -c '\"%*d\" % (2**62, 1)'",
    "too large format": "$PY -c 'format(1, \"9\" * 30)'",
    # Streams that fail
    "print to a full disk": "$PY -c 'print(1)' > /dev/full",
    "flush to a full disk": "$PY -c 'print(1, flush=True); print(2)' > /dev/full",
    "much to a full disk": "$PY -c 'print(\"x\" * 100000)' > /dev/full",
    "lines to a full disk": "$PY -c 'for i in range(10000): print(i)' > /dev/full",
    "error after output to a full disk": "$PY -c 'print(1); 1/0' > /dev/full",
    "exit after output to a full disk": "$PY -c 'import sys; print(1); sys.exit(5)' > /dev/full",
    "unbuffered to a full disk": "$PY -u -c 'print(1); print(2)' > /dev/full",
    "errors to a full disk": "$PY -c '1/0' 2> /dev/full",
    "syntax error to a full disk": "$PY -c 'x =' 2> /dev/full",
    "stderr to a full disk": "$PY -c 'import sys; print(1, file=sys.stderr)' 2> /dev/full",
    "both to a full disk": "$PY -c 'print(1)' > /dev/full 2>&1",
    "file on a full disk": "$PY -c 'f = open(\"/dev/full\", \"w\"); f.write(\"x\"); f.close()'",
    "with file on a full disk":
        "$PY -c 'with open(\"/dev/full\", \"w\") as f: f.write(\"x\")'",
    "file on a full disk, unbuffered": "$PY -c 'open(\"/dev/full\", \"wb\", 0).write(b\"x\")'",
    "file on a full disk, large": "$PY -c 'f = open(\"/dev/full\", \"wb\"); f.write(b\"x\" * 100000)'",
    "os.write on a full disk": "$PY -c 'import os; os.write(os.open(\"/dev/full\", 1), b\"x\")'",
    "closed stdout": "$PY -c 'print(1); import sys; print(sys.stdout, file=sys.stderr)' >&-",
    "closed stdout that is closed": "$PY -c 'import sys; sys.stdout.write(1)' >&-",
    "stdout closed by hand": "$PY -c 'import sys; print(1); sys.stdout.close()'",
    "print after close": "$PY -c 'import sys; sys.stdout.close(); print(1)'",
    "descriptor closed": "$PY -c 'import os; print(1); os.close(1)'",
    "descriptor closed, flush": "$PY -c 'import os; os.close(1); print(1, flush=True)'",
    "closed stderr": "$PY -c '1/0' 2>&-",
    "closed stderr, syntax": "$PY -c 'x =' 2>&-",
    "closed stdin": "$PY -c 'import sys; print(sys.stdin)' <&-",
    "input from closed stdin": "$PY -c 'input()' <&-",
    "program from closed stdin": "$PY <&-",
    "everything closed": "$PY -c 'open(\"out\", \"w\").write(\"x\")' <&- >&- 2>&-; cat out",
    "stdin is a folder": "$PY < folder",
    "read of a folder": "$PY -c 'import sys; sys.stdin.read()' < folder",
    "stdin for writing only": "$PY -c 'import sys; sys.stdin.read()' 0> /dev/null",
    "stdout for reading only": "$PY -c 'print(1)' 1< /dev/null",
    "input at the end": "$PY -c 'input()' < /dev/null",
    "input in the middle": "printf a | $PY -c 'print(input()); input()'",
    "input that is no utf-8": "printf '\\377' | $PY -c 'import sys; sys.stdin.reconfigure(errors=\"strict\"); input()'",
    "reader that goes away":
        "($PY -c 'for i in range(100000): print(i)'; echo code $? >&2) | head -n 1",
    "reader that is away": "(sleep 0.3; $PY -c 'print(1)'; echo code $? >&2) | :",
    "reader that is away, flush": "(sleep 0.3; $PY -c 'print(1, flush=True)'; echo code $? >&2) | :",
    "print of surrogates": "$PY -c 'print(\"\\udc80\")'",
    "print of surrogates to ascii": "PYTHONIOENCODING=ascii $PY -c 'print(\"\\xe9\")'",
    "print with backslashes": "PYTHONIOENCODING=ascii:backslashreplace $PY -c 'print(\"\\xe9\")'",
    "error of surrogates": "$PY -c 'raise ValueError(\"\\udc80\")'",
    "exit with surrogates": "$PY -c 'import sys; sys.exit(\"\\udc80\")'",
    # Ends
    "exit codes": "for c in None 0 1 2 255 256 -1 2**40 10**30 True 1.5 '\"x\"' ''; do "
                  "$PY -c \"import sys; sys.exit($c)\"; echo $?; done",
    "exit whose text raises": "$PY -c 'class A:\n def __str__(s): 1/0\nimport sys; sys.exit(A())'",
    "raise SystemExit": "$PY -c 'raise SystemExit(7)'",
    "KeyboardInterrupt": "$PY -c 'raise KeyboardInterrupt'; echo $?",
    "os.abort": "$PY -c 'import os; os._exit(9)'",
    "killed": "$PY -c 'import os, signal; os.kill(os.getpid(), signal.SIGTERM)'; echo $?",
    "exception group": "$PY -c 'raise ExceptionGroup(\"a\", [ValueError(1), TypeError(2)])'",
    "excepthook that raises": "$PY -c 'import sys\ndef h(*a): raise KeyError(1)\nsys.excepthook = h\n1/0'",
    "excepthook that is none": "$PY -c 'import sys\ndel sys.excepthook\n1/0'",
    "excepthook no function": "$PY -c 'import sys\nsys.excepthook = 5\n1/0'",
    "stderr that is none": "$PY -c 'import sys\nsys.stderr = None\n1/0'",
    "stderr without write": "$PY -c 'import sys\nsys.stderr = 5\n1/0'",
    "no stderr": "$PY -c 'import sys\ndel sys.stderr\n1/0'",
    "no stdout": "$PY -c 'import sys\ndel sys.stdout\nprint(1)'",
    "no stdout to flush": "$PY -c 'import sys\ndel sys.stdout'",
    "stdout that is none": "$PY -c 'import sys\nsys.stdout = None\nprint(1)'",
    "no stdin": "$PY -c 'import sys\ndel sys.stdin\ninput()'",
    "atexit that raises": "$PY -c 'import atexit\natexit.register(lambda: 1/0)\nprint(1)'",
    "atexit that exits": "$PY -c 'import atexit, sys\natexit.register(lambda: sys.exit(4))\nprint(1)'",
    "__del__ that raises": "$PY -c 'class A:\n def __del__(s): 1/0\nA(); import gc; gc.collect()'",
    "thread that raises": "$PY -c 'import threading\nt = threading.Thread(target=lambda: 1/0, name=\"t\")\n"
                          "t.start(); t.join()'",
    "thread that exits": "$PY -c 'import threading, sys\nt = threading.Thread(target=sys.exit)\nt.start(); t.join()'",
    "exception whose str raises": "$PY -c 'class A(Exception):\n def __str__(s): 1/0\nraise A'",
    "exception without module": "$PY -c 'class A(Exception): pass\nA.__module__ = 5\nraise A(1)'",
    "broken traceback": "$PY -c 'import sys\nsys.tracebacklimit = 0\n1/0'",
    "notes": "$PY -c 'e = ValueError(1); e.add_note(\"a\\nb\"); raise e'",
    "notes that are none": "$PY -c 'e = ValueError(1); e.__notes__ = 5; raise e'",
    "cause in a ring": "$PY -c 'e = ValueError(1); f = KeyError(2); e.__cause__ = f; f.__cause__ = e; raise e'",
    "path that is none": "$PY -c 'import sys\nsys.path = None\nimport json'",
    "modules that are none": "$PY -c 'import sys\nsys.modules = None\nimport json'",
    "builtins without import": "$PY -c 'import builtins\ndel builtins.__import__\nimport json'",
    "builtins without build_class": "$PY -c 'import builtins\ndel builtins.__build_class__\nclass A: pass'",
    "recursion limit": "$PY -c 'import sys\nsys.setrecursionlimit(0)'",
    "recursion limit too low": "$PY -c 'import sys\nsys.setrecursionlimit(1)'",
    "recursion limit too large": "$PY -c 'import sys\nsys.setrecursionlimit(2**31)'",
    "recursion without a limit": "$PY -c 'import sys\nsys.setrecursionlimit(10**6)\ndef f(n): return n and f(n - 1)\n"
                                 "print(f(20000))'",
    # The environment
    "PYTHONPATH": "PYTHONPATH=/nowhere::folder $PY -c 'import sys; print(sys.path[1:3])'",
    "PYTHONHASHSEED words": "PYTHONHASHSEED=words $PY -c 'print(1)'",
    "PYTHONHASHSEED below": "PYTHONHASHSEED=-1 $PY -c 'print(1)'",
    "PYTHONHASHSEED above": "PYTHONHASHSEED=4294967296 $PY -c 'print(1)'",
    "PYTHONHASHSEED": "PYTHONHASHSEED=4294967295 $PY -c 'print(hash(\"a\"))'",
    "PYTHONIOENCODING": "PYTHONIOENCODING=no-such $PY -c 'print(1)'",
    "PYTHONIOENCODING errors": "PYTHONIOENCODING=:no-such $PY -c 'print(\"\\udc80\")'",
    "PYTHONIOENCODING colon": "PYTHONIOENCODING=: $PY -c 'print(1)'",
    "PYTHONIOENCODING utf-16": "PYTHONIOENCODING=utf-16 $PY -c 'print(1)' | od -c",
    "PYTHONUTF8": "PYTHONUTF8=2 $PY -c 'print(1)'",
    "PYTHONUTF8 words": "PYTHONUTF8=x $PY -c 'print(1)'",
    "PYTHONINTMAXSTRDIGITS": "PYTHONINTMAXSTRDIGITS=1 $PY -c 'print(1)'",
    "PYTHONINTMAXSTRDIGITS words": "PYTHONINTMAXSTRDIGITS=x $PY -c 'print(1)'",
    "PYTHONINTMAXSTRDIGITS 0": "PYTHONINTMAXSTRDIGITS=0 $PY -c 'print(len(str(10**5000)))'",
    "PYTHONOPTIMIZE": "PYTHONOPTIMIZE=x $PY -c 'import sys; print(sys.flags.optimize)'",
    "PYTHONOPTIMIZE 3": "PYTHONOPTIMIZE=3 $PY -c 'import sys; print(sys.flags.optimize)'",
    "PYTHONOPTIMIZE below": "PYTHONOPTIMIZE=-3 $PY -c 'import sys; print(sys.flags.optimize)'",
    "PYTHONVERBOSE below": "PYTHONVERBOSE=x9 PYTHONOPTIMIZE= $PY -E -c 'import sys; print(sys.flags.verbose)'",
    "PYTHONWARNINGS": "PYTHONWARNINGS=error,nonsense,ignore::NoSuch $PY -c 'print(1)'",
    "PYTHONBREAKPOINT": "PYTHONBREAKPOINT=no.such $PY -c 'breakpoint(); print(1)'",
    "PYTHONBREAKPOINT 0": "PYTHONBREAKPOINT=0 $PY -c 'breakpoint(); print(1)'",
    "unbuffered": "$PY -u -c 'import sys; print([(s.write_through, s.line_buffering) for s in "
                  "(sys.stdin, sys.stdout, sys.stderr)])'",
    "buffered": "$PY -c 'import sys; print([(s.write_through, s.line_buffering) for s in "
                "(sys.stdin, sys.stdout, sys.stderr)])'",
    "PYTHONSTARTUP": "PYTHONSTARTUP=/no/such $PY -c 'print(1)'",
    "PYTHONSAFEPATH": "PYTHONSAFEPATH=1 $PY -c 'import sys; print(\"\" in sys.path)'",
    "PYTHONWARNDEFAULTENCODING":
        "PYTHONWARNDEFAULTENCODING=1 $PY -c 'import sys; print(sys.flags.warn_default_encoding)'",
    "PYTHONCOERCECLOCALE": "LC_ALL=C PYTHONCOERCECLOCALE=0 $PY -c 'import sys; print(sys.stdout.errors)'",
    "locale that is missing": "LC_ALL=no_SUCH $PY -c 'import sys; print(sys.stdout.encoding, sys.stdout.errors)'",
    "no environment": "env -i $PY -c 'import sys; print(sys.stdout.encoding, sys.stdout.errors)'",
    "environment that is no utf-8":
        "env A=\"$(printf '\\351')\" $PY -c 'import os; print(ascii(os.environ[\"A\"]))'",
    "folder that is gone": "mkdir gone && cd gone && rmdir ../gone && $PY -c 'import sys; print(sys.path[0] == \"\")'",
    "folder that is gone, file":
        "mkdir gone2 && cd gone2 && cp ../no_newline.py /tmp/gone_$$.py && rmdir ../gone2 && "
        "$PY /tmp/gone_$$.py; rm /tmp/gone_$$.py",
    "folder that is gone, module": "mkdir gone3 && cd gone3 && rmdir ../gone3 && $PY -m this | wc -l",
    "heap exhausted": "OURO_GC=$OURO_GC:limit=20M $PY -c 'a = []\nwhile True: a.append(bytes(1000 if len(a) < 10**5 "
                      "else 2**62))'",
    "little memory": "ulimit -v 8000000; $PY -c 'x = bytearray(10**10)'",
    "little stack": "ulimit -s 256; $PY recursive.py 2>&1 | tail -n 1",
    "few files": "ulimit -n 4; $PY -c 'open(\"/dev/null\"); x = [open(\"/dev/null\") for i in range(9)]'",
    "limit of a file's size":
        "ulimit -f 1; $PY -c 'f = open(\"limited\", \"wb\", 0); print(f.write(b\"x\" * 9999)); f.write(b\"x\")'",
}.items():
    case(name, line)


def prepare(folder):
    for name, data in FILES.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
    for name, text in BIG.items():
        (folder / name).write_text(text() + "\n")
    for name, text in RECURSION.items():
        (folder / f"recursion_{name}.py").write_text(text + END)
    (folder / "unreadable.py").chmod(0)
    os.mkfifo(folder / "fifo")
    os.symlink("no_such", folder / "nowhere")
    os.symlink("ring", folder / "ring")


def said_by(interpreter, line, folder):
    """The exit code, and both streams as bytes, with names of interpreters and addresses made equal."""
    environment = {name: value for name, value in os.environ.items()
                   if not name.startswith("PYTHON") and not name.startswith("OUROPY")}
    environment |= {"PY": interpreter, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0", "LC_ALL": "C.UTF-8"}
    with subprocess.Popen(["sh", "-c", line], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True) as process:
        try:
            streams = process.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            process.communicate()
            return "no end", b"", b""
    ends = []
    for stream in streams:
        stream = re.sub(rb"0x[0-9a-f]{6,}", b"0x...", stream).replace(interpreter.encode(), b"PYTHON")
        ends.append(stream.replace(b"Try `python -h'", b"Try `PYTHON -h'"))
    return process.returncode, *ends


def agree(name, wanted, said):
    if name in ENDS_SOMEHOW:
        return isinstance(said[0], int) and 0 <= said[0] < 128
    if name in ONLY_CODE:
        return said[0] == wanted[0]
    if name in LAST_LINE:
        return said[:2] == wanted[:2] and said[2].splitlines()[-1:] == wanted[2].splitlines()[-1:]
    return said == wanted


def main():
    collector, ouropy, *only = sys.argv[1:]
    os.environ["OURO_GC"] = collector
    folder = pathlib.Path(tempfile.mkdtemp(prefix="ouropy-bad-input-"))
    failed = n = 0
    try:
        prepare(folder)
        names = [name for name in CASES if not only or name in only]
        print(f"1..{len(names)}")
        for n, name in enumerate(names, 1):
            wanted = said_by(CPYTHON, CASES[name], folder)
            said = said_by(ouropy, CASES[name], folder)
            ok = agree(name, wanted, said)
            failed += not ok
            print(f"{'ok' if ok else 'not ok'} {n} - {name}", flush=True)
            if not ok:
                print(f"# {CASES[name]!r}")
                for who, (code, out, err) in (("cpython", wanted), ("ouropy", said)):
                    print(f"# {who}: {code}\n#   {out[-300:]!r}\n#   {err[-700:]!r}", flush=True)
    finally:
        shutil.rmtree(folder)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
