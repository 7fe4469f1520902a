#!/usr/bin/env bash
# Fuzzes lexer, parser and compiler: builds the target with clang's sanitizers beside a build tree's
# libraries, and runs it over the snippets of tests/parser and programs.txt.
#
#   fuzz.sh BUILD SECONDS [SEED]   exit 0: nothing found; 1: a finding, printed; 77: no clang
#
# What is new goes to BUILD/fuzz/corpus and is used again by the next run; findings are left in
# BUILD/fuzz/findings, to be added to programs.txt or the snippets once they are mended.
set -u
cd "$(dirname "$0")/../.." || exit 2
build=$(realpath "$1") seconds=$2 seed=${3-1}
clang=$(command -v clang) || { echo "no clang"; exit 77; }
[ -e "$("$clang" -print-file-name=libclang_rt.fuzzer-x86_64.a)" ] || { echo "no libFuzzer"; exit 77; }
command -v ccache >/dev/null && clang="ccache $clang"
out=$build/fuzz
mkdir -p "$out/corpus" "$out/findings"

# Only what is fuzzed is instrumented; the rest comes from the tree's libraries.
flags="-std=gnu17 -D_GNU_SOURCE -DGC_RC=1 -O1 -g -fno-strict-aliasing -fno-omit-frame-pointer -I. -I$build
  -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize=pointer-overflow -fno-sanitize-recover=undefined"
compile() {
  local object
  object=$out/$(echo "$1" | tr / _).o
  # shellcheck disable=SC2086
  [ "$object" -nt "$1" ] && [ "$object" -nt runtime/compile/parser.h ] || $clang $flags -c "$1" -o "$object"
}
export -f compile
export clang flags out
printf '%s\n' runtime/compile/*.c tests/fuzz/parser_fuzz.c |
  xargs -P 2 -I{} bash -c 'compile {}' || { echo "does not compile"; exit 2; }
# shellcheck disable=SC2046
${clang##* } -fsanitize=fuzzer,address,undefined -o "$out/parser_fuzz" "$out"/runtime_compile_*.o \
  "$out"/tests_fuzz_parser_fuzz.c.o -Wl,--start-group "$build/workloads/libfamily-rc.a" \
  "$build/alloc/liballoc.a" "$build/os/libos.a" "$build/base/libbase.a" \
  $(ls "$build"/alloc/libouro-jemalloc.a 2>/dev/null) -Wl,--end-group \
  -lgmp -lutf8proc -lpthread -ldl -lm || { echo "does not link"; exit 2; }

rm -rf "$out/seeds"
python3 tests/fuzz/seeds.py "$out/seeds" tests/parser/errors/*.txt tests/fuzz/programs.txt || exit 2
ulimit -s 1000000 2>/dev/null # frames under sanitizers are large
export ASAN_OPTIONS=detect_stack_use_after_return=0:allocator_may_return_null=1
if ! "$out/parser_fuzz" -max_total_time="$seconds" -seed="$seed" -timeout=10 -max_len=2000 \
  -rss_limit_mb=3000 -dict=tests/fuzz/python.dict -artifact_prefix="$out/findings/" \
  -print_final_stats=1 "$out/corpus" "$out/seeds" >"$out/log" 2>&1; then
  tail -n 60 "$out/log"
  exit 1
fi
grep -E '^stat::number_of_executed_units|cov:' "$out/log" | tail -n 2
