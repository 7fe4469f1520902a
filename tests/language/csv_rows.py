"""CSV: dialects, quoting, reading and writing."""
import _csv as csv


class Lines(list):
    write = list.append


def written(*rows, **options):
    lines = Lines()
    csv.writer(lines, **options).writerows(rows)
    return "".join(lines)


def read(*lines, **options):
    return list(csv.reader(lines, **options))


assert written([1, 2.5, None, "a b"], ["a,b", 'c"d', "e\r\nf"]) == '1,2.5,,a b\r\n"a,b","c""d","e\r\nf"\r\n'
assert written(["a", 1], quoting=csv.QUOTE_ALL) == '"a","1"\r\n'
assert written(["a", 1], quoting=csv.QUOTE_NONNUMERIC) == '"a",1\r\n'
assert written(['a"b', "c,d"], doublequote=False, escapechar="\\") == 'a\\"b,"c,d"\r\n'
assert written(["a,b"], quoting=csv.QUOTE_NONE, escapechar="\\", lineterminator="\n") == "a\\,b\n"
assert written([""], [None]) == '""\r\n""\r\n' and written([]) == "\r\n" and written("ab") == "a,b\r\n"

assert read('a,"b,c","d""e"', "", ",") == [["a", "b,c", 'd"e'], [], ["", ""]]
assert read('"a\n', 'b",c\n') == [["a\nb", "c"]] and read("a\r\n", "b\n") == [["a"], ["b"]]
assert read("a, b", skipinitialspace=True) == [["a", "b"]] and read('a "b" c', delimiter=" ") == [["a", "b", "c"]]
assert read("1,'x'", quotechar="'", quoting=csv.QUOTE_NONNUMERIC) == [[1.0, "x"]]
assert read('"a"b') == [["ab"]] and read('"a') == [["a"]] and read("a\\,b,c\\", escapechar="\\") == [["a,b", "c\n"]]
r = csv.reader(["a\n", '"b\n', 'c"\n'])
assert (next(r), r.line_num, next(r), r.line_num) == (["a"], 1, ["b\nc"], 3) and r.dialect.delimiter == ","

csv.register_dialect("pipes", delimiter="|", quoting=csv.QUOTE_NONE, escapechar="!")
assert written(["a|b", "c"], dialect="pipes") == "a!|b|c\r\n" and "pipes" in csv.list_dialects()
d = csv.get_dialect("pipes")
assert csv.Dialect(d) is d and csv.Dialect(d, delimiter=";").delimiter == ";" and d.quotechar == '"'
csv.unregister_dialect("pipes")

for kind, f in ((csv.Error, lambda: read('"a"b', strict=True)), (csv.Error, lambda: read('"a', strict=True)),
                (csv.Error, lambda: read("a\rb")), (csv.Error, lambda: read(b"a")), (ValueError, lambda: read("a", quoting=2)),
                (csv.Error, lambda: written(["a,b"], quoting=3)), (csv.Error, lambda: written([""], quoting=3)),
                (csv.Error, lambda: written(1)), (csv.Error, lambda: csv.get_dialect("pipes")),
                (TypeError, lambda: csv.Dialect(delimiter="ab")), (TypeError, lambda: csv.Dialect(quoting=9)),
                (TypeError, lambda: csv.Dialect(quotechar=None, quoting=1)), (TypeError, lambda: csv.writer(1)),
                (TypeError, lambda: csv.Dialect(nonsense=1)), (TypeError, lambda: d.__reduce__())):
    try:
        f()
    except kind:
        continue
    raise AssertionError(kind)


class Nested:  # reads from its own reader, which fails in the middle of a row, and ends
    def __init__(self):
        self.n = 0

    def __iter__(self):
        return self

    def __next__(self):
        self.n += 1
        if self.n == 1:
            try:
                next(reader)
            except ValueError:
                raise StopIteration
        if self.n == 2:
            return 'a,"b'
        raise ValueError


reader = csv.reader(Nested())
assert next(reader) == ["a", "b"]
old = csv.field_size_limit(5)
try:
    read("aaaaaa")
    raise AssertionError
except csv.Error:
    pass
finally:
    csv.field_size_limit(old)
