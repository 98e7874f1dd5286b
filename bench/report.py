#!/usr/bin/env python3
"""Runs the benches, joins their numbers into one flat JSON object and prints the ratios.

    report.py BUILD_DIR WORK_DIR OUT_FILE

Machines are noisy: times are medians of five repetitions, and what is aimed at are ratios of two
numbers of one run.
"""
import json
import os
import subprocess
import sys
import tempfile
import time

import http_bench
import otlp_bench
from agent import cpu_ns, running_agent

HERE = os.path.dirname(os.path.abspath(__file__))
IDLE_SECONDS = 20
IDLE_SEGMENTS = 200

# Exported by 1,000 processes of 150 counters and 50 histograms of 12 buckets, sum and count.
CELLS_1000X200 = 1000 * (150 + 50 * 14)

# key, how it compares to the aim, the aim
AIMS = [
    ("shim.server_unary_added_instructions", "<=", 600),
    ("shim.client_unary_added_instructions", "<=", 600),
    ("cells.counter_ns_1t", "<=", 1.5),
    ("cells.counter_ns_2t", "<=", 1.5),
    ("cells.histogram_ns_1t", "<=", 6),
    ("cells.histogram_ns_2t", "<=", 6),
    ("cells.native_histogram_ratio_vs_classic_1t", "<=", 2),
    ("cells.native_histogram_ratio_vs_classic_2t", "<=", 2),
    ("agent.scrape_ratio_vs_python", ">=", 200),
    ("agent.scrape_http_ratio_vs_python", ">=", 300),
    ("agent.scrape_http_ratio_vs_python_one_thread", ">=", 300),
    ("agent.http_rps_ratio_vs_exposer", ">=", 5),
    ("agent.gzip_scrape_ratio_vs_zlib6", ">=", 5),
    ("agent.rss_growth_bytes", "<=", 1 << 20),
    ("agent.scrape_cost_ratio_1000_to_100", "<=", 12),
    ("agent.render_ratio_vs_text_serializer", ">=", 25),
    ("agent.protobuf_ratio_vs_objects", ">=", 5),
    ("otlp.encode_ratio_vs_objects", ">=", 5),
    ("agent.scrape_cpu_ratio_during_churn", "<=", 2),
    ("audit.scrape_overhead_ratio", "<=", 1.05),
    ("agent.idle_cpu_percent", "<=", 0.1),
    ("python.server_ratio_vs_peer", ">=", 3),
    ("python.counter_ratio_vs_multiprocess", ">=", 5),
]


def run(*command, **environment):
    return subprocess.run(command, env=dict(os.environ, **environment), check=True, text=True,
                          stdout=subprocess.PIPE).stdout


def google_benchmark(binary, work):
    """The medians of five repetitions, by benchmark name."""
    with tempfile.TemporaryDirectory(dir=work) as segments:
        out = os.path.join(segments, "out.json")
        run(binary, "--benchmark_repetitions=5", "--benchmark_min_time=0.2",
            f"--benchmark_out={out}", "--benchmark_out_format=json", SHM_EXPORTER_DIR=segments)
        with open(out, encoding="utf-8") as file:
            rows = json.load(file)["benchmarks"]
    return {row["run_name"]: row for row in rows if row.get("aggregate_name") == "median"}


def cells(build, work):
    rows = google_benchmark(os.path.join(build, "bench/cells_bench"), work)
    names = {"counter_ours": "cells.counter_ns", "histogram_ours": "cells.histogram_ns",
             "native_histogram_ours": "cells.native_histogram_ns",
             "histogram_both_ours": "cells.histogram_both_ns",
             "histogram_double_ours": "cells.histogram_double_ns",
             "counter_peer": "peer.counter_ns", "histogram_peer": "peer.histogram_ns"}
    # CPU time per operation and thread: with two threads, wall time is divided by both.
    results = {f"{key}_{threads}t": rows[f"{name}/threads:{threads}"]["cpu_time"]
               for name, key in names.items() for threads in (1, 2)}
    for threads in ("1t", "2t"):
        results[f"cells.native_histogram_ratio_vs_classic_{threads}"] = (
            results[f"cells.native_histogram_ns_{threads}"] / results[f"cells.histogram_ns_{threads}"])
    return results


def render(build, work):
    rows = google_benchmark(os.path.join(build, "bench/render_bench"), work)
    ours = rows["render_ours"]["lines_per_second"]
    peer = rows["render_peer"]["lines_per_second"]
    protobuf = rows["render_protobuf"]["metrics_per_second"]
    objects = rows["render_protobuf_objects"]["metrics_per_second"]
    return {"agent.render_lines_per_second": ours, "peer.text_serializer_lines_per_second": peer,
            "agent.render_ratio_vs_text_serializer": ours / peer,
            "agent.openmetrics_lines_per_second": rows["render_openmetrics"]["lines_per_second"],
            "agent.protobuf_metrics_per_second": protobuf,
            "peer.protobuf_objects_metrics_per_second": objects,
            "agent.protobuf_ratio_vs_objects": protobuf / objects}


