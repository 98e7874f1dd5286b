"""The push over OTLP: points per second that reach a receiver, and the agent's CPU for them."""
import json
import os
import re
import subprocess
import time

from agent import cpu_ns, running_agent

JOBS, SERIES = 20, 1000
PUSHES = 10


def pushed(agent):
    """(pushes, points, seconds) so far; a push that failed would spoil all of them."""
    page = agent.scrape().decode()

    def number(sample):
        return float(re.search(rf"^{re.escape(sample)} (\S+)$", page, re.MULTILINE)[1])

    for outcome in ("failed", "refused"):
        assert number(f'shm_exporter_otlp_pushes_total{{outcome="{outcome}"}}') == 0
    return (number('shm_exporter_otlp_pushes_total{outcome="accepted"}'),
            number("shm_exporter_otlp_points_sent_total"),
            number("shm_exporter_otlp_push_duration_seconds_sum"))


def pushes(build):
    """Collected, encoded and sent until the receiver, which counts them and no more, has answered."""
    results = {}
    for protocol, name in (("http/protobuf", "http"), ("grpc", "grpc")):
        receiver = subprocess.Popen(
            [os.path.join(build, "tests/agent/push/receiver/otlp_receiver"), "--count-only"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            url = json.loads(receiver.stdout.readline())[name].removesuffix("/v1/metrics")
            options = [f"--otlp.endpoint={url}", f"--otlp.protocol={protocol}", "--otlp.interval=2s"]
            with running_agent(build, 1, SERIES, JOBS, options=options) as agent:
                while pushed(agent)[0] < 3:  # The first ones connect, and fill what is kept.
                    time.sleep(0.1)
                (first, points, seconds), cpu = pushed(agent), cpu_ns(agent.pid)
                while pushed(agent)[0] < first + PUSHES:
                    time.sleep(1)
                (_, more_points, more_seconds), more_cpu = pushed(agent), cpu_ns(agent.pid)
        finally:
            receiver.stdin.close()
            receiver.wait()
        points = more_points - points
        results[f"otlp.points_per_second_{name}"] = points / (more_seconds - seconds)
        results[f"otlp.cpu_seconds_per_100000_points_{name}"] = (more_cpu - cpu) * 1e-9 / points * 100_000
    return results
