"""An interpreter in the interpreter: a compiler from expressions in nested tuples to code for a stack machine, and
two loops that run it, one that dispatches by if and elif, one by a table of functions. Lists as stacks, ints as
opcodes, branches that depend on data."""
import sys

MASK = (1 << 64) - 1
PUSH, LOAD, STORE, ADD, SUB, MUL, MOD, LESS, EQUAL, JUMP, BRANCH, CALL, RETURN, DUP, PRINT, HALT = range(16)
BINARY = {"+": ADD, "-": SUB, "*": MUL, "%": MOD, "<": LESS, "==": EQUAL}


class Compiler:
    def __init__(self):
        self.code = []
        self.names = {}
        self.functions = {}

    def slot(self, name):
        return self.names.setdefault(name, len(self.names))

    def emit(self, opcode, argument=0):
        self.code.append((opcode, argument))
        return len(self.code) - 1

    def compile(self, tree):
        if isinstance(tree, int):
            self.emit(PUSH, tree)
        elif isinstance(tree, str):
            self.emit(LOAD, self.slot(tree))
        else:
            method = getattr(self, "on_" + tree[0], None)
            if method is not None:
                method(*tree[1:])
            else:
                self.compile(tree[1])
                self.compile(tree[2])
                self.emit(BINARY[tree[0]])

    def on_set(self, name, value):
        self.compile(value)
        self.emit(STORE, self.slot(name))

    def on_do(self, *parts):
        for part in parts:
            self.compile(part)

    def on_while(self, condition, *body):
        start = len(self.code)
        self.compile(condition)
        branch = self.emit(BRANCH)
        self.on_do(*body)
        self.emit(JUMP, start)
        self.code[branch] = BRANCH, len(self.code)

    def on_if(self, condition, then, other):
        self.compile(condition)
        branch = self.emit(BRANCH)
        self.compile(then)
        jump = self.emit(JUMP)
        self.code[branch] = BRANCH, len(self.code)
        self.compile(other)
        self.code[jump] = JUMP, len(self.code)

    def on_def(self, name, body):
        jump = self.emit(JUMP)
        self.functions[name] = len(self.code)
        self.compile(body)
        self.emit(RETURN)
        self.code[jump] = JUMP, len(self.code)

    def on_call(self, name):
        self.emit(CALL, self.functions[name])

    def on_print(self, value):
        self.compile(value)
        self.emit(PRINT)


def run_by_tests(code, n_names):
    stack, calls, out = [], [], []
    names = [0] * n_names
    at = steps = 0
    while True:
        opcode, argument = code[at]
        at += 1
        steps += 1
        if opcode == LOAD:
            stack.append(names[argument])
        elif opcode == PUSH:
            stack.append(argument)
        elif opcode == STORE:
            names[argument] = stack.pop()
        elif opcode == ADD:
            b = stack.pop()
            stack[-1] += b
        elif opcode == SUB:
            b = stack.pop()
            stack[-1] -= b
        elif opcode == MUL:
            b = stack.pop()
            stack[-1] = stack[-1] * b & 0xFFFFFFFF
        elif opcode == MOD:
            b = stack.pop()
            stack[-1] %= b
        elif opcode == LESS:
            b = stack.pop()
            stack[-1] = stack[-1] < b
        elif opcode == EQUAL:
            b = stack.pop()
            stack[-1] = stack[-1] == b
        elif opcode == BRANCH:
            if not stack.pop():
                at = argument
        elif opcode == JUMP:
            at = argument
        elif opcode == CALL:
            calls.append(at)
            at = argument
        elif opcode == RETURN:
            at = calls.pop()
        elif opcode == PRINT:
            out.append(stack.pop())
        else:
            return out, steps


class Machine:
    def __init__(self, code, n_names):
        self.stack = []
        self.calls = []
        self.out = []
        self.names = [0] * n_names
        self.at = 0
        self.running = True
        self.code = code
        self.table = [self.push, self.load, self.store, self.add, self.sub, self.mul, self.mod, self.less,
                      self.equal, self.jump, self.branch, self.call, self.ret, self.dup, self.print, self.halt]

    def push(self, x):
        self.stack.append(x)

    def load(self, slot):
        self.stack.append(self.names[slot])

    def store(self, slot):
        self.names[slot] = self.stack.pop()

    def add(self, _):
        b = self.stack.pop()
        self.stack.append(self.stack.pop() + b)

    def sub(self, _):
        b = self.stack.pop()
        self.stack.append(self.stack.pop() - b)

    def mul(self, _):
        b = self.stack.pop()
        self.stack.append(self.stack.pop() * b & 0xFFFFFFFF)

    def mod(self, _):
        b = self.stack.pop()
        self.stack.append(self.stack.pop() % b)

    def less(self, _):
        b = self.stack.pop()
        self.stack.append(self.stack.pop() < b)

    def equal(self, _):
        b = self.stack.pop()
        self.stack.append(self.stack.pop() == b)

    def jump(self, to):
        self.at = to

    def branch(self, to):
        if not self.stack.pop():
            self.at = to

    def call(self, to):
        self.calls.append(self.at)
        self.at = to

    def ret(self, _):
        self.at = self.calls.pop()

    def dup(self, _):
        self.stack.append(self.stack[-1])

    def print(self, _):
        self.out.append(self.stack.pop())

    def halt(self, _):
        self.running = False

    def run(self):
        steps = 0
        while self.running:
            opcode, argument = self.code[self.at]
            self.at += 1
            steps += 1
            self.table[opcode](argument)
        return self.out, steps


PROGRAM = ("do",
           ("def", "mix", ("set", "sum", ("%", ("+", ("*", "sum", 31), "i"), 1000003))),
           ("set", "i", 0),
           ("while", ("<", "i", "limit"),
            ("set", "n", "i"), ("set", "steps", 0),
            ("while", ("<", 1, "n"),
             ("if", ("==", ("%", "n", 3), 0), ("set", "n", ("-", "n", 2)), ("set", "n", ("-", "n", 1))),
             ("set", "steps", ("+", "steps", 1))),
            ("call", "mix"),
            ("if", ("==", ("%", "i", 10), 0), ("print", ("+", "sum", "steps")), ("do",)),
            ("set", "i", ("+", "i", 1))))


def run(scale):
    limit = max(5, int(310 * scale ** 0.5))
    total = 0
    for machine in (run_by_tests, lambda code, n: Machine(code, n).run()):
        compiler = Compiler()
        compiler.compile(("set", "limit", limit))
        compiler.compile(PROGRAM)
        compiler.emit(HALT)
        out, steps = machine(compiler.code, len(compiler.names))
        for value in out:
            total = (total * 31 + value) & MASK
        total = (total * 1000003 + steps) & MASK
    return total


def main():
    scale = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    print("checksum=0x%016x" % run(scale))


main()
