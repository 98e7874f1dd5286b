"""What the fault tests are made of: a directory with a state and segments, services that live to their
end, an agent that is started, asked and ended."""

import fcntl
import os
import pathlib
import re
import shutil
import signal
import sqlite3
import struct
import subprocess
import tempfile
import threading
import time
from contextlib import closing

from scraper import fetch
from tally import PageReader

# Only a failing test waits that long.
DEADLINE_S = 60
POLL_INTERVAL_S = 0.005

ADDRESS = re.compile(r"address=(127\.0\.0\.1:[0-9]+)")

F_OFD_SETLK = 37


def eventually(check):
    """Returns what check() returns as soon as that is true."""
    end = time.monotonic() + DEADLINE_S
    pause = threading.Event()
    while not (result := check()):
        assert time.monotonic() < end, "it does not come true"
        pause.wait(POLL_INTERVAL_S)
    return result


def command(program, segments, state, *more):
    """The agent's command line."""
    return [program, "--web.listen-address=127.0.0.1:0", f"--segments.directory={segments}",
            f"--state.directory={state}", "--segments.rescan-interval=1s",
            # The system calls that are counted are those of the collector.
            "--feed.listen-address=none", *more]


def forgotten(state):
    """Whether an agent's state remembers no segment. The agent may run: it keeps its database to itself, so
    this is asked of a copy."""
    with tempfile.NamedTemporaryFile(dir="/dev/shm") as copy:
        shutil.copyfile(state / "state.db", copy.name)
        try:
            with closing(sqlite3.connect(copy.name)) as database:
                return database.execute("SELECT count(*) FROM folded").fetchone() == (0,)
        except sqlite3.DatabaseError:
            return False  # Copied while it was written.


class Place:
    """A directory with segments and an agent's state, removed in the end."""

    def __init__(self, template=None):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="shm-exporter-faults.", dir="/dev/shm"))
        self.segments = self.path / "segments"
        self.state = self.path / "state"
        self._held = []
        if template is None:
            self.segments.mkdir()
        else:
            for part in ("segments", "state"):
                shutil.copytree(getattr(template, part), self.path / part)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for file in self._held:
            os.close(file)
        shutil.rmtree(self.path)

    def segment_names(self):
        return sorted(os.listdir(self.segments))

    def hold(self, name):
        """The segment's process lives: its lock is taken as the shim takes it."""
        file = os.open(self.segments / name, os.O_RDWR | os.O_CLOEXEC)
        fcntl.fcntl(file, F_OFD_SETLK, struct.pack("hhqqixxxx", fcntl.F_WRLCK, os.SEEK_SET, 0, 1, 0))
        self._held.append(file)

    def live(self, service, tallies, job, seed, directory=None, counts=200):
        """A service lives to its end in here, or in a directory that no agent looks at; what it counted is
        in the tallies then. Returns the name of its segment."""
        directory = directory or self.segments
        before = set(os.listdir(directory))
        slot = tallies.begin((job, "exit"))
        subprocess.run([service, tallies.path, str(slot), str(seed), "2", str(counts), "-1", "return", "exit",
                        "0"], check=True, stdin=subprocess.DEVNULL,
                       env={**os.environ, "SHM_EXPORTER_DIR": str(directory), "OTEL_SERVICE_NAME": job})
        assert tallies.finish(slot, 2)
        name, = set(os.listdir(directory)) - before
        return name


class Agent:
    """A running agent, ended in the end. `prefix`: a command that runs it."""

    def __init__(self, program, place, *more, prefix=()):
        self.log = place.path / f"agent-{time.monotonic_ns()}.log"
        self._reader = PageReader()
        with open(self.log, "wb") as log:
            self._process = subprocess.Popen(
                [*prefix, *command(program, place.segments, place.state, *more)], stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, start_new_session=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    @property
    def pid(self):
        return self._process.pid

    def kill(self):
        """kill -9; returns when it is gone."""
        self._process.kill()
        self._process.wait()

    def runs(self):
        """True; raises when it has ended by itself."""
        assert self._process.poll() is None, f"the agent has ended:\n{self.log_text()}"
        return True

    def log_text(self):
        return self.log.read_text(errors="replace")

    def address(self):
        """Where it listens, as soon as it does."""
        return eventually(lambda: self.runs() and ADDRESS.search(self.log_text()))[1]

    def page(self):
        """What it answers now; None for anything but a page."""
        return fetch(self.address())

    def samples(self):
        """The services' samples, as soon as there is a page."""
        return self._reader.samples(eventually(lambda: self.runs() and self.page()))

    def number(self, name):
        """One of its own numbers, added up over its labels."""
        page = eventually(lambda: self.runs() and self.page())
        found = re.findall(rf"^{name}(?:\{{.*\}})? (\S+)$", page, re.MULTILINE)
        assert found, f"no {name} on the page"
        return sum(float(value) for value in found)

    def stop(self):
        """SIGTERM; returns when it has ended, which must be well."""
        self._process.send_signal(signal.SIGTERM)
        status = self._process.wait(DEADLINE_S)
        assert status == 0, f"the agent ended with {status}:\n{self.log_text()}"
