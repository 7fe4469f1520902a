"""ouro record, on programs of known behaviour (target.c): exactly the expected events, whatever the
program does. TAP."""
import json
import os
import pathlib
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

OURO, TARGET, STATIC_TARGET, DUMP, REPLAYER = sys.argv[1:6]
SIZES_FROM = 10000
LIMIT = 120
cases = []


def case(function):
    cases.append(function)
    return function


class Trace:
    """A recording: events as tuples (kind, thread, owner, object, size, old size, extra), facts."""

    def __init__(self, path):
        done = subprocess.run([DUMP, path], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        text, facts = done.stdout.split("--\n")
        self.facts = dict(line.split("=", 1) for line in facts.splitlines())
        self.events = []
        for line in text.splitlines():
            kind, *numbers = line.split()
            if kind != "mark":
                self.events.append((kind, *map(int, numbers)))

    def own(self):
        """(kind, size) of the program's own blocks."""
        return [(e[0], e[4]) for e in self.events if e[4] >= SIZES_FROM]

    def flawless(self):
        for key in ("unknown_frees", "unseen_frees", "lost_events"):
            assert self.facts[key] == "0", f"{key} is {self.facts[key]}"
        assert self.facts["whole"] == "yes", self.facts
        return self


def record(folder, *command, options=(), code=0, **more):
    """Records a command; returns what was said, and the files in order."""
    output = folder / "out.otrace"
    done = subprocess.run([OURO, "record", "-o", str(output), *options, "--", *command], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=LIMIT, **more)
    assert done.returncode == code, f"exit code {done.returncode}, not {code}: {done.stderr}"
    files = [output] if output.exists() else []
    while (folder / f"out-{len(files)}.otrace").exists():
        files.append(folder / f"out-{len(files)}.otrace")
    return done.stderr, files


def one(folder, *command, **more):
    _, files = record(folder, *command, **more)
    assert len(files) == 1, files
    return Trace(files[0])


SIMPLE = [("malloc", 10001), ("malloc", 20001), ("calloc", 30000), ("free", 20001), ("free", 30000),
          ("free", 10001), ("malloc", 10009), ("free", 10009)]
EARLY, LATE = SIMPLE[:1], SIMPLE[-2:]


@case
def allocations_before_during_and_after_main(folder):
    trace = one(folder, TARGET, "simple").flawless()
    assert trace.own() == SIMPLE, trace.own()
    assert trace.facts["ended"] == "exit 0" and trace.facts["program"] == "trace_target"


@case
def a_chain_of_reallocs_is_one_object(folder):
    trace = one(folder, TARGET, "resize").flawless()
    chain = [e for e in trace.events if e[0] == "realloc" and e[4] >= SIZES_FROM]
    assert [(e[4], e[5], e[6]) for e in chain] == [
        (20000, 0, 1), (30000, 20000, 0), (40000, 30000, 0), (50000, 40000, 0), (60000, 50000, 0),
        (70000, 60000, 0)], chain
    assert len({e[3] for e in chain}) == 1
    assert ("free", 70000) in trace.own()
    assert trace.facts["refused_requests"] == "3", trace.facts["refused_requests"]


@case
def alignments_are_kept(folder):
    trace = one(folder, TARGET, "aligned").flawless()
    found = [(e[4], e[6]) for e in trace.events if e[0] == "aligned"]
    assert found == [(20000, 64), (20480, 256), (20002, 4096), (20003, 4096), (20480, 4096)], found


@case
def leaving_at_once_loses_nothing(folder):
    trace = one(folder, TARGET, "exit", "7", code=7).flawless()
    assert trace.own() == EARLY + [("malloc", 20000)], trace.own()
    assert trace.facts["ended"] == "exit 7"


@case
def being_killed_loses_nothing(folder):
    trace = one(folder, TARGET, "kill", code=128 + 9).flawless()
    assert trace.own() == EARLY + [("malloc", 20000 + i) for i in range(5000)]
    assert trace.facts["ended"] == "signal 9"


@case
def four_threads_lose_nothing(folder):
    trace = one(folder, TARGET, "threads").flawless()
    own = [e for e in trace.events if 10000 <= e[4] < 10004 and e[0] == "malloc" or
           e[0] == "free" and 10000 <= e[4] < 10004]
    # The early block has the size of thread 1's blocks and is never freed.
    assert sum(e[0] == "malloc" for e in own) == 400000 + 1, sum(e[0] == "malloc" for e in own)
    assert sum(e[0] == "free" for e in own) == 400000
    assert sum(e[0] == "free" and e[1] != e[2] for e in own) > 0
    by_thread = {}
    for e in own:
        if e[0] == "malloc" and e[1]:
            by_thread.setdefault(e[1], set()).add(e[4])
    assert sorted(map(len, by_thread.values())) == [1, 1, 1, 1], by_thread


@case
def recorded_threads_replay_faithfully(folder):
    _, files = record(folder, TARGET, "threads")
    checksums = set()
    for alloc in ("malloc", "pool", "magazine", "mimalloc"):
        done = subprocess.run([REPLAYER, f"--trace={files[0]}", f"--alloc={alloc}"], text=True,
                              capture_output=True, timeout=LIMIT)
        assert done.returncode == 0, done.stderr
        report = json.loads(done.stdout)
        checksums.add(report["checksum"])
        parts = report["fidelity_parts"]
        assert report["threads"] == 5 and parts["events"] == 1 and parts["foreign"] == 1, report
    assert len(checksums) == 1, checksums


@case
def a_forked_child_begins_with_its_parents_blocks(folder):
    _, files = record(folder, TARGET, "fork")
    assert len(files) == 2, files
    parent, child = Trace(files[0]).flawless(), Trace(files[1]).flawless()
    blocks = [("malloc", 20000 + i) for i in range(10)]
    assert parent.own() == EARLY + blocks + [("free", 20009), ("malloc", 50000)] + [
        ("free", 20000 + i) for i in range(9)] + LATE, parent.own()
    assert child.own() == EARLY + blocks[:9] + [("free", 20000 + i) for i in range(4)] + [
        ("realloc", 40000)] + [("malloc", 30000 + i) for i in range(3)], child.own()
    assert child.facts["begun_by"] == "fork" and int(child.facts["inherited_blocks"]) >= 10


@case
def forks_among_busy_threads_do_not_lock_up(folder):
    _, files = record(folder, TARGET, "fork-threads", "60")
    assert len(files) == 61, len(files)
    Trace(files[0]).flawless()
    for path in files[1:]:
        child = Trace(path)
        assert child.facts["lost_events"] == "0" and child.facts["unknown_frees"] == "0"
        own = [e for e in child.own() if e[1] >= 20000]
        assert own == [x for k in range(100) for x in (("malloc", 20000 + k), ("free", 20000 + k))]


@case
def exec_makes_a_recording_of_its_own(folder):
    _, files = record(folder, TARGET, "exec")
    assert len(files) == 2
    first, second = Trace(files[0]).flawless(), Trace(files[1]).flawless()
    assert first.own() == EARLY + [("malloc", 20000)] and first.facts["ended"] == "exec", first.facts
    assert second.own() == SIMPLE and second.facts["ended"] == "exit 0", second.facts


@case
def a_spawned_child_makes_a_recording_of_its_own(folder):
    _, files = record(folder, TARGET, "spawn")
    assert len(files) == 2
    assert Trace(files[0]).flawless().own() == EARLY + [("malloc", 20000)] + LATE
    assert Trace(files[1]).flawless().own() == SIMPLE


@case
def children_can_be_left_out(folder):
    for mode in ("spawn", "fork"):
        _, files = record(folder, TARGET, mode, options=["--children=ignore"])
        assert len(files) == 1
        Trace(files[0]).flawless()


@case
def only_one_program_of_a_script(folder):
    script = f"{TARGET} simple; {TARGET} exit 0; true"
    _, files = record(folder, "sh", "-c", script, options=["--only=trace_target"])
    assert len(files) == 2
    assert Trace(files[0]).own() == SIMPLE
    said, files = record(folder, "true", options=["--only=nothing"], code=3)
    assert "started no program called nothing" in said


@case
def descendants_are_waited_for(folder):
    _, files = record(folder, "sh", "-c", f"(sleep 0.3; {TARGET} simple) & exit 3", code=3)
    assert any(Trace(path).own() == SIMPLE for path in files)


@case
def codes_and_streams_are_passed_on(folder):
    said, _ = record(folder, "cat", stdin=subprocess.DEVNULL, options=["--quiet"])
    assert said == "", said
    record(folder, "sh", "-c", "exit 41", code=41)
    record(folder, "sh", "-c", "kill -TERM $$", code=128 + 15)


@case
def commands_that_can_not_be_started(folder):
    said, files = record(folder, str(folder / "nothing"), code=127)
    assert "No such file" in said and not files
    (folder / "data").write_text("data")
    said, files = record(folder, str(folder / "data"), code=126)
    assert "Permission denied" in said and not files


@case
def a_static_program_is_not_recorded_and_that_is_said(folder):
    said, files = record(folder, STATIC_TARGET, "simple", code=3)
    assert "linked statically" in said and not files


@case
def the_size_limit_is_kept(folder):
    said, files = record(folder, TARGET, "random", options=["--max-size=300K"])
    assert "stopped at the size limit" in said
    trace = Trace(files[0])
    assert files[0].stat().st_size <= 300 << 10
    assert trace.facts["whole"] == "no" and trace.facts["ended"] == "size limit"
    assert len(trace.events) > 50000


@case
def a_full_disk_is_said_and_the_program_runs_on(folder):
    marker = folder / "marker"
    done = subprocess.run([OURO, "record", "-o", "/dev/full", "--", TARGET, "loop", str(marker)], text=True,
                          stderr=subprocess.PIPE, timeout=LIMIT)
    assert done.returncode == 3 and "No space left" in done.stderr, done.stderr
    assert marker.exists()


@case
def what_was_complete_when_the_disk_was_full_is_kept(folder):
    marker, output = folder / "marker", folder / "out.otrace"
    recorder = subprocess.Popen([OURO, "record", "-o", str(output), "--level=1", "--", "sh", "-c",
                                 f"sleep 0.4; exec {TARGET} random"], stderr=subprocess.PIPE, text=True)
    time.sleep(0.2)
    resource.prlimit(recorder.pid, resource.RLIMIT_FSIZE, (400000, 400000))
    _, said = recorder.communicate(timeout=LIMIT)
    assert recorder.returncode == 3 and "complete blocks are kept" in said, said
    cut = [p for p in folder.glob("*.otrace") if p.stat().st_size > 100000]
    assert len(cut) == 1
    shown = subprocess.run([DUMP, cut[0]], capture_output=True, text=True)
    assert shown.returncode == 1 and "was not finished" in shown.stderr, shown.stderr
    assert shown.stdout.count("\n") % 65536 == 0 and shown.stdout
    done = subprocess.run([REPLAYER, f"--trace={cut[0]}"], capture_output=True, text=True)
    assert done.returncode == 2 and "was not finished" in done.stderr
    done = subprocess.run([REPLAYER, f"--trace={cut[0]}", "--partial"], capture_output=True, text=True)
    assert done.returncode == 5 and json.loads(done.stdout)["events"] > 60000


@case
def the_program_outlives_its_recorder(folder):
    marker = folder / "marker"
    recorder = subprocess.Popen([OURO, "record", "-o", str(folder / "out.otrace"), "--", TARGET, "loop",
                                 str(marker), "3000000"], stderr=subprocess.DEVNULL)
    time.sleep(0.1)
    recorder.send_signal(signal.SIGKILL)
    recorder.wait()
    deadline = time.monotonic() + 60
    while not marker.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert marker.exists(), "the program hangs"
    record(folder, TARGET, "simple")  # sweeps up what the killed one left
    left = [p for p in pathlib.Path("/dev/shm").glob(f"ouro-record.{recorder.pid}.*")]
    assert not left, left


@case
def an_interrupt_ends_the_command_and_the_recording_is_whole(folder):
    output = folder / "out.otrace"
    recorder = subprocess.Popen([OURO, "record", "-o", str(output), "--", TARGET, "loop", "", "2000000000"],
                                stderr=subprocess.DEVNULL, start_new_session=True)
    time.sleep(0.5)
    os.killpg(recorder.pid, signal.SIGINT)
    assert recorder.wait(timeout=LIMIT) == 128 + 2
    trace = Trace(output).flawless()
    assert trace.facts["ended"] == "signal 2" and len(trace.own()) > 1000


@case
def wrong_usage_is_refused(folder):
    for arguments in ([], ["--level=20", "true"], ["--max-size=x", "true"], ["--nonsense", "true"]):
        done = subprocess.run([OURO, "record", *arguments], capture_output=True, text=True)
        assert done.returncode == 2 and done.stderr, arguments


@case
def unreadable_recordings_are_refused_by_replay(folder):
    (folder / "text.otrace").write_text("no")
    for path, what in ((folder / "text.otrace", "not a trace"), (folder / "none.otrace", "No such file"),
                       ("sqlte", "did you mean 'sqlite'")):
        done = subprocess.run([OURO, "replay", str(path)], capture_output=True, text=True)
        assert done.returncode == 2 and what in done.stderr, done.stderr
    done = subprocess.run([OURO, "replay", "sqlite", "--alloc=nonsense"], capture_output=True, text=True)
    assert done.returncode == 2 and "nonsense" in done.stderr, done.stderr


@case
def nothing_is_left_behind(folder):
    mine = [p for p in pathlib.Path("/dev/shm").glob("ouro-record.*")
            if not pathlib.Path(f"/proc/{p.name.split('.')[1]}").exists()]
    assert not mine, mine


def main():
    failures = 0
    print(f"1..{len(cases)}")
    for number, function in enumerate(cases, 1):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="ouro-record-test."))
        trouble = ""
        try:
            function(folder)
        except (AssertionError, subprocess.TimeoutExpired, OSError, KeyError, ValueError) as error:
            trouble = f"{type(error).__name__}: {error}" or "assertion"
            if isinstance(error, AssertionError) and not str(error):
                trouble = f"assertion at line {error.__traceback__.tb_next.tb_lineno}"
        shutil.rmtree(folder, ignore_errors=True)
        failures += bool(trouble)
        print(f"{'not ok' if trouble else 'ok'} {number} - {function.__name__}", flush=True)
        for line in trouble.splitlines()[:6]:
            print("#", line[:800])
    return failures != 0


sys.exit(main())
