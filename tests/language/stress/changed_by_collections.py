"""A collection in the middle of an operation runs what changes its very operand: clear, shrink, grow. Nothing more is
asked of the outcome than that the operand is whole afterwards. Where collections happen at safepoints only, hardly any
gets in the way; under stress, with collections at allocations, all do."""
import array
import binascii
import collections
import copy
import functools
import gc
import hashlib
import heapq
import io
import itertools
import json
import marshal
import os
import re
import struct
import sys
import types
import zlib

gc.disable()  # those under stress happen all the same
gc.collect()
gc.freeze()
TURNS = 8
nowhere = open(os.devnull, "w")
no_bytes = open(os.devnull, "wb")


class Ring:
    """Garbage from the start. It changes `c` in the collection whose turn it is, so that in the end each place of an
    operation that may collect had its turn."""

    def __init__(self, wait):
        self.ring = self
        self.wait = wait

    def __del__(self):
        global fired
        if not armed:
            return
        if self.wait:
            Ring(self.wait - 1)
        else:
            fired = True
            try:
                exec(change, globals())
            except ALLOWED:
                pass


class Key:
    """As a key it must be compared by foreign code."""

    def __init__(self, n):
        self.n = n

    def __hash__(self):
        return self.n

    def __eq__(self, other):
        return self is other


class Base:
    def __init__(self):
        self.a, self.b, self.c, self.d = [1], [2], [3], [4]

    def method(self):
        return [self.a, self.b]


class Other(Base):
    pass


def called(*args, **kwargs):
    return [args, kwargs]


ALLOWED = (ArithmeticError, AttributeError, BufferError, LookupError, OSError, RuntimeError, StopIteration, TypeError, ValueError,
           struct.error, zlib.error)
