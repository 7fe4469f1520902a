#!/usr/bin/env python3
"""bench-alloc from outside: every backend is there, names select, small runs of all loads work."""
import json
import subprocess
import sys

program = sys.argv[1]
cases = []


def case(function):
    cases.append(function)
    return function


def run(*arguments):
    return subprocess.run([program, *arguments], capture_output=True, text=True)


def listed(*arguments):
    done = run("--benchmark_list_tests", *arguments)
    assert done.returncode == 0, done
    return done.stdout.split()


@case
def every_backend_has_every_load():
    names = listed()
    assert len(names) == len(set(names))
    allocators = {n.split("/alloc:")[1] for n in names if "/alloc:" in n}
    assert {"pool", "magazine", "magazine-inline", "malloc", "jemalloc", "mimalloc", "tcmalloc",
            "tbb", "bump"} <= allocators, allocators
    for allocator in allocators:
        for name in ["ladder/size:32/live:1/order:lifo", "ladder/size:32/live:10000/order:random",
                     "ladder/size:mixed/live:100000/order:fifo", "churn/size:512/live:1000000",
                     "mixed/live:10000", "bulk/size:32/count:1000000", "cross/threads:2"]:
            assert f"{name}/alloc:{allocator}" in names, (name, allocator)


@case
def small_runs_of_every_load_have_figures():
    done = run("--scale=0.0001", "--benchmark_format=json",
               "--benchmark_filter=^(ladder/size:(32|mixed|4096)/live:(1|100|10000)/|churn/size:32/"
               "live:10000/|mixed/live:100/|cross/|floor/(list|bump)/size:64/live:100/|"
               "floor/read:(sequential|random)/bytes:1048576)")
    assert done.returncode == 0, done
    benchmarks = json.loads(done.stdout)["benchmarks"]
    assert len(benchmarks) > 150, len(benchmarks)
    for b in benchmarks:
        assert b["cpu_time"] > 0 and b["iterations"] > 0 and "error_occurred" not in b, b


@case
def bulk_tells_memory_per_object():
    for allocator in ["pool", "magazine", "jemalloc"]:
        done = run("--scale=0.01", "--benchmark_format=json",
                   f"--benchmark_filter=bulk/size:64/.*alloc:{allocator}$")
        b = json.loads(done.stdout)["benchmarks"][0]
        assert 60 < b["bytes_per_object"] < 130, b
        assert b["bytes_left"] < 16e6, b


@case
def allocators_can_be_named_with_options():
    names = listed("--alloc=count+pool:preset=cpython-3.11,kept=4,magazine", "--alloc=malloc",
                   "--benchmark_filter=^mixed/live:100/")
    assert names == ["mixed/live:100/alloc:count+pool:preset=cpython-3.11,kept=4",
                     "mixed/live:100/alloc:magazine", "mixed/live:100/alloc:malloc"], names


@case
def equal_seeds_do_equal_work():
    figures = []
    for _ in range(2):
        done = run("--scale=0.001", "--seed=3", "--benchmark_format=json",
                   "--alloc=count+malloc", "--benchmark_filter=^mixed/live:100/")
        figures.append([(b["name"], b["iterations"])
                        for b in json.loads(done.stdout)["benchmarks"]])
    assert figures[0] == figures[1] and figures[0], figures


@case
def bad_input_is_refused():
    for arguments, message in [
            (["--alloc=jemaloc"], "unknown allocator 'jemaloc', did you mean 'jemalloc'?"),
            (["--alloc=lib:libm.so.6"], "has no allocator in it"),
            (["--scale=0"], "--scale=0: wants a number above 0"),
            (["--scale=x"], "--scale=x: wants a number above 0"),
            (["--seed=-"], "--seed=-: wants a whole number"),
            (["--benchmark_filter=nothing-at-all"], "no benchmark matches")]:
        done = run(*arguments)
        assert done.returncode == 2 and message in done.stderr, (arguments, done)


@case
def exhausted_memory_fails_the_benchmark():
    done = run("--alloc=count:limit=1M+malloc", "--scale=0.001",
               "--benchmark_filter=^ladder/size:512/live:(100|10000)/order:fifo")
    assert done.returncode == 3, done
    assert "out of memory" in done.stdout and "1 runs of benchmarks failed" in done.stderr, done


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
