"""What the compiler finds out about names."""
import symtable

top = symtable.symtable('''
import os
glob = 1
def f(a, *b, c=1, **d):
    x = glob
    def g():
        nonlocal x
        global y
        return a + x
    return [q for q in b]
class C(Base):
    z: int = 1
    def m(self): return __class__
lambda z: (yield)
''', "t", "exec")
assert (top.get_type(), top.get_name(), top.get_lineno(), top.has_children()) == ("module", "top", 0, True)
assert {s.get_name() for s in top.get_symbols() if s.is_assigned()} == {"glob", "f", "C"}
assert top.lookup("os").is_imported() and top.lookup("y").is_declared_global() and top.lookup("Base").is_global()
f, c, lam = top.get_children()
assert (f.get_name(), f.get_lineno(), f.get_parameters()) == ("f", 4, ("a", "c", "b", "d"))
assert f.lookup("a").is_parameter() and f.lookup("x").is_local() and f.get_globals() == ("glob",)
assert f.lookup("g").is_namespace() and f.lookup("glob").is_referenced() and not f.is_nested()
g, comp = f.get_children()
assert g.is_nested() and sorted(g.get_frees()) == ["a", "x"] and g.get_nonlocals() == ("x",) and g.get_globals() == ("y",)
assert (comp.get_name(), comp.get_type(), comp.get_parameters()) == ("listcomp", "function", (".0",))
assert (c.get_type(), c.get_methods()) == ("class", ("m",)) and c.lookup("z").is_annotated()
assert c.get_children()[0].lookup("__class__").is_free() and lam.get_name() == "lambda"

for kind, args in ((ValueError, ("a", "f", "nope")), (SyntaxError, ("a+", "f", "exec")),
                   (SyntaxError, ("def f(a, a): pass", "f", "exec")), (TypeError, (1, "f", "exec")),
                   (ValueError, ("\0", "f", "exec"))):
    try:
        symtable.symtable(*args)
    except kind:
        continue
    raise AssertionError(args)
