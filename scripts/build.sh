# Build trees. Sourced; defines build_tree.
#
# build_tree NAME   configures (the first time) and builds the tree `NAME`, quietly unless it fails:
#   build            release: what is measured
#   build-check      asserts, heap checks after each collection, poisoned dead memory
#   build-sanitize   the same under address and undefined-behaviour sanitizers
#   build-threads    under the thread sanitizer
#   build-clang      release with clang: its warnings are errors too

build_tree() {
  local tree=$1 log=$1/build.log options=""
  case $tree in
    build) options="--buildtype=release" ;;
    build-check) options="--buildtype=debugoptimized -Dcheck=true" ;;
    build-sanitize) options="--buildtype=debugoptimized -Dcheck=true -Db_sanitize=address,undefined -Db_lundef=false" ;;
    build-threads) options="--buildtype=debugoptimized -Db_sanitize=thread -Db_lundef=false" ;;
    build-clang) options="--buildtype=release" ;;
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
  ninja -C "$tree" >"$log" 2>&1 || { tail -n 60 "$log" >&2; return 1; }
}
