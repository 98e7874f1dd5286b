#!/usr/bin/env bash
# The whole thing in one command, on a fresh machine too: installs what is missing, builds, starts an
# agent on a private directory with three service processes of two services and a client that calls
# them, and shows one scrape with all of them.
#
#   agent/demo.sh            goes on serving until Ctrl-C, which leaves nothing behind
#   agent/demo.sh --check    ends after the scrape: 0 when every sum is what the client counted
#   agent/demo.sh --bin DIR  takes the programs from DIR: installs and builds nothing
set -euo pipefail

check=()
bin=
while [ $# -gt 0 ]; do
  case $1 in
    --check) check=(--check) ;;
    --bin) bin=$(realpath -e "${2:?--bin needs a directory}"); shift ;;
    *) echo "usage: agent/demo.sh [--check] [--bin DIR]" >&2; exit 2 ;;
  esac
  shift
done

cd "$(dirname "${BASH_SOURCE[0]}")/.."
if [ -z "$bin" ]; then
  tests/install.sh
  echo "== Building into build/release (the first time takes a few minutes)"
  mkdir -p build
  cmake --preset release >build/release.log || { tail -n 40 build/release.log; exit 1; }
  cmake --build --preset release --target shm_exporter_agent demo_service demo_client
  bin=build/release/bin
fi
# Debian's Python: it has the packages that tests/install.sh installs.
exec /usr/bin/python3 -B tests/e2e/demo.py --bin "$bin" "${check[@]}"
