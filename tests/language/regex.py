"""Regular expressions: every kind of operator, methods, deep backtracking, interrupts of none."""
import re


def spans(pattern, text, flags=0):
    return [m.span() for m in re.finditer(pattern, text, flags)]


def raises(kind, f, *args):
    try:
        f(*args)
    except kind as e:
        return str(e)
    raise AssertionError(f"{kind} expected")


# Characters, sets, categories; in strings of every width.
for wide in ("", "\u0416", "\U0001f600"):
    text = "ab1 _B\n" + wide
    assert re.findall(r"\w", text, re.A) == list("ab1_B")
    assert re.findall(r"[^\w\s]", text, re.A) == list(wide)
    assert re.sub(r"[a-b]|\d", "<\\g<0>>", text) == "<a><b><1> _B\n" + wide
    assert re.findall("(?i)b", text) == ["b", "B"]
    assert re.findall("[\u0400-\u04ff\U0001f600]", text + "x") == list(wide)
    assert spans(r"\b", "a b" + wide)[:3] == [(0, 0), (1, 1), (2, 2)]
assert re.findall("(?i)[\u00e0-\u00e5]", "\u00c0\u00e0\u00c6") == ["\u00c0", "\u00e0"]
assert re.fullmatch("(?i)\u0130stanbul", "i\u0307stanbul") is None
assert re.fullmatch("(?i)k", "\u212a") and not re.fullmatch("(?ai)k", "\u212a")
assert re.fullmatch("[\\d\\-z]+", "1-z") and re.fullmatch(b"(?L)\\w", b"a")

# Places.
assert spans("^", "a\nb\n") == [(0, 0)] and spans("(?m)^", "a\nb\n") == [(0, 0), (2, 2), (4, 4)]
assert spans("$", "a\n") == [(1, 1), (2, 2)] and spans(r"\Z", "a\n") == [(2, 2)]
assert spans(r"\B", "") == [] and spans(r"\B", "ab") == [(1, 1)]

# Repeats: greedy, lazy, possessive, of groups, empty ones.
assert re.match(r"a{2,3}", "aaaa").end() == 3 and re.match("a{2,3}?", "aaaa").end() == 2
assert re.match("(?:ab)*?b", "ababb") .end() == 5
assert re.match("a*+a", "aaa") is None and re.match("(?>a|ab)c", "abc") is None
assert re.match("(?:a|b){3}+c", "abac").end() == 4
assert re.match("(a?)*", "aa").span(1) == (2, 2)
assert re.match("(?:(a)|b)*", "ab").groups() == ("a",)
assert re.match("((a)|b)*", "aba").groups() == ("a", "a")
assert re.match("(x*)*y?", "xxy").group() == "xxy"
assert re.match("(?:)*+$", "") and re.match("(?:a?)*?$", "aa")

# Groups, references, conditions, looking around.
m = re.match(r"(?P<one>a)(b)?(?P<three>c)", "ac")
assert m.groups() == ("a", None, "c") and m.groupdict("-") == {"one": "a", "three": "c"}
assert m.group(2, "three", 0) == (None, "c", "ac") and m["one"] == m[1] == "a"
assert m.regs == ((0, 2), (0, 1), (-1, -1), (1, 2)) and m.span(2) == (-1, -1)
assert (m.lastindex, m.lastgroup, m.pos, m.endpos, m.string) == (3, "three", 0, 2, "ac")
assert m.expand(r"\3-\g<one>-\2") == "c-a-" and repr(m) == "<re.Match object; span=(0, 2), match='ac'>"
assert re.match(r"(a+)b\1$", "aabaa") and not re.match(r"(a+)b\1$", "aaba")
assert re.match(r"(?i)(ab)\1", "abAB") and not re.match(r"(ab)\1", "abAB")
assert [bool(re.fullmatch(r"(<)?a(?(1)>|!)", t)) for t in ("<a>", "a!", "<a!", "a>")] == [1, 1, 0, 0]
assert spans("(?<=a)b|(?<!a)c", "abacbc") == [(1, 2), (5, 6)]
assert re.match("(?=(a+))a*b\\1", "aaab") is None and re.match("(?=(a+))", "aa").group(1) == "aa"
assert re.match("(?!(a)b)a(?(1)x|c)", "ac").groups() == (None,)
for bad in (4, "nope", -1, 1 << 70):
    raises(IndexError, m.group, bad)
