"""ouro as its users meet it, as TAP: exit codes, messages, resuming after kill -9, interrupts, a full
disk, shards. Cells are shell commands, so that nothing here depends on an allocator."""
import json
import os
import signal
import subprocess
import sys
import time

from cases import case, cells, expect, finish, home

ouro = str(home / "bin" / "ouro")


def run(*words, **more):
    more.setdefault("timeout", 60)
    return subprocess.run([ouro, *map(str, words)], capture_output=True, text=True, **more)


@case
def help_and_usage():
    expect(run(), 2, "usage: ouro COMMAND")
    expect(run("--help"), 0, "Exit codes", "compare")
    expect(run("run", "--help"), 0, "--repetitions=N", "usage: ouro run")
    expect(run("help", "show"), 0, "usage: ouro show")
    expect(run("--version"), 0, "ouro ")
    expect(run("rnu"), 2, "did you mean 'run'?")
    expect(run("run", "--repetition=3"), 2, "did you mean --repetitions?")
    expect(run("run", "--shard=3/2", "--command=true", "--output", home / "x"), 2, "wants K/N")


@case
def completion_and_manual():
    script = run("completion", "bash")
    expect(script, 0, "--repetitions=", "compare")
    assert subprocess.run(["bash", "-n"], input=script.stdout, text=True).returncode == 0
    probe = script.stdout + '\nCOMP_WORDS=(ouro show --fo); COMP_CWORD=2; compopt() { :; }; _ouro; echo "${COMPREPLY[@]}"'
    assert subprocess.run(["bash"], input=probe, text=True, capture_output=True).stdout.strip() == "--format="
    probe = script.stdout + '\nCOMP_WORDS=(ouro show --format = c); COMP_CWORD=4; compopt() { :; }; _ouro; echo "${COMPREPLY[@]}"'
    assert subprocess.run(["bash"], input=probe, text=True, capture_output=True).stdout.split() == ["console", "csv"]
    expect(run("completion", "tcsh"), 2, "bash only")
    expect(run("man"), 0, ".TH OURO 1", ".SS ouro run")


@case
def a_run_and_its_files():
    out = home / "a"
    done = run("run", "--command=true", "--command=sleep 0.02", "--repetitions=3", "--output", out)
    expect(done, 0, "6/6")
    assert len(cells(out)) == 6
    plan = json.loads((out / "plan.json").read_text())
    assert plan["format"] == "ouroboros-plan" and len(plan["cells"]) == 6
    environment = json.loads((out / "environment.json").read_text())
    assert environment["cpu"]["count"] >= 1 and environment["build"]["compiler"]
    # The one that lives long enough to be looked at, however busy the machine is.
    cell = next(c for c in (json.loads(p.read_text()) for p in cells(out)) if "sleep" in c["cell"]["workload"])
    row = cell["benchmarks"][0]
    for field in ("real_time", "cpu_time", "process_cpu_seconds", "peak_rss_bytes", "mean_rss_bytes",
                  "minor_faults", "runqueue_wait_seconds"):
        assert isinstance(row[field], (int, float)), field
    assert cell["outcome"]["status"] == "ok"
    shown = json.loads(run("show", out, "--format=json").stdout)
    assert len(shown["benchmarks"]) == 6
    assert run("show", out, "--rows", "--format=csv").stdout.count("\n") == 3
    expect(run("run", "--command=true", "--output", out), 2, "--resume goes on")
    expect(run("run", "--command=true", "--resume", "--output", out), 2, "another plan")
    expect(run("run", "--resume", "--output", out, "--quiet", "--command=true", "--command=sleep 0.02",
               "--repetitions=3"), 0)


@case
def failures_are_loud():
    out = home / "f"
    done = run("run", "--command=exit 7", "--command=kill -SEGV $$", "--repetitions=1", "--output", out)
    expect(done, 3, "exit command/exit 7", "exit code 7", "signal 11", "1 exit", "1 crash")
    expect(run("show", out), 3)
    done = run("run", "--command=sleep 9", "--time-limit=0.2", "--repetitions=1", "--output", home / "t")
    expect(done, 3, "timeout", "killed after 0.2")


