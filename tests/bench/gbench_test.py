#!/usr/bin/env python3
"""The wrapper around google-benchmark, from outside: names, selection, flags, exit codes, start-up."""
import csv
import io
import json
import os
import resource
import subprocess
import sys
import tempfile

probe = sys.argv[1]
limit_ms = float(sys.argv[2])
environment = {k: v for k, v in os.environ.items() if not k.startswith("BENCHMARK_")}
cases = []


def case(function):
    cases.append(function)
    return function


def run(*arguments):
    return subprocess.run([probe, *arguments], capture_output=True, text=True, env=environment)


def report(*arguments):
    done = run("--benchmark_format=json", *arguments)
    return json.loads(done.stdout), done


@case
def names_are_exactly_what_was_registered():
    found, _ = report("--benchmark_filter=^(empty|add|manual|threads|arguments)")
    names = [b["name"] for b in found["benchmarks"]]
    assert names == ["empty/size:1", "add/kind:sum", "manual/x:1", "arguments/a:6/b:7",
                     "threads/threads:2"], names
    assert run("--benchmark_list_tests").stdout.split() == [
        "empty/size:1", "add/kind:sum", "fail/kind:always", "manual/x:1", "arguments/a:6/b:7",
        "threads/threads:2"]


@case
def figures_arrive():
    found, _ = report("--benchmark_filter=-fail")
    by_name = {b["name"]: b for b in found["benchmarks"]}
    assert found["context"]["probe"] == "yes"
    add = by_name["add/kind:sum"]
    assert add["iterations"] == 100 and add["total"] == 100000 and add["each"] == 1000, add
    assert add["label"] == "label" and add["max_bytes_used"] == 4096, add
    assert add["cpu_time"] > 0
    assert abs(by_name["manual/x:1"]["real_time"] - 3000) < 1, by_name["manual/x:1"]
    assert by_name["arguments/a:6/b:7"]["product"] == 42
    assert by_name["threads/threads:2"]["seen"] == 3


@case
def own_flags_are_read():
    for arguments in (["--work=7"], ["--work", "7"]):
        found, _ = report("--benchmark_filter=^add", *arguments)
        assert found["benchmarks"][0]["total"] == 700, found


@case
def filters_select_as_expressions_do():
    for pattern, expected in [("^add/kind:sum$", 1), ("kind:", 2), ("a.d", 1), (".*x:1$", 1),
                              ("empty|manual", 2), ("-empty|manual", 4), ("(empty|manual)", 2),
                              ("e[m]pty", 1), ("threads:2$", 1), ("th*r", 1), ("all", 6)]:
        listed = run("--benchmark_list_tests", "--benchmark_filter=" + pattern).stdout.split()
        assert len(listed) == expected, (pattern, listed)


@case
def failures_have_their_exit_code():
    done = run("--benchmark_filter=fail|empty")
    assert done.returncode == 3, done
    assert "it was meant to" in done.stdout and "1 runs of benchmarks failed" in done.stderr, done


@case
def usage_errors_have_theirs():
    for arguments, message in [
            (["--wrok=3"], "unknown argument '--wrok=3', did you mean '--work'?"),
            (["--benchmark_fliter=x"], "did you mean '--benchmark_filter'?"),
            (["--work=0"], "--work=0: wants a number above 0"),
            (["--work"], "--work wants a value"),
            (["--benchmark_filter=nothing"], "no benchmark matches 'nothing'"),
            (["--benchmark_filter=(("], "--benchmark_filter=((: "),
            (["--benchmark_format=xml", "--benchmark_filter=empty"], "unknown format 'xml'"),
            (["--benchmark_repetitions=0"], "wants a number from 1"),
            (["--benchmark_repetitions=-2"], "wants a number from 1"),
            (["--benchmark_time_unit=parsec"], "unknown time unit 'parsec'"),
            (["--benchmark_out=/nowhere/at/all"], "can't write to '/nowhere/at/all'")]:
        done = run(*arguments)
        assert done.returncode == 2 and message in done.stderr + done.stdout, (arguments, done)


@case
def help_shows_own_flags_and_the_librarys():
    done = run("--help")
    assert done.returncode == 0 and "--work" in done.stdout, done
    assert "(default: 1000)" in done.stdout and "--benchmark_repetitions" in done.stdout, done


@case
def results_are_written_with_plain_names():
    with tempfile.TemporaryDirectory() as folder:
        path = folder + "/out.json"
        done = run("--benchmark_out=" + path, "--benchmark_filter=add|empty",
                   "--benchmark_repetitions=2")
        assert done.returncode == 0, done
        with open(path) as file:
            names = [b["name"] for b in json.load(file)["benchmarks"]]
        assert "add/kind:sum" in names and "add/kind:sum_median" in names, names


@case
def the_console_shows_few_counters_and_files_have_all():
    few = run("--benchmark_filter=^add")
    assert "each=" in few.stdout and "total=" not in few.stdout, few
    every = run("--benchmark_filter=^add", "--counters=all")
    assert "each=" in every.stdout and "total=" in every.stdout, every
    table = run("--benchmark_filter=^add", "--benchmark_format=csv")
    assert '"total"' in table.stdout, table
    assert run("--counters=many", "--benchmark_filter=^add").returncode == 2


@case
def csv_has_a_column_for_every_counter():
    done = run("--benchmark_filter=add|arguments|fail", "--benchmark_format=csv")
    rows = {row["name"]: row for row in csv.DictReader(io.StringIO(done.stdout))}
    assert rows["add/kind:sum"]["total"] == "100000" and rows["add/kind:sum"]["product"] == "", done
    assert rows["arguments/a:6/b:7"]["product"] == "42", done
    assert rows["add/kind:sum"]["label"] == "label" and rows["add/kind:sum"]["iterations"] == "100"
    assert rows["fail/kind:always"]["error_occurred"] == "true", done
    assert "it was meant to" in rows["fail/kind:always"]["error_message"], done
    repeated = run("--benchmark_filter=add", "--benchmark_format=csv", "--benchmark_repetitions=3")
    names = [row["name"] for row in csv.DictReader(io.StringIO(repeated.stdout))]
    assert names.count("add/kind:sum") == 3 and "add/kind:sum_cv" in names, repeated


@case
def a_report_that_is_cut_is_no_success():
    for arguments in (["--benchmark_filter=^add"], ["--benchmark_list_tests"], ["--help"],
                      ["--benchmark_filter=^add", "--benchmark_format=json"],
                      ["--benchmark_filter=^add", "--benchmark_format=csv"]):
        with open("/dev/full", "w") as full:
            done = subprocess.run([probe, *arguments], stdout=full, stderr=subprocess.PIPE,
                                  text=True, env=environment)
        assert done.returncode == 5 and "can't be written whole" in done.stderr, (arguments, done)
    done = run("--benchmark_filter=^add", "--benchmark_out=/dev/full")
    assert done.returncode == 5 and "can't be written whole" in done.stderr, done


@case
def one_of_many_starts_fast():
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    runs = 20
    for _ in range(runs):
        assert run("--names=2000", "--benchmark_filter=^empty/").returncode == 0
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    ms = 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) / runs
    print(f"# {ms:.2f} ms of CPU time to run one empty benchmark of 2000, fork and exec included")
    assert ms < limit_ms, ms


print(f"1..{len(cases)}")
failed = 0
for number, function in enumerate(cases, 1):
    try:
        function()
        print(f"ok {number} - {function.__name__}")
    except Exception as error:  # every kind is a failed case, shown with what it says
        failed += 1
        print(f"not ok {number} - {function.__name__}\n# {type(error).__name__}: {error}")
sys.exit(failed != 0)