def otlp(build, work):
    rows = google_benchmark(os.path.join(build, "bench/otlp_bench"), work)
    ours = rows["encode_ours"]["points_per_second"]
    objects = rows["encode_objects"]["points_per_second"]
    return {"otlp.encoded_points_per_second": ours, "peer.otlp_objects_points_per_second": objects,
            "otlp.encode_ratio_vs_objects": ours / objects, **otlp_bench.pushes(build)}


def audit(build, work):
    rows = google_benchmark(os.path.join(build, "bench/audit_bench"), work)
    return {"audit.records_per_second": rows["records/real_time"]["records_per_second"],
            "audit.record_to_file_us": rows["one_record/real_time"]["real_time"] / 1e3,
            "audit.sha256_100kb_us": rows["hash_page"]["cpu_time"] / 1e3}


def scrape(build, work):
    with tempfile.TemporaryDirectory(dir="/dev/shm") as segments:
        numbers = json.loads(run(os.path.join(build, "bench/scrape_bench"), segments))
    with tempfile.TemporaryDirectory(dir="/dev/shm") as host:
        numbers.update(json.loads(run(os.path.join(build, "bench/churn_bench"), host)))
    with tempfile.TemporaryDirectory(dir=work) as files:
        peer = float(run("/usr/bin/python3", os.path.join(HERE, "python_multiprocess.py"), files))
    numbers["peer.python_multiprocess_cells_per_second"] = peer
    numbers["agent.scrape_ratio_vs_python"] = numbers["agent.scrape_cells_per_second"] / peer
    return numbers


def rpc(build, work):
    return json.loads(run("/usr/bin/python3", os.path.join(HERE, "rpc_instructions.py"),
                          os.path.join(build, "bench/rpc_subject"), work))


def python(build):
    """Interceptors and counters of Python services, with the package as it is built."""
    package = {"PYTHONPATH": os.path.abspath(os.path.join(build, "shim/python"))}
    results = {}
    for bench in ("rpc_cost.py", "counter_cost.py"):
        with tempfile.TemporaryDirectory(dir="/dev/shm") as work:
            results.update(json.loads(run("/usr/bin/python3", "-B", os.path.join(HERE, "python", bench), work,
                                          **package)))
    return results


def gzip(build):
    with tempfile.TemporaryDirectory(dir="/dev/shm") as segments:
        return json.loads(run(os.path.join(build, "bench/gzip_bench"), segments))


def idle(build):
    with running_agent(build, IDLE_SEGMENTS) as agent:
        before = cpu_ns(agent.pid)
        start = time.monotonic()
        time.sleep(IDLE_SECONDS)
        percent = (cpu_ns(agent.pid) - before) / ((time.monotonic() - start) * 1e9) * 100
    return {"agent.idle_cpu_percent": percent}


def http(build, cells_per_second):
    """`cells_per_second`: the Python collector's, which reads, merges and renders, without HTTP."""
    numbers = http_bench.whole_scrapes(build)
    for suffix in ("", "_one_thread"):
        ours = CELLS_1000X200 / numbers[f"agent.scrape_http_cpu_seconds_1000{suffix}"]
        numbers[f"agent.scrape_http_ratio_vs_python{suffix}"] = ours / cells_per_second
    numbers.update(http_bench.requests(build))
    numbers.update(http_bench.audited(build))
    numbers.update(http_bench.memory(build))
    return numbers


def main():
    build, work, out = sys.argv[1:]
    results = {}
    for name, part in (("cells", lambda: cells(build, work)), ("render", lambda: render(build, work)),
                       ("otlp", lambda: otlp(build, work)), ("audit", lambda: audit(build, work)),
                       ("scrape", lambda: scrape(build, work)), ("idle", lambda: idle(build)),
                       ("gzip", lambda: gzip(build)), ("python", lambda: python(build)),
                       ("http", lambda: http(build, results["peer.python_multiprocess_cells_per_second"])),
                       ("rpc", lambda: rpc(build, work))):
        print(f"running {name} ...", file=sys.stderr, flush=True)
        results.update(part())
    with open(out, "w", encoding="utf-8") as file:
        json.dump(results, file, indent=2, sort_keys=True)
        file.write("\n")
    for key in sorted(results):
        print(f"{key:60} {results[key]:16.6g}")
    print()
    for key, relation, aim in AIMS:
        met = results[key] <= aim if relation == "<=" else results[key] >= aim
        print(f"{key:60} {results[key]:12.4g}   aim {relation} {aim}   {'met' if met else 'MISSED'}")


if __name__ == "__main__":
    main()
