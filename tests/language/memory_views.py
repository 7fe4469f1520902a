"""memoryview: items, slices, casts, comparison, release. Passes under CPython 3.11 as well."""

import array

M = memoryview
m = M(b"abcdef")
w = M(bytearray(b"abcdef"))
rr = M(b"abc")
rr.release()

# An expression, and what it gives: a repr, or an exception with its text.
CASES = [
    ('M()', "TypeError: memoryview() missing required argument 'object' (pos 1)"),
    ('M(1)', "TypeError: memoryview: a bytes-like object is required, not 'int'"),
    ('M("a")', "TypeError: memoryview: a bytes-like object is required, not 'str'"),
    ('M(b"a",1)', 'TypeError: memoryview() takes at most 1 argument (2 given)'),
    ('M(x=1)', "TypeError: memoryview() missing required argument 'object' (pos 1)"),
    ('m[0]', '97'),
    ('m[10]', 'IndexError: index out of bounds on dimension 1'),
    ('m["a"]', 'TypeError: memoryview: invalid slice key'),
    ('m[1.5]', 'TypeError: memoryview: invalid slice key'),
    ('m[0,0]', 'TypeError: cannot index 1-dimension view with 2-element tuple'),
    ('m[()]', 'NotImplementedError: sub-views are not implemented'),
    ('m[...]', 'TypeError: memoryview: invalid slice key'),
    ('m[1:3].tobytes()', "b'bc'"),
    ('m[1:3,0]', 'TypeError: memoryview: invalid slice key'),
    ('m[0:1,0:1]', 'NotImplementedError: multi-dimensional slicing is not implemented'),
    ('m.__setitem__(0,1)', 'TypeError: cannot modify read-only memory'),
    ('w.__setitem__(0,256)', "ValueError: memoryview: invalid value for format 'B'"),
    ('w.__setitem__(0,"a")', "TypeError: memoryview: invalid type for format 'B'"),
    ('w.__setitem__(0,b"a")', "TypeError: memoryview: invalid type for format 'B'"),
    ('w.__setitem__(10,1)', 'IndexError: index out of bounds on dimension 1'),
    ('w.__setitem__(slice(0,2),b"abc")',
     'ValueError: memoryview assignment: lvalue and rvalue have different structures'),
    ('w.__setitem__(slice(0,2),b"xy"), w.obj', "(None, bytearray(b'xycdef'))"),
    ('w.__setitem__(slice(0,2),5)', "TypeError: a bytes-like object is required, not 'int'"),
    ('w.__setitem__(slice(0,2),"xx")', "TypeError: a bytes-like object is required, not 'str'"),
    ('w.__delitem__(0)', 'TypeError: cannot delete memory'),
    ('w.__setitem__("a",1)', 'TypeError: memoryview: invalid slice key'),
    ('m.format,m.itemsize,m.nbytes,m.ndim,m.shape,m.strides,m.suboffsets,m.readonly,m.contiguous,m.c_contiguous,m.f_contiguous,m.obj',
     "('B', 1, 6, 1, (6,), (1,), (), True, True, True, True, b'abcdef')"),
    ('len(m), m.tobytes(), m.tolist(), bytes(m), list(m)',
     "(6, b'abcdef', [97, 98, 99, 100, 101, 102], b'abcdef', [97, 98, 99, 100, 101, 102])"),
    ('m[::2].tobytes(), m[::-1].tolist(), m[::2].strides, m[::2].contiguous, m[::-1].shape, m[::2].c_contiguous',
     "(b'ace', [102, 101, 100, 99, 98, 97], (2,), False, (6,), False)"),
    ('m.cast("b").tolist(), m.cast("c").tolist(), m.cast("H").tolist()',
     "([97, 98, 99, 100, 101, 102], [b'a', b'b', b'c', b'd', b'e', b'f'], [25185, 25699, 26213])"),
    ('m.cast("I")', 'TypeError: memoryview: length is not a multiple of itemsize'),
    ('M(b"abcdefgh").cast("I").tolist(), M(b"abcdefgh").cast("d").tolist(), M(b"abcdefgh").cast("q").tolist(), M(b"abcdefgh").cast("?").tolist()',
     '([1684234849, 1751606885], [8.540883223036124e+194], [7523094288207667809], [True, True, True, True, True, True, True, True])'),
    ('M(b"abcdefgh").cast("e")',
     "ValueError: memoryview: destination format must be a native single character format prefixed with an optional '@'"),
    ('M(b"abcdefgh").cast("I").cast("H")',
     'TypeError: memoryview: cannot cast between two non-byte formats'),
    ('M(b"abcdefgh").cast("x")',
     "ValueError: memoryview: destination format must be a native single character format prefixed with an optional '@'"),
    ('M(b"abcdefgh").cast("II")',
     "ValueError: memoryview: destination format must be a native single character format prefixed with an optional '@'"),
    ('M(b"abcdefgh").cast("@I").format', "'@I'"),
    ('M(b"abcdefgh").cast("<I")',
     "ValueError: memoryview: destination format must be a native single character format prefixed with an optional '@'"),
    ('M(b"abcdefgh").cast(1)', "TypeError: cast() argument 'format' must be str, not int"),
    ('M(b"abcdefgh").cast("B",[2,4]).tolist()', '[[97, 98, 99, 100], [101, 102, 103, 104]]'),
    ('M(b"abcdefgh").cast("B",(2,4)).shape, M(b"abcdefgh").cast("B",(2,4)).strides',
     '((2, 4), (4, 1))'),
    ('M(b"abcdefgh").cast("B",(2,3))',
     'TypeError: memoryview: product(shape) * itemsize != buffer size'),
    ('M(b"abcdefgh").cast("B",(0,8))',
     'ValueError: memoryview.cast(): elements of shape must be integers > 0'),
    ('M(b"abcdefgh").cast("B",("a",8))',
     'TypeError: memoryview.cast(): elements of shape must be integers'),
    ('M(b"abcdefgh").cast("B",5)', 'TypeError: shape must be a list or a tuple'),
    ('M(b"abcdefgh").cast("B",(2,2,2)).tolist()',
     '[[[97, 98], [99, 100]], [[101, 102], [103, 104]]]'),
    ('M(b"abcdefgh").cast("B",(2,2,2))[1,0,1]', '102'),
    ('M(b"abcdefgh").cast("B",(2,4))[0]',
     'NotImplementedError: multi-dimensional sub-views are not implemented'),
    ('M(b"abcdefgh").cast("B",(2,4))[0:1].tolist()', '[[97, 98, 99, 100]]'),
    ('M(b"abcdefgh").cast("B",(2,4))[0,1:2]', 'TypeError: memoryview: invalid slice key'),
    ('M(b"abcdefgh").cast("B",(2,4))[5,0]', 'IndexError: index out of bounds on dimension 1'),
    ('M(b"abcdefgh").cast("B",(2,4))[1,-1]', '104'),
    ('M(b"abcdefgh").cast("B",(2,4))[1,2,3]',
     'TypeError: cannot index 2-dimension view with 3-element tuple'),
    ('M(b"abcdefgh").cast("B",(2,4)).cast("B").shape', '(8,)'),
    ('list(M(b"abcdefgh").cast("B",(2,4)))',
     'NotImplementedError: multi-dimensional sub-views are not implemented'),
    ('len(M(b"abcdefgh").cast("B",(2,4)))', '2'),
    ('M(b"a").cast("B",()).tolist(), M(b"a").cast("B",())[()], M(b"a").cast("B",()).shape',
     '(97, 97, ())'),
    ('M(b"a").cast("B",())[0]', 'TypeError: invalid indexing of 0-dim memory'),
    ('type(M(b"a").cast("B",())[...])', "<class 'memoryview'>"),
    ('len(M(b"a").cast("B",()))', '1'),
    ('m[::2].cast("B")', 'TypeError: memoryview: casts are restricted to C-contiguous views'),
    ('m==b"abcdef", m==M(b"abcdef"), m!=b"x", m==1, m=="a", M(b"abcd").cast("I")==M(b"abcd").cast("I"), M(b"abcd").cast("I")==M(b"abcd"), m[::-1]==b"fedcba"',
     '(True, True, True, False, False, True, False, True)'),
    ('m<m', "TypeError: '<' not supported between instances of 'memoryview' and 'memoryview'"),
    ('hash(m)==hash(b"abcdef")', 'True'),
    ('hash(w)', 'ValueError: cannot hash writable memoryview object'),
    ('hash(M(b"abcd").cast("I"))',
     "ValueError: memoryview: hashing is restricted to formats 'B', 'b' or 'c'"),
    ('hash(M(bytearray(b"a")).toreadonly())', "TypeError: unhashable type: 'bytearray'"),
    ('m.hex(), m.hex(":"), m[::2].hex("-",1)',
     "('616263646566', '61:62:63:64:65:66', '61-63-65')"),
    ('m.tobytes("A"), m.tobytes(order="F"), m.tobytes(None), M(b"abcdefgh").cast("B",(2,4)).tobytes("F")',
     "(b'abcdef', b'abcdef', b'abcdef', b'aebfcgdh')"),
    ('m.tobytes("X")', "ValueError: order must be 'C', 'F' or 'A'"),
    ('m.tobytes(1)', "TypeError: tobytes() argument 'order' must be str or None, not int"),
    ('m.toreadonly().readonly, w.toreadonly().readonly, w.readonly', '(True, True, False)'),
    ('repr(m)[:12], repr(m)[-1:]', "('<memory at 0', '>')"),
    ('m.__enter__() is m', 'True'),
    ('97 in m, 200 in m', '(True, False)'),
    ('m.count(97)', "AttributeError: 'memoryview' object has no attribute 'count'"),
    ('m.index(97)', "AttributeError: 'memoryview' object has no attribute 'index'"),
    ('list(reversed(m))', '[102, 101, 100, 99, 98, 97]'),
    ('M(array.array("d",[1.5,2.5])).tolist(), M(array.array("i",[1,2])).format',
     "([1.5, 2.5], 'i')"),
    ('M(array.array("d",[1.5,2.5])) == array.array("d",[1.5,2.5]), M(array.array("d",[1.5,2.5])) == M(array.array("f",[1.5,2.5])), M(array.array("i",[1,2])) == array.array("q",[1,2])',
     '(True, True, True)'),
    ('M(array.array("f",[1.5,2.5])).tobytes()', "b'\\x00\\x00\\xc0?\\x00\\x00 @'"),
    ('M(m).obj, M(m[1:]).obj', "(b'abcdef', b'abcdef')"),
    ('m.f_contiguous, M(b"").contiguous, M(b"").tolist()', '(True, True, [])'),
    ('m.release(1)', 'TypeError: memoryview.release() takes no arguments (1 given)'),
    ('M.cast.__text_signature__, M.tobytes.__text_signature__, M.hex.__text_signature__, M.release.__text_signature__',
     '(\'($self, /, format, shape=<unrepresentable>)\', "($self, /, order=\'C\')", \'($self, /, sep=<unrepresentable>, bytes_per_sep=1)\', \'($self, /)\')'),
    ('[n for n in dir(M) if not n.startswith("__")]',
     "['c_contiguous', 'cast', 'contiguous', 'f_contiguous', 'format', 'hex', 'itemsize', 'nbytes', 'ndim', 'obj', 'readonly', 'release', 'shape', 'strides', 'suboffsets', 'tobytes', 'tolist', 'toreadonly']"),
    ('M(b"ab").__sizeof__() > 0', 'True'),
    ('type(iter(m))', "<class 'memory_iterator'>"),
    ('M.__hash__(m)==hash(m)', 'True'),
    ('w.cast("b").__setitem__(0,-5), w.cast("b").tolist()',
     '(None, [-5, 121, 99, 100, 101, 102])'),
    ('w.cast("b").__setitem__(0,200)', "ValueError: memoryview: invalid value for format 'b'"),
    ('w.cast("c").__setitem__(0,b"z"), w.cast("c")[0]', "(None, b'z')"),
    ('w.cast("c").__setitem__(0,5)', "TypeError: memoryview: invalid type for format 'c'"),
    ('w.cast("c").__setitem__(0,b"zz")',
     "ValueError: memoryview: invalid value for format 'c'"),
    ('M(bytearray(8)).cast("d").__setitem__(0,"a")',
     "TypeError: memoryview: invalid type for format 'd'"),
    ('M(bytearray(8)).cast("Q").__setitem__(0,-1)',
     "ValueError: memoryview: invalid value for format 'Q'"),
    ('M(bytearray(8)).cast("Q").__setitem__(0,2**64)',
     "ValueError: memoryview: invalid value for format 'Q'"),
    ('M(bytearray(8)).cast("q").__setitem__(0,2**63)',
     "ValueError: memoryview: invalid value for format 'q'"),
    ('M(bytearray(8)).cast("H").__setitem__(0,1.5)',
     "TypeError: memoryview: invalid type for format 'H'"),
    ('M(bytearray(8)).cast("?").__setitem__(0,[1])', 'None'),
    ('M(bytearray(8)).cast("P")[0], M(bytearray(8)).cast("n")[0], M(bytearray(8)).cast("N")[0]',
     '(0, 0, 0)'),
    ('M(bytearray(8)).cast("B",(2,4)).__setitem__((0,1),7)', 'None'),
    ('M(bytearray(8)).cast("B",(2,4)).__setitem__(0,7)',
     'NotImplementedError: sub-views are not implemented'),
    ('M(bytearray(8)).cast("B",(2,4)).__setitem__(slice(0,1),b"a")',
     'NotImplementedError: memoryview slice assignments are currently restricted to ndim = 1'),
    ('M(bytearray(8)).cast("B",()).__setitem__((),7)',
     'TypeError: memoryview: product(shape) * itemsize != buffer size'),
    ('M(bytearray(1)).cast("B",()).__setitem__((),7)', 'None'),
    ('M(bytearray(1)).cast("B",()).__setitem__(...,7)', 'None'),
    ('w.__setitem__(slice(None,None,-1),b"123456"), bytes(w)', "(None, b'654321')"),
    ('w.__setitem__(slice(0,2),M(b"abcd").cast("H")[0:1])',
     'ValueError: memoryview assignment: lvalue and rvalue have different structures'),
    ('w[::2].__setitem__(slice(0,3),w[1::2]), bytes(w)', "(None, b'553311')"),
    ('m.c_contiguous, m[::2][::1].c_contiguous, m[0:1][::5].contiguous', '(True, False, True)'),
    ('repr(rr)[:20]', "'<released memory at '"),
    ('rr.release()', 'None'),
    ('rr[0]', 'ValueError: operation forbidden on released memoryview object'),
    ('len(rr)', 'ValueError: operation forbidden on released memoryview object'),
    ('rr.tobytes()', 'ValueError: operation forbidden on released memoryview object'),
    ('rr.format', 'ValueError: operation forbidden on released memoryview object'),
    ('rr.obj', 'ValueError: operation forbidden on released memoryview object'),
    ('rr.nbytes', 'ValueError: operation forbidden on released memoryview object'),
    ('rr.readonly', 'ValueError: operation forbidden on released memoryview object'),
    ('rrr==rr', "NameError: name 'rrr' is not defined"),
    ('rr==b"abc"', 'False'),
    ('hash(rr)', 'ValueError: operation forbidden on released memoryview object'),
    ('rr.tolist()', 'ValueError: operation forbidden on released memoryview object'),
    ('rr.hex()', 'ValueError: operation forbidden on released memoryview object'),
    ('rr.cast("B")', 'ValueError: operation forbidden on released memoryview object'),
    ('rr.__enter__()', 'ValueError: operation forbidden on released memoryview object'),
    ('list(rr)', 'ValueError: operation forbidden on released memoryview object'),
    ('rr.shape', 'ValueError: operation forbidden on released memoryview object'),
    ('bytes(rr)', 'ValueError: operation forbidden on released memoryview object'),
    ('M(rr)', 'ValueError: operation forbidden on released memoryview object'),
    ('rr.contiguous', 'ValueError: operation forbidden on released memoryview object'),
    ('rr.toreadonly()', 'ValueError: operation forbidden on released memoryview object'),
    ('97 in r', "NameError: name 'r' is not defined"),
    ('rr.__setitem__(0,1)', 'ValueError: operation forbidden on released memoryview object'),
    ('rr.suboffsets, ', 'ValueError: operation forbidden on released memoryview object'),
    ('rr.ndim', 'ValueError: operation forbidden on released memoryview object'),
    ('rr.itemsize', 'ValueError: operation forbidden on released memoryview object'),
]


def outcome(expression):
    try:
        return repr(eval(expression))
    except Exception as e:
        return f"{type(e).__name__}: {e}"


for expression, expected in CASES:
    assert outcome(expression) == expected, (expression, outcome(expression), expected)

owner = bytearray(b"abc")
whole = M(owner)
other = M(whole)
part = whole[1:]
for view in (whole, other, part):
    try:
        owner.append(1)
    except BufferError as e:
        assert str(e) == "Existing exports of data: object cannot be re-sized"
    else:
        raise AssertionError("grown while exported")
    view.release()
owner.append(1)
with M(owner) as view:
    assert view[3] == 1
try:
    view[0]
except ValueError as e:
    assert str(e) == "operation forbidden on released memoryview object"
