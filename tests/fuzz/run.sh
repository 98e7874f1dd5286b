#!/usr/bin/env bash
# Runs one fuzz target for a bounded time on a corpus that is written anew, and keeps what it found.
#
#   run.sh clean|crash TARGET WRITE_CORPUS OUTPUT_DIRECTORY
#
# clean: fails when the target crashes, hangs or leaks. crash: fails when it does not crash, or not
# in the way that its bug makes it. 10 s, or 60 s with SHMX_FULL=1; SHMX_FUZZ_SECONDS says otherwise.
set -euo pipefail
expectation=$1 target=$2 write_corpus=$3 output=$4

seconds=10
[ "${SHMX_FULL:-}" != 1 ] || seconds=60
seconds=${SHMX_FUZZ_SECONDS:-$seconds}

rm -rf "$output"
mkdir -p "$output/seeds" "$output/found" "$output/new"
"$write_corpus" "$output/seeds"

log=$output/log
status=0
# One input takes well below a millisecond: one that takes seconds is a hang. 40 KiB: kMaxInputBytes.
"$target" -max_total_time="$seconds" -max_len=40960 -timeout=10 -rss_limit_mb=1024 \
  -print_final_stats=1 -artifact_prefix="$output/found/" \
  "$output/new" "$output/seeds" >"$log" 2>&1 || status=$?
tail -n 30 "$log"

executed=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
case $expectation in
  clean)
    [ "$status" -eq 0 ] || { echo "$target found something: see $output/found"; exit 1; }
    # So few would mean that hardly anything was tried.
    [ "${executed:-0}" -ge 1000 ] || { echo "only ${executed:-0} executions"; exit 1; }
    ;;
  crash)
    [ "$status" -ne 0 ] || { echo "$target did not crash within $seconds s"; exit 1; }
    grep -q 'SUMMARY: AddressSanitizer: .* in believe' "$log" ||
      { echo "$target crashed for another reason"; exit 1; }
    ;;
esac
