"""ouro tune as its users meet it, as TAP: a small workload in a few seconds, its files, resuming, the
limits that nothing keeps, and messages. Figures differ between machines; what must hold between them
does not."""
import csv
import io
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

build = pathlib.Path(sys.argv[1])
home = pathlib.Path(tempfile.mkdtemp(prefix="ouro-tune-"))
small = ["--scale=0.05", "--budget=1", "--alloc=malloc"]
results = []


def ouro(*words):
    return subprocess.run([build / "bin" / "ouro", *map(str, words)], capture_output=True, text=True,
                          timeout=120)


def case(function):
    try:
        function()
        results.append((True, function.__name__, ""))
    except Exception as problem:
        results.append((False, function.__name__, repr(problem)))
    return function


def expect(done, code, *texts):
    said = done.stdout + done.stderr
    assert done.returncode == code, (done.returncode, said[-900:])
    for text in texts:
        assert text in said, (text, said[-900:])


def cells(phase):
    return sorted((phase / "cells").glob("*.json"))


@case
def tunes_thresholds():
    out = home / "a"
    done = ouro("tune", "all-cycles", *small, "--output", out)
    expect(done, 0, "default", "This stands for all-cycles", "sweep: ")
    advice = json.loads((out / "tune.json").read_text())
    assert advice["verdict"] in ("use", "keep"), advice["verdict"]
    assert advice["request"]["workload"] == "all-cycles"
    swept = [s for s in advice["settings"] if s["phase"] == "sweep"]
    assert len(swept) >= 8 and all(s["status"] == "ok" and s["n"] == 3 for s in swept)
    assert any(s["gc"] == "three-generation:threshold=700/10/10" for s in swept)
    assert len({s["gc"] for s in swept}) == len(swept)
    if advice["verdict"] == "use":
        a, b, c = advice["set_threshold"]
        assert f"gc.set_threshold({a}, {b}, {c})" in done.stdout
        assert advice["confirmation"]["high"] < 1
    for name in ("heat-time", "heat-memory", "heat-pause"):
        assert (out / "plots" / f"{name}.svg").stat().st_size > 2000
        assert (out / "plots" / f"{name}.png").read_bytes()[:4] == b"\x89PNG"
    for phase in ("probe", "sweep", "refine"):
        plan = json.loads((out / phase / "plan.json").read_text())
        assert len(cells(out / phase)) == len(plan["cells"]) and plan["preset"] == f"tune-{phase}"
        assert (out / phase / "environment.json").exists()
    expect(ouro("show", out / "sweep"), 0)


@case
def blocks_hold_each_setting_once():
    plan = json.loads((home / "a" / "sweep" / "plan.json").read_text())
    blocks = {}
    for cell in plan["cells"]:
        blocks.setdefault(cell["block"], []).append(cell["gc"])
    assert len(blocks) == 3
    orders = [tuple(b) for b in blocks.values()]
    assert len({frozenset(b) for b in orders}) == 1 and len(set(orders)) == 3
    assert all(len(set(b)) == len(b) for b in orders)


@case
def resumes_with_equal_advice():
    out = home / "a"
    before = json.loads((out / "tune.json").read_text())
    expect(ouro("tune", "all-cycles", *small, "--output", out), 2, "--resume goes on")
    expect(ouro("tune", "all-cycles", *small, "--seed=2", "--output", out, "--resume"), 2,
           "another seed")
    kept = {c: c.stat().st_mtime_ns for c in out.glob("*/cells/*.json")}
    (out / "tune.json").unlink()
    done = ouro("tune", "all-cycles", *small, "--output", out, "--resume", "--format=json")
    expect(done, 0)
    assert json.loads(done.stdout) == json.loads((out / "tune.json").read_text()) == before
    assert kept == {c: c.stat().st_mtime_ns for c in out.glob("*/cells/*.json")}


@case
def resumes_what_is_missing():
    out = home / "a"
    shutil.rmtree(out / "refine")
    shutil.rmtree(out / "confirm", ignore_errors=True)
    lost = cells(out / "sweep")[0]
    lost.unlink()
    expect(ouro("tune", "all-cycles", *small, "--output", out, "--resume"), 0, "1/1")
    assert lost.exists() and cells(out / "refine")


@case
def nothing_keeps_an_impossible_limit():
    out = home / "b"
    done = ouro("tune", "all-cycles", *small, "--output", out, "--max-rss=100K")
    expect(done, 0, "No setting that was tried keeps the limits", "Nearest is three-generation")
    advice = json.loads((out / "tune.json").read_text())
    assert advice["verdict"] == "none" and advice["gc"] is None
    assert advice["limits"]["peak_rss_bytes"] == 102400 and advice["confirmation"] is None
    assert not (out / "confirm").exists()


@case
def tunes_budgets_and_heap_limits():
    out = home / "c"
    done = ouro("tune", "binary-trees", "--gc=mark-sweep", *small, "--budget=2", "--output", out,
                "--max-rss=1.5x", "--format=csv", "--quiet")
    expect(done, 0)
    rows = list(csv.reader(io.StringIO(done.stdout)))
    assert len(rows) > 10 and all(len(row) == len(rows[0]) for row in rows)
    assert "mark-sweep:trigger=4M" in done.stdout and "This stands for" in done.stderr
    advice = json.loads((out / "tune.json").read_text())
    assert advice["set_threshold"] is None
    rss = advice["limits"]["peak_rss_bytes"]
    for setting in advice["settings"]:
        if setting["status"] == "ok":
            assert setting["within_limits"] == (setting["peak_rss_bytes"] <= rss)


@case
def markdown():
    done = ouro("tune", "all-cycles", *small, "--output", home / "a", "--resume", "--format=md")
    expect(done, 0, "| refine")


@case
def refuses_clearly():
    expect(ouro("tune", "binary-tres"), 2, "did you mean 'binary-trees'?")
    expect(ouro("tune"), 2)
    expect(ouro("tune", "binary-trees", "--gc=refcount"), 2, "--gc=refcount is unknown")
    expect(ouro("tune", "binary-trees", "--gc=mark-swep"), 2, "did you mean mark-sweep?")
    expect(ouro("tune", "binary-trees", "--alloc=mallok"), 2, "malloc")
    expect(ouro("tune", "binary-trees", "--max-rss=lots", "--output", home / "x"), 2, "--max-rss=lots")
    expect(ouro("tune", "binary-trees", "--max-rss=-2x", "--output", home / "x"), 2, "--max-rss")
    assert not (home / "x").exists()


shutil.rmtree(home)
print(f"1..{len(results)}")
for number, (fine, name, why) in enumerate(results, 1):
    print(f"{'ok' if fine else 'not ok'} {number} - {name.replace('_', ' ')}")
    if why:
        print(f"# {why}")
sys.exit(0 if all(fine for fine, _, _ in results) else 1)
