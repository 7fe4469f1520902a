"""A compiler's front end for a small language: characters become tokens by a hand-written scanner, tokens a tree
by recursive descent, and the tree is folded and printed again. Slices of text, tuples, lists of objects, dispatch
by name with getattr."""
import sys

MASK = (1 << 64) - 1
KEYWORDS = {"let", "if", "else", "while", "print", "end"}
PRIORITY = {"or": 1, "and": 2, "==": 3, "<": 3, ">": 3, "+": 4, "-": 4, "*": 5, "/": 5, "%": 5}


def make_source(blocks):
    lines = []
    for i in range(blocks):
        lines.append("let alpha%d = %d + beta * (%d - gamma_%d) # remark" % (i, i, i * 7, i % 9))
        lines.append("while alpha%d < %d and not done" % (i, i + 40))
        lines.append('  print "value %d", alpha%d %% 10 == 3 or 2 + 3 * 4 > 13' % (i, i))
        lines.append("  if beta > 3.25 let beta = beta - 1 / 4 else print beta end")
        lines.append("end")
    return "\n".join(lines)


def tokens(text):
    at, line, n = 0, 1, len(text)
    while at < n:
        c = text[at]
        if c == "\n":
            line += 1
            at += 1
        elif c in " \t":
            at += 1
        elif c == "#":
            end = text.find("\n", at)
            at = end if end >= 0 else n
        elif c.isalpha() or c == "_":
            start = at
            while at < n and (text[at].isalnum() or text[at] == "_"):
                at += 1
            word = text[start:at]
            yield ("keyword" if word in KEYWORDS or word in PRIORITY or word == "not" else "name", word, line)
        elif c.isdigit():
            start = at
            while at < n and (text[at].isdigit() or text[at] == "."):
                at += 1
            number = text[start:at]
            yield ("number", float(number) if "." in number else int(number), line)
        elif c == '"':
            end = text.index('"', at + 1)
            yield ("text", text[at + 1:end], line)
            at = end + 1
        else:
            sign = text[at:at + 2] if text[at:at + 2] == "==" else c
            yield ("sign", sign, line)
            at += len(sign)
    yield ("end", None, line)


class Node:
    def __init__(self, kind, *parts):
        self.kind = kind
        self.parts = parts


class Parser:
    def __init__(self, text):
        self.tokens = list(tokens(text))
        self.at = 0

    def peek(self):
        return self.tokens[self.at]

    def take(self, value=None):
        token = self.tokens[self.at]
        if value is not None and token[1] != value:
            raise SyntaxError("line %d: %r instead of %r" % (token[2], token[1], value))
        self.at += 1
        return token

    def block(self, *ends):
        found = []
        while self.peek()[1] not in ends:
            found.append(self.statement())
        return Node("block", *found)

    def statement(self):
        word = self.take()[1]
        if word == "let":
            name = self.take()[1]
            self.take("=")
            return Node("let", name, self.expression(0))
        if word == "print":
            parts = [self.expression(0)]
            while self.peek()[1] == ",":
                self.take()
                parts.append(self.expression(0))
            return Node("print", *parts)
        condition = self.expression(0)
        if word == "while":
            body = self.block("end")
            self.take("end")
            return Node("while", condition, body)
        then = self.block("else", "end")
        other = None
        if self.take()[1] == "else":
            other = self.block("end")
            self.take("end")
        return Node("if", condition, then, other)

    def expression(self, least):
        left = self.operand()
        while True:
            sign = self.peek()[1]
            priority = PRIORITY.get(sign, 0) if self.peek()[0] != "text" else 0
            if priority <= least:
                return left
            self.take()
            left = Node("binary", sign, left, self.expression(priority))

    def operand(self):
        kind, value, _ = self.take()
        if value == "(" and kind == "sign":
            inner = self.expression(0)
            self.take(")")
            return inner
        if value == "not":
            return Node("not", self.operand())
        return Node("name" if kind == "name" else "constant", value)


class Folder:
    """A new tree in which operations on constants are done."""

    def __init__(self):
        self.folded = 0

    def visit(self, node):
        return getattr(self, "visit_" + node.kind, self.visit_other)(node)

    def visit_other(self, node):
        return Node(node.kind, *[self.visit(p) if isinstance(p, Node) else p for p in node.parts])

    def visit_binary(self, node):
        sign, left, right = node.parts
        left, right = self.visit(left), self.visit(right)
        if left.kind == right.kind == "constant" and sign in "+-*>":
            a, b = left.parts[0], right.parts[0]
            self.folded += 1
            return Node("constant", a + b if sign == "+" else a - b if sign == "-" else a * b if sign == "*" else a > b)
        return Node("binary", sign, left, right)

    def visit_constant(self, node):
        return node

    visit_name = visit_constant


def show(node, out):
    if isinstance(node, Node):
        out.append("(" + node.kind)
        for part in node.parts:
            out.append(" ")
            show(part, out)
        out.append(")")
    else:
        out.append(str(node))


def run(scale):
    source = make_source(60)
    total = 0
    for round in range(max(1, int(42 * scale))):
        parser = Parser(source)
        tree = parser.block(None)
        folder = Folder()
        out = []
        show(folder.visit(tree), out)
        text = "".join(out)
        total = (total * 1000003 + len(parser.tokens) * 64 + folder.folded) & MASK
        for i in range(0, len(text), 101):
            total = (total * 31 + ord(text[i])) & MASK
    return total


def main():
    scale = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    print("checksum=0x%016x" % run(scale))


main()
