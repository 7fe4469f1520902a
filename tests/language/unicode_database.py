"""unicodedata, and names of characters in literals. Passes under CPython 3.11 as well."""

import unicodedata as u

o = u.ucd_3_2_0

# An expression, and what it gives: a repr, or an exception with its text.
CASES = [
    ('u.lookup("LF")', "'\\n'"),
    ('u.lookup("latin small letter gha")', "'ƣ'"),
    ('u.lookup("KEYCAP DIGIT ONE")', "'1️⃣'"),
    ('u.lookup("xx")', 'KeyError: "undefined character name \'xx\'"'),
    ('u.lookup("x"*300)', "KeyError: 'name too long'"),
    ('u.lookup(1)', "TypeError: a bytes-like object is required, not 'int'"),
    ('u.name("ab")', 'TypeError: name() argument 1 must be a unicode character, not str'),
    ('u.name("\\0")', 'ValueError: no such name'),
    ('u.name("\\0","d")', "'d'"),
    ('u.name(1)', 'TypeError: name() argument 1 must be a unicode character, not int'),
    ('u.category("ab")', 'TypeError: category() argument must be a unicode character, not str'),
    ('u.category(1)', 'TypeError: category() argument must be a unicode character, not int'),
    ('u.category()', 'TypeError: unicodedata.category() takes exactly one argument (0 given)'),
    ('u.decimal("a")', 'ValueError: not a decimal'),
    ('u.digit("a")', 'ValueError: not a digit'),
    ('u.numeric("a")', 'ValueError: not a numeric character'),
    ('u.numeric("a",5)', '5'),
    ('u.numeric()', 'TypeError: numeric expected at least 1 argument, got 0'),
    ('u.normalize("x","a")', 'ValueError: invalid normalization form'),
    ('u.normalize(1,"a")', 'TypeError: normalize() argument 1 must be str, not int'),
    ('u.normalize("NFC",1)', 'TypeError: normalize() argument 2 must be str, not int'),
    ('u.normalize("NFC","")', "''"),
    ('u.UCD()', "TypeError: cannot create 'unicodedata.UCD' instances"),
    ('o.name("\\u20ac"), o.lookup("EURO SIGN")', "('EURO SIGN', '€')"),
    ('o.lookup("LATIN CAPITAL LETTER SHARP S")',
     'KeyError: "undefined character name \'LATIN CAPITAL LETTER SHARP S\'"'),
    ('o.name("\\u1e9e",None)', 'None'),
    ('"\\N{LF}\\N{EURO SIGN}\\N{latin small letter a}"', "'\\n€a'"),
    ('"\\u20ac\\ud800\\x01".encode("ascii","namereplace")', "b'\\\\N{EURO SIGN}\\\\ud800\\x01'"),
    ('"\\N{KEYCAP DIGIT ONE}"',
     "SyntaxError: (unicode error) 'unicodeescape' codec can't decode bytes in position 0-19: unknown Unicode character name (<string>, line 1)"),
    ('u.normalize.__text_signature__, u.name.__text_signature__',
     "('($self, form, unistr, /)', '($self, chr, default=<unrepresentable>, /)')"),
]


def outcome(expression):
    try:
        return repr(eval(expression))
    except Exception as e:
        return f"{type(e).__name__}: {e}"


for expression, expected in CASES:
    assert outcome(expression) == expected, (expression, outcome(expression), expected)

for c in (0x41, 0xe9, 0x1e9b, 0x3a9, 0x1100, 0xac00, 0xd55c, 0x4e00, 0x1f600, 0x10ffff):
    name = u.name(chr(c), None)
    assert name is None or u.lookup(name) == chr(c), name
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        normal = u.normalize(form, chr(c) + "\u0301\u0327")
        assert u.is_normalized(form, normal) and u.normalize(form, normal) == normal
assert u.normalize("NFKC", "\ufb01\u00b2\u1e9b\u0323") == "fi2\u1e69"
assert u.normalize("NFD", "\ud55c") == "\u1112\u1161\u11ab"
