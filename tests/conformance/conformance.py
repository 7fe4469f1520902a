"""CPython's own tests under ouropy: `ouropy -m unittest -v test.NAME` for each module, its report read
test by test, and compared with tests/conformance/expected.txt.

Exit codes: 0 as recorded or better, 1 something that passed does not any more, or a module crashes or
hangs that is not recorded as such; 2 usage, 130 interrupted."""
import argparse
import concurrent.futures
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
EXPECTED = HERE / "expected.txt"
LIBRARY = pathlib.Path(os.environ.get("OURO_LIBRARY", "/usr/lib/python3.11"))
OUTCOMES = ("passed", "failed", "error", "skipped")
WHOLE = ("ok", "skip", "none")

# "test_add (test.test_x.AddTest.test_add) ... ok", the verdict perhaps on a later line.
PLACE = r"[\w.<>\[\]/+-]*"
BEGIN = re.compile(rf"^(\w+) \(({PLACE})\)(?: \.\.\. ?(.*))?$")
VERDICT = re.compile(r"(?:^|\.\.\. |\s)(ok|FAIL|ERROR|expected failure|unexpected success|skipped\b.*)$")
NAMES = {"ok": "passed", "expected failure": "passed", "FAIL": "failed", "unexpected success": "failed",
         "ERROR": "error"}
TOTAL = re.compile(r"^Ran (\d+) tests? in", re.M)
NOT_LOADED = re.compile(r"^ERROR: [\w.]+ \(unittest\.loader\._FailedTest\b", re.M)
IS_SKIPPED = re.compile(r"^unittest\.case\.SkipTest\b", re.M)


def read_groups():
    groups, name = {}, None
    for line in (HERE / "groups.txt").read_text().splitlines():
        if line.startswith("#") or not line.strip():
            continue
        if not line.startswith(" "):
            name = line.strip()
            groups[name] = []
        else:
            groups[name] += line.split()
    return groups


def read_tests(text):
    """The outcome of each test, by its name; subtests that fail make their test fail. With them the name of
    the test that has none: the one at which the program ended."""
    tests, current = {}, None
    for line in text.splitlines():
        begin = BEGIN.match(line.rstrip())
        if begin:
            name, place = begin.group(1), begin.group(2)
            current = first = place if place.endswith("." + name) else f"{place}.{name}"
            again = 2
            while current in tests:  # doctests are run for more than one implementation
                current, again = f"{first}#{again}", again + 1
        verdict = VERDICT.search(line.rstrip()) if current else None
        if verdict:
            word = verdict.group(1)
            tests[current] = "skipped" if word.startswith("skipped") else NAMES[word]
            current = None
    # The summary names failures (and subtests' failures) once more, which no output can garble.
    for kind, name, place in re.findall(rf"^(FAIL|ERROR): (\w+) \(({PLACE})\)", text, re.M):
        full = place if place.endswith("." + name) else f"{place}.{name}"
        tests[full] = NAMES[kind]
    return tests, current


# Modules whose tests are set up by what runs when they are the program.
ARE_PROGRAMS = {"test_decimal"}


