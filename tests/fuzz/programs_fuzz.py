"""Random programs, the same for the same seed, under CPython 3.11 and ouropy: what they print must be the same.

    programs_fuzz.py OUROPY [--seed=N] [--programs=N] [--seconds=N] [--keep=FOLDER]

A program ends: loops go over what is finite, and everything else is a statement inside `attempt`, which prints
exceptions by type and words. What is known to differ isn't made: keywords that are no strings for what takes none, slots in
subclasses of str. It is deterministic: nothing prints an address, a hash or a time. A difference is
shrunk by leaving out statements, as long as there is a difference, and printed. As TAP: one line for a batch."""
import ast
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time
import warnings

CPYTHON = "/usr/bin/python3.11"
SECONDS = 20

HEAD = r'''
import sys
def show(*values):
    out = []
    for v in values:
        try:
            r = repr(v)
        except BaseException as e:
            r = "!" + type(e).__name__ + ": " + str(e)
        if " at 0x" in r:
            r = type(v).__name__
        if "<" in r and "{" in r:  # a set of what is hashed by its address
            r = "".join(sorted(r))
        out.append(r if len(r) < 300 else r[:200] + "..." + str(len(r)))
    print(*out)
def tell(e, depth=0):
    text = str(e)
    if " at 0x" in text:
        text = "..."
    print("  " * depth + "raised", type(e).__name__, text[:300], getattr(e, "name", "") if isinstance(e, (NameError, ImportError)) else "")
    if isinstance(e, BaseExceptionGroup):
        for each in e.exceptions:
            tell(each, depth + 1)
    if depth < 3 and e.__cause__ is not None:
        print("  " * depth + "cause")
        tell(e.__cause__, depth + 1)
    elif depth < 3 and e.__context__ is not None and not e.__suppress_context__:
        print("  " * depth + "context")
        tell(e.__context__, depth + 1)
def attempt(f, *args):
    try:
        show(f(*args))
    except RecursionError:
        print("too deep")
    except Exception as e:
        tell(e)
class Num:
    def __init__(self, v): self.v = v
    def __repr__(self): return f"Num({self.v!r})"
    def __add__(self, o): return Num(self.v + (o.v if isinstance(o, Num) else o))
    def __radd__(self, o): return Num(("r", o, self.v))
    def __mul__(self, o): return NotImplemented
    def __rmul__(self, o): return Num(("rm", o))
    def __eq__(self, o): return isinstance(o, Num) and self.v == o.v
    def __lt__(self, o): return self.v < o.v
    def __hash__(self): return 7
    def __bool__(self): return bool(self.v)
    def __index__(self): return 3
    def __len__(self): return 2
    def __getitem__(self, i): return ("item", i) if i != 5 else [][0]
    def __contains__(self, x): return x == 1
    def __call__(self, *a, **k): return ("called", a, k)
    def __format__(self, spec): return "<" + spec + ">"
    def __enter__(self): return self
    def __exit__(self, t, e, b):
        print("exit", t and t.__name__)
        return self.v == 1
    def __neg__(self): return "neg"
    def __iter__(self): return iter((self.v, self.v))
class Slot:
    __slots__ = ("a", "b")
    def __init__(self, a=1): self.a = a
    def __repr__(self): return "Slot"
class Sub(list):
    def __repr__(self): return "Sub" + list.__repr__(self)
class IntSub(int): pass
class StrSub(str):
    def __str__(self): return "strsub"
class Key(dict):
    def __missing__(self, k): return ("missing", k)
'''