@case
def what_a_shell_runs_is_measured():
    """The shell waits for a child that holds 60 MB: it is sampled, and limited."""
    hungry = f"{sys.executable} -c 'import time; x = bytearray(60 << 20); time.sleep(0.3)'; true"
    out = home / "shell"
    expect(run("run", "--command", hungry, "--repetitions=1", "--output", out), 0)
    row = json.loads(cells(out)[0].read_text())["benchmarks"][0]
    assert row["mean_rss_bytes"] > 20 << 20, row
    assert row["peak_rss_bytes"] > 60 << 20, row
    done = run("run", "--command", hungry, "--memory-limit=30M", "--repetitions=1", "--output", home / "shell2")
    expect(done, 3, "memory command/", "killed at")


@case
def quiet_and_no_colour():
    done = run("run", "--command=true", "--repetitions=1", "--quiet", "--output", home / "q")
    expect(done, 0)
    assert "1/1" not in done.stderr and "\033" not in done.stdout + done.stderr


@case
def what_is_asked_for_must_mean_something():
    expect(run("run", "--command=true", "binary-trees", "--output", home / "x"), 2, "would not be run")
    for option in ("--alloc=pool", "--gc=none", "--scale=2", "--set=a=1", "--filter=x", "--full"):
        expect(run("run", "--command=true", option, "--output", home / "x"), 2, "not for --command")
    out = home / "meaning"
    expect(run("run", "--command=true", "--repetitions=2", "--output", out), 0)
    expect(run("show", out, "--baseline=nothing"), 2, "no variant 'nothing'")
    expect(run("show", out, "--filter=x"), 2, "--rows")
    expect(run("plot", out, "--to-alloc=nothing"), 2, "--to-alloc=nothing is not in this run")
    expect(run("plot", out, "--workload=tru"), 2, "did you mean true?")
    rows = json.loads(run("show", out, "--rows", "--format=json").stdout)
    assert rows[0]["cpu_low"] <= rows[0]["cpu_seconds"] <= rows[0]["cpu_high"] < 10, rows
    assert rows[0]["rss_low"] <= rows[0]["rss_bytes"] <= rows[0]["rss_high"], rows
    assert not (home / "x").exists()