def run(module, options):
    """(status, tests, text): status is ok, crash, hang, import, skip or none."""
    folder = tempfile.mkdtemp(prefix="conformance-")
    command = [options.ouropy, *options.flags, "-m"]
    command += [f"test.{module}"] if module in ARE_PROGRAMS else ["unittest", "-v", f"test.{module}"]
    # Tests ask what holds by default, and whoever runs them may have set something else ($PYTHONUNBUFFERED).
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    environment |= {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0", "TMPDIR": folder}
    status = "ok"
    # Apart: what tests print comes in blocks, which would end in the middle of the runner's lines.
    logs = [pathlib.Path(folder) / name for name in ("printed", "log")]
    with open(logs[0], "wb") as printed, open(logs[1], "wb") as told:
        child = subprocess.Popen(command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=printed,
                                 stderr=told, start_new_session=True)
        try:
            code = child.wait(options.timeout)
        except subprocess.TimeoutExpired:
            status, code = "hang", 0
        finally:
            try:
                os.killpg(child.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            child.wait()
    text = "\n".join(log.read_text(errors="replace") for log in logs)
    shutil.rmtree(folder, ignore_errors=True)
    tests, current = read_tests(text)
    total = TOTAL.search(text)
    if status == "ok" and (code < 0 or code > 128):
        status = "crash"
    elif status == "ok" and total and total.group(1) == "1" and NOT_LOADED.search(text):
        status, tests = "import", {}
    elif status == "ok" and not total and code:
        status, tests = "skip" if IS_SKIPPED.search(text) else "import", {}
    elif status == "ok" and (not total or total.group(1) == "0"):
        status = "none"
    if status in ("crash", "hang") and current:
        tests[current] = "error"
    elif status == "ok" and total and int(total.group(1)) > len(tests):
        print(f"{module}: {int(total.group(1)) - len(tests)} outcomes can't be read", file=sys.stderr)
    return status, tests, text


def count(tests):
    return {outcome: sum(1 for each in tests.values() if each == outcome) for outcome in OUTCOMES}


# ---- What is recorded: "module status passed failed error skipped", then the names that do not pass ----

def read_expected():
    expected, module = {}, None
    if EXPECTED.exists():
        for line in EXPECTED.read_text().splitlines():
            if line.startswith("#") or not line:
                continue
            if not line.startswith(" "):
                module, status, *numbers = line.split()
                expected[module] = {"status": status, "counts": dict(zip(OUTCOMES, map(int, numbers))), "bad": {}}
            else:
                outcome, name = line.split()
                expected[module]["bad"][name] = outcome
    return expected


def write_expected(expected):
    lines = ["# What CPython's own tests give under ouropy; made by tests/cpython.sh --record.",
             "# module status passed failed error skipped, then the tests that fail."]
    for module in sorted(expected):
        entry = expected[module]
        lines.append(" ".join([module, entry["status"], *(str(entry["counts"][o]) for o in OUTCOMES)]))
        lines += [f"  {outcome} {name}" for name, outcome in sorted(entry["bad"].items())]
    EXPECTED.write_text("\n".join(lines) + "\n")


def entry_of(status, tests):
    return {"status": status, "counts": count(tests),
            "bad": {name: outcome for name, outcome in tests.items() if outcome in ("failed", "error")}}


def regressions(module, new, old):
    if old is None:
        return [f"{module}: {new['status']}, and not recorded"] if new["status"] in ("crash", "hang") else []
    if old["status"] not in ("ok", new["status"]) and new["status"] == "ok":
        return []
    if new["status"] != "ok" and old["status"] == "ok":
        return [f"{module}: {new['status']}"]
    worse = [f"{name}: {outcome}" for name, outcome in sorted(new["bad"].items()) if name not in old["bad"]]
    if new["counts"]["passed"] < old["counts"]["passed"] and not worse:
        worse = [f"{module}: {new['counts']['passed']} pass, {old['counts']['passed']} did"]
    return worse


# ---- Tables ----

def share(counts):
    applied = counts["passed"] + counts["failed"] + counts["error"]
    return counts["passed"] / applied if applied else None


def percent(counts):
    value = share(counts)
    return "-" if value is None else f"{100 * value:.1f}%"


def totals(entries):
    entries = [entry for entry in entries if entry]
    return {outcome: sum(entry["counts"][outcome] for entry in entries) for outcome in OUTCOMES}


def document(groups, expected):
    lines = ["# Conformance", "",
             "CPython 3.11's own tests (Debian's `libpython3.11-testsuite`, unmodified) under `ouropy -m unittest`. "
             "Tests that only CPython itself has to pass are skipped by the suite itself. "
             "This page is made by `tests/cpython.sh --document` from `tests/conformance/expected.txt`.", "",
             "States of modules: `ok`: run to its end; `skip`: skips itself whole, for what only CPython has; `none`: "
             "holds no tests for unittest; `import`: needs something that is not there; `crash`, `hang`: at a test, "
             "which counts as an error, and what follows it is in no column; or at the end of the program. Shares "
             "are of the tests that ran: modules that are not whole, or not run yet, are counted beside them.", "",
             "| group | modules | not whole | passed | failed | errors | skipped | share |",
             "|---|--:|--:|--:|--:|--:|--:|--:|"]
    for group, modules in groups.items():
        counts = totals(expected.get(module) for module in modules)
        parts = sum(expected.get(module, {}).get("status") not in WHOLE for module in modules)
        lines.append(f"| {group} | {len(modules)} | {parts} | " + " | ".join(str(counts[o]) for o in OUTCOMES) +
                     f" | {percent(counts)} |")
    for group, modules in groups.items():
        lines += ["", f"## {group}", "", "| module | state | passed | failed | errors | skipped | share |",
                  "|---|---|--:|--:|--:|--:|--:|"]
        for module in modules:
            entry = expected.get(module)
            if entry:
                lines.append(f"| {module} | {entry['status']} | " +
                             " | ".join(str(entry["counts"][o]) for o in OUTCOMES) +
                             f" | {percent(entry['counts'])} |")
            else:
                lines.append(f"| {module} | not run | | | | | |")
    (ROOT / "docs" / "conformance.md").write_text("\n".join(lines) + "\n")


def choose(names, groups):
    if not names:
        return [module for modules in groups.values() for module in modules]
    chosen = []
    for name in names:
        chosen += groups[name] if name in groups else [name.removeprefix("test.")]
    return chosen


def main():
    groups = read_groups()
    parser = argparse.ArgumentParser(prog="tests/cpython.sh", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter,
                                     epilog="groups: " + " ".join(groups))
    parser.add_argument("names", nargs="*", metavar="GROUP|MODULE")
    parser.add_argument("--record", action="store_true", help="write what comes out into the expectation")
    parser.add_argument("--document", action="store_true", help="make docs/conformance.md from the expectation")
    parser.add_argument("--timeout", type=float, default=300, help="seconds for a module (300)")
    parser.add_argument("-j", "--jobs", type=int, default=2, help="modules at a time (2)")
    parser.add_argument("--show", action="store_true", help="print the report of each module that does not pass")
    parser.add_argument("--ouropy", default=str(ROOT / "build/bin/ouropy"))
    parser.add_argument("--flag", dest="flags", action="append", default=[], help="a flag for ouropy, as --flag=--gc=mark-sweep")
    options = parser.parse_args()
    options.ouropy = os.path.abspath(options.ouropy)  # modules run in folders of their own
    if not os.access(options.ouropy, os.X_OK):
        print(f"{options.ouropy} is not there; build it first", file=sys.stderr)
        return 2
    expected = read_expected()
    if options.document and not options.names:
        document(groups, expected)
        return 0
    modules = choose(options.names, groups)
    unknown = [m for m in modules if not any((LIBRARY / "test" / name).exists() for name in (m, m + ".py"))]
    if unknown:
        print(f"{LIBRARY}/test has no {', '.join(unknown)}", file=sys.stderr)
        return 2
    worse, entries = [], []
    print(f"{'module':28} {'state':7} {'passed':>7} {'failed':>7} {'errors':>7} {'skipped':>7}  share")
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        futures = {pool.submit(run, module, options): module for module in modules}
        for future in concurrent.futures.as_completed(futures):
            module = futures[future]
            status, tests, text = future.result()
            entry = entry_of(status, tests)
            print(f"{module:28} {status:7} " + " ".join(f"{entry['counts'][o]:7}" for o in OUTCOMES) +
                  f"  {percent(entry['counts'])}", flush=True)
            if options.show and (status != "ok" or entry["bad"]):
                print(text, flush=True)
            entries.append(entry)
            worse += regressions(module, entry, expected.get(module))
            if module not in expected and not options.record:
                print(f"{module} is not recorded: there is nothing to compare it with", file=sys.stderr)
            if options.record:
                expected[module] = entry
                write_expected(expected)
    counts, parts = totals(entries), sum(entry["status"] not in WHOLE for entry in entries)
    print(f"{len(entries)} modules, {parts} of them not whole: " +
          ", ".join(f"{counts[o]} {o}" for o in OUTCOMES) + f"; {percent(counts)}")
    for line in worse:
        print(f"worse than recorded: {line}", file=sys.stderr)
    if options.document:
        document(groups, expected)
    return 1 if worse and not options.record else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