class Program:
    """Writes one program. Expressions are texts; names are what is in scope."""

    def __init__(self, seed):
        self.r = random.Random(seed)
        self.n = 0
        self.globals = ["g0", "g1", "g2", "g3"]
        self.functions, self.classes = [], ["Num", "Slot", "Sub", "IntSub", "StrSub", "Key"]

    def pick(self, *choices):
        return self.r.choice(choices)

    def fresh(self, letter):
        self.n += 1
        return f"{letter}{self.n}"

    # ---- Values ----

    def integer(self):
        return self.pick("0", "1", "2", "-1", "3", "7", "-5", "10", "255", "256", "True", "False", "100", "2**31", "-2**31",
                         "2**62", "2**63", "-2**63", "2**64 - 1", "10**20", "-10**25", "1 << 100", "IntSub(4)", "0x1f")

    def floating(self):
        return self.pick("0.0", "-0.0", "1.5", "-2.5", "1e16", "1e-7", "123456789.125", "float('inf')", "float('nan')",
                         "1e300", "0.1", "1e22", "5e-324", "3.0", "2.675", "-1e-5", "1j", "2-3j", "complex(0, -0.0)")

    def string(self):
        return self.pick("''", "'a'", "'abc'", "'Hello World'", "'a,b,,c'", "'  pad\\t\\n'", "'ß'", "'éàü'", "'ǅ'", "'日本語'",
                         "'\\U0001f600x'", "'ABCabc'", "'12'", "'0x1f'", "' 42 '", "'\\u0660\\u0661'", "('x' * 50)", "'a\\x00b'",
                         "'\\ud800'", "'{} {1}'", "'%s %d'", "'line\\nbreak\\r\\nend'", "'tEST'", "StrSub('q')", "'aXbXc'", "'ﬁ'",
                         "'İi'", "'1_000'", "'-0.0'", "'{a!r:>5}'", "'\\'\"'")

    def bytestring(self):
        return self.pick("b''", "b'a'", "b'abc\\xff'", "b'a,b,c'", "bytearray(b'xyz')", "b'  q '", "b'\\x00\\x01'", "bytes(3)",
                         "bytearray()", "memoryview(b'abcd')", "b'AbC'", "b'12'", "memoryview(bytearray(b'abcdef'))[::2]")

    def names(self, scope):
        return self.r.choice(scope) if scope else self.integer()

    def container(self, scope, depth):
        e = lambda: self.expression(scope, depth - 1)
        n = self.r.randrange(4)
        items = ", ".join(e() for _ in range(n))
        star = f"*{e()}, " if self.r.random() < 0.15 else ""
        kind = self.r.randrange(9)
        if kind <= 1:
            return f"[{star}{items}]"
        if kind == 2:
            return f"({star}{items}{',' if n == 1 else ''})"
        if kind == 3:
            pairs = ", ".join(f"{e()}: {e()}" for _ in range(n))
            star = f"**{e()}, " if self.r.random() < 0.15 else ""
            return "{" + star + pairs + "}"
        if kind == 4:
            return "{" + star + items + "}" if star or items else "set()"
        if kind == 5:
            return self.pick("range(5)", "range(10, 0, -3)", "range(0)", "Sub([1, 2, 3])", "Key(a=1)", "frozenset((1, 2))",
                             "range(2**65, 2**65 + 9, 4)", "list('abcab')", "dict(a=1, b=2)", "{1: 'x', 'k': None}", "[3, 1, 2]",
                             "[[1, 2], [3, 4]]", "(1, 'a', None)", "['b', 'a', 'C']", "[1, 2.0, True]", "slice(1, None, 2)")
        return self.comprehension(scope, depth)

    def comprehension(self, scope, depth):
        v, source = self.fresh("i"), self.iterable(scope, depth - 1)
        inner = scope + [v]
        condition = f" if {self.expression(inner, depth - 1)}" if self.r.random() < 0.3 else ""
        if self.r.random() < 0.15:
            w = self.fresh("j")
            condition += f" for {w} in {self.pick('range(3)', v, repr('xy'))}"
            inner = inner + [w]
        body = self.expression(inner, depth - 1)
        kind = self.r.randrange(5)
        loop = f" for {v} in {source}{condition}"
        return (f"[{body}{loop}]" if kind < 2 else f"{{{body}{loop}}}" if kind == 2
                else f"{{{v}: {body}{loop}}}" if kind == 3 else f"{self.pick('list', 'tuple', 'sum', 'sorted', 'any', 'max')}({body}{loop})")

    def iterable(self, scope, depth):
        return self.pick("range(4)", "'abc'", "(1, 2, 3)", "[0, 'a', None]", "{1: 2, 3: 4}", "b'ab'", "zip('ab', (1, 2))",
                         "enumerate('xy')", "{1, 2}", "map(str, range(3))", "reversed([1, 2])", "[(1, 2), (3, 4)]", "{'k': 1}.items()",
                         self.expression(scope, depth) if depth > 0 else "()")

    def atom(self, scope, depth=0):
        roll = self.r.random()
        if roll < 0.30 and scope:
            return self.names(scope)
        if roll < 0.50:
            return self.integer()
        if roll < 0.62:
            return self.floating()
        if roll < 0.80:
            return self.string()
        if roll < 0.87:
            return self.bytestring()
        if roll < 0.93:
            return self.pick("None", "...", "NotImplemented", "int", "str", "list", "Num(2)", "Num(0)", "Slot()", "len", "print", "type")
        return self.pick("[]", "()", "{}", "set()", "[1, 2, 3]", "(1, 2)", "{'a': 1}", "range(3)")

    def expression(self, scope, depth):
        if depth <= 0:
            return self.atom(scope)
        e = lambda: self.expression(scope, depth - 1)
        roll = self.r.randrange(24)
        if roll < 4:
            return self.atom(scope)
        if roll < 7:
            return f"({e()} {self.pick('+', '-', '*', '/', '//', '%', '&', '|', '^', '+', '-', '*', '@')} {e()})"
        if roll == 7:
            return self.pick(f"({e()} << {self.pick('0', '1', '5', '64', '-1', 'True')})", f"({e()} >> {self.pick('0', '1', '70', '-1')})",
                             f"({e()} ** {self.pick('2', '0', '-1', '0.5', '3', '1j')})")
        if roll == 8:
            return f"({self.pick('-', '+', '~', 'not ', 'not ', '-')}{e()})"
        if roll == 9:
            return f"({e()} {self.comparison()} {e()})" if self.r.random() < 0.7 else f"({e()} {self.comparison()} {e()} {self.comparison()} {e()})"
        if roll == 10:
            return f"({e()} {self.pick('and', 'or')} {e()})"
        if roll == 11:
            return f"({e()} if {e()} else {e()})"
        if roll < 14:
            return self.container(scope, depth)
        if roll == 14:
            return f"({e()})[{self.subscript(scope, depth - 1)}]"
        if roll < 18:
            return self.method(scope, depth)
        if roll == 18:
            return self.formatted(scope, depth)
        if roll < 22:
            return self.builtin(scope, depth)
        if roll == 22 and self.functions:
            return f"{self.r.choice(self.functions)}({self.arguments(scope, depth)})"
        return self.pick(f"(lambda {self.parameters(scope, depth, True)[0]}: {e()})({self.arguments(scope, depth)})",
                         f"({self.fresh('w')} := {e()})", f"{self.r.choice(self.classes)}({self.arguments(scope, depth)})",
                         f"({e()}).{self.pick('real', 'a', '__class__.__name__', 'b', '__doc__ is None', 'v', 'imag', '__len__', 'start', 'x')}")

    def comparison(self):
        return self.pick("==", "!=", "<", "<=", ">", ">=", "in", "not in", "is None is", "==", "<")

    def subscript(self, scope, depth):
        i = lambda: self.pick("", "0", "1", "-1", "2", "None", "-3", "10", "2**70", self.atom(scope))
        roll = self.r.random()
        if roll < 0.4:
            return self.pick("0", "1", "-1", "2", "5", "True", "'a'", "None", "1.5", "-2**70", self.expression(scope, depth))
        if roll < 0.7:
            return f"{i()}:{i()}"
        return f"{i()}:{i()}:{self.pick('', '1', '-1', '2', '-2', '0', 'None', '2**65', 'Num(1)')}"

    METHODS = (
        # of strings and bytes
        "upper", "lower", "title", "swapcase", "casefold", "capitalize", "strip", "lstrip", "rstrip", "split", "rsplit", "splitlines",
        "join", "replace", "find", "rfind", "index", "rindex", "count", "startswith", "endswith", "center", "ljust", "rjust", "zfill",
        "encode", "decode", "isdigit", "isalpha", "isalnum", "isupper", "isspace", "isidentifier", "istitle", "isprintable", "isascii",
        "partition", "rpartition", "expandtabs", "format", "format_map", "translate", "removeprefix", "removesuffix", "hex", "isnumeric",
        # of lists, dicts and sets
        "append", "extend", "insert", "pop", "remove", "sort", "reverse", "copy", "clear", "get", "keys", "values", "items", "update",
        "setdefault", "popitem", "add", "discard", "union", "intersection", "difference", "symmetric_difference", "issubset",
        "issuperset", "isdisjoint", "fromkeys", "intersection_update", "difference_update",
        # of numbers
        "bit_length", "bit_count", "as_integer_ratio", "is_integer", "conjugate", "to_bytes", "hex", "fromhex", "tolist", "tobytes",
        "indices", "__add__", "__len__", "__getitem__", "__contains__", "__eq__", "__mul__", "__iter__", "cast", "toreadonly", "release")

    def method(self, scope, depth):
        name = self.r.choice(self.METHODS)
        kind = self.r.random()
        if kind < 0.5 and self.METHODS.index(name) < 47:
            o = self.pick(self.string(), self.string(), self.string(), self.bytestring())
        elif kind < 0.7 and self.METHODS.index(name) >= 47:
            o = self.container(scope, 1)
        else:
            o = self.expression(scope, depth - 1)
        if o[0] in "0123456789-":
            o = f"({o})"
        wanted = self.pick(0, 0, 1, 1, 1, 2, 2, 3)
        arguments = [self.pick(self.atom(scope), self.atom(scope), self.integer(), self.string(), self.bytestring(),
                               self.expression(scope, depth - 2)) for _ in range(wanted)]
        if self.r.random() < 0.12:
            arguments.append(self.pick("key=len", "reverse=True", "sep=','", "maxsplit=1", "keepends=True", "encoding='ascii'",
                                       "errors='replace'", "length=4", "signed=True", "byteorder='big'", "a=1", "default=3", "key=str",
                                       "key=None", "errors='backslashreplace'", "*[1]", "tabsize=3"))
        return f"{o}.{name}({', '.join(arguments)})"

    BUILTINS = ("len", "abs", "sum", "min", "max", "sorted", "list", "tuple", "set", "dict", "frozenset", "int", "float", "str", "bytes",
                "bytearray", "bool", "complex", "repr", "ascii", "ord", "chr", "hex", "oct", "bin", "divmod", "pow", "round", "range",
                "enumerate", "zip", "map", "filter", "reversed", "isinstance", "issubclass", "getattr", "hasattr", "callable", "any",
                "all", "iter", "next", "slice", "type", "format", "hash", "memoryview", "setattr", "vars", "issubclass")

    def builtin(self, scope, depth):
        name = self.r.choice(self.BUILTINS)
        count = self.pick(0, 1, 1, 1, 1, 2, 2, 3)
        arguments = [self.expression(scope, depth - 1) for _ in range(count)]
        if name in ("bytes", "bytearray", "range", "int", "round", "pow", "hash"):
            arguments = [self.pick(self.integer() if name not in ("bytes", "bytearray", "pow") else self.pick("3", "-1", "0", "2**100"),
                                   self.floating(), self.string(), self.bytestring()) for _ in range(count)]
            if name == "range":
                name = "list" if not arguments else name
            if name == "hash":
                arguments = [self.pick(self.integer(), self.floating(), "[]", "(1, 2)", "(1, 'a') == 1")]
        if name in ("map", "filter"):
            arguments = [self.pick("str", "len", "None", "lambda x: x", "lambda x, y=1: (y, x)")] + arguments[1:]
            return f"list({name}({', '.join(arguments)}))"
        if name in ("enumerate", "zip", "reversed"):
            return f"list({name}({', '.join(arguments)}))"
        if name in ("isinstance", "issubclass"):
            arguments = [self.expression(scope, depth - 1), self.pick("int", "(int, str)", "Num", "int | str", "1", "()", "type", "(list, ((), bool))")]
        if name in ("getattr", "hasattr", "setattr"):
            arguments = [self.expression(scope, depth - 1), self.pick("'a'", "'real'", "'v'", "'nope'", "1", "'__name__'"), *arguments[:1]]
        if self.r.random() < 0.1:
            arguments.append(self.pick("key=str", "default=0", "start=1", "reverse=True", "strict=True", "base=16", "ndigits=1", "key=lambda x: -x",
                                       "mod=7", "x=1", "encoding='utf-8'", "object=3"))
        return f"{name}({', '.join(arguments)})"

    def spec(self):
        p = self.pick
        if self.r.random() < 0.25:
            return p("", "s", "d", ">10", "^7", "*<8", "010", "+", "x", "#x", "b", ",", "_", ".3", "e", "%", "n", "c", "{", "10.4s", "=+5", "z")
        return (p("", "", "*<", ">", "^", "=", "0=", "é^") + p("", "", "+", "-", " ") + p("", "", "z") + p("", "", "#") + p("", "0") + p("", "5", "12", "1", "20")
                + p("", "", ",", "_") + p("", ".2", ".0", ".10") + p("", "d", "x", "X", "o", "b", "e", "E", "f", "F", "g", "G", "%", "s", "c", "n"))

    def formatted(self, scope, depth):
        e = lambda: self.expression(scope, depth - 2).replace("\\", "").replace("'", "\"").replace("\n", "")
        roll = self.r.randrange(4)
        if roll == 0:
            parts = []
            for _ in range(self.r.randrange(1, 4)):
                x = self.pick(*scope, "1", "2.5", "10**20", "None", "True", "-7", "1e100") if self.r.random() < 0.7 else "(" + self.atom(scope).replace("\\", "").replace("'", '"') + ")"
                parts.append("{" + x + self.pick("", "", "=", "!r", "!s", "!a") + self.pick("", ":" + self.spec().replace("{", "")) + "}" + self.pick("", " ", "x{{y}}", "é"))
            return "f'''" + "".join(parts) + "'''"
        if roll == 1:
            v = self.pick(self.integer(), self.floating(), self.string(), self.atom(scope))
            return f"format({v}, {self.spec()!r})"
        if roll == 2:
            codes = "".join("%" + self.pick("", "", "-", "+", "0", "#", " ", "0-") + self.pick("", "5", "*", "12") + self.pick("", ".3", ".0", ".*")
                            + self.pick(*"sdrxfgeoXacbi%uEGq") + self.pick("", " ", "é") for _ in range(self.r.randrange(1, 4)))
            values = ", ".join(self.pick(self.integer(), self.floating(), self.string(), self.atom(scope)) for _ in range(self.r.randrange(1, 5)))
            return self.pick(f"({codes!r} % ({values},))", f"({codes!r} % {self.atom(scope)})", f"('%(a)s %(b)5d' % {{'a': {self.atom(scope)}, 'b': {self.integer()}}})",
                             f"({codes.replace('é', '')!r}.encode() % ({values},))")
        fields = "".join(self.pick("{}", "{0}", "{1}", "{a}", "{0!r}", "{:" + self.spec().replace("{", "") + "}", "{0[0]}", "{0.real}", "{:{}}", "{{", "{a!s:>4}", "{", "}", "{2}", "{!x}") + " " for _ in range(self.r.randrange(1, 4)))
        return f"{fields!r}.format({self.atom(scope)}, {self.atom(scope)}, a={self.atom(scope)})"

    # ---- Functions and classes ----

    def parameters(self, scope, depth, plain=False):
        names = [self.fresh("p") for _ in range(self.r.randrange(4))]
        parts, defaults, slash = [], False, self.r.randrange(1, 4) if self.r.random() < 0.3 else 0
        for i, name in enumerate(names):
            defaults = defaults or self.r.random() < 0.3
            parts.append(name + ("=" + self.atom(scope) if defaults else ""))
            if i + 1 == slash:
                parts.append("/")
        if self.r.random() < 0.3:
            rest = self.fresh("a")
            parts.append("*" + rest)
            names = names + [rest]
            if self.r.random() < 0.5:
                only = self.fresh("k")
                parts.append(only + self.pick("", "=1"))
                names = names + [only]
        if self.r.random() < 0.25:
            words = self.fresh("kw")
            parts.append("**" + words)
            names = names + [words]
        return ", ".join(parts), names

    def arguments(self, scope, depth):
        parts = [self.expression(scope, depth - 2) for _ in range(self.r.randrange(4))]
        if self.r.random() < 0.15:
            parts.append("*" + self.pick("(1, 2)", "[]", "'ab'", "range(3)", "5", "{1: 2}"))
        if self.r.random() < 0.15:
            parts.append(self.pick("k=1", "p1=2", "x=3", "v=1", "a=None"))
        if self.r.random() < 0.1:
            parts.append("**" + self.pick("{}", "{'z': 1}", "dict(a=1)", "5", "Key(b=2)"))
        return ", ".join(parts)

    def block(self, scope, depth, indent, in_function, in_loop=False):
        lines, scope = [], list(scope)
        for _ in range(self.r.randrange(1, 4)):
            lines += self.statement(scope, depth, indent, in_function, in_loop)
        return lines

    def statement(self, scope, depth, indent, in_function, in_loop):
        """Lines of one statement; names that it binds are added to the scope."""
        pad, p = " " * indent, self.pick
        e = lambda d=2: self.expression(scope, d)
        block = lambda loop=in_loop, more=(): self.block(scope + list(more), depth - 1, indent + 1, in_function, loop)
        roll = self.r.randrange(30) if depth > 0 else self.r.randrange(12)
        if roll < 3:
            name = p(self.fresh("v"), *scope[-4:])
            line = f"{pad}{name} = {e()}"
            if name not in scope:
                scope.append(name)
            return [line]
        if roll < 6:
            return [f"{pad}show({e()})"]
        if roll == 6 and scope:
            return [f"{pad}{self.names(scope)} {p('+', '-', '*', '//', '%', '|', '&', '/', '^')}= {e(1)}"]
        if roll == 7:
            a, b = self.fresh("v"), self.fresh("v")
            scope += [a, b]
            return [p(f"{pad}{a}, {b} = {e()}", f"{pad}{a}, *{b} = {e()}", f"{pad}[{a}, ({b}, *_)] = {e()}", f"{pad}{a} = {b} = {e()}",
                      f"{pad}*{a}, {b} = {e()}, {e(1)}", f"{pad}for {a}, {b} in {e()}: show({a}, {b}); break\n{pad}else: {a} = {b} = None")]
        if roll == 8 and scope:
            n = self.names(scope)
            return [p(f"{pad}{n}[{self.subscript(scope, 1)}] = {e(1)}", f"{pad}del {n}[{self.subscript(scope, 1)}]", f"{pad}{n}.{p('a', 'b', 'v', 'x')} = {e(1)}",
                      f"{pad}del {n}.{p('a', 'x')}", f"{pad}{n}[{self.subscript(scope, 1)}] += {e(1)}")]
        if roll == 9:
            return [f"{pad}raise {p('ValueError', 'KeyError(1)', 'TypeError', 'Num(1)', 'StopIteration(3)', 'ZeroDivisionError', 'ExceptionGroup(1, [])')}"
                    + p("", "", f" from {p('None', 'KeyError(2)', '5', 'OSError')}")] if self.r.random() < 0.4 else [f"{pad}assert {e()}, {e(1)}"]
        if roll == 10 and in_loop:
            return [f"{pad}if {e(1)}: {p('break', 'continue')}"]
        if roll == 11 and in_function:
            return [f"{pad}return {e()}"] if self.r.random() < 0.6 else [f"{pad}{p('show((yield ' + e(1) + '))', 'yield from ' + self.iterable(scope, 1))}"]
        if roll < 14:
            lines = [f"{pad}if {e()}:"] + block()
            if self.r.random() < 0.4:
                lines += [f"{pad}elif {e()}:"] + block()
            return lines + ([f"{pad}else:"] + block() if self.r.random() < 0.5 else [])
        if roll < 17:
            v = self.fresh("i")
            lines = [f"{pad}for {v} in list({self.iterable(scope, 2)})[:5]:"] + block(True, [v])
            return lines + ([f"{pad}else:"] + block() if self.r.random() < 0.3 else [])
        if roll == 17:
            v = self.fresh("c")
            return [f"{pad}{v} = 0", f"{pad}while {v} < 3:", f"{pad} {v} += 1"] + block(True, [v])
        if roll < 22:
            star = "*" if self.r.random() < 0.2 else ""
            kinds = p("Exception", "ValueError", "(TypeError, KeyError)", "ZeroDivisionError", "LookupError", "AttributeError", "()" if not star else "OSError")
            lines = [f"{pad}try:"] + block(in_loop and not star)
            if self.r.random() < 0.8:
                name = self.fresh("x")
                lines += [f"{pad}except{star} {kinds} as {name}:", f"{pad} tell({name})"]
                if not star:
                    lines += block(in_loop, [name])
                if self.r.random() < 0.3:
                    lines += [f"{pad}else:"] + block(in_loop and not star)
            else:
                lines += [f"{pad}finally:"] + block()
                return lines
            return lines + ([f"{pad}finally:", f"{pad} show('finally')"] if self.r.random() < 0.3 else [])
        if roll == 22:
            v = self.fresh("m")
            return [f"{pad}with Num({p('0', '1', '2')}) as {v}" + p("", ", Slot() as _", ", Num(1)") + ":"] + block(in_loop, [v])
        if roll < 25:
            return self.match(scope, depth, indent, in_function, in_loop)
        if roll < 28:
            return self.function(scope, depth, indent)
        return self.klass(scope, depth, indent)

    def pattern(self, depth):
        p = self.pick
        s = lambda: self.pattern(depth - 1)
        if depth <= 0:
            return p("_", "1", "'a'", "None", "True", "-1", "1.5", "b'a'", "int()", "str()", "[]", "{}", "(1 | 2)")
        return p(f"[{s()}, {s()}]", f"[{s()}, *_]", f"({s()}, *_, {s()})", f"{{'a': {s()}}}", f"{{1: {s()}, **rest}}", f"({s()} | {s()})", "Num(v=_)",
                 f"Num(v={s()})", f"int({s()})", "str()", "list()", f"Slot(a={s()})", f"Num({s()})", "1 | 2 | 3", "'abc' | 'a'", s())

    def match(self, scope, depth, indent, in_function, in_loop):
        pad = " " * indent
        lines = [f"{pad}match {self.expression(scope, 2)}:"]
        for _ in range(self.r.randrange(1, 4)):
            pattern = self.pattern(2)
            bound = ["rest"] if "**rest" in pattern and "|" not in pattern else []
            if not bound:
                pattern = pattern.replace(", **rest", "")
            guard = f" if {self.expression(scope, 1)}" if self.r.random() < 0.25 else ""
            lines += [f"{pad} case {pattern}{guard}:"] if pattern != "_" or guard else [f"{pad} case [_, _]:"]
            lines += self.block(scope + bound, depth - 1, indent + 2, in_function, in_loop)
        return lines + [f"{pad} case whole:", f"{pad}  show('no', whole)"]

    def function(self, scope, depth, indent):
        pad, name = " " * indent, self.fresh("f")
        given, names = self.parameters(scope, 1)
        lines = [f"{pad}def {name}({given}):"]
        inner = [n for n in scope if n not in names] + names
        if self.r.random() < 0.2 and indent == 0:
            lines.append(f"{pad} global {self.r.choice(self.globals)}")
        lines += self.block(inner, depth - 1, indent + 1, True)
        lines.append(f"{pad} return {self.expression(inner, 1)}")
        scope.append(name)
        call = f"{name}({self.arguments(scope, 2)})"
        lines.append(f"{pad}attempt(lambda: {self.pick(call, call, f'list({call})', f'next(iter({call}))')})")
        return lines

    def klass(self, scope, depth, indent):
        pad, name, p = " " * indent, self.fresh("C"), self.pick
        bases = p("", "", "(Num)", "(Slot)", "(list)", "(dict)", "(int)", "(Exception)", "(str)", "(Num, Slot)", "(tuple)", "(Sub)", "(object)")
        lines = [f"{pad}class {name}{bases}:"]
        if self.r.random() < 0.2 and bases != "(str)":
            lines.append(f"{pad} __slots__ = {p(repr(('q',)), repr(()), repr('z'), repr(['a', 'x']))}")
        lines.append(f"{pad} c = {self.expression([], 1)}")
        for _ in range(self.r.randrange(3)):
            method = p("m", "__len__", "__repr__", "__getattr__", "__eq__", "__add__", "__getitem__", "__iter__", "__bool__", "__init__", "__call__",
                       "__contains__", "__setattr__", "__delitem__", "__hash__", "__str__", "__lt__", "__new__", "__init_subclass__", "__format__", "__index__", "__int__")
            decorator = p("", "", "", "@staticmethod", "@classmethod", "@property") if method == "m" else ""
            if decorator:
                lines.append(f"{pad} {decorator}")
            arguments = "*args" if method != "m" or decorator != "@property" else "self"
            lines.append(f"{pad} def {method}({arguments}):")
            body = self.pick("args", "len(args)", "super()", "1", "'text'", "None", "args[1:]", self.expression([], 2)) if arguments != "self" else "type(self).__name__"
            if "super" in body:
                body = self.pick("super().__repr__()", "__class__.__name__", "super().nope", "super().__init__()")
                lines[-1] = lines[-1].replace("*args", "self, *args") if not decorator == "@staticmethod" else lines[-1]
            lines.append(f"{pad}  return {body}")
        scope.append(name)
        made = f"{name}({self.arguments(scope, 2)})"
        for test in self.r.sample(["o", "len(o)", "o.m", "o.m()", "o + 1", "o == 1", "list(o)", "o.nope", "o[0]", "bool(o)", "str(o)", "o()", "f'{o:5}'",
                                   "o.c", "o < o", "1 in o", "hash(o) == 1", "setattr(o, 'x', 1)", "vars(o)", "type(o).__mro__[1:2]", "int(o)", "range(5)[o]", "sorted([o, o])"], 4):
            lines.append(f"{pad}attempt(lambda: [{test} for o in [{made}]][0])")
        return lines

    def text(self):
        scope = list(self.globals)
        statements = [[f"{name} = {self.expression([], 2)}"] for name in self.globals]
        for _ in range(self.r.randrange(8, 20)):
            statements.append(self.statement(scope, 3, 0, False, False))
        body = []
        for i, lines in enumerate(statements):
            body += ["try:"] + [" " + part for line in lines for part in line.split("\n")] + ["except RecursionError: print('too deep')",
                                                                                             "except Exception as e: tell(e)"]
        return HEAD + "\n".join(f"{n} = None" for n in self.globals) + "\n" + "\n".join(body) + "\n"


