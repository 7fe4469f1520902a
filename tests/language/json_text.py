"""JSON: reading and writing, their errors and hooks."""
import json
import json.decoder
import json.encoder
import math

assert json.decoder.c_scanstring and json.encoder.c_make_encoder


def fails(text):
    try:
        json.loads(text)
    except json.JSONDecodeError as e:
        return e.msg, e.pos
    raise AssertionError(text)


data = {"a": [1, -2, 3.5, 1e300, -0.0, True, False, None, "x\u00e9\n\"\\\x01\U0001f600"], "": {}, "l": [[], [[]]],
        "big": 10**40, "t": 0.1}
for ascii_only in (True, False):
    for extra in ({}, {"indent": 1}, {"separators": (",", ":")}, {"sort_keys": True}):
        assert json.loads(json.dumps(data, ensure_ascii=ascii_only, **extra)) == data
assert json.dumps("\x7f\u00e9\U0001f600\ud800") == '"\\u007f\\u00e9\\ud83d\\ude00\\ud800"'
assert json.dumps({1: 2, None: 3, True: 4, 1.5: 5, "b": (1, 2)}, separators=(",", ":")) == (
    '{"1":4,"null":3,"1.5":5,"b":[1,2]}')
assert json.dumps([math.inf, -math.inf]) == "[Infinity, -Infinity]" and json.dumps(math.nan) == "NaN"
assert json.dumps({(1,): 1, "a": 2}, skipkeys=True) == '{"a": 2}'
assert json.dumps(type("I", (int,), {"__repr__": lambda s: "no"})(5)) == "5"
assert json.dumps({3}, default=list) == "[3]"

for text, wanted in (("", 0), ("[", 1), ("[1", 2), ("[1,", 3), ("[1 2]", 3), ("{", 1), ('{"a"', 4), ('{"a":', 5),
                     ('{"a":1', 6), ('{"a":1,', 7), ("{1:2}", 1), ("tru", 0), ("-", 0), ("01", 1), ("1.", 1),
                     ('"a', 0), ('"\n"', 1), ('"\\x"', 1), ('"\\u12"', 2), ('"\\ud800\\u12"', 8), ("[1,]", 3),
                     ("nul", 0), ("1 2", 2)):
    assert fails(text)[1] == wanted, (text, fails(text))
assert json.loads('"\\ud83d\\ude00\\u0041\\/\\b\\f\\n\\r\\t"') == "\U0001f600A/\b\f\n\r\t"
assert json.loads('"\n"', strict=False) == "\n"
assert json.loads(" [ 1 , 2.50 , -0 , 1E2 , 123456789012345678901234567890 ] ") == [
    1, 2.5, 0, 100.0, 123456789012345678901234567890]
for number in ("0.1", "1.7976931348623157e308", "5e-324", "123456789.123456789", "1e23", "9007199254740993.0",
               "0.30000000000000004", "1e400", "-2.5E-3"):
    assert json.loads(number) == float(number)
assert json.loads('{"a": 1, "a": 2}', object_pairs_hook=list) == [("a", 1), ("a", 2)]
assert json.loads('{"a": {"b": 1}}', object_hook=lambda d: sorted(d)) == ["a"]
assert json.loads("[1.5, 2]", parse_float=str, parse_int=lambda t: t + "!") == ["1.5", "2!"]
assert json.loads("[NaN, -Infinity]", parse_constant=str.lower) == ["nan", "-infinity"]
a, b = json.loads('[{"key": 1}, {"key": 2}]')
assert list(a)[0] is list(b)[0]

loop = []
loop.append(loop)
for kind, f in ((ValueError, lambda: json.dumps(loop)), (RecursionError, lambda: json.dumps(loop, check_circular=False)),
                (RecursionError, lambda: json.loads("[" * 100000)), (TypeError, lambda: json.dumps(1j)),
                (TypeError, lambda: json.dumps({1j: 1})), (ValueError, lambda: json.dumps(math.nan, allow_nan=False)),
                (TypeError, lambda: json.encoder.encode_basestring(b"a"))):
    try:
        f()
    except kind:
        continue
    raise AssertionError(kind)
