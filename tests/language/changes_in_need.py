"""Memory runs out while a container grows: a collection then runs finalisers that change this very container."""
import os
import sys

path = f"/tmp/changes_in_need_{os.getpid()}"
environment = {name: value for name, value in os.environ.items() if name != "OUROPY_REPORT"}
CHILD = """
import gc

gc.disable()


class Ring:
    def __init__(self):
        self.ring = self
        self.weight = bytes(100_000)

    def __del__(self):
        change()


def change():
    CHANGE


ballast = bytes(300_000)
views = []
grown = GROWN
for i in range(30):
    Ring()
try:
    while True:
        GROW
except (MemoryError, BufferError):
    ballast = None
    print("exhausted", end=" ")
assert CHECK
"""
# What grows; how; what finalisers do to it; what must hold of it in the end.
CASES = [
    ("[]", "grown.append(None)", "grown.extend([1] * 300)", "set(grown) <= {None, 1}"),
    ("[]", "grown.append(None)", "del grown[len(grown) // 2:]", "set(grown) <= {None}"),
    ("[]", "grown.append(None)", "grown.clear()", "set(grown) <= {None}"),
    ("[0] * 1000", "grown.insert(len(grown), None)", "del grown[10:]", "set(grown) <= {0, None}"),
    ("[0] * 1000", "grown[len(grown) - 5:] = [None] * 1000", "del grown[10:]", "set(grown) <= {0, None}"),
    ("[0] * 1000", "grown[-1:] = [None] * 1000", "grown.extend([1] * 300)", "set(grown) <= {0, None, 1}"),
    ("[0] * 1000", "grown += grown", "grown.append(1)", "set(grown) <= {0, 1}"),
    ("__import__('collections').deque([bytes(5_300_000)])", "grown.append(None)",
     "grown.clear(); grown.extend(b'y' * 140_000)", "{type(item) for item in grown} <= {type(None), int, bytes}"),
    ("__import__('collections').deque([0])", "grown.insert(len(grown) - 1, None)", "grown.clear()",
     "set(grown) <= {0, None}"),
    ("bytearray(1000)", "grown.extend(b'x' * 1000)", "grown.extend(b'y' * 300)", "set(grown) <= set(b'xy\\0')"),
    ("bytearray(1000)", "grown.append(120)", "del grown[100:]", "set(grown) <= set(b'x\\0')"),
    ("bytearray(1000)", "grown += b'x' * 5000", "views.append(memoryview(grown))", "set(grown) <= set(b'x\\0')"),
    ("__import__('array').array('q', [1])", "grown.extend(grown)", "grown.append(2)", "set(grown) <= {1, 2}"),
    ("{}", "grown[len(grown)] = None", "[grown.__setitem__(-i, i) for i in range(1, 3000)]",
     "len([*grown]) == len(grown)"),
    ("__import__('io').BytesIO()", "grown.write(b'x' * 999)", "grown.write(b'y' * 300)",
     "set(grown.getbuffer()[:9000]) <= set(b'xy')"),
    ("__import__('io').BytesIO()", "grown.write(b'x' * 999)", "grown.truncate(10); grown.seek(10)",
     "set(grown.getbuffer()[:9000]) <= set(b'x')"),
    ("__import__('io').StringIO()", "grown.write('x' * 999)", "grown.write('\\u1234')",
     "grown.seek(0) == 0 and set(grown.read(9000)) <= set('x\\u1234')"),
]

# The same where many small ones are made: what finalisers put into the newest is more than the table that was asked
# for would hold.
SMALL = """
import gc

gc.disable()


class Ring:
    def __init__(self):
        self.ring = self

    def __del__(self):
        if room:
            room.pop()
            CHANGE
            Ring()


room = [bytes(100_000) for i in range(40)]
ballast = bytes(300_000)
made = []
Ring()
try:
    while True:
        grown = GROWN
        for i in range(12):
            GROW
        made.append(grown)
except MemoryError:
    ballast = None
    del made[:len(made) // 2]
    print("exhausted", end=" ")
while made:
    grown = made.pop()
    keys = list(grown)
    assert len(set(keys)) == len(keys) == len(grown) and {*range(12)} <= {*keys}, grown
"""
SMALL_CASES = [
    ("{}", "grown[i] = None", "[grown.__setitem__(i, i) for i in range(1000)]"),
    ("{}", "grown.setdefault(i, None)", "grown.update(zip(range(1000), range(1000)))"),
    ("{'a': 1}", "grown[i] = None", "grown.pop('a', None)"),
    ("{}", "grown[i] = None", "grown.update(zip(map(str, range(20)), range(20)))"),
    ("set()", "grown.add(i)", "[grown.add(i) for i in range(1000)]"),
    ("set()", "grown |= {i, i + 1, i + 2, i + 3, i + 4}", "[grown.add(i) for i in range(1000)]"),
    ("__import__('collections').OrderedDict()", "grown[i] = None", "[grown.__setitem__(i, i) for i in range(1000)]"),
]


def run(options, program):
    """The exit code and what it prints."""
    with open(path + ".py", "w") as file:
        file.write(program)
    actions = [(os.POSIX_SPAWN_OPEN, 1, path + ".out", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
               (os.POSIX_SPAWN_OPEN, 2, "/dev/null", os.O_WRONLY, 0)]
    try:
        child = os.posix_spawn(sys.executable, [sys.executable, *options, "-SE", path + ".py"], environment,
                               file_actions=actions)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        with open(path + ".out") as file:
            return code, file.read()
    finally:
        for suffix in ".py", ".out":
            if os.path.exists(path + suffix):
                os.unlink(path + suffix)


def main():
    with open("/proc/self/cmdline") as file:
        options = [word for word in file.read().split("\0") if word.startswith("--gc=")]
    collector = options[-1] if options else "--gc=three-generation"
    if "none" in collector:
        return  # runs no finaliser
    collector += (",limit=10M" if ":" in collector else ":limit=10M")
    for grown, grow, change, check in CASES:
        program = CHILD.replace("GROWN", grown).replace("GROW", grow).replace("CHANGE", change).replace("CHECK", check)
        outcome = run([collector], program)
        assert outcome == (0, "exhausted "), (grow, change, outcome)
    for grown, grow, change in SMALL_CASES:
        outcome = run([collector], SMALL.replace("GROWN", grown).replace("GROW", grow).replace("CHANGE", change))
        assert outcome == (0, "exhausted "), (grown, grow, change, outcome)


if sys.implementation.name == "ouroboros":  # nobody else can be told a limit
    main()
