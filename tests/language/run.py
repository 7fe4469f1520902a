"""Language programs under ouropy, as TAP.

    run.py MODE COLLECTOR OUROPY PROGRAM...

MODE   plain     each program once; nothing is left at its end (rc family)
       stress    with each collection traced a second time: one at every Nth allocation, and CPython's place for collections
       failure   a request for memory fails, for a sample of them: the program ends well or with a
                 MemoryError, never by a signal, and nothing is left
       sweep     the same for each request to which the program comes in a new way: CALLERS tell ways apart
       cpython   under the python3.11 that is the reference
"""
import os
import pathlib
import random
import re
import subprocess
import sys

COUNTED = ("three-generation", "refcount")
REPORT = re.compile(rb"ouropy: (\d+) objects are left, (\d+) of (\d+) requests failed")
FORK = re.compile(rb"fault: request (\d+) (?:could not fork: |ended with )(-?\d+)\n")
LISTED = re.compile(rb"fault: request (\d+) comes in a new way\n")
SAMPLES = 6
CALLERS, EVERY = 10, 10  # of a sample
CALLERS_ALL = 24
WHOLE = ("argument_binding",)  # where a sample would miss what it is about
# Programs with files, processes or semaphores that parent and child would share; beside those with threads, which
# are not in a fork. Each of their ways is a run of its own.
APART = ("audit_hooks", "changes_in_need", "end_of_program", "files", "operating_system", "prompt", "shared_semaphores",
         "socket_messages", "sockets")


def run(command, seconds=400):  # sanitizers and checks after each collection take their time
    environment = {**os.environ, "OUROPY_REPORT": "1", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0"}
    if "--gc=refcount" in command:  # cycles stay, and no sanitizer need tell
        environment["ASAN_OPTIONS"] = "detect_leaks=0"
    try:
        done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=seconds)
    except subprocess.TimeoutExpired:
        return None, b"timeout", (0, 0, 0)
    found = REPORT.search(done.stderr)
    return done.returncode, done.stdout + done.stderr, tuple(map(int, found.groups())) if found else None


def complaint(code, text, report, counted, may_fail):
    """What is wrong with a run; None: nothing."""
    if code is None:
        return "does not end"
    if code < 0 or code > 2 or (code and not may_fail):
        return f"ends with {code}"
    # A program may catch the MemoryError, and find that it is not what it expected.
    if code and not re.search(rb"MemoryError|no memory|AssertionError", text):
        return f"ends with {code}, and not for memory"
    if report is None:
        return "ends without closing"
    if counted and report[0]:
        return f"leaves {report[0]} objects"
    return None


class Tests:
    def __init__(self):
        self.n = self.failed = 0

    def report(self, name, wrong, text=b""):
        self.n += 1
        self.failed += wrong is not None
        print(f"{'not ok' if wrong else 'ok'} {self.n} - {name}{': ' + wrong if wrong else ''}", flush=True)
        if wrong:
            for line in text.decode(errors="replace").splitlines()[-25:]:
                print("# " + line)


def fail_at(n):
    # The request that fails must fail again after the collection that is tried for it. Not in children: what they
    # would undo on their way out (temporary files) is the parent's.
    return f"--alloc=fault:nth={n},times=3,wait=1,children=0+magazine"


def forks(tests, command, program, counted, every):
    """As failures, with forks of one run."""
    which = f"fork={CALLERS_ALL}" if every else f"fork={CALLERS},every={1 if program.stem in WHOLE else EVERY}"
    code, text, report = run([*command, f"--alloc=fault:{which},times=3,wait=1+magazine", program],
                             86400 if every else 400)
    *ends, own = FORK.split(text)
    n = len(ends) // 3
    reports = REPORT.findall(own)
    wrong = complaint(code, own, tuple(map(int, reports[-1])) if reports else None, counted, False)
    if wrong:
        text = own
    elif not n:
        wrong = "none of them failed"
    for said, request, code in zip(ends[::3], ends[1::3], ends[2::3]):
        left = [tuple(map(int, each)) for each in REPORT.findall(said)]
        found = complaint(int(code), said, max(left) if left else None, counted, True)
        if found:
            wrong, text = f"request {int(request)} fails: {found}", said
            break
    tests.report(f"{program.stem}: {n} requests fail", wrong, text)


def failures(tests, command, program, counted, every):
    """A run for each request that is made in a new way: a listing run says which these are."""
    callers = CALLERS_ALL if every else CALLERS
    code, text, report = run([*command, f"--alloc=fault:list={callers},wait=1,children=0+magazine", program])
    numbers = sorted({int(n) for n in LISTED.findall(text)})
    total = len(numbers)
    if code or not total:
        tests.report(f"{program.stem}: listing requests", f"ends with {code} after {total} requests", text)
        return
    if not every:
        numbers = sorted(random.Random(program.stem).sample(numbers, min(SAMPLES, total)))
    wrong, failed = None, 0
    for n in numbers:
        code, text, report = run([*command, fail_at(n), program])
        wrong = complaint(code, text, report, counted, True)
        failed += report[1] if report else 0
        if wrong:
            wrong = f"request {n} fails: {wrong}"
            break
    if not wrong and not failed:
        wrong = "none of them failed"
    tests.report(f"{program.stem}: {len(numbers)} of {total} ways fail", wrong, text)


def main():
    mode, collector, ouropy, *programs = sys.argv[1:]
    tests = Tests()
    programs = sorted(map(pathlib.Path, programs))
    print(f"1..{len(programs) * (2 if mode == 'stress' else 1)}")
    counted = collector in COUNTED
    command = [ouropy, f"--gc={collector}"]
    os.environ["OURO_GC"] = collector  # for what a program starts itself
    for program in programs:
        if mode == "cpython":
            code, text, _ = run(["/usr/bin/python3.11", program])
            tests.report(program.stem, "does not end" if code is None else f"ends with {code}" if code else None, text)
        elif mode == "plain":
            code, text, report = run([*command, program])
            tests.report(program.stem, complaint(code, text, report, collector == "three-generation", False), text)
        elif mode == "stress":
            for flag in ("--gc-stress=997", "--gc-at=allocation"):
                code, text, report = run([ouropy, f"--gc={collector}:verify=1", flag, program])
                tests.report(f"{program.stem} {flag}", complaint(code, text, report, counted, False), text)
        else:
            apart = program.stem in APART or b"Thread" in program.read_bytes()
            (failures if apart else forks)(tests, command, program, counted and collector == "three-generation", mode == "sweep")
    return 1 if tests.failed else 0


if __name__ == "__main__":
    sys.exit(main())
