#!/bin/sh
# embed.sh OUT.a TABLE NAMES OBJCOPY AR COMPILER... -- ARCHIVE...
# Links what TABLE needs of the archives into one object in which everything but TABLE is local, so that a
# library whose names are those of the C library can stand inside a program without replacing anything.
# NAMES (with commas between) must be defined by the archives; nothing else is there to define them.
set -e
out=$1 table=$2 names=$3 objcopy=$4 ar=$5
shift 5
compiler=
while [ "$1" != -- ]; do
  compiler="$compiler $1"
  shift
done
shift
wanted=
for name in $(echo "$names" | tr , ' '); do
  wanted="$wanted -Wl,--require-defined=$name"
done
$compiler -r -nostdlib -Wl,--require-defined="$table" $wanted "$@" -o "$out.o"
$objcopy --remove-section=.init_array --remove-section=.rela.init_array --keep-global-symbol="$table" "$out.o"
rm -f "$out"
$ar rcs "$out" "$out.o"
rm -f "$out.o"
