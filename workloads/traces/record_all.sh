#!/usr/bin/env bash
# Makes the recordings in recorded/ anew, with the programs of this machine (Debian 12's gcc,
# python3.11, sqlite3 and gnuplot-nox). Needs a build: ninja -C build.
#
#   workloads/traces/record_all.sh [FOLDER]    into FOLDER instead of recorded/
#
# Each recording is a whole run of the program.
set -eu
cd "$(dirname "$0")/../.."
to=${1:-workloads/traces/recorded}
ouro=build/bin/ouro
[ -x "$ouro" ] || { echo "$ouro is missing; build first: ./run.sh, or ninja -C build" >&2; exit 2; }
mkdir -p "$to"
export LC_ALL=C.UTF-8
missing=0
need() {
  command -v "$1" >/dev/null && return 0
  echo "$1 is not installed (Debian package $2): its recording is not made" >&2
  missing=1
  return 1
}
record() { # NAME ONLY COMMAND...   ONLY: an option of ouro record, or nothing
  local name=$1 only=$2
  shift 2
  "$ouro" record -o "$to/$name.otrace" --level=19 $only -- "$@" >/dev/null
}

need gcc gcc && record cc1 --only=cc1 gcc -std=gnu17 -O2 -D_GNU_SOURCE -I. -S workloads/traces/record.c \
  -o /dev/null
need /usr/bin/python3.11 python3.11 && PYTHONMALLOC=malloc PYTHONHASHSEED=0 \
  record python-objects "" /usr/bin/python3.11 -s workloads/traces/programs/objects.py
need sqlite3 sqlite3 && record sqlite "" sqlite3 -batch -bail \
  -init workloads/traces/programs/table.sql :memory: .quit
need gnuplot gnuplot-nox && record gnuplot "" gnuplot -d workloads/traces/programs/plot.gp
ls -l "$to"/*.otrace
exit "$missing"
