#!/bin/sh
# bench_gc.sh BENCH_GC CPYTHON_SCRIPT: every row of bench-gc runs on a small heap, and says that it
# reclaimed exactly the garbage; names match those of the script that measures CPython.
bench=$1 script=$2
echo 1..5
n=0
say() { # status name
  n=$((n + 1))
  if [ "$1" = 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; fi
}
out=$(mktemp)
trap 'rm -f "$out"' EXIT
small="--objects=1000 --young=100 --iterations=2"
$bench $small --benchmark_filter='^(collect|mark|young)' --benchmark_format=json > "$out" 2> /dev/null
say $? "every collection reclaims exactly the garbage"
python3 - "$out" << 'PY'
import json, sys
rows = json.load(open(sys.argv[1]))["benchmarks"]
names = {r["name"] for r in rows}
assert not any(r.get("error_occurred") for r in rows)
for gc in ("three-generation", "mark-sweep"):
    for shape in ("list", "instance", "dict", "mix", "random", "chain"):
        for order in ("allocation", "shuffled"):
            for garbage in (0, 50, 100):
                assert f"collect/shape:{shape}/order:{order}/objects:1000/garbage:{garbage}/gc:{gc}" in names
assert "mark/shape:random/objects:1000/gc:mark-sweep" in names
assert all(r["ns_per_object"] > 0 for r in rows)
assert all(r["cpu_time"] == r["real_time"] for r in rows), "both columns show the collection alone"
PY
say $? "all shapes, orders and shares are there"
$bench --benchmark_filter='count/(hold-drop|store)' > /dev/null 2>&1
say $? "the loops of mutators run"
$bench --gc=mark-swoop > /dev/null 2>&1
[ $? = 2 ]
say $? "an unknown collector is a usage error"
$bench $small --benchmark_list_tests | sed -n 's/gc:three-generation$/gc:cpython/p' | grep -v ^count | sort > "$out"
python3 "$script" --objects=1000 --young=100 --iterations=2 --text | sed 's/ .*//' | sort | diff "$out" - > /dev/null
say $? "CPython's rows have the same names"
