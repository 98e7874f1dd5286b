"""The processes of an end-to-end test: an agent, services, a load, on a private directory. Waiting for
conditions, scraping. What the numbers should be is in truth.py.

    with Host(programs) as host:
        agent = host.start_agent()
        services = [host.start_service("orders"), host.start_service("inventory")]
        truth = host.start_load(services, calls=100).result()
        eventually(lambda: expect_equal(expected(truth), agent.scrape()))
"""

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import urllib.request
from dataclasses import dataclass

from prometheus_client.parser import text_string_to_metric_families

# Conditions hold within milliseconds; the deadline is for a loaded machine and sanitizers, and only a
# failing test ever waits for it.
DEADLINE_S = 60
POLL_INTERVAL_S = 0.02
STOP_DEADLINE_S = 30


def eventually(check, deadline_s=DEADLINE_S):
    """Returns what check() returns as soon as it raises neither AssertionError nor OSError (nobody
    listens, 503); raises its last error when the deadline has passed."""
    end = time.monotonic() + deadline_s
    pause = threading.Event()
    while True:
        try:
            return check()
        except (AssertionError, OSError):
            if time.monotonic() > end:
                raise
        pause.wait(POLL_INTERVAL_S)


def private_directory(prefix):
    """A new directory on a tmpfs, as segments want it: other file systems may compress, or allocate
    late, and their files then look sparse. TMPDIR overrides."""
    tmpfs = "/dev/shm"
    parent = None if "TMPDIR" in os.environ or not os.access(tmpfs, os.W_OK) else tmpfs
    return pathlib.Path(tempfile.mkdtemp(prefix=prefix, dir=parent))


@dataclass(frozen=True)
class Programs:
    """Paths of the binaries under test."""
    agent: str
    service: str
    client: str


class Process:
    """A child that dies with its parent, whatever happens to that. Its standard error, and unless it is
    `piped` its output, go to a log. It inherits these descriptors."""

    def __init__(self, command, log, piped=False, descriptors=()):
        self.command = [str(part) for part in command]
        self.log = log
        self.ended = False  # as the test wanted
        with open(log, "wb") as log_file:
            # In a session of its own: Ctrl-C is for whoever started it, who then stops it in order.
            self._process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", *self.command], stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE if piped else log_file, stderr=log_file, text=True,
                start_new_session=True, pass_fds=descriptors)

    @property
    def pid(self):
        return self._process.pid

    def running(self):
        return self._process.poll() is None

    def log_text(self):
        return self.log.read_text(encoding="utf-8", errors="replace")

    def line(self):
        """The next line of its output."""
        line = self._process.stdout.readline()
        assert line, f"{self.command[0]} ended early:\n{self.log_text()}"
        return line.rstrip("\n")

    def result(self, deadline_s=DEADLINE_S):
        """Waits for its end, which must be a success; returns the rest of its output."""
        output, _ = self._process.communicate(timeout=deadline_s)
        self.ended = True
        assert self._process.returncode == 0, \
            f"{self.command[0]} ended with {self._process.returncode}:\n{self.log_text()}"
        return output

    def stop(self):
        """SIGTERM, and what result() says."""
        self._process.send_signal(signal.SIGTERM)
        return self.result(STOP_DEADLINE_S)

    def kill(self):
        """kill -9; returns when it is gone."""
        if not self.ended:
            self._process.kill()
            self._process.communicate()
            self.ended = True


class Agent(Process):
    """A running shm_exporter."""

    def __init__(self, program, directory, state, log, options=(), listen="127.0.0.1:0"):
        super().__init__([program, "--web.listen-address", listen,
                          "--segments.directory", directory, "--state.directory", state, *options],
                         log)
        self.address = None

    @property
    def url(self):
        return f"http://{self.address}/metrics"

    def wait_until_listening(self):
        self.address = eventually(self._listening_on)

    def _listening_on(self):
        if not self.running():
            raise RuntimeError(f"the agent ended:\n{self.log_text()}")
        match = re.search(r"127\.[0-9.]+:[1-9][0-9]*", self.log_text())
        assert match, f"no address in the agent's log:\n{self.log_text()}"
        return match[0]

    def page(self):
        """One scrape, as text. OSError when there is none (503)."""
        if not self.running():
            raise RuntimeError(f"the agent ended:\n{self.log_text()}")
        with urllib.request.urlopen(self.url, timeout=DEADLINE_S) as response:
            return response.read().decode("utf-8")

    def scrape(self):
        """One scrape, as samples()."""
        return samples(self.page())


def samples(page):
    """{(name, ((label, value), ...)): value} of a page in text 0.0.4."""
    found = {}
    for family in text_string_to_metric_families(page):
        for sample in family.samples:
            key = (sample.name, tuple(sorted(sample.labels.items())))
            assert key not in found, f"twice on one page: {key}"
            found[key] = sample.value
    return found


def value(page, name, **labels):
    """One sample's value, None when it is not there."""
    return page.get((name, tuple(sorted(labels.items()))))


class Service(Process):
    """A running demo_service."""

    def __init__(self, program, name, directory, log, options=()):
        super().__init__([program, "--service", name, "--dir", directory, *options], log, piped=True)
        self.name = name
        self.address = None

    def wait_until_listening(self):
        self.address = f"127.0.0.1:{self.line()}"


class Load(Process):
    """A running demo_client; result() and stop() return what it did, by its own count."""

    def __init__(self, program, services, directory, log, calls, rate):
        targets = [part for service in services
                   for part in ("--target", f"{service.name}={service.address}")]
        super().__init__([program, "--dir", directory, "--calls", calls, "--rate", rate, *targets],
                         log, piped=True)

    def result(self, deadline_s=DEADLINE_S):
        return json.loads(super().result(deadline_s))


class Host:
    """A private directory and the processes on it; on leaving they are stopped, which must succeed, and
    it is removed."""

    def __init__(self, programs, prefix="shm-exporter-test."):
        self.programs = programs
        self.directory = private_directory(prefix)
        self.segments = self.directory / "segments"
        self.segments.mkdir()
        self._processes = []

    def __enter__(self):
        return self

    def __exit__(self, exception, *_):
        try:
            if exception is None:
                for process in reversed(self._processes):
                    if not process.ended:
                        process.stop()
            elif issubclass(exception, Exception):  # not Ctrl-C
                for process in self._processes:
                    print(f"== {process.log.name}\n{process.log_text()}", flush=True)
        finally:
            for process in self._processes:
                process.kill()
            shutil.rmtree(self.directory)

    def _log(self, name):
        return self.directory / f"{len(self._processes)}-{name}.log"

    def keep(self, process):
        """Adds a process to those that are stopped on leaving."""
        self._processes.append(process)
        return process

    def start_agent(self, *options):
        agent = self.keep(Agent(self.programs.agent, self.segments, self.directory / "state",
                                self._log("agent"), options))
        agent.wait_until_listening()
        return agent

    def start_service(self, name, *options):
        service = self.keep(Service(self.programs.service, name, self.segments, self._log(name), options))
        service.wait_until_listening()
        return service

    def start_load(self, services, calls, rate=0):
        """`calls` 0: until stop(). `rate` in calls per second, 0: as fast as they are answered."""
        return self.keep(Load(self.programs.client, services, self.segments, self._log("load"),
                              calls, rate))
