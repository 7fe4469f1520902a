#!/usr/bin/env python3
"""The rows of bench-gc measured with CPython's own collector, under the same names with gc:cpython.

Shapes and orders are those of gc_shapes.c: a root list first, then the containers, then references in
the order asked for, garbage in cycles of two. One JSON document in google-benchmark's format on
standard output, or lines of "name ns" with --text. Measured with the collector off between the
timed calls; full collections by CPU time of the thread, generation 0 by wall time less the cost of an
empty collection."""

import argparse
import gc
import json
import platform
import random
import re
import statistics
import sys
import time


class Plain:
    __slots__ = ("a", "b", "__weakref__")


class Dying:
    __slots__ = ("a", "b", "__weakref__")

    def __del__(self):
        pass


TURN = ("list", "instance", "dict")
RANDOM_EDGES = 4


def kind_of(shape, i):
    if shape == "mix":
        return TURN[i % 3]
    return shape if shape in ("instance", "dict") else "list"


def make(kind):
    if kind == "list":
        return []
    if kind == "dict":
        return {}
    return Plain()


def refer(source, kind, target):
    if kind == "list":
        source.append(target)
    elif kind == "dict":
        source["a"] = target
    else:
        source.a = target


def build(shape, shuffled, objects, garbage, seed, finalizer=False):
    """Returns the root and how many containers of garbage there are."""
    rnd = random.Random(seed)
    root = []
    kinds = [kind_of(shape, i) for i in range(min(3, objects))]
    nodes = [make(kinds[i % len(kinds)]) for i in range(objects)]
    dead = [i for i in range(objects) if (i + 1) * garbage // 100 != i * garbage // 100]
    live = [i for i in range(objects) if (i + 1) * garbage // 100 == i * garbage // 100]
    if shuffled:
        rnd.shuffle(live)
    for k in range(0, len(dead) - 1, 2):
        a, b = dead[k], dead[k + 1]
        refer(nodes[a], kinds[a % len(kinds)], nodes[b])
        refer(nodes[b], kinds[b % len(kinds)], nodes[a])
    if len(dead) % 2:
        refer(nodes[dead[-1]], kinds[dead[-1] % len(kinds)], nodes[dead[-1]])
    for k, i in enumerate(live):
        if shape != "chain" or k == 0:
            root.append(nodes[i])
        if shape == "random":
            for _ in range(RANDOM_EDGES):
                nodes[i].append(nodes[live[int(rnd.random() * len(live))]])
        else:
            refer(nodes[i], kinds[i % len(kinds)], nodes[live[(k + 1) % len(live)]])
    if finalizer:
        a, b = Dying(), Dying()
        a.a, b.a = b, a
    return root, len(dead) + 2 * finalizer


def unlink(root):
    """Cycles among what was alive are broken by hand, so that it dies by its counts."""
    for o in root:
        if type(o) is list or type(o) is dict:
            o.clear()
        else:
            o.a = None


def collect(expected):
    start = time.thread_time_ns()
    found = gc.collect()
    ns = time.thread_time_ns() - start
    if found != expected:
        sys.exit(f"cpython_gc.py: {found} objects reclaimed instead of {expected}")
    return ns


def run_collect(shape, shuffled, objects, garbage, single, options):
    times = []
    if garbage:
        for _ in range(options.iterations):
            root, dead = build(shape, shuffled, objects, garbage, options.seed, single)
            times.append(collect(dead))
            unlink(root)
            del root
            gc.collect()
    else:
        root, _ = build(shape, shuffled, objects, 0, options.seed)
        gc.collect()
        times = [collect(0) for _ in range(options.iterations)]
        if shape == "chain":
            o = root.pop()
            while o:
                o = o.pop()
        unlink(root)
        del root
        gc.collect()
    return statistics.median(times), objects


def run_young(edges, cyclic, options):
    n, times, empty = options.young, [], []
    clock = time.perf_counter_ns
    for _ in range(400):
        gc.collect()
        start = clock()
        gc.collect(0)
        empty.append(clock() - start)
        young = [[] for _ in range(n)]
        for i in range(n):
            for e in range(edges):
                young[i].append(young[i ^ 1] if cyclic else young[(i + 1 + e * 7) % n])
        # The list that holds them is not to be one of the young.
        holder.extend(young)
        del young
        if cyclic:
            holder.clear()
        start = clock()
        found = gc.collect(0)
        times.append(clock() - start)
        if found != (n if cyclic else 0):
            sys.exit(f"cpython_gc.py: {found} objects reclaimed of {n} young ones")
        for o in holder:
            o.clear()
        holder.clear()
    return statistics.median(times) - statistics.median(empty), n


holder = []


def rows(options):
    n = options.objects
    for shape in ("list", "instance", "dict", "mix", "random", "chain"):
        for order in ("allocation", "shuffled"):
            for garbage in (0, 50, 100):
                for single in (False, True) if garbage else (False,):
                    name = (f"collect/shape:{shape}/order:{order}/objects:{n}/garbage:{garbage}"
                            f"{'/free:single' if single else ''}/gc:cpython")
                    yield name, (lambda a=(shape, order == "shuffled", n, garbage, single):
                                 run_collect(*a, options))
    for edges in (1, 5):
        yield (f"young/survivors-edges:{edges}/objects:{options.young}/gc:cpython",
               lambda e=edges: run_young(e, False, options))
    yield (f"young/garbage:cyclic/objects:{options.young}/gc:cpython",
           lambda: run_young(1, True, options))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--objects", type=int, default=1000000)
    parser.add_argument("--young", type=int, default=700)
    parser.add_argument("--iterations", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--filter", default=".", help="regular expression on names")
    parser.add_argument("--text", action="store_true", help="lines of name and ns per object")
    options = parser.parse_args()
    if platform.python_implementation() != "CPython":
        sys.exit("cpython_gc.py: this is no CPython")
    gc.collect()
    gc.freeze()  # the interpreter's own objects are not measured
    gc.disable()
    results = []
    for name, run in rows(options):
        if not re.search(options.filter, name):
            continue
        ns, objects = run()
        results.append({"name": name, "run_name": name, "run_type": "iteration",
                        "iterations": options.iterations, "real_time": ns, "cpu_time": ns,
                        "time_unit": "ns", "ns_per_object": ns / objects})
        if options.text:
            print(f"{name} {ns / objects:.2f}", flush=True)
    if not results:
        print(f"cpython_gc.py: no name matches '{options.filter}'", file=sys.stderr)
        return 2
    if not options.text:
        json.dump({"context": {"executable": sys.executable, "version": platform.python_version()},
                   "benchmarks": results}, sys.stdout, indent=1)
        print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