# How it is made; what changes it; what is done to it; what must work afterwards.
CASES = {
    "list": (
        "list(map(str, range(100, 160)))",
        ["c.clear()", "del c[3:]", "c.extend(map(str, range(500)))", "c.sort()", "c.reverse(); c.pop()"],
        ["c[2:50]", "c+c", "c*3", "c.copy()", "list(c)", "tuple(c)", "c[::2]", "c[5:20]=c", "c[::2]=c[1::2]",
         "del c[::3]", "c.extend(c)", "c+=[1]*50", "c*=4", "sorted(c)", "c.sort()", "c.sort(key=lambda x:[x])",
         "repr(c)", "c==list(c)", '"".join(c)', "[*c]", "(*c,)", "{*c}", "set(c)", "dict.fromkeys(c)", "max(c)",
         'c.index("159")', "c.insert(5,[])", "c.append([])", 'c.remove("130")', "called(*c)", "list(reversed(c))",
         "list(zip(c,c))", "list(map(lambda a:[a],c))", "list(enumerate(c))", "bytes(c)", "print(c,file=nowhere)",
         "str(c)", '"%s"%c', 'f"{c}"', "c>c[:5]", "any([x] == c for x in c)", "list(filter(None,c))",
         "list(itertools.chain(c,c))", "list(itertools.product(c,[1]))", "next(itertools.combinations(c,2))",
         "list(itertools.islice(c,30))", "list(itertools.accumulate(c))", "functools.reduce(lambda a,b:a,c)",
         "heapq.heapify(c)", 'heapq.heappush(c,"a")', "heapq.nlargest(3,c)", "collections.deque(c)",
         "collections.Counter(c)", "json.dumps(c)", "copy.copy(c)", "copy.deepcopy(c)", "marshal.dumps(c)",
         'struct.pack("3s",*c)', "a,*b=c", "[x for x in c]", "for x in c: [x]", "c[0:0]=c", "c.__init__(c)",
         "os.path.join(*c)"],
        "len(list(c)) == len(c) or 1 / 0"),
    "dict": (
        "dict(zip(map(str, range(60)), range(1000,1060)))",
        ["c.clear()", "[c.pop(k) for k in list(c)[:55]]", "c.update(zip(map(str,range(500)), range(500)))",
         "c[1.5]=2"],
        ["c.copy()", "dict(c)", "list(c)", "c|c", "c|={1:2}", "repr(c)", "c==dict(c)", "{**c}", "list(c.items())",
         "list(c.values())", "c.update(c.copy())", "c[Key(5)]=[]", "c.setdefault(Key(7),[])", 'c.pop("5")',
         "c.popitem()", "dict.fromkeys(c)", "called(**c)", "set(c)", "sorted(c)", "list(reversed(c))",
         'c.keys()&{"1"}', 'c.keys()|{"1"}', "c.items()-{1}", "json.dumps(c)", "copy.copy(c)", "copy.deepcopy(c)",
         "marshal.dumps(c)", "{k:[v] for k,v in c.items()}", "for k in c: [k]", "max(c)", "str(c)", '"%(1)s" % c',
         '"{1}".format(*c)', 'type("T",(),c)', "types.SimpleNamespace(**c)", "collections.OrderedDict(c)",
         "collections.Counter(c)", 'exec("a=1",c)', "list(zip(c,c.values()))", "c.__init__(c)", "c.keys()==c.keys()",
         '"{a[1]}".format(a=c)'],
        "len(list(c)) == len(c) or 1 / 0"),
    "set": (
        "set(map(str, range(60)))",
        ["c.clear()", "[c.discard(str(i)) for i in range(55)]", "c.update(map(str,range(500)))", "c.add(1.5)"],
        ["c.copy()", "set(c)", "frozenset(c)", "list(c)", "c|{1}", 'c&{"1","2"}', 'c-{"1"}', 'c^{"1",3}',
         "c|=set(range(90))", 'c&={"1","2"}', 'c-={"1"}', 'c^={"1",3}', "repr(c)", "c=={*c}", "c<={*c}",
         "c.add(Key(5))", "c.discard(Key(5))", "c.pop()", "c.update(range(100))", "c.union(range(100))",
         'c.intersection(["1"])', "c.isdisjoint(range(9))", "c.issubset(map(str,range(99)))",
         "c.difference(map(str,range(9)))", "c.symmetric_difference_update(map(str,range(9)))", "sorted(c)",
         "{x for x in c}", "for x in c: [x]", "copy.copy(c)", "marshal.dumps(c)", "c.intersection_update(list(c))",
         "c.__init__(c)", "{*c,1}", "hash(frozenset(c))"],
        "len(list(c)) == len(c) or 1 / 0"),
    "bytearray": (
        'bytearray(b"abc def ghi\\n" * 30)',
        ["c.clear()", "del c[10:]", 'c.extend(b"x"*9000)', "c.__init__(5)"],
        ["c[2:50]", "c+c", "c*3", "bytes(c)", "c.copy()", "c[::2]", "c[5:20]=c", "c[::2]=bytes(180)", "del c[::3]",
         "c.extend(c)", "c.extend(range(50))", 'c+=b"x"*50', "c*=4", "repr(c)", "c.split()", "c.splitlines()",
         'c.replace(b"a",b"zz")', "c.hex()", "c.decode()", 'c.find(b"zz")', "c.join([c,c])", "c.title()",
         "c.upper()", "c.translate(bytes(256))", 'c.strip(b"a")', 'c.partition(b"d")', 'c.rsplit(b" ",3)',
         "c.center(900)", "c.expandtabs()", "c.insert(5,7)", "c.append(7)", "c.remove(97)", "c.pop(3)",
         'int(bytearray(b"12"))', "memoryview(c)[3:9].tolist()", "memoryview(c).tobytes()", "list(c)",
         'c.count(b"a")', 'b"%b"%c', 'b"".join([c,c])', 'str(c,"utf8")', "bytearray(c)",
         'struct.unpack_from("4s",c)', "io.BytesIO(c).read()", "marshal.dumps(c)", 're.findall(b"[a-z]+",c)',
         're.sub(b"a",lambda m:[c,b"x"][1],c)', 're.split(b" ",c)', 'array.array("b",c)', "binascii.hexlify(c)",
         "binascii.b2a_base64(c)", "zlib.compress(c)", "hashlib.sha256(c)", 'c.fromhex("00"*90)', "c.ljust(999)",
         "c.zfill(999)", "c.capitalize()", 'c.removeprefix(b"a")', "for x in c: [x]", "c==bytes(c)",
         'json.loads(bytearray(b"[1]"))', 'int.from_bytes(c,"big")', 'float(bytearray(b"1.5"))', "no_bytes.write(c)"],
        "bytes(c)"),
    "deque": (
        "collections.deque(map(str, range(60)))",
        ["c.clear()", "[c.pop() for i in range(50)]", "c.extend(map(str,range(500)))", "c.rotate(7)"],
        ["c.copy()", "list(c)", "c+c", "c*3", "c*=3", "repr(c)", "c==collections.deque(c)", "c.append([])",
         "c.appendleft([])", "c.extend(c)", "c.extendleft(range(50))", "c.insert(5,[])", 'c.remove("30")',
         "c.rotate(3)", "c.reverse()", 'c.index("50")', 'c.count("5")', "del c[5]", "c[5]=[]", "for x in c: [x]",
         "collections.deque(c,5)", "c+=[1]*90", "copy.copy(c)", "list(reversed(c))", 'c<collections.deque("a")',
         "tuple(c)"],
        "len(list(c)) == len(c) or 1 / 0"),
    "ordered dict": (
        "collections.OrderedDict(zip(map(str, range(60)), range(60)))",
        ["c.clear()", "[c.pop(k) for k in list(c)[:55]]", "c.update(zip(map(str,range(500)), range(500)))",
         'c.move_to_end("5")'],
        ["c.copy()", "list(c)", "c|{1:2}", "c|={1:2}", "repr(c)", "c==collections.OrderedDict(c)", "c[Key(5)]=[]",
         "c.setdefault(Key(5),[])", 'c.pop("5")', "c.popitem()", "c.popitem(False)", 'c.move_to_end("7")',
         "list(c.items())", "list(reversed(c))", "c.update(c.copy())", "for k in c: [k]", "copy.copy(c)",
         "list(c.values())", "dict(c)", "{**c}", "c.__init__(c)", "collections.OrderedDict.fromkeys(c)"],
        "len(list(c)) == len(c) or 1 / 0"),
    "array": (
        'array.array("i", range(60))',
        ["del c[:]", "del c[5:]", "c.extend(range(500))", "c.byteswap()"],
        ["c[2:50]", "c+c", "c*3", "c*=3", "c[::2]", "c[5:20]=c", "c[::2]=c[1::2]", "del c[::3]", "c.extend(c)",
         "c.extend(range(50))", "c.append(5)", "c.insert(3,5)", "c.pop()", "c.remove(30)", "repr(c)", "c.tolist()",
         "c.tobytes()", 'c.frombytes(b"x"*400)', "c.fromlist([1]*50)", "c==c[:]", "list(c)", "for x in c: [x]",
         "memoryview(c).tolist()", "c.byteswap()", "c.reverse()", "c.index(59)", "copy.copy(c)", "bytes(c)",
         "c.tofile(no_bytes)", "sum(c)", "c.count(5)"],
        "c.tolist()"),
    "BytesIO": (
        'io.BytesIO(b"line of it\\n" * 30)',
        ["c.close()", "c.truncate(5)", 'c.seek(0,2);c.write(b"x"*9000)', "c.seek(3)", 'c.__init__(b"ab\\n"*50)'],
        ["c.read()", "c.read(50)", "c.readline()", "c.readlines()", "list(c)", 'c.write(b"z"*500)',
         'c.writelines([b"z"*500]*3)', "c.getvalue()", "c.getbuffer().tobytes()", 'c.seek(5);c.write(b"a")',
         "c.truncate(10)", "c.readinto(bytearray(50))", "c.read1(9)", "c.__getstate__()",
         'c.seek(900);c.write(b"e")', "bytes(c.getbuffer())"],
        "c"),
    "StringIO": (
        'io.StringIO("line of it\\n" * 30)',
        ["c.close()", "c.seek(0);c.truncate(5)", 'c.seek(0,2);c.write("x"*9000)',
         'c.seek(0,2);c.write("\\u1234"*900)', "c.seek(3)", 'c.__init__("ab\\n"*50)'],
        ["c.read()", "c.read(50)", "c.readline()", "c.readlines()", "list(c)", 'c.write("z"*500)',
         'c.write("\\U00012345"*50)', 'c.writelines(["z"*500]*3)', "c.getvalue()", "c.truncate(10)",
         "c.__getstate__()", 'c.seek(900);c.write("e")'],
        "c"),
    "TextIOWrapper": (
        'io.TextIOWrapper(io.BytesIO(b"line of it\\n" * 3000))',
        ["c.close()", "c.read()", "c.detach()", "c.readline()", "c.seek(0)"],
        ["c.read()", "c.read(50)", "c.readline()", "c.readlines()", "list(c)", 'c.write("z"*50000)', 'c.write("z")',
         "c.tell()", "c.seek(0)", "c.flush()", 'c.reconfigure(encoding="latin-1")', "c.truncate(3)", "c.readline(3)",
         "c.readline(900)", "[c.readline() for i in range(500)]"],
        "c"),
    "BufferedRandom": (
        'io.BufferedRandom(io.BytesIO(b"line of it\\n" * 3000))',
        ["c.close()", "c.read()", "c.detach()", 'c.write(b"hello")', "c.seek(0)"],
        ["c.read()", "c.read(50)", "c.readline()", "c.readlines()", "list(c)", 'c.write(b"z"*50000)',
         'c.write(b"z")', "c.tell()", "c.seek(0)", "c.flush()", "c.peek(5)", "c.read1(4)",
         "c.readinto(bytearray(9000))", "c.truncate(3)", "[c.readline() for i in range(900)]"],
        "c"),
    "instance": (
        "Base()",
        ["c.__dict__.clear()", "c.__dict__ = {}", "[delattr(c,k) for k in list(vars(c))[:5]]",
         '[setattr(c,"x%d"%i,i) for i in range(90)]', "c.__class__ = Other"],
        ["c.new=[1]", "c.a=[]", "vars(c).copy()", 'c.__dict__["q"]=[]', "copy.copy(c)", "copy.deepcopy(c)",
         "c.method()", "c.a", "dir(c)", "del c.a", 'setattr(c,"z",[])', "repr(vars(c))", "c.__reduce_ex__(2)",
         "for k in vars(c): [k]", 'getattr(c,"".join(["a","b"]),[])', '[setattr(c,"y%d"%k,[k]) for k in range(40)]'],
        "vars(c).copy(), dir(c)"),
    "class": (
        'type("E",(Base,),{"m": lambda self: 1})',
        ["c.__bases__=(Other,)", "c.m=5", "del c.m", 'c.__name__="other"',
         '[setattr(c,"x%d"%i,i) for i in range(60)]'],
        ["c().m", "c.q=[]", 'type("F",(c,),{})', "c.__subclasses__()", "c.mro()", "dir(c)", "repr(c)",
         "c.__bases__=(Base,)", "vars(c).copy()", "c.m", '[setattr(c,"w%d"%k,[k]) for k in range(30)]',
         "copy.copy(c())", "isinstance(5,c)", 'c.__doc__="x"', 'c.__qualname__="a.b"', "c()"],
        "c.mro()"),
}

armed = fired = False
wanted = sys.argv[1:]
for name, (make, changes, operations, check) in CASES.items():
    if wanted and name not in wanted:
        continue
    make, check = compile(make, name, "eval"), compile(check, name, "eval")
    changes = [compile(change, change, "exec") for change in changes]
    operations = [compile(operation, operation, "exec") for operation in operations]
    for change in changes:
        for operation in operations:
            for wait in range(TURNS):
                c = eval(make)
                fired = False
                Ring(wait)
                armed = True
                try:
                    exec(operation)
                except ALLOWED:
                    pass
                armed = False
                try:
                    eval(check)
                except ZeroDivisionError:
                    raise AssertionError(name, change.co_filename, operation.co_filename)
                if not fired:
                    break