@case
def two_runs_do_not_mix():
    out = home / "alone"
    words = ["run", "--command=sleep 2", "--repetitions=1", "--output", out]
    first = subprocess.Popen([ouro, *words],
                             stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    until = time.monotonic() + 20
    while not (out / "environment.json").exists() and time.monotonic() < until:
        time.sleep(0.01)
    expect(run(*words, "--resume"), 2, "another process is writing into")
    expect(run("merge", out, "--output", out), 2, "another process is writing into")
    assert first.wait(30) == 0, first.stderr.read()
    first.stderr.close()
    expect(run(*words, "--resume"), 0)


@case
def dry_run_writes_nothing():
    out = home / "d"
    expect(run("run", "--command=true", "--dry-run", "--repetitions=2", "--output", out), 0, "sh -c true")
    halves = [run("run", "--command=true", "--dry-run", "--repetitions=8", f"--shard={k}/2").stdout.count("sh -c true")
              for k in (1, 2)]
    assert sum(halves) == 8 and 0 not in halves, halves
    expect(run("run", "--command=true", "--dry-run", "--shard=0/2"), 2, "wants K/N")
    assert not out.exists()


@case
def kill_9_loses_the_cell_in_flight_only():
    out = home / "k"
    words = [ouro, "run", "--command=sleep 0.05", "--repetitions=12", "--output", str(out)]
    process = subprocess.Popen(words, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    while len(cells(out)) < 4:
        time.sleep(0.01)
    process.kill()
    process.wait()
    before = {path: path.read_bytes() for path in cells(out)}
    assert 4 <= len(before) < 12
    time.sleep(0.3)  # the launcher takes the measured program along
    expect(run("show", out), 5, "missing")
    expect(run("run", "--resume", "--output", out, "--quiet", "--command=sleep 0.05", "--repetitions=12"), 0)
    assert len(cells(out)) == 12
    for path, text in before.items():
        assert path.read_bytes() == text


@case
def an_interrupt_keeps_what_finished():
    for number in (signal.SIGINT, signal.SIGTERM):
        out = home / f"i{int(number)}"
        process = subprocess.Popen([ouro, "run", "--command=sleep 0.2", "--repetitions=40", "--output", str(out)],
                                   stderr=subprocess.PIPE, text=True, stdout=subprocess.DEVNULL)
        while len(cells(out)) < 2:
            time.sleep(0.01)
        begin = time.time()
        process.send_signal(number)
        said = process.communicate(timeout=20)[1]
        assert process.returncode == 130, process.returncode
        assert time.time() - begin < 3
        assert "interrupted" in said and "are kept" in said, said[-300:]
        assert 2 <= len(cells(out)) < 40
        assert not list((out / "cells").glob("*.partial"))


@case
def a_full_disk_keeps_what_finished():
    out = home / "full"
    out.mkdir()
    mounted = os.geteuid() == 0 and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=100k", "none", out], capture_output=True).returncode == 0
    limit = [] if mounted else ["bash", "-c", 'ulimit -f 24; exec "$@"', "-"]
    try:
        words = [*limit, ouro, "run", "--command=sleep 0.01", "--repetitions=60", "--quiet", "--output", str(out)]
        done = subprocess.run(words, capture_output=True, text=True, timeout=60)
        expect(done, 5, "No space left on device" if mounted else "File too large")
        if mounted:
            kept = len(cells(out))
            expect(done, 5, f"{kept} of 60 cells are kept")
            assert kept > 0
            for path in cells(out):
                json.loads(path.read_text())
    finally:
        if mounted:
            subprocess.run(["umount", out], check=True)


@case
def shards_are_merged():
    for k in (1, 2):
        expect(run("run", "--command=true", "--command=sleep 0.001", "--repetitions=4", f"--shard={k}/2",
                   "--quiet", "--output", home / f"s{k}"), 0)
    assert len(cells(home / "s1")) + len(cells(home / "s2")) == 8
    expect(run("merge", home / "s1", "--output", home / "m"), 5, "missing")
    expect(run("merge", home / "s2", home / "s1", "--output", home / "m"), 0)
    before = {p.name: p.read_bytes() for p in cells(home / "m")}
    assert len(before) == 8
    expect(run("merge", home / "s1", home / "s2", "--output", home / "m"), 0, "0 cells taken")
    assert before == {p.name: p.read_bytes() for p in cells(home / "m")}
    expect(run("merge", home / "a", "--output", home / "m"), 2, "another plan")


@case
def comparing_runs():
    script = home / "work.sh"
    for name, loops in (("c1", 2000), ("c2", 60000)):
        script.write_text(f"i=0; while [ $i -lt {loops} ]; do i=$((i+1)); done\n")
        expect(run("run", f"--command=sh {script}", "--repetitions=6", "--quiet", "--output", home / name), 0)
    expect(run("compare", home / "c1", home / "c1"), 0, "no significant difference", "A/A")
    expect(run("compare", home / "c1", home / "c2"), 0, "slower")
    expect(run("compare", home / "c1", home / "c2", "--limit=10"), 1, "Regression", "beyond the limit")
    expect(run("compare", home / "c2", home / "c1", "--limit=10"), 0, "faster")
    rows = json.loads(run("compare", home / "c1", home / "c2", "--format=json").stdout)
    assert rows[0]["B/A"] > 1.2
    expect(run("compare", home / "c1", home / "nowhere"), 2, "cannot read")
    expect(run("compare", home / "c1", "pool", "malloc"), 2, "no variant 'pool'")
    expect(run("compare", home / "c1", home / "c2", "--metric=peak_rss"), 2, "has the figure 'peak_rss'")
    expect(run("compare", home / "c1", home / "c2", "--metric=minor_fault"), 2, "did you mean 'minor_faults'?")


@case
def damaged_input():
    out = home / "a"
    (home / "bad").mkdir()
    (home / "bad" / "plan.json").write_text((out / "plan.json").read_text()[:500])
    expect(run("show", home / "bad"), 2, "damaged")
    text = (out / "plan.json").read_text().replace('"version": 1', '"version": 9')
    (home / "bad" / "plan.json").write_text(text)
    expect(run("show", home / "bad"), 2, "version 9")
    expect(run("run", "--resume", "--command=true", "--output", home / "bad"), 2, "version 9")
    expect(run("show", "/nowhere"), 2, "cannot read /nowhere/plan.json")
    (out / "environment.json").write_text('{"cut')
    expect(run("show", out), 0, "environment.json is damaged", "is not known")
    (out / "environment.json").unlink()
    expect(run("show", out), 0, "is not known")
    expect(run("run", "--resume", "--output", out, "--quiet", "--command=true", "--command=sleep 0.02",
               "--repetitions=3"), 0)
    assert json.loads((out / "environment.json").read_text())
    plan = json.loads((out / "plan.json").read_text())
    plan["cells"][0]["command"] = []
    (home / "bad" / "plan.json").write_text(json.dumps(plan))
    expect(run("show", home / "bad"), 2, "has no command")
    victim = cells(out)[0]
    victim.write_text(victim.read_text()[:200])
    expect(run("show", out), 5, "is damaged", "1 missing")


def script(path, text):
    path.write_text("#!/usr/bin/env python3\nimport json, sys\n" + text)
    path.chmod(0o755)


MANY = [f"an_allocator_with_the_number_{i}" for i in range(12)]


def fake_programs():
    """The programs that ouro asks and runs, with two graphs: an honest one and one whose checksum
    depends on the allocator."""
    names = ["pool", "magazine", "malloc", *MANY]
    described = {"allocators": [{"name": n, "summary": "", "library": "", "layer": False, "options": []} for n in names],
                 "collectors": [{"name": "none", "family": "tracing", "summary": "", "options": []},
                                {"name": "three-generation", "family": "rc", "summary": "", "options": []}],
                 "graphs": [{"name": n, "summary": "s", "story": "", "operation": "",
                             "parameters": [{"key": "depth", "meaning": "", "default": 3, "min": 1, "max": 9}]
                             if n == "honest" else []} for n in ("honest", "liar")]}
    # Asked to open a spec it says nothing, or what is wrong with it.
    script(home / "libexec" / "ouro-describe", f"""
if len(sys.argv) > 1:
    sys.stdout.write("".join("no such option" for word in sys.argv[1:] if ":" in word))
else:
    print(json.dumps({described!r}))""")
    script(home / "bin" / "bench-alloc", "print('trace/t/alloc:pool\\nladder/size:1/alloc:pool')")
    script(home / "bin" / "bench-gc", "print('mark/shape:list/gc:none')")
    script(home / "bin" / "bench-graph", """
options = dict(word.split("=", 1) for word in sys.argv[1:])
lies = "liar" in options["--benchmark_filter"] and options["--alloc"] == "malloc"
print(json.dumps({"context": {}, "benchmarks": [{"name": "x", "run_type": "iteration", "iterations": 1,
    "real_time": 1.0, "cpu_time": 1.0, "time_unit": "ms", "label": "checksum=0x2" if lies else "checksum=0x1"}]}))
""")


@case
def presets_and_checksums():
    fake_programs()
    listed = json.loads(run("list", "--json").stdout)
    assert [g["name"] for g in listed["graphs"]] == ["honest", "liar"] and listed["traces"][0]["name"] == "t"
    few = ["--alloc=pool", "--alloc=malloc", "--gc=three-generation", "--repetitions=2", "--quiet"]
    done = run("run", "honest", *few, "--output", home / "honest")
    expect(done, 0, "relative to malloc/three-generation", "the same variant under two names")
    # pool, malloc and malloc's twin, twice each
    assert len(cells(home / "honest")) == 6
    expect(run("run", "honest", *few, *(f"--alloc={name}" for name in MANY), "--output", home / "many"), 0)
    expect(run("plot", home / "many", "--figure=time-bars"), 0)
    drawn = (home / "many" / "plots" / "time-bars.svg").read_text()
    assert all(name in drawn for name in MANY), drawn[:2000]
    expect(run("plot", home / "many", "--figure=time-matrix"), 0)
    expect(run("plot", home / "many", "--figure=pareto"), 0)
    done = run("run", "liar", *few, "--alloc=magazine", "--output", home / "liar")
    expect(done, 3, "void graph/liar/alloc:malloc", "its checksum is 0x2, the row's is 0x1")
    expect(run("show", home / "liar"), 3, "4 void")
    expect(run("run", "graph/honset", *few, "--output", home / "x"), 2, "did you mean 'honest'?")
    expect(run("run", "honest", "--alloc=pol", "--output", home / "x"), 2, "did you mean 'pool'?")
    expect(run("run", "honest", "--gc=nine", "--output", home / "x"), 2, "did you mean 'none'?")
    expect(run("run", "trace/t", "--scale=2", "--output", home / "x"), 2, "none is asked for")
    expect(run("run", "honest", "--gc=none:x=1", "--dry-run"), 2, "no such option")
    expect(run("run", "honest", "--filter=zzz", "--output", home / "x"), 2, "no cell is left")
    expect(run("run", "--quick", "--output", home / "x"), 2, "is in the preset, but bench-graph has none")
    expect(run("show", home / "honest", "--baseline=pol"), 2, "did you mean 'pool'?")
    expect(run("show", home / "honest", "--baseline=pool/three"), 2, "did you mean 'pool/three-generation'?")
    expect(run("run", "honest", "--baseline=mallocc", "--dry-run"), 2, "did you mean 'malloc'?")
    expect(run("run", "honest", "--set=dept=3", "--dry-run"), 2, "did you mean 'depth'?")
    expect(run("run", "honest", "--set=depth=30", "--dry-run"), 2, "wants a number from 1 to 9")
    expect(run("run", "honest", "--set=depth=9", "--dry-run"), 0, "--set=depth=9")
    expect(run("run", "liar", "--set=depth=9", "--dry-run"), 2, "has no such parameter")
    expect(run("run", "trace/t", "--set=depth=9", "--dry-run"), 2, "none is asked for")
    expect(run("run", "trace/t", "--gc=none", "--dry-run"), 2, "has a collector")
    expect(run("compare", home / "honest", "pool", "malloc"), 0, "With so few repetitions")
    expect(run("compare", home / "honest", "pool", "mallok"), 2, "did you mean 'malloc'?")
    (home / "libexec" / "ouro-describe").unlink()
    expect(run("list"), 2, "cannot start", "ouro-describe")


@case
def closed_streams_are_not_written_into():
    out = home / "closed"
    shell = f"{ouro} run --command=true --repetitions=2 --output {out} <&- >&- 2>&-"
    done = subprocess.run(["sh", "-c", shell], timeout=60)
    assert done.returncode == 5, done
    expect(run("show", out), 0)
    assert len(cells(out)) == 2


@case
def a_closed_output_is_an_error():
    with open("/dev/full", "w") as full:
        done = subprocess.run([ouro, "man"], stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 5 and "can't be written" in done.stderr, done


@case
def an_empty_cell_is_cheap():
    out = home / "e"
    expect(run("run", "--command=true", "--repetitions=15", "--quiet", "--output", out), 0)
    costs = sorted(json.loads(p.read_text())["benchmarks"][0]["process_cpu_seconds"] for p in cells(out))
    print(f"# an empty command costs {costs[7] * 1e3:.2f} ms of process time (median of 15)")
    assert costs[7] < 5e-3, costs


finish()
