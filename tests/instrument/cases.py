"""What the tests of the instrument share: an ouro of their own in a folder that goes at the end, cases that are
functions, and TAP."""
import pathlib
import shutil
import sys
import tempfile

OURO, LAUNCHER = sys.argv[1:3]
home = pathlib.Path(tempfile.mkdtemp(prefix="ouro-test-"))
# The instrument finds its launcher beside itself: the same layout as in the build tree.
for folder in "bin", "libexec":
    (home / folder).mkdir()
shutil.copy(OURO, home / "bin" / "ouro")
shutil.copy(LAUNCHER, home / "libexec" / "ouro-cell")
results = []


def case(function):
    try:
        function()
        results.append((True, function.__name__, ""))
    except Exception as problem:  # an assertion or a surprise: both fail the case
        results.append((False, function.__name__, repr(problem)))
    return function


def expect(done, code, *texts):
    said = done.stdout + done.stderr
    assert done.returncode == code, (done.returncode, said[-800:])
    for text in texts:
        assert text in said, (text, said[-800:])


def cells(directory):
    """The files of a run's cells, in order."""
    return sorted((pathlib.Path(directory) / "cells").glob("*.json"))


def finish():
    """Removes the folder, reports, ends the program."""
    shutil.rmtree(home, ignore_errors=True)
    print(f"1..{len(results)}")
    for number, (passed, name, why) in enumerate(results, 1):
        print(f"{'ok' if passed else 'not ok'} {number} - {name}")
        if not passed:
            print("# " + why.replace("\\n", "\n").replace("\n", "\n# "))
    sys.exit(not all(passed for passed, _, _ in results))
