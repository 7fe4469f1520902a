# Debian packages, by what needs them. Sourced; defines packages_require.
#
# packages_require GROUP...   installs the missing packages of the groups: as root, or through sudo;
#                             without either prints the command to type and returns 1.

packages_build="gcc g++ libc6-dev meson ninja-build pkg-config binutils python3 libzstd-dev
  libjansson-dev libbenchmark-dev libcmocka-dev libgmp-dev libutf8proc-dev zlib1g-dev libjemalloc-dev libmimalloc2.0
  libtcmalloc-minimal4 libtbbmalloc2"
packages_run="gnuplot-nox fonts-dejavu-core librsvg2-bin python3.11 libpython3.11-stdlib libssl3 zlib1g libedit2"
packages_test="clang libclang-rt-14-dev git procps util-linux libpython3.11-testsuite"
packages_optional="ccache" # speeds up rebuilding; used when it is there, never asked for

packages_require() {
  local group wanted="" missing=""
  for group in "$@"; do
    local list="packages_$group"
    wanted="$wanted ${!list}"
  done
  local package
  for package in $wanted; do
    case "$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null)" in
      "install ok installed") ;;
      *) missing="$missing $package" ;;
    esac
  done
  [ -z "$missing" ] && return 0
  local as_root=""
  if [ "$(id -u)" -ne 0 ]; then
    if command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
      as_root=sudo
    else
      printf 'These packages are missing, and installing them needs root. Type:\n\n  su -c "apt-get update && apt-get install -y --no-install-recommends%s"\n\nand start again.\n' "$missing" >&2
      return 1
    fi
  fi
  echo "Installing from Debian:$missing" >&2
  $as_root apt-get update -q >&2 || echo "apt-get update failed; trying with the lists at hand" >&2
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing >&2 || {
    echo "Debian's packages could not be installed:$missing" >&2
    return 1
  }
}