def program(seed):
    """The first one that compiles, or the tenth."""
    for i in range(10):
        text = Program(seed + i * 10**9).text()
        try:
            compile(text, "program", "exec")
            break
        except (SyntaxError, ValueError):
            pass
    return text


# ---- Running and shrinking ----

def said_by(command, path, environment):
    try:
        done = subprocess.run([*command, path], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env=environment, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return "no end"
    # How the program as a whole fails is a matter of its last line.
    return done.returncode, done.stdout, done.stderr.strip().splitlines()[-1:]


def differs(text, command, path, environment, wanted=None):
    path.write_text(text, errors="surrogatepass")
    wanted = said_by([CPYTHON, "-S"], path, environment) if wanted is None else wanted
    if wanted == "no end" or (wanted[0] and b"Memory" in b"".join(wanted[2])):
        return None
    said = said_by(command, path, environment)
    return (wanted, said) if said != wanted else None


def bodies(tree):
    for node in ast.walk(tree):
        for field in ("body", "orelse", "finalbody", "handlers", "cases"):
            block = getattr(node, field, None)
            if isinstance(block, list):
                yield node, field, block


def shrink(text, command, path, environment, seconds=120):
    """Leaves out statements while there is a difference."""
    end = time.monotonic() + seconds
    head, text = text[:len(HEAD)], text[len(HEAD):]
    changed = True
    while changed and time.monotonic() < end:
        changed = False
        tree = ast.parse(text)
        for node, field, block in list(bodies(tree)):
            step = max(1, len(block) // 2)
            while step and time.monotonic() < end:
                i = 0
                while i < len(block):
                    removed = block[i:i + step]
                    block[i:i + step] = [] if len(block) > step or field != "body" or isinstance(node, ast.Module) else [ast.Pass()]
                    if removed and isinstance(removed[0], ast.Pass):
                        break
                    try:
                        smaller = ast.unparse(ast.fix_missing_locations(tree)) + "\n"
                        ast.parse(smaller)
                    except Exception:
                        smaller = None
                    if smaller and smaller != text and differs(head + smaller, command, path, environment):
                        text, changed = smaller, True
                    else:
                        block[i:i + step] = removed if len(block) != 1 or not isinstance(block[0], ast.Pass) else removed
                        i += step
                step //= 2
        # A compound statement gives way to what is in it.
        tree = ast.parse(text)
        for node, field, block in list(bodies(tree)):
            for i, statement in enumerate(block):
                inner = getattr(statement, "body", None)
                if isinstance(inner, list) and inner and not isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
                    block[i:i + 1] = inner
                    try:
                        smaller = ast.unparse(tree) + "\n"
                        ast.parse(smaller)
                    except Exception:
                        smaller = None
                    if smaller and time.monotonic() < end and differs(head + smaller, command, path, environment):
                        text, changed = smaller, True
                        break
                    block[i:i + len(inner)] = [statement]
            if changed:
                break
    return text


COMMANDS = (("three-generation", ["--gc=three-generation"]), ("mark-sweep", ["--gc=mark-sweep"]),
            ("three-generation, stressed", ["--gc=three-generation", "--gc-stress=53"]),
            ("mark-sweep, stressed", ["--gc=mark-sweep", "--gc-stress=53"]))


def main():
    warnings.simplefilter("ignore")
    ouropy, options = sys.argv[1], dict(word[2:].split("=") for word in sys.argv[2:])
    seed, most = int(options.get("seed", 1)), int(options.get("programs", 10**9))
    end = time.monotonic() + float(options.get("seconds", 10**9))
    keep = options.get("keep")
    environment = {"PATH": os.environ["PATH"], "PYTHONHASHSEED": "0", "PYTHONWARNINGS": "ignore", "LC_ALL": "C.UTF-8"}
    found = made = 0
    with tempfile.TemporaryDirectory(prefix="ouropy-fuzz-") as folder:
        path = pathlib.Path(folder) / "program.py"
        while made < most and time.monotonic() < end:
            text = program(seed + made)
            made += 1
            path.write_text(text, errors="surrogatepass")
            wanted = said_by([CPYTHON, "-S"], path, environment)
            for name, extra in COMMANDS:
                if "mark-sweep" in name and "yield" in text:
                    continue  # when a generator is closed that nobody holds is not said
                command = [ouropy, "-S", *extra]
                if not differs(text, command, path, environment, wanted):
                    continue
                found += 1
                print(f"# seed {seed + made - 1} under {name}", flush=True)
                try:
                    small = shrink(text, command, path, environment)
                except SyntaxError:
                    small = text[len(HEAD):]
                after = differs(HEAD + small, command, path, environment) or ("gone", "gone")
                for line in (*small.splitlines()[-40:], f"cpython {after[0]}"[-600:], f"ouropy  {after[1]}"[-600:]):
                    print("#   " + line.encode(errors="backslashreplace").decode(), flush=True)
                if keep:
                    (pathlib.Path(keep) / f"{seed + made - 1}.py").write_text(HEAD + small, errors="surrogatepass")
                break
    print("1..1")
    print(f"{'not ok' if found else 'ok'} 1 - {made} programs from seed {seed}: {found} differ")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
