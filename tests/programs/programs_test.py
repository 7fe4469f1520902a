"""The Python programs of the suite, as TAP: what they print under CPython, whatever the seed of hashes, and under
ouropy with every collector; what they say of themselves.

    programs_test.py CPYTHON|COLLECTOR OUROPY"""
import ast
import os
import pathlib
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

HERE = pathlib.Path(__file__).resolve().parent
FOLDER = HERE.parents[1] / "workloads" / "python"
CPYTHON = "/usr/bin/python3.11"
SCALE = "0.05"
wanted = dict(line.split() for line in (HERE / "checksums.txt").read_text().splitlines())
programs = sorted(FOLDER.glob("*.py"))
results = []


def note(name, ok, why=""):
    results.append(f"{'ok' if ok else 'not ok'} {len(results) + 1} - {name}")
    if not ok:
        results.extend("# " + line for line in str(why).splitlines()[-12:])


def said_by(command, program, **environment):
    try:
        done = subprocess.run([*command, program, SCALE], capture_output=True, text=True, timeout=120,
                              env={**os.environ, **environment})
    except subprocess.TimeoutExpired:
        return "no end after 120 s"
    if done.returncode:
        return f"exit code {done.returncode}\n{done.stderr}"
    return done.stdout.strip() + (f"\non standard error: {done.stderr}" if done.stderr else "")


def check_all(command, name, **environment):
    with ThreadPoolExecutor(2) as pool:
        said = list(pool.map(lambda p: said_by(command, p, **environment), programs))
    for program, text in zip(programs, said):
        note(f"{program.stem} {name}", text == wanted[program.stem], f"{text}\ninstead of {wanted[program.stem]}")


def check_texts():
    note("every program has a checksum", {p.stem for p in programs} == set(wanted), set(wanted))
    table = (FOLDER / "README.md").read_text()
    missing = [p.stem for p in programs if f"`{p.stem}`" not in table]
    note("every program is in the table", not missing, missing)
    for program in programs:
        tree = ast.parse(program.read_text())
        story = ast.get_docstring(tree) or ""
        imports = {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
        foreign = [n for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)]
        summary = re.split(r"[.:;](?: |$)", " ".join(story.split()))[0]
        ok = story and "\n\n" not in story and imports <= {"sys"} and not foreign and 8 < len(summary) < 170
        note(f"{program.stem} says what it stresses and imports nothing but sys", ok, (story, imports))


mode, interpreter = sys.argv[1:]
if mode == "CPYTHON":
    check_texts()
    for seed in ("0", "1", "4242"):
        check_all([CPYTHON], f"with hashes of seed {seed}", PYTHONHASHSEED=seed)
else:
    check_all([interpreter, f"--gc={mode}"], f"under {mode}", PYTHONHASHSEED="0")
print(f"1..{sum(not r.startswith('#') for r in results)}")
print("\n".join(results))
sys.exit(any(r.startswith("not ok") for r in results))
