"""Writes checksums.h anew: record.py BENCH_GRAPH > checksums.h"""
import json
import subprocess
import sys

command = [sys.argv[1], "--scale=0.02", "--seed=1", "--alloc=pool", "--gc=none",
           "--benchmark_format=json"]
rows = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)["benchmarks"]
print("/* Checksums at scale 0.02 and seed 1. A change of a graph's work changes its line on purpose; a\n"
      " * change of anything else must not. tests/graphs/record.py writes this file. */")
for row in rows:
    print('CHECKSUM("%s", %s)' % (row["name"].split("/")[1], row["label"].split("=")[1]))
