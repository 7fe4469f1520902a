"""_warnings without the library: filters, registries, actions; and what compile() issues."""
import _warnings
import sys


def raises(kind, function, *args, **kwargs):
    try:
        function(*args, **kwargs)
    except kind as error:
        return str(error)
    raise AssertionError(f"{kind.__name__} expected")


class Stream:
    def __init__(self):
        self.text = ""

    def write(self, text):
        self.text += text
        return len(text)

    def flush(self):
        pass


def shown(function, *args, **kwargs):
    before, sys.stderr = sys.stderr, Stream()
    try:
        function(*args, **kwargs)
        return sys.stderr.text
    finally:
        sys.stderr = before


library = sys.modules.pop("warnings", None)
filters = _warnings.filters
kept = filters[:]


def use(*rows):
    filters[:] = rows
    _warnings._filters_mutated()


try:
    assert (_warnings._defaultaction, _warnings._onceregistry) == ("default", {}) or library
    explicit = _warnings.warn_explicit
    use()
    registry = {}
    text = shown(explicit, "told", UserWarning, "no-file.py", 7, "module", registry)
    assert text == "no-file.py:7: UserWarning: told\n", text
    assert registry[("told", UserWarning, 7)] is True
    assert shown(explicit, "told", UserWarning, "no-file.py", 7, "module", registry) == ""
    assert shown(explicit, "told", UserWarning, "no-file.py", 8, "module", registry)
    _warnings._filters_mutated()
    assert shown(explicit, "told", UserWarning, "no-file.py", 7, "module", registry)
    assert shown(explicit, "told", UserWarning, "no-file.py", 7, None) == ""

    use(("error", None, DeprecationWarning, None, 0))
    assert raises(DeprecationWarning, explicit, "old", DeprecationWarning, "f", 1) == "old"
    assert shown(explicit, "other", UserWarning, "f", 1)
    assert raises(DeprecationWarning, _warnings.warn, DeprecationWarning("given")) == "given"

    use(("ignore", "exact", Warning, None, 0), ("always", None, Warning, "mod", 5))
    registry = {}
    assert shown(explicit, "exact", UserWarning, "f", 1, "mod", registry) == ""
    for _ in range(2):
        assert shown(explicit, "exactly", UserWarning, "f", 5, "mod", registry)

    class Pattern:
        def match(self, text):
            return text.startswith("abc")

    use(("ignore", Pattern(), Warning, None, 0), ("once", None, Warning, None, 0))
    registry = {}
    assert shown(explicit, "abcd", UserWarning, "f", 1, "mod", registry) == ""
    assert shown(explicit, "bcd", UserWarning, "f", 1, "mod", registry)
    assert shown(explicit, "bcd", UserWarning, "f", 2, "mod", registry) == ""
    use(("module", None, Warning, None, 0))
    registry = {}
    assert shown(explicit, "x", UserWarning, "f", 1, "mod", registry)
    assert shown(explicit, "x", UserWarning, "f", 2, "mod", registry) == ""

    use(("what", None, Warning, None, 0))
    assert "Unrecognized action ('what')" in raises(RuntimeError, explicit, "x", UserWarning, "f", 1)
    use((1, None, Warning, None, 0))
    assert "action must be a string" in raises(TypeError, explicit, "x", UserWarning, "f", 1)
    use(("ignore",))
    assert "isn't a 5-tuple" in raises(ValueError, explicit, "x", UserWarning, "f", 1)
    use()
    assert "'registry' must be a dict" in raises(TypeError, explicit, "", UserWarning, "f", 1, registry=1)
    assert "must be str" in raises(TypeError, explicit, "x", UserWarning, 1, 1)
    assert "module_globals must be a dict" in raises(
        TypeError, explicit, "x", UserWarning, "f", 1, module_globals=1)
    for category in (int, 5, []):
        assert "category must be a Warning subclass" in raises(TypeError, _warnings.warn, "x", category)
    raises(TypeError, _warnings.warn)

    # Whom it is about.
    def inner(level):
        _warnings.warn("here", stacklevel=level)

    def outer(level):
        inner(level)

    line = inner.__code__.co_firstlineno
    place = f"{__file__}:{line + 1}: UserWarning: here\n"
    text = shown(outer, 1)
    assert text.startswith(place) and text.endswith('  _warnings.warn("here", stacklevel=level)\n')
    assert shown(outer, 2).startswith(f"{__file__}:{line + 4}: ")
    assert shown(outer, 1000).startswith("sys:1: UserWarning: here\n")
    assert ("here", UserWarning, line + 1) in __warningregistry__

    # The compiler's.
    use(("always", None, SyntaxWarning, None, 0))
    text = shown(compile, "x is 5", "no-such-file.py", "eval")
    assert text == 'no-such-file.py:1: SyntaxWarning: "is" with a literal. Did you mean "=="?\n', text
    use(("error", None, SyntaxWarning, None, 0))
    assert "with a literal" in raises(SyntaxError, compile, "x is 5", "no-such-file.py", "eval")
finally:
    filters[:] = kept
    _warnings._filters_mutated()
    if library:
        sys.modules["warnings"] = library
