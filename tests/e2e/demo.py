"""What agent/demo.sh shows, once everything is built: an agent on a private directory, three service
processes of two services, a load, one scrape with all of them, and whether it adds up.

demo.py --bin DIR [--check]"""

import argparse
import os
import signal
import sys

from harness import Host, Programs, eventually, samples
from prometheus_server import CONFIG
from truth import CODES, differences, expect_equal, expected

SERVICES = ["orders", "orders", "inventory"]
CALLS = 1200

# What goes on while it is looked at: enough for rate() to show something, too little to be felt.
GENTLE_CALLS_PER_SECOND = 20

# The families that are printed.
SHOWN = tuple(start + name for start in ("", "# HELP ", "# TYPE ")
              for name in ("grpc_server_started_total", "grpc_server_handled_total",
                           "grpc_client_handled_total", "shop_units_ordered_total",
                           "shm_exporter_job_processes"))


def say(text=""):
    print(text, flush=True)


def heading(text):
    say(f"\n== {text}")


def show_page(page):
    """The page, but for what would fill screens."""
    lines = page.splitlines()
    shown = [line for line in lines if line.startswith(SHOWN)]
    say("\n".join(shown))
    say(f"... and {len(lines) - len(shown)} more lines: messages, histograms, the agent's own metrics.")


def show_sums(services, truth, page):
    """One line per method and outcome: each process' calls by the client's count, their sum, what the
    scrape says."""
    columns = [f"{service.name} {service.pid}" for service in services]
    say(f"{'method':26}{'code':16}" + "".join(f"{column:>18}" for column in columns)
        + f"{'sum':>8}{'scraped':>9}")
    rows = {}
    for call in truth["calls"]:
        key = (call["job"], call["type"], call["service"], call["method"], CODES[call["code"]])
        rows.setdefault(key, {})[call["target"]] = call["calls"]
    for (job, kind, service, method, code), calls in sorted(rows.items()):
        labels = {"job": job, "grpc_type": kind, "grpc_service": service, "grpc_method": method,
                  "grpc_code": code}
        scraped = page.get(("grpc_server_handled_total", tuple(sorted(labels.items()))), 0)
        cells = "".join(f"{calls.get(s.address, '' if s.name != job else 0):>18}" for s in services)
        say(f"{service + '/' + method:26}{code:16}{cells}{sum(calls.values()):>8}{scraped:>9g}")


def show_how_to_scrape(agent):
    say("Point Prometheus at it. honor_labels keeps the label job, which names the service; without it\n"
        "Prometheus would put its own in that place:\n")
    say(CONFIG.format(address=agent.address))
    say(f"Or look for yourself:  curl {agent.url}")


def settled(agent, right):
    """The first page with everything that the load did; after a deadline the last one, as it is. A server
    counts a call before its client has seen the end, but a stream's last steps may come after."""
    try:
        eventually(lambda: expect_equal(right, agent.scrape()), deadline_s=10)
    except AssertionError:
        pass
    return agent.page()


def run(host, check):
    """Returns the exit status."""
    heading(f"The agent and {len(SERVICES)} services, on {host.directory}")
    agent = host.start_agent()
    say(f"shm_exporter, process {agent.pid}: {agent.url}")
    services = [host.start_service(name) for name in SERVICES]
    for service in services:
        say(f"{service.name}, process {service.pid}: gRPC on {service.address}, no HTTP")

    heading(f"{CALLS} calls: unary and all streaming kinds, every fifth one failing")
    truth = host.start_load(services, CALLS).result()
    right = expected(truth)

    heading("One scrape of the one agent: all processes, the client's included, which has ended")
    text = settled(agent, right)
    page = samples(text)
    show_page(text)

    heading("It adds up: calls per process as the client counted them, and grpc_server_handled_total")
    show_sums(services, truth, page)
    wrong = differences(right, page)
    say(f"{len(right)} samples held against the client's own count: "
        + ("all equal." if not wrong else f"{len(wrong)} differ:"))
    for line in wrong:
        say(line)

    heading("Prometheus")
    show_how_to_scrape(agent)
    if check or wrong:
        return 1 if wrong else 0
    host.start_load(services, 0, GENTLE_CALLS_PER_SECOND)
    say(f"{GENTLE_CALLS_PER_SECOND} calls a second go on. Ctrl-C stops and removes everything.")
    wait_for_ctrl_c()
    return 0


STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def interrupt(*_):
    """The first signal begins the cleaning up; no other disturbs it."""
    for number in STOP_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def wait_for_ctrl_c():
    try:
        while True:
            signal.pause()
    except KeyboardInterrupt:
        say()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True, help="where the programs are")
    parser.add_argument("--check", action="store_true", help="exit after the sums: 0 if they are right")
    arguments = parser.parse_args()
    for number in STOP_SIGNALS:
        signal.signal(number, interrupt)
    programs = Programs(*(os.path.join(arguments.bin, name)
                          for name in ("shm_exporter", "demo_service", "demo_client")))
    try:
        with Host(programs, "shm-exporter-demo.") as host:
            return run(host, arguments.check)
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


if __name__ == "__main__":
    sys.exit(main())
