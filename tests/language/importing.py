"""The import statement: absolute, relative, of packages; circular; what goes wrong, and how it is
told. Modules come from a finder of our own."""
import sys
from _frozen_importlib import ModuleSpec

SOURCES = {
    "pack": "x = 1\nfrom . import low\nfrom .low import deep_value as value\n",
    "pack.low": "import pack as me\nimport pack.mid.deep\ndeep_value = pack.mid.deep.VALUE\n",
    "pack.mid": "from .deep import *\nfrom ..mid import deep as again\n",
    "pack.mid.deep": "__all__ = ['VALUE', 'other']\nVALUE, other, _hidden = 42, 43, 44\n",
    "plain": "public, _private = 1, 2\n",
    "lists_itself": "__all__ = ['missing']\n",
    "lists_numbers": "__all__ = [1]\n",
    "package_all": "__all__ = ['member']\n",
    "package_all.member": "here = True\n",
    "circle_a": "from circle_b import b\na = 1\n",
    "circle_b": "from circle_a import a\nb = 2\n",
    "circle_c": "import circle_d\nc = circle_d.d\n",
    "circle_d": "import circle_c\nd = circle_c.c\n",
    "circle_pack": "from circle_pack import one\n",
    "circle_pack.one": "import circle_pack.two as two\nfrom circle_pack import two as same\n",
    "circle_pack.two": "import circle_pack.one as one\n",
    "fails": "before = 1\nraise KeyError('inside')\n",
    "fails_below": "import fails\n",
    "asks": "def __getattr__(name):\n    if name[0] == '_':\n        raise AttributeError(name)\n    return name * 2\n",
    "replaces": "import sys\nclass Fake:\n    value = 7\nsys.modules[__name__] = Fake()\n",
    "vanishes": "import sys\ndel sys.modules[__name__]\n",
    "none_below": "",
}
PACKAGES = {"pack", "pack.mid", "package_all", "circle_pack"}


class Finder:
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name in SOURCES:
            spec = ModuleSpec(name, cls, origin=f"{name}.source", is_package=name in PACKAGES)
            return spec

    @staticmethod
    def create_module(spec):
        return None

    @staticmethod
    def exec_module(module):
        name = module.__spec__.name
        module.__file__ = f"<{name}>"
        exec(compile(SOURCES[name], module.__file__, "exec"), module.__dict__)


def raises(kind, source, names=None):
    try:
        exec(source, {"__name__": "__main__"} if names is None else names)
    except kind as error:
        return error
    raise AssertionError(f"{kind.__name__} expected")


def frames(error):
    tb, found = error.__traceback__, []
    while tb:
        if tb.tb_frame.f_code.co_filename != __file__:
            found.append(tb.tb_frame.f_code.co_filename)
        tb = tb.tb_next
    return found


