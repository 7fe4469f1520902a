#!/bin/sh
# train.sh PROGRAM STAMP COUNTS COLLECTOR SCRIPTS
# Runs the programs of the folder SCRIPTS, small, by an interpreter whose loop writes into the file COUNTS how often it
# went which way. STAMP is an empty header: what depends on it is compiled afterwards.
set -e
program=$1 stamp=$2 counts=$3 collector=$4 scripts=$5
rm -f "$counts"
for script in "$scripts"/*.py; do
  env -i PYTHONHASHSEED=0 "$program" -S -B --gc="$collector" --alloc=magazine-inline "$script" 0.1 >/dev/null
done
test -f "$counts"
: >"$stamp"
