# Build trees. Sourced; defines build_tree.
#
# build_tree NAME   configures (the first time) and builds the tree `NAME`, quietly unless it fails:
#   build            release: what is measured
#   build-check      asserts, heap checks after each collection, poisoned dead memory; with the fast paths
#                    of magazine-inline, which alone look at the sizes that deaths are told with
#   build-sanitize   the same checks under address and undefined-behaviour sanitizers
#   build-threads    under the thread sanitizer
#   build-clang      release with clang: its warnings are errors too

build_tree() {
  local tree=$1 log=$1/build.log options=""
  case $tree in
    build) options="--buildtype=release" ;;
    build-check) options="--buildtype=debugoptimized -Dcheck=true -Dinlined_alloc=true" ;;
    build-sanitize) options="--buildtype=debugoptimized -Dcheck=true -Db_sanitize=address,undefined -Db_lundef=false" ;;
    build-threads) options="--buildtype=debugoptimized -Db_sanitize=thread -Db_lundef=false" ;;
    build-clang) options="--buildtype=release -Dinline_builds=false" ;;
    *) echo "build_tree: no tree is called $tree" >&2; return 2 ;;
  esac
  local c=gcc cxx=g++
  [ "$tree" = build-clang ] && c=clang cxx=clang++
  command -v ccache >/dev/null && c="ccache $c" cxx="ccache $cxx"
  if [ ! -f "$tree/build.ninja" ]; then
    rm -rf "$tree" && mkdir -p "$tree"
    # shellcheck disable=SC2086
    CC=$c CXX=$cxx meson setup "$tree" $options >"$log" 2>&1 || { cat "$log" >&2; return 1; }
  fi
  local targets=""
  # Only what its tests run: the rest of this tree is of no use.
  [ "$tree" = build-threads ] && targets=$(meson introspect --tests "$tree" | python3 -c '
import json, os, sys
tests = [t for t in json.load(sys.stdin) if any(s.endswith("threads") for s in t["suite"])]
inside = lambda path: not os.path.relpath(path, sys.argv[1]).startswith("..")
print(*sorted({os.path.relpath(t["cmd"][0], sys.argv[1]) for t in tests if inside(t["cmd"][0])}))' "$PWD/$tree")
  # shellcheck disable=SC2086
  ninja -C "$tree" $targets >"$log" 2>&1 || { tail -n 60 "$log" >&2; return 1; }
}
