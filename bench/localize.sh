#!/bin/sh
# localize.sh OUT.o OBJCOPY COMPILER... -- ARCHIVE...
# Links archives into one relocatable object and hides all but its exported symbols, so that the same
# sources, compiled twice, fit into one program.
set -e
out=$1 objcopy=$2
shift 2
compiler=
while [ "$1" != -- ]; do
  compiler="$compiler $1"
  shift
done
shift
$compiler -r -nostdlib -Wl,--whole-archive "$@" -Wl,--no-whole-archive -o "$out.tmp"
$objcopy --localize-hidden "$out.tmp" "$out"
rm -f "$out.tmp"