sys.meta_path.insert(0, Finder)
try:
    # Names and what they are bound to.
    import pack.mid.deep
    assert pack.value == 42 and pack.low.me is pack and sys.modules["pack.mid"].again is pack.mid.deep
    import pack.mid.deep as deep, pack.mid
    assert deep is pack.mid.deep and deep.__package__ == "pack.mid" and pack.__path__ == []
    assert pack.mid.VALUE == 42 and not hasattr(pack.mid, "_hidden")
    from pack import low, x as renamed
    assert low is sys.modules["pack.low"] and renamed == 1
    from package_all import *
    assert member.here
    names = {}
    exec("from plain import *", names)
    assert names["public"] == 1 and "_private" not in names
    assert __import__("pack.mid") is pack and __import__("pack.mid", fromlist=["deep"]) is pack.mid
    assert __import__("pack.mid", fromlist=()) is pack
    from asks import twice
    assert twice == "twicetwice"
    import replaces
    assert replaces.value == 7
    import circle_pack
    assert circle_pack.one.two.one is circle_pack.one

    # Relative ones.
    inside = {"__package__": "pack.mid", "__name__": "pack.mid.anything"}
    exec("from . import deep\nfrom .deep import VALUE\nfrom .. import low\nfrom ..low import deep_value", inside)
    assert inside["deep"] is deep and inside["VALUE"] == 42 and inside["low"] is low
    assert __import__("", inside, None, ["deep"], 1) is pack.mid
    assert __import__("deep", inside, None, [], 1) is deep
    assert __import__("mid.deep", inside, None, [], 2) is pack.mid
    error = raises(ImportError, "from ... import x", dict(inside))
    assert str(error) == "attempted relative import beyond top-level package"
    error = raises(ImportError, "from . import x", {"__package__": "", "__name__": "m"})
    assert str(error) == "attempted relative import with no known parent package"
    error = raises(TypeError, "from . import x", {"__package__": 1, "__name__": "m"})
    assert str(error) == "package must be a string"
    error = raises(KeyError, "from . import x", {})
    assert str(error) == "\"'__name__' not in globals\""
    by_spec = {"__spec__": deep.__spec__, "__package__": None}
    exec("from . import deep as d", by_spec)
    assert by_spec["d"] is deep
    by_name = {"__name__": "pack.mid.thing"}
    import _warnings
    filters = _warnings.filters[:]
    exec("from .deep import other", by_name)
    assert by_name["other"] == 43

    # What goes wrong.
    error = raises(ModuleNotFoundError, "import no_such_module")
    assert str(error) == "No module named 'no_such_module'" and error.name == "no_such_module"
    assert frames(error) == ["<string>"], frames(error)
    error = raises(ModuleNotFoundError, "import pack.nothing")
    assert str(error) == "No module named 'pack.nothing'"
    error = raises(ModuleNotFoundError, "import plain.below")
    assert str(error) == "No module named 'plain.below'; 'plain' is not a package"
    error = raises(ModuleNotFoundError, "from pack.nothing import x")
    assert error.name == "pack.nothing"
    error = raises(ImportError, "from plain import nothing")
    assert str(error) == "cannot import name 'nothing' from 'plain' (<plain>)"
    assert type(error) is ImportError and error.name == "plain" and error.path == "<plain>"
    error = raises(ImportError, "from sys import nothing")
    assert str(error) == "cannot import name 'nothing' from 'sys' (unknown location)"
    error = raises(AttributeError, "from lists_itself import *")
    assert str(error) == "module 'lists_itself' has no attribute 'missing'"
    error = raises(TypeError, "from lists_numbers import *")
    assert str(error) == "Item in lists_numbers.__all__ must be str, not int", error
    error = raises(ImportError, "import circle_a")
    assert str(error) == (
        "cannot import name 'a' from partially initialized module 'circle_a' (most likely due to a "
        "circular import) (<circle_a>)"), error
    assert frames(error) == ["<string>", "<circle_a>", "<circle_b>"], frames(error)
    assert "circle_a" not in sys.modules and "circle_b" not in sys.modules
    error = raises(AttributeError, "import circle_c")
    assert str(error) == (
        "partially initialized module 'circle_c' has no attribute 'c' (most likely due to a circular "
        "import)")
    error = raises(KeyError, "import fails_below")
    assert "fails" not in sys.modules
    shown = [f for f in frames(error) if f.startswith("<f") and "frozen" not in f]
    assert shown == ["<fails_below>", "<fails>"]
    sys.modules["none_below"] = None
    error = raises(ModuleNotFoundError, "import none_below")
    assert str(error) == "import of none_below halted; None in sys.modules"
    del sys.modules["none_below"]
    raises(KeyError, "import vanishes")
    for bad, kind in [(("",), ValueError), ((1,), TypeError), (("sys", None, None, (), -1), ValueError)]:
        try:
            __import__(*bad)
        except kind:
            pass
        else:
            raise AssertionError(bad)

    # __import__ may be replaced.
    import builtins
    seen, before = [], builtins.__import__

    def replaced(name, globals=None, locals=None, fromlist=(), level=0):
        seen.append((name, fromlist, level))
        return before(name, globals, locals, fromlist, level)

    builtins.__import__ = replaced
    try:
        import plain
        from pack import low
    finally:
        builtins.__import__ = before
    assert seen == [("plain", None, 0), ("pack", ("low",), 0)], seen
    own = {"__builtins__": {"__import__": lambda *args: args[0] + "!"}}
    exec("import anything", own)
    assert own["anything"] == "anything!"
    error = raises(ImportError, "import anything", {"__builtins__": {}})
    assert str(error) == "__import__ not found"
finally:
    sys.meta_path.remove(Finder)
