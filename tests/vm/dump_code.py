"""Compiles a Python file with the Python that runs this, and writes its code object in the form that
code_loader.c reads: a tag, then the value; lengths are 32-bit, little-endian.

usage: dump_code.py SOURCE OUTPUT"""
import struct
import sys


def write(o, out):
    def n(value):
        out.append(struct.pack("<i", value))
    if o is None or o is True or o is False or o is ...:
        out.append({None: b"N", True: b"T", False: b"F", ...: b"."}[o])
    elif type(o) is int:
        data = abs(o).to_bytes((abs(o).bit_length() + 63) // 64 * 8, "little")
        out.append(b"-" if o < 0 else b"+")
        n(len(data))
        out.append(data)
    elif type(o) is float:
        out.append(b"d" + struct.pack("<d", o))
    elif type(o) in (str, bytes):
        data = o.encode("utf-8", "surrogatepass") if type(o) is str else o
        out.append(b"s" if type(o) is str else b"b")
        n(len(data))
        out.append(data)
    elif type(o) is tuple:
        out.append(b"(")
        n(len(o))
        for each in o:
            write(each, out)
    else:
        out.append(b"c")
        names = o.co_varnames + tuple(c for c in o.co_cellvars if c not in o.co_varnames) + o.co_freevars
        kinds = bytes((0x20 if v in o.co_varnames else 0) | (0x40 if v in o.co_cellvars else 0)
                      | (0x80 if v in o.co_freevars else 0) for v in names)
        for each in (o.co_code, o.co_consts, o.co_names, names, kinds, o.co_filename, o.co_name,
                     o.co_qualname, o.co_linetable, o.co_exceptiontable):
            write(each, out)
        for each in (o.co_argcount, o.co_posonlyargcount, o.co_kwonlyargcount, o.co_stacksize,
                     o.co_firstlineno, o.co_flags):
            n(each)


out = []
write(compile(open(sys.argv[1]).read(), sys.argv[1], "exec", dont_inherit=True), out)
open(sys.argv[2], "wb").write(b"".join(out))
