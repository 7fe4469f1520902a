#!/usr/bin/env bash
# Runs CPython's own tests, as Debian ships them, under ouropy, and compares with what is recorded.
#
#   tests/cpython.sh [GROUP|MODULE ...]     all groups; `tests/cpython.sh --help` lists the options
cd "$(dirname "$0")/.." || exit 2
exec /usr/bin/python3.11 tests/conformance/conformance.py "$@"
