#!/usr/bin/env python3
"""Instructions that an interceptor adds to an in-process unary RPC, by callgrind.

    rpc_instructions.py RPC_SUBJECT WORK_DIR

Each kind runs at two lengths; their difference divided by the difference of the lengths is what one
RPC costs, start-up taken out. Prints a JSON object of what is added over an interceptor that only
proceeds. The heap's layout and gRPC's own threads move a run by some hundred instructions, so each
figure is the median over several layouts.
"""
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile

SHORT, LONG = 500, 2500
HEAP_BLOCKS = (0, 1, 10, 100, 1000)


def instructions(subject, work, kind, count, blocks):
    with tempfile.TemporaryDirectory(dir=work) as segments:
        out = os.path.join(segments, "callgrind.out")
        run = subprocess.run(
            ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", subject, kind, str(count),
             str(blocks)],
            env=dict(os.environ, SHM_EXPORTER_DIR=segments),
            stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, check=True)
    return int(re.search(r"Collected : (\d+)", run.stderr).group(1))


def per_rpc(subject, work, kind):
    costs = []
    for blocks in HEAP_BLOCKS:
        short = instructions(subject, work, kind, SHORT, blocks)
        long = instructions(subject, work, kind, LONG, blocks)
        costs.append((long - short) / (LONG - SHORT))
    return statistics.median(costs)


def main():
    subject, work = sys.argv[1:]
    cost = {kind: per_rpc(subject, work, kind)
            for kind in ("server_noop", "server_ours", "server_peer", "client_noop", "client_ours")}
    json.dump({
        "shim.server_unary_added_instructions": cost["server_ours"] - cost["server_noop"],
        "shim.client_unary_added_instructions": cost["client_ours"] - cost["client_noop"],
        "shim.server_unary_added_instructions_prometheus_cpp":
            cost["server_peer"] - cost["server_noop"],
        "shim.server_unary_noop_instructions": cost["server_noop"],
    }, sys.stdout)


main()
