#!/usr/bin/env bash
# Builds every tree and runs all tests. Ends with a line "N passed, N failed[, N skipped]".
#
#   ./test.sh           what CI runs: at most 30 minutes on 2 cores
#   ./test.sh --full    the long campaigns too
set -u
cd "$(dirname "$0")" || exit 2
full=0
case "${1-}" in
  "") ;;
  --full) full=1 ;;
  *) echo "usage: ./test.sh [--full]" >&2; exit 2 ;;
esac
. scripts/packages.sh
. scripts/build.sh
packages_require build run test || exit 1

trees_failed=0
started=$SECONDS
# test_tree TREE MESON-TEST-OPTION...: builds a tree and runs tests in it; the tally comes at the end.
tallied=""
test_tree() {
  local tree=$1
  shift
  echo "== $tree (at $((SECONDS - started)) s)"
  if ! build_tree "$tree"; then
    echo "$tree does not build" >&2
    trees_failed=$((trees_failed + 1))
    return
  fi
  rm -f "$tree"/meson-logs/testlog*.junit.xml
  meson test -C "$tree" --no-rebuild --print-errorlogs "$@" || true
  tallied="$tallied $tree/meson-logs"
}

long="--no-suite long"
[ $full = 1 ] && long=""
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
test_tree build $long
# The sanitizers' tree has all checks of this one as well: it takes its time only with --full.
[ $full = 1 ] && test_tree build-check $long --no-suite house
test_tree build-sanitize $long --no-suite house --no-suite nosan --timeout-multiplier 4
test_tree build-threads --suite threads --timeout-multiplier 8
test_tree build-clang --suite unit
# shellcheck disable=SC2086
exec python3 tests/tally.py --broken-trees $trees_failed $tallied
