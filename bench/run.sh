#!/usr/bin/env bash
# Runs every benchmark, ours beside a peer in one run, prints the ratios, and writes a flat JSON object
# of numbers.
#   bench/run.sh [--out FILE]        default: build/bench/results.json
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

out=build/bench/results.json
case "${1:-}" in
  --out) out=${2:?--out needs a file} ;;
  "") ;;
  *) echo "usage: bench/run.sh [--out FILE]" >&2; exit 2 ;;
esac

tests/install.sh
cmake --preset release >/dev/null
cmake --build --preset release --target shmx_benches

mkdir -p build/bench "$(dirname "$out")"
exec /usr/bin/python3 bench/report.py build/release build/bench "$out"
