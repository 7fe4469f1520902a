"""Adds up what meson's test runs left behind and prints `N passed, N failed[, N skipped]`.

Every TAP subtest counts as one; a test that ended without a verdict counts as failed."""
import argparse
import pathlib
import sys
import xml.etree.ElementTree as tree


def outcome(case):
    if case.find("failure") is not None or case.find("error") is not None:
        return "failed"
    return "skipped" if case.find("skipped") is not None else "passed"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--broken-trees", type=int, default=0, help="trees that did not build")
    parser.add_argument("logs", nargs="*", type=pathlib.Path, help="meson-logs folders")
    options = parser.parse_args()
    counts = {"passed": 0, "failed": options.broken_trees, "skipped": 0}
    for folder in options.logs:
        reports = sorted(folder.glob("*.junit.xml"))
        if not reports:
            print(f"{folder}: no test report", file=sys.stderr)
            counts["failed"] += 1
        for report in reports:
            for suite in tree.parse(report).getroot().iter("testsuite"):
                cases = list(suite.iter("testcase"))
                for case in cases:
                    result = outcome(case)
                    counts[result] += 1
                    if result != "passed":
                        print(f"{result}: {folder.parent}: {suite.get('name')}: {case.get('name')}")
    line = f"{counts['passed']} passed, {counts['failed']} failed"
    if counts["skipped"]:
        line += f", {counts['skipped']} skipped"
    print(line)
    return 1 if counts["failed"] or not counts["passed"] else 0


if __name__ == "__main__":
    sys.exit(main())
