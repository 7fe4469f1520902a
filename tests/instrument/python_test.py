"""Python programs as workloads, as TAP: `ouro run`, `ouro versus` and what they make of an interpreter's report. The
interpreters are scripts that say what a program's name asks for, so that nothing here depends on ouropy."""
import csv
import io
import json
import subprocess

from cases import case, cells, expect, finish, home

(home / "programs").mkdir()

described = {"allocators": [{"name": n, "summary": "", "library": "", "layer": False, "options": []}
                            for n in ("pool", "magazine", "magazine-inline", "malloc")],
             "collectors": [{"name": n, "family": f, "summary": "", "options": []} for n, f in
                            (("three-generation", "rc"), ("mark-sweep", "tracing"))],
             "graphs": []}


def script(path, text):
    path.write_text("#!/usr/bin/python3.11\nimport json, os, sys\n" + text)
    path.chmod(0o755)


script(home / "libexec" / "ouro-describe", f"""
if len(sys.argv) > 1:
    sys.stdout.write("".join("no such option" for word in sys.argv[1:] if ":" in word))
else:
    print(json.dumps({described!r}))""")
script(home / "bin" / "bench-alloc", "")
script(home / "bin" / "bench-gc", "")
# Programs that need nothing but their name: half as much work for ouropy as for the other.
WORK = """
def work(program, millions):
    scale = float(sys.argv[-1]) if sys.argv[-1] != program else 0.01
    x = 0
    for i in range(int(millions * scale * 1e6)):
        x ^= i
    name = os.path.basename(program)
    return name
"""
script(home / "bin" / "ouropy", WORK + """
options = dict(w[2:].split("=", 1) for w in sys.argv[1:] if w.startswith("--"))
program = next(w for w in sys.argv if w.endswith(".py"))
name = work(program, 20)
lies = name == "liar.py" or (name == "sweep_liar.py" and options["gc"] == "mark-sweep")
if name == "fails.py":
    sys.exit("ValueError: no")
if name == "hungry.py":
    sys.exit("MemoryError")
if name != "silent.py":
    print("checksum=0x2" if lies else "checksum=0x1")
assert os.environ["PYTHONHASHSEED"] == "0"
with open(options["gc-stats"], "w") as file:
    json.dump({"row": {"gc_collection_cpu_ns": 7, "gc_pause_p99_ns": 5, "alloc_mapped_bytes": 4096,
                       "leaked_objects": 3, "process_cpu_seconds": 0, "gc_text": "no"},
               "detail": {"pauses": {"wall_ns": [1, 2]}}}, file)
""")
script(home / "python", WORK + """
name = work(sys.argv[1], 40)
print("checksum=0x1")
""")
for name in ("steady", "other_one", "liar", "sweep_liar", "fails", "hungry", "silent", "empty"):
    (home / "programs" / f"{name}.py").write_text(f'"""The {name} program: it does\nnothing.  Really."""\n')


def run(*words, **environment):
    return subprocess.run([home / "bin" / "ouro", *map(str, words)], capture_output=True, text=True, timeout=100,
                          env={"PATH": "/usr/bin:/bin", "OURO_PROGRAMS": str(home / "programs"), **environment})


def read_cells(directory):
    return [json.loads(p.read_text()) for p in cells(directory)]


FEW = ("--alloc=pool", "--gc=three-generation", "--repetitions=2", "--scale=0.01", "--quiet")
PAIRS = (f"--python={home / 'python'}", "--scale=0.05", "--quiet")


@case
def what_is_no_python_is_said_so():
    expect(run("versus", "steady", "--python=/nowhere", "--output", home / "no"), 2, "--python=/nowhere: No such file")
    expect(run("versus", "steady", "--python=python3", "--output", home / "no"), 2, "wants a path")
    assert not (home / "no").exists()
    done = run("versus", "steady", "--python=/bin/true", "--scale=0.05", "--repetitions=1", "--quiet", "--output",
               home / "no")
    expect(done, 3, "no program ran validly by both", "no figure 'versus'")
    assert "nan" not in done.stdout.split(), done


@case
def programs_say_what_they_are():
    listed = json.loads(run("list", "--json").stdout)["python"]
    one = next(p for p in listed if p["name"] == "other-one")
    assert one["summary"] == "The other_one program", one
    assert one["story"] == "The other_one program: it does nothing. Really.", one
    expect(run("list"), 0, "python", "sweep-liar")
    (home / "programs" / "mute.py").write_text("import sys\n")
    expect(run("list"), 2, "mute.py does not open with a docstring")
    (home / "programs" / "mute.py").unlink()


