"""A writer of an audit log is killed at each system call in turn: from the first open of a file to its end. What
it leaves verifies, holds every record that it said was in it, and the next writer goes on with it. At every
third call, or with SHMX_FULL=1 at every one.

    audit.py --writer PATH --shmtool PATH --stepper PATH
"""

import argparse
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

CALLS_BETWEEN_KILLS = 1 if os.environ.get("SHMX_FULL") == "1" else 3
RECORDS = 16  # Enough for some files, and for the removal of the first.


class Log:
    """A directory and a key of their own: a copy of another's."""

    def __init__(self, programs, root, key, like=None):
        self.programs = programs
        root.mkdir()
        self.directory, self.key = root / "audit", shutil.copy(key, root / "key")
        if like:
            shutil.copytree(like.directory, self.directory)

    def writer(self):
        return [self.programs.writer, self.directory, self.key, str(RECORDS)]

    def write(self):
        """A writer's whole life."""
        subprocess.run(self.writer(), check=True, stderr=subprocess.DEVNULL)

    def write_and_kill(self, opened, call):
        """Killed at this call from the open of that file on. Whether it was, and the last record it spoke of."""
        stepper = subprocess.Popen(
            [self.programs.stepper, "--from-open", opened, str(call), *self.writer()], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        # The end of its input would be a kill at any time.
        said = stepper.stderr.read()
        told = stepper.stdout.read()
        stepper.stdin.close()
        assert stepper.wait() == 0, said
        records = re.findall(r"^record ([0-9]+)$", said, re.MULTILINE)
        return "killed" in told, int(records[-1]) if records else 0

    def verify(self):
        """The seq of the last record."""
        done = subprocess.run([self.programs.shmtool, "audit", "verify", self.directory], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert done.returncode == 0, done.stderr
        return int(re.search(r"^head: ([0-9]+):", done.stdout, re.MULTILINE)[1])


def kill_at_every_call(programs, root, key, opened, like):
    """How many calls there are, at most."""
    for call in range(0, 10_000, CALLS_BETWEEN_KILLS):
        log = Log(programs, root / f"{opened}-{call}", key, like)
        killed, said = log.write_and_kill(opened, call)
        where = f"after a kill at call {call} from {opened} on"
        if any(path.stat().st_size for path in log.directory.glob("audit-*")):
            assert log.verify() >= said, f"record {said} is not there {where}"
        else:
            assert said == 0, f"nothing is there {where}"
        log.write()
        assert log.verify() > said
        shutil.rmtree(log.directory.parent)
        if not killed:
            return call
    raise AssertionError("it never ends")


def main():
    parser = argparse.ArgumentParser()
    for program in ("writer", "shmtool", "stepper"):
        parser.add_argument(f"--{program}", required=True)
    programs = parser.parse_args()
    with tempfile.TemporaryDirectory(dir="/dev/shm") as scratch:
        root = pathlib.Path(scratch)
        key = root / "key"
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", key], check=True)
        key.chmod(0o600)
        whole = Log(programs, root / "whole", key)
        whole.write()
        names = sorted(path.name for path in whole.directory.glob("audit-*"))
        assert "audit-000001.jsonl" not in names and len(names) >= 2, names
        torn = Log(programs, root / "torn", key, whole)
        last = torn.directory / names[-1]
        last.write_bytes(last.read_bytes() + b'{"seq":')
        # The first file of all; a further one, and the removal of the first; a torn one.
        for opened, like, least in (("audit-000001.jsonl", None, 5), ("audit-000002.jsonl", None, 20),
                                    (names[-1], torn, 5)):
            calls = kill_at_every_call(programs, root, key, opened, like)
            print(f"{calls} calls from {opened} on")
            assert calls >= least, f"only {calls} calls from {opened} on"


main()