raises(TypeError, m.group, [])
raises(IndexError, re.match("a", "a").group, [])

# Searching, in parts and one after the other.
p = re.compile("b+")
assert p.search("abbb", 2).span() == (2, 4) and p.search("abbb", 0, 2).span() == (1, 2)
assert p.match("abbb") is None and p.match("abbb", 1) and p.fullmatch("abb", 1)
assert p.search("abc", -5, 99).span() == (1, 2) and p.search("abc", 3, 1) is None
assert spans("", "ab") == [(0, 0), (1, 1), (2, 2)] and spans("a|", "ba") == [(0, 0), (1, 2), (2, 2)]
s = p.scanner("abcbb")
assert s.search().span() == (1, 2) and s.match() is None and s.search() is None and s.pattern is p
assert re.split("(,)|;", "a,b;c") == ["a", ",", "b", None, "c"]
assert re.split("x*", "axb") == ["", "a", "", "b", ""] and re.split(",", "a,b,c", 1) == ["a", "b,c"]
assert re.findall("(a)(b)?", "aab") == [("a", ""), ("a", "b")]
assert re.findall("needle", "hay needle needles") == ["needle", "needle"]
assert re.findall("foo\\d", "foo foo1 fo foo22") == ["foo1", "foo2"]

# Substitution.
assert re.sub("a", "b", "aaa", 2) == "bba" and re.subn("x*", "-", "abxd") == ("-a-b--d-", 5)
assert re.sub("(?P<n>.)", r"\g<n>\1\n", "ab") == "aa\nbb\n"
assert re.sub(".", lambda m: None if m[0] == "b" else m[0] * 2, "abc") == "aacc"
assert re.sub(b"a", bytearray(b"xy"), memoryview(b"bab")) == b"bxyb"
assert type(re.sub("q", "", type("S", (str,), {})("abc"))) is str
assert "sequence item 1: expected str instance, int found" == raises(
    TypeError, re.sub, "b", lambda m: 1, "abc")

# Bytes and buffers.
assert re.findall(rb"\d+", bytearray(b"1 22")) == [b"1", b"22"]
raises(TypeError, re.match, "a", b"a")
raises(TypeError, re.match, b"a", "a")
raises(TypeError, re.match, "a", 3)
b = bytearray(b"aa")
it = re.finditer(b"a", b)
next(it)
raises(BufferError, b.append, 1)
list(it)
del it
b.append(1)

# Patterns as values.
assert re.compile("a", re.I) == re.compile("a", re.I) != re.compile("a")
assert hash(re.compile("a")) == hash(re.compile("a")) and len({p, re.compile("b+")}) == 1
assert repr(re.compile("a", re.I | re.M)) == "re.compile('a', re.IGNORECASE|re.MULTILINE)"
assert (p.pattern, p.flags, p.groups, dict(m.re.groupindex)) == ("b+", 32, 0, {"one": 1, "three": 3})
assert p.__copy__() is p and re.Pattern[str] and re.Match[bytes]
raises(TypeError, re.Pattern)
raises(RuntimeError, __import__("_sre").compile, "a", 0, [14, 99, 1], 0, {}, ())

# What would overflow a recursive matcher, or take forever in a naive one.
assert re.match("(a|b)*c", "ab" * 20000 + "c").end() == 40001
assert re.match("(?:a|b)*?$", "ab" * 5000)
assert re.match("(?:(?:a)+b?)*+", "ab" * 5000).end() == 10000
assert re.search("(?:x+x+)+y", "x" * 14) is None
assert re.match("(((a*)b)*c)*d", "aabaabc" * 300 + "d")
