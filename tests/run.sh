#!/usr/bin/env bash
# What a change must pass, for people and for CI alike (.ci/run only calls this).
#
#   tests/run.sh                  every suite; clang-tidy on the most recently changed files
#   tests/run.sh SUITE...         only these: format release tidy asan tsan fuzz
#   tests/run.sh --full [SUITE..] clang-tidy on the whole tree, more lives, longer fuzzing, the agent's
#                                 unit tests in the release build too, end to end with sanitizers too,
#                                 what is labelled full; a suite that passed on this very tree is not
#                                 repeated, so an interrupted run goes on where it stopped
#
# Everything it writes is below build/. The last line is "N passed, N failed": tests and checks; a
# skipped test is a failed one.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

suites=(format release tidy asan tsan fuzz)
tidy_files=6  # of the default run: about a minute on 2 cores; --full takes them all
jobs=$(nproc)
export CCACHE_DIR=${CCACHE_DIR:-$PWD/build/ccache}
export CCACHE_SLOPPINESS=pch_defines,time_macros  # or it remembers nothing that uses a precompiled header
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
# Tests fork from processes with threads and start threads in the child.
export TSAN_OPTIONS=${TSAN_OPTIONS:-die_after_fork=0}

# The shadow memory of clang 14's sanitizers collides with the widest address space randomisation: their
# tests run without it where that is permitted.
not_randomized=(setarch --addr-no-randomize)
"${not_randomized[@]}" true 2>/dev/null || not_randomized=()

sources() { find agent shim shm tests bench \( -name '*.cc' -o -name '*.h' \) -print0; }

# passed N / failed N: what a suite adds to the sum.
passed() { echo "$1 0" >>"$results"; }
failed() { echo "0 $1" >>"$results"; }

build() {  # PRESET [ARGUMENT OF THE BUILD...]
  local options=()
  [ "$1" != release ] || options=("-DSHMX_AGENT_UNIT_TESTS=$full")
  cmake --preset "$1" "${options[@]}" >"build/$1.log" || { tail -n 40 "build/$1.log"; return 1; }
  nice cmake --build --preset "$1" -j "$jobs" "${@:2}"
}

run_tests() {  # PRESET [ARGUMENT OF CTEST...]
  local junit=$PWD/build/$1.xml under=("${not_randomized[@]}")
  [ "$1" != release ] || under=()
  rm -f "$junit"
  # More than there are processors: the longest tests mostly wait, for an agent or for Prometheus.
  "${under[@]}" ctest --test-dir "build/$1" --output-on-failure -j $((2 * jobs)) \
    --output-junit "$junit" "${@:2}" || true
  local all good
  all=$(grep -c '<testcase ' "$junit") || true
  good=$(grep -c '<testcase .*status="run"' "$junit") || true  # not "fail", "notrun", "disabled"
  [ "${all:-0}" -gt 0 ] || { echo "$1: no tests"; return 1; }
  passed "$good"
  [ "$good" -eq "$all" ] || failed $((all - good))
}

suite_format() {
  sources | xargs -0 clang-format-14 --dry-run -Werror
  passed 1
}

suite_release() {
  build release
  local chosen=(-LE '^full$')
  [ "$full" = no ] || chosen=()
  run_tests release "${chosen[@]}"
}

suite_tidy() {
  build release  # clang-tidy wants the generated headers
  local files=-
  if [ "$full" = no ]; then
    files=build/tidy.files
    recently_changed | grep -Fxf <(compiled) | sed -n "1,${tidy_files}p" >"$files"
  fi
  nice python3 -B tests/tidy.py . build/release "${SHMX_TIDY_CACHE:-build/tidy}" "$jobs" "$files"
  passed 1
}

# What the release build compiles.
compiled() { sed -n "s|.*\"file\": \"$PWD/\(.*\)\".*|\1|p" build/release/compile_commands.json; }

# Files, the most recently changed first: what is not committed, then commit by commit.
recently_changed() {
  { git diff --name-only HEAD; git ls-files --others --exclude-standard; git log --name-only --format=; } |
    awk '!seen[$0]++'
}

suite_asan() {
  build asan
  local chosen=(-LE '^e2e$')
  [ "$full" = no ] || chosen=()
  run_tests asan "${chosen[@]}"
}

suite_tsan() {
  build tsan
  run_tests tsan
}

# A fuzz target is built by the target `fuzzers` and is a test, bounded in time, with the label fuzz.
suite_fuzz() {
  build fuzz --target fuzzers
  run_tests fuzz -L '^fuzz$'
}

# One hash over all sources as they are on disk: the key of what --full need not repeat.
tree_hash() {
  git ls-files -z --cached --others --exclude-standard | { xargs -0 sha256sum 2>/dev/null || true; } |
    sha256sum | cut -d' ' -f1
}

run_suite() {  # SUITE
  local began=$SECONDS done_file=build/full/$1.done
  results=build/results/$1
  if [ "$full" = yes ] && [ "$(head -n 1 "$done_file" 2>/dev/null)" = "$tree" ]; then
    tail -n +2 "$done_file" >"$results"
    echo "== $1: passed on this tree before"
    return
  fi
  : >"$results"
  echo "== $1"
  set +e
  (set -e; "suite_$1") {lock}>&-
  local status=$?
  set -e
  [ "$status" -eq 0 ] || { failed 1; echo "$1: stopped early"; }
  echo "== $1: $(count "$results"), $((SECONDS - began)) s"
  if [ "$full" = yes ] && ! grep -qv ' 0$' "$results"; then
    { echo "$tree"; cat "$results"; } >"$done_file"
  fi
}

count() { cat "$@" | awk '{p += $1; f += $2} END {printf "%d passed, %d failed", p, f}'; }

full=no
chosen=()
for argument in "$@"; do
  if [ "$argument" = --full ]; then
    full=yes
  elif declare -F "suite_$argument" >/dev/null; then
    chosen+=("$argument")
  else
    echo "usage: tests/run.sh [--full] [$(IFS='|'; echo "${suites[*]}")]..." >&2
    exit 2
  fi
done
[ "${#chosen[@]}" -gt 0 ] || chosen=("${suites[@]}")
[ "$full" = no ] || export SHMX_FULL=1  # More lives, longer fuzzing: the tests ask for it.

tests/install.sh
mkdir -p build/full build/results
# Two runs in one build/ would break each other. What a suite starts does not keep the lock.
exec {lock}>build/lock
flock --nonblock "$lock" || { echo "another tests/run.sh runs in $PWD" >&2; exit 1; }
rm -f build/results/*
tree=$(tree_hash)
for suite in "${chosen[@]}"; do
  run_suite "$suite"
done

echo
for suite in "${chosen[@]}"; do
  echo "$suite: $(count "build/results/$suite")"
done
total=$(count build/results/*)
echo "$total"
[[ $total == *" 0 failed" && $total != "0 passed"* ]]
