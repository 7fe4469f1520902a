"""The prompt: which lines make up a statement, what becomes of errors, how it ends."""
import os
import sys

path = f"/tmp/prompt_{os.getpid()}"
environment = {name: value for name, value in os.environ.items() if name != "OUROPY_REPORT"}


def session(text, *arguments):
    """The exit code, and what a prompt writes while these lines are typed."""
    with open(path + ".in", "w") as file:
        file.write(text)
    actions = [(os.POSIX_SPAWN_OPEN, 0, path + ".in", os.O_RDONLY, 0),
               (os.POSIX_SPAWN_OPEN, 1, path + ".out", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
               (os.POSIX_SPAWN_DUP2, 1, 2)]
    try:
        child = os.posix_spawn(sys.executable, [sys.executable, "-SqEi", *arguments], environment,
                               file_actions=actions)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        with open(path + ".out") as file:
            return code, file.read()
    finally:
        for suffix in ".in", ".out":
            if os.path.exists(path + suffix):
                os.unlink(path + suffix)


# A compound statement ends with an empty line, a simple one with its own; brackets, strings and
# backslashes go on; mistakes are told at once.
assert session("""def f():
    '''a

    b'''
    return 1

f()
x = [

1]; x
y = \\
2
if y: y

1 +
if 1:
  # nothing
    
  3

""") == (0, """\
>>> ... ... ... ... ... >>> 1
>>> ... ... [1]
>>> ... >>> ... 2
>>>   File "<stdin>", line 1
    1 +
       ^
SyntaxError: invalid syntax
>>> ... ... ... ... 3
>>> 
""")
# The end of input ends a statement, too. The prompt is any object.
assert session("if 1:\n  print(2)\n") == (0, ">>> ... ... \n2\n>>> \n")
assert session("import sys; sys.ps1 = 7\nsys.ps2 = '- '\nif 0: 1\n\n") == (0, ">>> 77- 7\n")
assert session("1/0\nraise SystemExit(3)\n") == (3, """\
>>> Traceback (most recent call last):
  File "<stdin>", line 1, in <module>
ZeroDivisionError: division by zero
>>> """)
# Behind a program, however it ended.
assert session("x\nraise SystemExit('bye')\n", "-c", "x = 5; raise SystemExit(4)") == (1, """\
Traceback (most recent call last):
  File "<string>", line 1, in <module>
SystemExit: 4
>>> 5
>>> bye
""")
