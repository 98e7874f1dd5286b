"""A fleet under one real Prometheus with file discovery: 50 agents on addresses of their own, jobs spread
over them, sums over all of them that are right also while agents restart; and what an agent costs."""

import collections
import contextlib
import json
import os
import pathlib
import socket

import e2e
import monitoring_files as files
from harness import Agent, Host, eventually
from prometheus_server import Prometheus
from writer import Writer

NODES = 50
JOBS = ("orders", "inventory", "search", "billing", "mail")
JOBS_PER_NODE = 2
# Of the nodes so many at once are restarted, so often.
ROUNDS = 30 if "SHMX_FULL" in os.environ else 3
AT_ONCE = 5
FAMILY = "steps_total"
STEPS = 1000

# Nobody else is at these addresses: what is free stays free while its agent restarts.
ADDRESS = "127.0.1.{}"


def free_port(address):
    with socket.socket() as probe:
        probe.bind((address, 0))
        return probe.getsockname()[1]


class Node:
    """A host of the fleet: an agent at an address that it keeps, and the processes that count there."""

    def __init__(self, host, number):
        self._host = host
        address = ADDRESS.format(number + 1)
        self.target = f"{address}:{free_port(address)}"
        self.directory = host.directory / f"node-{number}"
        self._segments = self.directory / "segments"
        self._segments.mkdir(parents=True)
        self.jobs = [JOBS[(number + i) % len(JOBS)] for i in range(JOBS_PER_NODE)]
        self.agent = None
        self.writers = {}
        self._starts = 0

    def launch(self):
        """agent.wait_until_listening() is the caller's."""
        self._starts += 1
        self.agent = self._host.keep(
            Agent(self._host.programs.agent, self._segments, self.directory / "state",
                  self.directory / f"agent-{self._starts}.log", listen=self.target))

    def start_process(self, stack, job):
        """A process of the job, which the node has none of."""
        self.writers[job] = stack.enter_context(Writer(self._host, job, directory=self._segments))
        self.writers[job].do(f"counter c {FAMILY}")

    def count(self, job, steps):
        self.writers[job].do(f"add c {steps}")


class Fleet:
    """Its nodes, and how far each job has counted: the truth, and what of it agents can have shown."""

    def __init__(self, host, stack):
        self._stack = stack
        self.truth = collections.Counter()
        self.shown = collections.Counter()
        self.nodes = [Node(host, number) for number in range(NODES)]
        for node in self.nodes:
            node.launch()
        for node in self.nodes:
            node.agent.wait_until_listening()
            for job in node.jobs:
                node.start_process(stack, job)
        self.count()

    def count(self):
        """Every process does its steps, each node's as many as no other's."""
        for number, node in enumerate(self.nodes):
            for job in node.jobs:
                node.count(job, STEPS + number)
                self.truth[job] += STEPS + number
                if not node.agent.ended:
                    self.shown[job] += STEPS + number

    def end_agents(self, nodes, abruptly):
        """All processes go on."""
        for node in nodes:
            node.agent.kill() if abruptly else node.agent.stop()
        self.count()

    def start_agents(self, nodes):
        """Before, one process of each of these nodes ends and is replaced."""
        for node in nodes:
            job = node.jobs[0]
            node.writers[job].end()
            node.start_process(self._stack, job)
        self.count()
        for node in nodes:
            node.launch()
        for node in nodes:
            node.agent.wait_until_listening()
        self.shown = self.truth.copy()

    def targets(self):
        """As file discovery has them."""
        return json.dumps([{"targets": [node.target for node in self.nodes]}])


class Sums:
    """What Prometheus says of the whole fleet."""

    def __init__(self, prometheus):
        self._prometheus = prometheus
        self.seen = []  # what was shown meanwhile, hosts that were away by their last values

    def by_job(self, expression):
        return {dict(labels)["job"]: int(number) for (_, labels), number in
                self._prometheus.query(f"sum by (job) ({expression})").items()}

    def expect(self, counted, up):
        """Raises AssertionError unless so many agents are up and the fleet has counted that."""
        found = self._prometheus.value('sum(up{job="shm_exporter"})')
        self.seen.append(self.by_job(f"last_over_time({FAMILY}[1m])"))
        assert found == up, f"{found} agents are up, not {up}"
        assert self.seen[-1] == dict(counted), f"{self.seen[-1]}, not {dict(counted)}"
        if up == NODES:
            assert self.by_job(FAMILY) == dict(counted)

    def expect_never_lower(self):
        """Neither in what was seen, nor in any series: each fall would be a rate that never was."""
        for job in JOBS:
            counts = [shown[job] for shown in self.seen if job in shown]
            assert counts == sorted(counts), f"{job} fell: {counts}"
        resets = self._prometheus.value(f"sum(resets({FAMILY}[1h]))")
        assert resets == 0, f"{resets} counters fell"


def cost(prometheus):
    """What an agent takes, over those that have not been restarted: of the same scrapes."""
    agents = '{job="shm_exporter"}'
    cpu = f"increase(process_cpu_seconds_total{agents}[1h])"
    scrapes = f"increase(shm_exporter_scrape_duration_seconds_count{agents}[1h])"
    old = f"(resets(process_cpu_seconds_total{agents}[1h]) == 0)"
    return {
        "agents": NODES,
        "processes": NODES * JOBS_PER_NODE,
        "resident_memory_bytes_mean": prometheus.value(f"avg(process_resident_memory_bytes{agents})"),
        "resident_memory_bytes_max": prometheus.value(f"max(process_resident_memory_bytes{agents})"),
        "cpu_seconds_per_scrape": prometheus.value(
            f"sum({cpu} and on (instance) {old}) / sum({scrapes} and on (instance) {old})"),
        "page_bytes": prometheus.value(f"avg(shm_exporter_page_size_bytes{agents})"),
        "samples_per_scrape": prometheus.value(f"avg(scrape_samples_scraped{agents})"),
    }


class FleetTest(e2e.Case):

    def test_sums_over_fifty_agents_are_right_also_while_agents_restart(self):
        with contextlib.ExitStack() as stack:
            host = stack.enter_context(Host(self.programs))
            fleet = Fleet(host, stack)
            (host.directory / "targets.yml").write_text(fleet.targets(), encoding="utf-8")
            prometheus = Prometheus(
                host, None, config=files.scrape_example("fleet.yml", credentials=host.directory))
            sums = Sums(prometheus)
            eventually(lambda: sums.expect(fleet.truth, up=NODES))
            self.assertEqual(sum(sums.by_job("shm_exporter_job_processes").values()),
                             NODES * JOBS_PER_NODE)
            for number in range(ROUNDS):
                first = number * AT_ONCE % (NODES - AT_ONCE)  # The last are left for cost().
                nodes = fleet.nodes[first:first + AT_ONCE]
                fleet.end_agents(nodes, abruptly=number % 2 == 1)
                eventually(lambda: sums.expect(fleet.shown, up=NODES - AT_ONCE))
                fleet.start_agents(nodes)
                eventually(lambda: sums.expect(fleet.truth, up=NODES))
            sums.expect_never_lower()
            self.tell(cost(prometheus))

    def tell(self, found):
        text = json.dumps(found, indent=2)
        print(text)
        build = pathlib.Path(self.programs.agent).resolve().parents[1]
        (build / "fleet.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    e2e.main()
