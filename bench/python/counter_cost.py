#!/usr/bin/env python3
"""What one increment of a counter costs, ours beside prometheus_client's.

    counter_cost.py WORK_DIRECTORY

A counter of one label whose child is kept, as a service does that counts often. prometheus_client decides
when it is imported whether it is in its multiprocess mode, so each kind is a process of its own; they are
run in turn, and medians are taken. Prints a JSON object of nanoseconds of CPU time.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

INCREMENTS, ROUNDS = 200_000, 7
# The variable that says where its files are.
KINDS = {"python.counter_ns": ("SHM_EXPORTER_DIR",), "peer.python_counter_ns": (),
         "peer.python_counter_multiprocess_ns": ("PROMETHEUS_MULTIPROC_DIR",)}


def increments_of(kind):
    """In a process of that kind."""
    if kind == "python.counter_ns":
        from shm_exporter.metrics import Counter
    else:
        from prometheus_client import Counter
    increment = Counter("bench_orders_total", "Orders.", ("kind",)).labels("retail").inc
    increment()
    start = time.process_time()
    for _ in range(INCREMENTS):
        increment()
    return (time.process_time() - start) / INCREMENTS * 1e9


def main(work):
    rounds = {kind: [] for kind in KINDS}
    for _ in range(ROUNDS):
        for kind, variables in KINDS.items():
            with tempfile.TemporaryDirectory(dir=work) as directory:
                environment = {**os.environ, **{name: directory for name in variables}}
                output = subprocess.run([sys.executable, "-B", __file__, "--kind", kind], env=environment,
                                        check=True, stdout=subprocess.PIPE, text=True).stdout
                rounds[kind].append(float(output))
    results = {kind: statistics.median(costs) for kind, costs in rounds.items()}
    ours = results["python.counter_ns"]
    json.dump({**results, "python.counter_ratio_vs_peer": results["peer.python_counter_ns"] / ours,
               "python.counter_ratio_vs_multiprocess": results["peer.python_counter_multiprocess_ns"] / ours},
              sys.stdout)


if sys.argv[1] == "--kind":
    print(increments_of(sys.argv[2]))
else:
    main(sys.argv[1])
