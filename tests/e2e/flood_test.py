"""A user who floods the segment directory harms nobody else: the agent stays small, its processor time
bounded, and what others counted is right on every page."""

import os
import pathlib
import sys
import threading
import time

import e2e
import flooder
from harness import Host, Process, eventually, value
from private_tmpfs import tmpfs, unshare_mounts
from truth import expect_equal, expected

CALLS = 200
FILES = 100_000
FOREIGN_FILES = (FILES - flooder.LIVE_SEGMENTS - flooder.DEAD_SEGMENTS - len(flooder.SPARSE_FILES)) // 2

MAX_GROWTH_BYTES = 64 << 20
CHURN_SCRAPES = 100
# What an agent that nobody asks takes of the processor beside the flooder. It follows the events for a
# moment, then it rests.
MAX_CHURN_SHARE = 0.2
MAX_IDLE_CORES = 0.1
INTERVAL_SECONDS = 1

# A sanitizer would keep what the agent has freed.
os.environ["ASAN_OPTIONS"] = f"{os.environ.get('ASAN_OPTIONS', '')}:quarantine_size_mb=1"

FLOODER = pathlib.Path(__file__).with_name("flooder.py")


def anonymous_bytes(process):
    for line in pathlib.Path(f"/proc/{process.pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) << 10
    raise AssertionError("no RssAnon")


def cpu_seconds(process):
    stat = pathlib.Path(f"/proc/{process.pid}/stat").read_text(encoding="ascii")
    fields = stat.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def used_bytes(directory):
    space = os.statvfs(directory)
    return (space.f_blocks - space.f_bfree) * space.f_frsize


class Flood(e2e.Case):

    def start(self, host):
        """An agent, and a service of another user with known counts."""
        host.directory.chmod(0o711)
        host.segments.chmod(0o3733)
        service = host.start_service("orders")
        truth = host.start_load([service], CALLS).result()
        agent = host.start_agent()
        right = expected(truth)
        eventually(lambda: expect_equal(right, agent.scrape()))
        return agent, right

    @staticmethod
    def start_flood(host, *what):
        flood = host.keep(Process([sys.executable, "-B", FLOODER, host.segments, *what],
                                  host.directory / "flooder.log", piped=True))
        assert flood.line() == "begun"
        return flood

    @staticmethod
    def cpu_over_an_interval(*processes):
        before = [cpu_seconds(process) for process in processes]
        threading.Event().wait(INTERVAL_SECONDS)
        return [cpu_seconds(process) - seconds for process, seconds in zip(processes, before)]

    def expect_rest(self, agent, flood):
        def check():
            agents, flooders = self.cpu_over_an_interval(agent, flood)
            self.assertLessEqual(agents, flooders * MAX_CHURN_SHARE)
        eventually(check)

    def expect_idle(self, agent):
        def check():
            seconds, = self.cpu_over_an_interval(agent)
            self.assertLessEqual(seconds, INTERVAL_SECONDS * MAX_IDLE_CORES)
        eventually(check)

    def test_a_hundred_thousand_files_cost_little_and_others_are_served_throughout(self):
        unshare_mounts()
        with Host(self.programs) as host, tmpfs(host.segments, "size=4g,nr_inodes=1m"):
            agent, right = self.start(host)
            memory, began = anonymous_bytes(agent), time.monotonic()
            flood = self.start_flood(host, "fill", FILES)
            done = threading.Thread(target=flood.line)
            done.start()
            while done.is_alive():
                expect_equal(right, agent.scrape())
            used = used_bytes(host.segments)

            def check():
                page = agent.scrape()
                expect_equal(right, page)
                self.assertEqual(value(page, flooder.FAMILY, job=flooder.JOB),
                                 flooder.LIVE_SEGMENTS + flooder.DEAD_SEGMENTS)
                refused = {reason: value(page, "shm_exporter_segments_refused_total", reason=reason)
                           for reason in ("foreign_name", "too_large", "sparse")}
                self.assertEqual(refused, {"foreign_name": FOREIGN_FILES, "too_large": 1, "sparse": 1})
            eventually(check)
            self.assertLessEqual(used_bytes(host.segments), used)
            self.assertEqual([(host.segments / name).stat().st_blocks for name in flooder.SPARSE_FILES],
                             [0, 0])
            self.assertLessEqual(anonymous_bytes(agent) - memory, MAX_GROWTH_BYTES)
            self.assertLessEqual(cpu_seconds(agent), time.monotonic() - began)
            self.expect_idle(agent)

            flood.kill()
            eventually(lambda: self.assertEqual(
                value(agent.scrape(), "shm_exporter_job_processes_ended_total", job=flooder.JOB),
                flooder.LIVE_SEGMENTS + flooder.DEAD_SEGMENTS))
            check()

    def test_files_that_come_and_go_as_fast_as_they_can_are_not_followed_for_long(self):
        unshare_mounts()
        with Host(self.programs) as host, tmpfs(host.segments):
            agent, right = self.start(host)
            memory = anonymous_bytes(agent)
            flood = self.start_flood(host, "churn")
            for _ in range(CHURN_SCRAPES):
                expect_equal(right, agent.scrape())
            newcomer = host.start_service("inventory")
            truth = host.start_load([newcomer], CALLS).result()
            right.update(expected(truth))
            eventually(lambda: expect_equal(right, agent.scrape()))
            self.expect_rest(agent, flood)
            self.assertLessEqual(anonymous_bytes(agent) - memory, MAX_GROWTH_BYTES)
            flood.kill()
            self.expect_idle(agent)
            expect_equal(right, agent.scrape())


if __name__ == "__main__":
    e2e.main()