@case
def a_cell_runs_ouropy_and_takes_its_report():
    out = home / "one"
    expect(run("run", "python/other-one", *FEW, "--output", out), 0, "python: relative to")
    for cell in read_cells(out):
        row = cell["benchmarks"][0]
        assert cell["outcome"]["checksum"] == "0x1"
        assert row["gc_collection_cpu_ns"] == 7 and row["alloc_mapped_bytes"] == 4096 and row["leaked_objects"] == 3
        assert row["process_cpu_seconds"] > 0 and "gc_text" not in row
        assert cell["detail"] == {}
        assert cell["cell"]["command"] == ["ouropy", "--alloc=pool", "--gc=three-generation", "--gc-stats=",
                                           "other-one.py", "0.01"], cell["cell"]
    assert json.loads((out / "environment.json").read_text())["knobs"]["PYTHONHASHSEED"] == "0"
    assert not list(out.glob("*.partial"))


@case
def failures_are_told_apart():
    out = home / "failures"
    done = run("run", "fails", "hungry", "silent", *FEW, "--output", out)
    expect(done, 3, "2 exit", "2 memory", "2 output")
    said = {c["cell"]["workload"]: c["outcome"] for c in read_cells(out)}
    assert said["fails"]["message"] == "exit code 1: ValueError: no", said
    assert "not a checksum" in said["silent"]["message"], said
    assert "gc_collection_cpu_ns" not in next(c for c in read_cells(out) if c["cell"]["workload"] == "fails")["benchmarks"][0]


@case
def versus_tells_how_many_times_as_fast():
    out = home / "versus"
    done = run("versus", "steady", "other-one", "empty", *PAIRS, "--repetitions=7", "--output", out)
    expect(done, 0, "geometric mean over 2 programs", "three-generation", "mark-sweep", "7 pairs", "0 void")
    assert len(read_cells(out)) == 3 * 3 * 7
    # Variants of a program run next to each other.
    plan = json.loads((out / "plan.json").read_text())["cells"]
    assert all(len({c["gc"] for c in plan if c["block"] == b}) == 3 for b in range(21))
    again = run("versus", "--resume", "--output", out, "--quiet", "--format=csv")
    expect(again, 0)
    rows = list(csv.DictReader(io.StringIO(again.stdout)))
    assert [r["program"] for r in rows] == ["other-one", "steady", "empty"], rows
    for row in rows[:2]:
        ratio, low, high = (float(row["three-generation " + key]) for key in ("times as fast", "low", "high"))
        assert low <= ratio <= high and 1.1 < ratio < 2.5, row
    shown = json.loads(run("versus", "--resume", "--output", out, "--quiet", "--format=json").stdout)
    assert shown[0]["pairs"] == 7 and shown[0]["mark-sweep"] > 0
    expect(run("versus", "--resume", "--output", out, "--quiet", "--format=md"), 0, "| program | pairs |", "| geometric mean |")
    expect(run("versus", "liar", "--resume", "--output", out, *PAIRS), 2, "another plan")
    assert (out / "plots" / "versus.svg").stat().st_size > 3000 and (out / "plots" / "data" / "versus.tsv").exists()


@case
def other_answers_are_void():
    done = run("versus", "steady", "sweep-liar", *PAIRS, "--repetitions=3", "--output", home / "lies")
    expect(done, 3, "three-generation: geometric mean over 2 programs", "mark-sweep: geometric mean over 1 programs",
           "its checksum is 0x2, the row's is 0x1", "void")
    # Both of ours against one: nobody's answer is known to be right.
    done = run("versus", "liar", *PAIRS, "--gc=mark-sweep", "--repetitions=2", "--output", home / "lies2")
    expect(done, 3, "agrees on none")


@case
def names_and_specs_are_checked_first():
    expect(run("versus", "stedy", *PAIRS, "--dry-run"), 2, "did you mean 'steady'?")
    expect(run("versus", "steady", *PAIRS, "--gc=mark-swep", "--dry-run"), 2, "did you mean 'mark-sweep'?")
    expect(run("versus", "steady", *PAIRS, "--alloc=pool:kepd=1", "--dry-run"), 2, "no such option")
    expect(run("run", "python/stedy", "--dry-run"), 2, "did you mean 'steady'?")
    expect(run("versus", "steady", *PAIRS, "--dry-run", "--repetitions=1"), 0, "ouropy --alloc=magazine-inline --gc=mark-sweep",
           f"{home / 'python'} steady.py 0.05")
    (home / "bin" / "ouropy").rename(home / "away")
    expect(run("versus", "steady", *PAIRS, "--dry-run"), 2, "there is no ouropy")
    (home / "away").rename(home / "bin" / "ouropy")


finish()
