"""Documents written as text and read back, in Python alone: recursion over dicts and lists, escapes, numbers,
one character at a time and by slices. The parse makes a new tree of containers each time, and the old one dies."""
import sys

MASK = (1 << 64) - 1
ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}
PLAIN = {escape[1]: c for c, escape in ESCAPES.items()}


def encode(value, out):
    if value is None:
        out.append("null")
    elif value is True:
        out.append("true")
    elif value is False:
        out.append("false")
    elif isinstance(value, str):
        encode_text(value, out)
    elif isinstance(value, int):
        out.append(str(value))
    elif isinstance(value, float):
        out.append(repr(value))
    elif isinstance(value, dict):
        out.append("{")
        first = True
        for key, part in value.items():
            if not first:
                out.append(",")
            first = False
            encode_text(key, out)
            out.append(":")
            encode(part, out)
        out.append("}")
    else:
        out.append("[")
        for i, part in enumerate(value):
            if i:
                out.append(",")
            encode(part, out)
        out.append("]")


def encode_text(text, out):
    out.append('"')
    start = 0
    for i, c in enumerate(text):
        if c in ESCAPES:
            out.append(text[start:i])
            out.append(ESCAPES[c])
            start = i + 1
        elif c < " " or c > "~":
            out.append(text[start:i])
            out.append("\\u%04x" % ord(c))
            start = i + 1
    out.append(text[start:])
    out.append('"')


class Reader:
    def __init__(self, text):
        self.text = text
        self.at = 0

    def skip(self):
        text = self.text
        while text[self.at] in " \n\t":
            self.at += 1
        return text[self.at]

    def value(self):
        c = self.skip()
        if c == "{":
            return self.object()
        if c == "[":
            return self.array()
        if c == '"':
            return self.string()
        for word, value in (("null", None), ("true", True), ("false", False)):
            if self.text.startswith(word, self.at):
                self.at += len(word)
                return value
        return self.number()

    def object(self):
        result = {}
        self.at += 1
        while self.skip() != "}":
            key = self.string()
            self.skip()
            self.at += 1
            result[key] = self.value()
            if self.skip() == ",":
                self.at += 1
                self.skip()
        self.at += 1
        return result

    def array(self):
        result = []
        self.at += 1
        while self.skip() != "]":
            result.append(self.value())
            if self.skip() == ",":
                self.at += 1
        self.at += 1
        return result

    def string(self):
        text = self.text
        self.at += 1
        parts = []
        while True:
            end = text.index('"', self.at)
            escape = text.find("\\", self.at, end)
            if escape < 0:
                parts.append(text[self.at:end])
                self.at = end + 1
                return "".join(parts)
            parts.append(text[self.at:escape])
            c = text[escape + 1]
            if c == "u":
                parts.append(chr(int(text[escape + 2:escape + 6], 16)))
                self.at = escape + 6
            else:
                parts.append(PLAIN[c])
                self.at = escape + 2

    def number(self):
        text, start = self.text, self.at
        while text[self.at] in "+-.0123456789eE":
            self.at += 1
        word = text[start:self.at]
        return int(word) if word.lstrip("-").isdigit() else float(word)


def document(n):
    people = []
    for i in range(n):
        people.append({"id": i, "name": 'N°%d "the %dth"' % (i, i), "height": 1.5 + i / 100, "active": i % 3 == 0,
                       "tags": ["a%d" % k for k in range(i % 5)], "address": {"street": "Way\t%d" % i, "zip": None},
                       "scores": [i * k % 17 for k in range(6)], "ratio": i / 7 if i else 1e-9})
    return {"people": people, "total": n, "note": "line\nline \\ end"}


def run(scale):
    total = 0
    tree = document(90)
    for round in range(max(1, int(61 * scale))):
        tree["people"][round % 90]["id"] += 1000
        out = []
        encode(tree, out)
        text = "".join(out) + "\n"
        again = Reader(text).value()
        assert again == tree
        total = (total * 1000003 + len(text) + len(again["people"][round % 90]["name"])) & MASK
        for i in range(0, len(text), 211):
            total = (total * 31 + ord(text[i])) & MASK
        tree = again
    return total


def main():
    scale = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    print("checksum=0x%016x" % run(scale))


main()
