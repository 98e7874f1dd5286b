#!/usr/bin/env python3
"""The peer for scrapes: prometheus_client's multiprocess collector.

    python_multiprocess.py WORK_DIR [PROCESSES [SERIES]]

Writes the files that PROCESSES workers would have left, SERIES each, a quarter of them histograms of
11 bounds, with the library's own writer, and times collections with their text (CPU time, the median
of five after a first one that is not counted). Prints the exported cells per second (every worker's samples that the collector reads, merges and shows).
"""
import os
import statistics
import sys
import time

WORK = sys.argv[1]
PROCESSES = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
SERIES = int(sys.argv[3]) if len(sys.argv) > 3 else 200
os.environ["PROMETHEUS_MULTIPROC_DIR"] = WORK  # Read by the library when it is imported.

from prometheus_client import CollectorRegistry, generate_latest  # noqa: E402
from prometheus_client.mmap_dict import MmapedDict, mmap_key  # noqa: E402
from prometheus_client.multiprocess import MultiProcessCollector  # noqa: E402

BOUNDS = ["0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1.0", "2.5", "5.0", "10.0", "+Inf"]
LABELS = ("grpc_type", "grpc_service", "grpc_method")


def values(number):
    return ("unary", "shop.v1.Orders", f"Method{number}")


def write_worker(pid):
    histograms = MmapedDict(os.path.join(WORK, f"histogram_{pid}.db"))
    counters = MmapedDict(os.path.join(WORK, f"counter_{pid}.db"))
    for number in range(SERIES):
        if number % 4 == 0:
            name = "grpc_server_handling_seconds"
            for bound in BOUNDS:
                key = mmap_key(name, name + "_bucket", LABELS + ("le",), values(number) + (bound,),
                               "Handling time.")
                histograms.write_value(key, float(pid + number))
            key = mmap_key(name, name + "_sum", LABELS, values(number), "Handling time.")
            histograms.write_value(key, float(pid))
        else:
            name = "grpc_server_started"
            key = mmap_key(name, name + "_total", LABELS, values(number), "Started.")
            counters.write_value(key, float(pid + number))
    histograms.close()
    counters.close()


def main():
    for pid in range(1, PROCESSES + 1):
        write_worker(pid)
    # As ours are counted: a counter is one sample, a histogram 12 buckets, sum and count.
    histograms = (SERIES + 3) // 4
    cells = PROCESSES * (SERIES - histograms + histograms * 14)
    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    seconds = []
    for _ in range(6):
        start = time.process_time()
        page = generate_latest(registry)
        seconds.append(time.process_time() - start)
        assert len(page) > 1000
    print(cells / statistics.median(seconds[1:]))


main()
