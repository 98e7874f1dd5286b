"""The agent over HTTP: whole scrapes, requests per second beside prometheus-cpp's Exposer, memory."""
import os
import re
import statistics
import subprocess
import tempfile
import time

from agent import OPENMETRICS, cpu_ns, running_agent

SCRAPES = 31
JOBS, SERIES = 10, 500
WRK_SECONDS = 5
WRK_CONNECTIONS = 8
WARM_UP_SCRAPES = 500
AUDITED_ROUNDS = 11
AUDITED_SCRAPES = 20


def whole_scrapes(build):
    """Read, aggregate, render and send 1,000 processes of 200 series, as one job: seconds. Of processes of
    four threads, and of one, as Python's workers are: their files hold as many numbers then as ours."""
    results = {}
    for suffix, threads in (("", 4), ("_one_thread", 1)):
        cpu, wall = [], []
        with running_agent(build, 1000, threads=threads) as agent:
            for _ in range(SCRAPES):
                agent.count_everywhere()
                cpu_before, before = cpu_ns(agent.pid), time.monotonic()
                agent.scrape()
                wall.append(time.monotonic() - before)
                cpu.append((cpu_ns(agent.pid) - cpu_before) * 1e-9)
            results[f"agent.rss_bytes_1000x200{suffix}"] = agent.resident_bytes()
        results[f"agent.scrape_http_cpu_seconds_1000{suffix}"] = statistics.median(cpu)
        results[f"agent.scrape_http_seconds_1000{suffix}"] = statistics.median(wall)
    return results


def wrk(address, *headers):
    """Requests per second and the 99th percentile in seconds."""
    command = ["wrk", "-t1", f"-c{WRK_CONNECTIONS}", f"-d{WRK_SECONDS}s", "--latency"]
    for header in headers:
        command += ["-H", header]
    out = subprocess.run([*command, f"http://{address}/metrics"], check=True, text=True,
                         stdout=subprocess.PIPE).stdout
    # The Exposer closes each connection, which wrk counts as a read error although it got the page.
    assert "Non-2xx" not in out and not re.search(r"(connect|write|timeout) [1-9]", out), out
    number, unit = re.search(r"99%\s+([0-9.]+)(us|ms|s|m)\n", out).groups()
    p99 = float(number) * {"us": 1e-6, "ms": 1e-3, "s": 1, "m": 60}[unit]
    return float(re.search(r"Requests/sec:\s+([0-9.]+)", out)[1]), p99


def requests(build):
    """The same families from both, as Prometheus asks for them (gzip), and plain."""
    results = {}
    exposer = subprocess.Popen([os.path.join(build, "bench/exposer"), str(JOBS), str(SERIES)],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        peer = exposer.stdout.readline().strip()
        with running_agent(build, 1, SERIES, JOBS) as agent:
            for suffix, headers in (("", ("Accept-Encoding: gzip",)), ("_plain", ())):
                ours, ours_p99 = wrk(agent.address, *headers)
                theirs, theirs_p99 = wrk(peer, *headers)
                results.update({f"agent.http_rps{suffix}": ours, f"agent.http_p99_seconds{suffix}": ours_p99,
                                f"peer.exposer_rps{suffix}": theirs,
                                f"peer.exposer_p99_seconds{suffix}": theirs_p99,
                                f"agent.http_rps_ratio_vs_exposer{suffix}": ours / theirs})
    finally:
        exposer.stdin.close()
        exposer.wait()
    return results


def audited(build):
    """What a record and a digest of each page cost: CPU of scrapes with an audit log, by CPU without."""
    seconds = {}
    with tempfile.TemporaryDirectory() as directory:
        key, config = os.path.join(directory, "key"), os.path.join(directory, "shm_exporter.yml")
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", key], check=True)
        with open(config, "w", encoding="utf-8") as file:
            file.write(f"audit: {{directory: {directory}/audit, key: {key}}}\n")
        with running_agent(build, 100, SERIES, JOBS) as plain, \
                running_agent(build, 100, SERIES, JOBS, options=("--config.file", config)) as audits:
            # In turns, so that whatever else the machine does is shared.
            for agent in (plain, audits) * AUDITED_ROUNDS:
                before = cpu_ns(agent.pid)
                for _ in range(AUDITED_SCRAPES):
                    agent.scrape(Accept_Encoding="gzip")
                seconds.setdefault(agent, []).append((cpu_ns(agent.pid) - before) * 1e-9)
            ratio = statistics.median(seconds[audits]) / statistics.median(seconds[plain])
    return {"audit.scrape_overhead_ratio": ratio}


def memory(build):
    """What an aggregated series takes, and what many scrapes leave behind."""
    with running_agent(build, 0) as agent:
        for _ in range(10):
            agent.scrape(Accept_Encoding="gzip")
        empty = agent.resident_bytes()
    scrapes = 100_000 if os.environ.get("SHMX_FULL") == "1" else 10_000
    with running_agent(build, 1, SERIES, JOBS) as agent:
        for _ in range(10):
            agent.scrape(Accept_Encoding="gzip")
        per_series = (agent.resident_bytes() - empty) / (JOBS * SERIES)

        def scrape_all(count):
            for number in range(count):
                agent.scrape(**[{}, {"Accept_Encoding": "gzip"},
                                {"Accept": OPENMETRICS, "Accept_Encoding": "gzip"}][number % 3])

        scrape_all(WARM_UP_SCRAPES)
        before = agent.resident_bytes()
        scrape_all(scrapes)
        growth = agent.resident_bytes() - before
    return {"agent.bytes_per_series": per_series, "agent.rss_growth_bytes": growth}
