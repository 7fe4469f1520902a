#!/usr/bin/env bash
# From a fresh Debian 12 to pictures: installs what is missing, builds, runs a matrix of workloads,
# allocators and collectors, and plots it.
#
#   ./run.sh            the quick matrix: a few minutes
#   ./run.sh --full     everything
set -u
cd "$(dirname "$0")" || exit 2
matrix=quick
case "${1-}" in
  "") ;;
  --full) matrix=full ;;
  *) echo "usage: ./run.sh [--full]" >&2; exit 2 ;;
esac
. scripts/packages.sh
. scripts/build.sh
packages_require build run || exit 1
echo "Building (build/build.log) ..." >&2
build_tree build || exit 1

out="out/$matrix-$(date +%Y%m%d-%H%M%S)"
build/bin/ouro run "--$matrix" --output "$out"
status=$?
# Whatever finished is drawn, also when a cell failed; the exit code tells.
build/bin/ouro plot "$out" --output "$out/plots" || [ $status -ne 0 ] || status=3
echo
echo "Results: $out"
echo "Pictures: $out/plots  (start with $out/plots/index.html)"
exit $status
