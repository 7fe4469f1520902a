"""Pages from templates: a template is compiled once to a list of closures, and rendered with nested data, loops,
conditions, filters and escaping. Dict lookups along dotted paths, many small strings, one join at the end."""
import sys

MASK = (1 << 64) - 1

PAGE = """<html><head><title>{{ title|upper }}</title></head><body>
{% for section in sections %}<h2>{{ section.name|escape }} ({{ section.rows|count }})</h2>
<table>{% for row in section.rows %}<tr class="{% if row.even %}even{% else %}odd{% end %}">
<td>{{ row.id }}</td><td>{{ row.text|escape|cut }}</td><td>{{ row.price|money }}</td></tr>
{% end %}</table>
{% if section.note %}<p>{{ section.note }}</p>{% end %}{% end %}</body></html>
"""


def escape(value):
    return str(value).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


FILTERS = {
    "escape": escape,
    "upper": lambda v: str(v).upper(),
    "count": len,
    "cut": lambda v: v if len(v) <= 24 else v[:21] + "...",
    "money": lambda v: "%d.%02d" % divmod(v, 100),
}


def split(text):
    """Pieces as (kind, content): text, value, block."""
    at = 0
    while at < len(text):
        start = text.find("{", at)
        while start >= 0 and text[start + 1] not in "{%":
            start = text.find("{", start + 1)
        if start < 0:
            yield "text", text[at:]
            return
        if start > at:
            yield "text", text[at:start]
        if text[start + 1] == "{":
            end = text.index("}}", start)
            yield "value", text[start + 2:end].strip()
        else:
            end = text.index("%}", start)
            yield "block", text[start + 2:end].strip()
        at = end + 2


def getter(path):
    names = path.split(".")

    def get(scope):
        value = scope
        for name in names:
            value = value[name] if isinstance(value, dict) else getattr(value, name)
        return value

    return get


def value_part(content):
    path, *names = content.split("|")
    get = getter(path.strip())
    filters = [FILTERS[name] for name in names]

    def render(scope, out):
        value = get(scope)
        for f in filters:
            value = f(value)
        out.append(str(value))

    return render


def text_part(content):
    return lambda scope, out: out.append(content)


def loop_part(name, path, body):
    get = getter(path)

    def render(scope, out):
        inner = dict(scope)
        for item in get(scope):
            inner[name] = item
            for part in body:
                part(inner, out)

    return render


def condition_part(path, then, other):
    get = getter(path)

    def render(scope, out):
        for part in then if get(scope) else other:
            part(scope, out)

    return render


def compile_parts(pieces):
    parts = []
    for kind, content in pieces:
        if kind == "text":
            parts.append(text_part(content))
        elif kind == "value":
            parts.append(value_part(content))
        else:
            words = content.split()
            if words[0] in ("end", "else"):
                return parts, words[0]
            body, closed_by = compile_parts(pieces)
            if words[0] == "for":
                parts.append(loop_part(words[1], words[3], body))
            else:
                other = compile_parts(pieces)[0] if closed_by == "else" else []
                parts.append(condition_part(words[1], body, other))
    return parts, None


class Row:
    def __init__(self, number):
        self.id = number
        self.text = "item <%d> & co, the %dth of many" % (number, number % 10)
        self.price = number * 37 % 100000

    @property
    def even(self):
        return self.id % 2 == 0


def run(scale):
    parts, _ = compile_parts(iter(list(split(PAGE))))
    sections = [{"name": "part %d > %d" % (i, i - 1), "rows": [Row(i * 40 + k) for k in range(40)],
                 "note": "remark" if i % 3 == 0 else ""} for i in range(6)]
    total = 0
    for round in range(max(1, int(360 * scale))):
        out = []
        scope = {"title": "page %d" % round, "sections": sections[round % 3:]}
        for part in parts:
            part(scope, out)
        page = "".join(out)
        total = (total * 1000003 + len(page)) & MASK
        for i in range(0, len(page), 401):
            total = (total * 31 + ord(page[i])) & MASK
    return total


def main():
    scale = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    print("checksum=0x%016x" % run(scale))


main()
