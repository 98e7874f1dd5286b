"""A host with a real systemd, on which the product is installed: see boot.sh. The machine that runs the
test sees and keeps nothing of it.

    with Machine(build) as machine:
        machine.install()
        machine.run("systemctl", "start", "shm-exporter")
        machine.page()
"""

import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import types

HERE = pathlib.Path(__file__).resolve().parent
sys.path[1:1] = [str(HERE.parent / "e2e"), str(HERE.parent / "package")]
# pylint: disable=wrong-import-position
from fresh_root import Packages  # noqa: E402
from harness import DEADLINE_S, eventually, samples  # noqa: E402
from writer import Counting  # noqa: E402

PORT = 9919
AGENT = "shm-exporter.service"
SOCKET = "shm-exporter.socket"
SEGMENTS = "/run/shm-exporter/segments"
STATE = "/run/shm-exporter/state/state.db"
MOUNT = r"run-shm\x2dexporter-segments.mount"
# Where the tests' own program is on that host.
WRITER = "/usr/lib/shm-exporter-test/segment_writer"


class Machine:
    """Boots on entering, is gone on leaving."""

    def __init__(self, build):
        self.build = pathlib.Path(build).resolve()
        # Its layer is on a tmpfs: an overlay needs trusted attributes, and nothing of it is to last.
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="shm-exporter-test.", dir="/dev/shm"))
        for name in ("upper", "work", "root"):
            (self.directory / name).mkdir()
        os.chmod(self.directory / "upper", 0o755)
        self._process = None
        self.pid = None

    def path(self, path):
        """Where a file of its root is before it boots."""
        place = self.directory / "upper" / str(path).lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        return place

    def __enter__(self):
        try:
            self._boot()
        except BaseException:
            self.__exit__(*sys.exc_info())
            raise
        return self

    def __exit__(self, exception, *_):
        if exception is not None and issubclass(exception, Exception) and self.pid is not None:
            print(self.tell("journalctl", "--no-pager", "--lines=80"), flush=True)
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        eventually(self._remove_group)
        shutil.rmtree(self.directory)

    def _boot(self):
        # What is enabled here is no business of that host's.
        enabled = self.path("/etc/systemd/system/none").parent
        os.setxattr(enabled, "trusted.overlay.opaque", b"y")
        self.path("/etc/machine-id").write_text("")
        # Packages may start what they bring.
        policy = self.path("/usr/sbin/policy-rc.d")
        policy.write_text("#!/bin/sh\nexit 0\n")
        policy.chmod(0o755)
        shutil.copy(self.build / "tests/agent/testing/shmx_segment_writer", self.path(WRITER))
        self._process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", HERE / "boot.sh", self.directory],
            stdin=subprocess.DEVNULL, start_new_session=True)
        self.pid = eventually(self._first_process)
        eventually(self._booted)

    def _first_process(self):
        if self._process.poll() is not None:
            raise RuntimeError(f"the machine ended with {self._process.returncode}")
        of = self._process.pid
        children = pathlib.Path(f"/proc/{of}/task/{of}/children").read_text(encoding="ascii").split()
        assert children, "not forked yet"
        pid = int(children[0])
        name = pathlib.Path(f"/proc/{pid}/comm").read_text(encoding="ascii").strip()
        assert name == "systemd", name
        return pid

    def _booted(self):
        state = self.tell("systemctl", "is-system-running", "--wait").strip()
        assert state in ("running", "degraded"), state

    def _remove_group(self):
        """Once its processes are gone."""
        top = pathlib.Path("/sys/fs/cgroup")
        if not (top / "cgroup.controllers").exists():
            top = top / "unified"  # both versions are mounted
        group = top / self.directory.name
        for directory, _, _ in os.walk(group, topdown=False):
            os.rmdir(directory)

    def command(self, *command):
        """What to start here, to run there."""
        return ["nsenter", f"--target={self.pid}", "--mount", "--uts", "--ipc", "--net", "--pid",
                "--root", "--wd", *(str(word) for word in command)]

    def tell(self, *command):
        """The output of a command there, whatever its end."""
        return subprocess.run(self.command(*command), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              stdin=subprocess.DEVNULL, text=True, check=False).stdout

    def run(self, *command):
        """The output of a command that must succeed."""
        done = subprocess.run(self.command(*command), stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False,
                              stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            raise AssertionError(f"{command}: exit {done.returncode}\n{done.stdout}")
        return done.stdout

    def write(self, path, text):
        """A file of that host's, and the directories above it. One that is there keeps its owner."""
        self.write_bytes(path, text.encode())

    def write_bytes(self, path, data):
        subprocess.run(self.command("sh", "-c", 'mkdir -p "${1%/*}" && cat >"$1"', "sh", path),
                       input=data, check=True)

    def install(self):
        """The package of the build. All is started."""
        package = Packages(self.build).path("shm-exporter")
        self.write_bytes("/root/shm-exporter.deb", package.read_bytes())
        self.run("rm", "--force", "/var/lib/man-db/auto-update")  # An index of all pages takes its time.
        self.run("dpkg", "--install", "/root/shm-exporter.deb")

    def drop_in(self, unit, text, name="test"):
        self.write(f"/etc/systemd/system/{unit}.d/{name}.conf", text)
        self.run("systemctl", "daemon-reload")

    def show(self, name, unit=AGENT):
        """A property of a unit."""
        return self.run("systemctl", "show", "--value", f"--property={name}", unit).strip()

    def journal(self, unit=AGENT):
        return self.run("journalctl", "--no-pager", "--output=cat", f"--unit={unit}")

    def page(self):
        """One scrape, as text. OSError when there is none."""
        done = subprocess.run(self.command("curl", "-sSf", "--max-time", str(DEADLINE_S),
                                           f"localhost:{PORT}/metrics"),
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
        if done.returncode != 0:
            raise OSError(done.stderr)
        return done.stdout

    def scrape(self):
        """One scrape, as harness.samples()."""
        return samples(self.page())

    @contextlib.contextmanager
    def scraping(self, threads=8):
        """Meanwhile it is scraped without a pause, as scraper.py says; what is yielded knows at the end
        how many scrapes were `answered` and which `failures` there were."""
        told = types.SimpleNamespace(answered=0, failures=None)
        # That host's network, this one's files.
        with subprocess.Popen(["nsenter", f"--target={self.pid}", "--net", "/usr/bin/python3", "-B",
                               HERE / "scraper.py", "localhost", str(PORT), str(threads)],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as load:
            try:
                line = load.stdout.readline()
                assert line == "scraping\n", line
                yield told
            finally:
                output, _ = load.communicate()
        vars(told).update(json.loads(output))

    def kill_agent(self, number=signal.SIGKILL):
        self.run("systemctl", "kill", "--kill-who=main", f"--signal={number.name}", AGENT)

    def main_pid(self):
        return int(self.show("MainPID"))


class Producer(Counting):
    """A service that counts, as a unit with these properties."""

    def __init__(self, machine, name, *properties, directory=SEGMENTS, job=None):
        self.unit = f"{name}.service"
        self._machine = machine
        options = [f"--property={given}" for given in properties]
        super().__init__(machine.command("systemd-run", "--quiet", "--pipe", "--collect",
                                         f"--unit={self.unit}", *options, WRITER, directory,
                                         job or name))

    def __exit__(self, *exception):
        super().__exit__(*exception)
        self._machine.tell("systemctl", "stop", self.unit)

    def end(self):
        """Its unit is stopped; returns when it is."""
        self._machine.run("systemctl", "stop", self.unit)
